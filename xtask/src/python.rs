//! The Python with the foreign verifiers, in the cache folder; the tests that use it.

use crate::cargo::{cargo, finished};
use crate::count::{self, Count};
use crate::debian::{self, Package};
use crate::place::Place;
use crate::run::Log;
use crate::say;
use std::fs;
use std::process::Command;

/// Makes the virtual environment anew when the list of packages has changed.
pub(crate) fn prepare(place: &Place) -> Result<(), String> {
    let list = place.root.join("tests/foreign/requirements.txt");
    let wanted = fs::read_to_string(&list).map_err(|error| format!("{}: {error}", list.display()))?;
    let home = place.cache.join("python");
    let stamp = home.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    say::line("  installing Python packages");
    let mut log = Log::quiet(place, "python")?;
    fs::create_dir_all(&place.cache).map_err(|error| format!("{}: {error}", place.cache.display()))?;
    // Debian ships python3 without the part that makes virtual environments.
    let (_, complete) = log.ask(Command::new("python3").args(["-c", "import ensurepip, venv"]))?;
    if !complete {
        debian::install(place, &[&Package::new("python3-venv", "")])?;
    }
    log.run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
    log.run(Command::new(place.python()).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&list))?;
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))
}

/// Verifiers that others wrote judge what the demo has left.
pub(crate) fn test(place: &Place, log: &mut Log) -> Result<Count, String> {
    let pictures = place.target().join("qr-pictures");
    let words = ["run", "--quiet", "--example", "badge_measure", "--", "pictures"];
    log.run(cargo(place, &words).arg(&pictures))?;
    let mut command = Command::new(place.python());
    command
        .args(["-m", "pytest", "-rs", "-p", "no:cacheprovider", "tests/foreign", "tests/independent/tests"])
        .current_dir(&place.root);
    let (output, succeeded) = log.ask(command.envs(place.variables()).env("PYTHONDONTWRITEBYTECODE", "1"))?;
    finished(count::pytest(&output), succeeded, &output)
}
