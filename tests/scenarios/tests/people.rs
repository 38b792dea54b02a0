//! People on site, the check at the end, and what is looked up.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_demo::acts;
use mingzheng_demo::cast::{self, FIRST_ANSWERS, LEAD, MANAGER, SECOND};
use mingzheng_scenarios::{Scene, refusal};
use serde_json::{Value, json};

fn blocked(scene: &mut Scene, act: &Value) -> Vec<String> {
    let refused = refusal(scene.lead.call("act", json!({ "inspection": scene.inspection, "act": act })));
    assert_eq!(refused.name(), "Blocked", "{refused}");
    let mut rules = refused.rules();
    rules.dedup();
    rules
}

fn act(scene: &mut Scene, act: Value) {
    let i = scene.inspection.clone();
    acts::act(&mut scene.lead, &i, act).unwrap();
}

fn answer() -> Value {
    let given = FIRST_ANSWERS[0];
    json!({ "answer": { "item": given.item, "result": given.result, "note": given.note } })
}

fn said(gates: &Value) -> String {
    let one = |g: &Value| format!("{} {}\n", g["rule"].as_str().unwrap(), g["missing"]["zh"].as_str().unwrap());
    gates.as_array().unwrap().iter().map(one).collect()
}

/// R06: called away, only notes are made; back is who proves it with the own phone.
#[test]
fn r06_with_one_officer_only_notes_are_made_until_the_second_is_back() {
    let mut scene = Scene::told().unwrap();
    act(&mut scene, answer());
    let leaves = json!({ "officer_left": { "number": SECOND.number, "reason": "处理另一处突发情况" } });
    act(&mut scene, leaves.clone());
    assert_eq!(blocked(&mut scene, &answer()), ["J1"]);
    let begin = json!({ "inspection": scene.inspection, "input": { "what": "sampling", "reason": "x" } });
    assert!(refusal(scene.lead.call("begin_measure", begin)).rules().contains(&"J1".to_owned()));
    act(&mut scene, json!({ "note": { "text": "等待第二名执法人员返回" } }));
    let again = refusal(scene.lead.call("act", json!({ "inspection": scene.inspection, "act": leaves })));
    assert_eq!(again.name(), "NotFound", "who is away cannot leave");
    act(&mut scene, json!("return"));
    assert_eq!(blocked(&mut scene, &answer()), ["J1"], "the lead's own return brings nobody else back");
    let i = scene.inspection.clone();
    acts::act(&mut scene.second, &i, json!("return")).unwrap();
    acts::carry(&mut scene.lead, &mut scene.second).unwrap();
    act(&mut scene, answer());
    let absence = scene.fold().unwrap()["people"]["absences"][0].clone();
    assert!(!absence["until"].is_null(), "from and until: {absence}");
    scene.sync_all().unwrap();
    let (office, bundle) = (scene.serving.office(), scene.file("bundle"));
    office.export(&scene.inspection, &["--open"], &bundle).unwrap();
    let verdict = office.verify(Some(&office.trust()), &bundle).unwrap();
    assert_eq!(verdict.exit, 0, "a return is a statement of presence: {}", verdict.says);
}

/// R11: declared at the start, asked for by the party, decided by the head; the inspection goes on meanwhile.
#[test]
fn r11_recusal_is_decided_by_the_head_and_stops_nothing_meanwhile() {
    let mut scene = Scene::told().unwrap();
    let named =
        |scene: &mut Scene| said(&scene.lead.call("close_out", json!({ "inspection": scene.inspection })).unwrap()["named"]);
    act(&mut scene, json!({ "declare_conflict": { "none": true, "note": "" } }));
    assert!(named(&mut scene).contains("尚未声明"), "each officer for himself");
    assert!(scene.fold().unwrap()["people"]["declarations"][0]["none"] == true);
    act(&mut scene, json!({ "request_recusal": { "number": SECOND.number, "by": MANAGER, "reason": "称与其亲属有纠纷" } }));
    act(&mut scene, answer());
    let decide = |by: &str, reason: &str| json!({ "decide_recusal": { "number": SECOND.number, "by": by, "granted": true, "reason": reason } });
    for (by, reason) in [(LEAD.name, "确有纠纷"), ("马向前", " ")] {
        assert_eq!(blocked(&mut scene, &decide(by, reason)), ["R11"], "{by}");
    }
    assert!(named(&mut scene).contains("回避申请尚未决定"));
    act(&mut scene, decide("马向前", "确有纠纷，更换执法人员"));
    assert_eq!(blocked(&mut scene, &answer()), ["J1"], "who was recused does not count");
}

/// J4, R13, R17: an officer is in one interview at a time; its record has the interview's own times.
#[test]
fn j4_r13_one_interview_at_a_time_and_its_record() {
    let mut scene = Scene::told().unwrap();
    let i = scene.inspection.clone();
    act(&mut scene, answer());
    let start = |officers: &[&str], place: &str| json!({ "start_interview": { "person": MANAGER, "officers": officers, "recorder": SECOND.number, "place": place } });
    assert_eq!(blocked(&mut scene, &start(&[SECOND.number], "办公室")), ["R06"], "two ask");
    act(&mut scene, start(&[LEAD.number, SECOND.number], "办公室"));
    assert_eq!(blocked(&mut scene, &start(&[LEAD.number, SECOND.number], "前台")), ["J4"]);
    let interview = acts::text(&scene.fold().unwrap()["people"]["interviews"][0], "id").unwrap();
    let about = json!({ "inspection": i, "form": "xunwen-bilu", "about": interview });
    let mut with = about.clone();
    with["typed"] = json!({
        "asked_sex": "female", "asked_age": 41, "asked_phone": "0839-7200118", "asked_document": "居民身份证 510822198501010021",
        "asked_position": "青溪宾馆店长", "asked_address": "青溪镇", "recusal": "不申请回避", "place": "别处",
        "talk": [{ "question": "请说明在岗人员情况。", "answer": "在岗14人，2人证件正在办理。" }],
    });
    let draft = scene.lead.call("save_paper_draft", with.clone()).unwrap();
    assert_eq!(draft["faults"][0]["field"], "place", "{draft}");
    with["typed"].as_object_mut().unwrap().remove("place");
    scene.lead.call("save_paper_draft", with).unwrap();
    let refused = refusal(scene.lead.call("compose_paper", about.clone()));
    assert!(refused.rules().contains(&"R13".to_owned()), "{refused}");
    let notices = scene.lead.call("notices_of", json!({ "inspection": i, "act": "inquiry" })).unwrap();
    for told in notices["notices"][0]["items"].as_array().unwrap().clone() {
        act(&mut scene, json!({ "tell_right": { "item": told["id"], "language": "zh-Hans", "how": "read_aloud" } }));
    }
    act(&mut scene, json!({ "acknowledge_notice": { "act": "inquiry", "by": MANAGER, "how": "signed" } }));
    scene.lead.call("clock", json!({ "pass_ms": 600_000 })).unwrap();
    let end = scene.lead.call("close_out", json!({ "inspection": i })).unwrap();
    assert!(said(&end["blocking"]).contains("有询问尚未结束"), "{end}");
    act(&mut scene, json!({ "end_interview": { "interview": interview } }));
    let paper = scene.lead.call("compose_paper", about).unwrap();
    assert!(paper["id"].as_str().unwrap().starts_with("xunwen-bilu-"));
}

/// J4: who inspects elsewhere and has not left opens nothing here.
#[test]
fn j4_nobody_inspects_in_two_places() {
    let mut scene = Scene::told().unwrap();
    let mut task = cast::task(cast::today());
    task["title"] = json!("另一家");
    task["enterprise"]["name"] = json!("青川县竹园镇招待所");
    task["enterprise"]["code"] = json!("91510822MA6ABCDE1W");
    scene.serving.office().add_task(&task).unwrap();
    scene.lead.call("sync", json!({})).unwrap();
    let other = acts::new_task(&mut scene.lead).unwrap();
    let refused = refusal(scene.lead.call("open_inspection", json!({ "task": other })));
    assert_eq!(refused.rules(), ["J4"], "{refused}");
    act(&mut scene, json!({ "leave": { "place": null } }));
    scene.lead.call("open_inspection", json!({ "task": other })).unwrap();
}

/// R27, R49, R51: what is missing, late or unmade is named at the end; what the law closes stays closed.
#[test]
fn r27_r49_r51_the_end_names_what_is_missing() {
    let mut scene = Scene::told().unwrap();
    let i = scene.inspection.clone();
    act(&mut scene, answer());
    act(&mut scene, json!({ "scan_entry": { "code": null, "reason": "无网络" } }));
    act(&mut scene, json!({ "raise_lead": { "text": "邻近门店疑似无证经营", "evidence": [] } }));
    act(&mut scene, json!({ "suspect_crime": { "text": "第三次非法行医", "crime": "非法行医罪", "evidence": [] } }));
    let points = scene.lead.call("open_points", json!({ "inspection": i })).unwrap();
    assert!(said(&points["points"]).contains("R51 涉嫌犯罪：非法行医罪"), "{points}");
    let begun = json!({ "inspection": i, "input": { "what": "sampling", "reason": "检测" } });
    let measure = acts::text(&scene.lead.call("begin_measure", begun).unwrap(), "measure").unwrap();
    let goods = json!([{ "name": "池水", "spec": "", "quantity": "3份", "state": "清", "seal": "QC-1" }]);
    let take = json!({ "inspection": i, "measure": measure, "act": { "take": { "goods": goods, "place": "泳池" } } });
    scene.lead.call("measure_act", take).unwrap();
    let end = scene.lead.call("close_out", json!({ "inspection": i })).unwrap();
    let (blocking, named) = (said(&end["blocking"]), said(&end["named"]));
    assert!(blocking.contains("措施没有完成的文书：非产品样品采样记录"), "{blocking}");
    for wanted in ["缺少环节：制作笔录", "缺少环节：离场", "扫码入企尚未补办（20"] {
        assert!(named.contains(wanted), "{wanted}\n{named}");
    }
    assert!(blocked(&mut scene, &json!({ "close": { "witness": "none", "reason": "无信号" } })).contains(&"R27".to_owned()));
    act(&mut scene, json!({ "leave": { "place": null } }));
    scene.lead.call("clock", json!({ "pass_ms": 60_000 })).unwrap();
    acts::photograph(&scene.place, &mut scene.lead, &i, &mingzheng_demo::photos::FIRST[1]).unwrap();
    act(&mut scene, json!({ "scan_entry": { "code": "91510822MA6ABCDE0X", "reason": "补扫" } }));
    let named = said(&scene.lead.call("close_out", json!({ "inspection": i })).unwrap()["named"]);
    assert!(named.contains("离场后又取证 1 件") && !named.contains("扫码"), "{named}");
}

/// R10, R30, R46, R47: words of each step, pages of the handbook, ranges with their sources; never an amount.
#[test]
fn r10_r30_r46_r47_what_is_looked_up_needs_no_network() {
    let mut scene = Scene::told().unwrap();
    let scripts = scene.lead.call("scripts", json!({ "inspection": scene.inspection })).unwrap();
    let scripts = scripts["scripts"].as_array().unwrap();
    let ids: Vec<&str> = scripts.iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert_eq!((ids.first(), ids.last(), ids.len()), (Some(&"kaichang"), Some(&"lichang-yongyu"), 9));
    assert!(scripts.iter().all(|s| !s["text"]["zh"].as_str().unwrap().contains('{')));
    let pages = scene.lead.call("handbook", json!({ "words": "先行登记" })).unwrap()["pages"].clone();
    let found = |p: &Value| p["id"] == "shouce-dengji" && !p["sources"].as_array().unwrap().is_empty();
    assert!(pages.as_array().unwrap().iter().any(found), "{pages}");
    assert_eq!(scene.lead.call("handbook", json!({ "words": "没有这个词" })).unwrap()["pages"], json!([]));
    let mut ask = |item: &str, facts: Value| scene.lead.call("discretion", json!({ "item": item, "facts": facts })).unwrap();
    let open = ask("wf-jiankang", json!([]))["offers"][0].clone();
    assert_eq!((&open["tiers"], &open["asks"]), (&json!([]), &json!(["persons", "late"])), "{open}");
    let known = ask("wf-jiankang", json!([["persons", 2], ["late", 0]]));
    let tier = &known["offers"][0]["tiers"][0];
    assert_eq!((tier["id"].as_str(), &tier["range"]), (Some("cl-d7-2"), &json!({ "min": 100_000, "max": 300_000 })), "{known}");
    assert!(tier["sources"].as_array().unwrap().len() >= 2 && tier["illustrative"] == true);
    let lenient = ask("wf-jiance", json!([]))["lenient"].clone();
    assert_eq!(lenient[0]["needs"], json!(["corrected", "no_harm"]), "{lenient}");
}
