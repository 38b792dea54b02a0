//! Real frames as codes on a screen, photographed badly and read back by rqrr; zxing-cpp reads the same pictures in `tests/foreign/test_qr.py`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // tests fail by panicking
#![allow(clippy::inconsistent_digit_grouping)] // days read as yyyy_mm_dd
#![allow(dead_code)] // shared with the example

#[path = "../examples/badge_measure/picture.rs"]
mod picture;
#[path = "../examples/badge_measure/readers.rs"]
mod readers;
#[path = "../examples/badge_measure/samples.rs"]
mod samples;

use mingzheng_core::badge::{BadgeError, Frame, Matrix, fits};
use samples::{HOST, Length};

/// P7, R01: usual and longest values of all three frames after blur, glare, low light, tilt, turning, at 300 pixels, as JPEG, through a grid.
#[test]
fn p7_r01_hard_pictures_of_all_frames_are_read() {
    let codes = readers::codes();
    let failed = |codes: &[readers::Code]| -> Vec<String> {
        let each = |shot: &picture::Shot, code: &readers::Code| {
            (!readers::pictures(shot, code).1).then(|| format!("frame {}: {}", code.name, shot.name))
        };
        picture::MUST.iter().flat_map(|shot| codes.iter().filter_map(move |code| each(shot, code))).collect()
    };
    let (some, others) = codes.split_at(codes.len() / 2);
    let failed = std::thread::scope(|scope| {
        let other = scope.spawn(|| failed(others));
        [failed(some), other.join().unwrap()].concat()
    });
    assert!(failed.is_empty(), "rqrr reads none of {} pictures of\n{}", readers::PICTURES, failed.join("\n"));
}

/// P7: usual and longest values keep to version 18; what is longer is refused by its name, at issue and when it is drawn.
#[test]
fn p7_what_overflows_version_18_is_refused_by_name() {
    for length in Length::ALL {
        assert!(fits(HOST, &samples::badge(length)).unwrap() <= 18);
        let drawn = Matrix::of(&samples::frame(2, length), HOST).unwrap().version;
        let kept_free = samples::assignment(length).fits(HOST).unwrap();
        assert!(drawn <= kept_free && (length == Length::Shortest || drawn == kept_free), "{drawn} {kept_free}");
        for kind in 1..=3 {
            assert!(Matrix::of(&samples::frame(kind, length), HOST).unwrap().version <= 18);
        }
    }
    let too_large = Err(BadgeError::TooLarge { version: 19 });
    assert_eq!(fits(HOST, &samples::badge_of(samples::TOO_LONG, true)), too_large);
    let mut many = samples::assignment(Length::Longest);
    many.officers = (0..9).map(|i| format!("653000001234567{i}")).collect();
    assert_eq!(many.fits(HOST), too_large, "an assignment of nine officers");
    // A checkpoint has room for ten open cases, and is read back.
    let version = |cases| Matrix::of(&samples::frame_3(cases), HOST).map(|m| m.version);
    assert_eq!((version(3), version(10)), (Ok(19), Ok(25)));
    assert_eq!(version(11), Err(BadgeError::TooLarge { version: 26 }));
    let frame = samples::frame_3(10);
    let matrix = Matrix::of(&frame, HOST).unwrap();
    let (side, grey) = matrix.to_grey(3);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| grey[y * side + x]);
    let (_, text) = image.detect_grids()[0].decode().unwrap();
    assert_eq!(Frame::from_text(&text), Ok(frame));
}
