//! The kinds of damage, by what the one who did it could do.

mod alone;
mod anew;
mod form;
mod more;
mod strange;
mod unharmed;

use crate::Made;
use crate::archive::Archive;
use crate::bag::Bag;
use std::fs;
use std::path::{Path, PathBuf};

/// What must be said of a damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Exit 1; one of these codes, with weight ✗.
    Refused(&'static [&'static str]),
    /// Exit 2; one of these codes, with weight ?.
    Unsettled(&'static [&'static str]),
    /// Exit 0, and each of these codes says what is different.
    Stands(&'static [&'static str]),
}

/// One kind of damage: a row of the table.
pub struct Damage {
    pub name: &'static str,
    pub verdict: Verdict,
    /// Every bundle that was damaged in this way.
    pub bundles: Vec<Damaged>,
}

/// One damaged bundle.
pub struct Damaged {
    /// Which of its kind.
    pub what: String,
    pub shape: Shape,
    /// The trust list that is given; the office's own if none.
    pub trust: Option<Vec<u8>>,
}

/// How it is handed over.
pub enum Shape {
    /// A canonical zip of these files.
    Zip(Bag),
    /// These bytes.
    Bytes(Vec<u8>),
    /// A folder, and what is done in it that no map of files can say.
    Folder(Bag, fn(&Path)),
}

/// Rows that belong together, with the one who does them.
pub struct Group {
    pub name: &'static str,
    pub damages: Vec<Damage>,
}

/// Every kind.
pub fn all(made: &Made) -> Vec<Group> {
    vec![alone::group(made), form::group(made), anew::group(made), strange::group(made), more::group(made), unharmed::group(made)]
}

impl Damage {
    fn new(name: &'static str, verdict: Verdict, bundles: impl IntoIterator<Item = Damaged>) -> Self {
        let bundles: Vec<_> = bundles.into_iter().collect();
        assert!(!bundles.is_empty(), "{name}: nothing was damaged");
        Self { name, verdict, bundles }
    }
}

impl Damaged {
    fn zip(what: impl Into<String>, bag: Bag) -> Self {
        Self { what: what.into(), shape: Shape::Zip(bag), trust: None }
    }
    fn bytes(what: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { what: what.into(), shape: Shape::Bytes(bytes), trust: None }
    }
    fn folder(what: impl Into<String>, bag: Bag, then: fn(&Path)) -> Self {
        Self { what: what.into(), shape: Shape::Folder(bag, then), trust: None }
    }
    fn trusting(self, trust: Vec<u8>) -> Self {
        Self { trust: Some(trust), ..self }
    }

    /// Writes it under this name (without ending) and says where.
    pub fn write(&self, name: &Path) -> PathBuf {
        let zip = |bytes: Vec<u8>| {
            let path = name.with_extension("zip");
            fs::write(&path, bytes).unwrap();
            path
        };
        match &self.shape {
            Shape::Zip(bag) => zip(Archive::of(bag, "case-1").bytes()),
            Shape::Bytes(bytes) => zip(bytes.clone()),
            Shape::Folder(bag, then) => {
                bag.write(name);
                then(name);
                name.to_owned()
            }
        }
    }
}
