//! `cargo xtask shots`: the pictures of README.md, fresh from what tests and demo have drawn.

use crate::place::Place;
use crate::run::Log;
use crate::say;
use std::fs;
use std::process::Command;

/// Name in `docs/pictures` and in `target/shots`, and who draws it.
const PICTURES: [(&str, &str); 4] = [
    ("console.png", "cargo xtask test --only web"),
    ("badge-page.png", "cargo xtask test --only web"),
    ("android-task.png", "cargo xtask test --only android"),
    ("android-badge.png", "cargo xtask test --only android"),
];

/// Copies the pictures and draws the first page of `record.pdf`; names those that nobody has drawn yet.
pub(crate) fn run(place: &Place) -> Result<bool, String> {
    let folder = place.root.join("docs/pictures");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut complete = true;
    for (name, source) in PICTURES {
        if place.shots().join(name).exists() {
            fs::copy(place.shots().join(name), folder.join(name)).map_err(|error| format!("{name}: {error}"))?;
            say::line(&format!("docs/pictures/{name}"));
        } else {
            complete = false;
            say::line(&format!("missing: target/shots/{name} ({source})"));
        }
    }
    let paper = place.demo_out().join("record.pdf");
    if paper.exists() {
        let mut log = Log::new(place, "shots")?;
        log.run(
            Command::new("pdftoppm").args(["-png", "-r", "80", "-f", "1", "-singlefile"]).arg(paper).arg(folder.join("record")),
        )?;
        say::line("docs/pictures/record.png");
    } else {
        complete = false;
        say::line("missing: demo-out/record.pdf (cargo xtask demo --exit)");
    }
    Ok(complete)
}
