//! Discretion (裁量, R46, R47): facts lead to rows, tiers and ranges with their sources, never to an amount; and what officers then choose is checked
//! (J13–J16, J18). Pure functions over the pack.

mod choice;
mod facts;
mod suggest;
mod version;

pub use choice::{Approval, ApprovedBy, Choice, Fined, Proof, amount, fits, leniency, measure, one_act};
pub use facts::Facts;
pub use suggest::{Offer, Suggestion, suggest};
pub use version::basis;

#[cfg(test)]
mod tests;
