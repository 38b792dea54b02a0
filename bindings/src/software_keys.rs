//! Device keys in software, for simulators and tests: what a phone with key hardware must not use.

use crate::host::{Attestation, DeviceKey, DeviceKeys, DevicePublicKey, DeviceSignature, HostError, KeyProtection};
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use mingzheng_core::id::sha256_parts;
use mingzheng_core::sign::{PublicKey, RawSignature, Signer as _, SoftwareKey};
use std::sync::Arc;

/// Three Ed25519 keys and a wrapping key, all made from one secret. Every verifier shows such a device as "software".
struct SoftwareKeys {
    secret: Vec<u8>,
}

/// Keys in software from a secret of at least 32 bytes that the caller keeps; the same secret gives the same keys.
#[uniffi::export]
pub fn software_keys(secret: Vec<u8>) -> Result<Arc<dyn DeviceKeys>, HostError> {
    if secret.len() < 32 {
        return Err(failed("the secret is shorter than 32 bytes"));
    }
    Ok(Arc::new(SoftwareKeys { secret }))
}

fn failed(detail: &str) -> HostError {
    HostError::Failed { detail: detail.into() }
}

impl SoftwareKeys {
    fn part(&self, name: &[u8]) -> [u8; 32] {
        sha256_parts(&[b"mz1/software-key", &[0], name, &[0], &self.secret])
    }
    fn key(&self, key: DeviceKey, generation: u32) -> SoftwareKey {
        let name = match key {
            DeviceKey::Log => "log",
            DeviceKey::Show => "show",
            DeviceKey::Officer => "officer",
        };
        SoftwareKey::from_seed(self.part(format!("{name} {generation}").as_bytes()))
    }
    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(&Key::from(self.part(b"wrap")))
    }
}

impl DeviceKeys for SoftwareKeys {
    fn public_key(&self, key: DeviceKey, generation: u32) -> Result<DevicePublicKey, HostError> {
        match self.key(key, generation).public_key() {
            PublicKey::Ed25519(bytes) => Ok(DevicePublicKey::Ed25519 { bytes: bytes.to_vec() }),
            PublicKey::P256 { .. } => Err(failed("another kind of key")),
        }
    }
    fn sign(&self, key: DeviceKey, generation: u32, message: Vec<u8>) -> Result<DeviceSignature, HostError> {
        match self.key(key, generation).sign(&message).map_err(|_| failed("no signature"))? {
            RawSignature::Fixed(bytes) => Ok(DeviceSignature::Fixed { bytes }),
            RawSignature::Der(bytes) => Ok(DeviceSignature::Der { bytes }),
        }
    }
    /// Nothing to destroy: whoever has the secret has every generation.
    fn forget(&self, _generation: u32) -> Result<(), HostError> {
        Ok(())
    }
    /// Nobody attests software.
    fn attest(&self, _generation: u32, _challenge: Vec<u8>) -> Result<Option<Attestation>, HostError> {
        Ok(None)
    }
    /// Nothing to destroy here either: the caller keeps the secret, and destroys it.
    fn wipe(&self) -> Result<(), HostError> {
        Ok(())
    }
    /// The nonce comes of key and secret, so that one nonce never covers two texts.
    fn wrap(&self, secret: Vec<u8>) -> Result<Vec<u8>, HostError> {
        let digest = sha256_parts(&[&self.part(b"nonce"), &secret]);
        let (nonce, _) = digest.split_at(12);
        let nonce: [u8; 12] = nonce.try_into().map_err(|_| failed("no nonce"))?;
        let sealed = self.cipher().encrypt(&Nonce::from(nonce), secret.as_slice()).map_err(|_| failed("not encrypted"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }
    fn unwrap(&self, wrapped: Vec<u8>) -> Result<Vec<u8>, HostError> {
        let (nonce, sealed) = wrapped.split_first_chunk::<12>().ok_or(HostError::Gone)?;
        self.cipher().decrypt(&Nonce::from(*nonce), sealed).map_err(|_| HostError::Gone)
    }
    fn protection(&self) -> Result<KeyProtection, HostError> {
        Ok(KeyProtection::Software)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_same_secret_gives_the_same_keys_and_opens_what_it_wrapped() {
        let (one, again) = (software_keys(vec![7; 32]).unwrap(), software_keys(vec![7; 32]).unwrap());
        assert_eq!(one.public_key(DeviceKey::Log, 0), again.public_key(DeviceKey::Log, 0));
        assert_ne!(one.public_key(DeviceKey::Log, 0), one.public_key(DeviceKey::Officer, 0));
        assert_ne!(one.public_key(DeviceKey::Log, 0), one.public_key(DeviceKey::Log, 1));
        let wrapped = one.wrap(vec![1, 2, 3]).unwrap();
        assert_eq!(again.unwrap(wrapped.clone()), Ok(vec![1, 2, 3]));
        let stranger = software_keys(vec![8; 32]).unwrap();
        assert_eq!(stranger.unwrap(wrapped), Err(HostError::Gone));
        assert_eq!(one.unwrap(vec![0; 5]), Err(HostError::Gone));
        assert!(software_keys(vec![7; 31]).is_err());
    }
}
