//! What may follow in a case, and what stands in the way of the rest (R27).

use super::example::example;
use super::keep::Procedure;
use super::rules::Ruled;
use crate::error::Result;
use crate::office::Office;
use crate::register;
use mingzheng_core::inspection::gate::Gate;
use mingzheng_core::procedure::{Case, Defence, Node, Opinion, may};

/// A step that lies ahead.
#[derive(Debug, Clone)]
pub struct Next {
    /// Which.
    pub node: Node,
    /// What stands in its way today, whatever is written into it; nothing: it may follow.
    pub gates: Vec<Gate>,
}

/// The steps that lie ahead of a case, in the order of a case.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn next(office: &Office, ruled: &Ruled, p: &Procedure) -> Result<Vec<Next>> {
    let today = register::today(office)?.max(p.case.last);
    // Who takes over and which number is taken are judged when they are known.
    let rules = ruled.rules()?;
    let ahead = Node::ALL.into_iter().filter(|n| lies_ahead(&p.case, *n));
    let tried = |node| may(Some(&p.case), &example(node, today, Some(&p.case), Some(&ruled.pack)), &rules, today);
    Ok(ahead.map(|node| Next { node, gates: tried(node) }).collect())
}

/// Whether the step has its place in what is still to come.
fn lies_ahead(case: &Case, node: Node) -> bool {
    let open = case.decision.is_none();
    let told = case.notice.as_ref().is_some_and(|n| n.served.is_some());
    let served = case.decision.as_ref().is_some_and(|d| d.served.is_some());
    let hearing = case.hearing.as_ref().is_some_and(|h| h.over.is_none());
    case.ended.is_none()
        && match node {
            Node::Accepted => false,
            Node::Filed | Node::NotFiled => case.filed.is_none(),
            Node::Recused | Node::Extended => open && case.filed.is_some(),
            Node::Investigated | Node::Notified | Node::Decided => open,
            Node::Deliberated | Node::Reviewed | Node::Discussed => open && case.proposal.is_some(),
            Node::ReviewAsked => open && case.proposal.is_some() && case.asked.is_none_or(|a| a.answered.is_some()),
            Node::ReviewExtended => open && case.asked.is_some_and(|a| a.answered.is_none() && !a.extended),
            Node::ReviewDisputed => open && case.review.as_ref().is_some_and(|(_, r)| r.opinion == Opinion::Problems),
            Node::NoticeServed => open && case.notice.is_some() && !told,
            Node::Defended | Node::DefenceWaived => open && told,
            Node::DefenceWeighed => open && matches!(case.defence, Defence::Made(_)),
            Node::HearingRequested => open && told && case.hearing.is_none() && case.notice.as_ref().is_some_and(|n| n.hearing),
            Node::HearingNoticed | Node::HearingHeld | Node::HearingEnded => open && hearing,
            Node::DecisionServed => !open && !served,
            Node::Paid => case.decision.as_ref().is_some_and(|d| case.paid < d.proposal.fine()),
            Node::Performed | Node::Urged | Node::CourtApplied => served,
            Node::Referred | Node::Closed => true,
        }
}
