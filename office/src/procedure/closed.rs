//! A step that gates refuse.

use mingzheng_core::inspection::gate::Gate;
use std::fmt;

/// The gates that are closed, all of them: rule, basis, what is missing, the lawful way on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Closed(pub Vec<Gate>);

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("不能登记这一步 the step may not follow")?;
        for g in &self.0 {
            write!(f, "\n  {}（{}）{} {}", g.rule, g.basis, g.missing.zh, g.missing.en)?;
            write!(f, "\n    办法 way on: {} {}", g.way_on.zh, g.way_on.en)?;
        }
        Ok(())
    }
}
