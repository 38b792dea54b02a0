//! The rest of a file in one request, as a phone's background transfer sends it (`docs/adr/0007`).

use crate::device::{Device, now};
use crate::{Office, create, patch};
use mingzheng_core::id::{Digest, hex, sha256};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

fn path(sealed: &Digest) -> String {
    format!("/v1/uploads/{}", hex(sealed))
}

fn offset(d: &mut Device, sealed: &Digest) -> usize {
    let back = d.send("HEAD", &path(sealed), &[], vec![]);
    assert_eq!(back.status, 200);
    back.header("upload-offset").unwrap().parse().unwrap()
}

fn headers(offset: usize) -> Vec<(&'static str, String)> {
    vec![
        ("tus-resumable", "1.0.0".to_owned()),
        ("upload-offset", offset.to_string()),
        ("content-type", "application/offset+octet-stream".to_owned()),
    ]
}

/// Sends the rest from `from` on, and ends the connection when so many bytes of it have gone out.
fn cut_after(d: &mut Device, sealed: &[u8], from: usize, bytes: usize) {
    let (name, rest) = (sha256(sealed), &sealed[from..]);
    let header = d.signed(&d.address, "PATCH", &path(&name), sha256(rest), now()).2;
    let host = d.address.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&host).unwrap();
    let mut head =
        format!("PATCH {} HTTP/1.1\r\nhost: {host}\r\nmz-request: {header}\r\ncontent-length: {}\r\n", path(&name), rest.len());
    for (name, value) in headers(from) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    stream.write_all(&rest[..bytes]).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    // Whatever it says to half a request, if anything.
    let _ = stream.read_to_end(&mut Vec::new());
}

#[test]
fn f18_a_streamed_rest_keeps_every_byte_that_arrived_before_a_cut() {
    let office = Office::start();
    let (_, invitation) = office.invite("王小明", "110001");
    let mut d = Device::enrolled(&invitation);
    let clear: Vec<u8> = (0..5_000_000u32).map(|i| (i * 11 % 253) as u8).collect();
    let sealed = d.seal(&clear);
    let name = sha256(&sealed);
    assert_eq!(create(&mut d, &sealed).status, 201);
    let mut from = 0;
    for bytes in [0, 1, 4_095, 1 << 20, (1 << 20) + 1, 2_500_000] {
        cut_after(&mut d, &sealed, from, bytes);
        let since = Instant::now();
        // The connection is gone; what had arrived is still being written.
        while offset(&mut d, &name) != from + bytes {
            assert!(since.elapsed() < Duration::from_secs(10), "{} of {}", offset(&mut d, &name), from + bytes);
            std::thread::sleep(Duration::from_millis(20));
        }
        from += bytes;
    }
    let back = d.send("PATCH", &path(&name), &headers(from), sealed[from..].to_vec());
    assert_eq!((back.status, back.header("upload-offset")), (204, Some(sealed.len().to_string().as_str())), "{}", back.code());
    assert_eq!(offset(&mut d, &name), sealed.len());
    let shelf = office.folder.path().join("objects").join(&hex(&name)[..2]).join(hex(&name));
    assert_eq!(std::fs::read(shelf).unwrap(), sealed);
}

#[test]
fn p10_a_streamed_body_that_was_not_signed_is_taken_back() {
    let office = Office::start();
    let (_, invitation) = office.invite("王小明", "110001");
    let mut d = Device::enrolled(&invitation);
    let sealed = d.seal(&vec![7; 2_000_000]);
    let name = sha256(&sealed);
    assert_eq!(create(&mut d, &sealed).status, 201);
    assert_eq!(patch(&mut d, &sealed, 0, &sealed[..1000], &sealed[..1000]).status, 204);
    let mut other = sealed[1000..].to_vec();
    other[1_500_000] ^= 1;
    let header = d.signed(&d.address, "PATCH", &path(&name), sha256(&sealed[1000..]), now()).2;
    let (status, _, body) = d.raw("PATCH", &path(&name), Some(&header), &headers(1000), other).unwrap();
    assert_eq!((status, mingzheng_core::wire::error_code(&body).unwrap().0.as_str()), (403, "bad_signature"));
    assert_eq!(offset(&mut d, &name), 1000, "nothing of it counts");
    let (status, _, body) = d.raw("PATCH", &path(&name), Some(&header), &headers(1000), sealed[1000..].to_vec()).unwrap();
    assert_eq!((status, mingzheng_core::wire::error_code(&body).unwrap().0.as_str()), (409, "replayed"));
    let (status, ..) = d.raw("PATCH", &path(&name), None, &headers(1000), sealed[1000..].to_vec()).unwrap();
    assert_eq!(status, 401);
    let longer = [&sealed[1000..], b"and more"].concat();
    assert_eq!(d.send("PATCH", &path(&name), &headers(1000), longer).status, 409, "beyond its end");
    let from = offset(&mut d, &name);
    assert_eq!(d.send("PATCH", &path(&name), &headers(from), sealed[from..].to_vec()).status, 204);
    assert_eq!(offset(&mut d, &name), sealed.len());
}

#[test]
fn tus_says_what_it_can_do_and_refuses_other_types_and_versions() {
    let office = Office::start();
    let (_, invitation) = office.invite("王小明", "110001");
    let mut d = Device::enrolled(&invitation);
    let (status, said, _) = d.raw("OPTIONS", "/v1/uploads", None, &[], vec![]).unwrap();
    let header = |name: &str| said.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    assert_eq!((status, header("tus-version"), header("tus-max-size")), (204, "1.0.0".into(), (2u64 << 30).to_string()));
    assert_eq!(header("tus-checksum-algorithm"), "sha256");
    assert!(header("mz-response").len() > 100, "signed as every answer is");
    let sealed = d.seal(b"a file");
    assert_eq!(create(&mut d, &sealed).header("tus-resumable"), Some("1.0.0"));
    let plain = [("upload-offset", "0".to_owned()), ("content-type", "text/plain".to_owned())];
    let back = d.send("PATCH", &path(&sha256(&sealed)), &plain, sealed.clone());
    assert_eq!((back.status, back.code().as_str()), (415, "content_type"));
    let newer = [("tus-resumable", "2.0.0".to_owned())];
    assert_eq!(d.send("HEAD", &path(&sha256(&sealed)), &newer, vec![]).status, 412);
}
