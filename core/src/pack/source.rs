//! The texts that rows rest on: their rank, how long they are in force, how well they are known (J13, R33).

use super::Text;
use crate::calendar::Day;
use serde::{Deserialize, Serialize};

/// How well a source is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceStatus {
    /// Read in the text itself.
    Law,
    /// Read in a page or excerpt about it.
    Page,
    /// From memory; rows resting on it alone are illustrative.
    Memory,
}

/// The rank of a source: what may be founded on it (处罚法 10–14, 16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// 法律.
    Law,
    /// 行政法规.
    Regulation,
    /// 部门规章.
    Rule,
    /// 地方性法规、地方政府规章.
    Local,
    /// 规范性文件.
    Normative,
    /// 标准.
    Standard,
    /// 通知、公告, and the notes of a pack.
    Notice,
    /// 文书格式文本.
    Template,
    /// 司法解释.
    Interpretation,
}

impl SourceKind {
    /// The Chinese and the English word.
    #[must_use]
    pub fn word(self) -> (&'static str, &'static str) {
        match self {
            Self::Law => ("法律", "law"),
            Self::Regulation => ("行政法规", "administrative regulation"),
            Self::Rule => ("部门规章", "departmental rule"),
            Self::Local => ("地方性法规、规章", "local regulation or rule"),
            Self::Normative => ("规范性文件", "normative document"),
            Self::Standard => ("标准", "standard"),
            Self::Notice => ("通知", "notice"),
            Self::Template => ("文书格式", "form"),
            Self::Interpretation => ("司法解释", "judicial interpretation"),
        }
    }

    /// A penalty or a measure may be founded on it; never on a 规范性文件 (J13, 处罚法 16).
    #[must_use]
    pub fn may_punish(self) -> bool {
        matches!(self, Self::Law | Self::Regulation | Self::Rule | Self::Local)
    }

    /// A duty may be founded on it: what may punish, and standards.
    #[must_use]
    pub fn may_oblige(self) -> bool {
        self.may_punish() || self == Self::Standard
    }
}

/// A law, rule, standard or notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Row id.
    pub id: String,
    /// Title; 书名号 are added where it is printed.
    pub title: Text,
    /// 文号, issuer and version.
    pub cite: String,
    /// How well it is known.
    pub status: SourceStatus,
    /// Its rank; older packs say nothing, and nothing can then be punished by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<SourceKind>,
    /// 施行日; unknown where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_force_from: Option<Day>,
    /// Last day in force; absent while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_force_until: Option<Day>,
}

impl Source {
    /// Whether it was in force on `day`, as far as its days are known.
    #[must_use]
    pub fn in_force_on(&self, day: Day) -> bool {
        self.in_force_from.is_none_or(|from| from <= day) && self.in_force_until.is_none_or(|until| day <= until)
    }
}
