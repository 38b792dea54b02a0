//! Heads of the office's own log, and the beginning of an epoch after a restore (`docs/formats` §6.1, P5).

use super::{LogError, OfficeLeaf};
use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::id::{Digest, sha256};
use crate::sign::{SignError, Signer, multi, sign};
use crate::trust::{Roots, TrustError, TrustList, Use};

const EPOCH_TYP: &str = "mz1/epoch";
/// Most heads that one epoch names.
const MAX_LAST: usize = 64;

/// Epoch, size and root of the office's own log. Heads of different epochs are never compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfficeHead {
    /// Grows when the log begins anew after a restore.
    pub epoch: u64,
    /// Number of leaves.
    pub size: u64,
    /// Root over them.
    pub root: Digest,
}

/// A head as the office publishes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// What of the log.
    pub tree: OfficeHead,
    /// Office time, ms.
    pub at: i64,
}

impl Head {
    /// The kind.
    pub const TYP: &'static str = "mz1/head";

    /// Signs it with a key of use `receipt`.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn issue(&self, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
        let m = MapBuilder::new()
            .with("v", 1)
            .with("epoch", self.tree.epoch)
            .with("size", self.tree.size)
            .with("root", self.tree.root)
            .with("at", self.at);
        sign(Self::TYP, signer, cbor::encode(&m.build())?)
    }

    /// Opens a signed head: signer of use `receipt`, valid at the head's time.
    ///
    /// # Errors
    /// [`TrustError`] names what does not fit.
    pub fn open(signed: &[u8], trust: &TrustList) -> Result<Self, TrustError> {
        let at = |v: &Value| Fields::of(v.clone())?.req("at", "at")?.int("at");
        let mut f = Fields::of(trust.open_signed(signed, Self::TYP, Use::Receipt, at)?.value)?;
        version(&mut f)?;
        let tree = OfficeHead {
            epoch: f.req("epoch", "epoch")?.uint("epoch")?,
            size: f.req("size", "size")?.uint("size")?,
            root: f.req("root", "root")?.array_of("root")?,
        };
        let head = Self { tree, at: f.req("at", "at")?.int("at")? };
        f.end()?;
        Ok(head)
    }
}

/// The beginning of a new tree after a restore that lost leaves: signed by k of n roots, names the newest heads known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epoch {
    /// The new epoch, ≥ 1.
    pub epoch: u64,
    /// Office time, ms.
    pub at: i64,
    /// Why, for people.
    pub reason: String,
    /// The newest heads known of the epochs before.
    pub last: Vec<OfficeHead>,
}

impl Epoch {
    /// Signs it with the roots.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign(&self, roots: &[&dyn Signer]) -> Result<Vec<u8>, SignError> {
        let last = self.last.iter().map(|h| Value::Array(vec![h.epoch.into(), h.size.into(), h.root.into()]));
        let m = MapBuilder::new()
            .with("v", 1)
            .with("epoch", self.epoch)
            .with("at", self.at)
            .with("reason", self.reason.as_str())
            .with("last", last.collect::<Vec<_>>());
        multi::sign(EPOCH_TYP, roots, cbor::encode(&m.build())?)
    }

    /// Opens an epoch that k of these roots signed, and gives the digest of its payload, which leaf 0 of the new tree names.
    ///
    /// # Errors
    /// [`LogError`] names what does not fit.
    pub fn open(bytes: &[u8], roots: &Roots) -> Result<(Self, Digest), LogError> {
        let signed = multi::MultiSigned::read(bytes, EPOCH_TYP)?;
        let (payload, _) = signed.verify(roots.k, |kid| roots.keys.iter().find(|k| k.kid() == kid).copied())?;
        let mut f = Fields::of(cbor::decode(&payload)?)?;
        version(&mut f)?;
        let last = f.req("last", "last")?.array("last")?;
        let e = Self {
            epoch: f.req("epoch", "epoch")?.uint("epoch")?,
            at: f.req("at", "at")?.int("at")?,
            reason: f.req("reason", "reason")?.text("reason")?,
            last: last
                .into_iter()
                .map(|h| {
                    let [epoch, size, root]: [Value; 3] = h.array("last")?.try_into().map_err(|_| CborError::Type("last"))?;
                    Ok(OfficeHead { epoch: epoch.uint("last")?, size: size.uint("last")?, root: root.array_of("last")? })
                })
                .collect::<Result<_, CborError>>()?,
        };
        f.end()?;
        let older = e.last.iter().all(|h| h.epoch < e.epoch);
        if e.epoch == 0 || e.last.is_empty() || e.last.len() > MAX_LAST || !older {
            return Err(CborError::Type("last").into());
        }
        Ok((e, sha256(&payload)))
    }

    /// Leaf 0 of the new tree.
    #[must_use]
    pub fn leaf(&self, payload: Digest) -> OfficeLeaf {
        OfficeLeaf::Epoch { epoch: payload, at: self.at }
    }
}

fn version(f: &mut Fields) -> Result<(), CborError> {
    if f.req("v", "v")? == Value::Int(1) { Ok(()) } else { Err(CborError::Type("v")) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;
    use crate::sign::SoftwareKey;

    fn soft(n: u8) -> SoftwareKey {
        SoftwareKey::from_seed([n; 32])
    }

    #[test]
    fn p5_a_head_opens_only_by_a_receipt_key_in_time() {
        let head = Head { tree: OfficeHead { epoch: 1, size: 7, root: [3; 32] }, at: 50 };
        let signed = head.issue(&soft(1)).unwrap();
        assert_eq!(Head::open(&signed, &crate::log::test_trust(&soft(1), Use::Receipt)), Ok(head));
        assert_eq!(Head::open(&signed, &crate::log::test_trust(&soft(1), Use::Feed)), Err(TrustError::WrongUse));
        let late = Head { at: 101, ..head }.issue(&soft(1)).unwrap();
        assert_eq!(Head::open(&late, &crate::log::test_trust(&soft(1), Use::Receipt)), Err(TrustError::Expired));
    }

    #[test]
    fn p5_an_epoch_needs_k_roots_and_names_only_older_epochs() {
        let roots = Roots { k: 2, keys: vec![soft(1).public_key(), soft(2).public_key(), soft(3).public_key()] };
        let e =
            Epoch {
                epoch: 1, at: 5, reason: "由备份恢复".into(), last: vec![OfficeHead { epoch: 0, size: 9, root: [1; 32] }]
            };
        let bytes = e.sign(&[&soft(1), &soft(3)]).unwrap();
        let (opened, digest) = Epoch::open(&bytes, &roots).unwrap();
        assert_eq!(opened, e);
        assert_eq!(e.leaf(digest), OfficeLeaf::Epoch { epoch: digest, at: 5 });
        assert!(Epoch::open(&e.sign(&[&soft(1)]).unwrap(), &roots).is_err(), "one of two");
        assert!(Epoch::open(&e.sign(&[&soft(1), &soft(9)]).unwrap(), &roots).is_err(), "a stranger does not count");
        for bad in [
            Epoch { epoch: 0, ..e.clone() },
            Epoch { last: vec![], ..e.clone() },
            Epoch { last: vec![OfficeHead { epoch: 1, size: 9, root: [1; 32] }], ..e.clone() },
        ] {
            assert!(Epoch::open(&bad.sign(&[&soft(1), &soft(2)]).unwrap(), &roots).is_err());
        }
    }
}
