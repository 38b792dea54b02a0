//! The façade's errors: few, each answering "what does the caller do now?". No personal data.

use crate::badge::BadgeError;
use crate::cbor::CborError;
use crate::document::DocumentError;
use crate::evidence::EvidenceError;
use crate::host::KeyError;
use crate::inspection::Gate;
use crate::log::LogError;
use crate::pack::signed::PackError;
use crate::rights::RightsError;
use crate::seal::SealError;
use crate::sign::SignError;
use crate::store::StoreError;
use crate::trust::TrustError;
use crate::wire::WireError;

/// What went wrong, by what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// Another call is under way: try again.
    #[error("busy")]
    Busy,
    /// The phone was closed: open it again.
    #[error("closed")]
    Closed,
    /// The key cannot be used now: unlock, or let the user confirm, and try again.
    #[error("key locked or not confirmed")]
    Locked,
    /// A key is gone for good: enrol again (F43). What is sealed stays safe.
    #[error("key gone")]
    KeyGone,
    /// Enrol first.
    #[error("not enrolled")]
    NotEnrolled,
    /// The law does not allow it yet: show the gates.
    #[error("blocked by {}", .0.iter().map(|g| g.rule).collect::<Vec<_>>().join(", "))]
    Blocked(Vec<Gate>),
    /// The input is not acceptable: correct it. Nothing was saved, nothing is lost.
    #[error("invalid: {0}")]
    Invalid(String),
    /// What was typed or scanned is not the eight digits of the party's page: try again.
    #[error("not the eight digits of a challenge")]
    NotAChallenge,
    /// No such thing.
    #[error("not found: {0}")]
    NotFound(&'static str),
    /// Disk full or damaged: free space and try again; what was saved before is safe.
    #[error("storage: {0}")]
    Storage(String),
    /// The store was made by a newer app: update the app.
    #[error("the store has schema {found}, this app knows {known}")]
    NewerStore {
        /// Version found.
        found: u32,
        /// Version known.
        known: u32,
    },
    /// A signature, receipt or signer does not fit: do not trust what was received.
    #[error("refused: {0}")]
    Refused(String),
    /// The office ordered this phone to be wiped, or it was too long without contact: keys and readable data are gone. What was not sent
    /// lies sealed in the phone's folder, for the office alone (F44).
    #[error("wiped")]
    Wiped,
    /// The office speaks a later or an earlier version than this app: update the app. Nothing was changed (F37).
    #[error("update: the office does not speak a version that this app knows")]
    Update,
    /// The shell's own code failed.
    #[error("host failed")]
    Host,
}

impl From<KeyError> for PhoneError {
    fn from(e: KeyError) -> Self {
        match e {
            KeyError::Cancelled | KeyError::Locked => Self::Locked,
            KeyError::Gone => Self::KeyGone,
            KeyError::Failed => Self::Host,
        }
    }
}
impl From<SignError> for PhoneError {
    fn from(e: SignError) -> Self {
        match e {
            SignError::Key(k) => k.into(),
            other => Self::Refused(other.to_string()),
        }
    }
}
impl From<StoreError> for PhoneError {
    fn from(e: StoreError) -> Self {
        match e {
            StoreError::Newer { found, known } => Self::NewerStore { found, known },
            other => Self::Storage(other.to_string()),
        }
    }
}
impl From<std::io::Error> for PhoneError {
    fn from(e: std::io::Error) -> Self {
        Self::Storage(e.kind().to_string())
    }
}
impl From<rusqlite::Error> for PhoneError {
    fn from(e: rusqlite::Error) -> Self {
        Self::Storage(e.to_string())
    }
}
impl From<SealError> for PhoneError {
    fn from(e: SealError) -> Self {
        Self::Storage(e.to_string())
    }
}
impl From<EvidenceError> for PhoneError {
    fn from(e: EvidenceError) -> Self {
        Self::Storage(e.to_string())
    }
}
impl From<DocumentError> for PhoneError {
    fn from(e: DocumentError) -> Self {
        Self::Invalid(e.to_string())
    }
}
impl From<RightsError> for PhoneError {
    fn from(e: RightsError) -> Self {
        Self::Invalid(e.to_string())
    }
}
impl From<CborError> for PhoneError {
    fn from(e: CborError) -> Self {
        Self::Invalid(e.to_string())
    }
}
impl From<BadgeError> for PhoneError {
    fn from(e: BadgeError) -> Self {
        match e {
            BadgeError::Sign(s) => s.into(),
            BadgeError::Challenge => Self::NotAChallenge,
            other => Self::Refused(other.to_string()),
        }
    }
}
macro_rules! refused {
    ($($t:ty),*) => { $(impl From<$t> for PhoneError { fn from(e: $t) -> Self { Self::Refused(e.to_string()) } })* };
}
refused!(TrustError, WireError);
impl From<PackError> for PhoneError {
    fn from(e: PackError) -> Self {
        match e {
            // Law that this app cannot read yet: nothing of it is taken (F37).
            PackError::WrongSchema(_) => Self::Update,
            other => Self::Refused(other.to_string()),
        }
    }
}
impl From<LogError> for PhoneError {
    fn from(e: LogError) -> Self {
        match e {
            LogError::Sign(s) => s.into(),
            LogError::Cbor(c) => c.into(),
            other => Self::Refused(other.to_string()),
        }
    }
}
