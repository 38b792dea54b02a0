//! 保存与销毁: what is due and what is held, the lists that two persons answer, and the certificates (R22, J21).

use super::register::posted::{Said, mendable, shown};
use super::{Console, Frame, Shared, blocking, file, frame};
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::papers;
use crate::published::time;
use crate::retention::rule::What;
use crate::retention::{self, Act, Step};
use crate::text::{CONSOLE, Texts, html};
use askama::Template;
use axum::Router;
use axum::extract::{Form, Path};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use mingzheng_core::id::{Id, hex};
use mingzheng_core::inspection::gate::Gate;
use mingzheng_core::log::Destruction;
use mingzheng_core::pack::Keep;
use mingzheng_core::procedure::Actor;
use std::collections::BTreeMap;
use std::sync::Arc;

type Pairs = Vec<(String, String)>;

/// Routes of keeping and destroying.
pub(super) fn router() -> Router<Arc<Console>> {
    Router::new()
        .route("/console/retention", get(list))
        .route("/console/retention/{act}", post(record))
        .route("/console/retention/lists/{n}/run", post(run))
        .route("/console/retention/certificates/{n}", get(certificate))
}

/// A period of the pack.
struct Period {
    title: String,
    keep: String,
    illustrative: bool,
}

/// What of one inspection has ended.
struct Ended {
    link: String,
    title: String,
    until: String,
    due: usize,
    /// Numbers of the holds that keep the rest.
    held: String,
}

struct Hold {
    n: u64,
    title: String,
    basis: String,
    by: String,
    at: String,
    reason: String,
}

struct Listed {
    n: u64,
    state: String,
    word: &'static str,
    files: usize,
    basis: String,
    reason: String,
    by: String,
    at: String,
    answered: Option<String>,
}

struct Paper {
    proposal: u64,
    number: String,
    files: usize,
    by: String,
    approved: String,
    at: String,
    leaf: u64,
}

#[derive(Template)]
#[template(path = "retention.html")]
struct ListPage {
    t: &'static Texts,
    f: Frame,
    fault: Option<String>,
    refused: Vec<Gate>,
    periods: Vec<Period>,
    ended: Vec<Ended>,
    /// So many files would stand in the next list.
    due: usize,
    most: usize,
    basis: String,
    holds: Vec<Hold>,
    lists: Vec<Listed>,
    certificates: Vec<Paper>,
    logged: bool,
}

fn page(c: &Console, fault: Option<String>, refused: Vec<Gate>) -> Result<Response> {
    let office = &c.office;
    let (acts, files) = retention::due(office)?;
    let (certificates, logged) =
        office.store.read(|db| Ok((retention::certificates(office, db)?, retention::is_logged(office, db)?)))?;
    let mut by_inspection: BTreeMap<Option<Id>, Vec<&retention::File>> = BTreeMap::new();
    for f in &files {
        by_inspection.entry(f.inspections.first().copied()).or_default().push(f);
    }
    let ended = by_inspection.iter().map(|(inspection, files)| {
        let mut holds: Vec<u64> = files.iter().flat_map(|f| f.standing.holds.iter().copied()).collect();
        holds.sort_unstable();
        holds.dedup();
        Ok(Ended {
            link: inspection.map_or_else(String::new, |i| i.to_string()),
            title: inspection.map_or(Ok(String::new()), |i| retention::title(office, &What::Inspection(i)))?,
            until: files.iter().filter_map(|f| f.standing.until).max().map_or_else(String::new, |day| day.to_string()),
            due: files.iter().filter(|f| f.word == "due").count(),
            held: holds.iter().map(ToString::to_string).collect::<Vec<_>>().join("、"),
        })
    });
    let rows = retention::periods(office)?;
    let basis = rows.iter().find(|r| r.class == mingzheng_core::pack::Kept::DailyMedia);
    let basis = basis.map_or_else(String::new, |r| format!("{}（{}）", r.title.zh, keep(r.keep).0));
    let holds = acts.standing().map(|h| {
        Ok(Hold {
            n: h.n,
            title: retention::title(office, &h.what)?,
            basis: h.basis.clone(),
            by: person(&h.placed.step.by),
            at: time(h.placed.at),
            reason: h.placed.step.reason.clone(),
        })
    });
    let list = ListPage {
        t: &CONSOLE,
        f: frame(c, "retention"),
        periods: rows
            .iter()
            .map(|r| {
                let (zh, en) = keep(r.keep);
                Period { title: html(&r.title.zh, &r.title.en), keep: html(&zh, &en), illustrative: r.illustrative }
            })
            .collect(),
        due: files.iter().filter(|f| f.word == "due").count().min(Destruction::MOST),
        most: Destruction::MOST,
        basis,
        ended: ended.collect::<Result<_>>()?,
        holds: holds.collect::<Result<_>>()?,
        lists: acts
            .proposals
            .iter()
            .rev()
            .filter(|p| p.word() != "done")
            .map(|p| Listed {
                n: p.n,
                state: CONSOLE.both(&format!("keep.list.{}", p.word())),
                word: p.word(),
                files: p.files.len(),
                basis: p.basis.clone(),
                reason: p.proposed.step.reason.clone(),
                by: person(&p.proposed.step.by),
                at: time(p.proposed.at),
                answered: p.answered.as_ref().map(|a| format!("{}：{}", person(&a.step.by), a.step.reason)),
            })
            .collect(),
        certificates: certificates
            .iter()
            .rev()
            .map(|c| Paper {
                proposal: c.proposal,
                number: c.content.number.clone(),
                files: c.content.files.len(),
                by: c.content.proposed.0.clone(),
                approved: c.content.approved.0.clone(),
                at: time(c.content.at),
                leaf: c.leaf,
            })
            .collect(),
        logged,
        fault,
        refused,
    };
    let failed = list.fault.is_some() || !list.refused.is_empty();
    shown(&list, failed)
}

fn keep(keep: Keep) -> (String, String) {
    match keep {
        Keep::Months(n) => (format!("{n}个月"), format!("{n} months")),
        Keep::AsCaseFile => ("与案卷相同".to_owned(), "as the case file".to_owned()),
        Keep::Permanent => ("永久".to_owned(), "for good".to_owned()),
    }
}

fn person(by: &Actor) -> String {
    format!("{}（{}）", by.name, by.number)
}

async fn list(axum::extract::State(console): Shared) -> Response {
    blocking(console, |c| page(c, None, vec![])).await
}

fn act(office: &Office, name: &str, said: &Said) -> Result<Act> {
    let number = |field: &str| {
        said.text(field).parse::<u64>().map_err(|_| OfficeError::Settings(format!("“{}”不是编号 no number", said.text(field))))
    };
    Ok(match name {
        "hold" => Act::Held { what: retention::named(office, &said.text("what"))?, basis: said.text("basis") },
        "lift" => Act::Lifted { hold: number("hold")? },
        "promote" => {
            let What::Case(case) = retention::named(office, &said.text("case"))? else {
                return Err(OfficeError::NotFound("case"));
            };
            Act::Promoted { what: retention::named(office, &said.text("what"))?, case: case.to_string() }
        }
        "propose" => {
            let (_, files) = retention::due(office)?;
            let due = files.iter().filter(|f| f.word == "due").take(Destruction::MOST);
            Act::Proposed { files: due.map(|f| hex(&f.sealed)).collect(), basis: said.text("basis") }
        }
        "approve" => Act::Approved { proposal: number("list")? },
        "reject" => Act::Rejected { proposal: number("list")? },
        _ => return Err(OfficeError::NotFound("act")),
    })
}

async fn record(axum::extract::State(console): Shared, Path(name): Path<String>, Form(posted): Form<Pairs>) -> Response {
    blocking(console, move |c| {
        let said = Said(posted);
        let by = Actor { name: said.text("by"), number: said.text("number") };
        let done = act(&c.office, &name, &said)
            .map_err(|e| match e {
                // What was typed is not there: whoever typed it can mend it.
                OfficeError::NotFound(what) if what != "act" => OfficeError::Settings(CONSOLE.plain("keep.unknown")),
                other => other,
            })
            .and_then(|act| retention::record(&c.office, &Step { act, by, reason: said.text("reason") }));
        match done {
            Ok(_) => {
                let back = Id::from_hex(&said.text("inspection"));
                let to = back.map_or_else(|| "/console/retention".to_owned(), |i| format!("/console/cases/{i}#keeping"));
                Ok(Redirect::to(&to).into_response())
            }
            Err(OfficeError::Procedure(closed)) => page(c, None, closed.0),
            Err(e) => page(c, mendable(Err(e))?, vec![]),
        }
    })
    .await
}

#[derive(Template)]
#[template(path = "retention_run.html")]
struct RunPage {
    t: &'static Texts,
    f: Frame,
    n: u64,
    files: usize,
    by: String,
    approved: String,
    basis: String,
}

/// Irreversible: shown once more before it is done.
async fn run(axum::extract::State(console): Shared, Path(n): Path<u64>, Form(posted): Form<Pairs>) -> Response {
    blocking(console, move |c| {
        let acts = c.office.store.read(retention::acts)?;
        let list = acts.proposal(n).filter(|p| p.is_approved()).ok_or(OfficeError::NotFound("list"))?;
        if Said(posted).text("confirmed") != "yes" {
            let confirm = RunPage {
                t: &CONSOLE,
                f: frame(c, "retention"),
                n,
                files: list.files.len(),
                by: person(&list.proposed.step.by),
                approved: list.answered.as_ref().map_or_else(String::new, |a| person(&a.step.by)),
                basis: list.basis.clone(),
            };
            return shown(&confirm, false);
        }
        let done = retention::run(&c.office, n)?;
        match done.certificate {
            Some(_) => Ok(Redirect::to("/console/retention#certificates").into_response()),
            None => page(c, Some(CONSOLE.plain("keep.nothing")), vec![]),
        }
    })
    .await
}

/// `N.pdf`, the paper; `N.cbor`, what is signed.
async fn certificate(axum::extract::State(console): Shared, Path(name): Path<String>) -> Response {
    blocking(console, move |c| {
        let (n, kind) = name.split_once('.').ok_or(OfficeError::NotFound("certificate"))?;
        let all = c.office.store.read(|db| retention::certificates(&c.office, db))?;
        let found = all.into_iter().find(|c| c.proposal.to_string() == n).ok_or(OfficeError::NotFound("certificate"))?;
        match kind {
            "cbor" => Ok(file("application/cbor", false, &format!("destruction-{n}.cbor"), found.bytes)),
            "pdf" => match papers::destruction(&c.office, &found) {
                Ok(pdf) => Ok(file("application/pdf", true, &format!("destruction-{n}.pdf"), pdf)),
                Err(OfficeError::Document(error)) => {
                    Ok((StatusCode::UNPROCESSABLE_ENTITY, format!("证明无法制作 the paper cannot be made: {error}\n"))
                        .into_response())
                }
                Err(error) => Err(error),
            },
            _ => Err(OfficeError::NotFound("certificate")),
        }
    })
    .await
}

/// What the page of an inspection says of keeping it.
pub(super) struct Keeping {
    /// State in words, last day, number of files.
    pub(super) groups: Vec<(String, String, usize)>,
    /// Holds on it or on what needs it: number, basis, who and when.
    pub(super) holds: Vec<(u64, String, String)>,
    /// The certificates that name its files.
    pub(super) destroyed: Vec<(u64, String)>,
}

/// How long the files of an inspection are kept.
///
/// # Errors
/// [`OfficeError`].
pub(super) fn keeping(office: &Office, inspection: Id) -> Result<Keeping> {
    let files = retention::of_inspection(office, inspection)?;
    let acts = office.store.read(retention::acts)?;
    let mut groups: BTreeMap<(String, String), usize> = BTreeMap::new();
    for f in &files {
        let never: Vec<String> = f.standing.never.iter().map(|n| CONSOLE.both(&format!("keep.never.{}", n.name()))).collect();
        let state = CONSOLE.both(&format!("keep.{}", f.word));
        let words = if never.is_empty() { state } else { format!("{state}：{}", never.join("；")) };
        let until = f.standing.until.filter(|_| f.standing.never.is_empty()).map_or_else(String::new, |day| day.to_string());
        *groups.entry((words, until)).or_default() += 1;
    }
    let on: std::collections::BTreeSet<u64> = files.iter().flat_map(|f| f.standing.holds.iter().copied()).collect();
    let whole = |what: &What| *what == What::Inspection(inspection);
    let holds = acts.standing().filter(|h| on.contains(&h.n) || whole(&h.what));
    let holds = holds.map(|h| (h.n, h.basis.clone(), format!("{} {}", person(&h.placed.step.by), time(h.placed.at)))).collect();
    let destroyed = office.store.read(|c| retention::of_case(c, inspection))?;
    Ok(Keeping { groups: groups.into_iter().map(|((words, until), n)| (words, until, n)).collect(), holds, destroyed })
}
