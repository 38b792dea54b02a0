//! A checkpoint that the inspected party holds, against the log as the office has it today: public page and JSON (P5).
//!
//! It says which prefix of which device's log is pinned and whether the log still contains it, never whose case it is.

use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::public::{cbor, file, missing, page};
use crate::published::time;
use crate::store::{Db, int, params, uint};
use crate::subtrees::Log;
use crate::text::{CONSOLE, Text, Texts};
use crate::{forks, ingest};
use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Query, State};
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use mingzheng_core::badge::FrameError;
use mingzheng_core::bundle::read_checkpoint;
use mingzheng_core::cbor::{MapBuilder, Value, encode};
use mingzheng_core::enrolment::Enrolment;
use mingzheng_core::id::{Digest, Id, hex};
use mingzheng_core::log::{Checkpoint, Fork};
use mingzheng_core::sign::Unverified;
use serde::Deserialize;
use std::sync::Arc;

const SCRIPT: &str = include_str!("../resources/witness.js");
/// As the other public pages, but with a form of its own.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What is to be said of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Today's log still contains the pinned prefix.
    Contained,
    /// Signed by an enrolled device, longer than what the office has received.
    NotYet,
    /// The log of the office is another: the device's key signed two histories.
    Contradicted,
    /// No device of this office has such a key.
    UnknownLog,
    /// The signature does not verify.
    BadSignature,
    /// A frame, but of a badge or an assignment.
    NoCheckpoint,
    /// Not readable as a whole: perhaps cut or mistyped.
    Unreadable,
}
impl Verdict {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Contained => "contained",
            Self::NotYet => "not_yet",
            Self::Contradicted => "contradicted",
            Self::UnknownLog => "unknown_log",
            Self::BadSignature => "bad_signature",
            Self::NoCheckpoint => "no_checkpoint",
            Self::Unreadable => "unreadable",
        }
    }
}

/// What the checkpoint pins, when its signature verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The device's log.
    pub log: Id,
    /// Number of the checkpoint.
    pub cp_no: u64,
    /// It pins the entries 0…size − 1.
    pub size: u64,
    /// When the device signed, by its own clock, ms.
    pub signed: i64,
    /// When the device was enrolled, ms.
    pub enrolled: i64,
    /// When the enrolment was withdrawn, ms.
    pub revoked: Option<i64>,
    /// When the office first received a checkpoint of this log that covers it, ms.
    pub received: Option<i64>,
    /// Size under the newest checkpoint that the office has of this log, and when that came, ms.
    pub newest: Option<(u64, i64)>,
    /// Digest of the fork proof that is kept.
    pub fork: Option<Digest>,
}

/// Judges what somebody pasted, typed or scanned.
///
/// # Errors
/// [`OfficeError`] of this office only.
pub fn judge(office: &Office, text: &str) -> Result<(Verdict, Option<Pin>)> {
    let signed = match held(text) {
        Ok(signed) => signed,
        Err(verdict) => return Ok((verdict, None)),
    };
    let Ok(kid) = Unverified::read(&signed, Checkpoint::TYP).map(|u| u.kid()) else { return Ok((Verdict::NoCheckpoint, None)) };
    let enrolments: Vec<Vec<u8>> =
        office.store.read(|c| Ok(c.rows("SELECT signed FROM enrolments", params![], |r| r.get(0))?))?;
    let mut known = enrolments.into_iter().filter_map(|signed| Some((Enrolment::open(&signed, &office.trust).ok()?, signed)));
    let Some((e, enrolment)) = known.find(|(e, _)| e.log_key.kid() == kid) else { return Ok((Verdict::UnknownLog, None)) };
    let Ok(cp) = Checkpoint::open(&signed, &e.log_key) else { return Ok((Verdict::BadSignature, None)) };
    if cp.log != e.log {
        return Ok((Verdict::BadSignature, None));
    }
    let (mut pin, standing) = office.store.read(|c| Ok((pin(c, &cp, &e)?, standing(c, &cp, &signed)?)))?;
    let verdict = match standing {
        Standing::Contained => Verdict::Contained,
        Standing::Longer => Verdict::NotYet,
        Standing::Contradicts { first, proof } => {
            let fork = Fork::Device { enrolment, first, second: signed, proof };
            pin.fork = forks::keep(office, cp.log, &fork)?;
            // The same content signed once more is no second history.
            if pin.fork.is_some() { Verdict::Contradicted } else { Verdict::Contained }
        }
    };
    Ok((verdict, Some(pin)))
}

/// The signed checkpoint in a QR's text, its digits alone, or hex of the COSE bytes; blanks and dashes of a typist do not count.
fn held(text: &str) -> std::result::Result<Vec<u8>, Verdict> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if compact.starts_with("d2") {
        return data_encoding::HEXLOWER_PERMISSIVE.decode(compact.as_bytes()).map_err(|_| Verdict::Unreadable);
    }
    if !compact.contains('#') && !compact.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(Verdict::Unreadable);
    }
    read_checkpoint(compact.as_bytes()).map_err(|e| match e {
        FrameError::Newer => Verdict::NoCheckpoint,
        _ => Verdict::Unreadable,
    })
}

enum Standing {
    Contained,
    Longer,
    Contradicts { first: Vec<u8>, proof: Option<Vec<Digest>> },
}

fn standing(c: &Db, cp: &Checkpoint, signed: &[u8]) -> Result<Standing> {
    let same_number: Option<Vec<u8>> =
        c.row("SELECT signed FROM checkpoints WHERE log = ? AND cp_no = ?", params![cp.log.0, int(cp.cp_no)], |r| r.get(0))?;
    if let Some(first) = same_number.filter(|first| first != signed) {
        return Ok(Standing::Contradicts { first, proof: None });
    }
    let log = Log::Device(cp.log);
    if log.size(c)? < cp.size {
        return Ok(Standing::Longer);
    }
    if log.root(c, cp.size)? == cp.root {
        return Ok(Standing::Contained);
    }
    let next: Option<(Vec<u8>, i64)> = c.row(
        "SELECT signed, size FROM checkpoints WHERE log = ? AND size >= ? ORDER BY size LIMIT 1",
        params![cp.log.0, int(cp.size)],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    // A root that only the adopted tail contradicts: nothing that the key signed does.
    let Some((first, size)) = next else { return Ok(Standing::Longer) };
    Ok(Standing::Contradicts { first, proof: ingest::prefix_proof(c, log, cp.size, uint(size))? })
}

fn pin(c: &Db, cp: &Checkpoint, e: &Enrolment) -> Result<Pin> {
    let received =
        c.one("SELECT min(received) FROM checkpoints WHERE log = ? AND size >= ?", params![cp.log.0, int(cp.size)], |r| {
            r.get(0)
        })?;
    let newest =
        c.row("SELECT size, received FROM checkpoints WHERE log = ? ORDER BY size DESC LIMIT 1", params![cp.log.0], |r| {
            Ok((uint(r.get(0)?), r.get(1)?))
        })?;
    let revoked = c.row("SELECT at FROM revocations WHERE log = ?", params![cp.log.0], |r| r.get(0))?;
    Ok(Pin {
        log: cp.log,
        cp_no: cp.cp_no,
        size: cp.size,
        signed: cp.clocks.reading.wall_ms,
        enrolled: e.at,
        revoked,
        received,
        newest,
        fork: None,
    })
}

/// That one checkpoint's entries are a prefix of another's (`docs/formats/verification.md` §8), for `mingzheng verify --proof`.
fn proof(office: &Office, log: Id, a: u64, b: u64) -> Result<Vec<u8>> {
    let (from, to) = (a.min(b), a.max(b));
    let path = office.store.read(|c| {
        let held = Log::Device(log).size(c)?;
        if held < to { Ok(None) } else { Log::Device(log).consistency(c, from, to) }
    })?;
    let path: Vec<Value> = path.ok_or(OfficeError::NotFound("proof"))?.into_iter().map(Value::from).collect();
    let m = MapBuilder::new().with("v", 1).with("log", log).with("from", from).with("to", to).with("proof", path);
    Ok(encode(&m.build())?)
}

impl Pin {
    fn proof_path(&self) -> Option<String> {
        let (newest, _) = self.newest?;
        Some(format!("/witness/proof?log={}&a={}&b={newest}", self.log, self.size))
    }
}

/// Routes of the page.
pub fn router() -> Router<Arc<Office>> {
    Router::new()
        .route(
            "/witness",
            get(|s: Shared| answer(s, |o| show(o, None)))
                .post(|s: Shared, f: Form<Asked>| answer(s, move |o| show(o, Some(&f.0.text)))),
        )
        .route("/assets/witness.js", get(|| async { file("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/witness/proof", get(|s: Shared, q: Query<Between>| answer(s, move |o| proof_file(o, &q.0))))
        .route("/v1/witness", post(|s: Shared, body: String| answer(s, move |o| json(o, &body))))
        .layer(DefaultBodyLimit::max(16 << 10))
}

type Shared = State<Arc<Office>>;

async fn answer(State(office): Shared, f: impl FnOnce(&Office) -> Result<Response> + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(move || f(&office)).await {
        Ok(Ok(response)) => response,
        Ok(Err(OfficeError::NotFound(_))) => missing(),
        Ok(Err(error)) => {
            tracing::error!(%error, "public page");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[derive(Deserialize)]
struct Asked {
    text: String,
}

#[derive(Deserialize)]
struct Between {
    log: String,
    a: u64,
    b: u64,
}

fn proof_file(office: &Office, q: &Between) -> Result<Response> {
    let log = Id::from_hex(&q.log).ok_or(OfficeError::NotFound("log"))?;
    Ok(cbor(proof(office, log, q.a, q.b)?, &format!("prefix-{}-{}.cbor", q.a, q.b)))
}

fn json(office: &Office, body: &str) -> Result<Response> {
    // `{"text": …}` or the text itself.
    let text = serde_json::from_str::<serde_json::Value>(body).ok().and_then(|v| Some(v.get("text")?.as_str()?.to_owned()));
    let (verdict, pin) = judge(office, text.as_deref().unwrap_or(body))?;
    let said = explain(verdict);
    let mut out = serde_json::json!({"state": verdict.name(), "zh": said.zh, "en": said.en});
    if let (Some(p), Some(map)) = (pin, out.as_object_mut()) {
        let newest = p.newest.map(|(size, at)| serde_json::json!({"entries": size, "received_at": at}));
        for (name, value) in [
            ("log", p.log.to_string().into()),
            ("cp_no", p.cp_no.into()),
            ("entries", p.size.into()),
            ("signed_at", p.signed.into()),
            ("enrolled_at", p.enrolled.into()),
            ("revoked_at", p.revoked.into()),
            ("received_at", p.received.filter(|_| verdict == Verdict::Contained).into()),
            ("newest", newest.into()),
            ("fork", p.fork.map(|d| format!("/log/fork/{}", hex(&d))).into()),
            ("proof", (verdict == Verdict::Contained).then(|| p.proof_path()).flatten().into()),
        ] {
            map.insert(name.to_owned(), value);
        }
    }
    Ok(file("application/json", out.to_string()))
}

fn explain(verdict: Verdict) -> Text {
    CONSOLE.get(&format!("witness.{}", verdict.name()))
}

#[derive(Template)]
#[template(path = "witness.html")]
struct Page {
    t: &'static Texts,
    organ: String,
    root: String,
    nav: &'static str,
    result: Option<Shown>,
}

/// A result on the page.
struct Shown {
    class: &'static str,
    mark: &'static str,
    title: String,
    explain: String,
    facts: Vec<(String, String)>,
    proof: Option<String>,
    fork: Option<String>,
}

fn shown(verdict: Verdict, pin: Option<Pin>) -> Shown {
    let (class, mark) = match verdict {
        Verdict::Contained => ("good", "✓"),
        Verdict::NotYet | Verdict::Unreadable | Verdict::NoCheckpoint => ("warn", "!"),
        Verdict::Contradicted | Verdict::UnknownLog | Verdict::BadSignature => ("bad", "✗"),
    };
    let text = explain(verdict);
    let mut facts = Vec::new();
    if let Some(p) = &pin {
        let mut fact = |name: &str, value: String| facts.push((CONSOLE.both(name), value));
        fact("witness.prefix", if p.size == 0 { "—".into() } else { format!("0…{}（{}）", p.size - 1, p.size) });
        fact("witness.log", p.log.to_string());
        fact("witness.number", p.cp_no.to_string());
        fact("witness.signed", time(p.signed));
        fact("witness.enrolled", time(p.enrolled));
        if let Some(at) = p.revoked {
            fact("witness.revoked", time(at));
        }
        // What the office received of a contradicted checkpoint is another history.
        if verdict != Verdict::Contradicted {
            fact("witness.received", p.received.map_or_else(|| CONSOLE.plain("witness.none"), time));
        }
        if let Some((size, at)) = p.newest {
            fact("witness.newest", format!("{size} · {}", time(at)));
        }
    }
    Shown {
        class,
        mark,
        title: CONSOLE.both(&format!("witness.{}.title", verdict.name())),
        explain: crate::text::html(&text.zh, &text.en),
        facts,
        proof: pin.as_ref().filter(|_| verdict == Verdict::Contained).and_then(Pin::proof_path),
        fork: pin.and_then(|p| p.fork).map(|d| hex(&d)),
    }
}

fn show(office: &Office, asked: Option<&str>) -> Result<Response> {
    let result = asked.map(|text| judge(office, text)).transpose()?.map(|(verdict, pin)| shown(verdict, pin));
    let mut response = page(&Page {
        t: &CONSOLE,
        organ: office.trust.organ.clone(),
        root: office.fingerprint()?.to_string(),
        nav: "witness",
        result,
    })?;
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}
