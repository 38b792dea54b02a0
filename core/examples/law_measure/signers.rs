//! Two signers of packs and the trust list that names them.

use mingzheng_core::pack::{Pack, signed};
use mingzheng_core::sign::{Signer as _, SoftwareKey};
use mingzheng_core::trust::{Roots, TrustKey, TrustList, TrustedKey, Use};

/// 2026-11-22 12:00 in China.
pub(crate) const NOON: i64 = 1_795_320_000_000;
const YEAR: i64 = 365 * 86_400_000;

fn keys() -> [SoftwareKey; 2] {
    [1, 2].map(|seed| SoftwareKey::from_seed([seed; 32]))
}

pub(crate) fn sign(pack: &Pack) -> Vec<u8> {
    let [one, two] = keys();
    signed::sign(pack, &[&one, &two]).unwrap()
}

pub(crate) fn trust() -> TrustList {
    let entry = |key: &SoftwareKey| TrustKey {
        key: TrustedKey::Verify(key.public_key()),
        usage: Use::Pack,
        name: "key".into(),
        organ: "practice".into(),
        areas: vec![],
        categories: vec![],
        from: NOON - YEAR,
        until: NOON + YEAR,
        suspect_since: None,
    };
    TrustList {
        version: 1,
        previous: None,
        organ: "practice".into(),
        issued: NOON - YEAR,
        expires: NOON + YEAR,
        roots: Roots { k: 1, keys: vec![SoftwareKey::from_seed([100; 32]).public_key()] },
        keys: keys().iter().map(entry).collect(),
    }
}
