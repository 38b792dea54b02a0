//! 公示 of a decision (处罚法 48; 国办发〔2018〕118号 六; R31, R37–R39, J25): a masked draft, a reviewer who did not draft it, publication, objection,
//! correction, withdrawal. Only appended steps; what a publication is follows from them by a fold.

mod gates;
mod mask;
#[cfg(test)]
mod tests;

pub use gates::{grounds, may};
pub use mask::{mask, of_person};

use crate::calendar::Day;
use crate::pack::{Ground, Mask};
use crate::procedure::Actor;
use serde::{Deserialize, Serialize};

/// What everybody may read of a decision.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// 决定书文号.
    pub number: String,
    /// 名称; of a person only the family name.
    pub party: String,
    /// 统一社会信用代码; never of a person.
    pub code: Option<String>,
    /// 违法事实.
    pub facts: String,
    /// 处罚依据.
    pub basis: String,
    /// 处罚内容.
    pub content: String,
    /// 决定日期.
    pub decided: Option<Day>,
    /// 作出决定的机关.
    pub organ: String,
}

impl Draft {
    /// Its texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        [&self.number, &self.party, &self.facts, &self.basis, &self.content, &self.organ].into_iter().map(String::as_str)
    }
}

/// What came of looking into an objection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 信息有误，应当更正.
    Correct,
    /// 应当撤回.
    Withdraw,
    /// 信息无误.
    Stands,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// 起草, or a corrected text.
    Drafted {
        /// The text.
        draft: Draft,
    },
    /// 审核.
    Reviewed {
        /// 同意公示.
        agreed: bool,
        /// Personal data that the reviewer looked for and found masked.
        checked: Vec<Mask>,
    },
    /// 发布.
    Published,
    /// 不予公示.
    Withheld {
        /// Why.
        ground: Ground,
    },
    /// 异议: somebody holds that what is published is wrong (R38).
    Objected {
        /// Who.
        #[serde(rename = "objector")]
        by: String,
        /// What is wrong.
        content: String,
    },
    /// 核查.
    Checked {
        /// What came of it.
        outcome: Outcome,
    },
    /// 处罚决定被变更、撤销、确认违法或者无效 (处罚法 48:2): the publication is to be withdrawn.
    Overturned,
    /// 撤回公示; the reason of the step is public.
    Withdrawn,
}

/// The kinds of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Node {
    /// 起草.
    Drafted,
    /// 审核.
    Reviewed,
    /// 发布.
    Published,
    /// 不予公示.
    Withheld,
    /// 异议.
    Objected,
    /// 核查.
    Checked,
    /// 决定被变更或者撤销.
    Overturned,
    /// 撤回.
    Withdrawn,
}

impl Node {
    /// All, in their order.
    pub const ALL: [Self; 8] = [
        Self::Drafted,
        Self::Reviewed,
        Self::Published,
        Self::Withheld,
        Self::Objected,
        Self::Checked,
        Self::Overturned,
        Self::Withdrawn,
    ];
}

impl Act {
    /// Its kind.
    #[must_use]
    pub fn node(&self) -> Node {
        match self {
            Self::Drafted { .. } => Node::Drafted,
            Self::Reviewed { .. } => Node::Reviewed,
            Self::Published => Node::Published,
            Self::Withheld { .. } => Node::Withheld,
            Self::Objected { .. } => Node::Objected,
            Self::Checked { .. } => Node::Checked,
            Self::Overturned => Node::Overturned,
            Self::Withdrawn => Node::Withdrawn,
        }
    }
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What is done.
    #[serde(flatten)]
    pub act: Act,
    /// When.
    pub day: Day,
    /// Who.
    pub by: Actor,
    /// Why; of a withdrawal everybody reads it.
    pub reason: String,
}

/// An objection, or an overturned decision, that waits for its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// From when the term runs.
    pub since: Day,
    /// Looked into: what is to be done.
    pub outcome: Option<Outcome>,
}

/// A publication.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Publication {
    /// The newest text and who wrote it.
    pub draft: Option<(Draft, Actor)>,
    /// The newest review of that text.
    pub agreed: Option<bool>,
    /// What everybody reads, and since when.
    pub published: Option<(Draft, Day)>,
    /// The first time that it was published.
    pub first: Option<Day>,
    /// 不予公示.
    pub withheld: Option<(Ground, Day)>,
    /// What waits to be mended.
    pub ticket: Option<Ticket>,
    /// Since when and why it is withdrawn.
    pub withdrawn: Option<(Day, String)>,
    /// Day of the newest step.
    pub last: Option<Day>,
}

impl Publication {
    /// Folds the steps.
    #[must_use]
    pub fn fold<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Self {
        steps.into_iter().fold(Self::default(), Self::then)
    }

    fn then(mut self, step: &Step) -> Self {
        let day = step.day;
        self.last = Some(day);
        match &step.act {
            Act::Drafted { draft } => (self.draft, self.agreed) = (Some((draft.clone(), step.by.clone())), None),
            Act::Reviewed { agreed, .. } => self.agreed = Some(*agreed),
            Act::Published => {
                self.published = self.draft.as_ref().map(|(draft, _)| (draft.clone(), day));
                self.first = self.first.or(Some(day));
                self.agreed = None;
                self.ticket = None;
            }
            Act::Withheld { ground } => self.withheld = Some((*ground, day)),
            Act::Objected { .. } => self.ticket = Some(Ticket { since: day, outcome: None }),
            Act::Checked { outcome: Outcome::Stands } => self.ticket = None,
            Act::Checked { outcome } => {
                self.ticket.iter_mut().for_each(|t| t.outcome = Some(*outcome));
                // What was reviewed before is not the corrected text.
                self.agreed = None;
            }
            Act::Overturned => self.ticket = Some(Ticket { since: day, outcome: Some(Outcome::Withdraw) }),
            Act::Withdrawn => {
                (self.withdrawn, self.published, self.ticket) = (Some((day, step.reason.clone())), None, None);
            }
        }
        self
    }

    /// Whether nothing more is done about it.
    #[must_use]
    pub fn over(&self) -> bool {
        self.withdrawn.is_some() || (self.withheld.is_some() && self.published.is_none())
    }
}
