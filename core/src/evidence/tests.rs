#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test may fail by panic

use super::exif::{Difference, Exif, Fix, FixStanding, Observed, Place, Said, standing};
use super::*;
use crate::clock::Reading;
use crate::id::sha256;
use crate::seal::{Identity, Recipients, SealError};
use ::exif::experimental::Writer;
use ::exif::{Field, In, Rational, Tag, Value};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

mod derive;
mod recording;

/// A phone's two folders and the keys to which it seals.
struct Phone {
    dir: tempfile::TempDir,
    identity: Identity,
    to: Recipients,
}
impl Phone {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("inbox")).unwrap();
        let id = |n| Identity::from_bytes(&[n; 32]).unwrap();
        let to = Recipients::evidence(id(1).recipient(), id(2).recipient(), id(3).recipient());
        Self { dir, identity: id(1), to }
    }
    fn inbox(&self) -> PathBuf {
        self.dir.path().join("inbox")
    }
    fn folder(&self) -> PathBuf {
        self.dir.path().join("evidence")
    }
    fn camera(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.inbox().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
    fn capture(&self, source: &Path, name: &str) -> Captured {
        capture(source, name, &self.folder(), &self.to).unwrap()
    }
    fn check(&self, c: &Captured) -> Result<Checked, EvidenceError> {
        check(&self.folder().join(&c.file), &self.identity, &c.summary, &c.claimed_name)
    }
    /// One whole act.
    fn take(&self, name: &str, bytes: &[u8]) -> (Captured, Checked) {
        let source = self.camera("IMG_0001.jpg", bytes);
        let c = self.capture(&source, name);
        remove_clear(&source).unwrap();
        let checked = self.check(&c).unwrap();
        (c, checked)
    }
    fn everything(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut out = Vec::new();
        for folder in [self.inbox(), self.folder()] {
            for e in fs::read_dir(folder).into_iter().flatten() {
                let path = e.unwrap().path();
                out.push((path.clone(), fs::read(path).unwrap()));
            }
        }
        out
    }
    fn orphans(&self, committed: &[(&str, &Captured)]) -> Vec<Orphan> {
        let known = Known {
            sealed: committed.iter().map(|(_, c)| c.file.clone()).collect(),
            sources: committed.iter().map(|(n, c)| ((*n).to_owned(), c.summary.clear)).collect(),
        };
        orphans(&self.folder(), &self.inbox(), &known).unwrap()
    }
}

fn picture(width: u32, height: u32) -> DynamicImage {
    let mut noise = 1_u32;
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, _| {
        // Left half dark with noise, right half light with noise: orientation can be seen.
        let base = if x < width / 2 { 20 } else { 200 };
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [a, b, c, _] = noise.to_be_bytes();
        Rgb([base + a % 40, base + b % 40, base + c % 40])
    }))
}

fn encoded(p: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    p.write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn jpeg() -> Vec<u8> {
    static ONCE: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| encoded(&picture(1200, 800), ImageFormat::Jpeg));
    ONCE.clone()
}

/// A JPEG with an APP1 segment after SOI.
fn with_exif(jpeg: &[u8], fields: &[Field]) -> Vec<u8> {
    let mut writer = Writer::new();
    fields.iter().for_each(|f| writer.push_field(f));
    let mut tiff = Cursor::new(Vec::new());
    writer.write(&mut tiff, false).unwrap();
    with_app1(jpeg, &[b"Exif\0\0", tiff.get_ref().as_slice()].concat())
}
fn with_app1(jpeg: &[u8], segment: &[u8]) -> Vec<u8> {
    let len = u16::try_from(segment.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &len, segment, &jpeg[2..]].concat()
}
fn field(tag: Tag, value: Value) -> Field {
    Field { tag, ifd_num: In::PRIMARY, value }
}
fn ascii(tag: Tag, text: &str) -> Field {
    field(tag, Value::Ascii(vec![text.as_bytes().to_vec()]))
}
fn dms(tag: Tag, parts: &[(u32, u32)]) -> Field {
    field(tag, Value::Rational(parts.iter().map(|(num, denom)| Rational { num: *num, denom: *denom }).collect()))
}
fn gps(lat: &str, lon: &str) -> Vec<Field> {
    vec![
        ascii(Tag::GPSLatitudeRef, lat),
        dms(Tag::GPSLatitude, &[(31, 1), (14, 1), (1_234, 100)]),
        ascii(Tag::GPSLongitudeRef, lon),
        dms(Tag::GPSLongitude, &[(121, 1), (29, 1), (4_567, 100)]),
    ]
}
const LAT: i32 = 312_367_611; // 31° 14′ 12.34″
const LON: i32 = 1_214_960_194; // 121° 29′ 45.67″

#[test]
fn a_photo_is_sealed_checked_and_shown() {
    let phone = Phone::new();
    let bytes = jpeg();
    let (c, checked) = phone.take("大堂.JPG", &bytes);
    assert_eq!((c.summary.clear, c.summary.clear_len), (sha256(&bytes), bytes.len() as u64));
    assert_eq!((c.media, c.extension_fits, c.claimed_name.as_str()), (MediaType::Jpeg, true, "大堂.JPG"));
    assert_eq!(c.id(3), format!("{}-3", crate::id::hex(&sha256(&bytes))));
    let file = fs::read(phone.folder().join(&c.file)).unwrap();
    assert_eq!((c.summary.sealed, c.file), (sha256(&file), format!("{}.age", crate::id::hex(&sha256(&file)))));
    let Checked::Good(p) = checked else { panic!("{checked:?}") };
    assert_eq!((p.width, p.height), (1200, 800));
    let thumb = image::load_from_memory(&p.thumbnail).unwrap();
    assert_eq!((thumb.width(), thumb.height()), (480, 320));
    // A photograph so large that it is thinned first, and a strip of one pixel's height.
    for (size, expected) in [((2900, 1931), (480, 320)), ((3000, 1), (480, 1)), ((1, 2000), (1, 480))] {
        let large = examine(&encoded(&picture(size.0, size.1), ImageFormat::Jpeg), "a.jpg");
        let thumb = image::load_from_memory(&large.picture().unwrap().thumbnail).unwrap().into_luma8();
        assert_eq!((thumb.width(), thumb.height()), expected);
        assert!(expected.0 == 1 || (thumb.get_pixel(100, 0).0[0] < 100 && thumb.get_pixel(400, 0).0[0] > 150));
    }
    let (_, small) = phone.take("a.png", &encoded(&picture(40, 30), ImageFormat::Png));
    let p = small.picture().unwrap();
    assert_eq!((p.width, p.height), (40, 30));
    assert_eq!(image::load_from_memory(&p.thumbnail).unwrap().width(), 40, "small pictures are not blown up");
}

/// After the act no part of the photo is on disk in clear, thumbnails included.
#[test]
fn f45_nothing_clear_is_left() {
    let phone = Phone::new();
    let bytes = with_exif(&jpeg(), &gps("N", "E"));
    let source = phone.camera("IMG_1.jpg", &bytes);
    let found = |needle: &[u8]| phone.everything().iter().any(|(_, f)| f.windows(needle.len()).any(|w| w == needle));
    let middle = &bytes[bytes.len() / 2..bytes.len() / 2 + 24];
    assert!(found(middle), "the search works");
    let c = phone.capture(&source, "IMG_1.jpg");
    remove_clear(&source).unwrap();
    let checked = phone.check(&c).unwrap();
    let thumbnail = &checked.picture().unwrap().thumbnail;
    for start in (0..bytes.len() - 24).step_by(bytes.len() / 40) {
        assert!(!found(&bytes[start..start + 24]), "clear bytes from {start}");
    }
    assert!(!found(&thumbnail[thumbnail.len() / 2..][..24]));
    assert!(!found(&c.summary.clear) && !found(crate::id::hex(&c.summary.clear).as_bytes()));
    assert_eq!(phone.everything().len(), 1);
    remove_clear(&source).unwrap(); // again is no harm
}

#[test]
fn f10_bad_photos_stay_and_are_marked() {
    let phone = Phone::new();
    let good = jpeg();
    let progressive_header_only = &good[..700];
    let png = encoded(&picture(200, 100), ImageFormat::Png);
    let mut noise = good.clone();
    for b in &mut noise[4..] {
        *b = 0x55;
    }
    let mut broken_png = png.clone();
    let at = png.len() / 2;
    broken_png[at] ^= 0xff;
    let cases: [(&str, &[u8], &str); 13] = [
        ("a.jpg", &good, "ok"),
        ("a.JPEG", &good, "ok"),
        ("without", &good, "ok"),
        ("a.png", &good, "wrong_extension"),
        ("a.jpg", &png, "wrong_extension"),
        ("a.jpg", &[], "empty"),
        ("a.jpg", &good[..good.len() / 2], "truncated"),
        ("a.jpg", &good[..good.len() - 2], "truncated"),
        ("a.jpg", progressive_header_only, "truncated"),
        ("a.png", &png[..png.len() - 9], "truncated"),
        ("a.jpg", b"<html>login</html>", "not_an_image"),
        ("a.png", &broken_png, "damaged"),
        ("a.jpg", &noise, "truncated"),
    ];
    for (name, bytes, expected) in cases {
        let (c, checked) = phone.take(name, bytes);
        assert_eq!((checked.name(), bytes.len()), (expected, bytes.len()), "{name}");
        assert_eq!(c.summary.clear, sha256(bytes));
        let mut back = Vec::new();
        crate::seal::open(&mut fs::File::open(phone.folder().join(&c.file)).unwrap(), &mut back, &phone.identity).unwrap();
        assert_eq!(back, bytes, "kept byte for byte");
    }
    // Cameras append data behind the end marker.
    let (_, trailer) = phone.take("a.jpg", &[good.as_slice(), &[0; 100]].concat());
    assert_eq!(trailer.name(), "ok");
    let wrong = examine(&png, "a.jpg");
    assert!(matches!(wrong, Checked::WrongExtension { found: MediaType::Png, .. }), "{wrong:?}");
}

/// A picture of 60,000 × 60,000 in a few bytes is refused from its header.
#[test]
fn bombs_are_refused_without_allocating() {
    let mut png = encoded(&picture(8, 8), ImageFormat::Png);
    png[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    png[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let phone = Phone::new();
    assert_eq!(phone.take("a.png", &png).1, Checked::TooLarge { width: 60_000, height: 60_000 });
    png[16..20].copy_from_slice(&u32::MAX.to_be_bytes());
    png[20..24].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(examine(&png, "a.png"), Checked::TooLarge { width: u32::MAX, height: u32::MAX });
    let mut jpeg = jpeg();
    let sof = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    jpeg[sof + 5..sof + 9].copy_from_slice(&[0xea, 0x60, 0xea, 0x60]);
    assert_eq!(examine(&jpeg, "a.jpg"), Checked::TooLarge { width: 60_000, height: 60_000 });
    // 25 MP: whole as baseline, too large as progressive with three full components.
    jpeg[sof + 5..sof + 9].copy_from_slice(&[0x17, 0x70, 0x17, 0x70]);
    assert!(!matches!(examine(&jpeg, "a.jpg"), Checked::TooLarge { .. }));
    jpeg[sof + 1] = 0xc2;
    assert_eq!(examine(&jpeg, "a.jpg"), Checked::TooLarge { width: 6_000, height: 6_000 });
}

/// No prefix and no flipped byte of a picture brings the check down.
#[test]
fn any_bytes_have_a_verdict() {
    for whole in [encoded(&picture(64, 48), ImageFormat::Jpeg), encoded(&picture(64, 48), ImageFormat::Png)] {
        for cut in 0..whole.len().min(900) {
            assert!(!matches!(examine(&whole[..cut], ""), Checked::Good(_)), "cut at {cut}");
        }
        for at in 0..whole.len().min(900) {
            let mut bad = whole.clone();
            bad[at] = bad[at].wrapping_add(0x80);
            let _ = examine(&bad, "");
            super::exif::read(&bad, MediaType::sniff(&bad));
        }
    }
}

#[test]
fn thumbnails_stand_upright() {
    let upright = jpeg();
    let dark = |checked: &Checked, x: u32, y: u32| {
        let t = image::load_from_memory(&checked.picture().unwrap().thumbnail).unwrap().into_luma8();
        t.get_pixel(x.min(t.width() - 1), y.min(t.height() - 1)).0[0] < 100
    };
    let with = |o: u16| examine(&with_exif(&upright, &[field(Tag::Orientation, Value::Short(vec![o]))]), "a.jpg");
    let size = |c: &Checked| c.picture().map(|p| (p.width, p.height)).unwrap();
    // The dark half is left; 3 turns it right, 6 turns it up, 8 turns it down.
    let (one, three, six, eight) = (with(1), with(3), with(6), with(8));
    assert_eq!((size(&one), size(&three), size(&six), size(&eight)), ((1200, 800), (1200, 800), (800, 1200), (800, 1200)));
    assert!(dark(&one, 10, 160) && !dark(&one, 470, 160));
    assert!(!dark(&three, 10, 160) && dark(&three, 470, 160));
    assert!(dark(&six, 160, 10) && !dark(&six, 160, 470));
    assert!(!dark(&eight, 160, 10) && dark(&eight, 160, 470));
    assert_eq!(size(&with(99)), (1200, 800), "a senseless orientation is none");
}

#[test]
fn f12_names_are_data_and_never_a_path() {
    let phone = Phone::new();
    let long = "长".repeat(300);
    for name in ["../x.jpg", "/etc/passwd.jpg", "a\0b.jpg", "\u{202e}gpj.exe.jpg", "..", "", "CON", "a/:*?.jpg", &long, "📷.jpg"]
    {
        let (c, _) = phone.take(name, &jpeg());
        assert_eq!(c.claimed_name, name);
        assert!(c.file.len() == 68 && c.file.ends_with(".age"));
    }
    let outside: BTreeSet<_> = fs::read_dir(phone.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(outside, ["evidence".into(), "inbox".into()].into());
    let source = phone.camera("x.jpg", &jpeg());
    let refused = capture(&source, &"x".repeat(MAX_NAME + 1), &phone.folder(), &phone.to);
    assert!(matches!(refused, Err(EvidenceError::NameTooLong)));
    assert!(source.exists());
}

#[test]
fn f11_two_identical_photos_are_two_pieces() {
    let phone = Phone::new();
    let (a, b) = (phone.take("a.jpg", &jpeg()).0, phone.take("a.jpg", &jpeg()).0);
    assert_eq!(a.summary.clear, b.summary.clear);
    assert_ne!(a.file, b.file);
    assert_ne!(a.id(0), b.id(1));
    assert!(phone.check(&a).is_ok() && phone.check(&b).is_ok());
    // An uncommitted twin of a committed photo is not taken for its leftover.
    let twin = phone.camera("IMG_0002.jpg", &jpeg());
    assert_eq!(phone.orphans(&[("IMG_0001.jpg", &a), ("IMG_0001.jpg", &b)]), [Orphan::Camera(twin)]);
}

/// The process may be killed after each step; the next start explains or shows every file.
#[test]
fn f02_killed_between_any_two_steps() {
    let phone = Phone::new();
    let bytes = jpeg();

    // The camera wrote, nobody captured.
    let source = phone.camera("IMG_7.jpg", &bytes);
    assert_eq!(phone.orphans(&[]), [Orphan::Camera(source.clone())]);

    // Killed while sealing.
    fs::create_dir_all(phone.folder()).unwrap();
    let temp = phone.folder().join("0.part");
    fs::write(&temp, &bytes[..100]).unwrap();
    assert_eq!(phone.orphans(&[]), [Orphan::Temp(temp.clone()), Orphan::Camera(source.clone())]);

    // Sealed beside the old temp file, killed before the commit.
    let first = phone.capture(&source, "IMG_7.jpg");
    assert!(source.exists(), "the source stays until it is committed");
    let sealed = phone.folder().join(&first.file);
    let found = phone.orphans(&[]);
    assert_eq!(BTreeSet::from_iter(found.iter().map(|o| format!("{o:?}"))).len(), 3);
    assert!(found.contains(&Orphan::Sealed(sealed.clone())) && found.contains(&Orphan::Camera(source.clone())));
    for o in &found {
        discard(o).unwrap();
    }
    assert!(!temp.exists() && sealed.exists() && source.exists(), "only the half-written file goes unasked");
    assert_eq!(recover(&sealed, &phone.identity, std::slice::from_ref(&source)).unwrap(), None);
    assert!(!sealed.exists() && source.exists());

    // The same, but the system has emptied the inbox: the sealed file is the only copy and comes back whole.
    let second = phone.capture(&source, "IMG_7.jpg");
    fs::remove_file(&source).unwrap();
    let sealed = phone.folder().join(&second.file);
    assert_eq!(phone.orphans(&[]), [Orphan::Sealed(sealed.clone())]);
    let back = recover(&sealed, &phone.identity, &[]).unwrap().unwrap();
    assert_eq!(back, Captured { claimed_name: String::new(), ..second.clone() });
    assert_eq!(phone.check(&back).unwrap().name(), "ok");
    let stranger = Identity::from_bytes(&[9; 32]).unwrap();
    assert!(matches!(recover(&sealed, &stranger, &[]), Err(EvidenceError::Seal(SealError::NotForUs))));
    assert!(sealed.exists());

    // Committed, killed before the clear original was removed.
    let source = phone.camera("IMG_7.jpg", &bytes);
    let found = phone.orphans(&[("IMG_7.jpg", &second)]);
    assert_eq!(found, [Orphan::Leftover(source.clone())]);
    discard(&found[0]).unwrap();
    assert!(!source.exists());

    // Removed, killed before the check: nothing is left over, and the check can be made at any time.
    assert_eq!(phone.orphans(&[("IMG_7.jpg", &second)]), []);
    assert_eq!(phone.check(&second).unwrap().name(), "ok");

    // The camera used the name of a committed photo again.
    let other = phone.camera("IMG_7.jpg", &encoded(&picture(20, 20), ImageFormat::Jpeg));
    fs::write(phone.folder().join("notes.txt"), "?").unwrap();
    let found = phone.orphans(&[("IMG_7.jpg", &second)]);
    assert_eq!(found, [Orphan::Stranger(phone.folder().join("notes.txt")), Orphan::Camera(other)]);
}

#[test]
fn failures_leave_the_source_and_no_litter() {
    let phone = Phone::new();
    let missing = phone.inbox().join("gone.jpg");
    assert!(matches!(capture(&missing, "", &phone.folder(), &phone.to), Err(EvidenceError::Source(_))));
    assert!(matches!(capture(&phone.inbox(), "", &phone.folder(), &phone.to), Err(EvidenceError::NotAFile)));
    let source = phone.camera("a.jpg", &jpeg());
    #[cfg(unix)]
    {
        let link = phone.inbox().join("link.jpg");
        std::os::unix::fs::symlink(&source, &link).unwrap();
        assert!(matches!(capture(&link, "", &phone.folder(), &phone.to), Err(EvidenceError::NotAFile)));
        assert_eq!(phone.orphans(&[]), [Orphan::Camera(source.clone())], "links are not followed");
    }
    // The folder cannot be made: a file is in its place (F09).
    let blocked = phone.dir.path().join("blocked");
    fs::write(&blocked, "").unwrap();
    assert!(matches!(capture(&source, "", &blocked, &phone.to), Err(EvidenceError::Folder(_))));
    assert!(source.exists());
    assert!(phone.everything().iter().all(|(p, _)| p.starts_with(phone.inbox())));
}

#[test]
fn bytes_from_memory_are_sealed_in_the_same_way() {
    let phone = Phone::new();
    let summary = store(b"strokes", &phone.folder(), &phone.to).unwrap();
    let mut back = Vec::new();
    let path = phone.folder().join(file_name(&summary.sealed));
    assert_eq!(crate::seal::open(&mut fs::File::open(&path).unwrap(), &mut back, &phone.identity).unwrap(), summary);
    assert_eq!(back, b"strokes");
    assert_eq!(phone.orphans(&[]), [Orphan::Sealed(path)], "nothing else is in the folder");
}

#[test]
fn a_changed_sealed_file_is_an_alarm() {
    let phone = Phone::new();
    let (c, _) = phone.take("a.jpg", &jpeg());
    let (other, _) = phone.take("a.jpg", &encoded(&picture(100, 100), ImageFormat::Jpeg));
    let path = phone.folder().join(&c.file);
    let whole = fs::read(&path).unwrap();
    let mut bad = whole.clone();
    bad[whole.len() / 2] ^= 4;
    fs::write(&path, &bad).unwrap();
    assert!(matches!(phone.check(&c), Err(EvidenceError::Seal(SealError::Damaged))));
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    assert!(matches!(phone.check(&c), Err(EvidenceError::Differs)));
    fs::write(&path, &whole).unwrap();
    let mut logged = c.summary;
    logged.clear = other.summary.clear;
    assert!(matches!(check(&path, &phone.identity, &logged, ""), Err(EvidenceError::Differs)));
    fs::remove_file(&path).unwrap();
    assert!(matches!(phone.check(&c), Err(EvidenceError::Folder(_))));
}

#[test]
fn f16_coordinates_keep_their_hemisphere() {
    for (lat, lon, place) in [("N", "E", (LAT, LON)), ("N", "W", (LAT, -LON)), ("S", "E", (-LAT, LON)), ("S", "W", (-LAT, -LON))]
    {
        let phone = Phone::new();
        let (c, _) = phone.take("a.jpg", &with_exif(&jpeg(), &gps(lat, lon)));
        let expected = Place { lat_e7: place.0, lon_e7: place.1 };
        assert_eq!(c.exif.facts().unwrap().place, Said::Value(expected), "{lat} {lon}");
        assert_eq!(c.exif.to_json()["place"], serde_json::json!({"lat_e7": expected.lat_e7, "lon_e7": expected.lon_e7}));
    }
}

#[test]
fn senseless_exif_is_a_state() {
    let read = |fields: &[Field]| match super::exif::read(&with_exif(&jpeg(), fields), MediaType::Jpeg) {
        Exif::Read(f) => *f,
        other => panic!("{other:?}"),
    };
    let place = |fields: &[Field]| read(fields).place;
    assert_eq!(place(&[ascii(Tag::Make, "x")]), Said::Absent);
    assert_eq!(place(&gps("", "E")), Said::Unreadable);
    assert_eq!(place(&gps("N", "N")), Said::Unreadable);
    assert_eq!(place(&gps("N", "E")[1..]), Said::Unreadable);
    assert_eq!(place(&gps("N", "E")[..2]), Said::Unreadable);
    for (bad, why) in [
        (vec![(31, 0), (0, 1), (0, 1)], "zero denominator"),
        (vec![(91, 1), (0, 1), (0, 1)], "beyond the pole"),
        (vec![(31, 1)], "one part"),
        (vec![(u32::MAX, 1), (u32::MAX, 1), (u32::MAX, 1)], "beyond everything"),
    ] {
        let mut fields = gps("N", "E");
        fields[1] = dms(Tag::GPSLatitude, &bad);
        assert_eq!(place(&fields), Said::Unreadable, "{why}");
    }
    let taken = |t: &str| read(&[ascii(Tag::DateTimeOriginal, t)]).taken;
    assert!(matches!(taken("2026:11:22 08:15:30"), Said::Value(_)));
    assert_eq!(taken("    :  :     :  :  "), Said::Absent);
    for bad in ["2026:13:22 08:15:30", "2026-11-22T08:15:30", "0000:00:00 00:00:00", "yesterday"] {
        assert_eq!(taken(bad), Said::Unreadable, "{bad}");
    }
    let names = read(&[
        ascii(Tag::Make, "  SONY\u{7}   "),
        ascii(Tag::Model, &"m".repeat(300)),
        field(Tag::Orientation, Value::Short(vec![9])),
    ]);
    assert_eq!((names.make.as_deref(), names.model.unwrap().len(), names.orientation), (Some("SONY"), 64, None));

    assert_eq!(super::exif::read(&jpeg(), MediaType::Jpeg), Exif::Absent);
    assert_eq!(super::exif::read(&with_app1(&jpeg(), b"Exif\0\0MM\0*nonsense"), MediaType::Jpeg), Exif::Unreadable);
    let phone = Phone::new();
    let (c, checked) = phone.take("a.jpg", &with_app1(&jpeg(), b"Exif\0\0garbage"));
    assert_eq!((c.exif, checked.name()), (Exif::Unreadable, "ok"), "the capture goes on");
}

#[test]
fn f15_camera_and_device_are_compared() {
    let exif = |extra: &[Field]| {
        let mut fields = gps("S", "W");
        fields.extend([
            ascii(Tag::DateTimeOriginal, "2026:11:22 08:15:30"),
            ascii(Tag::SubSecTimeOriginal, "25"),
            ascii(Tag::Model, "Mate 60"),
        ]);
        fields.extend_from_slice(extra);
        super::exif::read(&with_exif(&jpeg(), &fields), MediaType::Jpeg)
    };
    let zoned = exif(&[ascii(Tag::OffsetTimeOriginal, "+05:45")]);
    let wall_ms = 1_795_314_630_250; // 2026-11-22 02:30:30.250 UTC
    let clock = |wall_ms| Reading { wall_ms, zone_min: 480, mono_ms: 0, boot: vec![] };
    let here = Fix { place: Place { lat_e7: -LAT, lon_e7: -LON }, accuracy_m: 10, age_ms: 500, mock: false };
    let differences =
        |e: &Exif, wall: i64, fix: Option<Fix>, model| e.differences(&Observed { clock: &clock(wall), fix: fix.as_ref(), model });
    assert_eq!(differences(&zoned, wall_ms, Some(here), Some("mate 60")), []);
    assert_eq!(differences(&zoned, wall_ms - 2_000, Some(here), None), []);
    assert_eq!(differences(&zoned, wall_ms - 2_001, Some(here), None), [Difference::Time { by_ms: 2_001, zone_assumed: false }]);
    assert_eq!(differences(&zoned, wall_ms + 9_999, Some(here), None), [Difference::Time { by_ms: -9_999, zone_assumed: false }]);
    // Without a zone the device's own (+08:00) is assumed.
    assert_eq!(zoned.to_json()["taken"], "2026-11-22T08:15:30.250");
    assert_eq!((&zoned.to_json()["zone"], &zoned.to_json()["model"]), (&345.into(), &"Mate 60".into()));
    assert_eq!(
        Difference::Time { by_ms: -3_000, zone_assumed: true }.to_json(),
        serde_json::json!({"what": "time", "by_ms": -3000, "zone_assumed": true})
    );
    let by_ms = (345 - 480) * 60_000;
    assert_eq!(differences(&exif(&[]), wall_ms, Some(here), None), [Difference::Time { by_ms, zone_assumed: true }]);
    // 0.001° of latitude are 111 m: 111 > 100 + 10, but not > 100 + 15.
    let mut away = here;
    away.place.lat_e7 += 10_000;
    assert_eq!(differences(&zoned, wall_ms, Some(away), None), [Difference::Place { metres: 111 }]);
    away.accuracy_m = 15;
    assert_eq!(differences(&zoned, wall_ms, Some(away), None), []);
    // The wrong hemisphere is the other end of the world.
    let north = Fix { place: Place { lat_e7: LAT, lon_e7: -LON }, ..here };
    assert!(matches!(differences(&zoned, wall_ms, Some(north), None)[..], [Difference::Place { metres: 6_900_000..7_000_000 }]));
    // A fix that may not be relied on is marked, never used.
    for (fix, s) in [
        (None, FixStanding::Missing),
        (Some(Fix { mock: true, ..here }), FixStanding::Mock),
        (Some(Fix { age_ms: 120_001, ..here }), FixStanding::Stale),
    ] {
        assert_eq!(standing(fix.as_ref()), s);
        assert_eq!(differences(&zoned, wall_ms, fix, None), [Difference::PlaceNotCompared(s)]);
    }
    assert_eq!(differences(&zoned, wall_ms, Some(here), Some("other")), [Difference::Model]);
    assert_eq!(differences(&Exif::Absent, wall_ms, None, Some("other")), []);
}

#[test]
fn distances() {
    let shanghai = Place { lat_e7: 312_304_000, lon_e7: 1_214_737_000 };
    let beijing = Place { lat_e7: 399_042_000, lon_e7: 1_164_074_000 };
    assert!((1_060_000..1_075_000).contains(&shanghai.metres_to(beijing)));
    let antipode = Place { lat_e7: -312_304_000, lon_e7: -585_263_000 };
    assert_eq!(shanghai.metres_to(antipode), 20_015_087);
    assert_eq!(shanghai.metres_to(shanghai), 0);
    // Across the date line.
    let (west, east) = (Place { lat_e7: 0, lon_e7: -1_799_999_000 }, Place { lat_e7: 0, lon_e7: 1_799_999_000 });
    assert_eq!(west.metres_to(east), 22);
}
