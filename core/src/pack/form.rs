//! 文书: a form's template, its facts as data, who signs it and how many copies there are (requirements §D; 卫生行政执法文书规范).

use serde::{Deserialize, Serialize};

use super::{Basis, Fault, FaultKind, Pack, Text, good_id};
use crate::document::number;

/// How a template names the pack's common part.
pub const COMMON_IMPORT: &str = "#import \"/common.typ\"";

/// A form: its template and the facts it cannot do without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Row id.
    pub id: String,
    /// Title.
    pub title: Text,
    /// Path of the template in the pack; with the pack's digest it names the template (design §4).
    pub path: String,
    /// The Typst source.
    pub template: String,
    /// Names of the facts that must be there before the form is made.
    pub required: Vec<String>,
    /// Law it rests on.
    pub basis: Vec<Basis>,
    /// Its facts in the order asked; empty for the 现场检查笔录, whose facts come from the fold alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// Who gets a copy (一式几份).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copies: Option<Copies>,
    /// Who signs or seals, in the order of the blocks on the paper.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signers: Vec<Signer>,
    /// Id of the 救济途径 that is printed (X9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The paper may stand without it: while a slot of its words is not known, nothing of it is printed and nothing is held up.
    #[serde(default, skip_serializing_if = "is_false")]
    pub remedy_optional: bool,
    /// Pattern of 文号 or 编号, see [`number`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbering: Option<String>,
    /// Words that no fact of this form may hold (J17).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbidden: Vec<String>,
    /// An electronic seal may stand on it; else it is sealed by hand or is pre-sealed stock.
    #[serde(default, skip_serializing_if = "is_false")]
    pub electronic_seal: bool,
    /// 逐页签名: who is heard signs at the foot of each page.
    #[serde(default, skip_serializing_if = "is_false")]
    pub each_page: bool,
    /// Wording or layout waits for the local pattern.
    #[serde(default, skip_serializing_if = "is_false")]
    pub illustrative: bool,
}

/// One fact of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Name of the fact in the form, `[a-z0-9_]`.
    pub id: String,
    /// What is asked.
    pub title: Text,
    /// What may be answered.
    pub kind: FieldKind,
    /// Where the answer is known already, as a path (`task.matter`): it is not typed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Looked for when the paper is signed, not while it is typed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// Answers of a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// Columns of items and people; their kinds are text, paragraph, day, moment, amount, count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
    /// Smallest count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<u64>,
    /// Largest count; fewest and most rows of items and people are bounded by the same two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u64>,
}

/// What may be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One line.
    Text,
    /// Several paragraphs.
    Paragraph,
    /// A day of China.
    Day,
    /// A day and a time.
    Moment,
    /// Money, in whole fen.
    Amount,
    /// A whole number.
    Count,
    /// One of the options.
    Choice,
    /// Persons: rows whose first column is the name.
    People,
    /// A list with columns (清单).
    Items,
    /// 当事人: a unit or a person with the particulars of §D's head.
    Party,
}

/// An option of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Code.
    pub id: String,
    /// Words.
    pub title: Text,
}

/// A column of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Name of the value in a row.
    pub id: String,
    /// Head of the column.
    pub title: Text,
    /// What may be answered.
    pub kind: FieldKind,
    /// Every row must have it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
}

/// Who gets the copies of a paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Copies {
    /// One receiver for each copy.
    pub receivers: Vec<Text>,
    /// A department's own number goes here.
    #[serde(default, skip_serializing_if = "is_false")]
    pub illustrative: bool,
}

/// Who signs or seals a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signer {
    /// 执法主体印章.
    Seal,
    /// 执法人员, two at least.
    Officers,
    /// 当事人.
    Party,
    /// 被询问人 or whoever else was heard.
    Heard,
    /// 受送达人, who receives the paper.
    Receiver,
    /// 见证人.
    Witness,
    /// 记录人.
    Recorder,
    /// 承办人.
    Handlers,
    /// 承办机构负责人.
    Unit,
    /// 执法主体负责人.
    Head,
    /// 法制审核人员.
    Reviewer,
    /// 听证主持人.
    Presider,
    /// 参加人员.
    Members,
    /// 受托机构.
    Laboratory,
    /// 受移送机关.
    Authority,
}

impl Signer {
    /// Who signs from outside the organ on whose papers they stand: one of them on each form.
    pub const HEARD: [Self; 3] = [Self::Party, Self::Heard, Self::Receiver];

    /// What the block on the paper is called, Chinese and English.
    #[must_use]
    pub fn word(self) -> (&'static str, &'static str) {
        match self {
            Self::Seal => ("印章", "seal"),
            Self::Officers => ("执法人员", "officers"),
            Self::Party => ("当事人", "party"),
            Self::Heard => ("被询问人（陈述人）", "person heard"),
            Self::Receiver => ("受送达人", "receiver"),
            Self::Witness => ("见证人", "witness"),
            Self::Recorder => ("记录人", "recorder"),
            Self::Handlers => ("承办人", "handlers"),
            Self::Unit => ("承办机构负责人", "head of the unit"),
            Self::Head => ("执法主体负责人", "head of the organ"),
            Self::Reviewer => ("法制审核人员", "legal reviewer"),
            Self::Presider => ("主持人", "presider"),
            Self::Members => ("参加人员", "members"),
            Self::Laboratory => ("受托机构", "laboratory"),
            Self::Authority => ("受移送机关", "receiving authority"),
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde gives the field's own type
fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Pack {
    /// What is wrong with a form's facts.
    pub(super) fn form_faults(&self, form: &Form) -> Vec<Fault> {
        let mut found = Vec::new();
        let mut fault = |kind| found.push(Fault { row: form.id.clone(), kind });
        let mut seen = std::collections::BTreeSet::new();
        for field in &form.fields {
            if !good_name(&field.id) || !seen.insert(&field.id) {
                fault(FaultKind::FieldName(field.id.clone()));
            }
            if !field_fits(field) {
                fault(FaultKind::FieldShape(field.id.clone()));
            }
            for title in [&field.title]
                .into_iter()
                .chain(field.options.iter().map(|o| &o.title))
                .chain(field.columns.iter().map(|c| &c.title))
            {
                if title.zh.trim().is_empty() || title.en.trim().is_empty() {
                    fault(FaultKind::FieldShape(field.id.clone()));
                }
            }
        }
        if let Some(remedy) = form.remedy.as_ref().filter(|id| self.remedy(id).is_none()) {
            fault(FaultKind::UnknownRemedy(remedy.clone()));
        }
        if form.remedy_optional && form.remedy.is_none() {
            fault(FaultKind::UnknownRemedy(String::new()));
        }
        if form.numbering.as_ref().is_some_and(|pattern| number::Pattern::read(pattern).is_err()) {
            fault(FaultKind::NumberPattern);
        }
        if self.forms_common.is_none() && form.template.contains(COMMON_IMPORT) {
            fault(FaultKind::NoCommonPart);
        }
        for word in &form.forbidden {
            if word.trim().is_empty() || form.template.contains(word.as_str()) {
                fault(FaultKind::ForbiddenWord(word.clone()));
            }
        }
        found
    }
}

fn good_name(name: &str) -> bool {
    name.len() <= 64 && name.starts_with(|c: char| c.is_ascii_lowercase()) && good_id(&name.replace('_', "-"))
}

fn field_fits(field: &Field) -> bool {
    use FieldKind::{Choice, Count, Items, Party, People};
    let listed = matches!(field.kind, Items | People);
    let mut columns = std::collections::BTreeSet::new();
    let flat = field
        .columns
        .iter()
        .all(|c| good_name(&c.id) && columns.insert(&c.id) && !matches!(c.kind, Items | People | Choice | Party));
    let mut options = std::collections::BTreeSet::new();
    let distinct = field.options.iter().all(|o| good_name(&o.id) && options.insert(&o.id));
    let bounded = field.least.is_some() || field.most.is_some();
    let path = field.from.as_ref().is_none_or(|path| path.split('.').all(good_name));
    path && flat
        && distinct
        && (field.kind == Choice) != field.options.is_empty()
        && listed != field.columns.is_empty()
        && (field.kind != People || field.columns.first().is_some_and(|c| c.id == "name" && c.required))
        && (!bounded || listed || field.kind == Count)
        && !matches!((field.least, field.most), (Some(least), Some(most)) if least > most)
}
