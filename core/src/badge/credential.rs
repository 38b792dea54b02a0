//! The credential: a CWT with seven public fields and the device's SHOW key (RFC 8392, RFC 8747, R03).

use super::{BadgeError, Frame, Officer, Show, frame, matrix, typ};
use crate::cbor::{CborError, Fields, MapBuilder, Value};
use crate::id::{Digest16, digest16};
use crate::sign::{self, Prepared, PublicKey, RawSignature, Signer};
use crate::trust::{TrustList, Use};

/// What the office says about an officer, for a few days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// The seven public fields.
    pub officer: Officer,
    /// Digest of the photograph on the certificate.
    pub photo: Option<Digest16>,
    /// Index in the office's status list.
    pub status: u64,
    /// When the office issued this credential, seconds.
    pub issued: i64,
    /// When it must have been renewed, seconds.
    pub expires: i64,
    /// The device's SHOW key (`cnf`).
    pub show_key: PublicKey,
}

const CLAIM: i64 = -65_537;

impl Badge {
    fn payload(&self) -> Result<Vec<u8>, BadgeError> {
        self.officer.check()?;
        let mut claim = Vec::from(self.officer.to_values());
        claim.push(self.photo.into());
        claim.push(self.status.into());
        let cnf = MapBuilder::new().with(1, self.show_key.to_cose()).build();
        Ok(sign::payload(MapBuilder::new().with(4, self.expires).with(6, self.issued).with(8, cnf).with(CLAIM, claim))?)
    }

    /// Signs the credential with the office's key of use `badge`.
    ///
    /// # Errors
    /// [`BadgeError::Field`] when a field cannot be shown as it is; [`BadgeError::Sign`].
    pub fn issue(&self, signer: &dyn Signer) -> Result<Vec<u8>, BadgeError> {
        Ok(sign::sign(typ::BADGE, signer, self.payload()?)?)
    }

    /// Verifies a credential against the trust list: signer, use, time of issue, scope. Says nothing about expiry.
    ///
    /// # Errors
    /// [`BadgeError`] names what does not fit.
    pub fn open(bytes: &[u8], trust: &TrustList) -> Result<Self, BadgeError> {
        let mut badge = None;
        let opened = trust.open_signed(bytes, typ::BADGE, Use::Badge, |value| {
            let b = Self::read(value.clone())?;
            Ok(badge.insert(b).issued.saturating_mul(1000))
        })?;
        let badge = badge.ok_or(CborError::Type("badge"))?;
        badge.officer.check()?;
        badge.officer.in_scope(&opened.key)?;
        Ok(badge)
    }

    fn read(value: Value) -> Result<Self, CborError> {
        let mut f = Fields::of(value)?;
        let (expires, issued) = (f.req(4, "exp")?.int("exp")?, f.req(6, "iat")?.int("iat")?);
        let mut cnf = Fields::of(f.req(8, "cnf")?)?;
        let show_key = PublicKey::from_cose(cnf.req(1, "cnf")?).map_err(|_| CborError::Type("cnf"))?;
        cnf.end()?;
        let claim = f.req(CLAIM, "claim")?.array("claim")?;
        f.end()?;
        let [name, unit, position, number, category, area, until, photo, status]: [Value; 9] =
            claim.try_into().map_err(|_| CborError::Type("claim"))?;
        Ok(Self {
            officer: Officer::read([name, unit, position, number, category, area, until])?,
            photo: photo.non_null().map(|p| p.array_of("photo")).transpose()?,
            status: status.uint("status")?,
            issued,
            expires,
            show_key,
        })
    }
}

/// The QR version that the longest frame of this badge needs: P-256 keys, a photo digest, a challenge and an assignment digest.
///
/// # Errors
/// [`BadgeError::TooLarge`] when it exceeds version 18; [`BadgeError::Field`] or [`BadgeError::Host`].
pub fn fits(host: &str, badge: &Badge) -> Result<u8, BadgeError> {
    // Only lengths matter: any point and any signature of the right size.
    let key = PublicKey::P256 { x: [0; 32], odd: false };
    let unsigned = RawSignature::Fixed([1; 64].to_vec());
    let longest = Badge { photo: Some([0; 16]), show_key: key, ..badge.clone() };
    let badge = Prepared::embedded(typ::BADGE, &key, longest.payload()?)?.finish(&unsigned)?;
    let show = Show { badge: digest16(&badge), at: badge_time(&longest), challenge: Some([0; 8]), assignment: Some([0; 16]) };
    let show = show.prepare(&key)?.finish(&unsigned)?;
    let text = Frame::Badge { badge, show }.to_text(host)?;
    matrix::version_for(frame::address(host)?.len(), text.len() - frame::address(host)?.len(), matrix::MAX_VERSION)
}

fn badge_time(badge: &Badge) -> i64 {
    badge.expires.max(badge.issued)
}
