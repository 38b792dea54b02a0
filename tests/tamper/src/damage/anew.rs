//! The office itself, or who holds its export key: the case is packed again and the list signed anew. The phones' signatures and the receipts tell.

use super::Verdict::{Refused, Stands, Unsettled};
use super::{Damage, Damaged, Group, Verdict};
use crate::Made;
use crate::bag::{Bag, at, bytes, items};
use mingzheng_core::cbor::{self, Value};
use mingzheng_core::id::{hex, sha256};
use mingzheng_core::sign;

/// A change and which of its kind it is.
type Change<'a> = (String, Box<dyn FnOnce(&mut Bag) + 'a>);

struct Anew<'a> {
    made: &'a Made,
    rows: Vec<Damage>,
}

impl Anew<'_> {
    fn one(&self, bag: &Bag, what: impl Into<String>, change: impl FnOnce(&mut Bag)) -> Damaged {
        let mut bag = bag.clone();
        change(&mut bag);
        bag.sign(&self.made.export());
        Damaged::zip(what, bag)
    }
    /// A row of changes to the open bundle, each with its name.
    fn row(&mut self, name: &'static str, verdict: Verdict, changes: Vec<Change<'_>>) {
        let bundles: Vec<_> = changes.into_iter().map(|(what, change)| self.one(&self.made.open, what, change)).collect();
        self.rows.push(Damage::new(name, verdict, bundles));
    }
    /// The same change at each of so many places of the lead's entries.
    fn entries(&mut self, name: &'static str, verdict: Verdict, n: usize, change: impl Fn(&mut Vec<Value>, usize)) {
        let path = self.made.entries()[0].clone();
        let bundles: Vec<_> = (0..n)
            .map(|i| self.one(&self.made.open, format!("#{i}"), |bag| bag.edit(&path, |list| change(items(list), i))))
            .collect();
        self.rows.push(Damage::new(name, verdict, bundles));
    }
    /// Each file below a prefix is changed.
    fn files(&mut self, name: &'static str, verdict: Verdict, prefix: &str, change: impl Fn(&mut Bag, &str)) {
        let paths = self.made.open.below(prefix);
        let bundles: Vec<_> = paths.iter().map(|path| self.one(&self.made.open, path, |bag| change(bag, path))).collect();
        self.rows.push(Damage::new(name, verdict, bundles));
    }
}

macro_rules! changes {
    ($($what:expr => $change:expr),* $(,)?) => { vec![$(($what.to_string(), Box::new($change) as Box<dyn FnOnce(&mut Bag)>)),*] };
}

/// Item: header, disclosures, proof.
fn part(item: &mut Value, n: usize) -> &mut Value {
    &mut items(item)[n]
}

fn header(item: &mut Value, change: impl FnOnce(&mut Value)) {
    let raw = bytes(part(item, 0));
    let mut value = cbor::decode(raw).unwrap();
    change(&mut value);
    *raw = cbor::encode(&value).unwrap();
}

fn field(item: &mut Value, n: usize, change: impl FnOnce(&mut Vec<Value>)) {
    let raw = bytes(&mut items(part(item, 1))[n]);
    let mut value = cbor::decode(raw).unwrap();
    change(items(&mut value));
    *raw = cbor::encode(&value).unwrap();
}

fn flip(bytes: &mut [u8]) {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
}

pub(super) fn group(made: &Made) -> Group {
    let mut anew = Anew { made, rows: Vec::new() };
    entries(&mut anew);
    checkpoints(&mut anew);
    evidence(&mut anew);
    office(&mut anew);
    Group { name: "By the office itself: packed again and signed by its export key", damages: anew.rows }
}

fn entries(anew: &mut Anew<'_>) {
    let made = anew.made;
    let [path, second] = made.entries();
    let n = {
        let mut list = cbor::decode(&made.open.0[&path]).unwrap();
        items(&mut list).len()
    };
    let order = Refused(&["entry-order"]);
    let missing = Refused(&["entry-order", "case-head"]);
    anew.entries("an entry left out", missing, n, |list, i| _ = list.remove(i));
    anew.entries("an entry left out, those behind it numbered anew", Refused(&["inclusion"]), n - 1, |list, i| {
        list.remove(i);
        for (number, item) in list.iter_mut().enumerate().skip(i) {
            header(item, |h| *at(h, 6) = (number as i64).into());
        }
    });
    anew.entries("the last entries left out", missing, n - 1, |list, i| list.truncate(i + 1));
    anew.entries("an entry twice", order, n, |list, i| list.insert(i, list[i].clone()));
    anew.entries("two entries exchanged", order, n - 1, |list, i| list.swap(i, i + 1));
    anew.row(
        "an entry of another log or case put in",
        Refused(&["entry-other"]),
        changes! {
            "another log" => |bag: &mut Bag| {
                let mut other = cbor::decode(&bag.0[&second]).unwrap();
                let foreign = items(&mut other)[0].clone();
                bag.edit(&path, |list| items(list).insert(2, foreign));
            },
            "another case" => |bag: &mut Bag| bag.edit(&path, |list| items(list).insert(5, made.entry_of_another_case())),
        },
    );
    anew.row(
        "an entry made up and put at the end",
        Refused(&["inclusion"]),
        changes! {
            "a copy that fits the chain" => |bag: &mut Bag| bag.edit(&path, |list| {
                let list = items(list);
                let mut copy = list[list.len() - 1].clone();
                let before = sha256(bytes(part(&mut copy, 0)));
                header(&mut copy, |h| {
                    for (key, add) in [(3, 1), (6, 1)] {
                        let Value::Int(n) = at(h, key) else { panic!("no number") };
                        *n += add;
                    }
                    (*at(h, 4), *at(h, 7)) = (before.into(), before.into());
                });
                list.push(copy);
            }),
        },
    );
    let edited = Refused(&["inclusion", "entry-malformed", "field-changed"]);
    anew.entries("a header changed: kind", edited, n, |list, i| header(&mut list[i], |h| *at(h, 8) = "note.added".into()));
    anew.entries("a header changed: time", edited, n, |list, i| {
        header(&mut list[i], |h| items(at(h, 10))[0] = 1_795_305_600_000_i64.into());
    });
    anew.entries("a header changed: who", edited, n, |list, i| header(&mut list[i], |h| *at(h, 11) = vec![1; 16].into()));
    let changed = Refused(&["field-changed"]);
    anew.entries("a field changed", changed, n, |list, i| field(&mut list[i], 0, |f| f[2] = "another".into()));
    anew.entries("a field under another name", changed, n, |list, i| field(&mut list[i], 0, |f| f[1] = "another".into()));
    anew.entries("the salt of a field changed", changed, n, |list, i| field(&mut list[i], 0, |f| flip(bytes(&mut f[0]))));
    anew.entries("a field twice", changed, n, |list, i| {
        let fields = items(part(&mut list[i], 1));
        fields.push(fields[0].clone());
    });
    anew.entries("the fields of two entries exchanged", changed, n - 1, |list, i| {
        let a = part(&mut list[i], 1).clone();
        let b = std::mem::replace(part(&mut list[i + 1], 1), a);
        *part(&mut list[i], 1) = b;
    });
    let proof = Refused(&["inclusion"]);
    anew.entries("a proof changed", proof, n, |list, i| flip(bytes(&mut items(part(&mut list[i], 2))[0])));
    anew.entries("a proof shorter", proof, n, |list, i| _ = items(part(&mut list[i], 2)).pop());
    anew.entries("a proof longer", proof, n, |list, i| items(part(&mut list[i], 2)).push(vec![0; 32].into()));
    anew.row(
        "the list of entries is no list of entries",
        Refused(&["entry-malformed"]),
        changes! {
            "text" => |bag: &mut Bag| bag.put(&path, "hello"),
            "empty file" => |bag: &mut Bag| bag.put(&path, ""),
            "indefinite length" => |bag: &mut Bag| bag.put(&path, [0x9f, 0xff]),
            "deep" => |bag: &mut Bag| bag.put(&path, vec![0x81; 5000]),
            "huge count" => |bag: &mut Bag| bag.put(&path, [0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            "null items" => |bag: &mut Bag| bag.put(&path, [0x82, 0xf6, 0xf6]),
            "a byte behind it" => |bag: &mut Bag| bag.0.get_mut(&path).unwrap().push(0),
        },
    );
    anew.row("no entries", Refused(&["no-entries"]), changes! { "" => |bag: &mut Bag| bag.put(&path, [0x80]) });
    anew.entries("a field withheld", Stands(&["field-withheld"]), 2, |list, i| _ = items(part(&mut list[i + 1], 1)).pop());
}

fn checkpoints(anew: &mut Anew<'_>) {
    let made = anew.made;
    let [lead, second] = made.folders();
    let newest = made.newest();
    let path = |n: u64| format!("{lead}checkpoint-{n}.cose");
    let other = made.open.one(&second, ".cose");
    let receipt = format!("{lead}receipt-{newest}.cbor");
    let others_receipt = made.open.below(&format!("{second}receipt-"))[0].clone();
    anew.row(
        "the newest checkpoint left out",
        Refused(&["no-receipt"]),
        changes! {
            "" => |bag: &mut Bag| _ = bag.take(&path(newest)),
        },
    );
    anew.row(
        "a checkpoint that a paper names left out",
        Refused(&["paper-checkpoint"]),
        changes! {
            "C1" => |bag: &mut Bag| _ = bag.take(&path(newest - 2)),
            "C2" => |bag: &mut Bag| _ = bag.take(&path(newest - 1)),
        },
    );
    anew.row(
        "an older checkpoint called the newest",
        Refused(&["no-receipt"]),
        changes! {
            "" => |bag: &mut Bag| {
                let log = lead.split('/').nth(2).unwrap();
                bag.edit("data/case.cbor", |case| *at(at(case, "newest"), log) = (newest as i64 - 1).into());
            },
        },
    );
    anew.row(
        "a checkpoint of another log",
        Refused(&["checkpoint-signature"]),
        changes! {
            "" => |bag: &mut Bag| bag.put(&path(newest), made.open.0[&other].clone()),
        },
    );
    anew.row(
        "a checkpoint under another number",
        Refused(&["checkpoint-other"]),
        changes! {
            "exchanged" => |bag: &mut Bag| bag.swap(&path(newest - 1), &path(newest)),
            "copied" => |bag: &mut Bag| bag.put(&path(newest + 1), made.open.0[&path(newest)].clone()),
        },
    );
    anew.row(
        "a checkpoint altered",
        Refused(&["checkpoint-signature"]),
        changes! {
            "a bit" => |bag: &mut Bag| flip(bag.0.get_mut(&path(newest)).unwrap()),
            "cut" => |bag: &mut Bag| bag.0.get_mut(&path(newest)).unwrap().truncate(100),
            "empty" => |bag: &mut Bag| bag.put(&path(newest), ""),
        },
    );
    let forked = made.with_two_histories();
    let histories = |what: &str, bag: &Bag| {
        let mut bag = bag.clone();
        bag.sign(&forked.export());
        Damaged::zip(what, bag)
    };
    anew.rows.push(Damage::new("two histories signed by one phone", Refused(&["two-histories"]), [histories("", &forked.open)]));
    anew.rows.push(Damage::new(
        "the case cut off at an older, truly receipted checkpoint; another phone saw more",
        Unsettled(&["tail-missing"]),
        [anew.one(&made.cut_off(1, Some(8)), "seen 8", |bag| strip_evidence(made, bag))],
    ));
    anew.rows.push(Damage::new(
        "the same; nobody outside saw more",
        Stands(&["not-closed"]),
        [anew.one(&made.cut_off(1, None), "", |bag| strip_evidence(made, bag))],
    ));
    anew.row("a receipt left out", Refused(&["no-receipt"]), changes! { "" => |bag: &mut Bag| _ = bag.take(&receipt) });
    anew.row(
        "the receipts of two logs exchanged",
        Refused(&["receipt-other"]),
        changes! {
            "" => |bag: &mut Bag| bag.swap(&receipt, &others_receipt),
        },
    );
    anew.row(
        "a receipt altered",
        Refused(&["receipt-bad"]),
        changes! {
            "its leaf" => |bag: &mut Bag| bag.edit(&receipt, |r| flip(bytes(at(r, "leaf")))),
            "its signature" => |bag: &mut Bag| bag.edit(&receipt, |r| {
                let cose = bytes(at(r, "receipt"));
                *cose.last_mut().unwrap() ^= 1;
            }),
            "its proof" => |bag: &mut Bag| bag.edit(&receipt, |r| flip(bytes(at(r, "receipt")))),
            "no receipt at all" => |bag: &mut Bag| bag.put(&receipt, "x"),
            "a field more" => |bag: &mut Bag| bag.edit(&receipt, |r| *at(r, "zz") = 1.into()),
        },
    );
    let enrolments = made.open.below("data/trust/enrolment-");
    anew.row(
        "the enrolments of two phones exchanged",
        Refused(&["enrolment-other"]),
        changes! {
            "" => |bag: &mut Bag| bag.swap(&enrolments[0], &enrolments[1]),
        },
    );
    anew.row(
        "an enrolment left out",
        Refused(&["file-missing"]),
        changes! { "" => |bag: &mut Bag| _ = bag.take(&enrolments[0]) },
    );
    anew.row(
        "an enrolment altered",
        Refused(&["enrolment-signature"]),
        changes! {
            "" => |bag: &mut Bag| flip(bag.0.get_mut(&enrolments[0]).unwrap()),
        },
    );
    anew.row(
        "a whole log left out",
        Refused(&["log-missing", "case-file", "media-foreign"]),
        changes! {
            "its files" => |bag: &mut Bag| for path in bag.below(&lead) { bag.take(&path); },
            "its files and its mention" => |bag: &mut Bag| {
                for path in bag.below(&lead) { bag.take(&path); }
                let log = lead.split('/').nth(2).unwrap();
                bag.edit("data/case.cbor", |case| {
                    items(at(case, "logs")).remove(0);
                    let Value::Map(newest) = at(case, "newest") else { panic!("no map") };
                    newest.retain(|(key, _)| *key != Value::from(log));
                });
            },
            "its mention" => |bag: &mut Bag| {
                let log = second.split('/').nth(2).unwrap();
                bag.edit("data/case.cbor", |case| {
                    items(at(case, "logs")).pop();
                    let Value::Map(newest) = at(case, "newest") else { panic!("no map") };
                    newest.retain(|(key, _)| *key != Value::from(log));
                });
            },
        },
    );
    anew.row(
        "the case file altered",
        Refused(&["case-file", "file-malformed", "file-missing"]),
        changes! {
            "another case" => |bag: &mut Bag| bag.edit("data/case.cbor", |case| *at(case, "case") = vec![1; 16].into()),
            "a field more" => |bag: &mut Bag| bag.edit("data/case.cbor", |case| *at(case, "zz") = 1.into()),
            "no logs" => |bag: &mut Bag| bag.edit("data/case.cbor", |case| {
                *at(case, "logs") = Value::Array(vec![]);
                *at(case, "newest") = Value::Map(vec![]);
            }),
            "left out" => |bag: &mut Bag| _ = bag.take("data/case.cbor"),
            "text" => |bag: &mut Bag| bag.put("data/case.cbor", "x"),
        },
    );
}

/// What a bundle without the later entries may not hold.
fn strip_evidence(made: &Made, bag: &mut Bag) {
    let kept = cbor::decode(&bag.0[&made.entries()[0]]).unwrap();
    let text = cbor::encode(&kept).unwrap();
    for id in made.photos() {
        let named = text.windows(id.len()).any(|w| w == id.as_bytes());
        if !named {
            for path in bag.below(&format!("data/evidence/{id}")) {
                bag.take(&path);
            }
        }
    }
    let files: Vec<_> = bag.below("data/custody/");
    for path in files {
        let sealed = path.rsplit('/').next().unwrap().split('.').next().unwrap().to_owned();
        if !text.windows(sealed.len()).any(|w| w == sealed.as_bytes()) {
            bag.take(&path);
        }
    }
}

fn evidence(anew: &mut Anew<'_>) {
    let made = anew.made;
    let [a, b] = [0, 1].map(|i| format!("data/evidence/{}.jpg", made.photos()[i]));
    let sealed = |path: &str| format!("{path}.age");
    let changed = Refused(&["media-changed"]);
    let mut bundles = vec![anew.one(&made.open, "clear", |bag| bag.swap(&a, &b))];
    bundles.push(anew.one(&made.sealed, "sealed", |bag| bag.swap(&sealed(&a), &sealed(&b))));
    anew.rows.push(Damage::new("the photographs of two entries exchanged", changed, bundles));
    let bundles = vec![
        anew.one(&made.open, "clear", |bag| bag.put(&a, "another photo")),
        anew.one(&made.sealed, "sealed", |bag| bag.put(&sealed(&a), "another photo")),
        anew.one(&made.open, "a bit", |bag| flip(bag.0.get_mut(&b).unwrap())),
        anew.one(&made.sealed, "a bit of the payload", |bag| flip(bag.0.get_mut(&sealed(&b)).unwrap())),
        anew.one(&made.open, "cut", |bag| bag.0.get_mut(&b).unwrap().truncate(60_000)),
        anew.one(&made.open, "longer", |bag| bag.0.get_mut(&b).unwrap().push(0)),
    ];
    anew.rows.push(Damage::new("a photograph exchanged or altered", changed, bundles));
    anew.files("a photograph left out", Refused(&["media-missing"]), "data/evidence/", |bag, path| _ = bag.take(path));
    anew.row(
        "a photograph that no entry names",
        Refused(&["media-foreign"]),
        changes! {
            "new" => |bag: &mut Bag| bag.put("data/evidence/ffffffffffffffffffffffffffffffff.jpg", "x"),
            "a second one for an entry" => |bag: &mut Bag| bag.put(&a.replace(".jpg", ".png"), "x"),
        },
    );
    let custody = made.open.below("data/custody/");
    anew.row(
        "the custody receipts of two files exchanged",
        Refused(&["custody-other"]),
        changes! {
            "" => |bag: &mut Bag| bag.swap(&custody[0], &custody[1]),
        },
    );
    anew.row(
        "a custody receipt altered",
        Refused(&["custody-bad"]),
        changes! {
            "statement" => |bag: &mut Bag| bag.edit(&custody[0], |c| flip(bytes(at(c, "custody")))),
            "leaf" => |bag: &mut Bag| bag.edit(&custody[0], |c| flip(bytes(at(c, "leaf")))),
            "receipt" => |bag: &mut Bag| bag.edit(&custody[0], |c| flip(bytes(at(c, "receipt")))),
            "of another file" => |bag: &mut Bag| {
                let mut other = cbor::decode(&bag.0[&custody[1]]).unwrap();
                let leaf = at(&mut other, "leaf").clone();
                bag.edit(&custody[0], |c| *at(c, "leaf") = leaf);
            },
            "text" => |bag: &mut Bag| bag.put(&custody[0], "x"),
        },
    );
    anew.files("a custody receipt left out", Stands(&["custody-none"]), "data/custody/", |bag, path| _ = bag.take(path));
    let (presented, last) = ("data/paper/p1-presented.pdf", "data/paper/p1.pdf");
    anew.row(
        "two papers exchanged",
        Refused(&["paper-seal", "paper-foreign", "paper-missing"]),
        changes! {
            "the presented copy as the final one" => |bag: &mut Bag| {
                let bytes = bag.take(presented);
                bag.put(last, bytes);
            },
        },
    );
    anew.row(
        "a paper altered",
        Refused(&["paper-foreign"]),
        changes! {
            "something appended" => |bag: &mut Bag| bag.0.get_mut(last).unwrap().extend(b"%%EOF\n"),
            "a bit" => |bag: &mut Bag| flip(bag.0.get_mut(last).unwrap()),
            "a bit of the presented copy" => |bag: &mut Bag| flip(bag.0.get_mut(presented).unwrap()),
            "cut" => |bag: &mut Bag| bag.0.get_mut(last).unwrap().truncate(500),
            "text" => |bag: &mut Bag| bag.put(last, "x"),
        },
    );
    anew.row("a paper left out", Refused(&["paper-missing"]), changes! { "" => |bag: &mut Bag| _ = bag.take(last) });
    anew.row(
        "a paper that no entry names",
        Refused(&["paper-foreign"]),
        changes! {
            "" => |bag: &mut Bag| {
                let other = [made.open.0[last].as_slice(), b"%%EOF\n"].concat();
                bag.put("data/paper/p2.pdf", other);
            },
        },
    );
    anew.row(
        "the presented copy left out",
        Stands(&["paper-not-included"]),
        changes! { "" => |bag: &mut Bag| _ = bag.take(presented) },
    );
}

fn office(anew: &mut Anew<'_>) {
    let made = anew.made;
    anew.row(
        "the assignment altered or another",
        Refused(&["assignment-other", "assignment-signature"]),
        changes! {
            "" => |bag: &mut Bag| flip(bag.0.get_mut("data/assignment.cose").unwrap()),
        },
    );
    anew.row(
        "the assignment left out",
        Stands(&["assignment-none"]),
        changes! { "" => |bag: &mut Bag| _ = bag.take("data/assignment.cose") },
    );
    anew.files("a badge altered under its own name", Refused(&["badge-other", "badge-signature"]), "data/badge/", |bag, path| {
        flip(bag.0.get_mut(path).unwrap());
    });
    anew.files("a badge altered and named accordingly", Refused(&["badge-signature"]), "data/badge/", |bag, path| {
        let mut bytes = bag.take(path);
        flip(&mut bytes);
        bag.put(&format!("data/badge/{}.cose", Made::name_of(&bytes)), bytes);
    });
    anew.files("a pack altered", Refused(&["pack-signature", "pack-other"]), "data/pack/", |bag, path| {
        flip(bag.0.get_mut(path).unwrap())
    });
    anew.files("a pack signed by one person only", Refused(&["pack-signature"]), "data/pack/", |bag, path| {
        bag.edit(path, |pack| _ = items(&mut items(pack)[1]).pop());
    });
    anew.files("a pack left out", Stands(&["pack-none"]), "data/pack/", |bag, path| _ = bag.take(path));
    anew.files("a time anchor altered", Refused(&["anchor-signature"]), "data/anchor/", |bag, path| {
        flip(bag.0.get_mut(path).unwrap())
    });
    anew.files("a time anchor under another name", Refused(&["anchor-signature"]), "data/anchor/", |bag, path| {
        let bytes = bag.take(path);
        bag.put(&format!("data/anchor/{}.cose", hex(&[1; 32])), bytes);
    });
    anew.row(
        "the trust list inside altered",
        Refused(&["trust-unreadable"]),
        changes! {
            "a bit" => |bag: &mut Bag| flip(bag.0.get_mut("data/trust/trust.cbor").unwrap()),
            "text" => |bag: &mut Bag| bag.put("data/trust/trust.cbor", "x"),
        },
    );
    anew.row(
        "the trust list inside left out",
        Refused(&["file-missing"]),
        changes! { "" => |bag: &mut Bag| _ = bag.take("data/trust/trust.cbor") },
    );
    anew.row(
        "a file that nobody knows, in the signed list",
        Stands(&["file-unknown"]),
        changes! {
            "" => |bag: &mut Bag| bag.put("data/later.cbor", "x"),
        },
    );
    let list = |what: &str, change: fn(&mut Value)| {
        let mut bag = made.open.clone();
        bag.sign_with(&made.export(), change);
        Damaged::zip(what, bag)
    };
    anew.rows.push(Damage::new(
        "the signed list malformed",
        Refused(&["file-malformed", "bundle-signature"]),
        [
            list("a field more", |l| *at(l, "zz") = 1.into()),
            list("version 2", |l| *at(l, "v") = 2.into()),
            list("a form that nobody knows", |l| *at(l, "form") = "other".into()),
            list("no files", |l| *at(l, "files") = Value::Null),
            list("no time", |l| *at(l, "at") = Value::Null),
        ],
    ));
    anew.rows.push(Damage::new(
        "a file that the signed list does not name",
        Refused(&["file-added"]),
        [{
            let mut bag = made.open.clone();
            bag.sign_with(&made.export(), |l| {
                let Value::Map(files) = at(l, "files") else { panic!("no files") };
                files.retain(|(path, _)| *path != Value::from("data/assignment.cose"));
            });
            Damaged::zip("data/assignment.cose", bag)
        }],
    ));
    let unsigned = |key: u8| {
        let mut bag = made.open.clone();
        bag.sign(&made.key(key));
        Damaged::zip(format!("key {key}"), bag)
    };
    anew.rows.push(Damage::new(
        "signed by a key of the office that may not export",
        Refused(&["bundle-signature"]),
        [0, 1, 3, 5].map(unsigned),
    ));
    // The time of export lies outside the key's validity.
    anew.rows.push(Damage::new(
        "exported when the key was not valid",
        Refused(&["bundle-signature"]),
        [
            list("before", |l| *at(l, "at") = 1_000_000_000_000_i64.into()),
            list("after", |l| *at(l, "at") = 1_900_000_000_000_i64.into()),
        ],
    ));
    let detached = |typ: &'static str| {
        let mut bag = made.open.clone();
        bag.tag();
        let payload = cbor::encode(&crate::bag::payload(&bag.0[crate::bag::LIST])).unwrap();
        let signed = sign::sign(typ, &made.export(), payload).unwrap();
        bag.put(crate::bag::LIST, signed);
        Damaged::zip(typ, bag)
    };
    anew.rows.push(Damage::new(
        "a true signature of another kind of object",
        Refused(&["bundle-signature"]),
        [detached("mz1/feed"), detached("mz1/anchor")],
    ));
}
