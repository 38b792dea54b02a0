//! Whether a sound, video or text file is whole, as far as its own structure says (F10). The bytes pass through once, in pieces of any size;
//! a few dozen of them are kept. Nothing is decoded: a file that is `whole` here can still show or say nothing.

use super::MediaType;

/// Longest header that a format has: an Ogg page with its segment table.
const MOST_HEADER: usize = 27 + 255;
/// ADTS sampling rates by index (ISO/IEC 14496-3, table 1.18).
const ADTS_RATES: [u64; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// What the structure of a file that no decoder looked at says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Structure {
    /// Begins and ends as its format demands; not decoded.
    Whole,
    /// Ends in the middle, or what its recorder writes at the end is missing.
    Truncated,
    /// Has no bytes, or a header and nothing in it.
    Empty,
    /// Is not what it begins as.
    Damaged,
    /// A format into which this core does not look.
    NotExamined,
}

impl Structure {
    /// Its name in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Truncated => "truncated",
            Self::Empty => "empty",
            Self::Damaged => "damaged",
            Self::NotExamined => "not_examined",
        }
    }
}

/// What came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probed {
    /// The state.
    pub structure: Structure,
    /// How long it plays, where the format says so in a header.
    pub lasts_ms: Option<u64>,
}

/// Looks at a file while it passes by.
#[derive(Default)]
pub struct Probe {
    format: Option<Format>,
    /// The first bytes, until the format is known.
    start: Vec<u8>,
    header: Vec<u8>,
    need: usize,
    skip: u64,
    length: u64,
    damaged: bool,
}

/// Bytes by which the format is told; a transport stream needs three packets.
const START: usize = 3 * 188;

enum Format {
    Wav { rate: Option<u64>, data: Option<u64>, open: bool },
    Adts { samples: u64, rate: u64 },
    Ts { tables: bool, streams: bool },
    Mp4 { seen: Mp4, inside: u64, to_end: bool },
    Ogg { ended: bool },
    Text { rest: Vec<u8> },
    Other,
}

#[derive(Default)]
struct Mp4 {
    moov: bool,
    mdat: u64,
    lasts_ms: Option<u64>,
}

/// What a header leads to.
enum Then {
    /// The header is longer: so many bytes.
    More(usize),
    /// Skip so many bytes, then a header of so many.
    Skip(u64, usize),
    /// This cannot be.
    Bad,
}

fn be<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let part = bytes.get(at..)?.first_chunk::<N>()?;
    Some(part.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
}
fn le32(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?)))
}

impl Probe {
    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        if self.format.is_none() {
            let room = START - self.start.len();
            let (first, rest) = bytes.split_at(bytes.len().min(room));
            self.start.extend_from_slice(first);
            if self.start.len() < START {
                return;
            }
            self.begin();
            self.walk(rest);
        } else {
            self.walk(bytes);
        }
    }

    fn begin(&mut self) {
        let start = std::mem::take(&mut self.start);
        let (format, need) = match MediaType::sniff(&start) {
            MediaType::Wav => (Format::Wav { rate: None, data: None, open: false }, 12),
            MediaType::Aac => (Format::Adts { samples: 0, rate: 0 }, 7),
            MediaType::MpegTs => (Format::Ts { tables: false, streams: false }, 4),
            MediaType::Mp4 | MediaType::M4a => (Format::Mp4 { seen: Mp4::default(), inside: 0, to_end: false }, 8),
            MediaType::Ogg => (Format::Ogg { ended: false }, 27),
            MediaType::Text => (Format::Text { rest: Vec::new() }, 0),
            _ => (Format::Other, 0),
        };
        self.format = Some(format);
        self.need = need;
        self.walk(&start);
    }

    fn walk(&mut self, mut bytes: &[u8]) {
        if let Some(Format::Text { rest }) = &mut self.format {
            self.damaged |= !text(rest, bytes);
            return;
        }
        while !bytes.is_empty() && !self.damaged && self.need > 0 {
            if self.skip > 0 {
                let n = usize::try_from(self.skip).unwrap_or(usize::MAX).min(bytes.len());
                self.skip -= n as u64;
                bytes = bytes.get(n..).unwrap_or_default();
                continue;
            }
            let n = (self.need - self.header.len()).min(bytes.len());
            let (taken, rest) = bytes.split_at(n);
            self.header.extend_from_slice(taken);
            bytes = rest;
            if self.header.len() == self.need {
                match self.header() {
                    Some(Then::More(need)) if need > self.need && need <= MOST_HEADER => self.need = need,
                    Some(Then::Skip(skip, need)) => {
                        self.header.clear();
                        (self.skip, self.need) = (skip, need);
                    }
                    _ => self.damaged = true,
                }
            }
        }
    }

    fn header(&mut self) -> Option<Then> {
        let h = self.header.as_slice();
        Some(match self.format.as_mut()? {
            Format::Wav { rate, data, open } => match h.len() {
                12 => Then::Skip(0, 8),
                8 => {
                    let size = le32(h, 4)?;
                    match h.get(..4)? {
                        b"fmt " if size >= 16 => Then::More(8 + 16),
                        b"fmt " => Then::Bad,
                        b"data" => {
                            // A recorder that died, or streams, leaves the length open.
                            *open = size == 0 || size == u64::from(u32::MAX);
                            *data = Some(size);
                            Then::Skip(if *open { u64::MAX } else { size + size % 2 }, 8)
                        }
                        _ => Then::Skip(size + size % 2, 8),
                    }
                }
                _ => {
                    *rate = le32(h, 8 + 8).filter(|r| *r > 0);
                    let size = le32(h, 4)?;
                    Then::Skip(size + size % 2 - 16, 8)
                }
            },
            Format::Adts { samples, rate } => {
                let bits = be::<7>(h, 0)?;
                let (sync, layer, length) = (bits >> 44, bits >> 41 & 3, bits >> 13 & 0x1fff);
                if sync != 0xfff || layer != 0 || length < 7 {
                    return Some(Then::Bad);
                }
                *rate = *ADTS_RATES.get(usize::try_from(bits >> 34 & 0xf).ok()?)?;
                *samples += 1024 * ((bits & 3) + 1);
                Then::Skip(length - 7, 7)
            }
            Format::Ts { tables, streams } => {
                let packet = be::<4>(h, 0)?;
                if packet >> 24 != 0x47 {
                    return Some(Then::Bad);
                }
                match (packet >> 8 & 0x1fff, packet >> 22 & 1) {
                    (0, 1) => *tables = true,
                    (0x20..=0x1ffe, 1) => *streams = true,
                    _ => {}
                }
                Then::Skip(184, 4)
            }
            Format::Mp4 { seen, inside, to_end } => mp4_box(h, seen, inside, to_end)?,
            Format::Ogg { ended } => {
                if h.get(..5)? != b"OggS\0" {
                    return Some(Then::Bad);
                }
                let segments = usize::from(*h.get(26)?);
                if h.len() < 27 + segments {
                    return Some(Then::More(27 + segments));
                }
                *ended = h.get(5)? & 4 != 0;
                Then::Skip(h.get(27..)?.iter().map(|s| u64::from(*s)).sum(), 27)
            }
            Format::Text { .. } | Format::Other => Then::Bad,
        })
    }

    /// The verdict at the file's end.
    #[must_use]
    pub fn finish(mut self) -> Probed {
        if self.format.is_none() {
            self.begin();
        }
        let structure = self.verdict();
        let lasts_ms = match (&self.format, structure) {
            (Some(Format::Wav { rate: Some(rate), data: Some(data), .. }), Structure::Whole) => Some(data * 1000 / rate),
            (Some(Format::Adts { samples, rate }), Structure::Whole | Structure::Truncated) if *rate > 0 => {
                Some(samples * 1000 / rate)
            }
            (Some(Format::Mp4 { seen, .. }), Structure::Whole) => seen.lasts_ms,
            _ => None,
        };
        Probed { structure, lasts_ms }
    }

    fn verdict(&self) -> Structure {
        let cut = self.skip > 0 || !self.header.is_empty();
        match &self.format {
            _ if self.length == 0 => Structure::Empty,
            None | Some(Format::Other) => Structure::NotExamined,
            _ if self.damaged => Structure::Damaged,
            Some(Format::Text { rest }) => {
                if rest.is_empty() {
                    Structure::Whole
                } else {
                    Structure::Truncated
                }
            }
            Some(Format::Wav { open: true, .. }) => Structure::Truncated,
            Some(Format::Mp4 { to_end: true, seen, .. }) if seen.moov => Structure::Whole,
            _ if cut => Structure::Truncated,
            Some(Format::Wav { data: None, .. }) => Structure::Truncated,
            Some(Format::Wav { rate, data, .. }) => match (rate, data) {
                (None, _) => Structure::Damaged,
                (_, Some(0)) => Structure::Empty,
                _ => Structure::Whole,
            },
            Some(Format::Adts { .. }) => Structure::Whole,
            Some(Format::Ts { tables: true, streams: true }) => Structure::Whole,
            Some(Format::Ts { tables: true, .. }) => Structure::Empty,
            Some(Format::Ts { .. }) => Structure::Damaged,
            // Without its table a file cannot be played: the recorder writes it last.
            Some(Format::Mp4 { seen, inside, .. }) if !seen.moov || *inside > 0 => Structure::Truncated,
            Some(Format::Mp4 { seen, .. }) => {
                if seen.mdat > 0 {
                    Structure::Whole
                } else {
                    Structure::Empty
                }
            }
            Some(Format::Ogg { ended }) => {
                if *ended {
                    Structure::Whole
                } else {
                    Structure::Truncated
                }
            }
        }
    }
}

/// One box (ISO/IEC 14496-12 §4.2); `moov` is walked, everything else is skipped.
fn mp4_box(h: &[u8], seen: &mut Mp4, inside: &mut u64, to_end: &mut bool) -> Option<Then> {
    let (short, kind) = (be::<4>(h, 0)?, h.get(4..8)?);
    let (size, head) = match short {
        1 if h.len() < 16 => return Some(Then::More(16)),
        1 => (be::<8>(h, 8)?, 16),
        0 => (0, 8),
        n => (n, 8),
    };
    if short == 0 {
        // To the end of the file (only the last box may say so).
        *to_end = true;
        seen.mdat += u64::from(kind == b"mdat");
        return Some(Then::Skip(u64::MAX, 8));
    }
    let Some(body) = size.checked_sub(head) else { return Some(Then::Bad) };
    if *inside > 0 {
        // A child of `moov` that reaches beyond it.
        let Some(left) = inside.checked_sub(size) else { return Some(Then::Bad) };
        if kind == b"mvhd" && head == 8 && body >= 28 {
            if h.len() < 8 + 28 {
                return Some(Then::More(8 + 28));
            }
            let (scale, duration) =
                if h.get(8)? == &1 { (be::<4>(h, 28)?, None) } else { (be::<4>(h, 20)?, Some(be::<4>(h, 24)?)) };
            seen.lasts_ms = duration.and_then(|d| (d * 1000).checked_div(scale)).filter(|d| *d > 0);
            *inside = left;
            return Some(Then::Skip(body - 28, 8));
        }
        *inside = left;
        return Some(Then::Skip(body, 8));
    }
    match kind {
        b"moov" => {
            seen.moov = true;
            *inside = body;
            Some(Then::Skip(0, 8))
        }
        b"mdat" => {
            seen.mdat += body;
            Some(Then::Skip(body, 8))
        }
        _ => Some(Then::Skip(body, 8)),
    }
}

/// UTF-8 without zero bytes; `rest` keeps a character that is not complete yet.
fn text(rest: &mut Vec<u8>, bytes: &[u8]) -> bool {
    rest.extend_from_slice(bytes);
    let good = match std::str::from_utf8(rest) {
        Ok(_) => rest.len(),
        Err(e) if e.error_len().is_none() => e.valid_up_to(),
        Err(_) => return false,
    };
    let clean = !rest.get(..good).unwrap_or_default().contains(&0);
    rest.drain(..good);
    clean
}
