//! The feed: what the office sends to one enrolment, in one chain without gaps.

use super::WireError;
use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::id::{Digest, sha256};
use crate::sign::{SignError, Signer, Unverified, sign};
use crate::trust::{TrustError, TrustList, TrustedKey, Use};

const TYP: &str = "mz1/feed";

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedKind {
    /// A signed badge; sealed.
    Badge,
    /// A signed assignment; sealed.
    Assignment,
    /// A task's data; sealed.
    Task,
    /// A signed pack.
    Pack,
    /// One part of a pack that is larger than a response.
    PackChunk,
    /// A trust list.
    Trust,
    /// The status list of the certificates (§4.5); the newest counts.
    Status,
    /// The list of officers (§4.6); the newest counts.
    Officers,
    /// A task that the office took back ([`super::Withdrawal`], F33); sealed.
    TaskWithdrawn,
    /// What the review of a case came to ([`super::ReviewResult`], R44); sealed.
    Review,
    /// Files that are asked for again ([`super::Wanted`], F24).
    Wanted,
}
impl FeedKind {
    const ALL: [Self; 11] = [
        Self::Badge,
        Self::Assignment,
        Self::Task,
        Self::Pack,
        Self::PackChunk,
        Self::Trust,
        Self::Status,
        Self::Officers,
        Self::TaskWithdrawn,
        Self::Review,
        Self::Wanted,
    ];
    /// Its name in the format.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Badge => "badge",
            Self::Assignment => "assignment",
            Self::Task => "task",
            Self::Pack => "pack",
            Self::PackChunk => "pack_chunk",
            Self::Trust => "trust",
            Self::Status => "status",
            Self::Officers => "officers",
            Self::TaskWithdrawn => "task_withdrawn",
            Self::Review => "review",
            Self::Wanted => "wanted",
        }
    }
    /// From its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.name() == name)
    }
    /// Whether it holds personal data and therefore travels as an age file to the device.
    #[must_use]
    pub fn sealed(self) -> bool {
        matches!(self, Self::Badge | Self::Assignment | Self::Task | Self::TaskWithdrawn | Self::Review)
    }
}

/// The newest item that is known of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Its number.
    pub n: u64,
    /// Digest of its signed bytes.
    pub digest: Digest,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// 1…
    pub n: u64,
    /// Digest of the item before.
    pub previous: Option<Digest>,
    /// `None` for a kind of a later version: kept, not understood.
    pub kind: Option<FeedKind>,
    /// Whether `body` is an age file to the device's recipient.
    pub sealed: bool,
    /// The thing itself, or the age file around it.
    pub body: Vec<u8>,
}

impl Item {
    /// Signs an item that follows `last`, with a key of use `feed`. `body` is already sealed where [`FeedKind::sealed`] says so.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn issue(
        signer: &dyn Signer,
        last: Option<Cursor>,
        kind: FeedKind,
        body: Vec<u8>,
    ) -> Result<(Vec<u8>, Cursor), SignError> {
        let n = last.map_or(1, |l| l.n + 1);
        let m = MapBuilder::new()
            .with("v", 1)
            .with("n", n)
            .with("previous", last.map(|l| l.digest))
            .with("kind", kind.name())
            .with("sealed", kind.sealed())
            .with("body", body);
        let signed = sign(TYP, signer, cbor::encode(&m.build())?)?;
        let digest = sha256(&signed);
        Ok((signed, Cursor { n, digest }))
    }

    /// Opens the item that must follow `last`; `at` is the time of the response that brought it. Gives the item and the new cursor.
    ///
    /// # Errors
    /// [`WireError::Gap`], [`WireError::Rollback`], or what is wrong with the item itself.
    pub fn open(bytes: &[u8], trust: &TrustList, at: i64, last: Option<Cursor>) -> Result<(Self, Cursor), WireError> {
        let signed = Unverified::read(bytes, TYP)?;
        let key = trust.key_for(signed.kid(), Use::Feed)?;
        let TrustedKey::Verify(public) = key.key else { return Err(TrustError::WrongUse.into()) };
        let payload = signed.verify(&public)?;
        key.valid_at(at)?;
        let item = Self::decode(&payload)?;
        let expected = last.map_or(1, |l| l.n + 1);
        if item.n > expected {
            Err(WireError::Gap)
        } else if item.n < expected || item.previous != last.map(|l| l.digest) {
            Err(WireError::Rollback)
        } else {
            let cursor = Cursor { n: item.n, digest: sha256(bytes) };
            Ok((item, cursor))
        }
    }

    fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        if f.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v"));
        }
        let item = Self {
            n: f.req("n", "n")?.uint("n")?,
            previous: f.req("previous", "previous")?.non_null().map(|p| p.array_of("previous")).transpose()?,
            kind: FeedKind::from_name(&f.req("kind", "kind")?.text("kind")?),
            sealed: f.req("sealed", "sealed")?.bool("sealed")?,
            body: f.req("body", "body")?.bytes("body")?,
        };
        f.end()?;
        if item.kind.is_some_and(|k| k.sealed() != item.sealed) { Err(CborError::Type("sealed")) } else { Ok(item) }
    }

    /// The body of an answer of the feed: `[* item]`.
    ///
    /// # Errors
    /// [`CborError`] never in practice.
    pub fn batch(items: Vec<Vec<u8>>) -> Result<Vec<u8>, CborError> {
        cbor::encode(&Value::Array(items.into_iter().map(Value::from).collect()))
    }

    /// The signed items of an answer of the feed.
    ///
    /// # Errors
    /// [`CborError`] when it is malformed.
    pub fn from_batch(bytes: &[u8]) -> Result<Vec<Vec<u8>>, CborError> {
        cbor::decode(bytes)?.array("feed")?.into_iter().map(|i| i.bytes("item")).collect()
    }
}
