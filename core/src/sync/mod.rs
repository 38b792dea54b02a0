//! The conversation with the office, sans-IO: what is the next request, and what did the response mean (`docs/sync.md`, P10).
//!
//! Everything it knows is in the store before it answers; a request that was never answered is simply planned again. Order: segments (entries and
//! checkpoints) first, then the feed, then papers, strokes, thumbnails and photographs; a parked item never blocks another (F17).

use crate::clock::Reading;
use crate::id::{Digest, hex};
use crate::store::rows::{self, SealedRow};
use crate::store::{Store, StoreError};
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
    /// Send the segment of a checkpoint.
    Segment {
        /// Its number.
        cp_no: u64,
        /// The size that the office is believed to know.
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
    /// Send the next chunk.
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
}

impl Plan {
    /// Method and path.
    #[must_use]
    pub fn line(&self) -> (&'static str, String) {
        let upload = |d: &Digest| format!("/v1/uploads/{}", hex(d));
        match self {
            Self::Trust => ("GET", "/v1/trust".into()),
            Self::Enrol => ("POST", "/v1/enrol".into()),
            Self::Segment { .. } => ("POST", "/v1/segments".into()),
            Self::Feed { after } => ("GET", format!("/v1/feed?after={after}")),
            Self::Create(_) => ("POST", "/v1/uploads".into()),
            Self::Head(d) => ("HEAD", upload(d)),
            Self::Patch { sealed, .. } => ("PATCH", upload(sealed)),
            Self::Custody(d) => ("GET", format!("/v1/custody/{}", hex(d))),
        }
    }

    /// The only status that is success.
    #[must_use]
    pub fn success(&self) -> u16 {
        match self {
            Self::Trust | Self::Feed { .. } | Self::Head(_) | Self::Custody(_) => 200,
            Self::Enrol | Self::Segment { .. } | Self::Create(_) => 201,
            Self::Patch { .. } => 204,
        }
    }
}

/// A request that is under way; kept in memory only.
pub(crate) struct Pending {
    pub(crate) id: u64,
    pub(crate) plan: Plan,
    pub(crate) digest: Digest,
    pub(crate) nonce: [u8; 16],
    pub(crate) sent: Reading,
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
    /// The size that the office said to know, after a 409.
    pub(crate) office_size: Option<u64>,
}

/// The next thing to ask of the office, or nothing.
pub(crate) fn plan(store: &Store, round: &Round, after: u64) -> Result<Option<Plan>, StoreError> {
    if let Some(row) = store.read(rows::unsent_checkpoint)? {
        let before = store.read(|c| rows::checkpoint_before(c, row.cp_no))?;
        let old = round.office_size.unwrap_or_else(|| before.map_or(0, |b| b.size));
        return Ok(Some(Plan::Segment { cp_no: row.cp_no, old }));
    }
    if !round.feed_done {
        return Ok(Some(Plan::Feed { after }));
    }
    let next = store.read(|c| rows::unsent_sealed(c, &round.deferred))?;
    Ok(next.map(|row| of_file(&row, round)))
}

fn of_file(row: &SealedRow, round: &Round) -> Plan {
    let sealed = row.summary.sealed;
    let left = row.summary.sealed_len.saturating_sub(row.offset);
    if !row.created {
        Plan::Create(sealed)
    } else if left == 0 {
        Plan::Custody(sealed)
    } else if !round.confirmed.contains(&sealed) {
        Plan::Head(sealed)
    } else {
        Plan::Patch { sealed, offset: row.offset, length: left.min(CHUNK) }
    }
}
