//! The end of a device's log within a transaction: several segments of it one after the other, which go into the database together.

use super::rows::Rows;
use super::{Offered, Signed};
use crate::error::Result;
use crate::store::{Db, NewRow, Tx, int, params, row, uint};
use crate::subtrees::{Growth, Log};
use crate::succession;
use mingzheng_core::id::{Digest, Id};
use mingzheng_core::log::{Checkpoint, Entry, tree};
use std::collections::BTreeMap;

/// The newest checkpoint that is known of a device's log.
pub(super) struct Known {
    pub(super) size: u64,
    pub(super) root: Digest,
    pub(super) cp_no: u64,
    pub(super) checkpoint: Digest,
}

/// Length and head of cases.
type Heads = BTreeMap<Id, (u64, Digest)>;

/// The end of a log; nothing of what was added is in the database before [`Tail::keep`].
pub(super) struct Tail<'a> {
    log: Id,
    pub(super) known: Option<Known>,
    /// Whether another log of the same person has succeeded this one.
    pub(super) is_adopted: bool,
    growth: Growth,
    last: Option<Digest>,
    heads: Heads,
    rows: Vec<&'a Rows<'a>>,
    checkpoints: Vec<NewRow<'a>>,
}

/// A segment that fits at the end of a log; what is to be done with it is decided by whoever has it.
pub(super) struct Fitting {
    growth: Growth,
    last: Option<Digest>,
    heads: Heads,
}

/// Why a segment does not fit.
pub(super) enum Unfit {
    /// Its entries do not lead to the root that the checkpoint signs.
    Root,
    /// The numbering within a case has a gap, or a head is another.
    Case,
}

impl<'a> Tail<'a> {
    pub(super) fn of(c: &Db, log: Id) -> Result<Self> {
        let known = c.row("SELECT size, root, cp_no, checkpoint FROM logs WHERE log = ?", params![log.0], |r| {
            Ok(Known { size: uint(r.get(0)?), root: r.get(1)?, cp_no: uint(r.get(2)?), checkpoint: r.get(3)? })
        })?;
        let growth = Log::Device(log).grow(c, known.as_ref().map_or(0, |k| k.size))?;
        let (is_adopted, last) = (succession::is_adopted(c, log)?, last_digest(c, log)?);
        Ok(Self { log, known, is_adopted, growth, last, heads: Heads::new(), rows: Vec::new(), checkpoints: Vec::new() })
    }

    pub(super) fn log(&self) -> Id {
        self.log
    }

    pub(super) fn size(&self) -> u64 {
        self.known.as_ref().map_or(0, |k| k.size)
    }

    pub(super) fn root(&self) -> Digest {
        self.known.as_ref().map_or_else(|| tree::root(&[]), |k| k.root)
    }

    /// Whether something was added that the database does not have.
    pub(super) fn is_ahead(&self) -> bool {
        !self.checkpoints.is_empty()
    }

    /// Whether these entries continue the log to what the checkpoint says.
    pub(super) fn fit(&self, c: &Db, cp: &Checkpoint, entries: &[Entry]) -> Result<std::result::Result<Fitting, Unfit>> {
        let mut growth = self.growth.clone();
        entries.iter().for_each(|e| growth.push(e.leaf()));
        let follows = entries.first().is_none_or(|first| first.header().prev == self.last);
        if growth.border().root() != cp.root || !follows {
            return Ok(Err(Unfit::Root));
        }
        let mut heads = self.heads.clone();
        if !continues(c, self.log, entries, &mut heads)? {
            return Ok(Err(Unfit::Case));
        }
        for stated in &cp.cases {
            let head = match heads.get(&stated.case) {
                Some(head) => Some(*head),
                None => case_head(c, self.log, stated.case)?,
            };
            if head != Some((stated.length, stated.head)) {
                return Ok(Err(Unfit::Case));
            }
        }
        let last = entries.last().map(Entry::digest).or(self.last);
        Ok(Ok(Fitting { growth, last, heads }))
    }

    /// Adds a segment that fits, with the receipt of its checkpoint.
    pub(super) fn add(&mut self, fitting: Fitting, offered: &'a Offered<'a>, at: i64, receipt: &[u8]) {
        let Signed { submission, cp, digest, .. } = offered.one;
        (self.growth, self.last, self.heads) = (fitting.growth, fitting.last, fitting.heads);
        self.rows.push(&offered.rows);
        let (signed, receipt) = (submission.checkpoint.as_slice(), receipt.to_vec());
        self.checkpoints.push(row![*digest, cp.log.0, int(cp.cp_no), int(cp.size), cp.root, signed, at, receipt]);
        self.known = Some(Known { size: cp.size, root: cp.root, cp_no: cp.cp_no, checkpoint: *digest });
    }

    /// Stores what was added; `enrolment` is the one whose log it is.
    pub(super) fn keep(self, tx: &Tx<'_>, enrolment: Id) -> Result<()> {
        let Some(known) = self.known.filter(|_| !self.checkpoints.is_empty()) else { return Ok(()) };
        Rows::insert(tx, &self.rows)?;
        self.growth.keep(tx)?;
        tx.insert("checkpoints (digest, log, cp_no, size, root, signed, received, receipt)", &self.checkpoints)?;
        tx.execute(
            "INSERT INTO logs (log, enrolment, size, root, cp_no, checkpoint) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (log) DO UPDATE SET size = excluded.size, root = excluded.root, cp_no = excluded.cp_no,
             checkpoint = excluded.checkpoint",
            params![self.log.0, enrolment.0, int(known.size), known.root, int(known.cp_no), known.checkpoint],
        )?;
        Ok(())
    }
}

/// Digest of the last entry of a log.
///
/// # Errors
/// [`crate::error::OfficeError::Store`].
pub(crate) fn last_digest(c: &Db, log: Id) -> Result<Option<Digest>> {
    Ok(c.row("SELECT digest FROM entries WHERE log = ? ORDER BY seq DESC LIMIT 1", params![log.0], |r| r.get(0))?)
}

/// Whether each case that these entries continue stays numbered 0… without gaps and chained. `heads` are those that are known already, and then the new ones.
///
/// # Errors
/// [`crate::error::OfficeError::Store`].
pub(crate) fn continues<'e>(
    c: &Db,
    log: Id,
    new: impl IntoIterator<Item = &'e Entry>,
    heads: &mut BTreeMap<Id, (u64, Digest)>,
) -> Result<bool> {
    for e in new {
        let Some(p) = e.header().position else { continue };
        let head = match heads.get(&p.case) {
            Some(head) => Some(*head),
            None => case_head(c, log, p.case)?,
        };
        let fits = match head {
            None => p.seq == 0 && p.prev.is_none(),
            Some((length, digest)) => p.seq == length && p.prev == Some(digest),
        };
        if !fits {
            return Ok(false);
        }
        heads.insert(p.case, (p.seq + 1, e.digest()));
    }
    Ok(true)
}

fn case_head(c: &Db, log: Id, case: Id) -> Result<Option<(u64, Digest)>> {
    Ok(c.row(
        "SELECT case_seq, digest FROM entries WHERE log = ? AND case_tag = ? ORDER BY seq DESC LIMIT 1",
        params![log.0, case.0],
        |r| Ok((uint(r.get(0)?) + 1, r.get(1)?)),
    )?)
}
