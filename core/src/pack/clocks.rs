//! 期限: how long an organ or a party has, and from when (requirements §C). Counting is in [`crate::calendar`].

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::rules::{Check, FaultKind};
use super::{Basis, Pack, Text};

/// One clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Row id. Gates know the clocks of this module's constants by theirs.
    pub id: String,
    /// What must be done.
    pub title: Text,
    /// How long.
    pub length: u32,
    /// Of what.
    pub unit: Unit,
    /// What the end means.
    pub rule: Rule,
    /// Whom it binds.
    pub binds: Binds,
    /// The event from which it runs; for [`Rule::Before`] the event before which it ends.
    pub starts: Text,
    /// How long before the end to warn: hours for hours, working days for working days, else calendar days.
    pub alarms: Vec<u32>,
    /// By how much it may be made longer.
    pub extension: Option<Extension>,
    /// Law it rests on.
    pub basis: Vec<Basis>,
    /// Length or unit were not checked against the text in force, or are a department's own.
    pub illustrative: bool,
    /// What an officer must know about it.
    pub note: Option<Text>,
}

/// Unit of a [`Clock`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 工作日 (行政处罚法 85, 行政强制法 69).
    WorkingDay,
    /// 日.
    CalendarDay,
    /// 小时.
    Hour,
    /// 月: ends on the same day of the month, or on its last (民法典 202).
    Month,
}

impl Unit {
    /// The word, Chinese and English.
    pub fn word(self) -> (&'static str, &'static str) {
        match self {
            Unit::WorkingDay => ("个工作日", "working days"),
            Unit::CalendarDay => ("日", "days"),
            Unit::Hour => ("小时", "hours"),
            Unit::Month => ("个月", "months"),
        }
    }
}

/// What the end of a [`Clock`] means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Must be done by then.
    Within,
    /// Must be done so long before the event; neither day is counted.
    Before,
    /// May not be done earlier: keeping.
    AtLeast,
}

impl Rule {
    /// The word, Chinese and English.
    pub fn word(self) -> (&'static str, &'static str) {
        match self {
            Rule::Within => ("以内", "within"),
            Rule::Before => ("以前", "before, at least"),
            Rule::AtLeast => ("不少于", "at least"),
        }
    }
}

/// Whom a [`Clock`] binds: an organ is late after the day counted, a party only after it was moved to a working day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binds {
    /// 行政机关.
    Organ,
    /// 当事人.
    Party,
}

/// By how much a clock may be made longer, from the end of the first period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// How long.
    pub length: u32,
    /// Of what.
    pub unit: Unit,
    /// What must be there first.
    pub needs: Text,
}

impl Clock {
    /// 先行登记保存的处理 (行政处罚法 56; J7).
    pub const PRESERVATION: &str = "qixian-xianxing-dengji";
    /// 行政处罚决定的送达 (行政处罚法 61).
    pub const SERVICE: &str = "qixian-songda-jueding";
    /// 要求听证 (行政处罚法 64; J12).
    pub const HEARING_REQUEST: &str = "qixian-tingzheng-shenqing";
    /// 听证通知 (行政处罚法 64; J12).
    pub const HEARING_NOTICE: &str = "qixian-tingzheng-tongzhi";
    /// 行政处罚决定 (行政处罚法 60; J11).
    pub const DECISION: &str = "qixian-chufa-jueding";
    /// 缴纳罚款 (行政处罚法 67).
    pub const PAYMENT: &str = "qixian-jiaokuan";
    /// 查封、扣押 (行政强制法 25).
    pub const SEIZURE: &str = "qixian-chafeng-kouya";
    /// 紧急强制补办批准 (行政强制法 19; J6).
    pub const LATE_APPROVAL: &str = "qixian-jinji-buban";
    /// 公示行政处罚、行政许可 (R37, J25).
    pub const PUBLISH_PENALTY: &str = "qixian-gongshi-chufa";
    /// 公示其他执法决定 (R37, J25).
    pub const PUBLISH_OTHER: &str = "qixian-gongshi-qita";
    /// 撤回已公开的处罚决定 (行政处罚法 48; R38).
    pub const WITHDRAW: &str = "qixian-chehui-gongshi";
    /// 法制审核 (R45).
    pub const LEGAL_REVIEW: &str = "qixian-fazhi-shenhe";
    /// 行政强制法规定的十日期限, 催告 among them (行政强制法 54, 69).
    pub const TEN_DAYS: &str = "qixian-qiangzhi-shiri";
    /// 决定移送涉嫌犯罪案件 (R51).
    pub const REFERRAL_DECISION: &str = "qixian-yisong-jueding";
    /// 移送公安机关 (R51).
    pub const REFERRAL: &str = "qixian-yisong";
    /// 扫码入企的补录 (深府规〔2025〕6号), where a scan is asked for.
    pub const SCAN: &str = "qixian-saoma-bulu";
}

impl Pack {
    /// A clock by id.
    pub fn clock(&self, id: &str) -> Option<&Clock> {
        self.clocks.iter().find(|row| row.id == id)
    }
}

impl Check<'_> {
    /// Clocks that cannot be counted.
    pub(super) fn clocks(&mut self) {
        let pack = self.pack;
        for row in &pack.clocks {
            for text in [&row.title, &row.starts].into_iter().chain(&row.note) {
                self.text(&row.id, text);
            }
            self.basis(&row.id, &row.basis);
            let distinct: BTreeSet<_> = row.alarms.iter().collect();
            let inside = row.alarms.iter().all(|alarm| row.unit == Unit::Month || *alarm < row.length);
            let lasts = |length: u32| (1..=1000).contains(&length);
            if !lasts(row.length) || !inside || distinct.len() != row.alarms.len() {
                self.fault(&row.id, FaultKind::ClockLength);
            }
            if let Some(more) = &row.extension {
                self.text(&row.id, &more.needs);
                // Hours are counted from a moment, the rest from a day.
                if !lasts(more.length) || (row.unit == Unit::Hour) != (more.unit == Unit::Hour) || row.rule != Rule::Within {
                    self.fault(&row.id, FaultKind::ClockExtension);
                }
            }
        }
    }
}
