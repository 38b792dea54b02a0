//! A step of a case as it is decided and recorded.

use super::chosen::Chosen;
use super::review::Review;
use super::service::Service;
use crate::calendar::Day;
use crate::pack::{PenaltyKind, Person};
use serde::{Deserialize, Serialize};

/// 当事人 of the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// 公民 or 组织: limits differ (处罚法 51).
    pub kind: Person,
    /// 姓名 or 名称.
    pub name: String,
    /// 统一社会信用代码 or 证件号.
    pub code: String,
}

/// Who acts at the office, or decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// 姓名.
    pub name: String,
    /// 执法证号 or staff number; tells two of one name apart.
    pub number: String,
}

/// One unlawful act that is alleged: the fact, its law, its evidence (R28).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// 执法事项: the row of the pack, `pack@version#id`.
    pub item: String,
    /// 违法事实.
    pub fact: String,
    /// 违反的条、款、项.
    pub violated: String,
    /// 处罚依据的条、款、项.
    pub penalty_basis: String,
    /// Evidence ids, or papers that prove it.
    pub evidence: Vec<String>,
}

/// One penalty (处罚法 9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Penalty {
    /// For which charge, counted from 0: one act is not fined twice (处罚法 29, J15).
    pub charge: u32,
    /// Its kind.
    pub kind: PenaltyKind,
    /// 罚款、没收 in fen; none for others.
    pub fen: Option<u64>,
}

/// What is proposed, told, or decided.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The penalties; none: no penalty (不予处罚).
    pub penalties: Vec<Penalty>,
    /// 裁量: how it was applied and why, in words (27号文 十二).
    pub discretion: String,
    /// 裁量 for each charge. Steps of earlier releases have the words alone.
    #[serde(default)]
    pub chosen: Vec<Chosen>,
    /// 责令改正 and its term (处罚法 28).
    pub correction: Option<Day>,
}

impl Proposal {
    /// All 罚款 together, fen.
    #[must_use]
    pub fn fine(&self) -> u64 {
        self.of(PenaltyKind::Fine)
    }

    /// All amounts of a kind together, fen.
    #[must_use]
    pub fn of(&self, kind: PenaltyKind) -> u64 {
        self.penalties.iter().filter(|p| p.kind == kind).filter_map(|p| p.fen).fold(0, u64::saturating_add)
    }

    /// Whether a penalty of the kind is among them.
    #[must_use]
    pub fn has(&self, kind: PenaltyKind) -> bool {
        self.penalties.iter().any(|p| p.kind == kind)
    }

    /// Whether it goes beyond what was told: another kind, more of one, or another law (处罚法 44, 45).
    #[must_use]
    pub fn beyond(&self, told: &Self) -> bool {
        let law = |c: &Chosen| told.chosen.iter().any(|t| (t.charge, &t.row) == (c.charge, &c.row));
        self.penalties.iter().any(|p| !told.has(p.kind) || self.of(p.kind) > told.of(p.kind))
            || self.chosen.iter().any(|c| c.row.is_some() && !law(c))
    }
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// 受理: a lead is taken in.
    Accepted {
        /// 案件来源.
        source: String,
        /// The inspection it comes from, hex.
        inspection: Option<String>,
        /// 当事人.
        party: Party,
        /// 案由.
        matter: String,
        /// 双随机抽查发现: some lists do not apply then (R47).
        #[serde(default)]
        random_draw: bool,
    },
    /// 立案 (处罚法 54).
    Filed {
        /// 承办人, two at least.
        investigators: Vec<Actor>,
    },
    /// 不予立案 (R49).
    NotFiled,
    /// 回避: an investigator leaves the case, and who takes over (处罚法 43; R11).
    Recused {
        /// Who leaves.
        leaves: Actor,
        /// Who takes over.
        takes_over: Actor,
    },
    /// 调查终结.
    Investigated {
        /// 违法事实 with evidence and law.
        charges: Vec<Charge>,
        /// 处理建议.
        proposal: Proposal,
    },
    /// 合议.
    Deliberated {
        /// Who took part.
        members: Vec<Actor>,
    },
    /// 事先告知, with the right to a hearing where there is one (处罚法 44, 63).
    Notified {
        /// What is told.
        proposal: Proposal,
        /// The right to a hearing is told.
        hearing: bool,
        /// Last day of the term for 陈述申辩 that the paper names.
        defence_until: Day,
    },
    /// The notice was served.
    NoticeServed {
        /// How.
        service: Service,
    },
    /// 陈述申辩.
    Defended {
        /// Who spoke for the party.
        #[serde(rename = "speaker")]
        by: String,
        /// What was said.
        content: String,
    },
    /// 放弃陈述申辩, plainly said (处罚法 62).
    DefenceWaived {
        /// Who spoke for the party.
        #[serde(rename = "speaker")]
        by: String,
        /// Where that stands: a signed paper or a recording.
        proof: String,
    },
    /// 复核 of what the party said (处罚法 45).
    DefenceWeighed {
        /// 采纳.
        adopted: bool,
        /// 复核意见.
        opinion: String,
    },
    /// 申请听证 (处罚法 64(1)).
    HearingRequested {
        /// Who asked.
        #[serde(rename = "speaker")]
        by: String,
    },
    /// 听证通知 (处罚法 64(2), (4)).
    HearingNoticed {
        /// Day of the hearing.
        hearing: Day,
        /// 主持人.
        presider: Actor,
        /// How it was served.
        service: Service,
    },
    /// 举行听证.
    HearingHeld {
        /// 听证笔录.
        record: String,
    },
    /// 撤回听证申请 or not coming without a reason (处罚法 64(6)).
    HearingEnded {
        /// `withdrawn` or `absent`.
        why: String,
    },
    /// 送审: the review's term runs from here (R45).
    ReviewAsked {
        /// 送审材料.
        materials: String,
    },
    /// 延长审核期限, once, of a complicated case (R45).
    ReviewExtended,
    /// 审核分歧: the investigating office does not agree with the problems that the review found (R45). A review that agrees is needed all the same.
    ReviewDisputed {
        /// 承办机构的意见.
        view: String,
        /// 协调结果, by the head who decided it.
        outcome: String,
    },
    /// 法制审核 (处罚法 58; R42–R45).
    Reviewed {
        /// The review.
        review: Review,
    },
    /// 延长办案期限, where a law, regulation or rule allows it (处罚法 60).
    Extended {
        /// The new last day.
        until: Day,
        /// What allows it.
        basis: String,
    },
    /// 集体讨论 (处罚法 57:2).
    Discussed {
        /// Who took part.
        members: Vec<Actor>,
        /// What they resolved.
        outcome: String,
    },
    /// 处罚决定 or 不予处罚决定 (处罚法 57, 59).
    Decided {
        /// 决定书文号.
        number: String,
        /// What is decided.
        proposal: Proposal,
    },
    /// The decision was served (处罚法 61).
    DecisionServed {
        /// How.
        service: Service,
    },
    /// 缴款: paid at the bank (处罚法 67).
    Paid {
        /// 票据号.
        receipt: String,
        /// Fen.
        fen: u64,
    },
    /// 改正 proven, or another penalty carried out.
    Performed {
        /// What was done, and what proves it.
        what: String,
    },
    /// 催告 (强制法 54).
    Urged {
        /// How it was served.
        service: Service,
    },
    /// 申请法院强制执行 (强制法 53).
    CourtApplied {
        /// The court.
        court: String,
    },
    /// 移送: to another organ, or as a suspected crime (处罚法 27; R51).
    Referred {
        /// To whom.
        to: String,
        /// 涉嫌犯罪.
        crime: bool,
    },
    /// 结案.
    Closed,
}

/// The kinds of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Node {
    /// 受理.
    Accepted,
    /// 立案.
    Filed,
    /// 不予立案.
    NotFiled,
    /// 回避.
    Recused,
    /// 调查终结.
    Investigated,
    /// 合议.
    Deliberated,
    /// 事先告知.
    Notified,
    /// 告知送达.
    NoticeServed,
    /// 陈述申辩.
    Defended,
    /// 放弃陈述申辩.
    DefenceWaived,
    /// 复核.
    DefenceWeighed,
    /// 申请听证.
    HearingRequested,
    /// 听证通知.
    HearingNoticed,
    /// 听证.
    HearingHeld,
    /// 听证终止.
    HearingEnded,
    /// 送审.
    ReviewAsked,
    /// 延长审核期限.
    ReviewExtended,
    /// 法制审核.
    Reviewed,
    /// 审核分歧.
    ReviewDisputed,
    /// 延期.
    Extended,
    /// 集体讨论.
    Discussed,
    /// 决定.
    Decided,
    /// 决定送达.
    DecisionServed,
    /// 缴款.
    Paid,
    /// 履行.
    Performed,
    /// 催告.
    Urged,
    /// 申请强制执行.
    CourtApplied,
    /// 移送.
    Referred,
    /// 结案.
    Closed,
}

impl Node {
    /// All of them, in the order of a case.
    pub const ALL: [Self; 29] = [
        Self::Accepted,
        Self::Filed,
        Self::NotFiled,
        Self::Recused,
        Self::Investigated,
        Self::Deliberated,
        Self::Notified,
        Self::NoticeServed,
        Self::Defended,
        Self::DefenceWaived,
        Self::DefenceWeighed,
        Self::HearingRequested,
        Self::HearingNoticed,
        Self::HearingHeld,
        Self::HearingEnded,
        Self::ReviewAsked,
        Self::ReviewExtended,
        Self::Reviewed,
        Self::ReviewDisputed,
        Self::Extended,
        Self::Discussed,
        Self::Decided,
        Self::DecisionServed,
        Self::Paid,
        Self::Performed,
        Self::Urged,
        Self::CourtApplied,
        Self::Referred,
        Self::Closed,
    ];
}

impl Act {
    /// Which kind of step it is.
    #[must_use]
    pub fn node(&self) -> Node {
        match self {
            Self::Accepted { .. } => Node::Accepted,
            Self::Filed { .. } => Node::Filed,
            Self::NotFiled => Node::NotFiled,
            Self::Recused { .. } => Node::Recused,
            Self::Investigated { .. } => Node::Investigated,
            Self::Deliberated { .. } => Node::Deliberated,
            Self::Notified { .. } => Node::Notified,
            Self::NoticeServed { .. } => Node::NoticeServed,
            Self::Defended { .. } => Node::Defended,
            Self::DefenceWaived { .. } => Node::DefenceWaived,
            Self::DefenceWeighed { .. } => Node::DefenceWeighed,
            Self::HearingRequested { .. } => Node::HearingRequested,
            Self::HearingNoticed { .. } => Node::HearingNoticed,
            Self::HearingHeld { .. } => Node::HearingHeld,
            Self::HearingEnded { .. } => Node::HearingEnded,
            Self::ReviewAsked { .. } => Node::ReviewAsked,
            Self::ReviewExtended => Node::ReviewExtended,
            Self::ReviewDisputed { .. } => Node::ReviewDisputed,
            Self::Reviewed { .. } => Node::Reviewed,
            Self::Extended { .. } => Node::Extended,
            Self::Discussed { .. } => Node::Discussed,
            Self::Decided { .. } => Node::Decided,
            Self::DecisionServed { .. } => Node::DecisionServed,
            Self::Paid { .. } => Node::Paid,
            Self::Performed { .. } => Node::Performed,
            Self::Urged { .. } => Node::Urged,
            Self::CourtApplied { .. } => Node::CourtApplied,
            Self::Referred { .. } => Node::Referred,
            Self::Closed => Node::Closed,
        }
    }
}

/// One step: what, when, by whom, on whose decision, why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What is done.
    #[serde(flatten)]
    pub act: Act,
    /// The day on which it took effect, as the paper says.
    pub day: Day,
    /// Who did it.
    pub by: Actor,
    /// 负责人 who approved or decided, where somebody else did.
    pub decided_by: Option<Actor>,
    /// Reason.
    pub reason: String,
    /// Number of the paper that carries it.
    pub paper: Option<String>,
}

/// Whether nothing is said.
pub(super) fn blank(text: &str) -> bool {
    text.trim().is_empty()
}
