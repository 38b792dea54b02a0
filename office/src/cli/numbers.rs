//! `mingzheng numbers`: blocks of paper numbers, and what became of each number (J32).

use crate::error::{OfficeError, Result};
use crate::numbers::{self, Account, Row};
use crate::office::Office;
use crate::settings::Settings;
use clap::Subcommand;
use std::path::Path;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum NumbersCommand {
    /// 核对全部文号：重号、跳号、他人号段的号；有问题时退出码为 1。 Account for all numbers; exit 1 when something is wrong.
    Audit {
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 列出号段。 List the blocks.
    List {
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 收回号段：未用的号记为作废。 Close a block: its unused numbers are voided on record.
    Close {
        /// 号段（见 list）。 The block, see list.
        block: u64,
        /// 原因。 Reason.
        #[arg(long)]
        reason: String,
        /// 经办人。 Who does it.
        #[arg(long)]
        by: String,
    },
}

pub(super) fn run(config: &Path, command: NumbersCommand) -> Result<ExitCode> {
    let office = Office::open(Settings::load(config)?)?;
    match command {
        NumbersCommand::Audit { json: machine } => {
            let accounts = numbers::audit(&office)?;
            if machine {
                println!("{}", json(&accounts)?);
            } else {
                accounts.iter().for_each(tell);
                if accounts.is_empty() {
                    println!("没有号段，也没有用过的文号。 No blocks, and no numbers in use.");
                }
            }
            Ok(if accounts.iter().all(Account::good) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        NumbersCommand::List { json: machine } => {
            let rows = office.store.read(numbers::rows)?;
            if machine {
                println!("{}", json(&rows)?);
                return Ok(ExitCode::SUCCESS);
            }
            for kept in rows {
                match kept.row {
                    Row::Granted { series, numbers, holder, .. } => {
                        let (first, last) =
                            (numbers.first().cloned().unwrap_or_default(), numbers.last().cloned().unwrap_or_default());
                        println!("{}　{series}　{first} … {last}　任务 task {holder}", kept.n);
                    }
                    Row::Closed { block, unused, reason, by } => {
                        println!("{}　收回 closed {block}　未用 unused {}　{reason}（{by}）", kept.n, unused.len());
                    }
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        NumbersCommand::Close { block, reason, by } => {
            let unused = numbers::close(&office, block, &reason, &by)?;
            println!(
                "已收回 closed {block}；未用作废 unused, voided: {}",
                if unused.is_empty() { "—".to_owned() } else { unused.join(" ") }
            );
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn tell(a: &Account) {
    let year = a.year.map_or_else(|| "未入号段 in no block".to_owned(), |year| year.to_string());
    println!(
        "{}　{year}　发放 granted {}　已用 used {}　作废 voided {}　未用 open {}",
        a.series,
        a.granted,
        a.used,
        a.voided.len(),
        a.open
    );
    for (number, reason) in &a.voided {
        println!("  作废 voided　{number}　{reason}");
    }
    for (word, list) in [("重号 twice", &a.twice), ("非本号段 not of its block", &a.strange), ("跳号 gap", &a.unaccounted)]
    {
        if !list.is_empty() {
            println!("  ！{word}　{}", list.join(" "));
        }
    }
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string_pretty(value).map_err(|error| OfficeError::Settings(error.to_string()))
}
