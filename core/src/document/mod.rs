//! 文书: forms of the pack rendered to PDF/A-3a + PDF/UA-1, and the signature over a paper's bytes (P8).
//!
//! [`render`] makes a PDF from a template and facts and nothing else: the same input gives the same bytes. [`missing_glyphs`] says before
//! anything is signed what the font cannot show. [`seal_paper`] and [`read_paper`] append and read the paper's signature
//! (`docs/adr/0003-paper-signature.md`). What a 现场检查笔录 says is in [`facts`]; every other form is filled by [`form`] from what the pack says of it.

pub mod amount;
mod codes;
mod drawn;
mod example;
pub mod facts;
mod fonts;
pub mod form;
mod glyphs;
mod hostile;
pub mod number;
mod object;
pub mod page;
mod paper;
mod render;

pub use drawn::{DrawnCharacter, DrawnError};
pub use example::{Example, ExampleError};
pub use fonts::Fonts;
pub use glyphs::missing_glyphs;
pub use hostile::Trial;
pub use paper::{Paper, PaperAttachment, PaperSeal, SealError, read_paper, seal_paper};
pub use render::{Attachment, Form, PaperIdentity, Relationship, render};

/// Why a paper could not be made or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The bytes given as fonts hold no font that can be used.
    #[error("no usable font: install a Chinese font (Debian: fonts-noto-cjk)")]
    NoFont,
    /// The fonts cannot show these characters; correct the text or add a font before anyone signs.
    #[error("the fonts cannot show {}", code_points(.0))]
    MissingGlyphs(Vec<char>),
    /// An attachment's name, type or number is not allowed.
    #[error("attachment {0}: name must be a-z 0-9 . _ -, unique, with a media type; 64 at most")]
    Attachment(usize),
    /// The identity's date lies outside the years that a PDF can hold.
    #[error("the paper's date is out of range")]
    Date,
    /// The pack has no form of this id.
    #[error("the pack has no form {0}")]
    UnknownForm(String),
    /// An electronic seal on a form for which the pack does not allow one.
    #[error("the pack allows no electronic seal on the form {0}")]
    ElectronicSeal(String),
    /// The facts cannot be written as CBOR of the profile.
    #[error("the facts cannot be written")]
    Facts,
    /// The template failed; a fault of the pack.
    #[error("template {form}, line {line}: {message}")]
    Template {
        /// Id of the form.
        form: String,
        /// Line in the template, 0 if unknown.
        line: usize,
        /// What the typesetter said.
        message: String,
    },
    /// The file is not a PDF as this product writes it, or it is damaged.
    #[error("not a paper of this product, or damaged: {0}")]
    Damaged(&'static str),
    /// The paper carries a signature already.
    #[error("the paper is already signed")]
    AlreadySealed,
    /// The signature does not fit the room kept for it.
    #[error("a signature of {0} bytes does not fit the paper")]
    SignatureTooLong(usize),
}

fn code_points(chars: &[char]) -> String {
    chars.iter().map(|c| format!("U+{:04X}", u32::from(*c))).collect::<Vec<_>>().join(" ")
}
