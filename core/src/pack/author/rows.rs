//! TOML tables of rows that read straight into the model: `basis`, `duty` and `penalty` are written `source article`, every `id` is remembered with its line.

use super::{Author, Lines, toml_problem};
use crate::pack::Text;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Fields that name sources.
const BASES: [&str; 3] = ["basis", "duty", "penalty"];

impl Author {
    /// A file of rows; the empty document where it is not there.
    pub(in crate::pack) fn document<T: DeserializeOwned + Default>(&mut self, file: &str) -> T {
        let Some(text) = self.optional(file) else { return T::default() };
        let lines = Lines::of(&text);
        let read = DeTable::parse(&text).and_then(|mut table| {
            self.places(file, &lines, "", table.get_mut());
            T::deserialize(toml::Deserializer::from(table))
        });
        read.unwrap_or_else(|error| {
            let line = error.span().map_or(0, |span| lines.at(&span));
            self.problem(file, line, toml_problem(error.message()));
            T::default()
        })
    }

    fn places(&mut self, file: &str, lines: &Lines, outer: &str, table: &mut DeTable<'_>) {
        let id = table.get("id").map(|id| (id.get_ref().as_str().map(str::to_owned), lines.at(&id.span())));
        let row = match id {
            Some((Some(id), line)) => {
                self.written(&id, file, line);
                id
            }
            _ => outer.to_owned(),
        };
        for (key, value) in table.iter_mut() {
            let named = BASES.contains(&key.get_ref().as_ref());
            self.value(file, lines, &row, named, value);
        }
    }

    fn value(&mut self, file: &str, lines: &Lines, row: &str, named: bool, value: &mut Spanned<DeValue<'_>>) {
        match value.get_mut() {
            DeValue::Table(table) => self.places(file, lines, row, table),
            DeValue::Array(values) => {
                for one in values.iter_mut() {
                    match one.get_ref().as_str().map(str::to_owned) {
                        Some(written) if named => {
                            let span = one.span();
                            let basis = self.basis(row, file, &[(written, lines.at(&span))]);
                            let spanned = |text: &str| Spanned::new(span.clone(), Cow::Owned(text.to_owned()));
                            let field = |text: String| Spanned::new(span.clone(), DeValue::String(Cow::Owned(text)));
                            let fields = basis
                                .into_iter()
                                .flat_map(|b| [(spanned("source"), field(b.source)), (spanned("article"), field(b.article))]);
                            *one.get_mut() = DeValue::Table(fields.collect());
                        }
                        _ => self.value(file, lines, row, named, one),
                    }
                }
            }
            _ => {}
        }
    }
}

/// A cell-wise row of a CSV table: its line and its cells by column, trimmed.
pub(in crate::pack) struct Cells {
    pub(in crate::pack) line: usize,
    pub(super) cells: BTreeMap<String, String>,
}

impl Cells {
    pub(in crate::pack) fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    pub(in crate::pack) fn text(&self, column: &str) -> Text {
        Text { zh: self.cell(&format!("{column}_zh")).to_owned(), en: self.cell(&format!("{column}_en")).to_owned() }
    }

    /// The parts between semicolons.
    pub(in crate::pack) fn list(&self, column: &str) -> impl Iterator<Item = &str> {
        super::list(self.cell(column))
    }
}
