//! A paper on its way (P8): facts → C1 → presented PDF → its digest → signatures or refusal → C2 → final PDF, sealed → its digest → C3.

use super::act::{clean, text};
use super::drawn::drawings;
use super::known;
use super::record::{self, moment};
use super::{Phone, PhoneError, id, pass};
use crate::cbor::{self, Value};
use crate::document::facts::{
    CheckpointLine, Closing, Ink, Moment, OfficerSignature, PartyResponse, PartySignature, ReadAloud, RecordFacts, RecordPage,
    Refusal, RefusalKind, Witness,
};
use crate::document::form::{FormClosing, FormPage, FormSignature, Seal};
use crate::document::{self, Attachment, Fonts, Form, PaperIdentity, Relationship, SealError};
use crate::host::DeviceKey;
use crate::id::{Digest, Id, digest_from_hex, hex, sha256};
use crate::inspection::{CopyKind, Event, Inspection, NoSignature, PaperState, SignRole, StockNumber, gate, organ, stock};
use crate::log::{Checkpoint, Entry, tree};
use crate::pack::{self, Pack, Signer};
use crate::sign::{Prepared, Unverified};
use crate::statement::{Statement, What};
use crate::store::rows::{self, CheckpointRow, SealedKind};

/// The kind of a signature over a PDF.
pub(crate) const PAPER_TYP: &str = "mz1/paper";
/// What stands above the party's signature.
const WORDING: &str = "以上笔录我已看过（已向我宣读），与事实相符。";
/// The same where a paper is handed over.
const RECEIVED: &str = "本文书（及所附清单）我已看过并收到。";

/// The words above the party's signature on a paper of this form.
pub(super) fn wording(p: &PaperState, pack: &Pack) -> &'static str {
    let handed = |f: &pack::Form| f.signers.contains(&Signer::Seal) || f.signers.contains(&Signer::Receiver);
    if !p.is_record() && pack.form(p.form_id()).is_some_and(handed) { RECEIVED } else { WORDING }
}

/// What is typeset: the record, or a form of the pack.
pub(super) enum Sheet {
    Record(Box<RecordPage>),
    Form(Box<FormPage>),
}

/// A paper as the shell shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperView {
    /// Its id: the 编号.
    pub id: String,
    /// SHA-256 of the newest PDF, hex.
    pub digest: String,
    /// Whether it is final.
    pub finished: bool,
}

/// A legal subject of a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectView {
    /// Row of the pack.
    pub id: String,
    /// Name of the organ.
    pub organ: String,
    /// Its record, once it was made.
    pub record: Option<String>,
    /// The record is finished or signed by hand.
    pub finished: bool,
}

/// Somebody signs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignInput {
    /// Name of who signs.
    pub name: String,
    /// 职务 of the party's signer.
    pub position: String,
    /// The strokes as captured (time, pressure); biometric: sealed, never shown.
    pub strokes: Vec<u8>,
    /// The shape as printed.
    pub ink: Option<Ink>,
    /// Media segment that shows it.
    pub media: Option<String>,
    /// 逐页签名: the shape at the foot of each page, in their order, where the form asks for it.
    pub pages: Vec<Ink>,
}

/// The party does not sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefuseInput {
    /// Refused, unable or absent.
    pub why: NoSignature,
    /// Who.
    pub name: String,
    /// Reason in words.
    pub reason: String,
    /// 见证人 name.
    pub witness: Option<String>,
    /// 见证人 unit.
    pub witness_unit: Option<String>,
    /// The witness's signature as printed.
    pub witness_ink: Option<Ink>,
    /// Media segment that shows it.
    pub media: Option<String>,
}

impl Phone {
    /// Makes the record from what happened, and the PDF that is laid before the party. Made again after a correction.
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] names what is missing or which character the fonts lack; nothing was signed then.
    pub fn compose_record(&self, inspection: &str) -> Result<PaperView, PhoneError> {
        self.compose_record_of(inspection, None)
    }

    /// Where one visit concerns two legal subjects each has a record of its own, with its own number and organ (J33); none: the task's own.
    ///
    /// # Errors
    /// As [`Phone::compose_record`]; [`PhoneError::NotFound`] for a subject that this visit does not concern.
    pub fn compose_record_of(&self, inspection: &str, subject: Option<&str>) -> Result<PaperView, PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let (i, pack) = self.folded(case)?;
        pass(gate::ask_or_inspect(&i, &pack))?;
        let now = self.host.clock.now();
        let subjects = known::subjects(&i, &pack);
        let of = match subject {
            Some(wanted) => {
                subjects.iter().position(|(id, _)| id == wanted).ok_or(PhoneError::NotFound("subject of this visit"))?
            }
            None => 0,
        };
        let about = subjects.get(of).filter(|_| of > 0).map(|(id, _)| id.clone());
        let number = match i.record_about(about.as_deref()) {
            Some(p) if p.finished.is_some() => return Err(PhoneError::Invalid("笔录已经完成 / the record is finished".into())),
            Some(p) => p.id.clone(),
            None => self.free_number(&i, PaperState::RECORD)?.ok_or(PhoneError::NotFound("paper number"))?,
        };
        let ended = Moment { ms: now.wall_ms, offset_min: i16::try_from(now.zone_min).unwrap_or(0) };
        let mut facts = record::facts(&i, &pack, &number, ended, of)?;
        let fonts = self.fonts()?;
        let said = serde_json::to_value(&facts).map_err(|_| PhoneError::Invalid("facts".into()))?;
        let (drawn, missing) = drawings(&fonts, &i, &said);
        if !missing.is_empty() {
            return Err(document::DocumentError::MissingGlyphs(missing).into());
        }
        facts.drawn = drawn;
        let json = serde_json::to_value(&facts).map_err(|_| PhoneError::Invalid("facts".into()))?;
        self.lay_before(case, &pack, &number, PaperState::RECORD, about, json, ended, |presented, trust_root| {
            Sheet::Record(Box::new(RecordPage { facts, presented, closing: None, trust_root }))
        })
    }

    /// The legal subjects that this visit concerns, each with its record (J33).
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn subjects(&self, inspection: &str) -> Result<Vec<SubjectView>, PhoneError> {
        let (i, pack) = self.folded(id(inspection, "inspection")?)?;
        let all = known::subjects(&i, &pack).into_iter().enumerate();
        Ok(all
            .map(|(n, (id, organ))| {
                let record = i.record_about((n > 0).then_some(id.as_str()));
                SubjectView {
                    record: record.map(|p| p.id.clone()),
                    finished: record.is_some_and(|p| p.finished.is_some() || i.inked(p).is_some()),
                    id,
                    organ,
                }
            })
            .collect())
    }

    /// Fixes the facts of a paper and makes the PDF that is laid before the party.
    #[allow(clippy::too_many_arguments)] // a paper has these parts
    pub(super) fn lay_before(
        &self,
        case: Id,
        pack: &Pack,
        paper: &str,
        form: &str,
        about: Option<String>,
        facts: serde_json::Value,
        at: Moment,
        sheet: impl FnOnce(CheckpointLine, String) -> Sheet,
    ) -> Result<PaperView, PhoneError> {
        let bytes = cbor::encode(&cbor::from_json(&facts)?)?;
        let row = pack.form(form).ok_or(PhoneError::NotFound("form"))?;
        let event = Event::Facts { paper: paper.to_owned(), form: pack.row(&row.id), digest: hex(&sha256(&bytes)), facts, about };
        let entries = self.append(Some(case), &[event], Vec::new(), |_| Ok(()))?;
        let c1 = self.require_checkpoint()?;
        let sheet = sheet(self.line(&c1)?, self.trust_root()?);
        let attachments = self.attachments(&bytes, &entries, &c1)?;
        let pdf = self.render(pack, form, &sheet, at, &attachments, &entries)?;
        let presented = sha256(&pdf);
        let sealed = self.seal_paper_file(case, paper, &pdf)?;
        let event = Event::Presented {
            paper: paper.to_owned(),
            presented: hex(&presented),
            checkpoint: hex(&Checkpoint::digest(&c1.cose)),
        };
        self.append(Some(case), &[event], Vec::new(), |tx| {
            rows::add_sealed(tx, &sealed)?;
            Ok(rows::put_presented(tx, paper, case, &pdf)?)
        })?;
        self.checkpoint()?;
        Ok(PaperView { id: paper.to_owned(), digest: hex(&presented), finished: false })
    }

    /// The newest PDF of a paper.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn paper_pdf(&self, paper: &str) -> Result<Vec<u8>, PhoneError> {
        self.with(|i| match i.store.read(|c| rows::paper_pdf(c, paper))? {
            Some(pdf) => Ok(pdf),
            None => Err(i.not_here(|i| i.paper(paper).map(|p| p.facts_at.entry.log), "paper")),
        })
    }

    /// The party signs the presented paper.
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] when nothing was presented.
    pub fn sign_as_party(&self, inspection: &str, paper: &str, input: SignInput) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let (i, pack) = self.folded(case)?;
        let p = open_paper(&i, paper)?;
        let pack = self.pack_of_paper(&i, p, pack)?;
        if pack.form(p.form_id()).is_some_and(|form| form.each_page) {
            let pages = document::page::count(&self.paper_pdf(paper)?);
            pass(gate::each_page(input.pages.len(), pages))?;
        }
        self.add_signature(case, &i, p, &pack, SignRole::Party, input, None, None)
    }

    /// The user signs as an officer, with the OFFICER key of this device.
    ///
    /// # Errors
    /// [`PhoneError::Blocked`] (J2) when the user is no officer who is present; [`PhoneError::Locked`].
    pub fn sign_as_officer(&self, inspection: &str, paper: &str, input: SignInput) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let (i, pack) = self.folded(case)?;
        let p = open_paper(&i, paper)?;
        let pack = self.pack_of_paper(&i, p, pack)?;
        let me = self.with(|inner| inner.me())?;
        let mut gates = gate::sign_as_officer(&i, &me.number);
        gates.extend(organ::signs(&i, &pack, p, &me.number));
        pass(gates)?;
        let statement = self.signing_statement(case, p, &input, &i, &pack)?;
        let signed = self.sign_statement(&statement)?;
        let input = SignInput { name: me.name, ..input };
        self.add_signature(case, &i, p, &pack, SignRole::Officer, input, Some(me.number), Some(signed))
    }

    /// What the OFFICER key signs for a paper.
    fn signing_statement(
        &self,
        case: Id,
        p: &PaperState,
        input: &SignInput,
        i: &Inspection,
        pack: &Pack,
    ) -> Result<Statement, PhoneError> {
        let (facts, presented) = digests(p)?;
        let enrolment = self.with(|inner| Ok(inner.enrolled()?.enrolment.clone()))?;
        let me = self.with(|inner| inner.me())?;
        Ok(Statement {
            what: What::Sign,
            person: enrolment.person,
            name: me.name,
            number: me.number,
            role: enrolment.role.name().to_owned(),
            case,
            at: self.host.clock.now().wall_ms,
            facts: Some(facts),
            presented: Some(presented),
            wording: Some(sha256(wording(p, pack).as_bytes())),
            strokes: (!input.strokes.is_empty()).then(|| sha256(&input.strokes)),
            media: input.media.clone(),
            present: i.arrived.iter().map(|(o, ..)| o.name.clone()).collect(),
            ..Statement::default()
        })
    }

    #[allow(clippy::too_many_arguments)] // one signature has these parts
    fn add_signature(
        &self,
        case: Id,
        i: &Inspection,
        p: &PaperState,
        pack: &Pack,
        role: SignRole,
        input: SignInput,
        number: Option<String>,
        statement: Option<Vec<u8>>,
    ) -> Result<(), PhoneError> {
        let (facts, presented) = digests(p)?;
        let name = match (role, &i.task) {
            (SignRole::Party, Some(t)) if input.name.is_empty() => t.enterprise.manager.clone(),
            _ => text(input.name)?,
        };
        let strokes = if input.strokes.is_empty() { None } else { Some(sha256(&input.strokes)) };
        let sealed = self.seal_strokes(case, &p.id, &input.strokes)?;
        let event = Event::Signed {
            paper: p.id.clone(),
            role,
            name,
            number,
            facts: hex(&facts),
            presented: hex(&presented),
            wording: hex(&sha256(wording(p, pack).as_bytes())),
            strokes: strokes.map(|s| hex(&s)),
            ink: input.ink.and_then(|ink| serde_json::to_value(ink).ok()),
            media: input.media,
            statement: statement.map(|s| hex(&s)),
            pages: input.pages.iter().filter_map(|ink| serde_json::to_value(ink).ok()).collect(),
        };
        self.append(Some(case), &[event], Vec::new(), |tx| {
            if let Some(row) = &sealed {
                rows::add_sealed(tx, row)?;
            }
            Ok(())
        })?;
        self.checkpoint()?;
        Ok(())
    }

    /// Strokes are biometric: sealed like evidence, never shown again (P8).
    pub(crate) fn seal_strokes(&self, case: Id, paper: &str, strokes: &[u8]) -> Result<Option<rows::SealedRow>, PhoneError> {
        if strokes.is_empty() {
            return Ok(None);
        }
        let to = self.case_recipients(case)?;
        self.seal_bytes(case, SealedKind::Strokes, paper, strokes, &to).map(Some)
    }

    /// Whom something of this inspection is sealed to.
    pub(super) fn case_recipients(&self, case: Id) -> Result<crate::seal::Recipients, PhoneError> {
        let now = self.host.clock.now().wall_ms;
        self.with(|inner| {
            let identity = crate::seal::Identity::from_bytes(&inner.inspection(case)?.identity)?;
            inner.evidence_recipients(&identity, now)
        })
    }

    /// The second officer's signature, made on the own phone and verified there and here.
    pub(crate) fn add_peer_signature(
        &self,
        case: Id,
        paper: &str,
        statement: &Statement,
        signed: &[u8],
        ink: Option<serde_json::Value>,
        seen: Vec<crate::log::Seen>,
    ) -> Result<(), PhoneError> {
        let (i, pack) = self.folded(case)?;
        let p = open_paper(&i, paper)?;
        let pack = self.pack_of_paper(&i, p, pack)?;
        let mut gates = gate::sign_as_officer(&i, &statement.number);
        gates.extend(organ::signs(&i, &pack, p, &statement.number));
        pass(gates)?;
        let (facts, presented) = digests(p)?;
        if statement.facts != Some(facts) || statement.presented != Some(presented) || statement.case != case {
            return Err(PhoneError::Refused("the statement is about another paper".into()));
        }
        let event = Event::Signed {
            paper: p.id.clone(),
            role: SignRole::SecondOfficer,
            name: statement.name.clone(),
            number: Some(statement.number.clone()),
            facts: hex(&facts),
            presented: hex(&presented),
            wording: statement.wording.map(|w| hex(&w)).unwrap_or_default(),
            strokes: statement.strokes.map(|s| hex(&s)),
            ink,
            media: statement.media.clone(),
            statement: Some(hex(signed)),
            pages: Vec::new(),
        };
        self.append(Some(case), &[event], seen, |_| Ok(()))?;
        self.checkpoint()?;
        Ok(())
    }

    /// 宣读: the presented paper was read aloud to somebody; the final paper says so.
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] when nothing was presented.
    pub fn read_aloud(&self, inspection: &str, paper: &str, to: &str, media: Option<String>) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let (i, _) = self.folded(case)?;
        let p = open_paper(&i, paper)?;
        let by = self.with(|inner| inner.me())?;
        pass(gate::sign_as_officer(&i, &by.number))?;
        let presented = p.presented.clone().unwrap_or_default();
        let to = text(to.to_owned())?;
        self.append(Some(case), &[Event::ReadAloud { paper: paper.to_owned(), presented, by, to, media }], Vec::new(), |_| {
            Ok(())
        })?;
        Ok(())
    }

    /// 预盖章用纸: the paper is printed on this sheet of the team's stock; the final paper names it.
    ///
    /// # Errors
    /// [`PhoneError::Blocked`] (R14) for a sheet that the team was not given, or that is used or void.
    pub fn use_sheet(&self, inspection: &str, paper: &str, sheet: &str) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let (i, pack) = self.folded(case)?;
        let p = open_paper(&i, paper)?;
        if !pack.form(p.form_id()).is_some_and(|form| form.signers.contains(&Signer::Seal)) {
            return Err(PhoneError::Invalid("这种文书不盖印章 / this form carries no seal".into()));
        }
        pass(stock::sheet(&i, sheet))?;
        let (paper, facts) = (paper.to_owned(), p.facts_digest.clone());
        let event = Event::StockSealed { paper, facts, sheet: text(sheet.to_owned())? };
        self.append(Some(case), &[event], Vec::new(), |_| Ok(()))?;
        Ok(())
    }

    /// 封条 and 预盖章用纸 of the team, each number accounted for.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn stock(&self, inspection: &str) -> Result<Vec<StockNumber>, PhoneError> {
        Ok(self.folded(id(inspection, "inspection")?)?.0.stock())
    }

    /// A copy of a finished paper goes to somebody: for whom the copy is, and who took it (R14).
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] while the paper is neither finished nor signed by hand.
    pub fn hand_paper(&self, inspection: &str, paper: &str, copy: &str, receiver: &str, how: CopyKind) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let (i, _) = self.folded(case)?;
        let p = i.paper(paper).ok_or(PhoneError::NotFound("paper"))?;
        if i.closed.is_some() || p.voided.is_some() || (p.finished.is_none() && i.inked(p).is_none()) {
            return Err(PhoneError::Invalid(
                "文书尚未完成，或者检查已经结束 / the paper is not finished, or the inspection is closed".into(),
            ));
        }
        let (copy, receiver) = (text(copy.to_owned())?, text(receiver.to_owned())?);
        let event = Event::PaperHanded { paper: paper.to_owned(), copy, receiver, how };
        self.append(Some(case), &[event], Vec::new(), |_| Ok(()))?;
        self.checkpoint()?;
        Ok(())
    }

    /// Records that the party does not sign: reason, and a witness where there is one (证据规定 15).
    ///
    /// # Errors
    /// [`PhoneError::Invalid`] without a reason.
    pub fn refuse_paper(&self, inspection: &str, paper: &str, input: RefuseInput) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let (i, _) = self.folded(case)?;
        let p = open_paper(&i, paper)?;
        let event = Event::Refused {
            paper: p.id.clone(),
            why: input.why,
            name: text(input.name)?,
            reason: text(input.reason)?,
            witness: input.witness.map(text).transpose()?,
            witness_unit: input.witness_unit.map(clean).transpose()?,
            witness_ink: input.witness_ink.and_then(|ink| serde_json::to_value(ink).ok()),
            media: input.media,
        };
        self.append(Some(case), &[event], Vec::new(), |_| Ok(()))?;
        self.checkpoint()?;
        Ok(())
    }

    /// Makes the final paper: signatures or refusal shown, C2 printed, its bytes signed by the OFFICER key.
    ///
    /// # Errors
    /// [`PhoneError::Blocked`] (J5) while signatures are missing.
    pub fn finish_paper(&self, inspection: &str, paper: &str) -> Result<PaperView, PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let (i, pack) = self.folded(case)?;
        let p = open_paper(&i, paper)?;
        if self.with(|inner| inner.elsewhere(&i, p.facts_at.entry.log))? {
            return Err(super::lead::on_the_other_phone());
        }
        if p.facts_at.entry.log != self.with(|inner| Ok(inner.device.log))? {
            // Its proofs lead to checkpoints of one log.
            return Err(PhoneError::Invalid(
                "手机换了日志，请重新生成笔录再签名 / the log was renewed: make the record anew, then sign".into(),
            ));
        }
        let pack = self.pack_of_paper(&i, p, pack)?;
        pass(gate::finish_paper(&i, p, &pack))?;
        let bytes = cbor::encode(&cbor::from_json(&p.facts)?)?;
        let c2 = self.require_checkpoint()?;
        let c1 = self.checkpoint_named(p.presented_checkpoint.as_deref())?;
        let (presented, checkpoint, trust_root) = (self.line(&c1)?, self.line(&c2)?, self.trust_root()?);
        let at = checkpoint.at;
        let sheet = if p.is_record() {
            let facts: RecordFacts = serde_json::from_value(p.facts.clone()).map_err(|_| PhoneError::Invalid("facts".into()))?;
            let closing = Some(closing(p, &facts, checkpoint)?);
            Sheet::Record(Box::new(RecordPage { facts, presented, closing, trust_root }))
        } else {
            let closing = Some(form_closing(p, &pack, checkpoint)?);
            let (facts, presented, trust_root) = (p.facts.clone(), Some(presented), Some(trust_root));
            Sheet::Form(Box::new(FormPage { facts, closing, presented, trust_root }))
        };
        let entries = self.with(|inner| Ok(inner.store.read(|c| rows::case_entries(c, case, Some(inner.life)))?))?;
        let of_paper = |e: &Entry| e.header().seq >= p.facts_at.entry.seq && e.header().kind.starts_with("document.");
        let entries: Vec<Entry> = entries.into_iter().filter(of_paper).collect();
        let attachments = self.attachments(&bytes, &entries, &c2)?;
        let pdf = self.render(&pack, p.form_id(), &sheet, at, &attachments, &entries)?;
        let (officer_key, generation) = self.with(|inner| Ok((inner.enrolled()?.enrolment.officer_key, inner.generation)))?;
        let sign = |digest: &[u8; 32]| -> Result<Vec<u8>, PhoneError> {
            let prepared = Prepared::detached(PAPER_TYP, &officer_key, digest.to_vec())?;
            let signature = self.host.keys.sign(DeviceKey::Officer, generation, &prepared.message()?)?;
            let signed = prepared.finish(&signature)?;
            Unverified::read(&signed, PAPER_TYP)?.verify_detached(&officer_key, digest)?;
            Ok(signed)
        };
        let pdf = document::seal_paper(pdf, sign).map_err(|e| match e {
            SealError::Document(d) => d.into(),
            SealError::Sign(p) => p,
        })?;
        let digest = sha256(&pdf);
        let sealed = self.seal_paper_file(case, paper, &pdf)?;
        let event =
            Event::Finished { paper: paper.to_owned(), digest: hex(&digest), checkpoint: hex(&Checkpoint::digest(&c2.cose)) };
        self.append(Some(case), &[event], Vec::new(), |tx| {
            rows::add_sealed(tx, &sealed)?;
            Ok(rows::put_final(tx, paper, &pdf)?)
        })?;
        self.checkpoint()?;
        Ok(PaperView { id: paper.to_owned(), digest: hex(&digest), finished: true })
    }

    fn seal_paper_file(&self, case: Id, paper: &str, pdf: &[u8]) -> Result<rows::SealedRow, PhoneError> {
        self.seal_bytes(case, SealedKind::Paper, paper, pdf, &self.case_recipients(case)?)
    }

    /// The host's fonts, read once.
    pub(super) fn fonts(&self) -> Result<Fonts, PhoneError> {
        if let Some(f) = self.with(|i| Ok(i.fonts.clone()))? {
            return Ok(f);
        }
        let fonts = Fonts::from_bytes(self.host.fonts.files())?;
        self.with(|i| {
            i.fonts = Some(fonts.clone());
            Ok(())
        })?;
        Ok(fonts)
    }

    fn render(
        &self,
        pack: &Pack,
        form: &str,
        sheet: &Sheet,
        at: Moment,
        attachments: &[Attachment],
        entries: &[Entry],
    ) -> Result<Vec<u8>, PhoneError> {
        let fonts = self.fonts()?;
        let page = match sheet {
            Sheet::Form(page) => return Ok(document::form::paper(pack, form, page, at, &fonts, attachments.to_vec())?),
            Sheet::Record(page) => page,
        };
        let form = Form::of(pack, form).ok_or(PhoneError::NotFound("form"))?;
        let identity = PaperIdentity {
            title: format!("{} {}", form.title, page.facts.number),
            at,
            id: entries.last().map(|e| e.digest().to_vec()).unwrap_or_default(),
        };
        let json = serde_json::to_value(page).map_err(|_| PhoneError::Invalid("page".into()))?;
        Ok(document::render(&form, &json, &fonts, attachments, &identity)?)
    }

    fn trust_root(&self) -> Result<String, PhoneError> {
        self.with(|i| Ok(i.trust()?.roots.fingerprint()?.to_string()))
    }

    fn line(&self, row: &CheckpointRow) -> Result<CheckpointLine, PhoneError> {
        let key = self.with(|i| Ok(i.enrolled()?.enrolment.log_key))?;
        let c = Checkpoint::open(&row.cose, &key)?;
        Ok(CheckpointLine {
            log: c.log.to_string(),
            cp_no: c.cp_no,
            size: c.size,
            root: hex(&c.root),
            at: Moment { ms: c.clocks.reading.wall_ms, offset_min: i16::try_from(c.clocks.reading.zone_min).unwrap_or(0) },
        })
    }

    fn checkpoint_named(&self, digest: Option<&str>) -> Result<CheckpointRow, PhoneError> {
        let all = self.with(|i| Ok(i.store.read(rows::checkpoints)?))?;
        let named = |c: &CheckpointRow| digest == Some(hex(&Checkpoint::digest(&c.cose)).as_str());
        all.into_iter().find(named).ok_or(PhoneError::NotFound("checkpoint"))
    }

    /// What makes a paper judge itself: the facts, their entries with inclusion proofs, the checkpoint, the enrolment and the trust list.
    fn attachments(&self, facts: &[u8], entries: &[Entry], checkpoint: &CheckpointRow) -> Result<Vec<Attachment>, PhoneError> {
        let (headers, enrolment, trust) = self.with(|i| {
            let headers = i.store.read(|c| rows::headers(c, i.life))?;
            let trust = i.store.setting(super::state::key::TRUST)?.ok_or(PhoneError::NotEnrolled)?;
            Ok((headers, i.enrolled()?.cose.clone(), trust))
        })?;
        let leaves: Vec<Digest> = headers.iter().take(checkpoint.size as usize).map(|h| tree::leaf(h)).collect();
        let proven = entries
            .iter()
            .filter(|e| e.header().seq < checkpoint.size)
            .map(|e| {
                let path = tree::inclusion(&leaves, e.header().seq as usize).ok_or(PhoneError::NotFound("entry"))?;
                let path: Vec<Value> = path.into_iter().map(Value::from).collect();
                let Value::Array(mut parts) = e.to_value() else { return Err(PhoneError::Host) };
                parts.push(path.into());
                Ok(Value::Array(parts))
            })
            .collect::<Result<Vec<_>, PhoneError>>()?;
        let file = |name: &str, description: &str, relationship, bytes: Vec<u8>| Attachment {
            name: name.into(),
            mime: if name.ends_with(".cose") { "application/cose" } else { "application/cbor" }.into(),
            description: description.into(),
            relationship,
            bytes,
        };
        Ok(vec![
            file("facts.cbor", "签认的事实 / the signed facts", Relationship::Source, facts.to_vec()),
            file(
                "entries.cbor",
                "日志条目与证明 / log entries with proofs",
                Relationship::Data,
                cbor::encode(&Value::Array(proven))?,
            ),
            file("checkpoint.cose", "校验点 / checkpoint", Relationship::Data, checkpoint.cose.clone()),
            file("enrolment.cose", "设备登记 / enrolment of the device", Relationship::Data, enrolment),
            file("trust.cbor", "信任列表 / trust list", Relationship::Data, trust),
        ])
    }
}

pub(super) fn open_paper<'a>(i: &'a Inspection, paper: &str) -> Result<&'a PaperState, PhoneError> {
    let p = i.paper(paper).ok_or(PhoneError::NotFound("paper"))?;
    if p.finished.is_some() {
        return Err(PhoneError::Invalid("文书已经完成 / the paper is finished".into()));
    }
    if p.voided.is_some() {
        return Err(PhoneError::Invalid("文书已经作废 / the paper is void".into()));
    }
    if p.presented.is_none() {
        return Err(PhoneError::Invalid("文书尚未出示 / the paper was not presented".into()));
    }
    Ok(p)
}

fn digests(p: &PaperState) -> Result<(Digest, Digest), PhoneError> {
    let presented = p.presented.as_deref().and_then(digest_from_hex).ok_or(PhoneError::NotFound("presented paper"))?;
    Ok((digest_from_hex(&p.facts_digest).ok_or(PhoneError::NotFound("facts"))?, presented))
}

fn ink(json: &Option<serde_json::Value>) -> Option<Ink> {
    json.clone().and_then(|j| serde_json::from_value(j).ok())
}

/// How the party did not sign.
fn refusal(p: &PaperState) -> Option<Refusal> {
    let r = p.refusal.as_ref()?;
    Some(Refusal {
        kind: match r.why {
            NoSignature::Refused => RefusalKind::Refused,
            NoSignature::Unable => RefusalKind::Unable,
            NoSignature::Absent => RefusalKind::Absent,
        },
        name: r.name.clone(),
        reason: r.reason.clone(),
        at: moment(&r.at),
        witness: r.witness.as_ref().map(|name| Witness {
            name: name.clone(),
            unit: r.witness_unit.clone().unwrap_or_default(),
            at: moment(&r.at),
            ink: ink(&r.witness_ink),
        }),
        media_segment: r.media.clone(),
    })
}

fn read_aloud(p: &PaperState) -> Option<ReadAloud> {
    let r = p.read_aloud.as_ref()?;
    Some(ReadAloud { by: r.by.name.clone(), to: r.to.clone(), at: moment(&r.at), media_segment: r.media.clone() })
}

/// The same for a form of the pack: who signs as what is what the form says.
fn form_closing(p: &PaperState, pack: &Pack, checkpoint: CheckpointLine) -> Result<FormClosing, PhoneError> {
    let form = pack.form(p.form_id()).ok_or(PhoneError::NotFound("form"))?;
    let recorder = p.facts.pointer("/fields/recorder").and_then(serde_json::Value::as_str);
    let as_what = |s: &crate::inspection::SignatureGiven| -> Vec<Signer> {
        let fits = |signer: &&Signer| match (s.role, signer) {
            (SignRole::Party, signer) => Signer::HEARD.contains(signer),
            (_, Signer::Officers | Signer::Handlers) => true,
            (_, Signer::Recorder) => recorder == Some(s.name.as_str()),
            _ => false,
        };
        form.signers.iter().filter(fits).copied().collect()
    };
    let one = |s: &crate::inspection::SignatureGiven, signer| FormSignature {
        signer,
        name: s.name.clone(),
        position: None,
        certificate: s.number.clone(),
        opinion: (s.role == SignRole::Party).then(|| wording(p, pack).to_owned()),
        at: moment(&s.at),
        ink: ink(&s.ink),
        pages: s.pages.iter().filter_map(|page| ink(&Some(page.clone()))).collect(),
    };
    let signatures =
        p.signatures.iter().flat_map(|s| as_what(s).into_iter().map(move |signer| one(s, signer))).collect::<Vec<_>>();
    let party = p.signatures.iter().any(|s| s.role == SignRole::Party);
    let refusal = if party { None } else { refusal(p) };
    let (seal, read_aloud) = (p.sheet.clone().map(Seal::Stock), read_aloud(p));
    Ok(FormClosing { signatures, refusal, initials: Vec::new(), read_aloud, seal, checkpoint: Some(checkpoint) })
}

fn closing(p: &PaperState, facts: &RecordFacts, checkpoint: CheckpointLine) -> Result<Closing, PhoneError> {
    let officers = p
        .signatures
        .iter()
        .filter(|s| s.role != SignRole::Party)
        .map(|s| OfficerSignature {
            name: s.name.clone(),
            certificate: s.number.clone().unwrap_or_default(),
            at: moment(&s.at),
            ink: ink(&s.ink),
            shared_device: !s.own_device,
        })
        .collect();
    let party = p.signatures.iter().find(|s| s.role == SignRole::Party);
    let party = match (party, refusal(p)) {
        (Some(s), _) => PartyResponse::Signed(PartySignature {
            name: s.name.clone(),
            position: facts.companions.first().map(|c| c.position.clone()).unwrap_or_default(),
            opinion: WORDING.to_owned(),
            at: moment(&s.at),
            ink: ink(&s.ink),
        }),
        (None, Some(r)) => PartyResponse::Refused(r),
        (None, None) => return Err(PhoneError::NotFound("the party's signature or refusal")),
    };
    let initials = facts.corrections.iter().map(|c| vec![None; c.initials.len()]).collect();
    Ok(Closing { officers, party, initials, read_aloud: read_aloud(p), checkpoint })
}
