//! `mingzheng objects`: where sealed files lie, and whether all of them are there.

use crate::error::Result;
use crate::lost::{self, Look};
use crate::office::Office;
use crate::settings::Settings;
use crate::uploads;
use clap::Subcommand;
use mingzheng_core::id::hex;
use std::path::Path;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum ObjectsCommand {
    /// 逐个核对已收到的文件；缺失或不符的，自动要求手机重传。 Check every file that arrived; missing or wrong ones are asked for again.
    Check {
        /// 只看是否存在、长度是否相符。 Only whether it is there, with its length.
        #[arg(long)]
        quick: bool,
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 移除过期未完成的上传（服务运行时每小时自动进行）。 Remove unfinished uploads that expired; the server does it every hour.
    Expire,
}

pub(super) fn run(config: &Path, command: &ObjectsCommand) -> Result<ExitCode> {
    let office = Office::open(Settings::load(config)?)?;
    match command {
        ObjectsCommand::Check { quick, json } => {
            let how = if *quick { Look::Length } else { Look::Digest };
            let found = lost::check(&office, |_| how)?;
            let names = |all: &[_]| all.iter().map(|d: &[u8; 32]| hex(d)).collect::<Vec<_>>();
            let (missing, wrong) = (names(&found.missing), names(&found.wrong));
            if *json {
                let said =
                    serde_json::json!({"checked": found.checked, "missing": missing, "wrong": wrong, "asked": found.asked});
                println!("{said}");
            } else {
                println!("{}", office.objects.name());
                println!("已核对 checked: {}", found.checked);
                for name in &missing {
                    println!("缺失 missing: {name}");
                }
                for name in &wrong {
                    println!("不符，已移入 damaged not what it was, set aside: {name}");
                }
                if !(missing.is_empty() && wrong.is_empty()) {
                    println!("已要求重传的设备 devices asked again: {}", found.asked);
                }
            }
            Ok(if missing.is_empty() && wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
        }
        ObjectsCommand::Expire => {
            let removed = uploads::expire(&office, uploads::expired_before(&office))?;
            println!("已移除 removed: {removed}");
            Ok(ExitCode::SUCCESS)
        }
    }
}
