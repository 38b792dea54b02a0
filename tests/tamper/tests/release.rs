//! The bundle that the first release made, kept for ever: it must verify with every later version, in every verifier (F40, J23).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_tamper::judge::{Job, Verifier};
use std::fs;
use std::path::Path;

/// Sealed, made by the office of the first release from the day of the demo (with small photographs).
#[test]
fn f40_j23_the_first_releases_bundle_verifies_for_ever() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/first-release");
    let trust = fs::read(folder.join("trust.cbor")).unwrap();
    let jobs = [Job { bundle: folder.join("sealed.zip"), flip: None }];
    let rust = Verifier::Rust.judge(&jobs, &trust);
    for (job, report) in jobs.iter().zip(&rust) {
        assert!(report.exit == 0 && report.consistent, "{}:\n{report}", job.bundle.display());
    }
    for verifier in Verifier::all().iter().skip(1) {
        for (report, expected) in verifier.judge(&jobs, &trust).iter().zip(&rust) {
            assert!(report == expected, "{} says\n{report}\nand Rust\n{expected}", verifier.name());
        }
    }
}
