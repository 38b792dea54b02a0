//! Running other programs: output into a log, a moving line while they run, a time limit, an error that shows the end of the log.

use crate::place::Place;
use crate::say;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// No single command of a test run may take longer.
const LIMIT: Duration = Duration::from_secs(40 * 60);

/// One log file; each command's output is appended to it.
pub(crate) struct Log {
    name: String,
    path: PathBuf,
    file: File,
    quiet: bool,
}

impl Log {
    /// A new, empty log of this name.
    pub(crate) fn new(place: &Place, name: &str) -> Result<Self, String> {
        let path = place.logs().join(format!("{name}.log"));
        fs::create_dir_all(place.logs()).map_err(|error| format!("{}: {error}", place.logs().display()))?;
        File::create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let file = OpenOptions::new().append(true).open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self { name: name.to_owned(), path, file, quiet: false })
    }

    /// A log whose commands show no moving line: for work in the background.
    pub(crate) fn quiet(place: &Place, name: &str) -> Result<Self, String> {
        Ok(Self { quiet: true, ..Self::new(place, name)? })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs a command to its end and returns what it printed; an error names it and shows the last lines.
    pub(crate) fn run(&mut self, command: &mut Command) -> Result<String, String> {
        let start = self.file.metadata().map_err(|error| error.to_string())?.len();
        let status = self.finish(command)?;
        let text = self.since(start);
        if status.success() { Ok(text) } else { Err(format!("{} ended with {status}\n{}", spelled(command), tail(&text, 40))) }
    }

    /// Like `run`, but a failing program is an answer: its output and whether it succeeded.
    pub(crate) fn ask(&mut self, command: &mut Command) -> Result<(String, bool), String> {
        let start = self.file.metadata().map_err(|error| error.to_string())?.len();
        let status = self.finish(command)?;
        Ok((self.since(start), status.success()))
    }

    fn finish(&mut self, command: &mut Command) -> Result<std::process::ExitStatus, String> {
        writeln!(self.file, "\n$ {}", spelled(command)).map_err(|error| error.to_string())?;
        let out = self.file.try_clone().map_err(|error| error.to_string())?;
        let err = self.file.try_clone().map_err(|error| error.to_string())?;
        // cargo run leaves its own library path to what it starts; Chromium, Java and Swift must not see it.
        command.env_remove("LD_LIBRARY_PATH").stdin(Stdio::null()).stdout(out).stderr(err);
        let mut child = command.spawn().map_err(|error| format!("cannot start {}: {error}", spelled(command)))?;
        let start = Instant::now();
        let mut shown = 0;
        loop {
            if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
                return Ok(status);
            }
            let time = start.elapsed();
            if time > LIMIT {
                child.kill().map_err(|error| error.to_string())?;
                child.wait().map_err(|error| error.to_string())?;
                return Err(format!("{} ran longer than {}; log: {}", spelled(command), say::clock(LIMIT), self.path.display()));
            }
            if time.as_secs() > shown && !self.quiet {
                shown = time.as_secs();
                say::moving(&self.name, time, self.last_line().trim());
            }
            thread::sleep(Duration::from_millis(if time.as_millis() < 500 { 10 } else { 100 }));
        }
    }

    fn since(&self, start: u64) -> String {
        let mut bytes = Vec::new();
        let read = File::open(&self.path).and_then(|mut file| {
            file.seek(SeekFrom::Start(start))?;
            file.read_to_end(&mut bytes)
        });
        match read {
            Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => format!("{}: {error}", self.path.display()),
        }
    }

    fn last_line(&self) -> String {
        let length = self.file.metadata().map(|data| data.len()).unwrap_or(0);
        let text = self.since(length.saturating_sub(400));
        text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("").to_owned()
    }
}

/// A command as one would type it.
fn spelled(command: &Command) -> String {
    let words: Vec<_> =
        std::iter::once(command.get_program()).chain(command.get_args()).map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}

/// The last lines of a text.
pub(crate) fn tail(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(count)).map(|line| format!("    {line}\n")).collect()
}
