//! A day, or a moment of it where the hour counts.

use serde::{Deserialize, Serialize};

use super::Day;

const HOUR: i64 = 3_600_000;
const CHINA: i64 = 8 * HOUR;

/// When something begins, ends or was done. Papers give a day; periods of hours need the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// A day in China.
    Day(Day),
    /// Milliseconds since 1970.
    At(i64),
}

impl When {
    /// The day in China; the last one that can be named for a moment outside 1900–2999.
    pub fn day(self) -> Day {
        match self {
            When::Day(day) => day,
            When::At(ms) => Day::in_china(ms).unwrap_or(if ms < 0 { Day::FIRST } else { Day::LAST }),
        }
    }

    /// The first millisecond.
    pub(super) fn begins(self) -> i64 {
        match self {
            When::Day(day) => day.date().and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis() - CHINA,
            When::At(ms) => ms,
        }
    }

    /// The last millisecond: of a day, before 24:00 (民法典 203).
    pub(super) fn ends(self) -> i64 {
        match self {
            When::Day(_) => self.begins() + 24 * HOUR - 1,
            When::At(ms) => ms,
        }
    }

    /// How far `other` lies after this: whole days for a day, hours begun for a moment; 0 when it does not.
    pub(super) fn exceeded_by(self, other: When) -> u32 {
        match self {
            When::Day(day) => days(day, other.day()),
            When::At(ms) => hours(other.ends().saturating_sub(ms).saturating_add(HOUR - 1)),
        }
    }

    /// What is left until this at `now`: days (0 on the last day), or full hours.
    pub(super) fn left(self, now: When) -> u32 {
        match self {
            When::Day(day) => days(now.day(), day),
            When::At(ms) => hours(ms.saturating_sub(now.ends())),
        }
    }
}

fn days(from: Day, to: Day) -> u32 {
    u32::try_from((to.date() - from.date()).num_days()).unwrap_or(0)
}

fn hours(ms: i64) -> u32 {
    u32::try_from(ms.max(0) / HOUR).unwrap_or(u32::MAX)
}

impl From<Day> for When {
    fn from(day: Day) -> When {
        When::Day(day)
    }
}

/// `2026-11-22`; a moment as `2026-11-22 14:05` in China.
impl std::fmt::Display for When {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            When::Day(day) => day.fmt(f),
            When::At(ms) => match chrono::DateTime::from_timestamp_millis(ms.saturating_add(CHINA)) {
                Some(time) => time.format("%Y-%m-%d %H:%M").fmt(f),
                None => self.day().fmt(f),
            },
        }
    }
}
