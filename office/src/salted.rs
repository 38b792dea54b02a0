//! Records whose digest is a leaf of the office's log: cbor `[salt, record]`, so that nobody guesses one from its digest.

use crate::error::{OfficeError, Result};
use crate::keys::random;
use mingzheng_core::cbor::{self, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// With a fresh salt.
pub(crate) fn encode(record: &impl Serialize) -> Result<Vec<u8>> {
    let json = serde_json::to_value(record).map_err(|e| OfficeError::Settings(e.to_string()))?;
    Ok(cbor::encode(&Value::Array(vec![random::<16>()?.into(), cbor::from_json(&json)?]))?)
}

/// Without the salt.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let json = cbor::to_json(&cbor::decode(bytes)?);
    let record = json.get(1).cloned().ok_or(OfficeError::NotFound("step"))?;
    serde_json::from_value(record).map_err(|_| OfficeError::NotFound("step"))
}
