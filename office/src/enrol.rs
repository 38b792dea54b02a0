//! Enrolment: the invitation with its one-time code, and the application that uses it (P10).

use crate::api::{Refusal, refuse};
use crate::attestation::Fault;
use crate::error::{OfficeError, Result};
use crate::feed;
use crate::keys::random;
use crate::office::Office;
use crate::register::{self, Act, Fields, Step};
use crate::store::{Tx, params};
use crate::{log, succession};
use mingzheng_core::calendar::Day;
use mingzheng_core::enrolment::{Application, CODE_LIFE_MS, Enrolment, Invitation, Role, answer};
use mingzheng_core::host::KeyProtection;
use mingzheng_core::id::{Id, sha256};
use mingzheng_core::log::OfficeLeaf;
use mingzheng_core::trust::Use;

/// Who is invited.
pub struct Invitee {
    /// A person that the office knows already; otherwise it is found by the certificate, or a new one is made.
    pub person: Option<Id>,
    /// 姓名; an officer's may come from the register.
    pub name: Option<String>,
    /// Officer or assistant.
    pub who: Who,
}

/// As what somebody is invited.
pub enum Who {
    /// 协助人员: has no certificate.
    Assistant,
    /// 执法人员, by the number of the certificate in the register.
    Officer {
        /// 证件编号.
        number: String,
        /// What else was said of the certificate: takes over one that the register does not know, and must agree with one that it knows.
        said: Box<Said>,
    },
}

/// What was said of a certificate.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// 单位.
    pub unit: Option<String>,
    /// 职务.
    pub position: Option<String>,
    /// 执法类别.
    pub category: Option<String>,
    /// 执法区域.
    pub area: Option<String>,
    /// 证件有效期, the last valid day.
    pub until: Option<Day>,
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
/// [`OfficeError::Settings`] when the certificate is not in effect, the register says otherwise, something is missing, or the person is known
/// under another name; [`OfficeError::Register`], [`OfficeError::Badge`] for a certificate that cannot be taken over.
pub fn invite(office: &Office, who: &Invitee, address: &str) -> Result<Invited> {
    let code = random::<16>()?;
    let expires = office.now() + CODE_LIFE_MS;
    let person = office.store.write(|tx| {
        let person = match &who.who {
            Who::Assistant => assistant(tx, who)?,
            Who::Officer { number, said } => officer(office, tx, who, number, said)?,
        };
        tx.execute("DELETE FROM invitations WHERE expires < ?", params![office.now()])?;
        tx.execute(
            "INSERT INTO invitations (code, person, expires) VALUES (?, ?, ?)",
            params![sha256(&code), person.0, expires],
        )?;
        Ok(person)
    })?;
    let text = Invitation { address: address.to_owned(), root: office.fingerprint()?, code }.to_text()?;
    Ok(Invited { person, text, expires })
}

fn assistant(tx: &Tx<'_>, who: &Invitee) -> Result<Id> {
    let name = who.name.as_ref().ok_or_else(|| missing("姓名 name"))?;
    let person = match who.person {
        Some(p) => p,
        None => Id(random()?),
    };
    same_name(tx, person, name)?;
    tx.execute(
        "INSERT INTO persons (person, name, role) VALUES (?, ?, ?) ON CONFLICT (person) DO UPDATE SET role = excluded.role",
        params![person.0, name, Role::Assistant.name()],
    )?;
    Ok(person)
}

fn missing(what: &str) -> OfficeError {
    OfficeError::Settings(format!("名册中没有此证件，应写明{what} the register does not know this certificate: say its {what}"))
}

fn same_name(tx: &Tx<'_>, person: Id, name: &str) -> Result<()> {
    let known: Option<String> = tx.row("SELECT name FROM persons WHERE person = ?", params![person.0], |r| r.get(0))?;
    if known.is_some_and(|k| k != name) {
        return Err(OfficeError::Settings("此人员编号已登记他人姓名 this person id has another name".into()));
    }
    Ok(())
}

/// The officer of a certificate that is in effect. One that the register does not know is taken over, when everything is said that it needs.
fn officer(office: &Office, tx: &Tx<'_>, who: &Invitee, number: &str, said: &Said) -> Result<Id> {
    let today = register::today(office)?;
    let certificate = match register::by_number(tx, number)? {
        Some(c) => c,
        None => {
            let text = |t: &Option<String>, what| t.clone().ok_or_else(|| missing(what));
            let name = text(&who.name, "姓名 name")?;
            if let Some(p) = who.person {
                same_name(tx, p, &name)?;
            }
            let fields = Fields {
                name,
                unit: text(&said.unit, "单位 unit")?,
                position: text(&said.position, "职务 position")?,
                number: number.to_owned(),
                category: text(&said.category, "执法类别 category")?,
                area: text(&said.area, "执法区域 area")?,
            };
            let step = Step {
                act: Act::TakenOver { fields, until: said.until.ok_or_else(|| missing("证件有效期 validity"))? },
                day: today,
                reason: "登记设备时承接既有证件 an existing certificate, taken over when a device was enrolled".into(),
                basis: "既有行政执法证件 the existing certificate".into(),
                by: "名册管理员 keeper of the register".into(),
            };
            let taken = register::take_over(office, tx, who.person, &step, 0)?;
            feed::register_changed(office, tx, &[taken.id])?;
            taken
        }
    };
    let state = certificate.on(today, &office.settings.register);
    if !state.in_effect() {
        return Err(OfficeError::Settings(format!("证件不在有效状态：{} the certificate is not in effect", state.title())));
    }
    let f = &certificate.life.fields;
    let differ = [
        ("姓名 name", &who.name, &f.name),
        ("单位 unit", &said.unit, &f.unit),
        ("职务 position", &said.position, &f.position),
        ("执法类别 category", &said.category, &f.category),
        ("执法区域 area", &said.area, &f.area),
    ];
    let differ = differ.iter().find(|(_, s, known)| s.as_ref().is_some_and(|s| s != *known)).map(|(what, ..)| *what);
    let until = said.until.is_some_and(|u| Some(u) != certificate.life.until).then_some("证件有效期 validity");
    if let Some(what) = differ.or(until) {
        return Err(OfficeError::Settings(format!(
            "与名册不符：{what}；请在名册中换发 the register says otherwise; renew the certificate there"
        )));
    }
    let holders = register::holders(tx, certificate.id)?;
    let person = who.person.or(holders.first().copied()).filter(|p| holders.contains(p));
    person.ok_or_else(|| OfficeError::Settings("此证件属于另一人员编号 this certificate belongs to another person id".into()))
}

/// Opens the sealed body of an application. Its LOG key then verifies the request.
///
/// # Errors
/// [`Refusal`] `malformed`.
pub fn open(office: &Office, body: &[u8]) -> std::result::Result<Application, Refusal> {
    let bad = || refuse(400, "malformed", "登记申请无法打开 the application does not open");
    let clear = office.keys.open_bytes(body).map_err(|_| bad())?;
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
            .row("SELECT person FROM invitations WHERE code = ? AND expires >= ?", params![code, office.now()], |r| r.get(0))?;
        let taken: bool = tx.one("SELECT EXISTS (SELECT 1 FROM enrolments WHERE log = ?)", params![a.log.0], |r| r.get(0))?;
        let Some(person) = person.filter(|_| !taken) else { return Ok(unknown()) };
        if !succession::may_follow(office, tx, a, Id(person))? {
            return Ok(Err(refuse(403, "not_yours", "先前的登记不属于此人，或已有承接 the enrolment to follow is not this person's, or was followed already")));
        }
        tx.execute("DELETE FROM invitations WHERE code = ?", params![code])?;
        let (name, role): (String, String) =
            tx.one("SELECT name, role FROM persons WHERE person = ?", params![person], |r| Ok((r.get(0)?, r.get(1)?)))?;
        let judged = office.attested.judge(a, office.now());
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
            // Proven not to be in hardware is no claim any more.
            key_protection: if judged == Err(Fault::SoftwareLevel) { KeyProtection::Software } else { a.key_protection },
            attested: judged.is_ok(),
            at: office.now(),
            succeeds: a.succeeds,
        };
        let signed = e.issue(office.keys.signer(Use::Badge)?)?;
        let leaf = OfficeLeaf::Enrolment { enrolment: Enrolment::digest(&signed), at: e.at };
        let receipt = log::append(office, tx, &leaf)?.receipt;
        tx.execute(
            "INSERT INTO enrolments (enrolment, person, device, log, code, signed, model, at, receipt) VALUES (?, ?, ?, ?,
             ?, ?, ?, ?, ?)",
            params![e.enrolment.0, person, e.device.0, e.log.0, code, signed, a.model, e.at, receipt],
        )?;
        if let Some(said) = &a.attestation {
            let verdict = judged.err().map_or_else(|| "attested".to_owned(), |why| why.to_string());
            tx.execute(
                "INSERT INTO attestations (enrolment, said, verdict) VALUES (?, ?, ?)",
                params![e.enrolment.0, said, verdict],
            )?;
        }
        feed::welcome(office, tx, &e)?;
        let claimed = judged.err().map_or_else(String::new, |why| why.to_string());
        tracing::info!(enrolment = %e.enrolment, log = %e.log, keys = e.key_protection.name(), attested = e.attested, claimed, "device enrolled");
        Ok(Ok(signed))
    })??;
    Ok(answer(&signed).map_err(OfficeError::from)?)
}

fn repeated(office: &Office, tx: &Tx<'_>, a: &Application, code: &[u8; 32]) -> Result<Option<Option<Vec<u8>>>> {
    let signed: Option<Vec<u8>> = tx.row("SELECT signed FROM enrolments WHERE code = ?", params![code], |r| r.get(0))?;
    let Some(signed) = signed else { return Ok(None) };
    let e = Enrolment::open(&signed, &office.trust)?;
    let same =
        (e.log, e.log_key, e.show_key, e.officer_key, e.recipient) == (a.log, a.log_key, a.show_key, a.officer_key, a.recipient);
    Ok(Some(same.then_some(signed)))
}

/// The device that keeps a log.
///
/// # Errors
/// [`OfficeError`]; an unknown one is `None`.
pub fn of_log(office: &Office, log: Id) -> Result<Option<Device>> {
    let signed: Option<Vec<u8>> =
        office.store.read(|c| Ok(c.row("SELECT signed FROM enrolments WHERE log = ?", params![log.0], |r| r.get(0))?))?;
    signed.map(|signed| Ok(Device { enrolment: Enrolment::open(&signed, &office.trust)?, signed })).transpose()
}

/// The device of an enrolment.
///
/// # Errors
/// [`OfficeError`]; an unknown one is `None`.
pub fn device(office: &Office, enrolment: Id) -> Result<Option<Device>> {
    let signed: Option<Vec<u8>> = office
        .store
        .read(|c| Ok(c.row("SELECT signed FROM enrolments WHERE enrolment = ?", params![enrolment.0], |r| r.get(0))?))?;
    signed.map(|signed| Ok(Device { enrolment: Enrolment::open(&signed, &office.trust)?, signed })).transpose()
}
