//! A pack as it travels: deterministic CBOR of the JSON model, signed by two people (protocol P10, `docs/formats` §9).

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::de::Error as _;
use serde::de::value::Error as ModelError;
use serde_json::Value as Json;

use super::{Fault, Pack, SCHEMA, model};
use crate::calendar::Day;
use crate::cbor::{self, CborError, Value};
use crate::id::{Digest, sha256};
use crate::sign::multi::{self, MultiSigned};
use crate::sign::{Kid, PublicKey, SignError, Signer};
use crate::trust::{TrustError, TrustKey, TrustList, TrustedKey, Use};

/// The kind of object.
pub const TYP: &str = "mz1/pack";
/// Signers needed: templates and gates are like code.
pub const SIGNERS: usize = 2;
/// Largest signed pack in bytes.
pub const LIMIT: usize = 8 << 20;

/// Why a pack is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// Larger than [`LIMIT`].
    #[error("pack is too large")]
    TooLarge,
    /// The bytes are malformed or a signature does not verify.
    #[error("pack: {0}")]
    Sign(#[from] SignError),
    /// No signer is in the trust list: signed by strangers.
    #[error("the signers of the pack are not in the trust list")]
    SignerUnknown,
    /// The signers are in the trust list for something else.
    #[error("the signers of the pack may not sign packs")]
    WrongUse,
    /// The signers' keys are not valid now.
    #[error("a signer of the pack: {0}")]
    SignerNotValid(TrustError),
    /// Fewer than [`SIGNERS`] different valid signers.
    #[error("the pack needs {SIGNERS} different signers, {0} found")]
    TooFewSigners(usize),
    /// The payload is no pack of this program's data model.
    #[error("the payload is no pack of schema {SCHEMA}: {0}")]
    Model(String),
    /// The pack has another data model.
    #[error("the pack has schema {0}, this program knows {SCHEMA}")]
    WrongSchema(u64),
    /// The pack breaks the rules of packs; the first fault.
    #[error("row {:?} of the pack is faulty: {}", .0.row, .0.kind.explain().0.en)]
    Faulty(Box<Fault>),
    /// Before the pack's first day.
    #[error("the pack is valid from {0}")]
    NotYetValid(Day),
    /// After the pack's last day.
    #[error("the pack was valid until {0}")]
    Expired(Day),
    /// Another pack than the one it should replace.
    #[error("another pack")]
    AnotherPack,
    /// Older than the pack known, or the same version with other content.
    #[error("the pack is older than, or contradicts, the one known")]
    Rollback,
}

/// A pack whose signers, rules and validity were checked. There is no other way to make one than [`open`].
#[derive(Debug, Clone)]
pub struct VerifiedPack {
    pack: Arc<Pack>,
    digest: Digest,
    signers: Vec<TrustKey>,
    bytes: Vec<u8>,
}

impl VerifiedPack {
    /// The pack.
    pub fn pack(&self) -> &Pack {
        &self.pack
    }

    /// The same, shared: a pack is large, and every act reads it.
    pub fn shared(&self) -> Arc<Pack> {
        Arc::clone(&self.pack)
    }

    /// SHA-256 of the payload: what an inspection records, and half of a template's name.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Who signed it, at least two.
    pub fn signers(&self) -> &[TrustKey] {
        &self.signers
    }

    /// The signed bytes as they came.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether this pack may take the place of `known`: versions only grow.
    ///
    /// # Errors
    /// [`PackError::AnotherPack`] or [`PackError::Rollback`].
    pub fn supersedes(&self, known: &VerifiedPack) -> Result<(), PackError> {
        if self.pack.id != known.pack.id {
            Err(PackError::AnotherPack)
        } else if self.pack.version > known.pack.version || self.digest == known.digest {
            Ok(())
        } else {
            Err(PackError::Rollback)
        }
    }
}

/// The payload: deterministic CBOR of the pack's JSON model.
///
/// # Errors
/// [`PackError::Model`] or [`PackError::Sign`] for a pack outside the model.
pub fn encode(pack: &Pack) -> Result<Vec<u8>, PackError> {
    let json = pack.to_json().map_err(|error| PackError::Model(error.to_string()))?;
    Ok(cbor::encode(&to_cbor(json)?).map_err(SignError::from)?)
}

/// Signs a pack without faults.
///
/// # Errors
/// [`PackError::Faulty`], [`PackError::TooFewSigners`], [`PackError::TooLarge`] or what a signer says.
pub fn sign(pack: &Pack, signers: &[&dyn Signer]) -> Result<Vec<u8>, PackError> {
    refuse_faults(pack)?;
    let different: BTreeSet<PublicKey> = signers.iter().map(|signer| signer.public_key()).collect();
    if different.len() < SIGNERS {
        return Err(PackError::TooFewSigners(different.len()));
    }
    let bytes = multi::sign(TYP, signers, encode(pack)?)?;
    if bytes.len() > LIMIT {
        return Err(PackError::TooLarge);
    }
    Ok(bytes)
}

/// Opens a signed pack for use at `now` (milliseconds; for an old inspection, the time of its receipt).
///
/// # Errors
/// [`PackError`] names what is wrong.
pub fn open(bytes: &[u8], trust: &TrustList, now: i64) -> Result<VerifiedPack, PackError> {
    let verified = open_any_day(bytes, trust, now)?;
    let today = Day::in_china(now).ok_or(PackError::Expired(verified.pack.valid_until))?;
    if today < verified.pack.valid_from {
        Err(PackError::NotYetValid(verified.pack.valid_from))
    } else if today > verified.pack.valid_until {
        Err(PackError::Expired(verified.pack.valid_until))
    } else {
        Ok(verified)
    }
}

/// Signers and rules, not the pack's own validity: `pack show` also shows packs of tomorrow.
///
/// # Errors
/// [`PackError`] names what is wrong.
pub fn open_any_day(bytes: &[u8], trust: &TrustList, now: i64) -> Result<VerifiedPack, PackError> {
    if bytes.len() > LIMIT {
        return Err(PackError::TooLarge);
    }
    let signed = MultiSigned::read(bytes, TYP)?;
    let good: RefCell<Vec<TrustKey>> = RefCell::default();
    let refused: RefCell<Vec<PackError>> = RefCell::default();
    let key_of = |kid: Kid| match signer(trust, kid, now) {
        Ok((key, entry)) => {
            good.borrow_mut().push(entry);
            Some(key)
        }
        Err(error) => {
            refused.borrow_mut().push(error);
            None
        }
    };
    let (payload, _) = signed.verify(SIGNERS, key_of).map_err(|error| match error {
        SignError::WrongKey => match (good.borrow().len(), refused.borrow().first()) {
            (0, Some(reason)) => reason.clone(),
            (_, _) => TooFew(&good.borrow()).into(),
        },
        other => other.into(),
    })?;
    let pack = decode(&payload)?;
    let mut signers = good.into_inner();
    signers.dedup();
    Ok(VerifiedPack { pack: Arc::new(pack), digest: sha256(&payload), signers, bytes: bytes.to_vec() })
}

/// Counts different keys.
struct TooFew<'a>(&'a [TrustKey]);

impl From<TooFew<'_>> for PackError {
    fn from(TooFew(keys): TooFew<'_>) -> PackError {
        let mut different: Vec<&TrustKey> = Vec::new();
        for key in keys {
            if !different.iter().any(|seen| seen.key == key.key) {
                different.push(key);
            }
        }
        PackError::TooFewSigners(different.len())
    }
}

fn signer(trust: &TrustList, kid: Kid, now: i64) -> Result<(PublicKey, TrustKey), PackError> {
    let entry = trust.key_for(kid, Use::Pack).map_err(|error| match error {
        TrustError::SignerUnknown => PackError::SignerUnknown,
        _ => PackError::WrongUse,
    })?;
    entry.valid_at(now).map_err(PackError::SignerNotValid)?;
    match entry.key {
        TrustedKey::Verify(key) => Ok((key, entry.clone())),
        TrustedKey::Recipient(_) => Err(PackError::WrongUse),
    }
}

fn decode(payload: &[u8]) -> Result<Pack, PackError> {
    let read = model::read::<Pack>(payload).and_then(|pack| match pack.schema {
        SCHEMA => Ok(pack),
        other => Err(ModelError::custom(format_args!("schema {other}"))),
    });
    let pack = read.or_else(|error| {
        // Told from the strict reader's tree, so that damage and another schema are named before what the model lacks.
        let value = cbor::decode(payload).map_err(SignError::from)?;
        match schema(&value).filter(|schema| *schema != u64::from(SCHEMA)) {
            Some(schema) => Err(PackError::WrongSchema(schema)),
            None => Err(PackError::Model(error.to_string())),
        }
    })?;
    refuse_faults(&pack)?;
    Ok(pack)
}

/// What a pack says of its schema, if it says so.
fn schema(value: &Value) -> Option<u64> {
    let Value::Map(fields) = value else { return None };
    fields.iter().find_map(|(name, value)| match (name, value) {
        (Value::Text(name), Value::Int(number)) if name == "schema" => u64::try_from(*number).ok(),
        _ => None,
    })
}

fn refuse_faults(pack: &Pack) -> Result<(), PackError> {
    match pack.faults().into_iter().next() {
        Some(fault) => Err(PackError::Faulty(Box::new(fault))),
        None => Ok(()),
    }
}

fn to_cbor(json: Json) -> Result<Value, PackError> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(yes) => Value::Bool(yes),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Int(number),
            None => return Err(SignError::from(CborError::Integer).into()),
        },
        Json::String(text) => Value::Text(text),
        Json::Array(items) => Value::Array(items.into_iter().map(to_cbor).collect::<Result<_, _>>()?),
        Json::Object(fields) => Value::Map(
            fields.into_iter().map(|(name, value)| Ok((Value::Text(name), to_cbor(value)?))).collect::<Result<_, PackError>>()?,
        ),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use crate::pack::{FaultKind, author};
    use crate::sign::SoftwareKey;
    use crate::trust::Roots;
    use proptest::prelude::*;
    use std::path::Path;
    use std::sync::LazyLock;

    /// 2026-11-22 12:00 in China.
    const NOON: i64 = 1_795_320_000_000;
    const DAY: i64 = 86_400_000;

    static SHIPPED: LazyLock<Pack> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu");
        author::compile(&folder).unwrap()
    });

    fn key(seed: u8) -> SoftwareKey {
        SoftwareKey::from_seed([seed; 32])
    }

    fn entry(seed: u8, usage: Use) -> TrustKey {
        TrustKey {
            key: TrustedKey::Verify(key(seed).public_key()),
            usage,
            name: format!("key {seed}"),
            organ: "practice".into(),
            areas: vec![],
            categories: vec![],
            from: NOON - DAY,
            until: NOON + 800 * DAY,
            suspect_since: None,
        }
    }

    /// 1 and 2 sign packs, 3 signs badges, 4's key was stolen, 5's ran out; 9 is a stranger.
    fn trust() -> TrustList {
        let mut keys = vec![entry(1, Use::Pack), entry(2, Use::Pack), entry(3, Use::Badge)];
        keys.push(TrustKey { suspect_since: Some(NOON - 1), ..entry(4, Use::Pack) });
        keys.push(TrustKey { until: NOON - 1, ..entry(5, Use::Pack) });
        TrustList {
            version: 1,
            previous: None,
            organ: "practice".into(),
            issued: NOON - DAY,
            expires: NOON + 800 * DAY,
            roots: Roots { k: 1, keys: vec![key(100).public_key()] },
            keys,
        }
    }

    /// Signed without the checks of [`sign`].
    fn forged(payload: Vec<u8>, seeds: &[u8]) -> Vec<u8> {
        let keys: Vec<SoftwareKey> = seeds.iter().map(|seed| key(*seed)).collect();
        let signers: Vec<&dyn Signer> = keys.iter().map(|key| key as &dyn Signer).collect();
        multi::sign(TYP, &signers, payload).unwrap()
    }

    fn refusal(bytes: &[u8]) -> PackError {
        open(bytes, &trust(), NOON).unwrap_err()
    }

    #[test]
    fn round_trip() {
        let bytes = sign(&SHIPPED, &[&key(1), &key(2)]).unwrap();
        let opened = open(&bytes, &trust(), NOON).unwrap();
        assert_eq!(opened.pack(), &*SHIPPED);
        assert_eq!(opened.digest(), sha256(&encode(&SHIPPED).unwrap()));
        let names: Vec<&str> = opened.signers().iter().map(|key| key.name.as_str()).collect();
        assert_eq!(names, ["key 1", "key 2"]);
        assert_eq!(opened.bytes(), bytes);
        assert_eq!(encode(opened.pack()).unwrap(), encode(&SHIPPED).unwrap());
    }

    #[test]
    fn signers_are_judged_by_name() {
        let payload = encode(&SHIPPED).unwrap();
        let cases: [(&[u8], PackError); 8] = [
            (&[9, 8], PackError::SignerUnknown),
            (&[3, 3], PackError::WrongUse),
            (&[4, 5], PackError::SignerNotValid(TrustError::Suspect)),
            (&[5, 9], PackError::SignerNotValid(TrustError::Expired)),
            (&[1], PackError::TooFewSigners(1)),
            (&[1, 1], PackError::TooFewSigners(1)),
            (&[1, 9], PackError::TooFewSigners(1)),
            (&[2, 3, 4, 5], PackError::TooFewSigners(1)),
        ];
        for (seeds, expected) in cases {
            assert_eq!(refusal(&forged(payload.clone(), seeds)), expected, "{seeds:?}");
        }
        // A stranger's third signature neither helps nor hurts.
        assert!(open(&forged(payload, &[1, 9, 2]), &trust(), NOON).is_ok());
        assert_eq!(sign(&SHIPPED, &[&key(1), &key(1)]).unwrap_err(), PackError::TooFewSigners(1));
    }

    #[test]
    fn validity_is_counted_in_days_of_china() {
        let bytes = sign(&SHIPPED, &[&key(1), &key(2)]).unwrap();
        // 2027-12-31 24:00 in China.
        let end = 1_830_268_800_000;
        assert!(open(&bytes, &trust(), end - 1).is_ok());
        let last = SHIPPED.valid_until;
        assert_eq!(open(&bytes, &trust(), end).unwrap_err(), PackError::Expired(last));
        let mut later = SHIPPED.clone();
        later.valid_from = "2026-11-23".parse().unwrap();
        let bytes = sign(&later, &[&key(1), &key(2)]).unwrap();
        assert_eq!(refusal(&bytes), PackError::NotYetValid(later.valid_from));
        assert!(open_any_day(&bytes, &trust(), NOON).is_ok());
    }

    #[test]
    fn f12_versions_only_grow_and_one_version_has_one_content() {
        let signed = |pack: &Pack| {
            let bytes = sign(pack, &[&key(1), &key(2)]).unwrap();
            open(&bytes, &trust(), NOON).unwrap()
        };
        let old = signed(&SHIPPED);
        let with = |change: fn(&mut Pack)| {
            let mut pack = SHIPPED.clone();
            change(&mut pack);
            signed(&pack)
        };
        let newer = with(|pack| pack.version += 1);
        assert_eq!(newer.supersedes(&old), Ok(()));
        assert_eq!(old.supersedes(&old), Ok(()));
        assert_eq!(old.supersedes(&newer), Err(PackError::Rollback));
        let other = with(|pack| pack.title.en.push('!'));
        assert_eq!(other.supersedes(&old), Err(PackError::Rollback));
        let stranger = with(|pack| pack.id = "other".into());
        assert_eq!(stranger.supersedes(&old), Err(PackError::AnotherPack));
    }

    #[test]
    fn f12_a_newer_schema_and_payloads_that_are_no_pack_are_refused_by_name() {
        let forge = |json: Json| forged(cbor::encode(&to_cbor(json).unwrap()).unwrap(), &[1, 2]);
        let json = SHIPPED.to_json().unwrap();
        let changed = |change: fn(&mut Json)| {
            let mut json = json.clone();
            change(&mut json);
            refusal(&forge(json))
        };
        let faulty = |error| match error {
            PackError::Faulty(fault) => fault.kind,
            other => unreachable!("{other}"),
        };
        assert_eq!(changed(|json| json["schema"] = 2.into()), PackError::WrongSchema(2));
        assert!(matches!(changed(|json| json["extra"] = 2.into()), PackError::Model(_)));
        assert!(matches!(changed(|json| json["version"] = (-1).into()), PackError::Model(_)));
        assert!(matches!(changed(|json| json["valid_from"] = 20_260_230.into()), PackError::Model(_)));
        let kind = faulty(changed(|json| json["nodes"] = Json::Array(vec![])));
        assert_eq!(kind, FaultKind::Steps);
        let kind = faulty(changed(|json| json["gates"]["minimum_officers"]["value"] = 1.into()));
        assert_eq!(kind, FaultKind::TooFewOfficers);
        assert!(matches!(refusal(&forge(Json::Null)), PackError::Model(_)));
        let bytes = cbor::encode(&Value::Map(vec![(Value::Int(1), Value::Bytes(vec![1]))])).unwrap();
        assert!(matches!(refusal(&forged(bytes, &[1, 2])), PackError::Model(_)));
        let mut payload = encode(&SHIPPED).unwrap();
        payload.push(0);
        let trailing = PackError::Sign(SignError::Cbor(CborError::Trailing));
        assert_eq!(refusal(&forged(payload, &[1, 2])), trailing);
    }

    #[test]
    fn bytes_that_are_nothing() {
        assert_eq!(refusal(&vec![0; LIMIT + 1]), PackError::TooLarge);
        for bytes in [&[][..], &[0xff], &[0x82, 0x40, 0x80], &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255]] {
            assert!(matches!(refusal(bytes), PackError::Sign(_)), "{bytes:?}");
        }
        let badge = multi::sign("mz1/trust", &[&key(1), &key(2)], encode(&SHIPPED).unwrap()).unwrap();
        assert_eq!(refusal(&badge), PackError::Sign(SignError::WrongType(TYP)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// One flipped bit, or a cut, anywhere is refused.
        #[test]
        fn every_flip_and_cut_is_refused(at in any::<prop::sample::Index>(), bit in 0u8..8) {
            static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| sign(&SHIPPED, &[&key(1), &key(2)]).unwrap());
            let mut flipped = BYTES.clone();
            let at = at.index(flipped.len());
            flipped[at] ^= 1 << bit;
            prop_assert!(open(&flipped, &trust(), NOON).is_err());
            prop_assert!(open(&BYTES[..at], &trust(), NOON).is_err());
        }
    }
}
