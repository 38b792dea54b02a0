//! A paper as it was made: its digest, form and number stand in the office's log, and the same bytes are given again (R14, J24, J32).

use super::annex::{self, Annex};
use super::keep::{self, Procedure};
use super::papers::{Paper, form_of, papers};
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::store::{Db, Tx, params};
use mingzheng_core::id::{Digest, Id, digest_from_hex, hex, sha256};
use mingzheng_core::procedure::{Act, Actor, Step};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What is recorded of a paper.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
enum Said {
    /// 制作.
    Made { step: u64, form: String, number: Option<String>, digest: String, typed: Map<String, Value> },
    /// 作废: the number is never used again.
    Voided { step: u64, number: Option<String>, reason: String, by: Actor },
}

/// A paper that was made.
#[derive(Debug, Clone, Serialize)]
pub struct Issued {
    /// Of which step, from 0.
    pub step: u64,
    /// Row of the pack.
    pub form: String,
    /// 文号.
    pub number: Option<String>,
    /// SHA-256 of the PDF, hex.
    pub digest: String,
    /// When, ms.
    pub at: i64,
    /// Its leaf in the office's log.
    pub leaf: u64,
    /// 作废: why.
    pub voided: Option<String>,
}

/// The papers that were made in a case, voided ones too, oldest first.
///
/// # Errors
/// [`OfficeError`].
pub fn issued(c: &Db, id: Id) -> Result<Vec<Issued>> {
    let mut all: Vec<Issued> = Vec::new();
    for noted in annex::of::<Said>(c, id, Annex::Paper)? {
        match noted.body {
            Said::Made { step, form, number, digest, .. } => {
                all.push(Issued { step, form, number, digest, at: noted.at, leaf: noted.leaf, voided: None });
            }
            Said::Voided { step, reason, .. } => {
                all.iter_mut().rfind(|i| i.step == step).into_iter().for_each(|i| i.voided = Some(reason.clone()));
            }
        }
    }
    Ok(all)
}

/// The paper of a step that holds: the newest that is not voided.
#[must_use]
pub fn valid(all: &[Issued], step: usize) -> Option<&Issued> {
    all.iter().rfind(|i| i.voided.is_none() && usize::try_from(i.step) == Ok(step))
}

/// Whether a number of a paper was taken by a step of any case, or by a paper that was made (J32).
///
/// # Errors
/// [`OfficeError`].
pub(super) fn taken(c: &Db, form: &str, number: &str) -> Result<bool> {
    let wanted = number.trim();
    for p in keep::all(c)? {
        let by_step = p.plain().any(|s| form_of(&s.act) == Some(form) && paper_number(s).is_some_and(|n| n.trim() == wanted));
        let by_paper = || -> Result<bool> {
            let used = |i: &Issued| i.form == form && i.number.as_deref().is_some_and(|n| n.trim() == wanted);
            Ok(issued(c, p.id)?.iter().any(used))
        };
        if by_step || by_paper()? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The number that a step says for its paper.
pub(super) fn paper_number(step: &Step) -> Option<&str> {
    match &step.act {
        Act::Decided { number, .. } => Some(number),
        _ => step.paper.as_deref(),
    }
}

/// What is put on a paper beyond the case.
#[derive(Default)]
pub struct Added<'a> {
    /// What a person typed.
    pub typed: Map<String, Value>,
    /// Another number than the step's: its own was voided.
    pub number: Option<&'a str>,
}

/// Keeps a paper with its step.
pub(super) fn keep(
    office: &Office,
    tx: &Tx<'_>,
    (id, case): (Id, &str),
    paper: &Paper,
    pdf: &[u8],
    typed: &Map<String, Value>,
) -> Result<()> {
    let digest = sha256(pdf);
    tx.execute("INSERT INTO case_papers (digest, pdf) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING", params![digest, pdf])?;
    let said = Said::Made {
        step: paper.n as u64,
        form: paper.form.into(),
        number: paper.number.clone(),
        digest: hex(&digest),
        typed: typed.clone(),
    };
    annex::append(office, tx, (id, case), Annex::Paper, &said)?;
    Ok(())
}

/// The bytes of a paper as it was made.
///
/// # Errors
/// [`OfficeError::Settings`] names a paper whose bytes are gone or are not those that were made.
pub fn bytes(c: &Db, paper: &Issued) -> Result<Vec<u8>> {
    let digest = digest_from_hex(&paper.digest).ok_or(OfficeError::NotFound("paper"))?;
    let kept: Option<Vec<u8>> = c.row("SELECT pdf FROM case_papers WHERE digest = ?", params![digest], |r| r.get(0))?;
    kept.filter(|pdf| sha256(pdf) == digest).ok_or_else(|| {
        let number = paper.number.as_deref().unwrap_or("无文号");
        OfficeError::Settings(format!(
            "第{}步的文书 {}（{number}）与制作时不一致 the paper of step {} is not as it was made",
            paper.step, paper.form, paper.step
        ))
    })
}

/// Makes the paper of a step and binds it; one that was made already is given again as it is.
///
/// # Errors
/// [`OfficeError::Settings`] names what is missing, a number that is taken, or that something is added to a paper that exists.
pub fn issue(office: &Office, p: &Procedure, n: usize, added: &Added<'_>) -> Result<Vec<u8>> {
    let all = office.store.read(|c| issued(c, p.id))?;
    if let Some(known) = valid(&all, n) {
        if !added.typed.is_empty() || added.number.is_some() {
            return Err(OfficeError::Settings("文书已经制作；有误的先作废 it was made already; void it first: --void".into()));
        }
        return office.store.read(|c| bytes(c, known));
    }
    let paper = papers(office, p, Some((n, added)))?.into_iter().find(|q| q.n == n).ok_or(OfficeError::NotFound("paper"))?;
    let voided = all.iter().any(|i| usize::try_from(i.step) == Ok(n) && i.number.is_some());
    match added.number {
        None if voided => {
            return Err(OfficeError::Settings("原文号已作废，另取文号 its number was voided; take another: --number".into()));
        }
        Some(number) if office.store.read(|c| taken(c, paper.form, number))? => {
            return Err(OfficeError::Settings(format!("{number}：文号已被使用 the number was used already")));
        }
        _ => {}
    }
    let pdf = paper.pdf(office)?;
    office.store.write(|tx| {
        if valid(&issued(tx, p.id)?, n).is_some() {
            return Err(OfficeError::Settings("文书刚由他人制作 somebody else has just made it".into()));
        }
        keep(office, tx, (p.id, &p.number), &paper, &pdf, &added.typed)
    })?;
    Ok(pdf)
}

/// Voids the paper of a step: its number is not used again, another paper may be made with another number.
///
/// # Errors
/// [`OfficeError::Settings`] without a reason or a paper, or for a decision: that is undone by law, not by its paper.
pub fn void(office: &Office, p: &Procedure, n: usize, reason: &str, by: &Actor) -> Result<()> {
    let step = &p.steps.get(n).ok_or(OfficeError::NotFound("step"))?.step;
    if matches!(step.act, Act::Decided { .. }) {
        return Err(OfficeError::Settings(
            "决定书不能作废；有误的依法更正或者撤销决定 a decision is corrected or revoked by law".into(),
        ));
    }
    if reason.trim().is_empty() || by.name.trim().is_empty() {
        return Err(OfficeError::Settings("写明作废理由和经办人 give the reason and who does it".into()));
    }
    office.store.write(|tx| {
        let number = valid(&issued(tx, p.id)?, n).ok_or(OfficeError::NotFound("paper"))?.number.clone();
        let said = Said::Voided { step: n as u64, number, reason: reason.trim().into(), by: by.clone() };
        annex::append(office, tx, (p.id, &p.number), Annex::Paper, &said)?;
        Ok(())
    })
}

/// Which paper of the case these bytes are; none for bytes that were not made here, or were changed.
///
/// # Errors
/// [`OfficeError`].
pub fn which(office: &Office, p: &Procedure, pdf: &[u8]) -> Result<Option<Issued>> {
    let digest: Digest = sha256(pdf);
    Ok(office.store.read(|c| issued(c, p.id))?.into_iter().find(|i| i.digest == hex(&digest)))
}
