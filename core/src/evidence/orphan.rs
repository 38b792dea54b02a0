//! What a killed app left behind (F02): nothing is deleted unseen, everything is either explained or shown.

use super::capture::{Captured, Head, TEMP_SUFFIX, sync_folder};
use super::{EvidenceError, remove_clear};
use crate::id::Digest;
use crate::seal::{self, Identity};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// What the database knows.
#[derive(Debug, Default, Clone)]
pub struct Known {
    /// Names of sealed files in the evidence folder.
    pub sealed: BTreeSet<String>,
    /// File name in the inbox and clear digest of each committed capture. Both, because two identical photographs are two pieces (F11).
    pub sources: BTreeSet<(String, Digest)>,
}

/// A file that the database does not account for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Orphan {
    /// Half-written by [`super::capture`]; the source is still there. To be discarded.
    Temp(PathBuf),
    /// Sealed, but killed before the commit. Normally the source is still there; see [`recover`].
    Sealed(PathBuf),
    /// The camera wrote it, nobody took it: it goes to the visible tray of orphans.
    Camera(PathBuf),
    /// Committed, but killed before the clear original was removed. To be removed now.
    Leftover(PathBuf),
    /// A file that this module never writes. Left alone, shown.
    Stranger(PathBuf),
}

/// Compares the evidence folder and the inbox, where the camera writes, with what the database knows.
///
/// # Errors
/// [`EvidenceError::Folder`] or [`EvidenceError::Source`] when a folder cannot be read; a missing folder is empty.
pub fn orphans(folder: &Path, inbox: &Path, known: &Known) -> Result<Vec<Orphan>, EvidenceError> {
    let mut out = Vec::new();
    for (name, path) in files(folder).map_err(EvidenceError::Folder)? {
        let digits =
            |end: &str| name.strip_suffix(end).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_hexdigit()));
        match () {
            () if known.sealed.contains(&name) => {}
            () if digits(TEMP_SUFFIX) => out.push(Orphan::Temp(path)),
            () if digits(".age") => out.push(Orphan::Sealed(path)),
            () => out.push(Orphan::Stranger(path)),
        }
    }
    for (name, path) in files(inbox).map_err(EvidenceError::Source)? {
        let committed = known.sources.range((name.clone(), [0; 32])..).take_while(|(n, _)| *n == name).next().is_some();
        // Only a file whose name was committed needs to be read.
        let same = committed && known.sources.contains(&(name, digest(&path).map_err(EvidenceError::Source)?));
        out.push(if same { Orphan::Leftover(path) } else { Orphan::Camera(path) });
    }
    Ok(out)
}

/// Removes what may be removed without asking: half-written files and leftovers of committed captures. Everything else stays.
///
/// # Errors
/// [`EvidenceError`] when the file cannot be removed.
pub fn discard(orphan: &Orphan) -> Result<(), EvidenceError> {
    match orphan {
        Orphan::Leftover(path) => remove_clear(path),
        Orphan::Temp(path) => remove(path),
        Orphan::Sealed(_) | Orphan::Camera(_) | Orphan::Stranger(_) => Ok(()),
    }
}

/// A sealed orphan: when one of `cameras` (the [`Orphan::Camera`] files) holds the same bytes, that file will be captured again, the orphan is removed, and
/// the answer is `None`. Otherwise it may be the only copy: the answer is what [`super::capture`] would have given, to be shown in the tray and committed.
///
/// # Errors
/// [`EvidenceError::Seal`] when it does not open with this identity; it stays.
pub fn recover(sealed: &Path, identity: &Identity, cameras: &[PathBuf]) -> Result<Option<Captured>, EvidenceError> {
    let mut clear = Head::new(io::sink());
    let mut input = File::open(sealed).map_err(EvidenceError::Folder)?;
    let summary = seal::open(&mut input, &mut clear, identity).map_err(EvidenceError::Seal)?;
    for camera in cameras {
        let len = fs::metadata(camera).map_err(EvidenceError::Source)?.len();
        if len == summary.clear_len && digest(camera).map_err(EvidenceError::Source)? == summary.clear {
            return remove(sealed).map(|()| None);
        }
    }
    Ok(Some(Captured::new(summary, clear.seen(), "")))
}

fn remove(path: &Path) -> Result<(), EvidenceError> {
    fs::remove_file(path).map_err(EvidenceError::Folder)?;
    path.parent().map_or(Ok(()), sync_folder).map_err(EvidenceError::Folder)
}

/// Regular files of a folder in the order of their names.
fn files(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut out = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            out.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
        }
    }
    out.sort();
    Ok(out)
}

fn digest(path: &Path) -> io::Result<Digest> {
    let mut hash = Sha256::new();
    io::copy(&mut File::open(path)?, &mut HashWriter(&mut hash))?;
    Ok(hash.finalize().into())
}

struct HashWriter<'a>(&'a mut Sha256);
impl io::Write for HashWriter<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.update(buf);
        Ok(buf.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
