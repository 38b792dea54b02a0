#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use super::*;
use coset::{CborSerializable as _, TaggedCborSerializable as _};

struct P256Key(p256::ecdsa::SigningKey);
impl Signer for P256Key {
    fn public_key(&self) -> PublicKey {
        PublicKey::p256_from_sec1(self.0.verifying_key().to_sec1_point(false).as_bytes()).unwrap()
    }
    fn sign(&self, message: &[u8]) -> Result<RawSignature, SignError> {
        use p256::ecdsa::signature::Signer as _;
        let s: p256::ecdsa::Signature = self.0.sign(message);
        Ok(RawSignature::Der(s.to_der().as_bytes().to_vec()))
    }
}

fn keys() -> Vec<Box<dyn Signer>> {
    let p = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
    vec![Box::new(SoftwareKey::from_seed([7; 32])), Box::new(P256Key(p))]
}

#[test]
fn a_payload_is_reachable_only_with_the_right_key_and_kind() {
    for k in keys() {
        let o = sign("mz1/a", k.as_ref(), b"\x01".to_vec()).unwrap();
        assert_eq!(Unverified::read(&o, "mz1/a").unwrap().verify(&k.public_key()), Ok(vec![1]));
        assert_eq!(Unverified::read(&o, "mz1/b").err(), Some(SignError::WrongType("mz1/b")));
        let other = SoftwareKey::from_seed([8; 32]).public_key();
        assert!(Unverified::read(&o, "mz1/a").unwrap().verify(&other).is_err());
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    for k in keys() {
        let o = sign("mz1/a", k.as_ref(), b"\x83\x01\x02\x03".to_vec()).unwrap();
        for bit in 0..o.len() * 8 {
            let mut bad = o.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let r = Unverified::read(&bad, "mz1/a").and_then(|u| u.verify(&k.public_key()));
            assert!(r.is_err(), "bit {bit}");
        }
    }
}

#[test]
fn p2_high_s_unknown_algorithm_and_weak_keys_are_refused() {
    let k = &keys()[1];
    let p = Prepared::embedded("mz1/a", &k.public_key(), vec![1]).unwrap();
    let RawSignature::Der(der) = k.sign(&p.message().unwrap()).unwrap() else {
        return;
    };
    let low = p256::ecdsa::Signature::from_der(&der).unwrap().normalize_s();
    let high = p256::ecdsa::Signature::from_scalars(low.r(), -*low.s()).unwrap();
    let low_object = p.finish(&RawSignature::Fixed(high.to_bytes().to_vec())).unwrap();
    assert!(Unverified::read(&low_object, "mz1/a").unwrap().verify(&k.public_key()).is_ok(), "the writer brings it to low-s");
    let at = low_object.len() - 64;
    let mut forged = low_object;
    forged.truncate(at);
    forged.extend(high.to_bytes());
    assert_eq!(Unverified::read(&forged, "mz1/a").unwrap().verify(&k.public_key()), Err(SignError::HighS));

    let ed = SoftwareKey::from_seed([7; 32]);
    let mut o = sign("mz1/a", &ed, vec![1]).unwrap();
    let alg = o.windows(2).position(|w| w == [0x01, 0x32]).unwrap();
    o[alg + 1] = 0x33;
    assert_eq!(Unverified::read(&o, "mz1/a").unwrap().verify(&ed.public_key()), Err(SignError::UnknownAlgorithm));

    let weak = PublicKey::Ed25519({
        let mut y = [0; 32];
        y[0] = 1;
        y
    });
    let o = Prepared::embedded("mz1/a", &weak, vec![1]).unwrap().finish(&RawSignature::Fixed(vec![0; 64])).unwrap();
    assert_eq!(Unverified::read(&o, "mz1/a").unwrap().verify(&weak), Err(SignError::BadKey));
}

#[test]
fn a_foreign_library_reads_and_verifies_what_we_write() {
    let ed = SoftwareKey::from_seed([7; 32]);
    let o = sign("mz1/a", &ed, vec![1, 2, 3]).unwrap();
    let c = coset::CoseSign1::from_tagged_slice(&o).unwrap();
    assert_eq!(c.payload.as_deref(), Some(&[1, 2, 3][..]));
    assert_eq!(c.protected.header.key_id, ed.public_key().kid());
    let PublicKey::Ed25519(a) = ed.public_key() else {
        return;
    };
    let key = ed25519_dalek::VerifyingKey::from_bytes(&a).unwrap();
    c.verify_signature(b"", |s, m| key.verify_strict(m, &ed25519_dalek::Signature::from_slice(s).unwrap())).unwrap();
    let cose_key = coset::CoseKey::from_slice(&cbor::encode(&ed.public_key().to_cose()).unwrap()).unwrap();
    assert_eq!(cose_key.kty, coset::KeyType::Assigned(coset::iana::KeyType::OKP));
}

#[test]
fn multi_needs_k_distinct_known_signers() {
    let (a, b, c) = (SoftwareKey::from_seed([1; 32]), SoftwareKey::from_seed([2; 32]), SoftwareKey::from_seed([3; 32]));
    let known = [a.public_key(), b.public_key()];
    let find = |kid: Kid| known.iter().find(|k| k.kid() == kid).copied();
    let open = |signers: &[&dyn Signer]| {
        multi::MultiSigned::read(&multi::sign("mz1/p", signers, vec![1]).unwrap(), "mz1/p").unwrap().verify(2, find)
    };
    assert_eq!(open(&[&a, &b]).unwrap().0, vec![1]);
    assert_eq!(open(&[&a, &a]), Err(SignError::WrongKey), "one key twice is one signer");
    assert_eq!(open(&[&a, &c]), Err(SignError::WrongKey), "a stranger does not count");
}

/// What the fast library says of a P-256 signature is what the other one says, of right and of wrong ones (ADR 0008).
#[test]
fn p2_two_libraries_agree_on_signatures_of_p256() {
    use p256::ecdsa::signature::Verifier as _;
    let mut judged = [0, 0];
    for seed in 1..=40_u8 {
        let key = p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap();
        let public = P256Key(key.clone()).public_key();
        let message = vec![seed; usize::from(seed)];
        let RawSignature::Der(der) = P256Key(key.clone()).sign(&message).unwrap() else { unreachable!() };
        let right: [u8; 64] = p256::ecdsa::Signature::from_der(&der).unwrap().normalize_s().to_bytes().into();
        for wrong in [None, Some(0), Some(31), Some(40), Some(63)] {
            let mut raw = right;
            if let Some(at) = wrong {
                raw[at] ^= seed;
            }
            let theirs = p256::ecdsa::Signature::from_slice(&raw)
                .is_ok_and(|s| s.normalize_s() == s && key.verifying_key().verify(&message, &s).is_ok());
            assert_eq!(public.check(&message, &raw).is_ok(), theirs, "{seed} {wrong:?}");
            judged[usize::from(theirs)] += 1;
        }
        assert!(public.check(b"another message", &right).is_err());
    }
    assert_eq!(judged, [160, 40]);
    for bytes in [[0; 64], [0xff; 64]] {
        let public = P256Key(p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap()).public_key();
        assert_eq!(public.check(b"", &bytes), Err(SignError::BadSignature));
    }
}
