//! `docs/formats`: the CDDL of all pages in one file, and the worked examples between their marks.

use super::kit::Set;
use mingzheng_core::cbor::{self, Value};
use mingzheng_core::id::hex;
use std::io;
use std::path::Path;

/// Pages in the order of their sections.
const PAGES: [&str; 11] =
    ["README", "trust", "badge", "log", "office-log", "enrolment", "sealed", "pack", "bundle", "pairing", "wire"];

pub(super) fn written(root: &Path, sets: &[Set]) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    let mut cddl =
        "; CDDL (RFC 8610) of all formats, taken from the pages of docs/formats by: cargo run --example vectors\n".to_owned();
    for page in PAGES {
        let path = format!("docs/formats/{page}.md");
        let text = std::fs::read_to_string(root.join(&path))?;
        cddl += &format!("\n; {page}.md\n\n{}", blocks(&text, "cddl"));
        files.push((path, with_examples(&text, sets).into_bytes()));
    }
    files.push(("docs/formats/mingzheng.cddl".to_owned(), cddl.into_bytes()));
    Ok(files)
}

/// The fenced blocks of one language.
fn blocks(text: &str, language: &str) -> String {
    let fence = format!("```{language}\n");
    let parts: Vec<_> = text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    parts.join("\n")
}

/// `<!-- example: FORMAT/NAME -->` up to `<!-- end -->` holds the vector of that name.
fn with_examples(text: &str, sets: &[Set]) -> String {
    const MARK: &str = "<!-- example: ";
    const END: &str = "<!-- end -->";
    let mut parts = text.split(MARK);
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (which, rest) = part.split_once(" -->").unwrap();
        let (_, rest) = rest.split_once(END).unwrap();
        out += &format!("{MARK}{which} -->\n{}{END}{rest}", example(which, sets));
    }
    out
}

fn example(which: &str, sets: &[Set]) -> String {
    let (format, name) = which.split_once('/').unwrap();
    let case = sets.iter().find(|s| s.format == format).and_then(|s| s.cases.iter().find(|c| c.name == name));
    let bytes = &case.unwrap_or_else(|| panic!("no vector {which}")).bytes;
    let digits = hex(bytes);
    let lines: Vec<_> = digits.as_bytes().chunks(128).map(|l| std::str::from_utf8(l).unwrap()).collect();
    let notation = match cbor::decode(bytes) {
        Ok(value) => format!("In diagnostic notation (`<<…>>`: bytes that are CBOR):\n\n```\n{}\n```\n", diagnostic(&value, 0)),
        Err(_) => String::new(),
    };
    format!(
        "\nExample: `tests/vectors/{format}`, *{name}*, {} bytes.\n\n```hex\n{}\n```\n\n{notation}\n",
        bytes.len(),
        lines.join("\n")
    )
}

/// RFC 8949 §8, with embedded CBOR shown open.
fn diagnostic(value: &Value, depth: usize) -> String {
    let list = |open: &str, items: Vec<String>, close: &str| {
        let short = items.join(", ");
        if short.chars().count() + 2 * depth < 100 && !short.contains('\n') {
            return format!("{open}{short}{close}");
        }
        let indent = "  ".repeat(depth + 1);
        format!("{open}\n{indent}{}\n{}{close}", items.join(&format!(",\n{indent}")), "  ".repeat(depth))
    };
    let inner = |v: &Value| diagnostic(v, depth + 1);
    match value {
        Value::Int(i) => i.to_string(),
        Value::Bytes(b) => match cbor::decode(b) {
            Ok(v @ (Value::Map(_) | Value::Array(_) | Value::Tag18(_))) if b.len() > 1 => list("<<", vec![inner(&v)], ">>"),
            _ => format!("h'{}'", hex(b)),
        },
        Value::Text(t) => serde_json::Value::from(t.as_str()).to_string(),
        Value::Array(a) => list("[", a.iter().map(inner).collect(), "]"),
        Value::Map(m) => list("{", m.iter().map(|(k, v)| format!("{}: {}", diagnostic(k, 0), inner(v))).collect(), "}"),
        Value::Tag18(v) => format!("18({})", diagnostic(v, depth)),
        Value::Bool(b) => b.to_string(),
        Value::Null => "null".to_owned(),
    }
}
