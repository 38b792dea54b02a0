//! 执法人员名单 for everybody: page, CSV and signed files from the one register, the seven public fields and nothing beyond them (R03).
//! No cookies, no log of who asks or for whom.

use crate::error::Result;
use crate::office::Office;
use crate::public::{answer, file, page, tagged};
use crate::published::time;
use crate::register;
use crate::text::{CONSOLE, Texts};
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use axum::routing::get;
use mingzheng_core::badge::scope::parts;
use mingzheng_core::badge::{Officer, OfficerList, status};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// As the other public pages, but with a form of its own and no script.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Lines of the page before somebody asks for all.
const MOST: usize = 500;
/// Longest search that is looked at, in characters.
const LONGEST: usize = 100;

type Shared = State<Arc<Office>>;

/// Routes of the lists.
pub fn router() -> Router<Arc<Office>> {
    Router::new()
        .route("/officers", get(|State(o): Shared, Query(asked): Query<Asked>| answer(o, move |o| show(o, &asked))))
        .route("/officers.csv", get(|State(o): Shared| answer(o, table)))
        .route("/officers.cbor", get(|State(o): Shared, h: HeaderMap| answer(o, move |o| officers(o, &h))))
        .route("/status.cwt", get(|State(o): Shared, h: HeaderMap| answer(o, move |o| statuses(o, &h))))
}

/// Whom page and table name: what the signed list says, so that the three cannot differ. It is kept signed until something changes; reading it
/// does not fold the register for everybody who asks.
fn in_effect(office: &Office) -> Result<Vec<Officer>> {
    Ok(OfficerList::open(&register::officer_list(office)?, &office.trust)?.officers)
}

fn statuses(office: &Office, asked: &HeaderMap) -> Result<Response> {
    Ok(tagged(asked, status::TYP, register::status_list(office)?))
}

fn officers(office: &Office, asked: &HeaderMap) -> Result<Response> {
    Ok(tagged(asked, "application/cbor", register::officer_list(office)?))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    category: String,
    all: Option<String>,
}

/// The seven fields as printed.
fn fields(o: &Officer) -> [String; 7] {
    let until = format!("{:04}-{:02}-{:02}", o.until / 10_000, o.until / 100 % 100, o.until % 100);
    [&o.name, &o.unit, &o.position, &o.number, &o.category, &o.area, &until].map(String::clone)
}

/// Their names.
const COLUMNS: [&str; 7] = [
    "officers.name",
    "officers.unit",
    "officers.position",
    "officers.number",
    "officers.category",
    "officers.area",
    "officers.until",
];

#[derive(Template)]
#[template(path = "listing.html")]
struct Page<'a> {
    t: &'static Texts,
    organ: &'a str,
    root: String,
    nav: &'static str,
    at: String,
    phone: &'a str,
    q: &'a str,
    category: &'a str,
    categories: BTreeSet<&'a str>,
    /// Each column as HTML and as plain label.
    columns: Vec<(String, String)>,
    rows: Vec<[String; 7]>,
    found: usize,
    in_all: usize,
}

fn show(office: &Office, asked: &Asked) -> Result<Response> {
    let everybody = in_effect(office)?;
    let q: String = asked.q.trim().chars().take(LONGEST).collect();
    let found: Vec<&Officer> = everybody.iter().filter(|o| matches(o, &q, &asked.category)).collect();
    let shown = if asked.all.is_some() { found.len() } else { MOST };
    let mut response = page(&Page {
        t: &CONSOLE,
        organ: &office.trust.organ,
        root: office.fingerprint()?.to_string(),
        nav: "officers",
        at: time(office.now()),
        phone: &office.settings.complaint_phone,
        q: &q,
        category: &asked.category,
        categories: everybody.iter().flat_map(|o| parts(&o.category)).collect(),
        columns: COLUMNS.map(|c| (CONSOLE.both(c), CONSOLE.plain(c))).to_vec(),
        rows: found.iter().take(shown).map(|o| fields(o)).collect(),
        found: found.len(),
        in_all: everybody.len(),
    })?;
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}

/// Whether name, number or unit contain what is looked for, blanks and case aside, and the category is one of the officer's.
fn matches(o: &Officer, q: &str, category: &str) -> bool {
    let bare = |t: &str| t.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect::<String>();
    let wanted = bare(q);
    (category.is_empty() || parts(&o.category).any(|c| c == category))
        && [&o.name, &o.number, &o.unit].into_iter().any(|t| bare(t).contains(&wanted))
}

fn table(office: &Office) -> Result<Response> {
    let lines = in_effect(office)?;
    let day = register::today(office)?;
    Ok(csv(
        COLUMNS.map(|c| CONSOLE.get(c).zh),
        lines.iter().map(fields),
        &format!("officers-{day}.csv"),
        &format!("执法人员名单-{day}.csv"),
    ))
}

/// A table to download: RFC 4180 with a byte order mark, by which spreadsheets know UTF-8.
pub(crate) fn csv<const N: usize>(
    head: [String; N],
    lines: impl IntoIterator<Item = [String; N]>,
    name: &str,
    chinese: &str,
) -> Response {
    let mut csv = String::from('\u{feff}');
    for cells in std::iter::once(head).chain(lines) {
        csv.push_str(&cells.map(|c| cell(&c)).join(","));
        csv.push_str("\r\n");
    }
    let mut response = file("text/csv; charset=utf-8; header=present", csv);
    let percent: String = chinese.bytes().map(|b| format!("%{b:02X}")).collect();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"; filename*=UTF-8''{percent}")) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    response
}

/// Quoted. A spreadsheet takes a cell that begins like this for a formula and would run what a name says; the apostrophe makes it a text.
pub(crate) fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    format!("\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r03_a_cell_is_a_text_and_never_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"] {
            assert_eq!(cell(formula), format!("\"'{formula}\""));
        }
        assert_eq!(cell("王\"小\",明"), "\"王\"\"小\"\",明\"");
    }

    #[test]
    fn an_officer_is_found_by_part_of_name_number_or_unit_and_by_category() {
        let o = Officer {
            name: "阿依古丽 买买提".into(),
            unit: "某县卫生监督所".into(),
            position: "科员".into(),
            number: "川A-0012".into(),
            category: "公共场所卫生、传染病防治".into(),
            area: "某县".into(),
            until: 20_301_231,
        };
        for q in ["", "买买提", "古丽买", "a-001", "监督所", " 0012 "] {
            assert!(matches(&o, q, ""), "{q}");
        }
        for q in ["科员", "某市", "2030", "0013"] {
            assert!(!matches(&o, q, ""), "{q}");
        }
        assert!(matches(&o, "买买提", "传染病防治") && !matches(&o, "买买提", "传染病"));
        assert_eq!(fields(&o)[6], "2030-12-31");
    }
}
