//! The office: receives what phones send, verifies it with the same core, keeps a log of its own, gives receipts, shows and exports.
//!
//! Embedded by default: SQLite and one folder. Plain functions over [`office::Office`]; only [`serve`] knows HTTP.

pub mod access;
pub mod api;
pub mod attestation;
mod badge_page;
pub mod cases;
pub mod cli;
pub mod console;
pub mod enrol;
pub mod error;
pub mod export;
pub mod feed;
pub mod forks;
pub mod heads;
pub mod ingest;
pub mod keys;
pub mod ledger;
pub mod listing;
pub mod log;
pub mod numbers;
pub mod objects;
pub mod office;
pub mod outbox;
pub mod outside;
pub mod papers;
pub mod pinned;
pub mod presence;
pub mod procedure;
pub mod public;
pub mod publication;
pub mod published;
pub mod recovery;
pub mod register;
pub mod revoke;
pub mod rights;
mod salted;
pub mod serve;
pub mod settings;
pub mod store;
pub mod succession;
pub mod text;
pub mod trial;
pub mod uploads;
pub mod wipe;
pub mod witness;
pub mod xlsform;
