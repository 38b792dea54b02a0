//! RFC 3161 time stamps over a head of the office's log: request, response, and the judgement of a token (`docs/formats` §6.1).
//!
//! A token is judged by the key of its authority in the trust list, not by its certificate: `openssl ts -verify` can do that besides.

use super::der::{self, Der, Malformed, context, element};
use crate::id::{Digest, sha256};
use crate::sign::{Algorithm, RawSignature};
use crate::trust::{TrustList, TrustedKey, Use};
use chrono::NaiveDate;

/// id-signedData, 1.2.840.113549.1.7.2.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// id-ct-TSTInfo, 1.2.840.113549.1.9.16.1.4.
const TST_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04];
/// Attribute contentType, 1.2.840.113549.1.9.3.
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
/// Attribute messageDigest, 1.2.840.113549.1.9.4.
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
/// SHA-256, 2.16.840.1.101.3.4.2.1.
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// ecdsa-with-SHA256, 1.2.840.10045.4.3.2.
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

/// Largest token that is read.
pub const MAX_TOKEN: usize = 64 << 10;

/// Why a time stamp is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StampError {
    /// Not a token (or response) in DER of the expected shape.
    #[error("malformed time stamp")]
    Malformed,
    /// The authority did not grant it.
    #[error("the authority refused")]
    Refused,
    /// It is about something else.
    #[error("time stamp for something else")]
    Imprint,
    /// Not an answer to this request.
    #[error("answer to another request")]
    Nonce,
    /// The signature does not verify with any key of use `timestamp` that was valid then.
    #[error("signature of the time stamp does not verify")]
    Signature,
}
impl From<Malformed> for StampError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// What a token says, and who of the trust list says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// genTime, ms.
    pub at: i64,
    /// Name of the authority's key in the trust list; `None`: another algorithm, or no key of use `timestamp` for that time: it cannot be judged here.
    pub by: Option<String>,
}

/// A TimeStampReq for the imprint, which asks for the certificate too (RFC 3161 §2.4.1).
#[must_use]
pub fn request(imprint: &Digest, nonce: &[u8; 8]) -> Vec<u8> {
    let version = element(der::INTEGER, &[&[1]]);
    element(der::SEQUENCE, &[&version, &message_imprint(imprint), &integer(nonce), &[0x01, 1, 0xff]])
}

fn message_imprint(imprint: &Digest) -> Vec<u8> {
    let algorithm = element(der::SEQUENCE, &[&element(der::OID, &[SHA256]), &[0x05, 0]]);
    element(der::SEQUENCE, &[&algorithm, &element(der::OCTETS, &[imprint])])
}

/// A positive INTEGER in its shortest form.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = bytes.iter().copied().skip_while(|b| *b == 0).collect();
    let sign: &[u8] = if digits.first().is_none_or(|b| b & 0x80 != 0) { &[0] } else { &[] };
    element(der::INTEGER, &[sign, &digits])
}

/// The token out of a TimeStampResp that granted it, and answers the request with this nonce about this imprint (RFC 3161 §2.4.2).
///
/// # Errors
/// [`StampError`].
pub fn from_response(response: &[u8], imprint: &Digest, nonce: &[u8; 8]) -> Result<Vec<u8>, StampError> {
    let mut r = Der::open(response, der::SEQUENCE)?;
    let status = r.inside(der::SEQUENCE)?.expect(der::INTEGER)?.content;
    if !matches!(status, [0 | 1]) {
        return Err(StampError::Refused);
    }
    let token = r.expect(der::SEQUENCE)?.whole.to_vec();
    r.end()?;
    let info = Token::read(&token)?.info()?;
    if info.imprint != imprint {
        return Err(StampError::Imprint);
    }
    if info.nonce != Some(integer(nonce).as_slice()) {
        return Err(StampError::Nonce);
    }
    Ok(token)
}

/// Judges a token over `imprint`: an ECDSA P-256 signature with SHA-256 must verify with a key of use `timestamp` that was valid at genTime.
///
/// # Errors
/// [`StampError`].
pub fn judge(token: &[u8], imprint: &Digest, trust: &TrustList) -> Result<Stamped, StampError> {
    let token = Token::read(token)?;
    let info = token.info()?;
    if info.imprint != imprint {
        return Err(StampError::Imprint);
    }
    let keys = trust.keys.iter().filter(|k| k.usage == Use::Timestamp && k.valid_at(info.at).is_ok());
    let mut keys = keys.filter_map(|k| match k.key {
        TrustedKey::Verify(p) if p.algorithm() == Algorithm::Esp256 => Some((p, &k.name)),
        _ => None,
    });
    if !token.is_ecdsa_sha256 {
        return Ok(Stamped { at: info.at, by: None });
    }
    let Some(first) = keys.next() else { return Ok(Stamped { at: info.at, by: None }) };
    let signature =
        RawSignature::Der(token.signature.to_vec()).normalise(Algorithm::Esp256).map_err(|_| StampError::Signature)?;
    let by = std::iter::once(first).chain(keys).find(|(key, _)| key.check(&token.signed, &signature).is_ok());
    by.map(|(_, name)| Stamped { at: info.at, by: Some(name.clone()) }).ok_or(StampError::Signature)
}

/// A TimeStampToken taken apart: what was signed, how, and the TSTInfo that it commits to.
struct Token<'a> {
    tst_info: &'a [u8],
    /// The signed attributes as the SET that was signed (RFC 5652 §5.4).
    signed: Vec<u8>,
    is_ecdsa_sha256: bool,
    signature: &'a [u8],
}

struct Info<'a> {
    imprint: &'a [u8],
    nonce: Option<&'a [u8]>,
    at: i64,
}

impl<'a> Token<'a> {
    fn read(token: &'a [u8]) -> Result<Self, StampError> {
        if token.len() > MAX_TOKEN {
            return Err(StampError::Malformed);
        }
        let mut content_info = Der::open(token, der::SEQUENCE)?;
        is_oid(&mut content_info, SIGNED_DATA)?;
        let explicit = content_info.expect(context(0))?;
        content_info.end()?;
        let mut data = Der::open(explicit.content, der::SEQUENCE)?;
        data.expect(der::INTEGER)?;
        data.expect(der::SET)?;
        let mut content = data.inside(der::SEQUENCE)?;
        is_oid(&mut content, TST_INFO)?;
        let octets = content.expect(context(0))?;
        content.end()?;
        let mut octets = Der::of(octets.content);
        let tst_info = octets.expect(der::OCTETS)?.content;
        octets.end()?;
        data.optional(context(0))?;
        data.optional(context(1))?;
        let mut signers = data.inside(der::SET)?;
        data.end()?;
        let mut signer = signers.inside(der::SEQUENCE)?;
        // Exactly one signature (RFC 3161 §2.4.2).
        signers.end()?;
        signer.expect(der::INTEGER)?;
        signer.next()?;
        let digest = algorithm(&mut signer)?;
        let attributes = signer.expect(context(0))?;
        let signature_algorithm = algorithm(&mut signer)?;
        let signature = signer.expect(der::OCTETS)?.content;
        signer.optional(context(1))?;
        signer.end()?;

        let is_ecdsa_sha256 = digest == SHA256 && signature_algorithm == ECDSA_SHA256;
        let attribute = |wanted: &[u8]| {
            let mut found = None;
            let mut all = Der::of(attributes.content);
            while !all.is_empty() {
                let mut a = all.inside(der::SEQUENCE)?;
                let oid = a.expect(der::OID)?.content;
                let mut values = a.inside(der::SET)?;
                a.end()?;
                if oid == wanted {
                    let value = values.next()?;
                    values.end()?;
                    if found.replace(value.content).is_some() {
                        return Err(Malformed);
                    }
                }
            }
            found.ok_or(Malformed)
        };
        let bound = attribute(CONTENT_TYPE)? == TST_INFO
            && (!is_ecdsa_sha256 || attribute(MESSAGE_DIGEST)? == sha256(tst_info).as_slice());
        if !bound {
            return Err(StampError::Malformed);
        }
        let signed = element(der::SET, &[attributes.content]);
        Ok(Self { tst_info, signed, is_ecdsa_sha256, signature })
    }

    fn info(&self) -> Result<Info<'a>, StampError> {
        let mut i = Der::open(self.tst_info, der::SEQUENCE)?;
        if i.expect(der::INTEGER)?.content != [1] {
            return Err(StampError::Malformed);
        }
        i.expect(der::OID)?;
        let mut imprint = i.inside(der::SEQUENCE)?;
        if algorithm(&mut imprint)? != SHA256 {
            return Err(StampError::Imprint);
        }
        let hash = imprint.expect(der::OCTETS)?.content;
        imprint.end()?;
        i.expect(der::INTEGER)?;
        let at = time(i.expect(der::TIME)?.content).ok_or(StampError::Malformed)?;
        i.optional(der::SEQUENCE)?;
        i.optional(0x01)?;
        let nonce = i.optional(der::INTEGER)?.map(|n| n.whole);
        i.optional(context(0))?;
        i.optional(context(1))?;
        i.end()?;
        Ok(Info { imprint: hash, nonce, at })
    }
}

fn is_oid(d: &mut Der<'_>, oid: &[u8]) -> Result<(), Malformed> {
    if d.expect(der::OID)?.content == oid { Ok(()) } else { Err(Malformed) }
}

/// The OID of an AlgorithmIdentifier; parameters are passed over.
fn algorithm<'a>(d: &mut Der<'a>) -> Result<&'a [u8], Malformed> {
    d.inside(der::SEQUENCE)?.expect(der::OID).map(|e| e.content)
}

/// GeneralizedTime of DER: `YYYYMMDDhhmmss[.f…]Z`, ms since 1970; beyond milliseconds is cut off.
fn time(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(w, f)| (w, Some(f)));
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if whole.len() != 14 || !digits(whole) || fraction.is_some_and(|f| !digits(f) || f.ends_with('0')) {
        return None;
    }
    let part = |a: usize, b: usize| whole.get(a..b)?.parse::<u32>().ok();
    let day = NaiveDate::from_ymd_opt(i32::try_from(part(0, 4)?).ok()?, part(4, 6)?, part(6, 8)?)?;
    let at = day.and_hms_opt(part(8, 10)?, part(10, 12)?, part(12, 14)?)?;
    let ms = format!("{:0<3}", fraction.unwrap_or_default()).get(..3)?.parse::<i64>().ok()?;
    Some(at.and_utc().timestamp() * 1000 + ms)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;
    use crate::sign::PublicKey;
    use p256::ecdsa::signature::Signer as _;

    struct Authority(p256::ecdsa::SigningKey);
    impl Authority {
        fn new(seed: u8) -> Self {
            Self(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
        }
        fn trust(&self, until: i64) -> TrustList {
            let mut list = crate::log::test_trust(&crate::sign::SoftwareKey::from_seed([1; 32]), Use::Timestamp);
            let key = PublicKey::p256_from_sec1(self.0.verifying_key().to_sec1_point(false).as_bytes()).unwrap();
            for k in &mut list.keys {
                (k.key, k.until, k.name) = (TrustedKey::Verify(key), until, "tsa".into());
            }
            list
        }
        /// A TimeStampResp as an authority makes it.
        fn answer(&self, imprint: &Digest, nonce: &[u8], time: &str, signature_algorithm: &[u8]) -> Vec<u8> {
            let one = element(der::INTEGER, &[&[1]]);
            let oid = |o| element(der::OID, &[o]);
            let seq = |parts: &[&[u8]]| element(der::SEQUENCE, parts);
            let info =
                seq(&[&one, &oid(&[0x2a, 3]), &message_imprint(imprint), &one, &element(der::TIME, &[time.as_bytes()]), nonce]);
            let attributes = [
                seq(&[&oid(CONTENT_TYPE), &element(der::SET, &[&oid(TST_INFO)])]),
                seq(&[&oid(MESSAGE_DIGEST), &element(der::SET, &[&element(der::OCTETS, &[&sha256(&info)])])]),
            ]
            .concat();
            let signature: p256::ecdsa::Signature = self.0.sign(&element(der::SET, &[&attributes]));
            let content = seq(&[&oid(TST_INFO), &element(context(0), &[&element(der::OCTETS, &[&info])])]);
            let signer = seq(&[
                &one,
                &seq(&[]),
                &seq(&[&oid(SHA256)]),
                &element(context(0), &[&attributes]),
                &seq(&[&oid(signature_algorithm)]),
                &element(der::OCTETS, &[signature.to_der().as_bytes()]),
            ]);
            let data = seq(&[&one, &element(der::SET, &[]), &content, &element(der::SET, &[&signer])]);
            let token = seq(&[&oid(SIGNED_DATA), &element(context(0), &[&data])]);
            seq(&[&seq(&[&element(der::INTEGER, &[&[0]])]), &token])
        }
    }

    #[test]
    fn p5_a_time_stamp_counts_for_its_imprint_nonce_and_authority_only() {
        let (tsa, imprint, nonce) = (Authority::new(7), sha256(b"head"), [0, 0x80, 1, 2, 3, 4, 5, 6]);
        let trust = tsa.trust(i64::MAX);
        let answer = tsa.answer(&imprint, &integer(&nonce), "20261122083000.25Z", ECDSA_SHA256);
        let token = from_response(&answer, &imprint, &nonce).unwrap();
        assert_eq!(judge(&token, &imprint, &trust), Ok(Stamped { at: 1_795_336_200_250, by: Some("tsa".into()) }));
        assert_eq!(from_response(&answer, &sha256(b"x"), &nonce), Err(StampError::Imprint));
        assert_eq!(from_response(&answer, &imprint, &[9; 8]), Err(StampError::Nonce));
        assert_eq!(judge(&token, &sha256(b"x"), &trust), Err(StampError::Imprint));
        assert_eq!(judge(&token, &imprint, &Authority::new(8).trust(i64::MAX)), Err(StampError::Signature), "a stranger's");
        assert_eq!(judge(&token, &imprint, &tsa.trust(100)).unwrap().by, None, "no key for that time");
        let rsa = tsa.answer(&imprint, &integer(&nonce), "20261122083000Z", &[0x2a, 3]);
        let rsa = from_response(&rsa, &imprint, &nonce).unwrap();
        assert_eq!(judge(&rsa, &imprint, &trust).unwrap().by, None, "another algorithm cannot be judged");
        let refused = element(der::SEQUENCE, &[&element(der::SEQUENCE, &[&element(der::INTEGER, &[&[2]])])]);
        assert_eq!(from_response(&refused, &imprint, &nonce), Err(StampError::Refused));
    }

    /// F38.
    #[test]
    fn f38_no_flipped_bit_of_what_was_signed_leaves_a_time_stamp_good() {
        let (tsa, imprint) = (Authority::new(7), sha256(b"head"));
        let trust = tsa.trust(i64::MAX);
        let answer = tsa.answer(&imprint, &integer(&[1; 8]), "20261122083000Z", ECDSA_SHA256);
        let token = from_response(&answer, &imprint, &[1; 8]).unwrap();
        let good = judge(&token, &imprint, &trust).unwrap();
        for bit in 0..token.len() * 8 {
            let mut bad = token.clone();
            if let Some(b) = bad.get_mut(bit / 8) {
                *b ^= 1 << (bit % 8);
            }
            // Bytes outside the signature (versions, the digest algorithms of the envelope) may change; what it says may not.
            let judged = judge(&bad, &imprint, &trust);
            assert!(judged.as_ref().is_ok_and(|j| *j == good || j.by.is_none()) || judged.is_err(), "bit {bit}");
        }
    }

    #[test]
    fn only_the_time_form_of_der_is_read() {
        assert_eq!(time(b"19700101000001Z"), Some(1000));
        assert_eq!(time(b"20000229235959.123456Z"), Some(951_868_799_123));
        for bad in [
            "20010229000000Z",
            "20260101000000",
            "20260101000000.Z",
            "20260101000000.10Z",
            "20260101000000+0800",
            "202601010000Z",
        ] {
            assert_eq!(time(bad.as_bytes()), None, "{bad}");
        }
    }
}
