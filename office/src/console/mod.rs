//! The console: on loopback only, opened by a one-time link. Until accounts exist whoever holds the link is the office (design, issue 3).

mod ledgers;
mod papers;
mod procedures;
mod publications;
mod register;
mod retention;
mod view;

use crate::access;
use crate::cases::{self, Named};
use crate::error::{OfficeError, Result};
use crate::export::{self, Form};
use crate::keys::random;
use crate::office::Office;
use crate::serve::Peer;
use crate::store::params;
use crate::text::{CONSOLE, Texts};
use askama::Template;
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Form as Posted, Path, Query, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, HeaderName, HeaderValue, ORIGIN,
    REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use mingzheng_core::bundle::{self, Language};
use mingzheng_core::evidence;
use mingzheng_core::id::{Id, digest_from_hex, hex, sha256};
use mingzheng_core::log::Act;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

const STYLE: &str = include_str!("../../resources/console.css");
const ICON: &str = include_str!("../../resources/icon.svg");
const LINK_LIFE_MS: i64 = 3_600_000;
const SESSION_LIFE_MS: i64 = 12 * 3_600_000;
/// Until accounts exist there is one: whoever opened the console.
const ACCOUNT: &str = "console";
/// What of a case is looked at when it is no single file.
const WHOLE: &str = "case";
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The console of a running server.
pub struct Console {
    office: Arc<Office>,
    address: SocketAddr,
    /// Sessions by SHA-256 of the cookie, with the time they end.
    sessions: Mutex<BTreeMap<[u8; 32], i64>>,
}

impl Console {
    /// For the server that listens at `address`.
    #[must_use]
    pub fn new(office: Arc<Office>, address: SocketAddr) -> Self {
        Self { office, address, sessions: Mutex::default() }
    }

    /// Two servers on one machine share a host name, and cookies know no ports.
    fn cookie(&self) -> String {
        format!("mingzheng_{}", self.address.port())
    }

    fn signed_in(&self, headers: &HeaderMap) -> bool {
        let name = self.cookie();
        let cookies = headers.get_all(COOKIE).iter().filter_map(|c| c.to_str().ok()).flat_map(|c| c.split(';'));
        let mine =
            cookies.filter_map(|c| c.trim().split_once('=')).find(|(n, _)| *n == name).map(|(_, value)| sha256(value.as_bytes()));
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        mine.and_then(|m| sessions.get(&m).copied()).is_some_and(|until| until > self.office.now())
    }

    /// Whether `Host` names this machine: another name that resolves to loopback is an attack (DNS rebinding).
    fn is_me(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
        let port = self.address.port();
        [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("[::1]:{port}"), self.address.to_string()]
            .iter()
            .any(|me| me == host)
    }
}

/// Makes a one-time link to the console.
///
/// # Errors
/// [`OfficeError`].
pub fn link(office: &Office, address: SocketAddr) -> Result<String> {
    let token = hex(&random::<24>()?);
    let now = office.now();
    office.store.write(|tx| {
        tx.execute("DELETE FROM links WHERE expires < ?", params![now])?;
        Ok(tx
            .execute("INSERT INTO links (token, expires) VALUES (?, ?)", params![sha256(token.as_bytes()), now + LINK_LIFE_MS])?)
    })?;
    Ok(format!("{}/console/open?link={token}", office.settings.here(address)))
}

type Shared = State<Arc<Console>>;

/// Routes of the console.
pub fn router(console: Arc<Console>) -> Router {
    Router::new()
        .route("/console", get(|| async { Redirect::to("/console/cases") }))
        .route("/console/open", get(open))
        .route("/console/style.css", get(|| async { ([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE) }))
        .route("/console/icon.svg", get(|| async { ([(CONTENT_TYPE, "image/svg+xml")], ICON) }))
        .route("/console/cases", get(list))
        .route("/console/cases/{case}", get(case))
        .route("/console/cases/{case}/photos/{number}", get(photo))
        .route("/console/cases/{case}/photos/{number}/thumbnail", get(thumbnail))
        .route("/console/cases/{case}/recordings/{number}/{part}", get(part))
        .route("/console/cases/{case}/papers/{digest}", get(paper))
        .route("/console/cases/{case}/export", post(run_export))
        .route("/console/exports/{name}", get(download))
        .route("/console/devices", get(devices))
        .route("/console/devices/lag", get(lag))
        .route("/console/devices/{log}/wipe", post(wipe_device))
        .route("/console/log", get(log))
        .merge(papers::router())
        .merge(register::router())
        .merge(procedures::router())
        .merge(publications::router())
        .merge(ledgers::router())
        .merge(retention::router())
        .route("/console/{*rest}", get(|s: Shared| async move { fail(&s.0, Fault::NotFound) }))
        .layer(DefaultBodyLimit::max(8 << 10))
        .route_layer(from_fn_with_state(Arc::clone(&console), guard))
        .with_state(console)
}

/// Loopback, own host name, same origin, session; and the headers of every answer.
async fn guard(State(console): Shared, ConnectInfo(Peer(peer)): ConnectInfo<Peer>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let public = matches!(path, "/console/open" | "/console/style.css" | "/console/icon.svg");
    let headers = request.headers();
    let same_origin = headers.get(ORIGIN).is_none_or(|o| {
        let host = headers.get(HOST).and_then(|h| h.to_str().ok()).unwrap_or_default();
        o.to_str().is_ok_and(|o| o == format!("{}://{host}", console.office.settings.scheme()))
    });
    let mut response = if !peer.ip().is_loopback() || !console.is_me(headers) {
        fail(&console, Fault::NotHere)
    } else if request.method() != Method::GET && !same_origin {
        fail(&console, Fault::NotFound)
    } else if !public && !console.signed_in(headers) {
        fail(&console, Fault::NoSession)
    } else {
        next.run(request).await
    };
    let all: [(HeaderName, &'static str); 4] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: browsers then say `Origin: null` of our own forms.
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in all {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// What every page has around it.
struct Frame {
    organ: String,
    root: String,
    nav: &'static str,
    practice: bool,
    recovery: bool,
    /// When the trust list runs out, where that is soon or over.
    trust_ends: Option<String>,
}

/// So long before its end everybody at the console is told to renew the trust list, ms.
const RENEW_MS: i64 = 45 * 86_400_000;

fn frame(console: &Console, nav: &'static str) -> Frame {
    let root = console.office.fingerprint().map(|f| f.to_string()).unwrap_or_default();
    let trust = &console.office.trust;
    let recovery = console.office.store.read(crate::recovery::is_active).unwrap_or(true);
    let trust_ends = (trust.expires - console.office.now() < RENEW_MS).then(|| view::office_time(trust.expires));
    Frame { organ: trust.organ.clone(), root, nav, practice: trust.roots.keys.len() == 1, recovery, trust_ends }
}

enum Fault {
    NotFound,
    NotHere,
    NoSession,
    Link,
    Internal,
    Export,
    Recovery,
}

#[derive(Template)]
#[template(path = "fault.html")]
struct FaultPage<'a> {
    t: &'static Texts,
    f: Frame,
    text: &'a str,
    command: bool,
    back: bool,
}

fn fail(console: &Console, fault: Fault) -> Response {
    let (status, text, command, back) = match fault {
        Fault::NotFound => (StatusCode::NOT_FOUND, "error.notfound", false, true),
        Fault::NotHere => (StatusCode::FORBIDDEN, "error.here", false, false),
        Fault::NoSession => (StatusCode::UNAUTHORIZED, "error.session", true, false),
        Fault::Link => (StatusCode::FORBIDDEN, "error.link", true, false),
        Fault::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "error.internal", false, true),
        Fault::Recovery => (StatusCode::SERVICE_UNAVAILABLE, "error.recovery", false, true),
        Fault::Export => (StatusCode::BAD_REQUEST, "error.export", false, true),
    };
    let html = CONSOLE.both(text);
    let page = FaultPage { t: &CONSOLE, f: frame(console, ""), text: &html, command, back };
    (status, Html(page.render().unwrap_or_default())).into_response()
}

fn page(template: &impl Template) -> Result<Response> {
    match template.render() {
        Ok(html) => Ok(Html(html).into_response()),
        Err(_) => Err(OfficeError::NotFound("template")),
    }
}

/// Runs `f` where it may block, and turns what goes wrong into a page.
async fn blocking(console: Arc<Console>, f: impl FnOnce(&Console) -> Result<Response> + Send + 'static) -> Response {
    let c = Arc::clone(&console);
    let fault = match tokio::task::spawn_blocking(move || f(&c)).await {
        Ok(Ok(response)) => return response,
        Ok(Err(OfficeError::NotFound(_))) => Fault::NotFound,
        Ok(Err(OfficeError::Recovery)) => Fault::Recovery,
        Ok(Err(e)) => {
            tracing::error!(error = %e, "console");
            Fault::Internal
        }
        Err(_) => Fault::Internal,
    };
    fail(&console, fault)
}

#[derive(Deserialize)]
struct Link {
    link: String,
}

#[derive(Template)]
#[template(path = "open.html")]
struct OpenPage {
    t: &'static Texts,
    f: Frame,
}

async fn open(State(console): Shared, Query(q): Query<Link>) -> Response {
    blocking(console, move |console| {
        let now = console.office.now();
        let good = console.office.store.write(|tx| {
            Ok(tx.execute("DELETE FROM links WHERE token = ? AND expires >= ?", params![sha256(q.link.as_bytes()), now])? == 1)
        })?;
        if !good {
            return Ok(fail(console, Fault::Link));
        }
        let session = hex(&random::<24>()?);
        {
            let mut sessions = console.sessions.lock().unwrap_or_else(PoisonError::into_inner);
            sessions.retain(|_, until| *until > now);
            sessions.insert(sha256(session.as_bytes()), now + SESSION_LIFE_MS);
        }
        // A page that goes on by itself, no redirect: a strict cookie does not travel on a redirect that began elsewhere.
        let mut response = page(&OpenPage { t: &CONSOLE, f: frame(console, "") })?;
        let cookie = format!(
            "{}={session}; Path=/console; HttpOnly; SameSite=Strict; Max-Age={}",
            console.cookie(),
            SESSION_LIFE_MS / 1000
        );
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().insert(SET_COOKIE, value);
        }
        Ok(response)
    })
    .await
}

#[derive(Template)]
#[template(path = "cases.html")]
struct ListPage {
    t: &'static Texts,
    f: Frame,
    rows: Vec<view::Row>,
}

async fn list(State(console): Shared) -> Response {
    blocking(console, |c| page(&ListPage { t: &CONSOLE, f: frame(c, "cases"), rows: view::rows(&c.office)? })).await
}

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage {
    t: &'static Texts,
    f: Frame,
    c: view::Case,
    /// Cases of penalties that come from it: id and number.
    procedures: Vec<(String, String)>,
    keeping: retention::Keeping,
    today: String,
}

fn id(text: &str) -> Result<Id> {
    Id::from_hex(text).ok_or(OfficeError::NotFound("case"))
}

async fn case(State(console): Shared, Path(case): Path<String>) -> Response {
    blocking(console, move |c| {
        let case = known(c, &case)?;
        access::record(&c.office, case, Act::Viewed, WHOLE, ACCOUNT)?;
        let procedures = c.office.store.read(|s| crate::procedure::of_inspection(s, case))?;
        let procedures = procedures.into_iter().map(|p| (p.id.to_string(), p.number)).collect();
        let today = crate::register::today(&c.office)?.to_string();
        let keeping = retention::keeping(&c.office, case)?;
        page(&CasePage { t: &CONSOLE, f: frame(c, "cases"), c: view::case(&c.office, case)?, procedures, keeping, today })
    })
    .await
}

/// A case that the office holds: nothing is recorded of others.
fn known(console: &Console, text: &str) -> Result<Id> {
    let case = id(text)?;
    if cases::exists(&console.office, case)? { Ok(case) } else { Err(OfficeError::NotFound("case")) }
}

#[derive(Template)]
#[template(path = "devices.html")]
struct DevicesPage {
    t: &'static Texts,
    f: Frame,
    tab: &'static str,
    rows: Vec<view::DeviceRow>,
}

async fn devices(State(console): Shared) -> Response {
    blocking(console, |c| {
        page(&DevicesPage { t: &CONSOLE, f: frame(c, "devices"), tab: "list", rows: view::devices(&c.office)? })
    })
    .await
}

#[derive(Template)]
#[template(path = "lag.html")]
struct LagPage {
    t: &'static Texts,
    f: Frame,
    tab: &'static str,
    days: i64,
    behind: usize,
    rows: Vec<view::LagRow>,
}

/// What each phone still owes the office (R23).
async fn lag(State(console): Shared) -> Response {
    blocking(console, |c| {
        let rows = view::lags(&c.office)?;
        let behind = rows.iter().filter(|row| row.is_behind).count();
        page(&LagPage { t: &CONSOLE, f: frame(c, "devices"), tab: "lag", days: view::LAG_DAYS, behind, rows })
    })
    .await
}

#[derive(Deserialize)]
struct Lost {
    reason: String,
    confirmed: Option<String>,
}

/// A lost phone (F44): only with the tick, and with a reason.
async fn wipe_device(State(console): Shared, Path(log): Path<String>, Posted(lost): Posted<Lost>) -> Response {
    blocking(console, move |c| {
        let reason = lost.reason.trim();
        if lost.confirmed.as_deref() != Some("yes") || reason.is_empty() {
            return Ok(fail(c, Fault::NotFound));
        }
        crate::wipe::order(&c.office, id(&log)?, crate::wipe::DAYS, reason)?;
        Ok(Redirect::to("/console/devices").into_response())
    })
    .await
}

#[derive(Template)]
#[template(path = "log.html")]
struct LogPage {
    t: &'static Texts,
    f: Frame,
    size: u64,
    root: String,
    leaves: Vec<view::Leaf>,
    heads: Vec<crate::published::Row>,
    forks: Vec<(String, String)>,
}

async fn log(State(console): Shared) -> Response {
    blocking(console, |c| {
        let (size, root, leaves) = view::office_log(&c.office)?;
        let heads = crate::published::rows(&c.office, 10)?;
        let forks = c.office.store.read(crate::forks::all)?;
        let forks = forks.iter().map(|f| (hex(&f.digest()), crate::published::time(f.at))).collect();
        page(&LogPage { t: &CONSOLE, f: frame(c, "log"), size, root, leaves, heads, forks })
    })
    .await
}

/// The evidence with that number, and what it is by its entry.
fn find_photo(office: &Office, case: Id, number: usize) -> Result<(Named, Option<Named>, String)> {
    let entries: Vec<_> = cases::entries(office, case)?.into_iter().map(|h| h.entry).collect();
    let inspection = mingzheng_core::inspection::fold(&entries);
    let e =
        inspection.evidence.into_iter().find(|e| e.number == number && e.part.is_none()).ok_or(OfficeError::NotFound("photo"))?;
    let files = cases::files(office, case)?;
    let of = |what: &str| files.iter().find(|f| f.what == what && f.id == e.id && f.sealed.is_some()).cloned();
    Ok((of("evidence").ok_or(OfficeError::NotFound("photo"))?, of("thumbnail"), e.media_type))
}

async fn photo(State(console): Shared, Path((case, number)): Path<(String, usize)>) -> Response {
    blocking(console, move |c| {
        let (original, _, media_type) = find_photo(&c.office, id(&case)?, number)?;
        access::record(&c.office, id(&case)?, Act::Opened, &original.id, ACCOUNT)?;
        tracing::info!(case, number, "original opened");
        let kind = match media_type.as_str() {
            "image/jpeg" => "image/jpeg",
            "image/png" => "image/png",
            _ => "application/octet-stream",
        };
        let inline = kind.starts_with("image/");
        Ok(file(kind, inline, &format!("photo-{number}"), cases::clear(&c.office, &original)?))
    })
    .await
}

async fn part(State(console): Shared, Path((case, number, part)): Path<(String, usize, u64)>) -> Response {
    blocking(console, move |c| {
        let case = id(&case)?;
        let entries: Vec<_> = cases::entries(&c.office, case)?.into_iter().map(|h| h.entry).collect();
        let i = mingzheng_core::inspection::fold(&entries);
        let made = i.recordings.iter().find(|r| r.number == number).ok_or(OfficeError::NotFound("recording"))?;
        let held = made.parts.iter().find(|p| p.part + 1 == part).ok_or(OfficeError::NotFound("part"))?;
        let e = i.evidence.iter().find(|e| e.id == held.evidence).ok_or(OfficeError::NotFound("part"))?;
        let files = cases::files(&c.office, case)?;
        let original = files
            .iter()
            .find(|f| f.what == "evidence" && f.id == e.id && f.sealed.is_some())
            .ok_or(OfficeError::NotFound("part"))?;
        access::record(&c.office, case, Act::Opened, &original.id, ACCOUNT)?;
        let kind = view::plays(&e.media_type);
        let extension = evidence::MediaType::from_mime(&e.media_type).extension();
        let name = format!("recording-{number}-{part}.{extension}");
        Ok(file(kind.unwrap_or("application/octet-stream"), kind.is_some(), &name, cases::clear(&c.office, original)?))
    })
    .await
}

async fn thumbnail(State(console): Shared, Path((case, number)): Path<(String, usize)>) -> Response {
    blocking(console, move |c| {
        let (original, small, _) = find_photo(&c.office, id(&case)?, number)?;
        // Pictures of a page belong to its view.
        access::record(&c.office, id(&case)?, Act::Viewed, WHOLE, ACCOUNT)?;
        let bytes = match small {
            Some(small) => cases::clear(&c.office, &small)?,
            None => {
                let clear = cases::clear(&c.office, &original)?;
                let checked = evidence::examine(&clear, "");
                checked.picture().ok_or(OfficeError::NotFound("picture"))?.thumbnail.clone()
            }
        };
        Ok(file("image/jpeg", true, "thumbnail", bytes))
    })
    .await
}

#[derive(Deserialize)]
struct As {
    download: Option<String>,
}

async fn paper(State(console): Shared, Path((case, digest)): Path<(String, String)>, Query(q): Query<As>) -> Response {
    blocking(console, move |c| {
        let digest = digest_from_hex(digest.trim_end_matches(".pdf")).ok_or(OfficeError::NotFound("paper"))?;
        let files = cases::files(&c.office, id(&case)?)?;
        let paper = files
            .iter()
            .find(|f| f.clear == digest && (f.what == "paper" || f.what == "presented"))
            .ok_or(OfficeError::NotFound("paper"))?;
        let act = if q.download.is_none() { Act::Opened } else { Act::Downloaded };
        access::record(&c.office, id(&case)?, act, &paper.id, ACCOUNT)?;
        Ok(file("application/pdf", q.download.is_none(), "record.pdf", cases::clear(&c.office, paper)?))
    })
    .await
}

fn file(kind: &'static str, inline: bool, name: &str, bytes: Vec<u8>) -> Response {
    let disposition = if inline { "inline".to_owned() } else { format!("attachment; filename=\"{name}\"") };
    ([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)], bytes).into_response()
}

#[derive(Deserialize)]
struct Wish {
    form: String,
    #[serde(default)]
    recipient: String,
}

#[derive(Template)]
#[template(path = "exported.html")]
struct ExportedPage {
    t: &'static Texts,
    f: Frame,
    case: String,
    name: String,
    leaf: u64,
    verdict: u8,
    report: Vec<(String, String)>,
}

async fn run_export(State(console): Shared, Path(case): Path<String>, Posted(wish): Posted<Wish>) -> Response {
    blocking(console, move |c| {
        let case = id(&case)?;
        let form = match (wish.form.as_str(), wish.recipient.trim().parse()) {
            ("open", _) => Form::Open,
            ("sealed", Ok(recipient)) => Form::Sealed(recipient),
            _ => return Ok(fail(c, Fault::Export)),
        };
        access::record(&c.office, known(c, &case.to_string())?, Act::Exported, WHOLE, ACCOUNT)?;
        let folder = c.office.file("exports");
        std::fs::create_dir_all(&folder).map_err(OfficeError::io(&folder))?;
        let name = format!("{case}-{}", c.office.now());
        let target = folder.join(&name);
        let done = export::export(&c.office, case, &form, &target)?;
        let zip = folder.join(format!("{name}.zip"));
        export::zip(&target, &zip)?;
        std::fs::remove_dir_all(&target).map_err(OfficeError::io(&target))?;
        let report = bundle::verify(&zip, &bundle::Trust::List(c.office.trust_bytes.clone()), &bundle::Options::default());
        let lines = report.checks.iter().map(|check| {
            let (zh, en) = (check.id.title(Language::Zh), check.id.title(Language::En));
            (
                check.status.name().to_owned(),
                format!("{} <span class=\"dim\">{}</span>", crate::text::html(zh, en), check.checked),
            )
        });
        page(&ExportedPage {
            t: &CONSOLE,
            f: frame(c, "cases"),
            case: case.to_string(),
            name: format!("{name}.zip"),
            leaf: done.leaf,
            verdict: report.exit_code(),
            report: lines.collect(),
        })
    })
    .await
}

async fn download(State(console): Shared, Path(name): Path<String>) -> Response {
    blocking(console, move |c| {
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.') && !name.starts_with('.');
        let path = c.office.file("exports").join(&name);
        if !plain || !name.ends_with(".zip") || !path.is_file() {
            return Err(OfficeError::NotFound("export"));
        }
        // Our names begin with the case.
        if let Some(case) = name.split('-').next().and_then(Id::from_hex) {
            access::record(&c.office, case, Act::Downloaded, WHOLE, ACCOUNT)?;
        }
        let bytes = std::fs::read(&path).map_err(OfficeError::io(&path))?;
        Ok(file("application/zip", false, &name, bytes))
    })
    .await
}
