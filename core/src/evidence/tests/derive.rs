//! Derived copies of pictures (J19).

use super::super::derive::{DeriveError, MOSAIC_CELLS, PictureEdit, Region};
use super::*;

const fn region(x: u32, y: u32, width: u32, height: u32) -> Region {
    Region { x, y, width, height }
}

#[test]
fn j19_a_blurred_region_cannot_be_read_and_the_rest_stays() {
    let original = jpeg();
    let r = region(300, 100, 320, 160);
    let copy = PictureEdit::Blur(vec![r]).apply(&original).unwrap();
    let (before, after) =
        (image::load_from_memory(&original).unwrap().into_rgb8(), image::load_from_memory(&copy).unwrap().into_rgb8());
    assert_eq!(before.dimensions(), after.dimensions());
    let cell = 320 / MOSAIC_CELLS;
    let mut values = BTreeSet::new();
    for y in (r.y + 8..r.y + r.height - 8).step_by(cell as usize) {
        for x in (r.x + 8..r.x + r.width - 8).step_by(cell as usize) {
            values.insert(after.get_pixel(x, y).0);
        }
    }
    assert!(values.len() <= (MOSAIC_CELLS * MOSAIC_CELLS / 2) as usize, "no more values than cells");
    // Inside a cell nothing of the noise is left; outside it is.
    let spread = |p: &RgbImage, x: u32, y: u32| {
        let all: Vec<i32> = (0..16)
            .flat_map(|dy| (0..16).map(move |dx| (dx, dy)))
            .map(|(dx, dy)| i32::from(p.get_pixel(x + dx, y + dy).0[0]))
            .collect();
        all.iter().max().unwrap() - all.iter().min().unwrap()
    };
    assert!(spread(&before, 312, 112) > 20 && spread(&after, 312, 112) <= 8, "{}", spread(&after, 312, 112));
    assert!(spread(&after, 100, 500) > 20);
    assert_eq!(MediaType::sniff(&copy), MediaType::Jpeg);
}

#[test]
fn j19_a_crop_is_upright_and_without_metadata() {
    let turned = with_exif(&jpeg(), &[gps("S", "W"), vec![field(Tag::Orientation, Value::Short(vec![6]))]].concat());
    // Upright it is 800 × 1200.
    let copy = PictureEdit::Crop(region(700, 1100, 100, 100)).apply(&turned).unwrap();
    let cropped = image::load_from_memory(&copy).unwrap();
    assert_eq!((cropped.width(), cropped.height()), (100, 100));
    assert_eq!(super::super::exif::read(&copy, MediaType::Jpeg), Exif::Absent);
    for outside in [region(701, 0, 100, 10), region(0, 0, 0, 5), region(0, 1200, 1, 1), region(u32::MAX, 0, 2, 2)] {
        assert_eq!(PictureEdit::Crop(outside).apply(&turned), Err(DeriveError::Region));
        assert_eq!(PictureEdit::Blur(vec![outside]).apply(&turned), Err(DeriveError::Region));
    }
    assert_eq!(PictureEdit::Blur(vec![]).apply(&turned), Err(DeriveError::Region));
}

#[test]
fn j19_no_copy_is_made_of_what_cannot_be_seen() {
    let edit = PictureEdit::Crop(region(0, 0, 1, 1));
    assert_eq!(edit.apply(b"text"), Err(DeriveError::NoPicture));
    assert_eq!(edit.apply(&jpeg()[..5_000]), Err(DeriveError::NoPicture));
    let mut bomb = encoded(&picture(8, 8), ImageFormat::Png);
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    assert_eq!(edit.apply(&bomb), Err(DeriveError::TooLarge));
    assert_eq!(PictureEdit::Blur(vec![region(1, 2, 3, 4)]).parameters()["regions"][0]["width"], 3);
}
