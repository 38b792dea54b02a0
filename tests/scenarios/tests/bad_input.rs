//! Bad input of issue 3: each gives a named error or finding that a person can act on, nothing saved is lost, nothing turns green.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_demo::cast::{self, LEAD};
use mingzheng_demo::office::Office;
use mingzheng_demo::{acts, photos};
use mingzheng_scenarios::{Scene, refusal};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

/// Lays bytes down as the camera would, captures and checks them; gives the check.
fn photo(scene: &mut Scene, name: &str, original_name: &str, bytes: &[u8]) -> (Value, Value) {
    let path = acts::inbox(&mut scene.lead).unwrap().join(name);
    fs::write(&path, bytes).unwrap();
    let info = json!({ "original_name": original_name, "caption": "x" });
    let capture = json!({ "inspection": scene.inspection, "path": path, "info": info });
    let sealed = scene.lead.call("capture_photo", capture).unwrap();
    let check = json!({ "inspection": scene.inspection, "evidence": sealed["id"] });
    (sealed, scene.lead.call("check_photo", check).unwrap())
}

/// A PNG that says 60,000 × 60,000 and is a few bytes long.
fn bomb() -> Vec<u8> {
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(kind);
        crc.update(data);
        [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], kind, data, &crc.sum().to_be_bytes()].concat()
    };
    let header = [&60_000_u32.to_be_bytes()[..], &60_000_u32.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let mut deflate = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    deflate.write_all(&vec![0; 1 << 20]).unwrap();
    let body = deflate.finish().unwrap();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunk(b"IDAT", &body), chunk(b"IEND", &[])].concat()
}

/// F10: caught at capture, said at once, and kept.
#[test]
fn f10_truncated_empty_and_exploding_photographs_are_named_and_kept() {
    let mut scene = Scene::told().unwrap();
    let whole = fs::read(scene.place.photos.join("nature/Blinds.jpg")).unwrap();
    let (_, truncated) = photo(&mut scene, "a.jpg", "a.jpg", &whole[..whole.len() / 2]);
    assert_eq!(truncated["state"], "truncated");
    let (_, empty) = photo(&mut scene, "b.jpg", "b.jpg", b"");
    assert_eq!(empty["state"], "empty");
    let before = peak(scene.lead.pid());
    let (_, bomb) = photo(&mut scene, "c.png", "c.png", &bomb());
    assert_eq!(bomb["state"], "too_large");
    assert!(peak(scene.lead.pid()) - before < 64 << 10, "a picture that would fill the memory was begun to be decoded");
    let (_, text) = photo(&mut scene, "d.jpg", "d.jpg", b"<html>no photograph</html>");
    assert_eq!(text["state"], "not_an_image");
    let held = scene.fold().unwrap()["evidence"].as_array().unwrap().iter().map(|e| e["state"].clone()).collect::<Vec<_>>();
    assert_eq!(held, ["truncated", "empty", "too_large", "not_an_image"], "what was taken stays, marked");
}

/// Highest resident memory so far, KiB.
fn peak(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// F11, F12: what the file was called is data, never a path.
#[test]
fn f12_a_photograph_named_with_dots_and_slashes_stays_in_its_folder() {
    let mut scene = Scene::told().unwrap();
    let whole = fs::read(scene.place.photos.join("nature/FreshFlower.jpg")).unwrap();
    let (first, check) = photo(&mut scene, "x.jpg", "../../../evil.jpg", &whole);
    assert_eq!(check["state"], "ok");
    let (second, _) = photo(&mut scene, "y.jpg", "../../../evil.jpg", &whole);
    assert_ne!(first["id"], second["id"], "two identical photographs are two pieces of evidence");
    assert!(!scene.file("evil.jpg").exists());
    let names: Vec<String> = fs::read_dir(scene.lead.folder().join("evidence"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.iter().all(|n| n.ends_with(".age") && !n.contains("evil")), "{names:?}");
}

/// F12: a character that no font has stops the paper by name; drawn by hand, the paper is made with it, and nothing was lost between.
#[test]
fn f12_a_character_that_no_font_has_is_named_then_drawn_and_the_record_is_made() {
    let mut scene = Scene::told().unwrap();
    let inspection = scene.inspection.clone();
    acts::act(&mut scene.lead, &inspection, json!({ "note": { "text": "在场人员：何𱍐。" } })).unwrap();
    let compose = json!({ "inspection": inspection });
    let refused = refusal(scene.lead.call("compose_record", compose.clone()));
    assert!(format!("{refused:?}").contains("U+31350"), "{refused:?}");
    let ink = |x: i16| json!({ "width": 100, "height": 100, "lines": [[[10, 10], [x, 90]], [[90, 10], [10, 90]]] });
    let draw = |character: &str, x| json!({ "inspection": inspection, "character": character, "ink": ink(x) });
    let shown = refusal(scene.lead.call("draw_character", draw("何", 90)));
    assert!(format!("{shown:?}").contains("the fonts show"), "{shown:?}");
    let outside = refusal(scene.lead.call("draw_character", draw("𱍐", 190)));
    assert!(format!("{outside:?}").contains("strokes"), "{outside:?}");
    scene.lead.call("draw_character", draw("U+31350", 90)).unwrap();
    let paper = scene.lead.call("compose_record", compose).unwrap();
    let to = scene.file("drawn.pdf");
    scene.lead.call("paper_pdf", json!({ "paper": paper["id"], "to": to })).unwrap();
    let facts = scene.fold().unwrap()["papers"][0]["facts"].clone();
    assert_eq!((&facts["drawn"][0]["character"], &facts["drawn"][0]["ink"]), (&json!("𱍐"), &ink(90)));
    assert!(facts["observations"].to_string().contains("何𱍐"), "the text keeps the character");
}

/// P10: two keys of the office's trust list sign a pack; a stranger's two keys count for nothing.
#[test]
fn a_pack_signed_by_a_stranger_is_refused_and_the_old_one_stays() {
    let mut scene = Scene::new().unwrap();
    let elsewhere = scene.file("stranger");
    fs::create_dir_all(elsewhere.join("logs")).unwrap();
    let stranger = Office::new(&scene.place, &elsewhere);
    stranger.init().unwrap();
    stranger.sign_pack(&scene.place.root.join("packs/weisheng-jiandu")).unwrap();
    let error = scene.serving.office().publish(&stranger.pack_file()).unwrap_err().to_string();
    assert!(error.contains("sign") || error.contains("签"), "{error}");
    scene.lead.call("sync", json!({})).unwrap();
    assert_eq!(scene.lead.call("status", json!({})).unwrap()["pack"]["version"], 1);
}

/// J1, F14: a certificate past its last day opens nothing, and says what to do; no clock that is set makes it valid again.
#[test]
fn j1_an_expired_certificate_opens_no_inspection() {
    let mut scene = Scene::new().unwrap();
    // A clock that is set forward expires nothing: the phone knows the office's time (F14). Time that passes does.
    scene.lead.call("clock", json!({ "wrong_by_ms": 200_i64 * 86_400_000 })).unwrap();
    let tasks = scene.lead.call("tasks", json!({})).unwrap();
    assert_eq!(tasks["tasks"][0]["gates"].as_array().unwrap().len(), 0, "{tasks}");
    scene.lead.call("clock", json!({ "wrong_by_ms": 0, "pass_ms": 200_i64 * 86_400_000 })).unwrap();
    let blocked = refusal(scene.lead.call("open_inspection", json!({ "task": scene.task })));
    assert_eq!((blocked.name(), blocked.rules().contains(&"J1".to_owned())), ("Blocked", true));
    assert!(blocked.to_string().contains("有效期"), "{blocked}");
    // Set back, it is no less expired: invariant 8.
    scene.lead.call("clock", json!({ "wrong_by_ms": -250_i64 * 86_400_000 })).unwrap();
    let blocked = refusal(scene.lead.call("open_inspection", json!({ "task": scene.task })));
    assert!(blocked.to_string().contains("有效期"), "{blocked}");
    assert_eq!(scene.opened().unwrap(), 0, "nothing was written as an inspection");
}

/// F41, R02: a badge past its own life is not shown, and a picture of it is not valid.
#[test]
fn f41_an_expired_badge_is_not_valid() {
    use mingzheng_core::badge::verdict::{Verdict, Verifier};
    let mut scene = Scene::new().unwrap();
    let now = cast::china_now().unwrap().timestamp_millis();
    let frame = scene.lead.call("badge_frame", json!({ "kind": "badge" })).unwrap();
    let later = now + 200 * 86_400_000;
    scene.lead.call("clock", json!({ "pass_ms": later - now })).unwrap();
    let refused = refusal(scene.lead.call("badge_frame", json!({ "kind": "badge" })));
    assert_eq!((refused.name(), refused.rules()), ("Blocked", vec!["R02".to_owned()]), "{refused}");
    let trust = fs::read(scene.serving.office().trust()).unwrap();
    let root = mingzheng_core::trust::TrustList::open_self_signed(&trust).unwrap().roots.fingerprint().unwrap();
    let verdict = |text: &Value, at| Verifier::new(&trust, &root, at, true).badge(text.as_str().unwrap()).verdict;
    assert!(matches!(verdict(&frame["text"], now), Verdict::Valid { .. }));
    assert!(!matches!(verdict(&frame["text"], later), Verdict::Valid { .. }), "expired");
    assert!(!matches!(verdict(&frame["text"], now + 120_000), Verdict::Valid { .. }), "a screenshot dies within a minute");
}

/// J1: the second officer is another person with another phone.
#[test]
fn j1_the_second_officer_is_not_the_first_again() {
    let mut scene = Scene::new().unwrap();
    let opened = scene.lead.call("open_inspection", json!({ "task": scene.task })).unwrap();
    let mut again = scene.another_phone("again", &LEAD).unwrap();
    let offer = scene.lead.call("pair_offer", json!({ "task": scene.task })).unwrap();
    let refused = refusal(again.call("pair_answer", json!({ "task": scene.task, "offer": offer["qr"] })));
    assert_eq!(refused.name(), "Invalid");
    assert!(refused.to_string().contains("J1"), "{refused}");
    let same_phone = refusal(scene.lead.call("pair_answer", json!({ "task": scene.task, "offer": offer["qr"] })));
    assert_eq!(same_phone.name(), "Invalid");
    let mut task = cast::task(cast::today());
    task["officers"] = json!([{ "number": LEAD.number }, { "number": LEAD.number }]);
    let error = scene.serving.office().add_task(&task).unwrap_err().to_string();
    assert!(error.contains("行政处罚法 42"), "{error}");
    scene.inspection = opened["inspection"].as_str().unwrap().into();
    assert_eq!(scene.fold().unwrap()["arrived"].as_array().unwrap().len(), 1);
}

/// F27: whatever answers 200 without the office's signature is "not sent"; afterwards everything goes.
#[test]
fn f27_a_captive_portal_is_not_the_office() {
    let mut scene = Scene::told().unwrap();
    let address = scene.serving.stop().unwrap();
    let portal = TcpListener::bind(address).unwrap();
    let page = std::thread::spawn(move || {
        let mut served = 0;
        for stream in portal.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 16 << 10];
            let n = stream.read(&mut request).unwrap();
            if request[..n].starts_with(b"QUIT") {
                return served;
            }
            served += 1;
            let body = "<html><title>请登录 Wi-Fi</title></html>";
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        }
        served
    });
    let said = scene.lead.call("sync", json!({})).unwrap();
    assert_eq!(said["finished"], false);
    assert!(said["refusals"][0].as_str().unwrap().contains("视为未发送"), "{said}");
    let states = |scene: &mut Scene| {
        let status = scene.lead.call("status", json!({})).unwrap();
        status["queue"].as_array().unwrap().iter().map(|q| q["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(states(&mut scene).iter().any(|s| s == "waiting"));
    assert!(!states(&mut scene).iter().any(|s| s == "parked"), "a portal parks nothing");
    std::net::TcpStream::connect(address).unwrap().write_all(b"QUIT").unwrap();
    assert!(page.join().unwrap() > 0);
    scene.serving.start_again(address).unwrap();
    let said = scene.lead.call("sync", json!({})).unwrap();
    assert_eq!(said["finished"], true, "{said}");
    assert!(states(&mut scene).iter().all(|s| s == "received"));
}

/// J20, F23: no file goes before the office's receipt that it opened it and found the same.
#[test]
fn f23_j20_a_photograph_is_not_deleted_before_the_receipt() {
    let mut scene = Scene::told().unwrap();
    let shot = photos::FIRST[1];
    let evidence = acts::photograph(&scene.place, &mut scene.lead, &scene.inspection, &shot).unwrap();
    let blocked = refusal(scene.lead.call("delete_sent", json!({ "evidence": evidence })));
    assert_eq!((blocked.name(), blocked.rules()), ("Blocked", vec!["J20".to_owned()]));
    let count = |scene: &Scene| fs::read_dir(scene.lead.folder().join("evidence")).unwrap().count();
    let before = count(&scene);
    scene.sync_all().unwrap();
    scene.lead.call("delete_sent", json!({ "evidence": evidence })).unwrap();
    assert_eq!(count(&scene), before - 1);
    assert!(scene.lead.call("custody_receipt", json!({ "evidence": evidence })).is_ok(), "the receipt stays");
}
