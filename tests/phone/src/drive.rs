//! Drives a phone that runs as a process of its own: one JSON line there, one back. It can be killed and started again at any moment.

use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Why a command got no answer that one can use.
#[derive(Debug)]
pub enum Failed {
    /// The phone refused; the error as it gave it.
    Refused(Value),
    /// The process died, or its pipe broke.
    Gone(io::Error),
}

impl Failed {
    /// Name of the refusal, for instance `Blocked`; empty when the process is gone.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Refused(error) => error.get("name").and_then(Value::as_str).unwrap_or_default(),
            Self::Gone(_) => "",
        }
    }

    /// Rules of the gates that block, for instance `J1`.
    #[must_use]
    pub fn rules(&self) -> Vec<String> {
        let Self::Refused(error) = self else {
            return Vec::new();
        };
        let gates = error.get("gates").and_then(Value::as_array).into_iter().flatten();
        gates.filter_map(|g| g.get("rule").and_then(Value::as_str)).map(str::to_owned).collect()
    }
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "the phone refused: {error}"),
            Self::Gone(error) => write!(f, "the phone's process is gone: {error}"),
        }
    }
}
impl std::error::Error for Failed {}
impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Gone(error)
    }
}

/// A phone's process.
pub struct PhoneProcess {
    program: PathBuf,
    folder: PathBuf,
    log: PathBuf,
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    next: u64,
}

impl PhoneProcess {
    /// Starts a phone over `folder`; what it says on standard error is appended to `log`.
    ///
    /// # Errors
    /// [`Failed::Refused`] with the core's error when the folder does not open, or what the system says.
    pub fn start(program: &Path, folder: &Path, log: &Path) -> Result<Self, Failed> {
        let (child, to, from) = spawn(program, folder, log)?;
        let mut phone = Self { program: program.into(), folder: folder.into(), log: log.into(), child, to, from, next: 1 };
        phone.answer()?;
        Ok(phone)
    }

    /// The phone's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a command without waiting for its answer.
    ///
    /// # Errors
    /// [`Failed::Gone`].
    pub fn send(&mut self, command: &str, mut arguments: Value) -> Result<u64, Failed> {
        let id = self.next;
        self.next += 1;
        if let Value::Object(fields) = &mut arguments {
            fields.insert("id".into(), id.into());
            fields.insert("do".into(), command.into());
        } else {
            arguments = json!({ "id": id, "do": command });
        }
        let line = format!("{arguments}\n");
        self.to.write_all(line.as_bytes()).and_then(|()| self.to.flush())?;
        Ok(id)
    }

    /// Waits for the next answer.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn answer(&mut self) -> Result<Value, Failed> {
        let mut line = String::new();
        let gone = |why: &str| Failed::Gone(io::Error::new(io::ErrorKind::UnexpectedEof, why.to_owned()));
        match self.from.read_line(&mut line) {
            Ok(0) => return Err(gone("no answer")),
            Ok(_) => {}
            Err(e) => return Err(e.into()),
        }
        let mut answer: Value = serde_json::from_str(&line).map_err(|_| gone("half an answer"))?;
        match answer.get_mut("ok").map(Value::take) {
            Some(ok) => Ok(ok),
            None => Err(Failed::Refused(answer.get_mut("error").map(Value::take).unwrap_or_default())),
        }
    }

    /// Sends a command and waits for its answer.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn call(&mut self, command: &str, arguments: Value) -> Result<Value, Failed> {
        self.send(command, arguments)?;
        self.answer()
    }

    /// SIGKILL: no chance to tidy up.
    ///
    /// # Errors
    /// What the system says.
    pub fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// Starts it again over the same folder.
    ///
    /// # Errors
    /// As [`PhoneProcess::start`].
    pub fn restart(&mut self) -> Result<(), Failed> {
        self.kill()?;
        (self.child, self.to, self.from) = spawn(&self.program, &self.folder, &self.log)?;
        self.answer().map(drop)
    }
}

impl Drop for PhoneProcess {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.kill();
    }
}

fn spawn(program: &Path, folder: &Path, log: &Path) -> io::Result<(Child, ChildStdin, BufReader<ChildStdout>)> {
    let log: File = OpenOptions::new().create(true).append(true).open(log)?;
    let mut child = Command::new(program).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn()?;
    match (child.stdin.take(), child.stdout.take()) {
        (Some(to), Some(from)) => Ok((child, to, BufReader::new(from))),
        _ => Err(io::Error::other("no pipes")),
    }
}
