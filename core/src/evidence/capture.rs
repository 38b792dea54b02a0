//! The first act: one streaming pass from the camera's file to a sealed file that is durable under its final name.

use super::exif::{self, Exif};
use super::probe::{Probe, Probed};
use super::{EvidenceError, MediaType, evidence_id, file_name};
use crate::seal::{self, Recipients, SealError, SealedSummary};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Longest claimed name in bytes; longer ones are refused at entry (F12).
pub const MAX_NAME: usize = 4096;
/// Suffix of files that are still being written.
pub(super) const TEMP_SUFFIX: &str = ".part";
/// How much of the file's start is kept in memory for EXIF and the media type.
const HEAD: usize = 256 * 1024;
/// What an age file is longer at most: header of three recipients, nonce, and 16 bytes for each 64 KiB.
const OVERHEAD: u64 = 1024;

/// A file that is sealed and durable; to be committed to the log next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// Digests and lengths of both sides.
    pub summary: SealedSummary,
    /// Name of the sealed file in the evidence folder.
    pub file: String,
    /// What the file is by its first bytes.
    pub media: MediaType,
    /// What the camera or the person called it: data, never a path.
    pub claimed_name: String,
    /// Whether the extension of that name fits the bytes.
    pub extension_fits: bool,
    /// What the camera wrote into the file. Unsigned and editable: it proves nothing by itself.
    pub exif: Exif,
    /// What the structure of sound, video or text says; pictures are looked at by the second act.
    pub probed: Probed,
}

impl Captured {
    pub(super) fn new(summary: SealedSummary, seen: Head<()>, claimed_name: &str) -> Self {
        let Head { head, probe, .. } = seen;
        let head = head.as_slice();
        let media = MediaType::sniff(head);
        Self {
            summary,
            file: file_name(&summary.sealed),
            media,
            claimed_name: claimed_name.to_owned(),
            extension_fits: media.fits(claimed_name),
            exif: exif::read(head, media),
            probed: probe.finish(),
        }
    }

    /// The evidence's name; the caller counts pieces with the same bytes (F11).
    #[must_use]
    pub fn id(&self, counter: u32) -> String {
        evidence_id(&self.summary.clear, counter)
    }
}

/// Seals the file at `source` into `folder`. Memory stays below 1 MiB whatever the file's length.
/// The source is left where it is; see [`remove_clear`].
///
/// # Errors
/// [`EvidenceError`]; nothing is left in the folder then, unless the process was killed ([`super::orphans`]).
pub fn capture(source: &Path, claimed_name: &str, folder: &Path, to: &Recipients) -> Result<Captured, EvidenceError> {
    if claimed_name.len() > MAX_NAME {
        return Err(EvidenceError::NameTooLong);
    }
    if !fs::symlink_metadata(source).map_err(EvidenceError::Source)?.is_file() {
        return Err(EvidenceError::NotAFile);
    }
    let input = File::open(source).map_err(EvidenceError::Source)?;
    let before = input.metadata().map_err(EvidenceError::Source)?;
    let unchanged = |summary: &SealedSummary| {
        let after = input.metadata().map_err(EvidenceError::Source)?;
        let same =
            summary.clear_len == after.len() && before.len() == after.len() && before.modified().ok() == after.modified().ok();
        if same { Ok(()) } else { Err(EvidenceError::SourceChanged) }
    };
    let mut reader = Head::new(&input);
    let summary = write(&mut reader, before.len(), folder, to, unchanged)?;
    Ok(Captured::new(summary, reader.seen(), claimed_name))
}

/// Seals a derived copy that exists only in memory, as [`capture`] seals a file.
///
/// # Errors
/// As [`capture`].
pub fn capture_bytes(clear: &[u8], name: &str, folder: &Path, to: &Recipients) -> Result<Captured, EvidenceError> {
    let mut reader = Head::new(clear);
    let summary = write(&mut reader, clear.len() as u64, folder, to, |_| Ok(()))?;
    Ok(Captured::new(summary, reader.seen(), name))
}

/// How long a file of sound or video plays, where a header says so.
///
/// # Errors
/// [`EvidenceError::Source`].
pub fn lasts_ms(source: &Path) -> Result<Option<u64>, EvidenceError> {
    let mut reader = Head::new(File::open(source).map_err(EvidenceError::Source)?);
    io::copy(&mut reader, &mut io::sink()).map_err(EvidenceError::Source)?;
    Ok(reader.probe.finish().lasts_ms)
}

/// Seals bytes that exist only in memory (a thumbnail, a paper, strokes) into `folder`, as durably as [`capture`] does.
///
/// # Errors
/// As [`capture`].
pub fn store(clear: &[u8], folder: &Path, to: &Recipients) -> Result<SealedSummary, EvidenceError> {
    write(&mut &*clear, clear.len() as u64, folder, to, |_| Ok(()))
}

/// Removes the clear original after the commit, and makes the removal durable. Gone already is good.
///
/// # Errors
/// [`EvidenceError::Source`] when it is still there; the caller tries again at the next start.
pub fn remove_clear(source: &Path) -> Result<(), EvidenceError> {
    match fs::remove_file(source) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(EvidenceError::Source(e)),
        Ok(()) => source.parent().map_or(Ok(()), sync_folder).map_err(EvidenceError::Source),
    }
}

/// A new file that nobody else has; its name is a counter, since randomness is not ours to draw.
fn create_temp(folder: &Path) -> io::Result<(PathBuf, File)> {
    fs::create_dir_all(folder)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut n = 0_u64;
    loop {
        let path = folder.join(format!("{n}{TEMP_SUFFIX}"));
        match options.open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => n += 1,
            Err(e) => return Err(e),
        }
    }
}

/// Temporary file → fsync → last question → rename → fsync of the folder.
fn write(
    clear: &mut dyn Read,
    len: u64,
    folder: &Path,
    to: &Recipients,
    unchanged: impl FnOnce(&SealedSummary) -> Result<(), EvidenceError>,
) -> Result<SealedSummary, EvidenceError> {
    let (temp, output) = create_temp(folder).map_err(EvidenceError::Folder)?;
    let seal = || {
        let mut writer = BufWriter::new(output);
        let summary = seal::seal(clear, &mut writer, to).map_err(|e| match e {
            SealError::Read(e) => EvidenceError::Source(e),
            SealError::Write(e) => EvidenceError::Folder(e),
            other => EvidenceError::Seal(other),
        })?;
        writer.get_ref().sync_all().map_err(EvidenceError::Folder)?;
        unchanged(&summary)?;
        fs::rename(&temp, folder.join(file_name(&summary.sealed))).map_err(EvidenceError::Folder)?;
        sync_folder(folder).map_err(EvidenceError::Folder)?;
        Ok(summary)
    };
    seal().map_err(|error: EvidenceError| {
        // After a failure nobody knows of this file; if removing fails too, `orphans` finds it.
        let _ = fs::remove_file(&temp);
        error.needing(len)
    })
}

/// fsync of a directory: without it a rename or removal may be undone by power loss.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    let _ = folder;
    Ok(())
}

impl EvidenceError {
    /// A full device says how much it needs (F08).
    fn needing(self, len: u64) -> Self {
        match self {
            Self::Folder(e) if matches!(e.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => {
                Self::Full { needed: len + len.div_ceil(64 * 1024) * 16 + OVERHEAD }
            }
            other => other,
        }
    }
}

/// Passes bytes on, keeps the first ones, and looks at the structure of all.
pub(super) struct Head<T> {
    inner: T,
    head: Vec<u8>,
    probe: Probe,
}
impl<T> Head<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, head: Vec::new(), probe: Probe::default() }
    }
    pub(super) fn seen(self) -> Head<()> {
        Head { inner: (), head: self.head, probe: self.probe }
    }
    fn keep(&mut self, passed: &[u8]) {
        let room = HEAD.saturating_sub(self.head.len());
        self.head.extend_from_slice(passed.get(..room).unwrap_or(passed));
        self.probe.push(passed);
    }
}
impl<T: Read> Read for Head<T> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.keep(buf.get(..n).unwrap_or_default());
        Ok(n)
    }
}
impl<T: Write> Write for Head<T> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(buf)?;
        self.keep(buf.get(..n).unwrap_or_default());
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test may fail by panic

    use super::*;

    #[test]
    fn f08_full_device_names_the_bytes() {
        let full = |kind: io::ErrorKind| EvidenceError::Folder(kind.into()).needing(1_000_000);
        assert!(matches!(full(io::ErrorKind::StorageFull), EvidenceError::Full { needed: 1_001_280 }));
        assert!(matches!(full(io::ErrorKind::PermissionDenied), EvidenceError::Folder(_)));
    }

    #[test]
    fn a_source_that_changes_leaves_nothing_sealed() {
        let dir = tempfile::tempdir().unwrap();
        let to = Recipients::one(seal::Identity::from_bytes(&[1; 32]).unwrap().recipient());
        let refused = write(&mut &b"half"[..], 4, dir.path(), &to, |_| Err(EvidenceError::SourceChanged));
        assert!(matches!(refused, Err(EvidenceError::SourceChanged)));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        assert!(write(&mut &b"whole"[..], 5, dir.path(), &to, |_| Ok(())).is_ok());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
