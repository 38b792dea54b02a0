//! Time bounds, clocks, witnesses and the protection of keys (P5, J31, F14).

use super::entries::Held;
use super::logs::HeldLog;
use super::{CheckId, Finding, Verification, layout, limit, time};
use crate::clock::{JUMP_LIMIT_MS, jump};
use crate::host::KeyProtection;
use crate::id::{Digest, Id, digest_from_hex, sha256};
use crate::wire::Anchor;
use std::collections::{BTreeMap, BTreeSet};

impl Verification<'_> {
    /// `cosigned`: which logs officers of other phones witnessed, and where that is recorded.
    pub(super) fn times(&mut self, logs: &[HeldLog], cosigned: &[(Id, String)]) {
        let anchors = self.anchors();
        for log in logs {
            self.bounds(log);
            self.clocks(log, &anchors);
            self.keys(log, &layout::enrolment(&log.log));
        }
        self.witnesses(logs);
        for (log, entry) in cosigned {
            self.out.checked(CheckId::Witnesses, 1);
            self.out.add(Finding::WitnessPeer, layout::entries(log), entry.as_str());
        }
    }

    /// The office's time anchors, by digest.
    fn anchors(&mut self) -> BTreeMap<Digest, i64> {
        let mut anchors = BTreeMap::new();
        for path in self.below(layout::ANCHORS) {
            let Some(bytes) = self.load(&path, limit::SMALL, None) else { continue };
            let Some(list) = self.list.as_ref() else { break };
            self.out.checked(CheckId::Signatures, 1);
            let anchor = match Anchor::open(&bytes, list) {
                Ok(anchor) => anchor,
                Err(error) => {
                    self.refuse(Finding::AnchorSignature, &path, &error.into());
                    continue;
                }
            };
            let name = path.strip_prefix(layout::ANCHORS).and_then(|n| n.strip_suffix(".cose")).and_then(digest_from_hex);
            match name.filter(|n| *n == sha256(&bytes)) {
                Some(digest) => _ = anchors.insert(digest, anchor.at),
                None => self.out.add(Finding::AnchorSignature, path, "SHA-256"),
            }
        }
        anchors
    }

    /// Between which outside moments entries lie: not shown to the office at the one before, shown at the one after.
    fn bounds(&mut self, log: &HeldLog) {
        let (mut from_size, mut after) = (0, log.enrolment.as_ref().map(|e| e.at));
        for (c, received) in log.receipted() {
            let inside: Vec<_> = log.entries.iter().filter(|e| (from_size..c.content.size).contains(&e.seq)).collect();
            if let (Some(first), Some(last)) = (inside.first(), inside.last()) {
                self.out.checked(CheckId::Times, inside.len());
                let (a, b) = (first, last);
                let detail = format!(
                    "#{}–#{}: {} … {}; 设备/phone {} … {}",
                    a.seq,
                    b.seq,
                    after.map(time).unwrap_or_default(),
                    time(received),
                    time(a.clocks.reading.wall_ms),
                    time(b.clocks.reading.wall_ms)
                );
                self.out.add(Finding::Interval, layout::entries(&log.log), detail);
                let latest = inside.iter().max_by_key(|e| e.clocks.reading.wall_ms);
                if let Some(e) = latest.filter(|e| e.clocks.reading.wall_ms > received.saturating_add(JUMP_LIMIT_MS)) {
                    let wall = e.clocks.reading.wall_ms;
                    self.out.add(Finding::ClockAhead, log.subject(e), format!("{} > {}", time(wall), time(received)));
                }
            }
            (from_size, after) = (c.content.size, Some(received));
        }
    }

    /// The phone's clocks against each other, against its enrolment and against anchors that it held.
    fn clocks(&mut self, log: &HeldLog, anchors: &BTreeMap<Digest, i64>) {
        for (a, b) in log.entries.iter().zip(log.entries.iter().skip(1)) {
            if let Some(j) = jump(&a.clocks.reading, &b.clocks.reading) {
                self.out.add(Finding::ClockJump, log.subject(b), format!("{:+} s", j.by_ms / 1000));
            }
        }
        let enrolled = log.enrolment.as_ref().map(|e| e.at);
        let early =
            log.entries.iter().find(|e| enrolled.is_some_and(|at| e.clocks.reading.wall_ms < at.saturating_sub(JUMP_LIMIT_MS)));
        if let (Some(e), Some(at)) = (early, enrolled) {
            let wall = e.clocks.reading.wall_ms;
            self.out.add(Finding::ClockBehind, log.subject(e), format!("{} < {}", time(wall), time(at)));
        }
        for e in &log.entries {
            let clocks = &e.clocks;
            let Some((anchor, at)) = clocks.anchor.and_then(|a| Some((a, anchors.get(&a.digest)?))) else { continue };
            let office = at.saturating_add(i64::try_from(anchor.since_ms).unwrap_or(i64::MAX));
            let wall = clocks.reading.wall_ms;
            let detail = || format!("{} / {}", time(wall), time(office));
            if wall > office.saturating_add(JUMP_LIMIT_MS) {
                self.out.add(Finding::ClockAhead, log.subject(e), detail());
            } else if wall < office.saturating_sub(JUMP_LIMIT_MS) {
                self.out.add(Finding::ClockBehind, log.subject(e), detail());
            }
        }
    }

    /// Who outside saw the logs, and when.
    fn witnesses(&mut self, logs: &[HeldLog]) {
        for log in logs {
            for (c, received) in log.receipted() {
                self.out.checked(CheckId::Witnesses, 1);
                let path = layout::receipt(&log.log, c.content.cp_no);
                self.out.add(Finding::WitnessOffice, path, format!("< #{}: {}", c.content.size, time(received)));
            }
        }
        let mut absent = BTreeSet::new();
        for log in logs {
            for e in &log.entries {
                if e.kind == "party.witnessed" {
                    self.party(log, e);
                }
                for seen in &e.seen {
                    let Some(other) = logs.iter().find(|l| l.log == seen.log) else {
                        absent.insert(seen.log);
                        continue;
                    };
                    if other.checkpoints.values().any(|c| c.digest == seen.checkpoint && c.content.size == seen.size) {
                        self.out.checked(CheckId::Witnesses, 1);
                        let detail = format!("< #{}: {}", seen.size, log.subject(e));
                        self.out.add(Finding::WitnessPeer, layout::entries(&other.log), detail);
                    }
                    if let Some(received) = other.receipted().map(|(c, _)| c.content.size).max().filter(|size| *size < seen.size)
                    {
                        let detail = format!("{}: {received} < {}", other.log, seen.size);
                        self.out.add(Finding::TailMissing, log.subject(e), detail);
                    }
                }
            }
        }
        for log in absent {
            self.out.add(Finding::SeenAbsent, log.to_string(), "");
        }
    }

    /// The party took a checkpoint along; where the bundle has that number, it must be the same one.
    fn party(&mut self, log: &HeldLog, e: &Held) {
        self.out.checked(CheckId::Witnesses, 1);
        let number = e.uint("cp_no");
        self.out.add(Finding::WitnessParty, log.subject(e), number.map_or_else(String::new, |n| n.to_string()));
        let held = number.and_then(|n| log.checkpoints.get(&n));
        if let (Some(held), Some(taken)) = (held, e.digest("checkpoint"))
            && held.digest != taken
        {
            self.out.add(Finding::TwoHistories, log.subject(e), layout::checkpoint(&log.log, held.content.cp_no));
        }
    }

    pub(super) fn keys(&mut self, log: &HeldLog, subject: &str) {
        let Some(e) = &log.enrolment else { return };
        self.out.checked(CheckId::Keys, 1);
        let finding = if e.key_protection == KeyProtection::Software { Finding::KeySoftware } else { Finding::KeyProtection };
        let proven = if e.attested { "attested" } else { "claimed" };
        self.out.add(finding, subject, format!("{}: {}, {proven}", e.name, e.key_protection.name()));
    }
}
