//! The aggregate of one inspection: events, their fold, and the gates of the law as values.

mod event;
mod fold;
pub mod gate;

pub use event::{
    Ack, Approval, AssistantRef, BadgeAck, Enterprise, Event, How, NoSignature, OfficerRef, Place, SignRole, Taken, Task, Witness,
};
pub use fold::{
    Acknowledged, AnswerGiven, At, Badge, CheckpointCosigned, CheckpointTaken, CorrectionMade, EntryRef, EvidenceHeld,
    FindingMade, Inspection, PaperState, Refusal, RightGiven, SignatureGiven, fold, order,
};
pub use gate::Gate;
