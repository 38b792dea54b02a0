//! Checklists as XLSForm workbooks (xlsform.org), as users of ODK write them: in and out of the folder of a pack.
//!
//! What a checklist does not have is named by sheet, row and column and never dropped silently; `docs/packs.md` says how the two meet.

mod export;
mod folder;
mod import;
mod remark;
#[cfg(test)]
mod tests;
mod workbook;

pub use export::export;
pub use folder::{Put, put};
pub use import::{Imported, Wishes, import};
pub use remark::{At, Remark, Said};

use mingzheng_core::pack::Answer;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes of a workbook.
const MAX_FILE: u64 = 8 << 20;
/// Bytes of all its parts, unpacked.
const MAX_UNPACKED: u64 = 64 << 20;
/// Parts of a workbook.
const MAX_PARTS: usize = 1_000;
/// Rows of a sheet.
const MAX_ROWS: u32 = 20_000;
/// Columns of a sheet.
const MAX_COLUMNS: u32 = 200;
/// Bytes of a cell, as of a field on the phone.
const MAX_CELL: usize = 20_000;
/// Cells that hold no plain text.
const MAX_FAULTS: usize = 1_000;

/// How our two languages stand in headings.
const LANGUAGES: [&str; 2] = ["中文 (zh-Hans)", "English (en)"];
/// Columns of ours on the survey sheet, which ODK passes over.
const OWN: [&str; 6] = ["mz_basis", "mz_subject", "mz_illustrative", "mz_unit", "mz_min", "mz_max"];
/// Settings of ours.
const OWN_SETTINGS: [&str; 2] = ["mz_title_en", "mz_subject"];

/// Why a workbook cannot be read or written at all.
#[derive(Debug, thiserror::Error)]
pub enum XlsformError {
    /// The file.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// More than is ever read.
    #[error("工作簿太大 the workbook is too large: {what} > {limit}")]
    TooLarge {
        /// Which bound.
        what: &'static str,
        /// The bound.
        limit: u64,
    },
    /// No workbook, or a broken one.
    #[error("不是可读的 .xlsx 工作簿 not a readable .xlsx workbook: {0}")]
    NotAWorkbook(String),
    /// It is locked with a password.
    #[error("工作簿有密码，先去掉密码 the workbook has a password: remove it first")]
    Password,
    /// A form without its main sheet.
    #[error("没有 survey 工作表 there is no sheet survey")]
    NoSurvey,
    /// A text that ODK would read as the value of a question.
    #[error("{0}: 文字中有 ${{，ODK 会当作引用 the text holds ${{, which ODK reads as a reference")]
    Reference(String),
    /// The pack's first file cannot be read as a table.
    #[error("pack.toml: {0}")]
    Manifest(String),
    /// The pack has such a checklist.
    #[error("规则包已有检查表 {0}；要替换它的各行，用 --replace the pack has the checklist {0}: --replace exchanges its rows")]
    Exists(String),
    /// A file of this name is there, but no checklist names it.
    #[error("文件 {0} 已经存在，却没有检查表用它 the file {0} is there, but no checklist names it")]
    FileThere(String),
    /// The workbook cannot be written.
    #[error("写不出工作簿 the workbook cannot be written: {0}")]
    Write(#[from] rust_xlsxwriter::XlsxError),
}

/// The bytes of a file, no more than are ever read.
///
/// # Errors
/// [`XlsformError::Io`]; [`XlsformError::TooLarge`].
pub fn bytes(file: &Path) -> Result<Vec<u8>, XlsformError> {
    let mut bytes = Vec::new();
    File::open(file)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(XlsformError::TooLarge { what: "file", limit: MAX_FILE });
    }
    Ok(bytes)
}

/// The word of an answer in lists of choices.
fn code(answer: Answer) -> &'static str {
    match answer {
        Answer::Pass => "pass",
        Answer::Fail => "fail",
        Answer::NotApplicable => "not_applicable",
        Answer::Corrected => "corrected",
    }
}

/// The name of an item in a form: XML names begin with a letter or `_`.
fn name(id: &str) -> String {
    if id.starts_with(|c: char| c.is_ascii_lowercase()) { id.to_owned() } else { format!("_{id}") }
}
