//! F38, F39, F40, J19, J23, P9: the tamper matrix and the flipped bits. `MINGZHENG_VERIFIERS=python,page` brings the others in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_core::bundle::zip;
use mingzheng_tamper::archive::Archive;
use mingzheng_tamper::damage::{self, Verdict};
use mingzheng_tamper::judge::{Job, Judged, Verifier};
use mingzheng_tamper::table::{self, Row};
use mingzheng_tamper::{Made, made};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What is said of the undamaged bundle.
fn usual(made: &Made, place: &Path) -> Judged {
    let zip = place.join("usual.zip");
    fs::write(&zip, Archive::of(&made.open, "case-1").bytes()).unwrap();
    let report = Verifier::Rust.judge(&[Job { bundle: zip, flip: None }], &made.trust).remove(0);
    assert_eq!(report.exit, 0, "{report}");
    report
}

/// Each kind of damage is named, never green, and by all verifiers alike: same verdict, same (code, subject).
#[test]
fn f38_f39_f40_j19_j23_every_damage_is_named_alike_by_all_verifiers() {
    let made = made();
    let place = tempfile::tempdir().unwrap();
    let usual = usual(&made, place.path());
    let groups = damage::all(&made);
    // One list for each trust list that is given, so that each verifier starts seldom.
    let mut lists: BTreeMap<Vec<u8>, Vec<(String, Job)>> = BTreeMap::new();
    let all = groups.iter().flat_map(|group| &group.damages).flat_map(|damage| &damage.bundles);
    for (number, damaged) in all.enumerate() {
        let name = format!("{number:04}");
        let job = Job { bundle: damaged.write(&place.path().join(&name)), flip: None };
        lists.entry(damaged.trust.clone().unwrap_or_else(|| made.trust.clone())).or_default().push((name, job));
    }
    let verifiers = Verifier::all();
    let mut reports: Vec<BTreeMap<String, Judged>> = Vec::new();
    for verifier in &verifiers {
        let mut by_name = BTreeMap::new();
        for (trust, list) in &lists {
            let jobs: Vec<_> = list.iter().map(|(_, job)| job.clone()).collect();
            by_name.extend(list.iter().map(|(name, _)| name.clone()).zip(verifier.judge(&jobs, trust)));
        }
        reports.push(by_name);
    }
    let (mut rows, mut wrong, mut number) = (Vec::new(), Vec::new(), 0);
    for group in &groups {
        for damage in &group.damages {
            let mut said = Vec::new();
            for damaged in &damage.bundles {
                let name = format!("{number:04}");
                number += 1;
                let here = format!("{} / {} / {}", group.name, damage.name, damaged.what);
                let rust = &reports[0][&name];
                if let Some(why) = unexpected(damage.verdict, rust) {
                    wrong.push(format!("{here}: {why}\n{rust}"));
                }
                for (verifier, of) in verifiers.iter().zip(&reports).skip(1) {
                    if of[&name] != *rust {
                        wrong.push(format!(
                            "{here}: {} says otherwise than Rust\n{}",
                            verifier.name(),
                            differences(rust, &of[&name])
                        ));
                    }
                }
                said.push(rust.clone());
            }
            let codes = table::codes(&said, &usual);
            rows.push(Row { group: group.name, name: damage.name, verdict: damage.verdict, bundles: said.len(), codes });
        }
    }
    let names: Vec<_> = verifiers.iter().map(Verifier::name).collect();
    println!("{number} damaged bundles, {} kinds, judged by {}", rows.len(), names.join(", "));
    let shown = wrong.len().min(env::var("MINGZHENG_SHOW").ok().and_then(|n| n.parse().ok()).unwrap_or(12));
    assert!(wrong.is_empty(), "{} of {number} are judged wrongly:\n{}", wrong.len(), wrong[..shown].join("\n"));
    compare_with_docs(&table::markdown(&rows));
}

fn unexpected(verdict: Verdict, report: &Judged) -> Option<String> {
    let (exit, status, codes, all) = match verdict {
        Verdict::Refused(codes) => (1, Some("failed"), codes, false),
        Verdict::Unsettled(codes) => (2, Some("cannot_judge"), codes, false),
        Verdict::Stands(codes) => (0, None, codes, true),
    };
    let named = |code: &&&str| report.findings.iter().any(|((c, _), s)| c == **code && status.is_none_or(|status| s == status));
    let found = codes.iter().filter(named).count();
    let enough = if all { found == codes.len() } else { found > 0 };
    if report.exit != exit {
        return Some(format!("exit {} instead of {exit}", report.exit));
    }
    (!enough).then(|| format!("named by none of {codes:?}"))
}

fn differences(rust: &Judged, other: &Judged) -> String {
    let mut out = String::new();
    for (sign, a, b) in [("only Rust", rust, other), ("only the other", other, rust)] {
        for ((code, subject), status) in a.findings.iter().filter(|(key, _)| !b.findings.contains_key(*key)) {
            out += &format!("  {sign}: {status} {code} {subject}\n");
        }
    }
    for (check, status) in rust.checks.iter().filter(|(check, status)| other.checks.get(*check) != Some(status)) {
        out += &format!("  check {check}: {status} / {:?}\n", other.checks.get(check));
    }
    let head = |j: &Judged| {
        format!("exit {} consistent {} case {} exported {} signer {}", j.exit, j.consistent, j.case, j.exported, j.signer)
    };
    if head(rust) != head(other) {
        out += &format!("  {}\n  {}\n", head(rust), head(other));
    }
    out
}

const BEGIN: &str = "<!-- matrix: made by tests/tamper -->\n";
const END: &str = "<!-- end of the matrix -->\n";

/// The table of docs/proof.md is this one; `MINGZHENG_UPDATE=1` writes it.
fn compare_with_docs(table: &str) {
    let path = root().join("docs/proof.md");
    let page = fs::read_to_string(&path).unwrap();
    let (head, rest) = page.split_once(BEGIN).expect("docs/proof.md has the place of the matrix");
    let (present, tail) = rest.split_once(END).expect("docs/proof.md has the end of the matrix");
    if env::var_os("MINGZHENG_UPDATE").is_some() {
        fs::write(&path, [head, BEGIN, table, END, tail].concat()).unwrap();
    } else {
        assert!(present == table, "docs/proof.md is not what was found; MINGZHENG_UPDATE=1 writes it anew:\n{table}");
    }
}

/// The writer of these tests makes byte for byte the zip that core makes, so that a deviation is the one that was asked for.
#[test]
fn the_undamaged_archive_is_cores_own() {
    let made = made();
    let place = tempfile::tempdir().unwrap();
    let (folder, zipped) = (place.path().join("bag"), place.path().join("bag.zip"));
    made.sealed.write(&folder);
    zip::write(&folder, "case-1", &zipped).unwrap();
    assert!(fs::read(zipped).unwrap() == Archive::of(&made.sealed, "case-1").bytes());
}

/// A small generator with a seed, so that a failure can be repeated (xorshift64*).
struct Dice(u64);
impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) % n
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

fn flip(verifier: &Verifier, zip: &Path, trust: &[u8], count: u64, seed: u64) {
    let bits = fs::metadata(zip).unwrap().len() * 8;
    let mut dice = Dice(seed | 1);
    let jobs: Vec<_> = (0..count).map(|_| Job { bundle: zip.to_owned(), flip: Some(dice.below(bits)) }).collect();
    let reports = verifier.judge(&jobs, trust);
    for (job, report) in jobs.iter().zip(&reports) {
        let named = report.findings.iter().any(|((_, subject), status)| status == "failed" && !subject.is_empty());
        assert!(
            report.exit == 1 && named,
            "{} with seed {seed}, bit {:?} of {}:\n{report}",
            verifier.name(),
            job.flip,
            zip.display()
        );
    }
}

/// F38: random single bits of a whole zip of at most 256 KiB: each verifier refuses every one by name. A thousand here, ten thousand by
/// `MINGZHENG_FLIPS` in xtask's stage `tamper`.
#[test]
fn f38_p9_flipped_bits_of_a_small_bundle_are_refused_by_name() {
    let made = made();
    let place = tempfile::tempdir().unwrap();
    let zip = place.path().join("sealed.zip");
    fs::write(&zip, Archive::of(&made.sealed, "case-1").bytes()).unwrap();
    assert!(fs::metadata(&zip).unwrap().len() <= 256 * 1024);
    let seed = number("MINGZHENG_SEED", u64::from(std::process::id()) * 2_654_435_761);
    println!("seed {seed}");
    for verifier in Verifier::all() {
        flip(&verifier, &zip, &made.trust, number("MINGZHENG_FLIPS", 1_000), seed);
    }
}

/// F38: the same on the whole bundle of the demo, where it was played before (xtask's stage `tamper`).
#[test]
fn f38_p9_flipped_bits_of_the_demos_bundle_are_refused_by_name() {
    let Some(demo) = env::var_os("MINGZHENG_TAMPER_DEMO").map(PathBuf::from) else {
        println!("not asked for: MINGZHENG_TAMPER_DEMO names no folder");
        return;
    };
    let (zip, trust) = (demo.join("bundle.zip"), fs::read(demo.join("trust.cbor")).unwrap());
    let seed = number("MINGZHENG_SEED", u64::from(std::process::id()) * 2_654_435_761);
    println!("seed {seed}");
    let whole = [Job { bundle: zip.clone(), flip: None }];
    let rust = Verifier::Rust.judge(&whole, &trust).remove(0);
    assert_eq!(rust.exit, 0, "{rust}");
    for verifier in Verifier::all() {
        let other = verifier.judge(&whole, &trust).remove(0);
        assert!(other == rust, "{}:\n{}", verifier.name(), differences(&rust, &other));
        flip(&verifier, &zip, &trust, 100, seed);
    }
}
