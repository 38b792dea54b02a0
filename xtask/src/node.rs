//! The pages: npm packages, esbuild, their tests.

use crate::cargo::finished;
use crate::count::{self, Count};
use crate::place::{Place, fresh};
use crate::run::Log;
use crate::say;
use std::process::Command;

fn npm(place: &Place, arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(place.root.join("web")).envs(place.variables());
    command
}

/// Installs the locked packages and builds `web/dist`, each only when something is newer.
pub(crate) fn prepare(place: &Place) -> Result<(), String> {
    let web = place.root.join("web");
    if !web.join("package.json").exists() {
        return Ok(());
    }
    let mut log = Log::quiet(place, "web-build")?;
    if !fresh(&web.join("node_modules/.package-lock.json"), &[web.join("package-lock.json")]) {
        say::line("  installing npm packages");
        log.run(&mut npm(place, &["ci", "--no-audit", "--no-fund"]))?;
    }
    // The built pages are part of the office: rewriting them without need would build the office again.
    let stamp = place.target().join("web-built");
    if !web.join("dist").exists() || !fresh(&stamp, &[web]) {
        log.run(&mut npm(place, &["run", "build"]))?;
        std::fs::create_dir_all(place.target())
            .and_then(|()| std::fs::write(&stamp, ""))
            .map_err(|error| format!("{}: {error}", stamp.display()))?;
    }
    Ok(())
}

/// tus-js-client and @tus/server for the tests of uploads.
pub(crate) fn prepare_tus(place: &Place) -> Result<(), String> {
    let folder = place.root.join("tests/tus");
    if fresh(&folder.join("node_modules/.package-lock.json"), &[folder.join("package-lock.json")]) {
        return Ok(());
    }
    say::line("  installing tus-js-client and @tus/server");
    let mut log = Log::quiet(place, "tus")?;
    log.run(npm(place, &["ci", "--no-audit", "--no-fund"]).current_dir(folder)).map(drop)
}

/// Types, then the pages' tests in Node and in Chromium.
pub(crate) fn test(place: &Place, log: &mut Log) -> Result<Count, String> {
    log.run(&mut npm(place, &["run", "check"]))?;
    let folder = place.root.join("web/test");
    let entries = folder.read_dir().map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<_> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.to_string_lossy().ends_with(".test.mjs")).collect();
    files.sort();
    // Not `npm test`: it builds first, and prepare has.
    let mut command = Command::new("node");
    command.args(["--test", "--test-reporter=tap"]).args(files).current_dir(place.root.join("web")).envs(place.variables());
    let (output, succeeded) = log.ask(&mut command)?;
    let mut count = Count::passed(1);
    count.add(count::tap(&output));
    finished(count, succeeded, &output)
}
