//! Databases from before the register: every certificate that they know is taken over (承接).

use super::step::{Act, Fields, Step};
use super::{keep, life, today};
use crate::error::Result;
use crate::office::Office;
use crate::store::{Db, Tx, params, uint};
use crate::{feed, recovery};
use mingzheng_core::calendar::Day;
use mingzheng_core::id::Id;
use serde::Deserialize;

/// The certificate as schema 2 kept it.
#[derive(Deserialize)]
struct Given {
    unit: String,
    position: String,
    number: String,
    category: String,
    area: String,
    until: Day,
}

/// Takes over what schema 2 kept beside the person. Does nothing when there is nothing left of it, and waits while the office is in recovery.
///
/// # Errors
/// [`crate::error::OfficeError`]; nothing is changed then.
pub fn adopt(office: &Office) -> Result<()> {
    let waiting = |c: &Db| -> Result<bool> {
        Ok(c.one("SELECT EXISTS (SELECT 1 FROM persons WHERE certificate IS NOT NULL)", params![], |r| r.get(0))?)
    };
    if !office.store.read(|c| Ok(waiting(c)? && !recovery::is_active(c)?))? {
        return Ok(());
    }
    office.store.write(|tx| {
        // The person whose device was enrolled last comes first: of two ids of one officer that one is in use.
        let rows: Vec<([u8; 16], String, String)> = {
            tx.rows(
                "SELECT p.person, p.name, p.certificate FROM persons p LEFT JOIN enrolments e ON e.person = p.person
                 WHERE p.certificate IS NOT NULL GROUP BY p.person ORDER BY max(coalesce(e.at, 0)) DESC",
                params![],
                |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
            )?
        };
        let old = uint(tx.one("SELECT count(*) FROM enrolments", params![], |r| r.get(0))?);
        let mut adopted = Vec::new();
        for (person, name, text) in rows {
            if let Some(id) = one(office, tx, Id(person), name, &text, old)? {
                adopted.push(id);
            }
            tx.execute("UPDATE persons SET certificate = NULL WHERE person = ?", params![person])?;
        }
        old_places(tx)?;
        feed::register_changed(office, tx, &adopted)
    })
}

fn one(office: &Office, tx: &Tx<'_>, person: Id, name: String, text: &str, old: u64) -> Result<Option<Id>> {
    let given: Option<Given> = serde_json::from_str(text).ok();
    let Some(given) = given else {
        tracing::warn!(%person, "the certificate cannot be read and is not taken over");
        return Ok(None);
    };
    if let Some(known) = keep::by_number(tx, &given.number)? {
        if known.life.fields.name == name {
            tx.execute(
                "INSERT INTO holders (person, certificate, n) VALUES (?, ?, (SELECT coalesce(max(n), 0) + 1 FROM holders))",
                params![person.0, known.id.0],
            )?;
        } else {
            tracing::warn!(%person, "the certificate number belongs to somebody else; not taken over");
        }
        return Ok(None);
    }
    let fields = Fields {
        name,
        unit: given.unit,
        position: given.position,
        number: given.number,
        category: given.category,
        area: given.area,
    };
    let step = Step {
        act: Act::TakenOver { fields, until: given.until },
        // The annual check counts from now: the register cannot know when the last one was.
        day: today(office)?,
        reason: "由名册建立前的数据库承接 taken over from the database before this register".into(),
        basis: "既有行政执法证件 an existing certificate".into(),
        by: "系统升级 upgrade".into(),
    };
    match keep::take_over(office, tx, Some(person), &step, old) {
        Ok(c) => Ok(Some(c.id)),
        Err(crate::error::OfficeError::Badge(_) | crate::error::OfficeError::Register(life::No::Known)) => {
            tracing::warn!(%person, "the certificate cannot be shown on a badge and is not taken over");
            Ok(None)
        }
        Err(e) => Err(e),
    }
}

/// Credentials from before name other places of the status list (the number of older enrolments): they stay those of their certificate.
fn old_places(tx: &Tx<'_>) -> Result<()> {
    tx.execute(
        "INSERT INTO status_indexes (idx, certificate)
         SELECT (SELECT count(*) FROM enrolments o WHERE o.at < e.at), h.certificate FROM enrolments e
         JOIN holders h ON h.person = e.person ON CONFLICT DO NOTHING",
        params![],
    )?;
    Ok(())
}
