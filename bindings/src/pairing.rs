//! The second officer's phone.

use crate::mirror::{Cross, record};
use mingzheng_core as core;

record!(out
    /// The other officer, proven by both keys.
    Peer = core::phone::Peer {
        /// 姓名.
        name: String,
        /// 执法证号.
        number: String,
        /// The QR to show next, if the other phone still needs one.
        next: Option<String>,
    }
);

/// What came from the other phone.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum PeerEvent {
    /// This phone joined the other one's inspection.
    Joined {
        /// The inspection.
        inspection: String,
    },
    /// The other officer's presence is proven.
    Present {
        /// 姓名.
        name: String,
    },
    /// The other officer showed the certificate.
    BadgeShown {
        /// 姓名.
        name: String,
    },
    /// The other officer asks for a signature: show the facts, then call `cosign`.
    SignRequested {
        /// Paper id.
        paper: String,
        /// The facts as JSON.
        facts: String,
    },
    /// The other officer signed.
    Signed {
        /// Paper id.
        paper: String,
    },
    /// The other officer asks this phone to witness a checkpoint: call `witness`.
    WitnessRequested {
        /// Its number.
        cp_no: u64,
        /// Entries under it.
        size: u64,
    },
    /// The other officer's phone has witnessed a checkpoint of this log.
    Witnessed {
        /// Its number.
        cp_no: u64,
    },
}

impl Cross<PeerEvent> for core::phone::PeerEvent {
    fn cross(self) -> PeerEvent {
        match self {
            Self::Joined { inspection } => PeerEvent::Joined { inspection },
            Self::Present { name } => PeerEvent::Present { name },
            Self::BadgeShown { name } => PeerEvent::BadgeShown { name },
            Self::SignRequested { paper, facts } => PeerEvent::SignRequested { paper, facts },
            Self::Signed { paper } => PeerEvent::Signed { paper },
            Self::WitnessRequested { cp_no, size } => PeerEvent::WitnessRequested { cp_no, size },
            Self::Witnessed { cp_no } => PeerEvent::Witnessed { cp_no },
        }
    }
}

record!(out
    /// How far two phones have each other's log.
    MirrorView = core::phone::MirrorView {
        /// 姓名 of the other officer.
        name: String,
        /// 执法证号.
        number: String,
        /// The other log, hex.
        log: String,
        /// Both are paired now.
        paired: bool,
        /// Entries of this phone's log that the other one has.
        there: u64,
        /// Entries of this phone's log.
        there_of: u64,
        /// When the other phone said so, ms; none before it has.
        there_at_ms: Option<i64>,
        /// Entries of the other log that are kept here.
        here: u64,
        /// Entries that the other phone was seen to have itself.
        here_of: u64,
        /// When something of it was kept last, ms.
        here_at_ms: Option<i64>,
        /// Entries of the other log that the office has from here, by its receipts.
        carried: u64,
        /// The other phone's key signed two histories: nothing more is taken of it.
        forked: bool,
    }
);
