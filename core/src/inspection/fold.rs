//! `fold(entries) -> Inspection`: what is true, worked out from the entries of all logs of a case and from nothing else.

use super::event::{
    Ack, AssistantRef, BadgeAck, CopyKind, DroppedItem, Event, How, NoSignature, OfficerRef, Original, Place, SignRole, Taken,
    Task, Witness,
};
use super::event::{DerivedFrom, PartOf};
use super::people::People;
use super::recording::{HandedOver, InterruptionMade, PartHeld, RecordingMade};
use crate::calendar::WorkingDays;
use crate::clock::Reading;
use crate::id::Id;
use crate::log::Entry;
use crate::measure::{self, MeasureState};
use crate::pack::{Answer, Pack};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Names an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryRef {
    /// The log.
    pub log: Id,
    /// The place in it.
    pub seq: u64,
}
impl Serialize for EntryRef {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&format_args!("{}/{}", self.log, self.seq))
    }
}

/// When something happened, by the device, and which entry says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct At {
    /// Wall clock, ms.
    pub ms: i64,
    /// Zone offset in minutes.
    pub zone_min: i32,
    /// The wall clock as if it had not been set since the case's first entry of this log and boot: for durations.
    pub steady_ms: i64,
    /// The entry.
    pub entry: EntryRef,
}

/// A shown certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Badge {
    /// Whose.
    pub officer: OfficerRef,
    /// To whom.
    pub to_whom: String,
    /// How acknowledged.
    pub acknowledged: BadgeAck,
    /// On another officer's phone.
    pub shared_device: bool,
    /// The credential was past its own life; days.
    pub stale_days: Option<u32>,
    /// Where.
    pub place: Option<Place>,
    /// `good`, `none`, `stale` or `mock`; `None` when only the other phone noted it.
    pub fix: Option<String>,
    /// When.
    pub at: At,
}

/// What an officer said of the own dress (R09).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Appearance {
    /// Whose.
    pub officer: OfficerRef,
    /// 统一制式服装.
    pub uniform: bool,
    /// 统一标识.
    pub insignia: bool,
    /// What is to be said of it.
    pub note: String,
    /// Evidence id of a photograph.
    pub evidence: Option<String>,
    /// When.
    pub at: At,
}

/// An item told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RightGiven {
    /// Row of the notification.
    pub notice: String,
    /// Version of the text.
    pub version: u32,
    /// Item.
    pub item: String,
    /// Language tag.
    pub language: String,
    /// Words as told.
    pub text: String,
    /// How.
    pub how: How,
    /// When.
    pub at: At,
}

/// An acknowledgement of a notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Acknowledged {
    /// By whom.
    pub by: String,
    /// How.
    pub how: Ack,
    /// Reason of a refusal.
    pub reason: Option<String>,
    /// When.
    pub at: At,
}

/// The latest answer to an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnswerGiven {
    /// The checklist.
    pub checklist: String,
    /// The result.
    pub result: Answer,
    /// The note, corrections applied.
    pub note: String,
    /// Measured value.
    pub measured: Option<String>,
    /// Instrument.
    pub instrument: Option<String>,
    /// When.
    pub at: At,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingMade {
    /// The fact.
    pub text: String,
    /// Items.
    pub items: Vec<String>,
    /// Evidence ids.
    pub evidence: Vec<String>,
    /// Recorded without evidence on purpose.
    pub unproven: bool,
    /// When.
    pub at: At,
}

/// A sealed photo, part of a recording, or derived copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceHeld {
    /// Evidence id.
    pub id: String,
    /// Number as printed, from 1; parts of recordings are not counted and have 0.
    pub number: usize,
    /// MIME type.
    pub media_type: String,
    /// SHA-256 of the exact file.
    pub clear: String,
    /// Length of the exact file.
    pub clear_len: u64,
    /// SHA-256 of the sealed file.
    pub sealed: String,
    /// What it shows.
    pub caption: String,
    /// Checklist item.
    pub item: Option<String>,
    /// Where.
    pub place: Option<Place>,
    /// `good`, `none`, `stale` or `mock`.
    pub fix: String,
    /// `unchecked`, `ok` or what is wrong.
    pub state: String,
    /// SHA-256 of the thumbnail.
    pub thumbnail: Option<String>,
    /// Where EXIF differs.
    pub differences: Vec<serde_json::Value>,
    /// `camera`, `import`, `derived` or `orphan`.
    pub source: String,
    /// Part of a recording.
    pub part: Option<PartOf>,
    /// Copy of other evidence.
    pub derived: Option<DerivedFrom>,
    /// When.
    pub at: At,
}

/// A correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CorrectionMade {
    /// Item whose note changed.
    pub item: String,
    /// Old text.
    pub old: String,
    /// New text.
    pub new: String,
    /// At whose request.
    pub by: String,
    /// Who initialled.
    pub initials: Vec<String>,
    /// When.
    pub at: At,
}

/// A signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignatureGiven {
    /// Role.
    pub role: SignRole,
    /// Name.
    pub name: String,
    /// Certificate number.
    pub number: Option<String>,
    /// The facts that were signed.
    pub facts: String,
    /// The presented PDF that was signed.
    pub presented: String,
    /// Shape as printed.
    pub ink: Option<serde_json::Value>,
    /// Signed by the OFFICER key of an own device.
    pub own_device: bool,
    /// The shape at the foot of each page, where the form asks for it.
    pub pages: Vec<serde_json::Value>,
    /// When.
    pub at: At,
}

/// A refusal to sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Refused, unable or absent.
    pub why: NoSignature,
    /// Who.
    pub name: String,
    /// Reason.
    pub reason: String,
    /// Witness.
    pub witness: Option<String>,
    /// The witness's unit.
    pub witness_unit: Option<String>,
    /// The witness's signature as printed.
    pub witness_ink: Option<serde_json::Value>,
    /// Media segment.
    pub media: Option<String>,
    /// When.
    pub at: At,
}

/// A paper on its way through P8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaperState {
    /// Paper id.
    pub id: String,
    /// Form row.
    pub form: String,
    /// What it is about: a measure, an interview, an item of the pack.
    pub about: Option<String>,
    /// Digest of the newest facts.
    pub facts_digest: String,
    /// The newest facts.
    pub facts: serde_json::Value,
    /// When the facts were fixed.
    pub facts_at: At,
    /// Digest of the presented PDF over the newest facts.
    pub presented: Option<String>,
    /// C1.
    pub presented_checkpoint: Option<String>,
    /// Signatures under the newest facts.
    pub signatures: Vec<SignatureGiven>,
    /// Refusal under the newest facts.
    pub refusal: Option<Refusal>,
    /// Digest of the final PDF.
    pub finished: Option<String>,
    /// C2.
    pub finished_checkpoint: Option<String>,
    /// 作废: why its number was voided.
    pub voided: Option<String>,
    /// 宣读 of the newest facts.
    pub read_aloud: Option<PaperRead>,
    /// 预盖章用纸 of the newest facts.
    pub sheet: Option<String>,
    /// Who took a copy.
    pub handed: Vec<CopyHanded>,
}

/// The presented paper was read aloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaperRead {
    /// Who read.
    pub by: OfficerRef,
    /// To whom.
    pub to: String,
    /// Media segment that holds it.
    pub media: Option<String>,
    /// When.
    pub at: At,
}

/// A copy that was handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CopyHanded {
    /// For whom it is.
    pub copy: String,
    /// Who took it.
    pub receiver: String,
    /// Paper or electronic.
    pub how: CopyKind,
    /// When.
    pub at: At,
}

/// A correction on a paper other than the record (J24).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaperCorrection {
    /// Paper id.
    pub paper: String,
    /// The field; `talk.answer` for a column.
    pub field: String,
    /// Row of a list, from 1.
    pub row: Option<u64>,
    /// Old text.
    pub old: String,
    /// New text.
    pub new: String,
    /// At whose request.
    pub by: String,
    /// Who initialled.
    pub initials: Vec<String>,
    /// When.
    pub at: At,
}

impl PaperState {
    /// The form of a record of inspection, whose facts come from the fold alone.
    pub const RECORD: &str = "xianchang-bilu";

    /// Id of the form in the pack.
    #[must_use]
    pub fn form_id(&self) -> &str {
        self.form.split_once('#').map_or(self.form.as_str(), |(_, id)| id)
    }

    /// The 现场检查笔录.
    #[must_use]
    pub fn is_record(&self) -> bool {
        self.form_id() == Self::RECORD
    }

    /// 文号, 编号 as printed.
    #[must_use]
    pub fn number(&self) -> &str {
        let at = if self.is_record() { "/number" } else { "/fields/number" };
        self.facts.pointer(at).and_then(serde_json::Value::as_str).unwrap_or_default()
    }
}

/// A number that was voided (J32).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NumberVoided {
    /// Form id.
    pub form: String,
    /// The number.
    pub number: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: At,
}

/// A paper that was signed by hand (P8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaperInked {
    /// Paper id.
    pub paper: String,
    /// Digest of the facts that its pages name.
    pub facts: String,
    /// Evidence ids of the photographs, in the order of the pages.
    pub pages: Vec<String>,
    /// Who signed on the paper, as written.
    pub signed: Vec<String>,
    /// Which is the original.
    pub original: Original,
    /// When.
    pub at: At,
}

/// A character that no font of the device had, as it was drawn (F12).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CharacterDrawn {
    /// The character.
    pub character: String,
    /// Width, height, lines.
    pub drawing: serde_json::Value,
    /// When.
    pub at: At,
}

/// The inspection was moved to a newer pack (F35).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackMove {
    /// Who moved it.
    pub officer: OfficerRef,
    /// `id@version` before.
    pub from: String,
    /// `id@version` after.
    pub to: String,
    /// Answered items that the newer pack does not have.
    pub dropped: Vec<DroppedItem>,
    /// When.
    pub at: At,
}

/// Another officer's phone went on in the place of the lead's (R06).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeadChange {
    /// Who leads from then on.
    pub officer: OfficerRef,
    /// Who led.
    pub from: OfficerRef,
    /// Why.
    pub reason: String,
    /// The log that led, hex.
    pub log: String,
    /// Entries of it that were held.
    pub size: u64,
    /// When.
    pub at: At,
}

/// A jump of the wall clock inside the case's time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClockJump {
    /// Milliseconds, negative when set back.
    pub by_ms: i64,
    /// When.
    pub at: At,
}

/// The other officer's phone has seen a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckpointCosigned {
    /// Whose checkpoint: the log, hex.
    pub log: String,
    /// Its number.
    pub cp_no: u64,
    /// Its digest.
    pub checkpoint: String,
    /// Who saw it.
    pub officer: OfficerRef,
    /// When.
    pub at: At,
}

/// The party took a checkpoint away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckpointTaken {
    /// Its number.
    pub cp_no: u64,
    /// Its digest.
    pub checkpoint: String,
    /// How.
    pub how: Taken,
    /// By whom.
    pub by: String,
    /// When.
    pub at: At,
}

/// An entry that this version does not understand or whose fields are withheld.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// Its kind.
    pub kind: String,
    /// Withheld fields.
    pub withheld: Vec<String>,
    /// When.
    pub at: At,
}

/// The state of an inspection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// The case, hex.
    pub case: String,
    /// The task.
    pub task: Option<Task>,
    /// Digest of the pack.
    pub pack: Option<String>,
    /// `id@version` of the pack.
    pub pack_version: Option<String>,
    /// Every pack of this inspection in order: `id@version`, digest. Papers stay with the one they were made by (F35).
    pub packs: Vec<(String, String)>,
    /// Moves to a newer pack.
    pub moves: Vec<PackMove>,
    /// Digest16 of the assignment.
    pub assignment: Option<String>,
    /// Who leads: whose device opened first, or who went on last.
    pub lead: Option<OfficerRef>,
    /// Changes of the lead in their order.
    pub leads: Vec<LeadChange>,
    /// When it was opened.
    pub opened: Option<At>,
    /// Officers whose presence is proven.
    pub arrived: Vec<(OfficerRef, At, Option<Place>)>,
    /// Paired phones.
    pub peers: Vec<(OfficerRef, String)>,
    /// Checkpoints that the other officer's phone has seen.
    pub cosigned: Vec<CheckpointCosigned>,
    /// Checkpoints that the party took away.
    pub taken: Vec<CheckpointTaken>,
    /// Certificates shown.
    pub badges: Vec<Badge>,
    /// Dress and insignia, the newest word of each officer (R09).
    pub appearances: Vec<Appearance>,
    /// Assistants introduced.
    pub assistants: Vec<AssistantRef>,
    /// Items told.
    pub rights: Vec<RightGiven>,
    /// Acknowledgements by notification row.
    pub acknowledged: BTreeMap<String, Acknowledged>,
    /// Answers by item.
    pub answers: BTreeMap<String, AnswerGiven>,
    /// Findings.
    pub findings: Vec<FindingMade>,
    /// Notes.
    pub notes: Vec<(String, At)>,
    /// Evidence in order of capture.
    pub evidence: Vec<EvidenceHeld>,
    /// Recordings in the order in which they were started.
    pub recordings: Vec<RecordingMade>,
    /// Interruptions that were explained.
    pub interruptions: Vec<InterruptionMade>,
    /// Custody that passed from one officer to another.
    pub handed_over: Vec<HandedOver>,
    /// Corrections.
    pub corrections: Vec<CorrectionMade>,
    /// Papers.
    pub papers: Vec<PaperState>,
    /// Corrections on papers other than the record.
    pub paper_corrections: Vec<PaperCorrection>,
    /// 预盖章用纸 that were used: paper, sheet.
    pub sheets: Vec<(String, String)>,
    /// Absences, recusals, interviews, scans, leads.
    pub people: People,
    /// Measures in the order in which they were begun.
    pub measures: Vec<MeasureState>,
    /// Numbers that were voided.
    pub voided: Vec<NumberVoided>,
    /// Departure.
    pub left: Option<(At, Option<Place>)>,
    /// Closed, with the outside witness.
    pub closed: Option<(At, Witness, Option<String>)>,
    /// Papers that were signed by hand.
    pub inks: Vec<PaperInked>,
    /// Characters that were drawn by hand.
    pub drawn: Vec<CharacterDrawn>,
    /// Clock jumps.
    pub jumps: Vec<ClockJump>,
    /// Unknown or withheld entries: kept, shown, never dropped.
    pub unread: Vec<Unread>,
    /// How many entries were folded.
    pub entries: u64,
    /// Wall and monotonic clock of the first entry by log and boot.
    #[serde(skip)]
    clocks: BTreeMap<(Id, Vec<u8>), (i64, u64)>,
}

/// Orders the entries of several logs by what each had seen, a log that succeeds another after it (give its `log.succeeds`); ties by (log id, seq).
/// Duplicates are dropped.
#[must_use]
pub fn order(entries: &[Entry]) -> Vec<&Entry> {
    let mut logs: BTreeMap<Id, BTreeMap<u64, &Entry>> = BTreeMap::new();
    let mut predecessor: BTreeMap<Id, Id> = BTreeMap::new();
    for e in entries {
        logs.entry(e.header().log).or_default().entry(e.header().seq).or_insert(e);
        if e.header().kind == "log.succeeds"
            && let Some(Event::LogSucceeds { old, .. }) = Event::from_entry(e)
            && let Some(old) = Id::from_hex(&old)
        {
            predecessor.entry(e.header().log).or_insert(old);
        }
    }
    let mut queues: BTreeMap<Id, std::collections::VecDeque<&Entry>> =
        logs.into_iter().map(|(log, m)| (log, m.into_values().collect())).collect();
    let mut out = Vec::new();
    while !queues.is_empty() {
        let heads: BTreeMap<Id, u64> = queues.iter().filter_map(|(log, q)| q.front().map(|e| (*log, e.header().seq))).collect();
        let ready = |e: &Entry| {
            predecessor.get(&e.header().log).is_none_or(|old| !heads.contains_key(old))
                && e.header().seen.iter().all(|s| s.log == e.header().log || heads.get(&s.log).is_none_or(|next| *next >= s.size))
        };
        // Among the ready heads the smallest (log, seq); entries that claim to have seen each other fall back to that order too.
        let pick = queues.iter().find(|(_, q)| q.front().is_some_and(|e| ready(e))).map(|(log, _)| *log);
        let Some(log) = pick.or_else(|| queues.keys().next().copied()) else {
            break;
        };
        if let Some(q) = queues.get_mut(&log) {
            out.extend(q.pop_front());
            if q.is_empty() {
                queues.remove(&log);
            }
        }
    }
    out
}

/// Works the state out. The order in which `entries` are given does not matter; duplicates change nothing.
#[must_use]
pub fn fold(entries: &[Entry]) -> Inspection {
    Arc::unwrap_or_clone(Folding::of(entries).state)
}

/// A fold that can go on: entries that come after all the others in their order cost nothing but themselves (F26).
#[derive(Debug, Clone, Default)]
pub(crate) struct Folding {
    state: Arc<Inspection>,
    evidence: BTreeSet<String>,
    /// The last entry in their order.
    last: Option<EntryRef>,
}

impl Folding {
    /// The fold of all these.
    pub(crate) fn of(entries: &[Entry]) -> Self {
        let mut folding = Self::default();
        order(entries).into_iter().for_each(|e| folding.take(e));
        folding
    }

    /// The state so far.
    pub(crate) fn state(&self) -> Arc<Inspection> {
        self.state.clone()
    }

    /// Takes a further entry in, if it comes after the others whatever each has seen: the last of them is of its log and stands before it there. So
    /// long as an entry of that log was left, [`order`] went the same way without it. `false`: nothing has changed, all must be folded anew.
    pub(crate) fn go_on(&mut self, e: &Entry) -> bool {
        let h = e.header();
        let after = self.last.is_none_or(|last| last.log == h.log && last.seq < h.seq);
        if after && h.kind != "log.succeeds" {
            self.take(e);
            return true;
        }
        false
    }

    fn take(&mut self, e: &Entry) {
        let h = e.header();
        let r = &h.clocks.reading;
        let entry = EntryRef { log: h.log, seq: h.seq };
        self.last = Some(entry);
        let s = Arc::make_mut(&mut self.state);
        s.clocks.entry((h.log, r.boot.clone())).or_insert((r.wall_ms, r.mono_ms));
        let at = At { ms: r.wall_ms, zone_min: r.zone_min, steady_ms: s.steady(h.log, r), entry };
        if let Some(p) = h.position {
            s.case = p.case.to_string();
        }
        s.entries += u64::from(h.position.is_some());
        match Event::from_entry(e) {
            Some(event) => s.apply(event, at, &mut self.evidence),
            None => s.unread.push(Unread {
                kind: h.kind.clone(),
                withheld: e.withheld().into_iter().map(str::to_owned).collect(),
                at,
            }),
        }
    }
}

impl Inspection {
    fn apply(&mut self, event: Event, at: At, seen_evidence: &mut BTreeSet<String>) {
        let Some(event) = measure::apply(&mut self.measures, event, at) else { return };
        let Some(event) = self.people.apply(event, at) else { return };
        match event {
            Event::PersonLeft { .. }
            | Event::PersonReturned { .. }
            | Event::ConflictDeclared { .. }
            | Event::RecusalRequested { .. }
            | Event::RecusalDecided { .. }
            | Event::InterviewStarted { .. }
            | Event::InterviewEnded { .. }
            | Event::EntryScanned { .. }
            | Event::LeadRaised { .. }
            | Event::CrimeSuspected { .. }
            | Event::MeasureBegun { .. }
            | Event::MeasureApproved { .. }
            | Event::PartyCalled { .. }
            | Event::DefenceHeard { .. }
            | Event::PenaltyChosen { .. }
            | Event::MeasureTaken { .. }
            | Event::FineCollected { .. }
            | Event::PenaltyFiled { .. }
            | Event::MeasureSettled { .. } => {}
            Event::LogOpened { .. } | Event::LogSucceeds { .. } | Event::LogEnded { .. } | Event::OfficeContradicted { .. } => {}
            Event::ClockJumped { by_ms } => self.jumps.push(ClockJump { by_ms, at }),
            Event::Opened { task, pack, pack_version, assignment, officer } => {
                if self.opened.is_none() {
                    self.task = Some(*task);
                    self.packs.push((pack_version.clone(), pack.clone()));
                    self.pack = Some(pack);
                    self.pack_version = Some(pack_version);
                    self.assignment = Some(assignment);
                    self.lead = Some(officer);
                    self.opened = Some(at);
                }
            }
            Event::PackMoved { officer, from_version, pack, pack_version, dropped, kept } => {
                for notice in kept {
                    if let Some(told) = self.acknowledged.get(&format!("{from_version}#{notice}")).cloned() {
                        self.acknowledged.entry(format!("{pack_version}#{notice}")).or_insert(told);
                    }
                }
                self.packs.push((pack_version.clone(), pack.clone()));
                self.pack = Some(pack);
                self.moves.push(PackMove { officer, from: from_version, to: pack_version.clone(), dropped, at });
                self.pack_version = Some(pack_version);
            }
            Event::Arrived { officer, place, .. } => {
                if !self.arrived.iter().any(|(o, ..)| o.person == officer.person) {
                    self.arrived.push((officer, at, place));
                }
            }
            Event::PeerPaired { officer, log, .. } => self.peers.push((officer, log)),
            Event::Continued { officer, from, reason, log, size, .. } => {
                self.lead = Some(officer.clone());
                self.leads.push(LeadChange { officer, from, reason, log, size, at });
            }
            Event::Cosigned { log, cp_no, checkpoint, officer, .. } => {
                // Both phones record it: one witnessing, not two.
                let known = |c: &CheckpointCosigned| c.checkpoint == checkpoint && c.officer.person == officer.person;
                if !self.cosigned.iter().any(known) {
                    self.cosigned.push(CheckpointCosigned { log, cp_no, checkpoint, officer, at });
                }
            }
            Event::PartyWitnessed { cp_no, checkpoint, how, by } => {
                self.taken.push(CheckpointTaken { cp_no, checkpoint, how, by, at });
            }
            Event::BadgeShown { officer, to_whom, acknowledged, stale_days, shared_device, place, fix } => {
                // The lead notes what the second officer's own log also says: one showing, not two. What was shown on another officer's phone is
                // provisional: the own phone confirms it (P3).
                let known = |b: &Badge| b.officer.person == officer.person && b.to_whom == to_whom;
                if !self.badges.iter().any(|b| known(b) && (shared_device || !b.shared_device)) {
                    self.badges.push(Badge { officer, to_whom, acknowledged, shared_device, stale_days, place, fix, at });
                }
            }
            Event::AppearanceChecked { officer, uniform, insignia, note, evidence } => {
                self.appearances.retain(|a| a.officer.person != officer.person);
                self.appearances.push(Appearance { officer, uniform, insignia, note, evidence, at });
            }
            Event::AssistantIntroduced { assistant } => self.assistants.push(assistant),
            Event::RightTold { notice, version, item, language, text, how } => {
                self.rights.push(RightGiven { notice, version, item, language, text, how, at });
            }
            Event::RightsAcknowledged { notice, by, how, reason } => {
                self.acknowledged.insert(notice, Acknowledged { by, how, reason, at });
            }
            Event::Answered { checklist, item, result, note, measured, instrument } => {
                self.answers.insert(item, AnswerGiven { checklist, result, note, measured, instrument, at });
            }
            Event::Found { text, items, evidence, unproven } => {
                self.findings.push(FindingMade { text, items, evidence, unproven, at });
            }
            Event::Noted { text } => self.notes.push((text, at)),
            Event::Captured {
                id,
                media_type,
                clear,
                clear_len,
                sealed,
                caption,
                item,
                place,
                fix,
                differences,
                source,
                part,
                derived,
                ..
            } => {
                if seen_evidence.insert(id.clone()) {
                    let before = self.evidence.iter().rfind(|e| e.part.is_none()).map_or(0, |e| e.number);
                    let number = if part.is_some() { 0 } else { before + 1 };
                    if let Some(p) = &part
                        && let Some(r) = self.recordings.iter_mut().find(|r| r.id == p.recording)
                    {
                        let held = PartHeld { evidence: id.clone(), part: p.part, starts_ms: p.starts_ms, lasts_ms: p.lasts_ms };
                        r.parts.push(held);
                        r.parts.sort_by_key(|p| p.part);
                    }
                    self.evidence.push(EvidenceHeld {
                        id,
                        number,
                        media_type,
                        clear,
                        clear_len,
                        sealed,
                        caption,
                        item,
                        place,
                        fix,
                        state: "unchecked".into(),
                        thumbnail: None,
                        differences,
                        source,
                        part,
                        derived: derived.map(|d| *d),
                        at,
                    });
                }
            }
            Event::Checked { id, state, thumbnail, .. } => {
                if let Some(e) = self.evidence.iter_mut().rfind(|e| e.id == id) {
                    e.state = state;
                    e.thumbnail = thumbnail;
                }
            }
            Event::RecordingStarted { recording, media, scene, must_record } => {
                if !self.recordings.iter().any(|r| r.id == recording) {
                    let number = self.recordings.len() + 1;
                    let parts = Vec::new();
                    self.recordings.push(RecordingMade {
                        id: recording,
                        number,
                        media,
                        scene,
                        must_record,
                        at,
                        ended: None,
                        parts,
                    });
                }
            }
            Event::RecordingInterrupted { recording, scene, from_ms, to_ms, reason, note } => {
                self.interruptions.push(InterruptionMade { recording, scene, from_ms, to_ms, reason, note, at });
            }
            Event::RecordingEnded { recording, .. } => {
                if let Some(r) = self.recordings.iter_mut().find(|r| r.id == recording) {
                    r.ended.get_or_insert(at);
                }
            }
            Event::HandedOver { evidence, from, to, reason } => {
                self.handed_over.push(HandedOver { evidence, from, to, reason, at });
            }
            Event::Facts { paper, form, digest, facts, about } => {
                self.papers.retain(|p| p.id != paper);
                self.papers.push(PaperState {
                    id: paper,
                    form,
                    about,
                    facts_digest: digest,
                    facts,
                    facts_at: at,
                    presented: None,
                    presented_checkpoint: None,
                    signatures: Vec::new(),
                    refusal: None,
                    finished: None,
                    finished_checkpoint: None,
                    voided: None,
                    read_aloud: None,
                    sheet: None,
                    handed: Vec::new(),
                });
            }
            Event::NumberVoided { form, number, reason } => {
                let of = |p: &&mut PaperState| p.form_id() == form && p.number() == number && p.finished.is_none();
                if let Some(p) = self.papers.iter_mut().find(of) {
                    p.voided = Some(reason.clone());
                }
                self.voided.push(NumberVoided { form, number, reason, at });
            }
            Event::Presented { paper, presented, checkpoint } => {
                if let Some(p) = self.paper_mut(&paper) {
                    p.presented = Some(presented);
                    p.presented_checkpoint = Some(checkpoint);
                }
            }
            Event::Corrected { item, old, new, by, initials } => {
                if let Some(a) = self.answers.get_mut(&item) {
                    a.note = new.clone();
                }
                self.corrections.push(CorrectionMade { item, old, new, by, initials, at });
            }
            Event::Signed { paper, role, name, number, facts, presented, ink, statement, pages, .. } => {
                if let Some(p) = self.paper_mut(&paper)
                    && p.facts_digest == facts
                    && p.presented.as_ref() == Some(&presented)
                {
                    p.signatures.retain(|s| !(s.role == role && s.name == name));
                    let own_device = statement.is_some();
                    p.signatures.push(SignatureGiven { role, name, number, facts, presented, ink, own_device, pages, at });
                }
            }
            Event::ReadAloud { paper, presented, by, to, media } => {
                if let Some(p) = self.paper_mut(&paper).filter(|p| p.presented.as_ref() == Some(&presented)) {
                    p.read_aloud = Some(PaperRead { by, to, media, at });
                }
            }
            Event::PaperCorrected { paper, field, row, old, new, by, initials } => {
                self.paper_corrections.push(PaperCorrection { paper, field, row, old, new, by, initials, at });
            }
            Event::StockSealed { paper, facts, sheet } => {
                if let Some(p) = self.paper_mut(&paper).filter(|p| p.facts_digest == facts) {
                    p.sheet = Some(sheet.clone());
                }
                self.sheets.push((paper, sheet));
            }
            Event::PaperHanded { paper, copy, receiver, how } => {
                if let Some(p) = self.paper_mut(&paper) {
                    p.handed.push(CopyHanded { copy, receiver, how, at });
                }
            }
            Event::Refused { paper, why, name, reason, witness, witness_unit, witness_ink, media } => {
                if let Some(p) = self.paper_mut(&paper) {
                    p.refusal = Some(Refusal { why, name, reason, witness, witness_unit, witness_ink, media, at });
                }
            }
            Event::Finished { paper, digest, checkpoint } => {
                if let Some(p) = self.paper_mut(&paper) {
                    p.finished = Some(digest);
                    p.finished_checkpoint = Some(checkpoint);
                }
            }
            Event::Left { place } => self.left = Some((at, place)),
            Event::Closed { witness, reason, .. } => {
                if self.closed.is_none() {
                    self.closed = Some((at, witness, reason));
                }
            }
            Event::Inked { paper, facts, pages, signed, original } => {
                self.inks.retain(|k| k.paper != paper);
                self.inks.push(PaperInked { paper, facts, pages, signed, original, at });
            }
            Event::CharacterDrawn { character, drawing, .. } => {
                self.drawn.retain(|d| d.character != character);
                self.drawn.push(CharacterDrawn { character, drawing, at });
            }
        }
    }

    /// A reading of the device that keeps `log` as [`At::steady_ms`] has it.
    #[must_use]
    pub fn steady(&self, log: Id, reading: &Reading) -> i64 {
        let first = self.clocks.get(&(log, reading.boot.clone()));
        first.map_or(reading.wall_ms, |(wall, mono)| wall.saturating_add_unsigned(reading.mono_ms.saturating_sub(*mono)))
    }

    fn paper_mut(&mut self, id: &str) -> Option<&mut PaperState> {
        self.papers.iter_mut().find(|p| p.id == id)
    }

    /// Whether this person's phone leads. A phone that joined has an opening of its own; the one who arrived first leads there too.
    #[must_use]
    pub fn led_by(&self, person: &str) -> bool {
        let lead = match self.leads.last() {
            Some(change) => Some(&change.officer),
            None => self.arrived.first().map(|(o, ..)| o),
        };
        lead.is_some_and(|o| o.person == person)
    }

    /// Officers whose certificate was shown only on another officer's phone: provisional until the own phone shows it (P3).
    #[must_use]
    pub fn shown_on_shared_device(&self) -> Vec<&OfficerRef> {
        let own = |o: &OfficerRef| self.badges.iter().any(|b| b.officer.person == o.person && !b.shared_device);
        let mut out: Vec<&OfficerRef> = Vec::new();
        for o in self.badges.iter().map(|b| &b.officer).filter(|o| !own(o)) {
            if !out.iter().any(|known| known.person == o.person) {
                out.push(o);
            }
        }
        out
    }

    /// The record of the inspection, once it was made.
    #[must_use]
    pub fn record(&self) -> Option<&PaperState> {
        self.record_about(None)
    }

    /// The record of another legal subject of the same visit (J33); none: the one of the task's own subject.
    #[must_use]
    pub fn record_about(&self, subject: Option<&str>) -> Option<&PaperState> {
        self.papers.iter().rfind(|p| p.is_record() && p.about.as_deref() == subject && p.voided.is_none())
    }

    /// The working days by which this inspection's deadlines run.
    #[must_use]
    pub fn days(&self, pack: &Pack) -> WorkingDays {
        pack.calendar.days(self.task.as_ref().and_then(|task| task.region.as_deref()))
    }

    /// The photographed sheets of a paper, when they show the facts that the paper has now.
    #[must_use]
    pub fn inked(&self, p: &PaperState) -> Option<&PaperInked> {
        self.inks.iter().find(|k| k.paper == p.id && k.facts == p.facts_digest)
    }

    /// The paper with that id.
    #[must_use]
    pub fn paper(&self, id: &str) -> Option<&PaperState> {
        self.papers.iter().find(|p| p.id == id)
    }
}
