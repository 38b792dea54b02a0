//! The office: the program `mingzheng` as a person at a terminal uses it, and its server as a child process.

use crate::Result;
use crate::acts::text;
use crate::cast::{self, ORGAN, Officer};
use crate::pictures::succeed;
use crate::place::Place;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// Servers that were started and must not outlive this process.
static SERVERS: Mutex<Vec<Arc<Mutex<Child>>>> = Mutex::new(Vec::new());

/// Ends every server that was started.
pub fn end_all() {
    for child in SERVERS.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        end(&child);
    }
}

fn end(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    // It may have ended already.
    let _ = child.kill();
    let _ = child.wait();
}

/// An office's folder and the program that works on it.
#[derive(Debug, Clone)]
pub struct Office {
    program: PathBuf,
    folder: PathBuf,
    work: PathBuf,
    /// Person ids by certificate number, of those who were invited.
    persons: Arc<Mutex<BTreeMap<String, String>>>,
}

/// What `mingzheng verify` said.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// 0 valid, 1 invalid, 2 cannot be judged.
    pub exit: i32,
    /// The report.
    pub says: String,
}

impl Verdict {
    /// The first line that is not empty: the verdict in one sentence.
    #[must_use]
    pub fn headline(&self) -> String {
        self.says.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or_default().to_owned()
    }
}

impl Office {
    /// An office that will live in `work/office`; logs go to `work/logs`.
    #[must_use]
    pub fn new(place: &Place, work: &Path) -> Self {
        Self { program: place.office(), folder: work.join("office"), work: work.to_owned(), persons: Arc::default() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(self.folder.join("mingzheng.toml")).args(arguments).envs(cast::SETTINGS);
        command
    }

    fn run(&self, arguments: &[&str]) -> Result<String> {
        succeed(&mut self.command(arguments))
    }

    /// Withdraws the enrolment of a log.
    ///
    /// # Errors
    /// What the program says.
    pub fn revoke(&self, log: &str, reason: &str) -> Result<String> {
        self.run(&["device", "revoke", log, "--reason", reason])
    }

    /// Makes the practice organ. Gives the line with the root's fingerprint.
    ///
    /// # Errors
    /// What the program says.
    pub fn init(&self) -> Result<String> {
        let said = succeed(Command::new(&self.program).args(["init", "--organ", ORGAN]).arg(&self.folder))?;
        Ok(said.lines().find(|l| l.contains("fingerprint")).unwrap_or_default().to_owned())
    }

    /// The signed pack.
    #[must_use]
    pub fn pack_file(&self) -> PathBuf {
        self.work.join("pack.cbor")
    }

    /// The trust list, as anybody may have it.
    #[must_use]
    pub fn trust(&self) -> PathBuf {
        self.folder.join("trust.cbor")
    }

    /// Checks the pack of `folder`, signs it with two keys and shows who signed.
    ///
    /// # Errors
    /// What the program says.
    pub fn sign_pack(&self, folder: &Path) -> Result<Vec<String>> {
        let (folder, out) = (utf8(folder)?, self.pack_file());
        let out = utf8(&out)?;
        let checked = self.run(&["pack", "check", "--quick", folder])?;
        self.run(&["pack", "sign", folder, "--out", out])?;
        let shown = self.run(&["pack", "show", out])?;
        let signers = shown.lines().filter(|l| l.contains("signed by"));
        Ok(checked.lines().chain(signers).map(str::to_owned).collect())
    }

    /// Loads the signed pack and sends it to every phone.
    ///
    /// # Errors
    /// What the program says.
    pub fn publish_pack(&self) -> Result<()> {
        self.publish(&self.pack_file())
    }

    /// Loads a signed pack.
    ///
    /// # Errors
    /// What the program says, for instance that a stranger signed it.
    pub fn publish(&self, pack: &Path) -> Result<()> {
        self.run(&["pack", "add", utf8(pack)?]).map(drop)
    }

    /// Invites a phone of an officer whose certificate ends on `until` (`yyyymmdd`). Gives the text of the QR.
    ///
    /// # Errors
    /// What the program says.
    pub fn invite(&self, officer: &Officer, until: u32) -> Result<String> {
        let until = format!("{}-{:02}-{:02}", until / 10_000, until / 100 % 100, until % 100);
        let mut arguments = vec![
            "enroll",
            "--json",
            "--name",
            officer.name,
            "--unit",
            officer.unit,
            "--position",
            officer.position,
            "--number",
            officer.number,
            "--category",
            "卫生健康",
            "--area",
            "青川县",
            "--until",
            &until,
        ];
        let known = self.persons.lock().unwrap_or_else(PoisonError::into_inner).get(officer.number).cloned();
        if let Some(person) = &known {
            arguments.extend(["--person", person]);
        }
        let invited: Value = serde_json::from_str(&self.run(&arguments)?)?;
        let mut persons = self.persons.lock().unwrap_or_else(PoisonError::into_inner);
        persons.insert(officer.number.to_owned(), text(&invited, "person")?);
        text(&invited, "invitation")
    }

    /// Invites a phone of an assistant.
    ///
    /// # Errors
    /// What the program says.
    pub fn invite_assistant(&self, name: &str) -> Result<String> {
        let invited: Value = serde_json::from_str(&self.run(&["enroll", "--json", "--name", name, "--role", "assistant"])?)?;
        text(&invited, "invitation")
    }

    /// Suspends (暂扣) or resumes the certificate of that number.
    ///
    /// # Errors
    /// What the program says.
    pub fn decide(&self, step: &str, number: &str, reason: &str) -> Result<()> {
        let why = ["--reason", reason, "--basis", "执法证件管理办法（演练）", "--by", cast::DECIDES];
        self.run(&[&["officer", step, number], &why[..]].concat()).map(drop)
    }

    /// `mingzheng procedure …`; gives what it prints.
    ///
    /// # Errors
    /// What the program says.
    pub fn procedure(&self, arguments: &[&str]) -> Result<String> {
        self.run(&[&["procedure"], arguments].concat())
    }

    /// `mingzheng publication …`; gives what it prints.
    ///
    /// # Errors
    /// What the program says.
    pub fn publication(&self, arguments: &[&str]) -> Result<String> {
        self.run(&[&["publication"], arguments].concat())
    }

    /// `mingzheng procedure …` that must be refused; gives what it prints.
    ///
    /// # Errors
    /// When it is not refused.
    pub fn procedure_refused(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command(&[&["procedure"], arguments].concat()).output()?;
        if output.status.success() {
            return Err(format!("{arguments:?} was not refused").into());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Adds a task and sends it to its officers.
    ///
    /// # Errors
    /// What the program says.
    pub fn add_task(&self, task: &Value) -> Result<()> {
        let file = self.work.join("task.json");
        fs::write(&file, task.to_string())?;
        self.run(&["task", "add", utf8(&file)?]).map(drop)
    }

    /// Looks at every sealed file that it holds, and asks the phones again for what is gone or damaged. Gives what it prints.
    ///
    /// # Errors
    /// When the program does not run.
    pub fn check_objects(&self) -> Result<String> {
        // Its exit code says whether anything was found.
        let output = self.command(&["objects", "check", "--json"]).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Takes a task back.
    ///
    /// # Errors
    /// What the program says.
    pub fn withdraw_task(&self, task: &str, reason: &str) -> Result<String> {
        self.run(&["task", "withdraw", task, "--reason", reason])
    }

    /// After its folder was put back from a backup: goes on in a new epoch, signed by the root. Gives what it prints.
    ///
    /// # Errors
    /// What the program says.
    pub fn recover(&self, reason: &str) -> Result<String> {
        self.run(&["recover", "--reason", reason])
    }

    /// Where it lives.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Exports a case into the new folder `out`, with `--open` or `--to RECIPIENT`, and perhaps `--zip`.
    ///
    /// # Errors
    /// What the program says; also when files have not arrived yet.
    pub fn export(&self, case: &str, how: &[&str], out: &Path) -> Result<()> {
        let mut arguments = vec!["export", "--json", case, "--out", utf8(out)?];
        arguments.extend(how);
        let done: Value = serde_json::from_str(&self.run(&arguments)?)?;
        if done["missing"] == 0 { Ok(()) } else { Err(format!("the export is not whole: {done}").into()) }
    }

    /// Verifies a bundle or a paper, with the trust list of outside or without.
    ///
    /// # Errors
    /// When the program does not run.
    pub fn verify(&self, trust: Option<&Path>, target: &Path) -> Result<Verdict> {
        let mut command = Command::new(&self.program);
        command.arg("verify");
        if let Some(trust) = trust {
            command.arg("--trust").arg(trust);
        }
        let output = command.arg(target).output()?;
        let says = [&output.stdout[..], &output.stderr].concat();
        let exit = output.status.code().ok_or("the verifier was killed")?;
        Ok(Verdict { exit, says: String::from_utf8_lossy(&says).into_owned() })
    }

    /// Starts the server on a free port.
    ///
    /// # Errors
    /// What it says when it does not start.
    pub fn serve(&self) -> Result<Serving> {
        let (child, address, link) = self.start(0)?;
        Ok(Serving { office: self.clone(), child, address, link })
    }

    /// Another copy of this office, for an office on PostgreSQL: the same keys, trust list and settings in a folder of its own.
    ///
    /// # Errors
    /// Reading and writing.
    pub fn copy(&self, name: &str) -> Result<Self> {
        let copy = Self { folder: self.work.join(name), ..self.clone() };
        fs::create_dir(&copy.folder)?;
        for file in ["keys.toml", "trust.cbor", "mingzheng.toml"] {
            fs::copy(self.folder.join(file), copy.folder.join(file))?;
        }
        std::os::unix::fs::symlink(self.folder.join("objects"), copy.folder.join("objects"))?;
        Ok(copy)
    }

    fn start(&self, port: u16) -> Result<(Arc<Mutex<Child>>, String, String)> {
        let log = self.work.join("logs/office.log");
        let to = File::options().create(true).append(true).open(&log)?;
        let mut command = self.command(&["serve", "--port", &port.to_string()]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(to).spawn()?;
        let said = child.stdout.take().ok_or("no pipe")?;
        let child = Arc::new(Mutex::new(child));
        SERVERS.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&child));
        let (mut address, mut lines) = (String::new(), BufReader::new(said).lines());
        for line in lines.by_ref() {
            let line = line?;
            let value = line.rsplit_once(": ").map(|(_, v)| v.trim().to_owned()).unwrap_or_default();
            if line.contains(" address: ") {
                address = value;
            } else if line.contains("console (one-time link)") {
                // Whatever it says later is read, so that it never waits for us.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok((child, address, value));
            }
        }
        end(&child);
        Err(format!("the office did not start:\n{}", fs::read_to_string(log).unwrap_or_default()).into())
    }
}

fn utf8(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| format!("{} is not UTF-8", path.display()).into())
}

/// A running server; ended when it is dropped.
pub struct Serving {
    /// `http://127.0.0.1:PORT`.
    pub address: String,
    office: Office,
    child: Arc<Mutex<Child>>,
    link: String,
}

impl Serving {
    /// The office that it serves.
    #[must_use]
    pub fn office(&self) -> &Office {
        &self.office
    }

    /// The console's one-time link; another one each time.
    ///
    /// # Errors
    /// What the program says.
    pub fn link(&mut self) -> Result<String> {
        match std::mem::take(&mut self.link) {
            first if !first.is_empty() => Ok(first),
            _ => Ok(self.office.run(&["link"])?.trim().to_owned()),
        }
    }

    /// The server's process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.lock().unwrap_or_else(PoisonError::into_inner).id()
    }

    /// Ends the server; gives where it listened.
    ///
    /// # Errors
    /// Never for an address that it printed.
    pub fn stop(&mut self) -> Result<SocketAddr> {
        end(&self.child);
        Ok(self.address.trim_start_matches("http://").parse()?)
    }

    /// Starts it again at the same address.
    ///
    /// # Errors
    /// What it says when it does not start.
    pub fn start_again(&mut self, at: SocketAddr) -> Result<()> {
        (self.child, self.address, self.link) = self.office.start(at.port())?;
        Ok(())
    }

    /// Waits until the server ends.
    ///
    /// # Errors
    /// When it ended by itself.
    pub fn wait(&self) -> Result<()> {
        loop {
            let ended = self.child.lock().unwrap_or_else(PoisonError::into_inner).try_wait()?;
            if let Some(status) = ended {
                // The Ctrl-C that ends this process may reach the office first.
                std::thread::sleep(std::time::Duration::from_secs(1));
                return Err(format!("the office ended: {status}").into());
            }
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        end(&self.child);
    }
}
