//! 行政处罚公示 for everybody: page and CSV of what was reviewed and published; a withdrawn one with its reason and nothing else (R37–R39, 处罚法 48).
//! No cookies, no log of who asks.

use super::keep::every;
use crate::error::Result;
use crate::listing::csv;
use crate::office::Office;
use crate::public::{answer, page};
use crate::published::time;
use crate::register;
use crate::text::{CONSOLE, Texts};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use mingzheng_core::calendar::Day;
use mingzheng_core::publication::Draft;
use std::sync::Arc;

/// Routes.
pub fn router() -> Router<Arc<Office>> {
    Router::new()
        .route("/decisions", get(|State(o): State<Arc<Office>>| answer(o, show)))
        .route("/decisions.csv", get(|State(o): State<Arc<Office>>| answer(o, table)))
}

/// A decision that everybody may read, or that it was withdrawn.
struct Line {
    draft: Draft,
    published: Option<Day>,
    withdrawn: Option<(Day, String)>,
}

impl Line {
    fn since(&self) -> Option<Day> {
        self.published.or(self.withdrawn.as_ref().map(|(day, _)| *day))
    }

    fn fields(&self) -> [String; 9] {
        let d = &self.draft;
        let state = match &self.withdrawn {
            Some((day, why)) => format!("{day} 撤回：{why}"),
            None => "公示中".to_owned(),
        };
        let day = |d: Option<Day>| d.map_or_else(String::new, |d| d.to_string());
        let code = d.code.clone().unwrap_or_default();
        [&d.number, &d.party, &code, &d.facts, &d.basis, &d.content, &day(d.decided), &day(self.since()), &state]
            .map(Clone::clone)
    }
}

const COLUMNS: [&str; 9] =
    ["pub.number", "pub.party", "pub.code", "pub.facts", "pub.basis", "pub.content", "pub.decided", "pub.since", "pub.state"];

/// The newest first.
fn lines(office: &Office) -> Result<Vec<Line>> {
    let mut all = Vec::new();
    for state in office.store.read(every)? {
        if let Some((draft, day)) = state.published {
            all.push(Line { draft, published: Some(day), withdrawn: None });
        } else if let Some(withdrawn) = state.withdrawn {
            // Of what was withdrawn only the number stays, and why.
            let number = state.draft.map(|(draft, _)| draft.number).unwrap_or_default();
            all.push(Line { draft: Draft { number, ..Draft::default() }, published: None, withdrawn: Some(withdrawn) });
        }
    }
    all.sort_by_key(|line| std::cmp::Reverse((line.since(), line.draft.number.clone())));
    Ok(all)
}

#[derive(Template)]
#[template(path = "decisions.html")]
struct Page<'a> {
    t: &'static Texts,
    organ: &'a str,
    root: String,
    nav: &'static str,
    at: String,
    phone: &'a str,
    columns: Vec<String>,
    rows: Vec<[String; 9]>,
}

fn show(office: &Office) -> Result<Response> {
    page(&Page {
        t: &CONSOLE,
        organ: &office.trust.organ,
        root: office.fingerprint()?.to_string(),
        nav: "decisions",
        at: time(office.now()),
        phone: &office.settings.complaint_phone,
        columns: COLUMNS.map(|c| CONSOLE.both(c)).to_vec(),
        rows: lines(office)?.iter().map(Line::fields).collect(),
    })
}

fn table(office: &Office) -> Result<Response> {
    let day = register::today(office)?;
    let rows = lines(office)?;
    let head = COLUMNS.map(|c| CONSOLE.get(c).zh);
    Ok(csv(head, rows.iter().map(Line::fields), &format!("decisions-{day}.csv"), &format!("行政处罚公示-{day}.csv")))
}
