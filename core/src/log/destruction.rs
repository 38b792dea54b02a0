//! 销毁证明: which files the office destroyed by the retention rule, why, and by whose decision; signed, and a leaf of its own log (R22, J21).

use super::LogError;
use super::receipt::{LogReceipt, OfficeLeaf};
use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::id::{Digest, sha256};
use crate::sign::Signer;
use crate::trust::{TrustList, Use};

const TYP: &str = "mz1/destruction";

/// A file that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destroyed {
    /// Digest of the sealed file.
    pub sealed: Digest,
    /// Digest of the clear file.
    pub clear: Digest,
    /// Length of the clear file.
    pub length: u64,
}

/// What a certificate of destruction says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destruction {
    /// Its number at the office.
    pub number: String,
    /// The files, in the order of the proposal.
    pub files: Vec<Destroyed>,
    /// Why.
    pub reason: String,
    /// The rule that it rests on.
    pub basis: String,
    /// Who proposed it: name and number.
    pub proposed: (String, String),
    /// Who approved it: somebody else.
    pub approved: (String, String),
    /// Office time, ms.
    pub at: i64,
}

impl Destruction {
    /// Most files in one certificate: it stays a small file.
    pub const MOST: usize = 500;

    /// The payload; its digest is the office's leaf.
    ///
    /// # Errors
    /// [`CborError`] when something is outside the profile.
    pub fn payload(&self) -> Result<Vec<u8>, CborError> {
        let file =
            |f: &Destroyed| MapBuilder::new().with("sealed", f.sealed).with("clear", f.clear).with("length", f.length).build();
        let person = |(name, number): &(String, String)| {
            MapBuilder::new().with("name", name.as_str()).with("number", number.as_str()).build()
        };
        let m = MapBuilder::new()
            .with("v", 1)
            .with("number", self.number.as_str())
            .with("files", Value::Array(self.files.iter().map(file).collect()))
            .with("reason", self.reason.as_str())
            .with("basis", self.basis.as_str())
            .with("proposed", person(&self.proposed))
            .with("approved", person(&self.approved))
            .with("at", self.at);
        cbor::encode(&m.build())
    }

    /// Signs a certificate whose leaf is already in the office's log, and gives `{"destruction", "leaf", "receipt"}` as bytes.
    /// `log_receipt` is that of the leaf `Destruction { payload: digest of the payload }`.
    ///
    /// # Errors
    /// [`LogError`] when the key does not sign.
    pub fn issue(&self, signer: &dyn Signer, log_receipt: &[u8]) -> Result<Vec<u8>, LogError> {
        let signed = crate::sign::sign(TYP, signer, self.payload()?)?;
        let mut f = Fields::of(cbor::decode(log_receipt)?)?;
        let m = MapBuilder::new()
            .with("destruction", signed)
            .with("leaf", f.req("leaf", "leaf")?)
            .with("receipt", f.req("receipt", "receipt")?);
        Ok(cbor::encode(&m.build())?)
    }

    /// Opens `{"destruction", "leaf", "receipt"}`: the office's signature, and that its own log holds it.
    ///
    /// # Errors
    /// [`LogError`] names what does not fit.
    pub fn open(bytes: &[u8], trust: &TrustList) -> Result<Self, LogError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        let signed = f.req("destruction", "destruction")?.bytes("destruction")?;
        let leaf = f.req("leaf", "leaf")?.bytes("leaf")?;
        let receipt = f.req("receipt", "receipt")?.bytes("receipt")?;
        f.end()?;
        let at = |v: &Value| Fields::of(v.clone())?.req("at", "at")?.int("at");
        let opened = trust.open_signed(&signed, TYP, Use::Receipt, at)?;
        let included = LogReceipt::check(&leaf, &receipt, sha256(bytes), trust)?;
        let mut d = Fields::of(opened.value)?;
        if d.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v").into());
        }
        let files = d.req("files", "files")?.array("files")?;
        if files.is_empty() || files.len() > Self::MOST {
            return Err(CborError::Type("files").into());
        }
        let destruction = Self {
            number: d.req("number", "number")?.text("number")?,
            files: files.into_iter().map(file).collect::<Result<_, _>>()?,
            reason: d.req("reason", "reason")?.text("reason")?,
            basis: d.req("basis", "basis")?.text("basis")?,
            proposed: person(d.req("proposed", "proposed")?)?,
            approved: person(d.req("approved", "approved")?)?,
            at: d.req("at", "at")?.int("at")?,
        };
        d.end()?;
        let same = included.leaf == OfficeLeaf::Destruction { payload: sha256(&opened.payload), at: destruction.at };
        if same { Ok(destruction) } else { Err(LogError::WrongSubject) }
    }
}

fn file(value: Value) -> Result<Destroyed, CborError> {
    let mut f = Fields::of(value)?;
    let file = Destroyed {
        sealed: f.req("sealed", "sealed")?.array_of("sealed")?,
        clear: f.req("clear", "clear")?.array_of("clear")?,
        length: f.req("length", "length")?.uint("length")?,
    };
    f.end()?;
    Ok(file)
}

fn person(value: Value) -> Result<(String, String), CborError> {
    let mut f = Fields::of(value)?;
    let person = (f.req("name", "name")?.text("name")?, f.req("number", "number")?.text("number")?);
    f.end()?;
    Ok(person)
}
