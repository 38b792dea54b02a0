//! A checkpoint that somebody holds, scanned or typed, against the log that the bundle shows (P5).

use super::logs::HeldLog;
use super::{CheckId, Finding, Verification};
use crate::badge::{Frame, FrameError};
use crate::cbor::{self, CborError, Fields, Value};
use crate::id::{Digest, Id, hex, sha256};
use crate::log::{Checkpoint, tree};

/// The signed checkpoint in what somebody holds: the text of a QR, its digits alone, the frame's bytes, or the COSE bytes as they are.
///
/// # Errors
/// [`FrameError`] when a text is no checkpoint of ours.
pub fn read_checkpoint(held: &[u8]) -> Result<Vec<u8>, FrameError> {
    let text = std::str::from_utf8(held).ok().map(str::trim);
    let frame = match text {
        Some(text) if text.contains('#') => Frame::from_text(text)?,
        Some(text) if text.starts_with(|c: char| c.is_ascii_digit()) => {
            let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
            Frame::from_text(&format!("#{digits}"))?
        }
        _ => match Frame::from_bytes(held) {
            Ok(frame) => frame,
            Err(_) => return Ok(held.to_vec()),
        },
    };
    if let Frame::Checkpoint { checkpoint } = frame { Ok(checkpoint) } else { Err(FrameError::Newer) }
}

/// That the first `from` entries of a log are a prefix of its first `to` (`docs/formats/verification.md` §8).
struct PrefixProof {
    log: Id,
    from: u64,
    to: u64,
    proof: Vec<Digest>,
}

impl PrefixProof {
    fn read(bytes: &[u8]) -> Result<Self, CborError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        if f.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v"));
        }
        let proof = Self {
            log: Id(f.req("log", "log")?.array_of("log")?),
            from: f.req("from", "from")?.uint("from")?,
            to: f.req("to", "to")?.uint("to")?,
            proof: f.req("proof", "proof")?.array("proof")?.into_iter().map(|d| d.array_of("proof")).collect::<Result<_, _>>()?,
        };
        f.end()?;
        Ok(proof)
    }

    /// Whether the two checkpoints are of one history; `None` when this proof is not about them.
    fn joins(&self, a: &Checkpoint, b: &Checkpoint) -> Option<bool> {
        let (old, new) = if a.size <= b.size { (a, b) } else { (b, a) };
        let about = self.log == a.log && self.from == old.size && self.to == new.size;
        about.then(|| tree::is_consistent(old.size, &old.root, new.size, &new.root, &self.proof))
    }
}

impl Verification<'_> {
    pub(super) fn pinned(&mut self, logs: &[HeldLog]) {
        let Some(bytes) = self.options.checkpoint else { return };
        self.out.checked(CheckId::Witnesses, 1);
        let digest = sha256(bytes);
        let opened = logs.iter().find_map(|log| {
            let pinned = Checkpoint::open(bytes, &log.enrolment.as_ref()?.log_key).ok()?;
            (pinned.log == log.log).then_some((log, pinned))
        });
        let proof = self.options.proof.and_then(|p| PrefixProof::read(p).ok());
        let (finding, detail) = match opened {
            None => (Finding::PinnedUnknown, String::new()),
            Some((log, pinned)) => (judge(log, &pinned, digest, proof.as_ref()), format!("{} < #{}", log.log, pinned.size)),
        };
        self.out.add(finding, hex(&digest), detail);
    }
}

fn judge(log: &HeldLog, pinned: &Checkpoint, digest: Digest, proof: Option<&PrefixProof>) -> Finding {
    let held = || log.checkpoints.values();
    let other = |c: &Checkpoint| c.cp_no == pinned.cp_no || (c.size == pinned.size && c.root != pinned.root);
    if held().any(|c| c.digest == digest) {
        Finding::Pinned
    } else if held().any(|c| other(&c.content)) {
        Finding::PinnedOther
    } else if held().any(|c| c.content.size == pinned.size) {
        Finding::Pinned
    } else {
        match held().find_map(|c| proof?.joins(pinned, &c.content)) {
            Some(true) => Finding::Pinned,
            Some(false) => Finding::PinnedOther,
            None => Finding::PinnedUnknown,
        }
    }
}
