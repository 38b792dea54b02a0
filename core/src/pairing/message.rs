//! The three messages, what is signed, and the text form for QR codes (`docs/formats` §11).

use super::PairingError;
use crate::badge::frame::{from_digits, to_digits};
use crate::cbor::{self, CborError, Value};
use crate::id::{Digest, Id, sha256};

const TEXT: &str = "mingzheng:pair#";

/// The text of a QR code: an address that no browser opens, then decimal digits, which a QR holds tightly.
#[must_use]
pub fn to_text(message: &[u8]) -> String {
    format!("{TEXT}{}", to_digits(message))
}

/// The message of a scanned text.
///
/// # Errors
/// [`PairingError::Unreadable`].
pub fn from_text(text: &str) -> Result<Vec<u8>, PairingError> {
    text.trim().strip_prefix(TEXT).and_then(from_digits).ok_or(PairingError::Unreadable)
}

/// `[1, task, ephemeral, enrolment digest, badge]`
pub(super) struct Offer {
    pub(super) task: Id,
    pub(super) ephemeral: [u8; 32],
    pub(super) enrolment: Digest,
    pub(super) badge: Vec<u8>,
}
impl Offer {
    pub(super) fn encode(self) -> Result<Vec<u8>, PairingError> {
        encode(1, vec![self.task.into(), self.ephemeral.into(), self.enrolment.into(), self.badge.into()])
    }
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, PairingError> {
        let [task, ephemeral, enrolment, badge] = decode(1, bytes)?;
        Ok(Self {
            task: Id(task.array_of("task")?),
            ephemeral: ephemeral.array_of("ephemeral")?,
            enrolment: enrolment.array_of("enrolment")?,
            badge: badge.bytes("badge")?,
        })
    }
}

/// `[2, ephemeral, enrolment digest, badge, signature]`
pub(super) struct Answer {
    pub(super) ephemeral: [u8; 32],
    pub(super) enrolment: Digest,
    pub(super) badge: Vec<u8>,
    pub(super) signature: Vec<u8>,
}
impl Answer {
    pub(super) fn encode(self) -> Result<Vec<u8>, PairingError> {
        encode(2, vec![self.ephemeral.into(), self.enrolment.into(), self.badge.into(), self.signature.into()])
    }
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, PairingError> {
        let [ephemeral, enrolment, badge, signature] = decode(2, bytes)?;
        Ok(Self {
            ephemeral: ephemeral.array_of("ephemeral")?,
            enrolment: enrolment.array_of("enrolment")?,
            badge: badge.bytes("badge")?,
            signature: signature.bytes("signature")?,
        })
    }
}

/// `[3, signature]`
pub(super) struct Confirm {
    pub(super) signature: Vec<u8>,
}
impl Confirm {
    pub(super) fn encode(self) -> Result<Vec<u8>, PairingError> {
        encode(3, vec![self.signature.into()])
    }
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, PairingError> {
        let [signature] = decode(3, bytes)?;
        Ok(Self { signature: signature.bytes("signature")? })
    }
}

/// Everything that both must agree on; each side is (badge digest, enrolment digest, ephemeral key).
pub(super) struct Transcript {
    pub(super) task: Id,
    pub(super) offer: (Digest, Digest, [u8; 32]),
    pub(super) answer: (Digest, Digest, [u8; 32]),
}
impl Transcript {
    pub(super) fn digest(&self) -> Result<Digest, PairingError> {
        let side = |s: &(Digest, Digest, [u8; 32])| Value::Array(vec![s.0.into(), s.1.into(), s.2.into()]);
        let all = vec![super::TYP.into(), self.task.into(), side(&self.offer), side(&self.answer)];
        Ok(sha256(&cbor::encode(&Value::Array(all))?))
    }
}

/// The detached payload of a signature: `[role, transcript digest]`.
pub(super) fn signed(role: &'static str, transcript: &Digest) -> Result<Vec<u8>, PairingError> {
    Ok(cbor::encode(&Value::Array(vec![role.into(), (*transcript).into()]))?)
}

fn encode(step: i64, fields: Vec<Value>) -> Result<Vec<u8>, PairingError> {
    let all = std::iter::once(step.into()).chain(fields).collect();
    Ok(cbor::encode(&Value::Array(all))?)
}

fn decode<const N: usize>(step: i64, bytes: &[u8]) -> Result<[Value; N], PairingError> {
    let mut all = cbor::decode(bytes)?.array("message")?.into_iter();
    if all.next() != Some(Value::Int(step)) {
        return Err(PairingError::OtherStep);
    }
    all.collect::<Vec<_>>().try_into().map_err(|_| CborError::Type("message").into())
}
