//! What the façade shows, as JSON.

use mingzheng_core::phone::{
    ChecklistView, CheckpointView, LogState, NodeView, NoticeView, OfficeState, OrphanView, QueueItem, QueueState,
    RecordingStanding, RecordingState, Status, TaskView,
};
use serde_json::{Value, json};

pub(crate) fn status(s: &Status) -> Value {
    let pack =
        s.pack.as_ref().map(|p| json!({ "id": p.id, "version": p.version, "title": p.title, "valid_until": p.valid_until }));
    json!({
        "enrolled": s.enrolled,
        "person_name": s.person_name,
        "person_role": s.person_role,
        "certificate_number": s.certificate_number,
        "certificate_until": s.certificate_until,
        "certificate_days_left": s.certificate_days_left,
        "badge_until_ms": s.badge_until_ms,
        "pack": pack,
        "trust_fingerprint": s.trust_fingerprint,
        "aid_label": s.aid_label,
        "queue": s.queue.iter().map(queue_item).collect::<Vec<_>>(),
        "checkpoint_pending": s.checkpoint_pending,
        "log_state": match s.log_state {
            LogState::Signing => "signing",
            LogState::KeyLocked => "key_locked",
            LogState::KeyGone => "key_gone",
            LogState::StoreBehind => "store_behind",
            LogState::Renewing => "renewing",
        },
        "office_state": match s.office_state {
            OfficeState::Unknown => "unknown",
            OfficeState::Consistent => "consistent",
            OfficeState::Unproven => "unproven",
            OfficeState::Back => "back",
            OfficeState::Contradicted => "contradicted",
        },
        "entries": s.entries,
        "next_tick_ms": s.next_tick_ms,
    })
}

fn queue_item(q: &QueueItem) -> Value {
    let (state, more) = match &q.state {
        QueueState::Waiting => ("waiting", Value::Null),
        QueueState::Sending { offset, length } => ("sending", json!({ "offset": offset, "length": length })),
        QueueState::Received => ("received", Value::Null),
        QueueState::Parked(why) => ("parked", json!(why)),
    };
    json!({ "kind": q.kind, "id": q.id, "state": state, "more": more })
}

pub(crate) fn task(t: &TaskView) -> Value {
    json!({ "id": t.task.id, "task": t.task, "assigned": t.assigned, "inspection": t.inspection, "gates": t.gates })
}

pub(crate) fn checklist(c: &ChecklistView) -> Value {
    let items = c.items.iter().map(|i| json!({ "id": i.id, "no": i.no, "text": i.text, "basis": i.basis, "answer": i.answer }));
    json!({ "id": c.id, "title": c.title, "items": items.collect::<Vec<_>>() })
}

pub(crate) fn notice(n: &NoticeView) -> Value {
    let items = n.items.iter().map(|i| json!({ "id": i.id, "text": i.text, "basis": i.basis, "told": i.told }));
    json!({ "row": n.row, "version": n.version, "language": n.language, "title": n.title, "items": items.collect::<Vec<_>>() })
}

pub(crate) fn node(n: &NodeView) -> Value {
    json!({ "id": n.id, "title": n.title, "done_at": n.done_at })
}

pub(crate) fn checkpoint(c: &CheckpointView) -> Value {
    json!({ "log": c.log, "cp_no": c.cp_no, "size": c.size, "receipted": c.receipted })
}

pub(crate) fn orphan(o: &OrphanView) -> Value {
    json!({ "path": o.path, "media_type": o.media_type, "length": o.length, "sealed": o.sealed, "recording": o.recording })
}

pub(crate) fn recording(r: &RecordingState) -> Value {
    let standing = match r.standing {
        RecordingStanding::Running => "running",
        RecordingStanding::Broken => "broken",
        RecordingStanding::Ended => "ended",
    };
    json!({ "recording": r.id, "media": r.media, "scene": r.scene, "parts": r.parts, "lasts_ms": r.lasts_ms, "standing": standing })
}
