//! Whether the office is alive (`/healthz`) and whether it can do its work (`/readyz`): for whoever starts it anew or sends requests elsewhere.

use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::recovery;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use mingzheng_core::trust::Use;
use std::sync::Arc;

/// Without these no answer can be given.
const NEEDED: [Use; 4] = [Use::Feed, Use::Anchor, Use::Receipt, Use::Badge];

pub(super) fn router(office: Arc<Office>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { answer(StatusCode::OK, serde_json::json!({"alive": true})) }))
        .route("/readyz", get(ready))
        .with_state(office)
}

async fn ready(State(office): State<Arc<Office>>) -> Response {
    match tokio::task::spawn_blocking(move || checks(&office)).await {
        Ok(checks) => {
            let ready = checks.iter().all(|(_, ok)| *ok);
            let said: serde_json::Map<_, _> = checks.into_iter().map(|(name, ok)| (name.to_owned(), ok.into())).collect();
            let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            answer(status, serde_json::json!({"ready": ready, "checks": said}))
        }
        Err(_) => answer(StatusCode::SERVICE_UNAVAILABLE, serde_json::json!({"ready": false})),
    }
}

/// Each by name, and whether it is well. What is wrong goes to the log, not to whoever asks.
fn checks(office: &Office) -> Vec<(&'static str, bool)> {
    let well = |name: &'static str, found: Result<bool>| {
        let ok = found.unwrap_or_else(|error| {
            tracing::error!(%error, check = name, "not ready");
            false
        });
        (name, ok)
    };
    let disk = free_bytes(office).map(|free| free >= office.settings.least_free_mb.saturating_mul(1 << 20));
    vec![
        well("database", office.store.read(recovery::is_active).map(|_| true)),
        well("objects", office.objects.ready().map(|()| true)),
        well("keys", Ok(NEEDED.into_iter().all(|u| office.keys.signer(u).is_ok()))),
        well("not_in_recovery", office.store.read(recovery::is_active).map(|active| !active)),
        well("disk", disk),
    ]
}

/// Bytes that are left where the office's data lie.
pub(super) fn free_bytes(office: &Office) -> Result<u64> {
    let data = &office.settings.data;
    let found = rustix::fs::statvfs(data).map_err(|e| OfficeError::io(data)(e.into()))?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

fn answer(status: StatusCode, body: serde_json::Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], body.to_string()).into_response()
}
