//! The office's own papers: desk card (R12) and the leaflet that tells how to check a badge (R13, R16), by the typesetter of all papers.

use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::register;
use crate::retention::Certificate;
use crate::rights::{self, Rights};
use mingzheng_core::calendar::Day;
use mingzheng_core::document::facts::Moment;
use mingzheng_core::document::form::{self, FormPage};
use mingzheng_core::document::{Fonts, Form, PaperIdentity, render};
use mingzheng_core::id::{Digest, hex, sha256};
use mingzheng_core::pack::{Pack, Text};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

const CARD: &str = include_str!("../resources/papers/card.typ");
const DESTRUCTION: &str = include_str!("../resources/papers/destruction.typ");
const LEAFLET: &str = include_str!("../resources/papers/leaflet.typ");
/// China's offset from UTC in minutes.
pub(crate) const ZONE_MIN: i16 = 480;
const DAY_MS: i64 = 86_400_000;
/// Longest address that is drawn as a code on the card.
const LONGEST_LINE: usize = 120;
/// Largest font file that is read.
const MAX_FONT: u64 = 64 << 20;

/// The newest leaflet and the digest of its facts: anybody may ask for it, but it is typeset only when what it says changes.
pub type Kept = Mutex<Option<(Digest, Vec<u8>)>>;

/// What stands on a desk card (岗位明示牌, S2三(一)3(4)).
#[derive(Serialize)]
struct Card<'a> {
    organ: &'a str,
    name: &'a str,
    unit: &'a str,
    position: &'a str,
    number: &'a str,
    category: &'a str,
    /// Host of the public pages as printed.
    address: &'a str,
    /// The officer's line in the public list.
    list: String,
    phone: &'a str,
}

/// Makes the desk card of an officer whose certificate is in effect: PDF/A-3a + PDF/UA-1.
///
/// # Errors
/// [`OfficeError::NotFound`]; [`OfficeError::Document`]: no font, or characters that the fonts lack, by name.
pub fn card(office: &Office, number: &str) -> Result<Vec<u8>> {
    let officers = register::public(office)?;
    let officer = officers.iter().find(|o| o.number == number).ok_or(OfficeError::NotFound("certificate in effect"))?;
    let host = &office.settings.badge_host;
    let list = format!("https://{host}/officers");
    let line = format!("{list}?q={}", percent(number));
    let card = Card {
        organ: &office.trust.organ,
        name: &officer.name,
        unit: &officer.unit,
        position: &officer.position,
        number,
        category: &officer.category,
        address: host,
        // A very long number would make modules too small to read.
        list: if line.len() <= LONGEST_LINE { line } else { list },
        phone: &office.settings.complaint_phone,
    };
    paper(office, "gangwei-mingshi", "岗位明示牌", number, CARD, &card)
}

#[derive(Serialize)]
struct Leaflet<'a> {
    organ: &'a str,
    /// The one address as printed, and as a link.
    address: String,
    url: String,
    list: String,
    phone: &'a str,
    /// Root fingerprint (P8: on every paper handed to the party).
    root: String,
    day: u32,
    aid: Option<Text>,
    complaint: Text,
    rights: ByLanguage,
    illustrative: bool,
}

#[derive(Serialize)]
struct ByLanguage {
    zh: Option<Rights>,
    en: Option<Rights>,
}

/// The leaflet 亮证核验告知单: how to check, what the answers mean, the party's rights; PDF/A-3a + PDF/UA-1.
///
/// # Errors
/// [`OfficeError::Document`].
pub fn leaflet(office: &Office) -> Result<Vec<u8>> {
    let host = &office.settings.badge_host;
    let notice = rights::notice(office)?;
    let of = |language: &str| notice.rights.iter().find(|r| r.language == language).cloned();
    let facts = Leaflet {
        organ: &office.trust.organ,
        address: format!("{host}/b"),
        url: format!("https://{host}/b"),
        list: format!("https://{host}/officers"),
        phone: &office.settings.complaint_phone,
        root: office.fingerprint()?.to_string(),
        day: today(office)?.number(),
        rights: ByLanguage { zh: of("zh-Hans"), en: of("en") },
        aid: notice.aid,
        complaint: notice.complaint,
        illustrative: notice.illustrative,
    };
    let digest = sha256(&serde_json::to_vec(&facts).map_err(|e| OfficeError::Settings(e.to_string()))?);
    // Held while it is made: who asks at the same moment waits instead of making it too.
    let mut kept = office.leaflet.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, pdf)) = kept.as_ref().filter(|(known, _)| *known == digest) {
        return Ok(pdf.clone());
    }
    let pdf = paper(office, "liangzheng-heyan", "亮证核验告知单", "", LEAFLET, &facts)?;
    *kept = Some((digest, pdf.clone()));
    Ok(pdf)
}

/// What stands on a certificate of destruction.
#[derive(Serialize)]
struct Destroyed<'a> {
    organ: &'a str,
    number: &'a str,
    at: String,
    reason: &'a str,
    basis: &'a str,
    proposed: &'a (String, String),
    approved: &'a (String, String),
    leaf: u64,
    /// Of the signed file.
    digest: String,
    root: String,
    files: Vec<Gone>,
}

#[derive(Serialize)]
struct Gone {
    clear: String,
    sealed: String,
    length: u64,
}

/// 销毁证明 as a page (R22): PDF/A-3a + PDF/UA-1, the same bytes whenever it is asked for.
///
/// # Errors
/// [`OfficeError::Document`].
pub fn destruction(office: &Office, certificate: &Certificate) -> Result<Vec<u8>> {
    let c = &certificate.content;
    let gone = |f: &mingzheng_core::log::Destroyed| Gone { clear: hex(&f.clear), sealed: hex(&f.sealed), length: f.length };
    let facts = Destroyed {
        organ: &office.trust.organ,
        number: &c.number,
        at: crate::published::time(c.at),
        reason: &c.reason,
        basis: &c.basis,
        proposed: &c.proposed,
        approved: &c.approved,
        leaf: certificate.leaf,
        digest: hex(&sha256(&certificate.bytes)),
        root: office.fingerprint()?.to_string(),
        files: c.files.iter().map(gone).collect(),
    };
    paper_of(office, ("xiaohui-zhengming", "销毁证明"), &c.number, DESTRUCTION, &facts, c.at)
}

fn today(office: &Office) -> Result<Day> {
    Day::in_china(office.now()).ok_or(OfficeError::NotFound("day"))
}

fn paper(office: &Office, id: &str, title: &str, number: &str, source: &str, facts: &impl Serialize) -> Result<Vec<u8>> {
    paper_of(office, (id, title), number, source, facts, office.now())
}

/// The same facts on the same day give the same bytes.
fn paper_of(
    office: &Office,
    (id, title): (&str, &str),
    number: &str,
    source: &str,
    facts: &impl Serialize,
    now: i64,
) -> Result<Vec<u8>> {
    let facts = serde_json::to_value(facts).map_err(|e| OfficeError::Settings(e.to_string()))?;
    let form = Form { id: id.to_owned(), title: title.to_owned(), source: source.to_owned(), ..Form::default() };
    let zone = i64::from(ZONE_MIN) * 60_000;
    let at = Moment { ms: (now + zone).div_euclid(DAY_MS) * DAY_MS - zone, offset_min: ZONE_MIN };
    let identity = PaperIdentity {
        title: format!("{title} {number}").trim_end().to_owned(),
        at,
        id: sha256(format!("{id} {} {facts}", at.ms).as_bytes()).to_vec(),
    };
    Ok(render(&form, &facts, &fonts(&office.settings.font_dir)?, &[], &identity)?)
}

/// A form of a pack that was filled (`core::document::form`), on the day `at`: PDF/A-3a + PDF/UA-1 with its facts attached.
///
/// # Errors
/// [`OfficeError::Document`]: no such form, no font, characters that the fonts lack, an electronic seal that the pack does not allow.
pub fn form(office: &Office, pack: &Pack, id: &str, page: &FormPage, at: Moment) -> Result<Vec<u8>> {
    Ok(form::paper(pack, id, page, at, &fonts(&office.settings.font_dir)?, Vec::new())?)
}

/// Font files of a folder. Read anew for each paper: the office makes few, and the fonts are a hundred megabytes.
pub(crate) fn fonts(folder: &Path) -> Result<Fonts> {
    let entries = std::fs::read_dir(folder).map_err(OfficeError::io(folder))?;
    let mut files: Vec<_> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    files.retain(|f| f.extension().is_some_and(|e| ["ttc", "ttf", "otf"].iter().any(|known| e.eq_ignore_ascii_case(known))));
    files.sort();
    let small = |f: &&std::path::PathBuf| f.metadata().is_ok_and(|m| m.is_file() && m.len() <= MAX_FONT);
    let read = files.iter().filter(small).map(|f| std::fs::read(f).map_err(OfficeError::io(f)));
    Ok(Fonts::from_bytes(read.collect::<Result<_>>()?)?)
}

/// A value in the query of an address (RFC 3986 §2.3).
#[must_use]
pub fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{b:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_number_in_an_address_stays_one_value() {
        assert_eq!(percent("510-822_0.1~"), "510-822_0.1~");
        assert_eq!(percent("川A 1&q=2#%"), "%E5%B7%9DA%201%26q%3D2%23%25");
    }
}
