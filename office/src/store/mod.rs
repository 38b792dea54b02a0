//! The office's database: one interface, and behind it the engines. Nothing outside this folder names an engine.
//!
//! A statement is written once, in what both engines understand: `?` or `?1` for parameters, `ON CONFLICT`, whole numbers, texts and bytes.

mod error;
mod group;
mod migrations;
mod postgres;
mod sqlite;
mod value;

use crate::error::Result as OfficeResult;
use crate::settings::Settings;
pub use error::{Result, StoreError};
use std::ops::{ControlFlow, Deref};
use std::path::{Path, PathBuf};
use std::sync::Arc;
pub(crate) use value::Cell;
pub use value::{FromValue, ToValue, Value};

/// Parameters of a statement, in their order.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$(&$value as &dyn $crate::store::ToValue),*]
    };
}
pub(crate) use params;

/// Most rows of one statement.
const MOST_ROWS: usize = 32;

/// The database. A command line beside a running server uses the same one: transactions are short and wait for each other.
pub struct Store(Kind);

/// What guards the connection to a server.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    /// PEM file of the roots that its certificate must come from; with it there is no connection without TLS.
    pub root: Option<PathBuf>,
    /// Allows a plain connection beyond this machine.
    pub plain: bool,
}

enum Kind {
    Sqlite(Box<sqlite::File>),
    Postgres(Arc<postgres::Pool>, group::Writers<postgres::Lent>),
}

impl Store {
    /// Opens the embedded database, makes it when it is not there, and brings it to the newest schema.
    ///
    /// # Errors
    /// [`StoreError::Newer`] for a file of a newer program.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self(Kind::Sqlite(Box::new(sqlite::File::open(path)?))))
    }

    /// Connects to a PostgreSQL database of this machine, `postgres://…`, and brings it to the newest schema.
    ///
    /// # Errors
    /// [`StoreError::Newer`], [`StoreError::Setting`] when it does not keep what it acknowledges.
    pub fn connect(address: &str) -> Result<Self> {
        Self::connect_by(address, &Guard::default())
    }

    /// Connects to a PostgreSQL database, of another machine too.
    ///
    /// # Errors
    /// As [`Store::connect`]; [`StoreError::Tls`] when its certificate is not accepted.
    pub fn connect_by(address: &str, guard: &Guard) -> Result<Self> {
        Ok(Self(Kind::Postgres(postgres::Pool::open(address, guard)?, group::Writers::new(None))))
    }

    /// The database that the settings name: an address, or else the file.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn of(settings: &Settings) -> Result<Self> {
        let guard = Guard { root: settings.database_root.clone(), plain: settings.plain_stores };
        let file = || Self::open(&settings.data.join("office.sqlite"));
        settings.database.as_ref().map_or_else(file, |address| Self::connect_by(address, &guard))
    }

    /// Which engine it is.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        match &self.0 {
            Kind::Sqlite(_) => "SQLite",
            Kind::Postgres(..) => "PostgreSQL",
        }
    }

    /// Notes whose database it is, by the fingerprint of the root; refuses that of another.
    ///
    /// # Errors
    /// [`StoreError::OtherOrgan`].
    pub fn claim(&self, root: &[u8; 32]) -> OfficeResult<()> {
        const OWNER: &str = "SELECT root FROM organ";
        let mut owner: Option<[u8; 32]> = self.read(|c| Ok(c.row(OWNER, params![], |r| r.get(0))?))?;
        if owner.is_none() {
            owner = self.write(|tx| {
                tx.execute("INSERT INTO organ (one, root) VALUES (1, ?) ON CONFLICT DO NOTHING", params![root])?;
                Ok(tx.row(OWNER, params![], |r| r.get(0))?)
            })?;
        }
        if owner == Some(*root) { Ok(()) } else { Err(StoreError::OtherOrgan.into()) }
    }

    /// Reads, all of one state of the database.
    ///
    /// # Errors
    /// Those of `f`.
    pub fn read<T>(&self, f: impl FnOnce(&Db) -> OfficeResult<T>) -> OfficeResult<T> {
        match &self.0 {
            Kind::Sqlite(file) => f(&*Tx::reading(&file.reader()?.db()?)?),
            Kind::Postgres(pool, _) => f(&*Tx::reading(&Db(Engine::Postgres(&pool.lend()?)))?),
        }
    }

    /// Writes in one transaction, one writer after the other; when this returns, it is committed on disk. Writers that wait for each other share a sync.
    ///
    /// # Errors
    /// Those of `f`; nothing is changed then.
    pub fn write<T>(&self, f: impl FnOnce(&Tx<'_>) -> OfficeResult<T>) -> OfficeResult<T> {
        match &self.0 {
            Kind::Sqlite(file) => file.writers.write(|| Err(StoreError::Busy), f),
            Kind::Postgres(pool, writers) => writers.write(|| pool.lend(), f),
        }
    }
}

enum Engine<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a postgres::Lent),
}

/// A connection, for reading.
pub struct Db<'a>(Engine<'a>);

impl Db<'_> {
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
            Engine::Postgres(c) => c.each(sql, params, &mut f),
        }
    }

    fn run(&self, sql: &str, params: &[&dyn ToValue]) -> Result<usize> {
        match &self.0 {
            Engine::Sqlite(c) => sqlite::execute(c, sql, params),
            Engine::Postgres(c) => c.execute(sql, params),
        }
    }

    fn begin(&self, write: bool) -> Result<()> {
        match &self.0 {
            Engine::Sqlite(_) => self.run(if write { "BEGIN IMMEDIATE" } else { "BEGIN DEFERRED" }, &[]).map(|_| ()),
            Engine::Postgres(c) => c.begin(write),
        }
    }

    fn end(&self, how: &'static str) -> Result<()> {
        match &self.0 {
            Engine::Sqlite(_) => self.run(how, &[]).map(|_| ()),
            Engine::Postgres(c) => c.run(how),
        }
    }
}

/// A transaction that writes.
pub struct Tx<'a> {
    db: &'a Db<'a>,
    /// Ends when this is dropped; else whoever began it ends it.
    open: bool,
}

impl<'a> Tx<'a> {
    fn reading(db: &'a Db<'a>) -> Result<Self> {
        db.begin(false)?;
        Ok(Self { db, open: true })
    }

    /// Within a transaction that somebody else ends.
    fn within<T>(db: &Db<'_>, f: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        f(&Tx { db, open: false })
    }

    /// Runs a statement. How many rows it changed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn execute(&self, sql: &str, params: &[&dyn ToValue]) -> Result<usize> {
        self.db.run(sql, params)
    }

    /// Inserts rows, many by one statement: a database behind a socket is asked once for all of them. `into` is the table with its columns.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) fn insert<'r, 'v: 'r>(&self, into: &str, rows: impl IntoIterator<Item = &'r NewRow<'v>>) -> Result<()> {
        let rows: Vec<_> = rows.into_iter().collect();
        let mut left = rows.as_slice();
        while let Some(first) = left.first() {
            // Powers of two: so few statements stay prepared.
            let (now, later) = left.split_at(1 << left.len().min(MOST_ROWS).ilog2());
            let row = format!("({})", vec!["?"; first.len()].join(", "));
            let sql = format!("INSERT INTO {into} VALUES {}", vec![row; now.len()].join(", "));
            let params: Vec<&dyn ToValue> = now.iter().copied().flatten().map(|cell| cell as &dyn ToValue).collect();
            self.execute(&sql, &params)?;
            left = later;
        }
        Ok(())
    }
}

/// A row to be inserted.
pub(crate) type NewRow<'a> = Vec<Cell<'a>>;

/// The values of a row to be inserted, in the order of its columns.
macro_rules! row {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::store::Cell::from($value)),*]
    };
}
pub(crate) use row;

impl<'a> Deref for Tx<'a> {
    type Target = Db<'a>;

    fn deref(&self) -> &Db<'a> {
        self.db
    }
}

impl Drop for Tx<'_> {
    fn drop(&mut self) {
        if self.open
            && let Err(error) = self.db.end("ROLLBACK")
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
    /// Of PostgreSQL.
    #[doc(hidden)]
    Postgres(&'a sqlx::postgres::PgRow),
}

impl Row<'_> {
    /// The column `i`.
    ///
    /// # Errors
    /// [`StoreError::Column`] when something else stands there.
    pub fn get<T: FromValue>(&self, i: usize) -> Result<T> {
        let value = match self {
            Self::Sqlite(row) => sqlite::column(row, i)?,
            Self::Postgres(row) => postgres::column(row, i)?,
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

    /// ADR 0006: an engine is named in this folder only.
    #[test]
    fn no_other_file_names_an_engine() {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
                if path.is_dir() {
                    folders.extend(Some(path).filter(|p| !p.ends_with("src/store")));
                } else if path.extension().is_some_and(|e| e == "rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let code = text.split("#[cfg(test)]\n#[allow").next().unwrap();
                    assert!(!code.contains("rusqlite") && !code.contains("sqlx"), "{}", path.display());
                    files += 1;
                }
            }
        }
        assert!(files > 100);
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
