//! Objects with several signers (`docs/formats` §2): `[payload, [+ COSE_Sign1 with detached payload]]`.

use super::{Kid, PublicKey, SignError, Signer, Unverified, sign_detached};
use crate::cbor::{self, CborError, Value};
use std::collections::BTreeSet;

/// Most signatures that one object may carry.
pub const MAX_SIGNATURES: usize = 16;

/// Signs `payload` with each signer.
///
/// # Errors
/// [`SignError`] from a signer.
pub fn sign(typ: &'static str, signers: &[&dyn Signer], payload: Vec<u8>) -> Result<Vec<u8>, SignError> {
    let signatures =
        signers.iter().map(|s| sign_detached(typ, *s, payload.clone()).map(Value::from)).collect::<Result<Vec<_>, _>>()?;
    Ok(cbor::encode(&Value::Array(vec![payload.into(), Value::Array(signatures)]))?)
}

/// A read object with several signers: the payload is reachable only through [`MultiSigned::verify`].
pub struct MultiSigned {
    payload: Vec<u8>,
    signatures: Vec<Unverified>,
}

impl MultiSigned {
    /// Reads the object.
    ///
    /// # Errors
    /// [`SignError`] names the deviation.
    pub fn read(bytes: &[u8], typ: &'static str) -> Result<Self, SignError> {
        let [payload, signatures]: [Value; 2] =
            cbor::decode(bytes)?.array("multi")?.try_into().map_err(|_| CborError::Type("multi"))?;
        let signatures = signatures.array("signatures")?;
        if signatures.is_empty() || signatures.len() > MAX_SIGNATURES {
            return Err(CborError::Type("signatures").into());
        }
        let signatures =
            signatures.into_iter().map(|s| Unverified::read(&s.bytes("signature")?, typ)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { payload: payload.bytes("payload")?, signatures })
    }

    /// The payload and the distinct keys that signed it, when at least `k` of those that `key_of` knows did.
    /// Every signature by a known key must verify; signatures by unknown keys do not count.
    ///
    /// # Errors
    /// [`SignError::WrongKey`] when fewer than `k` known keys signed; otherwise what is wrong with a signature.
    pub fn verify(
        self,
        k: usize,
        key_of: impl Fn(Kid) -> Option<PublicKey>,
    ) -> Result<(Vec<u8>, BTreeSet<PublicKey>), SignError> {
        let mut signers = BTreeSet::new();
        for s in self.signatures {
            if let Some(key) = key_of(s.kid()) {
                s.verify_detached(&key, &self.payload)?;
                signers.insert(key);
            }
        }
        if k == 0 || signers.len() < k { Err(SignError::WrongKey) } else { Ok((self.payload, signers)) }
    }

    /// The payload without any verification, to compare roots with a typed fingerprint: the caller must verify with what it finds in it.
    pub(crate) fn claimed_payload(&self) -> &[u8] {
        &self.payload
    }
}
