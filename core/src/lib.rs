//! The one Rust core of Mingzheng (明证).
