//! 裁量 in the form of the report: the offers of the pack with range and source, the facts they ask, lists, proofs, approval (R46, R47).

use super::form::{Form, Kind, word};
use crate::procedure;
use crate::text::html;
use mingzheng_core::document::amount;
use mingzheng_core::pack::{Fact, Need, Pack};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What a form that begins anew keeps of an example: the charge, its day, what the office knows.
pub(super) fn unchosen(chosen: &Value) -> Value {
    json!({"charge": chosen.get("charge"), "committed": chosen.get("committed"), "earlier": chosen.get("earlier")})
}

fn each(step: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    step.pointer_mut("/proposal/chosen").and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}

fn all_facts() -> impl Iterator<Item = &'static str> {
    Fact::ALL.into_iter().map(Fact::name)
}

/// Gives every field of a choice its place, for a report; other steps carry their proposal unchanged.
pub(super) fn open(step: &mut Value) {
    if step.pointer("/charges").is_none() {
        return;
    }
    for chosen in each(step) {
        let facts = chosen.get("facts").cloned().unwrap_or_default();
        let facts: Map<String, Value> =
            all_facts().map(|name| (name.to_owned(), facts.get(name).cloned().unwrap_or_default())).collect();
        let proofs = chosen.get("proofs").and_then(Value::as_array).cloned().unwrap_or_default();
        let proof = |need: Need| {
            let known = proofs.iter().find(|p| p.get("need") == Some(&json!(need)));
            json!({"need": need, "record": known.and_then(|p| p.get("record")).cloned().unwrap_or_else(|| json!(""))})
        };
        let approval = chosen.get("approval").filter(|a| a.is_object()).cloned();
        for (name, value) in [
            ("facts", Value::Object(facts)),
            ("proofs", Need::ALL.map(proof).to_vec().into()),
            ("approval", approval.unwrap_or_else(|| json!({"by": "", "record": "", "reason": ""}))),
        ] {
            chosen.insert(name.to_owned(), value);
        }
        for name in ["row", "tier", "line", "ground", "concurrence"] {
            chosen.entry(name).or_insert_with(|| json!(""));
        }
        chosen.entry("earlier").or_insert_with(|| json!([]));
    }
}

/// Takes the places away that nobody filled, and names the row of the tier and the law of the row.
pub(super) fn close(step: &mut Value, pack: &Pack) {
    if step.pointer("/charges").is_none() {
        return;
    }
    let said = |v: Option<&Value>| v.and_then(Value::as_str).is_some_and(|t| !t.trim().is_empty());
    let mut laws: Vec<(usize, String, String)> = Vec::new();
    for (n, chosen) in each(step).enumerate() {
        if let Some(facts) = chosen.get_mut("facts").and_then(Value::as_object_mut) {
            facts.retain(|_, value| !value.is_null());
        }
        if let Some(proofs) = chosen.get_mut("proofs").and_then(Value::as_array_mut) {
            proofs.retain(|p| said(p.get("record")));
        }
        if !chosen.get("approval").is_some_and(|a| said(a.get("by"))) {
            chosen.insert("approval".into(), Value::Null);
        }
        let tier = chosen.get("tier").and_then(Value::as_str).unwrap_or_default().to_owned();
        let row = pack.discretion.iter().find(|row| row.tier(&tier).is_some());
        chosen.insert("row".into(), row.map_or(Value::Null, |row| json!(row.id)));
        for name in ["tier", "line", "ground"] {
            if !said(chosen.get(name)) {
                chosen.insert(name.into(), Value::Null);
            }
        }
        if let Some(row) = row {
            let cite = |all: &[mingzheng_core::pack::Basis]| all.iter().map(|b| pack.cite(b).zh).collect::<Vec<_>>().join("；");
            let duty = pack.enforcement_item(&row.item).map(|item| cite(&item.duty)).unwrap_or_default();
            laws.push((n, duty, cite(&row.basis)));
        }
    }
    // The law of the item and of the row need not be typed again.
    for (n, duty, basis) in laws {
        for (field, text) in [("violated", duty), ("penalty_basis", basis)] {
            let place = step.pointer_mut(&format!("/charges/{n}/{field}")).filter(|place| !said(Some(place)));
            if let Some(place) = place {
                *place = json!(text);
            }
        }
    }
}

/// The fields for one charge.
pub(super) fn inputs(f: &mut Form<'_>, n: usize, item: &str, pack: &Pack) {
    let at = |field: &str| format!("/proposal/chosen/{n}/{field}");
    let rows = procedure::rows(pack, item);
    f.head("chosen");
    f.add(&at("committed"), "committed", Kind::Day, true);
    let asked: BTreeSet<Fact> = rows.iter().flat_map(|row| &row.tiers).flat_map(|tier| tier.asks()).collect();
    for fact in Fact::ALL.into_iter().filter(|fact| asked.contains(fact)) {
        let (zh, en) = fact.question();
        let kind = match fact {
            Fact::Gains => Kind::Yuan,
            _ if fact.is_question() => Kind::Pick(["1", "0"].map(answer).to_vec()),
            _ => Kind::Text,
        };
        f.titled(&at(&format!("facts/{}", fact.name())), html(zh, en), kind, false);
    }
    let tiers =
        rows.iter().flat_map(|row| row.tiers.iter().map(|tier| (tier.id.clone(), procedure::tier_words(pack, row, tier))));
    f.add(&at("tier"), "tier", Kind::Choose(tiers.collect()), false);
    let lines = procedure::lines(pack, &rows);
    if !lines.is_empty() {
        let words = |line: &&mingzheng_core::pack::LeniencyRow| {
            let example = if line.illustrative { "（示例 illustrative）" } else { "" };
            let sources: Vec<String> = line.basis.iter().map(|b| pack.cite(b).zh).collect();
            let (list, act, when) = (line.list.word().0, &line.act.zh, &line.condition.zh);
            (line.id.clone(), format!("{list}：{act}：{when}{example}〔{}〕", sources.join("；")))
        };
        f.add(&at("line"), "line", Kind::Choose(lines.iter().map(words).collect()), false);
        for (k, need) in Need::ALL.into_iter().enumerate().filter(|(_, need)| lines.iter().any(|l| l.needs.contains(need))) {
            f.add(&at(&format!("proofs/{k}/record")), &format!("need.{}", need.name()), Kind::Text, false);
        }
    }
    f.add(&at("earlier"), "earlier", Kind::Lines, false);
    f.add(&at("approval/by"), "approval", Kind::Pick(["head", "collective"].map(|w| word(json!(w), "approval")).to_vec()), false);
    f.add(&at("approval/record"), "approval_record", Kind::Text, false);
    f.add(&at("approval/reason"), "approval_reason", Kind::Text, false);
    f.add(&at("concurrence"), "concurrence", Kind::Text, false);
    f.add(&at("ground"), "ground", Kind::Text, false);
}

fn answer(value: &str) -> (String, String) {
    let name = if value == "1" { "yes" } else { "no" };
    (value.to_owned(), word(json!(name), "answer").1)
}

/// A field of a choice as it stands in the step: facts are numbers.
pub(super) fn read(name: &str, text: &str) -> Option<Value> {
    match (name.contains("/facts/"), text) {
        (true, "") => Some(Value::Null),
        (true, _) if name.ends_with("/gains") => amount::parse(text).map(Value::from),
        (true, _) => text.parse::<u64>().ok().map(Value::from),
        (false, _) => Some(json!(text)),
    }
}
