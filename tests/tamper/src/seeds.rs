//! What fuzzing begins with: the pieces of a real bundle, every vector of every format, and what was once found (`tests/fuzz/corpus`).

use crate::archive::Archive;
use crate::bag::{Bag, payload};
use mingzheng_core::cbor;
use mingzheng_core::judge;
use mingzheng_core::log::OfficeHead;
use mingzheng_core::log::note::{TextCheckpoint, cosign};
use mingzheng_core::sign::SoftwareKey;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Seeds by target.
pub type Seeds = BTreeMap<String, Vec<Vec<u8>>>;

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Format, whether it is a good one, bytes.
type Vector = (&'static str, bool, Vec<u8>);

/// The vectors, and each format's context.
fn vectors() -> (Vec<Vector>, Value) {
    let (mut all, mut contexts) = (Vec::new(), Map::new());
    for format in judge::formats() {
        let folder = tests().join("vectors").join(format);
        let index: Value = serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap();
        contexts.insert(format.to_owned(), index["context"].clone());
        for case in index["cases"].as_array().unwrap() {
            let bytes = match case["file"].as_str() {
                Some(file) => fs::read(folder.join(file)).unwrap(),
                None => data_encoding::HEXLOWER.decode(case["hex"].as_str().unwrap().as_bytes()).unwrap(),
            };
            all.push((format, case["expect"].get("ok").is_some(), bytes));
        }
    }
    (all, Value::Object(contexts))
}

/// Seeds of every target, and the contexts of the formats.
pub fn seeds(bag: &Bag) -> (Seeds, Value) {
    let mut seeds = Seeds::new();
    let mut add = |target: &str, bytes: Vec<u8>| seeds.entry(target.to_owned()).or_default().push(bytes);
    for (number, (path, bytes)) in bag.0.iter().enumerate() {
        let target = match path.split('/').nth(1) {
            Some("evidence") => "age",
            Some("paper") => "paper",
            Some("pack") => "pack",
            _ if path.ends_with(".cose") => "cose",
            _ => "cbor",
        };
        if bytes.len() < 20_000 {
            add(target, bytes.clone());
            add("bundle", [&[number as u8], bytes.as_slice()].concat());
        }
    }
    add("zip", Archive::of(bag, "case-1").bytes());
    add("trust", bag.0["data/trust/trust.cbor"].clone());
    for picture in ["valid.png", "scratched.png"] {
        add("media", fs::read(tests().join("vectors/badge").join(picture)).unwrap());
    }
    add(
        "media",
        [b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data".as_slice(), &[0; 8]].concat(),
    );
    add(
        "media",
        [b"\xff\xd8\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x01".as_slice(), &[0; 16]].concat(),
    );
    let tree = TextCheckpoint::of("organ", &OfficeHead { epoch: 0, size: 7, root: [7; 32] });
    let (key, body) = (SoftwareKey::from_seed([2; 32]), tree.body());
    let signed = tree.sign(&key).unwrap();
    add("note", body.clone().into_bytes());
    add("note", format!("{signed}{}\n", cosign(&body, "witness", 1_795_305_600, &key).unwrap()).into_bytes());
    add("note", signed.into_bytes());
    // Statuses of 1, 2, 4 and 8 bits, as zlib packs them: 16 statuses of the specification, and none.
    for (pick, lst) in
        (3..16_u8).step_by(4).zip(["78dadbb918000217015d", "78da3be9f2130003df0207", "78dadbb918000217015d", "789c030000000001"])
    {
        add("lists", [&[pick], data_encoding::HEXLOWER.decode(lst.as_bytes()).unwrap().as_slice()].concat());
    }
    // A presentation of half a minute ago, of two minutes ahead, by another device; the moment moved by ten minutes.
    for (moment, payload) in [(0_i32, &[226, 255, 255, 255][..]), (0, &[120, 0, 0, 0]), (0, &[0]), (6000, &[0, 0, 0, 0])] {
        add("verdict", [&[1], moment.to_le_bytes().as_slice(), payload].concat());
    }
    add("wire", mingzheng_core::wire::error_body("recovery", "text").unwrap());
    let (vectors, contexts) = vectors();
    let formats: Vec<_> = judge::formats().collect();
    for (format, good, bytes) in vectors.into_iter().filter(|(.., bytes)| bytes.len() < 20_000) {
        let number = formats.iter().position(|known| *known == format).unwrap() as u8;
        add("judge", [&[number], bytes.as_slice()].concat());
        let kinds: &[(&str, u8)] =
            &[("badge", 0), ("assignment", 1), ("enrolment", 2), ("checkpoint", 3), ("statement", 4), ("anchor", 5), ("feed", 6)];
        let kind = kinds.iter().chain(&[("head", 7), ("revocation", 8)]).find(|(kind, _)| *kind == format);
        if let Some((_, pick)) = kind.filter(|_| good) {
            add("signed", [&[*pick], cbor::encode(&payload(&bytes)).unwrap().as_slice()].concat());
        }
        let list: &[(&str, u8)] = &[("status-list", 1), ("officers", 2)];
        if let Some((_, pick)) = list.iter().find(|(kind, _)| *kind == format) {
            add("lists", [&[0], bytes.as_slice()].concat());
            if good {
                add("lists", [&[*pick], cbor::encode(&payload(&bytes)).unwrap().as_slice()].concat());
            }
        }
        let shown: &[(&str, u8)] = &[("badge", 0), ("show", 1), ("assignment", 2)];
        if let Some((_, pick)) = shown.iter().find(|(kind, _)| *kind == format && good) {
            add("verdict", [&[*pick, 0, 0, 0, 0], cbor::encode(&payload(&bytes)).unwrap().as_slice()].concat());
        }
        let target = match format {
            "sealed" => "age",
            "frame" | "frame-text" | "invitation" | "challenge" => "frame",
            "pair-offer" | "pair-answer" | "pair-confirm" => "pairing",
            "request" | "response" | "segment" | "submission" | "feed" | "application" => "wire",
            "trust" => "trust",
            "pack" => "pack",
            "header" | "disclosure" | "leaf" | "log-receipt" | "access" | "custody" | "fork" | "outside" | "checkpoint" => "log",
            "cbor" | "case" | "entries" => "cbor",
            _ => "cose",
        };
        add(target, bytes);
    }
    for target in seeds.keys().cloned().collect::<Vec<_>>() {
        for found in fs::read_dir(tests().join("fuzz/corpus").join(&target)).into_iter().flatten() {
            seeds.get_mut(&target).unwrap().push(fs::read(found.unwrap().path()).unwrap());
        }
    }
    (seeds, contexts)
}

/// Writes what `tests/fuzz` reads: `bag/`, `bundle.zip`, `trust.cbor`, `export`, `contexts.json`, and `seeds/TARGET/`.
pub fn write(folder: &Path) {
    let made = crate::made();
    let (seeds, contexts) = seeds(&made.sealed);
    made.sealed.write(&folder.join("bag"));
    fs::write(folder.join("bundle.zip"), Archive::of(&made.sealed, "case-1").bytes()).unwrap();
    fs::write(folder.join("trust.cbor"), &made.trust).unwrap();
    fs::write(folder.join("export"), [crate::bundle::made::OFFICE + 7; 32]).unwrap();
    fs::write(folder.join("contexts.json"), contexts.to_string()).unwrap();
    for (target, list) in seeds {
        let place = folder.join("seeds").join(target);
        fs::create_dir_all(&place).unwrap();
        for (number, bytes) in list.iter().enumerate() {
            fs::write(place.join(format!("{number:04}")), bytes).unwrap();
        }
    }
}
