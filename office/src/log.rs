//! The office's own log: what it did, in the order it did it. A receipt is stored before it is sent (P5, RFC 9942).

use crate::api::{Refusal, refuse};
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::store::{Db, Tx, int, params, uint};
use crate::subtrees::Log;
use mingzheng_core::id::{Digest, sha256};
use mingzheng_core::log::{LogError, OfficeLeaf, issue_log_receipt_at, tree};
use mingzheng_core::trust::Use;
use mingzheng_core::wire::OfficeHead;

/// A leaf that was appended.
pub struct Appended {
    /// Its index.
    pub index: u64,
    /// The receipt `{"leaf", "receipt"}`.
    pub receipt: Vec<u8>,
}

/// Appends a leaf within the caller's transaction and signs its receipt.
///
/// # Errors
/// [`crate::error::OfficeError`]; the transaction must then be rolled back.
pub fn append(office: &Office, tx: &Tx<'_>, leaf: &OfficeLeaf) -> Result<Appended> {
    let epoch = epoch(tx)?;
    if crate::recovery::is_active(tx)? {
        return Err(OfficeError::Recovery);
    }
    let log = Log::Office(epoch);
    let index = log.size(tx)?;
    let place = usize::try_from(index).map_err(|_| LogError::Proof)?;
    let mut growth = log.grow(tx, index)?;
    let (bytes, path) = (leaf.encode()?, growth.border().next_path());
    let hash = tree::leaf(&bytes);
    growth.push(hash);
    let root = growth.border().root();
    let signer = office.keys.signer(Use::Receipt)?;
    let receipt = issue_log_receipt_at(signer, &office.trust.organ, epoch, leaf, (place, place + 1), &root, path)?;
    growth.keep(tx)?;
    tx.execute(
        "INSERT INTO leaves (epoch, idx, kind, at, bytes, hash, root) VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![int(epoch), int(index), leaf.kind(), leaf.at(), bytes, hash, root],
    )?;
    Ok(Appended { index, receipt })
}

/// The epoch that leaves are appended to.
///
/// # Errors
/// [`crate::error::OfficeError::Store`].
pub fn epoch(c: &Db) -> Result<u64> {
    Ok(uint(c.one("SELECT coalesce(max(epoch), 0) FROM epochs", params![], |r| r.get(0))?))
}

/// That the first `from` leaves of an epoch are a prefix of its first `to` (RFC 9162 §2.1.4).
///
/// # Errors
/// [`Refusal`] `malformed`, `unknown_epoch` or `behind`.
pub fn consistency(c: &Db, epoch: u64, from: u64, to: u64) -> std::result::Result<Vec<Digest>, Refusal> {
    if from > to {
        return Err(refuse(400, "malformed", "from > to"));
    }
    let log = Log::Office(epoch);
    let size = log.size(c)?;
    if size == 0 && epoch > 0 {
        return Err(refuse(404, "unknown_epoch", "没有此纪元 no such epoch"));
    }
    if to > size {
        return Err(Refusal { size: Some(size), ..refuse(409, "behind", "机关日志没有这么长 the log is shorter") });
    }
    Ok(log.consistency(c, from, to)?.unwrap_or_default())
}

/// The newest head of the current epoch.
///
/// # Errors
/// [`crate::error::OfficeError::Store`].
pub fn head(c: &Db) -> Result<OfficeHead> {
    let epoch = epoch(c)?;
    let last = c.row("SELECT idx, root FROM leaves WHERE epoch = ? ORDER BY idx DESC LIMIT 1", params![int(epoch)], |r| {
        Ok(OfficeHead { epoch, size: uint(r.get(0)?) + 1, root: r.get(1)? })
    })?;
    Ok(last.unwrap_or(OfficeHead { epoch, size: 0, root: sha256(&[]) }))
}
