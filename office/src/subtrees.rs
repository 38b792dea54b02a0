//! The Merkle trees of the logs as the database keeps them: the leaves, and beside them the root of every complete subtree. Appending, heads and proofs then cost
//! O(log n), however long a log has become (RFC 9162 §2.1, P5).

use crate::error::Result;
use crate::store::{self, Db, StoreError, Tx, int, params, row, uint};
use mingzheng_core::id::{Digest, Id};
use mingzheng_core::log::tree::{self, Frontier, Subtrees};

/// Whose log.
#[derive(Debug, Clone, Copy)]
pub enum Log {
    /// The office's own, of this epoch.
    Office(u64),
    /// A device's.
    Device(Id),
}

impl Log {
    /// Eight bytes or sixteen: no device takes the office's place.
    fn key(self) -> Vec<u8> {
        match self {
            Self::Office(epoch) => epoch.to_be_bytes().to_vec(),
            Self::Device(log) => log.0.to_vec(),
        }
    }

    /// How many leaves it has.
    ///
    /// # Errors
    /// [`crate::error::OfficeError::Store`].
    pub fn size(self, c: &Db) -> Result<u64> {
        let next = |sql, key: &dyn store::ToValue| c.one(sql, &[key], |r| r.get::<i64>(0));
        Ok(uint(match self {
            Self::Office(epoch) => next("SELECT coalesce(max(idx) + 1, 0) FROM leaves WHERE epoch = ?", &int(epoch))?,
            Self::Device(log) => next("SELECT coalesce(max(seq) + 1, 0) FROM entries WHERE log = ?", &log.0)?,
        }))
    }

    /// Root of the first `size` leaves, that it has.
    ///
    /// # Errors
    /// [`crate::error::OfficeError::Store`].
    pub fn root(self, c: &Db, size: u64) -> Result<Digest> {
        Ok(tree::root_of(&Kept { c, log: self }, size)?)
    }

    /// Consistency path from the first `old` leaves to the first `size`, that it has; `None` unless 0 < old ≤ size.
    ///
    /// # Errors
    /// [`crate::error::OfficeError::Store`].
    pub fn consistency(self, c: &Db, old: u64, size: u64) -> Result<Option<Vec<Digest>>> {
        Ok(tree::consistency_of(&Kept { c, log: self }, old, size)?)
    }

    /// To append to its first `size` leaves, which must be all that it has.
    ///
    /// # Errors
    /// [`crate::error::OfficeError::Store`].
    pub fn grow(self, c: &Db, size: u64) -> Result<Growth> {
        Ok(Growth { log: self, border: tree::frontier_of(&Kept { c, log: self }, size)?, complete: Vec::new() })
    }

    fn leaves(self, c: &Db) -> store::Result<Vec<Digest>> {
        match self {
            Self::Office(epoch) => {
                c.rows("SELECT hash FROM leaves WHERE epoch = ? ORDER BY idx", params![int(epoch)], |r| r.get(0))
            }
            Self::Device(log) => c.rows("SELECT leaf FROM entries WHERE log = ? ORDER BY seq", params![log.0], |r| r.get(0)),
        }
    }
}

struct Kept<'a> {
    c: &'a Db<'a>,
    log: Log,
}

impl Subtrees for Kept<'_> {
    type Error = StoreError;

    fn subtree(&self, level: u32, index: u64) -> store::Result<Digest> {
        let index = int(index);
        match (level, self.log) {
            (0, Log::Office(epoch)) => {
                self.c.one("SELECT hash FROM leaves WHERE epoch = ? AND idx = ?", params![int(epoch), index], |r| r.get(0))
            }
            (0, Log::Device(log)) => {
                self.c.one("SELECT leaf FROM entries WHERE log = ? AND seq = ?", params![log.0, index], |r| r.get(0))
            }
            (_, log) => {
                let sql = "SELECT hash FROM subtrees WHERE log = ? AND level = ? AND idx = ?";
                self.c.one(sql, params![log.key(), level, index], |r| r.get(0))
            }
        }
    }
}

/// A log that grows. Nothing of it is in the database before [`Growth::keep`].
#[derive(Clone)]
pub struct Growth {
    log: Log,
    border: Frontier,
    complete: Vec<(u32, u64, Digest)>,
}

impl Growth {
    /// Appends a leaf hash.
    pub fn push(&mut self, leaf: Digest) {
        let complete = &mut self.complete;
        self.border.push_with(leaf, |level, index, hash| complete.push((level, index, hash)));
    }

    /// The right border as it is now.
    #[must_use]
    pub fn border(&self) -> &Frontier {
        &self.border
    }

    /// Notes the subtrees that became complete, beside the leaves that the caller stores in the same transaction.
    ///
    /// # Errors
    /// [`crate::error::OfficeError::Store`].
    pub fn keep(self, tx: &Tx<'_>) -> Result<()> {
        Ok(keep(tx, &self.log.key(), &self.complete)?)
    }
}

fn keep(tx: &Tx<'_>, key: &[u8], complete: &[(u32, u64, Digest)]) -> store::Result<()> {
    let rows: Vec<_> = complete.iter().map(|(level, index, hash)| row![key, *level, int(*index), *hash]).collect();
    tx.insert("subtrees (log, level, idx, hash)", &rows)
}

/// Fills the table from all leaves that there are: of a database from before it.
pub(crate) fn fill(tx: &Tx<'_>) -> store::Result<()> {
    let mut logs = tx.rows("SELECT DISTINCT epoch FROM leaves", params![], |r| Ok(Log::Office(uint(r.get(0)?))))?;
    logs.extend(tx.rows("SELECT DISTINCT log FROM entries", params![], |r| Ok(Log::Device(Id(r.get(0)?))))?);
    for log in logs {
        let mut growth = Growth { log, border: Frontier::default(), complete: Vec::new() };
        log.leaves(tx)?.into_iter().for_each(|leaf| growth.push(leaf));
        keep(tx, &log.key(), &growth.complete)?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking
mod tests {
    use super::*;
    use crate::store::Store;
    use mingzheng_core::log::tree::Tree;
    use proptest::prelude::*;

    fn put(tx: &Tx<'_>, log: Log, at: u64, hash: &Digest) -> store::Result<usize> {
        let at = int(at);
        match log {
            Log::Office(epoch) => tx.execute(
                "INSERT INTO leaves (epoch, idx, kind, at, bytes, hash, root) VALUES (?, ?, 'access', 0, ?, ?, ?)",
                params![int(epoch), at, hash, hash, hash],
            ),
            Log::Device(log) => tx.execute(
                "INSERT INTO entries (log, seq, received, header, disclosures, digest, leaf) VALUES (?, ?, 0, ?, ?, ?, ?)",
                params![log.0, at, hash, hash, hash, hash],
            ),
        }
    }

    type Rows = Vec<(Vec<u8>, i64, i64, Digest)>;

    fn rows(s: &Store) -> Rows {
        let sql = "SELECT log, level, idx, hash FROM subtrees ORDER BY log, level, idx";
        s.read(|c| Ok(c.rows(sql, params![], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?)).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

        /// Logs side by side that grow in steps of any length: roots and proofs are those of all leaves, and a table that is filled afterwards is the same.
        #[test]
        fn p5_kept_trees_prove_what_all_leaves_prove(steps in prop::collection::vec((0_usize..3, 1_u64..40), 1..12)) {
            let folder = tempfile::tempdir().unwrap();
            let s = Store::open(&folder.path().join("o.sqlite")).unwrap();
            let logs = [Log::Office(0), Log::Office(1), Log::Device(Id([0; 16]))];
            let mut all: [Vec<Digest>; 3] = Default::default();
            for (which, n) in steps {
                let (log, known) = (logs[which], &mut all[which]);
                s.write(|tx| {
                    let size = log.size(tx)?;
                    assert_eq!(size, known.len() as u64);
                    let mut growth = log.grow(tx, size)?;
                    for i in size..size + n {
                        let hash = tree::leaf(&[&[u8::try_from(which).unwrap()], &i.to_be_bytes()[..]].concat());
                        growth.push(hash);
                        known.push(hash);
                        put(tx, log, i, &hash)?;
                    }
                    assert_eq!(growth.border().root(), tree::root(known));
                    growth.keep(tx)
                })
                .unwrap();
                let tree = Tree::new(known.clone());
                let size = known.len();
                s.read(|c| {
                    for old in 0..=size {
                        assert_eq!(Some(log.root(c, old as u64)?), tree.root(old));
                        assert_eq!(log.consistency(c, old as u64, size as u64)?, tree.consistency(old, size));
                    }
                    assert!(log.root(c, size as u64 + 1).is_err(), "of leaves that are not there nothing is said");
                    Ok(())
                })
                .unwrap();
            }
            let grown = rows(&s);
            s.write(|tx| {
                tx.execute("DELETE FROM subtrees", params![])?;
                Ok(fill(tx)?)
            })
            .unwrap();
            prop_assert_eq!(rows(&s), grown);
        }
    }
}
