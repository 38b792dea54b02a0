//! Public keys as COSE keys (RFC 9053 §7), their `kid`, and the two signature algorithms (`docs/formats` §1, §2).

use super::SignError;
use crate::cbor::{self, Fields, MapBuilder, Value};
use crate::id::sha256;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use std::cell::Cell;

/// COSE algorithm numbers that are produced and accepted (RFC 9864).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519, −19.
    Ed25519,
    /// ECDSA P-256 with SHA-256, −9; raw r‖s, low-s.
    Esp256,
}
impl Algorithm {
    /// The COSE number.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::Ed25519 => -19,
            Self::Esp256 => -9,
        }
    }
}

/// First 8 bytes of SHA-256 over the deterministic COSE key.
pub type Kid = [u8; 8];

/// A public key that can verify signatures.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PublicKey {
    /// OKP, crv 6.
    Ed25519([u8; 32]),
    /// EC2, crv 1; x and the sign of y.
    P256 {
        /// Affine x.
        x: [u8; 32],
        /// Whether y is odd.
        odd: bool,
    },
}

impl PublicKey {
    /// A P-256 key from SEC1 bytes, compressed (33) or not (65).
    ///
    /// # Errors
    /// [`SignError::BadKey`] when the bytes are no point of the curve.
    pub fn p256_from_sec1(bytes: &[u8]) -> Result<Self, SignError> {
        let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).map_err(|_| SignError::BadKey)?;
        let point = key.to_sec1_point(true);
        let (first, x) = point.as_bytes().split_first().ok_or(SignError::BadKey)?;
        Ok(Self::P256 { x: x.try_into().map_err(|_| SignError::BadKey)?, odd: *first == 3 })
    }

    /// Its algorithm.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::Ed25519,
            Self::P256 { .. } => Algorithm::Esp256,
        }
    }

    /// As a COSE key.
    #[must_use]
    pub fn to_cose(&self) -> Value {
        match self {
            Self::Ed25519(x) => MapBuilder::new().with(1, 1).with(-1, 6).with(-2, *x).build(),
            Self::P256 { x, odd } => MapBuilder::new().with(1, 2).with(-1, 1).with(-2, *x).with(-3, *odd).build(),
        }
    }

    /// From a COSE key.
    ///
    /// # Errors
    /// [`SignError::BadKey`] for another shape or curve.
    pub fn from_cose(value: Value) -> Result<Self, SignError> {
        let mut f = Fields::of(value)?;
        let (kty, crv) = (f.req(1, "kty")?.int("kty")?, f.req(-1, "crv")?.int("crv")?);
        let x = f.req(-2, "x")?.array_of("x")?;
        let key = match (kty, crv) {
            (1, 6) => Self::Ed25519(x),
            (2, 1) => Self::P256 { x, odd: f.req(-3, "y")?.bool("y")? },
            _ => return Err(SignError::BadKey),
        };
        f.end()?;
        Ok(key)
    }

    /// Its `kid`.
    #[must_use]
    pub fn kid(&self) -> Kid {
        kid_of(&self.to_cose())
    }

    /// Checks a raw 64-byte signature over a message strictly (P2): what is inside COSE, and what comes without it (C2SP notes, time stamps).
    ///
    /// # Errors
    /// [`SignError`] names the deviation.
    pub fn check(&self, message: &[u8], signature: &[u8]) -> Result<(), SignError> {
        let raw: [u8; 64] = signature.try_into().map_err(|_| SignError::BadSignature)?;
        match self {
            Self::Ed25519(a) => {
                let key = ed25519_dalek::VerifyingKey::from_bytes(a).map_err(|_| SignError::BadKey)?;
                if key.is_weak() || key.to_edwards().compress().to_bytes() != *a {
                    return Err(SignError::BadKey);
                }
                key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(&raw)).map_err(|_| SignError::BadSignature)
            }
            Self::P256 { x, odd } => {
                let point = point(x, *odd)?;
                let sig = p256::ecdsa::Signature::from_slice(&raw).map_err(|_| SignError::BadSignature)?;
                if sig.normalize_s() != sig {
                    return Err(SignError::HighS);
                }
                // Several times faster than `p256` itself, and most of what an office has to do (`docs/adr/0008`).
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, &raw).map_err(|_| SignError::BadSignature)
            }
        }
    }
}

type Compressed = ([u8; 32], bool);

thread_local! {
    /// The key whose point was found last: what one device signed is mostly verified in one go.
    static FOUND: Cell<Option<(Compressed, [u8; 65])>> = const { Cell::new(None) };
}

/// The point of a P-256 key, uncompressed (SEC1 §2.3.3).
fn point(x: &[u8; 32], odd: bool) -> Result<[u8; 65], SignError> {
    if let Some((_, point)) = FOUND.get().filter(|(key, _)| *key == (*x, odd)) {
        return Ok(point);
    }
    let mut sec1 = vec![if odd { 3 } else { 2 }];
    sec1.extend(x);
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&sec1).map_err(|_| SignError::BadKey)?;
    let point = key.to_sec1_point(false).as_bytes().try_into().map_err(|_| SignError::BadKey)?;
    FOUND.set(Some(((*x, odd), point)));
    Ok(point)
}

/// `kid` of any COSE key value.
#[must_use]
pub fn kid_of(cose: &Value) -> Kid {
    let digest = sha256(&cbor::encode(cose).unwrap_or_default());
    let mut kid = [0; 8];
    for (k, d) in kid.iter_mut().zip(digest) {
        *k = d;
    }
    kid
}

/// A signature as the platform gave it.
#[derive(Debug, Clone)]
pub enum RawSignature {
    /// 64 bytes: Ed25519, or ECDSA r‖s.
    Fixed(Vec<u8>),
    /// ECDSA in ASN.1 DER, as Android and Apple give it.
    Der(Vec<u8>),
}

impl RawSignature {
    /// The 64 bytes that go into COSE; ECDSA is brought to low-s.
    ///
    /// # Errors
    /// [`SignError::BadSignature`] when it is not a signature of that algorithm.
    pub fn normalise(&self, algorithm: Algorithm) -> Result<[u8; 64], SignError> {
        match (algorithm, self) {
            (Algorithm::Ed25519, Self::Fixed(b)) => b.as_slice().try_into().map_err(|_| SignError::BadSignature),
            (Algorithm::Ed25519, Self::Der(_)) => Err(SignError::BadSignature),
            (Algorithm::Esp256, raw) => {
                let sig = match raw {
                    Self::Fixed(b) => p256::ecdsa::Signature::from_slice(b),
                    Self::Der(b) => p256::ecdsa::Signature::from_der(b),
                }
                .map_err(|_| SignError::BadSignature)?;
                Ok(sig.normalize_s().to_bytes().into())
            }
        }
    }
}

/// Something that signs with one key.
pub trait Signer {
    /// Its public key.
    fn public_key(&self) -> PublicKey;
    /// Signs the message (not a digest of it).
    ///
    /// # Errors
    /// [`SignError::Key`] when the key cannot be used now.
    fn sign(&self, message: &[u8]) -> Result<RawSignature, SignError>;
}

/// An Ed25519 key held in memory: office keys, and devices without key hardware.
pub struct SoftwareKey(ed25519_dalek::SigningKey);
impl SoftwareKey {
    /// From a 32-byte seed.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&seed))
    }
}
impl Signer for SoftwareKey {
    fn public_key(&self) -> PublicKey {
        PublicKey::Ed25519(self.0.verifying_key().to_bytes())
    }
    fn sign(&self, message: &[u8]) -> Result<RawSignature, SignError> {
        use ed25519_dalek::Signer as _;
        Ok(RawSignature::Fixed(self.0.sign(message).to_bytes().to_vec()))
    }
}
