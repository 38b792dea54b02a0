//! Recipients and identities: raw 32 bytes in our formats, Bech32 text for the stock `age` tool.

use super::SealError;
use crate::cbor::{MapBuilder, Value};
use std::fmt;
use std::str::FromStr;
use x25519_dalek::x25519;
use zeroize::Zeroizing;

const RECIPIENT: &str = "age";
const IDENTITY: &str = "age-secret-key-";

/// A public key to which files are sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient {
    raw: [u8; 32],
    age: age::x25519::Recipient,
}

impl Recipient {
    /// From the raw X25519 public key of a COSE key.
    ///
    /// # Errors
    /// [`SealError::BadRecipient`] for a key of low order, whose files anybody could open.
    pub fn from_bytes(raw: [u8; 32]) -> Result<Self, SealError> {
        bech32_of(RECIPIENT, &raw).ok_or(SealError::BadRecipient)?.parse()
    }
    /// The raw X25519 public key.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.raw
    }
    /// As a COSE key for use `seal` (`docs/formats` §1).
    #[must_use]
    pub fn to_cose(&self) -> Value {
        MapBuilder::new().with(1, 1).with(-1, 4).with(-2, self.raw).build()
    }
}

impl FromStr for Recipient {
    type Err = SealError;
    /// Reads `age1…`.
    fn from_str(text: &str) -> Result<Self, SealError> {
        let age = text.parse().map_err(|_| SealError::BadRecipient)?;
        let raw = raw_of(text).ok_or(SealError::BadRecipient)?;
        // Any scalar shows a point of low order: clamped scalars are multiples of the cofactor.
        if x25519([1; 32], *raw) == [0; 32] {
            return Err(SealError::BadRecipient);
        }
        Ok(Self { raw: *raw, age })
    }
}
impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.age.fmt(f)
    }
}
impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.age.fmt(f)
    }
}

/// To whom a file is sealed; never empty.
#[derive(Debug, Clone)]
pub struct Recipients(Vec<Recipient>);

impl Recipients {
    /// Evidence: the inspection's own, the month's `seal-YYYY-MM` and `recovery` of the trust list (P6).
    #[must_use]
    pub fn evidence(inspection: Recipient, month: Recipient, recovery: Recipient) -> Self {
        Self(vec![inspection, month, recovery])
    }
    /// Outbox segments and `store.key.age`: the office alone can open them (P6, F44).
    #[must_use]
    pub fn office(month: Recipient, recovery: Recipient) -> Self {
        Self(vec![month, recovery])
    }
    /// A sealed bundle: the one named recipient (P9).
    #[must_use]
    pub fn one(recipient: Recipient) -> Self {
        Self(vec![recipient])
    }
    pub(super) fn age(&self) -> Vec<age::x25519::Recipient> {
        self.0.iter().map(|r| r.age.clone()).collect()
    }
}

/// A private key that opens files sealed to its recipient. Wiped from memory when dropped.
#[derive(Clone)]
pub struct Identity {
    raw: Zeroizing<[u8; 32]>,
    age: age::x25519::Identity,
}

impl Identity {
    /// From 32 bytes: stored ones, or fresh ones of [`crate::host::Random`] for a new identity.
    ///
    /// # Errors
    /// [`SealError::BadIdentity`] never in practice.
    pub fn from_bytes(raw: &[u8; 32]) -> Result<Self, SealError> {
        Zeroizing::new(bech32_of(IDENTITY, raw).ok_or(SealError::BadIdentity)?).parse()
    }
    /// The 32 bytes, for the encrypted store.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.raw.clone()
    }
    /// `AGE-SECRET-KEY-1…`, one line of a file for `age -d -i`.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        use age::secrecy::ExposeSecret as _;
        Zeroizing::new(self.age.to_string().expose_secret().to_owned())
    }
    /// Its public side.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        let age = self.age.to_public();
        let raw = x25519(*self.raw, x25519_dalek::X25519_BASEPOINT_BYTES);
        Recipient { raw, age }
    }
    pub(super) fn age(&self) -> age::x25519::Identity {
        self.age.clone()
    }
}

impl FromStr for Identity {
    type Err = SealError;
    /// Reads an identity file as `age-keygen` writes it: comment lines and one `AGE-SECRET-KEY-1…`.
    fn from_str(text: &str) -> Result<Self, SealError> {
        let mut lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
        let (Some(line), None) = (lines.next(), lines.next()) else {
            return Err(SealError::BadIdentity);
        };
        // age wants upper case; Bech32 allows either, not both mixed.
        let age = Zeroizing::new(line.to_uppercase()).parse().map_err(|_| SealError::BadIdentity)?;
        Ok(Self { raw: raw_of(line).ok_or(SealError::BadIdentity)?, age })
    }
}
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.age.to_public())
    }
}

fn bech32_of(prefix: &str, raw: &[u8; 32]) -> Option<String> {
    bech32::encode_lower::<bech32::Bech32>(bech32::Hrp::parse(prefix).ok()?, raw).ok()
}

fn raw_of(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(bech32::decode(text).ok()?.1);
    bytes.as_slice().try_into().ok().map(Zeroizing::new)
}
