//! Working days and periods (requirements §C): pure functions over the calendar a pack carries.
//!
//! A working day is neither Saturday nor Sunday nor a day off of the State Council's yearly notice, plus the weekend days that the
//! notice turns into work. The day of the event is not counted (民事诉讼法 85). A year without a notice is counted by weekends only
//! and the answer is `provisional` (暂估).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::pack::Text;

/// A calendar day between 1900 and 2999; in data the integer `yyyymmdd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Day(NaiveDate);

/// A number that is no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no day (yyyymmdd between 19000101 and 29991231)")]
pub struct NotADay(pub u32);

impl Day {
    /// The day as a chrono date.
    pub fn date(self) -> NaiveDate {
        self.0
    }

    /// The day as `yyyymmdd`.
    pub fn number(self) -> u32 {
        self.0.year().unsigned_abs() * 10_000 + self.0.month() * 100 + self.0.day()
    }

    /// The day in China (UTC+8) at `ms` milliseconds since 1970.
    pub fn in_china(ms: i64) -> Option<Day> {
        let seconds = ms.div_euclid(1000).checked_add(8 * 3600)?;
        let utc = chrono::DateTime::from_timestamp(seconds, 0)?;
        Day::try_from(utc.date_naive()).ok()
    }

    /// Saturday or Sunday.
    pub fn is_weekend(self) -> bool {
        matches!(self.0.weekday(), Weekday::Sat | Weekday::Sun)
    }

    /// The day `n` days later, at most 2999-12-31.
    fn plus(self, n: u16) -> Day {
        self.0.checked_add_days(chrono::Days::new(u64::from(n))).and_then(|date| Day::try_from(date).ok()).unwrap_or(self)
    }
}

impl TryFrom<NaiveDate> for Day {
    type Error = NotADay;

    fn try_from(date: NaiveDate) -> Result<Self, NotADay> {
        if (1900..=2999).contains(&date.year()) { Ok(Day(date)) } else { Err(NotADay(0)) }
    }
}

impl TryFrom<u32> for Day {
    type Error = NotADay;

    fn try_from(number: u32) -> Result<Self, NotADay> {
        let year = i32::try_from(number / 10_000).map_err(|_| NotADay(number))?;
        NaiveDate::from_ymd_opt(year, number / 100 % 100, number % 100)
            .and_then(|date| Day::try_from(date).ok())
            .ok_or(NotADay(number))
    }
}

impl From<Day> for u32 {
    fn from(day: Day) -> u32 {
        day.number()
    }
}

/// `2026-11-22`, as documents print it.
impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Day {
    type Err = NotADay;

    /// Reads `yyyy-mm-dd`.
    fn from_str(text: &str) -> Result<Self, NotADay> {
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .filter(|_| text.len() == 10)
            .and_then(|date| Day::try_from(date).ok())
            .ok_or(NotADay(0))
    }
}

/// The calendar of a pack: a national layer and regions that add to it (全国年节及纪念日放假办法 4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// The national notices, one a year.
    pub national: Vec<Year>,
    /// Regions with days of their own.
    pub regions: Vec<Region>,
}

/// One year's notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Year {
    /// Row id, for instance `rili-2026`.
    pub id: String,
    /// The year the notice is for.
    pub year: u16,
    /// Id of the source: the notice.
    pub source: String,
    /// Days off, weekends inside a holiday included.
    pub off: Vec<NamedDay>,
    /// Weekend days turned into work (调休).
    pub work: Vec<NamedDay>,
}

/// A day and the holiday it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedDay {
    /// The day.
    pub day: Day,
    /// The holiday, in Chinese.
    pub name: String,
}

/// A region's own days off and work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Row id.
    pub id: String,
    /// Name.
    pub title: Text,
    /// Its notices.
    pub years: Vec<Year>,
}

/// A calendar made ready for questions; see [`Calendar::national`] and [`Calendar::region`].
#[derive(Clone, Debug, Default)]
pub struct WorkingDays {
    years: BTreeSet<i32>,
    working: BTreeMap<Day, bool>,
}

/// Whether a day is a working day, and whether that is only an estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayKind {
    /// It is a working day.
    pub working: bool,
    /// 暂估: the year has no notice yet.
    pub provisional: bool,
}

/// The last day of a period of working days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkingDue {
    /// The last day.
    pub day: Day,
    /// 暂估: the period touches a year without notice.
    pub provisional: bool,
}

/// The last day of a period of calendar days: show both, alarm on `raw` (requirements §C).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalendarDue {
    /// The day counted.
    pub raw: Day,
    /// The next working day when `raw` is a day off (民事诉讼法 85, by analogy).
    pub rolled: Day,
    /// 暂估: `rolled` touches a year without notice.
    pub provisional: bool,
}

impl Calendar {
    /// The national calendar.
    pub fn national(&self) -> WorkingDays {
        let mut days = WorkingDays::default();
        days.take(&self.national);
        days.years = self.national.iter().map(|y| i32::from(y.year)).collect();
        days
    }

    /// The national calendar with a region's days over it; `None` for an unknown region.
    pub fn region(&self, id: &str) -> Option<WorkingDays> {
        let region = self.regions.iter().find(|region| region.id == id)?;
        let mut days = self.national();
        days.take(&region.years);
        Some(days)
    }
}

impl WorkingDays {
    fn take(&mut self, years: &[Year]) {
        for year in years {
            for (list, working) in [(&year.off, false), (&year.work, true)] {
                self.working.extend(list.iter().map(|named| (named.day, working)));
            }
        }
    }

    /// Whether `day` is a working day.
    pub fn is_working_day(&self, day: Day) -> DayKind {
        let listed = self.working.get(&day).copied();
        DayKind {
            working: listed.unwrap_or(!day.is_weekend()),
            provisional: listed.is_none() && !self.years.contains(&day.date().year()),
        }
    }

    /// The `n`-th working day after `event`, which is not counted itself; `event` for `n = 0`.
    pub fn add_working_days(&self, event: Day, n: u16) -> WorkingDue {
        let mut due = WorkingDue { day: event, provisional: false };
        let mut left = n;
        while left > 0 {
            let next = due.day.plus(1);
            if next == due.day {
                break; // the end of 2999
            }
            let kind = self.is_working_day(next);
            due.day = next;
            due.provisional |= kind.provisional;
            left -= u16::from(kind.working);
        }
        due
    }

    /// The `n`-th calendar day after `event`, which is not counted itself.
    pub fn add_calendar_days(&self, event: Day, n: u16) -> CalendarDue {
        let raw = event.plus(n);
        let kind = self.is_working_day(raw);
        let rolled = if kind.working { WorkingDue { day: raw, provisional: false } } else { self.add_working_days(raw, 1) };
        CalendarDue { raw, rolled: rolled.day, provisional: kind.provisional || rolled.provisional }
    }
}

#[cfg(test)]
mod tests;
