//! What the phone holds in memory between calls; everything of it can be read again from the store.

use super::PhoneError;
use super::challenge::HeldChallenge;
use super::succession::Successor;
use crate::badge::{Badge, OfficerList, StatusList};
use crate::cbor::{self, CborError, Value};
use crate::clock::{self, AnchorRef, Clocks, OfficeTime, Reading};
use crate::document::Fonts;
use crate::enrolment::Enrolment;
use crate::host::{Host, KeyError};
use crate::id::{Digest, Id, sha256};
use crate::log::tree::{Frontier, Tree};
use crate::pack::signed::{self, VerifiedPack};
use crate::pairing::Channel;
use crate::seal::{Identity, Recipient, Recipients};
use crate::store::{Store, StoreError, rows, set};
use crate::sync::schedule::{Conditions, Pace};
use crate::sync::{Pending, Round};
use crate::trust::{RootFingerprint, TrustList};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Names of settings in the store.
pub(crate) mod key {
    pub(crate) const DEVICE: &str = "device";
    pub(crate) const ADDRESS: &str = "address";
    pub(crate) const ROOT: &str = "root";
    pub(crate) const CODE: &str = "code";
    pub(crate) const TRUST: &str = "trust";
    pub(crate) const ENROLMENT: &str = "enrolment";
    pub(crate) const BADGE: &str = "badge";
    pub(crate) const PACK: &str = "pack";
    pub(crate) const STATUS: &str = "status";
    /// The date of an older status list that was refused.
    pub(crate) const STATUS_BACK: &str = "status_back";
    pub(crate) const OFFICERS: &str = "officers";
    pub(crate) const OFFICERS_BACK: &str = "officers_back";
    pub(crate) const FEED: &str = "feed";
    /// Set while the feed of a restored office is read once more: what is known already, or older, is passed over.
    pub(crate) const FEED_AGAIN: &str = "feed_again";
    pub(crate) const PACK_CHUNKS: &str = "pack_chunks";
    pub(crate) const ANCHOR: &str = "anchor";
    pub(crate) const RECEIPT: &str = "receipt";
    /// How often the office was not reached, and until when it is left in peace.
    pub(crate) const SENDING_PACE: &str = "sending_pace";
    /// What is sent when.
    pub(crate) const SENDING_POLICY: &str = "sending_policy";
    /// Set while the user stopped sending.
    pub(crate) const SENDING_PAUSED: &str = "sending_paused";
    /// The log that is to come, or has begun and waits for its enrolment.
    pub(crate) const SUCCESSOR: &str = "successor";
    /// The enrolment of the log that is to come.
    pub(crate) const NEXT_ENROLMENT: &str = "next_enrolment";
    /// The high-water mark that a log of this store has succeeded.
    pub(crate) const SUCCEEDED: &str = "succeeded";
    /// The one-time code, and what the platform said of the keys that were made for it.
    pub(crate) const ATTESTATION: &str = "attestation";
    /// Days without contact with the office.
    pub(crate) const AWAY: &str = "away";
    /// Set while the office's log is smaller than what it had answered.
    pub(crate) const OFFICE_BACK: &str = "office_back";
}

/// Who this device is; made at the first opening.
pub(crate) struct Device {
    pub(crate) id: Id,
    pub(crate) log: Id,
    pub(crate) recipient: Identity,
}

/// A signed enrolment and what it says.
pub(crate) struct Enrolled {
    pub(crate) cose: Vec<u8>,
    pub(crate) enrolment: Enrolment,
}

/// The newest office time of this boot.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AnchorHeld {
    pub(crate) digest: Digest,
    pub(crate) at: i64,
    pub(crate) mono_ms: u64,
    pub(crate) boot: Vec<u8>,
}

/// The other phone, while both apps are open.
pub(crate) struct PeerHeld {
    pub(crate) channel: Channel,
    pub(crate) proven: crate::pairing::Peer,
    pub(crate) transcript: Digest,
    pub(crate) enrolment: Option<Vec<u8>>,
    pub(crate) number: String,
    pub(crate) name: String,
    pub(crate) outbox: Vec<Vec<u8>>,
    pub(crate) request: Option<super::pair::SignRequest>,
    pub(crate) witness: Option<super::pair::WitnessRequest>,
    pub(crate) newest: Option<super::pair::PeerCheckpoint>,
    pub(crate) mirror: Option<super::mirror::Mirroring>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) device: Device,
    pub(crate) trust: Option<TrustList>,
    /// An answer came whose signer that list does not know, or no longer: a newer one is asked for, outside the feed, which the same key signs (P3).
    pub(crate) trust_asked: bool,
    pub(crate) enrolled: Option<Enrolled>,
    pub(crate) badge: Option<(Vec<u8>, Badge)>,
    /// The newest status list of the office.
    pub(crate) status: Option<StatusList>,
    /// The newest list of officers.
    pub(crate) officers: Option<OfficerList>,
    pub(crate) challenge: Option<HeldChallenge>,
    pub(crate) pack: Option<Arc<VerifiedPack>>,
    /// Counts the logs of this device; `device.log` is the newest.
    pub(crate) life: u64,
    /// Of the keys of `enrolled`, or of those that are to be enrolled first.
    pub(crate) generation: u32,
    pub(crate) successor: Option<Successor>,
    pub(crate) frontier: Frontier,
    pub(crate) anchor: Option<AnchorHeld>,
    pub(crate) last: Option<Reading>,
    pub(crate) checkpointed: u64,
    pub(crate) unsigned_since: Option<u64>,
    pub(crate) key_trouble: Option<KeyError>,
    /// The checkpoint that was shown as a code last.
    pub(crate) shown: Option<(u64, Digest)>,
    /// The office did not prove that its log only grew.
    pub(crate) office_unproven: bool,
    pub(crate) fonts: Option<Fonts>,
    /// Unanswered requests by their number.
    pub(crate) pending: BTreeMap<u64, Pending>,
    /// Until when a file, or the log (none), rests at which the office failed while it answers otherwise.
    pub(crate) rests: BTreeMap<Option<Digest>, Pace>,
    pub(crate) request_no: u64,
    /// The tree of the log (by its life) that is being sent.
    pub(crate) proofs: Option<(u64, Tree)>,
    pub(crate) round: Round,
    pub(crate) conditions: Conditions,
    pub(crate) pace: Pace,
    pub(crate) pairing: Option<super::pair::Pairing>,
    pub(crate) peer: Option<PeerHeld>,
    pub(crate) folds: super::fold::Folds,
    pub(crate) closed: super::journal::Closed,
}

impl Inner {
    pub(crate) fn load(mut store: Store, host: &Host) -> Result<Self, PhoneError> {
        let device = match store.setting(key::DEVICE)? {
            Some(bytes) => Device::decode(&bytes)?,
            None => {
                let d = Device {
                    id: host.random_id(),
                    log: host.random_id(),
                    recipient: Identity::from_bytes(&host.random_bytes())?,
                };
                let bytes = d.encode()?;
                store.write::<_, PhoneError>(|tx| Ok(set(tx, key::DEVICE, &bytes)?))?;
                d
            }
        };
        if store.read(rows::own_logs)?.is_empty() {
            let enrolment = store.setting(key::ENROLMENT)?;
            let first = rows::OwnLog { life: 0, log: device.log, generation: 0, enrolment };
            store.write::<_, PhoneError>(|tx| Ok(rows::put_own_log(tx, &first)?))?;
        }
        let life = store.read(rows::own_logs)?.last().map_or(0, |l| l.life);
        let mut frontier = Frontier::default();
        for header in store.read(|c| rows::headers(c, life))? {
            frontier.push(crate::log::tree::leaf(&header));
        }
        let checkpointed = store.read(|c| rows::last_checkpoint(c, life))?.map_or(0, |c| c.size);
        let last = match store.read(|c| rows::last_header(c, life, None))? {
            Some(h) => Some(crate::log::Header::decode(&h)?.clocks.reading),
            None => None,
        };
        let pace = store.setting(key::SENDING_PACE)?.map(|b| Pace::decode(&b)).transpose()?.unwrap_or_default();
        let mut inner = Self {
            store,
            device,
            trust: None,
            trust_asked: false,
            enrolled: None,
            badge: None,
            status: None,
            officers: None,
            challenge: None,
            pack: None,
            unsigned_since: (frontier.size() > checkpointed).then(|| host.clock.now().mono_ms),
            life,
            generation: 0,
            successor: None,
            frontier,
            anchor: None,
            last,
            checkpointed,
            key_trouble: None,
            shown: None,
            office_unproven: false,
            fonts: None,
            pending: BTreeMap::new(),
            rests: BTreeMap::new(),
            proofs: None,
            // An answer to a request of an earlier process must not be taken for one of this.
            request_no: u64::from(u32::from_le_bytes(host.random_bytes())) << 16,
            round: Round::default(),
            conditions: Conditions::default(),
            pace,
            pairing: None,
            peer: None,
            folds: super::fold::Folds::default(),
            closed: super::journal::Closed::default(),
        };
        inner.reload(host.clock.now().wall_ms)?;
        Ok(inner)
    }

    /// Reads trust, enrolment, badge, pack and anchor anew from the store.
    pub(crate) fn reload(&mut self, now: i64) -> Result<(), PhoneError> {
        let s = &self.store;
        self.trust = match (s.setting(key::TRUST)?, s.setting(key::ROOT)?) {
            (Some(bytes), Some(root)) => Some(TrustList::open(&bytes, &fingerprint(root)?)?),
            _ => None,
        };
        if let Some(trust) = &self.trust {
            self.enrolled = match s.setting(key::ENROLMENT)? {
                Some(cose) => Some(Enrolled { enrolment: Enrolment::open(&cose, trust)?, cose }),
                None => None,
            };
            self.badge = match s.setting(key::BADGE)? {
                Some(cose) => Some((cose.clone(), Badge::open(&cose, trust)?)),
                None => None,
            };
            // A list whose signer is no longer trusted says nothing.
            self.status = s.setting(key::STATUS)?.and_then(|b| StatusList::open(&b, trust).ok());
            self.officers = s.setting(key::OFFICERS)?.and_then(|b| OfficerList::open(&b, trust).ok());
            // An expired pack stays in the store for the inspections that were begun with it; it opens no new one.
            self.pack = match s.setting(key::PACK)? {
                Some(d) => {
                    let digest: Digest = d.try_into().map_err(|_| StoreError::Damaged("pack"))?;
                    let bytes = s.read(|c| rows::pack(c, &digest))?.ok_or(StoreError::Damaged("pack"))?;
                    Some(Arc::new(signed::open_any_day(&bytes, trust, now)?))
                }
                None => None,
            };
        }
        self.anchor = s.setting(key::ANCHOR)?.map(|b| AnchorHeld::decode(&b)).transpose()?;
        self.successor = s.setting(key::SUCCESSOR)?.map(|b| Successor::decode(&b)).transpose()?;
        let logs = s.read(rows::own_logs)?;
        let enrolled = self.enrolled.as_ref().and_then(|e| logs.iter().find(|l| l.log == e.enrolment.log));
        self.generation = enrolled.or(logs.last()).map_or(0, |l| l.generation);
        Ok(())
    }

    pub(crate) fn enrolled(&self) -> Result<&Enrolled, PhoneError> {
        self.enrolled.as_ref().ok_or(PhoneError::NotEnrolled)
    }
    pub(crate) fn trust(&self) -> Result<&TrustList, PhoneError> {
        self.trust.as_ref().ok_or(PhoneError::NotEnrolled)
    }
    pub(crate) fn badge(&self) -> Result<&(Vec<u8>, Badge), PhoneError> {
        self.badge.as_ref().ok_or(PhoneError::NotFound("badge"))
    }

    /// The badge, if it belongs to the keys of this enrolment: after a new one the office sends another.
    pub(crate) fn shown_badge(&self) -> Result<&(Vec<u8>, Badge), PhoneError> {
        let badge = self.badge()?;
        if badge.1.show_key == self.enrolled()?.enrolment.show_key { Ok(badge) } else { Err(PhoneError::NotFound("badge")) }
    }

    /// The pack that an inspection was begun with.
    pub(crate) fn pack_of(&self, digest: &Digest, now: i64) -> Result<Arc<VerifiedPack>, PhoneError> {
        if let Some(p) = self.pack.as_ref().filter(|p| p.digest() == *digest) {
            return Ok(p.clone());
        }
        let bytes = self.store.read(|c| rows::pack(c, digest))?.ok_or(PhoneError::NotFound("pack"))?;
        Ok(Arc::new(signed::open_any_day(&bytes, self.trust()?, now)?))
    }

    pub(crate) fn inspection(&self, case: Id) -> Result<rows::InspectionRow, PhoneError> {
        self.store.read(|c| rows::inspection(c, case))?.ok_or(PhoneError::NotFound("inspection"))
    }

    /// The time that validity and deadlines are compared with (F14).
    pub(crate) fn best_time(&self, reading: &Reading) -> i64 {
        let office = self.anchor.as_ref().map(|a| OfficeTime { at: a.at, mono_ms: a.mono_ms, boot: a.boot.clone() });
        clock::best_time(reading, office.as_ref())
    }

    /// The clocks of an entry, from a reading that was taken before any transaction.
    pub(crate) fn clocks(&self, reading: Reading) -> Clocks {
        let anchor = self
            .anchor
            .as_ref()
            .filter(|a| a.boot == reading.boot)
            .and_then(|a| Some(AnchorRef { digest: a.digest, since_ms: reading.mono_ms.checked_sub(a.mono_ms)? }));
        Clocks { reading, anchor }
    }

    /// Recipients of what only the office opens.
    pub(crate) fn office_recipients(&self, at: i64) -> Result<Recipients, PhoneError> {
        let (month, recovery) = self.seal_keys(at)?;
        Ok(Recipients::office(month, recovery))
    }
    /// Recipients of evidence of one inspection.
    pub(crate) fn evidence_recipients(&self, identity: &Identity, at: i64) -> Result<Recipients, PhoneError> {
        let (month, recovery) = self.seal_keys(at)?;
        Ok(Recipients::evidence(identity.recipient(), month, recovery))
    }
    fn seal_keys(&self, at: i64) -> Result<(Recipient, Recipient), PhoneError> {
        let (month, recovery) = self.trust()?.seal_recipients(at).ok_or(PhoneError::NotFound("recipient of the office"))?;
        Ok((Recipient::from_bytes(month)?, Recipient::from_bytes(recovery)?))
    }

    pub(crate) fn set_anchor(&mut self, tx_anchor: AnchorHeld) -> Result<(), PhoneError> {
        let bytes = tx_anchor.encode()?;
        self.store.write::<_, PhoneError>(|tx| Ok(set(tx, key::ANCHOR, &bytes)?))?;
        self.anchor = Some(tx_anchor);
        Ok(())
    }
}

fn fingerprint(root: Vec<u8>) -> Result<RootFingerprint, StoreError> {
    root.try_into().map(RootFingerprint).map_err(|_| StoreError::Damaged("root"))
}

impl Device {
    pub(crate) fn encode(&self) -> Result<Vec<u8>, CborError> {
        let secret = self.recipient.to_bytes();
        cbor::encode(&Value::Array(vec![self.id.into(), self.log.into(), Value::Bytes(secret.to_vec())]))
    }
    fn decode(bytes: &[u8]) -> Result<Self, PhoneError> {
        let [id, log, secret]: [Value; 3] =
            cbor::decode(bytes)?.array("device")?.try_into().map_err(|_| CborError::Type("device"))?;
        Ok(Self {
            id: Id(id.array_of("device")?),
            log: Id(log.array_of("log")?),
            recipient: Identity::from_bytes(&secret.array_of("recipient")?)?,
        })
    }
}

impl AnchorHeld {
    pub(crate) fn new(cose: &[u8], at: i64, reading: &Reading) -> Self {
        Self { digest: sha256(cose), at, mono_ms: reading.mono_ms, boot: reading.boot.clone() }
    }
    fn encode(&self) -> Result<Vec<u8>, CborError> {
        cbor::encode(&Value::Array(vec![self.digest.into(), self.at.into(), self.mono_ms.into(), self.boot.clone().into()]))
    }
    fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let [digest, at, mono, boot]: [Value; 4] =
            cbor::decode(bytes)?.array("anchor")?.try_into().map_err(|_| CborError::Type("anchor"))?;
        Ok(Self {
            digest: digest.array_of("anchor")?,
            at: at.int("anchor")?,
            mono_ms: mono.uint("anchor")?,
            boot: boot.bytes("anchor")?,
        })
    }
}
