//! 案卷归档: the papers of the inspection and of the case as they were made, its steps, an index whose page numbers run through the whole volume, and what the log says (R29).

use super::issued::{bytes, issued, valid};
use super::keep::{Procedure, is_logged};
use super::papers::papers;
use crate::cases;
use crate::error::{OfficeError, Result};
use crate::listing::cell;
use crate::office::Office;
use crate::rights;
use mingzheng_core::calendar::Day;
use mingzheng_core::document::page;
use mingzheng_core::id::{Id, hex, sha256};
use mingzheng_core::inspection::fold;
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
    let mut volume = Volume::default();
    if let Some(inspection) = p.case.inspection.as_deref().and_then(Id::from_hex) {
        on_site(office, inspection, &mut volume)?;
    }
    for paper in papers(office, p, None)? {
        let Some(kept) = p.steps.get(paper.n) else { continue };
        let known = valid(&made, paper.n);
        let pdf = known.map(|known| office.store.read(|c| bytes(c, known))).transpose()?;
        let number = known.map_or(&paper.number, |known| &known.number);
        let line = Line {
            title: paper.title.zh.clone(),
            number: number.clone().unwrap_or_default(),
            day: kept.step.day.to_string(),
            by: kept.step.by.name.clone(),
        };
        volume.add(line, paper.form, pdf)?;
    }
    let Volume { index, mut files, page } = volume;
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

/// What is known of a paper before it has its place.
struct Line {
    title: String,
    number: String,
    day: String,
    by: String,
}

/// The volume as far as it is put together.
#[derive(Default)]
struct Volume {
    index: Vec<Entry>,
    files: Vec<(String, Vec<u8>)>,
    page: usize,
}

impl Volume {
    fn add(&mut self, line: Line, form: &str, pdf: Option<Vec<u8>>) -> Result<()> {
        let Line { title, number, day, by } = line;
        let no = self.index.len() + 1;
        let mut entry = Entry { no, title, number, day, by, pages: None, file: None, digest: None };
        if let Some(pdf) = pdf {
            let name = format!("{no:02}-{form}.pdf");
            let own = page::count(&pdf);
            if own == 0 {
                return Err(OfficeError::Settings(format!("{name}：页数不能识别 its pages cannot be counted")));
            }
            entry.pages = Some((self.page + 1, self.page + own));
            entry.digest = Some(hex(&sha256(&pdf)));
            entry.file = Some(name.clone());
            self.page += own;
            self.files.push((name, pdf));
        }
        self.index.push(entry);
        Ok(())
    }
}

/// The papers of the inspection stand first, in the order in which their facts were fixed: the final ones as they arrived; of one that was signed by
/// hand, or has not arrived, only its line. A void one has a line of its own too (J32).
fn on_site(office: &Office, inspection: Id, volume: &mut Volume) -> Result<()> {
    let entries: Vec<_> = cases::entries(office, inspection)?.into_iter().map(|held| held.entry).collect();
    let i = fold(&entries);
    let files = cases::files(office, inspection)?;
    let pack = rights::newest(office)?.map(|(_, pack)| pack);
    for paper in &i.papers {
        let form = paper.form_id();
        let arrived = files.iter().find(|f| f.what == "paper" && f.id == paper.id && f.sealed.is_some());
        let pdf =
            arrived.filter(|f| paper.finished.as_ref() == Some(&hex(&f.clear))).map(|f| cases::clear(office, f)).transpose()?;
        let said = match (&paper.voided, pdf.is_some(), i.inked(paper).is_some()) {
            (Some(_), ..) => "（作废）",
            (None, true, _) => "",
            (None, false, true) => "（手签纸质原件）",
            (None, false, false) => "（未完成或者未送达）",
        };
        let title = pack.as_ref().and_then(|p| p.form(form)).map_or(form, |f| f.title.zh.as_str());
        let line = Line {
            title: format!("{title}{said}"),
            number: paper.number().to_owned(),
            day: day(paper.facts_at.ms),
            by: i.lead.as_ref().map_or_else(|| NOBODY.to_owned(), |o| o.name.clone()),
        };
        volume.add(line, form, pdf.filter(|_| paper.voided.is_none()))?;
    }
    Ok(())
}

/// What the index says where the inspection names no officer.
const NOBODY: &str = "（未记载执法人员）";

/// The day of a time in China; a time that no calendar has is said to be one.
fn day(ms: i64) -> String {
    Day::in_china(ms).map_or_else(|| "（日期不能识别）".to_owned(), |d| d.to_string())
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A cell of the index is never empty where something should stand.
    #[test]
    fn r29_a_day_that_cannot_be_read_is_named_in_the_index() {
        assert_eq!(day(1_795_320_000_000), "2026-11-22");
        for ms in [i64::MIN, i64::MAX, -1_000_000_000_000_000] {
            assert_eq!(day(ms), "（日期不能识别）", "{ms}");
        }
    }
}
