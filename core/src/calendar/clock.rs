//! When a clock of the pack runs out, and how it stands (requirements §C).
//!
//! The day of the event is not counted. Working days end on a working day by themselves. Days and months are shown twice: `raw`, the day
//! counted, and `rolled`, the next working day when `raw` is a day off (民事诉讼法 85, by analogy). Alarms count back from `raw`.
//! What binds an organ is late after `raw`; what binds the party (payment, request for a hearing, remedies) only after `rolled`:
//! of two readings each side is held to the one that cannot harm the party. Hours run from moment to moment and never roll.
//! A day without a time counts to the organ's disadvantage: as its first moment where a clock starts, as its last where something was done.

use serde::{Deserialize, Serialize};

use super::{Day, When, WorkingDays};
use crate::pack::{Binds, Clock, Rule, Text, Unit};

/// The end of one clock that was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Due {
    /// The end as counted; for [`Rule::Before`] the last day on which it may be done, for [`Rule::AtLeast`] the last day that must be kept.
    pub raw: When,
    /// The end moved to a working day: forward, for [`Rule::Before`] back; `raw` where nothing rolls.
    pub rolled: When,
    /// 暂估: a day that was counted lies in a year without a notice.
    pub provisional: bool,
    /// From when on to warn, earliest first.
    pub alarms: Vec<When>,
    /// Whom it binds.
    pub binds: Binds,
    /// What the end means.
    pub rule: Rule,
}

/// How a clock stands. Numbers are days, or hours where the clock runs in hours; `left` 0 is the last day (hour) itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Time is left.
    Running {
        /// Until [`Due::raw`].
        left: u32,
    },
    /// An alarm has been reached.
    DueSoon {
        /// Until [`Due::raw`], 0 after it.
        left: u32,
    },
    /// 逾期: not done, too late.
    Overdue {
        /// By how much.
        by: u32,
    },
    /// Done in time; a least time that has passed.
    Met,
    /// Done too late.
    MetLate {
        /// By how much.
        by: u32,
    },
    /// Done before the least time had passed.
    TooEarly {
        /// By how much.
        by: u32,
    },
}

impl State {
    /// The mark that stands beside a clock that was missed (J7), as screens and papers print it.
    pub fn mark(self, unit: Unit) -> Option<Text> {
        let (zh, en) = match unit {
            Unit::Hour => ("小时", "hours"),
            _ => ("日", "days"),
        };
        let (word, words, by) = match self {
            State::Overdue { by } => ("逾期", "overdue by", by),
            State::MetLate { by } => ("逾期完成", "done late by", by),
            State::TooEarly { by } => ("期限未满", "too early by", by),
            State::Running { .. } | State::DueSoon { .. } | State::Met => return None,
        };
        Some(Text { zh: format!("{word}{by}{zh}"), en: format!("{words} {by} {en}") })
    }
}

impl Clock {
    /// When the clock runs out that started (for [`Rule::Before`]: whose event is) at `start`.
    pub fn due(&self, start: When, days: &WorkingDays) -> Due {
        self.count(start, self.length, self.unit, days)
    }

    /// When it runs out after the extension of the row, which begins where the first period ended; `None` where the row has none.
    pub fn extended(&self, start: When, days: &WorkingDays) -> Option<Due> {
        let more = self.extension.as_ref()?;
        let first = self.due(start, days);
        let mut due = self.count(first.raw, more.length, more.unit, days);
        due.provisional |= first.provisional;
        Some(due)
    }

    fn count(&self, start: When, length: u32, unit: Unit, days: &WorkingDays) -> Due {
        let n = u16::try_from(length).unwrap_or(u16::MAX);
        let day = start.day();
        let (raw, mut provisional) = match (unit, self.rule) {
            // Neither the day of doing nor the event's own day is counted.
            (Unit::WorkingDay, Rule::Before) => {
                let first = days.sub_working_days(day, n);
                (When::Day(first.day.minus(1)), first.provisional)
            }
            (Unit::WorkingDay, _) => {
                let last = days.add_working_days(day, n);
                (When::Day(last.day), last.provisional)
            }
            (Unit::CalendarDay, Rule::Before) => (When::Day(day.minus(n.saturating_add(1))), false),
            (Unit::CalendarDay, _) => (When::Day(day.plus(n)), false),
            (Unit::Month, Rule::Before) => (When::Day(day.minus_months(n).minus(1)), false),
            (Unit::Month, _) => (When::Day(day.plus_months(n)), false),
            (Unit::Hour, rule) => {
                let long = i64::from(length) * 3_600_000;
                let end =
                    if rule == Rule::Before { start.begins().saturating_sub(long) } else { start.begins().saturating_add(long) };
                (When::At(end), false)
            }
        };
        let rolled = match (raw, self.rule) {
            (When::Day(day), Rule::Within) => Some(days.on_or_after(day)),
            (When::Day(day), Rule::Before) => Some(days.on_or_before(day)),
            _ => None,
        };
        provisional |= rolled.is_some_and(|rolled| rolled.provisional);
        let mut steps: Vec<u32> = self.alarms.clone();
        steps.sort_unstable_by(|a, b| b.cmp(a));
        let alarm = |step: u32| {
            let n = u16::try_from(step).unwrap_or(u16::MAX);
            match (unit, raw) {
                (Unit::Hour, _) => When::At(raw.begins().saturating_sub(i64::from(step) * 3_600_000)),
                (Unit::WorkingDay, _) => When::Day(days.sub_working_days(raw.day(), n).day),
                (Unit::CalendarDay | Unit::Month, _) => When::Day(raw.day().minus(n)),
            }
        };
        Due {
            raw,
            rolled: rolled.map_or(raw, |rolled| When::Day(rolled.day)),
            provisional,
            alarms: steps.into_iter().map(alarm).collect(),
            binds: self.binds,
            rule: self.rule,
        }
    }
}

impl Due {
    /// The end by which somebody is judged: `raw`, for what the party must do `rolled`.
    pub fn limit(&self) -> When {
        match (self.binds, self.rule) {
            (Binds::Party, Rule::Within) => self.rolled,
            _ => self.raw,
        }
    }

    /// How the clock stands at `now` (milliseconds since 1970), done or not.
    pub fn state(&self, now: i64, done: Option<When>) -> State {
        let limit = self.limit();
        let now = When::At(now);
        if self.rule == Rule::AtLeast {
            return match done {
                Some(done) if done.begins() <= limit.ends() => State::TooEarly { by: limit.left(done).saturating_add(1) },
                Some(_) => State::Met,
                None if now.begins() <= limit.ends() => State::Running { left: limit.left(now) },
                None => State::Met,
            };
        }
        match done {
            Some(done) if done.ends() <= limit.ends() => State::Met,
            Some(done) => State::MetLate { by: limit.exceeded_by(done) },
            None if now.begins() > limit.ends() => State::Overdue { by: limit.exceeded_by(now) },
            None => {
                let left = self.raw.left(now);
                let warn = left == 0 || self.alarms.iter().any(|alarm| alarm.begins() <= now.begins());
                if warn { State::DueSoon { left } } else { State::Running { left } }
            }
        }
    }

    /// Whether what was done on this day, as the paper says, was in time (J11: the date on the paper, no inner approval).
    pub fn kept_on(&self, paper: Day) -> bool {
        self.state(When::Day(paper).begins(), Some(When::Day(paper))) == State::Met
    }

    /// Whether the time is over at `now`: the window for a request has closed (J10, J12).
    pub fn is_over(&self, now: i64) -> bool {
        When::At(now).begins() > self.limit().ends()
    }
}
