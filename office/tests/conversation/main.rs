//! The real server, started as a process, against a small device: everything of `docs/sync.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // tests fail by panicking

#[path = "../common/authority.rs"]
mod authority;
mod backup;
mod bundle;
mod copies;
mod database;
mod device;
mod frequency;
mod history;
mod installed;
mod keeping;
mod ledgers;
mod life;
mod numbers;
mod operations;
mod outside;
mod party;
#[path = "../common/postgres.rs"]
mod postgres;
mod presence;
mod procedure;
mod publication;
mod publish;
mod register;
mod retention;
#[path = "../objects/s3.rs"]
mod s3;
mod serving;
mod streaming;
mod tus_js;
mod wiped;

use data_encoding::BASE64;
use database::{database, params};
use device::{Device, now, random};
use mingzheng_core::badge::{Assignment, Badge};
use mingzheng_core::enrolment::Invitation;
use mingzheng_core::id::{Id, hex, sha256};
use mingzheng_core::inspection::{Approval, Enterprise, Event, OfficerRef, Task};
use mingzheng_core::log::{Custody, CustodyState, LogReceipt, OfficeLeaf};
use mingzheng_core::sign::SoftwareKey;
use mingzheng_core::trust::TrustList;
use mingzheng_core::wire::{Submission, error_code};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A practice office in a temporary folder, with its server as a process.
struct Office {
    folder: tempfile::TempDir,
    server: Option<Child>,
    address: String,
    link: String,
    /// Where the numbers are served, when that is set.
    metrics: Option<String>,
    /// Settings from the environment.
    environment: Vec<(&'static str, String)>,
    /// Its database, where that is not a file in the folder.
    database: Option<postgres::Database>,
}

impl Office {
    /// The office of a folder; it does not run.
    fn at(folder: tempfile::TempDir) -> Self {
        Self {
            folder,
            server: None,
            address: String::new(),
            link: String::new(),
            metrics: None,
            environment: vec![],
            database: None,
        }
    }

    fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap())
    }

    fn start_in(folder: tempfile::TempDir) -> Self {
        let mut o = Self::at(folder);
        o.database = postgres::Database::make();
        let out = o.run(&["init", "--organ", "某县卫生健康局", o.folder.path().to_str().unwrap()]);
        assert!(out.status.success(), "{out:?}");
        let settings = o.folder.path().join("mingzheng.toml");
        if let Some(d) = &o.database {
            let rest = std::fs::read_to_string(&settings).unwrap();
            std::fs::write(&settings, format!("database = \"{}\"\n{rest}", d.address)).unwrap();
            assert!(!o.folder.path().join("office.sqlite").exists());
        }
        println!("office on {}", if o.database.is_some() { "PostgreSQL" } else { "SQLite" });
        o.serve(0);
        o
    }

    fn command(&self) -> Command {
        let mut c = Command::new(env!("CARGO_BIN_EXE_mingzheng"));
        c.arg("--config").arg(self.folder.path().join("mingzheng.toml"));
        c.envs(self.environment.iter().map(|(name, value)| (name, value)));
        c.envs(self.database.iter().map(|d| ("MINGZHENG_DATABASE", &d.address)));
        c
    }

    /// Whether the database is a file in the folder. Says why only that can be tested.
    fn embedded(&self, why: &str) -> bool {
        if self.database.is_some() {
            println!("on SQLite only: {why}");
        }
        self.database.is_none()
    }

    /// What the server says on its standard error.
    fn journal(&self) -> std::path::PathBuf {
        self.folder.path().join("server.log")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    fn say(&self, arguments: &[&str]) -> String {
        let out = self.run(arguments);
        assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }

    fn serve(&mut self, port: u16) {
        let port = port.to_string();
        let journal = std::fs::File::options().append(true).create(true).open(self.journal()).unwrap();
        let before = journal.metadata().unwrap().len() as usize;
        let mut child = self.command().args(["serve", "--port", &port]).stdout(Stdio::piped()).stderr(journal).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        (self.address, self.metrics) = (String::new(), None);
        if self.environment.contains(&("MINGZHENG_LOG_FORMAT", "json".into())) {
            self.server = Some(child);
            return self.begun_in_the_journal(before);
        }
        for line in lines {
            let line = line.unwrap();
            let Some((what, value)) = line.split_once(": ") else { continue };
            match what {
                "地址 address" => self.address = value.to_owned(),
                "指标 metrics" => self.metrics = Some(value.to_owned()),
                _ if what.ends_with("console (one-time link)") => {
                    self.link = value.to_owned();
                    break;
                }
                _ => {}
            }
        }
        assert!(!self.address.is_empty(), "the server prints its address: {}", std::fs::read_to_string(self.journal()).unwrap());
        self.server = Some(child);
    }

    /// Where it serves, as a server says it whose log has one object a line.
    fn begun_in_the_journal(&mut self, before: usize) {
        let since = Instant::now();
        while self.address.is_empty() {
            assert!(since.elapsed() < Duration::from_secs(30), "{}", std::fs::read_to_string(self.journal()).unwrap());
            std::thread::sleep(Duration::from_millis(20));
            let journal = std::fs::read(self.journal()).unwrap();
            for line in journal[before..].split_inclusive(|b| *b == b'\n').filter(|line| line.ends_with(b"\n")) {
                let said: serde_json::Value = serde_json::from_slice(line).unwrap();
                if said["message"] == "the office serves" {
                    self.address = said["address"].as_str().unwrap().to_owned();
                    self.metrics = said["metrics"].as_str().map(str::to_owned);
                }
            }
        }
    }

    fn trust(&self) -> TrustList {
        TrustList::open_self_signed(&std::fs::read(self.folder.path().join("trust.cbor")).unwrap()).unwrap()
    }

    fn stop(&mut self) {
        let mut child = self.server.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// As power loss of the process: no chance to finish anything. Comes back on the same port.
    fn kill_and_restart(&mut self) {
        self.stop();
        self.serve(self.address.rsplit(':').next().unwrap().parse().unwrap());
    }

    fn invite(&self, name: &str, number: &str) -> (String, Invitation) {
        self.invite_as(None, name, number)
    }

    /// Another device of somebody whom the register knows.
    fn invite_again(&self, number: &str) -> (String, Invitation) {
        let json: serde_json::Value = serde_json::from_str(&self.say(&["enroll", "--json", "--number", number])).unwrap();
        (json["person"].as_str().unwrap().to_owned(), Invitation::parse(json["invitation"].as_str().unwrap()).unwrap())
    }

    fn invite_as(&self, person: Option<&str>, name: &str, number: &str) -> (String, Invitation) {
        let mut arguments = vec![
            "enroll",
            "--json",
            "--name",
            name,
            "--unit",
            "某县卫生监督所",
            "--position",
            "科员",
            "--number",
            number,
            "--category",
            "卫生监督",
            "--area",
            "某县",
            "--until",
            "2030-12-31",
        ];
        arguments.extend(person.into_iter().flat_map(|p| ["--person", p]));
        let text = self.say(&arguments);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let invitation = Invitation::parse(json["invitation"].as_str().unwrap()).unwrap();
        (json["person"].as_str().unwrap().to_owned(), invitation)
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        if let Some(mut child) = self.server.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

/// A page of the console, by a new link.
fn console(office: &Office, path: &str) -> (u16, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let link = office.say(&["link"]);
    let opened = agent.get(link.trim()).call().unwrap();
    let cookie = opened.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let mut r = agent.get(format!("{}{path}", office.address)).header("cookie", cookie).call().unwrap();
    (r.status().as_u16(), r.body_mut().read_to_string().unwrap())
}

fn note(text: &str) -> Event {
    Event::Noted { text: text.into() }
}

#[test]
fn a_code_enrols_one_device_once_and_a_lost_answer_is_given_again() {
    let office = Office::start();
    let (person, invitation) = office.invite("王小明", "110001");
    let mut a = Device::enrolled(&invitation);
    let (e, signed) = a.enrolment.clone().unwrap();
    assert_eq!((e.person.to_string(), e.name.as_str(), e.log), (person, "王小明", a.log));
    assert_eq!(a.enrol(&invitation).status, 201, "the answer was lost: the same application again");
    assert_eq!(a.enrolment.clone().unwrap().1, signed);
    let mut stranger = Device::new(&invitation);
    let back = stranger.enrol(&invitation);
    assert_eq!((back.status, back.code().as_str()), (403, "code_unknown"));
    let mut guess = Device::new(&invitation);
    assert_eq!(guess.enrol(&Invitation { code: [0; 16], ..invitation }).code(), "code_unknown");
    assert!(back.answer.anchor.is_some(), "even a refusal carries the office's time");
    assert!(back.answer.head.size >= 1);
}

#[test]
fn p10_requests_are_refused_unsigned_altered_replayed_late_or_from_strangers() {
    let office = Office::start();
    let (_, invitation) = office.invite("王小明", "110001");
    let mut d = Device::enrolled(&invitation);
    let (status, _, body) = d.raw("GET", "/v1/feed?after=0", None, &[], vec![]).unwrap();
    assert_eq!((status, error_code(&body).unwrap().0.as_str()), (401, "unsigned"));
    assert_eq!(d.send("GET", "/v1/feed?after=0", &[], vec![]).status, 200);
    let used = d.last_header.clone();
    let code = |(_, _, body): (u16, ureq::http::HeaderMap, Vec<u8>)| error_code(&body).unwrap().0;
    assert_eq!(code(d.raw("GET", "/v1/feed?after=0", Some(&used), &[], vec![]).unwrap()), "replayed");
    assert_eq!(code(d.raw("GET", "/v1/feed?after=1", Some(&used), &[], vec![]).unwrap()), "bad_signature");
    let back = d.send_at("GET", "/v1/feed?after=0", &[], vec![], now() - 25 * 3_600_000);
    assert_eq!((back.status, back.code().as_str()), (401, "clock"));
    assert!(back.answer.anchor.unwrap().1.at - now() < 60_000, "the answer carries the right time");
    assert_eq!(d.send("GET", "/v1/nothing", &[], vec![]).status, 404);
    d.log_key = SoftwareKey::from_seed(random());
    assert_eq!(d.send("GET", "/v1/feed?after=0", &[], vec![]).code(), "bad_signature");
    d.enrolment.as_mut().unwrap().0.enrolment = Id([9; 16]);
    assert_eq!(d.send("GET", "/v1/feed?after=0", &[], vec![]).code(), "not_enrolled");
    let (status, ..) = d.raw("POST", "/v1/enrol", Some("x"), &[], vec![0; 70 << 10]).unwrap();
    assert_eq!(status, 413, "bodies are limited");
}

#[test]
fn p5_f21_segments_in_one_request_are_taken_in_order_up_to_the_first_that_does_not_fit() {
    let mut office = Office::start();
    let (_, invitation) = office.invite("王小明", "110001");
    let mut d = Device::enrolled(&invitation);
    let case = Id(random());
    let mut all = vec![];
    for text in ["一", "二", "三", "四"] {
        let old = d.entries.len() as u64;
        d.act(Some(case), &note(text));
        d.act(Some(case), &note("又"));
        d.checkpoint();
        all.push(d.submission(old));
    }
    let before = d.send("GET", "/v1/feed?after=0", &[], vec![]).answer.head.size;
    // The third one is damaged: what comes before it is acknowledged, what comes after it is not looked at.
    let mut damaged = all.clone();
    damaged[2].segment = vec![1, 2, 3];
    let back = d.submit_all(&damaged);
    let first = Submission::from_answer(&back.body).unwrap();
    assert_eq!((back.status, first.len(), back.answer.head.size), (201, 2, before + 2));
    let back = d.submit_all(&damaged[2..]);
    assert_eq!((back.status, back.code().as_str()), (422, "segment_mismatch"), "asked for alone it is refused by name");
    office.kill_and_restart();
    let receipts = Submission::from_answer(&d.submit_all(&all).body).unwrap();
    assert_eq!((receipts.len(), &receipts[..2]), (4, &first[..]), "the same bytes again for those that it had, and the rest");
    for (receipt, s) in receipts.iter().zip(&all) {
        let OfficeLeaf::Checkpoint { checkpoint, .. } = LogReceipt::open(receipt, &d.trust).unwrap().leaf else { panic!("leaf") };
        assert_eq!(checkpoint, sha256(&s.checkpoint));
    }
    let back = d.submit_all(&all);
    assert_eq!((Submission::from_answer(&back.body).unwrap(), back.answer.head.size), (receipts, before + 4), "nothing twice");
    let many = vec![all[0].clone(); mingzheng_core::wire::MOST_SUBMISSIONS + 1];
    assert_eq!(d.submit_all(&many).code(), "malformed");
    assert_eq!(d.submit_all(&[]).code(), "malformed");
}

#[test]
fn p5_the_office_is_a_witness_and_never_gives_receipts_for_two_histories() {
    let mut office = Office::start();
    let (_, invitation) = office.invite("王小明", "110001");
    let mut d = Device::enrolled(&invitation);
    let case = Id(random());
    d.act(None, &Event::LogOpened { enrolment: "x".into(), software: "test".into() });
    d.act(Some(case), &note("一"));
    d.checkpoint();
    let first = d.submission(0);
    let back = d.submit(&first);
    assert_eq!(back.status, 201, "{}", back.code());
    let receipt = Submission::from_answer(&back.body).unwrap().remove(0);
    let opened = LogReceipt::open(&receipt, &d.trust).unwrap();
    let OfficeLeaf::Checkpoint { checkpoint, log, size, .. } = opened.leaf else { panic!("leaf") };
    assert_eq!((checkpoint, log, size), (sha256(&first.checkpoint), d.log, 2));
    assert_eq!(back.answer.head.root, opened.root);

    office.kill_and_restart();
    assert_eq!(
        Submission::from_answer(&d.submit(&first).body).unwrap().remove(0),
        receipt,
        "F21: the same bytes again, also after a crash"
    );

    d.act(Some(case), &note("二"));
    d.act(Some(case), &note("三"));
    d.checkpoint();
    let good = d.submission(2);
    let back = d.submit(&Submission { old: 1, ..good.clone() });
    assert_eq!((back.status, error_code(&back.body).unwrap()), (409, ("old_size".into(), Some(2))));
    let mut bad = good.clone();
    bad.proof[0][0] ^= 1;
    let back = d.submit(&bad);
    assert_eq!((back.status, back.code().as_str()), (422, "bad_consistency"));
    let back = d.submit(&Submission { segment: first.segment.clone(), ..good.clone() });
    assert_eq!((back.status, back.code().as_str()), (422, "segment_mismatch"));
    let back = d.submit(&Submission { segment: vec![1, 2, 3], ..good.clone() });
    assert_eq!((back.status, back.code().as_str()), (422, "segment_mismatch"));
    let (_, foreign) = d.checkpoint_by(&SoftwareKey::from_seed(random()), 1);
    let back = d.submit(&d.submission_of(2, foreign));
    assert_eq!((back.status, back.code().as_str()), (403, "bad_signature"));
    let size_before = back.answer.head.size;
    let back = d.submit(&good);
    assert_eq!((back.status, back.answer.head.size), (201, size_before + 1), "no refusal left a leaf");

    // Another history: the same number, other entries.
    let kept = (d.entries.clone(), d.checkpoints.clone());
    d.entries.truncate(2);
    d.checkpoints.truncate(1);
    d.act(Some(case), &note("改写"));
    d.act(Some(case), &note("改写二"));
    d.checkpoint();
    let back = d.submit(&d.submission(2));
    assert_eq!((back.status, back.code().as_str()), (409, "fork"));
    // And one that hides behind a new number.
    d.checkpoints.truncate(1);
    let (_, hidden) = d.checkpoint_by(&d.log_key, 7);
    let back = d.submit(&d.submission_of(2, hidden));
    assert_eq!((back.status, back.code().as_str()), (409, "fork"));
    // The first history goes on.
    (d.entries, d.checkpoints) = kept;
    d.act(Some(case), &note("四"));
    d.checkpoint();
    assert_eq!(d.submit(&d.submission(4)).status, 201);
    let (_, other) = office.invite("李小红", "110002");
    let mut e = Device::enrolled(&other);
    let back = e.submit(&first);
    assert_eq!(back.status, 403, "another device cannot send this log");
}

#[test]
fn a_gap_in_a_case_is_refused_though_the_log_is_whole() {
    let office = Office::start();
    let (_, invitation) = office.invite("王小明", "110001");
    let mut d = Device::enrolled(&invitation);
    let case = Id(random());
    d.act(Some(case), &note("一"));
    d.act(Some(case), &note("二"));
    d.checkpoint();
    // The checkpoint claims a shorter case than the entries show.
    let (mut cp, _) = d.checkpoints.pop().unwrap();
    cp.cases[0].length = 1;
    let p = mingzheng_core::sign::Prepared::embedded(
        "mz1/checkpoint",
        &mingzheng_core::sign::Signer::public_key(&d.log_key),
        cp.encode().unwrap(),
    )
    .unwrap();
    let s = mingzheng_core::sign::Signer::sign(&d.log_key, &p.message().unwrap()).unwrap();
    let back = d.submit(&d.submission_of(0, p.finish(&s).unwrap()));
    assert_eq!((back.status, back.code().as_str()), (422, "segment_mismatch"));
    assert_eq!(office.say(&["cases"]).trim(), "尚未收到检查。 No inspection has arrived yet.");
}

fn captured(clear: &[u8], sealed: &[u8]) -> Event {
    let mut payload = mingzheng_core::seal::PayloadDigest::default();
    payload.update(sealed);
    Event::Captured {
        id: format!("{}-0", hex(&sha256(clear))),
        media_type: "image/jpeg".into(),
        clear: hex(&sha256(clear)),
        clear_len: clear.len() as u64,
        sealed: hex(&sha256(sealed)),
        sealed_len: sealed.len() as u64,
        payload: hex(&payload.finish().unwrap()),
        suite: 1,
        source: "camera".into(),
        original_name: "照片.jpg".into(),
        caption: "泳池".into(),
        item: None,
        place: None,
        fix: "none".into(),
        exif: serde_json::Value::Null,
        differences: vec![],
        part: None,
        derived: None,
    }
}

fn create(d: &mut Device, sealed: &[u8]) -> device::Back {
    let headers = [
        ("tus-resumable", "1.0.0".to_owned()),
        ("upload-length", sealed.len().to_string()),
        ("upload-metadata", format!("sealed {},kind {}", BASE64.encode(&sha256(sealed)), BASE64.encode(b"photo"))),
    ];
    d.send("POST", "/v1/uploads", &headers, vec![])
}

fn patch(d: &mut Device, sealed: &[u8], offset: usize, chunk: &[u8], checksum: &[u8]) -> device::Back {
    let headers = [
        ("tus-resumable", "1.0.0".to_owned()),
        ("upload-offset", offset.to_string()),
        ("upload-checksum", format!("sha256 {}", BASE64.encode(&sha256(checksum)))),
        ("content-type", "application/offset+octet-stream".to_owned()),
    ];
    d.send("PATCH", &format!("/v1/uploads/{}", hex(&sha256(sealed))), &headers, chunk.to_vec())
}

fn upload(d: &mut Device, sealed: &[u8]) {
    assert_eq!(create(d, sealed).status, 201);
    let mut offset = 0;
    for chunk in sealed.chunks(1 << 20) {
        let back = patch(d, sealed, offset, chunk, chunk);
        assert_eq!(back.status, 204, "{}", back.code());
        offset += chunk.len();
    }
}

#[test]
fn r23_f18_f20_an_upload_survives_cuts_and_crashes_and_ends_in_a_custody_receipt() {
    let mut office = Office::start();
    let (_, invitation) = office.invite("王小明", "110001");
    let mut d = Device::enrolled(&invitation);
    let clear: Vec<u8> = (0..2_500_000u32).map(|i| (i * 7 % 251) as u8).collect();
    let sealed = d.seal(&clear);
    let name = hex(&sha256(&sealed));
    let path = format!("/v1/uploads/{name}");
    assert_eq!(d.send("HEAD", &path, &[], vec![]).status, 404);
    let back = create(&mut d, &sealed);
    assert_eq!((back.status, back.header("location")), (201, Some(path.as_str())));
    let chunk = 1 << 20;
    assert_eq!(patch(&mut d, &sealed, 0, &sealed[..chunk], b"other").status, 460);
    assert_eq!(patch(&mut d, &sealed, 5, &sealed[5..chunk], &sealed[5..chunk]).status, 409);
    let back = patch(&mut d, &sealed, 0, &sealed[..chunk], &sealed[..chunk]);
    assert_eq!((back.status, back.header("upload-offset")), (204, Some("1048576")));
    office.kill_and_restart();
    let back = d.send("HEAD", &path, &[], vec![]);
    assert_eq!((back.status, back.header("upload-offset")), (200, Some("1048576")), "what was acknowledged is there");
    assert_eq!(create(&mut d, &sealed).header("upload-offset"), Some("1048576"), "created again: the same upload");
    let get = |d: &mut Device| d.send("GET", &format!("/v1/custody/{name}"), &[], vec![]);
    let back = get(&mut d);
    assert_eq!((back.status, back.code().as_str()), (404, "not_yet"));
    let mut offset = chunk;
    for c in sealed[chunk..].chunks(chunk) {
        assert_eq!(patch(&mut d, &sealed, offset, c, c).status, 204);
        offset += c.len();
    }
    assert_eq!(get(&mut d).code(), "not_yet", "the entry is not there yet");
    let case = Id(random());
    d.act(Some(case), &captured(&clear, &sealed));
    d.checkpoint();
    assert_eq!(d.submit(&d.submission(0)).status, 201);
    let back = get(&mut d);
    assert_eq!(back.status, 200, "{}", back.code());
    let custody = Custody::open(&back.body, &d.trust).unwrap();
    assert_eq!(
        (custody.state, custody.sealed, custody.clear, custody.length),
        (CustodyState::Opened, sha256(&sealed), sha256(&clear), 2_500_000)
    );
    office.kill_and_restart();
    assert_eq!(get(&mut d).body, back.body, "the same receipt again, also after a crash");

    // F24: a file that is not what its entry says never gets a receipt.
    let other = d.seal(b"another file");
    d.act(Some(case), &captured(b"what the entry says", &other));
    d.checkpoint();
    assert_eq!(d.submit(&d.submission(1)).status, 201);
    upload(&mut d, &other);
    let back = d.send("GET", &format!("/v1/custody/{}", hex(&sha256(&other))), &[], vec![]);
    assert_eq!((back.status, back.code().as_str()), (422, "digest_mismatch"));
    // Bytes that are not what was announced.
    let mut damaged = d.seal(b"third");
    let announced = damaged.clone();
    assert_eq!(create(&mut d, &announced).status, 201);
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    assert_eq!(patch(&mut d, &announced, 0, &damaged, &damaged).status, 460);
    let back = d.send("HEAD", &format!("/v1/uploads/{}", hex(&sha256(&announced))), &[], vec![]);
    assert_eq!(back.header("upload-offset"), Some("0"), "it is to be sent again from the start");
    let missing: serde_json::Value = serde_json::from_str(&office.say(&["cases", "--json"])).unwrap();
    assert_eq!(missing[0]["missing"], 1);
}

fn task(officers: &[(&str, &str)]) -> Task {
    Task {
        id: Id(random()).to_string(),
        title: "住宿场所日常检查".into(),
        kind: "routine".into(),
        day: 20_261_122,
        enterprise: Enterprise {
            name: "某县云水宾馆".into(),
            code: "91110000MA01ABCD2X".into(),
            address: "某县人民路 1 号".into(),
            phone: "010-1".into(),
            legal_representative: "赵一".into(),
            manager: "钱二".into(),
            manager_position: "经理".into(),
        },
        officers: officers
            .iter()
            .map(|(p, n)| OfficerRef {
                person: (*p).into(),
                name: if *n == "110001" { "王小明" } else { "李小红" }.into(),
                number: (*n).into(),
            })
            .collect(),
        assistants: vec![],
        n: 1,
        cap: 2,
        exempt: None,
        approval: Some(Approval { number: "审 1".into(), by: "孙三".into(), on: 20_261_120 }),
        matter: "住宿场所卫生".into(),
        basis: vec!["公共场所卫生管理条例".into()],
        checklists: vec!["zhusu".into()],
        organ: "某县卫生健康局".into(),
        complaint_phone: "12345".into(),
        badge_address: Some("zf.example/b".into()),
        numbers: vec![],
        form_numbers: Default::default(),
        organs: Default::default(),
        team: vec![],
        slots: Default::default(),
        area: None,
        category: None,
        seals: vec![],
        sheets: vec![],
        region: None,
    }
}

#[test]
fn the_feed_brings_badge_task_assignment_and_pack_sealed_and_in_one_chain() {
    let mut office = Office::start();
    let (wang, first) = office.invite("王小明", "110001");
    let (li, second) = office.invite("李小红", "110002");
    let mut a = Device::enrolled(&first);
    let json = serde_json::to_string(&task(&[(&wang, "110001"), (&li, "110002")])).unwrap();
    let file = office.folder.path().join("task.json");
    std::fs::write(&file, &json).unwrap();
    let one = office.folder.path().join("one.json");
    std::fs::write(&one, serde_json::to_string(&task(&[(&wang, "110001"), (&wang, "110001")])).unwrap()).unwrap();
    let refused = office.run(&["task", "add", one.to_str().unwrap()]);
    assert!(
        !refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("行政处罚法 42"),
        "J1: the first officer again"
    );
    office.say(&["task", "add", file.to_str().unwrap()]);
    assert!(!office.run(&["task", "add", file.to_str().unwrap()]).status.success(), "the same task twice");
    let pack = office.folder.path().join("pack.cbor");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu");
    office.say(&["pack", "sign", source.to_str().unwrap(), "--out", pack.to_str().unwrap()]);
    office.say(&["pack", "add", pack.to_str().unwrap()]);

    let kinds = |f: &[(String, Vec<u8>)]| {
        // The lists of the register come between, whenever they are new; tests of the register look at them.
        let others = f.iter().map(|i| i.0.as_str()).filter(|k| !matches!(*k, "status" | "officers"));
        others.collect::<Vec<_>>().join(" ")
    };
    let feed = a.feed();
    assert_eq!(kinds(&feed), "badge task assignment pack");
    let badge = Badge::open(&feed[0].1, &a.trust).unwrap();
    assert_eq!(
        (badge.officer.name.as_str(), badge.officer.number.as_str(), badge.officer.until),
        ("王小明", "110001", 20_301_231)
    );
    assert_eq!(badge.show_key, a.enrolment.as_ref().unwrap().0.show_key);
    let got: Task =
        serde_json::from_value(mingzheng_core::cbor::to_json(&mingzheng_core::cbor::decode(&feed[1].1).unwrap())).unwrap();
    assert_eq!(got, serde_json::from_str::<Task>(&json).unwrap());
    let assignment = Assignment::open(&feed[2].1, &a.trust).unwrap();
    assert_eq!(assignment.officers, ["110001", "110002"]);
    assert!(mingzheng_core::pack::signed::open(&feed[3].1, &a.trust, now()).is_ok());

    let mut b = Device::enrolled(&second);
    assert_eq!(kinds(&b.feed()), "badge pack task assignment", "enrolled later: all that is still of use");
    office.kill_and_restart();
    assert_eq!(kinds(&a.feed()), "badge task assignment pack");
    office.say(&["pack", "add", pack.to_str().unwrap()]);
    assert_eq!(kinds(&a.feed()), "badge task assignment pack", "a pack that is there already is not sent again");
    office.say(&["badge", "issue"]);
    assert!(kinds(&a.feed()).starts_with("badge task assignment pack"));
    let tampered = office.folder.path().join("bad.cbor");
    let mut bytes = std::fs::read(&pack).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&tampered, bytes).unwrap();
    assert!(!office.run(&["pack", "add", tampered.to_str().unwrap()]).status.success());
}

#[test]
fn the_console_opens_once_on_this_machine_and_shows_what_arrived() {
    let office = Office::start();
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let get = |path: &str, cookie: &str| {
        let mut r = agent.get(format!("{}{path}", office.address)).header("cookie", cookie).call().unwrap();
        (r.status().as_u16(), r.headers().clone(), r.body_mut().read_to_string().unwrap())
    };
    assert_eq!(get("/console/cases", "").0, 401);
    let mut r = agent.get(&office.link).call().unwrap();
    assert_eq!(r.status().as_u16(), 200);
    let cookie = r.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
    let _ = r.body_mut().read_to_string();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    assert_eq!(agent.get(&office.link).call().unwrap().status().as_u16(), 403, "the link works once");
    let (status, headers, body) = get("/console/cases", &cookie);
    assert_eq!(status, 200);
    assert!(headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    assert!(body.contains("尚未收到检查") && body.contains("mingzheng enroll"), "an empty list says what to do next");
    let rebound = agent
        .get(format!("{}/console/cases", office.address))
        .header("cookie", &cookie)
        .header("host", "evil.example")
        .call()
        .unwrap();
    assert_eq!(rebound.status().as_u16(), 403, "another name that leads here is refused");
    let foreign = agent
        .post(format!("{}/console/cases/{}/export", office.address, Id([1; 16])))
        .header("cookie", &cookie)
        .header("origin", "http://evil.example")
        .send("form=open")
        .unwrap();
    assert_eq!(foreign.status().as_u16(), 404, "another site cannot export");

    let (wang, first) = office.invite("王小明", "110001");
    let (li, _) = office.invite("李小红", "110002");
    let mut d = Device::enrolled(&first);
    let task = task(&[(&wang, "110001"), (&li, "110002")]);
    let officer = task.officers[0].clone();
    let case = Id(random());
    let opened = Event::Opened {
        task: Box::new(task),
        pack: String::new(),
        pack_version: "x@1".into(),
        assignment: String::new(),
        officer,
    };
    d.act(Some(case), &opened);
    let peer = OfficerRef { person: li.clone(), name: "李小红".into(), number: "110002".into() };
    d.act(Some(case), &Event::PeerPaired { officer: peer, log: Id([5; 16]).to_string(), transcript: String::new() });
    d.act(Some(case), &note("<script>alert(1)</script>"));
    let photo = d.seal(b"no picture at all");
    d.act(Some(case), &captured(b"no picture at all", &photo));
    d.checkpoint();
    assert_eq!(d.submit(&d.submission(0)).status, 201);
    let (_, _, body) = get("/console/cases", &cookie);
    assert!(body.contains("某县云水宾馆") && body.contains("王小明、李小红"));
    let page = format!("/console/cases/{case}");
    let (status, _, body) = get(&page, &cookie);
    assert_eq!(status, 200);
    assert!(body.contains("&#60;script&#62;") && !body.contains("<script>"), "what people wrote is text");
    assert!(body.contains("尚不完整") && body.contains("李小红 的手机尚未同步") && body.contains("签名、树根、回执一致"));
    assert_eq!(get(&format!("{page}/photos/1"), &cookie).0, 404, "not there yet");
    upload(&mut d, &photo);
    assert_eq!(d.send("GET", &format!("/v1/custody/{}", hex(&sha256(&photo))), &[], vec![]).status, 200);
    let (status, headers, body) = get(&format!("{page}/photos/1"), &cookie);
    assert_eq!((status, body.as_str()), (200, "no picture at all"));
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(get(&format!("{page}/photos/1/thumbnail"), &cookie).0, 404, "no picture, no thumbnail, no crash");
    let exported = agent
        .post(format!("{}{page}/export", office.address))
        .header("cookie", &cookie)
        .header("origin", &office.address)
        .content_type("application/x-www-form-urlencoded")
        .send("form=open")
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    let archive = exported.split("href=\"/console/exports/").nth(1).expect("a link to the archive").split('"').next().unwrap();
    let mut zip = agent.get(format!("{}/console/exports/{archive}", office.address)).header("cookie", &cookie).call().unwrap();
    assert!(zip.body_mut().read_to_vec().unwrap().starts_with(b"PK"));
    // R25: one record a view with its pictures, one for the original, the export and the download; each a leaf with its receipt.
    let c = database(&office);
    let rows: Vec<(Vec<u8>, Vec<u8>)> =
        c.rows("SELECT bytes, receipt FROM accesses ORDER BY leaf", params![], |r| Ok((r.get(0)?, r.get(1)?)));
    let seen: Vec<String> = rows
        .iter()
        .map(|(record, receipt)| {
            let file = mingzheng_core::log::access_file(record, receipt).unwrap();
            let (r, _, _) = mingzheng_core::log::open_access(&file, &d.trust).unwrap();
            assert_eq!((r.case, r.who.as_str()), (case, "console"));
            format!("{} {}", r.act.name(), if r.what == "case" { "case" } else { "evidence" })
        })
        .collect();
    assert_eq!(seen, ["viewed case", "opened evidence", "exported case", "downloaded case"]);
    let (_, _, body) = get(&page, &cookie);
    assert!(body.contains("查阅记录") && body.contains("证据 照片 1"));
    assert_eq!(get("/nothing", "").0, 404, "public addresses know no session");
    for path in ["/console/devices", "/console/log", "/console/style.css", "/b", "/sw.js", "/badge.sha256", "/badge/config.json"]
    {
        assert_eq!(get(path, &cookie).0, 200, "{path}");
    }
    assert_eq!(get("/console/cases/../../etc", &cookie).0, 404);
    assert_eq!(get("/console/exports/..%2f..%2fkeys.toml", &cookie).0, 404);
}

#[test]
fn an_export_verifies_and_a_changed_one_does_not() {
    let office = Office::start();
    let (_, invitation) = office.invite("王小明", "110001");
    let mut d = Device::enrolled(&invitation);
    let case = Id(random());
    d.act(None, &Event::LogOpened { enrolment: "x".into(), software: "test".into() });
    let photo = d.seal(b"photo bytes");
    d.act(Some(case), &captured(b"photo bytes", &photo));
    d.act(Some(case), &note("记事"));
    d.checkpoint();
    assert_eq!(d.submit(&d.submission(0)).status, 201);
    upload(&mut d, &photo);
    assert_eq!(d.send("GET", &format!("/v1/custody/{}", hex(&sha256(&photo))), &[], vec![]).status, 200);
    let folder = office.folder.path();
    let (bundle, trust) = (folder.join("out"), folder.join("trust.cbor"));
    let said = office.say(&["export", &case.to_string(), "--open", "--zip", "--out", bundle.to_str().unwrap()]);
    assert!(said.contains("已记入机关日志"));
    // P9: the page in the bundle is the one that the office publishes with its digest.
    let page = std::fs::read(bundle.join("verify.html")).unwrap();
    assert_eq!(history::get(&office, "/verify"), (200, page.clone()));
    assert_eq!(history::get(&office, "/verify.sha256").1, format!("{}  verify.html\n", hex(&sha256(&page))).into_bytes());
    let verify = |extra: &[&str], target: &Path| {
        let mut c = Command::new(env!("CARGO_BIN_EXE_mingzheng"));
        let out = c.arg("verify").args(extra).arg(target).current_dir("/").output().unwrap();
        (out.status.code().unwrap(), String::from_utf8(out.stdout).unwrap())
    };
    let trusted = ["--trust", trust.to_str().unwrap()];
    let (code, report) = verify(&trusted, &bundle);
    assert_eq!(code, 0, "{report}");
    assert_eq!(verify(&trusted, &folder.join("out.zip")).0, 0);
    let (code, report) = verify(&[], &bundle);
    assert_eq!(code, 2, "no trust given");
    assert!(report.contains("未确定"));
    let stranger = Office::start();
    assert_eq!(verify(&["--trust", stranger.folder.path().join("trust.cbor").to_str().unwrap()], &bundle).0, 1);
    let evidence = std::fs::read_dir(bundle.join("data/evidence")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(std::fs::read(&evidence).unwrap(), b"photo bytes");
    std::fs::write(&evidence, b"photo bytez").unwrap();
    let (code, report) = verify(&trusted, &bundle);
    assert_eq!(code, 1);
    assert!(report.contains(evidence.file_name().unwrap().to_str().unwrap()), "the file is named");

    let identity = mingzheng_core::seal::Identity::from_bytes(&random()).unwrap();
    let sealed = folder.join("sealed");
    office.say(&["export", &case.to_string(), "--to", &identity.recipient().to_string(), "--out", sealed.to_str().unwrap()]);
    assert_eq!(verify(&trusted, &sealed).0, 0);
    let evidence = std::fs::read_dir(sealed.join("data/evidence")).unwrap().next().unwrap().unwrap().path();
    let mut clear = vec![];
    mingzheng_core::seal::open(&mut std::fs::read(&evidence).unwrap().as_slice(), &mut clear, &identity).unwrap();
    assert_eq!(clear, b"photo bytes");
}

/// Found by the shells: a client that keeps its connection open kept a stopped server alive.
#[test]
fn a_server_that_is_told_to_stop_ends_though_a_client_stays_connected() {
    use std::io::{Read as _, Write as _};
    let mut office = Office::start();
    let authority = office.address.split_once("://").unwrap().1.to_owned();
    let mut client = std::net::TcpStream::connect(&authority).unwrap();
    client.write_all(format!("GET /trust.cbor HTTP/1.1\r\nHost: {authority}\r\n\r\n").as_bytes()).unwrap();
    assert!(client.read(&mut [0; 64]).unwrap() > 0);
    let mut child = office.server.take().unwrap();
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let ended = (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        child.try_wait().unwrap().is_some()
    });
    if !ended {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(ended, "still running twenty seconds after SIGTERM");
    drop(client);
}
