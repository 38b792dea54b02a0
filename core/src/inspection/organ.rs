//! In whose name an act is done: the organ of an item (J33), and of each officer where several organs inspect together (联合执法, R52).

use super::fold::{Inspection, PaperState};
use super::gate::{self, Gate, gate};
use super::{OfficerRef, Task};
use crate::pack::{EnforcementItem, Pack};
use serde::{Deserialize, Serialize};

/// One of the organs of a joint inspection (R52), with those who act for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamOrgan {
    /// 机关全称.
    pub organ: String,
    /// 执法证号 of its officers.
    pub officers: Vec<String>,
}

/// Why the organs of a joint inspection do not fit its task.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TeamFault {
    /// Less than two organs, one of them twice, or one without a name that is seen.
    #[error("联合执法须有两个以上不同的机关 a joint inspection has at least two different organs")]
    Organs,
    /// The first is not the organ in whose name the task stands.
    #[error("牵头机关应列第一并与任务的执法主体相同 the lead organ stands first and is the task's own")]
    Lead,
    /// An organ without officers, or an officer of none, of two, or who is not assigned.
    #[error(
        "每名执法人员须恰好属于一个机关，每个机关须有执法人员 each officer acts for exactly one organ, each organ has officers"
    )]
    Officers,
    /// A subject's organ takes no part.
    #[error("organs 中的机关没有参加联合执法 an organ of `organs` takes no part in it")]
    Subject,
}

impl Task {
    /// Whether several organs inspect together (R52).
    #[must_use]
    pub fn joint(&self) -> bool {
        !self.team.is_empty()
    }

    /// The organ for which an officer acts.
    #[must_use]
    pub fn organ_of(&self, number: &str) -> Option<&str> {
        if self.joint() {
            let mine = self.team.iter().find(|t| t.officers.iter().any(|n| n == number));
            return mine.map(|t| t.organ.as_str());
        }
        self.officers.iter().any(|o| o.number == number).then_some(self.organ.as_str())
    }

    /// R52: the organs fit the task.
    ///
    /// # Errors
    /// [`TeamFault`].
    pub fn check_team(&self) -> Result<(), TeamFault> {
        if !self.joint() {
            return Ok(());
        }
        let mut organs: Vec<&str> = self.team.iter().map(|t| t.organ.trim()).collect();
        if organs.first() != Some(&self.organ.trim()) {
            return Err(TeamFault::Lead);
        }
        organs.sort_unstable();
        organs.dedup();
        if organs.len() < 2 || organs.len() != self.team.len() || organs.contains(&"") {
            return Err(TeamFault::Organs);
        }
        let mut named: Vec<&String> = self.team.iter().flat_map(|t| &t.officers).collect();
        let mut assigned: Vec<&String> = self.officers.iter().map(|o| &o.number).collect();
        named.sort_unstable();
        assigned.sort_unstable();
        if named != assigned || self.team.iter().any(|t| t.officers.is_empty()) {
            return Err(TeamFault::Officers);
        }
        let takes_part = |organ: &String| self.team.iter().any(|t| t.organ == *organ);
        if self.organs.values().all(takes_part) { Ok(()) } else { Err(TeamFault::Subject) }
    }
}

/// Id of the subject that acts: the item's, else that of the task's first checklist (§0.3).
pub(crate) fn subject<'a>(task: &Task, pack: &'a Pack, item: Option<&'a EnforcementItem>) -> Option<&'a str> {
    item.map(|i| i.subject.as_str()).or_else(|| own_subject(task, pack))
}

/// The subject that the task's own organ is.
pub(crate) fn own_subject<'a>(task: &Task, pack: &'a Pack) -> Option<&'a str> {
    let list = task.checklists.iter().find_map(|id| pack.checklist(id))?;
    list.items.first().map(|item| item.subject.as_str())
}

/// The organ in whose name a paper speaks; none where the item belongs to a subject that the task does not name (J33).
#[must_use]
pub fn organ(task: &Task, pack: &Pack, item: Option<&EnforcementItem>) -> Option<String> {
    let subject = subject(task, pack, item);
    let named = subject.and_then(|s| task.organs.get(s)).cloned();
    named.or_else(|| (subject == own_subject(task, pack)).then(|| task.organ.clone()))
}

/// The one organ whose act a paper is, where several inspect together: that of its item or measure. None for what all do together.
#[must_use]
pub fn one_organ(i: &Inspection, pack: &Pack, about: Option<&str>) -> Option<String> {
    let (task, about) = (i.task.as_ref().filter(|t| t.joint())?, about?);
    if let Some(item) = pack.enforcement_item(about) {
        return organ(task, pack, Some(item));
    }
    let measure = i.measures.iter().find(|m| m.id == about)?;
    organ(task, pack, measure.item.as_ref().and_then(|id| pack.enforcement_item(id)))
}

/// Whether an officer's signature counts on a paper (R52).
#[must_use]
pub fn counts(i: &Inspection, pack: &Pack, paper: &PaperState, number: &str) -> bool {
    let one = one_organ(i, pack, paper.about.as_deref());
    one.is_none_or(|organ| i.task.as_ref().is_some_and(|t| t.organ_of(number) == Some(organ.as_str())))
}

/// The officers who are there and act for that organ; for none, all who are there.
#[must_use]
pub fn present_for<'a>(i: &'a Inspection, organ: Option<&str>) -> Vec<&'a OfficerRef> {
    let mut here = i.present();
    here.retain(|o| organ.is_none() || i.task.as_ref().is_some_and(|t| t.organ_of(&o.number) == organ));
    here
}

/// R52, J18: where several organs inspect together, a measure or penalty is the act of one, which is there with enough officers of its own.
#[must_use]
pub fn acts(i: &Inspection, pack: &Pack, item: Option<&EnforcementItem>) -> Vec<Gate> {
    let Some(task) = i.task.as_ref().filter(|t| t.joint()) else { return Vec::new() };
    let Some(organ) = organ(task, pack, item) else { return gate::named(false) };
    if present_for(i, Some(&organ)).len() >= pack.gates.minimum_officers.value as usize {
        return Vec::new();
    }
    vec![gate(
        "R52",
        "行政处罚法 17、42；行政强制法 17",
        [
            &format!("该事项由{organ}处理，其在场执法人员不足两人"),
            &format!("the item is {organ}'s, of which fewer than two officers are present"),
        ],
        [
            "由有权机关的两名执法人员实施；其他机关的人员不能代替，可以移送线索",
            "two officers of the organ that has the power act; those of another do not stand in for them, but may pass the lead on",
        ],
    )]
}

/// R52: who acts for another organ does not sign a paper that is one organ's act.
#[must_use]
pub fn signs(i: &Inspection, pack: &Pack, paper: &PaperState, number: &str) -> Vec<Gate> {
    if counts(i, pack, paper, number) {
        return Vec::new();
    }
    vec![gate(
        "R52",
        "行政处罚法 17",
        ["该文书以另一机关名义作出", "the paper is made in the name of another organ"],
        ["由该机关的执法人员签名", "officers of that organ sign it"],
    )]
}

/// R52: the organs of the task fit it, before anything begins.
#[must_use]
pub fn team(task: &Task) -> Vec<Gate> {
    let Err(fault) = task.check_team() else { return Vec::new() };
    let words = fault.to_string();
    vec![gate(
        "R52",
        "行政处罚法 17、42",
        [&format!("联合执法名单有误：{words}"), &format!("the organs of the joint inspection do not fit: {words}")],
        ["请科室更正任务后重新下发", "have the office correct the task and send it anew"],
    )]
}
