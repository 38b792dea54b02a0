//! J13: the law in force on the day of the act, unless the newer one is lighter (处罚法 37).

use crate::calendar::Day;
use crate::inspection::Gate;
use crate::inspection::gate::gate;
use crate::pack::{DiscretionRow, EnforcementItem, Fine, Pack};
use std::collections::BTreeSet;

/// Whether a row's law governs an act of `act` that is decided on `decided`.
#[must_use]
pub fn basis(pack: &Pack, row: &DiscretionRow, act: Day, decided: Day) -> Vec<Gate> {
    let mut gates = Vec::new();
    let sources = || row.basis.iter().filter_map(|basis| pack.source(&basis.source));
    if row.basis.is_empty() || sources().count() != row.basis.len() || !sources().all(|s| s.kind.is_some_and(|k| k.may_punish()))
    {
        gates.push(closed(
            ["处罚依据不是法律、法规、规章", "the basis is no law, regulation or rule"],
            ["改引法律、法规、规章", "cite a law, regulation or rule"],
        ));
    }
    let on = |row: &DiscretionRow, day: Day| in_force(pack, row, day);
    let newer = pack.discretion.iter().find(|other| other.replaces.as_deref() == Some(&row.id) && on(other, decided));
    if let Some(newer) = newer.filter(|newer| on(row, act) && !on(newer, act) && lighter(pack, newer, row)) {
        gates.push(closed(
            [
                &format!("新的规定处罚较轻，应当适用：{}", newer.act.zh),
                &format!("the newer rule is lighter and governs: {}", newer.act.en),
            ],
            ["适用新的规定", "apply the newer rule"],
        ));
    }
    if !on(row, act) {
        let older = row.replaces.as_deref().and_then(|id| pack.discretion_row(id)).filter(|older| on(older, act));
        // The newer law reaches back only where it is lighter than the one of the day.
        if !older.is_some_and(|older| on(row, decided) && lighter(pack, row, older)) {
            gates.push(closed(
                [
                    &format!("违法行为发生时（{act}）该依据尚未施行或者已经失效"),
                    &format!("the basis was not in force on the day of the act ({act})"),
                ],
                ["适用行为发生时有效的规定；没有的，不得处罚", "apply the rule of that day; without one there is no penalty"],
            ));
        }
    }
    gates
}

fn closed(missing: [&str; 2], way_on: [&str; 2]) -> Gate {
    gate("J13", "行政处罚法 16、37", missing, way_on)
}

fn in_force(pack: &Pack, row: &DiscretionRow, day: Day) -> bool {
    row.basis.iter().all(|basis| pack.source(&basis.source).is_some_and(|source| source.in_force_on(day)))
}

/// It imposes no kind that the older does not, at most as high a fine, and one of them less. Fines of different measure are not compared.
fn lighter(pack: &Pack, newer: &DiscretionRow, older: &DiscretionRow) -> bool {
    let item = |row: &DiscretionRow| pack.enforcement_item(&row.item);
    let (Some(newer), Some(older)) = (item(newer), item(older)) else { return false };
    let kinds = |item: &EnforcementItem| item.statutory.iter().flat_map(|band| band.kinds.clone()).collect::<BTreeSet<_>>();
    let (kind, before) = (kinds(newer), kinds(older));
    let comparable = match (top(newer), top(older)) {
        (Some((a, _)), Some((b, _))) => a == b,
        _ => true,
    };
    let (fine, fined) = (top(newer).map(|t| t.1), top(older).map(|t| t.1));
    comparable && kind.is_subset(&before) && fine <= fined && (kind != before || fine < fined)
}

/// Whether it is counted by gains, and the most.
fn top(item: &EnforcementItem) -> Option<(bool, u64)> {
    let fines = item.statutory.iter().filter_map(|band| band.fine);
    fines
        .map(|fine| match fine {
            Fine::Yuan { max, .. } => (false, max),
            Fine::Gains { max, .. } => (true, max),
        })
        .max()
}
