//! Kinds of administrative penalties (行政处罚法 9).

use serde::{Deserialize, Serialize};

/// A kind of penalty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PenaltyKind {
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

impl PenaltyKind {
    /// All of them, in the order of the law.
    pub const ALL: [Self; 12] = [
        Self::Warning,
        Self::Criticism,
        Self::Fine,
        Self::Confiscation,
        Self::LicenceSuspended,
        Self::Downgraded,
        Self::LicenceRevoked,
        Self::Restricted,
        Self::BusinessSuspended,
        Self::Closed,
        Self::Barred,
        Self::Other,
    ];

    /// The words of the law, and English.
    #[must_use]
    pub fn word(self) -> (&'static str, &'static str) {
        match self {
            Self::Warning => ("警告", "warning"),
            Self::Criticism => ("通报批评", "public criticism"),
            Self::Fine => ("罚款", "fine"),
            Self::Confiscation => ("没收", "confiscation"),
            Self::LicenceSuspended => ("暂扣许可证件", "licence suspended"),
            Self::Downgraded => ("降低资质等级", "grade lowered"),
            Self::LicenceRevoked => ("吊销许可证件", "licence revoked"),
            Self::Restricted => ("限制开展生产经营活动", "business restricted"),
            Self::BusinessSuspended => ("责令停产停业", "business suspended"),
            Self::Closed => ("责令关闭", "closure"),
            Self::Barred => ("限制从业", "barred from the trade"),
            Self::Other => ("其他行政处罚", "other penalty"),
        }
    }
}
