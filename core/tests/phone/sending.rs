//! When the office is asked again: dead networks, captive portals, a user who stops it.

use crate::{Scene, kinds};
use mingzheng_core::phone::{PhoneError, QueueState};
use mingzheng_core::sync::schedule::{Conditions, Network, Wait};
use mingzheng_core::trust::Use;
use mingzheng_core::wire::FeedKind;

const DAY_MS: u64 = 86_400_000;

fn waits(s: &Scene) -> Vec<Option<Wait>> {
    s.phone().status().unwrap().queue.into_iter().filter(|q| q.state != QueueState::Received).map(|q| q.waits).collect()
}

/// F28: for thirty days every try fails. It is tried again by time alone, without anything new to send, at a bounded cost; then everything goes.
#[test]
fn f28_thirty_days_without_a_network() {
    let (mut s, case) = Scene::begun();
    s.find(&case);
    let (mut passed, mut tries, mut longest) = (0, 0, 0);
    while passed < 30 * DAY_MS {
        if let Some(request) = s.phone().next_request().unwrap() {
            tries += 1;
            s.phone().on_failure(request.id).unwrap();
            assert!(s.phone().next_request().unwrap().is_none(), "never twice at once");
        }
        let wait = s.phone().tick().unwrap();
        longest = longest.max(wait);
        s.device.time.pass(wait);
        passed += wait;
    }
    println!(
        "30 days without a network: {tries} requests, {:.1} an hour, at most {} min asleep",
        tries as f64 / 720.0,
        longest / 60_000
    );
    assert!((30 * 24..30 * 24 * 2 + 20).contains(&tries), "{tries} tries");
    assert!(longest <= 60 * 60_000, "{longest}");
    assert!(waits(&s).iter().all(|w| *w == Some(Wait::Later)), "{:?}", waits(&s));
    s.device.time.pass(60 * 60_000);
    s.sync();
    assert_eq!(s.phone().sending().unwrap().failures, 0);
    assert!(kinds(s.first_log()).contains(&"assistant.introduced"));
}

/// F28, F29: the wait is data: it outlives the process; a new start of the device, another network or the user ends it.
#[test]
fn f28_f29_a_wait_outlives_the_process_and_ends_for_a_reason() {
    let (mut s, case) = Scene::begun();
    s.find(&case);
    let fail = |s: &Scene| {
        let request = s.phone().next_request().unwrap().unwrap();
        s.phone().on_failure(request.id).unwrap();
        assert!(s.phone().sending().unwrap().wait_ms > 0);
    };
    let free = |s: &Scene| s.phone().sending().unwrap().wait_ms == 0;
    fail(&s);
    s.reopen();
    assert!(s.phone().next_request().unwrap().is_none() && !free(&s));
    s.phone().send_now().unwrap();
    assert!(free(&s));
    fail(&s);
    let lan = Conditions { network: Network::Metered, ..Conditions::default() };
    s.phone().set_conditions(lan).unwrap();
    assert!(free(&s), "another network");
    fail(&s);
    s.phone().set_conditions(lan).unwrap();
    assert!(!free(&s), "the same network");
    s.device.time.reboot();
    assert!(free(&s), "a new start");
    assert_eq!(s.phone().sending().unwrap().failures, 3);
    s.sync();
    assert!(waits(&s).is_empty());
}

/// F27: what answers in the office's place ends the round: it is not asked again at once, and nothing is marked as sent or parked.
#[test]
fn f27_an_answer_that_is_not_the_office_s_is_not_asked_for_again_at_once() {
    let (mut s, case) = Scene::begun();
    s.find(&case);
    for status in [200, 201, 302, 511] {
        s.phone().send_now().unwrap();
        let request = s.phone().next_request().unwrap().unwrap();
        let said = s.phone().on_response(request.id, status, &[], b"<html>login</html>");
        assert!(matches!(said, Err(PhoneError::Refused(_))));
        assert!(s.phone().next_request().unwrap().is_none());
    }
    assert_eq!(s.phone().sending().unwrap().failures, 4);
    assert!(waits(&s).iter().all(|w| *w == Some(Wait::Later)));
    s.phone().send_now().unwrap();
    s.sync();
    assert!(waits(&s).is_empty());
}

/// F29: stopped by the user, cancelled in the middle, without a network: safe at any point; a late answer changes nothing.
#[test]
fn f29_stopping_is_safe_at_any_point() {
    let (mut s, case) = Scene::begun();
    s.find(&case);
    let request = s.phone().next_request().unwrap().unwrap();
    s.phone().cancel_request().unwrap();
    let late = s.exchange(&request);
    assert!(matches!(late, Err(PhoneError::NotFound("request"))), "its answer is late");
    assert_eq!(s.phone().sending().unwrap().failures, 0, "no failure");
    s.phone().pause_sending(true).unwrap();
    s.reopen();
    assert!(s.phone().next_request().unwrap().is_none(), "kept over a restart");
    assert!(waits(&s).iter().all(|w| *w == Some(Wait::Paused)) && !waits(&s).is_empty());
    s.phone().pause_sending(false).unwrap();
    s.phone().set_conditions(Conditions { network: Network::None, ..Conditions::default() }).unwrap();
    assert!(s.phone().next_request().unwrap().is_none());
    assert!(waits(&s).iter().all(|w| *w == Some(Wait::NoNetwork)));
    s.phone().set_conditions(Conditions::default()).unwrap();
    s.sync();
    assert!(waits(&s).is_empty());
    assert_eq!(kinds(s.first_log()).iter().filter(|k| **k == "assistant.introduced").count(), 1, "once at the office");
}

/// The office's list follows with the same keys, of which those that sign answers count until then, ms.
fn renew(s: &mut Scene, until: i64) {
    let list = &mut s.office.trust;
    (list.previous, list.version) = (Some(list.digest().unwrap()), list.version + 1);
    for key in list.keys.iter_mut().filter(|k| matches!(k.usage, Use::Feed | Use::Anchor | Use::Receipt)) {
        key.until = until;
    }
}

/// P3: the keys that sign the office's answers ran out in the list that the phone knows, so that nothing from there counts, the feed neither. The phone
/// asks for the list itself, which the roots signed: without a newer one at a bounded cost, with one it goes on by itself. An older one is refused.
#[test]
fn p3_a_phone_that_was_away_while_the_office_renewed_its_keys_finds_the_newer_list() {
    let (mut s, case) = Scene::begun();
    let first = s.office.trust.clone();
    let soon = s.office.now() + DAY_MS as i64;
    renew(&mut s, soon);
    let list = s.office.signed_trust();
    s.office.send(0, FeedKind::Trust, list);
    s.sync();
    s.device.time.pass(2 * DAY_MS);
    s.find(&case);
    let asked = |s: &mut Scene, days: u64| {
        let (mut passed, mut tries, mut lists) = (0, 0, 0);
        while passed < days * DAY_MS {
            while let Some(request) = s.phone().next_request().unwrap() {
                tries += 1;
                lists += usize::from(request.url.ends_with("/v1/trust"));
                assert!(s.exchange(&request).is_err(), "nothing counts");
                assert!(tries < 2_000, "it asks and asks");
            }
            let wait = s.phone().tick().unwrap();
            s.device.time.pass(wait);
            passed += wait;
        }
        (tries, lists)
    };
    let second = s.office.trust.clone();
    for list in [&second, &first] {
        s.office.trust.clone_from(list);
        let (tries, lists) = asked(&mut s, 5);
        assert!(lists > 0 && tries <= 5 * 24 * 4 + 40, "{tries} tries, {lists} for the list");
    }
    assert!(!waits(&s).is_empty(), "what the office has is not received before it counts");

    // Two lists lie in the feed, of which the phone passes the first.
    s.office.trust = second;
    for until in [soon + 1, i64::MAX / 4096] {
        renew(&mut s, until);
        let list = s.office.signed_trust();
        s.office.send(0, FeedKind::Trust, list);
    }
    s.device.time.pass(60 * 60_000);
    let mut refused = 0;
    while let Some(request) = s.phone().next_request().unwrap() {
        refused += usize::from(s.exchange(&request).is_err());
    }
    assert_eq!(refused, 1, "the one answer that it could not judge");
    assert!(waits(&s).is_empty() && kinds(s.first_log()).contains(&"assistant.introduced"));
    s.reopen();
    s.find(&case);
    s.sync();
    assert!(waits(&s).is_empty());
}
