//! A character that no font of the device has, drawn by hand where the paper is made (F12): a name is written as its bearer writes it, and work
//! goes on. The facts keep the code point, the drawing and its digest; the paper shows the drawing in the line, marked, with a note at the end.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::facts::Ink;
use super::{Fonts, missing_glyphs};
use crate::cbor;
use crate::id::{hex, sha256};
use crate::unseen::unprintable;

/// Most strokes of a character.
const MAX_LINES: usize = 80;
/// Most points of all its strokes.
const MAX_POINTS: usize = 4_000;
/// Longest edge of the field.
const MAX_EDGE: u16 = 4_096;
/// Most drawn characters of one paper.
const MAX_DRAWN: usize = 32;

/// Why a drawing is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DrawnError {
    /// Not one character: give it as typed, or as `U+4DAE`.
    #[error("one character, as typed or as U+4DAE")]
    NotOne,
    /// A control character, a space or a mark.
    #[error("this is no character that is drawn")]
    Unprintable,
    /// A font of the device shows it: nothing is drawn that can be printed.
    #[error("the fonts show this character")]
    Shown,
    /// No strokes, too many, or strokes outside the field.
    #[error("the strokes cannot be printed: 1 to {MAX_LINES} strokes inside the field")]
    Strokes,
}

/// A drawn character, as the facts of a paper hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawnCharacter {
    /// The character that the text holds.
    pub character: char,
    /// SHA-256 of the drawing's CBOR, lower-case hex.
    pub digest: String,
    /// The drawing.
    pub ink: Ink,
}

impl DrawnCharacter {
    /// Takes a drawing of `character`, given as typed or as `U+4DAE`. A font is always the first choice.
    ///
    /// # Errors
    /// [`DrawnError`].
    pub fn new(fonts: &Fonts, character: &str, ink: Ink) -> Result<Self, DrawnError> {
        let mut typed = character.trim().chars();
        let character = match (typed.next(), typed.next()) {
            (Some(one), None) => one,
            _ => {
                let digits = character.trim().strip_prefix("U+").filter(|d| d.len() <= 6).ok_or(DrawnError::NotOne)?;
                u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).ok_or(DrawnError::NotOne)?
            }
        };
        if unprintable(character) || character.is_whitespace() || character.is_ascii() {
            return Err(DrawnError::Unprintable);
        }
        if missing_glyphs(fonts, character.encode_utf8(&mut [0; 4])).is_empty() {
            return Err(DrawnError::Shown);
        }
        let digest = digest(&ink).filter(|_| printable(&ink)).ok_or(DrawnError::Strokes)?;
        Ok(Self { character, digest, ink })
    }

    /// Whether the digest is the drawing's and the drawing can be printed.
    #[must_use]
    pub fn fits(&self) -> bool {
        printable(&self.ink) && digest(&self.ink).as_ref() == Some(&self.digest)
    }

    /// `U+4DAE`.
    #[must_use]
    pub fn code(&self) -> String {
        format!("U+{:04X}", u32::from(self.character))
    }

    /// The drawing as a picture.
    pub(super) fn svg(&self) -> String {
        let Ink { width, height, lines } = &self.ink;
        let stroke = (height / 18).max(1);
        let mut strokes = String::new();
        for line in lines {
            // A stroke of one point is a dot.
            let again = if line.len() == 1 { line.first() } else { None };
            let points: Vec<_> = line.iter().chain(again).map(|[x, y]| format!("{x},{y}")).collect();
            _ = write!(strokes, "<polyline points='{}'/>", points.join(" "));
        }
        format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}'>\
             <g fill='none' stroke='black' stroke-width='{stroke}' stroke-linecap='round' stroke-linejoin='round'>{strokes}</g></svg>"
        )
    }
}

/// The drawn characters among a page's facts, each with the digest of its drawing; others count as not drawn.
pub(super) fn drawn_in(page: &Value) -> Vec<DrawnCharacter> {
    let list = page.pointer("/facts/drawn").and_then(Value::as_array).into_iter().flatten().take(MAX_DRAWN);
    list.filter_map(|one| serde_json::from_value::<DrawnCharacter>(one.clone()).ok()).filter(DrawnCharacter::fits).collect()
}

fn digest(ink: &Ink) -> Option<String> {
    let json = serde_json::to_value(ink).ok()?;
    let bytes = cbor::from_json(&json).and_then(|value| cbor::encode(&value)).ok()?;
    Some(hex(&sha256(&bytes)))
}

fn printable(ink: &Ink) -> bool {
    let edge = |n: u16| (8..=MAX_EDGE).contains(&n);
    let within =
        |[x, y]: &[i16; 2]| u16::try_from(*x).is_ok_and(|x| x <= ink.width) && u16::try_from(*y).is_ok_and(|y| y <= ink.height);
    let points: usize = ink.lines.iter().map(Vec::len).sum();
    let lines = (1..=MAX_LINES).contains(&ink.lines.len()) && ink.lines.iter().all(|l| !l.is_empty() && l.iter().all(within));
    edge(ink.width) && edge(ink.height) && lines && (2..=MAX_POINTS).contains(&points)
}
