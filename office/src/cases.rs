//! What the office holds of a case: entries, files, checkpoints.

use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::store::{params, uint};
use mingzheng_core::cbor;
use mingzheng_core::id::{Digest, Id};
use mingzheng_core::inspection::Inspection;
use mingzheng_core::log::Entry;
use std::collections::BTreeMap;

/// An entry with the office's time of receipt, ms.
pub struct Held {
    /// The entry.
    pub entry: Entry,
    /// When it arrived.
    pub received: i64,
}

/// A file that an entry names.
#[derive(Debug, Clone)]
pub struct Named {
    /// `evidence`, `thumbnail`, `presented` or `paper`.
    pub what: String,
    /// Evidence or paper id.
    pub id: String,
    /// Digest of the clear file.
    pub clear: Digest,
    /// Digest of the sealed file that holds it, when it arrived.
    pub sealed: Option<Digest>,
    /// Custody receipt, when one was given.
    pub custody: Option<Vec<u8>>,
    /// Its content was destroyed by the retention rule (R22): the receipt stays.
    pub destroyed: bool,
}

/// A received checkpoint.
pub struct Received {
    /// Its number.
    pub cp_no: u64,
    /// The signed checkpoint.
    pub signed: Vec<u8>,
    /// Office time.
    pub received: i64,
    /// The receipt that was given.
    pub receipt: Vec<u8>,
}

/// Every case, newest first.
///
/// # Errors
/// [`OfficeError::Store`].
pub fn all(office: &Office) -> Result<Vec<Id>> {
    office.store.read(|c| {
        Ok(c.rows(
            "SELECT case_tag FROM entries WHERE case_tag IS NOT NULL GROUP BY case_tag ORDER BY min(received) DESC, case_tag",
            params![],
            |r| Ok(Id(r.get(0)?)),
        )?)
    })
}

/// Whether anything of a case has arrived.
///
/// # Errors
/// [`OfficeError::Store`].
pub fn exists(office: &Office, case: Id) -> Result<bool> {
    office.store.read(|c| Ok(c.one("SELECT EXISTS (SELECT 1 FROM entries WHERE case_tag = ?)", params![case.0], |r| r.get(0))?))
}

/// The entries of a case, of all logs.
///
/// # Errors
/// [`OfficeError::NotFound`] when there is none.
pub fn entries(office: &Office, case: Id) -> Result<Vec<Held>> {
    let rows: Vec<(Vec<u8>, Vec<u8>, i64)> = office.store.read(|c| {
        Ok(c.rows(
            "SELECT header, disclosures, received FROM entries WHERE case_tag = ? ORDER BY log, seq",
            params![case.0],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
        )?)
    })?;
    if rows.is_empty() {
        return Err(OfficeError::NotFound("case"));
    }
    rows.into_iter()
        .map(|(header, disclosures, received)| {
            let disclosures = cbor::decode(&disclosures)?
                .array("disclosures")?
                .into_iter()
                .map(|d| d.bytes("disclosure"))
                .collect::<std::result::Result<Vec<_>, _>>()?;
            Ok(Held { entry: Entry::read(header, &disclosures)?, received })
        })
        .collect()
}

/// The upload `u` that has arrived for the name `w`; of several the one that was opened.
pub(crate) const ARRIVED: &str = "u.sealed = (SELECT o.sealed FROM uploads o WHERE o.clear = w.clear AND o.complete IS NOT NULL
    AND (w.sealed IS NULL OR w.sealed = o.sealed) ORDER BY o.custody IS NULL, o.sealed LIMIT 1)";
/// The name `w` is one of those that count ([`counts`]), and no upload of it has arrived and was opened.
pub(crate) const OWED: &str = "w.what IN ('evidence', 'paper') AND NOT EXISTS (SELECT 1 FROM uploads u WHERE u.clear = w.clear
    AND u.complete IS NOT NULL AND u.custody IS NOT NULL AND (w.sealed IS NULL OR w.sealed = u.sealed))";

/// The files that entries of a case name, in the order of the entries.
///
/// # Errors
/// [`OfficeError::Store`].
pub fn files(office: &Office, case: Id) -> Result<Vec<Named>> {
    office.store.read(|c| {
        Ok(c.rows(
            &format!(
                "SELECT w.what, w.id, w.clear, u.sealed, u.custody, d.sealed IS NOT NULL FROM wanted w
                 LEFT JOIN uploads u ON {ARRIVED} LEFT JOIN destroyed d ON d.sealed = u.sealed
                 WHERE w.case_tag = ? ORDER BY w.log, w.seq"
            ),
            params![case.0],
            |r| {
                let destroyed = r.get(5)?;
                Ok(Named { what: r.get(0)?, id: r.get(1)?, clear: r.get(2)?, sealed: r.get(3)?, custody: r.get(4)?, destroyed })
            },
        )?)
    })
}

/// Whether a file counts for completeness: originals and final papers.
#[must_use]
pub fn counts(file: &Named) -> bool {
    matches!(file.what.as_str(), "evidence" | "paper")
}

/// What a complete case still lacks: files, and paired officers of whose phone nothing has arrived.
#[must_use]
pub fn lacking<'a>(inspection: &'a Inspection, held: &[Held], files: &'a [Named]) -> (Vec<&'a Named>, Vec<&'a str>) {
    let arrived = |log: &str| held.iter().any(|h| h.entry.header().log.to_string() == log);
    let files = files.iter().filter(|f| counts(f) && f.custody.is_none()).collect();
    (files, inspection.peers.iter().filter(|(_, log)| !arrived(log)).map(|(officer, _)| officer.name.as_str()).collect())
}

/// The received checkpoints of a device's log by number.
///
/// # Errors
/// [`OfficeError::Store`].
pub fn checkpoints(office: &Office, log: Id) -> Result<BTreeMap<u64, Received>> {
    office.store.read(|c| {
        Ok(c.rows(
            "SELECT cp_no, signed, received, receipt FROM checkpoints WHERE log = ? ORDER BY cp_no",
            params![log.0],
            |r| {
                let cp_no = uint(r.get(0)?);
                Ok((cp_no, Received { cp_no, signed: r.get(1)?, received: r.get(2)?, receipt: r.get(3)? }))
            },
        )?
        .into_iter()
        .collect())
    })
}

/// The signed enrolment and the model of a log's device.
///
/// # Errors
/// [`OfficeError::NotFound`].
pub fn enrolment(office: &Office, log: Id) -> Result<(Vec<u8>, String)> {
    office.store.read(|c| {
        c.row("SELECT signed, model FROM enrolments WHERE log = ?", params![log.0], |r| Ok((r.get(0)?, r.get(1)?)))?
            .ok_or(OfficeError::NotFound("enrolment"))
    })
}

/// Proofs that keys of these logs signed two histories.
///
/// # Errors
/// [`OfficeError::Store`].
pub fn forks(office: &Office, log: Id) -> Result<usize> {
    office.store.read(|c| {
        let n: i64 = c.one("SELECT count(*) FROM forks WHERE log = ?", params![log.0], |r| r.get(0))?;
        Ok(usize::try_from(n).unwrap_or(0))
    })
}

/// The clear bytes of a file that entries name; its digest is checked.
///
/// # Errors
/// [`OfficeError::NotFound`] when it has not arrived; [`OfficeError::Seal`] when it is damaged.
pub fn clear(office: &Office, file: &Named) -> Result<Vec<u8>> {
    let sealed = file.sealed.filter(|_| !file.destroyed).ok_or(OfficeError::NotFound("file"))?;
    let mut out = Vec::new();
    let summary = office.keys.open(|| office.objects.get(&sealed), &mut out)?;
    // Identities that do not fit are refused before anything is written.
    if summary.clear == file.clear { Ok(out) } else { Err(OfficeError::NotFound("file")) }
}
