//! Facts → rows → tiers → ranges, each with its sources. There is no function here that names an amount.

use super::facts::{Facts, Holds};
use crate::pack::{Band, Basis, DiscretionRow, EnforcementItem, Fact, Pack, PenaltyKind, Range, Tier};
use std::collections::BTreeSet;

/// A tier whose condition holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion<'a> {
    /// The tier.
    pub tier: &'a Tier,
    /// The statutory range that it lies in.
    pub band: &'a Band,
    /// The range of the fine in fen; absent without a fine, or while the illegal gains are not known.
    pub range: Option<Range>,
    /// The same of the statute.
    pub statutory: Option<Range>,
    /// The clause that punishes, then who set the tier.
    pub sources: Vec<&'a Basis>,
    /// Replace by the province's own tier before use in a case.
    pub illustrative: bool,
}

/// What the pack says of one act under the facts known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer<'a> {
    /// The row.
    pub row: &'a DiscretionRow,
    /// Its item.
    pub item: &'a EnforcementItem,
    /// The tiers that hold; at most one where the row says all by facts.
    pub tiers: Vec<Suggestion<'a>>,
    /// Facts that would decide more, in the order asked.
    pub asks: Vec<Fact>,
    /// The row has no tier for what is known: only the statute's ranges hold, and it is discussed collectively (J14).
    pub uncovered: bool,
}

/// What the pack says of an item, or of every item, under these facts.
#[must_use]
pub fn suggest<'a>(pack: &'a Pack, item: Option<&str>, facts: &Facts) -> Vec<Offer<'a>> {
    let rows = pack.discretion.iter().filter(|row| item.is_none_or(|id| row.item == id));
    rows.filter_map(|row| offer(pack, row, facts)).collect()
}

fn offer<'a>(pack: &'a Pack, row: &'a DiscretionRow, facts: &Facts) -> Option<Offer<'a>> {
    let item = pack.enforcement_item(&row.item)?;
    let mut asks = BTreeSet::new();
    let mut tiers = Vec::new();
    for tier in &row.tiers {
        let band = item.band(&tier.band)?;
        match facts.holds(tier) {
            Holds::No => {}
            Holds::Depends(on) => asks.extend(on),
            Holds::Yes => {
                asks.extend(tier.asks().into_iter().filter(|fact| *fact == Fact::Gains && facts.get(*fact).is_none()));
                tiers.push(suggestion(row, tier, band, facts));
            }
        }
    }
    let asks: Vec<Fact> = Fact::ALL.into_iter().filter(|fact| asks.contains(fact)).collect();
    Some(Offer { row, item, uncovered: tiers.is_empty() && asks.is_empty(), tiers, asks })
}

fn suggestion<'a>(row: &'a DiscretionRow, tier: &'a Tier, band: &'a Band, facts: &Facts) -> Suggestion<'a> {
    let gains = facts.get(Fact::Gains);
    Suggestion {
        tier,
        band,
        range: tier.fine.and_then(|fine| fine.range(gains)),
        statutory: band.fine.and_then(|fine| fine.range(gains)),
        sources: row.basis.iter().chain(&tier.basis).collect(),
        illustrative: tier.illustrative,
    }
}

impl Suggestion<'_> {
    /// What it imposes in words, Chinese and English; the order to correct is always due (处罚法 28).
    #[must_use]
    pub fn words(&self) -> (String, String) {
        let word = |kind: &PenaltyKind| kind.word();
        let order = ("责令改正", "order to correct");
        let (zh, en): (Vec<_>, Vec<_>) = std::iter::once(order).chain(self.tier.kinds.iter().map(word)).unzip();
        (zh.join("、"), en.join(", "))
    }
}
