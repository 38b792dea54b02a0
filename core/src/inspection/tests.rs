#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may fail by panic

use super::*;
use crate::clock::{Clocks, Reading};
use crate::id::Id;
use crate::log::{Disclosure, Entry, Header, Position, Seen};
use crate::pack::{Pack, author};
use std::collections::BTreeMap;
use std::path::Path;

/// Minute 0 of the inspection.
const NINE: i64 = 1_795_309_200_000;

fn pack() -> Pack {
    author::compile(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu")).unwrap()
}

/// A log's entries as they come in; the wall clock may be set while the monotonic one goes on.
struct Log {
    log: u8,
    entries: Vec<Entry>,
    set_by: i64,
}
impl Log {
    fn new(log: u8) -> Self {
        Self { log, entries: Vec::new(), set_by: 0 }
    }
    /// At so many ms since nine o'clock, by the monotonic clock.
    fn at(&mut self, ms: u64, event: &Event) {
        self.saw(ms, event, Vec::new());
    }
    fn saw(&mut self, ms: u64, event: &Event, seen: Vec<Seen>) {
        let (kind, fields) = event.to_fields().unwrap();
        let seq = self.entries.len() as u64;
        let reading = Reading { wall_ms: NINE + ms as i64 + self.set_by, zone_min: 480, mono_ms: 77_000 + ms, boot: vec![1] };
        let header = Header {
            log: Id([self.log; 16]),
            seq,
            prev: None,
            position: Some(Position { case: Id([7; 16]), seq, prev: None }),
            kind,
            version: 1,
            clocks: Clocks { reading, anchor: None },
            actor: None,
            commitments: BTreeMap::new(),
            seen,
        };
        let disclosures = fields.into_iter().map(|(n, v)| Disclosure::new([9; 16], &n, v).unwrap()).collect();
        self.entries.push(Entry::new(header, disclosures).unwrap());
    }
    fn fold(&self) -> Inspection {
        fold(&self.entries)
    }
}

fn officer(n: u8) -> OfficerRef {
    OfficerRef { person: Id([n; 16]).to_string(), name: format!("官{n}"), number: format!("H{n}") }
}

fn opened(kind: &str) -> Event {
    let text = String::new;
    let enterprise = Enterprise {
        name: text(),
        code: text(),
        address: text(),
        phone: text(),
        legal_representative: text(),
        manager: text(),
        manager_position: text(),
    };
    let task = Task {
        id: text(),
        title: text(),
        kind: kind.into(),
        day: 0,
        enterprise,
        officers: vec![officer(1), officer(2)],
        assistants: vec![],
        n: 1,
        cap: 0,
        exempt: None,
        approval: None,
        matter: text(),
        basis: vec![],
        checklists: vec![],
        organ: text(),
        complaint_phone: text(),
        badge_address: None,
        numbers: vec![],
        form_numbers: Default::default(),
        organs: Default::default(),
        slots: Default::default(),
        area: None,
        category: None,
        seals: vec![],
        sheets: vec![],
        region: None,
        team: vec![],
    };
    let (pack, pack_version, assignment) = (text(), text(), text());
    Event::Opened { task: Box::new(task), pack, pack_version, assignment, officer: officer(1) }
}

fn captured(id: &str, part: Option<PartOf>) -> Event {
    Event::Captured {
        id: id.into(),
        media_type: "audio/wav".into(),
        clear: "00".into(),
        clear_len: 1,
        sealed: "00".into(),
        sealed_len: 1,
        payload: "00".into(),
        suite: 1,
        source: "camera".into(),
        original_name: String::new(),
        caption: String::new(),
        item: None,
        place: None,
        fix: "none".into(),
        exif: serde_json::Value::Null,
        differences: vec![],
        part,
        derived: None,
    }
}

fn started(id: &str) -> Event {
    Event::RecordingStarted {
        recording: id.into(),
        media: Media::Audio,
        scene: Some("changjing-jiancha".into()),
        must_record: true,
    }
}
fn part(log: &mut Log, at: u64, recording: &str, n: u64, starts_ms: u64, lasts_ms: u64) {
    let of = PartOf { recording: recording.into(), part: n, starts_ms, lasts_ms };
    log.at(at, &captured(&format!("{recording}-{n}"), Some(of)));
}
fn explained(from_ms: i64, to_ms: i64) -> Event {
    Event::RecordingInterrupted {
        recording: None,
        scene: Some("changjing-jiancha".into()),
        from_ms,
        to_ms,
        reason: "yuanyin-laidian".into(),
        note: String::new(),
    }
}

/// J22: gaps inside, before and after; what is explained is none; the edges of the pack need no reason.
#[test]
fn j22_gaps_are_found_to_the_millisecond() {
    let pack = pack();
    let mut log = Log::new(1);
    log.at(0, &opened("case"));
    let now = |ms: i64| NINE + ms;
    let gaps = |log: &Log, ms: i64| {
        log.fold().gaps(&pack, now(ms)).into_iter().map(|g| (g.from_ms - NINE, g.to_ms - NINE)).collect::<Vec<_>>()
    };
    assert_eq!(gaps(&log, 5_000), [(0, 5_000)], "nothing is recorded at all");
    log.at(60_000, &started("a"));
    part(&mut log, 70_000, "a", 0, 0, 10_000);
    part(&mut log, 82_000, "a", 1, 12_000, 10_000); // two seconds later: allowed
    assert_eq!(gaps(&log, 142_000), []);
    assert_eq!(gaps(&log, 142_001), [(82_000, 142_001)], "a second more than the edge");
    part(&mut log, 95_000, "a", 2, 24_001, 10_000); // one millisecond too late
    assert_eq!(gaps(&log, 100_000), [(82_000, 84_001)]);
    log.at(96_000, &explained(now(82_000), now(83_000)));
    assert_eq!(gaps(&log, 100_000), [], "the rest is less than two seconds");
    log.at(300_000, &Event::Left { place: None });
    assert_eq!(gaps(&log, 999_999_999), [(94_001, 300_000)], "the scene ends with the departure");
    log.at(301_000, &explained(now(94_001), now(300_000)));
    assert_eq!(gaps(&log, 999_999_999), []);
    // A scene that began and ended in one millisecond was not recorded either, until it is explained.
    let mut brief = Log::new(1);
    brief.at(0, &opened("case"));
    brief.at(0, &Event::Left { place: None });
    assert_eq!(gaps(&brief, 0), [(0, 1)]);
    brief.at(0, &explained(now(0), now(1)));
    assert_eq!(gaps(&brief, 0), []);
    // What need not be recorded has no gaps.
    let mut routine = Log::new(1);
    routine.at(0, &opened("routine"));
    assert_eq!(gaps(&routine, 5_000_000), []);
}

/// J22, F14: setting the clock makes no gap and hides none.
#[test]
fn j22_f14_a_set_clock_moves_no_recording() {
    let pack = pack();
    for set_by in [-7_200_000, 31_536_000_000] {
        let mut log = Log::new(1);
        log.at(0, &opened("case"));
        log.at(1_000, &started("a"));
        part(&mut log, 11_000, "a", 0, 0, 10_000);
        log.set_by = set_by;
        part(&mut log, 21_000, "a", 1, 10_000, 10_000);
        log.at(22_000, &Event::RecordingEnded { recording: "a".into(), parts: 2, lasts_ms: 20_000 });
        log.at(25_000, &started("b"));
        part(&mut log, 35_000, "b", 0, 0, 10_000);
        log.at(36_000, &Event::Left { place: None });
        let i = log.fold();
        assert_eq!(i.left.as_ref().unwrap().0.steady_ms, NINE + 36_000);
        let gaps: Vec<_> = i.gaps(&pack, 0).into_iter().map(|g| (g.from_ms - NINE, g.to_ms - NINE)).collect();
        assert_eq!(gaps, [(21_000, 25_000)], "clock set by {set_by} ms");
    }
}

/// R19: open recordings and gaps are named gates with basis and the lawful way on.
#[test]
fn r19_j22_gates_are_named() {
    let pack = pack();
    let mut log = Log::new(1);
    log.at(0, &opened("case"));
    log.at(1_000, &started("a"));
    let gates = gate::recorded(&log.fold(), &pack, NINE + 200_000);
    let named: Vec<_> = gates.iter().map(|g| (g.rule, g.basis.is_empty(), g.way_on.zh.is_empty())).collect();
    assert_eq!(named, [("R19", false, false), ("J22", false, false)]);
    assert!(gates[1].missing.zh.contains("09:00:00–09:03:20"), "{}", gates[1].missing.zh);
    part(&mut log, 200_000, "a", 0, 0, 199_000);
    log.at(200_000, &Event::RecordingEnded { recording: "a".into(), parts: 1, lasts_ms: 199_000 });
    assert!(gate::recorded(&log.fold(), &pack, NINE + 200_000).is_empty());
}

/// R18, R19, R25, J19: what is absent is absent in the entry, and everything comes back from it.
#[test]
fn fields_are_absent_unless_they_apply() {
    let fields = |e: &Event| e.to_fields().unwrap().1.into_iter().map(|(n, _)| n).collect::<Vec<_>>();
    let plain = fields(&captured("x", None));
    assert_eq!(plain.len(), 16);
    let of = PartOf { recording: "r".into(), part: 3, starts_ms: 4, lasts_ms: 5 };
    let mut more = fields(&captured("x", Some(of.clone())));
    more.retain(|f| !plain.contains(f));
    assert_eq!(more, ["lasts_ms", "part", "recording", "starts_ms"]);
    let mut log = Log::new(1);
    log.at(0, &opened("case"));
    log.at(1, &started("r"));
    log.at(2, &captured("x", Some(of.clone())));
    let derived = DerivedFrom {
        derived_from: "x".into(),
        operation: "blur".into(),
        parameters: serde_json::json!({ "regions": [{ "x": 1 }] }),
        operator: officer(1),
    };
    let Event::Captured {
        id,
        media_type,
        clear,
        clear_len,
        sealed,
        sealed_len,
        payload,
        suite,
        source,
        original_name,
        caption,
        item,
        place,
        fix,
        exif,
        differences,
        ..
    } = captured("y", None)
    else {
        unreachable!()
    };
    log.at(
        3,
        &Event::Captured {
            id,
            media_type,
            clear,
            clear_len,
            sealed,
            sealed_len,
            payload,
            suite,
            source,
            original_name,
            caption,
            item,
            place,
            fix,
            exif,
            differences,
            part: None,
            derived: Some(Box::new(derived.clone())),
        },
    );
    log.at(4, &Event::HandedOver { evidence: vec!["y".into()], from: officer(1), to: officer(2), reason: "r".into() });
    log.at(5, &Event::Found { text: "f".into(), items: vec![], evidence: vec![], unproven: true });
    let i = log.fold();
    assert!(i.unread.is_empty());
    assert_eq!((i.evidence[0].part.as_ref(), i.evidence[0].number), (Some(&of), 0));
    assert_eq!((i.evidence[1].derived.as_ref(), i.evidence[1].number), (Some(&derived), 1));
    assert_eq!((i.holder("y"), i.holder("x")), (Some(&officer(2)), Some(&officer(1))));
    let facts = i.facts();
    assert!(facts[0].unproven && facts[0].evidence.is_empty());
    assert!(
        !fields(&Event::Found { text: "f".into(), items: vec![], evidence: vec![], unproven: false })
            .contains(&"unproven".to_owned())
    );
}

/// A task of two organs with two officers each, as it was opened; the first three have arrived.
fn joint() -> Log {
    let Event::Opened { mut task, pack, pack_version, assignment, officer: lead } = opened("routine") else { unreachable!() };
    let organ =
        |organ: &str, officers: [u8; 2]| TeamOrgan { organ: organ.into(), officers: officers.map(|n| officer(n).number).into() };
    task.organ = "某县卫生健康局".into();
    task.checklists = vec!["zhusu".into()];
    task.officers = [1, 2, 3, 4].map(officer).into();
    task.organs = BTreeMap::from([("zhuti-jikong".to_owned(), "某县疾病预防控制局".to_owned())]);
    task.team = vec![organ("某县卫生健康局", [1, 2]), organ("某县疾病预防控制局", [3, 4])];
    let mut log = Log::new(1);
    log.at(0, &Event::Opened { task, pack, pack_version, assignment, officer: lead });
    for n in [1, 2, 3] {
        log.at(n.into(), &Event::Arrived { officer: officer(n), place: None, statement: String::new() });
    }
    log
}

/// R52: lead organ first, each officer for one organ, each organ of a subject in the team.
#[test]
fn r52_the_organs_of_a_joint_task_fit_it() {
    let task = joint().fold().task.unwrap();
    assert_eq!(task.check_team(), Ok(()));
    assert_eq!(task.organ_of("H3"), Some("某县疾病预防控制局"));
    let with = |change: &dyn Fn(&mut Task)| {
        let mut task = task.clone();
        change(&mut task);
        assert_eq!(organ::team(&task).len(), usize::from(task.check_team().is_err()));
        task.check_team()
    };
    assert_eq!(with(&|t| t.team.reverse()), Err(TeamFault::Lead));
    assert_eq!(with(&|t| t.team.truncate(1)), Err(TeamFault::Organs));
    assert_eq!(with(&|t| t.team[1].organ = t.organ.clone()), Err(TeamFault::Organs));
    assert_eq!(with(&|t| t.team[1].officers = vec!["H3".into()]), Err(TeamFault::Officers));
    assert_eq!(with(&|t| t.team[1].officers.push("H2".into())), Err(TeamFault::Officers));
    assert_eq!(with(&|t| t.team[1].organ = "某县公安局".into()), Err(TeamFault::Subject));
}

/// R52, J18: a measure is the act of one organ, with two of its own officers on site; only they sign its paper.
#[test]
fn r52_j18_an_organ_acts_with_two_officers_of_its_own() {
    let pack = pack();
    let mut log = joint();
    let [ours, theirs] = ["wf-yifei-fenlei", "wf-fangkong"].map(|id| pack.enforcement_item(id).unwrap());
    let i = log.fold();
    assert!(organ::acts(&i, &pack, Some(ours)).is_empty());
    assert_eq!(
        organ::acts(&i, &pack, Some(theirs)).iter().map(|g| g.rule).collect::<Vec<_>>(),
        ["R52"],
        "one of the other organ"
    );
    log.at(4, &Event::Arrived { officer: officer(4), place: None, statement: String::new() });
    let i = log.fold();
    assert!(organ::acts(&i, &pack, Some(theirs)).is_empty());
    assert_eq!(organ::one_organ(&i, &pack, Some("wf-fangkong")).as_deref(), Some("某县疾病预防控制局"));
    assert_eq!(organ::one_organ(&i, &pack, None), None, "what all do together");
    log.at(5, &Event::PersonLeft { officer: officer(4), reason: "另有任务".into() });
    assert_eq!(organ::acts(&log.fold(), &pack, Some(theirs)).len(), 1, "who left does not count");
}

/// F26, design §3: entries of several logs that come in by and by, in any order that keeps each log's own: gone on with where that is said to be
/// possible, else folded anew, it is the fold of all.
#[test]
fn f26_a_fold_that_goes_on_is_the_fold_of_all() {
    let (mut on, mut anew) = (0, 0);
    for seed in 0..300u32 {
        let mut chance = crate::id::sha256(&seed.to_be_bytes());
        let mut below = move |n: usize| {
            chance = crate::id::sha256(&chance);
            usize::from(chance[0]) % n
        };
        let mut logs: Vec<Log> = (1..=1 + below(3)).map(|n| Log::new(n as u8)).collect();
        for step in 0..24 {
            let (log, of) = (below(logs.len()), below(logs.len()));
            // What it says to have seen of another log may be more than there is, or in a circle.
            let seen = Seen { log: Id([of as u8 + 1; 16]), checkpoint: [0; 32], size: below(12) as u64 };
            let seen = if below(3) == 0 { vec![seen] } else { Vec::new() };
            let event = match below(4) {
                0 => captured(&format!("e{}", below(20)), None),
                1 => {
                    let (state, id) = ("ok".into(), format!("e{}", below(20)));
                    Event::Checked { id, state, width: 1, height: 1, thumbnail: None, made: None }
                }
                _ => Event::Noted { text: format!("{step}") },
            };
            logs[log].set_by += below(3) as i64 * 1_000 - 1_000;
            logs[log].saw(step * 700, &event, seen);
        }
        let mut next = vec![0; logs.len()];
        let (mut arrived, mut folding): (Vec<Entry>, Folding) = Default::default();
        let mut log = 0;
        while arrived.len() < 24 {
            if below(4) == 0 || next[log] == logs[log].entries.len() {
                log = below(logs.len());
                continue;
            }
            let e = logs[log].entries[next[log]].clone();
            next[log] += 1;
            if folding.go_on(&e) {
                arrived.push(e);
                on += 1;
            } else {
                arrived.push(e);
                folding = Folding::of(&arrived);
                anew += 1;
            }
            assert_eq!(*folding.state(), fold(&arrived), "seed {seed}, {} entries", arrived.len());
            assert!(!folding.go_on(&arrived[below(arrived.len())]), "seed {seed}: what is there already is not taken twice");
        }
    }
    assert!(on > 2_000 && anew > 500, "{on} gone on with, {anew} anew");
}
