//! Measures on site in the order of the law, and no other order.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_demo::acts;
use mingzheng_demo::cast::{FIRST_ANSWERS, MANAGER};
use mingzheng_phone::drive::PhoneProcess;
use mingzheng_scenarios::{Scene, refusal};
use serde_json::{Value, json};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

const HOUR: u64 = 3_600_000;

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

fn rules(phone: &mut PhoneProcess, command: &str, arguments: Value) -> Vec<String> {
    let refused = refusal(phone.call(command, arguments));
    assert_eq!(refused.name(), "Blocked", "{refused}");
    let mut rules = refused.rules();
    rules.dedup();
    rules
}

/// One measure on the lead's phone.
struct OnSite {
    scene: Scene,
    inspection: String,
    measure: String,
}

impl OnSite {
    fn begun(scene: Scene, what: &str, item: Option<&str>, coercive: Option<&str>, emergency: Option<&str>) -> Self {
        let inspection = scene.inspection.clone();
        let mut on = Self { scene, inspection, measure: String::new() };
        let input =
            json!({ "what": what, "item": item, "coercive": coercive, "reason": "证据以后难以取得", "emergency": emergency });
        on.measure = acts::text(
            &on.scene.lead.call("begin_measure", json!({ "inspection": on.inspection, "input": input })).unwrap(),
            "measure",
        )
        .unwrap();
        on
    }
    fn step(&mut self, act: &Value) -> Result<Value, mingzheng_phone::drive::Failed> {
        let asked = json!({ "inspection": self.inspection, "measure": self.measure, "act": act });
        self.scene.lead.call("measure_act", asked)
    }
    fn blocked(&mut self, act: &Value) -> Vec<String> {
        let asked = json!({ "inspection": self.inspection, "measure": self.measure, "act": act });
        rules(&mut self.scene.lead, "measure_act", asked)
    }
    fn paper(&self, form: &str) -> Value {
        json!({ "inspection": self.inspection, "form": form, "about": self.measure })
    }
    /// The rules that keep a paper from being made.
    fn unmade(&mut self, form: &str) -> Vec<String> {
        let asked = self.paper(form);
        rules(&mut self.scene.lead, "compose_paper", asked)
    }
    fn typed(&mut self, form: &str, typed: &Value) -> Value {
        let mut with = self.paper(form);
        with["typed"] = typed.clone();
        self.scene.lead.call("save_paper_draft", with).unwrap()
    }
    /// The notification of the act, item by item, and who confirmed it.
    fn tell(&mut self, act: &str) {
        let i = self.inspection.clone();
        let notices = self.scene.lead.call("notices_of", json!({ "inspection": i, "act": act })).unwrap();
        let items: Vec<String> =
            notices["notices"][0]["items"].as_array().unwrap().iter().map(|x| x["id"].as_str().unwrap().to_owned()).collect();
        for item in items {
            let told = json!({ "tell_right": { "item": item, "language": "zh-Hans", "how": "read_aloud" } });
            acts::act(&mut self.scene.lead, &i, told).unwrap();
        }
        acts::act(&mut self.scene.lead, &i, json!({ "acknowledge_notice": { "act": act, "by": MANAGER, "how": "signed" } }))
            .unwrap();
    }
    fn view(&mut self) -> Value {
        let all = self.scene.lead.call("measures", json!({ "inspection": self.inspection })).unwrap();
        all["measures"].as_array().unwrap().iter().find(|m| m["id"] == self.measure).unwrap().clone()
    }
    /// Composed, signed by both officers and the party, finished; the text of the paper.
    fn whole(&mut self, form: &str) -> String {
        let asked = self.paper(form);
        let paper = acts::text(&self.scene.lead.call("compose_paper", asked).unwrap(), "id").unwrap();
        let i = self.inspection.clone();
        acts::officers_sign(&mut self.scene.lead, &mut self.scene.second, &i, &paper).unwrap();
        let pdf = self.scene.file(&format!("{paper}.pdf"));
        self.scene.lead.call("paper_pdf", json!({ "paper": paper, "to": pdf })).unwrap();
        // 逐页签名, where the form asks for it (J5).
        let each_page =
            if form == "qiangzhi-bilu" { mingzheng_core::document::page::count(&std::fs::read(&pdf).unwrap()) } else { 0 };
        let feet: Vec<Value> = (0..each_page).map(|_| acts::ink(MANAGER)).collect();
        let input = json!({ "name": MANAGER, "ink": acts::ink(MANAGER), "pages": feet });
        self.scene.lead.call("sign_as_party", json!({ "inspection": i, "paper": paper, "input": input })).unwrap();
        self.scene.lead.call("finish_paper", json!({ "inspection": i, "paper": paper })).unwrap();
        self.scene.lead.call("paper_pdf", json!({ "paper": paper, "to": pdf })).unwrap();
        if let Some(folder) = std::env::var_os("MINGZHENG_SHOTS") {
            std::fs::copy(&pdf, std::path::Path::new(&folder).join(format!("{paper}.pdf"))).unwrap();
        }
        let office = self.scene.serving.office().clone();
        let verdict = office.verify(Some(&office.trust()), &pdf).unwrap();
        assert!(verdict.exit != 1, "{}", verdict.says);
        let text = Command::new("pdftotext").arg("-raw").arg(&pdf).arg("-").output().unwrap();
        String::from_utf8_lossy(&text.stdout).chars().filter(|c| !c.is_whitespace()).collect()
    }
    fn pass(&mut self, hours: u64) {
        self.scene.lead.call("clock", json!({ "pass_ms": hours * HOUR })).unwrap();
    }
}

fn told() -> Scene {
    let mut scene = Scene::told().unwrap();
    let i = scene.inspection.clone();
    acts::answer(&mut scene.lead, &i, &FIRST_ANSWERS[0]).unwrap();
    scene
}

fn approval(at: i64) -> Value {
    json!({ "approve": { "number": "青卫登批〔2026〕3号", "by": "马向前", "at_ms": at, "how": "oral" } })
}

fn goods() -> Value {
    json!({ "take": { "goods": [{ "name": "一次性毛巾", "spec": "30×60 cm", "quantity": "12条", "state": "已拆封" }], "place": "青溪宾馆布草间，就地保存" } })
}

/// J7, R13, R14: approved first, no emergency clause, told, listed; the paper has the day, and after it the mark 逾期.
#[test]
fn j7_r13_r14_evidence_is_registered_only_with_approval_and_dealt_with_in_seven_working_days() {
    let mut scene = told();
    let urgent =
        json!({ "inspection": scene.inspection, "input": { "what": "preservation", "reason": "x", "emergency": "没有信号" } });
    assert_eq!(rules(&mut scene.lead, "begin_measure", urgent), ["J7"], "the law has no emergency clause");
    let mut on = OnSite::begun(scene, "preservation", Some("wf-xiaodu"), None, None);
    assert_eq!(on.blocked(&goods()), ["J7"]);
    assert!(on.unmade("xianxing-dengji").contains(&"J7".to_owned()));
    assert_eq!(on.blocked(&approval(now() + 600_000)), ["J7"], "an approval of the future");
    on.step(&approval(now() - 60_000)).unwrap();
    assert_eq!(on.blocked(&goods()), ["J7"], "not told yet");
    on.tell("preservation");
    let none = json!({ "take": { "goods": [], "place": "布草间" } });
    assert_eq!(on.blocked(&none), ["J7"], "no list");
    on.step(&goods()).unwrap();
    let draft = on.typed("xianxing-dengji", &json!({ "keep_how": "封存于原处", "until_day": "2030-01-01" }));
    assert_eq!(draft["faults"][0]["field"], "until_day", "nobody types over the day: {draft}");
    let draft = on.typed("xianxing-dengji", &json!({ "keep_how": "封存于原处" }));
    assert_eq!((draft["missing"].as_array().unwrap().len(), draft["faults"].as_array().unwrap().len()), (0, 0), "{draft}");
    let text = on.whole("xianxing-dengji");
    for wanted in ["一次性毛巾", "青卫登批〔2026〕3号，马向前", "七个工作日内作出处理决定"] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    let clock = on.view()["clocks"][0].clone();
    assert_eq!((clock["id"].as_str(), clock["overdue"].as_bool()), (Some("qixian-xianxing-dengji"), Some(false)), "{clock}");
    let due = acts::text(&clock, "due").unwrap();
    let [year, month, day] = due.split('-').map(|n| n.parse::<u32>().unwrap()).collect::<Vec<_>>()[..] else { unreachable!() };
    assert!(text.contains(&format!("{year}年{month}月{day}日")), "the day of the clock stands on the paper: {due}\n{text}");
    on.pass(24 * 20);
    let clock = on.view()["clocks"][0].clone();
    assert!(clock["overdue"] == true && clock["mark"]["zh"].as_str().unwrap().starts_with("逾期"), "{clock}");
    on.step(&json!({ "settle": { "outcome": "lifted", "reason": "经查与违法行为无关" } })).unwrap();
    assert!(on.view()["clocks"][0]["mark"]["zh"].as_str().unwrap().starts_with("逾期完成"));
}

/// J18, J6: only a measure that the law gives for the item, and each step of 强制法 18 only after the one before it.
#[test]
fn j6_j18_compulsion_needs_a_power_and_the_order_of_the_law() {
    let mut scene = told();
    let no_power = json!({ "inspection": scene.inspection, "input": { "what": "coercion", "item": "wf-jiankang", "coercive": "seize", "reason": "x" } });
    assert_eq!(rules(&mut scene.lead, "begin_measure", no_power), ["J18"]);
    let mut on = OnSite::begun(scene, "coercion", Some("wf-yifei-fenlei"), Some("seize"), None);
    let call = json!({ "call": { "how": "当场口头通知", "came": true, "witness": null, "witness_unit": null } });
    let hear = json!({ "hear": { "speaker": MANAGER, "text": "未提出陈述申辩", "opinion": "无" } });
    for step in [&call, &hear, &goods()] {
        assert_eq!(on.blocked(step), ["J6"], "before the approval: {step}");
    }
    on.step(&approval(now() - 60_000)).unwrap();
    for step in [&hear, &goods()] {
        assert_eq!(on.blocked(step), ["J6"], "before the party was called: {step}");
    }
    on.tell("coercion");
    let absent = json!({ "call": { "how": "电话通知", "came": false, "witness": null, "witness_unit": null } });
    assert_eq!(on.blocked(&absent), ["J6"], "absent without a witness");
    on.pass(1);
    on.step(&call).unwrap();
    assert_eq!(on.blocked(&hear), ["J6"], "what was told before the party came does not count");
    on.tell("coercion");
    assert_eq!(on.blocked(&goods()), ["J6"], "the defence was not heard");
    on.step(&hear).unwrap();
    assert!(on.unmade("chafeng-kouya").contains(&"J6".to_owned()));
    on.step(&goods()).unwrap();
    assert!(on.unmade("qiangzhi-bilu").contains(&"J6".to_owned()), "the decision first");
    on.typed("chafeng-kouya", &json!({ "facts": "医疗废物未分类收集。", "keeper": "张建国" }));
    let text = on.whole("chafeng-kouya");
    assert!(text.contains("扣押") && text.contains("《医疗废物管理条例》第三十九条"), "{text}");
    on.typed("qiangzhi-bilu", &json!({ "course": "清点、拍照、加贴封条。" }));
    let text = on.whole("qiangzhi-bilu");
    assert!(text.contains("未提出陈述申辩") && text.contains("当场口头通知，已到场"), "{text}");
    let done: Vec<bool> = on.view()["steps"].as_array().unwrap().iter().map(|s| s["done"] == true).collect();
    assert_eq!(done, [true, true, true, true, true, true, true, false], "all but the end");
}

/// J6, 强制法 19: in an emergency the approval follows within 24 hours; then the measure is lifted.
#[test]
fn j6_an_emergency_is_approved_within_24_hours_or_lifted() {
    let mut on = OnSite::begun(told(), "coercion", Some("wf-yifei-fenlei"), Some("seize"), Some("正在转移医疗废物"));
    on.step(&json!({ "call": { "how": "当场口头通知", "came": false, "witness": "刘德厚", "witness_unit": "村民委员会" } }))
        .unwrap();
    on.tell("coercion");
    on.step(&json!({ "hear": { "speaker": MANAGER, "text": "不在场", "opinion": "无" } })).unwrap();
    on.step(&goods()).unwrap();
    assert_eq!(on.view()["gates"].as_array().unwrap().len(), 0);
    on.pass(25);
    let view = on.view();
    assert_eq!((view["gates"][0]["rule"].as_str(), view["clocks"][0]["overdue"].as_bool()), (Some("J6"), Some(true)), "{view}");
    assert_eq!(on.blocked(&approval(now() + 24 * 3_600_000)), ["J6"], "too late to be approved");
    on.step(&json!({ "settle": { "outcome": "lifted", "reason": "二十四小时内未获批准" } })).unwrap();
    assert_eq!(on.view()["gates"].as_array().unwrap().len(), 0);
}

/// R14: a sample has the number of its seal.
#[test]
fn r14_samples_are_sealed_and_listed() {
    let mut on = OnSite::begun(told(), "sampling", None, None, None);
    assert_eq!(on.blocked(&goods()), ["R14"], "no seal");
    let sealed = json!({ "take": { "goods": [{ "name": "池水", "spec": "500 mL", "quantity": "3份", "state": "清", "seal": "QC-0117-1" }], "place": "游泳池" } });
    on.step(&sealed).unwrap();
    let samples =
        json!([{ "name": "池水", "point": "深水区", "quantity": "3份", "container": "无菌瓶，4℃", "seal": "QC-0117-1" }]);
    on.typed(
        "feichanpin-caiyang",
        &json!({ "method": "GB/T 18204.6", "instruments": "采水器", "scene": "池水清澈，池边有人。", "samples": samples }),
    );
    assert!(on.whole("feichanpin-caiyang").contains("QC-0117-1"));
}

/// J8, J9, J14, J15, R13: facts, a fine within law, tier and the limit of the spot; told and heard before it is decided; cash against a receipt.
#[test]
fn j8_j9_j14_r13_a_penalty_on_the_spot_stays_inside_the_law() {
    let mut scene = told();
    let early = json!({ "inspection": scene.inspection, "input": { "what": "on_spot_penalty", "item": "wf-jiankang", "reason": "事实清楚" } });
    assert_eq!(rules(&mut scene.lead, "begin_measure", early), ["J8"], "no fact");
    let i = scene.inspection.clone();
    let find =
        json!({ "find": { "text": "客房部赵某无有效健康合格证明为顾客服务。", "items": [], "evidence": [], "unproven": true } });
    acts::act(&mut scene.lead, &i, find).unwrap();
    let mut on = OnSite::begun(scene, "on_spot_penalty", Some("wf-jiankang"), None, None);
    let choose = |row: &str, tier: &str, fen: u64| {
        json!({ "choose": { "row": row, "tier": tier, "penalties": ["warning", "fine"], "fen": fen, "gains": null, "approval": null,
            "reason": "一人，首次发现，当场停止" } })
    };
    assert_eq!(on.blocked(&choose("cl-d7", "cl-d7-3", 400_000)), ["J8"], "4,000 yuan on the spot");
    assert_eq!(on.blocked(&choose("cl-d7", "cl-d7-1", 200_000)), ["J14"], "outside the tier");
    assert_eq!(on.blocked(&choose("cl-d3", "cl-d3-2", 100_000)), ["J14"], "a row of another item");
    on.step(&choose("cl-d7", "cl-d7-1", 60_000)).unwrap();
    let decide = json!({ "take": { "goods": [], "place": "" } });
    let hear = json!({ "hear": { "speaker": MANAGER, "text": "承认事实，请求从轻", "opinion": "已在阶次内考虑" } });
    assert_eq!(on.blocked(&hear), ["J8"]);
    assert_eq!(on.blocked(&decide), ["J8"]);
    assert!(on.unmade("dangchang-chufa").contains(&"J8".to_owned()));
    on.tell("on_spot_penalty");
    on.step(&hear).unwrap();
    on.pass(1);
    on.step(&choose("cl-d7", "cl-d7-1", 80_000)).unwrap();
    assert_eq!(on.blocked(&decide), ["J8"], "another penalty is told and heard anew");
    on.tell("on_spot_penalty");
    on.step(&hear).unwrap();
    on.step(&decide).unwrap();
    let collect = |fen: u64, ground: Option<&str>, receipt: &str| json!({ "collect": { "fen": fen, "ground": ground, "receipt": receipt } });
    let ground = Some("处罚法69：当事人向指定银行缴纳确有困难，经其提出");
    assert!(on.blocked(&collect(80_000, ground, "川财00117")).contains(&"J8".to_owned()), "before the decision");
    let typed = json!({ "payment": "十五日内到指定银行缴纳。", "correction": "立即改正。", "fine": 10_000 });
    assert_eq!(on.typed("dangchang-chufa", &typed)["faults"][0]["field"], "fine", "the paper has the fine that was decided");
    let draft = on.typed("dangchang-chufa", &json!({ "payment": "十五日内到指定银行缴纳。", "correction": "立即改正。" }));
    assert_eq!((draft["missing"].as_array().unwrap().len(), draft["faults"].as_array().unwrap().len()), (0, 0), "{draft}");
    let text = on.whole("dangchang-chufa");
    for wanted in ["六十日内先向青川县人民政府申请行政复议", "800.00", "承认事实，请求从轻", "第三十八条", "一人"]
    {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    for (fen, ground, receipt) in [(80_000, None, "川财00117"), (80_000, ground, " "), (90_000, ground, "川财00117")] {
        assert_eq!(on.blocked(&collect(fen, ground, receipt)), ["J9"], "{fen} {ground:?} {receipt}");
    }
    on.step(&collect(80_000, ground, "川财00117")).unwrap();
    on.step(&json!({ "file": { "to": "法制科" } })).unwrap();
    assert!(on.view()["steps"].as_array().unwrap().iter().all(|s| s["done"] == true));
}
