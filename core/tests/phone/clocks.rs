//! Three clocks, jumps, zones, office time.

use crate::{NOON, Scene, fields};
use mingzheng_core::log::Header;
use mingzheng_core::phone::PhoneError;

const DAY: i64 = 86_400_000;
const YEAR: i64 = 365 * DAY;

/// F13: +05:45, +08:45, −03:30, summer time: instant, zone and offset stay as they were; opening the store ten times alters no byte.
#[test]
fn f13_zones_stay_and_reopening_alters_no_byte() {
    let (mut s, case) = Scene::begun();
    let zones = [345, 525, -210, 60, 120, 480];
    for zone in zones {
        s.device.time.set_zone(zone);
        s.device.time.pass(1_000);
        s.note(&case, &format!("时区 {zone}"));
    }
    let fold = |s: &Scene| serde_json::to_string(&s.phone().inspection(&case).unwrap()).unwrap();
    let before = fold(&s);
    for round in 0..10 {
        s.device.time.set_zone(zones[round % zones.len()]);
        s.reopen();
        assert_eq!(fold(&s), before, "round {round}");
    }
    s.sync();
    let of_notes: Vec<(i64, i32)> = s.first_log().iter().filter(|e| e.header().kind == "note.added").map(clock_of).collect();
    let expected: Vec<(i64, i32)> = zones.iter().zip(1..).map(|(zone, n)| (NOON + n * 1_000, *zone)).collect();
    assert_eq!(of_notes, expected, "the office has the same bytes");
    assert!(!s.first_log().iter().any(|e| e.header().kind == "clock.jumped"), "another zone is no jump");
    let sent: Vec<Vec<u8>> = s.first_log().iter().map(|e| e.bytes().to_vec()).collect();
    s.reopen();
    s.note(&case, "再记一笔");
    s.find(&case);
    s.sync();
    assert!(s.first_log().iter().zip(&sent).all(|(e, bytes)| e.bytes() == bytes));
}

fn clock_of(e: &mingzheng_core::log::Entry) -> (i64, i32) {
    let Header { clocks, .. } = e.header();
    (clocks.reading.wall_ms, clocks.reading.zone_min)
}

/// F14, J31: two days back, five years forward, across a reboot too; the order of events stays and each jump is an entry.
#[test]
fn f14_a_jump_of_the_clock_is_an_entry_and_order_stays() {
    let (mut s, case) = Scene::begun();
    let jumps = |s: &Scene| -> Vec<i64> { s.phone().inspection(&case).unwrap().jumps.iter().map(|j| j.by_ms).collect() };
    s.device.time.set_wall(-59_000);
    s.note(&case, "一");
    assert_eq!(jumps(&s), [0_i64; 0], "less than a minute is none");
    s.device.time.set_wall(59_000 - 2 * DAY);
    s.note(&case, "二");
    s.device.time.set_wall(2 * DAY + 5 * YEAR);
    s.note(&case, "三");
    assert_eq!(jumps(&s), [59_000 - 2 * DAY, 2 * DAY + 5 * YEAR]);
    s.device.time.set_wall(-5 * YEAR);
    s.note(&case, "四");
    s.reopen();
    s.device.time.reboot();
    s.device.time.set_wall(-2 * DAY);
    s.note(&case, "五");
    assert_eq!(jumps(&s)[2..], [-5 * YEAR, -2 * DAY], "set back while it was off: known from the last entry");
    s.device.time.pass(3_600_000);
    s.device.time.reboot();
    s.note(&case, "六");
    assert_eq!(jumps(&s).len(), 4, "time that passes across a reboot is no jump");
    assert_eq!(s.notes(&case), ["一", "二", "三", "四", "五", "六"]);
    s.sync();
    let seqs: Vec<u64> = s.first_log().iter().map(|e| e.header().seq).collect();
    assert!(seqs.iter().copied().eq(0..seqs.len() as u64));
    let logged: Vec<_> = s.first_log().iter().filter(|e| e.header().kind == "clock.jumped").map(fields).collect();
    assert_eq!(logged.len(), 4);
    assert_eq!(logged[1]["by_ms"], 2 * DAY + 5 * YEAR);
}

/// F14, invariant 8: the day of the assignment and what expires are judged by the office's time once it is known; a clock that is set wins nothing.
#[test]
fn f14_the_day_of_the_task_is_the_office_s_day() {
    let s = Scene::new();
    let blocked = |s: &Scene| !s.phone().tasks().unwrap()[0].gates.is_empty();
    assert!(!blocked(&s));
    for wrong in [-2 * DAY, 5 * YEAR] {
        s.device.time.set_wall(wrong);
        assert!(!blocked(&s), "the same boot: the wall clock says nothing");
        s.device.time.set_wall(-wrong);
    }
    s.device.time.pass(u64::try_from(DAY).unwrap());
    assert!(blocked(&s), "the day is over");
    s.device.time.set_wall(-DAY);
    assert!(blocked(&s), "and setting the clock back does not bring it again");
    let refused = s.phone().open_inspection(&crate::office::TASK.to_string(), None);
    assert!(matches!(refused, Err(PhoneError::Blocked(_))));
}

/// F14: after a reboot the office's last answer is a lower bound: the certificate that has expired stays so.
#[test]
fn f14_after_a_reboot_a_clock_set_back_revives_nothing() {
    let mut s = Scene::new();
    s.device.time.pass(u64::try_from(3 * YEAR).unwrap());
    s.sync();
    assert!(s.phone().status().unwrap().certificate_days_left.unwrap() < 0);
    s.device.time.reboot();
    s.device.time.set_wall(-3 * YEAR);
    s.reopen();
    assert!(s.phone().status().unwrap().certificate_days_left.unwrap() < 0);
}
