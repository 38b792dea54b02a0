//! Fork proofs that the office holds (`docs/formats` §6.2): kept, listed, served.

use crate::error::Result;
use crate::office::Office;
use crate::store::{Db, params};
use mingzheng_core::id::{Digest, Id, sha256};
use mingzheng_core::log::Fork;

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
            "INSERT INTO forks (log, at, first, second, proof) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            params![log.0, office.now(), first, second, proof],
        )?)
    })?;
    Ok(Some(sha256(&proof)))
}

/// Every fork proof, newest first.
///
/// # Errors
/// [`crate::error::OfficeError::Store`].
pub fn all(c: &Db) -> Result<Vec<Kept>> {
    let rows = c.rows(
        "SELECT f.log, f.at, f.proof, f.first, f.second, e.signed FROM forks f JOIN enrolments e ON e.log = f.log
         ORDER BY f.at DESC",
        params![],
        |r| {
            let (log, at, proof): (_, _, Option<Vec<u8>>) = (Id(r.get(0)?), r.get(1)?, r.get(2)?);
            Ok((log, at, proof, Fork::Device { first: r.get(3)?, second: r.get(4)?, enrolment: r.get(5)?, proof: None }))
        },
    )?;
    rows.into_iter()
        .map(|(log, at, proof, loose)| {
            // Rows of schema 1 hold two loose checkpoints.
            Ok(Kept { log, at, proof: proof.map_or_else(|| loose.encode(), Ok)? })
        })
        .collect()
}
