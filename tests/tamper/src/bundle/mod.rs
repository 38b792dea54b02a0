//! The case of core's own tests, compiled here from the same file, so that there is one.

pub(crate) use mingzheng_core::bundle::*;
#[allow(dead_code)] // core's own tests use the rest
#[path = "../../../../core/src/bundle/fixture.rs"]
mod fixture;
pub(crate) mod large;
pub(crate) mod made;
