//! What the law in the core costs (`cargo xtask bench law`); each command prints one JSON line.
//!
//! ```sh
//! cargo run --example law_measure -- folder QUESTIONS FOLDER     # a pack's folder with one checklist `questions` of so many items
//! cargo run --example law_measure -- answers FOLDER TIMES        # open, answer and validate that checklist
//! cargo run --example law_measure -- fold ENTRIES TIMES          # an inspection from its entries
//! cargo run --example law_measure -- pack ITEMS TIERS FILE       # a signed pack with so many 执法事项 and 情形, and its trust list
//! cargo run --example law_measure -- load FILE TIMES             # that pack, from its bytes
//! cargo run --example law_measure -- forms TIMES                 # each form of the shipped pack, after the first
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a tool of the tests: it stops by panicking

mod answers;
mod entries;
mod forms;
mod load;
mod signers;

use std::path::{Path, PathBuf};
use std::time::Instant;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |text: &str| text.parse::<usize>().unwrap();
    let said = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["folder", questions, folder] => answers::write(number(questions), Path::new(folder)),
        ["answers", folder, times] => answers::measure(Path::new(folder), number(times)),
        ["fold", entries, times] => entries::measure(number(entries), number(times)),
        ["pack", items, tiers, file] => load::write(number(items), number(tiers), Path::new(file)),
        ["load", file, times] => load::measure(Path::new(file), number(times)),
        ["forms", times] => forms::measure(number(times)),
        other => panic!("not understood: {other:?}"),
    };
    println!("{said}");
}

/// The shipped pack.
fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu")
}

fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
