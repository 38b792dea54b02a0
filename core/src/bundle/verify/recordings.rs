//! Recordings and their parts, derived copies, and what findings rest on (R19, R28, J19, J22).

use super::entries::Held;
use super::logs::HeldLog;
use super::{CheckId, Finding, Verification};
use crate::cbor::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Longest time between two parts that is no gap, ms.
const GAP_MS: u64 = 2000;

/// The entries of one recording, with how a report names them.
#[derive(Default)]
struct Recording<'a> {
    started: Option<String>,
    parts: Vec<(&'a Held, String)>,
    ended: Vec<(&'a Held, String)>,
}

impl Verification<'_> {
    pub(super) fn recordings(&mut self, logs: &[HeldLog]) {
        let mut recordings: BTreeMap<&str, Recording<'_>> = BTreeMap::new();
        let entries = || logs.iter().flat_map(|log| log.entries.iter().map(move |e| (e, log)));
        let ids: BTreeSet<&str> =
            entries().filter(|(e, _)| e.kind == "evidence.captured").filter_map(|(e, _)| e.text("id")).collect();
        for (e, log) in entries() {
            let recording = e.text("recording").map(|r| (r, log.subject(e)));
            match (e.kind.as_str(), recording) {
                ("recording.started", Some((r, subject))) => {
                    recordings.entry(r).or_default().started.get_or_insert(subject);
                }
                ("evidence.captured", Some((r, subject))) => recordings.entry(r).or_default().parts.push((e, subject)),
                ("recording.ended", Some((r, subject))) => recordings.entry(r).or_default().ended.push((e, subject)),
                ("recording.interrupted", _) => {
                    let ms = |name| e.uint(name).map_or_else(String::new, |n| n.to_string());
                    let detail = format!("{} … {} ms: {}", ms("from_ms"), ms("to_ms"), e.text("reason").unwrap_or_default());
                    self.out.add(Finding::Interrupted, log.subject(e), detail);
                }
                ("finding.recorded", _) => self.rests_on(e, log, &ids),
                _ => {}
            }
            if let (Some(original), "evidence.captured") = (e.text("derived_from"), e.kind.as_str()) {
                self.out.checked(CheckId::Media, 1);
                let finding = if ids.contains(original) { Finding::Derived } else { Finding::DerivedFrom };
                self.out.add(finding, log.subject(e), format!("{}: {original}", e.text("operation").unwrap_or_default()));
            }
        }
        for (id, recording) in recordings {
            self.recording(id, recording);
        }
    }

    /// Parts without gap or repetition, as many as stated, and what time is missing between them.
    fn recording(&mut self, id: &str, mut r: Recording<'_>) {
        self.out.checked(CheckId::Media, r.parts.len());
        r.parts.sort_by_key(|(e, _)| e.uint("part"));
        let first = r.parts.first().or(r.ended.first()).map(|(_, s)| s.clone());
        let Some(subject) = r.started.or(first) else { return };
        let numbered = (0..).zip(&r.parts).all(|(n, (e, _))| e.uint("part") == Some(n));
        let count = r.parts.len() as u64;
        if !numbered || r.ended.iter().any(|(e, _)| e.uint("parts").is_some_and(|n| n != count)) {
            self.out.add(Finding::RecordingPart, subject.as_str(), format!("{id}: {count}"));
        }
        if r.ended.is_empty() {
            self.out.add(Finding::RecordingOpen, subject, id);
        }
        for ((a, _), (b, later)) in r.parts.iter().zip(r.parts.iter().skip(1)) {
            let next = a.uint("part").and_then(|n| n.checked_add(1));
            let end = a.uint("starts_ms").zip(a.uint("lasts_ms")).map(|(s, l)| s.saturating_add(l));
            if let (true, Some(end), Some(start)) = (next.is_some() && next == b.uint("part"), end, b.uint("starts_ms"))
                && start > end.saturating_add(GAP_MS)
            {
                self.out.add(Finding::RecordingGap, later.as_str(), format!("{} ms", start - end));
            }
        }
    }

    /// Each alleged fact names evidence that was recorded (R28).
    fn rests_on(&mut self, e: &Held, log: &HeldLog, ids: &BTreeSet<&str>) {
        let Some(Value::Array(evidence)) = e.field("evidence") else { return };
        self.out.checked(CheckId::Media, 1);
        if evidence.is_empty() {
            return self.out.add(Finding::FindingBare, log.subject(e), "");
        }
        let lacking = evidence.iter().find(|id| !matches!(id, Value::Text(id) if ids.contains(id.as_str())));
        if let Some(id) = lacking {
            let id = if let Value::Text(id) = id { id.as_str() } else { "" };
            self.out.add(Finding::FindingEvidence, log.subject(e), id);
        }
    }
}
