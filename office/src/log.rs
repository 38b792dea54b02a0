//! The office's own log: what it did, in the order it did it. A receipt is stored before it is sent (P5, RFC 9942).

use crate::api::{Refusal, refuse};
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::store::{Db, NewRow, Tx, int, params, row, uint};
use crate::subtrees::{Growth, Log};
use mingzheng_core::id::{Digest, sha256};
use mingzheng_core::log::{LogError, LogReceipt, OfficeLeaf, issue_log_receipt_at, tree};
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
    let mut end = End::of(tx)?;
    let appended = end.append(office, leaf)?;
    end.keep(tx)?;
    Ok(appended)
}

/// The end of the log within a transaction, for several leaves one after the other; nothing of them is in the database before [`End::keep`].
pub(crate) struct End {
    epoch: u64,
    growth: Growth,
    leaves: Vec<NewRow<'static>>,
}

impl End {
    /// Where the next leaf goes.
    ///
    /// # Errors
    /// [`OfficeError::Recovery`] while none can be appended.
    pub(crate) fn of(c: &Db) -> Result<Self> {
        let epoch = epoch(c)?;
        if crate::recovery::is_active(c)? {
            return Err(OfficeError::Recovery);
        }
        let log = Log::Office(epoch);
        Ok(Self { epoch, growth: log.grow(c, log.size(c)?)?, leaves: Vec::new() })
    }

    /// Appends a leaf and signs its receipt.
    ///
    /// # Errors
    /// [`crate::error::OfficeError`]; the transaction must then be rolled back.
    pub(crate) fn append(&mut self, office: &Office, leaf: &OfficeLeaf) -> Result<Appended> {
        let (index, path) = (self.growth.border().size(), self.growth.border().next_path());
        let place = usize::try_from(index).map_err(|_| LogError::Proof)?;
        let bytes = leaf.encode()?;
        let hash = tree::leaf(&bytes);
        self.growth.push(hash);
        let root = self.growth.border().root();
        let signer = office.keys.signer(Use::Receipt)?;
        let receipt = issue_log_receipt_at(signer, &office.trust.organ, self.epoch, leaf, (place, place + 1), &root, path)?;
        self.leaves.push(row![int(self.epoch), int(index), leaf.kind().to_owned(), leaf.at(), bytes, hash, root]);
        Ok(Appended { index, receipt })
    }

    /// Stores what was appended.
    ///
    /// # Errors
    /// [`crate::error::OfficeError::Store`].
    pub(crate) fn keep(self, tx: &Tx<'_>) -> Result<()> {
        self.growth.keep(tx)?;
        Ok(tx.insert("leaves (epoch, idx, kind, at, bytes, hash, root)", &self.leaves)?)
    }
}

/// Whether a receipt of this office's log is of exactly the leaf that `of` makes with the time in it.
pub(crate) fn vouches(office: &Office, receipt: &[u8], of: impl FnOnce(i64) -> OfficeLeaf) -> bool {
    LogReceipt::open(receipt, &office.trust).is_ok_and(|r| r.leaf == of(r.leaf.at()))
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
/// [`Refusal`] `malformed`, `unknown_epoch`, `behind`, or `no_proof` where none can be made of what is kept.
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
    if from == 0 {
        return Ok(Vec::new());
    }
    log.consistency(c, from, to)?.ok_or_else(|| refuse(500, "no_proof", "不能作出证明 no proof can be made"))
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
