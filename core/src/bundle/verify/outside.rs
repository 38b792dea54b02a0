//! Witnesses outside the office: who else saw the heads of its log (P5, `docs/formats` §6.1).

use super::logs::HeldLog;
use super::{CheckId, Finding, Verification, layout, limit, time};
use crate::log::{LogReceipt, Outside, Unjudged};
use std::collections::{BTreeMap, BTreeSet};

impl Verification<'_> {
    pub(super) fn outside(&mut self, logs: &[HeldLog]) {
        let receipts: BTreeMap<&str, &LogReceipt> =
            logs.iter().flat_map(|l| &l.receipts).map(|(path, r)| (path.as_str(), r)).collect();
        let mut vouched = BTreeSet::new();
        for path in self.below(layout::OUTSIDE) {
            let Some(bytes) = self.load(&path, limit::LARGE_LIST, None) else { continue };
            let Some(list) = self.list.as_ref() else { break };
            self.out.checked(CheckId::Witnesses, 1);
            let outside = match Outside::open(&bytes, list) {
                Ok(outside) => outside,
                Err(error) => {
                    self.refuse(Finding::OutsideBad, &path, &error);
                    continue;
                }
            };
            let tree = &outside.head.tree;
            let proven =
                |receipt: &String| receipts.get(receipt.as_str()).is_some_and(|r| outside.contains(receipt, r) == Some(true));
            if let Some(wrong) = outside.consistency.keys().find(|r| !proven(r)) {
                self.out.add(Finding::OutsideBad, path, wrong.as_str());
                continue;
            }
            if path != layout::outside(tree.epoch, tree.size) {
                self.out.add(Finding::OutsideBad, path, format!("{}-{}", tree.epoch, tree.size));
                continue;
            }
            for unjudged in &outside.unjudged {
                let detail = match unjudged {
                    Unjudged::Cosignature(name) => name.clone(),
                    Unjudged::Timestamp(at) => format!("RFC 3161, {}", time(*at)),
                };
                self.out.add(Finding::OutsideUnjudged, path.as_str(), detail);
            }
            if outside.is_witnessed() {
                let seen = outside.cosignatures.iter().chain(&outside.timestamps);
                let seen: Vec<String> = seen.map(|s| format!("{} {}", s.name, time(s.at))).collect();
                self.out.add(Finding::WitnessOutside, path.as_str(), format!("< {}: {}", tree.size, seen.join(", ")));
                vouched.extend(outside.consistency.into_keys());
            }
        }
        if logs.iter().any(|l| !vouched.contains(&layout::receipt(&l.log, l.newest))) {
            self.out.add(Finding::OfficeAlone, "", "");
        }
    }
}
