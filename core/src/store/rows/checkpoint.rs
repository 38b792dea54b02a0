//! Checkpoints of this device's logs, and what became of each: which is to be sent next, received, parked, or offered again (F34).

use crate::id::Digest;
use crate::store::StoreError;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};

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
pub(in crate::store) fn asked_sql() -> String {
    format!("{CHECKPOINT} WHERE offer = 1 AND parked IS NULL ORDER BY life, cp_no DESC LIMIT 1")
}
pub(in crate::store) fn next_sql() -> String {
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
pub(in crate::store) const HOLDS: &str =
    "UPDATE checkpoint SET parked = NULL, offer = CASE WHEN receipt IS NULL THEN 3 ELSE 0 END
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
pub(crate) fn unpark_checkpoint(tx: &Transaction<'_>, life: u64, cp_no: u64) -> Result<(), StoreError> {
    tx.execute("UPDATE checkpoint SET parked = NULL WHERE life = ?1 AND cp_no = ?2", (life, cp_no))?;
    Ok(())
}
pub(crate) fn park_checkpoint(tx: &Transaction<'_>, life: u64, cp_no: u64, why: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE checkpoint SET parked = ?3 WHERE life = ?1 AND cp_no = ?2", (life, cp_no, why))?;
    Ok(())
}
