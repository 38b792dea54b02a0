//! Names of the files of a bundle (`docs/formats` §10).

use crate::id::{Digest, Digest16, Id, hex};

pub(super) const BAGIT: &str = "bagit.txt";
pub(super) const BAG_INFO: &str = "bag-info.txt";
pub(super) const MANIFEST: &str = "manifest-sha256.txt";
pub(super) const TAG_MANIFEST: &str = "tagmanifest-sha256.txt";
pub(super) const BUNDLE: &str = "bundle.cose";
pub(super) const CASE: &str = "data/case.cbor";
pub(super) const TRUST: &str = "data/trust/trust.cbor";
pub(super) const ASSIGNMENT: &str = "data/assignment.cose";
pub(super) const BADGES: &str = "data/badge/";
pub(super) const PACKS: &str = "data/pack/";
pub(super) const ANCHORS: &str = "data/anchor/";
pub(super) const CUSTODY: &str = "data/custody/";
pub(super) const EVIDENCE: &str = "data/evidence/";
pub(super) const PAPERS: &str = "data/paper/";
pub(super) const LOGS: &str = "data/log/";
pub(super) const OUTSIDE: &str = "data/outside/";
pub(super) const ACCESS: &str = "data/access/";
pub(super) const DESTROYED: &str = "data/destroyed/";
/// The verifier as a page.
pub(super) const PAGE: &str = "verify.html";

/// The whole of `bagit.txt` (RFC 8493 §2.1.1).
pub(super) const BAGIT_TEXT: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

const MAX_PATH: usize = 200;

pub(super) fn enrolment(log: &Id) -> String {
    format!("data/trust/enrolment-{log}.cose")
}
pub(super) fn revocation(log: &Id) -> String {
    format!("data/trust/revocation-{log}.cose")
}
pub(super) fn outside(epoch: u64, size: u64) -> String {
    format!("{OUTSIDE}{epoch}-{size}.cbor")
}
pub(super) fn access(record: &Digest) -> String {
    format!("{ACCESS}{}.cbor", hex(record))
}
pub(super) fn badge(digest: &Digest16) -> String {
    format!("{BADGES}{}.cose", hex(digest))
}
pub(super) fn pack(digest: &Digest) -> String {
    format!("{PACKS}{}.cbor", hex(digest))
}
pub(super) fn anchor(digest: &Digest) -> String {
    format!("{ANCHORS}{}.cose", hex(digest))
}
pub(super) fn custody(sealed: &Digest) -> String {
    format!("{CUSTODY}{}.cbor", hex(sealed))
}
pub(super) fn destroyed(digest: &Digest) -> String {
    format!("{DESTROYED}{}.cbor", hex(digest))
}
pub(super) fn evidence(id: &str, ext: &str, sealed: bool) -> String {
    format!("{EVIDENCE}{id}.{ext}{}", if sealed { ".age" } else { "" })
}
pub(super) fn paper(name: &str) -> String {
    format!("{PAPERS}{name}.pdf")
}
pub(super) fn log_folder(log: &Id) -> String {
    format!("{LOGS}{log}/")
}
pub(super) fn entries(log: &Id) -> String {
    format!("{LOGS}{log}/entries.cbor")
}
pub(super) fn life(log: &Id) -> String {
    format!("{LOGS}{log}/life.cbor")
}
pub(super) fn consistency(log: &Id) -> String {
    format!("{LOGS}{log}/consistency.cbor")
}
pub(super) fn checkpoint(log: &Id, cp_no: u64) -> String {
    format!("{LOGS}{log}/checkpoint-{cp_no}.cose")
}
pub(super) fn receipt(log: &Id, cp_no: u64) -> String {
    format!("{LOGS}{log}/receipt-{cp_no}.cbor")
}

/// The number in `checkpoint-<n>.cose` or `receipt-<n>.cbor`, in its one spelling.
pub(super) fn number(name: &str, before: &str, after: &str) -> Option<u64> {
    let digits = name.strip_prefix(before)?.strip_suffix(after)?;
    digits.parse().ok().filter(|n: &u64| n.to_string() == digits)
}

/// Whether a path may occur in a bundle: `[a-z0-9._/-]`, no empty part, no part of dots alone.
pub(super) fn is_path(path: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'/' | b'-');
    path.len() <= MAX_PATH && path.bytes().all(allowed) && path.split('/').all(|p| !p.is_empty() && p.bytes().any(|b| b != b'.'))
}

/// What systems drop into folders that somebody looked into: no part of the case, a warning only (P9).
pub(super) fn is_dropping(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, ".DS_Store" | "Thumbs.db" | "desktop.ini" | ".directory") || name.starts_with("._")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_lead_elsewhere_or_look_alike_are_refused() {
        for good in ["bagit.txt", "data/log/00ff/entries.cbor", "data/evidence/a_b-c.jpg.age", "data/..x"] {
            assert!(is_path(good), "{good}");
        }
        for bad in ["", "/etc", "a//b", "../a", "a/../b", "a/.", "a/...", "A", "a b", "a\\b", "a\0", "é", "a/", "c:d"] {
            assert!(!is_path(bad), "{bad}");
        }
        assert_eq!(number("checkpoint-12.cose", "checkpoint-", ".cose"), Some(12));
        assert_eq!(number("checkpoint-012.cose", "checkpoint-", ".cose"), None);
    }
}
