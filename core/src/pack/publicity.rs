//! 公示 (R37, J25): which clock for which decision, what is masked, what is never published.

use super::row::Row;
use super::rules::{Check, FaultKind};
use super::{Basis, Clock, Pack, Text};
use serde::{Deserialize, Serialize};

/// The rules of publication.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Publicity {
    /// Which clock for which decision.
    pub decision: Vec<Published>,
    /// What is masked.
    pub masked: Vec<Masked>,
    /// What is never published.
    pub never: Vec<Unpublished>,
}

/// A kind of decision and its clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// Row id.
    pub id: String,
    /// Of what.
    pub of: Decided,
    /// In words.
    pub title: Text,
    /// Id of the [`Clock`].
    pub clock: String,
    /// Law it rests on.
    pub basis: Vec<Basis>,
    /// A department's own period goes here.
    #[serde(default)]
    pub illustrative: bool,
}

/// Kinds of what is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decided {
    /// 行政处罚决定.
    Penalty,
    /// 行政许可决定.
    Permit,
    /// 行政强制决定.
    Coercion,
    /// 行政检查结果.
    Inspection,
    /// 随机抽查结果.
    RandomDraw,
    /// 撤回公示.
    Withdrawal,
}

/// What is masked before a decision is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Masked {
    /// Row id.
    pub id: String,
    /// What.
    pub what: Mask,
    /// In words.
    pub title: Text,
    /// Law it rests on.
    pub basis: Vec<Basis>,
    /// A province's own rule goes here.
    #[serde(default)]
    pub illustrative: bool,
}

/// Personal data that is masked (J25).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mask {
    /// 身份证件号码.
    IdNumber,
    /// 电话等通讯方式.
    Phone,
    /// 家庭住址.
    HomeAddress,
    /// 银行账号、动产或者不动产权属.
    Account,
    /// 传染病病人、病原携带者等的个人信息.
    Patient,
}

impl Mask {
    /// Those that every pack with publication masks (J25).
    pub const ALWAYS: [Self; 4] = [Self::IdNumber, Self::Phone, Self::HomeAddress, Self::Account];
}

/// What is never published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unpublished {
    /// Row id.
    pub id: String,
    /// Why.
    pub ground: Ground,
    /// In words.
    pub title: Text,
    /// Law it rests on.
    pub basis: Vec<Basis>,
    /// A province's own rule goes here.
    #[serde(default)]
    pub illustrative: bool,
}

/// Why something is never published (J25).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// 当事人是未成年人.
    Minor,
    /// 涉嫌犯罪，案件尚未办结.
    CrimePending,
    /// 国家秘密.
    Secret,
    /// 公开后可能影响关联案件的处理.
    RelatedCase,
}

impl Ground {
    /// Those that every pack with publication leaves out (J25).
    pub const ALWAYS: [Self; 3] = [Self::Minor, Self::CrimePending, Self::Secret];
}

impl Publicity {
    pub(super) fn rows(&self) -> Vec<Row<'_>> {
        let mut rows: Vec<Row<'_>> = Vec::new();
        rows.extend(self.decision.iter().map(|r| row(&r.id, &r.title, &r.basis, r.illustrative)));
        rows.extend(self.masked.iter().map(|r| row(&r.id, &r.title, &r.basis, r.illustrative)));
        rows.extend(self.never.iter().map(|r| row(&r.id, &r.title, &r.basis, r.illustrative)));
        rows
    }
}

fn row<'a>(id: &'a str, title: &'a Text, basis: &'a [Basis], illustrative: bool) -> Row<'a> {
    Row { table: ("公示", "Publication"), id, texts: vec![title], basis: Some(basis.iter().collect()), illustrative }
}

impl Pack {
    /// The clock by which a decision is published.
    #[must_use]
    pub fn publication_clock(&self, of: Decided) -> Option<&Clock> {
        let row = self.publicity.as_ref()?.decision.iter().find(|row| row.of == of)?;
        self.clocks.iter().find(|clock| clock.id == row.clock)
    }

    /// Whether it may never be published on one of these grounds; a pack that says nothing keeps all back.
    #[must_use]
    pub fn kept_back(&self, grounds: &[Ground]) -> bool {
        let known = |ground: &Ground| self.publicity.as_ref().is_none_or(|p| p.never.iter().any(|row| row.ground == *ground));
        grounds.iter().any(known)
    }
}

impl Check<'_> {
    pub(super) fn publicity(&mut self) {
        let pack = self.pack;
        let Some(rules) = &pack.publicity else { return };
        for (no, row) in rules.decision.iter().enumerate() {
            let twice = rules.decision.iter().take(no).any(|other| other.of == row.of);
            if twice || !pack.clocks.iter().any(|clock| clock.id == row.clock) {
                self.fault(&row.id, FaultKind::UnknownClock(row.clock.clone()));
            }
        }
        let masked = Mask::ALWAYS.iter().all(|what| rules.masked.iter().any(|row| row.what == *what));
        let never = Ground::ALWAYS.iter().all(|ground| rules.never.iter().any(|row| row.ground == *ground));
        if !masked || !never {
            let first = rules.decision.first().map_or("", |row| row.id.as_str());
            self.fault(first, FaultKind::Unmasked);
        }
    }
}
