//! `cargo xtask samples`: every form of the shipped pack, filled with one coherent case.

use crate::cargo::cargo;
use crate::need;
use crate::place::Place;
use crate::run::Log;
use crate::say;
use std::fs;
use std::path::{Path, PathBuf};

/// Makes the PDFs and the contact sheet.
pub(crate) fn run(place: &Place, folder: &Path) -> Result<bool, String> {
    for need in [&need::COMPILER, &need::PDF] {
        need.ready(place)?;
    }
    let papers = make(place, &mut Log::new(place, "samples")?, folder)?;
    say::line(&format!("{} forms and forms.png in {}", papers.len(), folder.display()));
    Ok(true)
}

/// The PDFs, in the order of the pack.
pub(crate) fn make(place: &Place, log: &mut Log, folder: &Path) -> Result<Vec<PathBuf>, String> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    log.run(cargo(place, &["run", "--quiet", "--example", "samples", "--"]).arg(folder))?;
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut papers: Vec<_> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    papers.retain(|paper| paper.extension().is_some_and(|e| e == "pdf"));
    papers.sort();
    if papers.is_empty() { Err("no form was made".to_owned()) } else { Ok(papers) }
}
