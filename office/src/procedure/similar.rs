//! Similar decided cases of the office: the same row and tier, so that like cases are treated alike (R48). Facts, no score.

use super::keep;
use crate::error::Result;
use crate::store::Db;
use mingzheng_core::calendar::Day;
use mingzheng_core::id::Id;
use serde::Serialize;

/// A decided charge of the same row and tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Similar {
    /// The case.
    #[serde(skip)]
    pub id: Id,
    /// 决定书文号.
    pub number: String,
    /// 决定日期.
    pub day: Day,
    /// 违法事实.
    pub fact: String,
    /// The fine of that charge, fen; none where it was not fined.
    pub fine: Option<u64>,
    /// The tier was left with an approval.
    pub approved: bool,
}

/// What was decided under the same row and tier in other cases, newest first.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn similar(c: &Db, own: Id, row: &str, tier: &str) -> Result<Vec<Similar>> {
    let mut all = Vec::new();
    for p in keep::all(c)?.into_iter().filter(|p| p.id != own) {
        let Some(decision) = &p.case.decision else { continue };
        for (at, charge) in p.case.charges.iter().enumerate() {
            let chosen = decision.proposal.chosen_for(at);
            let same = chosen.filter(|k| k.row.as_deref() == Some(row) && k.tier.as_deref() == Some(tier));
            let Some(known) = same else { continue };
            all.push(Similar {
                id: p.id,
                number: decision.number.clone(),
                day: decision.day,
                fact: charge.fact.clone(),
                fine: decision.proposal.fined(at),
                approved: known.approval.is_some(),
            });
        }
    }
    all.sort_by(|a, b| (b.day, &b.number).cmp(&(a.day, &a.number)));
    Ok(all)
}

/// The least and the most fine among them.
#[must_use]
pub fn span(all: &[Similar]) -> Option<(u64, u64)> {
    let fines = || all.iter().filter_map(|s| s.fine);
    fines().min().zip(fines().max())
}
