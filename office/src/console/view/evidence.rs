//! Evidence: photographs with place, state and custody.

use super::words::{bytes, place, time, word};
use crate::cases::Named;
use crate::text::CONSOLE;
use mingzheng_core::inspection::Inspection;

/// A photo.
pub(in crate::console) struct Photo {
    /// Number as printed.
    pub number: usize,
    /// What it shows.
    pub caption: String,
    /// When.
    pub at: String,
    /// Where.
    pub place: String,
    /// Length.
    pub size: String,
    /// SHA-256 of the clear file.
    pub clear: String,
    /// State in words when something is wrong, HTML.
    pub problem: Option<String>,
    /// Custody receipt given.
    pub custody: bool,
    /// Number of differences between EXIF and device.
    pub differences: usize,
}

/// Photographs in order of capture.
pub(super) fn photos(i: &Inspection, files: &[Named]) -> Vec<Photo> {
    i.evidence
        .iter()
        .map(|e| Photo {
            number: e.number,
            caption: e.caption.clone(),
            at: time(e.at.ms, e.at.zone_min),
            place: match &e.place {
                Some(p) => place(p),
                None => CONSOLE.plain(&format!("fix.{}", e.fix)),
            },
            size: bytes(e.clear_len),
            clear: e.clear.clone(),
            problem: match e.state.as_str() {
                "ok" | "good" => None,
                other => Some(word(other)),
            },
            custody: files.iter().any(|f| f.what == "evidence" && f.id == e.id && f.custody.is_some()),
            differences: e.differences.len(),
        })
        .collect()
}
