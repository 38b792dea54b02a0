//! Evidence: one file from the camera to a sealed file, its check, and what a killed app left behind (P6, R18–R25, J20, F02, F08, F10, F11, F45).
//!
//! The order of one act, each step by the caller, each durable before the next:
//! 1. [`capture`]: one pass over the camera's file gives a sealed file in the evidence folder, fsynced under its final name. The source is untouched.
//! 2. The caller commits the entry to its log.
//! 3. [`remove_clear`]: the clear original goes; from here on only the sealed file exists.
//! 4. [`check`]: the second act reads the *sealed* file back through the inspection's identity, so it proves that the file opens to the logged digest,
//!    decodes the picture and makes a thumbnail. It can be repeated at any time; clear bytes are only in memory. A photo that fails stays, marked.
//!
//! Killed before 2: the source is still there, the sealed file is an orphan ([`recover`]). Killed before 3: the source is known to be sealed and is removed at start. See [`orphans`].
//! What the camera's file was called is data, never a path: sealed files are named by their own digest.

mod capture;
mod check;
mod derive;
pub mod exif;
mod media;
mod orphan;
mod probe;

pub use capture::{Captured, MAX_NAME, capture, capture_bytes, lasts_ms, remove_clear, store};
pub use check::{Checked, MAX_CHECKED_LEN, MAX_DECODE_BYTES, Picture, THUMBNAIL_EDGE, THUMBNAIL_QUALITY, check, examine};
pub use derive::{DeriveError, MOSAIC_CELLS, PictureEdit, Region};
pub use media::MediaType;
pub use orphan::{Known, Orphan, discard, orphans, recover};
pub use probe::{Probe, Probed, Structure};

use crate::id::{Digest, hex};
use crate::seal::SealError;
use std::io;

/// Why an act on evidence failed. The source is still where it was.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The camera's file cannot be read.
    #[error("cannot read the camera's file: {0}")]
    Source(#[source] io::Error),
    /// The path names no regular file.
    #[error("the camera's path is no regular file")]
    NotAFile,
    /// The camera was still writing.
    #[error("the camera's file changed while it was sealed")]
    SourceChanged,
    /// The claimed name is longer than [`MAX_NAME`] bytes.
    #[error("name of the file is too long")]
    NameTooLong,
    /// No room on the device (F08).
    #[error("device is full: {needed} bytes are needed")]
    Full {
        /// Bytes that the sealed file needs.
        needed: u64,
    },
    /// The evidence folder cannot be written or read.
    #[error("evidence folder: {0}")]
    Folder(#[source] io::Error),
    /// Sealing or opening failed for another reason.
    #[error(transparent)]
    Seal(SealError),
    /// The sealed file opens to other bytes than the log says.
    #[error("sealed file holds other bytes than were logged")]
    Differs,
}

/// Name of a piece of evidence: SHA-256 of the clear bytes and a counter, so that two identical photographs are two pieces (F11).
#[must_use]
pub fn evidence_id(clear: &Digest, counter: u32) -> String {
    format!("{}-{counter}", hex(clear))
}

/// Name of the sealed file in the evidence folder. By the sealed side: it is unique, and the clear digest, by which a known picture could be recognised, stays in the store.
#[must_use]
pub fn file_name(sealed: &Digest) -> String {
    format!("{}.age", hex(sealed))
}

#[cfg(test)]
mod tests;
