//! PDFs: veraPDF's verdict, embedded fonts.

use crate::count::Count;
use crate::maven::mvn;
use crate::place::{Place, fresh};
use crate::run::Log;
use crate::{samples, say};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Resolves veraPDF by Maven and compiles the small program that asks it.
pub(crate) fn prepare(place: &Place) -> Result<(), String> {
    let class_path = place.target().join("verapdf/class-path");
    let sources = place.root.join("tests/verapdf");
    if fresh(&class_path, &[sources]) {
        return Ok(());
    }
    say::line("  getting veraPDF");
    let mut log = Log::quiet(place, "verapdf")?;
    log.run(&mut mvn(place, "tests/verapdf", &["--quiet", "compile", "dependency:build-classpath"]))?;
    if class_path.exists() { Ok(()) } else { Err("Maven wrote no class path of veraPDF".to_owned()) }
}

/// `record.pdf` of the demo, the papers of a practice office and every form of the shipped pack are PDF/A-3a and PDF/UA-1, and all their fonts are embedded.
pub(crate) fn test(place: &Place, log: &mut Log) -> Result<Count, String> {
    let record = place.demo_out().join("record.pdf");
    if !record.exists() {
        return Err("there is no demo-out/record.pdf; the stage demo writes it".to_owned());
    }
    let home = place.target().join("verapdf");
    let class_path = fs::read_to_string(home.join("class-path")).map_err(|error| format!("class path of veraPDF: {error}"))?;
    let mut papers = vec![record];
    papers.extend(office_papers(place, log)?);
    papers.extend(samples::make(place, log, &place.samples())?);
    let mut command = Command::new("java");
    command.arg("-cp").arg(format!("{}:{}", home.join("classes").display(), class_path.trim())).arg("Judge").args(&papers);
    let (verdicts, _) = log.ask(&mut command)?;
    let mut count = Count::default();
    for paper in papers {
        let name = paper.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for flavour in ["PDF/A-3a", "PDF/UA-1"] {
            if verdicts.lines().any(|line| line == format!("{flavour} {} compliant", paper.display())) {
                count.passed += 1;
            } else {
                count.failed += 1;
                say::line(&format!("  {name} is not {flavour}:\n{}", crate::run::tail(&verdicts, 20)));
            }
        }
        let fonts = log.run(Command::new("pdffonts").arg(&paper))?;
        match foreign_fonts(&fonts) {
            Some(0) => count.passed += 1,
            _ => {
                count.failed += 1;
                say::line(&format!("  {name} has fonts that are not embedded, or none:\n{}", crate::run::tail(&fonts, 20)));
            }
        }
    }
    Ok(count)
}

/// Desk card (R12) and leaflet (R16), made by a practice office.
fn office_papers(place: &Place, log: &mut Log) -> Result<[PathBuf; 2], String> {
    let folder = place.target().join("papers");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut office = |arguments: &str, files: &[&Path]| {
        let mut command = Command::new(place.built().join("mingzheng"));
        command.envs(place.variables()).arg("--config").arg(folder.join("mingzheng.toml"));
        log.run(command.args(arguments.split(' ')).args(files)).map(drop)
    };
    let [card, leaflet, pack] = ["card.pdf", "leaflet.pdf", "pack.cbor"].map(|name| folder.join(name));
    office("init --organ 某县卫生健康局", &[&folder])?;
    office(
        "enroll --json --name 王小明 --unit 某县卫生监督所 --position 科员 --number 51080001 --category 卫生 --area 某县 --until 2035-12-31",
        &[],
    )?;
    office("pack sign --out", &[&pack, &place.root.join("packs/weisheng-jiandu")])?;
    office("pack add", &[&pack])?;
    office("card --number 51080001 --out", &[&card])?;
    office("leaflet --out", &[&leaflet])?;
    Ok([card, leaflet])
}

/// How many fonts of a `pdffonts` table are not embedded; nothing when the table is empty.
/// Long names push the columns to the right, so they are counted from the end: emb sub uni object generation.
fn foreign_fonts(table: &str) -> Option<usize> {
    let (_, rows) = table.split_once("\n---")?;
    let rows: Vec<_> = rows.lines().skip(1).filter(|row| !row.trim().is_empty()).collect();
    if rows.is_empty() {
        return None;
    }
    Some(rows.iter().filter(|row| row.split_whitespace().rev().nth(4) != Some("yes")).count())
}

#[cfg(test)]
mod tests {
    use super::foreign_fonts;

    #[test]
    fn fonts_are_read_from_the_table() {
        let head = "name                                 type              encoding         emb sub uni object ID\n\
                    ------------------------------------ ----------------- ---------------- --- --- --- ---------\n";
        let good = "ABCDEF+NotoSerifCJKsc-Regular-Identity-H CID Type 0C       Identity-H       yes yes yes     33  0\n";
        let bad = "Helvetica                            Type 1            WinAnsi          no  no  no      34  0\n";
        assert_eq!(foreign_fonts(&format!("{head}{good}")), Some(0));
        assert_eq!(foreign_fonts(&format!("{head}{good}{bad}")), Some(1));
        assert_eq!(foreign_fonts(head), None);
    }
}
