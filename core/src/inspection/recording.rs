//! Sound and video of an inspection: parts, interruptions, and what of a scene that must be recorded is covered by neither (R18, R19, J22).

use super::event::{Media, OfficerRef};
use super::fold::{At, Inspection};
use crate::pack::{Pack, Scene, Step};
use serde::Serialize;

/// One part of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartHeld {
    /// Evidence id.
    pub evidence: String,
    /// Its number, 0….
    pub part: u64,
    /// Milliseconds since the recording was started.
    pub starts_ms: u64,
    /// How long it plays.
    pub lasts_ms: u64,
}

/// A recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordingMade {
    /// Its id, hex.
    pub id: String,
    /// Number as printed, from 1.
    pub number: usize,
    /// Sound or video.
    pub media: Media,
    /// Scene of the pack.
    pub scene: Option<String>,
    /// Whether the scene had to be recorded.
    pub must_record: bool,
    /// Started.
    pub at: At,
    /// Ended.
    pub ended: Option<At>,
    /// Parts in order of their numbers.
    pub parts: Vec<PartHeld>,
}

impl RecordingMade {
    /// End of the last part, since the start.
    #[must_use]
    pub fn lasts_ms(&self) -> u64 {
        self.parts.iter().map(|p| p.starts_ms.saturating_add(p.lasts_ms)).max().unwrap_or(0)
    }
    /// A moment of it on the steady clock of the case ([`At::steady_ms`]).
    #[must_use]
    pub fn moment(&self, since_start_ms: u64) -> i64 {
        self.at.steady_ms.saturating_add_unsigned(since_start_ms)
    }
}

/// An interruption with its reason (R19).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InterruptionMade {
    /// The recording, if there was one.
    pub recording: Option<String>,
    /// Scene of the pack.
    pub scene: Option<String>,
    /// From, on the steady clock.
    pub from_ms: i64,
    /// To.
    pub to_ms: i64,
    /// Reason code of the pack.
    pub reason: String,
    /// In words.
    pub note: String,
    /// When it was explained.
    pub at: At,
}

/// A time of a scene that must be recorded and that neither a part nor an explained interruption covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Scene of the pack.
    pub scene: String,
    /// From, on the steady clock of the case.
    pub from_ms: i64,
    /// To.
    pub to_ms: i64,
}

/// Evidence that went from one officer to another (R25).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandedOver {
    /// Evidence ids.
    pub evidence: Vec<String>,
    /// Who had it.
    pub from: OfficerRef,
    /// Who has it now.
    pub to: OfficerRef,
    /// Why.
    pub reason: String,
    /// When.
    pub at: At,
}

/// What an alleged fact rests on (R28).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactHeld {
    /// The finding's number, from 1; the checklist item where an answer says "fail".
    pub source: FactSource,
    /// The fact.
    pub text: String,
    /// Evidence ids: those that the finding names and those of its items.
    pub evidence: Vec<String>,
    /// Recorded without evidence on purpose.
    pub unproven: bool,
}

/// Where a fact stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FactSource {
    /// A finding, by its number from 1.
    Finding(usize),
    /// A checklist item that was answered 不合格.
    Item(String),
}

impl Inspection {
    /// When a step was done; `None` before.
    #[must_use]
    pub fn done(&self, step: Step) -> Option<At> {
        match step {
            Step::Arrive => self.opened,
            Step::Pair => self.arrived.get(1).map(|(_, a, _)| *a),
            Step::Badge => self.badges.get(1).or(self.badges.first()).map(|b| b.at),
            // The notification of the inspection comes before all others.
            Step::Rights => self.acknowledged.values().map(|a| a.at).min_by_key(|a| a.ms),
            Step::Checklist => self.answers.values().map(|a| a.at).max_by_key(|a| a.ms),
            Step::Record => self.record().filter(|p| p.presented.is_some()).map(|p| p.facts_at),
            Step::Sign => {
                let signed = self.record().filter(|p| p.finished.is_some()).and_then(|p| p.signatures.last()).map(|s| s.at);
                signed.or_else(|| self.record().and_then(|p| self.inked(p)).map(|k| k.at))
            }
            Step::Leave => self.left.as_ref().map(|(a, _)| *a),
        }
    }

    /// What the fact table shows: findings, and items that were answered 不合格 without a finding that names them (R28).
    #[must_use]
    pub fn facts(&self) -> Vec<FactHeld> {
        let of_item = |item: &str| -> Vec<String> {
            self.evidence.iter().filter(|e| e.item.as_deref() == Some(item)).map(|e| e.id.clone()).collect()
        };
        let mut out = Vec::new();
        for (n, f) in self.findings.iter().enumerate() {
            let mut evidence = f.evidence.clone();
            for id in f.items.iter().flat_map(|i| of_item(i)) {
                if !evidence.contains(&id) {
                    evidence.push(id);
                }
            }
            out.push(FactHeld { source: FactSource::Finding(n + 1), text: f.text.clone(), evidence, unproven: f.unproven });
        }
        for (item, a) in &self.answers {
            let named = self.findings.iter().any(|f| f.items.contains(item));
            if a.result == crate::pack::Answer::Fail && !named {
                let evidence = of_item(item);
                out.push(FactHeld { source: FactSource::Item(item.clone()), text: a.note.clone(), evidence, unproven: false });
            }
        }
        out
    }

    /// Who has a piece of evidence by the newest hand-over, else who captured it (R25).
    #[must_use]
    pub fn holder(&self, evidence: &str) -> Option<&OfficerRef> {
        let handed = self.handed_over.iter().rev().find(|h| h.evidence.iter().any(|e| e == evidence)).map(|h| &h.to);
        handed.or_else(|| {
            let log = self.evidence.iter().find(|e| e.id == evidence)?.at.entry.log;
            let of = |l: &String| *l == log.to_string();
            let led = self.leads.iter().find(|change| of(&change.log)).map(|change| &change.from);
            // What is of no paired phone is of the one that leads, whose log may have been succeeded.
            led.or_else(|| self.peers.iter().find(|(_, l)| of(l)).map(|(o, _)| o)).or(self.lead.as_ref())
        })
    }

    /// The gaps of scenes that must be recorded, up to `now` on the steady clock (J22).
    #[must_use]
    pub fn gaps(&self, pack: &Pack, now: i64) -> Vec<Gap> {
        let (Some(rules), Some(task)) = (&pack.recording, &self.task) else { return Vec::new() };
        let limit = |p: &crate::pack::Parameter| i64::from(p.value) * 1000;
        let (between, edge) = (limit(&rules.gap_seconds), limit(&rules.edge_seconds));
        rules.scenes.iter().filter(|s| s.must(&task.kind)).flat_map(|s| self.gaps_of(s, between, edge, now)).collect()
    }

    fn gaps_of(&self, scene: &Scene, between: i64, edge: i64, now: i64) -> Vec<Gap> {
        let Some(from) = self.done(scene.from).map(|a| a.steady_ms) else { return Vec::new() };
        // A scene that has ended lasted at least one millisecond: one whose ends fall together was still not recorded.
        let until = self.done(scene.until).map_or(now, |a| a.steady_ms.max(from.saturating_add(1)));
        let mut covered: Vec<(i64, i64)> = Vec::new();
        for r in &self.recordings {
            covered.extend(r.parts.iter().map(|p| (r.moment(p.starts_ms), r.moment(p.starts_ms.saturating_add(p.lasts_ms)))));
        }
        let explained = self.interruptions.iter().filter(|i| i.scene.as_ref().is_none_or(|s| *s == scene.id));
        covered.extend(explained.map(|i| (i.from_ms, i.to_ms)));
        covered.retain(|(a, b)| *b > from && *a < until && a < b);
        covered.sort_unstable();
        let gap = |from_ms, to_ms| Gap { scene: scene.id.clone(), from_ms, to_ms };
        if covered.is_empty() {
            return if until > from { vec![gap(from, until)] } else { Vec::new() };
        }
        let mut out = Vec::new();
        let mut reached = from;
        for (a, b) in covered {
            if a - reached > if reached == from { edge } else { between } {
                out.push(gap(reached, a));
            }
            reached = reached.max(b);
        }
        if until - reached > edge {
            out.push(gap(reached, until));
        }
        out
    }
}
