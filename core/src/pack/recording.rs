//! 音像记录事项清单 (R18, R20): which scenes must be recorded, how long a gap may be, and the reasons that an interruption may have (R19, J22).

use super::{Basis, Parameter, Step, Text};
use serde::{Deserialize, Serialize};

/// What is recorded by sound or video.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordingRules {
    /// The scenes.
    pub scenes: Vec<Scene>,
    /// Seconds between two parts, or between a part and an interruption, that need no reason.
    pub gap_seconds: Parameter,
    /// Seconds at the beginning and the end of a scene that need no reason: a recorder must be taken out and put away.
    pub edge_seconds: Parameter,
    /// Why a recording may be missing.
    pub reasons: Vec<Reason>,
}

/// A scene with its beginning and end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// Row id.
    pub id: String,
    /// 环节.
    pub title: Text,
    /// The step with whose doing it begins.
    pub from: Step,
    /// The step with whose doing it ends.
    pub until: Step,
    /// Kinds of inspection (`routine`, `special`, `case`) in which it must be recorded; in the others it may be.
    pub must_for: Vec<String>,
    /// Law it rests on.
    pub basis: Vec<Basis>,
    /// A department's own list goes here.
    pub illustrative: bool,
}

/// Why a recording is missing; its id is the code in the entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Row id.
    pub id: String,
    /// In words.
    pub title: Text,
    /// Law it rests on.
    pub basis: Vec<Basis>,
}

impl Scene {
    /// Whether it must be recorded in an inspection of this kind.
    #[must_use]
    pub fn must(&self, kind: &str) -> bool {
        self.must_for.iter().any(|k| k == kind)
    }
}
