//! A chain of X.509 certificates up to a root that the office was told (RFC 5280 §6.1, as far as attestations go: names, times, signatures, who may issue).

use super::Fault;
use super::der::{self, SEQUENCE};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::BasicConstraints;

const MOST: usize = 8;
const EC_KEY: &str = "1.2.840.10045.2.1";
const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";
const RSA_KEY: &str = "1.2.840.113549.1.1.1";

/// A certificate, with the bytes that its issuer signed.
pub(super) struct Read {
    pub(super) certificate: Certificate,
    der: Vec<u8>,
    signed: Vec<u8>,
}

impl Read {
    pub(super) fn from_der(der: &[u8]) -> Result<Self, Fault> {
        let certificate = Certificate::from_der(der).map_err(|_| Fault::Malformed)?;
        let mut inside = der::only(der, SEQUENCE).ok_or(Fault::Malformed)?;
        let signed = der::next(&mut inside).ok_or(Fault::Malformed)?.whole.to_vec();
        Ok(Self { certificate, der: der.to_vec(), signed })
    }

    /// The content of an extension.
    pub(super) fn extension(&self, oid: &str) -> Option<&[u8]> {
        let all = self.certificate.tbs_certificate().extensions()?;
        all.iter().find(|e| e.extn_id.to_string() == oid).map(|e| e.extn_value.as_bytes())
    }

    /// The bits of the public key.
    pub(super) fn key(&self) -> &[u8] {
        self.certificate.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes()
    }

    fn valid_at(&self, now_s: u64) -> bool {
        let v = self.certificate.tbs_certificate().validity();
        v.not_before.to_unix_duration().as_secs() <= now_s && now_s <= v.not_after.to_unix_duration().as_secs()
    }

    fn may_issue(&self) -> bool {
        let found = self.certificate.tbs_certificate().get_extension::<BasicConstraints>();
        found.is_ok_and(|e| e.is_some_and(|(_, c)| c.ca))
    }

    fn issued(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.certificate.tbs_certificate(), other.certificate.tbs_certificate());
        mine.subject() == theirs.issuer() && self.may_issue() && self.signed(other).unwrap_or(false)
    }

    /// Whether this key signed the other certificate; `None` for algorithms that nobody uses here.
    fn signed(&self, other: &Self) -> Option<bool> {
        let key = self.certificate.tbs_certificate().subject_public_key_info();
        let curve = key.algorithm.parameters.as_ref().and_then(|p| p.to_der().ok()).and_then(|d| oid_of(&d));
        let by = other.certificate.signature_algorithm().oid.to_string();
        let algorithm: &'static dyn VerificationAlgorithm =
            match (key.algorithm.oid.to_string().as_str(), curve.as_deref(), by.as_str()) {
                (EC_KEY, Some(P256), "1.2.840.10045.4.3.2") => &ECDSA_P256_SHA256_ASN1,
                (EC_KEY, Some(P256), "1.2.840.10045.4.3.3") => &ECDSA_P256_SHA384_ASN1,
                (EC_KEY, Some(P384), "1.2.840.10045.4.3.2") => &ECDSA_P384_SHA256_ASN1,
                (EC_KEY, Some(P384), "1.2.840.10045.4.3.3") => &ECDSA_P384_SHA384_ASN1,
                (RSA_KEY, _, "1.2.840.113549.1.1.11") => &RSA_PKCS1_2048_8192_SHA256,
                (RSA_KEY, _, "1.2.840.113549.1.1.12") => &RSA_PKCS1_2048_8192_SHA384,
                (RSA_KEY, _, "1.2.840.113549.1.1.13") => &RSA_PKCS1_2048_8192_SHA512,
                _ => return None,
            };
        let signature = other.certificate.signature().as_bytes()?;
        Some(UnparsedPublicKey::new(algorithm, self.key()).verify(&other.signed, signature).is_ok())
    }
}

fn oid_of(der: &[u8]) -> Option<String> {
    let oid: x509_cert::spki::ObjectIdentifier = x509_cert::der::Decode::from_der(der).ok()?;
    Some(oid.to_string())
}

/// The key's own certificate, when each is valid now and signed by the next, the last is a known root or signed by one, and only the first
/// carries the extension: a key that was attested can sign, but not attest others.
pub(super) fn verify(chain: &[Vec<u8>], roots: &[Read], extension: &str, now_s: u64) -> Result<Read, Fault> {
    if chain.is_empty() || chain.len() > MOST {
        return Err(Fault::Malformed);
    }
    let all = chain.iter().map(|c| Read::from_der(c)).collect::<Result<Vec<_>, _>>()?;
    if all.iter().any(|c| !c.valid_at(now_s)) {
        return Err(Fault::Expired);
    }
    if all.iter().skip(1).any(|c| c.extension(extension).is_some()) {
        return Err(Fault::Chain);
    }
    if all.windows(2).any(|w| matches!(w, [one, next] if !next.issued(one))) {
        return Err(Fault::Chain);
    }
    let last = all.last().ok_or(Fault::Malformed)?;
    // A root may end the chain or be left out of it.
    let known = roots.iter().any(|r| (all.len() > 1 && r.der == last.der) || (r.valid_at(now_s) && r.issued(last)));
    if !known {
        return Err(Fault::UnknownRoot);
    }
    all.into_iter().next().ok_or(Fault::Malformed)
}
