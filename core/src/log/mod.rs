//! The device's log: entries with salted commitments, the RFC 9162 tree over them, checkpoints, and the office's receipts (P4, P5).

mod access;
mod checkpoint;
mod der;
mod destruction;
mod entry;
mod fork;
mod head;
pub mod note;
mod outside;
mod receipt;
mod revocation;
pub mod timestamp;
pub mod tree;

pub use access::{AccessRecord, Act, access_file, open_access};
pub use checkpoint::{CaseHead, Checkpoint};
pub use destruction::{Destroyed, Destruction};
pub use entry::{Disclosure, Entry, Header, Position, Seen};
pub use fork::{Convicted, Conviction, Fork};
pub use head::{Epoch, Head, OfficeHead};
pub use outside::{Outside, OutsideFile, SeenBy, Unjudged};
pub use receipt::{
    Custody, CustodyState, LogReceipt, OfficeLeaf, custody_payload, issue_custody, issue_log_receipt, issue_log_receipt_at,
};
pub use revocation::Revocation;

use crate::cbor::CborError;
use crate::sign::SignError;
use crate::trust::TrustError;

/// Why something of a log is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// Outside the CBOR profile or the format.
    #[error("malformed: {0}")]
    Cbor(#[from] CborError),
    /// A signature does not fit.
    #[error("{0}")]
    Sign(#[from] SignError),
    /// The signer is not trusted for it.
    #[error("{0}")]
    Trust(#[from] TrustError),
    /// The header does not follow the one before it.
    #[error("entry does not follow its predecessor")]
    BrokenChain,
    /// A disclosure does not match its commitment.
    #[error("field {0} does not match its commitment")]
    Commitment(String),
    /// A disclosure for a field that the header does not name.
    #[error("disclosed field is not in the header")]
    UnknownField,
    /// A proof does not lead to the signed root.
    #[error("proof does not lead to the root")]
    Proof,
    /// A C2SP note or cosignature.
    #[error("{0}")]
    Note(#[from] note::NoteError),
    /// A time stamp.
    #[error("{0}")]
    Stamp(#[from] timestamp::StampError),
    /// A receipt for another thing.
    #[error("receipt is for something else")]
    WrongSubject,
}

/// A trust list with one key, valid at 0…100.
#[cfg(test)]
pub(crate) fn test_trust(key: &crate::sign::SoftwareKey, usage: crate::trust::Use) -> crate::trust::TrustList {
    use crate::sign::Signer as _;
    crate::trust::fixture::list(&[(key.public_key(), usage)], 100)
}
