//! Workbooks as people, and as enemies, write them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::type_complexity, reason = "tests")]

use super::*;
use mingzheng_core::pack::author;
use rust_xlsxwriter::{Formula, Workbook};
use std::io::{Cursor, Write};
use std::path::PathBuf;
use zip::write::SimpleFileOptions;

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu")
}

/// A copy of the shipped pack that may be changed.
fn copied() -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let to = home.path().join("pack");
    assert!(std::process::Command::new("cp").arg("-r").args([&shipped(), &to]).status().unwrap().success());
    (home, to)
}

/// A workbook with these sheets, all texts.
fn book(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, rows) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(*name).unwrap();
        for (row, cells) in (0..).zip(*rows) {
            for (column, text) in (0..).zip(*cells).filter(|(_, text)| !text.is_empty()) {
                sheet.write_string(row, column, *text).unwrap();
            }
        }
    }
    book.save_to_buffer().unwrap()
}

const HEADING: &[&str] =
    &["type", "name", "label::中文 (zh-Hans)", "label::English (en)", "hint::中文 (zh-Hans)", "hint::English (en)"];
const CHOICES: &[&[&str]] = &[
    &["list_name", "name", "label::中文 (zh-Hans)"],
    &["hgbhg", "yes", "合格"],
    &["hgbhg", "no", "不合格"],
    &["hgbhg", "na", "不适用"],
];
const SETTINGS: &[&[&str]] = &[
    &["form_title", "form_id", "version", "default_language"],
    &["美容美发场所检查表", "Meirong_2026", "20260401", "中文 (zh-Hans)"],
];

fn wishes() -> Wishes {
    Wishes {
        title_en: Some("Checklist for beauty parlours".into()),
        subject: Some("zhuti-weijian".into()),
        basis: Some("gonggong-xize 22".into()),
        ..Wishes::default()
    }
}

fn skipping(words: &[&str]) -> Wishes {
    Wishes { skip: words.iter().map(|word| (*word).to_owned()).collect(), ..wishes() }
}

/// What is refused: place and words in English.
fn refusals(read: &Imported) -> Vec<(String, String)> {
    let refused = read.remarks.iter().filter(|remark| remark.said.refuses());
    refused.map(|remark| (remark.at.to_string(), remark.said.explain().en)).collect()
}

#[test]
fn every_checklist_of_the_pack_comes_back_row_for_row() {
    let (_home, folder) = copied();
    let before = author::check(&folder).unwrap();
    assert_eq!(before.checklists.len(), 6);
    for checklist in &before.checklists {
        let bytes = export(&before, checklist).unwrap();
        let read = import(&bytes, &Wishes::default()).unwrap();
        assert_eq!(refusals(&read), [], "{}", checklist.id);
        // Nothing but that the version is the pack's is to be said of what we wrote ourselves.
        let told: Vec<_> = read.remarks.iter().filter(|r| r.said != Said::VersionOfPack).collect();
        assert!(told.iter().all(|r| matches!(r.said, Said::AlwaysDue)), "{told:?}");
        assert!(matches!(put(&folder, &read, false), Err(XlsformError::Exists(id)) if id == checklist.id));
        assert!(matches!(put(&folder, &read, true), Ok(Put::Written { title_stays: false, .. })));
    }
    let after = author::check(&folder).unwrap();
    assert_eq!(before.checklists, after.checklists);
    assert_eq!(before, after);
}

#[test]
fn texts_that_look_like_markup_numbers_or_formulas_come_back_as_written() {
    let mut pack = author::check(&shipped()).unwrap();
    let item = &mut pack.checklists[0].items[0];
    item.id = "9-first".into();
    item.text.zh = "=1+1 &lt;b&gt; & <i> _x0041_ \"引\" '\n第二行".into();
    item.text.en = "0.30".into();
    item.note = Some(mingzheng_core::pack::Text { zh: "，；|".into(), en: "a,b;c".into() });
    let list = pack.checklists[0].clone();
    let read = import(&export(&pack, &list).unwrap(), &Wishes::default()).unwrap();
    assert_eq!(refusals(&read), []);
    let (csv, lines) = read.file("zhuti-weijian").unwrap();
    let (_home, folder) = copied();
    std::fs::write(folder.join("checklists/zhusu.csv"), csv).unwrap();
    assert_eq!(author::compile(&folder).unwrap().checklists[0].items, list.items);
    // The first item stands on two lines of the file and, with its photograph, on two rows of the sheet.
    assert_eq!((lines[&2], lines.get(&3), lines[&4]), (2, None, 4));
    item_with_reference(&mut pack);
}

fn item_with_reference(pack: &mut mingzheng_core::pack::Pack) {
    pack.checklists[0].items[1].text.zh = "见 ${zhusu-01}".into();
    let refused = export(pack, &pack.checklists[0]);
    assert!(matches!(refused, Err(XlsformError::Reference(id)) if id == "zhusu-02"));
}

#[test]
fn a_form_as_users_of_odk_write_it_becomes_a_checklist_of_the_pack() {
    let bytes = book(&[
        (
            "survey",
            &[
                &[HEADING, &["required", "constraint"]].concat(),
                &[
                    "select_one hgbhg",
                    "Licence_displayed",
                    "许可证悬挂在醒目位置",
                    "Licence is displayed",
                    "看原件",
                    "See the original",
                    "yes",
                ],
                &["image", "Licence_displayed_photo", "许可证照片", "Picture of the licence", "", "", "yes"],
                &["select_one hgbhg", "towels", "毛巾一客一换", "Fresh towels for each client"],
                &["text", "towels_note", "说明", "Remark"],
                &["integer", "lux", "照度（勒克斯）", "Illuminance (lux)", "", "", "", ". >= 100 and . <= 2000"],
            ],
        ),
        ("choices", CHOICES),
        ("settings", SETTINGS),
        ("说明", &[&["怎样填写"]]),
    ]);
    let read = import(&bytes, &wishes()).unwrap();
    assert_eq!(refusals(&read), []);
    let told: Vec<_> = read.remarks.iter().map(ToString::to_string).collect();
    for (place, word) in [
        ("survey!2: ", "licence-displayed"),
        ("survey!3: ", "Picture of the licence"),
        ("survey!5: ", "a note of its own"),
        ("survey!H6: ", "100 – 2000"),
        ("choices!2: ", "counts as pass"),
        ("settings!C2: ", "the pack"),
        ("settings: ", "meirong-2026"),
        ("说明: ", "not read"),
        ("survey: ", "illustrative was given to 3 rows"),
    ] {
        assert!(told.iter().any(|line| line.starts_with(place) && line.contains(word)), "{place}{word}\n{told:#?}");
    }
    let (_home, folder) = copied();
    assert!(matches!(put(&folder, &read, false), Ok(Put::Written { file, .. }) if file == "checklists/meirong-2026.csv"));
    let pack = author::check(&folder).unwrap();
    let list = pack.checklists.iter().find(|list| list.id == "meirong-2026").unwrap();
    assert_eq!((list.title.zh.as_str(), list.items.len()), ("美容美发场所检查表", 3));
    let [licence, towels, lux] = list.items.as_slice() else { panic!("three items") };
    assert_eq!(licence.results, [Answer::Pass, Answer::Fail, Answer::NotApplicable]);
    assert_eq!((licence.photo, towels.photo), (mingzheng_core::pack::Photo::Must, mingzheng_core::pack::Photo::None));
    assert_eq!(licence.note.as_ref().unwrap().zh, "看原件");
    assert!(list.items.iter().all(|item| item.illustrative && item.subject == "zhuti-weijian"));
    let measure = lux.measure.as_ref().unwrap();
    assert_eq!((measure.min.as_ref().unwrap().as_str(), measure.max.as_ref().unwrap().as_str()), ("100", "2000"));
    assert_eq!(lux.results, Answer::ALL);
}

#[test]
fn what_checklists_do_not_have_is_named_by_place_and_nothing_is_written() {
    let bytes = book(&[
        (
            "survey",
            &[
                &[HEADING, &["relevant", "calculation", "label::Français (fr)", "required"]].concat(),
                &["start", "start"],
                &["begin group", "g1", "大厅", "Hall", "", "", "${a} = 'yes'"],
                &["select_one hgbhg", "a", "甲", "A", "", "", "", "", "Un"],
                &["end group"],
                &["begin_repeat", "rooms", "客房", "Rooms"],
                &["select_one hgbhg", "b", "乙", "B", "", "", "", "", "", "${a} = 'yes'"],
                &["end_repeat"],
                &["calculate", "c", "", "", "", "", "", "1+1"],
                &["geopoint", "place", "位置", "Place"],
                &["select_multiple hgbhg", "d", "丁", "D"],
                &["select_one hgbhg or_other", "e", "戊", "E"],
                &["note", "n", "注意", "Note"],
                &["decimal", "b_value", "温度", "Temperature", "", "", "", "", "", ""],
            ],
        ),
        ("choices", CHOICES),
        ("settings", &[&[SETTINGS[0], &["style"]].concat(), &[SETTINGS[1], &["pages"]].concat()]),
        ("entities", &[&["list_name"]]),
    ]);
    let read = import(&bytes, &wishes()).unwrap();
    let refused = refusals(&read);
    let expected = [
        ("entities", "entities"),
        ("settings!E2", "settings.style"),
        ("survey!2", "start"),
        ("survey!3", "group"),
        ("survey!G3", "relevant"),
        ("survey!I4", "label::Français (fr)"),
        ("survey!5", "group"),
        ("survey!6", "repeat"),
        ("survey!J7", "required"),
        ("survey!8", "repeat"),
        ("survey!9", "calculate"),
        ("survey!H9", "calculation"),
        ("survey!10", "geopoint"),
        ("survey!11", "select_multiple"),
        ("survey!12", "or_other"),
        ("survey!13", "note"),
    ];
    for (place, word) in expected {
        let named = refused.iter().any(|(at, said)| at == place && said.contains(&format!("--skip '{word}'")));
        assert!(named, "{place} {word}\n{refused:#?}");
    }
    assert!(refused.iter().any(|(at, said)| at == "survey!14" && said.contains("without limit")), "{refused:#?}");
    assert_eq!(refused.len(), expected.len() + 1, "{refused:#?}");

    // What is skipped by name is told, place by place; one that is not named still refuses.
    let words: Vec<_> = expected.iter().map(|(_, word)| *word).collect();
    let read = import(&bytes, &skipping(&words)).unwrap();
    assert_eq!(refusals(&read).len(), 1);
    assert_eq!(read.remarks.iter().filter(|r| matches!(r.said, Said::Skipped(_))).count(), expected.len());
    let read = import(&bytes, &skipping(&words[1..])).unwrap();
    assert_eq!(refusals(&read).len(), 2);
}

#[test]
fn what_stands_wrongly_is_named_by_place() {
    let cases: &[(&[&[&str]], &[&[&str]], &str, &str)] = &[
        (&[&["select_one none", "a", "甲", "A"]], CHOICES, "survey!2", "no list none"),
        (&[&["select_one hgbhg", "a", "甲"]], CHOICES, "survey!2", "English (en) text is missing"),
        (&[&["select_one hgbhg", "", "甲", "A"]], CHOICES, "survey!2", "name is missing"),
        (&[&["select_one hgbhg", "a", "甲", "A"], &["select_one hgbhg", "A", "乙", "B"]], CHOICES, "survey!3", "id a is taken"),
        (&[&["image", "x", "照片", "Photo"], &["select_one hgbhg", "a", "甲", "A"]], CHOICES, "survey!2", "of no item"),
        (&[&["select_one hgbhg", "a", "甲", "A"]], &[CHOICES[0], &["hgbhg", "maybe", "也许"]], "choices!2", "none of the four"),
        (&[&["select_one hgbhg", "a", "甲", "A"]], &[CHOICES[0], CHOICES[1], &["hgbhg", "ok"]], "choices!3", "stands twice"),
        (&[&["select_one hgbhg", "a", "甲\u{202e}", "A"]], CHOICES, "survey!C2", "U+202E"),
        (&[&["select_one hgbhg", "a", "甲", "A", "", "", "多余"]], CHOICES, "survey!G2", "no heading"),
        (&[&["", "", "甲", "A"]], CHOICES, "survey!2", "checklists have no"),
        (&[], CHOICES, "survey", "select_one is missing"),
    ];
    for (rows, choices, place, words) in cases {
        let survey = [&[HEADING], *rows].concat();
        let read = import(&book(&[("survey", &survey), ("choices", choices), ("settings", SETTINGS)]), &wishes()).unwrap();
        let refused = refusals(&read);
        assert!(refused.iter().any(|(at, said)| at == place && said.contains(words)), "{place} {words}\n{refused:#?}");
    }
    // Without settings, and without the options that stand for them.
    let survey: &[&[&str]] = &[HEADING, &["select_one hgbhg", "a", "甲", "A"]];
    let read = import(&book(&[("survey", survey), ("choices", CHOICES)]), &Wishes::default()).unwrap();
    let missing: Vec<_> = refusals(&read).into_iter().map(|(_, said)| said).collect();
    for what in ["form_id", "form_title", "mz_title_en", "mz_subject"] {
        assert!(missing.iter().any(|said| said.starts_with(what)), "{what}: {missing:?}");
    }
}

#[test]
fn a_pack_that_would_not_pass_stays_as_it_was() {
    let survey: &[&[&str]] = &[HEADING, &["select_one hgbhg", "zhusu-01", "甲", "A"]];
    let bytes = book(&[("survey", survey), ("choices", CHOICES), ("settings", SETTINGS)]);
    let (_home, folder) = copied();
    let manifest = std::fs::read_to_string(folder.join("pack.toml")).unwrap();
    // An id that another checklist has; a basis that is not there.
    for (wishes, words) in [
        (wishes(), "duplicate row id"),
        (Wishes { basis: Some("nirgends 1".into()), ..wishes() }, "the basis names the source nirgends"),
        (Wishes { basis: None, ..wishes() }, "no source named"),
        (Wishes { id: Some("../weg".into()), ..wishes() }, "leads out of the folder"),
    ] {
        let read = import(&bytes, &wishes).unwrap();
        assert_eq!(refusals(&read), []);
        let Put::Refused(problems) = put(&folder, &read, false).unwrap() else { panic!("{words}: written") };
        assert!(problems.iter().any(|(p, _)| p.kind.explain().0.en.contains(words)), "{problems:?}");
        if words.contains("source") {
            assert!(problems.iter().any(|(_, row)| *row == Some(2)), "{problems:?}");
        }
        assert_eq!(std::fs::read_to_string(folder.join("pack.toml")).unwrap(), manifest);
        assert!(!folder.join("checklists/meirong-2026.csv").exists());
    }
}

/// A zip of these parts.
fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// The smallest workbook, with this sheet and these shared strings.
fn raw(sheet: &str, strings: &str) -> Vec<u8> {
    let rels = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
    let book = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="survey" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
    let sheets = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
    zipped(&[
        ("_rels/.rels", rels.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", sheets.as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
        ("xl/worksheets/sheet1.xml", format!("<worksheet><sheetData>{sheet}</sheetData></worksheet>").as_bytes()),
    ])
}

#[test]
fn f12_hostile_workbooks_are_refused_by_name_within_bounds() {
    let strings = "<sst><si><t>type</t></si></sst>";
    let row = |cells: &str| raw(&format!("<row r=\"1\">{cells}</row>"), strings);
    let text = |text: &str| format!("<c r=\"A1\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    assert!(import(&row(&text("type")), &wishes()).is_ok());
    let names: Vec<_> = (0..=MAX_PARTS).map(|n| n.to_string()).collect();
    let many = zipped(&names.iter().map(|name| (name.as_str(), b"".as_slice())).collect::<Vec<_>>());
    let bomb = zipped(&[("xl/workbook.xml", &vec![b' '; (MAX_UNPACKED + 1) as usize])]);
    assert!(bomb.len() < 1 << 20);
    let rows: String = (1..=1_000_000).map(|n| format!("<row r=\"{n}\"><c><v>1</v></c></row>")).collect();
    let formulas: String = (1..=2_000).map(|n| format!("<row r=\"{n}\"><c><f>1+1</f><v>2</v></c></row>")).collect();
    for (what, bytes, words) in [
        ("nothing", Vec::new(), "not a zip"),
        ("a text", b"type,name,label".to_vec(), "not a zip"),
        ("half a zip", row(&text("type"))[..400].to_vec(), "not a readable"),
        ("another zip", zipped(&[("a.txt", b"a")]), "not a readable"),
        ("an old .xls", [&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1][..], &[0; 600]].concat(), "not a readable"),
        ("a bomb", bomb, "unpacked > 67108864"),
        ("parts", many, "parts > 1000"),
        ("a million rows", raw(&rows, strings), "rows > 20000"),
        ("a far column", row("<c r=\"ZZZ1\"><v>1</v></c>"), "columns > 200"),
        ("a cell beyond all numbers", row("<c r=\"ZZZZZZZZZZZZ99999999999\"><v>1</v></c>"), ""),
        ("a long cell", row(&text(&"长".repeat(7_000))), "cell > 20000"),
        ("a lone surrogate", row(&text("&#xD800;")), "not a readable"),
        ("an entity of its own", row(&text("&lol;")), "not a readable"),
        ("no such string", row("<c r=\"A1\" t=\"s\"><v>9</v></c>"), "not a readable"),
        ("more strings than bytes", raw("", "<sst uniqueCount=\"999999999999\"></sst>"), "uniqueCount"),
        ("formulas", raw(&formulas, strings), "faulty cells > 1000"),
        ("an open tag", raw("<row r=\"1\"><c r=\"A1\"><v>1", strings), "not a readable"),
        ("no survey", book(&[("choices", CHOICES)]), "no sheet survey"),
    ] {
        let error = import(&bytes, &wishes()).err().map(|error| error.to_string());
        assert!(error.as_ref().is_some_and(|error| error.contains(words)), "{what}: {error:?}");
    }
}

#[test]
fn f12_formulas_merged_cells_dates_and_errors_are_named_by_cell() {
    let mut book = Workbook::new();
    let survey = book.add_worksheet();
    survey.set_name("survey").unwrap();
    for (column, text) in (0..).zip(HEADING) {
        survey.write_string(0, column, *text).unwrap();
    }
    survey.write_formula(1, 2, Formula::new("=A1&\"x\"").set_result("typex")).unwrap();
    survey.merge_range(2, 2, 3, 3, "合并", &rust_xlsxwriter::Format::new()).unwrap();
    let date = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    survey.write_number_with_format(4, 3, 45_000, &date).unwrap();
    let refused = refusals(&import(&book.save_to_buffer().unwrap(), &wishes()).unwrap());
    for (place, words) in [("survey!C2", "formula"), ("survey!C3", "merged"), ("survey!D5", "date")] {
        assert!(refused.iter().any(|(at, said)| at == place && said.contains(words)), "{place}\n{refused:#?}");
    }
}

/// A damaged workbook is read, or refused by name; nothing panics and nothing takes long.
#[test]
fn f12_damaged_workbooks_never_break_the_reader() {
    let pack = author::check(&shipped()).unwrap();
    let whole = export(&pack, &pack.checklists[1]).unwrap();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut refused = 0;
    for _ in 0..300 {
        let mut bytes = whole.clone();
        for _ in 0..3 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (state >> 33) as usize % bytes.len();
            bytes[at] ^= 1 << (state & 7);
        }
        refused += usize::from(import(&bytes, &Wishes::default()).is_err());
    }
    assert!(refused > 100, "{refused}");
}
