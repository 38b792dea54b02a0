//! Judges a bundle offline: integrity, completeness, signers, media, papers, times, and what cannot be known (P9, J23, F38–F40).
//!
//! Nothing of a bundle is believed before a signature was verified; every file is streamed once, small ones are read with a limit.

mod alone;
mod custody;
mod entries;
mod files;
mod ink;
mod logs;
mod media;
mod office;
mod outside;
mod papers;
mod parallel;
mod pinned;
mod recordings;
mod report;
mod succession;
mod times;
mod trusted;

#[cfg(test)]
pub(in crate::bundle) use entries::places as entry_items;
pub use pinned::read_checkpoint;
pub use report::{Check, CheckId, Finding, Found, Language, Report, SignerVerdict, Status};

use super::source::Bag;
use super::{Manifest, layout};
use crate::cbor::{self, CborError, Fields, Value};
use crate::id::{Digest, Id};
use crate::log::LogError;
use crate::seal::Identity;
use crate::sign::SignError;
use crate::trust::{RootFingerprint, TrustError, TrustList, Use};
use report::Findings;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

/// What the judge trusts, from outside the bundle.
#[derive(Debug, Clone)]
pub enum Trust {
    /// A trust list file: its root is trusted.
    List(Vec<u8>),
    /// A fingerprint that was compared or typed.
    Fingerprint(RootFingerprint),
    /// Nothing: the signer cannot be established.
    None,
}

/// What else the judge brings.
#[derive(Default)]
pub struct Options<'a> {
    /// Opens sealed evidence.
    pub identity: Option<&'a Identity>,
    /// A signed checkpoint that somebody holds: its COSE bytes.
    pub checkpoint: Option<&'a [u8]>,
    /// A proof of consistency for that checkpoint.
    pub proof: Option<&'a [u8]>,
    /// Ends after the files were compared if something is wrong already: the verdict is the same, findings may lack.
    pub first_failure: bool,
}

/// Limits in bytes for files that are read as a whole.
mod limit {
    pub(super) const SMALL: u64 = 64 << 10;
    pub(super) const LIST: u64 = 4 << 20;
    pub(super) const LARGE_LIST: u64 = 16 << 20;
    pub(super) const MANIFEST: u64 = 64 << 20;
    pub(super) const LIFE: u64 = 64 << 20;
    pub(super) const PAPER: u64 = 64 << 20;
    /// Streamed.
    pub(super) const ENTRIES: u64 = 512 << 20;
}

/// A file after the one pass over it.
struct Hashed {
    len: u64,
    digest: Digest,
    /// Digest of an age file's payload.
    payload: Option<Digest>,
    /// Its bytes came as they should.
    readable: bool,
}

/// What all checks work on.
struct Verification<'a> {
    bag: Bag,
    out: Findings,
    hashed: BTreeMap<String, Hashed>,
    list: Option<TrustList>,
    options: &'a Options<'a>,
}

/// Judges the bundle at `path`, a folder or a zip, or a paper alone, a PDF.
#[must_use]
pub fn verify(path: &Path, trust: &Trust, options: &Options<'_>) -> Report {
    if alone::is_pdf(path) {
        return alone::verify(path, trust);
    }
    let mut out = Findings::default();
    let Ok(bag) = Bag::open(path, &mut hear(&mut out));
    whole(bag, out, trust, options)
}

/// Judges the zip of a bundle that lies in memory.
#[must_use]
pub fn verify_zip(bytes: Arc<[u8]>, trust: &Trust, options: &Options<'_>) -> Report {
    let mut out = Findings::default();
    let Ok(bag) = Bag::bytes(bytes, &mut hear(&mut out));
    whole(bag, out, trust, options)
}

fn hear(out: &mut Findings) -> impl FnMut(Finding, String, String) -> Result<(), Infallible> {
    |finding, subject, detail| {
        out.add(finding, subject, detail);
        Ok(())
    }
}

fn whole(bag: Bag, out: Findings, trust: &Trust, options: &Options<'_>) -> Report {
    let mut v = Verification { bag, out, hashed: BTreeMap::new(), list: None, options };
    let readable = !v.bag.files().is_empty();
    if readable {
        v.hash();
    }
    let inside = v.load(layout::TRUST, limit::LIST, Some(Finding::FileMissing));
    let signer = v.establish(trust, inside, layout::TRUST);
    let manifest = if readable { v.manifest() } else { None };
    if readable {
        v.bag_it();
        if !(options.first_failure && v.out.inconsistent()) {
            v.case(manifest.as_ref());
        }
    }
    let case = manifest.as_ref().map(|m| m.case);
    let exported = manifest.as_ref().map(|m| m.at);
    let (checks, consistent) = v.out.finish();
    Report { case, exported, checks, consistent, signer }
}

/// Why a file cannot be read as a whole.
enum Unread {
    /// It is not there.
    Absent,
    /// It is longer than its kind may be: its length.
    TooLarge(u64),
    /// The pass over all files reported it.
    Reported,
}

impl Verification<'_> {
    /// Reads a whole file within a limit; a file that is not there is reported as `missing` if that is given.
    fn load(&mut self, path: &str, max: u64, missing: Option<Finding>) -> Option<Vec<u8>> {
        match self.peek(path, max) {
            Ok(bytes) => return Some(bytes),
            Err(Unread::Absent) => {
                if let Some(finding) = missing.filter(|_| !self.out.failed(path)) {
                    self.out.add(finding, path, "");
                }
            }
            Err(Unread::TooLarge(len)) => self.out.add(Finding::FileTooLarge, path, format!("{len} > {max}")),
            Err(Unread::Reported) => {}
        }
        None
    }

    /// As [`Self::load`], without a word.
    fn peek(&self, path: &str, max: u64) -> Result<Vec<u8>, Unread> {
        let len = *self.bag.files().get(path).ok_or(Unread::Absent)?;
        if len > max {
            return Err(Unread::TooLarge(len));
        }
        if self.hashed.get(path).is_some_and(|h| !h.readable) {
            return Err(Unread::Reported);
        }
        // What grows while it is read does not get past the limit.
        let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or_default());
        let read = self.bag.read(path).and_then(|r| r.take(max + 1).read_to_end(&mut bytes));
        if read.is_err() || bytes.len() as u64 > max { Err(Unread::Reported) } else { Ok(bytes) }
    }

    /// Names of the files below a prefix.
    fn below(&self, prefix: &str) -> Vec<String> {
        self.bag.files().range(prefix.to_owned()..).map(|(p, _)| p).take_while(|p| p.starts_with(prefix)).cloned().collect()
    }

    /// Reports a signed object that is refused: an unknown algorithm is no proof of anything wrong (P2). The list of files is the exception:
    /// its signer was found in the trust list, whose keys all have a known algorithm, so another one in its header contradicts the key.
    fn refuse(&mut self, finding: Finding, subject: &str, error: &LogError) {
        let unknown = matches!(
            error,
            LogError::Sign(SignError::UnknownAlgorithm) | LogError::Trust(TrustError::Sign(SignError::UnknownAlgorithm))
        );
        self.out.add(if unknown && subject != layout::BUNDLE { Finding::Algorithm } else { finding }, subject, error.to_string());
    }

    /// Opens an object that a key of the office signed; counts it.
    fn open_signed(
        &mut self,
        path: &str,
        bytes: &[u8],
        typ: &'static str,
        usage: Use,
        bad: Finding,
        time_of: impl FnOnce(&Value) -> Result<i64, CborError>,
    ) -> Option<Value> {
        let list = self.list.as_ref()?;
        self.out.checked(CheckId::Signatures, 1);
        match list.open_signed(bytes, typ, usage, time_of) {
            Ok(opened) => Some(opened.value),
            Err(error) => {
                self.refuse(bad, path, &error.into());
                None
            }
        }
    }

    /// The signed list of files, compared with what is there.
    fn manifest(&mut self) -> Option<Manifest> {
        let bytes = self.load(layout::BUNDLE, limit::LARGE_LIST, Some(Finding::FileMissing))?;
        // Without a copy: the list of a large case has tens of thousands of files.
        let at = |v: &Value| match v {
            Value::Map(m) => m.iter().find(|(k, _)| *k == Value::from("at")).map(|(_, v)| v.clone()),
            _ => None,
        };
        let at = |v: &Value| at(v).ok_or(CborError::Missing("at"))?.int("at");
        let value = self.open_signed(layout::BUNDLE, &bytes, Manifest::TYP, Use::Export, Finding::BundleSignature, at)?;
        let manifest = match Manifest::read(value) {
            Ok(manifest) => manifest,
            Err(error) => {
                self.out.add(Finding::FileMalformed, layout::BUNDLE, error.to_string());
                return None;
            }
        };
        if self.list.as_ref().is_some_and(|l| manifest.at > l.expires) {
            self.out.add(Finding::TrustOverdue, layout::TRUST, "");
        }
        self.compare_files(&manifest);
        Some(Manifest { files: BTreeMap::new(), ..manifest })
    }

    /// Everything about the case itself.
    fn case(&mut self, manifest: Option<&Manifest>) {
        let Some(about) = self.about_case(manifest) else { return };
        let logs = self.logs(&about);
        self.media(&about.case, &logs, manifest.map(|m| &m.withheld));
        self.recordings(&logs);
        let cosigned = self.papers(&about.case, &logs);
        self.ink(&logs);
        self.office(&logs);
        self.times(&logs, &cosigned);
        self.outside(&logs);
        self.pinned(&logs);
    }

    /// `data/case.cbor`.
    fn about_case(&mut self, manifest: Option<&Manifest>) -> Option<AboutCase> {
        let bytes = self.load(layout::CASE, limit::LIST, Some(Finding::FileMissing))?;
        let about = match AboutCase::read(&bytes) {
            Ok(about) => about,
            Err(error) => {
                self.out.add(Finding::FileMalformed, layout::CASE, error.to_string());
                return None;
            }
        };
        if manifest.is_some_and(|m| m.case != about.case) {
            self.out.add(Finding::CaseFile, layout::CASE, "");
        }
        Some(about)
    }
}

/// What `data/case.cbor` says.
struct AboutCase {
    case: Id,
    /// Number of the newest receipted checkpoint by log.
    newest: BTreeMap<Id, u64>,
}
impl AboutCase {
    fn read(bytes: &[u8]) -> Result<Self, CborError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        if f.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v"));
        }
        let case = Id(f.req("case", "case")?.array_of("case")?);
        let logs = f
            .req("logs", "logs")?
            .array("logs")?
            .into_iter()
            .map(|l| l.array_of("logs").map(Id))
            .collect::<Result<Vec<_>, _>>()?;
        let mut newest = Fields::of(f.req("newest", "newest")?)?.rest();
        f.end()?;
        let mut by_log = BTreeMap::new();
        for log in logs {
            let name = Value::from(log.to_string());
            let at = newest.iter().position(|(k, _)| *k == name).ok_or(CborError::Missing("newest"))?;
            if by_log.insert(log, newest.swap_remove(at).1.uint("newest")?).is_some() {
                return Err(CborError::Duplicate);
            }
        }
        if by_log.is_empty() || !newest.is_empty() { Err(CborError::Type("logs")) } else { Ok(Self { case, newest: by_log }) }
    }
}

/// A moment as people read it, in China's time.
fn time(ms: i64) -> String {
    let china = chrono::FixedOffset::east_opt(8 * 3600);
    let t = chrono::DateTime::from_timestamp_millis(ms).zip(china).map(|(t, zone)| t.with_timezone(&zone));
    t.map_or_else(|| ms.to_string(), |t| t.format("%Y-%m-%d %H:%M:%S%:z").to_string())
}
