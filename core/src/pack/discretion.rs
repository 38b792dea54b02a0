//! 裁量基准 (R46, 国办发〔2022〕27号 六): act, clause, tiers with their conditions, and what each imposes. Read from `discretion.csv`, one tier a line.

use super::author::Author;
use super::items::{Fine, kinds_and_fine};
use super::row::Row;
use super::rules::{Check, FaultKind};
use super::{Basis, PenaltyKind, Text};
use serde::de::IntoDeserializer;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One act and its tiers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscretionRow {
    /// Row id.
    pub id: String,
    /// The item whose statutory ranges hold.
    pub item: String,
    /// 违法行为.
    pub act: Text,
    /// 法定依据: the clause that punishes.
    pub basis: Vec<Basis>,
    /// The row of the older law whose act this one takes over (处罚法 37).
    pub replaces: Option<String>,
    /// Rows of other laws that punish the same act: only the higher governs (处罚法 29, J15).
    pub concurs: Vec<String>,
    /// 裁量阶次, lightest first.
    pub tiers: Vec<Tier>,
}

/// One 裁量阶次.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Row id.
    pub id: String,
    /// Which statutory range it is in.
    pub band: String,
    /// How grave.
    pub degree: Degree,
    /// 适用条件 in words.
    pub condition: Text,
    /// The condition by facts: one of these, of which all hold. Empty where the words alone say it.
    pub facts: Vec<Vec<Test>>,
    /// What it imposes beside the order to correct.
    pub kinds: Vec<PenaltyKind>,
    /// 具体标准 of the fine.
    pub fine: Option<Fine>,
    /// Who set the tier.
    pub basis: Vec<Basis>,
    /// A province's own tier goes here.
    pub illustrative: bool,
}

/// How grave an act is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Degree {
    /// 轻微.
    Slight,
    /// 较轻.
    Lighter,
    /// 一般.
    Ordinary,
    /// 较重.
    Heavier,
    /// 严重.
    Grave,
}

impl Degree {
    /// All, lightest first.
    pub const ALL: [Self; 5] = [Self::Slight, Self::Lighter, Self::Ordinary, Self::Heavier, Self::Grave];

    /// The word on papers, Chinese and English.
    #[must_use]
    pub fn word(self) -> (&'static str, &'static str) {
        match self {
            Self::Slight => ("轻微", "slight"),
            Self::Lighter => ("较轻", "lighter"),
            Self::Ordinary => ("一般", "ordinary"),
            Self::Heavier => ("较重", "heavier"),
            Self::Grave => ("严重", "grave"),
        }
    }
}

/// A fact that discretion asks: a number, or yes (1) and no (0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Whole months that the act lasted.
    Months,
    /// Earlier penalties of this person or enterprise for the same kind of act.
    Prior,
    /// Persons concerned.
    Persons,
    /// Cases, places or requirements concerned.
    Count,
    /// Corrected in time.
    Corrected,
    /// First offence.
    First,
    /// Harm, spread or an accident followed.
    Harm,
    /// Supervision was refused.
    Refused,
    /// The deadline of an order to correct ran out.
    Late,
    /// By a forged, altered or bought licence.
    Forged,
    /// Concealed or falsely reported.
    Concealed,
    /// 违法所得, in fen.
    Gains,
}

impl Fact {
    /// All in the order asked.
    pub const ALL: [Self; 12] = [
        Self::Months,
        Self::Prior,
        Self::First,
        Self::Persons,
        Self::Count,
        Self::Late,
        Self::Corrected,
        Self::Refused,
        Self::Harm,
        Self::Forged,
        Self::Concealed,
        Self::Gains,
    ];

    /// The word as a pack writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Months => "months",
            Self::Prior => "prior",
            Self::Persons => "persons",
            Self::Count => "count",
            Self::Corrected => "corrected",
            Self::First => "first",
            Self::Harm => "harm",
            Self::Refused => "refused",
            Self::Late => "late",
            Self::Forged => "forged",
            Self::Concealed => "concealed",
            Self::Gains => "gains",
        }
    }

    /// Whether it is answered by yes or no.
    #[must_use]
    pub fn is_question(self) -> bool {
        !matches!(self, Self::Months | Self::Prior | Self::Persons | Self::Count | Self::Gains)
    }

    /// The question, Chinese and English.
    #[must_use]
    pub fn question(self) -> (&'static str, &'static str) {
        match self {
            Self::Months => ("违法行为持续了几个整月？", "How many whole months did the act last?"),
            Self::Prior => ("此前因同类违法受过几次处罚？", "How many earlier penalties for the same kind of act?"),
            Self::Persons => ("涉及几人？", "How many persons are concerned?"),
            Self::Count => ("涉及几例（处、项）？", "How many cases, places or requirements are concerned?"),
            Self::Corrected => ("是否及时改正？", "Was it corrected in time?"),
            Self::First => ("是否初次违法？", "Is it the first offence?"),
            Self::Harm => ("是否造成危害后果？", "Did harm follow?"),
            Self::Refused => ("是否拒绝监督？", "Was supervision refused?"),
            Self::Late => ("责令改正的期限是否已过仍未改正？", "Did the deadline for correction run out?"),
            Self::Forged => ("是否使用涂改、伪造、转让的许可证？", "Was a forged, altered or transferred licence used?"),
            Self::Concealed => ("是否瞒报、谎报？", "Was it concealed or falsely reported?"),
            Self::Gains => ("违法所得是多少？", "How much are the illegal gains?"),
        }
    }
}

/// A fact lies between two numbers, both inclusive; no is 0, yes is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// The fact.
    pub fact: Fact,
    /// Least.
    pub min: u64,
    /// Most; without bound where absent.
    pub max: Option<u64>,
}

impl Test {
    /// Whether a value passes.
    #[must_use]
    pub fn passes(&self, value: u64) -> bool {
        self.min <= value && self.max.is_none_or(|max| value <= max)
    }

    fn meets(&self, other: &Self) -> bool {
        let below = |max: Option<u64>, min: u64| max.is_none_or(|max| min <= max);
        below(self.max, other.min) && below(other.max, self.min)
    }

    fn read(written: &str) -> Option<Self> {
        let (name, range) = written.trim().split_once(char::is_whitespace)?;
        let fact = *Fact::ALL.iter().find(|fact| fact.name() == name)?;
        let (min, max) = match (range.trim(), fact.is_question()) {
            ("yes", true) => (1, Some(1)),
            ("no", true) => (0, Some(0)),
            (_, true) => return None,
            (range, false) => match range.split_once('-') {
                None => (range.parse().ok()?, Some(range.parse().ok()?)),
                Some((min, "")) => (min.parse().ok()?, None),
                Some((min, max)) => (min.parse().ok()?, Some(max.parse().ok()?)),
            },
        };
        max.is_none_or(|max| min <= max).then_some(Self { fact, min, max })
    }
}

impl Tier {
    /// Facts can be found under which both tiers apply.
    fn overlaps(&self, other: &Self) -> bool {
        if self.facts.is_empty() || other.facts.is_empty() {
            return true;
        }
        let together = |a: &Vec<Test>, b: &Vec<Test>| {
            a.iter().all(|one| b.iter().filter(|two| two.fact == one.fact).all(|two| one.meets(two)))
        };
        self.facts.iter().any(|a| other.facts.iter().any(|b| together(a, b)))
    }

    /// The facts that it asks.
    #[must_use]
    pub fn asks(&self) -> BTreeSet<Fact> {
        let gains = matches!(self.fine, Some(Fine::Gains { .. })).then_some(Fact::Gains);
        self.facts.iter().flatten().map(|test| test.fact).chain(gains).collect()
    }
}

impl DiscretionRow {
    /// A tier by id.
    #[must_use]
    pub fn tier(&self, id: &str) -> Option<&Tier> {
        self.tiers.iter().find(|tier| tier.id == id)
    }

    pub(super) fn rows(&self) -> Vec<Row<'_>> {
        let mut rows = vec![Row {
            table: ("裁量基准", "Discretion"),
            id: &self.id,
            texts: vec![&self.act],
            basis: Some(self.basis.iter().collect()),
            // Its tiers say so each.
            illustrative: self.tiers.iter().all(|tier| tier.illustrative),
        }];
        rows.extend(self.tiers.iter().map(|tier| Row {
            table: ("裁量基准", "Discretion"),
            id: &tier.id,
            texts: vec![&tier.condition],
            basis: Some(tier.basis.iter().collect()),
            illustrative: tier.illustrative,
        }));
        rows
    }
}

impl Check<'_> {
    pub(super) fn discretion(&mut self) {
        let pack = self.pack;
        for row in &pack.discretion {
            self.ranked(&row.id, &row.basis, |kind| kind.may_punish());
            for other in row.replaces.iter().chain(&row.concurs) {
                if *other == row.id || !pack.discretion.iter().any(|known| known.id == *other) {
                    self.fault(&row.id, FaultKind::UnknownRow(other.clone()));
                }
            }
            let Some(item) = pack.items.iter().find(|item| item.id == row.item) else {
                self.fault(&row.id, FaultKind::UnknownItem(row.item.clone()));
                continue;
            };
            if row.tiers.is_empty() {
                self.fault(&row.id, FaultKind::NoTiers);
            }
            for (no, tier) in row.tiers.iter().enumerate() {
                kinds_and_fine(self, &tier.id, &tier.kinds, tier.fine.as_ref());
                let Some(band) = item.band(&tier.band) else {
                    self.fault(&tier.id, FaultKind::UnknownBand(tier.band.clone()));
                    continue;
                };
                let fine = match (&tier.fine, &band.fine) {
                    (None, _) => true,
                    (Some(fine), Some(range)) => fine.within(range),
                    (Some(_), None) => false,
                };
                if !fine || !tier.kinds.iter().all(|kind| band.kinds.contains(kind)) {
                    self.fault(&tier.id, FaultKind::OutsideStatutory);
                }
                if let Some(other) = row.tiers.iter().take(no).find(|other| other.overlaps(tier)) {
                    self.fault(&tier.id, FaultKind::TiersOverlap(other.id.clone()));
                }
            }
        }
    }
}

const COLUMNS: [&str; 17] = [
    "row",
    "item",
    "act_zh",
    "act_en",
    "clause",
    "replaces",
    "concurs",
    "id",
    "band",
    "degree",
    "condition_zh",
    "condition_en",
    "facts",
    "kinds",
    "fine",
    "basis",
    "illustrative",
];

impl Author {
    /// `discretion.csv`: one tier a line; the columns up to `concurs` stand on the first line of a row. `floors`: of the items' bands.
    pub(super) fn discretion(&mut self, floors: &[(String, u64)]) -> Vec<DiscretionRow> {
        const FILE: &str = "discretion.csv";
        let Some(text) = self.optional(FILE) else { return Vec::new() };
        let mut rows: Vec<DiscretionRow> = Vec::new();
        for cells in self.table(FILE, &text, &COLUMNS) {
            let (row, line) = (cells.cell("row"), cells.line);
            let begins = rows.last().is_none_or(|last| last.id != row);
            if begins {
                self.written(row, FILE, line);
                let other = cells.cell("replaces");
                rows.push(DiscretionRow {
                    id: row.to_owned(),
                    item: cells.cell("item").to_owned(),
                    act: cells.text("act"),
                    basis: self.cell_basis(row, FILE, &cells, "clause"),
                    replaces: (!other.is_empty()).then(|| other.to_owned()),
                    concurs: cells.list("concurs").map(str::to_owned).collect(),
                    tiers: Vec::new(),
                });
            } else if ["item", "act_zh", "act_en", "clause", "replaces", "concurs"].iter().any(|c| !cells.cell(c).is_empty()) {
                self.bad(FILE, line, "item … concurs", "only on the first line of a row");
            }
            let id = cells.cell("id");
            self.written(id, FILE, line);
            let degree = Degree::ALL.into_iter().find(|d| d.word().1 == cells.cell("degree")).unwrap_or_else(|| {
                self.bad(FILE, line, "degree", "slight | lighter | ordinary | heavier | grave");
                Degree::Ordinary
            });
            let mut facts = Vec::new();
            for alternative in cells.cell("facts").split('|').filter(|part| !part.trim().is_empty()) {
                let tests: Option<Vec<Test>> = super::author::list(alternative).map(Test::read).collect();
                match tests {
                    Some(tests) => facts.push(tests),
                    None => self.bad(FILE, line, "facts", "months 1-2; prior 0; harm no | refused yes"),
                }
            }
            let mut kinds = Vec::new();
            for word in cells.list("kinds") {
                let read: Result<PenaltyKind, serde::de::value::Error> = PenaltyKind::deserialize(word.into_deserializer());
                match read {
                    Ok(kind) => kinds.push(kind),
                    Err(_) => self.bad(FILE, line, "kinds", "warning; fine; licence_revoked … (docs/packs.md)"),
                }
            }
            let band = cells.cell("band");
            let floor = floors.iter().find(|(id, _)| id == band).map_or(0, |(_, floor)| *floor);
            let written = cells.cell("fine");
            let fine = fine(written, floor);
            if fine.is_none() && !written.is_empty() {
                self.bad(FILE, line, "fine", "500-2000 | 5-8x");
            }
            let tier = Tier {
                id: id.to_owned(),
                band: band.to_owned(),
                degree,
                condition: cells.text("condition"),
                facts,
                kinds,
                fine,
                basis: self.cell_basis(id, FILE, &cells, "basis"),
                illustrative: self.yes(FILE, &cells, "illustrative"),
            };
            if let Some(row) = rows.last_mut() {
                row.tiers.push(tier);
            }
        }
        rows
    }
}

/// `500-2000` in yuan, `5-8x` times the illegal gains.
fn fine(written: &str, floor: u64) -> Option<Fine> {
    let (range, times) = match written.strip_suffix('x') {
        Some(range) => (range, true),
        None => (written, false),
    };
    let (min, max) = range.split_once('-')?;
    let (min, max) = (min.trim().parse().ok()?, max.trim().parse().ok()?);
    Some(if times { Fine::Gains { min, max, floor } } else { Fine::Yuan { min, max } })
}
