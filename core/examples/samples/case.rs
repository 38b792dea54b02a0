//! The facts of one coherent case (`tests/fixtures/samples/case.toml`) and the forms of the shipped pack that they fill.

use std::path::{Path, PathBuf};

use mingzheng_core::document::facts::Moment;
use mingzheng_core::document::form::{Filled, FormPage, fill, paper};
use mingzheng_core::document::{DocumentError, Fonts};
use mingzheng_core::pack::{Form, Pack, author};
use serde_json::{Map, Value};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) struct Case {
    pub(crate) pack: Pack,
    facts: Value,
}

impl Case {
    pub(crate) fn read() -> Case {
        let pack = author::compile(&root().join("packs/weisheng-jiandu")).unwrap_or_else(|problems| {
            let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
            panic!("{}", said.join("\n"))
        });
        let text = std::fs::read_to_string(root().join("tests/fixtures/samples/case.toml")).unwrap();
        Case { pack, facts: toml::from_str(&text).unwrap_or_else(|e| panic!("{e}")) }
    }

    /// The forms that are filled from facts, in the pack's order.
    pub(crate) fn forms(&self) -> impl Iterator<Item = &Form> {
        self.pack.forms.iter().filter(|f| !f.fields.is_empty())
    }

    /// What the case knows at the step of a form: the case's own facts and, over them, the step's (its number, its day).
    pub(crate) fn known(&self, form: &str) -> Value {
        let mut known = self.facts["known"].clone();
        for (key, value) in self.own(form, "known").and_then(Value::as_object).into_iter().flatten() {
            known[key] = value.clone();
        }
        known
    }

    /// What is typed into a form.
    pub(crate) fn typed(&self, form: &str) -> Map<String, Value> {
        self.own(form, "typed").and_then(Value::as_object).cloned().unwrap_or_default()
    }

    pub(crate) fn filled(&self, form: &Form) -> Filled {
        fill(&self.pack, form, &self.known(&form.id), &self.typed(&form.id))
    }

    /// The form as a page: signed where the case says who signed, else ready to be signed by hand.
    pub(crate) fn page(&self, form: &Form) -> FormPage {
        let closing = self
            .own(&form.id, "closing")
            .map(|c| serde_json::from_value(c.clone()).unwrap_or_else(|e| panic!("{}: {e}", form.id)));
        FormPage { facts: self.filled(form).facts, closing, presented: None, trust_root: None }
    }

    pub(crate) fn paper(&self, form: &Form, page: &FormPage, fonts: &Fonts) -> Result<Vec<u8>, DocumentError> {
        paper(&self.pack, &form.id, page, Moment { ms: 1_795_060_800_000, offset_min: 480 }, fonts, Vec::new())
    }

    /// The table of `docs/forms.md`.
    pub(crate) fn table(&self) -> String {
        let mut out = "| id | 文书 | 依据 | 签名、盖章 | 份数 | 救济 | 文号 |\n|---|---|---|---|---|---|---|\n".to_owned();
        for form in &self.pack.forms {
            let basis: Vec<_> = form.basis.iter().map(|b| self.pack.cite(b).zh).collect();
            let signers: Vec<_> = form.signers.iter().map(|s| s.word().0).collect();
            let copies = form.copies.as_ref().map_or_else(String::new, |copies| {
                let receivers: Vec<_> = copies.receivers.iter().map(|r| r.zh.as_str()).collect();
                format!("{}：{}{}", receivers.len(), receivers.join("、"), if copies.illustrative { "（示例）" } else { "" })
            });
            out.push_str(&format!(
                "| `{}` | {}<br>{} | {} | {} | {copies} | {} | {} |\n",
                form.id,
                form.title.zh,
                form.title.en,
                basis.join("；"),
                signers.join("、"),
                form.remedy.as_ref().map_or_else(String::new, |id| format!("`{id}`")),
                form.numbering.as_ref().map_or_else(String::new, |pattern| format!("`{pattern}`")),
            ));
        }
        out
    }

    fn own(&self, form: &str, part: &str) -> Option<&Value> {
        self.facts.get("form")?.get(form)?.get(part)
    }
}
