//! What a phone makes of the head of the office's log in each signed answer (P5): pure comparison, no store.

use crate::id::Digest;
use crate::log::tree;
use crate::log::{Epoch, OfficeHead};

/// How a head stands to those that were kept, one an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The first of all: kept.
    First,
    /// Of a newer epoch than any that is kept: to be kept once it is proven that the roots began it, knowing what is kept.
    NewEpoch,
    /// The one that is kept.
    Same,
    /// Larger: to be kept once it is proven that the kept one is its prefix.
    Grown,
    /// Smaller, or of an older epoch: the office was set back, or forgets.
    Back,
    /// The same size and another root: the office told two histories.
    Contradicts,
}

/// Compares a head with the newest of each epoch.
pub(crate) fn standing(kept: &[OfficeHead], new: &OfficeHead) -> Standing {
    if kept.iter().any(|k| k.epoch > new.epoch) {
        return Standing::Back;
    }
    match kept.iter().find(|k| k.epoch == new.epoch) {
        None if kept.is_empty() => Standing::First,
        None => Standing::NewEpoch,
        Some(k) if new.size < k.size => Standing::Back,
        Some(k) if new.size > k.size => Standing::Grown,
        Some(k) if new.root == k.root => Standing::Same,
        Some(_) => Standing::Contradicts,
    }
}

/// Whether a new epoch knows of everything that is kept: of the newest kept epoch it names that head or a larger one.
pub(crate) fn follows(epoch: &Epoch, kept: &[OfficeHead]) -> bool {
    let newest = kept.iter().max_by_key(|k| k.epoch);
    newest.is_none_or(|k| {
        epoch.last.iter().any(|l| l.epoch == k.epoch && (l.size > k.size || (l.size == k.size && l.root == k.root)))
    })
}

/// Whether the proof shows that the kept head is a prefix of the grown one.
pub(crate) fn grows(kept: &OfficeHead, grown: &OfficeHead, proof: &[Digest]) -> bool {
    kept.epoch == grown.epoch && tree::is_consistent(kept.size, &kept.root, grown.size, &grown.root, proof)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // tests fail by panicking
mod tests {
    use super::*;

    fn head(epoch: u64, size: u64, root: u8) -> OfficeHead {
        OfficeHead { epoch, size, root: [root; 32] }
    }

    /// P5: epochs are never compared by size; an older epoch after a newer one is a step back.
    #[test]
    fn p5_a_head_stands_to_the_kept_ones() {
        let kept = [head(0, 9, 1), head(1, 5, 2)];
        let stands = |new| standing(&kept, &new);
        assert_eq!(stands(head(1, 5, 2)), Standing::Same);
        assert_eq!(stands(head(1, 5, 3)), Standing::Contradicts);
        assert_eq!(stands(head(1, 6, 3)), Standing::Grown);
        assert_eq!(stands(head(1, 4, 2)), Standing::Back);
        assert_eq!(stands(head(0, 10, 1)), Standing::Back);
        assert_eq!(stands(head(2, 1, 7)), Standing::NewEpoch);
        assert_eq!(standing(&[], &head(0, 0, 0)), Standing::First);
    }

    /// P5: an office cannot leave its past behind by counting epochs.
    #[test]
    fn p5_a_new_epoch_knows_what_was_kept() {
        let begun = |last: Vec<OfficeHead>| Epoch { epoch: 2, at: 0, reason: "restored".into(), last };
        let kept = [head(0, 9, 1), head(1, 5, 2)];
        assert!(follows(&begun(vec![head(1, 5, 2)]), &kept));
        assert!(follows(&begun(vec![head(0, 9, 1), head(1, 7, 3)]), &kept));
        assert!(!follows(&begun(vec![head(1, 4, 2)]), &kept), "it forgets what was answered");
        assert!(!follows(&begun(vec![head(1, 5, 3)]), &kept), "it names another history");
        assert!(!follows(&begun(vec![head(0, 9, 1)]), &kept), "it passes over an epoch");
    }

    /// P5.
    #[test]
    fn p5_growth_needs_a_proof_that_leads_from_root_to_root() {
        let leaves: Vec<Digest> = (0..9u8).map(|n| tree::leaf(&[n])).collect();
        let at = |n: usize| OfficeHead { epoch: 0, size: n as u64, root: tree::root(leaves.get(..n).unwrap()) };
        let proof = tree::consistency(&leaves, 4).unwrap();
        assert!(grows(&at(4), &at(9), &proof));
        assert!(!grows(&at(4), &at(9), &[]));
        assert!(!grows(&head(0, 4, 7), &at(9), &proof), "another history below");
        assert!(!grows(&at(4), &head(0, 9, 7), &proof), "another history above");
        assert!(!grows(&at(4), &OfficeHead { epoch: 1, ..at(9) }, &proof));
    }
}
