//! 执法事项 (R33): what is inspected, punished or compelled, by which subject, on which law, and within which statutory range (J14, J18).

use super::row::Row;
use super::rules::{Check, FaultKind};
use super::{Basis, PenaltyKind, Text};
use serde::{Deserialize, Serialize};

/// One item of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnforcementItem {
    /// Row id.
    pub id: String,
    /// Id of the subject that acts.
    pub subject: String,
    /// Title; of a penalty, the unlawful act.
    pub title: Text,
    /// What is done.
    pub kind: ItemKind,
    /// The duty that is inspected or was broken.
    #[serde(default)]
    pub duty: Vec<Basis>,
    /// 罚则, or the power to compel.
    #[serde(default)]
    pub penalty: Vec<Basis>,
    /// The statute's own ranges, lightest first.
    #[serde(default)]
    pub statutory: Vec<Band>,
    /// Not verified against the text in force.
    #[serde(default)]
    pub illustrative: bool,
}

/// Kinds of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// 行政检查.
    Inspection,
    /// 行政处罚.
    Penalty,
    /// 行政强制.
    Coercion,
}

/// One of the statute's ranges: under which condition, what it allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Row id.
    pub id: String,
    /// The statute's condition.
    pub when: Text,
    /// What may be imposed beside the order to correct, which is always due (处罚法 28); none where that is all.
    #[serde(default)]
    pub kinds: Vec<PenaltyKind>,
    /// The fine; absent where none may be imposed.
    #[serde(default)]
    pub fine: Option<Fine>,
}

/// How much a fine may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fine {
    /// Yuan, both inclusive.
    Yuan {
        /// Least; 0 where the fine may be left out.
        min: u64,
        /// Most.
        max: u64,
    },
    /// Times the illegal gains (违法所得), both inclusive.
    Gains {
        /// Least.
        min: u64,
        /// Most.
        max: u64,
        /// Gains below so many yuan count as that much.
        floor: u64,
    },
}

/// Amounts in fen, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// Least.
    pub min: u64,
    /// Most.
    pub max: u64,
}

impl Range {
    /// Whether an amount lies in it.
    #[must_use]
    pub fn holds(&self, fen: u64) -> bool {
        self.min <= fen && fen <= self.max
    }
}

/// Fen of a yuan.
const YUAN: u64 = 100;

impl Fine {
    /// The amounts in fen; times of gains need the gains (in fen).
    #[must_use]
    pub fn range(&self, gains: Option<u64>) -> Option<Range> {
        match *self {
            Self::Yuan { min, max } => Some(Range { min: min.saturating_mul(YUAN), max: max.saturating_mul(YUAN) }),
            Self::Gains { min, max, floor } => {
                let base = gains?.max(floor.saturating_mul(YUAN));
                Some(Range { min: base.saturating_mul(min), max: base.saturating_mul(max) })
            }
        }
    }

    fn sound(&self) -> bool {
        match *self {
            // Amounts stay exact in every reader's numbers (2⁵³).
            Self::Yuan { min, max } => min <= max && (1..=10_000_000_000).contains(&max),
            Self::Gains { min, max, floor } => min <= max && (1..=1000).contains(&max) && floor <= 10_000_000,
        }
    }

    /// Whether every amount of `self` is one of `band`.
    #[must_use]
    pub fn within(&self, band: &Self) -> bool {
        match (*self, *band) {
            (Self::Yuan { min, max }, Self::Yuan { min: least, max: most }) => least <= min && max <= most,
            (Self::Gains { min, max, floor }, Self::Gains { min: least, max: most, floor: same }) => {
                least <= min && max <= most && floor == same
            }
            _ => false,
        }
    }
}

impl EnforcementItem {
    /// One of its statutory ranges.
    #[must_use]
    pub fn band(&self, id: &str) -> Option<&Band> {
        self.statutory.iter().find(|band| band.id == id)
    }

    pub(super) fn rows(&self) -> Vec<Row<'_>> {
        let mut rows = vec![Row {
            table: ("执法事项", "Enforcement items"),
            id: &self.id,
            texts: vec![&self.title],
            basis: Some(self.duty.iter().chain(&self.penalty).collect()),
            illustrative: self.illustrative,
        }];
        rows.extend(self.statutory.iter().map(|band| Row {
            table: ("执法事项", "Enforcement items"),
            id: &band.id,
            texts: vec![&band.when],
            basis: None,
            illustrative: self.illustrative,
        }));
        rows
    }
}

/// What kinds and fine say of each other, in the statute and in a tier.
pub(super) fn kinds_and_fine(check: &mut Check<'_>, row: &str, kinds: &[PenaltyKind], fine: Option<&Fine>) {
    let mut distinct = kinds.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let agree = kinds.contains(&PenaltyKind::Fine) == fine.is_some();
    if distinct.len() != kinds.len() || !agree || fine.is_some_and(|f| !f.sound()) {
        check.fault(row, FaultKind::Penalty);
    }
}

impl Check<'_> {
    pub(super) fn items(&mut self) {
        let pack = self.pack;
        for row in &pack.items {
            if !pack.subjects.iter().any(|s| s.id == row.subject) {
                self.fault(&row.id, FaultKind::UnknownSubject(row.subject.clone()));
            }
            self.ranked(&row.id, &row.duty, |kind| kind.may_oblige());
            self.ranked(&row.id, &row.penalty, |kind| kind.may_punish());
            let bare = match row.kind {
                ItemKind::Inspection => row.duty.is_empty() || !row.statutory.is_empty(),
                ItemKind::Penalty => row.duty.is_empty() || row.penalty.is_empty() || row.statutory.is_empty(),
                ItemKind::Coercion => row.penalty.is_empty() || !row.statutory.is_empty(),
            };
            if bare {
                self.fault(&row.id, FaultKind::ItemIncomplete);
            }
            for band in &row.statutory {
                kinds_and_fine(self, &band.id, &band.kinds, band.fine.as_ref());
            }
        }
    }
}
