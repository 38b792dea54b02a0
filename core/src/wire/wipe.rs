//! The order that a lost phone destroys its keys and what it can read (P10, F44). What it has not sent stays, sealed to the office.

use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::id::Id;
use crate::log::OfficeHead;
use crate::sign::{SignError, Signer, sign};
use crate::trust::{TrustError, TrustList, Use};

/// The code of the refusal that carries it.
pub const WIPE_CODE: &str = "wipe";

/// A wipe order's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WipeOrder {
    /// The device.
    pub device: Id,
    /// Its log: a device that was enrolled anew is another one.
    pub log: Id,
    /// Tells one order from another.
    pub nonce: [u8; 16],
    /// Office time at which it was given, ms.
    pub at: i64,
    /// Afterwards nobody obeys it, ms.
    pub not_after: i64,
    /// The office's newest head when it was given: what it knew then.
    pub head: OfficeHead,
}

impl WipeOrder {
    /// The kind.
    pub const TYP: &'static str = "mz1/wipe";

    /// Signs it with a key of use `feed`.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn issue(&self, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
        let head: Vec<Value> = vec![self.head.size.into(), self.head.root.into(), self.head.epoch.into()];
        let m = MapBuilder::new()
            .with("v", 1)
            .with("device", self.device)
            .with("log", self.log)
            .with("nonce", self.nonce)
            .with("at", self.at)
            .with("not_after", self.not_after)
            .with("head", head);
        sign(Self::TYP, signer, cbor::encode(&m.build())?)
    }

    /// Opens a signed order: signer of use `feed`, valid when it was given. Whom it is for and until when it holds is for the caller to compare.
    ///
    /// # Errors
    /// [`TrustError`] names what does not fit.
    pub fn open(signed: &[u8], trust: &TrustList) -> Result<Self, TrustError> {
        let at = |v: &Value| Fields::of(v.clone())?.req("at", "at")?.int("at");
        let mut f = Fields::of(trust.open_signed(signed, Self::TYP, Use::Feed, at)?.value)?;
        if f.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v").into());
        }
        let head = f.req("head", "head")?.array("head")?;
        let [size, root, epoch]: [Value; 3] = head.try_into().map_err(|_| CborError::Type("head"))?;
        let order = Self {
            device: Id(f.req("device", "device")?.array_of("device")?),
            log: Id(f.req("log", "log")?.array_of("log")?),
            nonce: f.req("nonce", "nonce")?.array_of("nonce")?,
            at: f.req("at", "at")?.int("at")?,
            not_after: f.req("not_after", "not_after")?.int("not_after")?,
            head: OfficeHead { size: size.uint("size")?, root: root.array_of("root")?, epoch: epoch.uint("epoch")? },
        };
        f.end()?;
        Ok(order)
    }

    /// The order in the body of a refusal: `{"error": "wipe", "message": text, "order": bytes}`.
    #[must_use]
    pub fn from_refusal(body: &[u8]) -> Option<Vec<u8>> {
        let mut f = Fields::of(cbor::decode(body).ok()?).ok()?;
        let code = f.opt("error")?.text("error").ok()?;
        let order = f.opt("order")?.bytes("order").ok()?;
        (code == WIPE_CODE).then_some(order)
    }
}
