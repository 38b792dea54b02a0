//! From a checklist to a workbook.

use super::{LANGUAGES, OWN, OWN_SETTINGS, XlsformError, code, name};
use mingzheng_core::pack::{Answer, Checklist, Item, Pack, Photo, Text};
use rust_xlsxwriter::{Format, Workbook, Worksheet};
use std::collections::BTreeMap;

/// One checklist of the pack as the bytes of a workbook.
///
/// # Errors
/// [`XlsformError::Reference`] for a text with `${`; [`XlsformError::Write`] for one that no cell holds.
pub fn export(pack: &Pack, checklist: &Checklist) -> Result<Vec<u8>, XlsformError> {
    let mut book = Workbook::new();
    let subject = usual_subject(checklist);
    let mut lists: BTreeMap<String, &[Answer]> = BTreeMap::new();
    let languages = |field: &str| LANGUAGES.map(|language| format!("{field}::{language}"));

    let mut survey = Table::new(&mut book, "survey")?;
    let heading = [vec!["type".to_owned(), "name".to_owned()], languages("label").to_vec(), languages("hint").to_vec()];
    let own = OWN.map(str::to_owned).to_vec();
    survey.line(&[heading.concat(), vec!["required".to_owned()], own].concat())?;
    for item in &checklist.items {
        let texts = [Some(&item.text), item.note.as_ref(), item.measure.as_ref().map(|m| &m.quantity)];
        if texts.into_iter().flatten().any(|text| text.zh.contains("${") || text.en.contains("${")) {
            return Err(XlsformError::Reference(item.id.clone()));
        }
        let list = item.results.iter().map(|answer| code(*answer)).collect::<Vec<_>>().join("_");
        lists.insert(list.clone(), &item.results);
        for row in rows(item, &list, subject) {
            survey.line(&row)?;
        }
    }
    survey.widths(&[22.0, 18.0, 48.0, 48.0, 30.0, 30.0])?;

    let mut choices = Table::new(&mut book, "choices")?;
    choices.line(&[vec!["list_name".to_owned(), "name".to_owned()], languages("label").to_vec()].concat())?;
    for (list, answers) in lists {
        for answer in answers {
            let (zh, en) = answer.word();
            choices.line(&[&list, code(*answer), zh, en].map(str::to_owned))?;
        }
    }
    choices.widths(&[30.0, 18.0, 18.0, 18.0])?;

    let mut settings = Table::new(&mut book, "settings")?;
    let names = ["form_title", "form_id", "version", "default_language", OWN_SETTINGS[0], OWN_SETTINGS[1]];
    settings.line(&names.map(str::to_owned))?;
    let version = pack.version.to_string();
    let Checklist { id, title, .. } = checklist;
    settings.line(&[&title.zh, id, &version, LANGUAGES[0], &title.en, subject].map(str::to_owned))?;
    settings.widths(&[40.0, 18.0, 10.0, 18.0, 40.0, 18.0])?;
    Ok(book.save_to_buffer()?)
}

/// The rows of one item: its result, what is measured, its photograph.
fn rows(item: &Item, list: &str, subject: &str) -> Vec<Vec<String>> {
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let basis: Vec<_> = item.basis.iter().map(|b| format!("{} {}", b.source, b.article).trim_end().to_owned()).collect();
    let own_subject = if item.subject == subject { String::new() } else { item.subject.clone() };
    let row = |kind: String, name: String, label: &Text, hint: &Text, required: String, own: [String; 6]| {
        let texts = [&label.zh, &label.en, &hint.zh, &hint.en].map(String::clone).to_vec();
        [vec![kind, name], texts, vec![required], own.to_vec()].concat()
    };
    let none = String::new;
    let (name, nothing) = (name(&item.id), Text::default());
    let own = [basis.join("; "), own_subject, yes(item.illustrative), none(), none(), none()];
    let note = item.note.as_ref().unwrap_or(&nothing);
    let mut out = vec![row(format!("select_one {list}"), name.clone(), &item.text, note, yes(true), own)];
    if let Some(m) = &item.measure {
        let limit = |limit: &Option<_>| limit.as_ref().map(ToString::to_string).unwrap_or_default();
        let (min, max) = (limit(&m.min), limit(&m.max));
        let hint = limits(&m.unit, &min, &max);
        let own = [none(), none(), none(), m.unit.clone(), min, max];
        out.push(row("decimal".to_owned(), format!("{name}_value"), &m.quantity, &hint, yes(false), own));
    }
    let due = match item.photo {
        Photo::None => return out,
        Photo::May => yes(false),
        Photo::Must if item.results.contains(&Answer::NotApplicable) => photo_due(&name),
        Photo::Must => yes(true),
    };
    let own = [none(), none(), none(), none(), none(), none()];
    out.push(row("image".to_owned(), format!("{name}_photo"), &photo_label(), &nothing, due, own));
    out
}

/// A photograph is due unless the item does not apply.
pub(super) fn photo_due(name: &str) -> String {
    format!("${{{name}}} != 'not_applicable'")
}

pub(super) fn photo_label() -> Text {
    Text { zh: "照片".to_owned(), en: "Photograph".to_owned() }
}

/// The hint at a measured value, for eyes only: the columns of ours govern.
pub(super) fn limits(unit: &str, min: &str, max: &str) -> Text {
    let range = match (min, max) {
        (min, "") => format!("≥ {min}"),
        ("", max) => format!("≤ {max}"),
        (min, max) => format!("{min} – {max}"),
    };
    let range = format!("{range} {unit}").trim_end().to_owned();
    Text { zh: format!("限值：{range}"), en: format!("Limit: {range}") }
}

/// The subject of most items.
fn usual_subject(checklist: &Checklist) -> &str {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for item in &checklist.items {
        *count.entry(item.subject.as_str()).or_default() += 1;
    }
    count.into_iter().max_by_key(|(_, items)| *items).map_or("", |(subject, _)| subject)
}

/// A sheet that is written line by line.
struct Table<'a> {
    sheet: &'a mut Worksheet,
    bold: Format,
    wrap: Format,
    row: u32,
}

impl<'a> Table<'a> {
    fn new(book: &'a mut Workbook, name: &str) -> Result<Self, XlsformError> {
        let sheet = book.add_worksheet();
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        Ok(Self { sheet, bold: Format::new().set_bold(), wrap: Format::new().set_text_wrap(), row: 0 })
    }

    /// Texts only: a cell that looks like a number stays as it was written.
    fn line(&mut self, cells: &[String]) -> Result<(), XlsformError> {
        let format = if self.row == 0 { &self.bold } else { &self.wrap };
        for (column, text) in (0..).zip(cells).filter(|(_, text)| !text.is_empty()) {
            self.sheet.write_string_with_format(self.row, column, text.as_str(), format)?;
        }
        self.row += 1;
        Ok(())
    }

    fn widths(&mut self, widths: &[f64]) -> Result<(), XlsformError> {
        for (column, width) in (0..).zip(widths) {
            self.sheet.set_column_width(column, *width)?;
        }
        Ok(())
    }
}
