//! What `cargo xtask bench sync` measures of ours: a real phone's backlog to a real office, and many simulated phones at once. One line of JSON.
//!
//! `sync_measure phone RECORDS PHOTOS BYTES` · `sync_measure ingest PHONES INSPECTIONS_EACH ROUNDS COPIES` · `sync_measure filling INSPECTIONS`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a measurement fails by panicking

mod crowd;

use mingzheng_demo::acts;
use mingzheng_scenarios::Scene;
use serde_json::{Value, json};
use std::fs;
use std::time::Instant;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |n: usize| words.get(n).and_then(|w| w.parse::<usize>().ok()).expect("a number");
    let said = match words.first().map(String::as_str) {
        Some("phone") => phone(number(1), number(2), number(3)),
        Some("ingest") => crowd::ingest(number(1), number(2), number(3), number(4)),
        Some("filling") => crowd::filling(number(1)),
        _ => panic!("phone RECORDS PHOTOS BYTES, ingest PHONES INSPECTIONS_EACH ROUNDS COPIES, or filling INSPECTIONS"),
    };
    println!("{said}");
}

/// Most memory that a process ever had, and what it has now, KiB.
pub(crate) fn memory(pid: u32) -> [u64; 2] {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    ["VmHWM:", "VmRSS:"].map(|name| {
        let line = status.lines().find_map(|l| l.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").trim().parse().unwrap()
    })
}

/// Seconds of processors that a process has had, its own and the kernel's for it (proc(5): ticks of 10 ms).
pub(crate) fn processors(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let ticks = stat.rsplit_once(')').unwrap().1.split_whitespace().skip(11).take(2);
    ticks.map(|t| t.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

/// What was written or removed before is on the disk: it is not to be waited for within what is measured.
pub(crate) fn settled() {
    assert!(std::process::Command::new("sync").status().unwrap().success());
}

/// A phone that was away writes its backlog and comes home.
fn phone(records: usize, photos: usize, bytes: usize) -> Value {
    const OF_ONE: usize = 100;
    let mut scene = Scene::told().unwrap();
    scene.sync_all().unwrap();
    let mut cases = Vec::new();
    for n in 0..records {
        if n % OF_ONE == 0 {
            let opened = scene.lead.call("open_inspection", json!({ "task": scene.task })).unwrap();
            cases.push(acts::text(&opened, "inspection").unwrap());
        }
        let text = format!("第 {n} 句：现场检查记录，卫生许可证在有效期内，从业人员持有健康合格证明。");
        let act = json!({ "inspection": cases.last(), "act": { "note": { "text": text } } });
        scene.lead.call("act", act).unwrap();
    }
    // A new process: what it takes to send is its own, not what it took to write.
    scene.lead.restart().unwrap();
    settled();
    let before = scene.lead.call("status", json!({})).unwrap()["entries"].as_u64().unwrap();
    let began = Instant::now();
    let said = scene.lead.call("sync", json!({ "at_once": 4 })).unwrap();
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!(said["finished"], true, "{said}");
    let [peak, _] = memory(scene.lead.pid());
    let requests = said["requests"].clone();

    // Photographs by import: other bytes each, so that nothing is the same file.
    for n in 0..photos {
        let path = scene.lead.folder().join("inbox").join(format!("p{n}.jpg"));
        let mut picture = vec![0; bytes];
        getrandom::fill(&mut picture).unwrap();
        fs::write(&path, picture).unwrap();
        let capture = json!({ "inspection": scene.inspection, "path": path, "info": { "imported": true } });
        scene.lead.call("capture_photo", capture).unwrap();
    }
    scene.lead.restart().unwrap();
    settled();
    let began = Instant::now();
    // As the platform sends them: what is left of a file in one request.
    let how = json!({ "at_once": 4, "background": true });
    let sent = scene.lead.call("sync", how).unwrap();
    let photo_seconds = began.elapsed().as_secs_f64();
    assert_eq!(sent["finished"], true, "{sent}");
    let status = scene.lead.call("status", json!({})).unwrap();
    let queue = status["queue"].as_array().unwrap();
    assert!(queue.iter().all(|q| q["state"] == "received"), "everything has its receipt");
    let [photo_peak, _] = memory(scene.lead.pid());
    json!({
        "records": records, "entries": before, "seconds": seconds, "requests": requests, "rss_kib": peak,
        "photos": photos, "bytes": photos * bytes, "photo_seconds": photo_seconds, "photo_rss_kib": photo_peak,
    })
}
