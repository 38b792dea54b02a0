//! An entry: a header that is chained and hashed, and disclosures that lie apart and may be withheld or lawfully destroyed (P4).

use super::LogError;
use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::clock::Clocks;
use crate::id::{Digest, Id, sha256, sha256_parts};
use std::collections::BTreeMap;

const COMMIT: &[u8] = b"mz1/commit\0";
/// Most fields that one entry may have.
pub(super) const MAX_FIELDS: usize = 64;

/// The place of an entry within its case, in one log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Names the inspection.
    pub case: Id,
    /// 0…n−1 without gaps.
    pub seq: u64,
    /// Digest of the previous header of the case in this log.
    pub prev: Option<Digest>,
}

/// A checkpoint of another log that the author of an entry had seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The other log.
    pub log: Id,
    /// Digest of its checkpoint.
    pub checkpoint: Digest,
    /// Its size.
    pub size: u64,
}

/// A header (the leaf of the tree).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The log.
    pub log: Id,
    /// 0…
    pub seq: u64,
    /// Digest of the previous header.
    pub prev: Option<Digest>,
    /// Place within a case.
    pub position: Option<Position>,
    /// What happened, for instance `badge.shown`.
    pub kind: String,
    /// Version of the kind.
    pub version: u64,
    /// When, by the device.
    pub clocks: Clocks,
    /// Who acted.
    pub actor: Option<Id>,
    /// Commitments by field name.
    pub commitments: BTreeMap<String, Digest>,
    /// What of other logs had been seen.
    pub seen: Vec<Seen>,
}

impl Header {
    /// The bytes that are hashed.
    ///
    /// # Errors
    /// [`CborError`] when something is outside the profile.
    pub fn encode(&self) -> Result<Vec<u8>, CborError> {
        let commitments = self.commitments.iter().map(|(k, v)| (k.as_str().into(), (*v).into())).collect();
        let seen =
            self.seen.iter().map(|s| Value::Array(vec![s.log.into(), s.checkpoint.into(), s.size.into()])).collect::<Vec<_>>();
        let m = MapBuilder::new()
            .with(1, 1)
            .with(2, self.log)
            .with(3, self.seq)
            .maybe(4, self.prev)
            .maybe(5, self.position.map(|p| p.case))
            .maybe(6, self.position.map(|p| p.seq))
            .maybe(7, self.position.and_then(|p| p.prev))
            .with(8, self.kind.as_str())
            .with(9, self.version)
            .with(10, self.clocks.to_value())
            .with(11, self.actor)
            .with(12, Value::Map(commitments))
            .with(13, seen)
            .with(14, -16);
        cbor::encode(&m.build())
    }

    /// Reads header bytes.
    ///
    /// # Errors
    /// [`CborError`] names the deviation.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        if f.req(1, "version")? != Value::Int(1) || f.req(14, "hash")? != Value::Int(-16) {
            return Err(CborError::Type("version or hash"));
        }
        let id = |v: Value, n| v.array_of(n).map(Id);
        let position = match f.opt(5) {
            None => None,
            Some(case) => Some(Position {
                case: id(case, "case_tag")?,
                seq: f.req(6, "case_seq")?.uint("case_seq")?,
                prev: f.opt(7).map(|v| v.array_of("case_prev")).transpose()?,
            }),
        };
        let Value::Map(commitments) = f.req(12, "commitments")? else {
            return Err(CborError::Type("commitments"));
        };
        if commitments.len() > MAX_FIELDS {
            return Err(CborError::Type("commitments"));
        }
        let header = Self {
            log: id(f.req(2, "log")?, "log")?,
            seq: f.req(3, "seq")?.uint("seq")?,
            prev: f.opt(4).map(|v| v.array_of("prev")).transpose()?,
            position,
            kind: f.req(8, "kind")?.text("kind")?,
            version: f.req(9, "kind version")?.uint("kind version")?,
            clocks: Clocks::from_value(f.req(10, "clocks")?)?,
            actor: f.req(11, "actor")?.non_null().map(|v| id(v, "actor")).transpose()?,
            commitments: commitments
                .into_iter()
                .map(|(k, v)| Ok((k.text("commitment name")?, v.array_of("commitment")?)))
                .collect::<Result<_, CborError>>()?,
            seen: f
                .req(13, "seen")?
                .array("seen")?
                .into_iter()
                .map(|s| {
                    let [log, cp, size]: [Value; 3] = s.array("seen")?.try_into().map_err(|_| CborError::Type("seen"))?;
                    Ok(Seen { log: id(log, "seen")?, checkpoint: cp.array_of("seen")?, size: size.uint("seen")? })
                })
                .collect::<Result<_, CborError>>()?,
        };
        f.end()?;
        let first = header.seq == 0;
        let case_ok = header.position.is_none_or(|p| (p.seq == 0) == p.prev.is_none());
        if first != header.prev.is_none() || !case_ok {
            return Err(CborError::Type("prev"));
        }
        Ok(header)
    }
}

/// A disclosed field: `[salt, name, value]`, kept as the exact bytes that were committed to.
#[derive(Clone, PartialEq, Eq)]
pub struct Disclosure {
    bytes: Vec<u8>,
    name: String,
    value: Value,
}

impl std::fmt::Debug for Disclosure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "disclosure({})", self.name)
    }
}

impl Disclosure {
    /// A new field with a fresh salt.
    ///
    /// # Errors
    /// [`CborError`] when the value is outside the profile.
    pub fn new(salt: [u8; 16], name: &str, value: Value) -> Result<Self, CborError> {
        let bytes = cbor::encode(&Value::Array(vec![salt.into(), name.into(), value.clone()]))?;
        Ok(Self { bytes, name: name.to_owned(), value })
    }
    /// Reads disclosure bytes.
    ///
    /// # Errors
    /// [`CborError`] names the deviation.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let [salt, name, value]: [Value; 3] =
            cbor::decode(bytes)?.array("disclosure")?.try_into().map_err(|_| CborError::Type("disclosure"))?;
        salt.array_of::<16>("salt")?;
        Ok(Self { bytes: bytes.to_vec(), name: name.text("name")?, value })
    }
    /// The exact bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// The field's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The field's value.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }
    /// What the header holds for it.
    #[must_use]
    pub fn commitment(&self) -> Digest {
        sha256_parts(&[COMMIT, &self.bytes])
    }
}

/// An entry as it is kept: the exact header bytes, the header read from them, and what is disclosed of its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    bytes: Vec<u8>,
    digest: Digest,
    header: Header,
    disclosures: Vec<Disclosure>,
}

impl Entry {
    /// A new entry; the commitments of `header` are set from the fields.
    ///
    /// # Errors
    /// [`LogError::Cbor`] when something is outside the profile or two fields have one name.
    pub fn new(mut header: Header, disclosures: Vec<Disclosure>) -> Result<Self, LogError> {
        header.commitments = disclosures.iter().map(|d| (d.name.clone(), d.commitment())).collect();
        if header.commitments.len() != disclosures.len() || disclosures.len() > MAX_FIELDS {
            return Err(CborError::Duplicate.into());
        }
        let bytes = header.encode()?;
        Ok(Self { digest: sha256(&bytes), bytes, header, disclosures })
    }

    /// An entry from bytes; each disclosure must match its commitment, withheld ones are simply absent.
    ///
    /// # Errors
    /// [`LogError::Commitment`] names the field that was altered; [`LogError::Cbor`] for anything malformed.
    pub fn read(bytes: Vec<u8>, disclosures: &[Vec<u8>]) -> Result<Self, LogError> {
        let header = Header::decode(&bytes)?;
        let disclosures = disclosures.iter().map(|d| Disclosure::decode(d)).collect::<Result<Vec<_>, _>>()?;
        for (i, d) in disclosures.iter().enumerate() {
            let expected = header.commitments.get(&d.name).ok_or(LogError::UnknownField)?;
            if *expected != d.commitment() {
                return Err(LogError::Commitment(d.name.clone()));
            }
            if disclosures.iter().take(i).any(|o| o.name == d.name) {
                return Err(CborError::Duplicate.into());
            }
        }
        Ok(Self { digest: sha256(&bytes), bytes, header, disclosures })
    }

    /// The exact header bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
    /// The header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }
    /// What is disclosed.
    #[must_use]
    pub fn disclosures(&self) -> &[Disclosure] {
        &self.disclosures
    }
    /// SHA-256 of the header bytes: what the next header names.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }
    /// The leaf of the tree.
    #[must_use]
    pub fn leaf(&self) -> Digest {
        super::tree::leaf(&self.bytes)
    }
    /// Names of fields that are committed to but not disclosed.
    #[must_use]
    pub fn withheld(&self) -> Vec<&str> {
        let disclosed = |n: &String| self.disclosures.iter().any(|d| d.name == **n);
        self.header.commitments.keys().filter(|n| !disclosed(n)).map(String::as_str).collect()
    }
    /// The disclosed fields as one map.
    #[must_use]
    pub fn fields(&self) -> Value {
        Value::Map(self.disclosures.iter().map(|d| (Value::from(d.name.as_str()), d.value.clone())).collect())
    }

    /// Whether this entry directly follows `before` in the same log.
    #[must_use]
    pub fn follows(&self, before: &Self) -> bool {
        self.header.log == before.header.log
            && self.header.seq == before.header.seq + 1
            && self.header.prev == Some(before.digest())
    }

    /// As `[header, [* disclosure]]`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let d = self.disclosures.iter().map(|d| Value::from(d.bytes.as_slice())).collect::<Vec<_>>();
        Value::Array(vec![self.bytes.as_slice().into(), d.into()])
    }

    /// From `[header, [* disclosure], …]`; returns what follows the two.
    ///
    /// # Errors
    /// [`LogError`] as [`Entry::read`].
    pub fn from_value(value: Value) -> Result<(Self, Vec<Value>), LogError> {
        let mut items = value.array("entry")?.into_iter();
        let header = items.next().ok_or(CborError::Type("entry"))?.bytes("header")?;
        let disclosures = items.next().ok_or(CborError::Type("entry"))?.array("disclosures")?;
        let disclosures = disclosures.into_iter().map(|d| d.bytes("disclosure")).collect::<Result<Vec<_>, _>>()?;
        Ok((Self::read(header, &disclosures)?, items.collect()))
    }
}
