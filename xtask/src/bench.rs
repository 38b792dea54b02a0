//! `cargo xtask bench`: the measures that the product promises, each with target, value, and met or missed.

use crate::badge;
use crate::demo;
use crate::law;
use crate::place::Place;
use crate::proof;
use crate::sync;

/// Builds what the demo needs and lets it measure; `proof` measures log, sealing and verifying beside their peers, `badge` the frames
/// and the page that judges them, `law` checklists beside JavaRosa, the fold, forms and packs, `sync` a phone's backlog beside PouchDB and tus.
pub(crate) fn run(place: &Place, arguments: &[String]) -> Result<bool, String> {
    if arguments.first().is_some_and(|word| word == "proof") {
        return proof::run(place);
    }
    if arguments.first().is_some_and(|word| word == "badge") {
        return badge::run(place);
    }
    if arguments.first().is_some_and(|word| word == "law") {
        return law::run(place);
    }
    if arguments.first().is_some_and(|word| word == "sync") {
        return sync::run(place);
    }
    let mut all = vec!["--bench".to_owned()];
    all.extend_from_slice(arguments);
    demo::run(place, &all)
}
