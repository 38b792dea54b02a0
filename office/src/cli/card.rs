//! Papers of the office: desk card and leaflet.

use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::papers;
use crate::settings::Settings;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Whose card.
#[derive(Args)]
pub(super) struct CardArgs {
    /// 证件编号。 Number of the certificate.
    #[arg(long)]
    number: String,
    /// 新文件（PDF）。 The new file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Where the leaflet goes.
#[derive(Args)]
pub(super) struct LeafletArgs {
    /// 新文件（PDF）。 The new file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Makes a desk card (R12).
pub(super) fn card(config: &Path, args: &CardArgs) -> Result<ExitCode> {
    let office = Office::open(Settings::load(config)?)?;
    write(&args.out, &papers::card(&office, &args.number)?)
}

/// Makes the leaflet (R16).
pub(super) fn leaflet(config: &Path, args: &LeafletArgs) -> Result<ExitCode> {
    let office = Office::open(Settings::load(config)?)?;
    write(&args.out, &papers::leaflet(&office)?)
}

fn write(out: &Path, pdf: &[u8]) -> Result<ExitCode> {
    std::fs::write(out, pdf).map_err(OfficeError::io(out))?;
    println!("已制作 made: {}", out.display());
    Ok(ExitCode::SUCCESS)
}
