//! Who is there and may act: absence and return (R06), declarations and requests of recusal (R11), interviews (J4), the scan at the door, leads and
//! suspicions (R49, R51).

use super::fold::{At, Inspection};
use super::gate::{Gate, gate};
use super::{Event, OfficerRef};
use serde::Serialize;

/// An officer who was called away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Absence {
    /// Who.
    pub officer: OfficerRef,
    /// Why.
    pub reason: String,
    /// From when.
    pub from: At,
    /// Until when.
    pub until: Option<At>,
}

/// 回避声明: what an officer said of a tie to the party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Declaration {
    /// Who.
    pub officer: OfficerRef,
    /// 没有利害关系.
    pub none: bool,
    /// What there is.
    pub note: String,
    /// When.
    pub at: At,
}

/// 申请回避, and what the head decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recusal {
    /// Against whom.
    pub officer: OfficerRef,
    /// Who asked.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: At,
    /// The decision: by whom, granted, why, when.
    pub decided: Option<(String, bool, String, At)>,
}

/// 询问.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Interview {
    /// Its id, hex.
    pub id: String,
    /// 被询问人.
    pub person: String,
    /// Who asks and who writes.
    pub officers: Vec<OfficerRef>,
    /// 记录人.
    pub recorder: String,
    /// 地点.
    pub place: String,
    /// From when.
    pub started: At,
    /// Until when.
    pub ended: Option<At>,
}

/// 扫码入企: done, or why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scan {
    /// What was scanned.
    pub code: Option<String>,
    /// Why nothing could be.
    pub reason: Option<String>,
    /// When.
    pub at: At,
}

/// A lead or a suspected crime that came up on site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flag {
    /// What it is about.
    pub text: String,
    /// 涉嫌罪名; none for a lead.
    pub crime: Option<String>,
    /// Evidence ids.
    pub evidence: Vec<String>,
    /// When.
    pub at: At,
}

/// People and what concerns them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct People {
    /// Absences, oldest first.
    pub absences: Vec<Absence>,
    /// Declarations, the newest of each officer.
    pub declarations: Vec<Declaration>,
    /// Requests of recusal.
    pub recusals: Vec<Recusal>,
    /// Interviews.
    pub interviews: Vec<Interview>,
    /// Scans at the door.
    pub scans: Vec<Scan>,
    /// Leads and suspicions.
    pub flags: Vec<Flag>,
}

impl People {
    /// Takes an event of these; gives back any other.
    pub(super) fn apply(&mut self, event: Event, at: At) -> Option<Event> {
        match event {
            Event::PersonLeft { officer, reason } => {
                if !self.away(&officer.person) {
                    self.absences.push(Absence { officer, reason, from: at, until: None });
                }
            }
            // The entry says more than who is away: it goes on to the fold.
            Event::Continued { ref from, ref reason, .. } => {
                if !self.away(&from.person) {
                    self.absences.push(Absence { officer: from.clone(), reason: reason.clone(), from: at, until: None });
                }
                return Some(event);
            }
            Event::PersonReturned { officer, .. } => {
                if let Some(a) = self.absences.iter_mut().rfind(|a| a.officer.person == officer.person && a.until.is_none()) {
                    a.until = Some(at);
                }
            }
            Event::ConflictDeclared { officer, none, note } => {
                self.declarations.retain(|d| d.officer.person != officer.person);
                self.declarations.push(Declaration { officer, none, note, at });
            }
            Event::RecusalRequested { officer, by, reason } => {
                self.recusals.push(Recusal { officer, by, reason, at, decided: None });
            }
            Event::RecusalDecided { officer, by, granted, reason } => {
                let open = |r: &&mut Recusal| r.officer.person == officer.person && r.decided.is_none();
                if let Some(r) = self.recusals.iter_mut().find(open) {
                    r.decided = Some((by, granted, reason, at));
                }
            }
            Event::InterviewStarted { interview, person, officers, recorder, place } => {
                if !self.interviews.iter().any(|i| i.id == interview) {
                    self.interviews.push(Interview {
                        id: interview,
                        person,
                        officers,
                        recorder,
                        place,
                        started: at,
                        ended: None,
                    });
                }
            }
            Event::InterviewEnded { interview } => {
                if let Some(i) = self.interviews.iter_mut().find(|i| i.id == interview) {
                    i.ended.get_or_insert(at);
                }
            }
            Event::EntryScanned { code, reason } => self.scans.push(Scan { code, reason, at }),
            Event::LeadRaised { text, evidence } => self.flags.push(Flag { text, crime: None, evidence, at }),
            Event::CrimeSuspected { text, crime, evidence } => self.flags.push(Flag { text, crime: Some(crime), evidence, at }),
            other => return Some(other),
        }
        None
    }

    /// Whether an officer has left and not come back (R06).
    #[must_use]
    pub fn away(&self, person: &str) -> bool {
        self.absences.iter().any(|a| a.officer.person == person && a.until.is_none())
    }

    /// Whether an officer has to keep out: a tie that was declared, a recusal that was granted (处罚法 43).
    #[must_use]
    pub fn keeps_out(&self, person: &str) -> bool {
        self.declarations.iter().any(|d| d.officer.person == person && !d.none)
            || self.recusals.iter().any(|r| r.officer.person == person && r.decided.as_ref().is_some_and(|d| d.1))
    }
}

impl Inspection {
    /// Officers who are there and need not keep out.
    #[must_use]
    pub fn present(&self) -> Vec<&OfficerRef> {
        let here = |o: &&OfficerRef| !self.people.away(&o.person) && !self.people.keeps_out(&o.person);
        self.arrived.iter().map(|(o, ..)| o).filter(here).collect()
    }

    /// The officer of that number who has arrived.
    #[must_use]
    pub fn officer(&self, number: &str) -> Option<&OfficerRef> {
        self.arrived.iter().map(|(o, ..)| o).find(|o| o.number == number)
    }

    /// An interview.
    #[must_use]
    pub fn interview(&self, id: &str) -> Option<&Interview> {
        self.people.interviews.iter().find(|i| i.id == id)
    }
}

/// J4: nobody asks two at once; `busy`: officers in an open interview of any inspection on this phone. Two officers who are there (处罚法 42).
#[must_use]
pub fn interview(i: &Inspection, officers: &[OfficerRef], busy: &[OfficerRef], minimum: usize) -> Vec<Gate> {
    let mut gates = Vec::new();
    let here = i.present();
    let mut persons: Vec<&str> = officers.iter().map(|o| o.person.as_str()).collect();
    persons.sort_unstable();
    persons.dedup();
    if persons.len() < minimum || officers.iter().any(|o| !here.iter().any(|p| p.person == o.person)) {
        gates.push(gate(
            "R06",
            "行政处罚法 42",
            ["询问须由两名以上在场的执法人员进行", "an interview takes two officers who are there"],
            ["由两名在场的执法人员询问", "two officers who are there ask"],
        ));
    }
    if officers.iter().any(|o| busy.iter().any(|b| b.person == o.person)) {
        gates.push(gate(
            "J4",
            "行政处罚法 42",
            ["有执法人员正在进行另一询问", "an officer is in another interview"],
            ["先结束另一询问；被询问人分别询问", "end the other interview first; ask each person separately"],
        ));
    }
    gates
}

/// J4: who inspects elsewhere and has not left is not here.
#[must_use]
pub fn elsewhere(open: bool) -> Vec<Gate> {
    if !open {
        return Vec::new();
    }
    vec![gate(
        "J4",
        "行政处罚法 42",
        ["您在另一处的检查尚未记录离场", "your inspection elsewhere has no departure yet"],
        ["先在那次检查中记录离场", "record the departure there first"],
    )]
}

/// R11: a request of recusal is decided by the head, once, with a reason; the inspection goes on meanwhile.
#[must_use]
pub fn decide_recusal(i: &Inspection, person: &str, by: &str, reason: &str) -> Vec<Gate> {
    let open = i.people.recusals.iter().any(|r| r.officer.person == person && r.decided.is_none());
    let own = i.arrived.iter().any(|(o, ..)| o.name == by.trim());
    if open && !own && !by.trim().is_empty() && !reason.trim().is_empty() {
        return Vec::new();
    }
    vec![gate(
        "R11",
        "行政处罚法 43",
        ["回避由行政机关负责人决定并写明理由", "the head decides on recusal, with a reason"],
        ["报负责人决定后记录；决定前不停止调查", "have the head decide, then record it; the inspection goes on meanwhile"],
    )]
}
