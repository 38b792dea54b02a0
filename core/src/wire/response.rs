//! A response's signature by the office's `feed` key.

use super::{Anchor, WireError, halves, header_bytes, to_header};
use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::id::{Digest, sha256};
use crate::log::OfficeHead;
use crate::sign::{SignError, Signer, Unverified, sign_detached};
use crate::trust::{TrustError, TrustList, TrustedKey, Use};

const TYP: &str = "mz1/response";

/// What is signed of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// [`super::Claimed::digest`] of the request.
    pub request: Digest,
    /// HTTP status.
    pub status: u16,
    /// SHA-256 of the body; of nothing where there is none.
    pub body: Digest,
    /// Office time, ms.
    pub at: i64,
    /// Newest head of the office's log.
    pub head: OfficeHead,
    /// A signed [`Anchor`] for the request's nonce.
    pub anchor: Option<Vec<u8>>,
}

impl Response {
    /// The value of the header `Mz-Response`.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn issue(&self, signer: &dyn Signer) -> Result<String, SignError> {
        let m = MapBuilder::new()
            .with("v", 1)
            .with("request", self.request)
            .with("status", i64::from(self.status))
            .with("body", self.body)
            .with("at", self.at)
            .with("head", vec![Value::from(self.head.size), self.head.root.into(), self.head.epoch.into()])
            .with("anchor", self.anchor.clone());
        let payload = cbor::encode(&m.build())?;
        let signed = sign_detached(TYP, signer, payload.clone())?;
        Ok(to_header(&payload, &signed)?)
    }

    fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        if f.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v"));
        }
        let status = f.req("status", "status")?.uint("status")?;
        let [size, root, epoch]: [Value; 3] =
            f.req("head", "head")?.array("head")?.try_into().map_err(|_| CborError::Type("head"))?;
        let r = Self {
            request: f.req("request", "request")?.array_of("request")?,
            status: u16::try_from(status).map_err(|_| CborError::Type("status"))?,
            body: f.req("body", "body")?.array_of("body")?,
            at: f.req("at", "at")?.int("at")?,
            head: OfficeHead { epoch: epoch.uint("epoch")?, size: size.uint("size")?, root: root.array_of("root")? },
            anchor: f.req("anchor", "anchor")?.non_null().map(|a| a.bytes("anchor")).transpose()?,
        };
        f.end()?;
        Ok(r)
    }
}

/// The head in a response that somebody holds, `cbor([payload, COSE])`: this office signed it once, whatever the request was.
///
/// # Errors
/// [`WireError`] names what does not fit.
pub fn held_head(bytes: &[u8], trust: &TrustList) -> Result<OfficeHead, WireError> {
    let (payload, signature) = halves(bytes)?;
    Ok(signed_response(&payload, &signature, trust)?.head)
}

fn signed_response(payload: &[u8], signature: &[u8], trust: &TrustList) -> Result<Response, WireError> {
    let signed = Unverified::read(signature, TYP)?;
    let key = trust.key_for(signed.kid(), Use::Feed)?;
    let TrustedKey::Verify(public) = key.key else { return Err(TrustError::WrongUse.into()) };
    signed.verify_detached(&public, payload)?;
    let r = Response::decode(payload)?;
    key.valid_at(r.at)?;
    Ok(r)
}

/// What a phone learns from a verified response besides its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Office time, ms.
    pub at: i64,
    /// Newest head of the office's log.
    pub head: OfficeHead,
    /// The anchor as signed, and its content; its nonce is the request's.
    pub anchor: Option<(Vec<u8>, Anchor)>,
    /// All of it as signed, `cbor([payload, COSE])`: what [`held_head`] reads.
    pub said: Vec<u8>,
}

impl Answer {
    /// Opens the header `Mz-Response` of the response that arrived with `status` and `body` to the request of that digest and nonce.
    /// Only what passes here is an answer of the office at all; a captive portal's 200 is [`WireError::Unsigned`] (F27).
    ///
    /// # Errors
    /// [`WireError`] names what does not fit.
    pub fn open(
        header: Option<&str>,
        trust: &TrustList,
        request: &Digest,
        nonce: &[u8; 16],
        status: u16,
        body: &[u8],
    ) -> Result<Self, WireError> {
        let said = header_bytes(header.ok_or(WireError::Unsigned)?)?;
        let (payload, signature) = halves(&said)?;
        let r = signed_response(&payload, &signature, trust)?;
        if r.request != *request {
            return Err(WireError::AnotherRequest);
        }
        if r.status != status {
            return Err(WireError::Mismatch("status"));
        }
        if r.body != sha256(body) {
            return Err(WireError::Mismatch("body"));
        }
        let anchor = match r.anchor {
            None => None,
            Some(bytes) => {
                let a = Anchor::open(&bytes, trust)?;
                if a.nonce != *nonce {
                    return Err(WireError::AnotherRequest);
                }
                Some((bytes, a))
            }
        };
        Ok(Self { at: r.at, head: r.head, anchor, said })
    }
}
