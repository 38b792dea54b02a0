#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::calendar::Day;
use crate::pack::author::check;
use crate::pack::{CoerciveMeasure, Fact, Fine, Need, Pack, PenaltyKind, Source};
use proptest::prelude::*;
use std::path::Path;
use std::sync::LazyLock;

static PACK: LazyLock<Pack> = LazyLock::new(|| {
    check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu")).unwrap_or_else(|problems| {
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        unreachable!("{}", said.join("\n"))
    })
});

fn rules(gates: &[crate::inspection::Gate]) -> Vec<&'static str> {
    gates.iter().map(|gate| gate.rule).collect()
}

fn only<'a>(offers: &'a [Offer<'a>], row: &str) -> &'a Offer<'a> {
    offers.iter().find(|offer| offer.row.id == row).unwrap()
}

fn fact(n: usize) -> Fact {
    Fact::ALL[n % Fact::ALL.len()]
}

proptest! {
    /// Whatever is known, and however much: what is offered lies inside the statute, and names its sources.
    #[test]
    fn r46_j14_no_suggestion_is_ever_outside_the_statutory_range(
        known in prop::collection::vec((0usize..12, 0u64..400_000_000), 0..12),
    ) {
        let facts = known.iter().fold(Facts::default(), |facts, (n, value)| {
            // Small numbers are the likely ones for all but money.
            let value = if fact(*n) == Fact::Gains { *value } else { value % 16 };
            facts.with(fact(*n), value)
        });
        let offers = suggest(&PACK, None, &facts);
        prop_assert_eq!(offers.len(), PACK.discretion.len());
        for offer in &offers {
            for one in &offer.tiers {
                prop_assert!(one.tier.kinds.iter().all(|kind| one.band.kinds.contains(kind)));
                prop_assert!(one.sources.len() >= 2);
                if let Some(range) = one.range {
                    let statutory = one.statutory.unwrap();
                    prop_assert!(range.min <= range.max && statutory.holds(range.min) && statutory.holds(range.max), "{}", one.tier.id);
                }
            }
            prop_assert!(offer.tiers.len() <= 1, "{} gives two results", offer.row.id);
            prop_assert_eq!(offer.uncovered, offer.tiers.is_empty() && offer.asks.is_empty());
        }
    }

    /// Every amount outside the statute is refused, with an approval too; outside the tier without one.
    #[test]
    fn j14_every_amount_is_judged(row in 0usize..64, tier in 0usize..8, fen in 0u64..60_000_000, gains in 0u64..20_000_000) {
        let row = &PACK.discretion[row % PACK.discretion.len()];
        let tier = &row.tiers[tier % row.tiers.len()];
        let band = PACK.enforcement_item(&row.item).unwrap().band(&tier.band).unwrap();
        let approval = Approval { by: ApprovedBy::Collective, record: "集体讨论笔录 1".into(), reason: "初次且配合".into() };
        let choice = Choice { row: &row.id, tier: &tier.id, fine: Some(fen), gains: Some(gains), ..Choice::default() };
        let range = |fine: Option<Fine>| fine.and_then(|f| f.range(Some(gains)));
        let lawful = range(band.fine).is_some_and(|r| r.holds(fen));
        let usual = range(tier.fine).is_some_and(|r| r.holds(fen));
        prop_assert_eq!(amount(&PACK, &choice).is_empty(), lawful && usual);
        prop_assert_eq!(amount(&PACK, &Choice { approval: Some(&approval), ..choice }).is_empty(), lawful);
    }
}

#[test]
fn r46_facts_lead_to_a_tier_and_say_what_is_still_asked() {
    let offers = suggest(&PACK, Some("wf-jiankang"), &Facts::default());
    let offer = only(&offers, "cl-d7");
    assert_eq!((offer.tiers.len(), offer.asks.as_slice()), (0, [Fact::Persons, Fact::Late].as_slice()));
    let facts = Facts::default().with(Fact::Persons, 2).answer(Fact::Late, false);
    let offers = suggest(&PACK, Some("wf-jiankang"), &facts);
    let found = &only(&offers, "cl-d7").tiers[0];
    assert_eq!((found.tier.id.as_str(), found.range.unwrap().min, found.range.unwrap().max), ("cl-d7-2", 100_000, 300_000));
    assert!(found.illustrative && found.sources[0].source == "gonggong-xize");
    assert_eq!(found.words().0, "责令改正、警告、罚款");
    // A late answer moves it into the statute's other range.
    let offers = suggest(&PACK, Some("wf-jiankang"), &facts.answer(Fact::Late, true));
    assert_eq!(only(&offers, "cl-d7").tiers[0].statutory.unwrap().min, 500_000);
}

#[test]
fn r46_a_fine_counted_by_gains_has_no_range_before_they_are_known() {
    let facts = Facts::default().with(Fact::Months, 1).with(Fact::Prior, 0).answer(Fact::Harm, false);
    let offers = suggest(&PACK, Some("wf-yiliao-wuzheng"), &facts);
    let offer = only(&offers, "cl-d10");
    assert_eq!((offer.tiers[0].range, offer.asks.as_slice()), (None, [Fact::Gains].as_slice()));
    // Less than ten thousand yuan counts as ten thousand (基本医疗卫生法 99).
    let offers = suggest(&PACK, Some("wf-yiliao-wuzheng"), &facts.with(Fact::Gains, 300_000));
    let range = only(&offers, "cl-d10").tiers[0].range.unwrap();
    assert_eq!((range.min, range.max), (5_000_000, 8_000_000));
    let gates = amount(&PACK, &Choice { row: "cl-d10", tier: "cl-d10-1", fine: Some(6_000_000), ..Choice::default() });
    assert_eq!(rules(&gates), ["J14"]);
}

#[test]
fn j14_outside_the_tier_needs_a_recorded_approval_and_the_statute_is_never_left() {
    let choice = |fen| Choice { row: "cl-d7", tier: "cl-d7-2", fine: Some(fen), ..Choice::default() };
    assert!(amount(&PACK, &choice(200_000)).is_empty());
    let gates = amount(&PACK, &choice(400_000));
    assert_eq!(rules(&gates), ["J14"]);
    assert!(gates[0].missing.zh.contains("1000元至3000元") && gates[0].way_on.zh.contains("集体讨论"));
    let approval = Approval { by: ApprovedBy::Head, record: "审批 7".into(), reason: "社会影响大".into() };
    assert!(amount(&PACK, &Choice { approval: Some(&approval), ..choice(400_000) }).is_empty());
    for blank in [Approval { record: " ".into(), ..approval.clone() }, Approval { reason: String::new(), ..approval.clone() }] {
        assert_eq!(rules(&amount(&PACK, &Choice { approval: Some(&blank), ..choice(400_000) })), ["J14"]);
    }
    assert_eq!(rules(&amount(&PACK, &Choice { approval: Some(&approval), ..choice(500_100) })), ["J14"]);
    assert_eq!(
        rules(&amount(&PACK, &Choice { approval: Some(&approval), kinds: &[PenaltyKind::LicenceRevoked], ..choice(200_000) })),
        ["J14"]
    );
    // A tier that fines is not left without a fine in silence.
    assert_eq!(rules(&amount(&PACK, &Choice { fine: None, ..choice(0) })), ["J14"]);
    assert_eq!(rules(&amount(&PACK, &Choice { row: "cl-none", ..choice(1) })), ["J14"]);
}

#[test]
fn j14_below_the_statute_only_by_the_list_of_mitigated_penalties() {
    let approval = Approval { by: ApprovedBy::Collective, record: "讨论 3".into(), reason: "主动补检合格".into() };
    let choice = Choice { row: "cl-d2", tier: "cl-d2-3", fine: Some(100_000), approval: Some(&approval), ..Choice::default() };
    assert_eq!(rules(&amount(&PACK, &choice)), ["J14"]);
    assert!(amount(&PACK, &Choice { mitigated: Some("qd-ht-2"), ..choice.clone() }).is_empty());
    // Not by another act's line, by a list of another kind, or upwards.
    assert_eq!(rules(&amount(&PACK, &Choice { mitigated: Some("qd-ht-1"), ..choice.clone() })), ["J14"]);
    assert_eq!(rules(&amount(&PACK, &Choice { mitigated: Some("qd-ht-2"), fine: Some(2_000_100), ..choice.clone() })), ["J14"]);
    assert_eq!(
        rules(&amount(&PACK, &Choice { mitigated: Some("qd-ht-2"), row: "cl-d3", tier: "cl-d3-3", ..choice.clone() })),
        ["J14"]
    );
    // And not without an approval.
    assert_eq!(rules(&amount(&PACK, &Choice { mitigated: Some("qd-ht-2"), approval: None, ..choice })), ["J14"]);
}

#[test]
fn j15_one_act_two_fines_are_refused_and_the_higher_governs() {
    let fine = |row| Fined { act: "无证供水", row };
    let law = [fine("cl-d16-chuanfang")];
    assert_eq!(rules(&one_act(&PACK, &[fine("cl-d16"), fine("cl-d16-chuanfang")], &[], None, "从高")), ["J15", "J15"]);
    let lower = one_act(&PACK, &[fine("cl-d16")], &[], None, "从高");
    assert!(rules(&lower) == ["J15"] && lower[0].missing.zh.contains("传染病防治法"));
    assert_eq!(rules(&one_act(&PACK, &law, &[], None, " ")), ["J15"]);
    assert!(one_act(&PACK, &law, &[], None, "传染病防治法罚款数额更高").is_empty());
    // Fined before by another decision.
    assert_eq!(rules(&one_act(&PACK, &law, &[fine("cl-d16")], None, "从高")), ["J15"]);
    let other = [Fined { act: "无健康证", row: "cl-d7" }, Fined { act: "未检测", row: "cl-d2" }];
    assert!(one_act(&PACK, &other, &[], None, "").is_empty());
}

#[test]
fn r47_j16_a_list_applies_only_with_its_proofs() {
    let line = PACK.leniency_row("qd-zs-2").unwrap();
    let proofs = [Need::FirstOffence, Need::Corrected, Need::Education].map(|need| Proof { need, record: "7".into() });
    assert!(leniency(line, &proofs, false).is_empty());
    for without in 0..3 {
        let rest: Vec<_> = proofs.iter().enumerate().filter(|(n, _)| *n != without).map(|(_, p)| p.clone()).collect();
        assert_eq!(rules(&leniency(line, &rest, false)), ["J16"]);
        let mut blank = proofs.clone();
        blank[without].record = " ".into();
        assert_eq!(rules(&leniency(line, &blank, false)), ["J16"]);
    }
    let drawn = leniency(line, &proofs, true);
    assert!(rules(&drawn) == ["J16"] && drawn[0].missing.zh.contains("双随机"));
}

#[test]
fn j18_a_seizure_needs_a_power_for_that_item() {
    assert!(measure(&PACK, CoerciveMeasure::Seize, "wf-yifei-fenlei").is_empty());
    let power = PACK.power(CoerciveMeasure::Seize, "wf-yifei-fenlei").unwrap();
    assert_eq!((power.subject.as_str(), power.basis[0].source.as_str()), ("zhuti-weijian", "yifei-tiaoli"));
    for item in ["wf-jiankang", "wf-wuzheng", "nothing"] {
        let gates = measure(&PACK, CoerciveMeasure::Seize, item);
        assert!(rules(&gates) == ["J18"] && gates[0].way_on.zh.contains("先行登记保存"));
    }
    assert_eq!(rules(&measure(&PACK, CoerciveMeasure::Close, "wf-yifei-fenlei")), ["J18"]);
}

/// The older law's row beside the newer: `old` punishes with at most `old_max`, ended the day before 2025-09-01.
fn two_laws(old_max: u64) -> Pack {
    let mut pack = PACK.clone();
    let day = |n: u32| Day::try_from(n).unwrap();
    let of = |p: &Pack| p.source("chuanfang-fa").unwrap().clone();
    let old =
        Source { id: "jiu-fa".into(), in_force_from: Some(day(20_130_629)), in_force_until: Some(day(20_250_831)), ..of(&pack) };
    pack.sources.push(old);
    let mut item = pack.enforcement_item("wf-fangkong").unwrap().clone();
    item.id = "wf-jiu".into();
    for (n, band) in item.statutory.iter_mut().enumerate() {
        band.id = format!("fd-jiu-{n}");
        band.fine = Some(Fine::Yuan { min: 0, max: old_max });
    }
    item.penalty[0].source = "jiu-fa".into();
    item.duty[0].source = "chuanfang-fa".into();
    let mut row = pack.discretion_row("cl-d15").unwrap().clone();
    row.id = "cl-jiu".into();
    row.item = item.id.clone();
    row.basis[0].source = "jiu-fa".into();
    row.tiers.truncate(1);
    row.tiers[0].id = "cl-jiu-1".into();
    row.tiers[0].band = "fd-jiu-0".into();
    pack.discretion.iter_mut().find(|r| r.id == "cl-d15").unwrap().replaces = Some("cl-jiu".into());
    pack.items.push(item);
    pack.discretion.push(row);
    pack
}

#[test]
fn j13_the_law_of_the_day_of_the_act_unless_the_newer_is_lighter() {
    let day = |n: u32| Day::try_from(n).unwrap();
    let (before, after, decided) = (day(20_250_701), day(20_260_301), day(20_261_122));
    let judge = |pack: &Pack, row: &str, act| rules(&basis(pack, pack.discretion_row(row).unwrap(), act, decided));
    // The newer law is heavier: the older one governs old acts.
    let heavier = two_laws(50_000);
    assert_eq!(judge(&heavier, "cl-jiu", before), [""; 0]);
    assert_eq!(judge(&heavier, "cl-d15", before), ["J13"]);
    // The newer law is lighter: it reaches back, and the older may not be used.
    let lighter = two_laws(500_000);
    assert_eq!(judge(&lighter, "cl-jiu", before), ["J13"]);
    assert_eq!(judge(&lighter, "cl-d15", before), [""; 0]);
    for pack in [&heavier, &lighter] {
        assert_eq!(judge(pack, "cl-jiu", after), ["J13"]);
        assert_eq!(judge(pack, "cl-d15", after), [""; 0]);
    }
    // A 规范性文件 is never a basis, whoever made the pack.
    let mut pack = PACK.clone();
    pack.discretion.iter_mut().find(|r| r.id == "cl-d15").unwrap().basis[0].source = "choucha-2025".into();
    assert_eq!(judge(&pack, "cl-d15", after), ["J13"]);
}

#[test]
fn r46_every_row_of_the_shipped_pack_names_its_act_its_clause_and_its_standard() {
    let named: std::collections::BTreeSet<_> = PACK.discretion.iter().map(|row| row.id.as_str()).collect();
    assert!((1..=17).all(|n| named.contains(format!("cl-d{n}").as_str())));
    for row in &PACK.discretion {
        assert!(!row.basis.is_empty() && row.tiers.iter().all(|tier| !tier.condition.zh.is_empty()));
        // What no source sets says that it is illustrative.
        let made_up = |tier: &&crate::pack::Tier| tier.basis.iter().all(|b| b.source == "benbao-shuoming");
        assert!(row.tiers.iter().filter(made_up).all(|tier| tier.illustrative), "{}", row.id);
    }
}
