//! A request's signature by the LOG key.

use super::{WireError, halves, header_bytes, to_header};
use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::id::{Digest, Id, sha256};
use crate::sign::{Prepared, PublicKey, RawSignature, SignError, Unverified};

const TYP: &str = "mz1/request";

/// What is signed of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// HTTP method in upper case.
    pub method: String,
    /// `host[:port]` as in the address of the office.
    pub authority: String,
    /// Path and query as sent.
    pub path: String,
    /// SHA-256 of the body; of nothing where there is none.
    pub body: Digest,
    /// Never used twice.
    pub nonce: [u8; 16],
    /// The device's wall clock, ms.
    pub created: i64,
    /// The enrolment whose LOG key signs; none yet for an application.
    pub enrolment: Option<Id>,
}

/// A request before it is signed: hand [`PreparedRequest::message`] to the LOG key without holding a lock.
pub struct PreparedRequest {
    payload: Vec<u8>,
    prepared: Prepared,
}

impl PreparedRequest {
    /// The bytes that the LOG key signs.
    ///
    /// # Errors
    /// [`SignError`] never in practice.
    pub fn message(&self) -> Result<Vec<u8>, SignError> {
        self.prepared.message()
    }
    /// By this digest the answer names the request.
    #[must_use]
    pub fn digest(&self) -> Digest {
        sha256(&self.payload)
    }
    /// The value of the header `Mz-Request`.
    ///
    /// # Errors
    /// [`SignError::BadSignature`] when the platform gave something else.
    pub fn finish(self, signature: &RawSignature) -> Result<String, SignError> {
        let signed = self.prepared.finish(signature)?;
        Ok(to_header(&self.payload, &signed)?)
    }
}

impl Request {
    /// Prepares the signature.
    ///
    /// # Errors
    /// [`SignError`] when something is outside the profile.
    pub fn prepare(&self, log_key: &PublicKey) -> Result<PreparedRequest, SignError> {
        let m = MapBuilder::new()
            .with("v", 1)
            .with("method", self.method.as_str())
            .with("authority", self.authority.as_str())
            .with("path", self.path.as_str())
            .with("body", self.body)
            .with("nonce", self.nonce)
            .with("created", self.created)
            .with("enrolment", self.enrolment);
        let payload = cbor::encode(&m.build())?;
        Ok(PreparedRequest { prepared: Prepared::detached(TYP, log_key, payload.clone())?, payload })
    }

    fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        if f.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v"));
        }
        let r = Self {
            method: f.req("method", "method")?.text("method")?,
            authority: f.req("authority", "authority")?.text("authority")?,
            path: f.req("path", "path")?.text("path")?,
            body: f.req("body", "body")?.array_of("body")?,
            nonce: f.req("nonce", "nonce")?.array_of("nonce")?,
            created: f.req("created", "created")?.int("created")?,
            enrolment: f.req("enrolment", "enrolment")?.non_null().map(|e| e.array_of("enrolment").map(Id)).transpose()?,
        };
        f.end()?;
        Ok(r)
    }
}

/// The request as the server saw it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// HTTP method in upper case.
    pub method: &'a str,
    /// The `Host` header.
    pub authority: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// SHA-256 of the body that arrived.
    pub body: Digest,
}

/// A request whose signature is not verified yet: only what is needed to find the key, and to answer, can be asked for.
pub struct Claimed {
    payload: Vec<u8>,
    signature: Unverified,
    request: Request,
}

impl Claimed {
    /// Reads the header `Mz-Request`.
    ///
    /// # Errors
    /// [`WireError`] names the deviation.
    pub fn read(header: &str) -> Result<Self, WireError> {
        let (payload, signature) = halves(&header_bytes(header)?)?;
        let request = Request::decode(&payload)?;
        Ok(Self { signature: Unverified::read(&signature, TYP)?, payload, request })
    }
    /// The enrolment that is said to have signed.
    #[must_use]
    pub fn enrolment(&self) -> Option<Id> {
        self.request.enrolment
    }
    /// The nonce, which goes into the answer's anchor whether the request is accepted or not.
    #[must_use]
    pub fn nonce(&self) -> [u8; 16] {
        self.request.nonce
    }
    /// The body's digest as it is claimed: a body that arrives bit by bit is compared at its end (`docs/adr/0007`).
    #[must_use]
    pub fn body(&self) -> Digest {
        self.request.body
    }
    /// By this digest the answer names the request.
    #[must_use]
    pub fn digest(&self) -> Digest {
        sha256(&self.payload)
    }
    /// The request, when `log_key` signed it for exactly what the server saw.
    /// Whether the nonce is fresh and `created` near enough is the caller's to judge.
    ///
    /// # Errors
    /// [`WireError::Sign`] or [`WireError::Mismatch`].
    pub fn verify(self, log_key: &PublicKey, seen: &Seen<'_>) -> Result<Request, WireError> {
        self.signature.verify_detached(log_key, &self.payload)?;
        let r = self.request;
        let differs = [
            ("method", r.method != seen.method),
            ("authority", r.authority != seen.authority),
            ("path", r.path != seen.path),
            ("body", r.body != seen.body),
        ];
        match differs.into_iter().find(|d| d.1) {
            Some((what, _)) => Err(WireError::Mismatch(what)),
            None => Ok(r),
        }
    }
}
