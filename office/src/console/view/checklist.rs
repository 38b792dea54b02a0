//! Checklists with answers, and corrections.

use super::words::{text, time};
use crate::text::html;
use mingzheng_core::inspection::Inspection;
use mingzheng_core::pack::{Answer, Pack};
use std::collections::BTreeMap;

/// A checklist with answers.
pub(in crate::console) struct Item {
    /// Number or id.
    pub no: String,
    /// What must be so, HTML.
    pub text: String,
    /// Result, HTML.
    pub result: String,
    /// `good`, `bad`, `plain`, `warn`.
    pub class: &'static str,
    /// Note and measured value.
    pub note: String,
    /// Measured value with unit.
    pub measured: String,
    /// Numbers of photos.
    pub photos: Vec<usize>,
}

/// A checklist.
pub(in crate::console) struct Checklist {
    /// Title, HTML.
    pub title: String,
    /// Items in order.
    pub items: Vec<Item>,
}

pub(super) fn checklists(i: &Inspection, pack: Option<&Pack>) -> Vec<Checklist> {
    let mut by_list: BTreeMap<&str, Vec<(u32, Item)>> = BTreeMap::new();
    for (id, a) in &i.answers {
        let row = pack.and_then(|p| p.item(id));
        let (zh, en) = a.result.word();
        let class = match a.result {
            Answer::Pass => "good",
            Answer::Fail => "bad",
            Answer::Corrected => "warn",
            Answer::NotApplicable => "plain",
        };
        let unit = row.and_then(|r| r.measure.as_ref()).map(|m| m.unit.clone()).unwrap_or_default();
        let item = Item {
            no: row.map_or_else(|| id.clone(), |r| r.no.to_string()),
            text: row.map_or_else(|| text(id), |r| html(&r.text.zh, &r.text.en)),
            result: html(zh, en),
            class,
            note: a.note.clone(),
            measured: a.measured.as_ref().map(|m| format!("{m} {unit}")).unwrap_or_default(),
            photos: i.evidence.iter().filter(|e| e.item.as_ref() == Some(id)).map(|e| e.number).collect(),
        };
        by_list.entry(&a.checklist).or_default().push((row.map_or(u32::MAX, |r| r.no), item));
    }
    by_list
        .into_iter()
        .map(|(list, mut items)| {
            items.sort_by_key(|(no, _)| *no);
            let title = pack.and_then(|p| p.checklist(list)).map_or_else(|| text(list), |c| html(&c.title.zh, &c.title.en));
            Checklist { title, items: items.into_iter().map(|(_, item)| item).collect() }
        })
        .collect()
}

/// Corrections: item, old, new, by, when.
pub(super) fn corrections(i: &Inspection) -> Vec<(String, String, String, String, String)> {
    i.corrections
        .iter()
        .map(|c| {
            let by = format!("{} · {}", c.by, c.initials.join("、"));
            (c.item.clone(), c.old.clone(), c.new.clone(), by, time(c.at.ms, c.at.zone_min))
        })
        .collect()
}
