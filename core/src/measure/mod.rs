//! Measures that officers take on site beyond the inspection (§D, §E): 先行登记保存, 抽样取证, 查封、扣押, 当场处罚. Each is a row of steps in the order of
//! the law; a step that is not done closes all that follow. Pure types, their fold, their gates and clocks.

mod clocks;
mod gates;
mod state;
mod step;

pub use clocks::{DueState, due};
pub use gates::{approve, begin, blocked, called, choose, collect, file, paper, person, rights_act, settle, take, void_approval};
pub use state::{Approved, Called, Chosen, Collected, Heard, MeasureState, Settled, Taken};
pub use step::Step;

pub(crate) use state::apply;

use serde::{Deserialize, Serialize};

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasureKind {
    /// 先行登记保存 (处罚法 56).
    Preservation,
    /// 抽样取证: 产品样品 (处罚法 56).
    ProductSampling,
    /// 抽样取证: 非产品样品 (处罚法 56).
    Sampling,
    /// 查封、扣押、封闭、封存、暂停销售 (强制法 16–28).
    Coercion,
    /// 当场处罚 (处罚法 51–52).
    OnSpotPenalty,
}

impl MeasureKind {
    /// The words on screens, Chinese and English.
    #[must_use]
    pub fn word(self) -> (&'static str, &'static str) {
        match self {
            Self::Preservation => ("先行登记保存", "Registration of evidence"),
            Self::ProductSampling => ("产品抽样", "Sampling of products"),
            Self::Sampling => ("非产品抽样", "Sampling other than of products"),
            Self::Coercion => ("行政强制措施", "Measure of compulsion"),
            Self::OnSpotPenalty => ("当场处罚", "Penalty on the spot"),
        }
    }

    /// The forms that it makes, each with the step that it completes.
    #[must_use]
    pub fn forms(self) -> &'static [(&'static str, Step)] {
        match self {
            Self::Preservation => &[("xianxing-dengji", Step::Paper), ("dengji-chuli", Step::Outcome)],
            Self::ProductSampling => &[("chanpin-caiyang", Step::Paper)],
            Self::Sampling => &[("feichanpin-caiyang", Step::Paper)],
            Self::Coercion => &[("chafeng-kouya", Step::Paper), ("qiangzhi-bilu", Step::Record)],
            Self::OnSpotPenalty => &[("dangchang-chufa", Step::Paper)],
        }
    }
}

/// One thing that is registered, sampled or seized.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goods {
    /// 名称.
    pub name: String,
    /// 规格（型号）.
    pub spec: String,
    /// 数量.
    pub quantity: String,
    /// 状态（成色）.
    pub state: String,
    /// 封样号, 封条号; a sample has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<String>,
    /// Photographs that show it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

/// How the head approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalWay {
    /// On paper.
    Written,
    /// By voice, noted; to be signed afterwards.
    Oral,
}

/// What became of it in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
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

/// Who approved that a tier is left (J14).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierApproval {
    /// 集体讨论; else 主要负责人.
    pub collective: bool,
    /// The paper or entry that holds it.
    pub record: String,
    /// Why.
    pub reason: String,
}
