//! The HTTP server: phones' endpoints, public pages, and the console on loopback; its health, and on a listener of their own its numbers.

mod certificate;
mod door;
mod health;
pub mod journal;
mod metrics;

pub use door::Peer;

use crate::api::{self, Call, Reply, Streamed};
use crate::console::{self, Console};
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::{heads, lease, lost, outside, public, retention, uploads};
use axum::Router;
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::State;
use axum::http::header::HOST;
use axum::http::{HeaderMap, Method, Request, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use door::Door;
use metrics::Metrics;
use mingzheng_core::wire::{REQUEST_HEADER, VERSION_HEADER};
use std::future::{IntoFuture as _, poll_fn};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;

/// A server that listens but does not answer yet.
pub struct Listening {
    door: Door,
    /// Where it really listens.
    pub address: SocketAddr,
    /// The listener of the numbers, with its address, where they are asked for.
    numbers: Option<TcpListener>,
    /// Where the numbers really are.
    pub metrics: Option<SocketAddr>,
    office: Arc<Office>,
}

/// Takes the address.
///
/// # Errors
/// [`OfficeError::Settings`] for plain HTTP beyond loopback that was not asked for, and for a certificate that cannot be used;
/// [`OfficeError::Io`] when the address is taken.
pub async fn listen(office: Arc<Office>) -> Result<Listening> {
    let settings = &office.settings;
    let tls = settings.tls()?.as_ref().map(certificate::acceptor).transpose()?;
    let listener = bind(settings.listen, tls.is_some() || settings.plain_http).await?;
    let numbers = match settings.metrics {
        Some(wanted) => Some(bind(wanted, settings.plain_http).await?),
        None => None,
    };
    let of = |l: &TcpListener| l.local_addr().map_err(|error| OfficeError::Io { path: "listener".into(), error });
    let (address, metrics) = (of(&listener)?, numbers.as_ref().map(of).transpose()?);
    office.note_address(address)?;
    Ok(Listening { door: Door::new(listener, tls), address, numbers, metrics, office })
}

async fn bind(wanted: SocketAddr, beyond: bool) -> Result<TcpListener> {
    if !wanted.ip().is_loopback() && !beyond {
        return Err(OfficeError::Settings(format!(
            "{wanted}：明文 HTTP 只在本机提供；请设 tls_certificate 和 tls_key，或前面有 TLS 代理时设 plain_http = true \
             plain HTTP is served on loopback only; set tls_certificate and tls_key, or plain_http = true behind a proxy that does TLS"
        )));
    }
    TcpListener::bind(wanted).await.map_err(|error| OfficeError::Io { path: wanted.to_string(), error })
}

impl Listening {
    /// Answers until `stop` is ready, then finishes what is under way.
    ///
    /// # Errors
    /// [`OfficeError::Io`].
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<()> {
        let name = self.address.to_string();
        let office = self.office;
        let metrics = Arc::new(Metrics::new());
        let app = router(Arc::clone(&office), self.address, &metrics);
        let (told, stopping) = tokio::sync::oneshot::channel();
        let asked = async move {
            stop.await;
            // Nobody listens when the server has ended by itself.
            let _ = told.send(());
        };
        let serving = axum::serve(self.door, app.into_make_service_with_connect_info::<Peer>()).with_graceful_shutdown(asked);
        // A client that keeps its connection open must not keep the server alive: what was acknowledged is durable already.
        let patience = async move {
            if stopping.await.is_ok() {
                tokio::time::sleep(GRACE).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        let daily = tokio::spawn(daily(Arc::clone(&office)));
        let numbers = self.numbers.map(|l| {
            let page = metrics::router(Arc::clone(&office), metrics);
            tokio::spawn(async move { axum::serve(l, page).await })
        });
        let ended = tokio::select! {
            ended = serving.into_future() => ended.map_err(|error| OfficeError::Io { path: name, error }),
            () = patience => Ok(()),
        };
        daily.abort();
        if let Some(numbers) = numbers {
            numbers.abort();
        }
        ended
    }
}

/// The work that one copy does for all.
const DAILY: &str = "daily";

/// So often the outside is asked again for what it has not given, seconds.
const AGAIN: u64 = 600;
/// So often it is looked for uploads that nobody goes on with, and for what was broken off, seconds.
const TIDY: u64 = 3600;
/// So often a share of the sealed files is looked at, seconds.
const LOOK: u64 = 24 * TIDY;

/// Publishes a head at start and once a day, has it witnessed outside where that is configured, and tidies up.
async fn daily(office: Arc<Office>) {
    let lease = i64::from(office.settings.lease_seconds) * 1000;
    let tick = u64::from(office.settings.lease_seconds / 3);
    for n in 0u64.. {
        let office = Arc::clone(&office);
        // Whether as much time has passed since the last tick that it is due again.
        let due = move |every: u64| n.is_multiple_of(every.div_ceil(tick));
        let work = move || {
            let now = office.now();
            if !lease::take(&office.store, DAILY, &office.copy, now, now + lease)? {
                return Ok(());
            }
            if due(TIDY) {
                tidy(&office, due(LOOK))?;
            }
            let new = heads::publish_daily(&office)?;
            if (new || due(AGAIN)) && outside::is_lacking(&office)? {
                outside::gather(&office)?;
            }
            Ok::<_, OfficeError>(())
        };
        if let Ok(Err(error)) = tokio::task::spawn_blocking(work).await {
            tracing::error!(%error, "the daily head is not published or not witnessed");
        }
        tokio::time::sleep(std::time::Duration::from_secs(tick)).await;
    }
}

/// Work on sealed files that nobody waits for; done twice it does nothing more.
fn tidy(office: &Office, look: bool) -> Result<()> {
    let removed = uploads::expire(office, uploads::expired_before(office))?;
    if removed > 0 {
        tracing::info!(removed, "unfinished uploads expired");
    }
    let lists = retention::go_on(office)?;
    if lists > 0 {
        tracing::info!(lists, "destructions that were broken off went on");
    }
    if look {
        let day = u64::try_from(office.now()).unwrap_or(0) / 86_400_000;
        let found = lost::check(office, |sealed| lost::share_of_day(day, sealed))?;
        tracing::info!(checked = found.checked, missing = found.missing.len(), wrong = found.wrong.len(), "sealed files checked");
    }
    Ok(())
}

/// How long open requests may take to end after the server was told to stop.
const GRACE: std::time::Duration = std::time::Duration::from_secs(3);

fn router(office: Arc<Office>, address: SocketAddr, metrics: &Arc<Metrics>) -> Router {
    let phones = Router::new().route("/v1/{*path}", any(phone)).with_state((Arc::clone(&office), Arc::clone(metrics)));
    let mut app = phones.merge(public::router(Arc::clone(&office))).merge(health::router(Arc::clone(&office)));
    if office.settings.console {
        app = app.merge(console::router(Arc::new(Console::new(office, address))));
    }
    app.layer(from_fn_with_state(Arc::clone(metrics), metrics::measure))
}

/// A request of a phone.
async fn phone(State((office, metrics)): State<(Arc<Office>, Arc<Metrics>)>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let call = call(&parts.method, &parts.uri, &parts.headers);
    if api::is_stream(&call) {
        // In a task of its own: a cut ends this future, and what had arrived is kept all the same.
        return respond(tokio::spawn(stream(office, metrics, call, body)).await.ok().flatten());
    }
    let limit = api::body_limit(parts.method.as_str(), parts.uri.path());
    let Ok(body) = to_bytes(body, limit).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    metrics.received(body.len());
    let call = Call { body: body.to_vec(), ..call };
    respond(tokio::task::spawn_blocking(move || api::answer(&office, call)).await.ok())
}

fn respond(reply: Option<Reply>) -> Response {
    let Some(reply) = reply else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(reply.body)).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// Keeps a body as it comes; nothing is held but one piece.
async fn stream(office: Arc<Office>, metrics: Arc<Metrics>, call: Call, mut body: Body) -> Option<Reply> {
    let to = Arc::clone(&office);
    let mut streamed = match spawn_blocking(move || Streamed::begin(&to, call)).await.ok()? {
        Ok(streamed) => streamed,
        Err(refused) => {
            drain(&mut body).await;
            return Some(refused);
        }
    };
    let size = office.objects.piece();
    let (mut piece, mut cut, mut more) = (Vec::new(), false, true);
    while more {
        match poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            Some(Ok(frame)) => piece.extend_from_slice(&frame.into_data().unwrap_or_default()),
            Some(Err(_)) => (cut, more) = (true, false),
            None => more = false,
        }
        if piece.len() >= size || (!more && !piece.is_empty()) {
            metrics.received(piece.len());
            let (to, bytes) = (Arc::clone(&office), std::mem::take(&mut piece));
            let wanted;
            (streamed, wanted) = spawn_blocking(move || {
                let wanted = streamed.keep(&to, &bytes);
                (streamed, wanted)
            })
            .await
            .ok()?;
            more &= wanted;
        }
    }
    let reply = spawn_blocking(move || streamed.end(&office, cut)).await.ok();
    drain(&mut body).await;
    reply
}

/// Most bytes that are read after a refusal: who is still sending cannot hear it, and a connection that is closed meanwhile takes it away.
const UNHEARD: usize = 16 << 20;

async fn drain(body: &mut Body) {
    let mut left = UNHEARD;
    while let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await {
        match left.checked_sub(frame.into_data().map_or(0, |d| d.len())) {
            Some(l) => left = l,
            None => break,
        }
    }
}

fn call(method: &Method, uri: &Uri, headers: &HeaderMap) -> Call {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    Call {
        method: method.as_str().to_owned(),
        authority: text(HOST.as_str()).or_else(|| uri.authority().map(ToString::to_string)).unwrap_or_default(),
        path: uri.path().to_owned(),
        query: uri.query().map(str::to_owned),
        signature: text(REQUEST_HEADER),
        versions: text(VERSION_HEADER),
        tus: text("tus-resumable"),
        upload_length: text("upload-length"),
        upload_metadata: text("upload-metadata"),
        upload_offset: text("upload-offset"),
        upload_checksum: text("upload-checksum"),
        content_type: text("content-type"),
        body: vec![],
    }
}
