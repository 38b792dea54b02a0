//! The three sheets of a form as texts, read within bounds: whatever the file claims, no more than the bounds of this module is unpacked or kept.

use super::remark::{At, Remark, Said};
use super::{MAX_CELL, MAX_COLUMNS, MAX_FAULTS, MAX_FILE, MAX_PARTS, MAX_ROWS, MAX_UNPACKED, XlsformError};
use calamine::{DataRef, Reader, Xlsx, XlsxError};
use mingzheng_core::unseen;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};

/// A sheet: its heading and the rows below.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) name: String,
    /// Column and heading.
    pub(super) heading: BTreeMap<u32, String>,
    pub(super) rows: Vec<Row>,
    /// Row of the heading.
    pub(super) first: u32,
}

/// A row with its number from 1 and the cells that say something.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) number: u32,
    pub(super) cells: BTreeMap<u32, String>,
}

/// What is read of a workbook.
#[derive(Debug, Default)]
pub(super) struct Workbook {
    pub(super) survey: Sheet,
    pub(super) choices: Option<Sheet>,
    pub(super) settings: Option<Sheet>,
    /// Names of the other sheets.
    pub(super) others: Vec<String>,
}

/// Reads the sheets; remarks on cells that hold no plain text.
pub(super) fn read(bytes: &[u8], remarks: &mut Vec<Remark>) -> Result<Workbook, XlsformError> {
    if bytes.len() as u64 > MAX_FILE {
        return Err(XlsformError::TooLarge { what: "file", limit: MAX_FILE });
    }
    if !bytes.starts_with(b"PK") {
        return Err(match bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
            // A locked workbook and the .xls of old are both of this kind.
            true => open(bytes).err().unwrap_or_else(|| broken("an old .xls")),
            false => broken("not a zip"),
        });
    }
    unpackable(bytes)?;
    // The reader adds up numbers of cells unchecked: in a build with overflow checks a hostile file makes it panic.
    let (book, said) = std::panic::catch_unwind(|| {
        let mut said = Vec::new();
        sheets(bytes, &mut said).map(|book| (book, said))
    })
    .map_err(|_| broken("a number out of range"))??;
    remarks.extend(said);
    Ok(book)
}

fn broken(why: &str) -> XlsformError {
    XlsformError::NotAWorkbook(why.to_owned())
}

fn open(bytes: &[u8]) -> Result<Xlsx<Cursor<&[u8]>>, XlsformError> {
    Xlsx::new(Cursor::new(bytes)).map_err(said)
}

fn said(error: XlsxError) -> XlsformError {
    match error {
        XlsxError::Password => XlsformError::Password,
        other => XlsformError::NotAWorkbook(other.to_string()),
    }
}

/// Unpacks every part once, within bounds: what a part says of its own size is not believed.
fn unpackable(bytes: &[u8]) -> Result<(), XlsformError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error.to_string()))?;
    if archive.len() > MAX_PARTS {
        return Err(XlsformError::TooLarge { what: "parts", limit: MAX_PARTS as u64 });
    }
    let mut left = MAX_UNPACKED;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| broken(&error.to_string()))?;
        let mut text = Vec::new();
        part.take(left + 1).read_to_end(&mut text).map_err(|error| broken(&error.to_string()))?;
        left = left.checked_sub(text.len() as u64).ok_or(XlsformError::TooLarge { what: "unpacked", limit: MAX_UNPACKED })?;
        if claims_more(&text) {
            return Err(broken("uniqueCount"));
        }
    }
    Ok(())
}

/// Whether a part announces more texts than it has bytes: the reader sets aside room for as many as are announced.
fn claims_more(part: &[u8]) -> bool {
    const WORD: &[u8] = b"uniqueCount";
    part.windows(WORD.len()).enumerate().filter(|(_, window)| *window == WORD).any(|(at, _)| {
        let after = part.get(at + WORD.len()..).unwrap_or_default();
        let digits = after.iter().skip_while(|b| !b.is_ascii_digit()).take_while(|b| b.is_ascii_digit());
        digits.fold(0_u64, |n, b| n.saturating_mul(10).saturating_add(u64::from(b - b'0'))) > part.len() as u64
    })
}

fn sheets(bytes: &[u8], remarks: &mut Vec<Remark>) -> Result<Workbook, XlsformError> {
    let mut file = open(bytes)?;
    let mut book = Workbook::default();
    let mut survey = None;
    for name in file.sheet_names() {
        let place = match name.trim().to_lowercase().as_str() {
            "survey" => &mut survey,
            "choices" => &mut book.choices,
            "settings" => &mut book.settings,
            _ => {
                book.others.push(name);
                continue;
            }
        };
        if place.is_some() {
            remarks.push(Remark { at: At::sheet(&name), said: Said::Twice(name.clone()) });
        }
        *place = Some(sheet(&mut file, &name, remarks)?);
    }
    book.survey = survey.ok_or(XlsformError::NoSurvey)?;
    Ok(book)
}

fn sheet(file: &mut Xlsx<Cursor<&[u8]>>, name: &str, remarks: &mut Vec<Remark>) -> Result<Sheet, XlsformError> {
    for range in file.merge_cells_by_sheet_name(name).map_err(said)? {
        let (row, column) = range.start;
        remark(remarks, At::cell(name, row.saturating_add(1), column), Said::Merged)?;
    }
    let mut rows: BTreeMap<u32, BTreeMap<u32, String>> = BTreeMap::new();
    let mut reader = file.worksheet_cells_reader(name).map_err(said)?;
    while let Some(cell) = reader.next_cell_with_formula_metadata().map_err(said)? {
        let (row, column) = cell.pos;
        let at = At::cell(name, row.saturating_add(1), column);
        let text = match &cell.value {
            DataRef::Empty => String::new(),
            DataRef::String(text) => text.trim().to_owned(),
            DataRef::SharedString(text) => text.trim().to_owned(),
            DataRef::Int(number) => number.to_string(),
            DataRef::Float(number) => number.to_string(),
            DataRef::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
            DataRef::DateTime(_) | DataRef::DateTimeIso(_) | DataRef::DurationIso(_) | DataRef::Error(_) => {
                remark(remarks, at.clone(), Said::NotText)?;
                String::new()
            }
        };
        if cell.formula.is_some() {
            remark(remarks, at.clone(), Said::Formula)?;
        }
        if text.is_empty() {
            continue;
        }
        if row >= MAX_ROWS {
            return Err(XlsformError::TooLarge { what: "rows", limit: u64::from(MAX_ROWS) });
        }
        if column >= MAX_COLUMNS {
            return Err(XlsformError::TooLarge { what: "columns", limit: u64::from(MAX_COLUMNS) });
        }
        if text.len() > MAX_CELL {
            return Err(XlsformError::TooLarge { what: "cell", limit: MAX_CELL as u64 });
        }
        if let Some(c) = text.chars().find(|c| hidden(*c)) {
            remark(remarks, at, Said::Control(u32::from(c)))?;
        }
        rows.entry(row + 1).or_default().insert(column, text.replace("\r\n", "\n"));
    }
    let mut rows = rows.into_iter();
    let (first, heading) = rows.next().unwrap_or_default();
    let rows = rows.map(|(number, cells)| Row { number, cells }).collect();
    Ok(Sheet { name: name.to_owned(), heading, rows, first })
}

/// Notes a remark; a workbook with thousands of them is none that a person wrote.
fn remark(remarks: &mut Vec<Remark>, at: At, said: Said) -> Result<(), XlsformError> {
    if remarks.len() >= MAX_FAULTS {
        return Err(XlsformError::TooLarge { what: "faulty cells", limit: MAX_FAULTS as u64 });
    }
    remarks.push(Remark { at, said });
    Ok(())
}

/// As in what an officer types (F12).
fn hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || unseen::turns(c)
}
