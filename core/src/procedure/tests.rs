//! The decision path and its gates, by the rules of the pack that is shipped.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // tests fail by panicking

use super::*;
use crate::calendar::{Day, WorkingDays};
use crate::discretion::{Approval, ApprovedBy, Facts, Proof};
use crate::inspection::gate::Gate;
use crate::pack::{Clock, Fact, Need, Pack, PenaltyKind, Person, author};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use std::sync::LazyLock;

fn day(number: u32) -> Day {
    Day::try_from(number).unwrap()
}

/// A Monday.
const START: u32 = 20_260_302;
const TODAY: u32 = 20_261_231;

fn actor(name: &str) -> Actor {
    Actor { name: name.into(), number: format!("no-{name}") }
}

fn pack() -> &'static Pack {
    static PACK: LazyLock<Pack> = LazyLock::new(|| {
        author::compile(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu")).unwrap()
    });
    &PACK
}

fn rules() -> &'static Rules<'static> {
    static RULES: LazyLock<Rules<'static>> = LazyLock::new(|| Rules::of(pack()).unwrap());
    &RULES
}

fn penalty(kind: PenaltyKind, fen: Option<u64>) -> Penalty {
    Penalty { charge: 0, kind, fen }
}

/// 警告, 罚款 1,000 元: no hearing, no review.
fn small() -> Proposal {
    Proposal {
        penalties: vec![penalty(PenaltyKind::Warning, None), penalty(PenaltyKind::Fine, Some(100_000))],
        discretion: "2人无证，配合调查".into(),
        chosen: vec![staff()],
        correction: None,
    }
}

/// 2 人无健康证: 1,000 to 3,000 yuan.
fn staff() -> Chosen {
    chosen("cl-d7", "cl-d7-2", 20_240_901, Facts::default().with(Fact::Persons, 2).answer(Fact::Late, false))
}

fn chosen(row: &str, tier: &str, committed: u32, facts: Facts) -> Chosen {
    let (row, tier) = (Some(row.to_owned()), Some(tier.to_owned()));
    Chosen {
        charge: 0,
        committed: day(committed),
        row,
        tier,
        facts,
        line: None,
        proofs: vec![],
        approval: None,
        earlier: vec![],
        concurrence: String::new(),
        ground: None,
    }
}

/// 警告, 罚款 60,000 元: hearing and review.
fn grave() -> Proposal {
    Proposal {
        penalties: vec![penalty(PenaltyKind::Warning, None), penalty(PenaltyKind::Fine, Some(6_000_000))],
        chosen: vec![chosen("cl-d15", "cl-d15-3", 20_260_227, Facts::default().answer(Fact::Harm, true))],
        ..small()
    }
}

fn direct() -> Service {
    Service { way: ServiceWay::Direct, receiver: "陈店长（店长）".into(), witness: None, proof: None, confirmation: None }
}

fn accepted() -> Act {
    Act::Accepted {
        source: "日常检查发现".into(),
        inspection: Some("0c".repeat(16)),
        party: Party { kind: Person::Organisation, name: "清溪宾馆".into(), code: "91510822MA00000001".into() },
        matter: "安排未获得有效健康合格证明的从业人员从事直接为顾客服务工作".into(),
        random_draw: false,
    }
}

fn investigated(proposal: Proposal) -> Act {
    let charge = Charge {
        item: "weisheng-jiandu@1#shixiang-jiankangzheng".into(),
        fact: "2 名客房服务员无有效健康合格证明".into(),
        violated: "公共场所卫生管理条例实施细则第十条".into(),
        penalty_basis: "公共场所卫生管理条例实施细则第三十八条".into(),
        evidence: vec!["照片03".into()],
    };
    Act::Investigated { charges: vec![charge], proposal }
}

fn notified(proposal: Proposal, hearing: bool) -> Act {
    Act::Notified { proposal, hearing, defence_until: day(START + 8) }
}

fn review(opinion: Opinion) -> Act {
    let items = ReviewItem::ALL.map(|i| (i, opinion == Opinion::Agreed, String::new())).to_vec();
    let says = if opinion == Opinion::Agreed { "" } else { "证据不足" };
    Act::Reviewed {
        review: Review { reviewer: actor("赵"), first_time: false, qualified: true, items, opinion, says: says.into() },
    }
}

fn decided(proposal: Proposal) -> Act {
    Act::Decided { number: "青卫罚〔2026〕1号".into(), proposal }
}

/// The steps that were accepted so far.
#[derive(Default)]
struct Path(Vec<Step>);

impl Path {
    fn gates(&self, act: &Act, on: u32) -> Vec<Gate> {
        let step = Step {
            act: act.clone(),
            day: day(on),
            by: actor("张"),
            decided_by: Some(actor("周")),
            reason: "理由".into(),
            paper: None,
        };
        may(Case::fold(&self.0).as_ref(), &step, rules(), day(TODAY))
    }

    fn blocked(&self, act: &Act, on: u32) -> Vec<&'static str> {
        self.gates(act, on).iter().map(|g| g.rule).collect()
    }

    #[track_caller]
    fn go(mut self, act: Act, on: u32) -> Self {
        assert_eq!(self.gates(&act, on), [], "{:?}", act.node());
        let (by, decided_by, reason) = (actor("张"), Some(actor("周")), "理由".into());
        self.0.push(Step { act, day: day(on), by, decided_by, reason, paper: None });
        self
    }

    fn case(&self) -> Case {
        Case::fold(&self.0).unwrap()
    }
}

fn filed() -> Path {
    Path::default().go(accepted(), START).go(Act::Filed { investigators: vec![actor("张"), actor("李")] }, START)
}

/// Told and served on START + 1.
fn told(proposal: &Proposal, hearing: bool) -> Path {
    filed()
        .go(investigated(proposal.clone()), START + 1)
        .go(notified(proposal.clone(), hearing), START + 1)
        .go(Act::NoticeServed { service: direct() }, START + 1)
}

fn waived() -> Act {
    Act::DefenceWaived { by: "陈店长".into(), proof: "声明书".into() }
}

#[test]
fn j10_a_small_case_goes_its_way_to_its_end() {
    let path = told(&small(), false)
        .go(waived(), START + 1)
        .go(decided(small()), START + 2)
        .go(Act::DecisionServed { service: direct() }, START + 2);
    assert_eq!(path.case().stage(), Stage::Served);
    assert_eq!(path.blocked(&Act::Closed, START + 2), ["R27"], "the fine is not paid");
    let path = path.go(Act::Paid { receipt: "川财罚0001".into(), fen: 100_000 }, START + 3).go(Act::Closed, START + 3);
    assert_eq!(path.case().stage(), Stage::Ended);
    assert_eq!(path.blocked(&waived(), START + 4), ["R27"], "nothing follows the end");
    let who = Case::responsible(&path.0);
    assert_eq!(who.len(), path.0.len(), "R59: each node names who answers for it");
    assert!(who.iter().all(|(_, by, decided_by, _)| by.name == "张" && decided_by.unwrap().name == "周"));
}

#[test]
fn j10_no_decision_before_the_party_was_told_and_heard() {
    let ready = filed().go(investigated(small()), START + 1);
    assert_eq!(ready.blocked(&decided(small()), START + 1), ["J10"], "never told");
    let unserved = ready.go(notified(small(), false), START + 1);
    assert_eq!(unserved.blocked(&decided(small()), START + 20), ["J10"], "told but not served");
    let served = unserved.go(Act::NoticeServed { service: direct() }, START + 1);
    assert_eq!(served.blocked(&decided(small()), START + 8), ["J10"], "the last day of the term");
    assert_eq!(served.blocked(&decided(small()), START + 9), [""; 0], "the day after");
    let spoke = served.go(Act::Defended { by: "陈店长".into(), content: "已补办".into() }, START + 2);
    assert_eq!(spoke.blocked(&decided(small()), START + 20), ["J10"], "heard but not weighed");
    let weighed = spoke.go(Act::DefenceWeighed { adopted: false, opinion: "事后补办不改变违法事实".into() }, START + 3);
    assert_eq!(weighed.blocked(&decided(small()), START + 3), [""; 0]);
    let mut more = small();
    more.penalties[1].fen = Some(100_001);
    assert_eq!(weighed.blocked(&decided(more), START + 3), ["J10"], "处罚法 45: never heavier than told");
    let other = Proposal { penalties: vec![penalty(PenaltyKind::Confiscation, Some(1))], ..small() };
    assert!(weighed.blocked(&decided(other), START + 3).contains(&"J10"), "another kind than told");
}

#[test]
fn j10_giving_up_the_right_to_speak_needs_proof() {
    let path = told(&small(), false);
    assert_eq!(path.blocked(&Act::DefenceWaived { by: "陈店长".into(), proof: " ".into() }, START + 1), ["J10"]);
}

#[test]
fn j10_j12_the_right_to_a_hearing_is_told_and_its_window_closes_first() {
    let ready = filed().go(investigated(grave()), START + 1);
    assert_eq!(ready.blocked(&notified(grave(), false), START + 1), ["J10"]);
    // Served on Tuesday the 3rd: five working days end on Tuesday the 10th.
    let path = told(&grave(), true).go(waived(), START + 1).go(review(Opinion::Agreed), START + 1);
    assert_eq!(path.blocked(&decided(grave()), START + 8), ["J12"]);
    assert_eq!(path.blocked(&decided(grave()), START + 9), [""; 0]);
    let asks = Act::HearingRequested { by: "陈店长".into() };
    assert_eq!(path.blocked(&asks, START + 9), ["J12"], "too late");
    let path = path.go(asks, START + 8);
    assert_eq!(path.blocked(&decided(grave()), START + 20), ["J12"], "asked for and not held");
    // Noticed on Wednesday the 11th: seven working days lie between that and Monday the 23rd.
    let call = |on: u32, who: &str| Act::HearingNoticed { hearing: day(on), presider: actor(who), service: direct() };
    assert_eq!(path.blocked(&call(START + 17, "赵"), START + 9), ["J12"], "too short");
    assert_eq!(path.blocked(&call(START + 21, "李"), START + 9), ["J12"], "an investigator presides");
    let path = path.go(call(START + 21, "赵"), START + 9);
    let held = Act::HearingHeld { record: "听证笔录".into() };
    assert_eq!(path.blocked(&held, START + 18), ["R27"]);
    let path = path.go(held, START + 21);
    assert_eq!(path.blocked(&decided(grave()), START + 22), ["R42"], "处罚法 65: reviewed after what was heard");
    path.go(review(Opinion::Agreed), START + 22).go(decided(grave()), START + 22);
}

#[test]
fn j11_ninety_days_from_filing_by_the_day_as_counted() {
    // The case of the review practice: filed 2024-09-09, decided 2024-12-11, found late; the 90th day is a Sunday.
    let run = |on: u32| {
        let proposal = small();
        let path = Path::default()
            .go(accepted(), 20_240_909)
            .go(Act::Filed { investigators: vec![actor("张"), actor("李")] }, 20_240_909)
            .go(investigated(proposal.clone()), 20_240_910)
            .go(Act::Notified { proposal: proposal.clone(), hearing: false, defence_until: day(20_240_913) }, 20_240_910)
            .go(Act::NoticeServed { service: direct() }, 20_240_910);
        (path.blocked(&decided(proposal.clone()), on), path)
    };
    assert_eq!(run(20_241_208).0, [""; 0]);
    assert_eq!(run(20_241_209).0, ["J11"], "the rolled day is no help");
    let (late, path) = run(20_241_211);
    assert_eq!(late, ["J11"]);
    let longer = |until, basis: &str| Act::Extended { until: day(until), basis: basis.into() };
    assert_eq!(path.blocked(&longer(20_250_108, ""), 20_241_201), ["J11"], "no basis");
    assert_eq!(path.blocked(&longer(20_241_208, "规定"), 20_241_201), ["J11"], "not longer");
    path.go(longer(20_250_108, "规章规定"), 20_241_201).go(decided(small()), 20_241_211);
}

#[test]
fn r42_r43_a_listed_decision_waits_for_a_review_that_agrees() {
    let path = told(&grave(), true).go(waived(), START + 1);
    assert_eq!(path.blocked(&decided(grave()), START + 9), ["R42"]);
    let path = path.go(review(Opinion::Problems), START + 2);
    assert_eq!(path.blocked(&decided(grave()), START + 9), ["R42"], "not passed");
    let path = path.go(investigated(grave()), START + 3);
    let path = path.go(review(Opinion::Agreed), START + 4);
    assert_eq!(path.blocked(&decided(grave()), START + 9), [""; 0]);
    let again = path.go(investigated(grave()), START + 5);
    assert_eq!(again.blocked(&decided(grave()), START + 9), ["R42"], "what was reviewed was another report");
    let refused = Facts::default().answer(Fact::Refused, true).with(Fact::Prior, 1);
    let revoked = Proposal {
        penalties: vec![penalty(PenaltyKind::LicenceRevoked, None), penalty(PenaltyKind::Fine, Some(2_000_000))],
        chosen: vec![chosen("cl-d5", "cl-d5-4", 20_260_227, refused)],
        ..small()
    };
    let path = told(&revoked, true).go(waived(), START + 1).go(review(Opinion::Agreed), START + 1);
    assert_eq!(path.blocked(&decided(revoked), START + 9), ["R42"], "处罚法 57: discussed together");
}

#[test]
fn r44_r45_ten_contents_by_somebody_who_did_not_investigate() {
    let path = told(&grave(), true);
    let Act::Reviewed { review: full } = review(Opinion::Agreed) else { unreachable!() };
    let with = |r: Review| path.blocked(&Act::Reviewed { review: r }, START + 2);
    for missing in 0..ReviewItem::ALL.len() {
        let mut r = full.clone();
        r.items.remove(missing);
        assert_eq!(with(r), ["R44"]);
        let mut r = full.clone();
        r.items[missing].1 = false;
        assert_eq!(with(r), ["R44"], "agrees though something is not in order");
    }
    assert_eq!(with(Review { opinion: Opinion::Problems, says: String::new(), ..full.clone() }), ["R44"]);
    assert_eq!(with(Review { reviewer: actor("李"), ..full.clone() }), ["R45"]);
    assert_eq!(with(Review { first_time: true, qualified: false, ..full.clone() }), ["R45"]);
    assert_eq!(with(full), [""; 0]);
}

#[test]
fn r49_not_filing_has_a_reason_and_the_heads_approval() {
    let path = Path::default().go(accepted(), START);
    let mut step =
        Step { act: Act::NotFiled, day: day(START), by: actor("张"), decided_by: None, reason: String::new(), paper: None };
    let rules_of = |s: &Step| -> Vec<_> { may(Some(&path.case()), s, rules(), day(TODAY)).iter().map(|g| g.rule).collect() };
    assert_eq!(rules_of(&step), ["R59", "R49"]);
    (step.decided_by, step.reason) = (Some(actor("周")), "违法行为轻微并已改正".into());
    assert_eq!(rules_of(&step), [""; 0]);
}

#[test]
fn r06_r11_r28_j13_j15_the_investigation_shows_its_facts() {
    let path = Path::default().go(accepted(), START);
    assert_eq!(path.blocked(&Act::Filed { investigators: vec![actor("张")] }, START), ["J1"]);
    assert_eq!(path.blocked(&Act::Filed { investigators: vec![actor("张"), actor("张")] }, START), ["J1"], "one person twice");
    let path = filed();
    let Act::Investigated { charges, proposal } = investigated(small()) else { unreachable!() };
    let with = |change: &dyn Fn(&mut Charge)| {
        let mut c = charges.clone();
        change(&mut c[0]);
        path.blocked(&Act::Investigated { charges: c, proposal: proposal.clone() }, START)
    };
    assert_eq!(with(&|c| c.evidence.clear()), ["R28"]);
    assert_eq!(with(&|c| c.penalty_basis.clear()), ["J13"]);
    assert_eq!(path.blocked(&Act::Investigated { charges: vec![], proposal: Proposal::default() }, START), ["R28"]);
    let twice =
        Proposal { penalties: vec![penalty(PenaltyKind::Fine, Some(100_000)), penalty(PenaltyKind::Fine, Some(1))], ..small() };
    assert_eq!(path.blocked(&investigated(twice), START), ["J15"]);
    let mut loose = small();
    loose.penalties.push(Penalty { charge: 1, kind: PenaltyKind::Warning, fen: None });
    assert_eq!(path.blocked(&investigated(loose), START), ["J15"]);
    let swap = |leaves: &str, takes_over: &str| Act::Recused { leaves: actor(leaves), takes_over: actor(takes_over) };
    assert_eq!(path.blocked(&swap("王", "赵"), START), ["R11"]);
    assert_eq!(path.blocked(&swap("李", "张"), START), ["R11"]);
    let path = path.go(swap("张", "孙"), START);
    assert_eq!(path.blocked(&investigated(small()), START), ["R06"], "张 left the case");
}

#[test]
fn r27_steps_stand_in_the_order_of_their_days() {
    let path = filed();
    assert_eq!(path.blocked(&investigated(small()), START - 1), ["R27"], "before the step before it");
    assert_eq!(path.blocked(&investigated(small()), TODAY + 8870), ["R27"], "ahead of today");
    assert_eq!(path.blocked(&notified(small(), false), START), ["R27"], "nothing was investigated");
    assert_eq!(path.blocked(&accepted(), START), ["R27"]);
    assert_eq!(Path::default().blocked(&waived(), START), ["R27"]);
}

#[test]
fn r50_each_way_of_service_proves_what_it_must() {
    let bare = |way| Service { way, receiver: String::new(), witness: None, proof: None, confirmation: None };
    for way in ServiceWay::ALL {
        assert_eq!(bare(way).gates().len(), 1, "{way:?} proves nothing");
    }
    let some = || Some("有".to_owned());
    let good = [
        direct(),
        Service { witness: some(), ..bare(ServiceWay::Left) },
        Service { proof: some(), ..bare(ServiceWay::Left) },
        Service { proof: some(), ..bare(ServiceWay::Post) },
        Service { proof: some(), confirmation: some(), ..bare(ServiceWay::Electronic) },
        Service { proof: some(), ..bare(ServiceWay::Announced) },
    ];
    assert!(good.iter().all(|s| s.gates().is_empty()));
    assert_eq!(Service { proof: some(), ..bare(ServiceWay::Electronic) }.gates().len(), 1, "处罚法 61: only with a confirmation");
}

#[test]
fn r51_a_referral_names_the_organ_and_why() {
    let path = filed();
    assert_eq!(path.blocked(&Act::Referred { to: String::new(), crime: true }, START), ["R51"]);
    let path = path.go(Act::Referred { to: "青川县公安局".into(), crime: true }, START);
    assert_eq!(path.blocked(&investigated(small()), START), ["R27"], "处罚法 27: the penalty waits");
}

#[test]
fn j8_on_the_spot_within_the_limit_and_review_comes_first() {
    let remedy = "应当先向青川县人民政府申请行政复议，对复议决定不服的，再依法提起诉讼。";
    let fine = |fen| Proposal { penalties: vec![penalty(PenaltyKind::Fine, Some(fen))], ..Proposal::default() };
    let closed = |p: &Proposal, kind, text: &str| -> Vec<_> { on_spot(p, kind, text, rules()).iter().map(|g| g.rule).collect() };
    for (kind, limit) in [(Person::Citizen, 20_000), (Person::Organisation, 300_000)] {
        assert_eq!(closed(&fine(limit), kind, remedy), [""; 0]);
        assert_eq!(closed(&fine(limit + 1), kind, remedy), ["J8"]);
    }
    let warning = Proposal { penalties: vec![penalty(PenaltyKind::Warning, None)], ..Proposal::default() };
    assert_eq!(closed(&warning, Person::Citizen, remedy), [""; 0]);
    assert_eq!(closed(&warning, Person::Citizen, "可以自收到之日起六十日内申请行政复议，或者六个月内起诉"), ["J8"]);
    assert_eq!(closed(&grave(), Person::Organisation, remedy), ["J8"]);
    assert_eq!(closed(&Proposal::default(), Person::Citizen, remedy), ["J8"]);
}

#[test]
fn j9_cash_needs_a_small_amount_or_a_ground_and_a_receipt() {
    assert_eq!(cash(10_000, Person::Citizen, None, "票0001", rules()), []);
    assert_eq!(cash(10_001, Person::Citizen, None, "票0001", rules())[0].rule, "J9");
    assert_eq!(cash(10_001, Person::Organisation, Some("交通不便，当事人提出"), "票0001", rules()), []);
    assert_eq!(cash(1, Person::Citizen, None, "", rules())[0].rule, "J9", "never without a receipt");
    let path = told(&small(), false).go(waived(), START + 1).go(decided(small()), START + 1);
    let pay = |fen, receipt: &str| Act::Paid { receipt: receipt.into(), fen };
    assert_eq!(path.blocked(&pay(100_000, "票"), START + 1), ["R27"], "not served");
    let path = path.go(Act::DecisionServed { service: direct() }, START + 1);
    assert_eq!(path.blocked(&pay(100_000, ""), START + 1), ["J9"]);
    assert_eq!(path.blocked(&pay(200_001, "票"), START + 1), ["J9"], "处罚法 72: late pay at most doubles it");
}

#[test]
fn r50_the_court_is_asked_after_the_reminder() {
    let path = told(&small(), false).go(waived(), START + 1).go(decided(small()), START + 1);
    let path = path.go(Act::DecisionServed { service: direct() }, START + 1);
    let court = Act::CourtApplied { court: "青川县人民法院".into() };
    assert_eq!(path.blocked(&court, START + 10), ["R50"]);
    // Urged on Tuesday the 3rd: ten working days end on Tuesday the 17th.
    let path = path.go(Act::Urged { service: direct() }, START + 1);
    assert_eq!(path.blocked(&court, START + 15), ["R50"]);
    path.go(court, START + 16).go(Act::Closed, START + 16);
}

/// Mostly about one proposal, so that grave cases get to their decision too.
fn any_act(main: Proposal) -> impl Strategy<Value = Act> {
    // Outside its tier, and nobody approved that.
    let mut outside = small();
    outside.penalties[1].fen = Some(400_000);
    let proposals =
        prop_oneof![30 => Just(main), 1 => Just(small()), 1 => Just(grave()), 1 => Just(Proposal::default()), 2 => Just(outside)];
    let often = |often: bool| prop_oneof![4 => Just(often), 1 => Just(!often)];
    (0..22usize, proposals, often(true), often(true)).prop_map(|(n, p, yes, agreed)| match n {
        0 | 1 => Act::Filed { investigators: vec![actor("张"), actor("李")] },
        2 => investigated(p),
        3 => notified(p, yes),
        4..=6 => Act::NoticeServed { service: direct() },
        7 => waived(),
        8 => Act::Defended { by: "陈".into(), content: "申辩".into() },
        9 => Act::DefenceWeighed { adopted: yes, opinion: "复核".into() },
        10 => Act::HearingRequested { by: "陈".into() },
        11 => Act::HearingNoticed { hearing: day(20_260_420), presider: actor("赵"), service: direct() },
        12 => Act::HearingHeld { record: "笔录".into() },
        13 => Act::HearingEnded { why: "withdrawn".into() },
        14..=16 => review(if agreed { Opinion::Agreed } else { Opinion::Problems }),
        17 => Act::Discussed { members: vec![actor("周"), actor("吴")], outcome: "同意".into() },
        18 => Act::DecisionServed { service: direct() },
        19 => accepted(),
        _ => decided(p),
    })
}

/// Whether a decision stands on everything the law wants, read from the steps themselves and not from the fold.
fn lawful(before: &[Step], decision: &Proposal, on: Day) -> bool {
    let last = |f: &dyn Fn(&Act) -> bool| before.iter().rposition(|s| f(&s.act));
    let Some(filed) = last(&|a| matches!(a, Act::Filed { .. })) else { return false };
    let in_term = (on.date() - before[filed].day.date()).num_days() <= 90;
    if decision.penalties.is_empty() {
        return in_term;
    }
    let Some(told) = last(&|a| matches!(a, Act::Notified { .. })) else { return false };
    let Act::Notified { proposal, hearing, defence_until } = &before[told].act else { return false };
    let after = |f: &dyn Fn(&Act) -> bool| last(f).filter(|n| *n > told);
    let Some(served) = after(&|a| matches!(a, Act::NoticeServed { .. })) else { return false };
    let spoke = after(&|a| matches!(a, Act::Defended { .. }));
    let settled = after(&|a| matches!(a, Act::DefenceWeighed { .. } | Act::DefenceWaived { .. }));
    let heard = match (spoke, settled) {
        (Some(a), Some(b)) => b > a,
        (Some(_), None) => false,
        (None, Some(_)) => true,
        (None, None) => on > *defence_until,
    };
    let listed = decision.fine() >= 5_000_000;
    let asked = after(&|a| matches!(a, Act::HearingRequested { .. }));
    let over = after(&|a| matches!(a, Act::HearingHeld { .. } | Act::HearingEnded { .. }));
    let window = !(listed || *hearing)
        || match asked {
            Some(_) => over.is_some(),
            None => {
                static DAYS: LazyLock<WorkingDays> = LazyLock::new(|| pack().calendar.national());
                let between = before[served].day.date().iter_days().skip(1).take_while(|d| *d < on.date());
                between.filter(|d| DAYS.is_working_day(Day::try_from(*d).unwrap()).working).count() >= 5
            }
        };
    let review = last(&|a| matches!(a, Act::Reviewed { review } if review.opinion == Opinion::Agreed));
    let newer =
        last(&|a| matches!(a, Act::Reviewed { .. } | Act::Investigated { .. } | Act::HearingHeld { .. } | Act::Defended { .. }));
    let reviewed = !listed || (review.is_some() && review >= newer);
    let tier = match decision.chosen[0].tier.as_deref() {
        Some("cl-d7-2") => 100_000..=300_000,
        _ => 2_000_000..=10_000_000,
    };
    let reviewed = reviewed && tier.contains(&decision.fine());
    in_term && heard && window && reviewed && (!listed || *hearing) && decision.fine() <= proposal.fine()
}

/// Invariant 10: whatever order the steps are tried in, no decision passes that does not stand on what the law wants.
#[test]
fn j10_j11_j12_j14_r42_no_order_of_steps_gets_round_the_gates() {
    let decisions = std::cell::Cell::new([0u32; 2]);
    let mut runner = TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) });
    let main = prop_oneof![Just(small()), Just(grave())];
    let later = prop_oneof![3 => Just(0u64), 1 => 1u64..5];
    let tried = main.prop_flat_map(move |main| proptest::collection::vec((any_act(main), later.clone()), 20..200));
    let result = runner.run(&tried, |tried| {
        let mut path = Path(vec![]).go(accepted(), START);
        let mut on = day(START);
        for (act, later) in tried {
            on = Day::try_from(on.date() + chrono::Days::new(later)).unwrap();
            if path.gates(&act, on.number()).is_empty() {
                if let Act::Decided { proposal, .. } = &act {
                    prop_assert!(lawful(&path.0, proposal, on), "{:?} after {:#?}", proposal, path.0);
                    let [light, heavy] = decisions.get();
                    let grave = proposal.fine() >= 5_000_000;
                    decisions.set([light + u32::from(!grave), heavy + u32::from(grave)]);
                }
                path = path.go(act, on.number());
            }
        }
        Ok(())
    });
    result.unwrap();
    // A property that never sees a decision shows nothing. About 35 and 9 are seen in a run.
    let [light, heavy] = decisions.get();
    assert!(light > 0 && heavy > 0, "{light} {heavy}");
}

#[test]
fn a_step_is_read_back_as_it_was_written() {
    let path = told(&grave(), true)
        .go(review(Opinion::Problems), START + 2)
        .go(Act::HearingRequested { by: "陈店长".into() }, START + 2)
        .go(Act::Defended { by: "陈店长".into(), content: "已补办".into() }, START + 2)
        .go(waived(), START + 2);
    for step in &path.0 {
        let json = serde_json::to_value(step).unwrap();
        assert_eq!(&serde_json::from_value::<Step>(json).unwrap(), step);
    }
}

#[test]
fn r50_a_pack_without_the_rows_that_gates_need_lets_nothing_pass() {
    let mut bare = pack().clone();
    bare.clocks.retain(|c| c.id != Clock::HEARING_REQUEST);
    assert!(Rules::of(&bare).unwrap_err().missing.zh.contains(Clock::HEARING_REQUEST));
    let mut bare = pack().clone();
    bare.thresholds.clear();
    assert_eq!(Rules::of(&bare).unwrap_err().rule, "R50");
    let mut bare = pack().clone();
    bare.review.clear();
    assert_eq!(Rules::of(&bare).unwrap_err().rule, "R50");
}

/// What the gates say of a report with this proposal.
fn judged(proposal: Proposal) -> Vec<&'static str> {
    filed().blocked(&investigated(proposal), START)
}

fn with(change: impl Fn(&mut Chosen)) -> Proposal {
    let mut proposal = small();
    change(&mut proposal.chosen[0]);
    proposal
}

/// A report, a notice and a decision say by which row and tier, and an amount outside it waits for a recorded approval (J14, R46).
#[test]
fn r46_j14_each_step_that_proposes_is_held_to_its_tier() {
    assert_eq!(judged(small()), [""; 0]);
    assert_eq!(judged(Proposal { chosen: vec![], ..small() }), ["R46"]);
    assert_eq!(judged(Proposal { chosen: vec![staff(), staff()], ..small() }), ["R46"], "two choices for one charge");
    assert_eq!(judged(Proposal { discretion: " ".into(), ..small() }), ["R46"]);
    let more = |fen| {
        let mut p = small();
        p.penalties[1].fen = Some(fen);
        p
    };
    assert_eq!(judged(more(300_001)), ["J14"], "outside the tier");
    let approval = |by| Some(Approval { by, record: "审批7".into(), reason: "社会影响大".into() });
    let approved = |fen, by| {
        let mut p = more(fen);
        p.chosen[0].approval = approval(by);
        p
    };
    assert_eq!(judged(approved(300_001, ApprovedBy::Head)), [""; 0]);
    assert_eq!(judged(approved(500_001, ApprovedBy::Head)), ["J14"], "never outside the statute");
    assert_eq!(judged(with(|c| c.facts = Facts::default().answer(Fact::Late, false))), ["R46"], "how many persons is not known");
    let four = Facts::default().with(Fact::Persons, 4).answer(Fact::Late, false);
    assert_eq!(judged(with(|c| c.facts = four.clone())), ["J14"], "the facts lead to another tier");
    assert_eq!(judged(with(|c| (c.row, c.tier) = (None, None))), ["R46"]);
    let collective = approved(300_001, ApprovedBy::Collective);
    let path = told(&collective, false).go(waived(), START + 1);
    assert_eq!(path.blocked(&decided(collective.clone()), START + 1), ["J14"], "approved together, but nobody discussed it");
    let discussed = Act::Discussed { members: vec![actor("周"), actor("吴")], outcome: "同意".into() };
    path.go(discussed, START + 1).go(decided(collective), START + 1);
    // The notice and the decision are asked too.
    let path = filed().go(investigated(small()), START);
    assert_eq!(path.blocked(&notified(more(300_001), false), START), ["J14"]);
    let path = told(&approved(300_001, ApprovedBy::Head), false).go(waived(), START + 1);
    assert_eq!(path.blocked(&decided(more(300_001)), START + 1), ["J14"]);
    let other = Proposal {
        chosen: vec![chosen(
            "cl-d4",
            "cl-d4-2",
            20_240_901,
            Facts::default().answer(Fact::Late, true).answer(Fact::Refused, false).answer(Fact::Harm, false),
        )],
        ..small()
    };
    assert_eq!(path.blocked(&decided(other), START + 1), ["J10"], "another law than told");
}

/// The law of the day of the act (J13).
#[test]
fn j13_a_case_is_judged_by_the_law_of_the_day_of_the_act() {
    let mut old = grave();
    old.chosen[0].committed = day(20_250_701);
    assert_eq!(judged(old), ["J13"], "before the law was in force");
    assert_eq!(judged(with(|c| c.committed = day(START + 1))), ["J13"], "after the step");
    let Act::Investigated { mut charges, proposal } = investigated(small()) else { unreachable!() };
    charges[0].item = "weisheng-jiandu@1#wf-jiance".into();
    assert_eq!(filed().blocked(&Act::Investigated { charges, proposal }, START), ["J13"], "a row of another item");
}

/// 不予处罚 only by a line with its proofs or a ground of the law (J16).
#[test]
fn r47_j16_no_penalty_stands_on_a_line_with_its_proofs() {
    let nothing = |change: &dyn Fn(&mut Chosen)| Proposal { penalties: vec![], ..with(change) };
    assert_eq!(judged(nothing(&|_| {})), ["J14", "J14"], "the tier imposes a fine");
    let proofs = |needs: &[Need]| needs.iter().map(|need| Proof { need: *need, record: "证据1".into() }).collect::<Vec<_>>();
    let three = [Need::Corrected, Need::NoHarm, Need::Education];
    let spared = |needs: &[Need]| {
        nothing(&|c| {
            c.line = Some("qd-cq-1".into());
            c.proofs = proofs(needs);
        })
    };
    assert_eq!(judged(spared(&three)), [""; 0]);
    for n in 0..3 {
        let rest: Vec<Need> = three.iter().copied().filter(|need| *need != three[n]).collect();
        assert_eq!(judged(spared(&rest)), ["J16"]);
    }
    let both = Proposal { penalties: small().penalties, ..spared(&three) };
    assert_eq!(judged(both), ["J16"], "spared and punished");
    let other = nothing(&|c| {
        c.line = Some("qd-zs-2".into());
        c.proofs = proofs(&[Need::FirstOffence, Need::Corrected, Need::Education]);
    });
    assert_eq!(judged(other.clone()), ["J16"], "the line of another act");
    assert!(judged(nothing(&|c| c.line = Some("qd-none".into()))).contains(&"J16"));
    let ground = nothing(&|c| (c.row, c.tier, c.ground) = (None, None, Some("处罚法33：没有主观过错".into())));
    assert_eq!(judged(ground), [""; 0]);
    let mut drawn = accepted();
    if let Act::Accepted { random_draw, .. } = &mut drawn {
        *random_draw = true;
    }
    let path = Path::default().go(drawn, START).go(Act::Filed { investigators: vec![actor("张"), actor("李")] }, START);
    let mut list = other;
    (list.chosen[0].row, list.chosen[0].tier) = (None, None);
    assert_eq!(path.blocked(&investigated(list.clone()), START), ["J16"], "不适用于双随机案件");
    assert_eq!(judged(list), [""; 0]);
}

/// Of several laws the higher governs, and no act is fined by two cases of one party (J15); what the office knows is told (R47).
#[test]
fn j15_r47_earlier_decisions_of_the_party_are_told_and_no_act_is_fined_again() {
    let case = filed().case();
    let Act::Investigated { charges, proposal } = investigated(small()) else { unreachable!() };
    let rules = |e: &[Earlier], p: &Proposal, charges: &[Charge]| -> Vec<_> {
        history(&case, charges, p, e, pack()).iter().map(|g| g.rule).collect()
    };
    assert_eq!(rules(&[], &proposal, &charges), [""; 0]);
    let mut past = charges.clone();
    past[0].fact = "1 名客房服务员无有效健康合格证明".into();
    let number = "青卫罚〔2025〕3号".to_owned();
    let before = |inspection: Option<&String>, charges: &[Charge]| Earlier {
        number: number.clone(),
        inspection: inspection.cloned(),
        charges: charges.to_vec(),
        proposal: small(),
    };
    assert_eq!(rules(&[before(None, &past)], &proposal, &charges), ["J14"], "not told");
    let told = with(|c| c.earlier = vec![number.clone()]);
    assert_eq!(rules(&[before(None, &past)], &told, &charges), [""; 0]);
    let wrong = |fact, value| with(|c| (c.earlier, c.facts) = (vec![number.clone()], staff().facts.with(fact, value)));
    assert_eq!(rules(&[before(None, &past)], &wrong(Fact::Prior, 0), &charges), ["J14"]);
    assert_eq!(rules(&[before(None, &past)], &wrong(Fact::First, 1), &charges), ["J14"]);
    assert_eq!(rules(&[before(None, &past)], &wrong(Fact::Prior, 1), &charges), [""; 0]);
    let first = with(|c| {
        (c.earlier, c.line) = (vec![number.clone()], Some("qd-cq-2".into()));
        c.proofs = vec![Proof { need: Need::FirstOffence, record: "查询记录".into() }];
    });
    assert_eq!(rules(&[before(None, &past)], &first, &charges), ["J16"], "no first offence");
    // The same act, by its words or by the same finding of the same inspection.
    assert_eq!(rules(&[before(None, &charges)], &told, &charges), ["J15"]);
    assert_eq!(rules(&[before(case.inspection.as_ref(), &past)], &told, &charges), ["J15"]);
    let other = Proposal { chosen: vec![chosen("cl-d2", "cl-d2-2", 20_240_901, Facts::default())], ..small() };
    assert_eq!(rules(&[Earlier { proposal: other, ..before(None, &past) }], &proposal, &charges), [""; 0], "another kind of act");
    // In one case: the law with the lower fine, and the higher one without a reason.
    let water = |row: &str, why: &str| {
        let mut p = with(|c| c.concurrence = why.into());
        (p.chosen[0].row, p.chosen[0].tier) = (Some(row.into()), Some(format!("{row}-1")));
        (p.chosen[0].facts, p.chosen[0].committed) = (Facts::default(), day(20_260_227));
        p.penalties.remove(0);
        p
    };
    assert_eq!(judged(water("cl-d16", "从高")), ["J15"]);
    assert_eq!(judged(water("cl-d16-chuanfang", "")), ["J15"]);
    assert_eq!(judged(water("cl-d16-chuanfang", "罚款数额更高")), [""; 0]);
}

/// A step that an earlier release recorded has the words alone.
#[test]
fn r21_steps_of_earlier_releases_stay_readable() {
    let old = serde_json::json!({"act": "decided", "number": "青卫罚〔2026〕1号", "day": START, "by": {"name": "张", "number": "1"},
        "decided_by": null, "reason": "", "paper": null,
        "proposal": {"penalties": [], "discretion": "裁量基准 D7", "correction": null}});
    let Act::Decided { proposal, .. } = serde_json::from_value::<Step>(old).unwrap().act else { unreachable!() };
    assert_eq!((proposal.discretion.as_str(), proposal.chosen.len()), ("裁量基准 D7", 0));
}

/// R45: what is submitted is named; the term is extended once; a disagreement is recorded with both sides and opens nothing.
#[test]
fn r45_the_review_is_asked_for_extended_once_and_disputed_on_record() {
    let path = told(&grave(), true).go(waived(), START + 1);
    let asked = |materials: &str| Act::ReviewAsked { materials: materials.into() };
    let disputed = |view: &str| Act::ReviewDisputed { view: view.into(), outcome: "补充证据后再审".into() };
    assert_eq!(path.blocked(&asked(" "), START + 1), ["R45"]);
    assert_eq!(path.blocked(&Act::ReviewExtended, START + 1), ["R45"], "nothing was asked");
    let path = path.go(asked("调查终结报告及证据"), START + 1);
    assert_eq!(path.blocked(&asked("再送"), START + 1), ["R45"], "it waits for its answer");
    let path = path.go(Act::ReviewExtended, START + 2);
    assert_eq!(path.blocked(&Act::ReviewExtended, START + 2), ["R45"], "once");
    assert_eq!(path.blocked(&disputed("证据充分"), START + 2), ["R45"], "no review found problems");
    let path = path.go(review(Opinion::Problems), START + 3);
    assert_eq!(path.case().asked, Some(Asked { day: day(START + 1), extended: true, answered: Some(day(START + 3)) }));
    assert_eq!(path.blocked(&disputed(""), START + 3), ["R45"]);
    let path = path.go(disputed("证据充分"), START + 3);
    assert_eq!(path.blocked(&decided(grave()), START + 9), ["R42"], "a disagreement is no review that agrees");
    path.go(asked("补充材料"), START + 4).go(review(Opinion::Agreed), START + 5).go(decided(grave()), START + 9);
}
