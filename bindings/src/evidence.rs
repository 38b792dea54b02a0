//! Photographs: sealed first, checked second.

use crate::act::Place;
use crate::mirror::record;
use mingzheng_core as core;

record!(in
    /// What the shell knows of a shot.
    CaptureInfo = core::phone::CaptureInfo {
        /// Checklist item it belongs to.
        item: Option<String>,
        /// What it shows.
        caption: String,
        /// The name that the file had; data only, never a path.
        original_name: String,
        /// Where the phone was.
        place: Option<Place>,
        /// Taken from elsewhere instead of this app's camera.
        imported: bool,
    }
);
record!(out
    /// A sealed photo.
    EvidenceView = core::phone::EvidenceView {
        /// Its id.
        id: String,
        /// SHA-256 of the exact file, hex.
        clear: String,
        /// SHA-256 of the sealed file, hex.
        sealed: String,
        /// The checkpoint that covers it.
        checkpoint: Option<u64>,
    }
);
record!(out
    /// What the second act found.
    PhotoCheck = core::phone::PhotoCheck {
        /// `ok`, or what is wrong. The photo stays in any case.
        state: String,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// A small JPEG.
        thumbnail: Option<Vec<u8>>,
    }
);
