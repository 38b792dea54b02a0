//! Reads everything that the office holds and judges it again: its own log, every device's log, receipts, sealed files, what it signed.
//! Nothing is changed; each finding has a name.

use crate::error::Result;
use crate::feed;
use crate::office::Office;
use crate::retention;
use crate::store::{params, uint};
use mingzheng_core::cbor::{self, CborError};
use mingzheng_core::enrolment::Enrolment;
use mingzheng_core::id::{Digest, Id, hex, sha256};
use mingzheng_core::log::{Checkpoint, Custody, Destruction, Entry, LogError, LogReceipt, OfficeLeaf, Revocation, tree};
use mingzheng_core::sign::PublicKey;
use mingzheng_core::wire::{Cursor, Item};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::ops::ControlFlow;

/// What is wrong with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its name.
    pub code: &'static str,
    /// About what: a log, an entry, a file.
    pub subject: String,
}

/// How much was read, and what was found.
#[derive(Debug, Default)]
pub struct Report {
    /// Leaves of the office's log.
    pub leaves: u64,
    /// Devices' logs.
    pub logs: u64,
    /// Entries in them.
    pub entries: u64,
    /// Checkpoints, each with its receipt.
    pub checkpoints: u64,
    /// Sealed files.
    pub objects: u64,
    /// Items of all feeds.
    pub feed: u64,
    /// What is wrong, in the order in which it was found.
    pub findings: Vec<Finding>,
}

impl Report {
    fn find(&mut self, code: &'static str, subject: impl Into<String>) {
        self.findings.push(Finding { code, subject: subject.into() });
    }
}

/// Reads everything through.
///
/// # Errors
/// [`crate::error::OfficeError`] when the database does not answer: then nothing was judged.
pub fn run(office: &Office) -> Result<Report> {
    let mut r = Report::default();
    let leaves = own_log(office, &mut r)?;
    let devices = enrolments(office, &mut r)?;
    for (log, key) in &devices {
        device_log(office, *log, key, &leaves, &mut r)?;
    }
    strangers(office, &devices, &mut r)?;
    objects(office, &mut r)?;
    destroyed(office, &mut r)?;
    feeds(office, &mut r)?;
    Ok(r)
}

type Roots = BTreeMap<u64, Vec<Digest>>;

/// The office's own log, leaf by leaf: digest, root at each size, no gap (P5). Gives the roots of each epoch, at sizes 1, 2, …
fn own_log(office: &Office, r: &mut Report) -> Result<Roots> {
    let mut roots = Roots::new();
    let (mut epoch, mut frontier) = (u64::MAX, tree::Frontier::default());
    let mut findings = Vec::new();
    office.store.read(|db| {
        db.each("SELECT epoch, idx, bytes, hash, root FROM leaves ORDER BY epoch, idx", params![], |row| {
            let (e, idx) = (uint(row.get(0)?), uint(row.get(1)?));
            let (bytes, hash, root): (Vec<u8>, Digest, Digest) = (row.get(2)?, row.get(3)?, row.get(4)?);
            if e != epoch {
                (epoch, frontier) = (e, tree::Frontier::default());
            }
            let subject = || format!("leaf {e}/{idx}");
            if idx != frontier.size() {
                findings.push(Finding { code: "office-log-gap", subject: subject() });
            }
            let own = tree::leaf(&bytes);
            if own != hash || OfficeLeaf::decode(&bytes).is_err() {
                findings.push(Finding { code: "office-leaf-changed", subject: subject() });
            }
            frontier.push(own);
            if frontier.root() != root {
                findings.push(Finding { code: "office-root-changed", subject: subject() });
            }
            roots.entry(e).or_default().push(frontier.root());
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(())
    })?;
    r.leaves = roots.values().map(|epoch| epoch.len() as u64).sum();
    r.findings.extend(findings);
    Ok(roots)
}

/// Enrolments and revocations, each signed by this office and for the log under which it is kept. Gives the LOG keys.
fn enrolments(office: &Office, r: &mut Report) -> Result<Vec<(Id, PublicKey)>> {
    type Row = (Vec<u8>, Vec<u8>, Vec<u8>);
    let (enrolled, revoked): (Vec<Row>, Vec<Row>) = office.store.read(|db| {
        let all = |sql| db.rows(sql, params![], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)));
        Ok((
            all("SELECT log, signed, receipt FROM enrolments ORDER BY at, log")?,
            all("SELECT log, signed, receipt FROM revocations ORDER BY at, log")?,
        ))
    })?;
    let mut devices = Vec::new();
    for (log, signed, receipt) in enrolled {
        let subject = hex_of(&log);
        match Enrolment::open(&signed, &office.trust) {
            Ok(e) if e.log.0.as_slice() == log => {
                let named = matches!(LogReceipt::open(&receipt, &office.trust).map(|r| r.leaf),
                    Ok(OfficeLeaf::Enrolment { enrolment, .. }) if enrolment == Enrolment::digest(&signed));
                if !named {
                    r.find("receipt-bad", format!("enrolment {subject}"));
                }
                devices.push((e.log, e.log_key));
            }
            _ => r.find("enrolment-changed", subject),
        }
    }
    for (log, signed, receipt) in revoked {
        let good = Revocation::open(&signed, &office.trust).is_ok_and(|v| v.log.0.as_slice() == log);
        let named = matches!(LogReceipt::open(&receipt, &office.trust).map(|r| r.leaf),
            Ok(OfficeLeaf::Revocation { revocation, .. }) if revocation == Revocation::digest(&signed));
        if !good || !named {
            r.find("revocation-changed", hex_of(&log));
        }
    }
    Ok(devices)
}

/// One device's log: every entry and disclosure, the chain, and the signature and root of every checkpoint.
fn device_log(office: &Office, log: Id, key: &PublicKey, own: &Roots, r: &mut Report) -> Result<()> {
    let mut findings = Vec::new();
    let mut frontier = tree::Frontier::default();
    let mut roots: BTreeMap<u64, Digest> = BTreeMap::new();
    let mut before: Option<Entry> = None;
    office.store.read(|db| {
        let sql = "SELECT seq, header, disclosures, digest, leaf FROM entries WHERE log = ? ORDER BY seq";
        db.each(sql, params![log.0], |row| {
            let seq = uint(row.get(0)?);
            let (header, disclosures): (Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?);
            let (digest, leaf): (Digest, Digest) = (row.get(3)?, row.get(4)?);
            let subject = || format!("{log}#{seq}");
            let mut find = |code| findings.push(Finding { code, subject: subject() });
            let disclosed = || -> std::result::Result<Vec<Vec<u8>>, CborError> {
                cbor::decode(&disclosures)?.array("disclosures")?.into_iter().map(|d| d.bytes("disclosure")).collect()
            };
            let entry = disclosed().map_err(LogError::from).and_then(|d| Entry::read(header.clone(), &d));
            if sha256(&header) != digest || tree::leaf(&header) != leaf {
                find("entry-changed");
            }
            frontier.push(tree::leaf(&header));
            match entry {
                Ok(e) => {
                    if e.header().log != log || e.header().seq != seq {
                        find("entry-other");
                    }
                    let gap = match &before {
                        Some(b) => !e.follows(b),
                        None => e.header().seq != 0 && e.header().prev.is_none(),
                    };
                    if gap {
                        find("entry-chain");
                    }
                    before = Some(e);
                }
                Err(_) => find("field-changed"),
            }
            roots.insert(seq + 1, frontier.root());
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(())
    })?;
    r.logs += 1;
    r.entries += roots.len() as u64;
    type Row = (Digest, i64, i64, Vec<u8>, Vec<u8>);
    let checkpoints: Vec<Row> = office.store.read(|db| {
        let sql = "SELECT digest, cp_no, size, signed, receipt FROM checkpoints WHERE log = ? ORDER BY cp_no";
        Ok(db.rows(sql, params![log.0], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)))?)
    })?;
    for (digest, cp_no, size, signed, receipt) in checkpoints {
        r.checkpoints += 1;
        let subject = format!("{log} checkpoint {cp_no}");
        let mut find = |code| findings.push(Finding { code, subject: subject.clone() });
        match Checkpoint::open(&signed, key) {
            Ok(c) => {
                if c.log != log || c.size != uint(size) || c.cp_no != uint(cp_no) || Checkpoint::digest(&signed) != digest {
                    find("checkpoint-other");
                }
                if c.size > 0 && roots.get(&c.size) != Some(&c.root) {
                    find("checkpoint-root");
                }
            }
            Err(_) => find("checkpoint-signature"),
        }
        match LogReceipt::open(&receipt, &office.trust) {
            Ok(v) => {
                let covers = matches!(v.leaf, OfficeLeaf::Checkpoint { checkpoint, log: l, size: s, .. }
                    if checkpoint == digest && l == log && s == uint(size));
                if !covers {
                    find("receipt-bad");
                }
                let at = usize::try_from(v.size).unwrap_or(0).checked_sub(1);
                if at.and_then(|at| own.get(&v.epoch)?.get(at)) != Some(&v.root) {
                    find("receipt-not-in-log");
                }
            }
            Err(_) => find("receipt-bad"),
        }
    }
    r.findings.extend(findings);
    Ok(())
}

/// Entries and checkpoints of logs that nobody is enrolled with.
fn strangers(office: &Office, devices: &[(Id, PublicKey)], r: &mut Report) -> Result<()> {
    let logs: Vec<[u8; 16]> = office
        .store
        .read(|db| Ok(db.rows("SELECT log FROM entries UNION SELECT log FROM checkpoints", params![], |r| r.get(0))?))?;
    for log in logs.into_iter().map(Id).filter(|l| devices.iter().all(|(d, _)| d != l)) {
        r.find("log-unknown", log.to_string());
    }
    Ok(())
}

/// Every sealed file, read through; its custody receipt.
fn objects(office: &Office, r: &mut Report) -> Result<()> {
    type Row = (Digest, i64, Option<Vec<u8>>);
    let all: Vec<Row> = office.store.read(|db| {
        let sql = "SELECT sealed, length, custody FROM uploads WHERE complete IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM destroyed d WHERE d.sealed = uploads.sealed) ORDER BY sealed";
        Ok(db.rows(sql, params![], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?)
    })?;
    for (sealed, length, custody) in all {
        r.objects += 1;
        let subject = hex(&sealed);
        match digest_of(office, &sealed) {
            Some((digest, n)) if digest == sealed && n == uint(length) => {}
            Some(_) => r.find("object-changed", subject.as_str()),
            None => r.find("object-missing", subject.as_str()),
        }
        if let Some(custody) = custody
            && !Custody::open(&custody, &office.trust).is_ok_and(|c| c.sealed == sealed)
        {
            r.find("custody-bad", subject);
        }
    }
    Ok(())
}

/// What was destroyed is gone, by a certificate of the office and acts that are in its log (R22).
fn destroyed(office: &Office, r: &mut Report) -> Result<()> {
    if !office.store.read(|db| retention::is_logged(office, db))? {
        r.find("retention-changed", "retention");
    }
    type Row = (Digest, Option<Vec<u8>>, bool);
    let gone: Vec<Row> = office.store.read(|db| {
        let sql = "SELECT d.sealed, n.signed, n.proposal IS NULL FROM destroyed d
                   LEFT JOIN destructions n ON n.proposal = d.proposal ORDER BY d.sealed";
        Ok(db.rows(sql, params![], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?)
    })?;
    for (sealed, signed, unfinished) in gone {
        let named =
            |bytes: &Vec<u8>| Destruction::open(bytes, &office.trust).is_ok_and(|d| d.files.iter().any(|f| f.sealed == sealed));
        if !unfinished && !signed.as_ref().is_some_and(named) {
            r.find("destruction-changed", hex(&sealed));
        }
        if office.objects.length(&sealed)?.is_some() {
            r.find("destroyed-remains", hex(&sealed));
        }
    }
    Ok(())
}

fn digest_of(office: &Office, sealed: &Digest) -> Option<(Digest, u64)> {
    let mut file = office.objects.get(sealed).ok()?;
    let (mut digest, mut length, mut buffer) = (Sha256::new(), 0, vec![0; 256 << 10]);
    loop {
        match file.read(&mut buffer).ok()? {
            0 => return Some((digest.finalize().into(), length)),
            n => {
                digest.update(buffer.get(..n)?);
                length += n as u64;
            }
        }
    }
}

/// Every feed is one chain, signed by this office.
fn feeds(office: &Office, r: &mut Report) -> Result<()> {
    let devices = office.store.read(|db| feed::every_enrolment(office, db)).unwrap_or_default();
    for e in devices {
        let items: Vec<(i64, Vec<u8>, i64)> = office.store.read(|db| {
            Ok(db.rows("SELECT n, signed, at FROM feed WHERE enrolment = ? ORDER BY n", params![e.enrolment.0], |r| {
                Ok((r.get(0)?, r.get(1)?, r.get(2)?))
            })?)
        })?;
        let mut last: Option<Cursor> = None;
        for (n, signed, at) in items {
            r.feed += 1;
            match Item::open(&signed, &office.trust, at, last) {
                Ok((_, cursor)) => last = Some(cursor),
                Err(_) => {
                    r.find("feed-chain", format!("{} {n}", e.enrolment));
                    break;
                }
            }
        }
    }
    Ok(())
}

fn hex_of(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
