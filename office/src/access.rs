//! Who looked at what of a case at the office: salted records, each a leaf of the office's log (R25).

use crate::error::Result;
use crate::keys::random;
use crate::log;
use crate::office::Office;
use crate::store::{Db, int, params};
use mingzheng_core::id::{Id, sha256};
use mingzheng_core::log::{AccessRecord, Act, OfficeLeaf};

/// A page with its pictures is one view: the same once more within this time is the same access, ms.
const VIEW: i64 = 600_000;
/// Readers fetch a file in pieces.
const FILE: i64 = 60_000;

/// Records an access before it is granted; the same by the same account a moment ago counts once.
///
/// # Errors
/// [`crate::error::OfficeError::Recovery`] when no leaf can be made: then nothing may be shown.
pub fn record(office: &Office, case: Id, act: Act, what: &str, who: &str) -> Result<()> {
    let at = office.now();
    let since = at - if act == Act::Viewed { VIEW } else { FILE };
    office.store.write(|tx| {
        let lately = list(tx, case, since)?;
        if lately.iter().any(|r| r.act == act && r.what == what && r.who == who) {
            return Ok(());
        }
        let r = AccessRecord { salt: random()?, case, act, what: what.to_owned(), who: who.to_owned(), at };
        let bytes = r.encode()?;
        let digest = sha256(&bytes);
        let appended = log::append(office, tx, &OfficeLeaf::Access { record: digest, at })?;
        tx.execute(
            "INSERT INTO accesses (record, case_tag, bytes, leaf, at, receipt) VALUES (?, ?, ?, ?, ?, ?)",
            params![digest, case.0, bytes, int(appended.index), at, appended.receipt],
        )?;
        Ok(())
    })
}

/// The accesses to a case since a moment, newest first.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn list(c: &Db, case: Id, since: i64) -> Result<Vec<AccessRecord>> {
    let rows: Vec<Vec<u8>> = c.rows(
        "SELECT bytes FROM accesses WHERE case_tag = ? AND at >= ? ORDER BY at DESC, leaf DESC",
        params![case.0, since],
        |r| r.get(0),
    )?;
    Ok(rows.iter().map(|b| AccessRecord::decode(b)).collect::<std::result::Result<_, _>>()?)
}
