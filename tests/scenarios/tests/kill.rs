//! F01, F02, F19; design §7, 1: what was acknowledged survives `kill -9` at any moment. `MINGZHENG_KILLS` sets how often (5).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_demo::cast::{FIRST_ANSWERS, LATER_ANSWERS};
use mingzheng_demo::{acts, photos};
use mingzheng_phone::drive::Failed;
use mingzheng_scenarios::Scene;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

/// What the phone acknowledged.
#[derive(Default)]
struct Acknowledged {
    notes: Vec<String>,
    answers: BTreeSet<String>,
    evidence: Vec<String>,
    draft: Option<String>,
}

fn random(below: u64) -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    u64::from_le_bytes(bytes) % below
}

/// Acts one after the other until the phone is gone; remembers what it acknowledged.
fn work(scene: &mut Scene, round: u64, done: &mut Acknowledged) -> Option<String> {
    let inspection = scene.inspection.clone();
    let all: Vec<_> = FIRST_ANSWERS.iter().chain(&LATER_ANSWERS).collect();
    for n in 0.. {
        let mut camera = None;
        let result = match n % 4 {
            0 => {
                let note = format!("第{round}轮第{n}句");
                let act = json!({ "inspection": inspection, "act": { "note": { "text": note } } });
                scene.lead.call("act", act).map(|_| done.notes.push(note))
            }
            1 => {
                let given = all[random(all.len() as u64) as usize];
                let act = json!({ "answer": { "item": given.item, "result": given.result, "note": given.note } });
                scene
                    .lead
                    .call("act", json!({ "inspection": inspection, "act": act }))
                    .map(|_| _ = done.answers.insert(given.item.into()))
            }
            2 => {
                let typing = format!("正在输入 {round} {n}");
                let draft = json!({ "inspection": inspection, "name": "note", "text": typing });
                scene.lead.call("save_draft", draft).map(|_| done.draft = Some(typing))
            }
            _ => {
                // The phone is alive between calls, so that its inbox is known without asking.
                let path = scene.lead.folder().join("inbox").join(format!("IMG_{round}_{n}.jpg"));
                std::fs::copy(scene.place.photos.join(photos::FIRST[1].file), &path).unwrap();
                camera = path.to_str().map(str::to_owned);
                let info = json!({ "original_name": "IMG.jpg", "caption": format!("{round}/{n}") });
                let capture = json!({ "inspection": inspection, "path": path, "info": info });
                scene.lead.call("capture_photo", capture).map(|e| done.evidence.push(e["id"].as_str().unwrap().to_owned()))
            }
        };
        match result {
            Ok(()) => {}
            Err(Failed::Gone(_)) => return camera,
            Err(refused) => unreachable!("{refused}"),
        }
    }
    None
}

#[test]
fn f01_f02_what_was_acknowledged_survives_a_kill_at_any_moment() {
    let kills: u64 = std::env::var("MINGZHENG_KILLS").ok().and_then(|k| k.parse().ok()).unwrap_or(5);
    let mut scene = Scene::told().unwrap();
    let mut done = Acknowledged::default();
    let mut taken = 0;
    for round in 0..kills {
        let pid = scene.lead.pid().to_string();
        let after = Duration::from_micros(random(600_000));
        let killer = std::thread::spawn(move || {
            std::thread::sleep(after);
            Command::new("kill").args(["-9", &pid]).status().unwrap()
        });
        let camera = work(&mut scene, round, &mut done);
        assert!(killer.join().unwrap().success());
        scene.lead.restart().unwrap();

        let fold = scene.fold().unwrap();
        let notes: Vec<&str> = fold["notes"].as_array().unwrap().iter().map(|n| n[0].as_str().unwrap()).collect();
        assert!(done.notes.iter().all(|n| notes.contains(&n.as_str())), "round {round}: an acknowledged note is gone");
        let answers = fold["answers"].as_object().unwrap();
        assert!(done.answers.iter().all(|a| answers.contains_key(a)), "round {round}: an acknowledged answer is gone");
        let evidence: Vec<&str> = fold["evidence"].as_array().unwrap().iter().map(|e| e["id"].as_str().unwrap()).collect();
        assert!(
            done.evidence.iter().all(|e| evidence.contains(&e.as_str())),
            "round {round}: an acknowledged photograph is gone"
        );
        let drafts = scene.lead.call("drafts", json!({ "inspection": scene.inspection })).unwrap();
        if let Some(typing) = &done.draft {
            let held = drafts["drafts"]["note"].as_str().unwrap();
            assert!(held == typing || held.starts_with("正在输入"), "round {round}: acknowledged typing is gone");
        }
        let orphans = scene.lead.call("orphans", json!({})).unwrap();
        if let Some(camera) = camera {
            // The photograph that was under way is committed, or it is in the orphans' tray: never gone.
            let tray = orphans["paths"].as_array().unwrap().iter().any(|o| o.as_str() == Some(&camera));
            assert!(
                tray || evidence.len() > taken.max(done.evidence.len() - 1),
                "round {round}: the photograph under way is gone"
            );
            if tray {
                std::fs::remove_file(camera).unwrap();
            }
        }
        taken = evidence.len();
        done.evidence = evidence.into_iter().map(str::to_owned).collect();
    }
    // The log that lived through all this is one history: the office takes it, whole.
    scene.sync_all().unwrap();
    let entries = scene.lead.call("status", json!({})).unwrap()["entries"].as_u64().unwrap();
    assert!(entries >= done.notes.len() as u64);
}

/// F19, F21: a phone killed in the middle of its uploads goes on where it was; the office has everything once.
#[test]
fn f19_f21_a_kill_in_the_middle_of_the_upload_sends_nothing_twice() {
    let mut scene = Scene::told().unwrap();
    for shot in &photos::FIRST[..2] {
        acts::photograph(&scene.place, &mut scene.lead, &scene.inspection, shot).unwrap();
    }
    let sealed: u64 =
        std::fs::read_dir(scene.lead.folder().join("evidence")).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum();
    let mut sent = 0;
    for cut in [3, 7, 5, 9, 4] {
        let said = scene.lead.call("sync", json!({ "max_requests": cut })).unwrap();
        sent += said["sent"].as_u64().unwrap();
        scene.lead.restart().unwrap();
    }
    sent += scene.sync_all().unwrap();
    let chunk = 1 << 20;
    assert!(sent < sealed + 6 * chunk, "{sent} bytes were sent for {sealed}: more than one chunk a cut twice");
    let receipts = |scene: &mut Scene| -> Vec<Value> {
        scene.fold().unwrap()["evidence"]
            .as_array()
            .unwrap()
            .clone()
            .iter()
            .map(|e| scene.lead.call("custody_receipt", json!({ "evidence": e["id"] })).unwrap())
            .collect()
    };
    let first = receipts(&mut scene);
    assert_eq!(scene.lead.call("sync", json!({})).unwrap()["sent"], 0);
    assert_eq!(receipts(&mut scene), first, "the same receipts");
}
