//! Rows of the logs of paired phones, and of what those phones have of this one's.

use super::StoreError;
use super::rows::entry;
use crate::cbor::{self, Value};
use crate::id::Id;
use crate::log::Entry;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};

/// Another phone's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MirrorRow {
    pub(crate) log: Id,
    pub(crate) enrolment: Vec<u8>,
    pub(crate) name: String,
    pub(crate) number: String,
    pub(crate) stands: u64,
    pub(crate) at: Option<i64>,
    pub(crate) own: Option<Id>,
    pub(crate) there: u64,
    pub(crate) there_at: Option<i64>,
    pub(crate) fork: Option<Vec<u8>>,
}

/// A checkpoint of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MirrorCheckpoint {
    pub(crate) log: Id,
    pub(crate) cp_no: u64,
    pub(crate) size: u64,
    pub(crate) cose: Vec<u8>,
    pub(crate) segment: String,
    pub(crate) receipt: Option<Vec<u8>>,
    pub(crate) parked: Option<String>,
    pub(crate) covered: bool,
}

/// Notes the phone that is paired; of one that is known its enrolment and certificate number stay as they are now.
pub(crate) fn put(tx: &Transaction<'_>, log: Id, enrolment: &[u8], name: &str, number: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO mirror (log, enrolment, name, number) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (log) DO UPDATE SET enrolment = excluded.enrolment, name = excluded.name, number = excluded.number",
        (log.0.to_vec(), enrolment, name, number),
    )?;
    Ok(())
}

const MIRROR: &str = "SELECT log, enrolment, name, number, stands, at, own, there, there_at, fork FROM mirror";
fn mirror(r: &Row<'_>) -> rusqlite::Result<MirrorRow> {
    Ok(MirrorRow {
        log: Id(r.get(0)?),
        enrolment: r.get(1)?,
        name: r.get(2)?,
        number: r.get(3)?,
        stands: r.get(4)?,
        at: r.get(5)?,
        own: r.get::<_, Option<_>>(6)?.map(Id),
        there: r.get(7)?,
        there_at: r.get(8)?,
        fork: r.get(9)?,
    })
}

pub(crate) fn all(c: &Connection) -> Result<Vec<MirrorRow>, StoreError> {
    Ok(c.prepare_cached(&format!("{MIRROR} ORDER BY log"))?.query_map([], mirror)?.collect::<Result<_, _>>()?)
}

pub(crate) fn of(c: &Connection, log: Id) -> Result<Option<MirrorRow>, StoreError> {
    Ok(c.prepare_cached(&format!("{MIRROR} WHERE log = ?1"))?.query_row([log.0.to_vec()], mirror).optional()?)
}

/// The other phone has so many entries of that log of this device.
pub(crate) fn set_there(tx: &Transaction<'_>, log: Id, own: Id, there: u64, at: i64) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE mirror SET own = ?2, there = ?3, there_at = ?4 WHERE log = ?1",
        (log.0.to_vec(), own.0.to_vec(), there, at),
    )?;
    Ok(())
}

/// The other phone was seen to have so many entries itself.
pub(crate) fn stands(tx: &Transaction<'_>, log: Id, size: u64) -> Result<(), StoreError> {
    tx.execute("UPDATE mirror SET stands = max(stands, ?2) WHERE log = ?1", (log.0.to_vec(), size))?;
    Ok(())
}

/// Its key signed two histories: the proof, the first one stays.
pub(crate) fn set_fork(tx: &Transaction<'_>, log: Id, proof: &[u8]) -> Result<(), StoreError> {
    tx.execute("UPDATE mirror SET fork = coalesce(fork, ?2) WHERE log = ?1", (log.0.to_vec(), proof))?;
    Ok(())
}

/// Keeps a verified checkpoint and its entries.
pub(crate) fn add(tx: &Transaction<'_>, cp: &MirrorCheckpoint, entries: &[Entry], at: i64) -> Result<(), StoreError> {
    let log = cp.log.0.to_vec();
    for e in entries {
        let h = e.header();
        let disclosures = Value::Array(e.disclosures().iter().map(|d| d.bytes().into()).collect());
        let disclosures = cbor::encode(&disclosures).map_err(|_| StoreError::Damaged("disclosures"))?;
        tx.prepare_cached("INSERT INTO mirror_entry VALUES (?1, ?2, ?3, ?4, ?5)")?.execute((
            &log,
            h.seq,
            e.bytes(),
            disclosures,
            h.position.map(|p| p.case.0.to_vec()),
        ))?;
    }
    tx.prepare_cached("INSERT INTO mirror_checkpoint (log, cp_no, size, cose, segment) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute((&log, cp.cp_no, cp.size, &cp.cose, &cp.segment))?;
    tx.execute("UPDATE mirror SET at = ?2, stands = max(stands, ?3) WHERE log = ?1", (&log, at, cp.size))?;
    Ok(())
}

/// Header bytes of a mirrored log, in order.
pub(crate) fn headers(c: &Connection, log: Id) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut q = c.prepare_cached("SELECT header FROM mirror_entry WHERE log = ?1 ORDER BY seq")?;
    Ok(q.query_map([log.0.to_vec()], |r| r.get(0))?.collect::<Result<_, _>>()?)
}

/// Mirrored entries of a case.
///
/// # Errors
/// [`StoreError::Damaged`] when a row does not verify against its commitments.
pub(crate) fn case_entries(c: &Connection, case: Id) -> Result<Vec<Entry>, StoreError> {
    let mut q = c.prepare_cached("SELECT header, disclosures FROM mirror_entry WHERE case_tag = ?1 ORDER BY log, seq")?;
    let raw = q.query_map([case.0.to_vec()], |r| Ok((r.get(0)?, r.get::<_, Vec<u8>>(1)?)))?;
    raw.map(|r| {
        let (header, disclosures): (Vec<u8>, Vec<u8>) = r?;
        let disclosures = cbor::decode(&disclosures).and_then(|v| v.array("disclosures"));
        let disclosures =
            disclosures.and_then(|all| all.into_iter().map(|d| d.bytes("disclosure")).collect::<Result<Vec<_>, _>>());
        entry(header, &disclosures.map_err(|_| StoreError::Damaged("disclosures"))?)
    })
    .collect()
}

/// Cases of which something is mirrored.
pub(crate) fn cases(c: &Connection) -> Result<Vec<Id>, StoreError> {
    let with = "EXISTS (SELECT 1 FROM mirror_entry WHERE mirror_entry.case_tag = inspection.case_tag)";
    let mut q = c.prepare_cached(&format!("SELECT case_tag FROM inspection WHERE {with} ORDER BY opened"))?;
    Ok(q.query_map([], |r| r.get(0).map(Id))?.collect::<Result<_, _>>()?)
}

/// Where the newest mirrored entry of a case stands in its log.
pub(crate) fn newest_of_case(c: &Connection, case: Id, log: Id) -> Result<Option<u64>, StoreError> {
    let mut q = c.prepare_cached("SELECT max(seq) FROM mirror_entry WHERE case_tag = ?1 AND log = ?2")?;
    Ok(q.query_row((case.0.to_vec(), log.0.to_vec()), |r| r.get(0))?)
}

const CHECKPOINT: &str = "SELECT log, cp_no, size, cose, segment, receipt, parked, covered FROM mirror_checkpoint";
fn checkpoint(r: &Row<'_>) -> rusqlite::Result<MirrorCheckpoint> {
    Ok(MirrorCheckpoint {
        log: Id(r.get(0)?),
        cp_no: r.get(1)?,
        size: r.get(2)?,
        cose: r.get(3)?,
        segment: r.get(4)?,
        receipt: r.get(5)?,
        parked: r.get(6)?,
        covered: r.get(7)?,
    })
}

/// Every mirrored checkpoint, of one log or of all, in order.
pub(crate) fn checkpoints(c: &Connection, log: Option<Id>) -> Result<Vec<MirrorCheckpoint>, StoreError> {
    let mut q = c.prepare_cached(&format!("{CHECKPOINT} WHERE ?1 IS NULL OR log = ?1 ORDER BY log, cp_no"))?;
    Ok(q.query_map([log.map(|l| l.0.to_vec())], checkpoint)?.collect::<Result<_, _>>()?)
}

pub(crate) fn checkpoint_of(c: &Connection, log: Id, cp_no: u64) -> Result<Option<MirrorCheckpoint>, StoreError> {
    let mut q = c.prepare_cached(&format!("{CHECKPOINT} WHERE log = ?1 AND cp_no = ?2"))?;
    Ok(q.query_row((log.0.to_vec(), cp_no), checkpoint).optional()?)
}

/// Open: neither a receipt nor covered; of a log with a parked one nothing goes, its entries are one chain.
const OPEN: &str = "receipt IS NULL AND covered = 0 AND log NOT IN (SELECT log FROM mirror_checkpoint WHERE parked IS NOT NULL)";

pub(super) fn next_sql() -> String {
    format!("{CHECKPOINT} WHERE {OPEN} ORDER BY log, cp_no LIMIT 1")
}

/// The next one to carry to the office.
pub(crate) fn unsent(c: &Connection) -> Result<Option<MirrorCheckpoint>, StoreError> {
    let mut q = c.prepare_cached(&next_sql())?;
    Ok(q.query_row([], checkpoint).optional()?)
}

/// How many of those after `row` follow it without a gap and are open too, at most so many.
pub(crate) fn unsent_after(c: &Connection, row: &MirrorCheckpoint, most: usize) -> Result<u64, StoreError> {
    let like = format!("SELECT cp_no FROM mirror_checkpoint WHERE log = ?1 AND cp_no > ?2 AND {OPEN} ORDER BY cp_no LIMIT ?3");
    let mut q = c.prepare_cached(&like)?;
    let mut next = row.cp_no + 1;
    for no in q.query_map((row.log.0.to_vec(), row.cp_no, most as u64), |r| r.get::<_, u64>(0))? {
        if no? != next {
            break;
        }
        next += 1;
    }
    Ok(next - row.cp_no - 1)
}

pub(crate) fn set_receipt(tx: &Transaction<'_>, log: Id, cp_no: u64, receipt: &[u8]) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE mirror_checkpoint SET receipt = ?3, parked = NULL WHERE log = ?1 AND cp_no = ?2",
        (log.0.to_vec(), cp_no, receipt),
    )?;
    Ok(())
}

/// The office holds `size` entries of that log: smaller checkpoints need no receipt of their own; of larger ones it is asked again. How many changed.
pub(crate) fn office_holds(tx: &Transaction<'_>, log: Id, size: u64) -> Result<usize, StoreError> {
    let log = log.0.to_vec();
    let covered = "UPDATE mirror_checkpoint SET covered = 1, parked = NULL WHERE log = ?1 AND size <= ?2 AND receipt IS NULL AND covered = 0";
    let lost = "UPDATE mirror_checkpoint SET receipt = NULL, covered = 0 WHERE log = ?1 AND size > ?2 AND (receipt IS NOT NULL OR covered = 1)";
    Ok(tx.execute(covered, (&log, size))? + tx.execute(lost, (&log, size))?)
}

pub(crate) fn park(tx: &Transaction<'_>, log: Id, cp_no: u64, why: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE mirror_checkpoint SET parked = ?3 WHERE log = ?1 AND cp_no = ?2", (log.0.to_vec(), cp_no, why))?;
    Ok(())
}

/// Takes what is parked up again: of one checkpoint, or all.
pub(crate) fn unpark(tx: &Transaction<'_>, one: Option<(Id, u64)>) -> Result<(), StoreError> {
    let (log, cp_no) = one.map_or((None, None), |(log, no)| (Some(log.0.to_vec()), Some(no)));
    tx.execute("UPDATE mirror_checkpoint SET parked = NULL WHERE ?1 IS NULL OR (log = ?1 AND cp_no = ?2)", (log, cp_no))?;
    Ok(())
}
