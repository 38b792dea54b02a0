//! Measures the badge's frames.
//!
//! ```sh
//! cargo run --example badge_measure                     # QR versions, text forms, the longest values, the time of a frame
//! cargo run --example badge_measure -- json             # the same for cargo xtask bench badge
//! cargo run --example badge_measure -- pictures FOLDER  # hard pictures of codes, and what rqrr reads of each (tests/foreign/test_qr.py)
//! cargo run --example badge_measure -- pictures FOLDER ends  # and the steps up to where readers end
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a tool of the tests: it stops by panicking
#![allow(clippy::inconsistent_digit_grouping)] // days read as yyyy_mm_dd

mod forms;
mod picture;
mod readers;
mod samples;

use mingzheng_core::badge::{BadgeError, Frame, Matrix, fits};
use mingzheng_core::sign::Signer;
use qrcode::{EcLevel, QrCode};
use samples::{Device, HOST, Length, TOO_LONG};
use serde_json::{Value as Json, json};
use std::path::Path;
use std::time::{Duration, Instant};

const TARGET_MS: f64 = 5.0;
const TIMES: usize = 101;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => tell(),
        ["json"] => println!("{}", measured()),
        ["pictures", folder] => readers::write(Path::new(folder), false),
        ["pictures", folder, "ends"] => readers::write(Path::new(folder), true),
        other => panic!("not understood: {other:?}"),
    }
}

/// Bytes, digits and version of every frame.
fn sizes() -> Vec<Json> {
    let mut rows = Vec::new();
    for kind in 1..=3 {
        for length in Length::ALL {
            let frame = samples::frame(kind, length);
            let (bytes, text) = (frame.to_bytes().unwrap(), frame.to_text(HOST).unwrap());
            let digits = text.len() - text.find('#').unwrap() - 1;
            let forms: Vec<_> = forms::FORMS.iter().map(|f| f.measure(&bytes)).collect();
            rows.push(json!({
                "frame": kind, "values": length.name(), "bytes": bytes.len(), "digits": digits,
                "version": Matrix::of(&frame, HOST).unwrap().version,
                "kept_free": (kind == 1).then(|| fits(HOST, &samples::badge(length)).unwrap()), "forms": forms,
            }));
        }
    }
    rows
}

/// Most bytes of UTF-8 that the six public texts may have together: with them version 18 is full.
fn most_text(host: &str) -> usize {
    let badge = |bytes: usize| {
        let mut badge = samples::badge(Length::Longest);
        let texts = [
            &mut badge.officer.name,
            &mut badge.officer.unit,
            &mut badge.officer.position,
            &mut badge.officer.number,
            &mut badge.officer.category,
            &mut badge.officer.area,
        ];
        for (i, text) in texts.into_iter().enumerate() {
            *text = "x".repeat(bytes / 6 + usize::from(i < bytes % 6));
        }
        badge
    };
    (6..960).take_while(|bytes| fits(host, &badge(*bytes)).is_ok()).last().unwrap_or(0)
}

/// Most cases in a checkpoint of frame 3.
fn most_cases() -> u8 {
    (0..=u8::MAX).take_while(|cases| Matrix::of(&samples::frame_3(*cases), HOST).is_ok()).last().unwrap_or(0)
}

fn refused() -> Option<u8> {
    match fits(HOST, &samples::badge_of(TOO_LONG, true)) {
        Err(BadgeError::TooLarge { version }) => Some(version),
        _ => None,
    }
}

/// Medians: a frame whole, of it the signing; and the peer: the same frame's bytes as `qrcode` encodes bytes.
fn times(signer: &dyn Signer) -> [f64; 3] {
    let mut badge = samples::badge(Length::Usual);
    badge.show_key = signer.public_key();
    let badge = badge.issue(&samples::office()).unwrap();
    let assignment = samples::assignment(Length::Usual).issue(&samples::office()).unwrap();
    let (mut whole, mut sign, mut peer) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let start = Instant::now();
        let show = samples::show(&badge, Some(&assignment), true, signer);
        sign.push(start.elapsed());
        let frame = Frame::Badge { badge: badge.clone(), show };
        Matrix::of(&frame, HOST).unwrap();
        whole.push(start.elapsed());
        let bytes = frame.to_bytes().unwrap();
        let start = Instant::now();
        QrCode::with_error_correction_level(&bytes, EcLevel::M).unwrap();
        peer.push(start.elapsed());
    }
    [whole, sign, peer].map(|mut times: Vec<Duration>| {
        times.sort();
        times[TIMES / 2].as_secs_f64() * 1e3
    })
}

fn measured() -> Json {
    let [whole, sign, peer] = times(&Device::new());
    let [ed_whole, ed_sign, _] = times(&samples::office());
    json!({
        "sizes": sizes(), "forms": forms::FORMS.map(|f| f.name), "text_bytes": most_text(HOST), "cases": most_cases(), "refused": refused(),
        "frame_ms": whole, "sign_ms": sign, "peer_ms": peer, "frame_ed25519_ms": ed_whole, "sign_ed25519_ms": ed_sign,
    })
}

fn tell() {
    println!("Host of {} characters; level M; version 18 is the limit.\n", HOST.len());
    println!("| frame | values | bytes | digits | QR version | kept free for P-256, photo, challenge, assignment |");
    println!("|---|---|---|---|---|---|");
    let rows = sizes();
    for row in &rows {
        let kept = row["kept_free"].as_u64().map_or_else(|| "–".to_owned(), |v| v.to_string());
        let values = row["values"].as_str().unwrap();
        println!("| {} | {values} | {} | {} | {} | {kept} |", row["frame"], row["bytes"], row["digits"], row["version"]);
    }
    println!(
        "\n| text form | {} |",
        rows.iter().map(|r| format!("{}, {}", r["frame"], r["values"].as_str().unwrap())).collect::<Vec<_>>().join(" | ")
    );
    println!("|---|{}", "---|".repeat(rows.len()));
    for (i, form) in forms::FORMS.iter().enumerate() {
        let cells: Vec<_> = rows.iter().map(|r| format!("{} ({})", r["forms"][i][1], r["forms"][i][0])).collect();
        println!("| {} | {} |", form.name, cells.join(" | "));
    }
    for host in ["zf.gov.cn", HOST, "zhifa.wsjkw.some-autonomous-prefecture.example.gov.cn"] {
        let bytes = most_text(host);
        println!(
            "\nWith a host of {} characters the six texts have room for {bytes} bytes: {} Chinese characters.",
            host.len(),
            bytes / 3
        );
    }
    println!(
        "\nA badge that would need version {} is refused at issue; a checkpoint has room for {} cases.",
        refused().unwrap(),
        most_cases()
    );
    let [whole, sign, peer] = times(&Device::new());
    let met = if whole <= TARGET_MS { "met" } else { "missed" };
    println!(
        "\nFrame with a software P-256 key: target ≤ {TARGET_MS} ms, median {whole:.2} ms (of it to sign {sign:.2}), {met}."
    );
    println!("Peer: `qrcode` encodes the same bytes as one byte segment, without address and signature, in {peer:.2} ms.");
}
