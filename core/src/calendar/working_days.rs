//! Which days are working days, and counting by them (requirements §C, 行政处罚法 85, 民事诉讼法 85).

use std::collections::{BTreeMap, BTreeSet};

use super::{Day, Year};
use chrono::Datelike;

/// A calendar made ready for questions; see [`Calendar::national`] and [`Calendar::region`].
#[derive(Clone, Debug, Default)]
pub struct WorkingDays {
    years: BTreeSet<i32>,
    /// Years for which the region's own notice is there; none for the national calendar.
    regional: Option<BTreeSet<i32>>,
    /// Years whose notice is only supposed.
    supposed: BTreeSet<i32>,
    working: BTreeMap<Day, bool>,
}

/// Whether a day is a working day, and whether that is only an estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayKind {
    /// It is a working day.
    pub working: bool,
    /// 暂估: the year has no notice yet, or none of the region.
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

fn numbers(years: &[Year]) -> BTreeSet<i32> {
    years.iter().map(|year| i32::from(year.year)).collect()
}

impl WorkingDays {
    pub(super) fn of(national: &[Year]) -> WorkingDays {
        let mut days = WorkingDays { years: numbers(national), ..WorkingDays::default() };
        days.take(national);
        days
    }

    /// Lays a region's notices over the national ones.
    pub(super) fn over(&mut self, region: &[Year]) {
        self.regional = Some(numbers(region));
        self.take(region);
    }

    fn take(&mut self, years: &[Year]) {
        for year in years {
            if year.illustrative {
                self.supposed.insert(i32::from(year.year));
            }
            for (list, working) in [(&year.off, false), (&year.work, true)] {
                self.working.extend(list.iter().map(|named| (named.day, working)));
            }
        }
    }

    /// Whether `day` is a working day.
    pub fn is_working_day(&self, day: Day) -> DayKind {
        let listed = self.working.get(&day).copied();
        let year = day.date().year();
        let known = listed.is_some() || self.years.contains(&year);
        let sure = self.regional.as_ref().is_none_or(|years| years.contains(&year)) && !self.supposed.contains(&year);
        DayKind { working: listed.unwrap_or(!day.is_weekend()), provisional: !(known && sure) }
    }

    /// The `n`-th working day after `event`, which is not counted itself; `event` for `n = 0`.
    pub fn add_working_days(&self, event: Day, n: u16) -> WorkingDue {
        let mut due = WorkingDue { day: event, provisional: false };
        let mut left = n;
        while left > 0 && due.day < Day::LAST {
            due.day = due.day.plus(1);
            let kind = self.is_working_day(due.day);
            due.provisional |= kind.provisional;
            left -= u16::from(kind.working);
        }
        due
    }

    /// The `n`-th calendar day after `event`, which is not counted itself.
    pub fn add_calendar_days(&self, event: Day, n: u16) -> CalendarDue {
        let raw = event.plus(n);
        let rolled = self.on_or_after(raw);
        CalendarDue { raw, rolled: rolled.day, provisional: rolled.provisional }
    }

    /// The `n`-th working day before `event`, which is not counted itself; `event` for `n = 0`.
    pub fn sub_working_days(&self, event: Day, n: u16) -> WorkingDue {
        let mut due = WorkingDue { day: event, provisional: false };
        let mut left = n;
        while left > 0 && due.day > Day::FIRST {
            due.day = due.day.minus(1);
            let kind = self.is_working_day(due.day);
            due.provisional |= kind.provisional;
            left -= u16::from(kind.working);
        }
        due
    }

    /// `day`, or the next working day when it is a day off.
    pub(super) fn on_or_after(&self, day: Day) -> WorkingDue {
        self.rolled(day, |days| days.add_working_days(day, 1))
    }

    /// `day`, or the working day before when it is a day off.
    pub(super) fn on_or_before(&self, day: Day) -> WorkingDue {
        self.rolled(day, |days| days.sub_working_days(day, 1))
    }

    fn rolled(&self, day: Day, roll: impl Fn(&Self) -> WorkingDue) -> WorkingDue {
        let kind = self.is_working_day(day);
        let rolled = if kind.working { WorkingDue { day, provisional: false } } else { roll(self) };
        WorkingDue { day: rolled.day, provisional: kind.provisional || rolled.provisional }
    }
}
