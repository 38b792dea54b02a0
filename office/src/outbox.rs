//! What a lost or wiped phone had not sent: the sealed files of its folder, opened at the office alone (F43, F44). Nothing is taken into the office's
//! log by it: the device is withdrawn, and what is found here was received by nobody in time. It is for people to read and to keep.

use crate::error::{OfficeError, Result};
use crate::feed;
use crate::office::Office;
use mingzheng_core::cbor;
use mingzheng_core::id::{Id, hex};
use mingzheng_core::log::{Checkpoint, Entry};
use mingzheng_core::store;
use mingzheng_core::wire::Segment;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Segments whose checkpoint an enrolled device signed, with their entries.
    pub segments: usize,
    /// Entries in them.
    pub entries: usize,
    /// Entries that no key had signed, out of the store.
    pub unsigned: usize,
    /// Evidence files.
    pub evidence: usize,
    /// Files that do not open or do not verify, each with the reason.
    pub faults: Vec<(String, String)>,
}

/// Opens everything in a phone's folder, into a new folder `out`.
///
/// # Errors
/// [`OfficeError::Io`]; [`OfficeError::Settings`] when `out` is there already or `folder` is no phone's folder.
pub fn open(office: &Office, folder: &Path, out: &Path) -> Result<Found> {
    if !folder.join("outbox").is_dir() {
        return Err(OfficeError::Settings(format!(
            "{}：没有 outbox，不是手机的文件夹 no outbox in it: not a phone's folder",
            folder.display()
        )));
    }
    fs::create_dir(out).map_err(OfficeError::io(out))?;
    let mut found = Found::default();
    let mut signed = BTreeSet::new();
    for path in age_files(&folder.join("outbox"))? {
        match segment(office, &path) {
            Ok(s) => {
                found.segments += 1;
                found.entries += s.entries.len();
                signed.extend(s.entries.iter().map(|e| (s.log, e.header().seq)));
                write(out, &format!("{}.json", stem(&path)), &json(s.log, true, &s.entries))?;
            }
            Err(why) => found.faults.push((stem(&path), why.to_string())),
        }
    }
    for path in age_files(&folder.join("evidence"))? {
        match evidence(office, &path, out) {
            Ok(()) => found.evidence += 1,
            Err(why) => found.faults.push((stem(&path), why.to_string())),
        }
    }
    if folder.join("store.db").exists() {
        match left(office, folder, out) {
            Ok(logs) => {
                for (log, entries) in logs {
                    let rest: Vec<Entry> = entries.into_iter().filter(|e| !signed.contains(&(log, e.header().seq))).collect();
                    found.unsigned += rest.len();
                    if !rest.is_empty() {
                        write(out, &format!("unsigned-{log}.json"), &json(log, false, &rest))?;
                    }
                }
            }
            Err(why) => found.faults.push(("store.db".into(), why.to_string())),
        }
    }
    Ok(found)
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}

fn age_files(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(OfficeError::io(folder))? {
        let path = entry.map_err(OfficeError::io(folder))?.path();
        if path.extension().is_some_and(|e| e == "age") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn opened(office: &Office, path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let mut clear = Zeroizing::new(Vec::new());
    office.keys.open(|| File::open(path).map_err(OfficeError::io(path)), &mut *clear)?;
    Ok(clear)
}

/// A segment whose checkpoint an enrolled device signed and which holds exactly the entries up to its size.
fn segment(office: &Office, path: &Path) -> Result<Segment> {
    let s = Segment::decode(&opened(office, path)?)?;
    let devices = office.store.read(|c| feed::every_enrolment(office, c))?;
    let device = devices.iter().find(|e| e.log == s.log).ok_or(OfficeError::NotFound("device"))?;
    let c = Checkpoint::open(&s.checkpoint, &device.log_key)?;
    if c.log != s.log || c.size != s.from + s.entries.len() as u64 {
        return Err(OfficeError::Settings("检查点与条目不符 the checkpoint does not cover the entries".into()));
    }
    Ok(s)
}

/// One sealed file, under the digest of what is in it.
fn evidence(office: &Office, path: &Path, out: &Path) -> Result<()> {
    let part = out.join("part");
    let mut file = File::create(&part).map_err(OfficeError::io(&part))?;
    let summary = office.keys.open(|| File::open(path).map_err(OfficeError::io(path)), &mut file);
    let done = summary.and_then(|s| {
        let folder = out.join("evidence");
        fs::create_dir_all(&folder).map_err(OfficeError::io(&folder))?;
        fs::rename(&part, folder.join(hex(&s.clear))).map_err(OfficeError::io(&part))
    });
    if done.is_err() {
        let _ = fs::remove_file(&part);
    }
    done
}

/// The entries of the store that was left behind; read from a copy, because opening writes.
fn left(office: &Office, folder: &Path, out: &Path) -> Result<Vec<(Id, Vec<Entry>)>> {
    let key = opened(office, &folder.join("store.key.age"))?;
    let key: Zeroizing<[u8; 32]> =
        Zeroizing::new(key.as_slice().try_into().map_err(|_| OfficeError::NotFound("key of the store"))?);
    let copy = out.join("store.db");
    for suffix in ["", "-wal"] {
        let (from, to) = (folder.join(format!("store.db{suffix}")), out.join(format!("store.db{suffix}")));
        if from.exists() {
            fs::copy(&from, &to).map_err(OfficeError::io(&to))?;
        }
    }
    let entries = store::left_entries(&copy, &key).map_err(|e| OfficeError::Settings(e.to_string()));
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(out.join(format!("store.db{suffix}")));
    }
    entries
}

fn json(log: Id, signed: bool, entries: &[Entry]) -> serde_json::Value {
    let entries: Vec<_> = entries
        .iter()
        .map(|e| {
            let h = e.header();
            serde_json::json!({
                "seq": h.seq, "kind": h.kind, "case": h.position.as_ref().map(|p| p.case.to_string()), "wall_ms": h.clocks.reading.wall_ms,
                "fields": cbor::to_json(&e.fields()),
            })
        })
        .collect();
    serde_json::json!({"log": log.to_string(), "signed": signed, "entries": entries})
}

fn write(out: &Path, name: &str, value: &serde_json::Value) -> Result<()> {
    let path = out.join(name);
    let text = serde_json::to_vec_pretty(value).map_err(|e| OfficeError::Settings(e.to_string()))?;
    fs::write(&path, text).map_err(OfficeError::io(&path))
}
