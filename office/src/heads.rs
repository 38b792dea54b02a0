//! Heads of the office's own log, published daily: signed, as C2SP checkpoint, as files, with what the outside said of them (P5).

use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::store::{Db, Row, int, params, uint};
use crate::{log, recovery};
use chrono::{FixedOffset, NaiveDate, TimeZone as _};
use mingzheng_core::log::note::{self, TextCheckpoint};
use mingzheng_core::log::{Head, OutsideFile};
use mingzheng_core::trust::Use;

/// A published head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Epoch.
    pub epoch: u64,
    /// Size.
    pub size: u64,
    /// Office time, ms.
    pub at: i64,
    /// The signed head.
    pub signed: Vec<u8>,
    /// The same as a signed C2SP note.
    pub checkpoint: String,
}

const COLUMNS: &str = "epoch, size, at, signed, checkpoint";

fn row(r: &Row<'_>) -> crate::store::Result<Published> {
    Ok(Published { epoch: uint(r.get(0)?), size: uint(r.get(1)?), at: r.get(2)?, signed: r.get(3)?, checkpoint: r.get(4)? })
}

/// Publishes the log as it is now; unchanged since, the head that there is. Nothing for an empty log or in recovery.
///
/// # Errors
/// [`OfficeError`].
pub fn publish(office: &Office) -> Result<Option<Published>> {
    let slug = note::slug(&office.fingerprint()?);
    let published = office.store.write(|tx| {
        let tree = log::head(tx)?;
        if tree.size == 0 || recovery::is_active(tx)? {
            return Ok(None);
        }
        if let Some(known) = at(tx, tree.epoch, tree.size)? {
            return Ok(Some(known));
        }
        let signer = office.keys.signer(Use::Receipt)?;
        let head = Head { tree, at: office.now() };
        let p = Published {
            epoch: tree.epoch,
            size: tree.size,
            at: head.at,
            signed: head.issue(signer)?,
            checkpoint: TextCheckpoint::of(&slug, &tree).sign(signer)?,
        };
        tx.execute(
            "INSERT INTO heads (epoch, size, at, signed, checkpoint) VALUES (?, ?, ?, ?, ?)",
            params![int(p.epoch), int(p.size), p.at, p.signed, p.checkpoint],
        )?;
        tracing::info!(epoch = p.epoch, size = p.size, "head published");
        Ok(Some(p))
    })?;
    if let Some(p) = &published {
        write_files(office, p)?;
    }
    Ok(published)
}

/// As files, for whoever carries them elsewhere: `heads/E-N.cose` and `.txt`.
fn write_files(office: &Office, p: &Published) -> Result<()> {
    let folder = office.file("heads");
    std::fs::create_dir_all(&folder).map_err(OfficeError::io(&folder))?;
    for (ending, bytes) in [("cose", p.signed.as_slice()), ("txt", p.checkpoint.as_bytes())] {
        let path = folder.join(format!("{}-{}.{ending}", p.epoch, p.size));
        if !path.exists() {
            std::fs::write(&path, bytes).map_err(OfficeError::io(&path))?;
        }
    }
    Ok(())
}

/// Publishes if there is no head of today (China's day) yet. Says whether there is a new one.
///
/// # Errors
/// [`OfficeError`].
pub fn publish_daily(office: &Office) -> Result<bool> {
    let newest = office.store.read(newest)?;
    if newest.as_ref().is_some_and(|p| day(p.at) == day(office.now())) {
        return Ok(false);
    }
    Ok(publish(office)?.is_some_and(|p| newest.is_none_or(|n| n != p)))
}

fn day(at: i64) -> Option<NaiveDate> {
    Some(FixedOffset::east_opt(8 * 3600)?.timestamp_millis_opt(at).single()?.date_naive())
}

/// The newest published head.
///
/// # Errors
/// [`OfficeError::Store`].
pub fn newest(c: &Db) -> Result<Option<Published>> {
    Ok(c.row(&format!("SELECT {COLUMNS} FROM heads ORDER BY epoch DESC, size DESC LIMIT 1"), params![], row)?)
}

/// The published head of that epoch and size.
///
/// # Errors
/// [`OfficeError::Store`].
pub fn at(c: &Db, epoch: u64, size: u64) -> Result<Option<Published>> {
    Ok(c.row(&format!("SELECT {COLUMNS} FROM heads WHERE epoch = ? AND size = ?"), params![int(epoch), int(size)], row)?)
}

/// The newest published heads, newest first.
///
/// # Errors
/// [`OfficeError::Store`].
pub fn list(c: &Db, most: u32) -> Result<Vec<Published>> {
    Ok(c.rows(&format!("SELECT {COLUMNS} FROM heads ORDER BY epoch DESC, size DESC LIMIT ?"), params![most], row)?)
}

/// A head with everything that came from outside, without proofs for receipts.
///
/// # Errors
/// [`OfficeError::Store`].
pub fn outside(c: &Db, p: &Published) -> Result<OutsideFile> {
    let rows = c.rows(
        "SELECT kind, content FROM outside WHERE epoch = ? AND size = ? ORDER BY at, kind",
        params![int(p.epoch), int(p.size)],
        |r| Ok((r.get::<String>(0)?, r.get::<Vec<u8>>(1)?)),
    )?;
    let mut file = OutsideFile { head: p.signed.clone(), checkpoint: p.checkpoint.clone(), ..OutsideFile::default() };
    for r in rows {
        match r {
            (kind, content) if kind == "timestamp" => file.timestamps.push(content),
            (_, content) => file.cosignatures.extend(String::from_utf8(content)),
        }
    }
    Ok(file)
}

/// The head as a C2SP note with the cosignatures that it got.
///
/// # Errors
/// [`OfficeError::Store`].
pub fn cosigned_note(c: &Db, p: &Published) -> Result<String> {
    let mut text = p.checkpoint.clone();
    for line in outside(c, p)?.cosignatures {
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}
