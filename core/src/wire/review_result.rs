//! What the legal review of a case at the office came to (R44, R45).

use crate::cbor::{self, CborError, Fields, MapBuilder};
use crate::id::Id;

/// The body of a feed item of kind `review`; sealed, as tasks are. It goes to those who inspected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewResult {
    /// The inspection that the case comes from.
    pub inspection: Id,
    /// 案号.
    pub number: String,
    /// Office time, ms.
    pub at: i64,
    /// 同意; otherwise there is something to be mended and reviewed again.
    pub agreed: bool,
    /// The opinion in words.
    pub says: String,
}

impl ReviewResult {
    /// As the body of an item.
    ///
    /// # Errors
    /// [`CborError`] never in practice.
    pub fn encode(&self) -> Result<Vec<u8>, CborError> {
        let m = MapBuilder::new()
            .with("v", 1)
            .with("inspection", self.inspection)
            .with("number", self.number.as_str())
            .with("at", self.at)
            .with("agreed", self.agreed)
            .with("says", self.says.as_str());
        cbor::encode(&m.build())
    }

    /// From the body of an item.
    ///
    /// # Errors
    /// [`CborError`] names what is outside the format.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        if f.req("v", "v")? != cbor::Value::Int(1) {
            return Err(CborError::Type("v"));
        }
        let result = Self {
            inspection: Id(f.req("inspection", "inspection")?.array_of("inspection")?),
            number: f.req("number", "number")?.text("number")?,
            at: f.req("at", "at")?.int("at")?,
            agreed: f.req("agreed", "agreed")?.bool("agreed")?,
            says: f.req("says", "says")?.text("says")?,
        };
        f.end()?;
        Ok(result)
    }
}
