//! Examples printed in RFCs, and what our narrower profile says of each. The reference roots of RFC 6962 are in `core/src/log/tree.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // tests fail by panicking

use data_encoding::HEXLOWER;
use mingzheng_core::cbor::{self, CborError, Value};
use mingzheng_core::sign::{PublicKey, SignError, Unverified};

fn bytes(hex: &str) -> Vec<u8> {
    HEXLOWER.decode(hex.as_bytes()).unwrap()
}

/// RFC 8949 appendix A, the examples inside the profile (P1): read, and written again to the same bytes.
#[test]
fn p1_rfc_8949_appendix_a_inside_the_profile() {
    let text = |t: &str| Value::Text(t.into());
    let ints = |n: std::ops::RangeInclusive<i64>| Value::Array(n.map(Value::Int).collect());
    let two = |a: i64, b: i64| Value::Array(vec![Value::Int(a), Value::Int(b)]);
    let letters = ["a", "b", "c", "d", "e"].map(|l| (text(l), text(&l.to_uppercase())));
    let examples = [
        ("00", Value::Int(0)),
        ("01", Value::Int(1)),
        ("0a", Value::Int(10)),
        ("17", Value::Int(23)),
        ("1818", Value::Int(24)),
        ("1819", Value::Int(25)),
        ("1864", Value::Int(100)),
        ("1903e8", Value::Int(1000)),
        ("1a000f4240", Value::Int(1_000_000)),
        ("1b000000e8d4a51000", Value::Int(1_000_000_000_000)),
        ("20", Value::Int(-1)),
        ("29", Value::Int(-10)),
        ("3863", Value::Int(-100)),
        ("3903e7", Value::Int(-1000)),
        ("f4", Value::Bool(false)),
        ("f5", Value::Bool(true)),
        ("f6", Value::Null),
        ("40", Value::Bytes(vec![])),
        ("4401020304", Value::Bytes(vec![1, 2, 3, 4])),
        ("60", text("")),
        ("6161", text("a")),
        ("6449455446", text("IETF")),
        ("62225c", text("\"\\")),
        ("62c3bc", text("ü")),
        ("63e6b0b4", text("水")),
        ("64f0908591", text("𐅑")),
        ("80", Value::Array(vec![])),
        ("83010203", ints(1..=3)),
        ("8301820203820405", Value::Array(vec![Value::Int(1), two(2, 3), two(4, 5)])),
        ("98190102030405060708090a0b0c0d0e0f101112131415161718181819", ints(1..=25)),
        ("a0", Value::Map(vec![])),
        ("a201020304", Value::Map(vec![(Value::Int(1), Value::Int(2)), (Value::Int(3), Value::Int(4))])),
        ("a26161016162820203", Value::Map(vec![(text("a"), Value::Int(1)), (text("b"), two(2, 3))])),
        ("826161a161626163", Value::Array(vec![text("a"), Value::Map(vec![(text("b"), text("c"))])])),
        ("a56161614161626142616361436164614461656145", Value::Map(letters.to_vec())),
    ];
    for (hex, value) in examples {
        assert!(cbor::decode(&bytes(hex)).unwrap_or_else(|e| panic!("{hex}: {e}")) == value, "{hex}");
        assert_eq!(cbor::encode(&value), Ok(bytes(hex)), "{hex}");
    }
}

/// RFC 8949 appendix A, the examples outside the profile: each refused by its own name.
#[test]
fn p1_rfc_8949_appendix_a_outside_the_profile() {
    let refused = |error: CborError, examples: &[&str]| {
        for hex in examples {
            assert_eq!(cbor::decode(&bytes(hex)).err(), Some(error), "{hex}");
        }
    };
    refused(CborError::Integer, &["1bffffffffffffffff", "3bffffffffffffffff"]);
    refused(
        CborError::Tag,
        &[
            "c249010000000000000000",
            "c349010000000000000000",
            "c074323031332d30332d32315432303a30343a30305a",
            "c11a514b67b0",
            "c1fb41d452d9ec200000",
            "d74401020304",
            "d818456449455446",
            "d82076687474703a2f2f7777772e6578616d706c652e636f6d",
        ],
    );
    refused(
        CborError::Simple,
        &[
            "f90000",
            "f98000",
            "f93c00",
            "fb3ff199999999999a",
            "f93e00",
            "f97bff",
            "fa47c35000",
            "fa7f7fffff",
            "fb7e37e43c8800759c",
            "f90001",
            "f90400",
            "f9c400",
            "fbc010666666666666",
            "f97c00",
            "f97e00",
            "f9fc00",
            "fa7f800000",
            "fa7fc00000",
            "faff800000",
            "fb7ff0000000000000",
            "fb7ff8000000000000",
            "fbfff0000000000000",
            "f7",
            "f0",
            "f8ff",
        ],
    );
    refused(
        CborError::Indefinite,
        &[
            "5f42010243030405ff",
            "7f657374726561646d696e67ff",
            "9fff",
            "9f018202039f0405ffff",
            "9f01820203820405ff",
            "83018202039f0405ff",
            "83019f0203ff820405",
            "9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff",
            "bf61610161629f0203ffff",
            "826161bf61626163ff",
            "bf6346756ef563416d7421ff",
        ],
    );
}

/// RFC 9052 §4.4 and appendix C.2.1: the example's ECDSA signature is good over its Sig_structure; the object itself is not ours (no `typ`, alg −7).
#[test]
fn p2_rfc_9052_single_signer_example() {
    let key = PublicKey::p256_from_sec1(&bytes(concat!(
        "04bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff",
        "20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e"
    )))
    .unwrap();
    let signature = bytes(concat!(
        "8eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0117e",
        "2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36"
    ));
    let structure = Value::Array(vec![
        Value::Text("Signature1".into()),
        Value::Bytes(bytes("a10126")),
        Value::Bytes(vec![]),
        Value::Bytes(b"This is the content.".to_vec()),
    ]);
    let message = cbor::encode(&structure).unwrap();
    key.check(&message, &signature).unwrap();
    assert!(key.check(&message[..message.len() - 1], &signature).is_err());

    let object = [bytes("d28443a10126a10442313154"), b"This is the content.".to_vec(), bytes("5840"), signature].concat();
    assert!(matches!(Unverified::read(&object, "mz1/badge"), Err(SignError::Cbor(CborError::Missing("typ")))));
}

/// RFC 8392 appendix A: what of its CWT examples our profile reads, and the name under which it refuses the others.
#[test]
fn p2_rfc_8392_examples() {
    let claims = bytes(concat!(
        "a70175636f61703a2f2f61732e6578616d706c652e636f6d02656572696b77037818636f61703a2f2f6c696768742e6578616d706c652e636f6d",
        "041a5612aeb0051a5610d9f0061a5610d9f007420b71"
    ));
    // A.1: the claims themselves are within the profile.
    let Ok(Value::Map(read)) = cbor::decode(&claims) else { panic!("A.1") };
    assert_eq!(read.len(), 7);
    assert_eq!(read[3], (Value::Int(4), Value::Int(1_444_064_944)));
    assert_eq!(cbor::encode(&Value::Map(read)).as_deref(), Ok(claims.as_slice()));

    // A.2.3: its key is a point with both coordinates, an algorithm and a name; ours are compressed and bare.
    let [x, y] = [
        "143329cce7868e416927599cf65a34f3ce2ffda55a7eca69ed8919a394d42f0f",
        "60f7f1a780d8a783bfb7a2dd6b2796e8128dbbcef9d3d168db9529971a36e7b9",
    ];
    let cose_key = cbor::decode(&bytes(&format!("a401022001215820{x}225820{y}"))).unwrap();
    assert!(matches!(PublicKey::from_cose(cose_key), Err(SignError::Cbor(CborError::Type("y")))));
    let key = PublicKey::p256_from_sec1(&bytes(&format!("04{x}{y}"))).unwrap();

    // A.3: the signature is good over its Sig_structure; the object is not ours: no `typ`, `kid` not protected, alg −7.
    let signature = bytes(concat!(
        "5427c1ff28d23fbad1f29c4c7c6a555e601d6fa29f9179bc3d7438bacaca5acd",
        "08c8d4d4f96131680c429a01f85951ecee743a52b9b63632c57209120e1c9e30"
    ));
    let structure =
        Value::Array(vec!["Signature1".into(), bytes("a10126").into(), Vec::<u8>::new().into(), claims.clone().into()]);
    key.check(&cbor::encode(&structure).unwrap(), &signature).unwrap();
    let head = bytes("d28443a10126a104524173796d6d657472696345434453413235365850");
    let signed = [head, claims.clone(), bytes("5840"), signature].concat();
    assert!(matches!(Unverified::read(&signed, "mz1/badge"), Err(SignError::Cbor(CborError::Missing("typ")))));

    // A.4 a MAC in the CWT tag, the same without that tag, A.6 signed and encrypted, A.7 a MAC: tags that this profile does not know.
    let maced = [bytes("d83dd18443a10104a1044c53796d6d65747269633235365850"), claims, bytes("48093101ef6d789200")].concat();
    let nested = bytes(concat!(
        "d08343a1010aa2044c53796d6d6574726963313238054d4a0694c0e69ee6b5956655c7b258b7f6b0914f993de822cc47e5e57a188d7960b528a747446fe1",
        "2f0e7de05650dec74724366763f167a29c002dfd15b34d8993391cf49bc91127f545dba8703d66f5b7f1ae91237503d371e6333df9708d78c4fb8a8386c8",
        "ff09dc49af768b23179deab78d96490a66d5724fb33900c60799d9872fac6da3bdb89043d67c2a05414ce331b5b8f1ed8ff7138f45905db2c4d5bc8045ab",
        "372bff142631610a7e0f677b7e9b0bc73adefdcee16d9d5d284c616abeab5d8c291ce0"
    ));
    let fraction = bytes("d18443a10104a1044c53796d6d65747269633235364ba106fb41d584367c20000048b8816f34c0542892");
    for (name, object) in [("A.4", &maced[..]), ("A.4 bare", &maced[2..]), ("A.6", &nested), ("A.7", &fraction)] {
        assert!(matches!(Unverified::read(object, "mz1/badge"), Err(SignError::Cbor(CborError::Tag))), "{name}");
    }
    // A.7: a time with half a second.
    assert_eq!(cbor::decode(&bytes("a106fb41d584367c200000")), Err(CborError::Simple));
}
