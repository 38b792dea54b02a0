#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use chrono::{Datelike, NaiveDate};
use proptest::prelude::*;

use super::*;
use crate::pack::author::compile;
use crate::pack::{Pack, Text};

mod clocks;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// The shipped pack.
fn pack() -> Pack {
    compile(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu")).unwrap()
}

/// The calendar of the shipped pack.
fn calendar() -> Calendar {
    pack().calendar
}

#[test]
fn r50_working_days_of_requirements_c() {
    let days = calendar().national();
    for (n, event, due) in [
        (7, "2025-04-25", "2025-05-08"),
        (7, "2025-09-29", "2025-10-15"),
        (7, "2025-12-30", "2026-01-09"),
        (7, "2026-02-12", "2026-02-28"), // a Saturday of work
        (7, "2026-05-08", "2026-05-18"),
        (7, "2026-09-18", "2026-09-29"),
        (7, "2026-09-28", "2026-10-13"),
        (5, "2026-02-13", "2026-02-27"),
        (5, "2026-04-30", "2026-05-11"),
        (2, "2025-09-26", "2025-09-29"),
        (20, "2025-01-20", "2025-02-21"),
        (20, "2026-04-24", "2026-05-26"),
    ] {
        let found = days.add_working_days(day(event), n);
        let expected = WorkingDue { day: day(due), provisional: false };
        assert_eq!(found, expected, "{n} working days after {event}");
    }
}

#[test]
fn r50_calendar_days_of_requirements_c() {
    let days = calendar().national();
    for (n, event, raw, rolled, provisional) in [
        (90, "2025-07-08", "2025-10-06", "2025-10-09", false),
        (90, "2024-09-09", "2024-12-08", "2024-12-09", false),
        (15, "2026-09-22", "2026-10-07", "2026-10-08", false),
        (60, "2026-08-05", "2026-10-04", "2026-10-08", false),
    ] {
        let found = days.add_calendar_days(day(event), n);
        let expected = CalendarDue { raw: day(raw), rolled: day(rolled), provisional };
        assert_eq!(found, expected, "{n} days after {event}");
    }
}

#[test]
fn r50_every_year_from_2015_has_its_notice_and_its_working_days() {
    let days = calendar().national();
    // As `tests/foreign/test_calendar.py` counts them by another library.
    let expected = [249, 250, 249, 250, 250, 249, 250, 249, 249, 251, 248, 248];
    for (year, expected) in (2015..=2026).zip(expected) {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        let kinds: Vec<DayKind> = first
            .iter_days()
            .take_while(|date| date.year() == year)
            .map(|date| days.is_working_day(Day::try_from(date).unwrap()))
            .collect();
        assert_eq!(kinds.iter().filter(|kind| kind.working).count(), expected, "{year}");
        assert!(kinds.iter().all(|kind| !kind.provisional));
    }
}

#[test]
fn r50_days_that_a_notice_sets_in_the_december_before_or_that_a_later_notice_changed() {
    let days = calendar().national();
    for (text, working) in [
        ("2018-12-29", true),  // a Saturday of work of the notice for 2019
        ("2018-12-31", false), // a Monday of the same
        ("2022-12-31", false),
        ("2019-05-02", false), // the notice of March 2019
        ("2019-05-05", true),
        ("2020-01-31", false), // the notice of January 2020
        ("2020-02-01", false),
        ("2015-09-04", false),
        ("2015-09-06", true),
    ] {
        assert_eq!(days.is_working_day(day(text)), DayKind { working, provisional: false }, "{text}");
    }
}

#[test]
fn r50_a_year_without_notice_is_provisional() {
    let days = calendar().national();
    let kind = |text: &str| days.is_working_day(day(text));
    assert_eq!(kind("2027-01-01"), DayKind { working: true, provisional: true });
    assert_eq!(kind("2027-01-02"), DayKind { working: false, provisional: true });
    // Only the part that lies in 2027 makes the period an estimate.
    assert!(!days.add_working_days(day("2026-12-25"), 4).provisional);
    assert!(days.add_working_days(day("2026-12-25"), 5).provisional);
}

#[test]
fn a_region_adds_its_days() {
    let mut calendar = calendar();
    calendar.regions.push(Region {
        id: "ningxia".into(),
        title: Text::default(),
        years: vec![Year {
            id: "ningxia-2026".into(),
            year: 2026,
            source: "x".into(),
            illustrative: false,
            off: vec![NamedDay { day: day("2026-03-20"), name: "x".into() }],
            work: vec![],
        }],
    });
    let at = day("2026-03-19");
    assert_eq!(calendar.national().add_working_days(at, 1).day, day("2026-03-20"));
    assert_eq!(calendar.region("ningxia").unwrap().add_working_days(at, 1).day, day("2026-03-23"));
    assert!(calendar.region("nowhere").is_none());
}

/// 宁夏: 开斋节 and 古尔邦节 by the region's notices lie over the national days (全国年节及纪念日放假办法 4); a year without such a notice, or with a
/// supposed one, is an estimate there and certain elsewhere.
#[test]
fn r50_in_ningxia_the_regions_days_off_are_no_working_days() {
    let (national, here) = (calendar().national(), calendar().region("ningxia").unwrap());
    for (off, name) in [
        ("2019-06-05", "开斋节"),
        ("2019-08-13", "古尔邦节"),
        ("2020-05-26", "开斋节"),
        ("2020-07-31", "古尔邦节"),
        ("2021-05-13", "开斋节"),
        ("2021-07-19", "古尔邦节"),
    ] {
        assert_eq!(national.is_working_day(day(off)), DayKind { working: true, provisional: false }, "{name} {off}");
        assert_eq!(here.is_working_day(day(off)), DayKind { working: false, provisional: false }, "{name} {off}");
    }
    // 先行登记保存 of 12 May 2021: seven working days, two days off later in Ningxia.
    assert_eq!(national.add_working_days(day("2021-05-12"), 7).day, day("2021-05-21"));
    assert_eq!(here.add_working_days(day("2021-05-12"), 7), WorkingDue { day: day("2021-05-25"), provisional: false });
    // No notice of the region for 2024, a supposed one for 2026.
    assert!(
        here.add_working_days(day("2024-06-03"), 7).provisional && !national.add_working_days(day("2024-06-03"), 7).provisional
    );
    let due = here.add_working_days(day("2026-03-18"), 2);
    assert!(due.provisional && due.day > national.add_working_days(day("2026-03-18"), 2).day);
    assert_eq!(calendar().days(Some("nowhere")).add_working_days(day("2021-05-12"), 7).day, day("2021-05-21"));
    assert_eq!(calendar().days(Some("ningxia")).add_working_days(day("2021-05-12"), 7).day, day("2021-05-25"));
}

#[test]
fn days_are_read_strictly() {
    for text in ["2026-2-1", "2026-02-30", "20260201", "1899-12-31", "3000-01-01", "２026-01-01", ""] {
        assert!(text.parse::<Day>().is_err(), "{text:?}");
    }
    assert_eq!(Day::try_from(20_260_230), Err(NotADay(20_260_230)));
    assert!(Day::try_from(u32::MAX).is_err());
    assert_eq!(Day::in_china(1_830_268_800_000 - 1), Some(day("2027-12-31")));
    assert_eq!(Day::in_china(1_830_268_800_000), Some(day("2028-01-01")));
    assert_eq!(Day::in_china(i64::MAX), None);
}

#[test]
fn the_end_of_time_ends() {
    let days = WorkingDays::default();
    let end = day("2999-12-31");
    assert_eq!(days.add_working_days(end, u16::MAX).day, end);
}

proptest! {
    #[test]
    fn counting_is_counting(from in 0u32..4000, n in 1u16..60) {
        let days = calendar().national();
        let event = day("2015-01-01").plus(u16::try_from(from).unwrap());
        let due = days.add_working_days(event, n).day;
        // The last day is a working day and exactly n of them lie between.
        let between: Vec<Day> = (1..=400).map(|k| event.plus(k)).take_while(|d| *d <= due).collect();
        let working = between.iter().filter(|d| days.is_working_day(**d).working).count();
        prop_assert_eq!(working, usize::from(n));
        prop_assert!(days.is_working_day(due).working);
        // One step more is the step after.
        prop_assert_eq!(days.add_working_days(due, 1).day, days.add_working_days(event, n + 1).day);
        // Back again: n - 1 steps before the last day lies the first.
        prop_assert_eq!(days.sub_working_days(due, n - 1).day, days.add_working_days(event, 1).day);
        let roll = days.add_calendar_days(event, n);
        prop_assert_eq!(roll.raw, event.plus(n));
        prop_assert!(roll.rolled >= roll.raw && days.is_working_day(roll.rolled).working);
    }
}
