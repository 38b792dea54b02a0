//! The host traits of a phone without a platform: the machine's clocks, software keys in a file, the system's randomness, Debian's fonts.

use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use data_encoding::HEXLOWER;
use mingzheng_core::clock::Reading;
use mingzheng_core::host::{Clock, DeviceKey, DeviceKeys, Fonts, HighWater, KeyError, KeyProtection, Random};
use mingzheng_core::sign::{PublicKey, RawSignature, Signer as _, SoftwareKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// China's zone, in minutes.
const CHINA: i32 = 480;

/// The machine's clocks; a test may set the wall clock wrong, or let time pass.
#[derive(Debug, Default)]
pub struct SystemClock {
    wrong_by_ms: AtomicI64,
    passed_ms: AtomicU64,
}

impl SystemClock {
    /// From now on the wall clock is wrong by so much (F14); the monotonic clock goes on.
    pub fn set_wrong(&self, by_ms: i64) {
        self.wrong_by_ms.store(by_ms, Ordering::SeqCst);
    }

    /// So much time has passed since, on all clocks.
    pub fn pass(&self, ms: u64) {
        self.passed_ms.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Reading {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let wall = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        let passed = self.passed_ms.load(Ordering::SeqCst);
        Reading {
            wall_ms: wall.saturating_add(self.wrong_by_ms.load(Ordering::SeqCst)).saturating_add_unsigned(passed),
            zone_min: CHINA,
            mono_ms: uptime_ms().unwrap_or_default().saturating_add(passed),
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
    wrap: String,
    /// LOG, SHOW and OFFICER of each generation; `null` is a key that is gone.
    generations: BTreeMap<u32, [Option<String>; 3]>,
}

/// Ed25519 keys in a file of mode 0600 beside the phone's folder; a test may lock them or lose one (F43).
pub struct SoftwareKeys {
    file: PathBuf,
    seeds: Mutex<Seeds>,
    wrap: ChaCha20Poly1305,
    refuse: Mutex<Option<KeyError>>,
}

impl SoftwareKeys {
    /// Reads the key file, or makes it.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::InvalidData`] for a file that is no key file.
    pub fn open(file: &Path) -> io::Result<Self> {
        let seeds: Seeds = match fs::read(file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| io::ErrorKind::InvalidData)?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let made = Seeds { wrap: HEXLOWER.encode(&random()?), generations: BTreeMap::new() };
                write_durably(file, &serde_json::to_vec(&made)?)?;
                made
            }
            Err(e) => return Err(e),
        };
        let wrap = ChaCha20Poly1305::new(&seed(&seeds.wrap)?.into());
        Ok(Self { file: file.to_owned(), seeds: Mutex::new(seeds), wrap, refuse: Mutex::new(None) })
    }

    /// From now on every use of a key fails so, or none does.
    pub fn refuse(&self, error: Option<KeyError>) {
        if let Ok(mut refuse) = self.refuse.lock() {
            *refuse = error;
        }
    }

    /// The key of that name is gone in every generation there is, as after a change of the screen lock (F43).
    ///
    /// # Errors
    /// What the system says.
    pub fn lose(&self, key: DeviceKey) -> Result<(), KeyError> {
        self.change(|seeds| {
            for keys in seeds.generations.values_mut() {
                if let Some(place) = keys.get_mut(index(key)) {
                    *place = None;
                }
            }
        })
    }

    fn usable(&self) -> Result<(), KeyError> {
        match self.refuse.lock().map(|r| *r) {
            Ok(None) => Ok(()),
            Ok(Some(error)) => Err(error),
            Err(_) => Err(KeyError::Failed),
        }
    }

    fn key(&self, key: DeviceKey, generation: u32) -> Result<SoftwareKey, KeyError> {
        self.usable()?;
        let seeds = self.seeds.lock().map_err(|_| KeyError::Failed)?;
        let text = seeds.generations.get(&generation).and_then(|keys| keys.get(index(key))).and_then(Option::as_ref);
        seed(text.ok_or(KeyError::Gone)?).map(SoftwareKey::from_seed).map_err(|_| KeyError::Gone)
    }

    fn change(&self, change: impl FnOnce(&mut Seeds)) -> Result<(), KeyError> {
        let mut seeds = self.seeds.lock().map_err(|_| KeyError::Failed)?;
        change(&mut seeds);
        let bytes = serde_json::to_vec(&*seeds).map_err(|_| KeyError::Failed)?;
        write_durably(&self.file, &bytes).map_err(|_| KeyError::Failed)
    }
}

fn index(key: DeviceKey) -> usize {
    match key {
        DeviceKey::Log => 0,
        DeviceKey::Show => 1,
        DeviceKey::Officer => 2,
    }
}

fn random() -> io::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| io::Error::other("no randomness from the system"))?;
    Ok(bytes)
}

fn seed(text: &str) -> io::Result<[u8; 32]> {
    let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|b| b.try_into().ok());
    bytes.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Writes under a temporary name, so that a kill leaves the old file or the new one, whole.
fn write_durably(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = file.with_extension("new");
    let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    fs::rename(&new, file)?;
    match file.parent().filter(|p| !p.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

impl DeviceKeys for SoftwareKeys {
    fn public_key(&self, key: DeviceKey, generation: u32) -> Result<PublicKey, KeyError> {
        self.usable()?;
        let known = self.seeds.lock().map_err(|_| KeyError::Failed)?.generations.contains_key(&generation);
        if !known {
            let mut made = [None, None, None];
            for place in &mut made {
                *place = Some(HEXLOWER.encode(&random().map_err(|_| KeyError::Failed)?));
            }
            self.change(|seeds| _ = seeds.generations.insert(generation, made))?;
        }
        Ok(self.key(key, generation)?.public_key())
    }

    fn sign(&self, key: DeviceKey, generation: u32, message: &[u8]) -> Result<RawSignature, KeyError> {
        self.key(key, generation)?.sign(message).map_err(|_| KeyError::Failed)
    }

    fn forget(&self, generation: u32) -> Result<(), KeyError> {
        self.usable()?;
        self.change(|seeds| _ = seeds.generations.insert(generation, [None, None, None]))
    }

    fn wipe(&self) -> Result<(), KeyError> {
        self.change(|seeds| {
            seeds.wrap.clear();
            for keys in seeds.generations.values_mut() {
                *keys = [None, None, None];
            }
        })
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

/// The high-water mark in a file beside the keys, outside the phone's folder.
#[derive(Debug)]
pub struct MarkFile(PathBuf);

impl MarkFile {
    /// Kept in `file`.
    #[must_use]
    pub fn new(file: PathBuf) -> Self {
        Self(file)
    }
}

impl HighWater for MarkFile {
    fn read(&self) -> Result<Option<Vec<u8>>, KeyError> {
        match fs::read(&self.0) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(_) => Err(KeyError::Failed),
        }
    }
    fn write(&self, mark: &[u8]) -> Result<(), KeyError> {
        write_durably(&self.0, mark).map_err(|_| KeyError::Failed)
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
            let made = first.public_key(key, 0).unwrap();
            assert_eq!(SoftwareKeys::open(&file).unwrap().public_key(key, 0), Ok(made));
        }
        assert_ne!(first.public_key(DeviceKey::Log, 0), first.public_key(DeviceKey::Show, 0));
        assert_ne!(first.public_key(DeviceKey::Log, 0), first.public_key(DeviceKey::Log, 1));
        first.forget(0).unwrap();
        for keys in [&first, &SoftwareKeys::open(&file).unwrap()] {
            assert_eq!(keys.sign(DeviceKey::Log, 0, b"x").err(), Some(KeyError::Gone));
            assert_eq!(keys.public_key(DeviceKey::Log, 0), Err(KeyError::Gone), "what is gone is never made anew");
            assert!(keys.sign(DeviceKey::Log, 1, b"x").is_ok());
        }
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
