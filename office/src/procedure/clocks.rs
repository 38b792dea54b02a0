//! The clocks that run in a case, each by its row of the pack (requirements §C; R50, J11, J12).

use super::keep::Procedure;
use mingzheng_core::calendar::{Day, Due, State, When, WorkingDays};
use mingzheng_core::pack::{Basis, Binds, Clock, Decided, Pack, Rule, Text};
use mingzheng_core::procedure::{Act, Defence, Rules};
use serde::Serialize;

/// A clock that was started.
#[derive(Debug, Clone, Serialize)]
pub struct Running {
    /// Row of the pack; `defence` for the term that the notice names.
    pub id: String,
    /// What must, or may, be done.
    pub title: Text,
    /// The event from which it runs, or before which it ends.
    pub start: Day,
    /// As counted.
    pub raw: When,
    /// Moved to a working day.
    pub rolled: When,
    /// 暂估.
    pub provisional: bool,
    /// A time within which the party may act: nobody is late when it is over.
    pub window: bool,
    /// When it was done.
    pub done: Option<Day>,
    /// `running`, `due_soon`, `overdue`, `met`, `met_late`; of a window `open`, `over` or `used`.
    pub state: &'static str,
    /// The mark of a clock that was missed, as it is printed.
    pub mark: Option<Text>,
    /// Days or hours that are left, where it runs.
    pub left: Option<u32>,
    /// From when on to warn.
    pub alarms: Vec<When>,
    /// The law.
    pub basis: String,
    /// The row was not checked against the text in force.
    pub illustrative: bool,
}

/// The clocks of a case as they stand at `now` (ms), in the order of a case.
#[must_use]
pub fn clocks(p: &Procedure, rules: &Rules<'_>, pack: &Pack, now: i64) -> Vec<Running> {
    let case = &p.case;
    let counts = Counting { pack, days: rules.days(), now, ended: case.ended.is_some() };
    let day_of = |is: fn(&Act) -> bool| p.last(is).map(|s| s.day);
    let mut all: Vec<Option<Running>> = vec![];
    if let Some(filed) = case.filed {
        let done = case.decision.as_ref().map(|d| d.day);
        all.push(counts.deadline(Clock::DECISION, filed, done, case.extended));
    }
    if let Some((notice, served)) = case.notice.as_ref().and_then(|n| Some((n, n.served?))) {
        let spoke = match case.defence {
            Defence::Open => None,
            Defence::Waived(d) | Defence::Made(d) | Defence::Weighed(d) => Some(d),
        };
        all.push(Some(counts.term(served, notice.defence_until, spoke)));
        if notice.hearing {
            all.push(counts.window(Clock::HEARING_REQUEST, served, case.hearing.as_ref().map(|h| h.requested)));
        }
    }
    if let Some(asked) = case.asked {
        let longer = pack.clock(Clock::LEGAL_REVIEW).filter(|_| asked.extended);
        let until = longer.and_then(|clock| clock.extended(asked.day.into(), rules.days())).map(|due| due.raw.day());
        all.push(counts.deadline(Clock::LEGAL_REVIEW, asked.day, asked.answered, until));
    }
    if let Some((hearing, _)) = case.hearing.as_ref().and_then(|h| h.noticed.as_ref()) {
        all.push(counts.deadline(Clock::HEARING_NOTICE, *hearing, day_of(|a| matches!(a, Act::HearingNoticed { .. })), None));
    }
    if let Some(d) = &case.decision {
        all.push(counts.deadline(Clock::SERVICE, d.day, d.served, None));
    }
    if let Some((d, served)) = case.decision.as_ref().and_then(|d| Some((d, d.served?))) {
        let fine = d.proposal.fine();
        if fine > 0 {
            let paid = (case.paid >= fine).then(|| day_of(|a| matches!(a, Act::Paid { .. }))).flatten();
            all.push(counts.deadline(Clock::PAYMENT, served, paid, None));
        }
        if !d.proposal.penalties.is_empty() {
            all.push(counts.window(REVIEW, served, None));
            all.push(counts.window(COURT, served, None));
        }
    }
    all.into_iter().flatten().chain(publication_clocks(p, rules, pack, now)).collect()
}

/// The clocks of its 公示: they run on when the case has ended (R37, R38).
#[must_use]
pub fn publication_clocks(p: &Procedure, rules: &Rules<'_>, pack: &Pack, now: i64) -> Vec<Running> {
    let counts = Counting { pack, days: rules.days(), now, ended: false };
    let decision = p.case.decision.as_ref().filter(|d| !d.proposal.penalties.is_empty());
    let known = &p.publication;
    let done = known.first.or(known.withheld.map(|(_, day)| day));
    let publish = decision.zip(pack.publication_clock(Decided::Penalty));
    let publish = publish.and_then(|(d, clock)| counts.deadline(&clock.id, d.day, done, None));
    let mend = known.ticket.as_ref().and_then(|t| counts.deadline(Clock::WITHDRAW, t.since, None, None));
    publish.into_iter().chain(mend).collect()
}

/// 申请行政复议.
const REVIEW: &str = "qixian-fuyi";
/// 提起行政诉讼.
const COURT: &str = "qixian-susong";

/// The next end that somebody must keep, and whether it is over.
#[must_use]
pub fn next_due(clocks: &[Running]) -> Option<&Running> {
    clocks.iter().filter(|r| !r.window && r.done.is_none()).min_by_key(|r| r.raw.day())
}

struct Counting<'a> {
    pack: &'a Pack,
    days: &'a WorkingDays,
    now: i64,
    ended: bool,
}

impl Counting<'_> {
    fn deadline(&self, id: &str, start: Day, done: Option<Day>, extended: Option<Day>) -> Option<Running> {
        // What was still open when the case ended is asked of nobody.
        let clock = self.pack.clock(id).filter(|_| done.is_some() || !self.ended)?;
        let mut due = clock.due(start.into(), self.days);
        if let Some(until) = extended {
            (due.raw, due.rolled, due.alarms) = (until.into(), until.into(), vec![]);
        }
        let state = due.state(self.now, done.map(When::Day));
        let (name, left) = match state {
            State::Running { left } => ("running", Some(left)),
            State::DueSoon { left } => ("due_soon", Some(left)),
            State::Overdue { .. } => ("overdue", None),
            State::Met => ("met", None),
            State::MetLate { .. } | State::TooEarly { .. } => ("met_late", None),
        };
        Some(Running { state: name, left, mark: state.mark(clock.unit), done, ..self.row(clock, start, due, false) })
    }

    fn window(&self, id: &str, start: Day, used: Option<Day>) -> Option<Running> {
        let clock = self.pack.clock(id)?;
        let due = clock.due(start.into(), self.days);
        let over = due.is_over(self.now);
        let left = match due.state(self.now, None) {
            State::Running { left } | State::DueSoon { left } if used.is_none() => Some(left),
            _ => None,
        };
        let state = if used.is_some() {
            "used"
        } else if over {
            "over"
        } else {
            "open"
        };
        Some(Running { state, left, done: used, ..self.row(clock, start, due, true) })
    }

    /// The term to speak: the day on the paper that was served stands (J34).
    fn term(&self, served: Day, until: Day, spoke: Option<Day>) -> Running {
        let due = Due {
            raw: until.into(),
            rolled: until.into(),
            provisional: false,
            alarms: vec![],
            binds: Binds::Party,
            rule: Rule::Within,
        };
        let over = due.is_over(self.now);
        Running {
            id: "defence".into(),
            title: Text { zh: "陈述、申辩".into(), en: "Statement and defence".into() },
            start: served,
            raw: due.raw,
            rolled: due.rolled,
            provisional: false,
            window: true,
            done: spoke,
            state: if spoke.is_some() {
                "used"
            } else if over {
                "over"
            } else {
                "open"
            },
            mark: None,
            left: None,
            alarms: vec![],
            basis: "行政处罚法 44、45；以告知书载明的日期为准".into(),
            illustrative: false,
        }
    }

    fn row(&self, clock: &Clock, start: Day, due: Due, window: bool) -> Running {
        Running {
            id: clock.id.clone(),
            title: clock.title.clone(),
            start,
            raw: due.raw,
            rolled: due.rolled,
            provisional: due.provisional,
            window,
            done: None,
            state: "",
            mark: None,
            left: None,
            alarms: due.alarms,
            basis: cited(self.pack, &clock.basis),
            illustrative: clock.illustrative,
        }
    }
}

fn cited(pack: &Pack, basis: &[Basis]) -> String {
    basis.iter().map(|b| pack.cite(b).zh).collect::<Vec<_>>().join("；")
}
