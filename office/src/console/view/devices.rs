//! Enrolled devices.

use super::logs::protection;
use super::words::{office_time, word};
use crate::error::Result;
use crate::office::Office;
use crate::store::params;
use crate::text::CONSOLE;
use mingzheng_core::enrolment::Enrolment;

/// An enrolled device.
pub(in crate::console) struct DeviceRow {
    /// Person's name.
    pub name: String,
    /// Role, HTML.
    pub role: String,
    /// Model.
    pub model: String,
    /// Key protection, HTML.
    pub protection: String,
    /// Short fingerprint.
    pub fingerprint: String,
    /// When.
    pub at: String,
    /// Entries received.
    pub entries: i64,
    /// Its log.
    pub log: String,
    /// When it was revoked.
    pub revoked: Option<String>,
    /// What became of the order to wipe it, HTML.
    pub wipe: Option<String>,
}

/// Every enrolled device.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub(in crate::console) fn devices(office: &Office) -> Result<Vec<DeviceRow>> {
    type Row = (Vec<u8>, String, i64, Option<i64>, Option<i64>, Option<i64>);
    let rows: Vec<Row> = office.store.read(|c| {
        Ok(c.rows(
            "SELECT e.signed, e.model, coalesce(l.size, 0), r.at, w.at, w.handed FROM enrolments e LEFT JOIN logs l ON l.log = e.log
             LEFT JOIN revocations r ON r.log = e.log LEFT JOIN wipes w ON w.log = e.log ORDER BY e.at, e.enrolment",
            params![],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?)),
        )?)
    })?;
    rows.into_iter()
        .map(|(signed, model, entries, revoked, ordered, handed)| {
            let e = Enrolment::open(&signed, &office.trust)?;
            Ok(DeviceRow {
                role: word(e.role.name()),
                protection: protection(&e),
                fingerprint: e.short_fingerprint(),
                at: office_time(e.at),
                name: e.name,
                model,
                entries,
                log: e.log.to_string(),
                revoked: revoked.map(office_time),
                wipe: ordered.map(|_| CONSOLE.both(if handed.is_some() { "devices.wiped" } else { "devices.to_wipe" })),
            })
        })
        .collect()
}
