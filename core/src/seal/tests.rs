#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fail by panic

use super::*;
use crate::id::sha256;
use std::process::Command;

fn identity(seed: u8) -> Identity {
    Identity::from_bytes(&[seed; 32]).unwrap()
}

fn three() -> Recipients {
    Recipients::evidence(identity(1).recipient(), identity(2).recipient(), identity(3).recipient())
}

/// Bytes that do not repeat.
fn sample(len: usize) -> Vec<u8> {
    (0..len.div_ceil(32)).flat_map(|i| sha256(&i.to_be_bytes())).take(len).collect()
}

fn sealed(clear: &[u8], to: &Recipients) -> (Vec<u8>, SealedSummary) {
    let mut out = Vec::new();
    let summary = seal(&mut &*clear, &mut out, to).unwrap();
    (out, summary)
}

fn opened(file: &[u8], with: &Identity) -> Result<(Vec<u8>, SealedSummary), SealError> {
    let mut out = Vec::new();
    let summary = open(&mut &*file, &mut out, with);
    match (&summary, open_bytes(file, with)) {
        (Ok(_), at_once) => assert_eq!(at_once.unwrap(), out),
        (Err(a), Err(b)) => assert_eq!(std::mem::discriminant(a), std::mem::discriminant(&b), "{a}, {b}"),
        (Err(a), Ok(_)) => panic!("{a}"),
    }
    Ok((out, summary?))
}

#[test]
fn each_recipient_opens_and_both_sides_are_hashed() {
    for len in [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000] {
        let clear = sample(len);
        let (file, s) = sealed(&clear, &three());
        assert_eq!((s.clear, s.clear_len), (sha256(&clear), len as u64));
        assert_eq!((s.sealed, s.sealed_len), (sha256(&file), file.len() as u64));
        let payload = &file[file.len() - usize::try_from(s.payload_len).unwrap()..];
        assert_eq!(s.payload, sha256(payload));
        assert_eq!(payload.len(), 16 + len + 16 * len.div_ceil(65_536).max(1));
        for seed in 1..=3 {
            assert_eq!(opened(&file, &identity(seed)).unwrap(), (clear.clone(), s));
        }
        assert!(matches!(opened(&file, &identity(4)), Err(SealError::NotForUs)));
    }
}

#[test]
fn every_flipped_byte_and_every_cut_is_refused() {
    let clear = sample(70_000);
    let (file, s) = sealed(&clear, &Recipients::one(identity(1).recipient()));
    let header = usize::try_from(s.sealed_len - s.payload_len).unwrap();
    let places = (0..header + 40).chain((header + 40..file.len()).step_by(4_001)).chain(file.len() - 20..file.len());
    for at in places {
        let mut bad = file.clone();
        bad[at] ^= 1;
        let result = opened(&bad, &identity(1));
        assert!(result.is_err(), "byte {at} flipped");
        if at >= header {
            assert!(matches!(result, Err(SealError::Damaged)), "byte {at}: {result:?}");
        }
        let result = opened(&file[..at], &identity(1));
        assert!(
            matches!(result, Err(SealError::Truncated | SealError::Damaged | SealError::NotSealed)),
            "cut at {at}: {result:?}"
        );
    }
    let mut long = file.clone();
    long.push(0);
    assert!(matches!(opened(&long, &identity(1)), Err(SealError::Damaged)));
    // Cut exactly between two chunks.
    assert!(matches!(opened(&file[..header + 16 + 65_552], &identity(1)), Err(SealError::Truncated)));
}

#[test]
fn strangers_are_not_opened_nor_collected_in_memory() {
    assert!(matches!(opened(b"", &identity(1)), Err(SealError::Truncated | SealError::NotSealed)));
    assert!(matches!(opened(&sample(100_000), &identity(1)), Err(SealError::NotSealed)));
    let mut endless = b"age-encryption.org/v1\n-> ".to_vec();
    endless.resize(1 << 20, b'a');
    assert!(matches!(opened(&endless, &identity(1)), Err(SealError::NotSealed)));
    let mut out = Vec::new();
    assert!(matches!(rewrap(&mut &*endless, &mut out, &identity(1), &three()), Err(SealError::NotSealed)));
    assert!(out.is_empty());
}

#[test]
fn keys_have_raw_and_text_forms() {
    let id = identity(7);
    assert_eq!(id.to_text().parse::<Identity>().unwrap().to_bytes(), id.to_bytes());
    assert_eq!(format!("# created: today\n{}\n", *id.to_text()).parse::<Identity>().unwrap().to_bytes(), id.to_bytes());
    let r = id.recipient();
    assert_eq!(r, r.to_string().parse().unwrap());
    assert_eq!(r, Recipient::from_bytes(r.to_bytes()).unwrap());
    assert!(r.to_string().starts_with("age1"));
    assert!(!format!("{id:?}").contains("SECRET"));
    // The vector of the age specification's reference implementation.
    let known: Identity = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33".parse().unwrap();
    assert_eq!(known.recipient().to_string(), "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa");
    for bad in ["", "age1", "AGE-SECRET-KEY-1QQ", &r.to_string()] {
        assert!(matches!(bad.parse::<Identity>(), Err(SealError::BadIdentity)));
    }
    assert!(matches!(id.to_text().parse::<Recipient>(), Err(SealError::BadRecipient)));
}

#[test]
fn low_order_recipients_are_refused() {
    let mut one = [0; 32];
    one[0] = 1;
    // The other points of small order (RFC 7748 §6, "contributory" check).
    let eight = crate::id::digest_from_hex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800").unwrap();
    let minus = crate::id::digest_from_hex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f").unwrap();
    for weak in [[0; 32], one, eight, minus] {
        assert!(matches!(Recipient::from_bytes(weak), Err(SealError::BadRecipient)));
    }
}

#[test]
fn new_header_over_the_same_payload() {
    let clear = sample(150_000);
    let (file, before) = sealed(&clear, &three());
    let mut out = Vec::new();
    let r = rewrap(&mut &*file, &mut out, &identity(2), &Recipients::one(identity(9).recipient())).unwrap();
    assert_eq!((r.from, r.payload, r.payload_len), (before.sealed, before.payload, before.payload_len));
    assert_eq!((r.sealed, r.sealed_len), (sha256(&out), out.len() as u64));
    let (header, payload) = out.split_at(usize::try_from(r.header_len).unwrap());
    assert_eq!((r.header, r.payload), (sha256(header), sha256(payload)));
    assert!(file.ends_with(payload));
    assert_eq!(opened(&out, &identity(9)).unwrap().0, clear);
    for seed in 1..=3 {
        assert!(matches!(opened(&out, &identity(seed)), Err(SealError::NotForUs)), "the old recipients are out");
    }
    assert!(matches!(rewrap(&mut &*file, &mut Vec::new(), &identity(9), &three()), Err(SealError::NotForUs)));
    let mut bad = file.clone();
    bad[100] ^= 1;
    assert!(rewrap(&mut &*bad, &mut Vec::new(), &identity(3), &three()).is_err());
}

/// A disk that is full after `left` calls (F08).
struct Full {
    left: usize,
}
impl Write for Full {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.left = self.left.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?;
        Ok(buf.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        self.left = self.left.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?;
        Ok(())
    }
}

#[test]
fn f08_full_disk_at_every_write_is_named() {
    let clear = sample(200_000);
    let is_full = |e: SealError| matches!(e, SealError::Write(e) if e.kind() == io::ErrorKind::StorageFull);
    let (file, _) = sealed(&clear, &three());
    let to = three();
    type Call<'a> = &'a dyn Fn(&mut Full) -> Result<(), SealError>;
    let calls: [Call<'_>; 3] =
        [&|w| seal(&mut &*clear, w, &to).map(drop), &|w| open(&mut &*file, w, &identity(1)).map(drop), &|w| {
            rewrap(&mut &*file, w, &identity(1), &to).map(drop)
        }];
    for call in calls {
        let mut n = 0;
        while let Err(e) = call(&mut Full { left: n }) {
            assert!(is_full(e), "after {n} writes");
            n += 1;
        }
        assert!(n > 3);
    }
}

/// Runs the stock tool of Debian's `age`.
fn stock(args: &[&str]) -> Vec<u8> {
    let out = Command::new("age").args(args).output().expect("Debian package `age` is installed by xtask");
    assert!(out.status.success(), "age {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

#[test]
fn the_stock_tool_opens_ours_and_we_open_its() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    for len in [0, 65_536, 150_001] {
        let clear = sample(len);
        let (file, s) = sealed(&clear, &three());
        let mut again = Vec::new();
        rewrap(&mut &*file, &mut again, &identity(3), &Recipients::office(identity(8).recipient(), identity(9).recipient()))
            .unwrap();
        for (bytes, seed) in [(&file, 1), (&file, 2), (&file, 3), (&again, 8), (&again, 9)] {
            std::fs::write(path("f.age"), bytes).unwrap();
            std::fs::write(path("key"), identity(seed).to_text().as_bytes()).unwrap();
            assert_eq!(stock(&["-d", "-i", &path("key"), &path("f.age")]), clear);
        }
        std::fs::write(path("f"), &clear).unwrap();
        let theirs = stock(&["-r", &identity(5).recipient().to_string(), "-r", &identity(6).recipient().to_string(), &path("f")]);
        let (back, t) = opened(&theirs, &identity(6)).unwrap();
        assert_eq!((back, t.clear), (clear, s.clear));
        let mut ours = Vec::new();
        rewrap(&mut &*theirs, &mut ours, &identity(5), &three()).unwrap();
        assert_eq!(opened(&ours, &identity(2)).unwrap().1.clear, s.clear);
    }
}
