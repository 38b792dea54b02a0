//! 装备台账 (R24): phones, recorders and printers: taken in, issued to an officer, returned, repaired, retired.

use super::book::{Book, Step, blank, gate};
use crate::error::Result;
use crate::office::Office;
use crate::register;
use crate::store::Db;
use mingzheng_core::inspection::gate::Gate;
use serde::{Deserialize, Serialize};

const BASIS: &str = "厦海卫计〔2018〕54号 三(二)、四(一)";

/// The ledger.
pub struct Equipment;

/// Kinds of things.
pub const KINDS: [&str; 5] = ["phone", "recorder", "camera", "printer", "instrument"];

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// 入账.
    TakenIn {
        /// One of [`KINDS`].
        kind: String,
        /// 型号.
        model: String,
        /// 序列号.
        serial: String,
    },
    /// 领用.
    Issued {
        /// 证号.
        number: String,
        /// 姓名.
        name: String,
    },
    /// 归还.
    Returned {
        /// 状况.
        condition: String,
    },
    /// 送修.
    SentForRepair {
        /// 故障.
        fault: String,
    },
    /// 修复.
    Repaired {
        /// 结果.
        result: String,
    },
    /// 报废, approved and with reason.
    Retired,
}

/// Where a thing is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum At {
    Store,
    With(String),
    Repair,
    Gone,
}

/// What a thing amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    kind: String,
    model: String,
    serial: String,
    at: At,
    condition: String,
}

impl Book for Equipment {
    const NAME: &'static str = "equipment";
    const SIGN: &'static str = "装";
    type Act = Act;
    type State = State;

    fn begin(step: &Step<Act>) -> Option<State> {
        let Act::TakenIn { kind, model, serial } = &step.act else { return None };
        let (kind, model, serial) = (kind.clone(), model.clone(), serial.clone());
        Some(State { kind, model, serial, at: At::Store, condition: String::new() })
    }

    fn then(s: &mut State, step: &Step<Act>) {
        match &step.act {
            Act::TakenIn { .. } => {}
            Act::Issued { number, name } => s.at = At::With(format!("{name}（{number}）")),
            Act::Returned { condition } => (s.at, s.condition) = (At::Store, condition.clone()),
            Act::SentForRepair { fault } => (s.at, s.condition) = (At::Repair, fault.clone()),
            Act::Repaired { result } => (s.at, s.condition) = (At::Store, result.clone()),
            Act::Retired => s.at = At::Gone,
        }
    }

    fn open(state: Option<&State>) -> Vec<&'static str> {
        match state.map(|s| &s.at) {
            None => vec!["taken_in"],
            Some(At::Store) => vec!["issued", "sent_for_repair", "retired"],
            // Whoever has it gives it back first: then it is known in which state.
            Some(At::With(_)) => vec!["returned"],
            Some(At::Repair) => vec!["repaired", "retired"],
            Some(At::Gone) => vec![],
        }
    }

    fn gates(_state: Option<&State>, step: &Step<Act>) -> Vec<Gate> {
        let empty =
            |bad: bool, missing: [&str; 2]| bad.then(|| gate("R24", BASIS, missing, ["写明后登记", "say it, then record it"]));
        let found = match &step.act {
            Act::TakenIn { kind, model, serial } => empty(
                !KINDS.contains(&kind.as_str()) || blank(model) || blank(serial),
                ["种类、型号、序列号没有写全", "kind, model and serial number are not all given"],
            ),
            Act::Issued { number, name } => empty(blank(number) || blank(name), ["没有写明领用人", "who takes it is not said"]),
            Act::Returned { condition } => empty(blank(condition), ["没有写明归还时的状况", "its condition is not said"]),
            Act::SentForRepair { fault } => empty(blank(fault), ["没有写明故障", "the fault is not said"]),
            Act::Repaired { result } => empty(blank(result), ["没有写明修复结果", "the result is not said"]),
            Act::Retired => empty(
                blank(&step.reason) || blank(&step.decided_by),
                ["报废没有写明理由和批准人", "no reason or approval for retiring it"],
            ),
        };
        found.into_iter().collect()
    }

    fn known(office: &Office, c: &Db, _state: Option<&State>, step: &Step<Act>) -> Result<Vec<Gate>> {
        let bad = |missing, way_on| vec![gate("R24", BASIS, missing, way_on)];
        match &step.act {
            Act::Issued { number, name } => {
                let held = register::by_number(c, number)?.filter(|k| k.life.fields.name == *name);
                let good = held.is_some_and(|k| k.on(step.day, &office.settings.register).in_effect());
                Ok(if good {
                    vec![]
                } else {
                    bad(
                        [
                            "领用人在该日没有有效的执法证件，或者姓名、证号与名册不符",
                            "they hold no certificate in effect on that day",
                        ],
                        ["发给证件有效的执法人员", "issue it to an officer whose certificate is in effect"],
                    )
                })
            }
            Act::TakenIn { serial, .. } => {
                let twice = super::keep::all::<Self>(c)?.iter().any(|r| r.state.serial == *serial && r.state.at != At::Gone);
                Ok(if twice {
                    bad(["此序列号已在账", "this serial number is in the ledger"], ["核对序列号", "check it"])
                } else {
                    vec![]
                })
            }
            _ => Ok(vec![]),
        }
    }

    fn blank(act: &str, _state: Option<&State>) -> Option<Act> {
        let text = String::new;
        Some(match act {
            "taken_in" => Act::TakenIn { kind: text(), model: text(), serial: text() },
            "issued" => Act::Issued { number: text(), name: text() },
            "returned" => Act::Returned { condition: text() },
            "sent_for_repair" => Act::SentForRepair { fault: text() },
            "repaired" => Act::Repaired { result: text() },
            "retired" => Act::Retired,
            _ => return None,
        })
    }

    fn stage(s: &State) -> &'static str {
        match s.at {
            At::Store => "store",
            At::With(_) => "issued",
            At::Repair => "repair",
            At::Gone => "retired",
        }
    }

    fn about(s: &State) -> Vec<(&'static str, String)> {
        let mut about = vec![("model", format!("{} {}", s.model, s.serial)), ("kind", s.kind.clone())];
        if let At::With(who) = &s.at {
            about.insert(1, ("holder", who.clone()));
        }
        if !s.condition.is_empty() {
            about.push(("condition", s.condition.clone()));
        }
        about
    }

    fn choices(field: &str) -> &'static [&'static str] {
        if field == "kind" { &KINDS } else { &[] }
    }
}
