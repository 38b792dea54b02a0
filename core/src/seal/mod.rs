//! Sealing: age v1 files to X25519 recipients (C2SP age, protocol P6, `docs/formats` §8).
//!
//! age does not say who sealed; origin comes only from the log's entry. age draws its own file key and nonce: the one place of the core where randomness
//! does not come from [`crate::host`]. Output that was written before an error is worthless and must be thrown away by the caller.

mod frame;
mod key;
mod rewrap;

pub use key::{Identity, Recipient, Recipients};
pub use rewrap::{Rewrapped, rewrap};

use crate::id::Digest;
pub use frame::PayloadDigest;
use frame::{Sides, Tap};
use sha2::{Digest as _, Sha256};
use std::io::{self, BufReader, Read, Write};
use zeroize::Zeroizing;

/// Number of this way of sealing in the log (`docs/formats` §8); 2 is reserved for a post-quantum one.
pub const SEAL_SUITE: u64 = 1;

const BUFFER: usize = 64 * 1024;

/// Why sealing or opening failed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The bytes are no valid X25519 public key, or one whose shared secret everybody knows.
    #[error("not a usable recipient")]
    BadRecipient,
    /// The text is no age identity.
    #[error("not an age identity")]
    BadIdentity,
    /// No recipient was named.
    #[error("no recipient")]
    NoRecipient,
    /// The file is no age v1 file.
    #[error("not an age file")]
    NotSealed,
    /// The file is sealed to others.
    #[error("sealed to another recipient")]
    NotForUs,
    /// The header does not carry its own authentication code: somebody changed it.
    #[error("header of the sealed file was changed")]
    HeaderChanged,
    /// The payload is damaged, changed or cut within a chunk.
    #[error("sealed file is damaged")]
    Damaged,
    /// The sealed file ends too early.
    #[error("sealed file is cut short")]
    Truncated,
    /// The source cannot be read.
    #[error("reading failed: {0}")]
    Read(#[source] io::Error),
    /// The target cannot be written.
    #[error("writing failed: {0}")]
    Write(#[source] io::Error),
}

/// Digests and lengths of both sides of one sealed file (P6: all of them are logged).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedSummary {
    /// SHA-256 of the clear bytes.
    pub clear: Digest,
    /// Their number.
    pub clear_len: u64,
    /// SHA-256 of the whole sealed file.
    pub sealed: Digest,
    /// Its length in bytes.
    pub sealed_len: u64,
    /// SHA-256 of the payload after the header: it stays the same when the file is given a new header ([`rewrap`]).
    pub payload: Digest,
    /// Its length in bytes.
    pub payload_len: u64,
}

impl SealedSummary {
    fn of(clear: Sha256, clear_len: u64, sides: Sides) -> Result<Self, SealError> {
        let (sealed, sealed_len, payload, payload_len) = sides.finish().ok_or(SealError::NotSealed)?;
        Ok(Self { clear: clear.finalize().into(), clear_len, sealed, sealed_len, payload, payload_len })
    }
}

/// Seals everything of `reader` into `writer` in one pass with one 64-KiB buffer. The writer is not flushed to disk.
///
/// # Errors
/// [`SealError::Read`] and [`SealError::Write`] tell the two sides apart.
pub fn seal(reader: &mut dyn Read, writer: &mut dyn Write, to: &Recipients) -> Result<SealedSummary, SealError> {
    let keys = to.age();
    let encryptor =
        age::Encryptor::with_recipients(keys.iter().map(|k| k as &dyn age::Recipient)).map_err(|_| SealError::NoRecipient)?;
    let mut tap = Tap::new(writer);
    let mut stream = match encryptor.wrap_output(&mut tap) {
        Ok(stream) => stream,
        Err(e) => return Err(SealError::Write(tap.failure(e))),
    };
    let (mut clear, mut clear_len) = (Sha256::new(), 0);
    let mut buffer = Zeroizing::new(vec![0; BUFFER]);
    while let Some(bytes) = next(reader, &mut buffer).map_err(SealError::Read)? {
        clear.update(bytes);
        clear_len += bytes.len() as u64;
        stream.write_all(bytes).map_err(SealError::Write)?;
    }
    stream.finish().map_err(SealError::Write)?;
    tap.flush().map_err(SealError::Write)?;
    SealedSummary::of(clear, clear_len, tap.into_sides())
}

/// Opens a sealed file in one pass and gives the digests of both sides; nothing of it counts before this returned `Ok`.
///
/// # Errors
/// [`SealError`] names what is wrong with the file.
pub fn open(reader: &mut dyn Read, writer: &mut dyn Write, identity: &Identity) -> Result<SealedSummary, SealError> {
    let mut tap = Tap::new(reader);
    let decryptor = age::Decryptor::new_buffered(BufReader::with_capacity(BUFFER, &mut tap)).map_err(header_error)?;
    let key = identity.age();
    let mut stream = decryptor.decrypt(std::iter::once(&key as &dyn age::Identity)).map_err(header_error)?;
    let (mut clear, mut clear_len) = (Sha256::new(), 0);
    let mut buffer = Zeroizing::new(vec![0; BUFFER]);
    while let Some(bytes) = next(&mut stream, &mut buffer).map_err(payload_error)? {
        clear.update(bytes);
        clear_len += bytes.len() as u64;
        writer.write_all(bytes).map_err(SealError::Write)?;
    }
    drop(stream);
    writer.flush().map_err(SealError::Write)?;
    SealedSummary::of(clear, clear_len, tap.into_sides())
}

/// Opens what is small enough to stand in memory, as a segment of a log is; its digests are of no use to the caller.
///
/// # Errors
/// [`SealError`] as of [`open`].
pub fn open_bytes(sealed: &[u8], identity: &Identity) -> Result<Vec<u8>, SealError> {
    if sealed.get(..frame::MAX_HEADER).is_some_and(|start| frame::header_len(start).is_none()) {
        return Err(SealError::NotSealed);
    }
    let decryptor = age::Decryptor::new_buffered(sealed).map_err(header_error)?;
    let key = identity.age();
    let mut stream = decryptor.decrypt(std::iter::once(&key as &dyn age::Identity)).map_err(header_error)?;
    let mut clear = Vec::with_capacity(sealed.len());
    stream.read_to_end(&mut clear).map_err(payload_error)?;
    Ok(clear)
}

/// Fills the buffer once; `None` at the end.
fn next<'b>(reader: &mut dyn Read, buffer: &'b mut [u8]) -> io::Result<Option<&'b [u8]>> {
    loop {
        match reader.read(buffer) {
            Ok(0) => return Ok(None),
            Ok(n) => return Ok(buffer.get(..n)),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

fn header_error(error: age::DecryptError) -> SealError {
    match error {
        age::DecryptError::NoMatchingKeys => SealError::NotForUs,
        age::DecryptError::InvalidMac => SealError::HeaderChanged,
        age::DecryptError::Io(e) => payload_error(e),
        _ => SealError::NotSealed,
    }
}

/// age reports a bad chunk as `InvalidData`; other kinds come from the source itself.
fn payload_error(error: io::Error) -> SealError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => SealError::Truncated,
        io::ErrorKind::InvalidData if frame::is_not_sealed(&error) => SealError::NotSealed,
        io::ErrorKind::InvalidData => SealError::Damaged,
        _ => SealError::Read(error),
    }
}

#[cfg(test)]
mod tests;
