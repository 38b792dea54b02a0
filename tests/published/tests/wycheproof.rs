//! Wycheproof. Where a vector is valid and we refuse it, or the other way round, the reason is named and the number is fixed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // tests fail by panicking

use mingzheng_core::seal::Recipient;
use mingzheng_core::sign::{PublicKey, RawSignature, SignError};
use wycheproof::TestResult;
use x25519_dalek::x25519;

/// P2: Ed25519 strict.
#[test]
fn p2_ed25519_is_judged_as_wycheproof_does() {
    use wycheproof::eddsa::{TestName, TestSet};
    let mut judged = 0;
    for group in TestSet::load(TestName::Ed25519).unwrap().test_groups {
        let key = PublicKey::Ed25519(group.key.pk.as_slice().try_into().unwrap());
        for test in group.tests {
            let good = key.check(&test.msg, &test.sig).is_ok();
            assert_eq!(good, test.result == TestResult::Valid, "Ed25519 {}: {}", test.tc_id, test.comment);
            judged += 1;
        }
    }
    assert!(judged > 100, "{judged}");
}

/// P2: ESP256 is raw r‖s of 64 bytes and low-s. Valid vectors with a high s are refused by name; nothing else that is valid is refused.
#[test]
fn p2_esp256_is_judged_as_wycheproof_does_but_for_high_s() {
    use wycheproof::ecdsa::{TestName, TestSet};
    let (mut judged, mut high) = (0, 0);
    for group in TestSet::load(TestName::EcdsaSecp256r1Sha256P1363).unwrap().test_groups {
        let key = PublicKey::p256_from_sec1(&group.key.key).unwrap();
        for test in group.tests {
            let verdict = key.check(&test.msg, &test.sig);
            let valid = test.result == TestResult::Valid;
            if valid && matches!(verdict, Err(SignError::HighS)) {
                // The same signature in its low form, as hardware output is normalised, is good.
                let low = RawSignature::Fixed(test.sig.to_vec()).normalise(key.algorithm()).unwrap();
                key.check(&test.msg, &low).unwrap();
                high += 1;
            } else {
                assert_eq!(verdict.is_ok(), valid, "P1363 {}: {}", test.tc_id, test.comment);
            }
            judged += 1;
        }
    }
    assert!(judged > 200 && high > 50, "{judged} judged, {high} of them high-s");
}

/// What phones' key stores give is DER: only strict DER is taken, and it is brought to low-s.
#[test]
fn p2_der_of_key_hardware_is_judged_as_wycheproof_does() {
    use wycheproof::ecdsa::{TestName, TestSet};
    let mut judged = 0;
    for group in TestSet::load(TestName::EcdsaSecp256r1Sha256).unwrap().test_groups {
        let key = PublicKey::p256_from_sec1(&group.key.key).unwrap();
        for test in group.tests {
            let raw = RawSignature::Der(test.sig.to_vec()).normalise(key.algorithm());
            let good = raw.and_then(|raw| key.check(&test.msg, &raw)).is_ok();
            assert_eq!(good, test.result == TestResult::Valid, "DER {}: {}", test.tc_id, test.comment);
            judged += 1;
        }
    }
    assert!(judged > 400, "{judged}");
}

/// P6, P10: X25519 as the core computes it; a point whose shared secret would be zero is refused as a recipient.
#[test]
fn p6_p10_x25519_gives_wycheproofs_secrets_and_refuses_zero() {
    use wycheproof::xdh::{TestFlag, TestName, TestSet};
    let (mut judged, mut refused) = (0, 0);
    for group in TestSet::load(TestName::X25519).unwrap().test_groups {
        for test in group.tests {
            let Ok(public) = <[u8; 32]>::try_from(test.public_key.as_slice()) else {
                assert_eq!(test.result, TestResult::Invalid, "a key of another length");
                continue;
            };
            let private = test.private_key.as_slice().try_into().unwrap();
            assert_eq!(x25519(private, public), test.shared_secret.as_slice(), "X25519 {}: {}", test.tc_id, test.comment);
            let zero = test.flags.contains(&TestFlag::ZeroSharedSecret);
            assert_eq!(Recipient::from_bytes(public).is_err(), zero, "X25519 {}: {}", test.tc_id, test.comment);
            judged += 1;
            refused += usize::from(zero);
        }
    }
    assert!(judged > 400 && refused > 10, "{judged} judged, {refused} refused");
}
