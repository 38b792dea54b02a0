//! The badge: its frames to draw (P7), how it was taken, how the own certificate stands, and who else is in office.

use crate::error::Gate;
use crate::mirror::{choice, record};
use crate::status::Text;
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
        /// QR version, at most 18; of a checkpoint 25.
        version: u8,
        /// Draw a new one after so many milliseconds; 0: never.
        refresh_after_ms: u64,
        /// It answers the party's challenge, for so many milliseconds more.
        challenge_left_ms: Option<u64>,
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
choice!(
    /// How a certificate stands, the gravest first.
    CertificateState = core::phone::CertificateState {
        /// No badge is here.
        Missing,
        /// 注销.
        Cancelled,
        /// 暂扣.
        Suspended,
        /// 未年检.
        CheckMissed,
        /// Past its last day.
        Expired,
        /// In effect, but the credential was not renewed for longer than the pack allows: nothing can be started.
        TooStale,
        /// In effect, but the credential was not renewed; passes and is recorded.
        Stale,
        /// In effect; ends soon.
        Expiring,
        /// Whether it was withdrawn is not known.
        Unknown,
        /// In effect.
        Valid,
    }
);
record!(out
    /// The user's own certificate (R02).
    CertificateView = core::phone::CertificateView {
        /// How it stands.
        state: CertificateState,
        /// Last day, `yyyymmdd`.
        until: Option<u32>,
        /// Days until then by the office's time; negative when expired.
        days_left: Option<i64>,
        /// The warning that is reached, for instance 60, 30 or 7 days before the end.
        step: Option<u32>,
        /// Days since the credential should have been renewed.
        stale_days: Option<u32>,
        /// What the office said last is known as of then, ms.
        as_of: Option<i64>,
        /// An older status list than the newest came and was not taken: its date, ms.
        rolled_back: Option<i64>,
        /// How it stands, in words.
        says: Text,
        /// What to do; empty when nothing is.
        to_do: Text,
    }
);
record!(out
    /// What stands on the badge screen beside the code.
    BadgeScreen = core::phone::BadgeScreen {
        /// The seven public fields in order (R03): 姓名、单位、职务、证件编号、执法类别、执法区域、有效期.
        fields: Vec<String>,
        /// How the certificate stands.
        certificate: CertificateView,
        /// Why the badge may not be shown as good for this task; empty when it may.
        gates: Vec<Gate>,
        /// The text that must stand beside it; none where the province recognises it (B10).
        label: Option<Text>,
        /// How to complain (R16).
        complaint: Option<Text>,
        /// The telephone alone.
        complaint_phone: Option<String>,
        /// The telephone as a code to scan.
        complaint_code: Option<QrFrame>,
        /// The one address at which the party checks, for instance `zf.example/b`.
        address: String,
    }
);
record!(out
    /// An officer of the public list: the seven public fields and nothing else (R03, J26).
    ListedOfficer = core::badge::Officer {
        /// 姓名.
        name: String,
        /// 单位.
        unit: String,
        /// 职务.
        position: String,
        /// 证件编号.
        number: String,
        /// 执法类别.
        category: String,
        /// 执法区域.
        area: String,
        /// 证件有效期, the last valid day (`yyyymmdd`).
        until: u32,
    }
);
record!(out
    /// What the signed list of officers answers.
    OfficersView = core::phone::OfficersView {
        /// The organ that signed it; none when no list is here yet.
        organ: Option<String>,
        /// As of, ms.
        as_of: Option<i64>,
        /// To be called old after that, ms.
        until: Option<i64>,
        /// It is old.
        expired: bool,
        /// An older list than this came and was not taken: its date, ms.
        rolled_back: Option<i64>,
        /// How many officers it names.
        total: u64,
        /// Those that the query fits, by number.
        rows: Vec<ListedOfficer>,
    }
);
