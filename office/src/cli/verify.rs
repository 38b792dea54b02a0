//! `mingzheng verify`: needs no office, no network and no settings.

use crate::error::{OfficeError, Result};
use clap::Args;
use mingzheng_core::bundle::{Language, Options, Trust, verify};
use mingzheng_core::seal::Identity;
use mingzheng_core::trust::RootFingerprint;
use std::path::PathBuf;
use std::process::ExitCode;

/// What is verified, and what is trusted.
#[derive(Args)]
pub(super) struct VerifyArgs {
    /// 案卷文件夹、案卷 ZIP 或文书 PDF。 Folder or zip of a bundle, or a paper.
    target: PathBuf,
    /// 所信任机关的信任清单。 Trust list of the organ that you trust.
    #[arg(long, value_name = "FILE", conflicts_with = "fingerprint")]
    trust: Option<PathBuf>,
    /// 已比对的根指纹。 A root fingerprint that you compared.
    #[arg(long, value_name = "HEX")]
    fingerprint: Option<String>,
    /// 收件人的 age 身份，用以打开密封证据。 Identity of the recipient, to open sealed evidence.
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// 机器可读。 Machine-readable.
    #[arg(long)]
    json: bool,
}

/// Verifies and reports: Chinese, then English.
pub(super) fn run(args: &VerifyArgs) -> Result<ExitCode> {
    let trust = match (&args.trust, &args.fingerprint) {
        (Some(file), _) => Trust::List(std::fs::read(file).map_err(OfficeError::io(file))?),
        (None, Some(text)) => {
            let bad = || OfficeError::Settings("根指纹应为 64 位十六进制 a fingerprint has 64 hex digits".into());
            Trust::Fingerprint(RootFingerprint::parse(text).ok_or_else(bad)?)
        }
        (None, None) => Trust::None,
    };
    let identity: Option<Identity> = match &args.identity {
        Some(file) => Some(std::fs::read_to_string(file).map_err(OfficeError::io(file))?.parse()?),
        None => None,
    };
    let report = verify(&args.target, &trust, &Options { identity: identity.as_ref() });
    if args.json {
        println!("{}", report.to_json());
    } else {
        println!("{}\n{}", report.to_text(Language::Zh), report.to_text(Language::En));
    }
    Ok(ExitCode::from(report.exit_code()))
}
