//! The pictures for both readers, and what the first of them, rqrr, reads.

use super::picture::{MUST, Picture, Shot, ladders};
use super::samples::{self, HOST, Length};
use mingzheng_core::badge::Matrix;
use serde_json::{Value as Json, json};
use std::path::Path;
use std::thread;

/// Pictures that a camera gives in a second.
pub(crate) const PICTURES: u8 = 15;

/// A frame that is photographed.
pub(crate) struct Code {
    pub(crate) name: String,
    pub(crate) matrix: Matrix,
    pub(crate) text: String,
}

fn code(kind: u8, length: Length) -> Code {
    let frame = samples::frame(kind, length);
    let name = format!("{kind}, {}", length.name());
    Code { name, matrix: Matrix::of(&frame, HOST).unwrap(), text: frame.to_text(HOST).unwrap() }
}

/// Usual and longest of each frame.
pub(crate) fn codes() -> Vec<Code> {
    (1..=3).flat_map(|kind| [Length::Usual, Length::Longest].map(|length| code(kind, length))).collect()
}

/// What rqrr reads.
fn rqrr(picture: &Picture) -> Option<String> {
    let grey = |x, y| picture.pixels[y * picture.width + x];
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(picture.width, picture.height, grey);
    image.detect_grids().iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
}

/// The pictures up to the first that rqrr reads, and whether it reads one.
pub(crate) fn pictures(shot: &Shot, code: &Code) -> (Vec<Picture>, bool) {
    let mut taken = Vec::new();
    for nth in 0..PICTURES {
        let picture = shot.of(&code.matrix, nth);
        // rqrr looks at the nearest pixel only: it is given each picture a second time, enlarged.
        let read = [rqrr(&picture), rqrr(&picture.enlarged())].contains(&Some(code.text.clone()));
        taken.push(picture);
        if read {
            return (taken, true);
        }
    }
    (taken, false)
}

/// Writes all pictures and `index.json`: for each its frame, what was done, the text, the files, and whether rqrr reads one of them.
/// `ends` says whether the steps up to where readers end are taken too.
pub(crate) fn write(folder: &Path, ends: bool) {
    if folder.exists() {
        std::fs::remove_dir_all(folder).unwrap();
    }
    std::fs::create_dir_all(folder).unwrap();
    let codes = codes();
    let mut work: Vec<(&str, Option<String>, Shot, &Code)> = Vec::new();
    for shot in &MUST {
        work.extend(codes.iter().map(|code| (shot.name, None, *shot, code)));
    }
    let (largest, smaller) = (code(1, Length::Longest), code(2, Length::Usual));
    for (row, rungs) in ladders().into_iter().filter(|_| ends) {
        for (rung, shot) in rungs {
            work.extend([&largest, &smaller].map(|code| (row, Some(rung.clone()), shot, code)));
        }
    }
    let taken = |first: usize| -> Vec<(usize, Json)> {
        let mine = work.iter().enumerate().skip(first).step_by(2);
        mine.map(|(i, (row, rung, shot, code))| {
            let (pictures, read) = pictures(shot, code);
            let files: Vec<_> = (0..pictures.len()).map(|n| format!("{i:03}-{n}.pgm")).collect();
            for (file, picture) in files.iter().zip(&pictures) {
                std::fs::write(folder.join(file), picture.to_pgm()).unwrap();
            }
            let frame = json!({"frame": code.name, "version": code.matrix.version, "text": code.text});
            (i, json!({"of": frame, "row": row, "rung": rung, "files": files, "rqrr": read}))
        })
        .collect()
    };
    let mut index = thread::scope(|scope| {
        let other = scope.spawn(|| taken(1));
        let mut all = taken(0);
        all.extend(other.join().unwrap());
        all
    });
    index.sort_by_key(|(i, _)| *i);
    let index: Vec<_> = index.into_iter().map(|(_, row)| row).collect();
    std::fs::write(folder.join("index.json"), serde_json::to_vec(&index).unwrap()).unwrap();
    println!("{} cases in {}", index.len(), folder.display());
}
