//! The inspection as this phone's entries tell it, kept beside the head that it was folded from: an act costs its own entries, not those of the case
//! (F26). The store is asked each time whether the head is still that one; what was kept for another is not believed.

use super::PhoneError;
use super::state::Inner;
use crate::id::{Digest, Id, digest_from_hex, sha256};
use crate::inspection::{Event, Folding, Inspection};
use crate::log::{Entry, Header};
use crate::store::{mirror, rows};
use std::collections::BTreeMap;
use std::sync::Arc;

/// So many cases are kept: those that were asked for last.
const MOST: usize = 8;

/// The newest cases that were folded.
#[derive(Default)]
pub(crate) struct Folds(Vec<(Id, Kept)>);

impl Folds {
    fn take(&mut self, case: Id) -> Option<Kept> {
        let place = self.0.iter().position(|(kept, _)| *kept == case)?;
        Some(self.0.remove(place).1)
    }
    fn put(&mut self, case: Id, kept: Kept) {
        self.0.insert(0, (case, kept));
        self.0.truncate(MOST);
    }
}

struct Kept {
    head: Head,
    folding: Folding,
}

/// All that the fold of a case is made from.
#[derive(PartialEq, Eq)]
struct Head {
    /// This device's newest log: each brings an entry that says what it succeeds.
    life: u64,
    /// The newest own entry of the case.
    own: Option<Own>,
    /// The logs that it goes on from, each with the place of its newest entry of the case.
    others: BTreeMap<Id, Option<u64>>,
}

/// An own entry; through its header it stands for all before it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Own {
    life: u64,
    seq: u64,
    digest: Digest,
}

impl Inner {
    /// The inspection as the fold of this phone's entries, and of those of the logs that it goes on from.
    ///
    /// # Errors
    /// [`PhoneError::Storage`] when an entry does not read back.
    pub(super) fn fold(&mut self, case: Id) -> Result<Arc<Inspection>, PhoneError> {
        let kept = match self.folds.take(case) {
            Some(kept) => self.go_on(case, kept)?,
            None => None,
        };
        let kept = match kept {
            Some(kept) => kept,
            None => self.anew(case)?,
        };
        let state = kept.folding.state();
        self.folds.put(case, kept);
        Ok(state)
    }

    /// The same with the entries of every mirrored log.
    pub(super) fn fold_all(&self, case: Id) -> Result<Arc<Inspection>, PhoneError> {
        let mut entries = self.store.read(|c| rows::case_entries(c, case, None))?;
        entries.extend(self.store.read(|c| mirror::case_entries(c, case))?);
        self.folding(entries).map(|f| f.state())
    }

    fn anew(&self, case: Id) -> Result<Kept, PhoneError> {
        let mut entries = self.store.read(|c| rows::case_entries(c, case, None))?;
        let logs: Vec<Id> = entries.iter().filter_map(continued).collect();
        let head = self.head(case, logs.iter().copied())?;
        if !logs.is_empty() {
            let mirrored = self.store.read(|c| mirror::case_entries(c, case))?;
            entries.extend(mirrored.into_iter().filter(|e| logs.contains(&e.header().log)));
        }
        Ok(Kept { head, folding: self.folding(entries)? })
    }

    /// What was kept, with the entries that came since; nothing when more has changed than that some were appended.
    fn go_on(&self, case: Id, kept: Kept) -> Result<Option<Kept>, PhoneError> {
        let head = self.head(case, kept.head.others.keys().copied())?;
        if head == kept.head {
            return Ok(Some(kept));
        }
        let (Some(before), Some(now)) = (kept.head.own, head.own) else { return Ok(None) };
        if (head.life, now.life) != (kept.head.life, before.life) || head.others != kept.head.others {
            return Ok(None);
        }
        let new = self.store.read(|c| rows::case_entries_after(c, case, now.life, before.seq))?;
        let prev = new.first().and_then(|e| e.header().position).and_then(|p| p.prev);
        if prev != Some(before.digest) || new.iter().any(|e| continued(e).is_some()) {
            return Ok(None);
        }
        let mut folding = kept.folding;
        Ok(new.iter().all(|e| folding.go_on(e)).then_some(Kept { head, folding }))
    }

    fn head(&self, case: Id, others: impl Iterator<Item = Id>) -> Result<Head, PhoneError> {
        self.store.read(|c| {
            let own = match rows::newest_of_case(c, case)? {
                Some((life, header)) => Some(Own { life, seq: Header::decode(&header)?.seq, digest: sha256(&header) }),
                None => None,
            };
            let others = others.map(|log| Ok((log, mirror::newest_of_case(c, case, log)?)));
            Ok(Head { life: self.life, own, others: others.collect::<Result<_, PhoneError>>()? })
        })
    }

    fn folding(&self, entries: Vec<Entry>) -> Result<Folding, PhoneError> {
        let mut all = self.store.read(rows::successions)?;
        all.extend(entries);
        Ok(Folding::of(&all))
    }
}

/// The log that an entry goes on from.
fn continued(e: &Entry) -> Option<Id> {
    if e.header().kind != "inspection.continued" {
        return None;
    }
    match Event::from_entry(e) {
        Some(Event::Continued { log, checkpoint, .. }) if digest_from_hex(&checkpoint).is_some() => Id::from_hex(&log),
        _ => None,
    }
}
