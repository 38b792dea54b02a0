//! The phones' endpoints (`docs/sync.md`): every request is verified before anything else happens, every answer is signed, refusals too.

use crate::enrol::{self, Device};
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::store::{Tx, params};
use crate::{feed, ingest, log, recovery, revoke, uploads, wipe};
use mingzheng_core::cbor::{MapBuilder, Value, encode};
use mingzheng_core::id::{Digest, Id, digest_from_hex, hex, sha256};
use mingzheng_core::sign::PublicKey;
use mingzheng_core::trust::Use;
use mingzheng_core::wire::{
    Anchor, CREATED_LIMIT_MS, Claimed, RESPONSE_HEADER, Response, Seen, UPDATE_CODE, VERSION_HEADER, WIPE_CODE, common_version,
    spoken_versions,
};
use sha2::{Digest as _, Sha256};

/// Nonces are kept this long; older ones are refused by their `created`.
const NONCE_LIFE_MS: i64 = 2 * CREATED_LIMIT_MS;

/// A request as it arrived, free of any HTTP library.
#[derive(Default)]
pub struct Call {
    /// Method in upper case.
    pub method: String,
    /// `Host`.
    pub authority: String,
    /// Path.
    pub path: String,
    /// Query without the question mark.
    pub query: Option<String>,
    /// `Mz-Request`.
    pub signature: Option<String>,
    /// `Mz-Version`.
    pub versions: Option<String>,
    /// `Tus-Resumable`.
    pub tus: Option<String>,
    /// `Upload-Length`.
    pub upload_length: Option<String>,
    /// `Upload-Metadata`.
    pub upload_metadata: Option<String>,
    /// `Upload-Offset`.
    pub upload_offset: Option<String>,
    /// `Upload-Checksum`.
    pub upload_checksum: Option<String>,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is answered.
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}
impl Reply {
    fn new(status: u16, body: Vec<u8>) -> Self {
        Self { status, headers: vec![], body }
    }
    fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
    fn standing(self, s: &uploads::Standing) -> Self {
        let reply = self.with("upload-offset", s.offset);
        match &s.expires {
            Some(date) => reply.with("upload-expires", date),
            None => reply,
        }
    }
}

/// Why a request is refused, in a form that the phone understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The code that a phone acts on.
    pub code: &'static str,
    /// For people, Chinese and English.
    pub message: String,
    /// The office's size, for `old_size` and `behind`.
    pub size: Option<u64>,
    /// Digest of the proof that is kept, for `fork`.
    pub fork: Option<Digest>,
    /// The signed order, for `wipe`.
    pub order: Option<Vec<u8>>,
}

/// A refusal.
#[must_use]
pub fn refuse(status: u16, code: &'static str, message: &str) -> Refusal {
    Refusal { status, code, message: message.to_owned(), size: None, fork: None, order: None }
}

impl From<OfficeError> for Refusal {
    fn from(e: OfficeError) -> Self {
        if let OfficeError::Refused(r) = e {
            return r;
        }
        tracing::error!(error = %e, "request failed");
        if matches!(e, OfficeError::Recovery) {
            refuse(
                503,
                "recovery",
                "机关正由备份恢复，暂不出具回执 the office recovers from a backup and gives no receipts for now",
            )
        } else if matches!(e, OfficeError::ObjectsAway(_) | OfficeError::ObjectsTls(_)) {
            refuse(503, "objects", "文件存储暂不可用，请稍后再试 the store of files does not answer; try again later")
        } else if e.is_full() {
            refuse(507, "office_full", "机关存储已满 the office's storage is full")
        } else if matches!(&e, OfficeError::Store(s) if s.is_away()) {
            refuse(503, "store", "机关数据库暂不可用，请稍后再试 the office's database does not answer now; try again later")
        } else {
            refuse(500, "internal", "机关内部错误，请稍后再试 an error inside the office; try again later")
        }
    }
}

type Answer = std::result::Result<Reply, Refusal>;

enum Route {
    Enrol,
    Feed,
    Segments,
    Uploads,
    UploadOptions,
    UploadHead(Digest),
    UploadDelete(Digest),
    UploadPatch(Digest),
    Custody(Digest),
    Consistency,
    Seen,
}

impl Route {
    fn of(method: &str, path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').collect();
        Some(match (method, parts.as_slice()) {
            ("POST", ["", "v1", "enrol"]) => Self::Enrol,
            ("GET", ["", "v1", "feed"]) => Self::Feed,
            ("POST", ["", "v1", "segments"]) => Self::Segments,
            ("POST", ["", "v1", "uploads"]) => Self::Uploads,
            ("OPTIONS", ["", "v1", "uploads"]) => Self::UploadOptions,
            ("HEAD", ["", "v1", "uploads", d]) => Self::UploadHead(digest_from_hex(d)?),
            ("DELETE", ["", "v1", "uploads", d]) => Self::UploadDelete(digest_from_hex(d)?),
            ("PATCH", ["", "v1", "uploads", d]) => Self::UploadPatch(digest_from_hex(d)?),
            ("GET", ["", "v1", "custody", d]) => Self::Custody(digest_from_hex(d)?),
            ("GET", ["", "v1", "log", "consistency"]) => Self::Consistency,
            ("POST", ["", "v1", "log", "seen"]) => Self::Seen,
            _ => return None,
        })
    }
}

/// Most bytes of a request's body.
#[must_use]
pub fn body_limit(method: &str, path: &str) -> usize {
    match Route::of(method, path) {
        Some(Route::Segments) => 16 << 20,
        Some(Route::UploadPatch(_)) => uploads::MAX_CHUNK,
        Some(Route::Enrol) => 64 << 10,
        _ => 4 << 10,
    }
}

/// Answers a request below `/v1/`.
#[must_use]
pub fn answer(office: &Office, call: Call) -> Reply {
    let understood = common_version(call.versions.as_deref()).is_some();
    if understood && (call.method.as_str(), call.path.as_str()) == ("GET", "/v1/trust") {
        let reply = Reply::new(200, office.newest_trust()).with("content-type", "application/cbor");
        return reply.with(VERSION_HEADER, spoken_versions());
    }
    let claimed = call.signature.as_deref().map(Claimed::read);
    let request = match &claimed {
        Some(Ok(c)) => c.digest(),
        _ => sha256(&[]),
    };
    let mut anchor = None;
    let reply = match claimed {
        _ if !understood => {
            Err(refuse(426, UPDATE_CODE, "手机与机关的版本不同，请升级 phone and office speak no version in common: update"))
        }
        // Proofs of the office's own log, and what it can do, are for everybody.
        None if matches!(Route::of(&call.method, &call.path), Some(Route::Consistency)) => consistency(office, &call),
        None if matches!(Route::of(&call.method, &call.path), Some(Route::UploadOptions)) => Ok(upload_options()),
        Some(Ok(c)) => handle(office, &call, c, &mut anchor),
        _ => Err(refuse(401, "unsigned", "请求未签名 the request is not signed")),
    };
    finish(office, &call, reply, request, anchor)
}

/// The signed answer.
fn finish(office: &Office, call: &Call, reply: Answer, request: Digest, anchor: Option<Vec<u8>>) -> Reply {
    let reply = reply.unwrap_or_else(|r| {
        tracing::info!(status = r.status, code = r.code, "refused");
        // An answer to HEAD has no body (RFC 9110 §9.3.2); what is signed is what arrives.
        let body = if call.method == "HEAD" { vec![] } else { ingest::refusal_body(&r).unwrap_or_default() };
        Reply::new(r.status, body).with("content-type", "application/cbor")
    });
    let of_tus = call.path.starts_with("/v1/uploads") && call.method != "OPTIONS";
    let reply = if of_tus { reply.with("tus-resumable", "1.0.0") } else { reply };
    let signed = sign(office, reply, request, anchor).unwrap_or_else(|e| {
        tracing::error!(error = %e, "answer could not be signed");
        Reply::new(500, vec![])
    });
    signed.with(VERSION_HEADER, spoken_versions())
}

/// What this server can do of tus 1.0.0.
fn upload_options() -> Reply {
    Reply::new(204, vec![])
        .with("tus-version", "1.0.0")
        .with("tus-extension", "creation,checksum,termination,expiration")
        .with("tus-max-size", uploads::MAX_LENGTH)
        .with("tus-checksum-algorithm", "sha256")
}

/// Whether the body of a request is a stream that is kept as it comes: the rest of a file in one request, without a checksum.
#[must_use]
pub fn is_stream(call: &Call) -> bool {
    call.upload_checksum.is_none() && matches!(Route::of(&call.method, &call.path), Some(Route::UploadPatch(_)))
}

/// A request whose body comes piece by piece. Who signed it, when, and for which upload is verified before the first piece; whether the body is the one
/// that was signed shows at its end (`docs/adr/0007`).
pub struct Streamed {
    call: Call,
    request: Digest,
    anchor: Option<Vec<u8>>,
    body: Digest,
    seen: Sha256,
    append: std::result::Result<uploads::Append, Refusal>,
}

impl Streamed {
    /// Verifies everything but the body.
    ///
    /// # Errors
    /// The signed refusal.
    pub fn begin(office: &Office, call: Call) -> std::result::Result<Self, Reply> {
        let claimed = match call.signature.as_deref().map(Claimed::read) {
            Some(Ok(claimed)) if common_version(call.versions.as_deref()).is_some() => claimed,
            _ => return Err(answer(office, call)),
        };
        let (request, body, mut anchor) = (claimed.digest(), claimed.body(), None);
        let begun = match Route::of(&call.method, &call.path) {
            Some(Route::UploadPatch(sealed)) => device(office, &call, claimed, body, &mut anchor)
                .and_then(|device| Ok((upload_offset(&call)?, device)))
                .and_then(|(offset, device)| uploads::Append::begin(office, &device, &sealed, offset)),
            _ => Err(refuse(404, "not_found", "没有此地址 no such address")),
        };
        match begun {
            Ok(append) => Ok(Self { call, request, anchor, body, seen: Sha256::new(), append: Ok(append) }),
            Err(r) => Err(finish(office, &call, Err(r), request, anchor)),
        }
    }

    /// Keeps a piece; says whether more is wanted.
    pub fn keep(&mut self, office: &Office, piece: &[u8]) -> bool {
        self.seen.update(piece);
        if let Ok(append) = &mut self.append
            && let Err(r) = append.keep(office, piece)
        {
            self.append = Err(r);
        }
        self.append.is_ok()
    }

    /// The answer when the body has ended; `cut` when it ended before its time.
    #[must_use]
    pub fn end(self, office: &Office, cut: bool) -> Reply {
        let as_signed = Digest::from(self.seen.finalize()) == self.body;
        let ended = self.append.and_then(|append| {
            if as_signed {
                return append.end(office);
            }
            if !cut {
                append.take_back(office)?;
            }
            Err(refuse(403, "bad_signature", "正文与签名不符 the body is not the one that was signed"))
        });
        let reply = ended.map(|s| Reply::new(204, vec![]).standing(&s));
        finish(office, &self.call, reply, self.request, self.anchor)
    }
}

fn upload_offset(call: &Call) -> std::result::Result<u64, Refusal> {
    if call.content_type.as_deref() != Some("application/offset+octet-stream") {
        return Err(refuse(415, "content_type", "application/offset+octet-stream"));
    }
    let offset = call.upload_offset.as_deref().and_then(|o| o.parse().ok());
    offset.ok_or_else(|| refuse(400, "malformed", "Upload-Offset"))
}

fn sign(office: &Office, reply: Reply, request: Digest, anchor: Option<Vec<u8>>) -> Result<Reply> {
    let at = office.now();
    let head = office.store.read(log::head)?;
    recovery::mark(office, &head)?;
    let body = sha256(&reply.body);
    let signature = Response { request, status: reply.status, body, at, head, anchor }.issue(office.keys.signer(Use::Feed)?)?;
    Ok(reply.with(RESPONSE_HEADER, signature))
}

/// `anchor` is set as soon as the request is known to come from a device and noted, so that even a refusal carries the office's time.
fn handle(office: &Office, call: &Call, claimed: Claimed, anchor: &mut Option<Vec<u8>>) -> Answer {
    let route = Route::of(&call.method, &call.path).ok_or_else(|| refuse(404, "not_found", "没有此地址 no such address"))?;
    let body = sha256(&call.body);
    if let Route::Enrol = route {
        let application = enrol::open(office, &call.body)?;
        Arrival::of(office, call, claimed, body, &application.log_key)?.note(office, anchor)?;
        return Ok(Reply::new(201, enrol::apply(office, &application)?).with("content-type", "application/cbor"));
    }
    let (device, arrival) = signer(office, call, claimed, body)?;
    let permitted = permitted(office, call, &device);
    if let (Route::Segments, Ok(())) = (&route, &permitted) {
        // Segments and the arrival of the request that brings them are one transaction, and so one sync of the disk.
        let receipts = match call.query.as_deref() {
            None => ingest::submit(office, &device, &call.body, &arrival, anchor)?,
            Some(q) => ingest::carry(office, &device, carried_log(q), &call.body, &arrival, anchor)?,
        };
        return cbor(201, mingzheng_core::wire::Submission::answer(&receipts).map_err(OfficeError::from)?);
    }
    admit(office, &device, &arrival, permitted, anchor)?;
    serve(office, call, &route, &device)
}

/// `log=…`: the log that a paired phone brings, where it is named.
fn carried_log(query: &str) -> Option<Id> {
    query.strip_prefix("log=").and_then(Id::from_hex)
}

/// The device that signed the request for a body of that digest; the request is noted.
fn device(
    office: &Office,
    call: &Call,
    claimed: Claimed,
    body: Digest,
    anchor: &mut Option<Vec<u8>>,
) -> std::result::Result<Device, Refusal> {
    let (device, arrival) = signer(office, call, claimed, body)?;
    admit(office, &device, &arrival, permitted(office, call, &device), anchor)?;
    Ok(device)
}

/// Notes a request. Only one that is no replay hands a device its wipe order.
fn admit(
    office: &Office,
    device: &Device,
    arrival: &Arrival,
    permitted: std::result::Result<(), Refusal>,
    anchor: &mut Option<Vec<u8>>,
) -> std::result::Result<(), Refusal> {
    arrival.note(office, anchor)?;
    if permitted.as_ref().is_err_and(|refusal| refusal.order.is_some()) {
        wipe::handed(office, device.enrolment.log)?;
    }
    permitted
}

/// Who signed the request, by the signature alone.
fn signer(office: &Office, call: &Call, claimed: Claimed, body: Digest) -> std::result::Result<(Device, Arrival), Refusal> {
    let unknown = || refuse(403, "not_enrolled", "设备未登记 this device is not enrolled");
    let device = claimed.enrolment().map(|e| enrol::device(office, e)).transpose()?.flatten().ok_or_else(unknown)?;
    let arrival = Arrival::of(office, call, claimed, body, &device.enrolment.log_key)?;
    Ok((device, arrival))
}

/// Whether a device may do anything: it is neither to be wiped nor withdrawn.
fn permitted(office: &Office, call: &Call, device: &Device) -> std::result::Result<(), Refusal> {
    let (order, revoked) = office.store.read(|c| {
        let log = device.enrolment.log;
        Ok((wipe::pending(c, log, office.now())?, revoke::is_revoked(c, log)?))
    })?;
    if let Some(order) = order {
        let message = "此设备应立即清除 this device is to be wiped";
        return Err(Refusal { order: Some(order), ..refuse(403, WIPE_CODE, message) });
    }
    if revoked {
        return Err(refuse(403, "revoked", "此设备的登记已撤销 the enrolment of this device was withdrawn"));
    }
    if call.tus.as_deref().is_some_and(|v| v != "1.0.0") {
        return Err(refuse(412, "tus_version", "只支持 only tus 1.0.0"));
    }
    Ok(())
}

/// A request whose signature is right. It counts once it is noted: only then is it known to be no replay, and only then is its anchor given out.
pub(crate) struct Arrival {
    nonce: [u8; 16],
    now: i64,
    /// Made more than a day from now by the device's clock.
    far: bool,
    anchor: Vec<u8>,
}

impl Arrival {
    /// Verifies the signature.
    fn of(office: &Office, call: &Call, claimed: Claimed, body: Digest, key: &PublicKey) -> std::result::Result<Self, Refusal> {
        let path = match &call.query {
            Some(q) => format!("{}?{q}", call.path),
            None => call.path.clone(),
        };
        let seen = Seen { method: &call.method, authority: &call.authority, path: &path, body };
        let request = claimed.verify(key, &seen).map_err(|e| refuse(403, "bad_signature", &format!("请求签名无效 {e}")))?;
        let now = office.now();
        let anchor =
            Anchor { nonce: request.nonce, at: now }.issue(office.keys.signer(Use::Anchor)?).map_err(OfficeError::from)?;
        Ok(Self { nonce: request.nonce, now, far: (now - request.created).abs() > CREATED_LIMIT_MS, anchor })
    }

    /// Notes anchor and nonce in a transaction; why the request does not count, where it does not. Either way the anchor may be given out when this is committed.
    ///
    /// # Errors
    /// [`OfficeError::Store`].
    pub(crate) fn note_in(&self, tx: &Tx<'_>) -> Result<std::result::Result<(), Refusal>> {
        // Entries may name it; the office hands it out again with a bundle.
        tx.execute(
            "INSERT INTO anchors (digest, signed, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            params![sha256(&self.anchor), self.anchor, self.now],
        )?;
        if self.far {
            return Ok(Err(refuse(401, "clock", "设备时钟相差超过 24 小时 the device's clock is more than 24 h off")));
        }
        tx.execute("DELETE FROM nonces WHERE at < ?", params![self.now - NONCE_LIFE_MS])?;
        let insert = "INSERT INTO nonces (nonce, at) VALUES (?, ?) ON CONFLICT DO NOTHING";
        let fresh = tx.execute(insert, params![self.nonce, self.now])? == 1;
        Ok(if fresh { Ok(()) } else { Err(refuse(409, "replayed", "重复的请求 this request was sent before")) })
    }

    /// Notes it in a transaction of its own. Where nothing can be written the phone is told so without an anchor (F32).
    pub(crate) fn note(&self, office: &Office, anchor: &mut Option<Vec<u8>>) -> std::result::Result<(), Refusal> {
        let noted = office.store.write(|tx| self.note_in(tx))?;
        *anchor = Some(self.anchor());
        noted
    }

    /// What the answer carries once this is noted.
    pub(crate) fn anchor(&self) -> Vec<u8> {
        self.anchor.clone()
    }
}

fn cbor(status: u16, body: Vec<u8>) -> Answer {
    Ok(Reply::new(status, body).with("content-type", "application/cbor"))
}

fn serve(office: &Office, call: &Call, route: &Route, device: &Device) -> Answer {
    let tus = |status| Reply::new(status, vec![]);
    let malformed = |what: &str| refuse(400, "malformed", what);
    match route {
        Route::Enrol | Route::Segments => Err(refuse(404, "not_found", "没有此地址 no such address")),
        Route::Feed => {
            let after = match call.query.as_deref() {
                None => 0,
                Some(q) => q.strip_prefix("after=").and_then(|n| n.parse().ok()).ok_or_else(|| malformed("after"))?,
            };
            cbor(200, feed::items(office, device, after)?)
        }
        Route::Uploads => {
            let length = call.upload_length.as_deref().and_then(|l| l.parse().ok()).ok_or_else(|| malformed("Upload-Length"))?;
            let sealed =
                call.upload_metadata.as_deref().and_then(uploads::sealed_of).ok_or_else(|| malformed("Upload-Metadata"))?;
            let standing = uploads::create(office, device, &sealed, length)?;
            Ok(tus(201).with("location", format!("/v1/uploads/{}", hex(&sealed))).standing(&standing))
        }
        Route::UploadOptions => Ok(upload_options()),
        Route::UploadHead(sealed) => {
            let standing = uploads::standing(office, device, sealed)?;
            Ok(tus(200).standing(&standing).with("upload-length", standing.length).with("cache-control", "no-store"))
        }
        Route::UploadDelete(sealed) => {
            uploads::terminate(office, device, sealed)?;
            Ok(tus(204))
        }
        Route::UploadPatch(sealed) => {
            let offset = upload_offset(call)?;
            let standing = uploads::append(office, device, sealed, offset, call.upload_checksum.as_deref(), &call.body)?;
            Ok(tus(204).standing(&standing))
        }
        Route::Custody(sealed) => cbor(200, uploads::custody(office, sealed)?),
        Route::Consistency => consistency(office, call),
        Route::Seen => {
            let heard = recovery::hear_signed(office, &call.body)
                .map_err(|_| refuse(422, "not_ours", "不是本机关签名的答复 not an answer that this office signed"))?;
            cbor(200, encode(&MapBuilder::new().with("state", heard.name()).build()).map_err(OfficeError::from)?)
        }
    }
}

/// `epoch=E&from=N&to=M` → `{"proof": [* digest]}`.
fn consistency(office: &Office, call: &Call) -> Answer {
    let number = |name: &str| {
        let query = call.query.as_deref().unwrap_or_default();
        let mut found = query.split('&').filter_map(|p| p.split_once('=')).filter(|(n, _)| *n == name);
        let value = found.next().and_then(|(_, v)| v.parse::<u64>().ok());
        value.ok_or_else(|| refuse(400, "malformed", name))
    };
    let (epoch, from, to) = (number("epoch")?, number("from")?, number("to")?);
    let proof = office.store.read(|c| Ok(log::consistency(c, epoch, from, to)))??;
    let proof: Vec<Value> = proof.into_iter().map(Value::from).collect();
    let body = encode(&MapBuilder::new().with("proof", proof).build()).map_err(OfficeError::from)?;
    Ok(Reply::new(200, body).with("content-type", "application/cbor"))
}
