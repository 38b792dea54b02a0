//! Entries and checkpoints (§5).

use super::kit::*;
use super::people::CASE;
use mingzheng_core::cbor::{self, MapBuilder, Value};
use mingzheng_core::clock::{AnchorRef, Clocks, Reading};
use mingzheng_core::id::{Digest, Id, hex, sha256};
use mingzheng_core::log::{CaseHead, Checkpoint, Disclosure, Entry, Header, Position, Seen, tree};
use mingzheng_core::sign::{self, Signer};
use serde_json::json;

pub(super) const LOG_ID: Id = Id([3; 16]);

pub(super) fn add(sets: &mut Vec<Set>) {
    let log = Log::example();
    sets.extend([headers(&log), disclosures(), entries(&log), checkpoints(&log), consistency_proofs(&log)]);
}

fn clocks(n: u64) -> Clocks {
    let anchor = (n > 0).then_some(AnchorRef { digest: [0xaa; 32], since_ms: 60_000 * n });
    let reading =
        Reading { wall_ms: NOW + 60_000 * n as i64, zone_min: 480, mono_ms: 86_400_000 + 60_000 * n, boot: vec![0xb0; 16] };
    Clocks { reading, anchor }
}

/// One device's log: six entries, three of them of the case.
pub(super) struct Log {
    pub(super) entries: Vec<Entry>,
    pub(super) checkpoints: Vec<Vec<u8>>,
}

/// (kind, fields); those with a case are the case's.
fn plan() -> Vec<(&'static str, bool, Vec<(&'static str, Value)>)> {
    let text = |t: &str| Value::from(t);
    let officer = || Value::Map(vec![("name".into(), "王小明".into()), ("number".into(), "51082200123".into())]);
    vec![
        ("log.opened", false, vec![("enrolment", text(&"11".repeat(32))), ("software", text("mingzheng 0.1.0"))]),
        (
            "inspection.opened",
            true,
            vec![("task", text(&"0a".repeat(16))), ("pack", text(&"dd".repeat(32))), ("pack_version", 1.into())],
        ),
        (
            "badge.shown",
            true,
            vec![
                ("officer", officer()),
                ("to_whom", text("张三")),
                ("acknowledged", text("scanned")),
                ("shared_device", false.into()),
            ],
        ),
        ("clock.jumped", false, vec![("by_ms", (-7_200_000).into())]),
        ("note.added", true, vec![("text", text("泳池水质浑浊"))]),
        ("log.note", false, vec![]),
    ]
}

impl Log {
    pub(super) fn example() -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        let mut case: Vec<Digest> = Vec::new();
        for (seq, (kind, of_case, fields)) in plan().into_iter().enumerate() {
            let position = of_case.then(|| Position { case: CASE, seq: case.len() as u64, prev: case.last().copied() });
            let header = Header {
                log: LOG_ID,
                seq: seq as u64,
                prev: entries.last().map(Entry::digest),
                position,
                kind: kind.into(),
                version: 1,
                clocks: clocks(seq as u64),
                actor: of_case.then_some(Id([4; 16])),
                commitments: Default::default(),
                seen: if seq == 4 { vec![Seen { log: Id([6; 16]), checkpoint: [0xcc; 32], size: 9 }] } else { vec![] },
            };
            let disclosures = fields.into_iter().enumerate();
            let disclosures = disclosures.map(|(i, (name, v))| Disclosure::new([(16 * seq + i) as u8; 16], name, v).unwrap());
            let entry = Entry::new(header, disclosures.collect()).unwrap();
            if of_case {
                case.push(entry.digest());
            }
            entries.push(entry);
        }
        let mut log = Self { entries, checkpoints: Vec::new() };
        for size in [3, 6] {
            let checkpoint = log.checkpoint(size);
            log.checkpoints.push(signed(&checkpoint));
        }
        log
    }

    pub(super) fn leaves(&self) -> Vec<Digest> {
        self.entries.iter().map(Entry::leaf).collect()
    }

    pub(super) fn checkpoint(&self, size: usize) -> Checkpoint {
        let of_case: Vec<_> = self.entries[..size].iter().filter(|e| e.header().position.is_some()).collect();
        Checkpoint {
            log: LOG_ID,
            cp_no: self.checkpoints.len() as u64,
            previous: self.checkpoints.last().map(|c| sha256(c)),
            size: size as u64,
            root: tree::root(&self.leaves()[..size]),
            cases: vec![CaseHead { case: CASE, length: of_case.len() as u64, head: of_case.last().unwrap().digest() }],
            clocks: clocks(size as u64),
            receipt: (!self.checkpoints.is_empty()).then_some([0xee; 32]),
            enrolment: sha256(&super::people::signed_enrolment()),
        }
    }
}

pub(super) fn signed(c: &Checkpoint) -> Vec<u8> {
    sign::sign(Checkpoint::TYP, &hard(LOG), c.encode().unwrap()).unwrap()
}

fn headers(log: &Log) -> Set {
    let mut s = Set::new("header", Some("header"), json!({}));
    let bytes = |i: usize| log.entries[i].bytes().to_vec();
    s.good("good first of the log", bytes(0));
    s.good("good first of a case", bytes(1));
    s.good("good later of a case", bytes(4));
    s.good("good outside a case, no fields", bytes(5));
    s.bad_bytes(&bytes(4));
    s.bad_fields(&bytes(4), &["5", "6", "7", "3", "11"], |p| p);
    let changed = |i: usize, change: &dyn Fn(&mut Vec<(Value, Value)>)| {
        let mut m = map_of(cbor::decode(&bytes(i)).unwrap());
        change(&mut m);
        cbor::encode(&Value::Map(m)).unwrap()
    };
    let with = |i: usize, key: i64, v: Value| changed(i, &|m| set(m, key.into(), v.clone()));
    let without = |i: usize, key: i64| changed(i, &|m| m.retain(|(k, _)| *k != key.into()));
    s.bad("the first with a predecessor", with(0, 4, vec![0u8; 32].into()), "malformed");
    s.bad("the first of its case with a predecessor", with(1, 7, vec![0u8; 32].into()), "malformed");
    s.bad("a later one of its case without a predecessor", without(4, 7), "malformed");
    s.bad("a place without its case", without(4, 5), "malformed");
    s.bad("a case without a place", without(4, 6), "malformed");
    s.bad("no seq", without(4, 3), "malformed");
    s.bad("version 2", with(4, 1, 2.into()), "malformed");
    s.bad("another hash algorithm", with(4, 14, (-44).into()), "malformed");
    s.bad("negative seq", with(4, 3, (-1).into()), "malformed");
    s.bad("a commitment of 31 bytes", with(4, 12, Value::Map(vec![("text".into(), vec![0u8; 31].into())])), "malformed");
    s.bad("a commitment under a number", with(4, 12, Value::Map(vec![(1.into(), vec![0u8; 32].into())])), "malformed");
    let many = |n: usize| Value::Map((0..n).map(|i| (format!("f{i:02}").as_str().into(), vec![0u8; 32].into())).collect());
    s.good("good: 64 fields", with(4, 12, many(64)));
    s.bad("65 fields", with(4, 12, many(65)), "malformed");
    s.bad(
        "seen without a size",
        with(4, 13, vec![Value::Array(vec![vec![0u8; 16].into(), vec![0u8; 32].into()])].into()),
        "malformed",
    );
    let clock = |at: usize, v: Value| {
        let mut c = clocks(1).to_value().array("").unwrap();
        c[at] = v;
        with(4, 10, c.into())
    };
    s.good("good: a zone of 05:45 (F13)", clock(1, 345.into()));
    s.bad("a zone of 19 hours", clock(1, 1140.into()), "malformed");
    s.bad("boot id of 17 bytes", clock(3, vec![0u8; 17].into()), "malformed");
    s.bad("negative monotonic clock", clock(2, (-1).into()), "malformed");
    s.bad("anchor without its age", clock(4, vec![Value::from(vec![0u8; 32])].into()), "malformed");
    s
}

fn disclosures() -> Set {
    let mut s = Set::new("disclosure", Some("disclosure"), json!({}));
    let d = Disclosure::new([0x5a; 16], "text", "泳池水质浑浊".into()).unwrap();
    let commitment = json!({"commitment": hex(&d.commitment())});
    s.good_with("good", d.bytes().to_vec(), commitment.clone());
    let null = Disclosure::new([0x5a; 16], "place", Value::Null).unwrap();
    s.good("good: null", null.bytes().to_vec());
    let south = Value::Map(vec![("lat_e7".into(), (-338_688_200).into()), ("lon_e7".into(), (-1_511_930_000).into())]);
    s.good("good: south and west (F16)", Disclosure::new([0x5a; 16], "place", south).unwrap().bytes().to_vec());
    let other = |salt: u8, name: &str, text: &str| Disclosure::new([salt; 16], name, text.into()).unwrap().bytes().to_vec();
    s.bad_with("another value", other(0x5a, "text", "泳池水质清澈"), commitment.clone(), "commitment");
    s.bad_with("another name", other(0x5a, "note", "泳池水质浑浊"), commitment.clone(), "commitment");
    s.bad_with("another salt", other(0x5b, "text", "泳池水质浑浊"), commitment, "commitment");
    s.bad_bytes(d.bytes());
    let raw = |v: Vec<Value>| cbor::encode(&v.into()).unwrap();
    s.bad("no salt", raw(vec!["text".into(), "泳池水质浑浊".into()]), "malformed");
    s.bad("salt of 15 bytes", raw(vec![vec![0u8; 15].into(), "text".into(), Value::Null]), "malformed");
    s.bad("name is a number", raw(vec![vec![0u8; 16].into(), 1.into(), Value::Null]), "malformed");
    s.bad("four parts", raw(vec![vec![0u8; 16].into(), "text".into(), Value::Null, Value::Null]), "malformed");
    s.bad("a float as value", [&[0x83, 0x50], &[0u8; 16][..], &[0x61, 0x61, 0xf9, 0x3c, 0x00]].concat(), "malformed");
    s.cddl(None);
    s
}

/// An item of `entries.cbor`.
fn item(entry: &Entry, disclosures: Vec<Vec<u8>>, proof: Vec<Digest>) -> Value {
    let d: Vec<Value> = disclosures.into_iter().map(Value::from).collect();
    let p: Vec<Value> = proof.into_iter().map(Value::from).collect();
    vec![Value::from(entry.bytes()), d.into(), p.into()].into()
}

fn entries(log: &Log) -> Set {
    let leaves = log.leaves();
    let context = json!({"size": 6, "root": hex(&tree::root(&leaves)), "case": CASE.to_string()});
    let mut s = Set::new("entries", Some("entries"), context);
    let all = |e: &Entry| e.disclosures().iter().map(|d| d.bytes().to_vec()).collect::<Vec<_>>();
    let one = |i: usize| item(&log.entries[i], all(&log.entries[i]), tree::inclusion(&leaves, i).unwrap());
    let file = |items: Vec<Value>| cbor::encode(&items.into()).unwrap();
    let good = file(vec![one(1), one(2), one(4)]);
    s.good("good", good.clone());
    let mut fewer = all(&log.entries[2]);
    fewer.remove(1);
    let withheld = item(&log.entries[2], fewer.clone(), tree::inclusion(&leaves, 2).unwrap());
    s.good("good: a withheld field", file(vec![one(1), withheld, one(4)]));
    s.good("good: nothing disclosed", file(vec![item(&log.entries[1], vec![], tree::inclusion(&leaves, 1).unwrap())]));
    s.good("good: no entries", file(vec![]));
    s.bad_bytes(&good);
    s.bad("an entry left out", file(vec![one(1), one(4)]), "gap");
    s.bad("the first left out", file(vec![one(2), one(4)]), "gap");
    s.bad("two entries swapped", file(vec![one(1), one(4), one(2)]), "gap");
    s.bad("an entry twice", file(vec![one(1), one(1), one(2)]), "gap");
    s.bad("an entry of no case", file(vec![one(1), one(2), one(3)]), "wrong_subject");
    s.bad_with("of another case", good.clone(), json!({"case": "0d".repeat(16)}), "wrong_subject");
    s.bad_with("of another tree", good.clone(), json!({"root": "0d".repeat(32)}), "proof");
    s.bad_with("of a tree of another size", good.clone(), json!({"size": 7}), "proof");
    let path = |change: &dyn Fn(&mut Vec<Digest>)| {
        let mut p = tree::inclusion(&leaves, 4).unwrap();
        change(&mut p);
        file(vec![one(1), one(2), item(&log.entries[4], all(&log.entries[4]), p)])
    };
    s.bad("one bit of a proof changed", path(&|p| p[0][0] ^= 1), "proof");
    s.bad("a proof that is too short", path(&|p| p.truncate(1)), "proof");
    s.bad("a proof that is too long", path(&|p| p.push([0; 32])), "proof");
    s.bad("a proof in another order", path(&|p| p.reverse()), "proof");
    s.bad("another entry's proof", file(vec![item(&log.entries[1], vec![], tree::inclusion(&leaves, 2).unwrap())]), "proof");
    let changed = |value: &str| {
        let mut d = all(&log.entries[4]);
        d[0] = Disclosure::new([64; 16], "text", value.into()).unwrap().bytes().to_vec();
        file(vec![one(1), one(2), item(&log.entries[4], d, tree::inclusion(&leaves, 4).unwrap())])
    };
    assert_eq!(changed("泳池水质浑浊"), good);
    s.bad("a field edited", changed("泳池水质清澈"), "commitment");
    let foreign = |d: Vec<Vec<u8>>| file(vec![item(&log.entries[1], d, tree::inclusion(&leaves, 1).unwrap())]);
    let invented = Disclosure::new([1; 16], "invented", Value::Null).unwrap().bytes().to_vec();
    s.bad("a field that was never committed to", foreign(vec![invented]), "unknown_field");
    let first = all(&log.entries[1]).swap_remove(0);
    s.bad("a field twice", foreign(vec![first.clone(), first]), "malformed");
    s.cddl(true);
    // An edited header: its proof no longer fits; and one whose tree was made anew, so that only the chain tells.
    let mut h = log.entries[2].header().clone();
    h.version = 2;
    let forged = Entry::new(h, log.entries[2].disclosures().to_vec()).unwrap();
    s.bad("a header edited", file(vec![one(1), item(&forged, vec![], tree::inclusion(&leaves, 2).unwrap())]), "proof");
    let mut anew = leaves.clone();
    anew[2] = forged.leaf();
    let of = |e: &Entry, i: usize| item(e, vec![], tree::inclusion(&anew, i).unwrap());
    let rebuilt = file(vec![of(&log.entries[1], 1), of(&forged, 2), of(&log.entries[4], 4)]);
    s.bad_with("a header edited and the tree made anew", rebuilt, json!({"root": hex(&tree::root(&anew))}), "chain");
    s.bad("two parts instead of three", file(vec![log.entries[1].to_value()]), "malformed");
    s.bad(
        "header is a map, not bytes",
        file(vec![vec![cbor::decode(log.entries[1].bytes()).unwrap(), Value::Array(vec![]), Value::Array(vec![])].into()]),
        "malformed",
    );
    s
}

fn checkpoints(log: &Log) -> Set {
    let key = hard(LOG);
    let mut s = Set::new("checkpoint", Some("checkpoint"), json!({"key": cose_key(&key.public_key())}));
    let [first, second] = [&log.checkpoints[0], &log.checkpoints[1]];
    s.good("good first", first.clone());
    s.good("good second", second.clone());
    let of_soft = sign::sign(Checkpoint::TYP, &soft(LOG), payload_of(second)).unwrap();
    s.good_with("good: Ed25519", of_soft, json!({"key": cose_key(&soft(LOG).public_key())}));
    s.bad_signatures(Checkpoint::TYP, &key, &payload_of(second), true);
    let wrap = |p: Vec<u8>| sign::sign(Checkpoint::TYP, &key, p).unwrap();
    s.bad_fields(&payload_of(second), &["9"], wrap);
    let changed = |of: &[u8], change: &dyn Fn(&mut Vec<(Value, Value)>)| {
        let mut m = map_of(cbor::decode(&payload_of(of)).unwrap());
        change(&mut m);
        wrap(cbor::encode(&Value::Map(m)).unwrap())
    };
    s.bad("the first with a predecessor", changed(first, &|m| set(m, 4.into(), vec![0u8; 32].into())), "malformed");
    s.bad("suite 2", changed(second, &|m| set(m, 1.into(), 2.into())), "malformed");
    s.bad(
        "a case without its head",
        changed(second, &|m| set(m, 7.into(), vec![Value::Array(vec![CASE.into(), 1.into()])].into())),
        "malformed",
    );
    s.bad("signed by the SHOW key", sign::sign(Checkpoint::TYP, &hard(SHOW), payload_of(second)).unwrap(), "wrong_key");

    let proof: Vec<_> = tree::consistency(&log.leaves(), 3).unwrap().iter().map(|d| hex(d)).collect();
    let follows = json!({"known": hex(first), "proof": proof});
    s.good_with("good: continues the first", second.clone(), follows.clone());
    let c = log.checkpoint(6);
    let c = Checkpoint { cp_no: 1, previous: Some(sha256(first)), ..c };
    assert_eq!(c.root, tree::root(&log.leaves()));
    s.bad_with(
        "the second names another first",
        signed(&Checkpoint { previous: Some([1; 32]), ..c.clone() }),
        follows.clone(),
        "two_histories",
    );
    s.bad_with(
        "two with one number",
        signed(&Checkpoint { cp_no: 0, previous: None, ..c.clone() }),
        follows.clone(),
        "two_histories",
    );
    s.bad_with(
        "one size, two roots",
        signed(&Checkpoint { size: 3, root: [9; 32], ..c.clone() }),
        follows.clone(),
        "two_histories",
    );
    s.bad_with("a smaller log", signed(&Checkpoint { size: 2, ..c.clone() }), follows.clone(), "two_histories");
    s.bad_with("another log", signed(&Checkpoint { log: Id([9; 16]), ..c.clone() }), follows.clone(), "wrong_subject");
    s.bad_with("another root", signed(&Checkpoint { root: [9; 32], ..c.clone() }), follows.clone(), "proof");
    s.bad_with("no proof", second.clone(), json!({"known": hex(first), "proof": []}), "proof");
    let mut bad = proof;
    bad.swap(0, 1);
    s.bad_with("a proof in another order", second.clone(), json!({"known": hex(first), "proof": bad}), "proof");
    s.good_with("good: one checkpoint lies between", signed(&Checkpoint { cp_no: 2, previous: Some([1; 32]), ..c }), follows);
    s
}

fn consistency_proofs(log: &Log) -> Set {
    let [older, newer] = [&log.checkpoints[0], &log.checkpoints[1]];
    let context = json!({"key": cose_key(&hard(LOG).public_key()), "older": hex(older), "newer": hex(newer)});
    let mut s = Set::new("consistency-proof", Some("consistency-proof"), context);
    let proof = tree::consistency(&log.leaves(), 3).unwrap();
    let file = |log: Id, from: i64, to: i64, proof: &[Digest]| {
        let proof = proof.iter().map(|d| Value::from(*d)).collect::<Vec<_>>();
        let m = MapBuilder::new().with("v", 1).with("log", log).with("from", from).with("to", to).with("proof", proof);
        cbor::encode(&m.build()).unwrap()
    };
    let good = file(LOG_ID, 3, 6, &proof);
    s.good("good", good.clone());
    s.good_with("good: one checkpoint twice", file(LOG_ID, 6, 6, &[]), json!({"older": hex(newer)}));
    s.bad("of another log", file(Id([9; 16]), 3, 6, &proof), "wrong_subject");
    s.bad("from another size", file(LOG_ID, 2, 6, &proof), "wrong_subject");
    s.bad("to another size", file(LOG_ID, 3, 7, &proof), "wrong_subject");
    s.bad("no proof", file(LOG_ID, 3, 6, &[]), "proof");
    s.bad("in another order", file(LOG_ID, 3, 6, &proof.iter().rev().copied().collect::<Vec<_>>()), "proof");
    s.bad("one digest too many", file(LOG_ID, 3, 6, &[proof.clone(), vec![[0; 32]]].concat()), "proof");
    let mut changed = proof;
    changed[0][0] ^= 1;
    s.bad("one bit changed", file(LOG_ID, 3, 6, &changed), "proof");
    let other = signed(&Checkpoint { cp_no: 0, previous: None, root: [9; 32], ..log.checkpoint(3) });
    s.bad_with("the older checkpoint has another root", good.clone(), json!({"older": hex(&other)}), "proof");
    s.bad_bytes(&good);
    s.bad_fields(&good, &[], |p| p);
    s.cases.retain(|c| !c.name.starts_with("payload"));
    s.bad("a negative size", file(LOG_ID, -3, 6, &[]), "malformed");
    s
}
