//! What stands before a decision: told, heard, reviewed, discussed, in time (处罚法 44–45, 57–58, 60–65; J10–J12, R42–R45).

use crate::calendar::Day;
use crate::inspection::gate::{Gate, gate};
use crate::procedure::case::{Case, Defence};
use crate::procedure::review::{Opinion, Review};
use crate::procedure::rules::Rules;
use crate::procedure::step::{Proposal, blank};

/// R44, R45: all ten contents, by somebody who did not investigate.
pub(super) fn reviewed(case: &Case, review: &Review) -> Vec<Gate> {
    let mut gates = Vec::new();
    let rule = |missing: [&str; 2], way_on: [&str; 2]| gate("R44", "行政处罚法 58；国办发〔2018〕118号", missing, way_on);
    let open = review.unexamined().len();
    if open > 0 {
        gates.push(rule(
            [&format!("法制审核还有 {open} 项没有审"), &format!("{open} of the ten contents were not examined")],
            ["逐项审核", "examine each"],
        ));
    }
    if review.opinion == Opinion::Agreed && !review.in_order() {
        gates.push(rule(
            ["有审核内容存在问题，不能同意", "something is not in order, so the opinion cannot agree"],
            ["改为存在问题，退回补正后重审", "say so; have it mended and review again"],
        ));
    }
    if review.opinion == Opinion::Problems && blank(&review.says) {
        gates.push(rule(["没有写明存在的问题", "the problems are not named"], ["写明问题和建议", "name them and what to do"]));
    }
    if case.investigators.contains(&review.reviewer) || blank(&review.reviewer.name) {
        gates.push(gate(
            "R45",
            "行政处罚法 58",
            ["本案调查人员不得审核本案", "an investigator of the case may not review it"],
            ["由法制审核人员审核", "have the legal office review it"],
        ));
    }
    if review.first_time && !review.qualified {
        gates.push(gate(
            "R45",
            "行政处罚法 58:2",
            ["初次从事法制审核的人员没有法律职业资格", "a first-time reviewer without the legal qualification"],
            ["由具备资格的人员审核", "have a qualified person review it"],
        ));
    }
    gates
}

fn submission(missing: [&str; 2], way_on: [&str; 2]) -> Gate {
    gate("R45", "国办发〔2018〕118号", missing, way_on)
}

/// R45: what is submitted is named, and once.
pub(super) fn submitted(case: &Case, materials: &str) -> Vec<Gate> {
    let mut gates = Vec::new();
    if blank(materials) {
        gates.push(submission(["没有列明送审材料", "the papers that are submitted are not named"], ["列明材料", "name them"]));
    }
    if case.asked.is_some_and(|asked| asked.answered.is_none()) {
        gates.push(submission(
            ["已经送审，尚未答复", "it was submitted and waits for its answer"],
            ["等待审核意见", "wait for it"],
        ));
    }
    gates
}

/// R45: the term is extended once, with a reason.
pub(super) fn longer(case: &Case, reason: &str) -> Option<Gate> {
    let open = case.asked.is_some_and(|asked| asked.answered.is_none() && !asked.extended);
    (!open || blank(reason)).then(|| {
        submission(
            [
                "没有进行中的审核，已经延长过，或者没有写明理由",
                "no review is under way, it was extended before, or no reason is given",
            ],
            ["写明案情复杂的情况，只延长一次", "say why the case is complicated; once only"],
        )
    })
}

/// R45: a disagreement is with a review that found problems, and both sides are recorded.
pub(super) fn disputed(case: &Case, view: &str, outcome: &str) -> Option<Gate> {
    let found = case.review.as_ref().is_some_and(|(_, review)| review.opinion == Opinion::Problems);
    (!found || blank(view) || blank(outcome)).then(|| {
        submission(
            [
                "没有提出问题的审核意见，或者没有写明承办机构意见、协调结果",
                "no review found problems, or view and outcome are not both given",
            ],
            ["写明双方意见和协调结果，再行审核", "record both sides and the outcome, then review again"],
        )
    })
}

/// J10, J12: told, heard, and every window closed.
pub(super) fn told_and_heard(case: &Case, day: Day, proposal: &Proposal, rules: &Rules<'_>) -> Vec<Gate> {
    if proposal.penalties.is_empty() {
        return Vec::new();
    }
    let rule = |missing: [&str; 2], way_on: [&str; 2]| gate("J10", "行政处罚法 44、45、62", missing, way_on);
    let Some((notice, served)) = case.notice.as_ref().and_then(|n| Some((n, n.served?))) else {
        return vec![rule(
            ["没有事先告知并送达，不得作出处罚决定", "no decision before the party was told and the notice served"],
            ["制作事先告知书并送达", "make the notice and serve it"],
        )];
    };
    let mut gates = Vec::new();
    if proposal.beyond(&notice.proposal) {
        gates.push(rule(
            ["决定重于告知的内容", "the decision goes beyond what was told"],
            ["重新告知；不得因申辩加重处罚", "notify anew; never heavier because the party spoke"],
        ));
    }
    match case.defence {
        Defence::Made(_) => gates.push(rule(
            ["陈述申辩尚未复核", "what the party said was not weighed"],
            ["复核并写明是否采纳及理由", "weigh it and say whether it is adopted and why"],
        )),
        Defence::Open if day <= notice.defence_until => gates.push(rule(
            ["陈述申辩期限未满", "the term to speak is not over"],
            ["等期限届满，或者取得当事人明确放弃的书面声明", "wait, or have the party plainly give it up"],
        )),
        _ => {}
    }
    if rules.hearing(proposal, case.party.kind) || notice.hearing {
        let last = rules.hearing_request(served).rolled.day();
        let gap = |missing, way_on| gate("J12", "行政处罚法 63–65、85", missing, way_on);
        match &case.hearing {
            _ if !notice.hearing => gates.push(gate(
                "J10",
                "行政处罚法 63",
                ["没有告知听证权利", "the right to a hearing was not told"],
                ["重新告知", "notify anew"],
            )),
            None if day <= last => gates.push(gap(
                ["听证申请期未满", "the time to ask for a hearing is not over"],
                ["等五个工作日届满", "wait until the five working days are over"],
            )),
            Some(h) if h.over.is_none() => {
                gates.push(gap(["听证尚未举行", "the hearing was not held"], ["举行听证后再决定", "hold it, then decide"]))
            }
            _ => {}
        }
    }
    gates
}

/// R42, R43: reviewed and discussed where that is listed.
pub(super) fn examined(case: &Case, proposal: &Proposal, rules: &Rules<'_>) -> Vec<Gate> {
    let heard = case.hearing.as_ref().is_some_and(|h| h.held);
    let mut gates = Vec::new();
    if rules.review(proposal, case.party.kind, heard) && !case.review_passed() {
        gates.push(gate(
            "R42",
            "行政处罚法 58",
            [
                "应当法制审核，未经审核或者审核未通过，不得作出决定",
                "must be reviewed by the legal office: not reviewed, or not passed",
            ],
            ["送法制审核；存在问题的补正后重审", "submit it; where problems are found, mend and review again"],
        ));
    }
    if rules.discussion(proposal, case.party.kind) && case.discussed.is_none() {
        gates.push(gate(
            "R42",
            "行政处罚法 57",
            ["情节复杂或者重大，应当集体讨论决定", "complex or grave: the heads decide together"],
            ["集体讨论并记录", "discuss it together and record that"],
        ));
    }
    gates
}

/// J11: within 90 days of 立案, by the date on the paper, the day as counted (not rolled).
pub(super) fn in_term(case: &Case, day: Day, rules: &Rules<'_>) -> Option<Gate> {
    let filed = case.filed?;
    let last = case.extended.unwrap_or_else(|| rules.decision(filed).raw.day());
    (day > last).then(|| {
        gate(
            "J11",
            "行政处罚法 60",
            [&format!("超过办案期限（{last}）"), &format!("the term for the decision ended on {last}")],
            ["依规章规定报批延期，或者依法终结", "have it extended where a rule allows, or end the case lawfully"],
        )
    })
}
