//! Sealed files that the office lost, or that changed where they lie: found by a check, and asked for again unprompted (F24).

use crate::enrol::Device;
use crate::error::Result;
use crate::feed;
use crate::objects::Held;
use crate::office::Office;
use crate::store::{params, uint};
use crate::succession;
use mingzheng_core::enrolment::Enrolment;
use mingzheng_core::id::{Digest, Id};
use mingzheng_core::wire::{FeedKind, Wanted};
use std::collections::BTreeMap;

/// How closely a file is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Not in this check.
    Skip,
    /// Whether it is there, with its length.
    Length,
    /// Every byte.
    Digest,
}

/// What a check found.
#[derive(Debug, Default)]
pub struct Found {
    /// Files that were looked at.
    pub checked: u64,
    /// Files that are not there.
    pub missing: Vec<Digest>,
    /// Files that are not what their digest says; they were set aside.
    pub wrong: Vec<Digest>,
    /// Devices that were asked.
    pub asked: usize,
}

/// Looks at the files that arrived, and asks again for those that are missing or wrong.
///
/// # Errors
/// [`crate::error::OfficeError`] when that could not be found out; what was found before it is asked for all the same at the next check.
pub fn check(office: &Office, look: impl Fn(&Digest) -> Look) -> Result<Found> {
    let all: Vec<(Digest, u64, Id)> = office.store.read(|c| {
        let sql = "SELECT sealed, length, enrolment FROM uploads WHERE complete IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM destroyed d WHERE d.sealed = uploads.sealed) ORDER BY sealed";
        Ok(c.rows(sql, params![], |r| Ok((r.get(0)?, uint(r.get(1)?), Id(r.get(2)?))))?)
    })?;
    let mut found = Found::default();
    let mut wanted: BTreeMap<Id, Vec<Digest>> = BTreeMap::new();
    for (sealed, length, enrolment) in all {
        let held = match look(&sealed) {
            Look::Skip => continue,
            Look::Length => office.objects.length(&sealed)?.map_or(Held::Missing, Held::Whole),
            Look::Digest => office.objects.check(&sealed)?,
        };
        found.checked += 1;
        match held {
            Held::Whole(l) if l == length => continue,
            Held::Missing => found.missing.push(sealed),
            Held::Whole(_) | Held::Wrong => {
                office.objects.set_aside(&sealed)?;
                found.wrong.push(sealed);
            }
        }
        tracing::error!(sealed = %mingzheng_core::id::hex(&sealed), ?held, "a sealed file is not what it was; it is asked for again");
        wanted.entry(enrolment).or_default().push(sealed);
    }
    if !wanted.is_empty() {
        found.asked = ask_again(office, &wanted)?;
    }
    Ok(found)
}

/// Sets the uploads back to their beginning and tells the devices that brought them, or those that followed. A receipt that was given stays: the same one
/// is given when the file is back.
fn ask_again(office: &Office, wanted: &BTreeMap<Id, Vec<Digest>>) -> Result<usize> {
    let mut to: Vec<(Enrolment, Vec<Digest>)> = Vec::new();
    for enrolment in office.store.read(|c| feed::enrolments(office, c))? {
        let device = Device { enrolment, signed: vec![] };
        let line = succession::lineage(office, &device)?;
        let own: Vec<Digest> = line.iter().filter_map(|d| wanted.get(&d.enrolment.enrolment)).flatten().copied().collect();
        if !own.is_empty() {
            to.push((device.enrolment, own));
        }
    }
    let at = office.now();
    office.store.write(|tx| {
        for sealed in wanted.values().flatten() {
            tx.execute(
                "UPDATE uploads SET received = 0, complete = NULL, clear = NULL, clear_length = NULL, fault = NULL, started = ? WHERE sealed = ?",
                params![at, sealed],
            )?;
        }
        for (enrolment, sealed) in &to {
            let body = Wanted { at, sealed: sealed.clone() }.encode()?;
            feed::push(office, tx, enrolment, FeedKind::Wanted, &body)?;
        }
        Ok(())
    })?;
    Ok(to.len())
}

/// The share of files that background work looks at on a day: a sixteenth for their lengths, a 256th byte by byte.
#[must_use]
pub fn share_of_day(day: u64, sealed: &Digest) -> Look {
    let first = u64::from(sealed[0]);
    if first == day % 256 {
        Look::Digest
    } else if first % 16 == day % 16 {
        Look::Length
    } else {
        Look::Skip
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f24_background_work_reads_every_file_within_256_days() {
        for first in 0..=255 {
            let sealed = [first; 32];
            let read = (0..256).filter(|day| share_of_day(*day, &sealed) == Look::Digest).count();
            let there = (0..256).filter(|day| share_of_day(*day, &sealed) != Look::Skip).count();
            assert_eq!((read, there), (1, 16));
        }
    }
}
