//! Derived copies of pictures (J19): parts made unrecognisable, or cut out. The original is only read; the copy is upright and carries no metadata.

use super::{MAX_DECODE_BYTES, MediaType, exif, media};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde::{Deserialize, Serialize};
use std::panic::catch_unwind;

/// Cells of the mosaic along the longer edge of a region: too few to tell a face or to read a line.
pub const MOSAIC_CELLS: u32 = 8;
const QUALITY: u8 = 90;

/// A rectangle in pixels of the upright picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// What is done with a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PictureEdit {
    /// Regions are replaced by a mosaic: averages of few cells, which cannot be taken back as a smooth blur can.
    Blur(Vec<Region>),
    /// Only this region is kept.
    Crop(Region),
}

/// Why no copy was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeriveError {
    /// The original is no picture that can be decoded whole.
    #[error("the original is no whole picture that can be decoded")]
    NoPicture,
    /// Decoding would take too much memory.
    #[error("the original is too large to be decoded here")]
    TooLarge,
    /// No region, or one that is empty or lies outside the picture.
    #[error("a region is empty or lies outside the picture")]
    Region,
}

impl PictureEdit {
    /// Its name in the log.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        match self {
            Self::Blur(_) => "blur",
            Self::Crop(_) => "crop",
        }
    }
    /// What is needed to make the copy again.
    #[must_use]
    pub fn parameters(&self) -> serde_json::Value {
        match self {
            Self::Blur(regions) => serde_json::json!({ "regions": regions, "method": "mosaic", "cells": MOSAIC_CELLS }),
            Self::Crop(region) => serde_json::json!({ "regions": [region] }),
        }
    }

    /// The copy as a JPEG.
    ///
    /// # Errors
    /// [`DeriveError`]; the original is untouched in any case.
    pub fn apply(&self, original: &[u8]) -> Result<Vec<u8>, DeriveError> {
        let found = MediaType::sniff(original);
        let (structure, format) = match found {
            MediaType::Jpeg => (media::jpeg(original), ImageFormat::Jpeg),
            MediaType::Png => (media::png(original), ImageFormat::Png),
            _ => return Err(DeriveError::NoPicture),
        };
        let structure = structure.filter(|s| s.complete).ok_or(DeriveError::NoPicture)?;
        if structure.decode_bytes > MAX_DECODE_BYTES {
            return Err(DeriveError::TooLarge);
        }
        let decoded = catch_unwind(|| image::load_from_memory_with_format(original, format).ok()).ok().flatten();
        let mut picture = decoded.ok_or(DeriveError::NoPicture)?;
        if let Some(turn) = exif::orientation(original, found).and_then(Orientation::from_exif) {
            picture.apply_orientation(turn);
        }
        let mut rgb = picture.into_rgb8();
        let size = rgb.dimensions();
        let copy = match self {
            Self::Blur(regions) => {
                if regions.is_empty() || !regions.iter().all(|r| r.inside(size)) {
                    return Err(DeriveError::Region);
                }
                regions.iter().for_each(|r| mosaic(&mut rgb, *r));
                rgb
            }
            Self::Crop(r) if r.inside(size) => image::imageops::crop_imm(&rgb, r.x, r.y, r.width, r.height).to_image(),
            Self::Crop(_) => return Err(DeriveError::Region),
        };
        let mut out = Vec::new();
        DynamicImage::ImageRgb8(copy)
            .write_with_encoder(JpegEncoder::new_with_quality(&mut out, QUALITY))
            .map_err(|_| DeriveError::NoPicture)?;
        Ok(out)
    }
}

impl Region {
    fn inside(self, (width, height): (u32, u32)) -> bool {
        let end = |from: u32, size: u32, limit: u32| size > 0 && from.checked_add(size).is_some_and(|e| e <= limit);
        end(self.x, self.width, width) && end(self.y, self.height, height)
    }
}

/// Each cell takes the average of its pixels.
fn mosaic(picture: &mut RgbImage, r: Region) {
    let cell = r.width.max(r.height).div_ceil(MOSAIC_CELLS).max(1);
    for top in (r.y..r.y + r.height).step_by(cell as usize) {
        for left in (r.x..r.x + r.width).step_by(cell as usize) {
            let (right, bottom) = ((left + cell).min(r.x + r.width), (top + cell).min(r.y + r.height));
            let mut sum = [0_u64; 3];
            for (x, y) in (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y))) {
                for (total, channel) in sum.iter_mut().zip(picture.get_pixel(x, y).0) {
                    *total += u64::from(channel);
                }
            }
            let n = u64::from(right - left) * u64::from(bottom - top);
            let average = Rgb(sum.map(|s| u8::try_from(s / n.max(1)).unwrap_or(u8::MAX)));
            for (x, y) in (top..bottom).flat_map(|y| (left..right).map(move |x| (x, y))) {
                picture.put_pixel(x, y, average);
            }
        }
    }
}
