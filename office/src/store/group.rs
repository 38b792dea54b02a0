//! Group commit for the embedded database: writers that wait for each other share one transaction, and so one `fsync`. Each is answered after it is
//! on the disk, and each is undone alone. Readers have connections of their own and see only what is committed.

use super::Result;
use super::{StoreError, sqlite};
use rusqlite::{Connection, ErrorCode, ffi};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Most writers of one transaction.
const MOST: usize = 64;
/// Most readers at once; others wait.
const READERS: usize = 4;

/// The embedded database, for many threads.
pub(super) struct Group {
    path: PathBuf,
    writer: Mutex<Writer>,
    /// Writers that have not got their turn yet.
    waiting: AtomicUsize,
    settled: Condvar,
    readers: Mutex<Readers>,
    returned: Condvar,
}

struct Writer {
    connection: Connection,
    /// Counts transactions.
    batch: u64,
    /// How many wrote in the open one; 0: none is open.
    members: usize,
    /// The newest that has ended.
    ended: u64,
    /// Those that could not be committed, why, and how many have yet to be told.
    failed: Vec<(u64, ffi::Error, usize)>,
}

struct Readers {
    free: Vec<Connection>,
    lent: usize,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere undid what it had begun; the connection is as good as before.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Group {
    /// Opens the file, makes it when it is not there, and brings it to the newest schema.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let connection = sqlite::open(path)?;
        Ok(Self {
            path: path.to_owned(),
            writer: Mutex::new(Writer { connection, batch: 0, members: 0, ended: 0, failed: Vec::new() }),
            waiting: AtomicUsize::new(0),
            settled: Condvar::new(),
            readers: Mutex::new(Readers { free: Vec::new(), lent: 0 }),
            returned: Condvar::new(),
        })
    }

    /// Runs `f` alone; returns when what it wrote is on the disk, or what it refused is undone.
    pub(super) fn write<T, E: From<StoreError>>(
        &self,
        f: impl FnOnce(&Connection) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut w = locked(&self.writer);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        if w.members == 0 {
            sqlite::run(&w.connection, "BEGIN IMMEDIATE")?;
            w.batch += 1;
        }
        w.members += 1;
        let batch = w.batch;
        let out = catch_unwind(AssertUnwindSafe(|| {
            sqlite::run(&w.connection, "SAVEPOINT one")?;
            f(&w.connection)
        }));
        let kept = match &out {
            Ok(Ok(_)) => sqlite::run(&w.connection, "RELEASE one"),
            _ => sqlite::run(&w.connection, "ROLLBACK TO one").and_then(|()| sqlite::run(&w.connection, "RELEASE one")),
        };
        if self.waiting.load(Ordering::SeqCst) == 0 || w.members >= MOST || kept.is_err() {
            w.end(kept);
            self.settled.notify_all();
        }
        // Whoever waits has the transaction open, or comes and ends it.
        while w.ended < batch {
            w = self.settled.wait(w).unwrap_or_else(PoisonError::into_inner);
        }
        let told = w.told(batch);
        drop(w);
        match out {
            Ok(Ok(value)) => told.map(|()| value).map_err(E::from),
            Ok(Err(e)) => Err(e),
            Err(panic) => resume_unwind(panic),
        }
    }

    /// Reads one committed state of the database.
    pub(super) fn read<T, E: From<StoreError>>(
        &self,
        f: impl FnOnce(&Connection) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let lent = Lent { group: self, connection: Some(self.lend()?) };
        lent.connection.as_ref().map_or_else(|| Err(StoreError::Busy.into()), f)
    }

    fn lend(&self) -> Result<Connection> {
        let mut readers = locked(&self.readers);
        loop {
            if let Some(connection) = readers.free.pop() {
                readers.lent += 1;
                return Ok(connection);
            }
            if readers.lent < READERS {
                let connection = sqlite::open_to_read(&self.path)?;
                readers.lent += 1;
                return Ok(connection);
            }
            readers = self.returned.wait(readers).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Goes back when it is dropped.
struct Lent<'a> {
    group: &'a Group,
    connection: Option<Connection>,
}
impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut readers = locked(&self.group.readers);
        readers.lent -= 1;
        // A panic may have left its transaction open.
        readers.free.extend(self.connection.take().filter(Connection::is_autocommit));
        self.group.returned.notify_one();
    }
}

impl Writer {
    /// Commits, unless the engine failed at one of the members: then nothing of the transaction is certain.
    fn end(&mut self, kept: Result<()>) {
        let given_up = kept.is_err() && self.connection.is_autocommit();
        if let Err(error) = kept.and_then(|()| sqlite::run(&self.connection, "COMMIT")) {
            let why = match error {
                StoreError::Sqlite(rusqlite::Error::SqliteFailure(e, _)) if !given_up => e,
                // The engine undid everything at one of the members, who is told why; the others may ask again.
                _ => ffi::Error { code: ErrorCode::DatabaseBusy, extended_code: ffi::SQLITE_BUSY },
            };
            self.failed.push((self.batch, why, self.members));
            if !self.connection.is_autocommit()
                && let Err(error) = sqlite::run(&self.connection, "ROLLBACK")
            {
                tracing::warn!(%error, "rollback");
            }
        }
        (self.ended, self.members) = (self.batch, 0);
    }

    /// What became of a transaction that has ended; asked once by each of its members.
    fn told(&mut self, batch: u64) -> Result<()> {
        let Some(at) = self.failed.iter().position(|(b, ..)| *b == batch) else { return Ok(()) };
        let Some((_, why, left)) = self.failed.get_mut(at) else { return Ok(()) };
        let error = rusqlite::Error::SqliteFailure(*why, None);
        *left -= 1;
        if *left == 0 {
            self.failed.swap_remove(at);
        }
        Err(error.into())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;
    use std::sync::Barrier;

    fn count(group: &Group) -> i64 {
        group.read::<_, StoreError>(|c| Ok(c.query_row("SELECT count(*) FROM nonces", [], |r| r.get(0))?)).unwrap()
    }

    /// Forty threads write at once, a third of them refuse, some panic: each has its own fate, and there were fewer commits than writers.
    #[test]
    fn each_of_many_writers_has_its_own_fate() {
        const THREADS: usize = 40;
        let folder = tempfile::tempdir().unwrap();
        let group = Group::open(&folder.path().join("o.sqlite")).unwrap();
        let start = Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for n in 0..THREADS {
                let (group, start) = (&group, &start);
                scope.spawn(move || {
                    start.wait();
                    for turn in 0..10 {
                        let key = [n as u8, turn];
                        let write = || {
                            group.write::<_, StoreError>(|c| {
                                c.execute("INSERT INTO nonces VALUES (?1, 1)", (key,))?;
                                assert!(n % 10 != 9, "a panic of the test");
                                if n % 3 == 0 { Err(StoreError::NoRow) } else { Ok(()) }
                            })
                        };
                        let done = catch_unwind(AssertUnwindSafe(write));
                        assert_eq!(done.is_err(), n % 10 == 9);
                        let kept = done.is_ok_and(|d| d.is_ok());
                        assert_eq!(kept, n % 10 != 9 && n % 3 != 0);
                        let found = group.read::<_, StoreError>(|c| {
                            Ok(c.query_row("SELECT count(*) FROM nonces WHERE nonce = ?1", (key,), |r| r.get::<_, i64>(0))?)
                        });
                        assert_eq!(found.unwrap(), i64::from(kept), "what was acknowledged is seen at once, nothing else ever");
                    }
                });
            }
        });
        let writers = (0..THREADS).filter(|n| n % 10 != 9 && n % 3 != 0).count() as i64;
        assert_eq!(count(&group), writers * 10);
        let batches = locked(&group.writer).batch;
        println!("{} writes in {batches} transactions", THREADS * 10);
        assert!(batches < 400, "writers that wait for each other share a transaction");
    }

    /// F32: what could not be committed is told to every member, and nothing of it stays.
    #[test]
    fn f32_a_transaction_that_does_not_commit_fails_for_all_its_members() {
        const THREADS: usize = 8;
        let folder = tempfile::tempdir().unwrap();
        let group = Group::open(&folder.path().join("o.sqlite")).unwrap();
        // So small that what all of them write does not fit.
        group.write::<_, StoreError>(|c| Ok(c.pragma_update(None, "max_page_count", 1).map(drop)?)).unwrap();
        let start = Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for n in 0..THREADS {
                let (group, start) = (&group, &start);
                scope.spawn(move || {
                    start.wait();
                    let big = vec![n as u8; 100_000];
                    let done =
                        group.write::<_, StoreError>(|c| Ok(c.execute("INSERT INTO nonces VALUES (?1, 1)", (big,)).map(drop)?));
                    assert!(done.unwrap_err().is_full());
                });
            }
        });
        assert_eq!(count(&group), 0);
        assert!(locked(&group.writer).failed.is_empty(), "all were told");
        group.write::<_, StoreError>(|c| Ok(c.execute("INSERT INTO nonces VALUES (x'00', 1)", []).map(drop)?)).unwrap();
        assert_eq!(count(&group), 1, "it goes on");
    }
}
