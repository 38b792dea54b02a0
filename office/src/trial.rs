//! Every template of a pack is tried with hostile facts before two people sign it: in a process of its own, under limits of time and
//! memory, because a template is a program.

use crate::error::{OfficeError, Result};
use mingzheng_core::document::facts::Moment;
use mingzheng_core::document::{DocumentError, Example, Fonts, Form, PaperIdentity, Trial, render};
use mingzheng_core::pack::author::{Problem, ProblemKind};
use mingzheng_core::pack::{self, Pack};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    /// Largest memory of the process so far in KiB, where the system tells.
    pub memory_kib: Option<u64>,
}

/// What became of one trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The paper was made, or the facts refused by name.
    Passed(Cost),
    /// It was not, or it was stopped at a limit: the author has to mend this.
    Failed(Problem),
}

/// What the process that renders says of one trial, a line each.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Cost(Cost),
    Template { line: usize, message: String },
}

/// The facts of one form may stand beside its template: `forms/NAME.example.json` for `forms/NAME.typ`.
fn own_facts(folder: &Path, form: &pack::Form) -> PathBuf {
    folder.join(&form.path).with_extension("example.json")
}

/// Whether the folder has example facts for a form: its own, or those of the example case.
#[must_use]
pub fn has_example(folder: &Path, form: &pack::Form) -> bool {
    own_facts(folder, form).is_file() || (!form.fields.is_empty() && folder.join(Example::PATH).is_file())
}

/// What the template gets as `/facts.json`, or what the author has to mend.
fn example(pack: &Pack, folder: &Path, form: &pack::Form) -> std::result::Result<Value, String> {
    let path = own_facts(folder, form);
    let (path, own) = if path.is_file() { (path, true) } else { (folder.join(Example::PATH), false) };
    let said = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(&path).map_err(|e| said(&e))?;
    if own {
        return serde_json::from_str(&text).map_err(|e| said(&e));
    }
    let page = Example::read(pack, &text).and_then(|example| example.page(pack, form)).map_err(|e| said(&e))?;
    serde_json::to_value(page).map_err(|e| said(&e))
}

/// Tries one template in a process of its own, in all ways of [`Trial::ALL`]; what comes after one that was stopped is not asked.
/// `seconds` of the processor are for all of them together.
///
/// # Errors
/// When no process can be started.
pub fn outside(folder: &Path, form: &pack::Form, fonts: &Path, seconds: u32) -> Result<Vec<(Trial, Outcome)>> {
    let program = std::env::current_exe().map_err(OfficeError::io(folder))?;
    let mut command = Command::new("sh");
    // `sh` sets the limits for the process that it becomes.
    command.args(["-c", &format!("ulimit -t {seconds} && ulimit -v {MEMORY_KIB} && exec \"$@\""), "sh"]).arg(program);
    command.args(["pack", "try-form"]).arg(folder).arg(&form.id).arg("--fonts").arg(fonts);
    let output = command.output().map_err(OfficeError::io(Path::new("sh")))?;
    let mut lines = output.stdout.split(|byte| *byte == b'\n');
    let mut outcomes = Vec::new();
    for trial in Trial::ALL {
        let (zh, en) = trial.word();
        let case = pack::Text { zh: zh.to_owned(), en: en.to_owned() };
        let problem = |line, kind| Outcome::Failed(Problem { file: form.path.clone(), line, kind });
        let (outcome, stopped) = match lines.next().and_then(|line| serde_json::from_slice::<Said>(line).ok()) {
            Some(Said::Cost(cost)) => (Outcome::Passed(cost), false),
            Some(Said::Template { line, message }) => (problem(line, ProblemKind::TemplateFails { case, message }), false),
            None => (problem(0, ProblemKind::TemplateCosts { case, seconds, mebibytes: MEMORY_KIB >> 10 }), true),
        };
        outcomes.push((trial, outcome));
        if stopped {
            break;
        }
    }
    Ok(outcomes)
}

/// Tries several templates, as many at a time as the machine has processors; in the order of `forms`.
///
/// # Errors
/// When no process can be started.
pub fn all(folder: &Path, forms: &[&pack::Form], fonts: &Path, seconds: u32) -> Result<Vec<Vec<(Trial, Outcome)>>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(i) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|i| *i < forms.len()) {
            done.extend(forms.get(i).map(|form| (i, outside(folder, form, fonts, seconds))));
        }
        done
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(forms.len());
    let mut done: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, outcomes)| outcomes).collect()
}

/// Renders here and says what came of it on standard output: what the process does that [`outside`] starts.
///
/// # Errors
/// When the pack has no such form.
pub fn inside(pack: &Pack, folder: &Path, form: &str, fonts: &Fonts) -> Result<()> {
    let form = pack.form(form).ok_or(OfficeError::NotFound("form"))?;
    let paper = Form::of(pack, &form.id).ok_or(OfficeError::NotFound("form"))?;
    let example = example(pack, folder, form);
    for trial in Trial::ALL {
        let facts = match &example {
            Ok(facts) => trial.facts(facts),
            Err(message) => {
                say(&Said::Template { line: 0, message: message.clone() })?;
                continue;
            }
        };
        let at = Moment { ms: 0, offset_min: 480 };
        let identity = PaperIdentity { title: form.title.zh.clone(), at, id: trial.name().as_bytes().to_vec() };
        let start = Instant::now();
        let cost = |bytes| {
            let ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
            Said::Cost(Cost { ms, bytes, memory_kib: peak() })
        };
        say(&match render(&paper, &facts, fonts, &[], &identity) {
            Ok(pdf) => cost(Some(pdf.len())),
            // Named before anybody signs: what must happen.
            Err(DocumentError::MissingGlyphs(_)) if trial != Trial::Example => cost(None),
            Err(DocumentError::Template { line, message, .. }) => Said::Template { line, message },
            Err(error) => Said::Template { line: 0, message: error.to_string() },
        })?;
    }
    Ok(())
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
