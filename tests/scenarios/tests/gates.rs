//! No gate can be passed by calling the façade in another order (design §7, 10).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_core::document::page::{PageCode, short};
use mingzheng_demo::cast::{self, FIRST_ANSWERS, LEAD, MANAGER, SECOND};
use mingzheng_demo::{acts, photos};
use mingzheng_phone::drive::PhoneProcess;
use mingzheng_scenarios::{Scene, refusal};
use serde_json::{Value, json};

fn blocked(phone: &mut PhoneProcess, command: &str, arguments: Value) -> Vec<String> {
    let refused = refusal(phone.call(command, arguments));
    assert_eq!(refused.name(), "Blocked", "{refused}");
    let mut rules = refused.rules();
    rules.dedup();
    rules
}

fn answer(scene: &Scene) -> Value {
    let given = FIRST_ANSWERS[0];
    json!({ "inspection": scene.inspection, "act": { "answer": { "item": given.item, "result": given.result, "note": given.note } } })
}

/// J1, J3: arrival, second officer, certificates, notification; only then may anything be asked or photographed.
#[test]
fn j1_j3_nothing_is_inspected_before_officers_certificates_and_rights() {
    let mut scene = Scene::new().unwrap();
    let opened = scene.lead.call("open_inspection", json!({ "task": scene.task })).unwrap();
    scene.inspection = acts::text(&opened, "inspection").unwrap();
    let shown = json!({ "show_badge": { "to_whom": MANAGER, "acknowledged": "scanned" } });
    let told = json!({ "tell_right": { "item": "gaozhi-shenfen", "language": "zh-Hans", "how": "shown" } });
    let inspection = scene.inspection.clone();
    let on = |act: &Value| json!({ "inspection": inspection, "act": act });
    assert_eq!(blocked(&mut scene.lead, "act", on(&shown)), ["J1"], "one officer alone shows no certificate of two");
    assert_eq!(blocked(&mut scene.lead, "act", on(&told)), ["J1"]);
    let first = answer(&scene);
    assert_eq!(blocked(&mut scene.lead, "act", first.clone()), ["J1", "J3", "J1"]);
    let camera = photos::lay_down(&scene.place, &photos::FIRST[1], &acts::inbox(&mut scene.lead).unwrap()).unwrap();
    let capture = json!({ "inspection": scene.inspection, "path": camera, "info": { "original_name": "a.jpg" } });
    assert!(blocked(&mut scene.lead, "capture_photo", capture.clone()).contains(&"J3".to_owned()));
    assert!(camera.exists(), "a refused photograph stays where the camera put it");
    let compose = json!({ "inspection": scene.inspection });
    assert!(blocked(&mut scene.lead, "compose_record", compose.clone()).contains(&"J1".to_owned()));

    scene.pair().unwrap();
    assert_eq!(blocked(&mut scene.lead, "act", first.clone()), ["J3", "J1"]);
    acts::act(&mut scene.lead, &scene.inspection, shown.clone()).unwrap();
    assert!(blocked(&mut scene.lead, "act", first.clone()).contains(&"J3".to_owned()), "both certificates are shown, not one");
    acts::show_badges(&mut scene.lead, &mut scene.second, &scene.inspection).unwrap();
    assert_eq!(blocked(&mut scene.lead, "act", first.clone()), ["J1"], "the notification is still to be told");
    acts::tell_rights(&mut scene.lead, &scene.inspection).unwrap();
    scene.lead.call("act", first).unwrap();
    scene.lead.call("capture_photo", capture).unwrap();
    assert!(!camera.exists());
}

/// J1: a task that is not for today, or not approved, opens nothing.
#[test]
fn j1_a_task_of_another_day_or_without_approval_opens_nothing() {
    let mut scene = Scene::new().unwrap();
    // What nobody has approved does not leave the office (国办发〔2024〕54号); the phone's own gate is shown in core/tests/phone.
    let mut task = cast::task(cast::today());
    task["approval"] = json!(null);
    let refused = scene.serving.office().add_task(&task).unwrap_err().to_string();
    assert!(refused.contains("J1") && refused.contains("批准"), "{refused}");
    let mut task = cast::task(cast::day(1));
    (task["title"], task["approval"]["on"]) = (json!("x"), json!(cast::today()));
    scene.serving.office().add_task(&task).unwrap();
    scene.lead.call("sync", json!({})).unwrap();
    let tasks = scene.lead.call("tasks", json!({})).unwrap();
    let spoiled = tasks["tasks"].as_array().unwrap().iter().filter(|t| t["task"]["title"] == "x").collect::<Vec<_>>();
    assert_eq!(spoiled.len(), 1);
    for task in spoiled {
        assert_eq!(blocked(&mut scene.lead, "open_inspection", json!({ "task": task["task"]["id"] })), ["J1"]);
    }
}

/// J2, R07: an assistant opens nothing and signs nothing.
#[test]
fn r07_j2_an_assistant_opens_nothing() {
    let scene = Scene::new().unwrap();
    let mut phone = scene.assistant().unwrap();
    let status = phone.call("status", json!({})).unwrap();
    assert_eq!(status["person_role"], "assistant");
    let tasks = phone.call("tasks", json!({})).unwrap();
    assert_eq!(tasks["tasks"].as_array().unwrap().len(), 0, "no task is sent to an assistant");
    let refused = refusal(phone.call("badge_frame", json!({ "kind": "badge" })));
    assert_eq!(refused.name(), "NotFound", "an assistant has no certificate to show");
    let refused = refusal(phone.call("pair_offer", json!({ "task": scene.task })));
    assert!(["NotFound", "Blocked"].contains(&refused.name()), "{refused}");
}

/// B3 (传染病防治法 96): at least two persons show their certificates; both sign the record, and the party does or its refusal is noted with reason.
#[test]
fn b3_r06_two_persons_certificates_and_a_record_signed_or_its_refusal_noted() {
    let mut scene = Scene::told().unwrap();
    let inspection = scene.inspection.clone();
    for given in &FIRST_ANSWERS[..2] {
        acts::answer(&mut scene.lead, &inspection, given).unwrap();
    }
    let paper = scene.lead.call("compose_record", json!({ "inspection": inspection })).unwrap();
    let id = paper["id"].as_str().unwrap().to_owned();
    let finish = json!({ "inspection": inspection, "paper": id });
    let refuse = json!({ "inspection": inspection, "paper": id, "input": { "why": "refused", "name": MANAGER, "reason": "称需请示总部" } });
    scene.lead.call("refuse_paper", refuse).unwrap();
    assert_eq!(blocked(&mut scene.lead, "finish_paper", finish.clone()), ["J5"], "noted, but no officer has signed");
    acts::officers_sign(&mut scene.lead, &mut scene.second, &inspection, &id).unwrap();
    scene.lead.call("finish_paper", finish).unwrap();
    let fold = scene.fold().unwrap();
    let numbers = |list: &Value, at: &str| {
        let mut all: Vec<String> =
            list.as_array().unwrap().iter().filter_map(|s| s.pointer(at)?.as_str().map(str::to_owned)).collect();
        all.sort();
        all.dedup();
        all
    };
    let (shown, paper) = (numbers(&fold["badges"], "/officer/number"), &fold["papers"][0]);
    assert_eq!(shown.len(), 2, "both certificates were shown");
    assert_eq!(numbers(&paper["signatures"], "/number"), shown, "and both officers signed");
    assert_eq!((paper["refusal"]["why"].as_str(), paper["refusal"]["reason"].as_str()), (Some("refused"), Some("称需请示总部")));
}

/// J5, J19, J24: the record is made, corrected, signed and finished in its lawful order only.
#[test]
fn j5_j19_j24_the_record_is_finished_only_when_signed_and_complete() {
    let mut scene = Scene::told().unwrap();
    let inspection = scene.inspection.clone();
    for given in &FIRST_ANSWERS[..3] {
        acts::answer(&mut scene.lead, &inspection, given).unwrap();
    }
    let close = json!({ "inspection": inspection, "act": { "close": { "witness": "party", "reason": null } } });
    assert!(blocked(&mut scene.lead, "act", close.clone()).contains(&"J5".to_owned()));
    let correct = |old: &str, new: &str, initials: &[&str]| {
        json!({ "inspection": inspection, "act": { "correct":
            { "item": FIRST_ANSWERS[0].item, "old": old, "new": new, "by": MANAGER, "initials": initials } } })
    };
    let stands = FIRST_ANSWERS[0].note;
    assert_eq!(
        blocked(&mut scene.lead, "act", correct("另一句话", "新", &[MANAGER])),
        ["J24"],
        "the old text is not what stands"
    );
    assert_eq!(blocked(&mut scene.lead, "act", correct(stands, "新", &[])), ["J24"], "nobody initialled");
    scene.lead.call("act", correct(stands, "更正后的文字", &[MANAGER])).unwrap();

    let paper = scene.lead.call("compose_record", json!({ "inspection": inspection })).unwrap();
    let id = paper["id"].as_str().unwrap().to_owned();
    let finish = json!({ "inspection": inspection, "paper": id });
    assert_eq!(blocked(&mut scene.lead, "finish_paper", finish.clone()), ["J5"]);
    acts::officers_sign(&mut scene.lead, &mut scene.second, &inspection, &id).unwrap();
    assert_eq!(blocked(&mut scene.lead, "finish_paper", finish.clone()), ["J5"], "the party neither signed nor refused");
    let no_reason =
        json!({ "inspection": inspection, "paper": id, "input": { "why": "refused", "name": MANAGER, "reason": " " } });
    assert_eq!(refusal(scene.lead.call("refuse_paper", no_reason)).name(), "Invalid");
    let absent =
        json!({ "inspection": inspection, "paper": id, "input": { "why": "absent", "name": MANAGER, "reason": "已离开" } });
    scene.lead.call("refuse_paper", absent).unwrap();
    assert_eq!(blocked(&mut scene.lead, "finish_paper", finish.clone()), ["J5"], "absent without a witness");

    acts::photograph(&scene.place, &mut scene.lead, &inspection, &photos::FIRST[1]).unwrap();
    assert!(
        blocked(&mut scene.lead, "finish_paper", finish.clone()).contains(&"J19".to_owned()),
        "a photograph after the record"
    );
    scene.lead.call("compose_record", json!({ "inspection": inspection })).unwrap();
    assert_eq!(
        blocked(&mut scene.lead, "finish_paper", finish.clone()),
        ["J5", "J5"][..1],
        "signatures were under the older facts"
    );
    acts::officers_sign(&mut scene.lead, &mut scene.second, &inspection, &id).unwrap();
    let signed = json!({ "inspection": inspection, "paper": id, "input": { "name": MANAGER, "position": "店长", "ink": acts::ink(MANAGER) } });
    scene.lead.call("sign_as_party", signed).unwrap();
    scene.lead.call("finish_paper", finish).unwrap();
    assert!(blocked(&mut scene.lead, "act", close.clone()).contains(&"R27".to_owned()), "departure is not recorded");
    acts::act(&mut scene.lead, &inspection, json!({ "leave": { "place": null } })).unwrap();
    let unwitnessed = json!({ "inspection": inspection, "act": { "close": { "witness": "none", "reason": null } } });
    assert_eq!(blocked(&mut scene.lead, "act", unwitnessed), ["P5"], "without an outside witness a reason is asked");
    for claimed in ["peer", "party", "office"] {
        let claim = json!({ "inspection": inspection, "act": { "close": { "witness": claimed, "reason": null } } });
        assert_eq!(blocked(&mut scene.lead, "act", claim), ["P5"], "a witness that was not there: {claimed}");
    }
    let took = |how: &str| json!({ "inspection": inspection, "act": { "party_took": { "how": how, "by": MANAGER } } });
    assert_eq!(refusal(scene.lead.call("act", took("scanned"))).name(), "Invalid", "no code was shown");
    scene.lead.call("act", took("paper")).unwrap();
    scene.lead.call("act", close).unwrap();
    let late = refusal(scene.lead.call("act", answer(&scene)));
    assert_eq!(late.name(), "Invalid", "a closed inspection takes no more answers: {late}");
}

/// P8, J5: printed, signed by hand, photographed: all pages of this paper and no other, two officers and the party; then the inspection closes.
#[test]
fn p8_j5_a_record_signed_by_hand_is_bound_by_the_codes_of_its_pages() {
    let mut scene = Scene::told().unwrap();
    let inspection = scene.inspection.clone();
    acts::answer(&mut scene.lead, &inspection, &FIRST_ANSWERS[0]).unwrap();
    let paper =
        scene.lead.call("compose_record", json!({ "inspection": inspection })).unwrap()["id"].as_str().unwrap().to_owned();
    let state = scene.fold().unwrap()["papers"][0].clone();
    let facts = mingzheng_core::id::digest_from_hex(state["facts_digest"].as_str().unwrap()).unwrap();
    let code = |page, of| PageCode { facts: short(&facts), page, of, number: paper.clone() }.write();
    let photos: Vec<String> = photos::FIRST[..2]
        .iter()
        .map(|shot| acts::photograph(&scene.place, &mut scene.lead, &inspection, shot).unwrap())
        .collect();
    let officers = [LEAD.name, SECOND.name];
    let bind = |pages: Value, signed: &[&str], original: &str| json!({ "inspection": inspection, "paper": paper, "pages": pages, "signed": signed, "original": original });
    let page = |n: usize, code: String| json!({ "evidence": photos[n], "code": code });
    let all = [officers[0], officers[1], MANAGER];
    for (pages, says) in [
        (json!([page(0, code(1, 2))]), "no photograph of these pages"),
        (json!([page(0, code(1, 2)), page(1, code(1, 2))]), "photograph 2: this page is there already"),
        (json!([page(0, code(1, 2)), page(1, code(2, 2).replace(&paper, "2026-9999"))]), "photograph 2 shows another paper"),
        (json!([page(0, code(1, 2)), page(1, "https://zf.example/b".to_owned())]), "photograph 2: no page code"),
        (json!([page(0, code(1, 2)), page(0, code(2, 2))]), "one photograph stands for two pages"),
    ] {
        let refused = refusal(scene.lead.call("bind_ink", bind(pages, &all, "paper")));
        assert!(format!("{refused:?}").contains(says), "{says}: {refused:?}");
    }
    let whole = json!([page(1, code(2, 2)), page(0, code(1, 2))]);
    for signed in [&all[..2], &all[1..]] {
        assert_eq!(blocked(&mut scene.lead, "bind_ink", bind(whole.clone(), signed, "paper")), ["J5"]);
    }
    let electronic = refusal(scene.lead.call("bind_ink", bind(whole.clone(), &all, "electronic")));
    assert!(format!("{electronic:?}").contains("not finished"), "{electronic:?}");
    acts::act(&mut scene.lead, &inspection, json!({ "leave": { "place": null } })).unwrap();
    let close = json!({ "inspection": inspection, "act": { "close": { "witness": "none", "reason": "当事人收取纸质文书" } } });
    assert!(blocked(&mut scene.lead, "act", close.clone()).contains(&"J5".to_owned()));
    scene.lead.call("bind_ink", bind(whole, &all, "paper")).unwrap();
    let ink = scene.fold().unwrap()["inks"][0].clone();
    assert_eq!((&ink["original"], &ink["pages"], &ink["signed"]), (&json!("paper"), &json!(photos), &json!(all)));
    scene.lead.call("act", close).unwrap();
}

/// F43: a locked key leaves "checkpoint pending" and work goes on; statements wait for it.
#[test]
fn f43_a_locked_key_stops_signing_and_nothing_else() {
    let mut scene = Scene::told().unwrap();
    scene.lead.call("keys", json!({ "refuse": "locked" })).unwrap();
    acts::answer(&mut scene.lead, &scene.inspection, &FIRST_ANSWERS[0]).unwrap();
    let find = json!({ "find": { "text": "事实", "items": [], "evidence": [], "unproven": true } });
    acts::act(&mut scene.lead, &scene.inspection, find).unwrap();
    assert_eq!(scene.lead.call("status", json!({})).unwrap()["checkpoint_pending"], true);
    assert_eq!(refusal(scene.lead.call("badge_frame", json!({ "kind": "badge" }))).name(), "Locked");
    scene.lead.call("keys", json!({ "refuse": null })).unwrap();
    scene.lead.call("checkpoint_frame", json!({})).unwrap();
    assert_eq!(scene.lead.call("status", json!({})).unwrap()["checkpoint_pending"], false);
}
