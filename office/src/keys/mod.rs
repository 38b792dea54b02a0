//! The office's keys: one Ed25519 key a use, two for packs, and the X25519 identities of the months. The root stays in a file of its own (P3).

mod renew;

pub use renew::renew;

use crate::error::{OfficeError, Result};
use chrono::{Datelike as _, FixedOffset, NaiveDate, TimeZone as _};
use mingzheng_core::id::hex;
use mingzheng_core::seal::{Identity, SealError, SealedSummary};
use mingzheng_core::sign::multi::MAX_SIGNATURES;
use mingzheng_core::sign::{Signer, SoftwareKey};
use mingzheng_core::trust::{RECOVERY, Roots, TrustKey, TrustList, TrustedKey, Use};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use zeroize::{Zeroize as _, Zeroizing};

/// File of the keys that the server uses.
pub const FILE: &str = "keys.toml";
/// File of the root key, where there is one: belongs on a medium that is not in this machine. Of several: `offline/root-1.toml`, ….
pub const ROOT_FILE: &str = "offline/root.toml";
/// Identity of the recovery recipient: belongs beside the root.
pub const RECOVERY_FILE: &str = "offline/recovery.age-identity";
/// The signed trust list.
pub const TRUST_FILE: &str = "trust.cbor";
const MONTHS: u32 = 13;
const DAY_MS: i64 = 86_400_000;

/// How many of how many root keys sign what only roots may sign (P3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    k: usize,
    n: usize,
}
impl Threshold {
    /// One key, for practice.
    pub const ONE: Self = Self { k: 1, n: 1 };

    /// Where the keys go, from the office's folder.
    fn files(self) -> Vec<PathBuf> {
        if self.n == 1 {
            return vec![ROOT_FILE.into()];
        }
        (1..=self.n).map(|i| format!("offline/root-{i}.toml").into()).collect()
    }
}
impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
        match numbers {
            Some((k, n)) if 1 <= k && k <= n && n <= MAX_SIGNATURES => Ok(Self { k, n }),
            _ => Err(format!("应如 2/3：三把中的两把，至多 {MAX_SIGNATURES} 把 as in 2/3: two of three, of at most so many")),
        }
    }
}

/// Until when what is made now counts, ms.
struct Expiry {
    list: i64,
    /// A month longer, so that a late renewal finds them in force.
    keys: i64,
}
impl Expiry {
    fn from(now: i64) -> Self {
        Self { list: now + 365 * DAY_MS, keys: now + 400 * DAY_MS }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    key: Vec<Seed>,
    seal: Vec<Month>,
}

/// Without the parser's message, which would quote the line with the secret.
fn malformed(path: &Path) -> OfficeError {
    OfficeError::Settings(format!("{}: malformed key file", path.display()))
}

impl KeyFile {
    fn read(path: &Path) -> Result<Self> {
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(OfficeError::io(path))?);
        toml::from_str(&text).map_err(|_| malformed(path))
    }

    fn identities(&self, path: &Path) -> Result<Vec<Identity>> {
        self.seal.iter().map(|m| m.identity.parse().map_err(|_| malformed(path))).collect()
    }

    fn to_text(&self) -> Result<Zeroizing<String>> {
        Ok(Zeroizing::new(toml::to_string(self).map_err(|e| OfficeError::Settings(e.to_string()))?))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    #[serde(rename = "use")]
    usage: String,
    name: String,
    seed: String,
}
impl Drop for Seed {
    fn drop(&mut self) {
        self.seed.zeroize();
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Month {
    name: String,
    identity: String,
}
impl Drop for Month {
    fn drop(&mut self) {
        self.identity.zeroize();
    }
}

/// The keys in memory.
pub struct Keys {
    signers: Vec<(Use, SoftwareKey)>,
    identities: Vec<Identity>,
    /// Where they were read.
    path: PathBuf,
}

impl Keys {
    /// Reads the key file.
    ///
    /// # Errors
    /// [`OfficeError::Settings`] when it is malformed.
    pub fn load(path: &Path) -> Result<Self> {
        let file = KeyFile::read(path)?;
        let signers = file.key.iter().map(|k| {
            let usage = Use::ALL.into_iter().find(|u| u.name() == k.usage).ok_or_else(|| malformed(path))?;
            Ok((usage, SoftwareKey::from_seed(*seed(&k.seed).ok_or_else(|| malformed(path))?)))
        });
        let signers = signers.collect::<Result<_>>()?;
        Ok(Self { signers, identities: file.identities(path)?, path: path.to_owned() })
    }

    /// The key for a use.
    ///
    /// # Errors
    /// [`OfficeError::NoKey`].
    pub fn signer(&self, usage: Use) -> Result<&SoftwareKey> {
        self.signers.iter().find(|(u, _)| *u == usage).map(|(_, k)| k).ok_or(OfficeError::NoKey(usage.name()))
    }

    /// Both keys for packs.
    #[must_use]
    pub fn pack_signers(&self) -> Vec<&SoftwareKey> {
        self.signers.iter().filter(|(u, _)| *u == Use::Pack).map(|(_, k)| k).collect()
    }

    /// Opens a sealed file with whichever identity fits; `start` gives a reader at the file's beginning, each time it is asked.
    ///
    /// # Errors
    /// [`SealError::NotForUs`] when none fits.
    pub fn open<R: Read>(&self, mut start: impl FnMut() -> Result<R>, out: &mut dyn Write) -> Result<SealedSummary> {
        self.with_identity(|identity| Ok(mingzheng_core::seal::open(&mut start()?, out, identity)?))
    }

    /// Opens what is sealed and small enough for memory, with whichever identity fits.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_bytes(&self, sealed: &[u8]) -> Result<Vec<u8>> {
        self.with_identity(|identity| Ok(mingzheng_core::seal::open_bytes(sealed, identity)?))
    }

    /// Tries `f` with each identity until one is not refused as another recipient's.
    ///
    /// # Errors
    /// [`SealError::NotForUs`] when none fits, or what `f` says.
    pub fn with_identity<T>(&self, mut f: impl FnMut(&Identity) -> Result<T>) -> Result<T> {
        let mut first = |identities: &[Identity]| {
            identities.iter().map(&mut f).find(|r| !matches!(r, Err(OfficeError::Seal(SealError::NotForUs))))
        };
        if let Some(found) = first(&self.identities) {
            return found;
        }
        // Phones have a renewed list before this server is started anew: what they seal to is in the file.
        let newer = KeyFile::read(&self.path)?.identities(&self.path)?;
        first(newer.get(self.identities.len()..).unwrap_or_default()).unwrap_or(Err(SealError::NotForUs.into()))
    }
}

/// A root key out of its file, for what only roots sign.
///
/// # Errors
/// [`OfficeError::Settings`] when it is malformed.
pub fn root(path: &Path) -> Result<SoftwareKey> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct RootFile {
        seed: String,
    }
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(OfficeError::io(path))?);
    let file: RootFile = toml::from_str(&text).map_err(|_| malformed(path))?;
    let hex = Zeroizing::new(file.seed);
    Ok(SoftwareKey::from_seed(*seed(&hex).ok_or_else(|| malformed(path))?))
}

fn seed(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?);
    bytes.as_slice().try_into().ok().map(Zeroizing::new)
}

/// Random bytes of the system.
///
/// # Errors
/// [`OfficeError::Random`].
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut out = [0; N];
    getrandom::fill(&mut out).map_err(|_| OfficeError::Random)?;
    Ok(out)
}

/// Writes a new file that only its owner can read, and makes it durable. An existing file is an error.
///
/// # Errors
/// [`OfficeError::Io`].
pub fn write_secret(path: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let write = || {
        let mut f: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        f.write_all(text.as_bytes())?;
        f.sync_all()
    };
    write().map_err(OfficeError::io(path))
}

/// Puts a file in the place of one that may be there, whole or not at all, and makes it durable.
///
/// # Errors
/// [`OfficeError::Io`].
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    replace_with(path, bytes, 0o644)
}

/// The same of a file that only its owner can read.
fn replace_secret(path: &Path, text: &str) -> Result<()> {
    replace_with(path, text.as_bytes(), 0o600)
}

fn replace_with(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
    let part = path.with_extension("part");
    let write = || {
        // One that a crash left may have another's rights.
        match std::fs::remove_file(&part) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let mut f: File = OpenOptions::new().write(true).create_new(true).mode(mode).open(&part)?;
        f.write_all(bytes)?;
        // It stays its owner's, also where root writes beside the service.
        if let Ok(there) = std::fs::metadata(path) {
            std::os::unix::fs::fchown(&f, Some(there.uid()), Some(there.gid()))?;
        }
        f.sync_all()?;
        std::fs::rename(&part, path)
    };
    write().map_err(OfficeError::io(path))?;
    crate::objects::sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// An organ's keys: its roots, one key a use, two for packs, the identities of this and the next twelve months, and recovery. Writes the files into
/// `folder` and gives the trust list.
///
/// # Errors
/// [`OfficeError`]; an existing file is never replaced.
pub fn make(folder: &Path, organ: &str, threshold: Threshold, now: i64) -> Result<TrustList> {
    let expiry = Expiry::from(now);
    let (from, until) = (now - now.rem_euclid(DAY_MS) - DAY_MS, expiry.keys);
    let entry = |key, usage, name: &str, from, until| TrustKey::of_organ(key, usage, name, organ, (from, until));
    let mut file = KeyFile { key: vec![], seal: vec![] };
    let mut keys = vec![];
    // Witnesses and time stamps come from outside: their keys are added to the list when they are known.
    for usage in Use::ALL.into_iter().filter(|u| !matches!(u, Use::Seal | Use::Witness | Use::Timestamp)) {
        for n in 1..=if usage == Use::Pack { 2 } else { 1 } {
            let secret = Zeroizing::new(random::<32>()?);
            let name = format!("{}-{n}", usage.name());
            keys.push(entry(TrustedKey::Verify(SoftwareKey::from_seed(*secret).public_key()), usage, &name, from, until));
            file.key.push(Seed { usage: usage.name().to_owned(), name, seed: hex(secret.as_slice()) });
        }
    }
    // This office as witness of others: its key stands in their trust lists, not in its own.
    let secret = Zeroizing::new(random::<32>()?);
    file.key.push(Seed { usage: Use::Witness.name().to_owned(), name: "witness-1".into(), seed: hex(secret.as_slice()) });
    for (name, from, until) in months(now)? {
        let identity = Identity::from_bytes(&Zeroizing::new(random::<32>()?))?;
        keys.push(entry(TrustedKey::Recipient(identity.recipient().to_bytes()), Use::Seal, &name, from, until));
        file.seal.push(Month { name, identity: identity.to_text().to_string() });
    }
    let recovery = Identity::from_bytes(&Zeroizing::new(random::<32>()?))?;
    keys.push(entry(TrustedKey::Recipient(recovery.recipient().to_bytes()), Use::Seal, RECOVERY, from, until));

    let offline = folder.join("offline");
    std::fs::create_dir_all(&offline).map_err(OfficeError::io(&offline))?;
    write_secret(&folder.join(FILE), &file.to_text()?)?;
    let mut roots = vec![];
    for file in threshold.files() {
        let seed = Zeroizing::new(random::<32>()?);
        let text = Zeroizing::new(format!(
            "# 根密钥：请移到离线介质保管。 Root key: move it to a medium that is kept offline.\nseed = \"{}\"\n",
            hex(seed.as_slice())
        ));
        write_secret(&folder.join(file), &text)?;
        roots.push(SoftwareKey::from_seed(*seed));
    }
    let text = Zeroizing::new(format!("# {}\n{}\n", recovery.recipient(), *recovery.to_text()));
    write_secret(&folder.join(RECOVERY_FILE), &text)?;

    let list = TrustList {
        version: 1,
        previous: None,
        organ: organ.to_owned(),
        issued: now,
        expires: expiry.list,
        roots: Roots { k: threshold.k, keys: roots.iter().map(|r| r.public_key()).collect() },
        keys,
    };
    crate::objects::sync_folder(&offline)?;
    let signers: Vec<&dyn Signer> = roots.iter().map(|r| r as &dyn Signer).collect();
    replace(&folder.join(TRUST_FILE), &list.sign(&signers)?)?;
    Ok(list)
}

/// The months of China from the one of `now` on: name, first and last millisecond. They do not overlap, so that a phone finds exactly one.
fn months(now: i64) -> Result<Vec<(String, i64, i64)>> {
    months_from(now).ok_or_else(|| OfficeError::Settings("the system's clock is not set".into()))
}

fn months_from(now: i64) -> Option<Vec<(String, i64, i64)>> {
    let zone = FixedOffset::east_opt(8 * 3600)?;
    let today = zone.timestamp_millis_opt(now).single()?;
    let start = |n: u32| {
        let month0 = today.month0() + n;
        let first = NaiveDate::from_ymd_opt(today.year() + i32::try_from(month0 / 12).ok()?, month0 % 12 + 1, 1)?;
        Some((first, zone.from_local_datetime(&first.and_hms_opt(0, 0, 0)?).single()?.timestamp_millis()))
    };
    (0..MONTHS)
        .map(|n| {
            let ((first, from), (_, next)) = (start(n)?, start(n + 1)?);
            Some((format!("seal-{}", first.format("%Y-%m")), from, next - 1))
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_practice_organ_has_a_key_for_every_use_and_one_month_at_any_moment() {
        let folder = tempfile::tempdir().unwrap();
        let now = 1_795_000_000_000; // November 2026
        let list = make(folder.path(), "某县卫生健康局", Threshold::ONE, now).unwrap();
        let bytes = std::fs::read(folder.path().join(TRUST_FILE)).unwrap();
        assert_eq!(TrustList::open(&bytes, &list.roots.fingerprint().unwrap()).unwrap(), list);
        let keys = Keys::load(&folder.path().join(FILE)).unwrap();
        for usage in Use::ALL.into_iter().filter(|u| !matches!(u, Use::Seal | Use::Witness | Use::Timestamp)) {
            let kid = keys.signer(usage).unwrap().public_key().kid();
            assert_eq!(list.key_for(kid, usage).unwrap().usage, usage);
        }
        assert_eq!(keys.pack_signers().len(), 2);
        for days in 0..360 {
            let at = now + days * DAY_MS;
            let valid: Vec<_> = list.keys.iter().filter(|k| k.usage == Use::Seal && k.valid_at(at).is_ok()).collect();
            assert_eq!(valid.len(), 2, "the month's and recovery, day {days}");
        }
        for file in [FILE, ROOT_FILE, RECOVERY_FILE] {
            assert_eq!(std::fs::metadata(folder.path().join(file)).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(make(folder.path(), "x", Threshold::ONE, now).is_err(), "keys are never overwritten");
    }

    #[test]
    fn a_sealed_file_opens_with_the_identity_of_its_month() {
        use mingzheng_core::seal::{Recipient, Recipients, seal};
        let folder = tempfile::tempdir().unwrap();
        let now = 1_795_000_000_000;
        let list = make(folder.path(), "o", Threshold::ONE, now).unwrap();
        let keys = Keys::load(&folder.path().join(FILE)).unwrap();
        let month = list.keys.iter().filter(|k| k.usage == Use::Seal).nth(2).unwrap();
        let TrustedKey::Recipient(raw) = month.key else { unreachable!() };
        let mut sealed = vec![];
        seal(&mut &b"abc"[..], &mut sealed, &Recipients::one(Recipient::from_bytes(raw).unwrap())).unwrap();
        let mut clear = vec![];
        keys.open(|| Ok(sealed.as_slice()), &mut clear).unwrap();
        assert_eq!(clear, b"abc");
    }
}
