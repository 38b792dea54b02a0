//! Prints the QR versions of short, usual and long badges, and the time of a frame (sign, encode, matrix) with a software key.
//! `cargo run -p mingzheng-core --example badge_measure`

#![allow(clippy::inconsistent_digit_grouping)] // days read as yyyy_mm_dd

use mingzheng_core::badge::{Assignment, AssignmentKind, Badge, Frame, Matrix, Show, enterprise_digest, fits};
use mingzheng_core::id::{Id, digest16};
use mingzheng_core::sign::{Signer, SoftwareKey};
use std::error::Error;
use std::time::Instant;

const HOST: &str = "zf.wsjkw.example.gov.cn";
const TARGET_MS: f64 = 5.0;

fn badge(texts: [&str; 6], photo: bool, key: &dyn Signer) -> Badge {
    let [name, unit, position, number, category, area] = texts.map(str::to_owned);
    let photo = photo.then_some([7; 16]);
    let (until, status, issued, expires) = (2028_06_30, 1234, 1_795_000_000, 1_795_604_800);
    Badge { name, unit, position, number, category, area, until, photo, status, issued, expires, show_key: key.public_key() }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (office, device) = (SoftwareKey::from_seed([2; 32]), SoftwareKey::from_seed([5; 32]));
    let shortest = ["王力", "某县卫健局", "科员", "51082200123", "卫生", "某县"];
    let usual = ["王建国", "青川县卫生健康综合行政执法大队", "二级主办", "51082200123", "卫生健康", "青川县行政区域"];
    let longest = [
        "阿卜杜热合曼·买买提",
        "克孜勒苏州卫生健康综合行政执法支队",
        "四级调研员",
        "65300000123456789",
        "卫生健康",
        "克孜勒苏柯尔克孜自治州",
    ];
    let refused = [
        "阿卜杜热合曼·买买提",
        "克孜勒苏柯尔克孜自治州卫生健康综合行政执法支队",
        "四级调研员兼大队长",
        "65300000123456789",
        "卫生健康、疾病预防控制",
        "克孜勒苏柯尔克孜自治州",
    ];
    println!(
        "badge                      bytes  digits  QR version (level M)   version kept free for P-256, photo, challenge, assignment"
    );
    for (what, texts, photo) in [("shortest", shortest, false), ("usual", usual, true), ("longest", longest, true)] {
        let b = badge(texts, photo, &device);
        let signed = b.issue(&office)?;
        let show = Show {
            badge: digest16(&signed),
            at: b.issued,
            challenge: photo.then_some([1; 8]),
            assignment: photo.then_some([2; 16]),
        };
        let p = show.prepare(&device.public_key())?;
        let s = device.sign(&p.message()?)?;
        let frame = Frame::Badge { badge: signed, show: p.finish(&s)? };
        let (bytes, text, matrix) = (frame.to_bytes()?.len(), frame.to_text(HOST)?, Matrix::of(&frame, HOST)?);
        let digits = text.len() - text.find('#').unwrap_or(0) - 1;
        println!("frame 1, {what:<16} {bytes:>6} {digits:>7}  {:>2}                     {}", matrix.version, fits(HOST, &b)?);
    }
    if let Err(e) = fits(HOST, &badge(refused, true, &device)) {
        println!("frame 1, longer still     refused at issue: {e}");
    }

    let assignment = Assignment {
        task: Id([3; 16]),
        enterprise: enterprise_digest("91510822MA6ABCDE0X"),
        day: 2026_11_18,
        officers: vec!["51082200123".into(), "51082200124".into()],
        number: 1,
        cap: 2,
        kind: AssignmentKind::Routine,
        organ: "青川县卫生健康局".into(),
        issued: 1_795_000_000,
    }
    .issue(&office)?;
    let b = badge(usual, true, &device);
    let signed = b.issue(&office)?;
    let mut times = Vec::new();
    for i in 0..101 {
        let start = Instant::now();
        let show =
            Show { badge: digest16(&signed), at: b.issued + i, challenge: Some([1; 8]), assignment: Some(digest16(&assignment)) };
        let p = show.prepare(&device.public_key())?;
        let s = device.sign(&p.message()?)?;
        let show = p.finish(&s)?;
        let shown = start.elapsed();
        let frame = Frame::Badge { badge: signed.clone(), show };
        Matrix::of(&frame, HOST)?;
        times.push((start.elapsed(), shown));
    }
    let show = Show { badge: digest16(&signed), at: b.issued, challenge: None, assignment: Some(digest16(&assignment)) };
    let p = show.prepare(&device.public_key())?;
    let s = device.sign(&p.message()?)?;
    let two = Frame::Assignment { assignment, show: p.finish(&s)? };
    println!("frame 2, two officers     {:>6}          {:>2}", two.to_bytes()?.len(), Matrix::of(&two, HOST)?.version);

    times.sort();
    let (whole, sign) = times.get(50).copied().ok_or("no times")?;
    let ms = |t: std::time::Duration| t.as_secs_f64() * 1000.0;
    let met = if ms(whole) <= TARGET_MS { "met" } else { "missed" };
    println!(
        "frame with software key: target ≤ {TARGET_MS} ms, median {:.2} ms (of it to sign {:.2}), {met}",
        ms(whole),
        ms(sign)
    );
    Ok(())
}
