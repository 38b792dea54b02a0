//! The check before closing (R27): what the law closes, and what is only named: steps that are missing or out of order, photographs after departure, an
//! officer in two places, a measure without its paper, a scan that was not made up for.

use super::fold::Inspection;
use super::gate::{Gate, gate};
use super::people::Interview;
use crate::calendar::{When, WorkingDays};
use crate::measure::{self, MeasureKind, Step};
use crate::pack::{Clock, Pack};
use serde::Serialize;

/// What stands at the end of an inspection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CloseOut {
    /// The inspection cannot be closed with these.
    pub blocking: Vec<Gate>,
    /// These are named, and stay on record.
    pub named: Vec<Gate>,
}

/// Everything; `now` in milliseconds.
#[must_use]
pub fn close_out(i: &Inspection, pack: &Pack, days: &WorkingDays, now: i64) -> CloseOut {
    CloseOut { blocking: unfinished(i, pack, days, now), named: named(i, pack, days) }
}

fn point(missing: [&str; 2], way_on: [&str; 2]) -> Gate {
    gate("R27", "行政处罚法 47；国办发〔2018〕118号", missing, way_on)
}

/// What was begun by law and not brought to its end.
fn unfinished(i: &Inspection, pack: &Pack, days: &WorkingDays, now: i64) -> Vec<Gate> {
    let mut gates = Vec::new();
    for m in i.measures.iter().filter(|m| m.taken.is_some()) {
        let must = m.what.forms().iter().filter(|(_, step)| matches!(step, Step::Paper | Step::Record));
        for (form, _) in must.filter(|(form, _)| m.paper(i, form).is_none_or(|p| p.finished.is_none())) {
            let title = pack
                .form(form)
                .map_or_else(|| ((*form).to_owned(), (*form).to_owned()), |f| (f.title.zh.clone(), f.title.en.clone()));
            gates.push(point(
                [&format!("措施没有完成的文书：{}", title.0), &format!("a measure without its finished paper: {}", title.1)],
                ["制作文书并签名或者记录拒签", "make the paper and have it signed, or record the refusal"],
            ));
        }
        gates.extend(measure::void_approval(pack, m, days, now));
    }
    if i.people.interviews.iter().any(|x| x.ended.is_none()) {
        gates.push(point(["有询问尚未结束", "an interview was not ended"], ["结束询问", "end it"]));
    }
    for p in i.papers.iter().filter(|p| !p.is_record() && p.finished.is_none() && p.voided.is_none()) {
        gates.push(gate(
            "R14",
            "行政处罚法 52；卫生行政执法文书规范",
            [&format!("文书没有完成：{}", p.number()), &format!("a paper is not finished: {}", p.number())],
            ["完成签名或者拒签记录；作废的写明原因", "finish it, or void its number with a reason"],
        ));
    }
    gates
}

fn named(i: &Inspection, pack: &Pack, days: &WorkingDays) -> Vec<Gate> {
    let mut gates = Vec::new();
    let mut last: Option<(i64, &str)> = None;
    for node in &pack.nodes {
        let Some(at) = i.done(node.step) else {
            gates.push(point(
                [&format!("缺少环节：{}", node.title.zh), &format!("step missing: {}", node.title.en)],
                ["补做；不能补做的写明原因", "do it; where that is impossible write down why"],
            ));
            continue;
        };
        if let Some((_, title)) = last.filter(|(before, _)| at.steady_ms < *before) {
            gates.push(point(
                [&format!("“{}”早于“{title}”", node.title.zh), &format!("`{}` lies before the step ahead of it", node.title.en)],
                ["写明原因", "write down why"],
            ));
        }
        last = Some((at.steady_ms.max(last.map_or(i64::MIN, |l| l.0)), node.title.zh.as_str()));
    }
    let late = i.left.as_ref().map_or(0, |(left, _)| {
        i.evidence.iter().filter(|e| e.derived.is_none() && e.source != "orphan" && e.at.steady_ms > left.steady_ms).count()
    });
    if late > 0 {
        gates.push(point(
            [&format!("离场后又取证 {late} 件"), &format!("{late} pieces of evidence after departure")],
            ["说明来源和原因", "say where they come from and why"],
        ));
    }
    gates.extend(overlaps(&i.people.interviews));
    if let Some(scan) = i.people.scans.last().filter(|s| s.code.is_none()) {
        let due = pack.clock(Clock::SCAN).map(|c| c.due(When::At(scan.at.ms), days).raw);
        let until = due.map_or_else(String::new, |d| format!("（{d}）"));
        gates.push(point(
            [&format!("扫码入企尚未补办{until}"), &format!("the scan at the door was not made up for{until}")],
            ["十日内补扫并写明原因", "make up for it within ten days, with the reason"],
        ));
    }
    if i.arrived.iter().any(|(o, ..)| !i.people.declarations.iter().any(|d| d.officer.person == o.person)) {
        gates.push(gate(
            "R11",
            "行政处罚法 43",
            ["有执法人员尚未声明与当事人有无利害关系", "not every officer has said whether there is a tie to the party"],
            ["声明没有利害关系；有的，回避", "say that there is none; if there is one, step aside"],
        ));
    }
    if i.people.recusals.iter().any(|r| r.decided.is_none()) {
        gates.push(gate(
            "R11",
            "行政处罚法 43",
            ["回避申请尚未决定", "a request of recusal is not decided"],
            ["报负责人决定", "have the head decide"],
        ));
    }
    if i.measures.iter().any(|m| m.what == MeasureKind::OnSpotPenalty && m.taken.is_some() && m.filed.is_none()) {
        gates.push(gate(
            "J8",
            "行政处罚法 52",
            ["当场处罚尚未报机关备案", "the penalty on the spot was not reported to the organ"],
            ["报所属机关备案", "report it"],
        ));
    }
    gates
}

/// J4: one officer in two interviews at a time.
fn overlaps(all: &[Interview]) -> Vec<Gate> {
    let mut gates = Vec::new();
    for (n, a) in all.iter().enumerate() {
        for b in all.iter().skip(n + 1) {
            let end = |x: &Interview| x.ended.map_or(i64::MAX, |e| e.steady_ms);
            let overlap = a.started.steady_ms < end(b) && b.started.steady_ms < end(a);
            if overlap && a.officers.iter().any(|o| b.officers.iter().any(|p| p.person == o.person)) {
                gates.push(gate(
                    "J4",
                    "行政处罚法 42",
                    [&format!("同一执法人员同时询问{}和{}", a.person, b.person), "one officer was in two interviews at a time"],
                    ["核对时间，写明原因", "check the times and write down why"],
                ));
            }
        }
    }
    gates
}
