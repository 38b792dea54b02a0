//! One log after another: planned rotation, a lost key, a store that is behind its high-water mark (§8.1, P5, F43).
//!
//! A new log needs a new enrolment, which is an act of the office: it invites the phone again. Until then nothing is lost and work goes on: after the loss
//! of a key at the end of the old log, unsigned; in a store that is behind at the beginning of the new log, unsigned too, because the old one may never
//! be appended to again.

use super::mark::Mark;
use super::state::{Enrolled, Inner, key};
use super::{Phone, PhoneError};
use crate::cbor::{self, CborError, Value};
use crate::enrolment::{Enrolment, SuccessionReason};
use crate::host::{DeviceKey, KeyError};
use crate::id::{Id, hex, sha256};
use crate::inspection::Event;
use crate::store::rows::OwnLog;
use crate::store::{rows, set};
use crate::wire::{Adopted, Claimed, Request, Seen};

/// The log that is to come, or that has begun and waits for its enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Successor {
    pub(crate) reason: SuccessionReason,
    pub(crate) log: Id,
    /// Of the keys that will sign it.
    pub(crate) generation: u32,
}

impl Successor {
    pub(crate) fn encode(&self) -> Result<Vec<u8>, CborError> {
        cbor::encode(&Value::Array(vec![self.reason.name().into(), self.log.into(), u64::from(self.generation).into()]))
    }
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let [reason, log, generation]: [Value; 3] =
            cbor::decode(bytes)?.array("successor")?.try_into().map_err(|_| CborError::Type("successor"))?;
        Ok(Self {
            reason: SuccessionReason::from_name(&reason.text("reason")?).ok_or(CborError::Type("reason"))?,
            log: Id(log.array_of("log")?),
            generation: u32::try_from(generation.uint("generation")?).map_err(|_| CborError::Type("generation"))?,
        })
    }
}

/// What stands between this device's log and its next checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogState {
    /// Nothing.
    Signing,
    /// The LOG key could not be used the last time; it is tried again.
    KeyLocked,
    /// The LOG key is gone: work goes on unsigned until the office has enrolled this phone anew (F43).
    KeyGone,
    /// The store is older than what this device has signed: a new log has begun, unsigned until the office has enrolled this phone anew.
    StoreBehind,
    /// The office has enrolled this phone anew; the old log's last checkpoint is still to be signed.
    Renewing,
}

impl Phone {
    /// At start: compares the store with the mark beside the keys, and ends what a kill interrupted.
    pub(crate) fn recognise(&self) -> Result<(), PhoneError> {
        if let Some(mark) = self.mark()?
            && !self.with(|i| Ok(i.holds(&mark)? || i.succeeded(&mark)?))?
        {
            return self.store_is_behind(&mark);
        }
        // Neither keeps the phone from opening: both are tried again, with the next checkpoint and the next conversation.
        let _ = self.raise_mark();
        let _ = self.succeed();
        Ok(())
    }

    /// The store lacks what this device has signed: a copy was put back, or the folder was emptied. The old log is never appended to.
    fn store_is_behind(&self, mark: &Mark) -> Result<(), PhoneError> {
        let log = self.host.random_id();
        let reason = SuccessionReason::StoreBehind;
        let generation = mark.generation.max(self.with(|i| i.newest_generation())?).saturating_add(1);
        let successor = Successor { reason, log, generation };
        let bytes = (successor.encode()?, mark.encode()?);
        if self.with(|i| Ok(i.enrolled.is_none()))? {
            // Nothing was ever written here: the first log of this store is the one that succeeds.
            return self.with(|i| {
                let own = OwnLog { life: 0, log: i.device.log, generation, enrolment: None };
                i.store.write::<_, PhoneError>(|tx| {
                    rows::put_own_log(tx, &own)?;
                    Ok(set(tx, key::SUCCEEDED, &bytes.1)?)
                })
            });
        }
        let adopted = self.with(|i| Ok((i.frontier.size() > i.checkpointed).then(|| (i.frontier.size(), i.frontier.root()))))?;
        let event = succeeds(Some(*mark), mark.log, reason, adopted);
        self.begin_log(&successor, None, &[event], |tx| {
            set(tx, key::SUCCESSOR, &bytes.0)?;
            Ok(set(tx, key::SUCCEEDED, &bytes.1)?)
        })
    }

    /// Prepares the next enrolment's log and keys: the office invites this phone again. The reason is what is true, not what is asked.
    pub(crate) fn prepare_successor(&self) -> Result<(), PhoneError> {
        if self.with(|i| Ok(i.successor.is_some()))? {
            return Ok(());
        }
        let reason = if self.log_key_gone()? { SuccessionReason::KeyLost } else { SuccessionReason::Rotated };
        let log = self.host.random_id();
        self.with(|i| {
            let successor = Successor { reason, log, generation: i.newest_generation()?.saturating_add(1) };
            let bytes = successor.encode()?;
            i.store.write::<_, PhoneError>(|tx| Ok(set(tx, key::SUCCESSOR, &bytes)?))?;
            i.successor = Some(successor);
            Ok(())
        })
    }

    /// Tries the LOG key with a request that is never sent.
    fn log_key_gone(&self) -> Result<bool, PhoneError> {
        let now = self.host.clock.now();
        let request = Request {
            method: "GET".into(),
            authority: String::new(),
            path: String::new(),
            body: sha256(&[]),
            nonce: self.host.random_bytes(),
            created: now.wall_ms,
            enrolment: None,
        };
        match self.sign_request(&request) {
            Ok(_) => Ok(false),
            Err(PhoneError::KeyGone) => Ok(true),
            Err(e) => Err(e),
        }
    }

    /// The header of a request, signed by the enrolled LOG key, and the request's digest. A key that signs as another one has taken the place of a
    /// lost one: it is gone.
    pub(crate) fn sign_request(&self, request: &Request) -> Result<(String, crate::id::Digest), PhoneError> {
        let (public, generation) = self.with(|i| Ok((i.enrolled()?.enrolment.log_key, i.generation)))?;
        let prepared = request.prepare(&public)?;
        let digest = prepared.digest();
        let signature = self.host.keys.sign(DeviceKey::Log, generation, &prepared.message()?)?;
        let header = prepared.finish(&signature)?;
        let seen = Seen { method: &request.method, authority: &request.authority, path: &request.path, body: request.body };
        match Claimed::read(&header)?.verify(&public, &seen) {
            Ok(_) => Ok((header, digest)),
            Err(_) => Err(PhoneError::KeyGone),
        }
    }

    /// Ends the old log and begins the one that the office has enrolled. Can be called again at any time: it goes on where it was.
    pub(crate) fn succeed(&self) -> Result<(), PhoneError> {
        let Some((cose, successor)) = self.with(|i| Ok(i.store.setting(key::NEXT_ENROLMENT)?.zip(i.successor)))? else {
            return Ok(());
        };
        let enrolment = self.with(|i| Ok(Enrolment::open(&cose, i.trust()?)?))?;
        let mut reason = successor.reason;
        if reason == SuccessionReason::Rotated {
            // The entry that ends the log is its last: it is written when the key can sign at once.
            match self.log_key_gone() {
                Ok(false) => {}
                Ok(true) => reason = SuccessionReason::KeyLost,
                Err(PhoneError::Locked | PhoneError::Host) => return Ok(()),
                Err(e) => return Err(e),
            }
        }
        if reason == SuccessionReason::Rotated {
            if !self.with(|i| i.ended())? {
                let key = sha256(&cbor::encode(&enrolment.log_key.to_cose())?);
                let event = Event::LogEnded { by: successor.log.to_string(), key: hex(&key), reason: reason.name().to_owned() };
                self.append(None, &[event], Vec::new(), |_| Ok(()))?;
            }
            self.checkpoint()?;
            match self.with(|i| Ok((i.frontier.size() > i.checkpointed, i.key_trouble)))? {
                (false, _) => {}
                // Lost in the middle of the rotation: the entry that ends the log is adopted with the rest.
                (true, Some(KeyError::Gone)) => reason = SuccessionReason::KeyLost,
                (true, _) => return Ok(()),
            }
        }
        let (old_generation, last, adopted) = self.with(|i| {
            let last = i.store.read(|c| rows::last_checkpoint(c, i.life))?;
            let last = last.map(|row| Ok::<_, PhoneError>((row.cp_no, row.size, i.root_at(row.size)?))).transpose()?;
            let adopted = (i.frontier.size() > i.checkpointed).then(|| (i.frontier.size(), i.frontier.root()));
            Ok((i.generation, last, adopted))
        })?;
        let old = self.with(|i| Ok(i.device.log))?;
        let last = last.map(|(cp_no, size, root)| Mark { log: old, cp_no, size, root, generation: old_generation });
        let events = [self.opened(&cose), succeeds(last, old, reason, adopted)];
        let own = Enrolled { cose: cose.clone(), enrolment };
        self.begin_log(&successor, Some(own), &events, |tx| {
            set(tx, key::ENROLMENT, &cose)?;
            for done in [key::NEXT_ENROLMENT, key::SUCCESSOR, key::FEED, key::PACK_CHUNKS] {
                rows::unset(tx, done)?;
            }
            Ok(())
        })?;
        self.checkpoint()?;
        // The old keys have nothing left to sign. One that cannot be destroyed now signs nothing either: the core never asks it again.
        if self.with(|i| Ok(i.checkpointed > 0))? {
            let _ = self.host.keys.forget(old_generation);
        }
        Ok(())
    }

    /// The newest log of this device is enrolled: says so in it, with what it succeeds if that was not said yet.
    pub(crate) fn begin_enrolled(&self, cose: &[u8]) -> Result<(), PhoneError> {
        if !self.with(|i| Ok(i.may_sign()))? {
            return Ok(());
        }
        let (said, empty, succeeded) = self.with(|i| {
            let entries = i.store.read(|c| rows::entries(c, i.life, 0))?;
            let said = entries.iter().any(|e| e.header().kind == "log.opened");
            Ok((said, entries.is_empty(), i.store.setting(key::SUCCEEDED)?))
        })?;
        if said {
            return Ok(());
        }
        let mut events = vec![self.opened(cose)];
        if let Some(mark) = succeeded.filter(|_| empty).and_then(|m| Mark::decode(&m).ok()) {
            events.push(succeeds(Some(mark), mark.log, SuccessionReason::StoreBehind, None));
        }
        self.append(None, &events, Vec::new(), |_| Ok(()))?;
        self.checkpoint()?;
        Ok(())
    }

    fn opened(&self, enrolment: &[u8]) -> Event {
        Event::LogOpened {
            enrolment: hex(&Enrolment::digest(enrolment)),
            software: concat!("mingzheng ", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// Begins a new log with `events`; until that is committed everything is as it was.
    fn begin_log(
        &self,
        successor: &Successor,
        enrolled: Option<Enrolled>,
        events: &[Event],
        also: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<(), PhoneError>,
    ) -> Result<(), PhoneError> {
        let moment = self.moment(events)?;
        let now = moment.reading.clone();
        self.with(|i| {
            let own = OwnLog {
                life: i.life + 1,
                log: successor.log,
                generation: successor.generation,
                enrolment: enrolled.as_ref().map(|e| e.cose.clone()),
            };
            let before = (i.device.log, i.life, std::mem::take(&mut i.frontier), i.checkpointed, i.unsigned_since.take());
            (i.device.log, i.life, i.checkpointed) = (own.log, own.life, 0);
            let device = i.device.encode()?;
            let done = i.append(moment, None, events, Vec::new(), |tx| {
                rows::put_own_log(tx, &own)?;
                set(tx, key::DEVICE, &device)?;
                also(tx)
            });
            if let Err(e) = done {
                (i.device.log, i.life, i.frontier, i.checkpointed, i.unsigned_since) = before;
                return Err(e);
            }
            i.key_trouble = None;
            i.shown = None;
            i.round = crate::sync::Round::default();
            i.reload(now.wall_ms)
        })
    }
}

/// The entry by which a log says what it follows.
fn succeeds(last: Option<Mark>, old: Id, reason: SuccessionReason, adopted: Option<(u64, crate::id::Digest)>) -> Event {
    Event::LogSucceeds {
        old: old.to_string(),
        size: last.map(|m| m.size),
        root: last.map(|m| hex(&m.root)),
        cp_no: last.map(|m| m.cp_no),
        reason: reason.name().to_owned(),
        adopted_size: adopted.map(|a| a.0),
        adopted_root: adopted.map(|a| hex(&a.1)),
    }
}

impl Inner {
    /// Whether a log of this store has succeeded what the mark names.
    fn succeeded(&self, mark: &Mark) -> Result<bool, PhoneError> {
        let known = self.store.setting(key::SUCCEEDED)?;
        Ok(known.and_then(|bytes| Mark::decode(&bytes).ok()).as_ref() == Some(mark))
    }

    fn newest_generation(&self) -> Result<u32, PhoneError> {
        let logs = self.store.read(rows::own_logs)?;
        Ok(logs.iter().map(|l| l.generation).max().unwrap_or_default())
    }

    /// Whether the newest log is enrolled, so that its key may sign.
    pub(crate) fn may_sign(&self) -> bool {
        self.enrolled.as_ref().is_some_and(|e| e.enrolment.log == self.device.log)
    }

    /// What stands between the log and its next checkpoint.
    pub(crate) fn log_state(&self) -> Result<LogState, PhoneError> {
        Ok(match self.key_trouble {
            _ if self.enrolled.is_some() && !self.may_sign() => LogState::StoreBehind,
            Some(KeyError::Gone) => LogState::KeyGone,
            _ if self.store.setting(key::NEXT_ENROLMENT)?.is_some() => LogState::Renewing,
            Some(_) => LogState::KeyLocked,
            None => LogState::Signing,
        })
    }

    /// Whether the newest entry ends the log.
    fn ended(&self) -> Result<bool, PhoneError> {
        let last = self.store.read(|c| rows::last_header(c, self.life, None))?;
        Ok(last.map(|h| crate::log::Header::decode(&h)).transpose()?.is_some_and(|h| h.kind == "log.ended"))
    }

    fn root_at(&self, size: u64) -> Result<crate::id::Digest, PhoneError> {
        let mut frontier = crate::log::tree::Frontier::default();
        for header in self.store.read(|c| rows::headers(c, self.life))?.iter().take(size as usize) {
            frontier.push(crate::log::tree::leaf(header));
        }
        Ok(frontier.root())
    }

    /// What the first segment of this log brings of the one before it: entries that no key signed at the time.
    pub(crate) fn adopted(&self, life: u64, log: Id) -> Result<Option<Adopted>, PhoneError> {
        let Some(before) = life.checked_sub(1) else { return Ok(None) };
        self.store.read(|c| {
            let own = rows::own_logs(c)?.into_iter().find(|l| l.life == before);
            let entry = rows::successions(c)?.into_iter().find(|e| e.header().log == log);
            let (Some(own), Some(Event::LogSucceeds { adopted_size: Some(size), .. })) =
                (own, entry.as_ref().and_then(Event::from_entry))
            else {
                return Ok(None);
            };
            let from = rows::last_checkpoint(c, before)?.map_or(0, |r| r.size);
            let entries = rows::entries(c, before, from)?.into_iter().filter(|e| e.header().seq < size).collect();
            Ok(Some(Adopted { log: own.log, from, entries }))
        })
    }
}
