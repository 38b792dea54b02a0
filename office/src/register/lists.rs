//! What the register publishes: the seven fields (R03), the status list and the signed list of officers (P7).

use super::{keep, today};
use crate::error::Result;
use crate::office::Office;
use mingzheng_core::calendar::Day;

/// The seven public fields, and nothing beyond them (R03).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Row {
    /// 姓名.
    pub name: String,
    /// 单位.
    pub unit: String,
    /// 职务.
    pub position: String,
    /// 证件编号.
    pub number: String,
    /// 执法类别.
    pub category: String,
    /// 执法区域.
    pub area: String,
    /// 证件有效期, `yyyymmdd`.
    pub until: u32,
}

/// Every certificate that is in effect today, by number: the public list (R03).
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn public(office: &Office) -> Result<Vec<Row>> {
    let today = today(office)?;
    let all = office.store.read(keep::all)?;
    let in_effect = all.into_iter().filter(|c| c.on(today, &office.settings.register).in_effect());
    Ok(in_effect
        .map(|c| {
            let f = c.life.fields;
            Row {
                name: f.name,
                unit: f.unit,
                position: f.position,
                number: f.number,
                category: f.category,
                area: f.area,
                until: c.life.until.map_or(0, Day::number),
            }
        })
        .collect())
}
