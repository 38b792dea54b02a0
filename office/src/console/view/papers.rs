//! Papers with their signatures and files.

use super::words::{name_of, text, time, word};
use crate::cases::Named;
use crate::text::{CONSOLE, html};
use mingzheng_core::id::hex;
use mingzheng_core::inspection::Inspection;
use mingzheng_core::pack::Pack;

/// A paper.
pub(in crate::console) struct Paper {
    /// Title of the form, HTML.
    pub form: String,
    /// Signatures, HTML.
    pub signatures: Vec<String>,
    /// Refusal, HTML.
    pub refusal: Option<String>,
    /// (label HTML, digest hex, received).
    pub files: Vec<(String, String, bool)>,
}

pub(super) fn papers(i: &Inspection, files: &[Named], pack: Option<&Pack>) -> Vec<Paper> {
    i.papers
        .iter()
        .map(|p| Paper {
            form: p
                .form
                .split_once('#')
                .and_then(|(_, id)| pack?.form(id))
                .map_or_else(|| text(&p.form), |f| html(&f.title.zh, &f.title.en)),
            signatures: p
                .signatures
                .iter()
                .map(|s| {
                    let own = if s.own_device { format!(" · {}", CONSOLE.both("paper.owndevice")) } else { String::new() };
                    let number = s.number.as_deref().map(|n| format!("（{n}）")).unwrap_or_default();
                    format!(
                        "{} {} <span class=\"dim\">{}{own}</span>",
                        word(&name_of(&s.role)),
                        text(&format!("{}{number}", s.name)),
                        time(s.at.ms, s.at.zone_min)
                    )
                })
                .collect(),
            refusal: p.refusal.as_ref().map(|r| {
                let witness = match (&r.witness, &r.witness_unit) {
                    (Some(w), Some(u)) => format!("{w}（{u}）"),
                    (Some(w), None) => w.clone(),
                    _ => CONSOLE.plain("word.none"),
                };
                format!(
                    "{} {}：{} — {} {}",
                    word(&name_of(&r.why)),
                    text(&r.name),
                    text(&r.reason),
                    CONSOLE.both("paper.witness"),
                    text(&witness)
                )
            }),
            files: files
                .iter()
                .rev()
                .filter(|f| f.id == p.id && (f.what == "paper" || f.what == "presented"))
                .map(|f| {
                    let label = if f.what == "paper" { "paper.final" } else { "paper.presented" };
                    (CONSOLE.both(label), hex(&f.clear), f.sealed.is_some())
                })
                .collect(),
        })
        .collect()
}
