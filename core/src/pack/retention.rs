//! 保存期限 (R22, J21): how long what is kept. A hold beats every end.

use super::row::Row;
use super::rules::{Check, FaultKind};
use super::{Basis, Pack, Text};
use serde::{Deserialize, Serialize};

/// One period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Row id.
    pub id: String,
    /// Of what.
    pub class: Kept,
    /// In words.
    pub title: Text,
    /// How long, at least.
    pub keep: Keep,
    /// Law it rests on.
    pub basis: Vec<Basis>,
    /// A department's own period goes here.
    #[serde(default)]
    pub illustrative: bool,
}

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// 日常巡查的音像记录.
    DailyMedia,
    /// 一般程序、强制案件的音像记录.
    CaseMedia,
    /// 案卷.
    CaseFile,
    /// 投诉举报记录.
    Complaint,
    /// 监督信息卡.
    Card,
}

/// How long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Keep {
    /// Months from the day of recording or closing.
    Months(u32),
    /// As long as the case file.
    AsCaseFile,
    /// 永久.
    Permanent,
}

impl Retention {
    pub(super) fn row(&self) -> Row<'_> {
        Row {
            table: ("保存期限", "Retention"),
            id: &self.id,
            texts: vec![&self.title],
            basis: Some(self.basis.iter().collect()),
            illustrative: self.illustrative,
        }
    }
}

impl Pack {
    /// How long a class is kept; media of a case follow its file.
    #[must_use]
    pub fn keep(&self, class: Kept) -> Option<Keep> {
        let of = |class: Kept| self.retention.iter().find(|row| row.class == class).map(|row| row.keep);
        match of(class)? {
            Keep::AsCaseFile => of(Kept::CaseFile),
            other => Some(other),
        }
    }
}

impl Check<'_> {
    pub(super) fn retention(&mut self) {
        let pack = self.pack;
        for (no, row) in pack.retention.iter().enumerate() {
            let twice = pack.retention.iter().take(no).any(|other| other.class == row.class);
            let file = pack.retention.iter().any(|other| other.class == Kept::CaseFile);
            let bad = match row.keep {
                Keep::Months(months) => !(1..=1200).contains(&months),
                Keep::AsCaseFile => row.class == Kept::CaseFile || !file,
                Keep::Permanent => false,
            };
            if twice || bad {
                self.fault(&row.id, FaultKind::Retention);
            }
        }
    }
}
