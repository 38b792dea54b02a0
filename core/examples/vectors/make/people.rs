//! Badge, presentation, assignment and frames (§4); enrolment, application, invitation and statement (§7).

use super::kit::*;
use mingzheng_core::attestation::Attestation;
use mingzheng_core::badge::{Assignment, AssignmentKind, Badge, Frame, Officer, Show, enterprise_digest, frame};
use mingzheng_core::cbor::{self, MapBuilder, Value};
use mingzheng_core::enrolment::{Application, Enrolment, Invitation, Role, Succession, SuccessionReason};
use mingzheng_core::host::KeyProtection;
use mingzheng_core::id::{Id, digest16, hex, sha256};
use mingzheng_core::sign::{self, PublicKey, Signer};
use mingzheng_core::statement::{Statement, What};
use mingzheng_core::trust::{RootFingerprint, Use};
use serde_json::json;

pub(super) const TASK: Id = Id([0x0a; 16]);
pub(super) const CASE: Id = Id([0x0c; 16]);

pub(super) fn add(sets: &mut Vec<Set>) {
    sets.extend([
        badges(),
        shows(),
        assignments(),
        frames(),
        frame_texts(),
        enrolments(),
        applications(),
        invitations(),
        statements(),
    ]);
}

pub(super) fn badge(show_key: PublicKey) -> Badge {
    Badge {
        officer: Officer {
            name: "王小明".into(),
            unit: "某县卫生健康局".into(),
            position: "科员".into(),
            number: "51082200123".into(),
            category: "卫生".into(),
            area: "某县".into(),
            until: 2028_06_30,
        },
        photo: Some([6; 16]),
        status: 17,
        issued: NOW / 1000 - 3600,
        expires: NOW / 1000 + 7 * 86_400,
        show_key,
    }
}

/// The second officer's, whose keys are Ed25519.
pub(super) fn second_badge() -> Badge {
    let first = badge(soft(OTHER[1]).public_key());
    let officer = Officer { name: "李卫国".into(), number: "51082200124".into(), ..first.officer };
    Badge { officer, photo: None, status: 18, ..first }
}

pub(super) fn signed_badge() -> Vec<u8> {
    badge(hard(SHOW).public_key()).issue(&soft(BADGE)).unwrap()
}

fn badges() -> Set {
    let mut s = Set::new("badge", Some("badge"), json!({"trust": hex(&trust())}));
    let good = signed_badge();
    s.good("good", good.clone());
    s.good("good: Ed25519, no photograph", second_badge().issue(&soft(BADGE)).unwrap());
    let payload = payload_of(&good);
    s.bad_signatures("mz1/badge", &soft(BADGE), &payload, true);
    s.bad_signers(Use::Badge, &good, |k| badge(hard(SHOW).public_key()).issue(k).unwrap());
    let wrap = |p: Vec<u8>| sign::sign("mz1/badge", &soft(BADGE), p).unwrap();
    s.bad_fields(&payload, &[], wrap);
    let claim = |at: usize, v: Value| {
        let mut m = map_of(cbor::decode(&payload).unwrap());
        for (k, claims) in &mut m {
            if let (Value::Int(-65_537), Value::Array(a)) = (&*k, claims) {
                a[at] = v.clone();
            }
        }
        wrap(cbor::encode(&Value::Map(m)).unwrap())
    };
    for (name, at, text) in [
        ("name with a direction override", 0, "王\u{202e}国建"),
        ("name with an invisible character", 0, "王\u{200b}小明"),
        ("name with a line end", 0, "王\n小明"),
        ("unit with a blank at its end", 1, "某县卫生健康局 "),
        ("position with a wide blank before it", 2, "\u{3000}科员"),
    ] {
        s.bad(name, claim(at, text.into()), "field");
    }
    s.bad("empty number", claim(3, "".into()), "field");
    s.cddl(false);
    s.bad("unit longer than 160 bytes", claim(1, "局".repeat(54).into()), "field");
    s.cddl(false);
    s.bad("category outside the signer's scope", claim(4, "交通".into()), "scope");
    s.bad("area outside the signer's scope", claim(5, "邻县".into()), "scope");
    s.good_with("good: a signer without limits", claim(5, "邻县".into()), trust_where(Use::Badge, |k| k.areas.clear()));
    s.bad("until is no day", claim(6, 2028_13_01.into()), "malformed");
    s.cddl(true);
    s.bad("photo digest of another length", claim(7, vec![0u8; 8].into()), "malformed");
    s.bad("negative status index", claim(8, (-1).into()), "malformed");
    let mut m = map_of(cbor::decode(&payload).unwrap());
    let rsa = MapBuilder::new().with(1, MapBuilder::new().with(1, 2).with(-1, 2).with(-2, [0; 32]).with(-3, false).build());
    set(&mut m, 8.into(), rsa.build());
    s.bad("device key of another curve", wrap(cbor::encode(&Value::Map(m)).unwrap()), "malformed");
    s
}

fn show(badge: &[u8]) -> Show {
    Show { badge: digest16(badge), at: NOW / 1000, challenge: None, assignment: None }
}

fn shown(s: &Show, key: &dyn Signer) -> Vec<u8> {
    let p = s.prepare(&key.public_key()).unwrap();
    let signature = key.sign(&p.message().unwrap()).unwrap();
    p.finish(&signature).unwrap()
}

fn shows() -> Set {
    let key = hard(SHOW);
    let mut s = Set::new("show", Some("show"), json!({"key": cose_key(&key.public_key())}));
    let plain = show(&signed_badge());
    let good = shown(&plain, &key);
    s.good("good", good.clone());
    s.good(
        "good: challenge and assignment",
        shown(&Show { challenge: Some([8; 8]), assignment: Some([9; 16]), ..plain.clone() }, &key),
    );
    s.good_with("good: Ed25519", shown(&plain, &soft(SHOW)), json!({"key": cose_key(&soft(SHOW).public_key())}));
    s.bad("shown by another device", shown(&plain, &hard(OTHER[1])), "wrong_key");
    s.bad_signatures("mz1/show", &key, &payload_of(&good), true);
    s.bad_fields(&payload_of(&good), &[], |p| sign::sign("mz1/show", &key, p).unwrap());
    let more = |name: i64, v: Value| {
        let mut m = map_of(cbor::decode(&payload_of(&good)).unwrap());
        m.push((name.into(), v));
        sign::sign("mz1/show", &key, cbor::encode(&Value::Map(m)).unwrap()).unwrap()
    };
    s.bad("challenge of 7 bytes", more(3, vec![0u8; 7].into()), "malformed");
    s.bad("assignment is null", more(4, Value::Null), "malformed");
    s
}

fn assignment() -> Assignment {
    Assignment {
        task: TASK,
        enterprise: enterprise_digest("91510822MA6ABCDE1X"),
        day: 2026_11_22,
        officers: vec!["51082200123".into(), "51082200124".into()],
        number: 1,
        cap: 2,
        kind: AssignmentKind::Routine,
        organ: "某县卫生健康局".into(),
        issued: NOW / 1000 - 7200,
    }
}

fn assignments() -> Set {
    let mut s = Set::new("assignment", Some("assignment"), json!({"trust": hex(&trust())}));
    let good = assignment().issue(&soft(ASSIGNMENT)).unwrap();
    s.good("good", good.clone());
    s.good(
        "good: a case, without a cap",
        Assignment { kind: AssignmentKind::Case, cap: 0, ..assignment() }.issue(&soft(ASSIGNMENT)).unwrap(),
    );
    s.bad_signatures("mz1/assignment", &soft(ASSIGNMENT), &payload_of(&good), true);
    s.bad_signers(Use::Assignment, &good, |k| assignment().issue(k).unwrap());
    let wrap = |p: Vec<u8>| sign::sign("mz1/assignment", &soft(ASSIGNMENT), p).unwrap();
    s.bad_fields(&payload_of(&good), &[], wrap);
    let changed = |key: i64, v: Value| {
        let mut m = map_of(cbor::decode(&payload_of(&good)).unwrap());
        set(&mut m, key.into(), v);
        wrap(cbor::encode(&Value::Map(m)).unwrap())
    };
    s.bad("no officers", changed(4, Value::Array(vec![])), "field");
    s.cddl(false);
    s.bad("an officer's number that is blank", changed(4, vec![Value::from(" ")].into()), "field");
    s.bad("unknown type", changed(7, "random".into()), "malformed");
    s.bad("day 32", changed(3, 2026_11_32.into()), "malformed");
    s.cddl(true);
    s.bad("task of 15 bytes", changed(1, vec![1u8; 15].into()), "malformed");
    s
}

/// The three kinds of frames.
fn three() -> [Frame; 3] {
    let badge = signed_badge();
    let assignment = assignment().issue(&soft(ASSIGNMENT)).unwrap();
    let with = Show { assignment: Some(digest16(&assignment)), ..show(&badge) };
    [
        Frame::Badge { show: shown(&show(&badge), &hard(SHOW)), badge },
        Frame::Assignment { assignment, show: shown(&with, &hard(SHOW)) },
        Frame::Checkpoint { checkpoint: super::logs::Log::example().checkpoints[0].clone() },
    ]
}

fn frames() -> Set {
    let mut s = Set::new("frame", Some("frame"), json!({}));
    let [badge, assignment, checkpoint] = three().map(|f| f.to_bytes().unwrap());
    s.good("good badge", badge.clone());
    s.good("good assignment", assignment);
    s.good("good checkpoint", checkpoint.clone());
    s.bad("cut short", badge[..badge.len() - 1].to_vec(), "cut_short");
    s.cddl(false);
    s.bad("nothing", vec![], "cut_short");
    s.cddl(false);
    s.bad("trailing byte", [badge.as_slice(), &[0]].concat(), "malformed");
    s.bad("a map", vec![0xa0], "malformed");
    s.bad("no number before the objects", [&[0x81], &checkpoint[2..]].concat(), "malformed");
    s.bad("two objects too many", [&[0x84, 3], &checkpoint[2..], &[0, 0]].concat(), "malformed");
    s.bad("of a later version", [&[0x82, 9], &checkpoint[2..]].concat(), "newer_format");
    s.cddl(false);
    s.bad("indefinite length", [&[0x9f, 3], &checkpoint[2..], &[0xff]].concat(), "malformed");
    s.cddl(None);
    s
}

fn frame_texts() -> Set {
    let mut s = Set::new("frame-text", None, json!({}));
    let host = "zhengjian.example:8443";
    let text = three()[2].to_text(host).unwrap();
    s.good("good checkpoint", text.clone().into_bytes());
    s.good("good badge", three()[0].to_text(host).unwrap().into_bytes());
    s.good("good: what a scanner appends", format!("{text}&from=scan").into_bytes());
    s.good("good: the host is ignored", text.replace(host, "evil.example").into_bytes());
    let head = &text[..text.find('#').unwrap() + 1];
    let digits = &text[head.len()..];
    s.bad("no data", head.as_bytes().to_vec(), "cut_short");
    s.bad("no fragment", digits.as_bytes().to_vec(), "cut_short");
    s.bad("not digits", format!("{head}HC1:NCF").into_bytes(), "cut_short");
    s.bad("cut by a scanner", text.as_bytes()[..text.len() - 20].to_vec(), "cut_short");
    s.bad("a group of one digit", format!("{head}1").into_bytes(), "cut_short");
    s.bad("a group of four digits", format!("{head}1234").into_bytes(), "cut_short");
    s.bad("a group too large for its bytes", format!("{head}256").into_bytes(), "cut_short");
    s.bad("seven bytes and one", format!("{head}72057594037927936").into_bytes(), "cut_short");
    s.bad("full-width digits", format!("{head}１２３").into_bytes(), "cut_short");
    s.bad("a frame that is a map", format!("{head}{}", frame::to_digits(&[0xa0])).into_bytes(), "malformed");
    s.bad("of a later version", format!("{head}{}", frame::to_digits(&[0x82, 9, 0])).into_bytes(), "newer_format");
    s
}

pub(super) fn enrolment() -> Enrolment {
    Enrolment {
        enrolment: Id([1; 16]),
        device: Id([2; 16]),
        log: super::logs::LOG_ID,
        person: Id([4; 16]),
        name: "王小明".into(),
        role: Role::Officer,
        log_key: hard(LOG).public_key(),
        show_key: hard(SHOW).public_key(),
        officer_key: hard(OFFICER).public_key(),
        recipient: x25519_dalek::x25519([33; 32], x25519_dalek::X25519_BASEPOINT_BYTES),
        key_protection: KeyProtection::Tee,
        attested: true,
        at: NOW - 5 * DAY,
        succeeds: None,
    }
}

pub(super) fn signed_enrolment() -> Vec<u8> {
    enrolment().issue(&soft(BADGE)).unwrap()
}

fn enrolments() -> Set {
    let mut s = Set::new("enrolment", Some("enrolment"), json!({"trust": hex(&trust())}));
    let good = signed_enrolment();
    let succeeds = Some(Succession { previous: sha256(&good), reason: SuccessionReason::KeyLost });
    let next = Enrolment { enrolment: Id([5; 16]), log: Id([6; 16]), log_key: hard(50).public_key(), succeeds, ..enrolment() };
    s.good("good", good.clone());
    s.good("good: follows another (F43)", next.issue(&soft(BADGE)).unwrap());
    let soft_keys = Enrolment {
        log_key: soft(OTHER[0]).public_key(),
        show_key: soft(OTHER[1]).public_key(),
        officer_key: soft(OTHER[2]).public_key(),
        key_protection: KeyProtection::Software,
        attested: false,
        role: Role::Assistant,
        ..enrolment()
    };
    s.good("good: an assistant, keys in software", soft_keys.issue(&soft(BADGE)).unwrap());
    s.bad_signatures("mz1/enrolment", &soft(BADGE), &payload_of(&good), true);
    s.bad_signers(Use::Badge, &good, |k| enrolment().issue(k).unwrap());
    let wrap = |p: Vec<u8>| sign::sign("mz1/enrolment", &soft(BADGE), p).unwrap();
    s.bad_fields(&payload_of(&good), &[], wrap);
    let changed = |from: &[u8], change: &dyn Fn(&mut Vec<(Value, Value)>)| {
        let mut m = map_of(cbor::decode(&payload_of(from)).unwrap());
        change(&mut m);
        wrap(cbor::encode(&Value::Map(m)).unwrap())
    };
    let follows = next.issue(&soft(BADGE)).unwrap();
    s.bad("previous without reason", changed(&follows, &|m| m.retain(|(k, _)| *k != "reason".into())), "malformed");
    s.bad("reason without previous", changed(&follows, &|m| m.retain(|(k, _)| *k != "previous".into())), "malformed");
    s.bad("unknown reason", changed(&follows, &|m| set(m, "reason".into(), "lost".into())), "malformed");
    s.bad("unknown role", changed(&good, &|m| set(m, "role".into(), "chief".into())), "malformed");
    s.bad("unknown key protection", changed(&good, &|m| set(m, "key_protection".into(), "hsm".into())), "malformed");
    let key = MapBuilder::new().with(1, 1).with(-1, 4).with(-2, [9; 32]).build();
    s.bad("log key is X25519", changed(&good, &|m| set(m, "log_key".into(), key.clone())), "bad_key");
    s.cddl(false);
    s
}

fn applications() -> Set {
    let mut s = Set::new("application", Some("application"), json!({}));
    let a = Application {
        code: [1; 16],
        log: super::logs::LOG_ID,
        device: Id([2; 16]),
        log_key: hard(LOG).public_key(),
        show_key: hard(SHOW).public_key(),
        officer_key: hard(OFFICER).public_key(),
        key_protection: KeyProtection::Tee,
        recipient: [5; 32],
        model: "模拟机".into(),
        succeeds: None,
        attestation: None,
    };
    let good = a.encode().unwrap();
    s.good("good", good.clone());
    let succeeds = Some(Succession { previous: [8; 32], reason: SuccessionReason::Rotated });
    s.good("good: follows another", Application { succeeds, ..a.clone() }.encode().unwrap());
    let apple = Attestation::Apple { key: vec![1; 32], object: vec![2; 8] }.encode().unwrap();
    s.good("good: with what the platform says", Application { attestation: Some(apple), ..a.clone() }.encode().unwrap());
    s.bad_bytes(&good);
    s.bad_fields(&good, &[], |p| p);
    s.bad("two keys are one", Application { officer_key: a.log_key, ..a }.encode().unwrap(), "bad_key");
    s
}

fn invitations() -> Set {
    let mut s = Set::new("invitation", None, json!({}));
    let i = Invitation { address: "https://banan.example:8443".into(), root: RootFingerprint([6; 32]), code: [7; 16] };
    let text = |address: &str| Invitation { address: address.into(), ..i.clone() }.to_text().unwrap().into_bytes();
    s.good("good", text("https://banan.example:8443"));
    s.good("good: a test office", text("http://127.0.0.1:8443"));
    for (name, address) in [
        ("an address with a path", "https://banan.example/b"),
        ("an address with a user", "https://a@banan.example"),
        ("no address", "https://"),
        ("another scheme", "ftp://banan.example"),
    ] {
        s.bad(name, text(address), "malformed");
    }
    let good = text("https://banan.example:8443");
    s.bad("cut short", good[..good.len() - 4].to_vec(), "malformed");
    s.bad("another prefix", good[1..].to_vec(), "malformed");
    s.bad("padded", [good.as_slice(), b"="].concat(), "malformed");
    s
}

pub(super) fn statement(what: What) -> Statement {
    let digest = |n: u8| Some([n; 32]);
    let plain = Statement {
        what,
        person: Id([4; 16]),
        name: "王小明".into(),
        number: "51082200123".into(),
        role: "officer".into(),
        case: CASE,
        at: NOW,
        ..Statement::default()
    };
    match what {
        What::Presence => Statement { task: Some(TASK), ..plain },
        What::Cosign => Statement { checkpoint: digest(1), ..plain },
        What::Sign => Statement {
            facts: digest(2),
            presented: digest(3),
            wording: digest(4),
            strokes: digest(5),
            present: vec!["李卫国".into()],
            ..plain
        },
    }
}

pub(super) fn stated(s: &Statement) -> Vec<u8> {
    sign::sign(Statement::TYP, &hard(OFFICER), s.encode().unwrap()).unwrap()
}

fn statements() -> Set {
    let mut s = Set::new("statement", Some("statement"), json!({"key": cose_key(&hard(OFFICER).public_key())}));
    let good = stated(&statement(What::Presence));
    s.good("good", good.clone());
    s.good("good: signature under a paper", stated(&statement(What::Sign)));
    s.good("good: co-signature of a checkpoint", stated(&statement(What::Cosign)));
    s.good("good: on another officer's phone", stated(&Statement { shared_device: true, ..statement(What::Sign) }));
    s.bad_signatures("mz1/statement", &hard(OFFICER), &payload_of(&good), true);
    let wrap = |p: Vec<u8>| sign::sign("mz1/statement", &hard(OFFICER), p).unwrap();
    s.bad_fields(&payload_of(&good), &["task"], wrap);
    s.bad("by another person's key", sign::sign("mz1/statement", &hard(OTHER[2]), payload_of(&good)).unwrap(), "wrong_key");
    let changed = |key: &'static str, v: Value| {
        let mut m = map_of(cbor::decode(&payload_of(&good)).unwrap());
        set(&mut m, key.into(), v);
        wrap(cbor::encode(&Value::Map(m)).unwrap())
    };
    s.bad("unknown statement", changed("what", "swear".into()), "malformed");
    s.bad("facts of 31 bytes", changed("facts", vec![0u8; 31].into()), "malformed");
    s.bad("present is a text", changed("present", "李卫国".into()), "malformed");
    s
}
