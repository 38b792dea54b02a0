//! Sealed files by their digest, in a folder or in an S3 store. A file gets its final name only after its digest was verified, and everything is durable
//! before it is answered (F20). Unfinished files lie in pieces, which any copy of the office may add to.

mod folder;
mod s3;
mod sigv4;

use crate::error::{OfficeError, Result};
use crate::settings::Settings;
use mingzheng_core::id::Digest;
use sha2::{Digest as _, Sha256};
use std::io::Read;

pub use folder::{Folder, sync_folder};
pub use s3::{Access, S3};

/// What became of a file whose last piece had arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// It has its final name.
    Whole,
    /// The bytes are another file's, or some are gone: what there was is removed, and it is to be sent again from the start.
    Wrong,
}

/// What lies under a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// The file, of that length.
    Whole(u64),
    /// Nothing.
    Missing,
    /// Other bytes than the digest says.
    Wrong,
}

/// Where sealed files are kept. A file is written once, and nothing replaces it but the same bytes.
pub trait Objects: Send + Sync {
    /// What it is, for people; no secrets.
    fn name(&self) -> String;

    /// Whether it answers now.
    ///
    /// # Errors
    /// [`OfficeError`] says what it said.
    fn ready(&self) -> Result<()>;

    /// How large the pieces of a long body should be: each is made durable by itself, and held in memory until it is.
    fn piece(&self) -> usize;

    /// Keeps a piece of an unfinished file and returns when it is durable. The same piece may come again.
    ///
    /// # Errors
    /// [`OfficeError`]; nothing is claimed about the piece then.
    fn put(&self, sealed: &Digest, offset: u64, piece: &[u8]) -> Result<()>;

    /// Gives the whole file its final name when its digest is right. May be asked again, by any copy, wherever an earlier attempt stopped.
    ///
    /// # Errors
    /// [`OfficeError`]; the pieces are still there then.
    fn finish(&self, sealed: &Digest, length: u64) -> Result<Finished>;

    /// Removes the pieces of an unfinished file. Nothing happens when there are none.
    ///
    /// # Errors
    /// [`OfficeError`].
    fn abandon(&self, sealed: &Digest) -> Result<()>;

    /// The length of a finished file; nothing when it is not there.
    ///
    /// # Errors
    /// [`OfficeError`].
    fn length(&self, sealed: &Digest) -> Result<Option<u64>>;

    /// A finished file from `offset` on, as a stream.
    ///
    /// # Errors
    /// [`OfficeError::NotFound`] when it is not there.
    fn read(&self, sealed: &Digest, offset: u64) -> Result<Box<dyn Read + Send>>;

    /// Puts a damaged file out of the way, where a person still finds it (`damaged/`): it will be sent again. Nothing happens when it is not there.
    ///
    /// # Errors
    /// [`OfficeError`].
    fn set_aside(&self, sealed: &Digest) -> Result<()>;

    /// Destroys a file for good: the finished one, a damaged copy, pieces. Durable when it returns; nothing happens to what is not there.
    ///
    /// # Errors
    /// [`OfficeError`]; asked again it goes on.
    fn destroy(&self, sealed: &Digest) -> Result<()>;

    /// A finished file from its beginning.
    ///
    /// # Errors
    /// [`OfficeError::NotFound`] when it is not there.
    fn get(&self, sealed: &Digest) -> Result<Box<dyn Read + Send>> {
        self.read(sealed, 0)
    }

    /// Reads a file through and says whether it is what its name says.
    ///
    /// # Errors
    /// [`OfficeError`] when that could not be found out.
    fn check(&self, sealed: &Digest) -> Result<Held> {
        let mut file = match self.get(sealed) {
            Err(OfficeError::NotFound(_)) => return Ok(Held::Missing),
            other => other?,
        };
        let (digest, length) = digest_of(&mut file).map_err(|error| OfficeError::Io { path: self.name(), error })?;
        Ok(if digest == *sealed { Held::Whole(length) } else { Held::Wrong })
    }
}

/// What the settings name: an S3 store, or the folder `objects` beside the database.
///
/// # Errors
/// [`OfficeError::Settings`] names the setting that does not fit; [`OfficeError`] when the place cannot be used.
pub fn open(settings: &Settings) -> Result<Box<dyn Objects>> {
    match &settings.objects {
        None => Ok(Box::new(Folder::open(settings.data.join("objects"))?)),
        Some(address) => Ok(Box::new(S3::new(Access::from_settings(settings, address)?)?)),
    }
}

/// Digest and length of what a reader gives.
pub(crate) fn digest_of(from: &mut dyn Read) -> std::io::Result<(Digest, u64)> {
    let (mut h, mut length) = (Sha256::new(), 0);
    let mut buffer = vec![0; 256 << 10];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok((h.finalize().into(), length)),
            n => {
                h.update(buffer.get(..n).unwrap_or_default());
                length += n as u64;
            }
        }
    }
}
