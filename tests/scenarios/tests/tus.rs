//! Our phone uploads to @tus/server, which knows nothing of us (tests/tus). A proxy at the office's address hands its uploads to the stranger and signs the
//! stranger's answers as the office would: a phone believes nothing else. Everything but uploads goes to the real office.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_core::id::{hex, sha256};
use mingzheng_core::trust::Use;
use mingzheng_core::wire::{Claimed, REQUEST_HEADER, RESPONSE_HEADER, Response};
use mingzheng_demo::acts;
use mingzheng_office::log;
use mingzheng_office::office::Office;
use mingzheng_office::settings::Settings;
use mingzheng_scenarios::Scene;
use serde_json::json;
use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A message of HTTP/1.1 with `Content-Length`: first line, headers, body. `bodiless`: an answer to `HEAD`.
struct Message {
    first: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Message {
    fn read(from: impl Read, bodiless: bool) -> Option<Self> {
        let mut reader = BufReader::new(from);
        let (mut first, mut headers) = (String::new(), Vec::new());
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match (line.trim(), first.is_empty()) {
                ("", _) => break,
                (text, true) => first = text.to_owned(),
                (text, false) => headers.extend(text.split_once(':').map(|(n, v)| (n.to_lowercase(), v.trim().to_owned()))),
            }
        }
        let mut m = Self { first, headers, body: vec![] };
        let length = if bodiless { 0 } else { m.header("content-length").parse().unwrap_or(0) };
        m.body = vec![0; length];
        reader.read_exact(&mut m.body).ok()?;
        Some(m)
    }

    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).unwrap_or_default()
    }

    fn send(&self, to: &mut TcpStream) {
        let headers = self.headers.iter().filter(|(n, _)| n != "connection" && n != "transfer-encoding");
        let lines: String = headers.map(|(n, v)| format!("{n}: {v}\r\n")).collect();
        to.write_all(format!("{}\r\n{lines}connection: close\r\n\r\n", self.first).as_bytes()).unwrap();
        to.write_all(&self.body).unwrap();
    }
}

fn ask(at: SocketAddr, request: &Message) -> Message {
    let mut stream = TcpStream::connect(at).unwrap();
    request.send(&mut stream);
    Message::read(stream, request.first.starts_with("HEAD ")).unwrap()
}

/// What the office signs under an answer that is not its own.
fn signed(office: &Office, request: &Message, mut answer: Message) -> Message {
    let claimed = Claimed::read(request.header(REQUEST_HEADER)).unwrap();
    let status = answer.first.split(' ').nth(1).unwrap().parse().unwrap();
    let head = office.store.read(log::head).unwrap();
    let body = sha256(&answer.body);
    let response = Response { request: claimed.digest(), status, body, at: office.now(), head, anchor: None };
    let header = response.issue(office.keys.signer(Use::Feed).unwrap()).unwrap();
    answer.headers.push((RESPONSE_HEADER.to_owned(), header));
    answer
}

struct Stranger(Child);
impl Drop for Stranger {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
#[ignore = "npm: cargo xtask test --only store"]
fn tus_our_phone_uploads_to_the_server_of_others() {
    let mut scene = Scene::told().unwrap();
    let store = scene.file("stranger");
    fs::create_dir(&store).unwrap();
    let program = scene.place.root.join("tests/tus/server.mjs");
    let mut server = Stranger(Command::new("node").arg(program).arg(&store).stdout(Stdio::piped()).spawn().unwrap());
    let mut port = String::new();
    BufReader::new(server.0.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let stranger = SocketAddr::from(([127, 0, 0, 1], port.trim().parse().unwrap()));

    for name in ["LadyBird.jpg", "Blinds.jpg"] {
        let path = acts::inbox(&mut scene.lead).unwrap().join(name);
        fs::copy(scene.place.photos.join("nature").join(name), &path).unwrap();
        let capture = json!({ "inspection": scene.inspection, "path": path, "info": { "caption": name } });
        let id = acts::text(&scene.lead.call("capture_photo", capture).unwrap(), "id").unwrap();
        scene.lead.call("check_photo", json!({ "inspection": scene.inspection, "evidence": id })).unwrap();
    }
    let held: Vec<Vec<u8>> =
        fs::read_dir(scene.lead.folder().join("evidence")).unwrap().map(|e| fs::read(e.unwrap().path()).unwrap()).collect();

    let at = scene.serving.stop().unwrap();
    scene.serving.start_again(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let real: SocketAddr = scene.serving.address.trim_start_matches("http://").parse().unwrap();
    let office = Office::open(Settings::load(&scene.file("office").join("mingzheng.toml")).unwrap()).unwrap();
    let listener = TcpListener::bind(at).unwrap();
    let patches = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&patches);
    thread::spawn(move || {
        for mut phone in listener.incoming().map_while(Result::ok) {
            let Some(request) = Message::read(phone.try_clone().unwrap(), false) else { continue };
            let of_uploads = request.first.contains(" /v1/uploads");
            counted.fetch_add(usize::from(request.first.starts_with("PATCH ")), Ordering::Relaxed);
            let answer = if of_uploads { signed(&office, &request, ask(stranger, &request)) } else { ask(real, &request) };
            answer.send(&mut phone);
        }
    });
    for _ in 0..3 {
        scene.lead.call("sync", json!({})).unwrap();
    }
    let mut same = 0;
    for sealed in &held {
        let name = hex(&sha256(sealed));
        assert_eq!(&fs::read(store.join(&name)).unwrap(), sealed, "{name}: the stranger has it, byte for byte");
        same += 1;
    }
    let patches = patches.load(Ordering::Relaxed);
    println!("our phone at @tus/server: {same} files, {patches} PATCH requests, all the same byte for byte");
    assert!(same >= 2 && patches > same, "some file went in several chunks");
}
