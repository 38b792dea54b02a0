//! The second act: does the sealed file open to the logged bytes, and do they show a picture (F10)?

use super::probe::{Probe, Structure};
use super::{EvidenceError, MediaType, exif, media};
use crate::seal::{self, Identity, SealError, SealedSummary};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageFormat, RgbImage};
use std::fs::File;
use std::io::{self, Write};
use std::panic::catch_unwind;
use std::path::Path;

/// Longest edge of a thumbnail in pixels.
pub const THUMBNAIL_EDGE: u32 = 480;
/// Most memory that decoding one picture may take: a 48-MP photograph, a 28-MP progressive one. Larger ones are kept without a look.
pub const MAX_DECODE_BYTES: u64 = 256 * 1024 * 1024;
/// Longest file that is read into memory for a look.
pub const MAX_CHECKED_LEN: u64 = 64 * 1024 * 1024;
/// Its JPEG quality.
pub const THUMBNAIL_QUALITY: u8 = 80;

/// A picture that could be decoded.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Width in pixels as displayed, after the camera's orientation.
    pub width: u32,
    /// Height in pixels as displayed.
    pub height: u32,
    /// JPEG, upright, without any metadata. Clear personal data: it belongs into the encrypted store, never into a file.
    pub thumbnail: Vec<u8>,
}
impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}×{}, thumbnail of {} bytes)", self.width, self.height, self.thumbnail.len())
    }
}

/// What a look at the photo found. Whatever it is: the file stays, marked with it, and the officer is told at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// A whole picture, named as what it is.
    Good(Picture),
    /// A whole picture under the extension of another type.
    WrongExtension {
        /// The picture.
        picture: Picture,
        /// What its bytes are.
        found: MediaType,
    },
    /// The file ends before the picture does.
    Truncated,
    /// The file has no bytes.
    Empty,
    /// The bytes are no picture that this core can show; HEIF and documents are kept as they are.
    NotAnImage,
    /// Sound or video: what its structure says. It was not decoded.
    Recording(Structure),
    /// To decode it would take too much memory.
    TooLarge {
        /// Width that the header claims; 0 when the file itself was too long to be read.
        width: u32,
        /// Height that the header claims.
        height: u32,
    },
    /// The file is whole but its content cannot be decoded.
    Damaged,
}

impl Checked {
    /// Its name in the log.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Good(_) => "ok",
            Self::WrongExtension { .. } => "wrong_extension",
            Self::Truncated => "truncated",
            Self::Empty => "empty",
            Self::NotAnImage => "not_an_image",
            Self::Recording(structure) => structure.name(),
            Self::TooLarge { .. } => "too_large",
            Self::Damaged => "damaged",
        }
    }
    /// The picture, if there is one to show.
    #[must_use]
    pub fn picture(&self) -> Option<&Picture> {
        match self {
            Self::Good(p) | Self::WrongExtension { picture: p, .. } => Some(p),
            _ => None,
        }
    }
}

/// Opens the sealed file, compares it with the log and looks at what it is: a picture in memory, sound and video while they pass by.
///
/// # Errors
/// [`EvidenceError::Differs`] or [`EvidenceError::Seal`] when the sealed file is not what was logged: an alarm, not a bad photo.
pub fn check(sealed: &Path, identity: &Identity, logged: &SealedSummary, claimed_name: &str) -> Result<Checked, EvidenceError> {
    let mut file = File::open(sealed).map_err(EvidenceError::Folder)?;
    let on_disk = file.metadata().map_err(EvidenceError::Folder)?.len();
    if on_disk != logged.sealed_len {
        return Err(EvidenceError::Differs);
    }
    let mut look = Look { clear: Vec::new(), probe: Probe::default(), sniffed: None, passed: 0, whole: logged.clear_len };
    let found = seal::open(&mut file, &mut look, identity).map_err(|e| match e {
        SealError::Read(e) => EvidenceError::Folder(e),
        other => EvidenceError::Seal(other),
    })?;
    if found != *logged { Err(EvidenceError::Differs) } else { Ok(look.finish(claimed_name)) }
}

/// Takes the clear bytes of a file: keeps those of a picture, and walks through sound and video.
struct Look {
    clear: Vec<u8>,
    probe: Probe,
    sniffed: Option<MediaType>,
    passed: u64,
    /// How many are to come, by the log.
    whole: u64,
}

impl Write for Look {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The first write is a whole chunk of the sealed file, or the whole file.
        let media = *self.sniffed.get_or_insert_with(|| MediaType::sniff(bytes));
        self.passed += bytes.len() as u64;
        if media.is_recording() {
            self.probe.push(bytes);
        } else if self.passed <= MAX_CHECKED_LEN {
            if self.clear.is_empty() {
                self.clear.reserve_exact(usize::try_from(self.whole.min(MAX_CHECKED_LEN)).unwrap_or(0));
            }
            self.clear.extend_from_slice(bytes);
        } else {
            self.clear = Vec::new();
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Look {
    fn finish(self, claimed_name: &str) -> Checked {
        match self.sniffed {
            Some(m) if m.is_recording() => Checked::Recording(self.probe.finish().structure),
            _ if self.passed > MAX_CHECKED_LEN => Checked::TooLarge { width: 0, height: 0 },
            _ => examine(&self.clear, claimed_name),
        }
    }
}

/// Looks at the clear bytes of a photo.
#[must_use]
pub fn examine(bytes: &[u8], claimed_name: &str) -> Checked {
    let found = MediaType::sniff(bytes);
    let (structure, format) = match found {
        _ if bytes.is_empty() => return Checked::Empty,
        MediaType::Jpeg => (media::jpeg(bytes), ImageFormat::Jpeg),
        MediaType::Png => (media::png(bytes), ImageFormat::Png),
        m if m.is_recording() => {
            let mut probe = Probe::default();
            probe.push(bytes);
            return Checked::Recording(probe.finish().structure);
        }
        _ => return Checked::NotAnImage,
    };
    let Some(structure) = structure else {
        return Checked::Truncated;
    };
    if structure.decode_bytes > MAX_DECODE_BYTES {
        return Checked::TooLarge { width: structure.width, height: structure.height };
    }
    if !structure.complete {
        return Checked::Truncated;
    }
    match decode(bytes, found, format) {
        None => Checked::Damaged,
        Some(picture) if found.fits(claimed_name) => Checked::Good(picture),
        Some(picture) => Checked::WrongExtension { picture, found },
    }
}

/// Decodes and scales down. The bound on memory is known to hold by the header; `image` adds its own default limits.
/// A decoder that panics on hostile bytes is a decoder that failed.
fn decode(bytes: &[u8], found: MediaType, format: ImageFormat) -> Option<Picture> {
    let (width, height, mut small) = catch_unwind(|| {
        let full = image::load_from_memory_with_format(bytes, format).ok()?;
        let (width, height) = (full.width(), full.height());
        let small = match thumbnail_size(width, height) {
            None => full,
            Some((w, h)) => thinned(&full).unwrap_or(full).thumbnail_exact(w, h),
        };
        Some((width, height, small))
    })
    .ok()??;
    let orientation = exif::orientation(bytes, found).and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms);
    small.apply_orientation(orientation);
    let (width, height) = match orientation {
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => {
            (height, width)
        }
        _ => (width, height),
    };
    let mut thumbnail = Vec::new();
    let rgb = DynamicImage::ImageRgb8(small.into_rgb8());
    rgb.write_with_encoder(JpegEncoder::new_with_quality(&mut thumbnail, THUMBNAIL_QUALITY)).ok()?;
    Some(Picture { width, height, thumbnail })
}

/// Size of the thumbnail of a larger picture.
fn thumbnail_size(width: u32, height: u32) -> Option<(u32, u32)> {
    let long = width.max(height);
    let scaled = |edge: u32| u64::from(edge) * u64::from(THUMBNAIL_EDGE) + u64::from(long) / 2;
    let edge = |e: u32| u32::try_from(scaled(e).checked_div(long.into())?.max(1)).ok();
    if long > THUMBNAIL_EDGE { edge(width).zip(edge(height)) } else { None }
}

/// Every n-th row of a large photograph, at least twice as many as the thumbnail has: averaging millions of pixels that nobody will see
/// would cost a fifth of the whole check.
fn thinned(full: &DynamicImage) -> Option<DynamicImage> {
    let step = full.width().max(full.height()) / (2 * THUMBNAIL_EDGE);
    let height = full.height().checked_div(step).filter(|h| *h > 0)?;
    let row = 3 * usize::try_from(full.width()).ok()?;
    let mut out = Vec::new();
    for line in
        full.as_rgb8()?.as_raw().chunks_exact(row).step_by(usize::try_from(step).ok()?).take(usize::try_from(height).ok()?)
    {
        out.extend_from_slice(line);
    }
    RgbImage::from_raw(full.width(), height, out).map(DynamicImage::ImageRgb8)
}
