//! Photographs: sealed and committed first, checked and given a thumbnail as a second act (P6, J19, F02, F10).

use super::act::{clean, day};
use super::{Phone, PhoneError, id};
use crate::evidence::{self, Captured, Checked, MediaType, exif};
use crate::id::{Id, hex, sha256};
use crate::inspection::{DerivedFrom, Event, Media, PartOf, Place, ThumbnailMade, gate};
use crate::log::Custody;
use crate::seal::{self, Identity, SEAL_SUITE};
use crate::store::rows::{self, SealedKind, SealedRow};
use std::path::{Path, PathBuf};

/// What the shell knows of a shot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaptureInfo {
    /// Checklist item it belongs to.
    pub item: Option<String>,
    /// What it shows.
    pub caption: String,
    /// The name that the file had; data only, never a path.
    pub original_name: String,
    /// Where the phone was.
    pub place: Option<Place>,
    /// `camera` or `import`.
    pub imported: bool,
}

/// A file on its way into the log.
pub(super) struct Shot {
    pub(super) info: CaptureInfo,
    /// `camera`, `import`, `derived` or `orphan`.
    pub(super) source: &'static str,
    /// The part of a recording that it is, and what the recorder records.
    pub(super) part: Option<(PartOf, Media)>,
    pub(super) derived: Option<DerivedFrom>,
    /// What is known of it at once; pictures are looked at by the second act.
    pub(super) state: Option<String>,
}

/// A sealed photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceView {
    /// Its id.
    pub id: String,
    /// SHA-256 of the exact file, hex.
    pub clear: String,
    /// SHA-256 of the sealed file, hex.
    pub sealed: String,
    /// The checkpoint that covers it.
    pub checkpoint: Option<u64>,
}

/// What the second act found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoCheck {
    /// `ok`, or what is wrong: `empty`, `truncated`, `not_an_image`, `too_large`, `wrong_extension`, `damaged`. The photo stays in any case.
    pub state: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// A small JPEG.
    pub thumbnail: Option<Vec<u8>>,
}

impl Phone {
    /// Seals a photo from a file in one pass, commits it, and removes the clear original.
    ///
    /// # Errors
    /// [`PhoneError::Blocked`] before certificates were shown and rights told (J3); [`PhoneError::Storage`] when the disk is full: then the
    /// camera's file is still where it was.
    pub fn capture_photo(&self, inspection: &str, path: &Path, info: CaptureInfo) -> Result<EvidenceView, PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let (folded, pack) = self.folded(case)?;
        if folded.closed.is_some() {
            return Err(PhoneError::Invalid("检查已经结束 / the inspection is closed".into()));
        }
        super::pass(gate::ask_or_inspect(&folded, &pack))?;
        let recipients = self.case_recipients(case)?;
        let captured = evidence::capture(path, &info.original_name, &self.evidence_folder(), &recipients)?;
        let source = if info.imported { "import" } else { "camera" };
        let shot = Shot { info, source, part: None, derived: None, state: None };
        let view = self.commit(case, &captured, shot, Some(path))?;
        let checkpoint = self.checkpoint()?.map(|c| c.cp_no);
        Ok(EvidenceView { checkpoint, ..view })
    }

    /// Commits a sealed file: its entry, what is known of its state at once, and its row; then the clear original goes.
    pub(super) fn commit(
        &self,
        case: Id,
        captured: &Captured,
        shot: Shot,
        path: Option<&Path>,
    ) -> Result<EvidenceView, PhoneError> {
        let now = self.host.clock.now();
        let Shot { info, source, part, derived, state } = shot;
        let counter = self.with(|i| Ok(i.store.read(|c| rows::same_clear(c, &captured.summary.clear))?))?;
        let evidence_id = captured.id(counter);
        let fix = info.place.as_ref().map(Place::to_fix);
        let observed = exif::Observed { clock: &now, fix: fix.as_ref(), model: None };
        let mut differences: Vec<_> = captured.exif.differences(&observed).iter().map(exif::Difference::to_json).collect();
        if !captured.extension_fits {
            differences.push(serde_json::json!({ "what": "extension", "is": captured.media.extension() }));
        }
        let kind = kind(part.as_ref().map(|(_, recorded)| *recorded), derived.is_some(), captured.media);
        let mut events = vec![Event::Captured {
            id: evidence_id.clone(),
            media_type: captured.media.mime().to_owned(),
            clear: hex(&captured.summary.clear),
            clear_len: captured.summary.clear_len,
            sealed: hex(&captured.summary.sealed),
            sealed_len: captured.summary.sealed_len,
            payload: hex(&captured.summary.payload),
            suite: SEAL_SUITE,
            source: source.to_owned(),
            original_name: captured.claimed_name.clone(),
            caption: clean(info.caption)?,
            item: info.item,
            place: info.place,
            fix: exif::standing(fix.as_ref()).name().to_owned(),
            exif: captured.exif.to_json(),
            differences,
            part: part.map(|(part, _)| part),
            derived: derived.map(Box::new),
        }];
        if let Some(state) = state {
            events.push(Event::Checked { id: evidence_id.clone(), state, width: 0, height: 0, thumbnail: None, made: None });
        }
        let row = SealedRow {
            claimed_name: captured.claimed_name.clone(),
            source: path.and_then(|p| p.file_name()).map(|n| n.to_string_lossy().into_owned()),
            ..SealedRow::new(captured.summary, case, kind, &evidence_id, &captured.file)
        };
        self.append(Some(case), &events, Vec::new(), |tx| Ok(rows::add_sealed(tx, &row)?))?;
        // Committed: the clear original goes first, whatever becomes of the checkpoint.
        if let Some(path) = path {
            evidence::remove_clear(path)?;
        }
        Ok(EvidenceView {
            id: evidence_id,
            clear: hex(&captured.summary.clear),
            sealed: hex(&captured.summary.sealed),
            checkpoint: None,
        })
    }

    /// The second act: decodes the sealed photo and makes a thumbnail. A photo that fails stays, marked; tell the officer at once.
    ///
    /// # Errors
    /// [`PhoneError::Storage`] when the sealed file is not what was logged: an alarm.
    pub fn check_photo(&self, inspection: &str, evidence_id: &str) -> Result<PhotoCheck, PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let now = self.host.clock.now().wall_ms;
        let (row, identity, recipients, me) = self.with(|i| {
            let row = i.store.read(|c| rows::evidence_by_name(c, evidence_id))?;
            let row = row.filter(|r| r.case == case).ok_or_else(|| i.no_evidence(evidence_id, "evidence"))?;
            let identity = Identity::from_bytes(&i.inspection(case)?.identity)?;
            let recipients = i.evidence_recipients(&identity, now)?;
            Ok((row, identity, recipients, i.me()?))
        })?;
        let checked = evidence::check(&self.evidence_folder().join(&row.file), &identity, &row.summary, &row.claimed_name)?;
        let picture = checked.picture().cloned();
        let (width, height) = match (&checked, &picture) {
            (Checked::TooLarge { width, height }, _) => (*width, *height),
            (_, Some(p)) => (p.width, p.height),
            _ => (0, 0),
        };
        let event = Event::Checked {
            id: evidence_id.to_owned(),
            state: checked.name().to_owned(),
            width,
            height,
            thumbnail: picture.as_ref().map(|p| hex(&sha256(&p.thumbnail))),
            made: picture.as_ref().map(|_| {
                Box::new(ThumbnailMade {
                    operation: "thumbnail".into(),
                    parameters: serde_json::json!({ "edge": evidence::THUMBNAIL_EDGE, "quality": evidence::THUMBNAIL_QUALITY }),
                    operator: me,
                })
            }),
        };
        let sealed = match &picture {
            None => None,
            Some(p) => Some(self.seal_bytes(case, SealedKind::Thumbnail, evidence_id, &p.thumbnail, &recipients)?),
        };
        self.append(Some(case), &[event], Vec::new(), |tx| {
            if let (Some(row), Some(p)) = (&sealed, &picture) {
                rows::add_sealed(tx, row)?;
                rows::put_thumbnail(tx, evidence_id, &p.thumbnail)?;
            }
            Ok(())
        })?;
        Ok(PhotoCheck { state: checked.name().to_owned(), width, height, thumbnail: picture.map(|p| p.thumbnail) })
    }

    /// The thumbnail of a checked photo.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn thumbnail(&self, evidence_id: &str) -> Result<Vec<u8>, PhoneError> {
        self.with(|i| {
            let found = i.store.read(|c| rows::thumbnail(c, evidence_id))?;
            found.ok_or_else(|| i.no_evidence(evidence_id, "thumbnail"))
        })
    }

    /// Deletes the local sealed file of a photo, lawfully: only after a verified receipt that the office opened it (J20).
    ///
    /// # Errors
    /// [`PhoneError::Blocked`] before that.
    pub fn delete_sent(&self, evidence_id: &str) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let folder = self.evidence_folder();
        self.with(|i| {
            let row = i.store.read(|c| rows::evidence_by_name(c, evidence_id))?;
            let mut row = row.ok_or_else(|| i.no_evidence(evidence_id, "evidence"))?;
            let opened = match &row.custody {
                None => false,
                Some(receipt) => {
                    let c = Custody::open(receipt, i.trust()?)?;
                    c.sealed == row.summary.sealed && c.clear == row.summary.clear && c.state == crate::log::CustodyState::Opened
                }
            };
            super::pass(gate::delete_local(opened))?;
            row.deleted = true;
            i.store.write::<_, PhoneError>(|tx| Ok(rows::update_sealed(tx, &row)?))?;
            evidence::remove_clear(&folder.join(&row.file))?;
            Ok(())
        })
    }

    pub(crate) fn evidence_folder(&self) -> PathBuf {
        self.folder.join("evidence")
    }

    /// Seals bytes that exist only in memory (thumbnail, paper, strokes) into the evidence folder.
    pub(crate) fn seal_bytes(
        &self,
        case: Id,
        kind: SealedKind,
        name: &str,
        clear: &[u8],
        to: &seal::Recipients,
    ) -> Result<SealedRow, PhoneError> {
        let summary = evidence::store(clear, &self.evidence_folder(), to)?;
        Ok(SealedRow::new(summary, case, kind, name, &evidence::file_name(&summary.sealed)))
    }

    /// Today, `yyyymmdd`: by the office's time as far as it is known.
    pub(crate) fn today(&self) -> Result<u32, PhoneError> {
        Ok(day(self.best_time()?)?.number())
    }
}

/// What a file is to the queue: what the recorder says it records, else what its bytes say.
fn kind(recorded: Option<Media>, derived: bool, media: MediaType) -> SealedKind {
    match recorded {
        _ if derived => SealedKind::Derived,
        Some(Media::Audio) => SealedKind::Audio,
        Some(Media::Video) => SealedKind::Video,
        None if media.is_sound() => SealedKind::Audio,
        None if media.is_recording() => SealedKind::Video,
        None => SealedKind::Photo,
    }
}
