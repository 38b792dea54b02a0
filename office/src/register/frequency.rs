//! 检查频次 (国办发〔2024〕54号, J1, J30): which visit of the year a task is, the cap, and what a task must say before it goes out.

use crate::error::Result;
use crate::register::enterprise::plain_code;
use crate::store::{Db, params, uint};
use mingzheng_core::badge::AssignmentKind;
use mingzheng_core::calendar::Day;
use mingzheng_core::inspection::Task;
use mingzheng_core::inspection::gate::Gate;
use mingzheng_core::pack::{Pack, Text};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Visits of one subject at one enterprise in one calendar year, as they were assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Visits {
    /// 日常检查 without an exemption.
    pub counted: u32,
    /// 专项, 个案, and 日常 with an exemption.
    pub uncounted: u32,
}

/// The visits of an enterprise by a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// 执法主体.
    pub organ: String,
    /// 统一社会信用代码.
    pub code: String,
    /// Name as the newest task has it.
    pub name: String,
    /// The visits.
    #[serde(flatten)]
    pub visits: Visits,
}

/// Whether a task counts against the cap.
#[must_use]
pub fn counts(task: &Task) -> bool {
    task.kind == AssignmentKind::Routine.name() && task.exempt.is_none()
}

const COUNTED: &str = "json_extract(body, '$.kind') = 'routine' AND json_extract(body, '$.exempt') IS NULL";
/// It was not taken back.
const STANDS: &str = "task NOT IN (SELECT task FROM withdrawn_tasks)";
const YEAR: &str = "CAST(json_extract(body, '$.day') AS BIGINT) / 10000";

/// The visits so far. Two spellings of one code are one enterprise.
///
/// # Errors
/// [`crate::error::OfficeError::Store`].
pub fn visits(c: &Db, organ: &str, code: &str, year: u32) -> Result<Visits> {
    let sql = format!(
        "SELECT count(*) FILTER (WHERE {COUNTED}), count(*) FROM tasks WHERE {STANDS} AND {YEAR} = ?1 AND trim(json_extract(body, '$.organ')) = trim(?2)
         AND upper(replace(json_extract(body, '$.enterprise.code'), ' ', '')) = ?3"
    );
    let (counted, all) = c.one(&sql, params![year, organ, plain_code(code)], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(of(counted, all))
}

fn of(counted: i64, all: i64) -> Visits {
    let number = |n: i64| u32::try_from(uint(n)).unwrap_or(u32::MAX);
    Visits { counted: number(counted), uncounted: number(all - counted) }
}

/// The visits of a year, the most visited first.
///
/// # Errors
/// [`crate::error::OfficeError::Store`].
pub fn of_year(c: &Db, year: u32) -> Result<Vec<Line>> {
    let sql = format!(
        "SELECT trim(json_extract(body, '$.organ')), upper(replace(json_extract(body, '$.enterprise.code'), ' ', '')),
         json_extract(body, '$.enterprise.name'), {COUNTED} FROM tasks WHERE {STANDS} AND {YEAR} = ? ORDER BY at, task"
    );
    // The name that was written last, how many count, how many there are.
    let mut found: BTreeMap<(String, String), (String, i64, i64)> = BTreeMap::new();
    c.each(&sql, params![year], |r| {
        let line = found.entry((r.get(1)?, r.get(0)?)).or_default();
        *line = (r.get(2)?, line.1 + i64::from(r.get::<Option<bool>>(3)? == Some(true)), line.2 + 1);
        Ok(ControlFlow::Continue(()))
    })?;
    let line = |((code, organ), (name, counted, all))| Line { organ, code, name, visits: of(counted, all) };
    let mut lines: Vec<Line> = found.into_iter().map(line).collect();
    lines.sort_by_key(|l| Reverse((l.visits.counted, l.visits.uncounted)));
    Ok(lines)
}

fn gate(rule: &'static str, missing: [String; 2], way_on: [&str; 2]) -> Gate {
    let ([zh, en], [way_zh, way_en]) = (missing, way_on);
    let way_on = Text { zh: way_zh.into(), en: way_en.into() };
    Gate { rule, basis: "国办发〔2024〕54号", missing: Text { zh, en }, way_on }
}

fn blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Numbers the task among the visits so far, takes cap and words of the ground from the pack, and gives the gates that keep it from going out.
#[must_use]
pub fn settle(task: &mut Task, visits: Visits, pack: Option<&Pack>, today: Day) -> Vec<Gate> {
    let mut gates: Vec<Gate> = approved(task, today).into_iter().collect();
    gates.extend(exempt(task, pack));
    let counted = counts(task);
    task.n = 1 + if counted { visits.counted } else { visits.uncounted };
    task.cap = match pack {
        _ if !counted => 0,
        Some(pack) => pack.gates.yearly_cap.value,
        // Without a pack nobody knows the cap; what the task says stands.
        None => task.cap,
    };
    if pack.is_some() && counted && task.cap > 0 && task.n > task.cap {
        gates.push(gate(
            "J30",
            [
                format!("本年度对该单位已安排日常检查 {} 次，达到年度频次上限 {} 次", visits.counted, task.cap),
                format!("{} routine visits were assigned this year; the cap is {}", visits.counted, task.cap),
            ],
            [
                "不再安排日常检查；属于豁免情形的，在任务中写明情形（exempt.ground）和理由（exempt.reason）",
                "assign no further routine visit; where a ground of exemption holds, name it (exempt.ground) with its reason (exempt.reason)",
            ],
        ));
    }
    gates
}

/// J1: every inspection is approved before it goes out.
fn approved(task: &Task, today: Day) -> Option<Gate> {
    let fault = match &task.approval {
        None => Some(["没有负责人批准", "there is no approval"]),
        Some(a) if blank(&a.number) || blank(&a.by) => Some(["没有写明审批编号和批准人", "number or approver is not named"]),
        Some(a) if Day::try_from(a.on).is_err() => Some(["批准日期不是日期", "the day of approval is not a day"]),
        Some(a) if a.on > task.day || a.on > today.number() => {
            Some(["批准日期晚于检查日期或者今天", "the approval is later than the visit, or than today"])
        }
        Some(_) => None,
    };
    let way_on = [
        "报负责人批准后派单；紧急情况口头报告，写明批准人并在编号处写“口头”，事后补办",
        "have it approved first; in an emergency by word, naming who approved, with “口头” as the number, and make up for it",
    ];
    fault.map(|[zh, en]| gate("J1", [zh.into(), en.into()], way_on))
}

/// J30: an inspection of a single case, and whatever shall not count, names its ground and its reason.
fn exempt(task: &mut Task, pack: Option<&Pack>) -> Option<Gate> {
    let known = pack.map(|p| p.exemptions.iter().map(|e| format!("{} {}", e.id, e.title.zh)).collect::<Vec<_>>().join("、"));
    let way_on = [
        "写明豁免情形（exempt.ground）和理由（exempt.reason）",
        "name the ground (exempt.ground) and its reason (exempt.reason)",
    ];
    let Some(e) = &mut task.exempt else {
        return (task.kind == AssignmentKind::Case.name() && pack.is_some()).then(|| {
            gate("J30", ["个案检查没有写明情形和理由".into(), "an inspection of a single case names no ground".into()], way_on)
        });
    };
    if blank(&e.reason) {
        return Some(gate("J30", ["豁免没有写明理由".into(), "no reason is given for the exemption".into()], way_on));
    }
    match pack.map(|p| p.exemption(&e.ground)) {
        Some(Some(row)) => e.title = row.title.zh.clone(),
        Some(None) => {
            let known = known.unwrap_or_default();
            return Some(gate(
                "J30",
                [format!("规则包没有此豁免情形；有：{known}"), format!("the pack has no such ground; it has: {known}")],
                way_on,
            ));
        }
        None => {}
    }
    None
}
