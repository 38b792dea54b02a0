//! The command line of the verifier and the exports: party, lists, checkpoints that somebody holds, fork proofs.

use super::*;
use mingzheng_core::log::Fork;
use serde_json::Value as Json;

fn verify(arguments: &[&str]) -> (i32, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_mingzheng")).arg("verify").args(arguments).current_dir("/").output().unwrap();
    (out.status.code().unwrap(), String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A case of one phone with a photograph and a note, all received.
fn a_case(office: &Office) -> (Device, Id) {
    let (_, invitation) = office.invite("王小明", "110001");
    let mut d = Device::enrolled(&invitation);
    let case = Id(random());
    d.act(None, &Event::LogOpened { enrolment: "x".into(), software: "test".into() });
    d.act(Some(case), &note("开始"));
    d.checkpoint();
    assert_eq!(d.submit(&d.submission(0)).status, 201);
    let size = d.entries.len() as u64;
    let photo = d.seal(b"photo bytes");
    d.act(Some(case), &captured(b"photo bytes", &photo));
    d.act(Some(case), &note("内部记事"));
    d.checkpoint();
    assert_eq!(d.submit(&d.submission(size)).status, 201);
    upload(&mut d, &photo);
    (d, case)
}

/// P4, F46: the party's bundle leaves out what it may not have and proves its place; a command that was killed before its archive goes on.
#[test]
fn f46_the_partys_bundle_is_valid_without_originals_and_a_killed_export_goes_on() {
    let office = Office::start();
    let (_, case) = a_case(&office);
    let folder = office.folder.path();
    let (out, trust) = (folder.join("party"), folder.join("trust.cbor"));
    let export = ["export", &case.to_string(), "--party", "--zip", "--out", text(&out)];
    office.say(&export);
    let (code, report) = verify(&["--trust", text(&trust), "--json", text(&out)]);
    let report: Json = serde_json::from_str(&report).unwrap();
    assert_eq!(code, 0, "{report}");
    let found: Vec<(&str, &str)> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|c| c["findings"].as_array().unwrap())
        .map(|f| (f["code"].as_str().unwrap(), f["detail"].as_str().unwrap()))
        .collect();
    assert_eq!(found.iter().filter(|(code, _)| *code == "media-withheld").count(), 1);
    assert!(found.contains(&("field-withheld", "text")), "the officer's notes");
    assert!(!out.join("data/evidence").exists());
    assert_eq!(std::fs::read(out.join("verify.html")).unwrap(), include_bytes!("../../../web/dist/verify.html"));
    assert!(out.join("data/log").read_dir().unwrap().next().unwrap().unwrap().path().join("consistency.cbor").exists());
    // Killed between the folder and its archive: the same command goes on, and only then is there nothing left to do.
    let zip = folder.join("party.zip");
    let bytes = std::fs::read(&zip).unwrap();
    std::fs::remove_file(&zip).unwrap();
    std::fs::write(folder.join("party.zip.partial"), &bytes[..100]).unwrap();
    assert!(office.say(&export).contains("已补写"));
    assert_eq!(std::fs::read(&zip).unwrap(), bytes);
    assert!(!office.run(&export).status.success(), "nothing is overwritten");
    // F46: killed while the folder was written: it goes on, and nothing else that lies there comes along.
    let next = folder.join("next");
    std::fs::create_dir_all(folder.join("next.partial/data")).unwrap();
    std::fs::write(folder.join("next.partial/data/left"), "half").unwrap();
    office.say(&["export", &case.to_string(), "--open", "--out", text(&next)]);
    assert_eq!(verify(&["--trust", text(&trust), text(&next), text(&zip)]).0, 0);
}

/// P5: what the party scanned or typed; a fork proof; a list of bundles and bits.
#[test]
fn p5_verify_takes_checkpoints_fork_proofs_and_lists() {
    let office = Office::start();
    let (mut d, case) = a_case(&office);
    let folder = office.folder.path();
    let (out, trust) = (folder.join("out"), folder.join("trust.cbor"));
    office.say(&["export", &case.to_string(), "--open", "--zip", "--out", text(&out)]);
    let pinned = |held: &str| verify(&["--trust", text(&trust), "--lang", "en", "--checkpoint", held, text(&out)]);
    let first = d.checkpoints[0].1.clone();
    let frame = mingzheng_core::badge::Frame::Checkpoint { checkpoint: first.clone() };
    let scanned = frame.to_text("mz.example").unwrap();
    let (code, report) = pinned(&scanned);
    assert!(code == 0 && report.contains("[pinned]"), "{report}");
    let file = folder.join("held.txt");
    std::fs::write(&file, scanned.split_once('#').unwrap().1).unwrap();
    assert!(pinned(text(&file)).1.contains("[pinned]"));
    // The same key signed another past.
    let (_, other) = d.checkpoint_by(&d.log_key, 7);
    std::fs::write(&file, &other).unwrap();
    let same_size = pinned(text(&file));
    assert!(same_size.0 == 0 && same_size.1.contains("[pinned]"), "another number of the same history: {}", same_size.1);
    d.entries.pop();
    let (_, forked) = d.checkpoint_by(&d.log_key, 1);
    std::fs::write(&file, &forked).unwrap();
    let (code, report) = pinned(text(&file));
    assert!(code == 1 && report.contains("[pinned-other]"), "{report}");
    assert_eq!(pinned("nonsense#1").0, 2, "wrongly called");

    let enrolment = std::fs::read_dir(out.join("data/trust")).unwrap().map(|f| f.unwrap().path());
    let enrolment = enrolment.into_iter().find(|p| text(p).contains("enrolment-")).unwrap();
    let fork = |second: Vec<u8>| {
        let enrolment = std::fs::read(&enrolment).unwrap();
        let fork = Fork::Device { enrolment, first: d.checkpoints[1].1.clone(), second, proof: None };
        let path = folder.join("fork.cbor");
        std::fs::write(&path, fork.encode().unwrap()).unwrap();
        (verify(&["--trust", text(&trust), text(&path)]), verify(&["--json", text(&path)]).0)
    };
    let ((code, said), unjudged) = fork(forked);
    assert!(code == 0 && said.contains("两种历史") && said.contains("two checkpoints of one number"), "{said}");
    assert_eq!(unjudged, 2, "no trust given");
    assert_eq!(fork(first).0.0, 1, "two true checkpoints prove nothing");

    let zip = folder.join("out.zip");
    let bits = std::fs::metadata(&zip).unwrap().len() * 8;
    let line = |bundle: &Path, flip: Json| serde_json::json!({"bundle": bundle, "flip": flip}).to_string();
    let mut lines = vec![line(&zip, Json::Null), line(&out, Json::Null)];
    lines.extend((0..20).map(|i| line(&zip, (bits / 20 * i + 3).into())));
    lines.push(line(&zip, Json::Null));
    let list = folder.join("list");
    std::fs::write(&list, lines.join("\n")).unwrap();
    let (code, said) = verify(&["--trust", text(&trust), "--batch", text(&list)]);
    let exits: Vec<u64> = said.lines().map(|l| serde_json::from_str::<Json>(l).unwrap()["exit"].as_u64().unwrap()).collect();
    let expected: Vec<u64> = [vec![0, 0], vec![1; 20], vec![0]].concat();
    assert_eq!((code, exits), (0, expected));
}

/// What the verifier says of a case as the office exports it now.
pub(crate) fn codes(office: &Office, case: Id, name: &str) -> (i32, Vec<String>) {
    let (out, trust) = (office.folder.path().join(name), office.folder.path().join("trust.cbor"));
    office.say(&["export", &case.to_string(), "--open", "--out", text(&out)]);
    let (code, said) = verify(&["--trust", text(&trust), "--json", text(&out)]);
    let report: Json = serde_json::from_str(&said).unwrap();
    let checks = report["checks"].as_array().unwrap().iter().flat_map(|c| c["findings"].as_array().unwrap());
    (code, checks.map(|f| f["code"].as_str().unwrap().to_owned()).collect())
}

/// F40: a phone that was withdrawn after the office had its log leaves the case valid; one that is suspected since before does not.
#[test]
fn f40_an_export_carries_the_withdrawal_of_a_device() {
    let office = Office::start();
    let (d, case) = a_case(&office);
    office.say(&["device", "revoke", &d.log.to_string(), "--reason", "遗失"]);
    let (code, found) = codes(&office, case, "out");
    assert!(code == 0 && found.iter().any(|c| c == "device-revoked"), "{found:?}");
    let (d, case) = a_case(&office);
    office.say(&["device", "revoke", &d.log.to_string(), "--reason", "被控制", "--suspect-since", "2020-01-01T00:00:00+08:00"]);
    let (code, found) = codes(&office, case, "suspect");
    assert!(code == 1 && found.iter().any(|c| c == "key-suspect"), "{found:?}");
}
