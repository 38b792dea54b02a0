//! What is asked of the office: builds and signs the planned request. What its answer means is told in `answer`.

use super::answer::limit;
use super::state::{Inner, key};
use super::{Phone, PhoneError};
use crate::attestation;
use crate::cbor;
use crate::clock::Reading;
use crate::enrolment::{Application, Enrolment, Invitation, Succession};
use crate::host::{DeviceKey, KeyError};
use crate::id::{Digest, Id, sha256};
use crate::log::tree::{self, Tree};
use crate::seal;
use crate::store::{rows, set};
use crate::sync::schedule::Pace;
use crate::sync::{self, Lanes, Pending, Plan, Round};
use crate::wire::{self, Cursor, Request, Segment, Submission};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::RangeInclusive;
use std::path::PathBuf;

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
            asked = wire::header_bytes(&header)?;
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
                let said = self.with(|i| i.round.set_back.clone().ok_or(PhoneError::NotFound("answer to show back")))?;
                cbor(said)
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
        if self.trust.is_none() || self.trust_asked {
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
    pub(super) fn same_again(&self, pending: &Pending, now: &Reading) -> Result<bool, PhoneError> {
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

    pub(super) fn cursor(&self) -> Result<Option<Cursor>, PhoneError> {
        let Some(bytes) = self.store.setting(key::FEED)? else { return Ok(None) };
        let mut parts = cbor::decode(&bytes)?.array("cursor")?.into_iter();
        match (parts.next(), parts.next()) {
            (Some(n), Some(d)) => Ok(Some(Cursor { n: n.uint("cursor")?, digest: d.array_of("cursor")? })),
            _ => Err(PhoneError::Storage("cursor".into())),
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
