//! The payload of `bundle.cose`: every other file of the bag with length and digest, signed by the office's export key.

use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::id::{Digest, Id};
use std::collections::BTreeMap;

/// Whether evidence is sealed to a recipient or clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Each evidence file is an age file to the named recipient.
    Sealed,
    /// Evidence is clear.
    Open,
}
impl Form {
    fn name(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Open => "open",
        }
    }
}

/// What the office exported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The case.
    pub case: Id,
    /// When, ms, by the office.
    pub at: i64,
    /// Sealed or open.
    pub form: Form,
    /// Length and digest by path.
    pub files: BTreeMap<String, (u64, Digest)>,
}

impl Manifest {
    /// The kind of object.
    pub const TYP: &'static str = "mz1/bundle";

    /// The payload to sign.
    ///
    /// # Errors
    /// [`CborError`] when something is outside the profile.
    pub fn encode(&self) -> Result<Vec<u8>, CborError> {
        let files = self
            .files
            .iter()
            .map(|(path, (len, digest))| (path.as_str().into(), Value::Array(vec![(*len).into(), (*digest).into()])))
            .collect();
        let m = MapBuilder::new()
            .with("v", 1)
            .with("case", self.case)
            .with("at", self.at)
            .with("form", self.form.name())
            .with("files", Value::Map(files));
        cbor::encode(&m.build())
    }

    /// Reads a verified payload.
    ///
    /// # Errors
    /// [`CborError`] names the deviation.
    pub fn read(value: Value) -> Result<Self, CborError> {
        let mut f = Fields::of(value)?;
        if f.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v"));
        }
        let form = f.req("form", "form")?.text("form")?;
        let Value::Map(files) = f.req("files", "files")? else { return Err(CborError::Type("files")) };
        let m = Self {
            case: Id(f.req("case", "case")?.array_of("case")?),
            at: f.req("at", "at")?.int("at")?,
            form: [Form::Sealed, Form::Open].into_iter().find(|k| k.name() == form).ok_or(CborError::Type("form"))?,
            files: files
                .into_iter()
                .map(|(path, file)| {
                    let [len, digest]: [Value; 2] = file.array("file")?.try_into().map_err(|_| CborError::Type("file"))?;
                    Ok((path.text("path")?, (len.uint("length")?, digest.array_of("digest")?)))
                })
                .collect::<Result<_, CborError>>()?,
        };
        f.end()?;
        Ok(m)
    }
}
