//! Entries of this device's logs, each a header with its disclosures.

use crate::id::Id;
use crate::log::{Entry, Header};
use crate::store::StoreError;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};

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
pub(in crate::store) fn entry(header: Vec<u8>, disclosures: &[Vec<u8>]) -> Result<Entry, StoreError> {
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
