//! 镜像: what the lead's phone recorded is on the second officer's phone too, and comes to the office by whichever arrives first (R06, P3, P5).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_demo::cast::{FIRST_ANSWERS, LEAD, MANAGER, SECOND};
use mingzheng_demo::{acts, photos};
use mingzheng_phone::drive::PhoneProcess;
use mingzheng_scenarios::{Scene, refusal};
use serde_json::{Value, json};
use std::process::Command;

/// The first phone that this one was paired with.
fn mirror(phone: &mut PhoneProcess) -> Value {
    phone.call("mirrors", json!({})).unwrap()["mirrors"][0].clone()
}

/// Notes, and an act that a checkpoint follows.
fn notes(phone: &mut PhoneProcess, inspection: &str, texts: &[&str]) {
    for text in texts {
        acts::act(phone, inspection, json!({ "note": { "text": text } })).unwrap();
    }
    let dress = json!({ "check_appearance": { "uniform": true, "insignia": true, "note": "", "evidence": null } });
    acts::act(phone, inspection, dress).unwrap();
}

/// What the office's database answers.
fn asked(scene: &Scene, sql: &str) -> Vec<String> {
    let script =
        "import sqlite3,sys\nfor r in sqlite3.connect('file:'+sys.argv[1]+'?mode=ro',uri=True).execute(sys.argv[2]): print(*r)";
    let database = scene.serving.office().folder().join("office.sqlite");
    let out = Command::new("python3").args(["-c", script]).arg(database).arg(sql).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// Number and receipt of each checkpoint that the office holds of a log.
fn receipts(scene: &Scene, log: &str) -> Vec<String> {
    asked(scene, &format!("SELECT cp_no, hex(receipt) FROM checkpoints WHERE hex(log) = upper('{log}') ORDER BY cp_no"))
}

fn entries(scene: &Scene, log: &str) -> Vec<String> {
    asked(scene, &format!("SELECT seq, hex(digest) FROM entries WHERE hex(log) = upper('{log}') ORDER BY seq"))
}

/// R06, F19, F21, F23, F25: the second phone holds the log of the first up to its newest checkpoint, whatever was cut, lost or killed in between; it
/// brings it to the office, and when the first phone comes home itself nothing is there twice and every receipt is the one that was given.
#[test]
fn r06_f19_f21_f23_the_second_phone_keeps_the_first_ones_log_and_brings_it_to_the_office() {
    let mut scene = Scene::told().unwrap();
    let i = scene.inspection.clone();
    acts::carry(&mut scene.lead, &mut scene.second).unwrap();
    let (a, b) = (mirror(&mut scene.lead), mirror(&mut scene.second));
    assert_eq!((a["paired"].as_bool(), b["paired"].as_bool(), b["forked"].as_bool()), (Some(true), Some(true), Some(false)));
    for m in [&a, &b] {
        assert!(m["there_at_ms"].is_i64() && m["here_at_ms"].is_i64() && m["here"].as_u64() > Some(3), "both ways: {m}");
        assert!(m["here"] == m["here_of"], "{m}");
    }
    assert_eq!((&a["there"], &b["there"]), (&b["here"], &a["here"]));

    // Under no checkpoint yet: it waits for the next one.
    acts::answer(&mut scene.lead, &i, &FIRST_ANSWERS[0]).unwrap();
    acts::carry(&mut scene.lead, &mut scene.second).unwrap();
    assert_eq!(mirror(&mut scene.lead)["there"], a["there"]);
    assert_eq!(mirror(&mut scene.lead)["there_of"].as_u64(), a["there_of"].as_u64().map(|n| n + 1));

    // The second phone is killed in the middle of it: with the messages unread, and before its answer is read.
    for unread in [true, false] {
        notes(&mut scene.lead, &i, &["地面有积水", "垃圾桶无盖"]);
        let messages = acts::list(&scene.lead.call("peer_outbox", json!({})).unwrap(), "messages").unwrap();
        assert_eq!(messages.len(), 1);
        if !unread {
            scene.second.call("peer_receive", json!({ "message": messages[0] })).unwrap();
        }
        scene.second.restart().unwrap();
        scene.pair().unwrap();
        let m = mirror(&mut scene.lead);
        assert_eq!(m["there"], mirror(&mut scene.second)["here"]);
        assert!(m["there"].as_u64() > a["there"].as_u64(), "{m}");
    }
    // The first phone is killed and paired again; a message is lost on the way.
    notes(&mut scene.lead, &i, &["灯管损坏"]);
    scene.lead.restart().unwrap();
    scene.pair().unwrap();
    notes(&mut scene.lead, &i, &["纱窗破损"]);
    assert_eq!(acts::list(&scene.lead.call("peer_outbox", json!({})).unwrap(), "messages").unwrap().len(), 1, "and lost");
    notes(&mut scene.lead, &i, &["再一处"]);
    assert_eq!(acts::carry(&mut scene.lead, &mut scene.second).unwrap().len(), 0, "nothing goes before an answer");
    scene.pair().unwrap();
    let b = mirror(&mut scene.second);
    assert_eq!((&b["here"], &b["here_of"], &b["carried"]), (&b["here_of"], &mirror(&mut scene.lead)["there"], &json!(0)));

    // The first phone dies. The second brings both logs; the entries are the first one's, signed by its key.
    scene.lead.kill().unwrap();
    acts::send_everything(&mut scene.second, |_, _| {}).unwrap();
    let queue = acts::list(&scene.second.call("status", json!({})).unwrap(), "queue").unwrap();
    let carried: Vec<&Value> = queue.iter().filter(|q| q["kind"] == "carried").collect();
    assert!(carried.len() > 3 && carried.iter().all(|q| q["state"] == "received"), "{queue:?}");
    assert!(carried[0]["id"].as_str().unwrap().starts_with(b["name"].as_str().unwrap()), "carried for whom: {}", carried[0]);
    let b = mirror(&mut scene.second);
    assert_eq!(b["carried"], b["here"]);
    let log = b["log"].as_str().unwrap().to_owned();
    let (before, had) = (receipts(&scene, &log), entries(&scene, &log));
    assert_eq!(had.len() as u64, b["here"].as_u64().unwrap());

    // It comes back from the dead with more: the same receipts, nothing twice, the rest behind it.
    scene.lead.restart().unwrap();
    notes(&mut scene.lead, &i, &["之后一", "之后二"]);
    acts::send_everything(&mut scene.lead, |_, _| {}).unwrap();
    let (after, has) = (receipts(&scene, &log), entries(&scene, &log));
    assert_eq!(after[..before.len()], before[..], "the receipts that were given");
    assert_eq!(has[..had.len()], had[..]);
    assert!(has.len() >= had.len() + 3 && after.len() > before.len(), "{} {}", has.len(), had.len());
    let all = acts::list(&scene.lead.call("status", json!({})).unwrap(), "queue").unwrap();
    let own = all.iter().filter(|q| q["kind"] == "segment").count();
    assert_eq!(own, after.len(), "a receipt for each of its checkpoints");
}

/// F44, F17: of a phone whose enrolment is withdrawn nothing new is taken, whoever brings it; what is brought waits, named, and can be handed over by
/// hand. The rest of the queue goes on.
#[test]
fn f44_f17_nothing_of_a_withdrawn_phone_is_taken_from_another_one() {
    let mut scene = Scene::told().unwrap();
    acts::carry(&mut scene.lead, &mut scene.second).unwrap();
    scene.lead.kill().unwrap();
    let log = mirror(&mut scene.second)["log"].as_str().unwrap().to_owned();
    let had = entries(&scene, &log);
    scene.serving.office().revoke(&log, "手机遗失").unwrap();
    acts::sync(&mut scene.second).ok();
    let queue = acts::list(&scene.second.call("status", json!({})).unwrap(), "queue").unwrap();
    let carried: Vec<&Value> = queue.iter().filter(|q| q["kind"] == "carried").collect();
    assert_eq!(carried[0]["state"], "received", "what the office had before still counts: {carried:?}");
    assert_eq!((carried[1]["state"].as_str(), carried[1]["more"].as_str()), (Some("parked"), Some("log_revoked")), "{carried:?}");
    assert!(carried[2..].iter().all(|q| q["state"] == "waiting"), "they are one chain: {carried:?}");
    assert!(queue.iter().filter(|q| q["kind"] == "segment").all(|q| q["state"] == "received"), "{queue:?}");
    assert_eq!(entries(&scene, &log), had);
    let to = scene.file("carried.age");
    let export = json!({ "kind": "carried", "item": carried[1]["id"], "to": to });
    scene.second.call("export_item", export).unwrap();
    assert!(std::fs::read(&to).unwrap().starts_with(b"age-encryption.org/v1"));
}

fn fold(phone: &mut PhoneProcess, inspection: &str) -> Value {
    phone.call("inspection", json!({ "inspection": inspection })).unwrap()["inspection"].take()
}

fn tried(phone: &mut PhoneProcess, command: &str, arguments: Value) -> (String, Vec<String>, String) {
    let refused = refusal(phone.call(command, arguments));
    (refused.name().to_owned(), refused.rules(), refused.to_string())
}

/// R06, J1, J2, J32, F23, F39; P3, P5: the lead's phone dies for good in the middle. The second officer's goes on as the lead from what it holds, alone
/// with notes only; with the first officer's other phone the record is made, signed and the inspection closed. It brings both logs home and the bundle
/// is valid. The dead phone comes back with more: one case of both, the receipts as they were given, nothing twice.
#[test]
fn r06_j32_f23_the_second_phone_goes_on_as_the_lead_and_both_logs_merge_without_loss() {
    let mut scene = Scene::told().unwrap();
    let i = scene.inspection.clone();
    acts::answer(&mut scene.lead, &i, &FIRST_ANSWERS[0]).unwrap();
    let photo = acts::photograph(&scene.place, &mut scene.lead, &i, &photos::FIRST[1]).unwrap();
    // A part of it is at the office already; the rest only on both phones.
    acts::send_everything(&mut scene.lead, |_, _| {}).unwrap();
    acts::answer(&mut scene.lead, &i, &FIRST_ANSWERS[1]).unwrap();
    notes(&mut scene.lead, &i, &["消毒柜未通电"]);
    acts::carry(&mut scene.lead, &mut scene.second).unwrap();
    let begin = |reason: &str| json!({ "inspection": i, "reason": reason });
    assert_eq!(tried(&mut scene.second, "continue_as_lead", begin(" ")).0, "Invalid", "a reason is wanted");
    assert_eq!(tried(&mut scene.lead, "continue_as_lead", begin("换手机")).0, "Invalid", "it leads already");
    let own = fold(&mut scene.second, &i);
    assert!(own["answers"].as_object().unwrap().is_empty(), "the mirror alone changes nothing of what the second phone says");
    scene.lead.kill().unwrap();
    scene.second.restart().unwrap();

    // It goes on from everything that was mirrored.
    let held = mirror(&mut scene.second);
    scene.second.call("continue_as_lead", begin("手机摔坏，无法开机")).unwrap();
    assert_eq!(tried(&mut scene.second, "continue_as_lead", begin("再来一次")).0, "Invalid");
    let now = fold(&mut scene.second, &i);
    assert_eq!((now["lead"]["number"].as_str(), now["leads"].as_array().unwrap().len()), (Some(SECOND.number), 1));
    let change = &now["leads"][0];
    assert_eq!(
        (change["from"]["number"].as_str(), &change["log"], &change["size"]),
        (Some(LEAD.number), &held["log"], &held["here"])
    );
    assert_eq!(now["answers"].as_object().unwrap().len(), 2, "what the lead answered");
    assert_eq!(now["people"]["absences"][0]["officer"]["number"], LEAD.number);
    scene.second.restart().unwrap();
    assert_eq!(fold(&mut scene.second, &i), now, "and after a restart");

    // Alone: notes only. What is no part of the log lies on the other phone, and is named so.
    let given = &FIRST_ANSWERS[2];
    let answer = json!({ "answer": { "item": given.item, "result": given.result, "note": given.note } });
    let act = json!({ "inspection": i, "act": answer });
    assert_eq!(tried(&mut scene.second, "act", act.clone()).1, ["J1"]);
    assert_eq!(tried(&mut scene.second, "compose_record", json!({ "inspection": i })).1, ["J1"]);
    acts::act(&mut scene.second, &i, json!({ "note": { "text": "等待第二名执法人员的手机" } })).unwrap();
    let shown = tried(&mut scene.second, "check_photo", json!({ "inspection": i, "evidence": photo }));
    assert!(shown.0 == "Invalid" && shown.2.contains("on the other phone"), "{shown:?}");

    // The first officer proves the presence anew with another phone.
    let mut again = scene.another_phone("lead-again", &LEAD).unwrap();
    again.call("sync", json!({})).unwrap();
    acts::pair(&mut scene.second, &mut again, &scene.task, &i).unwrap();
    scene.second.call("act", act).unwrap();
    let paper = acts::text(&scene.second.call("compose_record", json!({ "inspection": i })).unwrap(), "id").unwrap();
    let signed = json!({ "inspection": i, "paper": paper, "input": acts::signature(&SECOND) });
    scene.second.call("sign_as_officer", signed).unwrap();
    acts::cosigns(&mut scene.second, &mut again, &LEAD, &i, &paper).unwrap();
    let party = json!({ "name": MANAGER, "position": "店长", "ink": acts::ink(MANAGER), "strokes": "strokes" });
    scene.second.call("sign_as_party", json!({ "inspection": i, "paper": paper, "input": party })).unwrap();
    scene.second.call("finish_paper", json!({ "inspection": i, "paper": paper })).unwrap();
    let pdf = scene.file("record.pdf");
    scene.second.call("paper_pdf", json!({ "paper": paper, "to": pdf })).unwrap();
    if let Some(folder) = std::env::var_os("MINGZHENG_SHOTS") {
        std::fs::copy(&pdf, std::path::Path::new(&folder).join("continued-record.pdf")).unwrap();
    }
    let text = Command::new("pdftotext").arg("-raw").arg(&pdf).arg("-").output().unwrap();
    let text: String = String::from_utf8_lossy(&text.stdout).chars().filter(|c| !c.is_whitespace()).collect();
    for wanted in [format!("由{}的手机接续主办", SECOND.name), "手机摔坏".to_owned(), "等待第二名执法人员的手机".to_owned()]
    {
        assert!(text.contains(&wanted), "{wanted}\n{text}");
    }
    acts::act(&mut scene.second, &i, json!({ "leave": { "place": null } })).unwrap();
    acts::witness(&mut scene.second, &mut again, &i).unwrap();
    acts::act(&mut scene.second, &i, json!({ "close": { "witness": "peer", "reason": null } })).unwrap();
    acts::carry(&mut scene.second, &mut again).unwrap();

    // Home: by the second phone everything of the first one's log that was mirrored, and its other phone's too.
    acts::send_everything(&mut scene.second, |_, _| {}).unwrap();
    let log = held["log"].as_str().unwrap().to_owned();
    let (before, had) = (receipts(&scene, &log), entries(&scene, &log));
    assert_eq!(had.len() as u64, held["here"].as_u64().unwrap());
    let office = scene.serving.office().clone();
    let verify = |scene: &Scene, name: &str| {
        let bundle = scene.file(name);
        office.export(&i, &["--open"], &bundle).unwrap();
        let verdict = office.verify(Some(&office.trust()), &bundle).unwrap();
        assert_eq!(verdict.exit, 0, "{}", verdict.says);
        std::fs::read_dir(bundle.join("data/log")).unwrap().count()
    };
    let logs = verify(&scene, "bundle-1");
    acts::send_everything(&mut again, |_, _| {}).unwrap();

    // Back from the dead, with three entries that nobody else has.
    scene.lead.restart().unwrap();
    for text in ["死机后一", "死机后二", "死机后三"] {
        acts::act(&mut scene.lead, &i, json!({ "note": { "text": text } })).unwrap();
    }
    acts::send_everything(&mut scene.lead, |_, _| {}).unwrap();
    let (after, has) = (receipts(&scene, &log), entries(&scene, &log));
    assert_eq!((&after[..before.len()], &has[..had.len()]), (&before[..], &had[..]));
    assert_eq!(has.len(), had.len() + 3);
    assert!(verify(&scene, "bundle-2") >= logs);
    let console = scene.console().unwrap();
    let page = console.page(&format!("/console/cases/{i}")).unwrap();
    for wanted in ["接续主办", "死机后三", "等待第二名执法人员的手机", LEAD.name, SECOND.name] {
        assert!(page.contains(wanted), "{wanted}");
    }
}
