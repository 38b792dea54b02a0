//! Characters that the phone's fonts lack, drawn by the officer so that the paper can be made on site (F12).

use super::{Phone, PhoneError, id};
use crate::document::facts::Ink;
use crate::document::{DrawnCharacter, Fonts, missing_glyphs};
use crate::inspection::{Event, Inspection};

impl Phone {
    /// Takes the drawing of a character that no font of this phone has, for the papers of this inspection; the newest of a character counts.
    /// `character` is the character itself or its code as the error of a paper names it, `U+4DAE`.
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] when it is not one character, when a font shows it, or when the strokes cannot be printed.
    pub fn draw_character(&self, inspection: &str, character: &str, ink: Ink) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let (i, _) = self.folded(case)?;
        if i.closed.is_some() {
            return Err(PhoneError::Invalid("检查已经结束 / the inspection is closed".into()));
        }
        let drawn = DrawnCharacter::new(&self.fonts()?, character, ink).map_err(|e| PhoneError::Invalid(e.to_string()))?;
        let event = Event::CharacterDrawn {
            character: drawn.character.to_string(),
            digest: drawn.digest.clone(),
            drawing: serde_json::to_value(&drawn.ink).map_err(|_| PhoneError::Invalid("ink".into()))?,
        };
        self.append(Some(case), &[event], Vec::new(), |_| Ok(()))?;
        Ok(())
    }
}

/// The drawings that stand in for what the fonts lack in the facts of a paper, in the order of appearance, and the characters that were not drawn.
pub(super) fn drawings(fonts: &Fonts, i: &Inspection, facts: &serde_json::Value) -> (Vec<DrawnCharacter>, Vec<char>) {
    let (mut drawn, mut missing) = (Vec::new(), Vec::new());
    for lacking in missing_glyphs(fonts, &facts.to_string()) {
        let made = i.drawn.iter().find(|d| d.character.chars().eq([lacking]));
        let ink = made.and_then(|d| serde_json::from_value(d.drawing.clone()).ok());
        match ink.map(|ink| DrawnCharacter::new(fonts, lacking.encode_utf8(&mut [0; 4]), ink)) {
            Some(Ok(one)) => drawn.push(one),
            _ => missing.push(lacking),
        }
    }
    (drawn, missing)
}
