//! MinIO, a real S3 store for the tests, built from its Go module into the cache folder.

use crate::place::Place;
use crate::run::Log;
use crate::say;
use std::fs;
use std::process::Command;

/// Module with its version, and its sum as in a `go.sum`.
const MODULE: &str = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c";
const SUM: &str = "h1:/qdoYujxF5MBLDMVLeiYJ/7fBa1HikX39Dvzb9Ji8pA=";

/// Builds it once: some minutes and 2 GB of Go's own caches, which are removed again.
pub(crate) fn prepare(place: &Place) -> Result<(), String> {
    let program = place.minio();
    if program.is_file() {
        return Ok(());
    }
    let home = program.parent().ok_or("no folder for MinIO")?.to_owned();
    let work = home.join("work");
    fs::create_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
    say::line(&format!("  building {MODULE} (some minutes, once)"));
    let mut log = Log::quiet(place, "minio")?;
    let go = |arguments: &[&str]| {
        let mut go = Command::new("go");
        go.args(arguments).current_dir(&work).env("GOTOOLCHAIN", "local").env("GOFLAGS", "-modcacherw -trimpath -buildvcs=false");
        go.env("GOMODCACHE", work.join("modules")).env("GOCACHE", work.join("cache")).env("GOBIN", &work);
        go
    };
    if !log.run(&mut go(&["mod", "download", "-json", MODULE]))?.contains(&format!("\"Sum\": \"{SUM}\"")) {
        return Err(format!("{MODULE} is not the one that was pinned"));
    }
    log.run(&mut go(&["install", "-ldflags", "-s -w", MODULE]))?;
    fs::rename(work.join("minio"), &program).map_err(|error| format!("{}: {error}", program.display()))?;
    fs::remove_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))
}
