//! `cargo xtask mutants`: takes protections away, one at a time, in a copy of the clone, and sees that the test that names the number fails.
//!
//! Five are drawn by a seed, or named. A test that still passes without its protection proves nothing; then this fails.

use crate::cargo::cargo;
use crate::place::Place;
use crate::run::Log;
use crate::{need, rules_away, say};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A protection: its number, what goes, where, what stands there, what stands there without it, and the test: target and name.
struct Mutant {
    number: &'static str,
    what: &'static str,
    file: &'static str,
    with: &'static str,
    without: &'static str,
    test: (&'static str, &'static str),
}

const CORE: &str = "--lib";
/// Its tests start the office and phones as programs, which are built first.
const PROGRAMS: &str = "bad_input";

static MUTANTS: [Mutant; 19] = [
    Mutant {
        number: "F02",
        what: "a camera's file that no entry names counts as sealed long ago",
        file: "core/src/evidence/orphan.rs",
        with: "if same { Orphan::Leftover(path) } else { Orphan::Camera(path) }",
        without: "if same || !committed { Orphan::Leftover(path) } else { Orphan::Camera(path) }",
        test: (CORE, "f02_killed_between_any_two_steps"),
    },
    Mutant {
        number: "F11",
        what: "identical photographs get one name",
        file: "core/src/evidence/mod.rs",
        with: "format!(\"{}-{counter}\", hex(clear))",
        without: "format!(\"{}-{}\", hex(clear), counter.min(0))",
        test: (CORE, "f11_two_identical_photos_are_two_pieces"),
    },
    Mutant {
        number: "F14",
        what: "the wall clock is not held against the monotonic one",
        file: "core/src/clock.rs",
        with: "wall.saturating_sub(mono)\n",
        without: "wall.saturating_sub(mono).saturating_mul(0)\n",
        test: (CORE, "j31_f14_jump_is_wall_against_monotonic"),
    },
    Mutant {
        number: "F15",
        what: "a mocked place counts as good",
        file: "core/src/evidence/exif.rs",
        with: "Some(f) if f.mock => FixStanding::Mock,",
        without: "Some(f) if f.mock && f.age_ms > STALE_MS => FixStanding::Mock,",
        test: (CORE, "f15_camera_and_device_are_compared"),
    },
    Mutant {
        number: "F16",
        what: "south and west lose their sign",
        file: "core/src/evidence/exif.rs",
        with: ".then_some(sign * e7)",
        without: ".then_some(sign * sign * e7)",
        test: (CORE, "f16_coordinates_keep_their_hemisphere"),
    },
    Mutant {
        number: "F38",
        what: "a file's digest is not compared, only its length",
        file: "core/src/bundle/verify/files.rs",
        with: "Some(h) if (h.len != *len || h.digest != *digest)",
        without: "Some(h) if (h.len != *len || h.digest.len() != digest.len())",
        test: (CORE, "f38_every_flipped_bit_of_the_folder_is_named"),
    },
    Mutant {
        number: "F38 zip",
        what: "local headers of the zip are not compared",
        file: "core/src/bundle/zip.rs",
        with: "|| found != local",
        without: "|| found.len() != local.len()",
        test: (CORE, "f38_every_flipped_bit_of_the_zip_is_named"),
    },
    Mutant {
        number: "F39",
        what: "the head that a signed checkpoint states is not held against the entries",
        file: "core/src/bundle/verify/logs.rs",
        with: "if last.map(|e| e.digest) != Some(head.head) {",
        without: "if last.is_some_and(|e| e.digest != head.head) && head.length == 0 {",
        test: (CORE, "f39_a_case_packed_anew_without_one_entry_is_never_complete"),
    },
    Mutant {
        number: "F39 witness",
        what: "what another phone saw beyond the end is passed over",
        file: "core/src/bundle/verify/times.rs",
        with: "Finding::TailMissing",
        without: "Finding::WitnessPeer",
        test: ("matrix", "f38_f39_f40_j19_j23_every_damage_is_named_alike_by_all_verifiers"),
    },
    Mutant {
        number: "F40",
        what: "a key that is suspect counts like any other",
        file: "core/src/trust.rs",
        with: "self.suspect_since.is_some_and(|s| at >= s)",
        without: "self.suspect_since.is_some_and(|s| at >= s && s < 0)",
        test: (CORE, "f40_a_key_that_expired_or_was_withdrawn_later_does_not_undo_a_case"),
    },
    Mutant {
        number: "F41",
        what: "a badge that was filmed an hour ago is live",
        file: "core/src/badge/verdict.rs",
        with: "FRESH_MS: i64 = 60_000;",
        without: "FRESH_MS: i64 = 3_660_000;",
        test: ("vectors", "f41_f42_j3_p7_every_frame_is_judged_as_written"),
    },
    Mutant {
        number: "F42",
        what: "a clock that nobody compared is believed",
        file: "core/src/badge/verdict.rs",
        with: "None if !self.clock_trusted => return",
        without: "None if !self.clock_trusted && age == 1 => return",
        test: ("vectors", "f41_f42_j3_p7_every_frame_is_judged_as_written"),
    },
    Mutant {
        number: "R02",
        what: "something may stand behind a compressed status list",
        file: "core/src/badge/status.rs",
        with: "Ok(n) if n <= MAX_INFLATED && whole =>",
        without: "Ok(n) if n <= MAX_INFLATED && (whole || n > 0) =>",
        test: ("vectors", "every_vector_is_judged_as_written"),
    },
    Mutant {
        number: "R09",
        what: "half of dress and insignia is enough",
        file: "core/src/inspection/advice.rs",
        with: "Some(a) if a.uniform && a.insignia => return None,",
        without: "Some(a) if a.uniform || a.insignia => return None,",
        test: ("phone", "r09_dress_is_asked_for_and_is_no_gate"),
    },
    Mutant {
        number: "F43",
        what: "a new enrolment forgets the one that it follows",
        file: "core/src/enrolment.rs",
        with: "m.maybe(\"previous\", this.map(|s| s.previous))",
        without: "m.maybe(\"previous\", this.map(|_| [0_u8; 32]))",
        test: (CORE, "f43_an_enrolment_names_the_one_that_it_follows"),
    },
    Mutant {
        number: "J19",
        what: "a clear photograph is not held against its entry",
        file: "core/src/bundle/verify/media.rs",
        with: "if hashed.digest != c.clear || hashed.len != c.clear_len {",
        without: "if hashed.digest != c.clear && hashed.len == c.clear_len + 1 {",
        test: (CORE, "j19_evidence_that_was_exchanged_is_named_even_when_the_office_signs_it"),
    },
    Mutant {
        number: "J20",
        what: "a local file may go before the office has opened it",
        file: "core/src/inspection/gate.rs",
        with: "    if opened {\n        return Vec::new();",
        without: "    if opened || i64::from(opened) == 0 {\n        return Vec::new();",
        test: (PROGRAMS, "j20_a_photograph_is_not_deleted_before_the_receipt"),
    },
    Mutant {
        number: "J23",
        what: "files that the signed list names may be absent",
        file: "core/src/bundle/verify/files.rs",
        with: "None if !self.out.failed(path) => self.out.add(Finding::FileMissing, path.as_str(), \"\"),",
        without: "None if self.out.failed(path) => self.out.add(Finding::FileMissing, path.as_str(), \"\"),",
        test: ("matrix", "f38_f39_f40_j19_j23_every_damage_is_named_alike_by_all_verifiers"),
    },
    Mutant {
        number: "J31",
        what: "a clock set back over a restart is no jump",
        file: "core/src/clock.rs",
        with: "wall.min(0)\n",
        without: "wall.min(0).max(0)\n",
        test: (CORE, "j31_f14_jump_is_wall_against_monotonic"),
    },
];

/// So many of all, other than each other, drawn by the seed (xorshift64*).
pub(crate) fn drawn<T>(all: &'static [T], many: usize, seed: u64) -> Vec<&'static T> {
    let mut state = seed | 1;
    let mut left: Vec<&T> = all.iter().collect();
    let mut drawn = Vec::new();
    while drawn.len() < many && !left.is_empty() {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        let pick = (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % left.len();
        drawn.push(left.swap_remove(pick));
    }
    drawn
}

/// `cargo xtask mutants [--rules] [--seed N] [NUMBER…]`.
pub(crate) fn command(place: &Place, arguments: &[String]) -> Result<bool, String> {
    let (rules, arguments) = match arguments {
        [option, rest @ ..] if option == "--rules" => (true, rest),
        all => (false, all),
    };
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| time.as_secs());
    let (seed, named) = match arguments {
        [option, seed] if option == "--seed" => (seed.parse().map_err(|_| format!("no number: {seed}"))?, &[][..]),
        named => (clock, named),
    };
    if rules {
        need::prepare(place, &[&need::COMPILER, &need::WEB, &need::MATERIAL])?;
        return rules_away::run(&Copy::new(place)?.place, seed);
    }
    let chosen = if named.is_empty() { drawn(&MUTANTS, 5, seed) } else { by_number(named)? };
    if named.is_empty() {
        say::line(&format!("seed {seed}"));
    }
    need::prepare(place, &[&need::COMPILER, &need::WEB, &need::MATERIAL, &need::VECTORS])?;
    let copy = Copy::new(place)?;
    let mut log = Log::new(place, "mutants")?;
    let mut good = true;
    say::line("| number | taken away | test | without it |\n|---|---|---|---|");
    for mutant in chosen {
        let start = Instant::now();
        let verdict = one(&copy, mutant, &mut log)?;
        good &= verdict == Verdict::Fails;
        let (_, test) = mutant.test;
        let said = verdict.words();
        say::line(&format!("| {} | {} | `{test}` | {said} ({}) |", mutant.number, mutant.what, say::clock(start.elapsed())));
    }
    Ok(good)
}

fn by_number(named: &[String]) -> Result<Vec<&'static Mutant>, String> {
    let find = |name: &String| {
        let known = MUTANTS.iter().find(|mutant| mutant.number == *name);
        known.ok_or_else(|| {
            let all: Vec<_> = MUTANTS.iter().map(|mutant| mutant.number).collect();
            format!("no protection is recorded as {name}; there are {}", all.join(", "))
        })
    };
    named.iter().map(find).collect()
}

#[derive(PartialEq, Eq)]
enum Verdict {
    Fails,
    Passes,
    FailsAnyway,
}

impl Verdict {
    fn words(&self) -> &'static str {
        match self {
            Self::Fails => "fails, as it must; passes with it",
            Self::Passes => "STILL PASSES",
            Self::FailsAnyway => "FAILS WITH IT TOO",
        }
    }
}

/// With the protection the test passes, without it it fails.
fn one(copy: &Copy, mutant: &Mutant, log: &mut Log) -> Result<Verdict, String> {
    let file = copy.place.root.join(mutant.file);
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    if text.matches(mutant.with).count() != 1 {
        return Err(format!(
            "{}: what the protection {} rests on is no longer there: {}",
            mutant.file, mutant.number, mutant.with
        ));
    }
    let write = |text: &str| fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()));
    write(&text.replace(mutant.with, mutant.without))?;
    let without = passes(copy, mutant, log);
    write(&text)?;
    let (without, with) = (without?, passes(copy, mutant, log)?);
    Ok(match (without, with) {
        (_, false) => Verdict::FailsAnyway,
        (true, _) => Verdict::Passes,
        (false, true) => Verdict::Fails,
    })
}

/// Whether the named test ran and passed; an error when it did not run, for instance because nothing could be compiled.
fn passes(copy: &Copy, mutant: &Mutant, log: &mut Log) -> Result<bool, String> {
    let (target, name) = mutant.test;
    if target == PROGRAMS {
        log.run(&mut cargo(&copy.place, &["build"]))?;
    }
    let target = if target == CORE { vec![CORE] } else { vec!["--test", target] };
    let mut command = cargo(&copy.place, &[vec!["test", "--workspace"], target, vec!["--", name]].concat());
    // A mutant shall not cost more than it must.
    let (output, _) = log.ask(command.env("MINGZHENG_FLIPS", "300").env_remove("MINGZHENG_VERIFIERS"))?;
    let ran = output.lines().find(|line| line.starts_with("test ") && line.contains(name));
    match ran.map(|line| line.ends_with("... ok")) {
        Some(passed) => Ok(passed),
        None => Err(format!("{name} did not run\n{}", crate::run::tail(&output, 30))),
    }
}

/// A copy of what git knows of the clone, with the built pages, below `target`.
struct Copy {
    place: Place,
}

impl Copy {
    fn new(place: &Place) -> Result<Self, String> {
        let root = place.target().join("mutants/tree");
        let mut log = Log::quiet(place, "mutants-copy")?;
        let listed = log.run(Command::new("git").args(["ls-files", "--cached"]).current_dir(&place.root))?;
        for path in listed.lines().filter(|path| !path.is_empty()) {
            copy(&place.root.join(path), &root.join(path))?;
        }
        let dist = place.root.join("web/dist");
        for entry in dist.read_dir().map_err(|error| format!("{}: {error}", dist.display()))?.flatten() {
            copy(&entry.path(), &root.join("web/dist").join(entry.file_name()))?;
        }
        Ok(Self { place: Place { root, cache: place.cache.clone() } })
    }
}

/// Copies what differs, so that what is built stays built.
fn copy(from: &Path, to: &PathBuf) -> Result<(), String> {
    let said = |error: std::io::Error| format!("{}: {error}", from.display());
    if !from.is_file() {
        return Ok(());
    }
    let same = fs::read(to).is_ok_and(|there| fs::read(from).is_ok_and(|here| here == there));
    if !same {
        to.parent().map_or(Ok(()), fs::create_dir_all).map_err(said)?;
        fs::copy(from, to).map_err(said)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{MUTANTS, drawn};
    use std::fs;
    use std::path::Path;

    /// Each recorded protection still stands in the source exactly once, so that it can be taken away.
    #[test]
    fn every_protection_is_where_it_was() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for mutant in &MUTANTS {
            let text = fs::read_to_string(root.join(mutant.file)).unwrap_or_default();
            assert_eq!(text.matches(mutant.with).count(), 1, "{}: {} in {}", mutant.number, mutant.with, mutant.file);
        }
    }

    #[test]
    fn five_are_drawn_and_the_seed_decides() {
        let numbers = |seed| drawn(&MUTANTS, 5, seed).iter().map(|mutant| mutant.number).collect::<Vec<_>>();
        assert_eq!(numbers(7).len(), 5);
        assert_eq!(numbers(7), numbers(7));
        assert_ne!(numbers(7), numbers(8));
    }
}
