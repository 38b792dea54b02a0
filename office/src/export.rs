//! Exports: everything of one case goes into a bundle that a stranger can verify offline (P9, R25). Each export is a leaf of the office's log.
//!
//! Entries, receipts and files are streamed from the database and the folder of sealed files; nothing of a large case lies in memory as a whole (F46).

use crate::cases::{self, ARRIVED, Named, OWED};
use crate::error::{OfficeError, Result};
use crate::feed;
use crate::ingest;
use crate::log;
use crate::office::Office;
use crate::store::{Row, int, params, uint};
use crate::subtrees::Log;
use mingzheng_core::bundle::{self, BundleError, BundleInput, Content, Entries, EntryPart, EvidencePart, LogPart, party};
use mingzheng_core::cbor::{self, Value};
use mingzheng_core::enrolment::Enrolment;
use mingzheng_core::id::{Digest, Id, digest_from_hex, hex};
use mingzheng_core::log::tree::Tree;
use mingzheng_core::log::{Checkpoint, Entry, LogReceipt, OfficeLeaf, OutsideFile, access_file};
use mingzheng_core::seal::{Recipient, Recipients, rewrap};
use mingzheng_core::trust::Use;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

pub use mingzheng_core::bundle::Progress;

/// The verifier that goes along with every bundle: opens from disk, without network.
pub(crate) const PAGE: &[u8] = include_bytes!("../../web/dist/verify.html");
/// How many entries are fetched at once.
const AT_ONCE: usize = 200;

/// Form of a bundle.
pub enum Form {
    /// Evidence in clear.
    Open,
    /// Evidence sealed to one recipient: the same payload under a new header.
    Sealed(Recipient),
    /// For the inspected party: without what it may not have, whose place is proven all the same.
    Party,
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

/// Writes the bundle of a case as the new folder `target`, and notes it in the office's log before anybody can have it.
///
/// # Errors
/// [`OfficeError::NotFound`] for an unknown case; nothing stays behind then.
pub fn export(office: &Office, case: Id, form: &Form, target: &Path) -> Result<Done> {
    export_telling(office, case, form, target, &mut |_| {})
}

/// As [`export`], and tells how far it is.
///
/// # Errors
/// As [`export`].
pub fn export_telling(office: &Office, case: Id, form: &Form, target: &Path, tell: &mut dyn FnMut(Progress)) -> Result<Done> {
    let mut survey = Survey::of(office, case)?;
    let (gone, destroyed) = destroyed(office, case)?;
    survey.destroyed.extend(gone);
    let at = office.now();
    let (mut logs, mut badges) = (Vec::new(), Vec::new());
    for (id, count) in &survey.logs {
        let (part, enrolment) = log_part(office, case, *id, *count, &survey, form)?;
        badges.extend(badge_of(office, &enrolment)?);
        logs.push(part);
    }
    let (evidence, withheld) = evidence(office, case, &survey, form)?;
    let input = BundleInput {
        case,
        at,
        form: match form {
            Form::Open => bundle::Form::Open,
            Form::Sealed(_) => bundle::Form::Sealed,
            Form::Party => bundle::Form::Party,
        },
        page: Some(PAGE),
        withheld,
        trust: office.trust_bytes.clone(),
        outside: outside(office, &logs)?,
        access: if matches!(form, Form::Party) { Vec::new() } else { accesses(office, case)? },
        logs,
        badges,
        assignment: assignment(office, &survey)?,
        packs: packs(office, &survey)?,
        anchors: anchors(office, &survey)?,
        custody: custody(office, case)?,
        destroyed,
        evidence,
        papers: papers(office, case, form)?,
    };
    let prepared = bundle::prepare(target, input, office.keys.signer(Use::Export)?, tell)?;
    let bundle = prepared.written.payload;
    let noted = office.store.write(|tx| {
        let appended = log::append(office, tx, &OfficeLeaf::Export { bundle, case, at })?;
        let (name, recipient) = match form {
            Form::Open => ("open", None),
            Form::Sealed(r) => ("sealed", Some(r.to_string())),
            Form::Party => ("party", None),
        };
        tx.execute(
            "INSERT INTO exports (bundle, case_tag, at, form, recipient, leaf, receipt) VALUES (?, ?, ?, ?, ?, ?, ?)",
            params![bundle, case.0, at, name, recipient, int(appended.index), appended.receipt],
        )?;
        Ok(appended.index)
    });
    let leaf = match noted {
        Ok(leaf) => leaf,
        Err(error) => {
            prepared.discard();
            return Err(error);
        }
    };
    let written = prepared.release()?;
    tracing::info!(%case, leaf, "case exported");
    let absent = survey.peers.iter().filter(|log| !survey.logs.contains_key(log)).count();
    Ok(Done { bundle, leaf, files: written.files, missing: lacking(office, case)?, absent })
}

/// Whether the folder is an export of that case that this office has noted and released: a killed command can go on with its archive.
#[must_use]
pub fn is_exported(office: &Office, case: Id, folder: &Path) -> bool {
    let report = bundle::verify(folder, &bundle::Trust::List(office.trust_bytes.clone()), &bundle::Options::default());
    report.consistent && report.case == Some(case)
}

/// The one canonical archive of an exported folder.
///
/// # Errors
/// [`OfficeError::Bundle`].
pub fn zip(folder: &Path, target: &Path) -> Result<()> {
    zip_telling(folder, target, &mut |_| {})
}

/// As [`zip`], and tells how far it is.
///
/// # Errors
/// As [`zip`].
pub fn zip_telling(folder: &Path, target: &Path, tell: &mut dyn FnMut(Progress)) -> Result<()> {
    Ok(bundle::zip::write_telling(folder, "bundle", target, tell)?)
}

/// One pass over the entries of a case: what the bundle needs besides them.
#[derive(Default)]
struct Survey {
    /// Number of entries by log; also logs without any that adopted entries of others.
    logs: BTreeMap<Id, u64>,
    /// Checkpoints that papers print.
    printed: BTreeSet<Digest>,
    anchors: BTreeSet<Digest>,
    /// Media type by evidence id, and whether it is a copy made to be handed out.
    evidence: BTreeMap<String, (String, bool)>,
    destroyed: BTreeSet<String>,
    assignment: Option<Id>,
    packs: BTreeSet<Digest>,
    /// Logs of paired phones.
    peers: BTreeSet<Id>,
}

impl Survey {
    fn of(office: &Office, case: Id) -> Result<Self> {
        let mut s = Self::default();
        each_entry(office, case, None, |_, entry| {
            s.note(&entry);
            Ok(())
        })?;
        if s.logs.is_empty() {
            return Err(OfficeError::NotFound("case"));
        }
        let heirs: Vec<Id> = office.store.read(|c| {
            Ok(c.rows(
                "SELECT DISTINCT adopted_by FROM entries WHERE case_tag = ? AND adopted_by IS NOT NULL",
                params![case.0],
                |r| Ok(Id(r.get(0)?)),
            )?)
        })?;
        for heir in heirs {
            s.logs.entry(heir).or_default();
        }
        Ok(s)
    }

    fn note(&mut self, e: &Entry) {
        let header = e.header();
        *self.logs.entry(header.log).or_default() += 1;
        self.anchors.extend(header.clocks.anchor.map(|a| a.digest));
        match header.kind.as_str() {
            "document.presented" | "document.finished" => self.printed.extend(text(e, "checkpoint").and_then(digest_from_hex)),
            "evidence.captured" => {
                if let (Some(id), Some(media)) = (text(e, "id"), text(e, "media_type")) {
                    let copy = text(e, "operation").is_some_and(|o| party::HANDED_OUT.contains(&o));
                    self.evidence.insert(id.to_owned(), (media.to_owned(), copy && text(e, "derived_from").is_some()));
                }
            }
            "retention.destroyed" => self.destroyed.extend(text(e, "evidence").map(str::to_owned)),
            "inspection.opened" | "pack.moved" => {
                self.assignment = self.assignment.or(text(e, "assignment").and_then(Id::from_hex));
                self.packs.extend(text(e, "pack").and_then(digest_from_hex));
            }
            "peer.paired" => self.peers.extend(text(e, "log").and_then(Id::from_hex)),
            _ => {}
        }
    }
}

fn text<'a>(entry: &'a Entry, name: &str) -> Option<&'a str> {
    entry
        .disclosures()
        .iter()
        .find(|d| d.name() == name)
        .and_then(|d| if let Value::Text(t) = d.value() { Some(t.as_str()) } else { None })
}

fn number(entry: &Entry, name: &str) -> Option<usize> {
    entry.disclosures().iter().find(|d| d.name() == name).and_then(|d| match d.value() {
        Value::Int(n) => usize::try_from(*n).ok(),
        _ => None,
    })
}

/// Log, number, header, disclosures.
type EntryRow = (Vec<u8>, i64, Vec<u8>, Vec<u8>);

/// Entries of a case in order of log and number, of one log or of all, a page at a time: the database is not held while they are worked on.
fn each_entry(office: &Office, case: Id, only: Option<Id>, mut take: impl FnMut(u64, Entry) -> Result<()>) -> Result<()> {
    let sql = "SELECT log, seq, header, disclosures FROM entries
               WHERE case_tag = ? AND (? = 0 OR log = ?) AND (log, seq) > (?, ?) ORDER BY log, seq LIMIT ?";
    let (one, log) = (i64::from(only.is_some()), only.map_or([0; 16], |l| l.0));
    // Nothing stands before an empty name.
    let mut after = (Vec::new(), -1);
    loop {
        let rows: Vec<EntryRow> = office.store.read(|c| {
            let key = params![case.0, one, log, after.0, after.1, AT_ONCE];
            Ok(c.rows(sql, key, |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?)
        })?;
        let more = rows.len() == AT_ONCE;
        if let Some((log, seq, ..)) = rows.last() {
            after = (log.clone(), *seq);
        }
        for (_, seq, header, disclosures) in rows {
            take(uint(seq), Entry::read(header, &disclosures_of(&disclosures)?)?)?;
        }
        if !more {
            return Ok(());
        }
    }
}

fn disclosures_of(bytes: &[u8]) -> Result<Vec<Vec<u8>>> {
    let list = cbor::decode(bytes)?.array("disclosures")?;
    Ok(list.into_iter().map(|d| d.bytes("disclosure")).collect::<std::result::Result<_, _>>()?)
}

/// The trees into which entries of a log are proven.
struct Proofs {
    tree: Tree,
    /// Size of the newest checkpoint.
    size: usize,
    /// Size that a later log adopted (docs/formats §8.1).
    adopted: usize,
}

impl Proofs {
    fn part(&self, seq: u64, entry: &Entry, form: &Form) -> Result<EntryPart> {
        let index = usize::try_from(seq).map_err(|_| OfficeError::NotFound("entry"))?;
        let size = if index < self.size { self.size } else { self.adopted };
        let kind = &entry.header().kind;
        let hidden = |field: &str| matches!(form, Form::Party) && party::withholds(kind, field);
        Ok(EntryPart {
            header: entry.bytes().to_vec(),
            disclosures: entry.disclosures().iter().filter(|d| !hidden(d.name())).map(|d| d.bytes().to_vec()).collect(),
            proof: self.tree.inclusion(index, size).ok_or(OfficeError::NotFound("entry"))?,
        })
    }
}

/// What one log holds of the case, proven into its newest checkpoint; every accepted checkpoint has a receipt.
fn log_part<'a>(
    office: &'a Office,
    case: Id,
    log: Id,
    count: u64,
    survey: &Survey,
    form: &'a Form,
) -> Result<(LogPart<'a>, Enrolment)> {
    let (signed, _) = cases::enrolment(office, log)?;
    let enrolment = Enrolment::open(&signed, &office.trust)?;
    let received = cases::checkpoints(office, log)?;
    let newest = received.values().next_back().ok_or(OfficeError::NotFound("checkpoint"))?.cp_no;
    let mut contents = BTreeMap::new();
    for (n, r) in &received {
        contents.insert(*n, Checkpoint::open(&r.signed, &enrolment.log_key)?);
    }
    let size_of = |n: u64| contents.get(&n).and_then(|c| usize::try_from(c.size).ok());
    let size = size_of(newest).ok_or(OfficeError::NotFound("checkpoint"))?;
    let adopted = adopted_size(office, log, survey)?;
    let leaves = office.store.read(|c| ingest::leaves(c, log, size.max(adopted) as u64))?;
    let proofs = Proofs { tree: Tree::new(leaves), size, adopted };

    let mut part = LogPart {
        log,
        enrolment: signed,
        revocation: office
            .store
            .read(|c| Ok(c.row("SELECT signed FROM revocations WHERE log = ?", params![log.0], |r| r.get(0))?))?,
        entries: Entries::List(Vec::new()),
        life: life(office, log)?.iter().filter_map(|(seq, e)| proofs.part(*seq, e, form).ok()).collect(),
        consistency: BTreeMap::new(),
        newest,
        checkpoints: BTreeMap::new(),
        receipts: BTreeMap::new(),
    };
    for (n, r) in received {
        let Some(content) = contents.get(&n) else { continue };
        let printed = survey.printed.contains(&Checkpoint::digest(&r.signed));
        if n != newest && !printed && !content.cases.iter().any(|c| c.case == case) {
            continue;
        }
        if let Some(old) = size_of(n).filter(|old| *old < size) {
            let proof = if old == 0 { Some(Vec::new()) } else { proofs.tree.consistency(old, size) };
            part.consistency.insert(n, proof.ok_or(OfficeError::NotFound("checkpoint"))?);
        }
        part.checkpoints.insert(n, r.signed);
        part.receipts.insert(n, r.receipt);
    }
    part.entries = Entries::stream(count, move |add| {
        let mut refused = None;
        let read = each_entry(office, case, Some(log), |seq, entry| {
            let part = proofs.part(seq, &entry, form)?;
            add(part).map_err(|error| {
                let told = error.to_string();
                refused = Some(error);
                OfficeError::Settings(told)
            })
        });
        match (refused, read) {
            (Some(error), _) => Err(error),
            (None, Ok(())) => Ok(()),
            (None, Err(error)) => Err(BundleError::Io { path: "entries".into(), error: io::Error::other(error) }),
        }
    });
    Ok((part, enrolment))
}

/// The `log.*` entries of a log.
fn life(office: &Office, log: Id) -> Result<Vec<(u64, Entry)>> {
    let rows: Vec<(i64, Vec<u8>, Vec<u8>)> = office.store.read(|c| {
        Ok(c.rows(
            "SELECT seq, header, disclosures FROM entries WHERE log = ? AND case_tag IS NULL ORDER BY seq",
            params![log.0],
            |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
        )?)
    })?;
    let mut life = Vec::new();
    for (seq, header, disclosures) in rows {
        let entry = Entry::read(header, &disclosures_of(&disclosures)?)?;
        if entry.header().kind.starts_with("log.") {
            life.push((uint(seq), entry));
        }
    }
    Ok(life)
}

/// How many entries of a log a later one adopted, as its `log.succeeds` says.
fn adopted_size(office: &Office, log: Id, survey: &Survey) -> Result<usize> {
    let mut size = 0;
    for heir in survey.logs.keys().filter(|l| **l != log) {
        for (_, e) in life(office, *heir)? {
            if e.header().kind == "log.succeeds" && text(&e, "old") == Some(log.to_string().as_str()) {
                size = size.max(number(&e, "adopted_size").unwrap_or_default());
            }
        }
    }
    Ok(size)
}

/// The newest badge of a device.
fn badge_of(office: &Office, e: &Enrolment) -> Result<Option<Vec<u8>>> {
    office.store.read(|c| {
        let sql = "SELECT signed FROM badges WHERE enrolment = ? ORDER BY issued DESC LIMIT 1";
        Ok(c.row(sql, params![e.enrolment.0], |r| r.get(0))?)
    })
}

fn assignment(office: &Office, survey: &Survey) -> Result<Option<Vec<u8>>> {
    let Some(digest) = survey.assignment else { return Ok(None) };
    office.store.read(|c| Ok(c.row("SELECT assignment FROM tasks WHERE digest = ?", params![digest.0], |r| r.get(0))?))
}

/// Every pack of the inspection: the one it was begun with, and those it was moved to.
fn packs(office: &Office, survey: &Survey) -> Result<Vec<Vec<u8>>> {
    let one = |digest| Ok(feed::pack(office, digest)?.map(|p| p.bytes().to_vec()));
    survey.packs.iter().filter_map(|digest| one(digest).transpose()).collect()
}

/// The anchors that entries of the case name.
fn anchors(office: &Office, survey: &Survey) -> Result<Vec<Vec<u8>>> {
    office.store.read(|c| {
        let found = survey
            .anchors
            .iter()
            .filter_map(|d| c.row("SELECT signed FROM anchors WHERE digest = ?", params![d], |r| r.get(0)).transpose());
        found.map(|r| Ok(r?)).collect()
    })
}

/// Epoch and size of a head, and the file.
type OutsidePart = ((u64, u64), Vec<u8>);

/// What witnesses outside said of heads that contain the receipts of these logs: the first such head of each epoch, or else the newest.
fn outside(office: &Office, logs: &[LogPart<'_>]) -> Result<Vec<OutsidePart>> {
    let mut epochs: BTreeMap<u64, Vec<(String, u64)>> = BTreeMap::new();
    for log in logs {
        for (n, receipt) in &log.receipts {
            // A receipt by a key that is no longer in the list is for the verifier to judge.
            if let Ok(r) = LogReceipt::open(receipt, &office.trust) {
                epochs.entry(r.epoch).or_default().push((bundle::receipt_path(&log.log, *n), r.size));
            }
        }
    }
    let mut out = Vec::new();
    for (epoch, receipts) in epochs {
        let largest = receipts.iter().map(|(_, size)| *size).max().unwrap_or_default();
        let head: Option<(i64, Vec<u8>, String)> = office.store.read(|c| {
            Ok(c.row(
                "SELECT size, signed, checkpoint FROM heads h WHERE epoch = ?1
                 AND EXISTS (SELECT 1 FROM outside o WHERE o.epoch = h.epoch AND o.size = h.size)
                 ORDER BY size < ?2, abs(size - ?2) LIMIT 1",
                params![int(epoch), int(largest)],
                |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
            )?)
        })?;
        let Some((size, head, checkpoint)) = head else { continue };
        let seen: Vec<(String, Vec<u8>)> = office.store.read(|c| {
            Ok(c.rows(
                "SELECT kind, content FROM outside WHERE epoch = ? AND size = ? ORDER BY at, content",
                params![int(epoch), size],
                |r| Ok((r.get(0)?, r.get(1)?)),
            )?)
        })?;
        let (mut cosignatures, mut timestamps) = (Vec::new(), Vec::new());
        for (kind, content) in seen {
            match kind.as_str() {
                "timestamp" => timestamps.push(content),
                _ => cosignatures.extend(String::from_utf8(content).ok().map(|line| line.trim_end().to_owned())),
            }
        }
        let consistency = office.store.read(|c| {
            let proof = |(path, old)| Ok(Log::Office(epoch).consistency(c, old, uint(size))?.map(|proof| (path, proof)));
            receipts.into_iter().map(proof).filter_map(Result::transpose).collect()
        })?;
        let file = OutsideFile { head, checkpoint, cosignatures, timestamps, consistency };
        out.push(((epoch, uint(size)), file.encode()?));
    }
    Ok(out)
}

/// Who looked at what of the case.
fn accesses(office: &Office, case: Id) -> Result<Vec<(Digest, Vec<u8>)>> {
    let rows: Vec<(Digest, Vec<u8>, Vec<u8>)> = office.store.read(|c| {
        Ok(c.rows("SELECT record, bytes, receipt FROM accesses WHERE case_tag = ? ORDER BY record", params![case.0], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })?)
    })?;
    rows.into_iter().map(|(record, bytes, receipt)| Ok((record, access_file(&bytes, &receipt)?))).collect()
}

/// Files that entries name and that have arrived: what, id, digest of the clear file, digest of the sealed one.
fn arrived(office: &Office, case: Id, what: &str) -> Result<Vec<Named>> {
    office.store.read(|c| {
        let named = |r: &Row<'_>| {
            let sealed = Some(r.get(3)?);
            Ok(Named { what: r.get(0)?, id: r.get(1)?, clear: r.get(2)?, sealed, custody: None, destroyed: false })
        };
        Ok(c.rows(
            &format!(
                "SELECT w.what, w.id, w.clear, u.sealed FROM wanted w JOIN uploads u ON {ARRIVED}
                 WHERE w.case_tag = ? AND w.what = ? AND NOT EXISTS (SELECT 1 FROM destroyed d WHERE d.sealed = u.sealed)
                 ORDER BY w.log, w.seq"
            ),
            params![case.0, what],
            named,
        )?)
    })
}

/// How many originals and final papers have not arrived.
fn lacking(office: &Office, case: Id) -> Result<usize> {
    office.store.read(|c| {
        let sql = format!("SELECT count(*) FROM wanted w WHERE w.case_tag = ? AND {OWED}");
        Ok(usize::try_from(c.one(&sql, params![case.0], |r| r.get::<i64>(0))?).unwrap_or_default())
    })
}

/// The receipts for the evidence: other files are in the bundle itself, in clear, or not at all.
fn custody(office: &Office, case: Id) -> Result<Vec<(Digest, Content<'_>)>> {
    let sealed: BTreeSet<Digest> = office.store.read(|c| {
        Ok(c.rows(
            "SELECT DISTINCT u.sealed FROM wanted w
             JOIN uploads u ON u.clear = w.clear AND u.custody IS NOT NULL AND (w.sealed IS NULL OR w.sealed = u.sealed)
             WHERE w.case_tag = ? AND w.what = 'evidence'",
            params![case.0],
            |r| r.get(0),
        )?
        .into_iter()
        .collect())
    })?;
    let receipt = move |sealed: &Digest| -> Result<Vec<u8>> {
        office.store.read(|c| Ok(c.one("SELECT custody FROM uploads WHERE sealed = ?", params![sealed], |r| r.get(0))?))
    };
    let content = move |sealed: Digest| Content::stream(move |out| out.write_all(&receipt(&sealed).map_err(io::Error::other)?));
    Ok(sealed.into_iter().map(|s| (s, content(s))).collect())
}

/// The evidence whose content was destroyed, and the certificates that say so (R22).
fn destroyed(office: &Office, case: Id) -> Result<(Vec<String>, Vec<Vec<u8>>)> {
    const GONE: &str = "FROM destroyed d JOIN wanted w ON w.sealed = d.sealed WHERE w.case_tag = ? AND w.what = 'evidence'";
    office.store.read(|c| {
        let unfinished = format!("SELECT d.proposal {GONE} AND d.proposal NOT IN (SELECT proposal FROM destructions) LIMIT 1");
        if let Some(list) = c.row(&unfinished, params![case.0], |r| r.get::<i64>(0))? {
            return Err(OfficeError::Settings(format!(
                "清单 {list} 的销毁尚未办完 its destruction is not finished: mingzheng retention run {list}"
            )));
        }
        let ids = c.rows(&format!("SELECT w.id {GONE} ORDER BY w.id"), params![case.0], |r| r.get(0))?;
        let certificates =
            format!("SELECT signed FROM destructions WHERE proposal IN (SELECT d.proposal {GONE}) ORDER BY proposal");
        Ok((ids, c.rows(&certificates, params![case.0], |r| r.get(0))?))
    })
}

/// The evidence files that are handed over, and the ids of those that are not.
fn evidence<'a>(
    office: &'a Office,
    case: Id,
    survey: &Survey,
    form: &'a Form,
) -> Result<(Vec<EvidencePart<'a>>, BTreeSet<String>)> {
    let (mut parts, mut withheld) = (BTreeMap::new(), BTreeSet::new());
    for file in arrived(office, case, "evidence")? {
        let Some((media, copy)) = survey.evidence.get(&file.id) else { continue };
        if matches!(form, Form::Party) && !copy {
            continue;
        }
        let (id, clear, sealed) = (file.id.clone(), file.clear, matches!(form, Form::Sealed(_)));
        let content = move |to: &mut dyn io::Write| copy_file(office, &file, form, to).map_err(io::Error::other);
        let part = EvidencePart::new(&id, extension(media), sealed, content);
        // A new header makes every sealed export another file.
        parts.insert(id, if sealed { part } else { part.expecting(clear) });
    }
    if matches!(form, Form::Party) {
        let originals = survey.evidence.iter().filter(|(id, (_, copy))| !copy && !survey.destroyed.contains(*id));
        withheld.extend(originals.map(|(id, _)| id.clone()));
    }
    Ok((parts.into_values().collect(), withheld))
}

/// The extension under which an evidence file stands in a bundle.
fn extension(media_type: &str) -> &'static str {
    match media_type {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "audio/aac" => "aac",
        "audio/mp4" => "m4a",
        "audio/ogg" => "ogg",
        "audio/wav" | "audio/x-wav" | "audio/vnd.wave" => "wav",
        "video/mp4" => "mp4",
        "video/mp2t" => "ts",
        "text/plain" => "txt",
        "application/pdf" => "pdf",
        _ => "bin",
    }
}

/// One evidence file on its way into the bundle.
fn copy_file(office: &Office, file: &Named, form: &Form, to: &mut dyn io::Write) -> Result<()> {
    let digest = file.sealed.ok_or(OfficeError::NotFound("file"))?;
    match form {
        Form::Open | Form::Party => {
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
fn papers(office: &Office, case: Id, form: &Form) -> Result<Vec<(String, Vec<u8>)>> {
    let mut out = BTreeMap::new();
    for f in arrived(office, case, "paper")? {
        out.insert(name(&f.id), cases::clear(office, &f)?);
    }
    if !matches!(form, Form::Party) {
        for f in arrived(office, case, "presented")? {
            let name = format!("{}-presented-{}", name(&f.id), hex(f.clear.get(..4).unwrap_or_default()));
            out.insert(name, cases::clear(office, &f)?);
        }
    }
    Ok(out.into_iter().collect())
}

/// A paper id as a file name of a bundle.
fn name(id: &str) -> String {
    let fits = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' { c } else { '-' };
    id.to_ascii_lowercase().chars().map(fits).take(64).collect()
}
