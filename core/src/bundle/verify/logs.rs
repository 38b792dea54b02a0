//! Each device log: enrolment, entries, chain, tree, completeness and receipts (P4, P5, F39).

use super::entries::{Held, split};
use super::{AboutCase, CheckId, Finding, Verification, layout, limit};
use crate::enrolment::Enrolment;
use crate::id::{Digest, Id, sha256};
use crate::log::{Checkpoint, LogReceipt, OfficeLeaf, tree};
use std::collections::BTreeMap;

/// A checkpoint of the bundle whose signature was verified.
pub(super) struct HeldCheckpoint {
    pub(super) digest: Digest,
    pub(super) content: Checkpoint,
    /// Its receipt, verified: the moment at which the office had it, ms.
    pub(super) received: Option<i64>,
}

/// What was read of one log; the checks that follow build on it.
pub(super) struct HeldLog {
    pub(super) log: Id,
    /// Where its entries were read.
    pub(super) path: String,
    pub(super) enrolment: Option<Enrolment>,
    pub(super) entries: Vec<Held>,
    pub(super) checkpoints: BTreeMap<u64, HeldCheckpoint>,
}

impl HeldLog {
    /// How a report names an entry.
    pub(super) fn subject(&self, held: &Held) -> String {
        format!("{}#{}", self.path, held.entry.header().seq)
    }
    /// Receipted checkpoints from the oldest to the newest, with the moment of each receipt.
    pub(super) fn receipted(&self) -> impl Iterator<Item = (&HeldCheckpoint, i64)> {
        self.checkpoints.values().filter_map(|c| Some((c, c.received?)))
    }
}

impl Verification<'_> {
    pub(super) fn logs(&mut self, about: &AboutCase) -> Vec<HeldLog> {
        for path in self.below(layout::LOGS) {
            if !about.newest.keys().any(|log| path.starts_with(&layout::log_folder(log))) {
                self.out.add(Finding::CaseFile, path, layout::CASE);
            }
        }
        let logs: Vec<HeldLog> = about.newest.iter().filter_map(|(log, newest)| self.log(&about.case, *log, *newest)).collect();
        if !logs.iter().any(|l| l.entries.iter().any(|e| e.kind() == "inspection.closed")) {
            self.out.add(Finding::NotClosed, about.case.to_string(), "");
        }
        logs
    }

    fn log(&mut self, case: &Id, log: Id, newest: u64) -> Option<HeldLog> {
        let folder = layout::log_folder(&log);
        if self.below(&folder).is_empty() {
            self.out.add(Finding::LogMissing, folder, "");
            return None;
        }
        let enrolment = self.enrolment(&log);
        let mut held = HeldLog {
            log,
            path: layout::entries(&log),
            enrolment: None,
            entries: self.entries(case, &log),
            checkpoints: BTreeMap::new(),
        };
        if let Some((enrolment, digest)) = enrolment {
            held.checkpoints = self.checkpoints(&enrolment, &digest);
            held.enrolment = Some(enrolment);
        }
        self.chain(case, &held);
        self.tree(&held, newest);
        self.completeness(case, &held);
        Some(held)
    }

    fn enrolment(&mut self, log: &Id) -> Option<(Enrolment, Digest)> {
        let path = layout::enrolment(log);
        let bytes = self.load(&path, limit::SMALL, Some(Finding::FileMissing))?;
        self.out.checked(CheckId::Signatures, 1);
        match Enrolment::open(&bytes, self.list.as_ref()?) {
            Ok(enrolment) if enrolment.log == *log => Some((enrolment, sha256(&bytes))),
            Ok(_) => {
                self.out.add(Finding::EnrolmentOther, path, "");
                None
            }
            Err(error) => {
                self.refuse(Finding::EnrolmentSignature, &path, &error.into());
                None
            }
        }
    }

    fn entries(&mut self, case: &Id, log: &Id) -> Vec<Held> {
        let path = layout::entries(log);
        let Some(bytes) = self.load(&path, limit::ENTRIES, Some(Finding::FileMissing)) else { return Vec::new() };
        let entries = self.read_entries(&path, &bytes);
        if entries.is_empty() && !self.out.failed(&path) {
            self.out.add(Finding::NoEntries, path, case.to_string());
        }
        entries
    }

    /// The entries in `bytes`, each with its fields; what cannot be read is reported.
    pub(super) fn read_entries(&mut self, path: &str, bytes: &[u8]) -> Vec<Held> {
        let items = match split(bytes) {
            Ok(items) => items,
            Err(error) => {
                self.out.add(Finding::EntryMalformed, path, error.to_string());
                return Vec::new();
            }
        };
        let mut entries = Vec::new();
        for (i, item) in items.into_iter().enumerate() {
            match Held::read(item) {
                Ok(held) => {
                    let subject = format!("{path}#{}", held.entry.header().seq);
                    self.out.checked(CheckId::Fields, held.entry.disclosures().len());
                    let withheld = held.entry.withheld();
                    if let Some(error) = &held.fields {
                        self.out.add(Finding::FieldChanged, subject, error.to_string());
                    } else if !withheld.is_empty() {
                        self.out.add(Finding::FieldWithheld, subject, withheld.join(", "));
                    }
                    entries.push(held);
                }
                Err(error) => self.out.add(Finding::EntryMalformed, format!("{path}#[{i}]"), error.to_string()),
            }
        }
        entries
    }

    fn checkpoints(&mut self, enrolment: &Enrolment, enrolment_digest: &Digest) -> BTreeMap<u64, HeldCheckpoint> {
        let log = enrolment.log;
        let folder = layout::log_folder(&log);
        let mut held = BTreeMap::new();
        for path in self.below(&folder) {
            let Some(number) = path.strip_prefix(&folder).and_then(|n| layout::number(n, "checkpoint-", ".cose")) else {
                continue;
            };
            let Some(bytes) = self.load(&path, limit::LIST, None) else { continue };
            self.out.checked(CheckId::Signatures, 1);
            match Checkpoint::open(&bytes, &enrolment.log_key) {
                Ok(c) if c.log == log && c.cp_no == number && c.enrolment == *enrolment_digest => {
                    let digest = sha256(&bytes);
                    let received = self.receipt(&c, number, digest);
                    held.insert(number, HeldCheckpoint { digest, content: c, received });
                }
                Ok(_) => self.out.add(Finding::CheckpointOther, path, ""),
                Err(error) => self.refuse(Finding::CheckpointSignature, &path, &error),
            }
        }
        for path in self.below(&folder) {
            let name = path.strip_prefix(&folder).unwrap_or_default();
            if layout::number(name, "receipt-", ".cbor").is_some_and(|n| !held.contains_key(&n)) {
                self.out.add(Finding::ReceiptOther, path, "");
            }
        }
        held
    }

    fn receipt(&mut self, checkpoint: &Checkpoint, number: u64, digest: Digest) -> Option<i64> {
        let path = layout::receipt(&checkpoint.log, number);
        let bytes = self.load(&path, limit::SMALL, None)?;
        self.out.checked(CheckId::Receipts, 1);
        match LogReceipt::open(&bytes, self.list.as_ref()?) {
            Ok(receipt) => {
                let at = receipt.leaf.at();
                let expected = OfficeLeaf::Checkpoint { checkpoint: digest, log: checkpoint.log, size: checkpoint.size, at };
                if receipt.leaf == expected {
                    return Some(at);
                }
                self.out.add(Finding::ReceiptOther, path, "");
            }
            Err(error) => self.refuse(Finding::ReceiptBad, &path, &error),
        }
        None
    }

    /// `case_seq` 0…n−1 and each header naming the one before it.
    fn chain(&mut self, case: &Id, held: &HeldLog) {
        self.out.checked(CheckId::Chain, held.entries.len());
        let mut before: Option<&Held> = None;
        let mut expected = 0;
        for e in &held.entries {
            let header = e.entry.header();
            let subject = held.subject(e);
            let Some(position) = header.position.filter(|p| p.case == *case && header.log == held.log) else {
                self.out.add(Finding::EntryOther, subject, "");
                continue;
            };
            let in_order = position.seq == expected && before.is_none_or(|b| b.entry.header().seq < header.seq);
            if !in_order {
                self.out.add(Finding::EntryOrder, subject.as_str(), format!("case_seq {} ≠ {expected}", position.seq));
            }
            let directly = before.is_none_or(|b| b.entry.header().seq + 1 != header.seq || e.entry.follows(&b.entry));
            if in_order && (position.prev != before.map(|b| b.entry.digest()) || !directly) {
                self.out.add(Finding::EntryChain, subject, "");
            }
            expected = position.seq.saturating_add(1);
            before = Some(e);
        }
    }

    /// Every entry in the tree of the newest receipted checkpoint; one history in all checkpoints.
    fn tree(&mut self, held: &HeldLog, newest: u64) {
        let name = |n: u64| layout::checkpoint(&held.log, n);
        let contents = held.checkpoints.values().map(|c| &c.content).collect::<Vec<_>>();
        for (i, b) in contents.iter().enumerate() {
            let Some(a) = i.checked_sub(1).and_then(|i| contents.get(i)) else { continue };
            let previous = held.checkpoints.get(&a.cp_no).map(|c| c.digest);
            let broken = a.cp_no + 1 == b.cp_no && b.previous != previous;
            if a.size > b.size || (a.size == b.size && a.root != b.root) || broken {
                self.out.add(Finding::TwoHistories, name(b.cp_no), name(a.cp_no));
            }
        }
        let last_receipted = held.checkpoints.iter().filter(|(_, c)| c.received.is_some()).map(|(n, _)| *n).next_back();
        let Some(top) = held.checkpoints.get(&newest).filter(|c| c.received.is_some()) else {
            self.out.add(Finding::NoReceipt, layout::receipt(&held.log, newest), "");
            return;
        };
        if last_receipted != Some(newest) {
            self.out.add(Finding::CaseFile, name(newest), layout::CASE);
        }
        self.out.checked(CheckId::Tree, held.entries.len());
        for e in &held.entries {
            let seq = e.entry.header().seq;
            let root = tree::root_from_inclusion(e.entry.leaf(), seq, top.content.size, &e.proof);
            if root != Some(top.content.root) {
                self.out.add(Finding::Inclusion, held.subject(e), name(newest));
            }
        }
    }

    /// Nothing left out: each signed statement of the case's length and head must fit the entries, and a receipted one must cover all of them.
    fn completeness(&mut self, case: &Id, held: &HeldLog) {
        let count = held.entries.len() as u64;
        let mut covered = None;
        for c in held.checkpoints.values() {
            for head in c.content.cases.iter().filter(|h| h.case == *case) {
                self.out.checked(CheckId::Completeness, 1);
                let last = head.length.checked_sub(1).and_then(|i| held.entries.get(usize::try_from(i).ok()?));
                if last.map(|e| e.entry.digest()) != Some(head.head) {
                    self.out.add(
                        Finding::CaseHead,
                        layout::entries(&held.log),
                        format!("{}: {} / {count}", layout::checkpoint(&held.log, c.content.cp_no), head.length),
                    );
                }
                if c.received.is_some() {
                    covered = covered.max(Some(head.length));
                }
            }
        }
        match covered {
            None => self.out.add(Finding::CaseHeadAbsent, layout::log_folder(&held.log), ""),
            Some(length) if length < count => {
                self.out.add(Finding::CaseHead, layout::entries(&held.log), format!("{length} / {count}"));
            }
            Some(_) => {}
        }
        for (i, e) in held.entries.iter().enumerate().filter(|(_, e)| e.kind() == "inspection.closed") {
            let place = i as u64 + 1;
            self.out.checked(CheckId::Completeness, 1);
            if e.uint("entries").is_some_and(|n| n != place) {
                self.out.add(
                    Finding::ClosedCount,
                    held.subject(e),
                    format!("{} / {place}", e.uint("entries").unwrap_or_default()),
                );
            }
            if place < count {
                self.out.add(Finding::AfterClosing, held.subject(e), (count - place).to_string());
            }
        }
    }
}
