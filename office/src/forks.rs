//! Fork proofs that the office holds (`docs/formats` §6.2): kept, listed, served.

use crate::error::Result;
use crate::office::Office;
use mingzheng_core::id::{Digest, Id, sha256};
use mingzheng_core::log::Fork;
use rusqlite::{Connection, params};

/// A fork proof.
pub struct Kept {
    /// The log whose key is convicted.
    pub log: Id,
    /// When it was noticed, ms.
    pub at: i64,
    /// The self-proving bytes.
    pub proof: Vec<u8>,
}
impl Kept {
    /// By this digest it is asked for.
    #[must_use]
    pub fn digest(&self) -> Digest {
        sha256(&self.proof)
    }
}

/// Keeps a fork proof of a device key if it convicts; gives its digest then.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn keep(office: &Office, log: Id, fork: &Fork) -> Result<Option<Digest>> {
    if fork.judge(&office.trust).is_err() {
        return Ok(None);
    }
    tracing::error!(%log, "a device key signed two histories; the proof is kept");
    let proof = fork.encode()?;
    let (first, second) = match fork {
        Fork::Device { first, second, .. } | Fork::Office { first, second, .. } => (first, second),
    };
    office.store.write(|tx| {
        Ok(tx.execute(
            "INSERT OR IGNORE INTO forks (log, at, first, second, proof) VALUES (?, ?, ?, ?, ?)",
            params![log.0, office.now(), first, second, proof],
        )?)
    })?;
    Ok(Some(sha256(&proof)))
}

/// Every fork proof, newest first.
///
/// # Errors
/// [`crate::error::OfficeError::Store`].
pub fn all(c: &Connection) -> Result<Vec<Kept>> {
    let mut s = c.prepare_cached(
        "SELECT f.log, f.at, f.proof, f.first, f.second, e.signed FROM forks f JOIN enrolments e ON e.log = f.log ORDER BY f.at DESC",
    )?;
    let rows = s.query_map([], |r| {
        let (log, at, proof): (_, _, Option<Vec<u8>>) = (Id(r.get(0)?), r.get(1)?, r.get(2)?);
        Ok((log, at, proof, Fork::Device { first: r.get(3)?, second: r.get(4)?, enrolment: r.get(5)?, proof: None }))
    })?;
    rows.map(|r| {
        let (log, at, proof, loose) = r?;
        // Rows of schema 1 hold two loose checkpoints.
        Ok(Kept { log, at, proof: proof.map_or_else(|| loose.encode(), Ok)? })
    })
    .collect()
}
