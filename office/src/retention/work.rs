//! What is due, what is held and why: the lists of console and command line.

use super::act::Acts;
use super::gather::{self, Which};
use super::keep::{acts, today};
use super::rule::{Period, Periods, Standing, State, What};
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::store::{Db, params, uint};
use crate::{cases, procedure};
use mingzheng_core::calendar::Day;
use mingzheng_core::id::{Digest, Id, digest_from_hex};
use mingzheng_core::pack::{Kept, Retention};
use std::collections::BTreeSet;

/// A file with how long it is kept.
#[derive(Debug, Clone)]
pub struct File {
    /// The sealed file.
    pub sealed: Digest,
    /// When it arrived.
    pub received: Option<Day>,
    /// Its length.
    pub length: u64,
    /// Inspections that name it.
    pub inspections: BTreeSet<Id>,
    /// Cases that need it.
    pub cases: BTreeSet<Id>,
    /// How long it is kept.
    pub standing: Standing,
    /// In one word, as of today.
    pub word: &'static str,
}

fn files(c: &Db, state: &State, (day, periods): &(Day, Periods)) -> Result<Vec<File>> {
    state
        .files()
        .map(|sealed| {
            let length: Option<i64> = c.row("SELECT length FROM uploads WHERE sealed = ?", params![sealed], |r| r.get(0))?;
            let standing = state.standing(&sealed, periods);
            Ok(File {
                sealed,
                received: state.received(&sealed),
                length: uint(length.ok_or(OfficeError::NotFound("upload of a sealed file"))?),
                inspections: state.inspections_of(&sealed),
                cases: state.cases_of(&sealed),
                word: standing.word(*day),
                standing,
            })
        })
        .collect()
}

/// Files whose end has passed: due, or held. Those in a list that is open stand there already.
///
/// # Errors
/// [`OfficeError`].
pub fn due(office: &Office) -> Result<(Acts, Vec<File>)> {
    let now = today(office)?;
    let (day, periods) = &now;
    let shortest = [periods.daily, periods.case]
        .into_iter()
        .filter_map(|p| if let Period::Months(months) = p { Some(months) } else { None })
        .min();
    office.store.read(|c| {
        let known = acts(c)?;
        let Some(months) = shortest else { return Ok((known, Vec::new())) };
        let first = day.date().checked_sub_months(chrono::Months::new(months)).unwrap_or_else(|| day.date());
        // A day too many is judged by the rule all the same.
        let before = first.and_hms_opt(23, 59, 59).map_or(0, |t| t.and_utc().timestamp_millis());
        let state = gather::state(c, &known, &Which::Before(before))?;
        let listed: BTreeSet<Digest> = known.proposals.iter().filter(|p| p.is_open()).flat_map(|p| p.files.clone()).collect();
        let mut all = files(c, &state, &now)?;
        let over = |f: &File| f.standing.never.is_empty() && f.standing.until.is_some_and(|last| last < *day);
        all.retain(|f| over(f) && !listed.contains(&f.sealed));
        Ok((known, all))
    })
}

/// The files of an inspection with how long each is kept.
///
/// # Errors
/// [`OfficeError`].
pub fn of_inspection(office: &Office, inspection: Id) -> Result<Vec<File>> {
    let now = today(office)?;
    office.store.read(|c| {
        let state = gather::state(c, &acts(c)?, &Which::Of(inspection))?;
        files(c, &state, &now)
    })
}

/// The rows of the newest pack that govern files, with the class each is of.
///
/// # Errors
/// [`OfficeError`].
pub fn periods(office: &Office) -> Result<Vec<Retention>> {
    let pack = crate::rights::newest(office)?;
    let governs = |r: &&Retention| matches!(r.class, Kept::DailyMedia | Kept::CaseMedia | Kept::CaseFile);
    Ok(pack.map(|(_, pack)| pack.retention.iter().filter(governs).cloned().collect()).unwrap_or_default())
}

/// What a person names: `inspection:…`, `case:…`, `file:…`, a 案号, or digits alone.
///
/// # Errors
/// [`OfficeError::NotFound`].
pub fn named(office: &Office, text: &str) -> Result<What> {
    let text = text.trim();
    if let Ok(what) = What::try_from(text.to_owned()) {
        return Ok(what);
    }
    if let Some(p) = office.store.read(|c| procedure::by_number(c, text))? {
        return Ok(What::Case(p.id));
    }
    if let Some(sealed) = digest_from_hex(text) {
        return Ok(What::File(sealed));
    }
    let id = Id::from_hex(text).ok_or(OfficeError::NotFound("inspection, case or file"))?;
    Ok(if cases::exists(office, id)? { What::Inspection(id) } else { What::Case(id) })
}

/// The inspection that something is about, where it is one.
#[must_use]
pub fn inspection(what: &What) -> Option<Id> {
    if let What::Inspection(id) = what { Some(*id) } else { None }
}

/// What something is called: 案号, enterprise and day of an inspection, or digits.
///
/// # Errors
/// [`OfficeError`].
pub fn title(office: &Office, what: &What) -> Result<String> {
    Ok(match what {
        What::Case(id) => office.store.read(|c| procedure::by_id(c, *id)).map_or_else(|_| what.to_string(), |p| p.number),
        What::Inspection(id) => {
            let entries: Vec<_> = cases::entries(office, *id)?.into_iter().map(|h| h.entry).collect();
            let task = mingzheng_core::inspection::fold(&entries).task;
            task.map_or_else(|| what.to_string(), |t| format!("{} {}", t.enterprise.name, t.day))
        }
        What::File(_) => what.to_string(),
    })
}
