//! What changes for an officer when one pack takes the place of another (`mingzheng pack diff`, F35).
//!
//! Packs are compared in their readable JSON: whatever has an id is a row, and every table that a pack may ever have is compared
//! without being named here. Only the words for tables and fields are.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::signed::PackError;
use super::{Basis, Pack, Text};
use crate::calendar::Day;

/// One row that is not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Table, as in the pack's JSON; empty for the pack itself.
    pub table: String,
    /// Row id, after the ids of the rows it stands in (`zhusu/zhusu-07`); with `/en` for the English side of a notification; empty for what
    /// belongs to no row.
    pub row: String,
    /// What the row is called, of the newer pack where it has it.
    pub title: Text,
    /// What happened to it.
    pub kind: ChangeKind,
}

/// What happened to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Some of its fields differ.
    Changed(Vec<FieldChange>),
}

/// One field that is not the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Path in the row, `text.zh`.
    pub field: String,
    /// What it said; articles as they are cited, days as they are printed.
    pub before: Option<String>,
    /// What it says.
    pub after: Option<String>,
}

/// Every row that differs, in the order of the newer pack, then what is gone.
pub fn diff(before: &Pack, after: &Pack) -> Result<Vec<Change>, PackError> {
    let (old, new) = (Rows::of(before)?, Rows::of(after)?);
    let mut changes = Vec::new();
    for key in &new.order {
        let Some(row) = new.rows.get(key) else { continue };
        let kind = match old.rows.get(key) {
            None => ChangeKind::Added,
            Some(was) => match was.differences(row) {
                fields if fields.is_empty() => continue,
                fields => ChangeKind::Changed(fields),
            },
        };
        changes.push(row.change(key, kind));
    }
    for key in &old.order {
        if let (Some(row), false) = (old.rows.get(key), new.rows.contains_key(key)) {
            changes.push(row.change(key, ChangeKind::Removed));
        }
    }
    Ok(changes)
}

type Key = (String, String);

/// A pack as rows by table and id, in the order in which they stand.
struct Rows<'a> {
    pack: &'a Pack,
    order: Vec<Key>,
    rows: BTreeMap<Key, Row>,
}

#[derive(Default)]
struct Row {
    id: String,
    title: Text,
    fields: BTreeMap<String, String>,
    /// Rows inside it, by the list in which they stand.
    lists: BTreeMap<String, Vec<String>>,
}

impl Row {
    fn change(&self, key: &Key, kind: ChangeKind) -> Change {
        Change { table: key.0.clone(), row: key.1.clone(), title: self.title.clone(), kind }
    }

    fn differences(&self, new: &Row) -> Vec<FieldChange> {
        let names: BTreeSet<_> = self.fields.keys().chain(new.fields.keys()).collect();
        let fields = names.into_iter().map(|field| FieldChange {
            field: field.clone(),
            before: self.fields.get(field).cloned(),
            after: new.fields.get(field).cloned(),
        });
        let mut found: Vec<_> = fields.filter(|field| field.before != field.after).collect();
        for (field, now) in &new.lists {
            let was = self.lists.get(field).map_or(&[][..], Vec::as_slice);
            let kept =
                |ids: &[String], others: &[String]| ids.iter().filter(|id| others.contains(id)).cloned().collect::<Vec<_>>();
            let (before, after) = (kept(was, now), kept(now, was));
            if before != after {
                found.push(FieldChange {
                    field: format!("{field}.order"),
                    before: Some(before.join(" ")),
                    after: Some(after.join(" ")),
                });
            }
        }
        found
    }
}

impl<'a> Rows<'a> {
    fn of(pack: &'a Pack) -> Result<Rows<'a>, PackError> {
        let json = pack.to_json().map_err(|error| PackError::Model(error.to_string()))?;
        let mut rows = Rows { pack, order: Vec::new(), rows: BTreeMap::new() };
        // The pack's own fields first; each table by its name.
        let (mut own, mut tables) = (Map::new(), Vec::new());
        for (name, value) in json.as_object().into_iter().flatten() {
            let table = value.is_object() && bilingual(value).is_none();
            if table || value.as_array().is_some_and(|list| list.iter().any(|one| one.get("id").is_some())) {
                tables.push((name, value));
            } else {
                own.insert(name.clone(), value.clone());
            }
        }
        rows.row("", &own, String::new());
        for (name, value) in tables {
            rows.table(name, value);
        }
        Ok(rows)
    }

    fn table(&mut self, name: &str, value: &Value) {
        // A table that is no list has fields of its own beside its rows: 亮证, 节假日.
        let mut row = Row::default();
        self.field(&mut row, name, "", value);
        if !row.fields.is_empty() || !row.lists.is_empty() {
            self.keep((name.to_owned(), String::new()), row);
        }
    }

    fn keep(&mut self, key: Key, row: Row) {
        self.order.push(key.clone());
        self.rows.insert(key, row);
    }

    fn row(&mut self, table: &str, object: &Map<String, Value>, id: String) {
        let mut row = Row { id: id.clone(), title: title(object), ..Row::default() };
        let at = self.order.len();
        for (name, value) in object {
            if name != "id" || table.is_empty() {
                self.field(&mut row, table, name, value);
            }
        }
        let key = (table.to_owned(), id);
        // A row stands before the rows inside it.
        self.order.insert(at, key.clone());
        self.rows.insert(key, row);
    }

    fn field(&mut self, row: &mut Row, table: &str, path: &str, value: &Value) {
        let inner = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match value {
            Value::Object(object) => match id(object) {
                Some(id) if row.id.is_empty() => self.row(table, object, id),
                Some(id) => self.row(table, object, format!("{}/{id}", row.id)),
                None => object.iter().for_each(|(name, value)| self.field(row, table, &inner(name), value)),
            },
            Value::Array(list) => {
                let mut ids = Vec::new();
                let mut plain: BTreeMap<String, Vec<String>> = BTreeMap::new();
                for one in list {
                    match one.as_object().and_then(id) {
                        Some(id) => {
                            ids.push(id);
                            self.field(row, table, path, one);
                        }
                        None => match bilingual(one) {
                            Some(text) => {
                                plain.entry(inner("zh")).or_default().push(text.zh);
                                plain.entry(inner("en")).or_default().push(text.en);
                            }
                            None => plain.entry(path.to_owned()).or_default().push(self.shown(path, one)),
                        },
                    }
                }
                if !ids.is_empty() {
                    row.lists.insert(if path.is_empty() { "rows".to_owned() } else { path.to_owned() }, ids);
                }
                row.fields.extend(plain.into_iter().map(|(path, lines)| (path, lines.join("\n"))));
            }
            Value::Null => {}
            scalar => {
                let shown = self.shown(path, scalar);
                row.fields.insert(path.to_owned(), shown);
            }
        }
    }

    /// A value as people read it.
    fn shown(&self, path: &str, value: &Value) -> String {
        let day = |value: &Value| Some(Day::try_from(u32::try_from(value.as_u64()?).ok()?).ok()?.to_string());
        if let Ok(basis) = serde_json::from_value::<Basis>(value.clone()) {
            return self.pack.cite(&basis).zh;
        }
        match value {
            Value::String(text) => text.clone(),
            Value::Bool(true) => "是 yes".to_owned(),
            Value::Bool(false) => "否 no".to_owned(),
            Value::Number(number) => match path {
                "valid_from" | "valid_until" | "in_force_from" | "in_force_until" | "effective" => {
                    day(value).unwrap_or_else(|| number.to_string())
                }
                _ => number.to_string(),
            },
            Value::Object(object) => match (object.get("day").and_then(day), object.get("name").and_then(Value::as_str)) {
                (Some(day), Some(name)) => format!("{day} {name}"),
                _ => value.to_string(),
            },
            _ => value.to_string(),
        }
    }
}

/// Id of a row; notifications have one row a language.
fn id(object: &Map<String, Value>) -> Option<String> {
    let id = object.get("id")?.as_str()?;
    match object.get("language").and_then(Value::as_str) {
        Some(language) if language != "zh-Hans" => Some(format!("{id}/{language}")),
        _ => Some(id.to_owned()),
    }
}

fn bilingual(value: &Value) -> Option<Text> {
    serde_json::from_value(value.clone()).ok()
}

/// What a row is called: its title, else what it says.
fn title(object: &Map<String, Value>) -> Text {
    let of = |name: &&str| match object.get(*name)? {
        Value::String(text) => Some(Text { zh: text.clone(), en: String::new() }),
        value => bilingual(value),
    };
    ["title", "act", "text", "document"].iter().find_map(of).unwrap_or_default()
}

impl Change {
    /// The table in words.
    pub fn table_word(&self) -> Text {
        word(TABLES, &self.table)
    }
}

impl FieldChange {
    /// The field in words, by the last part of its path that has any.
    pub fn word(&self) -> Text {
        let (path, language) = match self.field.rsplit_once('.') {
            Some((path, "zh")) => (path, "（中文）"),
            Some((path, "en")) => (path, "（英文）"),
            _ => (self.field.as_str(), ""),
        };
        let known = word(FIELDS, path.rsplit('.').next().unwrap_or(path));
        Text {
            zh: format!("{}{language}", known.zh),
            en: if language == "（英文）" { format!("{} (en)", known.en) } else { known.en },
        }
    }

    /// Both sides without what they share: of lists the lines that differ, of a text its beginning and end.
    pub fn excerpt(&self, around: usize) -> (Option<String>, Option<String>) {
        let (Some(before), Some(after)) = (&self.before, &self.after) else {
            return (self.before.clone(), self.after.clone());
        };
        if before.contains('\n') || after.contains('\n') {
            let only = |one: &str, other: &str| {
                let known: BTreeSet<_> = other.lines().collect();
                let lines: Vec<_> = one.lines().filter(|line| !known.contains(line)).collect();
                Some(lines.join("\n")).filter(|lines| !lines.is_empty())
            };
            return (only(before, after), only(after, before));
        }
        let (a, b): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
        let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
        let rest = a.len().min(b.len()).saturating_sub(head);
        let tail = a.iter().rev().zip(b.iter().rev()).take(rest).take_while(|(x, y)| x == y).count();
        let cut = |chars: &[char]| {
            let (from, to) = (head.saturating_sub(around), (chars.len() - tail + around).min(chars.len()));
            let middle: String = chars.get(from..to).unwrap_or_default().iter().collect();
            format!("{}{middle}{}", if from > 0 { "…" } else { "" }, if to < chars.len() { "…" } else { "" })
        };
        (Some(cut(&a)), Some(cut(&b)))
    }
}

type Words = &'static [(&'static str, &'static str, &'static str)];

fn word(words: Words, name: &str) -> Text {
    match words.iter().find(|(known, ..)| *known == name) {
        Some((_, zh, en)) => Text { zh: (*zh).to_owned(), en: (*en).to_owned() },
        None => Text { zh: name.to_owned(), en: name.to_owned() },
    }
}

const TABLES: Words = &[
    ("", "规则包", "pack"),
    ("subjects", "执法主体", "subject"),
    ("sources", "来源", "source"),
    ("checklists", "检查表", "checklist"),
    ("scripts", "用语", "script"),
    ("rights", "告知", "notification"),
    ("remedies", "救济途径", "remedy"),
    ("forms", "文书", "form"),
    ("calendar", "节假日", "calendar"),
    ("badge", "亮证", "badge"),
    ("gates", "关口数值", "gate value"),
    ("nodes", "节点", "step"),
    ("recording", "音像记录", "recording"),
    ("clocks", "期限", "clock"),
    ("items", "执法事项", "enforcement item"),
    ("discretion", "裁量", "discretion"),
    ("leniency", "三张清单", "lists of leniency"),
    ("powers", "强制权力", "coercive power"),
    ("review", "法制审核目录", "legal review"),
    ("thresholds", "数额标准", "threshold"),
];

const FIELDS: Words = &[
    ("title", "名称", "title"),
    ("text", "内容", "text"),
    ("document", "文书种类", "document"),
    ("basis", "依据", "basis"),
    ("results", "可选结果", "results"),
    ("min", "下限", "lower limit"),
    ("max", "上限", "upper limit"),
    ("quantity", "测量项目", "quantity"),
    ("unit", "单位", "unit"),
    ("photo", "拍照", "photo"),
    ("note", "注", "note"),
    ("notes", "说明", "notes"),
    ("illustrative", "示例", "illustrative"),
    ("value", "数值", "value"),
    ("length", "长度", "length"),
    ("starts", "起算", "starts"),
    ("alarms", "提醒", "alarms"),
    ("needs", "条件", "needs"),
    ("rule", "性质", "rule"),
    ("binds", "约束", "binds"),
    ("subject", "执法主体", "subject"),
    ("no", "序号", "number"),
    ("version", "版本", "version"),
    ("valid_from", "启用日", "valid from"),
    ("valid_until", "截止日", "valid until"),
    ("in_force_from", "施行日", "in force from"),
    ("in_force_until", "失效日", "in force until"),
    ("cite", "文号", "citation"),
    ("status", "核对程度", "status"),
    ("template", "模板", "template"),
    ("required", "必填", "required"),
    ("must_for", "必录", "must be recorded for"),
    ("source", "来源", "source"),
    ("off", "放假", "days off"),
    ("work", "补班", "days of work"),
    ("kind", "种类", "kind"),
    ("signers", "签名", "signers"),
    ("copies", "份数", "copies"),
    ("order", "次序", "order"),
    ("complaint", "投诉方式", "complaints"),
    ("aid_label", "辅助说明", "label of the aid"),
    ("recognised_by_province", "省级认可", "recognised by the province"),
];
