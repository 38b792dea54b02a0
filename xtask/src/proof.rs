//! `cargo xtask bench proof`: sealing beside its peers, verifying and exporting a large case, the page in Chromium. Target, value, met or missed.

use crate::cargo::cargo;
use crate::place::{Place, program};
use crate::run::Log;
use crate::{need, say};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The large case: notes, photographs, bytes of a photograph. `MINGZHENG_LARGE=1000,500,2000` makes a quick one.
const LARGE: [&str; 3] = ["10000", "20000", "131072"];
/// What the page is given.
const PAGE: [&str; 3] = ["948", "50", "100000"];
const TIMES: &str = "15";
const PROGRESSIVE: &str = "/usr/share/backgrounds/mate/abstract/Elephants_5640x3172.jpg";

struct Bench<'a> {
    place: &'a Place,
    log: Log,
    work: PathBuf,
    met: bool,
}

/// Everything, beside the peers.
pub(crate) fn run(place: &Place) -> Result<bool, String> {
    need::prepare(place, &[&need::COMPILER, &need::WEB, &need::MATERIAL, &need::BROWSER])?;
    let work = place.target().join("bench/work");
    if work.exists() {
        fs::remove_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
    }
    fs::create_dir_all(&work).map_err(|error| format!("{}: {error}", work.display()))?;
    let mut bench = Bench { place, log: Log::new(place, "bench-proof")?, work, met: true };
    bench.build()?;
    say::line("measure | target | value |\n---|---|---|---");
    bench.sealing()?;
    bench.large()?;
    bench.page()?;
    fs::remove_dir_all(&bench.work).map_err(|error| format!("{}: {error}", bench.work.display()))?;
    Ok(bench.met)
}

/// Builds into `target/bench`: these crates of ours as in a release; third-party ones are so everywhere (opt-level 2), and none is built again.
pub(crate) fn optimised(place: &Place, log: &mut Log, what: &[&str], crates: &[&str]) -> Result<(), String> {
    let mut arguments: Vec<_> = ["build"].iter().chain(what).map(|word| (*word).to_owned()).collect();
    arguments.extend(["--target-dir".to_owned(), place.target().join("bench").display().to_string()]);
    for name in crates {
        for option in ["opt-level=3", "debug-assertions=false", "overflow-checks=false"] {
            arguments.extend(["--config".to_owned(), format!("profile.dev.package.{name}.{option}")]);
        }
    }
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    log.run(&mut cargo(place, &words)).map(drop)
}

impl Bench<'_> {
    /// Our own program, and the peer.
    fn build(&mut self) -> Result<(), String> {
        optimised(self.place, &mut self.log, &["--bin", "mingzheng-tamper"], &["mingzheng-core", "mingzheng-tamper"])?;
        let home = self.place.cache.join("peer-c2pa");
        if !home.join("release/peer-c2pa").exists() {
            say::line("  building the peer c2pa (4 to 15 minutes, once)");
        }
        let mut peer = cargo(self.place, &["build", "--release", "--locked"]);
        peer.current_dir(self.place.root.join("tests/peer-c2pa"))
            .env("CARGO_TARGET_DIR", &home)
            .env("CARGO_BUILD_BUILD_DIR", &home);
        self.log.run(&mut peer).map(drop)
    }

    fn ours(&mut self, words: &[&str]) -> Result<Value, String> {
        self.measured(self.place.target().join("bench/debug/mingzheng-tamper"), words)
    }

    fn measured(&mut self, program: PathBuf, words: &[&str]) -> Result<Value, String> {
        let output = self.log.run(Command::new(&program).args(words).current_dir(&self.work).envs(self.place.variables()))?;
        let line = output.lines().rev().find(|line| line.starts_with('{'));
        let line = line.ok_or_else(|| format!("{} said nothing", program.display()))?;
        serde_json::from_str(line).map_err(|error| format!("{}: {error}", program.display()))
    }

    fn tell(&mut self, what: &str, target: &str, value: &str, met: bool) {
        self.met &= met;
        say::line(&format!("{what} | {target} | {value} | {}", if met { "met" } else { "MISSED" }));
    }

    /// Two rounds of each, turn and turn about; medians.
    fn sealing(&mut self) -> Result<(), String> {
        let photo = self.work.join("twelve.jpg").display().to_string();
        self.ours(&["twelve", PROGRESSIVE, &photo])?;
        let size = fs::metadata(&photo).map_err(|error| error.to_string())?.len() as f64 / 1e6;
        let (mut seal, mut plain, mut bare, mut defaults, mut peak) = (vec![], vec![], vec![], vec![], 0.0_f64);
        for round in ["a", "b"] {
            let answer = self.ours(&["seal", &photo, &format!("seal-{round}"), TIMES])?;
            seal.extend(numbers(&answer, "ms"));
            peak = peak.max(number(&answer, "peak"));
            plain.extend(numbers(&self.ours(&["plain", &photo, &format!("plain-{round}"), TIMES])?, "ms"));
            let folder = self.work.join(format!("peer-{round}"));
            fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
            let peer = self.place.cache.join("peer-c2pa/release/peer-c2pa");
            let answer = self.measured(peer, &[&photo, &folder.display().to_string(), TIMES])?;
            bare.extend(numbers(&answer, "bare"));
            defaults.extend(numbers(&answer, "defaults"));
        }
        let [seal, plain, bare, defaults] = [seal, plain, bare, defaults].map(median);
        say::line(&format!(
            "12-MP JPEG of {size:.1} MB, medians: sealed {seal:.1} ms, plain {plain:.1} ms, c2pa bare {bare:.1} ms, c2pa defaults {defaults:.1} ms |||"
        ));
        let times = |ratio: f64| format!("{ratio:.1}×");
        self.tell(
            "seal, against bare c2pa signing (no thumbnail, no fsync)",
            "≥ 2× faster",
            &times(bare / seal),
            bare / seal >= 2.0,
        );
        self.tell("seal, against c2pa with its defaults", "≥ 10× faster", &times(defaults / seal), defaults / seal >= 10.0);
        let ratio = seal / plain;
        self.tell("seal, against SHA-256 + ChaCha20-Poly1305 + fsync", "≤ 1.5×", &format!("{ratio:.2}×"), ratio <= 1.5);
        self.tell("peak memory of sealing", "≤ 64 MiB", &format!("{peak:.0} MiB"), peak <= 64.0);
        Ok(())
    }

    fn large(&mut self) -> Result<(), String> {
        let given = std::env::var("MINGZHENG_LARGE").unwrap_or_else(|_| LARGE.join(","));
        let words: Vec<_> = given.split(',').collect();
        let [notes, photos, bytes] = words.as_slice() else { return Err(format!("not three numbers: {given}")) };
        let parse = |text: &str| text.parse::<f64>().map_err(|_| format!("no number: {text}"));
        let (entries, photographs, size) = (parse(notes)?, parse(photos)?, parse(bytes)?);
        // Entries alone; all of it with photographs of sixteen bytes; all of it. What the last costs more than the second is the media.
        let [few, tiny, many] = ["entries", "tiny", "large"].map(|name| self.work.join(name).display().to_string());
        for (folder, photos, bytes) in [(&few, "0", "16"), (&tiny, *photos, "16"), (&many, *photos, *bytes)] {
            fs::create_dir_all(folder).map_err(|error| error.to_string())?;
            self.ours(&["large", notes, photos, bytes, folder])?;
        }
        let verify = |bench: &mut Self, folder: &str| {
            let (bundle, trust) = (format!("{folder}/bundle"), format!("{folder}/trust.cbor"));
            let mut best: Option<Value> = None;
            for _ in 0..3 {
                let answer = bench.ours(&["verify", &bundle, &trust])?;
                if number(&answer, "exit") != 0.0 {
                    return Err(format!("{bundle} does not verify"));
                }
                if best.as_ref().is_none_or(|best| number(&answer, "ms") < number(best, "ms")) {
                    best = Some(answer);
                }
            }
            best.ok_or_else(|| "nothing was measured".to_owned())
        };
        let rate = entries * 1e3 / number(&verify(self, &few)?, "ms");
        self.tell(&format!("verify {notes} entries"), "≥ 25,000 entries/s", &format!("{rate:.0} entries/s"), rate >= 25_000.0);
        let sha = number(&self.ours(&["sha", "512"])?, "bytes_s");
        let whole = verify(self, &many)?;
        let (took, without) = (number(&whole, "ms") / 1e3, number(&verify(self, &tiny)?, "ms") / 1e3);
        let (media, all) = (photographs * size, entries + photographs);
        let (speed, limit) = (media / (took - without) / 1e6, sha / 1e6);
        let part = speed / limit * 100.0;
        say::line(&format!(
            "verify {all:.0} entries and {photos} photographs of {bytes} bytes with their custody receipts: {took:.1} s, of it {without:.1} s not media; {:.0} MB/s in all |||",
            media / took / 1e6
        ));
        let target = "≥ 80 % of SHA-256 on all cores";
        self.tell("  its media", target, &format!("{speed:.0} of {limit:.0} MB/s, {part:.0} %"), part >= 80.0);
        let peak = number(&whole, "peak");
        self.tell("peak memory of verifying it", "≤ 128 MiB", &format!("{peak:.0} MiB"), peak <= 128.0);
        let answer = self.ours(&["export", &many])?;
        let (peak, took) = (number(&answer, "peak"), number(&answer, "ms") / 1e3);
        self.tell(
            &format!("peak memory of exporting it, folder and zip, in {took:.0} s"),
            "≤ 128 MiB",
            &format!("{peak:.0} MiB"),
            peak <= 128.0,
        );
        Ok(())
    }

    /// The page, opened from disk in Chromium, with a zip of its own.
    fn page(&mut self) -> Result<(), String> {
        let folder = self.work.join("page");
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let [notes, photos, bytes] = PAGE;
        let there = folder.display().to_string();
        self.ours(&["large", notes, photos, bytes, &there])?;
        let node = program("node").ok_or("there is no node")?;
        let script = self.place.root.join("web/tools/measure-verify.mjs");
        let page = self.place.root.join("web/dist/verify.html");
        let words = [script, page, folder.join("bundle.zip"), folder.join("trust.cbor")].map(|path: PathBuf| text(&path));
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        let answer = self.measured(node, &words)?;
        let took = number(&answer, "ms") / 1e3;
        let met = number(&answer, "exit") == 0.0 && took <= 3.0;
        self.tell("the page verifies 1,000 entries and 50 photographs in Chromium", "≤ 3 s", &format!("{took:.2} s"), met);
        Ok(())
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// A figure of an answer; infinite if it is not there, so that nothing is met by its absence.
pub(crate) fn number(answer: &Value, name: &str) -> f64 {
    answer.get(name).and_then(Value::as_f64).unwrap_or(f64::INFINITY)
}

fn numbers(answer: &Value, name: &str) -> Vec<f64> {
    answer.get(name).and_then(Value::as_array).map(|list| list.iter().filter_map(Value::as_f64).collect()).unwrap_or_default()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
