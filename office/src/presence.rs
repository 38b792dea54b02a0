//! 同一执法人员不得同时在两处 (J4; 行政处罚法 42): who was where by the entries' own times, over all cases that the office holds.
//!
//! A phone knows only its own inspections; two phones, or two days' uploads, meet here.

use crate::cases;
use crate::error::Result;
use crate::office::Office;
use crate::store::params;
use mingzheng_core::id::Id;
use mingzheng_core::inspection::{Inspection, fold};
use mingzheng_core::log::Entry;
use serde::Serialize;

/// An officer at an enterprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    /// The case.
    pub case: Id,
    /// 统一社会信用代码, or the name where there is none.
    pub place: String,
    /// 名称.
    pub name: String,
    /// 证号.
    pub number: String,
    /// 姓名.
    pub officer: String,
    /// From arrival, ms.
    pub from: i64,
    /// Until leaving; while nobody has left, until the newest entry.
    pub until: i64,
}

/// An officer who was in two places at once, as one of the two cases tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clash {
    /// 证号.
    pub number: String,
    /// 姓名.
    pub officer: String,
    /// The other case, hex.
    pub case: String,
    /// The other enterprise.
    pub name: String,
    /// From when both say so, ms.
    pub from: i64,
    /// Until when.
    pub until: i64,
}

/// Who was there.
#[must_use]
pub fn of(case: Id, entries: &[Entry], i: &Inspection) -> Vec<Presence> {
    let Some(task) = &i.task else { return vec![] };
    let newest = entries.iter().map(|e| e.header().clocks.reading.wall_ms).max().unwrap_or(0);
    let until = i.left.as_ref().map_or(newest, |(at, _)| at.ms);
    let e = &task.enterprise;
    let place = if e.code.trim().is_empty() { e.name.clone() } else { crate::register::enterprise::plain_code(&e.code) };
    let each = i.arrived.iter().map(|(o, at, _)| Presence {
        case,
        place: place.clone(),
        name: e.name.clone(),
        number: o.number.clone(),
        officer: o.name.clone(),
        from: at.ms,
        until,
    });
    each.collect()
}

/// Who of this case was somewhere else at the same time. What only touches is no overlap.
#[must_use]
pub fn clashes(case: Id, all: &[Presence]) -> Vec<Clash> {
    let mine = all.iter().filter(|p| p.case == case);
    let both = mine.flat_map(|p| {
        let others = all.iter().filter(|o| o.case != case && o.number == p.number && o.place != p.place);
        others.filter_map(|o| {
            let (from, until) = (p.from.max(o.from), p.until.min(o.until));
            (from < until).then(|| Clash {
                number: p.number.clone(),
                officer: p.officer.clone(),
                case: o.case.to_string(),
                name: o.name.clone(),
                from,
                until,
            })
        })
    });
    both.collect()
}

/// Entries of another case can lie this far from those of this one as they arrived, ms: phones come back late (31 days).
const LATE: i64 = 31 * 86_400_000;

/// The clashes of one case with any other that the office holds.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn of_case(office: &Office, case: Id) -> Result<Vec<Clash>> {
    let near: Vec<Id> = office.store.read(|c| {
        Ok(c.rows(
            "WITH mine AS (SELECT min(received) AS first, max(received) AS last FROM entries WHERE case_tag = ?1)
             SELECT DISTINCT case_tag FROM entries, mine WHERE case_tag IS NOT NULL AND received BETWEEN first - ?2
             AND last + ?2",
            params![case.0, LATE],
            |r| Ok(Id(r.get(0)?)),
        )?)
    })?;
    let mut all = vec![];
    for id in near {
        let entries: Vec<Entry> = cases::entries(office, id)?.into_iter().map(|h| h.entry).collect();
        all.extend(of(id, &entries, &fold(&entries)));
    }
    Ok(clashes(case, &all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there(case: u8, place: &str, number: &str, from: i64, until: i64) -> Presence {
        let (name, officer) = (place.to_owned(), "王小明".to_owned());
        Presence { case: Id([case; 16]), place: place.to_owned(), name, number: number.to_owned(), officer, from, until }
    }

    /// J4: one officer, two enterprises, a common time; another officer, the same enterprise, or one after the other are none.
    #[test]
    fn j4_only_one_officer_in_two_places_at_once_is_a_clash() {
        let first = there(1, "甲", "110001", 100, 200);
        let with = |other: Presence| clashes(Id([1; 16]), &[first.clone(), other]).len();
        assert_eq!(with(there(2, "乙", "110001", 150, 300)), 1);
        assert_eq!(with(there(2, "乙", "110001", 50, 101)), 1);
        assert_eq!(with(there(2, "乙", "110001", 200, 300)), 0, "one after the other");
        assert_eq!(with(there(2, "乙", "110002", 150, 300)), 0, "somebody else");
        assert_eq!(with(there(2, "甲", "110001", 150, 300)), 0, "the same enterprise");
    }
}
