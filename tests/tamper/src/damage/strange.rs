//! Another office, with keys of its own and phones of its own: everything fits together, and nothing of it is the true office's.

use super::Verdict::{Refused, Unsettled};
use super::{Damage, Damaged, Group};
use crate::Made;
use crate::bag::LIST;

pub(super) fn group(made: &Made) -> Group {
    let stranger = made.strangers();
    let trust = "data/trust/trust.cbor";
    let under_true_roots = {
        let mut bag = stranger.open.clone();
        bag.put(trust, made.trust.clone());
        bag.sign(&stranger.export());
        bag
    };
    let signed_by_stranger = {
        let mut bag = made.open.clone();
        bag.sign(&stranger.export());
        bag
    };
    // One file of the stranger's in the true bundle, packed and signed by the true office's export key.
    let one_file = |path: &String| {
        let mut bag = made.open.clone();
        bag.put(path, stranger.open.0[path].clone());
        bag.sign(&made.export());
        Damaged::zip(path, bag)
    };
    let differing = |prefix: &str, suffix: &str| -> Vec<Damaged> {
        let paths = made.open.below(prefix);
        let other = |path: &&String| stranger.open.0.get(*path).is_some_and(|bytes| *bytes != made.open.0[*path]);
        paths.iter().filter(|path| path.ends_with(suffix)).filter(other).map(one_file).collect()
    };
    let [lead, _] = made.folders();
    let damages = vec![
        Damage::new(
            "the whole case made and signed by a stranger's office",
            Refused(&["another-root"]),
            [Damaged::zip("open", stranger.open.clone()), Damaged::zip("sealed", stranger.sealed.clone())],
        ),
        Damage::new(
            "the same, the true office's trust list put inside",
            Refused(&["bundle-signature"]),
            [Damaged::zip("", under_true_roots)],
        ),
        Damage::new(
            "the true case signed by a stranger's export key",
            Refused(&["bundle-signature"]),
            [Damaged::zip("", signed_by_stranger)],
        ),
        Damage::new(
            "the true case, its list the stranger's",
            Refused(&["bundle-signature", "file-changed"]),
            [{
                let mut bag = made.open.clone();
                bag.put(LIST, stranger.open.0[LIST].clone());
                Damaged::zip("", bag)
            }],
        ),
        Damage::new("the trust list inside is the stranger's", Refused(&["another-root"]), [one_file(&trust.to_owned())]),
        Damage::new(
            "an enrolment issued by the stranger",
            Refused(&["enrolment-signature"]),
            differing("data/trust/enrolment-", ".cose"),
        ),
        Damage::new(
            "a checkpoint under the stranger's enrolment",
            Refused(&["checkpoint-other"]),
            differing(&format!("{lead}checkpoint-"), ".cose"),
        ),
        Damage::new(
            "a receipt of the stranger's office",
            Refused(&["receipt-bad", "receipt-other"]),
            differing(&format!("{lead}receipt-"), ".cbor"),
        ),
        Damage::new(
            "the assignment of the stranger's office",
            Refused(&["assignment-signature", "assignment-other"]),
            differing("data/assignment", ".cose"),
        ),
        Damage::new(
            "entries as the stranger's phone would have them",
            Refused(&["inclusion", "case-head"]),
            differing(&format!("{lead}entries"), ".cbor"),
        ),
        Damage::new(
            "a stranger's trust list is the one that is given",
            Refused(&["another-root"]),
            [Damaged::zip("", made.open.clone()).trusting(stranger.trust.clone())],
        ),
        Damage::new(
            "what is given is no trust list",
            Unsettled(&["trust-given"]),
            [
                Damaged::zip("text", made.open.clone()).trusting(b"no list".to_vec()),
                Damaged::zip("empty", made.open.clone()).trusting(Vec::new()),
            ],
        ),
        Damage::new(
            "another list of the same version is given",
            Refused(&["trust-contradiction"]),
            [Damaged::zip("", made.open.clone()).trusting(made.later(|list| {
                (list.version, list.previous) = (1, None);
                list.organ = "另一个".into();
            }))],
        ),
    ];
    Group { name: "By a stranger's office", damages }
}
