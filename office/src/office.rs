//! The office as a whole: settings, store, sealed files, keys and trust list.

use crate::attestation::Trusted;
use crate::error::{OfficeError, Result};
use crate::keys::{self, Keys};
use crate::lease;
use crate::objects::{self, Objects};
use crate::papers;
use crate::recovery;
use crate::register;
use crate::rights;
use crate::settings::Settings;
use crate::store::Store;
use mingzheng_core::trust::{RootFingerprint, TrustList};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

/// File in which a running server notes its real address.
const ADDRESS_FILE: &str = "address";

/// Everything that a request or a command needs.
pub struct Office {
    /// Settings in force.
    pub settings: Settings,
    /// The database.
    pub store: Store,
    /// Sealed files.
    pub objects: Box<dyn Objects>,
    /// Keys.
    pub keys: Keys,
    /// The verified trust list.
    pub trust: TrustList,
    /// The trust list as signed.
    pub trust_bytes: Vec<u8>,
    /// Whose word counts for where a device's keys live.
    pub attested: Trusted,
    /// Name of this copy of the office, where there are several.
    pub(crate) copy: [u8; 16],
    /// The leaflet as it was made last.
    pub(crate) leaflet: papers::Kept,
    /// Epoch and size of the newest head that is noted outside the database.
    pub(crate) marked: Mutex<Option<(u64, u64)>>,
    /// Packs that were opened.
    pub(crate) packs: rights::Opened,
    /// One of them is held while a piece of a sealed file is written: two requests of one upload do not write at once.
    pub(crate) writing: [Mutex<()>; 64],
    /// What time it is, ms since 1970.
    clock: Box<dyn Fn() -> i64 + Send + Sync>,
}

impl Office {
    /// Opens the office's folder.
    ///
    /// # Errors
    /// [`OfficeError`] names the file that does not fit.
    pub fn open(settings: Settings) -> Result<Self> {
        Self::open_at(settings, now)
    }

    /// The same with a clock of one's own: an office that lives at the time of a recorded conversation (F37). No setting leads here.
    ///
    /// # Errors
    /// As [`Office::open`].
    pub fn open_at(settings: Settings, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Result<Self> {
        let data = &settings.data;
        let path = data.join(keys::TRUST_FILE);
        let trust_bytes = std::fs::read(&path).map_err(OfficeError::io(&path))?;
        let store = Store::of(&settings)?;
        let office = Self {
            store,
            objects: objects::open(&settings)?,
            keys: Keys::load(&data.join(keys::FILE))?,
            trust: TrustList::open_self_signed(&trust_bytes)?,
            trust_bytes,
            attested: Trusted::load(settings.attestation_roots.as_deref(), &settings.android_app, &settings.ios_app)?,
            copy: lease::copy(data)?,
            settings,
            leaflet: Mutex::new(None),
            marked: Mutex::new(None),
            packs: Mutex::default(),
            writing: std::array::from_fn(|_| Mutex::default()),
            clock: Box::new(clock),
        };
        office.store.claim(&office.fingerprint()?.0)?;
        recovery::check_mark(&office)?;
        register::adopt(&office)?;
        Ok(office)
    }

    /// Office time, ms.
    #[must_use]
    pub fn now(&self) -> i64 {
        (self.clock)()
    }

    /// The root's fingerprint.
    ///
    /// # Errors
    /// Never for a list that was opened.
    pub fn fingerprint(&self) -> Result<RootFingerprint> {
        Ok(self.trust.roots.fingerprint()?)
    }

    /// The newest signed trust list: of a renewal beside this server phones hear at once.
    #[must_use]
    pub fn newest_trust(&self) -> Vec<u8> {
        std::fs::read(self.file(keys::TRUST_FILE)).unwrap_or_else(|_| self.trust_bytes.clone())
    }

    /// A folder or file below the data folder.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.settings.data.join(name)
    }

    /// Notes where the server really listens, for commands beside it.
    ///
    /// # Errors
    /// [`OfficeError::Io`].
    pub fn note_address(&self, real: SocketAddr) -> Result<()> {
        let path = self.file(ADDRESS_FILE);
        std::fs::write(&path, real.to_string()).map_err(OfficeError::io(&path))
    }

    /// Where the server listens or last listened; otherwise what is set.
    #[must_use]
    pub fn real_address(&self) -> SocketAddr {
        let noted = std::fs::read_to_string(self.file(ADDRESS_FILE)).ok().and_then(|t| t.trim().parse().ok());
        noted.unwrap_or(self.settings.listen)
    }
}

/// The system's clock, ms since 1970.
#[must_use]
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}
