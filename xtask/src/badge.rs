//! `cargo xtask bench badge`: frames of the phone beside a peer, the page's verdict in Chromium. Target, value, met or missed.

use crate::place::{Place, program};
use crate::proof::{number, optimised};
use crate::run::Log;
use crate::{need, say};
use serde_json::Value;
use std::process::Command;

/// Largest version of a code (P7).
const VERSION: f64 = 18.0;
/// The whole page, as it comes over the network.
const PAGE_BYTES: f64 = 150_000.0;

/// Everything; says whether all was met.
pub(crate) fn run(place: &Place) -> Result<bool, String> {
    need::prepare(place, &[&need::COMPILER, &need::WEB, &need::BROWSER])?;
    let mut log = Log::new(place, "bench-badge")?;
    optimised(place, &mut log, &["--example", "badge_measure"], &["mingzheng-core"])?;
    let mut all = true;
    let mut tell = |what: &str, target: &str, value: &str, met: bool| {
        all &= met;
        say::line(&format!("{what} | {target} | {value} | {}", if met { "met" } else { "MISSED" }));
    };
    say::line("measure | target | value |\n---|---|---|---");

    let answer = json(&log.run(Command::new(place.target().join("bench/debug/examples/badge_measure")).arg("json"))?)?;
    for row in answer.get("sizes").and_then(Value::as_array).ok_or("no sizes were measured")? {
        let [frame, bytes, digits, version] = ["frame", "bytes", "digits", "version"].map(|name| number(row, name));
        let values = row.get("values").and_then(Value::as_str).unwrap_or_default();
        let what = format!("frame {frame}, {values} values: {bytes} bytes, {digits} digits");
        tell(&what, "QR version ≤ 18-M", &format!("{version}"), version <= VERSION);
    }
    let (frame, sign) = (number(&answer, "frame_ms"), number(&answer, "sign_ms"));
    let what = "frame 1 signed (P-256 in software), encoded, drawn";
    tell(what, "≤ 5 ms", &format!("{frame:.2} ms, of it signing {sign:.2}"), frame <= 5.0);
    let ed25519 = number(&answer, "frame_ed25519_ms");
    tell("  the same with Ed25519", "≤ 5 ms", &format!("{ed25519:.2} ms"), ed25519 <= 5.0);
    let (drawn, peer) = (frame - sign, number(&answer, "peer_ms"));
    let what =
        "  encoded and drawn, against the crate qrcode with the same bytes in one byte segment (no address, smaller version)";
    tell(what, "≤ 1×", &format!("{drawn:.2} against {peer:.2} ms, {:.2}×", drawn / peer), drawn <= peer);

    let node = program("node").ok_or("there is no node")?;
    let script = place.root.join("web/test/bench-badge.mjs");
    let page = json(&log.run(Command::new(node).arg(script).current_dir(place.root.join("web")).envs(place.variables()))?)?;
    let [verdict, scan, bytes, transferred] =
        ["verdict_ms", "scan_to_verdict_ms", "page_bytes", "page_bytes_transferred"].map(|name| number(&page, name));
    let [judging, processor, least, shown] =
        ["of_it_judging_ms", "verdict_processor_ms", "verdict_least_ms", "shown_ms"].map(|name| number(&page, name));
    let took = format!("{verdict:.1} ms, of it judging {judging:.1}; processor time {processor:.1}; the fastest run {least:.1}");
    tell("verdict in Chromium, once the code is decoded", "≤ 20 ms", &took, verdict <= 20.0);
    tell("  the same, until it is on the screen", "told", &format!("{shown:.1} ms"), true);
    tell("scan to verdict, camera of 15 pictures a second", "≤ 1 s", &format!("{:.2} s", scan / 1e3), scan <= 1000.0);
    let weight = format!("{transferred} bytes ({bytes} without compression)");
    tell("badge page, transferred", "≤ 150,000 bytes", &weight, transferred <= PAGE_BYTES);
    Ok(all)
}

/// The last line that is an object.
fn json(output: &str) -> Result<Value, String> {
    let line = output.lines().rev().find(|line| line.starts_with('{')).ok_or("it said nothing")?;
    serde_json::from_str(line).map_err(|error| error.to_string())
}
