//! A pack with many 执法事项 and 情形, from its signed bytes.

use crate::signers::{NOON, sign, trust};
use crate::{median, ms, shipped};
use mingzheng_core::pack::{Pack, author, signed};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::Instant;

/// The shipped pack, its items and rows of discretion taken over again under other ids until there are as many as asked.
pub(crate) fn write(items: usize, tiers: usize, file: &Path) -> Value {
    let mut pack = author::compile(&shipped()).unwrap();
    let (first_items, first_rows) = (pack.items.clone(), pack.discretion.clone());
    let count = |pack: &Pack| pack.discretion.iter().map(|row| row.tiers.len()).sum::<usize>();
    let mut round = 0;
    while pack.items.len() < items || count(&pack) < tiers {
        round += 1;
        let other = |id: &str| format!("{id}-x{round}");
        for item in &first_items {
            // A row of discretion needs its item, however many items there are already.
            let needed = count(&pack) < tiers && first_rows.iter().any(|row| row.item == item.id);
            if pack.items.len() >= items && !needed {
                continue;
            }
            let mut item = item.clone();
            let rows = first_rows.iter().filter(|row| row.item == item.id && row.replaces.is_none());
            for row in rows {
                let mut row = row.clone();
                (row.id, row.item, row.concurs) = (other(&row.id), other(&row.item), vec![]);
                for tier in &mut row.tiers {
                    (tier.id, tier.band) = (other(&tier.id), other(&tier.band));
                }
                pack.discretion.push(row);
            }
            item.id = other(&item.id);
            for band in &mut item.statutory {
                band.id = other(&band.id);
            }
            pack.items.push(item);
        }
    }
    let bytes = sign(&pack);
    fs::write(file, &bytes).unwrap();
    json!({ "items": pack.items.len(), "tiers": count(&pack), "bytes": bytes.len() })
}

/// A figure of /proc/self/status in MiB.
fn memory(figure: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(figure)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

/// The first time tells the memory: how far the peak lies above what the process had before.
pub(crate) fn measure(file: &Path, times: usize) -> Value {
    let (bytes, trust) = (fs::read(file).unwrap(), trust());
    let before = memory("VmRSS");
    let mut peak = 0.0;
    let once = |n: usize| {
        let start = Instant::now();
        let pack = signed::open(&bytes, &trust, NOON).unwrap();
        let took = ms(start);
        std::hint::black_box(&pack);
        if n == 0 {
            peak = memory("VmHWM") - before;
        }
        took
    };
    let times: Vec<_> = (0..times).map(once).collect();
    json!({ "first_ms": times[0], "load_ms": median(times), "peak_mib": peak })
}
