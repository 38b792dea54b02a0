//! Cases of administrative penalties at the office, from 受理 to 结案 (R42–R45, R49, R59; 行政处罚法 54–73).
//!
//! A case is kept as steps that are only appended, each a leaf of the office's own log as a salted digest; what it is follows from them by the
//! core's fold, and whether a step may follow is answered by the core's gates over the newest pack.

mod annex;
mod applied;
mod clocks;
mod closed;
mod draft;
mod example;
mod issued;
mod keep;
mod next;
mod offers;
mod papers;
mod rules;
mod similar;
mod volume;

pub(crate) use annex::{Annex, append as append_record, of as records};
pub use clocks::{Running, clocks, next_due, publication_clocks};
pub use closed::Closed;
pub use draft::{Draft, draft, filled};
pub(crate) use example::DISCRETION;
pub use example::example;
pub use issued::{Added, Issued, bytes, issue, issued, valid, void, which};
pub(crate) use keep::readable;
pub use keep::{Kept, Procedure, accept, all, by_id, by_number, is_logged, of_inspection, record, record_with};
pub use next::{Next, next};
pub use offers::{earlier, lines, offers, range_words, rows, same_kind, tier_words};
pub(crate) use papers::penalties;
pub use papers::{Paper, papers};
pub use rules::{Ruled, check, rules};
pub use similar::{Similar, similar, span};
pub use volume::{Entry, volume};

use mingzheng_core::procedure::Node;
use serde_json::Value;

/// A node's name in data.
#[must_use]
pub fn name(node: Node) -> String {
    serde_json::to_value(node).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A node from its name.
#[must_use]
pub fn from_name(name: &str) -> Option<Node> {
    serde_json::from_value(Value::from(name)).ok()
}
