//! A calendar day.

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

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

    /// 1900-01-01.
    pub(super) const FIRST: Day = match NaiveDate::from_ymd_opt(1900, 1, 1) {
        Some(date) => Day(date),
        None => Day(NaiveDate::MIN),
    };
    /// 2999-12-31.
    pub(super) const LAST: Day = match NaiveDate::from_ymd_opt(2999, 12, 31) {
        Some(date) => Day(date),
        None => Day(NaiveDate::MAX),
    };

    /// The day `n` days later, at most 2999-12-31.
    pub(super) fn plus(self, n: u16) -> Day {
        self.0.checked_add_days(chrono::Days::new(u64::from(n))).and_then(|date| Day::try_from(date).ok()).unwrap_or(Day::LAST)
    }

    /// The day `n` days earlier, at least 1900-01-01.
    pub(super) fn minus(self, n: u16) -> Day {
        self.0.checked_sub_days(chrono::Days::new(u64::from(n))).and_then(|date| Day::try_from(date).ok()).unwrap_or(Day::FIRST)
    }

    /// The same day of a later month, its last day where there is no such day (民法典 202).
    pub(super) fn plus_months(self, n: u16) -> Day {
        let then = self.0.checked_add_months(chrono::Months::new(u32::from(n)));
        then.and_then(|date| Day::try_from(date).ok()).unwrap_or(Day::LAST)
    }

    /// The same day of an earlier month, its last day where there is no such day.
    pub(super) fn minus_months(self, n: u16) -> Day {
        let then = self.0.checked_sub_months(chrono::Months::new(u32::from(n)));
        then.and_then(|date| Day::try_from(date).ok()).unwrap_or(Day::FIRST)
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
