//! Tasks as the office sent them.

use super::id;
use crate::id::Id;
use crate::store::StoreError;
use crate::wire::Withdrawal;
use rusqlite::{Connection, Transaction};

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
