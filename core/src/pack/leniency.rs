//! 三张清单 (R47, 处罚法 32、33): 不予处罚、从轻处罚、减轻处罚, and what must be proven before one applies (J16). Read from `leniency.csv`.

use super::author::Author;
use super::row::Row;
use super::rules::{Check, FaultKind};
use super::{Basis, Text};
use serde::{Deserialize, Serialize};

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeniencyRow {
    /// Row id.
    pub id: String,
    /// Which list.
    pub list: LeniencyList,
    /// The act.
    pub act: Text,
    /// Id of an item or of a discretion row; absent where the pack has none for the act.
    pub row: Option<String>,
    /// When it applies, in words.
    pub condition: Text,
    /// What must be proven.
    pub needs: Vec<Need>,
    /// Where it does not apply.
    pub excluded: Vec<Exclusion>,
    /// Law it rests on, and who set the line.
    pub basis: Vec<Basis>,
    /// A department's own list goes here.
    pub illustrative: bool,
}

/// The three lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeniencyList {
    /// 不予处罚.
    NoPenalty,
    /// 从轻处罚: inside the statutory range.
    Lighter,
    /// 减轻处罚: below it.
    Mitigated,
}

impl LeniencyList {
    /// All.
    pub const ALL: [Self; 3] = [Self::NoPenalty, Self::Lighter, Self::Mitigated];

    /// The word as a pack writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NoPenalty => "no_penalty",
            Self::Lighter => "lighter",
            Self::Mitigated => "mitigated",
        }
    }

    /// The word on papers, Chinese and English.
    #[must_use]
    pub fn word(self) -> (&'static str, &'static str) {
        match self {
            Self::NoPenalty => ("不予处罚", "no penalty"),
            Self::Lighter => ("从轻处罚", "lighter penalty"),
            Self::Mitigated => ("减轻处罚", "mitigated penalty"),
        }
    }
}

/// What must be proven (J16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// 初次违法: the history of the person or enterprise.
    FirstOffence,
    /// 及时改正: evidence of the correction.
    Corrected,
    /// 没有造成危害后果.
    NoHarm,
    /// 教育记录 (处罚法 33).
    Education,
}

impl Need {
    /// All.
    pub const ALL: [Self; 4] = [Self::FirstOffence, Self::Corrected, Self::NoHarm, Self::Education];

    /// The word as a pack writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstOffence => "first_offence",
            Self::Corrected => "corrected",
            Self::NoHarm => "no_harm",
            Self::Education => "education",
        }
    }
}

/// Where a line does not apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// 双随机案件.
    RandomDraw,
}

impl LeniencyRow {
    pub(super) fn row(&self) -> Row<'_> {
        Row {
            table: ("三张清单", "Three lists"),
            id: &self.id,
            texts: vec![&self.act, &self.condition],
            basis: Some(self.basis.iter().collect()),
            illustrative: self.illustrative,
        }
    }
}

impl Check<'_> {
    pub(super) fn leniency(&mut self) {
        let pack = self.pack;
        for row in &pack.leniency {
            if let Some(named) = &row.row
                && !pack.items.iter().any(|item| item.id == *named)
                && !pack.discretion.iter().any(|known| known.id == *named)
            {
                self.fault(&row.id, FaultKind::UnknownRow(named.clone()));
            }
            // 处罚法 33: who is not punished is educated.
            let educated = row.list != LeniencyList::NoPenalty || row.needs.contains(&Need::Education);
            if row.needs.is_empty() || !educated {
                self.fault(&row.id, FaultKind::Needs);
            }
        }
    }
}

const COLUMNS: [&str; 11] =
    ["id", "list", "act_zh", "act_en", "row", "condition_zh", "condition_en", "needs", "excluded", "basis", "illustrative"];

impl Author {
    /// `leniency.csv`, one line a row.
    pub(super) fn leniency(&mut self) -> Vec<LeniencyRow> {
        const FILE: &str = "leniency.csv";
        let Some(text) = self.optional(FILE) else { return Vec::new() };
        let mut rows = Vec::new();
        for cells in self.table(FILE, &text, &COLUMNS) {
            let (id, line) = (cells.cell("id"), cells.line);
            self.written(id, FILE, line);
            let list = LeniencyList::ALL.into_iter().find(|l| l.name() == cells.cell("list")).unwrap_or_else(|| {
                self.bad(FILE, line, "list", "no_penalty | lighter | mitigated");
                LeniencyList::Lighter
            });
            let mut needs = Vec::new();
            for word in cells.list("needs") {
                match Need::ALL.into_iter().find(|need| need.name() == word) {
                    Some(need) => needs.push(need),
                    None => self.bad(FILE, line, "needs", "first_offence; corrected; no_harm; education"),
                }
            }
            let mut excluded = Vec::new();
            for word in cells.list("excluded") {
                match word {
                    "random_draw" => excluded.push(Exclusion::RandomDraw),
                    _ => self.bad(FILE, line, "excluded", "random_draw"),
                }
            }
            let named = cells.cell("row");
            rows.push(LeniencyRow {
                id: id.to_owned(),
                list,
                act: cells.text("act"),
                row: (!named.is_empty()).then(|| named.to_owned()),
                condition: cells.text("condition"),
                needs,
                excluded,
                basis: self.cell_basis(id, FILE, &cells, "basis"),
                illustrative: self.yes(FILE, &cells, "illustrative"),
            });
        }
        rows
    }
}
