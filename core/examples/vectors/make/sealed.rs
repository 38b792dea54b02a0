//! Sealed files (§8): an age writer of our own, since age draws randomness, and the outbox segment inside.

use super::kit::*;
use super::logs::{LOG_ID, Log, signed};
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use data_encoding::BASE64_NOPAD;
use hkdf::Hkdf;
use hkdf::hmac::{Hmac, Mac as _};
use mingzheng_core::cbor::{self, Value};
use mingzheng_core::id::{Id, hex};
use mingzheng_core::log::{Checkpoint, Disclosure, Entry};
use mingzheng_core::sign::Signer as _;
use mingzheng_core::wire::{Adopted, Segment};
use serde_json::json;
use sha2::Sha256;
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};

pub(super) fn add(sets: &mut Vec<Set>) {
    sets.extend([files(), segments()]);
}

fn derive(salt: &[u8], ikm: &[u8], info: &str) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(salt), ikm).expand(info.as_bytes(), &mut key).unwrap();
    key
}

fn encrypt(key: [u8; 32], nonce: [u8; 12], clear: &[u8]) -> Vec<u8> {
    ChaCha20Poly1305::new_from_slice(&key).unwrap().encrypt(&Nonce::from(nonce), clear).unwrap()
}

const FILE_KEY: [u8; 16] = [0x0f; 16];

/// The header as far as its MAC goes.
fn stanzas(secrets: &[u8]) -> String {
    let mut header = "age-encryption.org/v1\n".to_owned();
    for (n, secret) in secrets.iter().enumerate() {
        let recipient = x25519([*secret; 32], X25519_BASEPOINT_BYTES);
        let ephemeral = [0x60 + n as u8; 32];
        let share = x25519(ephemeral, X25519_BASEPOINT_BYTES);
        let key = derive(&[share, recipient].concat(), &x25519(ephemeral, recipient), "age-encryption.org/v1/X25519");
        let wrapped = encrypt(key, [0; 12], &FILE_KEY);
        header += &format!("-> X25519 {}\n{}\n", BASE64_NOPAD.encode(&share), BASE64_NOPAD.encode(&wrapped));
    }
    header + "---"
}

fn with_mac(header: String) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&derive(&[], &FILE_KEY, "header")).unwrap();
    mac.update(header.as_bytes());
    let mac = BASE64_NOPAD.encode(&mac.finalize().into_bytes());
    format!("{header} {mac}\n").into_bytes()
}

fn payload(clear: &[u8]) -> Vec<u8> {
    let nonce = [0x70; 16];
    let key = derive(&nonce, &FILE_KEY, "payload");
    let mut out = nonce.to_vec();
    let chunks: Vec<&[u8]> = if clear.is_empty() { vec![&[]] } else { clear.chunks(65_536).collect() };
    for (n, chunk) in chunks.iter().enumerate() {
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&(n as u64).to_be_bytes());
        nonce[11] = u8::from(n + 1 == chunks.len());
        out.extend(encrypt(key, nonce, chunk));
    }
    out
}

fn files() -> Set {
    let mut s = Set::new("sealed", None, json!({"identity": hex(&[21; 32])}));
    let clear = "泳池水质浑浊".as_bytes();
    let head = with_mac(stanzas(&[23, 21, 22]));
    let good = [head.clone(), payload(clear)].concat();
    s.good("good", good.clone());
    s.good("good: one recipient", [with_mac(stanzas(&[21])), payload(clear)].concat());
    s.good("good: empty", [head.clone(), payload(&[])].concat());
    let foreign = stanzas(&[21]).replace("age-encryption.org/v1\n", "age-encryption.org/v1\n-> other-type arg\nAAAA\n");
    s.good("good: a stanza of another type", [with_mac(foreign), payload(clear)].concat());
    s.bad_with("sealed to others", good.clone(), json!({"identity": hex(&[24; 32])}), "not_for_us");
    let fewer = [&with_mac(stanzas(&[21, 22]))[..], &payload(clear)].concat();
    s.good("good: other recipients", fewer);
    let mut changed = String::from_utf8(head.clone()).unwrap();
    let other = String::from_utf8(with_mac(stanzas(&[21]))).unwrap();
    changed.replace_range(changed.len() - 44.., &other[other.len() - 44..]);
    s.bad("another header's code", [changed.into_bytes(), payload(clear)].concat(), "header_changed");
    let at = |i: usize| flip(&good, i);
    s.bad("one bit of the nonce changed", at(head.len()), "damaged");
    s.bad("one bit of the payload changed", at(good.len() - 20), "damaged");
    s.bad("one bit of the tag changed", at(good.len() - 1), "damaged");
    s.bad("a byte behind it", [good.as_slice(), &[0]].concat(), "damaged");
    s.bad("cut within the header", good[..head.len() - 10].to_vec(), "cut_short");
    s.bad("cut behind the header", head.clone(), "cut_short");
    s.bad("cut within the last chunk", good[..good.len() - 1].to_vec(), "damaged");
    let long = vec![0x41; 70_000];
    let two = [head.clone(), payload(&long)].concat();
    s.bad("the last of two chunks left out", two[..head.len() + 16 + 65_536 + 16].to_vec(), "cut_short");
    s.in_file("one-chunk-of-two.age");
    s.bad("no age file", b"BagIt-Version: 1.0\n".to_vec(), "not_sealed");
    s.bad("of a later version of age", [b"age-encryption.org/v2\n".to_vec(), good[22..].to_vec()].concat(), "not_sealed");
    s
}

fn segments() -> Set {
    let log = Log::example();
    let key = json!({"key": cose_key(&hard(LOG).public_key())});
    let mut s = Set::new("segment", Some("segment"), key);
    let second = Segment {
        log: LOG_ID,
        from: 3,
        entries: log.entries[3..].to_vec(),
        checkpoint: log.checkpoints[1].clone(),
        adopted: None,
    };
    let good = second.encode().unwrap();
    s.good("good", good.clone());
    let first = Segment { from: 0, entries: log.entries[..3].to_vec(), checkpoint: log.checkpoints[0].clone(), ..second.clone() };
    s.good("good: the first of its log", first.encode().unwrap());
    let tail = |from: usize, to: usize| Adopted { log: LOG_ID, from: from as u64, entries: log.entries[from..to].to_vec() };
    let new_log = Id([6; 16]);
    let checkpoint = signed(&Checkpoint { log: new_log, size: 0, cases: vec![], ..log.checkpoint(3) });
    let empty =
        |adopted| Segment { log: new_log, from: 0, entries: vec![], checkpoint: checkpoint.clone(), adopted: Some(adopted) };
    s.good("good: adopts the old log's tail (F43)", empty(tail(3, 6)).encode().unwrap());
    s.bad("adopts entries of another log", empty(Adopted { log: Id([9; 16]), ..tail(3, 6) }).encode().unwrap(), "chain");
    s.bad("adopts from another place", empty(Adopted { from: 2, ..tail(3, 6) }).encode().unwrap(), "chain");
    s.bad_bytes(&good);
    s.bad_fields(&good, &[], |p| p);
    s.cases.retain(|c| !c.name.starts_with("payload"));
    let with = |entries: Vec<Entry>| Segment { entries, ..second.clone() }.encode().unwrap();
    let e = &log.entries;
    s.bad("an entry left out", with(vec![e[3].clone(), e[5].clone()]), "chain");
    s.bad("two entries swapped", with(vec![e[4].clone(), e[3].clone(), e[5].clone()]), "chain");
    s.bad("an entry twice", with(vec![e[3].clone(), e[3].clone(), e[4].clone()]), "chain");
    s.bad("numbered from another place", Segment { from: 2, ..second.clone() }.encode().unwrap(), "chain");
    s.bad("of another log", Segment { log: Id([9; 16]), ..second.clone() }.encode().unwrap(), "chain");
    s.bad("the last entry left out", with(e[3..5].to_vec()), "wrong_subject");
    s.bad(
        "the checkpoint before",
        Segment { checkpoint: log.checkpoints[0].clone(), ..second.clone() }.encode().unwrap(),
        "wrong_subject",
    );
    s.bad_with("by another key", good.clone(), json!({"key": cose_key(&hard(SHOW).public_key())}), "wrong_key");
    let mut m = map_of(cbor::decode(&good).unwrap());
    let edited = Disclosure::new([64; 16], "text", "泳池水质清澈".into()).unwrap();
    let Value::Array(mut entries) = Value::Array(e[3..].iter().map(Entry::to_value).collect()) else { panic!() };
    entries[1] = vec![Value::from(e[4].bytes()), vec![Value::from(edited.bytes())].into()].into();
    set(&mut m, "entries".into(), entries.into());
    s.bad("a field edited", cbor::encode(&Value::Map(m.clone())).unwrap(), "commitment");
    let three = vec![Value::from(e[3].bytes()), Value::Array(vec![]), Value::Array(vec![])];
    set(&mut m, "entries".into(), vec![Value::from(three)].into());
    s.bad("an entry with a proof", cbor::encode(&Value::Map(m)).unwrap(), "malformed");
    s
}
