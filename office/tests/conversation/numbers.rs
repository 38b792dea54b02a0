//! 文号 on the real command line (J32): blocks go out with tasks, phones report, the office accounts for every number.

use super::procedure::office;
use super::*;
use mingzheng_core::calendar::Day;
use serde_json::{Value, json};

/// J32: two tasks never share a number; what was used is read from the phone's entries, what was not comes back when the block is closed, a gap is
/// named, and no row is ever changed.
#[test]
fn j32_blocks_go_out_with_tasks_and_every_number_is_accounted_for() {
    let office = office();
    let settings = office.folder.path().join("mingzheng.toml");
    let file = office.folder.path().join("task.json");
    let (wang, invitation) = office.invite_again("110001");
    let (li, _) = office.invite_again("110002");
    let add = |enterprise: &str, blocks: Value| {
        let mut t = task(&[(&wang, "110001"), (&li, "110002")]);
        t.day = Day::in_china(now()).unwrap().number();
        (t.approval.as_mut().unwrap().on, t.enterprise.code) = (t.day, enterprise.into());
        let mut json = serde_json::to_value(&t).unwrap();
        json["blocks"] = blocks;
        std::fs::write(&file, json.to_string()).unwrap();
        let out = office.run(&["task", "add", file.to_str().unwrap()]);
        let said = String::from_utf8([out.stdout, out.stderr].concat()).unwrap();
        let sql = "SELECT body FROM tasks WHERE task = ?";
        let kept: Option<String> = database(&office).query_row(sql, params![Id::from_hex(&t.id).unwrap().0], |r| r.get(0)).ok();
        (out.status.success(), said, kept.map(|body| serde_json::from_str::<Task>(&body).unwrap()))
    };
    let wanted = json!({"jiandu-yijian": 3, "xianchang-bilu": 1});
    let (done, said, kept) = add("91110000MA01ABCD2X", wanted.clone());
    assert!(!done && said.contains("number_area") && kept.is_none(), "{said}");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text.replace("number_area = \"\"", "number_area = \"青\"")).unwrap();
    for (blocks, says) in [
        (json!({"none": 1}), "没有文书"),
        (json!({"jiandu-yijian": 0}), "1–50"),
        (json!({"jiandu-yijian": 51}), "1–50"),
        (json!({"jiandu-yijian": "x"}), "blocks"),
    ] {
        let (done, said, kept) = add("91110000MA01ABCD2X", blocks);
        assert!(!done && said.contains(says) && kept.is_none(), "{says}: {said}");
    }
    let year = Day::in_china(now()).unwrap().number() / 10_000;
    let number = |n: u32| format!("青卫监意〔{year}〕{n}号");
    let first = add("91110000MA01ABCD2X", wanted.clone()).2.unwrap();
    let second = add("91350100M000100Y43", wanted).2.unwrap();
    assert_eq!(first.form_numbers["jiandu-yijian"], [number(1), number(2), number(3)]);
    assert_eq!(second.form_numbers["jiandu-yijian"], [number(4), number(5), number(6)]);
    assert_eq!((first.numbers, second.numbers), (vec![format!("{year}-0001")], vec![format!("{year}-0002")]));

    let mut phone = Device::enrolled(&invitation);
    let case = Id(random());
    let opened = |task: &Task| Event::Opened {
        task: Box::new(task.clone()),
        pack: hex(&[1; 32]),
        pack_version: "weisheng-jiandu@1".into(),
        assignment: hex(&[2; 16]),
        officer: task.officers[0].clone(),
    };
    let first = add_task_kept(&office, &first.id);
    phone.act(Some(case), &opened(&first));
    let facts = |paper: &str, n: u32| Event::Facts {
        paper: paper.into(),
        form: "weisheng-jiandu@1#jiandu-yijian".into(),
        digest: hex(&[3; 32]),
        facts: json!({"fields": {"number": number(n)}}),
        about: None,
    };
    phone.act(Some(case), &facts("p1", 1));
    phone.act(Some(case), &facts("p3", 3));
    send(&mut phone, 0);
    let audit = || {
        let out = office.run(&["numbers", "audit", "--json"]);
        let all: Value = serde_json::from_slice(&out.stdout).unwrap();
        let one = all.as_array().unwrap().iter().find(|a| a["series"] == "jiandu-yijian").unwrap().clone();
        (out.status.success(), one)
    };
    let (good, account) = audit();
    assert_eq!(
        (good, &account["unaccounted"], &account["granted"], &account["used"]),
        (false, &json!([number(2)]), &json!(6), &json!(2))
    );
    let voided = Event::NumberVoided { form: "jiandu-yijian".into(), number: number(2), reason: "打印卡纸".into() };
    phone.act(Some(case), &voided);
    send(&mut phone, 3);
    let (good, account) = audit();
    assert!(good, "{account}");
    assert_eq!(account["voided"], json!([[number(2), "打印卡纸"]]));
    let close = |block: &str| office.run(&["numbers", "close", block, "--reason", "检查结束未用", "--by", "孙三"]);
    let refused = close("0");
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("检查尚未结束"), "{refused:?}");
    // The second task's visit never took place: its block (rows 0 and 1 are the first task's) comes back.
    let list: Value = serde_json::from_str(&office.say(&["numbers", "list", "--json"])).unwrap();
    let of_second = |row: &&Value| row["row"]["holder"] == json!(second.id) && row["row"]["series"] == "jiandu-yijian";
    let block = list.as_array().unwrap().iter().find(of_second).unwrap()["n"].to_string();
    let out = close(&block);
    assert!(out.status.success() && String::from_utf8_lossy(&out.stdout).contains(&number(6)), "{out:?}");
    assert!(!close(&block).status.success(), "closed once");
    let (good, account) = audit();
    assert_eq!((good, &account["open"], account["voided"].as_array().unwrap().len()), (true, &json!(0), 4));
    // A phone that used one of them after all is seen.
    let late = Id(random());
    phone.act(Some(late), &opened(&add_task_kept(&office, &second.id)));
    phone.act(Some(late), &facts("p5", 5));
    send(&mut phone, 4);
    let (good, account) = audit();
    assert_eq!((good, &account["twice"]), (false, &json!([number(5)])));
    let c = database(&office);
    for sql in ["UPDATE number_blocks SET at = 0", "DELETE FROM number_blocks"] {
        assert!(c.execute(sql, params![]).unwrap_err().to_string().contains("only appended"), "{sql}");
    }
}

fn add_task_kept(office: &Office, id: &str) -> Task {
    let sql = "SELECT body FROM tasks WHERE task = ?";
    let body: String = database(office).query_row(sql, params![Id::from_hex(id).unwrap().0], |r| r.get(0)).unwrap();
    serde_json::from_str(&body).unwrap()
}

/// Signs and sends everything after the first `old` entries.
fn send(phone: &mut Device, old: u64) {
    phone.checkpoint();
    let submission = phone.submission(old);
    let back = phone.submit(&submission);
    assert_eq!(back.status, 201, "{}", back.code());
}
