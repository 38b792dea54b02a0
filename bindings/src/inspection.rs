//! An inspection as the core folds it out of the log's entries.

use crate::act::{Ack, Answer, AssistantRef, How, Place, Taken};
use crate::badge::BadgeAck;
use crate::error::Gate;
use crate::mirror::{Cross, choice, record};
use crate::paper::NoSignature;
use crate::task::{OfficerRef, Task};
use core::inspection as from;
use mingzheng_core as core;

/// When something happened, by the device, and which entry says so.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct At {
    /// Wall clock, ms.
    pub ms: i64,
    /// Zone offset in minutes.
    pub zone_min: i32,
    /// The log, hex.
    pub log: String,
    /// The entry's place in it.
    pub seq: u64,
}
impl Cross<At> for from::At {
    fn cross(self) -> At {
        At { ms: self.ms, zone_min: self.zone_min, log: self.entry.log.to_string(), seq: self.entry.seq }
    }
}

choice!(
    /// Whose signature.
    SignRole = from::SignRole {
        /// 当事人.
        Party,
        /// 执法人员 (the lead).
        Officer,
        /// 执法人员 (the second).
        SecondOfficer,
    }
);
record!(out
    /// A shown certificate.
    BadgeShown = from::Badge {
        /// Whose.
        officer: OfficerRef,
        /// To whom.
        to_whom: String,
        /// How acknowledged.
        acknowledged: BadgeAck,
        /// On another officer's phone.
        shared_device: bool,
        /// The credential was past its own life; days.
        stale_days: Option<u32>,
        /// Where.
        place: Option<Place>,
        /// `good`, `none`, `stale` or `mock`; absent when only the other phone noted it.
        fix: Option<String>,
        /// When.
        at: At,
    }
);
record!(out
    /// What an officer said of the own dress (R09).
    Appearance = from::Appearance {
        /// Whose.
        officer: OfficerRef,
        /// 统一制式服装.
        uniform: bool,
        /// 统一标识.
        insignia: bool,
        /// What is to be said of it.
        note: String,
        /// Evidence id of a photograph.
        evidence: Option<String>,
        /// When.
        at: At,
    }
);
record!(out
    /// The other officer's phone has seen a checkpoint.
    CheckpointCosigned = from::CheckpointCosigned {
        /// Whose checkpoint: the log, hex.
        log: String,
        /// Its number.
        cp_no: u64,
        /// Its digest.
        checkpoint: String,
        /// Who saw it.
        officer: OfficerRef,
        /// When.
        at: At,
    }
);
record!(out
    /// Another officer's phone went on in the place of the lead's (R06).
    LeadChange = from::LeadChange {
        /// Who leads from then on.
        officer: OfficerRef,
        /// Who led.
        from: OfficerRef,
        /// Why.
        reason: String,
        /// The log that led, hex.
        log: String,
        /// Entries of it that were held.
        size: u64,
        /// When.
        at: At,
    }
);
record!(out
    /// The party took a checkpoint away.
    CheckpointTaken = from::CheckpointTaken {
        /// Its number.
        cp_no: u64,
        /// Its digest.
        checkpoint: String,
        /// How.
        how: Taken,
        /// By whom.
        by: String,
        /// When.
        at: At,
    }
);
record!(out
    /// An item told.
    RightGiven = from::RightGiven {
        /// Row of the notification.
        notice: String,
        /// Version of the text.
        version: u32,
        /// Item.
        item: String,
        /// Language tag.
        language: String,
        /// Words as told.
        text: String,
        /// How.
        how: How,
        /// When.
        at: At,
    }
);
record!(out
    /// A finding.
    FindingMade = from::FindingMade {
        /// The fact.
        text: String,
        /// Items.
        items: Vec<String>,
        /// Evidence ids.
        evidence: Vec<String>,
        /// When.
        at: At,
    }
);
record!(out
    /// A correction.
    CorrectionMade = from::CorrectionMade {
        /// Item whose note changed.
        item: String,
        /// Old text.
        old: String,
        /// New text.
        new: String,
        /// At whose request.
        by: String,
        /// Who initialled.
        initials: Vec<String>,
        /// When.
        at: At,
    }
);

/// A jump of the wall clock inside the case's time (J31).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ClockJump {
    /// Milliseconds, negative when set back.
    pub by_ms: i64,
    /// When.
    pub at: At,
}

/// Somebody on site, and the proof's time.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Arrival {
    /// Who.
    pub officer: OfficerRef,
    /// Where.
    pub place: Option<Place>,
    /// When.
    pub at: At,
}

/// How a notification was taken.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Acknowledged {
    /// Row of the notification.
    pub notice: String,
    /// By whom.
    pub by: String,
    /// How.
    pub how: Ack,
    /// Reason of a refusal.
    pub reason: Option<String>,
    /// When.
    pub at: At,
}

/// The newest answer to an item.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct AnswerGiven {
    /// The item.
    pub item: String,
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

/// A photo of the inspection.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EvidenceHeld {
    /// Evidence id.
    pub id: String,
    /// Number as printed, from 1.
    pub number: u32,
    /// MIME type.
    pub media_type: String,
    /// SHA-256 of the exact file.
    pub clear: String,
    /// What it shows.
    pub caption: String,
    /// Checklist item.
    pub item: Option<String>,
    /// Where.
    pub place: Option<Place>,
    /// `unchecked`, `ok` or what is wrong.
    pub state: String,
    /// When.
    pub at: At,
}
impl Cross<EvidenceHeld> for from::EvidenceHeld {
    fn cross(self) -> EvidenceHeld {
        EvidenceHeld {
            id: self.id,
            number: u32::try_from(self.number).unwrap_or(u32::MAX),
            media_type: self.media_type,
            clear: self.clear,
            caption: self.caption,
            item: self.item,
            place: self.place.cross(),
            state: self.state,
            at: self.at.cross(),
        }
    }
}

/// A refusal to sign.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Refusal {
    /// Refused, unable or absent.
    pub why: NoSignature,
    /// Who.
    pub name: String,
    /// Reason.
    pub reason: String,
    /// Witness.
    pub witness: Option<String>,
    /// When.
    pub at: At,
}
impl Cross<Refusal> for from::Refusal {
    fn cross(self) -> Refusal {
        Refusal { why: self.why.cross(), name: self.name, reason: self.reason, witness: self.witness, at: self.at.cross() }
    }
}

/// A signature under a paper.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SignatureGiven {
    /// Role.
    pub role: SignRole,
    /// Name.
    pub name: String,
    /// Signed by the OFFICER key of an own device.
    pub own_device: bool,
    /// When.
    pub at: At,
}

impl Cross<SignatureGiven> for from::SignatureGiven {
    fn cross(self) -> SignatureGiven {
        SignatureGiven { role: self.role.cross(), name: self.name, own_device: self.own_device, at: self.at.cross() }
    }
}

/// A paper on its way.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct PaperState {
    /// Paper id.
    pub id: String,
    /// Id of its form.
    pub form: String,
    /// 文号, 编号 as printed.
    pub number: String,
    /// What it is about.
    pub about: Option<String>,
    /// 作废: why.
    pub voided: Option<String>,
    /// Digest of the presented PDF.
    pub presented: Option<String>,
    /// Signatures under the newest facts.
    pub signatures: Vec<SignatureGiven>,
    /// Refusal under the newest facts.
    pub refusal: Option<Refusal>,
    /// Digest of the final PDF.
    pub finished: Option<String>,
}

impl Cross<PaperState> for from::PaperState {
    fn cross(self) -> PaperState {
        PaperState {
            form: self.form_id().to_owned(),
            number: self.number().to_owned(),
            id: self.id,
            about: self.about,
            voided: self.voided,
            presented: self.presented,
            signatures: self.signatures.cross(),
            refusal: self.refusal.cross(),
            finished: self.finished,
        }
    }
}

/// An interview (J4).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct InterviewView {
    /// Its id: what the record `xunwen-bilu` is about.
    pub id: String,
    /// 被询问人.
    pub person: String,
    /// Who asks and who writes.
    pub officers: Vec<OfficerRef>,
    /// 地点.
    pub place: String,
    /// From when.
    pub started: At,
    /// Until when.
    pub ended: Option<At>,
}
impl Cross<InterviewView> for from::Interview {
    fn cross(self) -> InterviewView {
        InterviewView {
            id: self.id,
            person: self.person,
            officers: self.officers.cross(),
            place: self.place,
            started: self.started.cross(),
            ended: self.ended.cross(),
        }
    }
}

/// A request of recusal (R11).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct RecusalView {
    /// Against whom.
    pub officer: OfficerRef,
    /// Who asked.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub decided_by: Option<String>,
    /// 同意回避.
    pub granted: Option<bool>,
}
impl Cross<RecusalView> for from::Recusal {
    fn cross(self) -> RecusalView {
        let (decided_by, granted) = self.decided.map(|(by, granted, ..)| (by, granted)).unzip();
        RecusalView { officer: self.officer.cross(), by: self.by, reason: self.reason, decided_by, granted }
    }
}

record!(out
    /// The check before closing (R27).
    CloseOut = from::CloseOut {
        /// The inspection cannot be closed with these.
        blocking: Vec<Gate>,
        /// These are named, and stay on record.
        named: Vec<Gate>,
    }
);

/// The state of an inspection.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Inspection {
    /// The case, hex.
    pub case_id: String,
    /// The task.
    pub task: Option<Task>,
    /// `id@version` of the pack.
    pub pack_version: Option<String>,
    /// Who leads.
    pub lead: Option<OfficerRef>,
    /// Changes of the lead in their order.
    pub leads: Vec<LeadChange>,
    /// When it was opened.
    pub opened: Option<At>,
    /// Officers whose presence is proven.
    pub arrived: Vec<Arrival>,
    /// Officers whose phones are paired.
    pub peers: Vec<OfficerRef>,
    /// Certificates shown.
    pub badges: Vec<BadgeShown>,
    /// Dress and insignia, the newest word of each officer (R09).
    pub appearances: Vec<Appearance>,
    /// Checkpoints that the other officer's phone has seen.
    pub cosigned: Vec<CheckpointCosigned>,
    /// Checkpoints that the party took away.
    pub taken: Vec<CheckpointTaken>,
    /// Assistants introduced.
    pub assistants: Vec<AssistantRef>,
    /// Items told.
    pub rights: Vec<RightGiven>,
    /// Acknowledgements.
    pub acknowledged: Vec<Acknowledged>,
    /// Answers.
    pub answers: Vec<AnswerGiven>,
    /// Findings.
    pub findings: Vec<FindingMade>,
    /// Evidence in order of capture.
    pub evidence: Vec<EvidenceHeld>,
    /// Corrections.
    pub corrections: Vec<CorrectionMade>,
    /// Papers.
    pub papers: Vec<PaperState>,
    /// Officers who are there and may act; fewer than two: only notes (R06).
    pub present: Vec<OfficerRef>,
    /// Interviews.
    pub interviews: Vec<InterviewView>,
    /// Requests of recusal.
    pub recusals: Vec<RecusalView>,
    /// The scan at the door: done, or its reason only.
    pub entry_scanned: Option<bool>,
    /// When it was closed.
    pub closed: Option<At>,
    /// Clock jumps.
    pub jumps: Vec<ClockJump>,
    /// Entries that this version does not understand: kept, never dropped.
    pub unread: u32,
}
impl Cross<Inspection> for from::Inspection {
    fn cross(self) -> Inspection {
        let present: Vec<core::inspection::OfficerRef> = self.present().into_iter().cloned().collect();
        Inspection {
            present: present.cross(),
            entry_scanned: self.people.scans.last().map(|s| s.code.is_some()),
            interviews: self.people.interviews.cross(),
            recusals: self.people.recusals.cross(),
            case_id: self.case,
            task: self.task.cross(),
            pack_version: self.pack_version,
            lead: self.lead.cross(),
            leads: self.leads.cross(),
            opened: self.opened.cross(),
            arrived: self
                .arrived
                .into_iter()
                .map(|(officer, at, place)| Arrival { officer: officer.cross(), place: place.cross(), at: at.cross() })
                .collect(),
            peers: self.peers.into_iter().map(|(officer, _)| officer.cross()).collect(),
            badges: self.badges.cross(),
            appearances: self.appearances.cross(),
            cosigned: self.cosigned.cross(),
            taken: self.taken.cross(),
            assistants: self.assistants.cross(),
            rights: self.rights.cross(),
            acknowledged: self
                .acknowledged
                .into_iter()
                .map(|(notice, a)| Acknowledged { notice, by: a.by, how: a.how.cross(), reason: a.reason, at: a.at.cross() })
                .collect(),
            answers: self
                .answers
                .into_iter()
                .map(|(item, a)| AnswerGiven {
                    item,
                    checklist: a.checklist,
                    result: a.result.cross(),
                    note: a.note,
                    measured: a.measured,
                    instrument: a.instrument,
                    at: a.at.cross(),
                })
                .collect(),
            findings: self.findings.cross(),
            evidence: self.evidence.cross(),
            corrections: self.corrections.cross(),
            papers: self.papers.cross(),
            closed: self.closed.map(|(at, ..)| at.cross()),
            jumps: self.jumps.into_iter().map(|j| ClockJump { by_ms: j.by_ms, at: j.at.cross() }).collect(),
            unread: u32::try_from(self.unread.len()).unwrap_or(u32::MAX),
        }
    }
}
