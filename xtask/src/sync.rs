//! `cargo xtask bench sync`: a phone's backlog and photographs to the office beside PouchDB and tus, and a crowd of phones. Target, value, met or missed.

use crate::place::{Place, fresh};
use crate::postgres::Server;
use crate::proof::{number, optimised};
use crate::run::Log;
use crate::{need, say};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Records, photographs, bytes of a photograph. `MINGZHENG_SYNC=500,5,1000000` makes a quick one.
const PHONE: &str = "10000,100,3000000";
/// Phones, inspections of each, how often with a new crowd.
const CROWD: &str = "1000,2,5";
/// What one costs an office that holds 10³, 10⁴, … of them, up to this. `MINGZHENG_FILLING=1000000` takes a quarter of an hour and 10 GB.
const FILLING: &str = "100000";
/// The same on PostgreSQL by one, two, and four copies of the office.
const COPIES: &str = "200,2,1";
const MIB: f64 = 1024.0 * 1024.0;

struct Bench<'a> {
    place: &'a Place,
    log: Log,
    work: PathBuf,
    met: bool,
}

/// Everything; says whether all was met.
pub(crate) fn run(place: &Place) -> Result<bool, String> {
    need::prepare(place, &[&need::COMPILER, &need::WEB, &need::MATERIAL, &need::POSTGRES])?;
    let work = place.target().join("bench/sync");
    let said = |error: std::io::Error| format!("{}: {error}", work.display());
    if work.exists() {
        fs::remove_dir_all(&work).map_err(said)?;
    }
    fs::create_dir_all(&work).map_err(said)?;
    let mut bench = Bench { place, log: Log::new(place, "bench-sync")?, work, met: true };
    let ours = ["mingzheng-core", "mingzheng-office", "mingzheng-phone", "mingzheng-scenarios"];
    // In one go, so that the crates that all three stand on are built once.
    let programs = ["--bin", "mingzheng", "--bin", "mingzheng-phone", "--example", "sync_measure"];
    optimised(place, &mut bench.log, &programs, &ours)?;
    bench.peers()?;
    say::line("measure | target | value |\n---|---|---|---");
    bench.phone()?;
    bench.crowd()?;
    bench.filling()?;
    bench.copies()?;
    fs::remove_dir_all(&bench.work).map_err(|error| format!("{}: {error}", bench.work.display()))?;
    Ok(bench.met)
}

/// Whole numbers of a list, from the environment or as usual.
fn sizes(variable: &str, usual: &str) -> Vec<String> {
    std::env::var(variable).unwrap_or_else(|_| usual.to_owned()).split(',').map(str::to_owned).collect()
}

impl Bench<'_> {
    /// The locked npm packages of the peers.
    fn peers(&mut self) -> Result<(), String> {
        let folder = self.place.root.join("tests/sync-peers");
        if !fresh(&folder.join("node_modules/.package-lock.json"), &[folder.join("package-lock.json")]) {
            say::line("  installing PouchDB, express-pouchdb and @tus/server from npm");
            self.log.run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder))?;
        }
        Ok(())
    }

    fn ours(&mut self, words: &[&str]) -> Result<Value, String> {
        self.ours_on(words, None)
    }

    fn ours_on(&mut self, words: &[&str], database: Option<String>) -> Result<Value, String> {
        let built = self.place.target().join("bench/debug");
        let mut command = Command::new(built.join("examples/sync_measure"));
        command.args(words).envs(self.place.variables()).env("MINGZHENG_LIBRARY_DIR", &built).env("TMPDIR", &self.work);
        command.envs(database.map(|address| ("MINGZHENG_DATABASE", address)));
        // As office/systemd/mingzheng.service starts the office.
        command.env("MALLOC_ARENA_MAX", "2");
        json(&self.log.run(&mut command)?)
    }

    fn theirs(&mut self, words: &[&str]) -> Result<Value, String> {
        // As before each measurement of ours: what others wrote is on the disk.
        self.log.run(&mut Command::new("sync"))?;
        let folder = self.place.root.join("tests/sync-peers");
        json(&self.log.run(Command::new("node").arg("peers.mjs").args(words).current_dir(folder))?)
    }

    fn tell(&mut self, what: &str, target: &str, value: &str, met: bool) {
        self.met &= met;
        say::line(&format!("{what} | {target} | {value} | {}", if met { "met" } else { "MISSED" }));
    }

    fn phone(&mut self) -> Result<(), String> {
        let sizes = sizes("MINGZHENG_SYNC", PHONE);
        let [records, photos, bytes] = sizes.as_slice() else { return Err("MINGZHENG_SYNC=RECORDS,PHOTOS,BYTES".into()) };
        let peer = |name: &str| self.work.join(name).display().to_string();
        let (pouch, tus) = (peer("pouch"), peer("tus"));
        let ours = self.ours(&["phone", records, photos, bytes])?;
        let pouch = self.theirs(&["records", records, &pouch])?;
        let tus = self.theirs(&["files", photos, bytes, &tus])?;

        let rate = number(&ours, "entries") / number(&ours, "seconds");
        let beside = number(&pouch, "records") / number(&pouch, "seconds");
        let value =
            format!("{rate:.0} records/s in {} requests; PouchDB to express-pouchdb {beside:.0}/s", number(&ours, "requests"));
        self.tell(
            &format!("{records} records under checkpoints, verified, durable"),
            "≥ 10,000 records/s",
            &value,
            rate >= 10_000.0,
        );
        let fast = |v: &Value, time: &str| number(v, "bytes") / number(v, time) / 1e6;
        let (mine, other) = (fast(&ours, "photo_seconds"), fast(&tus, "seconds"));
        let value = format!("{mine:.0} MB/s; @tus/server {other:.0} MB/s (no fsync, no digest)");
        self.tell(&format!("{photos} photographs of {bytes} bytes, opened and receipted"), "≥ 120 MB/s", &value, mine >= 120.0);
        let rss = number(&ours, "rss_kib").max(number(&ours, "photo_rss_kib")) / 1024.0;
        let value = format!("{rss:.1} MiB; PouchDB in node {:.0} MiB", number(&pouch, "rss_kib") / 1024.0);
        self.tell("the phone's process at its peak", "≤ 64 MiB", &value, rss <= 64.0);
        Ok(())
    }

    fn crowd(&mut self) -> Result<(), String> {
        let sizes = sizes("MINGZHENG_CROWD", CROWD);
        let [phones, each, rounds] = sizes.as_slice() else { return Err("MINGZHENG_CROWD=PHONES,EACH,ROUNDS".into()) };
        let answer = self.ours(&["ingest", phones, each, rounds, "1"])?;
        let curve = curve(&answer, "");
        let (Some(first), Some(last)) = (curve.first(), curve.last()) else { return Err("nothing was measured".into()) };
        let sum = |name: &str| curve.iter().map(|point| number(point, name)).sum::<f64>();
        let rate = sum("inspections") / sum("seconds");
        let slowest = curve.iter().map(|point| number(point, "per_second")).fold(f64::INFINITY, f64::min);
        let what = format!("{phones} phones at once, 60 entries under 6 checkpoints each");
        let value = format!("{rate:.0}/s, the slowest of {rounds} rounds {slowest:.0}/s");
        self.tell(&what, "≥ 500 inspections/s", &value, rate >= 500.0);
        let grown = (number(last, "office_peak_kib") - number(first, "office_peak_kib")) / 1024.0;
        self.tell("the office's memory meanwhile", "flat (≤ +16 MiB)", &format!("+{grown:.0} MiB"), grown <= 16.0);
        Ok(())
    }

    fn filling(&mut self) -> Result<(), String> {
        let sizes = sizes("MINGZHENG_FILLING", FILLING);
        let [most] = sizes.as_slice() else { return Err("MINGZHENG_FILLING=INSPECTIONS".into()) };
        let answer = self.ours(&["filling", most])?;
        let curve = curve(&answer, "");
        let (Some(first), Some(last)) = (curve.first(), curve.last()) else { return Err("nothing was measured".into()) };
        // Processors, for the disk's share of the time is that of the machine's cache.
        let [before, after] = [first, last].map(|point| number(point, "office_cpu_ms"));
        let value = format!("{:.2}× as much at {most} stored as at 1,000", after / before);
        self.tell("the office's processors for one, as it fills", "flat (≤ 1.2×)", &value, after <= 1.2 * before);
        Ok(())
    }

    /// Copies on one machine share its cores with the phones and the database: what is measured is what they cost each other.
    fn copies(&mut self) -> Result<(), String> {
        let sizes = sizes("MINGZHENG_COPIES", COPIES);
        let [phones, each, rounds] = sizes.as_slice() else { return Err("MINGZHENG_COPIES=PHONES,EACH,ROUNDS".into()) };
        let server = Server::start(&mut self.log)?;
        for copies in ["1", "2", "4"] {
            let database = server.create(&mut self.log, &format!("copies{copies}"))?;
            let answer = self.ours_on(&["ingest", phones, each, rounds, copies], Some(database))?;
            curve(&answer, &format!(", PostgreSQL, copies: {copies}"));
        }
        server.stop(&mut self.log)
    }
}

/// Says each point of the curve.
fn curve(answer: &Value, on: &str) -> Vec<Value> {
    let curve = answer.get("curve").and_then(Value::as_array).cloned().unwrap_or_default();
    for point in &curve {
        let [rate, p50, p99] = ["per_second", "p50_ms", "p99_ms"].map(|name| number(point, name));
        let [office, phone] = ["office_cpu_ms", "phone_cpu_ms"].map(|name| number(point, name));
        let rss = point.get("office_rss_kib").and_then(|r| r.get(1)).and_then(Value::as_f64).unwrap_or_default() * 1024.0 / MIB;
        let stored = number(point, "stored");
        say::line(&format!(
            "up to {stored:.0} stored inspections{on} |  | {rate:.0} inspections/s, an inspection {p50:.1} ms (median), {p99:.1} ms (p99), processors {office:.1} ms + the phone's {phone:.1} ms, office {rss:.0} MiB |"
        ));
    }
    curve
}

/// The last line that is JSON.
fn json(output: &str) -> Result<Value, String> {
    let line = output.lines().rev().find(|line| line.starts_with('{')).ok_or("the measurement said nothing")?;
    serde_json::from_str(line).map_err(|error| format!("{line}: {error}"))
}
