//! The procedure of an administrative penalty at the office, from 立案 to 结案 (行政处罚法 51–73; J8–J12, R42–R45, R49, R59).
//!
//! A case is a list of steps that are only appended; what it is follows from them by a fold. Whether a step may follow is answered by gates, the
//! same for command line, console and whoever else appends. What the numbers of days and amounts are, and which decisions need a review,
//! comes from the pack.

mod case;
mod chosen;
mod gates;
mod on_spot;
mod review;
mod rules;
mod service;
mod step;
#[cfg(test)]
mod tests;

pub use case::{Asked, Case, Decision, Defence, Hearing, Notice, Stage};
pub use chosen::{Chosen, Earlier};
pub use gates::{history, may};
pub use on_spot::{cash, on_spot};
pub use review::{Opinion, Review, ReviewItem};
pub use rules::Rules;
pub use service::{Service, ServiceWay};
pub use step::{Act, Actor, Charge, Node, Party, Penalty, Proposal, Step};
