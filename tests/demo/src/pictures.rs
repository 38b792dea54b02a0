//! Pictures: codes drawn from the phone's frames, and what a browser shows.

use crate::Result;
use crate::acts::text;
use crate::place::Place;
use image::{GrayImage, Luma};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// Pixels of a module, and modules of the quiet zone.
const MODULE: u32 = 6;
const QUIET: u32 = 4;

/// Draws a frame as the phone's screen would.
///
/// # Errors
/// When the frame is not a square of modules, or the file cannot be written.
pub fn draw(frame: &Value, to: &Path) -> Result<()> {
    let size = frame.get("size").and_then(Value::as_u64).and_then(|s| u32::try_from(s).ok()).ok_or("the frame has no size")?;
    let modules = text(frame, "modules")?;
    let dark: Vec<bool> = modules.chars().map(|c| c == '1').collect();
    if dark.len() != (size * size) as usize {
        return Err("the frame is not a square".into());
    }
    let side = (size + 2 * QUIET) * MODULE;
    let picture = GrayImage::from_fn(side, side, |x, y| {
        let module = |v: u32| (v / MODULE).checked_sub(QUIET).filter(|m| *m < size);
        let at = module(x).zip(module(y)).and_then(|(x, y)| dark.get((y * size + x) as usize).copied());
        Luma([if at == Some(true) { 0 } else { 255 }])
    });
    Ok(picture.save(to)?)
}

/// What the badge page says to a picture of a code, in Chromium.
///
/// # Errors
/// When the page did not answer.
pub fn check(place: &Place, badge: &Path, assignment: Option<&Path>, page: &str, screenshot: Option<&Path>) -> Result<Value> {
    let mut command = place.node("web/tools/check-picture.mjs");
    command.arg(badge).arg(page);
    if let Some(assignment) = assignment {
        command.arg("--assignment").arg(assignment);
    }
    if let Some(screenshot) = screenshot {
        command.arg("--screenshot").arg(screenshot);
    }
    let output = command.output()?;
    // Exit 1 and 2 are answers too: not valid, unknown.
    let says = serde_json::from_slice(&output.stdout);
    says.map_err(|_| format!("the badge page gave no answer: {}", said(&output)).into())
}

/// Cuts a picture of a whole page down to what a phone's screen shows first.
///
/// # Errors
/// When it is no picture.
pub fn first_screen(file: &Path) -> Result<()> {
    let whole = image::open(file)?;
    Ok(whole.crop_imm(0, 0, whole.width(), whole.width() * 2).save(file)?)
}

/// Pictures of pages of the office after `first` was opened.
///
/// # Errors
/// When a page did not load.
pub fn shots(place: &Place, first: &str, pages: &[(String, &Path)]) -> Result<()> {
    let mut command = place.node("tests/demo/tools/shot.mjs");
    command.arg(first);
    for (path, to) in pages {
        command.arg(format!("{path}={}", to.display()));
    }
    succeed(&mut command).map(drop)
}

/// The first page of a PDF as a PNG. False when `pdftoppm` (poppler-utils) is not there.
///
/// # Errors
/// When the PDF is not readable.
pub fn first_page(pdf: &Path, to: &Path) -> Result<bool> {
    let mut command = Command::new("pdftoppm");
    command.args(["-png", "-r", "80", "-f", "1", "-l", "1", "-singlefile"]).arg(pdf).arg(to.with_extension(""));
    match command.output() {
        Ok(output) if output.status.success() => Ok(true),
        Ok(output) => Err(said(&output).into()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// Runs a command that must succeed, and gives its standard output.
///
/// # Errors
/// The command and what it said.
pub fn succeed(command: &mut Command) -> Result<String> {
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{command:?}: {}", said(&output)).into())
    }
}

/// Exit and words of a command that ended otherwise than it should.
#[must_use]
pub fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    format!("{}\n{}\n{}", output.status, text(&output.stdout), text(&output.stderr))
}
