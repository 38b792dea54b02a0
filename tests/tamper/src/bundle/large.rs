//! A case of many entries and photographs, and its export once more as a stream from its own files, as the office's export is one.

use super::fixture::{Large, Office};
use super::{BundleInput, Content, Entries, EntryPart, EvidencePart, Form, LogPart, write as write_bundle, zip};
use crate::bag::{at, bytes, items, payload};
use mingzheng_core::cbor::{self, Value};
use mingzheng_core::id::{Digest, Id, digest_from_hex};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

/// Writes `bundle/`, `bundle.zip`, `trust.cbor`, and `index`, where each entry stands in its file.
pub(crate) fn write(notes: usize, photos: usize, size: usize, folder: &Path) {
    let case = Large::new(notes, photos, size);
    let bundle = folder.join("bundle");
    case.write(&bundle);
    zip::write(&bundle, "case-1", &folder.join("bundle.zip")).unwrap();
    fs::write(folder.join("trust.cbor"), &case.office.trust).unwrap();
    let list = fs::read(entries(&bundle)).unwrap();
    let parts = cbor::array_items(&list).unwrap();
    let begin = list.as_ptr() as usize;
    let index: String = parts.iter().map(|part| format!("{} {}\n", part.as_ptr() as usize - begin, part.len())).collect();
    fs::write(folder.join("index"), index).unwrap();
}

fn log_folder(bundle: &Path) -> PathBuf {
    fs::read_dir(bundle.join("data/log")).unwrap().next().unwrap().unwrap().path()
}

fn entries(bundle: &Path) -> PathBuf {
    log_folder(bundle).join("entries.cbor")
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// Exports it once more as `again/` and `again.zip`; gives the number of files.
pub(crate) fn again(folder: &Path) -> usize {
    let bundle = folder.join("bundle");
    let log = Id::from_hex(log_folder(&bundle).file_name().unwrap().to_str().unwrap()).unwrap();
    let index = fs::read_to_string(folder.join("index")).unwrap();
    let path = entries(&bundle);
    let list = Entries::stream(index.lines().count() as u64, move |add| {
        let mut file = File::open(path).unwrap();
        for line in index.lines() {
            let (offset, length) = line.split_once(' ').unwrap();
            file.seek(SeekFrom::Start(offset.parse().unwrap())).unwrap();
            let mut item = vec![0; length.parse().unwrap()];
            file.read_exact(&mut item).unwrap();
            add(entry(&item))?;
        }
        Ok(())
    });
    let evidence = sorted(&bundle.join("data/evidence")).into_iter();
    let evidence = evidence.map(|path| EvidencePart::file(&stem(&path), "jpg", false, path));
    let custody = sorted(&bundle.join("data/custody")).into_iter().map(|path| {
        let sealed = digest_from_hex(&stem(&path)).unwrap();
        (sealed, Content::stream(move |out| io::copy(&mut File::open(path)?, out).map(|_| ())))
    });
    let named = |kind: &str| -> BTreeMap<u64, Vec<u8>> {
        let files = sorted(&log_folder(&bundle)).into_iter();
        let files = files.filter_map(|path| Some((stem(&path).strip_prefix(kind)?.parse().ok()?, fs::read(path).unwrap())));
        files.collect()
    };
    let newest =
        at(at(&mut cbor::decode(&fs::read(bundle.join("data/case.cbor")).unwrap()).unwrap(), "newest"), log.to_string().as_str())
            .clone();
    let Value::Int(newest) = newest else { panic!("no number") };
    let office = Office::new(super::made::OFFICE);
    let mut about = payload(&fs::read(bundle.join("bundle.cose")).unwrap());
    let (Value::Int(exported), case) = (at(&mut about, "at").clone(), bytes(at(&mut about, "case")).clone()) else {
        panic!("no time")
    };
    let input = BundleInput {
        case: Id(case.try_into().unwrap()),
        at: exported,
        form: Form::Open,
        page: None,
        withheld: BTreeSet::new(),
        trust: office.trust.clone(),
        logs: vec![LogPart {
            log,
            enrolment: fs::read(bundle.join(format!("data/trust/enrolment-{log}.cose"))).unwrap(),
            revocation: None,
            entries: list,
            life: vec![],
            newest: newest as u64,
            consistency: consistency(&log_folder(&bundle).join("consistency.cbor")),
            checkpoints: named("checkpoint-"),
            receipts: named("receipt-"),
        }],
        badges: vec![],
        assignment: None,
        packs: vec![],
        anchors: vec![],
        custody: custody.collect(),
        outside: vec![],
        destroyed: vec![],
        access: vec![],
        evidence: evidence.collect(),
        papers: vec![],
    };
    let written = write_bundle(&folder.join("again"), input, &office.key(7)).unwrap();
    zip::write(&folder.join("again"), "case-1", &folder.join("again.zip")).unwrap();
    written.files
}

fn entry(item: &[u8]) -> EntryPart {
    let mut item = cbor::decode(item).unwrap();
    let parts = items(&mut item);
    let header = bytes(&mut parts[0]).clone();
    let disclosures = items(&mut parts[1]).iter_mut().map(|part| bytes(part).clone()).collect();
    EntryPart { header, disclosures, proof: digests(&mut parts[2]) }
}

fn digests(list: &mut Value) -> Vec<Digest> {
    items(list).iter_mut().map(|digest| bytes(digest).clone().try_into().unwrap()).collect()
}

fn consistency(path: &Path) -> BTreeMap<u64, Vec<Digest>> {
    let Ok(file) = fs::read(path) else { return BTreeMap::new() };
    let Value::Map(pairs) = cbor::decode(&file).unwrap() else { panic!("no map") };
    let number = |key: Value| if let Value::Int(n) = key { n as u64 } else { panic!("no number") };
    pairs.into_iter().map(|(key, mut proof)| (number(key), digests(&mut proof))).collect()
}
