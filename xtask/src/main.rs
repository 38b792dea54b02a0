//! The one tool of the repository: `cargo xtask demo`, `test`, `bench`, `setup`, `shots`.

mod badge;
mod bench;
mod cargo;
mod count;
mod coverage;
mod debian;
mod demo;
mod fuzz;
mod generated;
mod law;
mod licences;
mod maven;
mod minio;
mod mutants;
mod need;
mod node;
mod place;
mod postgres;
mod proof;
mod python;
mod rules_away;
mod run;
mod s3;
mod samples;
mod say;
mod service;
mod shots;
mod stage;
mod swift;
mod sync;
mod system;
mod tamper;
mod vectors;
mod verapdf;

use place::Place;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask demo [--exit]              play the day of one inspection; leaves the console running unless --exit
cargo xtask test [--only STAGE…]       run all tests, or only some stages
cargo xtask test --list                name the stages
cargo xtask bench                      measure what the product promises
cargo xtask bench proof                the log, sealing and verifying beside their peers
cargo xtask bench badge                the badge's frames and the page that judges them
cargo xtask bench law                  checklists beside JavaRosa, the fold, forms, packs
cargo xtask bench sync                 a phone's backlog beside PouchDB and tus, a crowd of phones
cargo xtask fuzz [--long] [TARGET…]    fuzz the parsers of received bytes
cargo xtask mutants [--seed N] [NAME…] take protections away, each in a copy, and see that its test fails
cargo xtask mutants --rules [--seed N] the same with ten rules of the law
cargo xtask setup [NEED…]              prepare what tests and demo need, or only some of it
cargo xtask setup --list               name the needs
cargo xtask samples [FOLDER]           every form of the shipped pack as PDF, filled with one case, and a sheet with a picture of each
cargo xtask coverage                   which duty and rule is named by which tests: docs/coverage.md, docs/rules.md
cargo xtask shots                      refresh docs/pictures from what tests and demo have drawn

What is missing is installed first. Logs: target/xtask-logs. Shared downloads: ~/.cache/mingzheng.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match Place::find().and_then(|place| command(&place, &arguments)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say::line("");
            eprintln!("xtask: {}", error.trim_end());
            ExitCode::FAILURE
        }
    }
}

fn command(place: &Place, arguments: &[String]) -> Result<bool, String> {
    let Some((command, rest)) = arguments.split_first() else {
        say::line(HELP);
        return Ok(true);
    };
    let words: Vec<_> = rest.iter().map(String::as_str).collect();
    match (command.as_str(), words.as_slice()) {
        ("demo", _) => demo::run(place, rest),
        ("bench", _) => bench::run(place, rest),
        ("test", []) => stage::run(place, &[]),
        ("test", ["--list"]) => {
            stage::STAGES.iter().for_each(|stage| say::line(&format!("{:10} {}", stage.name, stage.about)));
            Ok(true)
        }
        ("test", ["--only", first, ..]) if !first.starts_with("--") => {
            let names: Vec<_> = rest.iter().filter(|word| *word != "--only").cloned().collect();
            stage::run(place, &names)
        }
        ("fuzz", _) => fuzz::command(place, rest),
        ("mutants", _) => mutants::command(place, rest),
        ("setup", ["--list"]) => {
            need::ALL.iter().for_each(|need| say::line(&format!("{:10} {}", need.name, need.about)));
            Ok(true)
        }
        ("setup", names) => setup(place, names),
        ("samples", []) => samples::run(place, &place.samples()),
        ("samples", [folder]) if !folder.starts_with('-') => samples::run(place, folder.as_ref()),
        ("coverage", []) => coverage::write(place),
        ("shots", []) => shots::run(place),
        ("help" | "--help" | "-h", _) => {
            say::line(HELP);
            Ok(true)
        }
        _ => Err(format!("not understood: {}\n\n{HELP}", arguments.join(" "))),
    }
}

fn setup(place: &Place, names: &[&str]) -> Result<bool, String> {
    if let Some(unknown) = names.iter().find(|name| need::ALL.iter().all(|need| need.name != **name)) {
        return Err(format!("no need is called {unknown}; cargo xtask setup --list shows all"));
    }
    let needs: Vec<_> = need::ALL.into_iter().filter(|need| names.is_empty() || names.contains(&need.name)).collect();
    need::prepare(place, &needs)?;
    say::line(&format!("ready: {}", needs.iter().map(|need| need.name).collect::<Vec<_>>().join(", ")));
    Ok(true)
}
