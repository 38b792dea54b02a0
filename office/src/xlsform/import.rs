//! From a workbook to the rows of a checklist.

use super::remark::{At, Remark, Said};
use super::workbook::{self, Row, Sheet};
use super::{OWN, OWN_SETTINGS, XlsformError, code};
use mingzheng_core::pack::author::ITEM_COLUMNS;
use mingzheng_core::pack::{Answer, Decimal, Text};
use std::collections::{BTreeMap, BTreeSet};

/// What the caller wants besides what the workbook says.
#[derive(Debug, Default, Clone)]
pub struct Wishes {
    /// What may be left out.
    pub skip: BTreeSet<String>,
    /// Id of the checklist, instead of `form_id`.
    pub id: Option<String>,
    /// Chinese title, instead of `form_title`.
    pub title_zh: Option<String>,
    /// English title.
    pub title_en: Option<String>,
    /// The subject of rows without their own.
    pub subject: Option<String>,
    /// The basis of rows without their own.
    pub basis: Option<String>,
}

/// A checklist that was read.
#[derive(Debug, Default)]
pub struct Imported {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// Subject of rows without their own.
    pub subject: String,
    items: Vec<Item>,
    /// What is to be said; nothing may be written where one refuses.
    pub remarks: Vec<Remark>,
}

/// A language of a heading.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tongue {
    Zh,
    En,
    /// None is named.
    Plain,
}

/// What a column of the survey sheet means.
#[derive(Clone, PartialEq, Eq)]
enum Column {
    Type,
    Name,
    Label(Tongue),
    Hint(Tongue),
    Required,
    Constraint,
    Own(&'static str),
    /// By its heading.
    Other(String),
}

/// What a question asks for.
enum Kind<'a> {
    SelectOne(&'a str),
    Number,
    Image,
    Text,
    /// By the word with which it can be left out.
    Other(String),
}

/// An item that is being put together.
#[derive(Debug, Default)]
struct Item {
    /// Name in the form.
    name: String,
    row: u32,
    text: Text,
    note: Text,
    cells: BTreeMap<&'static str, String>,
}

struct Import<'a> {
    wishes: &'a Wishes,
    remarks: Vec<Remark>,
    /// The language of headings that name none.
    plain: Option<Tongue>,
    lists: BTreeMap<String, Vec<Answer>>,
    used: BTreeSet<String>,
    items: Vec<Item>,
}

/// Reads a workbook.
///
/// # Errors
/// [`XlsformError`] where nothing of it can be read; what a cell says wrongly is among the remarks.
pub fn import(bytes: &[u8], wishes: &Wishes) -> Result<Imported, XlsformError> {
    let mut remarks = Vec::new();
    let book = workbook::read(bytes, &mut remarks)?;
    let mut this = Import { wishes, remarks, plain: None, lists: BTreeMap::new(), used: BTreeSet::new(), items: Vec::new() };
    for name in &book.others {
        // These change what a form does; ODK passes over all others.
        match name.trim().to_lowercase().as_str() {
            word @ ("external_choices" | "entities" | "osm") => this.feature(At::sheet(name), word),
            _ => this.tell(At::sheet(name), Said::SheetNotRead),
        }
    }
    let mut read = this.settings(book.settings.as_ref());
    if let Some(choices) = &book.choices {
        this.choices(choices);
    }
    this.survey(&book.survey);
    if let Some(choices) = &book.choices {
        let unused: Vec<_> = this.lists.keys().filter(|list| !this.used.contains(*list)).cloned().collect();
        for list in unused {
            this.tell(At::sheet(&choices.name), Said::UnusedList(list));
        }
    }
    this.complete(&book.survey.name, &read.subject);
    this.remarks.sort_by(|a, b| (!a.said.refuses(), &a.at).cmp(&(!b.said.refuses(), &b.at)));
    (read.items, read.remarks) = (this.items, this.remarks);
    Ok(read)
}

impl Import<'_> {
    fn tell(&mut self, at: At, said: Said) {
        self.remarks.push(Remark { at, said });
    }

    /// Something that checklists do not have: refused, or left out as wished.
    fn feature(&mut self, at: At, word: &str) {
        let said = if self.wishes.skip.contains(word) { Said::Skipped } else { Said::Unsupported };
        self.tell(at, said(word.to_owned()));
    }

    fn settings(&mut self, sheet: Option<&Sheet>) -> Imported {
        let mut values: BTreeMap<String, String> = BTreeMap::new();
        let name = sheet.map_or("settings", |sheet| sheet.name.as_str());
        if let Some(sheet) = sheet {
            for row in sheet.rows.iter().skip(1) {
                self.tell(At::row(&sheet.name, row.number), Said::Bad("one row of settings"));
            }
            let row = sheet.rows.first();
            for (column, text) in row.iter().flat_map(|row| &row.cells) {
                let at = At::cell(&sheet.name, row.map_or(0, |row| row.number), *column);
                let Some(heading) = sheet.heading.get(column) else {
                    self.tell(at, Said::NoHeading);
                    continue;
                };
                let key = heading.trim().to_lowercase().replace(' ', "_");
                let key = match key.as_str() {
                    "title" => "form_title".to_owned(),
                    "id_string" => "form_id".to_owned(),
                    _ => key,
                };
                match key.as_str() {
                    "version" => self.tell(at, Said::VersionOfPack),
                    "default_language" => match tongue(text) {
                        Some(tongue) => self.plain = Some(tongue),
                        None => self.tell(at, Said::Bad("中文 (zh-Hans) | English (en)")),
                    },
                    "form_title" | "form_id" => {
                        values.insert(key, text.clone());
                    }
                    own if OWN_SETTINGS.contains(&own) => {
                        values.insert(key, text.clone());
                    }
                    _ => self.feature(at, &format!("settings.{heading}")),
                }
            }
        }
        let wishes = self.wishes;
        let mut title = values.get("form_title").cloned().unwrap_or_default();
        let mut title_en = values.get("mz_title_en").cloned().unwrap_or_default();
        if title_en.is_empty() && !title.is_empty() && !chinese(&title) {
            title_en = std::mem::take(&mut title);
        }
        let title = Text { zh: wishes.title_zh.clone().unwrap_or(title), en: wishes.title_en.clone().unwrap_or(title_en) };
        let form_id = values.get("form_id").cloned().unwrap_or_default();
        let id = wishes.id.clone().unwrap_or_else(|| id_of(&form_id));
        if wishes.id.is_none() && id != form_id {
            self.tell(At::sheet(name), Said::Renamed(id.clone()));
        }
        let subject = wishes.subject.clone().or_else(|| values.get("mz_subject").cloned()).unwrap_or_default();
        let due = [
            (id.is_empty(), "form_id (--id)"),
            (title.zh.is_empty(), "form_title (--title-zh)"),
            (title.en.is_empty(), "mz_title_en (--title-en)"),
            (subject.is_empty(), "mz_subject (--subject)"),
        ];
        for (_, what) in due.iter().filter(|(missing, _)| *missing) {
            self.tell(At::sheet(name), Said::Missing((*what).to_owned()));
        }
        Imported { id, title, subject, ..Imported::default() }
    }

    fn choices(&mut self, sheet: &Sheet) {
        let columns = self.columns(sheet, |heading| match base(heading).0.as_str() {
            // `Type` stands for the list here.
            "list_name" | "list" => Column::Type,
            "name" | "value" => Column::Name,
            _ => label(heading).unwrap_or_else(|| Column::Other(heading.to_owned())),
        });
        for wanted in [(Column::Type, "list_name"), (Column::Name, "name")] {
            self.column(sheet, &columns, wanted);
        }
        for row in &sheet.rows {
            let (mut list, mut name, mut labels) = (String::new(), String::new(), Vec::new());
            for (column, text) in &row.cells {
                match columns.get(column) {
                    Some(Column::Type) => list.clone_from(text),
                    Some(Column::Name) => name.clone_from(text),
                    Some(Column::Label(_)) => labels.push(text.clone()),
                    Some(Column::Other(heading)) => {
                        self.feature(At::cell(&sheet.name, row.number, *column), &format!("choices.{heading}"));
                    }
                    _ => self.tell(At::cell(&sheet.name, row.number, *column), Said::NoHeading),
                }
            }
            let at = At::row(&sheet.name, row.number);
            if list.is_empty() || name.is_empty() {
                self.tell(at, Said::Missing("list_name, name".to_owned()));
                continue;
            }
            let written = [vec![name.clone()], labels.clone()].concat();
            let Some(answer) = written.iter().find_map(|word| answer(word)) else {
                self.tell(at, Said::UnknownChoice(name));
                self.lists.entry(list).or_default();
                continue;
            };
            let (zh, en) = answer.word();
            if name != code(answer) || labels.iter().any(|label| label != zh && label != en) {
                self.tell(at.clone(), Said::Reads(written.join(" "), answer));
            }
            let answers = self.lists.entry(list).or_default();
            if answers.contains(&answer) {
                self.tell(at, Said::Twice(written.join(" ")));
            } else {
                answers.push(answer);
            }
        }
    }

    /// What the columns mean, by their headings.
    fn columns(&mut self, sheet: &Sheet, meaning: impl Fn(&str) -> Column) -> BTreeMap<u32, Column> {
        let mut columns: BTreeMap<u32, Column> = BTreeMap::new();
        for (column, heading) in &sheet.heading {
            let meant = meaning(heading);
            if columns.values().any(|there| *there == meant) {
                self.tell(At::cell(&sheet.name, sheet.first, *column), Said::Twice(heading.clone()));
            }
            columns.insert(*column, meant);
        }
        columns
    }

    fn column(&mut self, sheet: &Sheet, columns: &BTreeMap<u32, Column>, (wanted, name): (Column, &str)) {
        if !columns.values().any(|column| *column == wanted) {
            self.tell(At::sheet(&sheet.name), Said::Missing(name.to_owned()));
        }
    }

    fn survey(&mut self, sheet: &Sheet) {
        let columns = self.columns(sheet, |heading| match base(heading).0.as_str() {
            "type" => Column::Type,
            "name" => Column::Name,
            "required" => Column::Required,
            "constraint" => Column::Constraint,
            own if OWN.contains(&own) => OWN.iter().find(|known| **known == own).map_or(Column::Type, |known| Column::Own(known)),
            _ => label(heading).unwrap_or_else(|| Column::Other(heading.to_owned())),
        });
        for wanted in [(Column::Type, "type"), (Column::Name, "name")] {
            self.column(sheet, &columns, wanted);
        }
        for row in &sheet.rows {
            self.question(sheet, &columns, row);
        }
        if self.items.is_empty() {
            self.tell(At::sheet(&sheet.name), Said::Missing("select_one".to_owned()));
        }
    }

    fn question(&mut self, sheet: &Sheet, columns: &BTreeMap<u32, Column>, row: &Row) {
        let place = |column: u32| At::cell(&sheet.name, row.number, column);
        let mut found = Question { at: At::row(&sheet.name, row.number), ..Question::default() };
        for (column, text) in &row.cells {
            let at = place(*column);
            match columns.get(column) {
                Some(Column::Type) => found.kind.clone_from(text),
                Some(Column::Name) => found.name.clone_from(text),
                Some(Column::Label(tongue)) => self.both(&mut found.label, *tongue, text, at),
                Some(Column::Hint(tongue)) => {
                    self.both(&mut found.hint, *tongue, text, at.clone());
                    found.hint_at = Some(at);
                }
                Some(Column::Required) => found.required = Some((at, text.clone())),
                Some(Column::Constraint) => found.constraint = Some((at, text.clone())),
                Some(Column::Own(own)) => {
                    found.own.insert(own, (at, text.clone()));
                }
                Some(Column::Other(heading)) => self.feature(at, heading),
                None => self.tell(at, Said::NoHeading),
            }
        }
        let kind = found.kind.clone();
        match kind_of(&kind) {
            Kind::Other(word) => self.feature(found.at, &word),
            _ if found.name.is_empty() => self.tell(found.at, Said::Missing("name".to_owned())),
            Kind::SelectOne(list) => self.select(found, list),
            Kind::Number => self.number(found),
            Kind::Image => self.image(found),
            Kind::Text => self.text(found),
        }
    }

    /// Puts a text into its language.
    fn both(&mut self, into: &mut Text, tongue: Tongue, text: &str, at: At) {
        let tongue = match (tongue, self.plain) {
            (Tongue::Plain, Some(named)) => named,
            (Tongue::Plain, None) if chinese(text) => Tongue::Zh,
            (Tongue::Plain, None) => Tongue::En,
            (named, _) => named,
        };
        let side = if tongue == Tongue::Zh { &mut into.zh } else { &mut into.en };
        if side.is_empty() {
            text.clone_into(side);
        } else if side != text {
            self.tell(at, Said::Twice("label, hint".to_owned()));
        }
    }

    fn translated(&mut self, at: &At, text: &Text) {
        for (side, language) in [(&text.zh, super::LANGUAGES[0]), (&text.en, super::LANGUAGES[1])] {
            if side.is_empty() {
                self.tell(at.clone(), Said::NoTranslation(language));
            }
        }
    }

    /// A new item; its id is made of the name.
    fn item(&mut self, asked: &mut Question, results: &str) -> Item {
        let id = id_of(&asked.name);
        if id != asked.name && super::name(&id) != asked.name {
            self.tell(asked.at.clone(), Said::Renamed(id.clone()));
        }
        if id.is_empty() {
            self.tell(asked.at.clone(), Said::Bad("name: a-z 0-9 - _"));
        }
        if self.items.iter().any(|item| item.cells.get("id") == Some(&id)) {
            self.tell(asked.at.clone(), Said::Taken(id.clone()));
        }
        self.translated(&asked.at, &asked.label);
        if asked.hint != Text::default() {
            self.translated(&asked.at, &asked.hint);
        }
        let mut item = Item {
            name: std::mem::take(&mut asked.name),
            row: asked.at.row,
            text: std::mem::take(&mut asked.label),
            note: std::mem::take(&mut asked.hint),
            cells: BTreeMap::new(),
        };
        asked.hint_at = None;
        item.cells.insert("id", id);
        item.cells.insert("results", results.to_owned());
        for (own, column) in [("mz_basis", "basis"), ("mz_subject", "subject")] {
            if let Some((_, text)) = asked.own.remove(own) {
                item.cells.insert(column, text);
            }
        }
        if let Some((at, text)) = asked.own.remove("mz_illustrative") {
            match text.to_lowercase().as_str() {
                word @ ("yes" | "no") => {
                    item.cells.insert("illustrative", word.to_owned());
                }
                _ => self.tell(at, Said::Bad("yes | no")),
            }
        }
        match asked.required.take().map(|(at, text)| (at, truth(&text))) {
            Some((at, Some(false))) => self.tell(at, Said::AlwaysDue),
            Some((at, None)) => self.feature(at, "required"),
            _ => {}
        }
        item
    }

    fn select(&mut self, mut asked: Question, list: &str) {
        self.used.insert(list.to_owned());
        let results = match self.lists.get(list) {
            Some(answers) if *answers == Answer::ALL => String::new(),
            Some(answers) => answers.iter().map(|answer| code(*answer)).collect::<Vec<_>>().join("; "),
            None => {
                self.tell(asked.at.clone(), Said::UnknownList(list.to_owned()));
                String::new()
            }
        };
        let item = self.item(&mut asked, &results);
        self.items.push(item);
        self.rest(asked);
    }

    /// The item of this name and more.
    fn of(&mut self, name: &str) -> Option<&mut Item> {
        let begins = |item: &&mut Item| name.strip_prefix(item.name.as_str()).is_some_and(|rest| rest.starts_with('_'));
        self.items.iter_mut().filter(begins).max_by_key(|item| item.name.len())
    }

    fn number(&mut self, mut asked: Question) {
        let own = self.of(&asked.name).is_none();
        if own {
            let label = asked.label.clone();
            let item = self.item(&mut asked, "");
            asked.name.clone_from(&item.name);
            asked.label = label;
            self.items.push(item);
        } else {
            self.translated(&asked.at, &asked.label);
        }
        let mut limits: BTreeMap<&'static str, String> = BTreeMap::new();
        for (own, column) in [("mz_unit", "unit"), ("mz_min", "min"), ("mz_max", "max")] {
            if let Some((at, text)) = asked.own.remove(own) {
                if column != "unit" && text.parse::<Decimal>().is_err() {
                    self.tell(at, Said::Bad("0.30"));
                }
                limits.insert(column, text);
            }
        }
        if !limits.contains_key("min") && !limits.contains_key("max") {
            match asked.constraint.take() {
                None => self.tell(asked.at.clone(), Said::NoLimit),
                Some((at, written)) => match bounds(&written) {
                    None => self.feature(at, "constraint"),
                    Some(found) => {
                        let (min, max) = (found.get("min").cloned(), found.get("max").cloned());
                        let told = format!("{} – {}", min.unwrap_or_default(), max.unwrap_or_default());
                        self.tell(at, Said::Limits(told));
                        limits.extend(found);
                    }
                },
            }
        }
        let get = |column: &str| limits.get(column).map_or("", String::as_str);
        let hint = super::export::limits(get("unit"), get("min"), get("max"));
        if asked.hint == hint {
            asked.hint_at = None;
        }
        if asked.required.as_ref().is_some_and(|(_, text)| truth(text) == Some(false)) {
            asked.required = None;
        }
        limits.insert("quantity_zh", std::mem::take(&mut asked.label.zh));
        limits.insert("quantity_en", std::mem::take(&mut asked.label.en));
        let (at, name) = (asked.at.clone(), asked.name.clone());
        let target = if own { self.items.last_mut() } else { self.of(&name) };
        if let Some(item) = target {
            if item.cells.contains_key("quantity_zh") {
                self.tell(at, Said::Twice("decimal".to_owned()));
            } else {
                item.cells.extend(limits);
            }
        }
        self.rest(asked);
    }

    fn image(&mut self, mut asked: Question) {
        let Some(item) = self.of(&asked.name) else {
            let said = if self.wishes.skip.contains("image") { Said::Skipped("image".to_owned()) } else { Said::NotOfAnItem };
            return self.tell(asked.at, said);
        };
        let always = super::export::photo_due(&item.name);
        let must = match asked.required.take() {
            None => false,
            Some((_, text)) if text == always => true,
            Some((at, text)) => match truth(&text) {
                Some(must) => must,
                None => {
                    self.feature(at, "required");
                    false
                }
            },
        };
        let twice =
            self.of(&asked.name).and_then(|item| item.cells.insert("photo", if must { "must" } else { "may" }.to_owned()));
        if twice.is_some() {
            self.tell(asked.at.clone(), Said::Twice("image".to_owned()));
        }
        let label = std::mem::take(&mut asked.label);
        if label != super::export::photo_label() {
            self.tell(asked.at.clone(), Said::NoPlace(format!("{} {}", label.zh, label.en).trim().to_owned()));
        }
        self.rest(asked);
    }

    fn text(&mut self, mut asked: Question) {
        if self.of(&asked.name).is_none() {
            return self.feature(asked.at, "text");
        }
        asked.required = None;
        self.tell(asked.at.clone(), Said::NoteIsThere);
        self.rest(asked);
    }

    /// What a question of this kind has no use for.
    fn rest(&mut self, asked: Question) {
        for (at, word) in [
            (asked.required.map(|(at, _)| at), "required"),
            (asked.constraint.map(|(at, _)| at), "constraint"),
            (asked.hint_at, "hint"),
        ] {
            if let Some(at) = at {
                self.feature(at, word);
            }
        }
        for (own, (at, _)) in asked.own {
            self.feature(at, own);
        }
    }

    /// Gives every row what it lacks.
    fn complete(&mut self, sheet: &str, subject: &str) {
        let (mut based, mut marked) = (0, 0);
        for (item, no) in self.items.iter_mut().zip(1..) {
            let cells = &mut item.cells;
            if !cells.contains_key("basis")
                && let Some(basis) = &self.wishes.basis
            {
                based += 1;
                cells.insert("basis", basis.clone());
            }
            if !cells.contains_key("illustrative") {
                marked += 1;
                cells.insert("illustrative", "yes".to_owned());
            }
            cells.insert("no", no.to_string());
            cells.entry("photo").or_insert_with(|| "none".to_owned());
            cells.entry("subject").or_insert_with(|| subject.to_owned());
            let (text, note) = (&item.text, &item.note);
            for (column, text) in [("text_zh", &text.zh), ("text_en", &text.en), ("note_zh", &note.zh), ("note_en", &note.en)] {
                cells.insert(column, text.clone());
            }
        }
        for (rows, what) in [(based, "basis"), (marked, "illustrative")] {
            if rows > 0 {
                self.tell(At::sheet(sheet), Said::Given(rows, what));
            }
        }
    }
}

impl Imported {
    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The file of its rows in a checklist of this subject, and for each line of the file, from 1, the row of the survey sheet.
    ///
    /// # Errors
    /// [`XlsformError::Io`], which writing to memory does not give.
    pub fn file(&self, subject: &str) -> Result<(String, BTreeMap<usize, u32>), XlsformError> {
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(ITEM_COLUMNS).map_err(std::io::Error::from)?;
        let mut lines = BTreeMap::new();
        let mut line = 2;
        for item in &self.items {
            let cell = |column: &&str| match item.cells.get(*column).map(String::as_str) {
                Some(own) if *column == "subject" && own == subject => "",
                cell => cell.unwrap_or_default(),
            };
            let fields: Vec<&str> = ITEM_COLUMNS.iter().map(cell).collect();
            out.write_record(&fields).map_err(std::io::Error::from)?;
            lines.insert(line, item.row);
            line += 1 + fields.iter().map(|field| field.matches('\n').count()).sum::<usize>();
        }
        let bytes = out.into_inner().map_err(|error| std::io::Error::other(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(std::io::Error::other)?;
        Ok((text, lines))
    }
}

/// A row of the survey sheet.
#[derive(Default)]
struct Question {
    at: At,
    kind: String,
    name: String,
    label: Text,
    hint: Text,
    hint_at: Option<At>,
    required: Option<(At, String)>,
    constraint: Option<(At, String)>,
    own: BTreeMap<&'static str, (At, String)>,
}

/// `label::中文 (zh-Hans)` → `label` and `中文 (zh-Hans)`.
fn base(heading: &str) -> (String, Option<&str>) {
    let (head, language) = match heading.split_once(':') {
        Some((head, rest)) => (head, Some(rest.trim_start_matches(':').trim())),
        None => (heading, None),
    };
    (head.trim().to_lowercase().replace(' ', "_"), language)
}

fn label(heading: &str) -> Option<Column> {
    let (head, language) = base(heading);
    let tongue = language.map_or(Some(Tongue::Plain), tongue)?;
    match head.as_str() {
        "label" | "caption" => Some(Column::Label(tongue)),
        "hint" => Some(Column::Hint(tongue)),
        _ => None,
    }
}

/// `中文 (zh-Hans)`, `English (en)`, `zh`; none for other languages.
fn tongue(language: &str) -> Option<Tongue> {
    let language = language.trim().to_lowercase();
    let tag = language.strip_suffix(')').and_then(|open| open.rsplit_once('(')).map_or(language.as_str(), |(_, tag)| tag);
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    match (primary, tag) {
        (_, "zh-hant" | "zh-tw" | "zh-hk") => None,
        ("zh" | "中文" | "汉语" | "简体中文" | "chinese", _) => Some(Tongue::Zh),
        ("en" | "english" | "英文" | "英语", _) => Some(Tongue::En),
        _ => None,
    }
}

fn chinese(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}'))
}

/// What a question asks for.
fn kind_of(written: &str) -> Kind<'_> {
    let lower = written.to_lowercase();
    let mut words = lower.split_whitespace();
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    let after = |count: usize| {
        let mut rest = written.split_whitespace().skip(count);
        (rest.next().unwrap_or_default(), rest.next().is_some())
    };
    match (first, second) {
        ("select_one" | "select1", _) | ("select", "one") => match after(if first == "select" { 2 } else { 1 }) {
            (list, false) if !list.is_empty() => Kind::SelectOne(list),
            _ => Kind::Other("or_other".to_owned()),
        },
        ("decimal" | "integer" | "int", "") => Kind::Number,
        ("image" | "photo", "") => Kind::Image,
        ("text" | "string", "") => Kind::Text,
        ("begin_group" | "end_group", _) | ("begin" | "end", "group") => Kind::Other("group".to_owned()),
        ("begin_repeat" | "end_repeat", _) | ("begin" | "end", "repeat") => Kind::Other("repeat".to_owned()),
        ("select", "multiple") => Kind::Other("select_multiple".to_owned()),
        _ => Kind::Other(first.to_owned()),
    }
}

/// Words with which people write the four results.
fn answer(word: &str) -> Option<Answer> {
    match word.trim().to_lowercase().replace([' ', '-', '/'], "_").as_str() {
        "pass" | "yes" | "y" | "ok" | "compliant" | "合格" | "符合" | "是" => Some(Answer::Pass),
        "fail" | "no" | "n" | "non_compliant" | "noncompliant" | "not_compliant" | "不合格" | "不符合" | "否" => {
            Some(Answer::Fail)
        }
        "not_applicable" | "na" | "n_a" | "不适用" | "合理缺项" => Some(Answer::NotApplicable),
        "corrected" | "corrected_on_site" | "现场改正" | "当场改正" | "已改正" => Some(Answer::Corrected),
        _ => None,
    }
}

fn truth(written: &str) -> Option<bool> {
    match written.trim().to_lowercase().as_str() {
        "yes" | "true" | "true()" | "1" => Some(true),
        "no" | "false" | "false()" | "0" => Some(false),
        _ => None,
    }
}

/// `. >= 0.3 and . <= 1.0`: only limits that are inclusive, as those of checklists are, each once.
fn bounds(written: &str) -> Option<BTreeMap<&'static str, String>> {
    let mut found = BTreeMap::new();
    for part in written.split(" and ") {
        let part: String = part.chars().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')')).collect();
        let (side, number) = match (part.strip_prefix(".>="), part.strip_prefix(".<=")) {
            (Some(number), _) => ("min", number),
            (_, Some(number)) => ("max", number),
            _ => return None,
        };
        number.parse::<Decimal>().ok()?;
        if found.insert(side, number.to_owned()).is_some() {
            return None;
        }
    }
    Some(found)
}

/// An id of a pack: lower case, digits, hyphens.
fn id_of(name: &str) -> String {
    let plain = name.trim_start_matches('_').to_lowercase();
    plain.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}
