//! Fork proofs: one key signed two histories (`docs/formats` §6.2, P5). They prove themselves and convict the key, not a person.

use super::{Checkpoint, Head, LogError, tree};
use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::enrolment::Enrolment;
use crate::id::{Digest, Id};
use crate::trust::TrustList;

/// Two signed objects that cannot both be true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fork {
    /// A device's LOG key signed two checkpoints.
    Device {
        /// The signed enrolment of that key.
        enrolment: Vec<u8>,
        /// A signed checkpoint.
        first: Vec<u8>,
        /// Another one.
        second: Vec<u8>,
        /// For two sizes: see [`Fork::judge`].
        proof: Option<Vec<Digest>>,
    },
    /// The office's receipt key signed two heads.
    Office {
        /// A signed head.
        first: Vec<u8>,
        /// Another one.
        second: Vec<u8>,
        /// For two sizes: see [`Fork::judge`].
        proof: Option<Vec<Digest>>,
    },
}

/// The rule that convicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conviction {
    /// Two checkpoints of one number.
    SameNumber,
    /// One size, two roots.
    SameSize,
    /// The larger tree has another root at the size of the smaller one.
    NoPrefix,
}

/// Whose key is convicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Convicted {
    /// The LOG key of this device log.
    Device(Id),
    /// The receipt key of the office, in this epoch.
    Office(u64),
}

impl Fork {
    /// The bytes.
    ///
    /// # Errors
    /// [`CborError`] never in practice.
    pub fn encode(&self) -> Result<Vec<u8>, CborError> {
        let digests = |p: &Option<Vec<Digest>>| p.as_ref().map(|p| p.iter().map(|d| Value::from(*d)).collect::<Vec<_>>());
        let m = match self {
            Self::Device { enrolment, first, second, proof } => MapBuilder::new()
                .with("what", "device")
                .with("enrolment", enrolment.as_slice())
                .with("first", first.as_slice())
                .with("second", second.as_slice())
                .maybe("proof", digests(proof)),
            Self::Office { first, second, proof } => MapBuilder::new()
                .with("what", "office")
                .with("first", first.as_slice())
                .with("second", second.as_slice())
                .maybe("proof", digests(proof)),
        };
        cbor::encode(&m.with("v", 1).build())
    }

    /// Reads a fork proof; nothing is judged yet.
    ///
    /// # Errors
    /// [`CborError`] names the deviation.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        if f.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v"));
        }
        let what = f.req("what", "what")?.text("what")?;
        let first = f.req("first", "first")?.bytes("first")?;
        let second = f.req("second", "second")?.bytes("second")?;
        let proof = f
            .opt("proof")
            .map(|p| p.array("proof")?.into_iter().map(|d| d.array_of("proof")).collect::<Result<Vec<_>, _>>())
            .transpose()?;
        let fork = match what.as_str() {
            "device" => Self::Device { enrolment: f.req("enrolment", "enrolment")?.bytes("enrolment")?, first, second, proof },
            "office" => Self::Office { first, second, proof },
            _ => return Err(CborError::Type("what")),
        };
        f.end()?;
        Ok(fork)
    }

    /// Judges it: verifies both signatures with keys of the trust list and says which rule convicts whom.
    ///
    /// `proof` is for two sizes only: its first digest is the root of the larger tree at the size of the smaller one, the others
    /// prove that (RFC 9162 §2.1.4); it convicts when the smaller one's signed root is another.
    ///
    /// # Errors
    /// [`LogError`] when a signature does not verify; [`LogError::Proof`] when both can be true.
    pub fn judge(&self, trust: &TrustList) -> Result<(Convicted, Conviction), LogError> {
        match self {
            Self::Device { enrolment, first, second, proof } => {
                let e = Enrolment::open(enrolment, trust)?;
                let (a, b) = (Checkpoint::open(first, &e.log_key)?, Checkpoint::open(second, &e.log_key)?);
                let digest = Enrolment::digest(enrolment);
                if [&a, &b].iter().any(|c| c.log != e.log || c.enrolment != digest) {
                    return Err(LogError::WrongSubject);
                }
                let rule = if a.cp_no == b.cp_no && a != b {
                    Conviction::SameNumber
                } else {
                    two_trees((a.size, a.root), (b.size, b.root), proof.as_deref())?
                };
                Ok((Convicted::Device(e.log), rule))
            }
            Self::Office { first, second, proof } => {
                let (a, b) = (Head::open(first, trust)?.tree, Head::open(second, trust)?.tree);
                if a.epoch != b.epoch {
                    return Err(LogError::WrongSubject);
                }
                Ok((Convicted::Office(a.epoch), two_trees((a.size, a.root), (b.size, b.root), proof.as_deref())?))
            }
        }
    }
}

fn two_trees(a: (u64, Digest), b: (u64, Digest), proof: Option<&[Digest]>) -> Result<Conviction, LogError> {
    let (old, new) = if a.0 <= b.0 { (a, b) } else { (b, a) };
    if old.0 == new.0 {
        return if old.1 == new.1 { Err(LogError::Proof) } else { Ok(Conviction::SameSize) };
    }
    let (real, path) = proof.and_then(<[Digest]>::split_first).ok_or(LogError::Proof)?;
    let proven = old.0 > 0 && tree::is_consistent(old.0, real, new.0, &new.1, path);
    if proven && *real != old.1 { Ok(Conviction::NoPrefix) } else { Err(LogError::Proof) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking
mod tests {
    use super::*;
    use crate::log::OfficeHead;
    use crate::sign::SoftwareKey;
    use crate::trust::{TrustError, Use};

    fn head(key: &SoftwareKey, epoch: u64, size: u64, root: Digest) -> Vec<u8> {
        Head { tree: OfficeHead { epoch, size, root }, at: 50 }.issue(key).unwrap()
    }

    #[test]
    fn p5_two_heads_of_one_size_or_no_prefix_convict_the_office_and_nothing_else_does() {
        let key = SoftwareKey::from_seed([1; 32]);
        let trust = crate::log::test_trust(&key, Use::Receipt);
        let judge = |first: Vec<u8>, second: Vec<u8>, proof: Option<Vec<Digest>>| {
            let fork = Fork::Office { first, second, proof };
            let read = Fork::decode(&fork.encode().unwrap()).unwrap();
            assert_eq!(read, fork);
            read.judge(&trust)
        };
        let convicted = |rule| Ok((Convicted::Office(0), rule));
        let leaves: Vec<_> = (0..9u8).map(|i| tree::leaf(&[i])).collect();
        let root = |n: usize| tree::root(&leaves[..n]);
        assert_eq!(judge(head(&key, 0, 5, [1; 32]), head(&key, 0, 5, [2; 32]), None), convicted(Conviction::SameSize));
        assert_eq!(judge(head(&key, 0, 5, root(5)), head(&key, 0, 5, root(5)), None), Err(LogError::Proof));
        assert_eq!(judge(head(&key, 0, 5, [1; 32]), head(&key, 1, 5, [2; 32]), None), Err(LogError::WrongSubject));
        for old in [4, 5] {
            let mut proof = vec![root(old)];
            proof.extend(tree::consistency(&leaves, old).unwrap());
            let whole = || head(&key, 0, 9, root(9));
            let old = old as u64;
            assert_eq!(judge(whole(), head(&key, 0, old, [7; 32]), Some(proof.clone())), convicted(Conviction::NoPrefix));
            assert_eq!(judge(head(&key, 0, old, proof[0]), whole(), Some(proof.clone())), Err(LogError::Proof), "both are true");
            assert_eq!(judge(head(&key, 0, old, [7; 32]), whole(), None), Err(LogError::Proof));
            proof[0] = [7; 32];
            assert_eq!(judge(head(&key, 0, old, root(5)), whole(), Some(proof)), Err(LogError::Proof), "a made-up prefix");
        }
        let stranger = SoftwareKey::from_seed([2; 32]);
        assert_eq!(
            judge(head(&stranger, 0, 5, [1; 32]), head(&key, 0, 5, [2; 32]), None),
            Err(LogError::Trust(TrustError::SignerUnknown))
        );
    }
}
