//! The logs that this device had, and the one it has.

use super::id;
use crate::id::Id;
use crate::store::StoreError;
use rusqlite::{Connection, Transaction};

/// One of the logs that this device had, or has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnLog {
    /// Counts them from 0.
    pub life: u64,
    /// Its id.
    pub log: Id,
    /// Generation of the keys that sign it.
    pub generation: u32,
    /// Its signed enrolment, once the office has answered.
    pub enrolment: Option<Vec<u8>>,
}

pub(crate) fn put_own_log(tx: &Transaction<'_>, l: &OwnLog) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO own_log VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (life) DO UPDATE SET log = excluded.log, generation = excluded.generation, enrolment = excluded.enrolment",
        (l.life, l.log.0.to_vec(), l.generation, &l.enrolment),
    )?;
    Ok(())
}
pub(crate) fn own_logs(c: &Connection) -> Result<Vec<OwnLog>, StoreError> {
    c.prepare_cached("SELECT life, log, generation, enrolment FROM own_log ORDER BY life")?
        .query_map([], |r| Ok((r.get(0)?, r.get::<_, Vec<u8>>(1)?, r.get(2)?, r.get(3)?)))?
        .map(|r| {
            let (life, log, generation, enrolment) = r?;
            Ok(OwnLog { life, log: id(log)?, generation, enrolment })
        })
        .collect()
}
