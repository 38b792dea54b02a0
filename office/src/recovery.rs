//! Recovery: the office notices that it is older than what it has answered, stops giving receipts, and goes on in a new epoch that the roots signed (P5).

use crate::error::{OfficeError, Result};
use crate::log;
use crate::office::Office;
use crate::store::{Db, Tx, int, params, uint};
use mingzheng_core::id::{Digest, digest_from_hex, hex};
use mingzheng_core::log::{Epoch, Head, OfficeHead};
use mingzheng_core::sign::Signer;
use mingzheng_core::wire::held_head;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

/// Notes the newest head that was answered, outside the database: a database that is put back alone is behind it.
const MARK: &str = "newest-head";

/// How a head that somebody holds stands to the office's own log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The log contains it.
    Consistent,
    /// The log is behind it: leaves were lost.
    Ahead,
    /// The log has another root at that size.
    Contradicts,
}
impl Heard {
    /// Its name in the answer.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Consistent => "consistent",
            Self::Ahead => "ahead",
            Self::Contradicts => "contradicts",
        }
    }
}

/// Whether receipts are withheld: a head of the current or a later epoch is known that the log does not contain.
///
/// # Errors
/// [`OfficeError::Store`].
pub fn is_active(c: &Db) -> Result<bool> {
    Ok(c.one("SELECT EXISTS (SELECT 1 FROM ahead WHERE epoch >= ?)", params![int(log::epoch(c)?)], |r| r.get(0))?)
}

/// Judges a signed response or head of this office that somebody holds.
///
/// # Errors
/// [`OfficeError::Wire`] when this office did not sign it.
pub fn hear_signed(office: &Office, bytes: &[u8]) -> Result<Heard> {
    let head = match Head::open(bytes, &office.trust) {
        Ok(head) => head.tree,
        Err(_) => held_head(bytes, &office.trust)?,
    };
    hear(office, &head, bytes)
}

fn hear(office: &Office, head: &OfficeHead, proof: &[u8]) -> Result<Heard> {
    let heard = office.store.read(|c| compare(c, head))?;
    if heard != Heard::Consistent {
        tracing::error!(
            epoch = head.epoch,
            size = head.size,
            state = heard.name(),
            "this log is not what was answered before: recovery"
        );
        office.store.write(|tx| {
            Ok(tx.execute(
                "INSERT INTO ahead (epoch, size, root, proof, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                params![int(head.epoch), int(head.size), head.root, proof, office.now()],
            )?)
        })?;
    }
    Ok(heard)
}

fn compare(c: &Db, head: &OfficeHead) -> Result<Heard> {
    if head.size == 0 {
        return Ok(Heard::Consistent);
    }
    let own: Option<Digest> =
        c.row("SELECT root FROM leaves WHERE epoch = ? AND idx = ?", params![int(head.epoch), int(head.size - 1)], |r| r.get(0))?;
    Ok(match own {
        None => Heard::Ahead,
        Some(root) if root == head.root => Heard::Consistent,
        Some(_) => Heard::Contradicts,
    })
}

/// Compares the log with the mark, when the office's folder is opened.
///
/// # Errors
/// [`OfficeError`].
pub fn check_mark(office: &Office) -> Result<()> {
    let Some(head) = read_mark(&office.file(MARK)) else { return Ok(()) };
    hear(office, &head, b"mark").map(|_| ())
}

fn read_mark(path: &Path) -> Option<OfficeHead> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut parts = text.split_whitespace();
    let (epoch, size, root) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, digest_from_hex(parts.next()?)?);
    Some(OfficeHead { epoch, size, root })
}

/// Notes a head before it is answered. A mark that a power cut loses is no harm: phones hold heads too.
///
/// # Errors
/// [`OfficeError::Io`].
pub fn mark(office: &Office, head: &OfficeHead) -> Result<()> {
    let path = office.file(MARK);
    let mut marked = office.marked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let known = match *marked {
        Some(known) => known,
        None => read_mark(&path).map_or((0, 0), |h| (h.epoch, h.size)),
    };
    let new = (head.epoch, head.size);
    if new > known {
        // In place, and of one length: a name given anew would make the file system write it out, once for each answer.
        let line = format!("{:020} {:020} {}\n", head.epoch, head.size, hex(&head.root));
        let write = || OpenOptions::new().create(true).truncate(false).write(true).open(&path)?.write_all(line.as_bytes());
        write().map_err(OfficeError::io(&path))?;
    }
    *marked = Some(new.max(known));
    Ok(())
}

/// Begins a new epoch, signed by the roots, that names the newest heads known; from now on receipts are given again.
///
/// # Errors
/// [`OfficeError::Settings`] when the office is not in recovery and `restored` does not say that it was set back; [`OfficeError::Log`] when too few roots sign.
pub fn begin_epoch(office: &Office, roots: &[&dyn Signer], reason: &str, restored: bool) -> Result<Epoch> {
    office.store.write(|tx| {
        if !restored && !is_active(tx)? {
            return Err(OfficeError::Settings("机关不在恢复状态 the office is not in recovery".into()));
        }
        let last = newest_known(tx)?;
        let epoch = last.keys().next_back().map_or(1, |e| e + 1);
        let last = last.into_values().collect();
        let e = Epoch { epoch, at: office.now(), reason: reason.to_owned(), last };
        let signed = e.sign(roots)?;
        // Too few or wrong roots would make an epoch that no phone believes.
        let (opened, digest) = Epoch::open(&signed, &office.trust.roots)?;
        tx.execute("INSERT INTO epochs (epoch, signed, at) VALUES (?, ?, ?)", params![int(epoch), signed, opened.at])?;
        log::append(office, tx, &opened.leaf(digest))?;
        tracing::warn!(epoch, "a new epoch of the office's log began");
        Ok(opened)
    })
}

/// The newest head known of each epoch: held by others, or of the own log.
fn newest_known(tx: &Tx<'_>) -> Result<BTreeMap<u64, OfficeHead>> {
    let heads = tx.rows(
        "SELECT epoch, size, root FROM ahead UNION ALL
         SELECT epoch, idx + 1, root FROM leaves l WHERE idx = (SELECT max(idx) FROM leaves WHERE epoch = l.epoch)
         ORDER BY 2",
        params![],
        |r| Ok(OfficeHead { epoch: uint(r.get(0)?), size: uint(r.get(1)?), root: r.get(2)? }),
    )?;
    let mut newest = BTreeMap::new();
    for head in heads {
        newest.insert(head.epoch, head);
    }
    Ok(newest)
}
