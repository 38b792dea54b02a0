#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use super::*;
use proptest::prelude::*;

const PERIODS: Periods = Periods { daily: Period::Months(6), case: Period::Months(12) };

fn day(number: u32) -> Day {
    Day::try_from(number).unwrap()
}

const FILE: Digest = [7; 32];
const ONE: Id = Id([1; 16]);
const TWO: Id = Id([2; 16]);
const CASE: Id = Id([9; 16]);

fn daily() -> Vec<Event> {
    vec![
        Event::Received { file: FILE, day: day(20_260_831), opened: true },
        Event::Named { file: FILE, inspection: ONE, media: true },
        Event::Closed { inspection: ONE, day: day(20_260_830) },
    ]
}

fn with(more: &[Event]) -> Standing {
    State::fold(daily().into_iter().chain(more.iter().cloned())).standing(&FILE, &PERIODS)
}

#[test]
fn r22_j21_daily_footage_is_kept_six_months_after_receipt_and_due_the_day_after() {
    let s = with(&[]);
    assert_eq!((s.until, s.of_case), (Some(day(20_270_228)), false), "no 31st of February: its last day (民法典 202)");
    assert!(!s.is_due(day(20_270_228)) && s.is_due(day(20_270_301)));
    assert_eq!((s.word(day(20_270_228)), s.word(day(20_270_301))), ("running", "due"));
    let later = with(&[Event::Closed { inspection: ONE, day: day(20_260_930) }]);
    assert_eq!(later.until, Some(day(20_270_330)), "the second phone closed it later");
}

#[test]
fn r22_j21_a_case_keeps_what_it_needs_and_a_promotion_only_lengthens() {
    let begun = Event::Begun { case: CASE, inspection: Some(ONE) };
    let open = with(std::slice::from_ref(&begun));
    assert!(open.never.contains(&Never::CaseOpen) && !open.is_due(day(29_991_231)));
    let ended = |on| with(&[begun.clone(), Event::Ended { case: CASE, day: day(on) }]);
    assert_eq!(ended(20_270_105).until, Some(day(20_280_105)));
    assert_eq!(ended(20_260_101).until, Some(day(20_270_228)), "never shorter than daily footage");
    let promoted = |what| {
        with(&[
            Event::Begun { case: CASE, inspection: None },
            Event::Ended { case: CASE, day: day(20_270_105) },
            Event::Promoted { what, case: CASE },
        ])
    };
    for what in [What::File(FILE), What::Inspection(ONE)] {
        assert_eq!((promoted(what).until, promoted(what).of_case), (Some(day(20_280_105)), true));
    }
    assert_eq!(promoted(What::Inspection(TWO)).until, Some(day(20_270_228)), "of another inspection");
    let unknown = with(&[Event::Promoted { what: What::File(FILE), case: CASE }]);
    assert!(unknown.never.contains(&Never::CaseOpen), "a case that nobody ended");
}

#[test]
fn r22_j21_a_file_of_two_inspections_stays_while_either_needs_it() {
    let shared = Event::Named { file: FILE, inspection: TWO, media: true };
    assert!(with(std::slice::from_ref(&shared)).never.contains(&Never::InspectionOpen));
    let closed = with(&[shared.clone(), Event::Closed { inspection: TWO, day: day(20_261_001) }]);
    assert_eq!(closed.until, Some(day(20_270_401)));
    let case =
        [shared, Event::Closed { inspection: TWO, day: day(20_261_001) }, Event::Begun { case: CASE, inspection: Some(TWO) }];
    assert!(!with(&case).is_due(day(29_991_231)), "the case of the second inspection is open");
}

#[test]
fn r22_j21_measures_on_site_count_as_a_case_and_papers_and_unknown_files_are_never_due() {
    assert_eq!(with(&[Event::Grave { inspection: ONE }]).until, Some(day(20_270_831)));
    assert!(with(&[Event::Named { file: FILE, inspection: ONE, media: false }]).never.contains(&Never::Paper));
    let unopened = State::fold([Event::Received { file: FILE, day: day(20_260_101), opened: false }]);
    let s = unopened.standing(&FILE, &PERIODS);
    assert!(s.never.contains(&Never::NotOpened) && s.never.contains(&Never::Unnamed));
    for (period, never) in
        [(Period::None, Never::NoRule), (Period::Permanent, Never::Permanent), (Period::Illustrative, Never::Illustrative)]
    {
        let s = State::fold(daily()).standing(&FILE, &Periods { daily: period, case: period });
        assert!(s.never.contains(&never) && !s.is_due(day(29_991_231)), "{never:?}");
    }
}

#[test]
fn r22_j21_a_hold_beats_expiry_on_file_inspection_and_case_until_it_is_lifted() {
    let case = Event::Begun { case: CASE, inspection: Some(ONE) };
    let ended = Event::Ended { case: CASE, day: day(20_260_901) };
    for what in [What::File(FILE), What::Inspection(ONE), What::Case(CASE)] {
        let held = [case.clone(), ended.clone(), Event::Held { hold: 3, what }, Event::Held { hold: 4, what }];
        let s = with(&held);
        assert_eq!((s.holds.len(), s.word(day(29_991_231))), (2, "held"));
        let one = [&held[..], &[Event::Lifted { hold: 3 }]].concat();
        assert!(!with(&one).is_due(day(29_991_231)), "another stands");
        let none = [&one[..], &[Event::Lifted { hold: 4 }]].concat();
        assert!(with(&none).is_due(day(29_991_231)));
    }
    assert!(with(&[Event::Held { hold: 1, what: What::Inspection(TWO) }]).is_due(day(29_991_231)), "on something else");
}

#[test]
fn r22_the_pack_says_how_long_and_an_example_figure_destroys_nothing() {
    let row = |class, keep, illustrative| Retention {
        id: "x".into(),
        class,
        title: mingzheng_core::pack::Text { zh: "某".into(), en: "x".into() },
        keep,
        basis: vec![],
        illustrative,
    };
    let periods = |rows: Vec<Retention>| Periods::of(&rows);
    let rows = |illustrative| {
        vec![
            row(Kept::DailyMedia, Keep::Months(6), false),
            row(Kept::CaseMedia, Keep::AsCaseFile, false),
            row(Kept::CaseFile, Keep::Months(360), illustrative),
        ]
    };
    assert_eq!(periods(rows(false)), Periods { daily: Period::Months(6), case: Period::Months(360) });
    assert_eq!(periods(rows(true)).case, Period::Illustrative, "the case file's figure is an example");
    assert_eq!(periods(vec![]), Periods { daily: Period::None, case: Period::None });
    assert_eq!(Periods::of(&rows(false)[1..2]).case, Period::None);
}

#[test]
fn what_is_meant_is_written_and_read() {
    for what in [What::File(FILE), What::Inspection(ONE), What::Case(CASE)] {
        assert_eq!(What::try_from(what.to_string()), Ok(what));
    }
    for bad in ["", "file:", "file:00", "case", "inspection:0G", "paper:01010101010101010101010101010101"] {
        assert!(What::try_from(bad.to_owned()).is_err(), "{bad}");
    }
}

fn small_day() -> impl Strategy<Value = Day> {
    (2020..2040u32, 1..=12u32, 1..=28u32).prop_map(|(y, m, d)| day(y * 10_000 + m * 100 + d))
}

fn event() -> impl Strategy<Value = Event> {
    let file = (0..3u8).prop_map(|n| [n; 32]);
    let id = (0..3u8).prop_map(|n| Id([n; 16]));
    let case = (0..3u8).prop_map(|n| Id([100 + n; 16]));
    let what =
        prop_oneof![file.clone().prop_map(What::File), id.clone().prop_map(What::Inspection), case.clone().prop_map(What::Case)];
    prop_oneof![
        (file.clone(), small_day()).prop_map(|(file, day)| Event::Received { file, day, opened: true }),
        (file, id.clone()).prop_map(|(file, inspection)| Event::Named { file, inspection, media: true }),
        (id.clone(), small_day()).prop_map(|(inspection, day)| Event::Closed { inspection, day }),
        (case.clone(), proptest::option::of(id)).prop_map(|(case, inspection)| Event::Begun { case, inspection }),
        (case.clone(), small_day()).prop_map(|(case, day)| Event::Ended { case, day }),
        (what.clone(), case).prop_map(|(what, case)| Event::Promoted { what, case }),
        (0..4u64, what).prop_map(|(hold, what)| Event::Held { hold, what }),
        (0..4u64).prop_map(|hold| Event::Lifted { hold }),
    ]
}

proptest! {
    /// J21: whatever happened in whatever order, nothing is due that a standing hold names, or that an inspection or case needs which is still open.
    /// Judged here by reading the events themselves, not by the fold.
    #[test]
    fn r22_j21_a_hold_or_an_open_case_always_beats_expiry(events in proptest::collection::vec(event(), 0..40), today in small_day()) {
        let state = State::fold(events.clone());
        for n in 0..3u8 {
            let file = [n; 32];
            let due = state.standing(&file, &PERIODS).is_due(today);
            let named = |i: &Id| events.iter().any(|e| matches!(e, Event::Named { file: f, inspection, .. } if *f == file && inspection == i));
            let needs = |c: &Id| events.iter().any(|e| match e {
                Event::Begun { case, inspection: Some(i) } => case == c && named(i),
                Event::Promoted { what: What::File(f), case } => case == c && *f == file,
                Event::Promoted { what: What::Inspection(i), case } => case == c && named(i),
                _ => false,
            });
            let below = |what: &What| match what {
                What::File(f) => *f == file,
                What::Inspection(i) => named(i),
                What::Case(c) => needs(c),
            };
            let mut holds = BTreeMap::new();
            for e in &events {
                if let Event::Held { hold, what } = e { holds.insert(*hold, *what); }
            }
            let lifted = |hold: &u64| events.contains(&Event::Lifted { hold: *hold });
            let held = holds.iter().any(|(hold, what)| !lifted(hold) && below(what));
            let open = (0..3u8).map(|n| Id([100 + n; 16])).any(|c| {
                needs(&c) && !events.iter().any(|e| matches!(e, Event::Ended { case, .. } if *case == c))
            });
            prop_assert!(!(due && held), "a hold stands");
            prop_assert!(!(due && open), "a case is open");
            if due {
                for e in &events {
                    if let Event::Received { file: f, day, .. } = e
                        && *f == file {
                        prop_assert!(Day::try_from(day.date() + chrono::Months::new(6)).unwrap() < today, "six months after receipt");
                    }
                }
            }
        }
    }

    /// What is added never makes an end earlier, but the lifting of a hold; and the order of events does not matter.
    #[test]
    fn r22_j21_nothing_shortens_and_order_does_not_matter(events in proptest::collection::vec(event(), 1..30), more in event(), today in small_day()) {
        // A number of a hold is given once.
        let mut seen = BTreeSet::new();
        let unique: Vec<Event> = events.iter().filter(|e| match e {
            Event::Held { hold, .. } => seen.insert(*hold),
            _ => true,
        }).cloned().collect();
        let mut backwards = unique.clone();
        backwards.reverse();
        let (one, other) = (State::fold(unique.clone()), State::fold(backwards));
        let lengthens = matches!(more, Event::Received { .. } | Event::Promoted { .. } | Event::Begun { .. });
        let after = State::fold(unique.into_iter().chain([more]));
        for n in 0..3u8 {
            let file = [n; 32];
            let (a, b, c) = (one.standing(&file, &PERIODS), other.standing(&file, &PERIODS), after.standing(&file, &PERIODS));
            prop_assert_eq!(&a, &b);
            if lengthens && a.until.is_some() && a.never.is_empty() {
                prop_assert!(c.until >= a.until);
                prop_assert!(a.is_due(today) || !c.is_due(today));
            }
        }
    }
}
