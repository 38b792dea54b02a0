//! The tamper matrix and the flipped bits with all three verifiers, and the bundle of the first release.

use crate::cargo::{cargo, finished};
use crate::count::{self, Count};
use crate::place::Place;
use crate::run::Log;

/// Flipped bits of the small bundle; a hundred of the demo's come beside.
const FLIPS: &str = "10000";

/// Rust, the Python verifier and the page judge the same damaged bundles.
pub(crate) fn test(place: &Place, log: &mut Log) -> Result<Count, String> {
    let demo = place.demo_out();
    if !demo.join("bundle.zip").exists() {
        return Err("there is no demo-out/bundle.zip; the stage demo writes it".to_owned());
    }
    let mut command =
        cargo(place, &["test", "--workspace", "--no-fail-fast", "--test", "matrix", "--test", "release", "--", "--nocapture"]);
    command.env("MINGZHENG_VERIFIERS", "python,page").env("MINGZHENG_PYTHON", place.python()).env("MINGZHENG_FLIPS", FLIPS);
    let (output, succeeded) = log.ask(command.env("MINGZHENG_TAMPER_DEMO", demo))?;
    finished(count::libtest(&output), succeeded, &output)
}
