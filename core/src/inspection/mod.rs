//! The aggregate of one inspection: events, their fold, and the gates of the law as values.

pub mod advice;
mod close_out;
mod event;
mod fold;
pub mod gate;
pub mod organ;
pub mod people;
mod recording;
pub mod stock;

pub use close_out::{CloseOut, close_out};
pub use event::{
    Ack, Approval, AssistantRef, BadgeAck, CopyKind, DerivedFrom, DroppedItem, Enterprise, Event, Exempt, How, Media,
    NoSignature, OfficerRef, Original, PartOf, Place, SignRole, Taken, Task, ThumbnailMade, Witness,
};
pub(crate) use fold::Folding;
pub use fold::{
    Acknowledged, AnswerGiven, Appearance, At, Badge, CharacterDrawn, CheckpointCosigned, CheckpointTaken, CopyHanded,
    CorrectionMade, EntryRef, EvidenceHeld, FindingMade, Inspection, LeadChange, NumberVoided, PackMove, PaperCorrection,
    PaperInked, PaperRead, PaperState, Refusal, RightGiven, SignatureGiven, fold, order,
};
pub use gate::Gate;
pub use organ::{TeamFault, TeamOrgan};
pub use people::{Absence, Declaration, Flag, Interview, People, Recusal, Scan};
pub use recording::{FactHeld, FactSource, Gap, HandedOver, InterruptionMade, PartHeld, RecordingMade};
pub use stock::{Stock, StockNumber};

#[cfg(test)]
mod tests;
