//! Sound as a phone's recorder lays it down: WAVE files of 16 kHz, 16 bit, one channel.

use crate::Result;
use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::Path;

const RATE: u32 = 16_000;

/// Writes `milliseconds` of a quiet tone of `hertz` to `path`; silence at 0.
///
/// # Errors
/// What the system says.
pub fn wav(path: &Path, milliseconds: u32, hertz: u32) -> Result<()> {
    let samples = RATE / 1000 * milliseconds;
    let data = samples * 2;
    let mut out = BufWriter::new(File::create(path)?);
    out.write_all(b"RIFF")?;
    out.write_all(&(36 + data).to_le_bytes())?;
    out.write_all(b"WAVEfmt ")?;
    out.write_all(&16_u32.to_le_bytes())?;
    for half in [1_u16, 1] {
        out.write_all(&half.to_le_bytes())?;
    }
    out.write_all(&RATE.to_le_bytes())?;
    out.write_all(&(RATE * 2).to_le_bytes())?;
    for half in [2_u16, 16] {
        out.write_all(&half.to_le_bytes())?;
    }
    out.write_all(b"data")?;
    out.write_all(&data.to_le_bytes())?;
    if hertz == 0 {
        std::io::copy(&mut std::io::repeat(0).take(data.into()), &mut out)?;
    } else {
        let step = f64::from(hertz) * std::f64::consts::TAU / f64::from(RATE);
        for n in 0..samples {
            let sample = (f64::from(n) * step).sin() * 3000.0;
            out.write_all(&(sample as i16).to_le_bytes())?;
        }
    }
    out.into_inner()?.sync_all()?;
    Ok(())
}
