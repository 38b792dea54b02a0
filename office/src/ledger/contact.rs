//! 联系人表 (R64, 附件1): 单位名称、姓名、职务、联系方式、微信或邮箱.

use super::book::{Book, Step, blank, gate};
use mingzheng_core::inspection::gate::Gate;
use serde::{Deserialize, Serialize};

/// The ledger.
pub struct Contacts;

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// 列入.
    Listed {
        /// 单位名称.
        unit: String,
        /// 姓名.
        name: String,
        /// 职务.
        position: String,
        /// 联系方式.
        phone: String,
        /// 微信或邮箱.
        #[serde(default)]
        mail: String,
    },
    /// 移出.
    Removed,
}

/// A contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// 单位名称、姓名、职务、联系方式、微信或邮箱.
    pub columns: [String; 5],
    /// Whether it still holds.
    pub listed: bool,
}

impl Book for Contacts {
    const NAME: &'static str = "contact";
    const SIGN: &'static str = "联";
    type Act = Act;
    type State = State;

    fn begin(step: &Step<Act>) -> Option<State> {
        let Act::Listed { unit, name, position, phone, mail } = &step.act else { return None };
        Some(State { columns: [unit, name, position, phone, mail].map(Clone::clone), listed: true })
    }

    fn then(s: &mut State, step: &Step<Act>) {
        s.listed &= step.act != Act::Removed;
    }

    fn open(state: Option<&State>) -> Vec<&'static str> {
        match state {
            None => vec!["listed"],
            Some(s) if s.listed => vec!["removed"],
            Some(_) => vec![],
        }
    }

    fn gates(_state: Option<&State>, step: &Step<Act>) -> Vec<Gate> {
        let Act::Listed { unit, name, position, phone, .. } = &step.act else { return vec![] };
        let empty = [unit, name, position, phone].into_iter().any(|t| blank(t));
        let missing = ["单位、姓名、职务、联系方式没有写全", "unit, name, position and phone are not all given"];
        empty.then(|| gate("R64", "附件1", missing, ["补全", "give all four"])).into_iter().collect()
    }

    fn blank(act: &str, _state: Option<&State>) -> Option<Act> {
        let text = String::new;
        match act {
            "listed" => Some(Act::Listed { unit: text(), name: text(), position: text(), phone: text(), mail: text() }),
            "removed" => Some(Act::Removed),
            _ => None,
        }
    }

    fn stage(s: &State) -> &'static str {
        if s.listed { "listed" } else { "removed" }
    }

    fn about(s: &State) -> Vec<(&'static str, String)> {
        ["unit", "name", "position", "phone", "mail"].into_iter().zip(s.columns.iter().cloned()).collect()
    }
}
