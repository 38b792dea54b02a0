//! 双随机抽查 (R36): which enterprises are inspected, and by whom, is drawn; the draw can be drawn again by anybody.
//!
//! The lists and the digest of the seed are recorded first, the seed only with the result. What a witness says in between goes into the draw too, so
//! that not even the office knows the result beforehand.

use super::book::{Book, Step, blank, gate};
use super::keep;
use super::lot::{Lot, commitment};
use crate::error::{OfficeError, Result};
use crate::feed;
use crate::keys::random;
use crate::office::Office;
use crate::register::enterprise::{self, Enterprise};
use crate::register::mandate::{self, Deed};
use crate::register::{self, frequency, refuses};
use crate::rights;
use crate::store::params;
use data_encoding::HEXLOWER;
use mingzheng_core::calendar::Day;
use mingzheng_core::id::{Id, hex, sha256};
use mingzheng_core::inspection::gate::Gate;
use mingzheng_core::seal::{Recipient, Recipients, seal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const BASIS: &str = "国办发〔2018〕118号；“双随机、一公开”";

/// The ledger.
pub struct Draws;

/// An enterprise that can be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// 统一社会信用代码.
    pub code: String,
    /// 名称.
    pub name: String,
}

/// An officer that can be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// 证号.
    pub number: String,
    /// 姓名.
    pub name: String,
}

/// Who is not in the lists, and why: on leave, not in effect, at the cap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// 证号 or 统一社会信用代码.
    pub who: String,
    /// Why.
    pub reason: String,
}

/// An officer that does not inspect an enterprise (回避, R11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// 证号.
    pub number: String,
    /// The enterprise.
    pub code: String,
    /// Why.
    pub reason: String,
}

/// Everything that the draw is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lists {
    /// 抽查事项清单: checklists of the pack.
    pub items: Vec<String>,
    /// 检查对象名录, by code.
    pub enterprises: Vec<Candidate>,
    /// 执法检查人员名录, by number.
    pub officers: Vec<Person>,
    /// Left out of either list.
    pub left_out: Vec<LeftOut>,
    /// Who does not inspect whom.
    pub conflicts: Vec<Conflict>,
    /// How many enterprises are drawn.
    pub take: u32,
    /// How many officers for each.
    pub team: u32,
}

/// What was drawn for one enterprise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// The enterprise.
    pub code: String,
    /// The officers' numbers, in the order drawn.
    pub officers: Vec<String>,
}

/// What became of a match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The enterprise.
    pub code: String,
    /// The task, hex; empty when it was refused.
    pub task: String,
    /// Why it was refused.
    pub refused: String,
}

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// 抽取准备: the lists, and the digest of the seed.
    Prepared {
        /// 抽查计划名称.
        title: String,
        /// 抽查事项.
        matter: String,
        /// The lists.
        lists: Lists,
        /// [`commitment`] of the seed, hex.
        commitment: String,
    },
    /// 抽取.
    Drawn {
        /// The seed, hex.
        seed: String,
        /// What a witness said before.
        words: String,
        /// The result.
        result: Vec<Match>,
    },
    /// 派单.
    Sent {
        /// One for each match.
        tasks: Vec<Sent>,
    },
    /// 抽查结果 of one enterprise.
    Found {
        /// The enterprise.
        code: String,
        /// 结果.
        outcome: String,
    },
    /// 公布.
    Published {
        /// SHA-256 of the table, hex.
        table: String,
    },
    /// 作废 before it was drawn, with the reason.
    Abandoned,
}

/// What a draw amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    title: String,
    matter: String,
    /// What it is drawn from.
    pub lists: Lists,
    commitment: String,
    /// The result.
    pub result: Vec<Match>,
    seed: Option<(String, String)>,
    sent: Vec<Sent>,
    found: BTreeMap<String, String>,
    published: bool,
    abandoned: bool,
}

/// The result that seed and words give for these lists.
#[must_use]
pub fn drawn(lists: &Lists, seed: &[u8], words: &str) -> Vec<Match> {
    let codes: Vec<&str> = lists.enterprises.iter().map(|e| e.code.as_str()).collect();
    let chosen = Lot::new(seed, words, "enterprises").draw(&codes, lists.take as usize);
    let team = |code: &str| {
        let barred: BTreeSet<&str> = lists.conflicts.iter().filter(|c| c.code == code).map(|c| c.number.as_str()).collect();
        let free: Vec<String> =
            lists.officers.iter().map(|o| o.number.clone()).filter(|n| !barred.contains(n.as_str())).collect();
        Lot::new(seed, words, &format!("officers:{code}")).draw(&free, lists.team as usize)
    };
    chosen.into_iter().map(|code| Match { code: code.to_owned(), officers: team(code) }).collect()
}

impl Book for Draws {
    const NAME: &'static str = "draw";
    const SIGN: &'static str = "抽";
    type Act = Act;
    type State = State;

    fn begin(step: &Step<Act>) -> Option<State> {
        let Act::Prepared { title, matter, lists, commitment } = &step.act else { return None };
        Some(State {
            title: title.clone(),
            matter: matter.clone(),
            lists: lists.clone(),
            commitment: commitment.clone(),
            result: vec![],
            seed: None,
            sent: vec![],
            found: BTreeMap::new(),
            published: false,
            abandoned: false,
        })
    }

    fn then(s: &mut State, step: &Step<Act>) {
        match &step.act {
            Act::Prepared { .. } => {}
            Act::Drawn { seed, words, result } => {
                s.seed = Some((seed.clone(), words.clone()));
                s.result.clone_from(result);
            }
            Act::Sent { tasks } => s.sent.extend(tasks.iter().cloned()),
            Act::Found { code, outcome } => {
                s.found.insert(code.clone(), outcome.clone());
            }
            Act::Published { .. } => s.published = true,
            Act::Abandoned => s.abandoned = true,
        }
    }

    fn open(state: Option<&State>) -> Vec<&'static str> {
        match state {
            None => vec!["prepared"],
            Some(s) if s.abandoned => vec![],
            Some(s) if s.seed.is_none() => vec!["drawn", "abandoned"],
            Some(_) => vec!["sent", "found", "published"],
        }
    }

    fn gates(state: Option<&State>, step: &Step<Act>) -> Vec<Gate> {
        let lacks = |bad: bool, missing: [&str; 2], way_on: [&str; 2]| bad.then(|| gate("R36", BASIS, missing, way_on));
        let mut gates: Vec<Option<Gate>> = vec![];
        match (&step.act, state) {
            (Act::Prepared { title, matter, lists, .. }, _) => {
                let say = ["写明后登记", "say it, then record it"];
                gates.push(lacks(
                    blank(title) || blank(matter) || lists.items.is_empty(),
                    ["没有写明抽查计划、事项和事项清单", "title, matter or items are not said"],
                    say,
                ));
                gates.push(lacks(
                    lists.take == 0 || lists.enterprises.len() < lists.take as usize,
                    ["检查对象名录少于应抽取的数量", "fewer enterprises than are to be drawn"],
                    ["补充名录，或者减少抽取数量", "fill the register, or draw fewer"],
                ));
                // 行政处罚法 42: two officers, for whichever enterprise is drawn.
                let short = lists.enterprises.iter().any(|e| {
                    let barred: BTreeSet<&str> =
                        lists.conflicts.iter().filter(|c| c.code == e.code).map(|c| c.number.as_str()).collect();
                    lists.officers.iter().filter(|o| !barred.contains(o.number.as_str())).count() < lists.team as usize
                });
                gates.push(lacks(
                    lists.team < 2 || short,
                    ["可抽取的执法人员不足，每组不得少于两人", "too few officers that can be drawn; a team has two at least"],
                    ["增加可派人员，或者另行安排回避", "more officers, or fewer who are left out"],
                ));
                let unsaid = lists.left_out.iter().map(|l| &l.reason).chain(lists.conflicts.iter().map(|c| &c.reason));
                gates.push(lacks(
                    unsaid.into_iter().any(|r| blank(r)),
                    ["有人员或者单位被排除而没有写明理由", "somebody is left out without a reason"],
                    ["写明理由", "give the reason"],
                ));
            }
            (Act::Drawn { seed, words, result }, Some(s)) => {
                let seed = HEXLOWER.decode(seed.as_bytes()).unwrap_or_default();
                let fits = hex(&commitment(&seed)) == s.commitment && *result == drawn(&s.lists, &seed, words);
                gates.push(lacks(
                    !fits,
                    [
                        "结果不是由事先登记的种子和名录抽出的",
                        "the result does not follow from the seed and lists recorded before",
                    ],
                    ["用 draw run 抽取", "draw it with draw run"],
                ));
            }
            (Act::Found { code, outcome }, Some(s)) => gates.push(lacks(
                blank(outcome) || !s.result.iter().any(|m| m.code == *code),
                ["不是抽中的单位，或者没有写明结果", "not one of those drawn, or no result is said"],
                ["核对代码", "check the code"],
            )),
            (Act::Abandoned, _) => gates.push(lacks(
                blank(&step.reason),
                ["作废没有写明理由", "no reason for giving it up"],
                ["写明理由", "give the reason"],
            )),
            _ => {}
        }
        gates.into_iter().flatten().collect()
    }

    fn blank(act: &str, _state: Option<&State>) -> Option<Act> {
        match act {
            "found" => Some(Act::Found { code: String::new(), outcome: String::new() }),
            "abandoned" => Some(Act::Abandoned),
            _ => None,
        }
    }

    fn stage(s: &State) -> &'static str {
        match s {
            State { abandoned: true, .. } => "abandoned",
            State { published: true, .. } => "published",
            State { seed: None, .. } => "prepared",
            State { sent, .. } if sent.is_empty() => "drawn",
            _ => "sent",
        }
    }

    fn about(s: &State) -> Vec<(&'static str, String)> {
        let named = |code: &str| s.lists.enterprises.iter().find(|e| e.code == code).map_or(code, |e| &e.name).to_owned();
        let person = |number: &String| {
            let name = s.lists.officers.iter().find(|o| o.number == *number).map_or("", |o| &o.name);
            format!("{name}（{number}）")
        };
        let mut about = vec![
            ("title", s.title.clone()),
            ("matter", s.matter.clone()),
            (
                "drawn_from",
                format!("{} / {} · {} / {}", s.lists.take, s.lists.enterprises.len(), s.lists.team, s.lists.officers.len()),
            ),
        ];
        for m in &s.result {
            let team = m.officers.iter().map(person).collect::<Vec<_>>().join("、");
            let sent = s.sent.iter().rev().find(|t| t.code == m.code);
            let sent = sent.map_or(String::new(), |t| {
                if t.refused.is_empty() { format!("；任务 {}", t.task) } else { format!("；未派：{}", t.refused) }
            });
            let found = s.found.get(&m.code).map_or(String::new(), |o| format!("；结果：{o}"));
            about.push(("match", format!("{}（{}）：{team}{sent}{found}", named(&m.code), m.code)));
        }
        for l in &s.lists.left_out {
            about.push(("left_out", format!("{}：{}", l.who, l.reason)));
        }
        for c in &s.lists.conflicts {
            about.push(("conflict", format!("{} – {}：{}", c.number, c.code, c.reason)));
        }
        about.push(("commitment", s.commitment.clone()));
        if let Some((seed, words)) = &s.seed {
            about.push(("seed", seed.clone()));
            about.push(("words", words.clone()));
        }
        about
    }
}

/// What a person says of a draw.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    title: String,
    matter: String,
    items: Vec<String>,
    #[serde(default)]
    area: Option<String>,
    #[serde(default)]
    category: Option<String>,
    take: u32,
    #[serde(default = "two")]
    team: u32,
    #[serde(default)]
    left_out: Vec<LeftOut>,
    #[serde(default)]
    conflicts: Vec<Conflict>,
    /// The day of the inspections.
    day: Day,
    by: String,
    decided_by: String,
}

fn two() -> u32 {
    2
}

/// Makes the lists from the registers, and records them with the digest of a fresh seed. Gives the row.
///
/// # Errors
/// [`OfficeError::Procedure`] with every gate that is closed, [`OfficeError::Settings`] for what cannot be read.
pub fn prepare(office: &Office, plan: &str) -> Result<Id> {
    let bad = |what: &dyn std::fmt::Display| OfficeError::Settings(format!("抽查计划 plan: {what}"));
    let plan: Plan = serde_json::from_str(plan).map_err(|e| bad(&e))?;
    if blank(&plan.decided_by) {
        let missing = ["抽查没有负责人批准", "the draw is not approved"];
        return Err(crate::procedure::Closed(vec![gate("R36", BASIS, missing, ["报批后写明批准人", "name who approved"])]).into());
    }
    let pack = rights::newest(office)?.map(|(_, pack)| pack);
    if let Some(pack) = &pack {
        let known: Vec<&str> = pack.checklists.iter().map(|l| l.id.as_str()).collect();
        if let Some(strange) = plan.items.iter().find(|i| !known.contains(&i.as_str())) {
            return Err(bad(&format!("规则包没有此检查表 the pack has no checklist {strange}；有 it has: {}", known.join(" "))));
        }
    }
    let cap = pack.as_ref().map(|p| p.gates.yearly_cap.value);
    let seed: [u8; 32] = random()?;
    let (month, recovery) = office.trust.seal_recipients(office.now()).ok_or(OfficeError::NoKey("seal"))?;
    let mut sealed = vec![];
    let to = Recipients::office(Recipient::from_bytes(month)?, Recipient::from_bytes(recovery)?);
    seal(&mut &seed[..], &mut sealed, &to)?;
    office.store.write(|tx| {
        let said: BTreeSet<String> = plan.left_out.iter().map(|l| l.who.clone()).collect();
        let mut left_out = plan.left_out;
        let (area, category) = (plan.area.as_deref(), plan.category.as_deref());
        let mut enterprises: Vec<Enterprise> = enterprise::list(tx, "", u32::MAX)?;
        enterprises.retain(|e| area.is_none_or(|a| e.area == a) && category.is_none_or(|c| e.category == c));
        enterprises.sort_by(|a, b| a.code.cmp(&b.code));
        let mut list = vec![];
        for e in enterprises.into_iter().filter(|e| !said.contains(&e.code)) {
            let visits = frequency::visits(tx, &office.trust.organ, &e.code, plan.day.number() / 10_000)?;
            if cap.is_some_and(|cap| cap > 0 && visits.counted >= cap) {
                let reason = format!("本年度日常检查已安排 {} 次，达到频次上限（J30）", visits.counted);
                left_out.push(LeftOut { who: e.code, reason });
            } else {
                list.push(Candidate { code: e.code, name: e.name });
            }
        }
        let mandates = mandate::all(tx)?;
        let deed = Deed {
            day: plan.day.max(register::today(office)?),
            organ: &office.trust.organ,
            area,
            category: None,
            matter: Some(&plan.matter),
        };
        let mut officers = vec![];
        for k in register::all(tx)?.into_iter().filter(|k| !said.contains(k.number())) {
            match refuses(&k, &mandates, &deed, &office.settings.register) {
                Some(reason) => left_out.push(LeftOut { who: k.number().to_owned(), reason }),
                None => officers.push(Person { number: k.number().to_owned(), name: k.life.fields.name.clone() }),
            }
        }
        officers.sort_by(|a, b| a.number.cmp(&b.number));
        let (take, team, conflicts, items) = (plan.take, plan.team, plan.conflicts, plan.items);
        let lists = Lists { items, enterprises: list, officers, left_out, conflicts, take, team };
        let act = Act::Prepared { title: plan.title, matter: plan.matter, lists, commitment: hex(&commitment(&seed)) };
        let step = Step { act, day: register::today(office)?, by: plan.by, decided_by: plan.decided_by, reason: String::new() };
        let id = keep::add::<Draws>(office, tx, &step)?;
        tx.execute("INSERT INTO ledger_sealed (row, sealed) VALUES (?, ?)", params![id.0, sealed])?;
        Ok(id)
    })
}

/// Nobody types the lists of a draw.
pub(super) fn by_plan(office: &Office, plan: &Value) -> Result<Id> {
    prepare(office, &plan.to_string())
}

fn step(office: &Office, act: Act, by: &str) -> Result<Step<Act>> {
    Ok(Step { act, day: register::today(office)?, by: by.into(), decided_by: String::new(), reason: String::new() })
}

/// Draws: opens the seed, and records it with the result. `words` are what a witness says.
///
/// # Errors
/// [`OfficeError::Procedure`] for a draw that was drawn already.
pub fn run(office: &Office, id: Id, words: &str, by: &str) -> Result<()> {
    let (row, sealed) = office.store.read(|c| Ok((keep::by_id::<Draws>(c, id)?, keep::sealed(c, id)?)))?;
    let sealed = sealed.ok_or(OfficeError::NotFound("seed"))?;
    let seed = office.keys.open_bytes(&sealed)?;
    let result = drawn(&row.state.lists, &seed, words);
    keep::record::<Draws>(office, id, &step(office, Act::Drawn { seed: hex(&seed), words: words.into(), result }, by)?)
}

/// Whether the recorded result follows from the recorded lists, seed and words, and the seed from its digest; `None` before the draw.
#[must_use]
pub fn again(state: &State) -> Option<bool> {
    let (seed, words) = state.seed.as_ref()?;
    let seed = HEXLOWER.decode(seed.as_bytes()).ok()?;
    Some(hex(&commitment(&seed)) == state.commitment && drawn(&state.lists, &seed, words) == state.result)
}

/// Sends a task for each enterprise that was drawn and has none yet; `template` says day, approval, legal basis. What a gate refuses is recorded
/// with its reason.
///
/// # Errors
/// [`OfficeError`].
pub fn send(office: &Office, id: Id, template: &str, by: &str) -> Result<Vec<Sent>> {
    let row = office.store.read(|c| keep::by_id::<Draws>(c, id))?;
    let s = &row.state;
    if s.seed.is_none() || s.abandoned {
        let missing = ["还没有抽取", "nothing was drawn yet"];
        return Err(crate::procedure::Closed(vec![gate("R36", BASIS, missing, ["先抽取", "draw first"])]).into());
    }
    let template: Value = serde_json::from_str(template).map_err(|e| OfficeError::Settings(format!("任务 task: {e}")))?;
    let mut all = vec![];
    for m in &s.result {
        if s.sent.iter().any(|t| t.code == m.code && t.refused.is_empty()) {
            continue;
        }
        let known = office.store.read(|c| enterprise::by_code(c, &m.code))?;
        let mut task = template.clone();
        let o =
            task.as_object_mut().ok_or_else(|| OfficeError::Settings("任务 task: 不是 JSON 对象 not a JSON object".into()))?;
        let text = |f: fn(&Enterprise) -> &String| known.as_ref().map(f).cloned().unwrap_or_default();
        let given = json!({
            "code": m.code, "name": text(|e| &e.name), "address": text(|e| &e.address), "phone": "", "legal_representative": "", "manager": "",
            "manager_position": "",
        });
        o.insert("enterprise".into(), given);
        o.insert("officers".into(), m.officers.iter().map(|n| json!({"number": n})).collect());
        o.entry("kind").or_insert_with(|| "routine".into());
        o.entry("title").or_insert_with(|| format!("{}（{}）", s.title, row.number).into());
        o.entry("matter").or_insert_with(|| s.matter.clone().into());
        o.entry("checklists").or_insert_with(|| s.lists.items.clone().into());
        all.push(match feed::add_task(office, &task.to_string()) {
            Ok(added) => Sent { code: m.code.clone(), task: added.task.id, refused: String::new() },
            Err(OfficeError::Procedure(closed)) => {
                let why = closed.0.iter().map(|g| format!("{} {}", g.rule, g.missing.zh)).collect::<Vec<_>>().join("；");
                Sent { code: m.code.clone(), task: String::new(), refused: why }
            }
            Err(OfficeError::Settings(why)) => Sent { code: m.code.clone(), task: String::new(), refused: why },
            Err(e) => return Err(e),
        });
    }
    keep::record::<Draws>(office, id, &step(office, Act::Sent { tasks: all.clone() }, by)?)?;
    Ok(all)
}

/// The table that is published (一公开), whose digest is recorded.
///
/// # Errors
/// [`OfficeError::Procedure`] before the draw.
pub fn publish(office: &Office, id: Id, by: &str) -> Result<String> {
    let row = office.store.read(|c| keep::by_id::<Draws>(c, id))?;
    let s = &row.state;
    let mut table = csv::Writer::from_writer(vec![]);
    let bad = |e: csv::Error| OfficeError::Settings(e.to_string());
    table.write_record(["抽取编号", "抽查事项", "检查对象", "统一社会信用代码", "执法检查人员", "抽查结果"]).map_err(bad)?;
    for m in &s.result {
        let name = s.lists.enterprises.iter().find(|e| e.code == m.code).map_or("", |e| &e.name);
        let team = m.officers.iter().map(|n| {
            let name = s.lists.officers.iter().find(|o| o.number == *n).map_or("", |o| &o.name);
            format!("{name}（{n}）")
        });
        let team = team.collect::<Vec<_>>().join("、");
        let outcome = s.found.get(&m.code).map_or("尚未登记", String::as_str);
        table.write_record([&row.number, &s.matter, name, &m.code, &team, outcome]).map_err(bad)?;
    }
    let bytes = table.into_inner().map_err(|e| OfficeError::Settings(e.to_string()))?;
    keep::record::<Draws>(office, id, &step(office, Act::Published { table: hex(&sha256(&bytes)) }, by)?)?;
    String::from_utf8(bytes).map_err(|e| OfficeError::Settings(e.to_string()))
}
