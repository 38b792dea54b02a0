//! Papers that were signed by hand: the photographs of their pages are evidence of the case, and the paper is one of the case (P8).

use super::entries::Held;
use super::logs::HeldLog;
use super::{CheckId, Finding, Verification};
use crate::cbor::Value;
use crate::id::Digest;
use std::collections::BTreeSet;

impl Verification<'_> {
    pub(super) fn ink(&mut self, logs: &[HeldLog]) {
        let of_kind = |kind: &'static str| {
            logs.iter().flat_map(|l| l.entries.iter().map(move |e| (l, e))).filter(move |(_, e)| e.kind == kind)
        };
        let evidence: BTreeSet<&str> = of_kind("evidence.captured").filter_map(|(_, e)| e.text("id")).collect();
        let facts: Vec<(Digest, Option<&str>)> =
            of_kind("document.facts").filter_map(|(_, e)| Some((e.digest("digest")?, e.text("paper")))).collect();
        for (log, e) in of_kind("document.ink") {
            self.out.checked(CheckId::Documents, 1);
            if let Some(why) = misfit(e, &facts, &evidence) {
                self.out.add(Finding::PaperInk, log.subject(e), why);
            }
        }
    }
}

/// What of the entry names nothing in the bundle; withheld fields say nothing.
fn misfit(e: &Held, facts: &[(Digest, Option<&str>)], evidence: &BTreeSet<&str>) -> Option<&'static str> {
    let fits = |digest: Digest| {
        facts.iter().any(|(d, paper)| *d == digest && (paper.is_none() || e.text("paper").is_none() || *paper == e.text("paper")))
    };
    if e.digest("facts").is_some_and(|digest| !fits(digest)) {
        return Some("facts");
    }
    let Some(Value::Array(pages)) = e.field("pages") else { return None };
    let mut seen = BTreeSet::new();
    let each = pages.iter().all(|page| match page {
        Value::Text(id) => evidence.contains(id.as_str()) && seen.insert(id.as_str()),
        _ => false,
    });
    (pages.is_empty() || !each).then_some("pages")
}
