//! Facts and the evidence that they rest on (R28).

use super::evidence::name;
use super::words::time;
use mingzheng_core::inspection::{FactSource, Inspection};
use mingzheng_core::pack::Pack;

/// An alleged fact.
pub(in crate::console) struct Fact {
    /// Number of the finding, or the checklist item's.
    pub no: String,
    /// The fact.
    pub text: String,
    /// Names of the evidence with the anchor of a photo.
    pub evidence: Vec<(String, Option<usize>)>,
    /// Nothing supports it.
    pub bare: bool,
    /// That was confirmed when it was recorded.
    pub unproven: bool,
    /// When.
    pub at: String,
}

/// The table: findings, then items answered 不合格 that no finding names.
pub(super) fn facts(i: &Inspection, pack: Option<&Pack>) -> Vec<Fact> {
    let supported = |id: &String| {
        let e = i.evidence.iter().find(|e| e.id == *id)?;
        Some((name(i, e), (e.number > 0).then_some(e.number)))
    };
    i.facts()
        .into_iter()
        .map(|f| {
            let (no, at) = match &f.source {
                FactSource::Finding(n) => (n.to_string(), i.findings.get(n.saturating_sub(1)).map(|f| f.at)),
                FactSource::Item(id) => {
                    let no = pack.and_then(|p| p.item(id)).map_or_else(|| id.clone(), |row| format!("{id} {}", row.text.zh));
                    (no, i.answers.get(id).map(|a| a.at))
                }
            };
            let evidence: Vec<_> = f.evidence.iter().filter_map(supported).collect();
            let bare = evidence.is_empty();
            Fact {
                no,
                text: f.text,
                evidence,
                bare,
                unproven: f.unproven,
                at: at.map(|a| time(a.ms, a.zone_min)).unwrap_or_default(),
            }
        })
        .collect()
}
