//! Several copies of the office on one PostgreSQL (ADR 0006): any request may reach any of them.

use super::history::{go_on, started};
use super::*;
use mingzheng_core::wire::REQUEST_HEADER;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What was sent, with the answer.
type Answered = Vec<(Submission, Vec<u8>)>;

/// Another copy: its own folder with the same keys, trust list and settings; the same database.
fn copy_of(office: &Office) -> Office {
    let folder = tempfile::tempdir().unwrap();
    for name in ["keys.toml", "trust.cbor", "mingzheng.toml"] {
        std::fs::copy(office.folder.path().join(name), folder.path().join(name)).unwrap();
    }
    std::os::unix::fs::symlink(office.folder.path().join("objects"), folder.path().join("objects")).unwrap();
    let mut copy = Office::at(folder);
    copy.environment.clone_from(&office.environment);
    copy.serve(0);
    copy
}

/// The leaves are one sequence, and each checkpoint is one of them.
fn whole(office: &Office) -> i64 {
    let sql = "SELECT count(*), max(idx) + 1, count(DISTINCT idx) FROM leaves";
    let (n, next, distinct): (i64, i64, i64) =
        database(office).query_row(sql, params![], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap();
    assert_eq!((n, distinct), (next, next));
    let count = |sql: &str| database(office).query_row(sql, params![], |r| r.get::<i64>(0)).unwrap();
    let received = count("SELECT count(*) FROM checkpoints");
    assert_eq!(count("SELECT count(*) FROM leaves WHERE kind = 'checkpoint'"), received);
    received
}

/// F21: what one copy received the other answers with the same receipt, also when both are asked at the same time.
#[test]
fn f21_two_copies_answer_as_one() {
    let office = Office::start();
    if office.database.is_none() {
        println!("without PostgreSQL there is one copy");
        return;
    }
    let other = copy_of(&office);
    let mut d = started(&office, "110001");
    let first = go_on(&mut d, 0);
    assert_eq!(first.status, 201);
    d.address.clone_from(&other.address);
    assert_eq!(d.submit(&d.submission(0)).body, first.body);
    assert_eq!(d.feed().iter().filter(|(kind, _)| kind == "badge").count(), 1, "the badge came by the other copy");
    let mut size = 2;
    for round in 0..10 {
        d.act(None, &note("又一条"));
        d.checkpoint();
        let s = d.submission(size);
        size = d.entries.len() as u64;
        let bytes = Submission::encode_all(std::slice::from_ref(&s)).unwrap();
        let answers: Vec<(u16, Vec<u8>)> = std::thread::scope(|scope| {
            let ask = |address: &str| {
                let signature = d.signed(address, "POST", "/v1/segments", sha256(&bytes), now()).2;
                let request = ureq::post(format!("{address}/v1/segments")).header(REQUEST_HEADER, signature);
                let body = &bytes;
                scope.spawn(move || {
                    let mut back = request.send(body).unwrap();
                    (back.status().as_u16(), back.body_mut().read_to_vec().unwrap())
                })
            };
            [ask(&office.address), ask(&other.address)].map(|t| t.join().unwrap()).to_vec()
        });
        assert!(answers.iter().all(|a| a.0 == 201 || a.0 == 200) && answers[0].1 == answers[1].1, "{round}: {answers:?}");
        let index = LogReceipt::open(&Submission::from_answer(&answers[0].1).unwrap()[0], &office.trust()).unwrap().index;
        assert!(index > 0);
    }
    assert_eq!(whole(&office), 11);
    // What must come once comes once, whichever copy is asked: the same signed request again.
    d.feed();
    let header = d.last_header.clone();
    for address in [&other.address, &office.address] {
        d.address.clone_from(address);
        let (status, ..) = d.raw("GET", "/v1/feed?after=0", Some(&header), &[], vec![]).unwrap();
        assert_ne!(status, 200, "a replayed request");
    }
}

/// F20, F21: phones send to two copies; one is killed in the middle. What was acknowledged is there, once, under the receipt that was given.
#[test]
fn f20_f21_a_copy_that_is_killed_under_load_loses_and_doubles_nothing() {
    const PHONES: usize = 4;
    const EACH: usize = 20;
    let office = Office::start();
    if office.database.is_none() {
        println!("without PostgreSQL there is one copy");
        return;
    }
    let mut other = copy_of(&office);
    let addresses = [office.address.clone(), other.address.clone()];
    let phones: Vec<Device> = (0..PHONES).map(|i| started(&office, &format!("11000{i}"))).collect();
    let (done, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let acknowledged: Vec<(Device, Answered)> = std::thread::scope(|scope| {
        let threads: Vec<_> = phones
            .into_iter()
            .enumerate()
            .map(|(i, mut d)| {
                let (addresses, done, refused) = (&addresses, &done, &refused);
                scope.spawn(move || {
                    let mut got = vec![];
                    for n in 0..EACH {
                        let old = if n == 0 { 0 } else { d.entries.len() as u64 };
                        d.act(None, &note("又一条"));
                        d.checkpoint();
                        let s = d.submission(old);
                        let mut at = i + n;
                        loop {
                            d.address.clone_from(&addresses[at % 2]);
                            match d.try_submit(&s) {
                                Some(back) if back.status == 201 => {
                                    got.push((s, back.body));
                                    break;
                                }
                                Some(back) => assert_eq!(back.status, 503, "{}", back.code()),
                                None => _ = refused.fetch_add(1, Ordering::Relaxed),
                            }
                            at += 1;
                            std::thread::sleep(Duration::from_millis(20));
                        }
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                    (d, got)
                })
            })
            .collect();
        while done.load(Ordering::Relaxed) < PHONES * EACH / 3 {
            std::thread::sleep(Duration::from_millis(5));
        }
        other.stop();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let mut lost = 0;
    for (mut d, got) in acknowledged {
        d.address.clone_from(&office.address);
        for (s, body) in got {
            lost += usize::from(d.submit(&s).body != body);
        }
    }
    let doubled = whole(&office) - (PHONES * EACH) as i64;
    println!(
        "{} acknowledged by two copies, one killed; {} requests found it gone; lost {lost}, doubled {doubled}",
        PHONES * EACH,
        refused.load(Ordering::Relaxed)
    );
    assert_eq!((lost, doubled), (0, 0));
    assert!(refused.load(Ordering::Relaxed) > 0, "it was killed while it was asked");
}

/// The copy that does the daily work is killed: another takes it over when the lease has run out, not before, and what is due is done once.
#[test]
fn f21_the_daily_work_of_a_killed_copy_is_taken_over_and_done_once() {
    let mut one = Office::start();
    if one.database.is_none() {
        println!("without PostgreSQL there is one copy");
        return;
    }
    one.stop();
    one.environment = vec![("MINGZHENG_LEASE_SECONDS", "6".into()), ("MINGZHENG_METRICS", "127.0.0.1:0".into())];
    one.serve(0);
    let two = copy_of(&one);
    let mut d = started(&one, "110001");
    let db = database(&one);
    let lease = || {
        db.query_row("SELECT holder, until FROM leases WHERE name = 'daily'", params![], |r| {
            Ok((r.get::<Vec<u8>>(0)?, r.get::<i64>(1)?))
        })
        .unwrap()
    };
    let name = |office: &Office| std::fs::read(office.folder.path().join("copy")).unwrap();
    let held = |office: &Office| {
        let page = ureq::get(office.metrics.as_ref().unwrap()).call().unwrap().body_mut().read_to_string().unwrap();
        let value = |name: &str| page.lines().find_map(|l| l.strip_prefix(name)).unwrap().trim().parse::<f64>().unwrap();
        (value("mingzheng_daily_work_held "), value("mingzheng_daily_work_until_seconds ") * 1000.0)
    };
    let published = |office: &Office| {
        let told = std::fs::read_to_string(office.journal()).unwrap();
        told.lines().filter(|l| l.contains("head published")).count()
    };
    let heads = || db.query_row("SELECT count(*) FROM heads", params![], |r| r.get::<i64>(0)).unwrap();
    assert_eq!(lease().0, name(&one), "who came first");
    assert_eq!((held(&one).0, held(&two).0, published(&two)), (1.0, 0.0, 0));
    let (before, by_one) = (heads(), published(&one));
    // It dies. As if it were the next day, with something new to publish.
    one.stop();
    let until = lease().1;
    assert_eq!(db.execute("UPDATE heads SET at = at - 86400000", params![]).unwrap() as i64, before);
    d.address.clone_from(&two.address);
    assert_eq!(go_on(&mut d, 0).status, 201);
    let since = std::time::Instant::now();
    while lease().0 != name(&two) {
        assert_eq!(heads(), before, "not before the lease has run out");
        assert!(since.elapsed() < Duration::from_secs(30), "nobody takes it over");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(now() >= until, "the lease had run out");
    while heads() == before {
        assert!(since.elapsed() < Duration::from_secs(40), "what is due is not done");
        std::thread::sleep(Duration::from_millis(50));
    }
    // The first one comes back, and both look again and again: it stays with the second, and at one head.
    one.serve(0);
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!((heads(), published(&two), published(&one)), (before + 1, 1, by_one));
    assert_eq!((lease().0, held(&one).0, held(&two).0), (name(&two), 0.0, 1.0));
    assert!(held(&one).1 > now() as f64 - 1000.0, "any copy tells that somebody does it");
    println!("daily work taken over after the lease; head published {} time by two copies", heads() - before);
}
