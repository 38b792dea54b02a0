//! What a 现场检查笔录 says: the signed facts, and what stands on the page around them.
//!
//! [`RecordFacts`] is what officers and party sign (P8: digest of facts, template and pack). It is filled from the fold and attached
//! to the PDF unchanged. [`RecordPage`] adds what is only known later in the order of P8: checkpoints and signatures.
//! There are no floats: times are milliseconds with the offset shown on the clock, coordinates are 1e-7 degree.

use serde::{Deserialize, Serialize};

use super::DrawnCharacter;

/// A time as the phone's clock showed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub ms: i64,
    /// Offset from UTC in minutes; China: 480.
    pub offset_min: i16,
}

/// A position in 1e-7 degree; south and west are negative (F16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Latitude, −900000000…900000000.
    pub lat_e7: i32,
    /// Longitude, −1800000000…1800000000.
    pub lon_e7: i32,
    /// Radius in metres that the phone gave, if it gave one.
    pub accuracy_m: Option<u32>,
}

/// The facts of one 现场检查笔录 (处罚法 55; 传染病防治法 96; 证据规定 15; 卫生行政执法文书规范).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordFacts {
    /// 执法主体全称: the organ in whose name this paper speaks (J33: one paper, one organ).
    pub organ: String,
    /// 编号 from a number block.
    pub number: String,
    /// Why and on what approval this inspection takes place.
    pub inspection: Inspection,
    /// 当事人 (被检查人).
    pub party: Party,
    /// 检查时间, from.
    pub started: Moment,
    /// 检查时间, to.
    pub ended: Moment,
    /// 检查地点.
    pub place: Place,
    /// 陪同人.
    pub companions: Vec<Companion>,
    /// 执法人员, two at least (J1).
    pub officers: Vec<Officer>,
    /// 联合执法: every organ in the order of the task (R52); empty: one organ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub team: Vec<Organ>,
    /// 协助人员: named, never officers (J2).
    pub assistants: Vec<Assistant>,
    /// 记录人.
    pub recorder: String,
    /// 亮证.
    pub badge: BadgeShown,
    /// 告知.
    pub rights: RightsTold,
    /// 检查情况: what the room looked like, in the order walked; one paragraph each; no opinion, no hearsay.
    pub observations: Vec<String>,
    /// 检查情况: the checklist.
    pub checklist: Vec<ChecklistGroup>,
    /// 检查发现的问题.
    pub findings: Vec<Finding>,
    /// 取证清单: photographs, sound, video, papers.
    pub evidence: Vec<EvidenceLine>,
    /// 取证清单: samples.
    pub samples: Vec<SampleLine>,
    /// 更正: struck text stays readable (J24).
    pub corrections: Vec<Correction>,
    /// 当事人陈述: the party's own words, if any.
    pub statement: Option<String>,
    /// 救济途径.
    pub remedies: Vec<Remedy>,
    /// 投诉监督渠道 (R16).
    pub complaint: Complaint,
    /// 手写字: characters that the fonts lacked, drawn on site (F12).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drawn: Vec<DrawnCharacter>,
}

/// Kind of inspection (国办发〔2024〕54号).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InspectionType {
    /// 日常检查.
    Routine,
    /// 专项检查.
    Special,
    /// 个案检查.
    Case,
}

/// Grounds of the inspection (国办发〔2024〕54号; §B5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inspection {
    /// Kinds; a merged inspection (综合查一次) has several.
    pub types: Vec<InspectionType>,
    /// 检查事项.
    pub matter: String,
    /// 检查依据, article by article.
    pub basis: Vec<String>,
    /// Number of the approval (检查审批表).
    pub approval: String,
    /// Number of the 行政检查通知书, if one was handed over.
    pub notice: Option<String>,
    /// Which inspection of this enterprise it is this year.
    pub visit_of_year: u32,
    /// The yearly frequency cap, if one is published.
    pub yearly_cap: Option<u32>,
    /// The discipline that the paper must carry (五个严禁).
    pub discipline: String,
}

/// 当事人 (被检查人), a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// 名称.
    pub name: String,
    /// 统一社会信用代码.
    pub credit_code: String,
    /// 卫生许可证号, if there is one.
    pub licence: Option<String>,
    /// 法定代表人 or 负责人.
    pub responsible: Responsible,
    /// 地址.
    pub address: String,
    /// 联系电话.
    pub phone: String,
}

/// The person who answers for the party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Responsible {
    /// 法定代表人, 负责人 or 经营者, as the licence says.
    pub title: String,
    /// Name.
    pub name: String,
}

/// 检查地点.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Address in words.
    pub text: String,
    /// Position that the phone gave on arrival.
    pub position: Option<Position>,
}

/// 陪同人.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Companion {
    /// Name.
    pub name: String,
    /// 职务.
    pub position: String,
}

/// One organ of a joint inspection (联合执法, R52), with 执法证号 of its officers who are there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organ {
    /// 机关全称.
    pub organ: String,
    /// 执法证号.
    pub officers: Vec<String>,
}

/// 执法人员.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Officer {
    /// Name.
    pub name: String,
    /// 执法证号.
    pub certificate: String,
}

/// 协助人员.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assistant {
    /// Name.
    pub name: String,
    /// Unit.
    pub unit: String,
}

/// 亮证 (处罚法 55; R01).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BadgeShown {
    /// When.
    pub at: Moment,
    /// 亮证告知语 as spoken (X10).
    pub script: String,
    /// To whom.
    pub shown_to: String,
    /// How it was acknowledged.
    pub acknowledgement: Acknowledgement,
    /// What must stand beside an electronic badge, from the pack (§B10); none if only the card was shown.
    pub aid_notice: Option<String>,
    /// What must be known of a showing: on another officer's phone (P3), with a credential that was not renewed (P7).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// How a person acknowledged (R13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acknowledgement {
    /// 签名确认.
    Signed,
    /// 扫码核验.
    Scanned,
    /// 拍照核验.
    Photographed,
    /// 未查看: the party did not want to look.
    Declined,
    /// 口头确认 (on the recording).
    Oral,
    /// 拒绝确认.
    Refused,
    /// 不在场.
    Absent,
}

/// How a text was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// 宣读.
    ReadAloud,
    /// 出示文本.
    Shown,
    /// 宣读并出示.
    ReadAloudAndShown,
}

/// 权利义务告知 (R13).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RightsTold {
    /// Title and version of the notification, for instance 检查告知 第3版.
    pub title: String,
    /// To whom.
    pub told_to: String,
    /// Item by item.
    pub items: Vec<RightItem>,
}

/// One item told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RightItem {
    /// Number as printed.
    pub no: String,
    /// The text told.
    pub text: String,
    /// Legal basis.
    pub basis: String,
    /// Version of the text.
    pub version: String,
    /// How told.
    pub told: Told,
    /// When.
    pub at: Moment,
    /// How acknowledged.
    pub acknowledgement: Acknowledgement,
    /// The pack's row is only illustrative.
    pub illustrative: bool,
}

/// Result of a checklist item (§F).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    /// 合格.
    Conform,
    /// 不合格.
    NotConform,
    /// 不适用.
    NotApplicable,
    /// 现场改正.
    CorrectedOnSite,
}

/// One checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChecklistGroup {
    /// Title with version, for instance 住宿场所检查表.
    pub title: String,
    /// Where the rows come from: `pack@version`.
    pub source: String,
    /// Items that were answered.
    pub items: Vec<ChecklistItem>,
}

/// One answered item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChecklistItem {
    /// Number as printed; unique on the paper, for instance `X1-7`.
    pub no: String,
    /// 检查内容.
    pub text: String,
    /// 依据.
    pub basis: String,
    /// 结果.
    pub result: CheckResult,
    /// Objective note: place, number, state. After a correction: the new text.
    pub note: String,
    /// Evidence numbers (照片号).
    pub evidence: Vec<String>,
    /// The pack's row is only illustrative.
    pub illustrative: bool,
}

/// 检查发现的问题.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Number as printed.
    pub no: String,
    /// The fact found.
    pub text: String,
    /// 条、款、项 that it touches; may be empty where the record only states facts.
    pub basis: String,
    /// Evidence numbers.
    pub evidence: Vec<String>,
}

/// Kind of evidence in the 取证清单.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// 照片.
    Photo,
    /// 录音.
    Audio,
    /// 录像.
    Video,
    /// 书证 (copy).
    Paper,
}

/// One line of the 取证清单.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceLine {
    /// Number as printed, for instance `照片01`.
    pub no: String,
    /// Kind.
    pub kind: EvidenceKind,
    /// What it shows and from where.
    pub text: String,
    /// When it was made.
    pub at: Moment,
    /// Where, if the phone knew.
    pub position: Option<Position>,
    /// SHA-256 of the original in lower-case hex, all 64 digits; the paper prints the first 16.
    pub sha256: String,
}

/// One sample taken (抽样).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleLine {
    /// 抽样号.
    pub no: String,
    /// 样品名称.
    pub name: String,
    /// 数量.
    pub quantity: String,
    /// Where taken.
    pub place: String,
    /// 封样号.
    pub seal: String,
    /// When.
    pub at: Moment,
}

/// One correction (文书规范: struck through, the new text beside it, the party's sign at the change).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// Number as printed.
    pub no: String,
    /// `no` of the checklist item whose note was changed, if it was one: the change is shown there too.
    pub item: Option<String>,
    /// Where on the paper, in words.
    pub place: String,
    /// The old text, shown struck through; empty for an addition.
    pub old: String,
    /// The new text; empty for a deletion.
    pub new: String,
    /// At whose request.
    pub requested_by: String,
    /// When.
    pub at: Moment,
    /// Who initialled.
    pub initials: Vec<Initial>,
}

/// A person's initial at a correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Initial {
    /// Name.
    pub name: String,
    /// 当事人, 执法人员 …
    pub role: String,
    /// When.
    pub at: Moment,
}

/// 救济途径 for what this paper is (X9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// Text.
    pub text: String,
    /// Legal basis.
    pub basis: String,
    /// The pack's row is only illustrative.
    pub illustrative: bool,
}

/// 投诉监督渠道 (R16).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Complaint {
    /// Who takes it.
    pub unit: String,
    /// 电话.
    pub phone: String,
    /// 地址.
    pub address: Option<String>,
    /// 网址.
    pub website: Option<String>,
}

/// What the form's template gets: the signed facts and what is known around them at this point of P8's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordPage {
    /// The signed facts.
    pub facts: RecordFacts,
    /// C1: the checkpoint over the facts' entry.
    pub presented: CheckpointLine,
    /// Signatures and C2; none while the paper is *presented* for signing.
    pub closing: Option<Closing>,
    /// Fingerprint of the trust root: 64 lower-case hex digits in groups of four.
    pub trust_root: String,
}

/// A checkpoint as printed (P5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointLine {
    /// Log id, 32 lower-case hex digits.
    pub log: String,
    /// Number of the checkpoint.
    pub cp_no: u64,
    /// Entries under it.
    pub size: u64,
    /// Root, 64 lower-case hex digits.
    pub root: String,
    /// When it was signed.
    pub at: Moment,
}

/// What makes the presented paper final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// Signatures of the officers; two at least (J5).
    pub officers: Vec<OfficerSignature>,
    /// What the party did.
    pub party: PartyResponse,
    /// Strokes of the initials at corrections, in the order of the corrections and their initials.
    pub initials: Vec<Vec<Option<Ink>>>,
    /// 宣读.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_aloud: Option<ReadAloud>,
    /// C2: the checkpoint over the signatures.
    pub checkpoint: CheckpointLine,
}

/// 宣读: the presented paper was read aloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadAloud {
    /// Who read.
    pub by: String,
    /// To whom.
    pub to: String,
    /// When.
    pub at: Moment,
    /// Number of the sound or video segment that holds it.
    pub media_segment: Option<String>,
}

/// One officer's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficerSignature {
    /// Name.
    pub name: String,
    /// 执法证号.
    pub certificate: String,
    /// When.
    pub at: Moment,
    /// The drawn signature, if one was drawn.
    pub ink: Option<Ink>,
    /// Signed on another officer's phone: provisional until confirmed from an own device (P3).
    pub shared_device: bool,
}

/// What the party did with the presented paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyResponse {
    /// Signed.
    Signed(PartySignature),
    /// Did not sign (拒签, 不能签, 不在场).
    Refused(Refusal),
}

/// The party's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartySignature {
    /// Name of who signed.
    pub name: String,
    /// 职务.
    pub position: String,
    /// What stands above the signature, for instance 以上笔录我已看过（已向我宣读），与事实相符。
    pub opinion: String,
    /// When.
    pub at: Moment,
    /// The drawn signature, if one was drawn.
    pub ink: Option<Ink>,
}

/// Why the party's signature is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// 拒签.
    Refused,
    /// 不能签.
    Unable,
    /// 不在场.
    Absent,
}

/// Refusal (证据规定 15; 传染病防治法 96): tick, reason, both officers, witness, media segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// Which of the three.
    pub kind: RefusalKind,
    /// Who did not sign.
    pub name: String,
    /// Reason in words.
    pub reason: String,
    /// When.
    pub at: Moment,
    /// 见证人, if any.
    pub witness: Option<Witness>,
    /// Number of the sound or video segment that shows it.
    pub media_segment: Option<String>,
}

/// 见证人.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// Name.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// When signed.
    pub at: Moment,
    /// The drawn signature, if one was drawn.
    pub ink: Option<Ink>,
}

/// The shape of a drawn signature: what the eye sees and no more. Time and pressure of the strokes are biometric data and stay sealed (P8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ink {
    /// Width of the field.
    pub width: u16,
    /// Height of the field.
    pub height: u16,
    /// Strokes, each a list of `[x, y]` from the upper left corner.
    pub lines: Vec<Vec<[i16; 2]>>,
}
