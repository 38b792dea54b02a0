//! Papers against their entries, and the statements that officers signed (P8, R06).

use super::entries::Held;
use super::logs::HeldLog;
use super::{CheckId, Finding, Verification, layout, limit};
use crate::cbor::{CborError, Value};
use crate::document::{PaperSeal, read_paper};
use crate::enrolment::Enrolment;
use crate::id::{Digest, Id, hex, sha256};
use crate::sign::{Kid, SignError, Unverified};
use crate::statement::{Statement, What};
use std::collections::BTreeMap;

const PAPER: &str = "mz1/paper";
/// The attachment of a paper that holds the signed facts.
pub(super) const FACTS: &str = "facts.cbor";

impl Verification<'_> {
    /// Gives what officers of other phones witnessed: the log, and the entry.
    pub(super) fn papers(&mut self, case: &Id, logs: &[HeldLog]) -> Vec<(Id, String)> {
        let mut cosigned = Vec::new();
        let mut by_digest: BTreeMap<Digest, Vec<String>> = BTreeMap::new();
        for path in self.below(layout::PAPERS) {
            let Some(digest) = self.hashed.get(&path).map(|h| h.digest) else { continue };
            by_digest.entry(digest).or_default().push(path);
        }
        let (mut named, mut finished) = (Vec::new(), Vec::new());
        let mut facts = Vec::new();
        for log in logs {
            for e in &log.entries {
                let subject = log.subject(e);
                let (field, missing) = match e.kind.as_str() {
                    "document.presented" => ("presented", Finding::PaperNotIncluded),
                    "document.finished" => ("digest", Finding::PaperMissing),
                    "document.facts" => {
                        facts.extend(e.digest("digest"));
                        self.facts(e, subject);
                        continue;
                    }
                    kind => {
                        let signer = self.statement(case, logs, Finding::StatementKey, e, subject.clone());
                        let about = e.id("log").filter(|log| logs.iter().any(|l| l.log == *log));
                        if let ("checkpoint.cosigned", Some(signer), Some(about)) = (kind, signer, about)
                            && signer != about
                        {
                            cosigned.push((about, subject));
                        }
                        continue;
                    }
                };
                self.out.checked(CheckId::Documents, 1);
                self.printed_checkpoint(log, e, &subject);
                let Some(digest) = e.digest(field) else { continue };
                if field == "digest" {
                    finished.push(digest);
                }
                if !by_digest.contains_key(&digest) {
                    self.out.add(missing, subject, e.text("paper").unwrap_or_default());
                }
                named.push(digest);
            }
        }
        for (digest, paths) in &by_digest {
            for path in paths {
                self.out.checked(CheckId::Documents, 1);
                if !named.contains(digest) {
                    self.out.add(Finding::PaperForeign, path.as_str(), format!("SHA-256 {}", hex(digest)));
                }
                self.page(path, logs, &facts, finished.contains(digest));
            }
        }
        cosigned
    }

    /// The signature over a paper's own bytes, so that the page is proven too, and the facts attached to it.
    fn page(&mut self, path: &str, logs: &[HeldLog], facts: &[Digest], finished: bool) {
        let Some(bytes) = self.load(path, limit::PAPER, None) else { return };
        let paper = match read_paper(&bytes) {
            Ok(paper) => paper,
            Err(error) => return self.out.add(Finding::PaperSeal, path, error.to_string()),
        };
        for attached in &paper.attachments {
            if attached.name == FACTS && !facts.contains(&sha256(&attached.bytes)) {
                self.out.add(Finding::PaperFacts, path, FACTS);
            }
        }
        match paper.seal {
            None if finished => self.out.add(Finding::PaperUnsealed, path, ""),
            None => {}
            Some(seal) => self.seal(path, logs, &seal),
        }
    }

    /// An enrolled officer signed the paper's bytes, all of them.
    pub(super) fn seal(&mut self, path: &str, logs: &[HeldLog], seal: &PaperSeal) {
        self.out.checked(CheckId::Signatures, 1);
        match paper_seal(seal, logs) {
            Ok(true) if seal.covers_whole_file => {}
            Ok(true) => self.out.add(Finding::PaperSeal, path, "bytes were appended"),
            Ok(false) => self.out.add(Finding::StatementKey, path, ""),
            Err(error) => self.refuse(Finding::PaperSeal, path, &error.into()),
        }
    }

    /// The digest of the facts is the one of the facts in the same entry.
    pub(super) fn facts(&mut self, e: &Held, subject: String) {
        if let Some(fits) = e.facts {
            self.out.checked(CheckId::Documents, 1);
            if !fits {
                self.out.add(Finding::PaperFacts, subject, "");
            }
        }
    }

    /// The checkpoint printed on a paper lies in the bundle and was made before the entry that names it.
    fn printed_checkpoint(&mut self, log: &HeldLog, e: &Held, subject: &str) {
        let Some(digest) = e.digest("checkpoint") else { return };
        if !log.checkpoints.values().any(|c| c.digest == digest && c.content.size <= e.seq) {
            self.out.add(Finding::PaperCheckpoint, subject, hex(&digest));
        }
    }

    /// The statement inside an entry: an enrolled officer's key signed it, and it says what the entry says. Gives the log of the signer's
    /// enrolment when nothing is wrong.
    pub(super) fn statement(&mut self, case: &Id, logs: &[HeldLog], unknown: Finding, e: &Held, subject: String) -> Option<Id> {
        if !matches!(e.field("statement"), Some(Value::Text(_) | Value::Bytes(_))) {
            return None;
        }
        self.out.checked(CheckId::Statements, 1);
        let opened = e.hex("statement").ok_or(CborError::Type("statement").into()).and_then(|bytes| open(&bytes, logs));
        let (statement, signer) = match opened {
            Ok(Some(opened)) => opened,
            Ok(None) => {
                self.out.add(unknown, subject, e.text("name").unwrap_or_default());
                return None;
            }
            Err(error) => {
                self.refuse(Finding::StatementBad, &subject, &error.into());
                return None;
            }
        };
        let expected = match e.kind.as_str() {
            "person.arrived" | "person.returned" => What::Presence,
            "checkpoint.cosigned" => What::Cosign,
            _ => What::Sign,
        };
        let cosigned = (expected == What::Cosign).then_some(("checkpoint", statement.checkpoint));
        let stated = [
            ("facts", statement.facts),
            ("presented", statement.presented),
            ("wording", statement.wording),
            ("strokes", statement.strokes),
        ];
        let mut other: Vec<&str> = stated
            .into_iter()
            .chain(cosigned)
            .filter(|(name, d)| e.digest(name).is_some_and(|r| *d != Some(r)))
            .map(|(name, _)| name)
            .collect();
        if statement.case != *case {
            other.push("case");
        }
        if signer_number(e).is_some_and(|n| n != statement.number) {
            other.push("number");
        }
        if statement.what != expected {
            other.push("what");
        }
        if statement.shared_device {
            self.out.add(Finding::StatementShared, subject.as_str(), statement.name);
        }
        if other.is_empty() {
            return Some(signer);
        }
        self.out.add(Finding::StatementOther, subject, other.join(", "));
        None
    }
}

/// The certificate number of the officer whom an entry names.
fn signer_number(e: &Held) -> Option<&str> {
    let Some(Value::Map(officer)) = e.field("officer") else { return e.text("number") };
    officer.iter().find_map(|(k, v)| match v {
        Value::Text(number) if *k == Value::from("number") => Some(number.as_str()),
        _ => None,
    })
}

/// The enrolment in the bundle whose OFFICER key has that `kid`.
fn officer(logs: &[HeldLog], kid: Kid) -> Option<&Enrolment> {
    logs.iter().filter_map(|l| l.enrolment.as_ref()).find(|e| e.officer_key.kid() == kid)
}

/// Whether an enrolled officer signed the paper's bytes; `false` when no enrolment of the bundle has the key.
fn paper_seal(seal: &PaperSeal, logs: &[HeldLog]) -> Result<bool, SignError> {
    let signed = Unverified::read(&seal.signature, PAPER)?;
    let Some(enrolment) = officer(logs, signed.kid()) else { return Ok(false) };
    signed.verify_detached(&enrolment.officer_key, &seal.digest).map(|()| true)
}

/// The statement, verified, and the log of its signer; `None` when no enrolment of the bundle has the key.
fn open(bytes: &[u8], logs: &[HeldLog]) -> Result<Option<(Statement, Id)>, SignError> {
    let Some(enrolment) = officer(logs, Unverified::read(bytes, Statement::TYP)?.kid()) else { return Ok(None) };
    let statement = Statement::open(bytes, &enrolment.officer_key)?;
    if statement.person == enrolment.person {
        Ok(Some((statement, enrolment.log)))
    } else {
        Err(CborError::Type("person").into())
    }
}
