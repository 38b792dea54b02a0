//! The named classes in which every implementation refuses (`docs/formats` "Refusals").

use crate::badge::BadgeError;
use crate::badge::frame::FrameError;
use crate::cbor::CborError;
use crate::log::LogError;
use crate::log::note::NoteError;
use crate::log::timestamp::StampError;
use crate::pack::signed::PackError;
use crate::pairing::{ChannelError, PairingError};
use crate::seal::SealError;
use crate::sign::SignError;
use crate::trust::TrustError;
use crate::wire::WireError;

/// Why an object is refused: a class of `docs/formats`, the same in every implementation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub &'static str);

/// Outside the CBOR profile or the rule of the object.
pub(super) const MALFORMED: Refusal = Refusal("malformed");
/// For something else than what stands beside it.
pub(super) const WRONG_SUBJECT: Refusal = Refusal("wrong_subject");
/// A proof does not lead to the root.
pub(super) const PROOF: Refusal = Refusal("proof");
/// Something does not follow its predecessor.
pub(super) const CHAIN: Refusal = Refusal("chain");

/// The first deviation from the CBOR profile.
pub(super) fn of_cbor(error: CborError) -> Refusal {
    Refusal(match error {
        CborError::Truncated => "truncated",
        CborError::Trailing => "trailing",
        CborError::NotShortest => "not_shortest",
        CborError::Indefinite => "indefinite",
        CborError::Simple => "simple",
        CborError::Tag => "tag",
        CborError::Integer => "integer",
        CborError::Utf8 => "utf8",
        CborError::Order => "order",
        CborError::Duplicate => "duplicate",
        CborError::Key => "key",
        CborError::Depth => "depth",
        CborError::Missing(_) | CborError::Type(_) | CborError::Unknown => "malformed",
    })
}

impl From<CborError> for Refusal {
    fn from(_: CborError) -> Self {
        MALFORMED
    }
}
impl From<SignError> for Refusal {
    fn from(error: SignError) -> Self {
        Self(match error {
            SignError::Cbor(_) => "malformed",
            SignError::WrongType(_) => "wrong_type",
            SignError::UnknownAlgorithm => "unknown_algorithm",
            SignError::AlgorithmMismatch => "algorithm_mismatch",
            SignError::WrongKey => "wrong_key",
            SignError::BadKey => "bad_key",
            SignError::BadSignature => "bad_signature",
            SignError::HighS => "high_s",
            SignError::UnexpectedHeader => "unexpected_header",
            SignError::Detachment => "detachment",
            SignError::Key(_) => "key",
        })
    }
}
impl From<TrustError> for Refusal {
    fn from(error: TrustError) -> Self {
        Self(match error {
            TrustError::Sign(e) => return e.into(),
            TrustError::AnotherRoot => "another_root",
            TrustError::SignerUnknown => "signer_unknown",
            TrustError::WrongUse => "wrong_use",
            TrustError::NotYetValid => "not_yet_valid",
            TrustError::Expired => "expired",
            TrustError::Suspect => "suspect",
            TrustError::Rollback => "rollback",
        })
    }
}
impl From<LogError> for Refusal {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Cbor(e) => e.into(),
            LogError::Sign(e) => e.into(),
            LogError::Trust(e) => e.into(),
            LogError::BrokenChain => CHAIN,
            LogError::Commitment(_) => Self("commitment"),
            LogError::UnknownField => Self("unknown_field"),
            LogError::Proof => PROOF,
            LogError::WrongSubject => WRONG_SUBJECT,
            LogError::Note(e) => e.into(),
            LogError::Stamp(e) => e.into(),
        }
    }
}
impl From<NoteError> for Refusal {
    fn from(error: NoteError) -> Self {
        Self(match error {
            NoteError::Malformed => "malformed",
            NoteError::NotSigned => "wrong_key",
            NoteError::Signature => "bad_signature",
        })
    }
}
impl From<StampError> for Refusal {
    fn from(error: StampError) -> Self {
        match error {
            StampError::Malformed | StampError::Refused => MALFORMED,
            StampError::Imprint | StampError::Nonce => WRONG_SUBJECT,
            StampError::Signature => Self("bad_signature"),
        }
    }
}
impl From<BadgeError> for Refusal {
    fn from(error: BadgeError) -> Self {
        match error {
            BadgeError::Sign(e) => e.into(),
            BadgeError::Trust(e) => e.into(),
            BadgeError::Scope(_) => Self("scope"),
            BadgeError::Field(_) | BadgeError::TooLarge { .. } | BadgeError::Host | BadgeError::Challenge => Self("field"),
        }
    }
}
impl From<FrameError> for Refusal {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Unreadable => Self("cut_short"),
            FrameError::Newer => Self("newer_format"),
            FrameError::Malformed(e) => e.into(),
        }
    }
}
impl From<PackError> for Refusal {
    fn from(error: PackError) -> Self {
        match error {
            PackError::TooLarge | PackError::Model(_) | PackError::WrongSchema(_) | PackError::Faulty(_) => MALFORMED,
            PackError::Sign(e) => e.into(),
            PackError::SignerUnknown => Self("signer_unknown"),
            PackError::WrongUse => Self("wrong_use"),
            PackError::SignerNotValid(e) => e.into(),
            PackError::TooFewSigners(_) => Self("wrong_key"),
            PackError::NotYetValid(_) => Self("not_yet_valid"),
            PackError::Expired(_) => Self("expired"),
            PackError::AnotherPack => WRONG_SUBJECT,
            PackError::Rollback => Self("rollback"),
        }
    }
}
impl From<WireError> for Refusal {
    fn from(error: WireError) -> Self {
        match error {
            WireError::Unsigned => MALFORMED,
            WireError::Cbor(e) => e.into(),
            WireError::Sign(e) => e.into(),
            WireError::Trust(e) => e.into(),
            WireError::Log(e) => e.into(),
            WireError::Mismatch(_) | WireError::AnotherRequest => WRONG_SUBJECT,
            WireError::Gap => Self("gap"),
            WireError::Rollback => Self("rollback"),
        }
    }
}
impl From<PairingError> for Refusal {
    fn from(error: PairingError) -> Self {
        match error {
            PairingError::Unreadable => Self("cut_short"),
            PairingError::OtherStep => Self("wrong_type"),
            PairingError::Sign(e) => e.into(),
            PairingError::Badge(e) => e.into(),
            PairingError::Trust(e) => e.into(),
            PairingError::OtherTask | PairingError::OtherEnrolment => WRONG_SUBJECT,
            PairingError::SamePerson | PairingError::SameEnrolment => Self("same_side"),
            PairingError::CertificateExpired(_) => Self("expired"),
            PairingError::WeakKey => Self("bad_key"),
        }
    }
}
impl From<ChannelError> for Refusal {
    fn from(error: ChannelError) -> Self {
        Self(match error {
            ChannelError::Replayed => "rollback",
            ChannelError::Missing { .. } => "gap",
            ChannelError::Forged => "damaged",
            ChannelError::TooLong => "malformed",
        })
    }
}
impl From<SealError> for Refusal {
    fn from(error: SealError) -> Self {
        Self(match error {
            SealError::BadRecipient | SealError::BadIdentity | SealError::NoRecipient => "bad_key",
            SealError::NotSealed | SealError::Read(_) | SealError::Write(_) => "not_sealed",
            SealError::NotForUs => "not_for_us",
            SealError::HeaderChanged => "header_changed",
            SealError::Damaged => "damaged",
            SealError::Truncated => "cut_short",
        })
    }
}
