//! Where the header of an age file ends and its payload begins, and the digests of both.

use crate::id::Digest;
use sha2::{Digest as _, Sha256};
use std::io::{self, Read, Write};

/// Longest header that is read: some sixty recipients. Keeps a hostile file from being collected in memory.
pub(super) const MAX_HEADER: usize = 8 * 1024;
const MAC_LINE: &[u8] = b"\n--- ";
const MAC_LEN: usize = 43;

#[derive(Debug, thiserror::Error)]
#[error("no age header")]
struct NoHeader;

/// Whether an error of this module says that there is no header.
pub(super) fn is_not_sealed(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|e| e.is::<NoHeader>())
}

/// Length of the header at the start of `bytes`, if it is complete there.
pub(super) fn header_len(bytes: &[u8]) -> Option<usize> {
    let line = bytes.windows(MAC_LINE.len()).position(|w| w == MAC_LINE)?;
    let end = line + MAC_LINE.len() + MAC_LEN + 1;
    (bytes.get(end - 1) == Some(&b'\n')).then_some(end)
}

/// Hashes a sealed file as a whole and its payload alone, from pieces of any size.
#[derive(Default)]
pub(super) struct Sides {
    sealed: Sha256,
    sealed_len: u64,
    head: Vec<u8>,
    payload: Option<(Sha256, u64)>,
}

impl Sides {
    fn update(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sealed.update(bytes);
        self.sealed_len += bytes.len() as u64;
        if let Some((payload, len)) = &mut self.payload {
            payload.update(bytes);
            *len += bytes.len() as u64;
            return Ok(());
        }
        self.head.extend_from_slice(bytes);
        match header_len(self.head.get(..MAX_HEADER).unwrap_or(&self.head)) {
            Some(end) => {
                let rest = self.head.get(end..).unwrap_or_default();
                self.payload = Some((Sha256::new_with_prefix(rest), rest.len() as u64));
                self.head = Vec::new();
                Ok(())
            }
            None if self.head.len() >= MAX_HEADER => Err(io::Error::new(io::ErrorKind::InvalidData, NoHeader)),
            None => Ok(()),
        }
    }

    /// (sealed digest, its length, payload digest, its length); `None` when no header was seen.
    pub(super) fn finish(self) -> Option<(Digest, u64, Digest, u64)> {
        let (payload, payload_len) = self.payload?;
        Some((self.sealed.finalize().into(), self.sealed_len, payload.finalize().into(), payload_len))
    }
}

/// SHA-256 of a sealed file's payload, from pieces of any size: what stays the same under another header.
#[derive(Default)]
pub struct PayloadDigest {
    head: Vec<u8>,
    payload: Option<Sha256>,
    no_header: bool,
}

impl PayloadDigest {
    /// Takes the next piece of the file.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.payload {
            Some(payload) => payload.update(bytes),
            None if self.no_header => {}
            None => {
                self.head.extend_from_slice(bytes);
                let end = header_len(self.head.get(..MAX_HEADER).unwrap_or(&self.head));
                self.no_header = end.is_none() && self.head.len() >= MAX_HEADER;
                self.payload = end.map(|end| Sha256::new_with_prefix(self.head.get(end..).unwrap_or_default()));
                if end.is_some() || self.no_header {
                    self.head = Vec::new();
                }
            }
        }
    }
    /// The digest; `None` when the file has no age header.
    #[must_use]
    pub fn finish(self) -> Option<Digest> {
        self.payload.map(|p| p.finalize().into())
    }
}

/// Passes the bytes of a sealed file on and hashes them.
pub(super) struct Tap<T> {
    inner: T,
    sides: Sides,
    failed: Option<io::ErrorKind>,
}

impl<T> Tap<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, sides: Sides::default(), failed: None }
    }
    pub(super) fn into_sides(self) -> Sides {
        self.sides
    }
    /// age hides why its header could not be written; here it is known.
    pub(super) fn failure(&self, seen: io::Error) -> io::Error {
        self.failed.map_or(seen, io::Error::from)
    }
}

impl<T: Read> Read for Tap<T> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.sides.update(buf.get(..n).unwrap_or_default())?;
        Ok(n)
    }
}

impl<T: Write> Write for Tap<T> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(buf).inspect_err(|e| self.failed = Some(e.kind()))?;
        self.sides.update(buf.get(..n).unwrap_or_default())?;
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
