//! Certificates in the database: steps are appended, read and folded.

use super::step::{Act, Kind, Step};
use super::{Life, No, Periods, State, may, today, training};
use crate::error::{OfficeError, Result};
use crate::keys::random;
use crate::office::Office;
use crate::store::{Db, Row, ToValue, Tx, int, params, uint};
use crate::{feed, log, salted};
use mingzheng_core::badge::{Badge, fits};
use mingzheng_core::calendar::Day;
use mingzheng_core::enrolment::Role;
use mingzheng_core::id::{Id, sha256};
use mingzheng_core::log::OfficeLeaf;
use mingzheng_core::sign::PublicKey;
use mingzheng_core::trust::Use;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The persons that hold a certificate; the one in use first.
///
/// # Errors
/// [`OfficeError`].
pub fn holders(c: &Db, certificate: Id) -> Result<Vec<Id>> {
    Ok(c.rows("SELECT person FROM holders WHERE certificate = ? ORDER BY n, person", params![certificate.0], |r| {
        Ok(Id(r.get(0)?))
    })?)
}

/// A step as it is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The step.
    pub step: Step,
    /// When it was recorded, ms.
    pub at: i64,
    /// Its leaf in the office's log.
    pub leaf: u64,
}

/// A certificate with its whole life.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// Its id at this office.
    pub id: Id,
    /// Its place in the status list, once it is issued.
    pub index: Option<u64>,
    /// The steps, oldest first.
    pub steps: Vec<Kept>,
    /// What they amount to.
    pub life: Life,
}

impl Certificate {
    /// What it is on a day; for a day in the past as the steps stood then.
    #[must_use]
    pub fn on(&self, day: Day, periods: &Periods) -> State {
        let then = Life::fold(self.steps.iter().map(|k| &k.step).filter(|s| s.day <= day));
        then.map_or(State::Applied, |l| l.on(day, periods))
    }

    /// 证件编号.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.life.fields.number
    }
}

/// What is hashed into the leaf, beside the salt.
#[derive(Serialize, Deserialize)]
pub(super) struct Record<S> {
    pub(super) certificate: String,
    pub(super) n: u64,
    pub(super) at: i64,
    pub(super) step: S,
}

type Loaded = (Id, Option<i64>, Vec<u8>, i64);

fn gather(rows: Vec<Loaded>) -> Result<Vec<Certificate>> {
    let mut all: Vec<Certificate> = Vec::new();
    for (id, index, record, leaf) in rows {
        let record: Record<Step> = salted::decode(&record)?;
        let kept = Kept { at: record.at, leaf: uint(leaf), step: record.step };
        match all.last_mut().filter(|c| c.id == id) {
            Some(c) => c.steps.push(kept),
            None => {
                let life = Life::fold([&kept.step]).ok_or(OfficeError::NotFound("certificate"))?;
                all.push(Certificate { id, index: index.map(uint), steps: vec![kept], life });
            }
        }
    }
    for c in &mut all {
        c.life = Life::fold(c.steps.iter().map(|k| &k.step)).ok_or(OfficeError::NotFound("certificate"))?;
    }
    Ok(all)
}

const SELECT: &str =
    "SELECT s.certificate, c.idx, s.record, s.leaf FROM register_steps s JOIN certificates c ON c.certificate = s.certificate";

fn load(c: &Db, of: Option<Id>) -> Result<Vec<Certificate>> {
    let row = |r: &Row<'_>| Ok((Id(r.get(0)?), r.get(1)?, r.get(2)?, r.get(3)?));
    let rows: Vec<Loaded> = match of {
        None => c.rows(&format!("{SELECT} ORDER BY c.number, s.n"), params![], row)?,
        Some(id) => c.rows(&format!("{SELECT} WHERE s.certificate = ? ORDER BY s.n"), params![id.0], row)?,
    };
    gather(rows)
}

/// All certificates, by number.
///
/// # Errors
/// [`OfficeError`].
pub fn all(c: &Db) -> Result<Vec<Certificate>> {
    load(c, None)
}

/// How many steps there are: tells whether anything has changed.
///
/// # Errors
/// [`OfficeError`].
pub fn count(c: &Db) -> Result<u64> {
    Ok(uint(c.one("SELECT count(*) FROM register_steps", params![], |r| r.get(0))?))
}

/// A certificate by id.
///
/// # Errors
/// [`OfficeError::NotFound`].
pub fn by_id(c: &Db, id: Id) -> Result<Certificate> {
    load(c, Some(id))?.pop().ok_or(OfficeError::NotFound("certificate"))
}

fn found(c: &Db, sql: &str, key: &dyn ToValue) -> Result<Option<Certificate>> {
    let id: Option<[u8; 16]> = c.row(sql, &[key], |r| r.get(0))?;
    id.map(|id| by_id(c, Id(id))).transpose()
}

/// A certificate by number.
///
/// # Errors
/// [`OfficeError`]; an unknown one is `None`.
pub fn by_number(c: &Db, number: &str) -> Result<Option<Certificate>> {
    found(c, "SELECT certificate FROM certificates WHERE number = ?", &number)
}

/// The certificate of a person.
///
/// # Errors
/// [`OfficeError`]; `None` for somebody who has none.
pub fn by_person(c: &Db, person: Id) -> Result<Option<Certificate>> {
    found(c, "SELECT certificate FROM holders WHERE person = ?", &person.0)
}

/// Whether steps and training of a certificate are, in this order, what the office's log took in by their receipts, and none was taken out of
/// the register.
///
/// # Errors
/// [`OfficeError`].
pub fn is_logged(office: &Office, c: &Db, id: Id) -> Result<bool> {
    let steps = are_logged::<Step>(office, c, "register_steps", id)?;
    let trained = are_logged::<training::Row>(office, c, "training", id)?;
    let leaves: i64 = c.one("SELECT count(*) FROM leaves WHERE kind = 'register'", params![], |r| r.get(0))?;
    Ok(steps && trained && uint(leaves) <= count(c)? + training::count(c)?)
}

fn are_logged<S: DeserializeOwned>(office: &Office, c: &Db, table: &'static str, id: Id) -> Result<bool> {
    let rows: Vec<(i64, Vec<u8>, Vec<u8>)> =
        c.rows(&format!("SELECT n, record, receipt FROM {table} WHERE certificate = ? ORDER BY n"), params![id.0], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })?;
    Ok(rows.iter().zip(0..).all(|((n, record, receipt), i)| {
        let own = salted::decode::<Record<S>>(record).is_ok_and(|r| (uint(*n), r.n, r.certificate) == (i, i, id.to_string()));
        own && log::vouches(office, receipt, |at| OfficeLeaf::Register { record: sha256(record), at })
    }))
}

/// Registers an application (申领). Gives the certificate's id.
///
/// # Errors
/// [`OfficeError::Badge`] names a field that cannot be shown, [`OfficeError::Register`] says what else does not fit.
pub fn apply(office: &Office, step: &Step) -> Result<Id> {
    office.store.write(|tx| Ok(begin(office, tx, None, step, 0)?.id))
}

/// Takes over a certificate that was issued before this register began (承接), for a known person or a new one. Its place in the status list is
/// at or above `floor`.
///
/// # Errors
/// As [`apply`].
pub fn take_over(office: &Office, tx: &Tx<'_>, person: Option<Id>, step: &Step, floor: u64) -> Result<Certificate> {
    begin(office, tx, person, step, floor)
}

fn begin(office: &Office, tx: &Tx<'_>, person: Option<Id>, step: &Step, floor: u64) -> Result<Certificate> {
    let (Act::Applied { fields } | Act::TakenOver { fields, .. }) = &step.act else { return Err(No::NotFirst.into()) };
    if by_number(tx, &fields.number)?.is_some() {
        return Err(No::Known.into());
    }
    let person = match person {
        Some(p) => p,
        None => Id(random()?),
    };
    if by_person(tx, person)?.is_some_and(|c| c.life.cancelled.is_none()) {
        return Err(OfficeError::Settings("此人已有证件 this person has a certificate already".into()));
    }
    let id = Id(random()?);
    tx.execute(
        "INSERT INTO persons (person, name, role) VALUES (?, ?, ?) ON CONFLICT (person) DO UPDATE SET role = excluded.role",
        params![person.0, fields.name, Role::Officer.name()],
    )?;
    tx.execute("INSERT INTO certificates (certificate, number) VALUES (?, ?)", params![id.0, fields.number])?;
    tx.execute(
        "INSERT INTO holders (person, certificate, n) VALUES (?, ?, (SELECT coalesce(max(n), 0) + 1 FROM holders))
         ON CONFLICT (person) DO UPDATE SET certificate = excluded.certificate",
        params![person.0, id.0],
    )?;
    append(office, tx, id, step, floor)?;
    by_id(tx, id)
}

/// Records one step for several certificates, all or none, and tells every device at once.
///
/// # Errors
/// [`OfficeError::Settings`] names the certificate that refuses the step, and why.
pub fn record(office: &Office, certificates: &[Id], step: &Step) -> Result<()> {
    office.store.write(|tx| {
        for id in certificates {
            append(office, tx, *id, step, 0).map_err(|e| match (certificates, by_id(tx, *id)) {
                ([_, _, ..], Ok(c)) => OfficeError::Settings(format!("{}：{e}", c.number())),
                _ => e,
            })?;
        }
        feed::register_changed(office, tx, certificates)
    })
}

/// Appends a step that may follow, with its leaf.
fn append(office: &Office, tx: &Tx<'_>, id: Id, step: &Step, floor: u64) -> Result<()> {
    let known = load(tx, Some(id))?.pop();
    may(known.as_ref().map(|c| &c.life), step, today(office)?, &office.settings.register)?;
    let issued = known.as_ref().and_then(|c| c.index).is_some();
    let steps = known.map_or(vec![], |c| c.steps);
    let life = Life::fold(steps.iter().map(|k| &k.step).chain([step])).ok_or(No::NotFirst)?;
    fits_badge(office, &life)?;
    let (n, at) = (steps.len() as u64, office.now());
    let record = salted::encode(&Record { certificate: id.to_string(), n, at, step: step.clone() })?;
    let leaf = log::append(office, tx, &OfficeLeaf::Register { record: sha256(&record), at })?;
    tx.execute(
        "INSERT INTO register_steps (certificate, n, at, record, leaf, receipt) VALUES (?, ?, ?, ?, ?, ?)",
        params![id.0, int(n), at, record, int(leaf.index), leaf.receipt],
    )?;
    if !issued && matches!(step.act.kind(), Kind::Issued | Kind::TakenOver) {
        let idx = free_index(tx, floor)?;
        tx.execute("INSERT INTO status_indexes (idx, certificate) VALUES (?, ?)", params![int(idx), id.0])?;
        tx.execute("UPDATE certificates SET idx = ? WHERE certificate = ?", params![int(idx), id.0])?;
    }
    tracing::info!(certificate = %id, act = step.act.kind().name(), leaf = leaf.index, "register");
    Ok(())
}

/// Whether every field can be shown and all of them fit a QR, before anything is promised.
fn fits_badge(office: &Office, life: &Life) -> Result<()> {
    let until = match life.until {
        Some(until) => until,
        // The latest that can be written.
        None => Day::try_from(29_991_231).map_err(|e| OfficeError::Settings(e.to_string()))?,
    };
    let badge = Badge {
        officer: life.fields.clone().officer(until),
        photo: None,
        status: u64::from(u32::MAX),
        issued: office.now() / 1000,
        expires: office.now() / 1000,
        show_key: PublicKey::P256 { x: [0; 32], odd: false },
    };
    fits(&office.settings.badge_host, &badge)?;
    // What cannot be signed (an invisible character, a field too long) is named now.
    badge.issue(office.keys.signer(Use::Badge)?)?;
    Ok(())
}

/// Smallest status list: so that the first officers of an office are not recognised by their place either.
const SMALLEST: u64 = 256;

/// How many places the status list has: it grows in powers of two and stays at most a quarter full.
pub(super) fn places(c: &Db) -> Result<u64> {
    let (n, last): (i64, Option<i64>) =
        c.one("SELECT count(*), max(idx) FROM status_indexes", params![], |r| Ok((r.get(0)?, r.get(1)?)))?;
    let quarter = (uint(n) + 1).saturating_mul(4);
    Ok(quarter.max(last.map_or(0, |l| uint(l) + 1)).max(SMALLEST).next_power_of_two())
}

fn free_index(tx: &Tx<'_>, floor: u64) -> Result<u64> {
    let places = places(tx)?.max(floor.saturating_mul(2).next_power_of_two());
    loop {
        let idx = u64::from_be_bytes(random()?) % places;
        if idx >= floor
            && !tx.one("SELECT EXISTS (SELECT 1 FROM status_indexes WHERE idx = ?)", params![int(idx)], |r| r.get::<bool>(0))?
        {
            return Ok(idx);
        }
    }
}
