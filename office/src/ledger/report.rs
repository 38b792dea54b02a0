//! 监督信息卡 (R67; requirements B8): what inspections, cases and the register of enterprises say already goes out as cards; nothing is typed twice.
//! A row keeps when a card was entered and reviewed (5 + 5 working days), and by whom.

use super::book::{Book, Step, blank, gate};
use super::clock::Clocked;
use super::keep::{self, Row};
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::register::enterprise;
use crate::store::{Db, params};
use crate::{cases, procedure};
use mingzheng_core::calendar::{Day, WorkingDays};
use mingzheng_core::id::Id;
use mingzheng_core::inspection::fold;
use mingzheng_core::inspection::gate::Gate;
use mingzheng_core::log::Entry;
use mingzheng_core::pack::{Answer, Clock};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const BASIS: &str = "卫生监督信息报告的规定";
const ENTRY: &str = "qixian-xinxi-luru";
const REVIEW: &str = "qixian-xinxi-shenhe";

/// The ledger.
pub struct Reports;

/// 被监督单位、监督检查、案件查处.
pub const CARDS: [&str; 3] = ["enterprise", "inspection", "case"];

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// 信息产生.
    Arisen {
        /// One of [`CARDS`].
        card: String,
        /// 统一社会信用代码, id of the inspection, or 案号.
        subject: String,
    },
    /// 录入.
    Entered,
    /// 退回, with the reason.
    SentBack,
    /// 审核通过.
    Reviewed,
}

/// What a card amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    card: String,
    subject: String,
    /// Since when it is to be entered: it arose, or was sent back.
    since: Day,
    entered: Option<(Day, String)>,
    reviewed: Option<Day>,
}

impl Book for Reports {
    const NAME: &'static str = "report";
    const SIGN: &'static str = "信";
    type Act = Act;
    type State = State;

    fn begin(step: &Step<Act>) -> Option<State> {
        let Act::Arisen { card, subject } = &step.act else { return None };
        Some(State { card: card.clone(), subject: subject.clone(), since: step.day, entered: None, reviewed: None })
    }

    fn then(s: &mut State, step: &Step<Act>) {
        match &step.act {
            Act::Arisen { .. } => {}
            Act::Entered => s.entered = Some((step.day, step.by.clone())),
            Act::SentBack => (s.since, s.entered) = (step.day, None),
            Act::Reviewed => s.reviewed = Some(step.day),
        }
    }

    fn open(state: Option<&State>) -> Vec<&'static str> {
        match state {
            None => vec!["arisen"],
            Some(State { reviewed: Some(_), .. }) => vec![],
            Some(State { entered: None, .. }) => vec!["entered"],
            Some(_) => vec!["reviewed", "sent_back"],
        }
    }

    fn gates(state: Option<&State>, step: &Step<Act>) -> Vec<Gate> {
        let lacks = |bad: bool, missing: [&str; 2], way_on: [&str; 2]| bad.then(|| gate("R67", BASIS, missing, way_on));
        let found = match &step.act {
            Act::Arisen { card, subject } => lacks(
                !CARDS.contains(&card.as_str()) || blank(subject),
                ["没有写明卡别和对象", "card or subject is not said"],
                ["写明后登记", "say both"],
            ),
            Act::SentBack => {
                lacks(blank(&step.reason), ["退回没有写明理由", "no reason is given"], ["写明理由", "give the reason"])
            }
            Act::Reviewed => lacks(
                state.and_then(|s| s.entered.as_ref()).is_some_and(|(_, by)| by.trim() == step.by.trim()),
                ["审核人是录入人本人", "who reviews it is who entered it"],
                ["由他人审核", "somebody else reviews it"],
            ),
            Act::Entered => None,
        };
        found.into_iter().collect()
    }

    fn known(_office: &Office, c: &Db, _state: Option<&State>, step: &Step<Act>) -> Result<Vec<Gate>> {
        let Act::Arisen { card, subject } = &step.act else { return Ok(vec![]) };
        let there = match card.as_str() {
            "enterprise" => enterprise::by_code(c, subject)?.is_some(),
            "inspection" => match Id::from_hex(subject) {
                Some(id) => {
                    c.one("SELECT EXISTS (SELECT 1 FROM entries WHERE case_tag = ?)", params![id.0], |r| r.get::<bool>(0))?
                }
                None => false,
            },
            _ => procedure::by_number(c, subject)?.is_some(),
        };
        let twice = keep::all::<Self>(c)?.iter().any(|r| r.state.subject == *subject && r.state.reviewed.is_none());
        let bad = |missing, way_on| vec![gate("R67", BASIS, missing, way_on)];
        Ok(match (there, twice) {
            (false, _) => bad(["机关没有这一对象", "the office knows no such subject"], ["核对代码、标识或者案号", "check it"]),
            (_, true) => bad(
                ["这一对象已有未审核的卡", "it has a card already that is not reviewed"],
                ["继续办理该卡", "go on with that one"],
            ),
            _ => vec![],
        })
    }

    fn blank(act: &str, _state: Option<&State>) -> Option<Act> {
        Some(match act {
            "arisen" => Act::Arisen { card: String::new(), subject: String::new() },
            "entered" => Act::Entered,
            "sent_back" => Act::SentBack,
            "reviewed" => Act::Reviewed,
            _ => return None,
        })
    }

    fn stage(s: &State) -> &'static str {
        match s {
            State { reviewed: Some(_), .. } => "reviewed",
            State { entered: Some(_), .. } => "entered",
            _ => "arisen",
        }
    }

    fn about(s: &State) -> Vec<(&'static str, String)> {
        vec![("subject_of_card", s.subject.clone()), ("card", s.card.clone())]
    }

    fn clocks(s: &State) -> Vec<Clocked> {
        let entered = s.entered.as_ref().map(|(day, _)| *day);
        let review = entered.map(|day| Clocked { id: REVIEW, start: day, done: s.reviewed });
        [Clocked { id: ENTRY, start: s.since, done: entered }].into_iter().chain(review).collect()
    }

    fn choices(field: &str) -> &'static [&'static str] {
        if field == "card" { &CARDS } else { &[] }
    }
}

/// A table of cards.
pub struct Table {
    /// One of [`CARDS`].
    pub card: &'static str,
    /// Its columns.
    pub columns: Vec<&'static str>,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// As CSV.
    ///
    /// # Errors
    /// [`OfficeError::Settings`] never in practice.
    pub fn csv(&self) -> Result<Vec<u8>> {
        let bad = |e: &dyn std::fmt::Display| OfficeError::Settings(e.to_string());
        let mut out = csv::Writer::from_writer(vec![]);
        out.write_record(&self.columns).map_err(|e| bad(&e))?;
        for row in &self.rows {
            out.write_record(row).map_err(|e| bad(&e))?;
        }
        out.into_inner().map_err(|e| bad(&e))
    }

    /// As JSON: objects with the columns as names.
    #[must_use]
    pub fn json(&self) -> Value {
        let row = |row: &Vec<String>| self.columns.iter().map(|c| (*c).to_owned()).zip(row.iter().map(|v| json!(v))).collect();
        let rows: Vec<serde_json::Map<String, Value>> = self.rows.iter().map(row).collect();
        json!({"card": self.card, "illustrative": true, "rows": rows})
    }
}

/// What every card says of its way: when it arose, until when it is entered, and where it stands.
struct Way<'a> {
    rows: &'a [Row<Reports>],
    entry: Option<&'a Clock>,
    days: &'a WorkingDays,
}

const WAY: [&str; 5] = ["信息产生日", "录入期限", "录入日", "审核日", "卡编号"];

impl Way<'_> {
    fn of(&self, subject: &str, arisen: Option<Day>) -> Vec<String> {
        let row = self.rows.iter().find(|r| r.state.subject == subject);
        let since = row.and_then(|r| r.steps.first()).map(|k| k.step.day).or(arisen);
        let until = since.zip(self.entry).map(|(day, clock)| clock.due(day.into(), self.days).raw.to_string());
        let text = |day: Option<Day>| day.map(|d| d.to_string()).unwrap_or_default();
        let entered = row.and_then(|r| r.state.entered.as_ref()).map(|(day, _)| *day);
        vec![
            text(since),
            until.unwrap_or_default(),
            text(entered),
            text(row.and_then(|r| r.state.reviewed)),
            row.map(|r| r.number.clone()).unwrap_or_default(),
        ]
    }
}

fn columns(own: &[&'static str]) -> Vec<&'static str> {
    own.iter().copied().chain(WAY).collect()
}

/// The cards of all enterprises, inspections and cases. Names of cards and columns are illustrative: the reporting system's own go there.
///
/// # Errors
/// [`OfficeError::Settings`] without a pack in force.
pub fn tables(office: &Office) -> Result<[Table; 3]> {
    let ruled = procedure::rules(office)?;
    let rules = ruled.rules()?;
    let (rows, enterprises, all) =
        office.store.read(|c| Ok((keep::all::<Reports>(c)?, enterprise::list(c, "", u32::MAX)?, procedure::all(c)?)))?;
    let way = Way { rows: &rows, entry: ruled.pack.clock(ENTRY), days: rules.days() };
    let with = |mut own: Vec<String>, subject: &str, arisen: Option<Day>| {
        own.extend(way.of(subject, arisen));
        own
    };
    let units = enterprises.into_iter().map(|e| {
        let code = e.code.clone();
        with(vec![e.code, e.name, e.address, e.area, e.category], &code, None)
    });
    let mut inspections = vec![];
    for case in cases::all(office)? {
        let entries: Vec<Entry> = cases::entries(office, case)?.into_iter().map(|h| h.entry).collect();
        let i = fold(&entries);
        let Some(task) = &i.task else { continue };
        let kind = match task.kind.as_str() {
            "special" => "专项检查",
            "case" => "个案检查",
            _ => "日常检查",
        };
        let officers = task.officers.iter().map(|o| format!("{}（{}）", o.name, o.number)).collect::<Vec<_>>().join("、");
        let failed = i.answers.values().filter(|a| a.result == Answer::Fail).count();
        let left = i.left.as_ref().and_then(|(at, _)| Day::in_china(at.ms));
        let day = Day::try_from(task.day).map(|d| d.to_string()).unwrap_or_default();
        let own = [
            &task.enterprise.name,
            &task.enterprise.code,
            &day,
            kind,
            &task.matter,
            &officers,
            &task.checklists.join("、"),
            &i.answers.len().to_string(),
            &failed.to_string(),
        ];
        let id = case.to_string();
        inspections.push(with(own.map(str::to_owned).to_vec(), &id, left));
    }
    let penalties = all.into_iter().map(|p| {
        let text = |day: Option<Day>| day.map(|d| d.to_string()).unwrap_or_default();
        let decision = p.case.decision.as_ref();
        let kinds = decision.map(|d| d.proposal.penalties.iter().map(|x| x.kind.word().0).collect::<Vec<_>>().join("、"));
        let own = vec![
            p.number.clone(),
            p.case.party.name.clone(),
            p.case.party.code.clone(),
            p.case.matter.clone(),
            text(p.case.filed),
            decision.map(|d| d.number.clone()).unwrap_or_default(),
            text(decision.map(|d| d.day)),
            kinds.unwrap_or_default(),
            text(p.case.ended.as_ref().map(|(d, _)| *d)),
        ];
        with(own, &p.number, decision.map(|d| d.day))
    });
    Ok([
        Table {
            card: "enterprise",
            columns: columns(&["统一社会信用代码", "被监督单位名称", "地址", "区域", "类别"]),
            rows: units.collect(),
        },
        Table {
            card: "inspection",
            columns: columns(&[
                "被监督单位名称",
                "统一社会信用代码",
                "检查日期",
                "检查类型",
                "检查事项",
                "监督员",
                "检查表",
                "检查项数",
                "不合格项数",
            ]),
            rows: inspections,
        },
        Table {
            card: "case",
            columns: columns(&[
                "案号",
                "当事人",
                "统一社会信用代码",
                "案由",
                "立案日",
                "决定书文号",
                "决定日",
                "处罚种类",
                "结案日",
            ]),
            rows: penalties.collect(),
        },
    ])
}
