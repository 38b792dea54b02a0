//! Enrolment: the invitation with its one-time code, and the application that uses it (P10).

use crate::api::{Refusal, refuse};
use crate::error::{OfficeError, Result};
use crate::feed;
use crate::keys::random;
use crate::office::Office;
use crate::{log, succession};
use mingzheng_core::enrolment::{Application, CODE_LIFE_MS, Enrolment, Invitation, Role, answer};
use mingzheng_core::id::{Id, sha256};
use mingzheng_core::log::OfficeLeaf;
use mingzheng_core::trust::Use;
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde::{Deserialize, Serialize};

/// The seven public fields of a certificate but the name (R03).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// 单位.
    pub unit: String,
    /// 职务.
    pub position: String,
    /// 证件编号.
    pub number: String,
    /// 执法类别.
    pub category: String,
    /// 执法区域.
    pub area: String,
    /// 证件有效期, the last valid day, `yyyymmdd`.
    pub until: u32,
}

/// Who is invited.
pub struct Invitee {
    /// A person that the office knows already; otherwise a new one is made.
    pub person: Option<Id>,
    /// 姓名.
    pub name: String,
    /// Officer or assistant.
    pub role: Role,
    /// An officer's certificate.
    pub certificate: Option<Certificate>,
}

/// An invitation that was made.
pub struct Invited {
    /// The person.
    pub person: Id,
    /// Text of the QR.
    pub text: String,
    /// When the code dies, ms.
    pub expires: i64,
}

/// An enrolled device.
pub struct Device {
    /// The enrolment's content.
    pub enrolment: Enrolment,
    /// As signed.
    pub signed: Vec<u8>,
}

/// Makes a one-time code for a person.
///
/// # Errors
/// [`OfficeError::Settings`] when an officer has no certificate, an assistant has one, or the person is known under another name.
pub fn invite(office: &Office, who: &Invitee, address: &str) -> Result<Invited> {
    if (who.role == Role::Officer) != who.certificate.is_some() {
        return Err(OfficeError::Settings(
            "执法人员须有证件，协助人员不得有 an officer needs the fields of a certificate, an assistant has none".into(),
        ));
    }
    let code = random::<16>()?;
    let person = match who.person {
        Some(p) => p,
        None => Id(random()?),
    };
    let expires = office.now() + CODE_LIFE_MS;
    let certificate =
        who.certificate.as_ref().map(serde_json::to_string).transpose().map_err(|e| OfficeError::Settings(e.to_string()))?;
    office.store.write(|tx| {
        let known: Option<String> =
            tx.query_row("SELECT name FROM persons WHERE person = ?", params![person.0], |r| r.get(0)).optional()?;
        if known.is_some_and(|k| k != who.name) {
            return Err(OfficeError::Settings("此人员编号已登记他人姓名 this person id has another name".into()));
        }
        tx.execute(
            "INSERT INTO persons (person, name, role, certificate) VALUES (?, ?, ?, ?)
             ON CONFLICT (person) DO UPDATE SET role = excluded.role, certificate = excluded.certificate",
            params![person.0, who.name, who.role.name(), certificate],
        )?;
        tx.execute("DELETE FROM invitations WHERE expires < ?", params![office.now()])?;
        tx.execute(
            "INSERT INTO invitations (code, person, expires) VALUES (?, ?, ?)",
            params![sha256(&code), person.0, expires],
        )?;
        Ok(())
    })?;
    let text = Invitation { address: address.to_owned(), root: office.fingerprint()?, code }.to_text()?;
    Ok(Invited { person, text, expires })
}

/// Opens the sealed body of an application. Its LOG key then verifies the request.
///
/// # Errors
/// [`Refusal`] `malformed`.
pub fn open(office: &Office, body: &[u8]) -> std::result::Result<Application, Refusal> {
    let bad = || refuse(400, "malformed", "登记申请无法打开 the application does not open");
    let mut clear = Vec::new();
    office.keys.open(|| Ok(body), &mut clear).map_err(|_| bad())?;
    Application::decode(&clear).map_err(|_| bad())
}

/// Enrols the device; the same application again gives the same enrolment (its answer may have been lost).
///
/// # Errors
/// [`Refusal`] `code_unknown` or `not_yours`.
pub fn apply(office: &Office, a: &Application) -> std::result::Result<Vec<u8>, Refusal> {
    let code = sha256(&a.code);
    let unknown = || Err(refuse(403, "code_unknown", "登记码无效、已用或已过期 the code is unknown, used or expired"));
    let signed = office.store.write(|tx| {
        if let Some(signed) = repeated(office, tx, a, &code)? {
            return Ok(signed.map_or_else(unknown, Ok));
        }
        let person: Option<[u8; 16]> = tx
            .query_row("SELECT person FROM invitations WHERE code = ? AND expires >= ?", params![code, office.now()], |r| r.get(0))
            .optional()?;
        let taken: bool = tx.query_row("SELECT EXISTS (SELECT 1 FROM enrolments WHERE log = ?)", params![a.log.0], |r| r.get(0))?;
        let Some(person) = person.filter(|_| !taken) else { return Ok(unknown()) };
        if !succession::may_follow(office, tx, a, Id(person))? {
            return Ok(Err(refuse(403, "not_yours", "先前的登记不属于此人，或已有承接 the enrolment to follow is not this person's, or was followed already")));
        }
        tx.execute("DELETE FROM invitations WHERE code = ?", params![code])?;
        let (name, role): (String, String) =
            tx.query_row("SELECT name, role FROM persons WHERE person = ?", params![person], |r| Ok((r.get(0)?, r.get(1)?)))?;
        let e = Enrolment {
            enrolment: Id(random()?),
            device: a.device,
            log: a.log,
            person: Id(person),
            name,
            role: Role::from_name(&role).ok_or(OfficeError::NotFound("role"))?,
            log_key: a.log_key,
            show_key: a.show_key,
            officer_key: a.officer_key,
            recipient: a.recipient,
            key_protection: a.key_protection,
            attested: false,
            at: office.now(),
            succeeds: a.succeeds,
        };
        let signed = e.issue(office.keys.signer(Use::Badge)?)?;
        let leaf = OfficeLeaf::Enrolment { enrolment: Enrolment::digest(&signed), at: e.at };
        let receipt = log::append(office, tx, &leaf)?.receipt;
        tx.execute(
            "INSERT INTO enrolments (enrolment, person, device, log, code, signed, model, at, receipt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![e.enrolment.0, person, e.device.0, e.log.0, code, signed, a.model, e.at, receipt],
        )?;
        feed::welcome(office, tx, &e)?;
        tracing::info!(enrolment = %e.enrolment, log = %e.log, keys = e.key_protection.name(), "device enrolled");
        Ok(Ok(signed))
    })??;
    Ok(answer(&signed).map_err(OfficeError::from)?)
}

fn repeated(office: &Office, tx: &Transaction<'_>, a: &Application, code: &[u8; 32]) -> Result<Option<Option<Vec<u8>>>> {
    let signed: Option<Vec<u8>> =
        tx.query_row("SELECT signed FROM enrolments WHERE code = ?", params![code], |r| r.get(0)).optional()?;
    let Some(signed) = signed else { return Ok(None) };
    let e = Enrolment::open(&signed, &office.trust)?;
    let same =
        (e.log, e.log_key, e.show_key, e.officer_key, e.recipient) == (a.log, a.log_key, a.show_key, a.officer_key, a.recipient);
    Ok(Some(same.then_some(signed)))
}

/// The device of an enrolment.
///
/// # Errors
/// [`OfficeError`]; an unknown one is `None`.
pub fn device(office: &Office, enrolment: Id) -> Result<Option<Device>> {
    let signed: Option<Vec<u8>> = office.store.read(|c| {
        Ok(c.query_row("SELECT signed FROM enrolments WHERE enrolment = ?", params![enrolment.0], |r| r.get(0)).optional()?)
    })?;
    signed.map(|signed| Ok(Device { enrolment: Enrolment::open(&signed, &office.trust)?, signed })).transpose()
}
