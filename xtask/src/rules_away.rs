//! `cargo xtask mutants --rules [--seed N]`: ten rules of the law, drawn by a seed, each taken away, and the test that names it.
//!
//! In the copy each of the ten is made to give way to a word in the environment; so one build serves them all. Without the word every test passes;
//! with it the test of that rule must fail.

use crate::cargo::cargo;
use crate::place::Place;
use crate::run::{Log, tail};
use crate::say;
use std::fs;

/// A rule: its number, what its absence lets through, where it stands, the condition, the condition with `AWAY` in it, and the test of the core.
pub(crate) struct Rule {
    number: &'static str,
    lets: &'static str,
    file: &'static str,
    with: &'static str,
    without: &'static str,
    test: &'static str,
}

const WORD: &str = "MINGZHENG_WITHOUT";
const CHOICE: &str = "core/src/discretion/choice.rs";
const ON_SPOT: &str = "core/src/procedure/on_spot.rs";
const STEPS: &str = "core/src/procedure/gates/mod.rs";
const CHARGE: &str = "core/src/procedure/gates/charge.rs";
const DECISION: &str = "core/src/procedure/gates/decision.rs";
const ORGAN: &str = "core/src/inspection/organ.rs";

static RULES: [Rule; 19] = [
    Rule {
        number: "J8",
        lets: "any penalty on the spot",
        file: ON_SPOT,
        with: "if !light || proposal.penalties.is_empty() || limit.reached(proposal.fine()) {",
        without: "if !AWAY && (!light || proposal.penalties.is_empty() || limit.reached(proposal.fine())) {",
        test: "j8_on_the_spot_within_the_limit_and_review_comes_first",
    },
    Rule {
        number: "J9",
        lets: "cash without ground or receipt",
        file: ON_SPOT,
        with: "if (small || ground.is_some_and(|g| !blank(g))) && !blank(receipt) {",
        without: "if AWAY || (small || ground.is_some_and(|g| !blank(g))) && !blank(receipt) {",
        test: "j9_cash_needs_a_small_amount_or_a_ground_and_a_receipt",
    },
    Rule {
        number: "J10 waived",
        lets: "the right to speak given up without proof",
        file: STEPS,
        with: "if blank(by) || blank(proof) {",
        without: "if !AWAY && (blank(by) || blank(proof)) {",
        test: "j10_giving_up_the_right_to_speak_needs_proof",
    },
    Rule {
        number: "J10 hearing",
        lets: "a notice that says nothing of the hearing",
        file: STEPS,
        with: "if rules.hearing(proposal, case.party.kind) && !hearing {",
        without: "if !AWAY && rules.hearing(proposal, case.party.kind) && !hearing {",
        test: "j10_j12_the_right_to_a_hearing_is_told_and_its_window_closes_first",
    },
    Rule {
        number: "J11",
        lets: "a decision after the ninety days",
        file: DECISION,
        with: "(day > last).then(|| {",
        without: "(!AWAY && day > last).then(|| {",
        test: "j11_ninety_days_from_filing_by_the_day_as_counted",
    },
    Rule {
        number: "J13",
        lets: "a charge without its article",
        file: CHARGE,
        with: "if charges.iter().any(|c| blank(&c.violated) || blank(&c.penalty_basis)) {",
        without: "if !AWAY && charges.iter().any(|c| blank(&c.violated) || blank(&c.penalty_basis)) {",
        test: "r06_r11_r28_j13_j15_the_investigation_shows_its_facts",
    },
    Rule {
        number: "J14 statute",
        lets: "a fine outside the statute",
        file: CHOICE,
        with: "if !lawful || !kinds {",
        without: "if !AWAY && (!lawful || !kinds) {",
        test: "j14_outside_the_tier_needs_a_recorded_approval_and_the_statute_is_never_left",
    },
    Rule {
        number: "J14 tier",
        lets: "a fine outside the tier without approval",
        file: CHOICE,
        with: "if !inside && !choice.approval.is_some_and(Approval::complete) {",
        without: "if !AWAY && !inside && !choice.approval.is_some_and(Approval::complete) {",
        test: "j14_outside_the_tier_needs_a_recorded_approval_and_the_statute_is_never_left",
    },
    Rule {
        number: "J15",
        lets: "one act fined twice",
        file: CHOICE,
        with: "if twice(at, fine) {",
        without: "if !AWAY && twice(at, fine) {",
        test: "j15_one_act_two_fines_are_refused_and_the_higher_governs",
    },
    Rule {
        number: "J16",
        lets: "leniency without its proofs",
        file: CHOICE,
        with: "if proofs.iter().any(|proof| proof.need == *need && !proof.record.trim().is_empty()) {",
        without: "if AWAY || proofs.iter().any(|proof| proof.need == *need && !proof.record.trim().is_empty()) {",
        test: "r47_j16_a_list_applies_only_with_its_proofs",
    },
    Rule {
        number: "J18",
        lets: "a seizure without a power",
        file: CHOICE,
        with: "if pack.power(measure, item).is_some() {",
        without: "if AWAY || pack.power(measure, item).is_some() {",
        test: "j18_a_seizure_needs_a_power_for_that_item",
    },
    Rule {
        number: "R06",
        lets: "a report by somebody who did not investigate",
        file: CHARGE,
        with: "if !case.investigators.contains(&step.by) {",
        without: "if !AWAY && !case.investigators.contains(&step.by) {",
        test: "r06_r11_r28_j13_j15_the_investigation_shows_its_facts",
    },
    Rule {
        number: "R27",
        lets: "a day before that of the last step",
        file: STEPS,
        with: "if case.is_some_and(|c| step.day < c.last) {",
        without: "if !AWAY && case.is_some_and(|c| step.day < c.last) {",
        test: "r27_steps_stand_in_the_order_of_their_days",
    },
    Rule {
        number: "R28",
        lets: "a fact without evidence",
        file: CHARGE,
        with: "if charges.is_empty() || charges.iter().any(|c| blank(&c.fact) || c.evidence.is_empty()) {",
        without: "if !AWAY && (charges.is_empty() || charges.iter().any(|c| blank(&c.fact) || c.evidence.is_empty())) {",
        test: "r06_r11_r28_j13_j15_the_investigation_shows_its_facts",
    },
    Rule {
        number: "R42",
        lets: "a listed decision without review",
        file: DECISION,
        with: "if rules.review(proposal, case.party.kind, heard) && !case.review_passed() {",
        without: "if !AWAY && rules.review(proposal, case.party.kind, heard) && !case.review_passed() {",
        test: "r42_r43_a_listed_decision_waits_for_a_review_that_agrees",
    },
    Rule {
        number: "R44",
        lets: "a review that leaves contents out",
        file: DECISION,
        with: "if open > 0 {",
        without: "if !AWAY && open > 0 {",
        test: "r44_r45_ten_contents_by_somebody_who_did_not_investigate",
    },
    Rule {
        number: "R45",
        lets: "a review by an investigator of the case",
        file: DECISION,
        with: "if case.investigators.contains(&review.reviewer) || blank(&review.reviewer.name) {",
        without: "if !AWAY && (case.investigators.contains(&review.reviewer) || blank(&review.reviewer.name)) {",
        test: "r44_r45_ten_contents_by_somebody_who_did_not_investigate",
    },
    Rule {
        number: "R49",
        lets: "no reason for not filing",
        file: STEPS,
        with: "            if blank(&step.reason) {",
        without: "            if !AWAY && blank(&step.reason) {",
        test: "r49_not_filing_has_a_reason_and_the_heads_approval",
    },
    Rule {
        number: "R52",
        lets: "one organ's officers act for another",
        file: ORGAN,
        with: "if present_for(i, Some(&organ)).len() >= pack.gates.minimum_officers.value as usize {",
        without: "if AWAY || present_for(i, Some(&organ)).len() >= pack.gates.minimum_officers.value as usize {",
        test: "r52_j18_an_organ_acts_with_two_officers_of_its_own",
    },
];

/// Takes ten away in this copy of the clone.
pub(crate) fn run(copy: &Place, seed: u64) -> Result<bool, String> {
    let chosen = crate::mutants::drawn(&RULES, 10, seed);
    say::line(&format!("seed {seed}"));
    for rule in &chosen {
        let file = copy.root.join(rule.file);
        let said = |error: std::io::Error| format!("{}: {error}", file.display());
        let text = fs::read_to_string(&file).map_err(said)?;
        if text.matches(rule.with).count() != 1 {
            return Err(format!("{}: the rule {} no longer stands there as: {}", rule.file, rule.number, rule.with));
        }
        let away = format!("(std::env::var(\"{WORD}\").as_deref() == Ok(\"{}\"))", rule.number);
        fs::write(&file, text.replace(rule.with, &rule.without.replace("AWAY", &away))).map_err(said)?;
    }
    let mut log = Log::new(copy, "mutants-rules")?;
    let mut good = true;
    say::line("| rule | without it | test | |\n|---|---|---|---|");
    for rule in chosen {
        let with = passes(copy, rule, "", &mut log)?;
        let without = passes(copy, rule, rule.number, &mut log)?;
        let verdict = match (with, without) {
            (true, false) => "fails, as it must; passes with it",
            (true, true) => "STILL PASSES",
            (false, _) => "FAILS WITH IT TOO",
        };
        good &= with && !without;
        say::line(&format!("| {} | {} | `{}` | {verdict} |", rule.number, rule.lets, rule.test));
    }
    Ok(good)
}

/// Whether the named test ran and passed while this rule was away.
fn passes(copy: &Place, rule: &Rule, away: &str, log: &mut Log) -> Result<bool, String> {
    let mut command = cargo(copy, &["test", "--workspace", "--lib", "--", rule.test]);
    let (output, _) = log.ask(command.env(WORD, away))?;
    let ran = output.lines().find(|line| line.starts_with("test ") && line.contains(rule.test));
    ran.map(|line| line.ends_with("... ok")).ok_or_else(|| format!("{} did not run\n{}", rule.test, tail(&output, 30)))
}

#[cfg(test)]
mod tests {
    use super::RULES;
    use std::fs;
    use std::path::Path;

    /// Each rule still stands in the source exactly once, and its test is there.
    #[test]
    fn every_rule_is_where_it_was() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let tests: String = ["discretion", "procedure", "inspection"]
            .map(|module| fs::read_to_string(root.join(format!("core/src/{module}/tests.rs"))).unwrap_or_default())
            .concat();
        for rule in &RULES {
            let text = fs::read_to_string(root.join(rule.file)).unwrap_or_default();
            assert_eq!(text.matches(rule.with).count(), 1, "{}: {} in {}", rule.number, rule.with, rule.file);
            assert!(rule.without.contains("AWAY"), "{}", rule.number);
            assert!(tests.contains(&format!("fn {}(", rule.test)), "{}: {}", rule.number, rule.test);
        }
    }
}
