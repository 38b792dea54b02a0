//! The clocks of a row, each by its row of the pack (requirements §C).

use mingzheng_core::calendar::{Day, State, When, WorkingDays};
use mingzheng_core::pack::{Pack, Text};
use serde::Serialize;

/// A clock that was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocked {
    /// Row of the pack.
    pub id: &'static str,
    /// From when it runs.
    pub start: Day,
    /// When it was done.
    pub done: Option<Day>,
}

/// As it stands now.
#[derive(Debug, Clone, Serialize)]
pub struct Running {
    /// Row of the pack.
    pub id: &'static str,
    /// What must be done.
    pub title: Text,
    /// From when it runs.
    pub start: Day,
    /// Until when.
    pub until: When,
    /// When it was done.
    pub done: Option<Day>,
    /// 暂估.
    pub provisional: bool,
    /// `running`, `due_soon`, `overdue`, `met` or `met_late`.
    pub state: &'static str,
    /// The law.
    pub basis: String,
    /// The row was not checked against the text in force.
    pub illustrative: bool,
}

impl Clocked {
    /// Counted by the pack; `None` when it has no such row.
    #[must_use]
    pub fn running(self, pack: &Pack, days: &WorkingDays, now: i64) -> Option<Running> {
        let clock = pack.clock(self.id)?;
        let due = clock.due(self.start.into(), days);
        let state = match due.state(now, self.done.map(When::Day)) {
            State::Running { .. } => "running",
            State::DueSoon { .. } => "due_soon",
            State::Overdue { .. } => "overdue",
            State::Met => "met",
            State::MetLate { .. } | State::TooEarly { .. } => "met_late",
        };
        let basis = clock.basis.iter().map(|b| pack.cite(b).zh).collect::<Vec<_>>().join("；");
        let (title, illustrative) = (clock.title.clone(), clock.illustrative);
        let (until, provisional) = (due.raw, due.provisional);
        Some(Running { id: self.id, title, start: self.start, until, done: self.done, provisional, state, basis, illustrative })
    }
}
