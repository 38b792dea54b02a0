//! `cargo xtask shots`: the pictures of README.md, fresh from what tests and demo have drawn.

use crate::place::Place;
use crate::run::Log;
use crate::say;
use std::fs;
use std::process::Command;

/// Name in `docs/pictures`, where it is drawn, and by what.
const PICTURES: &[(&str, &str, &str)] = &[
    ("console-list.png", "demo-out/pictures", "cargo xtask demo --exit"),
    ("console-case.png", "demo-out/pictures", "cargo xtask demo --exit"),
    ("badge-page.png", "demo-out/pictures", "cargo xtask demo --exit"),
    ("badge-valid.png", "target/shots", "cargo xtask test --only web"),
    ("badge-not-valid.png", "target/shots", "cargo xtask test --only web"),
    ("badge-unknown.png", "target/shots", "cargo xtask test --only web"),
    ("verify-valid.png", "target/shots", "cargo xtask test --only web"),
    ("android-task.png", "target/shots", "cargo xtask test --only android"),
    ("android-badge.png", "target/shots", "cargo xtask test --only android"),
    ("android-showing.png", "target/shots", "cargo xtask test --only android"),
    ("leaflet.png", "target/shots", "cargo xtask test --only rust"),
    ("desk-card.png", "target/shots", "cargo xtask test --only rust"),
    ("forms.png", "target/samples", "cargo xtask samples"),
];

/// Copies the pictures and draws the first page of `record.pdf`; names those that nobody has drawn yet.
pub(crate) fn run(place: &Place) -> Result<bool, String> {
    let folder = place.root.join("docs/pictures");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut complete = true;
    for &(name, drawn, source) in PICTURES {
        let picture = place.root.join(drawn).join(name);
        if picture.exists() {
            fs::copy(&picture, folder.join(name)).map_err(|error| format!("{name}: {error}"))?;
            say::line(&format!("docs/pictures/{name}"));
        } else {
            complete = false;
            say::line(&format!("missing: {drawn}/{name} ({source})"));
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
