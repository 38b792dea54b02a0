//! Sound and video in parts of about ten seconds, each sealed as soon as the recorder has closed its file (R18, R19, J22, F02).
//! The shell records and says how long each part lasts; what must be recorded, what is missing, and its reason are decided here.

use super::act::clean;
use super::photo::{CaptureInfo, EvidenceView, Shot};
use super::{Phone, PhoneError, id};
use crate::evidence::{self, MediaType, Structure};
use crate::id::{Id, hex};
use crate::inspection::{Event, Gap, Inspection, Media, PartOf, Place, RecordingMade};
use crate::pack::Pack;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How long a part should be.
pub const PART_MS: u64 = 10_000;

/// A recording that may begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingView {
    /// Its id.
    pub id: String,
    /// Whether its scene must be recorded.
    pub must_record: bool,
    /// Where the recorder writes its parts: this text, a number and an extension. What a killed app leaves there is offered by [`Phone::orphans`].
    pub prefix: PathBuf,
    /// How long a part should be.
    pub part_ms: u64,
}

/// What the recorder knows of a part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartInfo {
    /// Milliseconds since [`Phone::begin_recording`], by a monotonic clock.
    pub starts_ms: u64,
    /// How long it plays.
    pub lasts_ms: u64,
    /// Where the phone was.
    pub place: Option<Place>,
}

/// A sealed part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartView {
    /// Its number, 0….
    pub part: u64,
    /// The evidence.
    pub evidence: EvidenceView,
    /// `whole`, or what is wrong with it: tell the officer at once.
    pub state: String,
}

/// What happens to a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingStanding {
    /// This process records.
    Running,
    /// Neither ended nor running: the app was killed. Ask for the reason ([`Phone::interrupt_recording`]).
    Broken,
    /// Ended.
    Ended,
}

/// A recording as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingState {
    /// Its id.
    pub id: String,
    /// Sound or video.
    pub media: Media,
    /// Scene of the pack.
    pub scene: Option<String>,
    /// Parts that are sealed.
    pub parts: u64,
    /// End of the last part.
    pub lasts_ms: u64,
    /// How it stands.
    pub standing: RecordingStanding,
}

/// An explanation (R19): of a recording, or of what a scene lacks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interruption {
    /// The recording that was interrupted; without it `scene` is explained.
    pub recording: Option<String>,
    /// The scene whose gaps are explained, all at once unless a time is given.
    pub scene: Option<String>,
    /// Only this time, on the steady clock of the case: from and to.
    pub between: Option<(i64, i64)>,
    /// Reason code of the pack.
    pub reason: String,
    /// In words.
    pub note: String,
}

impl Phone {
    /// Begins a recording. Recording is allowed from arrival on: showing the certificate and telling the rights are recorded too.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] for a scene that the pack does not know.
    pub fn begin_recording(&self, inspection: &str, media: Media, scene: Option<String>) -> Result<RecordingView, PhoneError> {
        let _op = self.operation()?;
        let (case, i, pack) = self.still_open(inspection)?;
        let must_record = match &scene {
            None => false,
            Some(s) => {
                let row = pack.scene(s).ok_or(PhoneError::NotFound("scene"))?;
                i.task.as_ref().is_some_and(|t| row.must(&t.kind))
            }
        };
        let recording = self.host.random_id().to_string();
        let event = Event::RecordingStarted { recording: recording.clone(), media, scene, must_record };
        self.append(Some(case), &[event], Vec::new(), |_| Ok(()))?;
        self.running().insert(recording.clone());
        Ok(RecordingView { prefix: self.inbox().join(format!("{recording}-")), id: recording, must_record, part_ms: PART_MS })
    }

    /// Seals a part that the recorder has closed, in one pass, commits it with what its structure says, and removes the clear file.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] when the recording is not running; [`PhoneError::Storage`] when the disk is full: the file stays where it is.
    pub fn add_part(&self, inspection: &str, recording: &str, path: &Path, info: &PartInfo) -> Result<PartView, PhoneError> {
        let _op = self.operation()?;
        let (case, i, _) = self.still_open(inspection)?;
        let made = open(&i, recording)?;
        if !self.running().contains(recording) {
            return Err(PhoneError::NotFound("running recording"));
        }
        let part =
            PartOf { recording: recording.to_owned(), part: next(made), starts_ms: info.starts_ms, lasts_ms: info.lasts_ms };
        let shot = CaptureInfo { place: info.place.clone(), original_name: name(path), ..CaptureInfo::default() };
        self.seal_part(case, path, shot, (part, made.media), "camera")
    }

    /// Seals and commits one part.
    pub(super) fn seal_part(
        &self,
        case: Id,
        path: &Path,
        info: CaptureInfo,
        part: (PartOf, Media),
        source: &'static str,
    ) -> Result<PartView, PhoneError> {
        let captured = evidence::capture(path, &info.original_name, &self.evidence_folder(), &self.case_recipients(case)?)?;
        let number = part.0.part;
        let state = state(captured.media, captured.probed.structure);
        let shot = Shot { info, source, part: Some(part), derived: None, state: Some(state.clone()) };
        let evidence = self.commit(case, &captured, shot, Some(path))?;
        Ok(PartView { part: number, evidence, state })
    }

    /// Ends a recording; its last part must have been added.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn end_recording(&self, inspection: &str, recording: &str) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let (case, i, _) = self.still_open(inspection)?;
        if !self.running().contains(recording) {
            return Err(PhoneError::NotFound("running recording"));
        }
        let event = ended(open(&i, recording)?);
        self.append(Some(case), &[event], Vec::new(), |_| Ok(()))?;
        self.running().remove(recording);
        self.checkpoint()?;
        Ok(())
    }

    /// Records why something was not recorded. A recording that the app's end broke off is closed with it; one that runs goes on.
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] without a reason of the pack, or when there is nothing to explain.
    pub fn interrupt_recording(&self, inspection: &str, why: Interruption) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let (case, i, pack) = self.still_open(inspection)?;
        let known = if pack.recording.is_some() { pack.reason(&why.reason).is_some() } else { !why.reason.trim().is_empty() };
        if !known {
            return Err(PhoneError::Invalid("请选择中断原因 / choose a reason of the interruption".into()));
        }
        let note = clean(why.note)?;
        let now = self.steady_now(&i)?;
        let entry = |recording: Option<String>, scene: Option<String>, from_ms: i64, to_ms: i64| Event::RecordingInterrupted {
            recording,
            scene,
            from_ms,
            to_ms,
            reason: why.reason.clone(),
            note: note.clone(),
        };
        let mut events = Vec::new();
        match (&why.recording, why.scene) {
            (Some(recording), _) => {
                let made = open(&i, recording)?;
                let from = made.moment(made.lasts_ms());
                let again = i.recordings.iter().map(|r| r.at.steady_ms).find(|start| *start > from);
                events.push(entry(Some(recording.clone()), made.scene.clone(), from, again.unwrap_or(now).max(from)));
                if !self.running().contains(recording) {
                    events.push(ended(made));
                }
            }
            (None, Some(scene)) => {
                pack.scene(&scene).ok_or(PhoneError::NotFound("scene"))?;
                let gaps = match why.between {
                    Some((from, to)) if from < to => vec![(from, to)],
                    Some(_) => Vec::new(),
                    None => i.gaps(&pack, now).into_iter().filter(|g| g.scene == scene).map(|g| (g.from_ms, g.to_ms)).collect(),
                };
                events.extend(gaps.into_iter().map(|(from, to)| entry(None, Some(scene.clone()), from, to)));
            }
            (None, None) => {}
        }
        if events.is_empty() {
            return Err(PhoneError::Invalid("没有需要说明的中断 / there is nothing to explain".into()));
        }
        self.append(Some(case), &events, Vec::new(), |_| Ok(()))?;
        self.checkpoint()?;
        Ok(())
    }

    /// The recordings of an inspection; ask for the reason of every broken one.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn recordings(&self, inspection: &str) -> Result<Vec<RecordingState>, PhoneError> {
        let (i, _) = self.folded(id(inspection, "inspection")?)?;
        let running = self.running();
        let standing = |r: &RecordingMade| match r.ended {
            Some(_) => RecordingStanding::Ended,
            None if running.contains(&r.id) => RecordingStanding::Running,
            None => RecordingStanding::Broken,
        };
        Ok(i.recordings
            .iter()
            .map(|r| RecordingState {
                id: r.id.clone(),
                media: r.media,
                scene: r.scene.clone(),
                parts: r.parts.len() as u64,
                lasts_ms: r.lasts_ms(),
                standing: standing(r),
            })
            .collect())
    }

    /// What of the scenes that must be recorded has neither recording nor reason so far (J22).
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn recording_gaps(&self, inspection: &str) -> Result<Vec<Gap>, PhoneError> {
        let (i, pack) = self.folded(id(inspection, "inspection")?)?;
        Ok(i.gaps(&pack, self.steady_now(&i)?))
    }

    /// Now, as the clock of an entry of the case would be ([`crate::inspection::At::steady_ms`]).
    pub(super) fn steady_now(&self, i: &Inspection) -> Result<i64, PhoneError> {
        let log = self.with(|inner| Ok(inner.device.log))?;
        Ok(i.steady(log, &self.host.clock.now()))
    }

    pub(super) fn still_open(&self, inspection: &str) -> Result<(Id, Arc<Inspection>, Arc<Pack>), PhoneError> {
        let case = id(inspection, "inspection")?;
        let (i, pack) = self.folded(case)?;
        if i.closed.is_some() {
            return Err(PhoneError::Invalid("检查已经结束 / the inspection is closed".into()));
        }
        Ok((case, i, pack))
    }
}

/// A recording that is not ended.
pub(super) fn open<'a>(i: &'a Inspection, recording: &str) -> Result<&'a RecordingMade, PhoneError> {
    i.recordings.iter().find(|r| r.id == recording && r.ended.is_none()).ok_or(PhoneError::NotFound("open recording"))
}

/// Number of its next part.
pub(super) fn next(made: &RecordingMade) -> u64 {
    made.parts.last().map_or(0, |p| p.part + 1)
}

fn ended(made: &RecordingMade) -> Event {
    Event::RecordingEnded { recording: made.id.clone(), parts: made.parts.len() as u64, lasts_ms: made.lasts_ms() }
}

/// The recording and the part's number by the name that [`RecordingView::prefix`] gave a file.
pub(super) fn of_file(name: &str) -> Option<(&str, u64)> {
    let (recording, rest) = name.split_once('-')?;
    let part = rest.split_once('.').map_or(rest, |(n, _)| n).parse().ok()?;
    Id::from_hex(recording).map(|_| (recording, part))
}

/// What is known of a part at once: its structure, and that it is sound or video at all.
fn state(media: MediaType, structure: Structure) -> String {
    let found = if media.is_recording() || structure == Structure::Empty { structure } else { Structure::Damaged };
    found.name().to_owned()
}

pub(super) fn name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

/// SHA-256 over the clear digests of a recording's parts, in order: what stands for the whole recording on a paper.
#[must_use]
pub(super) fn digest_of_parts(i: &Inspection, recording: &RecordingMade) -> String {
    let clear = |p: &crate::inspection::PartHeld| {
        i.evidence.iter().find(|e| e.id == p.evidence).and_then(|e| crate::id::digest_from_hex(&e.clear))
    };
    let all: Vec<u8> = recording.parts.iter().filter_map(clear).flatten().collect();
    hex(&crate::id::sha256(&all))
}
