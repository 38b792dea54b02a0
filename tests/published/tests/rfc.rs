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
