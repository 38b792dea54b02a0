//! Exports of a case that were done before.

use super::words::office_time;
use crate::error::Result;
use crate::office::Office;
use crate::store::params;
use crate::text::CONSOLE;
use mingzheng_core::id::{Id, hex};

/// An export done before.
pub(in crate::console) struct Exported {
    /// When.
    pub at: String,
    /// `open` or `sealed`.
    pub form: String,
    /// Leaf of the office's log.
    pub leaf: i64,
    /// Digest of the bundle's payload.
    pub bundle: String,
}

pub(super) fn exports(office: &Office, case: Id) -> Result<Vec<Exported>> {
    office.store.read(|c| {
        Ok(c.rows("SELECT at, form, leaf, bundle FROM exports WHERE case_tag = ? ORDER BY at DESC", params![case.0], |r| {
            let bundle: [u8; 32] = r.get(3)?;
            let form: String = r.get(1)?;
            Ok(Exported {
                at: office_time(r.get(0)?),
                form: CONSOLE.both(&format!("export.{form}")),
                leaf: r.get(2)?,
                bundle: hex(&bundle),
            })
        })?)
    })
}
