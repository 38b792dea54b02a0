#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::super::*;
use super::{day, pack};
use crate::pack::{Binds, Clock, Pack, Rule, Text, Unit};

fn clock(pack: &Pack, id: &str) -> Clock {
    pack.clock(id).unwrap_or_else(|| panic!("{id}")).clone()
}

/// A clock of this length, for the organ, without alarms.
fn plain(length: u32, unit: Unit) -> Clock {
    Clock {
        id: "x".into(),
        title: Text::default(),
        length,
        unit,
        rule: Rule::Within,
        binds: Binds::Organ,
        starts: Text::default(),
        alarms: vec![],
        extension: None,
        basis: vec![],
        illustrative: false,
        note: None,
    }
}

/// Milliseconds of `yyyy-mm-dd` at an hour and minute in China.
fn at(text: &str, hour: i64, minute: i64) -> i64 {
    When::Day(day(text)).begins() + (hour * 60 + minute) * 60_000
}

fn ends(due: &Due) -> (String, String) {
    (due.raw.to_string(), due.rolled.to_string())
}

#[test]
fn r50_all_vectors_of_requirements_c_by_the_rows_of_the_pack() {
    let pack = pack();
    let days = pack.calendar.national();
    for (id, start, raw, rolled) in [
        (Clock::PRESERVATION, "2025-04-25", "2025-05-08", "2025-05-08"),
        (Clock::PRESERVATION, "2025-09-29", "2025-10-15", "2025-10-15"),
        (Clock::PRESERVATION, "2025-12-30", "2026-01-09", "2026-01-09"),
        (Clock::SERVICE, "2026-02-12", "2026-02-28", "2026-02-28"), // a Saturday of work
        (Clock::SERVICE, "2026-05-08", "2026-05-18", "2026-05-18"),
        (Clock::PUBLISH_PENALTY, "2026-09-18", "2026-09-29", "2026-09-29"),
        (Clock::PUBLISH_PENALTY, "2026-09-28", "2026-10-13", "2026-10-13"),
        (Clock::HEARING_REQUEST, "2026-02-13", "2026-02-27", "2026-02-27"),
        (Clock::HEARING_REQUEST, "2026-04-30", "2026-05-11", "2026-05-11"),
        ("qixian-fakuan-jiao-yinhang", "2025-09-26", "2025-09-29", "2025-09-29"),
        (Clock::PUBLISH_OTHER, "2025-01-20", "2025-02-21", "2025-02-21"),
        (Clock::PUBLISH_OTHER, "2026-04-24", "2026-05-26", "2026-05-26"),
        (Clock::DECISION, "2025-07-08", "2025-10-06", "2025-10-09"),
        (Clock::DECISION, "2024-09-09", "2024-12-08", "2024-12-09"),
        (Clock::PAYMENT, "2026-09-22", "2026-10-07", "2026-10-08"),
        ("qixian-fuyi", "2026-08-05", "2026-10-04", "2026-10-08"),
    ] {
        let due = clock(&pack, id).due(day(start).into(), &days);
        assert_eq!(ends(&due), (raw.to_owned(), rolled.to_owned()), "{id} from {start}");
        assert!(!due.provisional, "{id} from {start}");
    }
}

#[test]
fn r50_every_line_of_the_table_of_requirements_c_is_a_row() {
    use Unit::{CalendarDay, Hour, Month, WorkingDay};
    let pack = pack();
    for (id, length, unit) in [
        (Clock::PRESERVATION, 7, WorkingDay),
        (Clock::SERVICE, 7, WorkingDay),
        (Clock::HEARING_REQUEST, 5, WorkingDay),
        (Clock::HEARING_NOTICE, 7, WorkingDay),
        (Clock::WITHDRAW, 3, WorkingDay),
        ("qixian-fakuan-jiao-jiguan", 2, WorkingDay),
        ("qixian-fakuan-jiao-yinhang", 2, WorkingDay),
        (Clock::DECISION, 90, CalendarDay),
        (Clock::PAYMENT, 15, CalendarDay),
        (Clock::SEIZURE, 30, CalendarDay),
        (Clock::LATE_APPROVAL, 24, Hour),
        (Clock::PUBLISH_PENALTY, 7, WorkingDay),
        (Clock::PUBLISH_OTHER, 20, WorkingDay),
        ("qixian-jichu-xinxi", 20, WorkingDay),
        ("qixian-tousu-gaozhi", 5, WorkingDay),
        ("qixian-yinxiang-shangchuan", 24, Hour),
        ("qixian-richang-baocun", 6, Month),
        ("qixian-fuyi", 60, CalendarDay),
        ("qixian-susong", 6, Month),
        (Clock::REFERRAL_DECISION, 3, CalendarDay),
        (Clock::REFERRAL, 24, Hour),
        ("qixian-xinxi-luru", 5, WorkingDay),
        ("qixian-xinxi-shenhe", 5, WorkingDay),
        (Clock::LEGAL_REVIEW, 5, WorkingDay),
        ("qixian-cailiang-xiuding", 3, Month),
        ("qixian-yiju-xiuding", 1, Month),
        ("qixian-qiangzhi-shiri", 10, WorkingDay),
    ] {
        let row = clock(&pack, id);
        assert_eq!((row.length, row.unit), (length, unit), "{id}");
    }
    // 行政处罚法 85 and 行政强制法 69: short periods of these laws are working days.
    for row in &pack.clocks {
        let rests_on = |source: &str| row.basis.iter().any(|basis| basis.source == source);
        let short = (rests_on("chufa-fa") && [2, 3, 5, 7].contains(&row.length)) || (rests_on("qiangzhi-fa") && row.length <= 10);
        assert!(!short || row.unit == WorkingDay, "{}", row.id);
    }
}

#[test]
fn j7_evidence_registered_in_advance_is_decided_on_in_seven_working_days_or_marked_overdue() {
    let pack = pack();
    let days = pack.calendar.national();
    let due = clock(&pack, Clock::PRESERVATION).due(day("2026-02-12").into(), &days);
    let state = |text: &str, done: Option<&str>| due.state(at(text, 9, 0), done.map(|text| day(text).into()));
    assert_eq!(state("2026-02-13", None), State::Running { left: 15 });
    // Alarms three and one working days before: the 25th and the 27th, not a day of the spring holiday.
    assert_eq!(due.alarms, [When::Day(day("2026-02-25")), When::Day(day("2026-02-27"))]);
    assert_eq!(state("2026-02-24", None), State::Running { left: 4 });
    assert_eq!(state("2026-02-25", None), State::DueSoon { left: 3 });
    assert_eq!(due.state(at("2026-02-28", 23, 59), None), State::DueSoon { left: 0 });
    assert_eq!(due.state(at("2026-03-01", 0, 0), None), State::Overdue { by: 1 });
    assert_eq!(state("2026-03-01", None).mark(Unit::WorkingDay).unwrap().zh, "逾期1日");
    assert_eq!(state("2026-03-09", Some("2026-02-28")), State::Met);
    assert_eq!(state("2026-03-09", Some("2026-03-02")), State::MetLate { by: 2 });
    assert_eq!(State::Met.mark(Unit::WorkingDay), None);
}

#[test]
fn j11_the_decision_of_the_real_case_was_late_by_the_date_on_the_paper() {
    let pack = pack();
    let days = pack.calendar.national();
    // Filed on 2024-09-09; approved inside in time; the decision bears 2024-12-11.
    let due = clock(&pack, Clock::DECISION).due(day("2024-09-09").into(), &days);
    assert_eq!(ends(&due), ("2024-12-08".into(), "2024-12-09".into()));
    assert!(due.kept_on(day("2024-12-06")), "the inner approval would have been in time");
    assert!(!due.kept_on(day("2024-12-11")));
    let paper = due.state(at("2026-11-22", 9, 0), Some(day("2024-12-11").into()));
    assert_eq!(paper, State::MetLate { by: 3 });
    assert_eq!(paper.mark(Unit::CalendarDay).unwrap().en, "done late by 3 days");
    // The organ is held to the day counted: the ninetieth, a Sunday, is the last; Monday is late.
    assert!(due.kept_on(day("2024-12-08")) && !due.kept_on(day("2024-12-09")));
    // Alarms before the raw date.
    assert_eq!(due.alarms.first(), Some(&When::Day(day("2024-11-08"))));
    assert_eq!(due.alarms.last(), Some(&When::Day(day("2024-12-05"))));
}

#[test]
fn j12_the_window_for_a_hearing_is_five_working_days_and_notice_leaves_seven_between() {
    let pack = pack();
    let days = pack.calendar.national();
    let window = clock(&pack, Clock::HEARING_REQUEST).due(day("2026-04-30").into(), &days);
    assert!(!window.is_over(at("2026-05-11", 23, 59)) && window.is_over(at("2026-05-12", 0, 0)));
    // Hearing on Wednesday the 20th: 11, 12, 13, 14, 15, 18, 19 May lie between it and the 10th.
    let notice = clock(&pack, Clock::HEARING_NOTICE).due(day("2026-05-20").into(), &days);
    assert_eq!(ends(&notice), ("2026-05-10".into(), "2026-05-09".into()));
    assert!(notice.kept_on(day("2026-05-10")) && !notice.kept_on(day("2026-05-11")));
    // The seven working days after the latest notice end before the hearing.
    assert_eq!(days.add_working_days(day("2026-05-10"), 7).day, day("2026-05-19"));
    assert_eq!(days.add_working_days(day("2026-05-11"), 7).day, day("2026-05-20"));
}

#[test]
fn j25_publication_is_due_in_seven_and_twenty_working_days() {
    let pack = pack();
    let days = pack.calendar.national();
    let due = |id| clock(&pack, id).due(day("2026-09-18").into(), &days);
    assert_eq!(due(Clock::PUBLISH_PENALTY).raw, When::Day(day("2026-09-29")));
    assert_eq!(due(Clock::PUBLISH_OTHER).raw, When::Day(day("2026-10-22")));
}

#[test]
fn j34_a_served_date_stands_whatever_a_later_calendar_says() {
    let pack = pack();
    let row = clock(&pack, Clock::SERVICE);
    // When the paper was made the notice for 2026 had not come: weekends only, 暂估.
    let mut before = pack.calendar.clone();
    before.national.retain(|year| year.year < 2026);
    let printed = Printed::count(&row, day("2025-12-30").into(), false, &before.national()).unwrap();
    assert_eq!(ends(printed.due()), ("2026-01-08".into(), "2026-01-08".into()));
    assert!(printed.due().provisional);
    let paper = serde_json::to_string(&printed).unwrap();

    let Some(Recount::Differs { printed: stands, now }) = printed.recount(&row, &pack.calendar.national()) else {
        panic!("the notice changes the count")
    };
    assert_eq!(&stands, printed.due());
    assert_eq!((ends(&now).0.as_str(), now.provisional), ("2026-01-09", false));
    // The printed date still judges, and what is stored is what was printed.
    assert_eq!(printed.due().state(at("2026-01-09", 9, 0), None), State::Overdue { by: 1 });
    assert_eq!(serde_json::to_string(&printed).unwrap(), paper);
    assert_eq!(serde_json::from_str::<Printed>(&paper).unwrap(), printed);

    // With the calendar it was made with nothing differs; another row, or a longer one, is no silent match.
    assert_eq!(printed.recount(&row, &before.national()), Some(Recount::Unchanged));
    assert_eq!(printed.recount(&clock(&pack, Clock::PRESERVATION), &before.national()), None);
    let longer = Clock { length: 8, ..row };
    assert!(matches!(printed.recount(&longer, &before.national()), Some(Recount::Differs { .. })));
}

#[test]
fn a_party_is_late_only_after_the_rolled_day() {
    let pack = pack();
    let days = pack.calendar.national();
    let due = clock(&pack, Clock::PAYMENT).due(day("2026-09-22").into(), &days);
    assert_eq!(ends(&due), ("2026-10-07".into(), "2026-10-08".into()));
    // Warned three days before the raw date, last day on the rolled one.
    assert_eq!(due.state(at("2026-10-04", 9, 0), None), State::DueSoon { left: 3 });
    assert_eq!(due.state(at("2026-10-08", 23, 0), None), State::DueSoon { left: 0 });
    assert_eq!(due.state(at("2026-10-09", 9, 0), None), State::Overdue { by: 1 });
    // An organ with the same days would have been late the day before.
    let organ = Clock { binds: Binds::Organ, ..clock(&pack, Clock::PAYMENT) }.due(day("2026-09-22").into(), &days);
    assert_eq!(organ.state(at("2026-10-08", 9, 0), None), State::Overdue { by: 1 });
}

#[test]
fn months_end_on_the_same_day_or_the_last_of_the_month() {
    let days = pack().calendar.national();
    for (length, start, raw, rolled) in [
        (1, "2026-01-31", "2026-02-28", "2026-02-28"), // a Saturday of work
        (1, "2024-01-31", "2024-02-29", "2024-02-29"),
        (1, "2026-03-31", "2026-04-30", "2026-04-30"),
        (3, "2025-11-30", "2026-02-28", "2026-02-28"),
        (6, "2026-04-05", "2026-10-05", "2026-10-08"),
        (6, "2025-08-31", "2026-02-28", "2026-02-28"),
        (12, "2024-02-29", "2025-02-28", "2025-02-28"),
        (1, "2026-02-28", "2026-03-28", "2026-03-30"),
    ] {
        let due = plain(length, Unit::Month).due(day(start).into(), &days);
        assert_eq!(ends(&due), (raw.to_owned(), rolled.to_owned()), "{length} months from {start}");
    }
}

#[test]
fn j6_r51_hours_run_from_moment_to_moment_over_holidays() {
    let pack = pack();
    let days = pack.calendar.national();
    // The evening before the national holiday.
    let start = at("2026-09-30", 22, 30);
    let due = clock(&pack, Clock::LATE_APPROVAL).due(When::At(start), &days);
    assert_eq!(ends(&due), ("2026-10-01 22:30".into(), "2026-10-01 22:30".into()));
    assert!(!due.provisional);
    let state = |now: i64| due.state(now, None);
    assert_eq!(state(start), State::Running { left: 24 });
    assert_eq!(state(start + 12 * 3_600_000), State::DueSoon { left: 12 });
    assert_eq!(state(at("2026-10-01", 22, 30)), State::DueSoon { left: 0 });
    assert_eq!(state(at("2026-10-01", 22, 30) + 1), State::Overdue { by: 1 });
    assert_eq!(state(at("2026-10-02", 0, 31)).mark(Unit::Hour).unwrap().zh, "逾期3小时");
    assert_eq!(due.state(start, Some(When::At(at("2026-10-01", 22, 30)))), State::Met);
    // Only a day is known: it counts to the organ's disadvantage at both ends.
    assert_eq!(due.state(start, Some(day("2026-10-01").into())), State::MetLate { by: 2 });
    let from_day = clock(&pack, Clock::LATE_APPROVAL).due(day("2026-09-30").into(), &days);
    assert_eq!(from_day.raw, When::At(at("2026-10-01", 0, 0)));
}

#[test]
fn the_first_and_the_last_minute_of_a_day() {
    let days = pack().calendar.national();
    let clock = plain(7, Unit::WorkingDay);
    // Any moment of the day of the event is the same day in China, whatever it is in UTC.
    let first = clock.due(When::At(at("2026-05-08", 0, 0)), &days);
    let last = clock.due(When::At(at("2026-05-08", 23, 59) + 59_999), &days);
    assert_eq!(first, last);
    assert_eq!(first.raw, When::Day(day("2026-05-18")));
    assert_eq!(clock.due(When::At(at("2026-05-09", 0, 0)), &days).raw, When::Day(day("2026-05-19")));
    // The last day lasts until 24:00.
    let midnight = at("2026-05-19", 0, 0);
    assert_eq!(first.state(midnight - 1, None), State::DueSoon { left: 0 });
    assert_eq!(first.state(midnight, None), State::Overdue { by: 1 });
    assert_eq!(first.state(midnight, Some(When::At(midnight - 1))), State::Met);
    assert_eq!(first.state(midnight, Some(When::At(midnight))), State::MetLate { by: 1 });
}

#[test]
fn a_seizure_is_extended_from_the_end_of_the_first_period() {
    let pack = pack();
    let days = pack.calendar.national();
    let row = clock(&pack, Clock::SEIZURE);
    let start = When::Day(day("2026-08-05"));
    assert_eq!(ends(&row.due(start, &days)), ("2026-09-04".into(), "2026-09-04".into()));
    let more = row.extended(start, &days).unwrap();
    assert_eq!(ends(&more), ("2026-10-04".into(), "2026-10-08".into()));
    assert_eq!(clock(&pack, Clock::PRESERVATION).extended(start, &days), None);
    // Printed with the extension it is compared with the extension.
    let printed = Printed::count(&row, start, true, &days).unwrap();
    assert_eq!(printed.recount(&row, &days), Some(Recount::Unchanged));
}

#[test]
fn r22_j21_daily_footage_is_kept_at_least_six_months() {
    let pack = pack();
    let due = clock(&pack, "qixian-richang-baocun").due(day("2026-08-31").into(), &pack.calendar.national());
    assert_eq!(ends(&due), ("2027-02-28".into(), "2027-02-28".into()));
    assert!(!due.provisional, "nothing rolls, no holiday table is asked");
    assert_eq!(due.state(at("2027-02-28", 12, 0), None), State::Running { left: 0 });
    assert_eq!(due.state(at("2027-03-01", 0, 0), None), State::Met);
    assert_eq!(due.state(at("2027-03-01", 0, 0), Some(day("2027-02-28").into())), State::TooEarly { by: 1 });
    assert_eq!(due.state(at("2027-04-01", 0, 0), Some(day("2027-03-01").into())), State::Met);
}

#[test]
fn an_end_in_a_year_without_notice_is_provisional() {
    let pack = pack();
    let days = pack.calendar.national();
    let due = |id, start| clock(&pack, id).due(day(start).into(), &days);
    assert!(due(Clock::PRESERVATION, "2026-12-28").provisional);
    assert!(due(Clock::DECISION, "2026-11-02").provisional);
    assert!(!due(Clock::PRESERVATION, "2026-12-20").provisional);
    assert!(due(Clock::HEARING_NOTICE, "2027-01-05").provisional);
}

#[test]
fn counting_ends_where_days_end() {
    let days = pack().calendar.national();
    for unit in [Unit::WorkingDay, Unit::CalendarDay, Unit::Month, Unit::Hour] {
        for rule in [Rule::Within, Rule::Before, Rule::AtLeast] {
            for start in [When::Day(Day::FIRST), When::Day(Day::LAST), When::At(i64::MIN), When::At(i64::MAX)] {
                let row = Clock { rule, alarms: vec![3, u32::MAX], ..plain(u32::MAX, unit) };
                let due = row.due(start, &days);
                for now in [i64::MIN, 0, i64::MAX] {
                    due.state(now, None);
                    due.state(now, Some(start));
                }
                assert!(!due.to_owned().raw.to_string().is_empty());
            }
        }
    }
}
