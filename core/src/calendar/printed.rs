//! A date that stands on a paper somebody holds (J34).

use serde::{Deserialize, Serialize};

use super::{Due, When, WorkingDays};
use crate::pack::Clock;

/// The end of a clock as a served paper says it. It stands whatever a later calendar says: there is no way to change it, only to
/// compare it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Printed {
    clock: String,
    start: When,
    extended: bool,
    due: Due,
}

/// What counting again with another calendar gives. The printed date stands in both cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recount {
    /// The same days.
    Unchanged,
    /// Other days: somebody must decide whether a new paper is served.
    Differs {
        /// What the paper says, and what stands.
        printed: Due,
        /// What would be printed today.
        now: Due,
    },
}

impl Printed {
    /// Counts what a paper is going to say; `None` where it shall be extended and the row has no extension.
    pub fn count(clock: &Clock, start: When, extended: bool, days: &WorkingDays) -> Option<Printed> {
        let due = if extended { clock.extended(start, days)? } else { clock.due(start, days) };
        Some(Printed { clock: clock.id.clone(), start, extended, due })
    }

    /// Id of the clock's row.
    pub fn clock(&self) -> &str {
        &self.clock
    }

    /// The event it counts from.
    pub fn start(&self) -> When {
        self.start
    }

    /// What the paper says; [`Due::state`] of it is the state of the clock.
    pub fn due(&self) -> &Due {
        &self.due
    }

    /// Counts again, with the row of a newer pack and its calendar; `None` when the row is another one, or has lost its extension.
    pub fn recount(&self, clock: &Clock, days: &WorkingDays) -> Option<Recount> {
        if clock.id != self.clock {
            return None;
        }
        let now = Printed::count(clock, self.start, self.extended, days)?.due;
        let same = now.raw == self.due.raw && now.rolled == self.due.rolled;
        Some(if same { Recount::Unchanged } else { Recount::Differs { printed: self.due.clone(), now } })
    }
}
