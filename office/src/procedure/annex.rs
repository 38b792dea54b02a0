//! Records beside the steps of a case: appended, each a leaf of the office's log, as the steps are.

use crate::error::Result;
use crate::office::Office;
use crate::store::{Db, Tx, int, params, uint};
use crate::{log, salted};
use mingzheng_core::id::{Id, sha256};
use mingzheng_core::log::OfficeLeaf;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a record is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Annex {
    /// 文书.
    Paper,
    /// 公示.
    Publication,
}

impl Annex {
    fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Publication => "publication",
        }
    }
}

/// What is hashed into the leaf, beside the salt.
#[derive(Serialize, Deserialize)]
struct Record<T> {
    procedure: String,
    number: String,
    kind: String,
    n: u64,
    at: i64,
    body: T,
}

/// A record as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Noted<T> {
    /// What it says.
    pub(crate) body: T,
    /// When it was recorded, ms.
    pub(crate) at: i64,
    /// Its leaf in the office's log.
    pub(crate) leaf: u64,
}

/// Appends a record of a case.
pub(crate) fn append(office: &Office, tx: &Tx<'_>, (id, number): (Id, &str), kind: Annex, body: &impl Serialize) -> Result<u64> {
    let at = office.now();
    let n: i64 =
        tx.one("SELECT count(*) FROM case_records WHERE procedure = ? AND kind = ?", params![id.0, kind.name()], |r| r.get(0))?;
    let (procedure, number) = (id.to_string(), number.to_owned());
    let record = salted::encode(&Record { procedure, number, kind: kind.name().into(), n: uint(n), at, body })?;
    let leaf = log::append(office, tx, &OfficeLeaf::Procedure { record: sha256(&record), at })?;
    tx.execute(
        "INSERT INTO case_records (procedure, kind, n, at, record, leaf, receipt) VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![id.0, kind.name(), n, at, record, int(leaf.index), leaf.receipt],
    )?;
    tracing::info!(procedure = %id, kind = kind.name(), leaf = leaf.index, "case record");
    Ok(leaf.index)
}

/// The records of a case, oldest first.
pub(crate) fn of<T: DeserializeOwned>(c: &Db, id: Id, kind: Annex) -> Result<Vec<Noted<T>>> {
    let rows: Vec<(Vec<u8>, i64)> = c.rows(
        "SELECT record, leaf FROM case_records WHERE procedure = ? AND kind = ? ORDER BY n",
        params![id.0, kind.name()],
        |r| Ok((r.get(0)?, r.get(1)?)),
    )?;
    rows.into_iter()
        .map(|(record, leaf)| {
            let Record { at, body, .. } = salted::decode::<Record<T>>(&record)?;
            Ok(Noted { body, at, leaf: uint(leaf) })
        })
        .collect()
}

/// Whether the records of a case are, in this order, what the office's log took in by their receipts.
pub(crate) fn are_logged(office: &Office, c: &Db, id: Id, number: &str) -> Result<bool> {
    let rows: Vec<(String, i64, Vec<u8>, Vec<u8>)> =
        c.rows("SELECT kind, n, record, receipt FROM case_records WHERE procedure = ? ORDER BY kind, n", params![id.0], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))
        })?;
    let mut next = (String::new(), 0);
    Ok(rows.iter().all(|(kind, n, record, receipt)| {
        next = if next.0 == *kind { (next.0.clone(), next.1 + 1) } else { (kind.clone(), 0) };
        let own = salted::decode::<Record<Value>>(record).is_ok_and(|r| {
            (uint(*n), r.n, r.procedure, r.number.as_str(), &r.kind) == (next.1, next.1, id.to_string(), number, kind)
        });
        own && log::vouches(office, receipt, |at| OfficeLeaf::Procedure { record: sha256(record), at })
    }))
}
