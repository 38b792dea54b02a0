//! The register of officers on the real server: what a suspension does, how a life goes, older databases, training, who may be assigned
//! (R02–R05, R08).

use super::*;
use mingzheng_core::badge::{CertificateStatus, OfficerList, StatusList};
use mingzheng_core::calendar::Day;
use rusqlite::Connection;
use serde_json::{Value, json};

const WHY: [&str; 6] = ["--reason", "例行", "--basis", "行政处罚法 55", "--by", "王局长"];

fn officer(office: &Office, arguments: &[&str]) -> String {
    office.say(&[&["officer"], arguments, &WHY].concat())
}

/// What an officer command that must fail says.
fn refused(office: &Office, arguments: &[&str]) -> String {
    let out = office.run(&[&["officer"], arguments, &WHY].concat());
    assert!(!out.status.success(), "{arguments:?}");
    String::from_utf8(out.stderr).unwrap()
}

fn shown(office: &Office, number: &str) -> Value {
    serde_json::from_str(&office.say(&["officer", "show", number, "--json"])).unwrap()
}

fn newest(feed: &[(String, Vec<u8>)], kind: &str) -> Vec<u8> {
    feed.iter().rev().find(|(k, _)| k == kind).unwrap().1.clone()
}

fn badge(d: &Device, feed: &[(String, Vec<u8>)]) -> Badge {
    Badge::open(&newest(feed, "badge"), &d.trust).unwrap()
}

fn status(d: &Device, feed: &[(String, Vec<u8>)]) -> StatusList {
    StatusList::open(&newest(feed, "status"), &d.trust).unwrap()
}

fn numbers(d: &Device, feed: &[(String, Vec<u8>)]) -> Vec<String> {
    OfficerList::open(&newest(feed, "officers"), &d.trust).unwrap().officers.into_iter().map(|o| o.number).collect()
}

fn badges(feed: &[(String, Vec<u8>)]) -> usize {
    feed.iter().filter(|(k, _)| k == "badge").count()
}

/// R02, R03, P7, F41: a suspension is in the lists of every device at its next contact, and no badge of that person is renewed, however short its
/// life has become; resumption takes its own decision.
#[test]
fn r02_f41_a_suspension_reaches_every_device_at_its_next_contact_and_renews_no_badge() {
    let office = Office::start();
    let mut wang = Device::enrolled(&office.invite("王小明", "110001").1);
    let mut li = Device::enrolled(&office.invite("李小红", "110002").1);
    let feed = wang.feed();
    let index = badge(&wang, &feed).status;
    assert_eq!(status(&wang, &feed).status(index), Some(CertificateStatus::Valid));
    assert_eq!(numbers(&wang, &feed), ["110001", "110002"]);
    let (first, before) = (status(&wang, &feed), badges(&feed));
    assert!(first.issued >= badge(&wang, &feed).issued, "a list says nothing of a younger badge");
    assert_eq!(wang.feed().len(), feed.len(), "nothing new, nothing sent");

    // Badges are told apart by their second.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert!(officer(&office, &["suspend", "110001"]).contains("暂扣"));
    // As if half of the badge's life were over.
    database(&office).execute("UPDATE badges SET expires = expires - 400000", params![]).unwrap();
    let feed = wang.feed();
    assert_eq!(status(&wang, &feed).status(index), Some(CertificateStatus::Suspended));
    assert!(status(&wang, &feed).issued > first.issued, "of two lists the later counts");
    assert_eq!(numbers(&wang, &feed), ["110002"]);
    assert_eq!(badges(&feed), before, "no badge is renewed");
    let theirs = li.feed();
    assert_eq!(status(&li, &theirs).status(index), Some(CertificateStatus::Suspended));
    let own = badge(&li, &theirs).status;
    assert_eq!(status(&li, &theirs).status(own), Some(CertificateStatus::Valid));
    assert!(badges(&theirs) > 1, "the other's badge goes on being renewed");
    office.say(&["badge", "issue"]);
    assert_eq!(badges(&wang.feed()), before, "not by hand either");
    let out = office.run(&["enroll", "--number", "110001"]);
    assert!(!out.status.success() && String::from_utf8_lossy(&out.stderr).contains("暂扣"), "no new device");

    for (again, why) in [("suspend", "暂扣中"), ("check", "暂扣中")] {
        assert!(refused(&office, &[again, "110001"]).contains(why));
    }
    officer(&office, &["resume", "110001"]);
    let feed = wang.feed();
    assert_eq!(status(&wang, &feed).status(index), Some(CertificateStatus::Valid));
    assert_eq!((badges(&feed), numbers(&wang, &feed).len()), (before + 1, 2), "a fresh badge at once");
    officer(&office, &["recall", "110001", "--cause", "retirement"]);
    let feed = wang.feed();
    assert_eq!(status(&wang, &feed).status(index), Some(CertificateStatus::Cancelled));
    for act in ["resume", "check", "suspend"] {
        assert!(refused(&office, &[act, "110001"]).contains("不能恢复"), "nothing leads back");
    }
    officer(&office, &["recall", "110001", "--returned"]);
    assert!(refused(&office, &["recall", "110001", "--returned"]).contains("已收回"));
}

/// R04, R02: application, exam, issue, device; each step with its reason is a leaf of the office's log and cannot be changed.
#[test]
fn r04_a_certificate_is_issued_after_a_passed_exam_and_its_history_stays() {
    let office = Office::start();
    let card = [
        "apply",
        "--name",
        "赵一",
        "--unit",
        "某县卫生健康局",
        "--position",
        "科员",
        "--number",
        "110009",
        "--category",
        "卫生监督",
        "--area",
        "某县",
    ];
    officer(&office, &card);
    assert!(refused(&office, &card).contains("已在名册"));
    assert!(refused(&office, &["issue", "110009"]).contains("资格考试"), "R04");
    officer(&office, &["exam", "110009", "--failed", "--result", "52 分"]);
    assert!(refused(&office, &["issue", "110009"]).contains("资格考试"), "R04");
    let none = office.run(&["enroll", "--number", "110009"]);
    assert!(String::from_utf8_lossy(&none.stderr).contains("申领中"));
    officer(&office, &["exam", "110009", "--passed", "--result", "合格证 2026-1"]);
    assert!(
        refused(&office, &["issue", "110009", "--until", "2099-12-31"]).contains("5 年"),
        "the longest validity is a setting"
    );
    assert!(refused(&office, &["issue", "110009", "--day", "2099-01-01"]).contains("将来"));
    officer(&office, &["issue", "110009"]);
    let out = office.say(&["enroll", "--json", "--number", "110009"]);
    let json: Value = serde_json::from_str(&out).unwrap();
    let mut d = Device::enrolled(&Invitation::parse(json["invitation"].as_str().unwrap()).unwrap());
    let feed = d.feed();
    assert_eq!((badge(&d, &feed).officer.name.as_str(), badge(&d, &feed).officer.number.as_str()), ("赵一", "110009"));
    // 换发: what changed on the card is on the badge at once.
    officer(&office, &["renew", "110009", "--position", "副科长", "--until", "2028-12-31"]);
    let feed = d.feed();
    assert_eq!((badge(&d, &feed).officer.position.as_str(), badge(&d, &feed).officer.until), ("副科长", 20_281_231));
    assert_eq!(status(&d, &feed).status(badge(&d, &feed).status), Some(CertificateStatus::Valid));

    let life = shown(&office, "110009");
    let acts: Vec<&str> = life["steps"].as_array().unwrap().iter().map(|s| s["step"]["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["applied", "examined", "examined", "issued", "renewed"]);
    assert!(
        life["steps"].as_array().unwrap().iter().all(|s| s["step"]["by"] == "王局长" && s["step"]["basis"] == "行政处罚法 55")
    );
    let c = database(&office);
    let rows: Vec<(Vec<u8>, Vec<u8>, i64)> =
        c.rows("SELECT record, receipt, leaf FROM register_steps ORDER BY n", params![], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        });
    for (record, receipt, leaf) in rows {
        let receipt = LogReceipt::open(&receipt, &office.trust()).unwrap();
        let at = receipt.leaf.at();
        assert_eq!(receipt.leaf, OfficeLeaf::Register { record: sha256(&record), at });
        assert_eq!(receipt.index, leaf as u64);
    }
    assert!(
        c.execute("DELETE FROM register_steps", params![]).is_err()
            && c.execute("UPDATE register_steps SET at = 0", params![]).is_err()
    );
    assert_eq!(life["logged"], true);
    // Whoever alters the database all the same, or takes a step out of it, is found out by the receipts and the leaves.
    if !office.embedded("the file is altered") {
        return;
    }
    let altered = |sql: &str| {
        let out = tempfile::tempdir().unwrap();
        let copy = out.path().join("copy.sqlite");
        Connection::open(office.folder.path().join("office.sqlite"))
            .unwrap()
            .execute("VACUUM INTO ?", [copy.to_str().unwrap()])
            .unwrap();
        let d = Connection::open(&copy).unwrap();
        d.execute_batch("DROP TRIGGER register_steps_stay; DROP TRIGGER register_steps_remain").unwrap();
        d.execute(sql, []).unwrap();
        drop(d);
        for file in ["keys.toml", "trust.cbor", "mingzheng.toml"] {
            std::fs::copy(office.folder.path().join(file), out.path().join(file)).unwrap();
        }
        std::fs::rename(&copy, out.path().join("office.sqlite")).unwrap();
        let mut shown = Command::new(env!("CARGO_BIN_EXE_mingzheng"));
        shown.arg("--config").arg(out.path().join("mingzheng.toml")).args(["officer", "show", "110009", "--json"]);
        serde_json::from_slice::<Value>(&shown.output().unwrap().stdout).unwrap()["logged"].clone()
    };
    assert_eq!(altered("UPDATE register_steps SET at = at"), true);
    assert_eq!(altered("DELETE FROM register_steps WHERE n = 4"), false);
    assert_eq!(
        altered("UPDATE register_steps SET receipt = (SELECT receipt FROM register_steps WHERE n = 0) WHERE n = 1"),
        false
    );
    let (_, log) = console(&office, "/console/log");
    assert!(log.contains("证件名册"));
}

/// R02: the annual check is due, missed and made up by date alone; a batch is recorded whole or not at all.
#[test]
fn r02_annual_checks_are_recorded_in_batches_from_the_work_list() {
    let office = Office::start();
    let mut d = Device::enrolled(&office.invite("王小明", "110001").1);
    office.invite("李小红", "110002");
    let due = |office: &Office, months: &str| -> Value {
        let out = office
            .command()
            .env("MINGZHENG_REGISTER_CHECK_MONTHS", months)
            .env("MINGZHENG_REGISTER_CHECK_NOTICE_DAYS", "40")
            .args(["officer", "due", "--json"])
            .output()
            .unwrap();
        serde_json::from_slice(&out.stdout).unwrap()
    };
    let count = |v: &Value| ["due", "missed", "passed"].map(|k| v[k].as_array().unwrap().len());
    assert_eq!(count(&due(&office, "12")), [0, 0, 0]);
    assert_eq!(count(&due(&office, "1")), [2, 0, 0], "within a month all are due");
    // As if both had been taken over long ago: a year, and the days of grace, are over.
    let c = database(&office);
    c.unlock("register_steps", "register_steps_stay");
    let rows: Vec<([u8; 16], Vec<u8>, i64)> =
        c.rows("SELECT certificate, record, n FROM register_steps", params![], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)));
    for (certificate, record, n) in rows {
        let mut json = mingzheng_core::cbor::to_json(&mingzheng_core::cbor::decode(&record).unwrap())[1].clone();
        json["step"]["day"] = json!(20_250_101);
        let old = mingzheng_core::cbor::Value::Array(vec![[0_u8; 16].into(), mingzheng_core::cbor::from_json(&json).unwrap()]);
        let old = mingzheng_core::cbor::encode(&old).unwrap();
        c.execute("UPDATE register_steps SET record = ? WHERE certificate = ? AND n = ?", params![old, certificate, n]).unwrap();
    }
    c.execute("DELETE FROM lists", params![]).unwrap();
    assert_eq!(count(&due(&office, "12")), [0, 2, 0]);
    let feed = d.feed();
    let index = badge(&d, &feed).status;
    assert_eq!(status(&d, &feed).status(index), Some(CertificateStatus::CheckMissed), "by date alone");
    assert!(numbers(&d, &feed).is_empty());
    let said = refused(&office, &["check", "110001", "119999"]);
    assert!(said.contains("没有此证件编号"), "{said}");
    assert_eq!(count(&due(&office, "12")), [0, 2, 0], "nothing half recorded");
    officer(&office, &["check", "110001", "110002"]);
    assert_eq!(count(&due(&office, "12")), [0, 0, 2]);
    let feed = d.feed();
    assert_eq!((status(&d, &feed).status(index), numbers(&d, &feed).len()), (Some(CertificateStatus::Valid), 2));
}

/// R02: a database from before the register: who had a certificate has one that is issued, with a badge that the status list covers; older badges
/// stay covered at the place that they name.
#[test]
fn r02_a_database_of_schema_2_is_taken_over() {
    let mut office = Office::start();
    if !office.embedded("no office had PostgreSQL then") {
        return;
    }
    let mut d = Device::enrolled(&office.invite("王小明", "110001").1);
    let before = badges(&d.feed());
    let person = d.enrolment.as_ref().unwrap().0.person;
    office.stop();
    let c = Connection::open(office.folder.path().join("office.sqlite")).unwrap();
    c.execute_batch(
        "PRAGMA foreign_keys = OFF; DROP INDEX uploads_of_device; DROP INDEX uploads_open; DROP INDEX uploads_unopened; DROP TABLE fetched; DROP TABLE destroying; DROP TABLE destructions; DROP TABLE destroyed; DROP TABLE retention_acts; DROP TABLE withdrawn_tasks; DROP TABLE wipes; DROP TABLE attestations; DROP TABLE subtrees; DROP TABLE leases; DROP TABLE organ; DROP TABLE ledger_sealed; DROP TABLE ledger_steps; DROP TABLE ledgers; DROP TABLE number_blocks; DROP TABLE case_papers; DROP TABLE case_records; DROP TABLE procedure_steps; DROP TABLE procedures; DROP TABLE register_steps; DROP TABLE status_indexes; DROP TABLE holders; DROP TABLE certificates;
         DROP TABLE training; DROP TABLE lists; DROP TABLE enterprises; DROP TABLE mandates; DELETE FROM feed WHERE kind IN ('status', 'officers');
         PRAGMA user_version = 2",
    )
    .unwrap();
    let certificate = |number: &str| {
        json!({"unit": "某县卫生监督所", "position": "科员", "number": number, "category": "卫生监督", "area": "某县", "until": 20_301_231})
            .to_string()
    };
    c.execute("UPDATE persons SET certificate = ? WHERE person = ?", rusqlite::params![certificate("110001"), person.0]).unwrap();
    for (id, name, number) in [([1_u8; 16], "李小红", "110002"), ([2; 16], "王小明", "110001"), ([3; 16], "张三", "110001")]
    {
        let values = rusqlite::params![id, name, certificate(number)];
        c.execute("INSERT INTO persons (person, name, role, certificate) VALUES (?, ?, 'officer', ?)", values).unwrap();
    }
    drop(c);
    office.serve(office.address.rsplit(':').next().unwrap().parse().unwrap());
    let feed = d.feed();
    assert_eq!(badges(&feed), before + 1, "a fresh badge, under the new place");
    assert_eq!(numbers(&d, &feed), ["110001", "110002"], "a number belongs to one officer: the third name is not taken over");
    let index = badge(&d, &feed).status;
    assert!(index > 0 && status(&d, &feed).status(index) == Some(CertificateStatus::Valid));
    let life = shown(&office, "110001");
    assert_eq!((life["steps"][0]["step"]["act"].as_str(), life["until"].as_u64()), (Some("taken_over"), Some(20_301_231)));
    officer(&office, &["suspend", "110001"]);
    let feed = d.feed();
    let list = status(&d, &feed);
    assert_eq!(
        (list.status(index), list.status(0)),
        (Some(CertificateStatus::Suspended), Some(CertificateStatus::Suspended)),
        "F41"
    );
    let c = database(&office);
    let left: i64 = c.query_row("SELECT count(*) FROM persons WHERE certificate IS NOT NULL", params![], |r| r.get(0)).unwrap();
    let same: i64 = c.query_row("SELECT count(*) FROM holders", params![], |r| r.get(0)).unwrap();
    assert_eq!((left, same), (0, 3), "one officer under two person ids holds one certificate");
}

/// R02, R08, J1: nobody is assigned whose certificate is not in effect, does not cover area or category, or whose unit has no mandate for it; every refusal
/// says why and what to do.
#[test]
fn r02_r08_j1_a_task_is_refused_with_reason_and_what_to_do() {
    let office = Office::start();
    let (wang, _) = office.invite("王小明", "110001");
    let (li, _) = office.invite("李小红", "110002");
    let file = office.folder.path().join("task.json");
    let add = |change: &dyn Fn(&mut Task)| {
        let mut t = task(&[(&wang, "110001"), (&li, "110002")]);
        t.day = Day::in_china(now()).unwrap().number();
        change(&mut t);
        std::fs::write(&file, serde_json::to_string(&t).unwrap()).unwrap();
        let out = office.run(&["task", "add", file.to_str().unwrap()]);
        (out.status.success(), String::from_utf8([out.stdout, out.stderr].concat()).unwrap())
    };
    let says = |change: &dyn Fn(&mut Task), words: &[&str]| {
        let (done, said) = add(change);
        assert!(!done && words.iter().all(|w| said.contains(w)), "{words:?}: {said}");
    };
    let (done, said) = add(&|_| {});
    assert!(done && said.contains("企业名录中没有此代码"), "unknown enterprises are taken with a note: {said}");
    says(&|t| t.area = Some("邻县".into()), &["证号 110001", "执法区域", "邻县", "改派"]);
    says(&|t| t.category = Some("安全生产".into()), &["执法类别", "安全生产", "改派"]);
    says(&|t| t.day = 20_310_101, &["过期", "换发"]);
    assert!(add(&|t| (t.area, t.category) = (Some("某县城关镇".into()), Some("卫生监督".into()))).0, "part of the area");

    // The area of a known enterprise counts when the task names none.
    let good = "91350100M000100Y43";
    assert!(!office.run(&["enterprise", "add", "--code", "91350100M000100Y44", "--name", "某店"]).status.success());
    office.say(&["enterprise", "add", "--code", good, "--name", "某县云水宾馆", "--area", "邻县"]);
    says(&|t| t.enterprise.code = good.into(), &["执法区域", "邻县"]);
    office.say(&["enterprise", "add", "--code", good, "--name", "某县云水宾馆", "--area", "某县"]);
    let (done, said) = add(&|t| t.enterprise.code = good.into());
    assert!(done && !said.contains("注意"), "{said}");

    // 受委托组织: in the name of the principal, within scope, area and time.
    let mandate = |principal: &str, from: &str, until: &str| {
        let unit = "某县卫生监督所";
        let said = office.say(&[
            "mandate",
            "add",
            "--principal",
            principal,
            "--organisation",
            unit,
            "--scope",
            "住宿场所",
            "--area",
            "某县",
            "--number",
            "委 1",
            "--from",
            from,
            "--until",
            until,
            "--published",
            "县政府网站",
        ]);
        said.trim().rsplit(' ').next().unwrap().to_owned()
    };
    mandate("某县卫生健康局", "2020-01-01", "2021-12-31");
    says(&|_| {}, &["某县卫生监督所", "不在有效期", "续办"]);
    let id = mandate("某县卫生健康局", "2020-01-01", "2099-12-31");
    assert!(add(&|_| {}).0);
    says(&|t| t.organ = "某县疾控局".into(), &["以委托机关名义"]);
    says(&|t| t.matter = "医疗机构".into(), &["超出委托", "事项"]);
    office.say(&["mandate", "end", &id, "--reason", "机构改革", "--by", "王局长"]);
    says(&|_| {}, &["不在有效期"]);
    assert!(!office.run(&["mandate", "end", &id, "--reason", "再次", "--by", "王局长"]).status.success(), "once");
    mandate("某县卫生健康局", "2020-01-01", "2099-12-31");
    assert!(add(&|_| {}).0);

    assert_eq!(office.say(&["officer", "roster", "--area", "某县"]).lines().count(), 2);
    officer(&office, &["suspend", "110002"]);
    says(&|_| {}, &["证号 110002", "暂扣", "发还"]);
    let roster = office.say(&["officer", "roster", "--area", "某县"]);
    assert!(roster.lines().count() == 1 && roster.contains("110001"));
    assert!(office.say(&["officer", "roster", "--category", "安全生产"]).contains("没有可派"));
}

/// R08: a file is imported whole or not at all, and each faulty line is named.
#[test]
fn r08_enterprises_are_imported_from_csv_whole_or_not_at_all() {
    let office = Office::start();
    let file = office.folder.path().join("e.csv");
    let import = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let out = office.run(&["enterprise", "import", file.to_str().unwrap()]);
        (out.status.success(), String::from_utf8([out.stdout, out.stderr].concat()).unwrap())
    };
    let list =
        || serde_json::from_str::<Value>(&office.say(&["enterprise", "list", "--json"])).unwrap().as_array().unwrap().len();
    let head = "统一社会信用代码,名称,地址,区域,类别\n";
    let good = "91350100M000100Y43,\"甲宾馆，东楼\",人民路 1 号,某县,住宿\n";
    let (done, said) =
        import(&format!("{head}{good}91110000100003433K,乙店,,,\n91350100M000100Y43,丙店,,,\n91110000100003433J,,,,\n91,丁\n"));
    assert!(!done && list() == 0, "{said}");
    for named in ["4 处错误", "第 3 行", "第 4 行", "与第 2 行代码相同", "第 5 行", "名称不能为空", "第 6 行", "应有 5 列"]
    {
        assert!(said.contains(named), "{named}: {said}");
    }
    assert!(!import(head).0 && !import("a,b\n1,2\n").0);
    let (done, said) = import(&format!("\u{feff}{head}{good}91110000100003433J,乙店,,某县,\n"));
    assert!(done && said.contains("已导入 2"), "{said}");
    assert!(import(&format!("{head}{good}")).0 && list() == 2, "the same again is the same");
    assert!(office.say(&["enterprise", "list", "--query", "东楼"]).contains("甲宾馆，东楼"));
}

/// A browser that has opened the console.
pub(crate) struct Desk {
    agent: ureq::Agent,
    base: String,
    cookie: String,
}

impl Desk {
    pub(crate) fn open(office: &Office) -> Self {
        // A refused form is not read to its end and its connection is closed: none is used twice.
        let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).max_idle_connections(0);
        let agent: ureq::Agent = config.build().into();
        let opened = agent.get(office.say(&["link"]).trim()).call().unwrap();
        let cookie = opened.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        Self { agent, base: office.address.clone(), cookie }
    }

    fn get(&self, path: &str) -> (u16, String) {
        let mut r = self.agent.get(format!("{}{path}", self.base)).header("cookie", &self.cookie).call().unwrap();
        (r.status().as_u16(), r.body_mut().read_to_string().unwrap())
    }

    /// Status, `Location` and page of a form from `origin`.
    fn post_from(&self, origin: &str, path: &str, form: &[(&str, &str)]) -> (u16, String, String) {
        let request = self.agent.post(format!("{}{path}", self.base)).header("cookie", &self.cookie).header("origin", origin);
        let mut r = request.send_form(form.iter().copied()).unwrap();
        let to = r.headers().get("location").map(|l| l.to_str().unwrap().to_owned()).unwrap_or_default();
        (r.status().as_u16(), to, r.body_mut().read_to_string().unwrap())
    }

    pub(crate) fn post(&self, path: &str, form: &[(&str, &str)]) -> (u16, String, String) {
        self.post_from(&self.base, path, form)
    }
}

/// R02, R04, R08: the whole life by hand in the console: empty pages say what to do, faults stay on the page with what was typed, what loses
/// something is confirmed first, and another site cannot post.
#[test]
fn r02_r04_r08_the_console_leads_through_the_life_of_a_certificate() {
    let office = Office::start();
    let desk = Desk::open(&office);
    for (path, says) in [
        ("/console/officers", "登记第一份申领"),
        ("/console/officers/due", "目前没有待年检"),
        ("/console/officers/roster", "没有符合条件的人员"),
        ("/console/mandates", "没有登记委托或授权"),
        ("/console/enterprises", "名录还是空的"),
    ] {
        let (status, page) = desk.get(path);
        assert!(status == 200 && page.contains(says), "{path}");
    }
    let today = Day::in_china(now()).unwrap().to_string();
    let why = [("day", today.as_str()), ("reason", "新任职"), ("basis", "行政处罚法 55"), ("by", "王局长")];
    let card = [
        ("name", "赵<一>"),
        ("unit", "某县卫生健康局"),
        ("position", "科员"),
        ("number", "110009"),
        ("category", "卫生"),
        ("area", "某县"),
    ];
    let apply = [&card[..], &why].concat();
    assert_eq!(desk.post_from("http://evil.example", "/console/officers/new", &apply).0, 404, "another site");
    assert!(desk.get("/console/officers").1.contains("登记第一份申领"));
    let (status, _, page) = desk.post("/console/officers/new", &[&card[..], &why[..3]].concat());
    assert!(
        status == 400 && page.contains("决定人") && page.contains("110009") && page.contains("赵&#60;一&#62;"),
        "typed text stays, escaped"
    );
    let (status, one, _) = desk.post("/console/officers/new", &apply);
    assert!(status == 303 && one.starts_with("/console/officers/"));
    let step = |kind: &str, more: &[(&str, &str)]| desk.post(&format!("{one}/{kind}"), &[&why[..], more].concat());
    let (status, _, page) = step("issued", &[("until", "2028-12-31")]);
    assert!(status == 400 && page.contains("资格考试成绩"), "R04");
    assert!(!desk.get(&one).1.contains("/issued\""), "not offered either");
    assert_eq!(step("examined", &[("passed", "yes"), ("result", "合格证 1")]).0, 303);
    assert_eq!(step("issued", &[("until", "2028-12-31")]).0, 303);
    let (_, page) = desk.get(&one);
    assert!(
        page.contains("有效")
            && page.contains("2028-12-31")
            && page.contains("合格证 1")
            && page.contains("mingzheng enroll --number 110009")
    );
    assert_eq!(step("checked", &[]).0, 303);

    let (status, _, page) = step("suspended", &[]);
    assert!(status == 200 && page.contains("name=\"confirmed\"") && page.contains("立即生效"), "asked first");
    assert_eq!(shown(&office, "110009")["state"], "valid", "nothing is done yet");
    assert_eq!(step("suspended", &[("confirmed", "yes")]).0, 303);
    assert_eq!(shown(&office, "110009")["state"], "suspended");
    assert_eq!(step("resumed", &[]).0, 303);
    assert!(step("cancelled", &[]).2.contains("请选择注销原因"));
    assert!(step("cancelled", &[("cause", "transfer")]).2.contains("不可恢复"));
    assert_eq!(step("cancelled", &[("cause", "transfer"), ("confirmed", "yes")]).0, 303);
    assert_eq!(step("returned", &[]).0, 303);
    let (_, page) = desk.get(&one);
    assert!(page.contains("收回") && !page.contains("<form method=\"post\""), "nothing may follow");
    assert!(desk.get("/console/officers?state=cancelled").1.contains("110009"));
    assert!(!desk.get("/console/officers?state=valid").1.contains("110009"));
    assert!(desk.get("/console/officers?q=110008").1.contains("没有符合条件的记录"));
    assert_eq!(desk.get("/console/officers/00000000000000000000000000000000").0, 404);

    office.invite("王小明", "110001");
    let (_, page) = desk.get(
        "/console/officers/roster?area=某县城关镇"
            .replace("某县城关镇", "%E6%9F%90%E5%8E%BF%E5%9F%8E%E5%85%B3%E9%95%87")
            .as_str(),
    );
    assert!(page.contains("110001") && !page.contains("110009"));
    let (status, _, page) = desk.post("/console/officers/due", &why);
    assert!(status == 400 && page.contains("请先勾选人员"));

    let mandate = [
        ("organisation", "某县卫生监督所"),
        ("ground", "entrusted"),
        ("principal", "某县卫生健康局"),
        ("number", "委 1"),
        ("scope", "住宿场所、游泳场所"),
        ("area", "某县"),
        ("from", "2026-01-01"),
        ("until", "2099-12-31"),
        ("published", "县政府网站"),
    ];
    assert_eq!(desk.post("/console/mandates", &mandate).0, 303);
    assert_eq!(desk.post("/console/mandates", &mandate[..8]).0, 400, "published where");
    let (_, page) = desk.get("/console/mandates");
    assert!(page.contains("住宿场所、游泳场所") && page.contains("有效"));
    let end = page.split("action=\"/console/mandates/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let end = format!("/console/mandates/{end}");
    assert!(desk.post(&end, &why).2.contains("name=\"confirmed\""));
    assert_eq!(desk.post(&end, &[&why[..], &[("confirmed", "yes")]].concat()).0, 303);
    assert!(desk.get("/console/mandates").1.contains("已终止"));

    let csv = "code,name,address,area,category\n91350100M000100Y43,甲店,,某县,\n";
    assert_eq!(desk.post("/console/enterprises", &[("csv", csv)]).1, "/console/enterprises?done=1");
    let (status, _, page) = desk.post("/console/enterprises", &[("csv", "code,name\n91350100M000100Y44,乙店\n")]);
    assert!(status == 400 && page.contains("第 2 行") && page.contains("91350100M000100Y44,乙店"), "what was pasted stays");
}

/// R05: the ledger of person, topic and hours: whole or not at all, only appended, each row a leaf of the office's log; what is wrong is named.
#[test]
fn r05_training_is_a_ledger_of_person_topic_and_hours_that_nobody_rewrites() {
    let office = Office::start();
    office.invite("王小明", "110001");
    office.invite("李小红", "110002");
    let training = |arguments: &[&str]| {
        let out = office.run(&[&["training"], arguments].concat());
        (out.status.success(), String::from_utf8([out.stdout, out.stderr].concat()).unwrap())
    };
    let year = |arguments: &[&str]| -> Vec<(String, u64, u64, Value)> {
        let out = office.say(&[&["training", "list", "--json"], arguments].concat());
        let all: Vec<Value> = serde_json::from_str(&out).unwrap();
        let row = |v: &Value| {
            let number = v["number"].as_str().unwrap().to_owned();
            (number, v["times"].as_u64().unwrap(), v["minutes"].as_u64().unwrap(), v["missing"].clone())
        };
        all.iter().map(row).collect()
    };
    let nobody = |n: &str| (n.to_owned(), 0, 0, Value::Null);
    assert_eq!(year(&[]), [nobody("110001"), nobody("110002")]);

    let add = |numbers: &[&str], topic: &str, hours: &str, by: &str, more: &[&str]| {
        training(&[&["add"], numbers, &["--topic", topic, "--hours", hours, "--by", by], more].concat())
    };
    for (numbers, topic, hours, by, more, named) in [
        (&["110001"][..], "处罚法", "0", "刘法制", &[][..], "学时"),
        (&["110001"], "处罚法", "200.25", "刘法制", &[], "学时"),
        (&["110001"], "处罚法", "1.3", "刘法制", &[], "学时"),
        (&["110001"], " ", "1.5", "刘法制", &[], "主题"),
        (&["110001"], "处罚法", "1.5", "", &[], "登记人"),
        (&["110001"], "处罚法", "1.5", "刘法制", &["--day", "2099-01-01"], "将来"),
        (&["110001", "119999"], "处罚法", "1.5", "刘法制", &[], "没有此证件编号"),
    ] {
        let (done, said) = add(numbers, topic, hours, by, more);
        assert!(!done && said.contains(named), "{named}: {said}");
    }
    assert_eq!(year(&[]), [nobody("110001"), nobody("110002")], "nothing half recorded");

    assert!(add(&["110001", "110002"], "行政处罚法", "1.5", "刘法制", &[]).0);
    assert!(add(&["110001"], "信访", "2.25", "刘法制", &[]).0);
    assert!(add(&["110001"], "旧课", "40", "刘法制", &["--day", "2020-05-06"]).0, "another year");
    assert_eq!(year(&[]), [("110001".into(), 2, 225, Value::Null), ("110002".into(), 1, 90, Value::Null)]);
    assert_eq!(year(&["--year", "2020"])[0], ("110001".into(), 1, 2400, Value::Null));

    // A mistake is struck out, once, and stays to be seen.
    let strike = |row: &str| training(&["strike", "110001", row, "--reason", "记错人", "--by", "刘法制"]);
    assert!(strike("1").0);
    for wrong in ["1", "3", "99"] {
        assert!(strike(wrong).1.contains("没有这一行"), "{wrong}");
    }
    assert_eq!(year(&[])[0], ("110001".into(), 1, 90, Value::Null));
    let rows = training(&["list", "--number", "110001"]).1;
    assert!(rows.lines().count() == 3 && rows.contains("信访") && rows.contains("已划销") && rows.contains("记错人"), "{rows}");

    // The hours that are asked for are a setting; without it nobody is reminded.
    let asked = |hours: &str| {
        let mut list = office.command();
        list.env("MINGZHENG_REGISTER_TRAINING_HOURS", hours).args(["training", "list"]);
        let out = list.output().unwrap();
        String::from_utf8([out.stdout, out.stderr].concat()).unwrap()
    };
    assert!(!training(&["list"]).1.contains("提示"));
    assert!(asked("40").contains("还差 38.5 学时") && !asked("1").contains("提示") && asked("1001").contains("training_hours"));
    assert_eq!(office.say(&["officer", "roster"]).lines().count(), 2, "a reminder, never a gate");

    // Only appended; whoever takes a row out all the same is found out.
    let c = database(&office);
    assert!(c.execute("DELETE FROM training", params![]).is_err() && c.execute("UPDATE training SET at = 0", params![]).is_err());
    let (record, receipt): (Vec<u8>, Vec<u8>) =
        c.query_row("SELECT record, receipt FROM training LIMIT 1", params![], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    let receipt = LogReceipt::open(&receipt, &office.trust()).unwrap();
    assert_eq!(receipt.leaf, OfficeLeaf::Register { record: sha256(&record), at: receipt.leaf.at() });
    assert_eq!(shown(&office, "110001")["logged"], true);
    c.unlock("training", "training_remains");
    c.execute("DELETE FROM training WHERE n = 2", params![]).unwrap();
    assert_eq!(shown(&office, "110001")["logged"], false);
}

/// R05: the ledger in the console: the year's hours by officer as page and table, several recorded at once, one on the officer's page, a mistake struck out.
#[test]
fn r05_the_console_shows_and_records_training() {
    let office = Office::start();
    let desk = Desk::open(&office);
    assert!(desk.get("/console/officers/training").1.contains("先在名册登记"), "an empty page says what to do");
    office.invite("王小明", "110001");
    office.invite("=李小红", "110002");
    let (_, page) = desk.get("/console/officers/training");
    let ids: Vec<&str> = page.split("name=\"certificate\" value=\"").skip(1).map(|p| p.split('"').next().unwrap()).collect();
    assert_eq!(ids.len(), 2);
    let today = Day::in_china(now()).unwrap().to_string();
    let held = [("day", today.as_str()), ("topic", "说理<式>执法"), ("hours", "1.5"), ("by", "刘法制")];
    let (status, _, page) = desk.post("/console/officers/training", &held);
    assert!(status == 400 && page.contains("请先勾选人员") && page.contains("说理&#60;式&#62;执法"), "what was typed stays");
    let both = [&held[..], &[("certificate", ids[0]), ("certificate", ids[1])]].concat();
    assert_eq!(desk.post_from("http://evil.example", "/console/officers/training", &both).0, 404, "another site");
    assert_eq!(desk.post("/console/officers/training", &both).1, "/console/officers/training?done=2");

    let one = format!("/console/officers/{}", ids[0]);
    let (status, _, page) = desk.post(&format!("{one}/training"), &[&held[..2], &[("hours", "0.1"), ("by", "刘法制")]].concat());
    assert!(status == 400 && page.contains("以 0.25 为单位") && page.contains("value=\"0.1\""));
    assert_eq!(desk.post(&format!("{one}/training"), &held).0, 303);
    let (_, page) = desk.get(&one);
    assert!(page.contains(">3</strong>") && !page.contains("还差"), "two of an hour and a half; nobody is reminded");
    assert_eq!(desk.post(&format!("{one}/training/1"), &[("reason", "重复"), ("by", "刘法制")]).0, 303);
    let (_, page) = desk.get(&one);
    assert!(page.contains(">1.5</strong>") && page.contains("<del>说理") && page.contains("重复（刘法制）"));
    assert!(page.contains("每一步都有回执"), "training is in the log as the steps are");
    assert_eq!(desk.post(&format!("{one}/training/7"), &[("reason", "重复"), ("by", "刘法制")]).0, 400);

    let year = &today[..4];
    let (status, csv) = desk.get("/console/officers/training.csv");
    let lines: Vec<&str> = csv.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!((status, lines[0]), (200, r#""年度","姓名","单位","证件编号","次数","学时""#));
    assert_eq!(lines[1], format!(r#""{year}","王小明","某县卫生监督所","110001","1","1.5""#));
    assert!(lines.len() == 3 && lines[2].contains("\"'=李小红\""), "no cell is run as a formula");
    assert!(desk.get("/console/officers/training.csv?year=2020").1.contains("\"0\",\"0\""));
    assert!(
        !ureq::get(format!("{}/console/officers/training.csv", office.address)).call().is_ok_and(|r| r.status() == 200),
        "not public"
    );
}
