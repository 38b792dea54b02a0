//! A lost phone: an order of the office, or days without contact. Nothing readable is left; nothing that was not sent is lost (F44).

use crate::office::Office;
use crate::{Scene, copy_folder};
use mingzheng_core::host::{DeviceKey, DeviceKeys as _, KeyError};
use mingzheng_core::id::Id;
use mingzheng_core::phone::{Phone, PhoneError};
use mingzheng_core::store::Store;
use mingzheng_core::trust::Use;
use mingzheng_core::wire::{FeedKind, Segment, WipeOrder};
use std::fs;
use std::path::Path;

const DAY: u64 = 86_400_000;

fn next(s: &mut Scene) -> Result<(), PhoneError> {
    let request = s.phone().next_request().unwrap().unwrap();
    s.exchange(&request)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Notes of all entries that lie sealed in the folder's outbox, as the office alone reads them.
fn sealed_notes(s: &Scene) -> Vec<String> {
    let outbox = s.folder.path().join("outbox");
    let mut notes = Vec::new();
    for name in names(&outbox) {
        let segment = Segment::decode(&s.office.opened(&fs::read(outbox.join(name)).unwrap())).unwrap();
        for e in segment.entries.iter().filter(|e| e.header().kind == "note.added") {
            notes.push(crate::fields(e)["text"].as_str().unwrap().to_owned());
        }
    }
    notes
}

#[test]
fn f44_a_wiped_phone_reads_nothing_and_loses_nothing_that_was_not_sent() {
    let (mut s, case) = Scene::begun();
    s.find(&case);
    s.note(&case, "尚未签名的一条");
    fs::write(s.phone().inbox().join("photo.jpg"), "a clear photograph").unwrap();
    let before = s.folder.path().join("store.key.age");
    assert!(before.exists());
    let order = s.office.order();
    s.office.orders(&order, Use::Feed);
    assert!(matches!(next(&mut s), Err(PhoneError::Wiped)));
    // From now on the façade says so, also after a restart.
    assert!(matches!(s.phone().status(), Err(PhoneError::Wiped)));
    assert!(matches!(s.phone().next_request(), Err(PhoneError::Wiped)));
    s.phone = None;
    assert!(matches!(Phone::open(s.folder.path(), s.device.host()), Err(PhoneError::Wiped)));
    assert_eq!(names(s.folder.path()), ["evidence", "outbox", "store.key.age", "wiped"], "no store, no key, no inbox");
    for key in [DeviceKey::Log, DeviceKey::Show, DeviceKey::Officer] {
        assert_eq!(s.device.keys.sign(key, 0, b"x").unwrap_err(), KeyError::Gone);
    }
    assert_eq!(s.device.keys.unwrap(&[1]).unwrap_err(), KeyError::Gone, "the key that wrapped the store's key");
    assert_eq!(sealed_notes(&s), ["尚未签名的一条"], "signed and sealed before the keys went");
}

#[test]
fn f44_what_no_key_could_sign_stays_in_a_store_that_only_the_office_opens() {
    let (mut s, case) = Scene::begun();
    s.find(&case);
    let request = s.phone().next_request().unwrap().unwrap();
    s.note(&case, "无人能签");
    s.device.keys.refuse(Some(KeyError::Locked));
    let order = s.office.order();
    s.office.orders(&order, Use::Feed);
    assert!(matches!(s.exchange(&request), Err(PhoneError::Wiped)));
    s.phone = None;
    let left = names(s.folder.path());
    assert!(left.contains(&"store.db".to_owned()) && !left.contains(&"store.key".to_owned()), "{left:?}");
    let sealed = fs::read(s.folder.path().join("store.key.age")).unwrap();
    let key: [u8; 32] = s.office.opened(&sealed).try_into().unwrap();
    assert!(Store::open(&s.folder.path().join("store.db"), &[0; 32]).is_err(), "not without the key");
    assert!(Store::open(&s.folder.path().join("store.db"), &key).is_ok(), "the office opens it");
}

#[test]
fn f44_an_order_for_another_device_signed_by_another_key_or_too_late_is_refused() {
    let (mut s, case) = Scene::begun();
    s.find(&case);
    let order = s.office.order();
    let wrong: [(&str, WipeOrder, Use); 5] = [
        ("another device", WipeOrder { device: Id([9; 16]), ..order.clone() }, Use::Feed),
        ("another log: an order for an earlier life", WipeOrder { log: Id([9; 16]), ..order.clone() }, Use::Feed),
        ("over", WipeOrder { not_after: order.at - 1, ..order.clone() }, Use::Feed),
        ("another use", order.clone(), Use::Badge),
        ("a key that is not trusted", order.clone(), Use::Export),
    ];
    for (why, order, signer) in wrong {
        s.office.orders(&order, signer);
        assert!(matches!(next(&mut s), Err(PhoneError::Refused(_))), "{why}");
        s.device.time.pass(3_600_000);
        assert!(s.phone().status().is_ok(), "{why}");
    }
    // An order that no office signed: somebody in between.
    s.office.wipe = None;
    let request = s.phone().next_request().unwrap().unwrap();
    let body = mingzheng_core::wire::error_body("wipe", "").unwrap();
    assert!(matches!(s.phone().on_response(request.id, 403, &[], &body), Err(PhoneError::Refused(_))));
    s.device.time.pass(3_600_000);
    s.sync();
    assert!(s.phone().status().is_ok());
    // A thief who sets the clock ahead does not outlive the order: the answer that brings it brings the office's time too.
    s.device.time.set_wall(400 * DAY as i64);
    s.note(&case, "x");
    let order = s.office.order();
    s.office.orders(&order, Use::Feed);
    assert!(matches!(next(&mut s), Err(PhoneError::Wiped)));
}

#[test]
fn f44_a_kill_in_the_midst_of_wiping_is_finished_at_the_next_opening() {
    let (mut s, case) = Scene::begun();
    s.find(&case);
    let copy = s.copy();
    s.open();
    let order = s.office.order();
    s.office.orders(&order, Use::Feed);
    assert!(matches!(next(&mut s), Err(PhoneError::Wiped)));
    s.phone = None;
    let noted = fs::read(s.folder.path().join("wiped")).unwrap();
    // As it was when only the note was written.
    fs::remove_dir_all(s.folder.path()).unwrap();
    copy_folder(copy.path(), s.folder.path());
    fs::write(s.folder.path().join("wiped"), noted).unwrap();
    assert!(matches!(Phone::open(s.folder.path(), s.device.host()), Err(PhoneError::Wiped)));
    assert!(!s.folder.path().join("store.key").exists());
}

#[test]
fn f44_days_without_contact_end_in_a_wipe_and_a_jumping_clock_does_not() {
    let (mut s, case) = Scene::begun();
    let pack = Office::other_pack(|p| p.gates.contact_days.as_mut().unwrap().value = 5);
    s.office.send(0, FeedKind::Pack, pack);
    s.sync();
    s.find(&case);
    // Years ahead and back again: nothing happens.
    s.device.time.set_wall(5 * 365 * DAY as i64);
    s.phone().tick().unwrap();
    s.device.time.set_wall(-5 * 365 * DAY as i64);
    s.phone().tick().unwrap();
    // Contact begins the days anew.
    for _ in 0..4 {
        s.device.time.pass(DAY);
        s.phone().tick().unwrap();
    }
    s.sync();
    for day in 1..=5 {
        s.device.time.pass(DAY);
        assert!(s.phone().tick().is_ok(), "day {day}");
    }
    s.device.time.pass(DAY);
    assert!(matches!(s.phone().tick(), Err(PhoneError::Wiped)));
    s.phone = None;
    assert!(matches!(Phone::open(s.folder.path(), s.device.host()), Err(PhoneError::Wiped)));
    assert!(!names(&s.folder.path().join("outbox")).is_empty());
}

#[test]
fn f44_without_the_rule_in_the_pack_a_phone_waits_for_ever() {
    let (mut s, case) = Scene::begun();
    let pack = Office::other_pack(|p| p.gates.contact_days = None);
    s.office.send(0, FeedKind::Pack, pack);
    s.sync();
    s.find(&case);
    for _ in 0..400 {
        s.device.time.pass(DAY);
        s.phone().tick().unwrap();
    }
}
