//! Typed rows. Functions that write take a transaction, functions that read take a connection.

use super::StoreError;
use crate::id::{Digest, Id};
use crate::log::{Entry, Header, OfficeHead};
use crate::seal::SealedSummary;
use crate::wire::Withdrawal;
use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};

fn id(bytes: Vec<u8>) -> Result<Id, StoreError> {
    bytes.try_into().map(Id).map_err(|_| StoreError::Damaged("id"))
}
fn digest(bytes: Vec<u8>) -> Result<Digest, StoreError> {
    bytes.try_into().map_err(|_| StoreError::Damaged("digest"))
}

/// One of the logs that this device had, or has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnLog {
    /// Counts them from 0.
    pub life: u64,
    /// Its id.
    pub log: Id,
    /// Generation of the keys that sign it.
    pub generation: u32,
    /// Its signed enrolment, once the office has answered.
    pub enrolment: Option<Vec<u8>>,
}

pub(crate) fn put_own_log(tx: &Transaction<'_>, l: &OwnLog) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO own_log VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (life) DO UPDATE SET log = excluded.log, generation = excluded.generation, enrolment = excluded.enrolment",
        (l.life, l.log.0.to_vec(), l.generation, &l.enrolment),
    )?;
    Ok(())
}
pub(crate) fn own_logs(c: &Connection) -> Result<Vec<OwnLog>, StoreError> {
    c.prepare_cached("SELECT life, log, generation, enrolment FROM own_log ORDER BY life")?
        .query_map([], |r| Ok((r.get(0)?, r.get::<_, Vec<u8>>(1)?, r.get(2)?, r.get(3)?)))?
        .map(|r| {
            let (life, log, generation, enrolment) = r?;
            Ok(OwnLog { life, log: id(log)?, generation, enrolment })
        })
        .collect()
}

/// Appends an entry with its disclosures.
///
/// # Errors
/// What SQLite says; a seq that exists already is refused.
pub(crate) fn add_entry(tx: &Transaction<'_>, life: u64, e: &Entry) -> Result<(), StoreError> {
    let h = e.header();
    let case = h.position.map(|p| p.case.0.to_vec());
    tx.prepare_cached("INSERT INTO entry VALUES (?1, ?2, ?3, ?4)")?.execute((life, h.seq, e.bytes(), case))?;
    for d in e.disclosures() {
        tx.prepare_cached("INSERT INTO disclosure VALUES (?1, ?2, ?3, ?4)")?.execute((life, h.seq, d.name(), d.bytes()))?;
    }
    Ok(())
}

/// Entries of one log with seq ≥ `from`, in order.
///
/// # Errors
/// [`StoreError::Damaged`] when a row does not verify against its commitments.
pub(crate) fn entries(c: &Connection, life: u64, from: u64) -> Result<Vec<Entry>, StoreError> {
    entries_between(c, life, from, i64::MAX as u64)
}

/// The same up to and without `until`.
///
/// # Errors
/// As [`entries`].
pub(crate) fn entries_between(c: &Connection, life: u64, from: u64, until: u64) -> Result<Vec<Entry>, StoreError> {
    let mut q =
        c.prepare_cached("SELECT life, seq, header FROM entry WHERE life = ?1 AND seq >= ?2 AND seq < ?3 ORDER BY seq")?;
    let rows = q.query_map((life, from, until), raw_entry)?.collect::<Result<_, _>>()?;
    disclosed(c, rows)
}

/// Entries of a case in order, of all logs or of one.
///
/// # Errors
/// As [`entries`].
pub(crate) fn case_entries(c: &Connection, case: Id, life: Option<u64>) -> Result<Vec<Entry>, StoreError> {
    let mut q = c.prepare_cached(
        "SELECT life, seq, header FROM entry WHERE case_tag = ?1 AND (?2 IS NULL OR life = ?2) ORDER BY life, seq",
    )?;
    let rows = q.query_map((case.0.to_vec(), life), raw_entry)?.collect::<Result<_, _>>()?;
    disclosed(c, rows)
}

/// Entries of a case in one log after `seq`, in order.
///
/// # Errors
/// As [`entries`].
pub(crate) fn case_entries_after(c: &Connection, case: Id, life: u64, seq: u64) -> Result<Vec<Entry>, StoreError> {
    let mut q =
        c.prepare_cached("SELECT life, seq, header FROM entry WHERE case_tag = ?1 AND life = ?2 AND seq > ?3 ORDER BY seq")?;
    let rows = q.query_map((case.0.to_vec(), life, seq), raw_entry)?.collect::<Result<_, _>>()?;
    disclosed(c, rows)
}

/// The newest entry of a case: in which log, and its header.
///
/// # Errors
/// What SQLite says.
pub(crate) fn newest_of_case(c: &Connection, case: Id) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
    let newest = "SELECT life, header FROM entry WHERE case_tag = ?1 ORDER BY life DESC, seq DESC LIMIT 1";
    Ok(c.prepare_cached(newest)?.query_row([case.0.to_vec()], |r| Ok((r.get(0)?, r.get(1)?))).optional()?)
}

/// Whether a case has an entry of that kind in a log, from `from` on; the newest are looked at first.
pub(crate) fn has_kind(c: &Connection, life: u64, case: Id, from: u64, kind: &str) -> Result<bool, StoreError> {
    let newest = "SELECT header FROM entry WHERE life = ?1 AND case_tag = ?2 AND seq >= ?3 ORDER BY seq DESC";
    let mut q = c.prepare_cached(newest)?;
    for header in q.query_map((life, case.0.to_vec(), from), |r| r.get::<_, Vec<u8>>(0))? {
        if Header::decode(&header?).map_err(|_| StoreError::Damaged("entry"))?.kind == kind {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The entries by which logs of this device succeed each other.
///
/// # Errors
/// As [`entries`].
pub(crate) fn successions(c: &Connection) -> Result<Vec<Entry>, StoreError> {
    // They are among the first entries of a log: before them only `log.opened` and a `clock.jumped` can stand.
    let mut q = c.prepare_cached("SELECT life, seq, header FROM entry WHERE life > 0 AND seq < 4 ORDER BY life, seq")?;
    let rows = q.query_map([], raw_entry)?.collect::<Result<_, _>>()?;
    Ok(disclosed(c, rows)?.into_iter().filter(|e| e.header().kind == "log.succeeds").collect())
}

fn raw_entry(r: &Row<'_>) -> rusqlite::Result<(u64, u64, Vec<u8>)> {
    Ok((r.get(0)?, r.get(1)?, r.get(2)?))
}

fn disclosed(c: &Connection, rows: Vec<(u64, u64, Vec<u8>)>) -> Result<Vec<Entry>, StoreError> {
    let mut fields = c.prepare_cached("SELECT bytes FROM disclosure WHERE life = ?1 AND seq = ?2")?;
    rows.into_iter()
        .map(|(life, seq, header)| {
            let d = fields.query_map((life, seq), |r| r.get::<_, Vec<u8>>(0))?.collect::<Result<Vec<_>, _>>()?;
            entry(header, &d)
        })
        .collect()
}

/// An entry of its header and its disclosures; one that was altered is damage.
pub(super) fn entry(header: Vec<u8>, disclosures: &[Vec<u8>]) -> Result<Entry, StoreError> {
    Entry::read(header, disclosures).map_err(|_| StoreError::Damaged("entry"))
}

/// Header bytes of all entries of a log, in order.
///
/// # Errors
/// What SQLite says.
pub(crate) fn headers(c: &Connection, life: u64) -> Result<Vec<Vec<u8>>, StoreError> {
    headers_from(c, life, 0)
}

/// Header bytes of the entries with seq ≥ `from`.
///
/// # Errors
/// What SQLite says.
pub(crate) fn headers_from(c: &Connection, life: u64, from: u64) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut q = c.prepare_cached("SELECT header FROM entry WHERE life = ?1 AND seq >= ?2 ORDER BY seq")?;
    Ok(q.query_map((life, from), |r| r.get(0))?.collect::<Result<_, _>>()?)
}

/// The last entry's header in a log, or the last one of `case` there.
///
/// # Errors
/// What SQLite says.
pub(crate) fn last_header(c: &Connection, life: u64, case: Option<Id>) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(match case {
        None => c
            .prepare_cached("SELECT header FROM entry WHERE life = ?1 ORDER BY seq DESC LIMIT 1")?
            .query_row([life], |r| r.get(0))
            .optional()?,
        Some(case) => c
            .prepare_cached("SELECT header FROM entry WHERE life = ?1 AND case_tag = ?2 ORDER BY seq DESC LIMIT 1")?
            .query_row((life, case.0.to_vec()), |r| r.get(0))
            .optional()?,
    })
}

/// A checkpoint and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointRow {
    /// Which of the device's logs.
    pub life: u64,
    /// Its number.
    pub cp_no: u64,
    /// Its size.
    pub size: u64,
    /// The signed object.
    pub cose: Vec<u8>,
    /// File in `outbox/`.
    pub segment: String,
    /// The office's receipt.
    pub receipt: Option<Vec<u8>>,
    /// Why it is parked.
    pub parked: Option<String>,
    /// Whether the office is to have it once more.
    pub offer: Offer,
}

/// What a restored office may lack (F34).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// Nothing: it counts what the receipt says.
    None,
    /// It is to be asked whether it still has this checkpoint.
    Ask,
    /// It said that it does not: sent again.
    Again,
    /// It has the entries under a later checkpoint and needs no other.
    Covered,
}
impl Offer {
    const ALL: [Self; 4] = [Self::None, Self::Ask, Self::Again, Self::Covered];
}

const CHECKPOINT: &str = "SELECT life, cp_no, size, cose, segment, receipt, parked, offer FROM checkpoint";
fn checkpoint(r: &Row<'_>) -> rusqlite::Result<CheckpointRow> {
    Ok(CheckpointRow {
        life: r.get(0)?,
        cp_no: r.get(1)?,
        size: r.get(2)?,
        cose: r.get(3)?,
        segment: r.get(4)?,
        receipt: r.get(5)?,
        parked: r.get(6)?,
        offer: Offer::ALL.get(r.get::<_, usize>(7)?).copied().unwrap_or(Offer::None),
    })
}

pub(crate) fn add_checkpoint(
    tx: &Transaction<'_>,
    life: u64,
    cp_no: u64,
    size: u64,
    cose: &[u8],
    segment: &str,
) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO checkpoint (life, cp_no, size, cose, segment) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute((life, cp_no, size, cose, segment))?;
    Ok(())
}
pub(crate) fn last_checkpoint(c: &Connection, life: u64) -> Result<Option<CheckpointRow>, StoreError> {
    Ok(c.prepare_cached(&format!("{CHECKPOINT} WHERE life = ?1 ORDER BY cp_no DESC LIMIT 1"))?
        .query_row([life], checkpoint)
        .optional()?)
}
pub(crate) fn checkpoint_before(c: &Connection, life: u64, cp_no: u64) -> Result<Option<CheckpointRow>, StoreError> {
    Ok(c.prepare_cached(&format!("{CHECKPOINT} WHERE life = ?1 AND cp_no < ?2 ORDER BY cp_no DESC LIMIT 1"))?
        .query_row((life, cp_no), checkpoint)
        .optional()?)
}
/// The one to send next: of an office that may lack some, first the newest of which it has to say so; then the oldest that it has not answered, an
/// older log before the one that succeeds it.
pub(crate) fn unsent_checkpoint(c: &Connection) -> Result<Option<CheckpointRow>, StoreError> {
    for sql in [asked_sql(), next_sql()] {
        if let Some(row) = c.prepare_cached(&sql)?.query_row([], checkpoint).optional()? {
            return Ok(Some(row));
        }
    }
    Ok(None)
}
/// Of the index `checkpoint_next`.
const NEXT: &str = "(receipt IS NULL AND offer = 0 OR offer = 2) AND parked IS NULL";
pub(super) fn asked_sql() -> String {
    format!("{CHECKPOINT} WHERE offer = 1 AND parked IS NULL ORDER BY life, cp_no DESC LIMIT 1")
}
pub(super) fn next_sql() -> String {
    format!("{CHECKPOINT} WHERE {NEXT} ORDER BY life, cp_no LIMIT 1")
}
/// How many of those that follow `row` without a gap wait to be sent as it does, at most so many.
pub(crate) fn unsent_after(c: &Connection, row: &CheckpointRow, most: usize) -> Result<u64, StoreError> {
    let like = format!("SELECT cp_no FROM checkpoint WHERE life = ?1 AND cp_no >= ?2 AND {NEXT} ORDER BY cp_no LIMIT ?3");
    let mut query = c.prepare_cached(&like)?;
    let found = query.query_map((row.life, row.cp_no, most as u64 + 1), |r| r.get::<_, u64>(0))?;
    let mut next = row.cp_no;
    for no in found {
        if no? != next {
            break;
        }
        next += 1;
    }
    Ok((next - row.cp_no).saturating_sub(1))
}
/// What the office was answered with, before a newer answer takes its place: a receipt is evidence.
pub(crate) fn keep_receipt(tx: &Transaction<'_>, digest: &Digest, receipt: &[u8]) -> Result<(), StoreError> {
    tx.execute("INSERT OR IGNORE INTO receipt_before VALUES (?1, ?2)", (digest.to_vec(), receipt))?;
    Ok(())
}
/// Everything that has a receipt is to be asked about: the office was restored from a backup (F34).
pub(crate) fn ask_again(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute("UPDATE checkpoint SET offer = 1 WHERE receipt IS NOT NULL AND offer = 0", [])?;
    tx.execute("UPDATE sealed SET again = 1 WHERE custody IS NOT NULL", [])?;
    Ok(())
}
/// The office holds `size` entries of that log and no more: what is larger and had a receipt is offered again. `true` when there is any of which that
/// was not known.
pub(crate) fn office_lacks(tx: &Transaction<'_>, life: u64, size: u64) -> Result<bool, StoreError> {
    let set = "UPDATE checkpoint SET offer = 2 WHERE life = ?1 AND size > ?2 AND receipt IS NOT NULL AND offer <> 2";
    Ok(tx.execute(set, (life, size))? > 0)
}
/// The office holds at least `size` entries of that log: it has what is not larger, under its own checkpoint or a later one.
pub(crate) fn office_holds(tx: &Transaction<'_>, life: u64, size: u64) -> Result<(), StoreError> {
    tx.prepare_cached(HOLDS)?.execute((life, size))?;
    Ok(())
}
/// By the index `checkpoint_unsettled`: neither received nor covered, or to be asked about once more.
pub(super) const HOLDS: &str = "UPDATE checkpoint SET parked = NULL, offer = CASE WHEN receipt IS NULL THEN 3 ELSE 0 END
    WHERE life = ?1 AND size <= ?2 AND (receipt IS NULL AND offer = 0 OR offer IN (1, 2))";
pub(crate) fn checkpoint_of(c: &Connection, life: u64, cp_no: u64) -> Result<Option<CheckpointRow>, StoreError> {
    Ok(c.prepare_cached(&format!("{CHECKPOINT} WHERE life = ?1 AND cp_no = ?2"))?
        .query_row((life, cp_no), checkpoint)
        .optional()?)
}
pub(crate) fn checkpoints(c: &Connection) -> Result<Vec<CheckpointRow>, StoreError> {
    Ok(c.prepare_cached(&format!("{CHECKPOINT} ORDER BY life, cp_no"))?.query_map([], checkpoint)?.collect::<Result<_, _>>()?)
}
pub(crate) fn set_receipt(tx: &Transaction<'_>, life: u64, cp_no: u64, receipt: &[u8]) -> Result<(), StoreError> {
    let set = "UPDATE checkpoint SET receipt = ?3, parked = NULL, offer = 0 WHERE life = ?1 AND cp_no = ?2";
    tx.execute(set, (life, cp_no, receipt))?;
    Ok(())
}

/// The newest head of the office's log in each epoch, with the signed answer that said it.
pub(crate) fn office_heads(c: &Connection) -> Result<Vec<(OfficeHead, Vec<u8>)>, StoreError> {
    c.prepare_cached("SELECT epoch, size, root, said FROM office_head ORDER BY epoch")?
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get::<_, Vec<u8>>(2)?, r.get(3)?)))?
        .map(|r| {
            let (epoch, size, root, said) = r?;
            Ok((OfficeHead { epoch, size, root: digest(root)? }, said))
        })
        .collect()
}
pub(crate) fn put_office_head(tx: &Transaction<'_>, head: &OfficeHead, said: &[u8]) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO office_head VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (epoch) DO UPDATE SET size = excluded.size, root = excluded.root, said = excluded.said",
        (head.epoch, head.size, head.root.to_vec(), said),
    )?;
    Ok(())
}
/// Keeps a proof that the office told two histories; `false` when it is known already.
pub(crate) fn add_office_fork(tx: &Transaction<'_>, digest: &Digest, bytes: &[u8]) -> Result<bool, StoreError> {
    Ok(tx.execute("INSERT OR IGNORE INTO office_fork VALUES (?1, ?2)", (digest.to_vec(), bytes))? > 0)
}
pub(crate) fn office_forks(c: &Connection) -> Result<Vec<Vec<u8>>, StoreError> {
    Ok(c.prepare_cached("SELECT bytes FROM office_fork ORDER BY digest")?
        .query_map([], |r| r.get(0))?
        .collect::<Result<_, _>>()?)
}
/// Removes a named setting.
pub(crate) fn unset(tx: &Transaction<'_>, name: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM setting WHERE name = ?1", [name])?;
    Ok(())
}
/// Takes everything parked up again.
pub(crate) fn unpark(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute("UPDATE checkpoint SET parked = NULL", [])?;
    tx.execute("UPDATE sealed SET parked = NULL", [])?;
    super::mirror::unpark(tx, None)
}
pub(crate) fn unpark_checkpoint(tx: &Transaction<'_>, life: u64, cp_no: u64) -> Result<(), StoreError> {
    tx.execute("UPDATE checkpoint SET parked = NULL WHERE life = ?1 AND cp_no = ?2", (life, cp_no))?;
    Ok(())
}
pub(crate) fn park_checkpoint(tx: &Transaction<'_>, life: u64, cp_no: u64, why: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE checkpoint SET parked = ?3 WHERE life = ?1 AND cp_no = ?2", (life, cp_no, why))?;
    Ok(())
}

/// A task as the office sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRow {
    /// Its id.
    pub id: Id,
    /// The task.
    pub json: String,
    /// The signed assignment.
    pub assignment: Option<Vec<u8>>,
    /// Why the office took it back.
    pub withdrawn: Option<String>,
}
/// The office took a task back; it stays so, whatever is sent of it later (F33).
pub(crate) fn withdraw_task(tx: &Transaction<'_>, w: &Withdrawal) -> Result<(), StoreError> {
    tx.execute("INSERT OR IGNORE INTO task_withdrawn VALUES (?1, ?2, ?3)", (w.task.0.to_vec(), w.at, &w.reason))?;
    Ok(())
}
pub(crate) fn put_task(tx: &Transaction<'_>, task: Id, json: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO task (id, json) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET json = excluded.json",
        (task.0.to_vec(), json),
    )?;
    Ok(())
}
pub(crate) fn put_assignment(tx: &Transaction<'_>, task: Id, cose: &[u8]) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO task (id, json, assignment) VALUES (?1, '', ?2) ON CONFLICT DO UPDATE SET assignment = excluded.assignment",
        (task.0.to_vec(), cose),
    )?;
    Ok(())
}
pub(crate) fn tasks(c: &Connection) -> Result<Vec<TaskRow>, StoreError> {
    let all = "SELECT id, json, assignment, reason FROM task LEFT JOIN task_withdrawn ON task = id WHERE json <> '' ORDER BY id";
    c.prepare_cached(all)?
        .query_map([], |r| Ok((r.get::<_, Vec<u8>>(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?
        .map(|r| {
            let (task, json, assignment, withdrawn) = r?;
            Ok(TaskRow { id: id(task)?, json, assignment, withdrawn })
        })
        .collect()
}

pub(crate) fn put_pack(tx: &Transaction<'_>, payload: Digest, bytes: &[u8], added: i64) -> Result<(), StoreError> {
    tx.execute("INSERT OR IGNORE INTO pack VALUES (?1, ?2, ?3)", (payload.to_vec(), bytes, added))?;
    Ok(())
}
pub(crate) fn pack(c: &Connection, payload: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(c.prepare_cached("SELECT bytes FROM pack WHERE digest = ?1")?.query_row([payload.to_vec()], |r| r.get(0)).optional()?)
}

/// An inspection on this phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InspectionRow {
    /// Its case.
    pub case: Id,
    /// Its task.
    pub task: Id,
    /// Digest of the pack it was begun with.
    pub pack: Digest,
    /// Its age identity.
    pub identity: [u8; 32],
}
pub(crate) fn add_inspection(tx: &Transaction<'_>, i: &InspectionRow, opened: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO inspection VALUES (?1, ?2, ?3, ?4, ?5)",
        (i.case.0.to_vec(), i.task.0.to_vec(), i.pack.to_vec(), i.identity.to_vec(), opened),
    )?;
    Ok(())
}
const INSPECTION: &str = "SELECT case_tag, task, pack, identity FROM inspection";
type InspectionRaw = [Vec<u8>; 4];
fn inspection_raw(r: &Row<'_>) -> rusqlite::Result<InspectionRaw> {
    Ok([r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?])
}
fn inspection_row([case, task, pack, identity]: InspectionRaw) -> Result<InspectionRow, StoreError> {
    let identity = identity.try_into().map_err(|_| StoreError::Damaged("identity"))?;
    Ok(InspectionRow { case: id(case)?, task: id(task)?, pack: digest(pack)?, identity })
}
pub(crate) fn inspections(c: &Connection) -> Result<Vec<InspectionRow>, StoreError> {
    let mut q = c.prepare_cached(&format!("{INSPECTION} ORDER BY opened"))?;
    q.query_map([], inspection_raw)?.map(|r| inspection_row(r?)).collect()
}
pub(crate) fn inspection(c: &Connection, case: Id) -> Result<Option<InspectionRow>, StoreError> {
    let mut q = c.prepare_cached(&format!("{INSPECTION} WHERE case_tag = ?1"))?;
    q.query_row([case.0.to_vec()], inspection_raw).optional()?.map(inspection_row).transpose()
}

pub(crate) fn put_draft(tx: &Transaction<'_>, case: Id, name: &str, text: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO draft VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET text = excluded.text",
        (case.0.to_vec(), name, text),
    )?;
    Ok(())
}
pub(crate) fn drafts(c: &Connection, case: Id) -> Result<Vec<(String, String)>, StoreError> {
    Ok(c.prepare_cached("SELECT name, text FROM draft WHERE case_tag = ?1 ORDER BY name")?
        .query_map([case.0.to_vec()], |r| Ok((r.get(0)?, r.get(1)?)))?
        .collect::<Result<_, _>>()?)
}

/// What a sealed file is; also the order of sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedKind {
    /// A PDF.
    Paper,
    /// Strokes of a signature.
    Strokes,
    /// A derived small picture.
    Thumbnail,
    /// A photograph.
    Photo,
    /// A derived copy.
    Derived,
    /// A part of a recording.
    Recording,
}
impl SealedKind {
    /// Its name in the database and on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Strokes => "strokes",
            Self::Thumbnail => "thumbnail",
            Self::Photo => "photo",
            Self::Derived => "derived",
            Self::Recording => "recording",
        }
    }
    /// Its place in the order of sending.
    fn turn(self) -> u8 {
        match self {
            Self::Paper => 0,
            Self::Strokes => 1,
            Self::Thumbnail => 2,
            Self::Photo | Self::Derived => 3,
            Self::Recording => 4,
        }
    }
    fn from_name(name: &str) -> Result<Self, StoreError> {
        [Self::Paper, Self::Strokes, Self::Thumbnail, Self::Photo, Self::Derived, Self::Recording]
            .into_iter()
            .find(|k| k.name() == name)
            .ok_or(StoreError::Damaged("kind"))
    }
}

/// A sealed file that the office is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRow {
    /// Digests and lengths of both sides.
    pub summary: SealedSummary,
    /// Its case.
    pub case: Id,
    /// What it is.
    pub kind: SealedKind,
    /// Evidence or paper id.
    pub name: String,
    /// File name in `evidence/`.
    pub file: String,
    /// The name that the file had.
    pub claimed_name: String,
    /// Camera file that is still to be removed.
    pub source: Option<String>,
    /// The upload exists at the office.
    pub created: bool,
    /// How much of it the office has.
    pub offset: u64,
    /// Custody receipt in state `opened`.
    pub custody: Option<Vec<u8>>,
    /// Why it is parked.
    pub parked: Option<String>,
    /// The local file is gone, lawfully.
    pub deleted: bool,
    /// The office asked for it again, or may lack it (F24, F34).
    pub again: bool,
}

impl SealedRow {
    /// A file that was just sealed.
    #[must_use]
    pub fn new(summary: SealedSummary, case: Id, kind: SealedKind, name: &str, file: &str) -> Self {
        Self {
            summary,
            case,
            kind,
            name: name.to_owned(),
            file: file.to_owned(),
            claimed_name: String::new(),
            source: None,
            created: false,
            offset: 0,
            custody: None,
            parked: None,
            deleted: false,
            again: false,
        }
    }
}

impl SealedRow {
    /// The office does not have it, or may lack it, and nothing but its turn keeps it here. Of one that is deleted here it can still be asked.
    pub(crate) fn is_open(&self) -> bool {
        (self.again || self.custody.is_none() && !self.deleted) && self.parked.is_none()
    }
}

/// [`SealedKind::turn`] in SQL, as the index `sealed_next` has it.
const TURN: &str =
    "CASE kind WHEN 'paper' THEN 0 WHEN 'strokes' THEN 1 WHEN 'thumbnail' THEN 2 WHEN 'recording' THEN 4 ELSE 3 END";
const SEALED: &str = "SELECT sealed, case_tag, kind, clear, payload, clear_len, length, payload_len,
    name, file, claimed_name, source, created, offset, custody, parked, deleted, again FROM sealed";

struct SealedRaw {
    digests: [Vec<u8>; 3],
    case: Vec<u8>,
    kind: String,
    row: SealedRow,
}

fn sealed_raw(r: &Row<'_>) -> rusqlite::Result<SealedRaw> {
    let zero = [0; 32];
    let (clear_len, sealed_len, payload_len) = (r.get(5)?, r.get(6)?, r.get(7)?);
    let summary = SealedSummary { clear: zero, clear_len, sealed: zero, sealed_len, payload: zero, payload_len };
    Ok(SealedRaw {
        digests: [r.get(0)?, r.get(3)?, r.get(4)?],
        case: r.get(1)?,
        kind: r.get(2)?,
        row: SealedRow {
            summary,
            case: Id::default(),
            kind: SealedKind::Photo,
            name: r.get(8)?,
            file: r.get(9)?,
            claimed_name: r.get(10)?,
            source: r.get(11)?,
            created: r.get(12)?,
            offset: r.get(13)?,
            custody: r.get(14)?,
            parked: r.get(15)?,
            deleted: r.get(16)?,
            again: r.get(17)?,
        },
    })
}

fn sealed_row(raw: SealedRaw) -> Result<SealedRow, StoreError> {
    let [sealed, clear, payload] = raw.digests;
    let summary = SealedSummary { sealed: digest(sealed)?, clear: digest(clear)?, payload: digest(payload)?, ..raw.row.summary };
    Ok(SealedRow { summary, case: id(raw.case)?, kind: SealedKind::from_name(&raw.kind)?, ..raw.row })
}

pub(crate) fn add_sealed(tx: &Transaction<'_>, s: &SealedRow) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO sealed (sealed, case_tag, kind, name, file, clear, clear_len, length, payload, payload_len, claimed_name, source, added)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, (SELECT coalesce(max(added) + 1, 0) FROM sealed))",
        (
            s.summary.sealed.to_vec(),
            s.case.0.to_vec(),
            s.kind.name(),
            &s.name,
            &s.file,
            s.summary.clear.to_vec(),
            s.summary.clear_len,
            s.summary.sealed_len,
            s.summary.payload.to_vec(),
            s.summary.payload_len,
            &s.claimed_name,
            &s.source,
        ),
    )?;
    Ok(())
}
pub(crate) fn sealed_files(c: &Connection, case: Option<Id>) -> Result<Vec<SealedRow>, StoreError> {
    c.prepare_cached(&format!("{SEALED} WHERE ?1 IS NULL OR case_tag = ?1 ORDER BY added"))?
        .query_map([case.map(|i| i.0.to_vec())], sealed_raw)?
        .map(|r| sealed_row(r?))
        .collect()
}
pub(crate) fn sealed_by_name(c: &Connection, kind: SealedKind, name: &str) -> Result<Option<SealedRow>, StoreError> {
    c.prepare_cached(&named_sql())?.query_row((kind.name(), name), sealed_raw).optional()?.map(sealed_row).transpose()
}
pub(super) fn named_sql() -> String {
    format!("{SEALED} WHERE kind = ?1 AND name = ?2 ORDER BY added DESC LIMIT 1")
}
/// A piece of evidence by its id.
pub(crate) fn evidence_by_name(c: &Connection, name: &str) -> Result<Option<SealedRow>, StoreError> {
    for kind in [SealedKind::Photo, SealedKind::Derived, SealedKind::Recording] {
        if let Some(row) = sealed_by_name(c, kind, name)? {
            return Ok(Some(row));
        }
    }
    Ok(None)
}
/// How many pieces of evidence have these clear bytes (F11).
pub(crate) fn same_clear(c: &Connection, clear: &Digest) -> Result<u32, StoreError> {
    Ok(c.prepare_cached(SAME)?.query_row([clear.to_vec()], |r| r.get(0))?)
}
pub(super) const SAME: &str = "SELECT count(*) FROM sealed WHERE clear = ?1 AND kind IN ('photo', 'derived', 'recording')";
/// The next file to send that is not in `deferred` and of the kinds up to `most`: papers and strokes, thumbnails, pictures, recordings; in order of
/// capture. Of those that are passed over nothing but the index is read.
pub(crate) fn unsent_sealed(
    c: &Connection,
    deferred: &BTreeSet<Digest>,
    most: SealedKind,
) -> Result<Option<SealedRow>, StoreError> {
    let mut q = c.prepare_cached(&unsent_sql())?;
    for sealed in q.query_map([most.turn()], |r| r.get::<_, Vec<u8>>(0))? {
        let sealed = digest(sealed?)?;
        if !deferred.contains(&sealed) {
            return sealed_by_digest(c, &sealed);
        }
    }
    Ok(None)
}
pub(super) fn unsent_sql() -> String {
    let open = "(again OR custody IS NULL AND NOT deleted) AND parked IS NULL";
    format!("SELECT sealed FROM sealed WHERE {open} AND {TURN} <= ?1 ORDER BY {TURN}, added")
}
pub(crate) fn sealed_by_digest(c: &Connection, sealed: &Digest) -> Result<Option<SealedRow>, StoreError> {
    c.prepare_cached(&format!("{SEALED} WHERE sealed = ?1"))?
        .query_row([sealed.to_vec()], sealed_raw)
        .optional()?
        .map(sealed_row)
        .transpose()
}
pub(crate) fn update_sealed(tx: &Transaction<'_>, s: &SealedRow) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE sealed SET source = ?2, created = ?3, offset = ?4, custody = ?5, parked = ?6, deleted = ?7, again = ?8 WHERE sealed = ?1",
        (s.summary.sealed.to_vec(), &s.source, s.created, s.offset, &s.custody, &s.parked, s.deleted, s.again),
    )?;
    Ok(())
}

/// The office asks for a file again: it goes from its start, or it is said that it is not here any more (F24).
pub(crate) fn want_again(tx: &Transaction<'_>, sealed: &Digest) -> Result<(), StoreError> {
    let set =
        "UPDATE sealed SET again = 1, created = 0, offset = 0, parked = CASE WHEN deleted THEN 'deleted' END WHERE sealed = ?1";
    if tx.execute(set, [sealed.to_vec()])? == 0 {
        tx.execute("INSERT OR IGNORE INTO not_here VALUES (?1)", [sealed.to_vec()])?;
    }
    Ok(())
}
/// Files that the office asks for and that were never here.
pub(crate) fn not_here(c: &Connection) -> Result<Vec<Digest>, StoreError> {
    let mut q = c.prepare_cached("SELECT sealed FROM not_here ORDER BY sealed")?;
    q.query_map([], |r| r.get::<_, Vec<u8>>(0))?.map(|d| digest(d?)).collect()
}

pub(crate) fn put_thumbnail(tx: &Transaction<'_>, evidence: &str, jpeg: &[u8]) -> Result<(), StoreError> {
    tx.execute("INSERT OR REPLACE INTO thumbnail VALUES (?1, ?2)", (evidence, jpeg))?;
    Ok(())
}
pub(crate) fn thumbnail(c: &Connection, evidence: &str) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(c.prepare_cached("SELECT jpeg FROM thumbnail WHERE evidence = ?1")?.query_row([evidence], |r| r.get(0)).optional()?)
}

pub(crate) fn put_presented(tx: &Transaction<'_>, paper: &str, case: Id, pdf: &[u8]) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO paper (id, case_tag, presented) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET presented = excluded.presented, final = NULL",
        (paper, case.0.to_vec(), pdf),
    )?;
    Ok(())
}
pub(crate) fn put_final(tx: &Transaction<'_>, paper: &str, pdf: &[u8]) -> Result<(), StoreError> {
    tx.execute("UPDATE paper SET final = ?2 WHERE id = ?1", (paper, pdf))?;
    Ok(())
}
/// The newest PDF of a paper: final if there is one, else presented.
pub(crate) fn paper_pdf(c: &Connection, paper: &str) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(c.prepare_cached("SELECT coalesce(final, presented) FROM paper WHERE id = ?1")?
        .query_row([paper], |r| r.get::<_, Option<Vec<u8>>>(0))
        .optional()?
        .flatten())
}
