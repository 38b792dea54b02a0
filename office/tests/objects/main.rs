//! The contract of the store of sealed files, the same suite over each kind: a folder, the small S3 store of `tests/s3`, and a real MinIO where
//! `MINGZHENG_MINIO` names its program (`cargo xtask test --only store`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // tests fail by panicking

#[path = "../common/authority.rs"]
mod authority;
mod cut;
mod s3;

use cut::Cut;
use mingzheng_core::id::{Digest, hex, sha256};
use mingzheng_office::error::OfficeError;
use mingzheng_office::objects::{Access, Finished, Folder, Held, Objects, S3};
use mingzheng_office::settings::Settings;
use s3::Server;
use std::io::Read as _;
use std::path::PathBuf;
use std::thread;

fn bytes(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(next).collect()
}

fn put(o: &dyn Objects, sealed: &Digest, bytes: &[u8], pieces: &[usize]) {
    let mut offset = 0;
    let mut lengths = pieces.iter().cycle();
    while offset < bytes.len() {
        let end = (offset + lengths.next().unwrap()).min(bytes.len());
        o.put(sealed, offset as u64, &bytes[offset..end]).unwrap();
        offset = end;
    }
}

fn whole(o: &dyn Objects, sealed: &Digest, offset: u64) -> Vec<u8> {
    let mut out = Vec::new();
    o.read(sealed, offset).unwrap().read_to_end(&mut out).unwrap();
    out
}

/// `again` is the same store as another copy of the office sees it; `remains`: what lies in it under a name, seen from beside it.
fn contract(o: &dyn Objects, again: &dyn Objects, remains: &dyn Fn(&Digest) -> Vec<PathBuf>) {
    println!("contract on {}", o.name());
    o.ready().unwrap();

    // Nothing is there before it is whole.
    let small = bytes(1, 300_000);
    let d = sha256(&small);
    assert_eq!((o.length(&d).unwrap(), o.check(&d).unwrap()), (None, Held::Missing));
    assert!(matches!(o.get(&d), Err(OfficeError::NotFound(_))));
    o.put(&d, 0, &small[..100_000]).unwrap();
    o.put(&d, 0, &small[..100_000]).unwrap();
    assert_eq!(o.length(&d).unwrap(), None);
    again.put(&d, 100_000, &small[100_000..]).unwrap();
    assert_eq!(o.finish(&d, 300_000).unwrap(), Finished::Whole);
    assert_eq!(again.finish(&d, 300_000).unwrap(), Finished::Whole, "asked again by another copy");
    assert_eq!((again.length(&d).unwrap(), again.check(&d).unwrap()), (Some(300_000), Held::Whole(300_000)));
    assert_eq!(whole(again, &d, 0), small);
    assert_eq!(whole(o, &d, 299_990), small[299_990..]);
    assert!(whole(o, &d, 300_000).is_empty());

    // Other bytes than announced, and a gap: never a name, and the right ones are taken afterwards.
    let other = bytes(2, 200_000);
    let d = sha256(&other);
    let mut damaged = other.clone();
    damaged[150_000] ^= 1;
    put(o, &d, &damaged, &[70_000]);
    assert_eq!(o.finish(&d, 200_000).unwrap(), Finished::Wrong);
    assert_eq!(o.length(&d).unwrap(), None);
    o.put(&d, 70_000, &other[70_000..]).unwrap();
    assert_eq!(o.finish(&d, 200_000).unwrap(), Finished::Wrong, "the beginning is not there any more");
    put(again, &d, &other, &[70_000]);
    assert_eq!(again.finish(&d, 200_000).unwrap(), Finished::Whole);

    // A large file in uneven pieces from two copies, with remains of broken requests between; both finish it at once.
    let large = bytes(3, 21_000_000);
    let d = sha256(&large);
    let (mut offset, mut turn) = (0, 0);
    while offset < large.len() {
        let end = (offset + [1 << 20, 3 << 20, 700_001, 1 << 20][turn % 4]).min(large.len());
        if turn % 3 == 1 {
            let broken = (offset + 5000).min(end);
            o.put(&d, offset as u64, &large[offset..broken]).unwrap();
        }
        let to = if turn % 2 == 0 { o } else { again };
        to.put(&d, offset as u64, &large[offset..end]).unwrap();
        (offset, turn) = (end, turn + 1);
    }
    assert_eq!(o.finish(&d, large.len() as u64).unwrap(), Finished::Whole);
    assert_eq!(again.check(&d).unwrap(), Held::Whole(large.len() as u64));
    assert_eq!(whole(again, &d, 8_388_600)[..100], large[8_388_600..8_388_700]);

    // More pieces than a store lists at once.
    let many = bytes(6, 110_000);
    let d = sha256(&many);
    put(o, &d, &many, &[100]);
    assert_eq!(again.finish(&d, 110_000).unwrap(), Finished::Whole);
    assert_eq!(remains(&d).len(), 1, "the pieces are gone: {:?}", remains(&d));

    // Given up, and set aside.
    let d = sha256(b"given up");
    o.put(&d, 0, b"given").unwrap();
    again.abandon(&d).unwrap();
    o.abandon(&d).unwrap();
    assert_eq!(o.finish(&d, 8).unwrap(), Finished::Wrong);
    let d = sha256(&small);
    o.set_aside(&d).unwrap();
    again.set_aside(&d).unwrap();
    assert_eq!(again.check(&d).unwrap(), Held::Missing);
    let aside = remains(&d);
    assert!(aside.len() == 1 && aside[0].parent().unwrap().ends_with("damaged"), "a person still finds it: {aside:?}");
    put(o, &d, &small, &[100_000]);
    assert_eq!(o.finish(&d, 300_000).unwrap(), Finished::Whole, "sent again after it was lost");

    // R22: destroyed for good, with what was set aside and what was begun again; another file beside it stays.
    o.put(&d, 0, &small[..100_000]).unwrap();
    assert_eq!(remains(&d).len(), 3, "{:?}", remains(&d));
    o.destroy(&d).unwrap();
    assert!(remains(&d).is_empty(), "{:?}", remains(&d));
    assert_eq!((again.length(&d).unwrap(), again.check(&d).unwrap()), (None, Held::Missing));
    assert!(matches!(again.get(&d), Err(OfficeError::NotFound(_))));
    again.destroy(&d).unwrap();
    o.destroy(&sha256(b"never there")).unwrap();
    assert_eq!(o.finish(&d, 300_000).unwrap(), Finished::Wrong, "nothing of it can be finished again");
    assert_eq!(o.check(&sha256(&many)).unwrap(), Held::Whole(110_000));
}

#[test]
fn r22_f20_contract_of_sealed_files_on_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Folder::open(folder.path().join("objects")).unwrap();
    contract(&open(), &open(), &|d| s3::named(folder.path(), &hex(d)));
    // F24: what changed on the disk is told from what is gone.
    let d = sha256(&bytes(2, 200_000));
    std::fs::write(open().path(&d), b"other bytes").unwrap();
    assert_eq!(open().check(&d).unwrap(), Held::Wrong);
}

/// On every run: the protocol, by a store that is not ours.
#[test]
fn r22_f20_contract_of_sealed_files_on_s3() {
    let small = Server::small();
    on_s3(&small);
    // F24, as above.
    let d = sha256(&bytes(2, 200_000));
    std::fs::write(&small.remains(&hex(&d))[0], b"other bytes").unwrap();
    assert_eq!(S3::new(small.access("office")).unwrap().check(&d).unwrap(), Held::Wrong);
}

#[test]
#[ignore = "MinIO: cargo xtask test --only store"]
fn r22_f20_contract_of_sealed_files_on_minio() {
    on_s3(&Server::minio());
}

fn on_s3(server: &Server) {
    let open = |prefix| S3::new(server.access(prefix)).unwrap();
    contract(&open("office"), &open("office"), &|d| server.remains(&hex(d)));

    // Two copies that finish one file at the same moment.
    let large = bytes(4, 18_000_000);
    let d = sha256(&large);
    let copies = [(); 2].map(|()| open("office"));
    put(&copies[0], &d, &large, &[1 << 20]);
    thread::scope(|s| {
        let at_once: Vec<_> = copies.iter().map(|c| s.spawn(|| c.finish(&d, 18_000_000).unwrap())).collect();
        assert!(at_once.into_iter().all(|t| t.join().unwrap() == Finished::Whole));
    });
    assert_eq!(copies[0].check(&d).unwrap(), Held::Whole(18_000_000));
    assert_eq!(open("another").check(&d).unwrap(), Held::Missing, "prefixes are worlds of their own");
    open("another").destroy(&d).unwrap();
    assert_eq!(copies[0].check(&d).unwrap(), Held::Whole(18_000_000), "also when something is destroyed");

    // Wrong keys are an error by name, and say nothing of the keys.
    let wrong = S3::new(server.access_with("office", "not-the-secret")).unwrap();
    for said in [wrong.ready().unwrap_err(), wrong.destroy(&d).unwrap_err()] {
        assert!(matches!(said, OfficeError::Objects { status: 403, .. }), "{said}");
        assert!(!format!("{said} {said:?}").contains("not-the-secret"));
    }
    assert_eq!(copies[0].check(&d).unwrap(), Held::Whole(18_000_000));
}

/// The store goes away after so many bytes, wherever that is, and comes back: nothing half has a name, and asking again ends it.
fn cut_while_composing(server: &Server, further: fn(i64) -> i64, least: i32) {
    let file = bytes(5, 9_500_000);
    let d = sha256(&file);
    let direct = S3::new(server.access("cut")).unwrap();
    let (mut cuts, mut at) = (0, 300);
    while at < 30_000_000 {
        direct.set_aside(&d).unwrap();
        put(&direct, &d, &file, &[4 << 20]);
        let cut = Cut::before(server.port, at);
        let through = S3::new(server.access_at(cut.port, "cut")).unwrap();
        let said = through.finish(&d, file.len() as u64);
        if said.is_ok() && !cut.has_cut() {
            break;
        }
        cuts += 1;
        let held = direct.check(&d).unwrap();
        assert!(matches!(held, Held::Missing | Held::Whole(_)), "after {at} bytes: {held:?}");
        assert_eq!(direct.finish(&d, file.len() as u64).unwrap(), Finished::Whole, "after {at} bytes");
        assert_eq!(direct.check(&d).unwrap(), Held::Whole(file.len() as u64));
        at = further(at);
    }
    println!("{} cut off while composing: {cuts} times, lost 0, half files 0", server.name);
    assert!(cuts >= least, "{cuts}");
}

/// The same while a file is destroyed: what had begun is ended by asking again, and nothing of it remains.
fn cut_while_destroying(server: &Server) {
    let file = bytes(7, 300_000);
    let d = sha256(&file);
    let direct = S3::new(server.access("cut")).unwrap();
    let (mut cuts, mut at) = (0, 200);
    loop {
        put(&direct, &d, &file, &[100_000]);
        assert_eq!(direct.finish(&d, 300_000).unwrap(), Finished::Whole);
        direct.set_aside(&d).unwrap();
        put(&direct, &d, &file, &[100_000]);
        assert_eq!(direct.finish(&d, 300_000).unwrap(), Finished::Whole);
        direct.put(&d, 0, &file[..100_000]).unwrap();
        let cut = Cut::before(server.port, at);
        let said = S3::new(server.access_at(cut.port, "cut")).unwrap().destroy(&d);
        if said.is_ok() {
            assert!(!cut.has_cut() || server.remains(&hex(&d)).is_empty(), "it says so only when it is gone");
        }
        if !cut.has_cut() {
            break;
        }
        cuts += 1;
        direct.destroy(&d).unwrap();
        assert!(server.remains(&hex(&d)).is_empty(), "after {at} bytes: {:?}", server.remains(&hex(&d)));
        at += 400;
    }
    println!("{} cut off while destroying: {cuts} times, remains 0", server.name);
    assert!(cuts >= 5, "{cuts}");
}

#[test]
fn r22_f20_f32_s3_cut_off_at_sampled_bytes_while_a_file_is_composed_or_destroyed() {
    let small = Server::small();
    cut_while_composing(&small, |at| at * 2, 15);
    cut_while_destroying(&small);
}

#[test]
#[ignore = "MinIO: cargo xtask test --only store"]
fn r22_f20_f32_minio_cut_off_at_sampled_bytes_while_a_file_is_composed_or_destroyed() {
    let minio = Server::minio();
    cut_while_composing(&minio, |at| at + at / 2, 25);
    cut_while_destroying(&minio);
}

/// Beyond this machine the store is asked over TLS: under exactly the roots of the settings, by the name in its certificate.
#[test]
fn s3_is_trusted_under_its_roots_and_its_name_alone() {
    let server = Server::small_over_tls();
    let file = bytes(8, 9_000_000);
    let d = sha256(&file);
    let s3 = S3::new(server.access("tls")).unwrap();
    put(&s3, &d, &file, &[4 << 20]);
    assert_eq!(s3.finish(&d, file.len() as u64).unwrap(), Finished::Whole);
    assert_eq!(s3.check(&d).unwrap(), Held::Whole(file.len() as u64));
    let refused = |endpoint: String, root: PathBuf| {
        let access = server.access("tls").at(&endpoint, Some(root));
        match S3::new(access).and_then(|s3| s3.ready()) {
            Err(OfficeError::ObjectsTls(why)) => why,
            other => panic!("{endpoint}: {other:?}"),
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let [stranger, ..] = authority::issue(folder.path(), "stranger");
    let why = refused(server.address(), stranger);
    assert!(why.contains("UnknownIssuer"), "{why}");
    let why = refused(format!("https://127.0.0.1:{}", server.port), server.root());
    assert!(why.contains("not valid for name"), "{why}");
    // No root, none in the file, or plain words to a server that speaks TLS: not a byte of a file is sent.
    let said = |endpoint: String, root| S3::new(server.access("tls").at(&endpoint, root)).and_then(|s3| s3.ready()).unwrap_err();
    assert!(matches!(said(server.address(), None), OfficeError::Settings(_)));
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    assert!(matches!(said(server.address(), Some(empty)), OfficeError::Settings(_)));
    assert!(matches!(said(server.address(), Some(folder.path().join("none.pem"))), OfficeError::Io { .. }));
    assert!(said(format!("http://localhost:{}", server.port), None).to_string().contains("object store"));
}

/// Plain HTTP beyond this machine is refused, unless the settings say that nobody else is in that network.
#[test]
fn a_store_elsewhere_is_asked_plainly_only_when_the_settings_say_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("objects.toml"), "access_key = \"a\"\nsecret_key = \"b\"\n").unwrap();
    let taken = |endpoint: &str, root: bool, plain: bool| {
        let settings = Settings {
            data: folder.path().into(),
            objects_endpoint: Some(endpoint.into()),
            objects_root: root.then(|| "root.pem".into()),
            objects_credentials: Some("objects.toml".into()),
            plain_stores: plain,
            ..Settings::default()
        };
        Access::from_settings(&settings, "s3://sealed/x").is_ok()
    };
    for here in ["http://127.0.0.1:9000", "http://localhost", "http://[::1]:9000", "http://{bucket}.localhost:9000"] {
        assert!(taken(here, false, false), "{here}");
    }
    for elsewhere in ["http://s3.example", "http://10.1.2.3:9000", "http://127.0.0.1.example", "http://localhost.example:9000"] {
        assert!(!taken(elsewhere, false, false) && taken(elsewhere, false, true), "{elsewhere}");
    }
    assert!(taken("https://s3.example", true, false) && !taken("https://s3.example", false, true));
    assert!(!taken("http://127.0.0.1:9000", true, false), "a root for a plain address is a mistake");
    assert!(!taken("ftp://s3.example", true, true) && !taken("s3.example", false, true));
}
