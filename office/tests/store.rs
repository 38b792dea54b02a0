//! What the office asks of its database, held against each engine: the same tests on SQLite and, where `MINGZHENG_POSTGRES` names a server, on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // tests fail by panicking

#[path = "common/authority.rs"]
mod authority;
#[path = "common/postgres.rs"]
mod postgres;

use mingzheng_office::error::{OfficeError, Result};
use mingzheng_office::store::{Db, Guard, Store, StoreError, ToValue, Tx};
use postgres::Database;
use std::ops::ControlFlow;
use std::sync::{Barrier, mpsc};
use std::time::Duration;

/// A database, as a second copy of the office sees it too.
struct Place {
    folder: tempfile::TempDir,
    database: Option<Database>,
}

impl Place {
    fn store(&self) -> Store {
        match &self.database {
            Some(d) => Store::connect(&d.address).unwrap(),
            None => Store::open(&self.folder.path().join("office.sqlite")).unwrap(),
        }
    }
}

impl Database {
    fn ask(&self, sql: &str) -> String {
        postgres::ask(&self.address, sql)
    }
}

/// Runs a test on every engine that there is, and says on which.
fn on_each(test: impl Fn(&Place, &Store)) {
    for database in [None, Database::make()].into_iter().enumerate().filter(|(i, d)| *i == 0 || d.is_some()).map(|(_, d)| d) {
        let place = Place { folder: tempfile::tempdir().unwrap(), database };
        let store = place.store();
        println!("on {}", store.engine());
        test(&place, &store);
    }
}

/// Runs a test on PostgreSQL where there is one.
fn on_postgres(test: impl Fn(&Place, &Database, &Store)) {
    let place = Place { folder: tempfile::tempdir().unwrap(), database: Database::make() };
    match &place.database {
        Some(d) => {
            println!("on PostgreSQL {}", d.ask("SHOW server_version").trim());
            test(&place, d, &place.store());
        }
        None => println!("without PostgreSQL: MINGZHENG_POSTGRES names no server"),
    }
}

fn count(c: &Db, table: &str) -> Result<i64> {
    Ok(c.one(&format!("SELECT count(*) FROM {table}"), &[], |r| r.get(0))?)
}

fn nonce(tx: &Tx<'_>, n: u32) -> Result<usize> {
    Ok(tx.execute("INSERT INTO nonces (nonce, at) VALUES (?, ?) ON CONFLICT DO NOTHING", &[&n.to_be_bytes(), &i64::from(n)])?)
}

#[test]
fn values_come_back_as_they_were_given() {
    on_each(|_, s| {
        let long = vec![7_u8; 300_000];
        let put = "INSERT INTO witnessed (origin, key, size, root, at) VALUES (?, ?, ?, ?, ?)";
        type Written<'a> = (&'a str, &'a [u8], i64, Option<[u8; 32]>, i64);
        let rows: [Written<'_>; 3] = [
            ("明证 🐟 ' \" ? \\", &long, i64::MAX, Some([255; 32]), i64::MIN),
            ("", &[], 0, None, -1),
            ("a", &[0, 0], 1, None, 0),
        ];
        s.write(|tx| {
            for (origin, key, size, root, at) in &rows {
                assert_eq!(tx.execute(put, &[origin, key, size, root, at])?, 1);
            }
            Ok(())
        })
        .unwrap();
        type Read = (String, Vec<u8>, i64, Option<[u8; 32]>, i64);
        let sql = "SELECT origin, key, size, root, at FROM witnessed ORDER BY origin DESC";
        let read: Vec<Read> =
            s.read(|c| Ok(c.rows(sql, &[], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)))?)).unwrap();
        let order = [0, 2, 1]; // texts are ordered by their bytes, whatever language the server speaks
        for (read, i) in read.iter().zip(order) {
            let (origin, key, size, root, at) = rows[i];
            assert_eq!((read.0.as_str(), read.1.as_slice(), read.2, read.3, read.4), (origin, key, size, root, at));
        }
        assert_eq!(read.len(), 3);
        let wrong = s.read(|c| Ok(c.one("SELECT origin FROM witnessed", &[], |r| r.get::<i64>(0))?));
        assert!(matches!(wrong, Err(OfficeError::Store(StoreError::Column(0)))));
        let short = s
            .read(|c| Ok(c.one("SELECT key FROM witnessed WHERE origin = ?1 OR origin = ?1", &[&"a"], |r| r.get::<[u8; 3]>(0))?));
        assert!(matches!(short, Err(OfficeError::Store(StoreError::Column(0)))));
        let none = s.read(|c| Ok(c.one("SELECT key FROM witnessed WHERE size = ?", &[&5_i64], |r| r.get::<Vec<u8>>(0))?));
        assert!(matches!(none, Err(OfficeError::Store(StoreError::NoRow))));
    });
}

#[test]
fn a_failed_write_changes_nothing_and_a_fault_of_one_statement_fails_it() {
    on_each(|_, s| {
        let r: Result<()> = s.write(|tx| {
            nonce(tx, 1)?;
            Err(OfficeError::NotFound("test"))
        });
        assert!(matches!(r, Err(OfficeError::NotFound("test"))));
        let r: Result<()> = s.write(|tx| {
            nonce(tx, 2)?;
            tx.execute("INSERT INTO nonces (nonce, at) VALUES (?, ?)", &[&2_u32.to_be_bytes(), &0_i64])?;
            Ok(())
        });
        assert!(matches!(r, Err(OfficeError::Store(_))), "a key twice");
        let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _: Result<()> = s.write(|tx| {
                nonce(tx, 3)?;
                panic!("in the middle");
            });
        }));
        assert!(broken.is_err());
        assert_eq!(s.read(|c| count(c, "nonces")).unwrap(), 0);
        assert_eq!(s.write(|tx| Ok((nonce(tx, 4)?, nonce(tx, 4)?))).unwrap(), (1, 0), "what is there already is no change");
        assert_eq!(s.read(|c| count(c, "nonces")).unwrap(), 1);
    });
}

/// The office's log is one sequence: of many writers in two copies each sees what the one before it wrote.
#[test]
fn writers_of_two_copies_come_one_after_the_other() {
    const WRITERS: i64 = 6;
    const EACH: i64 = 25;
    on_each(|place, first| {
        let second = place.store();
        let next = |tx: &Tx<'_>| -> Result<()> {
            let n: i64 = tx.one("SELECT coalesce(max(at), 0) + 1 FROM nonces", &[], |r| r.get(0))?;
            tx.execute("INSERT INTO nonces (nonce, at) VALUES (?, ?)", &[&n.to_be_bytes(), &n])?;
            Ok(())
        };
        std::thread::scope(|scope| {
            for w in 0..WRITERS {
                let store = if w % 2 == 0 { first } else { &second };
                scope.spawn(move || (0..EACH).for_each(|_| store.write(next).unwrap()));
            }
        });
        let (n, last) =
            first.read(|c| Ok(c.one("SELECT count(*), max(at) FROM nonces", &[], |r| Ok((r.get(0)?, r.get(1)?)))?)).unwrap();
        assert_eq!((n, last), (WRITERS * EACH, WRITERS * EACH), "without a gap, nothing twice");
    });
}

type Write<'a> = &'a (dyn Fn(&Tx<'_>) -> Result<()> + Sync);

/// Writers of which all others wait while the first one writes, so that they share its transaction. Each says how it ended, and whether another copy saw
/// what it was told to be kept.
fn together(s: &Store, other: &Store, writes: &[Write<'_>]) -> Vec<std::thread::Result<Result<i64>>> {
    let ((begun, begins), (come, comes)) = (mpsc::channel(), mpsc::channel());
    let seen = || other.read(|c| count(c, "nonces"));
    std::thread::scope(|scope| {
        let first = move || {
            s.write(|tx| {
                begun.send(()).unwrap();
                (1..writes.len()).for_each(|_| comes.recv().unwrap());
                std::thread::sleep(Duration::from_millis(300));
                writes[0](tx)
            })?;
            seen()
        };
        let mut threads = vec![scope.spawn(first)];
        begins.recv().unwrap();
        for write in &writes[1..] {
            let come = come.clone();
            threads.push(scope.spawn(move || {
                come.send(()).unwrap();
                s.write(write)?;
                seen()
            }));
        }
        threads.into_iter().map(|t| t.join()).collect()
    })
}

/// Writers that wait for each other share a transaction: those that fail are undone alone, and whoever is told that it is kept can rely on it.
#[test]
fn f20_writers_that_share_a_commit_are_answered_after_it_and_fail_alone() {
    on_each(|place, s| {
        let other = place.store();
        let good: Vec<_> = (0..6_u32).map(|n| move |tx: &Tx<'_>| nonce(tx, n).map(drop)).collect();
        let fails = |tx: &Tx<'_>| {
            nonce(tx, 100)?;
            Err(OfficeError::NotFound("test"))
        };
        let twice = |tx: &Tx<'_>| {
            nonce(tx, 101)?;
            tx.execute("INSERT INTO nonces (nonce, at) VALUES (?, ?)", &[&101_u32.to_be_bytes(), &0_i64])?;
            Ok(())
        };
        let breaks = |tx: &Tx<'_>| {
            nonce(tx, 102)?;
            panic!("in the middle");
        };
        for first in [0, 1, 2, 3] {
            s.write(|tx| Ok(tx.execute("DELETE FROM nonces", &[])?)).unwrap();
            let mut writes: Vec<Write<'_>> = vec![&fails, &twice, &breaks];
            writes.extend(good.iter().map(|g| g as Write<'_>));
            writes.rotate_left(first);
            let ended = together(s, &other, &writes);
            assert_eq!(ended.iter().filter(|e| e.is_err()).count(), 1, "one panicked");
            let told: Vec<_> = ended.iter().flatten().flatten().collect();
            assert_eq!(told.len(), good.len(), "{first}: {ended:?}");
            // All of one commit: whoever is answered sees the others too.
            assert!(told.iter().all(|n| **n == 6), "{told:?}");
            let kept = other.read(|c| Ok(c.rows("SELECT at FROM nonces ORDER BY at", &[], |r| r.get::<i64>(0))?)).unwrap();
            assert_eq!(kept, [0, 1, 2, 3, 4, 5]);
        }
    });
}

/// When the commit fails, nobody who shared it was told otherwise, and the next writer begins anew.
#[test]
fn f32_a_commit_that_fails_fails_for_all_that_shared_it() {
    on_each(|place, s| {
        let other = place.store();
        let good = |tx: &Tx<'_>| nonce(tx, 1).map(drop);
        let bad = |tx: &Tx<'_>| {
            if let Some(d) = &place.database {
                d.ask("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())");
                nonce(tx, 2)?;
            } else {
                // Found out at the commit only.
                tx.execute("PRAGMA defer_foreign_keys = 1", &[])?;
                let id = [1_u8; 16];
                tx.execute("INSERT INTO holders (person, certificate, n) VALUES (?, ?, 0)", &[&id, &id])?;
            }
            Ok(())
        };
        let ended = together(s, &other, &[&good, &bad]);
        assert!(ended.iter().flatten().all(|e| matches!(e, Err(OfficeError::Store(_)))), "{ended:?}");
        assert_eq!(ended.len(), 2);
        assert_eq!(other.read(|c| count(c, "nonces")).unwrap(), 0);
        s.write(|tx| nonce(tx, 3)).unwrap();
        assert_eq!(other.read(|c| count(c, "nonces")).unwrap(), 1);
    });
}

/// Forty threads write at once, a third of them refuse, some panic: each has its own fate, and sees it at once.
#[test]
fn each_of_many_writers_has_its_own_fate() {
    const THREADS: u32 = 40;
    on_each(|_, s| {
        let start = Barrier::new(THREADS as usize);
        std::thread::scope(|scope| {
            for n in 0..THREADS {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    for turn in 0..5 {
                        let key = n * 10 + turn;
                        let write = || {
                            s.write(|tx| {
                                nonce(tx, key)?;
                                assert!(n % 10 != 9, "a panic of the test");
                                if n % 3 == 0 { Err(OfficeError::NotFound("test")) } else { Ok(()) }
                            })
                        };
                        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(write));
                        assert_eq!(done.is_err(), n % 10 == 9);
                        let kept = done.is_ok_and(|d| d.is_ok());
                        assert_eq!(kept, n % 10 != 9 && n % 3 != 0);
                        let sql = "SELECT count(*) FROM nonces WHERE nonce = ?";
                        let found: i64 = s.read(|c| Ok(c.one(sql, &[&key.to_be_bytes()], |r| r.get(0))?)).unwrap();
                        assert_eq!(found, i64::from(kept), "what was acknowledged is seen at once, nothing else ever");
                    }
                });
            }
        });
        let writers = (0..THREADS).filter(|n| n % 10 != 9 && n % 3 != 0).count() as i64;
        assert_eq!(s.read(|c| count(c, "nonces")).unwrap(), writers * 5);
    });
}

/// F32: what does not fit on the disk is told to every writer, and nothing of it stays.
#[test]
fn f32_a_full_disk_is_told_to_all_that_share_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let s = Store::open(&folder.path().join("office.sqlite")).unwrap();
    // So small that what all of them write does not fit.
    s.write(|tx| Ok(tx.one("PRAGMA max_page_count = 1", &[], |r| r.get::<i64>(0))?)).unwrap();
    let start = Barrier::new(8);
    std::thread::scope(|scope| {
        for n in 0..8_u8 {
            let (s, start) = (&s, &start);
            scope.spawn(move || {
                start.wait();
                let big = vec![n; 100_000];
                let r: Result<usize> = s.write(|tx| Ok(tx.execute("INSERT INTO nonces (nonce, at) VALUES (?, 0)", &[&big])?));
                assert!(matches!(r, Err(OfficeError::Store(e)) if e.is_full()));
            });
        }
    });
    assert_eq!(s.read(|c| count(c, "nonces")).unwrap(), 0);
    s.write(|tx| nonce(tx, 1)).unwrap();
    assert_eq!(s.read(|c| count(c, "nonces")).unwrap(), 1, "it goes on");
}

/// What a reader sees is one state, whatever is written meanwhile by another copy.
#[test]
fn a_reader_sees_one_state() {
    on_each(|place, reader| {
        let writer = place.store();
        writer.write(|tx| nonce(tx, 1)).unwrap();
        let (seen, wrote) = (Barrier::new(2), Barrier::new(2));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                seen.wait();
                writer.write(|tx| nonce(tx, 2)).unwrap();
                wrote.wait();
            });
            let both = reader.read(|c| {
                let before = count(c, "nonces")?;
                seen.wait();
                wrote.wait();
                Ok((before, count(c, "nonces")?))
            });
            assert_eq!(both.unwrap(), (1, 1));
        });
        assert_eq!(reader.read(|c| count(c, "nonces")).unwrap(), 2);
    });
}

#[test]
fn rows_are_given_one_by_one_and_reading_may_stop() {
    on_each(|_, s| {
        s.write(|tx| (0..5000).try_for_each(|n| nonce(tx, n).map(|_| ()))).unwrap();
        let mut seen = Vec::new();
        s.read(|c| {
            c.each("SELECT at FROM nonces ORDER BY at", &[], |r| {
                seen.push(r.get::<i64>(0)?);
                Ok(if seen.len() == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })?;
            assert_eq!(count(c, "nonces")?, 5000, "the same transaction goes on");
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, [0, 1, 2]);
        let fault =
            s.read(|c| Ok(c.each("SELECT nonce FROM nonces", &[], |r| r.get::<i64>(0).map(|_| ControlFlow::Continue(())))?));
        assert!(matches!(fault, Err(OfficeError::Store(StoreError::Column(0)))));
        assert_eq!(s.read(|c| count(c, "nonces")).unwrap(), 5000);
    });
}

/// What may only be appended to: neither a change nor a removal, of any row of any such table.
#[test]
fn what_is_only_appended_to_cannot_be_changed() {
    on_each(|_, s| {
        s.write(|tx| {
            let (id, none): ([u8; 16], [u8; 1]) = ([1; 16], [0]);
            let put = |sql: &str, params: &[&dyn ToValue]| -> Result<()> { Ok(tx.execute(sql, params).map(|_| ())?) };
            put("INSERT INTO certificates (certificate, number) VALUES (?, '1')", &[&id])?;
            put("INSERT INTO procedures (procedure, number, at) VALUES (?, '1', 0)", &[&id])?;
            put("INSERT INTO ledgers (row, book, year, serial, number, at) VALUES (?, 'b', 1, 1, '1', 0)", &[&id])?;
            for (table, key) in [
                ("register_steps", "certificate"),
                ("training", "certificate"),
                ("procedure_steps", "procedure"),
                ("ledger_steps", "row"),
            ] {
                put(
                    &format!("INSERT INTO {table} ({key}, n, at, record, leaf, receipt) VALUES (?, 0, 0, ?, 0, ?)"),
                    &[&id, &none, &none],
                )?;
            }
            put("INSERT INTO number_blocks (n, at, record, leaf, receipt) VALUES (0, 0, ?, 0, ?)", &[&none, &none])?;
            put(
                "INSERT INTO case_records (procedure, kind, n, at, record, leaf, receipt) VALUES (?, 'k', 0, 0, ?, 0, ?)",
                &[&id, &none, &none],
            )
        })
        .unwrap();
        for table in ["register_steps", "training", "procedure_steps", "ledger_steps", "number_blocks", "case_records"] {
            for sql in [format!("UPDATE {table} SET at = 1"), format!("DELETE FROM {table}")] {
                let r = s.write(|tx| Ok(tx.execute(&sql, &[])?));
                assert!(r.unwrap_err().to_string().contains("only appended"), "{sql}");
            }
            assert_eq!(s.read(|c| count(c, table)).unwrap(), 1);
        }
    });
}

#[test]
fn a_database_belongs_to_one_organ() {
    on_each(|place, s| {
        s.claim(&[1; 32]).unwrap();
        s.claim(&[1; 32]).unwrap();
        place.store().claim(&[1; 32]).unwrap();
        assert!(matches!(place.store().claim(&[2; 32]), Err(OfficeError::Store(StoreError::OtherOrgan))));
        assert!(matches!(s.claim(&[2; 32]), Err(OfficeError::Store(StoreError::OtherOrgan))));
    });
}

#[test]
fn a_newer_schema_is_refused_by_name_and_left_alone() {
    on_postgres(|_, d, _| {
        d.ask("UPDATE schema_version SET schema = 99");
        assert!(matches!(Store::connect(&d.address), Err(StoreError::Newer { found: 99, .. })));
        assert_eq!(d.ask("SELECT schema FROM schema_version").trim(), "99");
    });
}

/// Two copies that start at the same time on a database without tables: one makes them.
#[test]
fn copies_that_start_together_set_an_empty_database_up_once() {
    let Some(d) = Database::empty() else { return println!("without PostgreSQL: MINGZHENG_POSTGRES names no server") };
    let start = Barrier::new(2);
    std::thread::scope(|scope| {
        for n in 0..2 {
            let (start, d) = (&start, &d);
            scope.spawn(move || {
                start.wait();
                Store::connect(&d.address).unwrap().write(|tx| nonce(tx, n)).unwrap();
            });
        }
    });
    println!("on PostgreSQL {}", d.ask("SHOW server_version").trim());
    assert_eq!(d.ask("SELECT count(*) FROM nonces").trim(), "2");
    assert_eq!(d.ask("SELECT count(*) FROM schema_version").trim(), "1");
}

/// Each migration is written twice: both make the same tables with the same columns.
#[test]
fn both_engines_have_the_same_tables() {
    on_postgres(|place, d, _| {
        let embedded = Store::open(&place.folder.path().join("office.sqlite")).unwrap();
        let sql = "SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1";
        let here: Vec<String> = embedded.read(|c| Ok(c.rows(sql, &[], |r| r.get(0))?)).unwrap();
        let sql = "SELECT table_name || '.' || column_name FROM information_schema.columns
                   WHERE table_schema = 'public' AND table_name <> 'schema_version' ORDER BY (table_name || '.' || column_name) COLLATE \"C\"";
        let there = d.ask(sql);
        assert!(here.len() > 200);
        assert_eq!(here, there.lines().collect::<Vec<_>>());
    });
}

/// What every request asks for is found by an index: it costs the same in a full office.
#[test]
fn no_request_reads_a_whole_table() {
    let folder = tempfile::tempdir().unwrap();
    let s = Store::open(&folder.path().join("office.sqlite")).unwrap();
    for (sql, by) in [
        ("DELETE FROM nonces WHERE at < 1", "nonces_at"),
        ("SELECT signed FROM enrolments WHERE person = x'00' ORDER BY at", "enrolments_of_person"),
        ("SELECT EXISTS (SELECT 1 FROM entries WHERE log = x'00' AND adopted_by IS NOT NULL)", "entries_adopted"),
        (
            "SELECT case_seq, digest FROM entries WHERE log = x'00' AND case_tag = x'00' ORDER BY seq DESC LIMIT 1",
            "entries_of_case",
        ),
        ("SELECT coalesce(max(idx) + 1, 0) FROM leaves WHERE epoch = 0", "INDEX"),
        ("SELECT coalesce(max(seq) + 1, 0) FROM entries WHERE log = x'00'", "INDEX"),
        (
            "SELECT CAST(coalesce(sum(length), 0) AS BIGINT) FROM uploads WHERE enrolment = x'00' AND started > 1",
            "uploads_of_device",
        ),
        (
            "SELECT sealed FROM uploads WHERE complete IS NULL AND received < length AND custody IS NULL AND started < 1",
            "uploads_open",
        ),
        ("SELECT signed FROM feed WHERE enrolment = x'00' AND n > 1 ORDER BY n", "INDEX"),
        ("SELECT EXISTS (SELECT 1 FROM ahead WHERE epoch >= 0)", "INDEX"),
        ("SELECT signed, size FROM checkpoints WHERE log = x'00' AND size >= 1 ORDER BY size LIMIT 1", "INDEX"),
    ] {
        let plan = format!("EXPLAIN QUERY PLAN {sql}");
        let steps: Vec<String> = s.read(|c| Ok(c.rows(&plan, &[], |r| r.get(3))?)).unwrap();
        let searched = steps.iter().any(|step| step.starts_with("SEARCH") && step.contains(by));
        let scanned = steps.iter().any(|step| step.starts_with("SCAN") && step != "SCAN CONSTANT ROW");
        assert!(searched && !scanned, "{sql}: {steps:?}");
    }
}

/// A server that would acknowledge what a power cut takes back is refused.
#[test]
fn a_server_that_does_not_keep_what_it_acknowledges_is_refused() {
    on_postgres(|_, d, _| {
        d.ask("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$");
        match Store::connect(&d.address) {
            Err(StoreError::Setting(why)) => assert!(why.contains("synchronous_commit = off"), "{why}"),
            _ => panic!("it was taken"),
        }
    });
}

/// Beyond this machine the connection would be open to every listener.
#[test]
fn a_server_elsewhere_is_refused() {
    let unverified = ["postgres://u@db.example/x?sslmode=require", "postgres://u@db.example/x?sslmode=verify-ca"];
    for address in ["postgres://u@db.example/x", "postgres://u@192.0.2.1/x"].into_iter().chain(unverified) {
        assert!(matches!(Store::connect(address), Err(StoreError::Setting(_))), "{address}");
    }
}

/// TLS to PostgreSQL: under the root of the settings, by the name in the certificate; never a plain connection instead.
#[test]
fn a_server_is_trusted_under_its_root_and_its_name_alone() {
    on_postgres(|_, d, _| {
        let (tls, root) = (std::env::var("MINGZHENG_POSTGRES_TLS").unwrap(), std::env::var("MINGZHENG_POSTGRES_ROOT").unwrap());
        let address = tls.replace("{db}", d.name());
        let by = |address: &str, root: &std::path::Path| {
            Store::connect_by(address, &Guard { root: Some(root.to_owned()), plain: false }).map_err(|e| e.to_string())
        };
        let root = std::path::Path::new(&root);
        for address in [address.clone(), format!("{address}?sslmode=disable")] {
            let s = by(&address, root).unwrap();
            s.write(|tx| nonce(tx, 1)).unwrap();
            let sql = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl";
            let version: String = s.read(|c| Ok(c.one(sql, &[], |r| r.get(0))?)).unwrap();
            assert!(version.starts_with("TLSv1."), "{version}");
        }
        let folder = tempfile::tempdir().unwrap();
        let [stranger, ..] = authority::issue(folder.path(), "stranger");
        let refused = |address: &str, root: &std::path::Path| by(address, root).err().unwrap();
        let why = refused(&address, &stranger);
        assert!(why.contains("TLS to PostgreSQL") && why.contains("UnknownIssuer"), "{why}");
        let why = refused(&address.replace("localhost", "127.0.0.1"), root);
        assert!(why.contains("TLS to PostgreSQL") && why.contains("not valid for name"), "{why}");
        let why = refused(&d.address, root);
        assert!(why.contains("does not support TLS"), "the socket speaks none: {why}");
        let empty = folder.path().join("empty.pem");
        std::fs::write(&empty, "no certificate").unwrap();
        assert!(refused(&address, &empty).contains("database_root: no certificate"));
        assert!(refused(&address, &folder.path().join("none.pem")).contains("database_root"));
        // The file of the root in the address does the same.
        assert!(Store::connect(&format!("{address}?sslmode=verify-full&sslrootcert={}", root.display())).is_ok());
        let wrong = Store::connect(&format!("{address}?sslmode=verify-full&sslrootcert={}", stranger.display()));
        assert!(matches!(wrong, Err(StoreError::Tls(_))));
        assert!(Store::connect(&address).is_ok(), "plainly on this machine, as before");
    });
}

/// A connection that breaks is a named fault, that a client may try again after, and never half a change; the next request has another one.
#[test]
fn a_broken_connection_is_named_and_the_next_request_has_another() {
    on_postgres(|_, d, s| {
        let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        let r: Result<()> = s.write(|tx| {
            nonce(tx, 1)?;
            d.ask(kill);
            nonce(tx, 2)?;
            Ok(())
        });
        match r {
            Err(OfficeError::Store(e)) => assert!(e.is_away() && !e.is_full(), "{e}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(s.read(|c| count(c, "nonces")).unwrap(), 0);
        // Broken while it lay idle: nobody notices.
        d.ask(kill);
        s.write(|tx| nonce(tx, 3)).unwrap();
        d.ask(kill);
        assert_eq!(s.read(|c| count(c, "nonces")).unwrap(), 1);
    });
}

/// A writer that is stuck keeps the others waiting, not for ever; when its connection is gone, so is its lock.
#[test]
fn the_lock_of_a_writer_that_died_is_free_at_once() {
    on_postgres(|place, d, s| {
        let (holds, held) = mpsc::channel();
        let other = place.store();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let r: Result<()> = other.write(|tx| {
                    nonce(tx, 1)?;
                    holds.send(()).unwrap();
                    std::thread::sleep(Duration::from_secs(2));
                    nonce(tx, 2)?;
                    Ok(())
                });
                assert!(r.is_err());
            });
            held.recv().unwrap();
            d.ask("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())");
            let start = std::time::Instant::now();
            s.write(|tx| nonce(tx, 3)).unwrap();
            assert!(start.elapsed() < Duration::from_millis(1500), "{:?}", start.elapsed());
        });
        assert_eq!(s.read(|c| count(c, "nonces")).unwrap(), 1);
    });
}

/// The office waits for its database on whatever thread it is, also on those of an asynchronous runtime, and more callers than connections come to an end.
#[test]
fn it_may_be_asked_on_any_thread() {
    on_each(|_, s| {
        for runtime in [
            tokio::runtime::Builder::new_current_thread().build(),
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).build(),
        ] {
            let runtime = runtime.unwrap();
            runtime.block_on(async {
                // More statements than a task of tokio may make before it is asked to yield.
                for n in 0..300 {
                    s.write(|tx| nonce(tx, n)).unwrap();
                }
                assert_eq!(s.read(|c| count(c, "nonces")).unwrap(), 300);
            });
        }
        std::thread::scope(|scope| {
            for t in 0..40_u32 {
                scope.spawn(move || {
                    for n in 0..5 {
                        s.write(|tx| nonce(tx, 1000 + t * 5 + n)).unwrap();
                        s.read(|c| count(c, "nonces")).unwrap();
                    }
                });
            }
        });
        assert_eq!(s.read(|c| count(c, "nonces")).unwrap(), 500);
    });
}
