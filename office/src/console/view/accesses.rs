//! Who looked at the case (R25).

use super::words::{office_time, short};
use crate::access;
use crate::error::Result;
use crate::office::Office;
use crate::text::{CONSOLE, html};
use mingzheng_core::id::Id;
use std::collections::BTreeMap;

/// One access.
pub(in crate::console) struct Accessed {
    /// When.
    pub at: String,
    /// What was done, HTML.
    pub act: String,
    /// To what, HTML.
    pub what: String,
    /// By which account.
    pub who: String,
}

pub(super) fn accesses(office: &Office, case: Id, names: &BTreeMap<&str, String>) -> Result<Vec<Accessed>> {
    let all = office.store.read(|c| access::list(c, case, 0))?;
    Ok(all
        .into_iter()
        .map(|r| Accessed {
            at: office_time(r.at),
            act: CONSOLE.both(&format!("access.{}", r.act.name())),
            what: match (r.what.as_str(), names.get(r.what.as_str())) {
                ("case", _) => CONSOLE.both("access.case"),
                (_, Some(name)) => html(&format!("证据 {name}"), "evidence"),
                (other, None) => html(&format!("文书 {}", short(other)), "paper"),
            },
            who: r.who,
        })
        .collect())
}
