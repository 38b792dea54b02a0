//! PDFs of papers, as presented and as finished.

use crate::id::Id;
use crate::store::StoreError;
use rusqlite::{Connection, OptionalExtension as _, Transaction};

pub(crate) fn put_presented(tx: &Transaction<'_>, paper: &str, case: Id, pdf: &[u8]) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO paper (id, case_tag, presented) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET presented = excluded.presented, final = NULL",
        (paper, case.0.to_vec(), pdf),
    )?;
    Ok(())
}
pub(crate) fn put_final(tx: &Transaction<'_>, paper: &str, pdf: &[u8]) -> Result<(), StoreError> {
    tx.execute("UPDATE paper SET final = ?2 WHERE id = ?1", (paper, pdf))?;
    Ok(())
}
/// The newest PDF of a paper: final if there is one, else presented.
pub(crate) fn paper_pdf(c: &Connection, paper: &str) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(c.prepare_cached("SELECT coalesce(final, presented) FROM paper WHERE id = ?1")?
        .query_row([paper], |r| r.get::<_, Option<Vec<u8>>>(0))
        .optional()?
        .flatten())
}
