//! 法制审核: its ten contents and its opinion (处罚法 58; 国办发〔2018〕118号; R42–R45).

use super::step::Actor;
use serde::{Deserialize, Serialize};

/// What is examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewItem {
    /// 主体适格.
    Subject,
    /// 人员资格.
    Officers,
    /// 事实清楚.
    Facts,
    /// 证据合法充分.
    Evidence,
    /// 适用法律准确.
    Law,
    /// 裁量适当.
    Discretion,
    /// 程序合法.
    Procedure,
    /// 有无超越、滥用职权.
    Power,
    /// 文书齐备规范.
    Papers,
    /// 是否涉嫌犯罪需要移送.
    Crime,
}

impl ReviewItem {
    /// The ten.
    pub const ALL: [Self; 10] = [
        Self::Subject,
        Self::Officers,
        Self::Facts,
        Self::Evidence,
        Self::Law,
        Self::Discretion,
        Self::Procedure,
        Self::Power,
        Self::Papers,
        Self::Crime,
    ];
}

/// What the review came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opinion {
    /// 同意.
    Agreed,
    /// 存在问题: to be mended and reviewed again.
    Problems,
}

/// A review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// 审核人员.
    pub reviewer: Actor,
    /// The reviewer does this for the first time; then 法律职业资格 is needed (处罚法 58:2).
    pub first_time: bool,
    /// Has 法律职业资格.
    pub qualified: bool,
    /// Item, whether it is in order, and what was found.
    pub items: Vec<(ReviewItem, bool, String)>,
    /// The opinion.
    pub opinion: Opinion,
    /// In words.
    pub says: String,
}

impl Review {
    /// Contents that were not examined.
    #[must_use]
    pub fn unexamined(&self) -> Vec<ReviewItem> {
        ReviewItem::ALL.into_iter().filter(|i| !self.items.iter().any(|(k, ..)| k == i)).collect()
    }

    /// Whether everything that was examined is in order.
    #[must_use]
    pub fn in_order(&self) -> bool {
        self.items.iter().all(|(_, good, _)| *good)
    }
}
