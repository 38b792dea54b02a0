//! 当场处罚 and 当场收缴: the simple procedure (处罚法 51–53, 68–71).

use super::gates::charge::fined_once;
use super::rules::Rules;
use super::step::{Proposal, blank};
use crate::inspection::gate::{Gate, gate};
use crate::pack::{Of, PenaltyKind, Person, Purpose};

/// J8: what may be punished on the spot: 警告, or a fine within the limit; the paper says that 复议 comes first (处罚法 51–52; 复议法 23).
#[must_use]
pub fn on_spot(proposal: &Proposal, party: Person, remedy: &str, rules: &Rules<'_>) -> Vec<Gate> {
    let limit = match rules.threshold(Purpose::OnSpot, party, Of::Fine) {
        Ok(limit) => limit,
        Err(gate) => return vec![*gate],
    };
    let mut gates: Vec<Gate> = fined_once(proposal).into_iter().collect();
    let light = proposal.penalties.iter().all(|p| matches!(p.kind, PenaltyKind::Warning | PenaltyKind::Fine));
    if !light || proposal.penalties.is_empty() || limit.reached(proposal.fine()) {
        gates.push(gate(
            "J8",
            "行政处罚法 51",
            [
                &format!("超出当场处罚范围（警告，或者罚款 {} 元以下）", limit.yuan),
                &format!("beyond what may be punished on the spot (a warning, or a fine up to {} yuan)", limit.yuan),
            ],
            ["按普通程序立案办理", "file it and follow the ordinary procedure"],
        ));
    }
    if !(remedy.contains("先") && remedy.contains("行政复议")) {
        gates.push(gate(
            "J8",
            "行政复议法 23",
            ["决定书没有写明应当先申请行政复议", "the paper does not say that administrative review comes first"],
            ["使用当场处罚的救济文字", "use the remedy text of on-the-spot penalties"],
        ));
    }
    gates
}

/// J9: cash is taken only up to the limit, or on a ground of 处罚法 68(2), 69, and always against a receipt of the finance department (70).
#[must_use]
pub fn cash(fen: u64, party: Person, ground: Option<&str>, receipt: &str, rules: &Rules<'_>) -> Vec<Gate> {
    let small = rules.threshold(Purpose::Cash, party, Of::Fine).is_ok_and(|limit| !limit.reached(fen));
    if (small || ground.is_some_and(|g| !blank(g))) && !blank(receipt) {
        return Vec::new();
    }
    vec![gate(
        "J9",
        "行政处罚法 68–70",
        [
            "不得当场收缴罚款：超过限额又没有法定情形，或者没有财政票据",
            "no cash: above the limit without a legal ground, or without a receipt of the finance department",
        ],
        ["由当事人到指定银行或者通过电子支付系统缴纳", "the party pays at the bank or electronically"],
    )]
}
