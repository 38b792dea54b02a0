//! Which step may follow: gates over the fold, with what is missing and the lawful way on.

pub(super) mod charge;
mod decision;
mod discretion;
mod hearing;

pub use discretion::history;

use super::case::{Case, Decision, Defence, Stage};
use super::rules::Rules;
use super::step::{Act, Actor, Step, blank};
use crate::calendar::Day;
use crate::inspection::gate::{Gate, gate};
use crate::pack::PenaltyKind;
use std::collections::BTreeSet;

fn order(missing: [&str; 2], way_on: [&str; 2]) -> Gate {
    gate("R27", "行政处罚法 54–62；国办发〔2018〕118号", missing, way_on)
}

/// Gates of a step: empty when it may follow. `today` is the day on which it is recorded.
#[must_use]
pub fn may(case: Option<&Case>, step: &Step, rules: &Rules<'_>, today: Day) -> Vec<Gate> {
    let mut gates = in_time(case, step, today);
    match (case, &step.act) {
        (None, Act::Accepted { source, party, matter, .. }) => {
            if [source, &party.name, &matter.clone()].iter().any(|t| blank(t)) {
                gates.push(order(
                    ["案件来源、当事人、案由没有写全", "source, party and matter are not all given"],
                    ["补全后受理", "give all three"],
                ));
            }
        }
        (None, _) => gates.push(order(["尚未受理", "the case was not taken in"], ["先登记受理", "take it in first"])),
        (Some(case), act) => gates.extend(follows(case, act, step, rules)),
    }
    gates
}

fn in_time(case: Option<&Case>, step: &Step, today: Day) -> Vec<Gate> {
    let mut gates = Vec::new();
    if step.day > today {
        gates.push(order(["日期在将来", "the day lies ahead"], ["到该日再登记", "record the step on the day it takes effect"]));
    }
    if case.is_some_and(|c| step.day < c.last) {
        gates.push(order(
            ["日期早于上一步：节点时序颠倒", "the day lies before the step before it"],
            ["核对文书上的日期", "check the date on the paper"],
        ));
    }
    if blank(&step.by.name) {
        gates.push(gate(
            "R59",
            "行政处罚法 42；国办发〔2018〕118号",
            ["没有写明经办人", "nobody is named who did it"],
            ["写明经办人", "name who did it"],
        ));
    }
    gates
}

fn head(step: &Step, basis: &'static str) -> Option<Gate> {
    let named = step.decided_by.as_ref().is_some_and(|a| !blank(&a.name));
    (!named).then(|| {
        gate(
            "R59",
            basis,
            ["没有负责人批准", "the head's approval is not named"],
            ["报负责人批准，写明批准人", "have the head approve it and name who did"],
        )
    })
}

fn follows(case: &Case, act: &Act, step: &Step, rules: &Rules<'_>) -> Vec<Gate> {
    let stage = case.stage();
    if stage == Stage::Ended {
        return vec![order(["案件已经终结", "the case has ended"], ["有新的事实另行立案", "file anew on new facts"])];
    }
    let ask = |ok: bool, missing: [&str; 2], way_on: [&str; 2]| (!ok).then(|| order(missing, way_on));
    let open = || {
        ask(
            stage < Stage::Decided,
            ["已经作出决定", "the decision was made"],
            ["不能再改变决定前的步骤", "what comes before it cannot follow it"],
        )
    };
    let filed = || {
        ask(
            case.filed.is_some(),
            ["尚未立案", "the case was not filed"],
            ["符合立案标准的及时立案", "file it as soon as it meets the standard"],
        )
    };
    let proposed = || {
        ask(
            case.proposal.is_some(),
            ["调查尚未终结", "the investigation is not over"],
            ["先作出调查终结报告", "make the report on the investigation first"],
        )
    };
    let served = || {
        ask(
            case.notice.as_ref().is_some_and(|n| n.served.is_some()),
            ["事先告知书尚未送达", "the notice was not served"],
            ["先告知并送达", "tell the party and serve the paper first"],
        )
    };
    let decided = || {
        ask(
            case.decision.as_ref().is_some_and(|d| d.served.is_some()),
            ["处罚决定书尚未送达", "the decision was not served"],
            ["先送达", "serve it first"],
        )
    };
    let mut gates: Vec<Gate> = Vec::new();
    match act {
        Act::Accepted { .. } => gates.push(order(["已经受理", "it was taken in already"], ["继续办理", "go on"])),
        Act::Filed { investigators } => {
            gates.extend(ask(case.filed.is_none(), ["已经立案", "it was filed already"], ["继续办理", "go on"]));
            gates.extend(head(step, "行政处罚法 54"));
            gates.extend(two(investigators));
        }
        Act::NotFiled => {
            gates.extend(ask(
                case.filed.is_none(),
                ["已经立案", "it was filed already"],
                ["查清后依法决定", "investigate and decide"],
            ));
            gates.extend(head(step, "行政处罚法 54"));
            if blank(&step.reason) {
                gates.push(gate(
                    "R49",
                    "行政处罚法 54",
                    ["不予立案没有写明理由", "no reason is given for not filing"],
                    ["写明理由", "give the reason"],
                ));
            }
        }
        Act::Recused { leaves, takes_over } => {
            gates.extend(filed().into_iter().chain(open()).chain(head(step, "行政处罚法 43")));
            if !case.investigators.contains(leaves) || case.investigators.contains(takes_over) || blank(&step.reason) {
                gates.push(gate(
                    "R11",
                    "行政处罚法 43",
                    ["回避须写明承办人、接替人员和理由", "a recusal names the investigator, who takes over, and why"],
                    ["核对人员后登记；决定前不停止调查", "check the persons; the investigation goes on meanwhile"],
                ));
            }
        }
        Act::Investigated { charges, proposal } => {
            gates.extend(filed().into_iter().chain(open()));
            gates.extend(charge::charged(case, step, charges, proposal));
            gates.extend(discretion::applied(case, charges, proposal, step.day, rules.pack()));
        }
        Act::Deliberated { members } => gates.extend(proposed().into_iter().chain(open()).chain(two(members))),
        Act::Notified { proposal, hearing, defence_until } => {
            gates.extend(proposed().into_iter().chain(open()).chain(charge::fined_once(proposal)));
            gates.extend(discretion::applied(case, &case.charges, proposal, step.day, rules.pack()));
            if *defence_until < step.day {
                gates.push(order(
                    ["陈述申辩期限早于告知日", "the term to speak ends before the notice"],
                    ["写明合理期限", "name a reasonable term"],
                ));
            }
            if rules.hearing(proposal, case.party.kind) && !hearing {
                gates.push(gate(
                    "J10",
                    "行政处罚法 63",
                    ["拟作出的处罚应当告知听证权利", "this proposal carries the right to a hearing, which is not told"],
                    ["用听证告知书告知", "tell it with the notice of the right to a hearing"],
                ));
            }
        }
        Act::NoticeServed { service } => {
            let unserved = case.notice.as_ref().is_some_and(|n| n.served.is_none());
            gates.extend(ask(
                unserved,
                ["没有待送达的告知书", "there is no notice to serve"],
                ["先告知", "make the notice first"],
            ));
            gates.extend(service.gates().into_iter().chain(open()));
        }
        Act::Defended { by, content } => {
            gates.extend(served().into_iter().chain(open()));
            gates.extend(ask(
                !blank(by) && !blank(content),
                ["陈述人和内容没有写全", "speaker and content are not both given"],
                ["补全", "give both"],
            ));
        }
        Act::DefenceWaived { by, proof } => {
            gates.extend(served().into_iter().chain(open()));
            if blank(by) || blank(proof) {
                gates.push(gate(
                    "J10",
                    "行政处罚法 62",
                    ["放弃陈述申辩须有当事人明确表示的凭据", "giving up the right to speak needs proof of a plain statement"],
                    [
                        "由当事人书面声明，或者录音录像；没有的等期限届满",
                        "a signed paper or a recording; else wait for the term to end",
                    ],
                ));
            }
        }
        Act::DefenceWeighed { opinion, .. } => {
            let made = matches!(case.defence, Defence::Made(_));
            gates.extend(ask(
                made,
                ["当事人没有待复核的陈述申辩", "the party said nothing that waits to be weighed"],
                ["继续办理", "go on"],
            ));
            gates.extend(ask(!blank(opinion), ["没有复核意见", "no opinion is given"], ["写明复核意见", "give it"]));
        }
        Act::HearingRequested { .. } => gates.extend(hearing::asked(case, step, rules).into_iter().chain(served()).chain(open())),
        Act::HearingNoticed { hearing, presider, service } => {
            let waits = case.hearing.as_ref().is_some_and(|h| h.over.is_none());
            gates.extend(ask(waits, ["没有听证申请", "no hearing was asked for"], ["继续办理", "go on"]));
            gates.extend(service.gates());
            gates.extend(hearing::called(case, step.day, *hearing, presider, rules));
        }
        Act::HearingHeld { record } => {
            let day = case.hearing.as_ref().filter(|h| h.over.is_none()).and_then(|h| h.noticed.as_ref()).map(|(d, _)| *d);
            gates.extend(ask(
                day.is_some_and(|d| step.day >= d) && !blank(record),
                [
                    "听证没有通知、未到听证日期，或者没有笔录",
                    "no notice of the hearing, it is before its day, or there is no record",
                ],
                ["按通知的日期举行并制作笔录", "hold it on the day that was noticed and make a record"],
            ));
        }
        Act::HearingEnded { why } => {
            let waits = case.hearing.as_ref().is_some_and(|h| h.over.is_none());
            gates.extend(ask(
                waits && ["withdrawn", "absent"].contains(&why.as_str()),
                ["没有进行中的听证，或者没有写明撤回、缺席", "no hearing is under way, or withdrawn or absent is not said"],
                ["核对后登记", "check and record"],
            ));
        }
        Act::ReviewAsked { materials } => {
            gates.extend(proposed().into_iter().chain(open()));
            gates.extend(decision::submitted(case, materials));
        }
        Act::ReviewExtended => {
            gates.extend(open().into_iter().chain(head(step, "国办发〔2018〕118号")));
            gates.extend(decision::longer(case, &step.reason));
        }
        Act::ReviewDisputed { view, outcome } => {
            gates.extend(proposed().into_iter().chain(open()).chain(head(step, "国办发〔2018〕118号")));
            gates.extend(decision::disputed(case, view, outcome));
        }
        Act::Reviewed { review } => gates.extend(proposed().into_iter().chain(open()).chain(decision::reviewed(case, review))),
        Act::Extended { until, basis } => {
            gates.extend(filed().into_iter().chain(open()).chain(head(step, "行政处罚法 60")));
            let longer = case.filed.is_some_and(|f| *until > rules.decision(f).raw.day());
            if !longer || blank(basis) || blank(&step.reason) {
                gates.push(gate(
                    "J11",
                    "行政处罚法 60",
                    [
                        "延期须有法律、法规、规章依据和理由，并晚于原期限",
                        "an extension needs its legal basis and reason, and lies after the term",
                    ],
                    ["写明依据和理由", "name both"],
                ));
            }
        }
        Act::Discussed { members, outcome } => {
            gates.extend(proposed().into_iter().chain(open()).chain(two(members)));
            gates.extend(ask(!blank(outcome), ["没有讨论结论", "no outcome is given"], ["写明结论", "give it"]));
        }
        Act::Decided { number, proposal } => {
            gates.extend(filed().into_iter().chain(proposed()).chain(open()).chain(head(step, "行政处罚法 57")));
            gates.extend(ask(!blank(number), ["决定书没有文号", "the decision has no number"], ["取号后决定", "take a number"]));
            gates.extend(charge::fined_once(proposal));
            gates.extend(discretion::applied(case, &case.charges, proposal, step.day, rules.pack()));
            gates.extend(discretion::approved(case, proposal));
            gates.extend(decision::told_and_heard(case, step.day, proposal, rules));
            gates.extend(decision::examined(case, proposal, rules));
            gates.extend(decision::in_term(case, step.day, rules));
        }
        Act::DecisionServed { service } => {
            let unserved = case.decision.as_ref().is_some_and(|d| d.served.is_none());
            gates.extend(ask(unserved, ["没有待送达的决定书", "there is no decision to serve"], ["先作出决定", "decide first"]));
            gates.extend(service.gates());
        }
        Act::Paid { receipt, fen } => {
            gates.extend(decided());
            gates.extend(paid(case, receipt, *fen));
        }
        Act::Performed { what } => {
            gates.extend(decided());
            gates.extend(ask(
                !blank(what),
                ["没有写明履行了什么", "what was performed is not said"],
                ["写明内容和证明", "say what, and what proves it"],
            ));
        }
        Act::Urged { service } => gates.extend(decided().into_iter().chain(service.gates())),
        Act::CourtApplied { court } => {
            let due = case.urged.map(|d| rules.urge(d).rolled.day());
            if due.is_none_or(|d| step.day <= d) || blank(court) {
                gates.push(gate(
                    "R50",
                    "行政强制法 53、54",
                    ["尚未催告，或者催告送达后未满十日", "not urged, or less than ten working days ago"],
                    ["先送达催告书，期满仍不履行的再申请", "serve the reminder first; apply when its term is over"],
                ));
            }
        }
        Act::Referred { to, .. } => {
            gates.extend(head(step, "行政处罚法 27"));
            if blank(to) || blank(&step.reason) {
                gates.push(gate(
                    "R51",
                    "行政处罚法 27",
                    ["移送须写明接收机关和理由", "a referral names the organ that receives it and why"],
                    ["写明后移送", "name both"],
                ));
            }
        }
        Act::Closed => gates.extend(decided().into_iter().chain(done(case)).chain(head(step, "行政处罚法 57"))),
    }
    gates
}

/// 处罚法 42: two different persons at least.
fn two(people: &[Actor]) -> Option<Gate> {
    let different: BTreeSet<_> = people.iter().map(|a| (&a.name, &a.number)).collect();
    (different.len() < 2 || people.iter().any(|a| blank(&a.name))).then(|| {
        gate(
            "J1",
            "行政处罚法 42、57",
            ["人员不足两人", "fewer than two persons"],
            ["由两人以上共同办理", "two or more do it together"],
        )
    })
}

fn paid(case: &Case, receipt: &str, fen: u64) -> Option<Gate> {
    let fine = case.decision.as_ref().map_or(0, |d| d.proposal.fine());
    // 处罚法 72(1): 3 % a day, at most the fine once more.
    let most = fine.saturating_mul(2).saturating_sub(case.paid);
    (blank(receipt) || fen == 0 || fen > most).then(|| {
        gate(
            "J9",
            "行政处罚法 67、70、72",
            ["没有财政票据号，或者金额与决定不符", "no receipt number, or the amount does not fit the decision"],
            ["核对银行缴款票据", "check the bank's receipt"],
        )
    })
}

/// 结案: everything that was decided is done, or is before the court.
fn done(case: &Case) -> Vec<Gate> {
    let Some(Decision { proposal, .. }) = &case.decision else { return Vec::new() };
    let mut gates = Vec::new();
    if case.paid < proposal.fine() && case.court.is_none() {
        gates.push(order(
            ["罚款没有缴清", "the fine is not paid"],
            ["缴清，或者催告后申请法院强制执行", "have it paid, or urge and apply to the court"],
        ));
    }
    let more = proposal.correction.is_some()
        || proposal
            .penalties
            .iter()
            .any(|p| !matches!(p.kind, PenaltyKind::Fine | PenaltyKind::Warning | PenaltyKind::Criticism));
    if more && case.performed.is_empty() && case.court.is_none() {
        gates.push(order(
            ["没有改正、履行的证明", "nothing proves that it was mended or performed"],
            ["复查并登记履行情况", "inspect again and record it"],
        ));
    }
    gates
}
