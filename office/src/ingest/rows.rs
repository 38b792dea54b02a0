//! Entries as rows of the database, with the files that they name.

use crate::error::Result;
use crate::store::{NewRow, Tx, int, row};
use mingzheng_core::cbor::{self, Value};
use mingzheng_core::id::{Id, digest_from_hex};
use mingzheng_core::inspection::Event;
use mingzheng_core::log::Entry;

/// Entries that are to be stored. They are made before the database is held.
#[derive(Default)]
pub(crate) struct Rows<'a> {
    entries: Vec<NewRow<'a>>,
    files: Vec<NewRow<'a>>,
}

impl<'a> Rows<'a> {
    /// Rows of entries that arrived at `at`, and whose log `adopted_by` brought where it is not the one of their own device.
    ///
    /// # Errors
    /// [`crate::error::OfficeError`] never in practice.
    pub(crate) fn of(entries: impl IntoIterator<Item = &'a Entry>, at: i64, adopted_by: Option<Id>) -> Result<Self> {
        let mut rows = Self::default();
        for e in entries {
            let (h, of_case) = (e.header(), e.header().position.as_ref());
            let disclosures = cbor::encode(&Value::Array(e.disclosures().iter().map(|d| d.bytes().into()).collect()))?;
            rows.entries.push(row![
                h.log.0,
                int(h.seq),
                of_case.map(|p| p.case.0),
                of_case.map(|p| int(p.seq)),
                at,
                e.bytes(),
                disclosures,
                e.digest(),
                e.leaf(),
                adopted_by.map(|l| l.0)
            ]);
            rows.files.extend(wanted(e));
        }
        Ok(rows)
    }

    /// Stores the rows of several, in their order.
    ///
    /// # Errors
    /// [`crate::error::OfficeError::Store`].
    pub(crate) fn insert(tx: &Tx<'_>, all: &[&Self]) -> Result<()> {
        let entries = all.iter().flat_map(|rows| &rows.entries);
        tx.insert("entries (log, seq, case_tag, case_seq, received, header, disclosures, digest, leaf, adopted_by)", entries)?;
        Ok(tx.insert("wanted (log, seq, case_tag, what, id, clear, length, sealed)", all.iter().flat_map(|rows| &rows.files))?)
    }
}

/// Kinds of entries that name a file; of the others, nearly all, the event is not read.
const NAMING: [&str; 5] = ["evidence.captured", "evidence.checked", "document.presented", "document.finished", "document.signed"];

/// The file that an entry names, as a row of `wanted`.
fn wanted(e: &Entry) -> Option<NewRow<'static>> {
    let (h, case) = (e.header(), e.header().position.as_ref()?.case);
    if !NAMING.contains(&h.kind.as_str()) {
        return None;
    }
    let (what, id, clear, length, sealed) = match Event::from_entry(e)? {
        Event::Captured { id, clear, clear_len, sealed, .. } => ("evidence", id, clear, Some(clear_len), Some(sealed)),
        Event::Checked { id, thumbnail: Some(clear), .. } => ("thumbnail", id, clear, None, None),
        Event::Presented { paper, presented, .. } => ("presented", paper, presented, None, None),
        Event::Finished { paper, digest, .. } => ("paper", paper, digest, None, None),
        Event::Signed { paper, strokes: Some(clear), .. } => ("strokes", paper, clear, None, None),
        _ => return None,
    };
    // An entry whose digest is no digest names nothing that could ever arrive; it is kept all the same.
    let clear = digest_from_hex(&clear)?;
    let sealed = sealed.and_then(|s| digest_from_hex(&s));
    Some(row![h.log.0, int(h.seq), case.0, what, id, clear, length.map(int), sealed])
}
