//! What a verification found. One table names every finding with its check, its weight and its words; `docs/verify.md` explains them.

use crate::id::Id;
use crate::trust::RootFingerprint;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Language of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

/// Weight of a finding, and of a check: the heaviest of its findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// There was nothing of this kind to check.
    Nothing,
    /// Everything checked is as it must be.
    Ok,
    /// Worth knowing; nothing is wrong.
    Note,
    /// Somebody should look at it; the case stays valid.
    Warning,
    /// Cannot be judged with what is given.
    CannotJudge,
    /// Wrong.
    Failed,
}
impl Status {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::CannotJudge => "cannot_judge",
            Self::Failed => "failed",
        }
    }
    /// Its mark in text reports and in `docs/verify.md`.
    #[must_use]
    pub fn mark(self) -> &'static str {
        match self {
            Self::Nothing => "-",
            Self::Ok => "✓",
            Self::Note => "·",
            Self::Warning => "!",
            Self::CannotJudge => "?",
            Self::Failed => "✗",
        }
    }
}

macro_rules! checks {
    ($($variant:ident $code:literal $zh:literal $en:literal;)*) => {
        /// What is checked, in the order in which a report lists it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum CheckId { $(#[doc = $en] $variant,)* }
        impl CheckId {
            /// All checks.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
            /// Its name in JSON.
            #[must_use]
            pub fn code(self) -> &'static str { match self { $(Self::$variant => $code,)* } }
            /// Its title.
            #[must_use]
            pub fn title(self, language: Language) -> &'static str {
                match (self, language) { $((Self::$variant, Language::Zh) => $zh, (Self::$variant, Language::En) => $en,)* }
            }
        }
    };
}

checks! {
    Files "files" "文件：长度与摘要" "Files: lengths and digests";
    Trust "trust" "信任清单" "Trust list";
    Signatures "signatures" "签名" "Signatures";
    Chain "chain" "条目链" "Chain of entries";
    Fields "fields" "条目字段与承诺" "Fields of entries and their commitments";
    Tree "tree" "日志树包含证明" "Tree: inclusion proofs";
    Completeness "completeness" "完整性：无删减" "Completeness: nothing left out";
    Receipts "receipts" "机关回执" "Receipts of the office";
    Media "media" "证据文件" "Media";
    Custody "custody" "证据保管回执" "Custody receipts";
    Documents "documents" "文书" "Documents";
    Statements "statements" "执法人员签署" "Officers' statements";
    Office "office" "证件、派单与规则包" "Badges, assignment and packs";
    Times "times" "时间" "Times";
    Witnesses "witnesses" "外部见证" "Witnesses";
    Keys "keys" "设备密钥" "Device keys";
}

macro_rules! findings {
    ($($variant:ident $check:ident $status:ident $code:literal $zh:literal $en:literal;)*) => {
        /// What can be found. Its code never changes its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Finding { $(#[doc = $en] $variant,)* }
        impl Finding {
            /// All findings.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
            /// The check that it belongs to.
            #[must_use]
            pub fn check(self) -> CheckId { match self { $(Self::$variant => CheckId::$check,)* } }
            /// Its weight.
            #[must_use]
            pub fn status(self) -> Status { match self { $(Self::$variant => Status::$status,)* } }
            /// Its name in JSON and in `docs/verify.md`.
            #[must_use]
            pub fn code(self) -> &'static str { match self { $(Self::$variant => $code,)* } }
            /// Its words.
            #[must_use]
            pub fn text(self, language: Language) -> &'static str {
                match (self, language) { $((Self::$variant, Language::Zh) => $zh, (Self::$variant, Language::En) => $en,)* }
            }
        }
    };
}

findings! {
    ZipForm Files Failed "zip-form" "压缩包不是规定形式：此处有多余或被改动的字节" "the zip is not in its canonical form: bytes here were added or changed";
    ZipTruncated Files Failed "zip-truncated" "压缩包被截断，或不是压缩包" "the zip is cut short, or no zip at all";
    FileMissing Files Failed "file-missing" "缺少文件" "a file is missing";
    FileAdded Files Failed "file-added" "多出文件" "a file was added";
    FileChanged Files Failed "file-changed" "文件被改动" "a file was changed";
    FileName Files Failed "file-name" "文件名不允许" "a name that no bundle has";
    FileKind Files Failed "file-kind" "不是普通文件（链接或设备）" "no plain file (a link or device)";
    FileTooLarge Files Failed "file-too-large" "文件超过允许大小" "a file is larger than its kind may be";
    FileMalformed Files Failed "file-malformed" "文件格式错误" "a file is malformed";
    FileUnreadable Files CannotJudge "file-unreadable" "文件无法读取" "a file cannot be read";
    FileDropping Files Warning "file-dropping" "系统遗留文件，不属于案卷" "left by a system, no part of the case";
    FileUnknown Files Warning "file-unknown" "签名清单中有本程序不认识的文件，未核验" "a signed file that this program does not know; not verified";
    TooMany Files Failed "too-many" "文件过多，停止读取" "too many files; reading stopped";
    Fetch Files Failed "fetch" "不允许 fetch.txt：案卷不得引用外部文件" "fetch.txt is refused: a case holds all of its files";
    BagManifest Files Failed "bag-manifest" "BagIt 清单与文件不符" "the BagIt manifests do not fit the files";
    CaseFile Files Failed "case-file" "案卷说明与签名清单不符" "the case file contradicts the signed list";

    TrustUnreadable Trust Failed "trust-unreadable" "包内信任清单损坏" "the trust list inside is damaged";
    TrustGiven Trust CannotJudge "trust-given" "所提供的信任清单无法读取" "the trust list that was given cannot be read";
    AnotherRoot Trust Failed "another-root" "由另一根签发：不是您信任的机关" "signed under another root: not the organ that you trust";
    TrustContradiction Trust Failed "trust-contradiction" "包内信任清单与您所持同版本清单不同" "the trust list inside contradicts the one you hold";
    TrustOverdue Trust Warning "trust-overdue" "导出时信任清单已过期" "the trust list was overdue at export";
    SignerNotEstablished Trust CannotJudge "signer-not-established" "未提供信任根：请与机关公布的根指纹逐字比对" "no trust given: compare the root's fingerprint with the published one";

    BundleSignature Signatures Failed "bundle-signature" "案卷清单签名无效" "the signature of the bundle is not valid";
    EnrolmentSignature Signatures Failed "enrolment-signature" "设备登记签名无效" "the signature of an enrolment is not valid";
    EnrolmentOther Signatures Failed "enrolment-other" "设备登记属于另一日志" "an enrolment is for another log";
    CheckpointSignature Signatures Failed "checkpoint-signature" "检查点签名无效" "the signature of a checkpoint is not valid";
    CheckpointOther Signatures Failed "checkpoint-other" "检查点属于另一日志、编号或登记" "a checkpoint is of another log, number or enrolment";
    BadgeSignature Signatures Failed "badge-signature" "证件凭证签名无效" "the signature of a badge is not valid";
    AssignmentSignature Signatures Failed "assignment-signature" "派单签名无效" "the signature of the assignment is not valid";
    PackSignature Signatures Failed "pack-signature" "规则包签名无效或不足两人" "a pack is not signed by two who may";
    AnchorSignature Signatures Failed "anchor-signature" "时间锚签名无效" "the signature of a time anchor is not valid";
    RevocationBad Signatures Failed "revocation-bad" "设备撤销签名无效，或针对另一设备" "a withdrawal of a device is not valid, or is for another device";
    Algorithm Signatures CannotJudge "algorithm" "签名算法未知，无法判断" "unknown algorithm: cannot be judged";

    EntryMalformed Chain Failed "entry-malformed" "条目格式错误" "an entry is malformed";
    EntryOther Chain Failed "entry-other" "条目属于另一日志或案件" "an entry is of another log or case";
    EntryOrder Chain Failed "entry-order" "条目编号不连续：缺失、调换或插入" "entries are not numbered without gaps: left out, swapped or inserted";
    EntryChain Chain Failed "entry-chain" "条目与前一条不相接" "an entry does not follow the one before it";
    NoEntries Chain Failed "no-entries" "日志没有本案条目" "a log without entries of the case";

    FieldChanged Fields Failed "field-changed" "字段与承诺不符：内容被改动" "a field does not fit its commitment: it was changed";
    FieldWithheld Fields Note "field-withheld" "字段未随案卷提供（未提供，非缺失）" "fields are withheld (withheld, not missing)";
    Destroyed Fields Note "destroyed" "依法销毁" "lawfully destroyed";

    Inclusion Tree Failed "inclusion" "条目不在检查点的日志树中" "an entry is not in the tree of the checkpoint";
    Adopted Tree Warning "adopted" "条目当时没有设备签名，由后续日志接收" "an entry that no key signed at the time; the log that followed adopted it";
    TwoHistories Tree Failed "two-histories" "同一密钥签了两种历史" "one key signed two histories";

    LogMissing Completeness Failed "log-missing" "缺少一部日志" "a whole log is missing";
    CaseHead Completeness Failed "case-head" "条目与检查点所记案件末条或条数不符：有删减" "the entries do not fit the case's length and head in a signed checkpoint: something was left out";
    CaseHeadAbsent Completeness Failed "case-head-absent" "没有带回执的检查点记载本案" "no receipted checkpoint states the case's length";
    ClosedCount Completeness Failed "closed-count" "结案条目所记条数不符" "the closing entry states another number";
    NotClosed Completeness Warning "not-closed" "尚未结案：导出之后可能还有条目" "not closed: entries may have been added after the export";
    AfterClosing Completeness Note "after-closing" "结案之后追加的条目" "entries were added after closing";
    TailMissing Completeness CannotJudge "tail-missing" "另一设备见过本日志更多的条目：末尾缺失，或机关尚未收到" "another device saw more of this log than is here: its end is missing, or the office has not received it";
    ClosedUnwitnessed Completeness Warning "closed-unwitnessed" "结案时没有外部见证" "closed without an outside witness";

    NoReceipt Receipts Failed "no-receipt" "日志没有机关回执" "a log without a receipt of the office";
    ReceiptBad Receipts Failed "receipt-bad" "回执无效" "a receipt is not valid";
    ReceiptOther Receipts Failed "receipt-other" "回执针对另一检查点" "a receipt is for another checkpoint";

    MediaMissing Media Failed "media-missing" "缺少证据文件" "an evidence file is missing";
    MediaChanged Media Failed "media-changed" "证据文件与记录不符" "an evidence file is not what was recorded";
    MediaForeign Media Failed "media-foreign" "证据文件没有对应条目" "an evidence file that no entry names";
    MediaSealed Media Warning "media-sealed" "密封文件：仅由导出机关担保，请用 --identity 打开比对" "sealed: only the exporting office vouches for it; open it with --identity to compare";
    MediaNotOpened Media Failed "media-not-opened" "密封文件无法打开" "a sealed file does not open";
    MediaWithheld Media Note "media-withheld" "证据编号或摘要未提供，无法比对" "id or digest of the evidence is withheld; nothing to compare";
    RecordingPart Media Failed "recording-part" "录音录像分段缺失、重复或数目不符" "parts of a recording are missing, repeated or not as many as stated";
    RecordingOpen Media Warning "recording-open" "录音录像没有结束记录" "a recording without its end";
    RecordingGap Media Warning "recording-gap" "录音录像两段之间有间断" "time is missing between two parts of a recording";
    Interrupted Media Note "interrupted" "录音录像中断，已记理由" "a recording was interrupted, with a reason";
    DerivedFrom Media Failed "derived-from" "派生件的原件没有记录" "a derived copy whose original no entry names";
    Derived Media Note "derived" "派生件：原件另存" "a derived copy; its original is recorded apart";
    FindingEvidence Media Failed "finding-evidence" "违法事实所引证据没有记录" "a finding names evidence that no entry recorded";
    FindingBare Media Warning "finding-bare" "违法事实没有证据" "a finding without evidence";

    CustodyBad Custody Failed "custody-bad" "保管回执无效" "a custody receipt is not valid";
    CustodyOther Custody Failed "custody-other" "保管回执针对另一文件" "a custody receipt is for another file";
    CustodyNone Custody Warning "custody-none" "没有保管回执" "no custody receipt";
    CustodyStored Custody Note "custody-stored" "机关已收存，尚未开封比对" "stored by the office, not yet opened and compared";
    DestructionBad Custody Failed "destruction-bad" "销毁证明无效" "a certificate of destruction is not valid";
    AccessBad Custody Failed "access-bad" "调阅记录无效" "a record of access is not valid";
    Access Custody Note "access" "机关调阅记录" "the office looked at or handed out something of the case";

    PaperMissing Documents Failed "paper-missing" "缺少文书" "a paper is missing";
    PaperForeign Documents Failed "paper-foreign" "文书没有对应条目，或已被替换" "a paper that no entry names, or another in its place";
    PaperNotIncluded Documents Note "paper-not-included" "送阅稿未随案卷提供" "the presented copy is not included";
    PaperSeal Documents Failed "paper-seal" "文书签名无效" "the signature over a paper is not valid";
    PageNotProven Documents CannotJudge "page-not-proven" "文书没有自身签名：事实已证明，版面未经证明" "a paper without its own signature: facts proven, page text not proven";
    PaperAlone Documents Note "paper-alone" "单独文书：完整性与时间须以整个案卷核验" "a paper alone: completeness and times need the whole bundle";
    PaperParts Documents Failed "paper-parts" "文书缺少自证附件" "a paper without the attachments that prove it";
    PaperUnsealed Documents Warning "paper-unsealed" "文书没有自身签名：单独出示时版面未经证明" "a paper without its own signature: shown alone its page is not proven";
    PaperFacts Documents Failed "paper-facts" "文书所附事实与记录不符" "the facts attached to a paper are not the recorded ones";
    PaperInk Documents Failed "paper-ink" "手签原件的照片与文书或证据不符" "the photographs of a paper signed by hand do not fit the paper or the evidence";
    PaperCheckpoint Documents Failed "paper-checkpoint" "文书所载检查点不在案卷中或不在其之前" "the checkpoint printed on a paper is not in the bundle, or not from before it";

    StatementBad Statements Failed "statement-bad" "签署无效" "a statement is not valid";
    StatementKey Statements Failed "statement-key" "签署所用密钥未登记" "a statement by a key of no enrolment";
    StatementElsewhere Statements Warning "statement-elsewhere" "由另一设备的密钥签署，须以整个案卷核验" "signed by the key of another device: verify it in the whole bundle";
    StatementOther Statements Failed "statement-other" "签署内容与条目不符" "a statement says another thing than its entry";
    StatementShared Statements Warning "statement-shared" "在他人设备上签署，尚待本人确认" "signed on another's device, not yet confirmed from the own one";

    AssignmentOther Office Failed "assignment-other" "派单不是本案记载的派单" "another assignment than the one recorded";
    AssignmentNone Office Warning "assignment-none" "案卷没有派单" "no assignment in the bundle";
    BadgeNotAssigned Office Warning "badge-not-assigned" "持证人不在派单中" "a badge holder is not in the assignment";
    BadgeOther Office Failed "badge-other" "证件凭证与文件名不符" "a badge under another's name";
    PackNone Office Warning "pack-none" "案卷没有所记载的规则包" "the recorded pack is not in the bundle";
    PackOther Office Failed "pack-other" "规则包与文件名不符" "a pack under another's name";

    Interval Times Note "interval" "时间范围，其间无外部见证" "time bounds, without an outside witness in between";
    ClockJump Times Warning "clock-jump" "设备时钟被调整" "the phone's clock was set";
    ClockAhead Times Warning "clock-ahead" "设备时钟晚于机关收到时间" "the phone's clock was ahead of the office's";
    ClockBehind Times Warning "clock-behind" "设备时钟早于设备登记或时间锚" "the phone's clock was behind its enrolment or an anchor";
    OfficeAlone Times Note "office-alone" "时间仅以机关自身为据，没有外部见证" "time rests on the office alone: no outside witness";

    WitnessOffice Witnesses Note "witness-office" "机关见证" "witnessed by the office";
    WitnessPeer Witnesses Note "witness-peer" "另一设备见证" "witnessed by another device";
    WitnessParty Witnesses Note "witness-party" "当事人见证" "witnessed by the party";
    WitnessOutside Witnesses Note "witness-outside" "机关以外的见证" "witnessed outside the office";
    OutsideUnjudged Witnesses Note "outside-unjudged" "外部见证使用未知密钥或算法，未核验" "an outside witness by an unknown key or algorithm; not verified";
    OutsideBad Witnesses Failed "outside-bad" "外部见证无效" "an outside witness is not valid";
    SeenAbsent Witnesses Warning "seen-absent" "条目提到的日志不在案卷中" "entries refer to a log that is not in the bundle";
    Pinned Witnesses Note "pinned" "所持检查点在日志中" "the checkpoint that you hold is in this log";
    PinnedUnknown Witnesses CannotJudge "pinned-unknown" "所持检查点无法与本案比对" "the checkpoint that you hold cannot be compared with this case";
    PinnedOther Witnesses Failed "pinned-other" "所持检查点与案卷矛盾：日志被改写" "the checkpoint that you hold contradicts the case: the log was rewritten";

    KeyProtection Keys Note "key-protection" "密钥保护" "key protection";
    KeySoftware Keys Warning "key-software" "软件密钥：无硬件保护" "software keys: no hardware protects them";
    DeviceRevoked Keys Warning "device-revoked" "设备已被撤销" "the device was withdrawn";
    KeySuspect Keys Failed "key-suspect" "撤销或存疑之后才收到，不予采信" "received after the device was withdrawn or suspected: it does not count";
    Succeeded Keys Note "succeeded" "本日志承接前一日志" "this log follows an earlier one of the same person";
    SuccessionBroken Keys Failed "succession-broken" "承接关系与前一日志不符" "the succession does not fit the earlier log";
}

/// One finding with what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What was found.
    pub finding: Finding,
    /// The file, or `file#seq` for an entry, or an id.
    pub subject: String,
    /// Numbers, times and causes.
    pub detail: String,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Which.
    pub id: CheckId,
    /// The heaviest of its findings.
    pub status: Status,
    /// How many things were checked.
    pub checked: u64,
    /// What was found.
    pub findings: Vec<Found>,
}

/// Who signed, the second line of the verdict (P9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignerVerdict {
    /// An organ under the root that is trusted.
    Established {
        /// Its name.
        organ: String,
        /// The root.
        root: RootFingerprint,
    },
    /// No trust was given; compare the fingerprint.
    NotEstablished {
        /// What the list inside says of itself.
        claimed_organ: String,
        /// To compare.
        root: RootFingerprint,
    },
    /// Another root than the one that is trusted.
    Another {
        /// The root inside.
        root: RootFingerprint,
    },
    /// The trust list inside cannot be read.
    Unknown,
}

/// The verdict with everything that it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The case.
    pub case: Option<Id>,
    /// When the office exported it, ms.
    pub exported: Option<i64>,
    /// Every check, in order.
    pub checks: Vec<Check>,
    /// First line of the verdict: consistent in itself.
    pub consistent: bool,
    /// Second line: signed by whom.
    pub signer: SignerVerdict,
}

/// What no verification can know; said in every report.
const CANNOT_KNOW: [(&str, &str); 5] = [
    (
        "两次外部见证之间，被破解的设备可能重写尚未见证的条目",
        "between two outside witnesses a rooted phone may have rewritten entries that nobody had seen",
    ),
    (
        "照片所示是否真实；本核验只证明文件自采集后未变",
        "whether a photo shows the truth; only that the file has not changed since it was captured",
    ),
    ("未记录之事", "what was never recorded"),
    ("时间最终以机关的时钟为据，除非另有外部时间锚", "time rests on the office's clock, unless its log is anchored elsewhere"),
    (
        "导出之后机关是否撤回密钥或更正案卷；请查最新信任清单",
        "whether a key was withdrawn or the case corrected after the export; look at the newest trust list",
    ),
];

impl Report {
    /// 0 valid, 1 invalid, 2 cannot judge.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let worst = self.checks.iter().map(|c| c.status).max();
        match (worst, &self.signer) {
            (Some(Status::Failed) | None, _) => 1,
            (Some(Status::CannotJudge), _) => 2,
            (_, SignerVerdict::Established { .. }) => 0,
            _ => 2,
        }
    }

    /// All findings of all checks.
    pub fn findings(&self) -> impl Iterator<Item = &Found> {
        self.checks.iter().flat_map(|c| &c.findings)
    }

    /// The check with that id.
    #[must_use]
    pub fn check(&self, id: CheckId) -> Option<&Check> {
        self.checks.iter().find(|c| c.id == id)
    }

    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let found = |f: &Found| {
            json!({"code": f.finding.code(), "status": f.finding.status().name(), "subject": f.subject, "detail": f.detail,
                "zh": f.finding.text(Language::Zh), "en": f.finding.text(Language::En)})
        };
        let check = |c: &Check| {
            json!({"id": c.id.code(), "status": c.status.name(), "checked": c.checked,
                "zh": c.id.title(Language::Zh), "en": c.id.title(Language::En),
                "findings": c.findings.iter().map(found).collect::<Vec<_>>()})
        };
        let signer = match &self.signer {
            SignerVerdict::Established { organ, root } => {
                json!({"state": "established", "organ": organ, "root": root.to_string()})
            }
            SignerVerdict::NotEstablished { claimed_organ, root } => {
                json!({"state": "not_established", "claimed_organ": claimed_organ, "root": root.to_string()})
            }
            SignerVerdict::Another { root } => json!({"state": "another", "root": root.to_string()}),
            SignerVerdict::Unknown => json!({"state": "unknown"}),
        };
        json!({
            "v": 1,
            "case": self.case.map(|c| c.to_string()),
            "exported": self.exported,
            "consistent": self.consistent,
            "signer": signer,
            "exit": self.exit_code(),
            "checks": self.checks.iter().map(check).collect::<Vec<_>>(),
            "cannot_know": CANNOT_KNOW.map(|(zh, en)| json!({"zh": zh, "en": en})),
        })
    }

    /// As text for a person.
    #[must_use]
    pub fn to_text(&self, language: Language) -> String {
        let say = |zh: &str, en: &str| if language == Language::Zh { zh.to_owned() } else { en.to_owned() };
        let mut out = String::new();
        // Writing to a String does not fail.
        let mut line = |text: String| _ = writeln!(out, "{text}");
        line(match self.exit_code() {
            0 => say("结论：有效", "Verdict: valid"),
            1 => say("结论：无效", "Verdict: not valid"),
            _ => say("结论：无法判断", "Verdict: cannot judge"),
        });
        line(match self.consistent {
            true => say("  自身一致：是", "  Consistent in itself: yes"),
            false => say("  自身一致：否", "  Consistent in itself: no"),
        });
        line(match &self.signer {
            SignerVerdict::Established { organ, root } => format!("{}{organ}\n    {root}", say("  签发机关：", "  Signed by: ")),
            SignerVerdict::NotEstablished { claimed_organ, root } => format!(
                "{}\n    {root}\n  {}{claimed_organ}",
                say(
                    "  签发机关：未确定。请将下列根指纹与机关公布的指纹（官网、纸质文书）逐字比对，再用 --trust 核验",
                    "  Signed by: not established. Compare this root fingerprint with the one that the organ publishes (web site, papers), then verify with --trust"
                ),
                say("包内自称：", "The bundle itself says: "),
            ),
            SignerVerdict::Another { root } => format!(
                "{}\n    {root}",
                say("  签发机关：不是您信任的机关。包内的根：", "  Signed by: not the organ that you trust. The root inside:")
            ),
            SignerVerdict::Unknown => say("  签发机关：无法读取", "  Signed by: cannot be read"),
        });
        if let Some(case) = self.case {
            line(format!("{}{case}", say("  案件：", "  Case: ")));
        }
        if let Some(at) = self.exported {
            line(format!("{}{}", say("  导出：", "  Exported: "), super::time(at)));
        }
        line(String::new());
        for check in &self.checks {
            line(format!("{} {} {}", check.status.mark(), check.id.title(language), check.checked));
            let mut alike: BTreeMap<Finding, usize> = BTreeMap::new();
            for f in &check.findings {
                let n = alike.entry(f.finding).or_default();
                *n += 1;
                if *n > MAX_ALIKE && f.finding.status() == Status::Note {
                    continue;
                }
                let detail = if f.detail.is_empty() { String::new() } else { format!(" ({})", f.detail) };
                line(format!(
                    "    {} {} [{}] {}{detail}",
                    f.finding.status().mark(),
                    f.finding.text(language),
                    f.finding.code(),
                    f.subject
                ));
            }
            for (finding, n) in alike.into_iter().filter(|(f, n)| *n > MAX_ALIKE && f.status() == Status::Note) {
                let more = n - MAX_ALIKE;
                line(format!(
                    "    {} [{}] {}",
                    finding.status().mark(),
                    finding.code(),
                    say(&format!("另有 {more} 条同类（--json 列出更多）"), &format!("and {more} more alike (--json lists more)"))
                ));
            }
        }
        line(format!("\n{}", say("任何核验都无法得知：", "What no verification can know:")));
        for (zh, en) in CANNOT_KNOW {
            line(format!("    · {}", say(zh, en)));
        }
        out
    }
}

/// Most notes of one kind that a text lists; a case with thousands of checkpoints has as many receipts.
const MAX_ALIKE: usize = 20;
/// Most findings of each weight that are kept one by one; a hostile bundle must not fill the memory.
const MAX_FOUND: usize = 500;

/// Collects while checks run.
#[derive(Default)]
pub(super) struct Findings {
    checks: BTreeMap<CheckId, (u64, Option<Status>)>,
    kept: BTreeMap<Status, usize>,
    found: Vec<Found>,
    failed_subjects: BTreeSet<String>,
    inconsistent: bool,
}

impl Findings {
    pub(super) fn checked(&mut self, id: CheckId, n: usize) {
        self.checks.entry(id).or_default().0 += n as u64;
    }

    pub(super) fn add(&mut self, finding: Finding, subject: impl Into<String>, detail: impl Into<String>) {
        let (subject, status) = (subject.into(), finding.status());
        let worst = &mut self.checks.entry(finding.check()).or_default().1;
        *worst = (*worst).max(Some(status));
        self.inconsistent |= status == Status::Failed && finding != Finding::AnotherRoot;
        let kept = self.kept.entry(status).or_default();
        if *kept >= MAX_FOUND {
            return;
        }
        *kept += 1;
        if status == Status::Failed {
            self.failed_subjects.insert(subject.clone());
        }
        self.found.push(Found { finding, subject, detail: detail.into() });
    }

    /// Whether something is wrong but for the question of trust.
    pub(super) fn inconsistent(&self) -> bool {
        self.inconsistent
    }

    /// Whether something of that subject failed already.
    pub(super) fn failed(&self, subject: &str) -> bool {
        self.failed_subjects.contains(subject)
    }

    /// Checks with their findings, and whether everything but the question of trust is consistent.
    pub(super) fn finish(self) -> (Vec<Check>, bool) {
        let mut found = self.found;
        let check = |id: &CheckId| {
            let (checked, worst) = self.checks.get(id).copied().unwrap_or_default();
            let findings = found.extract_if(.., |f| f.finding.check() == *id).collect();
            let status = worst.unwrap_or(if checked == 0 { Status::Nothing } else { Status::Ok });
            Check { id: *id, status, checked, findings }
        };
        (CheckId::ALL.iter().map(check).collect(), !self.inconsistent)
    }
}
