//! The aggregate of one inspection: events, their fold, and the gates of the law as values.

pub mod advice;
mod close_out;
mod event;
mod fold;
pub mod gate;
pub mod people;
mod recording;

pub use close_out::{CloseOut, close_out};
pub use event::{
    Ack, Approval, AssistantRef, BadgeAck, DerivedFrom, Enterprise, Event, Exempt, How, Media, NoSignature, OfficerRef, Original,
    PartOf, Place, SignRole, Taken, Task, ThumbnailMade, Witness,
};
pub use fold::{
    Acknowledged, AnswerGiven, Appearance, At, Badge, CharacterDrawn, CheckpointCosigned, CheckpointTaken, CorrectionMade,
    EntryRef, EvidenceHeld, FindingMade, Inspection, NumberVoided, PaperInked, PaperState, Refusal, RightGiven, SignatureGiven,
    fold, order,
};
pub use gate::Gate;
pub use people::{Absence, Declaration, Flag, Interview, People, Recusal, Scan};
pub use recording::{FactHeld, FactSource, Gap, HandedOver, InterruptionMade, PartHeld, RecordingMade};

#[cfg(test)]
mod tests;
