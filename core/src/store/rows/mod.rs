//! Typed rows, a module for each kind. Functions that write take a transaction, functions that read take a connection.

mod checkpoint;
mod entry;
mod inspection;
mod office;
mod own_log;
mod pack;
mod paper;
mod review;
mod sealed;
mod task;

use super::StoreError;
use crate::id::{Digest, Id};
pub use checkpoint::*;
pub(crate) use entry::*;
pub use inspection::*;
pub(crate) use office::*;
pub use own_log::*;
pub(crate) use pack::*;
pub(crate) use paper::*;
pub(crate) use review::*;
use rusqlite::Transaction;
pub use sealed::*;
pub use task::*;

fn id(bytes: Vec<u8>) -> Result<Id, StoreError> {
    bytes.try_into().map(Id).map_err(|_| StoreError::Damaged("id"))
}
fn digest(bytes: Vec<u8>) -> Result<Digest, StoreError> {
    bytes.try_into().map_err(|_| StoreError::Damaged("digest"))
}

/// Removes a named setting.
pub(crate) fn unset(tx: &Transaction<'_>, name: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM setting WHERE name = ?1", [name])?;
    Ok(())
}

/// Takes everything parked up again.
pub(crate) fn unpark(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute("UPDATE checkpoint SET parked = NULL", [])?;
    tx.execute("UPDATE sealed SET parked = NULL", [])?;
    super::mirror::unpark(tx, None)
}
