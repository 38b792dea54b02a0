//! One picture with the first page of every form.

use std::path::Path;
use std::process::Command;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, GrayImage, ImageEncoder as _, Luma, imageops};

const COLUMNS: u32 = 7;
const GAP: u32 = 8;

/// Draws `forms.png` into the folder of the PDFs (poppler-utils).
pub(crate) fn draw(folder: &Path) {
    let mut papers: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    papers.retain(|path| path.extension().is_some_and(|e| e == "pdf"));
    papers.sort();
    let work = tempfile::tempdir().unwrap();
    let picture = |(no, paper)| {
        let out = work.path().join(format!("{no}"));
        let status = Command::new("pdftoppm").args(["-png", "-gray", "-r", "34", "-singlefile"]).arg(paper).arg(&out).status();
        assert!(status.expect("Debian package poppler-utils").success());
        image::open(out.with_extension("png")).unwrap().to_luma8()
    };
    let pages: Vec<GrayImage> = papers.iter().enumerate().map(picture).collect();
    let (width, height) = (pages[0].width() + GAP, pages[0].height() + GAP);
    let rows = u32::try_from(pages.len()).unwrap().div_ceil(COLUMNS);
    let mut sheet = GrayImage::from_pixel(COLUMNS * width + GAP, rows * height + GAP, Luma([190]));
    for (i, page) in (0u32..).zip(&pages) {
        let (x, y) = (GAP + i % COLUMNS * width, GAP + i / COLUMNS * height);
        imageops::replace(&mut sheet, page, i64::from(x), i64::from(y));
    }
    // Four greys are enough for a look, and a fifth of the bytes.
    sheet.pixels_mut().for_each(|Luma([grey])| *grey = (*grey).saturating_add(42) / 85 * 85);
    let file = std::io::BufWriter::new(std::fs::File::create(folder.join("forms.png")).unwrap());
    let encoder = PngEncoder::new_with_quality(file, CompressionType::Best, FilterType::NoFilter);
    encoder.write_image(sheet.as_raw(), sheet.width(), sheet.height(), ExtendedColorType::L8).unwrap();
}
