//! Each device log: enrolment, entries, chain, tree, completeness and receipts (P4, P5, F39, F40).

use super::entries::{self, Held, ItemError, Place, ReadEntry, Top};
use super::{AboutCase, CheckId, Finding, Verification, layout, limit};
use crate::cbor::{self, CborError, Value};
use crate::enrolment::Enrolment;
use crate::id::{Digest, Id, sha256};
use crate::log::{Checkpoint, LogReceipt, OfficeLeaf, Revocation, tree};
use std::collections::BTreeMap;
use std::io::{self, Read};

/// A checkpoint of the bundle whose signature was verified.
pub(super) struct HeldCheckpoint {
    pub(super) digest: Digest,
    pub(super) content: Checkpoint,
    /// Its receipt, verified and counting: the moment at which the office had it, ms.
    pub(super) received: Option<i64>,
}

/// What was read of one log; the checks that follow build on it.
pub(super) struct HeldLog {
    pub(super) log: Id,
    /// Where its entries were read.
    pub(super) path: String,
    pub(super) enrolment: Option<Enrolment>,
    pub(super) entries: Vec<Held>,
    /// Its `log.*` entries.
    pub(super) life: Vec<Held>,
    pub(super) checkpoints: BTreeMap<u64, HeldCheckpoint>,
    /// Number of the newest checkpoint that the case names.
    pub(super) newest: u64,
    /// Verified receipts, also such as do not count, by path.
    pub(super) receipts: BTreeMap<String, LogReceipt>,
    /// Its entries are an empty array.
    pub(super) empty: bool,
    /// It follows another log of the bundle and has no entries of the case itself.
    pub(super) heir: bool,
    /// How many of its entries a later log adopted.
    pub(super) adopted: u64,
}

impl HeldLog {
    /// How a report names an entry.
    pub(super) fn subject(&self, held: &Held) -> String {
        format!("{}#{}", self.path, held.seq)
    }
    /// How a report names one of the `log.*` entries.
    pub(super) fn life_subject(&self, held: &Held) -> String {
        format!("{}#{}", layout::life(&self.log), held.seq)
    }
    /// Receipted checkpoints from the oldest to the newest, with the moment of each receipt.
    pub(super) fn receipted(&self) -> impl Iterator<Item = (&HeldCheckpoint, i64)> {
        self.checkpoints.values().filter_map(|c| Some((c, c.received?)))
    }
    /// The newest checkpoint, if it has a receipt that counts.
    pub(super) fn top(&self) -> Option<&HeldCheckpoint> {
        self.checkpoints.get(&self.newest).filter(|c| c.received.is_some())
    }
}

impl Verification<'_> {
    pub(super) fn logs(&mut self, about: &AboutCase) -> Vec<HeldLog> {
        for path in self.below(layout::LOGS) {
            if !about.newest.keys().any(|log| path.starts_with(&layout::log_folder(log))) {
                self.out.add(Finding::CaseFile, path, layout::CASE);
            }
        }
        let mut logs: Vec<HeldLog> =
            about.newest.iter().filter_map(|(log, newest)| self.log(&about.case, *log, *newest)).collect();
        self.succession(&mut logs);
        for log in &logs {
            if log.empty && !log.heir {
                self.out.add(Finding::NoEntries, log.path.as_str(), about.case.to_string());
            }
            self.chain(&about.case, log);
            self.tree(log);
            self.completeness(&about.case, log);
        }
        if !logs.iter().any(|l| l.entries.iter().any(|e| e.kind == "inspection.closed")) {
            self.out.add(Finding::NotClosed, about.case.to_string(), "");
        }
        logs
    }

    fn log(&mut self, case: &Id, log: Id, newest: u64) -> Option<HeldLog> {
        let folder = layout::log_folder(&log);
        if self.below(&folder).is_empty() {
            self.out.add(Finding::LogMissing, folder, case.to_string());
            return None;
        }
        let mut held = HeldLog {
            log,
            path: layout::entries(&log),
            enrolment: None,
            entries: Vec::new(),
            life: Vec::new(),
            checkpoints: BTreeMap::new(),
            newest,
            receipts: BTreeMap::new(),
            empty: false,
            heir: false,
            adopted: 0,
        };
        let enrolment = self.enrolment(&log);
        let revocation = self.revocation(&log);
        if let Some((enrolment, digest)) = enrolment {
            self.checkpoints(&mut held, &enrolment, &digest, revocation.as_ref());
            held.enrolment = Some(enrolment);
        }
        for path in self.below(&folder) {
            let name = path.strip_prefix(&folder).unwrap_or_default();
            if layout::number(name, "receipt-", ".cbor").is_some_and(|n| !held.checkpoints.contains_key(&n)) {
                self.out.add(Finding::ReceiptOther, path, "");
            }
        }
        let top = held.top().map(|c| (c.content.size, c.content.root));
        if let Some(read) = self.entry_file(&held.path, limit::ENTRIES, Some(Finding::FileMissing), top) {
            (held.entries, held.empty) = read;
        }
        if let Some((read, _)) = self.entry_file(&layout::life(&log), limit::LIFE, None, top) {
            held.life = self.life(&held, read);
        }
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

    /// The withdrawal of the log's enrolment.
    fn revocation(&mut self, log: &Id) -> Option<Revocation> {
        let path = layout::revocation(log);
        let bytes = self.load(&path, limit::SMALL, None)?;
        self.out.checked(CheckId::Signatures, 1);
        let enrolment = self.peek(&layout::enrolment(log), limit::SMALL).ok().map(|bytes| sha256(&bytes));
        match Revocation::open(&bytes, self.list.as_ref()?) {
            Ok(r) if r.log == *log && Some(r.enrolment) == enrolment => {
                let since = r.suspect_since.map(|s| format!("; 存疑自/suspected since {}", super::time(s)));
                let detail = format!("{}{}: {}", super::time(r.at), since.unwrap_or_default(), r.reason);
                self.out.add(Finding::DeviceRevoked, path, detail);
                Some(r)
            }
            Ok(_) => {
                self.out.add(Finding::RevocationBad, path, "");
                None
            }
            Err(error) => {
                self.refuse(Finding::RevocationBad, &path, &error.into());
                None
            }
        }
    }

    /// The entries of a file, and whether it is an empty array; what is wrong with them alone is reported.
    fn entry_file(&mut self, path: &str, max: u64, missing: Option<Finding>, top: Option<Top>) -> Option<(Vec<Held>, bool)> {
        let Some(len) = self.bag.files().get(path).copied() else {
            if let Some(finding) = missing.filter(|_| !self.out.failed(path)) {
                self.out.add(finding, path, "");
            }
            return None;
        };
        if len > max {
            self.out.add(Finding::FileTooLarge, path, format!("{len} > {max}"));
            return None;
        }
        if self.hashed.get(path).is_some_and(|h| !h.readable) {
            return None;
        }
        // What grows while it is read does not get past the limit.
        let open = |v: &Self| v.bag.read(path).map(|r| r.take(max));
        let first = open(self);
        let second = open(self);
        self.read_entries(path, first, second, top)
    }

    /// Counts the items of an array in one reading, then reads each in another.
    pub(super) fn read_entries(
        &mut self,
        path: &str,
        first: io::Result<impl Read>,
        second: io::Result<impl Read>,
        top: Option<Top>,
    ) -> Option<(Vec<Held>, bool)> {
        let io = |e: io::Error| ItemError::Io(e.kind());
        let mut held = Vec::new();
        let read = first.map_err(io).and_then(entries::count).and_then(|n| {
            let mut i = 0_u64;
            entries::each(second.map_err(io)?, top, |item| {
                self.entry(path, i, item, &mut held);
                i += 1;
            })?;
            Ok(n)
        });
        match read {
            Ok(n) => Some((held, n == 0)),
            Err(ItemError::Array(error)) => {
                self.out.add(Finding::EntryMalformed, path, error.to_string());
                None
            }
            Err(ItemError::Io(kind)) => {
                self.out.add(Finding::FileUnreadable, path, kind.to_string());
                None
            }
        }
    }

    fn entry(&mut self, path: &str, i: u64, item: Result<ReadEntry, crate::log::LogError>, held: &mut Vec<Held>) {
        let read = match item {
            Ok(read) => read,
            Err(error) => return self.out.add(Finding::EntryMalformed, format!("{path}#[{i}]"), error.to_string()),
        };
        self.out.checked(CheckId::Fields, read.disclosed);
        if read.fault.is_some() || !read.withheld.is_empty() {
            let subject = format!("{path}#{}", read.held.seq);
            match &read.fault {
                Some(error) => self.out.add(Finding::FieldChanged, subject, error.to_string()),
                None => self.out.add(Finding::FieldWithheld, subject, read.withheld.join(", ")),
            }
        }
        held.push(read.held);
    }

    fn checkpoints(&mut self, held: &mut HeldLog, e: &Enrolment, digest: &Digest, revocation: Option<&Revocation>) {
        let folder = layout::log_folder(&held.log);
        for path in self.below(&folder) {
            let Some(number) = path.strip_prefix(&folder).and_then(|n| layout::number(n, "checkpoint-", ".cose")) else {
                continue;
            };
            let Some(bytes) = self.load(&path, limit::LIST, None) else { continue };
            self.out.checked(CheckId::Signatures, 1);
            match Checkpoint::open(&bytes, &e.log_key) {
                Ok(c) if c.log == held.log && c.cp_no == number && c.enrolment == *digest => {
                    let digest = sha256(&bytes);
                    let received = self.receipt(held, &c, number, digest, revocation);
                    held.checkpoints.insert(number, HeldCheckpoint { digest, content: c, received });
                }
                Ok(_) => self.out.add(Finding::CheckpointOther, path, ""),
                Err(error) => self.refuse(Finding::CheckpointSignature, &path, &error),
            }
        }
    }

    /// The moment at which the office had the checkpoint, if that counts.
    fn receipt(
        &mut self,
        held: &mut HeldLog,
        checkpoint: &Checkpoint,
        number: u64,
        digest: Digest,
        revocation: Option<&Revocation>,
    ) -> Option<i64> {
        let path = layout::receipt(&checkpoint.log, number);
        let bytes = self.load(&path, limit::SMALL, None)?;
        self.out.checked(CheckId::Receipts, 1);
        let receipt = match LogReceipt::open(&bytes, self.list.as_ref()?) {
            Ok(receipt) => receipt,
            Err(error) => {
                self.refuse(Finding::ReceiptBad, &path, &error);
                return None;
            }
        };
        let at = receipt.leaf.at();
        if receipt.leaf != (OfficeLeaf::Checkpoint { checkpoint: digest, log: checkpoint.log, size: checkpoint.size, at }) {
            self.out.add(Finding::ReceiptOther, path, "");
            return None;
        }
        held.receipts.insert(path.clone(), receipt);
        if revocation.is_some_and(|r| !r.counts(at)) {
            self.out.add(Finding::KeySuspect, path, super::time(at));
            return None;
        }
        Some(at)
    }

    /// `case_seq` 0…n−1 and each header naming the one before it.
    fn chain(&mut self, case: &Id, held: &HeldLog) {
        self.out.checked(CheckId::Chain, held.entries.len());
        let mut before: Option<&Held> = None;
        let mut expected = 0;
        for e in &held.entries {
            let Some(position) = e.position.filter(|p| p.case == *case && e.log == held.log) else {
                self.out.add(Finding::EntryOther, held.subject(e), "");
                continue;
            };
            let in_order = position.seq == expected && before.is_none_or(|b| b.seq < e.seq);
            if !in_order {
                self.out.add(Finding::EntryOrder, held.subject(e), format!("case_seq {} ≠ {expected}", position.seq));
            }
            let directly = before.is_none_or(|b| b.seq + 1 != e.seq || e.prev == Some(b.digest));
            if in_order && (position.prev != before.map(|b| b.digest) || !directly) {
                self.out.add(Finding::EntryChain, held.subject(e), "");
            }
            expected = position.seq.saturating_add(1);
            before = Some(e);
        }
    }

    /// Every entry in the tree of the newest receipted checkpoint; one history in all checkpoints.
    fn tree(&mut self, held: &HeldLog) {
        let name = |n: u64| layout::checkpoint(&held.log, n);
        let mut before: Option<&HeldCheckpoint> = None;
        for b in held.checkpoints.values() {
            if let Some(a) = before {
                let (x, y) = (&a.content, &b.content);
                let broken = x.cp_no + 1 == y.cp_no && y.previous != Some(a.digest);
                if x.size > y.size || (x.size == y.size && x.root != y.root) || broken {
                    self.out.add(Finding::TwoHistories, name(y.cp_no), name(x.cp_no));
                }
            }
            before = Some(b);
        }
        let Some(top) = held.top() else {
            self.out.add(Finding::NoReceipt, layout::receipt(&held.log, held.newest), "");
            return;
        };
        if held.receipted().last().is_some_and(|(c, _)| c.content.cp_no != held.newest) {
            self.out.add(Finding::CaseFile, name(held.newest), layout::CASE);
        }
        self.consistency(held, top);
        self.out.checked(CheckId::Tree, held.entries.len() + held.life.len());
        for (e, subject) in
            held.entries.iter().map(|e| (e, held.subject(e))).chain(held.life.iter().map(|e| (e, held.life_subject(e))))
        {
            if !matches!(e.place, Place::Fine) {
                self.out.add(Finding::Inclusion, subject, name(held.newest));
            }
        }
    }

    /// Each smaller checkpoint is a prefix of the newest (RFC 9162 §2.1.4).
    fn consistency(&mut self, held: &HeldLog, top: &HeldCheckpoint) {
        let smaller: Vec<&Checkpoint> =
            held.checkpoints.values().map(|c| &c.content).filter(|c| c.size < top.content.size).collect();
        let path = layout::consistency(&held.log);
        let missing = (!smaller.is_empty()).then_some(Finding::FileMissing);
        let Some(bytes) = self.load(&path, limit::LARGE_LIST, missing) else { return };
        let proofs = match proofs(&bytes) {
            Ok(proofs) => proofs,
            Err(error) => return self.out.add(Finding::FileMalformed, path, error.to_string()),
        };
        self.out.checked(CheckId::Tree, smaller.len());
        for c in smaller {
            let proof = proofs.get(&c.cp_no);
            if !proof.is_some_and(|p| tree::is_consistent(c.size, &c.root, top.content.size, &top.content.root, p)) {
                let newest = layout::checkpoint(&held.log, held.newest);
                self.out.add(Finding::TwoHistories, layout::checkpoint(&held.log, c.cp_no), newest);
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
                if last.map(|e| e.digest) != Some(head.head) {
                    self.out.add(
                        Finding::CaseHead,
                        held.path.as_str(),
                        format!("{}: {} / {count}", layout::checkpoint(&held.log, c.content.cp_no), head.length),
                    );
                }
                if c.received.is_some() {
                    covered = covered.max(Some(head.length));
                }
            }
        }
        match covered {
            None if held.heir => {}
            None => self.out.add(Finding::CaseHeadAbsent, layout::log_folder(&held.log), ""),
            Some(length) if length < count - held.adopted => {
                self.out.add(Finding::CaseHead, held.path.as_str(), format!("{length} / {count}"));
            }
            Some(_) => {}
        }
        for (i, e) in held.entries.iter().enumerate().filter(|(_, e)| e.kind == "inspection.closed") {
            let place = i as u64 + 1;
            self.out.checked(CheckId::Completeness, 1);
            if let Some(stated) = e.uint("entries").filter(|n| *n != place) {
                self.out.add(Finding::ClosedCount, held.subject(e), format!("{stated} / {place}"));
            }
            if place < count {
                self.out.add(Finding::AfterClosing, held.subject(e), (count - place).to_string());
            }
            if e.text("witness") == Some("none") {
                self.out.add(Finding::ClosedUnwitnessed, held.subject(e), e.text("reason").unwrap_or_default());
            }
        }
    }
}

/// `consistency.cbor`: proofs by number of a checkpoint.
fn proofs(bytes: &[u8]) -> Result<BTreeMap<u64, Vec<Digest>>, CborError> {
    let Value::Map(map) = cbor::decode(bytes)? else { return Err(CborError::Type("consistency")) };
    let digests = |v: Value| v.array("proof")?.into_iter().map(|d| d.array_of("proof")).collect::<Result<_, _>>();
    map.into_iter().map(|(n, proof)| Ok((n.uint("cp_no")?, digests(proof)?))).collect()
}
