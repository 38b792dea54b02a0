//! What an answer of the office means: judged first, then taken into the store in one transaction with what it moves.

use super::state::{AnchorHeld, Inner, key};
use super::{Phone, PhoneError, id, lists};
use crate::badge::{Assignment, Badge};
use crate::cbor::{self, Value};
use crate::clock::Reading;
use crate::enrolment::{self, Enrolment};
use crate::host::DeviceKey;
use crate::id::{Digest, sha256};
use crate::inspection::Task;
use crate::log::{Custody, CustodyState, LogReceipt, OfficeLeaf};
use crate::pack::signed;
use crate::seal;
use crate::store::rows::OwnLog;
use crate::store::{mirror, rows, set};
use crate::sync::schedule::Pace;
use crate::sync::{Pending, Plan, Round};
use crate::trust::{RootFingerprint, TrustError, TrustList};
use crate::wire::{self, Answer, FeedKind, Item, ReviewResult, Submission, Wanted, WipeOrder, WireError, Withdrawal};
use std::ops::RangeInclusive;

/// An anchor counts when the answer came within this time.
const ROUND_TRIP_MS: u64 = 10_000;
/// Largest body of an answer: of the feed, and of everything else.
const MAX_FEED: u64 = 16 << 20;
const MAX_ANSWER: u64 = 1 << 20;

impl Phone {
    /// Takes the response. Anything but the expected status with a body signed by the office is "not sent": nothing is marked as done.
    ///
    /// # Errors
    /// [`PhoneError::Refused`] says why it does not count; the same item is tried again in a later round, or parked with a reason.
    pub fn on_response(&self, id: u64, status: u16, headers: &[(String, String)], body: &[u8]) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let now = self.host.clock.now();
        let pending = self.with(|i| i.pending.remove(&id).ok_or(PhoneError::NotFound("request")))?;
        let judged = self.judge(&pending, &now, status, headers, body);
        let chance = u64::from_le_bytes(self.host.random_bytes());
        self.with(|i| match &judged {
            Ok(()) => {
                i.rests.remove(&pending.plan.file().copied());
                i.set_pace(Pace::default())
            }
            Err(Unsent::Failed(_)) if i.same_again(&pending, &now)? => {
                // The office answers but fails at this one: it alone waits.
                let item = pending.plan.file().copied();
                let pace = i.rests.remove(&item).unwrap_or_default().failed(&now, chance);
                i.rests.insert(item, pace);
                i.set_pace(Pace::default())
            }
            // The list first, then the same again.
            Err(_) if i.trust_asked && pending.plan != Plan::Trust => Ok(()),
            // Asked again it would be the same question, or there is no newer list: not at once.
            Err(_) if pending.plan == Plan::Trust || i.same_again(&pending, &now)? => i.set_pace(i.pace.failed(&now, chance)),
            Err(_) => Ok(()),
        })?;
        judged.map_err(Unsent::into)
    }

    fn judge(
        &self,
        pending: &Pending,
        now: &Reading,
        status: u16,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Result<(), Unsent> {
        if body.len() as u64 > limit(&pending.plan) {
            return Err(PhoneError::Refused("回应过大 / the response is too large".into()).into());
        }
        // An answer of a version that is not spoken here cannot be verified either: nothing of it is taken, whoever gave it.
        let version = headers.iter().find(|(k, _)| k.eq_ignore_ascii_case(wire::VERSION_HEADER)).map(|(_, v)| v.as_str());
        if wire::common_version(version).is_none() {
            return Err(PhoneError::Update.into());
        }
        if pending.plan == Plan::Trust {
            return Ok(self.with(|i| i.take_trust(status, body, now.wall_ms))?);
        }
        if let Plan::Epoch(epoch) = pending.plan {
            return Ok(self.with(|i| i.take_epoch(epoch, status, body))?);
        }
        let header = headers.iter().find(|(k, _)| k.eq_ignore_ascii_case(wire::RESPONSE_HEADER)).map(|(_, v)| v.as_str());
        let answer = self.with(|i| {
            let answer = Answer::open(header, i.trust()?, &pending.digest, &pending.nonce, status, body);
            match &answer {
                Ok(_) => i.trust_asked = false,
                Err(WireError::Trust(TrustError::SignerUnknown | TrustError::Expired)) => i.trust_asked = true,
                Err(_) => {}
            }
            Ok(answer)
        })?;
        let answer = answer.map_err(|e| {
            PhoneError::Refused(format!("不是机关的回应，视为未发送 / not an answer of the office: not sent ({e})"))
        })?;
        if let Some((cose, anchor)) = &answer.anchor
            && pending.sent.boot == now.boot
            && now.mono_ms.saturating_sub(pending.sent.mono_ms) <= ROUND_TRIP_MS
        {
            self.with(|i| i.set_anchor(AnchorHeld::new(cose, anchor.at, now)))?;
        }
        if status == 403
            && let Some(order) = WipeOrder::from_refusal(body)
        {
            return Ok(self.obey(&order)?);
        }
        if status == 426 && wire::error_code(body).is_some_and(|(code, _)| code == wire::UPDATE_CODE) {
            return Err(PhoneError::Update.into());
        }
        self.with(|i| i.in_contact(now))?;
        if let (Plan::Consistency { .. }, 200) = (&pending.plan, status) {
            self.take_proof(pending, &answer.said, body)?;
        }
        self.hear(answer.head, &answer.said)?;
        if status == pending.plan.success() {
            let upload_offset = headers
                .iter()
                .find(|(k, _)| k.eq_ignore_ascii_case("upload-offset"))
                .and_then(|(_, v)| v.trim().parse::<u64>().ok());
            return Ok(self.accept(&pending.plan, body, answer.at, upload_offset)?);
        }
        let refused = self.with(|i| i.reject(&pending.plan, status, body));
        match refused {
            Err(e) if status >= 500 && !matches!(status, 503 | 507) => Err(Unsent::Failed(e)),
            other => Ok(other?),
        }
    }

    /// The request did not reach the office or no answer came; it is planned again, after a wait (F28).
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] for another request.
    pub fn on_failure(&self, id: u64) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let now = self.host.clock.now();
        let chance = u64::from_le_bytes(self.host.random_bytes());
        self.with(|i| {
            i.pending.remove(&id).ok_or(PhoneError::NotFound("request"))?;
            i.round = Round::default();
            i.set_pace(i.pace.failed(&now, chance))
        })
    }

    fn accept(&self, plan: &Plan, body: &[u8], at: i64, upload_offset: Option<u64>) -> Result<(), PhoneError> {
        match plan {
            Plan::Enrol => self.take_enrolment(&enrolment::from_answer(body)?),
            Plan::Segment { life, cp_no, last, .. } => {
                receipts(body, *cp_no..=*last)?.try_for_each(|(no, receipt)| self.with(|i| i.take_receipt(*life, no, &receipt)))
            }
            Plan::Carried { log, cp_no, last, .. } => {
                receipts(body, *cp_no..=*last)?.try_for_each(|(no, receipt)| self.with(|i| i.take_carried(*log, no, &receipt)))
            }
            Plan::Feed { .. } => {
                let items = Item::from_batch(body)?;
                let mut result = Ok(());
                for item in &items {
                    result = self.with(|i| i.take_item(item, at));
                    if result.is_err() {
                        break;
                    }
                }
                self.with(|i| {
                    i.round.feed_done = items.is_empty() || result.is_err();
                    if items.is_empty() && i.store.setting(key::FEED_AGAIN)?.is_some() {
                        i.store.write::<_, PhoneError>(|tx| Ok(rows::unset(tx, key::FEED_AGAIN)?))?;
                    }
                    i.reload(self.host.clock.now().wall_ms)
                })?;
                result
            }
            Plan::Create(d) => self.with(|i| {
                // The office says at once how much of it it has; one that does not is asked (HEAD).
                i.round.confirmed.extend(upload_offset.map(|_| *d));
                i.update_file(d, |r| {
                    r.created = true;
                    r.offset = upload_offset.map_or(r.offset, |offset| offset.min(r.summary.sealed_len));
                })
            }),
            Plan::Head(d) => {
                let offset = upload_offset.ok_or(PhoneError::Refused("no upload offset".into()))?;
                self.with(|i| {
                    i.round.confirmed.insert(*d);
                    i.update_file(d, |r| r.offset = offset.min(r.summary.sealed_len))
                })
            }
            Plan::Patch { sealed, offset, length } => {
                if upload_offset != Some(offset + length) {
                    return Err(PhoneError::Refused("upload offset does not fit".into()));
                }
                self.with(|i| i.update_file(sealed, |r| r.offset = offset + length))
            }
            Plan::Custody(d) => self.with(|i| i.take_custody(d, body)),
            Plan::OfficeSeen => self.with(|i| {
                i.round.shown_back = true;
                Ok(())
            }),
            Plan::Trust | Plan::Epoch(_) | Plan::Consistency { .. } => Ok(()),
        }
    }

    fn take_enrolment(&self, cose: &[u8]) -> Result<(), PhoneError> {
        let keys = &self.host.keys;
        let (generation, log) = self.with(|i| Ok(i.successor.map_or((i.generation, i.device.log), |s| (s.generation, s.log))))?;
        let own = [DeviceKey::Log, DeviceKey::Show, DeviceKey::Officer].map(|k| keys.public_key(k, generation));
        let [log_key, show_key, officer_key] = own;
        let own = [log_key?, show_key?, officer_key?];
        let now = self.best_time()?;
        let before = self.with(|i| Ok((i.generation, i.enrolled.is_some())))?;
        let to = self.with(|i| {
            let e = Enrolment::open(cose, i.trust()?)?;
            if e.log != log || e.device != i.device.id || [e.log_key, e.show_key, e.officer_key] != own {
                return Err(PhoneError::Refused("enrolment of another device".into()));
            }
            if i.enrolled.as_ref().is_some_and(|old| old.enrolment.person != e.person) {
                return Err(PhoneError::Refused("enrolment of another person".into()));
            }
            let to_come = e.log != i.device.log;
            let own = OwnLog { life: i.life, log, generation, enrolment: Some(cose.to_vec()) };
            i.store.write::<_, PhoneError>(|tx| {
                rows::unset(tx, key::CODE)?;
                if to_come {
                    return Ok(set(tx, key::NEXT_ENROLMENT, cose)?);
                }
                rows::put_own_log(tx, &own)?;
                for done in [key::SUCCESSOR, key::FEED, key::PACK_CHUNKS] {
                    rows::unset(tx, done)?;
                }
                Ok(set(tx, key::ENROLMENT, cose)?)
            })?;
            // What was refused under the old enrolment goes under the new one (F31).
            i.store.write::<_, PhoneError>(|tx| Ok(rows::unpark(tx)?))?;
            i.reload(now)?;
            i.office_recipients(now)
        })?;
        // The store's key, sealed to the office: a lost hardware key loses nothing that can still be fetched from this storage (P6, F43).
        let wrapped = std::fs::read(self.folder.join("store.key"))?;
        let secret = zeroize::Zeroizing::new(keys.unwrap(&wrapped)?);
        super::journal::write_sealed(&self.folder, "store.key.age", &secret, &to)?;
        self.begin_enrolled(cose)?;
        self.succeed()?;
        if before.1 && self.with(|i| Ok(i.generation != before.0 && i.checkpointed > 0))? {
            let _ = keys.forget(before.0);
        }
        Ok(())
    }
}

/// Why an answer does not count.
enum Unsent {
    /// The office itself failed at this one thing and answers otherwise.
    Failed(PhoneError),
    /// Anything else.
    Other(PhoneError),
}
impl From<PhoneError> for Unsent {
    fn from(e: PhoneError) -> Self {
        Self::Other(e)
    }
}
impl From<Unsent> for PhoneError {
    fn from(u: Unsent) -> Self {
        match u {
            Unsent::Failed(e) | Unsent::Other(e) => e,
        }
    }
}

/// Refusals that pass by themselves and say nothing of the item: a clock, a time-out, too many requests (F31).
fn passing(status: u16) -> bool {
    matches!(status, 401 | 408 | 429)
}

/// The receipts for these checkpoints, or for the first of them, each with its number.
fn receipts(body: &[u8], numbers: RangeInclusive<u64>) -> Result<impl Iterator<Item = (u64, Vec<u8>)>, PhoneError> {
    let receipts = Submission::from_answer(body)?;
    if receipts.len() > numbers.clone().count() {
        return Err(PhoneError::Refused("more receipts than segments".into()));
    }
    Ok(numbers.zip(receipts))
}

/// No answer to it is longer.
pub(super) fn limit(plan: &Plan) -> u64 {
    if matches!(plan, Plan::Feed { .. }) { MAX_FEED } else { MAX_ANSWER }
}

impl Inner {
    fn take_trust(&mut self, status: u16, body: &[u8], now: i64) -> Result<(), PhoneError> {
        self.trust_asked = false;
        if status != 200 {
            return Err(PhoneError::Refused(format!("信任列表未取得 / no trust list (HTTP {status})")));
        }
        let root = self.store.setting(key::ROOT)?.ok_or(PhoneError::NotEnrolled)?;
        let root = RootFingerprint(root.try_into().map_err(|_| PhoneError::NotEnrolled)?);
        match &self.trust {
            None => drop(TrustList::open(body, &root)?),
            Some(known) if known.open_newer(body)?.is_none() => {
                return Err(PhoneError::Refused("信任列表没有更新 / there is no newer trust list".into()));
            }
            Some(_) => {}
        }
        self.store.write::<_, PhoneError>(|tx| Ok(set(tx, key::TRUST, body)?))?;
        self.reload(now)
    }

    fn take_receipt(&mut self, life: u64, cp_no: u64, receipt: &[u8]) -> Result<(), PhoneError> {
        let verified = LogReceipt::open(receipt, self.trust()?)?;
        let row = self.store.read(|c| rows::checkpoint_of(c, life, cp_no))?.ok_or(PhoneError::NotFound("checkpoint"))?;
        let own = self.store.read(rows::own_logs)?.into_iter().find(|l| l.life == life).map(|l| l.log);
        let OfficeLeaf::Checkpoint { checkpoint, log, size, .. } = verified.leaf else {
            return Err(PhoneError::Refused("receipt for something else".into()));
        };
        if checkpoint != sha256(&row.cose) || Some(log) != own || size != row.size {
            return Err(PhoneError::Refused("receipt for another checkpoint".into()));
        }
        self.round.office_size = None;
        self.store.write::<_, PhoneError>(|tx| {
            if let Some(before) = row.receipt.filter(|b| b != receipt) {
                rows::keep_receipt(tx, &sha256(&before), &before)?;
            }
            rows::set_receipt(tx, life, cp_no, receipt)?;
            rows::office_holds(tx, life, size)?;
            Ok(set(tx, key::RECEIPT, &verified.digest)?)
        })
    }

    fn take_custody(&mut self, sealed: &Digest, body: &[u8]) -> Result<(), PhoneError> {
        let custody = Custody::open(body, self.trust()?)?;
        let mut row = self.store.read(|c| rows::sealed_by_digest(c, sealed))?.ok_or(PhoneError::NotFound("sealed file"))?;
        if custody.sealed != *sealed || custody.clear != row.summary.clear || custody.length != row.summary.clear_len {
            return Err(PhoneError::Refused("custody receipt for another file".into()));
        }
        if custody.state != CustodyState::Opened {
            self.round.deferred.insert(*sealed);
            return Ok(());
        }
        let before = row.custody.replace(body.to_vec()).filter(|b| b != body);
        row.again = false;
        self.store.write::<_, PhoneError>(|tx| {
            if let Some(before) = before {
                rows::keep_receipt(tx, &sha256(&before), &before)?;
            }
            Ok(rows::update_sealed(tx, &row)?)
        })
    }

    pub(super) fn update_file(&mut self, sealed: &Digest, change: impl FnOnce(&mut rows::SealedRow)) -> Result<(), PhoneError> {
        let mut row = self.store.read(|c| rows::sealed_by_digest(c, sealed))?.ok_or(PhoneError::NotFound("sealed file"))?;
        change(&mut row);
        self.store.write::<_, PhoneError>(|tx| Ok(rows::update_sealed(tx, &row)?))
    }

    /// The office holds so many entries of a log. Less than it gave receipts for: it was restored from a backup, and everything that it had is asked
    /// about or offered again (F34).
    fn office_size(&mut self, life: u64, size: u64) -> Result<(), PhoneError> {
        self.round.office_size = Some((life, size));
        self.store.write::<_, PhoneError>(|tx| {
            if rows::office_lacks(tx, life, size)? {
                rows::ask_again(tx)?;
            }
            Ok(rows::office_holds(tx, life, size)?)
        })
    }

    /// A signed refusal of the office: named, parked where trying again would not help, never lost.
    fn reject(&mut self, plan: &Plan, status: u16, body: &[u8]) -> Result<(), PhoneError> {
        let (code, size) = wire::error_code(body).unwrap_or_else(|| (format!("http_{status}"), None));
        let why = format!("机关答复 / the office answered: {code}");
        let elsewhere = |old: &u64| size.filter(|size| code == "old_size" && size != old);
        if let Plan::Segment { life, old, .. } = plan
            && let Some(size) = elsewhere(old)
        {
            return self.office_size(*life, size);
        }
        if let Plan::Carried { log, old, .. } = plan
            && let Some(size) = elsewhere(old)
        {
            if self.store.write::<_, PhoneError>(|tx| Ok(mirror::office_holds(tx, *log, size)?))? == 0 {
                self.park_carried(plan, &code)?;
            }
            return Ok(());
        }
        match plan {
            Plan::Carried { .. } if matches!(status, 403 | 404 | 409 | 422) => self.park_carried(plan, &code)?,
            Plan::Segment { life, cp_no, .. } if matches!(status, 403 | 404 | 409 | 422) => {
                self.store.write::<_, PhoneError>(|tx| Ok(rows::park_checkpoint(tx, *life, *cp_no, &code)?))?;
            }
            // An office that does not know attestations yet: the same once more without.
            Plan::Enrol if code == "malformed" && self.store.setting(key::ATTESTATION)?.is_some_and(|k| k.len() > 16) => {
                let kept = self.store.setting(key::CODE)?.ok_or(PhoneError::NotFound("enrolment code"))?;
                self.store.write::<_, PhoneError>(|tx| Ok(set(tx, key::ATTESTATION, &kept)?))?;
                return Ok(());
            }
            // An invitation that is no longer good must not stop what is to be sent under the old enrolment.
            Plan::Enrol if status == 403 && self.enrolled.is_some() => {
                self.store.write::<_, PhoneError>(|tx| Ok(rows::unset(tx, key::CODE)?))?;
            }
            Plan::Consistency { .. } => {
                self.round.proof_asked = true;
                self.office_unproven = true;
                if code == "behind" {
                    let said = self.round.grown.take().map(|(_, said)| said);
                    self.set_back(said)?;
                }
                return Ok(());
            }
            Plan::OfficeSeen => {
                self.round.shown_back = true;
                return Ok(());
            }
            Plan::Custody(d) if status == 404 => {
                let row = self.store.read(|c| rows::sealed_by_digest(c, d))?.ok_or(PhoneError::NotFound("sealed file"))?;
                // The receipt allowed to delete it; what the office lost since is not here any more.
                if row.deleted {
                    return self.update_file(d, |r| r.parked = Some("deleted".into()));
                }
                // The entry has not arrived, or the office lost the file: how much of it does it have?
                if self.round.doubted.insert(*d) {
                    self.round.confirmed.remove(d);
                    return self.update_file(d, |r| r.offset = 0);
                }
                self.round.deferred.insert(*d);
                return Ok(());
            }
            Plan::Patch { sealed, .. } | Plan::Head(sealed) if matches!(status, 404 | 409 | 410 | 460) => {
                // Ask again where the office stands; begin anew when it does not know the upload.
                self.round.confirmed.remove(sealed);
                let gone = matches!(status, 404 | 410);
                self.update_file(sealed, |r| {
                    if gone {
                        r.created = false;
                        r.offset = 0;
                    }
                })?;
                let again = self.round.retried.insert(*sealed);
                if again {
                    return Ok(());
                }
                self.round.deferred.insert(*sealed);
            }
            Plan::Create(d) | Plan::Custody(d) | Plan::Head(d) | Plan::Patch { sealed: d, .. }
                if (400..500).contains(&status) && !passing(status) =>
            {
                self.update_file(d, |r| r.parked = Some(code.clone()))?;
            }
            _ => {}
        }
        Err(PhoneError::Refused(why))
    }

    /// One feed item; the cursor moves in the same transaction as what the item brings.
    fn take_item(&mut self, bytes: &[u8], at: i64) -> Result<(), PhoneError> {
        let (item, cursor) = Item::open(bytes, self.trust()?, at, self.cursor()?)?;
        let body = if item.sealed {
            let mut clear = Vec::new();
            seal::open(&mut item.body.as_slice(), &mut clear, &self.device.recipient)?;
            clear
        } else {
            item.body
        };
        let moved = cbor::encode(&Value::Array(vec![cursor.n.into(), cursor.digest.into()]))?;
        let trust = self.trust()?.clone();
        let own_show_key = self.enrolled()?.enrolment.show_key;
        let again = self.store.setting(key::FEED_AGAIN)?.is_some();
        let issued = self.badge.as_ref().filter(|_| again).map(|(_, badge)| badge.issued);
        let current = self.pack.clone();
        let known = [self.store.setting(key::STATUS)?, self.store.setting(key::OFFICERS)?];
        let mut chunks = self.store.setting(key::PACK_CHUNKS)?.unwrap_or_default();
        let taken = self.store.write::<_, PhoneError>(|tx| {
            match item.kind {
                Some(FeedKind::Badge) => {
                    let badge = Badge::open(&body, &trust)?;
                    if badge.show_key != own_show_key {
                        return Err(PhoneError::Refused("badge of another device".into()));
                    }
                    if issued.is_none_or(|known| known <= badge.issued) {
                        set(tx, key::BADGE, &body)?;
                    }
                }
                Some(FeedKind::Assignment) => {
                    let assignment = Assignment::open(&body, &trust)?;
                    rows::put_assignment(tx, assignment.task, &body)?;
                }
                Some(FeedKind::Task) => {
                    let json = cbor::to_json(&cbor::decode(&body)?).to_string();
                    let task: Task = serde_json::from_str(&json).map_err(|e| PhoneError::Refused(format!("task: {e}")))?;
                    rows::put_task(tx, id(&task.id, "task")?, &json)?;
                }
                Some(FeedKind::Review) => rows::put_review(tx, &ReviewResult::decode(&body)?)?,
                Some(FeedKind::TaskWithdrawn) => rows::withdraw_task(tx, &Withdrawal::decode(&body)?)?,
                Some(FeedKind::Pack) => {
                    chunks.extend(&body);
                    let pack = signed::open_any_day(&chunks, &trust, at)?;
                    if let Some(known) = &current {
                        pack.supersedes(known)?;
                    }
                    rows::put_pack(tx, pack.digest(), &chunks, at)?;
                    set(tx, key::PACK, &pack.digest())?;
                    rows::unset(tx, key::PACK_CHUNKS)?;
                }
                Some(FeedKind::PackChunk) => {
                    chunks.extend(&body);
                    if chunks.len() > signed::LIMIT {
                        return Err(PhoneError::Refused("pack too large".into()));
                    }
                    set(tx, key::PACK_CHUNKS, &chunks)?;
                }
                Some(FeedKind::Trust) => {
                    // Otherwise it has passed it already: it asked for the newest itself.
                    if trust.open_newer(&body)?.is_some() {
                        set(tx, key::TRUST, &body)?;
                    }
                }
                Some(FeedKind::Status) => lists::take_status(tx, known[0].as_deref(), &body, &trust)?,
                Some(FeedKind::Officers) => lists::take_officers(tx, known[1].as_deref(), &body, &trust)?,
                Some(FeedKind::Wanted) => {
                    // In a feed that is read once more it was heard already, and the files are asked about anyway.
                    for sealed in Wanted::decode(&body)?.sealed.iter().filter(|_| !again) {
                        rows::want_again(tx, sealed)?;
                    }
                }
                // A kind of a later version: kept for the day when this app knows it.
                None => set(tx, &format!("feed_item_{}", cursor.n), bytes)?,
            }
            Ok(set(tx, key::FEED, &moved)?)
        });
        match taken {
            // Read once more: a pack or a list that is older than what is here.
            Err(_) if again => self.store.write::<_, PhoneError>(|tx| {
                rows::unset(tx, key::PACK_CHUNKS)?;
                Ok(set(tx, key::FEED, &moved)?)
            }),
            other => other,
        }
    }
}
