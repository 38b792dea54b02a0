//! Which step of a publication may follow (J25, R31, R38).

use super::mask::{mask, minor};
use super::{Act, Draft, Outcome, Publication, Step};
use crate::calendar::Day;
use crate::inspection::gate::{Gate, gate};
use crate::pack::{Ground, Mask, Pack, Person};
use crate::procedure::{Act as CaseAct, Actor, Case, Step as CaseStep};

fn rule(missing: [&str; 2], way_on: [&str; 2]) -> Gate {
    gate("J25", "行政处罚法 48、50；国办发〔2018〕118号 六", missing, way_on)
}

fn order(missing: [&str; 2], way_on: [&str; 2]) -> Gate {
    gate("R31", "国办发〔2018〕118号 六", missing, way_on)
}

/// Grounds that the case itself shows: a minor, a suspected crime that was referred.
#[must_use]
pub fn grounds<'a>(case: &Case, steps: impl IntoIterator<Item = &'a CaseStep>, today: Day) -> Vec<Ground> {
    let mut all = Vec::new();
    let decided = case.decision.as_ref().map_or(today, |d| d.day);
    if case.party.kind == Person::Citizen && minor(&case.party.code, decided) == Some(true) {
        all.push(Ground::Minor);
    }
    if steps.into_iter().any(|s| matches!(s.act, CaseAct::Referred { crime: true, .. })) {
        all.push(Ground::CrimePending);
    }
    all
}

/// Gates of a step. `known`: the grounds that the case shows; `today`: the day on which it is recorded.
#[must_use]
pub fn may(case: &Case, p: &Publication, step: &Step, known: &[Ground], pack: &Pack, today: Day) -> Vec<Gate> {
    let mut gates = Vec::new();
    if blank(&step.by.name) {
        gates.push(gate(
            "R59",
            "国办发〔2018〕118号",
            ["没有写明经办人", "nobody is named who did it"],
            ["写明经办人", "name who did it"],
        ));
    }
    if step.day > today || p.last.is_some_and(|last| step.day < last) {
        gates.push(order(
            ["日期在将来，或者早于上一步", "the day lies ahead, or before the step before it"],
            ["核对日期", "check the day"],
        ));
    }
    let Some(decision) = &case.decision else {
        gates.push(order(["尚未作出决定", "nothing was decided"], ["决定后公示", "publish what was decided"]));
        return gates;
    };
    if step.day < decision.day {
        gates.push(order(["日期早于决定", "the day lies before the decision"], ["核对日期", "check the day"]));
    }
    if p.over() {
        gates.push(order(
            ["公示已经撤回，或者已决定不予公示", "it was withdrawn or is withheld"],
            ["不再办理", "nothing follows"],
        ));
        return gates;
    }
    gates.extend(follows(case, p, step, known, pack));
    gates
}

fn follows(case: &Case, p: &Publication, step: &Step, known: &[Ground], pack: &Pack) -> Vec<Gate> {
    let kept = || {
        (!known.is_empty() && pack.kept_back(known)).then(|| {
            rule(
                [
                    "本案属于不予公示的情形（未成年人、涉嫌犯罪未办结等）",
                    "a minor, a suspected crime not yet ended, or the like: never published",
                ],
                ["登记不予公示及理由", "record that it is withheld, and why"],
            )
        })
    };
    let ask = |ok: bool, missing: [&str; 2], way_on: [&str; 2]| (!ok).then(|| order(missing, way_on));
    let public = || ask(p.published.is_some(), ["尚未公示", "it is not published"], ["先公示", "publish it first"]);
    let mut gates: Vec<Gate> = Vec::new();
    match &step.act {
        Act::Drafted { draft } => {
            gates.extend(kept());
            gates.extend(ask(
                p.published.is_none() || p.ticket.as_ref().is_some_and(|t| t.outcome == Some(Outcome::Correct)),
                ["已经公示，没有应当更正的异议", "it is published, and nothing is to be corrected"],
                ["有误的先登记异议并核查", "record the objection and check it first"],
            ));
            gates.extend(clean(case, draft));
        }
        Act::Reviewed { agreed, checked } => match &p.draft {
            None => gates.push(order(["没有起草的内容", "there is no draft"], ["先起草", "draft it first"])),
            Some((draft, drafter)) => {
                gates.extend(other(&step.by, drafter));
                gates.extend(clean(case, draft));
                gates.extend(looked(*agreed, checked, pack));
                if !agreed && blank(&step.reason) {
                    gates.push(order(
                        ["不同意没有写明理由", "no reason is given for the refusal"],
                        ["写明问题", "say what is wrong"],
                    ));
                }
            }
        },
        Act::Published => {
            gates.extend(kept());
            let same =
                p.published.is_some() && p.published.as_ref().map(|(text, _)| text) == p.draft.as_ref().map(|(text, _)| text);
            gates.extend(same.then(|| {
                gate(
                    "R38",
                    "国办发〔2018〕118号 六",
                    ["内容没有更正", "nothing was corrected"],
                    ["更正后再审核、发布", "correct it, have it reviewed, publish it"],
                )
            }));
            gates.extend((p.agreed != Some(true)).then(|| {
                rule(
                    ["没有经他人审核同意，不得公示", "not reviewed and agreed to by somebody who did not draft it"],
                    ["由起草人以外的人员审核", "have somebody else review it"],
                )
            }));
        }
        Act::Withheld { .. } => {
            gates.extend(ask(p.published.is_none(), ["已经公示", "it is published"], ["应当撤回的，撤回公示", "withdraw it"]));
            gates.extend(ask(!blank(&step.reason), ["没有写明理由", "no reason is given"], ["写明理由", "give it"]));
        }
        Act::Objected { by, content } => {
            gates.extend(public());
            let said = !blank(by) && !blank(content);
            gates.extend(ask(
                said,
                ["异议人、内容没有写全", "who objects and what to are not both given"],
                ["补全", "give both"],
            ));
            gates.extend(ask(p.ticket.is_none(), ["有异议正在办理", "another objection is open"], ["先办结", "end it first"]));
        }
        Act::Checked { .. } => {
            let open = p.ticket.as_ref().is_some_and(|t| t.outcome.is_none());
            gates.extend(ask(open, ["没有待核查的异议", "no objection waits"], ["先登记异议", "record it first"]));
            gates.extend(ask(
                !blank(&step.reason),
                ["没有写明核查情况", "what was found is not said"],
                ["写明核查情况", "say it"],
            ));
        }
        Act::Overturned => {
            gates.extend(public());
            gates.extend(ask(
                !blank(&step.reason),
                ["没有写明变更、撤销决定的文书", "the paper that changed or annulled the decision is not named"],
                ["写明文书", "name it"],
            ));
        }
        Act::Withdrawn => {
            gates.extend(public());
            gates.extend(ask(
                p.ticket.as_ref().is_some_and(|t| t.outcome == Some(Outcome::Withdraw)),
                ["没有核查认定应当撤回，决定也没有被变更、撤销", "nothing found that it is to be withdrawn"],
                ["核查异议，或者登记决定被变更、撤销", "check the objection, or record that the decision was overturned"],
            ));
            gates.extend((blank(&step.reason)).then(|| {
                gate(
                    "R38",
                    "行政处罚法 48:2",
                    ["撤回没有公开说明理由", "no reason is given to the public"],
                    ["写明理由", "give it"],
                )
            }));
        }
    }
    gates
}

fn blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Reviewer and drafter are two persons.
fn other(reviewer: &Actor, drafter: &Actor) -> Option<Gate> {
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    let same = bare(&reviewer.name) == bare(&drafter.name)
        || (!blank(&reviewer.number) && bare(&reviewer.number) == bare(&drafter.number));
    same.then(|| {
        rule(
            ["审核人与起草人是同一人", "reviewer and drafter are one person"],
            ["由起草人以外的人员审核", "have somebody else review it"],
        )
    })
}

/// The reviewer looked for each thing that the pack has masked.
fn looked(agreed: bool, checked: &[Mask], pack: &Pack) -> Option<Gate> {
    let masked: Vec<_> = pack.publicity.iter().flat_map(|p| &p.masked).collect();
    let open: Vec<_> = masked.iter().filter(|row| !checked.contains(&row.what)).collect();
    (agreed && (masked.is_empty() || !open.is_empty())).then(|| {
        let join = |texts: Vec<&str>| texts.join("、");
        let zh = join(open.iter().map(|row| row.title.zh.as_str()).collect());
        let en = join(open.iter().map(|row| row.title.en.as_str()).collect());
        rule(
            [&format!("没有逐项核对遮蔽：{zh}"), &format!("the masking was not checked for: {en}")],
            ["逐项核对后再同意", "look for each, then agree"],
        )
    })
}

/// Nothing that is to be masked stands in it, and nothing that tells who a person is.
fn clean(case: &Case, draft: &Draft) -> Vec<Gate> {
    let mut gates = Vec::new();
    let mut found: Vec<Mask> = draft.texts().flat_map(|text| mask(text).1).collect();
    let person = case.party.kind == Person::Citizen;
    let (name, code) = (case.party.name.trim(), case.party.code.trim());
    let told = |private: &str| private.chars().count() > 1 && draft.texts().any(|text| text.contains(private));
    if person && (draft.code.is_some() || told(code)) {
        found.push(Mask::IdNumber);
    }
    found.sort_unstable();
    found.dedup();
    if !found.is_empty() {
        let words: Vec<(&str, &str)> = found.into_iter().map(word).collect();
        let (zh, en): (Vec<&str>, Vec<&str>) = words.into_iter().unzip();
        gates.push(rule(
            [&format!("公示内容中有未遮蔽的{}", zh.join("、")), &format!("the text still has: {}", en.join(", "))],
            ["遮蔽后公示", "mask it"],
        ));
    }
    if person && told(name) {
        gates.push(rule(
            ["公示内容中有自然人的全名", "the full name of a natural person stands in the text"],
            ["只写姓氏，如“张某”", "give the family name alone"],
        ));
    }
    let whole = [&draft.number, &draft.party, &draft.facts, &draft.content, &draft.organ].iter().all(|t| !blank(t));
    if !whole || draft.decided.is_none() {
        gates.push(order(
            [
                "文号、当事人、事实、处罚内容、机关、日期没有写全",
                "number, party, facts, content, organ and day are not all given",
            ],
            ["补全", "give them"],
        ));
    }
    gates
}

fn word(what: Mask) -> (&'static str, &'static str) {
    match what {
        Mask::IdNumber => ("身份证件号码", "an identity number"),
        Mask::Phone => ("电话等通讯方式", "a telephone or other contact"),
        Mask::HomeAddress => ("家庭住址", "a home address"),
        Mask::Account => ("银行账号", "an account number"),
        Mask::Patient => ("患者个人信息", "data of a patient"),
    }
}
