//! What travels between phone and office and how it is signed (`docs/sync.md`, P10). Sans-IO: bytes and header texts in, bytes and header texts out.

mod anchor;
mod feed;
mod request;
mod response;
mod review_result;
mod segment;
mod version;
mod wanted;
mod wipe;
mod withdrawal;

pub use anchor::Anchor;
pub use feed::{Cursor, FeedKind, Item};
pub use request::{Claimed, PreparedRequest, Request, Seen};
pub use response::{Answer, Response, held_head};
pub use review_result::ReviewResult;
pub use segment::{Adopted, MOST_SUBMISSIONS, Segment, Submission};
pub use version::{UPDATE_CODE, VERSION_HEADER, common as common_version, spoken as spoken_versions};
pub use wanted::Wanted;
pub use wipe::{WIPE_CODE, WipeOrder};
pub use withdrawal::Withdrawal;

pub use crate::log::OfficeHead;

use crate::cbor::{self, CborError, MapBuilder, Value};
use crate::log::LogError;
use crate::sign::SignError;
use crate::trust::TrustError;
use data_encoding::BASE64URL_NOPAD;

/// Name of the header that carries a request's signature.
pub const REQUEST_HEADER: &str = "mz-request";
/// Name of the header that carries a response's signature.
pub const RESPONSE_HEADER: &str = "mz-response";
/// A request whose `created` is further off than this is refused, ms.
pub const CREATED_LIMIT_MS: i64 = 24 * 3_600_000;

/// Why a message is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// No signature, or a malformed one: for instance the answer of a captive portal (F27).
    #[error("not signed")]
    Unsigned,
    /// Outside the format.
    #[error("malformed: {0}")]
    Cbor(#[from] CborError),
    /// The signature does not fit.
    #[error("{0}")]
    Sign(#[from] SignError),
    /// The signer is not trusted for it.
    #[error("{0}")]
    Trust(#[from] TrustError),
    /// An entry, or something else of a log, is malformed.
    #[error("{0}")]
    Log(#[from] LogError),
    /// Signed for another method, authority, path, body or status.
    #[error("signed for another {0}")]
    Mismatch(&'static str),
    /// An answer to another request.
    #[error("answer to another request")]
    AnotherRequest,
    /// A feed item is missing between the last one known and this one.
    #[error("feed has a gap")]
    Gap,
    /// A feed item contradicts one that was already received: the office was set back or tells two stories.
    #[error("feed was rolled back")]
    Rollback,
}

/// Two byte strings as one header text.
fn to_header(payload: &[u8], signature: &[u8]) -> Result<String, CborError> {
    Ok(BASE64URL_NOPAD.encode(&cbor::encode(&Value::Array(vec![payload.into(), signature.into()]))?))
}

/// The bytes of such a text, `cbor([payload, COSE])`.
///
/// # Errors
/// [`WireError::Unsigned`] for what is no such text.
pub(crate) fn header_bytes(header: &str) -> Result<Vec<u8>, WireError> {
    BASE64URL_NOPAD.decode(header.trim().as_bytes()).map_err(|_| WireError::Unsigned)
}

/// Payload and signature.
fn halves(bytes: &[u8]) -> Result<(Vec<u8>, Vec<u8>), WireError> {
    let items = cbor::decode(bytes).and_then(|v| v.array("header")).map_err(|_| WireError::Unsigned)?;
    let [payload, signature]: [Value; 2] = items.try_into().map_err(|_| WireError::Unsigned)?;
    Ok((payload.bytes("payload")?, signature.bytes("signature")?))
}

/// The body of an error: `{"error": code, "message": text}`.
///
/// # Errors
/// [`CborError`] never in practice.
pub fn error_body(code: &'static str, message: &str) -> Result<Vec<u8>, CborError> {
    cbor::encode(&MapBuilder::new().with("error", code).with("message", message).build())
}

/// The code in the body of an error, and the office's size where it says one (`old_size`).
#[must_use]
pub fn error_code(body: &[u8]) -> Option<(String, Option<u64>)> {
    let mut f = cbor::Fields::of(cbor::decode(body).ok()?).ok()?;
    let code = f.opt("error")?.text("error").ok()?;
    let size = f.opt("size").and_then(|s| s.uint("size").ok());
    Some((code, size))
}

#[cfg(test)]
mod tests;
