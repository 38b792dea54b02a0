//! The fuzz targets as ordinary tests on stable: every seed, and for a moment each what a few dice make of the seeds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)] // tests fail by panicking

use mingzheng_tamper::archive::Archive;
use mingzheng_tamper::{bag, made, seeds};
use std::env;
use std::time::{Duration, Instant};

#[allow(unreachable_pub)] // the same file is a public module of tests/fuzz
#[path = "../../fuzz/src/targets.rs"]
mod targets;

/// xorshift64*.
struct Dice(u64);
impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n.max(1)
    }
}

/// A seed, changed in up to four places.
fn changed(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seeds[dice.below(seeds.len())].clone();
    for _ in 0..=dice.below(4) {
        let (at, other) = (dice.below(bytes.len()), dice.below(256) as u8);
        match dice.below(6) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
            1 if !bytes.is_empty() => bytes[at] = other,
            2 if !bytes.is_empty() => _ = bytes.remove(at),
            3 => bytes.insert(at, other),
            4 => bytes.truncate(at),
            _ => {
                let from = &seeds[dice.below(seeds.len())];
                let start = dice.below(from.len());
                let part = &from[start..(start + dice.below(40)).min(from.len())];
                let at = at.min(bytes.len());
                bytes.splice(at..at, part.iter().copied());
            }
        }
    }
    bytes
}

/// No parser of received bytes panics, hangs or accepts what it must not: corpus, vectors and pieces of a bundle through every target.
/// `MINGZHENG_SEED` repeats a run; `MINGZHENG_REPLAY_MS` is the time for each target.
#[test]
fn p1_p9_no_parser_of_received_bytes_panics() {
    let made = made();
    let (seeds, contexts) = seeds::seeds(&made.sealed);
    let place = tempfile::tempdir().unwrap();
    let zip = Archive::of(&made.sealed, "case-1").bytes();
    let (trust, export) = (made.trust.clone(), made.export());
    let material = targets::Material { bag: made.sealed.clone(), zip, trust, export, contexts, place: place.path().to_owned() };
    let number = |name: &str| env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let seed = number("MINGZHENG_SEED").unwrap_or(u64::from(std::process::id()) * 2_654_435_761) | 1;
    let time = Duration::from_millis(number("MINGZHENG_REPLAY_MS").unwrap_or(400));
    println!("seed {seed}");
    for (name, target) in targets::TARGETS {
        let list = &seeds[name];
        assert!(!list.is_empty(), "{name} has no seed");
        let began = Instant::now();
        for bytes in list {
            target(&material, bytes);
        }
        let (mut dice, mut runs, started) = (Dice(seed), 0_u32, Instant::now());
        while started.elapsed() < time {
            target(&material, &changed(list, &mut dice));
            runs += 1;
        }
        println!("{name}: {} seeds, {runs} changed, {} ms", list.len(), began.elapsed().as_millis());
    }
}
