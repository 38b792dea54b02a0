#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // tests fail by panicking

use super::fixture::{CASE, Case, Heir, Story, T0, identity};
use super::verify::{Report, Status};
use super::*;
use crate::cbor::{self, Value};
use crate::id::{hex, sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const OFFICE: u8 = 10;
const STRANGER: u8 = 20;

struct Bundle {
    _temp: TempDir,
    path: PathBuf,
}

fn place() -> Bundle {
    let temp = TempDir::new().unwrap();
    let path = temp.path().join("bundle");
    Bundle { _temp: temp, path }
}

fn bundle_of<'a>(case: &'a Case, form: Form, alter: impl FnOnce(&mut BundleInput<'a>)) -> Bundle {
    let b = place();
    let mut input = case.input(form);
    alter(&mut input);
    case.write(&b.path, input);
    b
}

fn trust(case: &Case) -> Trust {
    Trust::List(case.office.trust.clone())
}

fn judge(path: &Path, case: &Case) -> Report {
    verify(path, &trust(case), &Options::default())
}

fn failed(report: &Report) -> Vec<(Finding, &str)> {
    report.findings().filter(|f| f.finding.status() == Status::Failed).map(|f| (f.finding, f.subject.as_str())).collect()
}

#[track_caller]
fn assert_fails(report: &Report, finding: Finding, subject: &str) {
    assert_eq!(report.exit_code(), 1, "{}", report.to_text(Language::En));
    assert!(
        failed(report).iter().any(|(f, s)| *f == finding && s.contains(subject)),
        "{finding:?} {subject} not in\n{}",
        report.to_text(Language::En)
    );
}

fn all_files(folder: &Path) -> Vec<String> {
    let mut open = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(f) = open.pop() {
        for e in fs::read_dir(f).unwrap() {
            let path = e.unwrap().path();
            if path.is_dir() {
                open.push(path)
            } else {
                files.push(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned())
            }
        }
    }
    files.sort();
    files
}

/// A small generator with a fixed seed, so that a failure can be repeated (xorshift64*).
struct Dice(u64);
impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    }
}

/// How many bits are flipped; more by `MINGZHENG_FLIPS`.
fn flips() -> usize {
    std::env::var("MINGZHENG_FLIPS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000)
}

#[test]
fn j23_a_whole_bundle_verifies_as_folder_and_zip_sealed_and_open() {
    let case = Case::new(OFFICE);
    for form in [Form::Sealed, Form::Open] {
        let b = bundle_of(&case, form, |_| {});
        let zip = b.path.with_extension("zip");
        super::zip::write(&b.path, "case-1", &zip).unwrap();
        for path in [&b.path, &zip] {
            let r = judge(path, &case);
            assert_eq!(r.exit_code(), 0, "{}", r.to_text(Language::En));
            assert!(r.consistent && matches!(r.signer, SignerVerdict::Established { .. }));
            for c in &r.checks {
                assert!(c.checked > 0 && c.status <= Status::Warning, "{c:?}");
            }
            let warnings: Vec<_> = r.findings().filter(|f| f.finding.status() == Status::Warning).map(|f| f.finding).collect();
            assert_eq!(warnings, [Finding::KeySoftware; 2]);
            let count = |id| r.check(id).unwrap().checked;
            assert_eq!((count(CheckId::Chain), count(CheckId::Tree)), (10, 16), "entries, log entries and older checkpoints");
            assert_eq!((count(CheckId::Media), count(CheckId::Custody), count(CheckId::Receipts)), (2, 2, 2));
            assert_eq!(count(CheckId::Statements), 3);
            assert_eq!(count(CheckId::Files) as usize, all_files(&b.path).len());
            assert_eq!(r.to_json()["exit"], 0);
            assert!(r.findings().any(|f| f.finding == Finding::WitnessPeer));
        }
    }
}

#[test]
fn p9_without_trust_nothing_is_green_and_the_fingerprint_is_shown() {
    let case = Case::new(OFFICE);
    let b = bundle_of(&case, Form::Open, |_| {});
    let r = verify(&b.path, &Trust::None, &Options::default());
    let root = case.office.list.roots.fingerprint().unwrap();
    assert_eq!((r.exit_code(), r.consistent), (2, true));
    assert_eq!(r.signer, SignerVerdict::NotEstablished { claimed_organ: "某县卫生健康局".into(), root });
    for l in [Language::Zh, Language::En] {
        assert!(r.to_text(l).contains(&root.to_string()));
    }
    assert_eq!(verify(&b.path, &Trust::Fingerprint(root), &Options::default()).exit_code(), 0);
    let other = crate::trust::RootFingerprint([1; 32]);
    assert_fails(&verify(&b.path, &Trust::Fingerprint(other), &Options::default()), Finding::AnotherRoot, "trust.cbor");
    assert_eq!(verify(&b.path, &Trust::List(b"no list".to_vec()), &Options::default()).exit_code(), 2);
}

#[test]
fn f38_every_flipped_bit_of_the_folder_is_named() {
    let case = Case::new(OFFICE);
    let b = bundle_of(&case, Form::Sealed, |_| {});
    let files: Vec<(String, Vec<u8>)> =
        all_files(&b.path).into_iter().map(|f| (f.clone(), fs::read(b.path.join(f)).unwrap())).collect();
    let mut dice = Dice(7);
    for i in 0..flips() {
        // Each file in turn: by size almost every flip would fall into the large photo.
        let (name, bytes) = &files[i % files.len()];
        let (at, bit) = (dice.below(bytes.len()), dice.below(8));
        let mut bad = bytes.clone();
        bad[at] ^= 1 << bit;
        fs::write(b.path.join(name), &bad).unwrap();
        let r = judge(&b.path, &case);
        let named = failed(&r).iter().any(|(_, s)| s.contains(name.as_str()));
        assert!(r.exit_code() == 1 && named, "{name} byte {at} bit {bit}\n{}", r.to_text(Language::En));
        assert_eq!(verify(&b.path, &Trust::None, &Options::default()).exit_code(), 1, "{name} byte {at} bit {bit}");
        fs::write(b.path.join(name), bytes).unwrap();
    }
    assert_eq!(judge(&b.path, &case).exit_code(), 0);
}

#[test]
fn f38_every_flipped_bit_of_the_zip_is_named() {
    let case = Case::new(OFFICE);
    let b = bundle_of(&case, Form::Sealed, |i| i.evidence.truncate(1));
    let zip = b.path.with_extension("zip");
    super::zip::write(&b.path, "case-1", &zip).unwrap();
    let bytes = fs::read(&zip).unwrap();
    let names = all_files(&b.path);
    let mut dice = Dice(11);
    let mut file = fs::OpenOptions::new().write(true).open(&zip).unwrap();
    let mut put = |at: usize, byte: u8| {
        file.seek(SeekFrom::Start(at as u64)).unwrap();
        file.write_all(&[byte]).unwrap();
    };
    for _ in 0..flips() {
        let (at, bit) = (dice.below(bytes.len()), dice.below(8));
        put(at, bytes[at] ^ 1 << bit);
        let r = judge(&zip, &case);
        let named = failed(&r).iter().any(|(_, s)| s.starts_with("zip: ") || names.iter().any(|n| s.contains(n.as_str())));
        assert!(r.exit_code() == 1 && named, "byte {at} bit {bit}\n{}", r.to_text(Language::En));
        put(at, bytes[at]);
    }
}

#[test]
fn p9_every_byte_of_the_zip_outside_contents_is_fixed() {
    let case = Case::new(OFFICE);
    let b = bundle_of(&case, Form::Sealed, |_| {});
    let zip = b.path.with_extension("zip");
    super::zip::write(&b.path, "case-1", &zip).unwrap();
    let records = super::zip::read(&mut fs::File::open(&zip).unwrap()).unwrap_or_else(|e| panic!("{}", e.1));
    let bytes = fs::read(&zip).unwrap();
    let inside = |at: u64| records.iter().any(|r| (r.offset..r.offset + r.size).contains(&at));
    let mut file = fs::OpenOptions::new().read(true).write(true).open(&zip).unwrap();
    for at in (0..bytes.len()).filter(|at| !inside(*at as u64)) {
        for bit in [0, 3, 5, 7] {
            file.seek(SeekFrom::Start(at as u64)).unwrap();
            file.write_all(&[bytes[at] ^ 1 << bit]).unwrap();
            assert!(super::zip::read(&mut file).is_err(), "byte {at} bit {bit}");
        }
        file.seek(SeekFrom::Start(at as u64)).unwrap();
        file.write_all(&[bytes[at]]).unwrap();
    }
    for altered in [
        [b"x".as_slice(), &bytes].concat(),
        [&bytes, b"x".as_slice()].concat(),
        bytes[..bytes.len() / 2].to_vec(),
        vec![],
        b"PK".to_vec(),
    ] {
        fs::write(&zip, altered).unwrap();
        let r = judge(&zip, &case);
        assert_eq!((r.exit_code(), r.consistent), (1, false), "{}", r.to_text(Language::En));
    }
}

#[test]
fn a_stock_reader_opens_the_canonical_zip() {
    let case = Case::new(OFFICE);
    let b = bundle_of(&case, Form::Open, |_| {});
    let zip = b.path.with_extension("zip");
    super::zip::write(&b.path, "case-1", &zip).unwrap();
    let mut archive = ::zip::ZipArchive::new(fs::File::open(&zip).unwrap()).unwrap();
    assert_eq!(archive.len(), all_files(&b.path).len());
    for i in 0..archive.len() {
        let mut f = archive.by_index(i).unwrap();
        let mut bytes = Vec::new();
        std::io::copy(&mut f, &mut bytes).unwrap();
        assert_eq!(bytes, fs::read(b.path.join(f.name().unwrap().strip_prefix("case-1/").unwrap())).unwrap());
    }
}

#[test]
fn j23_each_missing_file_is_named() {
    let case = Case::new(OFFICE);
    let b = bundle_of(&case, Form::Sealed, |_| {});
    for name in all_files(&b.path) {
        let bytes = fs::read(b.path.join(&name)).unwrap();
        fs::remove_file(b.path.join(&name)).unwrap();
        assert_fails(&judge(&b.path, &case), Finding::FileMissing, &name);
        fs::write(b.path.join(&name), bytes).unwrap();
    }
}

#[test]
fn j23_each_added_file_is_named_and_droppings_only_warn() {
    let case = Case::new(OFFICE);
    let b = bundle_of(&case, Form::Sealed, |_| {});
    let log = case.a.log();
    for (name, finding) in [
        ("data/evidence/ffffffffffffffffffffffffffffffff.jpg", Finding::FileAdded),
        ("note.txt", Finding::FileAdded),
        (&format!("data/log/{log}/receipt-0.cbor"), Finding::FileAdded),
        ("fetch.txt", Finding::Fetch),
        ("data/Photo.jpg", Finding::FileName),
        ("data/evidence/照片.jpg", Finding::FileName),
        ("data/evidence/a b.jpg", Finding::FileName),
    ] {
        fs::write(b.path.join(name), "x").unwrap();
        assert_fails(&judge(&b.path, &case), finding, name);
        fs::remove_file(b.path.join(name)).unwrap();
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let odd = b.path.join(std::ffi::OsStr::from_bytes(b"data/\xff\xfe"));
        fs::write(&odd, "x").unwrap();
        assert_fails(&judge(&b.path, &case), Finding::FileName, "data/");
        fs::remove_file(odd).unwrap();
        let link = b.path.join("data/paper/p1.pdf");
        let kept = b.path.with_extension("kept");
        fs::rename(&link, &kept).unwrap();
        std::os::unix::fs::symlink(&kept, &link).unwrap();
        assert_fails(&judge(&b.path, &case), Finding::FileKind, "data/paper/p1.pdf");
        fs::remove_file(&link).unwrap();
        fs::rename(&kept, &link).unwrap();
        std::os::unix::fs::symlink("/", b.path.join("data/root")).unwrap();
        assert_fails(&judge(&b.path, &case), Finding::FileKind, "data/root");
        fs::remove_file(b.path.join("data/root")).unwrap();
    }
    fs::write(b.path.join("data/.DS_Store"), "x").unwrap();
    let r = judge(&b.path, &case);
    assert_eq!(r.exit_code(), 0);
    assert!(r.findings().any(|f| f.finding == Finding::FileDropping && f.subject == "data/.DS_Store"));
}

/// The office's own export key signs a case from which something was left out: the phones' checkpoints tell.
#[test]
fn f39_a_case_packed_anew_without_one_entry_is_never_complete() {
    let case = Case::new(OFFICE);
    let n = case.input(Form::Open).logs[0].entries.list().unwrap().len();
    let name = format!("data/log/{}/entries.cbor", case.a.log());
    for i in 0..n {
        let b = bundle_of(&case, Form::Open, |input| _ = input.logs[0].entries.list().unwrap().remove(i));
        assert_fails(&judge(&b.path, &case), Finding::CaseHead, &name);
    }
    for (i, j) in [(0, 1), (3, 4), (n - 2, n - 1)] {
        let b = bundle_of(&case, Form::Open, |input| input.logs[0].entries.list().unwrap().swap(i, j));
        let r = judge(&b.path, &case);
        assert_fails(&r, Finding::EntryOrder, &format!("{name}#"));
    }
    let b = bundle_of(&case, Form::Open, |input| {
        let mut twice = case.input(Form::Open).logs.remove(0).entries;
        input.logs[0].entries.list().unwrap().push(twice.list().unwrap().remove(2));
    });
    assert_fails(&judge(&b.path, &case), Finding::EntryOrder, &name);
    let b = bundle_of(&case, Form::Open, |input| {
        let mut other = case.input(Form::Open).logs.remove(1).entries;
        input.logs[0].entries.list().unwrap().push(other.list().unwrap().remove(0));
    });
    assert_fails(&judge(&b.path, &case), Finding::EntryOther, &name);
    // A whole log left out: what the other one saw of it.
    let b = bundle_of(&case, Form::Open, |input| _ = input.logs.remove(0));
    let r = judge(&b.path, &case);
    assert!(r.findings().any(|f| f.finding == Finding::SeenAbsent && f.subject == case.a.log().to_string()));
    assert_eq!(r.exit_code(), 1, "and its media and papers stand without entries");
}

#[test]
fn f39_an_old_checkpoint_cannot_hide_the_end() {
    let case = Case::new(OFFICE);
    // All but the first three entries and all later checkpoints go; the old checkpoint has no receipt.
    let b = bundle_of(&case, Form::Open, |input| {
        let log = &mut input.logs[0];
        log.entries.list().unwrap().truncate(4);
        log.checkpoints.retain(|n, _| *n <= 1);
        log.receipts.clear();
        log.newest = 1;
        input.papers.clear();
    });
    let r = judge(&b.path, &case);
    assert_fails(&r, Finding::NoReceipt, &case.a.log().to_string());
    assert_fails(&r, Finding::CaseHeadAbsent, &case.a.log().to_string());
    assert!(r.findings().any(|f| f.finding == Finding::NotClosed));
}

#[test]
fn p9_a_bundle_made_by_a_strangers_office_is_never_green() {
    let (case, stranger) = (Case::new(OFFICE), Case::new(STRANGER));
    let b = bundle_of(&stranger, Form::Open, |_| {});
    let r = judge(&b.path, &case);
    assert_fails(&r, Finding::AnotherRoot, "trust.cbor");
    assert!(r.consistent, "in itself it is whole");
    assert_eq!(verify(&b.path, &Trust::None, &Options::default()).exit_code(), 2);
    // The same, but with the true office's trust list put inside: nothing of it is signed by that office.
    let b = bundle_of(&stranger, Form::Open, |input| input.trust = case.office.trust.clone());
    let r = judge(&b.path, &case);
    for (finding, subject) in [
        (Finding::BundleSignature, "bundle.cose"),
        (Finding::EnrolmentSignature, "data/trust/enrolment-"),
        (Finding::BadgeSignature, "data/badge/"),
        (Finding::AssignmentSignature, "data/assignment.cose"),
        (Finding::PackSignature, "data/pack/"),
        (Finding::CustodyBad, "data/custody/"),
    ] {
        assert_fails(&r, finding, subject);
    }
    // The true case, signed as a bundle by the stranger.
    let b = place();
    write(&b.path, case.input(Form::Open), &stranger.office.key(7)).unwrap();
    assert_fails(&judge(&b.path, &case), Finding::BundleSignature, "bundle.cose");
    // Signed by a key of the office that may not export.
    let b = place();
    write(&b.path, case.input(Form::Open), &case.office.key(3)).unwrap();
    assert_fails(&judge(&b.path, &case), Finding::BundleSignature, "bundle.cose");
}

#[test]
fn receipts_and_custody_of_other_things_are_named() {
    let case = Case::new(OFFICE);
    let b = bundle_of(&case, Form::Open, |input| {
        let (a, b) = (input.logs[0].newest, input.logs[1].newest);
        let of_a = input.logs[0].receipts.remove(&a).unwrap();
        let of_b = input.logs[1].receipts.insert(b, of_a).unwrap();
        input.logs[0].receipts.insert(a, of_b);
    });
    let r = judge(&b.path, &case);
    for log in [case.a.log(), case.b.log()] {
        assert_fails(&r, Finding::ReceiptOther, &format!("data/log/{log}/receipt-"));
    }
    let b = bundle_of(&case, Form::Open, |input| {
        let (a, b) = input.custody.split_at_mut(1);
        std::mem::swap(&mut a[0].1, &mut b[0].1);
    });
    let r = judge(&b.path, &case);
    for (sealed, _) in &case.custody {
        assert_fails(&r, Finding::CustodyOther, &crate::id::hex(sealed));
    }
    let mut office = super::fixture::Office::new(OFFICE);
    let mut custody = case.photos[0].custody.clone();
    custody.clear = [1; 32];
    let forged = office.custody(&custody);
    let b = bundle_of(&case, Form::Open, |input| input.custody[0].1 = forged.into());
    assert_fails(&judge(&b.path, &case), Finding::CustodyOther, &crate::id::hex(&custody.sealed));
    // The office's receipts of a checkpoint may not be left out either.
    let b = bundle_of(&case, Form::Open, |input| input.logs[1].receipts.clear());
    assert_fails(&judge(&b.path, &case), Finding::NoReceipt, &case.b.log().to_string());
}

#[test]
fn r22_what_the_office_destroyed_is_said_with_its_certificate_and_nothing_else_counts_as_one() {
    let mut case = Case::new(OFFICE);
    let custody = case.photos[0].custody.clone();
    let certificate = case.office.destroyed(std::slice::from_ref(&custody));
    let without = |input: &mut BundleInput<'_>| {
        input.evidence.remove(0);
        input.custody.retain(|(sealed, _)| *sealed != custody.sealed);
    };
    let b = bundle_of(&case, Form::Open, without);
    assert_fails(&judge(&b.path, &case), Finding::MediaMissing, "entries.cbor#");
    let b = bundle_of(&case, Form::Open, |input| {
        without(input);
        input.destroyed.push(certificate.clone());
    });
    let r = judge(&b.path, &case);
    assert!(r.consistent, "{r:?}");
    let of = |finding: Finding| -> Vec<String> {
        let all = r.checks.iter().flat_map(|c| &c.findings).filter(|f| f.finding == finding);
        all.map(|f| f.detail.clone()).collect()
    };
    assert!(matches!(of(Finding::Destroyed).as_slice(), [detail] if detail.ends_with(": 毁〔2026〕1号")), "{r:?}");
    assert!(of(Finding::CustodyNone).is_empty());
    // Of a file of another case, changed, or of a stranger's office.
    let mut other = custody.clone();
    other.clear = [1; 32];
    let foreign = case.office.destroyed(&[other]);
    let mut changed = certificate.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    let stranger = super::fixture::Office::new(77).destroyed(std::slice::from_ref(&custody));
    for bad in [foreign, changed, stranger] {
        let b = bundle_of(&case, Form::Open, |input| {
            without(input);
            input.destroyed.push(bad.clone());
        });
        let r = judge(&b.path, &case);
        assert_fails(&r, Finding::DestructionBad, "data/destroyed/");
        assert_fails(&r, Finding::MediaMissing, "entries.cbor#");
    }
}

#[test]
fn j19_evidence_that_was_exchanged_is_named_even_when_the_office_signs_it() {
    let case = Case::new(OFFICE);
    for form in [Form::Open, Form::Sealed] {
        let b = bundle_of(&case, form, |input| {
            let last = input.evidence.remove(1);
            let id = &case.photos[0].id;
            input.evidence =
                vec![last, EvidencePart::new(id, "jpg", form == Form::Sealed, |out| out.write_all(b"another photo"))];
        });
        assert_fails(&judge(&b.path, &case), Finding::MediaChanged, &case.photos[0].id);
        let b = bundle_of(&case, form, |input| input.evidence.truncate(1));
        assert_fails(&judge(&b.path, &case), Finding::MediaMissing, "entries.cbor#");
        let b = bundle_of(&case, form, |input| {
            input.evidence.push(EvidencePart::new("ff", "jpg", false, |out| out.write_all(b"x")));
        });
        assert_fails(&judge(&b.path, &case), Finding::MediaForeign, "data/evidence/ff.jpg");
    }
}

#[test]
fn p6_the_recipient_opens_sealed_evidence_to_the_recorded_bytes() {
    let case = Case::new(OFFICE);
    let no_payload = |input: &mut BundleInput<'_>| {
        for e in input.logs[0].entries.list().unwrap() {
            e.disclosures.retain(|d| crate::log::Disclosure::decode(d).unwrap().name() != "payload");
        }
    };
    let b = bundle_of(&case, Form::Sealed, no_payload);
    let r = judge(&b.path, &case);
    assert_eq!(r.exit_code(), 0);
    assert_eq!(r.findings().filter(|f| f.finding == Finding::MediaSealed).count(), 2);
    let with = |n| verify(&b.path, &trust(&case), &Options { identity: Some(&identity(n)), ..Options::default() });
    let r = with(41);
    assert_eq!(r.exit_code(), 0);
    assert!(r.findings().all(|f| f.finding != Finding::MediaSealed));
    assert_fails(&with(42), Finding::MediaNotOpened, "data/evidence/");
    let b = bundle_of(&case, Form::Sealed, |input| {
        no_payload(input);
        let mut parts = case.input(Form::Sealed).evidence;
        parts.swap(0, 1);
        let ids = case.photos.iter().map(|p| p.id.clone());
        input.evidence = parts.into_iter().zip(ids).map(|(p, id)| p.renamed(&id)).collect();
    });
    let r = verify(&b.path, &trust(&case), &Options { identity: Some(&identity(41)), ..Options::default() });
    assert_fails(&r, Finding::MediaChanged, &case.photos[0].id);
}

#[test]
fn p4_withheld_fields_are_named_and_changed_ones_fail() {
    let case = Case::new(OFFICE);
    let b = bundle_of(&case, Form::Open, |input| input.logs[0].entries.list().unwrap()[1].disclosures.clear());
    let r = judge(&b.path, &case);
    assert_eq!(r.exit_code(), 0, "{}", r.to_text(Language::En));
    let withheld = r.findings().find(|f| f.finding == Finding::FieldWithheld).unwrap();
    assert!(withheld.subject.ends_with("entries.cbor#2") && withheld.detail.contains("statement"), "{withheld:?}");
    let b = bundle_of(&case, Form::Open, |input| {
        let d = &mut input.logs[0].entries.list().unwrap()[1].disclosures[0];
        let last = d.len() - 1;
        d[last] ^= 1;
    });
    assert_fails(&judge(&b.path, &case), Finding::FieldChanged, "entries.cbor#2");
    let b = bundle_of(&case, Form::Open, |input| {
        let forged = crate::log::Disclosure::new([0; 16], "officer", "李鬼".into()).unwrap();
        input.logs[0].entries.list().unwrap()[1].disclosures[0] = forged.bytes().to_vec();
    });
    assert_fails(&judge(&b.path, &case), Finding::FieldChanged, "entries.cbor#2");
}

#[test]
fn p8_papers_must_be_the_ones_that_entries_name() {
    let case = Case::new(OFFICE);
    let b = bundle_of(&case, Form::Open, |input| {
        input.papers[1].1.extend(b"%%EOF\n");
    });
    let r = judge(&b.path, &case);
    assert_fails(&r, Finding::PaperForeign, "data/paper/p1.pdf");
    assert_fails(&r, Finding::PaperMissing, "entries.cbor#");
    assert_fails(&r, Finding::PaperSeal, "data/paper/p1.pdf");
    let b = bundle_of(&case, Form::Open, |input| _ = input.papers.pop());
    assert_fails(&judge(&b.path, &case), Finding::PaperMissing, "entries.cbor#");
    let b = bundle_of(&case, Form::Open, |input| _ = input.papers.remove(0));
    let r = judge(&b.path, &case);
    assert_eq!(r.exit_code(), 0);
    assert!(r.findings().any(|f| f.finding == Finding::PaperNotIncluded));
    let b = bundle_of(&case, Form::Open, |input| _ = input.logs[0].checkpoints.remove(&2));
    assert_fails(&judge(&b.path, &case), Finding::PaperCheckpoint, "entries.cbor#");
}

#[test]
fn p8_a_paper_alone_proves_its_facts_and_its_page() {
    let case = Case::new(OFFICE);
    let b = place();
    fs::create_dir(&b.path).unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = b.path.join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let [(_, presented), (_, last)] = case.papers.as_slice() else { panic!("two papers") };
    let path = file("p1.pdf", last);
    let r = judge(&path, &case);
    assert_eq!(r.exit_code(), 0, "{}", r.to_text(Language::En));
    let count = |id| r.check(id).unwrap().checked;
    assert_eq!((r.case, count(CheckId::Tree), count(CheckId::Statements)), (Some(CASE), 3, 1));
    assert_eq!(verify(&path, &Trust::None, &Options::default()).exit_code(), 2);
    assert_fails(&judge(&path, &Case::new(STRANGER)), Finding::AnotherRoot, "trust.cbor");
    let r = judge(&file("presented.pdf", presented), &case);
    assert_eq!((r.exit_code(), r.consistent), (2, true), "{}", r.to_text(Language::En));
    assert!(r.findings().any(|f| f.finding == Finding::PageNotProven));
    let mut dice = Dice(3);
    for _ in 0..flips() {
        let (at, bit) = (dice.below(last.len()), dice.below(8));
        let mut bad = last.clone();
        bad[at] ^= 1 << bit;
        let r = judge(&file("p1.pdf", &bad), &case);
        assert!(r.exit_code() != 0, "byte {at} bit {bit}\n{}", r.to_text(Language::En));
    }
    let appended = [last.as_slice(), b"%%EOF\n"].concat();
    assert_eq!(judge(&file("p1.pdf", &appended), &case).exit_code(), 1);
    assert_eq!(judge(&file("p1.pdf", b"%PDF-1.7"), &case).exit_code(), 1);
}

#[test]
fn f40_a_key_that_expired_or_was_withdrawn_later_does_not_undo_a_case() {
    let case = Case::new(OFFICE);
    let b = bundle_of(&case, Form::Open, |_| {});
    let exported = judge(&b.path, &case).exported.unwrap();
    let later = |alter: &dyn Fn(&mut crate::trust::TrustList)| {
        let mut office = super::fixture::Office::new(OFFICE);
        office.list.version = 2;
        office.list.previous = Some(case.office.list.digest().unwrap());
        alter(&mut office.list);
        office.sign_list();
        verify(&b.path, &Trust::List(office.trust), &Options::default())
    };
    assert_eq!(later(&|l| l.keys.clear()).exit_code(), 0, "dropped after they expired");
    let suspect = |at: i64| later(&move |l| l.keys.iter_mut().for_each(|k| k.suspect_since = Some(at)));
    assert_eq!(suspect(exported + 1).exit_code(), 0);
    assert_fails(&suspect(exported), Finding::BundleSignature, "bundle.cose");
    assert_fails(&suspect(T0), Finding::ReceiptBad, "receipt-");
    let contradiction = later(&|l| {
        l.version = 1;
        l.previous = None;
        l.organ = "另一个".into();
    });
    assert_fails(&contradiction, Finding::TrustContradiction, "trust.cbor");
}

#[test]
fn a_clock_that_was_set_is_flagged_and_nothing_more() {
    let case = Case::with_clock_set(OFFICE, -7_200_000);
    let b = bundle_of(&case, Form::Open, |_| {});
    let r = judge(&b.path, &case);
    assert_eq!(r.exit_code(), 0, "{}", r.to_text(Language::En));
    let jump = r.findings().find(|f| f.finding == Finding::ClockJump).unwrap();
    assert_eq!((jump.subject.ends_with("#3"), jump.detail.as_str()), (true, "-7200 s"));
    assert!(r.findings().any(|f| f.finding == Finding::ClockBehind), "against the anchor");
    let case = Case::with_clock_set(OFFICE, 86_400_000);
    let b = bundle_of(&case, Form::Open, |_| {});
    assert!(judge(&b.path, &case).findings().any(|f| f.finding == Finding::ClockAhead));
}

#[test]
fn hostile_content_ends_in_findings() {
    let case = Case::new(OFFICE);
    let name = |log: &crate::id::Id| format!("data/log/{log}/entries.cbor");
    let b = bundle_of(&case, Form::Open, |_| {});
    for hostile in [
        vec![],
        vec![0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        vec![0x81; 100_000],
        [vec![0x9a, 0, 1, 0x86, 0xa0], vec![0xf6; 100_000]].concat(),
        [vec![0x81, 0x9a, 0, 0x98, 0x96, 0x80], vec![0xf6; 10_000_000]].concat(),
        cbor::encode(&Value::Array(vec![Value::Array(vec![Value::Null, Value::Null, Value::Null])])).unwrap(),
    ] {
        fs::write(b.path.join(name(&case.a.log())), hostile).unwrap();
        assert_fails(&judge(&b.path, &case), Finding::EntryMalformed, &name(&case.a.log()));
    }
    let mut large = fs::OpenOptions::new().write(true).open(b.path.join("data/case.cbor")).unwrap();
    large.seek(SeekFrom::Start(5 << 20)).unwrap();
    large.write_all(b"x").unwrap();
    assert_fails(&judge(&b.path, &case), Finding::FileTooLarge, "data/case.cbor");
    let gone = judge(Path::new("/nonexistent/bundle"), &case);
    assert_eq!((gone.exit_code(), gone.findings().any(|f| f.finding == Finding::FileUnreadable)), (1, true));
    let empty = TempDir::new().unwrap();
    assert_eq!(judge(empty.path(), &case).exit_code(), 1);
}

#[test]
fn the_same_key_with_two_histories_is_convicted() {
    let case = Case::new(OFFICE);
    let b = bundle_of(&case, Form::Open, |input| {
        // The last checkpoint again under another number, so that its predecessor does not fit.
        let log = &mut input.logs[0];
        let old = log.checkpoints[&2].clone();
        log.checkpoints.insert(1, old);
    });
    assert_fails(&judge(&b.path, &case), Finding::CheckpointOther, "checkpoint-1.cose");
    let two = Case::with_two_histories(OFFICE);
    let b = bundle_of(&two, Form::Open, |_| {});
    assert_fails(&judge(&b.path, &two), Finding::TwoHistories, &format!("data/log/{}/checkpoint-", two.a.log()));
}

#[test]
fn nothing_half_made_stays_under_the_final_name() {
    let case = Case::new(OFFICE);
    let b = bundle_of(&case, Form::Open, |_| {});
    assert!(matches!(write(&b.path, case.input(Form::Open), &case.office.key(7)), Err(BundleError::Exists)));
    let target = b.path.with_file_name("other");
    let partial = b.path.with_file_name("other.partial");
    fs::create_dir_all(partial.join("data")).unwrap();
    fs::write(partial.join("data/left"), "by a killed export").unwrap();
    let mut input = case.input(Form::Open);
    input.papers.push(("p1".into(), vec![]));
    assert!(matches!(write(&target, input, &case.office.key(7)), Err(BundleError::Twice(p)) if p == "data/paper/p1.pdf"));
    for bad in ["../p1", "a/b", "P1", "", "纸"] {
        let mut input = case.input(Form::Open);
        input.papers[0].0 = bad.into();
        assert!(matches!(write(&target, input, &case.office.key(7)), Err(BundleError::Name(_))), "{bad}");
    }
    let mut input = case.input(Form::Open);
    input.evidence[0] = EvidencePart::file("aa", "jpg", false, "/nonexistent".into());
    assert!(
        matches!(write(&target, input, &case.office.key(7)), Err(BundleError::Io { path, .. }) if path == "data/evidence/aa.jpg")
    );
    assert!(!target.exists() && !partial.exists());
    // F46: what a killed export left is kept when it is what is expected, whatever else lies there goes.
    fs::create_dir_all(partial.join("data/evidence")).unwrap();
    fs::create_dir_all(partial.join("data/old/empty")).unwrap();
    fs::write(partial.join("data/left"), "by a killed export").unwrap();
    fs::write(partial.join("data/evidence/zz.jpg"), "evidence of another try").unwrap();
    let (id, held) = (case.photos[0].id.as_str(), &case.photos[0].clear);
    let path = format!("data/evidence/{id}.jpg");
    fs::write(partial.join(&path), held).unwrap();
    let unread = |input: &mut BundleInput<'_>| {
        input.evidence[0] = EvidencePart::file(id, "jpg", false, "/nonexistent".into()).expecting(sha256(held));
    };
    let mut input = case.input(Form::Open);
    unread(&mut input);
    let resumed = b.path.with_file_name("resumed");
    fs::rename(&partial, b.path.with_file_name("resumed.partial")).unwrap();
    write(&resumed, input, &case.office.key(7)).unwrap();
    assert_eq!(all_files(&resumed), all_files(&b.path));
    assert!(!resumed.join("data/old").exists());
    assert_eq!(judge(&resumed, &case).exit_code(), 0);
    // Half a file is not kept: here it cannot be written anew, and nothing stays.
    let cut = b.path.with_file_name("cut");
    fs::create_dir_all(b.path.with_file_name("cut.partial/data/evidence")).unwrap();
    fs::write(b.path.with_file_name("cut.partial").join(&path), &held[..held.len() / 2]).unwrap();
    let mut input = case.input(Form::Open);
    unread(&mut input);
    assert!(matches!(write(&cut, input, &case.office.key(7)), Err(BundleError::Io { .. })));
    assert!(!cut.exists() && !b.path.with_file_name("cut.partial").exists());
    let written = case.write(&target, case.input(Form::Open));
    assert_eq!(written.files, all_files(&target).len());
    assert_eq!(judge(&target, &case).exit_code(), 0);
    // The same case gives the same bytes, so that an export can be repeated and compared.
    let same = |f: &Path| {
        all_files(f).into_iter().map(|n| (n.clone(), sha256(&fs::read(f.join(n)).unwrap()))).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(same(&target), same(&b.path));
    assert_eq!(judge(&target, &case).case, Some(CASE));
}

#[test]
fn every_finding_is_explained_to_judges() {
    let page = include_str!("../../../docs/verify.md");
    for f in Finding::ALL {
        let row = format!("\n| `{}` | {} | {}<br>{} | ", f.code(), f.status().mark(), f.text(Language::Zh), f.text(Language::En));
        let heading = format!("\n### {}\n", f.check().title(Language::En));
        let section = page.split_once(&heading).unwrap_or_else(|| panic!("{heading}")).1.split("\n### ").next().unwrap();
        assert_eq!((page.matches(&row).count(), section.matches(&row).count()), (1, 1), "{row} below {heading}");
    }
    assert_eq!(page.matches("\n| `").count(), Finding::ALL.len(), "and no other");
}

fn codes(report: &Report) -> BTreeMap<Finding, Vec<&str>> {
    let mut by = BTreeMap::<_, Vec<_>>::new();
    for f in report.findings() {
        by.entry(f.finding).or_default().push(f.subject.as_str());
    }
    by
}

#[track_caller]
fn assert_named(report: &Report, exit: u8, finding: Finding, subject: &str) {
    assert_eq!(report.exit_code(), exit, "{}", report.to_text(Language::En));
    let named = codes(report).get(&finding).is_some_and(|s| s.iter().any(|s| s.contains(subject)));
    assert!(named, "{finding:?} {subject} not in\n{}", report.to_text(Language::En));
}

fn told(story: Story) -> Report {
    let case = Case::of(OFFICE, &story);
    judge(&bundle_of(&case, Form::Open, |_| {}).path, &case)
}

/// J19, J22, R19, R25, R28, F43: everything that can happen in a case, and nothing wrong.
#[test]
fn a_rich_case_is_valid_and_says_what_happened() {
    let case = Case::of(OFFICE, &Story::rich());
    for form in [Form::Open, Form::Sealed] {
        let b = bundle_of(&case, form, |input| input.page = Some(b"<!doctype html>"));
        let r = judge(&b.path, &case);
        let found = codes(&r);
        let entries = super::layout::entries(&case.a.log());
        for (finding, n, subject) in [
            (Finding::Interrupted, 1, entries.as_str()),
            (Finding::Derived, 1, &entries),
            (Finding::WitnessParty, 1, &entries),
            (Finding::Adopted, 2, &entries),
            (Finding::AfterClosing, 1, &entries),
            (Finding::WitnessPeer, 2, &entries),
            (Finding::WitnessOutside, 1, "data/outside/0-"),
            (Finding::Access, 1, "data/access/"),
            (Finding::Succeeded, 1, "/life.cbor#1"),
        ] {
            let subjects = found.get(&finding).cloned().unwrap_or_default();
            assert!(subjects.len() == n && subjects.iter().all(|s| s.contains(subject)), "{finding:?} {subjects:?}");
        }
        assert!(!found.contains_key(&Finding::OfficeAlone));
        assert_eq!(r.exit_code(), 0, "{}", r.to_text(Language::En));
        let zip = b.path.with_extension("zip");
        super::zip::write(&b.path, "case-1", &zip).unwrap();
        let whole = verify_zip(fs::read(&zip).unwrap().into(), &trust(&case), &Options::default());
        assert_eq!(whole, r, "in memory as on disk");
    }
}

#[test]
fn j22_recordings_with_missing_repeated_or_distant_parts_are_named() {
    let recording = |parts: &[(u64, u64, u64)], ended| told(Story { parts: parts.to_vec(), ended, ..Story::default() });
    for (parts, ended) in [
        (vec![(0, 0, 10), (2, 20, 10)], Some(2)),
        (vec![(0, 0, 10), (0, 10, 10)], Some(2)),
        (vec![(0, 0, 10), (1, 10, 10)], Some(3)),
        (vec![(1, 10, 10)], Some(1)),
        (vec![], Some(1)),
    ] {
        assert_named(&recording(&parts, ended), 1, Finding::RecordingPart, "entries.cbor#");
    }
    assert_named(&recording(&[(0, 0, 10)], None), 0, Finding::RecordingOpen, "entries.cbor#");
    let r = recording(&[(1, 12_001, 10), (0, 0, 10_000)], Some(2));
    assert_named(&r, 0, Finding::RecordingGap, "entries.cbor#");
    assert!(!codes(&recording(&[(0, 0, 10_000), (1, 12_000, 10)], Some(2))).contains_key(&Finding::RecordingGap));
}

#[test]
fn r28_j19_findings_and_copies_that_rest_on_nothing_are_named() {
    let found = |evidence: &[&str]| {
        told(Story { findings: vec![evidence.iter().map(|e| (*e).to_owned()).collect()], ..Story::default() })
    };
    assert_named(&found(&[]), 0, Finding::FindingBare, "entries.cbor#");
    assert_named(&found(&["ff"]), 1, Finding::FindingEvidence, "entries.cbor#");
    let copy = told(Story { blurred: Some("ff".into()), ..Story::default() });
    assert_named(&copy, 1, Finding::DerivedFrom, "entries.cbor#");
}

#[test]
fn p8_photographs_that_are_not_of_the_paper_or_the_case_are_named() {
    let photo = |n: u8| hex(&[n; 16]);
    let wrong =
        [(Some([9; 32]), vec![photo(1)]), (None, vec![]), (None, vec![photo(1), photo(1)]), (None, vec![photo(1), photo(99)])];
    for inked in wrong {
        let report = told(Story { inked: Some(inked.clone()), ..Story::rich() });
        let named: Vec<&str> = codes(&report).remove(&Finding::PaperInk).unwrap_or_default();
        assert!(matches!(named.as_slice(), [entry] if entry.contains("entries.cbor#")), "{inked:?}: {named:?}");
        assert_eq!(report.exit_code(), 1);
    }
}

#[test]
fn f35_each_pack_that_the_inspection_was_moved_to_must_be_there() {
    let pack = |case: &Case| {
        sha256(crate::sign::multi::MultiSigned::read(&case.pack, crate::pack::signed::TYP).unwrap().claimed_payload())
    };
    let held = pack(&Case::new(OFFICE));
    let same = told(Story { moved: Some(held), ..Story::default() });
    assert_eq!((same.exit_code(), codes(&same).get(&Finding::PackNone)), (0, None));
    let other = told(Story { moved: Some([6; 32]), ..Story::default() });
    assert_eq!(codes(&other).get(&Finding::PackNone).map(Vec::len), Some(1), "{}", other.to_text(Language::En));
}

#[test]
fn p5_witnesses_of_another_history_are_named() {
    let r = told(Story { witnessed: Some(Some([9; 32])), ..Story::default() });
    assert_named(&r, 1, Finding::TwoHistories, "entries.cbor#");
    assert_named(&told(Story { alone: true, ..Story::default() }), 0, Finding::ClosedUnwitnessed, "entries.cbor#");
    let case = Case::of(OFFICE, &Story { outside: true, ..Story::default() });
    let with = |alter: &dyn Fn(&mut BundleInput<'_>)| judge(&bundle_of(&case, Form::Open, |i| alter(i)).path, &case);
    assert_named(&with(&|i| i.outside.clear()), 0, Finding::OfficeAlone, "");
    assert_named(&with(&|i| i.outside[0].0.1 += 1), 1, Finding::OutsideBad, "data/outside/");
    assert_named(&with(&|i| i.logs[0].receipts.clear()), 1, Finding::OutsideBad, "data/outside/");
    let file = |f: &dyn Fn(&mut crate::log::OutsideFile)| {
        let mut outside = crate::log::OutsideFile::decode(&case.outside[0].1).unwrap();
        f(&mut outside);
        outside.encode().unwrap()
    };
    let r = with(&|i| i.outside[0].1 = file(&|o| o.consistency.values_mut().for_each(Vec::clear)));
    assert_named(&r, 1, Finding::OutsideBad, "data/outside/");
    let text = crate::log::note::cosign("mz1/x/epoch-0\n1\n\n", "witness", 1, &case.office.key(8)).unwrap();
    let r = with(&|i| i.outside[0].1 = file(&|o| o.cosignatures = vec![text.clone()]));
    assert_named(&r, 1, Finding::OutsideBad, "data/outside/");
    let body = case.outside[0].1.clone();
    let checkpoint = crate::log::OutsideFile::decode(&body).unwrap().checkpoint;
    let (body, _) = crate::log::note::split(&checkpoint).unwrap();
    let stranger = crate::log::note::cosign(body, "stranger", 1, &case.office.key(9)).unwrap();
    let r = with(&|i| i.outside[0].1 = file(&|o| o.cosignatures = vec![stranger.clone()]));
    assert_named(&r, 0, Finding::OutsideUnjudged, "data/outside/");
    assert!(codes(&r).contains_key(&Finding::OfficeAlone));
    let r = with(&|i| {
        let (_, other) = super::fixture::Office::new(OFFICE).access(crate::id::Id([1; 16]));
        i.access[0].1 = other;
    });
    assert_named(&r, 1, Finding::AccessBad, "data/access/");
}

#[test]
fn p5_every_older_checkpoint_must_be_a_prefix_of_the_newest() {
    let case = Case::new(OFFICE);
    let checkpoint = |n| super::layout::checkpoint(&case.a.log(), n);
    type Proofs = BTreeMap<u64, Vec<crate::id::Digest>>;
    let with =
        |alter: &dyn Fn(&mut Proofs)| judge(&bundle_of(&case, Form::Open, |i| alter(&mut i.logs[0].consistency)).path, &case);
    assert_named(&with(&|c| _ = c.remove(&1)), 1, Finding::TwoHistories, &checkpoint(1));
    assert_named(&with(&|c| c.get_mut(&2).unwrap()[0][0] ^= 1), 1, Finding::TwoHistories, &checkpoint(2));
    assert_named(&with(&|c| c.clear()), 1, Finding::FileMissing, "consistency.cbor");
}

/// F43: the phone's key was lost, a new log follows and adopts what no key had signed.
#[test]
fn f43_a_successor_that_contradicts_the_old_log_is_named() {
    let with = |how| told(Story { heir: Some(how), ..Story::default() });
    assert_named(&with(Heir::True), 0, Finding::Adopted, "entries.cbor#");
    assert_named(&with(Heir::OtherRoot), 1, Finding::SuccessionBroken, "life.cbor#1");
    assert_named(&with(Heir::Unnamed), 1, Finding::SuccessionBroken, "life.cbor#1");
    assert_named(&with(Heir::OtherTail), 1, Finding::Inclusion, "entries.cbor#");
    // Without the log that adopts them nothing vouches for these entries.
    let case = Case::of(OFFICE, &Story { heir: Some(Heir::True), ..Story::default() });
    let b = bundle_of(&case, Form::Open, |i| _ = i.logs.pop());
    assert_named(&judge(&b.path, &case), 1, Finding::Inclusion, "entries.cbor#");
    // A log that follows nothing of the case has no business there.
    let b = bundle_of(&case, Form::Open, |i| i.logs[2].life.clear());
    assert_named(&judge(&b.path, &case), 1, Finding::NoEntries, "entries.cbor");
}

/// F40: what the office had received before a withdrawal, or before the suspicion, counts; what came later does not.
#[test]
fn f40_a_device_that_was_withdrawn_later_does_not_undo_a_case() {
    let case = Case::new(OFFICE);
    let received = case.a.wall + 5_000;
    let with = |at, suspect| {
        let revocation = case.office.revocation(&case.a, at, suspect);
        judge(&bundle_of(&case, Form::Open, |i| i.logs[0].revocation = Some(revocation)).path, &case)
    };
    assert_named(&with(T0 + 86_400_000, None), 0, Finding::DeviceRevoked, "data/trust/revocation-");
    assert_named(&with(T0 + 86_400_000, Some(received + 1)), 0, Finding::DeviceRevoked, "data/trust/revocation-");
    let r = with(T0 + 86_400_000, Some(received));
    assert_named(&r, 1, Finding::KeySuspect, "receipt-");
    assert_named(&r, 1, Finding::NoReceipt, "receipt-");
    assert_named(&with(received, None), 1, Finding::KeySuspect, "receipt-");
    let other = case.office.revocation(&case.b, T0 + 1, None);
    let b = bundle_of(&case, Form::Open, |i| i.logs[0].revocation = Some(other));
    assert_named(&judge(&b.path, &case), 1, Finding::RevocationBad, "data/trust/revocation-");
}

/// P5: the party's own checkpoint, scanned or typed, against the bundle.
#[test]
fn p5_a_checkpoint_that_somebody_holds_is_compared() {
    let (case, two) = (Case::new(OFFICE), Case::with_two_histories(OFFICE));
    let b = bundle_of(&case, Form::Open, |i| _ = i.logs[0].checkpoints.remove(&0));
    let with = |checkpoint: &[u8], proof: Option<&[u8]>| {
        let options = Options { checkpoint: Some(checkpoint), proof, ..Options::default() };
        verify(&b.path, &trust(&case), &options)
    };
    let digest = |c: &[u8]| crate::id::hex(&sha256(c));
    let newest = case.a.checkpoints.last().unwrap();
    assert_named(&with(newest, None), 0, Finding::Pinned, &digest(newest));
    let other = &two.a.checkpoints[1];
    assert_named(&with(other, None), 1, Finding::PinnedOther, &digest(other));
    assert_named(&with(b"nothing", None), 2, Finding::PinnedUnknown, &digest(b"nothing"));
    // One that the bundle does not hold: only a proof tells.
    let first = &case.a.checkpoints[0];
    assert_named(&with(first, None), 2, Finding::PinnedUnknown, &digest(first));
    let leaves: Vec<_> = case.a.entries.iter().map(crate::log::Entry::leaf).collect();
    let proof = |path: Vec<crate::id::Digest>| {
        let path: Vec<Value> = path.into_iter().map(Value::from).collect();
        let m = cbor::MapBuilder::new().with("v", 1).with("log", case.a.log()).with("from", 1).with("to", leaves.len() as u64);
        cbor::encode(&m.with("proof", path).build()).unwrap()
    };
    let path = crate::log::tree::consistency(&leaves, 1).unwrap();
    assert_named(&with(first, Some(&proof(path))), 0, Finding::Pinned, &digest(first));
    assert_named(&with(first, Some(&proof(vec![[1; 32]]))), 1, Finding::PinnedOther, &digest(first));
    // As it comes: the QR's text, its digits, the bytes.
    let frame = crate::badge::Frame::Checkpoint { checkpoint: first.clone() };
    let text = frame.to_text("mz.example").unwrap();
    let digits: String = text
        .split_once('#')
        .unwrap()
        .1
        .chars()
        .enumerate()
        .map(|(i, c)| if i % 5 == 4 { format!("{c} ") } else { c.into() })
        .collect();
    for held in [text.as_bytes(), digits.as_bytes(), &frame.to_bytes().unwrap(), first] {
        assert_eq!(read_checkpoint(held).unwrap(), *first);
    }
    assert!(read_checkpoint(b"https://mz.example/b#12").is_err());
}

/// P4, R25: what the party may not have is left out; its place stays proven.
#[test]
fn p4_a_bundle_for_the_party_leaves_out_and_proves() {
    let case = Case::of(OFFICE, &Story::rich());
    let copy = crate::id::hex(&[20; 16]);
    let b = bundle_of(&case, Form::Party, |input| {
        for log in &mut input.logs {
            for e in log.entries.list().unwrap() {
                let kind = crate::log::Header::decode(&e.header).unwrap().kind;
                e.disclosures.retain(|d| !party::withholds(&kind, crate::log::Disclosure::decode(d).unwrap().name()));
            }
        }
        input.withheld = case.photos.iter().map(|p| p.id.clone()).filter(|id| *id != copy).collect();
        let evidence = std::mem::take(&mut input.evidence);
        let ids = case.photos.iter().map(|p| &p.id);
        input.evidence = evidence.into_iter().zip(ids).filter(|(_, id)| **id == copy).map(|(p, _)| p).collect();
        input.access.clear();
    });
    let r = judge(&b.path, &case);
    let found = codes(&r);
    assert_eq!(r.exit_code(), 0, "{}", r.to_text(Language::En));
    assert_eq!(found[&Finding::MediaWithheld].len(), case.photos.len() - 1);
    let withheld: Vec<_> = r.findings().filter(|f| f.finding == Finding::FieldWithheld).map(|f| f.detail.as_str()).collect();
    assert!(withheld.contains(&"original_name") && withheld.contains(&"operator"), "{withheld:?}");
    // Not named as withheld, a missing file is missing.
    let b = bundle_of(&case, Form::Open, |input| input.evidence.truncate(1));
    assert_named(&judge(&b.path, &case), 1, Finding::MediaMissing, "entries.cbor#");
}

/// Where the tests that need a process of their own find their bundle.
const CHILD: &str = "MINGZHENG_TEST_CHILD";

/// Runs one ignored test of this program in a process of its own, and gives what it printed.
fn child(test: &str, place: &Path) -> std::process::Output {
    let exe = std::env::current_exe().unwrap();
    let name = format!("bundle::tests::{test}");
    let args = ["--exact", name.as_str(), "--ignored", "--nocapture", "--test-threads=1"];
    std::process::Command::new(exe).args(args).env(CHILD, place).output().unwrap()
}

fn child_place() -> PathBuf {
    std::env::var_os(CHILD).expect("started by another test").into()
}

/// Peak resident memory of this process, MiB.
fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() / 1024
}

#[test]
#[ignore = "started by f46_… in a process of its own"]
fn child_verifies() {
    let place = child_place();
    let trust = Trust::List(fs::read(place.join("trust.cbor")).unwrap());
    let started = std::time::Instant::now();
    let r = verify(&place.join("bundle"), &trust, &Options::default());
    println!("exit {} peak {} ms {}", r.exit_code(), peak_mib(), started.elapsed().as_millis());
    if r.exit_code() != 0 {
        println!("{}", r.to_text(Language::En));
    }
}

/// Writes the bundle in `place` once more, streamed from its own files.
fn again(place: &Path, target: &Path, stop: bool) -> Result<Written, BundleError> {
    let bundle = place.join("bundle");
    let log = crate::id::Id::from_hex(
        &fs::read_dir(bundle.join("data/log")).unwrap().next().unwrap().unwrap().file_name().to_string_lossy(),
    );
    let log = log.unwrap();
    let at = |path: String| bundle.join(path);
    let files = |folder: &str| {
        let mut names: Vec<_> = fs::read_dir(bundle.join(folder)).unwrap().map(|f| f.unwrap().path()).collect();
        names.sort();
        names
    };
    let stem = |p: &Path| p.file_stem().unwrap().to_str().unwrap().to_owned();
    let copy = |path: PathBuf| Content::stream(move |out| std::io::copy(&mut fs::File::open(path)?, out).map(|_| ()));
    let list = super::verify::entry_items(&at(super::layout::entries(&log))).unwrap();
    let n = list.len() as u64;
    let entries = Entries::stream(n, move |add| {
        for (offset, len) in list {
            let mut file = fs::File::open(at(super::layout::entries(&log))).unwrap();
            file.seek(SeekFrom::Start(offset)).unwrap();
            let mut item = vec![0; len];
            std::io::Read::read_exact(&mut file, &mut item).unwrap();
            let Value::Array(parts) = cbor::decode(&item).unwrap() else { panic!("no entry") };
            let [header, disclosures, proof]: [Value; 3] = parts.try_into().unwrap();
            add(EntryPart {
                header: header.bytes("header").unwrap(),
                disclosures: disclosures.array("d").unwrap().into_iter().map(|d| d.bytes("d").unwrap()).collect(),
                proof: proof.array("p").unwrap().into_iter().map(|d| d.array_of("p").unwrap()).collect(),
            })?;
        }
        Ok(())
    });
    let office = super::fixture::Office::new(OFFICE);
    let evidence = files("data/evidence").into_iter().enumerate().map(|(i, path)| {
        EvidencePart::new(&stem(&path), "jpg", false, move |out| {
            if stop && i == 20 {
                std::process::abort();
            }
            std::io::copy(&mut fs::File::open(path)?, out).map(|_| ())
        })
    });
    let input = BundleInput {
        case: CASE,
        at: T0,
        form: Form::Open,
        page: None,
        withheld: Default::default(),
        trust: office.trust.clone(),
        logs: vec![LogPart {
            log,
            enrolment: fs::read(bundle.join(super::layout::enrolment(&log))).unwrap(),
            revocation: None,
            entries,
            life: vec![],
            newest: 0,
            consistency: BTreeMap::new(),
            checkpoints: BTreeMap::new(),
            receipts: BTreeMap::new(),
        }],
        badges: vec![],
        assignment: None,
        packs: vec![],
        anchors: vec![],
        custody: files("data/custody").into_iter().map(|p| (crate::id::digest_from_hex(&stem(&p)).unwrap(), copy(p))).collect(),
        outside: vec![],
        destroyed: vec![],
        access: vec![],
        evidence: evidence.collect(),
        papers: vec![],
    };
    write(target, input, &office.key(7))
}

#[test]
#[ignore = "started by f46_… in a process of its own"]
fn child_exports() {
    let place = child_place();
    let written = again(&place, &place.join("again"), false).unwrap();
    super::zip::write(&place.join("again"), "case-1", &place.join("again.zip")).unwrap();
    println!("files {} peak {}", written.files, peak_mib());
}

#[test]
#[ignore = "started by f46_… in a process of its own"]
fn child_is_killed_while_it_exports() {
    let place = child_place();
    _ = again(&place, &place.join("killed"), true);
}

fn number_after(output: &std::process::Output, word: &str) -> u64 {
    let text = String::from_utf8_lossy(&output.stdout);
    let mut words = text.split_whitespace().skip_while(|w| *w != word);
    words
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or_else(|| panic!("no {word} in {text}{}", String::from_utf8_lossy(&output.stderr)))
}

/// F46: notes, photographs, bytes of each; the whole measure is `MINGZHENG_LARGE=10000,20000,300000`.
fn large() -> (usize, usize, usize) {
    let given = std::env::var("MINGZHENG_LARGE").unwrap_or_else(|_| "1000,500,2000".into());
    let mut numbers = given.split(',').map(|n| n.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap(), numbers.next().unwrap())
}

/// F46: verified and exported in bounded memory, and an export that was killed leaves nothing under the final name, and the next goes on.
#[test]
fn f46_a_large_case_needs_little_memory_and_an_export_that_was_killed_goes_on() {
    const MOST_MIB: u64 = 128;
    let (notes, photos, bytes) = large();
    let b = place();
    let folder = b.path.parent().unwrap();
    let case = super::fixture::Large::new(notes, photos, bytes);
    case.write(&b.path);
    fs::write(folder.join("trust.cbor"), &case.office.trust).unwrap();
    drop(case);
    let verified = child("child_verifies", folder);
    assert_eq!(number_after(&verified, "exit"), 0, "{}", String::from_utf8_lossy(&verified.stdout));
    let (verifying, ms) = (number_after(&verified, "peak"), number_after(&verified, "ms"));
    let exported = child("child_exports", folder);
    let exporting = number_after(&exported, "peak");
    println!(
        "{notes} notes, {photos} photographs of {bytes} bytes: verified in {ms} ms, {verifying} MiB; exported with {exporting} MiB"
    );
    assert!(verifying <= MOST_MIB && exporting <= MOST_MIB, "verifying {verifying} MiB, exporting {exporting} MiB");
    // Killed in the middle: no folder of the final name; the next one is whole.
    let killed = child("child_is_killed_while_it_exports", folder);
    assert!(!killed.status.success() && !folder.join("killed").exists() && folder.join("killed.partial").exists());
    again(folder, &folder.join("killed"), false).unwrap();
    assert!(!folder.join("killed.partial").exists());
    let digest = |name: &str| sha256(&fs::read(folder.join(name).join("bundle.cose")).unwrap());
    assert_eq!(digest("killed"), digest("again"), "and the same as one that nobody killed");
}
