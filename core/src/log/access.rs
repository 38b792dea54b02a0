//! Who looked at what of a case at the office (`docs/formats` §6.3, R25): a salted record whose digest is a leaf of the office's log.

use super::{LogError, LogReceipt, OfficeLeaf};
use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::id::{Digest, Id, sha256};
use crate::trust::TrustList;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// A page that shows it was opened.
    Viewed,
    /// The original was decrypted and shown.
    Opened,
    /// A bundle was made.
    Exported,
    /// It was handed out as a file.
    Downloaded,
}
impl Act {
    /// Its name in the format.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewed => "viewed",
            Self::Opened => "opened",
            Self::Exported => "exported",
            Self::Downloaded => "downloaded",
        }
    }
    fn from_name(name: &str) -> Option<Self> {
        [Self::Viewed, Self::Opened, Self::Exported, Self::Downloaded].into_iter().find(|a| a.name() == name)
    }
}

/// One access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRecord {
    /// Keeps the digest in the log from telling anything.
    pub salt: [u8; 16],
    /// The case.
    pub case: Id,
    /// What was done.
    pub act: Act,
    /// An evidence id, a paper's name or `case`.
    pub what: String,
    /// The account.
    pub who: String,
    /// Office time, ms.
    pub at: i64,
}

impl AccessRecord {
    /// The record's bytes; their SHA-256 is in the leaf.
    ///
    /// # Errors
    /// [`CborError`] never in practice.
    pub fn encode(&self) -> Result<Vec<u8>, CborError> {
        let m = MapBuilder::new()
            .with("v", 1)
            .with("case", self.case)
            .with("act", self.act.name())
            .with("what", self.what.as_str())
            .with("who", self.who.as_str())
            .with("at", self.at);
        cbor::encode(&Value::Array(vec![self.salt.into(), m.build()]))
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`CborError`] names the deviation.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let [salt, map]: [Value; 2] = cbor::decode(bytes)?.array("record")?.try_into().map_err(|_| CborError::Type("record"))?;
        let mut f = Fields::of(map)?;
        if f.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v"));
        }
        let r = Self {
            salt: salt.array_of("salt")?,
            case: Id(f.req("case", "case")?.array_of("case")?),
            act: Act::from_name(&f.req("act", "act")?.text("act")?).ok_or(CborError::Type("act"))?,
            what: f.req("what", "what")?.text("what")?,
            who: f.req("who", "who")?.text("who")?,
            at: f.req("at", "at")?.int("at")?,
        };
        f.end()?;
        Ok(r)
    }
}

/// `{"record", "leaf", "receipt"}` as a bundle carries it, from a record's bytes and its log receipt.
///
/// # Errors
/// [`CborError`] when the receipt is malformed.
pub fn access_file(record: &[u8], log_receipt: &[u8]) -> Result<Vec<u8>, CborError> {
    let mut f = Fields::of(cbor::decode(log_receipt)?)?;
    let m = MapBuilder::new()
        .with("record", record)
        .with("leaf", f.req("leaf", "leaf")?)
        .with("receipt", f.req("receipt", "receipt")?);
    cbor::encode(&m.build())
}

/// Opens `{"record", "leaf", "receipt"}`: the record, its digest, and that the office's log holds it.
///
/// # Errors
/// [`LogError`] names what does not fit.
pub fn open_access(bytes: &[u8], trust: &TrustList) -> Result<(AccessRecord, Digest, LogReceipt), LogError> {
    let mut f = Fields::of(cbor::decode(bytes)?)?;
    let record = f.req("record", "record")?.bytes("record")?;
    let (leaf, receipt) = (f.req("leaf", "leaf")?, f.req("receipt", "receipt")?);
    f.end()?;
    let digest = sha256(&record);
    let read = AccessRecord::decode(&record)?;
    let receipt =
        LogReceipt::open(&cbor::encode(&MapBuilder::new().with("leaf", leaf).with("receipt", receipt).build())?, trust)?;
    if receipt.leaf == (OfficeLeaf::Access { record: digest, at: read.at }) {
        Ok((read, digest, receipt))
    } else {
        Err(LogError::WrongSubject)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;
    use crate::log::{issue_log_receipt, tree};
    use crate::sign::SoftwareKey;
    use crate::trust::Use;

    /// R25.
    #[test]
    fn r25_an_access_record_is_a_leaf_and_an_altered_one_is_refused() {
        let key = SoftwareKey::from_seed([1; 32]);
        let trust = crate::log::test_trust(&key, Use::Receipt);
        let r = AccessRecord {
            salt: [9; 16],
            case: Id([1; 16]),
            act: Act::Opened,
            what: "case".into(),
            who: "console".into(),
            at: 50,
        };
        let record = r.encode().unwrap();
        let leaf = OfficeLeaf::Access { record: sha256(&record), at: 50 };
        let hashes = [tree::leaf(&leaf.encode().unwrap())];
        let receipt = issue_log_receipt(&key, "o", 0, &leaf, 0, &hashes).unwrap();
        let file = access_file(&record, &receipt).unwrap();
        let (read, digest, proof) = open_access(&file, &trust).unwrap();
        assert_eq!((read, digest, proof.index, proof.epoch), (r.clone(), sha256(&record), 0, 0));
        let other = AccessRecord { who: "nobody".into(), ..r }.encode().unwrap();
        assert_eq!(open_access(&access_file(&other, &receipt).unwrap(), &trust), Err(LogError::WrongSubject));
    }
}
