//! Papers of the office: the desk card from an officer's page (R12).

use super::{Console, Shared, blocking, file, id};
use crate::error::OfficeError;
use crate::{papers, register};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::get;
use std::sync::Arc;

/// Routes of the papers.
pub(super) fn router() -> Router<Arc<Console>> {
    Router::new().route("/console/officers/{id}/card", get(card))
}

async fn card(State(console): Shared, Path(certificate): Path<String>) -> axum::response::Response {
    blocking(console, move |c| {
        let certificate = c.office.store.read(|db| register::by_id(db, id(&certificate)?))?;
        match papers::card(&c.office, certificate.number()) {
            Ok(pdf) => Ok(file("application/pdf", true, "card.pdf", pdf)),
            // A character that the fonts lack, or no fonts: whoever asks can mend it.
            Err(OfficeError::Document(error)) => {
                Ok((StatusCode::UNPROCESSABLE_ENTITY, format!("明示牌无法制作 the card cannot be made: {error}\n"))
                    .into_response())
            }
            Err(error) => Err(error),
        }
    })
    .await
}
