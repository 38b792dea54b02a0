//! What the office gave beforehand: badges, the assignment, packs (P3, P7).

use super::logs::HeldLog;
use super::{CheckId, Finding, Verification, layout, limit};
use crate::badge::{Assignment, Badge};
use crate::id::{digest16, hex, sha256};
use crate::log::LogError;
use crate::pack::signed::{LIMIT, SIGNERS, TYP};
use crate::sign::multi::MultiSigned;
use crate::trust::{TrustedKey, Use};
use std::collections::BTreeSet;

impl Verification<'_> {
    pub(super) fn office(&mut self, logs: &[HeldLog]) {
        let recorded = |field: &str| -> BTreeSet<String> {
            let opened =
                logs.iter().flat_map(|l| &l.entries).filter(|e| ["inspection.opened", "pack.moved"].contains(&e.kind.as_str()));
            opened.filter_map(|e| e.text(field)).filter(|t| !t.is_empty()).map(str::to_owned).collect()
        };
        let officers = self.assignment(&recorded("assignment"));
        self.badges(officers.as_deref());
        let used_at = logs.iter().flat_map(|l| l.receipted().map(|(_, at)| at)).min().unwrap_or_default();
        self.packs(&recorded("pack"), used_at);
    }

    /// Certificate numbers of the officers that the office assigned.
    fn assignment(&mut self, recorded: &BTreeSet<String>) -> Option<Vec<String>> {
        let Some(bytes) = self.load(layout::ASSIGNMENT, limit::SMALL, None) else {
            self.out.add(Finding::AssignmentNone, layout::ASSIGNMENT, "");
            return None;
        };
        self.out.checked(CheckId::Signatures, 1);
        self.out.checked(CheckId::Office, 1);
        let digest = hex(&digest16(&bytes));
        if recorded.iter().any(|r| *r != digest) {
            self.out.add(Finding::AssignmentOther, layout::ASSIGNMENT, digest);
        }
        match Assignment::open(&bytes, self.list.as_ref()?) {
            Ok(assignment) => Some(assignment.officers),
            Err(error) => {
                self.out.add(Finding::AssignmentSignature, layout::ASSIGNMENT, error.to_string());
                None
            }
        }
    }

    fn badges(&mut self, officers: Option<&[String]>) {
        for path in self.below(layout::BADGES) {
            let Some(bytes) = self.load(&path, limit::SMALL, None) else { continue };
            let Some(list) = self.list.as_ref() else { return };
            self.out.checked(CheckId::Signatures, 1);
            self.out.checked(CheckId::Office, 1);
            let opened = Badge::open(&bytes, list);
            if path != layout::badge(&digest16(&bytes)) {
                self.out.add(Finding::BadgeOther, path.as_str(), "");
            }
            match opened {
                Ok(badge) if officers.is_some_and(|o| !o.contains(&badge.officer.number)) => {
                    self.out.add(Finding::BadgeNotAssigned, path, badge.officer.number);
                }
                Ok(_) => {}
                Err(error) => self.out.add(Finding::BadgeSignature, path, error.to_string()),
            }
        }
    }

    /// Signers and digest. What a pack says is not judged: a later data model does not make an old case wrong.
    fn packs(&mut self, recorded: &BTreeSet<String>, used_at: i64) {
        for path in self.below(layout::PACKS) {
            let Some(bytes) = self.load(&path, LIMIT as u64, None) else { continue };
            let Some(list) = self.list.as_ref() else { return };
            self.out.checked(CheckId::Signatures, 1);
            self.out.checked(CheckId::Office, 1);
            let key_of = |kid| match list.key_for(kid, Use::Pack).ok()? {
                key if key.valid_at(used_at).is_ok() => {
                    if let TrustedKey::Verify(public) = key.key {
                        Some(public)
                    } else {
                        None
                    }
                }
                _ => None,
            };
            match MultiSigned::read(&bytes, TYP).and_then(|m| m.verify(SIGNERS, key_of)) {
                Ok((payload, _)) if path != layout::pack(&sha256(&payload)) => self.out.add(Finding::PackOther, path, ""),
                Ok(_) => {}
                Err(error) => self.refuse(Finding::PackSignature, &path, &LogError::from(error)),
            }
        }
        for digest in recorded {
            let path = format!("{}{digest}.cbor", layout::PACKS);
            if !self.bag.files().contains_key(&path) {
                self.out.add(Finding::PackNone, path, "");
            }
        }
    }
}
