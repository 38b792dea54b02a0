//! What the office said of its own log, and proofs that it told two histories.

use super::digest;
use crate::id::Digest;
use crate::log::OfficeHead;
use crate::store::StoreError;
use rusqlite::{Connection, Transaction};

/// The newest head of the office's log in each epoch, with the signed answer that said it.
pub(crate) fn office_heads(c: &Connection) -> Result<Vec<(OfficeHead, Vec<u8>)>, StoreError> {
    c.prepare_cached("SELECT epoch, size, root, said FROM office_head ORDER BY epoch")?
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get::<_, Vec<u8>>(2)?, r.get(3)?)))?
        .map(|r| {
            let (epoch, size, root, said) = r?;
            Ok((OfficeHead { epoch, size, root: digest(root)? }, said))
        })
        .collect()
}
pub(crate) fn put_office_head(tx: &Transaction<'_>, head: &OfficeHead, said: &[u8]) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO office_head VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (epoch) DO UPDATE SET size = excluded.size, root = excluded.root, said = excluded.said",
        (head.epoch, head.size, head.root.to_vec(), said),
    )?;
    Ok(())
}
/// Keeps a proof that the office told two histories; `false` when it is known already.
pub(crate) fn add_office_fork(tx: &Transaction<'_>, digest: &Digest, bytes: &[u8]) -> Result<bool, StoreError> {
    Ok(tx.execute("INSERT OR IGNORE INTO office_fork VALUES (?1, ?2)", (digest.to_vec(), bytes))? > 0)
}
pub(crate) fn office_forks(c: &Connection) -> Result<Vec<Vec<u8>>, StoreError> {
    Ok(c.prepare_cached("SELECT bytes FROM office_fork ORDER BY digest")?
        .query_map([], |r| r.get(0))?
        .collect::<Result<_, _>>()?)
}
