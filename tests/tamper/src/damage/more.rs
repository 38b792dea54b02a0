//! The rest of what a bundle may hold: recordings, copies, findings, the life of logs, outside witnesses, access, withdrawal, the party's form.

use super::Verdict::{Refused, Stands};
use super::{Damage, Damaged, Group, Verdict};
use crate::Made;
use crate::Wrong;
use crate::bag::{Bag, at, bytes, items};
use mingzheng_core::cbor::Value;

fn flip(bytes: &mut [u8]) {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
}

pub(super) fn group(made: &Made) -> Group {
    let rich = made.rich();
    let anew = |what: &str, change: &dyn Fn(&mut Bag)| {
        let mut bag = rich.open.clone();
        change(&mut bag);
        bag.sign(&made.export());
        Damaged::zip(what, bag)
    };
    let wrong = |name: &'static str, verdict: Verdict, how: Wrong| {
        Damage::new(name, verdict, [Damaged::zip("", made.gone_wrong(how).open.clone())])
    };
    let each = |suffix: &str| -> Vec<String> { rich.open.paths().into_iter().filter(|path| path.ends_with(suffix)).collect() };
    let [lead, _] = rich.folders();
    let outside = rich.open.below("data/outside/")[0].clone();
    let access = rich.open.below("data/access/")[0].clone();
    let (exported, path) = (made.exported(), rich.revocation_path());
    let withdrawn = |at: i64, suspect: Option<i64>| anew("", &|bag| bag.put(&path, rich.revocation(at, suspect)));
    let day = 86_400_000;
    let damages = vec![
        Damage::new(
            "nothing is damaged",
            Stands(&["succeeded", "adopted", "derived", "access", "witness-outside", "witness-party"]),
            [Damaged::zip("open", rich.open.clone()), Damaged::zip("sealed", rich.sealed.clone())],
        ),
        Damage::new(
            "a file left out and the rest signed anew: proofs of older checkpoints",
            Refused(&["file-missing"]),
            [anew("", &|bag| _ = bag.take(&format!("{lead}consistency.cbor")))],
        ),
        Damage::new(
            "a proof of an older checkpoint changed or left out",
            Refused(&["two-histories"]),
            [
                anew("changed", &|bag| {
                    bag.edit(&format!("{lead}consistency.cbor"), |map| {
                        let Value::Map(pairs) = map else { panic!("no map") };
                        let proof = pairs.iter_mut().find(|(_, proof)| *proof != Value::Array(vec![])).unwrap();
                        flip(bytes(&mut items(&mut proof.1)[0]));
                    })
                }),
                anew("left out", &|bag| {
                    bag.edit(&format!("{lead}consistency.cbor"), |map| {
                        let Value::Map(pairs) = map else { panic!("no map") };
                        pairs.pop();
                    })
                }),
            ],
        ),
        Damage::new(
            "the life of a log altered",
            Refused(&["inclusion", "field-changed", "entry-malformed", "entry-order", "entry-chain"]),
            each("life.cbor")
                .iter()
                .map(|path| anew(path, &|bag| bag.edit(path, |list| flip(bytes(&mut items(&mut items(list)[0])[0])))))
                .collect::<Vec<_>>(),
        ),
        Damage::new(
            "the head of an outside witness altered",
            Refused(&["outside-bad"]),
            [
                anew("head", &|bag| bag.edit(&outside, |file| flip(bytes(at(file, "head"))))),
                anew("cosignature", &|bag| {
                    bag.edit(&outside, |file| {
                        let Value::Text(line) = &mut items(at(file, "cosignatures"))[0] else { panic!("no text") };
                        *line = line.replace("witness ", "witness A");
                    })
                }),
                anew("checkpoint", &|bag| {
                    bag.edit(&outside, |file| {
                        let Value::Text(text) = at(file, "checkpoint") else { panic!("no text") };
                        *text = text.replacen("epoch-0", "epoch-1", 1);
                    })
                }),
                anew("a proof", &|bag| {
                    bag.edit(&outside, |file| {
                        let Value::Map(pairs) = at(file, "consistency") else { panic!("no map") };
                        let proof = pairs.iter_mut().find(|(_, proof)| *proof != Value::Array(vec![])).unwrap();
                        flip(bytes(&mut items(&mut proof.1)[0]));
                    })
                }),
                anew("another name", &|bag| {
                    let file = bag.take(&outside);
                    bag.put("data/outside/0-1.cbor", file);
                }),
                anew("text", &|bag| bag.put(&outside, "x")),
            ],
        ),
        Damage::new("the outside witness left out", Stands(&["office-alone"]), [anew("", &|bag| _ = bag.take(&outside))]),
        Damage::new(
            "a record of access altered",
            Refused(&["access-bad"]),
            [
                anew("record", &|bag| bag.edit(&access, |file| flip(bytes(at(file, "record"))))),
                anew("leaf", &|bag| bag.edit(&access, |file| flip(bytes(at(file, "leaf"))))),
                anew("another name", &|bag| {
                    let file = bag.take(&access);
                    bag.put(&format!("data/access/{}.cbor", "11".repeat(32)), file);
                }),
                anew("text", &|bag| bag.put(&access, "x")),
            ],
        ),
        Damage::new(
            "the device withdrawn after the office had everything",
            Stands(&["device-revoked"]),
            [withdrawn(exported, None), withdrawn(exported, Some(exported - day))],
        ),
        Damage::new(
            "the device suspect from before the office received its log",
            Refused(&["key-suspect"]),
            [withdrawn(exported, Some(exported - 3 * day))],
        ),
        Damage::new(
            "a withdrawal altered, or a stranger's",
            Refused(&["revocation-bad"]),
            [
                anew("altered", &|bag| {
                    let mut signed = rich.revocation(exported, None);
                    flip(&mut signed);
                    bag.put(&path, signed);
                }),
                anew("a stranger's", &|bag| bag.put(&path, made.strangers().revocation(exported, None))),
            ],
        ),
        wrong(
            "a part of a recording missing",
            Refused(&["recording-part"]),
            Wrong::Parts(&[(0, 0, 10_000), (2, 20_000, 4_000)], Some(3)),
        ),
        wrong(
            "a part of a recording twice",
            Refused(&["recording-part"]),
            Wrong::Parts(&[(0, 0, 10_000), (0, 10_000, 4_000)], Some(2)),
        ),
        wrong(
            "fewer parts than the recording's end states",
            Refused(&["recording-part"]),
            Wrong::Parts(&[(0, 0, 10_000)], Some(3)),
        ),
        wrong("a gap between parts", Stands(&["recording-gap"]), Wrong::Parts(&[(0, 0, 10_000), (1, 15_000, 4_000)], Some(2))),
        wrong("a recording without an end", Stands(&["recording-open"]), Wrong::Parts(&[(0, 0, 10_000)], None)),
        wrong(
            "a finding names evidence that there is not",
            Refused(&["finding-evidence"]),
            Wrong::Finding(&["ffffffffffffffffffffffffffffffff"]),
        ),
        wrong("a finding without evidence", Stands(&["finding-bare"]), Wrong::Finding(&[])),
        wrong(
            "a copy of evidence that there is not",
            Refused(&["derived-from"]),
            Wrong::CopyOf("ffffffffffffffffffffffffffffffff"),
        ),
        wrong("the party holds another checkpoint", Refused(&["two-histories"]), Wrong::PartyHolds([7; 32])),
        wrong("closed without a witness", Stands(&["closed-unwitnessed"]), Wrong::Alone),
        wrong(
            "signed by hand: photographs of another paper",
            Refused(&["paper-ink"]),
            Wrong::Inked(Some([9; 32]), &["01010101010101010101010101010101"]),
        ),
        wrong(
            "signed by hand: a photograph that is no evidence of the case",
            Refused(&["paper-ink"]),
            Wrong::Inked(None, &["01010101010101010101010101010101", "ffffffffffffffffffffffffffffffff"]),
        ),
        wrong("signed by hand: no photograph", Refused(&["paper-ink"]), Wrong::Inked(None, &[])),
        wrong("moved to a pack that is not in the bundle", Stands(&["pack-none"]), Wrong::MovedTo([6; 32])),
        wrong("the next log states another root", Refused(&["succession-broken"]), Wrong::HeirOfAnotherRoot),
        wrong("the next log adopts another tail", Refused(&["inclusion"]), Wrong::HeirOfAnotherTail),
        wrong("a rotation that the old log does not name", Refused(&["succession-broken"]), Wrong::HeirUnnamed),
        Damage::new(
            "for the party: a photograph withheld, its place proven",
            Stands(&["media-withheld"]),
            [Damaged::zip("", made.for_party())],
        ),
        Damage::new(
            "a photograph left out that the list does not call withheld",
            Refused(&["media-missing"]),
            [{
                let mut bag = made.for_party();
                bag.sign_with(&made.export(), |list| {
                    let Value::Map(pairs) = list else { panic!("no map") };
                    pairs.retain(|(key, _)| *key != Value::from("withheld"));
                });
                Damaged::zip("", bag)
            }],
        ),
    ];
    Group { name: "Recordings, copies, witnesses, withdrawal, successors", damages }
}
