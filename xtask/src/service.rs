//! The stage `service`: the office as an administrator installs it, under a real systemd and as an image, by the lines of `docs/operations.md`.

use crate::cargo::{cargo, finished, repeat};
use crate::count::{self, Count};
use crate::debian;
use crate::place::Place;
use crate::run::Log;
use crate::system::System;
use std::process::Command;

/// What boots for the unit, and what the image begins with.
static SYSTEM: System = System {
    name: "service-bookworm",
    suite: "bookworm",
    packages: "systemd,systemd-sysv,dbus,ca-certificates",
    proof: "usr/lib/systemd/systemd",
    about: "Debian bookworm with systemd (half a minute, 250 MB)",
};

/// Unpacks it.
pub(crate) fn prepare(place: &Place) -> Result<(), String> {
    if !debian::is_root() {
        // The stage says why it is skipped.
        return Ok(());
    }
    SYSTEM.prepare(place)
}

/// Both tests; skipped with its reason where this machine lets nobody start a system inside it.
pub(crate) fn test(place: &Place, log: &mut Log) -> Result<Count, String> {
    if !debian::is_root() {
        return Ok(skipped("only root can start a system inside this one"));
    }
    let mut probe = Command::new("systemd-nspawn");
    probe.args(["--register=no", "--keep-unit", "--read-only", "--quiet", "--directory"]).arg(SYSTEM.root(place)).arg("true");
    let (said, can) = log.ask(&mut probe)?;
    if !can {
        return Ok(skipped(said.lines().last().unwrap_or("systemd-nspawn does not run here")));
    }
    let tests =
        ["test", "--workspace", "--test", "conversation", "--", "--ignored", "--nocapture", "--test-threads=1", "installed::"];
    let (output, succeeded) = log.ask(cargo(place, &tests).env("MINGZHENG_DEBIAN", SYSTEM.root(place)))?;
    repeat(&output, &["ran ", "built the image "]);
    finished(count::libtest(&output), succeeded, &output)
}

fn skipped(reason: &str) -> Count {
    Count { skipped: vec![format!("stage service: {reason}")], ..Count::default() }
}
