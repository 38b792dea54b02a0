//! `cargo xtask bench law`: checklists beside ODK's own engine, the fold, form pages, loading of a pack. Target, value, met or missed.

use crate::place::Place;
use crate::proof::{number, optimised};
use crate::run::Log;
use crate::{need, say};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

const QUESTIONS: [usize; 2] = [250, 5_000];
/// How many times each side opens, answers and validates one form in a process; rounds, turn and turn about.
const TIMES: [(&str, &str); 2] = [("41", "15"), ("9", "3")];
const ROUNDS: usize = 2;

struct Bench<'a> {
    place: &'a Place,
    log: Log,
    work: PathBuf,
    met: bool,
}

/// Everything; says whether all was met.
pub(crate) fn run(place: &Place) -> Result<bool, String> {
    need::prepare(place, &[&need::COMPILER, &need::JAVA, &need::PYTHON, &need::MATERIAL, &need::WEB, &need::BUILD])?;
    let work = place.target().join("bench/law");
    let said = |error: std::io::Error| format!("{}: {error}", work.display());
    if work.exists() {
        fs::remove_dir_all(&work).map_err(said)?;
    }
    fs::create_dir_all(&work).map_err(said)?;
    let mut bench = Bench { place, log: Log::new(place, "bench-law")?, work, met: true };
    optimised(place, &mut bench.log, &["--example", "law_measure"], &["mingzheng-core"])?;
    say::line("measure | target | value |\n---|---|---|---");
    bench.checklists()?;
    bench.fold()?;
    bench.forms()?;
    bench.pack()?;
    fs::remove_dir_all(&bench.work).map_err(|error| format!("{}: {error}", bench.work.display()))?;
    Ok(bench.met)
}

impl Bench<'_> {
    fn ours(&mut self, words: &[&str]) -> Result<Value, String> {
        let program = self.place.target().join("bench/debug/examples/law_measure");
        let output = self.log.run(Command::new(program).args(words).envs(self.place.variables()))?;
        json(&output)
    }

    fn tell(&mut self, what: &str, target: &str, value: &str, met: bool) {
        self.met &= met;
        say::line(&format!("{what} | {target} | {value} | {}", if met { "met" } else { "MISSED" }));
    }

    /// JavaRosa as it comes inside pyxform.
    fn javarosa(&mut self) -> Result<PathBuf, String> {
        let ask = "import pyxform.validators.odk_validate as v; print(v.ODK_VALIDATE_PATH)";
        let said = self.log.run(Command::new(self.place.python()).args(["-c", ask]))?;
        let jar = PathBuf::from(said.lines().next_back().unwrap_or_default().trim());
        if jar.is_file() { Ok(jar) } else { Err(format!("no ODK Validate at {}", jar.display())) }
    }

    fn checklists(&mut self) -> Result<(), String> {
        let jar = self.javarosa()?;
        let classes = self.work.join("classes");
        let source = self.place.root.join("tests/javarosa/Measure.java");
        self.log.run(Command::new("javac").arg("-nowarn").arg("-cp").arg(&jar).arg("-d").arg(&classes).arg(source))?;
        for (questions, (our_times, their_times)) in QUESTIONS.into_iter().zip(TIMES) {
            let (folder, form) = self.form(questions)?;
            let folder = folder.display().to_string();
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                ours.push(self.ours(&["answers", &folder, our_times])?);
                let path = format!("{}:{}", jar.display(), classes.display());
                let mut java = Command::new("java");
                java.args(["-cp", &path, "Measure"]).arg(&form).arg(their_times);
                theirs.push(json(&self.log.run(&mut java)?)?);
            }
            // The better round of each: what else the machine does counts for neither.
            let (ours, theirs) = (best(&ours), best(&theirs));
            let parts = |side: &Value| ["open_ms", "answer_ms", "validate_ms"].map(|name| number(side, name));
            let (our_parts, their_parts) = (parts(&ours), parts(&theirs));
            if number(&ours, "questions") != number(&theirs, "questions") {
                return Err(format!("not the same questions: {ours} {theirs}"));
            }
            let told =
                |[open, answer, validate]: [f64; 3]| format!("open {open:.2}, answer {answer:.2}, validate {validate:.2} ms");
            say::line(&format!("{questions} questions, JavaRosa in a warm JVM |  | {} |", told(their_parts)));
            say::line(&format!("{questions} questions, ours from signed bytes |  | {} |", told(our_parts)));
            let signatures = number(&ours, "signatures_ms");
            let [ours_all, theirs_all] = [our_parts, their_parts].map(|parts| parts.iter().sum::<f64>());
            let ours_all = ours_all - signatures;
            let ratio = theirs_all / ours_all;
            let what = format!("{questions} questions opened, answered, validated");
            self.tell(&what, "≥ 50× faster", &format!("{ratio:.0}× ({ours_all:.1} against {theirs_all:.1} ms)"), ratio >= 50.0);
            let entries = number(&ours, "entries_ms");
            let beside = format!("two signatures {signatures:.2} ms, entries of the log {entries:.1} ms (JavaRosa has neither)");
            say::line(&format!("  beside it |  | {beside} |"));
        }
        Ok(())
    }

    /// The folder of a pack with such a checklist, and the form that pyxform makes of its export.
    fn form(&mut self, questions: usize) -> Result<(PathBuf, PathBuf), String> {
        let folder = self.work.join(format!("pack-{questions}"));
        let (book, form) = (self.work.join(format!("{questions}.xlsx")), self.work.join(format!("{questions}.xml")));
        let (count, there) = (questions.to_string(), folder.display().to_string());
        self.ours(&["folder", &count, &there])?;
        let office = self.place.built().join("mingzheng");
        self.log.run(Command::new(office).args(["pack", "export-xlsform"]).arg(&folder).arg("questions").arg(&book))?;
        let convert = "import sys; from pyxform.xls2xform import convert; \
                       open(sys.argv[2], 'w', encoding='utf-8').write(convert(sys.argv[1]).xform)";
        self.log.run(Command::new(self.place.python()).args(["-c", convert]).arg(&book).arg(&form))?;
        Ok((folder, form))
    }

    fn fold(&mut self) -> Result<(), String> {
        let took = number(&self.ours(&["fold", "10000", "21"])?, "fold_ms");
        self.tell("an inspection from 10,000 entries", "≤ 50 ms", &format!("{took:.1} ms"), took <= 50.0);
        Ok(())
    }

    fn forms(&mut self) -> Result<(), String> {
        let answer = self.ours(&["forms", "5"])?;
        let rows = answer.get("forms").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut times: Vec<_> = rows.iter().map(|row| number(row, "ms_a_page")).collect();
        times.sort_by(f64::total_cmp);
        let middle = times.get(times.len() / 2).copied().unwrap_or(f64::INFINITY);
        let slowest = rows.iter().max_by(|a, b| number(a, "ms_a_page").total_cmp(&number(b, "ms_a_page")));
        let (name, worst) = slowest.map_or(("", f64::INFINITY), |row| {
            (row.get("form").and_then(Value::as_str).unwrap_or_default(), number(row, "ms_a_page"))
        });
        let first = number(&answer, "first_ms");
        let value = format!("slowest {worst:.0} ms ({name}), median {middle:.0} ms, the first {first:.0} ms");
        self.tell(&format!("a page of each of {} forms, after the first", rows.len()), "≤ 60 ms", &value, worst <= 60.0);
        Ok(())
    }

    fn pack(&mut self) -> Result<(), String> {
        let file = self.work.join("pack.cbor").display().to_string();
        let made = self.ours(&["pack", "350", "800", &file])?;
        let answer = self.ours(&["load", &file, "21"])?;
        let [items, tiers, bytes] = ["items", "tiers", "bytes"].map(|name| number(&made, name));
        let what = format!("pack of {items} 执法事项 and {tiers} 情形, {:.0} KiB, from signed bytes", bytes / 1024.0);
        let (first, took) = (number(&answer, "first_ms"), number(&answer, "load_ms"));
        self.tell(&what, "≤ 100 ms", &format!("{took:.1} ms, the first time {first:.1} ms"), first.max(took) <= 100.0);
        let peak = number(&answer, "peak_mib");
        self.tell("  growth of the peak of memory", "≤ 32 MiB", &format!("{peak:.1} MiB"), peak <= 32.0);
        Ok(())
    }
}

/// The answer with the least time in all.
fn best(answers: &[Value]) -> Value {
    let all = |answer: &Value| ["open_ms", "answer_ms", "validate_ms"].map(|name| number(answer, name)).iter().sum::<f64>();
    answers.iter().min_by(|a, b| all(a).total_cmp(&all(b))).cloned().unwrap_or_default()
}

/// The last line that is an object.
fn json(output: &str) -> Result<Value, String> {
    let line = output.lines().rev().find(|line| line.starts_with('{')).ok_or("it said nothing")?;
    serde_json::from_str(line).map_err(|error| error.to_string())
}
