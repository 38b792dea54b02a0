//! The one façade of the core for Kotlin and Swift (uniffi): records, objects, few errors, host interfaces. No logic.
#![allow(clippy::missing_errors_doc)] // every fallible call gives PhoneError, whose variants say what to do

pub mod act;
pub mod badge;
pub mod checklist;
pub mod error;
pub mod evidence;
pub mod host;
pub mod inspection;
pub mod judge;
mod lookup;
mod measure;
mod mirror;
pub mod pairing;
pub mod paper;
pub mod phone;
pub mod recording;
pub mod sending;
pub mod software_keys;
pub mod status;
pub mod sync;
pub mod task;

uniffi::setup_scaffolding!();
