//! Cases of penalties on the real server and command line: what the gates refuse leaves nothing, the log proves the steps (R42–R45, R49, R59).

use super::*;
use mingzheng_core::calendar::Day;
use mingzheng_core::wire::ReviewResult;
use serde_json::{Value, json};

pub(crate) fn today() -> u32 {
    Day::in_china(now()).unwrap().number()
}

/// An office with two officers and the shipped pack.
pub(crate) fn office() -> Office {
    let office = Office::start();
    for (name, number) in [("王小明", "110001"), ("李小红", "110002")] {
        office.invite(name, number);
    }
    let pack = office.folder.path().join("pack.cbor");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu");
    office.say(&["pack", "sign", source.to_str().unwrap(), "--out", pack.to_str().unwrap()]);
    office.say(&["pack", "add", pack.to_str().unwrap()]);
    office
}

/// The filled example of a node on a day, with what the case knows.
fn example(office: &Office, case: Option<&str>, node: &str, day: u32) -> Value {
    let mut arguments = vec!["procedure", "step"];
    arguments.extend(case);
    arguments.extend(["--example", node]);
    let mut step: Value = serde_json::from_str(&office.say(&arguments)).unwrap();
    step["day"] = day.into();
    step
}

fn run(office: &Office, arguments: &[&str], step: &Value) -> (bool, Value) {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let n = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let file = office.folder.path().join(format!("step-{n}.json"));
    std::fs::write(&file, step.to_string()).unwrap();
    let out = office.run(&[&["procedure"], arguments, &[file.to_str().unwrap(), "--json"]].concat());
    let said = String::from_utf8(out.stdout).unwrap();
    let failed = || panic!("{}", String::from_utf8_lossy(&out.stderr));
    (out.status.success(), serde_json::from_str(&said).unwrap_or_else(|_| failed()))
}

fn go(office: &Office, case: &str, step: &Value) {
    let (done, said) = run(office, &["step", case], step);
    assert!(done, "{said}");
}

/// The rules of the gates that refuse a step.
fn blocked(office: &Office, case: &str, step: &Value) -> Vec<String> {
    let (done, said) = run(office, &["step", case], step);
    assert!(!done, "{said}");
    let gates = said["gates"].as_array().unwrap();
    assert!(gates.iter().all(|g| ["basis", "missing", "way_on"].iter().all(|f| !g[f].is_null())));
    gates.iter().map(|g| g["rule"].as_str().unwrap().to_owned()).collect()
}

fn shown(office: &Office, case: &str) -> Value {
    serde_json::from_str(&office.say(&["procedure", "show", case, "--json"])).unwrap()
}

fn accept(office: &Office, day: u32) -> String {
    accept_of(office, day, "91110000MA01ABCD2X")
}

/// Of another party: what the office decided of one tells nothing of the other.
fn accept_of(office: &Office, day: u32, code: &str) -> String {
    let mut step = example(office, None, "accepted", day);
    step["party"]["code"] = code.into();
    let (done, said) = run(office, &["accept"], &step);
    assert!(done, "{said}");
    said["number"].as_str().unwrap().to_owned()
}

/// Taken in, filed, investigated, told and served on one day.
pub(super) fn told(office: &Office, day: u32, fen: u64, hearing: bool) -> String {
    told_to(office, day, fen, hearing, "91110000MA01ABCD2X")
}

fn told_to(office: &Office, day: u32, fen: u64, hearing: bool, code: &str) -> String {
    let case = accept_of(office, day, code);
    tell(office, &case, day, fen, hearing);
    case
}

fn tell(office: &Office, case: &str, day: u32, fen: u64, hearing: bool) {
    go(office, case, &example(office, Some(case), "filed", day));
    let mut report = example(office, Some(case), "investigated", day);
    report["proposal"]["penalties"][1]["fen"] = fen.into();
    if fen > 200_000 {
        let chosen = &mut report["proposal"]["chosen"][0];
        (chosen["row"], chosen["tier"], chosen["facts"]) = ("cl-d15".into(), "cl-d15-3".into(), json!({"harm": 1}));
    }
    go(office, case, &report);
    let mut notice = example(office, Some(case), "notified", day);
    assert_eq!(notice["proposal"]["penalties"][1]["fen"], fen, "nothing is typed twice");
    (notice["hearing"], notice["defence_until"]) = (hearing.into(), day.into());
    go(office, case, &notice);
    go(office, case, &example(office, Some(case), "notice_served", day));
}

/// A small case that was decided: another fact and another party for each.
pub(crate) fn decided(office: &Office, day: u32, code: &str, fact: &str) -> String {
    let case = accept_of(office, day, code);
    go(office, &case, &example(office, Some(&case), "filed", day));
    let mut report = example(office, Some(&case), "investigated", day);
    report["charges"][0]["fact"] = fact.into();
    go(office, &case, &report);
    for node in ["notified", "notice_served", "defence_waived"] {
        go(office, &case, &example(office, Some(&case), node, day));
    }
    let mut decision = example(office, Some(&case), "decided", day);
    let n = database(office).query_row("SELECT count(decision) FROM procedures", params![], |r| r.get::<i64>(0)).unwrap() + 1;
    decision["number"] = format!("某卫罚〔2026〕{n}号").into();
    go(office, &case, &decision);
    case
}

fn leaves(office: &Office) -> i64 {
    database(office).query_row("SELECT count(*) FROM leaves", params![], |r| r.get(0)).unwrap()
}

/// J10, R59: the whole way of a small case; a decision before the notice is refused and leaves nothing; who answered for each node stays known;
/// after a crash everything is as before, and a step that was altered or taken out is seen.
#[test]
fn j10_r27_r59_a_small_case_goes_its_way_and_the_log_proves_each_step() {
    let mut office = office();
    let day = today();
    let case = accept(&office, day);
    assert_eq!(case, format!("案〔{}〕1号", day / 10_000));
    go(&office, &case, &example(&office, Some(&case), "filed", day));
    go(&office, &case, &example(&office, Some(&case), "investigated", day));
    let before = leaves(&office);
    assert_eq!(blocked(&office, &case, &example(&office, Some(&case), "decided", day)), ["J10"]);
    assert_eq!(blocked(&office, &case, &example(&office, Some(&case), "closed", day)), ["R27"]);
    let mut nobody = example(&office, Some(&case), "notified", day);
    nobody["by"]["name"] = "".into();
    assert_eq!(blocked(&office, &case, &nobody), ["R59"], "who did it is named");
    assert_eq!(
        (leaves(&office), shown(&office, &case)["steps"].as_array().unwrap().len()),
        (before, 3),
        "a refusal leaves nothing"
    );
    let human = office.run(&["procedure", "show", &case]);
    let human = String::from_utf8(human.stdout).unwrap();
    assert!(human.contains("J10") && human.contains("制作事先告知书并送达"), "{human}");

    for node in ["notified", "notice_served", "defence_waived", "decided", "decision_served", "paid", "closed"] {
        go(&office, &case, &example(&office, Some(&case), node, day));
    }
    let whole = shown(&office, &case);
    assert_eq!((whole["stage"].as_str(), whole["logged"].as_bool()), (Some("ended"), Some(true)));
    let who = whole["responsible"].as_array().unwrap();
    assert_eq!(who.len(), 10);
    assert!(who.iter().all(|w| w["by"]["number"] == "110001"), "R59");
    assert_eq!(who[7]["decided_by"]["name"], "马局长", "R59: who decided");
    assert_eq!(blocked(&office, &case, &example(&office, Some(&case), "performed", day)), ["R27"], "nothing follows the end");
    assert_eq!(accept(&office, day), format!("案〔{}〕2号", day / 10_000), "J32: no gap, nothing twice");

    office.kill_and_restart();
    let mut again = shown(&office, &case);
    again["clocks"] = whole["clocks"].clone();
    assert_eq!(again, whole);
    let db = database(&office);
    assert!(
        db.execute("UPDATE procedure_steps SET n = n + 1", params![]).is_err()
            && db.execute("DELETE FROM procedure_steps", params![]).is_err()
    );
    db.unlock("procedure_steps", "procedure_steps_remain");
    let id = mingzheng_core::id::Id::from_hex(whole["id"].as_str().unwrap()).unwrap();
    db.execute("DELETE FROM procedure_steps WHERE procedure = ? AND n = 9", params![id.0]).unwrap();
    assert_eq!(shown(&office, &case)["logged"], false, "a step that was taken out is seen");
}

/// R42, R44, R45: what the pack lists waits for the review of all ten contents by somebody else, and for the hearing's window.
#[test]
fn r42_r44_r45_j12_a_listed_decision_waits_for_review_and_hearing() {
    let office = office();
    // So long ago that the window for a hearing is over.
    let (day, later) = (20_260_302, 20_260_316);
    let case = told(&office, day, 6_000_000, true);
    let waived = example(&office, Some(&case), "defence_waived", day);
    go(&office, &case, &waived);
    let decided = |on| example(&office, Some(&case), "decided", on);
    let gates = blocked(&office, &case, &decided(day));
    assert!(gates.contains(&"J12".to_owned()) && gates.contains(&"R42".to_owned()), "{gates:?}");
    assert!(!blocked(&office, &case, &decided(later)).contains(&"J12".to_owned()), "the window is over");
    let mut review = example(&office, Some(&case), "reviewed", later);
    let ten = review["review"]["items"].as_array().unwrap().clone();
    review["review"]["items"].as_array_mut().unwrap().pop();
    assert_eq!(blocked(&office, &case, &review), ["R44"]);
    review["review"]["items"] = ten.into();
    let reviewer = review["review"]["reviewer"].clone();
    review["review"]["reviewer"] = json!({"name": "王小明", "number": "110001"});
    assert_eq!(blocked(&office, &case, &review), ["R45"]);
    review["review"]["reviewer"] = reviewer;
    go(&office, &case, &review);
    go(&office, &case, &example(&office, Some(&case), "discussed", later));
    go(&office, &case, &decided(later));
}

/// J32: two cases never get one decision number, and two cases no one number.
#[test]
fn j32_a_number_is_used_once() {
    let office = office();
    let day = today();
    let [first, second] =
        [("91110000MA01ABCD2X"), ("91110000MA01EFGH3Y")].map(|code| told_to(&office, day, 100_000, false, code));
    for case in [&first, &second] {
        go(&office, case, &example(&office, Some(case), "defence_waived", day));
    }
    let mut decided = example(&office, Some(&first), "decided", day);
    go(&office, &first, &decided);
    assert_eq!(blocked(&office, &second, &decided), ["J32"]);
    decided["number"] = "某卫罚〔2026〕2号".into();
    go(&office, &second, &decided);
    let file = office.folder.path().join("again.json");
    std::fs::write(&file, example(&office, None, "accepted", day).to_string()).unwrap();
    let out = office.run(&["procedure", "accept", file.to_str().unwrap(), "--number", &first]);
    assert!(!out.status.success() && String::from_utf8_lossy(&out.stderr).contains("案号已被使用"));
}

/// J14, J15, R46, R47: offers are ranges with their sources; what the office decided of the party is shown with its number, cannot be left out or
/// contradicted, and no act is fined by two cases.
#[test]
fn r46_r47_r48_j14_j15_the_case_offers_ranges_and_knows_earlier_decisions_of_the_party() {
    let office = office();
    let day = today();
    let first = told(&office, day, 100_000, false);
    go(&office, &first, &example(&office, Some(&first), "defence_waived", day));
    go(&office, &first, &example(&office, Some(&first), "decided", day));

    let case = accept(&office, day);
    go(&office, &case, &example(&office, Some(&case), "filed", day));
    let known = ["--fact", "months=0", "--fact", "forged=no"];
    let offers = |more: &[&str]| -> Value {
        serde_json::from_str(&office.say(&[&["procedure", "offers", &case, "--json"], more].concat())).unwrap()
    };
    let of = |all: &Value| all["charges"][0]["offers"].as_array().unwrap().iter().find(|o| o["row"] == "cl-d1").unwrap().clone();
    assert!(of(&offers(&known))["asks"].as_array().unwrap().contains(&json!("prior")), "what is not known is asked");
    let all = offers(&[&known[..], &["--fact", "prior=1"]].concat());
    let tier = &of(&all)["tiers"][0];
    assert_eq!((tier["tier"].as_str(), &tier["range"]), (Some("cl-d1-3"), &json!({"min": 500_000, "max": 1_500_000})));
    assert!(tier["illustrative"] == true && tier["sources"][0].as_str().unwrap().contains("第三十五条"));
    assert!(tier.as_object().unwrap().keys().all(|k| k != "amount" && k != "fen"), "a range, never an amount");
    assert_eq!(all["earlier"][0]["number"], "某卫罚〔2026〕1号", "shown with its number");

    let report = example(&office, Some(&case), "investigated", day);
    assert_eq!(report["proposal"]["chosen"][0]["earlier"], json!(["某卫罚〔2026〕1号"]), "told without typing");
    let rules = |change: &dyn Fn(&mut Value)| {
        let mut step = report.clone();
        step["charges"][0]["fact"] = "再次无证经营".into();
        let chosen = &mut step["proposal"]["chosen"][0];
        (chosen["tier"], chosen["facts"]) = ("cl-d1-3".into(), json!({"months": 0, "prior": 1, "forged": 0}));
        step["proposal"]["penalties"][1]["fen"] = 500_000.into();
        change(&mut step);
        run(&office, &["step", &case], &step)
    };
    let refused = |change: &dyn Fn(&mut Value)| -> Vec<String> {
        let (done, said) = rules(change);
        assert!(!done, "{said}");
        said["gates"].as_array().unwrap().iter().map(|g| g["rule"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(refused(&|s| s["proposal"]["chosen"][0]["earlier"] = json!([])), ["J14"], "left out");
    let never = |s: &mut Value| {
        s["proposal"]["chosen"][0]["facts"]["prior"] = 0.into();
        s["proposal"]["chosen"][0]["tier"] = "cl-d1-1".into();
        s["proposal"]["penalties"][1]["fen"] = 50_000.into();
    };
    assert_eq!(refused(&never), ["J14"], "contradicted");
    assert_eq!(refused(&|s| s["charges"][0]["fact"] = report["charges"][0]["fact"].clone()), ["J15"], "the same act again");
    assert!(rules(&|_| {}).0, "another act of the party");
    // R48: the other case of the same tier stands beside it, with its fine; its own does not.
    let all = offers(&["--fact", "months=0", "--fact", "forged=no", "--fact", "prior=0"]);
    assert_eq!(of(&all)["tiers"][0]["similar"][0]["number"], "某卫罚〔2026〕1号");
    assert_eq!(of(&all)["tiers"][0]["similar"][0]["fine"], 100_000);
}

/// R02, J1: who investigates has a certificate in effect, under the name of the register.
#[test]
fn r02_j1_only_who_holds_a_certificate_investigates() {
    let office = office();
    let day = today();
    let case = accept(&office, day);
    let mut filed = example(&office, Some(&case), "filed", day);
    filed["investigators"][1]["name"] = "别人".into();
    assert_eq!(blocked(&office, &case, &filed), ["R02"]);
    filed["investigators"][1] = filed["investigators"][0].clone();
    assert_eq!(blocked(&office, &case, &filed), ["J1"]);
    office.say(&["officer", "suspend", "110002", "--reason", "例行", "--basis", "办法", "--by", "马局长"]);
    assert_eq!(blocked(&office, &case, &example(&office, Some(&case), "filed", day)), ["R02"]);
    office.say(&["officer", "resume", "110002", "--reason", "例行", "--basis", "办法", "--by", "马局长"]);
    go(&office, &case, &example(&office, Some(&case), "filed", day));
}

/// Of two that record the same step at once one is told that it was done already.
#[test]
fn r27_of_two_at_once_one_is_recorded() {
    let office = office();
    let case = accept(&office, today());
    let step = example(&office, Some(&case), "filed", today());
    let done: Vec<bool> = std::thread::scope(|s| {
        let tries: Vec<_> = (0..4).map(|_| s.spawn(|| run(&office, &["step", &case], &step).0)).collect();
        tries.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert_eq!(done.iter().filter(|d| **d).count(), 1);
    let whole = shown(&office, &case);
    assert_eq!((whole["steps"].as_array().unwrap().len(), whole["logged"].as_bool()), (2, Some(true)));
}

/// R50, J11: ends as counted and as moved to a working day, late by the day counted; a year without a notice is an estimate.
#[test]
fn r50_j11_clocks_show_both_ends_and_what_is_overdue() {
    let office = office();
    let case = told(&office, 20_260_302, 100_000, false);
    let clocks: Value = serde_json::from_str(&office.say(&["procedure", "clocks", &case, "--json"])).unwrap();
    let of = |clocks: &Value, id: &str| clocks[0]["clocks"].as_array().unwrap().iter().find(|c| c["id"] == id).unwrap().clone();
    // 2026-05-31 is a Sunday.
    let decision = of(&clocks, "qixian-chufa-jueding");
    assert_eq!((&decision["raw"]["day"], &decision["rolled"]["day"]), (&json!(20_260_531), &json!(20_260_601)));
    assert_eq!((decision["state"].as_str(), decision["provisional"].as_bool()), (Some("overdue"), Some(false)));
    assert!(decision["mark"]["zh"].as_str().unwrap().starts_with("逾期"));
    assert_eq!(of(&clocks, "defence")["raw"]["day"], 20_260_302, "the day on the paper stands");
    let out = String::from_utf8(office.run(&["procedure", "list"]).stdout).unwrap();
    assert!(out.contains("逾期"), "{out}");
    assert_eq!(blocked(&office, &case, &example(&office, Some(&case), "decided", today())), ["J11"]);
    let mut longer = example(&office, Some(&case), "extended", 20_260_530);
    longer["until"] = json!(20_300_101);
    go(&office, &case, &longer);
    let clocks: Value = serde_json::from_str(&office.say(&["procedure", "clocks", &case, "--json"])).unwrap();
    assert_eq!(of(&clocks, "qixian-chufa-jueding")["state"], "running");
}

/// What cannot be read, or stands in no step, is named; nothing is recorded.
#[test]
fn f12_a_step_that_cannot_be_read_is_refused_by_name() {
    let office = office();
    let case = accept(&office, today());
    let refused = |step: Value| {
        let file = office.folder.path().join("bad.json");
        std::fs::write(&file, step.to_string()).unwrap();
        let out = office.run(&["procedure", "step", &case, file.to_str().unwrap()]);
        assert!(!out.status.success());
        String::from_utf8(out.stderr).unwrap()
    };
    let good = example(&office, Some(&case), "not_filed", today());
    let with = |change: &dyn Fn(&mut Value)| {
        let mut step = good.clone();
        change(&mut step);
        refused(step)
    };
    assert!(with(&|s| s["resaon"] = "x".into()).contains("/resaon"));
    assert!(with(&|s| s["act"] = "forgiven".into()).contains("forgiven"));
    assert!(with(&|s| s["day"] = 20_260_230.into()).contains("20260230"));
    assert!(with(&|s| s["reason"] = "\u{202e}由理".into()).contains("U+202E"));
    assert!(with(&|s| s["reason"] = "长".repeat(30_000).into()).contains("65536"));
    assert_eq!(shown(&office, &case)["steps"].as_array().unwrap().len(), 1);
    go(&office, &case, &good);
    assert_eq!(shown(&office, &case)["stage"], "ended", "R49: with reason and approval");
}

/// The device of 王小明, and the inspection that it sent.
fn inspected(office: &Office) -> (Device, Id) {
    let (wang, first) = office.invite_again("110001");
    let mut d = Device::enrolled(&first);
    let task = task(&[(&wang, "110001"), (&wang, "110002")]);
    let (officer, case) = (task.officers[0].clone(), Id(random()));
    let (pack, pack_version, assignment) = (String::new(), "x@1".into(), String::new());
    d.act(Some(case), &Event::Opened { task: Box::new(task), pack, pack_version, assignment, officer });
    d.checkpoint();
    assert_eq!(d.submit(&d.submission(0)).status, 201);
    (d, case)
}

/// R44: those who inspected learn by their feed what each review came to; nobody else does, and a case without an inspection tells nobody.
#[test]
fn r44_those_who_inspected_learn_what_the_review_came_to() {
    let office = office();
    let (mut d, inspection) = inspected(&office);
    let mut other = Device::enrolled(&office.invite_again("110002").1);
    let (day, later) = (20_260_302, 20_260_316);
    let mut step = example(&office, None, "accepted", day);
    step["inspection"] = inspection.to_string().into();
    let (done, said) = run(&office, &["accept"], &step);
    assert!(done, "{said}");
    let case = said["number"].as_str().unwrap().to_owned();
    let without = told_to(&office, day, 6_000_000, true, "91110000MA01EFGH3Y");
    tell(&office, &case, day, 6_000_000, true);
    for case in [&case, &without] {
        go(&office, case, &example(&office, Some(case), "defence_waived", day));
        let mut review = example(&office, Some(case), "reviewed", later);
        let agreed = review.clone();
        (review["review"]["opinion"], review["review"]["says"]) = ("problems".into(), "第 3 项证据无提取说明".into());
        review["review"]["items"][3][1] = false.into();
        go(&office, case, &review);
        go(&office, case, &agreed);
    }
    let told: Vec<ReviewResult> =
        d.feed().into_iter().filter(|(kind, _)| kind == "review").map(|(_, b)| ReviewResult::decode(&b).unwrap()).collect();
    assert_eq!(
        told.iter().map(|r| (r.inspection, r.number.as_str(), r.agreed)).collect::<Vec<_>>(),
        [(inspection, &*case, false), (inspection, &*case, true)]
    );
    assert_eq!(told[0].says, "第 3 项证据无提取说明");
    assert!(told[0].at <= told[1].at);
    assert!(other.feed().iter().all(|(kind, _)| kind != "review"), "who was not there");
}

/// §G: source, party, matter, officers, facts and evidence come from the inspection.
#[test]
fn a_case_takes_over_what_its_inspection_knows() {
    let office = office();
    let (_, case) = inspected(&office);
    let by = ["--by", "王小明", "--by-number", "110001"];
    let unknown = office.run(&[&["procedure", "accept", "--inspection", &"ab".repeat(16)], &by[..]].concat());
    assert!(!unknown.status.success(), "an inspection that nobody sent");
    let said = office.say(&[&["procedure", "accept", "--json", "--inspection", &case.to_string()], &by[..]].concat());
    let said: Value = serde_json::from_str(&said).unwrap();
    let whole = shown(&office, said["number"].as_str().unwrap());
    let step = &whole["steps"][0]["step"];
    assert_eq!((step["source"].as_str(), step["matter"].as_str()), (Some("日常检查发现"), Some("住宿场所卫生")));
    assert_eq!((step["party"]["name"].as_str(), whole["inspection"].as_str()), (Some("某县云水宾馆"), Some(&*case.to_string())));
}

/// R27, R59, J10: the console shows what may follow, records a form as a step, and answers a decision that may not follow with its gates.
#[test]
fn j10_r27_r44_r59_the_console_records_steps_and_shows_closed_gates() {
    let office = office();
    let day = today();
    let number = accept(&office, day);
    let id = shown(&office, &number)["id"].as_str().unwrap().to_owned();
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let opened = agent.get(office.say(&["link"]).trim()).call().unwrap();
    let cookie = opened.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let get = |path: &str| {
        let mut r = agent.get(format!("{}{path}", office.address)).header("cookie", &cookie).call().unwrap();
        (r.status().as_u16(), r.body_mut().read_to_string().unwrap())
    };
    let post = |path: &str, fields: &[(&str, &str)]| {
        let r = agent.post(format!("{}{path}", office.address)).header("cookie", &cookie).header("origin", &office.address);
        let mut r = r.send_form(fields.iter().copied()).unwrap();
        (r.status().as_u16(), r.body_mut().read_to_string().unwrap())
    };
    let page = format!("/console/procedures/{id}");
    assert!(get("/console/procedures").1.contains(&number));
    let (status, body) = get(&page);
    assert_eq!(status, 200);
    assert!(
        body.contains("/filed\"") && body.contains("尚未立案") && body.contains("案件受理记录"),
        "what may follow, gates, papers"
    );
    let dated = format!("{}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100);
    let who = [("/day", &*dated), ("/by/name", "王小明"), ("/by/number", "110001"), ("/reason", "符合立案标准")];
    let people = ("/investigators", "王小明 110001\r\n李小红 110002");
    let filed = format!("{page}/filed");
    assert!(get(&filed).1.contains("110002"), "what is known is filled in");
    let (status, body) = post(&filed, &[&who[..], &[people]].concat());
    assert_eq!(status, 400);
    assert!(
        body.contains("R59") && body.contains("没有负责人批准") && body.contains("李小红"),
        "refused, and what was typed stays"
    );
    let head = [("/decided_by/name", "马局长"), ("/decided_by/number", "01")];
    assert_eq!(post(&filed, &[&who[..], &[people], &head].concat()).0, 303);
    let charge = [
        ("/charges/0/fact", "两名服务员无有效健康合格证明"),
        ("/charges/0/evidence", "证据1\r\n证据2"),
        ("/proposal/penalties/0/kind", "fine"),
        ("/proposal/penalties/0/fen", "1,000"),
        ("/proposal/penalties/0/charge", "0"),
        ("/proposal/discretion", "2人无证，配合调查"),
        ("/proposal/chosen/0/committed", "2026-03-01"),
        ("/proposal/chosen/0/facts/late", "0"),
        ("/proposal/chosen/0/facts/persons", "4"),
        ("/proposal/chosen/0/tier", "cl-d7-2"),
    ];
    let (_, body) = get(&format!("{page}/investigated"));
    assert!(!body.contains(" selected") && !body.contains("1000.00"), "no amount is chosen by the machine");
    assert!(!body.contains("value=\"cl-d7-2\" checked"), "R46: no tier is chosen by the machine");
    let offered = "二人至三人：警告、罚款，1000元以上3000元以下（示例，以当地裁量基准为准 illustrative）〔";
    assert!(body.contains(offered) && body.contains("第三十八条"), "R46: range, source and that it is an example");
    assert!(body.contains("qd-cq-1") && body.contains("教育记录"), "R47: the lists and what they want proven");
    let (status, body) = post(&format!("{page}/investigated"), &[&who[..], &charge].concat());
    assert!(status == 400 && body.contains("J14") && body.contains("四人以上"), "R46: the facts lead elsewhere");
    let mut charge = charge;
    charge.iter_mut().for_each(|(name, value)| *value = if name.ends_with("persons") { "2" } else { value });
    let (status, body) = post(&format!("{page}/investigated"), &[&who[..], &charge].concat());
    assert_eq!(status, 303, "{body}");
    let step = shown(&office, &number)["steps"][2]["step"].clone();
    assert_eq!(step["proposal"]["penalties"], json!([{"charge": 0, "kind": "fine", "fen": 100_000}]));
    assert_eq!(step["charges"][0]["evidence"], json!(["证据1", "证据2"]));
    let law = step["charges"][0]["penalty_basis"].as_str().unwrap();
    assert!(law.contains("第三十八条"), "the law of the row is not typed again: {law}");
    let chosen = &step["proposal"]["chosen"][0];
    assert_eq!((chosen["row"].as_str(), chosen["facts"].clone()), (Some("cl-d7"), json!({"persons": 2, "late": 0})));
    assert_eq!((&chosen["approval"], &chosen["line"], &chosen["proofs"]), (&Value::Null, &Value::Null, &json!([])));
    let (_, body) = get(&format!("{page}/reviewed"));
    assert!(!body.contains(" checked") && !body.contains(" selected"), "R44: nothing is said of what nobody has examined");
    let reviewed =
        [&who[..], &[("/review/reviewer/name", "赵审"), ("/review/opinion", "agreed"), ("/review/items/0/1", "yes")]].concat();
    let (status, body) = post(&format!("{page}/reviewed"), &reviewed);
    assert!(status == 400 && body.contains("还有 9 项没有审"), "R44: {body}");
    let decided = [&who[..], &head, &[("/number", "某卫罚1号")]].concat();
    let (status, body) = post(&format!("{page}/decided"), &decided);
    assert!(status == 400 && body.contains("请先勾选确认"));
    let (status, body) = post(&format!("{page}/decided"), &[&decided[..], &[("confirmed", "yes")]].concat());
    assert!(status == 400 && body.contains("J10") && body.contains("制作事先告知书并送达"));
    assert_eq!(shown(&office, &number)["steps"].as_array().unwrap().len(), 3, "a refusal leaves nothing");
    for node in mingzheng_core::procedure::Node::ALL {
        let name = serde_json::to_value(node).unwrap();
        assert_eq!(get(&format!("{page}/{}", name.as_str().unwrap())).0, 200, "every step has its form: {name}");
    }
    assert_eq!((get(&format!("{page}/forgiven")).0, get("/console/procedures/00").0), (404, 404));
}

/// R14, J32: the paper of a step is bound to it by digest, form and number when the step is taken, is given again byte for byte, and a changed or
/// foreign one is named; a voided number is a record and is never used again.
#[test]
fn r14_r21_r29_j32_a_paper_is_bound_to_its_step_and_a_changed_one_is_named() {
    let office = office();
    let day = today();
    let case = accept(&office, day);
    let path = |name: &str| office.folder.path().join(name);
    let file = |name: &str| path(name).to_str().unwrap().to_owned();
    let papers = || -> Vec<Value> { serde_json::from_str(&office.say(&["procedure", "paper", &case, "--json"])).unwrap() };
    let typed = file("typed.json");
    std::fs::write(&typed, json!({"party": party(), "violated": "细则第二十二条", "evidence": "现场笔录"}).to_string()).unwrap();
    let filed = file("filed.json");
    std::fs::write(&filed, example(&office, Some(&case), "filed", day).to_string()).unwrap();
    office.say(&["procedure", "step", &case, &filed, "--typed", &typed]);
    let made = papers()[1]["made"].clone();
    assert_eq!((made["form"].as_str(), made["number"].as_str()), (Some("lian-baogao"), Some(&*case)), "{:?}", papers()[1]);
    let make = |name: &str, more: &[&str]| {
        office.run(&[&["procedure", "paper", &case, "--step", "1", "--out", &file(name)], more].concat())
    };
    assert!(make("a.pdf", &[]).status.success() && make("b.pdf", &[]).status.success());
    let pdf = std::fs::read(path("a.pdf")).unwrap();
    assert_eq!(pdf, std::fs::read(path("b.pdf")).unwrap(), "byte for byte");
    assert_eq!(mingzheng_core::id::hex(&mingzheng_core::id::sha256(&pdf)), made["digest"].as_str().unwrap());
    let again = make("c.pdf", &["--typed", &typed]);
    assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("已经制作"));
    let checked = |more: &[&str]| {
        let out = office.run(&[&["procedure", "paper", &case], more].concat());
        (out.status.success(), String::from_utf8(out.stdout).unwrap())
    };
    assert!(checked(&["--check"]).0 && checked(&["--compare", &file("a.pdf")]).0);
    let mut changed = pdf.clone();
    *changed.last_mut().unwrap() ^= 1;
    std::fs::write(path("changed.pdf"), &changed).unwrap();
    let (same, said) = checked(&["--compare", &file("changed.pdf")]);
    assert!(!same && said.contains("被改动") && said.contains("changed.pdf"));

    let void = |reason: &str| office.run(&["procedure", "paper", &case, "--step", "1", "--void", reason, "--by", "王小明"]);
    assert!(!void(" ").status.success(), "not without a reason");
    assert!(void("印制错误").status.success());
    let (_, said) = checked(&["--check"]);
    assert!(said.contains("已作废") && said.contains("印制错误"), "{said}");
    let refused = |more: &[&str]| {
        let out = make("d.pdf", &[&["--typed", &typed], more].concat());
        assert!(!out.status.success());
        String::from_utf8(out.stderr).unwrap()
    };
    assert!(refused(&[]).contains("另取文号") && refused(&["--number", &case]).contains("已被使用"));
    assert!(make("d.pdf", &["--typed", &typed, "--number", "立〔2026〕9号"]).status.success());
    let other = accept_of(&office, day, "91110000MA01EFGH3Y");
    let mut filed = example(&office, Some(&other), "filed", day);
    for number in [&*case, "立〔2026〕9号"] {
        filed["paper"] = number.into();
        assert_eq!(blocked(&office, &other, &filed), ["J32"], "{number}");
    }
    assert_eq!(shown(&office, &case)["logged"], true);
    // R29: the volume has the papers as they were made, an index with running pages, and says what was not made.
    let volume = file("volume");
    office.say(&["procedure", "volume", &case, "--out", &volume]);
    let index = std::fs::read_to_string(path("volume/index.csv")).unwrap();
    assert!(index.contains("立〔2026〕9号") && index.contains("\"1–1\"") && index.contains("未制作"), "{index}");
    assert_eq!(std::fs::read(path("volume/02-lian-baogao.pdf")).unwrap(), std::fs::read(path("d.pdf")).unwrap());
    let kept: Value = serde_json::from_slice(&std::fs::read(path("volume/case.json")).unwrap()).unwrap();
    assert_eq!((&kept["logged"], &kept["pages"], &kept["papers"][0]["voided"]), (&json!(true), &json!(1), &json!("印制错误")));
    assert!(!office.run(&["procedure", "volume", &case, "--out", &volume]).status.success(), "nothing is written over");
    let db = database(&office);
    assert!(
        db.execute("UPDATE case_records SET at = 1", params![]).is_err()
            && db.execute("DELETE FROM case_records", params![]).is_err()
    );
    db.execute("UPDATE case_papers SET pdf = ?", params![&changed]).unwrap();
    let (whole, said) = checked(&["--check"]);
    assert!(!whole && said.contains("lian-baogao") && said.contains("与制作时不一致"), "{said}");
    assert!(!make("e.pdf", &[]).status.success(), "a changed paper is not handed out");
    db.unlock("case_records", "case_records_remain");
    db.execute("DELETE FROM case_records WHERE n = 0", params![]).unwrap();
    assert_eq!(shown(&office, &case)["logged"], false, "a record that was taken out is seen");
}

fn party() -> Value {
    json!({"kind": "unit", "name": "某县云水宾馆", "code": "91110000MA01ABCD2X", "legal_representative": "陈一",
        "address": "某县桥头路18号", "phone": "0839-7201234"})
}

/// R45: the review's clock runs from 送审, is extended once, and ends with the answer.
#[test]
fn r45_r50_the_review_has_its_clock() {
    let office = office();
    let (day, later) = (20_260_302, 20_260_305);
    let case = told(&office, day, 6_000_000, true);
    let clock = || -> Option<Value> {
        let all: Value = serde_json::from_str(&office.say(&["procedure", "clocks", &case, "--json"])).unwrap();
        all[0]["clocks"].as_array().unwrap().iter().find(|c| c["id"] == "qixian-fazhi-shenhe").cloned()
    };
    assert_eq!(clock(), None);
    go(&office, &case, &example(&office, Some(&case), "review_asked", day));
    // Five working days after Monday the 2nd.
    let running = clock().unwrap();
    assert_eq!((&running["raw"]["day"], running["state"].as_str()), (&json!(20_260_309), Some("overdue")));
    go(&office, &case, &example(&office, Some(&case), "review_extended", day));
    assert_eq!(clock().unwrap()["raw"]["day"], 20_260_316, "five more");
    go(&office, &case, &example(&office, Some(&case), "reviewed", later));
    assert_eq!((clock().unwrap()["state"].as_str(), &clock().unwrap()["done"]), (Some("met"), &json!(later)));
}
