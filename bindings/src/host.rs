//! What the shell gives to the core, as interfaces that Kotlin and Swift implement, and their way into the core's own traits.

use mingzheng_core as core;
use std::sync::{Arc, Mutex, PoisonError};

/// Why the shell could not do what the core asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum HostError {
    /// The user did not confirm.
    #[error("cancelled by the user")]
    Cancelled,
    /// The phone was not unlocked yet, or the user must confirm first.
    #[error("locked")]
    Locked,
    /// The key is gone for good.
    #[error("gone")]
    Gone,
    /// Anything else. The text must hold no personal data.
    #[error("failed: {detail}")]
    Failed {
        /// For the developer.
        detail: String,
    },
}

/// An exception that the shell did not mean to throw is a failure like any other, never a panic.
impl From<uniffi::UnexpectedUniFFICallbackError> for HostError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { detail: error.reason.chars().take(200).collect() }
    }
}

/// One reading of all clocks at the same moment.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ClockReading {
    /// Wall clock, milliseconds since 1970 UTC.
    pub wall_ms: i64,
    /// Zone offset in minutes east of UTC.
    pub zone_min: i32,
    /// Monotonic clock that counts sleep, milliseconds since boot.
    pub mono_ms: u64,
    /// Names the boot; at most 16 bytes.
    pub boot: Vec<u8>,
}

/// The three keys of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum DeviceKey {
    /// Signs checkpoints and requests; no user needed, usable after first unlock.
    Log,
    /// Signs presentations of the badge while the app is open.
    Show,
    /// Signs the officer's own statements; the user is present at each use.
    Officer,
}

/// Where the device keeps its private keys; shown by every verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum KeyProtection {
    /// Android StrongBox.
    Strongbox,
    /// Trusted execution environment.
    Tee,
    /// Apple Secure Enclave.
    SecureEnclave,
    /// Software only: simulators and tests.
    Software,
}

/// A public key as the platform gives it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum DevicePublicKey {
    /// 32 raw bytes.
    Ed25519 {
        /// The key.
        bytes: Vec<u8>,
    },
    /// SEC1 bytes: 33 (compressed) or 65.
    P256 {
        /// The key.
        bytes: Vec<u8>,
    },
}

/// A signature as the platform gives it; the core brings ECDSA to low-s.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum DeviceSignature {
    /// 64 bytes: Ed25519, or ECDSA r‖s.
    Fixed {
        /// The signature.
        bytes: Vec<u8>,
    },
    /// ECDSA in ASN.1 DER, as Android and Apple give it.
    Der {
        /// The signature.
        bytes: Vec<u8>,
    },
}

/// What a platform says of the device's keys; the office verifies it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Attestation {
    /// Android key attestation: the certificate chain of each key (DER, the key's own first).
    Android {
        /// Of LOG.
        log: Vec<Vec<u8>>,
        /// Of SHOW.
        show: Vec<Vec<u8>>,
        /// Of OFFICER.
        officer: Vec<Vec<u8>>,
    },
    /// Apple App Attest over `attested_keys`.
    Apple {
        /// Name of the app's attested key, decoded.
        key: Vec<u8>,
        /// The attestation object.
        object: Vec<u8>,
    },
}

/// What App Attest states, as its client data hash: the challenge and the three keys LOG, SHOW, OFFICER. Nothing for keys that are not P-256.
#[uniffi::export]
pub fn attested_keys(
    challenge: Vec<u8>,
    log: DevicePublicKey,
    show: DevicePublicKey,
    officer: DevicePublicKey,
) -> Option<Vec<u8>> {
    let point = |key| match key {
        DevicePublicKey::P256 { bytes } => core::sign::PublicKey::p256_from_sec1(&bytes).ok(),
        DevicePublicKey::Ed25519 { .. } => None,
    };
    let (log, show, officer) = (point(log)?, point(show)?, point(officer)?);
    let challenge = challenge.try_into().ok()?;
    core::attestation::bound_keys(&challenge, [&log, &show, &officer]).map(|d| d.to_vec())
}

/// The device's clocks. Callable from any thread; never calls back into the phone.
#[uniffi::export(rust, foreign)]
pub trait Clock: Send + Sync {
    /// One reading of all clocks at the same moment.
    fn now(&self) -> Result<ClockReading, HostError>;
}

/// Cryptographic randomness. Callable from any thread; never calls back into the phone.
#[uniffi::export(rust, foreign)]
pub trait Random: Send + Sync {
    /// Exactly `count` random bytes.
    fn bytes(&self, count: u32) -> Result<Vec<u8>, HostError>;
}

/// The device's keys, in generations: each enrolment has its own three. Callable from any thread, may take half a second; never calls back into the phone.
#[uniffi::export(rust, foreign)]
pub trait DeviceKeys: Send + Sync {
    /// The public key; the pair is made at the first call.
    fn public_key(&self, key: DeviceKey, generation: u32) -> Result<DevicePublicKey, HostError>;
    /// Signs the message; for P-256 its SHA-256 is the platform's part. A key that is not there is `Gone`, never made anew.
    fn sign(&self, key: DeviceKey, generation: u32, message: Vec<u8>) -> Result<DeviceSignature, HostError>;
    /// Destroys the keys of a generation that a later enrolment has replaced.
    fn forget(&self, generation: u32) -> Result<(), HostError>;
    /// Makes the three keys of this generation anew, so that the platform attests them with this challenge, and gives what it says; nothing where it
    /// attests nothing. Called only for a generation that was never used.
    fn attest(&self, generation: u32, challenge: Vec<u8>) -> Result<Option<Attestation>, HostError>;
    /// Destroys every key of every generation and the one that wraps: the phone is wiped.
    fn wipe(&self) -> Result<(), HostError>;
    /// Encrypts the store's key under a key of the platform that never leaves it.
    fn wrap(&self, secret: Vec<u8>) -> Result<Vec<u8>, HostError>;
    /// The reverse of `wrap`.
    fn unwrap(&self, wrapped: Vec<u8>) -> Result<Vec<u8>, HostError>;
    /// Where the keys live; must be true, a verifier shows it.
    fn protection(&self) -> Result<KeyProtection, HostError>;
}

/// The high-water mark of the device's log: a few bytes beside the keys, apart from the phone's folder, in no backup, bound to this device.
#[uniffi::export(rust, foreign)]
pub trait HighWater: Send + Sync {
    /// What was written last.
    fn read(&self) -> Result<Option<Vec<u8>>, HostError>;
    /// Writes durably; a kill leaves the old bytes or the new ones.
    fn write(&self, mark: Vec<u8>) -> Result<(), HostError>;
}

/// Font files that cover the papers' characters.
#[uniffi::export(rust, foreign)]
pub trait Fonts: Send + Sync {
    /// The bytes of each font file (TTF, OTF or TTC).
    fn files(&self) -> Result<Vec<Vec<u8>>, HostError>;
}

/// Everything that the core asks of its platform.
#[derive(Clone, uniffi::Record)]
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

/// What the last failing callback said; the core's own errors carry no text of the shell.
#[derive(Clone, Default)]
pub(crate) struct Fault(Arc<Mutex<Option<String>>>);

impl Fault {
    fn note(&self, error: &HostError) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
    }
    pub(crate) fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn reading(r: ClockReading) -> core::clock::Reading {
    core::clock::Reading { wall_ms: r.wall_ms, zone_min: r.zone_min, mono_ms: r.mono_ms, boot: r.boot }
}

/// The core cannot do without time: a failing clock repeats its last reading, and the next call of the façade is refused.
struct ClockOf {
    shell: Arc<dyn Clock>,
    last: Mutex<core::clock::Reading>,
    fault: Fault,
}
impl core::host::Clock for ClockOf {
    fn now(&self) -> core::clock::Reading {
        let read = self.shell.now();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match read {
            Ok(read) => *last = reading(read),
            Err(error) => self.fault.note(&error),
        }
        last.clone()
    }
}

/// Weak randomness must never come of a failing callback: the operating system's takes its place, and the next call of the façade is refused.
struct RandomOf {
    shell: Arc<dyn Random>,
    fault: Fault,
}
impl core::host::Random for RandomOf {
    fn fill(&self, out: &mut [u8]) {
        match self.shell.bytes(u32::try_from(out.len()).unwrap_or(u32::MAX)) {
            Ok(bytes) if bytes.len() == out.len() => return out.copy_from_slice(&bytes),
            Ok(_) => self.fault.note(&HostError::Failed { detail: "random: wrong length".into() }),
            Err(error) => self.fault.note(&error),
        }
        if getrandom::fill(out).is_err() {
            std::process::abort();
        }
    }
}

struct KeysOf {
    shell: Arc<dyn DeviceKeys>,
    protection: core::host::KeyProtection,
    fault: Fault,
}
impl Fault {
    /// The core's word for a failure; the shell's own words are noted.
    fn told<T>(&self, answer: Result<T, HostError>) -> Result<T, core::host::KeyError> {
        answer.map_err(|error| {
            self.note(&error);
            match error {
                HostError::Cancelled => core::host::KeyError::Cancelled,
                HostError::Locked => core::host::KeyError::Locked,
                HostError::Gone => core::host::KeyError::Gone,
                HostError::Failed { .. } => core::host::KeyError::Failed,
            }
        })
    }
}
impl core::host::DeviceKeys for KeysOf {
    fn public_key(&self, key: core::host::DeviceKey, generation: u32) -> Result<core::sign::PublicKey, core::host::KeyError> {
        let bad = || HostError::Failed { detail: "not a public key".into() };
        let key = self.shell.public_key(key.into(), generation).and_then(|key| match key {
            DevicePublicKey::Ed25519 { bytes } => bytes.try_into().map(core::sign::PublicKey::Ed25519).map_err(|_| bad()),
            DevicePublicKey::P256 { bytes } => core::sign::PublicKey::p256_from_sec1(&bytes).map_err(|_| bad()),
        });
        self.fault.told(key)
    }
    fn sign(
        &self,
        key: core::host::DeviceKey,
        generation: u32,
        message: &[u8],
    ) -> Result<core::sign::RawSignature, core::host::KeyError> {
        self.fault.told(self.shell.sign(key.into(), generation, message.to_vec())).map(|signature| match signature {
            DeviceSignature::Fixed { bytes } => core::sign::RawSignature::Fixed(bytes),
            DeviceSignature::Der { bytes } => core::sign::RawSignature::Der(bytes),
        })
    }
    fn forget(&self, generation: u32) -> Result<(), core::host::KeyError> {
        self.fault.told(self.shell.forget(generation))
    }
    fn attest(
        &self,
        generation: u32,
        challenge: &[u8; 32],
    ) -> Result<Option<core::attestation::Attestation>, core::host::KeyError> {
        let said = self.fault.told(self.shell.attest(generation, challenge.to_vec()))?;
        Ok(said.map(|a| match a {
            Attestation::Android { log, show, officer } => {
                core::attestation::Attestation::Android { chains: [log, show, officer] }
            }
            Attestation::Apple { key, object } => core::attestation::Attestation::Apple { key, object },
        }))
    }
    fn wipe(&self) -> Result<(), core::host::KeyError> {
        self.fault.told(self.shell.wipe())
    }
    fn wrap(&self, secret: &[u8]) -> Result<Vec<u8>, core::host::KeyError> {
        self.fault.told(self.shell.wrap(secret.to_vec()))
    }
    fn unwrap(&self, wrapped: &[u8]) -> Result<Vec<u8>, core::host::KeyError> {
        self.fault.told(self.shell.unwrap(wrapped.to_vec()))
    }
    fn protection(&self) -> core::host::KeyProtection {
        self.protection
    }
}

struct HighWaterOf {
    shell: Arc<dyn HighWater>,
    fault: Fault,
}
impl core::host::HighWater for HighWaterOf {
    fn read(&self) -> Result<Option<Vec<u8>>, core::host::KeyError> {
        self.fault.told(self.shell.read())
    }
    fn write(&self, mark: &[u8]) -> Result<(), core::host::KeyError> {
        self.fault.told(self.shell.write(mark.to_vec()))
    }
}

struct FontsOf {
    shell: Arc<dyn Fonts>,
    fault: Fault,
}
impl core::host::Fonts for FontsOf {
    /// No font is an answer that the core understands: it names the glyphs that are missing.
    fn files(&self) -> Vec<Vec<u8>> {
        self.shell.files().unwrap_or_else(|error| {
            self.fault.note(&error);
            Vec::new()
        })
    }
}

impl Host {
    /// Reads time and chance once, so that a shell that cannot give them is refused before anything is done.
    pub(crate) fn ready(&self) -> Result<ClockReading, HostError> {
        if self.random.bytes(8)?.len() != 8 {
            return Err(HostError::Failed { detail: "random: wrong length".into() });
        }
        self.clock.now()
    }

    pub(crate) fn into_core(self, fault: &Fault) -> Result<core::host::Host, HostError> {
        let last = Mutex::new(reading(self.ready()?));
        let protection = self.keys.protection()?.into();
        let fault = || fault.clone();
        Ok(core::host::Host {
            clock: Arc::new(ClockOf { shell: self.clock, last, fault: fault() }),
            random: Arc::new(RandomOf { shell: self.random, fault: fault() }),
            keys: Arc::new(KeysOf { shell: self.keys, protection, fault: fault() }),
            high_water: Arc::new(HighWaterOf { shell: self.high_water, fault: fault() }),
            fonts: Arc::new(FontsOf { shell: self.fonts, fault: fault() }),
        })
    }
}

impl From<core::host::DeviceKey> for DeviceKey {
    fn from(key: core::host::DeviceKey) -> Self {
        match key {
            core::host::DeviceKey::Log => Self::Log,
            core::host::DeviceKey::Show => Self::Show,
            core::host::DeviceKey::Officer => Self::Officer,
        }
    }
}
impl From<KeyProtection> for core::host::KeyProtection {
    fn from(protection: KeyProtection) -> Self {
        match protection {
            KeyProtection::Strongbox => Self::Strongbox,
            KeyProtection::Tee => Self::Tee,
            KeyProtection::SecureEnclave => Self::SecureEnclave,
            KeyProtection::Software => Self::Software,
        }
    }
}
