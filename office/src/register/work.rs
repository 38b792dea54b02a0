//! What is to be done at the register: annual checks in batches, renewals (R02).

use super::{Certificate, Kind, State, all, today};
use crate::error::Result;
use crate::office::Office;
use crate::store::Db;
use chrono::Datelike as _;

/// The work list of today.
#[derive(Default)]
pub struct Work {
    /// 待年检: due now.
    pub due: Vec<Certificate>,
    /// 未年检: the days of grace are over.
    pub missed: Vec<Certificate>,
    /// Checked in this calendar year.
    pub passed: Vec<Certificate>,
    /// Certificates that end soon or have ended, with the days that are left (negative: over).
    pub ending: Vec<(Certificate, i64)>,
}

/// The work list.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn work(office: &Office, c: &Db) -> Result<Work> {
    let (today, periods) = (today(office)?, &office.settings.register);
    let mut work = Work::default();
    for k in all(c)? {
        let state = k.on(today, periods);
        if matches!(state, State::Applied | State::Cancelled) {
            continue;
        }
        let this_year = |d: chrono::NaiveDate| d.year() == today.date().year();
        if k.steps.iter().any(|s| s.step.act.kind() == Kind::Checked && this_year(s.step.day.date())) {
            work.passed.push(k.clone());
        }
        if let Some(left) = k.life.days_left(today).filter(|d| *d <= i64::from(periods.widest_warning())) {
            work.ending.push((k.clone(), left));
        }
        match state {
            State::CheckDue => work.due.push(k),
            State::CheckMissed => work.missed.push(k),
            _ => {}
        }
    }
    work.due.sort_by_key(|k| k.life.check_by(periods));
    work.missed.sort_by_key(|k| k.life.check_by(periods));
    work.ending.sort_by_key(|(_, left)| *left);
    Ok(work)
}
