//! Cases in the database: steps are appended, read and folded.

use super::annex::{self, Annex};
use super::closed::Closed;
use super::issued::{self, Added};
use super::papers::{Paper, papers};
use super::rules::{Ruled, check, rules, year};
use crate::error::{OfficeError, Result};
use crate::keys::random;
use crate::office::Office;
use crate::store::{Db, Row, ToValue, Tx, int, params, uint};
use crate::{feed, log, salted};
use mingzheng_core::id::{Digest, Id, digest_from_hex, hex, sha256};
use mingzheng_core::log::OfficeLeaf;
use mingzheng_core::procedure::{Act, Case, Opinion, Step};
use mingzheng_core::publication::{Publication, Step as PublicationStep};
use mingzheng_core::unseen;
use mingzheng_core::wire::ReviewResult;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A step as it is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The step.
    pub step: Step,
    /// When it was recorded, ms.
    pub at: i64,
    /// Its leaf in the office's log.
    pub leaf: u64,
    /// Digest of the pack whose gates let it pass.
    pub pack: Digest,
}

/// A case with all its steps.
#[derive(Debug, Clone)]
pub struct Procedure {
    /// Its id at this office.
    pub id: Id,
    /// 案号.
    pub number: String,
    /// The steps, oldest first.
    pub steps: Vec<Kept>,
    /// What they amount to.
    pub case: Case,
    /// Its 公示.
    pub publication: Publication,
}

impl Procedure {
    /// The steps alone.
    pub fn plain(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().map(|k| &k.step)
    }

    /// The day of the newest step of which this is so.
    pub fn last(&self, is: impl Fn(&Act) -> bool) -> Option<&Step> {
        self.steps.iter().rev().map(|k| &k.step).find(|s| is(&s.act))
    }
}

/// What is hashed into the leaf, beside the salt.
#[derive(Serialize, Deserialize)]
struct Record {
    procedure: String,
    number: String,
    n: u64,
    at: i64,
    pack: String,
    step: Step,
}

/// Longest record in bytes.
const LONGEST: usize = 64 << 10;

type Loaded = (Id, String, Vec<u8>, i64);

fn gather(rows: Vec<Loaded>) -> Result<Vec<Procedure>> {
    let broken = || OfficeError::NotFound("procedure");
    let mut all: Vec<Procedure> = Vec::new();
    for (id, number, record, leaf) in rows {
        let Record { at, pack, step, .. } = salted::decode(&record)?;
        let kept = Kept { step, at, leaf: uint(leaf), pack: digest_from_hex(&pack).ok_or_else(broken)? };
        match all.last_mut().filter(|p| p.id == id) {
            Some(p) => p.steps.push(kept),
            None => {
                let case = Case::fold([&kept.step]).ok_or_else(broken)?;
                all.push(Procedure { id, number, steps: vec![kept], case, publication: Publication::default() });
            }
        }
    }
    for p in &mut all {
        p.case = Case::fold(p.plain()).ok_or_else(broken)?;
    }
    Ok(all)
}

const SELECT: &str =
    "SELECT p.procedure, p.number, s.record, s.leaf FROM procedure_steps s JOIN procedures p ON p.procedure = s.procedure";

fn load(c: &Db, filter: &str, key: &[&dyn ToValue]) -> Result<Vec<Procedure>> {
    let row = |r: &Row<'_>| Ok((Id(r.get(0)?), r.get(1)?, r.get(2)?, r.get(3)?));
    let mut all = gather(c.rows(&format!("{SELECT} {filter} ORDER BY p.at DESC, p.procedure, s.n"), key, row)?)?;
    for p in &mut all {
        let steps = annex::of::<PublicationStep>(c, p.id, Annex::Publication)?;
        p.publication = Publication::fold(steps.iter().map(|k| &k.body));
    }
    Ok(all)
}

/// All cases, newest first.
///
/// # Errors
/// [`OfficeError`].
pub fn all(c: &Db) -> Result<Vec<Procedure>> {
    load(c, "", params![])
}

/// A case by id.
///
/// # Errors
/// [`OfficeError::NotFound`].
pub fn by_id(c: &Db, id: Id) -> Result<Procedure> {
    load(c, "WHERE p.procedure = ?", params![id.0])?.pop().ok_or(OfficeError::NotFound("procedure"))
}

/// A case by 案号.
///
/// # Errors
/// [`OfficeError`]; an unknown one is `None`.
pub fn by_number(c: &Db, number: &str) -> Result<Option<Procedure>> {
    Ok(load(c, "WHERE p.number = ?", params![number])?.pop())
}

/// The cases that come from an inspection.
///
/// # Errors
/// [`OfficeError`].
pub fn of_inspection(c: &Db, inspection: Id) -> Result<Vec<Procedure>> {
    load(c, "WHERE p.inspection = ?", params![inspection.0])
}

/// Whether the steps of a case are, in this order, what the office's log took in by their receipts, and none was taken out.
///
/// # Errors
/// [`OfficeError`].
pub fn is_logged(office: &Office, c: &Db, id: Id) -> Result<bool> {
    let rows: Vec<(i64, Vec<u8>, Vec<u8>, String)> = c.rows(
        "SELECT s.n, s.record, s.receipt, p.number FROM procedure_steps s JOIN procedures p ON p.procedure = s.procedure
         WHERE s.procedure = ? ORDER BY s.n",
        params![id.0],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)),
    )?;
    let good = rows.iter().zip(0..).all(|((n, record, receipt, number), i)| {
        let own = salted::decode::<Record>(record)
            .is_ok_and(|r| (uint(*n), r.n, r.procedure, &r.number) == (i, i, id.to_string(), number));
        own && log::vouches(office, receipt, |at| OfficeLeaf::Procedure { record: sha256(record), at })
    });
    let count = |sql: &str| -> Result<i64> { Ok(c.one(sql, params![], |r| r.get(0))?) };
    let kept = count("SELECT count(*) FROM procedure_steps")?.saturating_add(count("SELECT count(*) FROM case_records")?);
    let whole = count("SELECT count(*) FROM leaves WHERE kind = 'procedure'")? <= kept;
    let beside = rows.first().is_none_or(|(.., number)| annex::are_logged(office, c, id, number).unwrap_or(false));
    Ok(good && beside && whole)
}

/// Takes a case in (受理). Without a number the next one of the year is taken. Gives the case's id.
///
/// # Errors
/// [`OfficeError::Procedure`] with every gate that is closed; [`OfficeError::Settings`] for a number that is taken.
pub fn accept(office: &Office, number: Option<&str>, step: &Step) -> Result<Id> {
    let ruled = rules(office)?;
    readable(step)?;
    let inspection = match &step.act {
        Act::Accepted { inspection: Some(text), .. } => Some(Id::from_hex(text).ok_or(OfficeError::NotFound("inspection"))?),
        _ => None,
    };
    office.store.write(|tx| {
        pass(office, tx, &ruled, None, step)?;
        if let Some(i) = inspection {
            let known: bool = tx.one("SELECT EXISTS (SELECT 1 FROM entries WHERE case_tag = ?)", params![i.0], |r| r.get(0))?;
            if !known {
                return Err(OfficeError::NotFound("inspection"));
            }
        }
        let number = match number.map(str::trim).filter(|n| !n.is_empty()) {
            Some(given) => given.to_owned(),
            None => free_number(tx, year(step.day))?,
        };
        let id = Id(random()?);
        let made = tx.execute(
            "INSERT INTO procedures (procedure, number, inspection, at) VALUES (?, ?, ?, ?) ON CONFLICT (number) DO NOTHING",
            params![id.0, number, inspection.map(|i| i.0), office.now()],
        )?;
        if made == 0 {
            return Err(OfficeError::Settings(format!("{number}：案号已被使用 another case has this number")));
        }
        append(office, tx, &ruled, (id, &number), (0, office.now()), step)?;
        Ok(id)
    })
}

/// Records a step, and its paper where nothing on it is missing.
///
/// # Errors
/// [`OfficeError::Procedure`] with every gate that is closed; nothing is changed then.
pub fn record(office: &Office, id: Id, step: &Step) -> Result<()> {
    record_with(office, id, step, &Map::new())
}

/// The same; `typed` is what a person adds to the paper.
///
/// # Errors
/// As [`record`].
pub fn record_with(office: &Office, id: Id, step: &Step, typed: &Map<String, Value>) -> Result<()> {
    let ruled = rules(office)?;
    readable(step)?;
    let at = office.now();
    let before = office.store.read(|c| {
        let known = by_id(c, id)?;
        pass(office, c, &ruled, Some(&known.case), step)?;
        Ok(known)
    })?;
    let paper = made(office, &ruled, &before, (step, at), typed)?;
    office.store.write(|tx| {
        let known = by_id(tx, id)?;
        pass(office, tx, &ruled, Some(&known.case), step)?;
        if known.steps.len() != before.steps.len() {
            return Err(OfficeError::Settings(
                "案件刚由他人登记，请核对后再办 somebody else has just recorded a step; look again".into(),
            ));
        }
        append(office, tx, &ruled, (id, &known.number), (known.steps.len() as u64, at), step)?;
        if let Some((paper, pdf)) = &paper {
            issued::keep(office, tx, (id, &known.number), paper, pdf, typed)?;
        }
        let inspection = known.case.inspection.as_deref().and_then(Id::from_hex);
        if let (Act::Reviewed { review }, Some(inspection)) = (&step.act, inspection) {
            let agreed = review.opinion == Opinion::Agreed;
            let (number, says) = (known.number.clone(), review.says.clone());
            feed::push_review(office, tx, &ReviewResult { inspection, number, at, agreed, says })?;
        }
        if let Act::Decided { number, .. } = &step.act {
            tx.execute("UPDATE procedures SET decision = ? WHERE procedure = ?", params![number.trim(), id.0])?;
        }
        Ok(())
    })
}

/// The paper of a step that is about to be taken, where nothing is missing. What is typed for it must fit.
fn made(
    office: &Office,
    ruled: &Ruled,
    before: &Procedure,
    (step, at): (&Step, i64),
    typed: &Map<String, Value>,
) -> Result<Option<(Paper, Vec<u8>)>> {
    let mut ahead = before.clone();
    let n = ahead.steps.len();
    ahead.steps.push(Kept { step: step.clone(), at, leaf: 0, pack: ruled.digest });
    ahead.case = Case::fold(ahead.plain()).ok_or(OfficeError::NotFound("procedure"))?;
    let added = Added { typed: typed.clone(), number: None };
    let Some(paper) = papers(office, &ahead, Some((n, &added)))?.into_iter().find(|q| q.n == n) else { return Ok(None) };
    if paper.filled.ready().is_err() {
        let lacks = paper.lacks();
        return if typed.is_empty() { Ok(None) } else { Err(OfficeError::Settings(lacks)) };
    }
    match paper.pdf(office) {
        Ok(pdf) => Ok(Some((paper, pdf))),
        Err(error) => {
            // The step stands without it; the paper is made later, and says then what is wrong.
            tracing::warn!(%error, form = paper.form, "paper not made");
            Ok(None)
        }
    }
}

fn pass(office: &Office, c: &Db, ruled: &Ruled, case: Option<&Case>, step: &Step) -> Result<()> {
    let gates = check(office, c, ruled, case, step)?;
    if gates.is_empty() { Ok(()) } else { Err(Closed(gates).into()) }
}

fn append(office: &Office, tx: &Tx<'_>, ruled: &Ruled, (id, number): (Id, &str), (n, at): (u64, i64), step: &Step) -> Result<()> {
    let (procedure, number) = (id.to_string(), number.to_owned());
    let record = salted::encode(&Record { procedure, number, n, at, pack: hex(&ruled.digest), step: step.clone() })?;
    if record.len() > LONGEST {
        return Err(OfficeError::Settings(format!("一步的内容不得超过 {LONGEST} 字节 a step holds at most so many bytes")));
    }
    let leaf = log::append(office, tx, &OfficeLeaf::Procedure { record: sha256(&record), at })?;
    tx.execute(
        "INSERT INTO procedure_steps (procedure, n, at, record, leaf, receipt) VALUES (?, ?, ?, ?, ?, ?)",
        params![id.0, int(n), at, record, int(leaf.index), leaf.receipt],
    )?;
    tracing::info!(procedure = %id, node = super::name(step.act.node()), leaf = leaf.index, "procedure");
    Ok(())
}

/// The first number of the year that is free; numbers follow each other without a gap (J32).
fn free_number(c: &Db, year: u32) -> Result<String> {
    let mut n = 1u32;
    loop {
        let number = format!("案〔{year}〕{n}号");
        if c.row("SELECT 1 FROM procedures WHERE number = ?", params![&number], |_| Ok(()))?.is_none() {
            return Ok(number);
        }
        n = n.saturating_add(1);
    }
}

/// No text may hold what could not stand on the paper that is made of it, or joins characters unseen (F12).
pub(crate) fn readable(step: &impl Serialize) -> Result<()> {
    let json = serde_json::to_value(step).map_err(|e| OfficeError::Settings(e.to_string()))?;
    match unreadable(&json) {
        Some(c) => Err(OfficeError::Settings(format!(
            "文字中有不可用的字符 a character that cannot stand on paper: U+{:04X}",
            u32::from(c)
        ))),
        None => Ok(()),
    }
}

fn unreadable(value: &Value) -> Option<char> {
    match value {
        Value::String(text) => text.chars().find(|c| unseen::unreadable(*c)),
        Value::Array(items) => items.iter().find_map(unreadable),
        Value::Object(fields) => fields.values().find_map(unreadable),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
