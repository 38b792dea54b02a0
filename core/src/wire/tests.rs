#![allow(clippy::unwrap_used)] // tests fail by panicking

use super::*;
use crate::clock::{Clocks, Reading};
use crate::id::{Id, sha256};
use crate::log::{Disclosure, Entry, Header};
use crate::sign::{PublicKey, Signer as _, SoftwareKey};
use crate::trust::{TrustList, Use, fixture};

fn soft(n: u8) -> SoftwareKey {
    SoftwareKey::from_seed([n; 32])
}

fn trust(keys: &[(PublicKey, Use)]) -> TrustList {
    fixture::list(keys, 100)
}

fn request() -> Request {
    Request {
        method: "POST".into(),
        authority: "127.0.0.1:80".into(),
        path: "/v1/segments".into(),
        body: sha256(b"body"),
        nonce: [7; 16],
        created: 50,
        enrolment: Some(Id([1; 16])),
    }
}

fn header(r: &Request, key: &SoftwareKey) -> String {
    let p = r.prepare(&key.public_key()).unwrap();
    let s = key.sign(&p.message().unwrap()).unwrap();
    p.finish(&s).unwrap()
}

#[test]
fn p10_a_request_counts_only_for_what_it_was_signed_for() {
    let key = soft(1);
    let h = header(&request(), &key);
    let seen = Seen { method: "POST", authority: "127.0.0.1:80", path: "/v1/segments", body: sha256(b"body") };
    let claimed = Claimed::read(&h).unwrap();
    assert_eq!((claimed.enrolment(), claimed.nonce()), (Some(Id([1; 16])), [7; 16]));
    assert_eq!(claimed.verify(&key.public_key(), &seen), Ok(request()));
    let refused = |s: Seen<'_>| Claimed::read(&h).unwrap().verify(&key.public_key(), &s);
    assert_eq!(refused(Seen { method: "GET", ..seen }), Err(WireError::Mismatch("method")));
    assert_eq!(refused(Seen { authority: "evil", ..seen }), Err(WireError::Mismatch("authority")));
    assert_eq!(refused(Seen { path: "/v1/segments?x", ..seen }), Err(WireError::Mismatch("path")));
    assert_eq!(refused(Seen { body: sha256(b"other"), ..seen }), Err(WireError::Mismatch("body")));
    assert_eq!(Claimed::read(&h).unwrap().verify(&soft(2).public_key(), &seen), Err(WireError::Sign(SignError::WrongKey)));
    assert_eq!(Claimed::read("<html>").err(), Some(WireError::Unsigned));
}

#[test]
fn f27_only_a_signed_answer_to_this_request_is_an_answer() {
    let (feed, anchor) = (soft(1), soft(2));
    let list = trust(&[(feed.public_key(), Use::Feed), (anchor.public_key(), Use::Anchor)]);
    let request = sha256(b"request");
    let issue = |nonce, at| Response {
        request,
        status: 201,
        body: sha256(b"body"),
        at,
        head: OfficeHead { epoch: 0, size: 3, root: [4; 32] },
        anchor: Some(Anchor { nonce, at }.issue(&anchor).unwrap()),
    };
    let h = issue([7; 16], 50).issue(&feed).unwrap();
    let open = |h: Option<&str>, request: &[u8; 32], status, body: &[u8]| Answer::open(h, &list, request, &[7; 16], status, body);
    let a = open(Some(&h), &request, 201, b"body").unwrap();
    assert_eq!((a.at, a.head.size, a.anchor.unwrap().1.at), (50, 3, 50));
    assert_eq!(open(None, &request, 200, b"<html>login</html>"), Err(WireError::Unsigned));
    assert_eq!(open(Some(&h), &sha256(b"another"), 201, b"body"), Err(WireError::AnotherRequest));
    assert_eq!(open(Some(&h), &request, 200, b"body"), Err(WireError::Mismatch("status")));
    assert_eq!(open(Some(&h), &request, 201, b"bodY"), Err(WireError::Mismatch("body")));
    let stranger = issue([7; 16], 50).issue(&soft(3)).unwrap();
    assert_eq!(open(Some(&stranger), &request, 201, b"body"), Err(WireError::Trust(TrustError::SignerUnknown)));
    let wrong_use = issue([7; 16], 50).issue(&anchor).unwrap();
    assert_eq!(open(Some(&wrong_use), &request, 201, b"body"), Err(WireError::Trust(TrustError::WrongUse)));
    let late = issue([7; 16], 101).issue(&feed).unwrap();
    assert_eq!(open(Some(&late), &request, 201, b"body"), Err(WireError::Trust(TrustError::Expired)));
    let other_nonce = issue([8; 16], 50).issue(&feed).unwrap();
    assert_eq!(open(Some(&other_nonce), &request, 201, b"body"), Err(WireError::AnotherRequest));
}

#[test]
fn a_gap_or_rollback_of_the_feed_is_noticed() {
    let feed = soft(1);
    let list = trust(&[(feed.public_key(), Use::Feed)]);
    let (one, c1) = Item::issue(&feed, None, FeedKind::Trust, vec![1]).unwrap();
    let (two, c2) = Item::issue(&feed, Some(c1), FeedKind::Badge, vec![2]).unwrap();
    let (other_two, _) = Item::issue(&feed, Some(Cursor { n: 1, digest: [0; 32] }), FeedKind::Badge, vec![2]).unwrap();
    let batch = Item::from_batch(&Item::batch(vec![one.clone(), two.clone()]).unwrap()).unwrap();
    assert_eq!(batch, vec![one.clone(), two.clone()]);
    let (item, cursor) = Item::open(&one, &list, 50, None).unwrap();
    assert_eq!((item.kind, item.sealed, item.body, cursor), (Some(FeedKind::Trust), false, vec![1], c1));
    let (item, cursor) = Item::open(&two, &list, 50, Some(c1)).unwrap();
    assert_eq!((item.kind, item.sealed, cursor), (Some(FeedKind::Badge), true, c2));
    assert_eq!(Item::open(&two, &list, 50, None), Err(WireError::Gap));
    assert_eq!(Item::open(&one, &list, 50, Some(c2)), Err(WireError::Rollback));
    assert_eq!(Item::open(&other_two, &list, 50, Some(c1)), Err(WireError::Rollback));
    let (stranger, _) = Item::issue(&soft(2), None, FeedKind::Trust, vec![1]).unwrap();
    assert_eq!(Item::open(&stranger, &list, 50, None), Err(WireError::Trust(TrustError::SignerUnknown)));
}

fn entry(seq: u64, prev: Option<&Entry>) -> Entry {
    let header = Header {
        log: Id([3; 16]),
        seq,
        prev: prev.map(Entry::digest),
        position: None,
        kind: "note.written".into(),
        version: 1,
        clocks: Clocks { reading: Reading { wall_ms: 1, zone_min: 480, mono_ms: 1, boot: vec![1] }, anchor: None },
        actor: None,
        commitments: Default::default(),
        seen: vec![],
    };
    Entry::new(header, vec![Disclosure::new([seq as u8; 16], "text", "水质浑浊".into()).unwrap()]).unwrap()
}

#[test]
fn a_segment_holds_successive_entries_of_one_log() {
    let a = entry(0, None);
    let b = entry(1, Some(&a));
    let c = entry(2, Some(&b));
    let segment = |from, entries: Vec<Entry>| Segment { log: Id([3; 16]), from, entries, checkpoint: vec![9], adopted: None };
    let good = segment(1, vec![b.clone(), c.clone()]);
    assert_eq!(Segment::decode(&good.encode().unwrap()), Ok(good));
    let broken = Err(WireError::Log(LogError::BrokenChain));
    for bad in [segment(1, vec![c.clone(), b.clone()]), segment(0, vec![b.clone()]), segment(0, vec![a.clone(), c.clone()])] {
        assert_eq!(Segment::decode(&bad.encode().unwrap()), broken);
    }
    let another_log = Segment { log: Id([4; 16]), ..segment(0, vec![a.clone()]) };
    assert_eq!(Segment::decode(&another_log.encode().unwrap()), broken);

    let tail = Adopted { log: Id([3; 16]), from: 1, entries: vec![b.clone(), c.clone()] };
    let first = Segment { log: Id([5; 16]), from: 0, entries: vec![], checkpoint: vec![9], adopted: Some(tail.clone()) };
    assert_eq!(Segment::decode(&first.encode().unwrap()), Ok(first.clone()), "F43: the tail of the old log travels along");
    for bad in [
        Adopted { from: 0, ..tail.clone() },
        Adopted { log: Id([4; 16]), ..tail.clone() },
        Adopted { entries: vec![c.clone(), b.clone()], ..tail },
    ] {
        assert_eq!(Segment::decode(&Segment { adopted: Some(bad), ..first.clone() }.encode().unwrap()), broken);
    }

    let s = Submission { old: 1, proof: vec![[1; 32]], checkpoint: vec![2], segment: vec![3] };
    assert_eq!(Submission::decode(&s.encode().unwrap()), Ok(s));
    let receipts = [vec![1], vec![2]];
    assert_eq!(Submission::from_answer(&Submission::answer(&receipts).unwrap()), Ok(receipts.to_vec()));
    assert!(Submission::from_answer(&Submission::answer(&[]).unwrap()).is_err(), "an answer that takes nothing is a refusal");
    assert_eq!(error_code(&error_body("fork", "…").unwrap()), Some(("fork".into(), None)));
    assert_eq!(error_code(b"<html>"), None);
}

/// F24: what is asked for again is read as it was written; what is outside the format is refused.
#[test]
fn f24_files_asked_for_again_are_read_as_written() {
    let wanted = Wanted { at: 1_795_000_000_000, sealed: vec![[1; 32], [2; 32]] };
    let bytes = wanted.encode().unwrap();
    assert_eq!(Wanted::decode(&bytes).unwrap(), wanted);
    assert!(Wanted::decode(bytes.get(1..).unwrap()).is_err());
    let short =
        cbor::encode(&MapBuilder::new().with("v", 1).with("at", 1).with("sealed", vec![Value::from(vec![1; 31])]).build());
    assert!(Wanted::decode(&short.unwrap()).is_err(), "a digest has 32 bytes");
}

/// R44: what a review came to arrives as it was told, and nothing cut short or longer is taken for it.
#[test]
fn r44_a_review_s_result_is_read_as_written() {
    let told = ReviewResult {
        inspection: Id([7; 16]),
        number: "案〔2026〕3号".into(),
        at: 1_795_000_000_000,
        agreed: false,
        says: "证据：照片无提取说明".into(),
    };
    let bytes = told.encode().unwrap();
    assert_eq!(ReviewResult::decode(&bytes).unwrap(), told);
    for end in 0..bytes.len() {
        assert!(ReviewResult::decode(bytes.get(..end).unwrap()).is_err(), "{end}");
    }
    assert!(ReviewResult::decode(&[&bytes[..], &[0]].concat()).is_err());
    assert!(FeedKind::Review.sealed(), "it names people");
}
