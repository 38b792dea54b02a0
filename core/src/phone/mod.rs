//! The façade of one device: everything that a shell calls. Synchronous, thread-safe, answers [`PhoneError::Busy`] instead of waiting.
//!
//! A call that writes holds the *operation* for its whole length and the *store* only for short moments, never while it calls the host:
//! a host callback that calls back is answered `Busy` and cannot deadlock.

mod act;
mod answer;
mod carried;
mod certificate;
mod challenge;
mod derive;
mod drawn;
mod error;
mod exchange;
mod fold;
mod form;
mod identity;
mod ink;
mod journal;
mod known;
mod lead;
mod lists;
mod lookup;
mod mark;
mod measure;
mod mirror;
mod moved;
mod office;
mod orphan;
mod pair;
mod paper;
mod photo;
mod queue;
mod record;
mod recording;
mod state;
mod succession;
mod view;
mod wipe;

pub use act::{Act, ActResult};
pub use certificate::{BadgeScreen, CertificateState, CertificateView};
pub use derive::{Derivation, Transcript};
pub use error::PhoneError;
pub use exchange::{HttpFile, HttpRequest};
pub use form::{CorrectInput, DraftView, FieldView, FormView};
pub use identity::{FrameKind, QrFrame};
pub use ink::InkPage;
pub use lists::OfficersView;
pub use lookup::{DiscretionView, FactAsk, HandbookView, LenientView, OfferView, PageView, ScriptView, TierView};
pub use measure::{ClockView, MeasureAct, MeasureInput, MeasureView, StepView};
pub use mirror::MirrorView;
pub use moved::{MovedItem, PackMoveView};
pub use office::OfficeState;
pub use orphan::OrphanView;
pub use pair::{Peer, PeerEvent};
pub use paper::{PaperView, RefuseInput, SignInput, SubjectView};
pub use photo::{CaptureInfo, EvidenceView, PhotoCheck};
pub use queue::{QueueItem, QueueState, Sending};
pub use recording::{Interruption, PART_MS, PartInfo, PartView, RecordingStanding, RecordingState, RecordingView};
pub use succession::LogState;
pub use view::{
    ChecklistView, CheckpointView, ItemView, NodeView, NoticeItemView, NoticeView, PackView, ReviewView, Status, TaskView,
};

use crate::host::Host;
use crate::id::Id;
use crate::store::Store;
use state::Inner;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use zeroize::Zeroizing;

/// One device's core.
pub struct Phone {
    folder: PathBuf,
    host: Host,
    op: Mutex<()>,
    inner: Mutex<Option<Inner>>,
    /// Recordings that this process has begun and not ended.
    recordings: Mutex<BTreeSet<String>>,
}

impl Phone {
    /// Opens the phone's folder, or makes it. The store's key is made here and wrapped by the host's key store.
    ///
    /// # Errors
    /// [`PhoneError::NewerStore`], [`PhoneError::KeyGone`] (the wrapped key cannot be had), [`PhoneError::Wiped`], [`PhoneError::Storage`].
    pub fn open(folder: &Path, host: Host) -> Result<Self, PhoneError> {
        wipe::refuse_wiped(folder, &host)?;
        for part in ["evidence", "outbox", "inbox"] {
            fs::create_dir_all(folder.join(part))?;
        }
        let key = store_key(folder, &host)?;
        let store = Store::open(&folder.join("store.db"), &key)?;
        let inner = Inner::load(store, &host)?;
        let phone = Self {
            folder: folder.to_owned(),
            host,
            op: Mutex::new(()),
            inner: Mutex::new(Some(inner)),
            recordings: Mutex::default(),
        };
        phone.recognise()?;
        phone.count_away()?;
        Ok(phone)
    }

    /// Closes: later calls answer [`PhoneError::Closed`]. Everything acknowledged is durable already.
    ///
    /// # Errors
    /// [`PhoneError::Busy`] while another call is under way.
    pub fn close(&self) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        *self.inner.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    /// Where the shell's camera is to put its files: what is found here after a kill is an orphan, not lost.
    #[must_use]
    pub fn inbox(&self) -> PathBuf {
        self.folder.join("inbox")
    }

    /// Work that is due: a checkpoint at most 60 s or 32 entries after the last. Gives the milliseconds until it wants to be called next, or until the
    /// office may be asked again after a failure.
    ///
    /// # Errors
    /// [`PhoneError::Busy`], [`PhoneError::Closed`], [`PhoneError::Wiped`], [`PhoneError::Storage`].
    pub fn tick(&self) -> Result<u64, PhoneError> {
        let _op = self.operation()?;
        self.count_away()?;
        let now = self.host.clock.now().mono_ms;
        let due = self.with(|i| Ok(i.checkpoint_due_in(now)))?;
        if due == Some(0) {
            self.checkpoint()?;
            self.succeed()?;
        }
        let due = due.filter(|d| *d > 0).unwrap_or(journal::CHECKPOINT_AFTER_MS);
        let now = self.host.clock.now();
        let waits = self.with(|i| Ok(i.rests.values().chain([&i.pace]).map(|p| p.wait_ms(&now)).filter(|w| *w > 0).min()))?;
        Ok(waits.map_or(due, |again| due.min(again)))
    }

    fn operation(&self) -> Result<MutexGuard<'_, ()>, PhoneError> {
        match self.op.try_lock() {
            Ok(g) => Ok(g),
            Err(TryLockError::WouldBlock) => Err(PhoneError::Busy),
            Err(TryLockError::Poisoned(p)) => Ok(p.into_inner()),
        }
    }

    fn running(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.recordings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<R>(&self, f: impl FnOnce(&mut Inner) -> Result<R, PhoneError>) -> Result<R, PhoneError> {
        let mut guard = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        f(guard.as_mut().ok_or_else(|| if wipe::is_wiped(&self.folder) { PhoneError::Wiped } else { PhoneError::Closed })?)
    }
}

/// An id from the façade's text.
fn id(text: &str, what: &'static str) -> Result<Id, PhoneError> {
    Id::from_hex(text).ok_or(PhoneError::NotFound(what))
}

/// Blocks when there are gates.
fn pass(gates: Vec<crate::inspection::Gate>) -> Result<(), PhoneError> {
    if gates.is_empty() { Ok(()) } else { Err(PhoneError::Blocked(gates)) }
}

fn store_key(folder: &Path, host: &Host) -> Result<Zeroizing<[u8; 32]>, PhoneError> {
    let path = folder.join("store.key");
    if path.exists() {
        let secret = Zeroizing::new(host.keys.unwrap(&fs::read(&path)?)?);
        return secret.as_slice().try_into().map(Zeroizing::new).map_err(|_| PhoneError::KeyGone);
    }
    if folder.join("store.db").exists() {
        return Err(PhoneError::KeyGone);
    }
    let secret = Zeroizing::new(host.random_bytes::<32>());
    let temporary = folder.join("store.key.tmp");
    let mut file = fs::File::create(&temporary)?;
    file.write_all(&host.keys.wrap(secret.as_slice())?)?;
    file.sync_all()?;
    fs::rename(&temporary, &path)?;
    fs::File::open(folder)?.sync_all()?;
    Ok(secret)
}

impl Inner {
    /// Milliseconds until a checkpoint is due; `None` when nothing is unsigned or nobody is enrolled.
    pub(crate) fn checkpoint_due_in(&self, now: u64) -> Option<u64> {
        if !self.may_sign() {
            return None;
        }
        let unsigned = self.frontier.size().checked_sub(self.checkpointed).filter(|n| *n > 0)?;
        let since = now.saturating_sub(self.unsigned_since.unwrap_or(now));
        if unsigned >= journal::CHECKPOINT_AFTER_ENTRIES {
            Some(0)
        } else {
            Some(journal::CHECKPOINT_AFTER_MS.saturating_sub(since))
        }
    }
}
