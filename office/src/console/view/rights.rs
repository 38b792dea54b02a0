//! Certificates shown, rights told, and how they were taken.

use super::words::{name_of, text, time, word};
use mingzheng_core::inspection::{At, Inspection};

/// A notification.
pub(in crate::console) struct Told {
    /// What.
    pub text: String,
    /// How, in which language, version.
    pub how: String,
    /// When.
    pub at: String,
}

fn at(a: &At) -> String {
    time(a.ms, a.zone_min)
}

/// Certificates shown.
pub(super) fn badges(i: &Inspection) -> Vec<Told> {
    let told = |b: &mingzheng_core::inspection::Badge| Told {
        text: text(&format!("{}（{}）→ {}", b.officer.name, b.officer.number, b.to_whom)),
        how: word(&name_of(&b.acknowledged)),
        at: at(&b.at),
    };
    i.badges.iter().map(told).collect()
}

/// Items told.
pub(super) fn told(i: &Inspection) -> Vec<Told> {
    let told = |r: &mingzheng_core::inspection::RightGiven| Told {
        text: text(&r.text),
        how: format!(
            "{}<div class=\"dim\">{} · {} v{}</div>",
            word(&name_of(&r.how)),
            text(&r.language),
            text(&r.item),
            r.version
        ),
        at: at(&r.at),
    };
    i.rights.iter().map(told).collect()
}

/// How notifications were taken.
pub(super) fn acknowledged(i: &Inspection) -> Vec<Told> {
    let told = |a: &mingzheng_core::inspection::Acknowledged| Told {
        text: text(&match &a.reason {
            Some(reason) => format!("{}：{reason}", a.by),
            None => a.by.clone(),
        }),
        how: word(&name_of(&a.how)),
        at: at(&a.at),
    };
    i.acknowledged.values().map(told).collect()
}
