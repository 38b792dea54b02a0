//! Two officers' phones: pairing by mutual QR, then presence, certificates and signatures over the encrypted channel (P3, P10, R06).

use super::mirror::{Message, two_histories};
use super::paper::SignInput;
use super::state::{Inner, PeerHeld, key};
use super::{Phone, PhoneError, id, pass};
use crate::badge::{Badge, Frame};
use crate::cbor::{self, CborError, Value};
use crate::enrolment::Enrolment;
use crate::host::DeviceKey;
use crate::id::{Digest, Id, digest_from_hex, hex, sha256};
use crate::inspection::gate::Whose;
use crate::inspection::{BadgeAck, Event, OfficerRef, SignRole, Task, gate, organ};
use crate::log::{Checkpoint, Seen};
use crate::pairing::{self, Answering, Confirming, Offer, Own, Paired, PairingError, Waiting};
use crate::seal::Identity;
use crate::statement::{Statement, What};
use crate::store::{self, rows};
use crate::trust::TrustList;

/// A pairing between two QR codes; never stored.
pub(crate) enum Pairing {
    Offered(Box<Offer>),
    Waiting(Box<Waiting>),
}

/// What the other officer asks to have signed.
#[derive(Clone)]
pub(crate) struct SignRequest {
    case: Id,
    paper: String,
    facts: [u8; 32],
    presented: [u8; 32],
    wording: [u8; 32],
}

/// What the other officer's phone asks to have witnessed: its newest checkpoint, verified.
#[derive(Clone)]
pub(crate) struct WitnessRequest {
    case: Id,
    log: Id,
    cp_no: u64,
    seen: Seen,
}

/// The newest checkpoint of the other phone's log that this one has verified.
#[derive(Clone, Copy)]
pub(crate) struct PeerCheckpoint {
    cp_no: u64,
    size: u64,
    root: Digest,
    digest: Digest,
}

/// The other officer, proven by both keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// 姓名.
    pub name: String,
    /// 执法证号.
    pub number: String,
    /// The QR to show next, if the other phone still needs one.
    pub next: Option<String>,
}

/// What came over the channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerEvent {
    /// This phone joined the other one's inspection.
    Joined {
        /// The inspection.
        inspection: String,
    },
    /// The other officer's presence is proven.
    Present {
        /// 姓名.
        name: String,
    },
    /// The other officer showed the certificate.
    BadgeShown {
        /// 姓名.
        name: String,
    },
    /// The other officer asks for a signature: show the facts, then call `cosign`.
    SignRequested {
        /// Paper id.
        paper: String,
        /// The facts as JSON.
        facts: String,
    },
    /// The other officer signed.
    Signed {
        /// Paper id.
        paper: String,
    },
    /// The other officer asks this phone to witness a checkpoint: call `witness`.
    WitnessRequested {
        /// Its number.
        cp_no: u64,
        /// Entries under it.
        size: u64,
    },
    /// The other officer's phone has witnessed a checkpoint of this log.
    Witnessed {
        /// Its number.
        cp_no: u64,
    },
}

impl From<PairingError> for PhoneError {
    fn from(e: PairingError) -> Self {
        match e {
            PairingError::SamePerson | PairingError::SameEnrolment => {
                Self::Invalid("第二名执法人员不能是同一人或者同一部手机 / the second officer is the first one again (J1)".into())
            }
            PairingError::CertificateExpired(_) => Self::Blocked(vec![gate::expired(Whose::Other)]),
            other => Self::Refused(other.to_string()),
        }
    }
}
impl From<pairing::ChannelError> for PhoneError {
    fn from(e: pairing::ChannelError) -> Self {
        Self::Refused(e.to_string())
    }
}

impl Phone {
    /// The lead's first QR.
    ///
    /// # Errors
    /// [`PhoneError::NotEnrolled`], [`PhoneError::NotFound`] without a badge.
    pub fn pair_offer(&self, task: &str) -> Result<String, PhoneError> {
        let _op = self.operation()?;
        let (task, secret) = (id(task, "task")?, self.host.random_bytes());
        self.with(|i| {
            let offer = Offer::new(i.own(task)?, secret);
            let text = pairing::to_text(&offer.message()?);
            i.pairing = Some(Pairing::Offered(Box::new(offer)));
            Ok(text)
        })
    }

    /// The second officer takes the first QR and shows the second.
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] when both are the same person; [`PhoneError::Refused`] when something does not fit.
    pub fn pair_answer(&self, task: &str, offer: &str) -> Result<Peer, PhoneError> {
        let _op = self.operation()?;
        let (task, secret) = (id(task, "task")?, self.host.random_bytes());
        let now = self.best_time()?;
        let offer = pairing::from_text(offer)?;
        let answering = self.with(|i| Ok(Answering::read(&offer, &i.own(task)?, secret, i.trust()?, now)?))?;
        self.eligible(&answering.claimed_peer().badge, task)?;
        let (name, number) =
            (answering.claimed_peer().badge.officer.name.clone(), answering.claimed_peer().badge.officer.number.clone());
        let generation = self.with(|i| Ok(i.generation))?;
        let signature = self.host.keys.sign(DeviceKey::Show, generation, &answering.to_sign()?)?;
        let (answer, waiting) = answering.finish(&signature)?;
        self.with(|i| {
            i.pairing = Some(Pairing::Waiting(Box::new(waiting)));
            Ok(())
        })?;
        Ok(Peer { name, number, next: Some(pairing::to_text(&answer)) })
    }

    /// The lead takes the second QR, shows the third and is paired.
    ///
    /// # Errors
    /// As [`Phone::pair_answer`]; [`PhoneError::Invalid`] without an offer.
    pub fn pair_confirm(&self, inspection: &str, answer: &str) -> Result<Peer, PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let now = self.best_time()?;
        let answer = pairing::from_text(answer)?;
        let confirming: Confirming = self.with(|i| match &i.pairing {
            Some(Pairing::Offered(offer)) => Ok(offer.read_answer(&answer, i.trust()?, now)?),
            _ => Err(PhoneError::Invalid("请先出示配对码 / show the pairing code first".into())),
        })?;
        let generation = self.with(|i| Ok(i.generation))?;
        let signature = self.host.keys.sign(DeviceKey::Show, generation, &confirming.to_sign()?)?;
        let (confirm, paired) = confirming.finish(&signature)?;
        let task = self.with(|i| Ok(i.inspection(case)?.task))?;
        self.eligible(&paired.peer.badge, task)?;
        let peer = self.hold(paired)?;
        self.say_hello(Some(case))?;
        Ok(Peer { next: Some(pairing::to_text(&confirm)), ..peer })
    }

    /// The second officer takes the third QR and is paired.
    ///
    /// # Errors
    /// As [`Phone::pair_answer`]; a misread code can be scanned again.
    pub fn pair_finish(&self, confirm: &str) -> Result<Peer, PhoneError> {
        let _op = self.operation()?;
        let confirm = pairing::from_text(confirm)?;
        let paired = self.with(|i| match i.pairing.take() {
            Some(Pairing::Waiting(w)) => w.read_confirm(&confirm).map_err(|(e, w)| {
                i.pairing = Some(Pairing::Waiting(w));
                e.into()
            }),
            other => {
                i.pairing = other;
                Err(PhoneError::Invalid("请先扫描对方的配对码 / scan the other phone's code first".into()))
            }
        })?;
        let peer = self.hold(paired)?;
        self.say_hello(None)?;
        Ok(peer)
    }

    /// Messages for the other phone, sealed; carry them in this order.
    ///
    /// # Errors
    /// [`PhoneError::Closed`].
    pub fn peer_outbox(&self) -> Result<Vec<Vec<u8>>, PhoneError> {
        self.with(|i| {
            // What cannot be mirrored now must not hold up a signature; how far the mirror is, is shown.
            let _ = i.pump_mirror();
            Ok(i.peer.as_mut().map(|p| std::mem::take(&mut p.outbox)).unwrap_or_default())
        })
    }

    /// Takes a message of the other phone.
    ///
    /// # Errors
    /// [`PhoneError::Refused`] when it is not of the paired phone or does not verify.
    pub fn peer_receive(&self, message: &[u8]) -> Result<Option<PeerEvent>, PhoneError> {
        let _op = self.operation()?;
        let clear = self.with(|i| {
            let peer = i.peer.as_mut().ok_or(PhoneError::Invalid("尚未配对 / not paired".into()))?;
            Ok(peer.channel.open_message(message)?)
        })?;
        let mut parts = cbor::decode(&clear)?.array("message")?.into_iter();
        let mut next = |name| parts.next().ok_or(CborError::Missing(name));
        let kind = next("kind")?.text("kind")?;
        match kind.as_str() {
            "hello" => {
                let (enrolment, checkpoint) = (next("enrolment")?.bytes("enrolment")?, next("checkpoint")?.non_null());
                let checkpoint = checkpoint.map(|c| c.bytes("checkpoint")).transpose()?;
                let case = next("case")?.non_null().map(|c| c.array_of("case").map(Id)).transpose()?;
                let task = next("task")?.non_null().map(|t| t.array_of("task").map(Id)).transpose()?;
                let presence = next("presence")?.non_null().map(|p| p.bytes("presence")).transpose()?;
                self.on_hello(enrolment, checkpoint, case.zip(task).zip(presence))
            }
            "presence" => {
                let (case, statement) = (Id(next("case")?.array_of("case")?), next("statement")?.bytes("statement")?);
                let seen = self.seen(next("checkpoint")?.bytes("checkpoint")?)?;
                let officer = self.peer_present(case, &statement)?;
                let name = officer.name.clone();
                let (i, _) = self.folded(case)?;
                let statement = hex(&statement);
                // Pairing again, after a phone began a new log, brings nobody back who never left.
                let event = if i.people.away(&officer.person) {
                    Event::PersonReturned { officer, statement }
                } else {
                    Event::Arrived { officer, place: None, statement }
                };
                self.append(Some(case), &[event], seen, |_| Ok(()))?;
                self.checkpoint()?;
                Ok(Some(PeerEvent::Present { name }))
            }
            "badge" => {
                let case = Id(next("case")?.array_of("case")?);
                let to_whom = next("to_whom")?.text("to_whom")?;
                let how = next("acknowledged")?.text("acknowledged")?;
                let acknowledged: BadgeAck = serde_json::from_value(how.into()).map_err(|_| CborError::Type("acknowledged"))?;
                let seen = self.seen(next("checkpoint")?.bytes("checkpoint")?)?;
                let (i, _) = self.folded(case)?;
                let number = self.with(|inner| Ok(inner.peer.as_ref().map(|p| p.number.clone())))?;
                let officer = i.arrived.iter().map(|(o, ..)| o).find(|o| Some(&o.number) == number.as_ref());
                let officer = officer.cloned().ok_or(PhoneError::NotFound("second officer"))?;
                let name = officer.name.clone();
                let (stale_days, place, fix) = (None, None, None);
                let event = Event::BadgeShown { officer, to_whom, acknowledged, stale_days, shared_device: false, place, fix };
                self.append(Some(case), &[event], seen, |_| Ok(()))?;
                self.checkpoint()?;
                Ok(Some(PeerEvent::BadgeShown { name }))
            }
            "sign?" => {
                let request = SignRequest {
                    case: Id(next("case")?.array_of("case")?),
                    paper: next("paper")?.text("paper")?,
                    facts: next("facts digest")?.array_of("facts digest")?,
                    presented: next("presented")?.array_of("presented")?,
                    wording: next("wording")?.array_of("wording")?,
                };
                let facts = next("facts")?.bytes("facts")?;
                if sha256(&facts) != request.facts {
                    return Err(PhoneError::Refused("facts do not match their digest".into()));
                }
                let json = cbor::to_json(&cbor::decode(&facts)?).to_string();
                let paper = request.paper.clone();
                self.with(|i| {
                    if let Some(p) = &mut i.peer {
                        p.request = Some(request);
                    }
                    Ok(())
                })?;
                Ok(Some(PeerEvent::SignRequested { paper, facts: json }))
            }
            "signed" => {
                let (paper, signed) = (next("paper")?.text("paper")?, next("statement")?.bytes("statement")?);
                let ink = next("ink")?.non_null().map(|v| cbor::to_json(&v));
                let seen = self.seen(next("checkpoint")?.bytes("checkpoint")?)?;
                let enrolment = self.peer_enrolment()?;
                let statement = Statement::open(&signed, &enrolment.officer_key)?;
                if statement.what != What::Sign || statement.person != enrolment.person {
                    return Err(PhoneError::Refused("statement of another person".into()));
                }
                self.add_peer_signature(statement.case, &paper, &statement, &signed, ink, seen)?;
                Ok(Some(PeerEvent::Signed { paper }))
            }
            "cosign?" => {
                let (case, checkpoint) = (Id(next("case")?.array_of("case")?), next("checkpoint")?.bytes("checkpoint")?);
                let request = self.witness_request(case, checkpoint)?;
                let (cp_no, size) = (request.cp_no, request.seen.size);
                self.with(|i| {
                    if let Some(p) = &mut i.peer {
                        p.witness = Some(request);
                    }
                    Ok(())
                })?;
                Ok(Some(PeerEvent::WitnessRequested { cp_no, size }))
            }
            "cosigned" => self.cosigned(parts).map(Some),
            "have" => self.on_have(&mut Message(parts)).map(|()| None),
            "mirror" => self.on_mirror(&mut Message(parts)).map(|()| None),
            _ => Ok(None),
        }
    }

    /// The lead asks the second officer's phone to witness everything up to now (P5).
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] when not paired; [`PhoneError::Locked`] when the LOG key cannot sign now.
    pub fn request_witness(&self, inspection: &str) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let checkpoint = self.require_checkpoint()?.cose;
        self.send(vec!["cosign?".into(), case.into(), checkpoint.into()])
    }

    /// Witnesses what the other phone asked for: the OFFICER key of this device signs that it has seen the checkpoint, and so does the next
    /// checkpoint of this log.
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] when nothing was asked; [`PhoneError::Locked`] when the officer does not confirm: call again.
    pub fn witness(&self) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let request = self.with(|i| {
            let r = i.peer.as_ref().and_then(|p| p.witness.clone());
            r.ok_or(PhoneError::Invalid("没有待见证的校验点 / no checkpoint to witness".into()))
        })?;
        let statement = self.cosign_checkpoint(&request)?;
        let checkpoint = self.require_checkpoint()?.cose;
        self.send(vec!["cosigned".into(), request.case.into(), statement.into(), checkpoint.into()])?;
        self.with(|i| {
            if let Some(p) = &mut i.peer {
                p.witness = None;
            }
            Ok(())
        })
    }

    /// The same without a channel: this phone has scanned the checkpoint's code on the other one's screen and shows the code that is given back.
    ///
    /// # Errors
    /// [`PhoneError::Refused`] for a checkpoint of another log than the paired phone's, or one that contradicts what this phone has seen of it.
    pub fn witness_scanned(&self, inspection: &str, code: &str) -> Result<String, PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let Ok(Frame::Checkpoint { checkpoint }) = Frame::from_text(code) else {
            return Err(PhoneError::Invalid("不是校验码 / not the code of a checkpoint".into()));
        };
        let request = self.witness_request(case, checkpoint)?;
        let statement = self.cosign_checkpoint(&request)?;
        let message = cbor::encode(&Value::Array(vec!["cosigned".into(), case.into(), statement.into(), Value::Null]))?;
        Ok(pairing::to_text(&message))
    }

    /// Takes the code that [`Phone::witness_scanned`] gave on the other phone.
    ///
    /// # Errors
    /// [`PhoneError::Refused`] when it is not a signature of the paired officer over a checkpoint of this log.
    pub fn take_witness(&self, code: &str) -> Result<PeerEvent, PhoneError> {
        let _op = self.operation()?;
        let mut parts = cbor::decode(&pairing::from_text(code)?)?.array("message")?.into_iter();
        if parts.next() != Some("cosigned".into()) {
            return Err(PhoneError::Invalid("不是见证码 / not the code of a witness".into()));
        }
        self.cosigned(parts)
    }

    fn witness_request(&self, case: Id, checkpoint: Vec<u8>) -> Result<WitnessRequest, PhoneError> {
        self.with(|i| i.inspection(case).map(drop))?;
        let (c, seen) = self.see(&checkpoint)?;
        Ok(WitnessRequest { case, log: c.log, cp_no: c.cp_no, seen })
    }

    /// The statement over a checkpoint of the other phone, and the entry of it in this log.
    fn cosign_checkpoint(&self, request: &WitnessRequest) -> Result<Vec<u8>, PhoneError> {
        let (enrolment, me) = self.with(|i| Ok((i.enrolled()?.enrolment.clone(), i.me()?)))?;
        let statement = self.sign_statement(&Statement {
            what: What::Cosign,
            person: enrolment.person,
            name: me.name.clone(),
            number: me.number.clone(),
            role: enrolment.role.name().to_owned(),
            case: request.case,
            at: self.host.clock.now().wall_ms,
            checkpoint: Some(request.seen.checkpoint),
            ..Statement::default()
        })?;
        let event = Event::Cosigned {
            log: request.log.to_string(),
            cp_no: request.cp_no,
            checkpoint: hex(&request.seen.checkpoint),
            officer: me,
            statement: hex(&statement),
        };
        self.append(Some(request.case), &[event], vec![request.seen], |_| Ok(()))?;
        self.checkpoint()?;
        Ok(statement)
    }

    /// The other officer's statement that a checkpoint of this log was seen.
    fn cosigned(&self, mut parts: impl Iterator<Item = Value>) -> Result<PeerEvent, PhoneError> {
        let mut next = |name| parts.next().ok_or(CborError::Missing(name));
        let (case, signed) = (Id(next("case")?.array_of("case")?), next("statement")?.bytes("statement")?);
        let checkpoint = next("checkpoint")?.non_null().map(|c| c.bytes("checkpoint")).transpose()?;
        let enrolment = self.peer_enrolment()?;
        let s = Statement::open(&signed, &enrolment.officer_key)?;
        let number = self.with(|i| Ok(i.peer.as_ref().map(|p| p.number.clone())))?;
        if s.what != What::Cosign || s.case != case || s.person != enrolment.person || Some(&s.number) != number.as_ref() {
            return Err(PhoneError::Refused("statement of somebody else or about something else".into()));
        }
        let (row, log) = self.with(|i| {
            let all = i.store.read(rows::checkpoints)?;
            let own = all.into_iter().find(|c| c.life == i.life && Some(Checkpoint::digest(&c.cose)) == s.checkpoint);
            Ok((own.ok_or(PhoneError::Refused("statement about a checkpoint of another log".into()))?, i.device.log))
        })?;
        let seen = match checkpoint {
            Some(c) => self.seen(c)?,
            None => Vec::new(),
        };
        let event = Event::Cosigned {
            log: log.to_string(),
            cp_no: row.cp_no,
            checkpoint: hex(&Checkpoint::digest(&row.cose)),
            officer: OfficerRef { person: s.person.to_string(), name: s.name, number: s.number },
            statement: hex(&signed),
        };
        self.append(Some(case), &[event], seen, |_| Ok(()))?;
        self.checkpoint()?;
        Ok(PeerEvent::Witnessed { cp_no: row.cp_no })
    }

    /// The lead asks the second officer to sign a presented paper on the own phone.
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] when not paired or nothing was presented.
    pub fn request_cosign(&self, inspection: &str, paper: &str) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let (i, pack) = self.folded(case)?;
        let p = i.paper(paper).ok_or(PhoneError::NotFound("paper"))?;
        let pack = self.pack_of_paper(&i, p, pack)?;
        let number = self.with(|i| Ok(i.peer.as_ref().map(|p| p.number.clone())))?;
        pass(number.map_or_else(Vec::new, |n| organ::signs(&i, &pack, p, &n)))?;
        let facts = cbor::encode(&cbor::from_json(&p.facts)?)?;
        let presented = p.presented.as_deref().and_then(digest_from_hex).ok_or(PhoneError::NotFound("presented paper"))?;
        let message = vec![
            "sign?".into(),
            case.into(),
            paper.into(),
            sha256(&facts).into(),
            presented.into(),
            sha256(super::paper::wording(p, &pack).as_bytes()).into(),
            facts.into(),
        ];
        self.send(message)
    }

    /// The second officer signs what was asked, with the OFFICER key of this device.
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] when nothing was asked; [`PhoneError::Locked`] when the officer does not confirm.
    pub fn cosign(&self, input: SignInput) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let request = self.with(|i| {
            let r = i.peer.as_ref().and_then(|p| p.request.clone());
            r.ok_or(PhoneError::Invalid("没有待签的文书 / nothing to sign".into()))
        })?;
        let (enrolment, me) = self.with(|i| Ok((i.enrolled()?.enrolment.clone(), i.me()?)))?;
        let (i, _) = self.folded(request.case)?;
        pass(gate::sign_as_officer(&i, &me.number))?;
        let strokes = (!input.strokes.is_empty()).then(|| sha256(&input.strokes));
        let ink = input.ink.as_ref().and_then(|ink| serde_json::to_value(ink).ok());
        let statement = Statement {
            what: What::Sign,
            person: enrolment.person,
            name: me.name.clone(),
            number: me.number.clone(),
            role: enrolment.role.name().to_owned(),
            case: request.case,
            at: self.host.clock.now().wall_ms,
            facts: Some(request.facts),
            presented: Some(request.presented),
            wording: Some(request.wording),
            strokes,
            media: input.media.clone(),
            present: i.arrived.iter().map(|(o, ..)| o.name.clone()).collect(),
            ..Statement::default()
        };
        let signed = self.sign_statement(&statement)?;
        let event = Event::Signed {
            paper: request.paper.clone(),
            role: SignRole::SecondOfficer,
            name: me.name,
            number: Some(me.number),
            facts: hex(&request.facts),
            presented: hex(&request.presented),
            wording: hex(&request.wording),
            strokes: strokes.map(|s| hex(&s)),
            ink: ink.clone(),
            media: input.media,
            pages: Vec::new(),
            statement: Some(hex(&signed)),
        };
        let sealed = self.seal_strokes(request.case, &request.paper, &input.strokes)?;
        self.append(Some(request.case), &[event], Vec::new(), |tx| match &sealed {
            Some(row) => Ok(rows::add_sealed(tx, row)?),
            None => Ok(()),
        })?;
        let checkpoint = self.require_checkpoint()?.cose;
        let ink = ink.map(|j| cbor::from_json(&j)).transpose()?;
        self.send(vec!["signed".into(), request.paper.into(), signed.into(), ink.into(), checkpoint.into()])?;
        self.with(|i| {
            if let Some(p) = &mut i.peer {
                p.request = None;
            }
            Ok(())
        })
    }

    /// Tells the other phone that the user is back (R06).
    pub(crate) fn tell_presence(&self, case: Id, statement: &[u8]) -> Result<(), PhoneError> {
        if !self.with(|i| Ok(i.peer.is_some()))? {
            return Ok(());
        }
        let checkpoint = self.require_checkpoint()?.cose;
        self.send(vec!["presence".into(), case.into(), statement.to_vec().into(), checkpoint.into()])
    }

    /// Tells the lead that the certificate was shown from this phone.
    pub(crate) fn tell_badge(&self, case: Id, to_whom: &str, acknowledged: BadgeAck) -> Result<(), PhoneError> {
        let joined = self.with(|i| Ok(i.peer.is_some()))?;
        if !joined {
            return Ok(());
        }
        let checkpoint = self.require_checkpoint()?.cose;
        let how = serde_json::to_value(acknowledged).map_err(|_| PhoneError::Host)?;
        self.send(vec!["badge".into(), case.into(), to_whom.into(), cbor::from_json(&how)?, checkpoint.into()])
    }

    /// J1: the other officer's certificate is in effect, as far as this phone knows, and covers the task.
    fn eligible(&self, badge: &Badge, task: Id) -> Result<(), PhoneError> {
        let today = self.today()?;
        self.with(|i| {
            let row = i.store.read(rows::tasks)?.into_iter().find(|r| r.id == task).ok_or(PhoneError::NotFound("task"))?;
            let task: Task = serde_json::from_str(&row.json).map_err(|_| PhoneError::Refused("task".into()))?;
            pass(gate::may_act(&i.certificate_of(badge, today)?, Whose::Other, Some(&task), today))
        })
    }

    fn hold(&self, paired: Paired) -> Result<Peer, PhoneError> {
        let Paired { peer, channel, transcript } = paired;
        let answer = Peer { name: peer.badge.officer.name.clone(), number: peer.badge.officer.number.clone(), next: None };
        self.with(|i| {
            i.pairing = None;
            i.peer = Some(PeerHeld {
                channel,
                name: peer.badge.officer.name.clone(),
                number: peer.badge.officer.number.clone(),
                proven: peer,
                transcript,
                enrolment: None,
                outbox: Vec::new(),
                request: None,
                witness: None,
                newest: None,
                mirror: None,
            });
            Ok(answer)
        })
    }

    /// First message of both: who am I, where does my log stand; of the lead also: which case, and the own presence.
    fn say_hello(&self, case: Option<Id>) -> Result<(), PhoneError> {
        let checkpoint = self.checkpoint()?.map(|c| c.cose);
        let (task, presence) = match case {
            None => (None, None),
            Some(case) => {
                let entries = self.with(|i| Ok(i.store.read(|c| rows::case_entries(c, case, None))?))?;
                let me = self.with(|i| i.me())?.person;
                let own = entries.iter().find_map(|e| match Event::from_entry(e) {
                    Some(Event::Arrived { officer, statement, .. }) if officer.person == me => {
                        data_encoding::HEXLOWER.decode(statement.as_bytes()).ok()
                    }
                    _ => None,
                });
                (Some(self.with(|i| Ok(i.inspection(case)?.task))?), own)
            }
        };
        let enrolment = self.with(|i| Ok(i.enrolled()?.cose.clone()))?;
        let message: Vec<Value> =
            vec!["hello".into(), enrolment.into(), checkpoint.into(), case.into(), task.into(), presence.into()];
        self.send(message)
    }

    pub(super) fn send(&self, message: Vec<Value>) -> Result<(), PhoneError> {
        let clear = cbor::encode(&Value::Array(message))?;
        self.with(|i| {
            let peer = i.peer.as_mut().ok_or(PhoneError::Invalid("尚未配对 / not paired".into()))?;
            let sealed = peer.channel.seal_message(&clear)?;
            peer.outbox.push(sealed);
            Ok(())
        })
    }

    #[allow(clippy::type_complexity)] // case, task and presence come together or not at all
    fn on_hello(
        &self,
        enrolment: Vec<u8>,
        checkpoint: Option<Vec<u8>>,
        case: Option<((Id, Id), Vec<u8>)>,
    ) -> Result<Option<PeerEvent>, PhoneError> {
        self.with(|i| {
            let person = i.enrolled()?.enrolment.person;
            let trust: TrustList = i.trust()?.clone();
            let peer = i.peer.as_mut().ok_or(PhoneError::Invalid("尚未配对 / not paired".into()))?;
            peer.proven.enrolled(&enrolment, &trust, person)?;
            peer.enrolment = Some(enrolment);
            Ok(())
        })?;
        self.begin_mirror()?;
        let seen = match checkpoint {
            Some(c) => self.seen(c)?,
            None => Vec::new(),
        };
        let paired = self.paired_event()?;
        let Some(((case, task_id), presence)) = case else {
            // This phone leads: note the pairing in the inspection of that task.
            let open = self.with(|i| Ok(i.store.read(rows::inspections)?.into_iter().next_back()))?;
            if let Some(row) = open {
                self.append(Some(row.case), &[paired], seen, |_| Ok(()))?;
                self.checkpoint()?;
            }
            return Ok(None);
        };
        let known = self.with(|i| Ok(i.inspection(case).is_ok()))?;
        if known {
            // Paired again after a kill: the case is joined already.
            self.append(Some(case), &[paired], seen, |_| Ok(()))?;
        } else {
            self.join(case, task_id, &presence, paired, seen)?;
        }
        let me = self.with(|i| i.me())?;
        let statement = self.presence(case, task_id, &me)?;
        let checkpoint = self.require_checkpoint()?.cose;
        self.send(vec!["presence".into(), case.into(), statement.into(), checkpoint.into()])?;
        Ok(Some(PeerEvent::Joined { inspection: case.to_string() }))
    }

    fn join(&self, case: Id, task_id: Id, presence: &[u8], paired: Event, seen: Vec<Seen>) -> Result<(), PhoneError> {
        let now = self.best_time()?;
        let secret = Identity::from_bytes(&self.host.random_bytes())?;
        let lead = self.peer_present(case, presence)?;
        let (task, assignment, pack, me) = self.with(|i| {
            let row = i.store.read(rows::tasks)?.into_iter().find(|r| r.id == task_id).ok_or(PhoneError::NotFound("task"))?;
            let task: Task = serde_json::from_str(&row.json).map_err(|_| PhoneError::Refused("task".into()))?;
            let pack = i.pack.clone();
            let today = super::act::day(now)?.number();
            pass(gate::open(&task, i.own_certificate(today)?.as_ref(), today, pack.as_ref().map(|p| p.pack())))?;
            let assignment = row.assignment.as_deref().map(crate::id::digest16).ok_or(PhoneError::NotFound("assignment"))?;
            Ok((task, assignment, pack.ok_or(PhoneError::NotFound("pack"))?, i.me()?))
        })?;
        let statement = self.presence(case, task_id, &me)?;
        let events = [
            Event::Opened {
                task: Box::new(task),
                pack: hex(&pack.digest()),
                pack_version: format!("{}@{}", pack.pack().id, pack.pack().version),
                assignment: hex(&assignment),
                officer: me.clone(),
            },
            Event::Arrived { officer: lead, place: None, statement: hex(presence) },
            Event::Arrived { officer: me, place: None, statement: hex(&statement) },
            paired,
        ];
        let row = rows::InspectionRow { case, task: task_id, pack: pack.digest(), identity: *secret.to_bytes() };
        self.append(Some(case), &events, seen, |tx| Ok(rows::add_inspection(tx, &row, now)?))?;
        self.checkpoint()?;
        Ok(())
    }

    fn paired_event(&self) -> Result<Event, PhoneError> {
        let enrolment = self.peer_enrolment()?;
        self.with(|i| {
            let p = i.peer.as_ref().ok_or(PhoneError::NotFound("second officer"))?;
            Ok(Event::PeerPaired {
                officer: OfficerRef { person: enrolment.person.to_string(), name: p.name.clone(), number: p.number.clone() },
                log: enrolment.log.to_string(),
                transcript: hex(&p.transcript),
            })
        })
    }

    fn peer_enrolment(&self) -> Result<Enrolment, PhoneError> {
        self.with(|i| {
            let peer = i.peer.as_ref().ok_or(PhoneError::Invalid("尚未配对 / not paired".into()))?;
            let cose = peer.enrolment.as_ref().ok_or(PhoneError::Refused("the other phone did not introduce itself".into()))?;
            Ok(Enrolment::open(cose, i.trust()?)?)
        })
    }

    /// The other officer's presence statement, verified: own key, own person, this case.
    fn peer_present(&self, case: Id, statement: &[u8]) -> Result<OfficerRef, PhoneError> {
        let enrolment = self.peer_enrolment()?;
        let s = Statement::open(statement, &enrolment.officer_key)?;
        let number = self.with(|i| Ok(i.peer.as_ref().map(|p| p.number.clone())))?;
        let role = crate::enrolment::Role::Officer.name();
        if s.what != What::Presence
            || s.case != case
            || s.person != enrolment.person
            || Some(&s.number) != number.as_ref()
            || s.role != role
        {
            return Err(PhoneError::Refused("statement of presence of somebody or something else".into()));
        }
        Ok(OfficerRef { person: s.person.to_string(), name: s.name, number: s.number })
    }

    /// A checkpoint of the other phone, verified, as what the next entry has seen.
    fn seen(&self, checkpoint: Vec<u8>) -> Result<Vec<Seen>, PhoneError> {
        Ok(vec![self.see(&checkpoint)?.1])
    }

    /// Verifies a checkpoint of the other phone; one that contradicts what was seen of that log before is refused.
    fn see(&self, checkpoint: &[u8]) -> Result<(Checkpoint, Seen), PhoneError> {
        let enrolment = self.peer_enrolment()?;
        let c = Checkpoint::open(checkpoint, &enrolment.log_key)?;
        if c.log != enrolment.log {
            return Err(PhoneError::Refused("checkpoint of another log".into()));
        }
        let new = PeerCheckpoint { cp_no: c.cp_no, size: c.size, root: c.root, digest: Checkpoint::digest(checkpoint) };
        self.with(|i| {
            let peer = i.peer.as_mut().ok_or(PhoneError::Invalid("尚未配对 / not paired".into()))?;
            if let Some(known) = peer.newest {
                let two = (new.cp_no == known.cp_no && new.digest != known.digest)
                    || (new.size == known.size && new.root != known.root)
                    || (new.cp_no > known.cp_no) != (new.size > known.size);
                if two {
                    return Err(two_histories());
                }
            }
            if peer.newest.is_none_or(|known| new.cp_no > known.cp_no) {
                peer.newest = Some(new);
                i.store.write::<_, PhoneError>(|tx| Ok(store::mirror::stands(tx, enrolment.log, new.size)?))?;
            }
            Ok(())
        })?;
        Ok((c, Seen { log: enrolment.log, checkpoint: new.digest, size: new.size }))
    }
}

impl Inner {
    fn own(&self, task: Id) -> Result<Own, PhoneError> {
        let (badge, facts) = self.shown_badge()?.clone();
        Ok(Own {
            badge,
            number: facts.officer.number,
            show_key: facts.show_key,
            enrolment: Enrolment::digest(&self.enrolled()?.cose),
            task,
        })
    }
    /// Whether the phone has an address to sync with.
    pub(crate) fn has_address(&self) -> Result<bool, PhoneError> {
        Ok(self.store.setting(key::ADDRESS)?.is_some())
    }
}
