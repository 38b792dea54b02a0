//! The encrypted channel between two paired phones: ChaCha20-Poly1305 (RFC 8439), a key for each direction by HKDF-SHA256 (RFC 5869), messages counted.

use super::{PairingError, Role};
use crate::id::Digest;
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Longest clear message; larger things are sent in parts.
pub const MAX_MESSAGE: usize = 1 << 20;

/// Why a message of the channel is refused. The channel itself stays as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// Seen before.
    #[error("message was received before")]
    Replayed,
    /// One before it is missing; the other phone sends again from this number.
    #[error("message {expected} is missing")]
    Missing {
        /// The number that is expected.
        expected: u64,
    },
    /// Changed, cut, of another pairing, or our own.
    #[error("message does not open")]
    Forged,
    /// Longer than [`MAX_MESSAGE`].
    #[error("message is too long")]
    TooLong,
}

/// One end of the channel. A sealed message is `counter (8 bytes, big-endian) ‖ ciphertext ‖ tag`; what was sealed may be sent again as it is.
pub struct Channel {
    send: (ChaCha20Poly1305, u64),
    receive: (ChaCha20Poly1305, u64),
}

impl Channel {
    pub(super) fn new(shared: &[u8; 32], transcript: &Digest, role: Role) -> Result<Self, PairingError> {
        let kdf = hkdf::Hkdf::<Sha256>::new(Some(transcript), shared);
        let cipher = |from: Role| {
            let mut key = Zeroizing::new([0; 32]);
            let info = [super::TYP.as_bytes(), b" from ", from.name().as_bytes()];
            kdf.expand_multi_info(&info, key.as_mut_slice()).map_err(|_| PairingError::WeakKey)?;
            ChaCha20Poly1305::new_from_slice(key.as_slice()).map_err(|_| PairingError::WeakKey)
        };
        let (offer, answer) = (cipher(Role::Offer)?, cipher(Role::Answer)?);
        Ok(match role {
            Role::Offer => Self { send: (offer, 0), receive: (answer, 0) },
            Role::Answer => Self { send: (answer, 0), receive: (offer, 0) },
        })
    }

    /// Seals the next message.
    ///
    /// # Errors
    /// [`ChannelError::TooLong`].
    pub fn seal_message(&mut self, clear: &[u8]) -> Result<Vec<u8>, ChannelError> {
        if clear.len() > MAX_MESSAGE {
            return Err(ChannelError::TooLong);
        }
        let (cipher, counter) = &mut self.send;
        let sealed = cipher.encrypt(&nonce(*counter), clear).map_err(|_| ChannelError::TooLong)?;
        let message = [counter.to_be_bytes().as_slice(), &sealed].concat();
        // Sixty-four bits do not run out; if they did, a nonce must not come twice.
        *counter = counter.checked_add(1).ok_or(ChannelError::TooLong)?;
        Ok(message)
    }

    /// Opens the next message of the other phone.
    ///
    /// # Errors
    /// [`ChannelError`] names what is wrong; the next good message still opens.
    pub fn open_message(&mut self, message: &[u8]) -> Result<Vec<u8>, ChannelError> {
        let (counter, sealed) = message.split_first_chunk().ok_or(ChannelError::Forged)?;
        let counter = u64::from_be_bytes(*counter);
        let (cipher, expected) = &mut self.receive;
        if sealed.len() > MAX_MESSAGE + 16 {
            return Err(ChannelError::TooLong);
        }
        // First whether it is genuine: what a stranger says about missing messages does not matter.
        let clear = cipher.decrypt(&nonce(counter), sealed).map_err(|_| ChannelError::Forged)?;
        match counter.cmp(expected) {
            std::cmp::Ordering::Less => Err(ChannelError::Replayed),
            std::cmp::Ordering::Greater => Err(ChannelError::Missing { expected: *expected }),
            std::cmp::Ordering::Equal => {
                *expected = expected.checked_add(1).ok_or(ChannelError::TooLong)?;
                Ok(clear)
            }
        }
    }
}

/// Four zero bytes and the counter.
fn nonce(counter: u64) -> Nonce {
    let mut n = Nonce::default();
    for (to, from) in n.iter_mut().skip(4).zip(counter.to_be_bytes()) {
        *to = from;
    }
    n
}
