//! A form of the pack filled from what is known and what was typed (requirements §D, §G: nothing is typed twice).
//!
//! [`fill`] never loses a draft: what cannot stand on paper is named field by field ([`Filled::faults`]), what is not yet there is listed
//! ([`Filled::missing`]) and asked for only when the paper is to be signed ([`Filled::ready`]).
//! [`paper`] typesets the filled form, with the facts attached.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::drawn::{DrawnCharacter, drawn_in};
use super::facts::{CheckpointLine, Correction, Ink, Moment, ReadAloud, Refusal};
use super::{Attachment, DocumentError, Fonts, PaperIdentity, Relationship, amount, missing_glyphs, render};
use crate::calendar::Day;
use crate::cbor;
use crate::id::sha256;
use crate::pack::{self, Basis, Column, Field, FieldKind, Form, Pack, Signer};
use crate::unseen::unprintable;

/// Longest line, in characters.
pub const MAX_TEXT: usize = 1_000;
/// Longest paragraph field, in characters.
pub const MAX_PARAGRAPH: usize = 20_000;
/// Most rows of a list.
pub const MAX_ROWS: usize = 500;
/// Most bytes of what is typed, and of all facts together.
pub const MAX_FACTS: usize = 1 << 20;
/// Oldest person that a paper believes.
const MAX_AGE: u64 = 130;
/// What a device or the office knows for certain; nobody types over it (J1, J32, J33).
pub const FIXED: [&str; 3] = ["organ", "number", "officers"];

/// A form as far as it is filled.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    /// What the paper says; to be signed as it is.
    pub facts: Value,
    /// Required facts that are not there.
    pub missing: Vec<Missing>,
    /// What cannot stand on the paper as it was given.
    pub faults: Vec<FieldFault>,
}

/// A required fact that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The field; `goods.name` for a column.
    pub field: String,
    /// Row of a list, from 1.
    pub row: Option<usize>,
    /// What is asked.
    pub title: pack::Text,
}

/// Something given that cannot stand on the paper. It names the field and never repeats what was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{field}: {kind}")]
pub struct FieldFault {
    /// The field; `goods.name` for a column; empty for the whole.
    pub field: String,
    /// Row of a list, from 1.
    pub row: Option<usize>,
    /// What is wrong.
    pub kind: FieldFaultKind,
}

/// Kinds of [`FieldFault`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldFaultKind {
    /// The form has no such fact.
    #[error("the form has no such fact")]
    Unknown,
    /// The fact is certain and cannot be typed over.
    #[error("this is known and cannot be typed over")]
    Fixed,
    /// Not of the field's kind: an impossible date, a broken amount, text for a number.
    #[error("this cannot be read as {0:?}")]
    Kind(FieldKind),
    /// Outside the bounds of the field: an impossible age, too few rows.
    #[error("outside {0} … {1}")]
    Range(u64, u64),
    /// Longer than a paper can hold.
    #[error("longer than {0}")]
    Long(usize),
    /// A control character or a mark that changes the direction of writing (F12).
    #[error("U+{0:04X} cannot stand on paper")]
    Control(u32),
    /// A word that this form may not hold (J17).
    #[error("this form may not say {0}")]
    Forbidden(String),
    /// The fonts cannot show these characters; add a font or correct the text before anybody signs.
    #[error("the fonts cannot show {0:?}")]
    Glyphs(Vec<char>),
    /// The 救济途径 needs this value.
    #[error("the remedy needs {0}")]
    Slot(String),
    /// What was typed is no JSON object, or holds half a surrogate pair.
    #[error("not readable")]
    Unreadable,
}

impl Filled {
    /// The facts, when the paper can be signed.
    ///
    /// # Errors
    /// What is missing and what is wrong; the draft stays as it is.
    pub fn ready(&self) -> Result<&Value, (&[Missing], &[FieldFault])> {
        if self.missing.is_empty() && self.faults.is_empty() { Ok(&self.facts) } else { Err((&self.missing, &self.faults)) }
    }

    /// Names the fields that hold characters which the fonts lack, before anybody signs.
    #[must_use]
    pub fn with_fonts(mut self, fonts: &Fonts) -> Self {
        let drawn = drawn_in(&json!({"facts": self.facts}));
        for (field, value) in self.facts.get("fields").and_then(Value::as_object).into_iter().flatten() {
            let mut missing = missing_glyphs(fonts, &texts(value));
            missing.retain(|c| drawn.iter().all(|d| d.character != *c));
            if !missing.is_empty() {
                self.faults.push(FieldFault { field: field.clone(), row: None, kind: FieldFaultKind::Glyphs(missing) });
            }
        }
        self
    }

    /// Puts the drawings of characters that the fonts lack beside the facts; [`Filled::with_fonts`] then names only what was not drawn (F12).
    #[must_use]
    pub fn with_drawn(mut self, drawn: &[DrawnCharacter]) -> Self {
        if let (Some(facts), false, Ok(list)) = (self.facts.as_object_mut(), drawn.is_empty(), serde_json::to_value(drawn)) {
            facts.insert("drawn".to_owned(), list);
        }
        self
    }

    /// Puts a correction on the paper: the old text stays readable, the new one stands beside it, those who initial it are named (J24).
    pub fn correct(&mut self, correction: Correction) {
        let list = self.facts.get_mut("corrections").and_then(Value::as_array_mut);
        if let (Some(list), Ok(correction)) = (list, serde_json::to_value(correction)) {
            list.push(correction);
        }
    }
}

/// Reads what a shell typed.
///
/// # Errors
/// [`FieldFaultKind::Unreadable`], [`FieldFaultKind::Long`].
pub fn read_typed(typed: &str) -> Result<Map<String, Value>, FieldFault> {
    let whole = |kind| FieldFault { field: String::new(), row: None, kind };
    if typed.len() > MAX_FACTS {
        return Err(whole(FieldFaultKind::Long(MAX_FACTS)));
    }
    serde_json::from_str(typed).map_err(|_| whole(FieldFaultKind::Unreadable))
}

/// Fills a form: each field from what was typed, else from where it is known.
///
/// `known` holds what the case, the task and the office know already; a field's `from` is a path in it. `known.slots` fills the
/// blanks of the 救济途径 (`government`, `court`).
#[must_use]
pub fn fill(pack: &Pack, form: &Form, known: &Value, typed: &Map<String, Value>) -> Filled {
    let mut filling = Filling { missing: Vec::new(), faults: Vec::new() };
    for name in typed.keys() {
        match form.fields.iter().find(|f| f.id == *name) {
            None => filling.fault(name, None, FieldFaultKind::Unknown),
            Some(f) if f.from.as_ref().is_some_and(|from| FIXED.contains(&from.as_str())) => {
                filling.fault(name, None, FieldFaultKind::Fixed);
            }
            Some(_) => {}
        }
    }
    let mut fields = Map::new();
    for field in &form.fields {
        let fixed = field.from.as_ref().is_some_and(|from| FIXED.contains(&from.as_str()));
        let given = typed.get(&field.id).filter(|v| !fixed && !empty(v));
        let given = given.or_else(|| field.from.as_ref().and_then(|path| at(known, path)).filter(|v| !empty(v)));
        let value = given.and_then(|given| filling.value(field, given));
        if value.is_none() && field.required && given.is_none() {
            filling.missing.push(Missing { field: field.id.clone(), row: None, title: field.title.clone() });
        }
        fields.insert(field.id.clone(), value.unwrap_or(Value::Null));
    }
    for (name, value) in &fields {
        let said: String = texts(value).chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
        for word in form.forbidden.iter().filter(|word| said.contains(word.as_str())) {
            filling.faults.push(FieldFault { field: name.clone(), row: None, kind: FieldFaultKind::Forbidden(word.clone()) });
        }
    }
    let remedies = remedy(pack, form, known, &mut filling);
    let mut facts = json!({
        "form": form.id, "pack": format!("{}@{}", pack.id, pack.version), "fields": fields, "remedies": remedies, "corrections": [],
    });
    // 联合执法: who acts for which organ (R52).
    if let (Some(team), Some(map)) = (known.get("team").filter(|t| !empty(t)), facts.as_object_mut()) {
        map.insert("team".to_owned(), team.clone());
    }
    if facts.to_string().len() > MAX_FACTS {
        filling.fault("", None, FieldFaultKind::Long(MAX_FACTS));
    }
    Filled { facts, missing: filling.missing, faults: filling.faults }
}

fn remedy(pack: &Pack, form: &Form, known: &Value, filling: &mut Filling) -> Vec<Value> {
    let Some(row) = form.remedy.as_ref().and_then(|id| pack.remedy(id)) else { return Vec::new() };
    let slots = known.get("slots").and_then(Value::as_object).into_iter().flatten();
    let said = |v: &Value| v.as_str().filter(|words| !words.trim().is_empty()).map(str::to_owned);
    let slots: BTreeMap<String, String> = slots.filter_map(|(name, v)| Some((name.clone(), said(v)?))).collect();
    match pack::fill(&row.text.zh, &slots) {
        Ok(text) => vec![json!({"text": text, "basis": cited(pack, &row.basis), "illustrative": row.illustrative})],
        Err(_) if form.remedy_optional => Vec::new(),
        Err(slot) => {
            filling.fault("", None, FieldFaultKind::Slot(slot.0));
            Vec::new()
        }
    }
}

/// Articles of one law after its title, which is not said again.
fn cited(pack: &Pack, basis: &[Basis]) -> String {
    let mut out = String::new();
    for group in basis.chunk_by(|a, b| a.source == b.source) {
        for (i, one) in group.iter().enumerate() {
            let full = pack.cite(one).zh;
            let article = full.rsplit_once('》').map_or(full.as_str(), |(_, article)| article);
            out.push_str(if i > 0 {
                "、"
            } else if out.is_empty() {
                ""
            } else {
                "；"
            });
            out.push_str(if i > 0 { article } else { &full });
        }
    }
    out
}

fn at<'a>(known: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(known, |value, part| value.get(part))
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(rows) => rows.is_empty(),
        _ => false,
    }
}

/// All texts of a value, one after the other.
fn texts(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text}\n"),
        Value::Array(items) => items.iter().map(texts).collect(),
        Value::Object(map) => map.values().map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => String::new(),
    }
}

struct Filling {
    missing: Vec<Missing>,
    faults: Vec<FieldFault>,
}

impl Filling {
    fn fault(&mut self, field: &str, row: Option<usize>, kind: FieldFaultKind) {
        self.faults.push(FieldFault { field: field.to_owned(), row, kind });
    }

    fn value(&mut self, field: &Field, given: &Value) -> Option<Value> {
        match field.kind {
            FieldKind::Choice => {
                let choice = given.as_str().and_then(|id| field.options.iter().find(|o| o.id == id));
                if choice.is_none() {
                    self.fault(&field.id, None, FieldFaultKind::Kind(field.kind));
                }
                choice.map(|choice| json!({"id": choice.id, "text": choice.title.zh}))
            }
            FieldKind::Items | FieldKind::People => self.rows(field, given),
            FieldKind::Party => self.party(&field.id, given),
            FieldKind::Count => {
                let n = self.single(&field.id, None, field.kind, given)?;
                self.within(&field.id, None, n.as_u64(), field.least, field.most)?;
                Some(n)
            }
            kind => self.single(&field.id, None, kind, given),
        }
    }

    fn within(&mut self, name: &str, row: Option<usize>, n: Option<u64>, least: Option<u64>, most: Option<u64>) -> Option<()> {
        let (least, most) = (least.unwrap_or(0), most.unwrap_or(u64::from(u32::MAX)));
        if n.is_some_and(|n| (least..=most).contains(&n)) {
            return Some(());
        }
        self.fault(name, row, FieldFaultKind::Range(least, most));
        None
    }

    fn rows(&mut self, field: &Field, given: &Value) -> Option<Value> {
        let Some(rows) = given.as_array() else {
            self.fault(&field.id, None, FieldFaultKind::Kind(field.kind));
            return None;
        };
        let most = field.most.unwrap_or(MAX_ROWS as u64).min(MAX_ROWS as u64);
        self.within(&field.id, None, u64::try_from(rows.len()).ok(), field.least, Some(most))?;
        let mut out = Vec::new();
        for (row, given) in (1..).zip(rows) {
            let Some(cells) = given.as_object() else {
                self.fault(&field.id, Some(row), FieldFaultKind::Kind(field.kind));
                continue;
            };
            for name in cells.keys().filter(|name| field.columns.iter().all(|c| c.id != **name)) {
                self.fault(&format!("{}.{name}", field.id), Some(row), FieldFaultKind::Unknown);
            }
            let cell = |c: &Column| (c.id.clone(), self.cell(field, c, row, cells.get(&c.id)).unwrap_or(Value::Null));
            out.push(Value::Object(field.columns.iter().map(cell).collect()));
        }
        Some(Value::Array(out))
    }

    fn cell(&mut self, field: &Field, column: &Column, row: usize, given: Option<&Value>) -> Option<Value> {
        let name = format!("{}.{}", field.id, column.id);
        let Some(given) = given.filter(|v| !empty(v)) else {
            if column.required {
                self.missing.push(Missing { field: name, row: Some(row), title: column.title.clone() });
            }
            return None;
        };
        self.single(&name, Some(row), column.kind, given)
    }

    /// A value without parts.
    fn single(&mut self, name: &str, row: Option<usize>, kind: FieldKind, given: &Value) -> Option<Value> {
        let read = match kind {
            FieldKind::Text | FieldKind::Paragraph => {
                if let Some(text) = given.as_str() {
                    return self.text(name, row, kind, text);
                }
                None
            }
            FieldKind::Day => day(given).map(|day| json!(day.number())),
            FieldKind::Moment => moment(given).and_then(|m| serde_json::to_value(m).ok()),
            FieldKind::Amount => given
                .as_u64()
                .filter(|fen| *fen <= amount::MAX_FEN)
                .map(|fen| json!({"fen": fen, "figures": amount::figures(fen), "capitals": amount::capitals(fen)})),
            FieldKind::Count => given.as_u64().filter(|n| *n <= u64::from(u32::MAX)).map(|n| json!(n)),
            FieldKind::Choice | FieldKind::Items | FieldKind::People | FieldKind::Party => None,
        };
        if read.is_none() {
            self.fault(name, row, FieldFaultKind::Kind(kind));
        }
        read
    }

    fn text(&mut self, name: &str, row: Option<usize>, kind: FieldKind, text: &str) -> Option<Value> {
        let limit = if kind == FieldKind::Paragraph { MAX_PARAGRAPH } else { MAX_TEXT };
        if text.len() > limit * 4 || text.chars().count() > limit {
            self.fault(name, row, FieldFaultKind::Long(limit));
            return None;
        }
        let text = if kind == FieldKind::Paragraph { text.replace("\r\n", "\n") } else { text.to_owned() };
        let text = text.trim();
        let breaks = |c: char| kind == FieldKind::Paragraph && c == '\n';
        if let Some(c) = text.chars().find(|c| unprintable(*c) && !breaks(*c)) {
            self.fault(name, row, FieldFaultKind::Control(u32::from(c)));
            return None;
        }
        Some(json!(text))
    }

    /// 当事人: `unit` or `person`, as an enterprise of a task is written or as the form's own head.
    fn party(&mut self, name: &str, given: &Value) -> Option<Value> {
        let text = |key: &str| given.get(key).cloned().unwrap_or(Value::Null);
        let person = match given.get("kind").and_then(Value::as_str) {
            Some("person") => true,
            Some("unit") | None if given.is_object() => false,
            _ => {
                self.fault(name, None, FieldFaultKind::Kind(FieldKind::Party));
                return None;
            }
        };
        let mut out = Map::new();
        out.insert("kind".to_owned(), json!(if person { "person" } else { "unit" }));
        let wanted: [(&str, &str, &str); 6] = if person {
            [
                ("name", "姓名", "name"),
                ("sex", "性别", "sex"),
                ("id_kind", "证件种类", "kind of document"),
                ("id_number", "证件号", "document number"),
                ("address", "住址", "address"),
                ("phone", "电话", "phone"),
            ]
        } else {
            [
                ("name", "名称", "name"),
                ("code", "统一社会信用代码", "unified social credit code"),
                ("representative_title", "法定代表人或者负责人（称谓）", "title of who answers for it"),
                ("legal_representative", "法定代表人或者负责人", "who answers for it"),
                ("address", "地址", "address"),
                ("phone", "电话", "phone"),
            ]
        };
        for (key, zh, en) in wanted {
            let field = format!("{name}.{key}");
            let value = match text(key) {
                v if empty(&v) && key == "representative_title" => json!("法定代表人"),
                v if empty(&v) && key == "id_kind" => json!("居民身份证"),
                v if empty(&v) => {
                    let title = pack::Text { zh: zh.to_owned(), en: en.to_owned() };
                    self.missing.push(Missing { field, row: None, title });
                    Value::Null
                }
                v => self.single(&field, None, FieldKind::Text, &v).unwrap_or(Value::Null),
            };
            out.insert(key.to_owned(), value);
        }
        if person {
            let field = format!("{name}.age");
            let age = given.get("age").filter(|v| !empty(v));
            if let Some(age) = age {
                self.within(&field, None, age.as_u64(), Some(0), Some(MAX_AGE))?;
            } else {
                let title = pack::Text { zh: "年龄".to_owned(), en: "age".to_owned() };
                self.missing.push(Missing { field, row: None, title });
            }
            out.insert("age".to_owned(), age.cloned().unwrap_or(Value::Null));
        }
        Some(Value::Object(out))
    }
}

/// `yyyymmdd` or `"yyyy-mm-dd"`; a day that no calendar has is none.
fn day(given: &Value) -> Option<Day> {
    let day: Day = match given {
        Value::String(text) => text.parse().ok()?,
        Value::Number(n) => serde_json::from_value(Value::Number(n.clone())).ok()?,
        _ => return None,
    };
    (19_000_101..=22_001_231).contains(&day.number()).then_some(day)
}

fn moment(given: &Value) -> Option<Moment> {
    let moment: Moment = serde_json::from_value(given.clone()).ok()?;
    // 1990 to 2200; offsets that clocks have.
    ((631_152_000_000..7_258_118_400_000).contains(&moment.ms) && (-720..=840).contains(&moment.offset_min)).then_some(moment)
}

/// What a form's template gets: the facts and what is known around them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormPage {
    /// The facts, see [`Filled::facts`].
    pub facts: Value,
    /// Signatures; none while the paper is presented for signing or is to be signed by hand.
    pub closing: Option<FormClosing>,
    /// The checkpoint over the facts, where there is one.
    pub presented: Option<CheckpointLine>,
    /// Fingerprint of the trust root: 64 lower-case hex digits in groups of four.
    pub trust_root: Option<String>,
}

/// What makes a form final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormClosing {
    /// Who signed.
    pub signatures: Vec<FormSignature>,
    /// Who did not sign, and why (J5).
    pub refusal: Option<Refusal>,
    /// Strokes of the initials at corrections, in the order of the corrections and their initials.
    pub initials: Vec<Vec<Option<Ink>>>,
    /// 宣读.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_aloud: Option<ReadAloud>,
    /// How it is sealed; none: by hand, on the place left for it.
    pub seal: Option<Seal>,
    /// The checkpoint over the signatures.
    pub checkpoint: Option<CheckpointLine>,
}

/// One signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormSignature {
    /// As what.
    pub signer: Signer,
    /// Name.
    pub name: String,
    /// 职务.
    pub position: Option<String>,
    /// 执法证号.
    pub certificate: Option<String>,
    /// 意见.
    pub opinion: Option<String>,
    /// When.
    pub at: Moment,
    /// The drawn signature, if one was drawn.
    pub ink: Option<Ink>,
    /// 逐页签名: at the foot of each page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<Ink>,
}

/// How a paper is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seal {
    /// 预盖章: number of the sheet that was sealed beforehand.
    Stock(String),
    /// 电子印章: number of the seal; only where the pack allows it.
    Electronic(String),
}

/// Typesets a filled form as PDF/A-3a + PDF/UA-1. `facts.cbor` is attached unless the caller attaches its own signed one.
///
/// # Errors
/// [`DocumentError`].
pub fn paper(
    pack: &Pack,
    id: &str,
    page: &FormPage,
    at: Moment,
    fonts: &Fonts,
    mut attachments: Vec<Attachment>,
) -> Result<Vec<u8>, DocumentError> {
    let unknown = || DocumentError::UnknownForm(id.to_owned());
    let row = pack.form(id).ok_or_else(unknown)?;
    let form = super::Form::of(pack, id).ok_or_else(unknown)?;
    let electronic = page.closing.as_ref().is_some_and(|c| matches!(c.seal, Some(Seal::Electronic(_))));
    if electronic && !row.electronic_seal {
        return Err(DocumentError::ElectronicSeal(id.to_owned()));
    }
    let number = page.facts.pointer("/fields/number").and_then(Value::as_str).unwrap_or_default();
    let facts = cbor::from_json(&page.facts).and_then(|value| cbor::encode(&value)).map_err(|_| DocumentError::Facts)?;
    if attachments.iter().all(|a| a.name != FACTS) {
        attachments.push(Attachment {
            name: FACTS.to_owned(),
            mime: "application/cbor".to_owned(),
            description: "文书所载事实 / the facts of the form".to_owned(),
            relationship: Relationship::Source,
            bytes: facts,
        });
    }
    let page = serde_json::to_value(page).map_err(|_| DocumentError::Facts)?;
    let identity = PaperIdentity {
        title: format!("{} {number}", form.title).trim_end().to_owned(),
        at,
        id: sha256(format!("{id} {} {page}", at.ms).as_bytes()).to_vec(),
    };
    render(&form, &page, fonts, &attachments, &identity)
}

const FACTS: &str = "facts.cbor";
