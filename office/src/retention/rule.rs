//! What is kept until when (R22, J21): a pure function over events, whatever order they come in.
//!
//! Every inspection and every case that needs a file adds a reason to keep it, and none takes one away: the latest end counts, a case that is open and
//! a hold that stands beat every end.

use mingzheng_core::calendar::Day;
use mingzheng_core::id::{Digest, Id, digest_from_hex, hex};
use mingzheng_core::pack::{Keep, Kept, Retention};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What a hold or a promotion is about; everything below it is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum What {
    /// A sealed file.
    File(Digest),
    /// An inspection with its files.
    Inspection(Id),
    /// A case with the files of its inspection and those that were promoted to it.
    Case(Id),
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(sealed) => write!(f, "file:{}", hex(sealed)),
            Self::Inspection(id) => write!(f, "inspection:{id}"),
            Self::Case(id) => write!(f, "case:{id}"),
        }
    }
}

impl From<What> for String {
    fn from(what: What) -> Self {
        what.to_string()
    }
}

/// A text that names neither a file, nor an inspection, nor a case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("neither file:, inspection: nor case: with its digits")]
pub struct NotNamed;

impl TryFrom<String> for What {
    type Error = NotNamed;

    fn try_from(text: String) -> Result<Self, NotNamed> {
        let (kind, digits) = text.split_once(':').ok_or(NotNamed)?;
        let what = match kind {
            "file" => digest_from_hex(digits).map(Self::File),
            "inspection" => Id::from_hex(digits).map(Self::Inspection),
            "case" => Id::from_hex(digits).map(Self::Case),
            _ => None,
        };
        what.ok_or(NotNamed)
    }
}

/// Something that bears on how long a file is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A file arrived whole; `opened`: the office knows what is in it.
    Received {
        /// The sealed file.
        file: Digest,
        /// When.
        day: Day,
        /// The office opened it and gave its receipt.
        opened: bool,
    },
    /// An entry of an inspection names a file.
    Named {
        /// The sealed file.
        file: Digest,
        /// The inspection.
        inspection: Id,
        /// A recording or photograph (音像记录); papers are not destroyed here.
        media: bool,
    },
    /// An inspection was closed; with several phones the last counts.
    Closed {
        /// The inspection.
        inspection: Id,
        /// When the office had it.
        day: Day,
    },
    /// A compulsory measure, a preservation or a penalty on the spot: its recordings are those of a case, also without one at the office.
    Grave {
        /// The inspection.
        inspection: Id,
    },
    /// A case was taken in.
    Begun {
        /// The case.
        case: Id,
        /// The inspection it comes from.
        inspection: Option<Id>,
    },
    /// A case ended (结案、移送、不予立案).
    Ended {
        /// The case.
        case: Id,
        /// When.
        day: Day,
    },
    /// Something was named in a case later.
    Promoted {
        /// What.
        what: What,
        /// The case.
        case: Id,
    },
    /// A hold was placed.
    Held {
        /// Its number.
        hold: u64,
        /// On what.
        what: What,
    },
    /// A hold was lifted.
    Lifted {
        /// Its number.
        hold: u64,
    },
}

/// How long a class is kept, as far as the pack says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// So many months at least.
    Months(u32),
    /// 永久.
    Permanent,
    /// The pack has no such row.
    None,
    /// The pack's figure is an example: a local one is awaited, and nothing is destroyed by it.
    Illustrative,
}

impl Period {
    fn of(rows: &[Retention], class: Kept) -> Self {
        let row = |class| rows.iter().find(|r| r.class == class);
        let Some(own) = row(class) else { return Self::None };
        let governing = if own.keep == Keep::AsCaseFile { row(Kept::CaseFile) } else { Some(own) };
        match governing.map(|r| r.keep) {
            _ if own.illustrative || governing.is_some_and(|r| r.illustrative) => Self::Illustrative,
            Some(Keep::Months(months)) => Self::Months(months),
            Some(Keep::Permanent) => Self::Permanent,
            Some(Keep::AsCaseFile) | None => Self::None,
        }
    }
}

/// The periods that govern files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periods {
    /// 日常巡查的音像记录.
    pub daily: Period,
    /// 案件的音像记录.
    pub case: Period,
}

impl Periods {
    /// Those of a pack's rows; without any nothing is ever due.
    #[must_use]
    pub fn of(rows: &[Retention]) -> Self {
        Self { daily: Period::of(rows, Kept::DailyMedia), case: Period::of(rows, Kept::CaseMedia) }
    }
}

/// Why a file has no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Never {
    /// A case that needs it is open.
    CaseOpen,
    /// An inspection that needs it is not closed.
    InspectionOpen,
    /// 永久.
    Permanent,
    /// The pack's figure is an example.
    Illustrative,
    /// No rule says how long.
    NoRule,
    /// A paper: it goes with the case file to the archives.
    Paper,
    /// No entry names it.
    Unnamed,
    /// The office could not open it.
    NotOpened,
}

impl Never {
    /// Its word in answers and in the keys of texts (`keep.never.…`).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CaseOpen => "case_open",
            Self::InspectionOpen => "inspection_open",
            Self::Permanent => "permanent",
            Self::Illustrative => "illustrative",
            Self::NoRule => "no_rule",
            Self::Paper => "paper",
            Self::Unnamed => "unnamed",
            Self::NotOpened => "not_opened",
        }
    }
}

impl Serialize for Never {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// How long a file is kept, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// As those of a case, not as daily ones.
    pub of_case: bool,
    /// The last day on which it is kept, as far as there is an end.
    pub until: Option<Day>,
    /// Why there is none.
    pub never: BTreeSet<Never>,
    /// The holds that stand on it.
    pub holds: BTreeSet<u64>,
}

impl Standing {
    /// Whether it may be proposed for destruction on a day: after the last day, with no hold and nothing open (J21).
    #[must_use]
    pub fn is_due(&self, today: Day) -> bool {
        self.never.is_empty() && self.holds.is_empty() && self.until.is_some_and(|last| last < today)
    }

    /// In one word: `held`, `kept` for good or while something is open, `running`, `due`.
    #[must_use]
    pub fn word(&self, today: Day) -> &'static str {
        match () {
            () if !self.holds.is_empty() => "held",
            () if !self.never.is_empty() || self.until.is_none() => "kept",
            () if self.is_due(today) => "due",
            () => "running",
        }
    }
}

#[derive(Debug, Default)]
struct File {
    received: Option<Day>,
    opened: bool,
    named: BTreeSet<(Id, bool)>,
}

/// What the events amount to.
#[derive(Debug, Default)]
pub struct State {
    files: BTreeMap<Digest, File>,
    closed: BTreeMap<Id, Day>,
    grave: BTreeSet<Id>,
    cases: BTreeMap<Id, BTreeSet<Id>>,
    ended: BTreeMap<Id, Day>,
    promoted: BTreeSet<(What, Id)>,
    held: BTreeMap<u64, What>,
    lifted: BTreeSet<u64>,
}

impl State {
    /// Folds events; their order does not matter.
    #[must_use]
    pub fn fold(events: impl IntoIterator<Item = Event>) -> Self {
        let mut s = Self::default();
        for event in events {
            s.then(event);
        }
        s
    }

    fn then(&mut self, event: Event) {
        let later = |known: Option<&mut Day>, day: Day| known.map_or(day, |k| day.max(*k));
        match event {
            Event::Received { file, day, opened } => {
                let f = self.files.entry(file).or_default();
                f.received = Some(later(f.received.as_mut(), day));
                f.opened |= opened;
            }
            Event::Named { file, inspection, media } => {
                self.files.entry(file).or_default().named.insert((inspection, media));
            }
            Event::Closed { inspection, day } => {
                let day = later(self.closed.get_mut(&inspection), day);
                self.closed.insert(inspection, day);
            }
            Event::Grave { inspection } => _ = self.grave.insert(inspection),
            Event::Begun { case, inspection } => {
                let of = self.cases.entry(case).or_default();
                of.extend(inspection);
            }
            Event::Ended { case, day } => {
                let day = later(self.ended.get_mut(&case), day);
                self.ended.insert(case, day);
            }
            Event::Promoted { what, case } => _ = self.promoted.insert((what, case)),
            Event::Held { hold, what } => _ = self.held.insert(hold, what),
            Event::Lifted { hold } => _ = self.lifted.insert(hold),
        }
    }

    /// The files that events speak of.
    pub fn files(&self) -> impl Iterator<Item = Digest> {
        self.files.keys().copied()
    }

    /// The inspections that name a file.
    #[must_use]
    pub fn inspections_of(&self, file: &Digest) -> BTreeSet<Id> {
        self.files.get(file).into_iter().flat_map(|f| &f.named).map(|(inspection, _)| *inspection).collect()
    }

    /// The cases that need a file.
    #[must_use]
    pub fn cases_of(&self, file: &Digest) -> BTreeSet<Id> {
        let inspections = self.inspections_of(file);
        let own = self.cases.iter().filter(|(_, of)| !of.is_disjoint(&inspections)).map(|(case, _)| *case);
        let later = self.promoted.iter().filter(|(what, _)| match what {
            What::File(f) => f == file,
            What::Inspection(i) => inspections.contains(i),
            What::Case(_) => false,
        });
        own.chain(later.map(|(_, case)| *case)).collect()
    }

    /// When a file arrived.
    #[must_use]
    pub fn received(&self, file: &Digest) -> Option<Day> {
        self.files.get(file)?.received
    }

    /// How long a file is kept.
    #[must_use]
    pub fn standing(&self, file: &Digest, periods: &Periods) -> Standing {
        let (inspections, cases) = (self.inspections_of(file), self.cases_of(file));
        let mut s = Standing { of_case: !cases.is_empty(), until: None, never: BTreeSet::new(), holds: BTreeSet::new() };
        let known = self.files.get(file);
        if inspections.is_empty() {
            s.never.insert(Never::Unnamed);
        }
        if !known.is_some_and(|f| f.opened && f.received.is_some()) {
            s.never.insert(Never::NotOpened);
        }
        if known.is_some_and(|f| f.named.iter().any(|(_, media)| !media)) {
            s.never.insert(Never::Paper);
        }
        let received = known.and_then(|f| f.received);
        for inspection in &inspections {
            let Some(closed) = self.closed.get(inspection) else {
                s.never.insert(Never::InspectionOpen);
                continue;
            };
            let grave = self.grave.contains(inspection);
            s.of_case |= grave;
            let start = received.map_or(*closed, |day| day.max(*closed));
            s.apply(if grave { periods.case } else { periods.daily }, start);
        }
        for case in &cases {
            match self.ended.get(case) {
                Some(ended) => s.apply(periods.case, *ended),
                None => _ = s.never.insert(Never::CaseOpen),
            }
        }
        let stands = self.held.iter().filter(|(hold, _)| !self.lifted.contains(hold));
        s.holds = stands
            .filter(|(_, what)| match what {
                What::File(f) => f == file,
                What::Inspection(i) => inspections.contains(i),
                What::Case(c) => cases.contains(c),
            })
            .map(|(hold, _)| *hold)
            .collect();
        s
    }
}

impl Standing {
    /// One more reason to keep it; an end only moves later.
    fn apply(&mut self, period: Period, start: Day) {
        let end = match period {
            Period::Months(months) => Day::try_from(start.date() + chrono::Months::new(months)).ok(),
            Period::Permanent => None,
            Period::None => {
                self.never.insert(Never::NoRule);
                return;
            }
            Period::Illustrative => {
                self.never.insert(Never::Illustrative);
                return;
            }
        };
        match end {
            Some(day) => self.until = Some(self.until.map_or(day, |known| known.max(day))),
            // Beyond all calendars is for good.
            None => _ = self.never.insert(Never::Permanent),
        }
    }
}

#[cfg(test)]
#[path = "rule_tests.rs"]
mod tests;
