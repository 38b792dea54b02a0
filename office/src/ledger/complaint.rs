//! 投诉举报 (R55, J27): taken in with a number, accepted or not with reason, told within the clock, verified or passed on, closed with feedback.
//!
//! Who reported is sealed to the office (age) before it is stored: it stands in no step, leaf, list, export or log line. It is opened only by a step
//! that says who asks and why, which is recorded first.

use super::book::{Book, Step, blank, gate};
use super::clock::Clocked;
use super::{desk, keep};
use crate::error::{OfficeError, Result};
use crate::feed::{self, Added};
use crate::office::Office;
use crate::register;
use crate::store::{Db, params};
use mingzheng_core::calendar::Day;
use mingzheng_core::id::{Id, hex, sha256};
use mingzheng_core::inspection::gate::Gate;
use mingzheng_core::seal::{Recipient, Recipients, seal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroizing;

const CLOCK: &str = "qixian-tousu-gaozhi";
const BASIS: &str = "吉林省行政执法责任制实施方案（2017）三(三)3";
const SECRECY: &str = "传染病防治法（2025）98";

/// The ledger.
pub struct Complaints;

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// 登记.
    Received {
        /// 渠道: one of [`CHANNELS`].
        channel: String,
        /// 被投诉举报的单位或者个人.
        subject: String,
        /// Its 统一社会信用代码, where it is known.
        #[serde(default)]
        code: String,
        /// 反映的问题, without who reports it.
        content: String,
        /// SHA-256 of the sealed identity; empty for a report without a name.
        #[serde(default)]
        reporter: String,
    },
    /// 受理.
    Accepted,
    /// 不予受理, with the reason.
    NotAccepted {
        /// 依据.
        basis: String,
    },
    /// 告知: the reporter was told whether it is taken up.
    Informed {
        /// How.
        way: String,
    },
    /// 移送有权机关, with the reason.
    Transferred {
        /// To whom.
        to: String,
    },
    /// 派单核查.
    Assigned {
        /// The task, hex.
        task: String,
    },
    /// 核查结果.
    Verified {
        /// Whether what was reported is so.
        confirmed: bool,
        /// What was found and done.
        result: String,
    },
    /// 反馈.
    FedBack {
        /// How.
        way: String,
        /// What was said.
        content: String,
    },
    /// 办结.
    Closed,
    /// 拆封举报人身份: somebody looked who reported, and why.
    ReporterOpened,
}

/// How complaints come in.
pub const CHANNELS: [&str; 6] = ["phone", "letter", "visit", "online", "transferred", "found"];

/// What a complaint amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    channel: String,
    subject: String,
    content: String,
    sealed: String,
    received: Day,
    accepted: Option<bool>,
    informed: Option<Day>,
    transferred: bool,
    task: String,
    verified: bool,
    fed_back: bool,
    closed: bool,
}

impl State {
    /// Whether it names a reporter that can be told.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        !self.sealed.is_empty()
    }
}

impl Book for Complaints {
    const NAME: &'static str = "complaint";
    const SIGN: &'static str = "投";
    type Act = Act;
    type State = State;

    fn begin(step: &Step<Act>) -> Option<State> {
        let Act::Received { channel, subject, content, reporter, .. } = &step.act else { return None };
        Some(State {
            channel: channel.clone(),
            subject: subject.clone(),
            content: content.clone(),
            sealed: reporter.clone(),
            received: step.day,
            accepted: None,
            informed: None,
            transferred: false,
            task: String::new(),
            verified: false,
            fed_back: false,
            closed: false,
        })
    }

    fn then(s: &mut State, step: &Step<Act>) {
        match &step.act {
            Act::Received { .. } | Act::ReporterOpened => {}
            Act::Accepted => s.accepted = Some(true),
            Act::NotAccepted { .. } => s.accepted = Some(false),
            Act::Informed { .. } => s.informed = Some(step.day),
            Act::Transferred { .. } => s.transferred = true,
            Act::Assigned { task } => s.task.clone_from(task),
            Act::Verified { .. } => s.verified = true,
            Act::FedBack { .. } => s.fed_back = true,
            Act::Closed => s.closed = true,
        }
    }

    fn open(state: Option<&State>) -> Vec<&'static str> {
        let Some(s) = state else { return vec!["received"] };
        let mut next = vec![];
        if !s.closed {
            match s.accepted {
                None => next.extend(["accepted", "not_accepted"]),
                Some(accepted) => {
                    if s.informed.is_none() && s.is_signed() {
                        next.push("informed");
                    }
                    if accepted && !s.verified {
                        next.extend(["assigned", "verified"]);
                    }
                    if !s.transferred && !s.verified {
                        next.push("transferred");
                    }
                    if s.is_signed() {
                        next.push("fed_back");
                    }
                    next.push("closed");
                }
            }
        }
        if s.is_signed() {
            next.push("reporter_opened");
        }
        next
    }

    fn gates(state: Option<&State>, step: &Step<Act>) -> Vec<Gate> {
        let lacks = |bad: bool, missing: [&str; 2], way_on: [&str; 2]| bad.then(|| gate("J27", BASIS, missing, way_on));
        let say = ["写明后登记", "say it, then record it"];
        let mut gates: Vec<Option<Gate>> = vec![];
        match &step.act {
            Act::Received { channel, subject, content, .. } => {
                let known = CHANNELS.contains(&channel.as_str());
                gates.push(lacks(!known, ["渠道不在所列之中", "no such channel"], ["选用所列渠道", "take one of the list"]));
                let empty = blank(subject) || blank(content);
                gates.push(lacks(empty, ["没有写明被投诉举报的单位和问题", "subject or content is not said"], say));
            }
            Act::NotAccepted { basis } => {
                let empty = blank(basis) || blank(&step.reason);
                gates.push(lacks(empty, ["不予受理没有写明理由和依据", "no reason and basis for not taking it up"], say));
            }
            Act::Transferred { to } => {
                let empty = blank(to) || blank(&step.reason);
                gates.push(lacks(empty, ["移送没有写明受移送机关和理由", "to whom, or why it is passed on, is not said"], say));
            }
            Act::Informed { way } => gates.push(lacks(blank(way), ["没有写明告知方式", "how they were told is not said"], say)),
            Act::Verified { result, .. } => gates.push(lacks(blank(result), ["没有写明核查结果", "no result is said"], say)),
            Act::FedBack { way, content } => {
                gates.push(lacks(blank(way) || blank(content), ["没有写明反馈方式和内容", "way or content is not said"], say));
            }
            Act::Closed => {
                let s = state
                    .map(|s| (s.is_signed(), s.informed, s.fed_back, s.accepted == Some(true) && !s.transferred && !s.verified));
                let (signed, informed, fed_back, untouched) = s.unwrap_or((true, None, false, true));
                gates.push(lacks(
                    signed && informed.is_none(),
                    ["没有告知举报人是否受理", "the reporter was not told whether it is taken up"],
                    ["先告知并登记", "tell them and record it first"],
                ));
                gates.push(lacks(
                    untouched,
                    ["受理后没有核查结果，也没有移送", "taken up, but neither verified nor passed on"],
                    ["先登记核查结果或者移送", "record the result or the transfer first"],
                ));
                gates.push(lacks(
                    !fed_back && blank(&step.reason),
                    ["办结没有反馈，也没有写明不反馈的理由", "closed without feedback and without a reason for none"],
                    [
                        "反馈后办结，或者写明理由（如匿名、无法联系）",
                        "give feedback, or say why there is none (no name, out of reach)",
                    ],
                ));
            }
            Act::ReporterOpened => {
                let empty = blank(&step.reason) || blank(&step.decided_by);
                gates.push(empty.then(|| {
                    gate(
                        "J27",
                        SECRECY,
                        ["查看举报人身份没有写明理由和批准人", "no reason, or nobody's approval, for looking who reported"],
                        [
                            "报批后写明理由；非办理所必需的不得查看",
                            "have it approved and say why; whoever does not need it does not look",
                        ],
                    )
                }));
            }
            // Whether the task is there is seen in the register.
            Act::Accepted | Act::Assigned { .. } => {}
        }
        gates.into_iter().flatten().collect()
    }

    fn known(_office: &Office, c: &Db, _state: Option<&State>, step: &Step<Act>) -> Result<Vec<Gate>> {
        let Act::Assigned { task } = &step.act else { return Ok(vec![]) };
        let sql = "SELECT EXISTS (SELECT 1 FROM tasks WHERE task = ? AND json_extract(body, '$.kind') = 'case')";
        let there = Id::from_hex(task).map_or(Ok(false), |id| c.one(sql, params![id.0], |r| r.get(0)))?;
        let missing = ["没有派出这一个案检查任务", "no task of a single case with this id was sent"];
        let way_on = ["用 complaint task 派任务", "send it with complaint task"];
        Ok(if there { vec![] } else { vec![gate("J27", BASIS, missing, way_on)] })
    }

    fn blank(act: &str, state: Option<&State>) -> Option<Act> {
        let text = String::new;
        Some(match act {
            "received" => Act::Received { channel: text(), subject: text(), code: text(), content: text(), reporter: text() },
            "accepted" => Act::Accepted,
            "not_accepted" => Act::NotAccepted { basis: text() },
            "informed" => Act::Informed { way: text() },
            "transferred" => Act::Transferred { to: text() },
            "assigned" => Act::Assigned { task: state.map(|s| s.task.clone()).unwrap_or_default() },
            "verified" => Act::Verified { confirmed: false, result: text() },
            "fed_back" => Act::FedBack { way: text(), content: text() },
            "closed" => Act::Closed,
            "reporter_opened" => Act::ReporterOpened,
            _ => return None,
        })
    }

    fn stage(s: &State) -> &'static str {
        match s {
            State { closed: true, .. } => "closed",
            State { accepted: None, .. } => "received",
            State { accepted: Some(false), .. } => "not_accepted",
            State { transferred: true, .. } => "transferred",
            State { verified: true, .. } => "verified",
            _ => "accepted",
        }
    }

    fn about(s: &State) -> Vec<(&'static str, String)> {
        let mut about = vec![("subject", s.subject.clone()), ("content", s.content.clone()), ("channel", s.channel.clone())];
        if !s.task.is_empty() {
            about.push(("task", s.task.clone()));
        }
        about
    }

    fn clocks(s: &State) -> Vec<Clocked> {
        // Whoever gave no name cannot be told.
        let clock = Clocked { id: CLOCK, start: s.received, done: s.informed };
        if s.is_signed() { vec![clock] } else { vec![] }
    }

    fn choices(field: &str) -> &'static [&'static str] {
        if field == "channel" { &CHANNELS } else { &[] }
    }
}

/// Who reported.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reporter {
    /// 姓名.
    #[serde(default)]
    pub name: String,
    /// 电话.
    #[serde(default)]
    pub phone: String,
    /// 地址或者其他联系方式.
    #[serde(default)]
    pub address: String,
}

impl Reporter {
    fn texts(&self) -> [&str; 3] {
        [&self.name, &self.phone, &self.address].map(|t| t.trim())
    }
}

/// Takes a complaint in; `reporter` of the step, where it is said, is sealed and only its digest recorded.
///
/// # Errors
/// [`OfficeError::Procedure`] with every gate that is closed.
pub fn take_in(office: &Office, said: &Value) -> Result<Id> {
    let mut said = said.clone();
    let reporter = match said.get_mut("reporter").map(Value::take) {
        Some(who @ Value::Object(_)) => {
            let who: Reporter =
                serde_json::from_value(who).map_err(|_| OfficeError::Settings("reporter：name、phone、address".into()))?;
            Some(who).filter(|w| w.texts().iter().any(|t| !t.is_empty()))
        }
        None | Some(Value::Null) => None,
        Some(Value::String(none)) if none.is_empty() => None,
        Some(_) => return Err(OfficeError::Settings("reporter：name、phone、address".into())),
    };
    let sealed = reporter.as_ref().map(|who| sealed(office, who)).transpose()?;
    if let Some(o) = said.as_object_mut() {
        o.insert("reporter".into(), sealed.as_ref().map(|s| hex(&sha256(s))).unwrap_or_default().into());
    }
    let step = desk::read::<Complaints>(&said)?;
    if let Some(who) = &reporter {
        // What the register shows to everybody who works with it may not tell who reported.
        let shown = said.to_string();
        if who.texts().iter().any(|t| !t.is_empty() && shown.contains(*t)) {
            return Err(crate::procedure::Closed(vec![gate(
                "J27",
                SECRECY,
                ["登记内容中出现举报人的姓名或者联系方式", "what is recorded names the reporter or how to reach them"],
                ["只在举报人一栏填写，登记内容中删去", "write it in the reporter's fields only"],
            )])
            .into());
        }
    }
    office.store.write(|tx| {
        let id = keep::add::<Complaints>(office, tx, &step)?;
        if let Some(sealed) = &sealed {
            tx.execute("INSERT INTO ledger_sealed (row, sealed) VALUES (?, ?)", params![id.0, sealed])?;
        }
        Ok(id)
    })
}

/// Sealed to this month's key of the office and to the recovery key.
fn sealed(office: &Office, who: &Reporter) -> Result<Vec<u8>> {
    let json = Zeroizing::new(serde_json::to_vec(who).map_err(|e| OfficeError::Settings(e.to_string()))?);
    let (month, recovery) = office.trust.seal_recipients(office.now()).ok_or(OfficeError::NoKey("seal"))?;
    let to = Recipients::office(Recipient::from_bytes(month)?, Recipient::from_bytes(recovery)?);
    let mut out = vec![];
    seal(&mut &json[..], &mut out, &to)?;
    Ok(out)
}

/// Opens who reported; that somebody asked, who approved it and why is recorded before anything is opened.
///
/// # Errors
/// [`OfficeError::Procedure`] without reason or approval, or where nobody gave a name; [`OfficeError::NotFound`] for what is not the sealed text
/// that the complaint names.
pub fn open_reporter(office: &Office, id: Id, step: &Step<Act>) -> Result<Reporter> {
    let step = Step { act: Act::ReporterOpened, ..step.clone() };
    keep::record::<Complaints>(office, id, &step)?;
    let (row, sealed) = office.store.read(|c| Ok((keep::by_id::<Complaints>(c, id)?, keep::sealed(c, id)?)))?;
    let sealed = sealed.filter(|s| hex(&sha256(s)) == row.state.sealed).ok_or(OfficeError::NotFound("sealed reporter"))?;
    let clear = Zeroizing::new(office.keys.open_bytes(&sealed)?);
    serde_json::from_slice(&clear).map_err(|_| OfficeError::NotFound("sealed reporter"))
}

/// Sends a task of verification (个案检查) for a complaint: the ground of its exemption is the complaint's number (J30).
///
/// # Errors
/// As [`feed::add_task`], and [`OfficeError::Procedure`] for a complaint that was not taken up.
pub fn assign(office: &Office, id: Id, task: &str, step: &Step<Act>) -> Result<Added> {
    let row = office.store.read(|c| keep::by_id::<Complaints>(c, id))?;
    if !Complaints::open(Some(&row.state)).contains(&"assigned") {
        return Err(crate::procedure::Closed(vec![gate(
            "J27",
            BASIS,
            ["投诉举报没有受理，或者已经核查", "it was not taken up, or is verified already"],
            ["先受理", "take it up first"],
        )])
        .into());
    }
    let mut task: Value = serde_json::from_str(task).map_err(|e| OfficeError::Settings(format!("任务 task: {e}")))?;
    if let Some(o) = task.as_object_mut() {
        o.insert("kind".into(), "case".into());
        let reason = format!("投诉举报核查，编号 {}", row.number);
        o.entry("exempt").or_insert_with(|| json!({"ground": "huomian-tousu", "reason": reason}));
    }
    let added = feed::add_task(office, &task.to_string())?;
    let act = Act::Assigned { task: added.task.id.clone() };
    keep::record::<Complaints>(office, id, &Step { act, ..step.clone() })?;
    Ok(added)
}

/// A step of today.
///
/// # Errors
/// [`OfficeError::NotFound`] for a clock beyond all calendars.
pub fn today(office: &Office, act: Act, by: &str, decided_by: &str, reason: &str) -> Result<Step<Act>> {
    Ok(Step { act, day: register::today(office)?, by: by.into(), decided_by: decided_by.into(), reason: reason.into() })
}
