//! The payload of `bundle.cose`: every other file of the bag with length and digest, signed by the office's export key.

use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::id::{Digest, Id};
use std::collections::{BTreeMap, BTreeSet};

/// Whether evidence is sealed to a recipient or clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Each evidence file is an age file to the named recipient.
    Sealed,
    /// Evidence is clear.
    Open,
    /// For the inspected party: what it may not have is withheld, its place is proven.
    Party,
}
impl Form {
    fn name(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Open => "open",
            Self::Party => "party",
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
    /// For whom.
    pub form: Form,
    /// Ids of evidence that is not handed over.
    pub withheld: BTreeSet<String>,
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
        let withheld: Vec<Value> = self.withheld.iter().map(|id| id.as_str().into()).collect();
        let m = MapBuilder::new()
            .with("v", 1)
            .with("case", self.case)
            .with("at", self.at)
            .with("form", self.form.name())
            .with("files", Value::Map(files))
            .maybe("withheld", (!withheld.is_empty()).then_some(withheld));
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
        let withheld = match f.opt("withheld").map(|w| w.array("withheld")).transpose()? {
            None => BTreeSet::new(),
            Some(ids) if ids.is_empty() => return Err(CborError::Type("withheld")),
            Some(ids) => ids.into_iter().map(|id| id.text("withheld")).collect::<Result<_, _>>()?,
        };
        let m = Self {
            case: Id(f.req("case", "case")?.array_of("case")?),
            at: f.req("at", "at")?.int("at")?,
            withheld,
            form: [Form::Sealed, Form::Open, Form::Party]
                .into_iter()
                .find(|k| k.name() == form)
                .ok_or(CborError::Type("form"))?,
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
