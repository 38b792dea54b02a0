//! 强制措施 (J18, 强制法 9、10、17): which measure the law gives for which item. A measure that no row gives may not be taken.

use super::items::ItemKind;
use super::row::Row;
use super::rules::{Check, FaultKind};
use super::{Basis, Pack, Text};
use serde::{Deserialize, Serialize};

/// A power to take a measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Power {
    /// Row id.
    pub id: String,
    /// The measure.
    pub measure: Measure,
    /// What it may be taken against, and when.
    pub title: Text,
    /// Id of the subject that has it.
    pub subject: String,
    /// Ids of the items (of kind penalty or coercion) for which it exists.
    pub items: Vec<String>,
    /// The law that gives it.
    pub basis: Vec<Basis>,
    /// Not verified against the text in force.
    #[serde(default)]
    pub illustrative: bool,
}

/// A measure of compulsion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// 查封场所、设施.
    Seal,
    /// 扣押、暂扣.
    Seize,
    /// 封闭场所、水源.
    Close,
    /// 封存物品.
    SealGoods,
    /// 暂停销售.
    SuspendSale,
}

impl Measure {
    /// The word on papers, Chinese and English.
    #[must_use]
    pub fn word(self) -> (&'static str, &'static str) {
        match self {
            Self::Seal => ("查封", "sealing of premises"),
            Self::Seize => ("扣押", "seizure"),
            Self::Close => ("封闭场所", "closing of premises"),
            Self::SealGoods => ("封存物品", "sealing of goods"),
            Self::SuspendSale => ("暂停销售", "suspension of sale"),
        }
    }
}

impl Power {
    pub(super) fn row(&self) -> Row<'_> {
        Row {
            table: ("强制措施", "Measures of compulsion"),
            id: &self.id,
            texts: vec![&self.title],
            basis: Some(self.basis.iter().collect()),
            illustrative: self.illustrative,
        }
    }
}

impl Pack {
    /// The power to take a measure for an item.
    #[must_use]
    pub fn power(&self, measure: Measure, item: &str) -> Option<&Power> {
        self.powers.iter().find(|row| row.measure == measure && row.items.iter().any(|id| id == item))
    }
}

impl Check<'_> {
    pub(super) fn powers(&mut self) {
        let pack = self.pack;
        for row in &pack.powers {
            self.ranked(&row.id, &row.basis, |kind| kind.may_punish());
            if !pack.subjects.iter().any(|s| s.id == row.subject) {
                self.fault(&row.id, FaultKind::UnknownSubject(row.subject.clone()));
            }
            if row.items.is_empty() {
                self.fault(&row.id, FaultKind::UnknownItem(String::new()));
            }
            for id in &row.items {
                let known = pack.items.iter().find(|item| item.id == *id);
                if known.is_none_or(|item| item.kind == ItemKind::Inspection || item.subject != row.subject) {
                    self.fault(&row.id, FaultKind::UnknownItem(id.clone()));
                }
            }
        }
    }
}
