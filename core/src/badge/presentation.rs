//! The presentation: the device's own signature that this badge is shown here and now (P7).

use super::{BadgeError, Challenge, typ};
use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::id::Digest16;
use crate::sign::{self, Prepared, PublicKey, Unverified};

/// What the SHOW key signs every few seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Show {
    /// Digest of the signed badge.
    pub badge: Digest16,
    /// The device's time, seconds.
    pub at: i64,
    /// The party's challenge, when there is one.
    pub challenge: Option<Challenge>,
    /// Digest of the signed assignment, when there is one.
    pub assignment: Option<Digest16>,
}

impl Show {
    /// Prepares the presentation; the SHOW key signs [`Prepared::message`] without any lock, then [`Prepared::finish`].
    ///
    /// # Errors
    /// [`BadgeError::Sign`] never in practice.
    pub fn prepare(&self, key: &PublicKey) -> Result<Prepared, BadgeError> {
        let map = MapBuilder::new().with(1, self.badge).with(2, self.at).maybe(3, self.challenge).maybe(4, self.assignment);
        Ok(Prepared::embedded(typ::SHOW, key, sign::payload(map)?)?)
    }

    /// Verifies a presentation with the badge's `cnf` key.
    ///
    /// # Errors
    /// [`BadgeError::Sign`].
    pub fn open(bytes: &[u8], key: &PublicKey) -> Result<Self, BadgeError> {
        let payload = Unverified::read(bytes, typ::SHOW)?.verify(key)?;
        Ok(Self::read(cbor::decode(&payload)?)?)
    }

    fn read(value: Value) -> Result<Self, CborError> {
        let mut f = Fields::of(value)?;
        let show = Self {
            badge: f.req(1, "badge")?.array_of("badge")?,
            at: f.req(2, "time")?.int("time")?,
            challenge: f.opt(3).map(|v| v.array_of("challenge")).transpose()?,
            assignment: f.opt(4).map(|v| v.array_of("assignment")).transpose()?,
        };
        f.end()?;
        Ok(show)
    }
}
