//! The conversation with the office, sans-IO: what is the next request, and what did the response mean (`docs/sync.md`, P10).
//!
//! Everything it knows is in the store before it answers; a request that was never answered is simply planned again. Order: segments (entries and
//! checkpoints) first, then the feed, then papers, strokes, thumbnails, photographs, sound and video; a parked item never blocks another (F17). Entries and feed
//! go one request at a time; of files as many may be under way as the shell likes, one request a file.

pub(crate) mod heads;
pub mod schedule;

use crate::clock::Reading;
use crate::id::{Digest, Id, hex};
use crate::log::OfficeHead;
use crate::store::mirror;
use crate::store::rows::{self, SealedKind, SealedRow};
use crate::store::{Store, StoreError};
use crate::wire::MOST_SUBMISSIONS;
use schedule::Weight;
use std::collections::BTreeSet;

/// Bytes of one upload chunk.
pub const CHUNK: u64 = 1 << 20;

/// What the next request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Fetch the trust list; not signed, the list is signed itself.
    Trust,
    /// Apply for enrolment.
    Enrol,
    /// Send the segments of checkpoints that follow one another.
    Segment {
        /// Which of this device's logs.
        life: u64,
        /// Number of the first.
        cp_no: u64,
        /// Number of the last.
        last: u64,
        /// The size that the office is believed to know.
        old: u64,
    },
    /// Carry segments of a paired phone's log, which is mirrored here, as [`Plan::Segment`] its own.
    Carried {
        /// The other log.
        log: Id,
        /// Number of the first.
        cp_no: u64,
        /// Number of the last.
        last: u64,
        /// Entries before the first.
        old: u64,
    },
    /// Fetch what the office has for this device.
    Feed {
        /// The newest item known.
        after: u64,
    },
    /// Begin an upload.
    Create(Digest),
    /// Ask how much of an upload the office has.
    Head(Digest),
    /// Send the next chunk, or in the background all that is left.
    Patch {
        /// The sealed file.
        sealed: Digest,
        /// From here.
        offset: u64,
        /// So many bytes.
        length: u64,
    },
    /// Fetch the custody receipt.
    Custody(Digest),
    /// Have the office prove that the head of its log that is kept here is a prefix of the one it answers now (P5).
    Consistency {
        /// Of both.
        epoch: u64,
        /// Size of the kept one.
        from: u64,
        /// Size of the new one.
        to: u64,
    },
    /// Fetch the beginning of an epoch of the office's log; not signed by the office, the roots signed it.
    Epoch(u64),
    /// Show the office an answer of its own whose head it no longer reaches.
    OfficeSeen,
}

impl Plan {
    /// The file that it is about; such requests are independent of each other.
    pub(crate) fn file(&self) -> Option<&Digest> {
        match self {
            Self::Create(d) | Self::Head(d) | Self::Patch { sealed: d, .. } | Self::Custody(d) => Some(d),
            _ => None,
        }
    }

    /// Method and path.
    #[must_use]
    pub fn line(&self) -> (&'static str, String) {
        let upload = |d: &Digest| format!("/v1/uploads/{}", hex(d));
        match self {
            Self::Trust => ("GET", "/v1/trust".into()),
            Self::Enrol => ("POST", "/v1/enrol".into()),
            Self::Segment { .. } => ("POST", "/v1/segments".into()),
            Self::Carried { log, .. } => ("POST", format!("/v1/segments?log={log}")),
            Self::Feed { after } => ("GET", format!("/v1/feed?after={after}")),
            Self::Create(_) => ("POST", "/v1/uploads".into()),
            Self::Head(d) => ("HEAD", upload(d)),
            Self::Patch { sealed, .. } => ("PATCH", upload(sealed)),
            Self::Custody(d) => ("GET", format!("/v1/custody/{}", hex(d))),
            Self::Consistency { epoch, from, to } => ("GET", format!("/v1/log/consistency?epoch={epoch}&from={from}&to={to}")),
            Self::Epoch(n) => ("GET", format!("/log/epoch/{n}")),
            Self::OfficeSeen => ("POST", "/v1/log/seen".into()),
        }
    }

    /// The only status that is success.
    #[must_use]
    pub fn success(&self) -> u16 {
        match self {
            Self::Trust
            | Self::Feed { .. }
            | Self::Head(_)
            | Self::Custody(_)
            | Self::Consistency { .. }
            | Self::Epoch(_)
            | Self::OfficeSeen => 200,
            Self::Enrol | Self::Segment { .. } | Self::Carried { .. } | Self::Create(_) => 201,
            Self::Patch { .. } => 204,
        }
    }
}

/// A request that is under way; kept in memory only.
pub(crate) struct Pending {
    pub(crate) plan: Plan,
    pub(crate) digest: Digest,
    pub(crate) nonce: [u8; 16],
    pub(crate) sent: Reading,
    /// The signed request as its header carries it.
    pub(crate) asked: Vec<u8>,
    /// The head that the office is to prove.
    pub(crate) grown: Option<(OfficeHead, Vec<u8>)>,
    /// All that is left of the file was in it.
    pub(crate) whole: bool,
}

/// What is left out of this round: asked about already, to be tried again in the next.
#[derive(Default)]
pub(crate) struct Round {
    pub(crate) feed_done: bool,
    /// Offsets that the office confirmed in this round.
    pub(crate) confirmed: BTreeSet<Digest>,
    pub(crate) deferred: BTreeSet<Digest>,
    /// Asked about a second time in this round.
    pub(crate) retried: BTreeSet<Digest>,
    /// Files of which it was asked once more how much the office has, because it had no receipt for them.
    pub(crate) doubted: BTreeSet<Digest>,
    /// The size of a log (by its life) that the office said to know, after a 409.
    pub(crate) office_size: Option<(u64, u64)>,
    /// The newest head of the office's log that is larger than the kept one, with the answer that said it.
    pub(crate) grown: Option<(OfficeHead, Vec<u8>)>,
    /// An epoch of the office's log that is new here: the roots must have begun it.
    pub(crate) new_epoch: Option<u64>,
    /// It was asked about in this round.
    pub(crate) epoch_asked: bool,
    /// The office was asked for the proof in this round.
    pub(crate) proof_asked: bool,
    /// An answer of the office whose head it no longer reaches; to be shown to it.
    pub(crate) set_back: Option<Vec<u8>>,
    /// It was shown in this round.
    pub(crate) shown_back: bool,
}

/// What is under way, and how files go.
pub(crate) struct Lanes {
    /// A request about the log or the feed is unanswered.
    pub(crate) talking: bool,
    /// Files with an unanswered request, or at which the office failed a while ago.
    pub(crate) files: BTreeSet<Digest>,
    /// The office failed at a segment a while ago: files go on.
    pub(crate) log_rests: bool,
    /// Of files nothing heavier.
    pub(crate) most: Weight,
    /// What is left of a file goes in one request.
    pub(crate) whole: bool,
}

/// The next thing to ask of the office, or nothing.
pub(crate) fn plan(store: &Store, round: &Round, after: u64, lanes: &Lanes) -> Result<Option<Plan>, StoreError> {
    let talk = |plan| Ok((!lanes.talking).then_some(plan));
    if !lanes.log_rests
        && let Some(row) = store.read(rows::unsent_checkpoint)?
    {
        let before = store.read(|c| rows::checkpoint_before(c, row.life, row.cp_no))?;
        let said = round.office_size.filter(|(life, _)| *life == row.life);
        let usual = before.map_or(0, |b| b.size);
        let old = said.map_or(usual, |(_, size)| size);
        // What the office stands at is as expected: the next ones go along.
        let along = if old == usual { store.read(|c| rows::unsent_after(c, &row, MOST_SUBMISSIONS - 1))? } else { 0 };
        return talk(Plan::Segment { life: row.life, cp_no: row.cp_no, last: row.cp_no + along, old });
    }
    if !lanes.log_rests
        && let Some(row) = store.read(mirror::unsent)?
    {
        let before = row.cp_no.checked_sub(1).map(|no| store.read(|c| mirror::checkpoint_of(c, row.log, no))).transpose()?;
        let along = store.read(|c| mirror::unsent_after(c, &row, MOST_SUBMISSIONS - 1))?;
        let old = before.flatten().map_or(0, |b| b.size);
        return talk(Plan::Carried { log: row.log, cp_no: row.cp_no, last: row.cp_no + along, old });
    }
    if !round.feed_done {
        return talk(Plan::Feed { after });
    }
    let skip: BTreeSet<Digest> = round.deferred.union(&lanes.files).copied().collect();
    if let Some(row) = store.read(|c| rows::unsent_sealed(c, &skip, heaviest(lanes.most)))? {
        return Ok(Some(of_file(&row, round, lanes.whole)));
    }
    if lanes.talking { Ok(None) } else { office(store, round) }
}

/// Last in a round, when the office's log has grown by everything that was sent: is it still the same log?
fn office(store: &Store, round: &Round) -> Result<Option<Plan>, StoreError> {
    if round.set_back.is_some() && !round.shown_back {
        return Ok(Some(Plan::OfficeSeen));
    }
    if let Some(epoch) = round.new_epoch {
        return Ok(Some(Plan::Epoch(epoch)));
    }
    let Some((grown, _)) = round.grown.as_ref().filter(|_| !round.proof_asked) else { return Ok(None) };
    let kept = store.read(rows::office_heads)?.into_iter().find(|(k, _)| k.epoch == grown.epoch);
    Ok(kept.map(|(k, _)| Plan::Consistency { epoch: k.epoch, from: k.size, to: grown.size }))
}

/// The last kind in the order of sending that is no heavier.
fn heaviest(most: Weight) -> SealedKind {
    match most {
        Weight::Small => SealedKind::Thumbnail,
        Weight::Pictures => SealedKind::Photo,
        Weight::Recordings => SealedKind::Video,
    }
}

/// The next request about one file; nothing when there is none to make in this round.
pub(crate) fn plan_of(store: &Store, round: &Round, sealed: &Digest, whole: bool) -> Result<Option<Plan>, StoreError> {
    let row = store.read(|c| rows::sealed_by_digest(c, sealed))?;
    let open = |r: &SealedRow| r.is_open() && !round.deferred.contains(sealed);
    Ok(row.filter(open).map(|r| of_file(&r, round, whole)))
}

fn of_file(row: &SealedRow, round: &Round, whole: bool) -> Plan {
    let sealed = row.summary.sealed;
    let left = row.summary.sealed_len.saturating_sub(row.offset);
    if !row.created {
        Plan::Create(sealed)
    } else if left == 0 {
        Plan::Custody(sealed)
    } else if !round.confirmed.contains(&sealed) {
        Plan::Head(sealed)
    } else {
        Plan::Patch { sealed, offset: row.offset, length: if whole { left } else { left.min(CHUNK) } }
    }
}
