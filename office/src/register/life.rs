//! The life of a certificate: a pure fold over its steps, and which step may follow (R02, R04).
//!
//! 申领 applied → 有效 valid ⇄ 待年检 check due → 未年检 check missed; 暂扣 suspended; 换发 renewed (valid anew); 注销 cancelled. What time alone changes
//! (check due, check missed, expired) is computed and never recorded.

use super::step::{Act, Cause, Fields, Kind, Step};
use chrono::{Days, Months};
use mingzheng_core::calendar::Day;
use serde::{Deserialize, Serialize};

/// The office's periods. Provinces differ in all of them, so they are settings (requirements B10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Periods {
    /// Longest validity of a certificate in years.
    pub certificate_years: u32,
    /// A passed annual check holds for so many months; 0: there is none.
    pub check_months: u32,
    /// So many days before its end the check is due (待年检).
    pub check_notice_days: u32,
    /// So many days after its end the check counts as missed (未年检).
    pub check_grace_days: u32,
    /// Days before the end of a certificate or mandate at which its expiry is announced.
    pub warn_days: Vec<u32>,
    /// Life of a signed status list in days.
    pub status_days: u32,
    /// Minutes after which somebody online should fetch a newer status list.
    pub status_ttl_minutes: u32,
    /// Life of a signed list of officers in days.
    pub officers_days: u32,
    /// Hours of training a year that an officer is reminded of (R05); 0: none are asked for.
    pub training_hours: u32,
}

impl Default for Periods {
    fn default() -> Self {
        Self {
            certificate_years: 5,
            check_months: 12,
            check_notice_days: 30,
            check_grace_days: 30,
            warn_days: vec![60, 30, 7],
            status_days: 7,
            status_ttl_minutes: 15,
            officers_days: 30,
            training_hours: 0,
        }
    }
}

impl Periods {
    /// The first thing that cannot be, if there is one.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        let between = |n: u32, most: u32| (1..=most).contains(&n);
        let rules = [
            (between(self.certificate_years, 30), "certificate_years must be 1 to 30"),
            (self.check_months <= 120, "check_months must be 0 to 120"),
            (self.check_notice_days <= 366, "check_notice_days must be 0 to 366"),
            (self.check_grace_days <= 366, "check_grace_days must be 0 to 366"),
            (self.warn_days.iter().all(|d| between(*d, 3660)), "warn_days must be 1 to 3660 each"),
            (between(self.status_days, 366), "status_days must be 1 to 366"),
            (between(self.status_ttl_minutes, 1440), "status_ttl_minutes must be 1 to 1440"),
            (between(self.officers_days, 366), "officers_days must be 1 to 366"),
            (self.training_hours <= 1000, "training_hours must be 0 to 1000"),
        ];
        rules.into_iter().find(|(good, _)| !good).map(|(_, text)| text)
    }

    /// The longest notice of an expiry, in days.
    #[must_use]
    pub fn widest_warning(&self) -> u32 {
        self.warn_days.iter().copied().max().unwrap_or(0)
    }
}

/// What a certificate is on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// 申领中.
    Applied,
    /// 有效.
    Valid,
    /// 待年检: in effect, the annual check is due.
    CheckDue,
    /// 未年检: not in effect until it is made up.
    CheckMissed,
    /// 暂扣.
    Suspended,
    /// 过期.
    Expired,
    /// 注销.
    Cancelled,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Applied, Self::Valid, Self::CheckDue, Self::CheckMissed, Self::Suspended, Self::Expired, Self::Cancelled];

    /// Its name in data.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Valid => "valid",
            Self::CheckDue => "check_due",
            Self::CheckMissed => "check_missed",
            Self::Suspended => "suspended",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// From its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.name() == name)
    }

    /// Chinese and English.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Applied => "申领中 applied for",
            Self::Valid => "有效 valid",
            Self::CheckDue => "待年检 annual check due",
            Self::CheckMissed => "未年检 annual check missed",
            Self::Suspended => "暂扣 suspended",
            Self::Expired => "过期 expired",
            Self::Cancelled => "注销 cancelled",
        }
    }

    /// Whether its holder may act as an officer.
    #[must_use]
    pub fn in_effect(self) -> bool {
        matches!(self, Self::Valid | Self::CheckDue)
    }
}

/// Why a step is refused, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum No {
    /// Nothing follows a cancellation but the return of the card.
    #[error(
        "证件已注销，不能恢复；如需执法资格，请以新编号重新申领 the certificate is cancelled for good; apply anew under a new number"
    )]
    Cancelled,
    /// There is no certificate yet.
    #[error("尚未核发 the certificate is not issued yet; issue it first")]
    NotIssued,
    /// It is issued already.
    #[error("已核发；要延长有效期请换发 it is issued already; renew it instead")]
    Issued,
    /// The exam is a condition of issue (R04).
    #[error("没有合格的资格考试成绩，不得核发；请先登记考试结果 no passed exam is recorded; record the exam first (R04)")]
    NoExam,
    /// A suspended certificate must be handed back by its own decision first.
    #[error("证件在暂扣中；请先决定发还 the certificate is suspended; resume it by its own decision first")]
    Suspended,
    /// There is nothing to resume.
    #[error("证件未被暂扣 the certificate is not suspended")]
    NotSuspended,
    /// Past its validity.
    #[error("证件已过期；请换发或注销 the certificate has expired; renew or cancel it")]
    Expired,
    /// The missed check comes first.
    #[error("年检逾期；请先登记年检合格 the annual check was missed; record the check first")]
    CheckMissed,
    /// Only a cancelled card is taken back.
    #[error("证件未注销，不登记收回 the card is taken back after cancellation")]
    NotCancelled,
    /// The card is here already.
    #[error("实体证件已收回 the card was returned already")]
    Returned,
    /// The number has a certificate already.
    #[error("此证件编号已在名册 this number is in the register already")]
    Known,
    /// Nobody has that number.
    #[error("名册中没有此证件编号；请先申领 no certificate of that number in the register; apply first")]
    Unknown,
    /// A life begins with the application.
    #[error("申领在先 a life begins with the application")]
    NotFirst,
    /// A text is missing.
    #[error("{0}：应填写，且不超过 500 字 must be said, at most 500 characters")]
    Text(&'static str),
    /// The day lies ahead.
    #[error("日期在将来；到那一天再登记 the day lies ahead; record it on that day")]
    Future,
    /// The day lies before the step before.
    #[error("日期早于上一步 the day lies before the step before it")]
    Backdated,
    /// No number of hours of a training (R05).
    #[error("学时应大于 0、不超过 200，以 0.25 为单位 hours must be above 0, at most 200, in quarters")]
    Hours,
    /// No such row of the training ledger.
    #[error("没有这一行，或已划销 no such row, or it was struck out before")]
    NoTraining,
    /// The validity is too short or too long.
    #[error("有效期应晚于当日且不超过 {0} 年 the validity must end after that day and within {0} years")]
    Validity(u32),
}

/// What the steps so far amount to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// What the certificate says now.
    pub fields: Fields,
    /// The newest exam: whether passed, what was written, when.
    pub exam: Option<(bool, String, Day)>,
    /// First day of validity.
    pub issued: Option<Day>,
    /// Last day of validity.
    pub until: Option<Day>,
    /// From when the annual check counts: issue, renewal, or the newest check.
    pub checked: Option<Day>,
    /// Since when it is suspended.
    pub suspended: Option<Day>,
    /// When and why it was cancelled.
    pub cancelled: Option<(Day, Cause)>,
    /// When the card came back.
    pub returned: Option<Day>,
    /// Day of the newest step.
    pub last: Day,
}

impl Life {
    /// Folds the steps. `None` when the first begins no life.
    #[must_use]
    pub fn fold<'a>(steps: impl IntoIterator<Item = &'a Step>) -> Option<Self> {
        steps.into_iter().fold(None, |life, step| match life {
            None => Self::begin(step),
            Some(life) => Some(life.then(step)),
        })
    }

    fn begin(step: &Step) -> Option<Self> {
        let (fields, until) = match &step.act {
            Act::Applied { fields } => (fields, None),
            Act::TakenOver { fields, until } => (fields, Some(*until)),
            _ => return None,
        };
        let issued = until.map(|_| step.day);
        Some(Self {
            fields: fields.clone(),
            exam: None,
            issued,
            until,
            checked: issued,
            suspended: None,
            cancelled: None,
            returned: None,
            last: step.day,
        })
    }

    fn then(mut self, step: &Step) -> Self {
        let day = step.day;
        self.last = day;
        match &step.act {
            Act::Applied { .. } | Act::TakenOver { .. } => {}
            Act::Examined { passed, result } => self.exam = Some((*passed, result.clone(), day)),
            Act::Issued { until } => (self.issued, self.until, self.checked) = (Some(day), Some(*until), Some(day)),
            Act::Checked => self.checked = Some(day),
            Act::Suspended => self.suspended = Some(day),
            Act::Resumed => self.suspended = None,
            Act::Renewed { until, unit, position, category, area } => {
                (self.until, self.checked) = (Some(*until), Some(day));
                let Fields { name, number, .. } = self.fields;
                let (unit, position) = (unit.clone(), position.clone());
                self.fields = Fields { name, number, unit, position, category: category.clone(), area: area.clone() };
            }
            Act::Cancelled { cause } => self.cancelled = Some((day, *cause)),
            Act::Returned => self.returned = Some(day),
        }
        self
    }

    /// The last day on which the annual check is in time.
    #[must_use]
    pub fn check_by(&self, periods: &Periods) -> Option<Day> {
        let base = self.checked.filter(|_| periods.check_months > 0)?;
        base.date().checked_add_months(Months::new(periods.check_months)).and_then(|d| Day::try_from(d).ok())
    }

    /// What it is on a day, as far as the steps say.
    #[must_use]
    pub fn on(&self, day: Day, periods: &Periods) -> State {
        if self.cancelled.is_some() {
            return State::Cancelled;
        }
        if self.suspended.is_some() {
            return State::Suspended;
        }
        let Some(until) = self.until else { return State::Applied };
        if day > until {
            return State::Expired;
        }
        let Some(by) = self.check_by(periods) else { return State::Valid };
        if day > moved(by, i64::from(periods.check_grace_days)) {
            State::CheckMissed
        } else if day >= moved(by, -i64::from(periods.check_notice_days)) {
            State::CheckDue
        } else {
            State::Valid
        }
    }

    /// Days until the certificate ends; negative when it has.
    #[must_use]
    pub fn days_left(&self, day: Day) -> Option<i64> {
        self.until.map(|u| (u.date() - day.date()).num_days())
    }
}

/// The day `n` days later or, when negative, earlier.
#[must_use]
pub fn moved(day: Day, n: i64) -> Day {
    let days = Days::new(n.unsigned_abs());
    let date = if n < 0 { day.date().checked_sub_days(days) } else { day.date().checked_add_days(days) };
    date.and_then(|d| Day::try_from(d).ok()).unwrap_or(day)
}

/// The last day of a validity of so many years that begins on `day`.
#[must_use]
pub fn years(day: Day, n: u32) -> Day {
    let date = day.date().checked_add_months(Months::new(n.saturating_mul(12))).and_then(|d| Day::try_from(d).ok());
    date.map_or(day, |d| moved(d, -1))
}

/// Whether an act of this kind may follow on that day.
///
/// # Errors
/// [`No`] says why not and what to do.
pub fn may_follow(life: Option<&Life>, kind: Kind, day: Day, periods: &Periods) -> Result<(), No> {
    let Some(life) = life else {
        return if matches!(kind, Kind::Applied | Kind::TakenOver) { Ok(()) } else { Err(No::NotFirst) };
    };
    let state = life.on(day, periods);
    match (kind, state) {
        (Kind::Applied | Kind::TakenOver, _) => Err(No::Known),
        (Kind::Returned, State::Cancelled) => {
            if life.returned.is_some() {
                Err(No::Returned)
            } else {
                Ok(())
            }
        }
        (Kind::Returned, _) => Err(No::NotCancelled),
        (_, State::Cancelled) => Err(No::Cancelled),
        (Kind::Examined | Kind::Cancelled, _) => Ok(()),
        (Kind::Issued, State::Applied) => {
            if life.exam.as_ref().is_some_and(|(passed, ..)| *passed) {
                Ok(())
            } else {
                Err(No::NoExam)
            }
        }
        (Kind::Issued, _) => Err(No::Issued),
        (_, State::Applied) => Err(No::NotIssued),
        (Kind::Resumed, State::Suspended) => Ok(()),
        (Kind::Resumed, _) => Err(No::NotSuspended),
        (_, State::Suspended) => Err(No::Suspended),
        (Kind::Renewed, State::CheckMissed) => Err(No::CheckMissed),
        (Kind::Checked | Kind::Suspended, State::Expired) => Err(No::Expired),
        (Kind::Renewed | Kind::Checked | Kind::Suspended, _) => Ok(()),
    }
}

/// Whether a step may follow, recorded on the day `today`.
///
/// # Errors
/// [`No`] says why not and what to do.
pub fn may(life: Option<&Life>, step: &Step, today: Day, periods: &Periods) -> Result<(), No> {
    step.check_texts()?;
    if step.day > today {
        return Err(No::Future);
    }
    if life.is_some_and(|l| step.day < l.last) {
        return Err(No::Backdated);
    }
    may_follow(life, step.act.kind(), step.day, periods)?;
    match &step.act {
        Act::Issued { until } | Act::Renewed { until, .. }
            if *until <= step.day || *until > years(step.day, periods.certificate_years) =>
        {
            Err(No::Validity(periods.certificate_years))
        }
        _ => Ok(()),
    }
}
