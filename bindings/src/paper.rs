//! Papers: presented, signed or refused, finished (P8).

use crate::mirror::{Cross, choice, record};
use mingzheng_core as core;

choice!(
    /// Why the party's signature is missing.
    NoSignature = core::inspection::NoSignature {
        /// 拒签.
        Refused,
        /// 不能签.
        Unable,
        /// 不在场.
        Absent,
    }
);
record!(out
    /// A paper as the shell shows it.
    PaperView = core::phone::PaperView {
        /// Its id: the 编号.
        id: String,
        /// SHA-256 of the newest PDF, hex.
        digest: String,
        /// Whether it is final.
        finished: bool,
    }
);

/// A point of a stroke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct Point {
    /// From the left.
    pub x: i16,
    /// From the top.
    pub y: i16,
}

/// One stroke.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Stroke {
    /// Its points in order.
    pub points: Vec<Point>,
}

/// The shape of a signature as it is printed.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Ink {
    /// Width of the field.
    pub width: u16,
    /// Height of the field.
    pub height: u16,
    /// The strokes.
    pub strokes: Vec<Stroke>,
}

impl Cross<core::document::facts::Ink> for Ink {
    fn cross(self) -> core::document::facts::Ink {
        let lines = self.strokes.into_iter().map(|s| s.points.into_iter().map(|p| [p.x, p.y]).collect()).collect();
        core::document::facts::Ink { width: self.width, height: self.height, lines }
    }
}

record!(in
    /// Somebody signs.
    SignInput = core::phone::SignInput {
        /// Name of who signs.
        name: String,
        /// 职务 of the party's signer.
        position: String,
        /// The strokes as captured (time, pressure); biometric: sealed, never shown.
        strokes: Vec<u8>,
        /// The shape as printed.
        ink: Option<Ink>,
        /// Media segment that shows it.
        media: Option<String>,
    }
);
record!(in
    /// The party does not sign.
    RefuseInput = core::phone::RefuseInput {
        /// Refused, unable or absent.
        why: NoSignature,
        /// Who.
        name: String,
        /// Reason in words.
        reason: String,
        /// 见证人 name.
        witness: Option<String>,
        /// 见证人 unit.
        witness_unit: Option<String>,
        /// The witness's signature as printed.
        witness_ink: Option<Ink>,
        /// Media segment that shows it.
        media: Option<String>,
    }
);
