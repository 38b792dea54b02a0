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

/// Hands entries over one by one, in the order of `case_seq`.
type Each<'a> = dyn FnOnce(&mut dyn FnMut(EntryPart) -> Result<(), BundleError>) -> Result<(), BundleError> + 'a;

/// The entries of a case in one log: a list, or a stream so that a large case never lies in memory (F46).
pub enum Entries<'a> {
    /// All of them.
    List(Vec<EntryPart>),
    /// How many, and what hands them over.
    Stream(u64, Box<Each<'a>>),
}
impl<'a> Entries<'a> {
    /// `count` entries that `each` hands over.
    pub fn stream(
        count: u64,
        each: impl FnOnce(&mut dyn FnMut(EntryPart) -> Result<(), BundleError>) -> Result<(), BundleError> + 'a,
    ) -> Self {
        Self::Stream(count, Box::new(each))
    }

    /// As a list that can be changed.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn list(&mut self) -> Result<&mut Vec<EntryPart>, BundleError> {
        let mut list = Vec::new();
        match std::mem::replace(self, Self::List(Vec::new())) {
            Self::List(ready) => list = ready,
            Self::Stream(_, each) => each(&mut |e| {
                list.push(e);
                Ok(())
            })?,
        }
        *self = Self::List(list);
        match self {
            Self::List(list) => Ok(list),
            Self::Stream(..) => Err(BundleError::Count),
        }
    }

    /// Writes them as one array.
    fn write(self, out: &mut dyn Write) -> Result<(), BundleError> {
        let (count, each): (u64, Box<Each<'a>>) = match self {
            Self::List(list) => (list.len() as u64, Box::new(|add| list.into_iter().try_for_each(add))),
            Self::Stream(count, each) => (count, each),
        };
        let io = |error| BundleError::Io { path: "entries".into(), error };
        out.write_all(&cbor::array_head(count)).map_err(io)?;
        let mut written = 0;
        each(&mut |e| {
            written += 1;
            out.write_all(&cbor::encode(&e.into_value())?).map_err(io)
        })?;
        if written == count { Ok(()) } else { Err(BundleError::Count) }
    }
}

impl EntryPart {
    fn into_value(self) -> Value {
        let disclosures = self.disclosures.into_iter().map(Value::from).collect();
        let proof = self.proof.into_iter().map(Value::from).collect();
        Value::Array(vec![self.header.into(), Value::Array(disclosures), Value::Array(proof)])
    }
}

/// What one device's log holds of the case.
pub struct LogPart<'a> {
    /// The log.
    pub log: Id,
    /// The signed enrolment of its device.
    pub enrolment: Vec<u8>,
    /// The withdrawal of that enrolment.
    pub revocation: Option<Vec<u8>>,
    /// The entries of the case, `case_seq` 0…n−1.
    pub entries: Entries<'a>,
    /// The log's `log.*` entries.
    pub life: Vec<EntryPart>,
    /// Number of the newest checkpoint that has a receipt; the proofs lead to its root.
    pub newest: u64,
    /// Proofs by number that the smaller checkpoints are prefixes of the newest.
    pub consistency: BTreeMap<u64, Vec<Digest>>,
    /// Signed checkpoints by number: all received ones that list the case, the newest receipted one, and those that papers name.
    pub checkpoints: BTreeMap<u64, Vec<u8>>,
    /// Log receipts by the number of their checkpoint.
    pub receipts: BTreeMap<u64, Vec<u8>>,
}

/// Writes one file, piece by piece.
type WriteAll<'a> = dyn FnOnce(&mut dyn Write) -> io::Result<()> + 'a;

/// The content of one file of a bundle.
pub enum Content<'a> {
    /// All of it.
    Bytes(Vec<u8>),
    /// What writes it, piece by piece.
    Stream(Box<WriteAll<'a>>),
}
impl From<Vec<u8>> for Content<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}
impl<'a> Content<'a> {
    /// Content that `write` writes.
    pub fn stream(write: impl FnOnce(&mut dyn Write) -> io::Result<()> + 'a) -> Self {
        Self::Stream(Box::new(write))
    }
    fn write(self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Bytes(bytes) => out.write_all(&bytes),
            Self::Stream(write) => write(out),
        }
    }
}

/// One evidence file.
pub struct EvidencePart<'a> {
    id: String,
    ext: String,
    sealed: bool,
    /// Digest of the content, where it is known before it is read.
    digest: Option<Digest>,
    content: Content<'a>,
}
impl<'a> EvidencePart<'a> {
    /// Evidence whose content is written by `content`, for instance opened or given a new header on the way.
    pub fn new(id: &str, ext: &str, sealed: bool, content: impl FnOnce(&mut dyn Write) -> io::Result<()> + 'a) -> Self {
        Self { id: id.to_owned(), ext: ext.to_owned(), sealed, digest: None, content: Content::stream(content) }
    }
    /// The content has this digest: a file that an export which was killed left behind is kept when it has it too.
    #[must_use]
    pub fn expecting(self, digest: Digest) -> Self {
        Self { digest: Some(digest), ..self }
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
    /// For whom.
    pub form: Form,
    /// The verifier as a page, `verify.html`.
    pub page: Option<&'a [u8]>,
    /// Ids of evidence that is not handed over.
    pub withheld: BTreeSet<String>,
    /// The signed trust list.
    pub trust: Vec<u8>,
    /// The logs that hold entries of the case, and those that follow them.
    pub logs: Vec<LogPart<'a>>,
    /// Signed badge credentials.
    pub badges: Vec<Vec<u8>>,
    /// The signed assignment.
    pub assignment: Option<Vec<u8>>,
    /// Signed packs that the case used.
    pub packs: Vec<Vec<u8>>,
    /// Signed time anchors that entries name.
    pub anchors: Vec<Vec<u8>>,
    /// Custody receipts with the digest of the sealed file each is for.
    pub custody: Vec<(Digest, Content<'a>)>,
    /// Certificates of destruction that name evidence of the case (R22).
    pub destroyed: Vec<Vec<u8>>,
    /// What witnesses outside say of heads of the office's log, by epoch and size.
    pub outside: Vec<((u64, u64), Vec<u8>)>,
    /// Records of access, each under the digest of its record.
    pub access: Vec<(Digest, Vec<u8>)>,
    /// Evidence files.
    pub evidence: Vec<EvidencePart<'a>>,
    /// Papers: name without `.pdf`, bytes.
    pub papers: Vec<(String, Vec<u8>)>,
}

/// How far an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Files that are done.
    pub files: u64,
    /// Their length together.
    pub bytes: u64,
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
    prepare(target, input, signer, &mut |_| {})?.release()
}

/// A bundle that is written and signed but has not its name yet: what must be noted before anybody can have it is noted now (R25).
pub struct Prepared {
    partial: PathBuf,
    target: PathBuf,
    /// What was written.
    pub written: Written,
}

/// Writes the bundle beside `target`, as `target.partial`, and tells how far it is after each file. An export that was killed left
/// such a folder; the next one goes on with it: evidence whose digest is known is kept when it has it, everything else is written anew.
///
/// # Errors
/// [`BundleError`]; nothing is left then.
pub fn prepare(
    target: &Path,
    input: BundleInput<'_>,
    signer: &dyn Signer,
    tell: &mut dyn FnMut(Progress),
) -> Result<Prepared, BundleError> {
    if target.symlink_metadata().is_ok() {
        return Err(BundleError::Exists);
    }
    let mut name = target.file_name().ok_or_else(|| BundleError::Name(String::new()))?.to_owned();
    name.push(".partial");
    let partial = target.with_file_name(name);
    match Bag::new(&partial, tell).and_then(|bag| bag.fill(input, signer)) {
        Ok(written) => Ok(Prepared { partial, target: target.to_owned(), written }),
        Err(error) => {
            // What is left would be removed by the next export; the first error is the one to tell.
            let _ = fs::remove_dir_all(&partial);
            Err(error)
        }
    }
}

impl Prepared {
    /// Takes it back: what had to be noted could not be.
    pub fn discard(self) {
        // What is left would be removed by the next export.
        let _ = fs::remove_dir_all(&self.partial);
    }

    /// Gives the folder its name.
    ///
    /// # Errors
    /// [`BundleError::Io`]; the target then does not exist.
    pub fn release(self) -> Result<Written, BundleError> {
        fs::rename(&self.partial, &self.target).map_err(BundleError::io("target"))?;
        let parent = self.target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        sync_folder(parent).map_err(BundleError::io("target"))?;
        Ok(self.written)
    }
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

struct Bag<'t> {
    root: PathBuf,
    folders: BTreeSet<PathBuf>,
    files: BTreeMap<String, (u64, Digest)>,
    bytes: u64,
    tell: &'t mut dyn FnMut(Progress),
}

impl<'t> Bag<'t> {
    fn new(root: &Path, tell: &'t mut dyn FnMut(Progress)) -> Result<Self, BundleError> {
        fs::create_dir_all(root).map_err(BundleError::io("partial"))?;
        Ok(Self { root: root.to_owned(), folders: BTreeSet::from([root.to_owned()]), files: BTreeMap::new(), bytes: 0, tell })
    }

    fn add(&mut self, path: &str, bytes: &[u8]) -> Result<(), BundleError> {
        self.stream(path, |out| out.write_all(bytes).map_err(BundleError::io(path)))
    }

    fn content(&mut self, path: &str, content: Content<'_>) -> Result<(), BundleError> {
        self.stream(path, |out| content.write(out).map_err(BundleError::io(path)))
    }

    fn stream(&mut self, path: &str, content: impl FnOnce(&mut dyn Write) -> Result<(), BundleError>) -> Result<(), BundleError> {
        if !layout::is_path(path) {
            return Err(BundleError::Name(path.to_owned()));
        }
        if self.files.contains_key(path) {
            return Err(BundleError::Twice(path.to_owned()));
        }
        let file = self.root.join(path);
        let io = BundleError::io(path);
        let out = (|| {
            self.folders_of(&file)?;
            gone(fs::remove_file(&file))?;
            File::create_new(&file)
        })();
        let mut out = Hashing { out: BufWriter::with_capacity(BUFFER, out.map_err(io)?), digest: Sha256::new(), len: 0 };
        content(&mut out)?;
        let durable = out.out.into_inner().map_err(io::IntoInnerError::into_error).and_then(|f| f.sync_all());
        durable.map_err(BundleError::io(path))?;
        self.written(path, out.len, out.digest.finalize().into());
        Ok(())
    }

    fn written(&mut self, path: &str, len: u64, digest: Digest) {
        self.files.insert(path.to_owned(), (len, digest));
        self.bytes += len;
        (self.tell)(Progress { files: self.files.len() as u64, bytes: self.bytes });
    }

    fn folders_of(&mut self, file: &Path) -> io::Result<()> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
            let between = folder.ancestors().take_while(|a| a.starts_with(&self.root));
            self.folders.extend(between.map(Path::to_owned));
        }
        Ok(())
    }

    /// One evidence file: the one that is there already, when it is what is expected, or else written.
    fn evidence(&mut self, part: EvidencePart<'_>) -> Result<(), BundleError> {
        one_segment(&part.id)?;
        one_segment(&part.ext)?;
        let path = layout::evidence(&part.id, &part.ext, part.sealed);
        match part.digest.filter(|_| !self.files.contains_key(&path)).map(|d| self.kept(&path, &d)).transpose() {
            Ok(Some(Some((len, digest)))) => {
                self.written(&path, len, digest);
                Ok(())
            }
            // What cannot be read is written anew.
            Ok(_) | Err(_) => self.content(&path, part.content),
        }
    }

    /// Length and digest of a file that was left behind, made durable, if its digest is the expected one.
    fn kept(&mut self, path: &str, expected: &Digest) -> io::Result<Option<(u64, Digest)>> {
        let file = self.root.join(path);
        if !file.symlink_metadata().is_ok_and(|m| m.is_file()) {
            return Ok(None);
        }
        let mut file_in = File::open(&file)?;
        let mut hashing = Hashing { out: io::sink(), digest: Sha256::new(), len: 0 };
        io::copy(&mut file_in, &mut hashing)?;
        let digest: Digest = hashing.digest.finalize().into();
        if digest != *expected {
            return Ok(None);
        }
        file_in.sync_all()?;
        self.folders_of(&file)?;
        Ok(Some((hashing.len, digest)))
    }

    /// Removes what an export that was killed left behind and this one did not write.
    fn sweep(&self, folder: &Path) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            let name = path.strip_prefix(&self.root).ok().and_then(Path::to_str);
            if entry.file_type()?.is_dir() {
                if self.folders.contains(&path) { self.sweep(&path)? } else { fs::remove_dir_all(&path)? }
            } else if !name.is_some_and(|n| self.files.contains_key(n)) {
                fs::remove_file(&path)?;
            }
        }
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
            self.content(&layout::custody(&sealed), custody)?;
        }
        for certificate in input.destroyed {
            self.add(&layout::destroyed(&sha256(&certificate)), &certificate)?;
        }
        for ((epoch, size), outside) in input.outside {
            self.add(&layout::outside(epoch, size), &outside)?;
        }
        for (record, access) in input.access {
            self.add(&layout::access(&record), &access)?;
        }
        for part in input.evidence {
            self.evidence(part)?;
        }
        for (name, pdf) in input.papers {
            one_segment(&name)?;
            self.add(&layout::paper(&name), &pdf)?;
        }
        if let Some(page) = input.page {
            self.add(layout::PAGE, page)?;
        }
        self.bag_it(&input.case, input.at)?;
        self.sweep(&self.root).map_err(BundleError::io("folder"))?;
        let files = std::mem::take(&mut self.files);
        let manifest = Manifest { case: input.case, at: input.at, form: input.form, withheld: input.withheld, files };
        self.finish(manifest, signer)
    }

    fn log(&mut self, part: LogPart<'_>) -> Result<(), BundleError> {
        self.add(&layout::enrolment(&part.log), &part.enrolment)?;
        if let Some(revocation) = &part.revocation {
            self.add(&layout::revocation(&part.log), revocation)?;
        }
        self.stream(&layout::entries(&part.log), |out| part.entries.write(out))?;
        if !part.life.is_empty() {
            self.stream(&layout::life(&part.log), |out| Entries::List(part.life).write(out))?;
        }
        if !part.consistency.is_empty() {
            let proof = |p: Vec<Digest>| Value::Array(p.into_iter().map(Value::from).collect());
            let proofs = part.consistency.into_iter().map(|(n, p)| (Value::from(n), proof(p))).collect();
            self.add(&layout::consistency(&part.log), &cbor::encode(&Value::Map(proofs))?)?;
        }
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
        let payload = self.files.iter().filter(|(path, _)| path.starts_with("data/")).map(|(_, (len, _))| len);
        let oxum = format!("{}.{}", payload.clone().sum::<u64>(), payload.count());
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

    fn finish(mut self, manifest: Manifest, signer: &dyn Signer) -> Result<Written, BundleError> {
        let payload = manifest.encode()?;
        let (digest, files) = (sha256(&payload), manifest.files.len() + 1);
        drop(manifest);
        self.add(layout::BUNDLE, &sign::sign(Manifest::TYP, signer, payload)?)?;
        for folder in &self.folders {
            sync_folder(folder).map_err(BundleError::io("folder"))?;
        }
        Ok(Written { payload: digest, files, bytes: self.bytes })
    }
}

/// What is not there need not be removed.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    removed.or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) })
}

fn one_segment(name: &str) -> Result<(), BundleError> {
    if layout::is_path(name) && !name.contains('/') { Ok(()) } else { Err(BundleError::Name(name.to_owned())) }
}

const BUFFER: usize = 64 * 1024;

struct Hashing<W> {
    out: W,
    digest: Sha256,
    len: u64,
}
impl<W: Write> Write for Hashing<W> {
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
