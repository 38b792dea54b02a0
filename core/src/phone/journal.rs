//! Appending entries and signing checkpoints: prepare → sign without a lock → append (P4, P5, P6).

use super::mark::Mark;
use super::state::Inner;
use super::{Phone, PhoneError};
use crate::clock::{Reading, jump};
use crate::host::{DeviceKey, KeyError};
use crate::id::Id;
use crate::inspection::Event;
use crate::log::{CaseHead, Checkpoint, Disclosure, Entry, Header, Position, Seen};
use crate::seal;
use crate::sign::{Prepared, Unverified};
use crate::store::rows;
use crate::wire::Segment;
use rusqlite::Transaction;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

/// A checkpoint is due at most so long after an entry.
pub(crate) const CHECKPOINT_AFTER_MS: u64 = 60_000;
/// A checkpoint is due at most so many entries after the last.
pub(crate) const CHECKPOINT_AFTER_ENTRIES: u64 = 32;

/// What an entry needs from the platform, drawn before any transaction.
pub(crate) struct Moment {
    pub(crate) reading: Reading,
    salts: Vec<[u8; 16]>,
}

/// A checkpoint that is to be signed, and the mark that it raises.
struct Due {
    prepared: Prepared,
    mark: Mark,
}

/// Of each case in a log of this device: up to where it was looked through, and whether it was closed there.
#[derive(Default)]
pub(crate) struct Closed(BTreeMap<(u64, Id), (u64, bool)>);

impl Phone {
    /// Reads clocks and randomness for `events`; no lock is held.
    pub(crate) fn moment(&self, events: &[Event]) -> Result<Moment, PhoneError> {
        let mut fields = 1;
        for e in events {
            fields += e.to_fields()?.1.len();
        }
        Ok(Moment { reading: self.host.clock.now(), salts: (0..fields).map(|_| self.host.random_bytes()).collect() })
    }

    /// Appends events in one transaction with whatever else belongs to the act, and says which entries they became.
    pub(crate) fn append(
        &self,
        case: Option<Id>,
        events: &[Event],
        seen: Vec<Seen>,
        also: impl FnOnce(&Transaction<'_>) -> Result<(), PhoneError>,
    ) -> Result<Vec<Entry>, PhoneError> {
        let moment = self.moment(events)?;
        self.with(|inner| inner.append(moment, case, events, seen, also))
    }

    /// Signs a checkpoint over everything that is appended, and lays the outbox segment beside it. A locked or failed key leaves
    /// "checkpoint pending" and work goes on. Gives the newest checkpoint that covers all entries, if there is one.
    pub(crate) fn checkpoint(&self) -> Result<Option<rows::CheckpointRow>, PhoneError> {
        let now = self.host.clock.now();
        if !self.with(|inner| Ok(inner.may_sign()))? {
            return Ok(None);
        }
        let Some(Due { prepared, mark }) = self.with(|inner| inner.prepare_checkpoint(now.clone()))? else {
            return self.with(|inner| Ok(inner.store.read(|c| rows::last_checkpoint(c, inner.life))?));
        };
        let Mark { cp_no, size, generation, .. } = mark;
        let key = self.with(|inner| Ok(inner.enrolled()?.enrolment.log_key))?;
        let signature = self.host.keys.sign(DeviceKey::Log, generation, &prepared.message()?);
        let signed = signature.and_then(|s| {
            let cose = prepared.finish(&s).map_err(|_| KeyError::Failed)?;
            // A key that signs as another one has taken the place of a lost one (F43).
            match Unverified::read(&cose, Checkpoint::TYP).and_then(|u| u.verify(&key)) {
                Ok(_) => Ok(cose),
                Err(_) => Err(KeyError::Gone),
            }
        });
        let cose = match signed {
            Ok(cose) => cose,
            Err(trouble) => {
                self.with(|inner| {
                    inner.key_trouble = Some(trouble);
                    Ok(())
                })?;
                return Ok(None);
            }
        };
        let outbox = self.folder.join("outbox");
        let row = self.with(|inner| {
            let (before, life) = (inner.checkpointed, inner.life);
            let entries = inner.store.read(|c| rows::entries(c, life, before))?;
            let entries: Vec<Entry> = entries.into_iter().filter(|e| e.header().seq < size).collect();
            let adopted = if cp_no == 0 { inner.adopted(life, inner.device.log)? } else { None };
            let segment = Segment { log: inner.device.log, from: before, entries, checkpoint: cose.clone(), adopted };
            let name = if life == 0 { format!("{cp_no:08}.age") } else { format!("{life:02}-{cp_no:08}.age") };
            write_sealed(&outbox, &name, &segment.encode()?, &inner.office_recipients(now.wall_ms)?)?;
            inner.store.write::<_, PhoneError>(|tx| Ok(rows::add_checkpoint(tx, life, cp_no, size, &cose, &name)?))?;
            inner.checkpointed = size;
            inner.key_trouble = None;
            inner.unsigned_since = (inner.frontier.size() > size).then_some(now.mono_ms);
            Ok(inner.store.read(|c| rows::last_checkpoint(c, life))?)
        })?;
        // The mark follows the durable checkpoint; if it cannot be written now, the next start raises it.
        let _ = self.raise_to(mark);
        Ok(row)
    }

    /// The checkpoint that an act needs: everything so far under one signature.
    pub(crate) fn require_checkpoint(&self) -> Result<rows::CheckpointRow, PhoneError> {
        if let Some(row) = self.checkpoint()? {
            return Ok(row);
        }
        Err(self.with(|i| {
            Ok(match i.key_trouble {
                _ if !i.may_sign() => PhoneError::NotEnrolled,
                Some(KeyError::Gone) => PhoneError::KeyGone,
                _ => PhoneError::Locked,
            })
        })?)
    }
}

impl Inner {
    pub(crate) fn append(
        &mut self,
        moment: Moment,
        case: Option<Id>,
        events: &[Event],
        seen: Vec<Seen>,
        also: impl FnOnce(&Transaction<'_>) -> Result<(), PhoneError>,
    ) -> Result<Vec<Entry>, PhoneError> {
        let enrolment = self.enrolled()?;
        let (log, life, actor) = (self.device.log, self.life, enrolment.enrolment.person);
        let clocks = self.clocks(moment.reading.clone());
        let jumped = self.last.as_ref().and_then(|l| jump(l, &moment.reading)).map(|j| Event::ClockJumped { by_ms: j.by_ms });
        let mut salts = moment.salts.into_iter();
        let mut frontier = self.frontier.clone();
        let mut entries = Vec::new();
        self.store.write::<_, PhoneError>(|tx| {
            let mut last = rows::last_header(tx, life, None)?;
            let mut last_of_case = match case {
                Some(_) => rows::last_header(tx, life, case)?,
                None => None,
            };
            for (i, event) in jumped.iter().chain(events).enumerate() {
                let (kind, fields) = event.to_fields()?;
                let position = match (case, &last_of_case) {
                    (None, _) => None,
                    (Some(case), None) => Some(Position { case, seq: 0, prev: None }),
                    (Some(case), Some(h)) => {
                        let before = Header::decode(h)?.position.map_or(0, |p| p.seq);
                        Some(Position { case, seq: before + 1, prev: Some(crate::id::sha256(h)) })
                    }
                };
                let header = Header {
                    log,
                    seq: frontier.size(),
                    prev: last.as_ref().map(|h| crate::id::sha256(h)),
                    position,
                    kind,
                    version: 1,
                    clocks: clocks.clone(),
                    actor: Some(actor),
                    commitments: BTreeMap::new(),
                    seen: if i == 0 { seen.clone() } else { Vec::new() },
                };
                let disclosures = fields
                    .into_iter()
                    .map(|(name, value)| Ok(Disclosure::new(salts.next().ok_or(PhoneError::Host)?, &name, value)?))
                    .collect::<Result<Vec<_>, PhoneError>>()?;
                let entry = Entry::new(header, disclosures)?;
                rows::add_entry(tx, life, &entry)?;
                frontier.push(entry.leaf());
                last = Some(entry.bytes().to_vec());
                if case.is_some() {
                    last_of_case.clone_from(&last);
                }
                entries.push(entry);
            }
            also(tx)
        })?;
        self.frontier = frontier;
        self.last = Some(moment.reading.clone());
        self.unsigned_since.get_or_insert(moment.reading.mono_ms);
        Ok(entries)
    }

    /// Whether a case was closed in this log, whose newest entry of it is at `seq`. What was looked through once is not again (F26).
    fn is_closed(&mut self, case: Id, seq: u64) -> Result<bool, PhoneError> {
        let (next, closed) = self.closed.0.get(&(self.life, case)).copied().unwrap_or_default();
        if closed || next > seq {
            return Ok(closed);
        }
        let closed = self.store.read(|c| rows::has_kind(c, self.life, case, next, "inspection.closed"))?;
        self.closed.0.insert((self.life, case), (seq.saturating_add(1), closed));
        Ok(closed)
    }

    /// The next checkpoint; `None` when nothing is new.
    fn prepare_checkpoint(&mut self, now: Reading) -> Result<Option<Due>, PhoneError> {
        let size = self.frontier.size();
        if size == self.checkpointed {
            return Ok(None);
        }
        let last = self.store.read(|c| rows::last_checkpoint(c, self.life))?;
        let cp_no = last.as_ref().map_or(0, |c| c.cp_no + 1);
        let mut cases = Vec::new();
        for i in self.store.read(rows::inspections)? {
            let Some(head) = self.store.read(|c| rows::last_header(c, self.life, Some(i.case)))? else { continue };
            let length = Header::decode(&head)?.position.map_or(0, |p| p.seq + 1);
            let seq = Header::decode(&head)?.seq;
            // Open cases, and those whose last entry is under this checkpoint for the first time.
            if seq >= self.checkpointed || !self.is_closed(i.case, seq)? {
                cases.push(CaseHead { case: i.case, length, head: crate::id::sha256(&head) });
            }
        }
        let receipt = self.store.setting(super::state::key::RECEIPT)?.and_then(|r| r.try_into().ok());
        let enrolled = self.enrolled()?;
        let checkpoint = Checkpoint {
            log: self.device.log,
            cp_no,
            previous: last.map(|c| Checkpoint::digest(&c.cose)),
            size,
            root: self.frontier.root(),
            cases,
            clocks: self.clocks(now),
            receipt,
            enrolment: crate::enrolment::Enrolment::digest(&enrolled.cose),
        };
        let prepared = Prepared::embedded(Checkpoint::TYP, &enrolled.enrolment.log_key, checkpoint.encode()?)?;
        let mark = Mark { log: checkpoint.log, cp_no, size, root: checkpoint.root, generation: self.generation };
        Ok(Some(Due { prepared, mark }))
    }
}

/// Seals bytes to a file: temporary name, fsync, rename, fsync of the folder.
pub(crate) fn write_sealed(
    folder: &Path,
    name: &str,
    clear: &[u8],
    to: &seal::Recipients,
) -> Result<seal::SealedSummary, PhoneError> {
    let temporary = folder.join(format!("{name}.tmp"));
    let mut file = fs::File::create(&temporary)?;
    let summary = seal::seal(&mut &*clear, &mut file, to)?;
    file.flush()?;
    file.sync_all()?;
    fs::rename(&temporary, folder.join(name))?;
    fs::File::open(folder)?.sync_all()?;
    Ok(summary)
}
