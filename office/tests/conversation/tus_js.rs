//! tus-js-client, which knows nothing of us, uploads to our office (tests/tus). A small proxy signs for it: the only thing that it cannot do.

use crate::Office;
use crate::device::{Back, Device};
use mingzheng_core::id::{hex, sha256};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// One request of the client, and the office's answer to it; gives the method and the length of its body.
fn hand_on(d: &mut Device, mut stream: TcpStream) -> Option<(String, usize)> {
    stream.set_nonblocking(false).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let mut first = lines[0].split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> =
        lines[1..].iter().filter_map(|l| l.split_once(": ")).map(|(n, v)| (n.to_lowercase(), v.to_owned())).collect();
    let length = headers.iter().find(|(n, _)| n == "content-length").map_or(0, |(_, v)| v.parse().unwrap());
    let mut body = vec![0; length];
    // A client that gave up has closed its end: half a chunk is nothing to sign.
    reader.read_exact(&mut body).ok()?;
    let ours: Vec<(&str, String)> = headers
        .iter()
        .filter(|(n, _)| n.starts_with("tus-") || n.starts_with("upload-") || n == "content-type")
        .map(|(n, v)| (n.as_str(), v.clone()))
        .collect();
    let back: Back = d.send(&method, &path, &ours, body);
    let mut answer = format!("HTTP/1.1 {} -\r\nconnection: close\r\n", back.status);
    for name in ["location", "tus-resumable", "upload-offset", "upload-length", "upload-expires", "cache-control"] {
        if let Some(value) = back.header(name) {
            answer.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    if back.status != 204 && method != "HEAD" {
        answer.push_str(&format!("content-length: {}\r\n", back.body.len()));
    }
    let _ = stream.write_all(format!("{answer}\r\n").as_bytes());
    let _ = stream.write_all(&back.body);
    Some((method, length))
}

#[test]
#[ignore = "npm: cargo xtask test --only store"]
fn tus_js_client_uploads_resumes_and_gives_up_at_our_office() {
    let office = Office::start();
    let mut d = Device::enrolled(&office.invite("王小明", "110001").1);
    let work = tempfile::tempdir().unwrap();
    let files: Vec<(String, PathBuf, Vec<u8>)> = (0..4u8)
        .map(|n| {
            let sealed = d.seal(&(0..1_200_000u32).map(|i| (i * 13 % 241) as u8 ^ n).collect::<Vec<u8>>());
            let path = work.path().join(n.to_string());
            std::fs::write(&path, &sealed).unwrap();
            (hex(&sha256(&sealed)), path, sealed)
        })
        .collect();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/tus");
    let mut client = Command::new("node")
        .arg(folder.join("upload.mjs"))
        .arg(format!("http://{}", listener.local_addr().unwrap()))
        .args(files.iter().map(|(digest, path, _)| format!("{digest}={}", path.display())))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut asked = Vec::new();
    while client.try_wait().unwrap().is_none() {
        match listener.accept() {
            Ok((stream, _)) => asked.extend(hand_on(&mut d, stream)),
            Err(_) => std::thread::sleep(Duration::from_millis(2)),
        }
    }
    let out = client.wait_with_output().unwrap();
    assert!(out.status.success(), "{asked:?}");
    let said: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    for (digest, _, sealed) in &files {
        let kept = office.folder.path().join("objects").join(&digest[..2]).join(digest);
        assert_eq!(&std::fs::read(kept).unwrap(), sealed, "{digest}: the office has it, byte for byte");
    }
    assert!(said["chunked"]["chunks"].as_array().unwrap().len() >= 4);
    assert!(said["resumed"]["accepted"].as_u64().unwrap() >= 500_000);
    let count = |method: &str| asked.iter().filter(|(m, _)| m == method).count();
    assert!(count("HEAD") >= 2 && count("DELETE") == 1, "{asked:?}");
    let longest = asked.iter().map(|(_, length)| *length).max().unwrap();
    assert!(longest > 1_200_000, "a whole file in one request: {longest}");
    println!("tus-js-client at our office: {} requests, 4 files, {} PATCH, 1 DELETE", asked.len(), count("PATCH"));
}
