//! What people decide about keeping and destroying: acts that are only appended, and what they amount to.

use super::rule::{Event, What};
use crate::ledger::gate;
use mingzheng_core::id::{Digest, Id, digest_from_hex};
use mingzheng_core::inspection::gate::Gate;
use mingzheng_core::log::Destruction;
use mingzheng_core::procedure::Actor;
use serde::{Deserialize, Serialize};

/// One act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// 保全: nothing below it is destroyed while it stands.
    Held {
        /// On what.
        what: What,
        /// The law or letter that it rests on.
        basis: String,
    },
    /// 解除保全.
    Lifted {
        /// Number of the hold.
        hold: u64,
    },
    /// 转入案卷: daily footage that a case needs is kept as that case's, for good; nothing undoes it.
    Promoted {
        /// What.
        what: What,
        /// The case, in hex.
        case: String,
    },
    /// 拟销毁.
    Proposed {
        /// Sealed files, in hex.
        files: Vec<String>,
        /// The rule that it rests on.
        basis: String,
    },
    /// 批准销毁, by somebody else.
    Approved {
        /// Number of the proposal.
        proposal: u64,
    },
    /// 不予销毁.
    Rejected {
        /// Number of the proposal.
        proposal: u64,
    },
}

impl Act {
    /// Its name in data.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Held { .. } => "held",
            Self::Lifted { .. } => "lifted",
            Self::Promoted { .. } => "promoted",
            Self::Proposed { .. } => "proposed",
            Self::Approved { .. } => "approved",
            Self::Rejected { .. } => "rejected",
        }
    }
}

/// An act, by whom and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What.
    pub act: Act,
    /// Who.
    pub by: Actor,
    /// Why.
    pub reason: String,
}

/// An act as it is kept; its number names the hold or the proposal that it began.
#[derive(Debug, Clone)]
pub struct Noted {
    /// Number, from 1.
    pub n: u64,
    /// When, ms.
    pub at: i64,
    /// Its leaf in the office's log.
    pub leaf: u64,
    /// The act.
    pub step: Step,
}

/// A hold.
#[derive(Debug, Clone)]
pub struct Hold {
    /// Its number.
    pub n: u64,
    /// On what.
    pub what: What,
    /// The law or letter.
    pub basis: String,
    /// Why it was placed, by whom, when.
    pub placed: Noted,
    /// Why it was lifted, by whom, when.
    pub lifted: Option<Noted>,
}

/// A proposal to destroy.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Its number.
    pub n: u64,
    /// Sealed files.
    pub files: Vec<Digest>,
    /// The rule.
    pub basis: String,
    /// Who proposed it, when and why.
    pub proposed: Noted,
    /// Who answered it: approved or rejected.
    pub answered: Option<Noted>,
    /// It was carried out: its certificate is there.
    pub done: bool,
}

impl Proposal {
    /// Whether it was approved.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        self.answered.as_ref().is_some_and(|a| matches!(a.step.act, Act::Approved { .. }))
    }

    /// In one word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match &self.answered {
            _ if self.done => "done",
            None => "proposed",
            Some(_) if self.is_approved() => "approved",
            Some(_) => "rejected",
        }
    }

    /// Whether its files may still be destroyed by it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.word(), "proposed" | "approved")
    }
}

/// All acts, and what they amount to.
#[derive(Debug, Clone, Default)]
pub struct Acts {
    /// Oldest first.
    pub all: Vec<Noted>,
    /// Every hold, oldest first.
    pub holds: Vec<Hold>,
    /// Every proposal, oldest first.
    pub proposals: Vec<Proposal>,
}

impl Acts {
    /// Folds acts; `done` are the proposals that have a certificate.
    #[must_use]
    pub fn fold(all: Vec<Noted>, done: &[u64]) -> Self {
        let mut acts = Self::default();
        for noted in &all {
            match &noted.step.act {
                Act::Held { what, basis } => {
                    acts.holds.push(Hold { n: noted.n, what: *what, basis: basis.clone(), placed: noted.clone(), lifted: None })
                }
                Act::Lifted { hold } => {
                    if let Some(h) = acts.holds.iter_mut().find(|h| h.n == *hold) {
                        h.lifted = Some(noted.clone());
                    }
                }
                Act::Promoted { .. } => {}
                Act::Proposed { files, basis } => acts.proposals.push(Proposal {
                    n: noted.n,
                    files: files.iter().filter_map(|f| digest_from_hex(f)).collect(),
                    basis: basis.clone(),
                    proposed: noted.clone(),
                    answered: None,
                    done: done.contains(&noted.n),
                }),
                Act::Approved { proposal } | Act::Rejected { proposal } => {
                    if let Some(p) = acts.proposals.iter_mut().find(|p| p.n == *proposal) {
                        p.answered = Some(noted.clone());
                    }
                }
            }
        }
        acts.all = all;
        acts
    }

    /// The holds that stand.
    pub fn standing(&self) -> impl Iterator<Item = &Hold> {
        self.holds.iter().filter(|h| h.lifted.is_none())
    }

    /// A proposal.
    #[must_use]
    pub fn proposal(&self, n: u64) -> Option<&Proposal> {
        self.proposals.iter().find(|p| p.n == n)
    }

    /// What was promoted to which case.
    pub fn promotions(&self) -> impl Iterator<Item = (What, Id)> + '_ {
        self.all.iter().filter_map(|a| match &a.step.act {
            Act::Promoted { what, case } => Some((*what, Id::from_hex(case)?)),
            _ => None,
        })
    }

    /// As events of the rule.
    pub fn events(&self) -> impl Iterator<Item = Event> + '_ {
        let holds = self.holds.iter().flat_map(|h| {
            let held = Event::Held { hold: h.n, what: h.what };
            [Some(held), h.lifted.as_ref().map(|_| Event::Lifted { hold: h.n })].into_iter().flatten()
        });
        holds.chain(self.promotions().map(|(what, case)| Event::Promoted { what, case }))
    }
}

/// What only the office's other tables can say of an act.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    /// What it is about is there.
    pub there: bool,
    /// The case of a promotion is there.
    pub case: bool,
    /// So many of its files are not due today.
    pub not_due: usize,
    /// Something was destroyed by the proposal.
    pub begun: bool,
}

const LAW: &str = "行政执法三项制度：保存期限（R22）";
const RULE: &str = "本软件规则 a rule of this software（J21）";

/// The gates that are closed for an act; none when it may follow.
#[must_use]
pub(super) fn may(acts: &Acts, step: &Step, known: &Known) -> Vec<Gate> {
    let mut gates = Vec::new();
    let mut closed = |shut: bool, rule, basis, missing, way_on| {
        if shut {
            gates.push(gate(rule, basis, missing, way_on));
        }
    };
    let blank = |text: &str| text.trim().is_empty();
    let nobody = blank(&step.by.name) || blank(&step.by.number) || blank(&step.reason);
    closed(
        nobody,
        "R59",
        LAW,
        ["没有写明经办人（姓名、编号）或理由", "who acts (name and number) or the reason is missing"],
        ["写明经办人和理由", "name the person and the reason"],
    );
    if let Act::Held { basis, .. } | Act::Proposed { basis, .. } = &step.act {
        closed(
            blank(basis),
            "R22",
            LAW,
            ["没有写明依据", "the basis is missing"],
            ["写明法律条款、来函或保存期限", "name the law, the letter or the period"],
        );
    }
    let open = |n: &u64| acts.proposal(*n).filter(|p| p.is_open());
    match &step.act {
        Act::Held { .. } => closed(
            !known.there,
            "R22",
            RULE,
            ["没有这个检查、案件或文件", "there is no such inspection, case or file"],
            ["核对编号", "look at the number again"],
        ),
        Act::Lifted { hold } => closed(
            !acts.standing().any(|h| h.n == *hold),
            "J21",
            RULE,
            ["没有这项保全，或已解除", "no such hold stands"],
            ["核对保全编号", "look at its number again"],
        ),
        Act::Promoted { what, .. } => {
            closed(
                !known.there || !known.case || matches!(what, What::Case(_)),
                "R22",
                LAW,
                ["没有这个检查、文件或案件", "there is no such inspection, file or case"],
                ["核对编号；转入的是检查或文件", "look again; an inspection or a file is promoted"],
            );
        }
        Act::Proposed { files, .. } => {
            let bad = files.iter().any(|f| digest_from_hex(f).is_none());
            let twice = files.iter().enumerate().any(|(i, f)| files.iter().take(i).any(|g| g == f));
            closed(
                files.is_empty() || files.len() > Destruction::MOST || bad || twice,
                "R22",
                RULE,
                ["清单为空、重复或超过500个文件", "the list is empty, names a file twice, or more than 500"],
                ["分成几份清单", "make several lists"],
            );
            closed(
                known.not_due > 0,
                "J21",
                LAW,
                [
                    "清单中有未到期、被保全或案件未结的文件",
                    "the list names files that are not due: running, held, or of an open case",
                ],
                ["只列入到期的文件", "name only what is due"],
            );
            let taken = acts.proposals.iter().filter(|p| p.is_open()).flat_map(|p| &p.files);
            let taken: Vec<_> = taken.filter(|d| files.iter().any(|f| digest_from_hex(f) == Some(**d))).collect();
            closed(
                !taken.is_empty(),
                "R22",
                RULE,
                ["有文件已在另一份未办结的清单中", "a file stands in another list that is open"],
                ["先办结那份清单", "finish that list first"],
            );
        }
        Act::Approved { proposal } => {
            closed(
                open(proposal).is_none_or(|p| p.answered.is_some()),
                "R22",
                RULE,
                ["没有这份待批准的清单", "no such list waits"],
                ["核对清单编号", "look at its number again"],
            );
            let same = |p: &Proposal| {
                let (one, other) = (&p.proposed.step.by, &step.by);
                one.number.trim() == other.number.trim() || one.name.trim() == other.name.trim()
            };
            closed(
                acts.proposal(*proposal).is_some_and(same),
                "J21",
                RULE,
                ["批准人就是提出人", "who proposed cannot approve"],
                ["由另一人批准", "somebody else approves"],
            );
            closed(
                known.not_due > 0,
                "J21",
                LAW,
                ["提出之后，有文件被保全或转入案件", "since it was proposed files were held or promoted into a case"],
                ["退回清单，重新提出", "reject the list and propose anew"],
            );
        }
        Act::Rejected { proposal } => closed(
            open(proposal).is_none() || known.begun,
            "R22",
            RULE,
            ["没有这份清单，或已开始销毁", "no such list is open, or its destruction has begun"],
            ["已开始的，继续办完", "what has begun is finished"],
        ),
    }
    gates
}
