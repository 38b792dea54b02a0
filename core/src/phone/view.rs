//! What the shell shows: status, tasks, checklists, notifications. Pure reading; no call here changes anything.

use super::state::key;
use super::{LogState, OfficeState, Phone, PhoneError, QueueItem, id};
use crate::inspection::{self, AnswerGiven, Gate, RightGiven, Task, advice, gate};
use crate::pack::{self, Language, Measure, Photo, Text};
use crate::rights::{self, slots};
use crate::store::rows;
use crate::wire::ReviewResult;

/// The pack in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackView {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// Its title.
    pub title: Text,
    /// Last day of validity, `yyyymmdd`.
    pub valid_until: u32,
}

/// The device at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Enrolled with an office.
    pub enrolled: bool,
    /// The user.
    pub person_name: Option<String>,
    /// `officer` or `assistant`.
    pub person_role: Option<String>,
    /// 执法证号.
    pub certificate_number: Option<String>,
    /// The seven public fields in order (R03): 姓名、单位、职务、证件编号、执法类别、执法区域、有效期.
    pub badge_fields: Vec<String>,
    /// Last day of the certificate, `yyyymmdd`.
    pub certificate_until: Option<u32>,
    /// Days until then; negative when expired.
    pub certificate_days_left: Option<i64>,
    /// The credential's own life, ms.
    pub badge_until_ms: Option<i64>,
    /// The pack in use.
    pub pack: Option<PackView>,
    /// Root fingerprint in groups of four.
    pub trust_fingerprint: Option<String>,
    /// The text that must stand beside an electronic badge.
    pub aid_label: Option<Text>,
    /// The queue.
    pub queue: Vec<QueueItem>,
    /// Entries that no checkpoint covers because the key could not sign.
    pub checkpoint_pending: bool,
    /// What stands between the log and its next checkpoint.
    pub log_state: LogState,
    /// What is known of the office's own log.
    pub office_state: OfficeState,
    /// Entries in the log.
    pub entries: u64,
    /// Call `tick` after so many milliseconds.
    pub next_tick_ms: u64,
}

/// A task as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskView {
    /// The task.
    pub task: Task,
    /// Whether the signed assignment is here.
    pub assigned: bool,
    /// The inspection that was opened for it.
    pub inspection: Option<String>,
    /// What still blocks starting (J1, J2).
    pub gates: Vec<Gate>,
    /// Why the office took it back: no inspection is begun on it; one that was begun, and what was not sent of it, stays (F33).
    pub withdrawn: Option<String>,
    /// What the office's reviews of the case that came of its inspection came to, the newest first (R44).
    pub reviews: Vec<ReviewView>,
}

/// What the legal review of a case at the office came to (R44).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewView {
    /// 案号.
    pub number: String,
    /// Office time, ms.
    pub at_ms: i64,
    /// 同意; otherwise there is something to be mended and reviewed again.
    pub agreed: bool,
    /// The opinion in words.
    pub says: String,
}

/// One item of a checklist with its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemView {
    /// Its id.
    pub id: String,
    /// Number as printed.
    pub no: u32,
    /// Text.
    pub text: Text,
    /// 依据.
    pub basis: String,
    /// What may be measured.
    pub measure: Option<Measure>,
    /// Whether a photo is wanted.
    pub photo: Photo,
    /// Only illustrative: say so on the screen.
    pub illustrative: bool,
    /// Answers that are allowed.
    pub results: Vec<pack::Answer>,
    /// The answer so far.
    pub answer: Option<AnswerGiven>,
}

/// A checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChecklistView {
    /// Its id.
    pub id: String,
    /// Title.
    pub title: Text,
    /// Items.
    pub items: Vec<ItemView>,
}

/// One item of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeItemView {
    /// Its id.
    pub id: String,
    /// Words, slots filled.
    pub text: String,
    /// 依据.
    pub basis: String,
    /// How it was told, if it was.
    pub told: Option<RightGiven>,
}

/// A notification in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeView {
    /// Row `pack@version#id`.
    pub row: String,
    /// Version of the text.
    pub version: u32,
    /// Language tag.
    pub language: String,
    /// Title.
    pub title: String,
    /// A translation that nobody checked yet.
    pub illustrative: bool,
    /// Items.
    pub items: Vec<NoticeItemView>,
}

/// One step of an inspection and whether it is done (R27).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeView {
    /// Its id.
    pub id: String,
    /// Title.
    pub title: Text,
    /// When it was done, ms.
    pub done_at: Option<i64>,
}

/// A checkpoint and whether the office has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointView {
    /// The log, hex.
    pub log: String,
    /// Number.
    pub cp_no: u64,
    /// Entries under it.
    pub size: u64,
    /// The office's receipt is here.
    pub receipted: bool,
}

impl Phone {
    /// The device at a glance.
    ///
    /// # Errors
    /// [`PhoneError::Closed`], [`PhoneError::Storage`].
    pub fn status(&self) -> Result<Status, PhoneError> {
        let now = self.host.clock.now();
        let today = super::act::day(self.best_time()?)?;
        self.with(|i| {
            let badge = i.badge.as_ref().map(|(_, b)| b);
            let days = badge
                .and_then(|b| crate::calendar::Day::try_from(b.officer.until).ok())
                .map(|d| (d.date() - today.date()).num_days());
            Ok(Status {
                enrolled: i.enrolled.is_some(),
                person_name: i.enrolled.as_ref().map(|e| e.enrolment.name.clone()),
                person_role: i.enrolled.as_ref().map(|e| e.enrolment.role.name().to_owned()),
                certificate_number: badge.map(|b| b.officer.number.clone()),
                badge_fields: badge.map(|b| b.officer.shown_fields().into()).unwrap_or_default(),
                certificate_until: badge.map(|b| b.officer.until),
                certificate_days_left: days,
                badge_until_ms: badge.map(|b| b.expires.saturating_mul(1000)),
                pack: i.pack.as_ref().map(|p| PackView {
                    id: p.pack().id.clone(),
                    version: p.pack().version,
                    title: p.pack().title.clone(),
                    valid_until: p.pack().valid_until.number(),
                }),
                trust_fingerprint: match &i.trust {
                    Some(t) => Some(t.roots.fingerprint()?.to_string()),
                    None => None,
                },
                aid_label: i
                    .pack
                    .as_ref()
                    .filter(|p| !p.pack().badge.recognised_by_province)
                    .map(|p| p.pack().badge.aid_label.clone()),
                queue: i.queue(&now)?,
                checkpoint_pending: i.frontier.size() > i.checkpointed && i.log_state()? != LogState::Signing,
                log_state: i.log_state()?,
                office_state: i.office_state()?,
                entries: i.frontier.size(),
                next_tick_ms: i.checkpoint_due_in(now.mono_ms).unwrap_or(super::journal::CHECKPOINT_AFTER_MS),
            })
        })
    }

    /// Tasks that the office sent, with what blocks each.
    ///
    /// # Errors
    /// [`PhoneError::Storage`].
    pub fn tasks(&self) -> Result<Vec<TaskView>, PhoneError> {
        let now = self.best_time()?;
        let today = self.today()?;
        self.with(|i| {
            let open = i.store.read(rows::inspections)?;
            let own = if i.enrolled.is_some() { i.own_certificate(today)? } else { None };
            let pack = i.pack.clone().filter(|p| super::act::day(now).is_ok_and(|d| p.pack().valid_on(d)));
            i.store
                .read(rows::tasks)?
                .into_iter()
                .map(|row| {
                    let task: Task = serde_json::from_str(&row.json).map_err(|_| PhoneError::Refused("task".into()))?;
                    let gates = gate::open(&task, own.as_ref(), today, pack.as_ref().map(|p| p.pack()));
                    let inspection = open.iter().find(|o| o.task == row.id).map(|o| o.case);
                    let reviews = match inspection {
                        Some(case) => i.store.read(|c| rows::reviews(c, case))?,
                        None => Vec::new(),
                    };
                    let shown = |r: ReviewResult| ReviewView { number: r.number, at_ms: r.at, agreed: r.agreed, says: r.says };
                    let reviews = reviews.into_iter().map(shown).collect();
                    let (assigned, inspection) = (row.assignment.is_some(), inspection.map(|case| case.to_string()));
                    Ok(TaskView { task, assigned, inspection, gates, withdrawn: row.withdrawn, reviews })
                })
                .collect()
        })
    }

    /// The checklists of the inspection's task with the answers so far.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn checklists(&self, inspection: &str) -> Result<Vec<ChecklistView>, PhoneError> {
        let (i, pack) = self.folded(id(inspection, "inspection")?)?;
        let wanted = i.task.as_ref().map(|t| t.checklists.clone()).unwrap_or_default();
        let item = |x: &pack::Item| ItemView {
            id: x.id.clone(),
            no: x.no,
            text: x.text.clone(),
            basis: x.basis.iter().map(|b| pack.cite(b).zh).collect::<Vec<_>>().join("；"),
            measure: x.measure.clone(),
            photo: x.photo,
            illustrative: x.illustrative,
            results: x.results.clone(),
            answer: i.answers.get(&x.id).cloned(),
        };
        let lists = pack.checklists.iter().filter(|c| wanted.is_empty() || wanted.contains(&c.id));
        Ok(lists
            .map(|c| ChecklistView { id: c.id.clone(), title: c.title.clone(), items: c.items.iter().map(item).collect() })
            .collect())
    }

    /// The notification of an inspection in every language of the pack, with what was told.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn notices(&self, inspection: &str) -> Result<Vec<NoticeView>, PhoneError> {
        self.notices_of(inspection, pack::Act::Inspection)
    }

    /// The notification of an act (询问、先行登记、强制、当场处罚、送达) in every language of the pack, with what was told (R13).
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn notices_of(&self, inspection: &str, act: pack::Act) -> Result<Vec<NoticeView>, PhoneError> {
        let (i, pack) = self.folded(id(inspection, "inspection")?)?;
        let mut out = Vec::new();
        for notice in pack.notices(act) {
            let language = &notice.language;
            let items = notice
                .items
                .iter()
                .map(|x| {
                    Ok(NoticeItemView {
                        id: x.id.clone(),
                        text: rights::words(&i, &pack, x, language)?,
                        basis: x.basis.iter().map(|b| pack.cite(b).zh).collect::<Vec<_>>().join("；"),
                        told: i.rights.iter().rfind(|r| r.item == x.id).cloned(),
                    })
                })
                .collect::<Result<Vec<_>, PhoneError>>()?;
            out.push(NoticeView {
                row: pack.row(&notice.id),
                version: notice.version,
                language: language.tag().to_owned(),
                title: notice.title.clone(),
                illustrative: notice.illustrative,
                items,
            });
        }
        Ok(out)
    }

    /// The opening words (X10), slots filled.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn script(&self, inspection: &str) -> Result<String, PhoneError> {
        let (i, pack) = self.folded(id(inspection, "inspection")?)?;
        let script = pack.scripts.first().ok_or(PhoneError::NotFound("script"))?;
        pack::fill(&script.text.zh, &slots(&i, &pack, &Language::ZhHans)).map_err(|e| PhoneError::Invalid(e.0))
    }

    /// The steps of the inspection and which are done (R27).
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn nodes(&self, inspection: &str) -> Result<Vec<NodeView>, PhoneError> {
        let (i, pack) = self.folded(id(inspection, "inspection")?)?;
        let node = |n: &pack::Node| NodeView { id: n.id.clone(), title: n.title.clone(), done_at: i.done(n.step).map(|a| a.ms) };
        Ok(pack.nodes.iter().map(node).collect())
    }

    /// What is wanted of the user but closes nothing (R09): shown beside the steps, and before closing.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn open_points(&self, inspection: &str) -> Result<Vec<Gate>, PhoneError> {
        let (i, _) = self.folded(id(inspection, "inspection")?)?;
        self.with(|inner| Ok(advice::open_points(&i, &inner.me()?)))
    }

    /// The check before closing (R27): what closes it, and what is only named.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn close_out(&self, inspection: &str) -> Result<inspection::CloseOut, PhoneError> {
        let (i, pack) = self.folded(id(inspection, "inspection")?)?;
        Ok(inspection::close_out(&i, &pack, &i.days(&pack), self.best_time()?))
    }

    /// What still stands between a paper and its being final (J5).
    ///
    /// # Errors
    /// [`PhoneError::NotFound`].
    pub fn paper_gates(&self, inspection: &str, paper: &str) -> Result<Vec<Gate>, PhoneError> {
        let (i, pack) = self.folded(id(inspection, "inspection")?)?;
        let p = i.paper(paper).ok_or(PhoneError::NotFound("paper"))?;
        let pack = self.pack_of_paper(&i, p, pack)?;
        Ok(gate::finish_paper(&i, p, &pack))
    }

    /// The checkpoints of this device.
    ///
    /// # Errors
    /// [`PhoneError::Storage`].
    pub fn checkpoints(&self) -> Result<Vec<CheckpointView>, PhoneError> {
        self.with(|i| {
            let logs = i.store.read(rows::own_logs)?;
            let log = |life| logs.iter().find(|l| l.life == life).map(|l| l.log.to_string()).unwrap_or_default();
            let view = |c: rows::CheckpointRow| CheckpointView {
                log: log(c.life),
                cp_no: c.cp_no,
                size: c.size,
                receipted: c.receipt.is_some(),
            };
            Ok(i.store.read(rows::checkpoints)?.into_iter().map(view).collect())
        })
    }

    /// The verified custody receipt of a photo, as the office signed it.
    ///
    /// # Errors
    /// [`PhoneError::NotFound`] before it has come.
    pub fn custody_receipt(&self, evidence_id: &str) -> Result<Vec<u8>, PhoneError> {
        self.with(|i| {
            let row = i.store.read(|c| rows::evidence_by_name(c, evidence_id))?;
            row.and_then(|r| r.custody).ok_or(PhoneError::NotFound("custody receipt"))
        })
    }

    /// The trust list as held.
    ///
    /// # Errors
    /// [`PhoneError::NotEnrolled`].
    pub fn trust_list(&self) -> Result<Vec<u8>, PhoneError> {
        self.with(|i| i.store.setting(key::TRUST)?.ok_or(PhoneError::NotEnrolled))
    }
}
