//! The conversation under everything that a network does to it: several requests at once, answers late, twice, lost, or of somebody else.

use crate::two::Two;
use mingzheng_core::host::{DeviceKey, DeviceKeys as _, KeyError};
use mingzheng_core::id::{Digest, digest_from_hex, sha256};
use mingzheng_core::phone::{Act, HttpRequest, PhoneError, QueueState};
use mingzheng_core::sync::schedule::Wait;
use mingzheng_core::wire::{FeedKind, Wanted};
use std::collections::BTreeMap;

type Answer = (u16, Vec<(String, String)>, Vec<u8>);

/// What of the queue is not with the office.
fn open(two: &Two) -> Vec<(String, QueueState, Option<Wait>)> {
    let queue = two.lead.phone().status().unwrap().queue;
    queue.into_iter().filter(|q| q.state != QueueState::Received).map(|q| (q.kind, q.state, q.waits)).collect()
}

fn sealed_of(two: &Two, evidence: &str) -> Digest {
    let held = two.lead.phone().inspection(&two.case).unwrap().evidence;
    digest_from_hex(&held.into_iter().find(|e| e.id == evidence).unwrap().sealed).unwrap()
}

/// Talks until nothing is left to say, `max` at once, the answers in turn from the back.
fn talk(two: &mut Two, max: u32, background: bool) -> usize {
    talk_and_look(two, max, background, |_| {})
}

fn talk_and_look(two: &mut Two, max: u32, background: bool, mut look: impl FnMut(&[HttpRequest])) -> usize {
    let mut at_once = 0;
    let mut waiting: Vec<HttpRequest> = Vec::new();
    for _ in 0..100_000 {
        match two.lead.phone().next_requests(max, background) {
            Ok(more) => waiting.extend(more),
            Err(PhoneError::Busy) => {}
            Err(e) => unreachable!("{e}"),
        }
        at_once = at_once.max(waiting.len());
        look(&waiting);
        let Some(request) = waiting.pop() else { return at_once };
        let answer = two.lead.exchange(&request);
        assert!(matches!(answer, Ok(()) | Err(PhoneError::Refused(_))), "{answer:?}");
    }
    unreachable!("the conversation does not end");
}

/// F26: a long queue has no more files open than a short one, and comes to its end. `MINGZHENG_ITEMS=5000` tries one of 5,000.
#[test]
fn f26_a_long_queue_opens_few_files_and_ends() {
    let items = std::env::var("MINGZHENG_ITEMS").map_or(120, |n| n.parse().unwrap());
    let mut two = Two::told();
    (0..items).for_each(|n| drop(two.photograph(n, 2_000)));
    assert_eq!(open(&two).iter().filter(|(kind, ..)| kind == "photo").count(), items);
    let folder = two.lead.phone().inbox().parent().unwrap().canonicalize().unwrap();
    let below = |fd: std::fs::DirEntry| std::fs::read_link(fd.path()).is_ok_and(|to| to.starts_with(&folder));
    let opened = || {
        std::fs::read_dir("/proc/self/fd").unwrap().flatten().filter(|fd| fd.path().exists()).map(below).filter(|b| *b).count()
    };
    let (before, mut most) = (opened(), 0);
    talk_and_look(&mut two, 4, false, |_| most = most.max(opened()));
    assert_eq!(open(&two), []);
    println!("{items} photographs: {before} files open while they wait, {most} at most while they go");
    assert!(before > 0 && most < 64, "{most} files open");
}

/// P10: entries and feed go one request at a time, of files several are under way, one request a file.
#[test]
fn p10_files_go_side_by_side_and_entries_one_by_one() {
    let mut two = Two::told();
    let all: Vec<String> = (0..5).map(|n| two.photograph(n, 3 << 20)).collect();
    let first = two.lead.phone().next_requests(4, false).unwrap();
    assert!(first.len() == 1 && first[0].url.ends_with("/v1/segments"), "entries first, alone");
    assert!(matches!(two.lead.phone().next_requests(4, false), Err(PhoneError::Busy)));
    assert!(matches!(two.lead.phone().next_request(), Err(PhoneError::Busy)));
    two.lead.exchange(&first[0]).unwrap();
    assert_eq!(talk(&mut two, 4, false), 4);
    assert_eq!(open(&two), []);
    let uploads = two.lead.office.uploads.as_ref().unwrap();
    let whole = |id: &String| uploads.files[&sealed_of(&two, id)].custody.is_some();
    assert!(all.iter().all(whole));
    assert_eq!(uploads.received, uploads.files.values().map(|u| u.bytes.len()).sum::<usize>(), "no byte twice");
}

/// Design §5: in the background one request holds the whole rest of a file; the platform reads it from the file, the core does not.
#[test]
fn f29_in_the_background_one_request_holds_the_rest_of_a_file() {
    let mut two = Two::told();
    let id = two.photograph(1, 5 << 20);
    let sealed = sealed_of(&two, &id);
    while two.lead.office.uploads.as_ref().unwrap().files.get(&sealed).is_none_or(|u| u.bytes.is_empty()) {
        let request = two.lead.phone().next_request().unwrap().unwrap();
        two.lead.exchange(&request).unwrap();
    }
    let rest = two.lead.phone().next_requests(1, true).unwrap().remove(0);
    let part = rest.file.clone().unwrap();
    assert_eq!((rest.method.as_str(), rest.body.len(), part.offset), ("PATCH", 0, 1 << 20));
    assert!(part.length > 4 << 20, "{part:?}");
    assert!(!rest.headers.iter().any(|(k, _)| k == "upload-checksum"), "the whole digest decides");
    two.lead.exchange(&rest).unwrap();
    talk(&mut two, 1, true);
    assert_eq!(open(&two), []);
    let patches = two.lead.office.uploads.as_ref().unwrap().asked.iter().filter(|(m, _)| m == "PATCH").count();
    assert_eq!(patches, 2, "one chunk in the foreground, the rest in one");
}

/// F30: while the phone is locked, what is sealed goes on and is receipted: nothing but the LOG key is asked, and no file has to be opened.
#[test]
fn f30_a_locked_phone_goes_on_sending_what_is_sealed() {
    let mut two = Two::told();
    let all: Vec<String> = (0..3).map(|n| two.photograph(n, 2 << 20)).collect();
    two.lead.device.keys.lock_screen(true);
    for key in [DeviceKey::Show, DeviceKey::Officer] {
        assert_eq!(two.lead.device.keys.sign(key, 0, b"").err(), Some(KeyError::Locked));
    }
    talk(&mut two, 4, true);
    assert_eq!(open(&two), []);
    let uploads = two.lead.office.uploads.as_ref().unwrap();
    assert!(all.iter().all(|id| uploads.files[&sealed_of(&two, id)].custody.is_some()));
}

/// F17: one item that the office refuses, fails at, or that cannot be read here: each says why, none holds another up, and the office is not asked
/// about it again at once.
#[test]
fn f17_no_item_blocks_another_whatever_is_wrong_with_it() {
    let mut two = Two::told();
    let all: Vec<String> = (0..5).map(|n| two.photograph(n, 10_000 + n)).collect();
    let sealed: Vec<Digest> = all.iter().map(|id| sealed_of(&two, id)).collect();
    let fails = &mut two.lead.office.uploads.as_mut().unwrap().fails;
    fails.insert(sealed[0], (422, "digest_mismatch"));
    fails.insert(sealed[1], (500, "internal"));
    fails.insert(sealed[2], (429, "too_many"));
    let evidence = two.lead.folder.path().join("evidence");
    let of = |d: &Digest| {
        let mut files = std::fs::read_dir(&evidence).unwrap().map(|f| f.unwrap().path());
        files.find(|p| sha256(&std::fs::read(p).unwrap()) == *d).unwrap()
    };
    let gone = of(&sealed[3]);
    let kept = std::fs::read(&gone).unwrap();
    std::fs::write(&gone, &kept[..5_000]).unwrap();
    for _ in 0..3 {
        talk(&mut two, 3, false);
    }
    let state = |two: &Two, n: usize| {
        let queue = two.lead.phone().status().unwrap().queue;
        queue.into_iter().find(|q| q.kind == "photo" && q.id == all[n]).map(|q| (q.state, q.waits)).unwrap()
    };
    assert_eq!(state(&two, 0).0, QueueState::Parked("digest_mismatch".into()));
    assert_eq!(state(&two, 1), (QueueState::Waiting, Some(Wait::Later)), "the office fails at it: it alone waits");
    assert_eq!(state(&two, 3).0, QueueState::Parked("unreadable".into()));
    assert_eq!(state(&two, 4).0, QueueState::Received);
    let asked = |two: &Two, n: usize| {
        let uploads = two.lead.office.uploads.as_ref().unwrap();
        uploads.asked.iter().filter(|(_, d)| *d == sealed[n]).count()
    };
    assert!(asked(&two, 1) <= 2 && asked(&two, 0) == 1, "not asked again at once");
    // The network is of use, so that the rest of the day's work goes; the wait is of that one item.
    two.lead.phone().act(&two.case, Act::Note { text: "继续".into() }).unwrap();
    two.lead.device.time.pass(3_600_000);
    two.lead.office.uploads.as_mut().unwrap().fails.clear();
    std::fs::write(&gone, kept).unwrap();
    two.lead.phone().retry_parked().unwrap();
    talk(&mut two, 3, false);
    assert_eq!(open(&two), []);
}

/// F17: a segment that the office refuses, or whose file is damaged, is covered by the next one, which brings its entries too.
#[test]
fn f17_a_segment_that_is_set_aside_is_covered_by_the_next() {
    let mut two = Two::told();
    talk(&mut two, 1, false);
    let before = two.lead.first_log().len();
    two.lead.phone().act(&two.case, Act::Note { text: "一".into() }).unwrap();
    two.lead.find(&two.case);
    let request = two.lead.phone().next_request().unwrap().unwrap();
    let (_, headers, _) = two.lead.office.answer(&request);
    drop(headers);
    // Its answer is lost, and by a fault of its own the office forgets it and refuses it for ever.
    two.lead.phone().on_failure(request.id).unwrap();
    let office = &mut two.lead.office;
    let log = office.enrolments[0].0.log;
    office.logs.get_mut(&log).unwrap().entries.truncate(before);
    office.forget_receipts();
    office.refuses = Some((422, "segment_mismatch"));
    two.lead.phone().send_now().unwrap();
    let request = two.lead.phone().next_request().unwrap().unwrap();
    assert!(matches!(two.lead.exchange(&request), Err(PhoneError::Refused(_))));
    two.lead.office.refuses = None;
    assert!(matches!(open(&two)[0].1, QueueState::Parked(_)));
    two.lead.phone().act(&two.case, Act::Note { text: "二".into() }).unwrap();
    two.lead.find(&two.case);
    talk(&mut two, 1, false);
    assert_eq!(open(&two), [], "nothing is left behind");
    let entries = two.lead.phone().status().unwrap().entries;
    assert_eq!(two.lead.first_log().len() as u64, entries, "every entry is there, once");
}

/// F24: the office lost files, or holds others under their digests, and asks again in the feed. They are sent again unprompted; what is not here any
/// more, or never was, is said.
#[test]
fn f24_what_the_office_asks_for_again_is_sent_unprompted_or_said_to_be_gone() {
    let mut two = Two::told();
    let (kept, deleted) = (two.photograph(1, 1_500_000), two.photograph(2, 9_000));
    talk(&mut two, 2, false);
    two.lead.phone().delete_sent(&deleted).unwrap();
    let lost = [sealed_of(&two, &kept), sealed_of(&two, &deleted), [9; 32]];
    let uploads = two.lead.office.uploads.as_mut().unwrap();
    lost.iter().for_each(|d| drop(uploads.files.remove(d)));
    let wanted = Wanted { at: two.lead.office.now(), sealed: lost.to_vec() };
    two.lead.office.send(0, FeedKind::Wanted, wanted.encode().unwrap());
    talk(&mut two, 2, false);
    two.lead.reopen();
    talk(&mut two, 2, false);
    let held = &two.lead.office.uploads.as_ref().unwrap().files;
    assert!(held.get(&lost[0]).is_some_and(|u| u.custody.is_some()), "sent again, with a new receipt");
    assert!(!held.contains_key(&lost[1]), "nothing is made up");
    let gone = |why: &str| QueueState::Parked(why.into());
    let said: Vec<_> = open(&two).into_iter().map(|(kind, state, _)| (kind, state)).collect();
    assert_eq!(said, [("photo".to_owned(), gone("deleted")), ("unknown".to_owned(), gone("not_here"))]);
    assert!(two.lead.phone().custody_receipt(&deleted).is_ok(), "the receipt that allowed it is still here");
}

/// Chance that a seed repeats.
pub(crate) struct Dice(pub(crate) Digest);
impl Dice {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = sha256(&self.0);
        usize::from(u16::from_be_bytes([self.0[0], self.0[1]])) % n
    }
}

/// One run: forty things in any order, then peace. What was under way, and answers that arrived when nobody waited for them any more.
fn run(two: &mut Two, dice: &mut Dice, shot: &mut usize, counts: &mut BTreeMap<&'static str, usize>) {
    let mut under_way: Vec<HttpRequest> = Vec::new();
    let mut old: Vec<(u64, Answer)> = Vec::new();
    two.lead.phone().act(&two.case, Act::Note { text: "一句".into() }).unwrap();
    for _ in 0..40 {
        let phone = two.lead.phone();
        let what = match dice.below(24) {
            0 if dice.below(2) == 0 => {
                phone.act(&two.case, Act::Note { text: format!("{shot}") }).unwrap();
                "act"
            }
            1 if *shot < 12 => {
                *shot += 1;
                two.photograph(*shot, if *shot == 3 { 2_500_000 } else { 2_000 });
                "photograph"
            }
            2..=6 => {
                let (max, background) = (1 + dice.below(4) as u32, dice.below(3) == 0);
                match phone.next_requests(max, background) {
                    Ok(more) => under_way.extend(more),
                    Err(PhoneError::Busy) => {}
                    Err(e) => unreachable!("{e}"),
                }
                "ask"
            }
            7 if !under_way.is_empty() => {
                let request = under_way.swap_remove(dice.below(under_way.len()));
                phone.on_failure(request.id).map_or_else(late, |()| "did not arrive")
            }
            8 if !under_way.is_empty() => {
                let request = under_way.swap_remove(dice.below(under_way.len()));
                let answer = two.lead.office.answer(&request);
                old.push((request.id, answer));
                two.lead.phone().on_failure(request.id).map_or_else(late, |()| "answer lost")
            }
            9 if !old.is_empty() => {
                let (id, (status, headers, body)) = &old[dice.below(old.len())];
                phone.on_response(*id, *status, headers, body).map_or_else(late, |()| "late or doubled answer was taken")
            }
            10 if !old.is_empty() && !under_way.is_empty() => {
                let request = under_way.swap_remove(dice.below(under_way.len()));
                let (_, (status, headers, body)) = &old[dice.below(old.len())];
                match phone.on_response(request.id, *status, headers, body) {
                    Err(PhoneError::Refused(_) | PhoneError::NotFound(_)) => "foreign answer",
                    other => unreachable!("the answer to another request was taken: {other:?}"),
                }
            }
            11 if dice.below(3) == 0 => {
                phone.cancel_request().unwrap();
                "cancel"
            }
            12 if dice.below(2) == 0 => {
                phone.pause_sending(dice.below(4) == 0).unwrap();
                "pause or resume"
            }
            13 if dice.below(3) == 0 => {
                two.lead.reopen();
                "close and open"
            }
            14 | 15 => {
                two.lead.device.time.pass(1 << dice.below(24));
                "time passes"
            }
            _ if under_way.is_empty() => continue,
            _ => {
                let request = under_way.swap_remove(dice.below(under_way.len()));
                let answer = two.lead.office.answer(&request);
                let (status, headers, body) = &answer;
                let said = two.lead.phone().on_response(request.id, *status, headers, body);
                old.push((request.id, answer));
                said.map_or_else(late, |()| "answer")
            }
        };
        *counts.entry(what).or_default() += 1;
    }
    let phone = two.lead.phone();
    phone.cancel_request().unwrap();
    phone.pause_sending(false).unwrap();
    phone.send_now().unwrap();
    talk(two, 3, false);
}

fn late(e: PhoneError) -> &'static str {
    match e {
        PhoneError::NotFound(_) => "too late: nothing changes",
        PhoneError::Refused(_) => "refused",
        other => unreachable!("{other}"),
    }
}

/// F21, F25, F29; design §7, 7: any interleaving of calls and answers, late, doubled and foreign ones too, ends in the same state: everything is at
/// the office once, nothing is lost. `MINGZHENG_RUNS` sets how many runs (100; each of forty steps).
#[test]
fn f21_f25_f29_any_interleaving_ends_with_everything_there_once() {
    let runs: usize = std::env::var("MINGZHENG_RUNS").ok().and_then(|n| n.parse().ok()).unwrap_or(100);
    let mut counts = BTreeMap::new();
    const OF_ONE: usize = 20;
    for seed in 0..runs.div_ceil(OF_ONE) {
        let mut dice = Dice(sha256(&seed.to_be_bytes()));
        let mut two = Two::told();
        let mut shot = 0;
        for n in 0..OF_ONE.min(runs) {
            run(&mut two, &mut dice, &mut shot, &mut counts);
            assert_eq!(open(&two), [], "seed {seed}, run {n}");
        }
        let entries = two.lead.phone().status().unwrap().entries;
        let held = two.lead.first_log();
        assert_eq!(held.len() as u64, entries, "seed {seed}: each entry once");
        assert!(held.iter().zip(0..).all(|(e, seq)| e.header().seq == seq));
        let checkpoints = two.lead.phone().checkpoints().unwrap();
        assert!(checkpoints.iter().all(|c| c.receipted), "seed {seed}");
        let uploads = two.lead.office.uploads.as_ref().unwrap();
        assert_eq!(uploads.files.len(), shot, "seed {seed}: each file once");
        assert!(uploads.files.iter().all(|(d, u)| sha256(&u.bytes) == *d && u.custody.is_some()));
    }
    println!("{runs} runs: lost 0, doubled 0; {counts:?}");
    for what in ["answer", "answer lost", "did not arrive", "foreign answer", "too late: nothing changes", "close and open"] {
        assert!(counts.get(what).is_some_and(|n| *n > runs / 20), "{what}: {counts:?}");
    }
}
