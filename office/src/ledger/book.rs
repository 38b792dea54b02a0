//! What a ledger is.

use super::Clocked;
use crate::error::Result;
use crate::office::Office;
use crate::store::Db;
use mingzheng_core::calendar::Day;
use mingzheng_core::inspection::gate::Gate;
use mingzheng_core::pack::Text;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A step in a row: what, when, by whom, on whose approval, why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step<A> {
    /// What is done.
    #[serde(flatten)]
    pub act: A,
    /// The day on which it was done.
    pub day: Day,
    /// 经办人.
    pub by: String,
    /// 批准人; empty where none is asked for.
    #[serde(default)]
    pub decided_by: String,
    /// 理由; empty where none is asked for.
    #[serde(default)]
    pub reason: String,
}

/// A ledger: its acts, what a row amounts to, and which step may follow.
pub trait Book: 'static {
    /// Its name in data, addresses and commands.
    const NAME: &'static str;
    /// 编号的字头: numbers are `投〔2026〕1号`, without gaps.
    const SIGN: &'static str;
    /// What can be done; serialized as an object with its name in `act`.
    type Act: Serialize + DeserializeOwned + Clone;
    /// What the steps amount to.
    type State;

    /// The first step; `None` for an act that begins nothing.
    fn begin(step: &Step<Self::Act>) -> Option<Self::State>;
    /// A further step.
    fn then(state: &mut Self::State, step: &Step<Self::Act>);
    /// Names of the acts that begin a row, or that may follow.
    fn open(state: Option<&Self::State>) -> Vec<&'static str>;
    /// What else keeps a step from following; its order and its common texts were looked at.
    fn gates(state: Option<&Self::State>, step: &Step<Self::Act>) -> Vec<Gate>;
    /// What only the office's other registers can answer.
    ///
    /// # Errors
    /// [`crate::error::OfficeError`].
    fn known(_office: &Office, _c: &Db, _state: Option<&Self::State>, _step: &Step<Self::Act>) -> Result<Vec<Gate>> {
        Ok(vec![])
    }
    /// An act with everything blank, with what the row knows: a form is made of it.
    fn blank(act: &str, state: Option<&Self::State>) -> Option<Self::Act>;
    /// Where the row stands.
    fn stage(state: &Self::State) -> &'static str;
    /// What the row is about: names of labels with their values; the first two stand in the list.
    fn about(state: &Self::State) -> Vec<(&'static str, String)>;
    /// The clocks that run.
    fn clocks(_state: &Self::State) -> Vec<Clocked> {
        vec![]
    }
    /// The values that a field can take.
    fn choices(_field: &str) -> &'static [&'static str] {
        &[]
    }
}

/// The name of an act in data.
#[must_use]
pub fn name<A: Serialize>(act: &A) -> String {
    let json = serde_json::to_value(act).unwrap_or_default();
    json.get("act").and_then(|v| v.as_str()).unwrap_or_default().to_owned()
}

/// Whether nothing is said.
#[must_use]
pub fn blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// A gate.
#[must_use]
pub fn gate(rule: &'static str, basis: &'static str, missing: [&str; 2], way_on: [&str; 2]) -> Gate {
    let text = |[zh, en]: [&str; 2]| Text { zh: zh.to_owned(), en: en.to_owned() };
    Gate { rule, basis, missing: text(missing), way_on: text(way_on) }
}
