//! Photographs with strange places, copies, custody, facts without evidence, and memory (J19, R25, R28, F06, F15, F16).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_core::id::{hex, sha256};
use mingzheng_demo::cast::{FIRST_ANSWERS, LEAD, SECOND};
use mingzheng_demo::{acts, sound};
use mingzheng_scenarios::{Scene, refusal};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;

const SMALL: &str = "nature/LadyBird.jpg";

/// Lays a photograph down, captures and checks it; gives its evidence id.
fn photograph(scene: &mut Scene, name: &str, info: &Value) -> String {
    let path = acts::inbox(&mut scene.lead).unwrap().join(name);
    fs::copy(scene.place.photos.join(SMALL), &path).unwrap();
    let capture = json!({ "inspection": scene.inspection, "path": path, "info": info });
    let id = acts::text(&scene.lead.call("capture_photo", capture).unwrap(), "id").unwrap();
    scene.lead.call("check_photo", json!({ "inspection": scene.inspection, "evidence": id })).unwrap();
    id
}

fn held<'a>(fold: &'a Value, id: &str) -> &'a Value {
    fold["evidence"].as_array().unwrap().iter().find(|e| e["id"] == *id).unwrap()
}

/// The record's PDF as text, without white space.
fn record(scene: &mut Scene) -> (String, Value) {
    let paper = scene.lead.call("compose_record", json!({ "inspection": scene.inspection })).unwrap();
    let to = scene.file("record.pdf");
    scene.lead.call("paper_pdf", json!({ "paper": paper["id"], "to": to })).unwrap();
    let out = Command::new("pdftotext").arg("-raw").arg(&to).arg("-").output().unwrap();
    (String::from_utf8(out.stdout).unwrap().split_whitespace().collect(), paper)
}

/// F16, F15: south and west through entry, fold, facts, paper, console, bundle and verifier; what may not be relied on says so.
#[test]
fn f15_f16_south_and_west_survive_every_export_and_bad_fixes_are_marked() {
    let mut scene = Scene::told().unwrap();
    let place = |lat_e7: i32, lon_e7: i32, age_ms: u64, mock: bool| json!({ "lat_e7": lat_e7, "lon_e7": lon_e7, "accuracy_m": 9, "age_ms": age_ms, "mock": mock });
    let south_west = place(-346_036_844, -583_815_591, 100, false);
    let cases = [
        ("a.jpg", json!({ "caption": "西南", "place": south_west }), "good", "34.6036844°S 58.3815591°W", ""),
        ("b.jpg", json!({ "caption": "将近零度", "place": place(-1, -1, 100, false) }), "good", "0.0000001°S 0.0000001°W", ""),
        (
            "c.jpg",
            json!({ "caption": "模拟", "place": place(-346_036_844, 583_815_591, 100, true) }),
            "mock",
            "34.6036844°S 58.3815591°E",
            "定位为模拟位置",
        ),
        (
            "d.jpg",
            json!({ "caption": "陈旧", "place": place(346_036_844, -583_815_591, 121_000, false) }),
            "stale",
            "34.6036844°N 58.3815591°W",
            "定位不是当时的",
        ),
        ("e.jpg", json!({ "caption": "没有" }), "none", "未取得定位", "无定位"),
    ];
    for (name, info, fix, _, _) in &cases {
        let id = photograph(&mut scene, name, info);
        let fold = scene.fold().unwrap();
        assert_eq!(held(&fold, &id)["fix"], *fix);
        assert_eq!(held(&fold, &id)["place"], info["place"], "the numbers are what the phone gave, sign and all");
    }
    let (text, paper) = record(&mut scene);
    for (_, _, _, printed, mark) in &cases {
        let wanted = |t: &str| t.split_whitespace().collect::<String>();
        assert!(text.contains(&wanted(printed)) && text.contains(&wanted(mark)), "{printed} {mark} is not in\n{text}");
    }
    let fold = scene.fold().unwrap();
    let facts = fold["papers"].as_array().unwrap().iter().find(|p| p["id"] == paper["id"]).unwrap()["facts"]["evidence"].clone();
    assert_eq!(
        (facts[0]["position"]["lat_e7"].as_i64(), facts[0]["position"]["lon_e7"].as_i64()),
        (Some(-346_036_844), Some(-583_815_591))
    );
    scene.sync_all().unwrap();
    let console = scene.console().unwrap();
    let page = console.page(&format!("/console/cases/{}", scene.inspection)).unwrap();
    for wanted in ["34.6036844°S 58.3815591°W", "0.0000001°S 0.0000001°W", "模拟定位", "定位已旧", "无定位"] {
        assert!(page.contains(wanted), "the console does not say {wanted}");
    }
    let office = scene.serving.office().clone();
    let bundle = scene.file("bundle");
    office.export(&scene.inspection, &["--open"], &bundle).unwrap();
    assert_eq!(office.verify(Some(&office.trust()), &bundle).unwrap().exit, 0);
    // In the bundle's bytes: CBOR of −346036844 is 3a 14a01c6b.
    let mut entries = Vec::new();
    for log in fs::read_dir(bundle.join("data/log")).unwrap() {
        entries.extend(fs::read(log.unwrap().path().join("entries.cbor")).unwrap());
    }
    let number = [&[0x3a_u8][..], &346_036_843_u32.to_be_bytes()].concat();
    assert!(entries.windows(5).any(|w| w == number));
}

/// J19: blur, crop and transcript are new evidence that name the original, the operation and the officer; the original keeps every byte.
#[test]
fn j19_copies_name_their_original_which_is_never_altered() {
    let mut scene = Scene::told().unwrap();
    let original = photograph(&mut scene, "a.jpg", &json!({ "caption": "前台", "item": "zhusu-01" }));
    let clear = fs::read(scene.place.photos.join(SMALL)).unwrap();
    let fold = scene.fold().unwrap();
    assert_eq!(held(&fold, &original)["clear"], hex(&sha256(&clear)));
    let regions = json!([{ "x": 0, "y": 0, "width": 200, "height": 120 }]);
    let blur = |scene: &Scene, regions: &Value| json!({ "inspection": scene.inspection, "original": original, "regions": regions, "caption": "已遮挡" });
    let (good, outside) = (blur(&scene, &regions), blur(&scene, &json!([{ "x": 99_999, "y": 0, "width": 2, "height": 2 }])));
    assert_eq!(refusal(scene.lead.call("blur", outside)).name(), "Invalid");
    let copy = acts::text(&scene.lead.call("blur", good).unwrap(), "id").unwrap();
    let crop = json!({ "inspection": scene.inspection, "original": original, "region": { "x": 10, "y": 10, "width": 64, "height": 48 } });
    let crop = acts::text(&scene.lead.call("crop", crop).unwrap(), "id").unwrap();
    for id in [&copy, &crop] {
        let check = json!({ "inspection": scene.inspection, "evidence": id });
        assert_eq!(scene.lead.call("check_photo", check).unwrap()["state"], "ok");
    }
    let words = json!({ "inspection": scene.inspection, "original": original, "language": "zh-Hans", "text": "标牌：谢绝入内" });
    let transcript = acts::text(&scene.lead.call("add_transcript", words).unwrap(), "id").unwrap();
    let recording = scene.lead.call("begin_recording", json!({ "inspection": scene.inspection, "media": "audio" })).unwrap();
    let part = format!("{}0.wav", recording["prefix"].as_str().unwrap());
    sound::wav(Path::new(&part), 1_000, 440).unwrap();
    let add = json!({ "inspection": scene.inspection, "recording": recording["recording"], "path": part, "starts_ms": 0, "lasts_ms": 1000 });
    scene.lead.call("add_part", add).unwrap();
    let said =
        json!({ "inspection": scene.inspection, "original": recording["recording"], "language": "zh-Hans", "text": "问：……" });
    let said = acts::text(&scene.lead.call("add_transcript", said).unwrap(), "id").unwrap();
    let fold = scene.fold().unwrap();
    let first = fold["recordings"][0]["parts"][0]["evidence"].as_str().unwrap();
    for (id, from, operation) in [
        (&copy, original.as_str(), "blur"),
        (&crop, &original, "crop"),
        (&transcript, &original, "transcript"),
        (&said, first, "transcript"),
    ] {
        let derived = &held(&fold, id)["derived"];
        assert_eq!((derived["derived_from"].as_str(), derived["operation"].as_str()), (Some(from), Some(operation)));
        assert_eq!(derived["operator"]["number"], LEAD.number);
    }
    assert_eq!(held(&fold, &copy)["derived"]["parameters"]["regions"], regions);
    assert_eq!(held(&fold, &said)["derived"]["parameters"]["recording"], recording["recording"]);
    assert_eq!(held(&fold, &original)["clear"], hex(&sha256(&clear)), "the original is what it was");
    let (text, _) = record(&mut scene);
    for wanted in [format!("{}据照片01遮挡", LEAD.name), "录音01".into(), "1段，0分1秒，录制继续".into()] {
        assert!(text.contains(&wanted), "{wanted} is not in\n{text}");
    }
    let end = json!({ "inspection": scene.inspection, "recording": recording["recording"] });
    scene.lead.call("end_recording", end).unwrap();
    scene.sync_all().unwrap();
    let office = scene.serving.office().clone();
    let bundle = scene.file("bundle");
    office.export(&scene.inspection, &["--open"], &bundle).unwrap();
    let verdict = office.verify(Some(&office.trust()), &bundle).unwrap();
    assert_eq!(verdict.exit, 0, "{}", verdict.says);
    assert_eq!(fs::read(bundle.join(format!("data/evidence/{original}.jpg"))).unwrap(), clear, "byte for byte in the bundle");
    assert_eq!(fs::read(bundle.join(format!("data/evidence/{first}.wav"))).unwrap().get(..4), Some(&b"RIFF"[..]));
    let upright = fs::read(bundle.join(format!("data/evidence/{copy}.jpg"))).unwrap();
    assert!(upright != clear && !upright.windows(6).any(|w| w == b"Exif\0\0"), "a copy carries no metadata");
    let console = scene.console().unwrap();
    let page = console.page(&format!("/console/cases/{}", scene.inspection)).unwrap();
    for wanted in ["遮挡", "转写", "录音 1"] {
        assert!(page.contains(wanted), "the console does not say {wanted}");
    }
    let (head, body) = console.get(&format!("/console/cases/{}/recordings/1/1", scene.inspection)).unwrap();
    assert!(head.contains("audio/wav") && body.starts_with(b"RIFF"), "{head}");
}

/// R25: custody goes from officer to officer by an act of the one who has it.
#[test]
fn r25_custody_passes_by_the_holders_own_act() {
    let mut scene = Scene::told().unwrap();
    let id = photograph(&mut scene, "a.jpg", &json!({ "caption": "前台" }));
    let fold = scene.fold().unwrap();
    let officers = fold["task"]["officers"].as_array().unwrap().clone();
    let officer = |number: &str| officers.iter().find(|o| o["number"] == number).unwrap().clone();
    let (zhang, li) = (officer(LEAD.number), officer(SECOND.number));
    let over = |scene: &Scene, evidence: &[&str], to: &Value, reason: &str| json!({ "inspection": scene.inspection, "act": { "hand_over": { "evidence": evidence, "to": to, "reason": reason } } });
    let stranger = json!({ "person": "00000000000000000000000000000000", "name": "某", "number": "川H0000000000" });
    for (evidence, to, reason) in [
        (vec![id.as_str()], &li, " "),
        (vec![], &li, "移交"),
        (vec![&id], &zhang, "移交"),
        (vec![&id], &stranger, "移交"),
        (vec!["no such"], &li, "移交"),
    ] {
        let refused = over(&scene, &evidence, to, reason);
        assert_eq!(refusal(scene.lead.call("act", refused)).rules(), ["R25"]);
    }
    let good = over(&scene, &[&id], &li, "由第二名执法人员带回机关");
    scene.lead.call("act", good.clone()).unwrap();
    assert_eq!(refusal(scene.lead.call("act", good)).rules(), ["R25"], "what one does not have any more one cannot hand over");
    let fold = scene.fold().unwrap();
    assert_eq!(fold["handed_over"][0]["to"]["number"], SECOND.number);
    scene.sync_all().unwrap();
    let page = scene.console().unwrap().page(&format!("/console/cases/{}", scene.inspection)).unwrap();
    assert!(page.contains("由第二名执法人员带回机关"));
}

/// R28: a fact names its evidence; without any it asks, and goes on with a mark that record and console show.
#[test]
fn r28_facts_without_evidence_are_asked_about_and_marked() {
    let mut scene = Scene::told().unwrap();
    acts::answer(&mut scene.lead, &scene.inspection.clone(), &FIRST_ANSWERS[2]).unwrap();
    let id = photograph(&mut scene, "a.jpg", &json!({ "caption": "名册", "item": FIRST_ANSWERS[2].item }));
    let find = |scene: &Scene, text: &str, items: &[&str], evidence: &[&str], unproven: bool| json!({ "inspection": scene.inspection, "act": { "find": { "text": text, "items": items, "evidence": evidence, "unproven": unproven } } });
    let bare = find(&scene, "没有证据的事实", &[], &[], false);
    assert_eq!(refusal(scene.lead.call("act", bare)).rules(), ["R28"]);
    let unknown = find(&scene, "x", &[], &["no such"], true);
    assert_eq!(refusal(scene.lead.call("act", unknown)).name(), "Invalid");
    let marked = find(&scene, "口头承认的事实", &[], &[], true);
    scene.lead.call("act", marked).unwrap();
    let proven = find(&scene, "两人没有健康合格证明", &[], &[&id], true);
    scene.lead.call("act", proven).unwrap();
    let facts = scene.lead.call("facts", json!({ "inspection": scene.inspection })).unwrap()["facts"].clone();
    let shown: Vec<(bool, usize)> = facts
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["unproven"].as_bool().unwrap(), f["evidence"].as_array().unwrap().len()))
        .collect();
    assert_eq!(shown, [(true, 0), (false, 1), (false, 1)], "two findings, and the item that was answered 不合格: {facts}");
    let (text, _) = record(&mut scene);
    assert!(text.contains("口头承认的事实；未附证据") && text.contains("两人没有健康合格证明；证据：照片01"), "{text}");
    scene.sync_all().unwrap();
    let page = scene.console().unwrap().page(&format!("/console/cases/{}", scene.inspection)).unwrap();
    assert!(page.contains("没有证据") && page.contains("口头承认的事实"));
}

/// F06: many large photographs in one record, sealed, checked and listed on paper, stay within the memory of a small phone.
/// Twelve by default; `MINGZHENG_WHOLE=1` takes all two hundred.
#[test]
fn f06_many_large_photographs_in_one_record() {
    let many = if std::env::var_os("MINGZHENG_WHOLE").is_some() { 200 } else { 12 };
    let mut scene = Scene::told().unwrap();
    let twelve = mingzheng_demo::twelve_megapixels(&scene.place).unwrap();
    scene.lead.restart().unwrap();
    for n in 0..many {
        let path = acts::inbox(&mut scene.lead).unwrap().join(format!("IMG_{n}.jpg"));
        fs::copy(&twelve, &path).unwrap();
        let info = json!({ "caption": format!("第{n}张"), "original_name": "IMG.jpg" });
        let sealed =
            scene.lead.call("capture_photo", json!({ "inspection": scene.inspection, "path": path, "info": info })).unwrap();
        let check = json!({ "inspection": scene.inspection, "evidence": sealed["id"] });
        assert_eq!(scene.lead.call("check_photo", check).unwrap()["state"], "ok");
    }
    let captured = peak(scene.lead.pid());
    scene.lead.call("compose_record", json!({ "inspection": scene.inspection })).unwrap();
    let composed = peak(scene.lead.pid());
    eprintln!("F06: {many} photographs of 12 MP: peak RSS {captured} MiB, with the record's PDF {composed} MiB");
    assert!(captured < 96, "{captured} MiB for {many} photographs");
}

/// J19, R18: a part of 200 MB is sealed in one pass; it is never in memory.
#[test]
fn a_large_part_is_never_whole_in_memory() {
    let mut scene = Scene::told().unwrap();
    scene.lead.restart().unwrap();
    let recording = scene.lead.call("begin_recording", json!({ "inspection": scene.inspection, "media": "audio" })).unwrap();
    let part = format!("{}0.wav", recording["prefix"].as_str().unwrap());
    sound::wav(Path::new(&part), 6_250_000, 0).unwrap();
    assert!(fs::metadata(&part).unwrap().len() > 200_000_000);
    let before = peak(scene.lead.pid());
    let add = json!({ "inspection": scene.inspection, "recording": recording["recording"], "path": part, "starts_ms": 0, "lasts_ms": 6_250_000 });
    assert_eq!(scene.lead.call("add_part", add).unwrap()["state"], "whole");
    let after = peak(scene.lead.pid());
    assert!(after - before < 8, "{} MiB for a part of 200 MB", after - before);
    let fold = scene.fold().unwrap();
    let check = json!({ "inspection": scene.inspection, "evidence": fold["evidence"][0]["id"] });
    assert_eq!(scene.lead.call("check_photo", check).unwrap()["state"], "whole");
    assert!(peak(scene.lead.pid()) - before < 8, "the same when it is read back");
}

/// Highest resident memory so far, MiB.
fn peak(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}
