//! The list of officers (执法人员清单) as the office signs it: exactly the seven public fields, so that anybody can be looked up
//! with no network (R03).

use super::{BadgeError, Officer, plain, typ};
use crate::cbor::{CborError, Fields, MapBuilder, Value};
use crate::sign::{self, Signer};
use crate::trust::{TrustList, Use};

/// The list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficerList {
    /// The organ that publishes it.
    pub organ: String,
    /// As of, ms.
    pub at: i64,
    /// Not to be relied on after that, ms.
    pub until: i64,
    /// By number, ascending in bytewise order, each number once.
    pub officers: Vec<Officer>,
}

impl OfficerList {
    /// Signs it with the office's key of use `badge`; the officers are put in order.
    ///
    /// # Errors
    /// [`BadgeError::Field`] when a field cannot be shown as it is or a number stands twice; [`BadgeError::Sign`].
    pub fn issue(&self, signer: &dyn Signer) -> Result<Vec<u8>, BadgeError> {
        Ok(sign::sign(typ::OFFICERS, signer, self.payload()?)?)
    }

    /// The bytes that are signed.
    ///
    /// # Errors
    /// [`BadgeError::Field`] as for [`Self::issue`].
    pub fn payload(&self) -> Result<Vec<u8>, BadgeError> {
        let mut sorted = self.clone();
        sorted.officers.sort_by(|a, b| a.number.as_bytes().cmp(b.number.as_bytes()));
        sorted.check()?;
        let officers: Vec<Value> = sorted.officers.iter().map(|o| Value::Array(o.to_values().into())).collect();
        let map = MapBuilder::new()
            .with("v", 1)
            .with("organ", self.organ.as_str())
            .with("at", self.at)
            .with("until", self.until)
            .with("officers", officers);
        Ok(sign::payload(map)?)
    }

    /// Verifies a list against the trust list: signer, use, time, and its scope for each officer. Says nothing about `until`.
    ///
    /// # Errors
    /// [`BadgeError`] names what does not fit.
    pub fn open(bytes: &[u8], trust: &TrustList) -> Result<Self, BadgeError> {
        let mut read = None;
        let opened =
            trust.open_signed(bytes, typ::OFFICERS, Use::Badge, |value| Ok(read.insert(Self::read(value.clone())?).at))?;
        let list: Self = read.ok_or(CborError::Type("officers"))?;
        list.check()?;
        list.officers.iter().try_for_each(|o| o.in_scope(&opened.key))?;
        Ok(list)
    }

    fn check(&self) -> Result<(), BadgeError> {
        if !plain(&self.organ) {
            return Err(BadgeError::Field("organ"));
        }
        self.officers.iter().try_for_each(Officer::check)?;
        let ordered = self.officers.is_sorted_by(|a, b| a.number.as_bytes() < b.number.as_bytes());
        if ordered { Ok(()) } else { Err(BadgeError::Field("number")) }
    }

    fn read(value: Value) -> Result<Self, CborError> {
        let mut f = Fields::of(value)?;
        if f.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v"));
        }
        let list = Self {
            organ: f.req("organ", "organ")?.text("organ")?,
            at: f.req("at", "at")?.int("at")?,
            until: f.req("until", "until")?.int("until")?,
            officers: f
                .req("officers", "officers")?
                .array("officers")?
                .into_iter()
                .map(|o| Officer::read(o.array("officer")?.try_into().map_err(|_| CborError::Type("officer"))?))
                .collect::<Result<_, _>>()?,
        };
        f.end()?;
        Ok(list)
    }
}
