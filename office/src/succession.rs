//! A log that follows another of the same person: whose logs a device may send, and the tail that no key signed at the time (`docs/formats` §8.1, F43).

use crate::api::{Refusal, refuse};
use crate::enrol::Device;
use crate::error::Result;
use crate::ingest::{self, Rows};
use crate::office::Office;
use crate::store::{Db, Tx, int, params, uint};
use crate::subtrees::Log;
use mingzheng_core::enrolment::{Application, Enrolment};
use mingzheng_core::id::{Digest, Id, digest_from_hex};
use mingzheng_core::log::Entry;
use mingzheng_core::wire::{Adopted, Segment};
use std::collections::BTreeMap;

/// Longest line of logs that follow one another.
const MOST: usize = 32;

/// The device and the enrolments that it follows, newest first: their logs it may send.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn lineage(office: &Office, device: &Device) -> Result<Vec<Device>> {
    let mut line = vec![Device { enrolment: device.enrolment.clone(), signed: device.signed.clone() }];
    // Nearly every device follows none: a submission asks for no more than it must.
    if device.enrolment.succeeds.is_none() {
        return Ok(line);
    }
    let all = office.store.read(|c| of_person(c, device.enrolment.person))?;
    while let Some(s) = line.last().and_then(|d| d.enrolment.succeeds).filter(|_| line.len() < MOST) {
        let Some(signed) = all.iter().find(|signed| Enrolment::digest(signed) == s.previous) else { break };
        line.push(Device { enrolment: Enrolment::open(signed, &office.trust)?, signed: signed.clone() });
    }
    Ok(line)
}

/// The enrolments of a person, as signed.
fn of_person(c: &Db, person: Id) -> Result<Vec<Vec<u8>>> {
    Ok(c.rows("SELECT signed FROM enrolments WHERE person = ? ORDER BY at", params![person.0], |r| r.get(0))?)
}

/// Whether the enrolment that an application wants to follow is one of this person, and nobody followed it yet.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn may_follow(office: &Office, c: &Db, a: &Application, person: Id) -> Result<bool> {
    let Some(s) = a.succeeds else { return Ok(true) };
    let all = of_person(c, person)?;
    if !all.iter().any(|signed| Enrolment::digest(signed) == s.previous) {
        return Ok(false);
    }
    for signed in &all {
        if Enrolment::open(signed, &office.trust)?.succeeds.is_some_and(|o| o.previous == s.previous) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether another log has taken over the tail of this one.
///
/// # Errors
/// [`crate::error::OfficeError::Store`].
pub fn is_adopted(c: &Db, log: Id) -> Result<bool> {
    Ok(c.one("SELECT EXISTS (SELECT 1 FROM entries WHERE log = ? AND adopted_by IS NOT NULL)", params![log.0], |r| r.get(0))?)
}

/// Stores the entries of the old log that this segment brings, if they continue it up to the tree that the new log signs in `log.succeeds`.
///
/// # Errors
/// [`Refusal`] `adopted_mismatch`.
pub fn adopt(
    tx: &Tx<'_>,
    line: &[Device],
    segment: &Segment,
    adopted: &Adopted,
    at: i64,
) -> Result<std::result::Result<(), Refusal>> {
    let mismatch = |what: &str| Ok(Err(refuse(422, "adopted_mismatch", what)));
    let mut older = line.iter().skip_while(|d| d.enrolment.log != segment.log).skip(1);
    if !older.any(|d| d.enrolment.log == adopted.log) {
        return mismatch("不是同一人先前的日志 not an earlier log of this person");
    }
    let Some((size, root)) = segment.entries.iter().find_map(|e| signed_tail(e, adopted.log)) else {
        return mismatch("新日志未承接此日志 the new log does not say that it succeeds this one");
    };
    let held: u64 = uint(tx.one("SELECT count(*) FROM entries WHERE log = ?", params![adopted.log.0], |r| r.get(0))?);
    let (known, new): (Vec<&Entry>, Vec<&Entry>) = adopted.entries.iter().partition(|e| e.header().seq < held);
    for e in known {
        let same: Option<Digest> =
            tx.row("SELECT digest FROM entries WHERE log = ? AND seq = ?", params![adopted.log.0, int(e.header().seq)], |r| {
                r.get(0)
            })?;
        if same != Some(e.digest()) {
            return mismatch("与机关已有的条目不同 other entries than the office holds");
        }
    }
    let follows = match new.first() {
        Some(first) => first.header().seq == held && first.header().prev == ingest::last_digest(tx, adopted.log)?,
        None => true,
    };
    if !follows {
        return mismatch("旧日志中间缺条目 entries of the old log are missing in between");
    }
    let log = Log::Device(adopted.log);
    let mut growth = log.grow(tx, held)?;
    new.iter().for_each(|e| growth.push(e.leaf()));
    // A store that was put back holds less of the old log than the office may: the stated tree is a prefix of what is held then.
    let stated = match size {
        size if size == growth.border().size() => Some(growth.border().root()),
        size if size < held && new.is_empty() => Some(log.root(tx, size)?),
        _ => None,
    };
    if stated != Some(root) {
        return mismatch("条目与新日志签名的树根不符 the entries do not lead to the root that the new log signs");
    }
    if !ingest::continues(tx, adopted.log, new.iter().copied(), &mut BTreeMap::new())? {
        return mismatch("案件编号有缺口 the numbering within a case has a gap");
    }
    Rows::insert(tx, &[&Rows::of(new.iter().copied(), at, Some(segment.log))?])?;
    growth.keep(tx)?;
    Ok(Ok(()))
}

/// Size and root of the old log as its successor states them.
fn signed_tail(e: &Entry, old: Id) -> Option<(u64, Digest)> {
    let field = |name: &str| e.disclosures().iter().find(|d| d.name() == name).map(|d| d.value().clone());
    let text = |name: &'static str| field(name)?.text(name).ok();
    if e.header().kind != "log.succeeds" || text("old")? != old.to_string() {
        return None;
    }
    Some((field("adopted_size")?.uint("adopted_size").ok()?, digest_from_hex(&text("adopted_root")?)?))
}
