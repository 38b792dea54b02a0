//! A filled step of each kind: what the command line prints to be altered, and by which it is tried what may follow. What the case knows is in it.

use super::offers::sample;
use mingzheng_core::calendar::Day;
use mingzheng_core::pack::{Pack, Person};
use mingzheng_core::procedure::{
    Act, Actor, Case, Charge, Node, Opinion, Party, Proposal, Review, ReviewItem, Service, ServiceWay, Step,
};

/// What only the example says of discretion.
pub(crate) const DISCRETION: &str = "裁量基准的行、档次及适用理由";

fn actor(name: &str, number: &str) -> Actor {
    Actor { name: name.into(), number: number.into() }
}

fn investigators(case: Option<&Case>) -> Vec<Actor> {
    let known = case.map(|c| c.investigators.clone()).filter(|i| !i.is_empty());
    known.unwrap_or_else(|| vec![actor("王小明", "110001"), actor("李小红", "110002")])
}

fn proposal(case: Option<&Case>, pack: Option<&Pack>, day: Day) -> Proposal {
    let told = case.and_then(|c| c.notice.as_ref().map(|n| n.proposal.clone()).or_else(|| c.proposal.clone()));
    told.unwrap_or_else(|| {
        let charges = charges(case);
        let items: Vec<&str> = charges.iter().map(|c| c.item.as_str()).collect();
        let committed = case.map_or(day, |c| c.accepted);
        let only_words = || Proposal { discretion: DISCRETION.into(), ..Proposal::default() };
        pack.map_or_else(only_words, |pack| sample(pack, &items, committed, DISCRETION))
    })
}

fn charges(case: Option<&Case>) -> Vec<Charge> {
    let known = case.map(|c| c.charges.clone()).filter(|c| !c.is_empty());
    known.unwrap_or_else(|| {
        vec![Charge {
            item: "weisheng-jiandu@1#执法事项的行".into(),
            fact: "违法事实".into(),
            violated: "违反的条、款、项".into(),
            penalty_basis: "处罚依据的条、款、项".into(),
            evidence: vec!["证据编号".into()],
        }]
    })
}

fn service() -> Service {
    Service { way: ServiceWay::Direct, receiver: "钱二（经理）".into(), witness: None, proof: None, confirmation: None }
}

/// A step of that kind on that day.
#[must_use]
pub fn example(node: Node, day: Day, case: Option<&Case>, pack: Option<&Pack>) -> Step {
    let spoke = || "钱二（经理）".to_owned();
    let act = match node {
        Node::Accepted => Act::Accepted {
            source: "日常检查发现".into(),
            inspection: case.and_then(|c| c.inspection.clone()),
            party: case.map_or_else(
                || Party { kind: Person::Organisation, name: "某县云水宾馆".into(), code: "91110000MA01ABCD2X".into() },
                |c| c.party.clone(),
            ),
            matter: case.map_or_else(|| "案由".into(), |c| c.matter.clone()),
            random_draw: case.is_some_and(|c| c.random_draw),
        },
        Node::Filed => Act::Filed { investigators: investigators(case) },
        Node::NotFiled => Act::NotFiled,
        Node::Recused => Act::Recused {
            leaves: investigators(case).into_iter().next().unwrap_or_else(|| actor("王小明", "110001")),
            takes_over: actor("赵一", "110009"),
        },
        Node::Investigated => Act::Investigated { charges: charges(case), proposal: proposal(case, pack, day) },
        Node::Deliberated => Act::Deliberated { members: investigators(case) },
        Node::Notified => Act::Notified {
            proposal: case.and_then(|c| c.proposal.clone()).unwrap_or_else(|| proposal(None, pack, day)),
            hearing: false,
            defence_until: day,
        },
        Node::NoticeServed => Act::NoticeServed { service: service() },
        Node::Defended => Act::Defended { by: spoke(), content: "陈述、申辩的内容".into() },
        Node::DefenceWaived => Act::DefenceWaived { by: spoke(), proof: "当事人签名的声明书".into() },
        Node::DefenceWeighed => Act::DefenceWeighed { adopted: false, opinion: "复核意见及理由".into() },
        Node::HearingRequested => Act::HearingRequested { by: spoke() },
        Node::HearingNoticed => Act::HearingNoticed { hearing: day, presider: actor("周四", "法 01"), service: service() },
        Node::HearingHeld => Act::HearingHeld { record: "听证笔录编号".into() },
        Node::HearingEnded => Act::HearingEnded { why: "withdrawn".into() },
        Node::ReviewAsked => Act::ReviewAsked { materials: "调查终结报告、证据材料、拟处罚意见".into() },
        Node::ReviewExtended => Act::ReviewExtended,
        Node::ReviewDisputed => Act::ReviewDisputed { view: "承办机构的意见".into(), outcome: "协调结果".into() },
        Node::Reviewed => Act::Reviewed {
            review: Review {
                reviewer: actor("孙五", "法 02"),
                first_time: false,
                qualified: true,
                items: ReviewItem::ALL.into_iter().map(|i| (i, true, String::new())).collect(),
                opinion: Opinion::Agreed,
                says: "同意".into(),
            },
        },
        Node::Extended => Act::Extended { until: later(day), basis: "允许延期的法律、法规、规章条款".into() },
        Node::Discussed => {
            Act::Discussed { members: vec![actor("吴六", "01"), actor("郑七", "02")], outcome: "讨论结论".into() }
        }
        Node::Decided => Act::Decided { number: "某卫罚〔2026〕1号".into(), proposal: proposal(case, pack, day) },
        Node::DecisionServed => Act::DecisionServed { service: service() },
        Node::Paid => Act::Paid {
            receipt: "票据号".into(),
            fen: case.map_or(100_000, |c| c.decision.as_ref().map_or(0, |d| d.proposal.fine()).saturating_sub(c.paid)),
        },
        Node::Performed => Act::Performed { what: "改正或者履行的内容和证明".into() },
        Node::Urged => Act::Urged { service: service() },
        Node::CourtApplied => Act::CourtApplied { court: "某县人民法院".into() },
        Node::Referred => Act::Referred { to: "某县公安局".into(), crime: true },
        Node::Closed => Act::Closed,
    };
    let by = investigators(case).into_iter().next().unwrap_or_else(|| actor("王小明", "110001"));
    Step { act, day, by, decided_by: Some(actor("马局长", "负责人")), reason: "理由".into(), paper: None }
}

/// Half a year later, or the same day at the end of all calendars.
fn later(day: Day) -> Day {
    day.date().checked_add_months(chrono::Months::new(6)).and_then(|d| Day::try_from(d).ok()).unwrap_or(day)
}
