//! The shared vectors (`tests/vectors`) that the badge page's TypeScript runs too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_core::badge::verdict::{AssignmentCheck, Verdict, Verifier};
use mingzheng_core::cbor::{self, CborError};
use mingzheng_core::id::digest_from_hex;
use mingzheng_core::judge;
use mingzheng_core::trust::RootFingerprint;
use serde_json::{Value as Json, json};

#[path = "../examples/vectors/make/mod.rs"]
mod make;

fn read(path: &str) -> Json {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors").join(path);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(hex.replace(' ', "").as_bytes()).unwrap()
}

fn code(e: CborError) -> &'static str {
    match e {
        CborError::Truncated => "truncated",
        CborError::Trailing => "trailing",
        CborError::NotShortest => "not_shortest",
        CborError::Indefinite => "indefinite",
        CborError::Simple => "simple",
        CborError::Tag => "tag",
        CborError::Integer => "integer",
        CborError::Utf8 => "utf8",
        CborError::Order => "order",
        CborError::Duplicate => "duplicate",
        CborError::Key => "key",
        CborError::Depth => "depth",
        CborError::Missing(_) | CborError::Type(_) | CborError::Unknown => "a field",
    }
}

#[test]
fn p1_the_must_refuse_file_is_refused_by_name() {
    let file = read("cbor/refuse.json");
    for case in file["refuse"].as_array().unwrap() {
        let (hex, expected) = (case[0].as_str().unwrap(), case[1].as_str().unwrap());
        assert_eq!(cbor::decode(&bytes(hex)).map_err(code).expect_err(hex), expected, "{hex}");
    }
    for hex in file["accept"].as_array().unwrap() {
        let b = bytes(hex.as_str().unwrap());
        assert_eq!(cbor::encode(&cbor::decode(&b).unwrap_or_else(|e| panic!("{hex}: {e}"))), Ok(b), "{hex}");
    }
}

/// Every vector of every format gives what its index says: what was read, or the class of the refusal.
#[test]
fn p1_p2_p3_p5_f12_f13_f16_f40_f43_every_vector_is_judged_as_written() {
    let mut judged = 0;
    for format in judge::formats() {
        let index = read(&format!("{format}/index.json"));
        for case in index["cases"].as_array().unwrap() {
            let mut context = index["context"].clone();
            for (name, value) in case["context"].as_object().unwrap() {
                context[name] = value.clone();
            }
            let got = match judge::judge(format, &content(format, case), &context) {
                Ok(read) => json!({ "ok": read }),
                Err(refusal) => json!({ "refuse": refusal.0 }),
            };
            assert_eq!(got, case["expect"], "{format}: {}", case["name"]);
            judged += 1;
        }
    }
    assert!(judged > 1000, "{judged}");
}

fn content(format: &str, case: &Json) -> Vec<u8> {
    match case["file"].as_str() {
        Some(file) => {
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors").join(format);
            std::fs::read(folder.join(file)).unwrap()
        }
        None => bytes(case["hex"].as_str().unwrap()),
    }
}

/// The files are those that `cargo run --example vectors` writes, and no other index lies beside them.
#[test]
fn the_recorded_command_reproduces_vectors_and_pages_byte_for_byte() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = make::files(&root).unwrap();
    for (path, content) in &files {
        let there =
            std::fs::read(root.join(path)).unwrap_or_else(|e| panic!("{path}: {e}; cargo run --example vectors writes it"));
        assert!(there == *content, "{path} is not what cargo run --example vectors writes");
    }
    for folder in root.join("tests/vectors").read_dir().unwrap() {
        let folder = folder.unwrap().file_name().into_string().unwrap();
        let path = format!("tests/vectors/{folder}/index.json");
        assert!(!root.join(&path).exists() || files.iter().any(|(p, _)| *p == path), "{path} is made by nothing");
    }
    let pages = std::fs::read_to_string(root.join("docs/formats/README.md")).unwrap();
    for format in judge::formats() {
        assert!(pages.contains(&format!("`{format}`")), "docs/formats/README.md does not name the vectors {format}");
    }
    assert!(judge::formats().all(|f| files.iter().any(|(p, _)| *p == format!("tests/vectors/{f}/index.json"))));
}

#[test]
fn f41_f42_j3_p7_every_frame_is_judged_as_written() {
    let file = read("badge/verdicts.json");
    let root = RootFingerprint(digest_from_hex(file["root"].as_str().unwrap()).unwrap());
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let trust = case["trust"].as_str().map(|t| bytes(file["trust"][t].as_str().unwrap())).unwrap_or_default();
        let mut v = Verifier::new(&trust, &root, case["now"].as_i64().unwrap(), case["clock_trusted"].as_bool().unwrap());
        if let Some(name) = case["status"].as_str() {
            v = v.with_status(&bytes(file["status"][name].as_str().unwrap()));
        }
        if let Some(hex) = case["challenge"]["bytes"].as_str() {
            v.challenge = Some((bytes(hex).try_into().unwrap(), case["challenge"]["age_ms"].as_i64().unwrap()));
        }
        v.enterprise = case["enterprise"].as_str().map(str::to_owned);

        let check = v.badge(case["badge"].as_str().unwrap());
        let reason = |state: &str, (code, number): (&str, Option<i64>)| {
            let mut j = json!({"state": state, "reason": code});
            if let Some(n) = number {
                j["number"] = n.into();
            }
            j
        };
        let mut got = match &check.verdict {
            Verdict::Valid { as_of, warnings } => {
                json!({"state": "valid", "as_of": as_of, "warnings": warnings.iter().map(|w| w.code()).collect::<Vec<_>>()})
            }
            Verdict::NotValid(r) => reason("not_valid", r.code()),
            Verdict::Unknown(r) => reason("unknown", r.code()),
        };
        if got["state"] != "valid" && check.shown.is_some() {
            got["shown"] = true.into();
        }
        assert_eq!(got, case["expect"], "{name}");
        let Some(text) = case["assignment"].as_str() else { continue };
        let got = match v.assignment(&check.shown.unwrap(), text) {
            AssignmentCheck::Proven { enterprise_compared, .. } => {
                json!({"state": "proven", "enterprise_compared": enterprise_compared})
            }
            AssignmentCheck::NotValid(r) => reason("not_valid", r.code()),
            AssignmentCheck::Unknown(r) => reason("unknown", r.code()),
        };
        assert_eq!(got, case["expect_assignment"], "{name}");
    }
}
