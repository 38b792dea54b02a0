//! Maven: the Kotlin/JVM test of the bindings, the Android app under Robolectric.

use crate::cargo::finished;
use crate::count::{self, Count};
use crate::place::Place;
use crate::run::Log;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Maven for the project in this folder of the clone. Poms read paths as `${env.MINGZHENG_…}`.
pub(crate) fn mvn(place: &Place, folder: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("mvn");
    command.args(["--batch-mode", "--no-transfer-progress", "--file"]).arg(place.root.join(folder).join("pom.xml"));
    // Kotlin's compiler daemon would stay alive with 2 GB.
    command.arg("-Dkotlin.compiler.daemon=false").arg("-Dstyle.color=never");
    command.args(arguments).current_dir(&place.root).envs(place.variables());
    command
}

fn test(place: &Place, log: &mut Log, folder: &str) -> Result<Count, String> {
    let reports = place.root.join(folder).join("target/surefire-reports");
    if reports.exists() {
        fs::remove_dir_all(&reports).map_err(|error| format!("{}: {error}", reports.display()))?;
    }
    let (output, succeeded) = log.ask(&mut mvn(place, folder, &["test"]))?;
    let count = if reports.exists() { count::surefire(Path::new(&reports))? } else { Count::default() };
    finished(count, succeeded, &output)
}

/// The generated Kotlin against the real core and a live office.
pub(crate) fn kotlin(place: &Place, log: &mut Log) -> Result<Count, String> {
    test(place, log, "bindings/kotlin")
}

/// The Android app on the real core, without an Android SDK.
pub(crate) fn android(place: &Place, log: &mut Log) -> Result<Count, String> {
    test(place, log, "android")
}
