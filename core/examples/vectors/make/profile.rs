//! The CBOR profile (§1): `tests/vectors/cbor/refuse.json` stays as it was written; here more by kind.

use super::kit::Set;
use mingzheng_core::cbor::{self, Value};
use serde_json::json;

pub(super) fn add(sets: &mut Vec<Set>) {
    let mut s = Set::new("cbor", None, json!({}));
    let nested = |n: usize| (0..n).fold(Value::Null, |v, _| Value::Array(vec![v]));
    let hex = |h: &str| data_encoding::HEXLOWER.decode(h.replace(' ', "").as_bytes()).unwrap();
    for (name, bytes) in [
        ("good: zero", "00"),
        ("good: -1", "20"),
        ("good: 23", "17"),
        ("good: 24", "1818"),
        ("good: 255", "18ff"),
        ("good: 256", "190100"),
        ("good: 65535", "19ffff"),
        ("good: 65536", "1a00010000"),
        ("good: 2^32-1", "1affffffff"),
        ("good: 2^32", "1b0000000100000000"),
        ("good: 2^53-1", "1b001fffffffffffff"),
        ("good: -(2^53-1)", "3b001ffffffffffffe"),
        ("good: empty bytes", "40"),
        ("good: empty text", "60"),
        ("good: Chinese text", "66 e6988ee8af81"),
        ("good: text outside the basic plane", "64 f0a0ae87"),
        ("good: text with a zero byte", "63 610062"),
        ("good: empty array and map", "82 80 a0"),
        ("good: the three simple values", "83 f4 f5 f6"),
        ("good: tag 18", "d2 84 40 a0 f6 40"),
        ("good: keys of both kinds, integers first", "a4 01 00 20 00 60 00 6161 00"),
        ("good: shorter keys are not first", "a3 18 64 00 20 00 61 7a 00"),
        ("good: text keys by length byte, then bytes", "a3 61 7a 00 62 6161 00 62 6162 00"),
    ] {
        let bytes = hex(bytes);
        if bytes == hex("a3 18 64 00 20 00 61 7a 00") || bytes == hex("a4 01 00 20 00 60 00 6161 00") {
            assert_eq!(cbor::encode(&cbor::decode(&bytes).unwrap()).unwrap(), bytes);
        }
        s.good(name, bytes);
    }
    s.good("good: sixteen deep", cbor::encode(&nested(16)).unwrap());
    s.bad("seventeen deep", [vec![0x81; 17], vec![0xf6]].concat(), "depth");
    s.bad("seventeen deep through tags", [vec![0xd2; 17], vec![0xf6]].concat(), "depth");
    s.bad("seventeen deep through a map's value", [[0xa1, 0x01].repeat(17), vec![0xf6]].concat(), "depth");
    for (name, bytes, class) in [
        ("nothing", "", "truncated"),
        ("a head without its length", "19 01", "truncated"),
        ("bytes cut", "43 0102", "truncated"),
        ("array cut", "83 01 02", "truncated"),
        ("map cut between key and value", "a1 01", "truncated"),
        ("length beyond any file", "5b 001fffffffffffff", "truncated"),
        ("a second item", "00 00", "trailing"),
        ("2^53", "1b 0020000000000000", "integer"),
        ("-2^53", "3b 001fffffffffffff", "integer"),
        ("2^64-1", "1b ffffffffffffffff", "integer"),
        ("23 in two bytes", "18 17", "not_shortest"),
        ("255 in three bytes", "19 00ff", "not_shortest"),
        ("65535 in five bytes", "1a 0000ffff", "not_shortest"),
        ("2^32-1 in nine bytes", "1b 00000000ffffffff", "not_shortest"),
        ("length of bytes in two bytes", "58 01 00", "not_shortest"),
        ("length of a map in two bytes", "b8 00", "not_shortest"),
        ("tag 18 in two bytes", "d8 12 f6", "not_shortest"),
        ("indefinite array", "9f ff", "indefinite"),
        ("indefinite map", "bf ff", "indefinite"),
        ("indefinite bytes", "5f 40 ff", "indefinite"),
        ("indefinite text", "7f 60 ff", "indefinite"),
        ("break alone", "ff", "indefinite"),
        ("half float", "f9 0000", "simple"),
        ("single float", "fa 00000000", "simple"),
        ("double float", "fb 0000000000000000", "simple"),
        ("undefined", "f7", "simple"),
        ("simple value 19", "f3", "simple"),
        ("false in two bytes", "f8 14", "simple"),
        ("reserved length 28", "1c", "simple"),
        ("tag 0", "c0 60", "tag"),
        ("tag 2, a big number", "c2 41 00", "tag"),
        ("tag 24, embedded CBOR", "d8 18 41 00", "tag"),
        ("tag 55799, self-described", "d9 d9f7 00", "tag"),
        ("overlong UTF-8", "62 c080", "utf8"),
        ("lone surrogate", "63 eda080", "utf8"),
        ("beyond U+10FFFF", "64 f4908080", "utf8"),
        ("text cut within a character", "62 e698", "utf8"),
        ("keys by length first", "a2 61 7a 00 18 64 00", "order"),
        ("keys by number, not by bytes", "a2 20 00 01 00", "order"),
        ("one key twice", "a2 01 00 01 00", "duplicate"),
        ("one text key twice", "a2 61 61 00 61 61 00", "duplicate"),
        ("key is bytes", "a1 41 00 00", "key"),
        ("key is an array", "a1 80 00", "key"),
        ("key is false", "a1 f4 00", "key"),
        ("key is tagged", "a1 d2 00 00", "key"),
    ] {
        s.bad(name, hex(bytes), class);
    }
    sets.push(s);
}
