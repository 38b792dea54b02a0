//! What is to go to the office: the state of each item, why it waits, and what a person can do about it (F17, F23, F27–F29; R23).

use super::state::{Inner, key};
use super::{Phone, PhoneError};
use crate::id::{Digest, hex};
use crate::store::mirror::{self, MirrorCheckpoint};
use crate::store::rows::{self, CheckpointRow, Offer, SealedKind, SealedRow};
use crate::store::{StoreError, set};
use crate::sync::schedule::{Conditions, Network, Pace, Policy, Wait, Weight};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// How far an item of the queue is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueState {
    /// Not begun.
    Waiting,
    /// Partly sent.
    Sending {
        /// Bytes that the office has.
        offset: u64,
        /// Bytes in all.
        length: u64,
    },
    /// The office's verified receipt is here.
    Received,
    /// Parked; the reason.
    Parked(String),
}

/// One item of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueItem {
    /// `segment`, `paper`, `strokes`, `thumbnail`, `photo`, `derived`, `audio` or `video`; `carried` for a segment of a paired phone that this one brings;
    /// `unknown` for what the office asks for and was never here.
    pub kind: String,
    /// Checkpoint number, paper or evidence id; of what is carried also for whom.
    pub id: String,
    /// How far.
    pub state: QueueState,
    /// Why it does not go on now; none for what is received or parked.
    pub waits: Option<Wait>,
}

/// Whether and when the office is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sending {
    /// The user stopped it.
    pub paused: bool,
    /// A request is under way.
    pub busy: bool,
    /// How often in a row the office was not reached.
    pub failures: u32,
    /// Milliseconds until the next try; 0 when it may be made now.
    pub wait_ms: u64,
}

impl Phone {
    /// Whether and when the office is asked again.
    ///
    /// # Errors
    /// [`PhoneError::Closed`], [`PhoneError::Storage`].
    pub fn sending(&self) -> Result<Sending, PhoneError> {
        let now = self.host.clock.now();
        self.with(|i| {
            Ok(Sending {
                paused: i.paused()?,
                busy: !i.pending.is_empty(),
                failures: i.pace.failures(),
                wait_ms: i.pace.wait_ms(&now),
            })
        })
    }

    /// What the shell knows of network and battery; until it says so, everything may be sent.
    ///
    /// # Errors
    /// [`PhoneError::Closed`].
    pub fn set_conditions(&self, conditions: Conditions) -> Result<(), PhoneError> {
        self.with(|i| {
            // Another network is another chance: what failed on the old one says little.
            if i.conditions.network != conditions.network && conditions.network != Network::None {
                i.pace = i.pace.hurried();
                i.rests.clear();
            }
            i.conditions = conditions;
            Ok(())
        })
    }

    /// What is sent over which network and at which charge.
    ///
    /// # Errors
    /// [`PhoneError::Storage`].
    pub fn sending_policy(&self) -> Result<Policy, PhoneError> {
        self.with(|i| i.policy())
    }

    /// Sets it; kept.
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] for a charge above 100 %.
    pub fn set_sending_policy(&self, policy: Policy) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        if policy.least_battery > 100 {
            return Err(PhoneError::Invalid("电量须在 0 到 100 之间 / a charge is 0 to 100 percent".into()));
        }
        self.with(|i| i.store.write::<_, PhoneError>(|tx| Ok(set(tx, key::SENDING_POLICY, &policy.encode()?)?)))
    }

    /// The user stops sending, or lets it go on; kept over a restart. What is under way ends.
    ///
    /// # Errors
    /// [`PhoneError::Storage`].
    pub fn pause_sending(&self, paused: bool) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        self.with(|i| {
            i.store.write::<_, PhoneError>(|tx| {
                if paused { Ok(set(tx, key::SENDING_PAUSED, &[1])?) } else { Ok(rows::unset(tx, key::SENDING_PAUSED)?) }
            })
        })
    }

    /// The user asks for it now: no wait after earlier failures.
    ///
    /// # Errors
    /// [`PhoneError::Storage`].
    pub fn send_now(&self) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        self.with(|i| {
            i.rests.clear();
            i.set_pace(i.pace.hurried())
        })
    }

    /// Gives up the requests that are under way: nothing is marked, no failure is counted, a late answer is not looked at.
    ///
    /// # Errors
    /// [`PhoneError::Closed`].
    pub fn cancel_request(&self) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        self.with(|i| {
            i.pending.clear();
            Ok(())
        })
    }

    /// Takes everything parked up again (F17).
    ///
    /// # Errors
    /// [`PhoneError::Storage`].
    pub fn retry_parked(&self) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        self.with(|i| i.store.write::<_, PhoneError>(|tx| Ok(rows::unpark(tx)?)))
    }

    /// Takes one parked item up again (F17).
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn retry_item(&self, kind: &str, id: &str) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        self.with(|i| match i.item(kind, id)? {
            Item::Segment(row) => i.store.write::<_, PhoneError>(|tx| Ok(rows::unpark_checkpoint(tx, row.life, row.cp_no)?)),
            Item::Carried(row) => i.store.write::<_, PhoneError>(|tx| Ok(mirror::unpark(tx, Some((row.log, row.cp_no)))?)),
            Item::File(mut row) => {
                row.parked = None;
                i.store.write::<_, PhoneError>(|tx| Ok(rows::update_sealed(tx, &row)?))
            }
        })
    }

    /// Copies the sealed file of an item, to be carried to the office by hand (F17). It stays in the queue, and only the office can open it.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`]; [`PhoneError::Storage`] when `to` is there already or cannot be written.
    pub fn export_item(&self, kind: &str, id: &str, to: &Path) -> Result<(), PhoneError> {
        let from = self.with(|i| i.item(kind, id))?.path(&self.folder);
        let write = || {
            let mut new = File::create_new(to)?;
            std::io::copy(&mut File::open(&from)?, &mut new)?;
            new.sync_all()
        };
        let written: std::io::Result<()> = write();
        if let Err(e) = written {
            if e.kind() != std::io::ErrorKind::AlreadyExists {
                let _ = fs::remove_file(to);
            }
            return Err(e.into());
        }
        Ok(())
    }
}

/// Kind of what is carried for others.
const CARRIED: &str = "carried";

/// What an item of the queue is in the store.
enum Item {
    Segment(CheckpointRow),
    Carried(MirrorCheckpoint),
    File(SealedRow),
}

impl Item {
    fn path(&self, folder: &Path) -> PathBuf {
        match self {
            Self::Segment(row) => folder.join("outbox").join(&row.segment),
            Self::Carried(row) => folder.join("outbox").join(&row.segment),
            Self::File(row) => folder.join("evidence").join(&row.file),
        }
    }
}

/// The number of a checkpoint as the queue names it: with its log where that is not the first.
fn segment_id(row: &CheckpointRow) -> String {
    if row.life == 0 { row.cp_no.to_string() } else { format!("{}/{}", row.life, row.cp_no) }
}

/// How heavy a sealed file is.
fn weight(kind: SealedKind) -> Weight {
    match kind {
        SealedKind::Paper | SealedKind::Strokes | SealedKind::Thumbnail => Weight::Small,
        SealedKind::Photo | SealedKind::Derived => Weight::Pictures,
        SealedKind::Audio | SealedKind::Video => Weight::Recordings,
    }
}

impl Inner {
    pub(crate) fn paused(&self) -> Result<bool, PhoneError> {
        Ok(self.store.setting(key::SENDING_PAUSED)?.is_some())
    }

    pub(crate) fn policy(&self) -> Result<Policy, PhoneError> {
        Ok(self.store.setting(key::SENDING_POLICY)?.map(|b| Policy::decode(&b)).transpose()?.unwrap_or_default())
    }

    pub(crate) fn set_pace(&mut self, pace: Pace) -> Result<(), PhoneError> {
        if pace != self.pace {
            let bytes = pace.encode()?;
            self.store.write::<_, PhoneError>(|tx| Ok(set(tx, key::SENDING_PACE, &bytes)?))?;
            self.pace = pace;
        }
        Ok(())
    }

    /// Why nothing at all is sent now.
    pub(crate) fn held_up(&self, now: &crate::clock::Reading) -> Result<Option<Wait>, PhoneError> {
        Ok(if self.paused()? {
            Some(Wait::Paused)
        } else if self.conditions.network == Network::None {
            Some(Wait::NoNetwork)
        } else if self.pace.wait_ms(now) > 0 {
            Some(Wait::Later)
        } else {
            None
        })
    }

    fn item(&self, kind: &str, id: &str) -> Result<Item, PhoneError> {
        if kind == "segment" {
            let all = self.store.read(rows::checkpoints)?;
            return all.into_iter().find(|c| segment_id(c) == id).map(Item::Segment).ok_or(PhoneError::NotFound("segment"));
        }
        if kind == CARRIED {
            let found = self.carried_items()?.into_iter().find(|(named, _)| named == id);
            return found.map(|(_, row)| Item::Carried(row)).ok_or(PhoneError::NotFound("segment"));
        }
        let all = self.store.read(|c| rows::sealed_files(c, None))?;
        let found = all.into_iter().rev().find(|f| f.kind.name() == kind && f.name == id && !f.deleted);
        found.map(Item::File).ok_or(PhoneError::NotFound("sealed file"))
    }

    /// What is carried for others, each with its name: for whom, which log, which checkpoint.
    fn carried_items(&self) -> Result<Vec<(String, MirrorCheckpoint)>, PhoneError> {
        self.store.read(|c| {
            let of = mirror::all(c)?;
            let named = |row: MirrorCheckpoint| {
                let name = &of.iter().find(|m| m.log == row.log).ok_or(StoreError::Damaged("mirror"))?.name;
                let log: String = row.log.to_string().chars().take(8).collect();
                Ok((format!("{name} {log}/{}", row.cp_no), row))
            };
            mirror::checkpoints(c, None)?.into_iter().map(named).collect()
        })
    }

    /// Everything that was to be sent, in the order in which it was made.
    pub(crate) fn queue(&self, now: &crate::clock::Reading) -> Result<Vec<QueueItem>, PhoneError> {
        let all = self.held_up(now)?;
        let (allowed, why) = self.policy()?.allows(&self.conditions);
        let rests = |item: Option<Digest>| self.rests.get(&item).is_some_and(|pace| pace.wait_ms(now) > 0);
        let item = |kind: &str, id: String, heavy: Weight, state: QueueState, file: Option<Digest>| {
            let open = matches!(state, QueueState::Waiting | QueueState::Sending { .. });
            let own = if heavy > allowed { why } else { rests(file).then_some(Wait::Later) };
            let held = all.or(own).unwrap_or(Wait::Turn);
            QueueItem { kind: kind.to_owned(), id, state, waits: open.then_some(held) }
        };
        let mut queue = Vec::new();
        for c in self.store.read(rows::checkpoints)? {
            let id = segment_id(&c);
            let state = match (c.offer, c.receipt, c.parked) {
                (Offer::Covered, ..) | (Offer::None | Offer::Ask, Some(_), _) => QueueState::Received,
                (_, _, Some(why)) => QueueState::Parked(why),
                _ => QueueState::Waiting,
            };
            queue.push(item("segment", id, Weight::Small, state, None));
        }
        for (id, c) in self.carried_items()? {
            let state = match (c.receipt.is_some() || c.covered, c.parked) {
                (true, _) => QueueState::Received,
                (false, Some(why)) => QueueState::Parked(why),
                (false, None) => QueueState::Waiting,
            };
            queue.push(item(CARRIED, id, Weight::Small, state, None));
        }
        for f in self.store.read(|c| rows::sealed_files(c, None))? {
            let state = match (f.custody.is_some() && !f.again, f.parked) {
                (true, _) => QueueState::Received,
                (false, Some(why)) => QueueState::Parked(why),
                (false, None) if f.offset > 0 => QueueState::Sending { offset: f.offset, length: f.summary.sealed_len },
                (false, None) => QueueState::Waiting,
            };
            queue.push(item(f.kind.name(), f.name, weight(f.kind), state, Some(f.summary.sealed)));
        }
        for sealed in self.store.read(rows::not_here)? {
            queue.push(item("unknown", hex(&sealed), Weight::Small, QueueState::Parked("not_here".into()), None));
        }
        Ok(queue)
    }
}
