//! The life of a device's key at the office: revocation, re-enrolment, the adopted tail (F40, F43).

use super::history::{go_on, started};
use super::*;
use mingzheng_core::cbor::Value;
use mingzheng_core::enrolment::{Enrolment, Succession, SuccessionReason};
use mingzheng_core::log::{Entry, tree};
use mingzheng_core::wire::Adopted;

/// F40, F43: a revocation is a leaf with its receipt, and ends every request of that device at once.
#[test]
fn f40_f43_a_revoked_device_is_refused_at_once_and_what_came_before_stays() {
    let office = Office::start();
    let mut d = started(&office, "110001");
    assert_eq!(go_on(&mut d, 0).status, 201);
    let log = d.log.to_string();
    assert!(
        !office.run(&["device", "revoke", &log, "--reason", "x", "--suspect-since", "2099-01-01T00:00:00Z"]).status.success()
    );
    let said = office.say(&["device", "revoke", &log, "--reason", "手机遗失", "--suspect-since", "2026-01-01T00:00:00+08:00"]);
    assert!(said.contains("2026-01-01 00:00:00 +08:00"), "{said}");
    assert!(!office.run(&["device", "revoke", &log, "--reason", "x"]).status.success(), "once");
    let back = go_on(&mut d, 2);
    assert_eq!((back.status, back.code().as_str()), (403, "revoked"));
    let back = d.send("GET", "/v1/feed?after=0", &[], vec![]);
    assert_eq!((back.status, back.code().as_str()), (403, "revoked"));
    let (_, page) = console(&office, "/console/devices");
    assert!(page.contains("已撤销") && page.contains(&log));
    let json: serde_json::Value = serde_json::from_str(&office.say(&["device", "list", "--json"])).unwrap();
    assert_eq!(json[0]["revoked"], true);
    assert!(office.say(&["badge", "issue"]).contains("已签发 0"), "no badge for a revoked device");

    let c = database(&office);
    let (signed, receipt): (Vec<u8>, Vec<u8>) =
        c.query_row("SELECT signed, receipt FROM revocations", params![], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
    let r = mingzheng_core::log::Revocation::open(&signed, &office.trust()).unwrap();
    assert_eq!((r.log, r.enrolment, r.reason.as_str()), (d.log, Enrolment::digest(&d.enrolment.as_ref().unwrap().1), "手机遗失"));
    assert!(r.suspect_since.is_some() && r.counts(r.suspect_since.unwrap() - 1));
    let leaf = LogReceipt::open(&receipt, &office.trust()).unwrap().leaf;
    assert_eq!(leaf, OfficeLeaf::Revocation { revocation: sha256(&signed), at: r.at });
}

fn again(office: &Office, old: &Device, reason: SuccessionReason) -> Device {
    let person = old.enrolment.as_ref().unwrap().0.person.to_string();
    let mut d = Device::new(&office.invite_as(Some(&person), "王小明", "110001").1);
    d.succeeds = Some(Succession { previous: Enrolment::digest(&old.enrolment.as_ref().unwrap().1), reason });
    d
}

/// `log.succeeds` of the new log, over everything that the old one held.
fn succeed(d: &mut Device, old: &Device) {
    let text = |t: &str| Value::from(t);
    let last = &old.checkpoints.last().unwrap().0;
    d.act_raw(
        None,
        "log.succeeds",
        vec![
            ("old".into(), text(&old.log.to_string())),
            ("size".into(), last.size.into()),
            ("root".into(), text(&hex(&last.root))),
            ("cp_no".into(), last.cp_no.into()),
            ("reason".into(), text("key_lost")),
            ("adopted_size".into(), Value::from(old.entries.len() as u64)),
            ("adopted_root".into(), text(&hex(&tree::root(&old.leaves())))),
        ],
    );
}

/// F43: the hardware key is gone. The new enrolment names the old one, sends its signed segments and adopts the tail that nothing signed.
#[test]
fn f43_a_new_enrolment_of_the_person_brings_the_old_logs_signed_segments_and_its_unsigned_tail() {
    let office = Office::start();
    let mut old = started(&office, "110001");
    let case = Id(random());
    old.act(Some(case), &note("一"));
    old.checkpoint();
    let s = old.submission(0);
    assert_eq!(old.submit(&s).status, 201);
    old.act(Some(case), &note("二"));
    old.checkpoint();
    let signed = old.submission(2);
    old.act(Some(case), &note("未签三"));
    old.act(Some(case), &note("未签四"));

    // Another person cannot follow; neither can anybody twice.
    let (_, stranger) = office.invite("李小红", "110002");
    let mut thief = Device::new(&stranger);
    thief.succeeds =
        Some(Succession { previous: Enrolment::digest(&old.enrolment.as_ref().unwrap().1), reason: SuccessionReason::KeyLost });
    let back = thief.enrol(&stranger);
    assert_eq!((back.status, back.code().as_str()), (403, "not_yours"));
    thief.succeeds = None;
    assert_eq!(thief.enrol(&stranger).status, 201, "the code was not spent");

    let mut new = again(&office, &old, SuccessionReason::KeyLost);
    let invitation = office.invite_as(Some(&old.enrolment.as_ref().unwrap().0.person.to_string()), "王小明", "110001").1;
    assert_eq!(new.enrol(&invitation).status, 201);
    assert_eq!(new.enrolment.as_ref().unwrap().0.succeeds, new.succeeds);
    let twice = office.invite_as(Some(&old.enrolment.as_ref().unwrap().0.person.to_string()), "王小明", "110001").1;
    let mut second = again(&office, &old, SuccessionReason::KeyLost);
    assert_eq!(second.enrol(&twice).code(), "not_yours", "followed already");

    assert_eq!(thief.submit(&signed).code(), "bad_signature", "not this person's log");
    let back = new.submit(&signed);
    assert_eq!(back.status, 201, "{}", back.code());
    let receipt = LogReceipt::open(&Submission::from_answer(&back.body).unwrap().remove(0), &office.trust()).unwrap();
    assert!(matches!(receipt.leaf, OfficeLeaf::Checkpoint { log, size: 3, .. } if log == old.log));

    new.act(None, &Event::LogOpened { enrolment: "x".into(), software: "test".into() });
    succeed(&mut new, &old);
    new.checkpoint();
    let tail = |from: usize| Adopted { log: old.log, from: from as u64, entries: old.entries[from..].to_vec() };
    let leaves_before = new.send("GET", "/v1/feed?after=0", &[], vec![]).answer.head.size;
    let refused = |new: &mut Device, adopted: Adopted| {
        let s = new.submission_with(0, Some(adopted));
        let back = new.submit(&s);
        assert_eq!((back.status, back.code().as_str()), (422, "adopted_mismatch"));
        assert_eq!(back.answer.head.size, leaves_before, "nothing of the segment stays");
    };
    refused(&mut new, tail(4));
    refused(&mut new, Adopted { entries: old.entries[3..4].to_vec(), ..tail(3) });
    refused(&mut new, Adopted { log: thief.log, from: 0, entries: vec![] });
    let forged = {
        let mut other = tail(3);
        let mut header = other.entries[1].header().clone();
        header.actor = Some(Id([1; 16]));
        other.entries[1] = Entry::new(header, other.entries[1].disclosures().to_vec()).unwrap();
        other
    };
    refused(&mut new, forged);
    // From before what the office holds on: compared, not stored twice.
    let s = new.submission_with(0, Some(tail(2)));
    let back = new.submit(&s);
    assert_eq!(back.status, 201, "{}", back.code());
    assert_eq!(new.submit(&s).body, back.body, "repeated");

    let c = database(&office);
    let rows: Vec<(i64, Option<[u8; 16]>)> =
        c.rows("SELECT seq, adopted_by FROM entries WHERE log = ? ORDER BY seq", params![old.log.0], |r| {
            Ok((r.get(0)?, r.get(1)?))
        });
    let by = Some(new.log.0);
    assert_eq!(rows, vec![(0, None), (1, None), (2, None), (3, by), (4, by)]);
    let (code, found) = bundle::codes(&office, case, "out");
    assert_eq!(code, 0, "{found:?}");
    let count = |code: &str| found.iter().filter(|c| *c == code).count();
    assert_eq!((count("adopted"), count("succeeded")), (2, 1), "as a stranger sees it: {found:?}");

    // The key that was thought lost turns up and signs the tail otherwise: no second history is taken.
    old.act(Some(case), &note("又改"));
    old.checkpoint();
    let late = old.submission(3);
    assert_eq!(old.submit(&late).code(), "succeeded");
}
