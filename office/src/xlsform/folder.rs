//! An imported checklist into the folder of a pack: the pack is checked as it would be, and only then is anything written.

use super::{Imported, XlsformError};
use mingzheng_core::pack::author::{self, Problem};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use toml::{Table, Value};

const MANIFEST: &str = "pack.toml";

/// What became of it.
#[derive(Debug)]
pub enum Put {
    /// It stands in this file; whether the title of `pack.toml` differs and stays.
    Written {
        /// Path in the folder.
        file: String,
        /// The older title stays.
        title_stays: bool,
    },
    /// The pack would not pass; nothing was written. With each problem of the new file the row of the survey sheet.
    Refused(Vec<(Problem, Option<u32>)>),
}

/// Puts it there; `replace` exchanges the rows of a checklist that the pack has.
///
/// # Errors
/// [`XlsformError::Exists`] without `replace`; [`XlsformError::FileThere`]; [`XlsformError::Io`].
pub fn put(folder: &Path, imported: &Imported, replace: bool) -> Result<Put, XlsformError> {
    let manifest = fs::read_to_string(folder.join(MANIFEST))?;
    let table: Table = manifest.parse().map_err(|error: toml::de::Error| XlsformError::Manifest(error.message().to_owned()))?;
    let rows = table.get("checklist").and_then(Value::as_array);
    let text = |row: &Value, key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let there = rows.into_iter().flatten().find(|row| text(row, "id") == imported.id);
    let (file, subject, added) = match there {
        Some(_) if !replace => return Err(XlsformError::Exists(imported.id.clone())),
        Some(row) => (text(row, "file"), text(row, "subject"), String::new()),
        None => {
            let file = format!("checklists/{}.csv", imported.id);
            if folder.join(&file).exists() {
                return Err(XlsformError::FileThere(file));
            }
            let added = entry(imported, &file);
            (file, imported.subject.clone(), added)
        }
    };
    let title_stays = there
        .and_then(|row| row.get("title"))
        .is_some_and(|title| text(title, "zh") != imported.title.zh || text(title, "en") != imported.title.en);
    let (csv, lines) = imported.file(&subject)?;
    let manifest = manifest + &added;
    let files = BTreeMap::from([(file.clone(), csv.clone()), (MANIFEST.to_owned(), manifest.clone())]);
    if let Err(problems) = author::check_with(folder, files) {
        let row = |p: &Problem| lines.get(&p.line).copied().filter(|_| p.file == file);
        return Ok(Put::Refused(problems.into_iter().map(|p| (row(&p), p)).map(|(row, p)| (p, row)).collect()));
    }
    let path = folder.join(&file);
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(path, csv)?;
    if !added.is_empty() {
        fs::write(folder.join(MANIFEST), manifest)?;
    }
    Ok(Put::Written { file, title_stays })
}

/// The lines of `pack.toml` that name a new checklist.
fn entry(imported: &Imported, file: &str) -> String {
    let word = |text: &str| Value::String(text.to_owned());
    let Imported { id, title, subject, .. } = imported;
    format!(
        "\n[[checklist]]\nid = {}\ntitle = {{ zh = {}, en = {} }}\nsubject = {}\nfile = {}\n",
        word(id),
        word(&title.zh),
        word(&title.en),
        word(subject),
        word(file)
    )
}
