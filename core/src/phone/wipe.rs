//! What remains of a lost phone: nothing that can be read, and everything that was not sent, sealed to the office (F44, P6, P10).
//!
//! Two ways lead here: an order of the office, which any of its answers to this phone carries, and days without any contact, where the office's
//! pack says so. Either is noted in a file first, so that a kill in between changes nothing: the next opening goes on with it.

use super::state::{Inner, key};
use super::{Phone, PhoneError};
use crate::cbor::{self, CborError, Value};
use crate::clock::Reading;
use crate::host::Host;
use crate::store::set;
use crate::wire::WipeOrder;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::sync::PoisonError;

/// Says that the phone is wiped, and why: the order as signed, or `expired`.
const NOTE: &str = "wiped";
/// What stays: sealed to the office, or to nobody.
const SEALED: [&str; 4] = ["outbox", "evidence", "store.key.age", NOTE];
/// The database of entries that no segment holds, as the office opens it with the key in `store.key.age`.
const STORE: &str = "store.db";
const EXPIRED: &[u8] = b"expired";
const DAY_MS: i64 = 86_400_000;

/// How long the phone was without contact, in days on which it was used or looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Away {
    /// Days counted.
    pub(crate) days: u32,
    /// The newest wall time that counted, ms.
    pub(crate) last: i64,
}

impl Away {
    /// Counts the day of `now`. A clock that jumps years ahead counts as one day, and one that is set back as none: neither destroys anything.
    #[must_use]
    pub(crate) fn seen(&self, now: &Reading) -> Self {
        let since = now.wall_ms.saturating_sub(self.last);
        match since {
            _ if self.last == 0 || since <= -DAY_MS => Self { days: self.days, last: now.wall_ms },
            _ if since < DAY_MS => self.clone(),
            _ => Self { days: self.days.saturating_add(1), last: now.wall_ms },
        }
    }
    fn encode(&self) -> Result<Vec<u8>, CborError> {
        cbor::encode(&Value::Array(vec![u64::from(self.days).into(), self.last.into()]))
    }
    fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let [days, last]: [Value; 2] = cbor::decode(bytes)?.array("away")?.try_into().map_err(|_| CborError::Type("away"))?;
        Ok(Self { days: u32::try_from(days.uint("away")?).map_err(|_| CborError::Type("away"))?, last: last.int("away")? })
    }
}

impl Phone {
    /// An order of the office for this phone: obeyed at once. What has not been signed yet is, and goes into a sealed segment, if the key still can.
    pub(crate) fn obey(&self, signed: &[u8]) -> Result<(), PhoneError> {
        let now = self.host.clock.now();
        self.with(|i| {
            let order = WipeOrder::open(signed, i.trust()?)?;
            let own = (i.device.id, i.enrolled()?.enrolment.log);
            if (order.device, order.log) != own {
                return Err(PhoneError::Refused("wipe order for another device".into()));
            }
            if i.best_time(&now) > order.not_after {
                return Err(PhoneError::Refused("wipe order is over".into()));
            }
            Ok(())
        })?;
        self.wipe(signed)
    }

    /// Counts the day, and wipes when the pack's days without contact are over.
    pub(crate) fn count_away(&self) -> Result<(), PhoneError> {
        let now = self.host.clock.now();
        let over = self.with(|i| {
            let Some(limit) = i.pack.as_ref().and_then(|p| p.pack().gates.contact_days.as_ref()).map(|d| d.value) else {
                return Ok(false);
            };
            let known = i.away()?;
            let away = known.seen(&now);
            if away != known {
                i.set_away(&away)?;
            }
            Ok(away.days > limit)
        })?;
        if over { self.wipe(EXPIRED) } else { Ok(()) }
    }

    /// Never returns well: whatever happens, this phone is wiped now or at its next opening.
    fn wipe(&self, why: &[u8]) -> Result<(), PhoneError> {
        let _ = self.checkpoint();
        let unsealed = self.with(|i| Ok(i.frontier.size() > i.checkpointed)).unwrap_or(true);
        note(&self.folder, why)?;
        // The connection is closed before its files go.
        *self.inner.lock().unwrap_or_else(PoisonError::into_inner) = None;
        destroy(&self.folder, &self.host, unsealed)?;
        Err(PhoneError::Wiped)
    }
}

impl Inner {
    fn away(&self) -> Result<Away, PhoneError> {
        Ok(self.store.setting(key::AWAY)?.map(|b| Away::decode(&b)).transpose()?.unwrap_or_default())
    }

    fn set_away(&mut self, away: &Away) -> Result<(), PhoneError> {
        let bytes = away.encode()?;
        self.store.write::<_, PhoneError>(|tx| Ok(set(tx, key::AWAY, &bytes)?))
    }

    /// The office answered: the days begin anew.
    pub(crate) fn in_contact(&mut self, now: &Reading) -> Result<(), PhoneError> {
        let known = self.away()?;
        // Not with every answer: a write to the disk for each would cost more than the conversation.
        let today = now.wall_ms.abs_diff(known.last) < DAY_MS.unsigned_abs();
        if known.days == 0 && today { Ok(()) } else { self.set_away(&Away { days: 0, last: now.wall_ms }) }
    }
}

/// Whether that was noted of the folder.
pub(crate) fn is_wiped(folder: &Path) -> bool {
    folder.join(NOTE).exists()
}

/// Refuses a folder that is wiped, and ends what a kill interrupted.
pub(crate) fn refuse_wiped(folder: &Path, host: &Host) -> Result<(), PhoneError> {
    if !is_wiped(folder) {
        return Ok(());
    }
    // Which entries the store alone holds is not known any more: it stays, unreadable here.
    if folder.join("store.key").exists() {
        destroy(folder, host, true)?;
    }
    Err(PhoneError::Wiped)
}

fn note(folder: &Path, why: &[u8]) -> Result<(), PhoneError> {
    let temporary = folder.join("wiped.tmp");
    let mut file = fs::File::create(&temporary)?;
    file.write_all(why)?;
    file.sync_all()?;
    fs::rename(&temporary, folder.join(NOTE))?;
    Ok(fs::File::open(folder)?.sync_all()?)
}

/// The store's key goes first: without it nothing in the store can be read, whatever else is still to be done.
fn destroy(folder: &Path, host: &Host, keep_store: bool) -> Result<(), PhoneError> {
    let keep_store = keep_store && folder.join("store.key.age").exists();
    remove(&folder.join("store.key"))?;
    let keys = host.keys.wipe();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let stays = SEALED.contains(&name.as_str()) || (keep_store && name.starts_with(STORE));
        if !stays {
            remove(&path)?;
        }
    }
    for part in ["outbox", "evidence"] {
        keep_sealed(&folder.join(part))?;
    }
    fs::File::open(folder)?.sync_all()?;
    Ok(keys?)
}

/// Whatever is not an age file in these folders is unfinished or readable.
fn keep_sealed(folder: &Path) -> Result<(), PhoneError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e.into()),
    };
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_none_or(|e| e != "age") {
            remove(&path)?;
        }
    }
    Ok(fs::File::open(folder)?.sync_all()?)
}

fn remove(path: &Path) -> Result<(), PhoneError> {
    let gone = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match gone {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e.into()),
        _ => Ok(()),
    }
}
