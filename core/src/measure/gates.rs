//! What the law asks before each step of a measure: the same answer whichever way the step is asked for (J6–J9, J14, J18).

use super::{Goods, MeasureKind, MeasureState, Outcome, Step, TierApproval, due};
use crate::calendar::{Day, WorkingDays};
use crate::discretion::{self, Approval, ApprovedBy, Choice};
use crate::inspection::gate::{Gate, ask_or_inspect, gate};
use crate::inspection::{Enterprise, Inspection, organ};
use crate::pack::{self, CoerciveMeasure, Pack, PenaltyKind, Person};
use crate::procedure::{self, Penalty, Proposal, Rules};
use crate::rights::Delivery;

fn blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Rule and law of a kind's order.
fn order(kind: MeasureKind) -> (&'static str, &'static str) {
    match kind {
        MeasureKind::Preservation => ("J7", "行政处罚法 56"),
        MeasureKind::ProductSampling | MeasureKind::Sampling => ("R14", "行政处罚法 56"),
        MeasureKind::Coercion => ("J6", "行政强制法 18"),
        MeasureKind::OnSpotPenalty => ("J8", "行政处罚法 44、45、51、52"),
    }
}

/// The notification that belongs to a measure.
#[must_use]
pub fn rights_act(kind: MeasureKind) -> Option<pack::Act> {
    match kind {
        MeasureKind::Preservation => Some(pack::Act::Preservation),
        MeasureKind::Coercion => Some(pack::Act::Coercion),
        MeasureKind::OnSpotPenalty => Some(pack::Act::OnSpotPenalty),
        MeasureKind::ProductSampling | MeasureKind::Sampling => None,
    }
}

impl MeasureState {
    /// Whether a step is done.
    #[must_use]
    pub fn done(&self, i: &Inspection, pack: &Pack, step: Step) -> bool {
        match step {
            Step::Approve => self.approved.is_some(),
            Step::Choose => self.chosen.is_some(),
            Step::Call => self.called.as_ref().is_some_and(|c| c.came || c.witness.is_some()),
            Step::Tell => rights_act(self.what).is_none_or(|act| {
                Delivery::of(i, pack, act, Some(self.told_since())).is_none_or(|d| d.untold.is_empty() && d.taken.is_some())
            }),
            Step::Hear => !self.heard.is_empty(),
            Step::Take => self.taken.is_some(),
            Step::Paper | Step::Record | Step::Outcome => self.paper_of(i, step).is_some_and(|p| p.presented.is_some()),
            Step::Collect => self.collected.is_some(),
            Step::File => self.filed.is_some(),
            Step::Settle => self.settled.is_some(),
        }
    }
}

/// What stands before a step: two officers, certificates and the inspection's notification, then every earlier step of the measure.
#[must_use]
pub fn blocked(i: &Inspection, pack: &Pack, m: &MeasureState, step: Step) -> Vec<Gate> {
    let mut gates = ask_or_inspect(i, pack);
    gates.extend(organ::acts(i, pack, m.item.as_ref().and_then(|id| pack.enforcement_item(id))));
    let emergency = m.emergency.is_some();
    let (rule, basis) = order(m.what);
    let earlier = Step::of(m.what, emergency).iter().take_while(|s| **s != step);
    for open in earlier.filter(|s| s.holds_back(emergency) && !m.done(i, pack, **s)) {
        let (zh, en) = open.word();
        let way_on = match open {
            Step::Approve => [
                "先报本机关负责人批准并记录；先行登记保存没有事后补批的规定",
                "have the head approve it first and record that; there is no approval afterwards for registering evidence",
            ],
            Step::Call => [
                "通知当事人到场；不到场的，邀请见证人到场",
                "call the party to the place; if nobody comes, ask a witness to come",
            ],
            _ => ["按法定顺序办理", "follow the order of the law"],
        };
        gates.push(gate(rule, basis, [&format!("尚未完成：{zh}"), &format!("not done yet: {en}")], way_on));
    }
    if m.settled.is_some() && !matches!(step, Step::Outcome | Step::Settle) {
        gates.push(gate(
            rule,
            basis,
            ["该措施已经处理或者解除", "the measure was dealt with or lifted"],
            ["需要的，另行依法采取", "take another one if the law allows it"],
        ));
    }
    gates
}

/// J18, J7: whether a measure may be begun at all.
#[must_use]
pub fn begin(
    i: &Inspection,
    pack: &Pack,
    what: MeasureKind,
    item: Option<&str>,
    coercive: Option<CoerciveMeasure>,
    reason: &str,
    emergency: Option<&str>,
) -> Vec<Gate> {
    let mut gates = ask_or_inspect(i, pack);
    gates.extend(organ::acts(i, pack, item.and_then(|id| pack.enforcement_item(id))));
    let (rule, basis) = order(what);
    if what == MeasureKind::Coercion {
        match (coercive, item) {
            (Some(measure), Some(item)) => gates.extend(discretion::measure(pack, measure, item)),
            _ => gates.push(gate(
                "J18",
                "行政强制法 10、17",
                ["没有写明采取哪种措施、针对哪个事项", "measure and item are not given"],
                ["选择措施和执法事项", "choose the measure and the item"],
            )),
        }
    } else if emergency.is_some() {
        gates.push(gate(
            rule,
            basis,
            ["法律没有规定紧急情况可以先行实施、事后补批", "the law has no emergency clause for it"],
            ["先报负责人批准", "have the head approve it first"],
        ));
    }
    if blank(reason) || emergency.is_some_and(blank) {
        gates.push(gate(
            rule,
            basis,
            ["没有写明理由", "the reason is missing"],
            ["写明采取的理由；情况紧急的，写明紧急情形", "give the reason; in an emergency what makes it one"],
        ));
    }
    if what == MeasureKind::OnSpotPenalty {
        if item.is_none_or(|id| pack.enforcement_item(id).is_none_or(|row| row.penalty.is_empty())) {
            gates.push(gate(
                "J8",
                "行政处罚法 4、51",
                ["没有处罚依据的事项", "no item with a basis for a penalty"],
                ["选择有处罚依据的执法事项", "choose an item that has one"],
            ));
        }
        if !i.facts().iter().any(|f| !f.text.trim().is_empty()) {
            gates.push(gate(
                "J8",
                "行政处罚法 40、51",
                ["没有记录违法事实", "no fact was recorded"],
                ["事实不清的，不得处罚；先查明并记录", "no penalty without clear facts: establish and record them first"],
            ));
        }
    }
    gates
}

/// J6, J7: an approval names who gave it, when and under which number, and is not of the future; one that is late by law does not heal.
#[must_use]
#[allow(clippy::too_many_arguments)] // an approval has these parts
pub fn approve(
    i: &Inspection,
    pack: &Pack,
    m: &MeasureState,
    days: &WorkingDays,
    number: &str,
    by: &str,
    at_ms: i64,
    now: i64,
) -> Vec<Gate> {
    let (rule, basis) = order(m.what);
    let mut gates = Vec::new();
    let asked = Step::of(m.what, m.emergency.is_some()).contains(&Step::Approve);
    if !asked || m.approved.is_some() || blank(number) || blank(by) || at_ms > now {
        gates.push(gate(
            rule,
            basis,
            [
                "批准没有写全（编号、批准人、时间），或者时间在将来",
                "number, person or time of the approval is missing or lies ahead",
            ],
            ["如实记录已经作出的批准", "record the approval as it was given"],
        ));
    }
    // An approval of another matter: older than the task itself.
    if i.opened.is_some_and(|opened| at_ms < opened.ms) && m.emergency.is_some() {
        gates.push(gate(
            rule,
            "行政强制法 19",
            ["补办的批准早于检查开始", "the late approval is older than the inspection"],
            ["记录实施后补办的批准", "record the approval that was given afterwards"],
        ));
    }
    gates.extend(void_approval(pack, m, days, now));
    gates
}

/// J6: the 24 hours after an emergency are over without approval: the measure is lifted (强制法 19).
#[must_use]
pub fn void_approval(pack: &Pack, m: &MeasureState, days: &WorkingDays, now: i64) -> Vec<Gate> {
    let late = m.emergency.is_some() && m.approved.is_none() && m.settled.is_none();
    let over = late && due(pack, m, days, now).iter().any(|d| d.clock.id == pack::Clock::LATE_APPROVAL && d.overdue());
    if !over {
        return Vec::new();
    }
    vec![gate(
        "J6",
        "行政强制法 19",
        ["实施后二十四小时内没有补办批准", "no approval within 24 hours of the measure"],
        ["立即解除强制措施并记录", "lift the measure at once and record it"],
    )]
}

/// R14: what is registered, sealed or sampled is listed, each sample with its seal; a penalty has no list.
#[must_use]
pub fn take(i: &Inspection, pack: &Pack, m: &MeasureState, goods: &[Goods], place: &str) -> Vec<Gate> {
    let mut gates = blocked(i, pack, m, Step::Take);
    let (rule, basis) = order(m.what);
    let listed = !goods.is_empty() && !blank(place) && goods.iter().all(|g| !blank(&g.name) && !blank(&g.quantity));
    let sampled = matches!(m.what, MeasureKind::ProductSampling | MeasureKind::Sampling);
    let sealed = goods.iter().all(|g| g.seal.as_deref().is_some_and(|s| !blank(s)));
    let complete = match m.what {
        MeasureKind::OnSpotPenalty => goods.is_empty(),
        _ => listed && (!sampled || sealed),
    };
    if m.taken.is_some() || !complete {
        gates.push(gate(
            rule,
            basis,
            [
                "清单不完整：名称、数量、地点；样品须有封样号",
                "the list is not complete: names, quantities, place; each sample has the number of its seal",
            ],
            ["当场清点并开列清单", "count on the spot and make the list"],
        ));
    }
    gates
}

/// The party as the limits of amounts know it: 公民, and 个体工商户 as one; else 法人或者其他组织 (处罚法 51).
#[must_use]
pub fn person(enterprise: &Enterprise) -> Person {
    let code = enterprise.code.trim();
    if code.is_empty() || code.starts_with("92") { Person::Citizen } else { Person::Organisation }
}

/// J6: who did not come is replaced by a witness (强制法 18(9)).
#[must_use]
pub fn called(came: bool, witness: Option<&str>) -> Vec<Gate> {
    if came || witness.is_some_and(|w| !blank(w)) {
        return Vec::new();
    }
    vec![gate(
        "J6",
        "行政强制法 18",
        ["当事人不到场，也没有见证人", "the party did not come and there is no witness"],
        ["邀请见证人到场，例如基层组织代表", "ask a witness, for instance of the village committee"],
    )]
}

/// What was chosen as the office's rules see it.
fn proposal(penalties: &[PenaltyKind], fen: Option<u64>, reason: &str) -> Proposal {
    let one = |kind: &PenaltyKind| Penalty { charge: 0, kind: *kind, fen: fen.filter(|_| *kind == PenaltyKind::Fine) };
    Proposal { penalties: penalties.iter().map(one).collect(), discretion: reason.to_owned(), ..Proposal::default() }
}

/// J8, J13, J14: what is chosen lies inside law and tier, and within what may be punished on the spot.
#[must_use]
#[allow(clippy::too_many_arguments)] // a penalty has these parts
pub fn choose(
    i: &Inspection,
    pack: &Pack,
    m: &MeasureState,
    row: &str,
    tier: &str,
    penalties: &[PenaltyKind],
    fen: Option<u64>,
    gains: Option<u64>,
    approval: Option<&TierApproval>,
    reason: &str,
    today: Day,
) -> Vec<Gate> {
    let mut gates = blocked(i, pack, m, Step::Choose);
    let approval = approval.map(|a| Approval {
        by: if a.collective { ApprovedBy::Collective } else { ApprovedBy::Head },
        record: a.record.clone(),
        reason: a.reason.clone(),
    });
    let fine = fen.filter(|_| penalties.contains(&PenaltyKind::Fine));
    let choice = Choice { row, tier, fine, kinds: penalties, gains, approval: approval.as_ref(), mitigated: None };
    gates.extend(discretion::amount(pack, &choice));
    let found = pack.discretion_row(row).filter(|r| m.item.as_deref() == Some(r.item.as_str()));
    match found {
        Some(row) => gates.extend(discretion::basis(pack, row, today, today)),
        None => gates.push(gate(
            "J14",
            "国办发〔2022〕27号 十二",
            ["裁量基准不是该事项的", "the row is not one of this item"],
            ["选择该事项的裁量基准", "choose a row of the item"],
        )),
    }
    if fen.is_some() != penalties.contains(&PenaltyKind::Fine) || blank(reason) || m.taken.is_some() {
        gates.push(gate(
            "J8",
            "行政处罚法 52",
            [
                "罚款与数额不一致，没有裁量理由，或者处罚已经决定",
                "fine and amount do not fit, the reason is missing, or the penalty was decided",
            ],
            ["核对处罚种类、数额和理由", "check kinds, amount and reason"],
        ));
    }
    gates.extend(on_spot(i, pack, &proposal(penalties, fen, reason)));
    gates
}

/// J8: as the office judges it; the paper's remedy is the one of the form.
fn on_spot(i: &Inspection, pack: &Pack, proposal: &Proposal) -> Vec<Gate> {
    let remedy = pack.form("dangchang-chufa").and_then(|f| pack.remedy(f.remedy.as_deref()?));
    let remedy = remedy.map_or("", |r| r.text.zh.as_str());
    let who = i.task.as_ref().map_or(Person::Citizen, |t| person(&t.enterprise));
    match Rules::of(pack) {
        Ok(rules) => procedure::on_spot(proposal, who, remedy, &rules),
        Err(lacks) => vec![*lacks],
    }
}

/// J9: cash only after the paper was handed over, not more than the fine, on a ground or below the limit, against a receipt.
#[must_use]
pub fn collect(i: &Inspection, pack: &Pack, m: &MeasureState, fen: u64, ground: Option<&str>, receipt: &str) -> Vec<Gate> {
    let mut gates = blocked(i, pack, m, Step::Collect);
    let fine = m.chosen.as_ref().and_then(|c| c.fen).unwrap_or(0);
    let finished = m.paper_of(i, Step::Paper).is_some_and(|p| p.finished.is_some());
    if m.collected.is_some() || fen == 0 || fen > fine || !finished {
        gates.push(gate(
            "J9",
            "行政处罚法 68–70",
            [
                "决定书尚未交付，数额超过罚款，或者已经收缴",
                "the decision was not handed over, the amount exceeds the fine, or it was collected",
            ],
            ["先完成并交付决定书，按罚款数额收缴一次", "finish the decision first; collect no more than the fine, once"],
        ));
    }
    let who = i.task.as_ref().map_or(Person::Citizen, |t| person(&t.enterprise));
    match Rules::of(pack) {
        Ok(rules) => gates.extend(procedure::cash(fen, who, ground, receipt, &rules)),
        Err(lacks) => gates.push(*lacks),
    }
    gates
}

/// J8: reported to the organ once the decision was handed over (处罚法 52).
#[must_use]
pub fn file(i: &Inspection, pack: &Pack, m: &MeasureState) -> Vec<Gate> {
    let mut gates = blocked(i, pack, m, Step::File);
    if m.filed.is_some()
        || m.what != MeasureKind::OnSpotPenalty
        || m.paper_of(i, Step::Paper).is_none_or(|p| p.finished.is_none())
    {
        gates.push(gate(
            "J8",
            "行政处罚法 52",
            ["决定书尚未完成，或者已经备案", "the decision is not finished, or was reported"],
            ["完成决定书后报所属机关备案", "finish the decision, then report it to the organ"],
        ));
    }
    gates
}

/// J6, J7: what was taken ends once, with its reason; what a law of compulsion took is lifted or goes on as its outcome says.
#[must_use]
pub fn settle(m: &MeasureState, outcome: Outcome, reason: &str) -> Vec<Gate> {
    let (rule, basis) = order(m.what);
    let ends = match m.what {
        MeasureKind::Preservation => true,
        MeasureKind::Coercion => outcome != Outcome::Seized,
        MeasureKind::ProductSampling | MeasureKind::Sampling | MeasureKind::OnSpotPenalty => false,
    };
    if ends && m.taken.is_some() && m.settled.is_none() && !blank(reason) {
        return Vec::new();
    }
    vec![gate(
        rule,
        basis,
        ["没有可以处理的措施，或者没有写明理由", "nothing to deal with, or no reason"],
        [
            "对已经采取的先行登记保存或者强制措施，写明处理结果和理由",
            "say what becomes of what was registered or seized, and why",
        ],
    )]
}

/// J6–J8: a paper of a measure is made only when every step before it is done.
#[must_use]
pub fn paper(i: &Inspection, pack: &Pack, m: &MeasureState, form: &str) -> Vec<Gate> {
    match m.what.forms().iter().find(|(id, _)| *id == form) {
        Some((_, step)) => {
            let mut gates = blocked(i, pack, m, *step);
            if let Some(c) = &m.chosen {
                gates.extend(on_spot(i, pack, &proposal(&c.penalties, c.fen, &c.reason)));
            }
            gates
        }
        None => {
            let (rule, basis) = order(m.what);
            vec![gate(
                rule,
                basis,
                ["这种文书不属于该措施", "this form does not belong to the measure"],
                ["选择该措施的文书", "choose a form of the measure"],
            )]
        }
    }
}
