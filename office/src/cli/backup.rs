//! `mingzheng backup`, `restore`, `check`.

use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::published::time;
use crate::settings::Settings;
use crate::{backup, check};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What is restored, where, and with which keys.
#[derive(Args)]
pub(super) struct RestoreArgs {
    /// 备份的文件夹。 The backup's folder.
    backup: PathBuf,
    /// 新目录。 New folder.
    folder: PathBuf,
    /// 另存的密钥文件 keys.toml。 The key file that was kept elsewhere.
    #[arg(long, value_name = "FILE", conflicts_with = "recovery", required_unless_present = "recovery")]
    keys: Option<PathBuf>,
    /// 离线保管的恢复身份 offline/recovery…，可打开备份中的密钥。 The recovery identity, which opens the keys in the backup.
    #[arg(long, value_name = "FILE")]
    recovery: Option<PathBuf>,
}

/// Backs up; the server may run.
pub(super) fn write(config: &Path, to: &Path) -> Result<ExitCode> {
    let office = Office::open(Settings::load(config)?)?;
    let c = backup::write(&office, to)?;
    println!("已备份并复核 backed up and verified: {}", to.display());
    said(&c);
    Ok(ExitCode::SUCCESS)
}

fn said(c: &backup::Contents) {
    let rows: u64 = c.tables.values().map(|(n, _)| n).sum();
    println!("  机关 organ: {}  时间 at: {}", c.organ, time(c.at));
    println!("  行 rows {rows}  密封文件 sealed files {}  日志 log {}/{}", c.objects.len(), c.head.0, c.head.1);
}

/// Restores into a new folder.
pub(super) fn restore(args: &RestoreArgs) -> Result<ExitCode> {
    let keys = match (&args.keys, &args.recovery) {
        (Some(file), _) => backup::Keys::File(file),
        (None, Some(file)) => backup::Keys::Recovery(file),
        (None, None) => return Err(OfficeError::NoKey("restore")),
    };
    let c = backup::restore(&args.backup, &args.folder, &keys)?;
    println!("已恢复 restored: {}", args.folder.display());
    said(&c);
    println!("备份之后答复过的手机会指出缺失；届时用 mingzheng recover 开始新纪元。");
    println!(
        "Phones that were answered after the backup will say what is missing; then begin a new epoch with mingzheng recover."
    );
    println!("下一步 next: mingzheng --config {} check", args.folder.join(crate::settings::FILE).display());
    Ok(ExitCode::SUCCESS)
}

/// Judges everything again. 0: well; 1: findings; 2: could not be judged.
pub(super) fn check(config: &Path, json: bool) -> ExitCode {
    let judged = Settings::load(config).and_then(Office::open).and_then(|office| check::run(&office));
    let r = match judged {
        Ok(r) => r,
        Err(error) => {
            eprintln!("错误 error: {error}");
            return ExitCode::from(2);
        }
    };
    if json {
        let findings: Vec<_> = r.findings.iter().map(|f| serde_json::json!({"code": f.code, "subject": f.subject})).collect();
        println!(
            "{}",
            serde_json::json!({"leaves": r.leaves, "logs": r.logs, "entries": r.entries, "checkpoints": r.checkpoints,
                "objects": r.objects, "feed": r.feed, "findings": findings})
        );
    } else {
        for f in &r.findings {
            println!("{}  {}", f.code, f.subject);
        }
        println!(
            "叶 leaves {}  设备日志 logs {}  条目 entries {}  检查点 checkpoints {}  密封文件 sealed files {}  推送 feed {}",
            r.leaves, r.logs, r.entries, r.checkpoints, r.objects, r.feed
        );
        println!("{}", if r.findings.is_empty() { "全部相符 all is well" } else { "有不符之处，见上 findings above" });
    }
    if r.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
