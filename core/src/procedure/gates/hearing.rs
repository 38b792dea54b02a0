//! 听证: asked for in time, called in time, presided by somebody else (处罚法 63–65; J12).

use super::order;
use crate::calendar::Day;
use crate::inspection::gate::{Gate, gate};
use crate::procedure::case::Case;
use crate::procedure::rules::Rules;
use crate::procedure::step::{Actor, Step, blank};

/// 申请听证.
pub(super) fn asked(case: &Case, step: &Step, rules: &Rules<'_>) -> Vec<Gate> {
    let Some(notice) = &case.notice else { return Vec::new() };
    let last = notice.served.map(|d| rules.hearing_request(d).rolled.day());
    let late = last.is_some_and(|l| step.day > l);
    let mut gates = Vec::new();
    if late {
        gates.push(gate(
            "J12",
            "行政处罚法 64(1)、85",
            ["超过告知后五个工作日", "more than five working days after the notice"],
            ["告知当事人逾期；仍应听取其陈述申辩", "tell the party; what it says is still heard"],
        ));
    }
    if !notice.hearing {
        gates.push(gate(
            "J10",
            "行政处罚法 63",
            ["本案没有告知听证权利", "the right to a hearing was not told"],
            ["应当听证的重新告知", "where there is one, notify anew"],
        ));
    }
    if case.hearing.is_some() {
        gates.push(order(["已经申请听证", "it was asked for already"], ["继续办理", "go on"]));
    }
    gates
}

/// 听证通知.
pub(super) fn called(case: &Case, served: Day, hearing: Day, presider: &Actor, rules: &Rules<'_>) -> Vec<Gate> {
    let mut gates = Vec::new();
    if served > rules.hearing_notice(hearing).raw.day() {
        gates.push(gate(
            "J12",
            "行政处罚法 64(2)、85",
            ["听证通知不足七个工作日", "less than seven working days between notice and hearing"],
            ["另定听证日期", "choose a later day"],
        ));
    }
    if case.investigators.contains(presider) || blank(&presider.name) {
        gates.push(gate(
            "J12",
            "行政处罚法 64(4)",
            ["听证由本案调查人员主持", "an investigator of the case presides"],
            ["指定非本案调查人员主持", "appoint somebody else"],
        ));
    }
    gates
}
