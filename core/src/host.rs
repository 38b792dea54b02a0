//! What only the platform can give: clock, randomness, keys, fonts. Small traits, so that a test owns time, chance and failure.
//!
//! Contract of every implementation: callable from any thread, returns in bounded time, never calls back into the core.

use crate::attestation::Attestation;
use crate::clock::Reading;
use crate::sign::{PublicKey, RawSignature};
use std::sync::Arc;

/// The three keys of a device (`docs/formats` §7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeviceKey {
    /// Signs checkpoints and requests; no user needed.
    Log,
    /// Signs presentations of the badge while the app is open.
    Show,
    /// Signs the officer's own statements; the user is present at each use.
    Officer,
}

/// Where the device keeps its private keys; shown by every verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyProtection {
    /// Android StrongBox.
    Strongbox,
    /// Trusted execution environment.
    Tee,
    /// Apple Secure Enclave.
    SecureEnclave,
    /// Software only.
    Software,
}
impl KeyProtection {
    /// Its name in the formats.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Strongbox => "strongbox",
            Self::Tee => "tee",
            Self::SecureEnclave => "secure_enclave",
            Self::Software => "software",
        }
    }
    /// From its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Strongbox, Self::Tee, Self::SecureEnclave, Self::Software].into_iter().find(|p| p.name() == name)
    }
}

/// Why a key cannot be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The user did not confirm.
    #[error("cancelled by the user")]
    Cancelled,
    /// The phone was not unlocked yet.
    #[error("locked")]
    Locked,
    /// The key is gone for good (F43).
    #[error("gone")]
    Gone,
    /// Anything else, for instance an exception in the shell.
    #[error("failed")]
    Failed,
}

/// The device's keys, in generations: each enrolment has its own three, so that a key never changes inside a log. Hardware takes 50–500 ms a signature; the core never calls it while it holds the store.
pub trait DeviceKeys: Send + Sync {
    /// The public key; made at the first call, which the core makes only before an enrolment.
    ///
    /// # Errors
    /// [`KeyError`].
    fn public_key(&self, key: DeviceKey, generation: u32) -> Result<PublicKey, KeyError>;
    /// Signs `message` (SHA-256 is the platform's part for P-256). A key that is not there is [`KeyError::Gone`], never made anew.
    ///
    /// # Errors
    /// [`KeyError`].
    fn sign(&self, key: DeviceKey, generation: u32, message: &[u8]) -> Result<RawSignature, KeyError>;
    /// Destroys the keys of a generation that a later enrolment has replaced.
    ///
    /// # Errors
    /// [`KeyError`].
    fn forget(&self, generation: u32) -> Result<(), KeyError>;
    /// Makes the three keys of a generation that was never used anew, so that the platform attests them with this challenge; `None` where it
    /// attests nothing. [`crate::attestation::bound_keys`] says what App Attest states.
    ///
    /// # Errors
    /// [`KeyError`]: the core goes on without.
    fn attest(&self, _generation: u32, _challenge: &[u8; 32]) -> Result<Option<Attestation>, KeyError> {
        Ok(None)
    }
    /// Destroys every key of every generation, and the one that wraps the store's key: the phone is wiped (F44).
    ///
    /// # Errors
    /// [`KeyError`].
    fn wipe(&self) -> Result<(), KeyError>;
    /// Encrypts the store's 32-byte key under a key of the platform.
    ///
    /// # Errors
    /// [`KeyError`].
    fn wrap(&self, secret: &[u8]) -> Result<Vec<u8>, KeyError>;
    /// The reverse of [`DeviceKeys::wrap`].
    ///
    /// # Errors
    /// [`KeyError`].
    fn unwrap(&self, wrapped: &[u8]) -> Result<Vec<u8>, KeyError>;
    /// Where the keys live.
    fn protection(&self) -> KeyProtection;
}

/// The high-water mark of the device's log (P5): a few bytes that are kept beside the keys and apart from the store, in no backup, bound to this
/// device. A store that was copied away and brought back, or cloned, is behind it.
pub trait HighWater: Send + Sync {
    /// What was written last.
    ///
    /// # Errors
    /// [`KeyError`].
    fn read(&self) -> Result<Option<Vec<u8>>, KeyError>;
    /// Writes durably; a kill leaves the old bytes or the new ones.
    ///
    /// # Errors
    /// [`KeyError`].
    fn write(&self, mark: &[u8]) -> Result<(), KeyError>;
}

/// The device's clocks.
pub trait Clock: Send + Sync {
    /// One reading of all clocks at the same moment.
    fn now(&self) -> Reading;
}

/// Cryptographic randomness.
pub trait Random: Send + Sync {
    /// Fills `out`.
    fn fill(&self, out: &mut [u8]);
}

/// Font files that cover the papers' characters.
pub trait Fonts: Send + Sync {
    /// The bytes of each font file (TTF, OTF or TTC).
    fn files(&self) -> Vec<Vec<u8>>;
}

/// Everything that the core asks of its platform.
#[derive(Clone)]
pub struct Host {
    /// Clocks.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Keys.
    pub keys: Arc<dyn DeviceKeys>,
    /// The log's high-water mark.
    pub high_water: Arc<dyn HighWater>,
    /// Fonts.
    pub fonts: Arc<dyn Fonts>,
}

impl Host {
    /// `N` random bytes.
    #[must_use]
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.random.fill(&mut out);
        out
    }
    /// A random identifier.
    #[must_use]
    pub fn random_id(&self) -> crate::id::Id {
        crate::id::Id(self.random_bytes())
    }
}
