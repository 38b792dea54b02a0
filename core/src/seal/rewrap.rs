//! A new header for the same payload (protocol P9): the bytes of the evidence are not encrypted again, and the office's identity stays at home.
//!
//! The age crate hands the file key to its `Identity` trait and wraps it through its `Recipient` trait; only the header's text and its
//! HMAC are written here (C2SP age, "Header").

use super::frame::{MAX_HEADER, header_len};
use super::{BUFFER, Identity, Recipients, SealError, header_error, next};
use crate::id::Digest;
use age::Recipient as _;
use age::secrecy::ExposeSecret as _;
use age_core::format::{FileKey, Stanza};
use data_encoding::BASE64_NOPAD;
use hkdf::hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::cell::RefCell;
use std::io::{Read, Write};
use zeroize::Zeroizing;

/// What was read and written: header and payload apart, so that the payload can be compared with the one of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rewrapped {
    /// SHA-256 of the sealed file that was read.
    pub from: Digest,
    /// SHA-256 of the file that was written.
    pub sealed: Digest,
    /// Its length in bytes.
    pub sealed_len: u64,
    /// SHA-256 of its new header.
    pub header: Digest,
    /// Length of the header in bytes.
    pub header_len: u64,
    /// SHA-256 of the payload, the same in both files.
    pub payload: Digest,
    /// Length of the payload in bytes.
    pub payload_len: u64,
}

/// Gives a sealed file a new header to other recipients. The old header is authenticated; the payload is copied, not opened.
///
/// # Errors
/// [`SealError`] names what is wrong with the file.
pub fn rewrap(
    reader: &mut dyn Read,
    writer: &mut dyn Write,
    identity: &Identity,
    to: &Recipients,
) -> Result<Rewrapped, SealError> {
    let mut head = Vec::new();
    let mut buffer = vec![0; BUFFER];
    let end = loop {
        match header_len(head.get(..MAX_HEADER).unwrap_or(&head)) {
            Some(end) => break end,
            None if head.len() >= MAX_HEADER => return Err(SealError::NotSealed),
            None => match next(reader, &mut buffer).map_err(SealError::Read)? {
                Some(bytes) => head.extend_from_slice(bytes),
                None if head.is_empty() => return Err(SealError::Truncated),
                None => return Err(SealError::NotSealed),
            },
        }
    };
    let (old, first) = head.split_at_checked(end).ok_or(SealError::NotSealed)?;
    let header = header(&file_key(old, identity)?, to)?;

    let (mut from, mut sealed, mut payload) = (Sha256::new_with_prefix(old), Sha256::new_with_prefix(&header), Sha256::new());
    writer.write_all(&header).map_err(SealError::Write)?;
    let mut payload_len = 0;
    let mut piece = Some(first);
    while let Some(bytes) = piece {
        from.update(bytes);
        sealed.update(bytes);
        payload.update(bytes);
        payload_len += bytes.len() as u64;
        writer.write_all(bytes).map_err(SealError::Write)?;
        piece = next(reader, &mut buffer).map_err(SealError::Read)?;
    }
    writer.flush().map_err(SealError::Write)?;
    let header_len = header.len() as u64;
    Ok(Rewrapped {
        from: from.finalize().into(),
        sealed: sealed.finalize().into(),
        sealed_len: header_len + payload_len,
        header: Sha256::digest(&header).into(),
        header_len,
        payload: payload.finalize().into(),
        payload_len,
    })
}

/// Keeps the file key that age finds.
struct Joint {
    identity: age::x25519::Identity,
    found: RefCell<Option<FileKey>>,
}
impl age::Identity for Joint {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, age::DecryptError>> {
        let key = self.identity.unwrap_stanza(stanza)?;
        if let Ok(key) = &key {
            let copy = FileKey::init_with_mut(|k| k.copy_from_slice(key.expose_secret()));
            self.found.replace(Some(copy));
        }
        Some(key)
    }
}

/// The file key of an authenticated header.
fn file_key(header: &[u8], identity: &Identity) -> Result<FileKey, SealError> {
    let joint = Joint { identity: identity.age(), found: RefCell::new(None) };
    // age reads the payload's 16-byte nonce together with the header; the header's code does not cover it.
    let decryptor = age::Decryptor::new_buffered(header.chain([0; 16].as_slice())).map_err(header_error)?;
    decryptor.decrypt(std::iter::once(&joint as &dyn age::Identity)).map_err(header_error)?;
    joint.found.into_inner().ok_or(SealError::NotForUs)
}

fn header(key: &FileKey, to: &Recipients) -> Result<Vec<u8>, SealError> {
    let mut text = String::from("age-encryption.org/v1\n");
    for recipient in to.age() {
        let (stanzas, _) = recipient.wrap_file_key(key).map_err(|_| SealError::BadRecipient)?;
        for s in stanzas {
            text.push_str("-> ");
            text.push_str(&s.tag);
            for a in &s.args {
                text.push(' ');
                text.push_str(a);
            }
            text.push('\n');
            let body = BASE64_NOPAD.encode(&s.body);
            let mut rest = body.as_str();
            // Lines of 64, the last one shorter, if need be empty.
            while let Some((line, more)) = rest.split_at_checked(64) {
                text.push_str(line);
                text.push('\n');
                rest = more;
            }
            text.push_str(rest);
            text.push('\n');
        }
    }
    text.push_str("---");
    let mut mac_key = Zeroizing::new([0; 32]);
    hkdf::Hkdf::<Sha256>::new(None, key.expose_secret())
        .expand(b"header", mac_key.as_mut_slice())
        .map_err(|_| SealError::HeaderChanged)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(mac_key.as_slice()).map_err(|_| SealError::HeaderChanged)?;
    mac.update(text.as_bytes());
    text.push(' ');
    text.push_str(&BASE64_NOPAD.encode(&mac.finalize().into_bytes()));
    text.push('\n');
    Ok(text.into_bytes())
}
