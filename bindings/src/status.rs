//! The device at a glance.

use crate::mirror::{Cross, choice, record};
use crate::sending::Wait;
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
    /// Not begun.
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

choice!(
    /// What stands between the log and its next checkpoint.
    LogState = core::phone::LogState {
        /// Nothing.
        Signing,
        /// The LOG key could not be used the last time; it is tried again.
        KeyLocked,
        /// The LOG key is gone: work goes on unsigned until the office has enrolled this phone anew.
        KeyGone,
        /// The store is older than what this device has signed: a new log has begun, unsigned until the office has enrolled this phone anew.
        StoreBehind,
        /// The office has enrolled this phone anew; the old log's last checkpoint is still to be signed.
        Renewing,
    }
);
choice!(
    /// What is known of the office's own log.
    OfficeState = core::phone::OfficeState {
        /// No answer yet.
        Unknown,
        /// Every head that was answered extends the one before.
        Consistent,
        /// The office did not prove that its log only grew; it is asked again.
        Unproven,
        /// The office's log is smaller than what it had answered. Everything is kept here.
        Back,
        /// The office signed two histories; the proof is kept.
        Contradicted,
    }
);
record!(out
    /// One item of the queue.
    QueueItem = core::phone::QueueItem {
        /// `segment`, `paper`, `strokes`, `thumbnail`, `photo`, `derived` or `recording`; `carried` for a segment of a paired phone that this one brings.
        kind: String,
        /// Checkpoint number, paper or evidence id.
        id: String,
        /// How far.
        state: QueueState,
        /// Why it does not go on now; none for what is received or parked.
        waits: Option<Wait>,
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
        /// What stands between the log and its next checkpoint.
        log_state: LogState,
        /// What is known of the office's own log.
        office_state: OfficeState,
        /// Entries in the log.
        entries: u64,
        /// Call `tick` after so many milliseconds.
        next_tick_ms: u64,
    }
);
record!(out
    /// A checkpoint and whether the office has answered.
    CheckpointView = core::phone::CheckpointView {
        /// The log, hex.
        log: String,
        /// Number.
        cp_no: u64,
        /// Entries under it.
        size: u64,
        /// The office's receipt is here.
        receipted: bool,
    }
);
