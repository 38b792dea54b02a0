//! Files that the office asks for again, because it lost them or holds something else under their digest (F24).

use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::id::Digest;

/// The body of a feed item of kind `wanted`. Public: digests of sealed files tell nothing of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// When it was asked, office time, ms: the same file may be asked for twice.
    pub at: i64,
    /// SHA-256 of the sealed files, as in their uploads.
    pub sealed: Vec<Digest>,
}

impl Wanted {
    /// As the body of an item.
    ///
    /// # Errors
    /// [`CborError`] never in practice.
    pub fn encode(&self) -> Result<Vec<u8>, CborError> {
        let sealed: Vec<Value> = self.sealed.iter().map(|d| Value::from(*d)).collect();
        cbor::encode(&MapBuilder::new().with("v", 1).with("at", self.at).with("sealed", sealed).build())
    }

    /// From the body of an item.
    ///
    /// # Errors
    /// [`CborError`] names what is outside the format.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        if f.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v"));
        }
        let at = f.req("at", "at")?.int("at")?;
        let sealed =
            f.req("sealed", "sealed")?.array("sealed")?.into_iter().map(|d| d.array_of("sealed")).collect::<Result<_, _>>()?;
        f.end()?;
        Ok(Self { at, sealed })
    }
}
