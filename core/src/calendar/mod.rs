//! Working days and periods (requirements §C): pure functions over the calendar a pack carries.
//!
//! A working day is neither Saturday nor Sunday nor a day off of the State Council's yearly notice, plus the weekend days that the
//! notice turns into work. The day of the event is not counted (民事诉讼法 85). A year without a notice is counted by weekends only
//! and the answer is `provisional` (暂估).

mod clock;
mod day;
mod holidays;
mod printed;
#[cfg(test)]
mod tests;
mod when;
mod working_days;

pub use clock::{Due, State};
pub use day::{Day, NotADay};
pub use holidays::{Calendar, NamedDay, Region, Year};
pub use printed::{Printed, Recount};
pub use when::When;
pub use working_days::{CalendarDue, DayKind, WorkingDays, WorkingDue};
