//! Pages of the registers: officers, mandates, enterprises. Every form posts to its own origin only (see the console's guard).

mod enterprises;
mod mandates;
mod officers;
pub(super) mod posted;
mod training;

use super::Console;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use std::sync::Arc;

/// A pasted file is larger than the other forms.
const MOST: usize = 4 << 20;

/// Routes of the registers.
pub(super) fn router() -> Router<Arc<Console>> {
    Router::new()
        .route("/console/officers", get(officers::list))
        .route("/console/officers/new", get(officers::blank).post(officers::apply))
        .route("/console/officers/due", get(officers::due).post(officers::check))
        .route("/console/officers/roster", get(officers::roster))
        .route("/console/officers/training", get(training::list).post(training::add))
        .route("/console/officers/training.csv", get(training::table))
        .route("/console/officers/{id}", get(officers::one))
        .route("/console/officers/{id}/training", post(training::add_one))
        .route("/console/officers/{id}/training/{n}", post(training::strike))
        .route("/console/officers/{id}/{kind}", post(officers::step))
        .route("/console/mandates", get(mandates::list).post(mandates::add))
        .route("/console/mandates/{id}/end", post(mandates::end))
        .route("/console/enterprises", get(enterprises::list).post(enterprises::add))
        .layer(DefaultBodyLimit::max(MOST))
}
