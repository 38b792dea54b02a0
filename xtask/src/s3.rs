//! The small S3 store of the tests (`tests/s3`), built into the cache folder.

use crate::cargo::cargo;
use crate::need;
use crate::place::Place;
use crate::run::Log;
use crate::say;

/// Cargo sees for itself whether anything is newer; the first time takes some minutes.
pub(crate) fn prepare(place: &Place) -> Result<(), String> {
    need::COMPILER.ready(place)?;
    let home = place.s3().ancestors().nth(2).ok_or("no folder for S3")?.to_owned();
    if !place.s3().is_file() {
        say::line("  building tests/s3 (some minutes, once)");
    }
    let mut build = cargo(place, &["build", "--locked"]);
    build.current_dir(place.root.join("tests/s3")).env("CARGO_TARGET_DIR", &home).env("CARGO_BUILD_BUILD_DIR", &home);
    Log::quiet(place, "s3")?.run(&mut build).map(drop)
}
