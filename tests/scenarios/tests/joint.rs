//! 联合执法: two organs inspect together, each measure is one organ's.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_demo::acts;
use mingzheng_demo::cast::{self, FIRST_ANSWERS, LEAD, MANAGER, ORGAN, PARTNER, PARTNERS, SECOND};
use mingzheng_phone::drive::PhoneProcess;
use mingzheng_scenarios::{Scene, refusal};
use serde_json::{Value, json};
use std::process::Command;

/// The task of the day for officers of two organs.
fn task() -> Value {
    let mut task = cast::task(cast::today());
    let [zhou, wu] = PARTNERS.map(|o| o.number);
    task["officers"] = [LEAD.number, SECOND.number, zhou, wu].map(|number| json!({ "number": number })).into();
    task["team"] =
        json!([{ "organ": ORGAN, "officers": [LEAD.number, SECOND.number] }, { "organ": PARTNER, "officers": [zhou, wu] }]);
    task
}

fn shows(phone: &mut PhoneProcess, inspection: &str) {
    let shown = json!({ "show_badge": { "to_whom": MANAGER, "acknowledged": "scanned" } });
    acts::act(phone, inspection, shown).unwrap();
}

/// Pairs another officer's phone, which shows its certificate.
fn joins(scene: &mut Scene, phone: &mut PhoneProcess) {
    let i = scene.inspection.clone();
    acts::pair(&mut scene.lead, phone, &scene.task, &i).unwrap();
    shows(phone, &i);
    acts::carry(&mut scene.lead, phone).unwrap();
}

fn begin(scene: &mut Scene, item: &str, coercive: &str) -> Result<Value, mingzheng_phone::drive::Failed> {
    let input = json!({ "what": "coercion", "item": item, "coercive": coercive, "reason": "防止扩散", "emergency": null });
    scene.lead.call("begin_measure", json!({ "inspection": scene.inspection, "input": input }))
}

/// Text of a finished paper, page by page, without spaces.
fn said(scene: &mut Scene, paper: &str) -> String {
    let pdf = scene.file(&format!("{paper}.pdf"));
    scene.lead.call("paper_pdf", json!({ "paper": paper, "to": pdf })).unwrap();
    if let Some(folder) = std::env::var_os("MINGZHENG_SHOTS") {
        std::fs::copy(&pdf, std::path::Path::new(&folder).join(format!("joint-{paper}.pdf"))).unwrap();
    }
    let text = Command::new("pdftotext").arg("-raw").arg(&pdf).arg("-").output().unwrap();
    String::from_utf8_lossy(&text.stdout).chars().filter(|c| !c.is_whitespace()).collect()
}

fn party_signs(scene: &mut Scene, paper: &str) {
    let i = scene.inspection.clone();
    let input = json!({ "name": MANAGER, "position": "店长", "ink": acts::ink(MANAGER), "strokes": "strokes" });
    scene.lead.call("sign_as_party", json!({ "inspection": i, "paper": paper, "input": input })).unwrap();
    scene.lead.call("finish_paper", json!({ "inspection": i, "paper": paper })).unwrap();
}

/// R52: the office takes only a task whose organs fit it, each officer of the own organ.
#[test]
fn r52_r08_the_office_takes_no_joint_task_whose_organs_do_not_fit() {
    let (mut scene, mut others) = Scene::with(&PARTNERS, &task()).unwrap();
    let [zhou, wu] = PARTNERS.map(|o| o.number);
    let office = scene.serving.office().clone();
    let ours = json!({ "organ": ORGAN, "officers": [LEAD.number, SECOND.number] });
    let theirs = json!({ "organ": PARTNER, "officers": [zhou, wu] });
    for (team, wanted) in [
        (json!([theirs, ours]), "牵头机关"),
        (json!([ours]), "两个以上不同的机关"),
        (json!([ours, { "organ": PARTNER, "officers": [zhou] }]), "恰好属于一个机关"),
        (json!([ours, { "organ": PARTNER, "officers": [zhou, wu, wu] }]), "恰好属于一个机关"),
        (
            json!([{ "organ": ORGAN, "officers": [LEAD.number, SECOND.number, zhou, wu] }, { "organ": PARTNER, "officers": [] }]),
            "恰好属于一个机关",
        ),
        (json!([ours, { "organ": "青川县市场监督管理局", "officers": [zhou, wu] }]), "没有参加联合执法"),
        (
            json!([{ "organ": ORGAN, "officers": [LEAD.number, zhou] }, { "organ": PARTNER, "officers": [SECOND.number, wu] }]),
            "没有以其名义执法的委托",
        ),
    ] {
        let mut wrong = task();
        wrong["team"] = team;
        let why = office.add_task(&wrong).unwrap_err().to_string();
        assert!(why.contains(wanted), "{wanted}: {why}");
    }
    // Each phone of both organs got the one task that fits.
    for phone in [&mut scene.second].into_iter().chain(&mut others) {
        assert_eq!(acts::new_task(phone).unwrap(), scene.task);
    }
}

/// R52, J18, J2, J33: all papers of the visit name both organs in the order of the task and who acts for which; a measure is of the organ that has the
/// power, needs two of its own officers on site, and only they sign its paper.
#[test]
fn r52_j18_j33_two_organs_inspect_together_and_each_measure_is_one_organs() {
    let (mut scene, mut others) = Scene::with(&PARTNERS, &task()).unwrap();
    let mut wu = others.pop().unwrap();
    let mut zhou = others.pop().unwrap();
    let opened = scene.lead.call("open_inspection", json!({ "task": scene.task })).unwrap();
    scene.inspection = acts::text(&opened, "inspection").unwrap();
    let i = scene.inspection.clone();
    acts::pair(&mut scene.lead, &mut zhou, &scene.task, &i).unwrap();
    shows(&mut scene.lead, &i);
    shows(&mut zhou, &i);
    acts::carry(&mut scene.lead, &mut zhou).unwrap();
    acts::tell_rights(&mut scene.lead, &i).unwrap();
    acts::answer(&mut scene.lead, &i, &FIRST_ANSWERS[0]).unwrap();

    // Two officers are there, one of each organ: enough to inspect, for no organ enough to act.
    for (item, coercive) in [("wf-yifei-fenlei", "seal"), ("wf-fangkong", "seal_goods")] {
        let refused = refusal(begin(&mut scene, item, coercive));
        assert_eq!((refused.name(), refused.rules()), ("Blocked", vec!["R52".to_owned()]), "{refused}");
    }
    joins(&mut scene, &mut wu);
    let refused = refusal(begin(&mut scene, "wf-yifei-fenlei", "seal"));
    assert_eq!(refused.rules(), ["R52"], "two of the other organ do not stand in for the own second officer");
    let measure = acts::text(&begin(&mut scene, "wf-fangkong", "seal_goods").unwrap(), "measure").unwrap();

    // The measure, in the order of the law.
    let step = |scene: &mut Scene, act: Value| {
        scene.lead.call("measure_act", json!({ "inspection": i, "measure": measure, "act": act })).unwrap();
    };
    let now = cast::china_now().unwrap().timestamp_millis();
    step(
        &mut scene,
        json!({ "approve": { "number": "青疾控强批〔2026〕2号", "by": "罗新", "at_ms": now - 60_000, "how": "oral" } }),
    );
    step(&mut scene, json!({ "call": { "how": "当场口头通知", "came": true, "witness": null, "witness_unit": null } }));
    let notices = scene.lead.call("notices_of", json!({ "inspection": i, "act": "coercion" })).unwrap();
    for item in acts::list(&notices["notices"][0], "items").unwrap() {
        let told = json!({ "tell_right": { "item": item["id"], "language": "zh-Hans", "how": "read_aloud" } });
        acts::act(&mut scene.lead, &i, told).unwrap();
    }
    acts::act(&mut scene.lead, &i, json!({ "acknowledge_notice": { "act": "coercion", "by": MANAGER, "how": "signed" } }))
        .unwrap();
    step(&mut scene, json!({ "hear": { "speaker": MANAGER, "text": "没有意见", "opinion": "记录在案" } }));
    step(
        &mut scene,
        json!({ "take": { "goods": [{ "name": "餐具", "spec": "套", "quantity": "20套", "state": "待消毒", "seal": "封-0041" }], "place": "后厨" } }),
    );
    let about = json!({ "inspection": i, "form": "chafeng-kouya", "about": measure });
    let typed = json!({ "facts": "餐具被病原体污染，未停止使用。", "keeper": MANAGER });
    let with = json!({ "inspection": i, "form": "chafeng-kouya", "about": measure, "typed": typed });
    let draft = scene.lead.call("save_paper_draft", with).unwrap();
    let field = |id: &str| draft["fields"].as_array().unwrap().iter().find(|f| f["id"] == id).unwrap()["known"].clone();
    assert_eq!(field("organ"), PARTNER, "{draft}");
    assert_eq!(
        field("officers").as_array().unwrap().iter().map(|o| o["name"].as_str().unwrap()).collect::<Vec<_>>(),
        PARTNERS.map(|o| o.name)
    );
    assert!(draft["missing"].as_array().unwrap().is_empty() && draft["gates"].as_array().unwrap().is_empty(), "{draft}");
    let paper = acts::text(&scene.lead.call("compose_paper", about).unwrap(), "id").unwrap();
    let own = json!({ "inspection": i, "paper": paper, "input": acts::signature(&LEAD) });
    assert_eq!(refusal(scene.lead.call("sign_as_officer", own)).rules(), ["R52"], "the lead acts for another organ");
    acts::cosigns(&mut scene.lead, &mut wu, &PARTNERS[1], &i, &paper).unwrap();
    let party = json!({ "inspection": i, "paper": paper, "input": { "name": MANAGER, "ink": acts::ink(MANAGER) } });
    scene.lead.call("sign_as_party", party).unwrap();
    let finish = json!({ "inspection": i, "paper": paper });
    assert_eq!(refusal(scene.lead.call("finish_paper", finish.clone())).rules(), ["J5"], "one signature of the organ");
    joins(&mut scene, &mut zhou);
    acts::cosigns(&mut scene.lead, &mut zhou, &PARTNERS[0], &i, &paper).unwrap();
    scene.lead.call("finish_paper", finish).unwrap();
    let text = said(&mut scene, &paper);
    assert!(text.contains(PARTNER) && !text.contains("联合执法机关") && !text.contains(LEAD.name), "{text}");

    // What all do together: the record, signed side by side.
    let mut li = std::mem::replace(&mut scene.second, wu);
    joins(&mut scene, &mut li);
    let record = acts::text(&scene.lead.call("compose_record", json!({ "inspection": i })).unwrap(), "id").unwrap();
    scene.lead.call("sign_as_officer", json!({ "inspection": i, "paper": record, "input": acts::signature(&LEAD) })).unwrap();
    acts::cosigns(&mut scene.lead, &mut li, &SECOND, &i, &record).unwrap();
    joins(&mut scene, &mut zhou);
    acts::cosigns(&mut scene.lead, &mut zhou, &PARTNERS[0], &i, &record).unwrap();
    party_signs(&mut scene, &record);
    let text = said(&mut scene, &record);
    for wanted in [
        format!("{ORGAN}联合执法机关：{ORGAN}、{PARTNER}"),
        format!("我们是{ORGAN}、{PARTNER}执法人员{}（执法证号{}）、{}", LEAD.name, LEAD.number, PARTNERS[0].name),
        format!("我们是{ORGAN}、{PARTNER}的执法人员，共2人"),
        format!("{}（执法证号{}，{ORGAN}）", LEAD.name, LEAD.number),
        format!("{}（执法证号{}，{PARTNER}）", PARTNERS[0].name, PARTNERS[0].number),
    ] {
        assert!(text.contains(&wanted), "{wanted}\n{text}");
    }
    let told = scene.fold().unwrap()["rights"].to_string();
    assert!(told.contains(&format!("{PARTNER}依法采取行政强制措施")), "a measure is told in the name of its organ: {told}");
    let office = scene.serving.office().clone();
    let pdf = scene.file(&format!("{record}.pdf"));
    assert!(office.verify(Some(&office.trust()), &pdf).unwrap().exit != 1);
}
