//! 公示 on the real server and command line: masked, reviewed by somebody else, published, mended, withdrawn (R31, R37–R39, J25).

use super::procedure::{decided, office, today};
use super::*;
use serde_json::{Value, json};

const DRAFTER: (&str, &str) = ("吴起草", "公01");
const REVIEWER: (&str, &str) = ("郑审核", "公02");

fn example(office: &Office, case: &str, node: &str, (name, number): (&str, &str)) -> Value {
    let mut step: Value = serde_json::from_str(&office.say(&["publication", "step", case, "--example", node])).unwrap();
    (step["by"], step["reason"]) = (json!({"name": name, "number": number}), "理由".into());
    step
}

fn run(office: &Office, case: &str, step: &Value) -> (bool, Value) {
    let file = office.folder.path().join(format!("publication-{}.json", mingzheng_core::id::Id(random())));
    std::fs::write(&file, step.to_string()).unwrap();
    let out = office.run(&["publication", "step", case, file.to_str().unwrap(), "--json"]);
    let said = String::from_utf8(out.stdout).unwrap();
    (out.status.success(), serde_json::from_str(&said).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&out.stderr))))
}

#[track_caller]
fn go(office: &Office, case: &str, step: &Value) -> Value {
    let (done, said) = run(office, case, step);
    assert!(done, "{said}");
    said
}

#[track_caller]
fn blocked(office: &Office, case: &str, step: &Value) -> Vec<String> {
    let (done, said) = run(office, case, step);
    assert!(!done, "{said}");
    said["gates"].as_array().unwrap().iter().map(|g| g["rule"].as_str().unwrap().to_owned()).collect()
}

fn reviewed(office: &Office, case: &str) -> Value {
    let mut review = example(office, case, "reviewed", REVIEWER);
    review["agreed"] = true.into();
    review["checked"] = json!(["id_number", "phone", "home_address", "account", "patient"]);
    review
}

fn publish(office: &Office, case: &str) {
    go(office, case, &example(office, case, "drafted", DRAFTER));
    go(office, case, &reviewed(office, case));
    go(office, case, &example(office, case, "published", DRAFTER));
}

fn list(office: &Office) -> Vec<Value> {
    serde_json::from_str(&office.say(&["publication", "list", "--json"])).unwrap()
}

fn read(office: &Office, path: &str) -> String {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut response = agent.get(format!("{}{path}", office.address)).call().unwrap();
    assert_eq!(response.status(), 200);
    response.body_mut().read_to_string().unwrap()
}

/// R31, R39, J25: the draft comes from the case with personal data masked; nobody publishes what somebody else did not review; page and table say
/// the same; each step is in the office's log.
#[test]
fn r31_r39_j25_a_decision_is_drafted_masked_reviewed_and_published() {
    let office = office();
    let fact = "陈某（身份证号码：510822199001011234，电话13800138000）无健康证上岗";
    let case = decided(&office, today(), "91110000MA01ABCD2X", fact);
    assert_eq!(list(&office)[0]["state"], "to_draft");
    let drafted = example(&office, &case, "drafted", DRAFTER);
    let facts = drafted["draft"]["facts"].as_str().unwrap();
    assert!(facts.contains("无健康证上岗") && !facts.contains("510822") && !facts.contains("13800138000"), "{facts}");
    assert_eq!(drafted["draft"]["code"], "91110000MA01ABCD2X", "a credit code is public");
    assert_eq!(drafted["draft"]["organ"], "某县卫生健康局");
    let mut bare = drafted.clone();
    bare["draft"]["facts"] = fact.into();
    assert_eq!(blocked(&office, &case, &bare), ["J25"], "unmasked");
    go(&office, &case, &drafted);
    assert_eq!(blocked(&office, &case, &example(&office, &case, "published", DRAFTER)), ["J25"], "not reviewed");
    let mut own = reviewed(&office, &case);
    own["by"] = drafted["by"].clone();
    assert_eq!(blocked(&office, &case, &own), ["J25"], "by the drafter");
    assert!(!read(&office, "/decisions").contains("无健康证上岗"), "nothing is public before");
    go(&office, &case, &reviewed(&office, &case));
    let shown = go(&office, &case, &example(&office, &case, "published", DRAFTER));
    assert_eq!((shown["state"].as_str(), shown["logged"].as_bool()), (Some("published"), Some(true)));
    let (page, table) = (read(&office, "/decisions"), read(&office, "/decisions.csv"));
    for text in ["某卫罚〔2026〕1号", "无健康证上岗", "91110000MA01ABCD2X", "警告"] {
        assert!(page.contains(text) && table.contains(text), "{text}");
    }
    assert!(!page.contains("510822") && !table.contains("13800138000") && !page.contains("吴起草"));
    assert!(read(&office, "/officers").contains("href=\"/decisions\""), "beside the list of officers");

    let id = mingzheng_core::id::Id::from_hex(list(&office)[0]["id"].as_str().unwrap()).unwrap();
    let db = database(&office);
    db.unlock("case_records", "case_records_stay");
    db.execute("UPDATE case_records SET n = 7 WHERE procedure = ? AND kind = 'publication' AND n = 1", params![id.0]).unwrap();
    let shown: Value = serde_json::from_str(&office.say(&["publication", "show", &case, "--json"])).unwrap();
    assert_eq!(shown["logged"], false, "a review that was moved is seen");
}

/// R37: seven working days from the decision, in the work list, in the case's clocks and on the console, also after the case has ended.
#[test]
fn r37_j25_the_term_of_publication_runs_from_the_decision_and_what_is_late_is_marked() {
    let office = office();
    // Monday: seven working days later is Wednesday the 11th.
    let case = decided(&office, 20_260_302, "91110000MA01ABCD2X", "无证经营");
    let row = list(&office).remove(0);
    assert_eq!((&row["due"]["raw"]["day"], row["due"]["state"].as_str()), (&json!(20_260_311), Some("overdue")));
    assert!(row["due"]["mark"]["zh"].as_str().unwrap().contains("逾期"));
    let clocks = || -> Value {
        let all: Value = serde_json::from_str(&office.say(&["procedure", "clocks", &case, "--json"])).unwrap();
        all[0]["clocks"].as_array().unwrap().iter().find(|c| c["id"] == "qixian-gongshi-chufa").unwrap().clone()
    };
    assert_eq!(clocks()["state"], "overdue");
    publish(&office, &case);
    assert_eq!(clocks()["state"], "met_late", "published, and too late");
    assert!(list(&office)[0]["due"].is_null() && list(&office)[0]["state"] == "published");
    let fresh = decided(&office, today(), "91110000MA01EFGH3Y", "未公示许可证");
    assert_eq!(list(&office)[0]["number"], fresh.as_str(), "what waits comes first");
    assert_ne!(list(&office)[0]["due"]["state"], "overdue");
}

/// R38: what somebody objects to is checked, then corrected with another review or withdrawn with its reason, in three working days.
#[test]
fn r38_an_objection_is_checked_corrected_and_withdrawn_in_three_working_days() {
    let office = office();
    let case = decided(&office, today(), "91110000MA01ABCD2X", "两名服务员无健康证");
    publish(&office, &case);
    let mut corrected = example(&office, &case, "drafted", DRAFTER);
    corrected["draft"]["facts"] = "一名服务员无健康证".into();
    assert_eq!(blocked(&office, &case, &corrected), ["R31"], "nothing is changed in silence");
    let mut objected = example(&office, &case, "objected", DRAFTER);
    (objected["objector"], objected["content"]) = ("某县云水宾馆".into(), "人数有误".into());
    go(&office, &case, &objected);
    let row = list(&office).remove(0);
    assert_eq!((row["state"].as_str(), row["due"]["id"].as_str()), (Some("to_check"), Some("qixian-chehui-gongshi")));
    let checked = |outcome: &str| {
        let mut step = example(&office, &case, "checked", REVIEWER);
        step["outcome"] = outcome.into();
        step
    };
    go(&office, &case, &checked("correct"));
    go(&office, &case, &corrected);
    assert!(read(&office, "/decisions").contains("两名服务员"), "the old text stands until the new one is reviewed");
    assert_eq!(blocked(&office, &case, &example(&office, &case, "published", DRAFTER)), ["J25"]);
    go(&office, &case, &reviewed(&office, &case));
    go(&office, &case, &example(&office, &case, "published", DRAFTER));
    let page = read(&office, "/decisions");
    assert!(page.contains("一名服务员") && !page.contains("两名服务员"));
    assert_eq!(blocked(&office, &case, &example(&office, &case, "withdrawn", DRAFTER)), ["R31"]);
    let mut overturned = example(&office, &case, "overturned", DRAFTER);
    overturned["reason"] = "某政复决〔2026〕3号撤销".into();
    go(&office, &case, &overturned);
    let mut withdrawn = example(&office, &case, "withdrawn", DRAFTER);
    withdrawn["reason"] = " ".into();
    assert_eq!(blocked(&office, &case, &withdrawn), ["R38"], "the public is told why");
    withdrawn["reason"] = "行政复议撤销该处罚决定".into();
    assert_eq!(go(&office, &case, &withdrawn)["state"], "withdrawn");
    let page = read(&office, "/decisions");
    assert!(page.contains("行政复议撤销该处罚决定") && page.contains("某卫罚〔2026〕1号") && !page.contains("一名服务员"));
}

/// R31, J25: the console shows the list with what is overdue, records the steps by their forms, and answers a closed gate.
#[test]
fn r31_r37_j25_the_console_keeps_the_work_list_and_records_the_steps() {
    let office = office();
    let case = decided(&office, 20_260_302, "91110000MA01ABCD2X", "无证经营");
    let id = list(&office)[0]["id"].as_str().unwrap().to_owned();
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let opened = agent.get(office.say(&["link"]).trim()).call().unwrap();
    let cookie = opened.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let get = |path: &str| {
        let mut r = agent.get(format!("{}{path}", office.address)).header("cookie", &cookie).call().unwrap();
        (r.status().as_u16(), r.body_mut().read_to_string().unwrap())
    };
    let page = format!("/console/publications/{id}");
    let post = |node: &str, fields: &[(&str, &str)]| {
        let r =
            agent.post(format!("{}{page}/{node}", office.address)).header("cookie", &cookie).header("origin", &office.address);
        let mut r = r.send_form(fields.iter().copied()).unwrap();
        (r.status().as_u16(), r.body_mut().read_to_string().unwrap())
    };
    let (_, work) = get("/console/publications");
    assert!(work.contains(&case) && work.contains("逾期") && work.contains("待起草"));
    let (status, body) = get(&page);
    assert!(status == 200 && body.contains("无证经营") && body.contains("/drafted\""), "the draft is filled in");
    let who = |(name, number): (&'static str, &'static str)| {
        [("day", "2026-03-12"), ("by", name), ("by_number", number), ("reason", "")]
    };
    let text = [
        ("number", "某卫罚〔2026〕1号"),
        ("party", "某县云水宾馆"),
        ("code", "91110000MA01ABCD2X"),
        ("facts", "无证经营，电话：7201234"),
        ("basis", "细则第三十五条"),
        ("content", "警告。"),
    ];
    let (status, body) = post("drafted", &[&text[..], &who(DRAFTER)].concat());
    assert!(status == 400 && body.contains("J25") && body.contains("7201234"), "refused, and what was typed stays");
    let mut text = text;
    text[3].1 = "无证经营";
    assert_eq!(post("drafted", &[&text[..], &who(DRAFTER)].concat()).0, 303);
    let ticks = ["id_number", "phone", "home_address", "account"].map(|m| ("checked", m));
    let agreed = [&ticks[..], &[("agreed", "yes")], &who(REVIEWER)].concat();
    let (status, body) = post("reviewed", &agreed);
    assert!(status == 400 && body.contains("没有逐项核对遮蔽"), "one tick is missing");
    assert_eq!(post("reviewed", &[&agreed[..], &[("checked", "patient")]].concat()).0, 303);
    assert_eq!(post("published", &who(DRAFTER)).0, 303);
    assert!(get(&page).1.contains("已公示") && read(&office, "/decisions").contains("无证经营"));
    for node in mingzheng_core::publication::Node::ALL {
        let name = serde_json::to_value(node).unwrap();
        assert_eq!(get(&format!("{page}/{}", name.as_str().unwrap())).0, 200);
    }
    assert_eq!(get(&format!("{page}/forgotten")).0, 404);
}
