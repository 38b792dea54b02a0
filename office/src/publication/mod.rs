//! 公示 of decisions at the office (R31, R37–R39, J25): a masked draft from the case, reviewed by somebody else, published beside the list of officers,
//! mended or withdrawn on an objection. Steps are only appended, each a leaf of the office's log, as those of the case.

mod draft;
mod keep;
pub mod page;
mod work;

pub use draft::draft;
pub use keep::{Kept, every, of, record};
pub use work::{Row, State, ahead, work};

use mingzheng_core::calendar::Day;
use mingzheng_core::pack::Ground;
use mingzheng_core::procedure::Actor;
use mingzheng_core::publication::{Act, Draft, Node, Outcome, Step};
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

/// A step to be altered: what the command line prints.
#[must_use]
pub fn example(node: Node, day: Day, draft: Draft) -> Step {
    let act = match node {
        Node::Drafted => Act::Drafted { draft },
        Node::Reviewed => Act::Reviewed { agreed: false, checked: Vec::new() },
        Node::Published => Act::Published,
        Node::Withheld => Act::Withheld { ground: Ground::Secret },
        Node::Objected => Act::Objected { by: String::new(), content: String::new() },
        Node::Checked => Act::Checked { outcome: Outcome::Stands },
        Node::Overturned => Act::Overturned,
        Node::Withdrawn => Act::Withdrawn,
    };
    Step { act, day, by: Actor { name: String::new(), number: String::new() }, reason: String::new() }
}
