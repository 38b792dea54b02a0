//! A checklist of many questions: opened from the signed bytes, answered as the phone judges answers, validated.

use crate::signers::{NOON, sign, trust};
use crate::{median, ms, shipped};
use mingzheng_core::calendar::Calendar;
use mingzheng_core::inspection::Event;
use mingzheng_core::pack::{Answer, Decimal, Pack, author, signed};
use mingzheng_core::sign::multi::MultiSigned;
use mingzheng_core::trust::TrustedKey;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Instant;

const ID: &str = "questions";

/// A folder with the shipped pack and one more checklist: the shipped items over and over, each with a text of its own, every fourth
/// measured. So many questions are asked in all, results and measured values together.
pub(crate) fn write(questions: usize, folder: &Path) -> Value {
    let status = std::process::Command::new("cp").arg("-r").arg(shipped()).arg(folder).status().unwrap();
    assert!(status.success());
    let pack = author::compile(folder).unwrap();
    let items: Vec<_> = pack.checklists.iter().flat_map(|list| &list.items).collect();
    let mut out = csv::Writer::from_path(folder.join(format!("checklists/{ID}.csv"))).unwrap();
    out.write_record(author::ITEM_COLUMNS).unwrap();
    let (mut asked, mut no) = (0, 0);
    while asked < questions {
        let item = items[no % items.len()];
        no += 1;
        let basis = format!("{} {}", item.basis[0].source, item.basis[0].article);
        let (zh, en) = (format!("{}（{no}）", item.text.zh), format!("{} ({no})", item.text.en));
        let measured = no % 4 == 0 && asked + 2 <= questions;
        let quantity = if measured { ["游离性余氯", "Free chlorine", "mg/L", "0.3", "1.0"] } else { [""; 5] };
        asked += 1 + usize::from(measured);
        let [quantity_zh, quantity_en, unit, min, max] = quantity;
        let (id, no) = (format!("{ID}-{no}"), no.to_string());
        let row = [id.as_str(), &no, "", &zh, &en, &basis, "", quantity_zh, quantity_en, unit, min, max, "none", "yes", "", ""];
        out.write_record(row).unwrap();
    }
    out.flush().unwrap();
    let manifest = folder.join("pack.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    let added = format!(
        "\n[[checklist]]\nid = \"{ID}\"\ntitle = {{ zh = \"题目\", en = \"Questions\" }}\nsubject = \"{}\"\nfile = \"checklists/{ID}.csv\"\n",
        pack.subjects[0].id
    );
    fs::write(manifest, text + &added).unwrap();
    author::compile(folder).unwrap();
    json!({ "questions": asked })
}

/// The signed pack of this one checklist, which holds no more than its form does: the rows, their sources, and what every pack must have.
fn one(folder: &Path) -> Vec<u8> {
    let mut pack = author::compile(folder).unwrap();
    pack.checklists.retain(|list| list.id == ID);
    let used: BTreeSet<_> =
        pack.checklists[0].items.iter().flat_map(|item| &item.basis).map(|basis| basis.source.clone()).collect();
    pack = Pack {
        rights: vec![],
        remedies: vec![],
        scripts: vec![],
        forms: vec![],
        forms_common: None,
        calendar: Calendar::default(),
        recording: None,
        clocks: vec![],
        items: vec![],
        discretion: vec![],
        leniency: vec![],
        powers: vec![],
        review: vec![],
        thresholds: vec![],
        exemptions: vec![],
        retention: vec![],
        publicity: None,
        handbook: vec![],
        ..pack
    };
    let faults: BTreeSet<_> = pack.faults().into_iter().map(|fault| fault.row).collect();
    assert!(faults.is_empty(), "{faults:?}");
    let gates = serde_json::to_string(&(&pack.subjects, &pack.badge, &pack.gates, &pack.nodes)).unwrap();
    pack.sources.retain(|source| used.contains(&source.id) || gates.contains(&format!("\"{}\"", source.id)));
    sign(&pack)
}

pub(crate) fn measure(folder: &Path, times: usize) -> Value {
    let (bytes, trust) = (one(folder), trust());
    let (mut open, mut signatures, mut answer, mut validate, mut kept, mut asked) = (vec![], vec![], vec![], vec![], vec![], 0);
    for _ in 0..times {
        let start = Instant::now();
        let verified = signed::open(&bytes, &trust, NOON).unwrap();
        let pack = verified.pack();
        let shown = rows(pack);
        open.push(ms(start));
        std::hint::black_box(&shown);

        // Part of it that JavaRosa has none of.
        let start = Instant::now();
        let key_of = |kid| {
            trust.keys.iter().find_map(|entry| match &entry.key {
                TrustedKey::Verify(key) if key.kid() == kid => Some(*key),
                _ => None,
            })
        };
        std::hint::black_box(MultiSigned::read(&bytes, signed::TYP).unwrap().verify(signed::SIGNERS, key_of).unwrap());
        signatures.push(ms(start));

        // The same answers as Measure.java gives: results in turn, 0.5 for what is measured.
        let start = Instant::now();
        let mut answers: BTreeMap<String, (Answer, Option<Decimal>)> = BTreeMap::new();
        asked = 0;
        for (n, (item, ..)) in shown.iter().enumerate() {
            let (_, row) = pack.listed(item).unwrap();
            let measured = row.measure.is_some().then_some("0.5");
            let result = row.results[n % row.results.len()];
            let value = row.judge(result, measured).unwrap();
            asked += 1 + usize::from(measured.is_some());
            answers.insert(item.clone(), (result, value));
        }
        answer.push(ms(start));

        // Every item answered, with a result that it allows; what is measured within its limits.
        let start = Instant::now();
        for row in pack.checklists.iter().flat_map(|list| &list.items) {
            let (result, value) = answers.get(&row.id).unwrap();
            row.judge(*result, value.as_ref().map(Decimal::as_str)).unwrap();
            assert!(row.measure.as_ref().is_none_or(|measure| value.as_ref().is_some_and(|value| measure.allows(value))));
        }
        validate.push(ms(start));

        // What JavaRosa does not do: the fields of the entry that each answer becomes.
        let start = Instant::now();
        for (item, (result, value)) in &answers {
            let event = Event::Answered {
                checklist: ID.into(),
                item: item.clone(),
                result: *result,
                note: String::new(),
                measured: value.as_ref().map(ToString::to_string),
                instrument: None,
            };
            std::hint::black_box(crate::entries::entry(&event, 0));
        }
        kept.push(ms(start));
    }
    let [open, signatures, answer, validate, kept] = [open, signatures, answer, validate, kept].map(median);
    json!({ "questions": asked, "bytes": bytes.len(), "open_ms": open, "signatures_ms": signatures, "answer_ms": answer, "validate_ms": validate, "entries_ms": kept })
}

/// What the screen shows of each item: id, text in both languages, basis as printed.
fn rows(pack: &Pack) -> Vec<(String, String, String, String)> {
    let items = pack.checklists.iter().flat_map(|list| &list.items);
    items
        .map(|item| {
            let basis: Vec<_> = item.basis.iter().map(|basis| pack.cite(basis).zh).collect();
            (item.id.clone(), item.text.zh.clone(), item.text.en.clone(), basis.join("；"))
        })
        .collect()
}
