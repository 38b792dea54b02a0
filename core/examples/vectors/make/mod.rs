//! Makes the shared vectors: good objects, and such as must be refused, each with the class of its refusal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a tool of the tests: it stops by panicking
#![allow(clippy::inconsistent_digit_grouping, clippy::mistyped_literal_suffixes)] // days are written yyyy_mm_dd
#![allow(clippy::type_complexity)] // changes to a map's fields

mod frames;
mod kit;
mod lists;
mod logs;
mod office;
mod pages;
mod people;
mod profile;
mod published;
mod sealed;
mod signed;
mod travel;

use std::io;
use std::path::Path;

/// Every file with its path from the root of the clone.
pub(crate) fn files(root: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut sets = Vec::new();
    profile::add(&mut sets);
    signed::add(&mut sets);
    people::add(&mut sets);
    lists::add(&mut sets);
    logs::add(&mut sets);
    office::add(&mut sets);
    sealed::add(&mut sets);
    travel::add(&mut sets, root)?;
    kit::no_faults();
    let mut files: Vec<_> = sets.iter().flat_map(kit::Set::files).collect();
    files.push(travel::payload_file(root)?);
    files.extend(frames::files().map_err(io::Error::other)?);
    files.extend(pages::written(root, &sets)?);
    Ok(files)
}
