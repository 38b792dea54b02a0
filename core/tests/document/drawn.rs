//! Characters that no font has: drawn by hand, shown in the line, marked.

use mingzheng_core::document::facts::{Ink, RecordPage};
use mingzheng_core::document::{DocumentError, DrawnCharacter, DrawnError, Fonts, render};
use serde_json::json;

use super::fixture::{attachments, form, identity, refused};
use super::forms::{filled, page};
use super::{CASE, FONTS, font_file, keep, poppler, without_space};

/// U+31350 stands in Unicode since 2022 and in no font of Debian.
const RARE: char = '\u{31350}';

/// Some strokes: a roof, a cross, a box.
fn ink() -> Ink {
    let lines = vec![
        vec![[20, 40], [100, 10], [180, 40]],
        vec![[100, 50], [98, 120]],
        vec![[40, 80], [160, 78]],
        vec![[50, 120], [52, 188], [150, 186], [148, 122], [50, 120]],
    ];
    Ink { width: 200, height: 200, lines }
}

#[test]
fn f12_four_rare_names_are_printed_and_a_fifth_that_no_font_has_is_drawn_in_the_line() {
    let name = format!("何䶮𬭩㛃𠮷{RARE}");
    let facts = |drawn: &[DrawnCharacter]| {
        filled("lian-baogao", |known, _| known["party"]["legal_representative"] = json!(name))
            .with_drawn(drawn)
            .with_fonts(&FONTS)
    };
    let form = CASE.pack.form("lian-baogao").unwrap();
    let without = facts(&[]);
    assert!(without.ready().is_err());
    assert_eq!(CASE.paper(form, &page(without), &FONTS).unwrap_err(), DocumentError::MissingGlyphs(vec![RARE]));
    // The shell may hand over the character or the code that the error named.
    let drawn = DrawnCharacter::new(&FONTS, "U+31350", ink()).unwrap();
    assert_eq!(drawn, DrawnCharacter::new(&FONTS, &RARE.to_string(), ink()).unwrap());
    let filled = facts(std::slice::from_ref(&drawn));
    assert_eq!(filled.ready().err(), None);
    assert_eq!(filled.facts["drawn"][0]["character"], json!(RARE));
    assert_eq!(filled.facts["drawn"][0]["digest"], json!(drawn.digest));
    let pdf = CASE.paper(form, &page(filled.clone()), &FONTS).unwrap();
    let path = keep("form-drawn.pdf", &pdf);
    let text = without_space(&poppler("pdftotext", &["-raw"], &path, &["-"]));
    assert!(text.contains("何䶮𬭩㛃𠮷手写1"), "{text}");
    let note = format!("手写1：本机字体没有此字，现场手写代替。字符编码U+31350，手写图样SHA-256前16位{}", &drawn.digest[..16]);
    assert!(text.contains(&note), "{text}");
    // Who reads by ear gets the character: it is the alternative text of the drawing.
    let alternative: String = format!("{RARE}（手写字 U+31350）").encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    let raw = String::from_utf8_lossy(&pdf).into_owned();
    assert!(raw.contains(&format!("/Alt<FEFF{alternative}>")), "the alternative text");
    assert!(text.contains("第1页共1页"), "the note needs no page of its own");
    // A drawing that was changed afterwards stands for nothing.
    let mut other = filled;
    other.facts["drawn"][0]["ink"]["lines"][0][0][0] = json!(21);
    assert_eq!(CASE.paper(form, &page(other), &FONTS).unwrap_err(), DocumentError::MissingGlyphs(vec![RARE]));
}

#[test]
fn f12_the_sample_with_a_drawn_name_is_made() {
    let text = without_space(&poppler("pdftotext", &["-raw"], &keep("sample-drawn.pdf", &CASE.drawn(&FONTS)), &["-"]));
    assert!(text.contains("何䶮𬭩㛃𠮷手写1"), "{text}");
}

#[test]
fn f12_the_record_shows_a_drawn_character_wherever_it_stands() {
    let mut page = refused();
    page.facts.companions[0].name = format!("陈{RARE}梅");
    page.facts.observations.push(format!("检查时{RARE}某在场。"));
    let value = |page: &RecordPage| serde_json::to_value(page).unwrap();
    assert!(render(&form(), &value(&page), &FONTS, &[], &identity()).is_err());
    page.facts.drawn = vec![DrawnCharacter::new(&FONTS, &RARE.to_string(), ink()).unwrap()];
    let pdf = render(&form(), &value(&page), &FONTS, &attachments(&page), &identity()).unwrap();
    let text = without_space(&poppler("pdftotext", &["-raw"], &keep("record-drawn.pdf", &pdf), &["-"]));
    for wanted in ["陈手写1梅", "检查时手写1某在场", "字符编码U+31350"] {
        assert!(text.contains(wanted), "{wanted} in {text}");
    }
}

#[test]
fn f12_a_second_font_is_the_first_choice_and_needs_no_drawing() {
    let latin = std::fs::read("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf").expect("Debian package fonts-dejavu-core");
    let one = Fonts::from_bytes(vec![latin.clone()]).unwrap();
    let two = Fonts::from_bytes(vec![latin, font_file("NotoSansCJK-Regular.ttc")]).unwrap();
    for name in ["䶮", "𬭩", "㛃", "𠮷"] {
        assert!(DrawnCharacter::new(&one, name, ink()).unwrap().fits());
        assert_eq!(DrawnCharacter::new(&two, name, ink()), Err(DrawnError::Shown), "{name}");
    }
}

#[test]
fn f12_what_is_no_character_or_no_drawing_is_refused() {
    for (character, error) in [
        ("", DrawnError::NotOne),
        ("何何", DrawnError::NotOne),
        ("U+110000", DrawnError::NotOne),
        ("U+D800", DrawnError::NotOne),
        ("\u{202e}", DrawnError::Unprintable),
        ("U+0000", DrawnError::Unprintable),
        ("A", DrawnError::Unprintable),
        ("何", DrawnError::Shown),
    ] {
        assert_eq!(DrawnCharacter::new(&FONTS, character, ink()), Err(error), "{character}");
    }
    let refused = |change: fn(&mut Ink)| {
        let mut ink = ink();
        change(&mut ink);
        assert_eq!(DrawnCharacter::new(&FONTS, &RARE.to_string(), ink), Err(DrawnError::Strokes));
    };
    refused(|ink| ink.lines.clear());
    refused(|ink| ink.lines[0].clear());
    refused(|ink| ink.lines[0][0] = [201, 0]);
    refused(|ink| ink.lines[0][0] = [0, -1]);
    refused(|ink| ink.lines = vec![vec![[1, 1]; 50]; 81]);
    refused(|ink| ink.lines = vec![vec![[1, 1]; 4001]]);
    refused(|ink| ink.width = 0);
}
