//! The office's register of officers: the one source of badge, public list, status list and roster (R02–R04).
//!
//! Certificates are kept as steps that are only appended; what a certificate is on a day is computed from them. Each step is a leaf of the
//! office's own log, as a salted digest: the office cannot rewrite the history of a certificate unseen.

mod adopt;
mod assign;
pub mod enterprise;
pub mod frequency;
mod keep;
mod life;
mod lists;
pub mod mandate;
mod step;
#[cfg(test)]
mod tests;
pub mod training;
mod work;

pub use adopt::adopt;
pub use assign::{acts_for, may_be_assigned, refuses, roster};
pub use keep::{Certificate, Kept, all, apply, by_id, by_number, by_person, count, holders, is_logged, record, take_over};
pub use life::{Life, No, Periods, State, may, may_follow, moved, years};
pub use lists::{List, newest_in, officer_list, public, status_list};
pub use step::{Act, Cause, Fields, Kind, Step};
pub use work::{Work, work};

use crate::error::{OfficeError, Result};
use crate::office::Office;
use mingzheng_core::calendar::Day;

/// Today at the office.
///
/// # Errors
/// [`OfficeError::NotFound`] for a clock beyond all calendars.
pub fn today(office: &Office) -> Result<Day> {
    Day::in_china(office.now()).ok_or(OfficeError::NotFound("day"))
}
