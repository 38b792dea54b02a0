//! Phone and office of different versions (F37), with what an older phone and an older office left: `tests/fixtures/wire-1`, which is never made anew.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use mingzheng_core::id::{Id, hex, sha256};
use mingzheng_core::log::{Custody, CustodyState, LogReceipt};
use mingzheng_core::phone::{Act, CaptureInfo, Phone, PhoneError, QueueState};
use mingzheng_core::trust::TrustList;
use mingzheng_core::wire::{
    Answer, Claimed, REQUEST_HEADER, RESPONSE_HEADER, Submission, UPDATE_CODE, VERSION_HEADER, error_code,
};
use mingzheng_demo::Result;
use mingzheng_demo::place::Place;
use mingzheng_office::cases;
use mingzheng_scenarios::then::{self, Answered, Asked, Contents, Exchange, Served, Time, converse};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

const HOUR: i64 = 3_600_000;

/// What was frozen, thawed into a folder of its own.
struct Thawed {
    told: Contents,
    work: TempDir,
}

impl Thawed {
    fn new() -> Self {
        let folder = then::fixture(&Place::find().unwrap().root, 1);
        let work = tempfile::tempdir().unwrap();
        for archive in ["phone.tar.gz", "office.tar.gz"] {
            then::unpack(&folder.join(archive), work.path()).unwrap();
        }
        let told: Contents = serde_json::from_slice(&fs::read(folder.join("contents.json")).unwrap()).unwrap();
        assert_eq!(told.wire, 1);
        Self { told, work }
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.work.path().join(name)
    }

    fn trust(&self) -> TrustList {
        TrustList::open_self_signed(&fs::read(self.folder("office/trust.cbor")).unwrap()).unwrap()
    }

    /// Its office, of today's program, at that time.
    fn served(&self, time: &Arc<Time>) -> Served {
        Served::open(&self.folder("office"), time).unwrap()
    }

    /// Its phone, of today's program, started anew at that time.
    fn phone(&self, time: &Arc<Time>) -> Phone {
        then::phone(&self.folder("phone"), time).unwrap()
    }
}

/// What an older phone makes of an answer: signed for exactly this request, by the trust list that it has.
fn open(asked: &Asked, answered: &Answered, trust: &TrustList) -> Answer {
    let claimed = Claimed::read(asked.header(REQUEST_HEADER).unwrap()).unwrap();
    let (body, header) = (answered.body().unwrap(), answered.header(RESPONSE_HEADER));
    Answer::open(header, trust, &claimed.digest(), &claimed.nonce(), answered.status, &body).unwrap()
}

fn waiting(phone: &Phone) -> usize {
    phone.status().unwrap().queue.iter().filter(|q| q.state != QueueState::Received).count()
}

fn notes(phone: &Phone, case: &str) -> Vec<String> {
    phone.inspection(case).unwrap().notes.into_iter().map(|n| n.0).collect()
}

fn length(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    files.map(|p| if p.is_dir() { length(&p) } else { fs::metadata(p).unwrap().len() }).sum()
}

/// F37: the older office's data are taken over by today's, which takes every recorded request of the older phone byte for byte, at the time at which it
/// was made, answers each as the older one did, and gives receipts that hold for the same checkpoints and files.
#[test]
fn f37_today_s_office_takes_over_the_older_one_s_data_and_the_older_phone_s_requests() {
    let thawed = Thawed::new();
    let (trust, told) = (thawed.trust(), &thawed.told);
    let time = Time::at(told.at, 1);
    let served = thawed.served(&time);
    let (mut receipts, mut custody, mut same) = (0, 0, 0);
    let newcomer = std::iter::once(&told.newcomer);
    for exchange in newcomer.chain(&told.conversation) {
        let Exchange { at, asked, answered } = exchange;
        time.set(*at);
        let today = asked.carried(served.address).unwrap();
        assert_eq!((today.status, open(asked, &today, &trust).at), (answered.status, *at), "{} {}", asked.method, asked.path);
        assert_eq!(today.header(VERSION_HEADER), Some("1"));
        for header in ["upload-offset", "location", "content-type"] {
            assert_eq!(today.header(header), answered.header(header), "{} {}: {header}", asked.method, asked.path);
        }
        let (then, now) = (answered.body().unwrap(), today.body().unwrap());
        same += usize::from(then == now);
        if asked.path == "/v1/segments" {
            let pairs = Submission::from_answer(&then).unwrap().into_iter().zip(Submission::from_answer(&now).unwrap());
            for (then, now) in pairs {
                let (then, now) = (LogReceipt::open(&then, &trust).unwrap(), LogReceipt::open(&now, &trust).unwrap());
                assert_eq!(then.leaf, now.leaf, "for the same checkpoint at the same time");
                receipts += 1;
            }
        }
        if asked.path.starts_with("/v1/custody/") && answered.status == 200 {
            let (then, now) = (Custody::open(&then, &trust).unwrap(), Custody::open(&now, &trust).unwrap());
            assert_eq!((then.sealed, then.clear, now.state), (now.sealed, now.clear, CustodyState::Opened));
            custody += 1;
        }
    }
    assert_eq!(receipts, told.checkpoints.1);
    assert!(custody >= 2, "photograph and thumbnail");
    println!("{} exchanges of wire 1 replayed, {same} bodies are the same byte for byte", told.conversation.len() + 1);
    // Everything is there, and may be read.
    let case = Id::from_hex(&told.inspection).unwrap();
    let kinds: Vec<String> =
        cases::entries(&served.office, case).unwrap().iter().map(|e| e.entry.header().kind.clone()).collect();
    assert_eq!(kinds.iter().filter(|k| *k == "note.added").count(), told.notes.len(), "{kinds:?}");
    // Said once more it is a replay, and nothing is there twice.
    let again = told.conversation.iter().find(|e| e.asked.path == "/v1/segments").unwrap();
    assert_ne!(again.asked.carried(served.address).unwrap().status, 201);
    assert_eq!(cases::entries(&served.office, case).unwrap().len(), kinds.len());
}

/// F37: today's phone opens what the older one left, has lost nothing of it, and ends the conversation that the older one began.
#[test]
fn f37_today_s_phone_opens_the_older_one_s_folder_and_goes_on() {
    let thawed = Thawed::new();
    let told = &thawed.told;
    let time = Time::at(told.at + HOUR, 2);
    let (phone, served) = (thawed.phone(&time), thawed.served(&time));
    let status = phone.status().unwrap();
    let (sent, unsent): (Vec<_>, Vec<_>) = phone.checkpoints().unwrap().into_iter().partition(|c| c.receipted);
    assert_eq!((sent.len(), unsent.len()), told.checkpoints);
    // What a start of the device notes of itself comes on top.
    assert!(status.entries >= told.entries, "{} of {}", status.entries, told.entries);
    assert_eq!(notes(&phone, &told.inspection), told.notes);
    assert!(phone.inspection(&told.inspection).unwrap().evidence.iter().any(|e| e.id == told.photo));
    assert!(waiting(&phone) > unsent.len(), "segments, photograph, thumbnail");
    converse(&phone, &time, |asked| asked.carried(served.address)).unwrap();
    assert_eq!(waiting(&phone), 0);
    // And works on.
    phone.act(&told.inspection, Act::Note { text: "升级之后".into() }).unwrap();
    let shot = phone.inbox().join("2.jpg");
    fs::write(&shot, [7; 5000]).unwrap();
    phone.capture_photo(&told.inspection, &shot, CaptureInfo::default()).unwrap();
    converse(&phone, &time, |asked| asked.carried(served.address)).unwrap();
    assert_eq!(waiting(&phone), 0);
    let held = cases::entries(&served.office, Id::from_hex(&told.inspection).unwrap()).unwrap();
    assert_eq!(held.iter().filter(|e| e.entry.header().kind == "note.added").count(), told.notes.len() + 1);
    assert_eq!(notes(&phone, &told.inspection).len(), told.notes.len() + 1);
}

/// F37: an office that no longer speaks version 1 is no office for this phone: it says so, takes nothing of it, keeps everything, and goes on when
/// version 1 is spoken again.
#[test]
fn f37_a_newer_office_is_told_from_a_word_and_nothing_is_lost() {
    let thawed = Thawed::new();
    let told = &thawed.told;
    let time = Time::at(told.at + HOUR, 2);
    let (phone, served) = (thawed.phone(&time), thawed.served(&time));
    let (before, folder) = (waiting(&phone), length(&thawed.folder("phone/outbox")) + length(&thawed.folder("phone/evidence")));
    let refusing = |asked: Asked| -> Result<Answered> {
        // Today's office, asked for a version that it does not know, says what that one would.
        let answered = asked.saying(VERSION_HEADER, "2").carried(served.address)?;
        assert_eq!((answered.status, error_code(&answered.body()?).unwrap().0.as_str()), (426, UPDATE_CODE));
        Ok(answered)
    };
    let of_version_two = |asked: Asked| -> Result<Answered> {
        let mut answered = asked.carried(served.address)?;
        answered.headers.retain(|(name, _)| name != VERSION_HEADER);
        answered.headers.push((VERSION_HEADER.to_owned(), "2".to_owned()));
        Ok(answered)
    };
    for round in 0..2 {
        phone.send_now().unwrap();
        let ended = if round == 0 { converse(&phone, &time, refusing) } else { converse(&phone, &time, of_version_two) };
        let said = ended.unwrap_err();
        assert!(matches!(said.downcast_ref::<PhoneError>(), Some(PhoneError::Update)), "{said}");
        assert_eq!(waiting(&phone), before, "nothing is marked as sent");
        assert_eq!(length(&thawed.folder("phone/outbox")) + length(&thawed.folder("phone/evidence")), folder, "nothing is gone");
        assert_eq!(notes(&phone, &told.inspection), told.notes);
        time.pass(HOUR);
    }
    phone.send_now().unwrap();
    let mut both = |asked: Asked| -> Result<Answered> {
        let mut answered = asked.carried(served.address)?;
        answered.headers.retain(|(name, _)| name != VERSION_HEADER);
        answered.headers.push((VERSION_HEADER.to_owned(), "2, 1".to_owned()));
        Ok(answered)
    };
    converse(&phone, &time, &mut both).unwrap();
    assert_eq!(waiting(&phone), 0);
    let held = cases::entries(&served.office, Id::from_hex(&told.inspection).unwrap()).unwrap();
    assert_eq!(held.iter().filter(|e| e.entry.header().kind == "note.added").count(), told.notes.len(), "nothing is there twice");
}

/// F37: a newer phone, which speaks 2 and 1, works with an office that speaks 1 alone.
#[test]
fn f37_a_newer_phone_speaks_version_one_with_an_older_office() {
    let thawed = Thawed::new();
    let time = Time::at(thawed.told.at + HOUR, 2);
    let (phone, served) = (thawed.phone(&time), thawed.served(&time));
    let all = converse(&phone, &time, |asked| asked.saying(VERSION_HEADER, "2, 1").carried(served.address)).unwrap();
    assert_eq!(waiting(&phone), 0);
    assert!(all.iter().all(|e| e.answered.header(VERSION_HEADER) == Some("1")));
}

/// The fixture is what it was when it was made: a changed one would prove nothing.
#[test]
fn f37_the_fixture_is_small_and_as_it_was() {
    let folder = then::fixture(&Place::find().unwrap().root, 1);
    assert!(length(&folder) < 450_000, "{}", length(&folder));
    let sums: Vec<String> = fs::read_to_string(folder.join("sha256.txt")).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(sums.len(), 3);
    for line in sums {
        let (sum, name) = line.split_once("  ").unwrap();
        assert_eq!(hex(&sha256(&fs::read(folder.join(name)).unwrap())), sum, "{name}");
    }
}
