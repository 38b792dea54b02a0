//! 频次豁免 (国办发〔2024〕54号, J30): grounds on which an inspection does not count against the yearly cap.

use super::row::Row;
use super::{Basis, Pack, Text};
use serde::{Deserialize, Serialize};

/// One ground.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    /// Row id; what the task names.
    pub id: String,
    /// In words.
    pub title: Text,
    /// Law it rests on.
    pub basis: Vec<Basis>,
    /// A city's own ground goes here.
    #[serde(default)]
    pub illustrative: bool,
}

impl Exemption {
    pub(super) fn row(&self) -> Row<'_> {
        Row {
            table: ("频次豁免", "Grounds outside the yearly cap"),
            id: &self.id,
            texts: vec![&self.title],
            basis: Some(self.basis.iter().collect()),
            illustrative: self.illustrative,
        }
    }
}

impl Pack {
    /// A ground by id.
    #[must_use]
    pub fn exemption(&self, id: &str) -> Option<&Exemption> {
        self.exemptions.iter().find(|row| row.id == id)
    }
}
