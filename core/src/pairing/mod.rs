//! Pairing of two officers' phones by mutual QR (P10, R06, J1): who stands there is proven by both SHOW keys over one transcript, and an
//! encrypted channel comes out of it. Sans-IO: three messages, *offer* → *answer* → *confirm*, each shown as a QR and scanned by the other phone.
//!
//! Randomness and signatures come in from the caller: prepare, sign without any lock, finish. After a kill the pairing is simply repeated; nothing of it is stored.
//!
//! ```text
//! A: Offer::new ─ QR 1 ─▶ B: Answering::read ─ sign ─ Answering::finish ─ QR 2 ─▶ A: Offer::read_answer ─ sign ─ Confirming::finish ─ QR 3 ─▶ B: Waiting::read_confirm
//! ```

mod channel;
mod message;
mod mirror;

pub use channel::{Channel, ChannelError, MAX_MESSAGE};
pub use message::{from_text, to_text};
pub use mirror::{Border, MAX_BODY, Mirror, MirrorError, PART, Parts, Step, Taken, submission};

use crate::badge::{Badge, BadgeError, day_of};
use crate::cbor::CborError;
use crate::enrolment::Enrolment;
use crate::id::{Digest, Id, sha256};
use crate::sign::{Prepared, PublicKey, RawSignature, SignError, Unverified};
use crate::trust::{TrustError, TrustList};
use message::{Answer, Confirm, Transcript};
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};
use zeroize::Zeroizing;

/// The kind of the two signatures (`docs/formats` §11).
pub const TYP: &str = "mz1/pair";

/// Why two phones do not pair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PairingError {
    /// The scanned text is no pairing message, or cut short.
    #[error("no pairing code, or not scanned as a whole")]
    Unreadable,
    /// Another step of the pairing than expected.
    #[error("pairing code of another step")]
    OtherStep,
    /// Malformed, or a signature does not verify: the codes are not of one pairing, or somebody changed them.
    #[error("{0}")]
    Sign(#[from] SignError),
    /// The other badge is not one of a trusted office.
    #[error("the other badge: {0}")]
    Badge(#[from] BadgeError),
    /// The other phone's enrolment is not one of a trusted office.
    #[error("the other enrolment: {0}")]
    Trust(#[from] TrustError),
    /// The other phone stands in another task.
    #[error("the other phone is in another task")]
    OtherTask,
    /// The second officer is the first one again (J1).
    #[error("both badges are of the same person")]
    SamePerson,
    /// The same phone, or its copy.
    #[error("both phones are of the same enrolment")]
    SameEnrolment,
    /// The other certificate is no longer valid.
    #[error("the other certificate expired on {0}")]
    CertificateExpired(u32),
    /// A key of low order: somebody wants a shared secret that everybody knows.
    #[error("key exchange with a weak key")]
    WeakKey,
    /// The enrolment is another one than the one that was paired.
    #[error("another enrolment than the paired one")]
    OtherEnrolment,
}
impl From<CborError> for PairingError {
    fn from(e: CborError) -> Self {
        Self::Sign(e.into())
    }
}

/// What a phone says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// Its signed badge.
    pub badge: Vec<u8>,
    /// The certificate number on it.
    pub number: String,
    /// Its SHOW key.
    pub show_key: PublicKey,
    /// Digest of its signed enrolment.
    pub enrolment: Digest,
    /// The task of both.
    pub task: Id,
}

/// The other phone, as its badge says; its signature has verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The verified badge.
    pub badge: Badge,
    /// Digest of its signed enrolment, bound by the transcript; see [`Peer::enrolled`].
    pub enrolment: Digest,
    /// The credential is past its own life: work goes on with a recorded reason (P7).
    pub stale: bool,
}

impl Peer {
    fn read(signed: &[u8], enrolment: Digest, own: &Own, trust: &TrustList, now_ms: i64) -> Result<Self, PairingError> {
        let badge = Badge::open(signed, trust)?;
        if enrolment == own.enrolment || badge.show_key == own.show_key || signed == own.badge {
            return Err(PairingError::SameEnrolment);
        }
        if badge.officer.number == own.number {
            return Err(PairingError::SamePerson);
        }
        if badge.officer.until < day_of(now_ms) {
            return Err(PairingError::CertificateExpired(badge.officer.until));
        }
        let stale = badge.expires.saturating_mul(1000) < now_ms;
        Ok(Self { badge, enrolment, stale })
    }

    /// Checks the other phone's signed enrolment, the first message of the channel: only with it are its log and its person known.
    ///
    /// # Errors
    /// [`PairingError`]; [`PairingError::SamePerson`] when the office knows both as one person, whatever the certificates say.
    pub fn enrolled(&self, signed: &[u8], trust: &TrustList, own_person: Id) -> Result<Enrolment, PairingError> {
        if sha256(signed) != self.enrolment {
            return Err(PairingError::OtherEnrolment);
        }
        let e = Enrolment::open(signed, trust)?;
        if e.show_key != self.badge.show_key {
            return Err(PairingError::OtherEnrolment);
        }
        if e.person == own_person { Err(PairingError::SamePerson) } else { Ok(e) }
    }
}

/// Two paired phones.
pub struct Paired {
    /// The other one.
    pub peer: Peer,
    /// Digest of the transcript that both signed; goes into both logs.
    pub transcript: Digest,
    /// The encrypted channel.
    pub channel: Channel,
}

/// The first phone: shows QR 1 and waits for QR 2.
pub struct Offer {
    own: Own,
    secret: Zeroizing<[u8; 32]>,
}

impl Offer {
    /// Begins; `secret` are 32 fresh random bytes.
    #[must_use]
    pub fn new(own: Own, secret: [u8; 32]) -> Self {
        Self { own, secret: Zeroizing::new(secret) }
    }

    /// The offer: QR 1.
    ///
    /// # Errors
    /// [`PairingError::Sign`] never in practice.
    pub fn message(&self) -> Result<Vec<u8>, PairingError> {
        let o = message::Offer {
            task: self.own.task,
            ephemeral: public(&self.secret),
            enrolment: self.own.enrolment,
            badge: self.own.badge.clone(),
        };
        o.encode()
    }

    /// Takes QR 2. The offer stays as it is, so that a misread code can be scanned again.
    ///
    /// # Errors
    /// [`PairingError`] names what does not fit.
    pub fn read_answer(&self, answer: &[u8], trust: &TrustList, now_ms: i64) -> Result<Confirming, PairingError> {
        let a = Answer::decode(answer)?;
        let peer = Peer::read(&a.badge, a.enrolment, &self.own, trust, now_ms)?;
        let transcript = Transcript {
            task: self.own.task,
            offer: (sha256(&self.own.badge), self.own.enrolment, public(&self.secret)),
            answer: (sha256(&a.badge), a.enrolment, a.ephemeral),
        }
        .digest()?;
        verify(&a.signature, &peer.badge.show_key, Role::Answer, &transcript)?;
        let channel = Channel::new(&*shared(&self.secret, a.ephemeral)?, &transcript, Role::Offer)?;
        let prepared = prepare(&self.own.show_key, Role::Offer, &transcript)?;
        Ok(Confirming { paired: Paired { peer, transcript, channel }, prepared })
    }
}

/// The first phone after QR 2: signs and shows QR 3.
pub struct Confirming {
    paired: Paired,
    prepared: Prepared,
}

impl Confirming {
    /// The other one, to be shown before the officer goes on.
    #[must_use]
    pub fn peer(&self) -> &Peer {
        &self.paired.peer
    }
    /// What the SHOW key is to sign.
    ///
    /// # Errors
    /// [`PairingError::Sign`] never in practice.
    pub fn to_sign(&self) -> Result<Vec<u8>, PairingError> {
        Ok(self.prepared.message()?)
    }
    /// The confirmation, QR 3, and the finished pairing.
    ///
    /// # Errors
    /// [`PairingError::Sign`] when the platform gave no signature.
    pub fn finish(self, signature: &RawSignature) -> Result<(Vec<u8>, Paired), PairingError> {
        Ok((Confirm { signature: self.prepared.finish(signature)? }.encode()?, self.paired))
    }
}

/// The second phone after QR 1: signs and shows QR 2.
pub struct Answering {
    answer: Answer,
    waiting: Waiting,
    prepared: Prepared,
}

impl Answering {
    /// Takes QR 1; `secret` are 32 fresh random bytes. The peer is not proven yet, only its badge was verified.
    ///
    /// # Errors
    /// [`PairingError`] names what does not fit.
    pub fn read(offer: &[u8], own: &Own, secret: [u8; 32], trust: &TrustList, now_ms: i64) -> Result<Self, PairingError> {
        let o = message::Offer::decode(offer)?;
        let peer = Peer::read(&o.badge, o.enrolment, own, trust, now_ms)?;
        if o.task != own.task {
            return Err(PairingError::OtherTask);
        }
        let secret = Zeroizing::new(secret);
        let ephemeral = public(&secret);
        let transcript = Transcript {
            task: own.task,
            offer: (sha256(&o.badge), o.enrolment, o.ephemeral),
            answer: (sha256(&own.badge), own.enrolment, ephemeral),
        }
        .digest()?;
        let channel = Channel::new(&*shared(&secret, o.ephemeral)?, &transcript, Role::Answer)?;
        Ok(Self {
            answer: Answer { ephemeral, enrolment: own.enrolment, badge: own.badge.clone(), signature: Vec::new() },
            waiting: Waiting { paired: Paired { peer, transcript, channel } },
            prepared: prepare(&own.show_key, Role::Answer, &transcript)?,
        })
    }
    /// Who made the offer, as the badge in it says.
    #[must_use]
    pub fn claimed_peer(&self) -> &Peer {
        &self.waiting.paired.peer
    }
    /// What the SHOW key is to sign.
    ///
    /// # Errors
    /// [`PairingError::Sign`] never in practice.
    pub fn to_sign(&self) -> Result<Vec<u8>, PairingError> {
        Ok(self.prepared.message()?)
    }
    /// The answer: QR 2.
    ///
    /// # Errors
    /// [`PairingError::Sign`] when the platform gave no signature.
    pub fn finish(mut self, signature: &RawSignature) -> Result<(Vec<u8>, Waiting), PairingError> {
        self.answer.signature = self.prepared.finish(signature)?;
        Ok((self.answer.encode()?, self.waiting))
    }
}

/// The second phone waiting for QR 3.
pub struct Waiting {
    paired: Paired,
}

impl Waiting {
    /// Takes QR 3. A misread or foreign code gives `self` back, so that it can be scanned again.
    ///
    /// # Errors
    /// [`PairingError`] names what does not fit.
    pub fn read_confirm(self, confirm: &[u8]) -> Result<Paired, (PairingError, Box<Self>)> {
        let checked = Confirm::decode(confirm)
            .and_then(|c| verify(&c.signature, &self.paired.peer.badge.show_key, Role::Offer, &self.paired.transcript));
        match checked {
            Ok(()) => Ok(self.paired),
            Err(e) => Err((e, Box::new(self))),
        }
    }
}

/// Which side somebody is on; signed, so that no signature can be turned back on its maker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Offer,
    Answer,
}
impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Answer => "answer",
        }
    }
}

fn prepare(key: &PublicKey, role: Role, transcript: &Digest) -> Result<Prepared, PairingError> {
    Ok(Prepared::detached(TYP, key, message::signed(role.name(), transcript)?)?)
}

fn verify(signature: &[u8], key: &PublicKey, role: Role, transcript: &Digest) -> Result<(), PairingError> {
    let payload = message::signed(role.name(), transcript)?;
    Ok(Unverified::read(signature, TYP)?.verify_detached(key, &payload)?)
}

fn public(secret: &[u8; 32]) -> [u8; 32] {
    x25519(*secret, X25519_BASEPOINT_BYTES)
}

fn shared(secret: &[u8; 32], other: [u8; 32]) -> Result<Zeroizing<[u8; 32]>, PairingError> {
    let shared = Zeroizing::new(x25519(*secret, other));
    if *shared == [0; 32] { Err(PairingError::WeakKey) } else { Ok(shared) }
}

#[cfg(test)]
mod mirror_tests;
#[cfg(test)]
mod tests;
