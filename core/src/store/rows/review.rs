//! What the office's reviews of cases came to.

use crate::id::Id;
use crate::store::StoreError;
use crate::wire::ReviewResult;
use rusqlite::{Connection, Transaction};

/// Keeps it; one that is known already stays as it is.
pub(crate) fn put_review(tx: &Transaction<'_>, r: &ReviewResult) -> Result<(), StoreError> {
    tx.execute(
        "INSERT OR IGNORE INTO review VALUES (?1, ?2, ?3, ?4, ?5)",
        (r.inspection.0.to_vec(), &r.number, r.at, r.agreed, &r.says),
    )?;
    Ok(())
}

/// Those of an inspection, the newest first.
pub(crate) fn reviews(c: &Connection, case: Id) -> Result<Vec<ReviewResult>, StoreError> {
    Ok(c.prepare_cached("SELECT number, at, agreed, says FROM review WHERE case_tag = ?1 ORDER BY at DESC, number")?
        .query_map([case.0.to_vec()], |r| {
            Ok(ReviewResult { inspection: case, number: r.get(0)?, at: r.get(1)?, agreed: r.get(2)?, says: r.get(3)? })
        })?
        .collect::<Result<_, _>>()?)
}
