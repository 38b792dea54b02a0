//! Amounts from which something more is due: 较大数额 for hearing, review and collective discussion (处罚法 57、58、63), and the most that may be
//! imposed or collected on the spot (51、68).

use super::row::Row;
use super::rules::{Check, FaultKind};
use super::{Basis, Pack, Text};
use serde::{Deserialize, Serialize};

/// One amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Row id.
    pub id: String,
    /// What it decides.
    pub purpose: Purpose,
    /// Of whom.
    pub person: Person,
    /// Of what.
    pub of: Of,
    /// In words.
    pub title: Text,
    /// The amount in yuan: from it on something is due (hearing, review, collective), or up to it something is allowed (on_spot, cash).
    pub yuan: u64,
    /// Law it rests on.
    pub basis: Vec<Basis>,
    /// A province's own amount goes here.
    #[serde(default)]
    pub illustrative: bool,
}

/// What an amount decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// 听证: from this amount (63).
    Hearing,
    /// 法制审核: from this amount (58).
    Review,
    /// 集体讨论: from this amount (57).
    Collective,
    /// 当场处罚: up to this amount (51).
    OnSpot,
    /// 当场收缴: up to this amount (68).
    Cash,
}

/// Who is punished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Person {
    /// 公民.
    Citizen,
    /// 法人或者其他组织.
    Organisation,
}

/// Of what an amount is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// 罚款.
    Fine,
    /// 没收违法所得、非法财物.
    Confiscation,
}

impl Purpose {
    /// An amount from which on something is due, rather than up to which it is allowed.
    #[must_use]
    pub fn is_floor(self) -> bool {
        matches!(self, Self::Hearing | Self::Review | Self::Collective)
    }
}

impl Threshold {
    /// Whether `fen` reaches an amount that makes something due, or exceeds one that is allowed.
    #[must_use]
    pub fn reached(&self, fen: u64) -> bool {
        let limit = self.yuan.saturating_mul(100);
        if self.purpose.is_floor() { fen >= limit } else { fen > limit }
    }

    pub(super) fn row(&self) -> Row<'_> {
        Row {
            table: ("数额标准", "Thresholds"),
            id: &self.id,
            texts: vec![&self.title],
            basis: Some(self.basis.iter().collect()),
            illustrative: self.illustrative,
        }
    }
}

impl Pack {
    /// The amount for a purpose, a kind of person and what it is of.
    #[must_use]
    pub fn threshold(&self, purpose: Purpose, person: Person, of: Of) -> Option<&Threshold> {
        self.thresholds.iter().find(|row| row.purpose == purpose && row.person == person && row.of == of)
    }
}

impl Check<'_> {
    pub(super) fn thresholds(&mut self) {
        let pack = self.pack;
        for (no, row) in pack.thresholds.iter().enumerate() {
            let same = |other: &&Threshold| (other.purpose, other.person, other.of) == (row.purpose, row.person, row.of);
            if pack.thresholds.iter().take(no).any(|other| same(&other)) || row.yuan > 10_000_000_000 {
                self.fault(&row.id, FaultKind::Threshold);
            }
        }
    }
}
