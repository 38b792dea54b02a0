//! The challenge of the party's page: eight digits that are typed or scanned; the next frames answer them (P7).

use super::state::Inner;
use super::{Phone, PhoneError};
use crate::badge::verdict::CHALLENGE_MS;
use crate::badge::{Challenge, challenge};
use crate::clock::Reading;

/// A challenge that is being answered.
pub(crate) struct HeldChallenge {
    value: Challenge,
    taken: Reading,
}

impl Phone {
    /// Takes the page's eight digits; spaces do not matter. Every badge and assignment frame answers them until [`Phone::end_challenge`], another
    /// challenge, or so many milliseconds as are given back.
    ///
    /// # Errors
    /// [`PhoneError::NotAChallenge`] for anything else; what was being answered before goes on.
    pub fn take_challenge(&self, digits: &str) -> Result<u64, PhoneError> {
        let value = challenge(digits)?;
        let taken = self.host.clock.now();
        self.with(|i| {
            i.challenge = Some(HeldChallenge { value, taken });
            Ok(CHALLENGE_MS.unsigned_abs())
        })
    }

    /// The party has seen the answer, or wants another one.
    ///
    /// # Errors
    /// [`PhoneError::Closed`].
    pub fn end_challenge(&self) -> Result<(), PhoneError> {
        self.with(|i| {
            i.challenge = None;
            Ok(())
        })
    }
}

impl Inner {
    /// The challenge to answer now, and for how many milliseconds; one that is over is dropped.
    pub(crate) fn open_challenge(&mut self, now: &Reading) -> Option<(Challenge, u64)> {
        let left = self.challenge.as_ref().and_then(|c| {
            let age = now.mono_ms.checked_sub(c.taken.mono_ms).filter(|_| c.taken.boot == now.boot)?;
            CHALLENGE_MS.unsigned_abs().checked_sub(age).filter(|left| *left > 0)
        });
        if left.is_none() {
            self.challenge = None;
        }
        self.challenge.as_ref().map(|c| c.value).zip(left)
    }
}
