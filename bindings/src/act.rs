//! What an officer does on site.

use crate::badge::BadgeAck;
use crate::checklist::NoticeAct;
use crate::mirror::{Cross, choice, record};
use crate::task::OfficerRef;
use mingzheng_core as core;

record!(both
    /// A fix of the phone's location service; 1e-7 degree, south and west negative.
    Place = core::inspection::Place {
        /// Latitude.
        lat_e7: i32,
        /// Longitude.
        lon_e7: i32,
        /// Radius in metres.
        accuracy_m: u32,
        /// Age of the fix in milliseconds.
        age_ms: u64,
        /// The system says that another app made the position up.
        mock: bool,
    }
);
record!(both
    /// 协助人员 (J2).
    AssistantRef = core::inspection::AssistantRef {
        /// 姓名.
        name: String,
        /// 单位.
        unit: String,
    }
);
choice!(
    /// How a text was told.
    How = core::inspection::How {
        /// 出示文本.
        Shown,
        /// 宣读.
        ReadAloud,
    }
);
choice!(
    /// How the party took a checkpoint away.
    Taken = core::inspection::Taken {
        /// The code on the screen, with the own phone.
        Scanned,
        /// Printed on a paper that was handed over.
        Paper,
    }
);
choice!(
    /// How a notification was acknowledged (R13).
    Ack = core::inspection::Ack {
        /// 签名.
        Signed,
        /// 口头.
        Oral,
        /// 拒绝.
        Refused,
        /// 不在场.
        Absent,
    }
);
choice!(
    /// Answer to a checklist item.
    Answer = core::pack::Answer {
        /// 合格.
        Pass,
        /// 不合格.
        Fail,
        /// 不适用.
        NotApplicable,
        /// 现场改正.
        Corrected,
    }
);
choice!(
    /// Outside witness of the log's end (P5).
    Witness = core::inspection::Witness {
        /// The second officer's phone.
        Peer,
        /// The inspected party, by QR or paper.
        Party,
        /// The office.
        Office,
        /// None; then a reason is needed.
        None,
    }
);
record!(out
    /// What an act became.
    ActResult = core::phone::ActResult {
        /// The last entry.
        seq: u64,
        /// The checkpoint that covers it, when one was signed at once.
        checkpoint: Option<u64>,
    }
);

/// What an officer does on site. Typing does not come here until it is meant: see `save_draft`.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Act {
    /// The certificate was shown (J3).
    ShowBadge {
        /// To whom.
        to_whom: String,
        /// How acknowledged.
        acknowledged: BadgeAck,
        /// The system's last fix; none is recorded as such.
        place: Option<Place>,
    },
    /// The second officer's certificate was shown on or beside this phone: marked, and provisional until the own phone shows it (P3).
    ShowSharedBadge {
        /// 执法证号 of the other officer.
        number: String,
        /// To whom.
        to_whom: String,
        /// How acknowledged.
        acknowledged: BadgeAck,
        /// The system's last fix; none is recorded as such.
        place: Option<Place>,
    },
    /// The user's own dress (R09); no gate.
    CheckAppearance {
        /// 统一制式服装.
        uniform: bool,
        /// 统一标识.
        insignia: bool,
        /// What is to be said of it; may be empty.
        note: String,
        /// Evidence id of a photograph.
        evidence: Option<String>,
    },
    /// An assistant is introduced by name (J2).
    IntroduceAssistant {
        /// Who.
        assistant: AssistantRef,
    },
    /// One item of the notification is told (R13).
    TellRight {
        /// The item.
        item: String,
        /// Language tag: `zh-Hans` or `en`.
        language: String,
        /// How.
        how: How,
    },
    /// How the notification was taken.
    AcknowledgeRights {
        /// By whom.
        by: String,
        /// How.
        how: Ack,
        /// Reason of a refusal.
        reason: Option<String>,
    },
    /// How the notification of another act was taken (R13).
    AcknowledgeNotice {
        /// The act.
        act: NoticeAct,
        /// By whom.
        by: String,
        /// How.
        how: Ack,
        /// Reason of a refusal.
        reason: Option<String>,
    },
    /// A checklist item is answered.
    Answer {
        /// The item.
        item: String,
        /// The result.
        result: Answer,
        /// Objective note.
        note: String,
        /// Measured value, decimal text.
        measured: Option<String>,
        /// Instrument id.
        instrument: Option<String>,
    },
    /// A finding.
    Find {
        /// The fact.
        text: String,
        /// Items.
        items: Vec<String>,
        /// Evidence ids.
        evidence: Vec<String>,
        /// Without evidence on purpose: the record is marked so (R28).
        unproven: bool,
    },
    /// Custody of evidence passes to another officer (R25).
    HandOver {
        /// Evidence ids.
        evidence: Vec<String>,
        /// Who receives it.
        to: OfficerRef,
        /// Why.
        reason: String,
    },
    /// A note.
    Note {
        /// The note.
        text: String,
    },
    /// A correction before signing (J24).
    Correct {
        /// The item whose note changes.
        item: String,
        /// The note as it stands.
        old: String,
        /// The new note.
        new: String,
        /// At whose request.
        by: String,
        /// Who initialled.
        initials: Vec<String>,
    },
    /// An officer is called away; with fewer than two only notes are made (R06).
    OfficerLeft {
        /// 执法证号.
        number: String,
        /// Why.
        reason: String,
    },
    /// The user is back: proven by the OFFICER key of this device (R06).
    Return,
    /// The user says whether there is a tie to the party (R11).
    DeclareConflict {
        /// 没有利害关系.
        none: bool,
        /// What there is.
        note: String,
    },
    /// The party asks that an officer be recused; the inspection goes on (R11).
    RequestRecusal {
        /// 执法证号 of the officer.
        number: String,
        /// Who asks.
        by: String,
        /// Why.
        reason: String,
    },
    /// The head decided on it (R11).
    DecideRecusal {
        /// 执法证号 of the officer.
        number: String,
        /// Who decided.
        by: String,
        /// 同意回避.
        granted: bool,
        /// Why.
        reason: String,
    },
    /// 询问 begins (J4); its record is the form `xunwen-bilu` about it.
    StartInterview {
        /// 被询问人.
        person: String,
        /// 执法证号 of who asks and who writes.
        officers: Vec<String>,
        /// 执法证号 of the 记录人.
        recorder: String,
        /// 地点.
        place: String,
    },
    /// 询问 ends.
    EndInterview {
        /// Which.
        interview: String,
    },
    /// 扫码入企: what was scanned, or why nothing could be.
    ScanEntry {
        /// What was scanned.
        code: Option<String>,
        /// Why nothing could be.
        reason: Option<String>,
    },
    /// 案件线索 (R49).
    RaiseLead {
        /// What it is about.
        text: String,
        /// Evidence ids.
        evidence: Vec<String>,
    },
    /// 涉嫌犯罪 (R51).
    SuspectCrime {
        /// What it is about.
        text: String,
        /// 涉嫌罪名.
        crime: String,
        /// Evidence ids.
        evidence: Vec<String>,
    },
    /// 作废: a number of the task that stands on no finished paper (J32).
    VoidNumber {
        /// Form id.
        form: String,
        /// The number.
        number: String,
        /// Why.
        reason: String,
    },
    /// The party took the newest shown or printed checkpoint away.
    PartyTook {
        /// How.
        how: Taken,
        /// Who.
        by: String,
    },
    /// Departure.
    Leave {
        /// Where.
        place: Option<Place>,
    },
    /// Close; needs an outside witness or a reason.
    Close {
        /// Outside witness.
        witness: Witness,
        /// Why there is none.
        reason: Option<String>,
    },
}

impl Cross<core::phone::Act> for Act {
    fn cross(self) -> core::phone::Act {
        use core::phone::Act as To;
        match self {
            Self::ShowBadge { to_whom, acknowledged, place } => {
                To::ShowBadge { to_whom, acknowledged: acknowledged.cross(), place: place.cross() }
            }
            Self::ShowSharedBadge { number, to_whom, acknowledged, place } => {
                To::ShowSharedBadge { number, to_whom, acknowledged: acknowledged.cross(), place: place.cross() }
            }
            Self::CheckAppearance { uniform, insignia, note, evidence } => {
                To::CheckAppearance { uniform, insignia, note, evidence }
            }
            Self::IntroduceAssistant { assistant } => To::IntroduceAssistant { assistant: assistant.cross() },
            Self::TellRight { item, language, how } => To::TellRight { item, language, how: how.cross() },
            Self::AcknowledgeRights { by, how, reason } => To::AcknowledgeRights { by, how: how.cross(), reason },
            Self::AcknowledgeNotice { act, by, how, reason } => {
                To::AcknowledgeNotice { act: act.cross(), by, how: how.cross(), reason }
            }
            Self::Answer { item, result, note, measured, instrument } => {
                To::Answer { item, result: result.cross(), note, measured, instrument }
            }
            Self::Find { text, items, evidence, unproven } => To::Find { text, items, evidence, unproven },
            Self::HandOver { evidence, to, reason } => To::HandOver { evidence, to: to.cross(), reason },
            Self::Note { text } => To::Note { text },
            Self::Correct { item, old, new, by, initials } => To::Correct { item, old, new, by, initials },
            Self::OfficerLeft { number, reason } => To::OfficerLeft { number, reason },
            Self::Return => To::Return,
            Self::DeclareConflict { none, note } => To::DeclareConflict { none, note },
            Self::RequestRecusal { number, by, reason } => To::RequestRecusal { number, by, reason },
            Self::DecideRecusal { number, by, granted, reason } => To::DecideRecusal { number, by, granted, reason },
            Self::StartInterview { person, officers, recorder, place } => {
                To::StartInterview { person, officers, recorder, place }
            }
            Self::EndInterview { interview } => To::EndInterview { interview },
            Self::ScanEntry { code, reason } => To::ScanEntry { code, reason },
            Self::RaiseLead { text, evidence } => To::RaiseLead { text, evidence },
            Self::SuspectCrime { text, crime, evidence } => To::SuspectCrime { text, crime, evidence },
            Self::VoidNumber { form, number, reason } => To::VoidNumber { form, number, reason },
            Self::PartyTook { how, by } => To::PartyTook { how: how.cross(), by },
            Self::Leave { place } => To::Leave { place: place.cross() },
            Self::Close { witness, reason } => To::Close { witness: witness.cross(), reason },
        }
    }
}
