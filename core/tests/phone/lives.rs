//! One log after another: rotation, a lost key, a store that was put back.

use crate::{Scene, fields, kinds};
use mingzheng_core::cbor;
use mingzheng_core::enrolment::{Enrolment, Invitation, SuccessionReason};
use mingzheng_core::host::{DeviceKey, KeyError};
use mingzheng_core::id::{hex, sha256};
use mingzheng_core::log::{Checkpoint, Entry, tree};
use mingzheng_core::phone::{LogState, PhoneError};
use mingzheng_core::trust::RootFingerprint;
use serde_json::Value;

fn state(s: &Scene) -> LogState {
    s.phone().status().unwrap().log_state
}

fn root(entries: &[Entry]) -> String {
    hex(&tree::root(&entries.iter().map(Entry::leaf).collect::<Vec<_>>()))
}

/// The newest checkpoint that the office has of the first log: number and size.
fn last_of_first(s: &Scene) -> (u64, u64) {
    let (enrolment, _) = &s.office.enrolments[0];
    let signed = s.office.logs[&enrolment.log].checkpoints.last().unwrap();
    let cp = Checkpoint::open(signed, &enrolment.log_key).unwrap();
    (cp.cp_no, cp.size)
}

/// P5: the store is copied, work goes on, the copy is put back. The old log is never appended to; the new one says why, and everything arrives.
#[test]
fn p5_a_store_behind_its_mark_begins_a_new_log() {
    let (mut s, case) = Scene::begun();
    s.note(&case, "抄走之前");
    let copy = s.copy();
    s.open();
    s.find(&case);
    s.note(&case, "抄走之后");
    s.find(&case);
    s.sync();
    let (cp_no, size) = last_of_first(&s);
    let signed: Vec<Vec<u8>> = s.first_log().iter().map(|e| e.bytes().to_vec()).collect();

    s.put_back(&copy);
    assert_eq!(state(&s), LogState::StoreBehind);
    assert_eq!(s.notes(&case), ["抄走之前"], "what the copy holds is there");
    s.note(&case, "还原之后");
    s.find(&case);
    assert!(s.phone().status().unwrap().checkpoint_pending);
    assert!(matches!(s.phone().checkpoint_frame(), Err(PhoneError::NotEnrolled)), "nothing can be shown to the party unsigned");
    s.reopen();
    assert_eq!(state(&s), LogState::StoreBehind, "one new log, not one a start");
    s.sync();
    let again: Vec<Vec<u8>> = s.first_log().iter().map(|e| e.bytes().to_vec()).collect();
    assert_eq!(again, signed, "nothing is appended to the old log");

    let invitation = s.office.invite();
    s.phone().begin_enrolment(&invitation).unwrap();
    s.sync();
    s.sync();
    assert_eq!((state(&s), s.phone().status().unwrap().checkpoint_pending), (LogState::Signing, false));
    let new = s.newest_log();
    assert_eq!(kinds(new)[..1], ["log.succeeds"], "{:?}", kinds(new));
    let said = fields(&new[0]);
    assert_eq!(said["reason"], "store_behind");
    assert_eq!(said["old"], s.office.enrolments[0].0.log.to_string());
    assert_eq!((said["cp_no"].as_u64(), said["size"].as_u64()), (Some(cp_no), Some(size)));
    assert_eq!(said["root"], root(s.first_log()));
    assert!(kinds(new).contains(&"log.opened") && kinds(new).contains(&"note.added"));
    let succession = s.office.newest().0.succeeds.unwrap();
    assert_eq!(succession.reason, SuccessionReason::StoreBehind);
    assert_eq!(succession.previous, Enrolment::digest(&s.office.enrolments[0].1));
    assert_eq!(s.notes(&case), ["抄走之前", "还原之后"]);
    // A second start finds the mark of the new log.
    s.reopen();
    assert_eq!(state(&s), LogState::Signing);
}

/// P5: emptying the app's folder is a store that is behind, too: the first log of the new store says what it succeeds.
#[test]
fn p5_an_emptied_folder_does_not_forget_what_was_signed() {
    let (mut s, case) = Scene::begun();
    s.find(&case);
    s.sync();
    let (cp_no, size) = last_of_first(&s);
    let empty = tempfile::tempdir().unwrap();
    s.put_back(&empty);
    let invitation = s.office.invite();
    s.phone().begin_enrolment(&invitation).unwrap();
    s.sync();
    let new = s.newest_log();
    assert_eq!(kinds(new), ["log.opened", "log.succeeds"]);
    let said = fields(&new[1]);
    assert_eq!(
        (said["reason"].as_str(), said["cp_no"].as_u64(), said["size"].as_u64()),
        (Some("store_behind"), Some(cp_no), Some(size))
    );
    assert_ne!(s.office.enrolments[0].0.log_key, s.office.newest().0.log_key, "a key never signs two logs");
}

/// P5: a store that is ahead of the mark (killed between the two) is not behind, and raises it.
#[test]
fn p5_a_store_ahead_of_its_mark_goes_on() {
    use mingzheng_core::host::HighWater as _;
    let (mut s, case) = Scene::begun();
    let old = s.device.mark.read().unwrap().unwrap();
    s.find(&case);
    let new = s.device.mark.read().unwrap().unwrap();
    assert_ne!(old, new);
    s.device.mark.write(&old).unwrap();
    s.reopen();
    assert_eq!((state(&s), s.device.mark.read().unwrap()), (LogState::Signing, Some(new)));
}

/// P5, §8.1: rotation is signed by both keys: the old one ends its log and names the new, the new one names the old log's size and root.
#[test]
fn p5_a_planned_rotation_is_signed_by_both_keys() {
    let (mut s, case) = Scene::begun();
    s.note(&case, "换钥之前");
    s.sync();
    let invitation = s.office.invite();
    s.phone().begin_enrolment(&invitation).unwrap();
    s.sync();
    s.note(&case, "换钥之后");
    s.find(&case);
    s.sync();
    let old = s.first_log();
    let ended = fields(old.last().unwrap());
    assert_eq!(kinds(old).last(), Some(&"log.ended"));
    let new_key = sha256(&cbor::encode(&s.office.newest().0.log_key.to_cose()).unwrap());
    assert_eq!(ended["by"], s.office.newest().0.log.to_string());
    assert_eq!((ended["key"].as_str(), ended["reason"].as_str()), (Some(hex(&new_key).as_str()), Some("rotated")));
    let (cp_no, size) = last_of_first(&s);
    assert_eq!(size, old.len() as u64, "the old key's last checkpoint covers the entry that ends the log");
    let new = s.newest_log();
    assert_eq!(kinds(new)[..2], ["log.opened", "log.succeeds"]);
    let said = fields(&new[1]);
    assert_eq!(
        (said["cp_no"].as_u64(), said["size"].as_u64(), said["root"].as_str()),
        (Some(cp_no), Some(size), Some(root(old).as_str()))
    );
    assert_eq!(
        (said["reason"].as_str(), &said["adopted_size"], &said["adopted_root"]),
        (Some("rotated"), &Value::Null, &Value::Null)
    );
    assert_eq!(s.office.newest().0.succeeds.unwrap().reason, SuccessionReason::Rotated);
    assert!(
        s.device.keys.is_gone(DeviceKey::Log, 0) && s.device.keys.is_gone(DeviceKey::Officer, 0),
        "the old keys are destroyed"
    );
    assert_eq!(s.notes(&case), ["换钥之前", "换钥之后"], "the inspection goes on across both logs, in order");
    assert!(s.phone().badge_frame(mingzheng_core::phone::FrameKind::Badge, None).is_ok(), "with the badge of the new keys");
}

/// §8.1: a rotation whose old key is locked waits; a kill in the middle changes nothing.
#[test]
fn p5_a_rotation_waits_for_the_old_key_and_survives_a_kill() {
    let (mut s, case) = Scene::begun();
    s.sync();
    let invitation = s.office.invite();
    s.phone().begin_enrolment(&invitation).unwrap();
    let request = s.phone().next_request().unwrap().unwrap();
    s.device.keys.refuse(Some(KeyError::Locked));
    s.exchange(&request).unwrap();
    assert_eq!(state(&s), LogState::Renewing);
    s.note(&case, "仍可记录");
    s.device.keys.refuse(None);
    s.reopen();
    s.sync();
    assert_eq!(state(&s), LogState::Signing);
    let ends = kinds(s.first_log()).iter().filter(|k| **k == "log.ended").count();
    assert_eq!(
        (ends, kinds(s.first_log()).last()),
        (1, Some(&"log.ended")),
        "the old log ends once, after what was noted meanwhile"
    );
    assert_eq!(s.notes(&case), ["仍可记录"]);
}

/// F43: the LOG key is lost offline. Work goes on unsigned, the state says so; the new enrolment's log adopts the tail and everything arrives.
#[test]
fn f43_a_lost_key_loses_no_entry() {
    let (mut s, case) = Scene::begun();
    s.find(&case);
    let unsent = s.phone().checkpoints().unwrap().iter().filter(|c| !c.receipted).count();
    assert!(unsent > 0, "sealed segments of the old key wait");
    s.device.keys.lose(DeviceKey::Log, 0);
    for n in 0..40 {
        s.note(&case, &format!("无签名 {n}"));
    }
    s.find(&case);
    assert_eq!(state(&s), LogState::KeyGone);
    assert!(s.phone().status().unwrap().checkpoint_pending);
    assert!(matches!(s.phone().checkpoint_frame(), Err(PhoneError::KeyGone)));
    assert!(matches!(s.phone().next_request(), Err(PhoneError::KeyGone)), "the old enrolment cannot speak any more");
    s.reopen();
    let entries = s.phone().status().unwrap().entries;

    let invitation = s.office.invite();
    s.phone().begin_enrolment(&invitation).unwrap();
    s.sync();
    s.note(&case, "新日志");
    s.find(&case);
    s.sync();
    assert_eq!(state(&s), LogState::Signing);
    let (cp_no, size) = last_of_first(&s);
    let old = s.first_log();
    assert_eq!(old.len() as u64, entries, "the unsigned tail is at the office, entry by entry");
    assert!(old.windows(2).all(|w| w[1].follows(&w[0])));
    let said = fields(&s.newest_log()[1]);
    assert_eq!(said["reason"], "key_lost");
    assert_eq!((said["cp_no"].as_u64(), said["size"].as_u64()), (Some(cp_no), Some(size)));
    assert!(size < entries);
    assert_eq!((said["adopted_size"].as_u64(), said["adopted_root"].as_str()), (Some(entries), Some(root(old).as_str())));
    assert_eq!(s.office.newest().0.succeeds.unwrap().reason, SuccessionReason::KeyLost);
    assert_eq!(s.notes(&case).len(), 41);
    assert!(s.phone().checkpoints().unwrap().iter().all(|c| c.receipted));
}

/// F43: some platforms put a new key under the name of the one that is gone. It signs, but it is another one.
#[test]
fn f43_another_key_in_the_old_one_s_place_is_a_lost_key() {
    let (s, case) = Scene::begun();
    s.device.keys.replace(DeviceKey::Log, 0);
    s.find(&case);
    assert_eq!(state(&s), LogState::KeyGone);
    assert!(matches!(s.phone().next_request(), Err(PhoneError::KeyGone)));
}

/// An invitation that is no longer good changes nothing: what is to be sent goes under the old enrolment. Another office's is refused.
#[test]
fn a_refused_invitation_leaves_the_old_enrolment_at_work() {
    let (mut s, case) = Scene::begun();
    let foreign = Invitation { address: crate::office::ADDRESS.into(), root: RootFingerprint([1; 32]), code: [9; 16] };
    assert!(matches!(s.phone().begin_enrolment(&foreign.to_text().unwrap()), Err(PhoneError::Invalid(_))));
    let stale = s.office.invite();
    s.office.invite();
    s.phone().begin_enrolment(&stale).unwrap();
    let request = s.phone().next_request().unwrap().unwrap();
    assert!(matches!(s.exchange(&request), Err(PhoneError::Refused(_))));
    s.note(&case, "继续");
    s.find(&case);
    s.sync();
    assert_eq!(s.office.enrolments.len(), 1);
    assert!(s.phone().checkpoints().unwrap().iter().all(|c| c.receipted));
}
