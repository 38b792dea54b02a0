//! The office's own log as a phone sees it.

use crate::office::Lie;
use crate::{Scene, fields};
use mingzheng_core::cbor::{self, Fields};
use mingzheng_core::id::{hex, sha256};
use mingzheng_core::phone::{OfficeState, PhoneError};

fn state(s: &Scene) -> OfficeState {
    s.phone().status().unwrap().office_state
}

/// P5: each larger head is asked to be proven; what is proven is kept, across restarts.
#[test]
fn p5_the_office_proves_that_its_log_only_grew() {
    let mut s = Scene::new();
    assert_eq!(state(&s), OfficeState::Consistent);
    let asked = s.office.proofs_asked;
    for _ in 0..3 {
        s.office.grow();
        s.sync();
        s.reopen();
        assert_eq!(state(&s), OfficeState::Consistent);
    }
    assert_eq!(s.office.proofs_asked, asked + 3, "one question a conversation");
    s.sync();
    assert_eq!(s.office.proofs_asked, asked + 3, "and none when nothing grew");
}

/// What the phone keeps when the office contradicts itself, and that its own log says so.
fn contradicted(s: &mut Scene, proof: bool) {
    s.reopen();
    assert_eq!(state(s), OfficeState::Contradicted);
    let forks = s.phone().office_forks().unwrap();
    assert_eq!(forks.len(), 1);
    let mut f = Fields::of(cbor::decode(&forks[0]).unwrap()).unwrap();
    let mut bytes = |name: &'static str| f.opt(name).map(|v| v.bytes(name).unwrap());
    let (first, second) = (bytes("first").unwrap(), bytes("second").unwrap());
    assert_eq!([bytes("request"), bytes("answer"), bytes("body")].iter().all(Option::is_some), proof);
    s.office.lie = Lie::None;
    s.sync();
    let said = s.first_log().iter().find(|e| e.header().kind == "office.contradicted").map(fields).unwrap();
    assert_eq!((said["first"].as_str(), said["second"].as_str()), (Some(&*hex(&sha256(&first))), Some(&*hex(&sha256(&second)))));
    assert_eq!(state(s), OfficeState::Contradicted, "nothing that it says later mends it");
    assert_eq!(s.phone().office_forks().unwrap(), forks);
}

/// P5: one size, two roots: both signed answers are kept as a proof.
#[test]
fn p5_two_roots_for_one_size_are_kept_as_a_proof() {
    let mut s = Scene::new();
    s.sync();
    s.office.lie = Lie::OtherRoot;
    s.sync();
    contradicted(&mut s, false);
}

/// P5: a log that was rewritten below the kept head cannot be proven to have grown; the signed, failing answer is part of the proof.
#[test]
fn p5_a_rewritten_log_is_not_followed() {
    let mut s = Scene::new();
    s.office.grow();
    s.office.lie = Lie::Rewritten;
    s.sync();
    contradicted(&mut s, true);
}

/// P5: without the proof the phone does not move, says so, and asks again.
#[test]
fn p5_without_a_proof_the_phone_does_not_move() {
    let mut s = Scene::new();
    s.office.grow();
    s.office.lie = Lie::Silent;
    s.sync();
    assert_eq!(state(&s), OfficeState::Unproven);
    s.office.lie = Lie::None;
    s.sync();
    assert_eq!(state(&s), OfficeState::Consistent);
}

/// P5, F34 as far as it is seen here: an office that was set back is named and shown its own answer; it is no fork, and nothing is forgotten.
#[test]
fn p5_f34_an_office_that_was_set_back_is_named_and_shown_what_it_said() {
    let mut s = Scene::new();
    s.office.lie = Lie::Forgets(2);
    s.sync();
    s.reopen();
    assert_eq!(state(&s), OfficeState::Back);
    assert_eq!(s.office.seen.len(), 1, "its own larger answer was shown to it");
    s.sync();
    assert_eq!((state(&s), s.office.seen.len()), (OfficeState::Back, 2), "once a conversation");
    assert!(s.phone().office_forks().unwrap().is_empty());
    s.office.begin_epoch(false);
    s.office.grow();
    s.sync();
    s.sync();
    s.reopen();
    assert_eq!(state(&s), OfficeState::Consistent, "a new epoch that the roots began stands beside the old one");
    s.office.epoch = 0;
    s.sync();
    assert_eq!(state(&s), OfficeState::Back, "an older epoch after a newer one is a step back");
}

/// P5: an office cannot leave its past behind by counting on: a new epoch needs the roots' signature, and names what phones have seen.
#[test]
fn p5_a_new_epoch_without_its_proof_is_not_followed() {
    let mut s = Scene::new();
    s.office.grow();
    s.sync();
    s.office.epoch = 1;
    let refused = try_sync(&mut s);
    assert!(matches!(refused, Err(PhoneError::Refused(_))), "no beginning at all");
    assert_eq!(state(&s), OfficeState::Unproven);
    s.office.epoch = 0;
    s.office.begin_epoch(true);
    assert!(matches!(try_sync(&mut s), Err(PhoneError::Refused(_))), "the roots signed, but it forgets what this phone has seen");
    assert_eq!(state(&s), OfficeState::Unproven);
    assert!(s.phone().office_forks().unwrap().is_empty());
}

/// A conversation in which an answer may be refused; the first refusal.
fn try_sync(s: &mut Scene) -> Result<(), PhoneError> {
    let mut refused = Ok(());
    while let Some(request) = s.phone().next_request().unwrap() {
        refused = refused.and(s.exchange(&request));
    }
    refused
}
