//! The office's log and what it hands out (§6), anchors (§7.3), the list of a bundle and its case file (§10).

use super::kit::*;
use super::logs::{LOG_ID, Log, signed};
use super::people::{CASE, enrolment, signed_enrolment};
use mingzheng_core::cbor::{self, MapBuilder, Value};
use mingzheng_core::id::{Digest, Id, hex, sha256};
use mingzheng_core::log::{
    AccessRecord, Act, Checkpoint, Custody, CustodyState, Destroyed, Destruction, Epoch, Fork, Head, OfficeHead, OfficeLeaf,
    OutsideFile, Revocation, access_file, custody_payload, issue_custody, issue_log_receipt, note, tree,
};
use mingzheng_core::sign::{self, Signer, SoftwareKey, multi};
use mingzheng_core::trust::Use;
use mingzheng_core::wire::{Anchor, WipeOrder};
use serde_json::json;

const ISSUER: &str = "某县卫生健康局";

pub(super) fn add(sets: &mut Vec<Set>) {
    let office = Office::example();
    sets.extend([
        leaves(&office),
        log_receipts(&office),
        custodies(&office),
        destructions(&office),
        heads(),
        epochs(),
        outsides(&office),
        forks(),
        revocations(),
        accesses(&office),
    ]);
    sets.extend([anchors(), wipes(), bundles(), cases()]);
}

fn custody() -> Custody {
    Custody { state: CustodyState::Opened, sealed: [0x51; 32], clear: [0x52; 32], length: 123_456, at: NOW }
}

fn access() -> AccessRecord {
    AccessRecord { salt: [0x5a; 16], case: CASE, act: Act::Viewed, what: "case".into(), who: "console".into(), at: NOW }
}

/// The office's own log.
struct Office {
    leaves: Vec<OfficeLeaf>,
    checkpoint: Vec<u8>,
}

impl Office {
    fn example() -> Self {
        let checkpoint = Log::example().checkpoints.swap_remove(1);
        let at = NOW;
        let leaves = vec![
            OfficeLeaf::Enrolment { enrolment: sha256(&signed_enrolment()), at: NOW - 5 * DAY },
            OfficeLeaf::Checkpoint { checkpoint: sha256(&checkpoint), log: LOG_ID, size: 6, at },
            OfficeLeaf::Custody { payload: sha256(&custody_payload(&custody()).unwrap()), at },
            OfficeLeaf::Access { record: sha256(&access().encode().unwrap()), at },
            OfficeLeaf::Export { bundle: [0xbb; 32], case: CASE, at },
            OfficeLeaf::Revocation { revocation: [0xcc; 32], at },
            OfficeLeaf::Epoch { epoch: [0xdd; 32], at },
        ];
        Self { leaves, checkpoint }
    }
    fn hashes(&self) -> Vec<Digest> {
        self.leaves.iter().map(|l| tree::leaf(&l.encode().unwrap())).collect()
    }
    fn receipt(&self, index: usize, signer: &dyn Signer) -> Vec<u8> {
        issue_log_receipt(signer, ISSUER, 0, &self.leaves[index], index, &self.hashes()).unwrap()
    }
    /// A receipt of leaf 1 in which something is not as it must be, signed all the same.
    fn forged(&self, change: impl Fn(&mut Forged)) -> Vec<u8> {
        let at = self.leaves[1].at();
        let kid = soft(RECEIPT).public_key().kid();
        let mut h = map_of(header(-19, kid, "mz1/log-receipt"));
        let about: Vec<Value> = vec![LOG_ID.into(), 7.into(), at.into(), 0.into()];
        let claims = MapBuilder::new().with(1, ISSUER).with(6, at / 1000).build();
        h.extend([(15.into(), claims), (395.into(), 1.into()), ((-65541).into(), about.into())]);
        let path = tree::inclusion(&self.hashes(), 1).unwrap().into_iter().map(Value::from).collect::<Vec<_>>();
        let mut f = Forged {
            leaf: self.leaves[1].encode().unwrap(),
            header: h,
            proof: vec![7.into(), 1.into(), path.into()],
            proofs: 1,
            unprotected: vec![],
            root: tree::root(&self.hashes()).to_vec(),
            embedded: false,
        };
        change(&mut f);
        let proof = Value::from(cbor::encode(&Value::Array(f.proof)).unwrap());
        let vdp = Value::Map(vec![((-1).into(), vec![proof; f.proofs].into())]);
        let mut unprotected = vec![(396.into(), vdp)];
        unprotected.extend(f.unprotected);
        let receipt = cose(&Value::Map(f.header), Value::Map(unprotected), &f.root, f.embedded, &soft(RECEIPT));
        cbor::encode(&MapBuilder::new().with("leaf", f.leaf).with("receipt", receipt).build()).unwrap()
    }
}

struct Forged {
    leaf: Vec<u8>,
    header: Vec<(Value, Value)>,
    proof: Vec<Value>,
    proofs: usize,
    unprotected: Vec<(Value, Value)>,
    root: Vec<u8>,
    embedded: bool,
}

fn leaves(office: &Office) -> Set {
    let mut s = Set::new("leaf", Some("leaf"), json!({}));
    for leaf in &office.leaves {
        s.good(&format!("good {}", leaf.kind()), leaf.encode().unwrap());
    }
    let (record, at) = ([0xee; 32], NOW);
    let of_records = [
        OfficeLeaf::Register { record, at },
        OfficeLeaf::Procedure { record, at },
        OfficeLeaf::Ledger { record, at },
        OfficeLeaf::Retention { record, at },
        OfficeLeaf::Destruction { payload: record, at },
    ];
    for leaf in of_records {
        s.good(&format!("good {}", leaf.kind()), leaf.encode().unwrap());
    }
    let later = MapBuilder::new().with("kind", "weather").with("at", NOW).with("wind", 3).build();
    s.good("good: a kind of a later version is kept", cbor::encode(&later).unwrap());
    s.cddl(false);
    for leaf in &office.leaves[..2] {
        let bytes = leaf.encode().unwrap();
        let mut of = Set::new("leaf", Some("leaf"), json!({}));
        of.bad_bytes(&bytes);
        of.bad_fields(&bytes, &["kind"], |p| p);
        let named = of.cases.into_iter().filter(|c| c.name != "field kind of another type" && c.name != "nothing");
        s.cases.extend(named.map(|c| Case { name: format!("{}: {}", leaf.kind(), c.name), ..c }));
    }
    s.bad("no kind", cbor::encode(&MapBuilder::new().with("at", NOW).build()).unwrap(), "malformed");
    s.bad("kind is a number", cbor::encode(&MapBuilder::new().with("at", NOW).with("kind", 1).build()).unwrap(), "malformed");
    s
}

fn log_receipts(office: &Office) -> Set {
    let context = json!({"trust": hex(&trust())});
    let mut s = Set::new("log-receipt", Some("log-receipt"), context);
    let good = office.receipt(1, &soft(RECEIPT));
    s.good("good", good.clone());
    assert_eq!(office.forged(|_| {}), good, "what is made by hand is what the core makes");
    s.good("good: of a leaf without a device's log", office.receipt(0, &soft(RECEIPT)));
    let one = issue_log_receipt(&soft(RECEIPT), ISSUER, 4, &office.leaves[1], 0, &office.hashes()[1..2]).unwrap();
    s.good("good: a log of one leaf, of a later epoch", one);
    let log = Log::example();
    let beside = |c: &[u8]| json!({"checkpoint": hex(c), "key": cose_key(&hard(LOG).public_key())});
    s.good_with("good: for the checkpoint beside", good.clone(), beside(&office.checkpoint));
    s.bad_with("for another checkpoint", good.clone(), beside(&log.checkpoints[0]), "wrong_subject");
    s.bad_bytes(&good);
    s.bad_fields(&good, &[], |p| p);
    s.cases.retain(|c| !c.name.starts_with("payload"));
    s.bad_signers(Use::Receipt, &good, |k| office.receipt(1, k));
    let head = |key: i64, v: Value| office.forged(|f| set(&mut f.header, key.into(), v.clone()));
    let no = |key: i64| office.forged(|f| f.header.retain(|(k, _)| *k != key.into()));
    s.bad("another typ", head(16, "mz1/custody".into()), "wrong_type");
    s.bad("unknown algorithm", head(1, (-48).into()), "unknown_algorithm");
    s.bad("algorithm of another curve", head(1, (-9).into()), "algorithm_mismatch");
    s.bad("a further protected header", head(2, vec![Value::Int(99)].into()), "malformed");
    s.bad("no claims", no(15), "malformed");
    s.bad("claims without time", head(15, MapBuilder::new().with(1, ISSUER).build()), "malformed");
    s.bad(
        "claims with an audience",
        head(15, MapBuilder::new().with(1, ISSUER).with(3, "x").with(6, NOW / 1000).build()),
        "malformed",
    );
    s.bad("no vds", no(395), "malformed");
    s.bad("another verifiable data structure", head(395, 2.into()), "wrong_subject");
    s.cddl(false);
    let about = |at: usize, v: Value| {
        let mut a: Vec<Value> = vec![LOG_ID.into(), 7.into(), NOW.into(), 0.into()];
        a[at] = v;
        head(-65541, a.into())
    };
    s.bad("about: another log", about(0, Id([9; 16]).into()), "wrong_subject");
    s.bad("about: no log", about(0, Value::Null), "wrong_subject");
    s.bad("about: another size", about(1, 8.into()), "wrong_subject");
    s.bad("about: another time", about(2, (NOW + 1).into()), "wrong_subject");
    s.bad("about: negative epoch", about(3, (-1).into()), "malformed");
    s.bad(
        "about: three parts, as before epochs",
        head(-65541, vec![Value::from(LOG_ID), 7.into(), NOW.into()].into()),
        "malformed",
    );
    s.bad("claims: another time", head(15, MapBuilder::new().with(1, ISSUER).with(6, NOW / 1000 + 1).build()), "wrong_subject");
    s.bad("the root embedded", office.forged(|f| f.embedded = true), "detachment");
    s.bad("a further unprotected header", office.forged(|f| f.unprotected = vec![(1.into(), (-19).into())]), "malformed");
    s.bad("no inclusion proof", office.forged(|f| f.proofs = 0), "malformed");
    s.bad("two inclusion proofs", office.forged(|f| f.proofs = 2), "malformed");
    s.bad("proof of two parts", office.forged(|f| drop(f.proof.pop())), "malformed");
    s.bad("index not below the size", office.forged(|f| f.proof[1] = 7.into()), "proof");
    s.bad("another index", office.forged(|f| f.proof[1] = 2.into()), "bad_signature");
    s.bad("a tree of another size (its path gives the same root)", office.forged(|f| f.proof[0] = 6.into()), "wrong_subject");
    let path = |change: &dyn Fn(&mut Vec<Value>)| {
        office.forged(|f| {
            let Value::Array(p) = &mut f.proof[2] else { panic!() };
            change(p);
        })
    };
    s.bad("a path that is too short", path(&|p| drop(p.pop())), "proof");
    s.bad("a path that is too long", path(&|p| p.push([0; 32].into())), "proof");
    s.bad("a path in another order", path(&|p| p.reverse()), "bad_signature");
    s.bad("a path with 31 bytes", path(&|p| p[0] = vec![0u8; 31].into()), "malformed");
    s.bad("another root signed", office.forged(|f| f.root[0] ^= 1), "bad_signature");
    s.bad("another leaf", office.forged(|f| f.leaf = office.leaves[0].encode().unwrap()), "bad_signature");
    s
}

fn custodies(office: &Office) -> Set {
    let mut s = Set::new("custody", Some("custody"), json!({"trust": hex(&trust())}));
    let receipt = office.receipt(2, &soft(RECEIPT));
    let make = |c: &Custody, k: &SoftwareKey| issue_custody(k, c, &receipt).unwrap();
    let good = make(&custody(), &soft(RECEIPT));
    s.good("good", good.clone());
    let stored = Custody { state: CustodyState::Stored, ..custody() };
    let leaf = OfficeLeaf::Custody { payload: sha256(&custody_payload(&stored).unwrap()), at: NOW };
    let alone = issue_log_receipt(&soft(RECEIPT), ISSUER, 0, &leaf, 0, &[tree::leaf(&leaf.encode().unwrap())]).unwrap();
    s.good("good: stored", issue_custody(&soft(RECEIPT), &stored, &alone).unwrap());
    s.bad("the office's log holds another state", make(&stored, &soft(RECEIPT)), "wrong_subject");
    s.bad(
        "the office's log holds another file",
        make(&Custody { sealed: [0; 32], ..custody() }, &soft(RECEIPT)),
        "wrong_subject",
    );
    s.bad("another time than the leaf", make(&Custody { at: NOW + 1, ..custody() }, &soft(RECEIPT)), "wrong_subject");
    let of_checkpoint = issue_custody(&soft(RECEIPT), &custody(), &office.receipt(1, &soft(RECEIPT))).unwrap();
    s.bad("the receipt of a checkpoint", of_checkpoint, "wrong_subject");
    s.bad_bytes(&good);
    s.bad_fields(&good, &[], |p| p);
    s.cases.retain(|c| !c.name.starts_with("payload"));
    s.bad_signers(Use::Receipt, &good, |k| make(&custody(), k));
    let Value::Map(parts) = cbor::decode(&good).unwrap() else { panic!() };
    let part = |name: &str| parts.iter().find(|(k, _)| *k == name.into()).unwrap().1.clone().bytes("").unwrap();
    let mut of = Set::new("custody", Some("custody"), s.context.clone());
    let wrap = |cose: Vec<u8>| {
        let mut m = parts.clone();
        set(&mut m, "custody".into(), cose.into());
        cbor::encode(&Value::Map(m)).unwrap()
    };
    let payload = payload_of(&part("custody"));
    of.bad_fields(&payload, &[], |p| wrap(sign::sign("mz1/custody", &soft(RECEIPT), p).unwrap()));
    s.cases.extend(of.cases.into_iter().map(|c| Case { name: format!("signed: {}", c.name), ..c }));
    let other = |state: &str| {
        let mut m = map_of(cbor::decode(&payload).unwrap());
        set(&mut m, "state".into(), state.into());
        wrap(sign::sign("mz1/custody", &soft(RECEIPT), cbor::encode(&Value::Map(m)).unwrap()).unwrap())
    };
    s.bad("unknown state", other("lost"), "malformed");
    s.bad("signed as a head", wrap(sign::sign("mz1/head", &soft(RECEIPT), payload.clone()).unwrap()), "wrong_type");
    s
}

fn destructions(office: &Office) -> Set {
    let mut s = Set::new("destruction", Some("destruction"), json!({"trust": hex(&trust())}));
    let person = |name: &str, number: &str| (name.to_owned(), number.to_owned());
    let said = Destruction {
        number: "毁〔2026〕1号".into(),
        files: (1..=2u8).map(|n| Destroyed { sealed: [n; 32], clear: [0x10 + n; 32], length: u64::from(n) * 1000 }).collect(),
        reason: "保存期限届满".into(),
        basis: "日常巡查的音像记录保存六个月".into(),
        proposed: person("王小明", "110001"),
        approved: person("李小红", "110002"),
        at: NOW,
    };
    let receipt_of = |d: &Destruction| {
        let leaf = OfficeLeaf::Destruction { payload: sha256(&d.payload().unwrap()), at: d.at };
        issue_log_receipt(&soft(RECEIPT), ISSUER, 0, &leaf, 0, &[tree::leaf(&leaf.encode().unwrap())]).unwrap()
    };
    let receipt = receipt_of(&said);
    let make = |d: &Destruction, k: &SoftwareKey| d.issue(k, &receipt).unwrap();
    let good = make(&said, &soft(RECEIPT));
    s.good("good", good.clone());
    let mut other = said.clone();
    other.files[1].sealed = [9; 32];
    s.bad("the office's log holds another list", make(&other, &soft(RECEIPT)), "wrong_subject");
    s.bad("another time than the leaf", make(&Destruction { at: NOW + 1, ..said.clone() }, &soft(RECEIPT)), "wrong_subject");
    s.bad("the receipt of a custody", said.issue(&soft(RECEIPT), &office.receipt(2, &soft(RECEIPT))).unwrap(), "wrong_subject");
    let none = Destruction { files: vec![], ..said.clone() };
    s.bad("no file", none.issue(&soft(RECEIPT), &receipt_of(&none)).unwrap(), "malformed");
    let many = Destruction { files: vec![said.files[0].clone(); Destruction::MOST + 1], ..said.clone() };
    s.bad("more files than one certificate holds", many.issue(&soft(RECEIPT), &receipt_of(&many)).unwrap(), "malformed");
    s.bad_bytes(&good);
    s.bad_fields(&good, &[], |p| p);
    s.cases.retain(|c| !c.name.starts_with("payload"));
    s.bad_signers(Use::Receipt, &good, |k| make(&said, k));
    let Value::Map(parts) = cbor::decode(&good).unwrap() else { panic!() };
    let signed = parts.iter().find(|(k, _)| *k == "destruction".into()).unwrap().1.clone().bytes("").unwrap();
    let wrap = |cose: Vec<u8>| {
        let mut m = parts.clone();
        set(&mut m, "destruction".into(), cose.into());
        cbor::encode(&Value::Map(m)).unwrap()
    };
    let payload = payload_of(&signed);
    let mut of = Set::new("destruction", Some("destruction"), s.context.clone());
    of.bad_fields(&payload, &[], |p| wrap(sign::sign("mz1/destruction", &soft(RECEIPT), p).unwrap()));
    s.cases.extend(of.cases.into_iter().map(|c| Case { name: format!("signed: {}", c.name), ..c }));
    s.bad("signed as a custody", wrap(sign::sign("mz1/custody", &soft(RECEIPT), payload).unwrap()), "wrong_type");
    s
}

fn head() -> Head {
    Head { tree: OfficeHead { epoch: 0, size: 7, root: tree::root(&Office::example().hashes()) }, at: NOW }
}

fn heads() -> Set {
    let mut s = Set::new("head", Some("head"), json!({"trust": hex(&trust())}));
    let good = head().issue(&soft(RECEIPT)).unwrap();
    s.good("good", good.clone());
    s.good(
        "good: an empty log of a later epoch",
        Head { tree: OfficeHead { epoch: 2, size: 0, root: sha256(&[]) }, ..head() }.issue(&soft(RECEIPT)).unwrap(),
    );
    s.bad_signatures(Head::TYP, &soft(RECEIPT), &payload_of(&good), true);
    s.bad_signers(Use::Receipt, &good, |k| head().issue(k).unwrap());
    let wrap = |p: Vec<u8>| sign::sign(Head::TYP, &soft(RECEIPT), p).unwrap();
    s.bad_fields(&payload_of(&good), &[], wrap);
    let changed = |key: &'static str, v: Value| {
        let mut m = map_of(cbor::decode(&payload_of(&good)).unwrap());
        set(&mut m, key.into(), v);
        wrap(cbor::encode(&Value::Map(m)).unwrap())
    };
    s.bad("negative size", changed("size", (-1).into()), "malformed");
    s.bad("root of 31 bytes", changed("root", vec![0u8; 31].into()), "malformed");
    s
}

fn epochs() -> Set {
    let mut s = Set::new("epoch", Some("epoch"), json!({"trust": hex(&trust())}));
    let e = Epoch { epoch: 1, at: NOW, reason: "由备份恢复".into(), last: vec![head().tree] };
    let (a, b) = (soft(1), soft(2));
    let good = e.sign(&[&a, &b]).unwrap();
    s.good("good", good.clone());
    let older = |epoch| OfficeHead { epoch, ..head().tree };
    s.good(
        "good: two epochs before it",
        Epoch { epoch: 2, last: vec![older(0), older(1)], ..e.clone() }.sign(&[&a, &b]).unwrap(),
    );
    s.bad_bytes(&good);
    let both: [&dyn Signer; 2] = [&a, &b];
    let payload = cbor::decode(&good).unwrap().array("").unwrap().swap_remove(0).bytes("").unwrap();
    let wrap = |p: Vec<u8>| multi::sign("mz1/epoch", &both, p).unwrap();
    s.bad_fields(&payload, &[], wrap);
    s.bad("k of n not reached", e.sign(&[&a]).unwrap(), "wrong_key");
    s.bad("one root twice", e.sign(&[&a, &a]).unwrap(), "wrong_key");
    s.bad("by the office's receipt key", e.sign(&[&soft(RECEIPT)]).unwrap(), "wrong_key");
    s.bad("signed as a trust list", multi::sign("mz1/trust", &both, payload.clone()).unwrap(), "wrong_type");
    s.bad("epoch 0", Epoch { epoch: 0, ..e.clone() }.sign(&both).unwrap(), "malformed");
    s.bad("names no head", Epoch { last: vec![], ..e.clone() }.sign(&both).unwrap(), "malformed");
    s.bad("names a head of its own epoch", Epoch { last: vec![older(1)], ..e.clone() }.sign(&both).unwrap(), "malformed");
    s.cddl(true);
    s.bad("names 65 heads", Epoch { epoch: 100, last: vec![older(0); 65], ..e }.sign(&both).unwrap(), "malformed");
    s
}

fn forks() -> Set {
    let mut s = Set::new("fork", Some("fork"), json!({"trust": hex(&trust())}));
    let log = Log::example();
    let [one, two] = [&log.checkpoints[0], &log.checkpoints[1]];
    let c = Checkpoint { cp_no: 1, previous: Some(sha256(one)), ..log.checkpoint(6) };
    let device = |first: &[u8], second: &[u8], proof: Option<Vec<Digest>>| {
        Fork::Device { enrolment: signed_enrolment(), first: first.to_vec(), second: second.to_vec(), proof }.encode().unwrap()
    };
    let number = device(two, &signed(&Checkpoint { size: 5, root: [1; 32], ..c.clone() }), None);
    s.good("good device", number.clone());
    s.good("good device: one size, two roots", device(two, &signed(&Checkpoint { cp_no: 2, root: [1; 32], ..c.clone() }), None));
    let proof = || [vec![tree::root(&log.leaves()[..3])], tree::consistency(&log.leaves(), 3).unwrap()].concat();
    let other_prefix = signed(&Checkpoint { cp_no: 0, previous: None, root: [1; 32], ..log.checkpoint(3) });
    s.good("good device: no prefix", device(&other_prefix, two, Some(proof())));
    s.bad("one checkpoint twice", device(two, two, None), "no_fork");
    s.bad("one checkpoint continues the other", device(one, two, None), "no_fork");
    s.bad("one checkpoint continues the other, and this is proven", device(one, two, Some(proof())), "no_fork");
    let mut wrong = proof();
    wrong[1][0] ^= 1;
    s.bad("two sizes, a bad proof", device(&other_prefix, two, Some(wrong)), "no_fork");
    s.bad(
        "signed by another key",
        device(two, &sign::sign(Checkpoint::TYP, &hard(SHOW), c.encode().unwrap()).unwrap(), None),
        "wrong_key",
    );
    s.bad(
        "a checkpoint of another log",
        device(two, &signed(&Checkpoint { log: Id([9; 16]), ..c.clone() }), None),
        "wrong_subject",
    );
    s.bad(
        "a checkpoint of another enrolment",
        device(two, &signed(&Checkpoint { enrolment: [9; 32], ..c.clone() }), None),
        "wrong_subject",
    );
    let foreign = enrolment().issue(&soft(STRANGER)).unwrap();
    let by = Fork::Device { enrolment: foreign, first: one.clone(), second: two.clone(), proof: None };
    s.bad("the enrolment is a stranger's", by.encode().unwrap(), "signer_unknown");
    let at = |size, root, epoch| Head { tree: OfficeHead { epoch, size, root }, at: NOW }.issue(&soft(RECEIPT)).unwrap();
    let office = |first, second, proof| Fork::Office { first, second, proof }.encode().unwrap();
    let mine = head().tree.root;
    s.good("good office", office(at(7, mine, 0), at(7, [1; 32], 0), None));
    s.bad("heads of two epochs are never compared", office(at(7, mine, 0), at(7, [1; 32], 1), None), "wrong_subject");
    s.bad("two heads of one tree", office(at(7, mine, 0), at(7, mine, 0), None), "no_fork");
    s.bad_bytes(&number);
    s.bad_fields(&number, &[], |p| p);
    s.cases.retain(|c| !c.name.starts_with("payload"));
    let mut m = map_of(cbor::decode(&number).unwrap());
    set(&mut m, "what".into(), "party".into());
    s.bad("unknown party", cbor::encode(&Value::Map(m)).unwrap(), "malformed");
    s
}

fn revocations() -> Set {
    let mut s = Set::new("revocation", Some("revocation"), json!({"trust": hex(&trust())}));
    let r = Revocation {
        enrolment: sha256(&signed_enrolment()),
        log: LOG_ID,
        at: NOW,
        suspect_since: Some(NOW - 60_000),
        reason: "手机遗失".into(),
    };
    let good = r.issue(&soft(BADGE)).unwrap();
    let plain = Revocation { suspect_since: None, ..r.clone() }.issue(&soft(BADGE)).unwrap();
    s.good("good", good.clone());
    s.good_with("good: received before the suspicion counts (F40)", good.clone(), json!({"received": NOW - 60_001}));
    s.good_with("good: received at the suspicion does not count (F40)", good.clone(), json!({"received": NOW - 60_000}));
    s.good_with("good: without a suspicion what came before counts", plain.clone(), json!({"received": NOW - 1}));
    s.good_with("good: without a suspicion what comes with it does not", plain, json!({"received": NOW}));
    s.bad_signatures(Revocation::TYP, &soft(BADGE), &payload_of(&good), true);
    s.bad_signers(Use::Badge, &good, |k| r.issue(k).unwrap());
    s.bad_fields(&payload_of(&good), &[], |p| sign::sign(Revocation::TYP, &soft(BADGE), p).unwrap());
    s
}

fn accesses(office: &Office) -> Set {
    let mut s = Set::new("access", Some("access"), json!({"trust": hex(&trust())}));
    let receipt = office.receipt(3, &soft(RECEIPT));
    let record = access().encode().unwrap();
    let good = access_file(&record, &receipt).unwrap();
    s.good("good", good.clone());
    let other = AccessRecord { who: "nobody".into(), ..access() }.encode().unwrap();
    s.bad("another record than in the log", access_file(&other, &receipt).unwrap(), "wrong_subject");
    s.bad("the receipt of a custody", access_file(&record, &office.receipt(2, &soft(RECEIPT))).unwrap(), "wrong_subject");
    s.bad_bytes(&good);
    s.bad_fields(&good, &[], |p| p);
    s.cases.retain(|c| !c.name.starts_with("payload"));
    s.bad_signers(Use::Receipt, &good, |k| access_file(&record, &office.receipt(3, k)).unwrap());
    let [salt, map]: [Value; 2] = cbor::decode(&record).unwrap().array("").unwrap().try_into().unwrap();
    let mut m = map_of(map.clone());
    set(&mut m, "act".into(), "deleted".into());
    let raw = |parts: Vec<Value>| access_file(&cbor::encode(&parts.into()).unwrap(), &receipt).unwrap();
    s.bad("unknown act", raw(vec![salt, Value::Map(m)]), "malformed");
    s.bad("no salt", raw(vec![map.clone()]), "malformed");
    s.bad("salt of 8 bytes", raw(vec![vec![0u8; 8].into(), map]), "malformed");
    s
}

fn anchors() -> Set {
    let mut s = Set::new("anchor", Some("anchor"), json!({"trust": hex(&trust())}));
    let a = Anchor { nonce: [0x6e; 16], at: NOW };
    let good = a.issue(&soft(ANCHOR)).unwrap();
    s.good("good", good.clone());
    s.bad_signatures("mz1/anchor", &soft(ANCHOR), &payload_of(&good), true);
    s.bad_signers(Use::Anchor, &good, |k| a.issue(k).unwrap());
    s.bad_fields(&payload_of(&good), &[], |p| sign::sign("mz1/anchor", &soft(ANCHOR), p).unwrap());
    s
}

fn wipes() -> Set {
    let mut s = Set::new("wipe", Some("wipe"), json!({"trust": hex(&trust())}));
    let head = OfficeHead { size: 7, root: [0x72; 32], epoch: 0 };
    let o = WipeOrder { device: Id([2; 16]), log: Id([3; 16]), nonce: [0x6e; 16], at: NOW, not_after: NOW + 86_400_000, head };
    let good = o.issue(&soft(FEED)).unwrap();
    s.good("good", good.clone());
    s.bad_signatures("mz1/wipe", &soft(FEED), &payload_of(&good), true);
    s.bad_signers(Use::Feed, &good, |k| o.issue(k).unwrap());
    s.bad_fields(&payload_of(&good), &[], |p| sign::sign("mz1/wipe", &soft(FEED), p).unwrap());
    s
}

fn bundles() -> Set {
    let mut s = Set::new("bundle", Some("bundle"), json!({"trust": hex(&trust())}));
    let file = |path: &str, len: i64, n: u8| (Value::from(path), Value::Array(vec![len.into(), [n; 32].into()]));
    let files = vec![file("bagit.txt", 55, 1), file("data/case.cbor", 120, 2), file("data/evidence/e1.jpg.age", 1_234_567, 3)];
    let map = |form: &str| {
        MapBuilder::new()
            .with("v", 1)
            .with("case", CASE)
            .with("at", NOW)
            .with("form", form)
            .with("files", Value::Map(files.clone()))
    };
    let wrap = |p: Vec<u8>| sign::sign("mz1/bundle", &soft(EXPORT), p).unwrap();
    let payload = cbor::encode(&map("sealed").build()).unwrap();
    let good = wrap(payload.clone());
    s.good("good", good.clone());
    s.good("good: open", wrap(cbor::encode(&map("open").build()).unwrap()));
    s.bad_signatures("mz1/bundle", &soft(EXPORT), &payload, true);
    s.bad_signers(Use::Export, &good, |k| sign::sign("mz1/bundle", k, payload.clone()).unwrap());
    s.bad_fields(&payload, &[], wrap);
    let changed = |key: &'static str, v: Value| {
        let mut m = map_of(cbor::decode(&payload).unwrap());
        set(&mut m, key.into(), v);
        wrap(cbor::encode(&Value::Map(m)).unwrap())
    };
    let party = |withheld: Vec<Value>| wrap(cbor::encode(&map("party").with("withheld", withheld).build()).unwrap());
    s.good("good: for the party, two withheld", party(vec!["e2".into(), "e7".into()]));
    s.bad("withheld, but nothing", party(vec![]), "malformed");
    s.bad("withheld is a number", party(vec![2.into()]), "malformed");
    s.bad("unknown form", changed("form", "closed".into()), "malformed");
    s.bad(
        "a file without length",
        changed("files", Value::Map(vec![("bagit.txt".into(), vec![Value::from([1; 32])].into())])),
        "malformed",
    );
    s.bad("a file of negative length", changed("files", Value::Map(vec![file("bagit.txt", -1, 1)])), "malformed");
    s.bad(
        "a path that is a number",
        changed("files", Value::Map(vec![(1.into(), Value::Array(vec![1.into(), [1; 32].into()]))])),
        "malformed",
    );
    s
}

fn cases() -> Set {
    let mut s = Set::new("case", Some("case"), json!({}));
    let other = Id([6; 16]);
    let make = |logs: &[Id], newest: &[(&str, i64)]| {
        let newest = newest.iter().map(|(k, v)| (Value::from(*k), Value::Int(*v))).collect();
        let logs = logs.iter().map(|l| Value::from(*l)).collect::<Vec<_>>();
        cbor::encode(
            &MapBuilder::new().with("v", 1).with("case", CASE).with("logs", logs).with("newest", Value::Map(newest)).build(),
        )
        .unwrap()
    };
    let (a, b) = (LOG_ID.to_string(), other.to_string());
    let good = make(&[LOG_ID, other], &[(&a, 1), (&b, 0)]);
    s.good("good", good.clone());
    s.good("good: one log", make(&[LOG_ID], &[(&a, 12)]));
    s.bad_bytes(&good);
    s.bad_fields(&good, &[], |p| p);
    s.bad("no log", make(&[], &[]), "malformed");
    s.bad("a log twice", make(&[LOG_ID, LOG_ID], &[(&a, 1)]), "malformed");
    s.cddl(true);
    s.bad("a log without its number", make(&[LOG_ID, other], &[(&a, 1)]), "malformed");
    s.cddl(true);
    s.bad("a number without its log", make(&[LOG_ID], &[(&a, 1), (&b, 0)]), "malformed");
    s.cddl(true);
    s.bad("a negative number", make(&[LOG_ID], &[(&a, -1)]), "malformed");
    s.bad("a log in capital letters", make(&[Id([0xab; 16])], &[(&"AB".repeat(16), 1)]), "malformed");
    s
}

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = match content.len() {
        n @ 0..=127 => vec![n as u8],
        n @ 128..=255 => vec![0x81, n as u8],
        n => vec![0x82, (n >> 8) as u8, n as u8],
    };
    [vec![tag], length, content].concat()
}

const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];

/// An RFC 3161 TimeStampToken over `imprint` by a P-256 authority, without its certificate.
fn token(imprint: &Digest, time: &str, algorithm: &[u8], authority: &dyn Signer) -> Vec<u8> {
    let oid = |o: &[u8]| der(0x06, &[o]);
    let seq = |parts: &[&[u8]]| der(0x30, parts);
    let cms = |n: u8| oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, n]);
    let tst = oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04]);
    let sha = seq(&[&oid(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01])]);
    let one = der(0x02, &[&[1]]);
    let info = seq(&[&one, &oid(&[0x2a, 3]), &seq(&[&sha, &der(0x04, &[imprint])]), &one, &der(0x18, &[time.as_bytes()])]);
    let attribute = |kind: &[u8], value: &[u8]| seq(&[kind, &der(0x31, &[value])]);
    let attributes = [attribute(&cms(3), &tst), attribute(&cms(4), &der(0x04, &[&sha256(&info)]))].concat();
    let signature = authority.sign(&der(0x31, &[&attributes])).unwrap().normalise(authority.public_key().algorithm()).unwrap();
    let integer = |b: &[u8]| {
        let digits: Vec<u8> = b.iter().copied().skip_while(|b| *b == 0).collect();
        let sign: &[u8] = if digits[0] & 0x80 == 0 { &[] } else { &[0] };
        der(0x02, &[sign, &digits])
    };
    let signature = seq(&[&integer(&signature[..32]), &integer(&signature[32..])]);
    let content = seq(&[&tst, &der(0xa0, &[&der(0x04, &[&info])])]);
    let signer = seq(&[&one, &seq(&[]), &sha, &der(0xa0, &[&attributes]), &seq(&[&oid(algorithm)]), &der(0x04, &[&signature])]);
    let data = seq(&[&der(0x02, &[&[3]]), &der(0x31, &[]), &content, &der(0x31, &[&signer])]);
    seq(&[&oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02]), &der(0xa0, &[&data])])
}

fn outsides(office: &Office) -> Set {
    let mut s = Set::new("outside", Some("outside"), json!({"trust": hex(&trust())}));
    let signed = head().issue(&soft(RECEIPT)).unwrap();
    let slug = note::slug(&trust_list().roots.fingerprint().unwrap());
    let text = note::TextCheckpoint::of(&slug, &head().tree);
    let seconds = (NOW / 1000) as u64 + 60;
    let line = |name: &str, seed: u8, seconds: u64, body: &str| note::cosign(body, name, seconds, &soft(seed)).unwrap();
    let witness = || line("witness.example", 19, seconds, &text.body());
    let stamp = || token(&sha256(&signed), "20261122040130.5Z", ECDSA_SHA256, &hard(20));
    let (path, receipt) = ("data/log/03/receipt-1.cbor", &office.hashes()[..3]);
    let receipt = issue_log_receipt(&soft(RECEIPT), ISSUER, 0, &office.leaves[1], 1, receipt).unwrap();
    let file = OutsideFile {
        head: signed.clone(),
        checkpoint: text.sign(&soft(RECEIPT)).unwrap(),
        cosignatures: vec![witness()],
        timestamps: vec![stamp()],
        consistency: [(path.to_owned(), tree::consistency(&office.hashes(), 3).unwrap())].into(),
    };
    let changed = |change: &dyn Fn(&mut OutsideFile)| {
        let mut f = file.clone();
        change(&mut f);
        f.encode().unwrap()
    };
    let beside = json!({"receipt": hex(&receipt), "path": path});
    let good = changed(&|_| {});
    s.good("good", good.clone());
    s.good_with("good: the receipt is of a prefix", good.clone(), beside.clone());
    s.good("good: nobody outside", changed(&|f| (f.cosignatures, f.timestamps) = (vec![], vec![])));
    s.good(
        "good: a cosignature by a name that is not known",
        changed(&|f| f.cosignatures = vec![line("s.example", 98, seconds, &text.body())]),
    );
    s.good(
        "good: a cosignature by another key of a known name",
        changed(&|f| f.cosignatures = vec![line("witness.example", 98, seconds, &text.body())]),
    );
    s.good(
        "good: a time stamp by RSA cannot be judged",
        changed(&|f| f.timestamps = vec![token(&sha256(&signed), "20261122040130Z", RSA_SHA256, &hard(20))]),
    );
    s.good(
        "good: a time stamp when no authority's key counts",
        changed(&|f| f.timestamps = vec![token(&sha256(&signed), "20361122040130Z", ECDSA_SHA256, &hard(20))]),
    );
    s.bad(
        "a cosignature of another body",
        changed(&|f| f.cosignatures = vec![line("witness.example", 19, seconds, &text.body().replace('7', "8"))]),
        "bad_signature",
    );
    let late = line("witness.example", 19, seconds + 400 * 86_400, &text.body());
    s.bad("a cosignature after the witness's key expired", changed(&|f| f.cosignatures = vec![late.clone()]), "expired");
    s.bad("a cosignature that is no line", changed(&|f| f.cosignatures = vec!["witness.example".into()]), "malformed");
    s.bad("a cosignature with a line end", changed(&|f| f.cosignatures[0].push('\n')), "malformed");
    for c in s.cases.iter_mut().rev().take(2) {
        c.cddl = Some(true);
    }
    let other =
        |size, root, origin: &str| note::TextCheckpoint { origin: origin.into(), size, root }.sign(&soft(RECEIPT)).unwrap();
    let origin = || text.origin.clone();
    s.bad("the text says another size", changed(&|f| f.checkpoint = other(8, text.root, &origin())), "wrong_subject");
    s.bad("the text says another root", changed(&|f| f.checkpoint = other(7, [1; 32], &origin())), "wrong_subject");
    s.bad(
        "the text says another epoch",
        changed(&|f| f.checkpoint = other(7, text.root, &note::origin(&slug, 1))),
        "wrong_subject",
    );
    for (name, from, to) in [
        ("size with a leading zero", "\n7\n", "\n07\n"),
        ("without an empty line", "\n\n", "\n"),
        ("a fourth line", "\n7\n", "\n7\nx\n"),
    ] {
        s.bad(&format!("the text: {name}"), changed(&|f| f.checkpoint = f.checkpoint.replacen(from, to, 1)), "malformed");
        s.cddl(true);
    }
    s.bad("the head is signed by a stranger", changed(&|f| f.head = head().issue(&soft(STRANGER)).unwrap()), "signer_unknown");
    s.bad(
        "a time stamp of something else",
        changed(&|f| f.timestamps = vec![token(&[1; 32], "20261122040130Z", ECDSA_SHA256, &hard(20))]),
        "wrong_subject",
    );
    s.bad(
        "a time stamp by another authority",
        changed(&|f| f.timestamps = vec![token(&sha256(&signed), "20261122040130Z", ECDSA_SHA256, &hard(21))]),
        "bad_signature",
    );
    s.bad(
        "a time stamp whose time was changed",
        changed(&|f| {
            let at = f.timestamps[0].windows(4).position(|w| w == b"2026").unwrap();
            f.timestamps[0][at + 3] = b'5';
        }),
        "malformed",
    );
    s.cddl(true);
    s.bad(
        "a time stamp with local time",
        changed(&|f| f.timestamps = vec![token(&sha256(&signed), "20261122120130+0800", ECDSA_SHA256, &hard(20))]),
        "malformed",
    );
    s.cddl(true);
    s.bad("a time stamp cut short", changed(&|f| f.timestamps = vec![stamp()[..100].to_vec()]), "malformed");
    s.cddl(true);
    let proof = |change: &dyn Fn(&mut Vec<Digest>)| changed(&|f| f.consistency.values_mut().for_each(change));
    s.bad_with("one bit of the consistency changed", proof(&|p| p[0][0] ^= 1), beside.clone(), "proof");
    s.bad_with("no consistency for the receipt's tree", proof(&|p| p.clear()), beside, "proof");
    s.bad_bytes(&good);
    s.bad_fields(&good, &[], |p| p);
    s.cases.retain(|c| !c.name.starts_with("payload"));
    s
}
