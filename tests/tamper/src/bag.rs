//! A bundle in memory: its files, and what somebody with or without the office's keys can do to them.

use mingzheng_core::bundle::Manifest;
use mingzheng_core::cbor::{self, Value};
use mingzheng_core::id::{hex, sha256};
use mingzheng_core::sign::{self, Signer};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const TAGS: [&str; 4] = ["bagit.txt", "bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"];
/// The signed list.
pub const LIST: &str = "bundle.cose";

/// Paths and contents.
#[derive(Clone, Default)]
pub struct Bag(pub BTreeMap<String, Vec<u8>>);

impl Bag {
    /// Reads a folder.
    pub fn read(folder: &Path) -> Self {
        let (mut bag, mut open) = (Self::default(), vec![folder.to_owned()]);
        while let Some(next) = open.pop() {
            for entry in fs::read_dir(next).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                    bag.0.insert(name, fs::read(path).unwrap());
                }
            }
        }
        bag
    }

    /// Writes a folder.
    pub fn write(&self, folder: &Path) {
        for (path, bytes) in &self.0 {
            let file = folder.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        }
    }

    /// All paths, in order.
    pub fn paths(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }

    /// The paths that begin so.
    pub fn below(&self, prefix: &str) -> Vec<String> {
        self.0.keys().filter(|path| path.starts_with(prefix)).cloned().collect()
    }

    /// The only path that begins and ends so.
    pub fn one(&self, prefix: &str, suffix: &str) -> String {
        let found: Vec<_> = self.below(prefix).into_iter().filter(|path| path.ends_with(suffix)).collect();
        assert!(found.len() == 1, "{prefix}…{suffix}: {found:?}");
        found[0].clone()
    }

    /// Takes a file out.
    pub fn take(&mut self, path: &str) -> Vec<u8> {
        self.0.remove(path).unwrap_or_else(|| panic!("{path}"))
    }

    /// Puts a file in, or another in its place.
    pub fn put(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.0.insert(path.to_owned(), bytes.into());
    }

    /// Exchanges the contents of two files.
    pub fn swap(&mut self, a: &str, b: &str) {
        let (x, y) = (self.take(a), self.take(b));
        self.put(a, y);
        self.put(b, x);
    }

    /// Changes a CBOR file.
    pub fn edit(&mut self, path: &str, change: impl FnOnce(&mut Value)) {
        let mut value = cbor::decode(&self.0[path]).unwrap();
        change(&mut value);
        self.put(path, cbor::encode(&value).unwrap());
    }

    /// BagIt's own files made anew, as anybody can.
    pub fn tag(&mut self) {
        let lines = |bag: &Self, payload: bool| -> String {
            let files =
                bag.0.iter().filter(|(path, _)| path.starts_with("data/") == payload && *path != LIST && *path != TAGS[3]);
            files.map(|(path, bytes)| format!("{}  {path}\n", hex(&sha256(bytes)))).collect()
        };
        let payload: Vec<_> = self.0.iter().filter(|(path, _)| path.starts_with("data/")).map(|(_, bytes)| bytes.len()).collect();
        let info = String::from_utf8(self.0[TAGS[1]].clone()).unwrap();
        let kept: String =
            info.lines().filter(|line| !line.starts_with("Payload-Oxum")).map(|line| format!("{line}\n")).collect();
        self.put(TAGS[1], format!("{kept}Payload-Oxum: {}.{}\n", payload.iter().sum::<usize>(), payload.len()));
        let manifest = lines(self, true);
        self.put(TAGS[2], manifest);
        let tags = lines(self, false);
        self.put(TAGS[3], tags);
    }

    /// The whole bag tagged and signed anew by this key, over the files as they now are; what else the list says is kept.
    pub fn sign(&mut self, key: &dyn Signer) {
        self.sign_with(key, |_| ());
    }

    /// The same with another change of what the list says.
    pub fn sign_with(&mut self, key: &dyn Signer, change: impl FnOnce(&mut Value)) {
        self.tag();
        let mut list = payload(&self.0[LIST]);
        let files = self.0.iter().filter(|(path, _)| *path != LIST);
        let files = files.map(|(path, bytes)| {
            let about = Value::Array(vec![Value::Int(bytes.len() as i64), Value::Bytes(sha256(bytes).to_vec())]);
            (Value::Text(path.clone()), about)
        });
        *at(&mut list, "files") = Value::Map(files.collect());
        change(&mut list);
        let signed = sign::sign(Manifest::TYP, key, cbor::encode(&list).unwrap()).unwrap();
        self.put(LIST, signed);
    }
}

/// The payload of a COSE_Sign1, unverified.
pub fn payload(cose: &[u8]) -> Value {
    let Value::Tag18(inner) = cbor::decode(cose).unwrap() else { panic!("no COSE_Sign1") };
    let Value::Array(parts) = *inner else { panic!("no COSE_Sign1") };
    let Value::Bytes(payload) = &parts[2] else { panic!("detached") };
    cbor::decode(payload).unwrap()
}

/// The place of a key in a map; made if it is not there.
pub fn at(map: &mut Value, key: impl Into<Value>) -> &mut Value {
    let (Value::Map(pairs), key) = (map, key.into()) else { panic!("no map") };
    let index = pairs.iter().position(|(k, _)| *k == key).unwrap_or_else(|| {
        pairs.push((key, Value::Null));
        pairs.len() - 1
    });
    &mut pairs[index].1
}

/// The items of an array.
pub fn items(array: &mut Value) -> &mut Vec<Value> {
    let Value::Array(items) = array else { panic!("no array") };
    items
}

/// A byte string.
pub fn bytes(value: &mut Value) -> &mut Vec<u8> {
    let Value::Bytes(bytes) = value else { panic!("no bytes") };
    bytes
}
