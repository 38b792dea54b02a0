//! `mingzheng enterprise`: the register of enterprises (R08).

use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::register::enterprise::{self, Enterprise};
use crate::settings::Settings;
use clap::Subcommand;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum EnterpriseCommand {
    /// 登记或更新一个单位。 Add one, or replace what was known of it.
    Add {
        /// 统一社会信用代码。 Unified social credit code.
        #[arg(long)]
        code: String,
        /// 名称。 Name.
        #[arg(long)]
        name: String,
        /// 地址。 Address.
        #[arg(long, default_value = "")]
        address: String,
        /// 区域。 Area.
        #[arg(long, default_value = "")]
        area: String,
        /// 类别。 Category.
        #[arg(long, default_value = "")]
        category: String,
    },
    /// 由 CSV（UTF-8，首行为 统一社会信用代码,名称,地址,区域,类别）导入；有一处错误则都不导入。 Import from CSV; one fault and nothing is imported.
    Import {
        /// CSV 文件。 The file.
        file: PathBuf,
    },
    /// 列出。 List them.
    List {
        /// 只列代码或名称含此文字的。 Only those whose code or name contains it.
        #[arg(long, default_value = "")]
        query: String,
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(config: &Path, command: EnterpriseCommand) -> Result<ExitCode> {
    let office = Office::open(Settings::load(config)?)?;
    match command {
        EnterpriseCommand::Add { code, name, address, area, category } => {
            enterprise::add(&office, &Enterprise { code, name, address, area, category })?;
            println!("已登记。 Added.");
        }
        EnterpriseCommand::Import { file } => {
            let bytes = std::fs::read(&file).map_err(OfficeError::io(&file))?;
            let text = String::from_utf8(bytes).map_err(|_| {
                OfficeError::Settings(format!(
                    "{}：不是 UTF-8；请另存为 UTF-8 的 CSV not UTF-8; save it as CSV UTF-8",
                    file.display()
                ))
            })?;
            let n = enterprise::import(&office, &text)?;
            println!("已导入 {n} 个单位。 {n} enterprises imported.");
        }
        EnterpriseCommand::List { query, json } => {
            let all = office.store.read(|c| enterprise::list(c, &query, u32::MAX))?;
            if json {
                println!("{}", serde_json::to_string(&all).map_err(|e| OfficeError::Settings(e.to_string()))?);
            } else if all.is_empty() {
                println!("没有登记的单位；导入 import: mingzheng enterprise import FILE.csv");
            } else {
                for e in &all {
                    println!("{}  {}  {}  {}  {}", e.code, e.name, e.address, e.area, e.category);
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
