//! Status list, list of officers and challenge (§4.2, §4.5, §4.6).

use super::kit::*;
use super::people;
use super::published::{ENTRIES, PUBLISHED};
use flate2::Compression;
use flate2::read::{DeflateEncoder, GzEncoder, ZlibEncoder};
use mingzheng_core::badge::{CertificateStatus, OfficerList, StatusList, status};
use mingzheng_core::cbor::{self, MapBuilder, Value};
use mingzheng_core::id::hex;
use mingzheng_core::judge::judge;
use mingzheng_core::sign::{self, Signer, SoftwareKey};
use mingzheng_core::trust::Use;
use serde_json::json;
use std::io::Read as _;

const ADDRESS: &str = "https://zhengjian.example/status.cwt";

pub(super) fn add(sets: &mut Vec<Set>) {
    sets.extend([status_lists(), officer_lists(), challenges()]);
}

fn inflated_as(bytes: &[u8], encode: impl Fn(&[u8], &mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    encode(bytes, &mut out);
    out
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    inflated_as(bytes, |b, out| _ = ZlibEncoder::new(b, Compression::best()).read_to_end(out).unwrap())
}

/// A token with this `lst`.
fn token(bits: impl Into<Value>, lst: impl Into<Value>, more: Vec<(Value, Value)>) -> Vec<u8> {
    let mut list = map_of(MapBuilder::new().with("bits", bits.into()).with("lst", lst.into()).build());
    list.extend(more);
    let m =
        MapBuilder::new().with(2, ADDRESS).with(4, NOW / 1000 + 86_400).with(6, NOW / 1000 - 3600).with(65_533, Value::Map(list));
    sign::sign(status::TYP, &soft(STATUS), cbor::encode(&m.build()).unwrap()).unwrap()
}

fn status_lists() -> Set {
    use CertificateStatus::{Cancelled, CheckMissed, Suspended, Valid};
    let context = json!({"trust": hex(&trust_with_status()), "at": NOW, "indexes": [0, 1, 2, 3, 4, 17, 40]});
    let mut s = Set::new("status-list", Some("status-list"), context);
    let mut statuses = vec![Valid; 32];
    (statuses[1], statuses[2], statuses[3], statuses[17]) = (Cancelled, Suspended, CheckMissed, Suspended);
    let list = |issued: i64, expires: i64, statuses: &[CertificateStatus]| {
        StatusList::new(ADDRESS, issued, expires, 3600, statuses).unwrap()
    };
    let issue = |key: &dyn Signer| list(NOW / 1000 - 3600, NOW / 1000 + 86_400, &statuses).issue(key).unwrap();
    let good = issue(&soft(STATUS));
    s.good("good", good.clone());
    s.good(
        "good: after its expiry it is overdue",
        list(NOW / 1000 - 86_400, NOW / 1000 - 1, &statuses).issue(&soft(STATUS)).unwrap(),
    );
    s.good("good: of nobody", token(2, zlib(&[]), vec![]));
    s.good("good: with an address of other lists", token(2, zlib(&[0xc9]), vec![("aggregation_uri".into(), ADDRESS.into())]));
    for (name, bits, inflated) in
        [("1 bit", 1, &[0xb9, 0xa3][..]), ("4 bits", 4, &[0x21, 0x43]), ("8 bits", 8, &[7, 255, 1, 2, 3])]
    {
        s.good(&format!("good: {name}"), token(bits, zlib(inflated), vec![]));
    }
    s.good("good: 1 MiB inflated", token(8, zlib(&vec![9; 1 << 20]), vec![]));
    specification(&mut s);

    let payload = payload_of(&good);
    let wrap = |p: Vec<u8>| sign::sign(status::TYP, &soft(STATUS), p).unwrap();
    s.bad_signatures(status::TYP, &soft(STATUS), &payload, true);
    s.bad_signers(Use::Status, &good, |k: &SoftwareKey| issue(k));
    s.bad_fields(&payload, &["65534"], wrap);
    for bits in [0, 3, 16, 257] {
        s.bad(&format!("statuses of {bits} bits"), token(bits, zlib(&[0]), vec![]), "malformed");
    }
    s.bad("bits is a text", token("2", zlib(&[0]), vec![]), "malformed");
    s.bad("lst is a text, as in JSON", token(2, "eNo76fITAAPfAgc", vec![]), "malformed");
    s.bad("a field that no list has", token(2, zlib(&[0]), vec![("size".into(), 4.into())]), "malformed");
    s.bad(
        "no lst",
        wrap(
            cbor::encode(&{
                let mut m = map_of(cbor::decode(&payload).unwrap());
                set(&mut m, 65_533.into(), MapBuilder::new().with("bits", 2).build());
                Value::Map(m)
            })
            .unwrap(),
        ),
        "malformed",
    );
    let whole = zlib(&[0xc9, 0x44, 0xf9]);
    let bomb = |bytes: usize| zlib(&vec![0; bytes]);
    for (name, lst) in [
        ("nothing compressed", vec![]),
        ("not compressed", vec![0xc9, 0x44, 0xf9]),
        ("gzip", inflated_as(&[0xc9], |b, out| _ = GzEncoder::new(b, Compression::best()).read_to_end(out).unwrap())),
        (
            "bare DEFLATE",
            inflated_as(&[0xc9], |b, out| _ = DeflateEncoder::new(b, Compression::best()).read_to_end(out).unwrap()),
        ),
        ("a byte behind the compressed list", [&whole[..], &[0]].concat()),
        ("a second list behind the first", [&whole[..], &whole].concat()),
        ("compressed list without its checksum", whole[..whole.len() - 4].to_vec()),
        ("checksum cut short", whole[..whole.len() - 1].to_vec()),
        ("checksum of something else", flip(&whole, whole.len() - 1)),
        ("a preset dictionary", [&[0x78, 0xf9, 0, 0, 0, 1][..], &whole[2..]].concat()),
        ("header checksum wrong", flip(&whole, 1)),
        ("another compression", [&[0x77, 0x85][..], &whole[2..]].concat()),
        ("a window larger than 32 KiB", [&[0x88, 0x1c][..], &whole[2..]].concat()),
        ("a block of reserved type", vec![0x78, 0x9c, 0x07, 0, 0, 0, 0, 1]),
        ("a bomb: one byte more than 1 MiB", bomb((1 << 20) + 1)),
        ("a bomb: 16 MiB", bomb(16 << 20)),
    ] {
        s.bad(name, token(2, lst, vec![]), "malformed");
        s.cddl(true);
    }
    // "The Status List Token MUST NOT be tagged with the CWT tag"; a MAC is no signature of the office.
    s.bad("tagged as CWT (61)", [&[0xd8, 61][..], &good].concat(), "malformed");
    s.bad("COSE_Mac0 (17)", [&[0xd1][..], &good[1..]].concat(), "malformed");
    s
}

/// The examples of the specification, signed by this office; its own token, which is by ES256, is refused for its header.
fn specification(s: &mut Set) {
    let mut add = |name: &str, bits: u8, lst: &str, statuses: &[(u64, u8)]| {
        let indexes: Vec<u64> = statuses.iter().map(|(i, _)| *i).collect();
        let said: Vec<u8> = statuses.iter().map(|(_, v)| *v).collect();
        let lst = data_encoding::HEXLOWER.decode(lst.as_bytes()).unwrap();
        let bytes = token(i64::from(bits), lst, vec![]);
        let context = json!({"indexes": indexes});
        let read = judge("status-list", &bytes, &s.merged(&context)).unwrap();
        assert_eq!(read["statuses"], json!(said), "{name}");
        s.good_with(name, bytes, context);
    };
    let one = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1];
    let two = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3];
    let pairs = |statuses: &[u8]| (0..).zip(statuses.iter().copied()).collect::<Vec<_>>();
    add("good: the specification's 16 statuses of 1 bit", 1, "78dadbb918000217015d", &pairs(&one));
    add("good: the specification's 12 statuses of 2 bits", 2, "78da3be9f2130003df0207", &pairs(&two));
    for p in &PUBLISHED {
        // Those beside the named ones, and the last, are 0.
        let mut statuses = p.statuses.to_vec();
        let named = |i: u64| p.statuses.iter().any(|(n, _)| *n == i);
        let others = p.statuses.iter().map(|(i, _)| i + 1).chain([ENTRIES - 1]).filter(|i| *i < ENTRIES && !named(*i)).take(40);
        statuses.extend(others.map(|i| (i, 0)));
        add(&format!("good: the specification's 2^20 statuses, {} bits", p.bits), p.bits, p.lst, &statuses);
    }
    let token = "d2845820a2012610781a6170706c69636174696f6e2f7374617475736c6973742b637774a1044231325850a502782168747470733a2f2f6578616d706c652e636f6d2f\
                 7374617475736c697374732f31061a648c5bea041a8898dfea19fffe19a8c019fffda2646269747301636c73744a78dadbb918000217015d584093fa4d01032b18c3\
                 5e2fe1101b77fd6cc9440022caa4694450c4e4e9feab4e99d1fa6d9772ce2bf3a12e0323ded7c982c5e101a5e67f0cbc1e2b6f57ce99c279";
    let token = data_encoding::HEXLOWER.decode(token.as_bytes()).unwrap();
    s.bad("the specification's own token: kid not protected, ES256", token, "malformed");
    s.cddl(false);
}

fn officer_lists() -> Set {
    let mut s = Set::new("officers", Some("officers"), json!({"trust": hex(&trust()), "at": NOW}));
    let badges = [people::second_badge(), people::badge(hard(SHOW).public_key())];
    let list = OfficerList {
        organ: "某县卫生健康局".into(),
        at: NOW - DAY,
        until: NOW + 29 * DAY,
        officers: badges.into_iter().map(|b| b.officer).collect(),
    };
    let good = list.issue(&soft(BADGE)).unwrap();
    s.good("good", good.clone());
    s.good("good: after its end it is old", OfficerList { until: NOW - 1, ..list.clone() }.issue(&soft(BADGE)).unwrap());
    s.good("good: nobody", OfficerList { officers: vec![], ..list.clone() }.issue(&soft(BADGE)).unwrap());
    let payload = payload_of(&good);
    s.bad_signatures("mz1/officers", &soft(BADGE), &payload, true);
    s.bad_signers(Use::Badge, &good, |k| list.issue(k).unwrap());
    s.bad("signed by the key of the status list", list.issue(&soft(STATUS)).unwrap(), "signer_unknown");
    let wrap = |p: Vec<u8>| sign::sign("mz1/officers", &soft(BADGE), p).unwrap();
    s.bad_fields(&payload, &[], wrap);
    let with = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut m = map_of(cbor::decode(&payload).unwrap());
        let slot = m.iter_mut().find(|(k, _)| *k == "officers".into()).unwrap();
        let Value::Array(officers) = &mut slot.1 else { panic!() };
        change(officers);
        wrap(cbor::encode(&Value::Map(m)).unwrap())
    };
    let field = |at: usize, v: Value| {
        with(&|officers| {
            let Value::Array(row) = &mut officers[0] else { panic!() };
            row[at] = v.clone();
        })
    };
    s.bad("not in the order of numbers", with(&|officers| officers.reverse()), "field");
    s.bad("a number twice", with(&|officers| officers[1] = officers[0].clone()), "field");
    for (name, change) in [
        ("a field too few", (|row| _ = row.pop()) as fn(&mut Vec<Value>)),
        ("a field beyond the seven: a photograph", |row| row.push(vec![6u8; 16].into())),
        ("a field beyond the seven: a telephone number", |row| row.push("13800000000".into())),
    ] {
        let bytes = with(&|officers| {
            let Value::Array(row) = &mut officers[0] else { panic!() };
            change(row);
        });
        s.bad(name, bytes, "malformed");
    }
    s.bad("an officer is a map", with(&|officers| officers[0] = Value::Map(vec![])), "malformed");
    s.bad("name with a direction override", field(0, "王\u{202e}国建".into()), "field");
    s.bad("empty position", field(2, "".into()), "field");
    s.cddl(false);
    s.bad("number with a blank at its end", field(3, "51082200123 ".into()), "field");
    s.bad("category outside the signer's scope", field(4, "交通".into()), "scope");
    s.bad("area outside the signer's scope", field(5, "邻县".into()), "scope");
    s.bad("until is no day", field(6, 2028_13_01.into()), "malformed");
    s.cddl(true);
    let mut m = map_of(cbor::decode(&payload).unwrap());
    set(&mut m, "organ".into(), "某县\u{200b}卫生健康局".into());
    s.bad("organ with an invisible character", wrap(cbor::encode(&Value::Map(m)).unwrap()), "field");
    s
}

fn challenges() -> Set {
    let mut s = Set::new("challenge", None, json!({}));
    for (name, digits) in [
        ("good", "12345678"),
        ("good: zeros", "00000000"),
        ("good: in two groups", "1234 5678"),
        ("good: blanks and a line end around it", " 12345678\n"),
        ("good: a wide blank", "1234\u{3000}5678"),
        ("good: full-width digits", "１２３４５６７８"),
        ("good: full-width and plain digits", "1２3４5６7８"),
    ] {
        s.good(name, digits.as_bytes().to_vec());
    }
    for (name, digits) in [
        ("nothing", ""),
        ("seven digits", "1234567"),
        ("nine digits", "123456789"),
        ("a hyphen", "1234-5678"),
        ("a letter", "1234567O"),
        ("a sign", "+1234567"),
        ("Arabic-Indic digits", "١٢٣٤٥٦٧٨"),
        ("superscript digits", "¹²³⁴⁵⁶⁷⁸"),
        ("Chinese numerals", "一二三四五六七八"),
        ("an address", "https://zhengjian.example/b#12345678"),
        ("the digits of a frame", "07203405794037927936"),
        ("an invisible character", "1234\u{200b}5678"),
    ] {
        s.bad(name, digits.as_bytes().to_vec(), "field");
    }
    s.bad("not UTF-8", vec![0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0xff], "malformed");
    s
}
