//! Commands about the office's own log: publish a head, recover.

use crate::error::{OfficeError, Result};
use crate::keys;
use crate::office::Office;
use crate::settings::Settings;
use crate::{heads, outside, recovery, register};
use clap::Args;
use mingzheng_core::sign::{Signer, SoftwareKey};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn open(config: &Path) -> Result<Office> {
    Office::open(Settings::load(config)?)
}

/// Publishes the head.
pub(super) fn publish(config: &Path, json: bool) -> Result<ExitCode> {
    let office = open(config)?;
    let p = heads::publish(&office)?.ok_or_else(|| {
        OfficeError::Settings("日志为空，或机关在恢复状态 the log is empty, or the office is in recovery".into())
    })?;
    let outside = outside::gather(&office);
    if json {
        let outside = outside.as_ref().map_or_else(|_| vec![], Clone::clone);
        println!(
            "{}",
            serde_json::json!({"epoch": p.epoch, "size": p.size, "at": p.at, "checkpoint": p.checkpoint, "outside": outside})
        );
    } else {
        print!("{}", p.checkpoint);
        for line in outside.iter().flatten() {
            println!("{line}");
        }
    }
    outside?;
    Ok(ExitCode::SUCCESS)
}

/// How the office recovers.
#[derive(Args)]
pub(super) struct RecoverArgs {
    /// 原因，写入新纪元。 Why; becomes part of the epoch.
    #[arg(long)]
    reason: String,
    /// 根密钥文件；默认 offline/root.toml；k/n 根时重复。 Root key file; repeat for k of n roots.
    #[arg(long, value_name = "FILE")]
    root: Vec<PathBuf>,
    /// 他处保存的较新日志头（mz1/head）。 A newer published head that is kept elsewhere.
    #[arg(long, value_name = "FILE")]
    head: Vec<PathBuf>,
    /// 确知数据由备份恢复，尽管还无人出示较新的日志头。 The data are known to come from a backup, though nobody has shown a newer head yet.
    #[arg(long)]
    restored: bool,
}

/// Begins a new epoch.
pub(super) fn recover(config: &Path, args: &RecoverArgs) -> Result<ExitCode> {
    let office = open(config)?;
    // Before a newer head puts the office into recovery.
    let roots = roots(&office, &args.root)?;
    for file in &args.head {
        let heard = recovery::hear_signed(&office, &std::fs::read(file).map_err(OfficeError::io(file))?)?;
        println!("{}: {}", file.display(), heard.name());
    }
    let signers: Vec<&dyn Signer> = roots.iter().map(|r| r as &dyn Signer).collect();
    let e = recovery::begin_epoch(&office, &signers, &args.reason, args.restored)?;
    register::adopt(&office)?;
    println!("已开始第 {} 纪元，恢复出具回执。 Epoch {} began; receipts are given again.", e.epoch, e.epoch);
    for h in &e.last {
        println!("  此前已知 known before: 纪元 epoch {}，长度 size {}，{}", h.epoch, h.size, mingzheng_core::id::hex(&h.root));
    }
    heads::publish(&office)?;
    Ok(ExitCode::SUCCESS)
}

/// The root keys of these files, as many as it takes; by default of the practice organ's one.
pub(super) fn roots(office: &Office, files: &[PathBuf]) -> Result<Vec<SoftwareKey>> {
    let of_office = &office.trust.roots;
    let mut own: Vec<SoftwareKey> = match files {
        [] if of_office.keys.len() == 1 => vec![keys::root(&office.file(keys::ROOT_FILE))?],
        files => files.iter().map(|f| keys::root(f)).collect::<Result<_>>()?,
    };
    // Each once, and strangers not at all.
    let mut taken = Vec::new();
    own.retain(|root| {
        let key = root.public_key();
        let first = of_office.keys.contains(&key) && !taken.contains(&key);
        taken.push(key);
        first
    });
    if own.len() < of_office.k {
        let (k, n, given) = (of_office.k, of_office.keys.len(), own.len());
        return Err(OfficeError::Settings(format!(
            "需要本机关 {n} 把根密钥中的 {k} 把，给出了 {given} 把：每把一次 --root 文件 this takes {k} of the office's {n} root keys, {given} given: --root FILE for each"
        )));
    }
    Ok(own)
}
