//! Acts of an inspection: the gate first, then the entries, then a checkpoint where a person would call it done.

use super::state::key;
use super::{Phone, PhoneError, id, pass};
use crate::calendar::Day;
use crate::enrolment::Enrolment;
use crate::evidence::exif;
use crate::host::DeviceKey;
use crate::id::{Digest, Id, digest_from_hex, hex};
use crate::inspection::gate::Whose;
use crate::inspection::{
    self, Ack, AssistantRef, BadgeAck, Event, How, Inspection, OfficerRef, Place, Taken, Task, Witness, gate, people,
};
use crate::log::Checkpoint;
use crate::pack::{self, Answer, Pack};
use crate::rights;
use crate::seal::Identity;
use crate::sign::Prepared;
use crate::statement::{Statement, What};
use crate::store::rows;
use crate::unseen;
use std::sync::Arc;

/// What an officer does on site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// The certificate was shown (J3).
    ShowBadge {
        /// To whom.
        to_whom: String,
        /// How acknowledged.
        acknowledged: BadgeAck,
        /// The system's last fix; none is recorded as such.
        place: Option<Place>,
    },
    /// The second officer's certificate was shown on or beside this phone, not on the own one: marked, and provisional until it is (P3).
    ShowSharedBadge {
        /// 执法证号 of the other officer.
        number: String,
        /// To whom.
        to_whom: String,
        /// How acknowledged.
        acknowledged: BadgeAck,
        /// The system's last fix; none is recorded as such.
        place: Option<Place>,
    },
    /// The user's own dress (R09); no gate, and never one for others.
    CheckAppearance {
        /// 统一制式服装.
        uniform: bool,
        /// 统一标识.
        insignia: bool,
        /// What is to be said of it; may be empty.
        note: String,
        /// Evidence id of a photograph.
        evidence: Option<String>,
    },
    /// An assistant is introduced by name (J2).
    IntroduceAssistant {
        /// Who.
        assistant: AssistantRef,
    },
    /// One item of the notification is told (R13).
    TellRight {
        /// The item.
        item: String,
        /// Language tag: `zh-Hans` or `en`.
        language: String,
        /// How.
        how: How,
    },
    /// How the notification was taken.
    AcknowledgeRights {
        /// By whom.
        by: String,
        /// How.
        how: Ack,
        /// Reason of a refusal.
        reason: Option<String>,
    },
    /// How the notification of another act was taken (R13).
    AcknowledgeNotice {
        /// The act.
        act: pack::Act,
        /// By whom.
        by: String,
        /// How.
        how: Ack,
        /// Reason of a refusal.
        reason: Option<String>,
    },
    /// A checklist item is answered.
    Answer {
        /// The item.
        item: String,
        /// The result.
        result: Answer,
        /// Objective note.
        note: String,
        /// Measured value, decimal text.
        measured: Option<String>,
        /// Instrument id.
        instrument: Option<String>,
    },
    /// A finding.
    Find {
        /// The fact.
        text: String,
        /// Items.
        items: Vec<String>,
        /// Evidence ids.
        evidence: Vec<String>,
        /// Without evidence on purpose: the record is marked so (R28).
        unproven: bool,
    },
    /// Custody of evidence passes to another officer (R25).
    HandOver {
        /// Evidence ids.
        evidence: Vec<String>,
        /// Who receives it.
        to: OfficerRef,
        /// Why.
        reason: String,
    },
    /// A note.
    Note {
        /// The note.
        text: String,
    },
    /// A correction before signing (J24).
    Correct {
        /// The item whose note changes.
        item: String,
        /// The note as it stands.
        old: String,
        /// The new note.
        new: String,
        /// At whose request.
        by: String,
        /// Who initialled.
        initials: Vec<String>,
    },
    /// An officer is called away; with fewer than two only notes are made (R06).
    OfficerLeft {
        /// 执法证号.
        number: String,
        /// Why.
        reason: String,
    },
    /// The user is back: proven by the OFFICER key of this device (R06).
    Return,
    /// The user says whether there is a tie to the party (R11).
    DeclareConflict {
        /// 没有利害关系.
        none: bool,
        /// What there is.
        note: String,
    },
    /// The party asks that an officer be recused; the inspection goes on (R11).
    RequestRecusal {
        /// 执法证号 of the officer.
        number: String,
        /// Who asks.
        by: String,
        /// Why.
        reason: String,
    },
    /// The head decided on it (R11).
    DecideRecusal {
        /// 执法证号 of the officer.
        number: String,
        /// Who decided.
        by: String,
        /// 同意回避.
        granted: bool,
        /// Why.
        reason: String,
    },
    /// 询问 begins (J4); its record is the form `xunwen-bilu` about it.
    StartInterview {
        /// 被询问人.
        person: String,
        /// 执法证号 of who asks and who writes.
        officers: Vec<String>,
        /// 执法证号 of the 记录人.
        recorder: String,
        /// 地点.
        place: String,
    },
    /// 询问 ends.
    EndInterview {
        /// Which.
        interview: String,
    },
    /// 扫码入企: what was scanned, or why nothing could be.
    ScanEntry {
        /// What was scanned.
        code: Option<String>,
        /// Why nothing could be.
        reason: Option<String>,
    },
    /// 案件线索 (R49).
    RaiseLead {
        /// What it is about.
        text: String,
        /// Evidence ids.
        evidence: Vec<String>,
    },
    /// 涉嫌犯罪 (R51).
    SuspectCrime {
        /// What it is about.
        text: String,
        /// 涉嫌罪名.
        crime: String,
        /// Evidence ids.
        evidence: Vec<String>,
    },
    /// 作废: a number of the task that stands on no finished paper (J32).
    VoidNumber {
        /// Form id.
        form: String,
        /// The number.
        number: String,
        /// Why.
        reason: String,
    },
    /// The party took the newest shown or printed checkpoint away (P5).
    PartyTook {
        /// How.
        how: Taken,
        /// Who.
        by: String,
    },
    /// Departure.
    Leave {
        /// Where.
        place: Option<Place>,
    },
    /// Close; needs an outside witness or a reason.
    Close {
        /// Outside witness.
        witness: Witness,
        /// Why there is none.
        reason: Option<String>,
    },
}

/// What an act became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActResult {
    /// The last entry.
    pub seq: u64,
    /// The checkpoint that covers it, when one was signed at once.
    pub checkpoint: Option<u64>,
}

impl Phone {
    /// Opens an inspection for a task: J1 and J2 first. Arrival of the user is proven by the OFFICER key.
    ///
    /// # Errors
    /// [`PhoneError::Blocked`] with every gate that is closed; [`PhoneError::Locked`] when the officer does not confirm.
    pub fn open_inspection(&self, task: &str, place: Option<Place>) -> Result<String, PhoneError> {
        let _op = self.operation()?;
        let now = self.host.clock.now();
        let task_id = id(task, "task")?;
        let case = self.host.random_id();
        let secret = Identity::from_bytes(&self.host.random_bytes())?;
        let (task, assignment, pack, pack_version) = self.with(|i| {
            let row = i.store.read(rows::tasks)?.into_iter().find(|r| r.id == task_id).ok_or(PhoneError::NotFound("task"))?;
            if let Some(why) = row.withdrawn {
                return Err(PhoneError::Invalid(format!("任务已由机关撤回 / the office has taken this task back: {why}")));
            }
            let task: Task = serde_json::from_str(&row.json).map_err(|_| PhoneError::Refused("task".into()))?;
            let best = i.best_time(&now);
            let today = day(best)?.number();
            let pack = i.pack.clone().filter(|p| day(best).is_ok_and(|d| p.pack().valid_on(d)));
            pass(gate::open(&task, i.own_certificate(today)?.as_ref(), today, pack.as_ref().map(|p| p.pack())))?;
            let pack = pack.ok_or(PhoneError::NotFound("pack"))?;
            let assignment = row.assignment.as_deref().map(crate::id::digest16).ok_or(PhoneError::NotFound("assignment"))?;
            Ok((task, assignment, pack.digest(), format!("{}@{}", pack.pack().id, pack.pack().version)))
        })?;
        pass(people::elsewhere(self.inspects_elsewhere(&task)?))?;
        let officer = self.with(|i| i.me())?;
        let statement = self.presence(case, task_id, &officer)?;
        let events = [
            Event::Opened {
                task: Box::new(task),
                pack: hex(&pack),
                pack_version,
                assignment: hex(&assignment),
                officer: officer.clone(),
            },
            Event::Arrived { officer, place, statement: hex(&statement) },
        ];
        let row = rows::InspectionRow { case, task: task_id, pack, identity: *secret.to_bytes() };
        self.append(Some(case), &events, Vec::new(), |tx| Ok(rows::add_inspection(tx, &row, now.wall_ms)?))?;
        self.checkpoint()?;
        Ok(case.to_string())
    }

    /// J4: whether another inspection of this phone, at another party, has neither departure nor end.
    fn inspects_elsewhere(&self, task: &Task) -> Result<bool, PhoneError> {
        let cases = self.with(|i| Ok(i.store.read(rows::inspections)?))?;
        for row in cases {
            let other = self.fold_of(row.case)?;
            let away = other.task.as_ref().is_some_and(|t| t.enterprise.code != task.enterprise.code);
            if away && other.opened.is_some() && other.left.is_none() && other.closed.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Officers in an open interview of any inspection on this phone (J4).
    fn interviewing(&self) -> Result<Vec<OfficerRef>, PhoneError> {
        let cases = self.with(|i| Ok(i.store.read(rows::inspections)?))?;
        let mut busy = Vec::new();
        for row in cases {
            let other = self.fold_of(row.case)?;
            let open = other.people.interviews.iter().filter(|x| x.ended.is_none());
            busy.extend(open.flat_map(|x| x.officers.iter().cloned()));
        }
        Ok(busy)
    }

    /// The user's presence anew, told to the other phone where it is paired.
    fn return_to(&self, i: &Inspection, me: &OfficerRef) -> Result<Vec<u8>, PhoneError> {
        let case = Id::from_hex(&i.case).ok_or(PhoneError::NotFound("inspection"))?;
        i.officer(&me.number).ok_or(PhoneError::NotFound("officer who has arrived"))?;
        let task = self.with(|inner| Ok(inner.inspection(case)?.task))?;
        let statement = self.presence(case, task, me)?;
        self.tell_presence(case, &statement)?;
        Ok(statement)
    }

    /// The officer's signed presence (R06).
    pub(crate) fn presence(&self, case: Id, task: Id, officer: &OfficerRef) -> Result<Vec<u8>, PhoneError> {
        let at = self.host.clock.now().wall_ms;
        let enrolment: Enrolment = self.with(|i| Ok(i.enrolled()?.enrolment.clone()))?;
        let statement = Statement {
            what: What::Presence,
            person: enrolment.person,
            name: officer.name.clone(),
            number: officer.number.clone(),
            role: enrolment.role.name().to_owned(),
            case,
            at,
            task: Some(task),
            ..Statement::default()
        };
        self.sign_statement(&statement)
    }

    /// Signs a statement with the OFFICER key: the user confirms.
    pub(crate) fn sign_statement(&self, statement: &Statement) -> Result<Vec<u8>, PhoneError> {
        let (key, generation) = self.with(|i| Ok((i.enrolled()?.enrolment.officer_key, i.generation)))?;
        let prepared = Prepared::embedded(Statement::TYP, &key, statement.encode()?)?;
        let signature = self.host.keys.sign(DeviceKey::Officer, generation, &prepared.message()?)?;
        let signed = prepared.finish(&signature)?;
        Statement::open(&signed, &key)?;
        Ok(signed)
    }

    /// Does an act of an open inspection.
    ///
    /// # Errors
    /// [`PhoneError::Blocked`] when the law does not allow it yet; [`PhoneError::Invalid`] for unacceptable input.
    pub fn act(&self, inspection: &str, act: Act) -> Result<ActResult, PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        let (i, pack) = self.folded(case)?;
        if i.closed.is_some() {
            return Err(PhoneError::Invalid("检查已经结束 / the inspection is closed".into()));
        }
        let badge = match &act {
            Act::ShowBadge { to_whom, acknowledged, .. } => Some((to_whom.clone(), *acknowledged)),
            _ => None,
        };
        let done = !matches!(act, Act::Answer { .. } | Act::TellRight { .. } | Act::Note { .. });
        let event = self.event_of(act, &i, &pack)?;
        let entries = self.append(Some(case), &[event], Vec::new(), |_| Ok(()))?;
        let seq = entries.last().map_or(0, |e| e.header().seq);
        let due = self.with(|i| Ok(i.checkpoint_due_in(self.host.clock.now().mono_ms) == Some(0)))?;
        let checkpoint = if done || due { self.checkpoint()?.map(|c| c.cp_no) } else { None };
        if let Some((to_whom, acknowledged)) = badge {
            self.tell_badge(case, &to_whom, acknowledged)?;
        }
        Ok(ActResult { seq, checkpoint })
    }

    fn event_of(&self, act: Act, i: &Inspection, pack: &Pack) -> Result<Event, PhoneError> {
        Ok(match act {
            Act::ShowBadge { to_whom, acknowledged, place } => {
                pass(gate::present(i, pack))?;
                let today = self.today()?;
                let (officer, certificate) = self.with(|inner| Ok((inner.me()?, inner.own_certificate(today)?)))?;
                let certificate = certificate.ok_or(PhoneError::NotFound("badge"))?;
                let mut gates = gate::in_effect(&certificate, Whose::Own, today);
                gates.extend(gate::renewed(&certificate, pack));
                gates.extend(i.task.iter().flat_map(|t| gate::in_scope(&certificate, Whose::Own, t)));
                pass(gates)?;
                let (stale_days, fix) = (certificate.stale_days, Some(standing(place.as_ref())));
                Event::BadgeShown { officer, to_whom: text(to_whom)?, acknowledged, stale_days, shared_device: false, place, fix }
            }
            Act::ShowSharedBadge { number, to_whom, acknowledged, place } => {
                pass(gate::present(i, pack))?;
                let me = self.with(|inner| inner.me())?;
                let officer = i.arrived.iter().map(|(o, ..)| o).find(|o| o.number == number && o.person != me.person);
                let officer = officer.cloned().ok_or(PhoneError::NotFound("second officer"))?;
                let today = self.today()?;
                let task = i.task.as_ref();
                pass(self.with(|inner| inner.gates_of_other(&number, task, today))?)?;
                let fix = Some(standing(place.as_ref()));
                let to_whom = text(to_whom)?;
                Event::BadgeShown { officer, to_whom, acknowledged, stale_days: None, shared_device: true, place, fix }
            }
            Act::CheckAppearance { uniform, insignia, note, evidence } => {
                known(i, evidence.as_slice())?;
                let officer = self.with(|inner| inner.me())?;
                Event::AppearanceChecked { officer, uniform, insignia, note: clean(note)?, evidence }
            }
            Act::IntroduceAssistant { assistant } => {
                Event::AssistantIntroduced { assistant: AssistantRef { name: text(assistant.name)?, unit: assistant.unit } }
            }
            Act::TellRight { item, language, how } => {
                pass(gate::present(i, pack))?;
                let first = pack.notices(pack::Act::Inspection);
                if !first.iter().any(|notice| notice.items.iter().any(|told| told.id == item)) {
                    pass(gate::ask_or_inspect(i, pack))?;
                }
                rights::tell(i, pack, &item, &language, how)?
            }
            Act::AcknowledgeRights { by, how, reason } => {
                rights::acknowledge(pack, pack::Act::Inspection, text(by)?, how, reason)?
            }
            Act::AcknowledgeNotice { act, by, how, reason } => {
                if act != pack::Act::Inspection {
                    pass(gate::ask_or_inspect(i, pack))?;
                }
                rights::acknowledge(pack, act, text(by)?, how, reason)?
            }
            Act::Answer { item, result, note, measured, instrument } => {
                pass(gate::ask_or_inspect(i, pack))?;
                let (checklist, row) = pack.listed(&item).ok_or(PhoneError::NotFound("checklist item"))?;
                row.judge(result, measured.as_deref()).map_err(|error| PhoneError::Invalid(error.to_string()))?;
                let checklist = checklist.id.clone();
                Event::Answered { checklist, item, result, note: clean(note)?, measured, instrument }
            }
            Act::Find { text: fact, items, evidence, unproven } => {
                pass(gate::ask_or_inspect(i, pack))?;
                known(i, &evidence)?;
                pass(gate::find(&evidence, unproven))?;
                let unproven = unproven && evidence.is_empty();
                Event::Found { text: text(fact)?, items, evidence, unproven }
            }
            Act::HandOver { evidence, to, reason } => {
                let from = self.with(|inner| inner.me())?;
                pass(gate::hand_over(i, &evidence, &from, &to, &reason))?;
                Event::HandedOver { evidence, from, to, reason: clean(reason)? }
            }
            Act::Note { text: note } => Event::Noted { text: text(note)? },
            Act::Correct { item, old, new, by, initials } => {
                pass(gate::correct(i, &item, &old, &new, &initials))?;
                Event::Corrected { item, old, new: clean(new)?, by: text(by)?, initials }
            }
            Act::OfficerLeft { number, reason } => {
                let officer = i.present().into_iter().find(|o| o.number == number).cloned();
                let officer = officer.ok_or(PhoneError::NotFound("officer who is present"))?;
                Event::PersonLeft { officer, reason: text(reason)? }
            }
            Act::Return => {
                let officer = self.with(|inner| inner.me())?;
                Event::PersonReturned { statement: hex(&self.return_to(i, &officer)?), officer }
            }
            Act::DeclareConflict { none, note } => {
                let officer = self.with(|inner| inner.me())?;
                Event::ConflictDeclared { officer, none, note: if none { clean(note)? } else { text(note)? } }
            }
            Act::RequestRecusal { number, by, reason } => {
                let officer = i.officer(&number).cloned().ok_or(PhoneError::NotFound("officer"))?;
                Event::RecusalRequested { officer, by: text(by)?, reason: text(reason)? }
            }
            Act::DecideRecusal { number, by, granted, reason } => {
                let officer = i.officer(&number).cloned().ok_or(PhoneError::NotFound("officer"))?;
                pass(people::decide_recusal(i, &officer.person, &by, &reason))?;
                Event::RecusalDecided { officer, by: text(by)?, granted, reason: text(reason)? }
            }
            Act::StartInterview { person, officers, recorder, place } => {
                pass(gate::ask_or_inspect(i, pack))?;
                let named = |number: &String| i.officer(number).cloned().ok_or(PhoneError::NotFound("officer"));
                let officers = officers.iter().map(named).collect::<Result<Vec<_>, _>>()?;
                let minimum = pack.gates.minimum_officers.value as usize;
                pass(people::interview(i, &officers, &self.interviewing()?, minimum))?;
                let recorder = officers.iter().find(|o| o.number == recorder).map(|o| o.name.clone());
                let recorder = recorder.ok_or(PhoneError::NotFound("recorder among the officers"))?;
                let interview = hex(&self.host.random_bytes::<8>());
                Event::InterviewStarted { interview, person: text(person)?, officers, recorder, place: text(place)? }
            }
            Act::EndInterview { interview } => {
                let open = i.interview(&interview).filter(|x| x.ended.is_none());
                open.ok_or(PhoneError::NotFound("open interview"))?;
                Event::InterviewEnded { interview }
            }
            Act::ScanEntry { code, reason } => {
                let (code, reason) = (code.map(text).transpose()?, reason.map(text).transpose()?);
                if code.is_none() && reason.is_none() {
                    return Err(PhoneError::Invalid("没有扫码的须写明原因 / say why nothing was scanned".into()));
                }
                Event::EntryScanned { code, reason }
            }
            Act::RaiseLead { text: what, evidence } => {
                known(i, &evidence)?;
                Event::LeadRaised { text: text(what)?, evidence }
            }
            Act::SuspectCrime { text: what, crime, evidence } => {
                known(i, &evidence)?;
                Event::CrimeSuspected { text: text(what)?, crime: text(crime)?, evidence }
            }
            Act::VoidNumber { form, number, reason } => {
                pass(gate::void_number(i, &form, &number, &reason))?;
                Event::NumberVoided { form, number, reason: text(reason)? }
            }
            Act::PartyTook { how, by } => {
                let by = text(by)?;
                let taken = match how {
                    Taken::Scanned => self.with(|inner| Ok(inner.shown))?,
                    Taken::Paper => self.printed(i)?,
                };
                let (cp_no, digest) = taken.ok_or_else(|| {
                    PhoneError::Invalid(
                        "请先出示校验码，或者交付印有校验点的文书 / show the code or hand the paper over first".into(),
                    )
                })?;
                Event::PartyWitnessed { cp_no, checkpoint: hex(&digest), how, by }
            }
            Act::Leave { place } => Event::Left { place },
            Act::Close { witness, reason } => {
                let case = Id::from_hex(&i.case).ok_or(PhoneError::NotFound("inspection"))?;
                let received = self.with(|inner| inner.received(case))?;
                let mut gates = gate::close(i, witness, reason.as_deref(), received);
                let others = super::known::subjects(i, pack).into_iter().skip(1);
                let open = others
                    .filter(|(id, _)| i.record_about(Some(id)).is_none_or(|p| p.finished.is_none() && i.inked(p).is_none()));
                gates.extend(gate::records(&open.map(|(_, organ)| organ).collect::<Vec<_>>()));
                gates.extend(gate::recorded(i, pack, self.steady_now(i)?));
                gates.extend(inspection::close_out(i, pack, &i.days(pack), self.best_time()?).blocking);
                pass(gates)?;
                let entries = self.with(|inner| {
                    let head = inner.store.read(|c| rows::last_header(c, inner.life, Some(case)))?;
                    // In a log that succeeded another the closing entry may be the first of the case.
                    let head = head.map(|h| crate::log::Header::decode(&h)).transpose()?;
                    Ok(head.and_then(|h| h.position).map_or(1, |p| p.seq + 2))
                })?;
                Event::Closed { entries, witness, reason }
            }
        })
    }

    /// The checkpoint that is printed on the newest paper of the inspection.
    fn printed(&self, i: &Inspection) -> Result<Option<(u64, Digest)>, PhoneError> {
        let printed = i.papers.iter().rev().find_map(|p| p.finished_checkpoint.as_ref().or(p.presented_checkpoint.as_ref()));
        let Some(digest) = printed.and_then(|d| digest_from_hex(d)) else { return Ok(None) };
        let all = self.with(|inner| Ok(inner.store.read(rows::checkpoints)?))?;
        Ok(all.iter().find(|c| Checkpoint::digest(&c.cose) == digest).map(|c| (c.cp_no, digest)))
    }

    /// The time that validity and deadlines are compared with: the office's as far as it is known (F14).
    pub(crate) fn best_time(&self) -> Result<i64, PhoneError> {
        let now = self.host.clock.now();
        self.with(|i| Ok(i.best_time(&now)))
    }

    /// The inspection as the fold of this phone's entries, and the pack it was begun with.
    pub(crate) fn folded(&self, case: Id) -> Result<(Arc<Inspection>, Arc<Pack>), PhoneError> {
        let now = self.best_time()?;
        self.with(|inner| {
            let row = inner.inspection(case)?;
            let i = inner.fold(case)?;
            // The one it was begun with, until the officer moved it (F35).
            let digest = i.pack.as_deref().and_then(digest_from_hex).unwrap_or(row.pack);
            Ok((i, inner.pack_of(&digest, now)?.shared()))
        })
    }

    /// Another inspection of this phone as its own entries tell it, whatever became of its pack.
    pub(super) fn fold_of(&self, case: Id) -> Result<Arc<Inspection>, PhoneError> {
        self.with(|inner| inner.fold(case))
    }

    /// The inspection.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn inspection(&self, inspection: &str) -> Result<Inspection, PhoneError> {
        Ok(Arc::unwrap_or_clone(self.folded(id(inspection, "inspection")?)?.0))
    }

    /// Saves typing of one field; outside the log until it is signed (F01).
    ///
    /// # Errors
    /// [`PhoneError::Storage`]: then the text is still in the field and nothing earlier is lost.
    pub fn save_draft(&self, inspection: &str, name: &str, text: &str) -> Result<(), PhoneError> {
        let _op = self.operation()?;
        let case = id(inspection, "inspection")?;
        self.with(|i| {
            i.inspection(case)?;
            i.store.write::<_, PhoneError>(|tx| Ok(rows::put_draft(tx, case, name, text)?))
        })
    }

    /// Typing that was saved, by field.
    ///
    /// # Errors
    /// [`PhoneError::Storage`].
    pub fn drafts(&self, inspection: &str) -> Result<Vec<(String, String)>, PhoneError> {
        let case = id(inspection, "inspection")?;
        self.with(|i| Ok(i.store.read(|c| rows::drafts(c, case))?))
    }
}

impl super::state::Inner {
    /// Whether the office has given a receipt for a checkpoint of this log with entries of the case.
    fn received(&self, case: Id) -> Result<bool, PhoneError> {
        let entries = self.store.read(|c| rows::case_entries(c, case, Some(self.life)))?;
        let Some(first) = entries.first().map(|e| e.header().seq) else { return Ok(false) };
        let checkpoints = self.store.read(rows::checkpoints)?;
        Ok(checkpoints.iter().any(|c| c.life == self.life && c.size > first && c.receipt.is_some()))
    }

    /// The user as an officer.
    pub(crate) fn me(&self) -> Result<OfficerRef, PhoneError> {
        let (_, badge) = self.badge()?;
        let person = self.enrolled()?.enrolment.person.to_string();
        Ok(OfficerRef { person, name: badge.officer.name.clone(), number: badge.officer.number.clone() })
    }

    /// The address of the office without its scheme.
    pub(crate) fn address(&self) -> Result<String, PhoneError> {
        let bytes = self.store.setting(key::ADDRESS)?.ok_or(PhoneError::NotEnrolled)?;
        String::from_utf8(bytes).map_err(|_| PhoneError::NotEnrolled)
    }
}

/// Evidence that is named exists.
pub(super) fn known(i: &Inspection, evidence: &[String]) -> Result<(), PhoneError> {
    match evidence.iter().find(|e| !i.evidence.iter().any(|h| h.id == **e)) {
        Some(missing) => Err(PhoneError::Invalid(format!("没有这份证据 / no such evidence: {missing}"))),
        None => Ok(()),
    }
}

/// How far a fix may be relied on, by its name in the log (F15).
fn standing(place: Option<&Place>) -> String {
    exif::standing(place.map(Place::to_fix).as_ref()).name().to_owned()
}

/// The day in China of a moment.
pub(crate) fn day(ms: i64) -> Result<Day, PhoneError> {
    Day::in_china(ms).ok_or(PhoneError::Invalid("手机日期超出范围 / the phone's date is out of range".into()))
}

/// Longest text of one field, bytes.
const MAX_TEXT: usize = 20_000;

/// A text that must say something.
pub(crate) fn text(s: String) -> Result<String, PhoneError> {
    if s.trim().is_empty() {
        return Err(PhoneError::Invalid("内容不能为空 / the text is empty".into()));
    }
    clean(s)
}

/// A text without control characters or direction marks, of bounded length (F12).
pub(crate) fn clean(s: String) -> Result<String, PhoneError> {
    let bad = |c: char| (c.is_control() && c != '\n' && c != '\t') || unseen::turns(c);
    if s.len() > MAX_TEXT {
        return Err(PhoneError::Invalid(format!("文字过长（上限 {MAX_TEXT} 字节） / the text is too long")));
    }
    match s.chars().find(|c| bad(*c)) {
        Some(c) => Err(PhoneError::Invalid(format!("含有不可见的控制字符 U+{:04X} / control character", u32::from(c)))),
        None => Ok(s),
    }
}
