//! The devices' logs, verified again from what is stored.

use super::words::{office_time, short, time, word};
use crate::cases;
use crate::error::Result;
use crate::office::Office;
use crate::text::CONSOLE;
use mingzheng_core::enrolment::Enrolment;
use mingzheng_core::id::{Id, hex};
use mingzheng_core::log::{Checkpoint, LogReceipt, OfficeLeaf, tree};

/// A checkpoint with what was verified just now.
pub(in crate::console) struct Proven {
    /// Number.
    pub cp_no: u64,
    /// Size.
    pub size: u64,
    /// Root, shortened.
    pub root: String,
    /// Device's clock.
    pub signed: String,
    /// Office time.
    pub received: String,
    /// `leaf of size`.
    pub leaf: String,
    /// Everything agrees.
    pub ok: bool,
}

/// A device's log.
pub(in crate::console) struct LogView {
    /// Log, hex.
    pub log: String,
    /// Person's name.
    pub person: String,
    /// Model.
    pub model: String,
    /// Key protection, HTML.
    pub protection: String,
    /// Checkpoints, newest first.
    pub checkpoints: Vec<Proven>,
    /// All checkpoints agree.
    pub ok: bool,
    /// Proofs of two histories.
    pub forks: usize,
}

/// A device's log, verified again from what is stored.
pub(super) fn view(office: &Office, log: Id) -> Result<LogView> {
    let (signed, model) = cases::enrolment(office, log)?;
    let e = Enrolment::open(&signed, &office.trust)?;
    let received = cases::checkpoints(office, log)?;
    let newest = received.values().last().map(|r| Checkpoint::open(&r.signed, &e.log_key)).transpose()?.map_or(0, |c| c.size);
    let leaves = office.store.read(|c| crate::ingest::leaves(c, log, newest))?;
    let prove = |r: &cases::Received| {
        let cp = Checkpoint::open(&r.signed, &e.log_key)?;
        let receipt = LogReceipt::open(&r.receipt, &office.trust)?;
        let prefix = usize::try_from(cp.size).ok().and_then(|n| leaves.get(..n));
        let covers = OfficeLeaf::Checkpoint { checkpoint: Checkpoint::digest(&r.signed), log, size: cp.size, at: r.received };
        Ok::<_, crate::error::OfficeError>(Proven {
            cp_no: cp.cp_no,
            size: cp.size,
            root: short(&hex(&cp.root)),
            signed: time(cp.clocks.reading.wall_ms, cp.clocks.reading.zone_min),
            received: office_time(r.received),
            leaf: format!("#{} / {}", receipt.index, receipt.size),
            ok: prefix.is_some_and(|p| tree::root(p) == cp.root) && receipt.leaf == covers,
        })
    };
    let checkpoints: Vec<Proven> = received
        .values()
        .rev()
        .map(|r| {
            // What no longer verifies is shown as such, never left out.
            prove(r).unwrap_or_else(|_| Proven {
                cp_no: r.cp_no,
                size: 0,
                root: String::new(),
                signed: String::new(),
                received: office_time(r.received),
                leaf: String::new(),
                ok: false,
            })
        })
        .collect();
    Ok(LogView {
        log: log.to_string(),
        protection: protection(&e),
        person: e.name,
        model,
        ok: checkpoints.iter().all(|c| c.ok),
        checkpoints,
        forks: cases::forks(office, log)?,
    })
}

/// Where a device's keys live, and whether its platform proved that.
pub(super) fn protection(e: &Enrolment) -> String {
    let proven = CONSOLE.both(if e.attested { "log.attested" } else { "log.claimed" });
    format!("{} <span class=\"dim\">{proven}</span>", word(e.key_protection.name()))
}
