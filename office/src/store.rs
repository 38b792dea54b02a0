//! The office's embedded database: one writer, every acknowledged change on disk (`synchronous=FULL`).

use crate::error::{OfficeError, Result};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Migrations in order; schema n is what the first n of them make.
const MIGRATIONS: &[&str] = &[
    include_str!("store.sql"),
    include_str!("store.2.sql"),
    include_str!("store.3.sql"),
    include_str!("store.4.sql"),
    include_str!("store.5.sql"),
    include_str!("store.6.sql"),
    include_str!("store.7.sql"),
    include_str!("store.8.sql"),
];

/// The database. A command line beside a running server uses the same file: transactions are short and wait for each other.
pub struct Store(Mutex<Connection>);

impl Store {
    /// Opens the file, makes it when it is not there, and brings it to the newest schema.
    ///
    /// # Errors
    /// [`OfficeError::NewerStore`] for a file of a newer program.
    pub fn open(path: &Path) -> Result<Self> {
        let mut c = Connection::open(path)?;
        c.busy_timeout(Duration::from_secs(20))?;
        c.pragma_update(None, "journal_mode", "WAL")?;
        c.pragma_update(None, "synchronous", "FULL")?;
        c.pragma_update(None, "foreign_keys", true)?;
        c.pragma_update(None, "trusted_schema", false)?;
        let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
        let tx = c.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found: i64 = tx.query_row("PRAGMA user_version", [], |r| r.get(0))?;
        if found > known {
            return Err(OfficeError::NewerStore { found, known });
        }
        for sql in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
            tx.execute_batch(sql)?;
        }
        tx.pragma_update(None, "user_version", known)?;
        tx.commit()?;
        Ok(Self(Mutex::new(c)))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere rolled its transaction back; the connection is as good as before.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads.
    ///
    /// # Errors
    /// Those of `f`.
    pub fn read<T>(&self, f: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        f(&self.lock())
    }

    /// Writes in one IMMEDIATE transaction, which is committed when `f` succeeds.
    ///
    /// # Errors
    /// Those of `f`; nothing is changed then.
    pub fn write<T>(&self, f: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let mut c = self.lock();
        let tx = c.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let out = f(&tx)?;
        tx.commit()?;
        Ok(out)
    }
}

/// SQLite integers are signed; sizes and numbers of ours never come near the limit.
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

    #[test]
    fn a_newer_schema_is_refused_by_name_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("office.sqlite");
        drop(Store::open(&path).unwrap());
        drop(Store::open(&path).unwrap());
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(Store::open(&path), Err(OfficeError::NewerStore { found: 99, known: 8 })));
        let version: i64 = Connection::open(&path).unwrap().query_row("PRAGMA user_version", [], |r| r.get(0)).unwrap();
        assert_eq!(version, 99);
    }

    #[test]
    fn a_failed_write_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let s = Store::open(&folder.path().join("o.sqlite")).unwrap();
        let r: Result<()> = s.write(|tx| {
            tx.execute("INSERT INTO nonces VALUES (x'00', 1)", [])?;
            Err(OfficeError::NotFound("test"))
        });
        assert!(r.is_err());
        let n: i64 = s.read(|c| Ok(c.query_row("SELECT count(*) FROM nonces", [], |r| r.get(0))?)).unwrap();
        assert_eq!(n, 0);
    }
}
