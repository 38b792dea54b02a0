//! The one Rust core of Mingzheng (明证): what must be the same on every phone and at the office.
//!
//! Domain modules are pure functions over events; only [`store`] touches a database and only [`evidence`], [`document`] and [`bundle`] touch files.
//! Nothing here opens a socket, reads the wall clock or draws randomness by itself: see [`clock`] and [`host`]. Only [`bundle::verify()`] uses threads, and they end with the call.

pub mod attestation;
pub mod badge;
pub mod bundle;
pub mod calendar;
pub mod cbor;
pub mod clock;
pub mod discretion;
pub mod document;
pub mod enrolment;
pub mod evidence;
pub mod host;
pub mod id;
pub mod inspection;
pub mod judge;
pub mod log;
pub mod measure;
pub mod pack;
pub mod pairing;
pub mod phone;
pub mod procedure;
pub mod publication;
pub mod rights;
pub mod seal;
pub mod sign;
pub mod statement;
pub mod store;
pub mod sync;
pub mod trust;
pub mod unseen;
pub mod wire;
