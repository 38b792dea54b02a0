//! A Debian of its own in the cache folder, unpacked once by debootstrap: for what this machine's Debian has not, or must not be done to it.

use crate::debian;
use crate::place::Place;
use crate::run::Log;
use crate::say;
use std::fs;
use std::path::{Path, PathBuf};

/// A system and what is in it beside the least.
pub(crate) struct System {
    /// Name of its folder in the cache.
    pub(crate) name: &'static str,
    /// Debian's release.
    pub(crate) suite: &'static str,
    /// Packages, with commas between.
    pub(crate) packages: &'static str,
    /// A file that shows that it is whole, from its root.
    pub(crate) proof: &'static str,
    /// What is said while it is unpacked.
    pub(crate) about: &'static str,
}

impl System {
    /// Its root folder.
    pub(crate) fn root(&self, place: &Place) -> PathBuf {
        place.cache.join(self.name)
    }

    fn is_there(&self, place: &Place) -> bool {
        // A link whose target is absolute: followed from outside it leads nowhere.
        self.root(place).join(self.proof).symlink_metadata().is_ok()
    }

    /// Unpacks the system beside its final place and renames it when it is whole.
    pub(crate) fn prepare(&self, place: &Place) -> Result<(), String> {
        if self.is_there(place) {
            return Ok(());
        }
        say::line(&format!("  unpacking {}", self.about));
        fs::create_dir_all(&place.cache).map_err(|error| format!("{}: {error}", place.cache.display()))?;
        let mut log = Log::quiet(place, self.name)?;
        let begins = format!("{}.part-", self.name);
        for stale in stale_parts(place, &begins)? {
            log.run(debian::as_root("rm")?.args(["--one-file-system", "-rf"]).arg(stale))?;
        }
        let mirror = debian::mirror(&mut log)?;
        let part = place.cache.join(format!("{begins}{}", std::process::id()));
        let include = format!("--include={}", self.packages);
        let mut debootstrap = debian::as_root("debootstrap")?;
        log.run(debootstrap.args(["--variant=minbase", &include, self.suite]).arg(&part).arg(mirror))?;
        match fs::rename(&part, self.root(place)) {
            // Another clone was quicker: its system serves both, ours goes with the next unpacking.
            Err(_) if self.is_there(place) => Ok(()),
            renamed => renamed.map_err(|error| format!("{}: {error}", part.display())),
        }
    }
}

/// What killed runs have left half unpacked: the process follows the beginning of the name.
fn stale_parts(place: &Place, begins: &str) -> Result<Vec<PathBuf>, String> {
    let entries = place.cache.read_dir().map_err(|error| format!("{}: {error}", place.cache.display()))?;
    let alive = |process: &str| Path::new("/proc").join(process).exists();
    let stale = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()?.strip_prefix(begins)).is_some_and(|process| !alive(process))
    };
    Ok(entries.flatten().map(|entry| entry.path()).filter(stale).collect())
}
