//! What is true of a measure, folded from its entries.

use super::{ApprovalWay, Goods, MeasureKind, Outcome, Step, TierApproval};
use crate::inspection::{At, Event, Inspection, PaperState};
use crate::pack::{CoerciveMeasure, PenaltyKind};
use serde::Serialize;

/// An approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Approved {
    /// 批准编号.
    pub number: String,
    /// 批准人.
    pub by: String,
    /// When it was given, ms.
    pub at_ms: i64,
    /// How.
    pub how: ApprovalWay,
    /// When it was recorded.
    pub at: At,
}

/// The party was called to the place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Called {
    /// How.
    pub how: String,
    /// Whether somebody of the party came.
    pub came: bool,
    /// 见证人.
    pub witness: Option<String>,
    /// The witness's unit.
    pub witness_unit: Option<String>,
    /// When.
    pub at: At,
}

/// What the party said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Heard {
    /// Who spoke.
    pub speaker: String,
    /// What was said.
    pub text: String,
    /// Whether it was followed, and why.
    pub opinion: String,
    /// When.
    pub at: At,
}

/// The penalty that was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chosen {
    /// Row of discretion.
    pub row: String,
    /// Its tier.
    pub tier: String,
    /// 警告, 罚款.
    pub penalties: Vec<PenaltyKind>,
    /// The fine in fen.
    pub fen: Option<u64>,
    /// The illegal gains in fen, where the fine is counted by them.
    pub gains: Option<u64>,
    /// The approval to leave the tier.
    pub approval: Option<TierApproval>,
    /// 裁量理由.
    pub reason: String,
    /// When.
    pub at: At,
}

/// It was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// What it was taken against; empty for a penalty.
    pub goods: Vec<Goods>,
    /// 保存、存放、采样地点.
    pub place: String,
    /// When.
    pub at: At,
}

/// Cash that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Collected {
    /// Fen.
    pub fen: u64,
    /// 法定情形.
    pub ground: Option<String>,
    /// 票据号.
    pub receipt: String,
    /// When.
    pub at: At,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settled {
    /// What became of it.
    pub outcome: Outcome,
    /// Why.
    pub reason: String,
    /// When.
    pub at: At,
}

/// A measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeasureState {
    /// Its id, hex.
    pub id: String,
    /// What is done.
    pub what: MeasureKind,
    /// 执法事项: id of the pack's row.
    pub item: Option<String>,
    /// Which measure of compulsion.
    pub coercive: Option<CoerciveMeasure>,
    /// Why.
    pub reason: String,
    /// 情况紧急, and why: acts first, is approved within 24 hours (强制法 19).
    pub emergency: Option<String>,
    /// When it was begun.
    pub begun: At,
    /// 批准.
    pub approved: Option<Approved>,
    /// 通知到场.
    pub called: Option<Called>,
    /// 陈述申辩 before it was taken, in their order; of a penalty, what was said of the one that is chosen (处罚法 44).
    pub heard: Vec<Heard>,
    /// What was said after it was taken.
    pub heard_after: Vec<Heard>,
    /// 拟处罚.
    pub chosen: Option<Chosen>,
    /// 实施.
    pub taken: Option<Taken>,
    /// 当场收缴.
    pub collected: Option<Collected>,
    /// 备案: to whom, when.
    pub filed: Option<(String, At)>,
    /// 处理, 解除.
    pub settled: Option<Settled>,
}

impl MeasureState {
    /// The newest paper of a form about it that is not void.
    #[must_use]
    pub fn paper<'a>(&self, i: &'a Inspection, form: &str) -> Option<&'a PaperState> {
        i.papers.iter().rfind(|p| p.form_id() == form && p.about.as_deref() == Some(&self.id) && p.voided.is_none())
    }

    /// The paper of a step.
    #[must_use]
    pub fn paper_of<'a>(&self, i: &'a Inspection, step: Step) -> Option<&'a PaperState> {
        let (form, _) = self.what.forms().iter().find(|(_, s)| *s == step)?;
        self.paper(i, form)
    }

    /// Since when the notification must have been told: the party was called, the penalty chosen, or the measure begun.
    #[must_use]
    pub fn told_since(&self) -> At {
        self.called.as_ref().map(|c| c.at).or(self.chosen.as_ref().map(|c| c.at)).unwrap_or(self.begun)
    }
}

fn of<'a>(all: &'a mut [MeasureState], id: &str) -> Option<&'a mut MeasureState> {
    all.iter_mut().find(|m| m.id == id)
}

/// Takes an event of a measure; gives back any other.
pub(crate) fn apply(all: &mut Vec<MeasureState>, event: Event, at: At) -> Option<Event> {
    match event {
        Event::MeasureBegun { measure, what, item, coercive, reason, emergency } => {
            if of(all, &measure).is_none() {
                all.push(MeasureState {
                    id: measure,
                    what,
                    item,
                    coercive,
                    reason,
                    emergency,
                    begun: at,
                    approved: None,
                    called: None,
                    heard: Vec::new(),
                    heard_after: Vec::new(),
                    chosen: None,
                    taken: None,
                    collected: None,
                    filed: None,
                    settled: None,
                });
            }
        }
        Event::MeasureApproved { measure, number, by, at_ms, how } => {
            if let Some(m) = of(all, &measure) {
                m.approved.get_or_insert(Approved { number, by, at_ms, how, at });
            }
        }
        Event::PartyCalled { measure, how, came, witness, witness_unit } => {
            // Who comes after it was taken was not there when it was (强制法 18).
            if let Some(m) = of(all, &measure).filter(|m| m.taken.is_none()) {
                m.called = Some(Called { how, came, witness, witness_unit, at });
            }
        }
        Event::DefenceHeard { measure, speaker, text, opinion } => {
            if let Some(m) = of(all, &measure) {
                let heard = if m.taken.is_some() { &mut m.heard_after } else { &mut m.heard };
                heard.push(Heard { speaker, text, opinion, at });
            }
        }
        Event::PenaltyChosen { measure, row, tier, penalties, fen, gains, approval, reason } => {
            if let Some(m) = of(all, &measure).filter(|m| m.taken.is_none()) {
                // What is heard of another penalty was not heard of this one (处罚法 44).
                m.heard.clear();
                m.chosen = Some(Chosen { row, tier, penalties, fen, gains, approval, reason, at });
            }
        }
        Event::MeasureTaken { measure, goods, place } => {
            if let Some(m) = of(all, &measure) {
                m.taken.get_or_insert(Taken { goods, place, at });
            }
        }
        Event::FineCollected { measure, fen, ground, receipt } => {
            if let Some(m) = of(all, &measure) {
                m.collected.get_or_insert(Collected { fen, ground, receipt, at });
            }
        }
        Event::PenaltyFiled { measure, to } => {
            if let Some(m) = of(all, &measure) {
                m.filed.get_or_insert((to, at));
            }
        }
        Event::MeasureSettled { measure, outcome, reason } => {
            if let Some(m) = of(all, &measure) {
                m.settled.get_or_insert(Settled { outcome, reason, at });
            }
        }
        other => return Some(other),
    }
    None
}
