//! The device at a glance.

use crate::mirror::{Cross, record};
use mingzheng_core as core;

record!(out
    /// A text in both languages.
    Text = core::pack::Text {
        /// Chinese.
        zh: String,
        /// English.
        en: String,
    }
);
record!(out
    /// The pack in use.
    PackView = core::phone::PackView {
        /// Its id.
        id: String,
        /// Its version.
        version: u32,
        /// Its title.
        title: Text,
        /// Last day of validity, `yyyymmdd`.
        valid_until: u32,
    }
);

/// How far an item of the queue is.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum QueueState {
    /// Waiting for a network.
    Waiting,
    /// Partly sent.
    Sending {
        /// Bytes that the office has.
        offset: u64,
        /// Bytes in all.
        length: u64,
    },
    /// The office's verified receipt is here.
    Received,
    /// Set aside; the others go on.
    Parked {
        /// Why.
        reason: String,
    },
}
impl Cross<QueueState> for core::phone::QueueState {
    fn cross(self) -> QueueState {
        match self {
            Self::Waiting => QueueState::Waiting,
            Self::Sending { offset, length } => QueueState::Sending { offset, length },
            Self::Received => QueueState::Received,
            Self::Parked(reason) => QueueState::Parked { reason },
        }
    }
}

record!(out
    /// One item of the queue.
    QueueItem = core::phone::QueueItem {
        /// `segment`, `paper`, `strokes`, `thumbnail` or `photo`.
        kind: String,
        /// Checkpoint number, paper or evidence id.
        id: String,
        /// How far.
        state: QueueState,
    }
);
record!(out
    /// The device at a glance.
    Status = core::phone::Status {
        /// Enrolled with an office.
        enrolled: bool,
        /// The user.
        person_name: Option<String>,
        /// `officer` or `assistant`.
        person_role: Option<String>,
        /// 执法证号.
        certificate_number: Option<String>,
        /// The seven public fields in order (R03): 姓名、单位、职务、证件编号、执法类别、执法区域、有效期.
        badge_fields: Vec<String>,
        /// Last day of the certificate, `yyyymmdd`.
        certificate_until: Option<u32>,
        /// Days until then; negative when expired.
        certificate_days_left: Option<i64>,
        /// The credential's own life, ms.
        badge_until_ms: Option<i64>,
        /// The pack in use.
        pack: Option<PackView>,
        /// Root fingerprint in groups of four.
        trust_fingerprint: Option<String>,
        /// The text that must stand beside an electronic badge.
        aid_label: Option<Text>,
        /// The queue.
        queue: Vec<QueueItem>,
        /// Entries that no checkpoint covers because the key could not sign.
        checkpoint_pending: bool,
        /// Entries in the log.
        entries: u64,
        /// Call `tick` after so many milliseconds.
        next_tick_ms: u64,
    }
);
record!(out
    /// A checkpoint and whether the office has answered.
    CheckpointView = core::phone::CheckpointView {
        /// Number.
        cp_no: u64,
        /// Entries under it.
        size: u64,
        /// The office's receipt is here.
        receipted: bool,
    }
);
