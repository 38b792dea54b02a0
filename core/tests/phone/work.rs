//! Checkpoints as work goes on; what is being sent does not change.

use crate::office::Office;
use crate::{Scene, kinds};
use mingzheng_core::host::KeyError;
use mingzheng_core::phone::{Act, LogState};
use mingzheng_core::wire::Submission;

fn checkpoints(s: &Scene) -> usize {
    s.phone().checkpoints().unwrap().len()
}

/// P5: after each finished act; of small ones at most 32 later, or 60 s.
#[test]
fn p5_a_checkpoint_is_signed_after_an_act_32_entries_or_60_seconds() {
    let (s, case) = Scene::begun();
    let before = checkpoints(&s);
    s.find(&case);
    assert_eq!(checkpoints(&s), before + 1, "a finished act");
    for n in 1..32 {
        s.note(&case, &format!("{n}"));
        assert_eq!(checkpoints(&s), before + 1);
    }
    s.note(&case, "32");
    assert_eq!(checkpoints(&s), before + 2, "the 32nd entry");
    s.note(&case, "一");
    let due = s.phone().tick().unwrap();
    assert!(due <= 60_000, "{due}");
    s.device.time.pass(due - 1);
    s.phone().tick().unwrap();
    assert_eq!(checkpoints(&s), before + 2);
    s.device.time.pass(1);
    s.phone().tick().unwrap();
    assert_eq!(checkpoints(&s), before + 3, "60 seconds");
    s.device.time.pass(600_000);
    s.phone().tick().unwrap();
    assert_eq!(checkpoints(&s), before + 3, "nothing new, nothing signed");
}

/// F43, P3: a key that is locked leaves the checkpoint pending; the next try signs everything.
#[test]
fn f43_a_locked_key_leaves_the_checkpoint_pending() {
    let (s, case) = Scene::begun();
    s.device.keys.refuse(Some(KeyError::Locked));
    s.find(&case);
    let status = s.phone().status().unwrap();
    assert_eq!((status.checkpoint_pending, status.log_state), (true, LogState::KeyLocked));
    s.device.keys.refuse(None);
    s.device.time.pass(60_000);
    s.phone().tick().unwrap();
    let status = s.phone().status().unwrap();
    assert_eq!((status.checkpoint_pending, status.log_state), (false, LogState::Signing));
}

/// F22: what is being sent stays as it is; a correction is a new entry, and what was sent half goes on with the same bytes.
#[test]
fn f22_what_is_being_sent_does_not_change() {
    let (mut s, case) = Scene::begun();
    s.find(&case);
    let request = s.phone().next_request().unwrap().unwrap();
    let sent = Submission::decode_all(&request.body).unwrap().remove(0);
    s.phone().on_failure(request.id).unwrap();
    s.phone().send_now().unwrap();
    s.phone().act(&case, Act::Note { text: "更正：应为三人".into() }).unwrap();
    s.reopen();
    s.find(&case);
    let again = Submission::decode_all(&s.phone().next_request().unwrap().unwrap().body).unwrap().remove(0);
    assert_eq!((sent.checkpoint, sent.segment), (again.checkpoint, again.segment));
    s.reopen();
    s.sync();
    assert_eq!(kinds(s.first_log()).iter().filter(|k| **k == "note.added").count(), 1);
    assert!(s.phone().checkpoints().unwrap().iter().all(|c| c.receipted));
    let Office { logs, .. } = &s.office;
    assert_eq!(logs.len(), 1);
}
