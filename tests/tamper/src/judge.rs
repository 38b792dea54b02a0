//! The verifiers: Rust in this process; others as one process each that takes a list and answers one report a line (`docs/formats/verification.md` §1).

use mingzheng_core::bundle::{Options, Trust, verify};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fmt, fs, thread};

/// What two verifiers must agree on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    pub exit: u64,
    pub consistent: bool,
    pub case: Value,
    pub exported: Value,
    pub signer: Value,
    /// Check → status.
    pub checks: BTreeMap<String, String>,
    /// (code, subject) → status.
    pub findings: BTreeMap<(String, String), String>,
}

impl Judged {
    /// From a report.
    ///
    /// # Panics
    /// When it is not of the shape of `verification.md` §1.
    pub fn of(report: &Value) -> Self {
        let text = |v: &Value| v.as_str().unwrap_or_else(|| panic!("no text in {report}")).to_owned();
        let list = |v: &Value| v.as_array().unwrap_or_else(|| panic!("no list in {report}")).clone();
        let (mut checks, mut findings) = (BTreeMap::new(), BTreeMap::new());
        for check in list(&report["checks"]) {
            checks.insert(text(&check["id"]), text(&check["status"]));
            for found in list(&check["findings"]) {
                findings.insert((text(&found["code"]), text(&found["subject"])), text(&found["status"]));
            }
        }
        Self {
            exit: report["exit"].as_u64().unwrap_or_else(|| panic!("no exit in {report}")),
            consistent: report["consistent"].as_bool().unwrap_or_else(|| panic!("no consistent in {report}")),
            case: report["case"].clone(),
            exported: report["exported"].clone(),
            signer: report["signer"].clone(),
            checks,
            findings,
        }
    }

    /// Codes of one weight.
    pub fn codes(&self, status: &str) -> BTreeSet<&str> {
        self.findings.iter().filter(|(_, s)| *s == status).map(|((code, _), _)| code.as_str()).collect()
    }
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "exit {} consistent {} case {} exported {} signer {}",
            self.exit, self.consistent, self.case, self.exported, self.signer
        )?;
        for ((code, subject), status) in &self.findings {
            writeln!(f, "  {status} {code} {subject}")?;
        }
        write!(f, "  {:?}", self.checks)
    }
}

/// What is to be judged.
#[derive(Debug, Clone)]
pub struct Job {
    pub bundle: PathBuf,
    /// A bit of the zip that is flipped first: byte `bit / 8`, counted from its lowest.
    pub flip: Option<u64>,
}

/// A verifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verifier {
    /// Core, in this process, on all processors.
    Rust,
    /// Another program: its name, and how it is called.
    Program(&'static str, Vec<String>, PathBuf),
}

impl Verifier {
    /// Its name in the table.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Program(name, ..) => name,
        }
    }

    /// Those that take part: Rust, and what `MINGZHENG_VERIFIERS` names (`python`, `page`; xtask's stage `tamper` names both).
    pub fn all() -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let named = env::var("MINGZHENG_VERIFIERS").unwrap_or_default();
        let foreign = named.split(',').filter(|name| !name.is_empty()).map(|name| match name {
            "python" => {
                let python = env::var("MINGZHENG_PYTHON").unwrap_or_else(|_| "python3".into());
                Self::Program("Python", [&python, "-m", "mzverify"].map(str::to_owned).to_vec(), root.join("tests/independent"))
            }
            "page" => Self::Program("page", ["node", "tools/verify-batch.mjs"].map(str::to_owned).to_vec(), root.join("web")),
            other => panic!("MINGZHENG_VERIFIERS names no verifier: {other}"),
        });
        std::iter::once(Self::Rust).chain(foreign).collect()
    }

    /// One report for each job, in order.
    ///
    /// # Panics
    /// When the verifier fails or answers less than it was asked.
    pub fn judge(&self, jobs: &[Job], trust: &[u8]) -> Vec<Judged> {
        let reports = match self {
            Self::Rust => in_process(jobs, trust),
            Self::Program(name, words, folder) => by_program(name, words, folder, jobs, trust),
        };
        reports.iter().map(Judged::of).collect()
    }
}

fn in_process(jobs: &[Job], trust: &[u8]) -> Vec<Value> {
    let trust = Trust::List(trust.to_vec());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = jobs.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let parts: Vec<_> = jobs.chunks(share).map(|part| scope.spawn(|| one_by_one(part, &trust))).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    })
}

fn one_by_one(jobs: &[Job], trust: &Trust) -> Vec<Value> {
    let place = tempfile::tempdir().unwrap();
    let altered = place.path().join("flipped.zip");
    let mut of: Option<(&Path, Vec<u8>)> = None;
    let judged = jobs.iter().map(|job| {
        let Some(bit) = job.flip else { return verify(&job.bundle, trust, &Options::default()).to_json() };
        if of.as_ref().is_none_or(|(path, _)| *path != job.bundle) {
            let bytes = fs::read(&job.bundle).unwrap();
            fs::write(&altered, &bytes).unwrap();
            of = Some((&job.bundle, bytes));
        }
        let (_, bytes) = of.as_ref().unwrap();
        let (place, mask) = ((bit / 8) as usize, 1 << (bit % 8));
        put(&altered, place, bytes[place] ^ mask);
        let report = verify(&altered, trust, &Options::default()).to_json();
        put(&altered, place, bytes[place]);
        report
    });
    judged.collect()
}

fn put(file: &Path, place: usize, byte: u8) {
    use std::os::unix::fs::FileExt as _;
    fs::OpenOptions::new().write(true).open(file).unwrap().write_all_at(&[byte], place as u64).unwrap();
}

fn by_program(name: &str, words: &[String], folder: &Path, jobs: &[Job], trust: &[u8]) -> Vec<Value> {
    let place = tempfile::tempdir().unwrap();
    let (list, trusted) = (place.path().join("list"), place.path().join("trust.cbor"));
    fs::write(&trusted, trust).unwrap();
    let mut lines = fs::File::create(&list).unwrap();
    for job in jobs {
        writeln!(lines, "{}", json!({"bundle": job.bundle, "flip": job.flip})).unwrap();
    }
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).args(["--batch".as_ref(), list.as_os_str(), "--trust".as_ref(), trusted.as_os_str()]);
    // Its own complaints go to ours.
    let output = command.current_dir(folder).stdin(Stdio::null()).stderr(Stdio::inherit()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let reports: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{name}: {e}: {line}"))).collect();
    assert!(reports.len() == jobs.len(), "{name} answered {} of {} and ended with {}", reports.len(), jobs.len(), output.status);
    reports
}
