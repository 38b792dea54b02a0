//! What the pack offers for a charge, and what the office knows of the party: ranges with their sources, never an amount (R46, R47).

use super::keep::{self, Procedure};
use crate::error::Result;
use crate::store::Db;
use mingzheng_core::calendar::Day;
use mingzheng_core::discretion::{Facts, Offer, suggest};
use mingzheng_core::id::Id;
use mingzheng_core::pack::{Basis, DiscretionRow, LeniencyRow, Pack, PenaltyKind, Tier};
use mingzheng_core::procedure::{Case, Chosen, Earlier, Penalty, Proposal};

/// The rows that may fit what is charged: those of the item it names, or of the duty that its checklist items rest on; else all.
#[must_use]
pub fn rows<'a>(pack: &'a Pack, charged: &str) -> Vec<&'a DiscretionRow> {
    let ids: Vec<&str> = charged.split(['、', ' ']).filter_map(|id| id.rsplit('#').next()).collect();
    let duty: Vec<&Basis> = ids.iter().filter_map(|id| pack.item(id)).flat_map(|item| &item.basis).collect();
    let article =
        |b: &Basis| -> (String, String) { (b.source.clone(), b.article.split([':', '(']).next().unwrap_or_default().to_owned()) };
    let duty: Vec<_> = duty.into_iter().map(article).collect();
    let fits = |row: &&DiscretionRow| {
        ids.contains(&row.item.as_str())
            || pack.enforcement_item(&row.item).is_some_and(|item| item.duty.iter().any(|b| duty.contains(&article(b))))
    };
    let found: Vec<_> = pack.discretion.iter().filter(fits).collect();
    if found.is_empty() { pack.discretion.iter().collect() } else { found }
}

/// The lines of the three lists that are of one of these rows, or of any act.
#[must_use]
pub fn lines<'a>(pack: &'a Pack, rows: &[&DiscretionRow]) -> Vec<&'a LeniencyRow> {
    let of = |line: &&LeniencyRow| line.row.as_ref().is_none_or(|id| rows.iter().any(|row| row.id == *id || row.item == *id));
    pack.leniency.iter().filter(of).collect()
}

/// What the pack says of these rows under the facts.
#[must_use]
pub fn offers<'a>(pack: &'a Pack, rows: &[&DiscretionRow], facts: &Facts) -> Vec<Offer<'a>> {
    let all = suggest(pack, None, facts);
    all.into_iter().filter(|offer| rows.iter().any(|row| row.id == offer.row.id)).collect()
}

/// A tier in one line: condition, what it imposes, its range, its sources, and whether it is only an example.
#[must_use]
pub fn tier_words(pack: &Pack, row: &DiscretionRow, tier: &Tier) -> String {
    let kinds: Vec<&str> = tier.kinds.iter().map(|kind| kind.word().0).collect();
    let kinds = if kinds.is_empty() { "责令改正".to_owned() } else { kinds.join("、") };
    let sources: Vec<String> = row.basis.iter().chain(&tier.basis).map(|b| pack.cite(b).zh).collect();
    let example = if tier.illustrative { "（示例，以当地裁量基准为准 illustrative）" } else { "" };
    let (degree, condition) = (tier.degree.word().0, &tier.condition.zh);
    format!("{}：{degree}，{condition}：{kinds}{}{example}〔{}〕", row.act.zh, range_words(tier), sources.join("；"))
}

/// The range of a tier's fine.
#[must_use]
pub fn range_words(tier: &Tier) -> String {
    use mingzheng_core::pack::Fine;
    match tier.fine {
        None => String::new(),
        Some(Fine::Yuan { min: 0, max }) => format!("，可以并处{max}元以下"),
        Some(Fine::Yuan { min, max }) => format!("，{min}元以上{max}元以下"),
        Some(Fine::Gains { min, max, floor }) => format!("，违法所得{min}倍以上{max}倍以下（不足{floor}元的按{floor}元计算）"),
    }
}

/// The decisions of the office against the same party, by its code, oldest first.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn earlier(c: &Db, case: &Case, own: Option<Id>) -> Result<Vec<(Day, Earlier)>> {
    let code = case.party.code.trim();
    if code.is_empty() {
        return Ok(Vec::new());
    }
    let decided = |p: Procedure| {
        let d = p.case.decision?;
        let known = Earlier { number: d.number, inspection: p.case.inspection, charges: p.case.charges, proposal: d.proposal };
        (Some(p.id) != own && p.case.party.code.trim() == code).then_some((d.day, known))
    };
    let mut all: Vec<_> = keep::all(c)?.into_iter().filter_map(decided).collect();
    all.sort_by(|a, b| (a.0, &a.1.number).cmp(&(b.0, &b.1.number)));
    Ok(all)
}

/// The numbers of those that punished an act of the same item.
#[must_use]
pub fn same_kind(pack: &Pack, earlier: &[(Day, Earlier)], item: &str) -> Vec<String> {
    earlier.iter().filter(|(_, e)| e.punished(pack, item)).map(|(_, e)| e.number.clone()).collect()
}

/// An example of a choice for each charge: the first tier that fines, its condition met, the least of its range. Only to be altered.
#[must_use]
pub(super) fn sample(pack: &Pack, charged: &[&str], committed: Day, words: &str) -> Proposal {
    let mut proposal = Proposal { discretion: words.to_owned(), ..Proposal::default() };
    for (item, charge) in charged.iter().zip(0u32..) {
        let rows = rows(pack, item);
        let tiers = || rows.iter().flat_map(|row| row.tiers.iter().map(move |tier| (*row, tier)));
        let fines = |tier: &Tier| tier.fine.and_then(|fine| fine.range(None)).filter(|range| range.min > 0);
        let Some((row, tier)) = tiers().find(|(_, tier)| fines(tier).is_some()).or_else(|| tiers().next()) else { continue };
        let facts = tier.facts.first().into_iter().flatten();
        proposal.chosen.push(Chosen {
            facts: facts.fold(Facts::default(), |facts, test| facts.with(test.fact, test.min)),
            row: Some(row.id.clone()),
            tier: Some(tier.id.clone()),
            ..bare(charge, committed)
        });
        for kind in &tier.kinds {
            let fen = fines(tier).filter(|_| *kind == PenaltyKind::Fine).map(|range| range.min);
            proposal.penalties.push(Penalty { charge, kind: *kind, fen });
        }
    }
    proposal
}

/// Nothing chosen yet.
#[must_use]
pub(super) fn bare(charge: u32, committed: Day) -> Chosen {
    Chosen {
        charge,
        committed,
        row: None,
        tier: None,
        facts: Facts::default(),
        line: None,
        proofs: Vec::new(),
        approval: None,
        earlier: Vec::new(),
        concurrence: String::new(),
        ground: None,
    }
}
