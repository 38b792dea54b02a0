//! The QR as a matrix of modules; who shows it draws it (ISO/IEC 18004, level M, version ≤ 18).

use super::{BadgeError, Frame, frame};
use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};

/// Largest version: read from 15–20 cm by a camera of 1280 pixels.
pub const MAX_VERSION: u8 = 18;

/// Modules of a QR, without the quiet zone of four modules that whoever draws it must leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Version 1…18.
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
/// [`BadgeError::TooLarge`] beyond version 18.
pub fn version_for(bytes: usize, digits: usize) -> Result<u8, BadgeError> {
    let fits = |v: &u8| {
        Bits::new(Version::Normal(i16::from(*v))).max_len(EcLevel::M).is_ok_and(|max| bits_needed(*v, bytes, digits) <= max)
    };
    let version = (1..=40).find(fits).unwrap_or(41);
    if version <= MAX_VERSION { Ok(version) } else { Err(BadgeError::TooLarge { version }) }
}

impl Matrix {
    /// Draws a frame's QR: the address as a byte segment, the digits as a numeric one.
    ///
    /// # Errors
    /// [`BadgeError::TooLarge`] beyond version 18; [`BadgeError::Host`] or [`BadgeError::Sign`].
    pub fn of(frame: &Frame, host: &str) -> Result<Self, BadgeError> {
        let address = frame::address(host)?;
        let digits = frame::to_digits(&frame.to_bytes()?);
        let version = version_for(address.len(), digits.len())?;
        let draw = || {
            let mut bits = Bits::new(Version::Normal(i16::from(version)));
            bits.push_byte_data(address.as_bytes())?;
            bits.push_numeric_data(digits.as_bytes())?;
            bits.push_terminator(EcLevel::M)?;
            QrCode::with_bits(bits, EcLevel::M)
        };
        let code = draw().map_err(|_| BadgeError::TooLarge { version })?;
        Ok(Self { version, size: code.width(), dark: code.into_colors().into_iter().map(|c| c == Color::Dark).collect() })
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
