//! 案卷归档: the papers of a case as they were made, its steps, an index whose page numbers run through the whole volume, and what the log says (R29).

use super::issued::{bytes, issued, valid};
use super::keep::{Procedure, is_logged};
use super::papers::papers;
use crate::error::{OfficeError, Result};
use crate::listing::cell;
use crate::office::Office;
use serde_json::json;
use std::fs;
use std::path::Path;

/// A line of the 卷内目录.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Entry {
    /// 序号, from 1.
    pub no: usize,
    /// 文书名称.
    pub title: String,
    /// 文号.
    pub number: String,
    /// The day of its step.
    pub day: String,
    /// 责任人.
    pub by: String,
    /// First and last page in the volume; none for a paper that was not made.
    pub pages: Option<(usize, usize)>,
    /// The file in the folder.
    pub file: Option<String>,
    /// SHA-256 of the PDF.
    pub digest: Option<String>,
}

/// Writes the volume into a new folder and gives its index.
///
/// # Errors
/// [`OfficeError::Settings`] for a folder that exists or a paper that is not as it was made; [`OfficeError::Io`].
pub fn volume(office: &Office, p: &Procedure, folder: &Path) -> Result<Vec<Entry>> {
    let made = office.store.read(|c| issued(c, p.id))?;
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let (mut index, mut page) = (Vec::new(), 0_usize);
    for paper in papers(office, p, None)? {
        let Some(kept) = p.steps.get(paper.n) else { continue };
        let no = index.len() + 1;
        let mut entry = Entry {
            no,
            title: paper.title.zh.clone(),
            number: paper.number.clone().unwrap_or_default(),
            day: kept.step.day.to_string(),
            by: kept.step.by.name.clone(),
            pages: None,
            file: None,
            digest: None,
        };
        if let Some(known) = valid(&made, paper.n) {
            let pdf = office.store.read(|c| bytes(c, known))?;
            let name = format!("{no:02}-{}.pdf", paper.form);
            let own = pages(&pdf);
            if own == 0 {
                return Err(OfficeError::Settings(format!("{name}：页数不能识别 its pages cannot be counted")));
            }
            let last = page + own;
            entry.number = known.number.clone().unwrap_or_default();
            (entry.pages, entry.file, entry.digest) = (Some((page + 1, last)), Some(name.clone()), Some(known.digest.clone()));
            page = last;
            files.push((name, pdf));
        }
        index.push(entry);
    }
    let logged = office.store.read(|c| is_logged(office, c, p.id))?;
    let steps: Vec<_> = p.steps.iter().map(|k| json!({"at": k.at, "leaf": k.leaf, "step": k.step})).collect();
    let record = json!({
        "number": p.number, "logged": logged, "root": office.fingerprint()?.to_string(), "pages": page, "index": index, "papers": made, "steps": steps,
    });
    let json = serde_json::to_vec_pretty(&record).map_err(|e| OfficeError::Settings(e.to_string()))?;
    files.push(("index.csv".into(), table(&index).into_bytes()));
    files.push(("case.json".into(), json));
    fs::create_dir(folder).map_err(OfficeError::io(folder))?;
    for (name, content) in files {
        let file = folder.join(name);
        fs::write(&file, content).map_err(OfficeError::io(&file))?;
    }
    Ok(index)
}

/// The index as a table that spreadsheets read.
fn table(index: &[Entry]) -> String {
    let mut csv = String::from("\u{feff}序号,文书名称,文号,日期,责任人,页次,文件,SHA-256\r\n");
    for e in index {
        let pages = e.pages.map_or_else(|| "未制作".to_owned(), |(from, to)| format!("{from}–{to}"));
        let text = |t: &Option<String>| t.clone().unwrap_or_default();
        let cells = [
            e.no.to_string(),
            e.title.clone(),
            e.number.clone(),
            e.day.clone(),
            e.by.clone(),
            pages,
            text(&e.file),
            text(&e.digest),
        ];
        csv.push_str(&cells.map(|c| cell(&c)).join(","));
        csv.push_str("\r\n");
    }
    csv
}

/// Pages of a PDF that this office made: its page objects are not compressed.
fn pages(pdf: &[u8]) -> usize {
    let after = |rest: &[u8]| -> bool {
        let rest = rest.trim_ascii_start();
        let named = rest.strip_prefix(b"/Page");
        named.is_some_and(|rest| rest.first().is_none_or(|b| !b.is_ascii_alphabetic()))
    };
    (0..pdf.len()).filter_map(|at| pdf.get(at..)?.strip_prefix(b"/Type")).filter(|rest| after(rest)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r29_pages_are_page_objects_and_not_their_tree() {
        assert_eq!(pages(b"<</Type /Pages /Count 2>> <</Type /Page /A 1>> <</Type/Page\n>> <</Type/PageLabel>>"), 2);
        assert_eq!(pages(b""), 0);
    }
}
