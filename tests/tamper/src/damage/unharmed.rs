//! Time and keys: what must still verify years later, what must not, and clocks that were set.

use super::Verdict::{Refused, Stands};
use super::{Damage, Damaged, Group};
use crate::Made;
use crate::bag::Bag;
use mingzheng_core::trust::TrustList;

pub(super) fn group(made: &Made) -> Group {
    let given = |what: &str, change: fn(&mut TrustList, i64)| {
        let exported = made.exported();
        Damaged::zip(what, made.open.clone()).trusting(made.later(|list| change(list, exported)))
    };
    let set = |by_ms: i64| {
        let case = made.with_clock_set(by_ms);
        Damaged::zip(format!("{by_ms} ms"), case.open.clone())
    };
    let zip = |what: &str, bag: &Bag| Damaged::zip(what, bag.clone());
    let damages = vec![
        Damage::new(
            "nothing is damaged",
            Stands(&[]),
            [
                zip("open", &made.open),
                zip("sealed", &made.sealed),
                Damaged::folder("open, as a folder", made.open.clone(), |_| ()),
                Damaged::folder("sealed, as a folder", made.sealed.clone(), |_| ()),
            ],
        ),
        Damage::new(
            "F40: keys expired and left the list later",
            Stands(&[]),
            [given("no keys left", |list, _| list.keys.clear())],
        ),
        Damage::new(
            "F40: keys suspect only from after the export",
            Stands(&[]),
            [given("every key", |list, exported| list.keys.iter_mut().for_each(|key| key.suspect_since = Some(exported + 1)))],
        ),
        Damage::new(
            "F40: the export key suspect when it signed",
            Refused(&["bundle-signature"]),
            [given("every key at the export", |list, exported| {
                list.keys.iter_mut().for_each(|key| key.suspect_since = Some(exported))
            })],
        ),
        Damage::new(
            "F40: keys suspect from before the case",
            Refused(&["receipt-bad"]),
            [given("every key", |list, exported| {
                list.keys.iter_mut().for_each(|key| key.suspect_since = Some(exported - 172_800_000))
            })],
        ),
        Damage::new("the phone's clock set back", Stands(&["clock-jump", "clock-behind"]), [set(-7_200_000), set(-86_400_000)]),
        Damage::new("the phone's clock set ahead", Stands(&["clock-jump", "clock-ahead"]), [set(86_400_000)]),
    ];
    Group { name: "Keys and clocks", damages }
}
