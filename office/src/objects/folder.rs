//! Sealed files in a folder of this machine.

use super::{Finished, Objects, digest_of};
use crate::error::{OfficeError, Result};
use mingzheng_core::id::{Digest, hex};
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A photograph in one piece, and so with one sync.
const PIECE: usize = 4 << 20;

/// The folder of sealed files; unfinished ones lie in `incoming/`.
pub struct Folder {
    root: PathBuf,
    incoming: PathBuf,
    disk: Box<dyn Disk>,
    /// First bytes of the digests whose shelf is known to last.
    shelves: Mutex<BTreeSet<u8>>,
}

/// What changes the disk. Tests put faults in its place (F32).
trait Disk: Send + Sync {
    fn open(&self, path: &Path) -> io::Result<File> {
        OpenOptions::new().create(true).truncate(false).write(true).open(path)
    }
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }
    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

struct Real;
impl Disk for Real {}

impl Folder {
    /// Opens or makes the folder.
    ///
    /// # Errors
    /// [`OfficeError::Io`].
    pub fn open(root: PathBuf) -> Result<Self> {
        Self::on(Box::new(Real), root)
    }

    fn on(disk: Box<dyn Disk>, root: PathBuf) -> Result<Self> {
        let incoming = root.join("incoming");
        fs::create_dir_all(&incoming).map_err(OfficeError::io(&incoming))?;
        sync_folder(&root)?;
        Ok(Self { root, incoming, disk, shelves: Mutex::default() })
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

    fn sync(&self, folder: &Path) -> Result<()> {
        File::open(folder).and_then(|f| self.disk.sync(&f)).map_err(OfficeError::io(folder))
    }

    /// The name of a shelf is made durable once.
    fn keep_shelf(&self, shelf: u8) -> Result<()> {
        let known = |s: &Self| s.shelves.lock().unwrap_or_else(PoisonError::into_inner).contains(&shelf);
        if !known(self) {
            self.sync(&self.root)?;
            self.shelves.lock().unwrap_or_else(PoisonError::into_inner).insert(shelf);
        }
        Ok(())
    }

    fn remove_at(&self, path: &Path) -> Result<()> {
        match self.disk.remove(path) {
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
            other => other.map_err(OfficeError::io(path)),
        }
    }
}

impl Objects for Folder {
    fn name(&self) -> String {
        self.root.display().to_string()
    }

    fn ready(&self) -> Result<()> {
        let path = self.incoming.join(format!("probe-{}", std::process::id()));
        fs::write(&path, b"probe").and_then(|()| fs::remove_file(&path)).map_err(OfficeError::io(&path))
    }

    fn piece(&self) -> usize {
        PIECE
    }

    fn put(&self, sealed: &Digest, offset: u64, piece: &[u8]) -> Result<()> {
        let path = self.part(sealed);
        let new = !path.exists();
        let write = || {
            let mut f = self.disk.open(&path)?;
            f.seek(SeekFrom::Start(offset))?;
            self.disk.write(&mut f, piece)?;
            self.disk.sync(&f)
        };
        write().map_err(OfficeError::io(&path))?;
        // The first piece is acknowledged when its name lasts too; later ones come after it.
        if new || offset == 0 { self.sync(&self.incoming) } else { Ok(()) }
    }

    fn finish(&self, sealed: &Digest, length: u64) -> Result<Finished> {
        let (part, path) = (self.part(sealed), self.path(sealed));
        let shelf = path.parent().ok_or(OfficeError::NotFound("folder"))?;
        if self.length(sealed)? != Some(length) {
            let found = match File::open(&part) {
                Ok(mut f) => Some(digest_of(&mut f).map_err(OfficeError::io(&part))?),
                Err(e) if e.kind() == ErrorKind::NotFound => None,
                Err(e) => return Err(OfficeError::io(&part)(e)),
            };
            if found != Some((*sealed, length)) {
                self.abandon(sealed)?;
                return Ok(Finished::Wrong);
            }
            match self.disk.create_folder(shelf) {
                // New, or it had been removed by hand.
                Ok(()) => drop(self.shelves.lock().unwrap_or_else(PoisonError::into_inner).remove(&sealed[0])),
                Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
                Err(e) => return Err(OfficeError::io(shelf)(e)),
            }
            self.disk.rename(&part, &path).map_err(OfficeError::io(&path))?;
        }
        // Also when it had its name already: whoever gave it may have stopped before this. Should its earlier name outlive a power cut, it is a second
        // name of the same file.
        self.sync(shelf)?;
        self.keep_shelf(sealed[0])?;
        Ok(Finished::Whole)
    }

    fn abandon(&self, sealed: &Digest) -> Result<()> {
        self.remove_at(&self.part(sealed))
    }

    fn length(&self, sealed: &Digest) -> Result<Option<u64>> {
        let path = self.path(sealed);
        match fs::metadata(&path) {
            Ok(m) => Ok(Some(m.len())),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(OfficeError::io(&path)(e)),
        }
    }

    fn read(&self, sealed: &Digest, offset: u64) -> Result<Box<dyn Read + Send>> {
        let path = self.path(sealed);
        let open = || {
            let mut f = File::open(&path)?;
            f.seek(SeekFrom::Start(offset))?;
            Ok::<_, io::Error>(f)
        };
        match open() {
            Ok(f) => Ok(Box::new(f)),
            Err(e) if e.kind() == ErrorKind::NotFound => Err(OfficeError::NotFound("sealed file")),
            Err(e) => Err(OfficeError::io(&path)(e)),
        }
    }

    fn set_aside(&self, sealed: &Digest) -> Result<()> {
        let (path, damaged) = (self.path(sealed), self.root.join("damaged"));
        fs::create_dir_all(&damaged).map_err(OfficeError::io(&damaged))?;
        match self.disk.rename(&path, &damaged.join(hex(sealed))) {
            Ok(()) => {}
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(OfficeError::io(&path)(e)),
        }
        self.sync(&damaged)?;
        self.sync(&self.root)?;
        path.parent().map_or(Ok(()), |shelf| self.sync(shelf))
    }

    fn destroy(&self, sealed: &Digest) -> Result<()> {
        let damaged = self.root.join("damaged");
        for path in [self.part(sealed), damaged.join(hex(sealed)), self.path(sealed)] {
            self.remove_at(&path)?;
            if let Some(folder) = path.parent().filter(|f| f.is_dir()) {
                self.sync(folder)?;
            }
        }
        Ok(())
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
#[allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking
mod tests {
    use super::*;
    use crate::objects::Held;
    use mingzheng_core::id::sha256;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn only_the_right_digest_gets_the_final_name() {
        let folder = tempfile::tempdir().unwrap();
        let o = Folder::open(folder.path().join("objects")).unwrap();
        let d = sha256(b"hello");
        o.put(&d, 0, b"hexxx").unwrap();
        o.put(&d, 2, b"llo").unwrap();
        assert_eq!(o.finish(&d, 5).unwrap(), Finished::Whole);
        assert_eq!(fs::read(o.path(&d)).unwrap(), b"hello");
        let other = sha256(b"other");
        o.put(&other, 0, b"wrong").unwrap();
        assert_eq!(o.finish(&other, 5).unwrap(), Finished::Wrong);
        assert!(matches!(o.get(&other), Err(OfficeError::NotFound(_))));
    }

    /// Fails the call with this number; a write that fails leaves half of its bytes.
    struct Faulty {
        calls: Arc<AtomicU64>,
        at: Arc<AtomicU64>,
        errno: i32,
    }
    impl Faulty {
        fn step(&self) -> io::Result<()> {
            if self.calls.fetch_add(1, Ordering::Relaxed) == self.at.load(Ordering::Relaxed) {
                Err(io::Error::from_raw_os_error(self.errno))
            } else {
                Ok(())
            }
        }
    }
    impl Disk for Faulty {
        fn open(&self, path: &Path) -> io::Result<File> {
            self.step()?;
            Real.open(path)
        }
        fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
            self.step().inspect_err(|_| Real.write(file, &bytes[..bytes.len() / 2]).unwrap())?;
            Real.write(file, bytes)
        }
        fn sync(&self, file: &File) -> io::Result<()> {
            self.step()?;
            Real.sync(file)
        }
        fn create_folder(&self, path: &Path) -> io::Result<()> {
            self.step()?;
            Real.create_folder(path)
        }
        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.step()?;
            Real.rename(from, to)
        }
        fn remove(&self, path: &Path) -> io::Result<()> {
            self.step()?;
            Real.remove(path)
        }
    }

    /// F32, F20: a full disk (ENOSPC), EIO and read-only at each call that changes the disk: nothing that was acknowledged is lost, nothing wrong gets
    /// a name, and when the fault is gone the same upload goes on by itself.
    #[test]
    fn f32_f20_every_call_of_the_disk_may_fail_and_nothing_acknowledged_is_lost() {
        let bytes: Vec<u8> = (0..50_000u32).map(|i| (i * 31 % 251) as u8).collect();
        let d = sha256(&bytes);
        let mut faults = 0;
        for (errno, full) in [(28, true), (5, false), (30, false), (122, true)] {
            for n in 0.. {
                let folder = tempfile::tempdir().unwrap();
                let at = Arc::new(AtomicU64::new(n));
                let disk = Faulty { calls: Arc::default(), at: Arc::clone(&at), errno };
                let o = Folder::on(Box::new(disk), folder.path().join("objects")).unwrap();
                let (mut acknowledged, mut failed) = (0, 0);
                let mut finished = None;
                // As a phone does it: it goes on from what was acknowledged.
                while finished != Some(Finished::Whole) {
                    assert!(failed < 2, "one fault, one failure");
                    let end = (acknowledged + 20_000).min(bytes.len());
                    let said = if acknowledged < bytes.len() {
                        o.put(&d, acknowledged as u64, &bytes[acknowledged..end]).map(|()| acknowledged = end)
                    } else {
                        o.finish(&d, bytes.len() as u64).map(|f| finished = Some(f))
                    };
                    if let Err(e) = said {
                        assert_eq!(e.is_full(), full, "{e}");
                        failed += 1;
                        // What was acknowledged is there, whatever failed after it.
                        let file = if o.path(&d).exists() { o.path(&d) } else { o.part(&d) };
                        let held = fs::read(file).unwrap_or_default();
                        assert_eq!(held[..acknowledged], bytes[..acknowledged]);
                        if o.path(&d).exists() {
                            assert_eq!(held, bytes, "nothing wrong ever gets the final name");
                        }
                    }
                    assert_ne!(finished, Some(Finished::Wrong));
                }
                assert_eq!(o.check(&d).unwrap(), Held::Whole(50_000));
                if failed == 0 {
                    break;
                }
                faults += failed;
            }
        }
        println!("folder: {faults} faults (ENOSPC, EIO, EROFS, EDQUOT), lost 0");
        assert!(faults >= 4 * 14, "{faults}");
    }
}
