//! 重大执法决定法制审核目录 (R42, R43, 处罚法 58): which decisions may not be made before they were reviewed.

use super::powers::Measure;
use super::row::Row;
use super::rules::{Check, FaultKind};
use super::thresholds::{Of, Person, Purpose};
use super::{Basis, Pack, PenaltyKind, Text};
use serde::{Deserialize, Serialize};

/// One line of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewRow {
    /// Row id.
    pub id: String,
    /// The decision in words.
    pub title: Text,
    /// Any of these makes a review due.
    pub on: Vec<Trigger>,
    /// Law it rests on.
    pub basis: Vec<Basis>,
    /// A department's own catalogue goes here.
    #[serde(default)]
    pub illustrative: bool,
}

/// What makes a review due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// 不予许可.
    PermitRefused,
    /// 变更许可.
    PermitChanged,
    /// 撤回许可.
    PermitWithdrawn,
    /// 撤销许可.
    PermitRevoked,
    /// 经听证的许可.
    PermitHeard,
    /// 责令停产停业.
    Suspension,
    /// 吊销许可证件.
    Revocation,
    /// 较大数额罚款, see the thresholds for `review`.
    LargeFine,
    /// 没收较大价值财物.
    LargeConfiscation,
    /// 经过听证的处罚 (58).
    Heard,
    /// 案情疑难复杂、涉及多个法律关系 (58).
    Complex,
    /// 涉及重大公共利益 (58).
    PublicInterest,
    /// 查封.
    Seal,
    /// 扣押.
    Seize,
    /// 冻结.
    Freeze,
    /// 强制执行, except 代履行 and 加处罚款.
    Enforcement,
}

/// What is about to be decided, as far as the catalogue asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// What is imposed.
    pub kinds: Vec<PenaltyKind>,
    /// On whom; amounts are judged by it, by the lower threshold where it is not known.
    pub person: Option<Person>,
    /// The fine in fen.
    pub fine: Option<u64>,
    /// What is confiscated, in fen.
    pub confiscated: Option<u64>,
    /// A measure that is taken.
    pub measure: Option<Measure>,
    /// What else holds of it (permits, 听证, 疑难复杂 …).
    pub marks: Vec<Trigger>,
}

impl Trigger {
    fn met(self, decision: &Decision, pack: &Pack) -> bool {
        let large = |of: Of, amount: Option<u64>| {
            let mut rows = pack.thresholds.iter().filter(|row| row.purpose == Purpose::Review && row.of == of);
            amount.is_some_and(|fen| rows.any(|row| decision.person.is_none_or(|p| p == row.person) && row.reached(fen)))
        };
        decision.marks.contains(&self)
            || match self {
                Self::Suspension => decision.kinds.contains(&PenaltyKind::BusinessSuspended),
                Self::Revocation => decision.kinds.contains(&PenaltyKind::LicenceRevoked),
                Self::LargeFine => large(Of::Fine, decision.fine),
                Self::LargeConfiscation => large(Of::Confiscation, decision.confiscated),
                Self::Seal => matches!(decision.measure, Some(Measure::Seal | Measure::Close)),
                Self::Seize => matches!(decision.measure, Some(Measure::Seize | Measure::SealGoods)),
                _ => false,
            }
    }
}

impl ReviewRow {
    pub(super) fn row(&self) -> Row<'_> {
        Row {
            table: ("法制审核目录", "Legal review"),
            id: &self.id,
            texts: vec![&self.title],
            basis: Some(self.basis.iter().collect()),
            illustrative: self.illustrative,
        }
    }
}

impl Pack {
    /// The lines of the catalogue that a decision meets; with one of them it may not be made before the review (R42).
    #[must_use]
    pub fn review_of(&self, decision: &Decision) -> Vec<&ReviewRow> {
        self.review.iter().filter(|row| row.on.iter().any(|trigger| trigger.met(decision, self))).collect()
    }
}

impl Check<'_> {
    pub(super) fn review(&mut self) {
        let pack = self.pack;
        for row in &pack.review {
            let amount = |of: Of| pack.thresholds.iter().any(|t| t.purpose == Purpose::Review && t.of == of);
            let unmeasured = row.on.iter().any(|trigger| match trigger {
                Trigger::LargeFine => !amount(Of::Fine),
                Trigger::LargeConfiscation => !amount(Of::Confiscation),
                _ => false,
            });
            if row.on.is_empty() || unmeasured {
                self.fault(&row.id, FaultKind::Threshold);
            }
        }
    }
}
