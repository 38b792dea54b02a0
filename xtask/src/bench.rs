//! `cargo xtask bench`: the measures that the product promises, each with target, value, and met or missed.

use crate::demo;
use crate::place::Place;

/// Builds what the demo needs and lets it measure; further benches are added here.
pub(crate) fn run(place: &Place, arguments: &[String]) -> Result<bool, String> {
    let mut all = vec!["--bench".to_owned()];
    all.extend_from_slice(arguments);
    demo::run(place, &all)
}
