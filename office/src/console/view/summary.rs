//! What stands at the top of a case: the task and who was there.

use super::timeline::appearance;
use super::words::{day, name_of, text, time, word};
use crate::text::CONSOLE;
use mingzheng_core::inspection::{Inspection, LeadChange, OfficerRef};

/// A name with its value, both HTML.
pub(in crate::console) struct Fact {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

fn fact(name: &str, value: String) -> Fact {
    Fact { name: CONSOLE.both(name), value }
}

pub(super) fn facts(i: &Inspection) -> Vec<Fact> {
    let mut out = Vec::new();
    if let Some(t) = &i.task {
        let e = &t.enterprise;
        out.push(fact("case.task", text(&t.matter)));
        out.push(fact("case.kind", word(&t.kind)));
        out.push(fact("case.day", text(&day(t.day))));
        let cap = if t.cap == 0 { "—".to_owned() } else { t.cap.to_string() };
        out.push(fact("case.count", text(&format!("{} / {cap}", t.n))));
        if let Some(a) = &t.approval {
            out.push(fact("case.approval", text(&format!("{} · {} · {}", a.number, a.by, day(a.on)))));
        }
        out.push(fact("case.code", text(&e.code)));
        out.push(fact("case.address", text(&e.address)));
        out.push(fact("case.manager", text(&format!("{} · {} · {}", e.manager, e.manager_position, e.phone))));
        let officers: Vec<String> = t.officers.iter().map(|o| format!("{}（{}）", o.name, o.number)).collect();
        out.push(fact("cases.officers", text(&officers.join("、"))));
    }
    if !i.arrived.is_empty() {
        let of = |o: &OfficerRef| {
            let said = i.appearances.iter().find(|a| a.officer.person == o.person);
            format!("{}：{}", o.name, said.map_or("未确认", |a| appearance(a.uniform, a.insignia)))
        };
        let each: Vec<String> = i.arrived.iter().map(|(o, ..)| of(o)).collect();
        out.push(fact("case.appearance", text(&each.join("；"))));
    }
    if !i.assistants.is_empty() {
        let names: Vec<String> = i.assistants.iter().map(|a| a.name.clone()).collect();
        out.push(fact("case.assistants", text(&names.join("、"))));
    }
    if let Some(a) = &i.opened {
        out.push(fact("case.opened", text(&time(a.ms, a.zone_min))));
    }
    if !i.leads.is_empty() {
        let change =
            |c: &LeadChange| format!("{} {} → {}：{}", time(c.at.ms, c.at.zone_min), c.from.name, c.officer.name, c.reason);
        out.push(fact("case.leads", text(&i.leads.iter().map(change).collect::<Vec<_>>().join("；"))));
    }
    if let Some((a, _)) = &i.left {
        out.push(fact("case.closed", text(&time(a.ms, a.zone_min))));
    }
    if let Some((_, witness, reason)) = &i.closed {
        let reason = reason.as_deref().map(|r| text(&format!("：{r}"))).unwrap_or_default();
        out.push(fact("case.witness", format!("{}{reason}", word(&name_of(witness)))));
    }
    if let Some(p) = &i.pack_version {
        out.push(fact("case.pack", text(p)));
    }
    out.push(fact("case.tag", format!("<code>{}</code>", text(&i.case))));
    out
}
