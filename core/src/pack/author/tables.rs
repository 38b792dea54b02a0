//! CSV tables (checklists, calendars) and the sections of a notification in Markdown.

use super::rows::Cells;
use super::{Author, ProblemKind, list};
use crate::calendar::{Day, NamedDay};
use crate::pack::{Answer, Basis, Decimal, Item, Measure, Photo, Text};

/// A `## id | basis; basis` section.
pub(super) struct Section {
    pub(super) id: String,
    pub(super) line: usize,
    pub(super) basis: Vec<(String, usize)>,
    pub(super) text: String,
}

/// Columns of a checklist's file, in their order.
pub const ITEM_COLUMNS: [&str; 16] = [
    "id",
    "no",
    "subject",
    "text_zh",
    "text_en",
    "basis",
    "results",
    "quantity_zh",
    "quantity_en",
    "unit",
    "min",
    "max",
    "photo",
    "illustrative",
    "note_zh",
    "note_en",
];
const DAY_COLUMNS: [&str; 4] = ["from", "until", "kind", "name"];

impl Author {
    pub(in crate::pack) fn bad(&mut self, file: &str, line: usize, field: &str, expected: &str) {
        let kind = ProblemKind::BadValue { field: field.to_owned(), expected: expected.to_owned() };
        self.problem(file, line, kind);
    }

    pub(in crate::pack) fn table(&mut self, file: &str, text: &str, columns: &[&str]) -> Vec<Cells> {
        let mut rows = Vec::new();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(text.as_bytes());
        let mut header: Option<Vec<String>> = None;
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    let line = error.position().map_or(0, |at| at.line() as usize);
                    self.problem(file, line, ProblemKind::Syntax(error.to_string()));
                    return Vec::new();
                }
            };
            let line = record.position().map_or(0, |at| at.line() as usize);
            let Some(header) = &header else {
                header = Some(record.iter().map(str::to_owned).collect());
                for name in &record {
                    if !columns.contains(&name) {
                        self.problem(file, line, ProblemKind::UnknownField(name.to_owned()));
                    }
                }
                for name in columns {
                    if !record.iter().any(|found| found == *name) {
                        self.problem(file, line, ProblemKind::MissingField((*name).to_owned()));
                    }
                }
                continue;
            };
            let cells = record.iter().map(str::to_owned);
            rows.push(Cells { line, cells: header.iter().cloned().zip(cells).collect() });
        }
        rows
    }

    /// A cell that says yes or no; empty is no.
    pub(in crate::pack) fn yes(&mut self, file: &str, row: &Cells, column: &str) -> bool {
        match row.cell(column) {
            "yes" => true,
            "no" | "" => false,
            _ => {
                self.bad(file, row.line, column, "yes | no");
                false
            }
        }
    }

    /// A cell of `source article; source article`.
    pub(in crate::pack) fn cell_basis(&mut self, id: &str, file: &str, row: &Cells, column: &str) -> Vec<Basis> {
        let written: Vec<_> = row.list(column).map(|one| (one.to_owned(), row.line)).collect();
        self.basis(id, file, &written)
    }

    /// The items of a checklist.
    pub(super) fn items(&mut self, file: &str, text: &str, subject: &str) -> Vec<Item> {
        let rows = self.table(file, text, &ITEM_COLUMNS);
        rows.iter().map(|row| self.item(file, row, subject)).collect()
    }

    fn item(&mut self, file: &str, row: &Cells, subject: &str) -> Item {
        let id = row.cell("id");
        self.written(id, file, row.line);
        let no = row.cell("no").parse().unwrap_or_else(|_| {
            self.bad(file, row.line, "no", "1, 2, 3, …");
            0
        });
        let mut results = Vec::new();
        for word in list(row.cell("results")) {
            match word {
                "pass" => results.push(Answer::Pass),
                "fail" => results.push(Answer::Fail),
                "not_applicable" => results.push(Answer::NotApplicable),
                "corrected" => results.push(Answer::Corrected),
                _ => self.bad(file, row.line, "results", "pass; fail; not_applicable; corrected"),
            }
        }
        if row.cell("results").is_empty() {
            results.extend(Answer::ALL);
        }
        let photo = match row.cell("photo") {
            "none" | "" => Photo::None,
            "may" => Photo::May,
            "must" => Photo::Must,
            _ => {
                self.bad(file, row.line, "photo", "none | may | must");
                Photo::None
            }
        };
        let illustrative = self.yes(file, row, "illustrative");
        let quantity = row.text("quantity");
        let note = row.text("note");
        let given = |text: &Text| !(text.zh.is_empty() && text.en.is_empty());
        let min = self.limit(file, row, "min");
        let max = self.limit(file, row, "max");
        let measured = given(&quantity) || min.is_some() || max.is_some();
        Item {
            id: id.to_owned(),
            no,
            subject: match row.cell("subject") {
                "" => subject.to_owned(),
                own => own.to_owned(),
            },
            text: row.text("text"),
            basis: self.cell_basis(id, file, row, "basis"),
            results,
            measure: measured.then(|| Measure { quantity, unit: row.cell("unit").to_owned(), min, max }),
            photo,
            illustrative,
            note: Some(note).filter(given),
        }
    }

    fn limit(&mut self, file: &str, row: &Cells, column: &str) -> Option<Decimal> {
        let written = row.cell(column);
        if written.is_empty() {
            return None;
        }
        let limit = written.parse();
        if limit.is_err() {
            self.bad(file, row.line, column, "0.30");
        }
        limit.ok()
    }

    /// The days off and the days of work of a calendar.
    pub(super) fn days(&mut self, file: &str, text: &str) -> (Vec<NamedDay>, Vec<NamedDay>) {
        let (mut off, mut work) = (Vec::new(), Vec::new());
        for row in self.table(file, text, &DAY_COLUMNS) {
            let from = row.cell("from").parse::<Day>();
            let until = match row.cell("until") {
                "" => from,
                written => written.parse(),
            };
            let (Ok(from), Ok(until)) = (from, until) else {
                self.bad(file, row.line, "from, until", "yyyy-mm-dd");
                continue;
            };
            let days: Vec<NamedDay> = from
                .date()
                .iter_days()
                .take_while(|date| *date <= until.date())
                .take(32)
                .filter_map(|date| Day::try_from(date).ok())
                .map(|day| NamedDay { day, name: row.cell("name").to_owned() })
                .collect();
            if days.is_empty() || days.len() > 31 {
                self.bad(file, row.line, "until", "from ≤ until ≤ from + 30");
            }
            match row.cell("kind") {
                "off" => off.extend(days),
                "work" => work.extend(days),
                _ => self.bad(file, row.line, "kind", "off | work"),
            }
        }
        (off, work)
    }

    /// The title (`# …`) and the sections (`## id | basis; basis`, then the words) of a notification.
    pub(super) fn sections(&mut self, file: &str, text: &str) -> (String, Vec<Section>) {
        let mut title = String::new();
        let mut sections: Vec<Section> = Vec::new();
        for (line, written) in (1..).zip(text.lines()) {
            let written = written.trim();
            if let Some(head) = written.strip_prefix("## ") {
                let (id, basis) = head.split_once('|').unwrap_or((head, ""));
                sections.push(Section {
                    id: id.trim().to_owned(),
                    line,
                    basis: list(basis).map(|one| (one.to_owned(), line)).collect(),
                    text: String::new(),
                });
            } else if let Some(head) = written.strip_prefix("# ") {
                title = head.trim().to_owned();
            } else if let Some(section) = sections.last_mut() {
                if !written.is_empty() && !section.text.is_empty() {
                    section.text.push('\n');
                }
                section.text.push_str(written);
            } else if !written.is_empty() {
                let message = "text before the first ## section".to_owned();
                self.problem(file, line, ProblemKind::Syntax(message));
            }
        }
        (title, sections)
    }
}
