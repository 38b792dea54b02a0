//! 台账: every ledger as a list, a row with its steps and clocks, and the forms of what may follow (R24, R36, R55, R63, R64).

use super::register::posted::{Said, mendable, shown};
use super::{Console, Frame, Shared, blocking, frame};
use crate::error::{OfficeError, Result};
use crate::ledger::contact::Contacts;
use crate::ledger::problem::{CLASSES, Count, Problems, statistics};
use crate::ledger::{self, DESKS, Desk, Running, desk};
use crate::published::time;
use crate::register;
use crate::register::frequency;
use crate::rights;
use crate::text::{CONSOLE, Texts, html};
use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use mingzheng_core::inspection::gate::Gate;
use serde_json::{Value, json};
use std::sync::Arc;

type Pairs = Vec<(String, String)>;

const MOST: usize = 64 << 10;

/// Routes of the ledgers.
pub(super) fn router() -> Router<Arc<Console>> {
    Router::new()
        .route("/console/ledgers", get(|| async { Redirect::to("/console/ledgers/complaint") }))
        .route("/console/ledgers/frequency", get(visits))
        .route("/console/ledgers/problem/statistics", get(sheet))
        .route("/console/ledgers/{book}", get(list))
        .route("/console/ledgers/{book}/add/{act}", get(blank_first).post(record_first))
        .route("/console/ledgers/{book}/{row}", get(one))
        .route("/console/ledgers/{book}/{row}/{act}", get(blank_step).post(record_step))
        .layer(DefaultBodyLimit::max(MOST))
}

fn title(book: &str, kind: &str, name: &str) -> String {
    CONSOLE.both(&format!("led.{book}.{kind}.{name}"))
}

fn label(field: &str) -> String {
    CONSOLE.both(&format!("led.field.{field}"))
}

/// A value of a closed list by its title, anything else as it is.
fn said(field: &str, value: &str) -> String {
    let name = format!("led.pick.{field}.{value}");
    if CONSOLE.has(&name) { CONSOLE.plain(&name) } else { value.to_owned() }
}

/// The ledgers as tabs: address and title.
fn tabs() -> Vec<(&'static str, String)> {
    let books = DESKS.iter().map(|d| (d.name(), CONSOLE.both(&format!("led.{}", d.name()))));
    books.chain([("frequency", CONSOLE.both("led.frequency"))]).collect()
}

struct Clock {
    title: String,
    start: String,
    until: String,
    provisional: bool,
    state: String,
    tone: &'static str,
    basis: String,
    illustrative: bool,
}

fn clock(r: Running) -> Clock {
    Clock {
        title: html(&r.title.zh, &r.title.en),
        start: r.start.to_string(),
        until: r.until.to_string(),
        provisional: r.provisional,
        state: CONSOLE.both(&format!("proc.clock.{}", r.state)),
        tone: match r.state {
            "overdue" | "met_late" => "bad",
            "due_soon" => "warn",
            "met" => "good",
            _ => "",
        },
        basis: r.basis,
        illustrative: r.illustrative,
    }
}

struct ListRow {
    id: String,
    number: String,
    day: String,
    stage: String,
    first: String,
    second: String,
    due: Option<Clock>,
}

#[derive(Template)]
#[template(path = "ledger_list.html")]
struct ListPage {
    t: &'static Texts,
    f: Frame,
    tabs: Vec<(&'static str, String)>,
    book: &'static str,
    title: String,
    /// Acts that begin a row and have a form: name and title.
    begins: Vec<(&'static str, String)>,
    rows: Vec<ListRow>,
}

async fn list(State(console): Shared, Path(book): Path<String>) -> Response {
    blocking(console, move |c| {
        let d = desk(&book)?;
        let rows = d.list(&c.office)?.into_iter().map(|r| {
            let mut about = r.about.into_iter().map(|(f, v)| said(f, &v));
            ListRow {
                id: r.id,
                number: r.number,
                day: r.day.to_string(),
                stage: title(d.name(), "stage", r.stage),
                first: about.next().unwrap_or_default(),
                second: about.next().unwrap_or_default(),
                due: r.due.map(clock),
            }
        });
        let begins = d.begins().into_iter().filter(|act| d.blank(&c.office, act, None).is_ok());
        let page = ListPage {
            t: &CONSOLE,
            f: frame(c, "ledgers"),
            tabs: tabs(),
            book: d.name(),
            title: CONSOLE.both(&format!("led.{}", d.name())),
            begins: begins.map(|act| (act, title(d.name(), "act", act))).collect(),
            rows: rows.collect(),
        };
        shown(&page, false)
    })
    .await
}

struct TakenRow {
    day: String,
    act: String,
    about: Vec<(String, String)>,
    by: String,
    decided_by: String,
    reason: String,
    at: String,
    leaf: u64,
}

/// The fields of a step that are its own, as lines.
fn own(step: &Value) -> Vec<(String, String)> {
    let common = ["act", "day", "by", "decided_by", "reason", "lists", "result", "tasks"];
    let fields = step.as_object().into_iter().flatten().filter(|(name, _)| !common.contains(&name.as_str()));
    fields
        .filter_map(|(name, value)| {
            let text = match value {
                Value::String(s) => said(name, s),
                Value::Array(a) => a.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("；"),
                Value::Bool(b) => CONSOLE.plain(if *b { "led.yes" } else { "led.no" }),
                Value::Number(n) => n.to_string(),
                Value::Null | Value::Object(_) => String::new(),
            };
            (!text.is_empty()).then(|| (label(name), text))
        })
        .collect()
}

#[derive(Template)]
#[template(path = "ledger_row.html")]
struct RowPage {
    t: &'static Texts,
    f: Frame,
    book: &'static str,
    title: String,
    id: String,
    number: String,
    stage: String,
    about: Vec<(String, String)>,
    next: Vec<(&'static str, String)>,
    clocks: Vec<Clock>,
    steps: Vec<TakenRow>,
    logged: bool,
}

async fn one(State(console): Shared, Path((book, row)): Path<(String, String)>) -> Response {
    blocking(console, move |c| {
        let d = desk(&book)?;
        let r = d.show(&c.office, &row)?;
        let next = r.next.into_iter().filter(|act| d.blank(&c.office, act, Some(&row)).is_ok());
        let taken = |s: &ledger::Taken| {
            let text = |name: &str| s.step.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let day = s.step.get("day").and_then(Value::as_u64).unwrap_or(0);
            TakenRow {
                day: iso(day),
                act: title(d.name(), "act", &text("act")),
                about: own(&s.step),
                by: text("by"),
                decided_by: text("decided_by"),
                reason: text("reason"),
                at: time(s.at),
                leaf: s.leaf,
            }
        };
        let page = RowPage {
            t: &CONSOLE,
            f: frame(c, "ledgers"),
            book: d.name(),
            title: CONSOLE.both(&format!("led.{}", d.name())),
            id: r.row.id.clone(),
            number: r.row.number.clone(),
            stage: title(d.name(), "stage", r.row.stage),
            about: r.row.about.iter().map(|(f, v)| (label(f), said(f, v))).collect(),
            // Who reported is looked up on the command line only, with an approval.
            next: next.filter(|a| *a != "reporter_opened").map(|a| (a, title(d.name(), "act", a))).collect(),
            clocks: r.clocks.into_iter().map(clock).collect(),
            steps: r.steps.iter().rev().map(taken).collect(),
            logged: r.logged,
        };
        shown(&page, false)
    })
    .await
}

fn iso(day: u64) -> String {
    format!("{:04}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100)
}

/// How a field is filled.
#[derive(PartialEq, Eq)]
enum Kind {
    Text,
    Long,
    Lines,
    Day,
    Number,
    Tick,
    Pick(Vec<(String, String)>),
}

struct Input {
    name: String,
    title: String,
    value: String,
    kind: Kind,
    required: bool,
}

/// Fields that take more than a line.
const LONG: [&str; 5] = ["content", "measures", "result", "reason", "outcome"];
/// Fields that may stay empty.
const MAY_LACK: [&str; 8] =
    ["code", "mail", "decided_by", "reason", "evidence", "reporter_name", "reporter_phone", "reporter_address"];
/// Who reported, as a form asks it.
const REPORTER: [&str; 3] = ["name", "phone", "address"];

/// The fields of a step: its own, then the common ones.
fn inputs(d: &dyn Desk, step: &Value, said: &Said) -> Vec<Input> {
    let mut names: Vec<&str> = step.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let rank = |name: &str| match name {
        "day" => 1,
        "by" => 2,
        "decided_by" => 3,
        "reason" => 4,
        _ => 0,
    };
    names.retain(|n| !matches!(*n, "act" | "reporter"));
    names.sort_by_key(|n| rank(n));
    let mut all = vec![];
    for name in names {
        let value = step.get(name).unwrap_or(&Value::Null);
        let kind = match (value, d.choices(name)) {
            (_, [_, ..]) => Kind::Pick(
                d.choices(name).iter().map(|v| ((*v).to_owned(), CONSOLE.plain(&format!("led.pick.{name}.{v}")))).collect(),
            ),
            (Value::Bool(_), _) => Kind::Tick,
            (Value::Array(_), _) => Kind::Lines,
            (Value::Number(_) | Value::Null, _) if matches!(name, "day" | "due") => Kind::Day,
            (Value::Number(_), _) => Kind::Number,
            _ if LONG.contains(&name) => Kind::Long,
            _ => Kind::Text,
        };
        let known = match value {
            Value::Number(n) if kind == Kind::Day => iso(n.as_u64().unwrap_or(0)),
            Value::Number(n) => n.to_string(),
            Value::String(s) => s.clone(),
            _ => String::new(),
        };
        let value = if said.0.is_empty() { known } else { said.text(name) };
        all.push(Input { name: name.to_owned(), title: label(name), value, required: !MAY_LACK.contains(&name), kind });
    }
    if step.get("reporter").is_some() {
        for part in REPORTER {
            let name = format!("reporter_{part}");
            // What was typed of the reporter does not come back on the page.
            all.push(Input { title: label(&name), name, value: String::new(), kind: Kind::Text, required: false });
        }
    }
    all
}

/// The step that a form says.
fn step_of(d: &dyn Desk, blank: &Value, said: &Said) -> Result<Value> {
    let mut step = blank.clone();
    let Some(o) = step.as_object_mut() else { return Err(OfficeError::NotFound("act")) };
    for input in inputs(d, blank, said).into_iter().filter(|i| !i.name.starts_with("reporter_")) {
        let text = said.text(&input.name);
        let wrong = || OfficeError::Settings(format!("“{text}”不能识别 cannot be read: {}", input.name));
        let value = match input.kind {
            Kind::Tick => json!(text == "yes"),
            Kind::Lines => text.lines().map(str::trim).filter(|l| !l.is_empty()).collect(),
            Kind::Number => json!(text.parse::<u32>().map_err(|_| wrong())?),
            Kind::Day => json!(said.day(&input.name)?.number()),
            _ => json!(text),
        };
        o.insert(input.name, value);
    }
    if o.contains_key("reporter") {
        let who = REPORTER.map(|p| (p.to_owned(), Value::from(said.text(&format!("reporter_{p}")))));
        o.insert("reporter".into(), Value::Object(who.into_iter().collect()));
    }
    Ok(step)
}

#[derive(Template)]
#[template(path = "ledger_step.html")]
struct StepPage {
    t: &'static Texts,
    f: Frame,
    fault: Option<String>,
    gates: Vec<Gate>,
    book: &'static str,
    back: String,
    number: String,
    action: String,
    title: String,
    inputs: Vec<Input>,
}

fn form(
    c: &Console,
    (book, row, act): (&str, Option<&str>, &str),
    said: &Said,
    fault: Option<String>,
    gates: Vec<Gate>,
) -> Result<Response> {
    let d = desk(book)?;
    let blank = d.blank(&c.office, act, row)?;
    let failed = fault.is_some() || !gates.is_empty();
    let (back, number) = match row {
        Some(row) => (format!("/console/ledgers/{book}/{row}"), d.show(&c.office, row)?.row.number),
        None => (format!("/console/ledgers/{book}"), CONSOLE.plain(&format!("led.{book}"))),
    };
    let page = StepPage {
        t: &CONSOLE,
        f: frame(c, "ledgers"),
        fault,
        gates,
        book: d.name(),
        back,
        number,
        action: format!("/console/ledgers/{book}/{}/{act}", row.unwrap_or("add")),
        title: title(d.name(), "act", act),
        inputs: inputs(d, &blank, said),
    };
    shown(&page, failed)
}

fn record(c: &Console, (book, row, act): (&str, Option<&str>, &str), said: &Said) -> Result<Response> {
    let d = desk(book)?;
    let blank = d.blank(&c.office, act, row)?;
    match step_of(d, &blank, said).and_then(|step| d.record(&c.office, row, &step)) {
        Ok(id) => Ok(Redirect::to(&format!("/console/ledgers/{book}/{id}")).into_response()),
        Err(OfficeError::Procedure(closed)) => form(c, (book, row, act), said, None, closed.0),
        Err(e) => form(c, (book, row, act), said, mendable(Err(e))?, vec![]),
    }
}

async fn blank_first(State(console): Shared, Path((book, act)): Path<(String, String)>) -> Response {
    blocking(console, move |c| form(c, (&book, None, &act), &Said(vec![]), None, vec![])).await
}

async fn record_first(State(console): Shared, Path((book, act)): Path<(String, String)>, Form(posted): Form<Pairs>) -> Response {
    blocking(console, move |c| record(c, (&book, None, &act), &Said(posted))).await
}

async fn blank_step(State(console): Shared, Path((book, row, act)): Path<(String, String, String)>) -> Response {
    blocking(console, move |c| form(c, (&book, Some(&row), &act), &Said(vec![]), None, vec![])).await
}

async fn record_step(
    State(console): Shared,
    Path((book, row, act)): Path<(String, String, String)>,
    Form(posted): Form<Pairs>,
) -> Response {
    blocking(console, move |c| record(c, (&book, Some(&row), &act), &Said(posted))).await
}

#[derive(Template)]
#[template(path = "ledger_sheet.html")]
struct SheetPage {
    t: &'static Texts,
    f: Frame,
    tabs: Vec<(&'static str, String)>,
    book: &'static str,
    classes: Vec<String>,
    /// Title and one number a class, then the sum.
    rows: Vec<(String, Vec<u32>)>,
    contacts: Vec<[String; 5]>,
    today: String,
}

/// 附件1 and 附件2, to be printed and sealed (R64, J29).
async fn sheet(State(console): Shared) -> Response {
    blocking(console, |c| {
        let (problems, contacts) = c.office.store.read(|s| Ok((ledger::all::<Problems>(s)?, ledger::all::<Contacts>(s)?)))?;
        let counts = statistics(&problems);
        let row =
            |name: &str, of: fn(&Count) -> u32| (CONSOLE.both(&format!("led.sheet.{name}")), counts.iter().map(of).collect());
        let page = SheetPage {
            t: &CONSOLE,
            f: frame(c, "ledgers"),
            tabs: tabs(),
            book: "problem",
            classes: CLASSES.iter().chain(&["total"]).map(|k| CONSOLE.both(&format!("led.pick.class.{k}"))).collect(),
            rows: vec![
                row("found", |n| n.found),
                row("corrected", |n| n.corrected),
                row("people", |n| n.people),
                row("disciplined", |n| n.disciplined),
                row("institutions", |n| n.institutions),
            ],
            contacts: contacts.into_iter().map(|r| r.state).filter(|s| s.listed).map(|s| s.columns).collect(),
            today: register::today(&c.office)?.to_string(),
        };
        shown(&page, false)
    })
    .await
}

#[derive(Template)]
#[template(path = "ledger_visits.html")]
struct VisitsPage {
    t: &'static Texts,
    f: Frame,
    tabs: Vec<(&'static str, String)>,
    book: &'static str,
    year: u32,
    cap: Option<u32>,
    illustrative: bool,
    rows: Vec<frequency::Line>,
}

/// Visits of this year against the cap (J30).
async fn visits(State(console): Shared) -> Response {
    blocking(console, |c| {
        let year = register::today(&c.office)?.number() / 10_000;
        let cap = rights::newest(&c.office)?.map(|(_, pack)| pack.gates.yearly_cap.clone());
        let rows = c.office.store.read(|s| frequency::of_year(s, year))?;
        let page = VisitsPage {
            t: &CONSOLE,
            f: frame(c, "ledgers"),
            tabs: tabs(),
            book: "frequency",
            year,
            illustrative: cap.as_ref().is_some_and(|p| p.illustrative),
            cap: cap.map(|p| p.value),
            rows,
        };
        shown(&page, false)
    })
    .await
}
