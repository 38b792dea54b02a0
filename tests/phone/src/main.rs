//! `mingzheng-phone FOLDER`: a phone without a screen. It reads one JSON command a line on standard input and writes one JSON answer a line on
//! standard output: `{"id":1,"do":"status"}` → `{"id":1,"ok":{…}}` or `{"id":1,"error":{"name":"Blocked","gates":[…]}}`.
//!
//! The first line it writes, with id 0, says whether the folder could be opened. Its keys and the high-water mark of its log lie beside the folder, in `FOLDER.keys` and `FOLDER.mark`.
//! It can be killed at any moment: what it answered is durable.

mod command;
mod network;
mod views;

use mingzheng_core::host::{DeviceKey, Host, KeyError};
use mingzheng_core::phone::Phone;
use mingzheng_phone::host::{DebianFonts, MarkFile, SoftwareKeys, SystemClock, SystemRandom};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// What can be asked of the machinery around the phone.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Around {
    /// The conversation with the office, until nothing is left or so many requests were made.
    Sync { max_requests: Option<u64>, at_once: Option<u32>, background: Option<bool> },
    /// The wall clock is wrong by so much from now on; so much time passes.
    Clock { wrong_by_ms: Option<i64>, pass_ms: Option<u64> },
    /// Keys refuse: `cancelled`, `locked`, `gone`, `failed`, or work again (null).
    Keys { refuse: Option<String> },
    /// The LOG key is gone for good.
    LoseLogKey,
}

struct Machine {
    phone: Phone,
    clock: Arc<SystemClock>,
    keys: Arc<SoftwareKeys>,
}

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: mingzheng-phone FOLDER");
        return ExitCode::from(64);
    };
    let machine = match open(&folder) {
        Ok(machine) => machine,
        Err(error) => {
            say(&json!({ "id": 0, "error": error }));
            return ExitCode::FAILURE;
        }
    };
    say(&json!({ "id": 0, "ok": {} }));
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let asked: Value = serde_json::from_str(&line).unwrap_or_default();
        let id = asked.get("id").cloned().unwrap_or_default();
        say(&match machine.answer(asked) {
            Ok(ok) => json!({ "id": id, "ok": ok }),
            Err(error) => json!({ "id": id, "error": error }),
        });
    }
    ExitCode::SUCCESS
}

fn open(folder: &Path) -> Result<Machine, Value> {
    let beside = |end: &str| {
        let mut file = folder.as_os_str().to_owned();
        file.push(end);
        PathBuf::from(file)
    };
    let keys = SoftwareKeys::open(&beside(".keys")).map_err(|e| json!({ "name": "Host", "says": e.to_string() }))?;
    let (keys, clock) = (Arc::new(keys), Arc::new(SystemClock::default()));
    let host = Host {
        clock: clock.clone(),
        random: Arc::new(SystemRandom),
        keys: keys.clone(),
        high_water: Arc::new(MarkFile::new(beside(".mark"))),
        fonts: Arc::new(DebianFonts::default()),
    };
    let phone = Phone::open(folder, host).map_err(|e| command::error(&e))?;
    Ok(Machine { phone, clock, keys })
}

impl Machine {
    fn answer(&self, asked: Value) -> Result<Value, Value> {
        match Around::deserialize(&asked) {
            Ok(Around::Sync { max_requests, at_once, background }) => {
                let how = network::How { max_requests, at_once, background: background.unwrap_or_default() };
                return network::converse(&self.phone, &how).map_err(|e| command::error(&e));
            }
            Ok(Around::Clock { wrong_by_ms, pass_ms }) => {
                if let Some(ms) = wrong_by_ms {
                    self.clock.set_wrong(ms);
                }
                self.clock.pass(pass_ms.unwrap_or_default());
                return Ok(json!({}));
            }
            Ok(Around::Keys { refuse }) => {
                let refuse = match refuse.as_deref() {
                    None => None,
                    Some("cancelled") => Some(KeyError::Cancelled),
                    Some("locked") => Some(KeyError::Locked),
                    Some("gone") => Some(KeyError::Gone),
                    Some(_) => Some(KeyError::Failed),
                };
                self.keys.refuse(refuse);
                return Ok(json!({}));
            }
            Ok(Around::LoseLogKey) => {
                self.keys.lose(DeviceKey::Log).map_err(|e| json!({ "name": "Host", "says": e.to_string() }))?;
                return Ok(json!({}));
            }
            Err(_) => {}
        }
        let command = command::Command::deserialize(asked).map_err(|e| json!({ "name": "Command", "says": e.to_string() }))?;
        command::run(&self.phone, command).map_err(|e| command::error(&e))
    }
}

/// One line, flushed: whoever reads it may rely on it.
fn say(answer: &Value) {
    let mut out = io::stdout().lock();
    if writeln!(out, "{answer}").and_then(|()| out.flush()).is_err() {
        std::process::exit(1);
    }
}
