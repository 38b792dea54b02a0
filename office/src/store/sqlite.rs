//! The embedded database: one file, one writer, every acknowledged change on disk (`synchronous=FULL`).

use super::value::Value;
use super::{Db, Engine, Result, Row, StoreError, ToValue, Tx, migrations};
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, ValueRef};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

/// Statements that stay prepared: more than the office has.
const PREPARED: usize = 512;

/// Opens the file, makes it when it is not there, and brings it to the newest schema.
pub(super) fn open(path: &Path) -> Result<Connection> {
    let c = Connection::open(path)?;
    c.set_prepared_statement_cache_capacity(PREPARED);
    c.busy_timeout(Duration::from_secs(20))?;
    c.pragma_update(None, "journal_mode", "WAL")?;
    c.pragma_update(None, "synchronous", "FULL")?;
    c.pragma_update(None, "foreign_keys", true)?;
    c.pragma_update(None, "trusted_schema", false)?;
    c.execute_batch("BEGIN IMMEDIATE")?;
    match migrate(&c) {
        Ok(()) => c.execute_batch("COMMIT")?,
        Err(e) => {
            c.execute_batch("ROLLBACK")?;
            return Err(e);
        }
    }
    Ok(c)
}

/// Opens the file once more, for reading.
pub(super) fn open_to_read(path: &Path) -> Result<Connection> {
    let c = Connection::open(path)?;
    c.set_prepared_statement_cache_capacity(PREPARED);
    c.busy_timeout(Duration::from_secs(20))?;
    c.pragma_update(None, "trusted_schema", false)?;
    c.pragma_update(None, "query_only", true)?;
    Ok(c)
}

/// Runs a statement that has neither parameters nor rows.
pub(super) fn run(c: &Connection, sql: &str) -> Result<()> {
    c.prepare_cached(sql)?.execute([])?;
    Ok(())
}

fn migrate(c: &Connection) -> Result<()> {
    let known = migrations::newest();
    let found: i64 = c.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for m in migrations::after(found) {
        c.execute_batch(m.sqlite)?;
        if let Some(then) = m.then {
            Tx::within(&Db(Engine::Sqlite(c)), then)?;
        }
    }
    Ok(c.pragma_update(None, "user_version", known)?)
}

/// Runs a statement. How many rows it changed.
pub(super) fn execute(c: &Connection, sql: &str, params: &[&dyn ToValue]) -> Result<usize> {
    Ok(c.prepare_cached(sql)?.execute(rusqlite::params_from_iter(params.iter().map(|p| p.to_value())))?)
}

/// Gives each row to `f` until it has seen enough.
pub(super) fn each(
    c: &Connection,
    sql: &str,
    params: &[&dyn ToValue],
    f: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut s = c.prepare_cached(sql)?;
    let mut rows = s.query(rusqlite::params_from_iter(params.iter().map(|p| p.to_value())))?;
    while let Some(row) = rows.next()? {
        if f(&Row::Sqlite(row))?.is_break() {
            break;
        }
    }
    Ok(())
}

/// What stands in a column.
pub(super) fn column<'a>(row: &'a rusqlite::Row<'_>, i: usize) -> Result<Value<'a>> {
    Ok(match row.get_ref(i)? {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Int(n),
        ValueRef::Text(t) => Value::Text(std::str::from_utf8(t).map_err(|_| StoreError::Column(i))?),
        ValueRef::Blob(b) => Value::Blob(b),
        ValueRef::Real(_) => return Err(StoreError::Column(i)),
    })
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Value::Null => ValueRef::Null,
            Value::Int(n) => ValueRef::Integer(n),
            Value::Text(t) => ValueRef::Text(t.as_bytes()),
            Value::Blob(b) => ValueRef::Blob(b),
        }))
    }
}
