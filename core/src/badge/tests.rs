#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // tests fail by panicking
#![allow(clippy::inconsistent_digit_grouping)] // days read as yyyy_mm_dd

use super::*;
use crate::id::{Id, digest16};
use crate::sign::{Signer, SoftwareKey};
use crate::trust::{TrustList, Use, fixture};
use proptest::prelude::*;

const HOST: &str = "zf.example.gov.cn";

fn badge() -> Badge {
    Badge {
        officer: Officer {
            name: "王建国".into(),
            unit: "青川县卫生健康局".into(),
            position: "二级主办".into(),
            number: "51082200123".into(),
            category: "卫生健康".into(),
            area: "青川县".into(),
            until: 2028_06_30,
        },
        photo: Some([7; 16]),
        status: 1234,
        issued: 1_795_000_000,
        expires: 1_795_000_000 + 7 * 86_400,
        show_key: SoftwareKey::from_seed([5; 32]).public_key(),
    }
}

fn trust(areas: &[&str], categories: &[&str]) -> TrustList {
    let texts = |t: &[&str]| t.iter().map(|s| (*s).to_owned()).collect();
    let mut list = fixture::list(&[(SoftwareKey::from_seed([2; 32]).public_key(), Use::Badge)], fixture::FOREVER);
    (list.keys[0].areas, list.keys[0].categories) = (texts(areas), texts(categories));
    list
}

fn frame(badge: &Badge) -> Frame {
    let signed = badge.issue(&SoftwareKey::from_seed([2; 32])).unwrap();
    let device = SoftwareKey::from_seed([5; 32]);
    let show = Show { badge: digest16(&signed), at: badge.issued + 5, challenge: Some([1; 8]), assignment: Some([2; 16]) };
    let p = show.prepare(&device.public_key()).unwrap();
    let s = device.sign(&p.message().unwrap()).unwrap();
    Frame::Badge { badge: signed, show: p.finish(&s).unwrap() }
}

#[test]
fn r03_a_badge_opens_to_what_was_issued_and_only_within_the_signers_scope() {
    let b = badge();
    let signed = b.issue(&SoftwareKey::from_seed([2; 32])).unwrap();
    assert_eq!(Badge::open(&signed, &trust(&[], &[])), Ok(b.clone()));
    assert_eq!(Badge::open(&signed, &trust(&["青川县"], &["卫生健康"])), Ok(b));
    assert_eq!(Badge::open(&signed, &trust(&["剑阁县"], &[])), Err(BadgeError::Scope("area")));
    assert_eq!(Badge::open(&signed, &trust(&[], &["市场监管"])), Err(BadgeError::Scope("category")));
}

#[test]
fn r03_a_field_that_is_not_seen_as_it_is_cannot_be_issued() {
    for name in ["", " 王", "王\u{202e}国", "王\u{200b}国", "王\n国", "王\u{3000}"] {
        let b = Badge { officer: Officer { name: name.into(), ..badge().officer }, ..badge() };
        assert_eq!(b.issue(&SoftwareKey::from_seed([2; 32])), Err(BadgeError::Field("name")), "{name:?}");
    }
    let b = Badge { officer: Officer { until: 2028_13_01, ..badge().officer }, ..badge() };
    assert_eq!(b.issue(&SoftwareKey::from_seed([2; 32])), Err(BadgeError::Field("until")));
}

#[test]
fn p7_what_would_overflow_version_18_is_refused_at_issue_time() {
    let usual = fits(HOST, &badge()).unwrap();
    assert!(usual <= 18, "{usual}");
    let name = "某某省某某市某某自治县卫生健康和疾病预防控制综合行政执法大队第一中队";
    let officer = Officer { unit: name.into(), category: name.into(), area: name.into(), ..badge().officer };
    let long = Badge { officer, ..badge() };
    let Err(BadgeError::TooLarge { version }) = fits(HOST, &long) else { panic!("must not fit") };
    assert!(version > 18);
    assert_eq!(Matrix::of(&frame(&long), HOST), Err(BadgeError::TooLarge { version }), "the real frame overflows too");
    assert_eq!(fits("Host/x", &badge()), Err(BadgeError::Host));
}

#[test]
fn p7_the_matrix_is_read_back_by_an_independent_reader() {
    let f = frame(&badge());
    let m = Matrix::of(&f, HOST).unwrap();
    assert_eq!(m.size, 17 + 4 * usize::from(m.version));
    assert!(m.version <= fits(HOST, &badge()).unwrap());
    let (side, grey) = m.to_grey(3);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| grey[y * side + x]);
    let (_, text) = image.detect_grids()[0].decode().unwrap();
    assert_eq!(text, f.to_text(HOST).unwrap());
    assert_eq!(Frame::from_text(&text), Ok(f));
}

#[test]
fn the_mask_is_the_one_that_the_standard_prefers() {
    use qrcode::{EcLevel, QrCode, Version, bits::Bits};
    for i in 0..12 {
        let f = frame(&Badge { status: i, ..badge() });
        let m = Matrix::of(&f, HOST).unwrap();
        let mut bits = Bits::new(Version::Normal(m.version.into()));
        bits.push_byte_data(frame::address(HOST).unwrap().as_bytes()).unwrap();
        bits.push_numeric_data(frame::to_digits(&f.to_bytes().unwrap()).as_bytes()).unwrap();
        bits.push_terminator(EcLevel::M).unwrap();
        assert_eq!(
            m.dark,
            QrCode::with_bits(bits, EcLevel::M)
                .unwrap()
                .to_colors()
                .iter()
                .map(|c| *c == qrcode::Color::Dark)
                .collect::<Vec<_>>(),
            "{i}"
        );
    }
}

#[test]
fn digits_of_a_wrong_length_or_value_are_refused() {
    for digits in ["1", "12", "1234", "256", "99999", "99999999999999999", "72057594037927936", "12345678901234567x"] {
        assert_eq!(frame::from_digits(digits), None, "{digits}");
    }
    assert_eq!(frame::from_digits("25565535"), None, "groups are 17 digits, then one rest of 8");
    assert_eq!(frame::from_digits("255"), Some(vec![255]));
    assert_eq!(frame::from_digits("72057594037927935255"), Some(vec![255; 8]));
}

#[test]
fn an_address_may_be_followed_by_what_scanners_append() {
    let f = frame(&badge());
    let text = f.to_text(HOST).unwrap();
    assert_eq!(Frame::from_text(&format!("{text}&from=singlemessage")), Ok(f.clone()));
    assert_eq!(Frame::from_text(&text.replace(HOST, "other.example")), Ok(f));
    assert_eq!(Frame::from_text(&text[..text.len() - 40]), Err(frame::FrameError::Unreadable));
    assert_eq!(Frame::from_text("https://zf.example.gov.cn/b"), Err(frame::FrameError::Unreadable));
}

#[test]
fn enterprise_codes_are_compared_without_case_and_spaces() {
    assert_eq!(enterprise_digest("91510822ma6abcde0x"), enterprise_digest(" 91510822MA6ABCDE0X "));
    assert_ne!(enterprise_digest("91510822MA6ABCDE0X"), enterprise_digest("91510822MA6ABCDE1X"));
}

#[test]
fn the_day_is_chinas() {
    assert_eq!(day_of(1_795_000_000_000), 2026_11_18);
    assert_eq!(day_of(1_794_931_199_999), 2026_11_17, "one millisecond before midnight in Beijing");
    assert_eq!(day_of(1_794_931_200_000), 2026_11_18);
}

#[test]
fn an_assignment_is_signed_by_a_key_of_that_use_only() {
    let office = SoftwareKey::from_seed([2; 32]);
    let a = Assignment {
        task: Id([3; 16]),
        enterprise: enterprise_digest("91510822MA6ABCDE0X"),
        day: 2026_11_18,
        officers: vec!["51082200123".into(), "51082200124".into()],
        number: 1,
        cap: 2,
        kind: AssignmentKind::Routine,
        organ: "青川县卫生健康局".into(),
        issued: 1_795_000_000,
    };
    let signed = a.issue(&office).unwrap();
    assert_eq!(Assignment::open(&signed, &trust(&[], &[])), Err(BadgeError::Trust(TrustError::WrongUse)));
    let mut list = trust(&[], &[]);
    list.keys[0].usage = Use::Assignment;
    assert_eq!(Assignment::open(&signed, &list), Ok(a.clone()));
    assert_eq!(Assignment { officers: vec![], ..a }.issue(&office), Err(BadgeError::Field("officers")));
}

proptest! {
    #[test]
    fn digits_read_back(bytes: Vec<u8>) {
        prop_assert_eq!(frame::from_digits(&frame::to_digits(&bytes)), Some(bytes));
    }

    #[test]
    fn any_digits_read_back_the_same_or_are_refused(digits in "[0-9]{0,80}") {
        if let Some(bytes) = frame::from_digits(&digits) {
            prop_assert_eq!(frame::to_digits(&bytes), digits);
        }
    }

    #[test]
    fn one_changed_bit_never_opens(at in 0usize..400, bit in 0u8..8) {
        let Frame::Badge { badge: mut signed, .. } = frame(&badge()) else { unreachable!() };
        let at = at % signed.len();
        signed[at] ^= 1 << bit;
        prop_assert!(Badge::open(&signed, &trust(&[], &[])).is_err());
    }
}
