//! The day of one inspection, played on the real programs: what the demo and the scenario tests share.
#![allow(clippy::indexing_slicing)] // only JSON values are indexed: an absent field is null, it does not panic

pub mod acts;
pub mod cast;
pub mod day;
mod exif_copy;
mod measures;
pub mod office;
pub mod penalty;
pub mod photos;
pub mod pictures;
pub mod place;
pub mod sound;
pub mod step;

pub use measures::twelve_megapixels;

/// Result of a step: any error ends the demo with its text.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
