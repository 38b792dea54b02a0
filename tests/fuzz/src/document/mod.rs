//! What reads and seals papers; the rest of core's module sets them in type.

#[path = "../../../../core/src/document/number.rs"]
pub mod number;
#[path = "../../../../core/src/document/object.rs"]
mod object;
#[path = "../../../../core/src/document/paper.rs"]
mod paper;
mod render {
    pub(super) const MAX_ATTACHMENTS: usize = 64;
}
pub use paper::{Paper, PaperAttachment, PaperSeal, SealError, read_paper, seal_paper};

/// Of core's errors those that these two have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// See core.
    #[error("damaged: {0}")]
    Damaged(&'static str),
    /// See core.
    #[error("already signed")]
    AlreadySealed,
    /// See core.
    #[error("a signature of {0} bytes does not fit")]
    SignatureTooLong(usize),
}
