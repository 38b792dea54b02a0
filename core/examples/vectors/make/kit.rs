//! Keys, the trust list, and what a set of vectors is.

use mingzheng_core::cbor::{self, MapBuilder, Value};
use mingzheng_core::id::hex;
use mingzheng_core::judge::judge;
use mingzheng_core::sign::{PublicKey, RawSignature, SignError, Signer, SoftwareKey};
use mingzheng_core::trust::{Roots, TrustKey, TrustList, TrustedKey, Use};
use serde_json::{Value as Json, json};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// 2026-11-22 12:00 in China.
pub(super) const NOW: i64 = 1_795_320_000_000;
pub(super) const DAY: i64 = 86_400_000;

pub(super) fn soft(seed: u8) -> SoftwareKey {
    SoftwareKey::from_seed([seed; 32])
}

pub(super) struct P256(p256::ecdsa::SigningKey);
impl Signer for P256 {
    fn public_key(&self) -> PublicKey {
        PublicKey::p256_from_sec1(self.0.verifying_key().to_sec1_point(false).as_bytes()).unwrap()
    }
    fn sign(&self, message: &[u8]) -> Result<RawSignature, SignError> {
        use p256::ecdsa::signature::Signer as _;
        let s: p256::ecdsa::Signature = self.0.sign(message); // RFC 6979: no randomness
        Ok(RawSignature::Fixed(s.to_bytes().to_vec()))
    }
}

pub(super) fn hard(seed: u8) -> P256 {
    P256(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
}

/// Seeds of the office's keys by use; `STRANGER` is in no list.
pub(super) const BADGE: u8 = 10;
pub(super) const ASSIGNMENT: u8 = 11;
pub(super) const RECEIPT: u8 = 12;
pub(super) const ANCHOR: u8 = 13;
pub(super) const PACK: [u8; 2] = [14, 15];
pub(super) const FEED: u8 = 16;
pub(super) const EXPORT: u8 = 17;
/// Only in [`trust_with_status`].
pub(super) const STATUS: u8 = 18;
pub(super) const STRANGER: u8 = 99;
/// Seeds of the first device's keys, P-256; of the second's, Ed25519.
pub(super) const LOG: u8 = 30;
pub(super) const SHOW: u8 = 31;
pub(super) const OFFICER: u8 = 32;
pub(super) const OTHER: [u8; 3] = [40, 41, 42];

pub(super) fn cose_key(key: &PublicKey) -> String {
    hex(&cbor::encode(&key.to_cose()).unwrap())
}

pub(super) fn trust_list() -> TrustList {
    let key = |key, usage, name: &str| TrustKey {
        key,
        usage,
        name: name.into(),
        organ: "某县卫生健康局".into(),
        areas: vec![],
        categories: vec![],
        from: NOW - 100 * DAY,
        until: NOW + 300 * DAY,
        suspect_since: None,
    };
    let signs = |seed, usage: Use| key(TrustedKey::Verify(soft(seed).public_key()), usage, usage.name());
    let x25519 = |secret: u8| x25519_dalek::x25519([secret; 32], x25519_dalek::X25519_BASEPOINT_BYTES);
    let mut keys = vec![
        signs(BADGE, Use::Badge),
        signs(ASSIGNMENT, Use::Assignment),
        signs(RECEIPT, Use::Receipt),
        signs(ANCHOR, Use::Anchor),
        signs(PACK[0], Use::Pack),
        signs(PACK[1], Use::Pack),
        signs(FEED, Use::Feed),
        signs(EXPORT, Use::Export),
        key(TrustedKey::Verify(soft(19).public_key()), Use::Witness, "witness.example"),
        key(TrustedKey::Verify(hard(20).public_key()), Use::Timestamp, "tsa.example"),
        key(TrustedKey::Recipient(x25519(21)), Use::Seal, "seal-2026-11"),
        key(TrustedKey::Recipient(x25519(22)), Use::Seal, "recovery"),
    ];
    keys[0].areas = vec!["某县".into()];
    keys[0].categories = vec!["卫生".into()];
    TrustList {
        version: 3,
        previous: Some([7; 32]),
        organ: "某县卫生健康局".into(),
        issued: NOW - DAY,
        expires: NOW + 30 * DAY,
        roots: Roots { k: 2, keys: vec![soft(1).public_key(), soft(2).public_key(), soft(3).public_key()] },
        keys,
    }
}

pub(super) fn trust() -> Vec<u8> {
    trust_list().sign(&[&soft(1), &soft(2)]).unwrap()
}

/// The list with a key for status lists too: the other one was there before such keys, and what was released stays as it is.
fn list_with_status() -> TrustList {
    let mut list = trust_list();
    let key = TrustedKey::Verify(soft(STATUS).public_key());
    list.keys.push(TrustKey {
        key,
        usage: Use::Status,
        name: "status".into(),
        areas: vec![],
        categories: vec![],
        ..list.keys[0].clone()
    });
    list
}

pub(super) fn trust_with_status() -> Vec<u8> {
    list_with_status().sign(&[&soft(1), &soft(2)]).unwrap()
}

/// The list with the keys of one use changed.
pub(super) fn trust_where(usage: Use, change: impl Fn(&mut TrustKey)) -> Json {
    let mut list = if usage == Use::Status { list_with_status() } else { trust_list() };
    list.keys.iter_mut().filter(|k| k.usage == usage).for_each(change);
    json!({"trust": hex(&list.sign(&[&soft(1), &soft(2)]).unwrap())})
}

/// A map value, to be changed.
pub(super) fn map_of(value: Value) -> Vec<(Value, Value)> {
    if let Value::Map(m) = value { m } else { panic!("not a map") }
}

pub(super) fn set(map: &mut Vec<(Value, Value)>, key: Value, value: Value) {
    map.retain(|(k, _)| *k != key);
    map.push((key, value));
}

pub(super) fn header(alg: i64, kid: [u8; 8], typ: &str) -> Value {
    let Value::Map(mut m) = MapBuilder::new().with(1, alg).with(4, kid).build() else { panic!() };
    m.push((16.into(), typ.into()));
    Value::Map(m)
}

/// COSE_Sign1 of anything: `embedded` says whether the payload goes inside.
pub(super) fn cose(protected: &Value, unprotected: Value, payload: &[u8], embedded: bool, signer: &dyn Signer) -> Vec<u8> {
    let protected = cbor::encode(protected).unwrap();
    let message: Vec<Value> = vec!["Signature1".into(), protected.clone().into(), Vec::<u8>::new().into(), payload.into()];
    let signature = signer.sign(&cbor::encode(&message.into()).unwrap()).unwrap();
    let signature = signature.normalise(signer.public_key().algorithm()).unwrap();
    let inside = if embedded { payload.into() } else { Value::Null };
    let parts = vec![protected.into(), unprotected, inside, signature.to_vec().into()];
    cbor::encode(&Value::Tag18(Box::new(parts.into()))).unwrap()
}

/// Payload of an object made by the core.
pub(super) fn payload_of(object: &[u8]) -> Vec<u8> {
    let Value::Tag18(inner) = cbor::decode(object).unwrap() else { panic!() };
    inner.array("").unwrap().swap_remove(2).bytes("").unwrap()
}

pub(super) fn flip(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut b = bytes.to_vec();
    b[at] ^= 1;
    b
}

static FAULTS: AtomicUsize = AtomicUsize::new(0);

/// The core says something else than a vector: all of them are shown before [`no_faults`] stops.
fn fault(what: &str) -> Json {
    FAULTS.fetch_add(1, Relaxed);
    eprintln!("{what}");
    Json::Null
}

pub(super) fn no_faults() {
    assert_eq!(FAULTS.load(Relaxed), 0, "vectors that the core judges otherwise; nothing was written");
}

/// One vector.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    /// Where the bytes lie, if not in the index.
    pub(super) file: Option<&'static str>,
    pub(super) context: Json,
    /// Whether the CDDL rule matches; null: CDDL has nothing to say.
    pub(super) cddl: Option<bool>,
    pub(super) expect: Json,
}

/// All vectors of one format.
pub(super) struct Set {
    pub(super) format: &'static str,
    /// The CDDL rule; none for texts and age files.
    pub(super) rule: Option<&'static str>,
    pub(super) context: Json,
    pub(super) cases: Vec<Case>,
}

impl Set {
    pub(super) fn new(format: &'static str, rule: Option<&'static str>, context: Json) -> Self {
        Self { format, rule, context, cases: Vec::new() }
    }

    pub(super) fn merged(&self, more: &Json) -> Json {
        let mut context = self.context.clone();
        for (k, v) in more.as_object().unwrap() {
            context[k] = v.clone();
        }
        context
    }

    fn add(&mut self, name: &str, bytes: Vec<u8>, context: Json, expect: Json, cddl: Option<bool>) {
        assert!(self.cases.iter().all(|c| c.name != name), "{}: two of {name}", self.format);
        let cddl = self.rule.and(cddl);
        self.cases.push(Case { name: name.to_owned(), bytes, file: None, context, cddl, expect });
    }

    pub(super) fn good_with(&mut self, name: &str, bytes: Vec<u8>, context: Json) {
        let read = judge(self.format, &bytes, &self.merged(&context))
            .unwrap_or_else(|r| fault(&format!("{} {name}: refused: {r}", self.format)));
        self.add(name, bytes, context, json!({"ok": read}), Some(true));
    }
    pub(super) fn good(&mut self, name: &str, bytes: Vec<u8>) {
        self.good_with(name, bytes, json!({}));
    }

    pub(super) fn bad_with(&mut self, name: &str, bytes: Vec<u8>, context: Json, class: &str) {
        let got = judge(self.format, &bytes, &self.merged(&context));
        if got.as_ref().err().map(|r| r.0) != Some(class) {
            fault(&format!("{} {name}: {class} expected, {got:?}", self.format));
        }
        let shape = ["malformed", "wrong_type", "unexpected_header", "unknown_algorithm", "detachment"];
        let cddl = Some(!shape.contains(&class));
        self.add(name, bytes, context, json!({"refuse": class}), cddl);
    }
    pub(super) fn bad(&mut self, name: &str, bytes: Vec<u8>, class: &str) {
        self.bad_with(name, bytes, json!({}), class);
    }

    /// Says of the newest vector what CDDL can see, where that is not what its class tells.
    pub(super) fn cddl(&mut self, matches: impl Into<Option<bool>>) {
        let matches = self.rule.and(matches.into());
        self.cases.last_mut().unwrap().cddl = matches;
    }

    /// The newest vector's bytes lie in a file of their own.
    pub(super) fn in_file(&mut self, file: &'static str) {
        self.cases.last_mut().unwrap().file = Some(file);
    }

    /// What is wrong with bytes whatever they are.
    pub(super) fn bad_bytes(&mut self, good: &[u8]) {
        self.bad("cut short", good[..good.len() - 1].to_vec(), "malformed");
        self.bad("trailing byte", [good, &[0]].concat(), "malformed");
        self.bad("nothing", vec![], "malformed");
    }

    /// Every way in which a payload that must be a map of exactly these fields is not; `wrap` makes the object around it.
    pub(super) fn bad_fields(&mut self, payload: &[u8], optional: &[&str], wrap: impl Fn(Vec<u8>) -> Vec<u8>) {
        let map = map_of(cbor::decode(payload).unwrap());
        let encode = |m: Vec<(Value, Value)>| wrap(cbor::encode(&Value::Map(m)).unwrap());
        for (key, _) in &map {
            let name = match key {
                Value::Int(i) => i.to_string(),
                Value::Text(t) => t.clone(),
                _ => panic!(),
            };
            if !optional.contains(&name.as_str()) {
                self.bad(
                    &format!("field {name} missing"),
                    encode(map.iter().filter(|(k, _)| k != key).cloned().collect()),
                    "malformed",
                );
            }
            let mut other = map.clone();
            set(&mut other, key.clone(), Value::Bool(true));
            if !matches!(map.iter().find(|(k, _)| k == key), Some((_, Value::Bool(_)))) {
                self.bad(&format!("field {name} of another type"), encode(other), "malformed");
            }
        }
        let mut more = map.clone();
        more.push(("x".into(), Value::Null));
        self.bad("unknown field", encode(more), "malformed");
        if map.iter().any(|(k, _)| *k == Value::from("v")) {
            let mut v = map;
            set(&mut v, "v".into(), 2.into());
            self.bad("a later version", encode(v), "malformed");
        }
        self.bad("payload with a trailing byte", wrap([payload, &[0]].concat()), "malformed");
        self.bad("payload is an array", wrap(vec![0x80]), "malformed");
    }

    /// Every way in which a COSE_Sign1 around a good payload is not one of `typ` by `signer`.
    pub(super) fn bad_signatures(&mut self, typ: &'static str, signer: &dyn Signer, payload: &[u8], embedded: bool) {
        let public = signer.public_key();
        let (alg, kid) = (public.algorithm().number(), public.kid());
        let none = || Value::Map(vec![]);
        let good = cose(&header(alg, kid, typ), none(), payload, embedded, signer);
        self.bad_bytes(&good);
        let other = if typ == "mz1/badge" { "mz1/enrolment" } else { "mz1/badge" };
        self.bad("another typ", cose(&header(alg, kid, other), none(), payload, embedded, signer), "wrong_type");
        let mut h = map_of(header(alg, kid, typ));
        h.retain(|(k, _)| *k != Value::Int(16));
        self.bad("no typ", cose(&Value::Map(h.clone()), none(), payload, embedded, signer), "malformed");
        h.push((16.into(), 60.into()));
        self.bad("typ is a number", cose(&Value::Map(h.clone()), none(), payload, embedded, signer), "wrong_type");
        for (name, alg) in
            [("unknown algorithm -48 (ML-DSA-44)", -48), ("algorithm -8 (EdDSA)", -8), ("algorithm -7 (ES256)", -7)]
        {
            self.bad(name, cose(&header(alg, kid, typ), none(), payload, embedded, signer), "unknown_algorithm");
        }
        let other_alg = if alg == -19 { -9 } else { -19 };
        self.bad(
            "algorithm of another curve",
            cose(&header(other_alg, kid, typ), none(), payload, embedded, signer),
            "algorithm_mismatch",
        );
        let mut more = map_of(header(alg, kid, typ));
        more.push((2.into(), vec![Value::Int(99)].into()));
        self.bad("critical header", cose(&Value::Map(more), none(), payload, embedded, signer), "unexpected_header");
        let unprotected = MapBuilder::new().with(1, alg).build();
        self.bad("unprotected header", cose(&header(alg, kid, typ), unprotected, payload, embedded, signer), "unexpected_header");
        self.bad(
            "payload embedded or detached against the rule",
            cose(&header(alg, kid, typ), none(), payload, !embedded, signer),
            "detachment",
        );
        self.bad("tag 18 missing", good[1..].to_vec(), "malformed");
        self.bad("one bit of the signature changed", flip(&good, good.len() - 1), "bad_signature");
        let mut short = cbor::decode(&good).unwrap();
        if let Value::Tag18(inner) = &mut short
            && let Value::Array(parts) = inner.as_mut()
        {
            parts[3] = vec![0u8; 63].into();
        }
        self.bad("signature of 63 bytes", cbor::encode(&short).unwrap(), "bad_signature");
        self.cddl(false);
        // An unsorted protected header: what a library that sorts by itself would let pass.
        let mut plain = vec![0xa3, 0x10];
        plain.extend(cbor::encode(&typ.into()).unwrap());
        plain.extend([&[0x01, if alg == -19 { 0x32 } else { 0x28 }, 0x04, 0x48][..], &kid].concat());
        let message: Vec<Value> = vec!["Signature1".into(), plain.clone().into(), Vec::<u8>::new().into(), payload.into()];
        let s = signer.sign(&cbor::encode(&message.into()).unwrap()).unwrap().normalise(public.algorithm()).unwrap();
        let inside: Value = if embedded { payload.into() } else { Value::Null };
        let parts = vec![plain.into(), none(), inside, s.to_vec().into()];
        self.bad("protected header out of order", cbor::encode(&Value::Tag18(Box::new(parts.into()))).unwrap(), "malformed");
        self.cddl(None);
    }

    /// The signer of an office's object: `issue` signs with the key of that seed.
    pub(super) fn bad_signers(&mut self, usage: Use, good: &[u8], issue: impl Fn(&SoftwareKey) -> Vec<u8>) {
        self.bad("signed by a stranger", issue(&soft(STRANGER)), "signer_unknown");
        let other = if usage == Use::Anchor { FEED } else { ANCHOR };
        self.bad("signed by a key of another use", issue(&soft(other)), "wrong_use");
        self.bad_with("key not yet valid", good.to_vec(), trust_where(usage, |k| k.from = NOW + DAY), "not_yet_valid");
        self.bad_with("key expired", good.to_vec(), trust_where(usage, |k| k.until = NOW - 10 * DAY), "expired");
        self.bad_with(
            "key suspect since before",
            good.to_vec(),
            trust_where(usage, |k| k.suspect_since = Some(NOW - 10 * DAY)),
            "suspect",
        );
        self.good_with("good: the key expired and became suspect later", good.to_vec(), {
            trust_where(usage, |k| {
                k.until = NOW + 2 * DAY;
                k.suspect_since = Some(NOW + DAY);
            })
        });
        self.bad_with(
            "a trust list without the key",
            good.to_vec(),
            trust_where(usage, |k| k.key = TrustedKey::Verify(soft(98).public_key())),
            "signer_unknown",
        );
    }

    /// The index and what lies beside it.
    pub(super) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = vec![self.index()];
        for case in &self.cases {
            if let Some(file) = case.file {
                let path = format!("tests/vectors/{}/{file}", self.format);
                match files.iter().find(|(p, _)| *p == path) {
                    Some((_, bytes)) => assert_eq!(*bytes, case.bytes, "{path} is not two things"),
                    None => files.push((path, case.bytes.clone())),
                }
            }
        }
        files
    }

    /// `tests/vectors/<format>/index.json`, one vector a line.
    fn index(&self) -> (String, Vec<u8>) {
        let mut out = format!(
            "{{\n\"made_by\": \"cargo run --example vectors\",\n\"format\": \"{}\",\n\"cddl_rule\": {},\n\"context\": {},\n\"cases\": [\n",
            self.format,
            json!(self.rule),
            self.context
        );
        let lines: Vec<_> = self
            .cases
            .iter()
            .map(|c| {
                let bytes = match c.file {
                    Some(file) => format!("\"file\": {}", json!(file)),
                    None => format!("\"hex\": \"{}\"", hex(&c.bytes)),
                };
                format!(
                    "{{\"name\": {}, \"expect\": {}, \"cddl\": {}, \"context\": {}, {bytes}}}",
                    json!(c.name),
                    c.expect,
                    json!(c.cddl),
                    c.context
                )
            })
            .collect();
        out.push_str(&lines.join(",\n"));
        out.push_str("\n]\n}\n");
        (format!("tests/vectors/{}/index.json", self.format), out.into_bytes())
    }
}
