//! The table of `docs/proof.md`.

use crate::damage::Verdict;
use crate::judge::Judged;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// More codes than this that only some bundles of a row have are counted, not listed.
const MANY: usize = 12;

/// One row: a kind of damage and what was said of all bundles that were damaged so.
pub struct Row {
    pub group: &'static str,
    pub name: &'static str,
    pub verdict: Verdict,
    pub bundles: usize,
    /// See [`codes`].
    pub codes: (Vec<String>, Vec<String>),
}

/// Codes beyond those of the undamaged bundle: those that every bundle of the row has, then those that some have.
pub fn codes(reports: &[Judged], usual: &Judged) -> (Vec<String>, Vec<String>) {
    let (mut always, mut sometimes) = (Vec::new(), Vec::new());
    for (mark, status) in [('✗', "failed"), ('?', "cannot_judge"), ('!', "warning"), ('·', "note")] {
        let usual = usual.codes(status);
        let new = |report: &'_ Judged| -> BTreeSet<String> {
            report.codes(status).into_iter().filter(|code| !usual.contains(code)).map(str::to_owned).collect()
        };
        let of_each: Vec<_> = reports.iter().map(new).collect();
        for code in of_each.iter().flatten().collect::<BTreeSet<_>>() {
            let everywhere = of_each.iter().all(|codes| codes.contains(code));
            (if everywhere { &mut always } else { &mut sometimes }).push(format!("{mark} `{code}`"));
        }
    }
    (always, sometimes)
}

/// Markdown of all rows.
pub fn markdown(rows: &[Row]) -> String {
    let (mut out, mut group) = (String::new(), "");
    for row in rows {
        if row.group != group {
            group = row.group;
            // Writing to a String does not fail.
            let _ = write!(
                out,
                "\n### {group}\n\n| damage | bundles | verdict | findings: Rust | Python | page |\n|---|---|---|---|---|---|\n"
            );
        }
        let verdict = match row.verdict {
            Verdict::Refused(_) => "not valid",
            Verdict::Unsettled(_) => "cannot judge",
            Verdict::Stands(_) => "valid",
        };
        let (always, sometimes) = &row.codes;
        let sometimes = match sometimes.len() {
            0 => String::new(),
            1..=MANY => format!("by the case also {}", sometimes.join(", ")),
            n => format!("by the file also some of {n} others"),
        };
        let parts: Vec<_> = [always.join(", "), sometimes].into_iter().filter(|part| !part.is_empty()).collect();
        let codes = if parts.is_empty() { "–".to_owned() } else { parts.join("; ") };
        let _ = writeln!(out, "| {} | {} | {verdict} | {codes} | = | = |", row.name, row.bundles);
    }
    out
}
