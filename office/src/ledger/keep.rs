//! Rows in the database: steps are appended, read and folded.

use super::book::{Book, Step, blank, gate, name};
use crate::error::{OfficeError, Result};
use crate::keys::random;
use crate::office::Office;
use crate::procedure::Closed;
use crate::store::{self, Db, ToValue, Tx, int, params, uint};
use crate::{log, register, salted};
use mingzheng_core::calendar::Day;
use mingzheng_core::id::{Id, sha256};
use mingzheng_core::inspection::gate::Gate;
use mingzheng_core::log::OfficeLeaf;
use mingzheng_core::unseen;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A step as it is kept.
#[derive(Debug, Clone)]
pub struct Kept<A> {
    /// The step.
    pub step: Step<A>,
    /// When it was recorded, ms.
    pub at: i64,
    /// Its leaf in the office's log.
    pub leaf: u64,
}

/// A row with all its steps.
pub struct Row<B: Book> {
    /// Its id at this office.
    pub id: Id,
    /// 编号.
    pub number: String,
    /// The steps, oldest first.
    pub steps: Vec<Kept<B::Act>>,
    /// What they amount to.
    pub state: B::State,
}

impl<B: Book> Row<B> {
    /// The day of the newest step.
    #[must_use]
    pub fn last(&self) -> Option<Day> {
        self.steps.last().map(|k| k.step.day)
    }
}

/// What is hashed into the leaf, beside the salt.
#[derive(Serialize, Deserialize)]
struct Record<S> {
    book: String,
    row: String,
    number: String,
    n: u64,
    at: i64,
    step: S,
}

/// Longest record in bytes: a draw from ten thousand enterprises fits.
const LONGEST: usize = 4 << 20;

type Loaded = (Id, String, Vec<u8>, i64);

fn load<B: Book>(c: &Db, filter: &str, key: &[&dyn ToValue]) -> Result<Vec<Row<B>>> {
    let row = |r: &store::Row<'_>| Ok((Id(r.get(0)?), r.get(1)?, r.get(2)?, r.get(3)?));
    let rows: Vec<Loaded> = c.rows(
        &format!(
            "SELECT l.row, l.number, s.record, s.leaf FROM ledger_steps s JOIN ledgers l ON l.row = s.row
         WHERE l.book = '{}' {filter} ORDER BY l.at DESC, l.year DESC, l.serial DESC, s.n",
            B::NAME
        ),
        key,
        row,
    )?;
    let mut all: Vec<Row<B>> = Vec::new();
    for (id, number, record, leaf) in rows {
        let Record { at, step, .. } = salted::decode::<Record<Step<B::Act>>>(&record)?;
        let kept = Kept { step, at, leaf: uint(leaf) };
        match all.last_mut().filter(|r| r.id == id) {
            Some(r) => {
                B::then(&mut r.state, &kept.step);
                r.steps.push(kept);
            }
            None => {
                let state = B::begin(&kept.step).ok_or(OfficeError::NotFound("row"))?;
                all.push(Row { id, number, steps: vec![kept], state });
            }
        }
    }
    Ok(all)
}

/// All rows, newest first.
///
/// # Errors
/// [`OfficeError`].
pub fn all<B: Book>(c: &Db) -> Result<Vec<Row<B>>> {
    load(c, "", params![])
}

/// A row by id.
///
/// # Errors
/// [`OfficeError::NotFound`].
pub fn by_id<B: Book>(c: &Db, id: Id) -> Result<Row<B>> {
    load(c, "AND l.row = ?", params![id.0])?.pop().ok_or(OfficeError::NotFound("row"))
}

/// A row by 编号.
///
/// # Errors
/// [`OfficeError`]; an unknown one is `None`.
pub fn by_number<B: Book>(c: &Db, number: &str) -> Result<Option<Row<B>>> {
    Ok(load(c, "AND l.number = ?", params![number])?.pop())
}

/// A row by 编号 or id.
///
/// # Errors
/// [`OfficeError::NotFound`].
pub fn find<B: Book>(c: &Db, text: &str) -> Result<Row<B>> {
    match (by_number(c, text)?, Id::from_hex(text)) {
        (Some(row), _) => Ok(row),
        (None, Some(id)) => by_id(c, id),
        (None, None) => Err(OfficeError::NotFound("row")),
    }
}

/// Whether the steps of a row are, in this order, what the office's log took in by their receipts, and none was taken out of any ledger.
///
/// # Errors
/// [`OfficeError`].
pub fn is_logged<B: Book>(office: &Office, c: &Db, id: Id) -> Result<bool> {
    let rows: Vec<(i64, Vec<u8>, Vec<u8>, String)> = c.rows(
        "SELECT s.n, s.record, s.receipt, l.number FROM ledger_steps s JOIN ledgers l ON l.row = s.row
             WHERE s.row = ? ORDER BY s.n",
        params![id.0],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
    )?;
    let good = rows.iter().zip(0..).all(|((n, record, receipt, number), i)| {
        let own = salted::decode::<Record<Step<B::Act>>>(record)
            .is_ok_and(|r| (uint(*n), r.n, r.row, r.book.as_str(), &r.number) == (i, i, id.to_string(), B::NAME, number));
        own && log::vouches(office, receipt, |at| OfficeLeaf::Ledger { record: sha256(record), at })
    });
    let count = |sql: &str| -> Result<i64> { Ok(c.one(sql, params![], |r| r.get(0))?) };
    let whole = count("SELECT count(*) FROM leaves WHERE kind = 'ledger'")? <= count("SELECT count(*) FROM ledger_steps")?;
    Ok(good && whole)
}

/// Begins a row with the next number of the year. Gives its id.
///
/// # Errors
/// [`OfficeError::Procedure`] with every gate that is closed.
pub fn add<B: Book>(office: &Office, tx: &Tx<'_>, step: &Step<B::Act>) -> Result<Id> {
    pass::<B>(office, tx, None, step)?;
    let (id, year) = (Id(random()?), step.day.number() / 10_000);
    let sql = "SELECT coalesce(max(serial), 0) + 1 FROM ledgers WHERE book = ? AND year = ?";
    let serial: i64 = tx.one(sql, params![B::NAME, year], |r| r.get(0))?;
    let number = format!("{}〔{year}〕{serial}号", B::SIGN);
    tx.execute(
        "INSERT INTO ledgers (row, book, year, serial, number, at) VALUES (?, ?, ?, ?, ?, ?)",
        params![id.0, B::NAME, year, serial, number, office.now()],
    )?;
    write::<B>(office, tx, (id, &number), 0, step)?;
    Ok(id)
}

/// Appends a step that may follow.
///
/// # Errors
/// [`OfficeError::Procedure`] with every gate that is closed.
pub fn append<B: Book>(office: &Office, tx: &Tx<'_>, id: Id, step: &Step<B::Act>) -> Result<()> {
    let row = by_id::<B>(tx, id)?;
    pass::<B>(office, tx, Some(&row), step)?;
    write::<B>(office, tx, (id, &row.number), row.steps.len() as u64, step)
}

/// Records a step.
///
/// # Errors
/// As [`append`]; nothing is changed then.
pub fn record<B: Book>(office: &Office, id: Id, step: &Step<B::Act>) -> Result<()> {
    office.store.write(|tx| append::<B>(office, tx, id, step))
}

fn pass<B: Book>(office: &Office, c: &Db, row: Option<&Row<B>>, step: &Step<B::Act>) -> Result<()> {
    readable(&serde_json::to_value(step).map_err(|e| OfficeError::Settings(e.to_string()))?)?;
    let state = row.map(|r| &r.state);
    let mut gates: Vec<Gate> = common(row.and_then(Row::last), step, register::today(office)?);
    if !B::open(state).contains(&name(&step.act).as_str()) {
        gates.push(gate(
            "R27",
            "台账逐步登记",
            ["此时不能登记这一步", "this step may not follow here"],
            ["看台账中“可以登记”的步骤", "see which steps the row says may follow"],
        ));
    } else {
        gates.extend(B::gates(state, step));
        gates.extend(B::known(office, c, state, step)?);
    }
    if gates.is_empty() { Ok(()) } else { Err(Closed(gates).into()) }
}

fn common<A>(last: Option<Day>, step: &Step<A>, today: Day) -> Vec<Gate> {
    let mut gates = vec![];
    if step.day > today {
        gates.push(gate("R27", "台账逐步登记", ["日期在将来", "the day lies ahead"], ["到该日再登记", "record it on that day"]));
    }
    if last.is_some_and(|d| step.day < d) {
        let missing = ["日期早于上一步", "the day lies before the step before it"];
        gates.push(gate("R27", "台账逐步登记", missing, ["核对日期", "check the day"]));
    }
    if blank(&step.by) {
        gates.push(gate(
            "R59",
            "国办发〔2018〕118号",
            ["没有写明经办人", "nobody is named who did it"],
            ["写明经办人", "name who did it"],
        ));
    }
    gates
}

/// No text may hold what could not stand on paper (F12).
fn readable(value: &Value) -> Result<()> {
    match value {
        Value::String(text) => match text.chars().find(|c| unseen::unreadable(*c)) {
            Some(c) => Err(OfficeError::Settings(format!(
                "文字中有不可用的字符 a character that cannot stand on paper: U+{:04X}",
                u32::from(c)
            ))),
            None => Ok(()),
        },
        Value::Array(items) => items.iter().try_for_each(readable),
        Value::Object(fields) => fields.values().try_for_each(readable),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn write<B: Book>(office: &Office, tx: &Tx<'_>, (id, number): (Id, &str), n: u64, step: &Step<B::Act>) -> Result<()> {
    let at = office.now();
    let (book, row, number) = (B::NAME.to_owned(), id.to_string(), number.to_owned());
    let record = salted::encode(&Record { book, row, number, n, at, step: step.clone() })?;
    if record.len() > LONGEST {
        return Err(OfficeError::Settings(format!("一步的内容不得超过 {LONGEST} 字节 a step holds at most so many bytes")));
    }
    let leaf = log::append(office, tx, &OfficeLeaf::Ledger { record: sha256(&record), at })?;
    tx.execute(
        "INSERT INTO ledger_steps (row, n, at, record, leaf, receipt) VALUES (?, ?, ?, ?, ?, ?)",
        params![id.0, int(n), at, record, int(leaf.index), leaf.receipt],
    )?;
    tracing::info!(book = B::NAME, row = %id, leaf = leaf.index, "ledger");
    Ok(())
}

/// The bytes that are sealed beside a row, by their name.
pub(super) fn sealed(c: &Db, id: Id) -> Result<Option<Vec<u8>>> {
    Ok(c.row("SELECT sealed FROM ledger_sealed WHERE row = ?", params![id.0], |r| r.get(0))?)
}
