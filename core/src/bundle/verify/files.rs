//! The files against the signed list, and against the manifests of BagIt (RFC 8493 §3).

use super::{CheckId, Finding, Hashed, Verification, layout, limit, parallel};
use crate::bundle::Manifest;
use crate::bundle::source::Bag;
use crate::id::{Digest, digest_from_hex};
use crate::seal::PayloadDigest;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::ErrorKind;

impl Hashed {
    /// One pass over a file.
    fn of(bag: &Bag, path: &str) -> (Self, std::io::Result<()>) {
        let mut digest = Sha256::new();
        let mut payload = path.ends_with(".age").then(PayloadDigest::default);
        let mut len = 0;
        let read = bag.pass(path, &mut |bytes| {
            digest.update(bytes);
            if let Some(p) = &mut payload {
                p.update(bytes);
            }
            len += bytes.len() as u64;
        });
        let payload = payload.and_then(PayloadDigest::finish);
        (Self { len, digest: digest.finalize().into(), payload, readable: read.is_ok() }, read)
    }
}

impl Verification<'_> {
    /// One pass over every file, several at once.
    pub(super) fn hash(&mut self) {
        let paths: Vec<String> = self.bag.files().keys().cloned().collect();
        self.out.checked(CheckId::Files, paths.len());
        let bag = &self.bag;
        let hashed = parallel::map(&paths, |path| Hashed::of(bag, path));
        for (path, (hashed, read)) in paths.into_iter().zip(hashed) {
            match read {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::InvalidData => {
                    self.out.add(Finding::FileChanged, path.as_str(), "CRC-32")
                }
                Err(error) => self.out.add(Finding::FileUnreadable, path.as_str(), error.to_string()),
            }
            self.hashed.insert(path, hashed);
        }
    }

    pub(super) fn compare_files(&mut self, manifest: &Manifest) {
        for (path, (len, digest)) in &manifest.files {
            match self.hashed.get(path) {
                None if !self.out.failed(path) => self.out.add(Finding::FileMissing, path.as_str(), ""),
                Some(h) if (h.len != *len || h.digest != *digest) && !self.out.failed(path) => {
                    let detail = if h.len == *len { String::new() } else { format!("{} ≠ {len}", h.len) };
                    self.out.add(Finding::FileChanged, path.as_str(), detail);
                }
                _ => {}
            }
            if !layout::is_path(path) {
                self.out.add(Finding::FileName, path.as_str(), "");
            }
        }
        for path in self.hashed.keys() {
            if path != layout::BUNDLE && path != "fetch.txt" && !manifest.files.contains_key(path) {
                self.out.add(Finding::FileAdded, path.as_str(), "");
            }
        }
        for path in manifest.files.keys() {
            if path.starts_with("data/") && !is_known(path) {
                self.out.add(Finding::FileUnknown, path.as_str(), "");
            }
        }
    }

    /// BagIt's own manifests. What the signed list reported already is not said twice.
    pub(super) fn bag_it(&mut self) {
        if self.hashed.contains_key("fetch.txt") {
            self.out.add(Finding::Fetch, "fetch.txt", "");
        }
        let text = self.load(layout::BAGIT, limit::SMALL, Some(Finding::FileMissing));
        if text.is_some_and(|t| t != layout::BAGIT_TEXT.as_bytes()) && !self.out.failed(layout::BAGIT) {
            self.out.add(Finding::BagManifest, layout::BAGIT, "");
        }
        self.bag_manifest(layout::MANIFEST, |path| path.starts_with("data/"));
        self.bag_manifest(layout::TAG_MANIFEST, |path| {
            !path.starts_with("data/") && path != layout::TAG_MANIFEST && path != layout::BUNDLE && path != "fetch.txt"
        });
        if let Some(info) = self.load(layout::BAG_INFO, limit::SMALL, Some(Finding::FileMissing)) {
            let payload = self.hashed.iter().filter(|(p, _)| p.starts_with("data/")).map(|(_, h)| h.len);
            let oxum = format!(" {}.{}", payload.clone().sum::<u64>(), payload.count());
            let stated = String::from_utf8_lossy(&info)
                .split_terminator('\n')
                .find_map(|l| l.strip_prefix("Payload-Oxum:").map(str::to_owned));
            if stated.as_deref() != Some(oxum.as_str()) {
                self.out.add(
                    Finding::BagManifest,
                    layout::BAG_INFO,
                    format!("Payload-Oxum:{} ≠{oxum}", stated.unwrap_or_default()),
                );
            }
        }
    }

    fn bag_manifest(&mut self, name: &str, mine: impl Fn(&str) -> bool) {
        let Some(bytes) = self.load(name, limit::MANIFEST, Some(Finding::FileMissing)) else { return };
        let Some(listed) = manifest_lines(&bytes) else {
            if !self.out.failed(name) {
                self.out.add(Finding::BagManifest, name, "");
            }
            return;
        };
        let mut wrong = Vec::new();
        for (path, digest) in &listed {
            match self.hashed.get(*path) {
                None => wrong.push((path.to_string(), Finding::FileMissing)),
                Some(h) if h.digest != *digest => wrong.push((path.to_string(), Finding::BagManifest)),
                Some(_) => {}
            }
        }
        let added = self.hashed.keys().filter(|p| mine(p) && !listed.contains_key(p.as_str()));
        wrong.extend(added.map(|p| (p.clone(), Finding::BagManifest)));
        for (path, finding) in wrong {
            if !self.out.failed(&path) {
                self.out.add(finding, path, name);
            }
        }
    }
}

/// Lines `digest  path`, each path once.
fn manifest_lines(bytes: &[u8]) -> Option<BTreeMap<&str, Digest>> {
    let mut listed = BTreeMap::new();
    for line in std::str::from_utf8(bytes).ok()?.split_terminator('\n') {
        let (digest, path) = line.split_once("  ")?;
        if listed.insert(path, digest_from_hex(digest)?).is_some() {
            return None;
        }
    }
    Some(listed)
}

/// Whether this program knows what a payload file is for.
fn is_known(path: &str) -> bool {
    let folders = [
        layout::BADGES,
        layout::PACKS,
        layout::ANCHORS,
        layout::CUSTODY,
        layout::DESTROYED,
        layout::EVIDENCE,
        layout::PAPERS,
        layout::LOGS,
        layout::OUTSIDE,
        layout::ACCESS,
    ];
    path == layout::CASE
        || path == layout::ASSIGNMENT
        || path.starts_with("data/trust/")
        || folders.iter().any(|f| path.starts_with(f))
}
