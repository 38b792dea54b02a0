//! A checkpoint: the device's signature over size and root of its log, and the heads of its cases (P5).

use super::LogError;
use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::clock::Clocks;
use crate::id::{Digest, Id, sha256};
use crate::sign::{PublicKey, Unverified};

/// Where a case stood in one log: how many entries, and the digest of the last header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseHead {
    /// The case.
    pub case: Id,
    /// Number of its entries.
    pub length: u64,
    /// Digest of the last one's header.
    pub head: Digest,
}

/// A checkpoint's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log.
    pub log: Id,
    /// Counts the checkpoints of the log from 0.
    pub cp_no: u64,
    /// Digest of the checkpoint before.
    pub previous: Option<Digest>,
    /// Number of entries.
    pub size: u64,
    /// Root over them.
    pub root: Digest,
    /// Open and just closed cases.
    pub cases: Vec<CaseHead>,
    /// When, by the device.
    pub clocks: Clocks,
    /// Digest of the newest log receipt.
    pub receipt: Option<Digest>,
    /// Digest of the enrolment whose LOG key signs.
    pub enrolment: Digest,
}

impl Checkpoint {
    /// The kind.
    pub const TYP: &'static str = "mz1/checkpoint";

    /// The payload to sign.
    ///
    /// # Errors
    /// [`CborError`] when something is outside the profile.
    pub fn encode(&self) -> Result<Vec<u8>, CborError> {
        let cases =
            self.cases.iter().map(|c| Value::Array(vec![c.case.into(), c.length.into(), c.head.into()])).collect::<Vec<_>>();
        let m = MapBuilder::new()
            .with(1, 1)
            .with(2, self.log)
            .with(3, self.cp_no)
            .maybe(4, self.previous)
            .with(5, self.size)
            .with(6, self.root)
            .with(7, cases)
            .with(8, self.clocks.to_value())
            .maybe(9, self.receipt)
            .with(10, self.enrolment);
        cbor::encode(&m.build())
    }

    /// Opens a signed checkpoint with the log's key.
    ///
    /// # Errors
    /// [`LogError`] names what does not fit.
    pub fn open(bytes: &[u8], log_key: &PublicKey) -> Result<Self, LogError> {
        Ok(Self::decode(&Unverified::read(bytes, Self::TYP)?.verify(log_key)?)?)
    }

    /// Digest by which others name it: of the whole signed object.
    #[must_use]
    pub fn digest(signed: &[u8]) -> Digest {
        sha256(signed)
    }

    fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        if f.req(1, "suite")? != Value::Int(1) {
            return Err(CborError::Type("suite"));
        }
        let c = Self {
            log: Id(f.req(2, "log")?.array_of("log")?),
            cp_no: f.req(3, "cp_no")?.uint("cp_no")?,
            previous: f.opt(4).map(|v| v.array_of("previous")).transpose()?,
            size: f.req(5, "size")?.uint("size")?,
            root: f.req(6, "root")?.array_of("root")?,
            cases: f
                .req(7, "cases")?
                .array("cases")?
                .into_iter()
                .map(|c| {
                    let [case, length, head]: [Value; 3] = c.array("case")?.try_into().map_err(|_| CborError::Type("case"))?;
                    Ok(CaseHead {
                        case: Id(case.array_of("case")?),
                        length: length.uint("length")?,
                        head: head.array_of("head")?,
                    })
                })
                .collect::<Result<_, CborError>>()?,
            clocks: Clocks::from_value(f.req(8, "clocks")?)?,
            receipt: f.opt(9).map(|v| v.array_of("receipt")).transpose()?,
            enrolment: f.req(10, "enrolment")?.array_of("enrolment")?,
        };
        f.end()?;
        if (c.cp_no == 0) != c.previous.is_none() { Err(CborError::Type("previous")) } else { Ok(c) }
    }
}
