//! Sealed files by their digest, in a folder. A file gets its final name only when it and its folder are on disk (F20).

use crate::error::{OfficeError, Result};
use mingzheng_core::id::{Digest, hex};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// The folder of sealed files; unfinished ones lie in `incoming/`.
pub struct Objects {
    root: PathBuf,
    incoming: PathBuf,
}

impl Objects {
    /// Opens or makes the folder.
    ///
    /// # Errors
    /// [`OfficeError::Io`].
    pub fn open(root: PathBuf) -> Result<Self> {
        let incoming = root.join("incoming");
        fs::create_dir_all(&incoming).map_err(OfficeError::io(&incoming))?;
        sync_folder(&root)?;
        Ok(Self { root, incoming })
    }

    /// Where a finished file lies.
    #[must_use]
    pub fn path(&self, sealed: &Digest) -> PathBuf {
        let name = hex(sealed);
        let shelf: String = name.chars().take(2).collect();
        self.root.join(shelf).join(name)
    }

    fn part(&self, sealed: &Digest) -> PathBuf {
        self.incoming.join(hex(sealed))
    }

    /// Writes a chunk at `offset` of an unfinished file, and returns when it is on disk. What lies beyond the chunk is cut off.
    ///
    /// # Errors
    /// [`OfficeError::Io`].
    pub fn put(&self, sealed: &Digest, offset: u64, chunk: &[u8]) -> Result<()> {
        let path = self.part(sealed);
        let new = !path.exists();
        let write = || {
            let mut f = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
            f.set_len(offset)?;
            f.seek(SeekFrom::Start(offset))?;
            f.write_all(chunk)?;
            f.sync_all()
        };
        write().map_err(OfficeError::io(&path))?;
        if new { sync_folder(&self.incoming) } else { Ok(()) }
    }

    /// Gives a whole file its final name when its digest is right; otherwise removes it. Says which.
    ///
    /// # Errors
    /// [`OfficeError::Io`].
    pub fn finish(&self, sealed: &Digest) -> Result<bool> {
        let (part, path) = (self.part(sealed), self.path(sealed));
        if digest_of(&part)? != *sealed {
            fs::remove_file(&part).map_err(OfficeError::io(&part))?;
            return Ok(false);
        }
        let shelf = path.parent().ok_or(OfficeError::NotFound("folder"))?;
        match fs::create_dir(shelf) {
            Ok(()) => sync_folder(&self.root)?,
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) => return Err(OfficeError::io(shelf)(e)),
        }
        fs::rename(&part, &path).map_err(OfficeError::io(&path))?;
        sync_folder(shelf)?;
        sync_folder(&self.incoming)?;
        Ok(true)
    }

    /// Opens a finished file.
    ///
    /// # Errors
    /// [`OfficeError::Io`].
    pub fn get(&self, sealed: &Digest) -> Result<File> {
        let path = self.path(sealed);
        File::open(&path).map_err(OfficeError::io(&path))
    }
}

fn digest_of(path: &Path) -> Result<Digest> {
    let mut f = File::open(path).map_err(OfficeError::io(path))?;
    let mut h = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match f.read(&mut buffer).map_err(OfficeError::io(path))? {
            0 => return Ok(h.finalize().into()),
            n => h.update(buffer.get(..n).unwrap_or_default()),
        }
    }
}

/// Makes names in a folder durable.
///
/// # Errors
/// [`OfficeError::Io`].
pub fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(OfficeError::io(folder))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;
    use mingzheng_core::id::sha256;

    #[test]
    fn only_the_right_digest_gets_the_final_name() {
        let folder = tempfile::tempdir().unwrap();
        let o = Objects::open(folder.path().join("objects")).unwrap();
        let d = sha256(b"hello");
        o.put(&d, 0, b"hexxx").unwrap();
        o.put(&d, 2, b"llo").unwrap();
        assert!(o.finish(&d).unwrap());
        assert_eq!(fs::read(o.path(&d)).unwrap(), b"hello");
        let other = sha256(b"other");
        o.put(&other, 0, b"wrong").unwrap();
        assert!(!o.finish(&other).unwrap());
        assert!(o.get(&other).is_err());
    }
}
