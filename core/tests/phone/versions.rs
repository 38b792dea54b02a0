//! Phone and office of different times: it works, or the phone says that the app is to be updated, and nothing is half done (F37).

use crate::Scene;
use mingzheng_core::pack::signed::PackError;
use mingzheng_core::phone::PhoneError;
use mingzheng_core::wire::VERSION_HEADER;

#[test]
fn f37_an_office_of_another_version_is_not_believed_and_changes_nothing() {
    let (mut s, case) = Scene::begun();
    s.find(&case);
    // Older: from before the header; newer: knows this version too.
    for versions in [None, Some("1"), Some("3, 2, 1")] {
        s.office.versions = versions;
        s.note(&case, "一条");
        s.find(&case);
        s.sync();
        assert!(s.phone().checkpoints().unwrap().iter().all(|c| c.receipted), "{versions:?}");
    }
    s.note(&case, "不发给另一版本");
    s.find(&case);
    let waiting = s.phone().checkpoints().unwrap();
    for versions in ["2", "3, 2", "x"] {
        s.office.versions = Some(versions);
        let request = s.phone().next_request().unwrap().unwrap();
        assert!(request.headers.iter().any(|(k, v)| k == VERSION_HEADER && v == "1"), "it says what it speaks");
        assert!(matches!(s.exchange(&request), Err(PhoneError::Update)), "{versions}");
        assert_eq!(s.phone().checkpoints().unwrap().len(), waiting.len());
        assert!(
            s.phone().checkpoints().unwrap().iter().any(|c| !c.receipted),
            "nothing is marked as sent, though the office took it"
        );
        s.device.time.pass(3_600_000);
    }
    // The phone is updated, or the office set right: the same goes on, and nothing is there twice.
    s.office.versions = Some("2, 1");
    s.sync();
    assert!(s.phone().checkpoints().unwrap().iter().all(|c| c.receipted));
    assert_eq!(s.notes(&case).len(), 4);
    assert_eq!(s.phone().status().unwrap().entries, s.newest_log().len() as u64);
}

#[test]
fn f37_law_of_a_later_schema_asks_for_the_update() {
    assert!(matches!(PhoneError::from(PackError::WrongSchema(2)), PhoneError::Update));
    assert!(matches!(PhoneError::from(PackError::TooLarge), PhoneError::Refused(_)));
}
