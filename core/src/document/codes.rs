//! Addresses on a paper as QR, so that a phone opens what the eye reads (R16).

use qrcode::{Color, EcLevel, QrCode};
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// Longest address that is drawn; beyond it the modules are too small for paper.
const LONGEST: usize = 300;

/// Every web address among the facts, by its text, as an SVG picture with its quiet zone.
pub(super) fn codes(facts: &Value) -> Map<String, Value> {
    let mut found = Map::new();
    collect(facts, &mut found);
    found
}

fn collect(value: &Value, found: &mut Map<String, Value>) {
    match value {
        Value::String(text) if text.starts_with("https://") && text.len() <= LONGEST && !found.contains_key(text) => {
            if let Some(picture) = draw(text) {
                found.insert(text.clone(), Value::String(picture));
            }
        }
        Value::Array(items) => items.iter().for_each(|v| collect(v, found)),
        Value::Object(map) => map.values().for_each(|v| collect(v, found)),
        _ => {}
    }
}

/// ISO/IEC 18004, level M, four quiet modules; each run of dark modules is one rectangle.
pub(super) fn draw(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let side = code.width() + 8;
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(code.width()).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run.first() == Some(&Color::Dark) {
                let length = run.len();
                write!(path, "M{} {}h{length}v1h-{length}z", x + 4, y + 4).ok()?;
            }
            x += run.len();
        }
    }
    Some(format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{side}' height='{side}' viewBox='0 0 {side} {side}'>\
         <path d='{path}' fill='black'/></svg>"
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;

    #[test]
    fn r16_only_addresses_become_codes_each_once() {
        let facts = serde_json::json!({"a": "https://zf.example/b", "b": ["https://zf.example/b", "http://zf.example", 1],
            "c": format!("https://zf.example/{}", "a".repeat(300))});
        let found = codes(&facts);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["https://zf.example/b"]);
        let picture = found.values().next().unwrap().as_str().unwrap();
        // Version 2 has 25 modules; with the quiet zone 33.
        assert!(picture.contains("viewBox='0 0 33 33'") && picture.contains("M4 4h7v1h-7z"), "{picture}");
    }
}
