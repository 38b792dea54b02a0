//! The forms of the shipped pack, filled with one coherent case, as PDF: for people to look at and veraPDF to judge.
//!
//! cargo run --example samples -- FOLDER [FORM…]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "an example that stops and says why"
)]

mod case;
mod sheet;

use std::path::PathBuf;

use mingzheng_core::document::Fonts;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next().map(PathBuf::from) else { panic!("samples FOLDER [FORM…]") };
    let only: Vec<_> = arguments.collect();
    let case = case::Case::read();
    let font_folder =
        std::env::var_os("MINGZHENG_FONT_DIR").map_or_else(|| "/usr/share/fonts/opentype/noto".into(), PathBuf::from);
    let names = ["NotoSerifCJK-Regular.ttc", "NotoSerifCJK-Bold.ttc", "NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"];
    let fonts = Fonts::from_bytes(names.map(|name| std::fs::read(font_folder.join(name)).unwrap()).to_vec()).unwrap();
    std::fs::create_dir_all(&folder).unwrap();
    let mut wrong = false;
    for (no, form) in (1..).zip(case.forms()) {
        if !only.is_empty() && !only.contains(&form.id) {
            continue;
        }
        let filled = case.filled(form).with_fonts(&fonts);
        if let Err((missing, faults)) = filled.ready() {
            wrong = true;
            let missing: Vec<_> = missing.iter().map(|m| m.field.as_str()).collect();
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            eprintln!("{}: missing: {}; wrong: {}", form.id, missing.join(" "), faults.join("; "));
        }
        match case.paper(form, &case.page(form), &fonts) {
            Ok(pdf) => std::fs::write(folder.join(format!("{no:02}-{}.pdf", form.id)), pdf).unwrap(),
            Err(fault) => {
                wrong = true;
                eprintln!("{}: {fault}", form.id);
            }
        }
    }
    if only.is_empty() {
        sheet::draw(&folder);
        std::fs::write(folder.join("forms.md"), case.table()).unwrap();
        std::fs::write(folder.join("drawn.pdf"), case.drawn(&fonts)).unwrap();
    }
    if wrong {
        std::process::exit(1);
    }
}
