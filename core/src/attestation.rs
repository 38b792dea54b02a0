//! What a platform says of a device's keys: an Android key attestation or an Apple App Attest statement, as it travels in the application for
//! enrolment, and what it must be bound to (P3, P10). The office verifies it; nothing of it stops anybody from being enrolled.

use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::id::{Digest, Id, sha256_parts};
use crate::sign::PublicKey;

const ANDROID: &str = "android-key";
const APPLE: &str = "apple-appattest";

/// A platform's statement, unverified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attestation {
    /// Certificate chains (DER, the key's own first) of LOG, SHOW and OFFICER, each made with the challenge.
    Android {
        /// Chains in the order of the keys.
        chains: [Vec<Vec<u8>>; 3],
    },
    /// App Attest over [`bound_keys`].
    Apple {
        /// Name of the app's attested key.
        key: Vec<u8>,
        /// The attestation object (CBOR).
        object: Vec<u8>,
    },
}

impl Attestation {
    /// As it stands in the application.
    ///
    /// # Errors
    /// [`CborError`] never in practice.
    pub fn encode(&self) -> Result<Vec<u8>, CborError> {
        let m = MapBuilder::new().with("v", 1);
        let m = match self {
            Self::Android { chains } => {
                let chain = |c: &Vec<Vec<u8>>| Value::Array(c.iter().map(|b| b.as_slice().into()).collect());
                m.with("format", ANDROID).with("chains", Value::Array(chains.iter().map(chain).collect()))
            }
            Self::Apple { key, object } => m.with("format", APPLE).with("key", key.as_slice()).with("object", object.as_slice()),
        };
        cbor::encode(&m.build())
    }

    /// Reads it; a format of a later version is malformed to this one.
    ///
    /// # Errors
    /// [`CborError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        if f.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v"));
        }
        let read = match f.req("format", "format")?.text("format")?.as_str() {
            ANDROID => {
                let chain =
                    |v: Value| v.array("chain")?.into_iter().map(|c| c.bytes("certificate")).collect::<Result<Vec<_>, _>>();
                let chains = f.req("chains", "chains")?.array("chains")?.into_iter().map(chain).collect::<Result<Vec<_>, _>>()?;
                Self::Android { chains: chains.try_into().map_err(|_| CborError::Type("chains"))? }
            }
            APPLE => Self::Apple { key: f.req("key", "key")?.bytes("key")?, object: f.req("object", "object")?.bytes("object")? },
            _ => return Err(CborError::Type("format")),
        };
        f.end()?;
        Ok(read)
    }
}

/// What keys are made with (Android), and part of what App Attest states: bound to the office's one-time code and to this device's new log.
#[must_use]
pub fn challenge(code: &[u8; 16], device: Id, log: Id) -> Digest {
    sha256_parts(&[b"mz1/attest", &[0], code, &device.0, &log.0])
}

/// What App Attest states: the challenge and the three keys, each as a compressed SEC1 point. `None` for keys of another kind.
#[must_use]
pub fn bound_keys(challenge: &Digest, keys: [&PublicKey; 3]) -> Option<Digest> {
    let mut points = Vec::new();
    for key in keys {
        let PublicKey::P256 { x, odd } = key else { return None };
        points.push(if *odd { 3 } else { 2 });
        points.extend(x);
    }
    Some(sha256_parts(&[b"mz1/attest-keys", &[0], challenge, &points]))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;

    #[test]
    fn an_attestation_survives_its_encoding_and_a_later_format_is_refused() {
        let chains = [vec![vec![1], vec![2]], vec![vec![3]], vec![]];
        for a in [Attestation::Android { chains }, Attestation::Apple { key: vec![4], object: vec![5, 6] }] {
            assert_eq!(Attestation::decode(&a.encode().unwrap()), Ok(a));
        }
        let later = cbor::encode(&MapBuilder::new().with("v", 1).with("format", "fido").build()).unwrap();
        assert_eq!(Attestation::decode(&later), Err(CborError::Type("format")));
        assert!(Attestation::decode(&[0xff]).is_err());
    }

    #[test]
    fn a_challenge_is_bound_to_code_device_and_log_and_the_statement_to_each_key() {
        let one = challenge(&[1; 16], Id([2; 16]), Id([3; 16]));
        for other in [
            challenge(&[9; 16], Id([2; 16]), Id([3; 16])),
            challenge(&[1; 16], Id([9; 16]), Id([3; 16])),
            challenge(&[1; 16], Id([2; 16]), Id([9; 16])),
        ] {
            assert_ne!(one, other);
        }
        let key = |n| PublicKey::P256 { x: [n; 32], odd: false };
        let (a, b, c) = (key(1), key(2), key(3));
        let bound = bound_keys(&one, [&a, &b, &c]).unwrap();
        let odd = PublicKey::P256 { x: [3; 32], odd: true };
        for keys in [[&b, &a, &c], [&a, &b, &odd]] {
            assert_ne!(bound_keys(&one, keys).unwrap(), bound);
        }
        assert_eq!(bound_keys(&one, [&PublicKey::Ed25519([1; 32]), &b, &c]), None);
    }
}
