//! The acts in the database.

use super::act::{Act, Acts, Known, Noted, Step, may};
use super::gather::{self, Which};
use super::rule::Periods;
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::procedure::{Closed, readable};
use crate::store::{Db, int, params, uint};
use crate::{log, register, rights, salted};
use mingzheng_core::calendar::Day;
use mingzheng_core::id::{Digest, Id, digest_from_hex, sha256};
use mingzheng_core::log::OfficeLeaf;
use serde::{Deserialize, Serialize};

/// What is hashed into the leaf, beside the salt.
#[derive(Serialize, Deserialize)]
struct Record {
    n: u64,
    at: i64,
    step: Step,
}

/// Longest record in bytes.
const LONGEST: usize = 128 << 10;

/// All acts.
///
/// # Errors
/// [`OfficeError`].
pub fn acts(c: &Db) -> Result<Acts> {
    let rows: Vec<(Vec<u8>, i64)> =
        c.rows("SELECT record, leaf FROM retention_acts ORDER BY n", params![], |r| Ok((r.get(0)?, r.get(1)?)))?;
    let all = rows
        .into_iter()
        .map(|(record, leaf)| {
            let Record { n, at, step } = salted::decode(&record)?;
            Ok(Noted { n, at, leaf: uint(leaf), step })
        })
        .collect::<Result<_>>()?;
    let done: Vec<u64> = c.rows("SELECT proposal FROM destructions", params![], |r| Ok(uint(r.get(0)?)))?;
    Ok(Acts::fold(all, &done))
}

/// What governs today: the day and the newest pack's periods. Asked before a transaction begins.
pub(super) fn today(office: &Office) -> Result<(Day, Periods)> {
    let pack = rights::newest(office)?;
    Ok((register::today(office)?, Periods::of(pack.as_ref().map_or(&[], |(_, pack)| &pack.retention))))
}

/// How many of some files are not due.
pub(super) fn not_due(c: &Db, acts: &Acts, files: &[Digest], (today, periods): &(Day, Periods)) -> Result<usize> {
    let state = gather::state(c, acts, &Which::These(files))?;
    Ok(files.iter().filter(|f| !state.standing(f, periods).is_due(*today)).count())
}

/// Records an act. Gives its number.
///
/// # Errors
/// [`OfficeError::Procedure`] with every gate that is closed; nothing is changed then.
pub fn record(office: &Office, step: &Step) -> Result<u64> {
    readable(step)?;
    let now = today(office)?;
    let at = office.now();
    // A list of what can be destroyed names what is really there.
    if let Act::Proposed { files, .. } = &step.act {
        for sealed in files.iter().filter_map(|f| digest_from_hex(f)) {
            if office.objects.length(&sealed)?.is_none() {
                return Err(OfficeError::NotFound("sealed file"));
            }
        }
    }
    office.store.write(|tx| {
        let known = acts(tx)?;
        let mut facts = Known::default();
        match &step.act {
            Act::Held { what, .. } => facts.there = gather::is_there(tx, what)?,
            Act::Promoted { what, case } => {
                facts.there = gather::is_there(tx, what)?;
                let case = Id::from_hex(case).map(super::rule::What::Case);
                facts.case = case.map_or(Ok(false), |case| gather::is_there(tx, &case))?;
            }
            Act::Proposed { files, .. } => {
                let files: Vec<Digest> = files.iter().filter_map(|f| digest_from_hex(f)).collect();
                facts.not_due = not_due(tx, &known, &files, &now)?;
            }
            Act::Approved { proposal } => {
                if let Some(p) = known.proposal(*proposal) {
                    facts.not_due = not_due(tx, &known, &p.files, &now)?;
                }
            }
            Act::Rejected { proposal } => {
                let sql = "SELECT EXISTS (SELECT 1 FROM destroyed WHERE proposal = ?1 UNION ALL SELECT 1 FROM destroying WHERE proposal = ?1)";
                facts.begun = tx.one(sql, params![int(*proposal)], |r| r.get(0))?;
            }
            Act::Lifted { .. } => {}
        }
        let gates = may(&known, step, &facts);
        if !gates.is_empty() {
            return Err(Closed(gates).into());
        }
        let n = known.all.last().map_or(1, |last| last.n + 1);
        let record = salted::encode(&Record { n, at, step: step.clone() })?;
        if record.len() > LONGEST {
            return Err(OfficeError::Settings(format!("内容不得超过 {LONGEST} 字节 at most so many bytes")));
        }
        let leaf = log::append(office, tx, &OfficeLeaf::Retention { record: sha256(&record), at })?;
        tx.execute(
            "INSERT INTO retention_acts (n, at, record, leaf, receipt) VALUES (?, ?, ?, ?, ?)",
            params![int(n), at, record, int(leaf.index), leaf.receipt],
        )?;
        tracing::info!(n, act = step.act.name(), leaf = leaf.index, "retention");
        Ok(n)
    })
}

/// Whether the acts are, in this order, what the office's log took in by their receipts, and none was taken out.
///
/// # Errors
/// [`OfficeError`].
pub fn is_logged(office: &Office, c: &Db) -> Result<bool> {
    let rows: Vec<(i64, Vec<u8>, Vec<u8>)> =
        c.rows("SELECT n, record, receipt FROM retention_acts ORDER BY n", params![], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    let good = rows.iter().zip(1..).all(|((n, record, receipt), i)| {
        let own = salted::decode::<Record>(record).is_ok_and(|r| (uint(*n), r.n) == (i, i));
        own && log::vouches(office, receipt, |at| OfficeLeaf::Retention { record: sha256(record), at })
    });
    let leaves: i64 = c.one("SELECT count(*) FROM leaves WHERE kind = 'retention'", params![], |r| r.get(0))?;
    Ok(good && uint(leaves) <= rows.len() as u64)
}
