//! Group commit: writers that wait for each other share one transaction, and each is answered after its commit; a disk then syncs once for all of them.
//!
//! Whoever has others waiting behind itself leaves the transaction open to the next. One that fails is undone to where it began, a savepoint; when the commit
//! fails, all that shared it fail. A writer that nobody waits behind has a transaction of its own, as if this were not here.

use super::{Db, Result, StoreError, Tx};
use crate::error::{OfficeError, Result as OfficeResult};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Most writers of one transaction.
const MOST: u32 = 64;

/// The place where one copy of the office writes, over a connection `C`.
pub(super) struct Writers<C> {
    place: Mutex<Place<C>>,
    /// So many are about to take the place.
    coming: AtomicUsize,
}

struct Place<C> {
    connection: Option<C>,
    open: Option<Open>,
}

/// The transaction that is open.
struct Open {
    /// Writers whose changes it holds.
    writers: u32,
    end: Arc<End>,
}

/// How a transaction ended, for those that wait for it.
#[derive(Default)]
struct End {
    how: Mutex<Option<std::result::Result<(), Failed>>>,
    known: Condvar,
}

/// Why a shared transaction was not committed.
#[derive(Debug, Clone, Copy)]
struct Failed {
    full: bool,
}

impl End {
    fn tell(&self, how: std::result::Result<(), Failed>) {
        *self.how.lock().unwrap_or_else(PoisonError::into_inner) = Some(how);
        self.known.notify_all();
    }

    fn wait(&self) -> Result<()> {
        let mut how = self.how.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match *how {
                Some(how) => return how.map_err(|f| StoreError::Together { full: f.full }),
                None => how = self.known.wait(how).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

/// How writers use a connection.
pub(super) trait Connection: Sized {
    /// As a handle for statements.
    fn db(&self) -> Db<'_>;
    /// Whether it is kept when its transaction has ended; else it is given back.
    const KEPT: bool;
}

impl<C: Connection> Writers<C> {
    pub(super) fn new(connection: Option<C>) -> Self {
        Self { place: Mutex::new(Place { connection, open: None }), coming: AtomicUsize::new(0) }
    }

    /// Runs `f` in a transaction and returns when it is committed, or when what `f` did is undone.
    pub(super) fn write<T>(
        &self,
        lend: impl FnOnce() -> Result<C>,
        f: impl FnOnce(&Tx<'_>) -> OfficeResult<T>,
    ) -> OfficeResult<T> {
        let turn = self.turn(lend)?;
        // When `f` panics, `turn` is dropped: its changes are undone, those of the others are not.
        let done = turn.run(f);
        match done {
            Ok(value) => turn.keep().map(|()| value),
            Err(error) => Err(turn.undo(error)),
        }
    }

    /// Takes the place: first of a new transaction, or next of the open one.
    fn turn(&self, lend: impl FnOnce() -> Result<C>) -> Result<Turn<'_, C>> {
        self.coming.fetch_add(1, Ordering::SeqCst);
        let place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        self.coming.fetch_sub(1, Ordering::SeqCst);
        let mut turn = Turn { writers: self, place, ended: false };
        turn.begin(lend).inspect_err(|e| turn.broken(e.is_full()))?;
        Ok(turn)
    }
}

/// A writer at its place.
struct Turn<'a, C: Connection> {
    writers: &'a Writers<C>,
    place: MutexGuard<'a, Place<C>>,
    ended: bool,
}

impl<C: Connection> Turn<'_, C> {
    fn begin(&mut self, lend: impl FnOnce() -> Result<C>) -> Result<()> {
        if self.place.connection.is_none() {
            self.place.connection = Some(lend()?);
        }
        if self.place.open.is_some() {
            return self.say("SAVEPOINT writer");
        }
        self.db()?.begin(true)?;
        self.place.open = Some(Open { writers: 0, end: Arc::default() });
        Ok(())
    }

    fn db(&self) -> Result<Db<'_>> {
        self.place.connection.as_ref().map(C::db).ok_or(StoreError::Busy)
    }

    fn say(&self, what: &'static str) -> Result<()> {
        self.db()?.end(what)
    }

    fn run<T>(&self, f: impl FnOnce(&Tx<'_>) -> OfficeResult<T>) -> OfficeResult<T> {
        let db = self.db()?;
        f(&Tx { db: &db, open: false })
    }

    /// Whether others wrote in this transaction before.
    fn is_shared(&self) -> bool {
        self.place.open.as_ref().is_some_and(|o| o.writers > 0)
    }

    /// What was written stays; returns when it is committed.
    fn keep(mut self) -> OfficeResult<()> {
        if self.is_shared()
            && let Err(e) = self.say("RELEASE SAVEPOINT writer")
        {
            self.broken(e.is_full());
            return Err(e.into());
        }
        if let Some(open) = &mut self.place.open {
            open.writers += 1;
        }
        Ok(self.leave()?)
    }

    /// What was written is undone. The answer may rest on what others wrote in the same transaction, so that it too is given when that is committed.
    fn undo(mut self, error: OfficeError) -> OfficeError {
        match self.take_back() {
            Ok(true) => self.leave().err().map_or(error, Into::into),
            _ => error,
        }
    }

    /// Whether a transaction of others is left.
    fn take_back(&mut self) -> Result<bool> {
        if self.is_shared() {
            let undone = self.say("ROLLBACK TO SAVEPOINT writer").and_then(|()| self.say("RELEASE SAVEPOINT writer"));
            return undone.map(|()| true).inspect_err(|e| self.broken(e.is_full()));
        }
        self.broken(false);
        Ok(false)
    }

    /// Leaves the transaction to whoever comes next, or ends it; returns when it is committed.
    fn leave(mut self) -> Result<()> {
        self.ended = true;
        let Some(open) = &self.place.open else { return Ok(()) };
        let end = Arc::clone(&open.end);
        if open.writers < MOST && self.writers.coming.load(Ordering::SeqCst) > 0 {
            drop(self);
            return end.wait();
        }
        self.commit()
    }

    fn commit(&mut self) -> Result<()> {
        self.ended = true;
        match self.say("COMMIT") {
            Ok(()) => {
                self.tell(Ok(()));
                Ok(())
            }
            Err(e) => {
                self.broken(e.is_full());
                Err(e)
            }
        }
    }

    /// Nothing of the transaction stays.
    fn broken(&mut self, full: bool) {
        self.ended = true;
        if self.place.open.is_some()
            && let Err(error) = self.say("ROLLBACK")
        {
            tracing::warn!(%error, "rollback");
        }
        self.tell(Err(Failed { full }));
    }

    fn tell(&mut self, how: std::result::Result<(), Failed>) {
        if let Some(open) = self.place.open.take() {
            open.end.tell(how);
        }
        if !C::KEPT {
            self.place.connection = None;
        }
    }
}

impl<C: Connection> Drop for Turn<'_, C> {
    /// After a panic: the writers before this one are not left waiting.
    fn drop(&mut self) {
        if !self.ended && matches!(self.take_back(), Ok(true)) && self.writers.coming.load(Ordering::SeqCst) == 0 {
            // Whoever waits for it is told; this writer panicked and has nobody to tell.
            self.commit().ok();
        }
    }
}
