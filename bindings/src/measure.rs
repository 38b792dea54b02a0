//! Measures on site (J6–J9, J14, J18): begin one, lead it through its steps in the order that `measures` shows, make its papers with
//! `compose_paper(inspection, form, measure)`. A step that the law does not allow yet answers `Blocked`; `StepView.gates` says so beforehand.

use crate::checklist::NoticeAct;
use crate::error::Gate;
use crate::inspection::At;
use crate::mirror::{Cross, choice, record};
use crate::status::Text;
use core::measure as from;
use mingzheng_core as core;

choice!(
    /// What is done.
    MeasureKind = from::MeasureKind {
        /// 先行登记保存.
        Preservation,
        /// 产品抽样.
        ProductSampling,
        /// 非产品抽样.
        Sampling,
        /// 查封、扣押、封闭、封存、暂停销售.
        Coercion,
        /// 当场处罚.
        OnSpotPenalty,
    }
);
choice!(
    /// A measure of compulsion.
    CoerciveMeasure = core::pack::CoerciveMeasure {
        /// 查封场所、设施.
        Seal,
        /// 扣押、暂扣.
        Seize,
        /// 封闭场所、水源.
        Close,
        /// 封存物品.
        SealGoods,
        /// 暂停销售.
        SuspendSale,
    }
);
choice!(
    /// How the head approved.
    ApprovalWay = from::ApprovalWay {
        /// On paper.
        Written,
        /// By voice, noted; to be signed afterwards.
        Oral,
    }
);
choice!(
    /// What became of a measure.
    Outcome = from::Outcome {
        /// 解除.
        Lifted,
        /// 抽检.
        Sampled,
        /// 没收.
        Confiscated,
        /// 移送.
        Transferred,
        /// 查封、扣押.
        Seized,
    }
);
choice!(
    /// Penalties that are possible on the spot, and the others of the pack.
    PenaltyKind = core::pack::PenaltyKind {
        /// 警告.
        Warning,
        /// 通报批评.
        Criticism,
        /// 罚款.
        Fine,
        /// 没收违法所得、没收非法财物.
        Confiscation,
        /// 暂扣许可证件.
        LicenceSuspended,
        /// 降低资质等级.
        Downgraded,
        /// 吊销许可证件.
        LicenceRevoked,
        /// 限制开展生产经营活动.
        Restricted,
        /// 责令停产停业.
        BusinessSuspended,
        /// 责令关闭.
        Closed,
        /// 限制从业.
        Barred,
        /// 法律、行政法规规定的其他行政处罚.
        Other,
    }
);
choice!(
    /// A step of a measure.
    MeasureStep = from::Step {
        /// 报批.
        Approve,
        /// 拟定处罚.
        Choose,
        /// 通知当事人到场.
        Call,
        /// 告知: `notices_of`, `Act.TellRight`, `Act.AcknowledgeNotice`.
        Tell,
        /// 听取陈述申辩.
        Hear,
        /// 实施; of a penalty, the decision.
        Take,
        /// 决定书 or sampling record: `compose_paper`.
        Paper,
        /// 现场笔录: `compose_paper`.
        Record,
        /// 当场收缴; may be left out.
        Collect,
        /// 备案.
        File,
        /// 处理, 解除.
        Settle,
        /// 处理决定书: `compose_paper`.
        Outcome,
    }
);
record!(both
    /// One thing that is registered, sampled or seized.
    Goods = from::Goods {
        /// 名称.
        name: String,
        /// 规格（型号）.
        spec: String,
        /// 数量.
        quantity: String,
        /// 状态（成色）.
        state: String,
        /// 封样号, 封条号; a sample has one.
        seal: Option<String>,
        /// Photographs that show it.
        evidence: Vec<String>,
    }
);
record!(both
    /// Who approved that a tier is left (J14).
    TierApproval = from::TierApproval {
        /// 集体讨论; else 主要负责人.
        collective: bool,
        /// The paper or entry that holds it.
        record: String,
        /// Why.
        reason: String,
    }
);
record!(in
    /// What is to be begun.
    MeasureInput = core::phone::MeasureInput {
        /// What is done.
        what: MeasureKind,
        /// 执法事项: id of the pack's row; compulsion and penalty need one.
        item: Option<String>,
        /// Which measure of compulsion.
        coercive: Option<CoerciveMeasure>,
        /// Why.
        reason: String,
        /// 情况紧急, and why (强制法 19); only for compulsion.
        emergency: Option<String>,
    }
);

/// A step that is done.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum MeasureAct {
    /// The head approved.
    Approve {
        /// 批准编号.
        number: String,
        /// 批准人.
        by: String,
        /// When, ms.
        at_ms: i64,
        /// How.
        how: ApprovalWay,
    },
    /// The party was called to the place.
    Call {
        /// How.
        how: String,
        /// Whether somebody of the party came.
        came: bool,
        /// 见证人, where nobody came.
        witness: Option<String>,
        /// The witness's unit.
        witness_unit: Option<String>,
    },
    /// The defence was heard.
    Hear {
        /// Who spoke.
        speaker: String,
        /// What was said; that nothing was said is said too.
        text: String,
        /// Whether it was followed, and why.
        opinion: String,
    },
    /// The penalty is chosen; the amount is the officer's, never the phone's.
    Choose {
        /// Row of discretion.
        row: String,
        /// Its tier.
        tier: String,
        /// 警告, 罚款.
        penalties: Vec<PenaltyKind>,
        /// The fine in fen.
        fen: Option<u64>,
        /// The illegal gains in fen, where the fine is counted by them.
        gains: Option<u64>,
        /// The approval to leave the tier.
        approval: Option<TierApproval>,
        /// 裁量理由.
        reason: String,
    },
    /// It is done; of a penalty, decided.
    Take {
        /// What it is taken against; empty for a penalty.
        goods: Vec<Goods>,
        /// 保存、存放、采样地点.
        place: String,
    },
    /// Cash is taken (J9).
    Collect {
        /// Fen.
        fen: u64,
        /// 法定情形.
        ground: Option<String>,
        /// 票据号.
        receipt: String,
    },
    /// Reported to the organ.
    File {
        /// To whom.
        to: String,
    },
    /// Dealt with, or lifted.
    Settle {
        /// What became of it.
        outcome: Outcome,
        /// Why.
        reason: String,
    },
}

impl Cross<core::phone::MeasureAct> for MeasureAct {
    fn cross(self) -> core::phone::MeasureAct {
        use core::phone::MeasureAct as To;
        match self {
            Self::Approve { number, by, at_ms, how } => To::Approve { number, by, at_ms, how: how.cross() },
            Self::Call { how, came, witness, witness_unit } => To::Call { how, came, witness, witness_unit },
            Self::Hear { speaker, text, opinion } => To::Hear { speaker, text, opinion },
            Self::Choose { row, tier, penalties, fen, gains, approval, reason } => {
                To::Choose { row, tier, penalties: penalties.cross(), fen, gains, approval: approval.cross(), reason }
            }
            Self::Take { goods, place } => To::Take { goods: goods.cross(), place },
            Self::Collect { fen, ground, receipt } => To::Collect { fen, ground, receipt },
            Self::File { to } => To::File { to },
            Self::Settle { outcome, reason } => To::Settle { outcome: outcome.cross(), reason },
        }
    }
}

record!(out
    /// A step as it is shown.
    StepView = core::phone::StepView {
        /// Which.
        step: MeasureStep,
        /// Its words.
        title: Text,
        /// Done.
        done: bool,
        /// May be left out, or comes later by law.
        optional: bool,
        /// What stands in its way.
        gates: Vec<Gate>,
        /// The form that it makes.
        form: Option<String>,
        /// Its paper, once it was made.
        paper: Option<String>,
    }
);
record!(out
    /// A clock as it is shown.
    ClockView = core::phone::ClockView {
        /// Row of the pack.
        id: String,
        /// What is due.
        title: Text,
        /// The end as counted: `2026-12-01`, or with the hour.
        due: String,
        /// The end moved to a working day.
        rolled: String,
        /// 暂估.
        provisional: bool,
        /// The mark of one that was missed.
        mark: Option<Text>,
        /// Not done and too late.
        overdue: bool,
    }
);

/// A measure as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MeasureView {
    /// Its id.
    pub id: String,
    /// What is done.
    pub what: MeasureKind,
    /// What it is called.
    pub title: Text,
    /// 执法事项.
    pub item: Option<String>,
    /// Its title.
    pub item_title: Option<Text>,
    /// Which measure of compulsion.
    pub coercive: Option<CoerciveMeasure>,
    /// Why.
    pub reason: String,
    /// 情况紧急, and why.
    pub emergency: Option<String>,
    /// When it was begun.
    pub begun: At,
    /// The notification that belongs to it.
    pub notice: Option<NoticeAct>,
    /// The list, once it was taken.
    pub goods: Vec<Goods>,
    /// The fine that was chosen, fen.
    pub fen: Option<u64>,
    /// Its steps in the order of the law.
    pub steps: Vec<StepView>,
    /// Its clocks.
    pub clocks: Vec<ClockView>,
    /// What is wrong by now: an emergency that was not approved in time.
    pub gates: Vec<Gate>,
}
impl Cross<MeasureView> for core::phone::MeasureView {
    fn cross(self) -> MeasureView {
        let m = self.state;
        MeasureView {
            notice: from::rights_act(m.what).cross(),
            goods: m.taken.map(|t| t.goods).unwrap_or_default().cross(),
            fen: m.chosen.and_then(|c| c.fen),
            id: m.id,
            what: m.what.cross(),
            title: self.title.cross(),
            item: m.item,
            item_title: self.item_title.cross(),
            coercive: m.coercive.cross(),
            reason: m.reason,
            emergency: m.emergency,
            begun: m.begun.cross(),
            steps: self.steps.cross(),
            clocks: self.clocks.cross(),
            gates: self.gates.cross(),
        }
    }
}
