//! `forms.toml`: the forms with their templates and common part; and the table of their facts, one a line.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::rows::Cells;
use super::{Author, ProblemKind, RawBasis};
use crate::pack::{Choice, Column, Copies, Field, FieldKind, Form, Signer, Text};

const FILE: &str = "forms.toml";
const COLUMNS: [&str; 9] = ["of", "id", "zh", "en", "kind", "from", "required", "least", "most"];
const KINDS: [(&str, FieldKind); 10] = [
    ("text", FieldKind::Text),
    ("paragraph", FieldKind::Paragraph),
    ("day", FieldKind::Day),
    ("moment", FieldKind::Moment),
    ("amount", FieldKind::Amount),
    ("count", FieldKind::Count),
    ("choice", FieldKind::Choice),
    ("people", FieldKind::People),
    ("items", FieldKind::Items),
    ("party", FieldKind::Party),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawForms {
    common: Option<Spanned<String>>,
    fields: Option<Spanned<String>>,
    #[serde(default, rename = "form")]
    forms: Vec<RawForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawForm {
    id: Spanned<String>,
    title: Text,
    template: Spanned<String>,
    #[serde(default)]
    required: Vec<String>,
    basis: RawBasis,
    #[serde(default)]
    groups: Vec<Spanned<String>>,
    copies: Option<Copies>,
    #[serde(default)]
    signers: Vec<Signer>,
    remedy: Option<String>,
    #[serde(default)]
    remedy_optional: bool,
    numbering: Option<String>,
    #[serde(default)]
    forbidden: Vec<String>,
    #[serde(default)]
    electronic_seal: bool,
    #[serde(default)]
    each_page: bool,
    #[serde(default)]
    illustrative: bool,
}

/// What `forms.toml` yields.
#[derive(Default)]
pub(super) struct Forms {
    pub(super) common: Option<String>,
    pub(super) forms: Vec<Form>,
}

impl Author {
    /// The file may be absent: a pack needs no forms.
    pub(super) fn forms(&mut self) -> Forms {
        if matches!(self.folder.read(FILE), Err(ProblemKind::FileMissing(_))) {
            return Forms::default();
        }
        let Some((raw, lines)) = self.toml::<RawForms>(FILE) else { return Forms::default() };
        let mut part = |path: Option<Spanned<String>>| {
            let path = path?;
            let text = self.file(path.get_ref(), FILE, lines.at(&path.span()))?;
            Some((path.into_inner(), text))
        };
        let common = part(raw.common).map(|(_, text)| text);
        let table = part(raw.fields);
        let mut known = table.map(|(file, text)| self.fields(&file, &text)).unwrap_or_default();
        let mut forms = Vec::new();
        for row in raw.forms {
            let id = row.id.get_ref().clone();
            self.written(&id, FILE, lines.at(&row.id.span()));
            let mut fields = Vec::new();
            for group in &row.groups {
                match known.get_mut(group.get_ref()) {
                    Some((used, group)) => {
                        *used = true;
                        fields.extend(group.clone());
                    }
                    None => self.bad(FILE, lines.at(&group.span()), "groups", "a name in the column `of` of the facts"),
                }
            }
            if let Some((used, own)) = known.get_mut(&id) {
                *used = true;
                fields.extend(own.clone());
            }
            let mut required = row.required;
            required.extend(fields.iter().filter(|f| f.required).map(|f| f.id.clone()));
            forms.push(Form {
                template: self.file(row.template.get_ref(), FILE, lines.at(&row.template.span())).unwrap_or_default(),
                basis: self.toml_basis(&id, FILE, &lines, &row.basis),
                id,
                title: row.title,
                path: row.template.into_inner(),
                required,
                fields,
                copies: row.copies,
                signers: row.signers,
                remedy: row.remedy,
                remedy_optional: row.remedy_optional,
                numbering: row.numbering,
                forbidden: row.forbidden,
                electronic_seal: row.electronic_seal,
                each_page: row.each_page,
                illustrative: row.illustrative,
            });
        }
        for (of, (used, _)) in known {
            if !used {
                self.problem(FILE, 0, ProblemKind::UnknownField(of));
            }
        }
        Forms { common, forms }
    }

    /// Facts by form or group, in their order; a line `goods.name` is a column of `goods`, one of kind `option` an answer.
    fn fields(&mut self, file: &str, text: &str) -> BTreeMap<String, (bool, Vec<Field>)> {
        let mut known: BTreeMap<String, (bool, Vec<Field>)> = BTreeMap::new();
        for row in self.table(file, text, &COLUMNS) {
            let title = Text { zh: row.cell("zh").to_owned(), en: row.cell("en").to_owned() };
            let required = self.yes(file, &row, "required");
            let kind = KINDS.iter().find(|(name, _)| *name == row.cell("kind")).map(|(_, kind)| *kind);
            let (_, fields) = known.entry(row.cell("of").to_owned()).or_default();
            if let Some((of, id)) = row.cell("id").split_once('.') {
                let field = fields.last_mut().filter(|field| field.id == of);
                match (field, kind) {
                    (Some(field), Some(kind)) => field.columns.push(Column { id: id.to_owned(), title, kind, required }),
                    (Some(field), None) if row.cell("kind") == "option" => {
                        field.options.push(Choice { id: id.to_owned(), title });
                    }
                    (Some(_), None) => {
                        self.bad(file, row.line, "kind", "text | paragraph | day | moment | amount | count | option")
                    }
                    (None, _) => self.bad(file, row.line, "id", "directly below the fact that it belongs to"),
                }
                continue;
            }
            let field = Field {
                id: row.cell("id").to_owned(),
                title,
                kind: kind.unwrap_or(FieldKind::Text),
                from: Some(row.cell("from")).filter(|path| !path.is_empty()).map(str::to_owned),
                required,
                options: Vec::new(),
                columns: Vec::new(),
                least: None,
                most: None,
            };
            fields.push(field);
            if kind.is_none() {
                self.bad(file, row.line, "kind", &KINDS.map(|(name, _)| name).join(" | "));
            }
            let (least, most) = (self.bound(file, &row, "least"), self.bound(file, &row, "most"));
            if let Some(field) = known.get_mut(row.cell("of")).and_then(|(_, fields)| fields.last_mut()) {
                (field.least, field.most) = (least, most);
            }
        }
        known
    }

    fn bound(&mut self, file: &str, row: &Cells, column: &str) -> Option<u64> {
        let written = row.cell(column);
        if written.is_empty() {
            return None;
        }
        let bound = written.parse();
        if bound.is_err() {
            self.bad(file, row.line, column, "0, 1, 2, …");
        }
        bound.ok()
    }
}
