//! Reads a bundle from where it lies, folder or canonical zip, without trusting names, links or lengths.

use super::zip::{self, Crc, NotCanonical, Record};
use super::{Finding, layout};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Most files that are looked at.
const MAX_FILES: usize = 100_000;
/// Deepest folder that is looked into.
const MAX_FOLDERS: usize = 8;
const BUFFER: u64 = 64 * 1024;

/// Where a bundle lies.
enum Place {
    Folder(PathBuf),
    Zip(PathBuf),
    /// A zip in memory.
    Bytes(Arc<[u8]>),
}

/// What a zip is read from.
pub(super) trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

impl Place {
    fn archive(&self) -> io::Result<Box<dyn ReadSeek>> {
        match self {
            Self::Folder(path) | Self::Zip(path) => Ok(Box::new(File::open(path)?)),
            Self::Bytes(bytes) => Ok(Box::new(Cursor::new(Arc::clone(bytes)))),
        }
    }
}

/// Hears of what is no proper file of a bundle: finding, subject, detail. It may end the reading.
pub(super) type Hear<'a, E> = &'a mut dyn FnMut(Finding, String, String) -> Result<(), E>;

/// The files of a bundle, by path.
pub(super) struct Bag {
    place: Place,
    files: BTreeMap<String, u64>,
    records: BTreeMap<String, Record>,
}

impl Bag {
    /// Opens folder or zip.
    pub(super) fn open<E>(path: &Path, hear: Hear<'_, E>) -> Result<Self, E> {
        if path.is_dir() { Self::folder(path, hear) } else { Self::archive(Place::Zip(path.to_owned()), hear) }
    }

    /// Opens a zip in memory.
    pub(super) fn bytes<E>(bytes: Arc<[u8]>, hear: Hear<'_, E>) -> Result<Self, E> {
        Self::archive(Place::Bytes(bytes), hear)
    }

    /// No files yet.
    pub(super) fn empty(root: &Path) -> Self {
        Self::at(Place::Folder(root.to_owned()))
    }

    fn at(place: Place) -> Self {
        Self { place, files: BTreeMap::new(), records: BTreeMap::new() }
    }

    pub(super) fn folder<E>(root: &Path, hear: Hear<'_, E>) -> Result<Self, E> {
        let mut bag = Self::empty(root);
        let mut folders = vec![(root.to_owned(), String::new(), 0)];
        while let Some((folder, prefix, depth)) = folders.pop() {
            let name = || prefix.trim_end_matches('/').to_owned();
            let list = match fs::read_dir(&folder) {
                Ok(list) => list,
                Err(error) => {
                    hear(Finding::FileUnreadable, name(), error.to_string())?;
                    continue;
                }
            };
            for item in list {
                let (item, kind) = match item.and_then(|i| i.file_type().map(|t| (i, t))) {
                    Ok(found) => found,
                    Err(error) => {
                        hear(Finding::FileUnreadable, name(), error.to_string())?;
                        continue;
                    }
                };
                let path = format!("{prefix}{}", item.file_name().to_string_lossy());
                if bag.files.len() >= MAX_FILES {
                    hear(Finding::TooMany, path, String::new())?;
                    return Ok(bag);
                }
                if layout::is_dropping(&path) || path == "__MACOSX" {
                    hear(Finding::FileDropping, path, String::new())?;
                } else if kind.is_symlink() || !(kind.is_dir() || kind.is_file()) {
                    hear(Finding::FileKind, path, String::new())?;
                } else if !layout::is_path(&path) || item.file_name().to_str().is_none() {
                    hear(Finding::FileName, path, String::new())?;
                } else if kind.is_file() {
                    match item.metadata() {
                        Ok(meta) => _ = bag.files.insert(path, meta.len()),
                        Err(error) => hear(Finding::FileUnreadable, path, error.to_string())?,
                    }
                } else if depth < MAX_FOLDERS {
                    folders.push((item.path(), format!("{path}/"), depth + 1));
                } else {
                    hear(Finding::FileName, path, String::new())?;
                }
            }
        }
        Ok(bag)
    }

    fn archive<E>(place: Place, hear: Hear<'_, E>) -> Result<Self, E> {
        let mut bag = Self::at(place);
        let records = match bag.place.archive() {
            Err(error) => {
                hear(Finding::FileUnreadable, String::new(), error.to_string())?;
                return Ok(bag);
            }
            Ok(mut archive) => match zip::read(archive.as_mut()) {
                Ok(records) => records,
                Err(NotCanonical(finding, part)) => {
                    hear(finding, format!("zip: {part}"), String::new())?;
                    return Ok(bag);
                }
            },
        };
        for record in records {
            if bag.files.len() >= MAX_FILES {
                hear(Finding::TooMany, record.name, String::new())?;
                break;
            }
            if layout::is_path(&record.name) {
                bag.files.insert(record.name.clone(), record.size);
                bag.records.insert(record.name.clone(), record);
            } else {
                hear(Finding::FileName, record.name, String::new())?;
            }
        }
        Ok(bag)
    }

    /// Length by path.
    pub(super) fn files(&self) -> &BTreeMap<String, u64> {
        &self.files
    }

    /// The content of a file that [`Bag::files`] lists.
    pub(super) fn read(&self, path: &str) -> io::Result<Box<dyn Read>> {
        if let Place::Folder(root) = &self.place {
            let file = root.join(path);
            if fs::symlink_metadata(&file)?.is_file() {
                return Ok(Box::new(File::open(file)?));
            }
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let record = self.records.get(path).ok_or(io::ErrorKind::NotFound)?;
        let mut archive = self.place.archive()?;
        archive.seek(SeekFrom::Start(record.offset))?;
        Ok(Box::new(archive.take(record.size)))
    }

    /// Reads a file once from end to end; a zip's own sum is compared on the way.
    pub(super) fn pass(&self, path: &str, each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let expected = self.records.get(path).map(|r| r.crc);
        let mut reader = Crc { inner: self.read(path)?, crc: expected.map(|_| crc32fast::Hasher::new()) };
        let len = self.files.get(path).copied().unwrap_or(BUFFER);
        let mut buffer = vec![0; usize::try_from(len.clamp(1, BUFFER)).unwrap_or(1)];
        loop {
            let n = reader.read(&mut buffer)?;
            if n == 0 {
                break;
            }
            each(buffer.get(..n).unwrap_or_default());
        }
        let sum = reader.crc.map(crc32fast::Hasher::finalize);
        if sum == expected { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
    }
}
