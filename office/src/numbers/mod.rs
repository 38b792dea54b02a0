//! 文号、编号 of papers that are made on site (J32): a task goes out with a block of numbers for each form, no two tasks with the same; what the
//! phones used and voided is read from their entries, and a block that is closed gives its unused numbers back on record. Rows are only
//! appended, each a leaf of the office's log.

mod account;

pub use account::{Account, Row, Seen, account};

use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::store::{Db, Tx, int, params, uint};
use crate::{cases, log, salted};
use mingzheng_core::document::number::{Fate, MAX_BLOCK, Pattern};
use mingzheng_core::id::sha256;
use mingzheng_core::inspection::{PaperState, Task, fold};
use mingzheng_core::log::OfficeLeaf;
use mingzheng_core::pack::Pack;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most numbers of one form that one task may take along.
const MOST: u32 = 50;

/// A row as it is kept.
#[derive(Debug, Clone, Serialize)]
pub struct Kept {
    /// Its number.
    pub n: u64,
    /// What it says.
    pub row: Row,
    /// When it was recorded, ms.
    pub at: i64,
    /// Its leaf in the office's log.
    pub leaf: u64,
}

/// What is hashed into the leaf, beside the salt.
#[derive(Serialize, Deserialize)]
struct Record {
    n: u64,
    at: i64,
    row: Row,
}

/// All rows, oldest first.
///
/// # Errors
/// [`OfficeError`].
pub fn rows(c: &Db) -> Result<Vec<Kept>> {
    let rows: Vec<(Vec<u8>, i64)> =
        c.rows("SELECT record, leaf FROM number_blocks ORDER BY n", params![], |r| Ok((r.get(0)?, r.get(1)?)))?;
    let read = |(record, leaf): (Vec<u8>, i64)| {
        let Record { n, at, row } = salted::decode(&record)?;
        Ok(Kept { n, row, at, leaf: uint(leaf) })
    };
    rows.into_iter().map(read).collect()
}

fn append(office: &Office, tx: &Tx<'_>, row: Row) -> Result<u64> {
    let n = uint(tx.one("SELECT count(*) FROM number_blocks", params![], |r| r.get(0))?);
    let at = office.now();
    let record = salted::encode(&Record { n, at, row })?;
    let leaf = log::append(office, tx, &OfficeLeaf::Register { record: sha256(&record), at })?;
    tx.execute(
        "INSERT INTO number_blocks (n, at, record, leaf, receipt) VALUES (?, ?, ?, ?, ?)",
        params![int(n), at, record, int(leaf.index), leaf.receipt],
    )?;
    tracing::info!(n, leaf = leaf.index, "number block");
    Ok(n)
}

/// Gives a task its blocks: `wanted` says how many numbers of which form. They are written as the pack says, after all numbers of the form and year.
///
/// # Errors
/// [`OfficeError::Settings`] for a form without numbering, a count that is too large, or numbers that somebody typed beside the block.
pub fn hand_out(
    office: &Office,
    tx: &Tx<'_>,
    task: &mut Task,
    pack: Option<&Pack>,
    wanted: &BTreeMap<String, u32>,
) -> Result<()> {
    let bad = |what: String| OfficeError::Settings(format!("号段 blocks: {what}"));
    for (form, count) in wanted {
        let row = pack.and_then(|pack| pack.form(form)).ok_or_else(|| bad(format!("没有文书 no form {form}")))?;
        let pattern =
            row.numbering.as_deref().ok_or_else(|| bad(format!("文书没有编号规则 the form has no numbering: {form}")))?;
        if pattern.contains("{area}") && office.settings.number_area.is_empty() {
            return Err(bad("先在设置 number_area 写明地区简称 set number_area, the short name of the area".into()));
        }
        let pattern = Pattern::read(pattern).map_err(|error| bad(format!("{form}: {error}")))?;
        if *count == 0 || *count > MOST.min(MAX_BLOCK) {
            return Err(bad(format!("{form}: 1–{MOST}")));
        }
        let typed = task.form_numbers.get(form).is_some_and(|list| !list.is_empty());
        if typed || (form == PaperState::RECORD && !task.numbers.is_empty()) {
            return Err(bad(format!("任务已写明编号，不再给号段 the task names numbers of its own: {form}")));
        }
        let year = u16::try_from(task.day / 10_000).map_err(|_| bad("day".into()))?;
        let last = account::last(&rows(tx)?, form, year);
        let (first, last) = (last + 1, last.checked_add(*count).ok_or_else(|| bad(form.clone()))?);
        let numbers: Vec<String> = (first..=last).map(|n| pattern.write(&office.settings.number_area, year, n)).collect();
        if form == PaperState::RECORD {
            task.numbers.clone_from(&numbers);
        } else {
            task.form_numbers.insert(form.clone(), numbers.clone());
        }
        append(office, tx, Row::Granted { series: form.clone(), year, first, last, holder: task.id.clone(), numbers })?;
    }
    Ok(())
}

/// What the phones said became of their numbers, from the entries of all inspections; and the tasks whose inspections are not closed.
fn seen(office: &Office) -> Result<(Vec<Seen>, Vec<String>)> {
    let (mut all, mut open) = (Vec::new(), Vec::new());
    for case in cases::all(office)? {
        let entries: Vec<_> = cases::entries(office, case)?.into_iter().map(|h| h.entry).collect();
        let i = fold(&entries);
        let Some(holder) = i.task.as_ref().map(|t| t.id.clone()) else { continue };
        if i.closed.is_none() {
            open.push(holder.clone());
        }
        let seen = |series: &str, number: &str, fate| Seen {
            series: series.into(),
            number: number.into(),
            holder: holder.clone(),
            fate,
        };
        for p in i.papers.iter().filter(|p| p.voided.is_none() && !p.number().is_empty()) {
            all.push(seen(p.form_id(), p.number(), Fate::Used { paper: format!("{case}/{}", p.id) }));
        }
        all.extend(i.voided.iter().map(|v| seen(&v.form, &v.number, Fate::Voided { reason: v.reason.clone() })));
    }
    Ok((all, open))
}

/// The account of every form and year.
///
/// # Errors
/// [`OfficeError`].
pub fn audit(office: &Office) -> Result<Vec<Account>> {
    let rows = office.store.read(rows)?;
    Ok(account(&rows, &seen(office)?.0))
}

/// Closes a block: no more numbers will come of it, and the unused ones are given back on record. Gives them as printed.
///
/// # Errors
/// [`OfficeError::Settings`] for a block that is unknown or closed, while its inspection is not closed, and without a reason or a name.
pub fn close(office: &Office, block: u64, reason: &str, by: &str) -> Result<Vec<String>> {
    let bad = |what: &str| OfficeError::Settings(what.to_owned());
    if [reason, by].iter().any(|text| text.trim().is_empty() || text.chars().count() > 500) {
        return Err(bad("请写明原因和经办人 give the reason and the name"));
    }
    let (seen, open) = seen(office)?;
    office.store.write(|tx| {
        let rows = rows(tx)?;
        let Some(Row::Granted { holder, series, first, numbers, .. }) = rows.iter().find(|k| k.n == block).map(|k| &k.row) else {
            return Err(bad("没有此号段 no such block"));
        };
        if rows.iter().any(|k| matches!(&k.row, Row::Closed { block: closed, .. } if *closed == block)) {
            return Err(bad("号段已收回 the block is closed"));
        }
        if open.contains(holder) {
            return Err(bad("检查尚未结束，手机还可能用号 the inspection is not closed: its phone may still use numbers"));
        }
        let used = |number: &&String| seen.iter().any(|s| s.series == *series && s.number == **number);
        let unused: Vec<(u32, String)> =
            (*first..).zip(numbers).filter(|(_, n)| !used(n)).map(|(n, text)| (n, text.clone())).collect();
        let (ns, texts): (Vec<u32>, Vec<String>) = unused.into_iter().unzip();
        append(office, tx, Row::Closed { block, unused: ns, reason: reason.trim().to_owned(), by: by.trim().to_owned() })?;
        Ok(texts)
    })
}
