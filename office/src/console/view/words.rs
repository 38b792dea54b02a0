//! Times, sizes, places and words as every section shows them.

use crate::text::{CONSOLE, html};
use chrono::{FixedOffset, TimeZone as _};
use mingzheng_core::inspection::Place;

/// Minutes east of UTC of the office's own times.
const CHINA: i32 = 480;

/// A time with its zone, to the second.
#[must_use]
pub(in crate::console) fn time(ms: i64, zone_min: i32) -> String {
    let zone = FixedOffset::east_opt(zone_min.saturating_mul(60));
    match zone.and_then(|z| z.timestamp_millis_opt(ms).single()) {
        Some(t) => t.format("%Y-%m-%d %H:%M:%S %:z").to_string(),
        None => ms.to_string(),
    }
}

/// Office time.
#[must_use]
pub(in crate::console) fn office_time(ms: i64) -> String {
    time(ms, CHINA)
}

pub(super) fn clock(ms: u64) -> String {
    let s = ms / 1000;
    format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
}

/// `yyyymmdd` as `yyyy-mm-dd`.
pub(super) fn day(d: u32) -> String {
    format!("{:04}-{:02}-{:02}", d / 10_000, d / 100 % 100, d % 100)
}

pub(super) fn short(text: &str) -> String {
    text.chars().take(12).collect()
}

pub(super) fn word(name: &str) -> String {
    let key = format!("word.{name}");
    if CONSOLE.has(&key) { CONSOLE.both(&key) } else { html(name, "") }
}

pub(super) fn word_plain(value: &impl serde::Serialize) -> String {
    let name = name_of(value);
    CONSOLE.get(&format!("word.{name}")).zh.replace("word.", "")
}

/// The name under which a value of an enumeration is serialised.
pub(super) fn name_of(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

pub(super) fn place(p: &Place) -> String {
    let degrees = |e7: i32, pos: char, neg: char| {
        let abs = e7.unsigned_abs();
        format!("{}.{:07}°{}", abs / 10_000_000, abs % 10_000_000, if e7 < 0 { neg } else { pos })
    };
    let mock = if p.mock { format!(" · {}", CONSOLE.plain("fix.mock")) } else { String::new() };
    format!("{} {} ±{} m{mock}", degrees(p.lat_e7, 'N', 'S'), degrees(p.lon_e7, 'E', 'W'), p.accuracy_m)
}

pub(super) fn bytes(n: u64) -> String {
    match n {
        0..=1023 => format!("{n} B"),
        1024..=1_048_575 => format!("{} KiB", n / 1024),
        _ => format!("{}.{} MiB", n / 1_048_576, n % 1_048_576 * 10 / 1_048_576),
    }
}

pub(super) fn text(value: &str) -> String {
    html(value, "")
}
