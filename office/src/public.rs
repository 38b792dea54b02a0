//! The public pages: the badge check, and the trust list that it stands on. No cookies, no log of who asks.

use crate::office::Office;
use axum::Router;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use mingzheng_core::id::hex;
use std::sync::Arc;

const HTML: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../web/dist/badge.html"));
const SCRIPT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../web/dist/badge.js"));
const STYLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../web/dist/badge.css"));
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; \
    media-src blob: mediastream:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Routes of the public pages.
pub fn router(office: Arc<Office>) -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::to("/b") }))
        .route("/b", get(|| async { file("text/html; charset=utf-8", HTML.to_owned()) }))
        .route("/assets/badge.js", get(|| async { file("text/javascript; charset=utf-8", SCRIPT.to_owned()) }))
        .route("/assets/badge.css", get(|| async { file("text/css; charset=utf-8", STYLE.to_owned()) }))
        .route("/badge/config.json", get(config))
        .route(
            "/trust.cbor",
            get(|State(office): State<Arc<Office>>| async move { file("application/cbor", office.trust_bytes.clone()) }),
        )
        .with_state(office)
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

fn file(kind: &'static str, body: impl IntoResponse) -> Response {
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
