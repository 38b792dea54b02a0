//! What the steps of a case amount to: a pure fold.

use super::review::{Opinion, Review};
use super::step::{Act, Actor, Charge, Node, Party, Proposal, Step};
use crate::calendar::Day;

/// How far a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// 已受理, 立案 is open.
    Accepted,
    /// 调查中.
    Investigating,
    /// 调查终结, nothing told yet.
    Investigated,
    /// 已告知: the party may speak.
    Notified,
    /// 已决定, not served.
    Decided,
    /// 已送达: to be performed.
    Served,
    /// 已移送、已结案或者不予立案.
    Ended,
}

/// 事先告知 as told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What was told.
    pub proposal: Proposal,
    /// The right to a hearing was told.
    pub hearing: bool,
    /// Last day of the term for 陈述申辩.
    pub defence_until: Day,
    /// When it was served: the terms run from here.
    pub served: Option<Day>,
}

/// What the party said to the notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Defence {
    /// Nothing yet.
    Open,
    /// Plainly given up (处罚法 62).
    Waived(Day),
    /// Spoke; not weighed yet.
    Made(Day),
    /// Spoke, and it was weighed (处罚法 45).
    Weighed(Day),
}

/// A hearing that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hearing {
    /// When asked for.
    pub requested: Day,
    /// Day of the hearing and presider, once noticed.
    pub noticed: Option<(Day, Actor)>,
    /// When it was held, or ended without.
    pub over: Option<Day>,
    /// It was really held.
    pub held: bool,
}

/// 送审 for the legal review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// When the papers came in.
    pub day: Day,
    /// The term was extended.
    pub extended: bool,
    /// When the review answered.
    pub answered: Option<Day>,
}

/// The decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// 决定书文号.
    pub number: String,
    /// What was decided.
    pub proposal: Proposal,
    /// The day on the paper: it governs, not an internal approval (处罚法 60).
    pub day: Day,
    /// When it was served.
    pub served: Option<Day>,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// 当事人.
    pub party: Party,
    /// 案由.
    pub matter: String,
    /// The inspection it comes from.
    pub inspection: Option<String>,
    /// 双随机抽查发现.
    pub random_draw: bool,
    /// 受理.
    pub accepted: Day,
    /// 立案.
    pub filed: Option<Day>,
    /// 延期: the last day for the decision, where it was extended.
    pub extended: Option<Day>,
    /// 承办人.
    pub investigators: Vec<Actor>,
    /// 违法事实, once the investigation is over.
    pub charges: Vec<Charge>,
    /// 处理建议.
    pub proposal: Option<Proposal>,
    /// The newest notice.
    pub notice: Option<Notice>,
    /// What the party said to it.
    pub defence: Defence,
    /// The hearing, if asked for.
    pub hearing: Option<Hearing>,
    /// The newest 送审.
    pub asked: Option<Asked>,
    /// The newest review of the present proposal.
    pub review: Option<(Day, Review)>,
    /// 集体讨论.
    pub discussed: Option<Day>,
    /// The decision.
    pub decision: Option<Decision>,
    /// Paid so far, fen.
    pub paid: u64,
    /// What else was performed.
    pub performed: Vec<Day>,
    /// 催告.
    pub urged: Option<Day>,
    /// 申请强制执行.
    pub court: Option<Day>,
    /// 移送, 结案 or 不予立案.
    pub ended: Option<(Day, Node)>,
    /// Day of the newest step.
    pub last: Day,
}

impl Case {
    /// Folds the steps. `None` when the first is no 受理.
    #[must_use]
    pub fn fold<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Option<Self> {
        steps.into_iter().fold(None, |case, step| match case {
            None => Self::begin(step),
            Some(case) => Some(case.then(step)),
        })
    }

    fn begin(step: &Step) -> Option<Self> {
        let Act::Accepted { party, matter, inspection, random_draw, .. } = &step.act else { return None };
        Some(Self {
            party: party.clone(),
            matter: matter.clone(),
            inspection: inspection.clone(),
            random_draw: *random_draw,
            accepted: step.day,
            filed: None,
            extended: None,
            investigators: Vec::new(),
            charges: Vec::new(),
            proposal: None,
            notice: None,
            defence: Defence::Open,
            hearing: None,
            asked: None,
            review: None,
            discussed: None,
            decision: None,
            paid: 0,
            performed: Vec::new(),
            urged: None,
            court: None,
            ended: None,
            last: step.day,
        })
    }

    fn then(mut self, step: &Step) -> Self {
        let day = step.day;
        self.last = day;
        match &step.act {
            // 合议 and 分歧 are asked for by no gate; that they were held stands in their steps.
            Act::Accepted { .. } | Act::Deliberated { .. } | Act::ReviewDisputed { .. } => {}
            Act::Filed { investigators } => (self.filed, self.investigators) = (Some(day), investigators.clone()),
            Act::Recused { leaves, takes_over } => {
                self.investigators.retain(|a| a != leaves);
                self.investigators.push(takes_over.clone());
            }
            Act::Investigated { charges, proposal } => {
                (self.charges, self.proposal) = (charges.clone(), Some(proposal.clone()));
                // What was reviewed and told was another proposal.
                (self.review, self.discussed) = (None, None);
            }
            Act::Notified { proposal, hearing, defence_until } => {
                self.notice =
                    Some(Notice { proposal: proposal.clone(), hearing: *hearing, defence_until: *defence_until, served: None });
                (self.defence, self.hearing) = (Defence::Open, None);
                if self.proposal.as_ref() != Some(proposal) {
                    // What was reviewed was another proposal.
                    (self.review, self.discussed) = (None, None);
                }
            }
            Act::NoticeServed { .. } => self.notice.iter_mut().for_each(|n| n.served = Some(day)),
            Act::Defended { .. } => (self.defence, self.review) = (Defence::Made(day), None),
            Act::DefenceWaived { .. } => self.defence = Defence::Waived(day),
            Act::DefenceWeighed { .. } => self.defence = Defence::Weighed(day),
            Act::HearingRequested { .. } => {
                self.hearing = Some(Hearing { requested: day, noticed: None, over: None, held: false });
            }
            Act::HearingNoticed { hearing, presider, .. } => {
                self.hearing.iter_mut().for_each(|h| h.noticed = Some((*hearing, presider.clone())));
            }
            Act::HearingHeld { .. } | Act::HearingEnded { .. } => {
                let held = matches!(step.act, Act::HearingHeld { .. });
                self.hearing.iter_mut().for_each(|h| (h.over, h.held) = (Some(day), held));
                // 处罚法 65: decided after, and reviewed after, what was heard.
                self.review = None;
            }
            Act::ReviewAsked { .. } => self.asked = Some(Asked { day, extended: false, answered: None }),
            Act::ReviewExtended => self.asked.iter_mut().for_each(|asked| asked.extended = true),
            Act::Reviewed { review } => {
                self.review = Some((day, review.clone()));
                self.asked.iter_mut().filter(|asked| asked.answered.is_none()).for_each(|asked| asked.answered = Some(day));
            }
            Act::Extended { until, .. } => self.extended = Some(*until),
            Act::Discussed { .. } => self.discussed = Some(day),
            Act::Decided { number, proposal } => {
                self.decision = Some(Decision { number: number.clone(), proposal: proposal.clone(), day, served: None });
            }
            Act::DecisionServed { .. } => self.decision.iter_mut().for_each(|d| d.served = Some(day)),
            Act::Paid { fen, .. } => self.paid = self.paid.saturating_add(*fen),
            Act::Performed { .. } => self.performed.push(day),
            Act::Urged { .. } => self.urged = Some(day),
            Act::CourtApplied { .. } => self.court = Some(day),
            Act::NotFiled | Act::Closed => self.ended = Some((day, step.act.node())),
            // A suspected crime goes to the police, and the penalty waits (处罚法 27); a referral to another organ ends the case here.
            Act::Referred { .. } => self.ended = Some((day, Node::Referred)),
        }
        self
    }

    /// How far it is.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match self {
            Self { ended: Some(_), .. } => Stage::Ended,
            Self { decision: Some(d), .. } if d.served.is_some() => Stage::Served,
            Self { decision: Some(_), .. } => Stage::Decided,
            Self { notice: Some(_), .. } => Stage::Notified,
            Self { proposal: Some(_), .. } => Stage::Investigated,
            Self { filed: Some(_), .. } => Stage::Investigating,
            _ => Stage::Accepted,
        }
    }

    /// Whether the newest review of the present proposal agrees.
    #[must_use]
    pub fn review_passed(&self) -> bool {
        self.review.as_ref().is_some_and(|(_, r)| r.opinion == Opinion::Agreed)
    }

    /// Who answers for what (R59): node, person, day.
    #[must_use]
    pub fn responsible<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Vec<(Node, &'a Actor, Option<&'a Actor>, Day)> {
        steps.into_iter().map(|s| (s.act.node(), &s.by, s.decided_by.as_ref(), s.day)).collect()
    }
}
