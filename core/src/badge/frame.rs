//! QR frames and their text form: an address, `#`, then decimal digits (`docs/formats` §4).

use super::BadgeError;
use crate::cbor::{self, CborError};

/// One QR's content. The COSE objects are embedded, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// Frame 1: badge and presentation.
    Badge {
        /// Signed credential.
        badge: Vec<u8>,
        /// Signed presentation.
        show: Vec<u8>,
    },
    /// Frame 2: assignment and presentation.
    Assignment {
        /// Signed assignment.
        assignment: Vec<u8>,
        /// Signed presentation.
        show: Vec<u8>,
    },
    /// Frame 3: a checkpoint of the device's log, for the party to keep (P5).
    Checkpoint {
        /// Signed checkpoint.
        checkpoint: Vec<u8>,
    },
}

/// Why a text is no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// No digits, digits that stand for no bytes, or cut short: perhaps only badly scanned.
    #[error("not readable as a whole")]
    Unreadable,
    /// A frame of a later version.
    #[error("unknown kind of frame")]
    Newer,
    /// Outside the profile or the shape: nobody cut this, somebody wrote it.
    #[error("malformed: {0}")]
    Malformed(CborError),
}
impl From<CborError> for FrameError {
    fn from(e: CborError) -> Self {
        if e == CborError::Truncated { Self::Unreadable } else { Self::Malformed(e) }
    }
}

/// The address before the digits: `https://HOST/b#`.
///
/// # Errors
/// [`BadgeError::Host`] unless `host` is a plain lower-case name or address with an optional port.
pub fn address(host: &str) -> Result<String, BadgeError> {
    let ok =
        !host.is_empty() && host.len() <= 64 && host.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b':'));
    if ok { Ok(format!("https://{host}/b#")) } else { Err(BadgeError::Host) }
}

/// Digits for a last group of 1…6 bytes, and for a whole one of 7.
const DIGITS: [usize; 8] = [0, 3, 5, 8, 10, 13, 15, 17];

/// Bytes as decimal digits: 7 bytes, big-endian, are 17 digits.
#[must_use]
pub fn to_digits(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() / 7 * 17 + 17);
    for group in bytes.chunks(7) {
        let n = group.iter().fold(0u64, |n, b| (n << 8) | u64::from(*b));
        let width = DIGITS.get(group.len()).copied().unwrap_or(17);
        out.push_str(&format!("{n:0width$}"));
    }
    out
}

/// The reverse; `None` when a group has no such length or its value does not fit its bytes.
#[must_use]
pub fn from_digits(digits: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(digits.len() / 17 * 7 + 7);
    for group in digits.as_bytes().chunks(17) {
        let len = DIGITS.iter().position(|d| *d == group.len())?;
        let n: u64 = std::str::from_utf8(group).ok().filter(|g| g.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
        if n >> (8 * len) != 0 {
            return None;
        }
        out.extend(n.to_be_bytes().into_iter().skip(8 - len));
    }
    Some(out)
}

impl Frame {
    /// The CBOR array.
    ///
    /// # Errors
    /// [`CborError`] when a part is not exactly one item of the profile.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CborError> {
        let (kind, parts): (i64, Vec<&[u8]>) = match self {
            Self::Badge { badge, show } => (1, vec![badge, show]),
            Self::Assignment { assignment, show } => (2, vec![assignment, show]),
            Self::Checkpoint { checkpoint } => (3, vec![checkpoint]),
        };
        let mut items = vec![kind.into()];
        for p in parts {
            items.push(cbor::decode(p)?);
        }
        cbor::encode(&items.into())
    }

    /// Reads the CBOR array; the parts are the original bytes.
    ///
    /// # Errors
    /// [`FrameError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrameError> {
        let items = cbor::array_items(bytes)?;
        match items.as_slice() {
            [[1], badge, show] => Ok(Self::Badge { badge: badge.to_vec(), show: show.to_vec() }),
            [[2], assignment, show] => Ok(Self::Assignment { assignment: assignment.to_vec(), show: show.to_vec() }),
            [[3], checkpoint] => Ok(Self::Checkpoint { checkpoint: checkpoint.to_vec() }),
            [[1..=3], ..] => Err(FrameError::Malformed(CborError::Type("frame"))),
            [kind, ..] if matches!(cbor::decode(kind), Ok(cbor::Value::Int(_))) => Err(FrameError::Newer),
            _ => Err(FrameError::Malformed(CborError::Type("frame"))),
        }
    }

    /// The text of the QR.
    ///
    /// # Errors
    /// [`BadgeError::Host`] or [`BadgeError::Sign`].
    pub fn to_text(&self, host: &str) -> Result<String, BadgeError> {
        Ok(address(host)? + &to_digits(&self.to_bytes()?))
    }

    /// Reads a scanned text. The host is ignored; the digits end at the first other character after `#`.
    ///
    /// # Errors
    /// [`FrameError`].
    pub fn from_text(text: &str) -> Result<Self, FrameError> {
        let (_, rest) = text.split_once('#').ok_or(FrameError::Unreadable)?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let digits = rest.get(..end).filter(|d| !d.is_empty()).ok_or(FrameError::Unreadable)?;
        Self::from_bytes(&from_digits(digits).ok_or(FrameError::Unreadable)?)
    }
}
