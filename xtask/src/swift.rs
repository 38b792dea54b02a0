//! Swift on Debian: there is no Swift in Debian 12, so a Debian 13 with it lies in the cache folder and `swift test` runs inside.

use crate::cargo::finished;
use crate::count::{self, Count};
use crate::debian;
use crate::place::Place;
use crate::run::Log;
use crate::system::System;

static SYSTEM: System = System {
    name: "swift-trixie",
    suite: "trixie",
    packages: "swiftlang,ca-certificates,libc6-dev,libstdc++-14-dev,git,make",
    proof: "usr/bin/swift",
    about: "Debian trixie with Swift (1 to 3 minutes, 3.3 GB)",
};

/// Unpacks it.
pub(crate) fn prepare(place: &Place) -> Result<(), String> {
    SYSTEM.prepare(place)
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
    command.args(["--mount", "--propagation", "private", "sh", "-c", INSIDE, "sh"]).arg(SYSTEM.root(place)).arg(&place.root);
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
