//! What a file is by its first bytes, and what its structure says before anything is decoded.

use std::io::BufRead as _;

/// Kinds of files that evidence may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// JPEG photograph.
    Jpeg,
    /// PNG picture.
    Png,
    /// HEIF/HEIC photograph.
    Heif,
    /// WebP picture.
    Webp,
    /// MP4 video, or sound that does not say so.
    Mp4,
    /// MP4 sound.
    M4a,
    /// MPEG transport stream.
    MpegTs,
    /// WebM or Matroska.
    Webm,
    /// WAVE sound.
    Wav,
    /// AAC sound in ADTS frames.
    Aac,
    /// Ogg: Opus or Vorbis sound, video.
    Ogg,
    /// PDF document.
    Pdf,
    /// UTF-8 text.
    Text,
    /// Anything else.
    Unknown,
}

impl MediaType {
    /// By the first bytes: twelve are enough for all but a transport stream (three packets) and text.
    #[must_use]
    pub fn sniff(head: &[u8]) -> Self {
        let at = |from: usize, magic: &[u8]| head.get(from..).is_some_and(|h| h.starts_with(magic));
        match () {
            () if at(0, &[0xff, 0xd8, 0xff]) => Self::Jpeg,
            () if at(0, b"\x89PNG\r\n\x1a\n") => Self::Png,
            () if at(4, b"ftyp") => match head.get(8..12) {
                Some(b"heic" | b"heix" | b"mif1" | b"msf1" | b"heim" | b"heis" | b"avif") => Self::Heif,
                Some(b"M4A " | b"M4B ") => Self::M4a,
                _ => Self::Mp4,
            },
            () if at(0, b"RIFF") && at(8, b"WEBP") => Self::Webp,
            () if at(0, b"RIFF") && at(8, b"WAVE") => Self::Wav,
            () if at(0, b"%PDF-") => Self::Pdf,
            () if at(0, b"OggS") => Self::Ogg,
            () if at(0, b"\x1a\x45\xdf\xa3") => Self::Webm,
            () if matches!(head, [0xff, second, ..] if second & 0xf6 == 0xf0) => Self::Aac,
            () if head.len() >= 188 && head.iter().step_by(188).take(3).all(|b| *b == 0x47) => Self::MpegTs,
            () if is_text(head) => Self::Text,
            () => Self::Unknown,
        }
    }

    /// The type as in RFC 6838.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Heif => "image/heif",
            Self::Webp => "image/webp",
            Self::Mp4 => "video/mp4",
            Self::M4a => "audio/mp4",
            Self::MpegTs => "video/mp2t",
            Self::Webm => "video/webm",
            Self::Wav => "audio/wav",
            Self::Aac => "audio/aac",
            Self::Ogg => "audio/ogg",
            Self::Pdf => "application/pdf",
            Self::Text => "text/plain",
            Self::Unknown => "application/octet-stream",
        }
    }

    /// The type of a name of RFC 6838, as [`MediaType::mime`] gives it.
    #[must_use]
    pub fn from_mime(mime: &str) -> Self {
        Self::ALL.into_iter().find(|m| m.mime() == mime).unwrap_or(Self::Unknown)
    }

    const ALL: [Self; 13] = [
        Self::Jpeg,
        Self::Png,
        Self::Heif,
        Self::Webp,
        Self::Mp4,
        Self::M4a,
        Self::MpegTs,
        Self::Webm,
        Self::Wav,
        Self::Aac,
        Self::Ogg,
        Self::Pdf,
        Self::Text,
    ];

    /// A picture, as opposed to sound, video and documents.
    #[must_use]
    pub fn is_picture(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Heif | Self::Webp)
    }
    /// Sound that says so.
    #[must_use]
    pub fn is_sound(self) -> bool {
        matches!(self, Self::M4a | Self::Wav | Self::Aac | Self::Ogg)
    }
    /// Sound or video.
    #[must_use]
    pub fn is_recording(self) -> bool {
        matches!(self, Self::Mp4 | Self::M4a | Self::MpegTs | Self::Webm | Self::Wav | Self::Aac | Self::Ogg)
    }

    /// Extensions that fit; the first is used in bundles.
    fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Self::Png => &["png"],
            Self::Heif => &["heic", "heif", "hif", "avif"],
            Self::Webp => &["webp"],
            Self::Mp4 => &["mp4", "m4a", "m4v", "mov", "3gp"],
            Self::M4a => &["m4a", "mp4", "m4b"],
            Self::MpegTs => &["ts", "m2ts", "mpegts"],
            Self::Webm => &["webm", "mkv"],
            Self::Wav => &["wav"],
            Self::Aac => &["aac"],
            Self::Ogg => &["ogg", "oga", "opus", "ogv"],
            Self::Pdf => &["pdf"],
            Self::Text => &["txt", "md", "csv"],
            Self::Unknown => &["bin"],
        }
    }

    /// Extension of such a file in a bundle.
    #[must_use]
    pub fn extension(self) -> &'static str {
        self.extensions().first().copied().unwrap_or("bin")
    }

    /// Whether the extension of the claimed name fits; a name without one claims nothing.
    #[must_use]
    pub fn fits(self, claimed_name: &str) -> bool {
        claimed_name.rsplit_once('.').is_none_or(|(_, e)| self.extensions().iter().any(|x| e.eq_ignore_ascii_case(x)))
    }
}

/// Whether the beginning of a file is UTF-8 without control characters; its last character may be cut.
fn is_text(head: &[u8]) -> bool {
    let good = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(e) if e.error_len().is_none() => {
            head.get(..e.valid_up_to()).and_then(|h| std::str::from_utf8(h).ok()).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !good.is_empty() && !good.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

/// What a picture file says of itself; nothing was decoded or allocated for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Structure {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Memory that decoding takes at most, without the file itself.
    pub(super) decode_bytes: u64,
    /// Whether the file goes on to its end marker. Decoders fill up the rest of a cut JPEG with grey and say nothing.
    pub(super) complete: bool,
}

/// Walks the markers of a JPEG (ITU T.81 annex B); `None` without a frame header.
pub(super) fn jpeg(bytes: &[u8]) -> Option<Structure> {
    let mut found: Option<Structure> = None;
    let mut rest = bytes.get(2..)?;
    loop {
        // The next marker: 0xFF, fill bytes, a code. In entropy-coded data 0xFF00 is a byte and RSTn goes on.
        let Ok(n) = rest.skip_until(0xff) else {
            return found;
        };
        let code = loop {
            match rest.split_first() {
                Some((0xff, r)) => rest = r,
                Some((code, r)) => {
                    rest = r;
                    break *code;
                }
                None => return found,
            }
        };
        if n == 0 {
            return found;
        }
        match code {
            0xd9 => {
                return found.map(|s| Structure { complete: true, ..s });
            }
            0x00 | 0x01 | 0xd0..=0xd8 => continue,
            _ => {}
        }
        let Some(segment) = rest.first_chunk().map(|l| usize::from(u16::from_be_bytes(*l))).and_then(|l| rest.get(..l)) else {
            return found;
        };
        if matches!(code, 0xc0..=0xcf) && !matches!(code, 0xc4 | 0xc8 | 0xcc) && found.is_none() {
            let [_, _, _, h1, h0, w1, w0, components] = *segment.first_chunk::<8>()?;
            let (width, height) = (u32::from(u16::from_be_bytes([w1, w0])), u32::from(u16::from_be_bytes([h1, h0])));
            let pixels = u64::from(width) * u64::from(height);
            // Progressive decoding keeps a 16-bit coefficient for each sample.
            let coefficients = if matches!(code, 0xc2 | 0xc6 | 0xca | 0xce) { 2 * u64::from(components) } else { 0 };
            found = Some(Structure { width, height, decode_bytes: pixels * (3 + coefficients), complete: false });
        }
        rest = rest.get(segment.len()..).unwrap_or_default();
    }
}

/// Walks the chunks of a PNG (W3C PNG §5); `None` without IHDR.
pub(super) fn png(bytes: &[u8]) -> Option<Structure> {
    let mut rest = bytes.get(8..)?;
    let ihdr: &[u8; 17] = rest.first_chunk::<25>()?.last_chunk()?;
    let (kind, size) = rest.get(4..)?.split_first_chunk::<4>()?;
    if kind != b"IHDR" {
        return None;
    }
    let (width, size) = size.split_first_chunk()?;
    let (width, height) = (u32::from_be_bytes(*width), u32::from_be_bytes(*size.first_chunk()?));
    let depth = *ihdr.get(8)?;
    let pixels = u64::from(width) * u64::from(height);
    let mut s =
        Structure { width, height, decode_bytes: pixels.saturating_mul(if depth == 16 { 8 } else { 4 }), complete: false };
    while let Some((len, r)) = rest.split_first_chunk::<4>() {
        let Some((kind, r)) = r.split_first_chunk::<4>() else {
            break;
        };
        let Some(r) = usize::try_from(u32::from_be_bytes(*len)).ok().and_then(|l| l.checked_add(4)).and_then(|l| r.get(l..))
        else {
            break;
        };
        if kind == b"IEND" {
            s.complete = true;
            break;
        }
        rest = r;
    }
    Some(s)
}
