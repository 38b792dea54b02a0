//! 镜像: while two phones are paired each keeps the other's log, verified as the office verifies it, and carries it to the office (R06, P5, F23).
//!
//! The sender is driven by what the other phone says to have (`have`), one body at a time; whatever is lost, doubled or cut off, pairing again begins
//! with `have` on both sides and goes on from there. What lies under no checkpoint yet goes with the next one.

use super::state::{Inner, PeerHeld};
use super::{Phone, PhoneError};
use crate::cbor::{self, CborError, Value};
use crate::enrolment::Enrolment;
use crate::id::{Digest, Id, sha256};
use crate::log::Fork;
use crate::pairing::{self, MAX_BODY, Mirror, MirrorError, PART, Parts, Step, Taken};
use crate::store::mirror::{self as held, MirrorCheckpoint};
use crate::store::rows;
use crate::wire::{MOST_SUBMISSIONS, Segment, Submission};

/// Entries of several checkpoints go together up to so many bytes; a cut is not dear.
const BODY: usize = 512 << 10;

/// What belongs to the pairing of now; the rest is in the store.
pub(crate) struct Mirroring {
    held: Mirror,
    parts: Parts,
    /// Entries and checkpoints of this phone's log that the other one says to have; none before it has said so.
    there: Option<There>,
    /// Sent and not answered.
    under_way: bool,
}

#[derive(Clone, Copy)]
struct There {
    size: u64,
    next: u64,
}

/// How far two phones have each other's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorView {
    /// 姓名 of the other officer.
    pub name: String,
    /// 执法证号.
    pub number: String,
    /// The other log, hex.
    pub log: String,
    /// Both are paired now.
    pub paired: bool,
    /// Entries of this phone's log that the other one has.
    pub there: u64,
    /// Entries of this phone's log.
    pub there_of: u64,
    /// When the other phone said so, ms; none before it has.
    pub there_at_ms: Option<i64>,
    /// Entries of the other log that are kept here.
    pub here: u64,
    /// Entries that the other phone was seen to have itself.
    pub here_of: u64,
    /// When something of it was kept last, ms.
    pub here_at_ms: Option<i64>,
    /// Entries of the other log that the office has from here, by its receipts.
    pub carried: u64,
    /// The other phone's key signed two histories: nothing more is taken of it.
    pub forked: bool,
}

/// What is left of a message of the channel.
pub(super) struct Message(pub(super) std::vec::IntoIter<Value>);
impl Message {
    fn next(&mut self, name: &'static str) -> Result<Value, CborError> {
        self.0.next().ok_or(CborError::Missing(name))
    }
}

/// Nothing more is taken of a phone whose key signed two histories.
pub(super) fn two_histories() -> PhoneError {
    PhoneError::Refused("对方手机签了两种历史 / the other phone's key signed two histories".into())
}

impl From<MirrorError> for PhoneError {
    fn from(e: MirrorError) -> Self {
        match e {
            MirrorError::Fork(_) => two_histories(),
            other => Self::Refused(other.to_string()),
        }
    }
}

impl Phone {
    /// How far this phone and each one that it was paired with have each other's log.
    ///
    /// # Errors
    /// [`PhoneError::Storage`].
    pub fn mirrors(&self) -> Result<Vec<MirrorView>, PhoneError> {
        self.with(|i| {
            let paired = i.peer.as_ref().and_then(|p| p.enrolment.as_deref()).map(sha256);
            let (own, size) = (i.device.log, i.frontier.size());
            i.store.read(|c| {
                let view = |row: held::MirrorRow| {
                    let checkpoints = held::checkpoints(c, Some(row.log))?;
                    let largest = |wanted: &dyn Fn(&MirrorCheckpoint) -> bool| {
                        checkpoints.iter().filter(|cp| wanted(cp)).map(|cp| cp.size).max().unwrap_or_default()
                    };
                    let said = row.own == Some(own);
                    Ok(MirrorView {
                        paired: paired == Some(sha256(&row.enrolment)),
                        there: if said { row.there } else { 0 },
                        there_of: size,
                        there_at_ms: row.there_at.filter(|_| said),
                        here: largest(&|_| true),
                        here_of: row.stands,
                        here_at_ms: row.at,
                        carried: largest(&|cp| cp.receipt.is_some() || cp.covered),
                        forked: row.fork.is_some(),
                        log: row.log.to_string(),
                        name: row.name,
                        number: row.number,
                    })
                };
                held::all(c)?.into_iter().map(view).collect()
            })
        })
    }

    /// After the other phone introduced itself: says how much of its log is here.
    pub(super) fn begin_mirror(&self) -> Result<(), PhoneError> {
        let have = self.with(|i| {
            let Some(mut peer) = i.peer.take() else { return Ok(None) };
            let have = i.begin_mirroring(&mut peer);
            i.peer = Some(peer);
            have
        })?;
        have.map_or(Ok(()), |have| self.send(have))
    }

    /// The other phone says how much of this log it has.
    pub(super) fn on_have(&self, parts: &mut Message) -> Result<(), PhoneError> {
        let log = Id(parts.next("log")?.array_of("log")?);
        let size = parts.next("size")?.uint("size")?;
        let cp_no = parts.next("cp_no")?.non_null().map(|n| n.uint("cp_no")).transpose()?;
        let at = self.host.clock.now().wall_ms;
        self.with(|i| {
            let row = match cp_no {
                Some(no) => i.store.read(|c| rows::checkpoint_of(c, i.life, no))?.map(|row| row.size),
                None => Some(0),
            };
            if log != i.device.log || row != Some(size) {
                // It has what this phone does not: a store that was put back, or another log. Nothing is built on that.
                return Err(PhoneError::Refused("the other phone holds another history of this log".into()));
            }
            let peer = i.peer.as_mut().ok_or(PhoneError::Invalid("尚未配对 / not paired".into()))?;
            let other = peer.log(i.trust.as_ref())?;
            if let Some(mirroring) = &mut peer.mirror {
                mirroring.there = Some(There { size, next: cp_no.map_or(0, |n| n.saturating_add(1)) });
                mirroring.under_way = false;
            }
            i.store.write::<_, PhoneError>(|tx| Ok(held::set_there(tx, other, log, size, at)?))
        })
    }

    /// A part of what the other phone sends of its log. Once all of it is durable here, the other one is told.
    pub(super) fn on_mirror(&self, parts: &mut Message) -> Result<(), PhoneError> {
        let digest: Digest = parts.next("digest")?.array_of("digest")?;
        let (offset, length) = (parts.next("offset")?.uint("offset")?, parts.next("length")?.uint("length")?);
        let bytes = parts.next("bytes")?.bytes("bytes")?;
        let now = self.host.clock.now().wall_ms;
        let outbox = self.folder.join("outbox");
        let have = self.with(|i| {
            let Some(mut peer) = i.peer.take() else { return Ok(None) };
            let kept = i.keep_mirrored(&mut peer, (digest, offset, length, &bytes), &outbox, now);
            i.peer = Some(peer);
            kept
        })?;
        have.map_or(Ok(()), |have| self.send(have))
    }
}

impl PeerHeld {
    /// The other phone's log, once it introduced itself.
    fn log(&self, trust: Option<&crate::trust::TrustList>) -> Result<Id, PhoneError> {
        Ok(self.opened(trust)?.1.log)
    }

    fn opened(&self, trust: Option<&crate::trust::TrustList>) -> Result<(Vec<u8>, Enrolment), PhoneError> {
        let cose = self.enrolment.clone().ok_or(PhoneError::Refused("the other phone did not introduce itself".into()))?;
        let enrolment = Enrolment::open(&cose, trust.ok_or(PhoneError::NotEnrolled)?)?;
        Ok((cose, enrolment))
    }
}

impl Inner {
    fn begin_mirroring(&mut self, peer: &mut PeerHeld) -> Result<Option<Vec<Value>>, PhoneError> {
        let (cose, enrolment) = peer.opened(self.trust.as_ref())?;
        let log = enrolment.log;
        self.store.write::<_, PhoneError>(|tx| Ok(held::put(tx, log, &cose, &peer.name, &peer.number)?))?;
        let mirror = self.store.read(|c| {
            let checkpoints = held::checkpoints(c, Some(log))?.into_iter().map(|cp| (cp.cp_no, cp.size, cp.cose)).collect();
            Ok::<_, PhoneError>(Mirror::of(&held::headers(c, log)?, checkpoints)?)
        })?;
        let have = have(log, &mirror);
        peer.mirror = Some(Mirroring { held: mirror, parts: Parts::default(), there: None, under_way: false });
        Ok(Some(have))
    }

    /// The messages with what comes next of this log, if the other phone waits for it.
    pub(super) fn pump_mirror(&mut self) -> Result<(), PhoneError> {
        let Some(mut peer) = self.peer.take() else { return Ok(()) };
        let pumped = self.next_body(&mut peer);
        self.peer = Some(peer);
        pumped
    }

    fn next_body(&mut self, peer: &mut PeerHeld) -> Result<(), PhoneError> {
        let Some(There { size, next }) = peer.mirror.as_ref().filter(|m| !m.under_way).and_then(|m| m.there) else {
            return Ok(());
        };
        let (life, log) = (self.life, self.device.log);
        let (mut all, mut old, mut bytes) = (Vec::new(), size, 0);
        for cp_no in (next..).take(MOST_SUBMISSIONS) {
            let Some(row) = self.store.read(|c| rows::checkpoint_of(c, life, cp_no))? else { break };
            let entries = self.store.read(|c| rows::entries_between(c, life, old, row.size))?;
            let adopted = if cp_no == 0 { self.adopted(life, log)? } else { None };
            let segment = Segment { log, from: old, entries, checkpoint: row.cose, adopted };
            let proof = if old == 0 { Vec::new() } else { self.prove(life, old, row.size)? };
            let submission = pairing::submission(old, proof, &segment)?;
            bytes += submission.segment.len();
            if !all.is_empty() && bytes > BODY {
                break;
            }
            old = row.size;
            all.push(submission);
        }
        if all.is_empty() {
            return Ok(());
        }
        let body = Submission::encode_all(&all)?;
        if body.len() > MAX_BODY {
            return Err(PhoneError::Invalid("too long to be mirrored".into()));
        }
        let digest = sha256(&body);
        for (part, offset) in body.chunks(PART).zip((0u64..).step_by(PART)) {
            let message: Vec<Value> =
                vec!["mirror".into(), digest.into(), offset.into(), (body.len() as u64).into(), part.to_vec().into()];
            let sealed = peer.channel.seal_message(&cbor::encode(&Value::Array(message))?)?;
            peer.outbox.push(sealed);
        }
        if let Some(m) = &mut peer.mirror {
            m.under_way = true;
        }
        Ok(())
    }

    fn keep_mirrored(
        &mut self,
        peer: &mut PeerHeld,
        (digest, offset, length, bytes): (Digest, u64, u64, &[u8]),
        outbox: &std::path::Path,
        now: i64,
    ) -> Result<Option<Vec<Value>>, PhoneError> {
        let (cose, enrolment) = peer.opened(self.trust.as_ref())?;
        let log = enrolment.log;
        let mirroring = peer.mirror.as_mut().ok_or(PhoneError::Refused("the other phone did not introduce itself".into()))?;
        if self.store.read(|c| held::of(c, log))?.is_some_and(|row| row.fork.is_some()) {
            return Err(two_histories());
        }
        let Some(body) = mirroring.parts.take(digest, offset, length, bytes)? else { return Ok(None) };
        let submissions = Submission::decode_all(&body)?;
        let enrolment_digest = Enrolment::digest(&cose);
        let (mut before, mut steps, mut wrong) = (None, Vec::new(), None);
        for sent in &submissions {
            match mirroring.held.judge(sent, &enrolment, &enrolment_digest) {
                Ok(Taken::Known) => {}
                Ok(Taken::Missing) => break,
                Ok(Taken::New(step)) => {
                    let border = mirroring.held.extend(&step);
                    before.get_or_insert(border);
                    steps.push(step);
                }
                // What came before it is good all the same.
                Err(e) => {
                    wrong = Some(e);
                    break;
                }
            }
        }
        if let Some(before) = before {
            self.keep_steps(log, &steps, outbox, now).inspect_err(|_| mirroring.held.back(before))?;
        }
        match wrong {
            None => Ok(Some(have(log, &mirroring.held))),
            Some(e) => Err(self.convict(log, cose, e)?.into()),
        }
    }

    /// Seals each to the office beside this phone's own segments, then everything in one transaction.
    fn keep_steps(&mut self, log: Id, steps: &[Box<Step>], outbox: &std::path::Path, now: i64) -> Result<(), PhoneError> {
        let to = self.office_recipients(now)?;
        let mut rows = Vec::new();
        for step in steps {
            let cp = &step.checkpoint;
            let segment = format!("{log}-{:08}.age", cp.cp_no);
            super::journal::write_sealed(outbox, &segment, &step.segment.encode()?, &to)?;
            rows.push(MirrorCheckpoint {
                log,
                cp_no: cp.cp_no,
                size: cp.size,
                cose: step.segment.checkpoint.clone(),
                segment,
                receipt: None,
                parked: None,
                covered: false,
            });
        }
        self.store.write::<_, PhoneError>(|tx| {
            rows.iter().zip(steps).try_for_each(|(row, step)| Ok(held::add(tx, row, &step.segment.entries, now)?))
        })
    }

    /// Keeps the proof where two signed histories convict the other phone's key.
    fn convict(&mut self, log: Id, enrolment: Vec<u8>, e: MirrorError) -> Result<MirrorError, PhoneError> {
        let MirrorError::Fork(fork) = e else { return Ok(e) };
        let Fork::Device { first, second, proof, .. } = *fork else { return Ok(MirrorError::Mismatch) };
        let fork = Fork::Device { enrolment, first, second, proof };
        // The same content signed once more is no second history: it is not taken, and nobody is convicted.
        if fork.judge(self.trust()?).is_err() {
            return Ok(MirrorError::NotChained);
        }
        let bytes = fork.encode()?;
        self.store.write::<_, PhoneError>(|tx| Ok(held::set_fork(tx, log, &bytes)?))?;
        Ok(MirrorError::Fork(Box::new(fork)))
    }
}

fn have(log: Id, held: &Mirror) -> Vec<Value> {
    vec!["have".into(), log.into(), held.size().into(), held.newest().map(|(no, _)| no).into()]
}
