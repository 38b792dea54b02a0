//! What the gates read: the newest pack in force and the calendar of the office's region.

use super::closed::Closed;
use super::issued::taken;
use super::offers::earlier;
use super::papers::form_of;
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::register::{self, State};
use crate::rights;
use crate::store::{Db, params};
use mingzheng_core::calendar::Day;
use mingzheng_core::id::Digest;
use mingzheng_core::inspection::gate::Gate;
use mingzheng_core::pack::{Pack, Text};
use mingzheng_core::procedure::{Act, Actor, Case, Earlier, Rules, Step, history, may};
use std::sync::Arc;

/// A pack by which a case is judged, and where.
pub struct Ruled {
    /// The pack.
    pub pack: Arc<Pack>,
    /// Its digest: each step says by which pack it was judged.
    pub digest: Digest,
    region: Option<String>,
}

impl Ruled {
    /// What the gates read.
    ///
    /// # Errors
    /// [`OfficeError::Procedure`] when the pack lacks a row, [`OfficeError::Settings`] for a region that it does not know.
    pub fn rules(&self) -> Result<Rules<'_>> {
        let rules = Rules::of(&self.pack).map_err(|g| Closed(vec![*g]))?;
        let Some(region) = &self.region else { return Ok(rules) };
        rules.in_region(region).ok_or_else(|| {
            let known: Vec<&str> = self.pack.calendar.regions.iter().map(|r| r.id.as_str()).collect();
            OfficeError::Settings(format!(
                "设置 region：规则包没有“{region}”的日历 the pack has no such calendar; it has: {}",
                known.join(", ")
            ))
        })
    }
}

/// The newest pack in force.
///
/// # Errors
/// [`OfficeError::Settings`] when there is none, and as [`Ruled::rules`].
pub fn rules(office: &Office) -> Result<Ruled> {
    let (digest, pack) = rights::newest(office)?.ok_or_else(|| {
        OfficeError::Settings("没有生效的规则包，先载入 no pack is in force; load one first: mingzheng pack add".into())
    })?;
    let ruled = Ruled { pack, digest, region: office.settings.region.clone() };
    ruled.rules()?;
    Ok(ruled)
}

/// Every gate that a step meets: those of the core, and those that only the office can judge.
///
/// # Errors
/// [`OfficeError`].
pub fn check(office: &Office, c: &Db, ruled: &Ruled, case: Option<&Case>, step: &Step) -> Result<Vec<Gate>> {
    let mut gates = may(case, step, &ruled.rules()?, register::today(office)?);
    gates.extend(eligible(office, c, step)?);
    gates.extend(known(c, ruled, case, step)?);
    gates.extend(unused(c, step)?);
    gates.extend(unused_paper(c, step)?);
    Ok(gates)
}

/// J14–J16: what the office's own decisions say of the party.
fn known(c: &Db, ruled: &Ruled, case: Option<&Case>, step: &Step) -> Result<Vec<Gate>> {
    let Some(case) = case else { return Ok(vec![]) };
    let (charges, proposal) = match &step.act {
        Act::Investigated { charges, proposal } => (charges, proposal),
        Act::Notified { proposal, .. } | Act::Decided { proposal, .. } => (&case.charges, proposal),
        _ => return Ok(vec![]),
    };
    // A case with a decision takes no further one, so that its own is never among them.
    let earlier: Vec<Earlier> = earlier(c, case, None)?.into_iter().map(|(_, known)| known).collect();
    Ok(history(case, charges, proposal, &earlier, &ruled.pack))
}

/// R02, J1: who investigates holds a certificate that is in effect on that day (行政处罚法 42).
fn eligible(office: &Office, c: &Db, step: &Step) -> Result<Vec<Gate>> {
    let who: Vec<&Actor> = match &step.act {
        Act::Filed { investigators } => investigators.iter().collect(),
        Act::Recused { takes_over, .. } => vec![takes_over],
        _ => vec![],
    };
    let mut gates = vec![];
    for actor in who {
        let held = register::by_number(c, &actor.number)?.filter(|k| k.life.fields.name == actor.name);
        // A certificate that the register took over later is judged as it was when the register began to know it.
        let since = |k: &register::Certificate| {
            k.steps
                .first()
                .filter(|s| matches!(s.step.act, register::Act::TakenOver { .. }))
                .map_or(step.day, |s| step.day.max(s.step.day))
        };
        let state = held.map(|k| k.on(since(&k), &office.settings.register));
        if state.is_none_or(|s: State| !s.in_effect()) {
            gates.push(Gate {
                rule: "R02",
                basis: "行政处罚法 42",
                missing: Text {
                    zh: format!("承办人 {} 在该日没有有效的执法证件，或者姓名、证号与名册不符", actor.number),
                    en: format!(
                        "{} holds no certificate in effect on that day, or name and number are not those of the register",
                        actor.number
                    ),
                },
                way_on: Text {
                    zh: "改由证件有效的执法人员承办；姓名、证号按名册填写".into(),
                    en: "have an officer whose certificate is in effect investigate; give name and number as in the register"
                        .into(),
                },
            });
        }
    }
    Ok(gates)
}

/// J32: no two decisions of one number.
fn unused(c: &Db, step: &Step) -> Result<Option<Gate>> {
    let Act::Decided { number, .. } = &step.act else { return Ok(None) };
    let taken: bool =
        c.one("SELECT EXISTS (SELECT 1 FROM procedures WHERE decision = ?)", params![number.trim()], |r| r.get(0))?;
    Ok(taken.then(|| Gate {
        rule: "J32",
        basis: "行政处罚法 59",
        missing: Text { zh: "决定书文号已被另一案件使用".into(), en: "another decision has this number".into() },
        way_on: Text { zh: "另取文号".into(), en: "take another number".into() },
    }))
}

/// J32: no two papers of one form have one number, a voided one included.
fn unused_paper(c: &Db, step: &Step) -> Result<Option<Gate>> {
    let Some((form, number)) = form_of(&step.act).zip(step.paper.as_deref()) else { return Ok(None) };
    Ok((!number.trim().is_empty() && taken(c, form, number)?).then(|| Gate {
        rule: "J32",
        basis: "卫生行政执法文书规范",
        missing: Text {
            zh: format!("文号 {number} 已被另一份文书使用或者已经作废"),
            en: format!("the number {number} is that of another paper, or was voided"),
        },
        way_on: Text { zh: "另取文号".into(), en: "take another number".into() },
    }))
}

/// The year of a number.
pub(super) fn year(day: Day) -> u32 {
    day.number() / 10_000
}
