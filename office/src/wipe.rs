//! Lost phones (F44): an order that any answer to the phone carries. The enrolment is withdrawn with it, as for every device that nobody holds any more.

use crate::error::{OfficeError, Result};
use crate::keys::random;
use crate::office::Office;
use crate::revoke;
use crate::store::{Db, params};
use crate::{feed, log};
use mingzheng_core::id::Id;
use mingzheng_core::trust::Use;
use mingzheng_core::wire::WipeOrder;

/// How long an order holds when nothing else is said, days.
pub const DAYS: u32 = 90;
const DAY_MS: i64 = 86_400_000;

/// Orders that a device be wiped, and withdraws its enrolment unless that was done. A second order takes the place of the first.
///
/// # Errors
/// [`OfficeError::NotFound`] for an unknown log; [`OfficeError::Settings`] for a term of no days or more than three years.
pub fn order(office: &Office, log: Id, days: u32, reason: &str) -> Result<WipeOrder> {
    if days == 0 || days > 1100 {
        return Err(OfficeError::Settings("有效天数应为 days must be 1 to 1100".into()));
    }
    let (device, revoked) = office.store.read(|db| {
        let all = feed::every_enrolment(office, db)?;
        let device = all.into_iter().find(|e| e.log == log).ok_or(OfficeError::NotFound("device"))?;
        Ok((device.device, revoke::is_revoked(db, log)?))
    })?;
    // First the withdrawal: an order without it would leave the device its feed.
    if !revoked {
        revoke::revoke(office, log, None, reason)?;
    }
    let at = office.now();
    let nonce = random()?;
    office.store.write(|tx| {
        let order = WipeOrder { device, log, nonce, at, not_after: at + i64::from(days) * DAY_MS, head: log::head(tx)? };
        let signed = order.issue(office.keys.signer(Use::Feed)?)?;
        tx.execute(
            "INSERT INTO wipes (log, signed, at, not_after, handed) VALUES (?, ?, ?, ?, NULL)
             ON CONFLICT (log) DO UPDATE SET signed = excluded.signed, at = excluded.at, not_after = excluded.not_after, handed = NULL",
            params![log.0, signed, at, order.not_after],
        )?;
        tracing::warn!(%log, "device is to be wiped");
        Ok(order)
    })
}

/// The order for a device, as signed, while it holds.
///
/// # Errors
/// [`OfficeError::Store`].
pub fn pending(db: &Db, log: Id, now: i64) -> Result<Option<Vec<u8>>> {
    Ok(db.row("SELECT signed FROM wipes WHERE log = ? AND not_after >= ?", params![log.0, now], |r| r.get(0))?)
}

/// Notes when the order was first given to the device.
///
/// # Errors
/// [`OfficeError::Store`].
pub fn handed(office: &Office, log: Id) -> Result<()> {
    let at = office.now();
    office.store.write(|tx| {
        if tx.execute("UPDATE wipes SET handed = ? WHERE log = ? AND handed IS NULL", params![at, log.0])? == 1 {
            tracing::warn!(%log, "the device was given its wipe order");
        }
        Ok(())
    })
}

/// When a device was ordered to be wiped, and when it was given the order.
///
/// # Errors
/// [`OfficeError::Store`].
pub fn state(db: &Db, log: Id) -> Result<Option<(i64, Option<i64>)>> {
    Ok(db.row("SELECT at, handed FROM wipes WHERE log = ?", params![log.0], |r| Ok((r.get(0)?, r.get(1)?)))?)
}
