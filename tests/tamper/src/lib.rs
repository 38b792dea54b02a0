//! The tamper matrix: kinds of damage × verifiers → findings (P9, F38–F40, J19–J24).
//!
//! A damaged bundle is made in memory from the small case of core's own tests, written, and judged by every verifier that takes part:
//! Rust in this process, the Python verifier and the page's code in Node each as one process that takes a list.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // tests fail by panicking
#![allow(missing_docs)] // fields say what they are; nobody but the tests beside uses them

pub mod archive;
pub mod bag;
pub mod damage;
pub mod judge;
pub mod measure;
pub mod seeds;
pub mod table;

// What the shared case finds at the root of its crate.
use mingzheng_core::{badge, cbor, clock, document, enrolment, host, id, log, pack, seal, sign, statement, trust, wire};

mod bundle;
pub use bundle::made::{Made, Wrong, made};
