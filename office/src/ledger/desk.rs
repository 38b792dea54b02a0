//! One surface over all ledgers, for the command line and the console.

use super::book::{Book, Step, name};
use super::clock::Running;
use super::complaint::{self, Complaints};
use super::contact::Contacts;
use super::draw::{self, Draws};
use super::equipment::Equipment;
use super::keep::{self, Row};
use super::problem::Problems;
use super::report::Reports;
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::{procedure, register};
use mingzheng_core::calendar::Day;
use mingzheng_core::id::Id;
use serde::Serialize;
use serde_json::{Value, json};

/// A row in a list.
#[derive(Debug, Serialize)]
pub struct Listed {
    /// Id, hex.
    pub id: String,
    /// 编号.
    pub number: String,
    /// Day of the first step.
    pub day: Day,
    /// Where it stands.
    pub stage: &'static str,
    /// What it is about.
    pub about: Vec<(&'static str, String)>,
    /// The clock that ends first of those that are not done.
    pub due: Option<Running>,
}

/// A step that was taken.
#[derive(Debug, Serialize)]
pub struct Taken {
    /// Its number in the row.
    pub n: usize,
    /// When it was recorded, ms.
    pub at: i64,
    /// Its leaf in the office's log.
    pub leaf: u64,
    /// The step.
    pub step: Value,
}

/// A row with everything.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// What stands in the list.
    #[serde(flatten)]
    pub row: Listed,
    /// The steps, oldest first.
    pub steps: Vec<Taken>,
    /// Names of the acts that may follow.
    pub next: Vec<&'static str>,
    /// The clocks.
    pub clocks: Vec<Running>,
    /// Whether the office's log proves the steps.
    pub logged: bool,
}

/// A ledger as it is used; errors are those of the ledger.
#[allow(clippy::missing_errors_doc)] // every method: OfficeError
pub trait Desk: Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// Names of the acts that begin a row.
    fn begins(&self) -> Vec<&'static str>;
    /// The rows, newest first.
    fn list(&self, office: &Office) -> Result<Vec<Listed>>;
    /// A row by number or id.
    fn show(&self, office: &Office, row: &str) -> Result<Shown>;
    /// A step with everything blank but what the row knows.
    fn blank(&self, office: &Office, act: &str, row: Option<&str>) -> Result<Value>;
    /// Begins a row, or records a step; gives the row.
    fn record(&self, office: &Office, row: Option<&str>, step: &Value) -> Result<Id>;
    /// The values that a field can take.
    fn choices(&self, field: &str) -> &'static [&'static str];
}

struct Of<B: Book> {
    add: fn(&Office, &Value) -> Result<Id>,
    book: std::marker::PhantomData<fn() -> B>,
}

impl<B: Book> Of<B> {
    const fn new(add: fn(&Office, &Value) -> Result<Id>) -> Self {
        Self { add, book: std::marker::PhantomData }
    }
}

/// Every ledger.
pub static DESKS: &[&dyn Desk] = &[
    &Of::<Complaints>::new(complaint::take_in),
    &Of::<Draws>::new(draw::by_plan),
    &Of::<Problems>::new(plain::<Problems>),
    &Of::<Equipment>::new(plain::<Equipment>),
    &Of::<Contacts>::new(plain::<Contacts>),
    &Of::<Reports>::new(plain::<Reports>),
];

/// A ledger by name.
///
/// # Errors
/// [`OfficeError::NotFound`].
pub fn desk(name: &str) -> Result<&'static dyn Desk> {
    DESKS.iter().copied().find(|d| d.name() == name).ok_or(OfficeError::NotFound("ledger"))
}

/// Begins a row as the step says.
fn plain<B: Book>(office: &Office, step: &Value) -> Result<Id> {
    let step = read::<B>(step)?;
    office.store.write(|tx| keep::add::<B>(office, tx, &step))
}

/// Reads a step; a field that no step has is named.
pub(super) fn read<B: Book>(given: &Value) -> Result<Step<B::Act>> {
    let bad = |e: &dyn std::fmt::Display| OfficeError::Settings(format!("不能读取这一步 the step cannot be read: {e}"));
    let step: Step<B::Act> = serde_json::from_value(given.clone()).map_err(|e| bad(&e))?;
    let known = serde_json::to_value(&step).map_err(|e| bad(&e))?;
    let strange = given.as_object().and_then(|g| g.keys().find(|k| known.get(k.as_str()).is_none()));
    match strange {
        Some(field) => Err(bad(&format!("没有此字段 no such field: {field}"))),
        None => Ok(step),
    }
}

fn listed<B: Book>(row: &Row<B>, clocks: &[Running]) -> Option<Listed> {
    Some(Listed {
        id: row.id.to_string(),
        number: row.number.clone(),
        day: row.steps.first()?.step.day,
        stage: B::stage(&row.state),
        about: B::about(&row.state),
        due: clocks.iter().filter(|k| k.done.is_none()).min_by_key(|k| k.until.day()).cloned(),
    })
}

/// Without a pack in force there are no clocks, but the rows are there.
fn running<B: Book>(office: &Office, rows: &[Row<B>]) -> Result<Vec<Vec<Running>>> {
    let Ok(ruled) = procedure::rules(office) else { return Ok(rows.iter().map(|_| vec![]).collect()) };
    let rules = ruled.rules()?;
    let of = |row: &Row<B>| {
        let clocks = B::clocks(&row.state).into_iter();
        clocks.filter_map(|k| k.running(&ruled.pack, rules.days(), office.now())).collect()
    };
    Ok(rows.iter().map(of).collect())
}

impl<B: Book> Desk for Of<B> {
    fn name(&self) -> &'static str {
        B::NAME
    }

    fn begins(&self) -> Vec<&'static str> {
        B::open(None)
    }

    fn list(&self, office: &Office) -> Result<Vec<Listed>> {
        let rows = office.store.read(keep::all::<B>)?;
        let clocks = running(office, &rows)?;
        Ok(rows.iter().zip(&clocks).filter_map(|(row, clocks)| listed(row, clocks)).collect())
    }

    fn show(&self, office: &Office, row: &str) -> Result<Shown> {
        let (row, logged) = office.store.read(|c| {
            let row = keep::find::<B>(c, row)?;
            let logged = keep::is_logged::<B>(office, c, row.id)?;
            Ok((row, logged))
        })?;
        let rows = [row];
        let clocks = running(office, &rows)?.pop().unwrap_or_default();
        let [row] = rows;
        let json = |e: serde_json::Error| OfficeError::Settings(e.to_string());
        let steps = row.steps.iter().enumerate();
        let steps =
            steps.map(|(n, k)| Ok(Taken { n, at: k.at, leaf: k.leaf, step: serde_json::to_value(&k.step).map_err(json)? }));
        Ok(Shown {
            steps: steps.collect::<Result<_>>()?,
            next: B::open(Some(&row.state)),
            row: listed(&row, &clocks).ok_or(OfficeError::NotFound("row"))?,
            clocks,
            logged,
        })
    }

    fn blank(&self, office: &Office, act: &str, row: Option<&str>) -> Result<Value> {
        let state = row.map(|row| office.store.read(|c| keep::find::<B>(c, row))).transpose()?.map(|r| r.state);
        let act = B::blank(act, state.as_ref()).filter(|a| name(a) == act).ok_or(OfficeError::NotFound("act"))?;
        let day = register::today(office)?;
        let step = Step { act, day, by: String::new(), decided_by: String::new(), reason: String::new() };
        let mut step = serde_json::to_value(&step).map_err(|e| OfficeError::Settings(e.to_string()))?;
        if let Some(due) = step.get_mut("due").filter(|d| **d == 19_700_101) {
            *due = Value::Null;
        }
        Ok(step)
    }

    fn record(&self, office: &Office, row: Option<&str>, step: &Value) -> Result<Id> {
        let Some(row) = row else { return (self.add)(office, step) };
        let id = office.store.read(|c| keep::find::<B>(c, row))?.id;
        keep::record::<B>(office, id, &read::<B>(step)?)?;
        Ok(id)
    }

    fn choices(&self, field: &str) -> &'static [&'static str] {
        B::choices(field)
    }
}

/// What a command prints after a step.
#[must_use]
pub fn told(shown: &Shown) -> Value {
    let last = shown.steps.last();
    json!({"id": shown.row.id, "number": shown.row.number, "n": last.map(|s| s.n), "leaf": last.map(|s| s.leaf)})
}
