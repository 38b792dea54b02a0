//! What the outside said of a head: the file `data/outside/…` of a bundle (`docs/formats` §6.1).

use super::note::{self, SignatureLine, TextCheckpoint};
use super::{Head, LogError, LogReceipt, timestamp, tree};
use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::id::{Digest, sha256};
use crate::trust::{TrustList, TrustedKey, Use};
use std::collections::BTreeMap;

/// A head with everything that came from outside, as stored or put into a bundle; nothing is judged yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutsideFile {
    /// The signed head (`mz1/head`).
    pub head: Vec<u8>,
    /// The same head as a C2SP tlog-checkpoint, signed by the log itself.
    pub checkpoint: String,
    /// C2SP tlog-cosignature lines, without line ends.
    pub cosignatures: Vec<String>,
    /// RFC 3161 TimeStampTokens, DER.
    pub timestamps: Vec<Vec<u8>>,
    /// By path of a receipt in the bundle: that its tree is a prefix of the head's.
    pub consistency: BTreeMap<String, Vec<Digest>>,
}

impl OutsideFile {
    /// The bytes.
    ///
    /// # Errors
    /// [`CborError`] never in practice.
    pub fn encode(&self) -> Result<Vec<u8>, CborError> {
        let proof = |p: &Vec<Digest>| Value::Array(p.iter().map(|d| (*d).into()).collect());
        let consistency = self.consistency.iter().map(|(path, p)| (path.as_str().into(), proof(p))).collect();
        let m = MapBuilder::new()
            .with("head", self.head.as_slice())
            .with("checkpoint", self.checkpoint.as_str())
            .with("cosignatures", self.cosignatures.iter().map(|c| c.as_str().into()).collect::<Vec<Value>>())
            .with("timestamps", self.timestamps.iter().map(|t| t.as_slice().into()).collect::<Vec<Value>>())
            .with("consistency", Value::Map(consistency));
        cbor::encode(&m.build())
    }

    /// Reads the bytes.
    ///
    /// # Errors
    /// [`CborError`] names the deviation.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        let list = |f: &mut Fields, name: &'static str| f.req(name, name)?.array(name);
        let file = Self {
            head: f.req("head", "head")?.bytes("head")?,
            checkpoint: f.req("checkpoint", "checkpoint")?.text("checkpoint")?,
            cosignatures: list(&mut f, "cosignatures")?.into_iter().map(|c| c.text("cosignature")).collect::<Result<_, _>>()?,
            timestamps: list(&mut f, "timestamps")?.into_iter().map(|t| t.bytes("timestamp")).collect::<Result<_, _>>()?,
            consistency: match f.req("consistency", "consistency")? {
                Value::Map(m) => m
                    .into_iter()
                    .map(|(path, proof)| {
                        let proof = proof.array("proof")?.into_iter().map(|d| d.array_of("proof")).collect::<Result<_, _>>()?;
                        Ok((path.text("path")?, proof))
                    })
                    .collect::<Result<_, CborError>>()?,
                _ => return Err(CborError::Type("consistency")),
            },
        };
        f.end()?;
        Ok(file)
    }
}

/// Somebody outside who saw the head, and when, ms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenBy {
    /// Name in the trust list.
    pub name: String,
    /// By that witness's or authority's own clock, ms.
    pub at: i64,
}

/// What could not be judged, and why it is not simply bad.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unjudged {
    /// A cosignature by a name or key that the trust list does not have as `witness`.
    Cosignature(String),
    /// A time stamp by another algorithm, or by an authority of whom the trust list has no key for that time; its genTime, ms.
    Timestamp(i64),
}

/// A judged outside file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// The verified head.
    pub head: Head,
    /// Verified cosignatures.
    pub cosignatures: Vec<SeenBy>,
    /// Verified time stamps.
    pub timestamps: Vec<SeenBy>,
    /// The rest.
    pub unjudged: Vec<Unjudged>,
    /// As in [`OutsideFile`]; see [`Outside::contains`].
    pub consistency: BTreeMap<String, Vec<Digest>>,
}

impl Outside {
    /// Opens and judges: the head's signature, the text's agreement with it, each cosignature and time stamp that can be judged.
    ///
    /// # Errors
    /// [`LogError`]: something in it is wrong (`outside-bad`).
    pub fn open(bytes: &[u8], trust: &TrustList) -> Result<Self, LogError> {
        let file = OutsideFile::decode(bytes)?;
        let head = Head::open(&file.head, trust)?;
        let (body, _) = note::split(&file.checkpoint)?;
        let text = TextCheckpoint::parse(body)?;
        if (note::epoch_of(&text.origin), text.size, text.root) != (Some(head.tree.epoch), head.tree.size, head.tree.root) {
            return Err(LogError::WrongSubject);
        }
        let (mut cosignatures, mut timestamps, mut unjudged) = (vec![], vec![], vec![]);
        for line in &file.cosignatures {
            let line = SignatureLine::parse(line)?;
            let known = trust.keys.iter().filter(|k| k.usage == Use::Witness).find_map(|k| match k.key {
                TrustedKey::Verify(p) if note::is_cosignature_of(&line, &k.name, &p) => Some((k, p)),
                _ => None,
            });
            match known {
                None => unjudged.push(Unjudged::Cosignature(line.name)),
                Some((key, public)) => {
                    let seconds = note::open_cosignature(&line, body, &key.name, &public)?;
                    let at = i64::try_from(seconds).unwrap_or(i64::MAX / 1000) * 1000;
                    key.valid_at(at)?;
                    cosignatures.push(SeenBy { name: key.name.clone(), at });
                }
            }
        }
        let imprint = sha256(&file.head);
        for token in &file.timestamps {
            let stamped = timestamp::judge(token, &imprint, trust)?;
            match stamped.by {
                Some(name) => timestamps.push(SeenBy { name, at: stamped.at }),
                None => unjudged.push(Unjudged::Timestamp(stamped.at)),
            }
        }
        Ok(Self { head, cosignatures, timestamps, unjudged, consistency: file.consistency })
    }

    /// Whether somebody outside vouches for the head.
    #[must_use]
    pub fn is_witnessed(&self) -> bool {
        !self.cosignatures.is_empty() || !self.timestamps.is_empty()
    }

    /// Whether the receipt at `path` is proven to be of a prefix of the head's tree; `None` when the file says nothing of it.
    #[must_use]
    pub fn contains(&self, path: &str, receipt: &LogReceipt) -> Option<bool> {
        let proof = self.consistency.get(path)?;
        let tree = &self.head.tree;
        Some(receipt.epoch == tree.epoch && tree::is_consistent(receipt.size, &receipt.root, tree.size, &tree.root, proof))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;
    use crate::log::{OfficeHead, OfficeLeaf, issue_log_receipt};
    use crate::sign::{Signer as _, SoftwareKey};
    use crate::trust::TrustKey;

    #[test]
    fn p5_an_outside_file_is_judged_cosignature_by_cosignature_and_proves_the_prefix() {
        let (office, witness, stranger) =
            (SoftwareKey::from_seed([1; 32]), SoftwareKey::from_seed([2; 32]), SoftwareKey::from_seed([3; 32]));
        let mut trust = crate::log::test_trust(&office, Use::Receipt);
        let extra: Vec<TrustKey> = trust
            .keys
            .iter()
            .map(|k| TrustKey {
                key: TrustedKey::Verify(witness.public_key()),
                usage: Use::Witness,
                name: "w.example".into(),
                until: 100_000,
                ..k.clone()
            })
            .collect();
        trust.keys.extend(extra);
        let leaves: Vec<OfficeLeaf> =
            (0..5).map(|i| OfficeLeaf::Export { bundle: [i; 32], case: crate::id::Id([1; 16]), at: 40 }).collect();
        let hashes: Vec<_> = leaves.iter().map(|l| tree::leaf(&l.encode().unwrap())).collect();
        let receipt = issue_log_receipt(&office, "o", 0, leaves.get(2).unwrap(), 2, hashes.get(..3).unwrap()).unwrap();
        let receipt = LogReceipt::open(&receipt, &trust).unwrap();
        let head = Head { tree: OfficeHead { epoch: 0, size: 5, root: tree::root(&hashes) }, at: 50 };
        let text = TextCheckpoint::of("0123456789abcdef", &head.tree);
        let line = |name, key: &SoftwareKey, body: &str| note::cosign(body, name, 50, key).unwrap();
        let file = OutsideFile {
            head: head.issue(&office).unwrap(),
            checkpoint: text.sign(&office).unwrap(),
            cosignatures: vec![line("w.example", &witness, &text.body()), line("s.example", &stranger, &text.body())],
            timestamps: vec![],
            consistency: [("data/r".to_owned(), tree::consistency(&hashes, 3).unwrap())].into(),
        };
        let bytes = file.encode().unwrap();
        assert_eq!(OutsideFile::decode(&bytes), Ok(file.clone()));
        let o = Outside::open(&bytes, &trust).unwrap();
        assert_eq!((o.head, o.is_witnessed()), (head, true));
        assert_eq!(o.cosignatures, vec![SeenBy { name: "w.example".into(), at: 50_000 }]);
        assert_eq!(o.unjudged, vec![Unjudged::Cosignature("s.example".into())]);
        assert_eq!(o.contains("data/r", &receipt), Some(true));
        assert_eq!(o.contains("data/r", &LogReceipt { root: [0; 32], ..receipt.clone() }), Some(false));
        assert_eq!(o.contains("data/r", &LogReceipt { epoch: 1, ..receipt.clone() }), Some(false));
        assert_eq!(o.contains("data/other", &receipt), None);

        let bad = |change: &dyn Fn(&mut OutsideFile)| {
            let mut f = file.clone();
            change(&mut f);
            Outside::open(&f.encode().unwrap(), &trust).unwrap_err()
        };
        bad(&|f| f.cosignatures = vec![line("w.example", &witness, &text.body().replace('5', "6"))]);
        bad(&|f| f.checkpoint = TextCheckpoint { size: 6, ..text.clone() }.sign(&office).unwrap());
        bad(&|f| f.checkpoint = TextCheckpoint { origin: note::origin("x", 1), ..text.clone() }.sign(&office).unwrap());
        bad(&|f| f.head = head.issue(&stranger).unwrap());
        bad(&|f| f.timestamps = vec![vec![0x30, 0]]);
        bad(&|f| f.cosignatures = vec!["no line".into()]);
    }
}
