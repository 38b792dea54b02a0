//! What the phone knows for a paper, so that nothing is typed twice (§G): a field's `from` is a path in it.

use super::record::moment;
use crate::calendar::Day;
use crate::document::facts::Moment;
use crate::inspection::{FactSource, Inspection, OfficerRef, Task};
use crate::pack::{Basis, EnforcementItem, Pack};
use serde_json::{Value, json};

/// Id of the subject that acts: the item's, else that of the task's first checklist (§0.3).
pub(super) fn subject<'a>(task: &Task, pack: &'a Pack, item: Option<&'a EnforcementItem>) -> Option<&'a str> {
    item.map(|i| i.subject.as_str()).or_else(|| own_subject(task, pack))
}

fn own_subject<'a>(task: &Task, pack: &'a Pack) -> Option<&'a str> {
    let list = task.checklists.iter().find_map(|id| pack.checklist(id))?;
    list.items.first().map(|item| item.subject.as_str())
}

/// The organ in whose name a paper speaks; none where the item belongs to a subject that the task does not name (J33).
pub(super) fn organ(task: &Task, pack: &Pack, item: Option<&EnforcementItem>) -> Option<String> {
    let subject = subject(task, pack, item);
    let named = subject.and_then(|s| task.organs.get(s)).cloned();
    named.or_else(|| (subject == own_subject(task, pack)).then(|| task.organ.clone()))
}

/// `known` of [`crate::document::form::fill`].
pub(super) fn known(i: &Inspection, pack: &Pack, item: Option<&EnforcementItem>, number: Option<&str>, now: Moment) -> Value {
    let Some(task) = &i.task else { return json!({}) };
    let organ = organ(task, pack, item);
    let e = &task.enterprise;
    let cite = |basis: &[Basis]| basis.iter().map(|b| pack.cite(b).zh).collect::<Vec<_>>().join("、");
    let officers: Vec<&OfficerRef> = i.arrived.iter().map(|(o, ..)| o).collect();
    let recorder = officers.get(1).or(officers.first()).map(|o| o.name.clone());
    let facts = facts(i, pack, subject(task, pack, item));
    let kind = match task.kind.as_str() {
        "special" => "专项检查",
        "case" => "个案检查",
        _ => "日常检查",
    };
    let correction_basis = item.map(|item| {
        let clause = if item.penalty.is_empty() { String::new() } else { format!("、{}", cite(&item.penalty)) };
        format!("《中华人民共和国行政处罚法》第二十八条第一款{clause}")
    });
    json!({
        "organ": organ,
        "number": number,
        "today": Day::in_china(now.ms).map(Day::number),
        "officers": officers.iter().map(|o| json!({"name": o.name, "certificate": o.number})).collect::<Vec<_>>(),
        "recorder": recorder,
        "party": {
            "kind": "unit", "name": e.name, "code": e.code, "legal_representative": e.legal_representative, "address": e.address, "phone": e.phone,
        },
        "complaint": {
            "unit": organ, "phone": task.complaint_phone, "website": task.badge_address.as_ref().map(|a| format!("https://{a}")),
        },
        "slots": task.slots,
        "findings_text": facts,
        "task": {
            "id": task.id, "matter": task.matter, "basis_text": task.basis.join("；"), "method": "现场检查", "types": kind, "day": task.day,
            "from": i.opened.as_ref().map(moment), "approval": task.approval.as_ref().map(|a| a.number.clone()),
            "assistant_count": i.assistants.len(), "n": task.n, "cap": (task.cap > 0).then_some(task.cap),
        },
        "case": {
            "cause": item.map(|item| item.title.zh.clone()),
            "facts": facts,
            "violated": item.map(|item| cite(&item.duty)),
            "penalty_basis": item.map(|item| cite(&item.penalty)),
            "correction_basis": correction_basis,
        },
    })
}

/// What was found, one line each: findings, and items answered 不合格; of one subject only, as far as the pack tells (J33).
fn facts(i: &Inspection, pack: &Pack, subject: Option<&str>) -> Option<String> {
    let of = |item: &str| pack.item(item).is_none_or(|x| subject.is_none_or(|s| x.subject == s));
    let mine = |source: &FactSource| match source {
        FactSource::Item(item) => of(item),
        FactSource::Finding(n) => {
            let items = n.checked_sub(1).and_then(|n| i.findings.get(n)).map_or(&[][..], |f| f.items.as_slice());
            items.is_empty() || items.iter().any(|item| of(item))
        }
    };
    let all: Vec<String> = i.facts().into_iter().filter(|f| mine(&f.source)).map(|f| f.text).collect();
    match all.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        _ => Some(all.iter().zip(1..).map(|(t, n)| format!("{n}. {t}")).collect::<Vec<_>>().join("\n")),
    }
}
