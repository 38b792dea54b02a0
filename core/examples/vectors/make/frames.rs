//! `tests/vectors/badge/verdicts.json`, `objects.json` and pictures: frames that must be judged the same by the core and by the badge page.
//! Keys are fixed seeds; every expected verdict is written here by hand.

use mingzheng_core::badge::frame::to_digits;
use mingzheng_core::badge::{
    Assignment, AssignmentKind, Badge, CertificateStatus, Frame, Matrix, Officer, Show, StatusList, enterprise_digest, status,
    typ,
};
use mingzheng_core::cbor::{self, MapBuilder, Value};
use mingzheng_core::id::{Id, digest16, hex, sha256};
use mingzheng_core::sign::{self, Prepared, PublicKey, RawSignature, SignError, Signer, SoftwareKey};
use mingzheng_core::trust::{Roots, TrustKey, TrustList, TrustedKey, Use};
use p256::ecdsa::signature::Signer as _;
use serde_json::{Value as Json, json};
use std::error::Error;
use std::io::{Cursor, Read as _};

type Made<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// 18 November 2026, 19:06:40 in Beijing: the moment at which everything is shown.
const NOW: i64 = 1_795_000_000_000;
const DAY: u32 = 2026_11_18;
const CODE: &str = "91510822MA6ABCDE0X";
const HOST: &str = "zf.example.gov.cn";

/// A P-256 key as a phone's hardware would hold it.
struct P256Key(p256::ecdsa::SigningKey);
impl Signer for P256Key {
    fn public_key(&self) -> PublicKey {
        PublicKey::p256_from_sec1(self.0.verifying_key().to_sec1_point(true).as_bytes()).unwrap_or(PublicKey::Ed25519([0; 32]))
    }
    fn sign(&self, message: &[u8]) -> Result<RawSignature, SignError> {
        let s: p256::ecdsa::Signature = self.0.sign(message);
        Ok(RawSignature::Fixed(s.to_bytes().to_vec()))
    }
}

fn key(seed: u8) -> SoftwareKey {
    SoftwareKey::from_seed([seed; 32])
}

fn entry(k: &dyn Signer, usage: Use, name: &str) -> TrustKey {
    TrustKey {
        key: TrustedKey::Verify(k.public_key()),
        usage,
        name: name.into(),
        organ: "青川县卫生健康局".into(),
        areas: vec![],
        categories: vec![],
        from: NOW - 86_400_000 * 365,
        until: NOW + 86_400_000 * 365,
        suspect_since: None,
    }
}

const ROOT: u8 = 1;
const BADGE: u8 = 2;
const ASSIGN: u8 = 3;
const PACK: u8 = 4;
const STATUS: u8 = 11;
const SUSPECT: u8 = 6;
const OLD: u8 = 7;
const SCOPED: u8 = 8;
const STRANGER: u8 = 9;
const DEVICE: u8 = 5;
const OTHER_DEVICE: u8 = 10;

fn trust(root: u8, expires: i64) -> Made<Vec<u8>> {
    let r = key(root);
    let list = TrustList {
        version: 3,
        previous: Some([9; 32]),
        organ: "青川县卫生健康局".into(),
        issued: NOW - 86_400_000 * 10,
        expires,
        roots: Roots { k: 1, keys: vec![r.public_key()] },
        keys: vec![
            entry(&key(BADGE), Use::Badge, "badge"),
            entry(&key(ASSIGN), Use::Assignment, "assignment"),
            entry(&key(PACK), Use::Pack, "pack"),
            entry(&key(STATUS), Use::Status, "status"),
            TrustKey { suspect_since: Some(NOW - 86_400_000 * 5), ..entry(&key(SUSPECT), Use::Badge, "suspect") },
            TrustKey { until: NOW - 86_400_000 * 9, ..entry(&key(OLD), Use::Badge, "old") },
            TrustKey { areas: vec!["剑阁县".into()], ..entry(&key(SCOPED), Use::Badge, "scoped") },
        ],
    };
    Ok(list.sign(&[&r])?)
}

fn badge() -> Badge {
    Badge {
        officer: Officer {
            name: "王建国".into(),
            unit: "青川县卫生健康综合行政执法大队".into(),
            position: "二级主办".into(),
            number: "51082200123".into(),
            category: "卫生健康".into(),
            area: "青川县".into(),
            until: 2028_06_30,
        },
        photo: Some([7; 16]),
        status: 1234,
        issued: NOW / 1000 - 2 * 86_400,
        expires: NOW / 1000 + 5 * 86_400,
        show_key: key(DEVICE).public_key(),
    }
}

fn assignment() -> Assignment {
    Assignment {
        task: Id([3; 16]),
        enterprise: enterprise_digest(CODE),
        day: DAY,
        officers: vec!["51082200123".into(), "51082200124".into()],
        number: 1,
        cap: 2,
        kind: AssignmentKind::Routine,
        organ: "青川县卫生健康局".into(),
        issued: NOW / 1000 - 3 * 3600,
    }
}

fn show_of(badge: &[u8], at: i64) -> Show {
    Show { badge: digest16(badge), at, challenge: None, assignment: None }
}

fn shown(show: &Show, device: &dyn Signer) -> Made<Vec<u8>> {
    let p = show.prepare(&device.public_key())?;
    let s = device.sign(&p.message()?)?;
    Ok(p.finish(&s)?)
}

fn text(badge: &[u8], show: &[u8]) -> Made<String> {
    Ok(Frame::Badge { badge: badge.to_vec(), show: show.to_vec() }.to_text(HOST)?)
}

/// A frame whose parts need not be of the profile.
fn raw_text(kind: u8, parts: &[&[u8]]) -> String {
    let mut bytes = vec![0x81 + u8::try_from(parts.len()).unwrap_or(0), kind];
    bytes.extend(parts.concat());
    format!("https://{HOST}/b#{}", to_digits(&bytes))
}

/// COSE_Sign1 by hand, to write what [`sign`] refuses to.
fn cose(protected: &Value, unprotected: Value, payload: Vec<u8>, sign_with: &dyn Signer) -> Made<Vec<u8>> {
    let protected = cbor::encode(protected)?;
    let to_sign =
        Value::Array(vec!["Signature1".into(), protected.clone().into(), Vec::<u8>::new().into(), payload.clone().into()]);
    let RawSignature::Fixed(signature) = sign_with.sign(&cbor::encode(&to_sign)?)? else {
        return Err("signature".into());
    };
    let body = vec![protected.into(), unprotected, payload.into(), signature.into()];
    Ok(cbor::encode(&Value::Tag18(Box::new(Value::Array(body))))?)
}

fn header(alg: i64, k: &dyn Signer, typ: &str) -> Value {
    MapBuilder::new().with(1, alg).with(4, k.public_key().kid()).with(16, typ).build()
}

fn payload_of(cose: &[u8]) -> Made<Vec<u8>> {
    let Value::Tag18(inner) = cbor::decode(cose)? else {
        return Err("tag".into());
    };
    Ok(inner.array("body")?.into_iter().nth(2).ok_or("payload")?.bytes("payload")?)
}

/// Changes the last 64 bytes of a COSE_Sign1: its signature.
fn with_signature(cose: &[u8], change: impl FnOnce(&mut [u8; 64])) -> Made<Vec<u8>> {
    let (start, end) = cose.split_at(cose.len() - 64);
    let mut s: [u8; 64] = end.try_into()?;
    change(&mut s);
    Ok([start, &s].concat())
}

/// The order of Ed25519's group, little-endian.
const L: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0x10,
];

struct Cases {
    list: Vec<Json>,
}

/// One case; everything not said is: the good trust list, the time [`NOW`], a trusted clock, no challenge, no assignment.
struct Case<'a> {
    name: &'a str,
    badge: String,
    set: Json,
    expect: Json,
}

impl Cases {
    fn add(&mut self, case: Case<'_>) {
        let mut j = json!({
            "name": case.name, "trust": "good", "status": null, "now": NOW, "clock_trusted": true, "challenge": null, "enterprise": null,
            "badge": case.badge, "assignment": null, "expect": case.expect, "expect_assignment": null,
        });
        if let (Some(j), Some(set)) = (j.as_object_mut(), case.set.as_object()) {
            j.extend(set.clone());
        }
        self.list.push(j);
    }

    fn not_valid(&mut self, name: &str, badge: String, reason: &str) {
        self.with(name, badge, json!({}), json!({"state": "not_valid", "reason": reason}));
    }

    fn unknown(&mut self, name: &str, badge: String, reason: &str) {
        self.with(name, badge, json!({}), json!({"state": "unknown", "reason": reason}));
    }

    fn with(&mut self, name: &str, badge: String, set: Json, expect: Json) {
        self.add(Case { name, badge, set, expect });
    }
}

fn valid(warnings: Json) -> Json {
    let mut all = vec![json!(["status_not_checked", null])];
    all.extend(warnings.as_array().cloned().unwrap_or_default());
    json!({"state": "valid", "as_of": (NOW / 1000 - 2 * 86_400) * 1000, "warnings": all})
}

fn times(c: &mut Cases) -> Made<()> {
    let (office, device) = (key(BADGE), key(DEVICE));
    let b = badge().issue(&office)?;
    let now = NOW / 1000;
    let at = |t: i64| -> Made<String> { text(&b, &shown(&show_of(&b, t), &device)?) };
    let untrusted = json!({"clock_trusted": false});

    c.with("valid", at(now - 3)?, json!({}), valid(json!([])));
    let p = P256Key(p256::ecdsa::SigningKey::from_slice(&[0x42; 32])?);
    let pb = Badge { show_key: p.public_key(), ..badge() }.issue(&office)?;
    let ps = shown(&show_of(&pb, now), &p)?;
    c.with("valid with a P-256 key", text(&pb, &ps)?, json!({}), valid(json!([])));
    c.with(
        "valid though a scanner appended to the address",
        at(now)? + "&from=singlemessage&isappinstalled=0",
        json!({}),
        valid(json!([])),
    );
    c.with("valid whatever host the code names", at(now)?.replace(HOST, "evil.example"), json!({}), valid(json!([])));
    c.with("valid, clock not compared", at(now - 59)?, untrusted.clone(), valid(json!([["clock_not_compared", null]])));
    c.with("valid, exactly 60 s old", at(now - 60)?, json!({}), valid(json!([])));

    c.with(
        "F41 replayed after 61 s",
        at(now - 61)?,
        json!({}),
        json!({"state": "not_valid", "reason": "replayed", "number": 61, "shown": true}),
    );
    c.with(
        "F42 ten minutes ahead",
        at(now + 600)?,
        json!({}),
        json!({"state": "not_valid", "reason": "ahead", "number": 600, "shown": true}),
    );
    for (name, by) in [("10 min behind", -600), ("10 min ahead", 600), ("a day ahead", 86_400)] {
        let expect = json!({"state": "unknown", "reason": "clock", "number": by, "shown": true});
        let set = json!({"clock_trusted": false, "now": NOW + by * 1000});
        c.with(&format!("F42 verifier's clock {name}, not compared"), at(now)?, set, expect);
    }
    let set = json!({"clock_trusted": false, "now": NOW - 3 * 86_400_000});
    let expect = json!({"state": "unknown", "reason": "clock_behind", "shown": true});
    c.with("F42 verifier's clock behind the office's signature", at(now - 3 * 86_400)?, set, expect);

    let challenge = [0xc0, 1, 2, 3, 4, 5, 6, 7];
    let answer = |t: i64| -> Made<String> { text(&b, &shown(&Show { challenge: Some(challenge), ..show_of(&b, t) }, &device)?) };
    let asked = |age: i64, more: Json| {
        let mut j = json!({"challenge": {"bytes": hex(&challenge), "age_ms": age}});
        if let (Some(j), Some(more)) = (j.as_object_mut(), more.as_object()) {
            j.extend(more.clone());
        }
        j
    };
    c.with(
        "F42 challenge answered, verifier's clock a day ahead",
        answer(now)?,
        asked(9_000, json!({"clock_trusted": false, "now": NOW + 86_400_000})),
        valid(json!([["clock_not_compared", null], ["device_clock", 86_400]])),
    );
    c.with(
        "challenge answered, device's clock wrong",
        answer(now - 600)?,
        asked(9_000, json!({})),
        valid(json!([["device_clock", 600]])),
    );
    let late = json!({"state": "unknown", "reason": "challenge_expired", "shown": true});
    c.with("challenge answered after 121 s", answer(now - 600)?, asked(121_000, json!({})), late);
    let other = json!({"challenge": {"bytes": "ffffffffffffffff", "age_ms": 1000}});
    let replayed = json!({"state": "not_valid", "reason": "replayed", "number": 600, "shown": true});
    c.with("answer to somebody else's challenge", answer(now - 600)?, other, replayed);

    let expired = |until: u32| -> Made<String> {
        let b = Badge { officer: Officer { until, ..badge().officer }, ..badge() }.issue(&office)?;
        text(&b, &shown(&show_of(&b, now), &device)?)
    };
    let gone = json!({"state": "not_valid", "reason": "certificate_expired", "number": 2026_11_17, "shown": true});
    c.with("J3 certificate expired yesterday", expired(2026_11_17)?, json!({}), gone);
    c.with("certificate's last day", expired(DAY)?, json!({}), valid(json!([["ends_soon", 0]])));
    c.with("certificate ends in 30 days", expired(2026_12_18)?, json!({}), valid(json!([["ends_soon", 30]])));
    let b2 = Badge { officer: Officer { until: DAY, ..badge().officer }, ..badge() }.issue(&office)?;
    let s2 = shown(&Show { challenge: Some(challenge), ..show_of(&b2, now) }, &device)?;
    c.with(
        "certificate expired by one clock only",
        text(&b2, &s2)?,
        asked(9_000, json!({"clock_trusted": false, "now": NOW + 86_400_000})),
        json!({"state": "unknown", "reason": "clock", "number": 86_400, "shown": true}),
    );
    let stale = Badge { expires: now - 3600, ..badge() }.issue(&office)?;
    let expect = json!({"state": "unknown", "reason": "not_renewed", "number": NOW - 3_600_000, "shown": true});
    c.with("P7 credential not renewed", text(&stale, &shown(&show_of(&stale, now), &device)?)?, json!({}), expect);

    let expect = json!({"state": "unknown", "reason": "trust_expired", "number": NOW - 1, "shown": true});
    c.with("trust list expired", at(now)?, json!({"trust": "expired"}), expect);
    let expect = json!({"state": "unknown", "reason": "no_trust"});
    c.with("trust list of a stranger's root", at(now)?, json!({"trust": "stranger"}), expect.clone());
    c.with("trust list with one bit changed", at(now)?, json!({"trust": "damaged"}), expect.clone());
    c.with("no trust list", at(now)?, json!({"trust": null}), expect);
    Ok(())
}

/// R02, F41: what the office decided since it issued the credential.
fn statuses(c: &mut Cases) -> Made<()> {
    let (office, device, now) = (key(BADGE), key(DEVICE), NOW / 1000);
    let b = badge().issue(&office)?;
    let live = text(&b, &shown(&show_of(&b, now), &device)?)?;
    let known = STATUS_ISSUED * 1000;
    let in_order = |warnings: Json| json!({"state": "valid", "as_of": known, "warnings": warnings});
    c.with("R02 in order by the status list", live.clone(), json!({"status": "in order"}), in_order(json!([])));
    for (name, reason) in [("suspended", "suspended"), ("cancelled", "cancelled"), ("check missed", "check_missed")] {
        let expect = json!({"state": "not_valid", "reason": reason, "number": known, "shown": true});
        c.with(&format!("R02 {name} since"), live.clone(), json!({"status": name}), expect);
    }
    let expect = json!({"state": "unknown", "reason": "unknown_status", "number": 9, "shown": true});
    c.with("a status of a later version", live.clone(), json!({"status": "later version"}), expect);
    let old = in_order(json!([["status_old", known]]));
    c.with("status list overdue", live.clone(), json!({"status": "overdue"}), old);
    for name in ["older than the credential", "too short", "of another key", "of a wrong use", "damaged", "a bomb"] {
        c.with(&format!("status list {name} says nothing"), live.clone(), json!({"status": name}), valid(json!([])));
    }
    let replayed = text(&b, &shown(&show_of(&b, now - 61), &device)?)?;
    let expect = json!({"state": "not_valid", "reason": "replayed", "number": 61, "shown": true});
    c.with("F41 a replayed code of somebody suspended", replayed, json!({"status": "suspended"}), expect);
    Ok(())
}

/// An hour before everything is shown.
const STATUS_ISSUED: i64 = NOW / 1000 - 3600;

/// The status lists that cases name.
fn status_lists() -> Made<Json> {
    let office = key(STATUS);
    let index = usize::try_from(badge().status)?;
    let with = |s: CertificateStatus| {
        let mut all = vec![CertificateStatus::Valid; index + 3];
        if let Some(slot) = all.get_mut(index) {
            *slot = s;
        }
        all
    };
    let list = |issued: i64, expires: i64, all: &[CertificateStatus]| {
        StatusList::new("https://zf.example.gov.cn/status.cwt", issued, expires, 3600, all)
    };
    let day = NOW / 1000 + 86_400;
    let made = |s: CertificateStatus| -> Made<String> { Ok(hex(&list(STATUS_ISSUED, day, &with(s))?.issue(&office)?)) };
    let in_order = list(STATUS_ISSUED, day, &with(CertificateStatus::Valid))?;
    let mut damaged = in_order.issue(&office)?;
    if let Some(last) = damaged.last_mut() {
        *last ^= 1;
    }
    let raw = |bits: u64, inflated: Vec<u8>| -> Made<String> {
        let mut lst = Vec::new();
        flate2::read::ZlibEncoder::new(inflated.as_slice(), flate2::Compression::best()).read_to_end(&mut lst)?;
        let claims = MapBuilder::new()
            .with(2, "https://zf.example.gov.cn/status.cwt")
            .with(4, day)
            .with(6, STATUS_ISSUED)
            .with(65_533, MapBuilder::new().with("bits", bits).with("lst", lst).build())
            .build();
        Ok(hex(&sign::sign(status::TYP, &office, cbor::encode(&claims)?)?))
    };
    let mut later = vec![0; index + 3];
    if let Some(slot) = later.get_mut(index) {
        *slot = 9;
    }
    Ok(json!({
        "in order": hex(&in_order.issue(&office)?),
        "suspended": made(CertificateStatus::Suspended)?,
        "cancelled": made(CertificateStatus::Cancelled)?,
        "check missed": made(CertificateStatus::CheckMissed)?,
        "later version": raw(8, later)?,
        "overdue": hex(&list(STATUS_ISSUED, NOW / 1000 - 1, &with(CertificateStatus::Valid))?.issue(&office)?),
        "older than the credential": hex(&list(badge().issued - 1, day, &with(CertificateStatus::Suspended))?.issue(&office)?),
        "too short": hex(&list(STATUS_ISSUED, day, &[CertificateStatus::Cancelled; 8])?.issue(&office)?),
        "of another key": hex(&list(STATUS_ISSUED, day, &with(CertificateStatus::Cancelled))?.issue(&key(STRANGER))?),
        "of a wrong use": hex(&list(STATUS_ISSUED, day, &with(CertificateStatus::Cancelled))?.issue(&key(BADGE))?),
        "damaged": hex(&damaged),
        "a bomb": raw(1, vec![0xff; 2 << 20])?,
    }))
}

fn signers(c: &mut Cases) -> Made<()> {
    let (office, device, now) = (key(BADGE), key(DEVICE), NOW / 1000);
    let b = badge().issue(&office)?;
    let s = shown(&show_of(&b, now), &device)?;
    for (name, signer, reason) in [
        ("wrong office key: a stranger issued the badge", STRANGER, "signer_unknown"),
        ("a key of another use issued the badge", PACK, "wrong_use"),
        ("a suspect key issued the badge", SUSPECT, "key_suspect"),
        ("an expired key issued the badge", OLD, "key_time"),
        ("a key of another area issued the badge", SCOPED, "outside_scope"),
    ] {
        let b = badge().issue(&key(signer))?;
        c.not_valid(name, text(&b, &shown(&show_of(&b, now), &device)?)?, reason);
    }
    let forged = cose(&header(-19, &office, typ::BADGE), Value::Map(vec![]), payload_of(&b)?, &key(STRANGER))?;
    c.not_valid(
        "a stranger signed under the office's kid",
        text(&forged, &shown(&show_of(&forged, now), &device)?)?,
        "bad_signature",
    );
    let mut changed = b.clone();
    if let Some(byte) = b.windows(3).position(|w| w == "王".as_bytes()).and_then(|at| changed.get_mut(at + 2)) {
        *byte ^= 1;
    }
    c.not_valid("one bit of the name changed", text(&changed, &shown(&show_of(&changed, now), &device)?)?, "bad_signature");

    c.not_valid("shown by another device", text(&b, &shown(&show_of(&b, now), &key(OTHER_DEVICE))?)?, "other_device");
    let stolen = cose(&header(-19, &device, typ::SHOW), Value::Map(vec![]), payload_of(&s)?, &key(OTHER_DEVICE))?;
    c.not_valid("another device signed under the right kid", text(&b, &stolen)?, "bad_signature");
    let b2 = Badge { officer: Officer { name: "李四".into(), ..badge().officer }, ..badge() }.issue(&office)?;
    c.not_valid("presentation of another badge of the same device", text(&b2, &s)?, "other_badge");

    let p = P256Key(p256::ecdsa::SigningKey::from_slice(&[0x42; 32])?);
    let pb = Badge { show_key: p.public_key(), ..badge() }.issue(&office)?;
    let ps = shown(&show_of(&pb, now), &p)?;
    let high = with_signature(&ps, |s| {
        if let Ok(low) = p256::ecdsa::Signature::from_slice(s)
            && let Ok(sig) = p256::ecdsa::Signature::from_scalars(*low.r(), -*low.s())
        {
            s.copy_from_slice(&sig.to_bytes());
        }
    })?;
    c.not_valid("P2 high s", text(&pb, &high)?, "bad_signature");
    let plus_l = with_signature(&s, |s| {
        let mut carry = 0u16;
        for (d, l) in s.iter_mut().skip(32).zip(L) {
            carry += u16::from(*d) + u16::from(l);
            *d = carry as u8;
            carry >>= 8;
        }
    })?;
    c.not_valid("P2 S not below L", text(&b, &plus_l)?, "bad_signature");
    // The point of order 4 (y = 0) and the identity: with R the identity and S = 0, some libraries accept any message.
    for (name, x, r) in [("identity", 1u8, 1u8), ("order 4", 0, 0)] {
        let point = |first: u8| {
            let mut p = [0; 32];
            if let Some(b) = p.first_mut() {
                *b = first;
            }
            p
        };
        let weak = PublicKey::Ed25519(point(x));
        let wb = Badge { show_key: weak, ..badge() }.issue(&office)?;
        let signature = RawSignature::Fixed([point(r), [0; 32]].concat());
        let ws = show_of(&wb, now).prepare(&weak)?.finish(&signature)?;
        c.not_valid(&format!("P2 device key of small order ({name})"), text(&wb, &ws)?, "bad_signature");
    }
    Ok(())
}

fn shapes(c: &mut Cases) -> Made<()> {
    let (office, device, now) = (key(BADGE), key(DEVICE), NOW / 1000);
    let b = badge().issue(&office)?;
    let s = shown(&show_of(&b, now), &device)?;
    let good = text(&b, &s)?;
    let with_badge = |b: &[u8]| -> Made<String> { text(b, &shown(&show_of(b, now), &device)?) };
    let p = payload_of(&b)?;
    let none = || Value::Map(vec![]);

    for (name, alg) in [("SM2", -48), ("the old EdDSA number", -8)] {
        let o = cose(&header(alg, &office, typ::BADGE), none(), p.clone(), &office)?;
        c.unknown(&format!("P2 unknown algorithm is never called bad: {name}"), with_badge(&o)?, "unknown_algorithm");
    }
    let o = cose(&header(-48, &key(STRANGER), typ::SHOW), none(), payload_of(&s)?, &device)?;
    c.unknown("P2 unknown algorithm of the presentation", text(&b, &o)?, "unknown_algorithm");
    let o = cose(&header(-9, &office, typ::BADGE), none(), p.clone(), &office)?;
    c.not_valid("algorithm does not fit the key", with_badge(&o)?, "bad_signature");
    let o = cose(&header(-19, &office, "mz1/pack"), none(), p.clone(), &office)?;
    c.not_valid("another typ", with_badge(&o)?, "malformed");
    let o = cose(&header(-19, &office, typ::BADGE), MapBuilder::new().with(1, -9).build(), p.clone(), &office)?;
    c.not_valid("unprotected header", with_badge(&o)?, "malformed");
    let critical =
        MapBuilder::new().with(1, -19).with(2, vec![Value::from(99)]).with(4, office.public_key().kid()).with(16, typ::BADGE);
    let o = cose(&critical.build(), none(), p.clone(), &office)?;
    c.not_valid("further protected header", with_badge(&o)?, "malformed");
    c.not_valid("detached payload", with_badge(&sign::sign_detached(typ::BADGE, &office, p.clone())?)?, "malformed");

    let payload =
        |bytes: Vec<u8>| -> Made<String> { with_badge(&cose(&header(-19, &office, typ::BADGE), none(), bytes, &office)?) };
    c.not_valid("payload with trailing byte", payload([p.as_slice(), &[0]].concat())?, "malformed");
    c.not_valid("payload is no map", payload(vec![0x80])?, "malformed");
    c.not_valid("payload cut short", payload(p.get(..p.len() - 1).ok_or("payload")?.to_vec())?, "malformed");
    let Value::Map(fields) = cbor::decode(&p)? else {
        return Err("map".into());
    };
    let mut more = fields.clone();
    more.push((99.into(), Value::Null));
    c.not_valid("payload with unknown field", payload(cbor::encode(&Value::Map(more))?)?, "malformed");
    let claim = |at: usize, v: Value| -> Made<String> {
        let mut f = fields.clone();
        for (k, claim) in &mut f {
            if let (Value::Int(-65_537), Value::Array(a)) = (&*k, claim)
                && let Some(field) = a.get_mut(at)
            {
                *field = v.clone();
            }
        }
        payload(cbor::encode(&Value::Map(f))?)
    };
    c.not_valid("name with a direction override", claim(0, "王\u{202e}国建".into())?, "malformed");
    c.not_valid("empty unit", claim(1, "".into())?, "malformed");
    c.not_valid("month 13", claim(6, 2028_13_01.into())?, "malformed");
    c.not_valid("photo digest of another length", claim(7, [0u8; 8].into())?, "malformed");
    let unknown_cnf =
        MapBuilder::new().with(1, MapBuilder::new().with(1, 2).with(-1, 2).with(-2, [0; 32]).with(-3, false).build()).build();
    let cnf =
        fields.iter().map(|(k, v)| (k.clone(), if *k == Value::Int(8) { unknown_cnf.clone() } else { v.clone() })).collect();
    c.not_valid("device key of another curve", payload(cbor::encode(&Value::Map(cnf))?)?, "malformed");

    let host = format!("https://{HOST}/b");
    c.unknown("an address without data", host.clone(), "unreadable");
    c.unknown("an address with an empty fragment", format!("{host}#"), "unreadable");
    c.unknown("no digits", format!("{host}#HC1:NCF"), "unreadable");
    c.unknown("digits cut by a scanner", good.get(..good.len() - 100).ok_or("cut")?.into(), "unreadable");
    c.unknown("a group too large for its bytes", format!("{host}#99999999999999999"), "unreadable");
    c.unknown("a group of no such length", format!("{host}#1234"), "unreadable");
    c.unknown("full-width digits", format!("{host}#１２３"), "unreadable");
    c.not_valid("two frames in one", raw_text(1, &[&b, &s, &s]), "malformed");
    c.not_valid("frame with trailing byte", raw_text(1, &[&b, &s, &[0]]), "malformed");
    c.not_valid(
        "frame of indefinite length",
        format!("{host}#{}", to_digits(&[&[0x9f, 1][..], &b, &s, &[0xff]].concat())),
        "malformed",
    );
    c.not_valid("frame that is a map", format!("{host}#{}", to_digits(&[0xa0])), "malformed");
    c.unknown("a frame of a later kind", raw_text(9, &[&b]), "newer_format");
    c.unknown("a checkpoint is no badge", raw_text(3, &[&sign::sign("mz1/checkpoint", &device, vec![0xa0])?]), "is_checkpoint");
    c.unknown("an assignment before the badge", raw_text(2, &[&assignment().issue(&key(ASSIGN))?, &s]), "badge_first");
    Ok(())
}

fn assignments(c: &mut Cases) -> Made<()> {
    let (office, device, now) = (key(BADGE), key(DEVICE), NOW / 1000);
    let b = badge().issue(&office)?;
    let good = text(&b, &shown(&show_of(&b, now), &device)?)?;
    let frame = |a: &[u8], show: &Show, device: &dyn Signer| -> Made<String> {
        Ok(Frame::Assignment { assignment: a.to_vec(), show: shown(show, device)? }.to_text(HOST)?)
    };
    let named = |a: &[u8]| Show { assignment: Some(digest16(a)), ..show_of(&b, now) };
    let mut add = |name: &str, assignment: String, more: Json, expect: Json| {
        let mut set = json!({"assignment": assignment, "expect_assignment": expect});
        if let (Some(set), Some(more)) = (set.as_object_mut(), more.as_object()) {
            set.extend(more.clone());
        }
        c.with(name, good.clone(), set, valid(json!([])));
    };
    let a = assignment().issue(&key(ASSIGN))?;
    let fine = frame(&a, &named(&a), &device)?;
    let compared = json!({"enterprise": format!(" {} ", CODE.to_lowercase())});
    add("assignment proven", fine.clone(), json!({}), json!({"state": "proven", "enterprise_compared": false}));
    add("assignment proven for this enterprise", fine.clone(), compared, json!({"state": "proven", "enterprise_compared": true}));
    let bad = |reason: &str| json!({"state": "not_valid", "reason": reason});
    add("assignment for another enterprise", fine.clone(), json!({"enterprise": "91510822MA6ABCDE1X"}), bad("other_enterprise"));

    let variants = [
        (
            "assignment for tomorrow",
            Assignment { day: 2026_11_19, ..assignment() },
            json!({"state": "not_valid", "reason": "other_day", "number": 2026_11_19}),
        ),
        (
            "assignment of other officers",
            Assignment { officers: vec!["51082200999".into()], ..assignment() },
            bad("officer_not_named"),
        ),
    ];
    for (name, a, expect) in variants {
        let a = a.issue(&key(ASSIGN))?;
        add(name, frame(&a, &named(&a), &device)?, json!({}), expect);
    }
    for (name, signer, reason) in [
        ("assignment signed by the badge key", BADGE, "wrong_use"),
        ("assignment signed by a stranger", STRANGER, "signer_unknown"),
    ] {
        let a = assignment().issue(&key(signer))?;
        add(name, frame(&a, &named(&a), &device)?, json!({}), bad(reason));
    }
    add("assignment shown by another device", frame(&a, &named(&a), &key(OTHER_DEVICE))?, json!({}), bad("other_device"));
    add("presentation names no assignment", frame(&a, &show_of(&b, now), &device)?, json!({}), bad("other_assignment"));
    let other = Assignment { number: 2, ..assignment() }.issue(&key(ASSIGN))?;
    add("presentation names another assignment", frame(&a, &named(&other), &device)?, json!({}), bad("other_assignment"));
    let old = Show { at: now - 300, ..named(&a) };
    let replayed = json!({"state": "not_valid", "reason": "replayed", "number": 300});
    add("assignment replayed", frame(&a, &old, &device)?, json!({}), replayed);
    add(
        "a badge where the assignment was expected",
        good.clone(),
        json!({}),
        json!({"state": "unknown", "reason": "not_an_assignment"}),
    );
    Ok(())
}

/// Every file with its path from the root of the clone.
pub(super) fn files() -> Made<Vec<(String, Vec<u8>)>> {
    let mut cases = Cases { list: Vec::new() };
    times(&mut cases)?;
    statuses(&mut cases)?;
    signers(&mut cases)?;
    shapes(&mut cases)?;
    assignments(&mut cases)?;

    let good = trust(ROOT, NOW + 86_400_000 * 30)?;
    let mut damaged = good.clone();
    if let Some(byte) = damaged.get_mut(60) {
        *byte ^= 1;
    }
    let root = Roots { k: 1, keys: vec![key(ROOT).public_key()] }.fingerprint()?;
    let file = json!({
        "made_by": "cargo run --example vectors",
        "root": hex(&root.0),
        "fields": {
            "name": badge().officer.name, "unit": badge().officer.unit, "position": badge().officer.position, "number": badge().officer.number,
            "category": badge().officer.category, "area": badge().officer.area, "until": badge().officer.until,
        },
        "trust": {
            "good": hex(&good), "expired": hex(&trust(ROOT, NOW - 1)?), "stranger": hex(&trust(STRANGER, NOW + 86_400_000)?),
            "damaged": hex(&damaged),
        },
        "status": status_lists()?,
        "cases": cases.list,
    });

    let text = |json: &Json| -> Made<Vec<u8>> { Ok((serde_json::to_string_pretty(json)? + "\n").into_bytes()) };
    let mut files = pictures(&cases.list)?;
    files.extend([("verdicts.json", text(&file)?), ("objects.json", text(&objects()?)?)].map(|(n, b)| (n.to_owned(), b)));
    Ok(files.into_iter().map(|(name, bytes)| (format!("tests/vectors/badge/{name}"), bytes)).collect())
}

/// Pictures of some codes, drawn from the core's matrix, for the page's reader.
fn pictures(cases: &[Json]) -> Made<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    let text = |name: &str, field: &str| -> Made<String> {
        let case = cases.iter().find(|c| c["name"] == name).ok_or("case")?;
        Ok(case[field].as_str().ok_or("text")?.to_owned())
    };
    for (file, text, damage) in [
        ("valid", text("valid", "badge")?, 0),
        ("other_device", text("shown by another device", "badge")?, 0),
        ("stranger", text("wrong office key: a stranger issued the badge", "badge")?, 0),
        ("assignment", text("assignment proven", "assignment")?, 0),
        ("scratched", text("valid", "badge")?, 8),
        ("damaged", text("valid", "badge")?, 45),
    ] {
        let matrix = Matrix::of(&Frame::from_text(&text)?, HOST)?;
        let (side, mut grey) = matrix.to_grey(5);
        // A blot in the middle, in modules a side.
        let blot = side / 2 - damage * 5 / 2..side / 2 + damage * 5 / 2;
        for (i, pixel) in grey.iter_mut().enumerate() {
            if blot.contains(&(i / side)) && blot.contains(&(i % side)) {
                *pixel = 255;
            }
        }
        let side = u32::try_from(side)?;
        let picture = image::GrayImage::from_raw(side, side, grey).ok_or("picture")?;
        let mut png = Cursor::new(Vec::new());
        picture.write_to(&mut png, image::ImageFormat::Png)?;
        files.push((format!("{file}.png"), png.into_inner()));
    }
    Ok(files)
}

/// Signed objects with their keys, for foreign COSE libraries: a badge, and a checkpoint by either algorithm.
fn objects() -> Made<Json> {
    let office = key(BADGE);
    let p = P256Key(p256::ecdsa::SigningKey::from_slice(&[0x42; 32])?);
    let clocks = Value::Array(vec![NOW.into(), 480.into(), 86_400_000.into(), vec![1u8; 16].into(), Value::Null]);
    let entry = Value::Array(vec![Id([4; 16]).into(), 7.into(), [8u8; 32].into()]);
    let checkpoint = MapBuilder::new()
        .with(1, 1)
        .with(2, Id([2; 16]))
        .with(3, 0)
        .with(5, 9)
        .with(6, sha256(b"root"))
        .with(7, vec![entry])
        .with(8, clocks)
        .with(10, sha256(b"enrolment"));
    let checkpoint = sign::payload(checkpoint)?;
    let one = |name: &str, typ: &'static str, signer: &dyn Signer, payload: Vec<u8>| -> Made<Json> {
        let public = signer.public_key();
        let p = Prepared::embedded(typ, &public, payload.clone())?;
        let signature = signer.sign(&p.message()?)?;
        Ok(json!({
            "name": name, "typ": typ, "alg": public.algorithm().number(), "kid": hex(&public.kid()),
            "key": hex(&cbor::encode(&public.to_cose())?), "cose": hex(&p.finish(&signature)?), "payload": hex(&payload),
        }))
    };
    Ok(json!({
        "made_by": "cargo run --example vectors",
        "objects": [
            one("badge", typ::BADGE, &office, payload_of(&badge().issue(&office)?)?)?,
            one("checkpoint, Ed25519", "mz1/checkpoint", &key(DEVICE), checkpoint.clone())?,
            one("checkpoint, ESP256", "mz1/checkpoint", &p, checkpoint)?,
        ],
    }))
}
