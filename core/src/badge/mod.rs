//! The badge (亮证, P7, R01–R03): the office's credential, the device's presentation every few seconds, the office's assignment,
//! the QR frames that carry them, and the verdict in three states. Pure functions; the time comes in.

mod assignment;
mod challenge;
mod credential;
pub mod frame;
pub mod matrix;
mod officer;
mod officers;
mod presentation;
pub mod scope;
pub mod status;
pub mod verdict;

pub use assignment::{Assignment, AssignmentKind, enterprise_digest};
pub use challenge::{Challenge, challenge};
pub use credential::{Badge, fits};
pub use frame::{Frame, FrameError};
pub use matrix::Matrix;
pub use officer::Officer;
pub use officers::OfficerList;
pub use presentation::Show;
pub use status::{CertificateStatus, StatusList};

use crate::cbor::CborError;
use crate::sign::SignError;
use crate::trust::TrustError;
use crate::unseen;

/// Kinds of objects (`docs/formats` §2).
pub mod typ {
    /// Badge credential.
    pub const BADGE: &str = "mz1/badge";
    /// Presentation.
    pub const SHOW: &str = "mz1/show";
    /// Assignment.
    pub const ASSIGNMENT: &str = "mz1/assignment";
    /// List of officers.
    pub const OFFICERS: &str = "mz1/officers";
}

/// Why a badge, presentation or assignment is refused or cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadgeError {
    /// Malformed, or a signature does not verify.
    #[error("{0}")]
    Sign(#[from] SignError),
    /// The signer is not trusted for this.
    #[error("{0}")]
    Trust(TrustError),
    /// A public field is empty, too long, or holds characters that are not seen as they are.
    #[error("field {0} cannot be shown as it is")]
    Field(&'static str),
    /// The signer's scope does not cover this area or category.
    #[error("signer's scope does not cover field {0}")]
    Scope(&'static str),
    /// The text would need a larger QR than is read well: version 18, or 25 for a checkpoint.
    #[error("needs QR version {version}, more than is read well")]
    TooLarge {
        /// The version it would need; 41 when none would do.
        version: u8,
    },
    /// The address of the badge page is not a plain host name with an optional port.
    #[error("not a host name")]
    Host,
    /// What was typed or scanned is not the eight digits of a challenge.
    #[error("not the eight digits of a challenge")]
    Challenge,
}
impl From<CborError> for BadgeError {
    fn from(e: CborError) -> Self {
        Self::Sign(e.into())
    }
}
impl From<TrustError> for BadgeError {
    fn from(e: TrustError) -> Self {
        if let TrustError::Sign(e) = e { Self::Sign(e) } else { Self::Trust(e) }
    }
}

/// The calendar day of China (UTC+8) as `yyyymmdd`.
#[must_use]
pub fn day_of(ms: i64) -> u32 {
    use chrono::Datelike as _;
    let Some(t) = chrono::DateTime::from_timestamp_millis(ms.saturating_add(8 * 3_600_000)) else {
        return 0;
    };
    u32::try_from(t.year()).unwrap_or(0) * 10_000 + t.month() * 100 + t.day()
}

fn day(value: crate::cbor::Value, name: &'static str) -> Result<u32, CborError> {
    let d = value.uint(name)?;
    if (1..=12).contains(&(d / 100 % 100)) && (1..=31).contains(&(d % 100)) && (19_000_000..100_000_000).contains(&d) {
        u32::try_from(d).map_err(|_| CborError::Type(name))
    } else {
        Err(CborError::Type(name))
    }
}

/// Longest public field in UTF-8 bytes; what fits the QR is decided by [`fits`].
pub const MAX_FIELD: usize = 160;

/// A text that is seen as it is: not empty, not padded, no control and no invisible or direction-changing characters.
fn plain(text: &str) -> bool {
    let blank = |c: Option<char>| c.is_none_or(|c| c == ' ' || c == '\u{3000}');
    text.len() <= MAX_FIELD && !blank(text.chars().next()) && !blank(text.chars().last()) && !text.chars().any(unseen::hidden)
}

#[cfg(test)]
mod tests;
