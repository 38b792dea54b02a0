//! The stages of `cargo xtask test`: one table, run in order, none hidden by another's failure.

use crate::count::Count;
use crate::need::{self, Need};
use crate::place::Place;
use crate::run::Log;
use crate::{cargo, demo, fuzz, licences, maven, node, postgres, python, say, service, swift, tamper, verapdf};
use std::thread;
use std::time::Instant;

/// One stage of the tests.
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// A file of the clone without which there is nothing to test yet.
    subject: &'static str,
    needs: &'static [&'static Need],
    run: fn(&Place, &mut Log) -> Result<Count, String>,
}

/// To add a stage, add a line. Stages that judge what the demo leaves stand after it.
pub(crate) static STAGES: [Stage; 15] = [
    Stage {
        name: "lint",
        about: "formatting, clippy, coverage of duties and rules",
        subject: "core",
        needs: &[&need::COMPILER, &need::WEB],
        run: cargo::lint,
    },
    Stage {
        name: "rust",
        about: "all Rust tests",
        subject: "core",
        needs: &[&need::COMPILER, &need::WEB, &need::MATERIAL, &need::AGE, &need::VECTORS, &need::S3, &need::BUILD],
        run: cargo::test,
    },
    Stage {
        name: "store",
        about: "the contract of the store of sealed files on a real MinIO; uploads with tus-js-client and @tus/server",
        subject: "office/tests/objects",
        needs: &[&need::COMPILER, &need::WEB, &need::MATERIAL, &need::MINIO, &need::TUS, &need::BUILD],
        run: cargo::store,
    },
    Stage {
        name: "database",
        about: "the office's database: storage tests on SQLite and PostgreSQL, all conversations with phones on PostgreSQL",
        subject: "office/tests/store.rs",
        needs: &[&need::COMPILER, &need::WEB, &need::MATERIAL, &need::S3, &need::BUILD, &need::POSTGRES, &need::MINIO],
        run: postgres::test,
    },
    Stage {
        name: "service",
        about: "the office under a real systemd, killed and stopped, and the image of its container file, by the lines of docs/operations.md",
        subject: "office/systemd",
        needs: &[&need::COMPILER, &need::WEB, &need::MATERIAL, &need::BUILD, &need::SERVICE],
        run: service::test,
    },
    Stage {
        name: "licences",
        about: "crates and npm packages against deny.toml",
        subject: "deny.toml",
        needs: &[],
        run: licences::test,
    },
    Stage { name: "demo", about: "the day of one inspection", subject: "tests/demo", needs: demo::NEEDS, run: demo::test },
    Stage {
        name: "web",
        about: "pages in Node and Chromium",
        subject: "web/package.json",
        needs: &[&need::WEB, &need::BROWSER, &need::MATERIAL, &need::BUILD],
        run: node::test,
    },
    Stage {
        name: "kotlin",
        about: "bindings on the JVM, live office",
        subject: "bindings/kotlin/pom.xml",
        needs: &[&need::JAVA, &need::MATERIAL, &need::GENERATED],
        run: maven::kotlin,
    },
    Stage {
        name: "android",
        about: "Android app under Robolectric",
        subject: "android/pom.xml",
        needs: &[&need::JAVA, &need::ANDROID, &need::MATERIAL, &need::GENERATED],
        run: maven::android,
    },
    Stage {
        name: "swift",
        about: "iOS package on Linux",
        subject: "ios/Package.swift",
        needs: &[&need::SWIFT, &need::MATERIAL, &need::GENERATED],
        run: swift::test,
    },
    Stage {
        name: "documents",
        about: "veraPDF and fonts of record.pdf, of the office's own papers and of every form of the pack",
        subject: "tests/demo",
        needs: &[&need::PDF, &need::MATERIAL, &need::BUILD],
        run: verapdf::test,
    },
    Stage {
        name: "foreign",
        about: "stock age, bagit, cwt, pdftotext on demo-out; zxing-cpp on hard pictures of codes; the calendar by chinesecalendar; checklists by pyxform and ODK Validate; the verifier in Python; the numbers of the office by prometheus-client",
        subject: "tests/foreign/requirements.txt",
        needs: &[&need::PYTHON, &need::JAVA, &need::AGE, &need::PDF, &need::WEB, &need::BUILD],
        run: python::test,
    },
    Stage {
        name: "tamper",
        about: "damaged bundles and flipped bits, judged by Rust, Python and the page",
        subject: "tests/tamper",
        needs: &[&need::WEB, &need::PYTHON, &need::BUILD],
        run: tamper::test,
    },
    Stage {
        name: "fuzz",
        about: "every parser of received bytes, four processor minutes (cargo fuzz)",
        subject: "tests/fuzz",
        needs: &[&need::FUZZ, &need::BUILD],
        run: fuzz::test,
    },
];

/// Runs the named stages, or all, and says whether nothing failed.
pub(crate) fn run(place: &Place, only: &[String]) -> Result<bool, String> {
    if let Some(unknown) = only.iter().find(|name| STAGES.iter().all(|stage| stage.name != **name)) {
        return Err(format!("no stage is called {unknown}; cargo xtask test --list shows all"));
    }
    let chosen: Vec<_> = STAGES.iter().filter(|stage| only.is_empty() || only.iter().any(|name| name == stage.name)).collect();
    let (present, missing): (Vec<&Stage>, Vec<&Stage>) =
        chosen.into_iter().partition(|stage| place.root.join(stage.subject).exists());
    let needed: Vec<_> = need::ALL
        .into_iter()
        .filter(|need| present.iter().any(|stage| stage.needs.iter().any(|n| n.name == need.name)))
        .collect();
    let start = Instant::now();
    let mut total = Count::default();
    for stage in missing {
        total.skipped.push(format!("stage {}: {} does not exist yet", stage.name, stage.subject));
    }
    thread::scope(|scope| {
        scope.spawn(|| need::run_ahead(place, &needed));
        for stage in present {
            total.add(one(place, stage));
        }
    });
    for skipped in &total.skipped {
        say::line(&format!("skipped {skipped}"));
    }
    say::line(&format!("{} in all", say::clock(start.elapsed())));
    say::line(&format!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped.len()));
    Ok(total.failed == 0)
}

/// One stage, its line and, if it failed, the end of what it printed.
fn one(place: &Place, stage: &Stage) -> Count {
    let start = Instant::now();
    let ready = stage.needs.iter().try_for_each(|need| need.ready(place));
    let prepared = start.elapsed();
    let result = ready.and_then(|()| Log::new(place, stage.name)).and_then(|mut log| {
        let result = (stage.run)(place, &mut log);
        match &result {
            Ok(count) if count.failed > 0 => say::line(&failures(&log)),
            Err(_) => say::line(&format!("  log: {}", log.path().display())),
            Ok(_) => {}
        }
        result
    });
    let count = match result {
        Ok(count) if count == Count::default() => Err("no test ran".to_owned()),
        other => other,
    }
    .unwrap_or_else(|error| {
        say::line(&format!("  {}", error.trim_end()));
        Count { failed: 1, ..Count::default() }
    });
    let sign = if count.failed > 0 { "FAILED" } else { "ok    " };
    let waited = if prepared.as_secs() > 0 { format!(" ({} of it preparing)", say::clock(prepared)) } else { String::new() };
    let skipped = if count.skipped.is_empty() { String::new() } else { format!(", {} skipped", count.skipped.len()) };
    let numbers = format!("{} passed, {} failed{skipped}", count.passed, count.failed);
    // Not a line of its own: a reader of the whole output takes the last such line as the sum.
    say::line(&format!("{sign} {:10} {numbers}, {}{waited}", stage.name, say::clock(start.elapsed())));
    count
}

/// The lines of a log that name failures, with what follows each.
fn failures(log: &Log) -> String {
    let text = std::fs::read_to_string(log.path()).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    let mut shown = String::new();
    let marks = ["panicked at", "not ok ", "FAILED", " error: ", "[ERROR]", "error:"];
    let mut until = 0;
    for (number, line) in lines.iter().enumerate() {
        if marks.iter().any(|mark| line.contains(mark)) {
            until = number + 4;
        }
        if number < until && shown.len() < 6000 {
            shown.push_str(&format!("    {line}\n"));
        }
    }
    format!("{shown}  log: {}", log.path().display())
}
