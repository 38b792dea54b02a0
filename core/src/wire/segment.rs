//! Segments: new entries with the checkpoint that covers them (`docs/formats` §8), and their submission to the office.

use super::WireError;
use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::id::{Digest, Id};
use crate::log::Entry;

/// The clear content of an outbox segment; kept and sent as an age file to the office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The log.
    pub log: Id,
    /// Seq of the first entry.
    pub from: u64,
    /// Successive entries with everything disclosed.
    pub entries: Vec<Entry>,
    /// The signed checkpoint whose size is `from` + number of entries.
    pub checkpoint: Vec<u8>,
    /// In the first segment of a log that succeeds another: the tail of the old log that no key signed at the time (§8.1, F43).
    pub adopted: Option<Adopted>,
}

/// Entries of an old log, from its newest signed checkpoint on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// The old log.
    pub log: Id,
    /// Seq of the first entry.
    pub from: u64,
    /// Successive entries with everything disclosed.
    pub entries: Vec<Entry>,
}

impl Segment {
    /// The clear bytes, to be sealed.
    ///
    /// # Errors
    /// [`CborError`] never in practice.
    pub fn encode(&self) -> Result<Vec<u8>, CborError> {
        let values = |entries: &[Entry]| entries.iter().map(Entry::to_value).collect::<Vec<_>>();
        let adopted = self
            .adopted
            .as_ref()
            .map(|a| MapBuilder::new().with("log", a.log).with("from", a.from).with("entries", values(&a.entries)).build());
        let m = MapBuilder::new()
            .with("v", 1)
            .with("log", self.log)
            .with("from", self.from)
            .with("entries", values(&self.entries))
            .with("checkpoint", self.checkpoint.as_slice())
            .maybe("adopted", adopted);
        cbor::encode(&m.build())
    }

    /// Reads the clear bytes: each entry is well-formed in itself, numbered from `from`, and follows the one before it.
    ///
    /// # Errors
    /// [`WireError`] names the deviation.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        if f.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v").into());
        }
        let adopted = f.opt("adopted").map(Fields::of).transpose()?;
        let segment = Self {
            log: Id(f.req("log", "log")?.array_of("log")?),
            from: f.req("from", "from")?.uint("from")?,
            entries: entries(&mut f)?,
            checkpoint: f.req("checkpoint", "checkpoint")?.bytes("checkpoint")?,
            adopted: adopted
                .map(|mut a| {
                    let adopted = Adopted {
                        log: Id(a.req("log", "log")?.array_of("log")?),
                        from: a.req("from", "from")?.uint("from")?,
                        entries: entries(&mut a)?,
                    };
                    a.end()?;
                    Ok::<_, WireError>(adopted)
                })
                .transpose()?,
        };
        f.end()?;
        let old = segment.adopted.as_ref().is_none_or(|a| successive(a.log, a.from, &a.entries));
        if old && successive(segment.log, segment.from, &segment.entries) {
            Ok(segment)
        } else {
            Err(crate::log::LogError::BrokenChain.into())
        }
    }
}

fn entries(f: &mut Fields) -> Result<Vec<Entry>, WireError> {
    let read = |v| match Entry::from_value(v)? {
        (e, rest) if rest.is_empty() => Ok(e),
        _ => Err(WireError::from(CborError::Type("entry"))),
    };
    f.req("entries", "entries")?.array("entries")?.into_iter().map(read).collect()
}

fn successive(log: Id, from: u64, entries: &[Entry]) -> bool {
    let numbered = entries.iter().zip(from..).all(|(e, seq)| e.header().log == log && e.header().seq == seq);
    numbered && entries.windows(2).all(|w| matches!(w, [a, b] if b.follows(a)))
}

/// Most submissions in one request.
pub const MOST_SUBMISSIONS: usize = 32;

/// One checkpoint with what it covers. The body of `POST /v1/segments` is a list of them, of one log and in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The size that the phone believes the office to know.
    pub old: u64,
    /// Consistency of the checkpoint's tree with that size.
    pub proof: Vec<Digest>,
    /// The signed checkpoint.
    pub checkpoint: Vec<u8>,
    /// The sealed segment.
    pub segment: Vec<u8>,
}

impl Submission {
    /// The body of a request.
    ///
    /// # Errors
    /// [`CborError`] never in practice.
    pub fn encode_all(all: &[Self]) -> Result<Vec<u8>, CborError> {
        cbor::encode(&Value::Array(all.iter().map(Self::value).collect()))
    }

    /// Reads a body: 1 to [`MOST_SUBMISSIONS`].
    ///
    /// # Errors
    /// [`CborError`] names the deviation.
    pub fn decode_all(bytes: &[u8]) -> Result<Vec<Self>, CborError> {
        let all = cbor::decode(bytes)?.array("submissions")?;
        if all.is_empty() || all.len() > MOST_SUBMISSIONS {
            return Err(CborError::Type("submissions"));
        }
        all.into_iter().map(Self::of).collect()
    }

    /// As it stands alone (`docs/formats`).
    ///
    /// # Errors
    /// [`CborError`] never in practice.
    pub fn encode(&self) -> Result<Vec<u8>, CborError> {
        cbor::encode(&self.value())
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`CborError`] names the deviation.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        Self::of(cbor::decode(bytes)?)
    }

    fn value(&self) -> Value {
        let proof = self.proof.iter().map(|p| Value::from(*p)).collect::<Vec<_>>();
        let m = MapBuilder::new()
            .with("v", 1)
            .with("old", self.old)
            .with("proof", proof)
            .with("checkpoint", self.checkpoint.as_slice())
            .with("segment", self.segment.as_slice());
        m.build()
    }

    fn of(value: Value) -> Result<Self, CborError> {
        let mut f = Fields::of(value)?;
        if f.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v"));
        }
        let s = Self {
            old: f.req("old", "old")?.uint("old")?,
            proof: f.req("proof", "proof")?.array("proof")?.into_iter().map(|p| p.array_of("proof")).collect::<Result<_, _>>()?,
            checkpoint: f.req("checkpoint", "checkpoint")?.bytes("checkpoint")?,
            segment: f.req("segment", "segment")?.bytes("segment")?,
        };
        f.end()?;
        Ok(s)
    }

    /// The body of the answer: `{"receipts": [log receipt bytes]}`, for the first of what was sent; all that is missing was not taken.
    ///
    /// # Errors
    /// [`CborError`] never in practice.
    pub fn answer(receipts: &[Vec<u8>]) -> Result<Vec<u8>, CborError> {
        let receipts: Vec<Value> = receipts.iter().map(|r| r.as_slice().into()).collect();
        cbor::encode(&MapBuilder::new().with("receipts", receipts).build())
    }

    /// The log receipts out of the body of an answer, at least one.
    ///
    /// # Errors
    /// [`CborError`] when it is malformed.
    pub fn from_answer(bytes: &[u8]) -> Result<Vec<Vec<u8>>, CborError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        let receipts = f.req("receipts", "receipts")?.array("receipts")?;
        f.end()?;
        if receipts.is_empty() {
            return Err(CborError::Type("receipts"));
        }
        receipts.into_iter().map(|r| r.bytes("receipts")).collect()
    }
}
