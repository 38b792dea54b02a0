//! What the gates read from the pack: clocks, thresholds, the catalogue of reviews.

use super::step::Proposal;
use crate::calendar::{Day, Due, When, WorkingDays};
use crate::inspection::gate::{Gate, gate};
use crate::pack::{Clock, Decision, Of, Pack, PenaltyKind, Person, Purpose, Threshold, Trigger};

/// The kinds of penalties that carry the right to a hearing whatever their amount (行政处罚法 63(3)–(4)).
const HEARD: [PenaltyKind; 5] = [
    PenaltyKind::Downgraded,
    PenaltyKind::LicenceRevoked,
    PenaltyKind::BusinessSuspended,
    PenaltyKind::Closed,
    PenaltyKind::Barred,
];

/// The rules of a pack for a place. Made only when the pack has every row that a gate needs: without one no step may pass unexamined.
#[derive(Debug, Clone)]
pub struct Rules<'a> {
    pack: &'a Pack,
    days: WorkingDays,
    decision: &'a Clock,
    hearing_request: &'a Clock,
    hearing_notice: &'a Clock,
    urge: &'a Clock,
}

impl<'a> Rules<'a> {
    /// With the national calendar.
    ///
    /// # Errors
    /// A gate that names the row which the pack lacks.
    pub fn of(pack: &'a Pack) -> Result<Self, Box<Gate>> {
        let clock = |id: &'static str| pack.clock(id).ok_or_else(|| lacks(id));
        let rules = Self {
            pack,
            days: pack.calendar.national(),
            decision: clock(Clock::DECISION)?,
            hearing_request: clock(Clock::HEARING_REQUEST)?,
            hearing_notice: clock(Clock::HEARING_NOTICE)?,
            urge: clock(Clock::TEN_DAYS)?,
        };
        for person in [Person::Citizen, Person::Organisation] {
            for purpose in [Purpose::Hearing, Purpose::Review, Purpose::Collective, Purpose::OnSpot, Purpose::Cash] {
                rules.threshold(purpose, person, Of::Fine)?;
            }
        }
        if pack.review.is_empty() { Err(lacks("review")) } else { Ok(rules) }
    }

    /// With a region's days off over the national ones; `None` for a region that the pack does not know.
    #[must_use]
    pub fn in_region(mut self, id: &str) -> Option<Self> {
        self.days = self.pack.calendar.region(id)?;
        Some(self)
    }

    /// The pack.
    #[must_use]
    pub fn pack(&self) -> &'a Pack {
        self.pack
    }

    /// The working days that are counted.
    #[must_use]
    pub fn days(&self) -> &WorkingDays {
        &self.days
    }

    pub(super) fn threshold(&self, purpose: Purpose, person: Person, of: Of) -> Result<&'a Threshold, Box<Gate>> {
        self.pack.threshold(purpose, person, of).ok_or_else(|| lacks("thresholds"))
    }

    fn reaches(&self, purpose: Purpose, person: Person, of: Of, fen: u64) -> bool {
        self.pack.threshold(purpose, person, of).is_some_and(|row| row.reached(fen))
    }

    /// 听证: whether the proposal carries the right to a hearing (处罚法 63).
    #[must_use]
    pub fn hearing(&self, proposal: &Proposal, person: Person) -> bool {
        HEARD.iter().any(|kind| proposal.has(*kind))
            || self.reaches(Purpose::Hearing, person, Of::Fine, proposal.fine())
            || self.reaches(Purpose::Hearing, person, Of::Confiscation, proposal.of(PenaltyKind::Confiscation))
    }

    /// 法制审核: whether the catalogue lists the decision (处罚法 58; R43). `heard`: a hearing was held.
    #[must_use]
    pub fn review(&self, proposal: &Proposal, person: Person, heard: bool) -> bool {
        let amount = |kind| proposal.has(kind).then(|| proposal.of(kind));
        let decision = Decision {
            kinds: proposal.penalties.iter().map(|p| p.kind).collect(),
            person: Some(person),
            fine: amount(PenaltyKind::Fine),
            confiscated: amount(PenaltyKind::Confiscation),
            measure: None,
            marks: if heard { vec![Trigger::Heard] } else { Vec::new() },
        };
        !self.pack.review_of(&decision).is_empty()
    }

    /// 集体讨论: whether the heads decide together (处罚法 57:2).
    #[must_use]
    pub fn discussion(&self, proposal: &Proposal, person: Person) -> bool {
        proposal.has(PenaltyKind::LicenceRevoked) || self.reaches(Purpose::Collective, person, Of::Fine, proposal.fine())
    }

    /// 处罚决定: by when (处罚法 60); the day as counted governs.
    #[must_use]
    pub fn decision(&self, filed: Day) -> Due {
        self.decision.due(When::Day(filed), &self.days)
    }

    /// 听证申请: by when (处罚法 64(1)).
    #[must_use]
    pub fn hearing_request(&self, served: Day) -> Due {
        self.hearing_request.due(When::Day(served), &self.days)
    }

    /// 听证通知: by when before the hearing (处罚法 64(2)).
    #[must_use]
    pub fn hearing_notice(&self, hearing: Day) -> Due {
        self.hearing_notice.due(When::Day(hearing), &self.days)
    }

    /// 催告: the party may still perform until then (强制法 54).
    #[must_use]
    pub fn urge(&self, served: Day) -> Due {
        self.urge.due(When::Day(served), &self.days)
    }
}

fn lacks(row: &str) -> Box<Gate> {
    Box::new(gate(
        "R50",
        "行政处罚法 42–72",
        [
            &format!("执法数据包缺少 {row}，无法判断期限或者数额"),
            &format!("the pack has no {row}: terms or amounts cannot be judged"),
        ],
        ["发布完整的数据包后办理", "publish a complete pack first"],
    ))
}
