//! The QR as a matrix of modules; who shows it draws it (ISO/IEC 18004, level M, version ≤ 18; a checkpoint ≤ 25).

use super::{BadgeError, Frame, frame};
use qrcode::bits::Bits;
use qrcode::canvas::{Canvas, MaskPattern};
use qrcode::types::QrResult;
use qrcode::{Color, EcLevel, Version};

/// Largest version: read from 15–20 cm by a camera of 1280 pixels.
pub const MAX_VERSION: u8 = 18;
/// A checkpoint grows with the open cases and changes with each act, not each second: whoever takes it has time. Room for ten.
pub const MAX_CHECKPOINT_VERSION: u8 = 25;

/// Modules of a QR, without the quiet zone of four modules that whoever draws it must leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Version 1…25.
    pub version: u8,
    /// Modules a side: 17 + 4 · version.
    pub size: usize,
    /// Row by row; `true` is dark.
    pub dark: Vec<bool>,
}

/// Bits that a byte segment and a numeric segment take in `version`.
fn bits_needed(version: u8, bytes: usize, digits: usize) -> usize {
    let (byte_count, numeric_count) = if version < 10 { (8, 10) } else { (16, 12) };
    4 + byte_count + 8 * bytes + 4 + numeric_count + digits / 3 * 10 + [0, 4, 7].get(digits % 3).copied().unwrap_or(0)
}

/// The smallest version for an address of `bytes` bytes and `digits` digits at level M.
///
/// # Errors
/// [`BadgeError::TooLarge`] beyond version `most`.
pub fn version_for(bytes: usize, digits: usize, most: u8) -> Result<u8, BadgeError> {
    let fits = |v: &u8| {
        Bits::new(Version::Normal(i16::from(*v))).max_len(EcLevel::M).is_ok_and(|max| bits_needed(*v, bytes, digits) <= max)
    };
    let version = (1..=40).find(fits).unwrap_or(41);
    if version <= most { Ok(version) } else { Err(BadgeError::TooLarge { version }) }
}

impl Matrix {
    /// Draws a frame's QR: the address as a byte segment, the digits as a numeric one.
    ///
    /// # Errors
    /// [`BadgeError::TooLarge`] beyond version 18, or 25 for a checkpoint; [`BadgeError::Host`] or [`BadgeError::Sign`].
    pub fn of(frame: &Frame, host: &str) -> Result<Self, BadgeError> {
        let address = frame::address(host)?;
        let digits = frame::to_digits(&frame.to_bytes()?);
        let most = if matches!(frame, Frame::Checkpoint { .. }) { MAX_CHECKPOINT_VERSION } else { MAX_VERSION };
        let version = version_for(address.len(), digits.len(), most)?;
        draw(version, address.as_bytes(), digits.as_bytes()).map_err(|_| BadgeError::TooLarge { version })
    }

    /// Draws plain text, as a byte segment.
    ///
    /// # Errors
    /// [`BadgeError::TooLarge`] beyond version 18.
    pub fn of_text(text: &str) -> Result<Self, BadgeError> {
        let version = version_for(text.len(), 0, MAX_VERSION)?;
        draw(version, text.as_bytes(), &[]).map_err(|_| BadgeError::TooLarge { version })
    }

    /// The matrix as 8-bit grey pixels with a quiet zone of four modules: (pixels a side, pixels).
    #[must_use]
    pub fn to_grey(&self, pixels_per_module: usize) -> (usize, Vec<u8>) {
        let (scale, side) = (pixels_per_module.max(1), (self.size + 8) * pixels_per_module.max(1));
        let module = |p: usize| (p / scale).checked_sub(4).filter(|m| *m < self.size);
        let dark = |i: usize| match (module(i / side), module(i % side)) {
            (Some(y), Some(x)) => self.dark.get(y * self.size + x).copied().unwrap_or(false),
            _ => false,
        };
        (side, (0..side * side).map(|i| if dark(i) { 0 } else { 255 }).collect())
    }
}

const MASKS: [MaskPattern; 8] = [
    MaskPattern::Checkerboard,
    MaskPattern::HorizontalLines,
    MaskPattern::VerticalLines,
    MaskPattern::DiagonalLines,
    MaskPattern::LargeCheckerboard,
    MaskPattern::Fields,
    MaskPattern::Diamonds,
    MaskPattern::Meadow,
];

/// As `qrcode` does, but with the masks weighed on whole rows: its own weighing takes most of a frame's time.
fn draw(version: u8, address: &[u8], digits: &[u8]) -> QrResult<Matrix> {
    let v = Version::Normal(i16::from(version));
    let mut bits = Bits::new(v);
    bits.push_byte_data(address)?;
    if !digits.is_empty() {
        bits.push_numeric_data(digits)?;
    }
    bits.push_terminator(EcLevel::M)?;
    let (data, correction) = qrcode::ec::construct_codewords(&bits.into_bytes(), v, EcLevel::M)?;
    let mut canvas = Canvas::new(v, EcLevel::M);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &correction);
    let size = 17 + 4 * usize::from(version);
    let masked = MASKS.map(|mask| {
        let mut c = canvas.clone();
        c.apply_mask(mask);
        c.into_colors()
    });
    let best = masked.into_iter().min_by_key(|colors| penalty(colors, size)).unwrap_or_default();
    Ok(Matrix { version, size, dark: best.into_iter().map(|c| c == Color::Dark).collect() })
}

/// ISO/IEC 18004 §7.8.3: how much a masked symbol resembles what confuses readers. Rows and columns are bit sets.
fn penalty(colors: &[Color], size: usize) -> u32 {
    let mut rows = [0u128; 128];
    for (row, line) in rows.iter_mut().zip(colors.chunks(size)) {
        *row = line.iter().rev().fold(0, |row, color| row << 1 | u128::from(*color == Color::Dark));
    }
    let columns = transposed(rows);
    let (rows, columns) = (rows.get(..size).unwrap_or_default(), columns.get(..size).unwrap_or_default());
    let alike = |line: u128| !(line ^ line >> 1) & ((1 << (size - 1)) - 1);
    let lines: u32 = rows.iter().chain(columns).map(|line| runs(alike(*line)) + 40 * finders(*line, size)).sum();
    let blocks = |pair: &[u128]| match pair {
        [a, b] => {
            let same = !(a ^ b);
            (alike(*a) & same & same >> 1).count_ones()
        }
        _ => 0,
    };
    let blocks: u32 = rows.windows(2).map(blocks).sum();
    let (dark, all) = (rows.iter().map(|r| r.count_ones()).sum::<u32>(), (size * size) as u32);
    lines + 3 * blocks + (dark * 200 / all).abs_diff(100)
}

/// Five or more alike in a row: three, and one for each further module. A bit of `alike` says that a module and the next are alike.
fn runs(alike: u128) -> u32 {
    let fives = alike & alike >> 1 & alike >> 2 & alike >> 3;
    fives.count_ones() + 2 * (fives & !(fives << 1)).count_ones()
}

/// Likenesses of the finder pattern, with four light modules (or the margin) before or after.
fn finders(line: u128, size: usize) -> u32 {
    let (dark, light) = (line << 4, !(line << 4));
    let core = dark & light >> 1 & dark >> 2 & dark >> 3 & dark >> 4 & light >> 5 & dark >> 6;
    let clear = light & light >> 1 & light >> 2 & light >> 3;
    ((core & (clear << 4 | clear >> 7)) & ((1 << (size + 4)) - 1)).count_ones()
}

/// Rows as columns, by exchanging ever smaller squares (Hacker's Delight §7-3).
fn transposed(mut square: [u128; 128]) -> [u128; 128] {
    let (mut half, mut low) = (64, u128::MAX >> 64);
    while half > 0 {
        for pair in square.chunks_mut(2 * half) {
            let (upper, lower) = pair.split_at_mut(half);
            for (u, l) in upper.iter_mut().zip(lower) {
                let swap = (*u >> half ^ *l) & low;
                *u ^= swap << half;
                *l ^= swap;
            }
        }
        half /= 2;
        low ^= low << half;
    }
    square
}
