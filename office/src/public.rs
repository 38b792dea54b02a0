//! The public pages: the badge check, and the trust list that it stands on. No cookies, no log of who asks.

use crate::error::{OfficeError, Result};
use crate::export::PAGE;
use crate::office::Office;
use crate::{listing, papers, published, rights};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use mingzheng_core::id::{hex, sha256};
use std::sync::Arc;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; \
    media-src blob: mediastream:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const OFFICE_STYLE: &str = include_str!("../resources/console.css");
const ICON: &str = include_str!("../resources/icon.svg");

/// Routes of the public pages.
pub fn router(office: Arc<Office>) -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::to("/b") }))
        .route("/assets/office.css", get(|| async { file("text/css; charset=utf-8", OFFICE_STYLE.to_owned()) }))
        .route("/assets/icon.svg", get(|| async { file("image/svg+xml", ICON.to_owned()) }))
        .route("/badge/config.json", get(|State(o): State<Arc<Office>>| answer(o, config)))
        .route("/leaflet.pdf", get(leaflet))
        .route("/verify", get(|| async { verifier() }))
        .route("/verify.sha256", get(|| async { text(format!("{}  verify.html\n", hex(&sha256(PAGE)))) }))
        .route(
            "/trust.cbor",
            get(|State(office): State<Arc<Office>>| async move { file("application/cbor", office.newest_trust()) }),
        )
        .merge(listing::router())
        .merge(crate::publication::page::router())
        .merge(crate::badge_page::router())
        .merge(published::router())
        .merge(crate::witness::router())
        .merge(crate::pinned::router())
        .with_state(office)
}

/// The verifier page as it lies in every bundle, from the office's own address, so that a copy can be compared. Its policy stands in itself and
/// names the digests of its script and style; a header cannot say the same without knowing them.
fn verifier() -> Response {
    let mut response = file("text/html; charset=utf-8", PAGE);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("frame-ancestors 'none'"));
    response
}

async fn leaflet(State(office): State<Arc<Office>>, asked: HeaderMap) -> Response {
    answer(office, move |o| Ok(tagged(&asked, "application/pdf", papers::leaflet(o)?))).await
}

/// What the badge page takes from its office: pinned root, contact, the party's rights in the words of the pack (P7, R13, R16).
fn config(office: &Office) -> Result<Response> {
    let notice = rights::notice(office)?;
    let json = serde_json::json!({
        "root": hex(&office.fingerprint()?.0),
        "organ": office.trust.organ,
        "phone": office.settings.complaint_phone,
        "address": format!("{}/b", office.settings.badge_host),
        "list": "/officers",
        "aid": notice.aid,
        "complaint": notice.complaint,
        "rights": notice.rights,
        "rights_illustrative": notice.illustrative,
    });
    Ok(file("application/json", json.to_string()))
}

/// Asked `If-None-Match` with the digest of what would be sent: 304 without it (RFC 9110 §13.1.2). Nothing is kept unasked, so that a
/// suspension is seen at once.
pub(crate) fn tagged(asked: &HeaderMap, kind: &'static str, bytes: Vec<u8>) -> Response {
    let digest = hex(&sha256(&bytes));
    let known = asked.get_all(IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    let same = known.map(str::trim).any(|t| t == "*" || t.trim_start_matches("W/").trim_matches('"') == digest);
    let mut response = if same { file(kind, ()) } else { file(kind, bytes) };
    if same {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().remove(CONTENT_TYPE);
    }
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{digest}\"")) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// Runs `f` where it may block.
pub(crate) async fn answer(office: Arc<Office>, f: impl FnOnce(&Office) -> Result<Response> + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(move || f(&office)).await {
        Ok(Ok(response)) => response,
        Ok(Err(OfficeError::NotFound(_))) | Err(_) => missing(),
        Ok(Err(error)) => {
            tracing::error!(%error, "public page");
            let mut response = text("暂时不能提供，请稍后再试 not available now, try again later\n".to_owned());
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            response
        }
    }
}

/// A file with the headers of every public answer.
pub(crate) fn file(kind: &'static str, body: impl IntoResponse) -> Response {
    let headers: [(HeaderName, &str); 6] = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-cache"),
        (HeaderName::from_static("permissions-policy"), "camera=(self), geolocation=(), microphone=()"),
    ];
    (headers, body).into_response()
}

/// A page.
///
/// # Errors
/// [`OfficeError::NotFound`] when the template does not render.
pub(crate) fn page(template: &impl Template) -> Result<Response> {
    Ok(file("text/html; charset=utf-8", template.render().map_err(|_| OfficeError::NotFound("template"))?))
}

/// CBOR as a download.
pub(crate) fn cbor(bytes: Vec<u8>, name: &str) -> Response {
    let mut response = file("application/cbor", bytes);
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    response
}

/// Plain text.
pub(crate) fn text(text: String) -> Response {
    file("text/plain; charset=utf-8", text)
}

/// There is no such thing.
pub(crate) fn missing() -> Response {
    let mut response = text("没有这一项 there is no such thing\n".to_owned());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
