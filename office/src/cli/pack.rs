//! `mingzheng pack`: check, sign, show, add.

use crate::error::{OfficeError, Result};
use crate::feed;
use crate::keys::{self, Keys};
use crate::office::{self, Office};
use crate::settings::Settings;
use clap::Subcommand;
use mingzheng_core::id::hex;
use mingzheng_core::pack::author::{self, Problem};
use mingzheng_core::pack::{Pack, describe, signed};
use mingzheng_core::sign::Signer;
use mingzheng_core::trust::TrustList;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum PackCommand {
    /// 检查规则包文件夹：问题、位置、改法。 Check the folder of a pack.
    Check {
        /// 文件夹。 The folder.
        folder: PathBuf,
    },
    /// 用本机关的两把规则包密钥签名。 Sign with the office's two pack keys.
    Sign {
        /// 文件夹。 The folder.
        folder: PathBuf,
        /// 签名后的文件。 The signed file.
        #[arg(long)]
        out: PathBuf,
    },
    /// 显示规则包（文件夹或已签名文件）。 Show a pack, a folder or a signed file.
    Show {
        /// 文件夹或文件。 Folder or file.
        pack: PathBuf,
    },
    /// 载入已签名的规则包并送达各设备。 Load a signed pack and send it to the devices.
    Add {
        /// 已签名的文件。 The signed file.
        file: PathBuf,
    },
}

/// Runs a command.
pub(super) fn run(config: &Path, command: PackCommand) -> Result<ExitCode> {
    match command {
        PackCommand::Check { folder } => match author::check(&folder) {
            Ok(pack) => {
                println!("无问题 no problems: {}@{} {}", pack.id, pack.version, pack.title.zh);
                Ok(ExitCode::SUCCESS)
            }
            Err(problems) => Ok(refused(&problems)),
        },
        PackCommand::Sign { folder, out } => sign(config, &folder, &out),
        PackCommand::Show { pack } => show(config, &pack),
        PackCommand::Add { file } => {
            let office = Office::open(Settings::load(config)?)?;
            let bytes = std::fs::read(&file).map_err(OfficeError::io(&file))?;
            let (pack, devices) = feed::add_pack(&office, &bytes)?;
            println!(
                "已载入 {}@{}，送 {devices} 台设备。 Loaded and sent to {devices} devices.",
                pack.pack().id,
                pack.pack().version
            );
            println!("摘要 digest: {}", hex(&pack.digest()));
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn refused(problems: &[Problem]) -> ExitCode {
    for p in problems {
        eprintln!("{p}");
    }
    eprintln!("{} 个问题 problems", problems.len());
    ExitCode::FAILURE
}

fn sign(config: &Path, folder: &Path, out: &Path) -> Result<ExitCode> {
    let pack: Pack = match author::check(folder) {
        Ok(pack) => pack,
        Err(problems) => return Ok(refused(&problems)),
    };
    let keys = Keys::load(&Settings::load(config)?.data.join(keys::FILE))?;
    let signers: Vec<&dyn Signer> = keys.pack_signers().into_iter().map(|k| k as &dyn Signer).collect();
    std::fs::write(out, signed::sign(&pack, &signers)?).map_err(OfficeError::io(out))?;
    println!("已签名 signed: {}@{} → {}", pack.id, pack.version, out.display());
    Ok(ExitCode::SUCCESS)
}

fn show(config: &Path, path: &Path) -> Result<ExitCode> {
    if path.is_dir() {
        return match author::compile(path) {
            Ok(pack) => {
                print!("{}", describe(&pack));
                Ok(ExitCode::SUCCESS)
            }
            Err(problems) => Ok(refused(&problems)),
        };
    }
    let bytes = std::fs::read(path).map_err(OfficeError::io(path))?;
    let trust = Settings::load(config)?.data.join(keys::TRUST_FILE);
    let trust = std::fs::read(&trust).map_err(OfficeError::io(&trust))?;
    let pack = signed::open_any_day(&bytes, &TrustList::open_self_signed(&trust)?, office::now())?;
    print!("{}", describe(pack.pack()));
    println!("\n摘要 digest: {}", hex(&pack.digest()));
    for s in pack.signers() {
        println!("签名 signed by: {} · {}", s.organ, s.name);
    }
    Ok(ExitCode::SUCCESS)
}
