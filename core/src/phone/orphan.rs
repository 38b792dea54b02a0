//! The tray of orphans (F02): what a killed app left behind is offered, and goes nowhere by itself.

use super::act::clean;
use super::photo::{CaptureInfo, EvidenceView, Shot};
use super::{Phone, PhoneError, recording};
use crate::evidence::{self, Captured, MediaType, Orphan};
use crate::id::Id;
use crate::inspection::{PartOf, gate};
use crate::seal::Identity;
use crate::store::rows;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Enough bytes to tell what a file is.
const START: u64 = 4096;

/// A file that was written but never committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrphanView {
    /// Where it lies.
    pub path: PathBuf,
    /// MIME type by content; `application/octet-stream` while it is sealed.
    pub media_type: String,
    /// Its length in bytes.
    pub length: u64,
    /// It was sealed, and the clear file is gone: the only copy.
    pub sealed: bool,
    /// The recording of which it is a part, by its name.
    pub recording: Option<String>,
}

impl Phone {
    /// Files of camera and recorder that were written but never committed, to be offered to the officer ([`Phone::take_orphan`]).
    /// Half-written temporary files and clear originals of committed evidence are cleared away; the part that is being recorded is not shown.
    ///
    /// # Errors
    /// [`PhoneError::Storage`].
    pub fn orphans(&self) -> Result<Vec<OrphanView>, PhoneError> {
        let _op = self.operation()?;
        self.tray()
    }

    /// Takes an orphan into an inspection: seals it, or commits what is sealed already. A part of a recording that broke off joins it.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] for a file that is not in the tray; [`PhoneError::Blocked`] as for a photograph (J3). It stays in the tray then.
    pub fn take_orphan(&self, inspection: &str, path: &Path, info: CaptureInfo) -> Result<EvidenceView, PhoneError> {
        let _op = self.operation()?;
        let (case, i, pack) = self.still_open(inspection)?;
        let orphan = self.tray()?.into_iter().find(|o| o.path == path).ok_or(PhoneError::NotFound("orphan"))?;
        let name = recording::name(path);
        let info = CaptureInfo { caption: clean(info.caption)?, ..info };
        let broken = recording::of_file(&name).and_then(|(id, _)| recording::open(&i, id).ok());
        if let (Some(made), false) = (broken, orphan.sealed) {
            // Where it began is not known: it is put behind the last part, and its length is what its own header says.
            let part = PartOf {
                recording: made.id.clone(),
                part: recording::next(made),
                starts_ms: made.lasts_ms(),
                lasts_ms: evidence::lasts_ms(path)?.unwrap_or(0),
            };
            let info = CaptureInfo { original_name: name, ..info };
            let view = self.seal_part(case, path, info, (part, made.media), "orphan")?.evidence;
            return Ok(EvidenceView { checkpoint: self.checkpoint()?.map(|c| c.cp_no), ..view });
        }
        let recorded = MediaType::from_mime(&orphan.media_type).is_recording();
        if !recorded {
            super::pass(gate::ask_or_inspect(&i, &pack))?;
        }
        let (captured, source) = if orphan.sealed {
            let captured = self.recovered(case, path)?;
            (Captured { claimed_name: info.original_name.clone(), ..captured }, None)
        } else {
            let claimed = if info.original_name.is_empty() { name } else { info.original_name.clone() };
            (evidence::capture(path, &claimed, &self.evidence_folder(), &self.case_recipients(case)?)?, Some(path))
        };
        let state = captured.media.is_recording().then(|| captured.probed.structure.name().to_owned());
        let shot = Shot { info, source: "orphan", part: None, derived: None, state };
        let view = self.commit(case, &captured, shot, source)?;
        Ok(EvidenceView { checkpoint: self.checkpoint()?.map(|c| c.cp_no), ..view })
    }

    fn tray(&self) -> Result<Vec<OrphanView>, PhoneError> {
        let known = self.with(|i| {
            let rows = i.store.read(|c| rows::sealed_files(c, None))?;
            Ok(evidence::Known {
                sealed: rows.iter().map(|r| r.file.clone()).collect(),
                sources: rows.iter().filter_map(|r| Some((r.source.clone()?, r.summary.clear))).collect(),
            })
        })?;
        let found = evidence::orphans(&self.evidence_folder(), &self.inbox(), &known)?;
        let cameras: Vec<PathBuf> =
            found.iter().filter_map(|o| if let Orphan::Camera(p) = o { Some(p.clone()) } else { None }).collect();
        let mut out = Vec::new();
        for o in &found {
            evidence::discard(o)?;
            match o {
                Orphan::Camera(p) if self.is_running(p) => {}
                Orphan::Camera(p) | Orphan::Stranger(p) => out.push(offer(p, false)?),
                Orphan::Sealed(p) if self.is_copy(p, &cameras)? => {}
                Orphan::Sealed(p) => out.push(offer(p, true)?),
                Orphan::Temp(_) | Orphan::Leftover(_) => {}
            }
        }
        // What the recorder and the camera left first.
        out.sort_by_key(|o| o.sealed);
        Ok(out)
    }

    /// Whether a recorder of this process is writing the file.
    fn is_running(&self, path: &Path) -> bool {
        recording::of_file(&recording::name(path)).is_some_and(|(id, _)| self.running().contains(id))
    }

    /// A sealed orphan as it would have been committed, if this inspection's identity opens it.
    fn recovered(&self, case: Id, sealed: &Path) -> Result<Captured, PhoneError> {
        let identity = self.with(|i| Ok(Identity::from_bytes(&i.inspection(case)?.identity)?))?;
        match evidence::recover(sealed, &identity, &[]) {
            Ok(Some(captured)) => Ok(captured),
            Ok(None) => Err(PhoneError::NotFound("orphan")),
            Err(evidence::EvidenceError::Seal(_)) => {
                Err(PhoneError::Invalid("该文件封存于另一次检查 / the file was sealed in another inspection".into()))
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Whether an uncommitted sealed file holds what still lies in the inbox; then it was removed, since that is offered anyway.
    fn is_copy(&self, sealed: &Path, cameras: &[PathBuf]) -> Result<bool, PhoneError> {
        for row in self.with(|i| Ok(i.store.read(rows::inspections)?))? {
            match evidence::recover(sealed, &Identity::from_bytes(&row.identity)?, cameras) {
                Ok(only_copy) => return Ok(only_copy.is_none()),
                Err(evidence::EvidenceError::Seal(_)) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Ok(false)
    }
}

fn offer(path: &Path, sealed: bool) -> Result<OrphanView, PhoneError> {
    let mut start = Vec::new();
    File::open(path)?.take(START).read_to_end(&mut start)?;
    let media = if sealed { MediaType::Unknown } else { MediaType::sniff(&start) };
    let name = recording::name(path);
    Ok(OrphanView {
        path: path.to_owned(),
        media_type: media.mime().to_owned(),
        length: fs::metadata(path)?.len(),
        sealed,
        recording: recording::of_file(&name).map(|(id, _)| id.to_owned()),
    })
}
