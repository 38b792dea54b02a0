//! What is wanted of officers but closes nothing: open points, in the shape of a gate, that the phone and the office show to the end.

use super::gate::{Gate, gate};
use super::{Inspection, OfficerRef};

/// What of the advice an officer has not followed so far.
#[must_use]
pub fn open_points(i: &Inspection, officer: &OfficerRef) -> Vec<Gate> {
    appearance(i, officer).into_iter().chain(crime(i)).collect()
}

/// R51: a suspected crime is reported; a fine does not replace it (处罚法 27).
fn crime(i: &Inspection) -> Option<Gate> {
    let suspected = i.people.flags.iter().find_map(|f| f.crime.as_ref())?;
    Some(gate(
        "R51",
        "行政处罚法 27；行政执法机关移送涉嫌犯罪案件的规定 5",
        [&format!("涉嫌犯罪：{suspected}"), "a crime is suspected"],
        ["报本机关负责人决定是否移送，不得以罚代刑", "report it to the head, who decides on referral; no fine instead"],
    ))
}

/// R09 着装、佩戴统一标识: confirmed before the certificate is shown, or at least said.
fn appearance(i: &Inspection, officer: &OfficerRef) -> Option<Gate> {
    let (missing, way_on) = match i.appearances.iter().find(|a| a.officer.person == officer.person) {
        Some(a) if a.uniform && a.insignia => return None,
        Some(_) => (
            ["着装、标识不齐，已如实记录", "dress or insignia incomplete, as recorded"],
            ["补齐后再确认一次；不影响检查", "put it right and confirm again; the inspection goes on"],
        ),
        None => (
            ["着装标识未确认", "dress and insignia not confirmed"],
            ["出示证件前自查并勾选；不影响检查", "look before showing the certificate, then tick; the inspection goes on"],
        ),
    };
    Some(gate("R09", "海沧三项制度 三(一)3(2)", missing, way_on))
}
