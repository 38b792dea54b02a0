//! Somebody without any key, who has the bundle in hand.

use super::Verdict::{Refused, Stands};
use super::{Damage, Damaged, Group};
use crate::Made;
use crate::bag::{Bag, LIST};
use std::collections::BTreeMap;

/// Every file in turn; what is done to it, and whether BagIt's manifests are mended afterwards, as anybody can.
fn each(bag: &Bag, mend: bool, change: impl Fn(&mut Bag, &str)) -> Vec<Damaged> {
    let tags = ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"];
    let files = bag.paths().into_iter().filter(|path| !(mend && tags.contains(&path.as_str())));
    files
        .map(|path| {
            let mut bag = bag.clone();
            change(&mut bag, &path);
            if mend {
                bag.tag();
            }
            Damaged::zip(path, bag)
        })
        .collect()
}

/// The row for a bit flipped in this file.
fn kind(path: &str) -> &'static str {
    let rows = [
        ("entries.cbor", "a bit flipped: entries"),
        ("life.cbor", "a bit flipped: the log's own life"),
        ("consistency.cbor", "a bit flipped: consistency of checkpoints"),
        ("checkpoint-", "a bit flipped: checkpoint"),
        ("receipt-", "a bit flipped: log receipt"),
        ("enrolment-", "a bit flipped: enrolment"),
        ("revocation-", "a bit flipped: revocation"),
        ("trust.cbor", "a bit flipped: trust list"),
        ("badge/", "a bit flipped: badge"),
        ("assignment.cose", "a bit flipped: assignment"),
        ("pack/", "a bit flipped: pack"),
        ("anchor/", "a bit flipped: time anchor"),
        ("custody/", "a bit flipped: custody receipt"),
        ("access/", "a bit flipped: access record"),
        ("outside/", "a bit flipped: outside witness"),
        ("evidence/", "a bit flipped: sealed evidence"),
        ("paper/", "a bit flipped: paper"),
        ("case.cbor", "a bit flipped: case file"),
        ("bundle.cose", "a bit flipped: signed list"),
        ("verify.html", "a bit flipped: the verifier page"),
    ];
    rows.iter().find(|(part, _)| path.contains(part)).map_or("a bit flipped: BagIt's files", |(_, row)| row)
}

/// In the middle; of entries in the last proof, since their lengths vary with what age draws.
fn flip(bag: &mut Bag, path: &str) {
    let bytes = bag.0.get_mut(path).unwrap();
    let place = if path.ends_with("entries.cbor") { bytes.len() - 10 } else { bytes.len() / 2 };
    bytes[place] ^= 4;
}

pub(super) fn group(made: &Made) -> Group {
    let (bag, open) = (&made.sealed, &made.open);
    // The list itself and the trust list have no digest to compare: their own signatures tell.
    let changed = &["file-changed", "bundle-signature", "trust-unreadable"];
    let added = |path: &'static str| {
        let mut bag = bag.clone();
        bag.put(path, "x");
        Damaged::folder(path, bag, |_| ())
    };
    let [lead, _] = made.folders();
    let swapped = |bag: &Bag, a: String, b: String| {
        let mut bag = bag.clone();
        bag.swap(&a, &b);
        bag.tag();
        Damaged::zip(format!("{a} {b}"), bag)
    };
    let two = |prefix: &str| {
        let found = bag.below(prefix);
        swapped(bag, found[0].clone(), found[1].clone())
    };
    let mut flipped: BTreeMap<&'static str, Vec<Damaged>> = BTreeMap::new();
    for damaged in each(bag, false, flip) {
        flipped.entry(kind(&damaged.what)).or_default().push(damaged);
    }
    let mut damages: Vec<_> = flipped.into_iter().map(|(name, bundles)| Damage::new(name, Refused(changed), bundles)).collect();
    damages.extend([
        Damage::new(
            "a bit flipped, BagIt's manifests mended",
            Refused(&["file-changed", "bundle-signature", "file-malformed"]),
            each(bag, true, flip),
        ),
        Damage::new("a file left out", Refused(&["file-missing"]), each(bag, false, |b, p| _ = b.take(p))),
        Damage::new("a file left out, manifests mended", Refused(&["file-missing"]), each(bag, true, |b, p| _ = b.take(p))),
        Damage::new(
            "a file renamed, manifests mended",
            Refused(&["file-missing"]),
            each(bag, true, |b, p| {
                let bytes = b.take(p);
                b.put(&format!("{p}2"), bytes);
            }),
        ),
        Damage::new(
            "a file cut in half",
            Refused(changed),
            each(bag, false, |b, p| {
                let bytes = b.0.get_mut(p).unwrap();
                bytes.truncate(bytes.len() / 2);
            }),
        ),
        Damage::new("a file emptied", Refused(changed), each(bag, false, |b, p| b.put(p, ""))),
        Damage::new("a byte behind a file", Refused(changed), each(bag, false, |b, p| b.0.get_mut(p).unwrap().push(b'\n'))),
        Damage::new(
            "two files exchanged, manifests mended",
            Refused(changed),
            [
                two("data/evidence/"),
                two("data/custody/"),
                two("data/trust/enrolment-"),
                two(&format!("{lead}checkpoint-")),
                swapped(bag, made.entries()[0].clone(), made.entries()[1].clone()),
            ],
        ),
        Damage::new(
            "a file added",
            Refused(&["file-added"]),
            ["note.txt", "data/evidence/ffffffffffffffffffffffffffffffff.jpg", "data/paper/p2.pdf"].map(added),
        ),
        Damage::new(
            "a file with a name that no bundle has",
            Refused(&["file-name"]),
            ["data/Photo.jpg", "data/a b", "data/照片.jpg"].map(added),
        ),
        Damage::new("fetch.txt added", Refused(&["fetch"]), [added("fetch.txt")]),
        Damage::new(
            "files left by a system",
            Stands(&["file-dropping"]),
            ["data/.DS_Store", "Thumbs.db", "__MACOSX/x"].map(added),
        ),
        Damage::new(
            "the list of an older export put in",
            Refused(changed),
            [{
                let mut mixed = bag.clone();
                mixed.put(LIST, open.0[LIST].clone());
                Damaged::zip("open in sealed", mixed)
            }],
        ),
    ]);
    #[cfg(unix)]
    damages.push(Damage::new(
        "a link in place of a file",
        Refused(&["file-kind"]),
        [
            Damaged::folder("to a file", bag.clone(), |folder| {
                std::fs::remove_file(folder.join("bag-info.txt")).unwrap();
                std::os::unix::fs::symlink("bagit.txt", folder.join("bag-info.txt")).unwrap();
            }),
            Damaged::folder("to a folder", bag.clone(), |folder| {
                std::os::unix::fs::symlink("/", folder.join("data/root")).unwrap()
            }),
        ],
    ));
    Group { name: "By somebody without any key", damages }
}
