//! Writes the folder of a bundle: each part is copied and hashed in one pass, and the folder gets its name only when all of it is durable.

use super::{BundleError, Form, Manifest, layout};
use crate::cbor::{self, MapBuilder, Value};
use crate::id::{Digest, Id, digest16, hex, sha256};
use crate::sign::{self, Signer, multi::MultiSigned};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// An entry of the case, with its proof into the newest receipted checkpoint of its log.
pub struct EntryPart {
    /// Header bytes.
    pub header: Vec<u8>,
    /// The disclosures that go along; others are withheld.
    pub disclosures: Vec<Vec<u8>>,
    /// Inclusion path in the tree of [`LogPart::newest`].
    pub proof: Vec<Digest>,
}

/// What one device's log holds of the case.
pub struct LogPart {
    /// The log.
    pub log: Id,
    /// The signed enrolment of its device.
    pub enrolment: Vec<u8>,
    /// The entries of the case, `case_seq` 0…n−1.
    pub entries: Vec<EntryPart>,
    /// Number of the newest checkpoint that has a receipt; the proofs lead to its root.
    pub newest: u64,
    /// Signed checkpoints by number: the newest receipted one, the newest receipted one that still lists the case, and those that papers name.
    pub checkpoints: BTreeMap<u64, Vec<u8>>,
    /// Log receipts by the number of their checkpoint.
    pub receipts: BTreeMap<u64, Vec<u8>>,
}

/// Streams the content of one file into the bundle.
type Content<'a> = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()> + 'a>;

/// One evidence file.
pub struct EvidencePart<'a> {
    id: String,
    ext: String,
    sealed: bool,
    content: Content<'a>,
}
impl<'a> EvidencePart<'a> {
    /// Evidence whose content is written by `content`, for instance opened or given a new header on the way.
    pub fn new(id: &str, ext: &str, sealed: bool, content: impl FnOnce(&mut dyn Write) -> io::Result<()> + 'a) -> Self {
        Self { id: id.to_owned(), ext: ext.to_owned(), sealed, content: Box::new(content) }
    }
    /// Evidence that is copied as it lies in a file.
    #[must_use]
    pub fn file(id: &str, ext: &str, sealed: bool, path: PathBuf) -> Self {
        Self::new(id, ext, sealed, move |out| io::copy(&mut File::open(path)?, out).map(|_| ()))
    }
    #[cfg(test)]
    pub(super) fn renamed(self, id: &str) -> Self {
        Self { id: id.to_owned(), ..self }
    }
}

/// Everything that goes into a bundle.
pub struct BundleInput<'a> {
    /// The case.
    pub case: Id,
    /// When it is exported, ms.
    pub at: i64,
    /// Sealed or open.
    pub form: Form,
    /// The signed trust list.
    pub trust: Vec<u8>,
    /// The logs that hold entries of the case.
    pub logs: Vec<LogPart>,
    /// Signed badge credentials.
    pub badges: Vec<Vec<u8>>,
    /// The signed assignment.
    pub assignment: Option<Vec<u8>>,
    /// Signed packs that the case used.
    pub packs: Vec<Vec<u8>>,
    /// Signed time anchors that entries name.
    pub anchors: Vec<Vec<u8>>,
    /// Custody receipts with the digest of the sealed file each is for.
    pub custody: Vec<(Digest, Vec<u8>)>,
    /// Evidence files.
    pub evidence: Vec<EvidencePart<'a>>,
    /// Papers: name without `.pdf`, bytes.
    pub papers: Vec<(String, Vec<u8>)>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Digest of the payload of `bundle.cose`, which the office's log names.
    pub payload: Digest,
    /// Number of files.
    pub files: usize,
    /// Their length together.
    pub bytes: u64,
}

/// Writes the bundle as a new folder `target`, signed by the office's key of use `export`.
///
/// # Errors
/// [`BundleError`]; `target` then does not exist.
pub fn write(target: &Path, input: BundleInput<'_>, signer: &dyn Signer) -> Result<Written, BundleError> {
    if target.symlink_metadata().is_ok() {
        return Err(BundleError::Exists);
    }
    let mut name = target.file_name().ok_or_else(|| BundleError::Name(String::new()))?.to_owned();
    name.push(".partial");
    let partial = target.with_file_name(name);
    if partial.symlink_metadata().is_ok() {
        fs::remove_dir_all(&partial).map_err(BundleError::io("partial"))?; // left by a killed export
    }
    let result = Bag::new(&partial).and_then(|bag| bag.fill(input, signer)).and_then(|written| {
        fs::rename(&partial, target).map_err(BundleError::io("target"))?;
        let parent = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        sync_folder(parent).map_err(BundleError::io("target"))?;
        Ok(written)
    });
    if result.is_err() {
        // What is left would be removed by the next export; the first error is the one to tell.
        let _ = fs::remove_dir_all(&partial);
    }
    result
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

struct Bag {
    root: PathBuf,
    folders: BTreeSet<PathBuf>,
    files: BTreeMap<String, (u64, Digest)>,
}

impl Bag {
    fn new(root: &Path) -> Result<Self, BundleError> {
        fs::create_dir_all(root).map_err(BundleError::io("partial"))?;
        Ok(Self { root: root.to_owned(), folders: BTreeSet::from([root.to_owned()]), files: BTreeMap::new() })
    }

    fn add(&mut self, path: &str, bytes: &[u8]) -> Result<(), BundleError> {
        self.stream(path, |out| out.write_all(bytes))
    }

    fn stream(&mut self, path: &str, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), BundleError> {
        if !layout::is_path(path) {
            return Err(BundleError::Name(path.to_owned()));
        }
        if self.files.contains_key(path) {
            return Err(BundleError::Twice(path.to_owned()));
        }
        let file = self.root.join(path);
        let copied = (|| {
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder)?;
                let between = folder.ancestors().take_while(|a| a.starts_with(&self.root));
                self.folders.extend(between.map(Path::to_owned));
            }
            let mut out = Hashing { out: BufWriter::new(File::create_new(&file)?), digest: Sha256::new(), len: 0 };
            content(&mut out)?;
            out.out.into_inner()?.sync_all()?;
            Ok((out.len, out.digest.finalize().into()))
        })();
        self.files.insert(path.to_owned(), copied.map_err(BundleError::io(path))?);
        Ok(())
    }

    fn fill(mut self, input: BundleInput<'_>, signer: &dyn Signer) -> Result<Written, BundleError> {
        let newest = input.logs.iter().map(|l| (l.log.to_string().into(), l.newest.into())).collect();
        let case = MapBuilder::new()
            .with("v", 1)
            .with("case", input.case)
            .with("logs", input.logs.iter().map(|l| l.log.into()).collect::<Vec<Value>>())
            .with("newest", Value::Map(newest));
        self.add(layout::CASE, &cbor::encode(&case.build())?)?;
        self.add(layout::TRUST, &input.trust)?;
        for log in input.logs {
            self.log(log)?;
        }
        for badge in input.badges {
            self.add(&layout::badge(&digest16(&badge)), &badge)?;
        }
        if let Some(assignment) = input.assignment {
            self.add(layout::ASSIGNMENT, &assignment)?;
        }
        for pack in input.packs {
            let digest = sha256(MultiSigned::read(&pack, crate::pack::signed::TYP)?.claimed_payload());
            self.add(&layout::pack(&digest), &pack)?;
        }
        for anchor in input.anchors {
            self.add(&layout::anchor(&sha256(&anchor)), &anchor)?;
        }
        for (sealed, custody) in input.custody {
            self.add(&layout::custody(&sealed), &custody)?;
        }
        for part in input.evidence {
            one_segment(&part.id)?;
            one_segment(&part.ext)?;
            self.stream(&layout::evidence(&part.id, &part.ext, part.sealed), part.content)?;
        }
        for (name, pdf) in input.papers {
            one_segment(&name)?;
            self.add(&layout::paper(&name), &pdf)?;
        }
        self.bag_it(&input.case, input.at)?;
        self.finish(input.case, input.at, input.form, signer)
    }

    fn log(&mut self, part: LogPart) -> Result<(), BundleError> {
        self.add(&layout::enrolment(&part.log), &part.enrolment)?;
        let bytes = |parts: Vec<Vec<u8>>| Value::Array(parts.into_iter().map(Value::from).collect());
        let entries = part
            .entries
            .into_iter()
            .map(|e| {
                let proof = e.proof.into_iter().map(Value::from).collect();
                Value::Array(vec![e.header.into(), bytes(e.disclosures), Value::Array(proof)])
            })
            .collect();
        self.add(&layout::entries(&part.log), &cbor::encode(&Value::Array(entries))?)?;
        for (number, checkpoint) in part.checkpoints {
            self.add(&layout::checkpoint(&part.log, number), &checkpoint)?;
        }
        for (number, receipt) in part.receipts {
            self.add(&layout::receipt(&part.log, number), &receipt)?;
        }
        Ok(())
    }

    /// The tag files of BagIt 1.0 (RFC 8493 §2.1, §2.2).
    fn bag_it(&mut self, case: &Id, at: i64) -> Result<(), BundleError> {
        let payload = self.files.values();
        let oxum = format!("{}.{}", payload.clone().map(|(len, _)| len).sum::<u64>(), payload.count());
        let day = chrono::DateTime::from_timestamp_millis(at).map(|t| t.format("%Y-%m-%d").to_string()).unwrap_or_default();
        let manifest = self.manifest(|path| path.starts_with("data/"));
        self.add(layout::BAGIT, layout::BAGIT_TEXT.as_bytes())?;
        let info =
            format!("Bag-Software-Agent: mingzheng\nBagging-Date: {day}\nExternal-Identifier: {case}\nPayload-Oxum: {oxum}\n");
        self.add(layout::BAG_INFO, info.as_bytes())?;
        self.add(layout::MANIFEST, manifest.as_bytes())?;
        let tags = self.manifest(|path| !path.starts_with("data/"));
        self.add(layout::TAG_MANIFEST, tags.as_bytes())
    }

    fn manifest(&self, which: impl Fn(&str) -> bool) -> String {
        let files = self.files.iter().filter(|(path, _)| which(path));
        files.map(|(path, (_, digest))| format!("{}  {path}\n", hex(digest))).collect()
    }

    fn finish(mut self, case: Id, at: i64, form: Form, signer: &dyn Signer) -> Result<Written, BundleError> {
        let payload = Manifest { case, at, form, files: self.files.clone() }.encode()?;
        let digest = sha256(&payload);
        self.add(layout::BUNDLE, &sign::sign(Manifest::TYP, signer, payload)?)?;
        for folder in &self.folders {
            sync_folder(folder).map_err(BundleError::io("folder"))?;
        }
        Ok(Written { payload: digest, files: self.files.len(), bytes: self.files.values().map(|(len, _)| len).sum() })
    }
}

fn one_segment(name: &str) -> Result<(), BundleError> {
    if layout::is_path(name) && !name.contains('/') { Ok(()) } else { Err(BundleError::Name(name.to_owned())) }
}

struct Hashing {
    out: BufWriter<File>,
    digest: Sha256,
    len: u64,
}
impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.out.write(bytes)?;
        self.digest.update(bytes.get(..n).unwrap_or_default());
        self.len += n as u64;
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
