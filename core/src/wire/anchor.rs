//! Office time for a phone: the office's signature over the nonce of a request and its own clock.

use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::sign::{SignError, Signer, sign};
use crate::trust::{TrustError, TrustList, Use};

const TYP: &str = "mz1/anchor";

/// A time anchor's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// The nonce of the request that it answers.
    pub nonce: [u8; 16],
    /// Office time, ms.
    pub at: i64,
}

impl Anchor {
    /// Signs it with a key of use `anchor`.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn issue(&self, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
        let m = MapBuilder::new().with("v", 1).with("nonce", self.nonce).with("at", self.at);
        sign(TYP, signer, cbor::encode(&m.build())?)
    }

    /// Opens a signed anchor. Whether its nonce is the one that was sent is the caller's to compare.
    ///
    /// # Errors
    /// [`TrustError`] names what does not fit.
    pub fn open(bytes: &[u8], trust: &TrustList) -> Result<Self, TrustError> {
        let at = |v: &Value| Fields::of(v.clone())?.req("at", "at")?.int("at");
        let mut f = Fields::of(trust.open_signed(bytes, TYP, Use::Anchor, at)?.value)?;
        if f.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v").into());
        }
        let a = Self { nonce: f.req("nonce", "nonce")?.array_of("nonce")?, at: f.req("at", "at")?.int("at")? };
        f.end()?;
        Ok(a)
    }
}
