//! Destruction: file by file, each only while it is due, and a certificate when all that was destroyed is verifiably gone. Broken off anywhere, it goes on
//! where it was.

use super::act::Noted;
use super::keep::{acts, not_due, today};
use crate::error::{OfficeError, Result};
use crate::log;
use crate::office::Office;
use crate::store::{Db, Tx, int, params, uint};
use mingzheng_core::calendar::Day;
use mingzheng_core::id::{Digest, Id, sha256};
use mingzheng_core::log::{Destroyed, Destruction, OfficeLeaf};
use mingzheng_core::trust::Use;

/// A certificate as it is kept.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// What it says.
    pub content: Destruction,
    /// The proposal that it answers.
    pub proposal: u64,
    /// Its leaf in the office's log.
    pub leaf: u64,
    /// `{"destruction", "leaf", "receipt"}`.
    pub bytes: Vec<u8>,
}

/// What a run did.
#[derive(Debug, Clone)]
pub struct Done {
    /// The certificate; none when nothing could be destroyed.
    pub certificate: Option<Certificate>,
    /// Files of the list that stay: held, or promoted into a case since.
    pub kept: Vec<Digest>,
}

/// Carries out an approved proposal. Asked again it goes on, or gives the same certificate.
///
/// # Errors
/// [`OfficeError::Settings`] for a proposal that is not approved; what was destroyed before an error stays noted.
pub fn run(office: &Office, proposal: u64) -> Result<Done> {
    let not_approved = || OfficeError::Settings(format!("清单{proposal}未获批准 list {proposal} is not approved"));
    let list = office.store.read(acts)?.proposal(proposal).cloned().ok_or_else(not_approved)?;
    let approved = list.answered.clone().filter(|_| list.is_approved()).ok_or_else(not_approved)?;
    if list.done {
        let certificate = office.store.read(|c| certificates(office, c))?.into_iter().find(|c| c.proposal == proposal);
        let gone: Vec<Digest> = certificate.iter().flat_map(|c| &c.content.files).map(|f| f.sealed).collect();
        return Ok(Done { certificate, kept: list.files.into_iter().filter(|f| !gone.contains(f)).collect() });
    }
    office.store.write(|tx| {
        let begun = "INSERT INTO destroying (proposal, at) VALUES (?, ?) ON CONFLICT (proposal) DO NOTHING";
        Ok(tx.execute(begun, params![int(proposal), office.now()])?)
    })?;
    let mut kept = Vec::new();
    for file in &list.files {
        if !one(office, proposal, file)? {
            kept.push(*file);
        }
    }
    let gone: Vec<Digest> = list.files.iter().filter(|f| !kept.contains(f)).copied().collect();
    if gone.is_empty() {
        office.store.write(|tx| ended(tx, proposal))?;
        return Ok(Done { certificate: None, kept });
    }
    for file in &gone {
        if office.objects.length(file)?.is_some() {
            return Err(OfficeError::Settings("文件仍在，未出具证明 a file is still there: no certificate".into()));
        }
    }
    let certificate = certify(office, proposal, &gone, &list.basis, (&list.proposed, &approved))?;
    Ok(Done { certificate: Some(certificate), kept })
}

/// Goes on with what was begun and broken off. How many lists that were; one that fails again holds up no other.
///
/// # Errors
/// [`OfficeError::Store`].
pub fn go_on(office: &Office) -> Result<usize> {
    let sql = "SELECT proposal FROM destroying ORDER BY proposal";
    let open: Vec<u64> = office.store.read(|c| Ok(c.rows(sql, params![], |r| Ok(uint(r.get(0)?)))?))?;
    for proposal in &open {
        if let Err(error) = run(office, *proposal) {
            tracing::error!(%error, proposal, "a destruction that was broken off could not go on");
        }
    }
    Ok(open.len())
}

fn ended(tx: &Tx<'_>, proposal: u64) -> Result<()> {
    tx.execute("DELETE FROM destroying WHERE proposal = ?", params![int(proposal)])?;
    Ok(())
}

/// Destroys one file, unless it must stay. The rule is asked and the file removed while no hold can be placed: whoever comes first counts.
fn one(office: &Office, proposal: u64, file: &Digest) -> Result<bool> {
    let now = today(office)?;
    // Writers may share a transaction: a hold is lifted when that is committed.
    let kept = office.store.read(|c| not_due(c, &acts(c)?, &[*file], &now))? > 0;
    office.store.write(|tx| {
        if is_destroyed(tx, file)? {
            return Ok(true);
        }
        // Gone without a note: an earlier run was broken off between the two.
        if office.objects.length(file)?.is_some() {
            if kept || not_due(tx, &acts(tx)?, &[*file], &now)? > 0 {
                return Ok(false);
            }
            office.objects.destroy(file)?;
        }
        let at = office.now();
        tx.execute("INSERT INTO destroyed (sealed, proposal, at) VALUES (?, ?, ?)", params![file, int(proposal), at])?;
        Ok(true)
    })
}

fn certify(
    office: &Office,
    proposal: u64,
    gone: &[Digest],
    basis: &str,
    (proposed, approved): (&Noted, &Noted),
) -> Result<Certificate> {
    let at = office.now();
    let year = Day::in_china(at).ok_or(OfficeError::NotFound("day"))?.number() / 10_000;
    office.store.write(|tx| {
        ended(tx, proposal)?;
        let known = certificates(office, tx)?;
        if let Some(c) = known.iter().find(|c| c.proposal == proposal) {
            return Ok(c.clone());
        }
        let of_year = format!("毁〔{year}〕");
        let n = known.iter().filter(|c| c.content.number.starts_with(&of_year)).count() + 1;
        let files = gone
            .iter()
            .map(|sealed| {
                let of = |r: &crate::store::Row<'_>| Ok((r.get::<Digest>(0)?, uint(r.get(1)?)));
                let (clear, length) = tx.one("SELECT clear, clear_length FROM uploads WHERE sealed = ?", params![sealed], of)?;
                Ok(Destroyed { sealed: *sealed, clear, length })
            })
            .collect::<Result<_>>()?;
        let person = |noted: &Noted| (noted.step.by.name.trim().to_owned(), noted.step.by.number.trim().to_owned());
        let content = Destruction {
            number: format!("{of_year}{n}号"),
            files,
            reason: proposed.step.reason.trim().to_owned(),
            basis: basis.trim().to_owned(),
            proposed: person(proposed),
            approved: person(approved),
            at,
        };
        let appended = log::append(office, tx, &OfficeLeaf::Destruction { payload: sha256(&content.payload()?), at })?;
        let bytes = content.issue(office.keys.signer(Use::Receipt)?, &appended.receipt)?;
        tx.execute(
            "INSERT INTO destructions (proposal, number, at, signed, leaf) VALUES (?, ?, ?, ?, ?)",
            params![int(proposal), content.number, at, bytes, int(appended.index)],
        )?;
        tracing::info!(proposal, files = gone.len(), leaf = appended.index, "destroyed");
        Ok(Certificate { content, proposal, leaf: appended.index, bytes })
    })
}

/// Every certificate, oldest first; each is opened again.
///
/// # Errors
/// [`OfficeError`] when one is no longer what was signed.
pub fn certificates(office: &Office, c: &Db) -> Result<Vec<Certificate>> {
    let rows: Vec<(i64, Vec<u8>, i64)> =
        c.rows("SELECT proposal, signed, leaf FROM destructions ORDER BY at, proposal", params![], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })?;
    rows.into_iter()
        .map(|(proposal, bytes, leaf)| {
            let content = Destruction::open(&bytes, &office.trust)?;
            Ok(Certificate { content, proposal: uint(proposal), leaf: uint(leaf), bytes })
        })
        .collect()
}

/// A certificate by its number.
///
/// # Errors
/// [`OfficeError::NotFound`].
pub fn certificate(office: &Office, number: &str) -> Result<Certificate> {
    let all = office.store.read(|c| certificates(office, c))?;
    all.into_iter().find(|c| c.content.number == number).ok_or(OfficeError::NotFound("certificate"))
}

/// Whether a file was destroyed.
///
/// # Errors
/// [`OfficeError::Store`].
fn is_destroyed(c: &Db, sealed: &Digest) -> Result<bool> {
    Ok(c.one("SELECT EXISTS (SELECT 1 FROM destroyed WHERE sealed = ?)", params![sealed], |r| r.get(0))?)
}

/// The certificates that name files of an inspection: the proposal and the number; an empty number while a list is not finished.
///
/// # Errors
/// [`OfficeError::Store`].
pub fn of_case(c: &Db, inspection: Id) -> Result<Vec<(u64, String)>> {
    Ok(c.rows(
        "SELECT DISTINCT d.proposal, coalesce(n.number, '') FROM destroyed d LEFT JOIN destructions n ON n.proposal = d.proposal
         JOIN uploads u ON u.sealed = d.sealed JOIN wanted w ON w.clear = u.clear WHERE w.case_tag = ? ORDER BY d.proposal",
        params![inspection.0],
        |r| Ok((uint(r.get(0)?), r.get(1)?)),
    )?)
}
