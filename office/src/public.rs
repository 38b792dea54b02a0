//! The public pages: the badge check, and the trust list that it stands on. No cookies, no log of who asks.

use crate::error::{OfficeError, Result};
use crate::export::PAGE;
use crate::office::Office;
use crate::published;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use mingzheng_core::id::{hex, sha256};
use std::sync::Arc;

const HTML: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../web/dist/badge.html"));
const SCRIPT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../web/dist/badge.js"));
const STYLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../web/dist/badge.css"));
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; \
    media-src blob: mediastream:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const OFFICE_STYLE: &str = include_str!("../resources/console.css");
const ICON: &str = include_str!("../resources/icon.svg");

/// Routes of the public pages.
pub fn router(office: Arc<Office>) -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::to("/b") }))
        .route("/b", get(|| async { file("text/html; charset=utf-8", HTML.to_owned()) }))
        .route("/assets/badge.js", get(|| async { file("text/javascript; charset=utf-8", SCRIPT.to_owned()) }))
        .route("/assets/badge.css", get(|| async { file("text/css; charset=utf-8", STYLE.to_owned()) }))
        .route("/assets/office.css", get(|| async { file("text/css; charset=utf-8", OFFICE_STYLE.to_owned()) }))
        .route("/assets/icon.svg", get(|| async { file("image/svg+xml", ICON.to_owned()) }))
        .route("/badge/config.json", get(config))
        .route("/verify", get(|| async { verifier() }))
        .route("/verify.sha256", get(|| async { text(format!("{}  verify.html\n", hex(&sha256(PAGE)))) }))
        .route(
            "/trust.cbor",
            get(|State(office): State<Arc<Office>>| async move { file("application/cbor", office.trust_bytes.clone()) }),
        )
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

async fn config(State(office): State<Arc<Office>>) -> Response {
    let root = office.trust.roots.fingerprint().map(|f| hex(&f.0)).unwrap_or_default();
    let json = serde_json::json!({
        "root": root,
        "organ": office.trust.organ,
        "phone": office.settings.complaint_phone,
        "address": format!("{}/b", office.settings.badge_host),
    });
    file("application/json", json.to_string())
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
