//! 裁量 in the words of the papers: row, tier, range, facts, lists, approval, and the officers' own reasons (国办发〔2022〕27号 十二; R46).

use super::offers::range_words;
use mingzheng_core::discretion::ApprovedBy;
use mingzheng_core::document::amount::figures;
use mingzheng_core::pack::{Fact, Pack};
use mingzheng_core::procedure::{Chosen, Proposal};

/// How discretion was applied, as the notice and the decision say it.
#[must_use]
pub(super) fn applied(pack: &Pack, proposal: &Proposal) -> String {
    let mut parts: Vec<String> = proposal.chosen.iter().map(|chosen| one(pack, chosen)).collect();
    parts.push(proposal.discretion.trim().to_owned());
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn one(pack: &Pack, chosen: &Chosen) -> String {
    let mut said = String::new();
    if let Some((row, tier)) = chosen.row(pack).and_then(|row| Some((row, row.tier(chosen.tier.as_deref()?)?))) {
        let law: Vec<String> = row.basis.iter().map(|b| pack.cite(b).zh).collect();
        let source: Vec<String> = tier.basis.iter().map(|b| pack.cite(b).zh).collect();
        let kinds: Vec<&str> = tier.kinds.iter().map(|kind| kind.word().0).collect();
        let kinds = if kinds.is_empty() { "责令改正".to_owned() } else { kinds.join("、") };
        let example = if tier.illustrative { "（示例，以当地裁量基准为准）" } else { "" };
        said += &format!(
            "依据{}，适用裁量基准“{}”中“{}”的阶次（{}）：{kinds}{}{example}，见{}。",
            law.join("；"),
            row.act.zh,
            tier.condition.zh,
            tier.degree.word().0,
            range_words(tier),
            source.join("；"),
        );
        let facts: Vec<String> = Fact::ALL.into_iter().filter_map(|fact| Some(answer(fact, chosen.facts.get(fact)?))).collect();
        if !facts.is_empty() {
            said += &format!("认定的事实：{}。", facts.join("；"));
        }
    }
    if let Some(line) = chosen.line(pack) {
        let proofs: Vec<&str> = chosen.proofs.iter().map(|proof| proof.record.trim()).collect();
        let example = if line.illustrative { "（示例）" } else { "" };
        said += &format!(
            "适用{}清单“{}”{example}：{}；证明：{}。",
            line.list.word().0,
            line.act.zh,
            line.condition.zh,
            proofs.join("、")
        );
    }
    if let Some(ground) = chosen.ground.as_deref().map(str::trim).filter(|g| !g.is_empty()) {
        said += &format!("不予处罚的法定事由：{ground}。");
    }
    if !chosen.earlier.is_empty() {
        said += &format!("当事人曾因同类违法行为受行政处罚：{}。", chosen.earlier.join("、"));
    }
    if !chosen.concurrence.trim().is_empty() {
        said += &format!("法律规范竞合，选择适用的理由：{}。", chosen.concurrence.trim().trim_end_matches('。'));
    }
    if let Some(approval) = &chosen.approval {
        let by = match approval.by {
            ApprovedBy::Head => "经本机关主要负责人批准",
            ApprovedBy::Collective => "经本机关负责人集体讨论",
        };
        said += &format!("{by}变通适用（{}），理由：{}。", approval.record.trim(), approval.reason.trim().trim_end_matches('。'));
    }
    said
}

/// A fact as a statement.
fn answer(fact: Fact, value: u64) -> String {
    let yes = |yes: &str, no: &str| if value == 0 { no.to_owned() } else { yes.to_owned() };
    match fact {
        Fact::Months => format!("违法行为持续{value}个整月"),
        Fact::Prior => format!("此前因同类违法受处罚{value}次"),
        Fact::Persons => format!("涉及{value}人"),
        Fact::Count => format!("涉及{value}例（处、项）"),
        Fact::Corrected => yes("已及时改正", "未及时改正"),
        Fact::First => yes("初次违法", "不是初次违法"),
        Fact::Harm => yes("造成危害后果", "未造成危害后果"),
        Fact::Refused => yes("拒绝监督", "没有拒绝监督"),
        Fact::Late => yes("责令改正逾期未改正", "不存在逾期不改正"),
        Fact::Forged => yes("使用涂改、伪造、转让的许可证", "没有使用涂改、伪造、转让的许可证"),
        Fact::Concealed => yes("瞒报、谎报", "没有瞒报、谎报"),
        Fact::Gains => format!("违法所得{}元", figures(value)),
    }
}
