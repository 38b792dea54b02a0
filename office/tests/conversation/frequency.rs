//! 检查频次 on the real command line (国办发〔2024〕54号, J1, J30).

use super::procedure::office;
use super::*;
use mingzheng_core::calendar::Day;
use mingzheng_core::inspection::Exempt;

const TODAY: fn() -> u32 = || Day::in_china(now()).unwrap().number();

fn person(office: &Office, number: &str) -> String {
    office.invite_again(number).0
}

/// J30, J1: visit n of the cap is counted by the office and not typed; over the cap nothing goes out but with a ground and its reason, which stand in
/// the task; other subjects, enterprises and years have counts of their own; what nobody approved does not go out.
#[test]
fn j30_j1_visits_are_counted_and_over_the_cap_only_a_ground_with_its_reason_goes_out() {
    let office = office();
    let officers = [(person(&office, "110001"), "110001"), (person(&office, "110002"), "110002")];
    let file = office.folder.path().join("task.json");
    let add = |change: &dyn Fn(&mut Task)| {
        let mut t = task(&[(&officers[0].0, "110001"), (&officers[1].0, "110002")]);
        (t.day, t.approval.as_mut().unwrap().on) = (TODAY(), TODAY());
        // Whatever is typed.
        (t.n, t.cap) = (7, 9);
        change(&mut t);
        std::fs::write(&file, serde_json::to_string(&t).unwrap()).unwrap();
        let out = office.run(&["task", "add", file.to_str().unwrap()]);
        (out.status.success(), String::from_utf8([out.stdout, out.stderr].concat()).unwrap(), t.id)
    };
    let kept = |id: &str| -> Task {
        let id = Id::from_hex(id).unwrap();
        let sql = "SELECT body, assignment FROM tasks WHERE task = ?";
        let (body, signed): (String, Vec<u8>) =
            database(&office).query_row(sql, params![id.0], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
        let (task, a): (Task, _) = (serde_json::from_str(&body).unwrap(), Assignment::open(&signed, &office.trust()).unwrap());
        assert_eq!((a.number, a.cap), (task.n.into(), task.cap.into()), "the badge page shows the same");
        task
    };
    let taken = |change: &dyn Fn(&mut Task)| {
        let (done, said, id) = add(change);
        assert!(done, "{said}");
        let t = kept(&id);
        (t.n, t.cap)
    };
    let refused = |change: &dyn Fn(&mut Task), words: &[&str]| {
        let (done, said, id) = add(change);
        assert!(!done && words.iter().all(|w| said.contains(w)), "{words:?}: {said}");
        let none: bool = database(&office)
            .query_row("SELECT NOT EXISTS (SELECT 1 FROM tasks WHERE task = ?)", params![Id::from_hex(&id).unwrap().0], |r| {
                r.get(0)
            })
            .unwrap();
        assert!(none, "what was refused leaves nothing");
    };
    refused(&|t| t.approval = None, &["J1", "负责人批准"]);
    refused(&|t| t.approval.as_mut().unwrap().by = " ".into(), &["J1", "批准人"]);
    refused(&|t| t.approval.as_mut().unwrap().on += 1, &["J1", "晚于"]);

    assert_eq!(taken(&|_| {}), (1, 2));
    // A special campaign does not count; neither does another enterprise, nor another year, nor the same one spelt otherwise.
    assert_eq!(taken(&|t| t.kind = "special".into()), (1, 0));
    assert_eq!(taken(&|t| t.enterprise.code = "91350100M000100Y43".into()), (1, 2));
    assert_eq!(taken(&|t| t.day += 10_000), (1, 2), "a year of its own");
    assert_eq!(taken(&|t| t.enterprise.code = " 91110000ma01abcd2x".into()), (2, 2));
    refused(&|_| {}, &["J30", "2 次", "上限", "exempt.ground"]);
    refused(&|t| t.enterprise.code = "91110000 MA01ABCD2X".into(), &["J30"]);

    let because = |ground: &str, reason: &str| Some(Exempt { ground: ground.into(), title: "x".into(), reason: reason.into() });
    refused(&|t| t.exempt = because("huomian-tousu", " "), &["J30", "理由"]);
    refused(&|t| t.exempt = because("huomian-qita", "有事"), &["J30", "没有此豁免情形", "huomian-tousu 投诉举报"]);
    refused(&|t| t.kind = "case".into(), &["J30", "个案"]);
    let (done, said, id) = add(&|t| t.exempt = because("huomian-tousu", "群众投诉布草不洁"));
    assert!(done, "{said}");
    let t = kept(&id);
    assert_eq!(
        (t.n, t.cap, t.exempt.unwrap().title.as_str()),
        (2, 0, "投诉举报"),
        "second of those that do not count; the pack's words"
    );
    assert_eq!(taken(&|t| (t.kind, t.exempt) = ("case".into(), because("huomian-fucha", "整改期满"))), (3, 0));

    // 受委托的另一主体: a count of its own.
    let other = |t: &mut Task| t.organ = "某县疾病预防控制局".into();
    assert_eq!(taken(&other), (1, 2));
    let said: serde_json::Value = serde_json::from_str(&office.say(&["task", "visits", "--json"])).unwrap();
    let line = said["visits"].as_array().unwrap().iter().find(|l| l["counted"] == 2).unwrap();
    assert_eq!(
        (line["uncounted"].as_u64(), said["cap"].as_u64(), line["code"].as_str()),
        (Some(3), Some(2), Some("91110000MA01ABCD2X"))
    );
}
