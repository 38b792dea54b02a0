//! The trust list: which key may sign what, where and when (`docs/formats` §3, P3).

use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::id::{Digest, sha256};
use crate::sign::{Kid, PublicKey, SignError, Signer, Unverified, multi};

/// Name of the offline recovery recipient: losing one identity never loses evidence (P6).
pub const RECOVERY: &str = "recovery";

/// The kind of a trust list.
pub const TYP: &str = "mz1/trust";

/// What a key of the office may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Use {
    /// Badges and enrolments.
    Badge,
    /// Assignments.
    Assignment,
    /// Status lists.
    Status,
    /// Log and custody receipts.
    Receipt,
    /// Time anchors.
    Anchor,
    /// Packs.
    Pack,
    /// Sync responses and feed items.
    Feed,
    /// Exported bundles.
    Export,
    /// Recipient of sealed files (X25519; signs nothing).
    Seal,
    /// Cosignatures over heads of this office's log, by another office or monitor (C2SP tlog-witness).
    Witness,
    /// Time stamps of an RFC 3161 authority.
    Timestamp,
}
impl Use {
    /// Every use.
    pub const ALL: [Self; 11] = [
        Self::Badge,
        Self::Assignment,
        Self::Status,
        Self::Receipt,
        Self::Anchor,
        Self::Pack,
        Self::Feed,
        Self::Export,
        Self::Seal,
        Self::Witness,
        Self::Timestamp,
    ];
    /// Its name in the format.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Badge => "badge",
            Self::Assignment => "assignment",
            Self::Status => "status",
            Self::Receipt => "receipt",
            Self::Anchor => "anchor",
            Self::Pack => "pack",
            Self::Feed => "feed",
            Self::Export => "export",
            Self::Seal => "seal",
            Self::Witness => "witness",
            Self::Timestamp => "timestamp",
        }
    }
}

/// A key of the list: one that verifies, or a recipient for sealing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrustedKey {
    /// Verifies signatures.
    Verify(PublicKey),
    /// X25519 recipient.
    Recipient([u8; 32]),
}

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustKey {
    /// The key.
    pub key: TrustedKey,
    /// What it may sign.
    pub usage: Use,
    /// Its name; for `seal`: `seal-YYYY-MM` or `recovery`; for `witness`: its C2SP name.
    pub name: String,
    /// The organ it belongs to.
    pub organ: String,
    /// Areas it is limited to; empty: no limit.
    pub areas: Vec<String>,
    /// Categories it is limited to; empty: no limit.
    pub categories: Vec<String>,
    /// Valid from, ms.
    pub from: i64,
    /// Valid until, ms.
    pub until: i64,
    /// Nothing signed from this moment on counts, ms.
    pub suspect_since: Option<i64>,
}

impl TrustKey {
    /// Whether a signature made at `at` counts.
    ///
    /// # Errors
    /// [`TrustError::NotYetValid`], [`TrustError::Expired`] or [`TrustError::Suspect`].
    pub fn valid_at(&self, at: i64) -> Result<(), TrustError> {
        if at < self.from {
            Err(TrustError::NotYetValid)
        } else if at > self.until {
            Err(TrustError::Expired)
        } else if self.suspect_since.is_some_and(|s| at >= s) {
            Err(TrustError::Suspect)
        } else {
            Ok(())
        }
    }
}

/// Why trust is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// The object itself is malformed or its signature does not verify.
    #[error("{0}")]
    Sign(#[from] SignError),
    /// The list's roots have another fingerprint than the one that is trusted.
    #[error("trust list of another root")]
    AnotherRoot,
    /// No key of this use has that `kid`: signed by a stranger.
    #[error("signer is not in the trust list")]
    SignerUnknown,
    /// The key is in the list for another use.
    #[error("signer may not sign this kind of object")]
    WrongUse,
    /// Signed before the key was valid.
    #[error("signed before the key was valid")]
    NotYetValid,
    /// Signed after the key expired.
    #[error("signed after the key expired")]
    Expired,
    /// Signed when the key was no longer trusted.
    #[error("signed after the key became suspect")]
    Suspect,
    /// A list with an older version, or the same version with other content.
    #[error("trust list is older than, or contradicts, the one known")]
    Rollback,
}
impl From<CborError> for TrustError {
    fn from(e: CborError) -> Self {
        Self::Sign(e.into())
    }
}

/// SHA-256 over the encoded roots; what is printed on papers and compared by a judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RootFingerprint(pub Digest);
impl std::fmt::Display for RootFingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hex = crate::id::hex(&self.0);
        for (i, c) in hex.chars().enumerate() {
            if i > 0 && i % 4 == 0 {
                f.write_str(" ")?;
            }
            write!(f, "{c}")?;
        }
        Ok(())
    }
}
impl RootFingerprint {
    /// Reads 64 hex digits, spaces allowed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hex: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
        crate::id::digest_from_hex(&hex).map(Self)
    }
}

/// k of n root keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots {
    /// How many must sign.
    pub k: usize,
    /// The root keys.
    pub keys: Vec<PublicKey>,
}
impl Roots {
    fn to_value(&self) -> Value {
        let keys = self.keys.iter().map(PublicKey::to_cose).collect::<Vec<_>>();
        MapBuilder::new().with("k", self.k as u64).with("keys", keys).build()
    }
    fn from_value(value: Value) -> Result<Self, TrustError> {
        let mut f = Fields::of(value)?;
        let k = f.req("k", "k")?.uint("k")? as usize;
        let keys = f.req("keys", "keys")?.array("keys")?.into_iter().map(PublicKey::from_cose).collect::<Result<Vec<_>, _>>()?;
        f.end()?;
        if k == 0 || k > keys.len() || keys.len() > multi::MAX_SIGNATURES {
            return Err(CborError::Type("roots").into());
        }
        Ok(Self { k, keys })
    }
    /// Their fingerprint.
    ///
    /// # Errors
    /// Never for roots that were read.
    pub fn fingerprint(&self) -> Result<RootFingerprint, TrustError> {
        Ok(RootFingerprint(sha256(&cbor::encode(&self.to_value())?)))
    }
}

/// A verified trust list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustList {
    /// Grows by one with each list.
    pub version: u64,
    /// Digest of the previous list's payload.
    pub previous: Option<Digest>,
    /// The organ that keeps the list.
    pub organ: String,
    /// When it was made, ms.
    pub issued: i64,
    /// When a newer one is due, ms.
    pub expires: i64,
    /// Its roots.
    pub roots: Roots,
    /// Its keys.
    pub keys: Vec<TrustKey>,
}

/// A verified payload with the key that signed it.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The payload bytes as signed.
    pub payload: Vec<u8>,
    /// The payload read by the strict reader.
    pub value: Value,
    /// The signer's entry.
    pub key: TrustKey,
}

impl TrustKey {
    /// A key that is used for everything of an organ, from and until these times, ms.
    #[must_use]
    pub fn of_organ(key: TrustedKey, usage: Use, name: &str, organ: &str, (from, until): (i64, i64)) -> Self {
        let (name, organ) = (name.to_owned(), organ.to_owned());
        Self { key, usage, name, organ, areas: vec![], categories: vec![], from, until, suspect_since: None }
    }
}

impl TrustList {
    /// Signs a list with its roots.
    ///
    /// # Errors
    /// [`TrustError::Sign`].
    pub fn sign(&self, roots: &[&dyn Signer]) -> Result<Vec<u8>, TrustError> {
        Ok(multi::sign(TYP, roots, self.payload()?)?)
    }

    /// Digest of the payload, which the next list names.
    ///
    /// # Errors
    /// [`TrustError::Sign`].
    pub fn digest(&self) -> Result<Digest, TrustError> {
        Ok(sha256(&self.payload()?))
    }

    fn payload(&self) -> Result<Vec<u8>, TrustError> {
        let keys = self
            .keys
            .iter()
            .map(|k| {
                let key = match k.key {
                    TrustedKey::Verify(p) => p.to_cose(),
                    TrustedKey::Recipient(x) => MapBuilder::new().with(1, 1).with(-1, 4).with(-2, x).build(),
                };
                let texts = |t: &[String]| t.iter().map(|s| Value::from(s.as_str())).collect::<Vec<_>>();
                MapBuilder::new()
                    .with("key", key)
                    .with("use", k.usage.name())
                    .with("name", k.name.as_str())
                    .with("organ", k.organ.as_str())
                    .with("areas", texts(&k.areas))
                    .with("categories", texts(&k.categories))
                    .with("from", k.from)
                    .with("until", k.until)
                    .maybe("suspect_since", k.suspect_since)
                    .build()
            })
            .collect::<Vec<_>>();
        let map = MapBuilder::new()
            .with("v", 1)
            .with("version", self.version)
            .maybe("previous", self.previous)
            .with("organ", self.organ.as_str())
            .with("issued", self.issued)
            .with("expires", self.expires)
            .with("roots", self.roots.to_value())
            .with("keys", keys);
        Ok(cbor::encode(&map.build())?)
    }

    /// Opens a list whose roots must have the fingerprint that is trusted.
    ///
    /// # Errors
    /// [`TrustError::AnotherRoot`] for a stranger's list; [`TrustError::Sign`] otherwise.
    pub fn open(bytes: &[u8], trusted: &RootFingerprint) -> Result<Self, TrustError> {
        let list = Self::open_self_signed(bytes)?;
        if list.roots.fingerprint()? == *trusted { Ok(list) } else { Err(TrustError::AnotherRoot) }
    }

    /// Opens a list that is only consistent in itself: its own roots signed it. Says nothing about whether to trust them.
    ///
    /// # Errors
    /// [`TrustError::Sign`].
    pub fn open_self_signed(bytes: &[u8]) -> Result<Self, TrustError> {
        let signed = multi::MultiSigned::read(bytes, TYP)?;
        let list = Self::read(cbor::decode(signed.claimed_payload())?)?;
        let roots = list.roots.clone();
        signed.verify(roots.k, |kid| roots.keys.iter().find(|k| k.kid() == kid).copied())?;
        Ok(list)
    }

    /// Opens a newer list: same roots, version not smaller, and the same content when the version is the same.
    ///
    /// # Errors
    /// [`TrustError::Rollback`] beside those of [`TrustList::open`].
    pub fn open_update(&self, bytes: &[u8]) -> Result<Self, TrustError> {
        let new = Self::open(bytes, &self.roots.fingerprint()?)?;
        if self.is_followed_by(&new)? || new == *self { Ok(new) } else { Err(TrustError::Rollback) }
    }

    /// A list that may be this one or an older one, which whoever went ahead meets again: then there is none. Same roots.
    ///
    /// # Errors
    /// [`TrustError::Rollback`] for one that contradicts this one, beside those of [`TrustList::open`].
    pub fn open_newer(&self, bytes: &[u8]) -> Result<Option<Self>, TrustError> {
        let new = Self::open(bytes, &self.roots.fingerprint()?)?;
        if self.is_followed_by(&new)? {
            return Ok(Some(new));
        }
        if new == *self || new.version < self.version { Ok(None) } else { Err(TrustError::Rollback) }
    }

    fn is_followed_by(&self, new: &Self) -> Result<bool, TrustError> {
        Ok(if new.version == self.version + 1 { new.previous == Some(self.digest()?) } else { new.version > self.version })
    }

    fn read(value: Value) -> Result<Self, TrustError> {
        let mut f = Fields::of(value)?;
        if f.req("v", "v")?.int("v")? != 1 {
            return Err(CborError::Type("v").into());
        }
        let list = Self {
            version: f.req("version", "version")?.uint("version")?,
            previous: f.opt("previous").map(|v| v.array_of("previous")).transpose()?,
            organ: f.req("organ", "organ")?.text("organ")?,
            issued: f.req("issued", "issued")?.int("issued")?,
            expires: f.req("expires", "expires")?.int("expires")?,
            roots: Roots::from_value(f.req("roots", "roots")?)?,
            keys: f.req("keys", "keys")?.array("keys")?.into_iter().map(read_key).collect::<Result<_, _>>()?,
        };
        f.end()?;
        Ok(list)
    }

    /// Verifies an object of the office: signer in the list, for this use, at the time that `time_of` reads from the payload.
    ///
    /// # Errors
    /// [`TrustError`] names what does not fit.
    pub fn open_signed(
        &self,
        bytes: &[u8],
        typ: &'static str,
        usage: Use,
        time_of: impl FnOnce(&Value) -> Result<i64, CborError>,
    ) -> Result<Opened, TrustError> {
        let signed = Unverified::read(bytes, typ)?;
        let key = self.key_for(signed.kid(), usage)?.clone();
        let TrustedKey::Verify(public) = key.key else {
            return Err(TrustError::WrongUse);
        };
        let payload = signed.verify(&public)?;
        let value = cbor::decode(&payload)?;
        key.valid_at(time_of(&value)?)?;
        Ok(Opened { payload, value, key })
    }

    /// The key with that `kid` and use.
    ///
    /// # Errors
    /// [`TrustError::SignerUnknown`] or [`TrustError::WrongUse`].
    pub fn key_for(&self, kid: Kid, usage: Use) -> Result<&TrustKey, TrustError> {
        let mut known = self.keys.iter().filter(|k| matches!(k.key, TrustedKey::Verify(p) if p.kid() == kid)).peekable();
        if known.peek().is_none() {
            return Err(TrustError::SignerUnknown);
        }
        known.find(|k| k.usage == usage).ok_or(TrustError::WrongUse)
    }

    /// The X25519 recipients for something sealed at `at`: the month's (the newest, when a new month's is not known yet offline) and the recovery one.
    #[must_use]
    pub fn seal_recipients(&self, at: i64) -> Option<([u8; 32], [u8; 32])> {
        let keys = || self.keys.iter().filter(|k| k.usage == Use::Seal);
        let raw = |k: &TrustKey| if let TrustedKey::Recipient(x) = k.key { Some(x) } else { None };
        let month = keys().filter(|k| k.name != RECOVERY);
        let month = month.clone().find(|k| k.valid_at(at).is_ok()).or_else(|| month.max_by_key(|k| k.until))?;
        let recovery = keys().find(|k| k.name == RECOVERY)?;
        Some((raw(month)?, raw(recovery)?))
    }
}

fn read_key(value: Value) -> Result<TrustKey, TrustError> {
    let mut f = Fields::of(value)?;
    let name = f.req("use", "use")?.text("use")?;
    let usage = Use::ALL.into_iter().find(|u| u.name() == name).ok_or(CborError::Type("use"))?;
    let key = f.req("key", "key")?;
    let key = if usage == Use::Seal {
        let mut k = Fields::of(key)?;
        let (kty, crv) = (k.req(1, "kty")?.int("kty")?, k.req(-1, "crv")?.int("crv")?);
        let x = k.req(-2, "x")?.array_of("x")?;
        k.end()?;
        if (kty, crv) != (1, 4) {
            return Err(SignError::BadKey.into());
        }
        TrustedKey::Recipient(x)
    } else {
        TrustedKey::Verify(PublicKey::from_cose(key)?)
    };
    let texts = |v: Value| v.array("scope")?.into_iter().map(|t| t.text("scope")).collect::<Result<Vec<_>, _>>();
    let k = TrustKey {
        key,
        usage,
        name: f.req("name", "name")?.text("name")?,
        organ: f.req("organ", "organ")?.text("organ")?,
        areas: texts(f.req("areas", "areas")?)?,
        categories: texts(f.req("categories", "categories")?)?,
        from: f.req("from", "from")?.int("from")?,
        until: f.req("until", "until")?.int("until")?,
        suspect_since: f.opt("suspect_since").map(|v| v.int("suspect_since")).transpose()?,
    };
    f.end()?;
    Ok(k)
}

/// Trust lists for tests of what their keys sign.
#[cfg(test)]
pub(crate) mod fixture {
    use super::{Roots, TrustKey, TrustList, TrustedKey, Use};
    use crate::sign::{PublicKey, Signer as _, SoftwareKey};

    /// Longer than any test.
    pub(crate) const FOREVER: i64 = i64::MAX >> 12;

    /// Names these keys for these uses, valid at 0…`until` wherever and for whatever.
    pub(crate) fn list(keys: &[(PublicKey, Use)], until: i64) -> TrustList {
        let organ = "青川县卫生健康局";
        let key = |(key, usage): &(PublicKey, Use)| TrustKey {
            key: TrustedKey::Verify(*key),
            usage: *usage,
            name: usage.name().into(),
            organ: organ.into(),
            areas: vec![],
            categories: vec![],
            from: 0,
            until,
            suspect_since: None,
        };
        TrustList {
            version: 1,
            previous: None,
            organ: organ.into(),
            issued: 0,
            expires: until,
            roots: Roots { k: 1, keys: vec![SoftwareKey::from_seed([99; 32]).public_key()] },
            keys: keys.iter().map(key).collect(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;
    use crate::sign::{SoftwareKey, sign};

    fn list(root: &SoftwareKey, keys: Vec<TrustKey>) -> TrustList {
        TrustList {
            version: 1,
            previous: None,
            organ: "某县卫生健康局".into(),
            issued: 0,
            expires: 1_000,
            roots: Roots { k: 1, keys: vec![root.public_key()] },
            keys,
        }
    }

    fn key(k: &SoftwareKey, usage: Use) -> TrustKey {
        TrustKey {
            key: TrustedKey::Verify(k.public_key()),
            usage,
            name: "k".into(),
            organ: "o".into(),
            areas: vec![],
            categories: vec![],
            from: 10,
            until: 20,
            suspect_since: Some(18),
        }
    }

    #[test]
    fn p3_use_time_and_signer_are_enforced() {
        let (root, a, b) = (SoftwareKey::from_seed([1; 32]), SoftwareKey::from_seed([2; 32]), SoftwareKey::from_seed([3; 32]));
        let bytes = list(&root, vec![key(&a, Use::Pack)]).sign(&[&root]).unwrap();
        let trust = TrustList::open_self_signed(&bytes).unwrap();
        let object = |k: &SoftwareKey| sign("mz1/x", k, cbor::encode(&Value::Int(7)).unwrap()).unwrap();
        let open = |o: &[u8], u, at| trust.open_signed(o, "mz1/x", u, |_| Ok(at)).map(|o| o.value);
        assert_eq!(open(&object(&a), Use::Pack, 15), Ok(Value::Int(7)));
        assert_eq!(open(&object(&a), Use::Badge, 15), Err(TrustError::WrongUse));
        assert_eq!(open(&object(&b), Use::Pack, 15), Err(TrustError::SignerUnknown));
        assert_eq!(open(&object(&a), Use::Pack, 9), Err(TrustError::NotYetValid));
        assert_eq!(open(&object(&a), Use::Pack, 21), Err(TrustError::Expired));
        assert_eq!(open(&object(&a), Use::Pack, 18), Err(TrustError::Suspect));
    }

    #[test]
    fn p3_a_list_of_another_root_or_an_older_one_is_refused() {
        let (root, other) = (SoftwareKey::from_seed([1; 32]), SoftwareKey::from_seed([9; 32]));
        let first = list(&root, vec![]);
        let trusted = first.roots.fingerprint().unwrap();
        assert_eq!(TrustList::open(&list(&other, vec![]).sign(&[&other]).unwrap(), &trusted), Err(TrustError::AnotherRoot));
        let forged = list(&root, vec![]).sign(&[&other]).unwrap();
        assert_eq!(TrustList::open(&forged, &trusted), Err(TrustError::Sign(SignError::WrongKey)));
        let mut second = list(&root, vec![key(&other, Use::Feed)]);
        second.version = 2;
        assert_eq!(first.open_update(&second.sign(&[&root]).unwrap()), Err(TrustError::Rollback), "names no predecessor");
        second.previous = Some(first.digest().unwrap());
        let second = first.open_update(&second.sign(&[&root]).unwrap()).unwrap();
        assert_eq!(second.open_update(&first.sign(&[&root]).unwrap()), Err(TrustError::Rollback));
        assert_eq!(first.open_newer(&second.sign(&[&root]).unwrap()).unwrap().as_ref(), Some(&second));
        for passed in [&first, &second] {
            assert_eq!(second.open_newer(&passed.sign(&[&root]).unwrap()), Ok(None), "met again");
        }
        let other = TrustList { issued: second.issued + 1, ..second.clone() };
        assert_eq!(second.open_newer(&other.sign(&[&root]).unwrap()), Err(TrustError::Rollback), "two of one number");
        assert_eq!(RootFingerprint::parse(&trusted.to_string()), Some(trusted));
    }
}
