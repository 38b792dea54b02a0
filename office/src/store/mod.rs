//! The office's database: one interface, and behind it the engines. Nothing outside this folder names an engine.
//!
//! A statement is written once, in what both engines understand: `?` or `?1` for parameters, `ON CONFLICT`, whole numbers, texts and bytes.

mod error;
mod migrations;
mod sqlite;
mod value;

use crate::error::Result as OfficeResult;
pub use error::{Result, StoreError};
use std::ops::{ControlFlow, Deref};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
pub use value::{FromValue, ToValue, Value};

/// Parameters of a statement, in their order.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$(&$value as &dyn $crate::store::ToValue),*]
    };
}
pub(crate) use params;

/// The database. A command line beside a running server uses the same one: transactions are short and wait for each other.
pub struct Store(Mutex<Db>);

impl Store {
    /// Opens the embedded database, makes it when it is not there, and brings it to the newest schema.
    ///
    /// # Errors
    /// [`StoreError::Newer`] for a file of a newer program.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self(Mutex::new(Db(Engine::Sqlite(sqlite::open(path)?)))))
    }

    /// Reads, all of one state of the database.
    ///
    /// # Errors
    /// Those of `f`.
    pub fn read<T>(&self, f: impl FnOnce(&Db) -> OfficeResult<T>) -> OfficeResult<T> {
        // A panic elsewhere rolled its transaction back; the connection is as good as before.
        let db = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = Tx::begin(&db, "BEGIN DEFERRED")?;
        f(&tx)
    }

    /// Writes in one transaction, one writer after the other; it is committed when `f` succeeds.
    ///
    /// # Errors
    /// Those of `f`; nothing is changed then.
    pub fn write<T>(&self, f: impl FnOnce(&Tx<'_>) -> OfficeResult<T>) -> OfficeResult<T> {
        let db = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tx = Tx::begin(&db, "BEGIN IMMEDIATE")?;
        let out = f(&tx)?;
        tx.commit()?;
        Ok(out)
    }
}

enum Engine {
    Sqlite(rusqlite::Connection),
}

/// A connection, for reading.
pub struct Db(Engine);

impl Db {
    /// The first row of a query, if there is one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn row<T>(&self, sql: &str, params: &[&dyn ToValue], f: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<Option<T>> {
        let (mut f, mut found) = (Some(f), None);
        self.each(sql, params, |row| {
            found = f.take().map(|f| f(row)).transpose()?;
            Ok(ControlFlow::Break(()))
        })?;
        Ok(found)
    }

    /// The first row of a query that always has one.
    ///
    /// # Errors
    /// [`StoreError::NoRow`] when it has none.
    pub fn one<T>(&self, sql: &str, params: &[&dyn ToValue], f: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<T> {
        self.row(sql, params, f)?.ok_or(StoreError::NoRow)
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn rows<T>(&self, sql: &str, params: &[&dyn ToValue], mut f: impl FnMut(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        let mut all = Vec::new();
        self.each(sql, params, |row| {
            all.push(f(row)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(all)
    }

    /// One row after the other, for what need not stand in memory at once. `f` asks nothing of the database meanwhile.
    ///
    /// # Errors
    /// [`StoreError`], or that of `f`.
    pub fn each(&self, sql: &str, params: &[&dyn ToValue], mut f: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>>) -> Result<()> {
        match &self.0 {
            Engine::Sqlite(c) => sqlite::each(c, sql, params, &mut f),
        }
    }

    fn run(&self, sql: &str, params: &[&dyn ToValue]) -> Result<usize> {
        match &self.0 {
            Engine::Sqlite(c) => sqlite::execute(c, sql, params),
        }
    }
}

/// A transaction that writes. Undone when it is dropped, unless it was committed.
pub struct Tx<'a> {
    db: &'a Db,
    open: bool,
}

impl<'a> Tx<'a> {
    fn begin(db: &'a Db, how: &str) -> Result<Self> {
        db.run(how, &[])?;
        Ok(Self { db, open: true })
    }

    fn commit(&mut self) -> Result<()> {
        self.db.run("COMMIT", &[])?;
        self.open = false;
        Ok(())
    }

    /// Runs a statement. How many rows it changed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn execute(&self, sql: &str, params: &[&dyn ToValue]) -> Result<usize> {
        self.db.run(sql, params)
    }
}

impl Deref for Tx<'_> {
    type Target = Db;

    fn deref(&self) -> &Db {
        self.db
    }
}

impl Drop for Tx<'_> {
    fn drop(&mut self) {
        if self.open
            && let Err(error) = self.db.run("ROLLBACK", &[])
        {
            tracing::warn!(%error, "rollback");
        }
    }
}

/// A row of an answer.
pub enum Row<'a> {
    /// Of SQLite.
    #[doc(hidden)]
    Sqlite(&'a rusqlite::Row<'a>),
}

impl Row<'_> {
    /// The column `i`.
    ///
    /// # Errors
    /// [`StoreError::Column`] when something else stands there.
    pub fn get<T: FromValue>(&self, i: usize) -> Result<T> {
        let value = match self {
            Self::Sqlite(row) => sqlite::column(row, i)?,
        };
        T::from_value(value).ok_or(StoreError::Column(i))
    }
}

/// The database's integers are signed; sizes and numbers of ours never come near the limit.
#[must_use]
pub fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The reverse of [`int`].
#[must_use]
pub fn uint(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;
    use crate::error::OfficeError;

    #[test]
    fn a_newer_schema_is_refused_by_name_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("office.sqlite");
        drop(Store::open(&path).unwrap());
        drop(Store::open(&path).unwrap());
        rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let known = migrations::newest();
        assert!(matches!(Store::open(&path), Err(StoreError::Newer { found: 99, known: k }) if k == known));
        let file = rusqlite::Connection::open(&path).unwrap();
        assert_eq!(file.query_row("PRAGMA user_version", [], |r| r.get::<_, i64>(0)).unwrap(), 99);
    }

    #[test]
    fn a_failed_write_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let s = Store::open(&folder.path().join("o.sqlite")).unwrap();
        let r: OfficeResult<()> = s.write(|tx| {
            tx.execute("INSERT INTO nonces VALUES (x'00', 1)", params![])?;
            Err(OfficeError::NotFound("test"))
        });
        assert!(r.is_err());
        let n: i64 = s.read(|c| Ok(c.one("SELECT count(*) FROM nonces", params![], |r| r.get(0))?)).unwrap();
        assert_eq!(n, 0);
    }
}
