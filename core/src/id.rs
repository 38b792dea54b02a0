//! Identifiers and digests (`docs/formats` §1).

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// SHA-256 digest; COSE algorithm −16.
pub type Digest = [u8; 32];
/// First 16 bytes of a digest, where a QR has no room for more.
pub type Digest16 = [u8; 16];

/// Sixteen random bytes that name a log, device, person, case or task.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Id(pub [u8; 16]);

impl Id {
    /// Reads 32 hex digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok().map(Self)
    }
}
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}
impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
impl From<Id> for crate::cbor::Value {
    fn from(id: Id) -> Self {
        id.0.into()
    }
}

/// SHA-256 of `bytes`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

/// SHA-256 over several parts in turn.
#[must_use]
pub fn sha256_parts(parts: &[&[u8]]) -> Digest {
    let mut h = Sha256::new();
    for p in parts {
        h.update(p);
    }
    h.finalize().into()
}

/// The first 16 bytes of SHA-256 of `bytes`.
#[must_use]
pub fn digest16(bytes: &[u8]) -> Digest16 {
    let mut out = [0; 16];
    for (o, d) in out.iter_mut().zip(sha256(bytes)) {
        *o = d;
    }
    out
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// A digest from 64 hex digits.
#[must_use]
pub fn digest_from_hex(text: &str) -> Option<Digest> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}
