//! Every template of a pack is tried with hostile facts before two people sign it: in a process of its own, under limits of time and
//! memory, because a template is a program.

use crate::error::{OfficeError, Result};
use mingzheng_core::document::facts::Moment;
use mingzheng_core::document::{DocumentError, Fonts, Form, PaperIdentity, Trial, render};
use mingzheng_core::pack::author::{Problem, ProblemKind};
use mingzheng_core::pack::{self, Pack};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// KiB of address space of the process that renders; fonts take a tenth of it.
const MEMORY_KIB: u32 = 4 << 20;

/// What one trial cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Milliseconds.
    pub ms: u64,
    /// Bytes of the PDF; none where the facts were refused by name before anything was set.
    pub bytes: Option<usize>,
    /// Largest memory in KiB, where the system tells.
    pub memory_kib: Option<u64>,
}

/// What became of one trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The paper was made, or the facts refused by name.
    Passed(Cost),
    /// It was not; the author has to mend this.
    Failed(Problem),
    /// It was stopped at a limit, or broke down: what the template would do with other facts is not asked.
    Stopped(Problem),
}

/// What the process that renders says.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Cost(Cost),
    Template { line: usize, message: String },
}

/// The facts of an example stand beside the template: `forms/NAME.example.json` for `forms/NAME.typ`.
#[must_use]
pub fn example(folder: &Path, form: &pack::Form) -> PathBuf {
    folder.join(&form.path).with_extension("example.json")
}

/// Tries one template in a process of its own.
///
/// # Errors
/// When no process can be started.
pub fn outside(folder: &Path, form: &pack::Form, trial: Trial, fonts: &Path, seconds: u32) -> Result<Outcome> {
    let program = std::env::current_exe().map_err(OfficeError::io(folder))?;
    let mut command = Command::new("sh");
    // `sh` sets the limits for the process that it becomes.
    command.args(["-c", &format!("ulimit -t {seconds} && ulimit -v {MEMORY_KIB} && exec \"$@\""), "sh"]).arg(program);
    command.args(["pack", "try-form"]).arg(folder).args([&form.id, trial.name()]).arg("--fonts").arg(fonts);
    let output = command.output().map_err(OfficeError::io(Path::new("sh")))?;
    let (zh, en) = trial.word();
    let case = pack::Text { zh: zh.to_owned(), en: en.to_owned() };
    let problem = |line, kind| Problem { file: form.path.clone(), line, kind };
    Ok(match serde_json::from_slice::<Said>(&output.stdout) {
        Ok(Said::Cost(cost)) if output.status.success() => Outcome::Passed(cost),
        Ok(Said::Template { line, message }) => Outcome::Failed(problem(line, ProblemKind::TemplateFails { case, message })),
        _ => Outcome::Stopped(problem(0, ProblemKind::TemplateCosts { case, seconds, mebibytes: MEMORY_KIB >> 10 })),
    })
}

/// Renders here and says what came of it on standard output: what the process does that [`outside`] starts.
///
/// # Errors
/// When folder, form or example cannot be read.
pub fn inside(pack: &Pack, folder: &Path, form: &str, trial: Trial, fonts: &Fonts) -> Result<()> {
    let form = pack.form(form).ok_or(OfficeError::NotFound("form"))?;
    let path = example(folder, form);
    let text = std::fs::read(&path).map_err(OfficeError::io(&path))?;
    let unreadable = |error: serde_json::Error| OfficeError::Settings(format!("{}: {error}", path.display()));
    let facts = trial.facts(&serde_json::from_slice::<Value>(&text).map_err(unreadable)?);
    let paper = Form::of(pack, &form.id).ok_or(OfficeError::NotFound("form"))?;
    let at = Moment { ms: 0, offset_min: 480 };
    let identity = PaperIdentity { title: form.title.zh.clone(), at, id: trial.name().as_bytes().to_vec() };
    let start = Instant::now();
    let bytes = match render(&paper, &facts, fonts, &[], &identity) {
        Ok(pdf) => Some(pdf.len()),
        // Named before anybody signs: what must happen.
        Err(DocumentError::MissingGlyphs(_)) if trial != Trial::Example => None,
        Err(DocumentError::Template { line, message, .. }) => return say(&Said::Template { line, message }),
        Err(error) => return say(&Said::Template { line: 0, message: error.to_string() }),
    };
    let ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    say(&Said::Cost(Cost { ms, bytes, memory_kib: peak() }))
}

fn say(said: &Said) -> Result<()> {
    println!("{}", serde_json::to_string(said).map_err(|error| OfficeError::Settings(error.to_string()))?);
    Ok(())
}

/// The largest memory of this process, from Linux.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
