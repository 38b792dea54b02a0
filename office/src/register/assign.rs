//! Who may be assigned: in effect, in area and category, under a mandate that holds; and the roster of a day (R02, R06, R08; 行政处罚法 42, 55).

use super::mandate::{self, Deed};
use super::{Certificate, Periods, State, keep, today};
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::store::Db;
use mingzheng_core::badge::scope::{Outside, outside};

/// Why an officer may not be assigned, and what to do.
#[must_use]
pub fn refuses(certificate: &Certificate, mandates: &[mandate::Kept], deed: &Deed<'_>, periods: &Periods) -> Option<String> {
    let state = certificate.on(deed.day, periods);
    if !state.in_effect() {
        let next = match state {
            State::Applied => "先核发 issue the certificate first",
            State::CheckMissed => "先登记年检合格 record the annual check first",
            State::Suspended => "先决定发还，或改派他人 resume it by its own decision, or assign somebody else",
            State::Expired => "先换发，或改派他人 renew it, or assign somebody else",
            _ => "改派他人 assign somebody else",
        };
        return Some(format!("证件在 {} 为{}；{next} (the certificate on that day)", deed.day, state.title()));
    }
    let f = &certificate.life.fields;
    let text = |t: Option<&str>| t.unwrap_or_default().to_owned();
    if let Some(out) = outside([&f.area, &f.category], [deed.area, deed.category]).first() {
        let (what, needed, has) = match out {
            Outside::Area => ("执法区域 area", text(deed.area), &f.area),
            Outside::Category => ("执法类别 category", text(deed.category), &f.category),
        };
        return Some(format!(
            "{what} 不符：任务为“{needed}”，证件为“{has}”；改派他人 the task needs the former, the certificate has the latter; assign somebody else"
        ));
    }
    mandate::refuses(mandates, &f.unit, deed).map(|why| format!("{}：{why}", f.unit))
}

/// Everybody who may be assigned on a day, by number.
///
/// # Errors
/// [`OfficeError`].
pub fn roster(office: &Office, c: &Db, deed: &Deed<'_>) -> Result<Vec<Certificate>> {
    let mandates = mandate::all(c)?;
    let mut all = keep::all(c)?;
    all.retain(|k| refuses(k, &mandates, deed, &office.settings.register).is_none());
    Ok(all)
}

/// Whether an officer acts for an organ of a joint inspection: of that unit, or of one that holds a mandate to act in its name (R52, 行政处罚法 17, 20).
///
/// # Errors
/// [`OfficeError`].
pub fn acts_for(c: &Db, number: &str, organ: &str) -> Result<bool> {
    let certificate = keep::by_number(c, number)?.ok_or(super::No::Unknown)?;
    let unit = &certificate.life.fields.unit;
    Ok(unit == organ || mandate::all(c)?.iter().any(|k| k.mandate.organisation == *unit && k.mandate.principal == organ))
}

/// That the officers with these numbers may do it. What lies in the past is judged as of today.
///
/// # Errors
/// [`OfficeError::Settings`] names the certificate, the reason and what to do.
pub fn may_be_assigned(office: &Office, c: &Db, numbers: &[String], deed: &Deed<'_>) -> Result<()> {
    let mandates = mandate::all(c)?;
    let deed = Deed { day: deed.day.max(today(office)?), ..*deed };
    for number in numbers {
        let certificate = keep::by_number(c, number)?.ok_or(super::No::Unknown)?;
        if let Some(why) = refuses(&certificate, &mandates, &deed, &office.settings.register) {
            return Err(OfficeError::Settings(format!("任务 task: 证号 {number}：{why}")));
        }
    }
    Ok(())
}
