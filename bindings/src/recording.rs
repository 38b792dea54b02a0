//! Sound and video in parts, the tray of orphans, derived copies, facts and their evidence.

use crate::act::Place;
use crate::evidence::EvidenceView;
use crate::mirror::{Cross, choice, record};
use mingzheng_core as core;

choice!(
    /// What a recording is of.
    Media = core::inspection::Media {
        /// 录音.
        Audio,
        /// 录像.
        Video,
    }
);
choice!(
    /// How a recording stands.
    RecordingStanding = core::phone::RecordingStanding {
        /// This process records.
        Running,
        /// Neither ended nor running: the app was killed. Ask for the reason.
        Broken,
        /// Ended.
        Ended,
    }
);
record!(out
    /// A recording that may begin.
    RecordingView = core::phone::RecordingView {
        /// Its id.
        id: String,
        /// Whether its scene must be recorded.
        must_record: bool,
        /// Where the recorder writes its parts: this text, a number and an extension.
        prefix: String,
        /// How long a part should be.
        part_ms: u64,
    }
);
record!(in
    /// What the recorder knows of a part.
    PartInfo = core::phone::PartInfo {
        /// Milliseconds since the recording was begun, by a monotonic clock.
        starts_ms: u64,
        /// How long it plays.
        lasts_ms: u64,
        /// Where the phone was.
        place: Option<Place>,
    }
);
record!(out
    /// A sealed part.
    PartView = core::phone::PartView {
        /// Its number, 0….
        part: u64,
        /// The evidence.
        evidence: EvidenceView,
        /// `whole`, or what is wrong with it: tell the officer at once.
        state: String,
    }
);
record!(out
    /// A recording as listed.
    RecordingState = core::phone::RecordingState {
        /// Its id.
        id: String,
        /// Sound or video.
        media: Media,
        /// Scene of the pack.
        scene: Option<String>,
        /// Parts that are sealed.
        parts: u64,
        /// End of the last part.
        lasts_ms: u64,
        /// How it stands.
        standing: RecordingStanding,
    }
);
record!(out
    /// A time of a scene that must be recorded and that has neither recording nor reason (J22).
    Gap = core::inspection::Gap {
        /// Scene of the pack.
        scene: String,
        /// From, ms.
        from_ms: i64,
        /// To.
        to_ms: i64,
    }
);
record!(out
    /// A file that was written but never committed (F02).
    OrphanView = core::phone::OrphanView {
        /// Where it lies.
        path: String,
        /// MIME type by content.
        media_type: String,
        /// Its length in bytes.
        length: u64,
        /// It was sealed, and the clear file is gone: the only copy.
        sealed: bool,
        /// The recording of which it is a part, by its name.
        recording: Option<String>,
    }
);
record!(in
    /// A rectangle in pixels of the upright picture.
    Region = core::evidence::Region {
        /// From the left.
        x: u32,
        /// From the top.
        y: u32,
        /// Width.
        width: u32,
        /// Height.
        height: u32,
    }
);

/// An explanation (R19): of a recording, or of all that a scene lacks.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Interruption {
    /// The recording that was interrupted; without it `scene` is explained.
    pub recording: Option<String>,
    /// The scene whose gaps are explained.
    pub scene: Option<String>,
    /// Reason code of the pack.
    pub reason: String,
    /// In words.
    pub note: String,
}
impl Cross<core::phone::Interruption> for Interruption {
    fn cross(self) -> core::phone::Interruption {
        let Self { recording, scene, reason, note } = self;
        core::phone::Interruption { recording, scene, between: None, reason, note }
    }
}

/// What is done with a picture (J19).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum PictureEdit {
    /// Regions become a mosaic.
    Blur {
        /// Where.
        regions: Vec<Region>,
    },
    /// Only this is kept.
    Crop {
        /// What.
        region: Region,
    },
}
impl Cross<core::evidence::PictureEdit> for PictureEdit {
    fn cross(self) -> core::evidence::PictureEdit {
        match self {
            Self::Blur { regions } => core::evidence::PictureEdit::Blur(regions.cross()),
            Self::Crop { region } => core::evidence::PictureEdit::Crop(region.cross()),
        }
    }
}

/// An alleged fact and its evidence (R28).
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FactHeld {
    /// Number of the finding, from 1.
    pub finding: Option<u32>,
    /// The checklist item that was answered 不合格.
    pub item: Option<String>,
    /// The fact.
    pub text: String,
    /// Evidence ids.
    pub evidence: Vec<String>,
    /// Recorded without evidence on purpose.
    pub unproven: bool,
}
impl Cross<FactHeld> for core::inspection::FactHeld {
    fn cross(self) -> FactHeld {
        let (finding, item) = match self.source {
            core::inspection::FactSource::Finding(n) => (u32::try_from(n).ok(), None),
            core::inspection::FactSource::Item(item) => (None, Some(item)),
        };
        FactHeld { finding, item, text: self.text, evidence: self.evidence, unproven: self.unproven }
    }
}
