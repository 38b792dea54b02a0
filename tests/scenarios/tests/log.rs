//! The device's log against the real office: a store put back, a lost key, rotation, witnesses (P5, F43).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_demo::acts;
use mingzheng_demo::cast::{self, FIRST_ANSWERS, LEAD, MANAGER};
use mingzheng_phone::drive::PhoneProcess;
use mingzheng_scenarios::{Scene, refusal};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn status(phone: &mut PhoneProcess) -> Value {
    phone.call("status", json!({})).unwrap()
}

fn note(scene: &mut Scene, text: &str) {
    acts::act(&mut scene.lead, &scene.inspection.clone(), json!({ "note": { "text": text } })).unwrap();
}

/// The office enrols the lead's phone anew.
fn enrol_again(scene: &mut Scene) {
    let qr = scene.serving.office().invite(&LEAD, cast::day(180)).unwrap();
    scene.lead.call("begin_enrolment", json!({ "qr": qr })).unwrap();
    acts::send_everything(&mut scene.lead, |_, _| {}).unwrap();
    assert_eq!(
        (&status(&mut scene.lead)["log_state"], &status(&mut scene.lead)["checkpoint_pending"]),
        (&json!("signing"), &json!(false))
    );
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

fn logs(phone: &mut PhoneProcess) -> Vec<String> {
    let all = phone.call("checkpoints", json!({})).unwrap()["checkpoints"].as_array().unwrap().clone();
    let mut logs: Vec<String> = all.iter().map(|c| c["log"].as_str().unwrap().to_owned()).collect();
    logs.dedup();
    logs
}

/// The entries of the case as the office exports them; the bundle is valid, and its verdict says these things.
fn exported(scene: &Scene, says: &[&str]) -> String {
    let office = scene.serving.office();
    let bundle = scene.file("bundle");
    office.export(&scene.inspection, &["--open"], &bundle).unwrap();
    let verdict = office.verify(Some(&office.trust()), &bundle).unwrap();
    assert_eq!(verdict.exit, 0, "{}", verdict.says);
    for code in says {
        assert!(verdict.says.contains(code), "{code} is not in: {}", verdict.says);
    }
    let mut held = String::new();
    for log in fs::read_dir(bundle.join("data/log")).unwrap() {
        held.push_str(&String::from_utf8_lossy(&fs::read(log.unwrap().path().join("entries.cbor")).unwrap()));
    }
    held
}

/// P5: a copy of the store is put back after more was signed. The office sees no fork, and gets what was done before and after.
#[test]
fn p5_a_store_that_was_put_back_begins_a_new_log() {
    let mut scene = Scene::told().unwrap();
    let (folder, copy) = (scene.lead.folder().to_owned(), scene.file("copy"));
    note(&mut scene, "抄走之前");
    scene.lead.kill().unwrap();
    copy_folder(&folder, &copy);
    scene.lead.restart().unwrap();
    note(&mut scene, "抄走之后");
    acts::send_everything(&mut scene.lead, |_, _| {}).unwrap();

    scene.lead.kill().unwrap();
    fs::remove_dir_all(&folder).unwrap();
    copy_folder(&copy, &folder);
    scene.lead.restart().unwrap();
    assert_eq!(status(&mut scene.lead)["log_state"], "store_behind");
    note(&mut scene, "还原之后");
    assert_eq!(status(&mut scene.lead)["checkpoint_pending"], true);
    assert_eq!(refusal(scene.lead.call("checkpoint_frame", json!({}))).name(), "NotEnrolled");
    enrol_again(&mut scene);
    assert_eq!(logs(&mut scene.lead).len(), 2);
    scene.sync_all().unwrap();
    let held = exported(&scene, &["[succeeded]"]);
    for text in ["抄走之前", "抄走之后", "还原之后"] {
        assert!(held.contains(text), "{text} is not at the office");
    }
}

/// F43: the LOG key is gone for good in the middle of an inspection; work goes on, and after the new enrolment nothing is missing.
#[test]
fn f43_after_a_lost_key_everything_arrives() {
    let mut scene = Scene::told().unwrap();
    scene.lead.call("lose_log_key", json!({})).unwrap();
    acts::answer(&mut scene.lead, &scene.inspection.clone(), &FIRST_ANSWERS[0]).unwrap();
    note(&mut scene, "密钥丢失之后");
    scene.lead.call("tick", json!({})).unwrap();
    let assistant = json!({ "introduce_assistant": { "assistant": { "name": cast::ASSISTANT, "unit": "协管站" } } });
    acts::act(&mut scene.lead, &scene.inspection.clone(), assistant).unwrap();
    assert_eq!(status(&mut scene.lead)["log_state"], "key_gone");
    assert_eq!(refusal(scene.lead.call("sync", json!({}))).name(), "KeyGone");
    enrol_again(&mut scene);
    note(&mut scene, "重新登记之后");
    scene.sync_all().unwrap();
    acts::act(&mut scene.lead, &scene.inspection.clone(), json!({ "party_took": { "how": "paper", "by": MANAGER } }))
        .unwrap_err();
    scene.lead.call("checkpoint_frame", json!({})).unwrap();
    acts::act(&mut scene.lead, &scene.inspection.clone(), json!({ "party_took": { "how": "scanned", "by": MANAGER } })).unwrap();
    // The office takes the adopted tail only if it leads to the root that the new log's checkpoint signs.
    scene.sync_all().unwrap();
    assert_eq!(logs(&mut scene.lead).len(), 2);
    let notes = scene.fold().unwrap()["notes"].as_array().unwrap().iter().map(|n| n[0].clone()).collect::<Vec<_>>();
    assert_eq!(notes, ["密钥丢失之后", "重新登记之后"]);
    let held = exported(&scene, &["[adopted]", "[succeeded]", "[witness-party]"]);
    for text in [FIRST_ANSWERS[0].note, "密钥丢失之后", "重新登记之后"] {
        assert!(held.contains(text), "{text} is not at the office");
    }
}

/// P5: planned rotation in the middle of an inspection: two logs, both whole at the office, the second phone pairs with the new keys.
#[test]
fn p5_a_rotation_in_the_middle_of_an_inspection() {
    let mut scene = Scene::told().unwrap();
    note(&mut scene, "换钥之前");
    enrol_again(&mut scene);
    note(&mut scene, "换钥之后");
    scene.pair().unwrap();
    acts::witness(&mut scene.lead, &mut scene.second, &scene.inspection.clone()).unwrap();
    scene.sync_all().unwrap();
    assert_eq!(logs(&mut scene.lead).len(), 2);
    let notes = scene.fold().unwrap()["notes"].as_array().unwrap().iter().map(|n| n[0].clone()).collect::<Vec<_>>();
    assert_eq!(notes, ["换钥之前", "换钥之后"]);
    let held = exported(&scene, &["[succeeded]", "[witness-peer]"]);
    assert!(held.contains("换钥之前") && held.contains("换钥之后"));
}

/// P5: the second officer's phone witnesses over the channel and by codes; each log says so, and a witness of something else is refused.
#[test]
fn p5_the_second_phone_witnesses_by_channel_and_by_code() {
    let mut scene = Scene::told().unwrap();
    let inspection = scene.inspection.clone();
    acts::witness(&mut scene.lead, &mut scene.second, &inspection).unwrap();
    let cosigned = |phone: &mut PhoneProcess| {
        phone.call("inspection", json!({ "inspection": inspection })).unwrap()["inspection"]["cosigned"]
            .as_array()
            .unwrap()
            .clone()
    };
    let (here, there) = (cosigned(&mut scene.lead), cosigned(&mut scene.second));
    assert_eq!((here.len(), there.len()), (1, 1));
    assert_eq!(
        (&here[0]["checkpoint"], &here[0]["officer"], &here[0]["log"]),
        (&there[0]["checkpoint"], &there[0]["officer"], &there[0]["log"])
    );
    assert_eq!(here[0]["officer"]["number"], cast::SECOND.number);

    let frame = scene.lead.call("checkpoint_frame", json!({})).unwrap();
    let witness = json!({ "inspection": inspection, "code": frame["text"] });
    let code = scene.second.call("witness_scanned", witness).unwrap()["qr"].clone();
    let event = scene.lead.call("take_witness", json!({ "code": code })).unwrap();
    assert!(event["event"]["witnessed"]["cp_no"].as_u64() > here[0]["cp_no"].as_u64());
    assert_eq!(cosigned(&mut scene.lead).len(), 2);

    let own = scene.second.call("checkpoint_frame", json!({})).unwrap();
    let stranger = json!({ "inspection": inspection, "code": own["text"] });
    assert_eq!(refusal(scene.second.call("witness_scanned", stranger)).name(), "Refused", "a checkpoint of another log");
    assert_eq!(refusal(scene.second.call("take_witness", json!({ "code": code }))).name(), "Refused", "its own statement");
    scene.sync_all().unwrap();
}

/// P5: against the real office every head is proven to extend the one before.
#[test]
fn p5_the_phone_asks_the_office_whether_its_log_only_grew() {
    let mut scene = Scene::told().unwrap();
    scene.sync_all().unwrap();
    for phone in [&mut scene.lead, &mut scene.second] {
        assert_eq!(status(phone)["office_state"], "consistent");
        assert_eq!(phone.call("office_forks", json!({})).unwrap()["forks"], json!([]));
    }
}
