//! Reads a bundle from where it lies, folder or canonical zip, without trusting names, links or lengths.

use super::zip::{self, Crc, NotCanonical, Record};
use super::{Finding, layout};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Most files that are looked at.
const MAX_FILES: usize = 100_000;
/// Deepest folder that is looked into.
const MAX_FOLDERS: usize = 8;

/// The files of a bundle, by path.
pub(super) struct Bag {
    root: PathBuf,
    files: BTreeMap<String, u64>,
    zip: Option<BTreeMap<String, Record>>,
}

impl Bag {
    /// Opens folder or zip. `report` hears of what is no proper file of a bundle; it may end the reading.
    pub(super) fn open<E>(path: &Path, report: &mut dyn FnMut(Finding, String) -> Result<(), E>) -> Result<Self, E> {
        if path.is_dir() { Self::folder(path, report) } else { Self::archive(path, report) }
    }

    /// No files yet.
    pub(super) fn empty(root: &Path) -> Self {
        Self { root: root.to_owned(), files: BTreeMap::new(), zip: None }
    }

    pub(super) fn folder<E>(root: &Path, report: &mut dyn FnMut(Finding, String) -> Result<(), E>) -> Result<Self, E> {
        let mut bag = Self::empty(root);
        let mut folders = vec![(root.to_owned(), String::new(), 0)];
        while let Some((folder, prefix, depth)) = folders.pop() {
            let list = match fs::read_dir(&folder) {
                Ok(list) => list,
                Err(error) => {
                    report(Finding::FileUnreadable, format!("{prefix} ({error})"))?;
                    continue;
                }
            };
            for item in list {
                let Ok((item, kind)) = item.and_then(|i| i.file_type().map(|t| (i, t))) else {
                    report(Finding::FileUnreadable, prefix.clone())?;
                    continue;
                };
                let path = format!("{prefix}{}", item.file_name().to_string_lossy());
                if bag.files.len() >= MAX_FILES {
                    report(Finding::TooMany, path)?;
                    return Ok(bag);
                }
                if layout::is_dropping(&path) || path == "__MACOSX" {
                    report(Finding::FileDropping, path)?;
                } else if kind.is_symlink() || !(kind.is_dir() || kind.is_file()) {
                    report(Finding::FileKind, path)?;
                } else if !layout::is_path(&path) || item.file_name().to_str().is_none() {
                    report(Finding::FileName, path)?;
                } else if kind.is_file() {
                    match item.metadata() {
                        Ok(meta) => _ = bag.files.insert(path, meta.len()),
                        Err(error) => report(Finding::FileUnreadable, format!("{path} ({error})"))?,
                    }
                } else if depth < MAX_FOLDERS {
                    folders.push((item.path(), format!("{path}/"), depth + 1));
                } else {
                    report(Finding::FileName, path)?;
                }
            }
        }
        Ok(bag)
    }

    fn archive<E>(path: &Path, report: &mut dyn FnMut(Finding, String) -> Result<(), E>) -> Result<Self, E> {
        let mut bag = Self::empty(path);
        let records = match File::open(path) {
            Err(error) => {
                report(Finding::FileUnreadable, format!("{} ({error})", path.display()))?;
                return Ok(bag);
            }
            Ok(mut file) => match zip::read(&mut file) {
                Ok(records) => records,
                Err(NotCanonical(finding, part)) => {
                    report(finding, format!("zip: {part}"))?;
                    return Ok(bag);
                }
            },
        };
        let mut by_name = BTreeMap::new();
        for record in records {
            if layout::is_path(&record.name) && by_name.len() < MAX_FILES {
                bag.files.insert(record.name.clone(), record.size);
                by_name.insert(record.name.clone(), record);
            } else {
                report(Finding::FileName, record.name)?;
            }
        }
        bag.zip = Some(by_name);
        Ok(bag)
    }

    /// Length by path.
    pub(super) fn files(&self) -> &BTreeMap<String, u64> {
        &self.files
    }

    /// The content of a file that [`Bag::files`] lists.
    pub(super) fn read(&self, path: &str) -> io::Result<Box<dyn Read>> {
        let Some(records) = &self.zip else {
            let file = self.root.join(path);
            if fs::symlink_metadata(&file)?.is_file() {
                return Ok(Box::new(File::open(file)?));
            }
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let record = records.get(path).ok_or(io::ErrorKind::NotFound)?;
        let mut file = File::open(&self.root)?;
        file.seek(SeekFrom::Start(record.offset))?;
        Ok(Box::new(file.take(record.size)))
    }

    /// Reads a file once from end to end; a zip's own sum is compared on the way.
    pub(super) fn pass(&self, path: &str, each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let mut reader = Crc { inner: self.read(path)?, crc: crc32fast::Hasher::new() };
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let n = reader.read(&mut buffer)?;
            if n == 0 {
                break;
            }
            each(buffer.get(..n).unwrap_or_default());
        }
        let expected = self.zip.as_ref().and_then(|z| z.get(path)).map(|r| r.crc);
        let sum = reader.crc.finalize();
        if expected.is_some_and(|e| e != sum) { Err(io::ErrorKind::InvalidData.into()) } else { Ok(()) }
    }
}
