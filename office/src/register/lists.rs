//! What the register publishes: the seven fields (R03), the status list and the signed list of officers (P7).

use super::{Certificate, State, keep, today};
use crate::error::Result;
use crate::office::Office;
use crate::store::{Db, Tx, params};
use mingzheng_core::badge::status::{CertificateStatus, StatusList};
use mingzheng_core::badge::{Officer, OfficerList};
use mingzheng_core::trust::Use;
use std::ops::ControlFlow;

const DAY_MS: i64 = 86_400_000;

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// The status of every certificate that was ever issued (`application/statuslist+cwt`).
    Status,
    /// The officers whose certificates are in effect (`mz1/officers`).
    Officers,
}

impl List {
    fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Officers => "officers",
        }
    }

    /// Its life in ms.
    fn life(self, office: &Office) -> i64 {
        let periods = &office.settings.register;
        DAY_MS * i64::from(if self == Self::Status { periods.status_days } else { periods.officers_days })
    }
}

/// Every officer whose certificate is in effect today, by number, with the seven public fields and nothing beyond them (R03).
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn public(office: &Office) -> Result<Vec<Officer>> {
    office.store.read(|c| officers(office, c))
}

fn officers(office: &Office, c: &Db) -> Result<Vec<Officer>> {
    let today = today(office)?;
    let in_effect = |k: &Certificate| k.on(today, &office.settings.register).in_effect();
    let public = |k: Certificate| k.life.until.map(|until| k.life.fields.officer(until));
    Ok(keep::all(c)?.into_iter().filter(in_effect).filter_map(public).collect())
}

/// The newest signed status list.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn status_list(office: &Office) -> Result<Vec<u8>> {
    newest(office, List::Status)
}

/// The newest signed list of officers.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn officer_list(office: &Office) -> Result<Vec<u8>> {
    newest(office, List::Officers)
}

fn newest(office: &Office, list: List) -> Result<Vec<u8>> {
    match office.store.read(|c| Ok(known(office, c, list)?.filter(|k| k.fresh).map(|k| k.signed)))? {
        Some(signed) => Ok(signed),
        None => office.store.write(|tx| newest_in(office, tx, list)),
    }
}

/// A list that was signed before.
struct Known {
    content: Vec<u8>,
    signed: Vec<u8>,
    issued: i64,
    /// Nothing can have changed since.
    fresh: bool,
    /// Half of its life is over, or a badge is younger, of which it would say nothing.
    due: bool,
}

/// What a list depends on: steps, places, the day, and the settings.
fn made_of(office: &Office, c: &Db) -> Result<String> {
    let places: i64 = c.one("SELECT count(*) FROM status_indexes", params![], |r| r.get(0))?;
    let (s, today) = (&office.settings, today(office)?);
    Ok(format!("{} {places} {today} {} {:?}", keep::count(c)?, s.badge_host, s.register))
}

fn known(office: &Office, c: &Db, list: List) -> Result<Option<Known>> {
    let row = c.row("SELECT made_of, content, signed, issued FROM lists WHERE kind = ?", params![list.name()], |r| {
        Ok((r.get::<String>(0)?, r.get(1)?, r.get(2)?, r.get::<i64>(3)?))
    });
    let Some((made, content, signed, issued)) = row? else { return Ok(None) };
    let badge: i64 = c.one("SELECT coalesce(max(issued), 0) FROM badges", params![], |r| r.get(0))?;
    let younger = list == List::Status && badge.saturating_mul(1000) > issued;
    let due = younger || office.now() >= issued.saturating_add(list.life(office) / 2);
    Ok(Some(Known { content, signed, issued, fresh: !due && made == made_of(office, c)?, due }))
}

/// The newest list within a transaction; signed anew when something changed or half of its life is over.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub fn newest_in(office: &Office, tx: &Tx<'_>, list: List) -> Result<Vec<u8>> {
    let known = known(office, tx, list)?;
    if let Some(k) = known.as_ref().filter(|k| k.fresh) {
        return Ok(k.signed.clone());
    }
    let statuses = if list == List::Status { statuses(office, tx)? } else { vec![] };
    let officers = if list == List::Officers { officers(office, tx)? } else { vec![] };
    let mut named = OfficerList { organ: office.trust.organ.clone(), at: 0, until: 0, officers };
    let content = match list {
        List::Status => statuses.iter().map(|s| s.number()).collect(),
        // What is signed, but for its times.
        List::Officers => named.payload()?,
    };
    let made = made_of(office, tx)?;
    if let Some(k) = known.as_ref().filter(|k| !k.due && k.content == content) {
        tx.execute("UPDATE lists SET made_of = ? WHERE kind = ?", params![made, list.name()])?;
        return Ok(k.signed.clone());
    }
    // Of two lists the later counts: no two of them carry the same time.
    let last = known.map_or(0, |k| k.issued);
    let (signed, issued) = match list {
        List::Status => {
            let issued = (office.now() / 1000).max(last / 1000 + 1);
            let address = format!("https://{}/status.cwt", office.settings.badge_host);
            let ttl = u64::from(office.settings.register.status_ttl_minutes) * 60;
            let token = StatusList::new(&address, issued, issued + list.life(office) / 1000, ttl, &statuses)?;
            (token.issue(office.keys.signer(Use::Status)?)?, issued * 1000)
        }
        List::Officers => {
            let at = office.now().max(last + 1);
            (named.at, named.until) = (at, at + list.life(office));
            (named.issue(office.keys.signer(Use::Badge)?)?, at)
        }
    };
    tx.execute(
        "INSERT INTO lists (kind, made_of, content, signed, issued) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (kind) DO UPDATE SET made_of = excluded.made_of, content = excluded.content,
         signed = excluded.signed, issued = excluded.issued",
        params![list.name(), made, content, signed, issued],
    )?;
    Ok(signed)
}

fn statuses(office: &Office, c: &Db) -> Result<Vec<CertificateStatus>> {
    let today = today(office)?;
    let periods = &office.settings.register;
    let said: std::collections::BTreeMap<_, _> = keep::all(c)?
        .iter()
        .map(|k| {
            let status = match k.on(today, periods) {
                State::Cancelled => CertificateStatus::Cancelled,
                State::Suspended => CertificateStatus::Suspended,
                State::CheckMissed => CertificateStatus::CheckMissed,
                // An expiry stands in the credential itself.
                State::Applied | State::Valid | State::CheckDue | State::Expired => CertificateStatus::Valid,
            };
            (k.id, status)
        })
        .collect();
    let mut list = vec![CertificateStatus::Valid; usize::try_from(keep::places(c)?).unwrap_or(0)];
    c.each("SELECT idx, certificate FROM status_indexes", params![], |row| {
        let (idx, id): (i64, [u8; 16]) = (row.get(0)?, row.get(1)?);
        let place = usize::try_from(idx).ok().and_then(|i| list.get_mut(i));
        if let (Some(place), Some(status)) = (place, said.get(&mingzheng_core::id::Id(id))) {
            *place = *status;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(list)
}
