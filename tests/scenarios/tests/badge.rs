//! The badge over its life, on the real office and real phones: what the office decides reaches the phones at the next contact.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_demo::acts;
use mingzheng_demo::cast::{FIRST_ANSWERS, LEAD, MANAGER, SECOND};
use mingzheng_phone::drive::PhoneProcess;
use mingzheng_scenarios::{Scene, refusal};
use serde_json::{Value, json};

fn state(phone: &mut PhoneProcess) -> String {
    acts::text(&phone.call("certificate", json!({})).unwrap(), "state").unwrap()
}

fn sync(phone: &mut PhoneProcess) {
    phone.call("sync", json!({})).unwrap();
}

fn blocked(phone: &mut PhoneProcess, command: &str, arguments: Value) -> Vec<String> {
    let refused = refusal(phone.call(command, arguments));
    assert_eq!(refused.name(), "Blocked", "{refused}");
    refused.rules()
}

/// R01, R02, J1: suspended at the office, blocked at the phone from its next contact until the certificate is given back.
#[test]
fn r02_j1_a_suspension_reaches_the_phone_and_is_taken_back() {
    let mut scene = Scene::new().unwrap();
    let task = scene.task.clone();
    assert_eq!(state(&mut scene.lead), "valid");
    scene.serving.office().decide("suspend", LEAD.number, "待查").unwrap();
    scene.lead.call("badge_frame", json!({ "kind": "badge" })).unwrap();
    sync(&mut scene.lead);
    assert_eq!(state(&mut scene.lead), "suspended");
    assert_eq!(blocked(&mut scene.lead, "badge_frame", json!({ "kind": "badge" })), ["R02"]);
    assert_eq!(blocked(&mut scene.lead, "open_inspection", json!({ "task": task })), ["R02"]);
    let listed =
        |phone: &mut PhoneProcess| acts::list(&phone.call("officers", json!({ "query": "" })).unwrap(), "rows").unwrap().len();
    assert_eq!(listed(&mut scene.lead), 1, "who is suspended is on no public list (R03)");
    scene.serving.office().decide("resume", LEAD.number, "查清").unwrap();
    sync(&mut scene.lead);
    assert_eq!(state(&mut scene.lead), "valid");
    assert_eq!(listed(&mut scene.lead), 2);
    scene.lead.call("badge_frame", json!({ "kind": "badge" })).unwrap();
    scene.lead.call("open_inspection", json!({ "task": task })).unwrap();
}

/// J1, R02: the lead's phone knows of the second officer's suspension before that officer's own phone does.
#[test]
fn j1_a_second_officer_who_was_suspended_is_refused_at_pairing() {
    let mut scene = Scene::new().unwrap();
    let opened = scene.lead.call("open_inspection", json!({ "task": scene.task })).unwrap();
    scene.inspection = acts::text(&opened, "inspection").unwrap();
    scene.serving.office().decide("suspend", SECOND.number, "待查").unwrap();
    sync(&mut scene.lead);
    assert_eq!(state(&mut scene.second), "valid", "it had no contact since");
    let offer = acts::text(&scene.lead.call("pair_offer", json!({ "task": scene.task })).unwrap(), "qr").unwrap();
    let answered = scene.second.call("pair_answer", json!({ "task": scene.task, "offer": offer })).unwrap();
    let confirm = json!({ "inspection": scene.inspection, "answer": answered["next"] });
    assert_eq!(blocked(&mut scene.lead, "pair_confirm", confirm), ["R02"]);
}

/// P3, J2, J3, R07: shown on one phone the second officer's certificate is marked in entry and record; the assistant stands there by name, as such.
#[test]
fn r07_p3_j2_the_record_says_what_was_shown_on_another_s_phone() {
    let mut scene = Scene::paired().unwrap();
    let inspection = scene.inspection.clone();
    let here = json!({ "lat_e7": 325_921_340, "lon_e7": 1_052_314_560, "accuracy_m": 8, "age_ms": 900, "mock": false });
    let own = json!({ "show_badge": { "to_whom": MANAGER, "acknowledged": "scanned", "place": here } });
    acts::act(&mut scene.lead, &inspection, own).unwrap();
    let shared = json!({ "show_shared_badge": { "number": SECOND.number, "to_whom": MANAGER, "acknowledged": "photographed" } });
    acts::act(&mut scene.lead, &inspection, shared).unwrap();
    let assistant = json!({ "introduce_assistant": { "assistant": { "name": "王海", "unit": "协管站" } } });
    acts::act(&mut scene.lead, &inspection, assistant).unwrap();
    acts::tell_rights(&mut scene.lead, &inspection).unwrap();
    scene.lead.call("compose_record", json!({ "inspection": inspection })).unwrap();
    let fold = scene.fold().unwrap();
    let shown: Vec<_> = fold["badges"].as_array().unwrap().iter().map(|b| (&b["shared_device"], &b["fix"])).collect();
    assert_eq!(shown, [(&json!(false), &json!("good")), (&json!(true), &json!("none"))]);
    let facts = &fold["papers"][0]["facts"];
    let remark = facts["badge"]["remarks"][0].as_str().unwrap();
    assert!(remark.contains(SECOND.name) && remark.contains("在他人设备上出示"), "{remark}");
    assert_eq!(facts["assistants"][0]["name"], "王海");
    assert!(facts["officers"].as_array().unwrap().iter().all(|o| o["name"] != "王海"));
}

/// F41: what the page asks is answered, and nothing else is taken for it.
#[test]
fn f41_the_phone_answers_the_digits_of_the_page() {
    let mut scene = Scene::new().unwrap();
    assert_eq!(refusal(scene.lead.call("take_challenge", json!({ "digits": "12 34" }))).name(), "NotAChallenge");
    let taken = scene.lead.call("take_challenge", json!({ "digits": "1234 5678" })).unwrap();
    assert_eq!(taken["left_ms"], 120_000);
    let frame = scene.lead.call("badge_frame", json!({ "kind": "badge", "task": scene.task })).unwrap();
    assert!(frame["challenge_left_ms"].as_u64().unwrap() > 110_000);
    assert!(frame["version"].as_u64().unwrap() <= 18);
    scene.lead.call("end_challenge", json!({})).unwrap();
    let frame = scene.lead.call("badge_frame", json!({ "kind": "badge" })).unwrap();
    assert!(frame["challenge_left_ms"].is_null());
}

/// R09: dress and insignia are advice. What was not confirmed stays open on the phone and at the office, and hinders nothing up to the end.
#[test]
fn r09_dress_not_confirmed_stays_open_and_the_inspection_closes() {
    let mut scene = Scene::told().unwrap();
    let inspection = scene.inspection.clone();
    let looked = json!({ "check_appearance": { "uniform": true, "insignia": false, "note": "臂章送修" } });
    acts::act(&mut scene.second, &inspection, looked).unwrap();
    acts::answer(&mut scene.lead, &inspection, &FIRST_ANSWERS[0]).unwrap();
    let paper = scene.lead.call("compose_record", json!({ "inspection": inspection })).unwrap();
    let paper = paper["id"].as_str().unwrap().to_owned();
    acts::officers_sign(&mut scene.lead, &mut scene.second, &inspection, &paper).unwrap();
    let signed = json!({ "inspection": inspection, "paper": paper, "input": { "name": MANAGER, "position": "店长", "ink": acts::ink(MANAGER) } });
    scene.lead.call("sign_as_party", signed).unwrap();
    scene.lead.call("finish_paper", json!({ "inspection": inspection, "paper": paper })).unwrap();
    acts::act(&mut scene.lead, &inspection, json!({ "leave": { "place": null } })).unwrap();
    let open = |phone: &mut PhoneProcess| {
        let points = phone.call("open_points", json!({ "inspection": inspection })).unwrap();
        points["points"].as_array().unwrap().iter().map(|p| format!("{} {}", p["rule"], p["missing"]["zh"])).collect::<Vec<_>>()
    };
    assert_eq!(open(&mut scene.lead), [r#""R09" "着装标识未确认""#]);
    assert_eq!(open(&mut scene.second), [r#""R09" "着装、标识不齐，已如实记录""#]);
    let close = json!({ "close": { "witness": "none", "reason": "当事人已离开" } });
    acts::act(&mut scene.lead, &inspection, close).unwrap();

    for phone in [&mut scene.lead, &mut scene.second] {
        phone.call("sync", json!({})).unwrap();
    }
    let page = scene.console().unwrap().page(&format!("/console/cases/{inspection}")).unwrap();
    for words in [format!("{}：未确认", LEAD.name), format!("{}：着统一制服，未佩戴统一标识；臂章送修", SECOND.name)]
    {
        assert!(page.contains(&words), "{words}");
    }
}
