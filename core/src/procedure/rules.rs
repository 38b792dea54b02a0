//! The numbers of the law and the lists of the pack that the gates read.

use super::step::{PartyKind, Proposal};
use crate::calendar::WorkingDays;
use crate::pack::PenaltyKind;

/// Which decisions of a kind or size something is needed for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Kinds of penalties.
    pub kinds: Vec<PenaltyKind>,
    /// 较大数额罚款, fen, from which on it is needed: 公民, 组织.
    pub fine: Option<[u64; 2]>,
    /// 没收较大数额违法所得、较大价值非法财物, fen: 公民, 组织.
    pub confiscation: Option<[u64; 2]>,
}

impl Listed {
    /// Whether the proposal is listed.
    #[must_use]
    pub fn lists(&self, proposal: &Proposal, party: PartyKind) -> bool {
        let from = |limits: Option<[u64; 2]>| {
            limits.map(|[citizen, organisation]| if party == PartyKind::Citizen { citizen } else { organisation })
        };
        let reaches = |sum: u64, limits| sum > 0 && from(limits).is_some_and(|l| sum >= l);
        self.kinds.iter().any(|k| proposal.has(*k))
            || reaches(proposal.fine(), self.fine)
            || reaches(proposal.of(PenaltyKind::Confiscation), self.confiscation)
    }
}

/// The numbers of the law and the lists of the pack that the gates read.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Working days of the place.
    pub days: WorkingDays,
    /// 处罚决定: so many calendar days from 立案 (处罚法 60).
    pub decision_days: u16,
    /// 听证申请: so many working days from the service of the notice (处罚法 64(1)).
    pub hearing_request_days: u16,
    /// 听证通知: so many working days before the hearing (处罚法 64(2)).
    pub hearing_notice_days: u16,
    /// 催告: so many working days before the court is asked (强制法 54).
    pub urge_days: u16,
    /// 听证: which proposals carry the right to a hearing (处罚法 63).
    pub hearing: Listed,
    /// 法制审核目录 (处罚法 58; R43).
    pub review: Listed,
    /// 集体讨论 (处罚法 57:2).
    pub discussion: Listed,
    /// 当场处罚, most fen: 公民, 组织 (处罚法 51).
    pub on_spot: [u64; 2],
    /// 当场收缴, most fen without further ground (处罚法 68(1)).
    pub cash: u64,
}
