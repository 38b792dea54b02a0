//! `cargo xtask demo`: prepares what is missing, builds, then plays the day of one inspection.

use crate::count::Count;
use crate::need::{self, Need};
use crate::place::Place;
use crate::run::Log;
use crate::say;
use std::process::Command;
use std::time::Instant;

/// What the demo needs.
pub(crate) static NEEDS: &[&Need] = &[&need::COMPILER, &need::WEB, &need::MATERIAL, &need::BROWSER, &need::BUILD];

fn program(place: &Place, arguments: &[String]) -> Command {
    let mut command = Command::new(place.built().join("mingzheng-demo"));
    command.args(arguments).current_dir(&place.root).envs(place.variables()).env_remove("LD_LIBRARY_PATH");
    command
}

/// Runs the demo on this terminal; its own exit tells how it went.
pub(crate) fn run(place: &Place, arguments: &[String]) -> Result<bool, String> {
    let start = Instant::now();
    need::prepare(place, NEEDS)?;
    say::line(&format!("prepared and built in {}", say::clock(start.elapsed())));
    program(place, arguments).status().map(|status| status.success()).map_err(|error| format!("mingzheng-demo: {error}"))
}

/// The demo from end to end, as a stage of the tests.
pub(crate) fn test(place: &Place, log: &mut Log) -> Result<Count, String> {
    log.run(&mut program(place, &["--exit".to_owned()]))?;
    Ok(Count::passed(1))
}
