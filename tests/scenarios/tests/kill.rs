//! F01, F02, F19; design §7, 1: what was acknowledged survives `kill -9` at any moment. `MINGZHENG_KILLS` sets how often (5).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_demo::cast::{FIRST_ANSWERS, LATER_ANSWERS};
use mingzheng_demo::{acts, photos};
use mingzheng_phone::drive::Failed;
use mingzheng_scenarios::Scene;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
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

/// What a run of kills came to.
#[derive(Default)]
struct Killed {
    of_phone: u64,
    of_office: u64,
    in_time: u64,
    notes: usize,
    pictures: usize,
    /// How often a receipt was compared with the one that was given first.
    compared: usize,
    changed: usize,
    lost: usize,
    doubled: usize,
}

impl Killed {
    fn kills(&self) -> u64 {
        self.of_phone + self.of_office
    }

    fn add(&mut self, other: &Self) {
        self.of_phone += other.of_phone;
        self.of_office += other.of_office;
        self.in_time += other.in_time;
        self.notes += other.notes;
        self.pictures += other.pictures;
        self.compared += other.compared;
        self.changed += other.changed;
        self.lost += other.lost;
        self.doubled += other.doubled;
    }
}

/// Kills within one inspection, whose folders go with it: a long run needs no more disk than a short one.
const EACH: u64 = 250;

/// F19, F20, F21: phone or office is killed at any moment of their conversation. Nothing that either acknowledged is lost, nothing is there twice, and
/// a receipt that was given stays the same. `MINGZHENG_SYNC_KILLS` sets how often (200, in at most two minutes).
#[test]
fn f19_f20_f21_a_kill_of_phone_or_office_loses_nothing_and_doubles_nothing() {
    let asked: Option<u64> = std::env::var("MINGZHENG_SYNC_KILLS").ok().and_then(|k| k.parse().ok());
    let (kills, limit) = (asked.unwrap_or(200), asked.map_or(Duration::from_secs(120), |_| Duration::MAX));
    let began = std::time::Instant::now();
    let mut all = Killed::default();
    while all.kills() < kills && began.elapsed() < limit {
        all.add(&killed(EACH.min(kills - all.kills()), &|| began.elapsed() < limit));
        println!(
            "{} kills ({} of the phone, {} of the office; {} in the middle) in {:?}: {} notes, {} photographs, lost {}, doubled {}; receipts compared {}, changed {}",
            all.kills(),
            all.of_phone,
            all.of_office,
            all.in_time,
            began.elapsed(),
            all.notes,
            all.pictures,
            all.lost,
            all.doubled,
            all.compared,
            all.changed,
        );
        assert_eq!((all.lost, all.doubled, all.changed), (0, 0, 0));
    }
    assert!(all.of_phone > 0 && all.of_office > 0 && all.in_time > 0 && all.compared > 0);
}

fn killed(kills: u64, in_time: &dyn Fn() -> bool) -> Killed {
    let mut scene = Scene::told().unwrap();
    let address = scene.serving.stop().unwrap();
    scene.serving.start_again(address).unwrap();
    let mut count = Killed::default();
    let (mut notes, mut receipts) = (Vec::new(), BTreeMap::new());
    while count.kills() < kills && in_time() {
        let n = count.kills();
        if n % 8 == 0 {
            acts::photograph(&scene.place, &mut scene.lead, &scene.inspection, &photos::FIRST[1]).unwrap();
        }
        let text = format!("第{n}次");
        let note = json!({ "inspection": scene.inspection, "act": { "note": { "text": text } } });
        scene.lead.call("act", note).unwrap();
        notes.push(text);
        let phone = random(2) == 0;
        let pid = if phone { scene.lead.pid() } else { scene.serving.pid() }.to_string();
        // Mostly among the first requests; now and then so late that a file gets its receipt.
        let latest = [30_000, 60_000, 300_000, 1_500_000][random(4) as usize];
        let after = Duration::from_micros(random(latest));
        let killer = std::thread::spawn(move || {
            std::thread::sleep(after);
            Command::new("kill").args(["-9", &pid]).status().unwrap()
        });
        let how = json!({ "at_once": 1 + random(4), "background": random(2) == 0 });
        let said = scene.lead.call("sync", how);
        assert!(killer.join().unwrap().success());
        count.in_time += u64::from(said.is_err() || said.is_ok_and(|s| s["finished"] == false));
        if phone {
            scene.lead.restart().unwrap();
            count.of_phone += 1;
        } else {
            scene.serving.stop().unwrap();
            scene.serving.start_again(address).unwrap();
            count.of_office += 1;
        }
        for (id, before) in &receipts {
            let now = scene.lead.call("custody_receipt", json!({ "evidence": id })).unwrap();
            count.compared += 1;
            count.changed += usize::from(&now != before);
        }
        for evidence in scene.fold().unwrap()["evidence"].as_array().unwrap() {
            let id = evidence["id"].as_str().unwrap().to_owned();
            if let Ok(receipt) = scene.lead.call("custody_receipt", json!({ "evidence": id })) {
                receipts.insert(id, receipt);
            }
        }
    }
    scene.sync_all().unwrap();
    let fold = scene.fold().unwrap();
    let held: Vec<&str> = fold["notes"].as_array().unwrap().iter().map(|n| n[0].as_str().unwrap()).collect();
    let (out, trust) = (scene.file("bundle"), scene.serving.office().trust());
    scene.serving.office().export(&scene.inspection, &["--open"], &out).unwrap();
    let verdict = scene.serving.office().verify(Some(&trust), &out).unwrap();
    assert_eq!(verdict.exit, 0, "{}", verdict.says);
    count.notes = held.len();
    count.pictures = fold["evidence"].as_array().unwrap().len();
    count.lost = notes.iter().filter(|n| !held.contains(&n.as_str())).count();
    count.doubled = held.len() - held.iter().collect::<BTreeSet<_>>().len();
    count
}
