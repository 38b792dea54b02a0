//! The aggregate of one inspection: events, their fold, and the gates of the law as values.

pub mod advice;
mod event;
mod fold;
pub mod gate;
mod recording;

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
pub use recording::{FactHeld, FactSource, Gap, HandedOver, InterruptionMade, PartHeld, RecordingMade};

#[cfg(test)]
mod tests;
