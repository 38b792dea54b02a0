//! Leases: what one copy of the office does for all of them, such as publishing the daily head. A copy that dies leaves its lease to run out; there is no leader.

use crate::error::{OfficeError, Result};
use crate::keys::random;
use crate::store::{Db, Store, params};
use std::path::Path;

/// Name of this copy, in its data folder: whoever starts again is the same.
const FILE: &str = "copy";

/// The name of this copy; made when there is none.
///
/// # Errors
/// [`OfficeError::Io`].
pub(crate) fn copy(data: &Path) -> Result<[u8; 16]> {
    let path = data.join(FILE);
    if let Ok(known) = std::fs::read(&path)
        && let Ok(name) = known.try_into()
    {
        return Ok(name);
    }
    let name = random()?;
    std::fs::write(&path, name).map_err(OfficeError::io(&path))?;
    Ok(name)
}

/// Takes or renews the lease of a work until `until`, office time in ms. False while another copy holds it.
///
/// # Errors
/// [`OfficeError::Store`].
pub(crate) fn take(store: &Store, work: &str, holder: &[u8; 16], now: i64, until: i64) -> Result<bool> {
    store.write(|tx| {
        let sql = "INSERT INTO leases (name, holder, until) VALUES (?1, ?2, ?3)
                   ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
                   WHERE leases.holder = excluded.holder OR leases.until <= ?4";
        Ok(tx.execute(sql, params![work, holder, until, now])? == 1)
    })
}

/// Who holds the lease of a work, and until when.
///
/// # Errors
/// [`crate::error::OfficeError::Store`].
pub(crate) fn holder(c: &Db, work: &str) -> Result<Option<([u8; 16], i64)>> {
    Ok(c.row("SELECT holder, until FROM leases WHERE name = ?", params![work], |r| Ok((r.get(0)?, r.get(1)?)))?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;

    #[test]
    fn one_copy_holds_a_lease_until_it_runs_out() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("o.sqlite")).unwrap();
        let (a, b) = (copy(folder.path()).unwrap(), [2; 16]);
        assert_eq!(copy(folder.path()).unwrap(), a, "the same after a start");
        assert!(take(&store, "daily", &a, 100, 200).unwrap());
        assert!(!take(&store, "daily", &b, 150, 250).unwrap(), "held by another");
        assert!(take(&store, "other", &b, 150, 250).unwrap(), "another work");
        assert!(take(&store, "daily", &a, 190, 290).unwrap(), "renewed");
        assert!(!take(&store, "daily", &b, 289, 400).unwrap());
        assert!(take(&store, "daily", &b, 290, 400).unwrap(), "its holder is gone");
        assert!(!take(&store, "daily", &a, 300, 400).unwrap(), "it comes back too late");
    }
}
