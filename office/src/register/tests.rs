//! The life of a certificate: named rules, and random orders of steps (R02, R04).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use super::*;
use proptest::prelude::*;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn fields() -> Fields {
    Fields {
        name: "王小明".into(),
        unit: "某县卫生监督所".into(),
        position: "科员".into(),
        number: "110001".into(),
        category: "卫生监督".into(),
        area: "某县".into(),
    }
}

fn step(act: Act, on: Day) -> Step {
    Step { act, day: on, reason: "例行".into(), basis: "行政处罚法 55".into(), by: "王局长".into() }
}

fn renewed(until: Day) -> Act {
    let Fields { unit, position, category, area, .. } = fields();
    Act::Renewed { until, unit, position, category, area }
}

const FAR: &str = "2099-12-31";

/// Takes the steps one after the other and gives the last answer.
fn take(acts: &[(&str, Act)]) -> (Option<Life>, std::result::Result<(), No>) {
    let (periods, mut life, mut steps) = (Periods::default(), None, Vec::new());
    let mut last = Ok(());
    for (on, act) in acts {
        let s = step(act.clone(), day(on));
        last = may(life.as_ref(), &s, day(FAR), &periods);
        if last.is_ok() {
            steps.push(s);
            life = Life::fold(&steps);
        }
    }
    (life, last)
}

fn issued() -> Vec<(&'static str, Act)> {
    vec![
        ("2026-01-05", Act::Applied { fields: fields() }),
        ("2026-02-01", Act::Examined { passed: true, result: "合格证 51-1".into() }),
        ("2026-03-01", Act::Issued { until: day("2031-02-28") }),
    ]
}

/// R04: the exam is a condition of issue; a failed one takes the condition away.
#[test]
fn r04_no_certificate_without_a_passed_exam() {
    let applied = ("2026-01-05", Act::Applied { fields: fields() });
    let issue = ("2026-03-01", Act::Issued { until: day("2031-02-28") });
    assert_eq!(take(&[applied.clone(), issue.clone()]).1, Err(No::NoExam));
    let exam = |passed| ("2026-02-01", Act::Examined { passed, result: "58 分".into() });
    assert_eq!(take(&[applied.clone(), exam(false), issue.clone()]).1, Err(No::NoExam));
    assert_eq!(take(&[applied.clone(), exam(true), exam(false), issue.clone()]).1, Err(No::NoExam), "the newest counts");
    assert_eq!(take(&[applied.clone(), exam(true), issue]).1, Ok(()));
    let blank = ("2026-02-01", Act::Examined { passed: true, result: " ".into() });
    assert!(matches!(take(&[applied, blank]).1, Err(No::Text(_))));
}

/// R02: what time alone does: due, missed after the days of grace, expired; a late check brings it back.
#[test]
fn r02_the_annual_check_falls_due_and_is_missed_by_date_alone() {
    let (life, done) = take(&issued());
    assert_eq!(done, Ok(()));
    let (life, periods) = (life.unwrap(), Periods::default());
    assert_eq!(life.check_by(&periods), Some(day("2027-03-01")));
    for (on, state) in [
        ("2026-03-01", State::Valid),
        ("2027-01-29", State::Valid),
        ("2027-01-30", State::CheckDue),
        ("2027-03-01", State::CheckDue),
        ("2027-03-31", State::CheckDue),
        ("2027-04-01", State::CheckMissed),
        ("2031-03-01", State::Expired),
    ] {
        assert_eq!(life.on(day(on), &periods), state, "{on}");
    }
    let none = Periods { check_months: 0, ..Periods::default() };
    assert_eq!(life.on(day("2031-02-28"), &none), State::Valid, "a province without an annual check");
    let missed = |act: Act| take(&[issued(), vec![("2027-04-01", act)]].concat());
    assert_eq!(missed(renewed(day("2032-01-01"))).1, Err(No::CheckMissed));
    let (life, done) = missed(Act::Checked);
    assert_eq!((done, life.unwrap().on(day("2027-04-01"), &periods)), (Ok(()), State::Valid));
}

/// R02: a suspension ends by a decision of its own, a cancellation never.
#[test]
fn r02_suspended_needs_its_own_resumption_and_cancelled_is_for_good() {
    let then = |more: &[(&'static str, Act)]| take(&[issued().as_slice(), more].concat());
    let suspended = ("2026-04-01", Act::Suspended);
    for act in [Act::Checked, Act::Suspended, renewed(day("2031-01-01"))] {
        assert_eq!(then(&[suspended.clone(), ("2026-04-02", act)]).1, Err(No::Suspended));
    }
    assert_eq!(then(&[("2026-04-01", Act::Resumed)]).1, Err(No::NotSuspended));
    let (life, done) = then(&[suspended.clone(), ("2026-05-01", Act::Resumed)]);
    assert_eq!((done, life.unwrap().on(day("2026-05-01"), &Periods::default())), (Ok(()), State::Valid));
    let cancelled = ("2026-06-01", Act::Cancelled { cause: Cause::Retirement });
    for act in [Act::Checked, Act::Resumed, Act::Issued { until: day("2030-01-01") }, renewed(day("2031-01-01"))] {
        assert_eq!(then(&[cancelled.clone(), ("2026-06-02", act)]).1, Err(No::Cancelled));
    }
    assert_eq!(then(&[("2026-06-01", Act::Returned)]).1, Err(No::NotCancelled));
    let back = [suspended, cancelled, ("2026-06-02", Act::Returned)];
    let (life, done) = then(&back);
    assert_eq!((done, life.unwrap().returned), (Ok(()), Some(day("2026-06-02"))), "the card came back");
    assert_eq!(then(&[back.as_slice(), &[("2026-06-03", Act::Returned)]].concat()).1, Err(No::Returned));
}

#[test]
fn r02_days_texts_and_validity_are_checked() {
    let periods = Periods::default();
    let (life, _) = take(&issued());
    let life = life.unwrap();
    let at = |s: &Step, today: &str| may(Some(&life), s, day(today), &periods);
    assert_eq!(at(&step(Act::Suspended, day("2026-12-02")), "2026-12-01"), Err(No::Future));
    assert_eq!(at(&step(Act::Suspended, day("2026-02-28")), "2026-12-01"), Err(No::Backdated));
    assert!(matches!(at(&Step { by: " ".into(), ..step(Act::Suspended, day("2026-12-01")) }, "2026-12-01"), Err(No::Text(_))));
    let long = Step { reason: "长".repeat(501), ..step(Act::Suspended, day("2026-12-01")) };
    assert!(matches!(at(&long, "2026-12-01"), Err(No::Text(_))));
    assert_eq!(at(&step(renewed(day("2026-12-01")), day("2026-12-01")), "2026-12-01"), Err(No::Validity(5)));
    assert_eq!(at(&step(renewed(day("2031-12-01")), day("2026-12-01")), "2026-12-01"), Err(No::Validity(5)));
    assert_eq!(at(&step(renewed(day("2031-11-30")), day("2026-12-01")), "2026-12-01"), Ok(()));
    assert_eq!(years(day("2024-02-29"), 5), day("2029-02-27"));
}

fn any_act() -> impl Strategy<Value = Act> {
    let until = (1i64..2500).prop_map(|n| moved(day("2026-01-01"), n));
    prop_oneof![
        Just(Act::Applied { fields: fields() }),
        until.clone().prop_map(|until| Act::TakenOver { fields: fields(), until }),
        any::<bool>().prop_map(|passed| Act::Examined { passed, result: "1".into() }),
        until.clone().prop_map(|until| Act::Issued { until }),
        Just(Act::Checked),
        Just(Act::Suspended),
        Just(Act::Resumed),
        until.prop_map(renewed),
        Just(Act::Cancelled { cause: Cause::Transfer }),
        Just(Act::Returned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// R02, R04: whatever is tried in whatever order, nobody is in effect without exam or an older certificate, nothing leaves a cancellation,
    /// a suspension ends only by resumption, and every state is what the steps up to that day say.
    #[test]
    fn r02_r04_no_order_of_steps_leads_around_the_rules(tried in prop::collection::vec((any_act(), 0i64..200), 0..40)) {
        let periods = Periods::default();
        let (mut steps, mut life, mut on) = (Vec::<Step>::new(), None::<Life>, day("2026-01-01"));
        for (act, later) in tried {
            on = moved(on, later);
            let s = step(act, on);
            let before = life.as_ref().map(|l| l.on(on, &periods));
            if may(life.as_ref(), &s, on, &periods).is_err() {
                continue;
            }
            steps.push(s.clone());
            life = Life::fold(&steps);
            let l = life.as_ref().unwrap();
            let state = l.on(on, &periods);
            let kinds: Vec<Kind> = steps.iter().map(|s| s.act.kind()).collect();
            if state.in_effect() {
                let issue = kinds.iter().position(|k| *k == Kind::Issued);
                let passed = issue.is_some_and(|i| {
                    let exams = steps[..i].iter().rev().find_map(|s| match s.act { Act::Examined { passed, .. } => Some(passed), _ => None });
                    exams == Some(true)
                });
                prop_assert!(passed || kinds[0] == Kind::TakenOver);
                prop_assert!(l.until.unwrap() >= on);
            }
            if before == Some(State::Cancelled) {
                prop_assert_eq!((state, s.act.kind()), (State::Cancelled, Kind::Returned));
            }
            if before == Some(State::Suspended) && state != State::Suspended {
                prop_assert!(matches!(s.act.kind(), Kind::Resumed | Kind::Cancelled));
            }
            prop_assert_eq!(kinds.iter().filter(|k| matches!(k, Kind::Issued | Kind::TakenOver)).count() <= 1, true);
            prop_assert!(steps.windows(2).all(|w| w[0].day <= w[1].day));
        }
    }

    #[test]
    fn a_step_is_read_as_it_was_written(act in any_act(), n in 0i64..900) {
        let s = step(act, moved(day("2026-01-01"), n));
        prop_assert_eq!(&serde_json::from_value::<Step>(serde_json::to_value(&s).unwrap()).unwrap(), &s);
    }
}
