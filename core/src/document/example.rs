//! The example case of a pack, `forms/example.toml`: one case from end to end that fills every form of the pack. `mingzheng pack check`
//! tries the templates with it (F12) and the samples of the docs are its papers.

use serde_json::{Map, Value};

use super::form::{Filled, FormPage, fill};
use crate::pack::{Form, Pack};

/// The facts of the case: `known` before any form, and for each form what is known at its step, what is typed and who signed.
#[derive(Debug, Clone, PartialEq)]
pub struct Example(Value);

/// Why an example cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExampleError {
    /// Not TOML.
    #[error("{0}")]
    Toml(String),
    /// It speaks of a form that the pack does not have.
    #[error("the pack has no form {0}")]
    UnknownForm(String),
    /// Who signed cannot be read.
    #[error("form.{0}.closing: {1}")]
    Closing(String, String),
    /// The case does not fill the form.
    #[error("form.{form}: missing: {missing}; wrong: {wrong}")]
    Incomplete {
        /// Id of the form.
        form: String,
        /// Required facts that are not there.
        missing: String,
        /// What cannot stand on the paper.
        wrong: String,
    },
}

impl Example {
    /// Where it stands in the folder of a pack.
    pub const PATH: &'static str = "forms/example.toml";

    /// Reads the file.
    ///
    /// # Errors
    /// [`ExampleError::Toml`], [`ExampleError::UnknownForm`].
    pub fn read(pack: &Pack, text: &str) -> Result<Self, ExampleError> {
        let facts: Value = toml::from_str(text).map_err(|error| ExampleError::Toml(error.to_string()))?;
        let named = facts.get("form").and_then(Value::as_object).into_iter().flat_map(Map::keys);
        match named.into_iter().find(|id| pack.form(id).is_none()) {
            Some(id) => Err(ExampleError::UnknownForm(id.clone())),
            None => Ok(Self(facts)),
        }
    }

    /// What the case knows at the step of a form: the case's own facts and, over them, the step's (its number, its day).
    #[must_use]
    pub fn known(&self, form: &str) -> Value {
        let mut known = self.0.get("known").and_then(Value::as_object).cloned().unwrap_or_default();
        known.extend(self.own(form, "known").and_then(Value::as_object).cloned().unwrap_or_default());
        Value::Object(known)
    }

    /// What is typed into a form.
    #[must_use]
    pub fn typed(&self, form: &str) -> Map<String, Value> {
        self.own(form, "typed").and_then(Value::as_object).cloned().unwrap_or_default()
    }

    /// The form as the case fills it.
    #[must_use]
    pub fn filled(&self, pack: &Pack, form: &Form) -> Filled {
        fill(pack, form, &self.known(&form.id), &self.typed(&form.id))
    }

    /// The form as a page: signed where the case says who signed, else ready to be signed by hand.
    ///
    /// # Errors
    /// [`ExampleError::Incomplete`], [`ExampleError::Closing`].
    pub fn page(&self, pack: &Pack, form: &Form) -> Result<FormPage, ExampleError> {
        let filled = self.filled(pack, form);
        if let Err((missing, faults)) = filled.ready() {
            let missing: Vec<_> = missing.iter().map(|m| m.field.as_str()).collect();
            let wrong: Vec<_> = faults.iter().map(ToString::to_string).collect();
            return Err(ExampleError::Incomplete { form: form.id.clone(), missing: missing.join(" "), wrong: wrong.join("; ") });
        }
        let closing = self.own(&form.id, "closing").map(|closing| serde_json::from_value(closing.clone()));
        let closing = closing.transpose().map_err(|error| ExampleError::Closing(form.id.clone(), error.to_string()))?;
        Ok(FormPage { facts: filled.facts, closing, presented: None, trust_root: None })
    }

    fn own(&self, form: &str, part: &str) -> Option<&Value> {
        self.0.get("form")?.get(form)?.get(part)
    }
}
