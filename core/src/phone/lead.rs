//! 接续主办: the lead's phone is gone, and this one goes on as the lead from what it holds of the other log (R06, "phone dies").
//!
//! From then on the inspection is here what the office makes of both logs: the fold of the mirrored entries of the case and of this phone's own, in the
//! one order of `fold` (what each had seen, ties by log and seq). What lies outside the log, photographs, papers as files, drafts and strokes, stays on
//! the other phone and is named so.

use super::act::text;
use super::state::Inner;
use super::{Phone, PhoneError, id};
use crate::id::{Id, hex, sha256};
use crate::inspection::{Event, Inspection};
use crate::log::{Entry, Seen};
use crate::pairing::Mirror;
use crate::store::{mirror, rows};

impl Phone {
    /// Goes on as the lead, because the lead's phone cannot: everything that only the lead does is done here from now on. The reason is recorded, and how
    /// much of the other log this phone goes on from. The lead counts as away until an own phone proves the presence anew.
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] without a reason, when this phone leads already, or holds nothing of the lead's log in this inspection.
    pub fn continue_as_lead(&self, inspection: &str, reason: &str) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let reason = text(reason.to_owned())?;
        let nothing = || {
            let words =
                "本机没有主办人手机的记录，不能接续 / this phone holds nothing of the lead's log: it cannot go on from there";
            PhoneError::Invalid(words.into())
        };
        let (event, seen) = self.with(|inner| {
            inner.inspection(case)?;
            let officer = inner.me()?;
            let i = inner.fold_all(case)?;
            if i.led_by(&officer.person) {
                return Err(PhoneError::Invalid("本机已是主办 / this phone leads already".into()));
            }
            if i.closed.is_some() {
                return Err(PhoneError::Invalid("检查已经结束 / the inspection is closed".into()));
            }
            let from = match i.leads.last() {
                Some(change) => change.officer.clone(),
                None => i.arrived.first().map(|(o, ..)| o.clone()).ok_or_else(nothing)?,
            };
            let log = inner.mirrored_log(case, &from.person)?.ok_or_else(nothing)?;
            let (held, newest) = inner.store.read(|c| {
                let checkpoints = mirror::checkpoints(c, Some(log))?;
                let newest = checkpoints.last().map(|cp| sha256(&cp.cose));
                let all = checkpoints.into_iter().map(|cp| (cp.cp_no, cp.size, cp.cose)).collect();
                Ok::<_, PhoneError>((Mirror::of(&mirror::headers(c, log)?, all)?, newest))
            })?;
            let checkpoint = newest.ok_or_else(nothing)?;
            let event = Event::Continued {
                officer,
                from,
                reason,
                log: log.to_string(),
                size: held.size(),
                root: hex(&held.root()),
                checkpoint: hex(&checkpoint),
            };
            Ok((event, Seen { log, checkpoint, size: held.size() }))
        })?;
        self.append(Some(case), &[event], vec![seen], |_| Ok(()))?;
        self.checkpoint()?;
        Ok(())
    }
}

impl Inner {
    /// The mirrored log of that person with the newest entries of the case.
    fn mirrored_log(&self, case: Id, person: &str) -> Result<Option<Id>, PhoneError> {
        let entries = self.store.read(|c| mirror::case_entries(c, case))?;
        let of = |e: &&Entry| e.header().actor.is_some_and(|actor| actor.to_string() == person);
        let newest = entries.iter().filter(of).max_by_key(|e| (e.header().clocks.reading.wall_ms, e.header().log));
        Ok(newest.map(|e| e.header().log))
    }

    /// Why something that is named in the log is not on this phone: it lies on the one that led before, or is nowhere known.
    pub(super) fn not_here(&mut self, log_of: impl Fn(&Inspection) -> Option<Id>, what: &'static str) -> PhoneError {
        match self.led_elsewhere(log_of) {
            Ok(true) => on_the_other_phone(),
            Ok(false) => PhoneError::NotFound(what),
            Err(e) => e,
        }
    }

    /// Whether an inspection that goes on from another log says so of it.
    fn led_elsewhere(&mut self, log_of: impl Fn(&Inspection) -> Option<Id>) -> Result<bool, PhoneError> {
        // Only those of which something of another log is here can go on from one.
        for case in self.store.read(mirror::cases)? {
            let i = self.fold(case)?;
            if !i.leads.is_empty()
                && let Some(log) = log_of(&i)
                && self.elsewhere(&i, log)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The same for a piece of evidence.
    pub(super) fn no_evidence(&mut self, evidence: &str, what: &'static str) -> PhoneError {
        self.not_here(|i| i.evidence.iter().find(|e| e.id == evidence).map(|e| e.at.entry.log), what)
    }

    /// Whether a paper or piece of evidence lies on the phone that led before, not here.
    pub(super) fn elsewhere(&self, i: &Inspection, log: Id) -> Result<bool, PhoneError> {
        let own = self.store.read(rows::own_logs)?.iter().any(|l| l.log == log);
        Ok(!own && i.leads.iter().any(|change| Id::from_hex(&change.log) == Some(log)))
    }
}

/// What is asked for lies on the phone that led before.
pub(super) fn on_the_other_phone() -> PhoneError {
    PhoneError::Invalid("在另一部手机上，本机没有 / it lies on the other phone, not on this one".into())
}
