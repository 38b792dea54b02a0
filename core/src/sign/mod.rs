//! Strict COSE_Sign1 (RFC 9052 §4) with a typed protected header; a payload is reachable only through verification (`docs/formats` §2).

mod key;
pub mod multi;

pub use key::{Algorithm, Kid, PublicKey, RawSignature, Signer, SoftwareKey, kid_of};

use crate::cbor::{self, CborError, Fields, MapBuilder, Value};

/// Why a signed object is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The bytes are outside the CBOR profile or the COSE shape.
    #[error("malformed: {0}")]
    Cbor(#[from] CborError),
    /// The `typ` is another one than expected.
    #[error("another kind of object than {0}")]
    WrongType(&'static str),
    /// The algorithm is not known: the object cannot be judged.
    #[error("unknown algorithm: cannot judge")]
    UnknownAlgorithm,
    /// The algorithm does not fit the key.
    #[error("algorithm does not fit the key")]
    AlgorithmMismatch,
    /// The `kid` names another key.
    #[error("signed by another key")]
    WrongKey,
    /// The key is malformed, weak or not canonical.
    #[error("bad key")]
    BadKey,
    /// The signature does not verify.
    #[error("signature does not verify")]
    BadSignature,
    /// An ECDSA signature with high s.
    #[error("signature is not in low-s form")]
    HighS,
    /// Headers beyond those of this kind of object.
    #[error("unexpected header")]
    UnexpectedHeader,
    /// The payload is embedded where it must be detached, or the reverse.
    #[error("payload embedded or detached against the format")]
    Detachment,
    /// The signing key cannot be used now.
    #[error("key not usable: {0}")]
    Key(#[from] crate::host::KeyError),
}

/// What is to be signed: prepared under a lock, signed without one, finished afterwards.
pub struct Prepared {
    protected: Vec<u8>,
    payload: Vec<u8>,
    detached: bool,
    algorithm: Algorithm,
}

impl Prepared {
    /// An object with the payload embedded.
    ///
    /// # Errors
    /// [`SignError::Cbor`] when a header is outside the profile.
    pub fn embedded(typ: &'static str, key: &PublicKey, payload: Vec<u8>) -> Result<Self, SignError> {
        Self::new(typ, key, payload, false, Vec::new())
    }

    /// An object whose payload travels apart.
    ///
    /// # Errors
    /// As [`Prepared::embedded`].
    pub fn detached(typ: &'static str, key: &PublicKey, payload: Vec<u8>) -> Result<Self, SignError> {
        Self::new(typ, key, payload, true, Vec::new())
    }

    /// A receipt: detached payload and further protected headers (RFC 9942).
    ///
    /// # Errors
    /// As [`Prepared::embedded`].
    pub fn receipt(typ: &'static str, key: &PublicKey, payload: Vec<u8>, extra: Vec<(Value, Value)>) -> Result<Self, SignError> {
        Self::new(typ, key, payload, true, extra)
    }

    fn new(
        typ: &'static str,
        key: &PublicKey,
        payload: Vec<u8>,
        detached: bool,
        extra: Vec<(Value, Value)>,
    ) -> Result<Self, SignError> {
        let algorithm = key.algorithm();
        let mut header = vec![(1.into(), algorithm.number().into()), (4.into(), key.kid().into()), (16.into(), typ.into())];
        header.extend(extra);
        Ok(Self { protected: cbor::encode(&Value::Map(header))?, payload, detached, algorithm })
    }

    /// The exact bytes to sign (Sig_structure, RFC 9052 §4.4).
    ///
    /// # Errors
    /// [`SignError::Cbor`] never in practice.
    pub fn message(&self) -> Result<Vec<u8>, SignError> {
        message(&self.protected, &self.payload)
    }

    /// The finished object; the signature is normalised, not verified.
    ///
    /// # Errors
    /// [`SignError::BadSignature`] when the platform gave something else.
    pub fn finish(self, signature: &RawSignature) -> Result<Vec<u8>, SignError> {
        self.finish_with(signature, Value::Map(Vec::new()))
    }

    /// As [`Prepared::finish`] with an unprotected header (receipts only).
    ///
    /// # Errors
    /// As [`Prepared::finish`].
    pub fn finish_with(self, signature: &RawSignature, unprotected: Value) -> Result<Vec<u8>, SignError> {
        let signature = signature.normalise(self.algorithm)?;
        let payload = if self.detached { Value::Null } else { self.payload.into() };
        let body = vec![self.protected.into(), unprotected, payload, signature.to_vec().into()];
        Ok(cbor::encode(&Value::Tag18(Box::new(Value::Array(body))))?)
    }
}

fn message(protected: &[u8], payload: &[u8]) -> Result<Vec<u8>, SignError> {
    let s = vec!["Signature1".into(), protected.into(), Vec::<u8>::new().into(), payload.into()];
    Ok(cbor::encode(&Value::Array(s))?)
}

/// Signs an embedded payload in one go, for keys that are at hand (office keys, tests).
///
/// # Errors
/// [`SignError`] from the signer.
pub fn sign(typ: &'static str, signer: &dyn Signer, payload: Vec<u8>) -> Result<Vec<u8>, SignError> {
    let p = Prepared::embedded(typ, &signer.public_key(), payload)?;
    let s = signer.sign(&p.message()?)?;
    p.finish(&s)
}

/// Signs a detached payload in one go.
///
/// # Errors
/// [`SignError`] from the signer.
pub fn sign_detached(typ: &'static str, signer: &dyn Signer, payload: Vec<u8>) -> Result<Vec<u8>, SignError> {
    let p = Prepared::detached(typ, &signer.public_key(), payload)?;
    let s = signer.sign(&p.message()?)?;
    p.finish(&s)
}

/// A signed object that was read but not verified: only its `kid` can be asked for.
pub struct Unverified {
    protected: Vec<u8>,
    algorithm: Option<Algorithm>,
    kid: Kid,
    extra: Vec<(Value, Value)>,
    unprotected: Vec<(Value, Value)>,
    payload: Option<Vec<u8>>,
    signature: Vec<u8>,
}

impl Unverified {
    /// Reads an object of kind `typ` whose headers are exactly alg, kid, typ.
    ///
    /// # Errors
    /// [`SignError`] names the deviation.
    pub fn read(bytes: &[u8], typ: &'static str) -> Result<Self, SignError> {
        let o = Self::read_receipt(bytes, typ)?;
        if o.extra.is_empty() && o.unprotected.is_empty() { Ok(o) } else { Err(SignError::UnexpectedHeader) }
    }

    /// Reads a receipt, which may carry further headers.
    ///
    /// # Errors
    /// [`SignError`] names the deviation.
    pub fn read_receipt(bytes: &[u8], typ: &'static str) -> Result<Self, SignError> {
        let Value::Tag18(inner) = cbor::decode(bytes)? else {
            return Err(CborError::Type("COSE_Sign1").into());
        };
        let [protected, unprotected, payload, signature]: [Value; 4] =
            inner.array("COSE_Sign1")?.try_into().map_err(|_| CborError::Type("COSE_Sign1"))?;
        let protected = protected.bytes("protected")?;
        let mut f = Fields::of(cbor::decode(&protected)?)?;
        if f.req(16, "typ")? != Value::from(typ) {
            return Err(SignError::WrongType(typ));
        }
        let algorithm = match f.req(1, "alg")?.int("alg")? {
            -19 => Some(Algorithm::Ed25519),
            -9 => Some(Algorithm::Esp256),
            _ => None,
        };
        let kid = f.req(4, "kid")?.array_of("kid")?;
        let Value::Map(unprotected) = unprotected else {
            return Err(CborError::Type("unprotected").into());
        };
        let payload = payload.non_null().map(|p| p.bytes("payload")).transpose()?;
        let signature = signature.bytes("signature")?;
        Ok(Self { protected, algorithm, kid, extra: f.rest(), unprotected, payload, signature })
    }

    /// The key that is said to have signed.
    #[must_use]
    pub fn kid(&self) -> Kid {
        self.kid
    }

    /// The embedded payload, after the signature was verified with `key`.
    ///
    /// # Errors
    /// [`SignError`] when anything does not fit.
    pub fn verify(self, key: &PublicKey) -> Result<Vec<u8>, SignError> {
        let payload = self.payload.clone().ok_or(SignError::Detachment)?;
        self.check(key, &payload)?;
        Ok(payload)
    }

    /// Verifies over a payload that travelled apart.
    ///
    /// # Errors
    /// [`SignError`] when anything does not fit.
    pub fn verify_detached(self, key: &PublicKey, payload: &[u8]) -> Result<(), SignError> {
        if self.payload.is_some() {
            return Err(SignError::Detachment);
        }
        self.check(key, payload)
    }

    /// Headers of a receipt: (protected beyond alg, kid, typ; unprotected). The unprotected part proves nothing by itself.
    #[must_use]
    pub fn receipt_headers(&self) -> (Value, Value) {
        (Value::Map(self.extra.clone()), Value::Map(self.unprotected.clone()))
    }

    fn check(&self, key: &PublicKey, payload: &[u8]) -> Result<(), SignError> {
        let algorithm = self.algorithm.ok_or(SignError::UnknownAlgorithm)?;
        if algorithm != key.algorithm() {
            return Err(SignError::AlgorithmMismatch);
        }
        if self.kid != key.kid() {
            return Err(SignError::WrongKey);
        }
        key.check(&message(&self.protected, payload)?, &self.signature)
    }
}

/// A map as the payload of a signed object.
///
/// # Errors
/// [`SignError::Cbor`] when it is outside the profile.
pub fn payload(map: MapBuilder) -> Result<Vec<u8>, SignError> {
    Ok(cbor::encode(&map.build())?)
}

#[cfg(test)]
mod tests;
