//! The training ledger: hours of a year by officer, as page and table; what an officer attended (R05).

use super::officers::find;
use super::posted::{Said, mendable, shown};
use crate::console::{Console, Frame, Shared, blocking, frame};
use crate::error::{OfficeError, Result};
use crate::listing::csv;
use crate::register::training::{self, Held, Struck, Year, hours, minutes};
use crate::register::{self, Certificate};
use crate::text::{CONSOLE, Texts};
use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use mingzheng_core::id::Id;

type Pairs = Vec<(String, String)>;

/// A training on the page of an officer.
pub(super) struct Line {
    pub(super) n: u64,
    pub(super) day: String,
    pub(super) topic: String,
    pub(super) hours: String,
    pub(super) by: String,
    pub(super) leaf: u64,
    /// Why and by whom it was struck out.
    pub(super) struck: Option<String>,
}

/// What the fields of a new training say.
pub(super) struct New {
    pub(super) day: String,
    pub(super) topic: String,
    pub(super) hours: String,
    pub(super) by: String,
}

impl New {
    fn of(c: &Console, said: &Said) -> Result<Self> {
        let day = said.text("day");
        let day = if day.is_empty() { register::today(&c.office)?.to_string() } else { day };
        Ok(Self { day, topic: said.text("topic"), hours: said.text("hours"), by: said.text("by") })
    }
}

/// What the page of an officer says of training.
pub(super) struct Trained {
    pub(super) year: u16,
    pub(super) hours: String,
    /// Hours that are missing, where the office asks for some.
    pub(super) missing: Option<String>,
    pub(super) lines: Vec<Line>,
    pub(super) new: New,
    /// The form stands open: what it said does not fit.
    pub(super) open: bool,
}

impl Trained {
    /// Of one officer; the form opens again with what was said in it.
    pub(super) fn of(c: &Console, k: &Certificate, said: Option<&Said>) -> Result<Self> {
        let year = training::this_year(&c.office)?;
        let line = |e: training::Entry| Line {
            n: e.n,
            day: e.held.day.to_string(),
            topic: e.held.topic,
            hours: hours(e.held.minutes),
            by: e.held.by,
            leaf: e.leaf,
            struck: e.struck.map(|s| format!("{}（{}）", s.reason, s.by)),
        };
        let (sum, all) =
            c.office.store.read(|s| Ok((training::year_of(&c.office, s, k.clone(), year)?, training::of(s, k.id)?)))?;
        Ok(Self {
            year,
            hours: hours(sum.minutes),
            missing: sum.missing.map(hours),
            lines: all.into_iter().rev().map(line).collect(),
            new: New::of(c, said.unwrap_or(&Said(vec![])))?,
            open: said.is_some(),
        })
    }
}

/// An officer's year in the list.
struct Row {
    id: String,
    name: String,
    number: String,
    unit: String,
    times: usize,
    hours: String,
    missing: Option<String>,
}

fn row(y: Year) -> Row {
    let id = y.certificate.id.to_string();
    let f = y.certificate.life.fields;
    Row {
        id,
        name: f.name,
        number: f.number,
        unit: f.unit,
        times: y.times,
        hours: hours(y.minutes),
        missing: y.missing.map(hours),
    }
}

#[derive(Template)]
#[template(path = "training.html")]
struct TrainingPage {
    t: &'static Texts,
    f: Frame,
    tab: &'static str,
    fault: Option<String>,
    done: Option<String>,
    year: u16,
    this_year: u16,
    /// Hours that are asked for; 0: none.
    asked: u32,
    rows: Vec<Row>,
    ticked: Vec<String>,
    new: New,
}

/// The year that is asked for; this one when none is.
fn asked_year(c: &Console, said: &Said) -> Result<u16> {
    let year = said.text("year").parse().ok().filter(|y| (1949..=9999).contains(y));
    year.map_or_else(|| training::this_year(&c.office), Ok)
}

fn list_page(c: &Console, said: &Said, fault: Option<String>) -> Result<Response> {
    let year = asked_year(c, said)?;
    let all = c.office.store.read(|s| training::year(&c.office, s, year))?;
    let failed = fault.is_some();
    let page = TrainingPage {
        t: &CONSOLE,
        f: frame(c, "officers"),
        tab: "training",
        fault,
        done: Some(said.text("done")).filter(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit())),
        year,
        this_year: training::this_year(&c.office)?,
        asked: c.office.settings.register.training_hours,
        rows: all.into_iter().map(row).collect(),
        ticked: said.all("certificate"),
        new: New::of(c, said)?,
    };
    shown(&page, failed)
}

/// Hours of a year by officer.
pub(super) async fn list(State(console): Shared, Query(q): Query<Pairs>) -> Response {
    blocking(console, move |c| list_page(c, &Said(q), None)).await
}

/// The same as a table.
pub(super) async fn table(State(console): Shared, Query(q): Query<Pairs>) -> Response {
    blocking(console, move |c| {
        let year = asked_year(c, &Said(q))?;
        let all = c.office.store.read(|s| training::year(&c.office, s, year))?;
        let heads = ["reg.training.year", "reg.name", "reg.unit", "reg.number", "reg.training.times", "reg.training.hours"];
        let head = heads.map(|h| CONSOLE.get(h).zh);
        let lines = all.into_iter().map(row).map(|r| [year.to_string(), r.name, r.unit, r.number, r.times.to_string(), r.hours]);
        Ok(csv(head, lines, &format!("training-{year}.csv"), &format!("培训台账-{year}.csv")))
    })
    .await
}

fn held(said: &Said) -> Result<Held> {
    let (topic, by) = (said.text("topic"), said.text("by"));
    Ok(Held { day: said.day("day")?, topic, minutes: minutes(&said.text("hours"))?, by })
}

/// Records a training of everybody who was ticked.
pub(super) async fn add(State(console): Shared, Form(posted): Form<Pairs>) -> Response {
    blocking(console, move |c| {
        let said = Said(posted);
        let ids: Vec<Id> = said.all("certificate").iter().filter_map(|id| Id::from_hex(id)).collect();
        let done = if ids.is_empty() {
            Err(OfficeError::Settings(CONSOLE.plain("reg.due.nobody")))
        } else {
            held(&said).and_then(|h| training::add(&c.office, &ids, &h))
        };
        match mendable(done)? {
            None => Ok(Redirect::to(&format!("/console/officers/training?done={}", ids.len())).into_response()),
            fault => list_page(c, &said, fault),
        }
    })
    .await
}

/// Records a training of one officer.
pub(super) async fn add_one(State(console): Shared, Path(id): Path<String>, Form(posted): Form<Pairs>) -> Response {
    blocking(console, move |c| {
        let (k, said) = (find(c, &id)?, Said(posted));
        match mendable(held(&said).and_then(|h| training::add(&c.office, &[k.id], &h)))? {
            None => Ok(Redirect::to(&format!("/console/officers/{}#training", k.id)).into_response()),
            fault => super::officers::trained_page(c, &k, &said, fault),
        }
    })
    .await
}

/// Strikes a row out.
pub(super) async fn strike(State(console): Shared, Path((id, n)): Path<(String, u64)>, Form(posted): Form<Pairs>) -> Response {
    blocking(console, move |c| {
        let (k, said) = (find(c, &id)?, Said(posted));
        let struck = Struck { reason: said.text("reason"), by: said.text("by") };
        match mendable(training::strike(&c.office, k.id, n, &struck))? {
            None => Ok(Redirect::to(&format!("/console/officers/{}#training", k.id)).into_response()),
            fault => super::officers::trained_page(c, &k, &Said(vec![]), fault),
        }
    })
    .await
}
