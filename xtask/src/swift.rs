//! Swift on Debian: there is no Swift in Debian 12, so a Debian 13 with it lies in the cache folder and `swift test` runs inside.

use crate::cargo::finished;
use crate::count::{self, Count};
use crate::debian;
use crate::place::Place;
use crate::run::Log;
use crate::say;
use std::fs;
use std::path::PathBuf;

fn system(place: &Place) -> PathBuf {
    place.cache.join("swift-trixie")
}

/// Unpacks the system beside its final place and renames it when it is whole.
pub(crate) fn prepare(place: &Place) -> Result<(), String> {
    let system = system(place);
    // A link whose target is absolute: followed from outside it leads nowhere.
    if system.join("usr/bin/swift").symlink_metadata().is_ok() {
        return Ok(());
    }
    say::line("  unpacking Debian trixie with Swift (1 to 3 minutes, 3.3 GB)");
    let mut log = Log::quiet(place, "swift-system")?;
    let mirror = debian::mirror(&mut log)?;
    let part = place.cache.join(format!("swift-trixie.{}.part", std::process::id()));
    fs::create_dir_all(&place.cache).map_err(|error| format!("{}: {error}", place.cache.display()))?;
    let packages = "--include=swiftlang,ca-certificates,libc6-dev,libstdc++-14-dev,git,make";
    let made = log.run(debian::as_root("debootstrap")?.args(["--variant=minbase", packages, "trixie"]).arg(&part).arg(mirror));
    if let Err(error) = made.and_then(|_| fs::rename(&part, &system).map_err(|error| error.to_string())) {
        if part.exists() {
            log.run(debian::as_root("rm")?.arg("-rf").arg(&part))?;
        }
        return Err(error);
    }
    Ok(())
}

/// Runs in a mount namespace of its own, so that no mount outlives it: proc, dev, the clone and the fonts at their own paths.
const INSIDE: &str = r#"set -e; system=$1; clone=$2; shift 2
mount --rbind /proc "$system/proc"; mount --rbind /dev "$system/dev"; mount -t tmpfs tmpfs "$system/tmp"
mkdir -p "$system$clone" "$system/usr/share/fonts"; mount --bind "$clone" "$system$clone"; mount --bind /usr/share/fonts "$system/usr/share/fonts"
exec chroot "$system" /usr/bin/env -i -C "$clone/ios" HOME=/root PATH=/usr/bin:/bin LANG=C.UTF-8 "$@""#;

/// `swift test` of `ios/` on the real core.
pub(crate) fn test(place: &Place, log: &mut Log) -> Result<Count, String> {
    let built = place.built();
    let library = built.to_str().ok_or("the clone's path is not UTF-8")?;
    let mut command = debian::as_root("unshare")?;
    command.args(["--mount", "--propagation", "private", "sh", "-c", INSIDE, "sh"]).arg(system(place)).arg(&place.root);
    for (name, value) in place.variables() {
        command.arg(format!("{name}={}", value.display()));
    }
    command.arg(format!("LD_LIBRARY_PATH=/usr/libexec/swift/lib/swift/linux:{library}"));
    command.args(["swift", "test", "--scratch-path"]).arg(place.target().join("swift"));
    // allow-shlib-undefined: Debian's libswiftObservation names a symbol that only the compiler's own library has
    command.args(["-Xlinker", "--allow-shlib-undefined", "-Xlinker", "-L", "-Xlinker", library]);
    let (output, succeeded) = log.ask(&mut command)?;
    finished(count::swift(&output), succeeded, &output)
}
