//! F18: the connection is cut at sampled bytes of uploads of 3 MB, by a proxy that counts bytes, between a real phone and the real office.
//! `MINGZHENG_CUTS` sets how often (1000).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_demo::acts;
use mingzheng_scenarios::Scene;
use serde_json::json;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

const CHUNK: u64 = 1 << 20;
/// Cuts of one upload.
const EACH: u64 = 25;

fn random(below: u64) -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    u64::from_le_bytes(bytes) % below
}

/// What passed, and where it is cut.
#[derive(Default)]
struct Counter {
    /// Bytes until the next cut, towards the office and back; nothing: no cut.
    up: Option<u64>,
    down: Option<u64>,
    cuts: u64,
    /// Cuts that are still to come for this upload.
    left: u64,
    /// Bytes from the phone.
    sent: u64,
    /// Where each `PATCH` of this upload began.
    offsets: Vec<u64>,
}

impl Counter {
    fn plan(&mut self) {
        (self.up, self.down) = (None, None);
        if self.left > 0 {
            // Most of a chunk's bytes go up; what comes back is short.
            if random(4) > 0 { self.up = Some(random(CHUNK + CHUNK / 8)) } else { self.down = Some(random(4000)) }
        }
    }

    /// How many of these bytes pass; fewer: the connection is cut behind them.
    fn passes(&mut self, bytes: &[u8], up: bool) -> usize {
        if up {
            self.sent += bytes.len() as u64;
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(2000)]).to_lowercase();
            if let Some((_, after)) = text.strip_prefix("patch ").and_then(|t| t.split_once("upload-offset: ")) {
                self.offsets.push(after.split('\r').next().unwrap().parse().unwrap());
            }
        }
        let until = if up { &mut self.up } else { &mut self.down };
        match until {
            Some(n) if *n < bytes.len() as u64 => {
                let passes = *n as usize;
                self.cuts += 1;
                self.left -= 1;
                self.plan();
                passes
            }
            Some(n) => {
                *n -= bytes.len() as u64;
                bytes.len()
            }
            None => bytes.len(),
        }
    }
}

/// Stands where the phone looks for the office.
fn stand_before(office: SocketAddr, at: SocketAddr, counter: &Arc<Mutex<Counter>>) {
    let listener = TcpListener::bind(at).unwrap();
    let counter = Arc::clone(counter);
    thread::spawn(move || {
        for phone in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect(office).unwrap();
            let ways = [(phone.try_clone().unwrap(), server.try_clone().unwrap(), true), (server, phone, false)];
            for (mut from, mut to, up) in ways {
                let counter = Arc::clone(&counter);
                thread::spawn(move || {
                    let mut buffer = [0; 16 << 10];
                    while let Ok(n @ 1..) = from.read(&mut buffer) {
                        let passes = counter.lock().unwrap().passes(&buffer[..n], up);
                        if to.write_all(&buffer[..passes]).is_err() || passes < n {
                            break;
                        }
                    }
                    // One side gone or cut: both ends learn it. They may have gone already.
                    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
                });
            }
        }
    });
}

/// A photograph of 3 MB that nobody took before: comments of random bytes behind its first marker.
fn photograph(scene: &mut Scene, n: u64) -> String {
    let original = fs::read(scene.place.photos.join("nature/LadyBird.jpg")).unwrap();
    let mut picture = original[..2].to_vec();
    while picture.len() + original.len() < 3_000_000 {
        let mut comment = vec![0; 60_000];
        getrandom::fill(&mut comment).unwrap();
        picture.extend([0xff, 0xfe]);
        picture.extend(60_002_u16.to_be_bytes());
        picture.extend(comment);
    }
    picture.extend(&original[2..]);
    let path = acts::inbox(&mut scene.lead).unwrap().join(format!("{n}.jpg"));
    fs::write(&path, picture).unwrap();
    let capture = json!({ "inspection": scene.inspection, "path": path, "info": { "caption": format!("第{n}张") } });
    let id = acts::text(&scene.lead.call("capture_photo", capture).unwrap(), "id").unwrap();
    scene.lead.call("check_photo", json!({ "inspection": scene.inspection, "evidence": id })).unwrap();
    id
}

/// Bytes of sealed files on the phone.
fn evidence(scene: &Scene) -> u64 {
    fs::read_dir(scene.lead.folder().join("evidence")).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum()
}

#[test]
fn f18_uploads_cut_at_a_thousand_sampled_bytes_send_at_most_one_chunk_twice() {
    let wanted: u64 = std::env::var("MINGZHENG_CUTS").ok().and_then(|c| c.parse().ok()).unwrap_or(1000);
    let mut scene = Scene::told().unwrap();
    let at = scene.serving.stop().unwrap();
    scene.serving.start_again(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let office: SocketAddr = scene.serving.address.trim_start_matches("http://").parse().unwrap();
    let counter = Arc::new(Mutex::new(Counter::default()));
    stand_before(office, at, &counter);
    let (mut cuts, mut sent, mut sealed, mut files, mut most) = (0, 0, 0, 0, 0);
    while cuts < wanted {
        let before = evidence(&scene);
        let id = photograph(&mut scene, files);
        // Everything else goes first, undisturbed: what is cut is the photograph.
        scene.lead.call("set_conditions", json!({ "network": "unmetered", "battery": 10, "charging": false })).unwrap();
        acts::sync(&mut scene.lead).unwrap();
        scene.lead.call("set_conditions", json!({ "network": "unmetered", "battery": 90, "charging": true })).unwrap();
        let length = evidence(&scene) - before;
        {
            let mut c = counter.lock().unwrap();
            *c = Counter { left: EACH.min(wanted - cuts), ..Counter::default() };
            c.plan();
        }
        let mut tries = 0;
        while scene.lead.call("custody_receipt", json!({ "evidence": id })).is_err() {
            scene.lead.call("sync", json!({})).unwrap();
            tries += 1;
            assert!(tries < 200, "it never ends");
        }
        let mut c = counter.lock().unwrap();
        (c.up, c.down) = (None, None);
        // A request may begin where the one before began, when that was cut, and never before: at most one chunk goes twice for each cut.
        assert!(c.offsets.is_sorted(), "{:?}", c.offsets);
        let again = c.offsets.windows(2).filter(|w| w[0] == w[1]).count() as u64;
        assert!(again <= c.cuts, "{again} chunks again for {} cuts", c.cuts);
        most = most.max(c.sent.saturating_sub(length));
        assert!(c.sent <= length + (c.cuts + 1) * (CHUNK + (64 << 10)), "{} bytes for {length} and {} cuts", c.sent, c.cuts);
        (cuts, sent, sealed, files) = (cuts + c.cuts, sent + c.sent, sealed + length, files + 1);
    }
    println!(
        "uploads cut: {cuts} times in {files} files of 3 MB; {sealed} bytes sealed, {sent} sent; lost 0, digests wrong 0 (each opened by the office), \
         never more than one chunk again for a cut"
    );
    assert!(cuts >= wanted);
}
