//! What `cargo xtask bench proof` measures, each in a process of its own so that peak memory is its own. Every command prints one JSON line.

use crate::bundle::large;
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use mingzheng_core::bundle::{Options, Trust, verify};
use mingzheng_core::evidence::{capture, remove_clear};
use mingzheng_core::seal::{Identity, Recipients};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{BufWriter, Read as _, Write as _};
use std::path::Path;
use std::thread;
use std::time::Instant;

/// `twelve FROM TO`, `seal PHOTO FOLDER TIMES`, `plain PHOTO FOLDER TIMES`, `sha MEBIBYTES`, `large NOTES PHOTOS BYTES FOLDER`,
/// `verify BUNDLE TRUST`, `export FOLDER`.
pub fn command(words: &[&str]) -> Option<Value> {
    Some(match words {
        ["twelve", from, to] => twelve(Path::new(from), Path::new(to)),
        ["seal", photo, folder, times] => seal(Path::new(photo), Path::new(folder), times.parse().unwrap()),
        ["plain", photo, folder, times] => plain(Path::new(photo), Path::new(folder), times.parse().unwrap()),
        ["sha", mebibytes] => sha(mebibytes.parse().unwrap()),
        ["large", notes, photos, bytes, folder] => {
            large::write(notes.parse().unwrap(), photos.parse().unwrap(), bytes.parse().unwrap(), Path::new(folder));
            json!({})
        }
        ["verify", bundle, trust] => verified(Path::new(bundle), Path::new(trust)),
        ["export", folder] => exported(Path::new(folder)),
        _ => return None,
    })
}

/// A figure of /proc/self/status in MiB.
fn memory(figure: &str) -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(figure)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

/// A 12-MP baseline photograph made from a larger one.
fn twelve(from: &Path, to: &Path) -> Value {
    let photo = image::open(from).unwrap().resize_to_fill(4000, 3000, FilterType::Triangle);
    photo.write_with_encoder(JpegEncoder::new_with_quality(BufWriter::new(File::create(to).unwrap()), 92)).unwrap();
    json!({})
}

/// A fresh copy of the photograph, on the disk before the clock starts.
fn copied(photo: &Path, folder: &Path, n: usize) -> std::path::PathBuf {
    let source = folder.join(format!("IMG_{n}.jpg"));
    fs::copy(photo, &source).unwrap();
    File::open(&source).unwrap().sync_all().unwrap();
    source
}

/// As the phone seals: one pass, three digests, age to three recipients, fsync of file and folder.
fn seal(photo: &Path, folder: &Path, times: usize) -> Value {
    let identity = |n| Identity::from_bytes(&[n; 32]).unwrap().recipient();
    let to = Recipients::evidence(identity(1), identity(2), identity(3));
    fs::create_dir_all(folder).unwrap();
    let once = |n: usize| {
        let source = copied(photo, folder, n);
        let start = Instant::now();
        capture(&source, "IMG.jpg", &folder.join("evidence"), &to).unwrap();
        let took = ms(start);
        remove_clear(&source).unwrap();
        took
    };
    let times: Vec<_> = (0..times).map(once).collect();
    json!({ "ms": times, "peak": memory("VmHWM") })
}

/// The least that could be done with the same bytes: SHA-256, ChaCha20-Poly1305 in parts of 64 KiB, fsync.
fn plain(photo: &Path, folder: &Path, times: usize) -> Value {
    fs::create_dir_all(folder).unwrap();
    let cipher = ChaCha20Poly1305::new_from_slice(&[7; 32]).unwrap();
    let once = |n: usize| {
        let source = copied(photo, folder, n);
        let sealed = folder.join(format!("IMG_{n}.bin"));
        let start = Instant::now();
        let (mut input, mut out) = (File::open(&source).unwrap(), File::create(&sealed).unwrap());
        let (mut digest, mut buffer, mut counter) = (Sha256::new(), vec![0; 64 * 1024], 0_u64);
        loop {
            let length = input.read(&mut buffer).unwrap();
            if length == 0 {
                break;
            }
            digest.update(&buffer[..length]);
            let mut nonce = Nonce::default();
            nonce[4..].copy_from_slice(&counter.to_be_bytes());
            counter += 1;
            out.write_all(&cipher.encrypt(&nonce, &buffer[..length]).unwrap()).unwrap();
        }
        out.sync_all().unwrap();
        File::open(folder).unwrap().sync_all().unwrap();
        std::hint::black_box(digest.finalize());
        let took = ms(start);
        fs::remove_file(source).unwrap();
        took
    };
    let times: Vec<_> = (0..times).map(once).collect();
    json!({ "ms": times })
}

/// SHA-256 of so much memory on every processor at once, bytes a second of all together.
fn sha(mebibytes: usize) -> Value {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let start = Instant::now();
    thread::scope(|scope| {
        for n in 0..threads {
            scope.spawn(move || {
                let block = vec![n as u8; 1 << 20];
                let mut digest = Sha256::new();
                (0..mebibytes).for_each(|_| digest.update(&block));
                std::hint::black_box(digest.finalize());
            });
        }
    });
    json!({ "bytes_s": (threads * mebibytes) as f64 * 1_048_576.0 / start.elapsed().as_secs_f64(), "threads": threads })
}

fn verified(bundle: &Path, trust: &Path) -> Value {
    let trust = Trust::List(fs::read(trust).unwrap());
    let start = Instant::now();
    let report = verify(bundle, &trust, &Options::default());
    json!({ "ms": ms(start), "peak": memory("VmHWM"), "exit": report.exit_code() })
}

fn exported(folder: &Path) -> Value {
    let start = Instant::now();
    let files = large::again(folder);
    json!({ "ms": ms(start), "peak": memory("VmHWM"), "files": files })
}
