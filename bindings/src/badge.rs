//! The badge: its frames to draw (P7) and how it was taken.

use crate::mirror::{choice, record};
use mingzheng_core as core;

choice!(
    /// Which frame of the badge.
    FrameKind = core::phone::FrameKind {
        /// Badge and presentation.
        Badge,
        /// Assignment and presentation.
        Assignment,
    }
);
record!(out
    /// A QR to draw.
    QrFrame = core::phone::QrFrame {
        /// The text in it: an address with the data in its fragment.
        text: String,
        /// Modules a side, without the quiet zone of four.
        size: u32,
        /// Row by row; true is dark.
        modules: Vec<bool>,
        /// QR version, at most 18.
        version: u8,
        /// Draw a new one after so many milliseconds; 0: never.
        refresh_after_ms: u64,
    }
);
choice!(
    /// How the certificate was acknowledged.
    BadgeAck = core::inspection::BadgeAck {
        /// Scanned with the party's phone.
        Scanned,
        /// Photographed.
        Photographed,
        /// Signed.
        Signed,
        /// The party did not want to look.
        Declined,
    }
);
