//! The phone's database: SQLCipher, one writer, migrations in one IMMEDIATE transaction, a newer schema refused by name.
//!
//! The store knows rows, not law. Outbox segments and sealed files lie beside it in `outbox/` and `evidence/`.

pub(crate) mod mirror;
pub(crate) mod rows;

pub use rows::{CheckpointRow, InspectionRow, OwnLog, SealedKind, SealedRow, TaskRow};

use crate::id::Id;
use crate::log::Entry;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};
use std::path::Path;

/// Each element brings the schema from version i to i+1.
const MIGRATIONS: [&str; 7] = [
    include_str!("schema.sql"),
    include_str!("schema.2.sql"),
    include_str!("schema.3.sql"),
    include_str!("schema.4.sql"),
    include_str!("schema.5.sql"),
    include_str!("schema.6.sql"),
    include_str!("schema.7.sql"),
];

/// Why the store cannot do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Made by a newer program: never opened, nothing is lost.
    #[error("the store has schema {found}, this program knows {known}: update the app")]
    Newer {
        /// Version found.
        found: u32,
        /// Version known.
        known: u32,
    },
    /// The key does not open the file, or it is no database.
    #[error("the store does not open with this key")]
    WrongKey,
    /// SQLite says why: disk full, I/O, …
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A file beside the database.
    #[error("file: {0}")]
    Io(#[from] std::io::Error),
    /// A row does not read back as it was written.
    #[error("damaged row: {0}")]
    Damaged(&'static str),
}

/// The database.
pub struct Store {
    connection: Connection,
}

impl Store {
    /// Opens or creates the database with its raw 32-byte key.
    ///
    /// # Errors
    /// [`StoreError::Newer`], [`StoreError::WrongKey`] or what SQLite says.
    pub fn open(path: &Path, key: &[u8; 32]) -> Result<Self, StoreError> {
        let mut connection = Connection::open(path)?;
        connection.execute_batch(&format!("PRAGMA key = \"x'{}'\";", crate::id::hex(key)))?;
        connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(())).map_err(|_| StoreError::WrongKey)?;
        // FULL: WAL with NORMAL may lose the last commits at power loss, which would look like tampering. MEMORY: Android has no temp folder,
        // and spilled pages would lie on disk in clear.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;
             PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA fullfsync = ON; PRAGMA secure_delete = ON;
             PRAGMA journal_size_limit = 1048576;",
        )?;
        connection.busy_timeout(std::time::Duration::from_secs(2))?;
        migrate(&mut connection)?;
        Ok(Self { connection })
    }

    /// Reads.
    ///
    /// # Errors
    /// Whatever `f` gives.
    pub fn read<R, E>(&self, f: impl FnOnce(&Connection) -> Result<R, E>) -> Result<R, E> {
        f(&self.connection)
    }

    /// Writes in one IMMEDIATE transaction; nothing of it stays when `f` fails.
    ///
    /// # Errors
    /// Whatever `f` gives, or [`StoreError::Sqlite`].
    pub fn write<R, E: From<StoreError>>(&mut self, f: impl FnOnce(&Transaction<'_>) -> Result<R, E>) -> Result<R, E> {
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(StoreError::from)?;
        let r = f(&tx)?;
        tx.commit().map_err(StoreError::from)?;
        Ok(r)
    }

    /// A named setting.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        setting(&self.connection, name)
    }
}

/// The entries of each log in a store that a lost phone left behind, for the office (F44).
///
/// # Errors
/// As [`Store::open`].
pub fn left_entries(path: &Path, key: &[u8; 32]) -> Result<Vec<(Id, Vec<Entry>)>, StoreError> {
    let store = Store::open(path, key)?;
    let logs = store.read(rows::own_logs)?;
    logs.into_iter().map(|l| Ok((l.log, store.read(|c| rows::entries(c, l.life, 0))?))).collect()
}

/// A named setting.
///
/// # Errors
/// What SQLite says.
pub fn setting(c: &Connection, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(c.prepare_cached("SELECT value FROM setting WHERE name = ?1")?.query_row([name], |r| r.get(0)).optional()?)
}

/// Sets a named setting.
///
/// # Errors
/// What SQLite says.
pub fn set(tx: &Transaction<'_>, name: &str, value: &[u8]) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO setting VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value")?
        .execute((name, value))?;
    Ok(())
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let known = MIGRATIONS.len() as u32;
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: u32 = tx.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for sql in MIGRATIONS.iter().skip(found as usize) {
        tx.execute_batch(sql)?;
    }
    tx.pragma_update(None, "user_version", known)?;
    tx.commit()?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking
mod tests {
    use super::*;

    #[test]
    fn a_newer_schema_is_refused_by_name_and_stays_untouched() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.db");
        let s = Store::open(&path, &[1; 32]).unwrap();
        s.connection.pragma_update(None, "user_version", 99).unwrap();
        drop(s);
        assert!(matches!(Store::open(&path, &[1; 32]), Err(StoreError::Newer { found: 99, known: 7 })));
        assert!(matches!(Store::open(&path, &[2; 32]), Err(StoreError::WrongKey)));
    }

    /// F36, of this step: what the first schema held is there, and whole.
    #[test]
    fn f36_a_store_of_the_first_schema_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(&format!("PRAGMA key = \"x'{}'\"; PRAGMA foreign_keys = ON;", crate::id::hex(&[1; 32])))
            .unwrap();
        connection.execute_batch(MIGRATIONS[0]).unwrap();
        connection
            .execute_batch(
                "INSERT INTO entry VALUES (0, x'01', NULL), (1, x'02', x'00000000000000000000000000000007');
                 INSERT INTO disclosure VALUES (1, 'text', x'03'); INSERT INTO checkpoint VALUES (0, 2, x'04', 'a.age', x'05', NULL);
                 PRAGMA user_version = 1;",
            )
            .unwrap();
        drop(connection);
        let s = Store::open(&path, &[1; 32]).unwrap();
        assert_eq!(s.read(|c| rows::headers(c, 0)).unwrap(), [vec![1], vec![2]]);
        assert_eq!(s.read(|c| rows::last_header(c, 0, Some(crate::id::Id([0; 16])))).unwrap(), None);
        let text: Vec<u8> = s.connection.query_row("SELECT bytes FROM disclosure WHERE seq = 1", [], |r| r.get(0)).unwrap();
        assert_eq!(text, [3]);
        let checkpoint = s.read(|c| rows::last_checkpoint(c, 0)).unwrap().unwrap();
        assert_eq!((checkpoint.life, checkpoint.cp_no, checkpoint.size, checkpoint.receipt), (0, 0, 2, Some(vec![5])));
    }

    /// F26: with any number of items no row is looked at that is not the one: what is asked for each item is found by an index, and in its order.
    #[test]
    fn f26_what_is_next_is_found_by_an_index() {
        let dir = tempfile::tempdir().unwrap();
        let s = Store::open(&dir.path().join("store.db"), &[1; 32]).unwrap();
        let plan = |sql: &str| -> Vec<String> {
            let mut q = s.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let none = vec![rusqlite::types::Null; q.parameter_count()];
            let steps = q.query_map(rusqlite::params_from_iter(none), |r| r.get(3)).unwrap();
            steps.collect::<Result<_, _>>().unwrap()
        };
        let named = [
            (rows::asked_sql(), "checkpoint_asked"),
            (rows::next_sql(), "checkpoint_next"),
            (rows::HOLDS.into(), "checkpoint_unsettled"),
            (rows::unsent_sql(), "sealed_next"),
            (rows::named_sql(), "sealed_name"),
            (rows::SAME.into(), "sealed_clear"),
            (mirror::next_sql(), "mirror_checkpoint_next"),
            ("SELECT max(added) FROM sealed".into(), "sealed_added"),
        ];
        for (sql, index) in named {
            let plan = plan(&sql);
            assert!(plan.iter().any(|step| step.contains(index)), "{sql}: {plan:?}");
            let slow = |step: &String| step.contains("TEMP B-TREE") || step.starts_with("SCAN") && !step.contains("INDEX");
            assert!(!plan.iter().any(slow), "{sql}: {plan:?}");
        }
    }

    fn sealed(store: &mut Store, n: u8, kind: SealedKind) {
        let (clear, sealed, payload) = ([n; 32], [n; 32], [n; 32]);
        let summary = crate::seal::SealedSummary { clear, clear_len: 1, sealed, sealed_len: 1, payload, payload_len: 1 };
        let row = SealedRow::new(summary, Id([0; 16]), kind, &n.to_string(), "file");
        store.write(|tx| rows::add_sealed(tx, &row)).unwrap();
    }

    /// Papers first, then thumbnails, pictures, sound and video, whatever was made first; each kind in its own order; nothing heavier than is allowed.
    #[test]
    fn f26_what_is_light_goes_first_and_sound_before_video() {
        let dir = tempfile::tempdir().unwrap();
        let mut s = Store::open(&dir.path().join("store.db"), &[1; 32]).unwrap();
        use SealedKind::{Audio, Derived, Paper, Photo, Strokes, Thumbnail, Video};
        for (n, kind) in [Video, Audio, Photo, Video, Derived, Thumbnail, Audio, Strokes, Paper].into_iter().enumerate() {
            sealed(&mut s, n as u8, kind);
        }
        let order = |most| {
            let mut sent = std::collections::BTreeSet::new();
            let mut kinds = Vec::new();
            while let Some(row) = s.read(|c| rows::unsent_sealed(c, &sent, most)).unwrap() {
                kinds.push((row.kind, row.name.parse::<u8>().unwrap()));
                sent.insert(row.summary.sealed);
            }
            kinds
        };
        let light = [(Paper, 8), (Strokes, 7), (Thumbnail, 5)];
        let pictures = [(Photo, 2), (Derived, 4)];
        let heavy = [(Audio, 1), (Audio, 6), (Video, 0), (Video, 3)];
        assert_eq!(order(Video), [&light[..], &pictures, &heavy].concat());
        assert_eq!(order(Photo), [&light[..], &pictures].concat());
        assert_eq!(order(Thumbnail), light);
    }

    /// F36, of the seventh step: what was recorded before it is sound or video by the name that the recorder gave it.
    #[test]
    fn f36_recordings_of_the_sixth_schema_become_sound_and_video() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.db");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(&format!("PRAGMA key = \"x'{}'\";", crate::id::hex(&[1; 32]))).unwrap();
        for step in MIGRATIONS.iter().take(6) {
            connection.execute_batch(step).unwrap();
        }
        for (n, name) in [(1, "a-0.MP4"), (2, "b-0.WAV"), (3, "c-0.mov"), (4, "d-0")] {
            let row = "INSERT INTO sealed (sealed, case_tag, kind, name, file, clear, clear_len, length, payload, payload_len, claimed_name, added)
                       VALUES (?1, zeroblob(16), 'recording', ?3, '', ?1, 1, 1, ?1, 1, ?2, ?3)";
            connection.execute(row, (vec![n; 32], name, n)).unwrap();
        }
        connection.pragma_update(None, "user_version", 6).unwrap();
        drop(connection);
        let s = Store::open(&path, &[1; 32]).unwrap();
        let kinds: Vec<SealedKind> = s.read(|c| rows::sealed_files(c, None)).unwrap().into_iter().map(|row| row.kind).collect();
        assert_eq!(kinds, [SealedKind::Video, SealedKind::Audio, SealedKind::Video, SealedKind::Video]);
    }

    #[test]
    fn f45_nothing_readable_lies_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        let mut s = Store::open(&dir.path().join("store.db"), &[1; 32]).unwrap();
        s.write(|tx| set(tx, "name", "张三丰的名字张三丰的名字".as_bytes())).unwrap();
        for f in std::fs::read_dir(dir.path()).unwrap() {
            let bytes = std::fs::read(f.unwrap().path()).unwrap();
            assert!(!bytes.windows(9).any(|w| w == "张三丰".as_bytes()));
            assert!(!bytes.starts_with(b"SQLite format 3"));
        }
        assert_eq!(s.setting("name").unwrap().unwrap(), "张三丰的名字张三丰的名字".as_bytes());
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut s = Store::open(&dir.path().join("store.db"), &[1; 32]).unwrap();
        let r: Result<(), StoreError> = s.write(|tx| {
            set(tx, "a", b"1")?;
            Err(StoreError::Damaged("test"))
        });
        assert!(r.is_err());
        assert_eq!(s.setting("a").unwrap(), None);
    }
}
