//! Facts and the evidence that they rest on (R28).

use super::words::time;
use mingzheng_core::inspection::Inspection;
use std::collections::BTreeMap;

/// A finding.
pub(in crate::console) struct Finding {
    /// The fact.
    pub text: String,
    /// Numbers of photos.
    pub photos: Vec<usize>,
    /// When.
    pub at: String,
}

/// Findings in order.
pub(super) fn findings(i: &Inspection, numbers: &BTreeMap<&str, usize>) -> Vec<Finding> {
    let numbered = |ids: &[String]| ids.iter().filter_map(|id| numbers.get(id.as_str()).copied()).collect();
    i.findings
        .iter()
        .map(|f| Finding { text: f.text.clone(), photos: numbered(&f.evidence), at: time(f.at.ms, f.at.zone_min) })
        .collect()
}
