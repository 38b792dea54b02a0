//! Packs.

use crate::id::Digest;
use crate::store::StoreError;
use rusqlite::{Connection, OptionalExtension as _, Transaction};

pub(crate) fn put_pack(tx: &Transaction<'_>, payload: Digest, bytes: &[u8], added: i64) -> Result<(), StoreError> {
    tx.execute("INSERT OR IGNORE INTO pack VALUES (?1, ?2, ?3)", (payload.to_vec(), bytes, added))?;
    Ok(())
}
pub(crate) fn pack(c: &Connection, payload: &Digest) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(c.prepare_cached("SELECT bytes FROM pack WHERE digest = ?1")?.query_row([payload.to_vec()], |r| r.get(0)).optional()?)
}
