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
}

impl Segment {
    /// The clear bytes, to be sealed.
    ///
    /// # Errors
    /// [`CborError`] never in practice.
    pub fn encode(&self) -> Result<Vec<u8>, CborError> {
        let entries = self.entries.iter().map(Entry::to_value).collect::<Vec<_>>();
        let m = MapBuilder::new()
            .with("v", 1)
            .with("log", self.log)
            .with("from", self.from)
            .with("entries", entries)
            .with("checkpoint", self.checkpoint.as_slice());
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
        let entries = f.req("entries", "entries")?.array("entries")?;
        let segment = Self {
            log: Id(f.req("log", "log")?.array_of("log")?),
            from: f.req("from", "from")?.uint("from")?,
            entries: entries
                .into_iter()
                .map(|v| match Entry::from_value(v)? {
                    (e, rest) if rest.is_empty() => Ok(e),
                    _ => Err(WireError::from(CborError::Type("entry"))),
                })
                .collect::<Result<_, _>>()?,
            checkpoint: f.req("checkpoint", "checkpoint")?.bytes("checkpoint")?,
        };
        f.end()?;
        let numbered =
            segment.entries.iter().zip(segment.from..).all(|(e, seq)| e.header().log == segment.log && e.header().seq == seq);
        let chained = segment.entries.windows(2).all(|w| matches!(w, [a, b] if b.follows(a)));
        if numbered && chained { Ok(segment) } else { Err(crate::log::LogError::BrokenChain.into()) }
    }
}

/// The body of `POST /v1/segments`.
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
    /// The body.
    ///
    /// # Errors
    /// [`CborError`] never in practice.
    pub fn encode(&self) -> Result<Vec<u8>, CborError> {
        let proof = self.proof.iter().map(|p| Value::from(*p)).collect::<Vec<_>>();
        let m = MapBuilder::new()
            .with("v", 1)
            .with("old", self.old)
            .with("proof", proof)
            .with("checkpoint", self.checkpoint.as_slice())
            .with("segment", self.segment.as_slice());
        cbor::encode(&m.build())
    }

    /// Reads a body.
    ///
    /// # Errors
    /// [`CborError`] names the deviation.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
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

    /// The body of the answer: `{"receipt": log receipt bytes}`.
    ///
    /// # Errors
    /// [`CborError`] never in practice.
    pub fn answer(receipt: &[u8]) -> Result<Vec<u8>, CborError> {
        cbor::encode(&MapBuilder::new().with("receipt", receipt).build())
    }

    /// The log receipt out of the body of an answer.
    ///
    /// # Errors
    /// [`CborError`] when it is malformed.
    pub fn from_answer(bytes: &[u8]) -> Result<Vec<u8>, CborError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        let r = f.req("receipt", "receipt")?.bytes("receipt")?;
        f.end()?;
        Ok(r)
    }
}
