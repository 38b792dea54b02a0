//! Sound in parts, killed in the middle, and scenes that must be recorded (R18, R19, J22, F02).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_demo::cast::{self, FIRST_ANSWERS, MANAGER};
use mingzheng_demo::{acts, sound};
use mingzheng_phone::drive::Failed;
use mingzheng_scenarios::{Scene, refusal};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

fn begin(scene: &mut Scene, scene_row: Option<&str>) -> Value {
    let begin = json!({ "inspection": scene.inspection, "media": "audio", "scene": scene_row });
    scene.lead.call("begin_recording", begin).unwrap()
}

/// The recorder closes the file of a part.
fn part_file(recording: &Value, n: u32, milliseconds: u32, hertz: u32) -> PathBuf {
    let path = PathBuf::from(format!("{}{n}.wav", recording["prefix"].as_str().unwrap()));
    sound::wav(&path, milliseconds, hertz).unwrap();
    path
}

fn add(scene: &mut Scene, recording: &Value, n: u32, hertz: u32) -> Result<Value, Failed> {
    let path = part_file(recording, n, 10_000, hertz);
    let add = json!({ "inspection": scene.inspection, "recording": recording["recording"], "path": path,
        "starts_ms": u64::from(n) * 10_000, "lasts_ms": 10_000 });
    scene.lead.call("add_part", add)
}

fn recordings(scene: &mut Scene) -> Vec<Value> {
    let all = scene.lead.call("recordings", json!({ "inspection": scene.inspection })).unwrap();
    acts::list(&all, "recordings").unwrap()
}

fn orphans(scene: &mut Scene) -> Vec<Value> {
    acts::list(&scene.lead.call("orphans", json!({})).unwrap(), "orphans").unwrap()
}

/// Each part is evidence of its own as soon as the recorder has closed it; the clear file is gone, two silent parts are two pieces.
#[test]
fn r18_f11_a_recording_is_sealed_part_by_part() {
    let mut scene = Scene::paired().unwrap();
    let recording = begin(&mut scene, None);
    assert_eq!((recording["must_record"].as_bool(), recording["part_ms"].as_u64()), (Some(false), Some(10_000)));
    for n in 0..3 {
        let part = add(&mut scene, &recording, n, 0).unwrap();
        assert_eq!((part["part"].as_u64(), part["state"].as_str()), (Some(u64::from(n)), Some("whole")), "{part}");
        assert!(orphans(&mut scene).is_empty());
    }
    let inbox = acts::inbox(&mut scene.lead).unwrap();
    assert_eq!(fs::read_dir(&inbox).unwrap().count(), 0, "no clear part is left");
    // The part that is being written belongs to the recorder, it is no orphan.
    let writing = part_file(&recording, 3, 500, 440);
    assert!(orphans(&mut scene).is_empty());
    fs::remove_file(writing).unwrap();
    let not_sound = PathBuf::from(format!("{}3.wav", recording["prefix"].as_str().unwrap()));
    fs::write(&not_sound, "no sound").unwrap();
    let no_sound = json!({ "inspection": scene.inspection, "recording": recording["recording"], "path": not_sound, "starts_ms": 30_000, "lasts_ms": 10 });
    assert_eq!(scene.lead.call("add_part", no_sound.clone()).unwrap()["state"], "damaged", "F10: named at once, and kept");
    let whose = json!({ "inspection": scene.inspection, "recording": recording["recording"] });
    scene.lead.call("end_recording", whose.clone()).unwrap();
    assert_eq!(refusal(scene.lead.call("end_recording", whose)).name(), "NotFound");
    assert_eq!(refusal(scene.lead.call("add_part", no_sound)).name(), "NotFound");
    let fold = scene.fold().unwrap();
    let made = &fold["recordings"][0];
    assert_eq!((made["parts"].as_array().unwrap().len(), made["ended"].is_null()), (4, false));
    let ids: std::collections::BTreeSet<&str> =
        fold["evidence"].as_array().unwrap().iter().map(|e| e["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 4);
    assert_eq!(fold["evidence"][3]["differences"][0]["what"], "extension", "a wrong extension is noted");
    // A part is what its recorder records, whatever its bytes look like: sound is sent before video.
    let video = json!({ "inspection": scene.inspection, "media": "video", "scene": null });
    let video = scene.lead.call("begin_recording", video).unwrap();
    add(&mut scene, &video, 0, 440).unwrap();
    scene.lead.call("end_recording", json!({ "inspection": scene.inspection, "recording": video["recording"] })).unwrap();
    let queue = scene.lead.call("status", json!({})).unwrap()["queue"].clone();
    let waiting = |kind: &str| queue.as_array().unwrap().iter().filter(|q| q["kind"] == kind && q["state"] == "waiting").count();
    assert_eq!((waiting("audio"), waiting("video")), (4, 1), "{queue}");
    // Everything reaches the office, which opens it.
    scene.sync_all().unwrap();
    for id in ids {
        scene.lead.call("custody_receipt", json!({ "evidence": id })).unwrap();
    }
}

/// F02, R19: killed in mid-recording, at most the part that was being written is not sealed, and it is offered; the recording is closed by name.
#[test]
fn f02_r19_a_kill_in_mid_recording_loses_nothing_that_was_written() {
    let mut scene = Scene::told().unwrap();
    let recording = begin(&mut scene, Some("changjing-jiancha"));
    let id = recording["recording"].as_str().unwrap().to_owned();
    for n in 0..2 {
        add(&mut scene, &recording, n, 440).unwrap();
    }
    let writing = part_file(&recording, 2, 4_000, 440);
    // The recorder had not closed it: its length was never written.
    let mut bytes = fs::read(&writing).unwrap();
    bytes[40..44].fill(0);
    fs::write(&writing, &bytes).unwrap();
    scene.lead.restart().unwrap();

    let broken = recordings(&mut scene);
    assert_eq!((broken[0]["standing"].as_str(), broken[0]["parts"].as_u64()), (Some("broken"), Some(2)));
    let tray = orphans(&mut scene);
    assert_eq!(tray.len(), 1);
    assert_eq!((tray[0]["recording"].as_str(), tray[0]["media_type"].as_str()), (Some(id.as_str()), Some("audio/wav")));
    let more = json!({ "inspection": scene.inspection, "recording": id, "path": writing, "starts_ms": 0, "lasts_ms": 1 });
    assert_eq!(refusal(scene.lead.call("add_part", more)).name(), "NotFound", "a dead recording takes no part of a recorder");
    assert!(writing.exists());
    let take = json!({ "inspection": scene.inspection, "path": writing });
    scene.lead.call("take_orphan", take.clone()).unwrap();
    assert!(!writing.exists() && orphans(&mut scene).is_empty());
    assert_eq!(refusal(scene.lead.call("take_orphan", take)).name(), "NotFound");

    let why = |reason: &str| json!({ "inspection": scene.inspection, "recording": id, "reason": reason, "note": "手机断电" });
    let (unknown, known) = (why("because"), why("yuanyin-dianliang"));
    assert_eq!(refusal(scene.lead.call("interrupt_recording", unknown)).name(), "Invalid", "the reason is one of the pack");
    scene.lead.call("interrupt_recording", known).unwrap();
    let fold = scene.fold().unwrap();
    let made = &fold["recordings"][0];
    assert_eq!((made["parts"].as_array().unwrap().len(), made["ended"].is_null()), (3, false));
    assert_eq!(fold["interruptions"][0]["recording"], id);
    let last = &fold["evidence"][2];
    assert_eq!(
        (last["source"].as_str(), last["state"].as_str(), last["part"]["part"].as_u64()),
        (Some("orphan"), Some("truncated"), Some(2))
    );
    // Another recording of the same scene may begin.
    let again = begin(&mut scene, Some("changjing-jiancha"));
    add(&mut scene, &again, 0, 440).unwrap();
}

/// F02: killed at any moment while parts come in, every part that was written is committed or in the tray.
#[test]
fn f02_parts_survive_a_kill_at_any_moment() {
    let mut scene = Scene::told().unwrap();
    for round in 0..6_u64 {
        let recording = begin(&mut scene, None);
        let pid = scene.lead.pid().to_string();
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(round * 23));
            std::process::Command::new("kill").args(["-9", &pid]).status().unwrap()
        });
        let mut written = 0;
        loop {
            let added = add(&mut scene, &recording, written, 440 + u32::try_from(round).unwrap());
            written += 1;
            match added {
                Ok(_) => {}
                Err(Failed::Gone(_)) => break,
                Err(other) => unreachable!("{other}"),
            }
        }
        assert!(killer.join().unwrap().success());
        scene.lead.restart().unwrap();
        let made = recordings(&mut scene).pop().unwrap();
        let tray = orphans(&mut scene);
        let committed = made["parts"].as_u64().unwrap();
        assert_eq!(committed + tray.len() as u64, u64::from(written), "round {round}: {tray:?}");
        for orphan in tray {
            let take = json!({ "inspection": scene.inspection, "path": orphan["path"] });
            scene.lead.call("take_orphan", take).unwrap();
        }
        let why = json!({ "inspection": scene.inspection, "recording": recording["recording"], "reason": "yuanyin-guzhang" });
        scene.lead.call("interrupt_recording", why).unwrap();
        let made = recordings(&mut scene).pop().unwrap();
        assert_eq!((made["standing"].as_str(), made["parts"].as_u64()), (Some("ended"), Some(u64::from(written))));
    }
    scene.sync_all().unwrap();
}

/// J22, R19: an inspection of a case is recorded whole, or closing says what lacks and takes the reason.
#[test]
fn j22_what_must_be_recorded_is_recorded_or_explained() {
    let mut scene = Scene::new().unwrap();
    let mut task = cast::task(cast::today());
    task["kind"] = json!("case");
    task["title"] = json!("个案");
    task["exempt"] = json!({ "ground": "huomian-tousu", "reason": "群众投诉池水异味，确需核查" });
    scene.serving.office().add_task(&task).unwrap();
    for phone in [&mut scene.lead, &mut scene.second] {
        phone.call("sync", json!({})).unwrap();
    }
    let tasks = acts::list(&scene.lead.call("tasks", json!({})).unwrap(), "tasks").unwrap();
    let case = tasks.iter().find(|t| t["task"]["kind"] == "case").unwrap();
    scene.task = case["task"]["id"].as_str().or(case["id"].as_str()).unwrap().to_owned();
    let opened = scene.lead.call("open_inspection", json!({ "task": scene.task })).unwrap();
    scene.inspection = acts::text(&opened, "inspection").unwrap();
    let inspection = scene.inspection.clone();
    scene.pair().unwrap();
    acts::show_badges(&mut scene.lead, &mut scene.second, &inspection).unwrap();
    acts::tell_rights(&mut scene.lead, &inspection).unwrap();
    acts::answer(&mut scene.lead, &inspection, &FIRST_ANSWERS[0]).unwrap();
    let paper =
        scene.lead.call("compose_record", json!({ "inspection": inspection })).unwrap()["id"].as_str().unwrap().to_owned();
    // A recording begins only now: the time before is missing, and it runs on while the record is signed.
    let recording = begin(&mut scene, Some("changjing-jiancha"));
    assert_eq!(recording["must_record"], true);
    add(&mut scene, &recording, 0, 440).unwrap();
    acts::officers_sign(&mut scene.lead, &mut scene.second, &inspection, &paper).unwrap();
    let party = json!({ "name": MANAGER, "position": "店长", "ink": acts::ink(MANAGER), "strokes": "strokes" });
    scene.lead.call("sign_as_party", json!({ "inspection": inspection, "paper": paper, "input": party })).unwrap();
    scene.lead.call("finish_paper", json!({ "inspection": inspection, "paper": paper })).unwrap();
    acts::act(&mut scene.lead, &inspection, json!({ "leave": { "place": null } })).unwrap();
    let close = json!({ "inspection": inspection, "act": { "close": { "witness": "none", "reason": "当事人不便留存" } } });
    assert_eq!(refusal(scene.lead.call("act", close.clone())).rules(), ["R19"], "a recording is still open");
    let whose = json!({ "inspection": inspection, "recording": recording["recording"] });
    scene.lead.call("end_recording", whose).unwrap();
    // Less than a minute at the beginning needs no reason (the pack's edge_seconds).
    let gaps = |scene: &mut Scene| scene.lead.call("recording_gaps", json!({ "inspection": scene.inspection })).unwrap();
    assert_eq!(gaps(&mut scene)["gaps"].as_array().unwrap().len(), 0);
    scene.lead.call("act", close).unwrap();

    // The same without any recording.
    let mut other = cast::task(cast::today());
    other["kind"] = json!("case");
    other["title"] = json!("个案二");
    other["exempt"] = json!({ "ground": "huomian-tousu", "reason": "群众投诉池水异味，确需核查" });
    scene.serving.office().add_task(&other).unwrap();
    scene.lead.call("sync", json!({})).unwrap();
    let tasks = acts::list(&scene.lead.call("tasks", json!({})).unwrap(), "tasks").unwrap();
    let open = tasks.iter().find(|t| t["inspection"].is_null() && t["task"]["kind"] == "case").unwrap();
    let task = open["task"]["id"].as_str().or(open["id"].as_str()).unwrap();
    let opened = scene.lead.call("open_inspection", json!({ "task": task })).unwrap();
    scene.inspection = acts::text(&opened, "inspection").unwrap();
    let inspection = scene.inspection.clone();
    acts::act(&mut scene.lead, &inspection, json!({ "leave": { "place": null } })).unwrap();
    let close = json!({ "inspection": inspection, "act": { "close": { "witness": "none", "reason": "当事人不便留存" } } });
    assert!(refusal(scene.lead.call("act", close.clone())).rules().contains(&"J22".to_owned()));
    assert_eq!(gaps(&mut scene)["gaps"][0]["scene"], "changjing-jiancha");
    let why = json!({ "inspection": inspection, "scene": "changjing-jiancha", "reason": "yuanyin-anquan", "note": "现场停电" });
    scene.lead.call("interrupt_recording", why.clone()).unwrap();
    assert!(!refusal(scene.lead.call("act", close)).rules().contains(&"J22".to_owned()), "explained");
    assert_eq!(refusal(scene.lead.call("interrupt_recording", why)).name(), "Invalid", "nothing is left to explain");
}
