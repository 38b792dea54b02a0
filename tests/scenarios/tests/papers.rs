//! Papers beside the record, made on the phone from the forms of the pack.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_demo::acts;
use mingzheng_demo::cast::{FIRST_ANSWERS, LEAD, MANAGER, SECOND};
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

/// J5, J24, R14: a record of questioning is signed at the foot of each page, says that it was read aloud, shows its correction struck through with
/// who initialled it, and who took a copy is on record.
#[test]
fn r14_j5_j24_each_page_is_signed_and_read_aloud_a_correction_stays_visible_and_copies_have_receivers() {
    let mut scene = Scene::told().unwrap();
    let i = scene.inspection.clone();
    let given = FIRST_ANSWERS[0];
    acts::answer(&mut scene.lead, &i, &given).unwrap();
    let officers = [LEAD.number, SECOND.number];
    let start =
        json!({ "start_interview": { "person": MANAGER, "officers": officers, "recorder": SECOND.number, "place": "办公室" } });
    acts::act(&mut scene.lead, &i, start).unwrap();
    let interview = acts::text(&scene.fold().unwrap()["people"]["interviews"][0], "id").unwrap();
    let notices = scene.lead.call("notices_of", json!({ "inspection": i, "act": "inquiry" })).unwrap();
    for told in notices["notices"][0]["items"].as_array().unwrap().clone() {
        let tell = json!({ "tell_right": { "item": told["id"], "language": "zh-Hans", "how": "read_aloud" } });
        acts::act(&mut scene.lead, &i, tell).unwrap();
    }
    let taken = json!({ "acknowledge_notice": { "act": "inquiry", "by": MANAGER, "how": "signed" } });
    acts::act(&mut scene.lead, &i, taken).unwrap();
    scene.lead.call("clock", json!({ "pass_ms": 600_000 })).unwrap();
    acts::act(&mut scene.lead, &i, json!({ "end_interview": { "interview": interview } })).unwrap();
    let answer = "在岗14人，2人证件正在办理。";
    let long: Vec<Value> = (0..40)
        .map(|n| json!({ "question": format!("第{n}间客房何时消毒？"), "answer": "每日上午消毒并登记，登记本在布草间。" }))
        .collect();
    let talk: Vec<Value> = [json!({ "question": "请说明在岗人员情况。", "answer": answer })].into_iter().chain(long).collect();
    let about = json!({ "inspection": i, "form": "xunwen-bilu", "about": interview });
    let mut with = about.clone();
    with["typed"] = json!({
        "asked_sex": "female", "asked_age": 41, "asked_phone": "0839-7200118", "asked_document": "居民身份证 510822198501010021",
        "asked_position": "青溪宾馆店长", "asked_address": "青溪镇", "recusal": "不申请回避", "talk": talk,
    });
    scene.lead.call("save_paper_draft", with).unwrap();
    let paper = acts::text(&scene.lead.call("compose_paper", about).unwrap(), "id").unwrap();
    said(&mut scene, &paper);
    let pages = {
        let pdf = scene.file(&format!("{paper}.pdf"));
        let info = Command::new("pdfinfo").arg(&pdf).output().unwrap();
        let info = String::from_utf8_lossy(&info.stdout).into_owned();
        info.lines().find_map(|l| l.strip_prefix("Pages:")).unwrap().trim().parse::<usize>().unwrap()
    };
    assert!(pages >= 2, "a record of several pages");

    let correct = |new: &str, field: &str, row: u64, initials: &[&str]| {
        let correction = json!({ "field": field, "row": row, "new": new, "by": MANAGER, "initials": initials });
        json!({ "inspection": i, "paper": paper, "correction": correction })
    };
    let right = "在岗14人，3人证件正在办理。";
    for wrong in [correct(answer, "talk.answer", 1, &[MANAGER]), correct(right, "talk.answer", 1, &[])] {
        assert_eq!(refusal(scene.lead.call("correct_paper", wrong)).rules(), ["J24"]);
    }
    for (field, row) in [("talk.answer", 99), ("number", 1), ("talk.nothing", 1)] {
        let refused = refusal(scene.lead.call("correct_paper", correct(right, field, row, &[MANAGER])));
        assert!(["NotFound", "Invalid"].contains(&refused.name()), "{field} {row}: {refused}");
    }
    let again = scene.lead.call("correct_paper", correct(right, "talk.answer", 1, &[MANAGER])).unwrap();
    assert_eq!(again["id"], paper.as_str(), "the same paper with the same number, made anew");
    let aloud = json!({ "inspection": i, "paper": paper, "to": MANAGER, "media": "V-07" });
    scene.lead.call("read_aloud", aloud).unwrap();

    acts::officers_sign(&mut scene.lead, &mut scene.second, &i, &paper).unwrap();
    let sign = |n: usize| {
        let feet: Vec<Value> = (0..n).map(|_| acts::ink(MANAGER)).collect();
        json!({ "inspection": i, "paper": paper, "input": { "name": MANAGER, "ink": acts::ink(MANAGER), "pages": feet } })
    };
    for n in [0, pages - 1, pages + 1] {
        assert_eq!(refusal(scene.lead.call("sign_as_party", sign(n))).rules(), ["J5"], "{n} of {pages} pages");
    }
    scene.lead.call("sign_as_party", sign(pages)).unwrap();
    let hand = json!({ "inspection": i, "paper": paper, "copy": "被询问人", "receiver": MANAGER, "how": "paper" });
    assert_eq!(refusal(scene.lead.call("hand_paper", hand.clone())).name(), "Invalid", "not finished");
    scene.lead.call("finish_paper", json!({ "inspection": i, "paper": paper })).unwrap();
    scene.lead.call("hand_paper", hand).unwrap();
    let text = said(&mut scene, &paper);
    let old: String = answer.chars().collect();
    for wanted in [
        format!("原文“{old}”更正为“{right}”，由{MANAGER}提出"),
        format!("由{}于", LEAD.name),
        format!("当场向{MANAGER}宣读，音像记录V-07"),
    ] {
        assert!(text.contains(&wanted), "{wanted}\n{text}");
    }
    let fold = scene.fold().unwrap();
    let p = fold["papers"].as_array().unwrap().iter().find(|p| p["id"] == paper.as_str()).unwrap();
    assert_eq!((&p["handed"][0]["receiver"], &p["read_aloud"]["to"]), (&json!(MANAGER), &json!(MANAGER)));
    assert_eq!(fold["paper_corrections"][0]["old"], answer);
    let party = p["signatures"].as_array().unwrap().iter().find(|s| s["role"] == "party").unwrap();
    assert_eq!(party["pages"].as_array().unwrap().len(), pages);
    scene.sync_all().unwrap();
    let (office, bundle) = (scene.serving.office(), scene.file("bundle"));
    office.export(&scene.inspection, &["--open"], &bundle).unwrap();
    assert_eq!(office.verify(Some(&office.trust()), &bundle).unwrap().exit, 0);
}

/// R14, J32: 封条 and 预盖章用纸 come from what the team was given, each number is used once, and every one is accounted for.
#[test]
fn r14_j32_seals_and_pre_sealed_sheets_come_from_the_teams_stock() {
    let mut scene = Scene::told().unwrap();
    let i = scene.inspection.clone();
    acts::answer(&mut scene.lead, &i, &FIRST_ANSWERS[0]).unwrap();
    let take = |scene: &mut Scene, seals: &[&str]| {
        let begun = json!({ "inspection": i, "input": { "what": "sampling", "reason": "检测" } });
        let measure = acts::text(&scene.lead.call("begin_measure", begun).unwrap(), "measure").unwrap();
        let goods: Vec<Value> =
            seals.iter().map(|s| json!({ "name": "池水", "spec": "", "quantity": "1份", "state": "清", "seal": s })).collect();
        let take = json!({ "take": { "goods": goods, "place": "泳池" } });
        scene.lead.call("measure_act", json!({ "inspection": i, "measure": measure, "act": take }))
    };
    for wrong in [&["别处-1"][..], &["封-0041", "封-0041"]] {
        assert_eq!(refusal(take(&mut scene, wrong)).rules(), ["R14"], "{wrong:?}");
    }
    take(&mut scene, &["封-0041"]).unwrap();
    assert_eq!(refusal(take(&mut scene, &["封-0041"])).rules(), ["R14"], "used");
    let void = |number: &str| json!({ "void_number": { "form": "seal", "number": number, "reason": "粘贴时撕裂" } });
    for wrong in ["封-0041", "别处-1"] {
        let refused = refusal(scene.lead.call("act", json!({ "inspection": i, "act": void(wrong) })));
        assert_eq!(refused.rules(), ["J32"], "{wrong}");
    }
    acts::act(&mut scene.lead, &i, void("封-0042")).unwrap();
    assert_eq!(refusal(take(&mut scene, &["封-0042"])).rules(), ["R14"], "void");

    let form = json!({ "inspection": i, "form": "jiandu-yijian", "about": null });
    scene
        .lead
        .call("save_paper_draft", json!({ "inspection": i, "form": "jiandu-yijian", "about": null, "typed": opinions() }))
        .unwrap();
    let find = json!({ "find": { "text": "事实", "items": [], "evidence": [], "unproven": true } });
    acts::act(&mut scene.lead, &i, find).unwrap();
    let paper = acts::text(&scene.lead.call("compose_paper", form).unwrap(), "id").unwrap();
    let sheet = |n: &str| json!({ "inspection": i, "paper": paper, "sheet": n });
    assert_eq!(refusal(scene.lead.call("use_sheet", sheet("预-9999"))).rules(), ["R14"]);
    scene.lead.call("use_sheet", sheet("预-0301")).unwrap();
    assert_eq!(refusal(scene.lead.call("use_sheet", sheet("预-0301"))).rules(), ["R14"], "once");
    acts::officers_sign(&mut scene.lead, &mut scene.second, &i, &paper).unwrap();
    let receives = json!({ "inspection": i, "paper": paper, "input": { "name": MANAGER, "ink": acts::ink(MANAGER) } });
    scene.lead.call("sign_as_party", receives).unwrap();
    scene.lead.call("finish_paper", json!({ "inspection": i, "paper": paper })).unwrap();
    assert!(said(&mut scene, &paper).contains("预盖印章，用纸编号预-0301"));

    let stock = scene.lead.call("stock", json!({ "inspection": i })).unwrap()["stock"].clone();
    let state = |number: &str| {
        let n = stock.as_array().unwrap().iter().find(|n| n["number"] == number).unwrap();
        (n["used"].is_string(), n["voided"].is_string())
    };
    assert_eq!(state("封-0041"), (true, false));
    assert_eq!(state("封-0042"), (false, true));
    assert_eq!(state("封-0043"), (false, false), "to be given back");
    assert_eq!((state("预-0301"), state("预-0302")), ((true, false), (false, false)));
}

/// F35: an inspection in progress stays with its pack until the officer moves it; the difference is shown first, nothing that was answered is lost, and
/// every verifier finds both packs in the bundle.
#[test]
fn f35_a_draft_is_moved_to_a_newer_pack_with_its_difference_and_loses_no_answer() {
    let mut scene = Scene::told().unwrap();
    let i = scene.inspection.clone();
    // 02 goes away, 07 stays, 12 may no longer be "corrected"; 99 is new.
    for n in [1, 2, 5] {
        acts::answer(&mut scene.lead, &i, &FIRST_ANSWERS[n]).unwrap();
    }
    let of = |scene: &Scene| json!({ "inspection": scene.inspection });
    assert!(scene.lead.call("pack_move", of(&scene)).unwrap()["move"].is_null(), "no newer pack");
    assert_eq!(refusal(scene.lead.call("move_pack", of(&scene))).name(), "Invalid");
    // A paper that was laid before the party under the first pack is signed and finished under it.
    acts::act(&mut scene.lead, &i, json!({ "find": { "text": "事实", "items": [], "evidence": [], "unproven": true } })).unwrap();
    let with = json!({ "inspection": i, "form": "jiandu-yijian", "about": null, "typed": opinions() });
    scene.lead.call("save_paper_draft", with).unwrap();
    let form = json!({ "inspection": i, "form": "jiandu-yijian", "about": null });
    let paper = acts::text(&scene.lead.call("compose_paper", form).unwrap(), "id").unwrap();

    let folder = scene.file("pack2");
    let source = scene.place.root.join("packs/weisheng-jiandu");
    assert!(Command::new("cp").arg("-r").arg(&source).arg(&folder).status().unwrap().success());
    let edit = |file: &str, change: &dyn Fn(String) -> String| {
        let path = folder.join(file);
        std::fs::write(&path, change(std::fs::read_to_string(&path).unwrap())).unwrap();
    };
    edit("pack.toml", &|text| text.replacen("version = 1", "version = 2", 1));
    edit("checklists/zhusu.csv", &|text| {
        let change = |line: &str| match line {
            gone if gone.starts_with("zhusu-02,") => {
                "zhusu-99,2,,新增的检查内容,A new question,gonggong-xize 14,,,,,,,may,no,,".to_owned()
            }
            other if other.starts_with("zhusu-12,") => other.replacen("gonggong-xize 15,,", "gonggong-xize 15,pass; fail,", 1),
            same => same.to_owned(),
        };
        text.lines().map(|line| change(line) + "\n").collect()
    });
    let office = scene.serving.office().clone();
    office.sign_pack(&folder).unwrap();
    office.publish_pack().unwrap();
    scene.lead.call("sync", json!({})).unwrap();
    assert_eq!(scene.lead.call("status", json!({})).unwrap()["pack"]["version"], 2);
    let ids = |scene: &mut Scene| {
        let lists = scene.lead.call("checklists", json!({ "inspection": scene.inspection })).unwrap();
        names(&lists["checklists"][0]["items"], "id")
    };
    assert!(ids(&mut scene).contains(&"zhusu-02".to_owned()), "the inspection keeps its pack");
    let view = scene.lead.call("pack_move", of(&scene)).unwrap()["move"].clone();
    assert_eq!(
        (&view["dropped"], &view["again"], &view["asked"]),
        (&json!(["zhusu-02"]), &json!(["zhusu-12"]), &json!(["zhusu-99"])),
        "{view}"
    );
    let rows = names(&view["changes"], "row");
    for row in ["zhusu/zhusu-02", "zhusu/zhusu-12", "zhusu/zhusu-99"] {
        assert!(rows.contains(&row.to_owned()), "{row} in {rows:?}");
    }
    scene.lead.call("move_pack", of(&scene)).unwrap();
    let now = ids(&mut scene);
    assert!(!now.contains(&"zhusu-02".to_owned()) && now.contains(&"zhusu-99".to_owned()));
    assert!(scene.lead.call("pack_move", of(&scene)).unwrap()["move"].is_null());
    let fold = scene.fold().unwrap();
    assert_eq!(fold["answers"]["zhusu-02"]["note"], FIRST_ANSWERS[1].note, "kept");
    let allowed = json!({ "answer": { "item": "zhusu-12", "result": "corrected", "note": "x" } });
    assert_eq!(refusal(scene.lead.call("act", json!({ "inspection": i, "act": allowed }))).name(), "Invalid");
    let again = json!({ "answer": { "item": "zhusu-12", "result": "fail", "note": "二楼布草间地面堆放拖把" } });
    acts::act(&mut scene.lead, &i, again).unwrap();

    let record = acts::text(&scene.lead.call("compose_record", of(&scene)).unwrap(), "id").unwrap();
    let text = said(&mut scene, &record);
    for wanted in ["规则包更新前所答", "原1-2", "许可证原件悬挂于一楼总台左侧墙面", "weisheng-jiandu@1", "weisheng-jiandu@2"]
    {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    acts::officers_sign(&mut scene.lead, &mut scene.second, &i, &paper).unwrap();
    let receives = json!({ "inspection": i, "paper": paper, "input": { "name": MANAGER, "ink": acts::ink(MANAGER) } });
    scene.lead.call("sign_as_party", receives).unwrap();
    scene.lead.call("finish_paper", json!({ "inspection": i, "paper": paper })).unwrap();
    let fold = scene.fold().unwrap();
    let made = fold["papers"].as_array().unwrap().iter().find(|p| p["id"] == paper.as_str()).unwrap();
    assert!(made["form"].as_str().unwrap().starts_with("weisheng-jiandu@1#"), "the paper stays with its pack");

    scene.sync_all().unwrap();
    let bundle = scene.file("bundle");
    office.export(&i, &["--open"], &bundle).unwrap();
    assert_eq!(std::fs::read_dir(bundle.join("data/pack")).unwrap().count(), 2, "both packs");
    let verdict = office.verify(Some(&office.trust()), &bundle).unwrap();
    assert!(verdict.exit == 0 && !verdict.says.contains("pack-none"), "{}", verdict.says);
}

/// J33, J32: a visit that concerns two legal subjects is two records, each with its organ, its number and its own items; what they share is referred
/// to, and neither is forgotten at the end.
#[test]
fn j33_j32_a_visit_of_two_subjects_is_two_records() {
    let mut scene = Scene::told().unwrap();
    let i = scene.inspection.clone();
    let of = json!({ "inspection": i });
    acts::answer(&mut scene.lead, &i, &FIRST_ANSWERS[0]).unwrap();
    let subjects = scene.lead.call("subjects", of.clone()).unwrap()["subjects"].clone();
    assert_eq!(names(&subjects, "id"), ["zhuti-weijian"], "one subject, one record");
    let refused = scene.lead.call("compose_record_of", json!({ "inspection": i, "subject": "zhuti-jikong" }));
    assert_eq!(refusal(refused).name(), "NotFound");
    let water = json!({ "answer": { "item": "gongshui-01", "result": "fail", "note": "二次供水未取得卫生许可" } });
    acts::act(&mut scene.lead, &i, water).unwrap();
    for (text, item) in [("供水没有卫生许可。", "gongshui-01"), ("证照齐全。", FIRST_ANSWERS[0].item)] {
        let find = json!({ "find": { "text": text, "items": [item], "evidence": [], "unproven": true } });
        acts::act(&mut scene.lead, &i, find).unwrap();
    }
    let subjects = scene.lead.call("subjects", of.clone()).unwrap()["subjects"].clone();
    assert_eq!(names(&subjects, "organ"), ["青川县卫生健康局", "青川县疾病预防控制局"]);
    let first = acts::text(&scene.lead.call("compose_record", of.clone()).unwrap(), "id").unwrap();
    let other = json!({ "inspection": i, "subject": "zhuti-jikong" });
    let second = acts::text(&scene.lead.call("compose_record_of", other.clone()).unwrap(), "id").unwrap();
    assert!(first.ends_with("-0117") && second.ends_with("-0118"), "{first} {second}");
    assert_eq!(
        acts::text(&scene.lead.call("compose_record_of", other).unwrap(), "id").unwrap(),
        second,
        "made anew, the same number"
    );
    let (one, two) = (said(&mut scene, &first), said(&mut scene, &second));
    assert!(one.starts_with("青川县卫生健康局") || one.contains("青川县卫生健康局现场检查笔录"), "{one}");
    for (text, own, foreign) in
        [(&one, FIRST_ANSWERS[0].note, "二次供水未取得卫生许可"), (&two, "二次供水未取得卫生许可", FIRST_ANSWERS[0].note)]
    {
        let plain = |note: &str| note.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        assert!(text.contains(&plain(own)) && !text.contains(&plain(foreign)), "{own}\n{text}");
    }
    assert!(!one.contains("供水没有卫生许可") && two.contains("供水没有卫生许可"));
    assert!(one.contains("以青川县疾病预防控制局名义另行制作现场检查笔录"), "{one}");
    assert!(two.contains(&format!("以青川县卫生健康局（编号{first}）名义另行制作现场检查笔录")), "{two}");
    let finish = |scene: &mut Scene, paper: &str| {
        acts::officers_sign(&mut scene.lead, &mut scene.second, &i, paper).unwrap();
        let signs = json!({ "inspection": i, "paper": paper, "input": { "name": MANAGER, "ink": acts::ink(MANAGER) } });
        scene.lead.call("sign_as_party", signs).unwrap();
        scene.lead.call("finish_paper", json!({ "inspection": i, "paper": paper })).unwrap();
    };
    finish(&mut scene, &first);
    acts::act(&mut scene.lead, &i, json!({ "leave": { "place": null } })).unwrap();
    let close = json!({ "inspection": i, "act": { "close": { "witness": "peer", "reason": null } } });
    let rules = refusal(scene.lead.call("act", close.clone())).rules();
    assert!(rules.contains(&"J33".to_owned()), "{rules:?}");
    finish(&mut scene, &second);
    let rules = match scene.lead.call("act", close) {
        Ok(_) => Vec::new(),
        Err(error) => refusal(Err(error)).rules(),
    };
    assert!(!rules.contains(&"J33".to_owned()), "{rules:?}");
    let papers = scene.fold().unwrap()["papers"].clone();
    assert_eq!(papers.as_array().unwrap().iter().filter(|p| p["finished"].is_string()).count(), 2);
}

/// R15: guidance is a record of its own, with its reasons and what the party said; it says that it has no force, and holds no penalty.
#[test]
fn r15_guidance_is_a_paper_of_its_own_and_holds_no_penalty() {
    let mut scene = Scene::told().unwrap();
    let i = scene.inspection.clone();
    acts::act(
        &mut scene.lead,
        &i,
        json!({ "find": { "text": "总台未公示卫生检测结果。", "items": [], "evidence": [], "unproven": true } }),
    )
    .unwrap();
    let with = |advice: &str| {
        json!({ "inspection": i, "form": "xingzheng-zhidao", "about": null, "typed": {
            "way": "advice", "reasons": "公示结果便于顾客选择和监督，也是经营者的义务。", "advice": advice, "said": "愿意采纳，一周内完成。" } })
    };
    let about = json!({ "inspection": i, "form": "xingzheng-zhidao", "about": null });
    let draft = scene.lead.call("paper_draft", about.clone()).unwrap();
    assert_eq!(names(&draft["missing"], "field"), ["way", "reasons", "advice"], "the matter is what was found: {draft}");
    let draft = scene.lead.call("save_paper_draft", with("不整改即罚款二千元")).unwrap();
    assert_eq!(draft["faults"][0]["field"], "advice", "a threat of a penalty is no guidance: {draft}");
    assert_eq!(refusal(scene.lead.call("compose_paper", about.clone())).name(), "Invalid");
    scene.lead.call("save_paper_draft", with("建议在总台设置公示栏，张贴最近一次检测结果。")).unwrap();
    let paper = acts::text(&scene.lead.call("compose_paper", about).unwrap(), "id").unwrap();
    acts::officers_sign(&mut scene.lead, &mut scene.second, &i, &paper).unwrap();
    let receives = json!({ "inspection": i, "paper": paper, "input": { "name": MANAGER, "ink": acts::ink(MANAGER) } });
    scene.lead.call("sign_as_party", receives).unwrap();
    scene.lead.call("finish_paper", json!({ "inspection": i, "paper": paper })).unwrap();
    let text = said(&mut scene, &paper);
    for wanted in ["行政指导书", "总台未公示卫生检测结果", "便于顾客选择", "公示栏", "愿意采纳", "行政指导没有强制力"]
    {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    let fold = scene.fold().unwrap();
    let mine = fold["papers"].as_array().unwrap().iter().find(|p| p["id"] == paper.as_str()).unwrap().clone();
    assert!(mine["form"].as_str().unwrap().ends_with("xingzheng-zhidao") && !mine["finished"].is_null(), "{mine}");
}

/// R29: the volume of a case begins with the papers of its inspection, byte for byte as they were signed on site; pages are counted through.
#[test]
fn r29_the_volume_counts_the_papers_of_the_inspection_first() {
    let mut scene = Scene::told().unwrap();
    let i = scene.inspection.clone();
    acts::answer(&mut scene.lead, &i, &FIRST_ANSWERS[0]).unwrap();
    let paper = acts::text(&scene.lead.call("compose_record", json!({ "inspection": i })).unwrap(), "id").unwrap();
    acts::officers_sign(&mut scene.lead, &mut scene.second, &i, &paper).unwrap();
    let party = json!({ "name": MANAGER, "position": "店长", "ink": acts::ink(MANAGER), "strokes": "strokes" });
    scene.lead.call("sign_as_party", json!({ "inspection": i, "paper": paper, "input": party })).unwrap();
    scene.lead.call("finish_paper", json!({ "inspection": i, "paper": paper })).unwrap();
    let signed = scene.file("signed.pdf");
    scene.lead.call("paper_pdf", json!({ "paper": paper, "to": signed })).unwrap();
    let signed = std::fs::read(signed).unwrap();
    scene.sync_all().unwrap();

    let office = scene.serving.office().clone();
    let by = ["--by", LEAD.name, "--by-number", LEAD.number, "--json"];
    let accepted = office.procedure(&[&["accept", "--inspection", &i], &by[..]].concat()).unwrap();
    let accepted: Value = serde_json::from_str(&accepted).unwrap();
    let number = acts::text(&accepted, "number").unwrap();
    let folder = scene.file("volume");
    office.procedure(&["volume", &number, "--out", folder.to_str().unwrap()]).unwrap();
    let index = std::fs::read_to_string(folder.join("index.csv")).unwrap();
    let pages = mingzheng_core::document::page::count(&signed);
    let lines: Vec<&str> = index.lines().collect();
    assert!(lines[1].contains("现场检查笔录") && lines[1].contains(&format!("1–{pages}")), "{index}");
    assert!(lines[1].contains("-0117"), "its number: {index}");
    assert_eq!(std::fs::read(folder.join("01-xianchang-bilu.pdf")).unwrap(), signed);
    assert!(lines[2].contains("受理") && lines[2].contains("未制作"), "then the case: {index}");
}
