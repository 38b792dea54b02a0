//! What the pages show, worked out from what the office holds: one file a section.

mod accesses;
mod checklist;
mod devices;
mod evidence;
mod exports;
mod facts;
mod lag;
mod list;
mod logs;
mod office_log;
mod papers;
mod rights;
mod summary;
mod timeline;
mod words;

pub(super) use devices::{DeviceRow, devices};
pub(super) use evidence::plays;
pub(super) use lag::{LAG_DAYS, LagRow, lags};
pub(super) use list::{Row, State, rows};
pub(super) use office_log::{Leaf, office_log};
pub(super) use words::office_time;

use crate::cases::{self, Held};
use crate::error::Result;
use crate::office::Office;
use crate::text::CONSOLE;
use accesses::Accessed;
use checklist::Checklist;
use evidence::{Interruption, Passed, Photo, Recording};
use exports::Exported;
use facts::Fact as Alleged;
use logs::LogView;
use mingzheng_core::id::{Id, digest_from_hex};
use mingzheng_core::inspection::{Inspection, fold};
use mingzheng_core::log::Entry;
use papers::Paper;
use rights::Told;
use std::collections::BTreeMap;
use summary::Fact;
use timeline::Moment;
use words::{short, time};

fn officers(i: &Inspection) -> String {
    let names: Vec<&str> = match &i.task {
        Some(t) => t.officers.iter().map(|o| o.name.as_str()).collect(),
        None => i.arrived.iter().map(|(o, ..)| o.name.as_str()).collect(),
    };
    names.join("、")
}

fn inspection(held: &[Held]) -> Inspection {
    let entries: Vec<Entry> = held.iter().map(|h| h.entry.clone()).collect();
    fold(&entries)
}

fn logs_of(held: &[Held]) -> Vec<Id> {
    let mut logs: Vec<Id> = held.iter().map(|h| h.entry.header().log).collect();
    logs.sort();
    logs.dedup();
    logs
}

/// One case.
pub(super) struct Case {
    /// Hex.
    pub case: String,
    /// Enterprise.
    pub title: String,
    /// Officers.
    pub officers: String,
    /// State.
    pub state: State,
    /// Facts at the top.
    pub facts: Vec<Fact>,
    /// Missing files in words.
    pub missing: Vec<String>,
    /// Some file is wanted at all.
    pub wants: bool,
    /// Forks.
    pub forks: usize,
    /// Clock jumps in words.
    pub jumps: Vec<String>,
    /// Who was somewhere else at the same time (J4): words, the other case, its enterprise.
    pub elsewhere: Vec<(String, String, String)>,
    /// Entries not understood.
    pub unread: usize,
    /// Timeline.
    pub moments: Vec<Moment>,
    /// Certificates shown.
    pub badges: Vec<Told>,
    /// Rights told.
    pub rights: Vec<Told>,
    /// Acknowledgements.
    pub acknowledged: Vec<Told>,
    /// Checklists.
    pub checklists: Vec<Checklist>,
    /// Alleged facts and their evidence.
    pub alleged: Vec<Alleged>,
    /// Corrections: item, old, new, by, when.
    pub corrections: Vec<(String, String, String, String, String)>,
    /// Photos.
    pub photos: Vec<Photo>,
    /// Recordings.
    pub recordings: Vec<Recording>,
    /// Interruptions of recordings.
    pub interruptions: Vec<Interruption>,
    /// Custody that passed from officer to officer.
    pub passed: Vec<Passed>,
    /// Papers.
    pub papers: Vec<Paper>,
    /// Device logs.
    pub logs: Vec<LogView>,
    /// Earlier exports.
    pub exports: Vec<Exported>,
    /// Who looked at it (R25).
    pub accesses: Vec<Accessed>,
}

/// The page of one case.
///
/// # Errors
/// [`crate::error::OfficeError::NotFound`] for an unknown case.
pub(super) fn case(office: &Office, id: Id) -> Result<Case> {
    let held = cases::entries(office, id)?;
    let i = inspection(&held);
    let files = cases::files(office, id)?;
    let pack = match i.pack.as_deref().and_then(digest_from_hex) {
        Some(digest) => crate::feed::pack(office, &digest)?.map(|p| p.pack().clone()),
        None => None,
    };
    let names: BTreeMap<&str, String> = i.evidence.iter().map(|e| (e.id.as_str(), evidence::name(&i, e))).collect();
    let mut views = Vec::new();
    let mut people = BTreeMap::new();
    for log in logs_of(&held) {
        let view = logs::view(office, log)?;
        people.insert(log, view.person.clone());
        views.push(view);
    }
    let (lacking, peers) = cases::lacking(&i, &held, &files);
    let absent = peers.iter().map(|name| format!("{name} {}", CONSOLE.plain("case.peer")));
    let missing = lacking
        .iter()
        .map(|f| match names.get(f.id.as_str()) {
            Some(name) => name.clone(),
            None => format!("文书 {} paper", short(&f.id)),
        })
        .chain(absent)
        .collect();
    Ok(Case {
        case: id.to_string(),
        title: i.task.as_ref().map_or_else(|| CONSOLE.plain("cases.untitled"), |t| t.enterprise.name.clone()),
        officers: officers(&i),
        state: list::state(&i),
        facts: summary::facts(&i),
        missing,
        wants: files.iter().any(cases::counts),
        forks: views.iter().map(|v| v.forks).sum(),
        jumps: i.jumps.iter().map(|j| format!("{:+} s · {}", j.by_ms / 1000, time(j.at.ms, j.at.zone_min))).collect(),
        elsewhere: crate::presence::of_case(office, id)?
            .into_iter()
            .map(|k| {
                let span = format!("{} – {}", words::office_time(k.from), words::office_time(k.until));
                (format!("{}（{}） {span}", k.officer, k.number), k.case, k.name)
            })
            .collect(),
        unread: i.unread.len(),
        moments: timeline::moments(&held, &people, &names),
        badges: rights::badges(&i),
        rights: rights::told(&i),
        acknowledged: rights::acknowledged(&i),
        checklists: checklist::checklists(&i, pack.as_ref()),
        alleged: facts::facts(&i, pack.as_ref()),
        corrections: checklist::corrections(&i),
        photos: evidence::photos(&i, &files),
        recordings: evidence::recordings(&i, &files, pack.as_ref()),
        interruptions: evidence::interruptions(&i, pack.as_ref()),
        passed: evidence::passed(&i),
        papers: papers::papers(&i, &files, pack.as_ref()),
        logs: views,
        exports: exports::exports(office, id)?,
        accesses: accesses::accesses(office, id, &names)?,
    })
}
