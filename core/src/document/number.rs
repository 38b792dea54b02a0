//! 文号 and 编号 (卫生行政执法文书规范; J32): patterns, blocks handed to devices, and the account of every number.
//!
//! A device that is offline takes numbers from its own block, so no two papers get one number. A number that was taken and not used is
//! voided with a reason. [`Register::audit`] names what is left: numbers used twice, used outside their holder's block, or unaccounted for.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Most numbers in one block.
pub const MAX_BLOCK: u32 = 10_000;

/// Why a number was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// A pattern has one `{n}` and may have `{area}`, `{year}` and a width, as in `{n:4}`.
    #[error("the pattern cannot be read: one {{n}}, and {{area}}, {{year}} at will")]
    Pattern,
    /// A block has 1 to 10,000 numbers and must end below 2^32.
    #[error("a block has 1 to {MAX_BLOCK} numbers")]
    Block,
    /// A voided number needs its reason.
    #[error("a voided number needs a reason")]
    NoReason,
    /// All numbers of the block are accounted for: ask the office for another.
    #[error("the block is used up")]
    UsedUp,
}

/// How a number is written: `{area}卫公罚〔{year}〕{n}号`, `{year}-{n:4}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Area,
    Year,
    N(usize),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`NumberError::Pattern`].
    pub fn read(written: &str) -> Result<Self, NumberError> {
        let mut parts = Vec::new();
        let mut rest = written;
        while let Some((text, tail)) = rest.split_once('{') {
            let (slot, after) = tail.split_once('}').ok_or(NumberError::Pattern)?;
            if !text.is_empty() {
                parts.push(Part::Text(text.to_owned()));
            }
            parts.push(match slot.split_once(':') {
                None if slot == "area" => Part::Area,
                None if slot == "year" => Part::Year,
                None if slot == "n" => Part::N(0),
                Some(("n", width)) => Part::N(width.parse().ok().filter(|w| (1..=10).contains(w)).ok_or(NumberError::Pattern)?),
                _ => return Err(NumberError::Pattern),
            });
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        let bad = |part: &Part| matches!(part, Part::Text(text) if text.contains('}') || text.chars().any(char::is_control));
        if parts.iter().any(bad) || parts.iter().filter(|part| matches!(part, Part::N(_))).count() != 1 {
            return Err(NumberError::Pattern);
        }
        Ok(Self(parts))
    }

    /// The number as it is printed; `area` is the 地区简称 of the organ.
    #[must_use]
    pub fn write(&self, area: &str, year: u16, n: u32) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Area => area.to_owned(),
            Part::Year => year.to_string(),
            Part::N(width) => format!("{n:0width$}"),
        };
        self.0.iter().map(part).collect()
    }
}

/// Numbers of one series and year that one device may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// The series: a form's id, or the name under which several forms count together.
    pub series: String,
    /// Year.
    pub year: u16,
    /// First number.
    pub first: u32,
    /// Last number.
    pub last: u32,
    /// Who uses it: a device's log id, or `office`.
    pub holder: String,
}

/// What became of a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fate {
    /// It stands on this paper.
    Used {
        /// Id of the paper.
        paper: String,
    },
    /// 作废: it stands on no paper that counts.
    Voided {
        /// Why.
        reason: String,
    },
}

/// A number and what became of it, as its holder reports it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The series.
    pub series: String,
    /// Year.
    pub year: u16,
    /// The number.
    pub n: u32,
    /// Who reports it.
    pub holder: String,
    /// What became of it.
    pub fate: Fate,
}

/// What an audit found in one series and year; nothing found is what must be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// On two papers, or on a paper and voided.
    pub twice: Vec<u32>,
    /// Used by somebody whose block it is not.
    pub strange: Vec<u32>,
    /// Below the last number reported of its block (or in a closed block) and not reported at all.
    pub unaccounted: Vec<u32>,
}

/// The account of all numbers of an office.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    blocks: Vec<Block>,
    /// Blocks of which no more numbers will come: the year is over, the device was given back.
    closed: Vec<Block>,
    reports: Vec<Report>,
}

impl Register {
    /// A fresh block after all blocks of the series and year.
    ///
    /// # Errors
    /// [`NumberError::Block`].
    pub fn grant(&mut self, series: &str, year: u16, holder: &str, count: u32) -> Result<Block, NumberError> {
        let last = self.blocks.iter().filter(|b| b.series == series && b.year == year).map(|b| b.last).max().unwrap_or(0);
        let (true, Some(end)) = ((1..=MAX_BLOCK).contains(&count), last.checked_add(count)) else {
            return Err(NumberError::Block);
        };
        let block = Block { series: series.to_owned(), year, first: last + 1, last: end, holder: holder.to_owned() };
        self.blocks.push(block.clone());
        Ok(block)
    }

    /// Takes a report; one that is known already changes nothing, one that contradicts is kept too and found by the audit.
    ///
    /// # Errors
    /// [`NumberError::NoReason`].
    pub fn report(&mut self, report: Report) -> Result<(), NumberError> {
        if matches!(&report.fate, Fate::Voided { reason } if reason.trim().is_empty()) {
            return Err(NumberError::NoReason);
        }
        if !self.reports.contains(&report) {
            self.reports.push(report);
        }
        Ok(())
    }

    /// No more numbers will come of this block: what is left of it must be voided.
    pub fn close(&mut self, block: &Block) {
        if self.blocks.contains(block) && !self.closed.contains(block) {
            self.closed.push(block.clone());
        }
    }

    /// The next number of a block: after the last one of which anything is known, so that an unreported one is never given again.
    ///
    /// # Errors
    /// [`NumberError::UsedUp`].
    pub fn next(&self, block: &Block) -> Result<u32, NumberError> {
        let next = self.within(block).max().map_or(block.first, |n| n.saturating_add(1));
        if next > block.last { Err(NumberError::UsedUp) } else { Ok(next) }
    }

    fn within<'a>(&'a self, block: &'a Block) -> impl Iterator<Item = u32> + 'a {
        let of = |r: &&Report| r.series == block.series && r.year == block.year && (block.first..=block.last).contains(&r.n);
        self.reports.iter().filter(of).map(|r| r.n)
    }

    /// What is wrong in a series and year.
    #[must_use]
    pub fn audit(&self, series: &str, year: u16) -> Audit {
        let mut fates: BTreeMap<u32, Vec<&Report>> = BTreeMap::new();
        for report in self.reports.iter().filter(|r| r.series == series && r.year == year) {
            fates.entry(report.n).or_default().push(report);
        }
        let blocks: Vec<_> = self.blocks.iter().filter(|b| b.series == series && b.year == year).collect();
        let own = |r: &Report| blocks.iter().any(|b| b.holder == r.holder && (b.first..=b.last).contains(&r.n));
        // Two voidings of one number are one number that was not used.
        let contradict = |reports: &[&Report]| {
            let paper = |r: &&&Report| if let Fate::Used { paper } = &r.fate { Some(paper.clone()) } else { None };
            let papers: BTreeSet<String> = reports.iter().filter_map(|r| paper(&r)).collect();
            papers.len() > 1 || (!papers.is_empty() && reports.iter().any(|r| paper(&r).is_none()))
        };
        let missing = blocks.iter().flat_map(|block| {
            let end = if self.closed.contains(block) { Some(block.last) } else { self.within(block).max() };
            (block.first..=end.unwrap_or(0)).filter(|n| !fates.contains_key(n)).collect::<Vec<_>>()
        });
        Audit {
            twice: fates.iter().filter(|(_, reports)| contradict(reports)).map(|(n, _)| *n).collect(),
            strange: fates.iter().filter(|(_, reports)| reports.iter().any(|r| !own(r))).map(|(n, _)| *n).collect(),
            unaccounted: missing.collect(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failing test should stop here")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn used(block: &Block, n: u32, paper: &str) -> Report {
        let fate = Fate::Used { paper: paper.to_owned() };
        Report { series: block.series.clone(), year: block.year, n, holder: block.holder.clone(), fate }
    }

    fn voided(block: &Block, n: u32, reason: &str) -> Report {
        Report { fate: Fate::Voided { reason: reason.to_owned() }, ..used(block, n, "") }
    }

    #[test]
    fn j32_numbers_are_written_as_the_pattern_says() {
        let write = |pattern: &str| Pattern::read(pattern).unwrap().write("青", 2026, 17);
        assert_eq!(write("{area}卫公罚〔{year}〕{n}号"), "青卫公罚〔2026〕17号");
        assert_eq!(write("{year}-{n:4}"), "2026-0017");
        for bad in ["", "无", "{year}", "{n}{n}", "{n", "n}", "{n:0}", "{n:x}", "{N}", "{n}\u{7}", "{n}{area"] {
            assert_eq!(Pattern::read(bad), Err(NumberError::Pattern), "{bad}");
        }
    }

    #[test]
    fn j32_a_voided_number_is_recorded_and_a_silent_gap_is_found() {
        let mut register = Register::default();
        let block = register.grant("xingzheng-chufa", 2026, "phone-1", 5).unwrap();
        assert_eq!(register.next(&block), Ok(1));
        register.report(used(&block, 1, "a")).unwrap();
        register.report(used(&block, 3, "b")).unwrap();
        assert_eq!(register.next(&block), Ok(4));
        assert_eq!(register.audit("xingzheng-chufa", 2026), Audit { unaccounted: vec![2], ..Audit::default() });
        assert_eq!(register.report(voided(&block, 2, " ")), Err(NumberError::NoReason));
        register.report(voided(&block, 2, "打印时卡纸，文书作废")).unwrap();
        assert_eq!(register.audit("xingzheng-chufa", 2026), Audit::default());
        // What is left of a block is no gap while its phone may still use it, and one when the block is closed.
        register.close(&block);
        assert_eq!(register.audit("xingzheng-chufa", 2026).unaccounted, [4, 5]);
        for n in [4, 5] {
            register.report(voided(&block, n, "年度终了未用")).unwrap();
        }
        assert_eq!(register.audit("xingzheng-chufa", 2026), Audit::default());
        assert_eq!(register.next(&block), Err(NumberError::UsedUp));
    }

    #[test]
    fn j32_a_number_on_two_papers_or_out_of_a_foreign_block_is_found() {
        let mut register = Register::default();
        let first = register.grant("s", 2026, "phone-1", 2).unwrap();
        let second = register.grant("s", 2026, "phone-2", 2).unwrap();
        register.report(used(&first, 1, "a")).unwrap();
        // The second phone mirrors the first one's report: the same paper is not two.
        register.report(used(&first, 1, "a")).unwrap();
        assert_eq!(register.audit("s", 2026), Audit::default());
        register.report(used(&first, 1, "b")).unwrap();
        assert_eq!(register.audit("s", 2026).twice, [1]);
        register.report(used(&second, 2, "c")).unwrap();
        assert_eq!(register.audit("s", 2026).strange, [2]);
        register.report(voided(&first, 2, "作废")).unwrap();
        assert_eq!(register.audit("s", 2026).twice, [1, 2]);
        for count in [0, MAX_BLOCK + 1] {
            assert_eq!(register.grant("s", 2026, "phone-1", count), Err(NumberError::Block));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Phones that hear nothing of each other, in any order, void or use: no number twice, none lost, none strange.
        #[test]
        fn j32_offline_devices_never_share_a_number(steps in prop::collection::vec((0usize..4, any::<bool>()), 1..80)) {
            let mut office = Register::default();
            let mut phones: Vec<(Register, Block)> = Vec::new();
            for holder in ["a", "b", "c", "d"] {
                let block = office.grant("s", 2026, holder, 3).unwrap();
                phones.push((Register::default(), block));
            }
            let mut written = std::collections::BTreeSet::new();
            for (step, (phone, uses)) in steps.into_iter().enumerate() {
                let (own, block) = &mut phones[phone];
                let Ok(n) = own.next(block) else {
                    *block = office.grant("s", 2026, &block.holder, 3).unwrap();
                    continue;
                };
                let report = if uses { used(block, n, &format!("{step}")) } else { voided(block, n, "废") };
                prop_assert!(written.insert(n));
                own.report(report.clone()).unwrap();
                office.report(report).unwrap();
            }
            prop_assert_eq!(office.audit("s", 2026), Audit::default());
        }
    }
}
