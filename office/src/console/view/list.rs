//! The list of inspections, and the state that each row shows.

use super::words::{day, office_time};
use super::{inspection, logs_of, officers};
use crate::cases;
use crate::error::Result;
use crate::office::Office;
use crate::text::CONSOLE;
use mingzheng_core::id::Id;
use mingzheng_core::inspection::Inspection;

/// A state with its words and the class of its colour.
pub(in crate::console) struct State {
    /// HTML.
    pub label: String,
    /// `good`, `warn` or `plain`.
    pub class: &'static str,
}

pub(super) fn state(i: &Inspection) -> State {
    let refused = i.papers.iter().any(|p| p.refusal.is_some());
    let finished = i.papers.iter().any(|p| p.finished.is_some());
    let (name, class) = match (i.closed.is_some(), refused, finished) {
        (true, true, _) => ("state.refused", "warn"),
        (true, false, _) => ("state.closed", "good"),
        (false, _, true) => ("state.signed", "plain"),
        _ => ("state.open", "plain"),
    };
    State { label: CONSOLE.both(name), class }
}

/// A row of the list.
pub(in crate::console) struct Row {
    /// Case, hex.
    pub case: String,
    /// Enterprise or title.
    pub enterprise: String,
    /// Day and kind.
    pub about: String,
    /// Names of the officers.
    pub officers: String,
    /// State.
    pub state: State,
    /// Office time of the last receipt.
    pub receipt: String,
    /// Files that entries name and that are in custody.
    pub held: usize,
    /// Files that are still missing.
    pub missing: usize,
    /// Something to look at: a fork or a clock jump.
    pub alarm: bool,
}

/// The list.
///
/// # Errors
/// [`crate::error::OfficeError`].
pub(in crate::console) fn rows(office: &Office) -> Result<Vec<Row>> {
    cases::all(office)?.into_iter().map(|case| row(office, case)).collect()
}

fn row(office: &Office, case: Id) -> Result<Row> {
    let held = cases::entries(office, case)?;
    let i = inspection(&held);
    let files = cases::files(office, case)?;
    let (lacking, peers) = cases::lacking(&i, &held, &files);
    let (present, missing) = (files.iter().filter(|f| cases::counts(f)).count() - lacking.len(), lacking.len() + peers.len());
    let received = held.iter().map(|h| h.received).max().unwrap_or(0);
    let mut forked = false;
    for log in logs_of(&held) {
        forked |= cases::forks(office, log)? > 0;
    }
    Ok(Row {
        case: case.to_string(),
        enterprise: i.task.as_ref().map_or_else(|| CONSOLE.plain("cases.untitled"), |t| t.enterprise.name.clone()),
        about: i
            .task
            .as_ref()
            .map_or_else(String::new, |t| format!("{} · {}", day(t.day), CONSOLE.plain(&format!("word.{}", t.kind)))),
        officers: officers(&i),
        state: state(&i),
        receipt: office_time(received),
        held: present,
        missing,
        alarm: forked || !i.jumps.is_empty(),
    })
}
