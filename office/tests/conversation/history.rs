//! The office's own log over time: heads, consistency, fork proofs, a restored backup (P5).

use super::*;
use mingzheng_core::cbor::{self, Fields, Value};
use mingzheng_core::log::note::TextCheckpoint;
use mingzheng_core::log::{Convicted, Conviction, Epoch, Fork, Head, OfficeHead, tree};
use mingzheng_core::trust::{TrustedKey, Use};

pub(crate) fn get(office: &Office, path: &str) -> (u16, Vec<u8>) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut r = agent.get(format!("{}{path}", office.address)).call().unwrap();
    (r.status().as_u16(), r.body_mut().read_to_vec().unwrap())
}

fn proof(body: &[u8]) -> Vec<[u8; 32]> {
    let list = Fields::of(cbor::decode(body).unwrap()).unwrap().req("proof", "proof").unwrap().array("proof").unwrap();
    list.into_iter().map(|d| d.array_of("proof").unwrap()).collect()
}

pub(crate) fn started(office: &Office, number: &str) -> Device {
    let (_, invitation) = office.invite("王小明", number);
    let mut d = Device::enrolled(&invitation);
    d.act(None, &Event::LogOpened { enrolment: "x".into(), software: "test".into() });
    d
}

/// Appends a note, signs and submits; the head that was answered.
pub(crate) fn go_on(d: &mut Device, old: u64) -> device::Back {
    d.act(None, &note("又一条"));
    d.checkpoint();
    let s = d.submission(old);
    d.submit(&s)
}

/// P5, C2SP tlog-witness: what the office refuses it can also prove, to anybody.
#[test]
fn p5_a_fork_is_kept_as_a_proof_that_convicts_the_key_and_is_served_to_everybody() {
    let office = Office::start();
    let mut d = started(&office, "110001");
    assert_eq!(go_on(&mut d, 0).status, 201);
    let honest = (d.entries.clone(), d.checkpoints.clone());
    assert_eq!(go_on(&mut d, 2).status, 201);
    assert_eq!(go_on(&mut d, 3).status, 201);

    let fork_of = |back: &device::Back| {
        assert_eq!((back.status, back.code().as_str()), (409, "fork"));
        let digest: [u8; 32] =
            Fields::of(cbor::decode(&back.body).unwrap()).unwrap().req("fork", "fork").unwrap().array_of("fork").unwrap();
        let (status, bytes) = get(&office, &format!("/log/fork/{}", hex(&digest)));
        assert_eq!((status, sha256(&bytes)), (200, digest));
        Fork::decode(&bytes).unwrap().judge(&office.trust()).unwrap()
    };
    // One number, two checkpoints.
    (d.entries, d.checkpoints) = honest.clone();
    let back = go_on(&mut d, 2);
    assert_eq!(fork_of(&back), (Convicted::Device(d.log), Conviction::SameNumber));
    // One size, two roots, under a new number.
    let (_, hidden) = d.checkpoint_by(&d.log_key, 8);
    let back = d.submit(&d.submission_of(2, hidden));
    assert_eq!(fork_of(&back), (Convicted::Device(d.log), Conviction::SameSize));
    // A size that the office never saw a checkpoint of: the larger tree does not contain it.
    (d.entries, d.checkpoints) = honest;
    d.entries.clear();
    d.act(None, &note("改写"));
    let (_, single) = d.checkpoint_by(&d.log_key, 10);
    let back = d.submit(&d.submission_of(1, single));
    assert_eq!(fork_of(&back), (Convicted::Device(d.log), Conviction::NoPrefix));
    assert!(String::from_utf8(get(&office, "/log").1).unwrap().contains("/log/fork/"), "listed on the public page");
    assert_eq!(get(&office, &format!("/log/fork/{}", hex(&[0; 32]))).0, 404);
}

/// P5: phones demand consistency, so that the office cannot rewrite itself; everybody may ask.
#[test]
fn p5_the_office_proves_that_each_of_its_heads_contains_the_ones_before() {
    let office = Office::start();
    let mut d = started(&office, "110001");
    let heads: Vec<OfficeHead> = (0..6).map(|i| go_on(&mut d, if i == 0 { 0 } else { i + 1 }).answer.head).collect();
    for a in &heads {
        for b in heads.iter().filter(|b| b.size >= a.size) {
            let path = format!("/v1/log/consistency?epoch=0&from={}&to={}", a.size, b.size);
            let back = d.send("GET", &path, &[], vec![]);
            assert_eq!(back.status, 200);
            assert!(tree::is_consistent(a.size, &a.root, b.size, &b.root, &proof(&back.body)));
            assert_eq!(get(&office, &path), (200, back.body), "the same without a signed request");
        }
    }
    let last = heads.last().unwrap().size;
    for (query, status, code) in [
        ("epoch=0&from=2&to=1".to_owned(), 400, "malformed"),
        ("epoch=0&from=2".to_owned(), 400, "malformed"),
        ("epoch=4&from=0&to=0".to_owned(), 404, "unknown_epoch"),
        (format!("epoch=0&from=1&to={}", last + 1), 409, "behind"),
    ] {
        let back = d.send("GET", &format!("/v1/log/consistency?{query}"), &[], vec![]);
        assert_eq!((back.status, back.code().as_str()), (status, code), "{query}");
        if code == "behind" {
            assert_eq!(error_code(&back.body).unwrap().1, Some(last));
        }
    }

    // The published head: the same tree, signed, and as a C2SP note by the same key.
    assert!(office.say(&["head"]).starts_with("mz1/"));
    let trust = office.trust();
    let head = Head::open(&get(&office, "/log/head").1, &trust).unwrap();
    assert_eq!(head.tree, *heads.last().unwrap());
    let receipt = trust.keys.iter().find(|k| k.usage == Use::Receipt).unwrap();
    let TrustedKey::Verify(key) = receipt.key else { panic!("key") };
    let note = TextCheckpoint::open(&String::from_utf8(get(&office, "/log/checkpoint").1).unwrap(), &key).unwrap();
    assert_eq!((note.size, note.root), (head.tree.size, head.tree.root));
    assert_eq!(get(&office, &format!("/log/head/0/{last}")).0, 200);
    assert_eq!(get(&office, "/log/head/0/9999").0, 404);
    assert!(office.folder.path().join(format!("heads/0-{last}.cose")).is_file());
    let page = String::from_utf8(get(&office, "/log").1).unwrap();
    assert!(page.contains(&hex(&head.tree.root)) && page.contains("rests on the office alone"));
}

fn held(back: &device::Back) -> Vec<u8> {
    data_encoding::BASE64URL_NOPAD.decode(back.header("mz-response").unwrap().as_bytes()).unwrap()
}

/// A copy of the running office's database, as a backup makes it.
fn back_up(office: &Office) -> Vec<u8> {
    let copy = office.folder.path().join("backup.sqlite");
    let c = rusqlite::Connection::open(office.folder.path().join("office.sqlite")).unwrap();
    c.execute("VACUUM INTO ?", [copy.to_str().unwrap()]).unwrap();
    std::fs::read(copy).unwrap()
}

/// Stops the server, puts the database back, and starts it again.
fn put_back(office: &mut Office, backup: &[u8], with_mark: bool) {
    let mut child = office.server.take().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let folder = office.folder.path();
    for name in ["office.sqlite", "office.sqlite-wal", "office.sqlite-shm"] {
        std::fs::remove_file(folder.join(name)).ok();
    }
    std::fs::write(folder.join("office.sqlite"), backup).unwrap();
    if !with_mark {
        std::fs::remove_file(folder.join("newest-head")).unwrap();
    }
    office.serve(office.address.rsplit(':').next().unwrap().parse().unwrap());
}

/// P5: a restored office gives no receipt until the roots have begun a new epoch that names the newest head known.
#[test]
fn p5_an_office_restored_from_a_backup_goes_on_only_in_an_epoch_of_the_roots() {
    let mut office = Office::start();
    if !office.embedded("the file is put back") {
        return;
    }
    let mut d = started(&office, "110001");
    assert_eq!(go_on(&mut d, 0).status, 201);
    // Known to the register before: in recovery no certificate can be taken over either.
    office.invite("李小红", "110002");
    let backup = back_up(&office);
    let lost = go_on(&mut d, 2);
    assert_eq!(lost.status, 201);
    // The whole folder was put back: only phones know.
    put_back(&mut office, &backup, false);
    let back = d.send("GET", "/v1/feed?after=9999", &[], vec![]);
    assert_eq!((back.status, back.answer.head.size), (200, lost.answer.head.size - 1), "a smaller head: the phone sees it");
    let back = d.send("POST", "/v1/log/seen", &[], b"\x80".to_vec());
    assert_eq!((back.status, back.code().as_str()), (422, "not_ours"));
    let back = d.send("POST", "/v1/log/seen", &[], held(&back));
    assert_eq!(back.body, cbor::encode(&Value::Map(vec![("state".into(), "consistent".into())])).unwrap());
    let back = d.send("POST", "/v1/log/seen", &[], held(&lost));
    assert_eq!(back.body, cbor::encode(&Value::Map(vec![("state".into(), "ahead".into())])).unwrap());

    let refused = |back: &device::Back| assert_eq!((back.status, back.code().as_str()), (503, "recovery"));
    refused(&{
        let s = d.submission(2);
        d.submit(&s)
    });
    let unknown = "enroll --name 赵一 --unit 所 --position 科员 --number 110003 --category 卫生 --area 某县 --until 2030-12-31";
    assert!(!office.run(&unknown.split(' ').collect::<Vec<_>>()).status.success(), "R02: no step without its leaf");
    let (_, invitation) = office.invite("李小红", "110002");
    let mut other = Device::new(&invitation);
    refused(&other.enrol(&invitation));
    let first = d.submission_of(0, d.checkpoints[0].1.clone());
    assert_eq!(d.submit(&first).status, 201, "what was given is given again");
    assert!(String::from_utf8(get(&office, "/log").1).unwrap().contains("restored from a backup"));
    assert!(!office.run(&["head"]).status.success(), "no head is published");
    let (_, console) = console(&office, "/console/cases");
    assert!(console.contains("mingzheng recover"), "the console says what to do");

    let said = office.say(&["recover", "--reason", "磁盘损坏"]);
    assert!(said.contains("Epoch 1"), "{said}");
    let trust = office.trust();
    let (epoch, digest) = Epoch::open(&get(&office, "/log/epoch/1").1, &trust.roots).unwrap();
    assert_eq!((epoch.epoch, epoch.last.clone()), (1, vec![lost.answer.head]), "the newest head known, not the office's own");
    let s = d.submission(2);
    let back = d.submit(&s);
    assert_eq!((back.status, back.answer.head.epoch, back.answer.head.size), (201, 1, 2));
    let receipt = LogReceipt::open(&Submission::from_answer(&back.body).unwrap().remove(0), &trust).unwrap();
    assert_eq!((receipt.epoch, receipt.index), (1, 1), "leaf 0 is the epoch itself");
    let leaf = tree::leaf(&epoch.leaf(digest).encode().unwrap());
    let path = proof(&d.send("GET", "/v1/log/consistency?epoch=1&from=1&to=2", &[], vec![]).body);
    assert!(tree::is_consistent(1, &leaf, 2, &back.answer.head.root, &path));
    assert_eq!(other.enrol(&invitation).status, 201);
    assert!(!office.run(&["recover", "--reason", "x"]).status.success(), "only once");
    assert_eq!(Head::open(&get(&office, "/log/head").1, &trust).unwrap().tree.epoch, 1);
}

/// P5: when only the database was put back, the note beside it tells at start; a log that grew another way is noticed too.
#[test]
fn p5_a_database_that_was_put_back_alone_is_noticed_at_start() {
    let mut office = Office::start();
    if !office.embedded("the file is put back") {
        return;
    }
    let mut d = started(&office, "110001");
    assert_eq!(go_on(&mut d, 0).status, 201);
    let backup = back_up(&office);
    let lost = go_on(&mut d, 2);
    put_back(&mut office, &backup, true);
    let s = d.submission(2);
    let back = d.submit(&s);
    assert_eq!((back.status, back.code().as_str()), (503, "recovery"));

    // Without the note it goes on unknowingly; the phone's head contradicts it as soon as it is shown.
    put_back(&mut office, &backup, false);
    let (_, invitation) = office.invite("李小红", "110002");
    let mut other = Device::enrolled(&invitation);
    let kinds: Vec<String> = other.feed().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["badge", "status", "officers"]);
    let back = d.send("POST", "/v1/log/seen", &[], held(&lost));
    assert_eq!(back.body, cbor::encode(&Value::Map(vec![("state".into(), "contradicts".into())])).unwrap());
    let back = go_on(&mut other, 0);
    assert_eq!((back.status, back.code().as_str()), (503, "recovery"));
}
