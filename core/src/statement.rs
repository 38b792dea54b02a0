//! An officer's own statement: presence, co-signature or signature, by the OFFICER key (`docs/formats` §7, R06, P8).

use crate::cbor::{self, CborError, Fields, MapBuilder, Value};
use crate::id::{Digest, Id};
use crate::sign::{PublicKey, SignError, Unverified};

/// What is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum What {
    /// "I am here."
    #[default]
    Presence,
    /// "I saw this checkpoint."
    Cosign,
    /// "I sign this paper."
    Sign,
}
impl What {
    const ALL: [Self; 3] = [Self::Presence, Self::Cosign, Self::Sign];
    /// Its name in the format.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Presence => "presence",
            Self::Cosign => "cosign",
            Self::Sign => "sign",
        }
    }
}

/// The content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statement {
    /// What is stated.
    pub what: What,
    /// By whom.
    pub person: Id,
    /// 姓名.
    pub name: String,
    /// 执法证号.
    pub number: String,
    /// `officer` or `assistant`.
    pub role: String,
    /// The case.
    pub case: Id,
    /// The device's wall clock, ms.
    pub at: i64,
    /// The task.
    pub task: Option<Id>,
    /// Digest of the facts of a paper.
    pub facts: Option<Digest>,
    /// Digest of the presented PDF.
    pub presented: Option<Digest>,
    /// Digest of the words above the signature.
    pub wording: Option<Digest>,
    /// Digest of the strokes.
    pub strokes: Option<Digest>,
    /// Media segment that shows it.
    pub media: Option<String>,
    /// Who was present.
    pub present: Vec<String>,
    /// A checkpoint that is co-signed.
    pub checkpoint: Option<Digest>,
    /// Made on another officer's phone (P3): provisional.
    pub shared_device: bool,
}

impl Statement {
    /// The kind.
    pub const TYP: &'static str = "mz1/statement";

    /// The payload to sign.
    ///
    /// # Errors
    /// [`CborError`] when something is outside the profile.
    pub fn encode(&self) -> Result<Vec<u8>, CborError> {
        let present: Vec<Value> = self.present.iter().map(|p| p.as_str().into()).collect();
        let m = MapBuilder::new()
            .with("v", 1)
            .with("what", self.what.name())
            .with("person", self.person)
            .with("name", self.name.as_str())
            .with("number", self.number.as_str())
            .with("role", self.role.as_str())
            .with("case", self.case)
            .with("at", self.at)
            .maybe("task", self.task)
            .maybe("facts", self.facts)
            .maybe("presented", self.presented)
            .maybe("wording", self.wording)
            .maybe("strokes", self.strokes)
            .maybe("media", self.media.as_deref())
            .maybe("present", (!present.is_empty()).then_some(present))
            .maybe("checkpoint", self.checkpoint)
            .maybe("shared_device", self.shared_device.then_some(true));
        cbor::encode(&m.build())
    }

    /// Opens a signed statement with the OFFICER key of the enrolment.
    ///
    /// # Errors
    /// [`SignError`] names what does not fit.
    pub fn open(bytes: &[u8], officer_key: &PublicKey) -> Result<Self, SignError> {
        let payload = Unverified::read(bytes, Self::TYP)?.verify(officer_key)?;
        Ok(Self::read(cbor::decode(&payload)?)?)
    }

    fn read(value: Value) -> Result<Self, CborError> {
        let mut f = Fields::of(value)?;
        if f.req("v", "v")? != Value::Int(1) {
            return Err(CborError::Type("v"));
        }
        let what = f.req("what", "what")?.text("what")?;
        let id = |v: Value, n| v.array_of(n).map(Id);
        let s = Self {
            what: What::ALL.into_iter().find(|w| w.name() == what).ok_or(CborError::Type("what"))?,
            person: id(f.req("person", "person")?, "person")?,
            name: f.req("name", "name")?.text("name")?,
            number: f.req("number", "number")?.text("number")?,
            role: f.req("role", "role")?.text("role")?,
            case: id(f.req("case", "case")?, "case")?,
            at: f.req("at", "at")?.int("at")?,
            task: f.opt("task").map(|v| id(v, "task")).transpose()?,
            facts: f.opt("facts").map(|v| v.array_of("facts")).transpose()?,
            presented: f.opt("presented").map(|v| v.array_of("presented")).transpose()?,
            wording: f.opt("wording").map(|v| v.array_of("wording")).transpose()?,
            strokes: f.opt("strokes").map(|v| v.array_of("strokes")).transpose()?,
            media: f.opt("media").map(|v| v.text("media")).transpose()?,
            present: match f.opt("present") {
                None => Vec::new(),
                Some(v) => v.array("present")?.into_iter().map(|p| p.text("present")).collect::<Result<_, _>>()?,
            },
            checkpoint: f.opt("checkpoint").map(|v| v.array_of("checkpoint")).transpose()?,
            shared_device: f.opt("shared_device").map(|v| v.bool("shared_device")).transpose()?.unwrap_or(false),
        };
        f.end()?;
        Ok(s)
    }
}
