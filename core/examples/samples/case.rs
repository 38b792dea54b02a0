//! The facts of one coherent case (`forms/example.toml`) and the forms of the shipped pack that they fill.

use std::path::{Path, PathBuf};

use mingzheng_core::document::facts::{Ink, Moment};
use mingzheng_core::document::form::{Filled, FormPage, fill, paper};
use mingzheng_core::document::{DocumentError, DrawnCharacter, Example, Fonts};
use mingzheng_core::pack::{Form, Pack, author};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/weisheng-jiandu")
}

pub(crate) struct Case {
    pub(crate) pack: Pack,
    pub(crate) example: Example,
}

impl Case {
    pub(crate) fn read() -> Case {
        let pack = author::compile(&folder()).unwrap_or_else(|problems| {
            let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
            panic!("{}", said.join("\n"))
        });
        let text = std::fs::read_to_string(folder().join(Example::PATH)).unwrap();
        let example = Example::read(&pack, &text).unwrap_or_else(|e| panic!("{e}"));
        Case { pack, example }
    }

    /// The forms that are filled from facts, in the pack's order.
    pub(crate) fn forms(&self) -> impl Iterator<Item = &Form> {
        self.pack.forms.iter().filter(|f| !f.fields.is_empty())
    }

    pub(crate) fn filled(&self, form: &Form) -> Filled {
        self.example.filled(&self.pack, form)
    }

    pub(crate) fn page(&self, form: &Form) -> FormPage {
        self.example.page(&self.pack, form).unwrap_or_else(|e| panic!("{e}"))
    }

    pub(crate) fn paper(&self, form: &Form, page: &FormPage, fonts: &Fonts) -> Result<Vec<u8>, DocumentError> {
        paper(&self.pack, &form.id, page, Moment { ms: 1_795_060_800_000, offset_min: 480 }, fonts, Vec::new())
    }

    /// A paper with a name that no font can show, drawn by hand (F12).
    pub(crate) fn drawn(&self, fonts: &Fonts) -> Vec<u8> {
        let form = self.pack.form("lian-baogao").unwrap();
        let mut known = self.example.known(&form.id);
        known["party"]["legal_representative"] = "何䶮𬭩㛃𠮷𱍐".into();
        let lines = vec![vec![[20, 40], [100, 10], [180, 40]], vec![[100, 50], [98, 120]], vec![[40, 80], [160, 78]]];
        let drawn = DrawnCharacter::new(fonts, "𱍐", Ink { width: 200, height: 200, lines }).unwrap();
        let filled = fill(&self.pack, form, &known, &self.example.typed(&form.id)).with_drawn(&[drawn]).with_fonts(fonts);
        let page = FormPage { facts: filled.ready().unwrap().clone(), closing: None, presented: None, trust_root: None };
        self.paper(form, &page, fonts).unwrap()
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
}
