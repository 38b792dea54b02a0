//! The training ledger: which officer was taught what on which day, for how long (R05). Rows are only appended, each a leaf of the office's log;
//! a mistake is struck out by a row that names it. Nothing is refused to anybody for want of hours: they are counted and shown.

use super::keep::{self, Record};
use super::{Certificate, No, today};
use crate::error::Result;
use crate::office::Office;
use crate::store::{Db, Tx, int, params, uint};
use crate::{log, salted};
use chrono::Datelike as _;
use mingzheng_core::calendar::Day;
use mingzheng_core::id::{Id, sha256};
use mingzheng_core::log::OfficeLeaf;
use serde::{Deserialize, Serialize};

/// A training that was attended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// On which day.
    pub day: Day,
    /// 主题.
    pub topic: String,
    /// 学时, in minutes: whole quarters of an hour.
    pub minutes: u32,
    /// 登记人.
    pub by: String,
}

/// A row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub(super) enum Row {
    /// 参加培训.
    Held(Held),
    /// 划销: an earlier row was wrong.
    Struck {
        /// Its number.
        row: u64,
        /// 理由.
        reason: String,
        /// 划销人.
        by: String,
    },
}

/// Why and by whom a row was struck out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Struck {
    /// 理由.
    pub reason: String,
    /// 划销人.
    pub by: String,
}

/// A training as it stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its number among the rows of this officer.
    pub n: u64,
    /// What was attended.
    #[serde(flatten)]
    pub held: Held,
    /// When it was recorded, ms.
    pub at: i64,
    /// Its leaf in the office's log.
    pub leaf: u64,
    /// It does not count.
    pub struck: Option<Struck>,
}

/// A quarter of an hour, in minutes.
const QUARTER: u32 = 15;
/// The longest training, in minutes: 200 hours.
const LONGEST: u32 = 200 * 60;
/// Longest text in characters.
const TEXT: usize = 500;

/// Hours as a person writes them (`1.5`), in minutes.
///
/// # Errors
/// [`No::Hours`] for what is no number of quarters of an hour within (0, 200].
pub fn minutes(hours: &str) -> std::result::Result<u32, No> {
    let (whole, part) = hours.trim().split_once('.').unwrap_or((hours.trim(), ""));
    let quarters = ["", "25", "5", "75"].iter().position(|q| *q == part.trim_end_matches('0'));
    let digits = !whole.is_empty() && whole.len() <= 3 && whole.bytes().all(|b| b.is_ascii_digit());
    let whole: Option<u32> = if digits { whole.parse().ok() } else { None };
    let minutes = whole.zip(quarters.and_then(|q| u32::try_from(q).ok())).map(|(w, q)| w * 60 + q * QUARTER);
    minutes.filter(|m| in_bounds(*m)).ok_or(No::Hours)
}

fn in_bounds(minutes: u32) -> bool {
    (QUARTER..=LONGEST).contains(&minutes) && minutes.is_multiple_of(QUARTER)
}

/// Minutes as hours: `90` → `1.5`.
#[must_use]
pub fn hours(minutes: u32) -> String {
    let part = match minutes % 60 / QUARTER {
        1 => ".25",
        2 => ".5",
        3 => ".75",
        _ => "",
    };
    format!("{}{part}", minutes / 60)
}

fn said(texts: &[(&'static str, &str)]) -> Result<()> {
    match texts.iter().find(|(_, t)| t.trim().is_empty() || t.chars().count() > TEXT) {
        Some((name, _)) => Err(No::Text(name).into()),
        None => Ok(()),
    }
}

/// Records a training for several officers, all or none.
///
/// # Errors
/// [`crate::error::OfficeError::Register`] names what does not fit; [`crate::error::OfficeError::NotFound`] for somebody unknown.
pub fn add(office: &Office, certificates: &[Id], held: &Held) -> Result<()> {
    said(&[("主题 topic", &held.topic), ("登记人 recorded by", &held.by)])?;
    if !in_bounds(held.minutes) {
        return Err(No::Hours.into());
    }
    if held.day > today(office)? {
        return Err(No::Future.into());
    }
    office.store.write(|tx| {
        certificates.iter().try_for_each(|id| {
            keep::by_id(tx, *id)?;
            append(office, tx, *id, Row::Held(held.clone()))
        })
    })
}

/// Strikes a row out.
///
/// # Errors
/// [`No::NoTraining`] for a row that is not there or was struck out before; [`No::Text`].
pub fn strike(office: &Office, certificate: Id, n: u64, struck: &Struck) -> Result<()> {
    said(&[("理由 reason", &struck.reason), ("登记人 recorded by", &struck.by)])?;
    office.store.write(|tx| {
        let known = of(tx, certificate)?.into_iter().find(|e| e.n == n).filter(|e| e.struck.is_none());
        known.ok_or(No::NoTraining)?;
        append(office, tx, certificate, Row::Struck { row: n, reason: struck.reason.clone(), by: struck.by.clone() })
    })
}

fn append(office: &Office, tx: &Tx<'_>, id: Id, step: Row) -> Result<()> {
    let rows = "SELECT count(*) FROM training WHERE certificate = ?";
    let n = uint(tx.one(rows, params![id.0], |r| r.get(0))?);
    let at = office.now();
    let record = salted::encode(&Record { certificate: id.to_string(), n, at, step })?;
    let leaf = log::append(office, tx, &OfficeLeaf::Register { record: sha256(&record), at })?;
    tx.execute(
        "INSERT INTO training (certificate, n, at, record, leaf, receipt) VALUES (?, ?, ?, ?, ?, ?)",
        params![id.0, int(n), at, record, int(leaf.index), leaf.receipt],
    )?;
    tracing::info!(certificate = %id, leaf = leaf.index, "training");
    Ok(())
}

/// What an officer attended, in the order in which it was recorded.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn of(c: &Db, certificate: Id) -> Result<Vec<Entry>> {
    let rows: Vec<(Vec<u8>, i64)> =
        c.rows("SELECT record, leaf FROM training WHERE certificate = ? ORDER BY n", params![certificate.0], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?;
    let mut all: Vec<Entry> = Vec::new();
    for (record, leaf) in rows {
        let Record { n, at, step, .. } = salted::decode(&record)?;
        match step {
            Row::Held(held) => all.push(Entry { n, held, at, leaf: uint(leaf), struck: None }),
            Row::Struck { row, reason, by } => {
                if let Some(e) = all.iter_mut().find(|e| e.n == row) {
                    e.struck = Some(Struck { reason, by });
                }
            }
        }
    }
    Ok(all)
}

/// An officer's year.
#[derive(Debug, Clone)]
pub struct Year {
    /// Whose.
    pub certificate: Certificate,
    /// Trainings that count.
    pub times: usize,
    /// What they amount to.
    pub minutes: u32,
    /// What is missing of the hours that the office asks for; nothing where it asks for none, nor of somebody whose certificate is cancelled.
    pub missing: Option<u32>,
}

/// The year of one officer.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn year_of(office: &Office, c: &Db, certificate: Certificate, year: u16) -> Result<Year> {
    let counts = |e: &Entry| e.struck.is_none() && e.held.day.date().year() == i32::from(year);
    let all: Vec<Entry> = of(c, certificate.id)?.into_iter().filter(counts).collect();
    let minutes = all.iter().map(|e| e.held.minutes).fold(0, u32::saturating_add);
    let asked = office.settings.register.training_hours.saturating_mul(60);
    let asked = if certificate.life.cancelled.is_some() { 0 } else { asked };
    let missing = Some(asked.saturating_sub(minutes)).filter(|m| *m > 0);
    Ok(Year { certificate, times: all.len(), minutes, missing })
}

/// The year of every officer, by number; of those whose certificate is cancelled only who attended something.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn year(office: &Office, c: &Db, year: u16) -> Result<Vec<Year>> {
    let all = keep::all(c)?.into_iter().map(|k| year_of(office, c, k, year)).collect::<Result<Vec<_>>>()?;
    Ok(all.into_iter().filter(|y| y.times > 0 || y.certificate.life.cancelled.is_none()).collect())
}

/// This year at the office.
///
/// # Errors
/// As [`today`].
pub fn this_year(office: &Office) -> Result<u16> {
    Ok(u16::try_from(today(office)?.date().year()).unwrap_or_default())
}

/// How many rows there are.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub(super) fn count(c: &Db) -> Result<u64> {
    Ok(uint(c.one("SELECT count(*) FROM training", params![], |r| r.get(0))?))
}

#[cfg(test)]
mod tests {
    use super::{hours, minutes};
    use crate::register::No;

    /// R05: hours are quarters of an hour within (0, 200], kept as whole minutes.
    #[test]
    fn r05_hours_are_quarters_within_bounds() {
        for (text, m) in [("0.25", 15), ("1", 60), ("1.5", 90), ("1.50", 90), (" 2.75 ", 165), ("8.0", 480), ("200", 12_000)] {
            assert_eq!(minutes(text), Ok(m), "{text}");
        }
        for text in ["", "0", "0.0", "-1", "+1", "200.25", "1.3", "1.255", "1,5", "1e2", "9999", "½", "１", ".5", "1.5.5", "NaN"]
        {
            assert_eq!(minutes(text), Err(No::Hours), "{text}");
        }
        for (m, text) in [(15, "0.25"), (60, "1"), (90, "1.5"), (165, "2.75"), (12_000, "200"), (0, "0")] {
            assert_eq!(hours(m), text);
        }
    }
}
