//! A lost phone, seen from the office (F44).

use crate::device::{Device, random};
use crate::register::Desk;
use crate::{Office, note};
use mingzheng_core::id::{Id, hex, sha256};
use mingzheng_core::inspection::Event;
use mingzheng_core::seal::{Identity, Recipients, seal};
use mingzheng_core::wire::WipeOrder;
use std::fs;
use std::path::Path;

/// A phone's folder with what it has not sent: two segments and a photograph.
fn left_behind(d: &mut Device, folder: &Path) {
    let case = Id(random());
    for part in ["outbox", "evidence"] {
        fs::create_dir_all(folder.join(part)).unwrap();
    }
    d.act(None, &Event::LogOpened { enrolment: "x".into(), software: "test".into() });
    for (n, from) in [(0, 0), (1, 2)] {
        d.act(Some(case), &note(&format!("未发送 {n}")));
        d.checkpoint();
        fs::write(folder.join(format!("outbox/{n:08}.age")), d.submission(from).segment).unwrap();
    }
    fs::write(folder.join("evidence/photo.age"), d.seal(b"a photograph")).unwrap();
}

#[test]
fn f44_what_was_not_sent_is_opened_at_the_office_alone() {
    let office = Office::start();
    let (_, invitation) = office.invite("王小明", "110001");
    let mut d = Device::enrolled(&invitation);
    let folder = tempfile::tempdir().unwrap();
    left_behind(&mut d, folder.path());
    let out = folder.path().join("out");
    let open = |out: &Path| {
        let said = office.run(&["outbox", "open", folder.path().to_str().unwrap(), "--out", out.to_str().unwrap(), "--json"]);
        (said.status.code().unwrap(), serde_json::from_slice::<serde_json::Value>(&said.stdout).unwrap_or_default())
    };
    let (code, said) = open(&out);
    assert_eq!(code, 0, "{said}");
    assert_eq!(said, serde_json::json!({"segments": 2, "entries": 3, "unsigned": 0, "evidence": 1, "faults": []}));
    let second: serde_json::Value = serde_json::from_slice(&fs::read(out.join("00000001.json")).unwrap()).unwrap();
    assert_eq!(second["entries"][0]["fields"]["text"], "未发送 1");
    assert_eq!(fs::read(out.join("evidence").join(hex(&sha256(b"a photograph")))).unwrap(), b"a photograph");
    assert_eq!(open(&out).0, 1, "never over another folder");
    assert_eq!(office.say(&["cases"]).trim(), "尚未收到检查。 No inspection has arrived yet.", "opening is not receiving");

    // A file for somebody else, one that was cut short, and a segment that a stranger signed are named; the rest is opened.
    let mut foreign = Vec::new();
    let stranger = Identity::from_bytes(&random()).unwrap();
    seal(&mut &b"x"[..], &mut foreign, &Recipients::one(stranger.recipient())).unwrap();
    fs::write(folder.path().join("evidence/foreign.age"), foreign).unwrap();
    let cut = fs::read(folder.path().join("evidence/photo.age")).unwrap();
    fs::write(folder.path().join("evidence/cut.age"), &cut[..cut.len() - 5]).unwrap();
    let mut unknown = Device::new(&invitation);
    unknown.act(None, &Event::LogOpened { enrolment: "x".into(), software: "test".into() });
    unknown.enrolment = d.enrolment.clone();
    unknown.checkpoint();
    fs::write(folder.path().join("outbox/00000009.age"), unknown.submission(0).segment).unwrap();
    let (code, said) = open(&folder.path().join("again"));
    assert_eq!((code, &said["segments"], &said["evidence"]), (1, &2.into(), &1.into()), "{said}");
    let faults: Vec<_> = said["faults"].as_array().unwrap().iter().map(|f| f["file"].as_str().unwrap()).collect();
    assert_eq!(faults, ["00000009", "cut", "foreign"]);

    // Another office opens nothing.
    let other = Office::start();
    let said = other.run(&[
        "outbox",
        "open",
        folder.path().to_str().unwrap(),
        "--out",
        folder.path().join("b").to_str().unwrap(),
        "--json",
    ]);
    let said: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!((&said["segments"], &said["evidence"]), (&0.into(), &0.into()), "{said}");
}

#[test]
fn f44_any_answer_to_a_lost_phone_carries_the_order_while_it_holds() {
    let office = Office::start();
    let (_, invitation) = office.invite("王小明", "110001");
    let mut d = Device::enrolled(&invitation);
    let (_, other) = office.invite("李小红", "110002");
    let mut e = Device::enrolled(&other);
    let log = d.log.to_string();
    let out = office.run(&["device", "wipe", &log, "--reason", "遗失"]);
    assert!(!out.status.success(), "not without --yes");
    assert_eq!(d.send("GET", "/v1/feed?after=0", &[], vec![]).status, 200);
    office.say(&["device", "wipe", &log, "--reason", "遗失", "--yes", "--days", "3"]);
    let listed = || serde_json::from_str::<serde_json::Value>(&office.say(&["device", "list", "--json"])).unwrap();
    let row = |all: &serde_json::Value| all.as_array().unwrap().iter().find(|r| r["log"] == log.as_str()).unwrap().clone();
    let before = row(&listed());
    assert_eq!(
        (&before["revoked"], before["wipe_ordered"].is_i64(), &before["wipe_handed"]),
        (&true.into(), true, &serde_json::Value::Null)
    );
    // Whatever it asks first: there is one order, and it is for this device and log.
    for (method, path) in [("GET", "/v1/feed?after=0"), ("POST", "/v1/segments"), ("GET", "/v1/custody/00")] {
        let back = d.send(method, path, &[], vec![]);
        if back.status == 404 {
            continue;
        }
        assert_eq!((back.status, back.code().as_str()), (403, "wipe"));
        let order = WipeOrder::open(&WipeOrder::from_refusal(&back.body).unwrap(), &d.trust).unwrap();
        assert_eq!((order.log, order.device), (d.log, d.device));
        assert_eq!(order.not_after - order.at, 3 * 86_400_000);
        assert!(order.head.size >= 3, "what the office knew then");
    }
    assert!(row(&listed())["wipe_handed"].is_i64());
    assert!(office.say(&["device", "list"]).contains("wipe order handed over"));
    assert_eq!(e.send("GET", "/v1/feed?after=0", &[], vec![]).status, 200, "nobody else is told");
    // The console says so.
    let (status, page) = crate::console(&office, "/console/devices");
    assert_eq!(status, 200);
    assert!(page.contains("已送达清除指令"), "{page}");
    // By hand: only with the tick and a reason.
    let desk = Desk::open(&office);
    let path = format!("/console/devices/{}/wipe", e.log);
    for form in
        [vec![("reason", "遗失")], vec![("reason", " "), ("confirmed", "yes")], vec![("reason", "遗失"), ("confirmed", "no")]]
    {
        assert_eq!(desk.post(&path, &form).0, 404, "{form:?}");
    }
    assert_eq!(e.send("GET", "/v1/feed?after=0", &[], vec![]).status, 200);
    let (status, to, _) = desk.post(&path, &[("reason", "遗失"), ("confirmed", "yes")]);
    assert_eq!((status, to.as_str()), (303, "/console/devices"));
    assert_eq!(e.send("GET", "/v1/feed?after=0", &[], vec![]).code(), "wipe");
    assert!(!office.run(&["device", "wipe", &"00".repeat(16), "--reason", "x", "--yes"]).status.success(), "unknown");
    assert!(!office.run(&["device", "wipe", &log, "--reason", "x", "--yes", "--days", "0"]).status.success());
}
