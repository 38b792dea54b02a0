//! What the phone knows for a paper, so that nothing is typed twice (§G): a field's `from` is a path in it.

use super::measure::until;
use super::record::moment;
use crate::calendar::Day;
use crate::document::facts::{Moment, Organ};
use crate::inspection::organ::{organ, own_subject, present_for, subject};
use crate::inspection::{FactSource, How, Inspection, Interview, OfficerRef};
use crate::measure::{MeasureKind, MeasureState, Step, rights_act};
use crate::pack::{Basis, CoerciveMeasure, EnforcementItem, Form, Language, Pack, PenaltyKind};
use serde_json::{Value, json};

/// The subjects of this visit and their organs (J33): the task's own, then each that an answered item belongs to and that the task names.
pub(super) fn subjects(i: &Inspection, pack: &Pack) -> Vec<(String, String)> {
    let Some(task) = &i.task else { return Vec::new() };
    let own = own_subject(task, pack);
    let asked = |id: &str| i.answers.keys().filter_map(|item| pack.item(item)).any(|item| item.subject == id);
    let others = pack.subjects.iter().map(|s| s.id.as_str()).filter(|id| own != Some(*id) && asked(id));
    let others = others.filter_map(|id| Some((id.to_owned(), task.organs.get(id)?.clone())));
    let first = own.zip(organ(task, pack, None)).map(|(id, organ)| (id.to_owned(), organ));
    first.into_iter().chain(others).collect()
}

/// To whose record an item of a checklist belongs; what no named subject claims stays with the task's own.
pub(super) fn record_of<'a>(subjects: &'a [(String, String)], pack: &Pack, item: &str) -> Option<&'a str> {
    let of = pack.item(item).map(|x| x.subject.as_str());
    let named = subjects.iter().find(|(id, _)| Some(id.as_str()) == of).or(subjects.first());
    named.map(|(id, _)| id.as_str())
}

/// `known` of [`crate::document::form::fill`].
///
/// `one`: the organ whose act the paper is, where several inspect together (R52).
pub(super) fn known(
    i: &Inspection,
    pack: &Pack,
    item: Option<&EnforcementItem>,
    one: Option<&str>,
    number: Option<&str>,
    now: Moment,
) -> Value {
    let Some(task) = &i.task else { return json!({}) };
    let organ = organ(task, pack, item);
    let e = &task.enterprise;
    let cite = |basis: &[Basis]| basis.iter().map(|b| pack.cite(b).zh).collect::<Vec<_>>().join("、");
    let officers: Vec<&OfficerRef> = present_for(i, one);
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
        "team": (one.is_none() && task.joint()).then(|| team(i)),
        "findings_text": facts,
        "task": {
            "id": task.id, "matter": task.matter, "basis_text": task.basis.join("；"), "method": "现场检查", "types": kind, "day": task.day,
            "from": i.opened.as_ref().map(moment), "approval": task.approval.as_ref().map(|a| a.number.clone()),
            "assistant_count": i.assistants.len(), "n": task.n, "cap": (task.cap > 0).then_some(task.cap),
            "exempt_text": task.exempt.as_ref().map(|e| format!("{}：{}", e.title, e.reason)),
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

/// The organs of a joint inspection in the order of the task, each with its officers who are there (R52).
pub(super) fn team(i: &Inspection) -> Vec<Organ> {
    let arrived = |number: &String| i.officer(number).is_some();
    let organs = i.task.iter().flat_map(|t| &t.team);
    organs
        .map(|t| Organ { organ: t.organ.clone(), officers: t.officers.iter().filter(|n| arrived(n)).cloned().collect() })
        .collect()
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

/// What a measure's entries say: `measure.*`, `samples`, and the discretion of a penalty.
pub(super) fn of_measure(known: &mut Value, i: &Inspection, pack: &Pack, m: &MeasureState, now: Moment) {
    let cite = |basis: &[Basis]| basis.iter().map(|b| pack.cite(b).zh).collect::<Vec<_>>().join("、");
    let approval = match (&m.approved, &m.emergency) {
        (Some(a), _) => Some(format!("{}，{}", a.number, a.by)),
        (None, Some(_)) => Some("情况紧急，当场实施，二十四小时内报告并补办批准手续".to_owned()),
        (None, None) => None,
    };
    let power = m.coercive.zip(m.item.as_ref()).and_then(|(what, item)| pack.power(what, item));
    let kind = m.coercive.map(|what| match what {
        CoerciveMeasure::Seal => "seal",
        CoerciveMeasure::Seize => "seize",
        CoerciveMeasure::Close => "close",
        CoerciveMeasure::SealGoods => "hold",
        CoerciveMeasure::SuspendSale => "suspend",
    });
    let goods: Vec<Value> = m.taken.iter().flat_map(|t| &t.goods).map(|g| json!(g)).collect();
    let taken = m.taken.as_ref().map(|t| t.at);
    let told = rights_act(m.what).and_then(|act| pack.rights(act, &Language::ZhHans)).map(|notice| {
        let since = m.told_since();
        let items = notice.items.iter().filter(|x| i.rights.iter().any(|r| r.item == x.id && r.at.steady_ms >= since.steady_ms));
        let aloud = i.rights.iter().any(|r| r.how == How::ReadAloud && notice.items.iter().any(|x| x.id == r.item));
        let how = if aloud { "宣读" } else { "出示" };
        let by = i.acknowledged.get(&pack.row(&notice.id)).map_or_else(String::new, |a| format!("，由{}确认", a.by));
        format!("当场{how}《{}》第{}版，共{}项{by}。理由：{}。", notice.title, notice.version, items.count(), m.reason)
    });
    let said = m.heard.iter().chain(&m.heard_after);
    let said: Vec<String> = said.map(|h| format!("{}：{}。{}", h.speaker, h.text.trim_end_matches('。'), h.opinion)).collect();
    let heard = (!said.is_empty()).then(|| said.join("\n"));
    let present = m.called.as_ref().map(|c| match &c.witness {
        Some(w) if !c.came => format!("{}，未到场；见证人{w}（{}）", c.how, c.witness_unit.as_deref().unwrap_or_default()),
        _ => format!("{}，已到场", c.how),
    });
    let chosen = m.chosen.as_ref();
    let has = |kind| chosen.is_some_and(|c| c.penalties.contains(&kind));
    let penalty = match (has(PenaltyKind::Warning), has(PenaltyKind::Fine)) {
        (true, true) => Some("both"),
        (true, false) => Some("warning"),
        (false, true) => Some("fine"),
        (false, false) => None,
    };
    let number = m.paper_of(i, Step::Paper).map(|p| p.number().to_owned());
    let discretion = chosen.and_then(|c| {
        let row = pack.discretion_row(&c.row)?;
        let tier = row.tier(&c.tier)?;
        let marked = if tier.illustrative { "（示例）" } else { "" };
        Some(format!("适用裁量基准“{}”：{}{marked}。{}", row.act.zh, tier.condition.zh, c.reason))
    });
    let Some(map) = known.as_object_mut() else { return };
    map.insert(
        "measure".into(),
        json!({
            "kind": kind, "reason": m.reason, "approval": approval, "goods": goods, "number": number,
            "power": power.map(|p| cite(&p.basis)),
            "from": taken.and_then(|at| Day::in_china(at.ms)).map(Day::number),
            "until": until(i, pack, m, now.ms),
            "place": m.taken.as_ref().map(|t| t.place.clone()),
            "began": moment(&m.begun), "taken": taken.as_ref().map(moment), "ended": now,
            "told": told, "defence": heard, "present": present,
            "penalty": penalty, "fine": chosen.and_then(|c| c.fen),
        }),
    );
    if matches!(m.what, MeasureKind::Sampling | MeasureKind::ProductSampling) {
        map.insert("samples".into(), json!(goods));
    }
    if let Some(case) = map.get_mut("case").and_then(Value::as_object_mut) {
        case.insert("discretion".into(), json!(discretion));
    }
}

/// Lists as the form has them: what its columns do not ask stays away.
pub(super) fn shape(known: &mut Value, form: &Form) {
    for field in form.fields.iter().filter(|f| !f.columns.is_empty()) {
        let Some(from) = &field.from else { continue };
        let rows = known.pointer_mut(&format!("/{}", from.replace('.', "/"))).and_then(Value::as_array_mut);
        for row in rows.into_iter().flatten().filter_map(Value::as_object_mut) {
            row.retain(|name, _| field.columns.iter().any(|c| c.id == *name));
        }
    }
}

/// What an interview's entries say: `interview.*`; who asked stands as the officers, who wrote as the recorder.
pub(super) fn of_interview(known: &mut Value, x: &Interview, now: Moment) {
    let Some(map) = known.as_object_mut() else { return };
    let officers: Vec<Value> = x.officers.iter().map(|o| json!({"name": o.name, "certificate": o.number})).collect();
    map.insert("officers".into(), officers.into());
    map.insert("recorder".into(), json!(x.recorder));
    let ended = x.ended.as_ref().map_or(now, moment);
    map.insert("interview".into(), json!({"started": moment(&x.started), "ended": ended, "place": x.place, "person": x.person}));
}
