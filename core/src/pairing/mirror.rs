//! The mirror of a paired phone's log: what the other phone sends is verified as the office verifies it (P5), before anything of it is kept.
//! Pure: no store. The unit is the one that the office gets, with the segment in clear; the receiver seals it to the office itself.

use crate::enrolment::Enrolment;
use crate::id::{Digest, Id, sha256};
use crate::log::tree::{self, Frontier};
use crate::log::{Checkpoint, Entry, Fork, Header, LogError};
use crate::sign::SignError;
use crate::wire::{Segment, Submission, WireError};
use std::collections::BTreeMap;

/// Longest body: checkpoints with their entries. Longer ones are not mirrored.
pub const MAX_BODY: usize = 16 << 20;
/// A body goes in messages of at most so many bytes of it.
pub const PART: usize = 768 << 10;

/// Why nothing more is taken of what the other phone sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MirrorError {
    /// The checkpoint is not signed by the LOG key of the paired phone.
    #[error("{0}")]
    Sign(#[from] SignError),
    /// Malformed, or an entry that was altered.
    #[error("{0}")]
    Segment(#[from] WireError),
    /// The parts are not those of one body.
    #[error("parts of the mirror do not belong together")]
    Parts,
    /// Of another log, or under another enrolment, than the paired phone's.
    #[error("checkpoint of another log")]
    OtherLog,
    /// Two checkpoints that cannot both be true; the proof where the key is convicted.
    #[error("the other phone's key signed two histories")]
    Fork(Box<Fork>),
    /// The proof does not lead from what is held to the new root.
    #[error("the checkpoint does not extend what is held")]
    Inconsistent,
    /// It names another checkpoint before it.
    #[error("the checkpoint does not follow the one before it")]
    NotChained,
    /// The segment is not what the checkpoint covers.
    #[error("the entries are not those of the checkpoint")]
    Mismatch,
}
impl From<LogError> for MirrorError {
    fn from(e: LogError) -> Self {
        match e {
            LogError::Sign(s) => Self::Sign(s),
            other => Self::Segment(other.into()),
        }
    }
}

/// What is held of another log.
#[derive(Debug, Clone, Default)]
pub struct Mirror {
    border: Border,
    leaves: Vec<Digest>,
    checkpoints: Vec<Held>,
}

#[derive(Debug, Clone)]
struct Held {
    cp_no: u64,
    size: u64,
    cose: Vec<u8>,
}

/// How a submission stands to what is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// Held already, or about fewer entries than are held and in agreement with them.
    Known,
    /// Something before it is missing: the other phone is told how far this one is.
    Missing,
    /// It extends what is held: [`Mirror::extend`], and it is to be kept.
    New(Box<Step>),
}

/// A verified checkpoint with its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// What it covers.
    pub segment: Segment,
    after: Border,
}

/// Where a log ends: all that its next entry is judged by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Border {
    frontier: Frontier,
    last: Option<Digest>,
    cases: BTreeMap<Id, (u64, Digest)>,
}

impl Border {
    fn push(&mut self, header: &Header, digest: Digest, leaf: Digest) {
        self.frontier.push(leaf);
        self.last = Some(digest);
        if let Some(p) = header.position {
            self.cases.insert(p.case, (p.seq.saturating_add(1), digest));
        }
    }
}

impl Mirror {
    /// What a store holds: headers in order, and checkpoints as (number, size, signed) in order.
    ///
    /// # Errors
    /// [`MirrorError::Segment`] when a header does not read back.
    pub fn of(headers: &[Vec<u8>], checkpoints: Vec<(u64, u64, Vec<u8>)>) -> Result<Self, MirrorError> {
        let mut mirror = Self::default();
        for bytes in headers {
            let header = Header::decode(bytes).map_err(LogError::Cbor)?;
            let leaf = tree::leaf(bytes);
            mirror.border.push(&header, sha256(bytes), leaf);
            mirror.leaves.push(leaf);
        }
        mirror.checkpoints = checkpoints.into_iter().map(|(cp_no, size, cose)| Held { cp_no, size, cose }).collect();
        Ok(mirror)
    }

    /// Entries that are held.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.border.frontier.size()
    }

    /// Root over them.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.border.frontier.root()
    }

    /// Number and digest of the newest checkpoint that is held.
    #[must_use]
    pub fn newest(&self) -> Option<(u64, Digest)> {
        self.checkpoints.last().map(|h| (h.cp_no, Checkpoint::digest(&h.cose)))
    }

    /// Judges what the phone of that enrolment sent, under the rules of the office; its segment is in clear.
    ///
    /// # Errors
    /// [`MirrorError`] names what is wrong; nothing changes.
    pub fn judge(&self, sent: &Submission, enrolment: &Enrolment, enrolment_digest: &Digest) -> Result<Taken, MirrorError> {
        let cp = Checkpoint::open(&sent.checkpoint, &enrolment.log_key)?;
        if cp.log != enrolment.log || cp.enrolment != *enrolment_digest {
            return Err(MirrorError::OtherLog);
        }
        if self.checkpoints.iter().any(|h| h.cose == sent.checkpoint) {
            return Ok(Taken::Known);
        }
        if let Some(first) = self.checkpoints.iter().find(|h| h.cp_no == cp.cp_no) {
            return Err(two_histories(first, sent, None));
        }
        let size = self.size();
        if cp.size <= size {
            return self.older(&cp, sent);
        }
        let expected = self.newest().map_or(0, |(no, _)| no + 1);
        if sent.old != size || cp.cp_no > expected {
            return Ok(Taken::Missing);
        }
        if !tree::is_consistent(size, &self.root(), cp.size, &cp.root, &sent.proof) {
            return Err(MirrorError::Inconsistent);
        }
        if cp.cp_no != expected || cp.previous != self.newest().map(|(_, digest)| digest) {
            return Err(MirrorError::NotChained);
        }
        let segment = Segment::decode(&sent.segment)?;
        let covers = segment.from == size && size.checked_add(segment.entries.len() as u64) == Some(cp.size);
        if segment.log != cp.log || segment.checkpoint != sent.checkpoint || !covers {
            return Err(MirrorError::Mismatch);
        }
        // The chain goes on from what is held, and every case with it; then the tree says whether these are the entries.
        let mut after = self.border.clone();
        for e in &segment.entries {
            let (header, digest) = (e.header(), e.digest());
            let case = header.position.is_none_or(|p| match after.cases.get(&p.case) {
                None => p.seq == 0 && p.prev.is_none(),
                Some((length, head)) => p.seq == *length && p.prev == Some(*head),
            });
            if header.prev != after.last || !case || !e.withheld().is_empty() {
                return Err(MirrorError::Mismatch);
            }
            after.push(header, digest, e.leaf());
        }
        let heads = cp.cases.iter().all(|c| after.cases.get(&c.case) == Some(&(c.length, c.head)));
        if after.frontier.root() != cp.root || !heads {
            return Err(MirrorError::Mismatch);
        }
        Ok(Taken::New(Box::new(Step { checkpoint: cp, segment, after })))
    }

    /// Goes on by what [`Mirror::judge`] gave. Gives back where the log ended before, for [`Mirror::back`].
    pub fn extend(&mut self, step: &Step) -> Border {
        self.leaves.extend(step.segment.entries.iter().map(Entry::leaf));
        let (cp_no, size) = (step.checkpoint.cp_no, step.checkpoint.size);
        self.checkpoints.push(Held { cp_no, size, cose: step.segment.checkpoint.clone() });
        std::mem::replace(&mut self.border, step.after.clone())
    }

    /// Goes back to where the log ended, because what came after it could not be kept.
    pub fn back(&mut self, border: Border) {
        let size = border.frontier.size();
        self.leaves.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        self.checkpoints.retain(|h| h.size <= size);
        self.border = border;
    }

    /// A checkpoint that is not held, about fewer entries than are.
    fn older(&self, cp: &Checkpoint, sent: &Submission) -> Result<Taken, MirrorError> {
        let known = |n: u64| usize::try_from(n).ok().and_then(|n| self.leaves.get(..n));
        let prefix = known(cp.size).ok_or(MirrorError::Mismatch)?;
        if tree::root(prefix) == cp.root {
            return Ok(Taken::Known);
        }
        // Another root for a size that is held: the checkpoint of that size, or the next one after it, convicts the key.
        let first = self.checkpoints.iter().find(|h| h.size >= cp.size).ok_or(MirrorError::Mismatch)?;
        let proof = if first.size == cp.size {
            None
        } else {
            let path = known(first.size).and_then(|whole| tree::consistency(whole, prefix.len()));
            path.map(|path| std::iter::once(tree::root(prefix)).chain(path).collect())
        };
        Err(two_histories(first, sent, proof))
    }
}

/// The enrolment of the proof is added by who knows its signed bytes.
fn two_histories(first: &Held, second: &Submission, proof: Option<Vec<Digest>>) -> MirrorError {
    let (first, second) = (first.cose.clone(), second.checkpoint.clone());
    MirrorError::Fork(Box::new(Fork::Device { enrolment: Vec::new(), first, second, proof }))
}

/// A body that comes in parts, in their order.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    digest: Digest,
    length: usize,
    bytes: Vec<u8>,
}

impl Parts {
    /// Takes a part; gives the body when it is whole. A part at 0 begins anew.
    ///
    /// # Errors
    /// [`MirrorError::Parts`].
    pub fn take(&mut self, digest: Digest, offset: u64, length: u64, part: &[u8]) -> Result<Option<Vec<u8>>, MirrorError> {
        let (offset, length) = match (usize::try_from(offset), usize::try_from(length)) {
            (Ok(offset), Ok(length)) if length <= MAX_BODY && part.len() <= PART => (offset, length),
            _ => return Err(MirrorError::Parts),
        };
        if offset == 0 {
            *self = Self { digest, length, bytes: Vec::new() };
        }
        let fits = self.digest == digest && self.length == length && self.bytes.len() == offset;
        if !fits || part.is_empty() || part.len() > length - offset {
            *self = Self::default();
            return Err(MirrorError::Parts);
        }
        self.bytes.extend_from_slice(part);
        if self.bytes.len() < length {
            return Ok(None);
        }
        let body = std::mem::take(self).bytes;
        if sha256(&body) == digest { Ok(Some(body)) } else { Err(MirrorError::Parts) }
    }
}

/// A submission of entries under a checkpoint, in clear.
///
/// # Errors
/// [`MirrorError::Segment`] never in practice.
pub fn submission(old: u64, proof: Vec<Digest>, segment: &Segment) -> Result<Submission, MirrorError> {
    let clear = segment.encode().map_err(LogError::Cbor)?;
    Ok(Submission { old, proof, checkpoint: segment.checkpoint.clone(), segment: clear })
}
