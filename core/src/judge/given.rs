//! What a reader holds besides the bytes: the context of a vector.

use super::Refusal;
use crate::cbor;
use crate::id::{Digest, Id};
use crate::sign::PublicKey;
use crate::trust::{RootFingerprint, TrustList};
use serde_json::Value as Json;

/// The context lacks something, or holds it in another form: no verdict on the bytes.
const CONTEXT: Refusal = Refusal("context");

/// A context: a JSON object with bytes as lower-case hex.
#[derive(Clone, Copy)]
pub(super) struct Given<'a>(pub(super) &'a Json);

impl<'a> Given<'a> {
    fn get(self, name: &str) -> Option<&'a Json> {
        self.0.get(name).filter(|v| !v.is_null())
    }
    pub(super) fn text(self, name: &str) -> Result<&'a str, Refusal> {
        self.get(name).and_then(Json::as_str).ok_or(CONTEXT)
    }
    pub(super) fn int(self, name: &str) -> Result<i64, Refusal> {
        self.get(name).and_then(Json::as_i64).ok_or(CONTEXT)
    }
    pub(super) fn uint(self, name: &str) -> Result<u64, Refusal> {
        self.get(name).and_then(Json::as_u64).ok_or(CONTEXT)
    }
    pub(super) fn uints(self, name: &str) -> Result<Vec<u64>, Refusal> {
        let items = self.get(name).and_then(Json::as_array).ok_or(CONTEXT)?;
        items.iter().map(|v| v.as_u64().ok_or(CONTEXT)).collect()
    }
    pub(super) fn bytes(self, name: &str) -> Result<Vec<u8>, Refusal> {
        self.opt_bytes(name)?.ok_or(CONTEXT)
    }
    pub(super) fn opt_bytes(self, name: &str) -> Result<Option<Vec<u8>>, Refusal> {
        self.get(name).map(|v| v.as_str().and_then(unhex).ok_or(CONTEXT)).transpose()
    }
    pub(super) fn array<const N: usize>(self, name: &str) -> Result<[u8; N], Refusal> {
        self.bytes(name)?.try_into().map_err(|_| CONTEXT)
    }
    pub(super) fn id(self, name: &str) -> Result<Id, Refusal> {
        self.array(name).map(Id)
    }
    pub(super) fn list(self, name: &str) -> Result<Vec<Vec<u8>>, Refusal> {
        let items = self.get(name).and_then(Json::as_array).ok_or(CONTEXT)?;
        items.iter().map(|v| v.as_str().and_then(unhex).ok_or(CONTEXT)).collect()
    }
    pub(super) fn digests(self, name: &str) -> Result<Vec<Digest>, Refusal> {
        self.list(name)?.into_iter().map(|d| d.try_into().map_err(|_| CONTEXT)).collect()
    }
    /// A part of the context that is a context itself.
    pub(super) fn part(self, name: &str) -> Option<Self> {
        self.get(name).map(Self)
    }
    /// The COSE key.
    pub(super) fn key(self, name: &str) -> Result<PublicKey, Refusal> {
        cose_key(&self.bytes(name)?)
    }
    pub(super) fn keys(self, name: &str) -> Result<Vec<PublicKey>, Refusal> {
        self.list(name)?.iter().map(|k| cose_key(k)).collect()
    }
    /// The trust list of the context, only consistent in itself.
    pub(super) fn trust(self) -> Result<TrustList, Refusal> {
        TrustList::open_self_signed(&self.bytes("trust")?).map_err(|_| CONTEXT)
    }
    pub(super) fn root(self) -> Result<Option<RootFingerprint>, Refusal> {
        self.get("root").map(|v| v.as_str().and_then(RootFingerprint::parse).ok_or(CONTEXT)).transpose()
    }
    pub(super) fn has(self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

fn cose_key(bytes: &[u8]) -> Result<PublicKey, Refusal> {
    cbor::decode(bytes).ok().and_then(|v| PublicKey::from_cose(v).ok()).ok_or(CONTEXT)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).ok()
}
