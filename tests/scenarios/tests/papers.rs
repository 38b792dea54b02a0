//! Papers beside the record, made on the phone from the forms of the pack.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_demo::acts;
use mingzheng_demo::cast::{FIRST_ANSWERS, MANAGER, SECOND};
use mingzheng_scenarios::{Scene, refusal};
use serde_json::{Value, json};
use std::process::Command;

fn names(list: &Value, field: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|x| x[field].as_str().unwrap_or_default().to_owned()).collect()
}

/// What stands on the newest PDF of a paper.
fn said(scene: &mut Scene, paper: &str) -> String {
    let pdf = scene.file(&format!("{paper}.pdf"));
    scene.lead.call("paper_pdf", json!({ "paper": paper, "to": pdf })).unwrap();
    if let Some(folder) = std::env::var_os("MINGZHENG_SHOTS") {
        std::fs::copy(&pdf, std::path::Path::new(&folder).join(format!("{paper}.pdf"))).unwrap();
    }
    let text = Command::new("pdftotext").arg("-raw").arg(&pdf).arg("-").output().unwrap();
    String::from_utf8_lossy(&text.stdout).chars().filter(|c| !c.is_whitespace()).collect()
}

fn opinions() -> Value {
    json!({ "opinions": [{ "text": "在总台公示卫生检测结果。", "basis": "《公共场所卫生管理条例实施细则》第十九条", "until": 20_261_203 }] })
}

/// R14, R17, J17, J32: a form is filled from what is known, asked for the rest when it is made, signed as the form says, numbered once, and the
/// electronic twin judges itself.
#[test]
fn r14_r17_j17_j32_a_form_of_the_pack_is_made_signed_and_judged_on_site() {
    let mut scene = Scene::told().unwrap();
    let i = scene.inspection.clone();
    acts::answer(&mut scene.lead, &i, &FIRST_ANSWERS[0]).unwrap();
    acts::act(
        &mut scene.lead,
        &i,
        json!({ "find": { "text": "总台未公示卫生检测结果。", "items": [], "evidence": [], "unproven": true } }),
    )
    .unwrap();

    let about = json!({ "inspection": i, "form": "jiandu-yijian", "about": null });
    let with = |typed: Value| json!({ "inspection": i, "form": "jiandu-yijian", "about": null, "typed": typed });
    let draft = scene.lead.call("paper_draft", about.clone()).unwrap();
    assert_eq!(names(&draft["missing"], "field"), ["opinions"], "all else is known: {draft}");
    let known = |field: &str| draft["fields"].as_array().unwrap().iter().find(|f| f["id"] == field).unwrap()["known"].clone();
    assert_eq!(known("findings"), "总台未公示卫生检测结果。");
    assert_eq!(known("officers")[1]["name"], SECOND.name);
    let refused = refusal(scene.lead.call("compose_paper", about.clone()));
    assert_eq!((refused.name(), refused.to_string().contains("监督意见")), ("Invalid", true), "{refused}");

    let penalty = json!({ "opinions": [{ "text": "责令停业整顿", "basis": "第十九条" }] });
    let draft = scene.lead.call("save_paper_draft", with(penalty)).unwrap();
    assert_eq!(draft["faults"][0]["field"], "opinions", "J17: {draft}");
    assert_eq!(refusal(scene.lead.call("compose_paper", about.clone())).name(), "Invalid");
    let typed = scene.lead.call("paper_draft", about.clone()).unwrap()["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["id"] == "opinions")
        .unwrap()["typed"]
        .clone();
    assert_eq!(typed[0]["text"], "责令停业整顿", "the draft stays");

    let draft = scene.lead.call("save_paper_draft", with(opinions())).unwrap();
    assert_eq!((draft["missing"].as_array().unwrap().len(), draft["faults"].as_array().unwrap().len()), (0, 0), "{draft}");
    let paper = acts::text(&scene.lead.call("compose_paper", about.clone()).unwrap(), "id").unwrap();
    let again = acts::text(&scene.lead.call("compose_paper", about.clone()).unwrap(), "id").unwrap();
    assert_eq!(paper, again, "made again it is the same paper with the same number");
    let finish = json!({ "inspection": i, "paper": paper });
    assert_eq!(refusal(scene.lead.call("finish_paper", finish.clone())).rules(), ["J5", "J5"], "officers and receiver");
    acts::officers_sign(&mut scene.lead, &mut scene.second, &i, &paper).unwrap();
    assert_eq!(refusal(scene.lead.call("finish_paper", finish.clone())).rules(), ["J5"], "the receiver");
    let receives = json!({ "inspection": i, "paper": paper, "input": { "name": MANAGER, "ink": acts::ink(MANAGER) } });
    scene.lead.call("sign_as_party", receives).unwrap();
    scene.lead.call("finish_paper", finish).unwrap();
    let text = said(&mut scene, &paper);
    for wanted in ["青川县卫生健康局", "41号", "总台未公示卫生检测结果", "本文书（及所附清单）我已看过并收到", SECOND.number]
    {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }

    let office = scene.serving.office().clone();
    let pdf = scene.file(&format!("{paper}.pdf"));
    let verdict = office.verify(Some(&office.trust()), &pdf).unwrap();
    assert!(!verdict.says.contains("paper_facts") && verdict.exit != 1, "{}", verdict.says);
    let mut bytes = std::fs::read(&pdf).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle] ^= 1;
    std::fs::write(&pdf, bytes).unwrap();
    assert_eq!(office.verify(Some(&office.trust()), &pdf).unwrap().exit, 1, "one bit of the page");

    // Another paper of the form takes the other number; a voided one is never taken; a used one is never voided.
    let forms = scene.lead.call("forms", json!({ "inspection": i })).unwrap();
    let next =
        |forms: &Value| forms["forms"].as_array().unwrap().iter().find(|f| f["id"] == "jiandu-yijian").unwrap()["number"].clone();
    let number = acts::text(&forms["forms"][0], "number").unwrap();
    assert!(number.ends_with("42号"), "{number}");
    let void =
        |number: &str, reason: &str| json!({ "void_number": { "form": "jiandu-yijian", "number": number, "reason": reason } });
    let used = number.replace("42号", "41号");
    for (number, reason) in [(used.as_str(), "打印时卡纸"), (number.as_str(), " "), ("青卫监意〔2026〕99号", "打印时卡纸")]
    {
        let refused = refusal(scene.lead.call("act", json!({ "inspection": i, "act": void(number, reason) })));
        assert_eq!(refused.rules(), ["J32"], "{number} {reason}");
    }
    acts::act(&mut scene.lead, &i, void(&number, "打印时卡纸，文书作废")).unwrap();
    let forms = scene.lead.call("forms", json!({ "inspection": i })).unwrap();
    assert!(next(&forms).is_null(), "{forms}");
    assert_eq!(refusal(scene.lead.call("compose_paper", about)).rules(), ["J32"]);
    let other = json!({ "inspection": i, "form": "zeling-gaizheng", "about": null });
    assert!(
        refusal(scene.second.call("compose_paper", other)).rules().contains(&"J32".to_owned()),
        "only the lead's phone has the numbers"
    );
}

/// J33: the paper speaks in the name of the subject to which the item belongs.
#[test]
fn j33_the_organ_on_a_paper_is_the_one_of_the_items_subject() {
    let mut scene = Scene::told().unwrap();
    let i = scene.inspection.clone();
    acts::act(&mut scene.lead, &i, json!({ "find": { "text": "事实", "items": [], "evidence": [], "unproven": true } })).unwrap();
    for (item, organ, other) in [
        ("wf-jiankang", "青川县卫生健康局", "青川县疾病预防控制局"),
        ("wf-gongshui-chuanfang", "青川县疾病预防控制局", "青川县卫生健康局"),
    ] {
        let with = json!({ "inspection": i, "form": "jiandu-yijian", "about": item, "typed": opinions() });
        scene.lead.call("save_paper_draft", with).unwrap();
        let paper = scene.lead.call("compose_paper", json!({ "inspection": i, "form": "jiandu-yijian", "about": item })).unwrap();
        let text = said(&mut scene, paper["id"].as_str().unwrap());
        assert!(text.contains(organ) && !text.contains(other), "{item}\n{text}");
    }
    let papers = scene.fold().unwrap()["papers"].clone();
    assert_eq!(names(&papers, "about"), ["wf-jiankang", "wf-gongshui-chuanfang"], "two papers");
}
