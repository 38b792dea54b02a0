//! Uploads of sealed files (tus 1.0.0: creation, checksum, termination, expiration) and custody receipts (P6). A tus answer only moves an offset; success is the receipt.
//!
//! A request brings one chunk with its checksum, or the whole rest as a stream (`docs/adr/0007`): both are kept piece by piece, and the offset moves when a
//! piece is durable. What makes a file complete may be broken off anywhere and is taken up again by whoever is asked about it next.

use crate::api::{Refusal, refuse};
use crate::enrol::Device;
use crate::error::{OfficeError, Result};
use crate::log;
use crate::objects::Finished;
use crate::office::Office;
use crate::store::{int, params, uint};
use crate::succession;
use chrono::DateTime;
use data_encoding::BASE64;
use mingzheng_core::id::{Digest, Id, digest_from_hex, sha256};
use mingzheng_core::log::{Custody, CustodyState, OfficeLeaf, custody_payload, issue_custody};
use mingzheng_core::seal::SealError;
use mingzheng_core::trust::Use;
use serde::{Deserialize, Serialize};
use std::sync::{MutexGuard, PoisonError};

/// Largest sealed file.
pub const MAX_LENGTH: u64 = 2 << 30;
/// Largest chunk.
pub const MAX_CHUNK: usize = 1 << 20;
const DAY_MS: i64 = 86_400_000;
const MIB: u64 = 1 << 20;

type Answer<T> = std::result::Result<T, Refusal>;

/// What is known of an upload.
struct Upload {
    length: u64,
    received: u64,
    complete: bool,
    enrolment: Id,
    moved: i64,
}

/// Where an upload stands.
pub struct Standing {
    /// So many bytes are kept.
    pub offset: u64,
    /// Of so many.
    pub length: u64,
    /// When it is removed if it does not move, as `Upload-Expires` says it; nothing once it is complete.
    pub expires: Option<String>,
}

impl Upload {
    /// All bytes are there, but whoever took the last ones stopped before it said what they are.
    fn is_pending(&self) -> bool {
        !self.complete && self.received == self.length
    }

    fn standing(&self, office: &Office) -> Standing {
        let until = self.moved.saturating_add(i64::from(office.settings.uploads.days).saturating_mul(DAY_MS));
        let date = DateTime::from_timestamp_millis(until).map(|t| t.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
        Standing { offset: self.received, length: self.length, expires: date.filter(|_| self.received < self.length) }
    }
}

/// Limits of uploads (F32).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// After so many days without a move an unfinished upload is removed.
    pub days: u32,
    /// MiB that one device may begin within a day; 0: no limit.
    pub device_mib_a_day: u64,
    /// MiB of all sealed files together; 0: as much as there is room for.
    pub total_mib: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { days: 30, device_mib_a_day: 0, total_mib: 0 }
    }
}

/// The sealed digest out of `Upload-Metadata`: `sealed` as base64 of the 32 bytes or of their hex.
#[must_use]
pub fn sealed_of(metadata: &str) -> Option<Digest> {
    let value = metadata.split(',').find_map(|pair| pair.trim().strip_prefix("sealed "))?;
    let bytes = BASE64.decode(value.trim().as_bytes()).ok()?;
    match <[u8; 32]>::try_from(bytes.as_slice()) {
        Ok(digest) => Some(digest),
        Err(_) => digest_from_hex(std::str::from_utf8(&bytes).ok()?),
    }
}

/// Begins an upload, or finds the one begun before.
///
/// # Errors
/// [`Refusal`] `too_large`, `quota_device`, `office_full`, `not_yours`, or `length` when it was begun with another length.
pub fn create(office: &Office, device: &Device, sealed: &Digest, length: u64) -> Answer<Standing> {
    if length == 0 || length > MAX_LENGTH {
        return Err(refuse(413, "too_large", "文件为空或过大 the file is empty or too large"));
    }
    office.store.write(|tx| {
        let there = tx.one("SELECT EXISTS (SELECT 1 FROM uploads WHERE sealed = ?)", params![sealed], |r| r.get::<bool>(0))?;
        if !there {
            let limits = &office.settings.uploads;
            let sum = |filter: &str, values: &[&dyn crate::store::ToValue]| {
                let sql = format!("SELECT CAST(coalesce(sum(length), 0) AS BIGINT) FROM uploads {filter}");
                tx.one(&sql, values, |r| Ok(uint(r.get(0)?)))
            };
            let own = device.enrolment.enrolment.0;
            let since = office.now() - DAY_MS;
            let over = |mib: u64, held: u64| held + length > mib.saturating_mul(MIB);
            let most = limits.device_mib_a_day;
            if most > 0 && over(most, sum("WHERE enrolment = ? AND started > ?", params![own, since])?) {
                let said = "本设备一日内上传已达上限 this device has brought as much as it may within a day";
                return Err(OfficeError::Refused(refuse(507, "quota_device", said)));
            }
            if limits.total_mib > 0 && over(limits.total_mib, sum("", params![])?) {
                return Err(OfficeError::Refused(refuse(507, "office_full", "机关存储已满 the office's storage is full")));
            }
        }
        Ok(tx.execute(
            "INSERT INTO uploads (sealed, enrolment, length, started) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            params![sealed, device.enrolment.enrolment.0, int(length), office.now()],
        )?)
    })?;
    let u = own(office, device, sealed)?;
    if u.length == length {
        Ok(u.standing(office))
    } else {
        Err(refuse(409, "length", "长度与先前不同 another length than before"))
    }
}

fn find(office: &Office, sealed: &Digest) -> Answer<Upload> {
    let row = office.store.read(|c| {
        let sql = "SELECT length, received, complete, enrolment, started FROM uploads WHERE sealed = ?";
        Ok(c.row(sql, params![sealed], |r| {
            Ok(Upload {
                length: uint(r.get(0)?),
                received: uint(r.get(1)?),
                complete: r.get::<Option<i64>>(2)?.is_some(),
                enrolment: Id(r.get(3)?),
                moved: r.get(4)?,
            })
        })?)
    })?;
    row.ok_or_else(|| refuse(404, "unknown_upload", "未创建的上传 no such upload"))
}

/// The upload, if this enrolment or one that it follows began it; one that is complete is no secret.
fn own(office: &Office, device: &Device, sealed: &Digest) -> Answer<Upload> {
    let u = find(office, sealed)?;
    let follows =
        || Ok::<_, OfficeError>(succession::lineage(office, device)?.iter().any(|d| d.enrolment.enrolment == u.enrolment));
    if u.complete || u.enrolment == device.enrolment.enrolment || follows()? {
        Ok(u)
    } else {
        Err(refuse(403, "not_yours", "此上传由另一设备开始 another device began this upload"))
    }
}

/// Where an upload stands.
///
/// # Errors
/// [`Refusal`] `unknown_upload`, `not_yours`.
pub fn standing(office: &Office, device: &Device, sealed: &Digest) -> Answer<Standing> {
    let mut u = own(office, device, sealed)?;
    if u.is_pending() {
        // A whole that is wrong was set back to its beginning: that is the answer.
        let settled = settle(office, sealed);
        if let Err(r) = settled.map_err(|r| (r.code != "checksum").then_some(r)) {
            r.map_or(Ok(()), Err)?;
        }
        u = find(office, sealed)?;
    }
    Ok(u.standing(office))
}

/// Ends an unfinished upload and forgets what there was of it (tus: termination). What was finished stays.
///
/// # Errors
/// [`Refusal`] `unknown_upload`, `not_yours`, `kept`.
pub fn terminate(office: &Office, device: &Device, sealed: &Digest) -> Answer<()> {
    own(office, device, sealed)?;
    let _alone = alone(office, sealed);
    if forget(office, sealed, i64::MAX)? {
        Ok(())
    } else {
        Err(refuse(403, "kept", "已收到的文件不得删除 a file that has arrived is kept"))
    }
}

/// Removes the unfinished uploads that have not moved since `before` (tus: expiration). Gives how many.
///
/// # Errors
/// [`OfficeError`].
pub fn expire(office: &Office, before: i64) -> Result<usize> {
    let old: Vec<Digest> = office.store.read(|c| {
        let sql = "SELECT sealed FROM uploads WHERE complete IS NULL AND received < length AND custody IS NULL AND started < ?";
        Ok(c.rows(sql, params![before], |r| r.get(0))?)
    })?;
    let mut removed = 0;
    for sealed in old {
        let _alone = alone(office, &sealed);
        removed += usize::from(forget(office, &sealed, before)?);
    }
    Ok(removed)
}

/// The moment before which uploads must have moved, to be kept now.
#[must_use]
pub fn expired_before(office: &Office) -> i64 {
    office.now().saturating_sub(i64::from(office.settings.uploads.days).saturating_mul(DAY_MS))
}

/// Forgets an upload that has neither all its bytes nor a receipt.
fn forget(office: &Office, sealed: &Digest, before: i64) -> Result<bool> {
    let sql =
        "DELETE FROM uploads WHERE sealed = ? AND complete IS NULL AND received < length AND custody IS NULL AND started < ?";
    let gone = office.store.write(|tx| Ok(tx.execute(sql, params![sealed, before])? > 0))?;
    if gone {
        office.objects.abandon(sealed)?;
    }
    Ok(gone)
}

fn wrong_offset() -> Refusal {
    refuse(409, "offset", "偏移量不符 wrong offset")
}

/// Takes a chunk and gives the new offset when it is durable. After the last one the whole digest is checked and the file is opened.
///
/// # Errors
/// [`Refusal`] `offset` or `checksum`.
pub fn append(
    office: &Office,
    device: &Device,
    sealed: &Digest,
    offset: u64,
    checksum: Option<&str>,
    chunk: &[u8],
) -> Answer<Standing> {
    if let Some(checksum) = checksum {
        let digest = checksum.strip_prefix("sha256 ").ok_or_else(|| refuse(400, "checksum_algorithm", "只支持 only sha256"))?;
        if BASE64.decode(digest.trim().as_bytes()).ok().as_deref() != Some(&sha256(chunk)) {
            return Err(refuse(460, "checksum", "校验和不符 checksum does not fit"));
        }
    }
    let mut a = Append::begin(office, device, sealed, offset)?;
    a.keep(office, chunk)?;
    a.end(office)
}

/// An append under way, piece by piece.
pub struct Append {
    sealed: Digest,
    begun: u64,
    offset: u64,
    length: u64,
}

impl Append {
    /// Where the upload stands, the append may begin.
    ///
    /// # Errors
    /// [`Refusal`] `unknown_upload`, `not_yours` or `offset`.
    pub fn begin(office: &Office, device: &Device, sealed: &Digest, offset: u64) -> Answer<Self> {
        let u = own(office, device, sealed)?;
        if u.complete || offset != u.received {
            return Err(wrong_offset());
        }
        Ok(Self { sealed: *sealed, begun: offset, offset, length: u.length })
    }

    /// Takes the next piece and returns when it is durable.
    ///
    /// # Errors
    /// [`Refusal`] `offset` when the piece goes beyond the end, or when another request has moved the upload meanwhile.
    pub fn keep(&mut self, office: &Office, piece: &[u8]) -> Answer<()> {
        let end = self.offset + piece.len() as u64;
        if end > self.length {
            return Err(wrong_offset());
        }
        let _alone = alone(office, &self.sealed);
        let u = find(office, &self.sealed)?;
        if u.complete || u.received != self.offset {
            return Err(wrong_offset());
        }
        office.objects.put(&self.sealed, self.offset, piece)?;
        if !moved(office, &self.sealed, self.offset, end)? {
            return Err(wrong_offset());
        }
        self.offset = end;
        Ok(())
    }

    /// Forgets what this append has brought: it was not what was signed.
    ///
    /// # Errors
    /// [`Refusal`] of a failure inside.
    pub fn take_back(self, office: &Office) -> Answer<()> {
        let _alone = alone(office, &self.sealed);
        moved(office, &self.sealed, self.offset, self.begun)?;
        Ok(())
    }

    /// Gives the new offset. After the last piece the whole digest is checked and the file is opened.
    ///
    /// # Errors
    /// [`Refusal`] `checksum`.
    pub fn end(self, office: &Office) -> Answer<Standing> {
        if self.offset == self.length {
            settle(office, &self.sealed)?;
        }
        Ok(Standing { offset: self.offset, ..find(office, &self.sealed)?.standing(office) })
    }
}

fn alone<'a>(office: &'a Office, sealed: &Digest) -> Option<MutexGuard<'a, ()>> {
    let lock = office.writing.get(usize::from(sealed[0]) % office.writing.len())?;
    // Nothing is guarded but the order of writers.
    Some(lock.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Moves the offset, unless another request has.
fn moved(office: &Office, sealed: &Digest, offset: u64, end: u64) -> Result<bool> {
    let moved = office.store.write(|tx| {
        Ok(tx.execute(
            "UPDATE uploads SET received = ?, complete = NULL, started = ? WHERE sealed = ? AND received = ?",
            params![int(end), office.now(), sealed, int(offset)],
        )?)
    })?;
    Ok(moved > 0)
}

/// Makes a file complete whose last piece has arrived: checks the whole digest, gives it its final name, looks inside. Whatever was done already is not
/// done again.
fn settle(office: &Office, sealed: &Digest) -> Answer<()> {
    let _alone = alone(office, sealed);
    let u = find(office, sealed)?;
    if !u.is_pending() {
        return Ok(());
    }
    match office.objects.finish(sealed, u.length)? {
        Finished::Whole => {
            look_inside(office, sealed)?;
            tracing::info!("sealed file received");
            Ok(())
        }
        Finished::Wrong => {
            office.store.write(|tx| Ok(tx.execute("UPDATE uploads SET received = 0 WHERE sealed = ?", params![sealed])?))?;
            Err(refuse(
                460,
                "checksum",
                "整个文件的摘要不符，请从头再传 the whole file has another digest; send it again from the start",
            ))
        }
    }
}

/// Opens a whole file to learn the digest of its clear content, once, and notes that it is complete. Nothing clear is stored.
fn look_inside(office: &Office, sealed: &Digest) -> Result<()> {
    let found = match office.keys.open(|| office.objects.get(sealed), &mut std::io::sink()) {
        Ok(s) => Ok((s.clear, s.clear_len)),
        Err(OfficeError::Seal(e @ (SealError::Read(_) | SealError::Write(_)))) => return Err(e.into()),
        Err(OfficeError::Seal(e)) => Err(e.to_string()),
        Err(e) => return Err(e),
    };
    let at = office.now();
    office.store.write(|tx| {
        match &found {
            Ok((clear, length)) => tx.execute(
                "UPDATE uploads SET complete = coalesce(complete, ?), clear = ?, clear_length = ? WHERE sealed = ?",
                params![at, clear, int(*length), sealed],
            )?,
            Err(fault) => tx.execute(
                "UPDATE uploads SET complete = coalesce(complete, ?), fault = ? WHERE sealed = ?",
                params![at, fault, sealed],
            )?,
        };
        Ok(())
    })
}

/// The custody receipt of a file that was opened and whose clear digest an entry names.
///
/// # Errors
/// [`Refusal`] `not_yet` until file and entry are both there; `digest_mismatch` when they disagree.
pub fn custody(office: &Office, sealed: &Digest) -> Answer<Vec<u8>> {
    let not_yet = || refuse(404, "not_yet", "文件或其条目尚未到达 the file or its entry has not arrived yet");
    let mismatch = || refuse(422, "digest_mismatch", "文件打开后与条目不符 the opened file is not what its entry says");
    let u = find(office, sealed).map_err(|_| not_yet())?;
    if u.is_pending() {
        settle(office, sealed)?;
    } else if !u.complete {
        return Err(not_yet());
    }
    let pending: bool = office.store.read(|c| {
        Ok(c.one("SELECT clear IS NULL AND fault IS NULL FROM uploads WHERE sealed = ?", params![sealed], |r| r.get(0))?)
    })?;
    if pending {
        // The server stopped between the last byte and the look inside.
        look_inside(office, sealed)?;
    }
    office.store.write(|tx| {
        type Row = (Option<Vec<u8>>, Option<Digest>, Option<i64>, Option<String>);
        let (given, clear, length, fault): Row =
            tx.one("SELECT custody, clear, clear_length, fault FROM uploads WHERE sealed = ?", params![sealed], |r| {
                Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))
            })?;
        if let Some(given) = given {
            return Ok(Ok(given));
        }
        let (Some(clear), Some(length), None) = (clear, length, fault) else { return Ok(Err(mismatch())) };
        let named: Option<(Digest, Option<i64>)> =
            tx.row("SELECT clear, length FROM wanted WHERE sealed = ? ORDER BY log, seq LIMIT 1", params![sealed], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })?;
        let fits = match named {
            Some((c, l)) => {
                if c != clear || l.is_some_and(|l| l != length) {
                    return Ok(Err(mismatch()));
                }
                true
            }
            // Papers and thumbnails are named by their clear digest alone.
            None => {
                tx.one("SELECT EXISTS (SELECT 1 FROM wanted WHERE clear = ? AND sealed IS NULL)", params![clear], |r| r.get(0))?
            }
        };
        if !fits {
            return Ok(Err(not_yet()));
        }
        let at = office.now();
        let custody = Custody { state: CustodyState::Opened, sealed: *sealed, clear, length: uint(length), at };
        let payload = sha256(&custody_payload(&custody)?);
        let receipt = log::append(office, tx, &OfficeLeaf::Custody { payload, at })?.receipt;
        let bytes = issue_custody(office.keys.signer(Use::Receipt)?, &custody, &receipt)?;
        tx.execute("UPDATE uploads SET custody = ?, opened = ? WHERE sealed = ?", params![bytes, at, sealed])?;
        Ok(Ok(bytes))
    })?
}
