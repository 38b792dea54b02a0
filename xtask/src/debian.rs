//! Debian packages: what is missing is installed, in one call of apt; nothing is asked of apt when all is there.

use crate::place::{Place, program};
use crate::run::Log;
use crate::say;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::time::Instant;

/// A package and what shows that it is there: a program's name or an absolute path.
pub(crate) struct Package {
    pub(crate) name: &'static str,
    proof: &'static str,
}

impl Package {
    pub(crate) const fn new(name: &'static str, proof: &'static str) -> Self {
        Self { name, proof }
    }

    fn is_there(&self) -> bool {
        if self.proof.starts_with('/') { Path::new(self.proof).exists() } else { program(self.proof).is_some() }
    }
}

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Installs those of the packages that are missing.
pub(crate) fn install(place: &Place, packages: &[&Package]) -> Result<(), String> {
    let _one_at_a_time = ONE_AT_A_TIME.lock();
    let mut missing: Vec<_> = packages.iter().filter(|package| !package.is_there()).map(|package| package.name).collect();
    missing.sort_unstable();
    missing.dedup();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    if program("apt-get").is_none() {
        return Err(format!("these Debian packages, or what they are called here, must be installed first: {names}"));
    }
    say::line(&format!("  installing Debian packages: {names}"));
    let start = Instant::now();
    let mut log = Log::quiet(place, "debian")?;
    log.run(apt(&["update", "-q"])?.env("DEBIAN_FRONTEND", "noninteractive"))?;
    let mut arguments = vec!["install", "-q", "-y", "--no-install-recommends"];
    arguments.extend(&missing);
    log.run(apt(&arguments)?.env("DEBIAN_FRONTEND", "noninteractive"))
        .map_err(|error| format!("could not install {names} (apt-get install --no-install-recommends {names}): {error}"))?;
    say::line(&format!("  Debian packages installed in {}", say::clock(start.elapsed())));
    Ok(())
}

fn apt(arguments: &[&str]) -> Result<Command, String> {
    let mut command = as_root("apt-get")?;
    command.args(["-o", "DPkg::Lock::Timeout=600"]).args(arguments);
    Ok(command)
}

/// Whether this process is root's.
pub(crate) fn is_root() -> bool {
    Path::new("/proc/self").metadata().is_ok_and(|data| data.uid() == 0)
}

/// A command that runs as root: directly, or by sudo.
pub(crate) fn as_root(name: &str) -> Result<Command, String> {
    if is_root() {
        return Ok(Command::new(name));
    }
    if program("sudo").is_none() {
        return Err(format!("{name} must run as root, and there is no sudo here: start this command as root"));
    }
    let mut command = Command::new("sudo");
    command.arg(name);
    Ok(command)
}

/// The mirror that this machine's own apt uses for Debian itself.
pub(crate) fn mirror(log: &mut Log) -> Result<String, String> {
    let ask = |log: &mut Log| {
        log.run(Command::new("apt-get").args(["indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages"]))
    };
    let of = |text: String| text.lines().find_map(|line| line.strip_prefix("Debian ").map(str::to_owned));
    if let Some(mirror) = of(ask(log)?) {
        return Ok(mirror);
    }
    log.run(&mut apt(&["update", "-q"])?)?;
    of(ask(log)?).ok_or_else(|| "this machine's apt names no mirror of Debian".to_owned())
}
