//! 问题清单、整改台账 (R63, J28): number, source, class, who is responsible, term, measures, evidence, 销号 by somebody else; and the
//! statistics that are computed from it (R64, J29).

use super::book::{Book, Step, blank, gate};
use super::keep::Row;
use mingzheng_core::calendar::Day;
use mingzheng_core::inspection::gate::Gate;
use serde::{Deserialize, Serialize};

const BASIS: &str = "行政执法突出问题专项整治方案（对账、核账、销账）";

/// The ledger.
pub struct Problems;

/// 来源.
pub const SOURCES: [&str; 8] = ["petition", "media", "review", "litigation", "inspection", "patrol", "case_review", "self"];
/// 五类: 制度建设、履行职责、回应诉求、队伍建设、责任追究. They are the columns of the statistics.
pub const CLASSES: [&str; 5] = ["rules", "duty", "appeals", "team", "accountability"];

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// 建账.
    Found {
        /// 来源: one of [`SOURCES`].
        source: String,
        /// 类别: one of [`CLASSES`].
        class: String,
        /// 问题.
        content: String,
        /// 责任单位.
        unit: String,
        /// 责任人.
        responsible: String,
        /// 整改时限.
        due: Day,
    },
    /// 整改措施.
    Planned {
        /// 措施.
        measures: String,
    },
    /// 延期, approved and with reason.
    Extended {
        /// The new term.
        due: Day,
    },
    /// 挂牌督办.
    Supervised,
    /// 整改完成.
    Corrected {
        /// 整改证据: numbers or names of what shows it.
        evidence: Vec<String>,
        /// 健全制度数.
        institutions: u32,
    },
    /// 处理人员.
    Handled {
        /// 处理人数.
        people: u32,
        /// Of these 党纪政务处分人数.
        disciplined: u32,
    },
    /// 销号.
    Struck,
    /// 退回整改, with the reason.
    Reopened,
}

/// What a problem amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    source: String,
    /// Its class.
    pub class: String,
    content: String,
    unit: String,
    responsible: String,
    due: Day,
    measures: String,
    supervised: bool,
    evidence: Vec<String>,
    institutions: u32,
    people: u32,
    disciplined: u32,
    corrected: Option<Day>,
    struck: Option<(Day, String)>,
}

impl Book for Problems {
    const NAME: &'static str = "problem";
    const SIGN: &'static str = "改";
    type Act = Act;
    type State = State;

    fn begin(step: &Step<Act>) -> Option<State> {
        let Act::Found { source, class, content, unit, responsible, due } = &step.act else { return None };
        Some(State {
            source: source.clone(),
            class: class.clone(),
            content: content.clone(),
            unit: unit.clone(),
            responsible: responsible.clone(),
            due: *due,
            measures: String::new(),
            supervised: false,
            evidence: vec![],
            institutions: 0,
            people: 0,
            disciplined: 0,
            corrected: None,
            struck: None,
        })
    }

    fn then(s: &mut State, step: &Step<Act>) {
        match &step.act {
            Act::Found { .. } => {}
            Act::Planned { measures } => s.measures.clone_from(measures),
            Act::Extended { due } => s.due = *due,
            Act::Supervised => s.supervised = true,
            Act::Corrected { evidence, institutions } => {
                (s.corrected, s.institutions) = (Some(step.day), *institutions);
                s.evidence.clone_from(evidence);
            }
            Act::Handled { people, disciplined } => {
                s.people = s.people.saturating_add(*people);
                s.disciplined = s.disciplined.saturating_add(*disciplined);
            }
            Act::Struck => s.struck = Some((step.day, step.by.clone())),
            Act::Reopened => (s.corrected, s.struck, s.institutions) = (None, None, 0),
        }
    }

    fn open(state: Option<&State>) -> Vec<&'static str> {
        match state {
            None => vec!["found"],
            Some(State { struck: Some(_), .. }) => vec!["handled", "reopened"],
            Some(State { corrected: Some(_), .. }) => vec!["struck", "handled", "supervised", "reopened"],
            Some(_) => vec!["planned", "extended", "supervised", "corrected", "handled"],
        }
    }

    fn gates(state: Option<&State>, step: &Step<Act>) -> Vec<Gate> {
        let lacks = |bad: bool, missing: [&str; 2], way_on: [&str; 2]| bad.then(|| gate("R63", BASIS, missing, way_on));
        let say = ["写明后登记", "say it, then record it"];
        let mut gates: Vec<Option<Gate>> = vec![];
        match &step.act {
            Act::Found { source, class, content, unit, responsible, due } => {
                let known = SOURCES.contains(&source.as_str()) && CLASSES.contains(&class.as_str());
                gates.push(lacks(
                    !known,
                    ["来源或者类别不在所列之中", "no such source or class"],
                    ["选用所列的", "take one of the list"],
                ));
                let empty = [content, unit, responsible].into_iter().any(|t| blank(t));
                gates.push(lacks(
                    empty,
                    ["没有写明问题、责任单位和责任人", "problem, unit or who is responsible is not said"],
                    say,
                ));
                gates.push(lacks(
                    *due < step.day,
                    ["整改时限早于建账之日", "the term ends before it begins"],
                    ["核对时限", "check the term"],
                ));
            }
            Act::Planned { measures } => gates.push(lacks(blank(measures), ["没有写明整改措施", "no measures are said"], say)),
            Act::Extended { due } => {
                let bad = blank(&step.reason) || blank(&step.decided_by) || state.is_some_and(|s| *due <= s.due);
                let missing =
                    ["延期没有理由和批准人，或者没有晚于原时限", "no reason or approval, or not later than the term before"];
                gates.push(lacks(bad, missing, ["报批后写明", "have it approved and say so"]));
            }
            Act::Corrected { evidence, .. } => {
                gates.push(lacks(
                    evidence.iter().all(|e| blank(e)),
                    ["没有整改证据", "no evidence of the correction"],
                    ["附整改证据后登记", "name the evidence, then record it"],
                ));
                let none = state.is_some_and(|s| blank(&s.measures));
                gates.push(lacks(
                    none,
                    ["没有登记整改措施", "no measures were recorded"],
                    ["先登记措施", "record the measures first"],
                ));
            }
            Act::Handled { people, disciplined } => {
                let total = state.map_or(0, |s| s.people).saturating_add(*people);
                let of_these = state.map_or(0, |s| s.disciplined).saturating_add(*disciplined);
                let missing = ["党纪政务处分人数多于处理人数", "more were disciplined than handled"];
                gates.push(lacks(of_these > total, missing, ["核对人数", "check the numbers"]));
            }
            Act::Struck => {
                let same = state.is_some_and(|s| s.responsible.trim() == step.by.trim());
                gates.push(same.then(|| {
                    gate(
                        "J28",
                        BASIS,
                        ["销号人是责任人本人", "who strikes it off is who was responsible"],
                        ["由责任人以外的人核账销号", "somebody else checks it and strikes it off"],
                    )
                }));
            }
            Act::Reopened => gates.push(lacks(blank(&step.reason), ["退回没有写明理由", "no reason is given"], say)),
            Act::Supervised => {}
        }
        gates.into_iter().flatten().collect()
    }

    fn blank(act: &str, state: Option<&State>) -> Option<Act> {
        let text = String::new;
        // A new row names its own term: the first day stands for none (see the desk).
        let none = Day::in_china(0)?;
        let due = state.map_or(none, |s| s.due);
        Some(match act {
            "found" => {
                Act::Found { source: text(), class: text(), content: text(), unit: text(), responsible: text(), due: none }
            }
            "planned" => Act::Planned { measures: text() },
            "extended" => Act::Extended { due },
            "supervised" => Act::Supervised,
            "corrected" => Act::Corrected { evidence: vec![], institutions: 0 },
            "handled" => Act::Handled { people: 0, disciplined: 0 },
            "struck" => Act::Struck,
            "reopened" => Act::Reopened,
            _ => return None,
        })
    }

    fn stage(s: &State) -> &'static str {
        match s {
            State { struck: Some(_), .. } => "struck",
            State { corrected: Some(_), .. } => "corrected",
            State { supervised: true, .. } => "supervised",
            _ => "found",
        }
    }

    fn about(s: &State) -> Vec<(&'static str, String)> {
        let mut about = vec![
            ("content", s.content.clone()),
            ("responsible", format!("{} {}", s.unit, s.responsible)),
            ("class", s.class.clone()),
            ("source", s.source.clone()),
            ("due", s.due.to_string()),
        ];
        for (name, text) in [("measures", s.measures.clone()), ("evidence", s.evidence.join("；"))] {
            if !text.is_empty() {
                about.push((name, text));
            }
        }
        if let Some((day, by)) = &s.struck {
            about.push(("struck_by", format!("{by} {day}")));
        }
        about
    }

    fn choices(field: &str) -> &'static [&'static str] {
        match field {
            "source" => &SOURCES,
            "class" => &CLASSES,
            _ => &[],
        }
    }
}

/// One column of 附件2, or its sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Count {
    /// 发现问题数.
    pub found: u32,
    /// 整改问题数: struck off.
    pub corrected: u32,
    /// 处理人数.
    pub people: u32,
    /// 党纪政务处分人数.
    pub disciplined: u32,
    /// 健全制度数.
    pub institutions: u32,
}

/// 附件2, computed from the ledger and nothing else (J29): one column a class, then the sum.
#[must_use]
pub fn statistics(rows: &[Row<Problems>]) -> [Count; CLASSES.len() + 1] {
    let mut all = [Count::default(); CLASSES.len() + 1];
    for s in rows.iter().map(|r| &r.state) {
        let class = CLASSES.iter().position(|c| *c == s.class);
        for (n, count) in all.iter_mut().enumerate() {
            if Some(n) == class || n == CLASSES.len() {
                count.found += 1;
                count.corrected += u32::from(s.struck.is_some());
                count.people += s.people;
                count.disciplined += s.disciplined;
                count.institutions += s.institutions;
            }
        }
    }
    all
}
