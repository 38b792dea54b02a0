//! The account of all numbers: pure, over the rows of the office and what the phones' entries say.

use super::Kept;
use mingzheng_core::document::number::{Block, Fate, Register, Report};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A row of the register of blocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Row {
    /// 发放.
    Granted {
        /// The form.
        series: String,
        /// Year.
        year: u16,
        /// First number.
        first: u32,
        /// Last number.
        last: u32,
        /// The task that takes them along; its lead's phone uses them.
        holder: String,
        /// As printed, in order.
        numbers: Vec<String>,
    },
    /// 收回: unused numbers are given back.
    Closed {
        /// Row of the block.
        block: u64,
        /// Numbers that were not used.
        unused: Vec<u32>,
        /// Why.
        reason: String,
        /// By whom.
        by: String,
    },
}

/// What a phone's entries say of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The form.
    pub series: String,
    /// As printed.
    pub number: String,
    /// The task.
    pub holder: String,
    /// What became of it.
    pub fate: Fate,
}

/// One form and year; lists hold numbers as printed, and what is wrong must be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The form.
    pub series: String,
    /// Year; none for numbers that no block holds.
    pub year: Option<u16>,
    /// Numbers handed out.
    pub granted: usize,
    /// On papers.
    pub used: usize,
    /// 作废, with the reason.
    pub voided: Vec<(String, String)>,
    /// Not used yet, in blocks that are open.
    pub open: usize,
    /// Wrong: on two papers, or on a paper and voided.
    pub twice: Vec<String>,
    /// Wrong: used by somebody whose block it is not.
    pub strange: Vec<String>,
    /// Wrong: left out, nobody says why.
    pub unaccounted: Vec<String>,
}

impl Account {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn good(&self) -> bool {
        self.twice.is_empty() && self.strange.is_empty() && self.unaccounted.is_empty()
    }
}

/// The last number handed out of a form in a year; 0 before the first.
pub(super) fn last(rows: &[Kept], form: &str, of: u16) -> u32 {
    let last = |k: &Kept| match &k.row {
        Row::Granted { series, year, last, .. } if series == form && *year == of => Some(*last),
        _ => None,
    };
    rows.iter().filter_map(last).max().unwrap_or(0)
}

/// Works it out.
#[must_use]
pub fn account(rows: &[Kept], seen: &[Seen]) -> Vec<Account> {
    let mut register = Register::default();
    let mut blocks: BTreeMap<u64, Block> = BTreeMap::new();
    let mut printed: BTreeMap<(String, u16, u32), String> = BTreeMap::new();
    let mut plain: BTreeMap<(String, String), (u16, u32)> = BTreeMap::new();
    let mut closed: BTreeSet<u64> = BTreeSet::new();
    for kept in rows {
        match &kept.row {
            Row::Granted { series, year, first, last, holder, numbers } => {
                let count = last.saturating_sub(*first).saturating_add(1);
                // The same rule as when it was handed out: what does not follow the block before it is no block.
                let Ok(block) = register.grant(series, *year, holder, count) else { continue };
                for (n, number) in (block.first..).zip(numbers) {
                    printed.insert((series.clone(), *year, n), number.clone());
                    plain.entry((series.clone(), number.clone())).or_insert((*year, n));
                }
                blocks.insert(kept.n, block);
            }
            Row::Closed { block, unused, reason, by } => {
                let Some(of) = blocks.get(block) else { continue };
                closed.insert(*block);
                register.close(of);
                for n in unused {
                    let fate = Fate::Voided { reason: format!("{reason}（{by}）") };
                    let report = Report { series: of.series.clone(), year: of.year, n: *n, holder: of.holder.clone(), fate };
                    _ = register.report(report);
                }
            }
        }
    }
    let mut typed: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    let mut fates: BTreeMap<(String, u16), BTreeMap<u32, Fate>> = BTreeMap::new();
    for s in seen {
        let Some((year, n)) = plain.get(&(s.series.clone(), s.number.clone())) else {
            let paper = if let Fate::Used { paper } = &s.fate { paper.as_str() } else { "" };
            typed.entry(&s.series).or_default().entry(&s.number).or_default().insert(paper);
            continue;
        };
        fates.entry((s.series.clone(), *year)).or_default().insert(*n, s.fate.clone());
        let report = Report { series: s.series.clone(), year: *year, n: *n, holder: s.holder.clone(), fate: s.fate.clone() };
        _ = register.report(report);
    }
    let given_back = rows.iter().filter_map(|k| {
        if let Row::Closed { block, unused, reason, .. } = &k.row { Some((block, unused, reason)) } else { None }
    });
    for (block, unused, reason) in given_back {
        let Some(of) = blocks.get(block) else { continue };
        let list = fates.entry((of.series.clone(), of.year)).or_default();
        unused.iter().for_each(|n| _ = list.entry(*n).or_insert_with(|| Fate::Voided { reason: reason.clone() }));
    }
    let mut out = Vec::new();
    let kinds: BTreeSet<(String, u16)> = blocks.values().map(|b| (b.series.clone(), b.year)).collect();
    for (series, year) in kinds {
        let of = |b: &&Block| b.series == series && b.year == year;
        let text = |n: &u32| printed.get(&(series.clone(), year, *n)).cloned().unwrap_or_default();
        let audit = register.audit(&series, year);
        let known = fates.remove(&(series.clone(), year)).unwrap_or_default();
        let voided = known
            .iter()
            .filter_map(|(n, fate)| if let Fate::Voided { reason } = fate { Some((text(n), reason.clone())) } else { None });
        let open = blocks.iter().filter(|(n, b)| of(b) && !closed.contains(n)).flat_map(|(_, b)| b.first..=b.last);
        out.push(Account {
            granted: blocks.values().filter(of).map(|b| (b.first..=b.last).count()).sum(),
            used: known.values().filter(|fate| matches!(fate, Fate::Used { .. })).count(),
            voided: voided.collect(),
            open: open.filter(|n| !known.contains_key(n) && !audit.unaccounted.contains(n)).count(),
            twice: audit.twice.iter().map(text).collect(),
            strange: audit.strange.iter().map(text).collect(),
            unaccounted: audit.unaccounted.iter().map(text).collect(),
            series: series.clone(),
            year: Some(year),
        });
    }
    for (series, numbers) in typed {
        let twice = numbers.iter().filter(|(_, papers)| papers.len() > 1).map(|(number, _)| (*number).to_owned()).collect();
        let used = numbers.values().filter(|papers| papers.iter().any(|p| !p.is_empty())).count();
        out.push(Account { series: series.to_owned(), used, twice, ..Account::default() });
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failing test should stop here")]
mod tests {
    use super::*;

    const FORM: &str = "jiandu-yijian";

    fn text(n: u32) -> String {
        format!("青卫监意〔2026〕{n}号")
    }

    fn granted(n: u64, first: u32, last: u32, holder: &str) -> Kept {
        let numbers = (first..=last).map(text).collect();
        let row = Row::Granted { series: FORM.into(), year: 2026, first, last, holder: holder.into(), numbers };
        Kept { n, row, at: 0, leaf: n }
    }

    fn closed(n: u64, block: u64, unused: &[u32]) -> Kept {
        let row = Row::Closed { block, unused: unused.to_vec(), reason: "检查结束未用".into(), by: "孙三".into() };
        Kept { n, row, at: 0, leaf: n }
    }

    fn used(n: u32, holder: &str, paper: &str) -> Seen {
        Seen { series: FORM.into(), number: text(n), holder: holder.into(), fate: Fate::Used { paper: paper.into() } }
    }

    fn voided(n: u32, holder: &str) -> Seen {
        Seen { fate: Fate::Voided { reason: "打印作废".into() }, ..used(n, holder, "") }
    }

    fn one(rows: &[Kept], seen: &[Seen]) -> Account {
        let mut all = account(rows, seen);
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    #[test]
    fn j32_two_offline_phones_share_no_number_and_unused_ones_come_back_when_a_block_is_closed() {
        let mut rows = vec![granted(0, 1, 3, "a"), granted(1, 4, 6, "b")];
        assert_eq!((last(&rows, FORM, 2026), last(&rows, FORM, 2027), last(&rows, "other", 2026)), (6, 0, 0));
        let seen = [used(1, "a", "p1"), used(4, "b", "p2"), voided(5, "b")];
        let now = one(&rows, &seen);
        assert!(now.good(), "{now:?}");
        assert_eq!((now.granted, now.used, now.open, now.voided.len()), (6, 2, 3, 1));
        rows.push(closed(2, 0, &[2, 3]));
        let now = one(&rows, &seen);
        assert!(now.good(), "{now:?}");
        assert_eq!((now.open, now.voided.len()), (1, 3));
        assert!(now.voided.contains(&(text(2), "检查结束未用".into())));
        // What comes in afterwards on a number that was given back is seen.
        let late = [&seen[..], &[used(2, "a", "p3")]].concat();
        assert_eq!(one(&rows, &late).twice, [text(2)]);
    }

    #[test]
    fn j32_gaps_duplicates_and_foreign_numbers_are_named_as_printed() {
        let rows = [granted(0, 1, 3, "a"), granted(1, 4, 6, "b")];
        assert_eq!(one(&rows, &[used(1, "a", "p1"), used(3, "a", "p2")]).unaccounted, [text(2)]);
        assert_eq!(one(&rows, &[used(1, "a", "p1"), used(1, "a", "p2")]).twice, [text(1)]);
        assert_eq!(one(&rows, &[used(4, "a", "p1")]).strange, [text(4)]);
        // A closing that forgets a number leaves a gap.
        let rows = [granted(0, 1, 3, "a"), closed(1, 0, &[2])];
        assert_eq!(one(&rows, &[used(1, "a", "p1")]).unaccounted, [text(3)]);
    }

    #[test]
    fn j32_numbers_that_somebody_typed_are_counted_apart_and_seen_when_used_twice() {
        let all = account(&[granted(0, 1, 1, "a")], &[used(9, "a", "p1"), used(9, "b", "p2"), used(8, "b", "p3")]);
        assert_eq!((all.len(), all[1].year, all[1].used), (2, None, 2));
        assert_eq!(all[1].twice, [text(9)]);
    }
}
