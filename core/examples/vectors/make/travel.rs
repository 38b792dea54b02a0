//! Packs (§9), pairing (§11), and the conversation of phone and office (§14).

use super::kit::*;
use super::people::{TASK, badge, second_badge, signed_badge, signed_enrolment, stated, statement};
use data_encoding::BASE64URL_NOPAD;
use mingzheng_core::badge::{Badge, Officer};
use mingzheng_core::cbor::{self, MapBuilder, Value};
use mingzheng_core::id::{Id, hex, sha256};
use mingzheng_core::log::OfficeHead;
use mingzheng_core::pack::{author, signed as packs};
use mingzheng_core::pairing::{Answering, Offer, Own};
use mingzheng_core::sign::{self, Signer, SoftwareKey, multi, sign_detached};
use mingzheng_core::statement::What;
use mingzheng_core::trust::Use;
use mingzheng_core::wire::{Anchor, Cursor, FeedKind, Item, Request, Response, Submission};
use serde_json::{Value as Json, json};
use std::io;
use std::path::Path;

/// The payload of the pack of these vectors: compiled once from `packs/`, then kept, so that a change of the pack does not change vectors.
const PAYLOAD: &str = "tests/vectors/pack/payload.cbor";

pub(super) fn add(sets: &mut Vec<Set>, root: &Path) -> io::Result<()> {
    sets.push(pack(&payload(root)?));
    sets.extend(pairing());
    sets.extend([requests(), responses(), feed(), submissions()]);
    Ok(())
}

fn payload(root: &Path) -> io::Result<Vec<u8>> {
    match std::fs::read(root.join(PAYLOAD)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            Ok(packs::encode(&author::compile(&root.join("packs/weisheng-jiandu")).unwrap()).unwrap())
        }
        other => other,
    }
}

/// The payload itself, so that it stays.
pub(super) fn payload_file(root: &Path) -> io::Result<(String, Vec<u8>)> {
    Ok((PAYLOAD.to_owned(), payload(root)?))
}

fn pack(payload: &[u8]) -> Set {
    let mut s = Set::new("pack", Some("pack"), json!({"trust": hex(&trust()), "at": NOW}));
    let by = |seeds: &[u8], payload: &[u8]| {
        let keys: Vec<SoftwareKey> = seeds.iter().map(|n| soft(*n)).collect();
        let signers: Vec<&dyn Signer> = keys.iter().map(|k| k as &dyn Signer).collect();
        multi::sign(packs::TYP, &signers, payload.to_vec()).unwrap()
    };
    let good = by(&PACK, payload);
    s.good("good", good.clone());
    s.in_file("good.cbor");
    // A list whose keys are valid at any time shows the pack's own days.
    let mut list = trust_list();
    for k in &mut list.keys {
        (k.from, k.until) = (0, NOW * 2);
    }
    let wide = hex(&list.sign(&[&soft(1), &soft(2)]).unwrap());
    s.bad_with("before its first day", good.clone(), json!({"trust": wide, "at": NOW - 900 * DAY}), "not_yet_valid");
    s.in_file("good.cbor");
    s.bad_with("after its last day", good.clone(), json!({"trust": wide, "at": NOW + 900 * DAY}), "expired");
    s.in_file("good.cbor");
    s.bad_with("a signer's key expired", good.clone(), json!({"at": NOW + 301 * DAY}), "expired");
    s.in_file("good.cbor");
    s.bad_with("a signer's key not yet valid", good, json!({"at": NOW - 101 * DAY}), "not_yet_valid");
    s.in_file("good.cbor");
    let small = [0xa0];
    s.bad("one signer", by(&PACK[..1], &small), "wrong_key");
    s.bad("one signer twice", by(&[PACK[0], PACK[0]], &small), "wrong_key");
    s.bad("a stranger beside one signer", by(&[PACK[0], STRANGER], &small), "wrong_key");
    s.bad("a key of another use beside one signer", by(&[PACK[0], BADGE], &small), "wrong_key");
    s.bad("strangers", by(&[STRANGER, 98], &small), "signer_unknown");
    s.bad("keys of another use", by(&[BADGE, FEED], &small), "wrong_use");
    for c in &mut s.cases[3..] {
        if c.file.is_none() {
            c.cddl = Some(false); // the payload is no pack; who signed is judged first
        }
    }
    s.bad_with("a suspect key beside one signer", by(&PACK, &small), trust_where_second(), "wrong_key");
    s.cddl(false);
    s.bad("payload is no pack", by(&PACK, &small), "malformed");
    s.bad("payload is an array", by(&PACK, &[0x80]), "malformed");
    s.bad("another schema", by(&PACK, &cbor::encode(&MapBuilder::new().with("schema", 2).build()).unwrap()), "malformed");
    s.bad(
        "signed as a trust list",
        multi::sign("mz1/trust", &[&soft(PACK[0]), &soft(PACK[1])], small.to_vec()).unwrap(),
        "wrong_type",
    );
    s
}

fn trust_where_second() -> Json {
    let mut list = trust_list();
    let second = list.keys.iter_mut().filter(|k| k.usage == Use::Pack).nth(1).unwrap();
    second.suspect_since = Some(NOW - DAY);
    json!({"trust": hex(&list.sign(&[&soft(1), &soft(2)]).unwrap())})
}

/// The two phones: the first shows the offer, the second the answer.
fn sides() -> [Own; 2] {
    let second = second_badge().issue(&soft(BADGE)).unwrap();
    [
        Own {
            badge: signed_badge(),
            number: "51082200123".into(),
            show_key: hard(SHOW).public_key(),
            enrolment: sha256(&signed_enrolment()),
            task: TASK,
        },
        Own {
            badge: second,
            number: "51082200124".into(),
            show_key: soft(OTHER[1]).public_key(),
            enrolment: [0xe2; 32],
            task: TASK,
        },
    ]
}

fn own(o: &Own) -> Json {
    json!({
        "badge": hex(&o.badge), "number": o.number, "show_key": cose_key(&o.show_key), "enrolment": hex(&o.enrolment), "task": o.task.to_string(),
    })
}

fn pairing() -> [Set; 3] {
    let [first, second] = sides();
    let (secret, other_secret) = ([0x71; 32], [0x72; 32]);
    let list = trust_list();
    let context = |o: &Own, secret: &[u8; 32]| json!({"trust": hex(&trust()), "at": NOW, "own": own(o), "secret": hex(secret)});

    let mut offers = Set::new("pair-offer", Some("pair-offer"), context(&second, &other_secret));
    let offer = Offer::new(first.clone(), secret);
    let good = offer.message().unwrap();
    offers.good("good", good.clone());
    offers.bad_bytes(&good);
    let changed = |of: &[u8], at: usize, v: Value| {
        let mut parts = cbor::decode(of).unwrap().array("").unwrap();
        parts[at] = v;
        cbor::encode(&parts.into()).unwrap()
    };
    offers.bad("of another step", changed(&good, 0, 2.into()), "wrong_type");
    offers.bad("of another task", changed(&good, 1, Id([9; 16]).into()), "wrong_subject");
    offers.bad("task of 15 bytes", changed(&good, 1, vec![0u8; 15].into()), "malformed");
    offers.bad("an ephemeral key of low order", changed(&good, 2, vec![0u8; 32].into()), "bad_key");
    offers.bad("the same enrolment", changed(&good, 3, second.enrolment.into()), "same_side");
    offers.bad("the same badge (J1)", changed(&good, 4, second.badge.clone().into()), "same_side");
    let own = || badge(hard(SHOW).public_key());
    let twin = Badge { officer: Officer { number: second.number.clone(), ..own().officer }, ..own() };
    offers.bad(
        "the same person with another phone (J1)",
        changed(&good, 4, twin.issue(&soft(BADGE)).unwrap().into()),
        "same_side",
    );
    let foreign = badge(hard(SHOW).public_key()).issue(&soft(STRANGER)).unwrap();
    offers.bad("a stranger's badge", changed(&good, 4, foreign.into()), "signer_unknown");
    let old = Badge { officer: Officer { until: 2026_11_21, ..own().officer }, ..own() };
    offers.bad("a certificate that ended yesterday", changed(&good, 4, old.issue(&soft(BADGE)).unwrap().into()), "expired");
    let stale = Badge { expires: NOW / 1000 - 1, ..own() };
    offers.good("good: a credential that was not renewed", changed(&good, 4, stale.issue(&soft(BADGE)).unwrap().into()));
    offers.bad(
        "no badge",
        cbor::encode(&cbor::decode(&good).unwrap().array("").unwrap()[..4].to_vec().into()).unwrap(),
        "malformed",
    );

    let mut answers = Set::new("pair-answer", Some("pair-answer"), context(&first, &secret));
    let answering = Answering::read(&good, &second, other_secret, &list, NOW).unwrap();
    let to_sign = answering.to_sign().unwrap();
    let (answer, waiting) = answering.finish(&soft(OTHER[1]).sign(&to_sign).unwrap()).unwrap();
    answers.good("good", answer.clone());
    answers.bad_bytes(&answer);
    answers.bad("an offer", good.clone(), "wrong_type");
    answers.bad("another ephemeral key than signed", changed(&answer, 1, vec![9u8; 32].into()), "bad_signature");
    answers.bad("another enrolment than signed", changed(&answer, 2, vec![9u8; 32].into()), "bad_signature");
    let renewed = Badge { status: 99, ..second_badge() }.issue(&soft(BADGE)).unwrap();
    answers.bad("another badge than signed", changed(&answer, 3, renewed.into()), "bad_signature");
    answers.bad("its own badge", changed(&answer, 3, first.badge.clone().into()), "same_side");
    let confirming = offer.read_answer(&answer, &list, NOW).unwrap();
    let transcript = {
        let mut w = Answering::read(&good, &second, other_secret, &list, NOW).unwrap().to_sign().unwrap();
        // Sig_structure ends with the payload ["answer", transcript]: the last 32 bytes.
        w.split_off(w.len() - 32)
    };
    let signed = |role: &str, key: &dyn Signer| {
        let payload = cbor::encode(&vec![Value::from(role), transcript.as_slice().into()].into()).unwrap();
        sign_detached("mz1/pair", key, payload).unwrap()
    };
    answers.bad("signed as an offer", changed(&answer, 4, signed("offer", &soft(OTHER[1])).into()), "bad_signature");
    answers.bad("signed by another phone", changed(&answer, 4, signed("answer", &soft(OTHER[0])).into()), "wrong_key");
    answers.bad_with("for another offer", answer.clone(), json!({"secret": hex(&[0x73; 32])}), "bad_signature");

    let to_sign = confirming.to_sign().unwrap();
    let (confirm, mut paired) = confirming.finish(&hard(SHOW).sign(&to_sign).unwrap()).unwrap();
    let hello: Vec<Value> = vec![
        "hello".into(),
        signed_enrolment().into(),
        Value::Null,
        super::people::CASE.into(),
        TASK.into(),
        stated(&statement(What::Presence)).into(),
    ];
    let messages: Vec<_> = [hello, vec!["later".into(), 1.into()]]
        .map(|m| hex(&paired.channel.seal_message(&cbor::encode(&m.into()).unwrap()).unwrap()))
        .into();
    let mut more = context(&second, &other_secret);
    more["offer"] = hex(&good).into();
    more["messages"] = json!(messages);
    let mut confirms = Set::new("pair-confirm", Some("pair-confirm"), more);
    confirms.good("good", confirm.clone());
    confirms.bad_bytes(&confirm);
    confirms.bad("signed as an answer", changed(&confirm, 1, signed("answer", &hard(SHOW)).into()), "bad_signature");
    confirms.bad("signed by another phone", changed(&confirm, 1, signed("offer", &hard(OTHER[1])).into()), "wrong_key");
    let embedded = sign::sign("mz1/pair", &hard(SHOW), vec![0x80]).unwrap();
    confirms.bad("payload inside", changed(&confirm, 1, embedded.into()), "detachment");
    let twice = json!({"messages": [messages[0], messages[0]]});
    confirms.bad_with("a message again", confirm.clone(), twice, "rollback");
    confirms.bad_with("a message left out", confirm.clone(), json!({"messages": [messages[1]]}), "gap");
    let mut cut = messages[0].clone();
    cut.truncate(cut.len() - 2);
    confirms.bad_with("a message cut short", confirm, json!({"messages": [cut]}), "damaged");
    drop(waiting);
    [offers, answers, confirms]
}

fn requests() -> Set {
    let key = hard(LOG);
    let body = b"body";
    let context = json!({
        "key": cose_key(&key.public_key()), "method": "POST", "authority": "banan.example:8443", "path": "/v1/segments", "body": hex(body),
    });
    let mut s = Set::new("request", Some("request"), context);
    let r = Request {
        method: "POST".into(),
        authority: "banan.example:8443".into(),
        path: "/v1/segments".into(),
        body: sha256(body),
        nonce: [0x6e; 16],
        created: NOW,
        enrolment: Some(Id([1; 16])),
    };
    let make = |r: &Request, k: &dyn Signer| {
        let p = r.prepare(&k.public_key()).unwrap();
        let signature = k.sign(&p.message().unwrap()).unwrap();
        BASE64URL_NOPAD.decode(p.finish(&signature).unwrap().as_bytes()).unwrap()
    };
    let good = make(&r, &key);
    s.good("good", good.clone());
    s.good("good: an application", make(&Request { enrolment: None, ..r.clone() }, &key));
    for (name, what, value) in [
        ("another method", "method", "PUT"),
        ("another authority", "authority", "evil.example"),
        ("another path", "path", "/v1/segments?x"),
        ("another body", "body", "00"),
    ] {
        s.bad_with(name, good.clone(), json!({ what: value }), "wrong_subject");
    }
    s.bad("by another device", make(&r, &hard(OTHER[0])), "wrong_key");
    s.bad_bytes(&good);
    let [payload, _]: [Value; 2] = cbor::decode(&good).unwrap().array("").unwrap().try_into().unwrap();
    let payload = payload.bytes("").unwrap();
    s.bad_fields(&payload, &[], |p| pair(&p, &sign_detached("mz1/request", &key, p.clone()).unwrap()));
    let other = cbor::encode(&vec![Value::from(payload.as_slice())].into()).unwrap();
    s.bad("no signature", other, "malformed");
    s.bad(
        "another payload than signed",
        pair(&payload, &sign_detached("mz1/request", &key, vec![0xa0]).unwrap()),
        "bad_signature",
    );
    s.bad("signed as a response", pair(&payload, &sign_detached("mz1/response", &key, payload.clone()).unwrap()), "wrong_type");
    s.bad("payload inside", pair(&payload, &sign::sign("mz1/request", &key, payload.clone()).unwrap()), "detachment");
    s
}

fn pair(payload: &[u8], cose: &[u8]) -> Vec<u8> {
    cbor::encode(&vec![Value::from(payload), cose.into()].into()).unwrap()
}

fn responses() -> Set {
    let nonce = [0x6e; 16];
    let (request, body) = (sha256(b"request"), b"body");
    let context =
        json!({"trust": hex(&trust()), "request": hex(&request), "nonce": hex(&nonce), "status": 201, "body": hex(body)});
    let mut s = Set::new("response", Some("response"), context);
    let anchor = |nonce| Anchor { nonce, at: NOW }.issue(&soft(ANCHOR)).unwrap();
    let r = Response {
        request,
        status: 201,
        body: sha256(body),
        at: NOW,
        head: OfficeHead { epoch: 0, size: 7, root: [7; 32] },
        anchor: Some(anchor(nonce)),
    };
    let make = |r: &Response, k: &SoftwareKey| BASE64URL_NOPAD.decode(r.issue(k).unwrap().as_bytes()).unwrap();
    let good = make(&r, &soft(FEED));
    s.good("good", good.clone());
    s.good("good: without an anchor", make(&Response { anchor: None, ..r.clone() }, &soft(FEED)));
    s.bad_with("to another request", good.clone(), json!({"request": "00".repeat(32)}), "wrong_subject");
    s.bad_with("another status", good.clone(), json!({"status": 200}), "wrong_subject");
    s.bad_with("another body", good.clone(), json!({"body": "00"}), "wrong_subject");
    s.bad(
        "an anchor for another request",
        make(&Response { anchor: Some(anchor([1; 16])), ..r.clone() }, &soft(FEED)),
        "wrong_subject",
    );
    let foreign = Anchor { nonce, at: NOW }.issue(&soft(STRANGER)).unwrap();
    s.bad("a stranger's anchor", make(&Response { anchor: Some(foreign), ..r.clone() }, &soft(FEED)), "signer_unknown");
    s.bad_bytes(&good);
    s.bad_signers(Use::Feed, &good, |k| make(&r, k));
    let payload = cbor::decode(&good).unwrap().array("").unwrap().swap_remove(0).bytes("").unwrap();
    let wrap = |p: Vec<u8>| pair(&p, &sign_detached("mz1/response", &soft(FEED), p.clone()).unwrap());
    s.bad_fields(&payload, &[], wrap);
    let mut m = map_of(cbor::decode(&payload).unwrap());
    set(&mut m, "head".into(), vec![Value::from(7), [7; 32].into()].into());
    s.bad("head without its epoch", wrap(cbor::encode(&Value::Map(m.clone())).unwrap()), "malformed");
    set(&mut m, "head".into(), vec![Value::from(7), [7; 32].into(), 0.into()].into());
    set(&mut m, "status".into(), 65_536.into());
    s.bad("status 65536", wrap(cbor::encode(&Value::Map(m)).unwrap()), "malformed");
    s
}

fn feed() -> Set {
    let mut s = Set::new("feed", Some("feed"), json!({"trust": hex(&trust()), "at": NOW}));
    let key = soft(FEED);
    let (first, cursor) = Item::issue(&key, None, FeedKind::Trust, trust()).unwrap();
    let (second, after) = Item::issue(&key, Some(cursor), FeedKind::Badge, b"sealed badge".to_vec()).unwrap();
    let last = |c: Cursor| json!({"last": {"n": c.n, "digest": hex(&c.digest)}});
    s.good("good first", first.clone());
    s.good_with("good second", second.clone(), last(cursor));
    s.bad("an item is missing before it", second.clone(), "gap");
    s.bad_with("an item that was received before", first.clone(), last(after), "rollback");
    let (other, _) = Item::issue(&key, Some(Cursor { n: 1, digest: [0; 32] }), FeedKind::Badge, vec![2]).unwrap();
    s.bad_with("it names another item before it", other, last(cursor), "rollback");
    s.bad_signatures("mz1/feed", &key, &payload_of(&first), true);
    s.bad_signers(Use::Feed, &first, |k| Item::issue(k, None, FeedKind::Trust, trust()).unwrap().0);
    let wrap = |p: Vec<u8>| sign::sign("mz1/feed", &soft(FEED), p).unwrap();
    s.bad_fields(&payload_of(&first), &[], wrap);
    let item = |kind: &str, sealed: bool| {
        let m = MapBuilder::new().with("v", 1).with("n", 1).with("previous", Value::Null).with("kind", kind);
        wrap(cbor::encode(&m.with("sealed", sealed).with("body", vec![1u8]).build()).unwrap())
    };
    s.good("good: a kind of a later version is kept", item("weather", true));
    s.bad("a badge that is not sealed", item("badge", false), "malformed");
    s.cddl(true);
    s.bad("a trust list that is sealed", item("trust", true), "malformed");
    s.cddl(true);
    for (name, kind) in [("status list", "status"), ("list of officers", "officers")] {
        s.good(&format!("good: a {name}"), item(kind, false));
        s.bad(&format!("a {name} that is sealed"), item(kind, true), "malformed");
        s.cddl(true);
    }
    s
}

fn submissions() -> Set {
    let mut s = Set::new("submission", Some("submission"), json!({}));
    let log = super::logs::Log::example();
    let proof = mingzheng_core::log::tree::consistency(&log.leaves(), 3).unwrap();
    let good = Submission { old: 3, proof, checkpoint: log.checkpoints[1].clone(), segment: b"age-encryption.org/v1\n".to_vec() };
    let good = good.encode().unwrap();
    s.good("good", good.clone());
    s.bad_bytes(&good);
    s.bad_fields(&good, &[], |p| p);
    s.cases.retain(|c| !c.name.starts_with("payload"));
    let mut m = map_of(cbor::decode(&good).unwrap());
    set(&mut m, "proof".into(), vec![Value::from(vec![0u8; 31])].into());
    s.bad("a proof of 31 bytes", cbor::encode(&Value::Map(m)).unwrap(), "malformed");
    s
}
