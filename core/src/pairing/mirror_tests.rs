#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test may fail by panic

use super::mirror::{MirrorError, PART, Parts, Taken, submission};
use super::*;
use crate::clock::{Clocks, Reading};
use crate::enrolment::Role as PersonRole;
use crate::host::KeyProtection;
use crate::log::tree::{self, Frontier};
use crate::log::{CaseHead, Checkpoint, Conviction, Disclosure, Entry, Fork, Header, Position};
use crate::sign::{Signer as _, SoftwareKey};
use crate::trust::{Use, fixture};
use crate::wire::{Segment, Submission};
use proptest::prelude::*;

const CASE: Id = Id([0xca; 16]);

fn key(n: u8) -> SoftwareKey {
    SoftwareKey::from_seed([n; 32])
}

fn enrolment(log: u8) -> (Enrolment, Vec<u8>) {
    let e = Enrolment {
        enrolment: Id([log; 16]),
        device: Id([log; 16]),
        log: Id([log; 16]),
        person: Id([log; 16]),
        name: "张".into(),
        role: PersonRole::Officer,
        log_key: key(log).public_key(),
        show_key: key(log + 1).public_key(),
        officer_key: key(log + 2).public_key(),
        recipient: [9; 32],
        key_protection: KeyProtection::Software,
        attested: false,
        at: 1,
        succeeds: None,
    };
    let signed = e.issue(&key(2)).unwrap();
    (e, signed)
}

fn trust() -> TrustList {
    fixture::list(&[(key(2).public_key(), Use::Badge)], fixture::FOREVER)
}

fn clocks() -> Clocks {
    Clocks { reading: Reading { wall_ms: 1, zone_min: 480, mono_ms: 1, boot: vec![1] }, anchor: None }
}

/// The log of a phone: `sizes` are where it signed a checkpoint; what `text` says makes another history.
struct Log {
    number: u8,
    entries: Vec<Entry>,
    sizes: Vec<usize>,
    checkpoints: Vec<Vec<u8>>,
}

impl Log {
    fn new(number: u8, sizes: &[usize], text: impl Fn(usize) -> String) -> Self {
        let (e, signed) = enrolment(number);
        let mut entries: Vec<Entry> = Vec::new();
        for seq in 0..*sizes.last().unwrap() {
            let last = entries.last();
            let of_case = seq > 0;
            let header = Header {
                log: e.log,
                seq: seq as u64,
                prev: last.map(Entry::digest),
                position: of_case.then(|| Position {
                    case: CASE,
                    seq: seq as u64 - 1,
                    prev: last.filter(|l| l.header().position.is_some()).map(Entry::digest),
                }),
                kind: "note.written".into(),
                version: 1,
                clocks: clocks(),
                actor: None,
                commitments: Default::default(),
                seen: vec![],
            };
            let note = Disclosure::new([seq as u8; 16], "text", text(seq).as_str().into()).unwrap();
            entries.push(Entry::new(header, vec![note]).unwrap());
        }
        let mut log = Self { number, entries, sizes: sizes.to_vec(), checkpoints: Vec::new() };
        for (no, size) in sizes.iter().enumerate() {
            let mut frontier = Frontier::default();
            log.entries[..*size].iter().for_each(|e| frontier.push(e.leaf()));
            let head = &log.entries[size - 1];
            let cases = head.header().position.map(|p| CaseHead { case: CASE, length: p.seq + 1, head: head.digest() });
            let c = Checkpoint {
                log: e.log,
                cp_no: no as u64,
                previous: log.checkpoints.last().map(|c| Checkpoint::digest(c)),
                size: *size as u64,
                root: frontier.root(),
                cases: cases.into_iter().collect(),
                clocks: clocks(),
                receipt: None,
                enrolment: Enrolment::digest(&signed),
            };
            let cose = log.sign(&c);
            log.checkpoints.push(cose);
        }
        log
    }

    fn sign(&self, c: &Checkpoint) -> Vec<u8> {
        let key = key(self.number);
        let prepared = Prepared::embedded(Checkpoint::TYP, &key.public_key(), c.encode().unwrap()).unwrap();
        let signature = key.sign(&prepared.message().unwrap()).unwrap();
        prepared.finish(&signature).unwrap()
    }

    fn segment(&self, no: usize) -> Segment {
        let from = if no == 0 { 0 } else { self.sizes[no - 1] };
        let entries = self.entries[from..self.sizes[no]].to_vec();
        let log = Id([self.number; 16]);
        Segment { log, from: from as u64, entries, checkpoint: self.checkpoints[no].clone(), adopted: None }
    }

    fn sent(&self, no: usize) -> Submission {
        let segment = self.segment(no);
        let leaves: Vec<Digest> = self.entries[..self.sizes[no]].iter().map(Entry::leaf).collect();
        let proof = if segment.from == 0 { vec![] } else { tree::consistency(&leaves, segment.from as usize).unwrap() };
        submission(segment.from, proof, &segment).unwrap()
    }
}

fn note(seq: usize) -> String {
    format!("第 {seq} 条")
}

fn judge(mirror: &Mirror, log: &Log, sent: &Submission) -> Result<Taken, MirrorError> {
    let (e, signed) = enrolment(log.number);
    mirror.judge(sent, &e, &Enrolment::digest(&signed))
}

/// As the phone does: what is new is kept.
fn take(mirror: &mut Mirror, log: &Log, sent: &Submission) -> Result<Taken, MirrorError> {
    let taken = judge(mirror, log, sent)?;
    if let Taken::New(step) = &taken {
        mirror.extend(step);
    }
    Ok(taken)
}

fn mirrored(log: &Log, checkpoints: usize) -> Mirror {
    let mut mirror = Mirror::default();
    for no in 0..checkpoints {
        assert!(matches!(take(&mut mirror, log, &log.sent(no)), Ok(Taken::New(_))), "checkpoint {no}");
    }
    mirror
}

/// R06, F21, F25: the log goes over checkpoint by checkpoint; what comes twice changes nothing, what comes too early is asked for again.
#[test]
fn r06_f21_f25_the_mirror_grows_by_whole_checkpoints_only() {
    let log = Log::new(20, &[3, 4, 9], note);
    let mut mirror = Mirror::default();
    assert_eq!(take(&mut mirror, &log, &log.sent(1)), Ok(Taken::Missing));
    assert!(matches!(take(&mut mirror, &log, &log.sent(0)), Ok(Taken::New(_))));
    assert_eq!(take(&mut mirror, &log, &log.sent(0)), Ok(Taken::Known));
    assert_eq!(take(&mut mirror, &log, &log.sent(2)), Ok(Taken::Missing));
    assert_eq!((mirror.size(), mirror.newest().map(|(no, _)| no)), (3, Some(0)));
    for no in [1, 2] {
        assert!(matches!(take(&mut mirror, &log, &log.sent(no)), Ok(Taken::New(_))));
    }
    assert_eq!(mirror.size(), 9);
    // As a store has it after a restart.
    let headers: Vec<Vec<u8>> = log.entries.iter().map(|e| e.bytes().to_vec()).collect();
    let checkpoints = (0..3).map(|no| (no as u64, log.sizes[no] as u64, log.checkpoints[no].clone())).collect();
    let again = Mirror::of(&headers, checkpoints).unwrap();
    assert_eq!((again.size(), again.root(), again.newest()), (mirror.size(), mirror.root(), mirror.newest()));
    let longer = Log::new(20, &[3, 4, 9, 12], note);
    assert!(matches!(judge(&again, &longer, &longer.sent(3)), Ok(Taken::New(_))), "its chain and its case go on");
}

/// F08, R06: what could not be kept is given up as if it had not come; it is taken when it comes again.
#[test]
fn r06_f08_what_could_not_be_kept_is_given_up() {
    let log = Log::new(20, &[3, 4, 9], note);
    let mut mirror = mirrored(&log, 1);
    let stood = (mirror.size(), mirror.root(), mirror.newest());
    let Ok(Taken::New(one)) = judge(&mirror, &log, &log.sent(1)) else { panic!("it follows") };
    let before = mirror.extend(&one);
    let Ok(Taken::New(two)) = judge(&mirror, &log, &log.sent(2)) else { panic!("it follows") };
    mirror.extend(&two);
    let stands = (mirror.size(), mirror.root(), mirror.newest());
    mirror.back(before);
    assert_eq!((mirror.size(), mirror.root(), mirror.newest()), stood);
    assert_eq!(take(&mut mirror, &log, &log.sent(0)), Ok(Taken::Known));
    for no in [1, 2] {
        assert!(matches!(take(&mut mirror, &log, &log.sent(no)), Ok(Taken::New(_))));
    }
    assert_eq!((mirror.size(), mirror.root(), mirror.newest()), stands);
}

/// F38, F39: whatever is changed of a message, nothing of it is taken.
#[test]
fn f38_f39_a_changed_message_is_refused_and_nothing_of_it_is_kept() {
    let log = Log::new(20, &[3, 4, 9], note);
    let mirror = mirrored(&log, 1);
    let good = log.sent(1);
    let changed = |f: &dyn Fn(&mut Submission)| {
        let mut s = good.clone();
        f(&mut s);
        judge(&mirror, &log, &s)
    };
    assert!(matches!(changed(&|_| {}), Ok(Taken::New(_))));
    assert!(matches!(changed(&|s| *s.checkpoint.last_mut().unwrap() ^= 1), Err(MirrorError::Sign(_))));
    assert_eq!(changed(&|s| s.proof = vec![]), Err(MirrorError::Inconsistent));
    assert_eq!(changed(&|s| s.old = 2), Ok(Taken::Missing));
    let other = |segment: Segment| changed(&move |s: &mut Submission| s.segment = segment.encode().unwrap());
    assert_eq!(other(log.segment(2)), Err(MirrorError::Mismatch), "the entries of another checkpoint");
    assert_eq!(other(Segment { entries: vec![], ..log.segment(1) }), Err(MirrorError::Mismatch), "an entry less");
    let lie = Log::new(20, &[3, 4, 9], |seq| if seq == 3 { "水质清澈".into() } else { note(seq) });
    let other_entries = Segment { checkpoint: log.checkpoints[1].clone(), ..lie.segment(1) };
    assert_eq!(other(other_entries), Err(MirrorError::Mismatch), "another text under the same checkpoint");
    let e = &log.entries[3];
    let hidden = Segment { entries: vec![Entry::read(e.bytes().to_vec(), &[]).unwrap()], ..log.segment(1) };
    assert_eq!(other(hidden), Err(MirrorError::Mismatch), "a field is withheld: it could not go on from it");
    // Every byte of the clear segment counts.
    let clear = good.segment.clone();
    for at in 0..clear.len() {
        assert!(changed(&|s| s.segment[at] ^= 1).is_err(), "byte {at}");
    }
    // Another phone's log, and the right log under another enrolment.
    let stranger = Log::new(30, &[3, 4], note);
    assert!(matches!(judge(&mirror, &log, &stranger.sent(0)), Err(MirrorError::Sign(_))));
    let (e, _) = enrolment(20);
    assert_eq!(mirror.judge(&good, &e, &[0; 32]), Err(MirrorError::OtherLog));
}

/// P5: each way of signing two histories is found, and what is found convicts the key.
#[test]
fn p5_r06_two_histories_of_the_other_phone_are_found_and_convict_its_key() {
    let log = Log::new(20, &[3, 5, 9], note);
    let mirror = mirrored(&log, 3);
    let convicted = |other: &Log, no: usize| match judge(&mirror, other, &other.sent(no)) {
        Err(MirrorError::Fork(fork)) => match *fork {
            Fork::Device { first, second, proof, .. } => {
                Fork::Device { enrolment: enrolment(20).1, first, second, proof }.judge(&trust()).unwrap().1
            }
            Fork::Office { .. } => panic!("an office"),
        },
        other => panic!("{other:?}"),
    };
    let lie = |from: usize| move |seq: usize| if seq >= from { format!("另一种 {seq}") } else { note(seq) };
    assert_eq!(convicted(&Log::new(20, &[3, 5, 9], lie(4)), 2), Conviction::SameNumber);
    assert_eq!(convicted(&Log::new(20, &[1, 2, 3, 5], lie(4)), 3), Conviction::SameSize);
    assert_eq!(convicted(&Log::new(20, &[1, 2, 3, 7], lie(4)), 3), Conviction::NoPrefix);
    let older = Log::new(20, &[1, 2, 3, 4], note);
    assert_eq!(judge(&mirror, &older, &older.sent(3)), Ok(Taken::Known), "the same history by other checkpoints");
    // A fork that only begins after what is held cannot be told from a longer log without its proof.
    let beyond = Log::new(20, &[3, 5, 9, 12], lie(8));
    assert_eq!(judge(&mirror, &beyond, &beyond.sent(3)), Err(MirrorError::Inconsistent));
}

/// F18: parts that do not belong together are no body.
#[test]
fn f18_f38_a_body_in_parts_is_whole_or_nothing() {
    let body: Vec<u8> = (0..PART * 2 + 7).map(|n| n as u8).collect();
    let digest = sha256(&body);
    let all: Vec<(u64, &[u8])> = body.chunks(PART).enumerate().map(|(n, p)| ((n * PART) as u64, p)).collect();
    let length = body.len() as u64;
    let mut parts = Parts::default();
    for (offset, part) in &all[..2] {
        assert_eq!(parts.take(digest, *offset, length, part), Ok(None));
    }
    let mut cut = parts.clone();
    assert_eq!(parts.take(digest, all[2].0, length, all[2].1), Ok(Some(body.clone())));
    assert_eq!(cut.take(digest, all[1].0, length, all[1].1), Err(MirrorError::Parts), "twice");
    assert_eq!(cut.take(digest, all[2].0, length, all[2].1), Err(MirrorError::Parts), "after a fault only from the start");
    assert_eq!(cut.take(digest, 0, length, all[0].1), Ok(None));
    assert_eq!(cut.take([1; 32], all[1].0, length, all[1].1), Err(MirrorError::Parts), "of another body");
    assert_eq!(cut.take(digest, 0, MAX_BODY as u64 + 1, b"x"), Err(MirrorError::Parts), "longer than any body");
    assert_eq!(cut.take(digest, 0, 2, b"xyz"), Err(MirrorError::Parts), "more than it said");
    assert_eq!(cut.take(digest, 0, 3, b"xyz"), Err(MirrorError::Parts), "another content");
}

proptest! {
    /// F25; design §7, 7: submissions lost, doubled, in any order and mixed with those of a phone that tells another story leave a prefix of the log,
    /// and going on from what is held completes it.
    #[test]
    fn r06_f25_any_order_leaves_a_prefix_that_can_be_completed(
        sizes in proptest::collection::btree_set(1usize..30, 1..8),
        order in proptest::collection::vec((any::<prop::sample::Index>(), 0u8..4), 0..40),
    ) {
        let sizes: Vec<usize> = sizes.into_iter().collect();
        let log = Log::new(20, &sizes, note);
        let stranger = Log::new(30, &sizes, note);
        let mut mirror = Mirror::default();
        for (index, how) in order {
            let no = index.index(sizes.len());
            let sent = if how == 3 { stranger.sent(no) } else { log.sent(no) };
            let taken = take(&mut mirror, &log, &sent);
            prop_assert_eq!(taken.is_err(), how == 3);
            let held = mirror.size() as usize;
            prop_assert!(held == 0 || sizes.contains(&held));
            let leaves: Vec<Digest> = log.entries[..held].iter().map(Entry::leaf).collect();
            prop_assert_eq!(mirror.root(), tree::root(&leaves));
        }
        let next = mirror.newest().map_or(0, |(no, _)| no as usize + 1);
        for no in next..sizes.len() {
            prop_assert!(matches!(take(&mut mirror, &log, &log.sent(no)), Ok(Taken::New(_))));
        }
        prop_assert_eq!(mirror.size() as usize, *sizes.last().unwrap());
    }

    /// Whatever bytes come, no panic and nothing taken.
    #[test]
    fn f38_noise_is_refused(checkpoint: Vec<u8>, segment: Vec<u8>, old in 0u64..9, part: Vec<u8>, offset: u64, length: u64) {
        let log = Log::new(20, &[3], note);
        let mirror = mirrored(&log, 1);
        let noise = Submission { old, proof: vec![], checkpoint, segment: segment.clone() };
        prop_assert!(judge(&mirror, &log, &noise).is_err());
        let odd = Submission { segment, ..Log::new(20, &[3, 5], note).sent(1) };
        prop_assert!(judge(&mirror, &log, &odd).is_err());
        prop_assert!(Parts::default().take([0; 32], offset, length, &part).is_err() || length > part.len() as u64);
    }
}
