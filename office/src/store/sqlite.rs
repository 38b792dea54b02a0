//! The embedded database: one file, one writer, every acknowledged change on disk (`synchronous=FULL`).

use super::value::Value;
use super::{Db, Engine, Result, Row, StoreError, ToValue, Tx, group, migrations};
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, ValueRef};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Statements that stay prepared: more than the office has.
const PREPARED: usize = 512;

/// Pages that the write-ahead log may hold before they are moved into the file, 32 MiB: what is written again and again is moved once.
const LOGGED_PAGES: u32 = 8192;

/// Memory of the writer for pages, KiB: what one transaction of many writers changes. Beyond it pages are written out and read again within the transaction.
const WRITER_KIB: i32 = 16 << 10;

/// Connections that read at one moment.
const READERS: usize = 4;

/// The file: one connection that writes, and some that read what was committed meanwhile.
pub(super) struct File {
    path: PathBuf,
    pub(super) writers: group::Writers<Connection>,
    /// A place for each reader; a connection is made when there was none yet.
    idle: Mutex<Vec<Option<Connection>>>,
    freed: Condvar,
}

impl group::Connection for Connection {
    const KEPT: bool = true;

    fn db(&self) -> Db<'_> {
        Db(Engine::Sqlite(self))
    }
}

impl File {
    /// Opens it, makes it when it is not there, and brings it to the newest schema.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let writer = open(path)?;
        let idle = Mutex::new((0..READERS).map(|_| None).collect());
        Ok(Self { path: path.to_owned(), writers: group::Writers::new(Some(writer)), idle, freed: Condvar::new() })
    }

    /// A connection that reads.
    pub(super) fn reader(&self) -> Result<Reader<'_>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let place = loop {
            match idle.pop() {
                Some(place) => break place,
                None => idle = self.freed.wait(idle).unwrap_or_else(PoisonError::into_inner),
            }
        };
        drop(idle);
        let mut reader = Reader { file: self, connection: place };
        if reader.connection.is_none() {
            let c = connect(&self.path)?;
            c.pragma_update(None, "query_only", true)?;
            reader.connection = Some(c);
        }
        Ok(reader)
    }
}

/// A reader's connection, given back when it is dropped.
pub(super) struct Reader<'a> {
    file: &'a File,
    connection: Option<Connection>,
}

impl Reader<'_> {
    pub(super) fn db(&self) -> Result<Db<'_>> {
        self.connection.as_ref().map(group::Connection::db).ok_or(StoreError::Busy)
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.file.idle.lock().unwrap_or_else(PoisonError::into_inner).push(self.connection.take());
        self.file.freed.notify_one();
    }
}

fn connect(path: &Path) -> Result<Connection> {
    let c = Connection::open(path)?;
    c.set_prepared_statement_cache_capacity(PREPARED);
    c.busy_timeout(Duration::from_secs(20))?;
    c.pragma_update(None, "trusted_schema", false)?;
    Ok(c)
}

fn open(path: &Path) -> Result<Connection> {
    let c = connect(path)?;
    c.pragma_update(None, "journal_mode", "WAL")?;
    c.pragma_update(None, "synchronous", "FULL")?;
    c.pragma_update(None, "wal_autocheckpoint", LOGGED_PAGES)?;
    c.pragma_update(None, "cache_size", -WRITER_KIB)?;
    c.pragma_update(None, "foreign_keys", true)?;
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
