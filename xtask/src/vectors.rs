//! Published test vectors that come as Go modules, in the cache folder: the age test kit and the edge cases of Ed25519.

use crate::place::Place;
use crate::run::Log;
use crate::say;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

/// Name of the folder, module with its version, and its sum as in a `go.sum`.
const SETS: [(&str, &str, &str); 2] = [
    ("age", "c2sp.org/CCTV/age@v0.0.0-20251208015420-e9274a7bdbfd", "h1:ZLsPO6WdZ5zatV4UfVpr7oAwLGRZ+sebTUruuM4Ra3M="),
    (
        "ed25519",
        "filippo.io/mostly-harmless/ed25519vectors@v0.0.0-20210322192420-30a2d7243a94",
        "h1:oHn3iEYQCHVcHLEqtzCSizBZcnOSFk61oo8tKsbNrqI=",
    ),
];

/// Downloads what is not there and links each set under its name.
pub(crate) fn prepare(place: &Place) -> Result<(), String> {
    let home = place.vectors();
    let missing: Vec<_> = SETS.iter().filter(|(name, ..)| !home.join(name).is_dir()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    let mut log = Log::quiet(place, "vectors")?;
    for (name, module, sum) in missing {
        say::line(&format!("  getting the vectors {module}"));
        let mut go = Command::new("go");
        go.args(["mod", "download", "-json", module]).current_dir(&home).env("GOTOOLCHAIN", "local");
        let answer = log.run(go.env("GOMODCACHE", home.join("modules")).env("GOFLAGS", "-modcacherw"))?;
        let field = |field: &str| {
            let line = answer.lines().map(str::trim).find_map(|line| line.strip_prefix(&format!("\"{field}\": \"")));
            line.and_then(|rest| rest.split('"').next()).ok_or_else(|| format!("go names no {field} of {module}"))
        };
        if field("Sum")? != *sum {
            return Err(format!("{module} is not the one that was pinned"));
        }
        let link = home.join(name);
        if link.symlink_metadata().is_ok() {
            fs::remove_file(&link).map_err(|error| format!("{}: {error}", link.display()))?;
        }
        symlink(field("Dir")?, &link).map_err(|error| format!("{}: {error}", link.display()))?;
    }
    Ok(())
}
