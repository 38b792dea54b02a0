//! A paper on its own, years later, in somebody's hand: what its attachments and its seal prove (P8).

use super::entries::Place;
use super::logs::{HeldCheckpoint, HeldLog};
use super::papers::FACTS;
use super::report::Findings;
use super::{CheckId, Finding, Options, Report, SignerVerdict, Trust, Verification, limit};
use crate::bundle::source::Bag;
use crate::document::{Paper, read_paper};
use crate::enrolment::Enrolment;
use crate::id::{Id, sha256};
use crate::log::Checkpoint;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

const ENTRIES: &str = "entries.cbor";
const CHECKPOINT: &str = "checkpoint.cose";
const ENROLMENT: &str = "enrolment.cose";
const TRUST: &str = "trust.cbor";

pub(super) fn is_pdf(path: &Path) -> bool {
    let mut start = [0; 5];
    path.is_file() && File::open(path).and_then(|mut f| f.read_exact(&mut start)).is_ok() && start == *b"%PDF-"
}

/// Judges one paper.
pub(super) fn verify(path: &Path, trust: &Trust) -> Report {
    let options = Options::default();
    let (bag, hashed) = (Bag::empty(path), BTreeMap::new());
    let mut v = Verification { bag, out: Findings::default(), hashed, list: None, options: &options };
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let (signer, case) = match read(path) {
        Err(error) => {
            v.out.add(Finding::FileUnreadable, name, error.to_string());
            (SignerVerdict::Unknown, None)
        }
        Ok(None) => {
            v.out.add(Finding::FileTooLarge, name, limit::PAPER.to_string());
            (SignerVerdict::Unknown, None)
        }
        Ok(Some(bytes)) => {
            v.out.checked(CheckId::Files, 1);
            match read_paper(&bytes) {
                Ok(paper) => v.alone(&name, &paper, trust),
                Err(error) => {
                    v.out.add(Finding::PaperSeal, name, error.to_string());
                    (SignerVerdict::Unknown, None)
                }
            }
        }
    };
    let (checks, consistent) = v.out.finish();
    Report { case, exported: None, checks, consistent, signer }
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit::PAPER + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit::PAPER).then_some(bytes))
}

impl Verification<'_> {
    fn alone(&mut self, name: &str, paper: &Paper, trust: &Trust) -> (SignerVerdict, Option<Id>) {
        let part = |wanted: &str| paper.attachments.iter().find(|a| a.name == wanted).map(|a| a.bytes.clone());
        let signer = self.establish(trust, part(TRUST), TRUST);
        let parts = (part(FACTS), part(ENTRIES), part(CHECKPOINT), part(ENROLMENT));
        let (Some(facts), Some(entries), Some(checkpoint), Some(enrolment)) = parts else {
            self.out.add(Finding::PaperParts, name, [FACTS, ENTRIES, CHECKPOINT, ENROLMENT].join(", "));
            return (signer, None);
        };
        let Some(log) = self.proven(&entries, &checkpoint, &enrolment) else { return (signer, None) };
        let case = log.entries.first().and_then(|e| e.position).map(|p| p.case);
        self.out.checked(CheckId::Documents, 1);
        let facts = sha256(&facts);
        if !log.entries.iter().any(|e| e.kind == "document.facts" && e.digest("digest") == Some(facts)) {
            self.out.add(Finding::PaperFacts, FACTS, "");
        }
        let logs = [log];
        for e in logs.iter().flat_map(|l| &l.entries) {
            let subject = format!("{ENTRIES}#{}", e.seq);
            if e.kind == "document.facts" {
                self.facts(e, subject);
            } else if let Some(case) = &case {
                _ = self.statement(case, &logs, Finding::StatementElsewhere, e, subject);
            }
        }
        match &paper.seal {
            Some(seal) => self.seal(name, &logs, seal),
            None => self.out.add(Finding::PageNotProven, name, ""),
        }
        logs.iter().for_each(|log| self.keys(log, ENROLMENT));
        self.out.add(Finding::PaperAlone, name, "");
        (signer, case)
    }

    /// The attached entries, proven into the attached checkpoint of an enrolled device.
    fn proven(&mut self, entries: &[u8], checkpoint: &[u8], enrolment: &[u8]) -> Option<HeldLog> {
        self.out.checked(CheckId::Signatures, 2);
        let enrolled = match Enrolment::open(enrolment, self.list.as_ref()?) {
            Ok(enrolled) => enrolled,
            Err(error) => {
                self.refuse(Finding::EnrolmentSignature, ENROLMENT, &error.into());
                return None;
            }
        };
        let content = match Checkpoint::open(checkpoint, &enrolled.log_key) {
            Ok(c) if c.log == enrolled.log && c.enrolment == sha256(enrolment) => c,
            Ok(_) => {
                self.out.add(Finding::CheckpointOther, CHECKPOINT, "");
                return None;
            }
            Err(error) => {
                self.refuse(Finding::CheckpointSignature, CHECKPOINT, &error);
                return None;
            }
        };
        let top = Some((content.size, content.root));
        let (entries, empty) = self.read_entries(ENTRIES, Ok(entries), Ok(entries), top)?;
        self.out.checked(CheckId::Tree, entries.len());
        for e in entries.iter().filter(|e| !matches!(e.place, Place::Fine) || e.log != content.log) {
            self.out.add(Finding::Inclusion, format!("{ENTRIES}#{}", e.seq), CHECKPOINT);
        }
        let held = HeldCheckpoint { digest: sha256(checkpoint), content, received: None };
        let newest = held.content.cp_no;
        Some(HeldLog {
            log: enrolled.log,
            path: ENTRIES.into(),
            enrolment: Some(enrolled),
            entries,
            life: Vec::new(),
            checkpoints: BTreeMap::from([(newest, held)]),
            newest,
            receipts: BTreeMap::new(),
            empty,
            heir: false,
            adopted: 0,
        })
    }
}
