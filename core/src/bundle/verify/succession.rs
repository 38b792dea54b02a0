//! Logs that follow others: rotation, lost keys, stores behind (F43, `docs/formats/verification.md` §7).

use super::entries::{Held, Place};
use super::logs::HeldLog;
use super::{Finding, Verification, layout};
use crate::cbor::{self, CborError};
use crate::id::{Digest, Id, hex, sha256};
use crate::log::tree;

/// What a `log.succeeds` says of the old log's tail, which no key signed at the time.
struct Adoption {
    /// The log that adopts.
    heir: Id,
    old: Id,
    size: u64,
    root: Digest,
}

impl Verification<'_> {
    /// The `log.*` entries of a log: what is of another log or kind is passed over.
    pub(super) fn life(&mut self, log: &HeldLog, read: Vec<Held>) -> Vec<Held> {
        let mut life: Vec<Held> = Vec::new();
        for e in read {
            let subject = log.life_subject(&e);
            if e.log != log.log || !e.kind.starts_with("log.") {
                self.out.add(Finding::EntryOther, subject, e.kind.as_str());
                continue;
            }
            if life.last().is_some_and(|before| before.seq >= e.seq) {
                self.out.add(Finding::EntryOrder, subject, "seq");
            }
            life.push(e);
        }
        life
    }

    /// Judges each succession between logs of the bundle, and marks what was adopted.
    pub(super) fn succession(&mut self, logs: &mut [HeldLog]) {
        let mut found = Vec::new();
        let mut adoptions = Vec::new();
        let mut heirs = Vec::new();
        for b in logs.iter() {
            for e in b.life.iter().filter(|e| e.kind == "log.succeeds") {
                let old = e.id("old").and_then(|old| logs.iter().find(|l| l.log == old && l.log != b.log));
                if let Some(a) = old {
                    heirs.push(b.log);
                    let proven = b.top().is_some() && matches!(e.place, Place::Fine);
                    if let (true, Some(size), Some(root)) = (proven, e.uint("adopted_size"), e.digest("adopted_root")) {
                        adoptions.push(Adoption { heir: b.log, old: a.log, size, root });
                    }
                }
                // Withheld, `old` says nothing; another log than one of the bundle is not for us to judge.
                let fits = old.map_or(e.id("old").map(|_| true), |a| succeeds(a, b, e));
                let detail = format!("{}: {}", e.text("old").unwrap_or_default(), e.text("reason").unwrap_or_default());
                let finding = match fits {
                    Some(true) => Finding::Succeeded,
                    Some(false) => Finding::SuccessionBroken,
                    None => continue,
                };
                found.push((finding, b.life_subject(e), detail));
            }
            for e in b.life.iter().filter(|e| e.kind == "log.ended") {
                let by = e.id("by").and_then(|by| logs.iter().find(|l| l.log == by)).and_then(|l| l.enrolment.as_ref());
                let key = by.map(|e| cbor::encode(&e.log_key.to_cose()).map(|k| sha256(&k)));
                if let (Some(key), Some(stated)) = (key, e.digest("key"))
                    && key != Ok::<_, CborError>(stated)
                {
                    found.push((Finding::SuccessionBroken, b.life_subject(e), hex(&stated)));
                }
            }
        }
        for (finding, subject, detail) in found {
            self.out.add(finding, subject, detail);
        }
        for log in logs.iter_mut() {
            log.heir = log.empty && heirs.contains(&log.log);
            let (path, life) = (log.path.clone(), layout::life(&log.log));
            for (e, path, counts) in
                log.entries.iter_mut().map(|e| (e, &path, 1)).chain(log.life.iter_mut().map(|e| (e, &life, 0)))
            {
                let Place::Beyond(leaf, proof) = &e.place else { continue };
                let by = adoptions.iter().filter(|a| a.old == log.log);
                let adopted = by.into_iter().find(|a| tree::root_from_inclusion(*leaf, e.seq, a.size, proof) == Some(a.root));
                if let Some(a) = adopted {
                    self.out.add(Finding::Adopted, format!("{path}#{}", e.seq), a.heir.to_string());
                    e.place = Place::Fine;
                    log.adopted += counts;
                }
            }
        }
    }
}

/// Whether what log `b` says of the end of log `a` fits that log's checkpoints; `None` when it cannot be told.
fn succeeds(a: &HeldLog, b: &HeldLog, e: &Held) -> Option<bool> {
    let known = if e.is_null("cp_no") { None } else { Some(e.uint("cp_no")?) };
    let newer = a.checkpoints.keys().any(|n| known.is_none_or(|k| *n > k));
    let other = match known.and_then(|k| a.checkpoints.get(&k)) {
        None => false,
        Some(c) => {
            let root = if e.is_null("root") { None } else { Some(e.digest("root")?) };
            c.content.size != e.uint("size")? || Some(c.content.root) != root
        }
    };
    let ended = || a.life.iter().any(|end| end.kind == "log.ended" && end.id("by") == Some(b.log));
    let one_sided = e.text("reason")? == "rotated" && !ended();
    Some(!newer && !other && !one_sided)
}
