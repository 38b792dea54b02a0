//! What the office tells everybody: the status list and the list of officers. The newest of each is kept; an older one is refused and noticed (R02, R03).

use super::state::{Inner, key};
use super::{Phone, PhoneError};
use crate::badge::{Officer, OfficerList, StatusList};
use crate::store::{rows, set};
use crate::trust::TrustList;
use rusqlite::Transaction;

/// What the list of officers answers (R03, J26): the seven public fields and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficersView {
    /// The organ that signed it; `None` when no list is here yet.
    pub organ: Option<String>,
    /// As of, ms.
    pub as_of: Option<i64>,
    /// To be called old after that, ms.
    pub until: Option<i64>,
    /// It is old.
    pub expired: bool,
    /// An older list than this came and was not taken: its date, ms.
    pub rolled_back: Option<i64>,
    /// How many officers it names.
    pub total: u64,
    /// Those that the query fits, by number.
    pub rows: Vec<Officer>,
}

impl Phone {
    /// Looks officers up in the signed list, with no network: every word of the query stands in one of the seven fields. An empty query gives all.
    ///
    /// # Errors
    /// [`PhoneError::Closed`], [`PhoneError::Storage`].
    pub fn officers(&self, query: &str) -> Result<OfficersView, PhoneError> {
        let now = self.best_time()?;
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        self.with(|i| {
            let list = i.officers.as_ref();
            let fits = |o: &&Officer| {
                let fields = o.shown_fields().map(|f| f.to_lowercase());
                words.iter().all(|w| fields.iter().any(|f| f.contains(w.as_str())))
            };
            Ok(OfficersView {
                organ: list.map(|l| l.organ.clone()),
                as_of: list.map(|l| l.at),
                until: list.map(|l| l.until),
                expired: list.is_some_and(|l| l.until < now),
                rolled_back: i.rolled_back(key::OFFICERS_BACK)?,
                total: list.map_or(0, |l| l.officers.len() as u64),
                rows: list.map(|l| l.officers.iter().filter(fits).cloned().collect()).unwrap_or_default(),
            })
        })
    }
}

/// Keeps a status list that came by the feed, if it is not older than the one that is known.
pub(crate) fn take_status(tx: &Transaction<'_>, known: Option<&[u8]>, new: &[u8], trust: &TrustList) -> Result<(), PhoneError> {
    let at = StatusList::open(new, trust)?.issued.saturating_mul(1000);
    let before = known.and_then(|k| StatusList::open(k, trust).ok()).map(|l| l.issued.saturating_mul(1000));
    take(tx, [key::STATUS, key::STATUS_BACK], before, at, new)
}

/// The same for a list of officers.
pub(crate) fn take_officers(tx: &Transaction<'_>, known: Option<&[u8]>, new: &[u8], trust: &TrustList) -> Result<(), PhoneError> {
    let at = OfficerList::open(new, trust)?.at;
    let before = known.and_then(|k| OfficerList::open(k, trust).ok()).map(|l| l.at);
    take(tx, [key::OFFICERS, key::OFFICERS_BACK], before, at, new)
}

fn take(tx: &Transaction<'_>, [list, back]: [&str; 2], before: Option<i64>, at: i64, new: &[u8]) -> Result<(), PhoneError> {
    if before.is_some_and(|before| at < before) {
        return Ok(set(tx, back, &at.to_be_bytes())?);
    }
    rows::unset(tx, back)?;
    Ok(set(tx, list, new)?)
}

impl Inner {
    /// The date of an older list that was refused since the newest came.
    pub(crate) fn rolled_back(&self, back: &str) -> Result<Option<i64>, PhoneError> {
        let held = self.store.setting(back)?;
        Ok(held.and_then(|b| b.try_into().ok()).map(i64::from_be_bytes))
    }
}
