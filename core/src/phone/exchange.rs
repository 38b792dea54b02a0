//! The phone's side of the conversation: builds and signs the planned request, and takes the answer into the store.

use super::state::{AnchorHeld, Inner, key};
use super::{Phone, PhoneError, id, lists};
use crate::attestation;
use crate::badge::{Assignment, Badge};
use crate::cbor::{self, Value};
use crate::clock::Reading;
use crate::enrolment::{self, Application, Enrolment, Invitation, Succession};
use crate::host::{DeviceKey, KeyError};
use crate::id::{Digest, Id, sha256};
use crate::inspection::Task;
use crate::log::tree::{self, Tree};
use crate::log::{Custody, CustodyState, LogReceipt, OfficeLeaf};
use crate::pack::signed;
use crate::seal;
use crate::store::rows::OwnLog;
use crate::store::{mirror, rows, set};
use crate::sync::schedule::Pace;
use crate::sync::{self, Lanes, Pending, Plan, Round};
use crate::trust::{RootFingerprint, TrustList};
use crate::wire::{self, Answer, Cursor, FeedKind, Item, Request, Segment, Submission, Wanted, WipeOrder, Withdrawal};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// An anchor counts when the answer came within this time.
const ROUND_TRIP_MS: u64 = 10_000;
/// Largest body of an answer: of the feed, and of everything else.
const MAX_FEED: u64 = 16 << 20;
const MAX_ANSWER: u64 = 1 << 20;

/// Part of a file as a request's body, for a transfer that the platform does in the background.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpFile {
    /// The sealed file.
    pub path: PathBuf,
    /// From here.
    pub offset: u64,
    /// So many bytes.
    pub length: u64,
}

/// A request for the shell to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Names it in the answer.
    pub id: u64,
    /// HTTP method.
    pub method: String,
    /// Where to; never follow a redirect.
    pub url: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body; empty when it is to be read from `file`.
    pub body: Vec<u8>,
    /// Where the body lies, when it is part of a sealed file: what a transfer of the platform sends by itself.
    pub file: Option<HttpFile>,
    /// No answer of the office is longer; whatever is need not be read to its end.
    pub limit: u64,
}

impl Phone {
    /// Takes the office's invitation (QR); the application itself goes out with the next requests. A phone that is enrolled already gets new keys and
    /// begins a new log: planned rotation, or the way back after a lost key or a store that was put back (F43).
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] when the text is no invitation or another office's than the one this phone is enrolled with.
    pub fn begin_enrolment(&self, invitation: &str) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let i = Invitation::parse(invitation)
            .map_err(|_| PhoneError::Invalid("不是登记二维码 / not an invitation of an office".into()))?;
        let again = self.with(|inner| Ok(inner.enrolled.is_some()))?;
        self.with(|inner| {
            if inner.enrolled.is_some() && inner.store.setting(key::ROOT)?.as_deref() != Some(&i.root.0) {
                return Err(PhoneError::Invalid("本机已在另一机关登记 / this phone is enrolled with another office".into()));
            }
            inner.store.write::<_, PhoneError>(|tx| {
                set(tx, key::ADDRESS, i.address.trim_end_matches('/').as_bytes())?;
                set(tx, key::ROOT, &i.root.0)?;
                Ok(set(tx, key::CODE, &i.code)?)
            })
        })?;
        if again { self.prepare_successor() } else { Ok(()) }
    }

    /// The next request, or nothing: the round is over and the next call begins a new one, or it is not the time for it ([`Phone::sending`]).
    ///
    /// # Errors
    /// [`PhoneError::Busy`] while a request is unanswered; [`PhoneError::NotEnrolled`]; [`PhoneError::Locked`].
    pub fn next_request(&self) -> Result<Option<HttpRequest>, PhoneError> {
        let _op = self.operation()?;
        if self.with(|i| Ok(!i.pending.is_empty()))? {
            return Err(PhoneError::Busy);
        }
        self.before_asking()?;
        self.ask(false)
    }

    /// Requests that may be under way at once, up to `max` with those that are unanswered: one about entries or feed, and beside them one a file, each
    /// independent of the others. In the `background` what is left of a file goes in one request whose body the platform reads from
    /// [`HttpRequest::file`]. An empty list: nothing more to begin now.
    ///
    /// # Errors
    /// [`PhoneError::Busy`] while a request about entries or feed is unanswered: there is one conversation, not two. As [`Phone::next_request`].
    pub fn next_requests(&self, max: u32, background: bool) -> Result<Vec<HttpRequest>, PhoneError> {
        let _op = self.operation()?;
        let under_way = self.with(|i| if i.talking() { Err(PhoneError::Busy) } else { Ok(i.pending.len()) })?;
        self.before_asking()?;
        let mut requests = Vec::new();
        while under_way + requests.len() < max as usize {
            match self.ask(background) {
                Ok(Some(request)) => requests.push(request),
                Ok(None) => break,
                // What is planned already goes out; the next call says it again.
                Err(_) if !requests.is_empty() => break,
                Err(e) => return Err(e),
            }
        }
        Ok(requests)
    }

    fn before_asking(&self) -> Result<(), PhoneError> {
        if self.with(|i| Ok(i.enrolled.is_some()))? {
            self.checkpoint()?;
        }
        self.succeed()
    }

    fn ask(&self, whole: bool) -> Result<Option<HttpRequest>, PhoneError> {
        let now = self.host.clock.now();
        let (plan, body) = loop {
            let Some(plan) = self.with(|i| i.next_plan(&now, whole))? else { return Ok(None) };
            match (self.body(&plan), plan.file()) {
                (Ok(body), _) => break (plan, body),
                // Its file cannot be read: it is set aside, the others go on (F09, F17).
                (Err(PhoneError::Storage(_) | PhoneError::NotFound(_)), Some(sealed)) => {
                    self.with(|i| i.update_file(sealed, |r| r.parked = Some("unreadable".into())))?;
                }
                (Err(PhoneError::Storage(_) | PhoneError::NotFound(_)), None) if plan.carried().is_some() => {
                    self.with(|i| i.park_carried(&plan, "unreadable"))?;
                }
                (Err(e), _) => return Err(e),
            }
        };
        let (method, path) = plan.line();
        let (address, enrolment) = self.with(|i| Ok((i.address()?, i.enrolled.as_ref().map(|e| e.enrolment.enrolment))))?;
        let authority = address.split_once("://").map_or(address.as_str(), |(_, a)| a).to_owned();
        let request = Request {
            method: method.to_owned(),
            authority,
            path: path.clone(),
            body: body.digest,
            nonce: self.host.random_bytes(),
            created: now.wall_ms,
            enrolment: enrolment.filter(|_| plan != Plan::Enrol),
        };
        // What a proxy packed for us could be a bomb; the office packs nothing.
        let mut headers = vec![("accept-encoding".to_owned(), "identity".to_owned())];
        headers.extend(body.headers);
        headers.push((wire::VERSION_HEADER.to_owned(), wire::spoken_versions()));
        let (mut digest, mut asked) = ([0; 32], Vec::new());
        if !matches!(plan, Plan::Trust | Plan::Epoch(_)) {
            let header;
            (header, digest) = match plan {
                Plan::Enrol => self.sign_application(&request)?,
                _ => self.sign_request(&request).inspect_err(|e| {
                    if matches!(e, PhoneError::KeyGone) {
                        let _ = self.with(|i| {
                            i.key_trouble = Some(KeyError::Gone);
                            Ok(())
                        });
                    }
                })?,
            };
            asked = content(&header);
            headers.push((wire::REQUEST_HEADER.to_owned(), header));
        }
        self.with(|i| {
            i.request_no += 1;
            let id = i.request_no;
            let grown = i.round.grown.clone().filter(|_| matches!(plan, Plan::Consistency { .. }));
            let limit = limit(&plan);
            i.pending.insert(id, Pending { plan, digest, nonce: request.nonce, sent: now, asked, grown, whole });
            let url = format!("{address}{path}");
            Ok(Some(HttpRequest { id, method: method.to_owned(), url, headers, body: body.bytes, file: body.file, limit }))
        })
    }

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
            // Asked again it would be the same question: not at once.
            Err(_) if i.same_again(&pending, &now)? => i.set_pace(i.pace.failed(&now, chance)),
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
        let answer = self.with(|i| Ok(Answer::open(header, i.trust()?, &pending.digest, &pending.nonce, status, body)))?;
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
        let said = content(header.unwrap_or_default());
        if let (Plan::Consistency { .. }, 200) = (&pending.plan, status) {
            self.take_proof(pending, &said, body)?;
        }
        self.hear(answer.head, &said)?;
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

    fn body(&self, plan: &Plan) -> Result<Body, PhoneError> {
        let header = |k: &str, v: String| (k.to_owned(), v);
        let cbor = |body: Vec<u8>| Body::of(body, vec![header("content-type", "application/cbor".into())]);
        let tus = || header("tus-resumable", "1.0.0".into());
        let row = |d: &Digest| {
            self.with(|i| i.store.read(|c| rows::sealed_by_digest(c, d))?.ok_or(PhoneError::NotFound("sealed file")))
        };
        Ok(match plan {
            Plan::Trust | Plan::Epoch(_) | Plan::Feed { .. } | Plan::Custody(_) | Plan::Consistency { .. } => {
                Body::of(Vec::new(), Vec::new())
            }
            Plan::OfficeSeen => {
                let said = self.with(|i| Ok(i.round.set_back.clone()))?;
                cbor(said.unwrap_or_default())
            }
            Plan::Enrol => Body::of(self.application()?, vec![header("content-type", "application/age".into())]),
            Plan::Segment { life, cp_no, last, old } => {
                cbor(Submission::encode_all(&self.submissions(*life, *cp_no..=*last, *old)?)?)
            }
            Plan::Carried { log, cp_no, last, old } => {
                cbor(Submission::encode_all(&self.carried(*log, *cp_no..=*last, *old)?)?)
            }
            Plan::Create(d) => {
                let row = row(d)?;
                let base64 = |b: &[u8]| data_encoding::BASE64.encode(b);
                let metadata = format!(
                    "sealed {},case {},kind {}",
                    base64(d),
                    base64(row.case.to_string().as_bytes()),
                    base64(row.kind.name().as_bytes())
                );
                let headers =
                    vec![tus(), header("upload-length", row.summary.sealed_len.to_string()), header("upload-metadata", metadata)];
                Body::of(Vec::new(), headers)
            }
            Plan::Head(_) => Body::of(Vec::new(), vec![tus()]),
            Plan::Patch { sealed, offset, length } => {
                let path = self.evidence_folder().join(row(sealed)?.file);
                let mut headers = vec![
                    tus(),
                    header("upload-offset", offset.to_string()),
                    header("content-type", "application/offset+octet-stream".into()),
                ];
                let mut file = File::open(&path)?;
                file.seek(SeekFrom::Start(*offset))?;
                let mut part = file.take(*length);
                let (digest, bytes) = if *length <= sync::CHUNK {
                    let mut chunk = Vec::new();
                    part.read_to_end(&mut chunk)?;
                    let digest = sha256(&chunk);
                    headers.push(header("upload-checksum", format!("sha256 {}", data_encoding::BASE64.encode(&digest))));
                    (digest, chunk)
                } else {
                    (digest_of(&mut part)?, Vec::new())
                };
                if part.limit() > 0 {
                    return Err(PhoneError::Storage("the sealed file is shorter than it was".into()));
                }
                Body { digest, bytes, file: Some(HttpFile { path, offset: *offset, length: *length }), headers }
            }
        })
    }

    /// Those of these checkpoints, the first one always, and so many more as fit into a request that a cut does not make dear.
    fn submissions(&self, life: u64, numbers: RangeInclusive<u64>, old: u64) -> Result<Vec<Submission>, PhoneError> {
        let (mut all, mut old, mut bytes) = (Vec::new(), old, 0);
        for cp_no in numbers {
            let submission = self.submission(life, cp_no, old)?;
            bytes += submission.segment.len() as u64;
            if !all.is_empty() && bytes > sync::CHUNK {
                break;
            }
            old = self.with(|i| Ok(i.store.read(|c| rows::checkpoint_of(c, life, cp_no))?.map_or(old, |row| row.size)))?;
            all.push(submission);
        }
        Ok(all)
    }

    /// The segment of a checkpoint as it lies in the outbox; made anew where the office holds another size than the one before it, or the file is
    /// gone.
    fn submission(&self, life: u64, cp_no: u64, old: u64) -> Result<Submission, PhoneError> {
        let now = self.host.clock.now().wall_ms;
        let (checkpoint, before, proof) = self.with(|i| {
            let row = i.store.read(|c| rows::checkpoint_of(c, life, cp_no))?.ok_or(PhoneError::NotFound("checkpoint"))?;
            let before = i.store.read(|c| rows::checkpoint_before(c, life, cp_no))?.map_or(0, |b| b.size);
            let proof = if old == 0 { Vec::new() } else { i.prove(life, old, row.size)? };
            Ok((row, before, proof))
        })?;
        let kept = std::fs::read(self.folder.join("outbox").join(&checkpoint.segment));
        let segment = match kept {
            Ok(kept) if old == before || old >= checkpoint.size => kept,
            _ => self.with(|i| i.segment_from(&checkpoint, old, now))?,
        };
        Ok(Submission { old, proof, checkpoint: checkpoint.cose, segment })
    }

    /// The application for enrolment, sealed to the office.
    fn application(&self) -> Result<Vec<u8>, PhoneError> {
        let keys = &self.host.keys;
        let now = self.host.clock.now().wall_ms;
        let (code, log, device, recipient, to, generation, succeeds) = self.with(|i| {
            let code = i.store.setting(key::CODE)?.ok_or(PhoneError::NotEnrolled)?;
            let code = code.try_into().map_err(|_| PhoneError::NotEnrolled)?;
            let previous = i.enrolled.as_ref().map(|e| Enrolment::digest(&e.cose));
            let succeeds = previous.zip(i.successor).map(|(previous, s)| Succession { previous, reason: s.reason });
            let (log, generation) = i.successor.map_or((i.device.log, i.generation), |s| (s.log, s.generation));
            let recipient = i.device.recipient.recipient().to_bytes();
            Ok((code, log, i.device.id, recipient, i.office_recipients(now)?, generation, succeeds))
        })?;
        let attestation = self.attestation(code, device, log, generation)?;
        let application = Application {
            code,
            log,
            device,
            log_key: keys.public_key(DeviceKey::Log, generation)?,
            show_key: keys.public_key(DeviceKey::Show, generation)?,
            officer_key: keys.public_key(DeviceKey::Officer, generation)?,
            key_protection: keys.protection(),
            recipient,
            model: "phone".into(),
            succeeds,
            attestation,
        };
        let mut sealed = Vec::new();
        seal::seal(&mut application.encode()?.as_slice(), &mut sealed, &to)?;
        Ok(sealed)
    }

    /// What the platform says of the new keys; asked once for a code, because asking makes the keys anew. Without it the application goes all the same.
    fn attestation(&self, code: [u8; 16], device: Id, log: Id, generation: u32) -> Result<Option<Vec<u8>>, PhoneError> {
        let kept = self.with(|i| Ok(i.store.setting(key::ATTESTATION)?))?;
        if let Some((of, said)) = kept.as_deref().and_then(|k| k.split_first_chunk::<16>())
            && *of == code
        {
            return Ok((!said.is_empty()).then(|| said.to_vec()));
        }
        let challenge = attestation::challenge(&code, device, log);
        let said = self.host.keys.attest(generation, &challenge).ok().flatten().map(|a| a.encode()).transpose()?;
        let keep = [&code[..], said.as_deref().unwrap_or_default()].concat();
        self.with(|i| i.store.write::<_, PhoneError>(|tx| Ok(set(tx, key::ATTESTATION, &keep)?)))?;
        Ok(said)
    }

    /// The request of an application, signed by the LOG key that it asks to have enrolled.
    fn sign_application(&self, request: &Request) -> Result<(String, Digest), PhoneError> {
        let generation = self.with(|i| Ok(i.successor.map_or(i.generation, |s| s.generation)))?;
        let prepared = request.prepare(&self.host.keys.public_key(DeviceKey::Log, generation)?)?;
        let signature = self.host.keys.sign(DeviceKey::Log, generation, &prepared.message()?)?;
        let digest = prepared.digest();
        Ok((prepared.finish(&signature)?, digest))
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

/// A request's body: its digest, and the bytes or where they lie.
struct Body {
    digest: Digest,
    bytes: Vec<u8>,
    file: Option<HttpFile>,
    headers: Vec<(String, String)>,
}

impl Body {
    fn of(bytes: Vec<u8>, headers: Vec<(String, String)>) -> Self {
        Self { digest: sha256(&bytes), bytes, file: None, headers }
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

fn limit(plan: &Plan) -> u64 {
    if matches!(plan, Plan::Feed { .. }) { MAX_FEED } else { MAX_ANSWER }
}

/// SHA-256 of all that a reader gives.
fn digest_of(part: &mut impl std::io::Read) -> std::io::Result<Digest> {
    use sha2::Digest as _;
    let (mut hash, mut piece) = (sha2::Sha256::new(), vec![0; 64 << 10]);
    loop {
        match part.read(&mut piece)? {
            0 => return Ok(hash.finalize().into()),
            n => hash.update(piece.get(..n).unwrap_or_default()),
        }
    }
}

/// The bytes of a header `Mz-Request` or `Mz-Response`.
fn content(header: &str) -> Vec<u8> {
    data_encoding::BASE64URL_NOPAD.decode(header.trim().as_bytes()).unwrap_or_default()
}

impl Inner {
    fn next_plan(&mut self, now: &Reading, whole: bool) -> Result<Option<Plan>, PhoneError> {
        if !self.has_address()? {
            return Err(PhoneError::NotEnrolled);
        }
        if self.held_up(now)?.is_some() {
            return Ok(None);
        }
        let resting = self.rests.iter().filter(|(_, pace)| pace.wait_ms(now) > 0).map(|(item, _)| *item);
        let under_way = self.pending.values().map(|p| p.plan.file().copied());
        let busy: BTreeSet<Option<Digest>> = resting.chain(under_way.filter(Option::is_some)).collect();
        let plan = self.planned(busy, self.talking(), whole)?;
        if plan.is_none() && self.pending.is_empty() {
            self.round = Round::default();
        }
        Ok(plan)
    }

    /// A request about entries or feed is unanswered.
    pub(crate) fn talking(&self) -> bool {
        self.pending.values().any(|p| p.plan.file().is_none())
    }

    /// Of `busy` nothing is planned; none stands for the log.
    fn planned(&self, busy: BTreeSet<Option<Digest>>, talking: bool, whole: bool) -> Result<Option<Plan>, PhoneError> {
        if self.trust.is_none() {
            return Ok((!talking).then_some(Plan::Trust));
        }
        let invited = self.store.setting(key::CODE)?.is_some();
        if self.enrolled.is_none() || invited {
            return Ok((invited && !talking).then_some(Plan::Enrol));
        }
        let (most, _) = self.policy()?.allows(&self.conditions);
        let log_rests = busy.contains(&None);
        let lanes = Lanes { talking, files: busy.into_iter().flatten().collect(), log_rests, most, whole };
        Ok(sync::plan(&self.store, &self.round, self.cursor()?.map_or(0, |c| c.n), &lanes)?)
    }

    /// Whether the question that got no answer that counts would be put again just so.
    fn same_again(&self, pending: &Pending, now: &Reading) -> Result<bool, PhoneError> {
        let again = match pending.plan.file() {
            Some(sealed) => sync::plan_of(&self.store, &self.round, sealed, pending.whole)?,
            None => {
                let resting = |(item, pace): (&Option<Digest>, &Pace)| (pace.wait_ms(now) > 0).then_some(*item);
                self.planned(self.rests.iter().filter_map(resting).collect(), false, pending.whole)?
            }
        };
        Ok(again.as_ref() == Some(&pending.plan))
    }

    /// That the first `old` entries of a log are a prefix of its first `size`; empty when they are not fewer.
    pub(super) fn prove(&mut self, life: u64, old: u64, size: u64) -> Result<Vec<Digest>, PhoneError> {
        let kept = self.proofs.take().filter(|(of, _)| *of == life);
        let mut tree = kept.map(|(_, tree)| tree).unwrap_or_default();
        if (tree.size() as u64) < size {
            let new = self.store.read(|c| rows::headers_from(c, life, tree.size() as u64))?;
            new.iter().for_each(|h| tree.push(tree::leaf(h)));
        }
        let path = proof(&tree, old, size);
        self.proofs = Some((life, tree));
        path
    }

    /// A segment of the entries from `from` up to a checkpoint, sealed anew.
    fn segment_from(&self, to: &rows::CheckpointRow, from: u64, now: i64) -> Result<Vec<u8>, PhoneError> {
        let logs = self.store.read(rows::own_logs)?;
        let log = logs.into_iter().find(|l| l.life == to.life).ok_or(PhoneError::NotFound("log"))?.log;
        let entries = self.store.read(|c| rows::entries(c, to.life, from))?;
        let entries = entries.into_iter().filter(|e| e.header().seq < to.size).collect();
        let adopted = if from == 0 { self.adopted(to.life, log)? } else { None };
        let segment = Segment { log, from, entries, checkpoint: to.cose.clone(), adopted };
        let mut sealed = Vec::new();
        seal::seal(&mut segment.encode()?.as_slice(), &mut sealed, &self.office_recipients(now)?)?;
        Ok(sealed)
    }

    fn cursor(&self) -> Result<Option<Cursor>, PhoneError> {
        let Some(bytes) = self.store.setting(key::FEED)? else { return Ok(None) };
        let mut parts = cbor::decode(&bytes)?.array("cursor")?.into_iter();
        match (parts.next(), parts.next()) {
            (Some(n), Some(d)) => Ok(Some(Cursor { n: n.uint("cursor")?, digest: d.array_of("cursor")? })),
            _ => Err(PhoneError::Storage("cursor".into())),
        }
    }

    fn take_trust(&mut self, status: u16, body: &[u8], now: i64) -> Result<(), PhoneError> {
        if status != 200 {
            return Err(PhoneError::Refused(format!("信任列表未取得 / no trust list (HTTP {status})")));
        }
        let root = self.store.setting(key::ROOT)?.ok_or(PhoneError::NotEnrolled)?;
        let root = RootFingerprint(root.try_into().map_err(|_| PhoneError::NotEnrolled)?);
        TrustList::open(body, &root)?;
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

    fn update_file(&mut self, sealed: &Digest, change: impl FnOnce(&mut rows::SealedRow)) -> Result<(), PhoneError> {
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
                let kept = self.store.setting(key::CODE)?.unwrap_or_default();
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
                    trust.open_update(&body)?;
                    set(tx, key::TRUST, &body)?;
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

/// That the first `old` entries of a log are a prefix of its first `size`; empty when they are not fewer.
pub(super) fn proof(tree: &Tree, old: u64, size: u64) -> Result<Vec<Digest>, PhoneError> {
    if old >= size {
        return Ok(Vec::new());
    }
    let path = usize::try_from(old).ok().zip(usize::try_from(size).ok()).and_then(|(old, size)| tree.consistency(old, size));
    path.ok_or_else(|| PhoneError::Storage("the log is shorter than its checkpoint".into()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;

    #[test]
    fn p5_a_proof_that_cannot_be_made_is_an_error_not_an_empty_proof() {
        let leaves: Vec<Digest> = (0..7u8).map(|n| tree::leaf(&[n])).collect();
        let tree = Tree::new(leaves.clone());
        assert_eq!(proof(&tree, 3, 7).unwrap(), tree::consistency(&leaves, 3).unwrap());
        assert_eq!(proof(&tree, 7, 7).unwrap(), proof(&tree, 7, 5).unwrap(), "not fewer: nothing is to be shown");
        assert!(matches!(proof(&tree, 3, 8), Err(PhoneError::Storage(_))), "entries are missing");
        assert!(matches!(proof(&tree, 0, 7), Err(PhoneError::Storage(_))), "nothing extends nothing");
    }
}
