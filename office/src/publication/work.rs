//! The work list of publications: what waits for whom, by when, and what is overdue (R31, R37).

use crate::error::Result;
use crate::office::Office;
use crate::procedure::{self, Procedure, Running};
use mingzheng_core::publication::{Node, Outcome, Publication};

/// What a publication waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// 待起草.
    ToDraft,
    /// 待审核.
    ToReview,
    /// 审核退回.
    Returned,
    /// 待发布.
    ToPublish,
    /// 已公示.
    Published,
    /// 异议待核查.
    ToCheck,
    /// 待更正.
    ToCorrect,
    /// 待撤回.
    ToWithdraw,
    /// 不予公示.
    Withheld,
    /// 已撤回.
    Withdrawn,
}

impl State {
    /// Of a publication.
    #[must_use]
    pub fn of(p: &Publication) -> Self {
        let text = || match (&p.draft, p.agreed) {
            (None, _) => Self::ToDraft,
            (_, None) => Self::ToReview,
            (_, Some(false)) => Self::Returned,
            (_, Some(true)) => Self::ToPublish,
        };
        let same = || p.draft.as_ref().map(|(draft, _)| draft) == p.published.as_ref().map(|(draft, _)| draft);
        match (&p.ticket, &p.published) {
            _ if p.withdrawn.is_some() => Self::Withdrawn,
            _ if p.over() => Self::Withheld,
            (Some(ticket), _) => match ticket.outcome {
                None | Some(Outcome::Stands) => Self::ToCheck,
                Some(Outcome::Withdraw) => Self::ToWithdraw,
                Some(Outcome::Correct) if same() => Self::ToCorrect,
                Some(Outcome::Correct) => text(),
            },
            (None, Some(_)) => Self::Published,
            (None, None) => text(),
        }
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn settled(self) -> bool {
        matches!(self, Self::Published | Self::Withheld | Self::Withdrawn)
    }
}

/// The steps that lie ahead, in their order.
#[must_use]
pub fn ahead(p: &Publication) -> Vec<Node> {
    let mut all = match State::of(p) {
        State::ToDraft | State::Returned | State::ToCorrect => vec![Node::Drafted],
        State::ToReview => vec![Node::Reviewed, Node::Drafted],
        State::ToPublish => vec![Node::Published, Node::Drafted],
        State::Published => vec![Node::Objected, Node::Overturned],
        State::ToCheck => vec![Node::Checked],
        State::ToWithdraw => vec![Node::Withdrawn],
        State::Withheld | State::Withdrawn => vec![],
    };
    if p.published.is_none() && !p.over() {
        all.push(Node::Withheld);
    }
    all
}

/// A line of the work list.
pub struct Row {
    /// The case.
    pub case: Procedure,
    /// What it waits for.
    pub state: State,
    /// By when, of what waits.
    pub due: Option<Running>,
}

/// Every case with a penalty that was decided: what waits first, the most urgent first.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn work(office: &Office) -> Result<Vec<Row>> {
    let ruled = procedure::rules(office)?;
    let rules = ruled.rules()?;
    let mut rows = Vec::new();
    for case in office.store.read(procedure::all)? {
        let penal = case.case.decision.as_ref().is_some_and(|d| !d.proposal.penalties.is_empty());
        if !penal {
            continue;
        }
        let state = State::of(&case.publication);
        let running = procedure::publication_clocks(&case, &rules, &ruled.pack, office.now());
        let due = running.into_iter().rfind(|r| r.done.is_none()).filter(|_| !state.settled());
        rows.push(Row { case, state, due });
    }
    rows.sort_by_key(|r| (r.state.settled(), r.due.as_ref().map(|d| d.raw.day()), r.case.number.clone()));
    Ok(rows)
}
