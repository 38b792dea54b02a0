//! What each phone still owes the office.

use super::words::{bytes, office_time};
use crate::error::Result;
use crate::lag;
use crate::office::Office;
use mingzheng_core::enrolment::Enrolment;

/// Files are counted that entries of so many days name.
pub(in crate::console) const LAG_DAYS: i64 = 90;
const DAY_MS: i64 = 86_400_000;

/// A device that is not withdrawn.
pub(in crate::console) struct LagRow {
    /// Person's name.
    pub name: String,
    /// Short fingerprint.
    pub fingerprint: String,
    /// Files owed.
    pub owed: i64,
    /// Since when.
    pub since: Option<String>,
    /// How much of what was begun is to come.
    pub under_way: Option<String>,
    /// Items of the feed not fetched.
    pub unfetched: i64,
    /// When it was heard of last.
    pub heard: Option<String>,
    /// When its newest entries came.
    pub sent: Option<String>,
    /// Entries received.
    pub entries: i64,
    /// Whether anything is owed on either side.
    pub is_behind: bool,
}

/// Those first that owe for longest.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub(in crate::console) fn lags(office: &Office) -> Result<Vec<LagRow>> {
    let since = office.now() - LAG_DAYS * DAY_MS;
    let all = office.store.read(|c| lag::by_device(c, since))?;
    all.into_iter()
        .map(|l| {
            let e = Enrolment::open(&l.enrolment, &office.trust)?;
            Ok(LagRow {
                fingerprint: e.short_fingerprint(),
                name: e.name,
                owed: l.owed,
                since: l.owed_since.map(office_time),
                under_way: (l.under_way > 0).then(|| bytes(l.under_way)),
                unfetched: l.unfetched,
                heard: l.heard.map(office_time),
                sent: l.sent.map(office_time),
                entries: l.entries,
                is_behind: l.is_behind(),
            })
        })
        .collect()
}
