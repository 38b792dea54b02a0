//! Which characters the fonts cannot show. Rare characters of names must be found before anyone signs, not on the printed page.

use serde_json::Value;

use super::Fonts;
use crate::unseen;

/// Characters of `text` that no font has a glyph for, each once, in the order of appearance.
///
/// Characters of the private use areas count as missing even if a font draws them: old Chinese systems keep rare characters there, and what
/// such a code means differs from system to system (PDF/A-3a forbids them, ISO 19005-3 §6.2.11.7.3).
pub fn missing_glyphs(fonts: &Fonts, text: &str) -> Vec<char> {
    let mut missing = Vec::new();
    collect(fonts, text, &mut missing);
    missing
}

/// The same over every text in a JSON value.
pub(super) fn missing_in(fonts: &Fonts, value: &Value, missing: &mut Vec<char>) {
    match value {
        Value::String(text) => collect(fonts, text, missing),
        Value::Array(items) => items.iter().for_each(|v| missing_in(fonts, v, missing)),
        Value::Object(map) => map.values().for_each(|v| missing_in(fonts, v, missing)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn collect(fonts: &Fonts, text: &str, missing: &mut Vec<char>) {
    for c in text.chars() {
        if !shows(fonts, c) && !missing.contains(&c) {
            missing.push(c);
        }
    }
}

fn shows(fonts: &Fonts, c: char) -> bool {
    match c {
        // Line breaks and tabs are spacing, not glyphs.
        '\n' | '\r' | '\t' => true,
        // Private use.
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' => false,
        // Invisible: variation selectors, joiners, byte order mark.
        c if unseen::joins(c) => true,
        '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => true,
        c => fonts.0.faces.iter().any(|f| f.info().coverage.contains(u32::from(c))),
    }
}
