//! A device whose time, chance and keys a test owns.

use mingzheng_core::clock::Reading;
use mingzheng_core::host::{Clock, DeviceKey, DeviceKeys, Fonts, HighWater, Host, KeyError, KeyProtection, Random};
use mingzheng_core::id::sha256;
use mingzheng_core::sign::{PublicKey, RawSignature, Signer as _, SoftwareKey};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// True time, which the office has, and what the device's clocks make of it.
pub(crate) struct Time {
    state: Mutex<(i64, Reading)>,
}

impl Time {
    fn with<R>(&self, f: impl FnOnce(&mut (i64, Reading)) -> R) -> R {
        f(&mut self.state.lock().unwrap())
    }
    /// The true time, ms.
    pub(crate) fn truth(&self) -> i64 {
        self.with(|s| s.0)
    }
    /// Time passes, on all clocks.
    pub(crate) fn pass(&self, ms: u64) {
        self.with(|(truth, device)| {
            *truth += i64::try_from(ms).unwrap();
            device.wall_ms += i64::try_from(ms).unwrap();
            device.mono_ms += ms;
        });
    }
    /// Somebody sets the device's wall clock.
    pub(crate) fn set_wall(&self, by_ms: i64) {
        self.with(|(_, device)| device.wall_ms += by_ms);
    }
    pub(crate) fn set_zone(&self, minutes: i32) {
        self.with(|(_, device)| device.zone_min = minutes);
    }
    /// The device is switched off and on.
    pub(crate) fn reboot(&self) {
        self.with(|(_, device)| {
            device.mono_ms = 100;
            device.boot = sha256(&device.boot)[..16].to_vec();
        });
    }
}
impl Clock for Time {
    fn now(&self) -> Reading {
        self.with(|s| s.1.clone())
    }
}

/// Different bytes at each call, the same in each run.
#[derive(Default)]
pub(crate) struct Chance(Mutex<u64>);
impl Random for Chance {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let mut n = self.0.lock().unwrap();
            *n += 1;
            chunk.copy_from_slice(&sha256(&n.to_be_bytes())[..chunk.len()]);
        }
    }
}

/// Software keys that a test takes away.
#[derive(Default)]
pub(crate) struct Keys {
    device: &'static str,
    made: Mutex<BTreeMap<(DeviceKey, u32), [u8; 32]>>,
    gone: Mutex<Vec<(DeviceKey, u32)>>,
    trouble: Mutex<Option<KeyError>>,
    screen_locked: Mutex<bool>,
    wrapping_gone: Mutex<bool>,
}
impl Keys {
    fn seed(&self, key: DeviceKey, generation: u32) -> [u8; 32] {
        let name = format!("{}{key:?} {generation}", self.device);
        *self.made.lock().unwrap().entry((key, generation)).or_insert_with(|| sha256(name.as_bytes()))
    }
    /// The key is destroyed by the platform.
    pub(crate) fn lose(&self, key: DeviceKey, generation: u32) {
        self.gone.lock().unwrap().push((key, generation));
    }
    /// The platform has put another key in its place.
    pub(crate) fn replace(&self, key: DeviceKey, generation: u32) {
        self.made.lock().unwrap().insert((key, generation), [77; 32]);
    }
    /// The screen is locked: what needs the user's presence cannot sign, the LOG key can (P3).
    pub(crate) fn lock_screen(&self, locked: bool) {
        *self.screen_locked.lock().unwrap() = locked;
    }
    /// Every signature fails so, or none does.
    pub(crate) fn refuse(&self, trouble: Option<KeyError>) {
        *self.trouble.lock().unwrap() = trouble;
    }
    pub(crate) fn is_gone(&self, key: DeviceKey, generation: u32) -> bool {
        self.gone.lock().unwrap().contains(&(key, generation))
    }
}
impl DeviceKeys for Keys {
    fn public_key(&self, key: DeviceKey, generation: u32) -> Result<PublicKey, KeyError> {
        Ok(SoftwareKey::from_seed(self.seed(key, generation)).public_key())
    }
    fn sign(&self, key: DeviceKey, generation: u32, message: &[u8]) -> Result<RawSignature, KeyError> {
        if let Some(trouble) = *self.trouble.lock().unwrap() {
            return Err(trouble);
        }
        if key != DeviceKey::Log && *self.screen_locked.lock().unwrap() {
            return Err(KeyError::Locked);
        }
        if self.is_gone(key, generation) || !self.made.lock().unwrap().contains_key(&(key, generation)) {
            return Err(KeyError::Gone);
        }
        SoftwareKey::from_seed(self.seed(key, generation)).sign(message).map_err(|_| KeyError::Failed)
    }
    fn forget(&self, generation: u32) -> Result<(), KeyError> {
        for key in [DeviceKey::Log, DeviceKey::Show, DeviceKey::Officer] {
            self.lose(key, generation);
        }
        Ok(())
    }
    fn wipe(&self) -> Result<(), KeyError> {
        let made: Vec<_> = self.made.lock().unwrap().keys().copied().collect();
        self.gone.lock().unwrap().extend(made);
        *self.wrapping_gone.lock().unwrap() = true;
        Ok(())
    }
    fn wrap(&self, secret: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(secret.iter().map(|b| b ^ 0x5a).collect())
    }
    fn unwrap(&self, wrapped: &[u8]) -> Result<Vec<u8>, KeyError> {
        if *self.wrapping_gone.lock().unwrap() { Err(KeyError::Gone) } else { self.wrap(wrapped) }
    }
    fn protection(&self) -> KeyProtection {
        KeyProtection::Software
    }
}

/// What lies beside the keys.
#[derive(Default)]
pub(crate) struct MarkInMemory(Mutex<Option<Vec<u8>>>);
impl HighWater for MarkInMemory {
    fn read(&self) -> Result<Option<Vec<u8>>, KeyError> {
        Ok(self.0.lock().unwrap().clone())
    }
    fn write(&self, mark: &[u8]) -> Result<(), KeyError> {
        *self.0.lock().unwrap() = Some(mark.to_vec());
        Ok(())
    }
}

struct NoFonts;
impl Fonts for NoFonts {
    fn files(&self) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

/// A device of a test.
pub(crate) struct Device {
    pub(crate) time: Arc<Time>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) mark: Arc<MarkInMemory>,
    chance: Arc<Chance>,
}

impl Device {
    /// At noon of that day in China, in UTC ms.
    pub(crate) fn at(noon: i64) -> Self {
        let device = Reading { wall_ms: noon, zone_min: 480, mono_ms: 1_000_000, boot: vec![1] };
        let time = Arc::new(Time { state: Mutex::new((noon, device)) });
        Self { time, keys: Arc::default(), mark: Arc::default(), chance: Arc::default() }
    }
    /// Another device at the same time.
    pub(crate) fn another(&self) -> Self {
        let keys = Keys { device: "another ", ..Keys::default() };
        Self {
            time: self.time.clone(),
            keys: Arc::new(keys),
            mark: Arc::default(),
            chance: Arc::new(Chance(Mutex::new(1 << 40))),
        }
    }
    pub(crate) fn host(&self) -> Host {
        Host {
            clock: self.time.clone(),
            random: self.chance.clone(),
            keys: self.keys.clone(),
            high_water: self.mark.clone(),
            fonts: Arc::new(NoFonts),
        }
    }
}
