//! Withdrawal of an enrolment (`docs/formats` §6.3, F40): what was received before still counts.

use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::id::{Digest, Id, sha256};
use crate::sign::{SignError, Signer, sign};
use crate::trust::{TrustError, TrustList, Use};

/// A revocation's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// Digest of the signed enrolment.
    pub enrolment: Digest,
    /// Its log.
    pub log: Id,
    /// Office time, ms.
    pub at: i64,
    /// Nothing received from this moment on counts; otherwise from `at` on, ms.
    pub suspect_since: Option<i64>,
    /// Why, for people.
    pub reason: String,
}

impl Revocation {
    /// The kind.
    pub const TYP: &'static str = "mz1/revocation";

    /// Signs it with a key of use `badge`.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn issue(&self, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
        let m = MapBuilder::new()
            .with("v", 1)
            .with("enrolment", self.enrolment)
            .with("log", self.log)
            .with("at", self.at)
            .with("suspect_since", self.suspect_since.map_or(Value::Null, Value::from))
            .with("reason", self.reason.as_str());
        sign(Self::TYP, signer, cbor::encode(&m.build())?)
    }

    /// Opens a signed revocation: signer of use `badge`, valid at its time.
    ///
    /// # Errors
    /// [`TrustError`] names what does not fit.
    pub fn open(signed: &[u8], trust: &TrustList) -> Result<Self, TrustError> {
        let at = |v: &Value| Fields::of(v.clone())?.req("at", "at")?.int("at");
        let mut f = Fields::of(trust.open_signed(signed, Self::TYP, Use::Badge, at)?.value)?;
        if f.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v").into());
        }
        let r = Self {
            enrolment: f.req("enrolment", "enrolment")?.array_of("enrolment")?,
            log: Id(f.req("log", "log")?.array_of("log")?),
            at: f.req("at", "at")?.int("at")?,
            suspect_since: f.req("suspect_since", "suspect_since")?.non_null().map(|s| s.int("suspect_since")).transpose()?,
            reason: f.req("reason", "reason")?.text("reason")?,
        };
        f.end()?;
        Ok(r)
    }

    /// Digest by which the office's leaf names it: of the whole signed object.
    #[must_use]
    pub fn digest(signed: &[u8]) -> Digest {
        sha256(signed)
    }

    /// Whether something counts that the office received at `received`, ms.
    #[must_use]
    pub fn counts(&self, received: i64) -> bool {
        received < self.suspect_since.unwrap_or(self.at)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;
    use crate::sign::SoftwareKey;

    /// F40.
    #[test]
    fn f40_what_was_received_before_a_revocation_or_suspicion_counts() {
        let key = SoftwareKey::from_seed([1; 32]);
        let r = Revocation { enrolment: [1; 32], log: Id([2; 16]), at: 50, suspect_since: Some(40), reason: "遗失".into() };
        let trust = crate::log::test_trust(&key, Use::Badge);
        assert_eq!(Revocation::open(&r.issue(&key).unwrap(), &trust), Ok(r.clone()));
        assert!(Revocation::open(&r.issue(&SoftwareKey::from_seed([2; 32])).unwrap(), &trust).is_err());
        assert!(r.counts(39) && !r.counts(40));
        let plain = Revocation { suspect_since: None, ..r };
        assert_eq!(Revocation::open(&plain.issue(&key).unwrap(), &trust), Ok(plain.clone()));
        assert!(plain.counts(49) && !plain.counts(50));
    }
}
