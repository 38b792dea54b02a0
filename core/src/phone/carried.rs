//! A paired phone's log on its way to the office from here: its checkpoints are signed by that phone, the segments are sealed by this one, the receipts
//! are those that it would have got itself (F23, F25, R06).

use super::exchange::proof;
use super::state::Inner;
use super::{Phone, PhoneError};
use crate::id::{Id, sha256};
use crate::log::tree::{self, Tree};
use crate::log::{LogReceipt, OfficeLeaf};
use crate::store::mirror;
use crate::store::rows;
use crate::sync::{self, Plan};
use crate::wire::Submission;
use std::ops::RangeInclusive;

impl Plan {
    /// The first checkpoint of another phone that it carries.
    pub(super) fn carried(&self) -> Option<(Id, u64)> {
        match self {
            Self::Carried { log, cp_no, .. } => Some((*log, *cp_no)),
            _ => None,
        }
    }
}

impl Phone {
    /// Those of these checkpoints, the first one always, and so many more as fit into a request that a cut does not make dear.
    pub(super) fn carried(&self, log: Id, numbers: RangeInclusive<u64>, old: u64) -> Result<Vec<Submission>, PhoneError> {
        let (checkpoints, headers) =
            self.with(|i| i.store.read(|c| Ok::<_, PhoneError>((mirror::checkpoints(c, Some(log))?, mirror::headers(c, log)?))))?;
        let tree = Tree::new(headers.iter().map(|h| tree::leaf(h)).collect());
        let (mut all, mut old, mut bytes) = (Vec::new(), old, 0);
        for row in checkpoints.into_iter().filter(|row| numbers.contains(&row.cp_no)) {
            let segment = std::fs::read(self.folder.join("outbox").join(&row.segment))?;
            bytes += segment.len() as u64;
            if !all.is_empty() && bytes > sync::CHUNK {
                break;
            }
            let proof = if old == 0 { Vec::new() } else { proof(&tree, old, row.size)? };
            all.push(Submission { old, proof, checkpoint: row.cose, segment });
            old = row.size;
        }
        Ok(all)
    }
}

impl Inner {
    /// The office's receipt for a carried checkpoint.
    pub(super) fn take_carried(&mut self, log: Id, cp_no: u64, receipt: &[u8]) -> Result<(), PhoneError> {
        let verified = LogReceipt::open(receipt, self.trust()?)?;
        let row = self.store.read(|c| mirror::checkpoint_of(c, log, cp_no))?.ok_or(PhoneError::NotFound("checkpoint"))?;
        let OfficeLeaf::Checkpoint { checkpoint, log: of, size, .. } = verified.leaf else {
            return Err(PhoneError::Refused("receipt for something else".into()));
        };
        if checkpoint != sha256(&row.cose) || of != log || size != row.size {
            return Err(PhoneError::Refused("receipt for another checkpoint".into()));
        }
        self.store.write::<_, PhoneError>(|tx| {
            if let Some(before) = row.receipt.filter(|b| b != receipt) {
                rows::keep_receipt(tx, &sha256(&before), &before)?;
            }
            Ok(mirror::set_receipt(tx, log, cp_no, receipt)?)
        })
    }

    /// Sets what was to be carried aside, with the reason.
    pub(super) fn park_carried(&mut self, plan: &Plan, why: &str) -> Result<(), PhoneError> {
        let Some((log, cp_no)) = plan.carried() else { return Ok(()) };
        self.store.write::<_, PhoneError>(|tx| Ok(mirror::park(tx, log, cp_no, why)?))
    }
}
