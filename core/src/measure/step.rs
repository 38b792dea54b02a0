//! The steps of a measure in the order of the law (处罚法 44、45、51–56; 强制法 18、19).

use super::MeasureKind;
use serde::{Deserialize, Serialize};

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// 报批.
    Approve,
    /// 拟定处罚: row, tier and amount.
    Choose,
    /// 通知当事人到场.
    Call,
    /// 告知.
    Tell,
    /// 听取陈述、申辩.
    Hear,
    /// 实施; of a penalty, the decision.
    Take,
    /// 决定书 or sampling record with its list.
    Paper,
    /// 现场笔录 of a measure of compulsion.
    Record,
    /// 当场收缴; may be left out.
    Collect,
    /// 报所属机关备案.
    File,
    /// 处理, 解除.
    Settle,
    /// 处理决定书.
    Outcome,
}

impl Step {
    /// Those of a kind, in their order. An emergency acts first and is approved afterwards (强制法 19).
    #[must_use]
    pub fn of(kind: MeasureKind, emergency: bool) -> &'static [Self] {
        use Step::{Approve, Call, Choose, Collect, File, Hear, Outcome, Paper, Record, Settle, Take, Tell};
        match (kind, emergency) {
            (MeasureKind::Preservation, _) => &[Approve, Tell, Take, Paper, Settle, Outcome],
            (MeasureKind::ProductSampling | MeasureKind::Sampling, _) => &[Take, Paper],
            (MeasureKind::Coercion, false) => &[Approve, Call, Tell, Hear, Take, Paper, Record, Settle],
            (MeasureKind::Coercion, true) => &[Call, Tell, Hear, Take, Approve, Paper, Record, Settle],
            (MeasureKind::OnSpotPenalty, _) => &[Choose, Tell, Hear, Take, Paper, Collect, File],
        }
    }

    /// Whether what follows waits for it.
    #[must_use]
    pub fn holds_back(self, emergency: bool) -> bool {
        !(self == Self::Collect || (self == Self::Approve && emergency))
    }

    /// The words on screens, Chinese and English.
    #[must_use]
    pub fn word(self) -> (&'static str, &'static str) {
        match self {
            Self::Approve => ("负责人批准", "Approval by the head"),
            Self::Choose => ("拟定处罚", "Penalty chosen"),
            Self::Call => ("通知当事人到场", "Party called"),
            Self::Tell => ("告知理由、依据、权利", "Reasons and rights told"),
            Self::Hear => ("听取陈述申辩", "Defence heard"),
            Self::Take => ("实施", "Done"),
            Self::Paper => ("制作并交付文书", "Paper made and handed over"),
            Self::Record => ("现场笔录", "Record of the measure"),
            Self::Collect => ("当场收缴", "Collected on the spot"),
            Self::File => ("报机关备案", "Reported to the organ"),
            Self::Settle => ("处理或者解除", "Dealt with or lifted"),
            Self::Outcome => ("处理决定书", "Decision on what was registered"),
        }
    }
}
