//! The inspected party's checkpoint on the public page (P5, F39).

use super::history::{get, go_on, started};
use super::*;
use mingzheng_core::badge::Frame;
use mingzheng_core::cbor::{self, Fields};
use mingzheng_core::log::{Convicted, Fork, tree};

fn ask(office: &Office, text: &str) -> serde_json::Value {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut r = agent.post(format!("{}/v1/witness", office.address)).send(text).unwrap();
    serde_json::from_str(&r.body_mut().read_to_string().unwrap()).unwrap()
}

fn page(office: &Office, text: &str) -> String {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let encoded: String = text.bytes().map(|b| format!("%{b:02X}")).collect();
    let mut r = agent
        .post(format!("{}/witness", office.address))
        .content_type("application/x-www-form-urlencoded")
        .send(format!("text={encoded}"))
        .unwrap();
    assert_eq!(r.status().as_u16(), 200);
    r.body_mut().read_to_string().unwrap()
}

fn text(d: &Device, cp: usize) -> String {
    Frame::Checkpoint { checkpoint: d.checkpoints[cp].1.clone() }.to_text("zf.example").unwrap()
}

/// P5, F39: whatever the party scanned, pasted or typed is answered by name; a rewritten log convicts its key.
#[test]
fn p5_f39_the_party_learns_which_prefix_its_checkpoint_pins_and_whether_the_log_still_contains_it() {
    let office = Office::start();
    let mut d = started(&office, "110001");
    assert_eq!(go_on(&mut d, 0).status, 201);
    d.act(None, &note("当事人看到的"));
    d.checkpoint();
    let seen = text(&d, 1);
    let answer = ask(&office, &seen);
    assert_eq!((answer["state"].as_str().unwrap(), answer["entries"].as_u64().unwrap()), ("not_yet", 3));
    assert!(answer["received_at"].is_null() && answer["proof"].is_null());

    let s = d.submission(2);
    assert_eq!(d.submit(&s).status, 201);
    assert_eq!(go_on(&mut d, 3).status, 201);
    let answer = ask(&office, &seen);
    assert_eq!(answer["state"], "contained");
    assert_eq!((answer["log"].as_str().unwrap(), answer["newest"]["entries"].as_u64().unwrap()), (d.log.to_string().as_str(), 4));
    assert!(answer["received_at"].as_i64().is_some());
    let (status, proof) = get(&office, answer["proof"].as_str().unwrap());
    assert_eq!(status, 200);
    let mut f = Fields::of(cbor::decode(&proof).unwrap()).unwrap();
    let (from, to) = (f.req("from", "from").unwrap().uint("from").unwrap(), f.req("to", "to").unwrap().uint("to").unwrap());
    let path = f.req("proof", "proof").unwrap().array("proof").unwrap();
    let path: Vec<[u8; 32]> = path.into_iter().map(|p| p.array_of("proof").unwrap()).collect();
    assert_eq!((from, to), (3, 4));
    assert!(tree::is_consistent(3, &d.checkpoints[1].0.root, 4, &d.checkpoints[2].0.root, &path));

    // Typed from paper, in groups; as JSON; as hex.
    let digits: String = seen.split('#').nth(1).unwrap().to_owned();
    let grouped: Vec<String> = digits.as_bytes().chunks(5).map(|c| String::from_utf8(c.to_vec()).unwrap()).collect();
    assert_eq!(ask(&office, &grouped.join(" "))["state"], "contained");
    assert_eq!(ask(&office, &serde_json::json!({"text": grouped.join("-\n")}).to_string())["state"], "contained");
    assert_eq!(ask(&office, &hex(&d.checkpoints[1].1))["state"], "contained");
    let html = page(&office, &seen);
    assert!(html.contains("仍原样包含") && html.contains("0…2（3）") && html.contains("/witness/proof?log="));
    let person = d.enrolment.as_ref().unwrap().0.name.clone();
    assert!(!html.contains(&person), "neither case nor person");

    for (bad, state) in [
        ("".to_owned(), "unreadable"),
        ("https://zf.example/b#".to_owned(), "unreadable"),
        (digits[..digits.len() - 1].to_owned(), "unreadable"),
        ("你好".to_owned(), "unreadable"),
        ("d2ff".to_owned(), "no_checkpoint"),
    ] {
        assert_eq!(ask(&office, &bad)["state"], state, "{bad}");
    }
    let mut altered = d.checkpoints[1].1.clone();
    let n = altered.len();
    altered[n - 1] ^= 1;
    assert_eq!(ask(&office, &hex(&altered))["state"], "bad_signature");
    let foreign = Office::start();
    assert_eq!(ask(&foreign, &seen)["state"], "unknown_log", "another office knows nothing of it");

    // The phone rewrote what the party had seen, before anything of it reached the office.
    let mut e = started(&office, "110003");
    assert_eq!(go_on(&mut e, 0).status, 201);
    e.act(None, &note("当事人看到的"));
    e.checkpoint();
    let seen = text(&e, 1);
    e.entries.truncate(2);
    e.checkpoints.truncate(1);
    e.act(None, &note("改写的"));
    let (cp, signed) = e.checkpoint_by(&e.log_key, 7);
    e.checkpoints.push((cp, signed));
    let s = e.submission(2);
    assert_eq!(e.submit(&s).status, 201, "the office saw only the second history");
    let answer = ask(&office, &seen);
    assert_eq!(answer["state"], "contradicted");
    let (status, fork) = get(&office, answer["fork"].as_str().unwrap());
    assert_eq!(status, 200);
    assert_eq!(Fork::decode(&fork).unwrap().judge(&office.trust()).unwrap().0, Convicted::Device(e.log));
    assert!(page(&office, &seen).contains("同一密钥签了两种历史"));
    let (status, empty) = get(&office, "/witness");
    assert!(status == 200 && String::from_utf8(empty).unwrap().contains("/assets/witness.js"));
}
