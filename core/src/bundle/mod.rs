//! The bundle: one case with everything that a stranger needs to verify it, offline and years later (P9, `docs/formats` §10).
//!
//! [`write`] makes the folder, [`zip`] its one canonical archive, [`verify()`] judges both. What each finding means: `docs/verify.md`.

mod layout;
mod manifest;
pub mod party;
mod source;
pub mod verify;
mod write;
pub mod zip;

pub use manifest::{Form, Manifest};
pub use verify::{
    Check, CheckId, Finding, Found, Language, Options, Report, SignerVerdict, Status, Trust, read_checkpoint, verify, verify_zip,
};
pub use write::{BundleInput, Content, Entries, EntryPart, EvidencePart, LogPart, Prepared, Progress, Written, prepare, write};

use crate::id::Id;
use crate::sign::SignError;
use std::io;

/// Where the receipt for a log's checkpoint stands in a bundle; files of outside witnesses name it so.
#[must_use]
pub fn receipt_path(log: &Id, cp_no: u64) -> String {
    layout::receipt(log, cp_no)
}

/// Why a bundle or its archive was not made. Nothing half-made stays under the final name.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Something is there already.
    #[error("the target exists already")]
    Exists,
    /// A name that a bundle cannot hold; names of people and files travel as data, never as paths.
    #[error("not a name for a file of a bundle: {0}")]
    Name(String),
    /// Two parts would have the same name.
    #[error("two files of one name: {0}")]
    Twice(String),
    /// Reading a part or writing the bundle failed.
    #[error("{path}: {error}")]
    Io {
        /// The file of the bundle.
        path: String,
        /// What the system said.
        error: io::Error,
    },
    /// The export key did not sign, or a part is malformed.
    #[error("{0}")]
    Sign(#[from] SignError),
    /// A stream of entries handed over another number than it said.
    #[error("another number of entries than stated")]
    Count,
    /// The folder holds something that no bundle holds.
    #[error("not a bundle: {0}")]
    NotABundle(String),
}

impl From<crate::cbor::CborError> for BundleError {
    fn from(error: crate::cbor::CborError) -> Self {
        Self::Sign(error.into())
    }
}

impl BundleError {
    fn io(path: &str) -> impl FnOnce(io::Error) -> Self + '_ {
        |error| Self::Io { path: path.to_owned(), error }
    }
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
