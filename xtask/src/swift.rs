//! Swift on Debian: there is no Swift in Debian 12, so a Debian 13 with it lies in the cache folder and `swift test` runs inside.

use crate::cargo::finished;
use crate::count::{self, Count};
use crate::debian;
use crate::place::Place;
use crate::run::Log;
use crate::say;
use std::fs;
use std::path::{Path, PathBuf};

fn system(place: &Place) -> PathBuf {
    place.cache.join("swift-trixie")
}

fn is_there(place: &Place) -> bool {
    // A link whose target is absolute: followed from outside it leads nowhere.
    system(place).join("usr/bin/swift").symlink_metadata().is_ok()
}

/// Unpacks the system beside its final place and renames it when it is whole.
pub(crate) fn prepare(place: &Place) -> Result<(), String> {
    if is_there(place) {
        return Ok(());
    }
    say::line("  unpacking Debian trixie with Swift (1 to 3 minutes, 3.3 GB)");
    fs::create_dir_all(&place.cache).map_err(|error| format!("{}: {error}", place.cache.display()))?;
    let mut log = Log::quiet(place, "swift-system")?;
    for stale in stale_parts(place)? {
        log.run(debian::as_root("rm")?.args(["--one-file-system", "-rf"]).arg(stale))?;
    }
    let mirror = debian::mirror(&mut log)?;
    let part = place.cache.join(format!("{PART}{}", std::process::id()));
    let packages = "--include=swiftlang,ca-certificates,libc6-dev,libstdc++-14-dev,git,make";
    log.run(debian::as_root("debootstrap")?.args(["--variant=minbase", packages, "trixie"]).arg(&part).arg(mirror))?;
    match fs::rename(&part, system(place)) {
        // Another clone was quicker: its system serves both, ours goes with the next unpacking.
        Err(_) if is_there(place) => Ok(()),
        renamed => renamed.map_err(|error| format!("{}: {error}", part.display())),
    }
}

/// Beginning of the name of a system that is being unpacked; the process that does it follows.
const PART: &str = "swift-trixie.part-";

/// What killed runs have left half unpacked.
fn stale_parts(place: &Place) -> Result<Vec<PathBuf>, String> {
    let entries = place.cache.read_dir().map_err(|error| format!("{}: {error}", place.cache.display()))?;
    let alive = |process: &str| Path::new("/proc").join(process).exists();
    let stale = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()?.strip_prefix(PART)).is_some_and(|process| !alive(process))
    };
    Ok(entries.flatten().map(|entry| entry.path()).filter(stale).collect())
}

/// Runs in a mount namespace of its own, so that no mount outlives it: proc, dev, the clone, fonts and photographs at their own paths.
const INSIDE: &str = r#"set -e; system=$1; clone=$2; shift 2
mount --rbind /proc "$system/proc"; mount --rbind /dev "$system/dev"; mount -t tmpfs tmpfs "$system/tmp"
for folder in "$clone" /usr/share/fonts /usr/share/backgrounds; do mkdir -p "$system$folder"; mount --bind "$folder" "$system$folder"; done
exec chroot "$system" /usr/bin/env -i -C "$clone/ios" HOME=/root PATH=/usr/bin:/bin LANG=C.UTF-8 "$@""#;

/// `swift test` of `ios/` on the real core.
pub(crate) fn test(place: &Place, log: &mut Log) -> Result<Count, String> {
    // Built anew in half a minute: SwiftPM keeps objects of tests when a type that they use has grown, and they crash. Root built them.
    let scratch = place.target().join("swift");
    log.run(debian::as_root("rm")?.args(["--one-file-system", "-rf"]).arg(&scratch))?;
    let built = place.built();
    let library = built.to_str().ok_or("the clone's path is not UTF-8")?;
    let mut command = debian::as_root("unshare")?;
    command.args(["--mount", "--propagation", "private", "sh", "-c", INSIDE, "sh"]).arg(system(place)).arg(&place.root);
    for (name, value) in place.variables() {
        command.arg(format!("{name}={}", value.display()));
    }
    command.arg(format!("LD_LIBRARY_PATH=/usr/libexec/swift/lib/swift/linux:{library}"));
    command.args(["swift", "test", "--scratch-path"]).arg(&scratch);
    // allow-shlib-undefined: Debian's libswiftObservation names a symbol that only the compiler's own library has
    command.args(["-Xlinker", "--allow-shlib-undefined", "-Xlinker", "-L", "-Xlinker", library]);
    let (output, succeeded) = log.ask(&mut command)?;
    finished(count::swift(&output), succeeded, &output)
}
