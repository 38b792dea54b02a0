//! 保存与销毁 on the real server and command line (R22, J21): the period, holds, promotion, two persons, a certificate, and a run that was killed.

use super::procedure::{decided, office, today};
use super::publish::{picture, poppler, without_space};
use super::*;
use mingzheng_core::cbor::Value as Cbor;
use mingzheng_core::log::Destruction;
use serde_json::Value;

const BASIS: &str = "保存期限届满（规则包 baocun-richang）";
const WANG: [&str; 6] = ["--by", "王小明", "--number", "110001", "--reason", "届满"];
const LI: [&str; 6] = ["--by", "李小红", "--number", "110002", "--reason", "核对无误"];

/// An inspection that was closed, with so many photographs in custody; gives it and the sealed files.
fn inspected(d: &mut Device, photos: &[Vec<u8>], closed: bool) -> (Id, Vec<String>) {
    let (case, old) = (Id(random()), d.entries.len() as u64);
    let mut sealed = vec![];
    for clear in photos {
        let file = d.seal(clear);
        d.act(Some(case), &captured(clear, &file));
        sealed.push(file);
    }
    if closed {
        let fields = vec![("entries".into(), Cbor::Int(photos.len() as i64 + 1)), ("witness".into(), Cbor::from("none"))];
        d.act_raw(Some(case), "inspection.closed", fields);
    }
    d.checkpoint();
    let back = d.submit(&d.submission(old));
    assert_eq!(back.status, 201, "{}", back.code());
    for file in &sealed {
        upload(d, file);
        assert_eq!(d.send("GET", &format!("/v1/custody/{}", hex(&sha256(file))), &[], vec![]).status, 200);
    }
    (case, sealed.iter().map(|f| hex(&sha256(f))).collect())
}

/// As if so many days had passed since everything arrived.
fn pass(office: &Office, days: i64) {
    let ms = days * 86_400_000;
    let db = database(office);
    db.execute("UPDATE uploads SET complete = complete - ?", params![ms]).unwrap();
    db.execute("UPDATE entries SET received = received - ?", params![ms]).unwrap();
}

fn json(office: &Office, arguments: &[&str]) -> Value {
    serde_json::from_str(&office.say(&[&["retention"], arguments, &["--json"]].concat())).unwrap()
}

fn say(office: &Office, arguments: &[&str], who: &[&str]) -> String {
    office.say(&[&["retention"], arguments, who].concat())
}

/// What a refusal says.
fn refused(office: &Office, arguments: &[&str], who: &[&str]) -> String {
    let out = office.run(&[&["retention"], arguments, who].concat());
    assert!(!out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stdout));
    String::from_utf8(out.stderr).unwrap()
}

fn states(office: &Office, inspection: Id) -> Vec<String> {
    let all = json(office, &["of", &inspection.to_string()]);
    all.as_array().unwrap().iter().map(|f| f["state"].as_str().unwrap().to_owned()).collect()
}

fn path(office: &Office, file: &str) -> std::path::PathBuf {
    office.folder.path().join("objects").join(&file[..2]).join(file)
}

/// An office with the pack and one closed inspection of two photographs, seven months ago.
fn old() -> (Office, Device, Id, Vec<String>) {
    let office = office();
    let mut d = Device::enrolled(&office.invite_again("110001").1);
    let (case, files) = inspected(&mut d, &[b"one".to_vec(), b"two".to_vec()], true);
    assert_eq!(states(&office, case), ["running", "running"]);
    assert!(json(&office, &["due"]).as_array().unwrap().is_empty());
    pass(&office, 215);
    (office, d, case, files)
}

/// R22, J21: daily footage is due after six months; two persons destroy it; entries, digests, receipts and the log stay, and everything that judges the
/// office agrees.
#[test]
fn r22_j21_two_persons_destroy_what_is_due_and_a_certificate_says_so() {
    let (office, mut d, case, files) = old();
    assert_eq!(states(&office, case), ["due", "due"]);
    let custody = |d: &mut Device| d.send("GET", &format!("/v1/custody/{}", files[0]), &[], vec![]).body;
    let receipt = custody(&mut d);
    assert!(say(&office, &["propose", "--basis", BASIS], &WANG).contains("清单 list 1"));
    assert!(json(&office, &["due"]).as_array().unwrap().is_empty(), "it stands in a list");
    assert!(refused(&office, &["run", "1"], &[]).contains("未获批准"));
    assert!(refused(&office, &["approve", "1"], &WANG).contains("J21"), "who proposed cannot approve");
    let renamed = ["--by", "王小明 ", "--number", "999", "--reason", "x"];
    assert!(refused(&office, &["approve", "1"], &renamed).contains("J21"), "nor under another number");
    assert!(files.iter().all(|f| path(&office, f).exists()));
    say(&office, &["approve", "1"], &LI);
    assert!(files.iter().all(|f| path(&office, f).exists()), "approval alone destroys nothing");
    let said = say(&office, &["run", "1"], &[]);
    assert!(said.contains("毁〔") && said.contains("destroyed: 2"), "{said}");
    assert!(files.iter().all(|f| !path(&office, f).exists()));
    let list = json(&office, &["list"]);
    assert_eq!((list["lists"][0]["state"].as_str(), list["logged"].as_bool()), (Some("done"), Some(true)));
    let number = list["certificates"][0]["number"].as_str().unwrap();
    let out = office.folder.path().join("certificate.cbor");
    say(&office, &["certificate", number, "--out", out.to_str().unwrap()], &[]);
    let bytes = std::fs::read(&out).unwrap();
    let c = Destruction::open(&bytes, &office.trust()).unwrap();
    assert_eq!(
        (c.proposed.0.as_str(), c.approved.0.as_str(), c.basis.as_str(), c.reason.as_str()),
        ("王小明", "李小红", BASIS, "届满")
    );
    let mut named: Vec<String> = c.files.iter().map(|f| hex(&f.sealed)).collect();
    let mut wanted = files.clone();
    named.sort();
    wanted.sort();
    assert_eq!(named, wanted);
    assert!(c.files.iter().any(|f| f.clear == sha256(b"one") && f.length == 3));
    for at in [20, bytes.len() / 2, bytes.len() - 3] {
        let mut forged = bytes.clone();
        forged[at] ^= 1;
        assert!(Destruction::open(&forged, &office.trust()).is_err(), "byte {at}");
    }

    // Nothing else has changed: receipt, entries, judgement, backup; nobody is asked for the files again.
    assert_eq!(custody(&mut d), receipt, "the custody receipt stays");
    assert_eq!(office.run(&["check"]).status.code(), Some(0), "{}", office.say(&["check", "--json"]));
    let found: Value = serde_json::from_str(&office.say(&["objects", "check", "--json"])).unwrap();
    assert_eq!((&found["checked"], &found["asked"]), (&0.into(), &0.into()));
    let cases: Value = serde_json::from_str(&office.say(&["cases", "--json"])).unwrap();
    assert_eq!(cases[0]["missing"], 0, "destroyed is not missing");
    assert_eq!(create(&mut d, b"x").status, 201);
    let (_, codes) = super::bundle::codes(&office, case, "exported");
    let count = |code: &str| codes.iter().filter(|c| *c == code).count();
    assert_eq!(["destroyed", "media-missing", "destruction-bad", "custody-none"].map(count), [2, 0, 0, 0], "{codes:?}");
    let (status, page) = console(&office, &format!("/console/cases/{case}"));
    assert!(status == 200 && page.contains("已依法销毁"), "{status}");
    let backup = office.folder.path().join("backup");
    office.say(&["backup", backup.to_str().unwrap()]);
    if office.embedded("a restored office needs a database of its own") {
        let keys = office.folder.path().join("keys.toml");
        let restored = office.folder.path().join("restored");
        office.say(&["restore", backup.to_str().unwrap(), restored.to_str().unwrap(), "--keys", keys.to_str().unwrap()]);
    }
    assert_eq!(say(&office, &["run", "1"], &[]), said, "once more gives the same certificate");
    assert!(refused(&office, &["reject", "1"], &LI).contains("R22"));

    // The content that comes back, or an act that is taken out, is seen.
    std::fs::write(path(&office, &files[0]), b"back").unwrap();
    let db = database(&office);
    let changes = ["DELETE FROM destroyed", "UPDATE retention_acts SET at = 1", "DELETE FROM destructions"];
    assert!(changes.iter().all(|sql| db.execute(sql, params![]).is_err()));
    db.unlock("retention_acts", "retention_acts_stay");
    db.execute("UPDATE retention_acts SET n = 9 WHERE n = 2", params![]).unwrap();
    let out = office.run(&["check", "--json"]);
    let said: Value = serde_json::from_slice(&out.stdout).unwrap();
    let mut codes: Vec<&str> = said["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect();
    codes.sort_unstable();
    assert_eq!((out.status.code(), codes.as_slice()), (Some(1), &["destroyed-remains", "retention-changed"][..]), "{said}");
}

/// J21: while a hold stands nothing below it is proposed, approved or destroyed, wherever the work had come to; lifted, it is due again.
#[test]
fn r22_j21_a_hold_stops_destruction_at_every_step() {
    let (office, _d, case, files) = old();
    let inspection = format!("inspection:{case}");
    assert!(refused(&office, &["hold", &inspection, "--basis", " "], &WANG).contains("依据"));
    assert!(
        refused(&office, &["hold", &inspection, "--basis", "x"], &["--by", "", "--number", "1", "--reason", "x"]).contains("R59")
    );
    assert!(refused(&office, &["hold", &"ab".repeat(16), "--basis", "x"], &WANG).contains("R22"), "of nothing");
    say(&office, &["hold", &inspection, "--basis", "某县人民法院〔2026〕1号函"], &WANG);
    assert_eq!(states(&office, case), ["held", "held"]);
    assert_eq!(json(&office, &["due"])[0]["holds"], serde_json::json!([1]), "the list says what keeps it");
    assert!(refused(&office, &["propose", "--basis", BASIS, &files[0]], &WANG).contains("J21"));
    say(&office, &["lift", "1"], &LI);
    assert!(refused(&office, &["lift", "1"], &LI).contains("J21"), "no such hold stands");
    say(&office, &["propose", "--basis", BASIS], &WANG);
    // After the proposal: no approval. After the approval: what is held stays, and only that.
    say(&office, &["hold", &files[0], "--basis", "举报人申请"], &WANG);
    assert!(refused(&office, &["approve", "3"], &LI).contains("被保全"));
    say(&office, &["lift", "4"], &LI);
    say(&office, &["approve", "3"], &LI);
    say(&office, &["hold", &files[0], "--basis", "举报人申请"], &WANG);
    let said = say(&office, &["run", "3"], &[]);
    assert!(said.contains(&format!("保留（已不到期）stays: {}", files[0])) && said.contains("destroyed: 1"), "{said}");
    assert!(path(&office, &files[0]).exists() && !path(&office, &files[1]).exists());
    assert_eq!(states(&office, case), ["held"]);
    let list = json(&office, &["list"]);
    assert_eq!(list["certificates"][0]["files"], serde_json::json!([files[1]]), "the certificate names what is gone");
    say(&office, &["lift", "7"], &LI);
    assert_eq!(states(&office, case), ["due"], "it can be proposed again");
}

/// R22: what a case needs is kept as its file: footage that was promoted, and a file that two inspections share; nothing shortens it.
#[test]
fn r22_j21_promoted_and_shared_footage_stays_while_a_case_needs_it() {
    let office = office();
    let mut d = Device::enrolled(&office.invite_again("110001").1);
    let (one, files) = inspected(&mut d, &[b"one".to_vec()], true);
    let (open, _) = inspected(&mut d, &[b"three".to_vec()], false);
    pass(&office, 400);
    assert_eq!((states(&office, one), states(&office, open)), (vec!["due".into()], vec!["kept".to_owned()]));
    assert_eq!(json(&office, &["of", &open.to_string()])[0]["never"], serde_json::json!(["inspection_open"]));
    let case = decided(&office, today(), "91110000MA01ABCD2X", "未公示许可证");
    assert!(refused(&office, &["promote", &case, &case], &WANG).contains("R22"), "a case is no footage");
    say(&office, &["propose", "--basis", BASIS], &WANG);
    say(&office, &["promote", &one.to_string(), &case], &WANG);
    assert_eq!(states(&office, one), ["kept"]);
    let of = json(&office, &["of", &one.to_string()]);
    assert_eq!((&of[0]["of_case"], &of[0]["never"]), (&true.into(), &serde_json::json!(["case_open"])));
    assert!(refused(&office, &["approve", "1"], &LI).contains("转入案件"), "promoted since it was proposed");
    say(&office, &["reject", "1"], &LI);
    assert!(refused(&office, &["propose", "--basis", BASIS, &files[0]], &WANG).contains("J21"));
    // A hold on the case holds what was promoted to it.
    say(&office, &["hold", &case, "--basis", "行政复议"], &WANG);
    assert_eq!(states(&office, one), ["held"]);
    assert!(path(&office, &files[0]).exists());
}

/// R22: a run that is killed goes on where it was; each file is destroyed once and stands in one certificate, which is made when all are gone.
#[test]
fn r22_a_killed_run_goes_on_and_certifies_only_what_is_gone() {
    let office = office();
    let mut d = Device::enrolled(&office.invite_again("110001").1);
    let photos: Vec<Vec<u8>> = (0..60u8).map(|n| vec![n; 100]).collect();
    let (_, files) = inspected(&mut d, &photos, true);
    pass(&office, 215);
    say(&office, &["propose", "--basis", BASIS], &WANG);
    say(&office, &["approve", "1"], &LI);
    let gone = || files.iter().filter(|f| !path(&office, f).exists()).count();
    let mut kills = 0;
    for goal in [1, 12, 25, 40] {
        let mut run = office.command().args(["retention", "run", "1"]).stdout(Stdio::null()).spawn().unwrap();
        while gone() < goal && run.try_wait().unwrap().is_none() {}
        run.kill().unwrap();
        kills += usize::from(!run.wait().unwrap().success());
        let list = json(&office, &["list"]);
        assert!(
            gone() == files.len() || list["certificates"].as_array().unwrap().is_empty(),
            "no certificate before all is gone"
        );
    }
    // As if the last kill had come between the removal and its note.
    if let Some(left) = files.iter().find(|f| path(&office, f).exists()) {
        std::fs::remove_file(path(&office, left)).unwrap();
    }
    say(&office, &["run", "1"], &[]);
    assert_eq!(gone(), files.len());
    let list = json(&office, &["list"]);
    let certificates = list["certificates"].as_array().unwrap();
    assert_eq!((certificates.len(), certificates[0]["files"].as_array().unwrap().len()), (1, files.len()));
    let leaves: i64 =
        database(&office).query_row("SELECT count(*) FROM leaves WHERE kind = 'destruction'", params![], |r| r.get(0)).unwrap();
    assert_eq!(leaves, 1);
    assert_eq!(office.run(&["check"]).status.code(), Some(0));
    assert!(kills >= 1, "at least one run was killed before its end");
    println!("killed {kills} runs; {} files destroyed once each", files.len());
}

/// R22: a destruction that was broken off between the store and its note is ended by the server's daily work; a list that nobody began is not touched.
fn broken_off(files_in: Option<&s3::Server>) {
    let mut office = office();
    if let Some(server) = files_in {
        office.stop();
        office.environment = server.settings();
        office.serve(0);
    }
    let mut d = Device::enrolled(&office.invite_again("110001").1);
    let photos: Vec<Vec<u8>> = (0..16u8).map(|n| vec![n; 100]).collect();
    let (_, files) = inspected(&mut d, &photos, true);
    pass(&office, 215);
    let (begun, waiting) = files.split_at(12);
    for (list, part) in [("1", begun), ("3", waiting)] {
        let part: Vec<&str> = part.iter().map(String::as_str).collect();
        say(&office, &[&["propose", "--basis", BASIS], part.as_slice()].concat(), &WANG);
        say(&office, &["approve", list], &LI);
    }
    let there = |file: &String| match files_in {
        Some(server) => !server.remains(file).is_empty(),
        None => path(&office, file).exists(),
    };
    let left = |of: &[String]| of.iter().filter(|f| there(f)).count();
    let mut run = office.command().args(["retention", "run", "1"]).stdout(Stdio::null()).spawn().unwrap();
    while left(begun) == begun.len() && run.try_wait().unwrap().is_none() {}
    run.kill().unwrap();
    let killed = !run.wait().unwrap().success();
    office.kill_and_restart();
    let since = std::time::Instant::now();
    let list = loop {
        let list = json(&office, &["list"]);
        if list["certificates"].as_array().unwrap().len() == 1 {
            break list;
        }
        assert!(since.elapsed() < std::time::Duration::from_secs(30), "the daily work does not end it: {list}");
        std::thread::sleep(std::time::Duration::from_millis(100));
    };
    assert_eq!(list["certificates"][0]["files"].as_array().unwrap().len(), begun.len());
    let there = |file: &String| match files_in {
        Some(server) => !server.remains(file).is_empty(),
        None => path(&office, file).exists(),
    };
    assert!(begun.iter().all(|f| !there(f)) && waiting.iter().all(there), "a list that nobody began stays");
    let open: i64 = database(&office).query_row("SELECT count(*) FROM destroying", params![], |r| r.get(0)).unwrap();
    assert_eq!(open, 0);
    assert_eq!(office.run(&["check"]).status.code(), Some(0));
    println!("files in {}: killed in the middle: {killed}; ended by the daily work", files_in.map_or("a folder", |s| s.name));
    assert!(killed);
}

#[test]
fn r22_a_destruction_that_was_broken_off_is_ended_by_the_daily_work() {
    broken_off(None);
    broken_off(Some(&s3::Server::small()));
}

#[test]
#[ignore = "MinIO: cargo xtask test --only store"]
fn r22_a_destruction_that_was_broken_off_is_ended_by_the_daily_work_on_minio() {
    broken_off(Some(&s3::Server::minio()));
}

/// R22, J21: the console shows periods, what is due and what is held; it destroys only after another person's approval and a second look, and gives the
/// certificate as a page.
#[test]
fn r22_j21_the_console_leads_two_persons_through_a_destruction() {
    let (office, _d, case, files) = old();
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let opened = agent.get(office.say(&["link"]).trim()).call().unwrap();
    let cookie = opened.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let get = |path: &str| {
        let mut r = agent.get(format!("{}{path}", office.address)).header("cookie", &cookie).call().unwrap();
        (r.status().as_u16(), r.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap())
    };
    let page = |path: &str| {
        let (status, body) = get(path);
        assert_eq!(status, 200, "{path}");
        String::from_utf8(body).unwrap()
    };
    let post = |path: &str, who: (&str, &str), fields: &[(&str, &str)]| {
        let r = agent.post(format!("{}/console/retention/{path}", office.address));
        let all = [&[("by", who.0), ("number", who.1), ("reason", "届满")], fields].concat();
        let mut r = r.header("cookie", &cookie).header("origin", &office.address).send_form(all).unwrap();
        (r.status().as_u16(), r.body_mut().read_to_string().unwrap())
    };
    let (wang, li) = (("王小明", "110001"), ("李小红", "110002"));
    let first = page("/console/retention");
    assert!(
        first.contains("6个月") && first.contains("示例，不据此销毁") && first.contains("提出销毁清单"),
        "periods and what is due"
    );
    assert!(first.contains("没有生效的保全") && first.contains("还没有销毁过文件"), "what is empty says so");
    let here = case.to_string();
    let what = format!("inspection:{case}");
    let on = [("what", what.as_str()), ("inspection", here.as_str()), ("basis", "法院来函")];
    assert_eq!(post("hold", ("", ""), &on).0, 400, "nobody");
    assert_eq!(post("hold", wang, &on).0, 303);
    assert!(page(&format!("/console/cases/{case}")).contains("法院来函"));
    let (status, body) = post("propose", wang, &[("basis", BASIS)]);
    assert!(status == 400 && body.contains("清单为空"), "all of it is held");
    assert!(post("promote", wang, &[("what", &what), ("case", "案〔1999〕1号")]).1.contains("请核对编号"));
    assert_eq!(post("lift", li, &[("hold", "1")]).0, 303);
    assert_eq!(post("propose", wang, &[("basis", BASIS)]).0, 303);
    assert!(post("approve", wang, &[("list", "3")]).1.contains("批准人就是提出人"));
    assert_eq!(post("lists/3/run", wang, &[("confirmed", "yes")]).0, 404, "not approved");
    assert_eq!(post("approve", li, &[("list", "3")]).0, 303);
    let (status, body) = post("lists/3/run", li, &[]);
    assert!(status == 200 && body.contains("不可恢复") && files.iter().all(|f| path(&office, f).exists()), "a warning first");
    assert_eq!(post("lists/3/run", li, &[("confirmed", "yes")]).0, 303);
    assert!(files.iter().all(|f| !path(&office, f).exists()));
    let after = page("/console/retention");
    assert!(after.contains("没有期限已满的文件") && after.contains("毁〔"));
    let (status, pdf) = get("/console/retention/certificates/3.pdf");
    assert_eq!(status, 200);
    assert_eq!(get("/console/retention/certificates/3.pdf").1, pdf, "the same bytes");
    picture("destruction", &pdf);
    let said = without_space(&poppler("pdftotext", &pdf, &["-"]));
    for text in ["销毁证明", "王小明（110001）", "李小红（110002）", "某县卫生健康局", &files[0][..20]] {
        assert!(said.contains(&without_space(text)), "{text} in {said}");
    }
    assert!(Destruction::open(&get("/console/retention/certificates/3.cbor").1, &office.trust()).is_ok());
    if let Some(folder) = std::env::var_os("MINGZHENG_SHOTS") {
        for (name, html) in [("retention-before", &first), ("retention-after", &after), ("retention-run", &body)] {
            std::fs::write(Path::new(&folder).join(format!("{name}.html")), html).unwrap();
        }
    }
}
