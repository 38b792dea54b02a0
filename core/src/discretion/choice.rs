//! What officers chose is checked: inside the statute always, outside the tier only with a recorded approval (J14), one act fined once (J15),
//! the three lists only with their proofs (J16), a measure only with its power (J18).

use super::facts::Facts;
use super::suggest::suggest;
use crate::inspection::Gate;
use crate::inspection::gate::gate;
use crate::pack::{CoerciveMeasure, DiscretionRow, Exclusion, Fine, LeniencyList, LeniencyRow, Need, Pack, PenaltyKind, Range};
use serde::{Deserialize, Serialize};

/// A recorded approval to leave the tier (国办发〔2022〕27号 十二).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who approved.
    pub by: ApprovedBy,
    /// The paper or entry that holds it.
    pub record: String,
    /// Why.
    pub reason: String,
}

/// Who may approve it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovedBy {
    /// 主要负责人.
    Head,
    /// 集体讨论.
    Collective,
}

impl Approval {
    fn complete(&self) -> bool {
        !self.record.trim().is_empty() && !self.reason.trim().is_empty()
    }
}

/// What officers propose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice<'a> {
    /// Id of the row.
    pub row: &'a str,
    /// Id of the tier.
    pub tier: &'a str,
    /// The fine in fen; none where none is imposed.
    pub fine: Option<u64>,
    /// What else is imposed.
    pub kinds: &'a [PenaltyKind],
    /// The illegal gains in fen, where the fine is counted by them.
    pub gains: Option<u64>,
    /// The approval to leave the tier.
    pub approval: Option<&'a Approval>,
    /// Id of a line of the list of mitigated penalties (减轻): the only way below the statute, see [`leniency`].
    pub mitigated: Option<&'a str>,
}

/// J14: the fine lies inside the statutory range always, and inside the tier unless its leaving was approved and recorded.
#[must_use]
pub fn amount(pack: &Pack, choice: &Choice<'_>) -> Vec<Gate> {
    let row = pack.discretion_row(choice.row);
    let tier = row.and_then(|row| row.tier(choice.tier));
    let item = row.and_then(|row| pack.enforcement_item(&row.item));
    let band = tier.and_then(|tier| item?.band(&tier.band));
    let (Some(row), Some(tier), Some(band)) = (row, tier, band) else {
        return vec![refuse(
            "国办发〔2022〕27号 十二",
            ["没有所引的裁量基准或者阶次", "the row or tier that is cited is not in the pack"],
            ["从现行裁量基准中选择，写明行与阶次", "choose from the pack in force and cite row and tier"],
        )];
    };
    let counted = |fine: Option<Fine>| fine.map(|fine| fine.range(choice.gains));
    let (statute, usual) = (counted(band.fine), counted(tier.fine));
    if choice.fine.is_some() && statute == Some(None) {
        return vec![refuse(
            "行政处罚法 28",
            ["罚款按违法所得的倍数计算，尚未写明违法所得", "the fine is counted by the illegal gains, which are not known"],
            ["查明并记录违法所得后再确定罚款", "establish and record the illegal gains first"],
        )];
    }
    let (statute, usual) = (statute.flatten(), usual.flatten());
    let mut gates = Vec::new();
    let below = |least: u64| choice.fine.unwrap_or(0) < least;
    let mitigated = choice.mitigated.and_then(|id| pack.leniency_row(id)).is_some_and(|line| {
        let named = line.row.as_deref().is_some_and(|named| named == row.id || named == row.item);
        line.list == LeniencyList::Mitigated && named
    });
    let lawful = match (choice.fine, statute) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(fine), Some(range)) => range.holds(fine) || (mitigated && below(range.min)),
    };
    let kinds = choice.kinds.iter().all(|kind| band.kinds.contains(kind));
    if !lawful || !kinds {
        gates.push(refuse(
            "行政处罚法 4、38",
            [
                &format!("罚款或者处罚种类超出法定幅度（{}）", yuan(statute).0),
                &format!("the fine or a kind lies outside the statutory range ({})", yuan(statute).1),
            ],
            [
                "改在法定幅度之内；依法减轻的，引用减轻处罚清单并经批准",
                "stay inside the statutory range; below it only by a line of the list of mitigated penalties, with approval",
            ],
        ));
    }
    let inside = match (choice.fine, usual) {
        (None, range) => range.is_none_or(|range| range.min == 0),
        (Some(fine), range) => range.is_some_and(|range| range.holds(fine)),
    } && choice.kinds.iter().all(|kind| tier.kinds.contains(kind));
    if !inside && !choice.approval.is_some_and(Approval::complete) {
        gates.push(refuse(
            "国办发〔2022〕27号 十二",
            [
                &format!("不在裁量阶次之内（{}），也没有批准记录", yuan(usual).0),
                &format!("outside the tier ({}) without a recorded approval", yuan(usual).1),
            ],
            [
                "改在阶次之内；确需变通的，经主要负责人批准或者集体讨论，写明理由并入卷",
                "stay inside the tier; else have the head approve it or discuss it collectively, with the reason in the file",
            ],
        ));
    }
    gates
}

/// R46, J14: the tier is the one that the facts lead to; another only with a recorded approval, and never before the facts that decide are known.
#[must_use]
pub fn fits(pack: &Pack, row: &DiscretionRow, tier: &str, facts: &Facts, approval: Option<&Approval>) -> Vec<Gate> {
    const BASIS: &str = "国办发〔2022〕27号 六、十二";
    let offers = suggest(pack, Some(&row.item), facts);
    let Some(offer) = offers.iter().find(|offer| offer.row.id == row.id) else { return Vec::new() };
    if offer.tiers.iter().any(|one| one.tier.id == tier) {
        return Vec::new();
    }
    if !offer.asks.is_empty() {
        let asked = offer.asks.iter().map(|fact| fact.question());
        let (zh, en): (Vec<_>, Vec<_>) = asked.unzip();
        return vec![gate(
            "R46",
            BASIS,
            [
                &format!("确定阶次的事实尚未查明：{}", zh.join("")),
                &format!("facts that decide the tier are not known: {}", en.join(" ")),
            ],
            ["查明后填写，再选择阶次", "establish them, then choose the tier"],
        )];
    }
    if approval.is_some_and(Approval::complete) {
        return Vec::new();
    }
    let fitting = offer.tiers.first().map(|one| &one.tier.condition);
    let (zh, en) = fitting.map_or(("无相应阶次", "there is none"), |text| (text.zh.as_str(), text.en.as_str()));
    vec![refuse(
        BASIS,
        [
            &format!("按所填事实应当适用的阶次是：{zh}；所选阶次没有批准记录"),
            &format!("the facts lead to another tier ({en}), and leaving it has no recorded approval"),
        ],
        [
            "改选该阶次；确需变通或者没有相应阶次的，经主要负责人批准或者集体讨论，写明理由并入卷",
            "choose that tier; else have the head approve it or discuss it collectively, with the reason in the file",
        ],
    )]
}

fn refuse(basis: &'static str, missing: [&str; 2], way_on: [&str; 2]) -> Gate {
    gate("J14", basis, missing, way_on)
}

fn yuan(range: Option<Range>) -> (String, String) {
    let part = |fen: u64| match fen % 100 {
        0 => (fen / 100).to_string(),
        rest => format!("{}.{rest:02}", fen / 100),
    };
    match range {
        None => ("不含罚款".to_owned(), "no fine".to_owned()),
        Some(r) => (format!("{}元至{}元", part(r.min), part(r.max)), format!("{} to {} yuan", part(r.min), part(r.max))),
    }
}

/// One fine for an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fined<'a> {
    /// What happened, as the case names it: the same act has the same name.
    pub act: &'a str,
    /// Id of the row of discretion.
    pub row: &'a str,
}

/// J15: one act is fined once; where several laws are broken the higher governs, and the reason is recorded (处罚法 29). `already`: of earlier or other decisions.
#[must_use]
pub fn one_act(pack: &Pack, fines: &[Fined<'_>], already: &[Fined<'_>], gains: Option<u64>, reason: &str) -> Vec<Gate> {
    let most = |row: &str| {
        let item = pack.discretion_row(row).and_then(|row| pack.enforcement_item(&row.item))?;
        item.statutory.iter().filter_map(|band| band.fine?.range(gains)).map(|range| range.max).max()
    };
    let twice = |at: usize, fine: &Fined<'_>| fines.iter().take(at).chain(already).any(|other| other.act == fine.act);
    let mut gates = Vec::new();
    for (at, fine) in fines.iter().enumerate() {
        if twice(at, fine) {
            gates.push(gate(
                "J15",
                "行政处罚法 29",
                [&format!("对同一违法行为“{}”再次罚款", fine.act), &format!("the act `{}` is fined twice", fine.act)],
                ["只按罚款数额高的规定处罚一次，写明理由", "fine it once, by the rule with the higher fine, and say why"],
            ));
            continue;
        }
        let others = pack.discretion.iter().filter(|row| {
            let named = |from: &str, to: &str| pack.discretion_row(from).is_some_and(|r| r.concurs.iter().any(|id| id == to));
            row.id != fine.row && (named(fine.row, &row.id) || named(&row.id, fine.row))
        });
        let others: Vec<_> = others.collect();
        if others.is_empty() {
            continue;
        }
        if let Some(higher) = others.iter().find(|row| most(&row.id) > most(fine.row)) {
            gates.push(gate(
                "J15",
                "行政处罚法 29",
                [
                    &format!("“{}”的罚款数额更高，应当适用", higher.act.zh),
                    &format!("`{}` has the higher fine and governs", higher.act.en),
                ],
                ["改用罚款数额高的规定", "apply the rule with the higher fine"],
            ));
        } else if reason.trim().is_empty() {
            gates.push(gate(
                "J15",
                "行政处罚法 29",
                ["数个法律规范竞合，没有写明选择理由", "several laws are broken and the choice has no reason"],
                ["写明适用罚款数额高的规定的理由", "record why the rule with the higher fine is applied"],
            ));
        }
    }
    gates
}

/// Proof of a need of the three lists: the evidence or record that shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// What it shows.
    pub need: Need,
    /// Evidence number, entry or paper.
    pub record: String,
}

/// J16: a line of the three lists applies only with its proofs, and not where it is excluded.
#[must_use]
pub fn leniency(line: &LeniencyRow, proofs: &[Proof], random_draw: bool) -> Vec<Gate> {
    let mut gates = Vec::new();
    if random_draw && line.excluded.contains(&Exclusion::RandomDraw) {
        gates.push(gate(
            "J16",
            "三张清单（双随机案件不适用）",
            ["本清单不适用于双随机抽查发现的案件", "the list does not apply to cases from a random draw"],
            ["按裁量基准处理", "follow the tiers of discretion"],
        ));
    }
    for need in &line.needs {
        if proofs.iter().any(|proof| proof.need == *need && !proof.record.trim().is_empty()) {
            continue;
        }
        let (missing, way_on) = match need {
            Need::FirstOffence => (
                ["没有初次违法的查询记录", "nothing shows that it is the first offence"],
                ["查询当事人处罚记录并附入", "look up the party's history and attach it"],
            ),
            Need::Corrected => (
                ["没有及时改正的证据", "nothing shows the correction"],
                ["复查并拍照，或者附改正材料", "revisit and photograph, or attach papers of the correction"],
            ),
            Need::NoHarm => (
                ["没有说明未造成危害后果的证据", "nothing shows that no harm followed"],
                ["调查后果并记录", "establish and record the consequences"],
            ),
            Need::Education => (
                ["没有教育记录", "there is no record of education"],
                ["对当事人进行教育并记录", "educate the party and record it"],
            ),
        };
        gates.push(gate("J16", "行政处罚法 32、33", missing, way_on));
    }
    gates
}

/// J18: a measure is taken only where a law gives the power for that item; see [`Pack::power`].
#[must_use]
pub fn measure(pack: &Pack, measure: CoerciveMeasure, item: &str) -> Vec<Gate> {
    if pack.power(measure, item).is_some() {
        return Vec::new();
    }
    let (zh, en) = measure.word();
    vec![gate(
        "J18",
        "行政强制法 10、17",
        [&format!("对该事项，法律没有规定{zh}的权力"), &format!("the law gives no power of {en} for this item")],
        [
            "不得采取；证据可能灭失的，经批准先行登记保存，或者抽样取证",
            "do not take it; where evidence may be lost, register it for preservation with approval, or take samples",
        ],
    )]
}
