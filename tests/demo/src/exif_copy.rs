//! Copies of a photograph with the EXIF that a phone's camera would have written: time with zone, and a place in any hemisphere.
//!
//! The TIFF structure (TIFF 6.0, EXIF 2.32) is written by hand: it is small, and a second writer beside the reader that is tested.

use std::fs;
use std::io;
use std::path::Path;

/// What the camera is to say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CameraSays<'a> {
    /// Latitude in 1e-7 degree, north positive.
    pub(crate) lat_e7: i32,
    /// Longitude in 1e-7 degree, east positive.
    pub(crate) lon_e7: i32,
    /// DateTimeOriginal, `2026:11:22 08:15:30`.
    pub(crate) local_time: &'a str,
    /// OffsetTimeOriginal, `+08:00`.
    pub(crate) offset: &'a str,
    /// Make and model.
    pub(crate) camera: (&'a str, &'a str),
}

/// Writes a copy of the JPEG at `from` to `to`, with this EXIF in place of any other.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] when `from` is no JPEG.
pub(crate) fn exif_copy(from: &Path, to: &Path, says: &CameraSays<'_>) -> io::Result<()> {
    let photo = fs::read(from)?;
    let rest = without_exif(&photo).ok_or(io::ErrorKind::InvalidData)?;
    let tiff = tiff(says);
    let len = u16::try_from(tiff.len() + 8).map_err(|_| io::ErrorKind::InvalidData)?;
    fs::write(to, [&[0xff, 0xd8, 0xff, 0xe1], &len.to_be_bytes()[..], b"Exif\0\0", &tiff, &rest].concat())
}

/// Everything after SOI without APP1 segments that hold EXIF.
fn without_exif(photo: &[u8]) -> Option<Vec<u8>> {
    let mut rest = photo.strip_prefix(&[0xff, 0xd8])?;
    let mut out = Vec::with_capacity(photo.len());
    loop {
        let (head, body) = rest.split_first_chunk::<4>()?;
        let [0xff, marker, h, l] = *head else {
            return None;
        };
        if marker == 0xda {
            out.extend_from_slice(rest);
            return Some(out);
        }
        let len = usize::from(u16::from_be_bytes([h, l])) + 2;
        let segment = rest.get(..len)?;
        if !(marker == 0xe1 && body.starts_with(b"Exif\0\0")) {
            out.extend_from_slice(segment);
        }
        rest = rest.get(len..)?;
    }
}

/// An entry of an IFD: tag, type, count and the bytes of its value.
struct Entry(u16, u16, u32, Vec<u8>);

fn text(tag: u16, value: &str) -> Entry {
    let bytes = [value.as_bytes(), &[0]].concat();
    Entry(tag, 2, bytes.len() as u32, bytes)
}

fn offset_of(tag: u16, to: u32) -> Entry {
    Entry(tag, 4, 1, to.to_be_bytes().to_vec())
}

/// Degrees and minutes whole, seconds in 1/100,000: finer than 1e-7 degree.
fn angle(tag: u16, e7: i32) -> Entry {
    let e7 = u64::from(e7.unsigned_abs());
    let (degrees, minutes) = (e7 / 10_000_000, e7 % 10_000_000 * 60 / 10_000_000);
    let seconds = (e7 * 3600 - degrees * 36_000_000_000 - minutes * 600_000_000) / 100;
    let bytes = [(degrees, 1), (minutes, 1), (seconds, 100_000_u64)]
        .iter()
        .flat_map(|(n, d)| [*n as u32, *d as u32])
        .flat_map(u32::to_be_bytes)
        .collect();
    Entry(tag, 5, 3, bytes)
}

/// The bytes of one IFD that begins at `at`: entries, no next IFD, then the values that do not fit into four bytes.
fn ifd(at: u32, entries: &[Entry]) -> Vec<u8> {
    let mut table = (entries.len() as u16).to_be_bytes().to_vec();
    let mut values = Vec::new();
    let values_at = at + 2 + 12 * entries.len() as u32 + 4;
    for Entry(tag, kind, count, bytes) in entries {
        table.extend(tag.to_be_bytes());
        table.extend(kind.to_be_bytes());
        table.extend(count.to_be_bytes());
        if bytes.len() <= 4 {
            table.extend(bytes.iter().chain(&[0; 4]).take(4));
        } else {
            table.extend((values_at + values.len() as u32).to_be_bytes());
            values.extend(bytes);
            values.resize(values.len().next_multiple_of(2), 0);
        }
    }
    [table, vec![0; 4], values].concat()
}

/// Big-endian TIFF with IFD 0, the Exif IFD and the GPS IFD.
fn tiff(says: &CameraSays<'_>) -> Vec<u8> {
    let exif = [text(0x9003, says.local_time), text(0x9011, says.offset)];
    let gps = [
        Entry(0, 1, 4, vec![2, 3, 0, 0]),
        text(1, if says.lat_e7 < 0 { "S" } else { "N" }),
        angle(2, says.lat_e7),
        text(3, if says.lon_e7 < 0 { "W" } else { "E" }),
        angle(4, says.lon_e7),
    ];
    let main = |exif_at, gps_at| {
        let (make, model) = says.camera;
        ifd(8, &[text(0x010f, make), text(0x0110, model), offset_of(0x8769, exif_at), offset_of(0x8825, gps_at)])
    };
    // The length of IFD 0 does not depend on the offsets in it.
    let exif_at = 8 + main(0, 0).len() as u32;
    let exif = ifd(exif_at, &exif);
    let gps_at = exif_at + exif.len() as u32;
    let header = [b"MM\0*".as_slice(), &8_u32.to_be_bytes()].concat();
    [header, main(exif_at, gps_at), exif, ifd(gps_at, &gps)].concat()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test may fail by panic

    use super::*;
    use mingzheng_core::evidence::exif::{Exif, Place, Said};
    use mingzheng_core::evidence::{capture, examine};
    use mingzheng_core::seal::{Identity, Recipients};

    #[test]
    fn f16_the_core_reads_what_the_camera_says() {
        let dir = std::env::temp_dir().join(format!("exif-copy-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let (plain, once, twice) = (dir.join("plain.jpg"), dir.join("once.jpg"), dir.join("twice.jpg"));
        image::DynamicImage::new_rgb8(64, 48).save(&plain).unwrap();
        let to = Recipients::one(Identity::from_bytes(&[1; 32]).unwrap().recipient());
        for (lat_e7, lon_e7) in [
            (312_304_567, 1_214_737_891),
            (-338_688_197, 1_512_092_955),
            (407_127_753, -740_059_728),
            (-346_036_844, -583_815_591),
            (-1, -1),
        ] {
            let says = CameraSays {
                lat_e7,
                lon_e7,
                local_time: "2026:11:22 08:15:30",
                offset: "+08:00",
                camera: ("HUAWEI", "Mate 60 Pro"),
            };
            exif_copy(&plain, &once, &CameraSays { lat_e7: 0, lon_e7: 0, ..says }).unwrap();
            exif_copy(&once, &twice, &says).unwrap(); // the first one is replaced
            let Exif::Read(facts) = capture(&twice, "IMG.jpg", &dir.join("evidence"), &to).unwrap().exif else {
                unreachable!("EXIF is readable")
            };
            assert_eq!(facts.place, Said::Value(Place { lat_e7, lon_e7 }));
            let taken = facts.taken.value().unwrap();
            assert_eq!((taken.local.and_utc().timestamp(), taken.zone_min), (1_795_335_330, Some(480)));
            assert_eq!((facts.make.as_deref(), facts.model.as_deref()), (Some("HUAWEI"), Some("Mate 60 Pro")));
            assert_eq!(examine(&fs::read(&twice).unwrap(), "IMG.jpg").name(), "ok");
        }
        assert_eq!(
            exif_copy(
                Path::new("/dev/null"),
                &once,
                &CameraSays { lat_e7: 0, lon_e7: 0, local_time: "", offset: "", camera: ("", "") }
            )
            .unwrap_err()
            .kind(),
            io::ErrorKind::InvalidData
        );
        fs::remove_dir_all(&dir).unwrap();
    }
}
