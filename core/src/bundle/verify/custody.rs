//! Receipts for sealed files and records of access: what the office says it holds, and who looked at it (P6, J20, R25).

use super::media::Captured;
use super::{CheckId, Finding, Unread, Verification, layout, limit, parallel};
use crate::id::{Digest, Id, digest_from_hex, hex};
use crate::log::{Custody, CustodyState, Destruction, LogError, open_access};
use crate::trust::TrustList;
use std::collections::{BTreeMap, BTreeSet};

impl Verification<'_> {
    /// Loads each small file below a folder and opens it with the trust list, several at once; what cannot be read is reported.
    fn open_each<T: Send>(
        &mut self,
        folder: &str,
        open: impl Fn(&[u8], &TrustList) -> Result<T, LogError> + Sync,
    ) -> Vec<(String, Result<T, LogError>)> {
        let paths = self.below(folder);
        let Some(list) = self.list.as_ref() else { return Vec::new() };
        let this = &*self;
        let opened = parallel::map(&paths, |path| this.peek(path, limit::SMALL).map(|bytes| open(&bytes, list)));
        let mut out = Vec::new();
        for (path, opened) in paths.into_iter().zip(opened) {
            match opened {
                Ok(opened) => out.push((path, opened)),
                Err(Unread::TooLarge(len)) => {
                    self.out.add(Finding::FileTooLarge, path, format!("{len} > {}", limit::SMALL));
                }
                Err(Unread::Absent | Unread::Reported) => {}
            }
        }
        out
    }

    /// The office's certificates of destruction: which captured files are gone by them, with the number of the certificate (R22).
    pub(super) fn destructions(&mut self, captured: &BTreeMap<String, Captured>) -> BTreeMap<(Digest, Digest, u64), String> {
        let known: BTreeSet<_> = captured.values().map(Captured::file).collect();
        let mut gone = BTreeMap::new();
        for (path, opened) in self.open_each(layout::DESTROYED, Destruction::open) {
            self.out.checked(CheckId::Custody, 1);
            match opened {
                Ok(destruction) => {
                    let files = destruction.files.iter().map(|f| (f.sealed, f.clear, f.length));
                    let files: Vec<_> = files.filter(|f| known.contains(f)).collect();
                    if files.is_empty() {
                        self.out.add(Finding::DestructionBad, path, destruction.number.as_str());
                    }
                    gone.extend(files.into_iter().map(|f| (f, destruction.number.clone())));
                }
                Err(error) => self.refuse(Finding::DestructionBad, &path, &error),
            }
        }
        gone
    }

    /// Each captured file that is neither withheld nor destroyed has its receipt, and each receipt its captured file.
    pub(super) fn custody(&mut self, captured: &BTreeMap<String, Captured>, gone: &BTreeSet<&str>) {
        let by_sealed: BTreeSet<_> = captured.values().map(Captured::file).collect();
        let mut held = BTreeSet::new();
        for (path, opened) in self.open_each(layout::CUSTODY, Custody::open) {
            self.out.checked(CheckId::Custody, 1);
            let custody = match opened {
                Ok(custody) => custody,
                Err(error) => {
                    self.refuse(Finding::CustodyBad, &path, &error);
                    continue;
                }
            };
            let name = path.strip_prefix(layout::CUSTODY).and_then(|n| n.strip_suffix(".cbor")).and_then(digest_from_hex);
            if name != Some(custody.sealed) || !by_sealed.contains(&(custody.sealed, custody.clear, custody.length)) {
                self.out.add(Finding::CustodyOther, path, hex(&custody.sealed));
                continue;
            }
            if custody.state == CustodyState::Stored {
                self.out.add(Finding::CustodyStored, path, super::time(custody.at));
            }
            held.insert(custody.sealed);
        }
        for (id, c) in captured.iter().filter(|(id, c)| !held.contains(&c.sealed) && !gone.contains(id.as_str())) {
            self.out.add(Finding::CustodyNone, c.subject.as_str(), id.as_str());
        }
    }

    /// Records of access: in the office's log, and about this case.
    pub(super) fn access(&mut self, case: &Id) {
        for (path, opened) in self.open_each(layout::ACCESS, open_access) {
            self.out.checked(CheckId::Custody, 1);
            let name = path.strip_prefix(layout::ACCESS).and_then(|n| n.strip_suffix(".cbor")).and_then(digest_from_hex);
            match opened {
                Ok((record, digest, _)) if record.case == *case && name == Some(digest) => {
                    let detail = format!("{} {} {}: {}", super::time(record.at), record.who, record.act.name(), record.what);
                    self.out.add(Finding::Access, path, detail);
                }
                Ok(_) => self.out.add(Finding::AccessBad, path, ""),
                Err(error) => self.refuse(Finding::AccessBad, &path, &error),
            }
        }
    }
}
