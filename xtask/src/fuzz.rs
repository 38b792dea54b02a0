//! `cargo fuzz` where a nightly compiler can be had: all targets for a given time in all, from the vectors and the pieces of a real bundle.
//! On stable the same seeds run as ordinary tests (tests/tamper/tests/corpus.rs), in the stage `rust`.

use crate::count::Count;
use crate::place::{Place, program};
use crate::run::Log;
use crate::say;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

const CARGO_FUZZ: &str = "0.13.2";
/// In all, on two processors side by side, so that the clock shows half.
const USUAL: Duration = Duration::from_secs(4 * 60);
const LONG: Duration = Duration::from_secs(4 * 60 * 60);

fn home(place: &Place) -> PathBuf {
    place.cache.join("fuzz")
}

fn tool(place: &Place) -> PathBuf {
    place.cache.join("cargo-fuzz/bin/cargo-fuzz")
}

/// Why there is no fuzzing here, if there is none.
fn missing() -> Option<&'static str> {
    if program("rustup").is_none() {
        return Some("no rustup, so no nightly compiler");
    }
    let nightly = Command::new("rustup").args(["run", "nightly", "rustc", "--version"]).output();
    (!nightly.is_ok_and(|output| output.status.success())).then_some("no nightly compiler (rustup toolchain install nightly)")
}

/// Installs `cargo-fuzz` of the pinned version. Without a nightly compiler nothing is needed: the stage says that it is skipped.
pub(crate) fn prepare(place: &Place) -> Result<(), String> {
    if missing().is_some() || tool(place).is_file() {
        return Ok(());
    }
    say::line("  installing cargo-fuzz");
    let mut command = Command::new("cargo");
    command.args(["install", "cargo-fuzz", "--locked", "--version", CARGO_FUZZ, "--root"]).arg(place.cache.join("cargo-fuzz"));
    Log::quiet(place, "cargo-fuzz")?.run(&mut command).map(drop)
}

/// The names of all targets.
fn targets(place: &Place) -> Result<Vec<String>, String> {
    let folder = place.root.join("tests/fuzz/fuzz_targets");
    let files = folder.read_dir().map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<_> = files.flatten().filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    Ok(names)
}

/// The stage: four minutes in all.
pub(crate) fn test(place: &Place, log: &mut Log) -> Result<Count, String> {
    match missing() {
        Some(why) => Ok(Count { skipped: vec![format!("stage fuzz: {why}")], ..Count::default() }),
        None => run(place, log, USUAL, &targets(place)?),
    }
}

/// `cargo xtask fuzz [--long] [TARGET…]`.
pub(crate) fn command(place: &Place, arguments: &[String]) -> Result<bool, String> {
    if let Some(why) = missing() {
        return Err(format!("{why}; the seeds run in `cargo xtask test --only rust` all the same"));
    }
    crate::need::prepare(place, &[&crate::need::COMPILER, &crate::need::WEB, &crate::need::BUILD, &crate::need::FUZZ])?;
    let named: Vec<_> = arguments.iter().filter(|word| *word != "--long").cloned().collect();
    let long = arguments.len() > named.len();
    let names = if named.is_empty() { targets(place)? } else { named };
    let count = run(place, &mut Log::new(place, "fuzz")?, if long { LONG } else { USUAL }, &names)?;
    Ok(count.failed == 0)
}

fn run(place: &Place, log: &mut Log, time: Duration, names: &[String]) -> Result<Count, String> {
    let begun = Instant::now();
    let home = home(place);
    let mut build = Command::new(tool(place));
    build.args(["build", "--fuzz-dir"]).arg(place.root.join("tests/fuzz")).arg("--target-dir").arg(home.join("target"));
    build.current_dir(&place.root).env("CARGO_BUILD_BUILD_DIR", &home).env("RUSTUP_TOOLCHAIN", "nightly");
    // What cargo and rustup told xtask is about the pinned compiler.
    for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTUP_HOME_TOOLCHAIN", "RUSTFLAGS"] {
        build.env_remove(name);
    }
    log.run(&mut build)?;
    let material = home.join("material");
    if material.exists() {
        fs::remove_dir_all(&material).map_err(|error| format!("{}: {error}", material.display()))?;
    }
    fs::create_dir_all(&material).map_err(|error| format!("{}: {error}", material.display()))?;
    log.run(Command::new(place.built().join("mingzheng-tamper")).arg("fuzz-material").arg(&material))?;
    let each = time.as_secs() / names.len().max(1) as u64;
    let built = say::clock(begun.elapsed());
    say::line(&format!("  fuzzing {} targets for {each} s each, two side by side (built in {built})", names.len()));
    let found = home.join("found");
    fs::create_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
    let results: Vec<_> = names.chunks(2).flat_map(|pair| two(place, &material, pair, each)).collect();
    let (mut count, mut inputs) = (Count::default(), 0);
    for (name, result) in results {
        match result {
            Ok(runs) => {
                count.passed += 1;
                inputs += runs;
            }
            Err(error) => {
                count.failed += 1;
                say::line(&format!("  {name}: {error}"));
            }
        }
    }
    say::line(&format!("  {inputs} inputs in {}", say::clock(begun.elapsed())));
    Ok(count)
}

/// Two targets side by side.
fn two(place: &Place, material: &std::path::Path, names: &[String], seconds: u64) -> Vec<(String, Result<u64, String>)> {
    thread::scope(|scope| {
        let running: Vec<_> = names.iter().map(|name| scope.spawn(move || one(place, material, name, seconds))).collect();
        let ended = running.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err("the thread failed".to_owned())));
        names.iter().cloned().zip(ended).collect()
    })
}

/// One target: how many inputs it took, or where the input that breaks it lies.
fn one(place: &Place, material: &std::path::Path, name: &str, seconds: u64) -> Result<u64, String> {
    let home = home(place);
    // A true bundle of an earlier run is green too: what is no such bundle shows only beside the material of this one.
    let corpus = if name == "zip" { material } else { &home }.join("corpus").join(name);
    fs::create_dir_all(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    let mut log = Log::quiet(place, &format!("fuzz-{name}"))?;
    let mut command = Command::new(home.join("target/x86_64-unknown-linux-gnu/release").join(name));
    command.arg(corpus).arg(material.join("seeds").join(name)).arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-artifact_prefix={}/{name}-", home.join("found").display()));
    command.args(["-timeout=20", "-rss_limit_mb=3000", "-print_final_stats=1", "-verbosity=1"]);
    let (output, succeeded) = log.ask(command.env("MINGZHENG_FUZZ_MATERIAL", material).env("ASAN_OPTIONS", "detect_leaks=0"))?;
    if succeeded {
        let runs = output.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
        return runs.and_then(|runs| runs.trim().parse().ok()).ok_or_else(|| "it tells no number of runs".to_owned());
    }
    let found = output.lines().rev().find_map(|line| line.split_once("Test unit written to ")).map_or("", |(_, path)| path);
    let why = output.lines().find(|line| line.contains("panicked at") || line.contains("ERROR: ")).unwrap_or("it failed");
    Err(format!(
        "{why}\n    input: {found}; put it into tests/fuzz/corpus/{name} with the fix\n    log: {}",
        log.path().display()
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    fn sources(at: &Path, found: &mut Vec<PathBuf>) {
        if at.is_dir() {
            fs::read_dir(at).unwrap().for_each(|inside| sources(&inside.unwrap().path(), found));
        } else if at.extension().is_some_and(|e| e == "rs") {
            found.push(at.to_owned());
        }
    }

    /// The instrumented build names the core's modules one by one: whatever one of them uses is named too.
    #[test]
    fn every_module_that_is_used_is_in_the_instrumented_build() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let list = fs::read_to_string(root.join("tests/fuzz/src/lib.rs")).unwrap();
        let named: BTreeSet<&str> = list.lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
        let mut files = Vec::new();
        for path in list.lines().filter_map(|l| l.strip_prefix("#[path = \"../../../core/src/")?.strip_suffix("\"]")) {
            let path = root.join("core/src").join(path);
            let whole = path.file_name().is_some_and(|name| name == "mod.rs");
            sources(if whole { path.parent().unwrap() } else { &path }, &mut files);
        }
        assert!(files.len() > 50, "{} files", files.len());
        let mut missing = BTreeSet::new();
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let used = text
                .split("crate::")
                .skip(1)
                .map(|rest| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>());
            missing.extend(used.filter(|m| !m.is_empty() && !named.contains(m.as_str())));
        }
        assert!(missing.is_empty(), "not named in tests/fuzz/src/lib.rs: {missing:?}");
    }
}
