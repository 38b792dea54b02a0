//! Inspections on this phone, and drafts of what is typed into them.

use super::{digest, id};
use crate::id::{Digest, Id};
use crate::store::StoreError;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction};

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
