//! Backup and restore: every row and every sealed file, in a form that belongs to no engine, verified after it was written.
//!
//! A backup is one state of the database, taken while the server runs, and then the sealed files that this state names: they are whole before a row
//! says so, and are never changed. The office's keys lie in it sealed to the recovery recipient of the trust list; root keys never do.

use crate::error::{OfficeError, Result};
use crate::keys;
use crate::log;
use crate::objects::{self, Finished, Objects};
use crate::office::Office;
use crate::settings::{self, Settings};
use crate::store::{FromValue, Store, ToValue, Tx, Value, params};
use crate::subtrees;
use mingzheng_core::cbor::{self, Value as Cbor};
use mingzheng_core::id::{Digest, digest_from_hex, hex};
use mingzheng_core::seal::{Identity, Recipient, Recipients, seal};
use mingzheng_core::trust::{RECOVERY, TrustList, TrustedKey, Use};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, ErrorKind, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What a backup says of itself; written last.
const CONTENTS: &str = "backup.json";
const KEYS: &str = "keys.toml.age";
const VERSION: u32 = 1;
/// Longest row; a paper of a case is the largest thing in one.
const LONGEST: u32 = 256 << 20;
const PIECE: u64 = 1 << 20;

/// Tables and their columns, each after those that it refers to. A test compares it with the schema. A table that grows grows at its end, so that
/// the shorter rows of an older program's backup are those of its first columns.
const TABLES: &[(&str, &[&str])] = &[
    ("persons", &["person", "name", "role", "certificate"]),
    ("invitations", &["code", "person", "expires"]),
    ("enrolments", &["enrolment", "person", "device", "log", "code", "signed", "model", "at", "receipt"]),
    ("nonces", &["nonce", "at"]),
    ("anchors", &["digest", "signed", "at"]),
    ("logs", &["log", "enrolment", "size", "root", "cp_no", "checkpoint"]),
    ("checkpoints", &["digest", "log", "cp_no", "size", "root", "signed", "received", "receipt"]),
    ("forks", &["log", "at", "first", "second", "proof"]),
    ("entries", &["log", "seq", "case_tag", "case_seq", "received", "header", "disclosures", "digest", "leaf", "adopted_by"]),
    ("wanted", &["log", "seq", "case_tag", "what", "id", "clear", "length", "sealed"]),
    (
        "uploads",
        &[
            "sealed",
            "enrolment",
            "length",
            "received",
            "started",
            "complete",
            "clear",
            "clear_length",
            "fault",
            "custody",
            "opened",
        ],
    ),
    ("feed", &["enrolment", "n", "kind", "subject", "signed", "digest", "at"]),
    ("tasks", &["task", "body", "assignment", "digest", "at"]),
    ("badges", &["digest", "enrolment", "signed", "issued", "expires"]),
    ("packs", &["digest", "id", "version", "signed", "at"]),
    ("exports", &["bundle", "case_tag", "at", "form", "recipient", "leaf", "receipt"]),
    ("links", &["token", "expires"]),
    ("leaves", &["epoch", "idx", "kind", "at", "bytes", "hash", "root"]),
    ("epochs", &["epoch", "signed", "at"]),
    ("ahead", &["epoch", "size", "root", "proof", "at"]),
    ("heads", &["epoch", "size", "at", "signed", "checkpoint"]),
    ("outside", &["epoch", "size", "kind", "content", "at"]),
    ("witnessed", &["origin", "key", "size", "root", "at"]),
    ("accesses", &["record", "case_tag", "bytes", "leaf", "at", "receipt"]),
    ("revocations", &["log", "enrolment", "signed", "at", "receipt"]),
    ("certificates", &["certificate", "number", "idx"]),
    ("holders", &["person", "certificate", "n"]),
    ("status_indexes", &["idx", "certificate"]),
    ("register_steps", &["certificate", "n", "at", "record", "leaf", "receipt"]),
    ("lists", &["kind", "made_of", "content", "signed", "issued"]),
    ("enterprises", &["code", "name", "address", "area", "category", "at"]),
    ("mandates", &["mandate", "body", "ended", "at"]),
    ("training", &["certificate", "n", "at", "record", "leaf", "receipt"]),
    ("procedures", &["procedure", "number", "inspection", "decision", "at"]),
    ("procedure_steps", &["procedure", "n", "at", "record", "leaf", "receipt"]),
    ("case_records", &["procedure", "kind", "n", "at", "record", "leaf", "receipt"]),
    ("case_papers", &["digest", "pdf"]),
    ("number_blocks", &["n", "at", "record", "leaf", "receipt"]),
    ("ledgers", &["row", "book", "year", "serial", "number", "at"]),
    ("ledger_steps", &["row", "n", "at", "record", "leaf", "receipt"]),
    ("ledger_sealed", &["row", "sealed"]),
    ("wipes", &["log", "signed", "at", "not_after", "handed"]),
    ("attestations", &["enrolment", "said", "verdict"]),
    ("withdrawn_tasks", &["task", "at", "reason"]),
    ("retention_acts", &["n", "at", "record", "leaf", "receipt"]),
    ("destroyed", &["sealed", "proposal", "at"]),
    ("destructions", &["proposal", "number", "at", "signed", "leaf"]),
];

/// What follows from the rest, or from who starts next: trees from their leaves, the organ from its trust list; what a person begins again, what phones tell again.
#[cfg(test)]
const NOT_SAVED: [&str; 5] = ["subtrees", "leases", "organ", "destroying", "fetched"];

/// Said of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contents {
    /// Of this format.
    pub version: u32,
    /// The program that wrote it.
    pub program: String,
    /// The organ.
    pub organ: String,
    /// Fingerprint of its root.
    pub root: String,
    /// When, ms.
    pub at: i64,
    /// Epoch and size of the office's log in it.
    pub head: (u64, u64),
    /// Rows and SHA-256 of each table.
    pub tables: BTreeMap<String, (u64, String)>,
    /// SHA-256 of further files.
    pub files: BTreeMap<String, String>,
    /// Sealed files, by the digest that is their name, with their length.
    pub objects: BTreeMap<String, u64>,
}

/// A column of any kind, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cell {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl FromValue for Cell {
    fn from_value(value: Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Int(n) => Self::Int(n),
            Value::Text(t) => Self::Text(t.to_owned()),
            Value::Blob(b) => Self::Blob(b.to_vec()),
        })
    }
}

impl ToValue for Cell {
    fn to_value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Int(n) => Value::Int(*n),
            Self::Text(t) => Value::Text(t),
            Self::Blob(b) => Value::Blob(b),
        }
    }
}

impl Cell {
    fn to_cbor(&self) -> Cbor {
        match self {
            Self::Null => Cbor::Null,
            Self::Int(n) => (*n).into(),
            Self::Text(t) => t.as_str().into(),
            Self::Blob(b) => b.as_slice().into(),
        }
    }
    fn from_cbor(value: Cbor) -> Option<Self> {
        Some(match value {
            Cbor::Null => Self::Null,
            Cbor::Int(n) => Self::Int(n),
            Cbor::Text(t) => Self::Text(t),
            Cbor::Bytes(b) => Self::Blob(b),
            _ => return None,
        })
    }
}

fn settings_error(text: impl Into<String>) -> OfficeError {
    OfficeError::Settings(text.into())
}

/// Writes a backup into a new folder, and reads it again.
///
/// # Errors
/// [`OfficeError`]; the folder then has no `backup.json` and is no backup.
pub fn write(office: &Office, to: &Path) -> Result<Contents> {
    fs::create_dir(to).map_err(OfficeError::io(to))?;
    let tables_folder = to.join("tables");
    fs::create_dir(&tables_folder).map_err(OfficeError::io(&tables_folder))?;
    let (head, tables, wanted) = office.store.read(|db| {
        let head = log::head(db)?;
        let mut tables = BTreeMap::new();
        for (table, columns) in TABLES {
            let path = tables_folder.join(format!("{table}.rows"));
            let mut out = Rows::create(&path)?;
            let mut failed = None;
            db.each(&format!("SELECT {} FROM {table}", columns.join(", ")), params![], |row| {
                let cells = (0..columns.len()).map(|i| row.get::<Cell>(i)).collect::<crate::store::Result<Vec<_>>>()?;
                Ok(match out.put(&cells) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(e) => {
                        failed = Some(e);
                        ControlFlow::Break(())
                    }
                })
            })?;
            if let Some(e) = failed {
                return Err(e);
            }
            tables.insert((*table).to_owned(), out.finish()?);
        }
        let whole = db.rows("SELECT sealed FROM uploads WHERE complete IS NOT NULL AND NOT EXISTS (SELECT 1 FROM destroyed d WHERE d.sealed = uploads.sealed)", params![], |r| r.get::<Digest>(0))?;
        Ok((head, tables, whole))
    })?;
    let mut objects = BTreeMap::new();
    for sealed in wanted {
        objects.insert(hex(&sealed), copy_object(office, &sealed, to)?);
    }
    let mut files = BTreeMap::new();
    for name in [keys::TRUST_FILE, settings::FILE] {
        let from = office.file(name);
        let bytes = fs::read(&from).map_err(OfficeError::io(&from))?;
        files.insert(name.to_owned(), put_file(&to.join(name), &bytes)?);
    }
    files.insert(KEYS.to_owned(), put_file(&to.join(KEYS), &sealed_keys(office)?)?);
    let contents = Contents {
        version: VERSION,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        organ: office.trust.organ.clone(),
        root: hex(&office.fingerprint()?.0),
        at: office.now(),
        head: (head.epoch, head.size),
        tables,
        files,
        objects,
    };
    let faults = compare(to, &contents)?;
    if let Some(fault) = faults.first() {
        return Err(settings_error(format!("写后复核不符 verified after writing: {fault}")));
    }
    let text = serde_json::to_vec_pretty(&contents).map_err(|e| settings_error(e.to_string()))?;
    put_file(&to.join(CONTENTS), &text)?;
    crate::objects::sync_folder(to)?;
    Ok(contents)
}

/// Reads what a backup says of itself, and names every file that is not as it was written.
///
/// # Errors
/// [`OfficeError::Settings`] when it is no backup of a version that this program knows.
pub fn verify(from: &Path) -> Result<(Contents, Vec<String>)> {
    let path = from.join(CONTENTS);
    let text = fs::read(&path).map_err(OfficeError::io(&path))?;
    let contents: Contents = serde_json::from_slice(&text).map_err(|e| settings_error(format!("{}: {e}", path.display())))?;
    if contents.version != VERSION {
        return Err(settings_error(format!(
            "备份的版本是 {}，请用写它的程序 backup of another version: use its program",
            contents.version
        )));
    }
    let faults = compare(from, &contents)?;
    Ok((contents, faults))
}

fn compare(folder: &Path, contents: &Contents) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for (table, (rows, digest)) in &contents.tables {
        let path = folder.join("tables").join(format!("{table}.rows"));
        match counted(&path) {
            Ok((n, d)) if n == *rows && d == *digest => {}
            _ => faults.push(format!("tables/{table}.rows")),
        }
    }
    for (name, digest) in &contents.files {
        if digest_of(&folder.join(name)).ok().as_ref() != Some(digest) {
            faults.push(name.clone());
        }
    }
    for (name, length) in &contents.objects {
        let path = object_path(folder, name);
        let same = fs::metadata(&path).is_ok_and(|m| m.len() == *length) && digest_of(&path).is_ok_and(|d| d == *name);
        if !same {
            faults.push(format!("objects/{name}"));
        }
    }
    Ok(faults)
}

/// Makes an office out of a verified backup, in a new folder. It begins in recovery when phones have heard more than the backup knows.
///
/// # Errors
/// [`OfficeError::Settings`] names what does not fit; the folder then holds no settings file and is no office.
pub fn restore(from: &Path, folder: &Path, keys: &Keys<'_>) -> Result<Contents> {
    let (contents, faults) = verify(from)?;
    if let Some(fault) = faults.first() {
        return Err(settings_error(format!("备份已损坏 the backup is damaged: {fault}")));
    }
    // A table that is not in the backup is one that its program did not have yet: it begins empty, as it does in an upgrade.
    if let Some(newer) = contents.tables.keys().find(|name| TABLES.iter().all(|(known, _)| known != name)) {
        return Err(settings_error(format!(
            "备份来自更新的程序，请升级后再恢复 the backup is of a newer program: upgrade, then restore ({}; {newer})",
            contents.program
        )));
    }
    fs::create_dir(folder).map_err(OfficeError::io(folder))?;
    let secret = keys.read(from)?;
    keys::write_secret(&folder.join(keys::FILE), &secret)?;
    let trust = from.join(keys::TRUST_FILE);
    let bytes = fs::read(&trust).map_err(OfficeError::io(&trust))?;
    TrustList::open_self_signed(&bytes)?;
    put_file(&folder.join(keys::TRUST_FILE), &bytes)?;
    let settings = Settings { data: folder.to_owned(), ..Settings::load(&from.join(settings::FILE))? };
    // Sealed files before rows: what a row names is there.
    let objects = objects::open(&settings)?;
    for (name, length) in &contents.objects {
        let sealed = digest_from_hex(name).ok_or_else(|| settings_error(name.clone()))?;
        put_object(objects.as_ref(), &sealed, &object_path(from, name), *length)?;
    }
    let store = Store::of(&settings)?;
    store.write(|tx| {
        let used: bool =
            tx.one("SELECT EXISTS (SELECT 1 FROM leaves) OR EXISTS (SELECT 1 FROM persons)", params![], |r| r.get(0))?;
        if used {
            return Err(settings_error("数据库已有内容 the database is not empty"));
        }
        for (table, columns) in TABLES.iter().filter(|(table, _)| contents.tables.contains_key(*table)) {
            insert(tx, from, table, columns)?;
        }
        subtrees::fill(tx)?;
        // Of an unfinished file nothing was saved: the phone is told so, and begins it again.
        tx.execute("UPDATE uploads SET received = 0 WHERE complete IS NULL", params![])?;
        Ok(())
    })?;
    // Last: a folder without it is no office.
    let file = from.join(settings::FILE);
    let bytes = fs::read(&file).map_err(OfficeError::io(&file))?;
    put_file(&folder.join(settings::FILE), &bytes)?;
    crate::objects::sync_folder(folder)?;
    Ok(contents)
}

/// Where a restored office gets its keys from.
pub enum Keys<'a> {
    /// A key file that was kept elsewhere.
    File(&'a Path),
    /// The recovery identity, which opens those in the backup.
    Recovery(&'a Path),
}

impl Keys<'_> {
    fn read(&self, from: &Path) -> Result<Zeroizing<String>> {
        match self {
            Self::File(path) => fs::read_to_string(path).map(Zeroizing::new).map_err(OfficeError::io(path)),
            Self::Recovery(path) => {
                let text = Zeroizing::new(fs::read_to_string(path).map_err(OfficeError::io(path))?);
                let line = text.lines().find(|l| l.starts_with("AGE-SECRET-KEY-")).ok_or(OfficeError::NotFound("identity"))?;
                let identity: Identity = line.trim().parse()?;
                let sealed = from.join(KEYS);
                let mut clear = Zeroizing::new(Vec::new());
                let mut file = File::open(&sealed).map_err(OfficeError::io(&sealed))?;
                mingzheng_core::seal::open(&mut file, &mut *clear, &identity)?;
                let text = std::str::from_utf8(&clear).map_err(|_| OfficeError::NotFound("keys"))?;
                Ok(Zeroizing::new(text.to_owned()))
            }
        }
    }
}

fn insert(tx: &Tx<'_>, from: &Path, table: &str, columns: &[&str]) -> Result<()> {
    let path = from.join("tables").join(format!("{table}.rows"));
    let mut file = BufReader::new(File::open(&path).map_err(OfficeError::io(&path))?);
    while let Some(row) = next_row(&mut file).map_err(OfficeError::io(&path))? {
        let bad = || settings_error(format!("{}: 行不符 a row does not fit", path.display()));
        let cells = cbor::decode(&row).and_then(|v| v.array("row")).map_err(|_| bad())?;
        let cells = cells.into_iter().map(Cell::from_cbor).collect::<Option<Vec<_>>>().ok_or_else(bad)?;
        let columns = columns.get(..cells.len()).filter(|c| !c.is_empty()).ok_or_else(bad)?;
        let places = vec!["?"; columns.len()].join(", ");
        let cells: Vec<&dyn ToValue> = cells.iter().map(|c| c as &dyn ToValue).collect();
        tx.execute(&format!("INSERT INTO {table} ({}) VALUES ({places})", columns.join(", ")), &cells)?;
    }
    Ok(())
}

/// A file of rows: for each its length in four bytes, most significant first, and a CBOR array of its columns.
struct Rows {
    path: PathBuf,
    out: BufWriter<File>,
    digest: Sha256,
    rows: u64,
}

impl Rows {
    fn create(path: &Path) -> Result<Self> {
        let file = File::create_new(path).map_err(OfficeError::io(path))?;
        Ok(Self { path: path.to_owned(), out: BufWriter::new(file), digest: Sha256::new(), rows: 0 })
    }

    fn put(&mut self, cells: &[Cell]) -> Result<()> {
        let row = cbor::encode(&Cbor::Array(cells.iter().map(Cell::to_cbor).collect()))?;
        let length = u32::try_from(row.len()).map_err(|_| settings_error("row"))?.to_be_bytes();
        for part in [&length[..], &row] {
            self.digest.update(part);
            self.out.write_all(part).map_err(OfficeError::io(&self.path))?;
        }
        self.rows += 1;
        Ok(())
    }

    fn finish(self) -> Result<(u64, String)> {
        let file = self.out.into_inner().map_err(|e| OfficeError::io(&self.path)(e.into_error()))?;
        file.sync_all().map_err(OfficeError::io(&self.path))?;
        Ok((self.rows, hex(&Digest::from(self.digest.finalize()))))
    }
}

fn next_row(from: &mut impl Read) -> std::io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_be_bytes(length);
    if length > LONGEST {
        return Err(ErrorKind::InvalidData.into());
    }
    let mut row = vec![0; length as usize];
    from.read_exact(&mut row)?;
    Ok(Some(row))
}

/// Rows and digest of a file as it now lies there.
fn counted(path: &Path) -> std::io::Result<(u64, String)> {
    let mut file = BufReader::new(File::open(path)?);
    let (mut rows, mut digest) = (0, Sha256::new());
    while let Some(row) = next_row(&mut file)? {
        digest.update((row.len() as u32).to_be_bytes());
        digest.update(&row);
        rows += 1;
    }
    Ok((rows, hex(&Digest::from(digest.finalize()))))
}

fn digest_of(path: &Path) -> std::io::Result<String> {
    let (mut file, mut digest, mut buffer) = (File::open(path)?, Sha256::new(), vec![0; 256 << 10]);
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => digest.update(buffer.get(..n).unwrap_or_default()),
        }
    }
    Ok(hex(&Digest::from(digest.finalize())))
}

fn object_path(folder: &Path, name: &str) -> PathBuf {
    let shelf: String = name.chars().take(2).collect();
    folder.join("objects").join(shelf).join(name)
}

/// Copies a sealed file; its name says what must be in it. Gives its length.
fn copy_object(office: &Office, sealed: &Digest, to: &Path) -> Result<u64> {
    let name = hex(sealed);
    let path = object_path(to, &name);
    let shelf = path.parent().ok_or(OfficeError::NotFound("folder"))?;
    fs::create_dir_all(shelf).map_err(OfficeError::io(shelf))?;
    let mut out = File::create_new(&path).map_err(OfficeError::io(&path))?;
    let length = std::io::copy(&mut office.objects.get(sealed)?, &mut out).map_err(OfficeError::io(&path))?;
    out.sync_all().map_err(OfficeError::io(&path))?;
    Ok(length)
}

/// Puts a sealed file back, piece by piece; it gets its name only when its digest is right.
fn put_object(objects: &dyn Objects, sealed: &Digest, from: &Path, length: u64) -> Result<()> {
    let mut file = File::open(from).map_err(OfficeError::io(from))?;
    let mut offset = 0;
    while offset < length {
        let mut piece = Vec::new();
        Read::by_ref(&mut file).take(PIECE).read_to_end(&mut piece).map_err(OfficeError::io(from))?;
        if piece.is_empty() {
            break;
        }
        objects.put(sealed, offset, &piece)?;
        offset += piece.len() as u64;
    }
    match objects.finish(sealed, length)? {
        Finished::Whole => Ok(()),
        Finished::Wrong => Err(settings_error(format!("objects/{}", hex(sealed)))),
    }
}

fn put_file(path: &Path, bytes: &[u8]) -> Result<String> {
    let mut file = File::create_new(path).map_err(OfficeError::io(path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(OfficeError::io(path))?;
    let mut digest = Sha256::new();
    digest.update(bytes);
    Ok(hex(&Digest::from(digest.finalize())))
}

/// The key file, for whoever holds the recovery identity.
fn sealed_keys(office: &Office) -> Result<Vec<u8>> {
    let path = office.file(keys::FILE);
    let clear = Zeroizing::new(fs::read(&path).map_err(OfficeError::io(&path))?);
    let recovery = office.trust.keys.iter().find(|k| k.usage == Use::Seal && k.name == RECOVERY);
    let Some(TrustedKey::Recipient(raw)) = recovery.map(|k| &k.key) else { return Err(OfficeError::NoKey(RECOVERY)) };
    let mut sealed = Vec::new();
    seal(&mut clear.as_slice(), &mut sealed, &Recipients::one(Recipient::from_bytes(*raw)?))?;
    Ok(sealed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// What a migration adds and the list does not know would be lost with the first backup.
    #[test]
    fn every_table_and_column_of_the_schema_is_in_a_backup() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("office.sqlite");
        drop(Store::open(&path).unwrap());
        let c = rusqlite::Connection::open(&path).unwrap();
        let mut s = c.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").unwrap();
        let tables: BTreeSet<String> = s.query_map([], |r| r.get::<_, String>(0)).unwrap().map(|r| r.unwrap()).collect();
        assert_eq!(tables, TABLES.iter().map(|(t, _)| *t).chain(NOT_SAVED).map(str::to_owned).collect());
        for (table, columns) in TABLES {
            let mut s = c.prepare(&format!("SELECT name FROM pragma_table_info('{table}')")).unwrap();
            let found: BTreeSet<String> = s.query_map([], |r| r.get::<_, String>(0)).unwrap().map(|r| r.unwrap()).collect();
            assert_eq!(found, columns.iter().map(|c| (*c).to_owned()).collect(), "{table}");
        }
        // Each stands behind what it refers to.
        for (at, (table, _)) in TABLES.iter().enumerate() {
            let mut s = c.prepare(&format!("SELECT \"table\" FROM pragma_foreign_key_list('{table}')")).unwrap();
            for target in s.query_map([], |r| r.get::<_, String>(0)).unwrap().map(|r| r.unwrap()) {
                assert!(TABLES.iter().take(at + 1).any(|(t, _)| *t == target), "{table} refers to {target}");
            }
        }
    }
}
