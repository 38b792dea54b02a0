//! 公示: the work list with what is overdue, and one publication with its text, its steps and the forms of what may follow (R31, R37–R39).

use super::register::posted::{Said, mendable, shown};
use super::{Console, Frame, Shared, blocking, frame};
use crate::error::{OfficeError, Result};
use crate::procedure::{self, Procedure, Running};
use crate::publication::{self, State, ahead, draft, from_name, name};
use crate::register;
use crate::text::{CONSOLE, Texts};
use askama::Template;
use axum::Router;
use axum::extract::{Form, Path};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use mingzheng_core::id::Id;
use mingzheng_core::inspection::gate::Gate;
use mingzheng_core::pack::{Ground, Mask};
use mingzheng_core::procedure::Actor;
use mingzheng_core::publication::{Act, Draft, Node, Outcome, Step};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

type Pairs = Vec<(String, String)>;

/// Routes of the publications.
pub(super) fn router() -> Router<Arc<Console>> {
    Router::new()
        .route("/console/publications", get(list))
        .route("/console/publications/{id}", get(one))
        .route("/console/publications/{id}/{node}", get(one_of).post(record))
}

fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn state(p: &Procedure) -> String {
    CONSOLE.both(&format!("pub.state.{}", word(State::of(&p.publication))))
}

struct Row {
    id: String,
    number: String,
    party: String,
    decision: String,
    state: String,
    settled: bool,
    due: Option<(String, String, String, &'static str)>,
}

/// The end of a term, as title, day, mark and tone.
fn due(r: &Running) -> (String, String, String, &'static str) {
    let mark =
        r.mark.as_ref().map_or_else(|| CONSOLE.both(&format!("proc.clock.{}", r.state)), |m| crate::text::html(&m.zh, &m.en));
    let tone = match r.state {
        "overdue" => "bad",
        "due_soon" => "warn",
        _ => "",
    };
    (crate::text::html(&r.title.zh, &r.title.en), r.raw.to_string(), mark, tone)
}

#[derive(Template)]
#[template(path = "publications.html")]
struct ListPage {
    t: &'static Texts,
    f: Frame,
    overdue: usize,
    rows: Vec<Row>,
}

async fn list(axum::extract::State(console): Shared) -> Response {
    blocking(console, |c| {
        let all = publication::work(&c.office)?;
        let overdue = all.iter().filter(|r| r.due.as_ref().is_some_and(|d| d.state == "overdue")).count();
        let row = |r: &publication::Row| Row {
            id: r.case.id.to_string(),
            number: r.case.number.clone(),
            party: r.case.case.party.name.clone(),
            decision: r.case.case.decision.as_ref().map(|d| d.number.clone()).unwrap_or_default(),
            state: state(&r.case),
            settled: r.state.settled(),
            due: r.due.as_ref().map(due),
        };
        shown(&ListPage { t: &CONSOLE, f: frame(c, "publications"), overdue, rows: all.iter().map(row).collect() }, false)
    })
    .await
}

struct Taken {
    day: String,
    node: String,
    by: String,
    reason: String,
    leaf: u64,
}

struct Ahead {
    name: String,
    title: String,
    open: bool,
}

#[derive(Template)]
#[template(path = "publication.html")]
struct OnePage {
    t: &'static Texts,
    f: Frame,
    fault: Option<String>,
    refused: Vec<Gate>,
    id: String,
    number: String,
    state: String,
    due: Option<(String, String, String, &'static str)>,
    /// Title and text.
    texts: Vec<(String, String)>,
    ahead: Vec<Ahead>,
    /// What a form shows again, or the draft from the case.
    draft: Draft,
    grounds: Vec<(String, String)>,
    masks: Vec<(String, String)>,
    outcomes: Vec<(String, String)>,
    said: Vec<(&'static str, String)>,
    steps: Vec<Taken>,
    logged: bool,
}

impl OnePage {
    fn again(&self, name: &str) -> &str {
        self.said.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v)
    }
}

fn find(c: &Console, id: &str) -> Result<Procedure> {
    let id = Id::from_hex(id).ok_or(OfficeError::NotFound("procedure"))?;
    c.office.store.read(|s| procedure::by_id(s, id))
}

fn texts(draft: &Draft) -> Vec<(String, String)> {
    let day = draft.decided.map_or_else(String::new, |d| d.to_string());
    let code = draft.code.clone().unwrap_or_default();
    [
        ("number", &draft.number),
        ("party", &draft.party),
        ("code", &code),
        ("facts", &draft.facts),
        ("basis", &draft.basis),
        ("content", &draft.content),
        ("decided", &day),
        ("organ", &draft.organ),
    ]
    .map(|(name, text)| (CONSOLE.both(&format!("pub.{name}")), text.clone()))
    .to_vec()
}

fn page(
    c: &Console,
    p: &Procedure,
    open: Option<Node>,
    said: &Said,
    fault: Option<String>,
    refused: Vec<Gate>,
) -> Result<Response> {
    let ruled = procedure::rules(&c.office)?;
    let (steps, logged) = c.office.store.read(|s| {
        let steps = publication::of(s, p.id)?;
        Ok((steps, procedure::is_logged(&c.office, s, p.id)?))
    })?;
    let running = procedure::publication_clocks(p, &ruled.rules()?, &ruled.pack, c.office.now());
    let current = p.publication.published.as_ref().map(|(draft, _)| draft);
    let newest = p.publication.draft.as_ref().map(|(draft, _)| draft);
    let title = |node: Node| CONSOLE.both(&format!("pub.node.{}", name(node)));
    let first = newest.cloned().unwrap_or_else(|| draft(&c.office, p));
    let failed = fault.is_some() || !refused.is_empty();
    let publicity = ruled.pack.publicity.clone().unwrap_or_default();
    let today = register::today(&c.office)?.to_string();
    let or = |name: &'static str, known: String| {
        let text = said.text(name);
        (name, if text.is_empty() { known } else { text })
    };
    let page = OnePage {
        t: &CONSOLE,
        f: frame(c, "publications"),
        fault,
        refused,
        id: p.id.to_string(),
        number: p.number.clone(),
        state: state(p),
        due: running.iter().rfind(|r| r.done.is_none()).filter(|_| !State::of(&p.publication).settled()).map(due),
        texts: current.or(newest).map(texts).unwrap_or_default(),
        ahead: ahead(&p.publication)
            .into_iter()
            .map(|n| Ahead { name: name(n), title: title(n), open: open == Some(n) })
            .collect(),
        draft: if said.0.iter().any(|(n, _)| n == "facts") { drafted(said, &first) } else { first },
        grounds: publicity.never.iter().map(|row| (word(row.ground), format!("{} {}", row.title.zh, row.title.en))).collect(),
        masks: publicity.masked.iter().map(|row| (word(row.what), crate::text::html(&row.title.zh, &row.title.en))).collect(),
        outcomes: [Outcome::Correct, Outcome::Withdraw, Outcome::Stands]
            .map(|o| (word(o), CONSOLE.plain(&format!("pub.outcome.{}", word(o)))))
            .to_vec(),
        said: vec![
            or("day", today),
            or("by", String::new()),
            or("by_number", String::new()),
            or("reason", String::new()),
            or("objector", String::new()),
            or("content_of", String::new()),
        ],
        steps: steps
            .iter()
            .rev()
            .map(|k| Taken {
                day: k.step.day.to_string(),
                node: title(k.step.act.node()),
                by: format!("{}（{}）", k.step.by.name, k.step.by.number),
                reason: match &k.step.act {
                    Act::Objected { by, content } => format!("{by}：{content}"),
                    _ => k.step.reason.clone(),
                },
                leaf: k.leaf,
            })
            .collect(),
        logged,
    };
    shown(&page, failed)
}

async fn one(axum::extract::State(console): Shared, Path(id): Path<String>) -> Response {
    blocking(console, move |c| page(c, &find(c, &id)?, None, &Said(vec![]), None, vec![])).await
}

async fn one_of(axum::extract::State(console): Shared, Path((id, node)): Path<(String, String)>) -> Response {
    blocking(console, move |c| {
        let node = from_name(&node).ok_or(OfficeError::NotFound("step"))?;
        page(c, &find(c, &id)?, Some(node), &Said(vec![]), None, vec![])
    })
    .await
}

fn drafted(said: &Said, known: &Draft) -> Draft {
    let code = said.text("code");
    Draft {
        number: said.text("number"),
        party: said.text("party"),
        code: (!code.is_empty()).then_some(code),
        facts: said.text("facts"),
        basis: said.text("basis"),
        content: said.text("content"),
        decided: known.decided,
        organ: known.organ.clone(),
    }
}

fn chosen<T: DeserializeOwned>(text: &str) -> Result<T> {
    let wrong = || OfficeError::Settings(format!("“{text}”：请选择 choose one"));
    serde_json::from_value(Value::from(text)).map_err(|_| wrong())
}

fn step(c: &Console, p: &Procedure, node: Node, said: &Said) -> Result<Step> {
    let act = match node {
        Node::Drafted => Act::Drafted { draft: drafted(said, &draft(&c.office, p)) },
        Node::Reviewed => {
            let checked = said.all("checked").iter().map(|t| chosen::<Mask>(t)).collect::<Result<_>>()?;
            Act::Reviewed { agreed: said.text("agreed") == "yes", checked }
        }
        Node::Published => Act::Published,
        Node::Withheld => Act::Withheld { ground: chosen::<Ground>(&said.text("ground"))? },
        Node::Objected => Act::Objected { by: said.text("objector"), content: said.text("content_of") },
        Node::Checked => Act::Checked { outcome: chosen::<Outcome>(&said.text("outcome"))? },
        Node::Overturned => Act::Overturned,
        Node::Withdrawn => Act::Withdrawn,
    };
    let by = Actor { name: said.text("by"), number: said.text("by_number") };
    Ok(Step { act, day: said.day("day")?, by, reason: said.text("reason") })
}

async fn record(
    axum::extract::State(console): Shared,
    Path((id, node)): Path<(String, String)>,
    Form(posted): Form<Pairs>,
) -> Response {
    blocking(console, move |c| {
        let (p, said) = (find(c, &id)?, Said(posted));
        let node = from_name(&node).ok_or(OfficeError::NotFound("step"))?;
        match step(c, &p, node, &said).and_then(|step| publication::record(&c.office, p.id, &step)) {
            Ok(()) => Ok(Redirect::to(&format!("/console/publications/{}", p.id)).into_response()),
            Err(OfficeError::Procedure(closed)) => page(c, &p, Some(node), &said, None, closed.0),
            Err(e) => page(c, &p, Some(node), &said, mendable(Err(e))?, vec![]),
        }
    })
    .await
}
