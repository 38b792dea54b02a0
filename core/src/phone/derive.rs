//! Derived copies (J19): new evidence that names its original, what was done and who did it. The original is only read.

use super::act::{clean, text};
use super::photo::{CaptureInfo, EvidenceView, Shot};
use super::{Phone, PhoneError};
use crate::evidence::{self, MAX_CHECKED_LEN, PictureEdit};
use crate::id::Id;
use crate::inspection::{DerivedFrom, Inspection};
use crate::seal::{self, Identity};
use crate::store::rows;
use serde_json::json;
use std::fs::File;

/// A copy of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derivation {
    /// Evidence id of the original.
    pub original: String,
    /// What is done.
    pub edit: PictureEdit,
    /// What the copy is for.
    pub caption: String,
}

/// What was said on a recording, in writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// Evidence id of the original, or the id of a recording.
    pub original: String,
    /// Language tag.
    pub language: String,
    /// The text.
    pub text: String,
}

impl Phone {
    /// Blurs or crops a picture while its original can still be opened on this phone.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] when the original is not here any more; [`PhoneError::Invalid`] when it cannot be decoded or a region does not fit.
    pub fn derive_copy(&self, inspection: &str, derivation: &Derivation) -> Result<EvidenceView, PhoneError> {
        let _op = self.operation()?;
        let (case, i, _) = self.still_open(inspection)?;
        held(&i, &derivation.original)?;
        let original = self.clear(case, &derivation.original)?;
        let copy = derivation.edit.apply(&original).map_err(|e| PhoneError::Invalid(e.to_string()))?;
        drop(original);
        let derived = DerivedFrom {
            derived_from: derivation.original.clone(),
            operation: derivation.edit.operation().to_owned(),
            parameters: derivation.edit.parameters(),
            operator: self.with(|inner| inner.me())?,
        };
        self.keep(case, &copy, "copy.jpg", clean(derivation.caption.clone())?, derived, None)
    }

    /// Keeps the transcript of a recording, or of one piece of evidence, as new evidence.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`]; [`PhoneError::Invalid`] for an empty or unacceptable text.
    pub fn add_transcript(&self, inspection: &str, transcript: &Transcript) -> Result<EvidenceView, PhoneError> {
        let _op = self.operation()?;
        let (case, i, _) = self.still_open(inspection)?;
        let words = text(transcript.text.clone())?;
        let language = clean(transcript.language.clone())?;
        let (derived_from, parameters) = match i.recordings.iter().find(|r| r.id == transcript.original) {
            Some(r) => {
                let first = r.parts.first().ok_or(PhoneError::NotFound("part"))?.evidence.clone();
                (first, json!({ "language": language, "recording": r.id, "parts": r.parts.len() }))
            }
            None => (held(&i, &transcript.original)?, json!({ "language": language })),
        };
        let operator = self.with(|inner| inner.me())?;
        let derived = DerivedFrom { derived_from, operation: "transcript".into(), parameters, operator };
        self.keep(case, words.as_bytes(), "transcript.txt", String::new(), derived, Some("whole"))
    }

    fn keep(
        &self,
        case: Id,
        clear: &[u8],
        name: &str,
        caption: String,
        derived: DerivedFrom,
        state: Option<&str>,
    ) -> Result<EvidenceView, PhoneError> {
        let captured = evidence::capture_bytes(clear, name, &self.evidence_folder(), &self.case_recipients(case)?)?;
        let info = CaptureInfo { caption, ..CaptureInfo::default() };
        let shot = Shot { info, source: "derived", part: None, derived: Some(derived), state: state.map(str::to_owned) };
        let view = self.commit(case, &captured, shot, None)?;
        Ok(EvidenceView { checkpoint: self.checkpoint()?.map(|c| c.cp_no), ..view })
    }

    /// The clear bytes of a picture, in memory alone, compared with what was logged.
    fn clear(&self, case: Id, evidence_id: &str) -> Result<zeroize::Zeroizing<Vec<u8>>, PhoneError> {
        let (row, identity) = self.with(|i| {
            let row = i.store.read(|c| rows::evidence_by_name(c, evidence_id))?;
            let row = row.filter(|r| r.case == case && !r.deleted).ok_or_else(|| i.no_evidence(evidence_id, "original"))?;
            Ok((row, Identity::from_bytes(&i.inspection(case)?.identity)?))
        })?;
        if row.summary.clear_len > MAX_CHECKED_LEN {
            return Err(PhoneError::Invalid(evidence::DeriveError::TooLarge.to_string()));
        }
        let mut clear = zeroize::Zeroizing::new(Vec::with_capacity(usize::try_from(row.summary.clear_len).unwrap_or(0)));
        let found = seal::open(&mut File::open(self.evidence_folder().join(&row.file))?, &mut *clear, &identity)?;
        if found == row.summary { Ok(clear) } else { Err(evidence::EvidenceError::Differs.into()) }
    }
}

fn held(i: &Inspection, evidence_id: &str) -> Result<String, PhoneError> {
    i.evidence.iter().find(|e| e.id == evidence_id).map(|e| e.id.clone()).ok_or(PhoneError::NotFound("evidence"))
}
