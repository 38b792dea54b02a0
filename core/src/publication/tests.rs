#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::pack::{Pack, Person, author};
use crate::procedure::{Act as CaseAct, Case, Party, Proposal, Step as CaseStep};
use std::sync::LazyLock;

static PACK: LazyLock<Pack> = LazyLock::new(|| {
    author::compile(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu")).unwrap()
});

const DECIDED: u32 = 20_260_302;
const TODAY: u32 = 20_261_122;

fn day(number: u32) -> Day {
    Day::try_from(number).unwrap()
}

fn actor(name: &str) -> Actor {
    Actor { name: name.into(), number: format!("no-{name}") }
}

fn case_steps(kind: Person, name: &str, code: &str) -> Vec<CaseStep> {
    let step = |act| CaseStep { act, day: day(DECIDED), by: actor("张"), decided_by: None, reason: String::new(), paper: None };
    let party = Party { kind, name: name.into(), code: code.into() };
    let accepted =
        CaseAct::Accepted { source: "检查".into(), inspection: None, party, matter: "无健康证".into(), random_draw: false };
    let decided = CaseAct::Decided { number: "青卫罚〔2026〕1号".into(), proposal: Proposal::default() };
    vec![step(accepted), step(decided)]
}

fn hotel() -> Vec<CaseStep> {
    case_steps(Person::Organisation, "清溪宾馆", "91510822MA00000001")
}

fn draft() -> Draft {
    Draft {
        number: "青卫罚〔2026〕1号".into(),
        party: "清溪宾馆".into(),
        code: Some("91510822MA00000001".into()),
        facts: "2名客房服务员无有效健康合格证明".into(),
        basis: "公共场所卫生管理条例实施细则第三十八条".into(),
        content: "警告，并处罚款1000元。".into(),
        decided: Some(day(DECIDED)),
        organ: "青川县卫生健康局".into(),
    }
}

fn everything() -> Vec<Mask> {
    PACK.publicity.as_ref().unwrap().masked.iter().map(|row| row.what).collect()
}

#[derive(Clone)]
struct Path {
    case: Case,
    steps: Vec<CaseStep>,
    taken: Vec<Step>,
}

impl Path {
    fn of(steps: Vec<CaseStep>) -> Self {
        Self { case: Case::fold(&steps).unwrap(), steps, taken: vec![] }
    }

    fn step(act: Act, by: &str) -> Step {
        Step { act, day: day(DECIDED + 1), by: actor(by), reason: "理由".into() }
    }

    fn blocked(&self, step: &Step) -> Vec<&'static str> {
        let known = grounds(&self.case, &self.steps, day(TODAY));
        let gates = may(&self.case, &Publication::fold(&self.taken), step, &known, &PACK, day(TODAY));
        gates.iter().map(|g| g.rule).collect()
    }

    fn refused(&self, act: Act, by: &str) -> Vec<&'static str> {
        self.blocked(&Self::step(act, by))
    }

    #[track_caller]
    fn go(mut self, act: Act, by: &str) -> Self {
        let step = Self::step(act, by);
        assert_eq!(self.blocked(&step), [""; 0], "{:?}", step.act.node());
        self.taken.push(step);
        self
    }

    fn now(&self) -> Publication {
        Publication::fold(&self.taken)
    }
}

fn reviewed(agreed: bool) -> Act {
    Act::Reviewed { agreed, checked: everything() }
}

fn published() -> Path {
    let drafted = Act::Drafted { draft: draft() };
    Path::of(hotel()).go(drafted, "起").go(reviewed(true), "审").go(Act::Published, "起")
}

#[test]
fn r31_j25_nothing_is_published_that_somebody_else_did_not_review() {
    let path = Path::of(hotel());
    assert_eq!(path.refused(reviewed(true), "审"), ["R31"], "no draft");
    let path = path.go(Act::Drafted { draft: draft() }, "起");
    assert_eq!(path.refused(Act::Published, "审"), ["J25"], "not reviewed");
    assert_eq!(path.refused(reviewed(true), "起"), ["J25"], "the drafter reviews");
    let mut same = Path::step(reviewed(true), "起");
    same.by.name = "另写的名字".into();
    assert_eq!(path.blocked(&same), ["J25"], "the same number is the same person");
    let some = Act::Reviewed { agreed: true, checked: everything()[1..].to_vec() };
    assert_eq!(path.refused(some, "审"), ["J25"], "one thing was not looked for");
    let refused = path.clone().go(reviewed(false), "审");
    assert_eq!(refused.refused(Act::Published, "起"), ["J25"], "the review refused");
    let again = path.go(reviewed(true), "审").go(Act::Drafted { draft: draft() }, "起");
    assert_eq!(again.refused(Act::Published, "起"), ["J25"], "what was reviewed was another text");
    assert_eq!(published().now().published.unwrap().0, draft());
}

#[test]
fn j25_personal_data_is_masked_before_anything_is_drafted() {
    for (text, what) in [
        ("身份证号码：510822199001011234", Mask::IdNumber),
        ("陈某（51082219900101123X）", Mask::IdNumber),
        ("５１０８２２１９９００１０１１２３４", Mask::IdNumber),
        ("护照E12345678", Mask::IdNumber),
        ("联系 13800138000", Mask::Phone),
        ("电话：7201234", Mask::Phone),
        ("0839-7201234", Mask::Phone),
        ("邮件 chen@example.com", Mask::Phone),
        ("6222 卡号 6222021234567890", Mask::Account),
        ("向6222021234567890123转账", Mask::Account),
        ("家庭住址：青溪镇桥头路18号3单元，其余", Mask::HomeAddress),
        ("现住青溪镇桥头路18号", Mask::HomeAddress),
    ] {
        let (masked, found) = mask(text);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [what], "{text} → {masked}");
        assert!(masked.contains("＊＊＊"), "{masked}");
        assert_eq!(mask(&masked), (masked.clone(), Default::default()), "masked once is masked");
        let facts = Act::Drafted { draft: Draft { facts: text.into(), ..draft() } };
        assert_eq!(Path::of(hotel()).refused(facts, "起"), ["J25"], "{text}");
    }
    for plain in
        ["2026年3月2日", "罚款人民币1000000元", "青卫罚〔2026〕1号", "20260302", "91510822MA00000001", "证据3", "住址不明"]
    {
        assert_eq!(mask(plain), (plain.to_owned(), Default::default()));
    }
    // A person: the family name alone, and no number.
    let steps = case_steps(Person::Citizen, "欧阳小明", "510822199001011234");
    let person = |draft: Draft| Path::of(steps.clone()).refused(Act::Drafted { draft }, "起");
    let some = Draft { party: of_person("欧阳小明"), code: None, ..draft() };
    assert_eq!((some.party.as_str(), person(some.clone())), ("欧阳某", vec![]));
    assert_eq!(person(Draft { party: "欧阳小明".into(), ..some.clone() }), ["J25"]);
    assert_eq!(person(Draft { facts: "欧阳小明无证行医".into(), ..some.clone() }), ["J25"]);
    assert_eq!(person(Draft { code: Some("x".into()), ..some }), ["J25"]);
}

#[test]
fn j25_minors_suspected_crimes_and_secrets_are_never_published() {
    let child = case_steps(Person::Citizen, "陈小", "51082220090101123X");
    let text = Draft { party: "陈某".into(), code: None, ..draft() };
    let path = Path::of(child.clone());
    assert_eq!(grounds(&path.case, &child, day(TODAY)), [Ground::Minor]);
    assert_eq!(path.refused(Act::Drafted { draft: text.clone() }, "起"), ["J25"]);
    let grown = case_steps(Person::Citizen, "陈大", "51082220080302123X");
    assert_eq!(grounds(&Case::fold(&grown).unwrap(), &grown, day(TODAY)), [], "eighteen on the day of the decision");
    let mut crime = hotel();
    let referred = CaseAct::Referred { to: "公安局".into(), crime: true };
    crime.push(CaseStep { act: referred, ..crime[1].clone() });
    let path = Path::of(crime);
    assert_eq!(path.refused(Act::Drafted { draft: draft() }, "起"), ["J25"]);
    let path = path.go(Act::Withheld { ground: Ground::CrimePending }, "起");
    assert!(path.now().over() && path.refused(Act::Drafted { draft: draft() }, "起") == ["R31"]);
    let secret = Path::of(hotel()).go(Act::Drafted { draft: draft() }, "起").go(Act::Withheld { ground: Ground::Secret }, "审");
    assert_eq!(secret.refused(Act::Published, "起"), ["R31"]);
    // Referred after it was reviewed: not published either.
    let mut path = Path::of(hotel()).go(Act::Drafted { draft: draft() }, "起").go(reviewed(true), "审");
    let referred = CaseAct::Referred { to: "公安局".into(), crime: true };
    path.steps.push(CaseStep { act: referred, ..path.steps[1].clone() });
    path.case = Case::fold(&path.steps).unwrap();
    assert_eq!(path.refused(Act::Published, "起"), ["J25"]);
}

#[test]
fn r38_an_objection_is_checked_and_what_is_wrong_is_corrected_or_withdrawn() {
    let path = published();
    let corrected = Act::Drafted { draft: Draft { facts: "1名服务员".into(), ..draft() } };
    assert_eq!(path.refused(corrected.clone(), "起"), ["R31"], "nothing is changed without an objection");
    assert_eq!(path.refused(Act::Withdrawn, "起"), ["R31"]);
    let objected = || Act::Objected { by: "清溪宾馆".into(), content: "人数有误".into() };
    let path = path.go(objected(), "起");
    assert_eq!(path.refused(objected(), "起"), ["R31"], "one at a time");
    assert_eq!(path.refused(corrected.clone(), "起"), ["R31"], "not checked yet");
    let stands = path.clone().go(Act::Checked { outcome: Outcome::Stands }, "起");
    assert_eq!((stands.now().ticket, stands.now().published.is_some()), (None, true));
    let wrong = path.clone().go(Act::Checked { outcome: Outcome::Correct }, "起");
    let unchanged = wrong.clone().go(reviewed(true), "审");
    assert_eq!(unchanged.refused(Act::Published, "起"), ["R38"], "nothing was corrected");
    let mended = wrong.go(corrected, "起");
    assert_eq!(mended.now().published.unwrap().0, draft(), "until it is reviewed the old text stands");
    assert_eq!(mended.refused(Act::Published, "起"), ["J25"], "a correction is reviewed too");
    let mended = mended.go(reviewed(true), "审").go(Act::Published, "起");
    let now = mended.now();
    assert_eq!((now.published.unwrap().0.facts.as_str(), now.ticket), ("1名服务员", None));
    let out = path.go(Act::Checked { outcome: Outcome::Withdraw }, "起");
    let mut silent = Path::step(Act::Withdrawn, "起");
    silent.reason = " ".into();
    assert_eq!(out.blocked(&silent), ["R38"], "处罚法 48: with its reason");
    let out = out.go(Act::Withdrawn, "起").now();
    assert!(out.published.is_none() && out.withdrawn.unwrap().1 == "理由");
    let overturned = published().go(Act::Overturned, "起");
    assert_eq!(overturned.now().ticket.unwrap().outcome, Some(Outcome::Withdraw));
    overturned.go(Act::Withdrawn, "起");
}

#[test]
fn r31_steps_stand_in_their_order_and_name_who_did_them() {
    let mut undecided = hotel();
    undecided.pop();
    assert_eq!(Path::of(undecided).refused(Act::Drafted { draft: draft() }, "起"), ["R31"]);
    let path = Path::of(hotel());
    let with = |change: &dyn Fn(&mut Step)| {
        let mut step = Path::step(Act::Drafted { draft: draft() }, "起");
        change(&mut step);
        path.blocked(&step)
    };
    assert_eq!(with(&|s| s.day = day(TODAY + 1)), ["R31"]);
    assert_eq!(with(&|s| s.day = day(DECIDED - 1)), ["R31"]);
    assert_eq!(with(&|s| s.by.name = " ".into()), ["R59"]);
    assert_eq!(with(&|s| s.act = Act::Drafted { draft: Draft { facts: String::new(), ..draft() } }), ["R31"]);
    for step in &published().taken {
        let json = serde_json::to_value(step).unwrap();
        assert_eq!(&serde_json::from_value::<Step>(json).unwrap(), step);
    }
}
