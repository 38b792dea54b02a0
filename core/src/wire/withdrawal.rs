//! A task that the office took back (F33, J30).

use crate::cbor::{self, CborError, Fields, MapBuilder};
use crate::id::Id;

/// The body of a feed item of kind `task_withdrawn`; sealed, as tasks are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// The task.
    pub task: Id,
    /// Office time, ms.
    pub at: i64,
    /// Why.
    pub reason: String,
}

impl Withdrawal {
    /// As the body of an item.
    ///
    /// # Errors
    /// [`CborError`] never in practice.
    pub fn encode(&self) -> Result<Vec<u8>, CborError> {
        let m = MapBuilder::new().with("v", 1).with("task", self.task).with("at", self.at).with("reason", self.reason.as_str());
        cbor::encode(&m.build())
    }

    /// From the body of an item.
    ///
    /// # Errors
    /// [`CborError`] names what is outside the format.
    pub fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let mut f = Fields::of(cbor::decode(bytes)?)?;
        if f.req("v", "v")? != cbor::Value::Int(1) {
            return Err(CborError::Type("v"));
        }
        let withdrawal = Self {
            task: Id(f.req("task", "task")?.array_of("task")?),
            at: f.req("at", "at")?.int("at")?,
            reason: f.req("reason", "reason")?.text("reason")?,
        };
        f.end()?;
        Ok(withdrawal)
    }
}
