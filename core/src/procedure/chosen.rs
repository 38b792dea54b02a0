//! 裁量 of a proposal as data: for each charge the row and tier, or the line of the three lists, that officers chose, and on what facts and proofs
//! (国办发〔2022〕27号 十二; R46, R47).

use super::step::{Charge, Proposal};
use crate::calendar::Day;
use crate::discretion::{Approval, Facts, Proof};
use crate::pack::{DiscretionRow, LeniencyList, LeniencyRow, Pack, PenaltyKind};
use serde::{Deserialize, Serialize};

/// What was chosen for one charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// For which charge, counted from 0.
    pub charge: u32,
    /// The day of the act, of one that lasted its last: the law of that day governs (处罚法 37, J13).
    pub committed: Day,
    /// Id of the row of 裁量基准.
    #[serde(default)]
    pub row: Option<String>,
    /// Id of its tier.
    #[serde(default)]
    pub tier: Option<String>,
    /// The facts that lead there.
    #[serde(default)]
    pub facts: Facts,
    /// Id of the line of 三张清单.
    #[serde(default)]
    pub line: Option<String>,
    /// What proves that the line applies (J16).
    #[serde(default)]
    pub proofs: Vec<Proof>,
    /// The approval to leave the tier (J14).
    #[serde(default)]
    pub approval: Option<Approval>,
    /// Numbers of earlier decisions against the party for the same kind of act.
    #[serde(default)]
    pub earlier: Vec<String>,
    /// Why this law, where several punish the act (处罚法 29, J15).
    #[serde(default)]
    pub concurrence: String,
    /// 不予处罚 on a ground of the law itself: the article and why (处罚法 30, 33, 36).
    #[serde(default)]
    pub ground: Option<String>,
}

impl Chosen {
    /// The row, where the pack has it.
    #[must_use]
    pub fn row<'a>(&self, pack: &'a Pack) -> Option<&'a DiscretionRow> {
        pack.discretion_row(self.row.as_deref()?)
    }

    /// The line, where the pack has it.
    #[must_use]
    pub fn line<'a>(&self, pack: &'a Pack) -> Option<&'a LeniencyRow> {
        pack.leniency_row(self.line.as_deref()?)
    }

    /// Id of the item of enforcement, by the row or the line.
    #[must_use]
    pub fn item<'a>(&self, pack: &'a Pack) -> Option<&'a str> {
        let of_line = || {
            let id = self.line(pack)?.row.as_deref()?;
            Some(pack.discretion_row(id).map_or(id, |row| row.item.as_str()))
        };
        self.row(pack).map(|row| row.item.as_str()).or_else(of_line)
    }

    /// Whether a line of 不予处罚 is chosen.
    #[must_use]
    pub fn spares(&self, pack: &Pack) -> bool {
        self.line(pack).is_some_and(|line| line.list == LeniencyList::NoPenalty)
    }
}

impl Proposal {
    /// What was chosen for a charge; none also where two say different things.
    #[must_use]
    pub fn chosen_for(&self, charge: usize) -> Option<&Chosen> {
        let mut of = self.chosen.iter().filter(|c| usize::try_from(c.charge) == Ok(charge));
        of.next().filter(|_| of.next().is_none())
    }

    /// All fines of a charge together, fen; none where it is not fined.
    #[must_use]
    pub fn fined(&self, charge: usize) -> Option<u64> {
        let fines = self.imposed(charge).filter(|(kind, _)| *kind == PenaltyKind::Fine).map(|(_, fen)| fen.unwrap_or(0));
        fines.reduce(u64::saturating_add)
    }

    /// The penalties of a charge.
    pub fn imposed(&self, charge: usize) -> impl Iterator<Item = (PenaltyKind, Option<u64>)> + '_ {
        self.penalties.iter().filter(move |p| usize::try_from(p.charge) == Ok(charge)).map(|p| (p.kind, p.fen))
    }
}

/// A decision against the same party that the office knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// 决定书文号.
    pub number: String,
    /// The inspection it came from.
    pub inspection: Option<String>,
    /// What was charged.
    pub charges: Vec<Charge>,
    /// What was decided.
    pub proposal: Proposal,
}

impl Earlier {
    /// Whether it punished an act of that item.
    #[must_use]
    pub fn punished(&self, pack: &Pack, item: &str) -> bool {
        self.proposal.chosen.iter().any(|chosen| {
            let at = usize::try_from(chosen.charge).unwrap_or(usize::MAX);
            chosen.item(pack) == Some(item) && self.proposal.imposed(at).next().is_some()
        })
    }
}
