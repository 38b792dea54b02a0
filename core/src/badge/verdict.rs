//! What a verifier may say of a scanned frame: valid, not valid or unknown, never one folded into another (F41, F42).
//!
//! *Not valid* is a proof: a signature fails, the signer is a stranger, the code is an old one by a clock that is known to be right.
//! *Unknown* is honest ignorance: no or expired trust list, unknown algorithm, a credential that was not renewed, a clock that may be wrong.
//! The badge page's TypeScript gives the same verdicts on the same vectors (`tests/vectors/badge`).

use super::frame::FrameError;
use super::{
    Assignment, Badge, BadgeError, CertificateStatus, Challenge, Frame, Show, StatusList, day_of, enterprise_digest, typ,
};
use crate::id::{Digest16, digest16};
use crate::sign::{PublicKey, SignError, Unverified};
use crate::trust::{RootFingerprint, TrustError, TrustList};

/// A presentation older or newer than this is not live.
pub const FRESH_MS: i64 = 60_000;
/// How long a challenge lives.
pub const CHALLENGE_MS: i64 = 120_000;
/// A certificate that ends within so many days is said to.
pub const ENDS_SOON_DAYS: i64 = 30;

/// Why something is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotValid {
    /// Outside the format.
    Malformed,
    /// The signature does not verify, or is not in the one allowed form.
    BadSignature,
    /// Signed by somebody outside the trust list.
    SignerUnknown,
    /// The signer may not sign this.
    WrongUse,
    /// The signer's scope does not cover the area or category.
    OutsideScope,
    /// Signed before or after the signer's key was valid.
    KeyTime,
    /// Signed when the signer's key was no longer trusted.
    KeySuspect,
    /// Shown by another device than the one that the badge names.
    OtherDevice,
    /// The presentation belongs to another badge.
    OtherBadge,
    /// The presentation names another assignment.
    OtherAssignment,
    /// A copy: made this many seconds ago.
    Replayed(i64),
    /// Dated this many seconds ahead.
    Ahead(i64),
    /// The certificate (证件) ended on this day.
    CertificateExpired(u32),
    /// The office cancelled the certificate (注销); known since this time (ms).
    Cancelled(i64),
    /// The office suspended the certificate (暂扣); known since this time (ms).
    Suspended(i64),
    /// The certificate missed its annual check (待年检); known since this time (ms).
    CheckMissed(i64),
    /// The assignment is for another day.
    OtherDay(u32),
    /// The assignment does not name this officer.
    OfficerNotNamed,
    /// The assignment is for another enterprise.
    OtherEnterprise,
}

/// Why nothing can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// Damaged or cut short; scan again.
    Unreadable,
    /// Of a later version than this verifier.
    NewerFormat,
    /// Signed with an algorithm that this verifier does not know.
    UnknownAlgorithm,
    /// No trust list of the pinned root is at hand.
    NoTrust,
    /// The trust list expired at this time (ms).
    TrustExpired(i64),
    /// The credential was not renewed since this time (ms).
    NotRenewed(i64),
    /// The code is this many seconds old (negative: ahead), but the verifier's clock may be wrong.
    Clock(i64),
    /// The verifier's clock is behind a time that the office signed.
    ClockBehind,
    /// The challenge was answered too late.
    ChallengeExpired,
    /// The office's status list holds a value that this verifier does not know.
    UnknownStatus(i64),
    /// An assignment without the badge: scan the badge first.
    BadgeFirst,
    /// A checkpoint: to be kept, it is no badge.
    IsCheckpoint,
    /// A badge where an assignment was expected.
    NotAnAssignment,
}

macro_rules! code {
    ($t:ident { $($v:ident $(($n:ident))? => $code:literal),* $(,)? }) => {
        impl $t {
            /// Stable name, the same in every verifier; with its number, if it has one.
            #[must_use]
            pub fn code(self) -> (&'static str, Option<i64>) {
                match self { $(Self::$v $(($n))? => ($code, code!(@ $($n)?)),)* }
            }
        }
    };
    (@ $n:ident) => { Some(i64::from($n)) };
    (@) => { None };
}
code!(NotValid {
    Malformed => "malformed",
    BadSignature => "bad_signature",
    SignerUnknown => "signer_unknown",
    WrongUse => "wrong_use",
    OutsideScope => "outside_scope",
    KeyTime => "key_time",
    KeySuspect => "key_suspect",
    OtherDevice => "other_device",
    OtherBadge => "other_badge",
    OtherAssignment => "other_assignment",
    Replayed(s) => "replayed",
    Ahead(s) => "ahead",
    CertificateExpired(d) => "certificate_expired",
    Cancelled(t) => "cancelled",
    Suspended(t) => "suspended",
    CheckMissed(t) => "check_missed",
    OtherDay(d) => "other_day",
    OfficerNotNamed => "officer_not_named",
    OtherEnterprise => "other_enterprise",
});
code!(Unknown {
    Unreadable => "unreadable",
    NewerFormat => "newer_format",
    UnknownAlgorithm => "unknown_algorithm",
    NoTrust => "no_trust",
    TrustExpired(t) => "trust_expired",
    NotRenewed(t) => "not_renewed",
    Clock(s) => "clock",
    ClockBehind => "clock_behind",
    ChallengeExpired => "challenge_expired",
    UnknownStatus(n) => "unknown_status",
    BadgeFirst => "badge_first",
    IsCheckpoint => "is_checkpoint",
    NotAnAssignment => "not_an_assignment",
});

/// What a valid badge must be read with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// Withdrawal after the credential was issued is not seen (no status list at hand that is newer than the credential).
    StatusNotChecked,
    /// Withdrawal after this time (ms) is not seen: the status list at hand should have been renewed.
    StatusOld(i64),
    /// The verifier's clock was not compared with the office.
    ClockNotCompared,
    /// The challenge proves the live device, but its clock is off by this many seconds.
    DeviceClock(i64),
    /// The certificate ends in this many days.
    EndsSoon(i64),
}
code!(Warning {
    StatusNotChecked => "status_not_checked",
    StatusOld(t) => "status_old",
    ClockNotCompared => "clock_not_compared",
    DeviceClock(s) => "device_clock",
    EndsSoon(d) => "ends_soon",
});

/// The verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Valid, as of the time at which the office last said so.
    Valid {
        /// When the office issued the credential, ms.
        as_of: i64,
        /// What to read with it.
        warnings: Vec<Warning>,
    },
    /// Proven not valid.
    NotValid(NotValid),
    /// Cannot be said.
    Unknown(Unknown),
}

/// A badge whose credential is the office's and whose presentation is this device's, with the verdict on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The credential.
    pub badge: Badge,
    /// Its digest.
    pub digest: Digest16,
    /// When it was shown, by the device, seconds.
    pub at: i64,
    /// Digest of the assignment that the presentation names.
    pub assignment: Option<Digest16>,
}

/// The answer to a scanned badge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadgeCheck {
    /// Valid, not valid or unknown.
    pub verdict: Verdict,
    /// The fields, only when both signatures were verified; expired or replayed ones too.
    pub shown: Option<Shown>,
}

/// The answer to a scanned assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssignmentCheck {
    /// The office assigned this officer for today.
    Proven {
        /// What was assigned.
        assignment: Assignment,
        /// Whether the enterprise was compared with the code that the party typed.
        enterprise_compared: bool,
    },
    /// Proven wrong.
    NotValid(NotValid),
    /// Cannot be said.
    Unknown(Unknown),
}

/// What the verifier brings along.
pub struct Verifier {
    /// The trust list of the pinned root, if one is at hand.
    pub trust: Option<TrustList>,
    /// The office's newest status list, if one is at hand.
    pub status: Option<StatusList>,
    /// The verifier's time, ms.
    pub now: i64,
    /// Whether that time was compared with the office's.
    pub clock_trusted: bool,
    /// The challenge that is open: its bytes and its age in ms by a monotonic clock.
    pub challenge: Option<(Challenge, i64)>,
    /// The unified social credit code that the party typed.
    pub enterprise: Option<String>,
}

enum Stop {
    NotValid(NotValid),
    Unknown(Unknown),
}
use Stop::{NotValid as Bad, Unknown as Unsure};

impl From<FrameError> for Stop {
    fn from(e: FrameError) -> Self {
        match e {
            FrameError::Unreadable => Unsure(Unknown::Unreadable),
            FrameError::Newer => Unsure(Unknown::NewerFormat),
            FrameError::Malformed(_) => Bad(NotValid::Malformed),
        }
    }
}

/// Verdict on a refused object of the office.
fn office(e: BadgeError) -> Stop {
    match e {
        BadgeError::Sign(e) => signature(e),
        BadgeError::Scope(_) => Bad(NotValid::OutsideScope),
        BadgeError::Trust(TrustError::SignerUnknown | TrustError::AnotherRoot) => Bad(NotValid::SignerUnknown),
        BadgeError::Trust(TrustError::WrongUse) => Bad(NotValid::WrongUse),
        BadgeError::Trust(TrustError::NotYetValid | TrustError::Expired) => Bad(NotValid::KeyTime),
        BadgeError::Trust(TrustError::Suspect) => Bad(NotValid::KeySuspect),
        _ => Bad(NotValid::Malformed),
    }
}

fn signature(e: SignError) -> Stop {
    match e {
        SignError::UnknownAlgorithm => Unsure(Unknown::UnknownAlgorithm),
        SignError::BadSignature | SignError::HighS | SignError::AlgorithmMismatch | SignError::BadKey | SignError::WrongKey => {
            Bad(NotValid::BadSignature)
        }
        _ => Bad(NotValid::Malformed),
    }
}

/// Verdict on a refused presentation.
fn device(e: BadgeError) -> Stop {
    match e {
        BadgeError::Sign(SignError::WrongKey | SignError::AlgorithmMismatch) => Bad(NotValid::OtherDevice),
        other => office(other),
    }
}

/// An algorithm that is not known is never called bad, whoever signed (P2).
fn judgeable(bytes: &[u8], typ: &'static str) -> Result<(), Stop> {
    let any = PublicKey::Ed25519([0; 32]);
    match Unverified::read(bytes, typ).and_then(|u| u.verify(&any)) {
        Err(SignError::UnknownAlgorithm) => Err(Unsure(Unknown::UnknownAlgorithm)),
        _ => Ok(()),
    }
}

impl Verifier {
    /// Opens the trust list with the pinned root; a list that does not open is none.
    #[must_use]
    pub fn new(trust: &[u8], root: &RootFingerprint, now: i64, clock_trusted: bool) -> Self {
        Self { trust: TrustList::open(trust, root).ok(), status: None, now, clock_trusted, challenge: None, enterprise: None }
    }

    /// Takes a status list along; one that the trust list does not vouch for is none.
    #[must_use]
    pub fn with_status(mut self, token: &[u8]) -> Self {
        self.status = self.trust.as_ref().and_then(|t| StatusList::open(token, t).ok());
        self
    }

    /// Judges the text of frame 1.
    #[must_use]
    pub fn badge(&self, text: &str) -> BadgeCheck {
        let mut shown = None;
        let verdict = match self.judge_badge(text, &mut shown) {
            Ok(v) => v,
            Err(Bad(r)) => Verdict::NotValid(r),
            Err(Unsure(r)) => Verdict::Unknown(r),
        };
        BadgeCheck { verdict, shown }
    }

    /// Judges the text of frame 2, shown after `shown`.
    #[must_use]
    pub fn assignment(&self, shown: &Shown, text: &str) -> AssignmentCheck {
        match self.judge_assignment(shown, text) {
            Ok(assignment) => AssignmentCheck::Proven { assignment, enterprise_compared: self.enterprise.is_some() },
            Err(Bad(r)) => AssignmentCheck::NotValid(r),
            Err(Unsure(r)) => AssignmentCheck::Unknown(r),
        }
    }

    fn judge_badge(&self, text: &str, out: &mut Option<Shown>) -> Result<Verdict, Stop> {
        let (badge, show) = match Frame::from_text(text)? {
            Frame::Badge { badge, show } => (badge, show),
            Frame::Assignment { .. } => return Err(Unsure(Unknown::BadgeFirst)),
            Frame::Checkpoint { .. } => return Err(Unsure(Unknown::IsCheckpoint)),
        };
        let trust = self.trust.as_ref().ok_or(Unsure(Unknown::NoTrust))?;
        judgeable(&badge, typ::BADGE)?;
        judgeable(&show, typ::SHOW)?;
        let digest = digest16(&badge);
        let badge = Badge::open(&badge, trust).map_err(office)?;
        let show = self.show(&show, &badge, digest)?;
        *out = Some(Shown { badge: badge.clone(), digest, at: show.at, assignment: show.assignment });

        let instants = self.live(&show, badge.issued.saturating_mul(1000).max(trust.issued))?;
        let (as_of, mut warnings) = self.withdrawn(&badge)?;
        if !self.clock_trusted {
            warnings.push(Warning::ClockNotCompared);
        }
        let off = self.now.saturating_sub(show.at.saturating_mul(1000));
        if off.saturating_abs() > FRESH_MS {
            warnings.push(Warning::DeviceClock(off / 1000));
        }
        match all(&instants, |t| day_of(t) <= badge.officer.until) {
            None => return Err(Unsure(Unknown::Clock(off / 1000))),
            Some(false) => return Err(Bad(NotValid::CertificateExpired(badge.officer.until))),
            Some(true) => {}
        }
        if all(&instants, |t| t <= trust.expires) != Some(true) {
            return Err(Unsure(Unknown::TrustExpired(trust.expires)));
        }
        let expires = badge.expires.saturating_mul(1000);
        if all(&instants, |t| t <= expires) != Some(true) {
            return Err(Unsure(Unknown::NotRenewed(expires)));
        }
        if let Some(days) = days_between(day_of(self.now), badge.officer.until).filter(|d| (0..=ENDS_SOON_DAYS).contains(d)) {
            warnings.push(Warning::EndsSoon(days));
        }
        Ok(Verdict::Valid { as_of, warnings })
    }

    /// What the status list says of the certificate: as of when it was in order, and what to read with it.
    /// A list older than the credential says nothing of it: the office issued the credential knowing more.
    fn withdrawn(&self, badge: &Badge) -> Result<(i64, Vec<Warning>), Stop> {
        let issued = badge.issued.saturating_mul(1000);
        let not_checked = Ok((issued, vec![Warning::StatusNotChecked]));
        let Some(list) = self.status.as_ref().filter(|l| l.issued >= badge.issued) else { return not_checked };
        let known = list.issued.saturating_mul(1000);
        match list.status(badge.status) {
            None => not_checked,
            Some(CertificateStatus::Valid) if self.now > list.expires.saturating_mul(1000) => {
                Ok((known, vec![Warning::StatusOld(known)]))
            }
            Some(CertificateStatus::Valid) => Ok((known, Vec::new())),
            Some(CertificateStatus::Cancelled) => Err(Bad(NotValid::Cancelled(known))),
            Some(CertificateStatus::Suspended) => Err(Bad(NotValid::Suspended(known))),
            Some(CertificateStatus::CheckMissed) => Err(Bad(NotValid::CheckMissed(known))),
            Some(CertificateStatus::Other(n)) => Err(Unsure(Unknown::UnknownStatus(n.into()))),
        }
    }

    fn judge_assignment(&self, shown: &Shown, text: &str) -> Result<Assignment, Stop> {
        let (bytes, show) = match Frame::from_text(text)? {
            Frame::Assignment { assignment, show } => (assignment, show),
            Frame::Badge { .. } => return Err(Unsure(Unknown::NotAnAssignment)),
            Frame::Checkpoint { .. } => return Err(Unsure(Unknown::IsCheckpoint)),
        };
        let trust = self.trust.as_ref().ok_or(Unsure(Unknown::NoTrust))?;
        judgeable(&bytes, typ::ASSIGNMENT)?;
        judgeable(&show, typ::SHOW)?;
        let assignment = Assignment::open(&bytes, trust).map_err(office)?;
        let show = self.show(&show, &shown.badge, shown.digest)?;
        if show.assignment != Some(digest16(&bytes)) {
            return Err(Bad(NotValid::OtherAssignment));
        }
        let instants = self.live(&show, assignment.issued.saturating_mul(1000).max(trust.issued))?;
        if !assignment.officers.contains(&shown.badge.officer.number) {
            return Err(Bad(NotValid::OfficerNotNamed));
        }
        match all(&instants, |t| day_of(t) == assignment.day) {
            None => return Err(Unsure(Unknown::Clock(self.now / 1000 - show.at))),
            Some(false) => return Err(Bad(NotValid::OtherDay(assignment.day))),
            Some(true) => {}
        }
        if all(&instants, |t| t <= trust.expires) != Some(true) {
            return Err(Unsure(Unknown::TrustExpired(trust.expires)));
        }
        if self.enterprise.as_ref().is_some_and(|code| enterprise_digest(code) != assignment.enterprise) {
            return Err(Bad(NotValid::OtherEnterprise));
        }
        Ok(assignment)
    }

    fn show(&self, bytes: &[u8], badge: &Badge, digest: Digest16) -> Result<Show, Stop> {
        let show = Show::open(bytes, &badge.show_key).map_err(device)?;
        if show.badge == digest { Ok(show) } else { Err(Bad(NotValid::OtherBadge)) }
    }

    /// Whether the presentation is live, and the moments at which it may have been made. `not_before` is a time that the office signed.
    fn live(&self, show: &Show, not_before: i64) -> Result<Vec<i64>, Stop> {
        let shown_at = show.at.saturating_mul(1000);
        let age = self.now.saturating_sub(shown_at);
        let answered = self.challenge.filter(|(c, _)| show.challenge == Some(*c));
        let mut instants = vec![self.now];
        if age.saturating_abs() > FRESH_MS {
            match answered {
                Some((_, age)) if age > CHALLENGE_MS => {
                    return Err(Unsure(Unknown::ChallengeExpired));
                }
                Some(_) if self.clock_trusted => {}
                Some(_) => instants.push(shown_at),
                None if !self.clock_trusted => return Err(Unsure(Unknown::Clock(age / 1000))),
                None if age > 0 => return Err(Bad(NotValid::Replayed(age / 1000))),
                None => return Err(Bad(NotValid::Ahead(-age / 1000))),
            }
        }
        instants.retain(|t| t.saturating_add(FRESH_MS) >= not_before);
        if instants.is_empty() { Err(Unsure(Unknown::ClockBehind)) } else { Ok(instants) }
    }
}

/// Whether all (`Some(true)`), none (`Some(false)`) or only some of the moments satisfy `test`.
fn all(instants: &[i64], test: impl Fn(i64) -> bool) -> Option<bool> {
    let yes = instants.iter().filter(|t| test(**t)).count();
    if yes == instants.len() {
        Some(true)
    } else if yes == 0 {
        Some(false)
    } else {
        None
    }
}

fn days_between(from: u32, to: u32) -> Option<i64> {
    let date = |d: u32| chrono::NaiveDate::from_ymd_opt(i32::try_from(d / 10_000).ok()?, d / 100 % 100, d % 100);
    Some(date(to)?.signed_duration_since(date(from)?).num_days())
}
