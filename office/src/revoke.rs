//! Withdrawal of a device's enrolment: an act on the office's log; from then on nothing of the device is accepted (P3, F40, F43).

use crate::error::{OfficeError, Result};
use crate::log;
use crate::office::Office;
use crate::store::{Db, params};
use mingzheng_core::enrolment::Enrolment;
use mingzheng_core::id::Id;
use mingzheng_core::log::{OfficeLeaf, Revocation};
use mingzheng_core::trust::Use;

/// Revokes the enrolment of a log.
///
/// # Errors
/// [`OfficeError::NotFound`] for an unknown log, [`OfficeError::Settings`] when it is revoked already or `suspect_since` lies ahead.
pub fn revoke(office: &Office, log: Id, suspect_since: Option<i64>, reason: &str) -> Result<Revocation> {
    let at = office.now();
    if suspect_since.is_some_and(|s| s > at) {
        return Err(OfficeError::Settings("起疑时间在将来 suspect-since lies in the future".into()));
    }
    office.store.write(|tx| {
        let enrolment: Option<Vec<u8>> = tx.row("SELECT signed FROM enrolments WHERE log = ?", params![log.0], |r| r.get(0))?;
        let enrolment = Enrolment::digest(&enrolment.ok_or(OfficeError::NotFound("device"))?);
        if is_revoked(tx, log)? {
            return Err(OfficeError::Settings("此设备已撤销 this device is revoked already".into()));
        }
        let r = Revocation { enrolment, log, at, suspect_since, reason: reason.to_owned() };
        let signed = r.issue(office.keys.signer(Use::Badge)?)?;
        let receipt = log::append(office, tx, &OfficeLeaf::Revocation { revocation: Revocation::digest(&signed), at })?.receipt;
        tx.execute(
            "INSERT INTO revocations (log, enrolment, signed, at, receipt) VALUES (?, ?, ?, ?, ?)",
            params![log.0, enrolment, signed, at, receipt],
        )?;
        tracing::warn!(%log, "device revoked");
        Ok(r)
    })
}

/// Whether a log's enrolment is withdrawn.
///
/// # Errors
/// [`OfficeError::Store`].
pub fn is_revoked(c: &Db, log: Id) -> Result<bool> {
    Ok(c.one("SELECT EXISTS (SELECT 1 FROM revocations WHERE log = ?)", params![log.0], |r| r.get(0))?)
}
