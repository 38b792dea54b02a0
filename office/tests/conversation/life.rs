//! The life of a device's key at the office: revocation, re-enrolment, the adopted tail (F40, F43).

use super::history::{go_on, started};
use super::*;
use mingzheng_core::cbor::Value;
use mingzheng_core::enrolment::{Enrolment, Succession, SuccessionReason};
use mingzheng_core::log::{Entry, tree};
use mingzheng_core::trust::{RECOVERY, TrustedKey, Use};
use mingzheng_core::wire::Adopted;
use mingzheng_office::keys;

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

/// The office is about to run out: everybody at the console is told, and the roots renew it for a year. Phones get the list by their feed and go on.
#[test]
fn an_office_that_is_about_to_run_out_says_so_and_is_renewed() {
    const DAY_MS: i64 = 86_400_000;
    let mut office = Office::start();
    let mut d = started(&office, "110001");
    assert_eq!(go_on(&mut d, 0).status, 201);
    let told = |office: &Office| console(office, "/console/devices").1.contains("信任清单即将到期");
    assert!(!told(&office));
    // As if eleven months had passed: the list ends in ten days, and names no month after this one.
    office.stop();
    let (root, mut list) = (keys::root(&office.folder.path().join(keys::ROOT_FILE)).unwrap(), office.trust());
    (list.previous, list.version, list.expires) = (Some(list.digest().unwrap()), 2, now() + 10 * DAY_MS);
    list.keys.retain(|k| k.usage != Use::Seal || k.name == RECOVERY || k.from < now());
    list.keys.iter_mut().for_each(|k| k.until = k.until.min(now() + 40 * DAY_MS));
    keys::replace(&office.folder.path().join(keys::TRUST_FILE), &list.sign(&[&root]).unwrap()).unwrap();
    office.serve(0);
    d.address.clone_from(&office.address);
    assert!(told(&office));
    assert_eq!(go_on(&mut d, 2).status, 201, "it still serves");

    let medium = office.folder.path().join("medium.toml");
    std::fs::rename(office.folder.path().join(keys::ROOT_FILE), &medium).unwrap();
    let before = std::fs::read(office.folder.path().join(keys::FILE)).unwrap();
    let without = office.run(&["trust", "renew"]);
    assert!(!without.status.success() && office.trust() == list, "not without the medium");
    assert_eq!(std::fs::read(office.folder.path().join(keys::FILE)).unwrap(), before);
    let said = office.say(&["trust", "renew", "--root", medium.to_str().unwrap()]);
    assert!(said.contains("1 devices"), "{said}");
    // The server that is not started anew yet hands out the new list.
    let (_, bytes) = super::history::get(&office, "/v1/trust");
    assert_eq!(list.open_update(&bytes).unwrap().version, 3);
    office.stop();
    office.serve(0);
    d.address.clone_from(&office.address);
    assert!(!told(&office));
    let shown = office.say(&["trust", "show"]);
    assert_eq!(
        shown.lines().filter(|l| l.trim_start().starts_with("seal ")).count(),
        14,
        "thirteen months and recovery: {shown}"
    );

    let feed = d.feed();
    let (_, bytes) = feed.iter().rev().find(|(kind, _)| kind == "trust").unwrap();
    d.trust = list.open_update(bytes).unwrap();
    assert!(d.trust.expires > now() + 360 * DAY_MS);
    assert_eq!(go_on(&mut d, 3).status, 201);
    // What is sealed in the last month opens at the office.
    let last = d.trust.keys.iter().filter(|k| k.usage == Use::Seal && k.name != RECOVERY).max_by_key(|k| k.from).unwrap();
    let TrustedKey::Recipient(raw) = last.key else { panic!("recipient") };
    let mut sealed = vec![];
    let to = mingzheng_core::seal::Recipients::one(mingzheng_core::seal::Recipient::from_bytes(raw).unwrap());
    mingzheng_core::seal::seal(&mut &b"abc"[..], &mut sealed, &to).unwrap();
    assert_eq!(keys::Keys::load(&office.folder.path().join(keys::FILE)).unwrap().open_bytes(&sealed).unwrap(), b"abc");
    office.say(&["check"]);
}

/// P3: two of three roots. What only roots sign takes two of its own, and nothing is changed before they are there.
#[test]
fn p3_what_roots_sign_takes_as_many_of_them_as_the_organ_was_made_with() {
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::at(folder);
    let here = office.folder.path().to_owned();
    let init = |roots: &str, folder: &Path| {
        office.run(&["init", "--organ", "某省卫生健康委", "--roots", roots, folder.to_str().unwrap()])
    };
    for wrong in ["0/1", "3/2", "1/17", "2", "x/y"] {
        assert!(!init(wrong, &here).status.success(), "{wrong}");
    }
    assert!(init("2/3", &here).status.success());
    assert!(!init("2/3", &here).status.success(), "not over an office");
    std::fs::write(here.join("offline/notes"), "x").unwrap();
    assert!(!init("2/3", &here.join("offline")).status.success(), "not among other files");
    let files = [1, 2, 3].map(|n| here.join(format!("offline/root-{n}.toml")).to_str().unwrap().to_owned());
    let [first, second, third] = files.each_ref().map(String::as_str);
    let other = tempfile::tempdir().unwrap();
    assert!(init("1/1", other.path()).status.success());
    let stranger = other.path().join(keys::ROOT_FILE).to_str().unwrap().to_owned();
    let state = || [keys::FILE, keys::TRUST_FILE].map(|name| std::fs::read(here.join(name)).unwrap());
    let before = state();
    let renew = |roots: &[&str]| {
        let words: Vec<&str> = roots.iter().flat_map(|root| ["--root", root]).collect();
        office.run(&[&["trust", "renew"], &words[..]].concat())
    };
    for few in [&[][..], &[first], &[first, first], &[first, &stranger]] {
        let out = renew(few);
        assert!(!out.status.success() && String::from_utf8_lossy(&out.stderr).contains("--root"), "{few:?}: {out:?}");
        assert_eq!(state(), before);
    }
    assert!(renew(&[first, third]).status.success());
    assert_eq!(office.trust().version, 2);
    assert!(renew(&[third, second, first]).status.success());
    assert_eq!((office.trust().version, office.trust().roots.k), (3, 2));
    // It serves like any other.
    office.serve(0);
    let mut d = started(&office, "110001");
    assert_eq!(go_on(&mut d, 0).status, 201);
}
