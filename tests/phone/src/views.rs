//! What the façade shows, as JSON.

use mingzheng_core::badge::Officer;
use mingzheng_core::pack::Change;
use mingzheng_core::phone::{
    CertificateState, CertificateView, ChecklistView, CheckpointView, DraftView, FieldView, FormView, LogState, MirrorView,
    NodeView, NoticeView, OfficeState, OfficersView, OrphanView, QueueItem, QueueState, RecordingStanding, RecordingState,
    Sending, Status, TaskView,
};
use mingzheng_core::phone::{
    ClockView, DiscretionView, HandbookView, MeasureView, MovedItem, OfferView, PackMoveView, PageView, StepView, TierView,
};
use mingzheng_core::sync::schedule::Wait;
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

pub(crate) fn sending(s: &Sending) -> Value {
    json!({ "paused": s.paused, "busy": s.busy, "failures": s.failures, "wait_ms": s.wait_ms })
}

pub(crate) fn mirror(m: &MirrorView) -> Value {
    json!({
        "name": m.name,
        "number": m.number,
        "log": m.log,
        "paired": m.paired,
        "there": m.there,
        "there_of": m.there_of,
        "there_at_ms": m.there_at_ms,
        "here": m.here,
        "here_of": m.here_of,
        "here_at_ms": m.here_at_ms,
        "carried": m.carried,
        "forked": m.forked,
    })
}

fn queue_item(q: &QueueItem) -> Value {
    let (state, more) = match &q.state {
        QueueState::Waiting => ("waiting", Value::Null),
        QueueState::Sending { offset, length } => ("sending", json!({ "offset": offset, "length": length })),
        QueueState::Received => ("received", Value::Null),
        QueueState::Parked(why) => ("parked", json!(why)),
    };
    let waits = q.waits.map(|w| match w {
        Wait::Paused => "paused",
        Wait::NoNetwork => "no_network",
        Wait::Later => "later",
        Wait::Metered => "metered",
        Wait::Battery => "battery",
        Wait::Turn => "turn",
    });
    json!({ "kind": q.kind, "id": q.id, "state": state, "more": more, "waits": waits })
}

pub(crate) fn task(t: &TaskView) -> Value {
    json!({
        "id": t.task.id,
        "task": t.task,
        "assigned": t.assigned,
        "inspection": t.inspection,
        "gates": t.gates,
        "withdrawn": t.withdrawn,
        "reviews": t.reviews.iter().map(|r| json!({ "number": r.number, "at": r.at_ms, "agreed": r.agreed, "says": r.says })).collect::<Vec<_>>(),
    })
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

pub(crate) fn certificate(c: &CertificateView) -> Value {
    let state = match c.state {
        CertificateState::Missing => "missing",
        CertificateState::Cancelled => "cancelled",
        CertificateState::Suspended => "suspended",
        CertificateState::CheckMissed => "check_missed",
        CertificateState::Expired => "expired",
        CertificateState::TooStale => "too_stale",
        CertificateState::Stale => "stale",
        CertificateState::Expiring => "expiring",
        CertificateState::Unknown => "unknown",
        CertificateState::Valid => "valid",
    };
    json!({
        "state": state,
        "until": c.until,
        "days_left": c.days_left,
        "step": c.step,
        "stale_days": c.stale_days,
        "as_of": c.as_of,
        "rolled_back": c.rolled_back,
        "says": c.says,
        "to_do": c.to_do,
    })
}

pub(crate) fn form(f: &FormView) -> Value {
    json!({ "id": f.id, "title": f.title, "illustrative": f.illustrative, "number": f.number, "gates": f.gates })
}

pub(crate) fn draft(d: &DraftView) -> Value {
    let field = |f: &FieldView| json!({ "id": f.id, "kind": f.kind, "required": f.required, "fixed": f.fixed, "known": f.known, "typed": f.typed });
    json!({ "form": d.form, "fields": d.fields.iter().map(field).collect::<Vec<_>>(), "missing": d.missing, "faults": d.faults, "gates": d.gates })
}

pub(crate) fn measure(m: &MeasureView) -> Value {
    let step = |s: &StepView| json!({ "step": s.step, "done": s.done, "gates": s.gates, "form": s.form, "paper": s.paper });
    let clock =
        |c: &ClockView| json!({ "id": c.id, "due": c.due, "provisional": c.provisional, "mark": c.mark, "overdue": c.overdue });
    json!({
        "id": m.state.id,
        "what": m.state.what,
        "title": m.title,
        "steps": m.steps.iter().map(step).collect::<Vec<_>>(),
        "clocks": m.clocks.iter().map(clock).collect::<Vec<_>>(),
        "gates": m.gates,
    })
}

pub(crate) fn handbook(h: &HandbookView) -> Value {
    let page = |p: &PageView| json!({ "id": p.id, "title": p.title, "text": p.text, "sources": p.sources });
    json!({ "pack": h.pack, "pages": h.pages.iter().map(page).collect::<Vec<_>>() })
}

pub(crate) fn discretion(d: &DiscretionView) -> Value {
    let tier = |t: &TierView| json!({ "id": t.id, "imposes": t.imposes, "range": t.range, "statutory": t.statutory, "sources": t.sources, "illustrative": t.illustrative });
    let offer = |o: &OfferView| {
        let asks: Vec<_> = o.asks.iter().map(|a| a.fact).collect();
        json!({ "row": o.row, "tiers": o.tiers.iter().map(tier).collect::<Vec<_>>(), "asks": asks, "uncovered": o.uncovered })
    };
    let lenient: Vec<_> =
        d.lenient.iter().map(|l| json!({ "id": l.id, "list": l.list, "needs": l.needs, "sources": l.sources })).collect();
    json!({ "pack": d.pack, "offers": d.offers.iter().map(offer).collect::<Vec<_>>(), "lenient": lenient })
}

pub(crate) fn officers(v: &OfficersView) -> Value {
    json!({
        "organ": v.organ,
        "as_of": v.as_of,
        "until": v.until,
        "expired": v.expired,
        "rolled_back": v.rolled_back,
        "total": v.total,
        "rows": v.rows.iter().map(Officer::shown_fields).collect::<Vec<_>>(),
    })
}

pub(crate) fn pack_move(view: &PackMoveView) -> Value {
    let ids = |items: &[MovedItem]| items.iter().map(|x| x.id.clone()).collect::<Vec<_>>();
    let row = |c: &Change| json!({ "table": c.table, "row": c.row, "kind": format!("{:?}", c.kind) });
    json!({
        "from": view.from, "to": view.to, "dropped": ids(&view.dropped), "again": ids(&view.again), "asked": ids(&view.asked),
        "changes": view.changes.iter().map(row).collect::<Vec<_>>(),
    })
}
