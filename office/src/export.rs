//! Exports: everything of one case goes into a bundle that a stranger can verify offline (P9, R25). Each export is a leaf of the office's log.

use crate::cases::{self, Held, Named};
use crate::error::{OfficeError, Result};
use crate::log;
use crate::office::Office;
use crate::{feed, ingest};
use mingzheng_core::bundle::{self, BundleInput, EntryPart, EvidencePart, LogPart};
use mingzheng_core::enrolment::Enrolment;
use mingzheng_core::id::{Digest, Id, digest_from_hex, hex};
use mingzheng_core::inspection::{Event, Inspection, fold};
use mingzheng_core::log::{Checkpoint, Entry, OfficeLeaf, tree};
use mingzheng_core::seal::{Recipient, Recipients, rewrap};
use mingzheng_core::trust::Use;
use rusqlite::{OptionalExtension as _, params};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

/// Form of a bundle.
pub enum Form {
    /// Evidence in clear.
    Open,
    /// Evidence sealed to one recipient: the same payload under a new header.
    Sealed(Recipient),
}

/// An export that was done.
pub struct Done {
    /// Digest of the payload of `bundle.cose`.
    pub bundle: Digest,
    /// Leaf of the office's log.
    pub leaf: u64,
    /// Files in the bundle.
    pub files: usize,
    /// Files that entries name and that have not arrived.
    pub missing: usize,
    /// Paired officers of whose phone nothing has arrived.
    pub absent: usize,
}

/// Writes the bundle of a case as the new folder `target`, and notes it in the office's log.
///
/// # Errors
/// [`OfficeError::NotFound`] for an unknown case; nothing stays behind then.
pub fn export(office: &Office, case: Id, form: &Form, target: &Path) -> Result<Done> {
    let held = cases::entries(office, case)?;
    let files = cases::files(office, case)?;
    let entries: Vec<Entry> = held.iter().map(|h| h.entry.clone()).collect();
    let inspection = fold(&entries);
    let mut logs = Vec::new();
    let mut badges = Vec::new();
    let seen: BTreeSet<Id> = held.iter().map(|h| h.entry.header().log).collect();
    for id in seen {
        let (part, enrolment) = log_part(office, case, id, &held)?;
        badges.extend(badge_of(office, &enrolment)?);
        logs.push(part);
    }
    let at = office.now();
    let input = BundleInput {
        case,
        at,
        form: match form {
            Form::Open => bundle::Form::Open,
            Form::Sealed(_) => bundle::Form::Sealed,
        },
        trust: office.trust_bytes.clone(),
        logs,
        badges,
        assignment: assignment(office, &inspection)?,
        packs: pack(office, &inspection)?.into_iter().collect(),
        anchors: anchors(office, &held)?,
        custody: custody(&files),
        evidence: evidence(office, &inspection, &files, form),
        papers: papers(office, &files)?,
    };
    let written = bundle::write(target, input, office.keys.signer(Use::Export)?)?;
    let leaf = office.store.write(|tx| {
        let appended = log::append(office, tx, &OfficeLeaf::Export { bundle: written.payload, case, at })?;
        let (name, recipient) = match form {
            Form::Open => ("open", None),
            Form::Sealed(r) => ("sealed", Some(r.to_string())),
        };
        tx.execute(
            "INSERT INTO exports (bundle, case_tag, at, form, recipient, leaf, receipt) VALUES (?, ?, ?, ?, ?, ?, ?)",
            params![written.payload, case.0, at, name, recipient, crate::store::int(appended.index), appended.receipt],
        )?;
        Ok(appended.index)
    })?;
    tracing::info!(%case, leaf, "case exported");
    let (lacking, peers) = cases::lacking(&inspection, &held, &files);
    Ok(Done { bundle: written.payload, leaf, files: written.files, missing: lacking.len(), absent: peers.len() })
}

/// The one canonical archive of an exported folder.
///
/// # Errors
/// [`OfficeError::Bundle`].
pub fn zip(folder: &Path, target: &Path) -> Result<()> {
    Ok(bundle::zip::write(folder, "bundle", target)?)
}

/// What one log holds of the case, proven into its newest checkpoint; every accepted checkpoint has a receipt.
fn log_part(office: &Office, case: Id, log: Id, held: &[Held]) -> Result<(LogPart, Enrolment)> {
    let (signed, _) = cases::enrolment(office, log)?;
    let enrolment = Enrolment::open(&signed, &office.trust)?;
    let received = cases::checkpoints(office, log)?;
    let newest = received.values().next_back().ok_or(OfficeError::NotFound("checkpoint"))?;
    let size = Checkpoint::open(&newest.signed, &enrolment.log_key)?.size;
    let leaves = office.store.read(|c| ingest::leaves(c, log, size))?;
    let entries = held.iter().filter(|h| h.entry.header().log == log).map(|h| {
        let index = usize::try_from(h.entry.header().seq).map_err(|_| OfficeError::NotFound("entry"))?;
        Ok(EntryPart {
            header: h.entry.bytes().to_vec(),
            disclosures: h.entry.disclosures().iter().map(|d| d.bytes().to_vec()).collect(),
            proof: tree::inclusion(&leaves, index).ok_or(OfficeError::NotFound("entry"))?,
        })
    });
    let printed: BTreeSet<Digest> = held.iter().filter_map(printed_checkpoint).collect();
    let mut keep: BTreeSet<u64> = BTreeSet::from([newest.cp_no]);
    let mut lists_case = None;
    for r in received.values() {
        let digest = Checkpoint::digest(&r.signed);
        if printed.contains(&digest) {
            keep.insert(r.cp_no);
        }
        if Checkpoint::open(&r.signed, &enrolment.log_key)?.cases.iter().any(|c| c.case == case) {
            lists_case = Some(r.cp_no);
        }
    }
    keep.extend(lists_case);
    let mut part = LogPart {
        log,
        enrolment: signed,
        entries: entries.collect::<Result<_>>()?,
        newest: newest.cp_no,
        checkpoints: BTreeMap::new(),
        receipts: BTreeMap::new(),
    };
    for r in received.values().filter(|r| keep.contains(&r.cp_no)) {
        part.checkpoints.insert(r.cp_no, r.signed.clone());
        part.receipts.insert(r.cp_no, r.receipt.clone());
    }
    Ok((part, enrolment))
}

/// The checkpoint that a paper prints: C1 of every copy that was presented, C2 of the final one.
fn printed_checkpoint(h: &Held) -> Option<Digest> {
    match Event::from_entry(&h.entry)? {
        Event::Presented { checkpoint, .. } | Event::Finished { checkpoint, .. } => digest_from_hex(&checkpoint),
        _ => None,
    }
}

/// The newest badge of a device.
fn badge_of(office: &Office, e: &Enrolment) -> Result<Option<Vec<u8>>> {
    office.store.read(|c| {
        let sql = "SELECT signed FROM badges WHERE enrolment = ? ORDER BY issued DESC LIMIT 1";
        Ok(c.query_row(sql, params![e.enrolment.0], |r| r.get(0)).optional()?)
    })
}

fn assignment(office: &Office, inspection: &Inspection) -> Result<Option<Vec<u8>>> {
    let Some(digest) = inspection.assignment.as_deref().and_then(Id::from_hex) else { return Ok(None) };
    office
        .store
        .read(|c| Ok(c.query_row("SELECT assignment FROM tasks WHERE digest = ?", params![digest.0], |r| r.get(0)).optional()?))
}

fn pack(office: &Office, inspection: &Inspection) -> Result<Option<Vec<u8>>> {
    match inspection.pack.as_deref().and_then(digest_from_hex) {
        Some(digest) => Ok(feed::pack(office, &digest)?.map(|p| p.bytes().to_vec())),
        None => Ok(None),
    }
}

/// The anchors that entries of the case name.
fn anchors(office: &Office, held: &[Held]) -> Result<Vec<Vec<u8>>> {
    let named: BTreeSet<Digest> = held.iter().filter_map(|h| h.entry.header().clocks.anchor.map(|a| a.digest)).collect();
    office.store.read(|c| {
        let mut s = c.prepare_cached("SELECT signed FROM anchors WHERE digest = ?")?;
        named.iter().filter_map(|d| s.query_row(params![d], |r| r.get(0)).optional().transpose()).map(|r| Ok(r?)).collect()
    })
}

/// The receipts for the evidence: other files are in the bundle itself, in clear, or not at all.
fn custody(files: &[Named]) -> Vec<(Digest, Vec<u8>)> {
    let evidence = files.iter().filter(|f| f.what == "evidence");
    let all: BTreeMap<Digest, Vec<u8>> = evidence.filter_map(|f| Some((f.sealed?, f.custody.clone()?))).collect();
    all.into_iter().collect()
}

fn evidence<'a>(office: &'a Office, inspection: &Inspection, files: &[Named], form: &'a Form) -> Vec<EvidencePart<'a>> {
    let mut out = Vec::new();
    for e in &inspection.evidence {
        let Some(file) = files.iter().find(|f| f.what == "evidence" && f.id == e.id && f.sealed.is_some()).cloned() else {
            continue;
        };
        let ext = match e.media_type.as_str() {
            "image/jpeg" => "jpg",
            "image/png" => "png",
            _ => "bin",
        };
        let sealed = matches!(form, Form::Sealed(_));
        out.push(EvidencePart::new(&e.id, ext, sealed, move |to| copy(office, &file, form, to).map_err(io::Error::other)));
    }
    out
}

/// One evidence file on its way into the bundle.
fn copy(office: &Office, file: &Named, form: &Form, to: &mut dyn io::Write) -> Result<()> {
    let digest = file.sealed.ok_or(OfficeError::NotFound("file"))?;
    match form {
        Form::Open => {
            let summary = office.keys.open(|| office.objects.get(&digest), to)?;
            if summary.clear == file.clear { Ok(()) } else { Err(OfficeError::NotFound("file")) }
        }
        Form::Sealed(recipient) => {
            let to_one = Recipients::one(recipient.clone());
            // A header that is sealed to another identity is refused before anything is written.
            office.keys.with_identity(|identity| Ok(rewrap(&mut office.objects.get(&digest)?, to, identity, &to_one)?))?;
            Ok(())
        }
    }
}

/// The PDFs that arrived: final papers under their id, presented copies beside them.
fn papers(office: &Office, files: &[Named]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut out = BTreeMap::new();
    for f in files.iter().filter(|f| f.sealed.is_some()) {
        let name = match f.what.as_str() {
            "paper" => name(&f.id),
            "presented" => format!("{}-presented-{}", name(&f.id), hex(f.clear.get(..4).unwrap_or_default())),
            _ => continue,
        };
        out.insert(name, cases::clear(office, f)?);
    }
    Ok(out.into_iter().collect())
}

/// A paper id as a file name of a bundle.
fn name(id: &str) -> String {
    let fits = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' { c } else { '-' };
    id.to_ascii_lowercase().chars().map(fits).take(64).collect()
}
