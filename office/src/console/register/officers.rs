//! Officers: the register, one certificate with its history, the work list, the roster.

use super::posted::{Confirm, Said, Why, mendable, shown};
use super::training::Trained;
use crate::console::{Console, Frame, Shared, blocking, frame};
use crate::error::{OfficeError, Result};
use crate::published::time;
use crate::register::mandate::Deed;
use crate::register::{self, Act, Cause, Certificate, Fields, Kind, Life, State as Standing, Step, years};
use crate::store::params;
use crate::text::{CONSOLE, Texts};
use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use mingzheng_core::calendar::Day;
use mingzheng_core::id::Id;

type Pairs = Vec<(String, String)>;

/// A certificate in a list.
struct Row {
    id: String,
    name: String,
    number: String,
    unit: String,
    position: String,
    category: String,
    area: String,
    state: String,
    tone: &'static str,
    until: String,
    check_by: String,
    /// Days that are left, in words.
    left: String,
    /// It ends within the longest notice.
    warns: bool,
}

fn row(c: &Console, k: &Certificate) -> Result<Row> {
    let (today, periods) = (register::today(&c.office)?, &c.office.settings.register);
    let state = k.on(today, periods);
    let or_dash = |d: Option<Day>| d.map_or_else(|| "–".into(), |d| d.to_string());
    let left = k.life.days_left(today);
    let live = !matches!(state, Standing::Cancelled | Standing::Applied);
    let f = k.life.fields.clone();
    Ok(Row {
        id: k.id.to_string(),
        name: f.name,
        number: f.number,
        unit: f.unit,
        position: f.position,
        category: f.category,
        area: f.area,
        state: CONSOLE.both(&format!("reg.state.{}", state.name())),
        tone: match state {
            Standing::Valid => "good",
            Standing::CheckDue => "warn",
            Standing::Applied => "",
            _ => "bad",
        },
        until: or_dash(k.life.until),
        check_by: or_dash(k.life.check_by(periods).filter(|_| live)),
        left: match left {
            Some(n) if n >= 0 => format!("还有 {n} 天到期 ends in {n} days"),
            Some(n) => format!("已过期 {} 天 over for {} days", -n, -n),
            None => String::new(),
        },
        warns: live && left.is_some_and(|n| n >= 0 && n <= i64::from(periods.widest_warning())),
    })
}

fn rows<'a>(c: &Console, all: impl IntoIterator<Item = &'a Certificate>) -> Result<Vec<Row>> {
    all.into_iter().map(|k| row(c, k)).collect()
}

#[derive(Template)]
#[template(path = "register_list.html")]
struct ListPage {
    t: &'static Texts,
    f: Frame,
    tab: &'static str,
    total: usize,
    q: String,
    state: String,
    /// Name, title, how many.
    states: Vec<(&'static str, String, usize)>,
    heads: [&'static str; 7],
    rows: Vec<Row>,
}

/// The register.
pub(super) async fn list(State(console): Shared, Query(q): Query<Pairs>) -> Response {
    blocking(console, move |c| {
        let said = Said(q);
        let (q, state) = (said.text("q"), said.text("state"));
        let all = c.office.store.read(register::all)?;
        let (today, periods) = (register::today(&c.office)?, &c.office.settings.register);
        let count = |s: Standing| all.iter().filter(|k| k.on(today, periods) == s).count();
        let title = |s: Standing| CONSOLE.plain(&format!("reg.state.{}", s.name()));
        let states = Standing::ALL.map(|s| (s.name(), title(s), count(s))).to_vec();
        let fits = |k: &&Certificate| {
            let f = &k.life.fields;
            (state.is_empty() || k.on(today, periods).name() == state)
                && [&f.name, &f.number, &f.unit].iter().any(|t| t.contains(&q))
        };
        let heads = ["reg.name", "reg.state", "reg.unit", "reg.category", "reg.area", "reg.until", "reg.check_by"];
        let rows = rows(c, all.iter().filter(fits))?;
        let f = frame(c, "officers");
        shown(&ListPage { t: &CONSOLE, f, tab: "list", total: all.len(), q, state, states, heads, rows }, false)
    })
    .await
}

#[derive(Template)]
#[template(path = "officer_new.html")]
struct NewPage {
    t: &'static Texts,
    f: Frame,
    fault: Option<String>,
    card: Fields,
    said: Why,
}

fn card(said: &Said) -> Fields {
    Fields {
        name: said.text("name"),
        unit: said.text("unit"),
        position: said.text("position"),
        number: said.text("number"),
        category: said.text("category"),
        area: said.text("area"),
    }
}

fn new_page(c: &Console, said: &Said, fault: Option<String>) -> Result<Response> {
    let failed = fault.is_some();
    let said_why = Why::of(&c.office, said)?;
    shown(&NewPage { t: &CONSOLE, f: frame(c, "officers"), fault, card: card(said), said: said_why }, failed)
}

/// The form of an application.
pub(super) async fn blank(State(console): Shared) -> Response {
    blocking(console, |c| new_page(c, &Said(vec![]), None)).await
}

/// Records an application.
pub(super) async fn apply(State(console): Shared, Form(posted): Form<Pairs>) -> Response {
    blocking(console, move |c| {
        let said = Said(posted);
        let mut id = None;
        let done = said
            .step(Act::Applied { fields: card(&said) })
            .and_then(|step| register::apply(&c.office, &step))
            .map(|made| id = Some(made));
        match (mendable(done)?, id) {
            (None, Some(id)) => Ok(Redirect::to(&format!("/console/officers/{id}")).into_response()),
            (fault, _) => new_page(c, &said, fault),
        }
    })
    .await
}

/// A step in the history.
struct StepRow {
    day: String,
    kind: String,
    details: String,
    reason: String,
    basis: String,
    by: String,
    at: String,
    leaf: u64,
}

/// A step that may follow.
struct StepForm {
    kind: &'static str,
    title: String,
    loss: bool,
    open: bool,
}

#[derive(Template)]
#[template(path = "officer.html")]
struct OnePage {
    t: &'static Texts,
    f: Frame,
    fault: Option<String>,
    row: Row,
    /// Whether a desk card may be printed.
    in_effect: bool,
    devices: i64,
    forms: Vec<StepForm>,
    steps: Vec<StepRow>,
    heads: [&'static str; 6],
    logged: bool,
    causes: Vec<(&'static str, String)>,
    longest: String,
    said: Why,
    trained: Trained,
    /// Not for a cancelled certificate.
    may_train: bool,
}

fn title(kind: Kind) -> String {
    CONSOLE.both(&format!("reg.kind.{}", kind.name()))
}

fn loses(kind: Kind) -> bool {
    matches!(kind, Kind::Suspended | Kind::Cancelled)
}

fn details(step: &Step) -> String {
    match &step.act {
        Act::Applied { fields } => format!("{}，{}，{}，{}", fields.unit, fields.position, fields.category, fields.area),
        Act::TakenOver { until, .. } | Act::Issued { until } => format!("至 until {until}"),
        Act::Examined { passed, result } => {
            format!("{}：{result}", CONSOLE.plain(if *passed { "reg.passed" } else { "reg.failed" }))
        }
        Act::Renewed { until, unit, position, category, area } => {
            format!("至 until {until}；{unit}，{position}，{category}，{area}")
        }
        Act::Cancelled { cause } => CONSOLE.plain(&format!("reg.cause.{}", cause.name())),
        Act::Checked | Act::Suspended | Act::Resumed | Act::Returned => String::new(),
    }
}

pub(super) fn find(c: &Console, id: &str) -> Result<Certificate> {
    let id = Id::from_hex(id).ok_or(OfficeError::NotFound("certificate"))?;
    c.office.store.read(|s| register::by_id(s, id))
}

fn one_page(c: &Console, k: &Certificate, said: &Said, tried: Option<Kind>, fault: Option<String>) -> Result<Response> {
    whole_page(c, k, said, tried, fault, Trained::of(c, k, None)?)
}

/// The page after a training that does not fit; what was typed stays.
pub(super) fn trained_page(c: &Console, k: &Certificate, said: &Said, fault: Option<String>) -> Result<Response> {
    whole_page(c, k, &Said(vec![]), None, fault, Trained::of(c, k, Some(said))?)
}

fn whole_page(
    c: &Console,
    k: &Certificate,
    said: &Said,
    tried: Option<Kind>,
    fault: Option<String>,
    trained: Trained,
) -> Result<Response> {
    let (today, periods) = (register::today(&c.office)?, &c.office.settings.register);
    let devices = c.office.store.read(|s| {
        let count = "SELECT count(*) FROM enrolments e JOIN holders h ON h.person = e.person
                     WHERE h.certificate = ? AND e.log NOT IN (SELECT log FROM revocations)";
        Ok(s.one(count, params![k.id.0], |r| r.get(0))?)
    })?;
    let may = |kind: &Kind| register::may_follow(Some(&k.life), *kind, today, periods).is_ok();
    let forms = Kind::ALL.into_iter().filter(may).map(|kind| StepForm {
        kind: kind.name(),
        title: title(kind),
        loss: loses(kind),
        open: tried == Some(kind),
    });
    let step = |k: &register::Kept| StepRow {
        day: k.step.day.to_string(),
        kind: title(k.step.act.kind()),
        details: details(&k.step),
        reason: k.step.reason.clone(),
        basis: k.step.basis.clone(),
        by: k.step.by.clone(),
        at: time(k.at),
        leaf: k.leaf,
    };
    let failed = fault.is_some();
    let page = OnePage {
        t: &CONSOLE,
        f: frame(c, "officers"),
        fault,
        row: row(c, k)?,
        in_effect: k.on(today, periods).in_effect(),
        devices,
        forms: forms.collect(),
        steps: k.steps.iter().rev().map(step).collect(),
        heads: ["reg.day", "reg.step", "reg.reason", "reg.basis", "reg.by", "reg.recorded"],
        logged: c.office.store.read(|s| register::is_logged(&c.office, s, k.id))?,
        causes: Cause::ALL.map(|x| (x.name(), CONSOLE.plain(&format!("reg.cause.{}", x.name())))).to_vec(),
        longest: years(today, periods.certificate_years).to_string(),
        said: Why::of(&c.office, said)?,
        trained,
        may_train: k.life.cancelled.is_none(),
    };
    shown(&page, failed)
}

/// One certificate.
pub(super) async fn one(State(console): Shared, Path(id): Path<String>) -> Response {
    blocking(console, move |c| one_page(c, &find(c, &id)?, &Said(vec![]), None, None)).await
}

fn act(kind: Kind, said: &Said) -> Result<Act> {
    let result = said.text("result");
    Ok(match kind {
        Kind::Examined => Act::Examined { passed: said.text("passed") == "yes", result },
        Kind::Issued => Act::Issued { until: said.day("until")? },
        Kind::Checked => Act::Checked,
        Kind::Suspended => Act::Suspended,
        Kind::Resumed => Act::Resumed,
        Kind::Renewed => {
            let Fields { unit, position, category, area, .. } = card(said);
            Act::Renewed { until: said.day("until")?, unit, position, category, area }
        }
        Kind::Cancelled => {
            let cause = Cause::from_name(&said.text("cause"));
            Act::Cancelled { cause: cause.ok_or_else(|| OfficeError::Settings("请选择注销原因 choose the cause".into()))? }
        }
        Kind::Returned => Act::Returned,
        Kind::Applied | Kind::TakenOver => return Err(register::No::Known.into()),
    })
}

/// Records a step; what loses something is confirmed first.
pub(super) async fn step(
    State(console): Shared,
    Path((id, kind)): Path<(String, String)>,
    Form(posted): Form<Pairs>,
) -> Response {
    blocking(console, move |c| {
        let (k, said) = (find(c, &id)?, Said(posted));
        let kind = Kind::from_name(&kind).ok_or(OfficeError::NotFound("step"))?;
        let (today, periods) = (register::today(&c.office)?, &c.office.settings.register);
        let allowed = |s: &Step| -> Result<()> { Ok(register::may(Some(&k.life), s, today, periods)?) };
        let confirmed = !loses(kind) || said.text("confirmed") == "yes";
        let done = act(kind, &said).and_then(|a| said.step(a)).and_then(|s| {
            allowed(&s)?;
            if confirmed { register::record(&c.office, &[k.id], &s) } else { Ok(()) }
        });
        match mendable(done)? {
            Some(fault) => one_page(c, &k, &said, Some(kind), Some(fault)),
            None if confirmed => Ok(Redirect::to(&format!("/console/officers/{id}")).into_response()),
            None => {
                let warning = if kind == Kind::Cancelled { "reg.confirm.cancelled" } else { "reg.confirm.suspended" };
                let action = format!("/console/officers/{}/{}", k.id, kind.name());
                let Life { fields: Fields { name, number, unit, .. }, .. } = &k.life;
                let (about, back) = (format!("{name}　{number}　{unit}"), format!("/console/officers/{}", k.id));
                let cause = Cause::from_name(&said.text("cause"));
                let mut page = Confirm::of(frame(c, "officers"), said, &format!("reg.kind.{}", kind.name()), warning);
                if let Some(cause) = cause {
                    page.shown.insert(0, (CONSOLE.both("reg.cause"), CONSOLE.plain(&format!("reg.cause.{}", cause.name()))));
                }
                shown(&Confirm { about, action, back, ..page }, false)
            }
        }
    })
    .await
}

#[derive(Template)]
#[template(path = "officers_due.html")]
struct DuePage {
    t: &'static Texts,
    f: Frame,
    tab: &'static str,
    fault: Option<String>,
    done: Option<String>,
    open: Vec<Row>,
    ending: Vec<Row>,
    passed: Vec<Row>,
    ticked: Vec<String>,
    said: Why,
}

fn due_page(c: &Console, said: &Said, fault: Option<String>) -> Result<Response> {
    let work = c.office.store.read(|s| register::work(&c.office, s))?;
    let failed = fault.is_some();
    let page = DuePage {
        t: &CONSOLE,
        f: frame(c, "officers"),
        tab: "due",
        fault,
        done: Some(said.text("done")).filter(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit())),
        open: rows(c, work.missed.iter().chain(&work.due))?,
        ending: rows(c, work.ending.iter().map(|(k, _)| k))?,
        passed: rows(c, &work.passed)?,
        ticked: said.all("certificate"),
        said: Why::of(&c.office, said)?,
    };
    shown(&page, failed)
}

/// The work list.
pub(super) async fn due(State(console): Shared, Query(q): Query<Pairs>) -> Response {
    blocking(console, move |c| due_page(c, &Said(q), None)).await
}

/// Records the annual check of everybody who was ticked.
pub(super) async fn check(State(console): Shared, Form(posted): Form<Pairs>) -> Response {
    blocking(console, move |c| {
        let said = Said(posted);
        let ids: Vec<Id> = said.all("certificate").iter().filter_map(|id| Id::from_hex(id)).collect();
        let done = if ids.is_empty() {
            Err(OfficeError::Settings(CONSOLE.plain("reg.due.nobody")))
        } else {
            said.step(Act::Checked).and_then(|s| register::record(&c.office, &ids, &s))
        };
        match mendable(done)? {
            None => Ok(Redirect::to(&format!("/console/officers/due?done={}", ids.len())).into_response()),
            fault => due_page(c, &said, fault),
        }
    })
    .await
}

#[derive(Template)]
#[template(path = "roster.html")]
struct RosterPage {
    t: &'static Texts,
    f: Frame,
    tab: &'static str,
    fault: Option<String>,
    day: String,
    area: String,
    category: String,
    rows: Vec<Row>,
}

/// Who may be assigned on a day.
pub(super) async fn roster(State(console): Shared, Query(q): Query<Pairs>) -> Response {
    blocking(console, move |c| {
        let said = Said(q);
        let today = register::today(&c.office)?;
        let mut day = today;
        let fault = if said.text("day").is_empty() { None } else { mendable(said.day("day").map(|d| day = d))? };
        let (area, category) = (said.text("area"), said.text("category"));
        let some = |t: &'_ str| !t.is_empty();
        let deed = Deed {
            day,
            organ: &c.office.trust.organ,
            area: Some(area.as_str()).filter(|t| some(t)),
            category: Some(category.as_str()).filter(|t| some(t)),
            matter: None,
        };
        let all = c.office.store.read(|s| register::roster(&c.office, s, &deed))?;
        let (rows, failed) = (rows(c, &all)?, fault.is_some());
        let f = frame(c, "officers");
        shown(&RosterPage { t: &CONSOLE, f, tab: "roster", fault, day: day.to_string(), area, category, rows }, failed)
    })
    .await
}
