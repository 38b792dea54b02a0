//! The clocks of a measure: seven working days of 先行登记保存 (J7), 24 hours of a late approval (J6), thirty days of a seizure (强制法 25).

use super::{MeasureKind, MeasureState};
use crate::calendar::{Due, State, When, WorkingDays};
use crate::pack::{Clock, Pack};

/// A clock of a measure as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueState<'a> {
    /// The row of the pack.
    pub clock: &'a Clock,
    /// When it ends.
    pub due: Due,
    /// How it stands.
    pub state: State,
}

/// The clocks that run since a measure was taken; `now` in milliseconds.
#[must_use]
pub fn due<'a>(pack: &'a Pack, m: &MeasureState, days: &WorkingDays, now: i64) -> Vec<DueState<'a>> {
    let Some(taken) = &m.taken else { return Vec::new() };
    let mut out = Vec::new();
    let mut run = |id: &str, done: Option<i64>| {
        let Some(clock) = pack.clock(id) else { return };
        let due = clock.due(When::At(taken.at.ms), days);
        let state = due.state(now, done.map(When::At));
        out.push(DueState { clock, due, state });
    };
    match m.what {
        MeasureKind::Preservation => run(Clock::PRESERVATION, m.settled.as_ref().map(|s| s.at.ms)),
        MeasureKind::Coercion => {
            if m.emergency.is_some() {
                run(Clock::LATE_APPROVAL, m.approved.as_ref().map(|a| a.at_ms));
            }
            run(Clock::SEIZURE, m.settled.as_ref().map(|s| s.at.ms));
        }
        MeasureKind::ProductSampling | MeasureKind::Sampling | MeasureKind::OnSpotPenalty => {}
    }
    out
}

impl DueState<'_> {
    /// Too late and not done.
    #[must_use]
    pub fn overdue(&self) -> bool {
        matches!(self.state, State::Overdue { .. })
    }
}
