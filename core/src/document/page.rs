//! The code on each page of a paper (P8): which paper, which page of how many, and the digest of its facts. A photograph of a page that was signed
//! and sealed by hand is bound by it.

use serde_json::Value;

use crate::cbor;
use crate::id::{Digest, hex, sha256};

/// What stands before everything else.
const TAG: &str = "mz1/page";
/// Longest number (文号, 编号) that a code holds, in characters.
const MAX_NUMBER: usize = 40;
/// Most pages whose code is drawn.
pub const MAX_PAGES: usize = 60;

/// What the code of one page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageCode {
    /// First 8 bytes of the SHA-256 of the paper's facts.
    pub facts: [u8; 8],
    /// Which page, from 1.
    pub page: usize,
    /// Of how many.
    pub of: usize,
    /// 文号, 编号 as printed.
    pub number: String,
}

impl PageCode {
    /// `mz1/page 2/3 0011223344556677 青卫责改〔2026〕31号`.
    #[must_use]
    pub fn write(&self) -> String {
        format!("{TAG} {}/{} {} {}", self.page, self.of, hex(&self.facts), self.number)
    }

    /// Reads what was scanned.
    #[must_use]
    pub fn read(scanned: &str) -> Option<Self> {
        let (pages, rest) = scanned.strip_prefix(TAG)?.strip_prefix(' ')?.split_once(' ')?;
        let (facts, number) = rest.split_once(' ')?;
        let (page, of) = pages.split_once('/')?;
        let facts: [u8; 8] = data_encoding::HEXLOWER.decode(facts.as_bytes()).ok()?.try_into().ok()?;
        let code = Self { facts, page: page.parse().ok()?, of: of.parse().ok()?, number: number.to_owned() };
        let good = (1..=code.of).contains(&code.page) && code.of <= MAX_PAGES && number.chars().count() <= MAX_NUMBER;
        // Only the one way of writing it.
        (good && code.write() == scanned).then_some(code)
    }
}

/// What the codes of a paper's pages say but for the page: its facts' digest and its number. None where the page has no facts with a number.
pub(super) fn paper_of(page: &Value) -> Option<([u8; 8], String)> {
    let facts = page.get("facts")?;
    let number = facts.get("number").or_else(|| facts.pointer("/fields/number"))?.as_str()?.trim();
    if number.is_empty() || number.chars().count() > MAX_NUMBER || number.chars().any(crate::unseen::unprintable) {
        return None;
    }
    let bytes = cbor::from_json(facts).and_then(|value| cbor::encode(&value)).ok()?;
    Some((short(&sha256(&bytes)), number.to_owned()))
}

/// The part of a digest that a code holds.
#[must_use]
pub fn short(digest: &Digest) -> [u8; 8] {
    let mut out = [0; 8];
    out.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
    out
}

/// How many pages a PDF of this product has: its objects of `/Type /Page`.
#[must_use]
pub fn count(pdf: &[u8]) -> usize {
    const TYPE: &[u8] = b"/Type";
    let page = |rest: &[u8]| {
        let rest = rest.strip_prefix(TYPE).unwrap_or_default().trim_ascii_start();
        rest.strip_prefix(b"/Page").is_some_and(|after| !after.first().is_some_and(u8::is_ascii_alphanumeric))
    };
    (0..pdf.len()).filter(|at| pdf.get(*at..).is_some_and(page)).count()
}

/// Why photographs do not make the pages of a paper.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InkError {
    /// What was scanned on this photograph (counted from 1) is no page code.
    #[error("第{0}张照片上没有读到页码二维码 / photograph {0}: no page code was read")]
    NoCode(usize),
    /// The code names another paper, or the same number with other facts.
    #[error("第{0}张照片是另一份文书 / photograph {0} shows another paper")]
    OtherPaper(usize),
    /// The code names another number of pages: of another print.
    #[error("第{0}张照片是另一次打印的页 / photograph {0} shows a page of another print")]
    OtherPrint(usize),
    /// The page was photographed twice.
    #[error("第{0}张照片的页已有照片 / photograph {0}: this page is there already")]
    Twice(usize),
    /// These pages have no photograph.
    #[error("缺第 {} 页的照片 / no photograph of these pages", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("、"))]
    Missing(Vec<usize>),
}

/// The order of the photographs by page: each names this paper, none another, and all pages are there.
///
/// # Errors
/// [`InkError`] names the first photograph that does not fit, or the pages that are missing.
pub fn pages_of(facts: &Digest, number: &str, scanned: &[&str]) -> Result<Vec<usize>, InkError> {
    let mut found: Vec<Option<usize>> = Vec::new();
    for (i, text) in scanned.iter().enumerate() {
        let code = PageCode::read(text).ok_or(InkError::NoCode(i + 1))?;
        if code.facts != short(facts) || code.number != number {
            return Err(InkError::OtherPaper(i + 1));
        }
        if found.is_empty() {
            found.resize(code.of, None);
        } else if found.len() != code.of {
            return Err(InkError::OtherPrint(i + 1));
        }
        let place = code.page.checked_sub(1).and_then(|page| found.get_mut(page)).ok_or(InkError::NoCode(i + 1))?;
        if place.replace(i).is_some() {
            return Err(InkError::Twice(i + 1));
        }
    }
    let missing: Vec<usize> = (1..).zip(&found).filter(|(_, photo)| photo.is_none()).map(|(page, _)| page).collect();
    if found.is_empty() {
        return Err(InkError::Missing(vec![1]));
    }
    if missing.is_empty() { Ok(found.into_iter().flatten().collect()) } else { Err(InkError::Missing(missing)) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failing test should stop here")]
mod tests {
    use super::*;

    fn code(page: usize, of: usize) -> String {
        PageCode { facts: [7; 8], page, of, number: "青卫责改〔2026〕31号".into() }.write()
    }

    #[test]
    fn p8_a_page_code_reads_back_and_is_written_one_way_only() {
        let written = code(2, 3);
        assert_eq!(written, format!("mz1/page 2/3 {} 青卫责改〔2026〕31号", "07".repeat(8)));
        assert_eq!(PageCode::read(&written).unwrap().write(), written);
        for bad in ["", "mz1/page", "mz1/page 4/3", "mz1/page 0/3", "mz1/page 02/3", "mz1/page 1/61", "mz2/page 1/1"] {
            assert_eq!(PageCode::read(&format!("{bad} {} n", "07".repeat(8))), None, "{bad}");
        }
        assert_eq!(PageCode::read(&written.replace("07", "0A")), None);
        assert_eq!(PageCode::read(&written.replace(" 青", "青")), None);
    }

    #[test]
    fn p8_all_pages_of_this_paper_and_no_other_are_there() {
        let mut digest = [9; 32];
        digest.iter_mut().take(8).for_each(|b| *b = 7);
        let check =
            |codes: &[String]| pages_of(&digest, "青卫责改〔2026〕31号", &codes.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(check(&[code(2, 3), code(1, 3), code(3, 3)]), Ok(vec![1, 0, 2]));
        assert_eq!(check(&[code(1, 1)]), Ok(vec![0]));
        assert_eq!(check(&[]), Err(InkError::Missing(vec![1])));
        assert_eq!(check(&[code(2, 3)]), Err(InkError::Missing(vec![1, 3])));
        assert_eq!(check(&[code(1, 2), "https://zf.example/b".into()]), Err(InkError::NoCode(2)));
        assert_eq!(check(&[code(1, 2), code(1, 2)]), Err(InkError::Twice(2)));
        assert_eq!(check(&[code(1, 2), code(2, 3)]), Err(InkError::OtherPrint(2)));
        assert_eq!(check(&[code(1, 1).replace("31号", "32号")]), Err(InkError::OtherPaper(1)));
        assert_eq!(check(&[code(1, 1).replace("0707", "0708")]), Err(InkError::OtherPaper(1)));
    }
}
