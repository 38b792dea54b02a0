//! Anchors outside: a real RFC 3161 authority (`openssl ts`) behind a small HTTP server, and a second office as C2SP witness (P5).

use super::history::{get, go_on, started};
use super::*;
use data_encoding::BASE64;
use mingzheng_core::log::note::{self, TextCheckpoint};
use mingzheng_core::log::{Outside, timestamp, tree};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn openssl(folder: &Path, arguments: &[&str]) {
    let out = Command::new("openssl").current_dir(folder).args(arguments).output().unwrap();
    assert!(out.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
}

/// `openssl ts` with a P-256 certificate of its own.
struct Authority {
    folder: tempfile::TempDir,
}
impl Authority {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = "[req]\ndistinguished_name=dn\n[dn]\n[ext]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n\
            [tsa]\ndefault_tsa=t\n[t]\nserial=serial\nsigner_cert=tsa.pem\nsigner_key=tsa.key\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\n\
            digests=sha256\naccuracy=secs:1\nordering=yes\ntsa_name=yes\ness_cert_id_alg=sha256\n";
        std::fs::write(folder.path().join("tsa.cnf"), config).unwrap();
        std::fs::write(folder.path().join("serial"), "01\n").unwrap();
        let p = folder.path();
        openssl(p, &["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "tsa.key"]);
        openssl(
            p,
            &[
                "req",
                "-new",
                "-x509",
                "-key",
                "tsa.key",
                "-out",
                "tsa.pem",
                "-days",
                "30",
                "-subj",
                "/CN=Test TSA",
                "-config",
                "tsa.cnf",
                "-extensions",
                "ext",
            ],
        );
        openssl(p, &["ec", "-in", "tsa.key", "-pubout", "-out", "tsa.pub"]);
        Self { folder }
    }
    fn public_key(&self) -> PathBuf {
        self.folder.path().join("tsa.pub")
    }
    fn reply(&self, query: &[u8]) -> Vec<u8> {
        std::fs::write(self.folder.path().join("query.tsq"), query).unwrap();
        openssl(self.folder.path(), &["ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-out", "reply.tsr"]);
        std::fs::read(self.folder.path().join("reply.tsr")).unwrap()
    }
}

/// A server on loopback that answers each POST with what `answer` makes of its body. It ends with the process.
fn serve(answer: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/tsa", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
            let body = loop {
                let n = stream.read(&mut buffer).unwrap();
                request.extend_from_slice(&buffer[..n]);
                let Some(end) = request.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
                let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
                assert!(head.contains("content-type: application/timestamp-query"), "{head}");
                let length: usize =
                    head.split("content-length: ").nth(1).unwrap().lines().next().unwrap().trim().parse().unwrap();
                if request.len() >= end + 4 + length {
                    break request[end + 4..end + 4 + length].to_vec();
                }
            };
            let out = answer(&body);
            write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: application/timestamp-reply\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                out.len()
            )
            .unwrap();
            stream.write_all(&out).unwrap();
        }
    });
    url
}

fn set(office: &Office, line: &str) {
    let path = office.folder.path().join("mingzheng.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let name = line.split_once(' ').unwrap().0;
    let others = text.lines().filter(|l| !l.starts_with(&format!("{name} ")));
    std::fs::write(&path, format!("{}\n{line}\n", others.collect::<Vec<_>>().join("\n"))).unwrap();
}

fn outside_file(office: &Office, size: u64) -> Vec<u8> {
    let (status, bytes) = get(office, &format!("/log/outside/0/{size}"));
    assert_eq!(status, 200);
    bytes
}

/// P5: an RFC 3161 client against a test authority; whatever is not the answer of that authority to this request about this head is not kept.
#[test]
fn p5_the_published_head_is_time_stamped_by_an_authority_outside_and_nobody_elses_stamp_is_kept() {
    let mut office = Office::start();
    let mut d = started(&office, "110001");
    let size = go_on(&mut d, 0).answer.head.size;
    let (tsa, stranger) = (Arc::new(Authority::new()), Authority::new());
    let said =
        office.say(&["trust", "add", "--use", "timestamp", "--name", "tsa.example", "--key", tsa.public_key().to_str().unwrap()]);
    assert!(said.contains("1 devices"), "{said}");
    assert_eq!(office.trust().version, 2);
    assert!(d.feed().iter().any(|(kind, _)| kind == "trust"), "phones get the new list");

    let lacks = || {
        let o = Outside::open(&outside_file(&office, size), &office.trust()).unwrap();
        assert!(!o.is_witnessed() && o.unjudged.is_empty());
    };
    let refused = |url: &str, why: &str| {
        set(&office, &format!("timestamp_url = \"{url}\""));
        let out = office.run(&["head"]);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && said.contains(why), "{said}");
        lacks();
    };
    refused(&serve(move |q| stranger.reply(q)), "signature of the time stamp does not verify");
    let honest = Arc::clone(&tsa);
    refused(
        &serve(move |q| {
            // Another request of the same length: as somebody who replays.
            let mut other = q.to_vec();
            let n = other.len();
            other[n - 4] ^= 1;
            honest.reply(&other)
        }),
        "answer to another request",
    );
    let honest = Arc::clone(&tsa);
    refused(
        &serve(move |q| {
            let mut other = q.to_vec();
            other[30] ^= 1;
            honest.reply(&other)
        }),
        "time stamp for something else",
    );
    let honest = Arc::clone(&tsa);
    refused(
        &serve(move |q| {
            let mut reply = honest.reply(q);
            let n = reply.len();
            reply[n - 1] ^= 1;
            reply
        }),
        "signature of the time stamp does not verify",
    );
    refused(&serve(|_| b"<html>login</html>".to_vec()), "malformed time stamp");
    refused("http://127.0.0.1:1/tsa", "outside");

    let asked = Arc::new(AtomicUsize::new(0));
    let (count, honest) = (Arc::clone(&asked), Arc::clone(&tsa));
    let url = serve(move |q| {
        count.fetch_add(1, Ordering::SeqCst);
        honest.reply(q)
    });
    set(&office, &format!("timestamp_url = \"{url}\""));
    assert!(office.say(&["head"]).contains("time stamp: tsa.example"));
    office.say(&["head"]);
    assert_eq!(asked.load(Ordering::SeqCst), 1, "what there is is not asked for again");
    let bytes = outside_file(&office, size);
    let o = Outside::open(&bytes, &office.trust()).unwrap();
    assert_eq!((o.timestamps.len(), o.timestamps[0].name.as_str(), o.head.tree.size), (1, "tsa.example", size));
    assert!((o.timestamps[0].at - now()).abs() < 60_000);

    // The token is an ordinary one: openssl judges it too.
    let file = mingzheng_core::log::OutsideFile::decode(&bytes).unwrap();
    let p = tsa.folder.path();
    std::fs::write(p.join("head.cose"), &file.head).unwrap();
    std::fs::write(p.join("token.der"), &file.timestamps[0]).unwrap();
    openssl(p, &["ts", "-verify", "-data", "head.cose", "-in", "token.der", "-token_in", "-CAfile", "tsa.pem"]);
    assert!(timestamp::judge(&file.timestamps[0], &sha256(b"x"), &office.trust()).is_err());
    office.kill_and_restart();
    assert!(
        String::from_utf8(get(&office, "/log").1).unwrap().contains("tsa.example"),
        "on the public page, by the new trust list"
    );
}

fn post(url: &str, body: &str) -> (u16, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut r = agent.post(url).send(body).unwrap();
    (r.status().as_u16(), r.body_mut().read_to_string().unwrap())
}

fn line_of<'a>(text: &'a str, start: &str) -> &'a str {
    text.lines().find_map(|l| l.split_once(start).map(|(_, rest)| rest.trim())).unwrap()
}

/// P5: a second office cosigns the daily head as C2SP witness, and refuses what does not extend what it cosigned.
#[test]
fn p5_a_second_office_cosigns_the_head_under_the_rules_of_a_c2sp_witness() {
    let office = Office::start();
    let mut superior = Office::start();
    set(&superior, "witness_name = \"shi.example/wsjk\"");
    superior.kill_and_restart();
    let (ours, theirs) = (office.say(&["witness", "keys"]), superior.say(&["witness", "keys"]));
    set(&office, &format!("witness_url = \"{}/witness\"", superior.address));
    let mut d = started(&office, "110001");
    assert_eq!(go_on(&mut d, 0).status, 201);
    let out = office.run(&["head"]);
    assert!(String::from_utf8_lossy(&out.stderr).contains("HTTP 404"), "the log is not registered yet");
    assert!(superior.say(&["witness", "add", line_of(&ours, "log: ")]).contains("mz1/"));
    let out = office.run(&["head"]);
    assert!(String::from_utf8_lossy(&out.stderr).contains("no cosignature by a witness of the trust list"));
    office.say(&["trust", "add", "--use", "witness", "--key", line_of(&theirs, "witness: ")]);
    assert!(office.say(&["head"]).contains("cosigned: shi.example/wsjk"));
    for i in 0..5 {
        assert_eq!(go_on(&mut d, 2 + i).status, 201);
    }
    let second = office.say(&["head"]);
    assert!(second.contains("cosigned: shi.example/wsjk"), "{second}");
    let size: u64 = second.lines().nth(1).unwrap().parse().unwrap();
    let o = Outside::open(&outside_file(&office, size), &office.trust()).unwrap();
    assert_eq!((o.cosignatures.len(), o.cosignatures[0].name.as_str()), (1, "shi.example/wsjk"));
    assert!((o.cosignatures[0].at - now()).abs() < 60_000);

    // What comes out of it: a bundle whose time does not rest on the office alone.
    let case = Id(random());
    d.act(Some(case), &note("记事"));
    let old = d.entries.len() as u64 - 1;
    d.checkpoint();
    let s = d.submission(old);
    assert_eq!(d.submit(&s).status, 201);
    let folder = office.folder.path();
    let codes = |name: &str| {
        let out = folder.join(name);
        office.say(&["export", &case.to_string(), "--open", "--out", out.to_str().unwrap()]);
        let trust = folder.join("trust.cbor");
        let json = office.run(&["verify", "--json", "--trust", trust.to_str().unwrap(), out.to_str().unwrap()]);
        let report: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
        assert_eq!(report["exit"], 0, "{report}");
        let checks = report["checks"].as_array().unwrap().clone();
        let findings = checks.into_iter().flat_map(|c| c["findings"].as_array().unwrap().clone());
        findings.map(|f| f["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let has = |codes: &[String], code: &str| codes.iter().any(|c| c == code);
    let before = codes("before");
    assert!(has(&before, "office-alone"), "no witnessed head covers the newest receipt yet: {before:?}");
    assert!(has(&before, "access"), "R25: the export itself is in the bundle");
    let second = office.say(&["head"]);
    let size: u64 = second.lines().nth(1).unwrap().parse().unwrap();
    let after = codes("after");
    assert!(has(&after, "witness-outside") && !has(&after, "office-alone"), "{after:?}");

    // The rules, one by one, with the real log's key.
    let url = format!("{}/witness/add-checkpoint", superior.address);
    let ask = |old: u64, proof: &[[u8; 32]], text: &str| {
        let lines: String = proof.iter().map(|d| format!("{}\n", BASE64.encode(d))).collect();
        post(&url, &format!("old {old}\n{lines}\n{text}"))
    };
    let c = database(&office);
    let hashes: Vec<[u8; 32]> = c.rows("SELECT hash FROM leaves ORDER BY idx", params![], |r| r.get(0));
    let keys = mingzheng_office::keys::Keys::load(&office.folder.path().join("keys.toml")).unwrap();
    let key = keys.signer(mingzheng_core::trust::Use::Receipt).unwrap();
    let (body, _) = second.split_once("\n\n").unwrap();
    let real = TextCheckpoint::parse(&format!("{body}\n")).unwrap();
    let note_of = |size: u64, root: [u8; 32]| TextCheckpoint { size, root, ..real.clone() }.sign(key).unwrap();
    let real_note = note_of(size, tree::root(&hashes[..size as usize]));
    let (status, line) = ask(size, &[], &real_note);
    assert_eq!(status, 200, "the same once more is cosigned again");
    let signature = note::SignatureLine::parse(line.trim_end()).unwrap();
    assert_eq!(signature.name, "shi.example/wsjk");
    assert_eq!(ask(0, &[], &real_note), (409, format!("{size}\n")), "another old size");
    assert_eq!(ask(size, &[], &note_of(size, [7; 32])), (409, format!("{size}\n")), "same size, another root");
    assert_eq!(ask(size, &[[1; 32]], &note_of(size + 1, [7; 32])).0, 422, "a bad proof");
    assert_eq!(ask(size + 5, &[], &real_note).0, 400, "old is larger than the checkpoint");
    assert_eq!(ask(size, &[], &real_note.replacen(&format!("\n{size}\n"), &format!("\n{}\n", size + 1), 1)).0, 403, "altered");
    let stranger = TextCheckpoint { origin: "mz1/ffffffffffffffff/epoch-0".into(), ..real.clone() }.sign(key).unwrap();
    assert_eq!(ask(size, &[], &stranger).0, 404, "another origin");
    assert_eq!(post(&url, "old x\n\nnothing").0, 400);
    // No refusal moved the state.
    assert_eq!(ask(size, &[], &real_note).0, 200);
    // The note with its cosignature, as anybody fetches it.
    let text = String::from_utf8(get(&office, "/log/checkpoint").1).unwrap();
    assert!(text.lines().any(|l| l.starts_with("— shi.example/wsjk ")));
}
