//! `mingzheng outbox`: what a lost or wiped phone had not sent.

use crate::error::Result;
use crate::office::Office;
use crate::outbox;
use crate::settings::Settings;
use clap::Subcommand;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum OutboxCommand {
    /// 打开手机文件夹里未发送的密封文件；1：有打不开或不符的。 Open the sealed files of a phone's folder; 1: some do not open or verify.
    Open {
        /// 手机的文件夹（含 outbox、evidence）。 The phone's folder.
        folder: PathBuf,
        /// 新目录。 New folder.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(config: &Path, command: OutboxCommand) -> Result<ExitCode> {
    let OutboxCommand::Open { folder, out, json } = command;
    let office = Office::open(Settings::load(config)?)?;
    let found = outbox::open(&office, &folder, &out)?;
    if json {
        let faults: Vec<_> = found.faults.iter().map(|(file, why)| serde_json::json!({"file": file, "why": why})).collect();
        println!(
            "{}",
            serde_json::json!({"segments": found.segments, "entries": found.entries, "unsigned": found.unsigned,
                "evidence": found.evidence, "faults": faults})
        );
    } else {
        println!("已打开 opened: {}", out.display());
        println!("  分段 segments {}  条目 entries {}  未签名 unsigned {}", found.segments, found.entries, found.unsigned);
        println!("  证据文件 evidence files {}", found.evidence);
        for (file, why) in &found.faults {
            println!("  有误 fault: {file}: {why}");
        }
        println!("供人查阅，不计入机关已收到的内容。 For people to read; the office has not received it thereby.");
    }
    Ok(if found.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
