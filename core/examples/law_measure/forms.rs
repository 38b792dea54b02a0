//! Each form of the shipped pack, filled with the case of its example, after another one has been made.

use crate::{ms, shipped};
use mingzheng_core::document::facts::Moment;
use mingzheng_core::document::form::paper;
use mingzheng_core::document::{Example, Fonts};
use mingzheng_core::pack::author;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Instant;

/// In each round every text of the facts is another one, so that nothing that was typeset before can be taken again.
fn changed(facts: &mut Value, round: usize) {
    match facts {
        Value::Object(fields) => fields.values_mut().for_each(|value| changed(value, round)),
        Value::Array(values) => values.iter_mut().for_each(|value| changed(value, round)),
        // Words only: codes, numbers and days have a form of their own.
        Value::String(text) if text.chars().any(|c| c > '\u{4e00}') => {
            text.push("一二三四五六七八九".chars().nth(round % 9).unwrap())
        }
        _ => {}
    }
}

pub(crate) fn measure(times: usize) -> Value {
    let pack = author::compile(&shipped()).unwrap();
    let example = Example::read(&pack, &std::fs::read_to_string(shipped().join(Example::PATH)).unwrap()).unwrap();
    let folder = std::env::var_os("MINGZHENG_FONT_DIR").map_or_else(|| "/usr/share/fonts/opentype/noto".into(), PathBuf::from);
    let names = ["NotoSerifCJK-Regular.ttc", "NotoSerifCJK-Bold.ttc", "NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"];
    let fonts = Fonts::from_bytes(names.map(|name| std::fs::read(folder.join(name)).unwrap()).to_vec()).unwrap();
    let at = Moment { ms: 1_795_060_800_000, offset_min: 480 };
    let forms: Vec<_> = pack.forms.iter().filter(|form| !form.fields.is_empty()).collect();
    let make = |id: &str, round: usize| {
        let mut page = example.page(&pack, pack.form(id).unwrap()).unwrap();
        if let Some(fields) = page.facts.get_mut("fields") {
            changed(fields, round);
        }
        let start = Instant::now();
        let pdf = paper(&pack, id, &page, at, &fonts, Vec::new()).unwrap_or_else(|error| panic!("{id}: {error}"));
        (ms(start), pages(&pdf))
    };
    let first = make(&forms[0].id, 0).0;
    let rows: Vec<_> = forms
        .iter()
        .map(|form| {
            let made: Vec<_> = (1..=times).map(|round| make(&form.id, round)).collect();
            let pages = made[0].1;
            json!({ "form": form.id, "pages": pages, "ms_a_page": crate::median(made.into_iter().map(|(ms, pages)| ms / pages as f64).collect()) })
        })
        .collect();
    json!({ "first_ms": first, "forms": rows })
}

/// Pages of a PDF: the largest count of its page tree, which stands in the clear.
fn pages(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    let counts = text.match_indices("/Count ").filter_map(|(at, word)| {
        let digits: String = text[at + word.len()..].chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    counts.max().unwrap_or(1)
}
