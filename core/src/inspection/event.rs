//! What can happen in an inspection. Each variant is a kind of entry; each field is committed to on its own, so that it can be withheld (P4).

use super::organ::TeamOrgan;
use crate::cbor::{self, CborError, Value};
use crate::evidence::exif;
use crate::log::Entry;
use crate::measure::{ApprovalWay, Goods, MeasureKind, Outcome, TierApproval};
use crate::pack::{Answer, CoerciveMeasure, PenaltyKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A fix of the phone's location service; 1e-7 degree, south and west negative (F15, F16).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Latitude.
    pub lat_e7: i32,
    /// Longitude.
    pub lon_e7: i32,
    /// Radius in metres.
    pub accuracy_m: u32,
    /// Age of the fix in milliseconds.
    pub age_ms: u64,
    /// The system says that another app made the position up.
    pub mock: bool,
}

impl Place {
    /// The same, to be compared with what a file says.
    pub(crate) fn to_fix(&self) -> exif::Fix {
        exif::Fix {
            place: exif::Place { lat_e7: self.lat_e7, lon_e7: self.lon_e7 },
            accuracy_m: self.accuracy_m,
            age_ms: self.age_ms,
            mock: self.mock,
        }
    }
}

/// A person with a part in the inspection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficerRef {
    /// Person id, hex.
    pub person: String,
    /// 姓名.
    pub name: String,
    /// 执法证号.
    pub number: String,
}

/// 协助人员 (J2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssistantRef {
    /// 姓名.
    pub name: String,
    /// 单位.
    pub unit: String,
}

/// The inspected enterprise (当事人) as the task names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enterprise {
    /// 名称.
    pub name: String,
    /// 统一社会信用代码.
    pub code: String,
    /// 地址.
    pub address: String,
    /// 联系电话.
    pub phone: String,
    /// 法定代表人.
    pub legal_representative: String,
    /// Who is met on site: 现场负责人.
    pub manager: String,
    /// That person's 职务.
    pub manager_position: String,
}

/// 检查审批 (54号: every inspection is approved beforehand).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// 审批表编号.
    pub number: String,
    /// 批准人.
    pub by: String,
    /// Day, `yyyymmdd`.
    pub on: u32,
}

/// 频次豁免: why an inspection does not count against the yearly cap (国办发〔2024〕54号, J30).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exempt {
    /// Row of the pack's grounds.
    pub ground: String,
    /// The ground in words, as the pack had it.
    #[serde(default)]
    pub title: String,
    /// 具体理由.
    pub reason: String,
}

/// A task of the office: what is to be inspected, by whom, on which day and on whose approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Task id, hex.
    pub id: String,
    /// Title shown in lists.
    pub title: String,
    /// `routine`, `special` or `case` (日常, 专项, 个案).
    pub kind: String,
    /// Day, `yyyymmdd`.
    pub day: u32,
    /// The enterprise.
    pub enterprise: Enterprise,
    /// The officers that are assigned.
    pub officers: Vec<OfficerRef>,
    /// Assistants that are fixed beforehand.
    pub assistants: Vec<AssistantRef>,
    /// Which visit of this year it is: among those that count against the cap, or among those that do not.
    pub n: u32,
    /// 年度频次上限; 0 where none holds.
    pub cap: u32,
    /// Why it does not count against the cap (J30); an inspection of a single case always says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exempt: Option<Exempt>,
    /// Approval; without it nothing starts (J1).
    pub approval: Option<Approval>,
    /// 检查事项.
    pub matter: String,
    /// 检查依据, article by article.
    pub basis: Vec<String>,
    /// Checklists of the pack.
    pub checklists: Vec<String>,
    /// 执法主体全称.
    pub organ: String,
    /// 监督电话.
    pub complaint_phone: String,
    /// The one address at which the party checks badges, as papers print it, for instance `zf.example/b` (P7, R16); older tasks name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub badge_address: Option<String>,
    /// Paper numbers (编号) that this inspection may use, for the record.
    pub numbers: Vec<String>,
    /// Numbers of the other papers, by the id of the form; the lead's phone uses them (J32).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub form_numbers: BTreeMap<String, Vec<String>>,
    /// 执法主体全称 by the id of the pack's subject, where more than one acts (J33).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub organs: BTreeMap<String, String>,
    /// Words for the slots of the 救济途径: `government`, `court`, `online_channel`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slots: BTreeMap<String, String>,
    /// 执法区域 of what is inspected (R08); none asks for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// 执法类别 that it needs (R08).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// 封条: numbers of the seals that were given to the team (R14).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seals: Vec<String>,
    /// 预盖章用纸: numbers of the sheets that were sealed beforehand and given to the team (R14).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sheets: Vec<String>,
    /// Region of the pack's calendar whose days off count for the organ's deadlines; none: the national ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// 联合执法 (R52): the organs that inspect together, the lead organ first; empty: one organ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub team: Vec<TeamOrgan>,
}

/// An item of a checklist that a newer pack does not have, as it was asked (F35).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedItem {
    /// Its id.
    pub item: String,
    /// Title of the checklist.
    pub checklist: String,
    /// Its number on paper.
    pub no: String,
    /// What was asked.
    pub text: String,
    /// The law it rests on, as cited.
    pub basis: String,
}

/// How the certificate was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadgeAck {
    /// Scanned with the party's phone.
    Scanned,
    /// Photographed.
    Photographed,
    /// Signed.
    Signed,
    /// The party did not want to look.
    Declined,
}

/// How a text was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// 出示文本.
    Shown,
    /// 宣读.
    ReadAloud,
}

/// How a notification was acknowledged (R13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ack {
    /// 签名.
    Signed,
    /// 口头.
    Oral,
    /// 拒绝.
    Refused,
    /// 不在场.
    Absent,
}

/// Why the party's signature is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoSignature {
    /// 拒签.
    Refused,
    /// 不能签.
    Unable,
    /// 不在场.
    Absent,
}

/// Whose signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignRole {
    /// 当事人.
    Party,
    /// 执法人员 (the lead).
    Officer,
    /// 执法人员 (the second).
    SecondOfficer,
}

/// Which of two is the original of a paper (P8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Original {
    /// 纸质: the sheets that were signed by hand.
    Paper,
    /// 电子: the finished electronic paper; the sheets are a copy.
    Electronic,
}

/// In which form a copy of a paper was handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyKind {
    /// 纸质.
    Paper,
    /// 电子.
    Electronic,
}

/// Outside witness of the log's end (P5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Witness {
    /// The second officer's phone.
    Peer,
    /// The inspected party, by QR or paper.
    Party,
    /// The office.
    Office,
    /// None; then a reason is needed.
    None,
}

/// How the party took a checkpoint away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    /// The code on the screen, with the own phone.
    Scanned,
    /// Printed on a paper that was handed over.
    Paper,
}

/// What a recording is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Media {
    /// 录音.
    Audio,
    /// 录像.
    Video,
}

/// A piece of evidence that is one part of a recording; absent for others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartOf {
    /// The recording, hex.
    pub recording: String,
    /// Its number, 0….
    pub part: u64,
    /// Milliseconds since `recording.started`, by the monotonic clock.
    pub starts_ms: u64,
    /// How long it plays.
    pub lasts_ms: u64,
}

/// A copy that was made from other evidence; absent for originals (J19).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DerivedFrom {
    /// Evidence id of the original.
    pub derived_from: String,
    /// `blur`, `crop`, `transcript`, `other`.
    pub operation: String,
    /// Everything that is needed to make it again.
    pub parameters: serde_json::Value,
    /// Who made it.
    pub operator: OfficerRef,
}

/// How the thumbnail came about; absent without one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThumbnailMade {
    /// `thumbnail`.
    pub operation: String,
    /// Longest edge and quality.
    pub parameters: serde_json::Value,
    /// On whose phone.
    pub operator: OfficerRef,
}

/// One act. Serialised with its kind; every field becomes a salted commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
pub enum Event {
    /// A new log of this device.
    #[serde(rename = "log.opened")]
    LogOpened {
        /// Digest of the enrolment.
        enrolment: String,
        /// Version of the software.
        software: String,
    },
    /// This log goes on where another of this device ended (§8.1, F43).
    #[serde(rename = "log.succeeds")]
    LogSucceeds {
        /// The old log, hex.
        old: String,
        /// Entries under the newest signed checkpoint of the old log that is known.
        size: Option<u64>,
        /// Its root.
        root: Option<String>,
        /// Its number.
        cp_no: Option<u64>,
        /// `rotated`, `key_lost` or `store_behind`.
        reason: String,
        /// Entries of the old log that this device holds, signed or not.
        adopted_size: Option<u64>,
        /// Root over them.
        adopted_root: Option<String>,
    },
    /// The last entry of a log: planned rotation of its key.
    #[serde(rename = "log.ended")]
    LogEnded {
        /// The log that goes on, hex.
        by: String,
        /// SHA-256 of the COSE key that signs it.
        key: String,
        /// `rotated`.
        reason: String,
    },
    /// Two signed answers of the office name heads of its log that do not fit (P5).
    #[serde(rename = "office.contradicted")]
    OfficeContradicted {
        /// SHA-256 of the signed answer that was known.
        first: String,
        /// SHA-256 of the one that contradicts it.
        second: String,
    },
    /// The wall clock stepped against the monotonic clock (J31, F14).
    #[serde(rename = "clock.jumped")]
    ClockJumped {
        /// Milliseconds, negative when set back.
        by_ms: i64,
    },
    /// The inspection begins: the task, the pack and the assignment it stands on.
    #[serde(rename = "inspection.opened")]
    Opened {
        /// The task.
        task: Box<Task>,
        /// Digest of the pack's payload.
        pack: String,
        /// `id@version` of the pack.
        pack_version: String,
        /// Digest16 of the signed assignment, hex.
        assignment: String,
        /// Who opens, on this device.
        officer: OfficerRef,
    },
    /// The officer moved the inspection to a newer pack (F35): what was answered stays.
    #[serde(rename = "pack.moved")]
    PackMoved {
        /// Who.
        officer: OfficerRef,
        /// `id@version` of the pack so far.
        from_version: String,
        /// Digest of the newer pack's payload.
        pack: String,
        /// `id@version` of the newer pack.
        pack_version: String,
        /// Answered items that the newer pack does not have: they are printed as they were asked.
        dropped: Vec<DroppedItem>,
        /// Notifications whose words are the same in both: what was told and acknowledged of them counts on.
        kept: Vec<String>,
    },
    /// An officer's presence, proven by the own OFFICER key (R06).
    #[serde(rename = "person.arrived")]
    Arrived {
        /// Who.
        officer: OfficerRef,
        /// Where.
        place: Option<Place>,
        /// The signed statement, hex of the COSE bytes.
        statement: String,
    },
    /// Two phones paired.
    #[serde(rename = "peer.paired")]
    PeerPaired {
        /// The other officer.
        officer: OfficerRef,
        /// The other log, hex.
        log: String,
        /// Digest of the transcript that both signed.
        transcript: String,
    },
    /// 接续主办: the lead's phone failed, and another officer's goes on from what it holds of the lead's log (R06). The lead counts as away until an own
    /// phone proves the presence anew.
    #[serde(rename = "inspection.continued")]
    Continued {
        /// Who leads from now on, on this device.
        officer: OfficerRef,
        /// Who led.
        from: OfficerRef,
        /// Why: what became of the phone.
        reason: String,
        /// The log that led, hex.
        log: String,
        /// Entries of it that are held.
        size: u64,
        /// Root over them.
        root: String,
        /// Digest of the checkpoint that signs them.
        checkpoint: String,
    },
    /// The other officer's phone has seen a checkpoint and signed that (P5). Both phones record it, each in its own log.
    #[serde(rename = "checkpoint.cosigned")]
    Cosigned {
        /// The log whose checkpoint it is, hex.
        log: String,
        /// The checkpoint's number.
        cp_no: u64,
        /// Its digest.
        checkpoint: String,
        /// Who saw it.
        officer: OfficerRef,
        /// The signed statement, hex of the COSE bytes.
        statement: String,
    },
    /// The party took the checkpoint away: on the own phone or on paper (P5).
    #[serde(rename = "party.witnessed")]
    PartyWitnessed {
        /// The checkpoint's number.
        cp_no: u64,
        /// Its digest.
        checkpoint: String,
        /// How.
        how: Taken,
        /// By whom.
        by: String,
    },
    /// The certificate was shown (处罚法 55; J3).
    #[serde(rename = "badge.shown")]
    BadgeShown {
        /// Whose.
        officer: OfficerRef,
        /// To whom.
        to_whom: String,
        /// How acknowledged.
        acknowledged: BadgeAck,
        /// The credential was past its own life (`badge_stale`, P7); days.
        stale_days: Option<u32>,
        /// Shown on another officer's phone (P3).
        shared_device: bool,
        /// Where; absent in what the other phone noted of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Place>,
        /// `good`, `none`, `stale` or `mock`; absent as `place` is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fix: Option<String>,
    },
    /// Before the certificate is shown an officer looks at the own dress (R09: 着装、佩戴统一标识). The newest counts.
    #[serde(rename = "appearance.checked")]
    AppearanceChecked {
        /// Whose.
        officer: OfficerRef,
        /// 统一制式服装.
        uniform: bool,
        /// 统一标识.
        insignia: bool,
        /// What is to be said of it; may be empty.
        note: String,
        /// Evidence id of a photograph.
        evidence: Option<String>,
    },
    /// An assistant was introduced by name.
    #[serde(rename = "assistant.introduced")]
    AssistantIntroduced {
        /// Who.
        assistant: AssistantRef,
    },
    /// One item of a notification was told (R13).
    #[serde(rename = "right.told")]
    RightTold {
        /// Row of the notification: `pack@version#id`.
        notice: String,
        /// Version of the text.
        version: u32,
        /// Item of it.
        item: String,
        /// Language tag.
        language: String,
        /// The words as told, slots filled.
        text: String,
        /// How.
        how: How,
    },
    /// The notification was acknowledged, refused, or nobody was there.
    #[serde(rename = "rights.acknowledged")]
    RightsAcknowledged {
        /// Row of the notification.
        notice: String,
        /// By whom.
        by: String,
        /// How.
        how: Ack,
        /// Reason of a refusal.
        reason: Option<String>,
    },
    /// A checklist item was answered.
    #[serde(rename = "checklist.answered")]
    Answered {
        /// The checklist.
        checklist: String,
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
    /// A finding (检查发现的问题).
    #[serde(rename = "finding.recorded")]
    Found {
        /// The fact.
        text: String,
        /// Items it concerns.
        items: Vec<String>,
        /// Evidence ids (R28).
        evidence: Vec<String>,
        /// Recorded without evidence on purpose (R28).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unproven: bool,
    },
    /// Anything else worth noting.
    #[serde(rename = "note.added")]
    Noted {
        /// The note.
        text: String,
    },
    /// A photo, a part of a recording or a derived copy was sealed (J19).
    #[serde(rename = "evidence.captured")]
    Captured {
        /// Evidence id.
        id: String,
        /// MIME type by content.
        media_type: String,
        /// SHA-256 of the exact file.
        clear: String,
        /// Its length in bytes.
        clear_len: u64,
        /// SHA-256 of the sealed file.
        sealed: String,
        /// Its length.
        sealed_len: u64,
        /// SHA-256 of its payload after the age header: it stays the same when the file is sealed anew for a court.
        payload: String,
        /// 1: age v1.
        suite: u64,
        /// `camera`, `import`, `derived` or `orphan`.
        source: String,
        /// The name that the file had; data only.
        original_name: String,
        /// What it shows.
        caption: String,
        /// Checklist item it belongs to.
        item: Option<String>,
        /// Where.
        place: Option<Place>,
        /// `good`, `none`, `stale` or `mock`.
        fix: String,
        /// What the file's EXIF says; never trusted.
        exif: serde_json::Value,
        /// Where EXIF differs from the phone's own clock and place, and where the name differs from the content.
        differences: Vec<serde_json::Value>,
        /// Part of a recording.
        #[serde(flatten)]
        part: Option<PartOf>,
        /// Copy of other evidence.
        #[serde(flatten)]
        derived: Option<Box<DerivedFrom>>,
    },
    /// The second act: decoded, and a thumbnail made (F10).
    #[serde(rename = "evidence.checked")]
    Checked {
        /// Evidence id.
        id: String,
        /// `ok` or what is wrong with it.
        state: String,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// SHA-256 of the thumbnail, a derived copy.
        thumbnail: Option<String>,
        /// How it was made.
        #[serde(flatten)]
        made: Option<Box<ThumbnailMade>>,
    },
    /// A recording begins (R18).
    #[serde(rename = "recording.started")]
    RecordingStarted {
        /// Its id, hex.
        recording: String,
        /// Sound or video.
        media: Media,
        /// Scene of the pack.
        scene: Option<String>,
        /// Whether the scene must be recorded.
        must_record: bool,
    },
    /// Why something was not recorded (R19, J22).
    #[serde(rename = "recording.interrupted")]
    RecordingInterrupted {
        /// The recording, if there was one.
        recording: Option<String>,
        /// Scene of the pack.
        scene: Option<String>,
        /// From, ms on the steady clock of the case.
        from_ms: i64,
        /// To.
        to_ms: i64,
        /// Reason code of the pack.
        reason: String,
        /// In words.
        note: String,
    },
    /// A recording ends.
    #[serde(rename = "recording.ended")]
    RecordingEnded {
        /// The recording.
        recording: String,
        /// How many parts it has.
        parts: u64,
        /// End of the last part, since the start.
        lasts_ms: u64,
    },
    /// Custody passes from one officer to another (R25).
    #[serde(rename = "evidence.handed_over")]
    HandedOver {
        /// Evidence ids.
        evidence: Vec<String>,
        /// Who had it.
        from: OfficerRef,
        /// Who has it now.
        to: OfficerRef,
        /// Why.
        reason: String,
    },
    /// A paper's facts were fixed (P8).
    #[serde(rename = "document.facts")]
    Facts {
        /// Paper id.
        paper: String,
        /// Form row `pack@version#id`.
        form: String,
        /// SHA-256 of the facts as CBOR.
        digest: String,
        /// The facts.
        facts: serde_json::Value,
        /// What it is about: a measure, an interview, an item of the pack; of a record the second subject of the visit (J33), else absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<String>,
    },
    /// 作废: a number that stands on no paper that counts (J32). An unfinished paper with it is void too.
    #[serde(rename = "number.voided")]
    NumberVoided {
        /// Form id.
        form: String,
        /// The number.
        number: String,
        /// Why.
        reason: String,
    },
    /// The paper was laid before the party.
    #[serde(rename = "document.presented")]
    Presented {
        /// Paper id.
        paper: String,
        /// SHA-256 of the presented PDF.
        presented: String,
        /// C1: digest of the checkpoint printed on it.
        checkpoint: String,
    },
    /// A correction before signing: the old text stays visible (J24).
    #[serde(rename = "correction.made")]
    Corrected {
        /// Checklist item whose note changes.
        item: String,
        /// Old text.
        old: String,
        /// New text.
        new: String,
        /// At whose request.
        by: String,
        /// Who initialled.
        initials: Vec<String>,
    },
    /// Somebody signed (P8, B7).
    #[serde(rename = "document.signed")]
    Signed {
        /// Paper id.
        paper: String,
        /// Role.
        role: SignRole,
        /// Name.
        name: String,
        /// Certificate number of an officer.
        number: Option<String>,
        /// Digest of the facts.
        facts: String,
        /// Digest of the presented PDF.
        presented: String,
        /// SHA-256 of the words above the signature.
        wording: String,
        /// SHA-256 of the strokes.
        strokes: Option<String>,
        /// The shape of the signature as printed: width, height, lines.
        ink: Option<serde_json::Value>,
        /// Media segment that shows it.
        media: Option<String>,
        /// The officer's signed statement, hex of the COSE bytes.
        statement: Option<String>,
        /// 逐页签名: the shape at the foot of each page, where the form asks for it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pages: Vec<serde_json::Value>,
    },
    /// 宣读: the presented paper was read aloud to somebody.
    #[serde(rename = "document.read_aloud")]
    ReadAloud {
        /// Paper id.
        paper: String,
        /// SHA-256 of the presented PDF.
        presented: String,
        /// Who read.
        by: OfficerRef,
        /// To whom.
        to: String,
        /// Media segment that holds it.
        media: Option<String>,
    },
    /// A correction on a paper other than the record before it is finished: the old text stays visible (J24).
    #[serde(rename = "document.corrected")]
    PaperCorrected {
        /// Paper id.
        paper: String,
        /// The field; `talk.answer` for a column.
        field: String,
        /// Row of a list, from 1.
        row: Option<u64>,
        /// Old text.
        old: String,
        /// New text.
        new: String,
        /// At whose request.
        by: String,
        /// Who initialled.
        initials: Vec<String>,
    },
    /// The paper is printed on a sheet that was sealed beforehand (预盖章用纸, R14).
    #[serde(rename = "document.sealed")]
    StockSealed {
        /// Paper id.
        paper: String,
        /// Digest of the facts.
        facts: String,
        /// Number of the sheet.
        sheet: String,
    },
    /// A copy of a finished paper was handed over (R14).
    #[serde(rename = "document.handed_over")]
    PaperHanded {
        /// Paper id.
        paper: String,
        /// For whom the copy is, as the form says: 当事人, 案卷….
        copy: String,
        /// Who took it.
        receiver: String,
        /// Paper or electronic.
        how: CopyKind,
    },
    /// The party did not sign; with reason and witness.
    #[serde(rename = "document.refused")]
    Refused {
        /// Paper id.
        paper: String,
        /// Refused, unable or absent.
        why: NoSignature,
        /// Who.
        name: String,
        /// Reason in words.
        reason: String,
        /// 见证人 name.
        witness: Option<String>,
        /// 见证人 unit.
        witness_unit: Option<String>,
        /// The witness's signature as printed.
        witness_ink: Option<serde_json::Value>,
        /// Media segment that shows it.
        media: Option<String>,
    },
    /// The final paper exists.
    #[serde(rename = "document.finished")]
    Finished {
        /// Paper id.
        paper: String,
        /// SHA-256 of the final PDF.
        digest: String,
        /// C2: digest of the checkpoint printed on it.
        checkpoint: String,
    },
    /// An officer was called away (R06).
    #[serde(rename = "person.left")]
    PersonLeft {
        /// Who.
        officer: OfficerRef,
        /// Why.
        reason: String,
    },
    /// An officer is back, proven by the own OFFICER key (R06).
    #[serde(rename = "person.returned")]
    PersonReturned {
        /// Who.
        officer: OfficerRef,
        /// The signed statement, hex of the COSE bytes.
        statement: String,
    },
    /// 回避声明 (R11).
    #[serde(rename = "conflict.declared")]
    ConflictDeclared {
        /// Who.
        officer: OfficerRef,
        /// 没有利害关系.
        none: bool,
        /// What there is.
        note: String,
    },
    /// 当事人申请回避 (R11, 处罚法 43).
    #[serde(rename = "recusal.requested")]
    RecusalRequested {
        /// Against whom.
        officer: OfficerRef,
        /// Who asked.
        by: String,
        /// Why.
        reason: String,
    },
    /// 负责人决定 (处罚法 43).
    #[serde(rename = "recusal.decided")]
    RecusalDecided {
        /// Against whom.
        officer: OfficerRef,
        /// Who decided.
        by: String,
        /// 同意回避.
        granted: bool,
        /// Why.
        reason: String,
    },
    /// 询问 begins (J4).
    #[serde(rename = "interview.started")]
    InterviewStarted {
        /// Its id, hex.
        interview: String,
        /// 被询问人.
        person: String,
        /// Who asks and who writes.
        officers: Vec<OfficerRef>,
        /// 记录人.
        recorder: String,
        /// 地点.
        place: String,
    },
    /// 询问 ends.
    #[serde(rename = "interview.ended")]
    InterviewEnded {
        /// Which.
        interview: String,
    },
    /// 扫码入企, or why it could not be.
    #[serde(rename = "entry.scanned")]
    EntryScanned {
        /// What was scanned.
        code: Option<String>,
        /// Why nothing could be.
        reason: Option<String>,
    },
    /// 案件线索 that came up on site (R49).
    #[serde(rename = "lead.raised")]
    LeadRaised {
        /// What it is about.
        text: String,
        /// Evidence ids.
        evidence: Vec<String>,
    },
    /// 涉嫌犯罪 (R51, 处罚法 27).
    #[serde(rename = "crime.suspected")]
    CrimeSuspected {
        /// What it is about.
        text: String,
        /// 涉嫌罪名.
        crime: String,
        /// Evidence ids.
        evidence: Vec<String>,
    },
    /// A measure is begun: nothing was done by it yet (J6–J8).
    #[serde(rename = "measure.begun")]
    MeasureBegun {
        /// Its id, hex.
        measure: String,
        /// What is done.
        what: MeasureKind,
        /// 执法事项: id of the pack's row.
        item: Option<String>,
        /// Which measure of compulsion (J18).
        coercive: Option<CoerciveMeasure>,
        /// Why.
        reason: String,
        /// 情况紧急, and why (强制法 19).
        emergency: Option<String>,
    },
    /// 负责人批准 (J6, J7).
    #[serde(rename = "measure.approved")]
    MeasureApproved {
        /// The measure.
        measure: String,
        /// 批准编号.
        number: String,
        /// 批准人.
        by: String,
        /// When it was given, ms.
        at_ms: i64,
        /// How.
        how: ApprovalWay,
    },
    /// 通知当事人到场 (强制法 18(4), (9)).
    #[serde(rename = "party.called")]
    PartyCalled {
        /// The measure.
        measure: String,
        /// How.
        how: String,
        /// Whether somebody of the party came.
        came: bool,
        /// 见证人.
        witness: Option<String>,
        /// The witness's unit.
        witness_unit: Option<String>,
    },
    /// 听取陈述申辩 (处罚法 45, 强制法 18(6)).
    #[serde(rename = "defence.heard")]
    DefenceHeard {
        /// The measure.
        measure: String,
        /// Who spoke.
        speaker: String,
        /// What was said.
        text: String,
        /// Whether it was followed, and why.
        opinion: String,
    },
    /// The penalty that is told and, if it stays, decided (J8, J14).
    #[serde(rename = "penalty.chosen")]
    PenaltyChosen {
        /// The measure.
        measure: String,
        /// Row of discretion.
        row: String,
        /// Its tier.
        tier: String,
        /// 警告, 罚款.
        penalties: Vec<PenaltyKind>,
        /// The fine in fen.
        fen: Option<u64>,
        /// The illegal gains in fen.
        gains: Option<u64>,
        /// The approval to leave the tier.
        approval: Option<TierApproval>,
        /// 裁量理由.
        reason: String,
    },
    /// The measure was taken; of a penalty, decided.
    #[serde(rename = "measure.taken")]
    MeasureTaken {
        /// The measure.
        measure: String,
        /// The list; empty for a penalty.
        goods: Vec<Goods>,
        /// 保存、存放、采样地点.
        place: String,
    },
    /// 当场收缴 (J9).
    #[serde(rename = "fine.collected")]
    FineCollected {
        /// The measure.
        measure: String,
        /// Fen.
        fen: u64,
        /// 法定情形.
        ground: Option<String>,
        /// 票据号.
        receipt: String,
    },
    /// 报所属机关备案 (处罚法 52).
    #[serde(rename = "penalty.filed")]
    PenaltyFiled {
        /// The measure.
        measure: String,
        /// To whom.
        to: String,
    },
    /// Dealt with, or lifted (J6, J7).
    #[serde(rename = "measure.settled")]
    MeasureSettled {
        /// The measure.
        measure: String,
        /// What became of it.
        outcome: Outcome,
        /// Why.
        reason: String,
    },
    /// Departure.
    #[serde(rename = "inspection.left")]
    Left {
        /// Where.
        place: Option<Place>,
    },
    /// Closed; states how many entries the case has in this log, this one included.
    #[serde(rename = "inspection.closed")]
    Closed {
        /// Number of entries.
        entries: u64,
        /// Outside witness.
        witness: Witness,
        /// Why there is none.
        reason: Option<String>,
    },
    /// 手签原件: a paper was printed, signed and sealed by hand, and every page photographed (P8).
    #[serde(rename = "document.ink")]
    Inked {
        /// Paper id.
        paper: String,
        /// Digest of the facts that the pages name.
        facts: String,
        /// Evidence ids of the photographs, in the order of the pages.
        pages: Vec<String>,
        /// Who signed on the paper, as written.
        signed: Vec<String>,
        /// Which is the original.
        original: Original,
    },
    /// 手写字: a character that no font of the device has was drawn for the papers of this inspection (F12); the newest of a character counts.
    #[serde(rename = "character.drawn")]
    CharacterDrawn {
        /// The character.
        character: String,
        /// SHA-256 of the drawing's CBOR.
        digest: String,
        /// Width, height, lines.
        drawing: serde_json::Value,
    },
}

impl Event {
    /// The kind as it stands in the header.
    ///
    /// # Errors
    /// [`CborError`] never in practice.
    pub fn to_fields(&self) -> Result<(String, Vec<(String, Value)>), CborError> {
        let json = serde_json::to_value(self).map_err(|_| CborError::Type("event"))?;
        let serde_json::Value::Object(mut fields) = json else {
            return Err(CborError::Type("event"));
        };
        let kind = match fields.remove("kind") {
            Some(serde_json::Value::String(k)) => k,
            _ => return Err(CborError::Type("kind")),
        };
        let fields = fields.iter().map(|(k, v)| Ok((k.clone(), cbor::from_json(v)?))).collect::<Result<_, CborError>>()?;
        Ok((kind, fields))
    }

    /// The event of an entry; `None` when the kind is unknown to this version or fields are withheld.
    #[must_use]
    pub fn from_entry(entry: &Entry) -> Option<Self> {
        let serde_json::Value::Object(mut fields) = cbor::to_json(&entry.fields()) else {
            return None;
        };
        fields.insert("kind".into(), entry.header().kind.clone().into());
        serde_json::from_value(serde_json::Value::Object(fields)).ok()
    }
}
