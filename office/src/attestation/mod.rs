//! What a device's platform says of its keys, verified (P3, P10): *attested*, with the level that was proven, or *claimed*, with the reason.
//! It never stops an enrolment: old phones have no attestation, and the administrator compares fingerprints in any case.

mod android;
mod apple;
mod chain;
mod der;

#[cfg(test)]
mod tests;

use crate::error::{OfficeError, Result};
use chain::Read;
use mingzheng_core::attestation::{Attestation, bound_keys, challenge};
use mingzheng_core::enrolment::Application;
use mingzheng_core::host::KeyProtection;
use mingzheng_core::sign::PublicKey;
use std::path::Path;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

/// Why keys are only claimed to be where the phone says they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No statement came with the application.
    #[error("none")]
    None,
    /// The office was told no root.
    #[error("no_roots")]
    NoRoots,
    /// The statement is not of its format.
    #[error("malformed")]
    Malformed,
    /// A certificate is not valid yet or not any more.
    #[error("expired")]
    Expired,
    /// A certificate is not signed by the next, or by one that may not.
    #[error("chain")]
    Chain,
    /// The chain ends at a root that the office was not told.
    #[error("unknown_root")]
    UnknownRoot,
    /// Made for another code, device or log.
    #[error("challenge")]
    Challenge,
    /// About another key than the one in the application.
    #[error("wrong_key")]
    WrongKey,
    /// The platform itself says: in software.
    #[error("software_level")]
    SoftwareLevel,
    /// The key was brought in from outside.
    #[error("imported")]
    Imported,
    /// The system was changed, or the bootloader is open.
    #[error("boot")]
    Boot,
    /// Another app.
    #[error("app")]
    App,
    /// The app's attested key was used before.
    #[error("counter")]
    Counter,
    /// The phone claims another place than the one that is attested.
    #[error("level")]
    Level,
}

/// What may be attested, by the office's settings.
#[derive(Default)]
pub struct Trusted {
    roots: Vec<Read>,
    /// Package of the Android app; empty: any.
    pub android_app: String,
    /// `TEAM.bundle` of the iOS app; empty: none is accepted.
    pub ios_app: String,
}

impl Trusted {
    /// Reads the roots out of a PEM file.
    ///
    /// # Errors
    /// [`OfficeError::Settings`] names the file.
    pub fn load(roots: Option<&Path>, android_app: &str, ios_app: &str) -> Result<Self> {
        let mut read = Vec::new();
        if let Some(path) = roots {
            let bad = |e: &dyn std::fmt::Display| OfficeError::Settings(format!("{}: {e}", path.display()));
            for certificate in CertificateDer::pem_file_iter(path).map_err(|e| bad(&e))? {
                let der = certificate.map_err(|e| bad(&e))?;
                read.push(Read::from_der(&der).map_err(|e| bad(&e))?);
            }
        }
        Ok(Self { roots: read, android_app: android_app.to_owned(), ios_app: ios_app.to_owned() })
    }

    /// Where the keys of an application are proven to live.
    ///
    /// # Errors
    /// [`Fault`]: then it is only claimed.
    pub fn judge(&self, a: &Application, now_ms: i64) -> std::result::Result<KeyProtection, Fault> {
        let bytes = a.attestation.as_deref().ok_or(Fault::None)?;
        if self.roots.is_empty() {
            return Err(Fault::NoRoots);
        }
        let now_s = u64::try_from(now_ms / 1000).map_err(|_| Fault::Expired)?;
        let challenge = challenge(&a.code, a.device, a.log);
        let keys = [&a.log_key, &a.show_key, &a.officer_key];
        let proven = match Attestation::decode(bytes).map_err(|_| Fault::Malformed)? {
            Attestation::Android { chains } => {
                let mut weakest = KeyProtection::Strongbox;
                for (chain, key) in chains.iter().zip(keys) {
                    let level = self.android(chain, key, &challenge, now_s)?;
                    if level != KeyProtection::Strongbox {
                        weakest = level;
                    }
                }
                weakest
            }
            Attestation::Apple { key, object } => {
                let statement = bound_keys(&challenge, keys).ok_or(Fault::WrongKey)?;
                apple::check(&key, &object, &statement, &self.ios_app, &self.roots, now_s)?;
                KeyProtection::SecureEnclave
            }
        };
        // A phone that claims less than is proven is taken at its word; one that claims more, or another place, is not.
        match (a.key_protection, proven) {
            (KeyProtection::Strongbox, KeyProtection::Strongbox)
            | (KeyProtection::Tee, KeyProtection::Tee | KeyProtection::Strongbox)
            | (KeyProtection::SecureEnclave, KeyProtection::SecureEnclave) => Ok(a.key_protection),
            _ => Err(Fault::Level),
        }
    }

    fn android(
        &self,
        chain: &[Vec<u8>],
        key: &PublicKey,
        challenge: &[u8; 32],
        now_s: u64,
    ) -> std::result::Result<KeyProtection, Fault> {
        let own = chain::verify(chain, &self.roots, android::EXTENSION, now_s)?;
        if PublicKey::p256_from_sec1(own.key()).ok().as_ref() != Some(key) {
            return Err(Fault::WrongKey);
        }
        let said = own.extension(android::EXTENSION).ok_or(Fault::Malformed)?;
        android::Description::read(said)?.check(challenge, &self.android_app)
    }
}
