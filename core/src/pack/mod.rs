//! Packs: signed reference data with version, validity and sources (design §6, protocol P10; written out in `docs/packs.md`).
//!
//! Everything that differs by province, department or year is a row of a pack. Every row names its source; a row that is only
//! illustrative says so. A row is named `pack@version#row` (design §4). There are no floats anywhere.

pub mod author;
mod clocks;
mod decimal;
mod describe;
mod diff;
mod discretion;
mod exemptions;
mod form;
mod handbook;
mod items;
mod language;
mod leniency;
mod model;
mod penalty;
mod powers;
mod publicity;
mod recording;
mod retention;
mod review;
mod row;
mod rules;
pub mod signed;
mod source;
#[cfg(test)]
mod tests;
mod thresholds;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, Day};

pub use clocks::{Binds, Clock, Extension, Rule, Unit};
pub use decimal::{Decimal, NotADecimal};
pub use describe::describe;
pub use diff::{Change, ChangeKind, FieldChange, diff};
pub use discretion::{Degree, DiscretionRow, Fact, Test, Tier};
pub use exemptions::Exemption;
pub use form::{COMMON_IMPORT, Choice, Column, Copies, Field, FieldKind, Form, Signer};
pub use handbook::Page;
pub use items::{Band, EnforcementItem, Fine, ItemKind, Range};
pub use language::{Language, NotATag, Tag};
pub use leniency::{Exclusion, LeniencyList, LeniencyRow, Need};
pub use penalty::PenaltyKind;
pub use powers::{Measure as CoerciveMeasure, Power};
pub use publicity::{Decided, Ground, Mask, Masked, Publicity, Published, Unpublished};
pub use recording::{Reason, RecordingRules, Scene};
pub use retention::{Keep, Kept, Retention};
pub use review::{Decision, ReviewRow, Trigger};
pub use row::Row;
use rules::good_id;
pub use rules::{Fault, FaultKind};
pub use source::{Source, SourceKind, SourceStatus};
pub use thresholds::{Of, Person, Purpose, Threshold};

/// The version of this data model.
pub const SCHEMA: u32 = 1;

/// A text in both languages of the product, Chinese first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// 简体中文, the governing text.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A complete pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Name of the pack, for instance `weisheng-jiandu`.
    pub id: String,
    /// Grows with every change.
    pub version: u32,
    /// Title.
    pub title: Text,
    /// First day on which the pack may be used.
    pub valid_from: Day,
    /// Last day on which the pack may be used.
    pub valid_until: Day,
    /// What a reader must know, for instance which rows are illustrative.
    pub notes: Vec<Text>,
    /// 执法主体: in whose name an item is inspected (requirements §0.3). Two subjects in one visit mean separate papers (J33).
    pub subjects: Vec<Subject>,
    /// The texts that rows rest on.
    pub sources: Vec<Source>,
    /// 检查表.
    pub checklists: Vec<Checklist>,
    /// Texts an officer speaks (R10).
    pub scripts: Vec<Script>,
    /// 告知书 (R13), one for each act and language; the languages of one act have parallel items.
    pub rights: Vec<RightsText>,
    /// 救济途径 by kind of document (requirements §0.5).
    pub remedies: Vec<Remedy>,
    /// Forms with their templates.
    pub forms: Vec<Form>,
    /// Typst text that every template may import as `/common.typ`: head, foot, signatures, refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forms_common: Option<String>,
    /// 节假日.
    pub calendar: Calendar,
    /// What the badge page says.
    pub badge: BadgeRules,
    /// Numbers the gates read (design §6).
    pub gates: GateRules,
    /// 执法节点 of an inspection in their lawful order (R27).
    pub nodes: Vec<Node>,
    /// 音像记录事项清单 (R20); absent where nothing must be recorded.
    #[serde(default)]
    pub recording: Option<RecordingRules>,
    /// 期限 (requirements §C); absent in packs that are older than clocks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Clock>,
    /// 执法事项 (R33).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<EnforcementItem>,
    /// 裁量基准 (R46).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discretion: Vec<DiscretionRow>,
    /// 三张清单 (R47).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leniency: Vec<LeniencyRow>,
    /// 强制措施 (J18).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub powers: Vec<Power>,
    /// 法制审核目录 (R43).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub review: Vec<ReviewRow>,
    /// 数额标准 (处罚法 51、57、58、63、68).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<Threshold>,
    /// 频次豁免 (J30).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exemptions: Vec<Exemption>,
    /// 保存期限 (R22).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retention: Vec<Retention>,
    /// 公示 (R37, J25).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publicity: Option<Publicity>,
    /// 执法手册 (R30).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handbook: Vec<Page>,
}

/// An article a row rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Id of the source.
    pub source: String,
    /// `37`, `55:2` (第二款), `37(5)` (第五项), `12-2` (第十二条之二); other text is printed as it is; empty for the whole source.
    pub article: String,
}

/// 执法主体.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Row id.
    pub id: String,
    /// Kind of organ.
    pub title: Text,
    /// Whence its power to inspect.
    pub basis: Vec<Basis>,
}

/// 检查表.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// Row id.
    pub id: String,
    /// Title.
    pub title: Text,
    /// Items in order.
    pub items: Vec<Item>,
}

/// One line of a checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Row id.
    pub id: String,
    /// Number in the list, from 1.
    pub no: u32,
    /// Id of the [`Subject`] in whose name it is inspected.
    pub subject: String,
    /// What must be so.
    pub text: Text,
    /// Law it rests on.
    pub basis: Vec<Basis>,
    /// Answers an officer may give.
    pub results: Vec<Answer>,
    /// A limit, where the item is measured.
    pub measure: Option<Measure>,
    /// Whether a photo is taken.
    pub photo: Photo,
    /// Not verified against the text in force: replace before use in a case.
    pub illustrative: bool,
    /// Hint to the officer.
    pub note: Option<Text>,
}

impl Item {
    /// Judges what an officer answers on site, and gives the measured value as a number.
    pub fn judge(&self, result: Answer, measured: Option<&str>) -> Result<Option<Decimal>, NotAnAnswer> {
        if !self.results.contains(&result) {
            return Err(NotAnAnswer::Result);
        }
        measured.map(str::parse).transpose().map_err(|NotADecimal| NotAnAnswer::Measured)
    }
}

/// Why an item is not answered so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAnswer {
    /// The item does not allow that result.
    #[error("该项不能选择这个结果 / this item does not allow that result")]
    Result,
    /// The measured value is no number.
    #[error("测量值须为数字 / the measured value must be a number")]
    Measured,
}

/// Answer to an item (requirements §F).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// 合格.
    Pass,
    /// 不合格.
    Fail,
    /// 不适用.
    NotApplicable,
    /// 现场改正.
    Corrected,
}

impl Answer {
    /// All answers in the order shown.
    pub const ALL: [Answer; 4] = [Answer::Pass, Answer::Fail, Answer::NotApplicable, Answer::Corrected];

    /// The word on the form, Chinese and English.
    pub fn word(self) -> (&'static str, &'static str) {
        match self {
            Answer::Pass => ("合格", "pass"),
            Answer::Fail => ("不合格", "fail"),
            Answer::NotApplicable => ("不适用", "not applicable"),
            Answer::Corrected => ("现场改正", "corrected on site"),
        }
    }
}

/// Whether an item wants a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Photo {
    /// No photo.
    None,
    /// At will.
    May,
    /// At least one.
    Must,
}

/// A measured quantity and its limits; at least one limit, both inclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// What is measured.
    pub quantity: Text,
    /// Unit as printed; empty for a pure number (pH).
    pub unit: String,
    /// Smallest lawful value.
    pub min: Option<Decimal>,
    /// Largest lawful value.
    pub max: Option<Decimal>,
}

impl Measure {
    /// Whether `value` lies within the limits.
    pub fn allows(&self, value: &Decimal) -> bool {
        self.min.as_ref().is_none_or(|min| min <= value) && self.max.as_ref().is_none_or(|max| value <= max)
    }
}

/// Text an officer speaks, with named slots `{slot}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Row id.
    pub id: String,
    /// Version of the wording.
    pub version: u32,
    /// Title.
    pub title: Text,
    /// The words.
    pub text: Text,
    /// Law it rests on.
    pub basis: Vec<Basis>,
}

/// The act a notification belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// 行政检查.
    Inspection,
    /// 询问.
    Inquiry,
    /// 先行登记保存.
    Preservation,
    /// 行政强制措施.
    Coercion,
    /// 当场处罚.
    OnSpotPenalty,
    /// 送达.
    Service,
}

impl Act {
    /// All of them.
    pub const ALL: [Act; 6] = [Act::Inspection, Act::Inquiry, Act::Preservation, Act::Coercion, Act::OnSpotPenalty, Act::Service];
}

/// 告知书 of one act in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RightsText {
    /// Row id, the same in every language.
    pub id: String,
    /// Version of the wording, the same in every language.
    pub version: u32,
    /// The act.
    pub act: Act,
    /// The language.
    pub language: Language,
    /// Title.
    pub title: String,
    /// Items in the order told.
    pub items: Vec<RightsItem>,
    /// A translation that nobody checked yet; its title says so too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub illustrative: bool,
}

/// One thing the party is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RightsItem {
    /// Row id, the same in every language.
    pub id: String,
    /// The words, with named slots `{slot}`.
    pub text: String,
    /// Law it rests on.
    pub basis: Vec<Basis>,
}

/// 救济途径 of one kind of document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// Row id.
    pub id: String,
    /// The kind of document it is printed on.
    pub document: Text,
    /// The words, with named slots `{slot}`.
    pub text: Text,
    /// Law it rests on.
    pub basis: Vec<Basis>,
    /// Whether this kind of document names a remedy at all waits for the local norm.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub illustrative: bool,
}

/// What the badge page says and how long a badge lives offline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BadgeRules {
    /// The province recognises the electronic badge as a certificate; else it is an aid (requirements B10).
    pub recognised_by_province: bool,
    /// Printed on the badge unless recognised.
    pub aid_label: Text,
    /// How to complain (R16), with the slot `{complaint_phone}`.
    pub complaint: Text,
    /// Days an inspection may still begin after the credential ran out unrenewed (`badge_stale`, P7).
    pub stale_limit_days: Parameter,
    /// Days before a certificate's end at which its owner is warned (R02).
    #[serde(default = "expiry_warning_days", skip_serializing_if = "is_usual")]
    pub expiry_warning_days: Vec<u32>,
    /// Law it rests on.
    pub basis: Vec<Basis>,
}

impl BadgeRules {
    /// The nearest warning that is reached with so many days left; without a pack by the usual numbers.
    #[must_use]
    pub fn expiry_step(rules: Option<&Self>, days_left: i64) -> Option<u32> {
        let steps = rules.map_or_else(expiry_warning_days, |r| r.expiry_warning_days.clone());
        if days_left < 0 { None } else { steps.into_iter().filter(|s| days_left <= i64::from(*s)).min() }
    }

    /// What stands beside the badge; nothing where the province recognises it. Without a pack nobody has said that it does (B10).
    #[must_use]
    pub fn aid(rules: Option<&Self>) -> Option<Text> {
        rules.map_or_else(
            || {
                Some(Text {
                    zh: "电子亮证辅助，以实体证/省电子证为准".into(),
                    en: "Electronic aid; the physical or the province's electronic certificate governs".into(),
                })
            },
            |r| (!r.recognised_by_province).then(|| r.aid_label.clone()),
        )
    }

    /// How to complain, with its slot filled (R16).
    ///
    /// # Errors
    /// [`UnfilledSlot`] for a text of a pack that has another slot.
    pub fn complaint(rules: Option<&Self>, phone: &str) -> Result<Text, UnfilledSlot> {
        let slots = BTreeMap::from([("complaint_phone".to_owned(), phone.to_owned())]);
        let (zh, en) = rules.map_or(("监督电话：{complaint_phone}", "Complaints: {complaint_phone}"), |r| {
            (r.complaint.zh.as_str(), r.complaint.en.as_str())
        });
        Ok(Text { zh: fill(zh, &slots)?, en: fill(en, &slots)? })
    }
}

fn expiry_warning_days() -> Vec<u32> {
    vec![60, 30, 7]
}

#[allow(clippy::ptr_arg)] // serde gives the field's own type
fn is_usual(days: &Vec<u32>) -> bool {
    *days == expiry_warning_days()
}

/// Numbers the gates read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateRules {
    /// Fewest officers (J1, R06).
    pub minimum_officers: Parameter,
    /// Hours after which recordings must have been uploaded (R23).
    pub upload_hours: Parameter,
    /// Routine inspections of one enterprise a year (J30).
    pub yearly_cap: Parameter,
    /// Months that daily footage is kept (R22, J21).
    pub daily_retention_months: Parameter,
    /// Days without contact after which a phone destroys its keys and what it can read (F44); absent: never by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_days: Option<Parameter>,
}

/// One number and its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Row id.
    pub id: String,
    /// The number.
    pub value: u32,
    /// Law it rests on.
    pub basis: Vec<Basis>,
    /// A province's or department's own number goes here.
    pub illustrative: bool,
}

/// A step of an inspection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Row id.
    pub id: String,
    /// Which step.
    pub step: Step,
    /// Title.
    pub title: Text,
    /// Law it rests on.
    pub basis: Vec<Basis>,
}

/// The steps of an inspection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// 到场.
    Arrive,
    /// 双人核验.
    Pair,
    /// 亮证.
    Badge,
    /// 告知.
    Rights,
    /// 检查.
    Checklist,
    /// 制作笔录.
    Record,
    /// 核对签名.
    Sign,
    /// 离场.
    Leave,
}

impl Step {
    /// All steps in lawful order.
    pub const ALL: [Step; 8] =
        [Step::Arrive, Step::Pair, Step::Badge, Step::Rights, Step::Checklist, Step::Record, Step::Sign, Step::Leave];
}

impl Pack {
    /// The pack as deterministic, readable JSON.
    pub fn to_json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(self)
    }

    /// Reads JSON; unknown fields are refused. Only the shape is checked: see [`Pack::faults`].
    pub fn from_json(json: serde_json::Value) -> Result<Pack, serde_json::Error> {
        serde_json::from_value(json)
    }

    /// The full name of a row: `pack@version#row`.
    pub fn row(&self, id: &str) -> String {
        format!("{}@{}#{id}", self.id, self.version)
    }

    /// Whether the pack may be used on `day`.
    pub fn valid_on(&self, day: Day) -> bool {
        self.valid_from <= day && day <= self.valid_until
    }

    /// A source by id.
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.iter().find(|row| row.id == id)
    }

    /// A checklist by id.
    pub fn checklist(&self, id: &str) -> Option<&Checklist> {
        self.checklists.iter().find(|row| row.id == id)
    }

    /// An item of any checklist by id.
    pub fn item(&self, id: &str) -> Option<&Item> {
        let mut items = self.checklists.iter().flat_map(|list| &list.items);
        items.find(|row| row.id == id)
    }

    /// The checklist that has an item, and the item.
    pub fn listed(&self, item: &str) -> Option<(&Checklist, &Item)> {
        self.checklists.iter().find_map(|list| Some((list, list.items.iter().find(|row| row.id == item)?)))
    }

    /// A scene of the 音像记录事项清单 by id.
    pub fn scene(&self, id: &str) -> Option<&Scene> {
        self.recording.iter().flat_map(|r| &r.scenes).find(|row| row.id == id)
    }

    /// A reason of an interruption by id.
    pub fn reason(&self, id: &str) -> Option<&Reason> {
        self.recording.iter().flat_map(|r| &r.reasons).find(|row| row.id == id)
    }

    /// An item of the catalogue by id.
    pub fn enforcement_item(&self, id: &str) -> Option<&EnforcementItem> {
        self.items.iter().find(|row| row.id == id)
    }

    /// A row of the 裁量基准 by id.
    pub fn discretion_row(&self, id: &str) -> Option<&DiscretionRow> {
        self.discretion.iter().find(|row| row.id == id)
    }

    /// A line of the three lists by id.
    pub fn leniency_row(&self, id: &str) -> Option<&LeniencyRow> {
        self.leniency.iter().find(|row| row.id == id)
    }

    /// A script by id.
    pub fn script(&self, id: &str) -> Option<&Script> {
        self.scripts.iter().find(|row| row.id == id)
    }

    /// The notification of an act in a language.
    pub fn rights(&self, act: Act, language: &Language) -> Option<&RightsText> {
        self.notices(act).into_iter().find(|row| row.language == *language)
    }

    /// The notification of an act in every language of the pack: Chinese, English, then the others by their tags.
    pub fn notices(&self, act: Act) -> Vec<&RightsText> {
        let mut texts: Vec<_> = self.rights.iter().filter(|row| row.act == act).collect();
        texts.sort_by(|a, b| a.language.cmp(&b.language));
        texts
    }

    /// The remedy text by id.
    pub fn remedy(&self, id: &str) -> Option<&Remedy> {
        self.remedies.iter().find(|row| row.id == id)
    }

    /// A form by id.
    pub fn form(&self, id: &str) -> Option<&Form> {
        self.forms.iter().find(|row| row.id == id)
    }

    /// A basis as a paper prints it: `《中华人民共和国行政处罚法》第五十五条第一款`, and in English.
    pub fn cite(&self, basis: &Basis) -> Text {
        let title = self.source(&basis.source).map(|source| &source.title);
        let article = article(&basis.article);
        let (zh, en) = match title {
            Some(title) => (title.zh.as_str(), title.en.as_str()),
            None => (basis.source.as_str(), basis.source.as_str()),
        };
        Text { zh: format!("《{zh}》{}", article.zh), en: [en, &article.en].join(" ").trim_end().to_owned() }
    }
}

/// The names of the slots `{name}` in a text, or `None` where a brace is left open or a name is bad.
pub fn slots(text: &str) -> Option<BTreeSet<&str>> {
    let mut found = BTreeSet::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (slot, after) = rest.get(at..)?.strip_prefix('{')?.split_once('}')?;
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if slot.is_empty() || !slot.bytes().all(good) {
            return None;
        }
        found.insert(slot);
        rest = after;
    }
    Some(found)
}

/// The text with its slots filled, or the name of the first slot that has no value. Values are put in as they are.
pub fn fill(text: &str, values: &BTreeMap<String, String>) -> Result<String, UnfilledSlot> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('{') {
        let (slot, after) = tail.split_once('}').unwrap_or((tail, ""));
        let value = values.get(slot).ok_or_else(|| UnfilledSlot(slot.to_owned()))?;
        out.push_str(before);
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// A slot of a text has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("slot {{{0}}} has no value")]
pub struct UnfilledSlot(pub String);

/// `37(5)` → 第三十七条第五项 / `Art. 37(5)`; other writing is kept.
fn article(written: &str) -> Text {
    let read = || {
        let (head, item) = match written.strip_suffix(')') {
            Some(open) => open.split_once('(').map(|(h, i)| (h, Some(i)))?,
            None => (written, None),
        };
        let (head, paragraph) = match head.split_once(':') {
            Some((head, paragraph)) => (head, Some(paragraph)),
            None => (head, None),
        };
        let (number, after) = match head.split_once('-') {
            Some((number, after)) => (number, Some(after)),
            None => (head, None),
        };
        let mut zh = format!("第{}条", chinese_number(number)?);
        if let Some(after) = after {
            zh = format!("{zh}之{}", chinese_number(after)?);
        }
        if let Some(paragraph) = paragraph {
            zh = format!("{zh}第{}款", chinese_number(paragraph)?);
        }
        if let Some(item) = item {
            zh = format!("{zh}第{}项", chinese_number(item)?);
        }
        Some(zh)
    };
    match read() {
        Some(zh) => Text { zh, en: format!("Art. {}", written.replace(':', " ¶")) },
        None => Text { zh: written.to_owned(), en: written.to_owned() },
    }
}

/// 1…999 in Chinese numerals as laws number their articles.
fn chinese_number(digits: &str) -> Option<String> {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let number: usize = digits.parse().ok().filter(|n| (1..1000).contains(n))?;
    let (hundreds, tens, ones) = (number / 100, number / 10 % 10, number % 10);
    let digit = |n: usize| DIGITS.get(n).copied();
    let mut out = String::new();
    if hundreds > 0 {
        out.push_str(digit(hundreds)?);
        out.push('百');
    }
    match (hundreds, tens) {
        (0, 0) => {}
        (0, 1) => out.push('十'),
        (_, 0) if ones > 0 => out.push('零'),
        (_, 0) => {}
        _ => {
            out.push_str(digit(tens)?);
            out.push('十');
        }
    }
    out.push_str(digit(ones)?);
    Some(out)
}
