//! Evidence files against their entries (P6, J19).

use super::entries::Held;
use super::logs::HeldLog;
use super::{CheckId, Finding, Verification, layout, parallel};
use crate::id::{Digest, Id, hex};
use crate::seal::{Identity, SealedSummary};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// What an entry `evidence.captured` says of a file.
pub(super) struct Captured {
    pub(super) subject: String,
    pub(super) clear: Digest,
    pub(super) clear_len: u64,
    pub(super) sealed: Digest,
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

    /// What tells the file apart: sealed, clear, length of the clear one.
    pub(super) fn file(&self) -> (Digest, Digest, u64) {
        (self.sealed, self.clear, self.clear_len)
    }
}

impl Verification<'_> {
    /// `withheld`: ids that the signed list names as not handed over.
    pub(super) fn media(&mut self, case: &Id, logs: &[HeldLog], withheld: Option<&BTreeSet<String>>) {
        let mut captured = BTreeMap::new();
        let mut destroyed = BTreeSet::new();
        for log in logs {
            for e in &log.entries {
                match e.kind.as_str() {
                    "evidence.captured" => match (e.text("id"), Captured::read(e, log.subject(e))) {
                        (Some(id), Some(c)) => _ = captured.insert(id.to_owned(), c),
                        _ if e.broken => {}
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
        let mut found = Vec::new();
        for (id, paths) in &files {
            match (captured.get(id), paths.as_slice()) {
                (Some(c), [path]) => found.push((path.as_str(), c)),
                (Some(_), _) => self.out.add(Finding::MediaForeign, paths.join(" "), id.as_str()),
                (None, _) => self.out.add(Finding::MediaForeign, paths.join(" "), ""),
            }
        }
        let this = &*self;
        let opened = parallel::map(&found, |(path, _)| this.options.identity.and_then(|i| this.unseal(path, i)));
        for ((path, c), opened) in found.into_iter().zip(opened) {
            self.one_file(path, c, opened);
        }
        let certified = self.destructions(&captured);
        let mut gone: BTreeSet<&str> = destroyed.iter().map(String::as_str).collect();
        gone.extend(withheld.into_iter().flatten().map(String::as_str));
        for (id, c) in captured.iter().filter(|(id, _)| !files.contains_key(*id)) {
            let certificate = certified.get(&c.file());
            let finding = match withheld.is_some_and(|w| w.contains(id)) {
                true => Finding::MediaWithheld,
                false if destroyed.contains(id) => Finding::Destroyed,
                false if certificate.is_some() => {
                    gone.insert(id.as_str());
                    Finding::Destroyed
                }
                false => Finding::MediaMissing,
            };
            let detail = certificate.map_or_else(|| id.clone(), |number| format!("{id}: {number}"));
            self.out.add(finding, c.subject.as_str(), detail);
        }
        self.custody(&captured, &gone);
        self.access(case);
    }

    /// What a sealed file holds; `None` for a clear one.
    fn unseal(&self, path: &str, identity: &Identity) -> Option<Result<SealedSummary, String>> {
        path.ends_with(".age").then(|| {
            let mut reader = self.bag.read(path).map_err(|e| e.to_string())?;
            crate::seal::open(&mut reader, &mut io::sink(), identity).map_err(|e| e.to_string())
        })
    }

    fn one_file(&mut self, path: &str, c: &Captured, opened: Option<Result<SealedSummary, String>>) {
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
        match opened {
            None if same => {}
            None => self.out.add(Finding::MediaSealed, path, c.subject.as_str()),
            Some(Ok(o)) if o.clear == c.clear && o.clear_len == c.clear_len => {}
            Some(Ok(o)) => {
                let detail = format!("{}: SHA-256 {} ≠ {}", c.subject, hex(&o.clear), hex(&c.clear));
                self.out.add(Finding::MediaChanged, path, detail);
            }
            Some(Err(error)) => self.out.add(Finding::MediaNotOpened, path, error),
        }
    }
}
