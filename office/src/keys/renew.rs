//! Keys for another year: identities of the months that follow, and a trust list in which what counts now goes on (P3).

use super::{Expiry, FILE, KeyFile, Month, malformed, months, random, replace_secret};
use crate::error::Result;
use mingzheng_core::seal::Identity;
use mingzheng_core::trust::{RECOVERY, TrustKey, TrustList, TrustedKey, Use};
use std::path::Path;
use zeroize::Zeroizing;

/// Adds the identities of the months to come to the key file of `folder` and gives the list that follows `list`, for the roots to sign. Each key that
/// counts until the end of `list` or beyond counts a year longer, except the months'; one whose end came earlier, or that is suspect, stays as it is.
/// Identities that the file has and no list names, of a call that was broken off, are taken. Times are ms.
///
/// # Errors
/// [`crate::error::OfficeError`]: `Settings` for a malformed key file, `Io`.
pub fn renew(folder: &Path, list: &TrustList, now: i64) -> Result<TrustList> {
    let path = folder.join(FILE);
    let mut file = KeyFile::read(&path)?;
    let expiry = Expiry::from(now);
    let mut next = list.clone();
    (next.previous, next.version, next.issued) = (Some(list.digest()?), list.version + 1, now);
    next.expires = list.expires.max(expiry.list);
    let goes_on = |k: &TrustKey| {
        let month = k.usage == Use::Seal && k.name != RECOVERY;
        !month && k.suspect_since.is_none() && k.until >= list.expires
    };
    for key in next.keys.iter_mut().filter(|k| goes_on(k)) {
        key.until = key.until.max(expiry.keys);
    }
    for (name, from, until) in months(now)? {
        if next.keys.iter().any(|k| k.usage == Use::Seal && k.name == name) {
            continue;
        }
        let identity: Identity = match file.seal.iter().find(|m| m.name == name) {
            Some(there) => there.identity.parse().map_err(|_| malformed(&path))?,
            None => {
                let new = Identity::from_bytes(&Zeroizing::new(random::<32>()?))?;
                file.seal.push(Month { name: name.clone(), identity: new.to_text().to_string() });
                new
            }
        };
        let key = TrustedKey::Recipient(identity.recipient().to_bytes());
        next.keys.push(TrustKey::of_organ(key, Use::Seal, &name, &list.organ, (from, until)));
    }
    replace_secret(&path, &file.to_text()?)?;
    Ok(next)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking
mod tests {
    use super::super::{Keys, Threshold, make, root};
    use super::*;
    use crate::keys::{DAY_MS, ROOT_FILE};
    use mingzheng_core::seal::{Recipient, Recipients, seal};
    use mingzheng_core::sign::{Signer as _, SoftwareKey};
    use std::os::unix::fs::PermissionsExt as _;

    const NOW: i64 = 1_795_000_000_000; // November 2026

    fn seals(list: &TrustList, at: i64) -> Vec<&TrustKey> {
        list.keys.iter().filter(|k| k.usage == Use::Seal && k.valid_at(at).is_ok()).collect()
    }

    fn sealed_to(month: &TrustKey) -> Vec<u8> {
        let TrustedKey::Recipient(raw) = month.key else { unreachable!() };
        let mut sealed = vec![];
        seal(&mut &b"abc"[..], &mut sealed, &Recipients::one(Recipient::from_bytes(raw).unwrap())).unwrap();
        sealed
    }

    #[test]
    fn an_office_that_renews_each_year_has_every_key_and_one_month_at_any_moment() {
        let folder = tempfile::tempdir().unwrap();
        let mut list = make(folder.path(), "某县卫生健康局", Threshold::ONE, NOW).unwrap();
        let root = root(&folder.path().join(ROOT_FILE)).unwrap();
        let first = list.clone();
        for year in 1..=3 {
            let next = renew(folder.path(), &list, NOW + year * 330 * DAY_MS).unwrap();
            let bytes = next.sign(&[&root]).unwrap();
            assert_eq!(list.open_update(&bytes).unwrap(), next, "phones take it");
            list = next;
        }
        let keys = Keys::load(&folder.path().join(FILE)).unwrap();
        for day in 0..(3 * 330 + 360) {
            let at = NOW + day * DAY_MS;
            let seals = seals(&list, at);
            assert_eq!(seals.len(), 2, "the month's and recovery, day {day}");
            for usage in Use::ALL.into_iter().filter(|u| !matches!(u, Use::Seal | Use::Witness | Use::Timestamp)) {
                let kid = keys.signer(usage).unwrap().public_key().kid();
                assert!(list.key_for(kid, usage).unwrap().valid_at(at).is_ok(), "{} on day {day}", usage.name());
            }
        }
        assert!(list.expires > NOW + (3 * 330 + 360) * DAY_MS);
        // What was sealed at first and what is sealed last opens alike.
        let of_month = |at: i64| seals(&list, at).into_iter().find(|k| k.name != RECOVERY).unwrap();
        assert_eq!(of_month(NOW), first.keys.iter().find(|k| k.usage == Use::Seal).unwrap());
        for month in [of_month(NOW), of_month(NOW + 1300 * DAY_MS)] {
            assert_eq!(keys.open_bytes(&sealed_to(month)).unwrap(), b"abc", "{}", month.name);
        }
        assert_eq!(std::fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_ended_or_is_suspect_stays_so_and_a_second_try_takes_the_same_months() {
        let folder = tempfile::tempdir().unwrap();
        let mut list = make(folder.path(), "o", Threshold::ONE, NOW).unwrap();
        let key = |n: u8| TrustedKey::Verify(SoftwareKey::from_seed([n; 32]).public_key());
        let ended = TrustKey::of_organ(key(1), Use::Witness, "ended", "o", (NOW, NOW + DAY_MS));
        let mut suspect = TrustKey::of_organ(key(2), Use::Witness, "suspect", "o", (NOW, list.expires));
        suspect.suspect_since = Some(NOW);
        let goes_on = TrustKey::of_organ(key(3), Use::Witness, "goes on", "o", (NOW, list.expires));
        list.keys.extend([ended, suspect, goes_on]);
        let later = NOW + 300 * DAY_MS;
        let next = renew(folder.path(), &list, later).unwrap();
        let until = |list: &TrustList, name: &str| list.keys.iter().find(|k| k.name == name).unwrap().until;
        assert_eq!((until(&next, "ended"), until(&next, "suspect")), (NOW + DAY_MS, list.expires));
        assert!(until(&next, "goes on") > later + 365 * DAY_MS);
        let again = renew(folder.path(), &list, later + 1000).unwrap();
        let named = |list: &TrustList| list.keys.iter().map(|k| (k.name.clone(), k.key)).collect::<Vec<_>>();
        assert_eq!(named(&again), named(&next), "nobody has seen the first one");
    }

    /// Nobody renewed for two years: the next renewal still brings everything back.
    #[test]
    fn an_office_that_ran_out_is_brought_back() {
        let folder = tempfile::tempdir().unwrap();
        let list = make(folder.path(), "o", Threshold::ONE, NOW).unwrap();
        let late = NOW + 800 * DAY_MS;
        assert!(seals(&list, late).is_empty());
        // A server that was not started anew yet.
        let running = Keys::load(&folder.path().join(FILE)).unwrap();
        let next = renew(folder.path(), &list, late).unwrap();
        assert_eq!(seals(&next, late).len(), 2);
        assert_eq!(running.open_bytes(&sealed_to(seals(&next, late)[1])).unwrap(), b"abc");
        assert!(next.keys.iter().filter(|k| k.usage == Use::Receipt).all(|k| k.valid_at(late).is_ok()));
    }
}
