//! Evidence: photographs and copies with place, state and custody; recordings in parts; who has what.

use super::words::{bytes, clock, place, text, time, word};
use crate::cases::Named;
use crate::text::{CONSOLE, html};
use mingzheng_core::inspection::{EvidenceHeld, Inspection, Media, RecordingMade};
use mingzheng_core::pack::Pack;

/// A photo, document or copy.
pub(in crate::console) struct Photo {
    /// Number as printed.
    pub number: usize,
    /// What it shows.
    pub caption: String,
    /// When.
    pub at: String,
    /// Where.
    pub place: String,
    /// Length.
    pub size: String,
    /// SHA-256 of the clear file.
    pub clear: String,
    /// It has a picture to show.
    pub picture: bool,
    /// State in words when something is wrong, HTML.
    pub problem: Option<String>,
    /// Custody receipt given.
    pub custody: bool,
    /// Its content was destroyed by the retention rule (R22).
    pub destroyed: bool,
    /// Number of differences between EXIF and device.
    pub differences: usize,
    /// Of which original it is a copy, by which operation and by whom, HTML.
    pub derived: Option<String>,
    /// Found after the app was killed.
    pub orphan: bool,
    /// Who has it, when it was handed over.
    pub holder: Option<String>,
}

/// A part of a recording.
pub(in crate::console) struct Part {
    /// Number as printed, from 1.
    pub number: u64,
    /// From and to, since the start.
    pub span: String,
    /// SHA-256 of the clear file.
    pub clear: String,
    /// State in words when something is wrong, HTML.
    pub problem: Option<String>,
    /// Custody receipt given.
    pub custody: bool,
    /// Its content was destroyed by the retention rule (R22).
    pub destroyed: bool,
    /// MIME type, when a browser may play it.
    pub plays: Option<&'static str>,
}

/// A recording.
pub(in crate::console) struct Recording {
    /// Number as printed.
    pub number: usize,
    /// Sound or video, HTML.
    pub media: String,
    /// It is video.
    pub video: bool,
    /// Scene of the pack, HTML.
    pub scene: Option<String>,
    /// It had to be recorded.
    pub must: bool,
    /// When it was started.
    pub at: String,
    /// How long, with its number of parts.
    pub length: String,
    /// It was never ended.
    pub open: bool,
    /// Parts in order.
    pub parts: Vec<Part>,
}

/// An interruption with its reason.
pub(in crate::console) struct Interruption {
    /// From and to.
    pub span: String,
    /// What was interrupted, HTML.
    pub what: String,
    /// Reason, HTML.
    pub reason: String,
    /// In words.
    pub note: String,
}

/// Custody that passed.
pub(in crate::console) struct Passed {
    /// When.
    pub at: String,
    /// What.
    pub evidence: String,
    /// From whom to whom.
    pub who: String,
    /// Why.
    pub reason: String,
}

/// What a piece of evidence is called: `照片 3`, `录音 1 · 2`.
pub(super) fn name(i: &Inspection, e: &EvidenceHeld) -> String {
    let Some(p) = &e.part else {
        let word = if e.media_type.starts_with("text/") { "文字" } else { "照片" };
        return format!("{word} {}", e.number);
    };
    let made = i.recordings.iter().find(|r| r.id == p.recording);
    format!("{} · {}", made.map_or_else(|| "录制".to_owned(), recording_name), p.part + 1)
}

fn recording_name(r: &RecordingMade) -> String {
    format!("{} {}", if r.media == Media::Audio { "录音" } else { "录像" }, r.number)
}

fn custody(files: &[Named], id: &str) -> bool {
    files.iter().any(|f| f.what == "evidence" && f.id == id && f.custody.is_some())
}

fn destroyed(files: &[Named], id: &str) -> bool {
    files.iter().any(|f| f.what == "evidence" && f.id == id && f.destroyed)
}

fn problem(e: &EvidenceHeld) -> Option<String> {
    match e.state.as_str() {
        "ok" | "good" | "whole" => None,
        other => Some(word(other)),
    }
}

/// Photographs, documents and copies in order of capture.
pub(super) fn photos(i: &Inspection, files: &[Named]) -> Vec<Photo> {
    let whole = i.evidence.iter().filter(|e| e.part.is_none());
    whole
        .map(|e| Photo {
            number: e.number,
            caption: e.caption.clone(),
            at: time(e.at.ms, e.at.zone_min),
            place: match (&e.place, e.fix.as_str()) {
                (Some(p), "stale") => format!("{} · {}", place(p), CONSOLE.plain("fix.stale")),
                (Some(p), _) => place(p),
                (None, fix) => CONSOLE.plain(&format!("fix.{fix}")),
            },
            size: bytes(e.clear_len),
            clear: e.clear.clone(),
            picture: matches!(e.state.as_str(), "ok" | "good" | "wrong_extension"),
            problem: problem(e),
            custody: custody(files, &e.id),
            destroyed: destroyed(files, &e.id),
            differences: e.differences.len(),
            derived: e.derived.as_ref().map(|d| {
                let original = i.evidence.iter().find(|o| o.id == d.derived_from).map_or_else(String::new, |o| name(i, o));
                format!("{} ← {} · {}", word(&d.operation), text(&original), text(&d.operator.name))
            }),
            orphan: e.source == "orphan",
            holder: i
                .handed_over
                .iter()
                .any(|h| h.evidence.contains(&e.id))
                .then(|| i.holder(&e.id).map(|o| o.name.clone()))
                .flatten(),
        })
        .collect()
}

fn scene(pack: Option<&Pack>, id: &str) -> String {
    pack.and_then(|p| p.scene(id)).map_or_else(|| text(id), |s| html(&s.title.zh, &s.title.en))
}

/// Recordings in order.
pub(super) fn recordings(i: &Inspection, files: &[Named], pack: Option<&Pack>) -> Vec<Recording> {
    let part = |p: &mingzheng_core::inspection::PartHeld| {
        let e = i.evidence.iter().find(|e| e.id == p.evidence)?;
        Some(Part {
            number: p.part + 1,
            span: format!("{} – {}", clock(p.starts_ms), clock(p.starts_ms.saturating_add(p.lasts_ms))),
            clear: e.clear.clone(),
            problem: problem(e),
            custody: custody(files, &e.id),
            destroyed: destroyed(files, &e.id),
            plays: plays(&e.media_type),
        })
    };
    i.recordings
        .iter()
        .map(|r| Recording {
            number: r.number,
            media: word(if r.media == Media::Audio { "audio" } else { "video" }),
            video: r.media == Media::Video,
            scene: r.scene.as_deref().map(|s| scene(pack, s)),
            must: r.must_record,
            at: time(r.at.ms, r.at.zone_min),
            length: format!("{} · {}", clock(r.lasts_ms()), r.parts.len()),
            open: r.ended.is_none(),
            parts: r.parts.iter().filter_map(part).collect(),
        })
        .collect()
}

/// What a browser may play on this page; everything else is a download.
pub(in crate::console) fn plays(mime: &str) -> Option<&'static str> {
    ["audio/wav", "audio/aac", "audio/mp4", "audio/ogg", "video/mp4", "video/webm"].into_iter().find(|m| *m == mime)
}

/// Interruptions, explained.
pub(super) fn interruptions(i: &Inspection, pack: Option<&Pack>) -> Vec<Interruption> {
    let zone = i.opened.map_or(480, |a| a.zone_min);
    i.interruptions
        .iter()
        .map(|x| Interruption {
            span: format!("{} – {}", time(x.from_ms, zone), time(x.to_ms, zone)),
            what: match (&x.recording, &x.scene) {
                (Some(id), _) => text(&i.recordings.iter().find(|r| r.id == *id).map_or_else(String::new, recording_name)),
                (None, Some(s)) => scene(pack, s),
                (None, None) => String::new(),
            },
            reason: pack.and_then(|p| p.reason(&x.reason)).map_or_else(|| text(&x.reason), |r| html(&r.title.zh, &r.title.en)),
            note: x.note.clone(),
        })
        .collect()
}

/// Custody that passed from officer to officer.
pub(super) fn passed(i: &Inspection) -> Vec<Passed> {
    let called = |id: &String| i.evidence.iter().find(|e| e.id == *id).map_or_else(|| id.clone(), |e| name(i, e));
    i.handed_over
        .iter()
        .map(|h| Passed {
            at: time(h.at.ms, h.at.zone_min),
            evidence: h.evidence.iter().map(called).collect::<Vec<_>>().join("、"),
            who: format!("{}（{}） → {}（{}）", h.from.name, h.from.number, h.to.name, h.to.number),
            reason: h.reason.clone(),
        })
        .collect()
}
