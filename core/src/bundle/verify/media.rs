//! Evidence files against their entries, and the office's custody receipts (P6, J19, J20).

use super::entries::Held;
use super::logs::HeldLog;
use super::{CheckId, Finding, Verification, layout, limit};
use crate::id::{Digest, digest_from_hex, hex};
use crate::log::{Custody, CustodyState};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// What an entry `evidence.captured` says of a file.
struct Captured {
    subject: String,
    clear: Digest,
    clear_len: u64,
    sealed: Digest,
    /// Payload of the sealed file, the same under any header.
    payload: Option<Digest>,
}

impl Captured {
    fn read(held: &Held, subject: String) -> Option<Self> {
        Some(Self {
            subject,
            clear: held.digest("clear")?,
            clear_len: held.uint("clear_len")?,
            sealed: held.digest("sealed")?,
            payload: held.digest("payload"),
        })
    }
}

impl Verification<'_> {
    pub(super) fn media(&mut self, logs: &[HeldLog]) {
        let mut captured = BTreeMap::new();
        let mut destroyed = BTreeSet::new();
        for log in logs {
            for e in &log.entries {
                match e.kind() {
                    "evidence.captured" => match (e.text("id"), Captured::read(e, log.subject(e))) {
                        (Some(id), Some(c)) => _ = captured.insert(id.to_owned(), c),
                        _ if e.fields.is_some() => {}
                        _ => self.out.add(Finding::MediaWithheld, log.subject(e), ""),
                    },
                    "retention.destroyed" => destroyed.extend(e.text("evidence").map(str::to_owned)),
                    _ => {}
                }
            }
        }
        let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for path in self.below(layout::EVIDENCE) {
            let name = path.strip_prefix(layout::EVIDENCE).unwrap_or_default();
            let id = name.split_once('.').map_or(name, |(id, _)| id).to_owned();
            files.entry(id).or_default().push(path);
        }
        for (id, paths) in &files {
            match (captured.get(id), paths.as_slice()) {
                (Some(c), [path]) => self.one_file(path, c),
                (Some(_), _) => self.out.add(Finding::MediaForeign, paths.join(" "), id.as_str()),
                (None, _) => self.out.add(Finding::MediaForeign, paths.join(" "), ""),
            }
        }
        for (id, c) in &captured {
            match files.contains_key(id) {
                true => {}
                false if destroyed.contains(id) => self.out.add(Finding::Destroyed, c.subject.as_str(), id.as_str()),
                false => self.out.add(Finding::MediaMissing, c.subject.as_str(), id.as_str()),
            }
        }
        self.custody(&captured);
    }

    fn one_file(&mut self, path: &str, c: &Captured) {
        self.out.checked(CheckId::Media, 1);
        let Some(hashed) = self.hashed.get(path) else { return };
        if !path.ends_with(".age") {
            if hashed.digest != c.clear || hashed.len != c.clear_len {
                self.out.add(
                    Finding::MediaChanged,
                    path,
                    format!("{}: SHA-256 {} ≠ {}", c.subject, hex(&hashed.digest), hex(&c.clear)),
                );
            }
            return;
        }
        let same_payload = c.payload.is_some_and(|p| hashed.payload == Some(p));
        let same = hashed.digest == c.sealed || same_payload;
        if c.payload.is_some() && !same {
            self.out.add(Finding::MediaChanged, path, c.subject.as_str());
            return;
        }
        match self.options.identity {
            None if same => {}
            None => self.out.add(Finding::MediaSealed, path, c.subject.as_str()),
            Some(identity) => {
                let opened =
                    self.bag.read(path).map_err(|e| e.to_string()).and_then(|mut reader| {
                        crate::seal::open(&mut reader, &mut io::sink(), identity).map_err(|e| e.to_string())
                    });
                match opened {
                    Ok(o) if o.clear == c.clear && o.clear_len == c.clear_len => {}
                    Ok(o) => {
                        let detail = format!("{}: SHA-256 {} ≠ {}", c.subject, hex(&o.clear), hex(&c.clear));
                        self.out.add(Finding::MediaChanged, path, detail);
                    }
                    Err(error) => self.out.add(Finding::MediaNotOpened, path, error),
                }
            }
        }
    }

    fn custody(&mut self, captured: &BTreeMap<String, Captured>) {
        let mut held = BTreeSet::new();
        for path in self.below(layout::CUSTODY) {
            let Some(bytes) = self.load(&path, limit::SMALL, None) else { continue };
            let Some(list) = self.list.as_ref() else { return };
            self.out.checked(CheckId::Custody, 1);
            let custody = match Custody::open(&bytes, list) {
                Ok(custody) => custody,
                Err(error) => {
                    self.refuse(Finding::CustodyBad, &path, &error);
                    continue;
                }
            };
            let name = path.strip_prefix(layout::CUSTODY).and_then(|n| n.strip_suffix(".cbor")).and_then(digest_from_hex);
            let fits = captured
                .values()
                .any(|c| c.sealed == custody.sealed && c.clear == custody.clear && c.clear_len == custody.length);
            if name != Some(custody.sealed) || !fits {
                self.out.add(Finding::CustodyOther, path, hex(&custody.sealed));
                continue;
            }
            if custody.state == CustodyState::Stored {
                self.out.add(Finding::CustodyStored, path, super::time(custody.at));
            }
            held.insert(custody.sealed);
        }
        for (id, c) in captured.iter().filter(|(_, c)| !held.contains(&c.sealed)) {
            self.out.add(Finding::CustodyNone, c.subject.as_str(), id.as_str());
        }
    }
}
