//! A headless phone for the demo and the tests: what a platform gives to the core, written in Rust, and a driver for a phone in a process of its own.
//!
//! The product never links it.

pub mod drive;
pub mod host;
