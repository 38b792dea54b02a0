//! A phone's screen as another phone's camera sees it: placed, tilted, blurred, in glare, in the dark, through a grid of subpixels, as JPEG.
//! Everything comes from numbers in a table, so that both readers are given the same pictures.

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::{ExtendedColorType, ImageDecoder as _};
use mingzheng_core::badge::Matrix;
use std::f32::consts::{PI, TAU};

/// How a picture is taken.
#[derive(Clone, Copy)]
pub(crate) struct Shot {
    /// What is hard about it.
    pub(crate) name: &'static str,
    /// Pixels of the code with its quiet zone, a side, before it is tilted.
    pub(crate) size: f32,
    /// Degrees in the picture's plane.
    pub(crate) turned: f32,
    /// Degrees out of it, around an axis 20° off the vertical.
    pub(crate) tilted: f32,
    /// Standard deviation of a Gaussian blur, pixels.
    pub(crate) blur: f32,
    /// How much light a reflection adds at its middle (1: as much as white); it is a third of the code wide.
    pub(crate) glare: f32,
    /// How much of the light arrives.
    pub(crate) light: f32,
    /// Standard deviation of the sensor's noise, of 255.
    pub(crate) noise: f32,
    /// How deep the screen's grid modulates the picture.
    pub(crate) grid: f32,
    /// Quality of JPEG.
    pub(crate) jpeg: Option<u8>,
}

const PLAIN: Shot = Shot {
    name: "as shown",
    size: 400.0,
    turned: 0.0,
    tilted: 0.0,
    blur: 0.0,
    glare: 0.0,
    light: 1.0,
    noise: 0.0,
    grid: 0.0,
    jpeg: None,
};

/// What every reader must read, whatever the frame, from one of the pictures of a second.
pub(crate) const MUST: [Shot; 13] = [
    PLAIN,
    Shot { name: "Gaussian blur, σ 1.2 px", blur: 1.2, ..PLAIN },
    Shot { name: "glare on a third of the code", glare: 0.7, ..PLAIN },
    Shot { name: "low light (20 %), noise σ 4", light: 0.2, noise: 4.0, blur: 0.5, ..PLAIN },
    Shot { name: "tilt 30°, blur σ 0.8 px", tilted: 30.0, blur: 0.8, ..PLAIN },
    Shot { name: "turned by 12°", turned: 12.0, blur: 0.5, ..PLAIN },
    Shot { name: "turned by 45°", turned: 45.0, blur: 0.5, ..PLAIN },
    Shot { name: "upside down", turned: 180.0, ..PLAIN },
    Shot { name: "300 pixels", size: 300.0, ..PLAIN },
    Shot { name: "300 pixels, blur σ 0.6 px, noise σ 5", size: 300.0, blur: 0.6, noise: 5.0, ..PLAIN },
    Shot { name: "JPEG of quality 20", jpeg: Some(20), ..PLAIN },
    Shot { name: "grid of the screen, 25 %", grid: 0.25, blur: 0.5, ..PLAIN },
    Shot {
        name: "all at once: tilt 20°, turned by 7°, blur σ 0.7 px, glare, light 50 %, noise σ 4, grid 10 %, JPEG 60",
        turned: 7.0,
        tilted: 20.0,
        blur: 0.7,
        glare: 0.3,
        light: 0.5,
        noise: 4.0,
        grid: 0.1,
        jpeg: Some(60),
        ..PLAIN
    },
];

/// Steps up to where readers end, each ladder from easy to hard.
pub(crate) fn ladders() -> Vec<(&'static str, Vec<(String, Shot)>)> {
    let rungs = |values: &[f32], unit: &str, shot: fn(f32) -> Shot| {
        values.iter().map(|v| (format!("{v}{unit}"), shot(*v))).collect::<Vec<_>>()
    };
    vec![
        (
            "pixels of the code",
            rungs(&[280.0, 260.0, 240.0, 220.0, 200.0, 180.0, 160.0, 140.0, 120.0], "", |size| Shot { size, ..PLAIN }),
        ),
        ("blur, σ in pixels", rungs(&[1.0, 1.5, 2.0, 2.5], "", |blur| Shot { blur, ..PLAIN })),
        ("tilt", rungs(&[40.0, 45.0, 50.0, 55.0, 60.0, 65.0], "°", |tilted| Shot { tilted, ..PLAIN })),
        ("glare (1: as bright as white)", rungs(&[1.0, 1.5, 2.0], "", |glare| Shot { glare, ..PLAIN })),
        ("noise, σ of 255", rungs(&[20.0, 40.0, 60.0], "", |noise| Shot { noise, ..PLAIN })),
        (
            "part of the light, with noise σ 4",
            rungs(&[0.15, 0.1, 0.07, 0.05], "", |light| Shot { light, noise: 4.0, blur: 0.5, ..PLAIN }),
        ),
    ]
}

/// Grey pixels, row by row.
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<u8>,
}

impl Picture {
    /// Twice as wide and high, between neighbours in proportion.
    pub(crate) fn enlarged(&self) -> Self {
        let (width, height) = (self.width * 2, self.height * 2);
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            let near = |n: usize, most: usize| {
                (n / 2, if n.is_multiple_of(2) { (n / 2).saturating_sub(1) } else { (n / 2 + 1).min(most - 1) })
            };
            let (row, other) = near(y, self.height);
            for x in 0..width {
                let (column, beside) = near(x, self.width);
                let at = |x: usize, y: usize| u32::from(self.pixels[y * self.width + x]);
                let sum = 9 * at(column, row) + 3 * (at(beside, row) + at(column, other)) + at(beside, other);
                pixels.push((sum / 16) as u8);
            }
        }
        Self { width, height, pixels }
    }

    /// Portable grey map.
    pub(crate) fn to_pgm(&self) -> Vec<u8> {
        [format!("P5\n{} {}\n255\n", self.width, self.height).as_bytes(), &self.pixels].concat()
    }
}

impl Shot {
    /// The picture of this code. A hand is never still: each of a camera's pictures is a little different.
    pub(crate) fn of(&self, code: &Matrix, nth: u8) -> Picture {
        let n = f32::from(nth);
        let held = Self { size: self.size * (1.0 + 0.004 * n), turned: self.turned + 0.23 * n, ..*self };
        let side = (self.size * if self.turned % 90.0 == 0.0 { 1.15 } else { 1.5 }) as usize;
        let mut light = held.placed(code, side, n * 0.37);
        if self.grid > 0.0 {
            // The screen's pixels and the sensor's beat against each other: fine stripes both ways and slow bands across.
            each(&mut light, side, |v, x, y| {
                let fine = (x * TAU / 2.3).sin() * (y * TAU / 2.3).sin();
                v * (1.0 + self.grid * 0.5 * (fine + ((x * 0.31 + y) * TAU / 37.0).sin()))
            });
        }
        if self.blur > 0.0 {
            light = blurred(light, side, self.blur);
        }
        if self.glare > 0.0 {
            let (middle, wide) = (side as f32 / 2.0, self.size / 6.0);
            each(&mut light, side, |v, x, y| {
                let (dx, dy) = (x - middle - wide, y - middle + wide);
                v + self.glare * (-(dx * dx + dy * dy) / (2.0 * wide * wide)).exp()
            });
        }
        let mut random = 0x9e37_79b9_7f4a_7c15_u64 ^ u64::from(nth);
        let mut uniform = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((random >> 40) as f32 + 0.5) / (1u32 << 24) as f32
        };
        let pixels: Vec<u8> = light
            .iter()
            .map(|v| {
                let noise =
                    if self.noise > 0.0 { (-2.0 * uniform().ln()).sqrt() * (TAU * uniform()).cos() * self.noise } else { 0.0 };
                (v * self.light * 255.0 + noise).round().clamp(0.0, 255.0) as u8
            })
            .collect();
        let picture = Picture { width: side, height: side, pixels };
        match self.jpeg {
            Some(quality) => compressed(&picture, quality),
            None => picture,
        }
    }

    /// The code on a dark phone, seen in perspective from two and a half times its size away; four rays a pixel.
    fn placed(&self, code: &Matrix, side: usize, shifted: f32) -> Vec<f32> {
        let (modules, away) = (code.size as f32 + 8.0, 2.5 * self.size);
        let (turn, tilt, axis) = (self.turned.to_radians(), self.tilted.to_radians(), 20.0 * PI / 180.0);
        let around = |v: [f32; 3], angle: f32, k: [f32; 3]| {
            let (sin, cos) = angle.sin_cos();
            let dot = (v[0] * k[0] + v[1] * k[1] + v[2] * k[2]) * (1.0 - cos);
            let cross = [k[1] * v[2] - k[2] * v[1], k[2] * v[0] - k[0] * v[2], k[0] * v[1] - k[1] * v[0]];
            [0, 1, 2].map(|i| v[i] * cos + cross[i] * sin + k[i] * dot)
        };
        let plane = |v| around(around(v, turn, [0.0, 0.0, 1.0]), tilt, [axis.sin(), axis.cos(), 0.0]);
        let [right, down, normal] = [plane([1.0, 0.0, 0.0]), plane([0.0, 1.0, 0.0]), plane([0.0, 0.0, 1.0])];
        let (middle, per_module) = (side as f32 / 2.0 + shifted, self.size / modules);
        let seen = |u: f32, v: f32| {
            let ray = [(u - middle) / away, (v - middle) / away, 1.0];
            let far = normal[2] * away / (normal[0] * ray[0] + normal[1] * ray[1] + normal[2]);
            let at = [ray[0] * far, ray[1] * far, far - away];
            let along = |axis: [f32; 3]| (at[0] * axis[0] + at[1] * axis[1] + at[2] * axis[2]) / per_module + modules / 2.0;
            let (x, y) = (along(right), along(down));
            if x < 0.0 || y < 0.0 || x >= modules || y >= modules {
                return 0.3;
            }
            let (x, y) = (x as usize, y as usize);
            let inside = (4..code.size + 4).contains(&x) && (4..code.size + 4).contains(&y);
            if inside && code.dark[(y - 4) * code.size + x - 4] { 0.04 } else { 0.92 }
        };
        let mut light = vec![0.0; side * side];
        each(&mut light, side, |_, x, y| {
            (seen(x + 0.25, y + 0.25) + seen(x + 0.75, y + 0.25) + seen(x + 0.25, y + 0.75) + seen(x + 0.75, y + 0.75)) / 4.0
        });
        light
    }
}

fn each(light: &mut [f32], side: usize, change: impl Fn(f32, f32, f32) -> f32) {
    for (y, row) in light.chunks_mut(side).enumerate() {
        for (x, v) in row.iter_mut().enumerate() {
            *v = change(*v, x as f32, y as f32);
        }
    }
}

fn blurred(light: Vec<f32>, side: usize, sigma: f32) -> Vec<f32> {
    let reach = (3.0 * sigma).ceil() as i32;
    let kernel: Vec<f32> = (-reach..=reach).map(|d| (-((d * d) as f32) / (2.0 * sigma * sigma)).exp()).collect();
    let sum: f32 = kernel.iter().sum();
    let across = |light: &[f32]| {
        // Written transposed: done twice, it is upright again.
        let mut out = vec![0.0; side * side];
        for (y, row) in light.chunks(side).enumerate() {
            for x in 0..side {
                let at = |d: usize| (x as i32 + d as i32 - reach).clamp(0, side as i32 - 1) as usize;
                out[x * side + y] = kernel.iter().enumerate().map(|(d, k)| k * row[at(d)]).sum::<f32>() / sum;
            }
        }
        out
    };
    across(&across(&light))
}

fn compressed(picture: &Picture, quality: u8) -> Picture {
    let mut file = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut file, quality);
    let (width, height) = (picture.width as u32, picture.height as u32);
    image::ImageEncoder::write_image(encoder, &picture.pixels, width, height, ExtendedColorType::L8).unwrap();
    let decoder = JpegDecoder::new(std::io::Cursor::new(file)).unwrap();
    let mut pixels = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut pixels).unwrap();
    Picture { pixels, ..*picture }
}
