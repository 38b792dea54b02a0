//! Signatures by one and by several (§2), and the trust list (§3).

use super::kit::*;
use mingzheng_core::cbor::{self, MapBuilder, Value};
use mingzheng_core::id::hex;
use mingzheng_core::sign::{Prepared, PublicKey, RawSignature, Signer, SoftwareKey, multi};
use mingzheng_core::trust::{Roots, TrustedKey, Use};
use serde_json::json;

/// The order of the group of Ed25519, little endian.
const L: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0x10,
];

pub(super) fn add(sets: &mut Vec<Set>) {
    sets.push(sign());
    sets.push(multi_());
    sets.push(trust_());
}

fn with_signature(object: &[u8], signature: &[u8]) -> Vec<u8> {
    [&object[..object.len() - 64], signature].concat()
}

/// Signed by nobody: for keys and signatures that only a careless verifier takes.
fn forged(key: &PublicKey, payload: &[u8], signature: [u8; 64]) -> Vec<u8> {
    Prepared::embedded("mz1/head", key, payload.to_vec()).unwrap().finish(&RawSignature::Fixed(signature.to_vec())).unwrap()
}

fn head_payload() -> Vec<u8> {
    let m = MapBuilder::new().with("v", 1).with("epoch", 0).with("size", 5).with("root", [5; 32]).with("at", NOW);
    cbor::encode(&m.build()).unwrap()
}

fn sign() -> Set {
    let (ed, ec) = (soft(RECEIPT), hard(LOG));
    let payload = head_payload();
    let mut s = Set::new("sign", Some("head"), json!({"typ": "mz1/head", "key": cose_key(&ed.public_key())}));
    let with_key = |k: &PublicKey| json!({"key": cose_key(k)});
    let good = |k: &dyn Signer| {
        let p = k.public_key();
        cose(&header(p.algorithm().number(), p.kid(), "mz1/head"), Value::Map(vec![]), &payload, true, k)
    };
    s.good("good Ed25519", good(&ed));
    s.good_with("good ESP256", good(&ec), with_key(&ec.public_key()));
    let apart = cose(&header(-19, ed.public_key().kid(), "mz1/head"), Value::Map(vec![]), &payload, false, &ed);
    s.good_with("good detached", apart.clone(), json!({"payload": hex(&payload)}));
    s.cddl(None);
    s.bad_with("detached, another payload", apart, json!({"payload": hex(&[0xa0])}), "bad_signature");
    s.cddl(None);
    s.bad_signatures("mz1/head", &ed, &payload, true);
    s.bad_with("another key, same algorithm", good(&ed), with_key(&soft(STRANGER).public_key()), "wrong_key");
    let stolen = cose(&header(-19, ed.public_key().kid(), "mz1/head"), Value::Map(vec![]), &payload, true, &soft(STRANGER));
    s.bad("another key under this kid", stolen, "bad_signature");
    let at = good(&ed).len() - 66 - 10;
    s.bad("one bit of the payload changed", flip(&good(&ed), at), "bad_signature");
    s.cddl(None);

    let o = good(&ec);
    let low = p256::ecdsa::Signature::from_slice(&o[o.len() - 64..]).unwrap();
    let high = p256::ecdsa::Signature::from_scalars(low.r(), -*low.s()).unwrap();
    s.bad_with("ESP256, high s", with_signature(&o, &high.to_bytes()), with_key(&ec.public_key()), "high_s");
    let zero = [[0; 32].as_slice(), &o[o.len() - 32..]].concat();
    s.bad_with("ESP256, r = 0", with_signature(&o, &zero), with_key(&ec.public_key()), "bad_signature");
    let no_point = PublicKey::P256 { x: [0xff; 32], odd: false };
    s.bad_with("ESP256, key is no point", forged(&no_point, &payload, [1; 64]), with_key(&no_point), "bad_key");

    let o = good(&ed);
    let mut plus_l = o[o.len() - 64..].to_vec();
    let mut carry = 0u16;
    for (d, l) in plus_l.iter_mut().skip(32).zip(L) {
        carry += u16::from(*d) + u16::from(l);
        *d = carry as u8;
        carry >>= 8;
    }
    s.bad("Ed25519, S + L", with_signature(&o, &plus_l), "bad_signature");
    let s_is_l = [&o[o.len() - 64..o.len() - 32], &L].concat();
    s.bad("Ed25519, S = L", with_signature(&o, &s_is_l), "bad_signature");

    let point = |first: u8, last: u8| {
        let mut p = [0; 32];
        (p[0], p[31]) = (first, last);
        p
    };
    let raw = |r: [u8; 32]| -> [u8; 64] { [r, [0; 32]].concat().try_into().unwrap() };
    for (name, a, r) in [
        ("identity", point(1, 0), point(1, 0)),
        ("order 2", [[0xec].as_slice(), &[0xff; 30], &[0x7f]].concat().try_into().unwrap(), point(1, 0)),
        ("order 4", point(0, 0), point(0, 0)),
    ] {
        let weak = PublicKey::Ed25519(a);
        s.bad_with(&format!("Ed25519, key of small order ({name})"), forged(&weak, &payload, raw(r)), with_key(&weak), "bad_key");
    }
    let mut p_plus_1 = [0xff; 32];
    (p_plus_1[0], p_plus_1[31]) = (0xee, 0x7f);
    let twisted = PublicKey::Ed25519(p_plus_1);
    s.bad_with(
        "Ed25519, key not canonical (y = p + 1)",
        forged(&twisted, &payload, raw(point(1, 0))),
        with_key(&twisted),
        "bad_key",
    );
    let sign_of_zero = PublicKey::Ed25519(point(1, 0x80));
    s.bad_with(
        "Ed25519, key not canonical (x = 0, negative)",
        forged(&sign_of_zero, &payload, raw(point(1, 0))),
        with_key(&sign_of_zero),
        "bad_key",
    );
    for (name, r) in [("identity", point(1, 0)), ("order 4", point(0, 0)), ("not canonical", p_plus_1)] {
        let changed = [r.as_slice(), &o[o.len() - 32..]].concat();
        s.bad(&format!("Ed25519, R of small order or not canonical ({name})"), with_signature(&o, &changed), "bad_signature");
    }
    s
}

fn multi_() -> Set {
    let keys: Vec<_> = [1, 2, 3].map(|n| cose_key(&soft(n).public_key())).into();
    let mut s = Set::new("multi", None, json!({"typ": "mz1/trust", "k": 2, "keys": keys}));
    let payload = vec![0xa0];
    let make = |signers: &[&dyn Signer]| multi::sign("mz1/trust", signers, payload.clone()).unwrap();
    let good = make(&[&soft(1), &soft(2)]);
    s.good("good two of three", good.clone());
    s.good("good all three", make(&[&soft(1), &soft(2), &soft(3)]));
    s.good("good with a stranger's signature beside", make(&[&soft(1), &soft(STRANGER), &soft(3)]));
    s.bad_bytes(&good);
    s.bad("k of n not reached", make(&[&soft(1)]), "wrong_key");
    s.bad("one signer twice", make(&[&soft(1), &soft(1)]), "wrong_key");
    s.bad("a stranger does not count", make(&[&soft(1), &soft(STRANGER)]), "wrong_key");
    s.bad_with("k = 0 is no agreement", good.clone(), json!({"k": 0}), "wrong_key");
    let raw = |signatures: Vec<Vec<u8>>| {
        let signatures = signatures.into_iter().map(Value::from).collect::<Vec<_>>();
        cbor::encode(&vec![Value::from(payload.as_slice()), signatures.into()].into()).unwrap()
    };
    let one = |n: u8, alg: i64, typ: &str, embedded: bool| {
        cose(&header(alg, soft(n).public_key().kid(), typ), Value::Map(vec![]), &payload, embedded, &soft(n))
    };
    s.bad("no signature", raw(vec![]), "malformed");
    s.bad("seventeen signatures", raw(vec![one(1, -19, "mz1/trust", false); 17]), "malformed");
    s.bad(
        "one signature for another typ",
        raw(vec![one(1, -19, "mz1/trust", false), one(2, -19, "mz1/pack", false)]),
        "wrong_type",
    );
    s.bad(
        "one signature with its payload inside",
        raw(vec![one(1, -19, "mz1/trust", false), one(2, -19, "mz1/trust", true)]),
        "detachment",
    );
    s.bad(
        "one signature by an unknown algorithm",
        raw(vec![one(1, -19, "mz1/trust", false), one(2, -48, "mz1/trust", false)]),
        "unknown_algorithm",
    );
    let broken = flip(&one(2, -19, "mz1/trust", false), 90);
    s.bad(
        "one signature that does not verify beside two that do",
        raw(vec![one(1, -19, "mz1/trust", false), one(3, -19, "mz1/trust", false), broken]),
        "bad_signature",
    );
    let other = cbor::encode(
        &vec![
            Value::from(vec![0xa1u8, 0x01, 0x01]),
            vec![Value::from(one(1, -19, "mz1/trust", false)), one(2, -19, "mz1/trust", false).into()].into(),
        ]
        .into(),
    );
    s.bad("another payload", other.unwrap(), "bad_signature");
    s
}

fn trust_() -> Set {
    let list = trust_list();
    let root = hex(&list.roots.fingerprint().unwrap().0);
    let mut s = Set::new("trust", Some("trust"), json!({"root": root}));
    let (a, b, c) = (soft(1), soft(2), soft(3));
    let both: [&dyn Signer; 2] = [&a, &b];
    let signed = |payload: Vec<u8>| multi::sign("mz1/trust", &both, payload).unwrap();
    let good = list.sign(&both).unwrap();
    s.good("good", good.clone());
    s.good("good: other two of the three roots", list.sign(&[&b, &c]).unwrap());
    s.bad_bytes(&good);
    let payload = cbor::decode(&good).unwrap().array("").unwrap().swap_remove(0).bytes("").unwrap();
    s.bad_fields(&payload, &["previous"], signed);
    s.bad("k of n not reached", list.sign(&[&a]).unwrap(), "wrong_key");
    s.bad("one root twice", list.sign(&[&a, &a]).unwrap(), "wrong_key");
    s.bad("a stranger beside one root", list.sign(&[&a, &soft(STRANGER)]).unwrap(), "wrong_key");
    s.bad("a key of the list is no root", list.sign(&[&a, &soft(BADGE)]).unwrap(), "wrong_key");
    s.bad("signed as a pack", multi::sign("mz1/pack", &both, payload.clone()).unwrap(), "wrong_type");
    let others = Roots { k: 1, keys: vec![soft(STRANGER).public_key()] };
    s.bad(
        "a stranger's list",
        mingzheng_core::trust::TrustList { roots: others, ..list.clone() }.sign(&[&soft(STRANGER)]).unwrap(),
        "another_root",
    );
    let fewer = Roots { k: 1, keys: list.roots.keys.clone() };
    s.bad(
        "the same roots, but one is enough",
        mingzheng_core::trust::TrustList { roots: fewer, ..list.clone() }.sign(&both).unwrap(),
        "another_root",
    );
    s.bad("one bit of the payload changed", flip(&good, 40), "bad_signature");
    s.cddl(None);

    let changed = |change: &dyn Fn(&mut Vec<(Value, Value)>)| {
        let mut m = map_of(cbor::decode(&payload).unwrap());
        change(&mut m);
        signed(cbor::encode(&Value::Map(m)).unwrap())
    };
    let roots = |k: i64, n: u8| {
        let keys = (1..=n).map(|i| soft(i).public_key().to_cose()).collect::<Vec<_>>();
        MapBuilder::new().with("k", k).with("keys", keys).build()
    };
    s.bad("k = 0", changed(&|m| set(m, "roots".into(), roots(0, 2))), "malformed");
    s.bad("k more than the roots", changed(&|m| set(m, "roots".into(), roots(3, 2))), "malformed");
    s.cddl(true);
    s.bad("seventeen roots", changed(&|m| set(m, "roots".into(), roots(2, 17))), "malformed");
    let key = |change: &dyn Fn(&mut Vec<(Value, Value)>)| {
        changed(&|m| {
            let keys = m.iter_mut().find(|(k, _)| *k == "keys".into()).unwrap();
            let Value::Array(keys) = &mut keys.1 else { panic!() };
            let mut first = map_of(keys[0].clone());
            change(&mut first);
            keys[0] = Value::Map(first);
        })
    };
    s.bad("unknown use", key(&|k| set(k, "use".into(), "root".into())), "malformed");
    s.bad("key without scope", key(&|k| k.retain(|(n, _)| *n != "areas".into())), "malformed");
    s.bad("key with an unknown field", key(&|k| set(k, "note".into(), "".into())), "malformed");
    s.bad("a signing key for sealing", key(&|k| set(k, "use".into(), "seal".into())), "bad_key");
    s.cddl(false);
    let x25519 = MapBuilder::new().with(1, 1).with(-1, 4).with(-2, [9; 32]).build();
    s.bad("a sealing key for badges", key(&|k| set(k, "key".into(), x25519.clone())), "bad_key");
    s.cddl(false);

    let known = json!({"known": hex(&good)});
    let next = mingzheng_core::trust::TrustList { version: 4, previous: Some(list.digest().unwrap()), ..list.clone() };
    s.good_with("good: the next version names the one before", next.sign(&both).unwrap(), known.clone());
    s.good_with("good: the same list again", good.clone(), known.clone());
    s.good_with(
        "good: one was missed",
        mingzheng_core::trust::TrustList { version: 6, ..next.clone() }.sign(&both).unwrap(),
        known.clone(),
    );
    s.bad_with(
        "an older version",
        mingzheng_core::trust::TrustList { version: 2, ..list.clone() }.sign(&both).unwrap(),
        known.clone(),
        "rollback",
    );
    s.bad_with(
        "the same version, another content",
        mingzheng_core::trust::TrustList { expires: NOW, ..list.clone() }.sign(&both).unwrap(),
        known.clone(),
        "rollback",
    );
    s.bad_with(
        "the next version names another list",
        mingzheng_core::trust::TrustList { previous: Some([8; 32]), ..next.clone() }.sign(&both).unwrap(),
        known.clone(),
        "rollback",
    );
    s.bad_with(
        "the next version names none",
        mingzheng_core::trust::TrustList { previous: None, ..next.clone() }.sign(&both).unwrap(),
        known.clone(),
        "rollback",
    );
    let new_roots = Roots { k: 2, keys: vec![a.public_key(), b.public_key()] };
    s.bad_with(
        "a newer version by other roots",
        mingzheng_core::trust::TrustList { roots: new_roots, ..next }.sign(&both).unwrap(),
        known,
        "another_root",
    );
    let mut twice = list;
    twice.keys.retain(|k| k.usage != Use::Seal);
    twice.keys.push(mingzheng_core::trust::TrustKey {
        key: TrustedKey::Verify(soft(BADGE).public_key()),
        usage: Use::Feed,
        ..twice.keys[0].clone()
    });
    s.good("good: one key for two uses", twice.sign(&both).unwrap());
    let _: &SoftwareKey = &a;
    s
}
