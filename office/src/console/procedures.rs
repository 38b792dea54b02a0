//! 案件办理: the cases of penalties, one case with its steps, clocks, gates and papers, and the forms of what may follow (R42–R45, R50, R59).

mod choice;
mod form;

use super::register::posted::{Said, mendable, shown};
use super::{Console, Frame, Shared, blocking, file, frame};
use crate::error::{OfficeError, Result};
use crate::procedure::{self, Kept, Procedure, Ruled, Running, from_name, name};
use crate::published::time;
use crate::register;
use crate::text::{CONSOLE, Texts};
use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use form::{Input, Kind, inputs, step};
use mingzheng_core::document::amount::figures;
use mingzheng_core::id::Id;
use mingzheng_core::inspection::gate::Gate;
use mingzheng_core::pack::Pack;
use mingzheng_core::procedure::{Actor, Case, Node, Stage, Step};
use std::sync::Arc;

type Pairs = Vec<(String, String)>;

/// A step is longer than the other forms.
const MOST: usize = 256 << 10;

/// Routes of the cases.
pub(super) fn router() -> Router<Arc<Console>> {
    Router::new()
        .route("/console/procedures", get(list).post(accept))
        .route("/console/procedures/{id}", get(one))
        .route("/console/procedures/{id}/papers/{n}", get(paper))
        .route("/console/procedures/{id}/{node}", get(one_step).post(record))
        .layer(DefaultBodyLimit::max(MOST))
}

fn title(kind: &str, name: &str) -> String {
    CONSOLE.both(&format!("proc.{kind}.{name}"))
}

fn stage(case: &Case) -> String {
    format!("{:?}", case.stage()).to_lowercase()
}

/// A clock as it is shown.
struct Line {
    title: String,
    start: String,
    raw: String,
    rolled: Option<String>,
    provisional: bool,
    state: String,
    tone: &'static str,
    left: Option<u32>,
    basis: String,
    illustrative: bool,
}

fn line(r: Running) -> Line {
    let mark = r.mark.as_ref().map(|m| crate::text::html(&m.zh, &m.en));
    Line {
        title: crate::text::html(&r.title.zh, &r.title.en),
        start: r.start.to_string(),
        raw: r.raw.to_string(),
        rolled: (r.rolled != r.raw).then(|| r.rolled.to_string()),
        provisional: r.provisional,
        state: mark.unwrap_or_else(|| title("clock", r.state)),
        tone: match r.state {
            "overdue" | "met_late" => "bad",
            "due_soon" => "warn",
            "met" => "good",
            _ => "",
        },
        left: r.left,
        basis: r.basis,
        illustrative: r.illustrative,
    }
}

/// A case in the list.
struct Row {
    id: String,
    number: String,
    party: String,
    matter: String,
    stage: String,
    due: Option<Line>,
}

#[derive(Template)]
#[template(path = "procedures.html")]
struct ListPage {
    t: &'static Texts,
    f: Frame,
    fault: Option<String>,
    rows: Vec<Row>,
}

fn list_page(c: &Console, fault: Option<String>) -> Result<Response> {
    let all = c.office.store.read(procedure::all)?;
    let mut rows = Vec::new();
    // Without a pack in force there are no clocks, but the cases are there.
    let ruled = procedure::rules(&c.office).ok();
    for p in &all {
        let running = ruled.as_ref().map_or(Ok(vec![]), |r| clocks(c, r, p))?;
        rows.push(Row {
            id: p.id.to_string(),
            number: p.number.clone(),
            party: p.case.party.name.clone(),
            matter: p.case.matter.clone(),
            stage: title("stage", &stage(&p.case)),
            due: procedure::next_due(&running).cloned().map(line),
        });
    }
    let failed = fault.is_some();
    shown(&ListPage { t: &CONSOLE, f: frame(c, "procedures"), fault, rows }, failed)
}

fn clocks(c: &Console, ruled: &Ruled, p: &Procedure) -> Result<Vec<Running>> {
    Ok(procedure::clocks(p, &ruled.rules()?, &ruled.pack, c.office.now()))
}

/// The cases.
async fn list(State(console): Shared) -> Response {
    blocking(console, |c| list_page(c, None)).await
}

/// Takes a case in from an inspection: source, party and matter come from there.
async fn accept(State(console): Shared, Form(posted): Form<Pairs>) -> Response {
    blocking(console, move |c| {
        let said = Said(posted);
        let inspection = Id::from_hex(&said.text("inspection")).ok_or(OfficeError::NotFound("inspection"))?;
        let mut made = None;
        let done = said.day("day").and_then(|day| {
            let act = procedure::draft(&c.office, None, inspection)?.accepted;
            let by = Actor { name: said.text("by"), number: said.text("by_number") };
            let step = Step { act, day, by, decided_by: None, reason: said.text("reason"), paper: None };
            made = Some(procedure::accept(&c.office, Some(&said.text("number")), &step)?);
            Ok(())
        });
        match (mendable(done)?, made) {
            (None, Some(id)) => Ok(Redirect::to(&format!("/console/procedures/{id}")).into_response()),
            (fault, _) => list_page(c, fault),
        }
    })
    .await
}

/// A stage in the bar.
struct Bar {
    title: String,
    /// `done`, `now` or nothing.
    class: &'static str,
}

/// A step that was taken.
struct Taken {
    day: String,
    node: String,
    about: String,
    by: String,
    decided_by: String,
    reason: String,
    at: String,
    leaf: u64,
}

/// A paper.
struct PaperRow {
    n: usize,
    title: String,
    lacks: String,
    /// Number and digest, once it was made.
    made: Option<(String, String)>,
}

/// A step that may not follow yet.
struct ClosedRow {
    title: String,
    gates: Vec<Gate>,
}

#[derive(Template)]
#[template(path = "procedure.html")]
struct OnePage {
    t: &'static Texts,
    f: Frame,
    fault: Option<String>,
    refused: Vec<Gate>,
    id: String,
    number: String,
    party: String,
    code: String,
    matter: String,
    stage: String,
    inspection: Option<String>,
    bar: Vec<Bar>,
    /// Name and title.
    open: Vec<(String, String)>,
    closed: Vec<ClosedRow>,
    clocks: Vec<Line>,
    steps: Vec<Taken>,
    logged: bool,
    papers: Vec<PaperRow>,
    alike: Vec<Alike>,
}

/// What was decided in similar cases of one charge (R48).
struct Alike {
    tier: String,
    /// Least and most fine.
    span: Option<(String, String)>,
    /// Id, number, day, fact, fine.
    rows: Vec<(String, String, String, String, String)>,
}

/// The similar cases of each charge, by the row and tier that was chosen.
fn alike(c: &Console, p: &Procedure, pack: &Pack) -> Result<Vec<Alike>> {
    let proposal = p.case.decision.as_ref().map(|d| &d.proposal).or(p.case.proposal.as_ref());
    let mut all = Vec::new();
    for chosen in proposal.into_iter().flat_map(|proposal| &proposal.chosen) {
        let (Some(row), Some(tier)) = (&chosen.row, &chosen.tier) else { continue };
        let known = c.office.store.read(|s| procedure::similar(s, p.id, row, tier))?;
        let yuan = |fen: Option<u64>| fen.map_or_else(|| "–".to_owned(), figures);
        let words = chosen.row(pack).and_then(|row| Some(procedure::tier_words(pack, row, row.tier(tier)?)));
        all.push(Alike {
            tier: words.unwrap_or_else(|| format!("{row} {tier}")),
            span: procedure::span(&known).map(|(least, most)| (figures(least), figures(most))),
            rows: known.into_iter().map(|s| (s.id.to_string(), s.number, s.day.to_string(), s.fact, yuan(s.fine))).collect(),
        });
    }
    Ok(all)
}

fn person(a: &Actor) -> String {
    format!("{}（{}）", a.name, a.number)
}

/// The stages in their order, as the bar shows them.
fn bar(p: &Procedure) -> Vec<Bar> {
    let has = |node: Node| p.plain().any(|s| s.act.node() == node);
    let stages = [
        (Node::Accepted, true),
        (Node::Filed, p.case.filed.is_some()),
        (Node::Investigated, p.case.proposal.is_some()),
        (Node::Notified, p.case.notice.is_some()),
        (Node::Reviewed, p.case.review.is_some()),
        (Node::Decided, p.case.decision.is_some()),
        (Node::DecisionServed, p.case.stage() == Stage::Served || has(Node::DecisionServed)),
        (Node::Performed, has(Node::Paid) || has(Node::Performed)),
        (Node::Closed, p.case.ended.is_some()),
    ];
    let last = stages.iter().rposition(|(_, done)| *done);
    let class = |n, done| {
        if Some(n) == last {
            "now"
        } else if done {
            "done"
        } else {
            ""
        }
    };
    stages
        .into_iter()
        .enumerate()
        .map(|(n, (node, done))| Bar { title: title("node", &name(node)), class: class(n, done) })
        .collect()
}

fn find(c: &Console, id: &str) -> Result<Procedure> {
    let id = Id::from_hex(id).ok_or(OfficeError::NotFound("procedure"))?;
    c.office.store.read(|s| procedure::by_id(s, id))
}

fn page(c: &Console, p: &Procedure, fault: Option<String>, refused: Vec<Gate>) -> Result<Response> {
    let ruled = procedure::rules(&c.office)?;
    let next = procedure::next(&c.office, &ruled, p)?;
    let logged = c.office.store.read(|s| procedure::is_logged(&c.office, s, p.id))?;
    let (open, closed): (Vec<_>, Vec<_>) = next.into_iter().partition(|n| n.gates.is_empty());
    let taken = |k: &Kept| Taken {
        day: k.step.day.to_string(),
        node: title("node", &name(k.step.act.node())),
        about: k.step.paper.clone().unwrap_or_default(),
        by: person(&k.step.by),
        decided_by: k.step.decided_by.as_ref().map(person).unwrap_or_default(),
        reason: k.step.reason.clone(),
        at: time(k.at),
        leaf: k.leaf,
    };
    let papers = procedure::papers(&c.office, p, None)?;
    let failed = fault.is_some() || !refused.is_empty();
    let page = OnePage {
        t: &CONSOLE,
        f: frame(c, "procedures"),
        fault,
        refused,
        id: p.id.to_string(),
        number: p.number.clone(),
        party: p.case.party.name.clone(),
        code: p.case.party.code.clone(),
        matter: p.case.matter.clone(),
        stage: title("stage", &stage(&p.case)),
        inspection: p.case.inspection.clone(),
        bar: bar(p),
        open: open.into_iter().map(|n| (name(n.node), title("node", &name(n.node)))).collect(),
        closed: closed.into_iter().map(|n| ClosedRow { title: title("node", &name(n.node)), gates: n.gates }).collect(),
        clocks: clocks(c, &ruled, p)?.into_iter().map(line).collect(),
        steps: p.steps.iter().rev().map(taken).collect(),
        logged,
        alike: alike(c, p, &ruled.pack)?,
        papers: papers
            .into_iter()
            .map(|q| PaperRow {
                n: q.n,
                title: crate::text::html(&q.title.zh, &q.title.en),
                lacks: if q.made.is_some() { String::new() } else { q.lacks() },
                made: q.made.map(|m| (m.number.unwrap_or_default(), m.digest)),
            })
            .collect(),
    };
    shown(&page, failed)
}

/// One case.
async fn one(State(console): Shared, Path(id): Path<String>) -> Response {
    blocking(console, move |c| page(c, &find(c, &id)?, None, vec![])).await
}

/// The paper of a step, where nothing is missing.
async fn paper(State(console): Shared, Path((id, n)): Path<(String, usize)>) -> Response {
    blocking(console, move |c| {
        let p = find(c, &id)?;
        let all = procedure::papers(&c.office, &p, None)?;
        let paper = all.iter().find(|q| q.n == n).ok_or(OfficeError::NotFound("paper"))?;
        let pdf = match &paper.made {
            Some(made) => c.office.store.read(|s| procedure::bytes(s, made)),
            None => paper.pdf(&c.office),
        };
        match pdf {
            Ok(pdf) => Ok(file("application/pdf", true, "paper.pdf", pdf)),
            Err(e @ OfficeError::Settings(_)) => page(c, &p, Some(e.to_string()), vec![]),
            Err(e) => Err(e),
        }
    })
    .await
}

#[derive(Template)]
#[template(path = "procedure_step.html")]
struct StepPage {
    t: &'static Texts,
    f: Frame,
    fault: Option<String>,
    gates: Vec<Gate>,
    id: String,
    number: String,
    node: String,
    title: String,
    /// It is confirmed by a tick.
    weighty: bool,
    inputs: Vec<Input>,
}

/// What ends a case, or binds the party, is confirmed.
fn weighty(node: Node) -> bool {
    matches!(node, Node::NotFiled | Node::Referred | Node::Decided | Node::Closed)
}

fn step_page(c: &Console, p: &Procedure, node: Node, said: &Said, fault: Option<String>, gates: Vec<Gate>) -> Result<Response> {
    let ruled = procedure::rules(&c.office)?;
    let filled = procedure::filled(&c.office, &ruled.pack, p, node, register::today(&c.office)?)?;
    let failed = fault.is_some() || !gates.is_empty();
    let page = StepPage {
        t: &CONSOLE,
        f: frame(c, "procedures"),
        fault,
        gates,
        id: p.id.to_string(),
        number: p.number.clone(),
        node: name(node),
        title: title("node", &name(node)),
        weighty: weighty(node),
        inputs: inputs(&filled, said, &ruled.pack)?,
    };
    shown(&page, failed)
}

/// The form of a step, with what the case knows.
async fn one_step(State(console): Shared, Path((id, node)): Path<(String, String)>) -> Response {
    blocking(console, move |c| {
        let node = from_name(&node).ok_or(OfficeError::NotFound("step"))?;
        step_page(c, &find(c, &id)?, node, &Said(vec![]), None, vec![])
    })
    .await
}

/// Records a step, or shows every gate that is closed.
async fn record(State(console): Shared, Path((id, node)): Path<(String, String)>, Form(posted): Form<Pairs>) -> Response {
    blocking(console, move |c| {
        let (p, said) = (find(c, &id)?, Said(posted));
        let node = from_name(&node).ok_or(OfficeError::NotFound("step"))?;
        let ruled = procedure::rules(&c.office)?;
        let filled = procedure::filled(&c.office, &ruled.pack, &p, node, register::today(&c.office)?)?;
        if weighty(node) && said.text("confirmed") != "yes" {
            return step_page(c, &p, node, &said, Some(CONSOLE.plain("proc.confirm.first")), vec![]);
        }
        match step(&filled, &said, &ruled.pack).and_then(|s| procedure::record(&c.office, p.id, &s)) {
            Ok(()) => Ok(Redirect::to(&format!("/console/procedures/{}", p.id)).into_response()),
            Err(OfficeError::Procedure(closed)) => step_page(c, &p, node, &said, None, closed.0),
            Err(e) => step_page(c, &p, node, &said, mendable(Err(e))?, vec![]),
        }
    })
    .await
}
