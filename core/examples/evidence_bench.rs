//! Measures evidence on real photographs: `cargo run -p mingzheng-core --example evidence_bench [PHOTO]`.
//!
//! PHOTO is a large progressive JPEG; default: the 18-MP one of Debian's `mate-backgrounds`. Each measurement runs in a process of its own, so that
//! peak memory is its own. Output is one line a measure: name, target, value, met or missed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a measurement may fail by panic

use image::codecs::jpeg::JpegEncoder;
use mingzheng_core::evidence::{capture, check, remove_clear};
use mingzheng_core::seal::{Identity, Recipients};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const PROGRESSIVE: &str = "/usr/share/backgrounds/mate/abstract/Elephants_5640x3172.jpg";

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["twelve", from, to] => twelve(from, to),
        ["seal", photo, dir] => measure_seal(Path::new(photo), Path::new(dir)),
        ["check", photo, dir] => measure_check(Path::new(photo), Path::new(dir)),
        [] => all(PROGRESSIVE),
        [photo] => all(photo),
        _ => panic!("usage: evidence_bench [PHOTO]"),
    }
}

fn all(progressive: &str) {
    // Beside the build, on a real disk: fsync in /tmp may be in memory.
    let exe = std::env::current_exe().unwrap();
    let dir = tempfile::tempdir_in(exe.parent().unwrap()).unwrap();
    let path = |n: &str| dir.path().join(n).to_str().unwrap().to_owned();
    let run = |args: &[&str]| assert!(Command::new(&exe).args(args).status().unwrap().success());
    run(&["twelve", progressive, &path("twelve.jpg")]);
    run(&["seal", &path("twelve.jpg"), &path("a")]);
    run(&["check", &path("twelve.jpg"), &path("b")]);
    run(&["check", progressive, &path("c")]);
}

/// A 12-MP baseline photograph made from the large one.
fn twelve(from: &str, to: &str) {
    let photo = image::open(from).unwrap().resize_to_fill(4000, 3000, image::imageops::FilterType::Triangle);
    let mut out = fs::File::create(to).unwrap();
    photo.write_with_encoder(JpegEncoder::new_with_quality(&mut out, 92)).unwrap();
}

fn keys() -> (Identity, Recipients) {
    let id = |n| Identity::from_bytes(&[n; 32]).unwrap();
    (id(1), Recipients::evidence(id(1).recipient(), id(2).recipient(), id(3).recipient()))
}

fn measure_seal(photo: &Path, dir: &Path) {
    let (_, to) = keys();
    fs::create_dir_all(dir).unwrap();
    let idle = peak_mib();
    let mut times: Vec<f64> = (0..25)
        .map(|i| {
            let source = dir.join(format!("IMG_{i}.jpg"));
            fs::copy(photo, &source).unwrap();
            fs::File::open(&source).unwrap().sync_all().unwrap();
            let start = Instant::now();
            capture(&source, "IMG.jpg", &dir.join("evidence"), &to).unwrap();
            let ms = start.elapsed().as_secs_f64() * 1e3;
            remove_clear(&source).unwrap();
            ms
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let len = fs::metadata(photo).unwrap().len() as f64 / 1e6;
    report(&format!("seal 12-MP JPEG of {len:.1} MB, fsync included, median of 25"), times[12], 40.0, "ms");
    report("  memory above idle", peak_mib() - idle, 64.0, "MiB");
}

fn measure_check(photo: &Path, dir: &Path) {
    let (identity, to) = keys();
    let folder = dir.join("evidence");
    let c = capture(photo, "IMG.jpg", &folder, &to).unwrap();
    let (mut times, mut decoding) = (Vec::new(), Vec::new());
    let mut size = String::new();
    for _ in 0..5 {
        let start = Instant::now();
        let checked = check(&folder.join(&c.file), &identity, &c.summary, "IMG.jpg").unwrap();
        times.push(start.elapsed().as_secs_f64() * 1e3);
        let p = checked.picture().unwrap_or_else(|| panic!("{}", checked.name()));
        size = format!("{}×{}", p.width, p.height);
    }
    let peak = peak_mib();
    let clear = fs::read(photo).unwrap();
    for _ in 0..5 {
        let start = Instant::now();
        image::load_from_memory(&clear).unwrap();
        decoding.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    decoding.sort_by(f64::total_cmp);
    report(&format!("open, decode and thumbnail {size}, median of 5"), times[2], 800.0, "ms");
    report("  peak memory of the process", peak, 160.0, "MiB");
    println!("  fastest {:.0} ms; the decoder alone: median {:.0} ms, fastest {:.0} ms", times[0], decoding[2], decoding[0]);
}

fn report(what: &str, value: f64, target: f64, unit: &str) {
    println!("{what}: ≤ {target} {unit}, {value:.1} {unit}, {}", if value <= target { "met" } else { "missed" });
}

/// Highest resident memory so far, in MiB (Linux).
fn peak_mib() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
