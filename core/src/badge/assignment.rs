//! The assignment: the office's word that these officers inspect this enterprise today, and the how-manieth time this year it is.

use super::{BadgeError, Frame, Show, day, frame, matrix, plain, typ};
use crate::cbor::{CborError, Fields, MapBuilder, Value};
use crate::id::{Digest16, Id, sha256_parts};
use crate::sign::{self, Prepared, PublicKey, RawSignature, Signer};
use crate::trust::{TrustList, Use};

/// 检查类型.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignmentKind {
    /// 日常检查: counts against the year's cap.
    Routine,
    /// 专项检查.
    Special,
    /// 个案检查 (complaint, referral).
    Case,
}
impl AssignmentKind {
    /// Its name in the format.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Routine => "routine",
            Self::Special => "special",
            Self::Case => "case",
        }
    }
    /// From its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Routine, Self::Special, Self::Case].into_iter().find(|k| k.name() == name)
    }
}

/// What the office assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The task.
    pub task: Id,
    /// [`enterprise_digest`] of the enterprise.
    pub enterprise: Digest16,
    /// The day (`yyyymmdd`).
    pub day: u32,
    /// 证件编号 of the officers.
    pub officers: Vec<String>,
    /// The n-th visit of the year.
    pub number: u64,
    /// The most visits of the year; 0: no cap for this kind.
    pub cap: u64,
    /// Kind of inspection.
    pub kind: AssignmentKind,
    /// The organ that assigned.
    pub organ: String,
    /// When it was issued, seconds.
    pub issued: i64,
}

/// First 16 bytes of the digest of a unified social credit code (统一社会信用代码); spaces and letter case do not matter.
#[must_use]
pub fn enterprise_digest(code: &str) -> Digest16 {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    let digest = sha256_parts(&[b"mz1/enterprise\0", code.as_bytes()]);
    let mut out = [0; 16];
    for (o, d) in out.iter_mut().zip(digest) {
        *o = d;
    }
    out
}

impl Assignment {
    fn payload(&self) -> Result<Vec<u8>, BadgeError> {
        self.check_texts()?;
        let officers: Vec<Value> = self.officers.iter().map(|o| o.as_str().into()).collect();
        let map = MapBuilder::new()
            .with(1, self.task)
            .with(2, self.enterprise)
            .with(3, day(self.day.into(), "day").map_err(|_| BadgeError::Field("day"))?)
            .with(4, officers)
            .with(5, self.number)
            .with(6, self.cap)
            .with(7, self.kind.name())
            .with(8, self.organ.as_str())
            .with(9, self.issued);
        Ok(sign::payload(map)?)
    }

    /// Signs with the office's key of use `assignment`.
    ///
    /// # Errors
    /// [`BadgeError::Field`] or [`BadgeError::Sign`].
    pub fn issue(&self, signer: &dyn Signer) -> Result<Vec<u8>, BadgeError> {
        Ok(sign::sign(typ::ASSIGNMENT, signer, self.payload()?)?)
    }

    /// The QR version that its longest frame needs: with a challenge.
    ///
    /// # Errors
    /// [`BadgeError::TooLarge`] when it exceeds version 18; [`BadgeError::Field`] or [`BadgeError::Host`].
    pub fn fits(&self, host: &str) -> Result<u8, BadgeError> {
        // Only lengths matter: any point and any signature of the right size.
        let key = PublicKey::P256 { x: [0; 32], odd: false };
        let unsigned = RawSignature::Fixed([1; 64].to_vec());
        let assignment = Prepared::embedded(typ::ASSIGNMENT, &key, self.payload()?)?.finish(&unsigned)?;
        let show = Show { badge: [0; 16], at: self.issued, challenge: Some([0; 8]), assignment: Some([0; 16]) };
        let show = show.prepare(&key)?.finish(&unsigned)?;
        let text = Frame::Assignment { assignment, show }.to_text(host)?;
        let address = frame::address(host)?.len();
        matrix::version_for(address, text.len() - address, matrix::MAX_VERSION)
    }

    /// Verifies against the trust list.
    ///
    /// # Errors
    /// [`BadgeError`] names what does not fit.
    pub fn open(bytes: &[u8], trust: &TrustList) -> Result<Self, BadgeError> {
        let mut read = None;
        trust.open_signed(bytes, typ::ASSIGNMENT, Use::Assignment, |value| {
            let a = Self::read(value.clone())?;
            Ok(read.insert(a).issued.saturating_mul(1000))
        })?;
        let a: Self = read.ok_or(CborError::Type("assignment"))?;
        a.check_texts()?;
        Ok(a)
    }

    fn check_texts(&self) -> Result<(), BadgeError> {
        if self.officers.is_empty() || !self.officers.iter().all(|o| plain(o)) {
            return Err(BadgeError::Field("officers"));
        }
        if plain(&self.organ) { Ok(()) } else { Err(BadgeError::Field("organ")) }
    }

    fn read(value: Value) -> Result<Self, CborError> {
        let mut f = Fields::of(value)?;
        let a = Self {
            task: Id(f.req(1, "task")?.array_of("task")?),
            enterprise: f.req(2, "enterprise")?.array_of("enterprise")?,
            day: day(f.req(3, "day")?, "day")?,
            officers: f
                .req(4, "officers")?
                .array("officers")?
                .into_iter()
                .map(|o| o.text("officers"))
                .collect::<Result<_, _>>()?,
            number: f.req(5, "n")?.uint("n")?,
            cap: f.req(6, "cap")?.uint("cap")?,
            kind: AssignmentKind::from_name(&f.req(7, "type")?.text("type")?).ok_or(CborError::Type("type"))?,
            organ: f.req(8, "organ")?.text("organ")?,
            issued: f.req(9, "issued")?.int("issued")?,
        };
        f.end()?;
        Ok(a)
    }
}
