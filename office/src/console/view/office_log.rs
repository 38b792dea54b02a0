//! The newest leaves of the office's own log.

use super::words::office_time;
use crate::error::Result;
use crate::office::Office;
use crate::store::params;
use crate::text::CONSOLE;
use mingzheng_core::id::hex;

/// A leaf of the office's log.
pub(in crate::console) struct Leaf {
    /// Index.
    pub index: i64,
    /// Kind, HTML.
    pub kind: String,
    /// When.
    pub at: String,
    /// Hash.
    pub hash: String,
}

/// The newest leaves and the head.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub(in crate::console) fn office_log(office: &Office) -> Result<(u64, String, Vec<Leaf>)> {
    office.store.read(|c| {
        let head = crate::log::head(c)?;
        let leaves = c.rows(
            "SELECT idx, kind, at, hash FROM leaves WHERE epoch = ? ORDER BY idx DESC LIMIT 500",
            params![crate::store::int(head.epoch)],
            |r| {
                let (kind, hash): (String, [u8; 32]) = (r.get(1)?, r.get(3)?);
                Ok(Leaf {
                    index: r.get(0)?,
                    kind: CONSOLE.both(&format!("leaf.{kind}")),
                    at: office_time(r.get(2)?),
                    hash: hex(&hash),
                })
            },
        )?;
        Ok((head.size, hex(&head.root), leaves))
    })
}
