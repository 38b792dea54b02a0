//! Why the office cannot do something. No personal data in messages: they go to the log.

use crate::store::StoreError;
use mingzheng_core::cbor::CborError;
use mingzheng_core::log::LogError;
use mingzheng_core::seal::SealError;
use mingzheng_core::sign::SignError;
use mingzheng_core::trust::TrustError;
use mingzheng_core::wire::WireError;

/// Anything that went wrong inside the office.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// The database.
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// A file or folder.
    #[error("{path}: {error}")]
    Io {
        /// Which.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The settings, or a file that a person wrote.
    #[error("{0}")]
    Settings(String),
    /// A key is missing in the key file.
    #[error("no key for use {0}")]
    NoKey(&'static str),
    /// Something stored is malformed.
    #[error("{0}")]
    Sign(#[from] SignError),
    /// The trust list does not fit.
    #[error("{0}")]
    Trust(#[from] TrustError),
    /// Something of a log.
    #[error("{0}")]
    Log(#[from] LogError),
    /// A message.
    #[error("{0}")]
    Wire(#[from] WireError),
    /// A sealed file.
    #[error("{0}")]
    Seal(#[from] SealError),
    /// A badge or assignment.
    #[error("{0}")]
    Badge(#[from] mingzheng_core::badge::BadgeError),
    /// A step that the register of officers refuses.
    #[error("{0}")]
    Register(#[from] crate::register::No),
    /// A step of a case that gates refuse.
    #[error("{0}")]
    Procedure(#[from] crate::procedure::Closed),
    /// A pack.
    #[error("{0}")]
    Pack(#[from] mingzheng_core::pack::signed::PackError),
    /// A checklist as a workbook.
    #[error("{0}")]
    Xlsform(#[from] crate::xlsform::XlsformError),
    /// A paper of the office.
    #[error("{0}")]
    Document(#[from] mingzheng_core::document::DocumentError),
    /// An export.
    #[error("{0}")]
    Bundle(#[from] mingzheng_core::bundle::BundleError),
    /// The log is older than what was answered: no receipts until the roots have begun a new epoch.
    #[error("in recovery: this log is older than, or contradicts, what the office has answered; run mingzheng recover")]
    Recovery,
    /// A refusal from within a transaction, which is rolled back.
    #[error("refused: {}", .0.code)]
    Refused(crate::api::Refusal),
    /// A witness or authority outside did not answer well.
    #[error("outside: {0}")]
    Outside(String),
    /// What was asked for is not there.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The object store refused.
    #[error("object store: status {status} {code}")]
    Objects {
        /// HTTP status.
        status: u16,
        /// Its code.
        code: String,
    },
    /// The object store could not be reached or broke off; asked again later it may answer.
    #[error("object store: {0}")]
    ObjectsAway(String),
    /// TLS to the object store: its certificate is not accepted. Nothing was sent.
    #[error("object store: {0}")]
    ObjectsTls(String),
    /// The system gave no random bytes.
    #[error("no randomness from the system")]
    Random,
}

impl From<CborError> for OfficeError {
    fn from(e: CborError) -> Self {
        Self::Sign(e.into())
    }
}

impl OfficeError {
    /// Names the path in an I/O error.
    pub fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |error| Self::Io { path: path.display().to_string(), error }
    }

    /// Whether the disk is full: the phone keeps everything and tries again later (F32).
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::Io { error, .. } => matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded),
            Self::Store(e) => e.is_full(),
            Self::Objects { status, code } => *status == 507 || code.contains("QuotaExceeded") || code.contains("StorageFull"),
            _ => false,
        }
    }
}

/// Result of the office.
pub type Result<T> = std::result::Result<T, OfficeError>;
