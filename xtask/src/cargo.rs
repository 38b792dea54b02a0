//! Rust: one build for demo and tests, formatting, clippy, tests.

use crate::count::{self, Count};
use crate::coverage;
use crate::need;
use crate::place::Place;
use crate::run::{Log, tail};
use crate::say;
use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

/// `cargo` in the clone, told where tests find things.
pub(crate) fn cargo(place: &Place, arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(&place.root).envs(place.variables()).env("CARGO_TERM_COLOR", "never");
    // What `cargo run` told xtask about itself is not for the crates that are built from here.
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO_CRATE_NAME"
        }) {
            command.env_remove(name);
        }
    }
    command
}

/// Builds every default member once, with the features that all share.
pub(crate) fn build(place: &Place) -> Result<(), String> {
    need::COMPILER.ready(place)?;
    need::WEB.ready(place)?;
    Log::new(place, "build")?.run(&mut cargo(place, &["build"])).map(drop)
}

/// Formatting and clippy, a warning fails too; and whether the pages of coverage are those of these tests.
pub(crate) fn lint(place: &Place, log: &mut Log) -> Result<Count, String> {
    let mut count = Count::default();
    let (unformatted, formatted) = log.ask(&mut cargo(place, &["fmt", "--all", "--check", "--", "-l"]))?;
    if formatted {
        count.passed += 1;
    } else {
        count.failed += 1;
        say::line(&format!("  cargo fmt would change:\n{}", tail(&unformatted, 40)));
    }
    if coverage::is_current(place)? {
        count.passed += 1;
    } else {
        count.failed += 1;
        say::line("  docs/coverage.md or docs/rules.md is not what the tests say: cargo xtask coverage");
    }
    let clippy = clippy_of_this_clone(place, log)?;
    let mut check = cargo(place, &["check", "--workspace", "--all-targets", "--keep-going"]);
    // clippy-driver's own way to be handed arguments
    let wrapped = check.env("RUSTC_WORKSPACE_WRAPPER", clippy).env("CLIPPY_ARGS", "-Dwarnings__CLIPPY_HACKERY__");
    match log.run(wrapped) {
        Ok(_) => count.passed += 1,
        Err(error) => {
            count.failed += 1;
            say::line(&format!("  {}", error.trim_end()));
        }
    }
    Ok(count)
}

/// A link in this clone to clippy-driver, so that clones do not share each other's verdicts (docs/adr/0001).
fn clippy_of_this_clone(place: &Place, log: &mut Log) -> Result<PathBuf, String> {
    let sysroot = log.run(Command::new("rustc").args(["--print", "sysroot"]).current_dir(&place.root))?;
    let driver = PathBuf::from(sysroot.trim().lines().next_back().unwrap_or_default()).join("bin/clippy-driver");
    let link = place.target().join("clippy-driver");
    if fs::read_link(&link).ok().as_ref() != Some(&driver) {
        if link.symlink_metadata().is_ok() {
            fs::remove_file(&link).map_err(|error| format!("{}: {error}", link.display()))?;
        }
        symlink(&driver, &link).map_err(|error| format!("{}: {error}", link.display()))?;
    }
    Ok(link)
}

/// All Rust tests.
pub(crate) fn test(place: &Place, log: &mut Log) -> Result<Count, String> {
    let (output, succeeded) = log.ask(&mut cargo(place, &["test", "--workspace", "--no-fail-fast"]))?;
    finished(count::libtest(&output), succeeded, &output)
}

/// The tests that need a real store, or a stranger's client or server, beside them; the stage `rust` leaves them out.
pub(crate) fn store(place: &Place, log: &mut Log) -> Result<Count, String> {
    let tests = ["--test", "objects", "--test", "conversation", "--test", "tus"];
    let how = ["--", "--ignored", "--nocapture", "--test-threads=1", "--skip", "installed::"];
    let arguments = [&["test", "--workspace", "--no-fail-fast"], &tests[..], &how[..]].concat();
    let (output, succeeded) = log.ask(&mut cargo(place, &arguments))?;
    repeat(&output, &["contract on ", "MinIO ", "files in MinIO", "tus-js-client at ", "our phone at "]);
    finished(count::libtest(&output), succeeded, &output)
}

/// Says again what tests printed that begins so: it stands behind the test's name.
pub(crate) fn repeat(output: &str, beginnings: &[&str]) {
    for line in output.lines() {
        if let Some(at) = beginnings.iter().find_map(|begins| line.find(begins)) {
            say::line(&format!("  {}", line.get(at..).unwrap_or_default()));
        }
    }
}

/// A runner that failed without counting a failure has failed before its tests.
pub(crate) fn finished(count: Count, succeeded: bool, output: &str) -> Result<Count, String> {
    if succeeded || count.failed > 0 { Ok(count) } else { Err(tail(output, 60)) }
}
