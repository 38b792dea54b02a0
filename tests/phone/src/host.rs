//! The host traits of a phone without a platform: the machine's clocks, software keys in a file, the system's randomness, Debian's fonts.

use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use data_encoding::HEXLOWER;
use mingzheng_core::clock::Reading;
use mingzheng_core::host::{Clock, DeviceKey, DeviceKeys, Fonts, KeyError, KeyProtection, Random};
use mingzheng_core::sign::{PublicKey, RawSignature, Signer as _, SoftwareKey};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// China's zone, in minutes.
const CHINA: i32 = 480;

/// The machine's clocks; a test may set the wall clock wrong.
#[derive(Debug, Default)]
pub struct SystemClock {
    wrong_by_ms: AtomicI64,
}

impl SystemClock {
    /// From now on the wall clock is wrong by so much (F14); the monotonic clock goes on.
    pub fn set_wrong(&self, by_ms: i64) {
        self.wrong_by_ms.store(by_ms, Ordering::SeqCst);
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Reading {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let wall = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Reading {
            wall_ms: wall.saturating_add(self.wrong_by_ms.load(Ordering::SeqCst)),
            zone_min: CHINA,
            mono_ms: uptime_ms().unwrap_or_default(),
            boot: boot_id().unwrap_or_default(),
        }
    }
}

/// `CLOCK_BOOTTIME`, which counts sleep, in steps of 10 ms.
fn uptime_ms() -> Option<u64> {
    let text = fs::read_to_string("/proc/uptime").ok()?;
    let (seconds, rest) = text.split_once('.')?;
    let hundredths = rest.split_whitespace().next()?;
    Some(seconds.parse::<u64>().ok()? * 1000 + hundredths.parse::<u64>().ok()? * 10)
}

fn boot_id() -> Option<Vec<u8>> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    HEXLOWER.decode(text.trim().replace('-', "").as_bytes()).ok()
}

/// The system's randomness.
#[derive(Debug)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, out: &mut [u8]) {
        if getrandom::fill(out).is_err() {
            // Nothing may be sealed or signed with bytes that are not random.
            std::process::abort();
        }
    }
}

/// What the key file holds, in hex.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seeds {
    log: String,
    show: String,
    officer: String,
    wrap: String,
}

/// Ed25519 keys in a file of mode 0600 beside the phone's folder; a test may lock them or lose one (F43).
pub struct SoftwareKeys {
    log: SoftwareKey,
    show: SoftwareKey,
    officer: SoftwareKey,
    wrap: ChaCha20Poly1305,
    refuse: Mutex<Option<KeyError>>,
}

impl SoftwareKeys {
    /// Reads the key file, or makes it.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::InvalidData`] for a file that is no key file.
    pub fn open(file: &Path) -> io::Result<Self> {
        let seeds = match fs::read(file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| io::ErrorKind::InvalidData)?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => make(file)?,
            Err(e) => return Err(e),
        };
        let seed = |text: &str| -> io::Result<[u8; 32]> {
            let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|b| b.try_into().ok());
            bytes.ok_or_else(|| io::ErrorKind::InvalidData.into())
        };
        Ok(Self {
            log: SoftwareKey::from_seed(seed(&seeds.log)?),
            show: SoftwareKey::from_seed(seed(&seeds.show)?),
            officer: SoftwareKey::from_seed(seed(&seeds.officer)?),
            wrap: ChaCha20Poly1305::new(&seed(&seeds.wrap)?.into()),
            refuse: Mutex::new(None),
        })
    }

    /// From now on every use of a key fails so, or none does.
    pub fn refuse(&self, error: Option<KeyError>) {
        if let Ok(mut refuse) = self.refuse.lock() {
            *refuse = error;
        }
    }

    fn usable(&self) -> Result<(), KeyError> {
        match self.refuse.lock().map(|r| *r) {
            Ok(None) => Ok(()),
            Ok(Some(error)) => Err(error),
            Err(_) => Err(KeyError::Failed),
        }
    }

    fn key(&self, key: DeviceKey) -> &SoftwareKey {
        match key {
            DeviceKey::Log => &self.log,
            DeviceKey::Show => &self.show,
            DeviceKey::Officer => &self.officer,
        }
    }
}

/// Makes the key file under a temporary name, so that a kill leaves a whole one or none.
fn make(file: &Path) -> io::Result<Seeds> {
    let seed = || {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| io::Error::other("no randomness from the system"))?;
        io::Result::Ok(HEXLOWER.encode(&bytes))
    };
    let seeds = Seeds { log: seed()?, show: seed()?, officer: seed()?, wrap: seed()? };
    let new = file.with_extension("new");
    let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    out.write_all(&serde_json::to_vec(&seeds)?)?;
    out.sync_all()?;
    fs::rename(&new, file)?;
    match file.parent().filter(|p| !p.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all()?,
        None => File::open(".")?.sync_all()?,
    }
    Ok(seeds)
}

impl DeviceKeys for SoftwareKeys {
    fn public_key(&self, key: DeviceKey) -> Result<PublicKey, KeyError> {
        self.usable()?;
        Ok(self.key(key).public_key())
    }

    fn sign(&self, key: DeviceKey, message: &[u8]) -> Result<RawSignature, KeyError> {
        self.usable()?;
        self.key(key).sign(message).map_err(|_| KeyError::Failed)
    }

    fn wrap(&self, secret: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.usable()?;
        let mut nonce = [0; 12];
        getrandom::fill(&mut nonce).map_err(|_| KeyError::Failed)?;
        let sealed = self.wrap.encrypt(&Nonce::from(nonce), secret).map_err(|_| KeyError::Failed)?;
        Ok([&nonce[..], &sealed].concat())
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.usable()?;
        let (nonce, sealed) = wrapped.split_first_chunk::<12>().ok_or(KeyError::Gone)?;
        self.wrap.decrypt(&Nonce::from(*nonce), sealed).map_err(|_| KeyError::Gone)
    }

    fn protection(&self) -> KeyProtection {
        KeyProtection::Software
    }
}

/// The Chinese fonts of Debian's `fonts-noto-cjk`, one 宋体-like and one 黑体-like.
#[derive(Debug)]
pub struct DebianFonts(PathBuf);

impl Default for DebianFonts {
    fn default() -> Self {
        Self(std::env::var_os("MINGZHENG_FONT_DIR").map_or_else(|| "/usr/share/fonts/opentype/noto".into(), PathBuf::from))
    }
}

impl Fonts for DebianFonts {
    fn files(&self) -> Vec<Vec<u8>> {
        ["NotoSerifCJK-Regular.ttc", "NotoSansCJK-Regular.ttc"]
            .iter()
            .filter_map(|name| fs::read(self.0.join(name)).ok())
            .collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn keys_outlive_the_process_and_only_their_owner_reads_them() {
        let file = std::env::temp_dir().join(format!("mingzheng-keys-{}", std::process::id()));
        let first = SoftwareKeys::open(&file).unwrap();
        let second = SoftwareKeys::open(&file).unwrap();
        for key in [DeviceKey::Log, DeviceKey::Show, DeviceKey::Officer] {
            assert_eq!(first.public_key(key), second.public_key(key));
        }
        assert_ne!(first.public_key(DeviceKey::Log), first.public_key(DeviceKey::Show));
        let wrapped = first.wrap(&[7; 32]).unwrap();
        assert_eq!(second.unwrap(&wrapped).unwrap(), [7; 32]);
        assert_eq!(second.unwrap(&[0; 60]), Err(KeyError::Gone));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&file, "{}").unwrap();
        assert!(SoftwareKeys::open(&file).is_err(), "a damaged key file is never replaced by new keys");
        fs::remove_file(&file).unwrap();
    }

    #[test]
    fn f14_a_wrong_wall_clock_leaves_the_monotonic_one() {
        let clock = SystemClock::default();
        let before = clock.now();
        clock.set_wrong(-7_200_000);
        let after = clock.now();
        assert!(mingzheng_core::clock::jump(&before, &after).is_some_and(|j| (-7_201_000..=-7_199_000).contains(&j.by_ms)));
        assert_eq!(before.boot.len(), 16);
        assert!(before.mono_ms > 0 && before.mono_ms <= after.mono_ms);
    }
}
