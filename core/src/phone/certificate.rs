//! The user's own certificate as the phone knows it, and what the badge screen shows with it (R01, R02, R16, B10, P7).

use super::identity::{QrFrame, draw_text};
use super::state::Inner;
use super::{Phone, PhoneError, act};
use crate::badge::{Badge, CertificateStatus};
use crate::calendar::Day;
use crate::enrolment::Role;
use crate::inspection::gate::{Certificate, Whose};
use crate::inspection::{Gate, Task, gate};
use crate::pack::{BadgeRules, Pack, Text};

/// How a certificate stands, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateState {
    /// No badge is here.
    Missing,
    /// 注销.
    Cancelled,
    /// 暂扣.
    Suspended,
    /// 未年检.
    CheckMissed,
    /// Past its last day.
    Expired,
    /// In effect, but the credential was not renewed for longer than the pack allows: nothing can be started (P7).
    TooStale,
    /// In effect, but the credential was not renewed; passes with a recorded `badge_stale` (P7).
    Stale,
    /// In effect; ends soon.
    Expiring,
    /// Whether it was withdrawn is not known: no status list, one past its time, or one that does not name it.
    Unknown,
    /// In effect.
    Valid,
}

/// The user's own certificate (R02).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateView {
    /// How it stands.
    pub state: CertificateState,
    /// Last day, `yyyymmdd`.
    pub until: Option<u32>,
    /// Days until then by the office's time (F14); negative when expired.
    pub days_left: Option<i64>,
    /// The warning that is reached: 60, 30 or 7 days before the end, unless the pack has other numbers.
    pub step: Option<u32>,
    /// Days since the credential should have been renewed.
    pub stale_days: Option<u32>,
    /// What the office said last is known as of then, ms.
    pub as_of: Option<i64>,
    /// An older status list than the newest came and was not taken: its date, ms.
    pub rolled_back: Option<i64>,
    /// How it stands, in words.
    pub says: Text,
    /// What to do; empty when nothing is.
    pub to_do: Text,
}

/// What stands on the badge screen beside the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadgeScreen {
    /// The seven public fields in order (R03): 姓名、单位、职务、证件编号、执法类别、执法区域、有效期.
    pub fields: Vec<String>,
    /// How the certificate stands.
    pub certificate: CertificateView,
    /// Why the badge may not be shown as good for this task (R01, R02, R08); empty when it may.
    pub gates: Vec<Gate>,
    /// The text that must stand beside it; none where the province recognises it (B10).
    pub label: Option<Text>,
    /// How to complain (R16).
    pub complaint: Option<Text>,
    /// The telephone alone.
    pub complaint_phone: Option<String>,
    /// The telephone as a code to scan.
    pub complaint_code: Option<QrFrame>,
    /// The one address at which the party checks, for instance `zf.example/b`: to be typed, not only scanned.
    pub address: String,
}

impl Phone {
    /// The user's own certificate: how it stands, as of when, and what to do.
    ///
    /// # Errors
    /// [`PhoneError::Closed`], [`PhoneError::Storage`].
    pub fn certificate(&self) -> Result<CertificateView, PhoneError> {
        let now = self.best_time()?;
        self.with(|i| i.certificate_view(now))
    }

    /// What the badge screen shows for a task, or for none.
    ///
    /// # Errors
    /// [`PhoneError::NotEnrolled`]; [`PhoneError::NotFound`] without a badge.
    pub fn badge_screen(&self, task: Option<&str>) -> Result<BadgeScreen, PhoneError> {
        let now = self.best_time()?;
        let tasks = self.tasks()?;
        let task = tasks.into_iter().map(|t| t.task).find(|t| Some(t.id.as_str()) == task);
        self.with(|i| {
            let (_, badge) = i.shown_badge()?;
            let certificate = i.certificate_of(badge, act::day(now)?.number())?;
            let rules = i.pack.as_ref().map(|p| &p.pack().badge);
            let phone = task.as_ref().map(|t| t.complaint_phone.trim().to_owned()).filter(|p| !p.is_empty());
            let complaint = phone.as_deref().map(|p| BadgeRules::complaint(rules, p).map_err(|e| PhoneError::Invalid(e.0)));
            Ok(BadgeScreen {
                fields: badge.officer.shown_fields().into(),
                certificate: i.certificate_view(now)?,
                gates: gate::may_act(&certificate, Whose::Own, task.as_ref(), act::day(now)?.number()),
                label: BadgeRules::aid(rules),
                complaint: complaint.transpose()?,
                complaint_code: phone.as_deref().and_then(dial).map(|t| draw_text(&t)).transpose()?,
                complaint_phone: phone,
                address: format!("{}/b", i.badge_host(task.as_ref())?),
            })
        })
    }
}

impl Inner {
    /// What the newest status list says of a badge. A list that is older than the badge says nothing of it (§4.5).
    fn status_of(&self, badge: &Badge) -> Option<CertificateStatus> {
        let list = self.status.as_ref().filter(|l| l.issued >= badge.issued)?;
        list.status(badge.status)
    }

    /// An officer's certificate as the gates read it.
    pub(crate) fn certificate_of(&self, badge: &Badge, today: u32) -> Result<Certificate, PhoneError> {
        let renewed_until = act::day(badge.expires.saturating_mul(1000))?.date();
        let over = Day::try_from(today).ok().map(|d| (d.date() - renewed_until).num_days());
        Ok(Certificate {
            status: self.status_of(badge),
            stale_days: over.and_then(|d| u32::try_from(d).ok()).filter(|d| *d > 0),
            ..Certificate::of(&badge.officer)
        })
    }

    /// The user's own; an assistant has one that says so.
    pub(crate) fn own_certificate(&self, today: u32) -> Result<Option<Certificate>, PhoneError> {
        let role = self.enrolled()?.enrolment.role;
        Ok(match &self.badge {
            Some((_, badge)) => Some(Certificate { role: role.name().to_owned(), ..self.certificate_of(badge, today)? }),
            None if role != Role::Officer => Some(Certificate {
                number: String::new(),
                until: 0,
                role: role.name().to_owned(),
                area: String::new(),
                category: String::new(),
                status: None,
                stale_days: None,
            }),
            None => None,
        })
    }

    /// J1: why the other officer with that number does not count for a task, as far as this phone knows the certificate: from the pairing, or from the signed list of officers.
    pub(crate) fn gates_of_other(&self, number: &str, task: Option<&Task>, today: u32) -> Result<Vec<Gate>, PhoneError> {
        let Some(task) = task else { return Ok(Vec::new()) };
        if let Some(peer) = self.peer.as_ref().filter(|p| p.number == number) {
            let certificate = self.certificate_of(&peer.proven.badge, today)?;
            return Ok(gate::may_act(&certificate, Whose::Other, Some(task), today));
        }
        let listed = self.officers.as_ref().and_then(|l| l.officers.iter().find(|o| o.number == number));
        Ok(listed.map_or_else(Vec::new, |o| gate::may_act(&Certificate::of(o), Whose::Other, Some(task), today)))
    }

    fn certificate_view(&self, now: i64) -> Result<CertificateView, PhoneError> {
        let today = act::day(now)?;
        let rolled_back = self.rolled_back(super::state::key::STATUS_BACK)?;
        let Some((_, badge)) = &self.badge else {
            let (says, to_do) = words(CertificateState::Missing, 0, 0);
            let nothing = CertificateState::Missing;
            let (until, days_left, step, stale_days, as_of) = (None, None, None, None, None);
            return Ok(CertificateView { state: nothing, until, days_left, step, stale_days, as_of, rolled_back, says, to_do });
        };
        let c = self.certificate_of(badge, today.number())?;
        let pack: Option<&Pack> = self.pack.as_ref().map(|p| p.pack());
        let days_left = Day::try_from(badge.officer.until).ok().map(|d| (d.date() - today.date()).num_days());
        let step = days_left.and_then(|d| BadgeRules::expiry_step(pack.map(|p| &p.badge), d));
        let (looked_up, as_of) = match self.status.as_ref() {
            Some(l) if l.issued >= badge.issued => {
                let overdue = l.expires.saturating_mul(1000) < now;
                let known = matches!(c.status, Some(s) if !matches!(s, CertificateStatus::Other(_)));
                (known && !(overdue && c.status == Some(CertificateStatus::Valid)), l.issued)
            }
            // The office gave the credential after it made the list.
            Some(_) => (true, badge.issued),
            None => (false, badge.issued),
        };
        let too_stale = pack.is_some_and(|p| !gate::renewed(&c, p).is_empty());
        let state = match c.status {
            Some(CertificateStatus::Cancelled) => CertificateState::Cancelled,
            Some(CertificateStatus::Suspended) => CertificateState::Suspended,
            Some(CertificateStatus::CheckMissed) => CertificateState::CheckMissed,
            _ if days_left.is_none_or(|d| d < 0) => CertificateState::Expired,
            _ if too_stale => CertificateState::TooStale,
            _ if c.stale_days.is_some() => CertificateState::Stale,
            _ if step.is_some() => CertificateState::Expiring,
            _ if !looked_up => CertificateState::Unknown,
            _ => CertificateState::Valid,
        };
        let (says, to_do) = words(state, days_left.unwrap_or_default(), c.stale_days.unwrap_or_default());
        Ok(CertificateView {
            state,
            until: Some(badge.officer.until),
            days_left,
            step,
            stale_days: c.stale_days,
            as_of: Some(as_of.saturating_mul(1000)),
            rolled_back,
            says,
            to_do,
        })
    }
}

fn both(zh: String, en: String) -> Text {
    Text { zh, en }
}

/// A telephone number as a scanner dials it (RFC 3966); extensions and notes cannot be dialled.
fn dial(phone: &str) -> Option<String> {
    let number: String = phone.chars().filter(|c| !c.is_whitespace()).collect();
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let plain = number.chars().enumerate().all(|(n, c)| c.is_ascii_digit() || c == '-' || (c == '+' && n == 0));
    (plain && digits >= 3).then(|| format!("tel:{number}"))
}

fn words(state: CertificateState, days_left: i64, stale: u32) -> (Text, Text) {
    let text = |zh: &str, en: &str| both(zh.to_owned(), en.to_owned());
    let sync = text("联网同步", "sync with the office");
    match state {
        CertificateState::Missing => (text("本机没有执法证件凭证", "no badge on this phone"), sync),
        CertificateState::Cancelled => (
            text("执法证已注销，不得执法", "certificate cancelled: do not enforce"),
            text("交回实体证；有异议的联系法制机构", "hand the card in; if it is wrong, ask the legal office"),
        ),
        CertificateState::Suspended => (
            text("执法证已被暂扣，不得执法", "certificate suspended: do not enforce"),
            text("联系法制机构；恢复后联网同步即可使用", "ask the legal office; once it is given back, sync"),
        ),
        CertificateState::CheckMissed => (
            text("执法证未按期年检，不得执法", "annual check missed: do not enforce"),
            text("到法制机构补办年检，然后联网同步", "have it checked at the legal office, then sync"),
        ),
        CertificateState::Expired => (
            both(
                format!("执法证已到期 {} 天，不得执法", days_left.saturating_neg()),
                format!("certificate expired {} days ago: do not enforce", days_left.saturating_neg()),
            ),
            text("办理换发，然后联网同步", "have it renewed, then sync"),
        ),
        CertificateState::TooStale => (
            both(
                format!("电子凭证逾期 {stale} 天未更新，不能开始检查"),
                format!("credential not renewed for {stale} days: no inspection can start"),
            ),
            text("联网同步以更新凭证", "sync to renew it"),
        ),
        CertificateState::Stale => (
            both(
                format!("电子凭证逾期 {stale} 天未更新；可以检查，会如实记录"),
                format!("credential not renewed for {stale} days: work may go on and this is recorded"),
            ),
            text("尽快联网同步；向当事人同时出示实体证", "sync soon; show the card too"),
        ),
        CertificateState::Expiring => (
            both(format!("执法证还有 {days_left} 天到期"), format!("certificate ends in {days_left} days")),
            text("尽快办理换发", "have it renewed"),
        ),
        CertificateState::Unknown => (
            text(
                "没有机关的近期状态信息，无法确认是否被暂扣、注销",
                "no recent word of the office whether it was suspended or cancelled",
            ),
            sync,
        ),
        CertificateState::Valid => (text("执法证有效", "certificate in effect"), text("", "")),
    }
}
