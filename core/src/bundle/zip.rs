//! The one canonical zip of a bundle: stored, sorted, dates 1980-01-01, no flags, comments, gaps, descriptors or extra fields but zip64,
//! local headers equal to the central ones (APPNOTE 6.3.10; P9). Every byte follows from names, contents and their order,
//! so the reader builds what must be there and compares. A plain zip would hide about a sixth of single-bit flips.
//! The files lie in one folder, as RFC 8493 §4 asks.

use super::{BundleError, Finding, Progress, layout, source};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END64: u32 = 0x0606_4b50;
const LOCATOR64: u32 = 0x0706_4b50;
const MAX32: u64 = 0xffff_ffff;
const MAX16: u64 = 0xffff;
/// 1 January 1980 in the DOS form.
const DATE: u16 = 0x0021;
const END_LEN: u64 = 22;
const END64_LEN: u64 = 56 + 20;
/// Largest central directory that is read: some hundred thousand files.
const MAX_DIRECTORY: u64 = 16 << 20;

/// A file of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) crc: u32,
    pub(super) size: u64,
    /// Where its local header begins; in what [`read`] gives, where its content begins.
    pub(super) offset: u64,
}

#[derive(Default)]
struct Bytes(Vec<u8>);
impl Bytes {
    fn u16(mut self, n: u16) -> Self {
        self.0.extend(n.to_le_bytes());
        self
    }
    fn u32(mut self, n: u32) -> Self {
        self.0.extend(n.to_le_bytes());
        self
    }
    fn u64(mut self, n: u64) -> Self {
        self.0.extend(n.to_le_bytes());
        self
    }
    /// A length that has its place in a zip64 field when it does not fit here.
    fn short32(self, n: u64) -> Self {
        self.u32(u32::try_from(n).unwrap_or(u32::MAX))
    }
    fn short16(self, n: u64) -> Self {
        self.u16(u16::try_from(n).unwrap_or(u16::MAX))
    }
    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }
}

impl Record {
    fn big(&self) -> bool {
        self.size >= MAX32
    }
    /// What local and central header share: version needed … length of the name.
    fn common(&self, needed: u16) -> Vec<u8> {
        let b = Bytes::default().u16(needed).u16(0).u16(0).u16(0).u16(DATE).u32(self.crc);
        b.short32(self.size).short32(self.size).short16(self.name.len() as u64).0
    }
    fn extra(fields: &[u64]) -> Vec<u8> {
        if fields.is_empty() {
            return Vec::new();
        }
        let head = Bytes::default().u16(1).short16(fields.len() as u64 * 8);
        fields.iter().fold(head, |b, n| b.u64(*n)).0
    }
    pub(super) fn local(&self) -> Vec<u8> {
        let (needed, extra) = if self.big() { (45, Self::extra(&[self.size, self.size])) } else { (10, Vec::new()) };
        Bytes::default().u32(LOCAL).raw(&self.common(needed)).short16(extra.len() as u64).raw(self.name.as_bytes()).raw(&extra).0
    }
    fn central(&self) -> Vec<u8> {
        let mut fields = if self.big() { vec![self.size, self.size] } else { Vec::new() };
        if self.offset >= MAX32 {
            fields.push(self.offset);
        }
        let needed = if fields.is_empty() { 10 } else { 45 };
        let extra = Self::extra(&fields);
        let b = Bytes::default().u32(CENTRAL).u16(needed).raw(&self.common(needed)).short16(extra.len() as u64);
        b.u16(0).u16(0).u16(0).u32(0).short32(self.offset).raw(self.name.as_bytes()).raw(&extra).0
    }
}

/// The end of the archive after the central directory.
fn end(count: u64, size: u64, offset: u64) -> Vec<u8> {
    let mut b = Bytes::default();
    if count >= MAX16 || size >= MAX32 || offset >= MAX32 {
        b = b.u32(END64).u64(44).u16(45).u16(45).u32(0).u32(0).u64(count).u64(count).u64(size).u64(offset);
        b = b.u32(LOCATOR64).u32(0).u64(offset.saturating_add(size)).u32(1);
    }
    b.u32(END).u16(0).u16(0).short16(count).short16(count).short32(size).short32(offset).u16(0).0
}

/// Writes the canonical zip of the bundle in `folder`; its files lie in the folder `base` (`[a-z0-9._-]`).
///
/// # Errors
/// [`BundleError`]; `target` then does not exist.
pub fn write(folder: &Path, base: &str, target: &Path) -> Result<(), BundleError> {
    write_telling(folder, base, target, &mut |_| {})
}

/// As [`write`], and tells how far it is after each file.
///
/// # Errors
/// As [`write`].
pub fn write_telling(folder: &Path, base: &str, target: &Path, tell: &mut dyn FnMut(Progress)) -> Result<(), BundleError> {
    if !layout::is_path(base) || base.contains('/') {
        return Err(BundleError::Name(base.to_owned()));
    }
    if target.symlink_metadata().is_ok() {
        return Err(BundleError::Exists);
    }
    let mut partial = target.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Path::new(&partial);
    let result =
        write_partial(folder, base, partial, tell).and_then(|()| fs::rename(partial, target).map_err(BundleError::io("target")));
    if result.is_err() {
        // A leftover is overwritten by the next try; the first error is the one to tell.
        let _ = fs::remove_file(partial);
    }
    result
}

fn write_partial(folder: &Path, base: &str, partial: &Path, tell: &mut dyn FnMut(Progress)) -> Result<(), BundleError> {
    let bag = source::Bag::folder(folder, &mut |_, subject, _| Err(BundleError::NotABundle(subject)))?;
    let mut out = File::create(partial).map_err(BundleError::io("zip"))?;
    let (mut offset, mut directory, mut count) = (0, Vec::new(), 0);
    for (path, size) in bag.files() {
        let mut record = Record { name: format!("{base}/{path}"), crc: 0, size: *size, offset };
        let copied = (|| {
            out.write_all(&record.local())?;
            let mut sum = Crc { inner: bag.read(path)?, crc: Some(crc32fast::Hasher::new()) };
            let len = io::copy(&mut sum, &mut out)?;
            record.crc = sum.crc.map(crc32fast::Hasher::finalize).unwrap_or_default();
            if len != *size {
                return Err(io::Error::other("the file changed while it was read"));
            }
            let after = out.stream_position()?;
            out.seek(SeekFrom::Start(record.offset))?;
            out.write_all(&record.local())?;
            out.seek(SeekFrom::Start(after))
        })();
        offset = copied.map_err(BundleError::io(path))?;
        directory.extend(record.central());
        count += 1;
        tell(Progress { files: count, bytes: offset });
    }
    directory.extend(end(count, directory.len() as u64, offset));
    out.write_all(&directory).and_then(|()| out.sync_all()).map_err(BundleError::io("zip"))
}

/// Passes bytes on and, if asked, sums them up.
pub(super) struct Crc<R> {
    pub(super) inner: R,
    pub(super) crc: Option<crc32fast::Hasher>,
}
impl<R: Read> Read for Crc<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        if let Some(crc) = &mut self.crc {
            crc.update(buf.get(..n).unwrap_or_default());
        }
        Ok(n)
    }
}

/// Why an archive is refused: the deviation, and the entry or part where it is.
pub(super) struct NotCanonical(pub(super) Finding, pub(super) String);

fn at(part: impl Into<String>) -> NotCanonical {
    NotCanonical(Finding::ZipForm, part.into())
}

fn uint(bytes: &[u8], at: usize, len: usize) -> Option<u64> {
    Some(bytes.get(at..at.checked_add(len)?)?.iter().rev().fold(0, |n, b| (n << 8) | u64::from(*b)))
}

fn read_at(file: &mut dyn source::ReadSeek, offset: u64, len: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    (&mut *file).take(len).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == len { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Reads the directory of a canonical zip and compares every byte that is not content.
pub(super) fn read(file: &mut dyn source::ReadSeek) -> Result<Vec<Record>, NotCanonical> {
    let broken = |_: io::Error| NotCanonical(Finding::ZipTruncated, "end".into());
    let len = file.seek(SeekFrom::End(0)).map_err(broken)?;
    let tail_len = len.min(END_LEN + END64_LEN);
    let tail = read_at(file, len - tail_len, tail_len).map_err(broken)?;
    let (count, size, offset) = find_end(&tail).ok_or_else(|| NotCanonical(Finding::ZipTruncated, "end".into()))?;
    let directory_end = offset.checked_add(size).filter(|e| *e <= len).ok_or_else(|| at("end"))?;
    let end_bytes = end(count, size, offset);
    if len - directory_end != end_bytes.len() as u64 || !tail.ends_with(&end_bytes) {
        return Err(at("end"));
    }
    if size > MAX_DIRECTORY {
        return Err(NotCanonical(Finding::TooMany, "central directory".into()));
    }
    let directory = read_at(file, offset, size).map_err(broken)?;
    let mut rest = directory.as_slice();
    let mut records: Vec<Record> = Vec::new();
    let mut expected = 0;
    while !rest.is_empty() {
        let place = || records.last().map_or("first entry".to_owned(), |r| format!("entry after {}", r.name));
        let mut record = central_record(rest).ok_or_else(|| at(place()))?;
        let bytes = record.central();
        rest = rest.strip_prefix(bytes.as_slice()).ok_or_else(|| at(record.name.clone()))?;
        let local = record.local();
        let found = read_at(file, record.offset, local.len() as u64).map_err(|_| at(record.name.clone()))?;
        let sorted = records.last().is_none_or(|before| before.name < record.name);
        if !sorted || record.offset != expected || found != local {
            return Err(at(record.name));
        }
        record.offset += local.len() as u64;
        expected = record.offset.checked_add(record.size).ok_or_else(|| at(record.name.clone()))?;
        records.push(record);
    }
    if expected != offset || records.len() as u64 != count {
        return Err(at("central directory"));
    }
    let base = records.first().and_then(|r| r.name.split_once('/')).map(|(base, _)| base.to_owned());
    let base = base.filter(|b| layout::is_path(b)).ok_or_else(|| at("base folder"))?;
    for r in &mut records {
        match r.name.split_once('/') {
            Some((b, path)) if b == base => r.name = path.to_owned(),
            _ => return Err(at(r.name.clone())),
        }
    }
    Ok(records)
}

/// (count, size of the directory, its offset), leniently; the caller compares.
fn find_end(tail: &[u8]) -> Option<(u64, u64, u64)> {
    let start = tail.len().checked_sub(END_LEN as usize)?;
    let e = tail.get(start..)?;
    if uint(e, 0, 4)? != u64::from(END) {
        return None;
    }
    let (count, size, offset) = (uint(e, 10, 2)?, uint(e, 12, 4)?, uint(e, 16, 4)?);
    if count < MAX16 && size < MAX32 && offset < MAX32 {
        return Some((count, size, offset));
    }
    let e = tail.get(start.checked_sub(END64_LEN as usize)?..)?;
    if uint(e, 0, 4)? != u64::from(END64) {
        return None;
    }
    Some((uint(e, 32, 8)?, uint(e, 40, 8)?, uint(e, 48, 8)?))
}

fn central_record(bytes: &[u8]) -> Option<Record> {
    let name_len = usize::try_from(uint(bytes, 28, 2)?).ok()?;
    let name = String::from_utf8(bytes.get(46..46 + name_len)?.to_vec()).ok()?;
    let (mut size, mut offset) = (uint(bytes, 24, 4)?, uint(bytes, 42, 4)?);
    let mut extra = 46 + name_len + 4;
    if size == MAX32 {
        size = uint(bytes, extra, 8)?;
        extra += 16;
    }
    if offset == MAX32 {
        offset = uint(bytes, extra, 8)?;
    }
    Some(Record { name, crc: u32::try_from(uint(bytes, 16, 4)?).ok()?, size, offset })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;

    #[test]
    fn directory_reads_back_also_beyond_four_gigabytes() {
        for (size, offset) in [(0, 0), (7, MAX32 - 1), (MAX32 - 1, MAX32), (MAX32, 3), (5 << 32, 9 << 32)] {
            let r = Record { name: "b/data/x".into(), crc: 0xdead_beef, size, offset };
            assert_eq!(central_record(&r.central()), Some(r.clone()));
            assert_eq!(r.local().len(), 30 + r.name.len() + if size >= MAX32 { 20 } else { 0 });
            assert_eq!(find_end(&end(3, 100, offset)), Some((3, 100, offset)));
        }
        assert_eq!(find_end(&end(70_000, 100, 5)), Some((70_000, 100, 5)));
        assert_eq!(find_end(&[0; 98]), None);
        assert_eq!(find_end(b"PK"), None);
    }
}
