//! What the investigation must show: facts with evidence and law, and no act fined twice (R28, J13, J15).

use crate::inspection::gate::{Gate, gate};
use crate::pack::PenaltyKind;
use crate::procedure::case::Case;
use crate::procedure::step::{Charge, Penalty, Proposal, Step, blank};
use std::collections::BTreeSet;

/// R28, J13: every fact has evidence and its law.
pub(super) fn charged(case: &Case, step: &Step, charges: &[Charge], proposal: &Proposal) -> Vec<Gate> {
    let mut gates: Vec<Gate> = fined_once(proposal).into_iter().collect();
    if charges.is_empty() || charges.iter().any(|c| blank(&c.fact) || c.evidence.is_empty()) {
        gates.push(gate(
            "R28",
            "行政处罚法 40、46",
            ["违法事实没有写明，或者没有证据", "a fact is not stated or has no evidence"],
            ["每一项事实至少列明一件证据", "name at least one piece of evidence for each fact"],
        ));
    }
    if charges.iter().any(|c| blank(&c.violated) || blank(&c.penalty_basis)) {
        gates.push(gate(
            "J13",
            "行政处罚法 4、38",
            ["没有写明违反的条款或者处罚依据", "the article violated or that of the penalty is missing"],
            ["写到条、款、项", "name article, paragraph and item"],
        ));
    }
    let known = |p: &Penalty| usize::try_from(p.charge).is_ok_and(|i| i < charges.len());
    if !proposal.penalties.iter().all(known) {
        gates.push(gate(
            "J15",
            "行政处罚法 29",
            ["处罚没有对应的违法事实", "a penalty belongs to no charge"],
            ["指明每一处罚针对哪一项事实", "say which charge each penalty is for"],
        ));
    }
    if !case.investigators.contains(&step.by) {
        gates.push(gate(
            "R06",
            "行政处罚法 42",
            ["调查终结报告应由承办人作出", "the report is made by an investigator of the case"],
            ["由承办人作出", "have an investigator make it"],
        ));
    }
    gates
}

/// J15: one act is not fined twice.
pub(in crate::procedure) fn fined_once(proposal: &Proposal) -> Option<Gate> {
    let mut seen = BTreeSet::new();
    let twice = proposal.penalties.iter().filter(|p| p.kind == PenaltyKind::Fine).any(|p| !seen.insert(p.charge));
    twice.then(|| {
        gate(
            "J15",
            "行政处罚法 29",
            ["同一违法行为给予了两次以上罚款", "one act is fined more than once"],
            ["按罚款数额高的规定处罚，写明竞合理由", "fine once, by the higher rule, and record why"],
        )
    })
}
