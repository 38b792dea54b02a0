//! A step in the life of a certificate, as it is decided and recorded (R02, R04).

use super::No;
use mingzheng_core::badge::Officer;
use mingzheng_core::calendar::Day;
use serde::{Deserialize, Serialize};

/// The public fields that the certificate itself names; its validity comes from issue and renewal (R03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields {
    /// 姓名.
    pub name: String,
    /// 单位.
    pub unit: String,
    /// 职务.
    pub position: String,
    /// 证件编号.
    pub number: String,
    /// 执法类别; several are separated by 、.
    pub category: String,
    /// 执法区域; several are separated by 、.
    pub area: String,
}

impl Fields {
    /// With the certificate's last valid day: the seven public fields.
    #[must_use]
    pub fn officer(self, until: Day) -> Officer {
        let Self { name, unit, position, number, category, area } = self;
        Officer { name, unit, position, number, category, area, until: until.number() }
    }
}

/// Why a certificate is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// 调离执法岗位.
    Transfer,
    /// 退休.
    Retirement,
    /// 违法违纪被取消资格.
    Misconduct,
    /// 遗失、损毁，另发新证.
    Lost,
    /// 申领未获批准或撤回.
    Withdrawn,
    /// 其他.
    Other,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Transfer, Self::Retirement, Self::Misconduct, Self::Lost, Self::Withdrawn, Self::Other];

    /// Its name in data.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::Retirement => "retirement",
            Self::Misconduct => "misconduct",
            Self::Lost => "lost",
            Self::Withdrawn => "withdrawn",
            Self::Other => "other",
        }
    }

    /// From its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// 申领.
    Applied {
        /// What the certificate will say.
        fields: Fields,
    },
    /// 承接: a certificate that was issued, after its examination, before this register began.
    TakenOver {
        /// What the certificate says.
        fields: Fields,
        /// Its last valid day.
        until: Day,
    },
    /// 资格考试 (R04).
    Examined {
        /// 合格.
        passed: bool,
        /// Number of the 合格证, or the score, as the examining body wrote it.
        result: String,
    },
    /// 核发.
    Issued {
        /// Its last valid day.
        until: Day,
    },
    /// 年度审验合格.
    Checked,
    /// 暂扣.
    Suspended,
    /// 发还.
    Resumed,
    /// 换发: a new validity, and whatever has changed on the card but name and number.
    Renewed {
        /// Its last valid day.
        until: Day,
        /// 单位.
        unit: String,
        /// 职务.
        position: String,
        /// 执法类别.
        category: String,
        /// 执法区域.
        area: String,
    },
    /// 注销, for good.
    Cancelled {
        /// Why.
        cause: Cause,
    },
    /// 收回实体证件.
    Returned,
}

/// Which act, without its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 申领.
    Applied,
    /// 承接.
    TakenOver,
    /// 考试.
    Examined,
    /// 核发.
    Issued,
    /// 年检.
    Checked,
    /// 暂扣.
    Suspended,
    /// 发还.
    Resumed,
    /// 换发.
    Renewed,
    /// 注销.
    Cancelled,
    /// 收回.
    Returned,
}

impl Kind {
    /// All of them, in the order of a life.
    pub const ALL: [Self; 10] = [
        Self::Applied,
        Self::TakenOver,
        Self::Examined,
        Self::Issued,
        Self::Checked,
        Self::Suspended,
        Self::Resumed,
        Self::Renewed,
        Self::Cancelled,
        Self::Returned,
    ];

    /// Its name in data.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::TakenOver => "taken_over",
            Self::Examined => "examined",
            Self::Issued => "issued",
            Self::Checked => "checked",
            Self::Suspended => "suspended",
            Self::Resumed => "resumed",
            Self::Renewed => "renewed",
            Self::Cancelled => "cancelled",
            Self::Returned => "returned",
        }
    }

    /// From its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.name() == name)
    }
}

impl Act {
    /// Which act it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Applied { .. } => Kind::Applied,
            Self::TakenOver { .. } => Kind::TakenOver,
            Self::Examined { .. } => Kind::Examined,
            Self::Issued { .. } => Kind::Issued,
            Self::Checked => Kind::Checked,
            Self::Suspended => Kind::Suspended,
            Self::Resumed => Kind::Resumed,
            Self::Renewed { .. } => Kind::Renewed,
            Self::Cancelled { .. } => Kind::Cancelled,
            Self::Returned => Kind::Returned,
        }
    }
}

/// A step: what, when, why, on what basis and by whose decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What is done.
    #[serde(flatten)]
    pub act: Act,
    /// The day from which it holds.
    pub day: Day,
    /// 理由.
    pub reason: String,
    /// 依据.
    pub basis: String,
    /// 决定人.
    pub by: String,
}

/// Longest text of a step in characters.
const LONGEST: usize = 500;

impl Step {
    /// Whether reason, basis and decider are said.
    ///
    /// # Errors
    /// [`No::Text`] names what is missing or too long.
    pub fn check_texts(&self) -> Result<(), No> {
        let result = match &self.act {
            Act::Examined { result, .. } => result.as_str(),
            _ => "–",
        };
        let texts = [
            ("理由 reason", &*self.reason),
            ("依据 basis", &self.basis),
            ("决定人 decided by", &self.by),
            ("考试结果 result", result),
        ];
        match texts.into_iter().find(|(_, t)| t.trim().is_empty() || t.chars().count() > LONGEST) {
            Some((name, _)) => Err(No::Text(name)),
            None => Ok(()),
        }
    }
}
