//! What is known of a case, and whether a tier's condition holds under it.

use crate::pack::{Fact, Tier};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The facts of a case that discretion asks; what is not in it is not known yet. No is 0, yes is 1, illegal gains are in fen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<Fact, u64>);

/// Whether a condition holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Yes,
    No,
    /// These facts decide.
    Depends(BTreeSet<Fact>),
}

impl Facts {
    /// With one more fact.
    #[must_use]
    pub fn with(mut self, fact: Fact, value: u64) -> Self {
        self.0.insert(fact, if fact.is_question() { value.min(1) } else { value });
        self
    }

    /// The answer to one question.
    #[must_use]
    pub fn answer(self, fact: Fact, yes: bool) -> Self {
        self.with(fact, u64::from(yes))
    }

    /// What is known of a fact.
    #[must_use]
    pub fn get(&self, fact: Fact) -> Option<u64> {
        self.0.get(&fact).copied()
    }

    pub(super) fn holds(&self, tier: &Tier) -> Holds {
        let mut open = BTreeSet::new();
        for alternative in &tier.facts {
            let known = |fact| self.get(fact);
            if alternative.iter().any(|test| known(test.fact).is_some_and(|value| !test.passes(value))) {
                continue;
            }
            let unknown: BTreeSet<Fact> = alternative.iter().map(|test| test.fact).filter(|f| known(*f).is_none()).collect();
            if unknown.is_empty() {
                return Holds::Yes;
            }
            open.extend(unknown);
        }
        match (tier.facts.is_empty(), open.is_empty()) {
            (true, _) => Holds::Yes,
            (false, true) => Holds::No,
            (false, false) => Holds::Depends(open),
        }
    }
}
