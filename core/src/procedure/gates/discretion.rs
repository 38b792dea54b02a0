//! 裁量 in a case: what was chosen for each charge stands on its law, its facts and its proofs (J13–J16, R46, R47).

use crate::calendar::Day;
use crate::discretion::{ApprovedBy, Choice, Fined, amount, basis, fits, leniency, one_act};
use crate::inspection::gate::{Gate, gate};
use crate::pack::{Fact, Need, Pack, PenaltyKind};
use crate::procedure::case::Case;
use crate::procedure::chosen::{Chosen, Earlier};
use crate::procedure::step::{Charge, Proposal, blank};

fn missing(missing: [&str; 2], way_on: [&str; 2]) -> Gate {
    gate("R46", "国办发〔2022〕27号 十二", missing, way_on)
}

fn list(missing: [&str; 2], way_on: [&str; 2]) -> Gate {
    gate("J16", "行政处罚法 32、33", missing, way_on)
}

/// Every charge says by which row and tier, or line of the lists, it is dealt with, and that holds.
pub(super) fn applied(case: &Case, charges: &[Charge], proposal: &Proposal, day: Day, pack: &Pack) -> Vec<Gate> {
    let mut gates = Vec::new();
    for (at, charge) in charges.iter().enumerate() {
        match proposal.chosen_for(at) {
            Some(chosen) => gates.extend(one(case, charge, at, chosen, proposal, day, pack)),
            None => gates.push(missing(
                [
                    "没有写明所适用的裁量基准或者清单",
                    "a charge does not say which row and tier, or which line of the lists, applies",
                ],
                ["逐项从裁量基准、三张清单中选择", "choose from the discretion rows or the three lists for each charge"],
            )),
        }
    }
    if !charges.is_empty() && blank(&proposal.discretion) {
        gates.push(missing(
            ["没有写明裁量的理由", "no reason is given for how discretion was used"],
            ["写明事实、情节和选择该阶次的理由", "write down the facts and why that tier was chosen"],
        ));
    }
    gates.extend(once(charges, proposal, pack));
    gates
}

fn one(case: &Case, charge: &Charge, at: usize, chosen: &Chosen, proposal: &Proposal, day: Day, pack: &Pack) -> Vec<Gate> {
    let mut gates = Vec::new();
    let imposed = proposal.imposed(at).next().is_some();
    if chosen.committed > day {
        gates.push(gate(
            "J13",
            "行政处罚法 37",
            ["违法行为发生之日晚于本步骤", "the day of the act lies after this step"],
            ["核对违法行为发生、终了的日期", "check the day on which the act was done or ended"],
        ));
    }
    let named = charge.item.rsplit('#').next().and_then(|id| pack.enforcement_item(id));
    if let (Some(named), Some(item)) = (named, chosen.item(pack))
        && named.id != item
    {
        gates.push(gate(
            "J13",
            "行政处罚法 4、38",
            ["所选的裁量基准或者清单不属于本项执法事项", "the row or line that was chosen belongs to another item"],
            ["从该事项的裁量基准中选择", "choose from the rows of that item"],
        ));
    }
    if chosen.line.is_some() {
        gates.extend(listed(case, chosen, imposed, pack));
    }
    match (&chosen.row, &chosen.ground) {
        (Some(_), _) => gates.extend(tiered(at, chosen, proposal, imposed, day, pack)),
        (None, Some(ground)) if !blank(ground) && !imposed => {}
        (None, _) if chosen.spares(pack) && !imposed => {}
        (None, _) => gates.push(missing(
            ["没有写明裁量基准的行和阶次，也没有不予处罚的依据", "neither a row and tier nor a ground for no penalty is given"],
            [
                "选择裁量基准；不予处罚的，引用清单或者写明法定事由",
                "choose a tier; for no penalty cite the list or the ground of the law",
            ],
        )),
    }
    gates
}

/// J16: the line is in the pack, is of this act, and is proven; 不予处罚 imposes nothing.
fn listed(case: &Case, chosen: &Chosen, imposed: bool, pack: &Pack) -> Vec<Gate> {
    let Some(line) = chosen.line(pack) else {
        return vec![list(
            ["所引的清单不在数据包中", "the line that is cited is not in the pack"],
            ["从现行三张清单中选择", "choose from the lists in force"],
        )];
    };
    let mut gates = leniency(line, &chosen.proofs, case.random_draw);
    let same = |id: &str| chosen.row.as_deref().is_none_or(|row| row == id) || chosen.row(pack).is_some_and(|row| row.item == id);
    if !line.row.as_deref().is_none_or(same) {
        gates.push(list(
            ["所引的清单针对另一种违法行为", "the line that is cited is of another act"],
            ["引用针对本项违法行为的清单", "cite the line of this act"],
        ));
    }
    if chosen.spares(pack) && imposed {
        gates.push(list(
            ["引用不予处罚清单而又给予处罚", "the list of no penalty is cited, and a penalty imposed"],
            ["二者取其一", "do one of the two"],
        ));
    }
    gates
}

/// J13, J14: the row's law governs, the facts lead to the tier, and what is imposed lies in it.
fn tiered(at: usize, chosen: &Chosen, proposal: &Proposal, imposed: bool, day: Day, pack: &Pack) -> Vec<Gate> {
    let (row, tier) = (chosen.row.as_deref().unwrap_or_default(), chosen.tier.as_deref().unwrap_or_default());
    let approval = chosen.approval.as_ref();
    let mut gates = Vec::new();
    if let Some(row) = pack.discretion_row(row) {
        gates.extend(basis(pack, row, chosen.committed, day));
        gates.extend(fits(pack, row, tier, &chosen.facts, approval));
        let imposes = row.tier(tier).is_some_and(|tier| !tier.kinds.is_empty());
        if !imposed && imposes && !chosen.spares(pack) {
            gates.push(gate(
                "J14",
                "行政处罚法 33；国办发〔2022〕27号 十二",
                [
                    "该阶次应当处罚，没有提出处罚，也没有引用不予处罚清单",
                    "the tier imposes a penalty; none is proposed and no list of no penalty is cited",
                ],
                [
                    "提出处罚；符合不予处罚条件的引用清单并附证明",
                    "propose one; where no penalty is due, cite the list with its proofs",
                ],
            ));
        }
    }
    if imposed || !chosen.spares(pack) {
        let kinds: Vec<PenaltyKind> = proposal.imposed(at).map(|(kind, _)| kind).filter(|k| *k != PenaltyKind::Fine).collect();
        let gains = chosen.facts.get(Fact::Gains);
        let mitigated = chosen.line.as_deref();
        gates.extend(amount(pack, &Choice { row, tier, fine: proposal.fined(at), kinds: &kinds, gains, approval, mitigated }));
    }
    gates
}

/// What happened, by its words.
fn words(fact: &str) -> String {
    fact.split_whitespace().collect()
}

/// J15: one act is fined once in this proposal, by the law with the higher fine.
fn once(charges: &[Charge], proposal: &Proposal, pack: &Pack) -> Vec<Gate> {
    let mut gates = Vec::new();
    let mut before: Vec<Act> = Vec::new();
    for (at, charge) in charges.iter().enumerate() {
        let Some((chosen, fine)) = fined(at, charge, proposal) else { continue };
        gates.extend(again(chosen, &fine, &before, pack));
        before.push(fine);
    }
    gates
}

/// What happened, and the row by which it is fined.
type Act = (String, String);

fn fined<'a>(at: usize, charge: &Charge, proposal: &'a Proposal) -> Option<(&'a Chosen, Act)> {
    let chosen = proposal.chosen_for(at).filter(|_| proposal.fined(at).is_some())?;
    Some((chosen, (words(&charge.fact), chosen.row.clone().unwrap_or_default())))
}

fn again(chosen: &Chosen, fine: &Act, before: &[Act], pack: &Pack) -> Vec<Gate> {
    let known: Vec<Fined<'_>> = before.iter().map(|(act, row)| Fined { act, row }).collect();
    let this = Fined { act: &fine.0, row: &fine.1 };
    one_act(pack, &[this], &known, chosen.facts.get(Fact::Gains), &chosen.concurrence)
}

/// J14: a collective approval has its discussion before the decision.
pub(super) fn approved(case: &Case, proposal: &Proposal) -> Option<Gate> {
    let collective = proposal.chosen.iter().filter_map(|c| c.approval.as_ref()).any(|a| a.by == ApprovedBy::Collective);
    (collective && case.discussed.is_none()).then(|| {
        gate(
            "J14",
            "国办发〔2022〕27号 十二",
            [
                "变更裁量阶次由集体讨论批准，但没有集体讨论记录",
                "the tier was left by a collective approval, and no discussion is recorded",
            ],
            ["登记集体讨论后再决定", "record the discussion, then decide"],
        )
    })
}

/// What the office knows of the party: earlier decisions are told, are not contradicted, and no act is fined by two of them (J14–J16).
#[must_use]
pub fn history(case: &Case, charges: &[Charge], proposal: &Proposal, earlier: &[Earlier], pack: &Pack) -> Vec<Gate> {
    let mut gates = Vec::new();
    for chosen in &proposal.chosen {
        let same: Vec<&Earlier> =
            earlier.iter().filter(|e| chosen.item(pack).is_some_and(|item| e.punished(pack, item))).collect();
        let untold: Vec<&str> =
            same.iter().map(|e| e.number.as_str()).filter(|n| !chosen.earlier.iter().any(|k| k == n)).collect();
        if !untold.is_empty() {
            let untold = untold.join("、");
            gates.push(gate(
                "J14",
                "国办发〔2022〕27号 六、十二",
                [
                    &format!("当事人曾因同类违法行为受处罚（{untold}），没有写明"),
                    &format!("earlier penalties of the party for the same kind of act are not told: {untold}"),
                ],
                ["写明既往处罚的文号，并据以确定阶次", "give their numbers and let the tier follow from them"],
            ));
        }
        let fewer = chosen.facts.get(Fact::Prior).is_some_and(|n| n < u64::try_from(same.len()).unwrap_or(u64::MAX));
        if !same.is_empty() && (fewer || chosen.facts.get(Fact::First) == Some(1)) {
            gates.push(gate(
                "J14",
                "国办发〔2022〕27号 六、十二",
                [
                    "既往处罚次数或者初次违法与本机关的记录不符",
                    "the number of earlier penalties, or a first offence, contradicts the office's records",
                ],
                ["按记录填写后重新确定阶次", "give what the records say and choose the tier anew"],
            ));
        }
        if !same.is_empty() && chosen.line.is_some() && chosen.proofs.iter().any(|p| p.need == Need::FirstOffence) {
            gates.push(list(
                ["本机关有当事人同类违法的处罚记录，不是初次违法", "the office's records show that it is no first offence"],
                ["不适用以初次违法为条件的清单", "a list for first offences does not apply"],
            ));
        }
    }
    let mut already: Vec<Act> = Vec::new();
    for other in earlier {
        for (at, past) in other.charges.iter().enumerate().filter(|(at, _)| other.proposal.fined(*at).is_some()) {
            let row = other.proposal.chosen_for(at).and_then(|c| c.row.clone()).unwrap_or_default();
            let visit = |charge: &&Charge| {
                case.inspection.is_some()
                    && case.inspection == other.inspection
                    && !blank(&charge.item)
                    && charge.item == past.item
            };
            // The same finding of the same inspection is the same act, however it is worded.
            let act = charges.iter().find(visit).map_or_else(|| words(&past.fact), |charge| words(&charge.fact));
            already.push((act, row));
        }
    }
    for (chosen, fine) in charges.iter().enumerate().filter_map(|(at, charge)| fined(at, charge, proposal)) {
        if already.iter().any(|(act, _)| *act == fine.0) {
            gates.extend(again(chosen, &fine, &already, pack));
        }
    }
    gates
}
