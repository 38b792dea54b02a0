//! `mingzheng device`: list, revoke.

use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::published::time;
use crate::settings::Settings;
use crate::{feed, revoke, wipe};
use chrono::DateTime;
use clap::Subcommand;
use mingzheng_core::id::Id;
use std::path::Path;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum DeviceCommand {
    /// 列出已登记的设备。 List the enrolled devices.
    List {
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
    /// 撤销设备的登记，立即生效，记入机关日志。 Withdraw a device's enrolment, at once; noted in the office's log.
    Revoke {
        /// 设备的日志标识。 Id of the device's log.
        log: String,
        /// 原因。 Why.
        #[arg(long)]
        reason: String,
        /// 起疑时间（RFC 3339）；此后收到的不作数。不写则自现在起。 Nothing received from this moment on counts; default: from now on.
        #[arg(long, value_name = "TIME")]
        suspect_since: Option<String>,
    },
    /// 遗失的手机：撤销登记，下次联网时销毁其密钥和可读数据。 A lost phone: withdraw it, and have it destroy keys and readable data at its next contact.
    Wipe {
        /// 设备的日志标识。 Id of the device's log.
        log: String,
        /// 原因。 Why.
        #[arg(long)]
        reason: String,
        /// 指令的有效天数。 Days for which the order holds.
        #[arg(long, default_value_t = wipe::DAYS)]
        days: u32,
        /// 确认：不可撤回。 Yes: it cannot be taken back.
        #[arg(long)]
        yes: bool,
    },
}

pub(super) fn run(config: &Path, command: DeviceCommand) -> Result<ExitCode> {
    let office = Office::open(Settings::load(config)?)?;
    match command {
        DeviceCommand::List { json } => list(&office, json),
        DeviceCommand::Wipe { yes: false, .. } => {
            Err(OfficeError::Settings("清除不可撤回，确认请加 --yes a wipe cannot be taken back: add --yes".into()))
        }
        DeviceCommand::Wipe { log, reason, days, .. } => {
            wiped(&office, Id::from_hex(&log).ok_or(OfficeError::NotFound("device"))?, days, &reason)
        }
        DeviceCommand::Revoke { log, reason, suspect_since } => {
            let log = Id::from_hex(&log).ok_or(OfficeError::NotFound("device"))?;
            let bad = |_| OfficeError::Settings("时间应如 a time like 2026-11-22T08:00:00+08:00".into());
            let since = suspect_since.map(|t| DateTime::parse_from_rfc3339(&t).map(|t| t.timestamp_millis())).transpose();
            let r = revoke::revoke(&office, log, since.map_err(bad)?, &reason)?;
            println!("已撤销 revoked: {log}");
            println!("此时起收到的不作数 nothing received counts from: {}", time(r.suspect_since.unwrap_or(r.at)));
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn wiped(office: &Office, log: Id, days: u32, reason: &str) -> Result<ExitCode> {
    let order = wipe::order(office, log, days, reason)?;
    println!("已下达清除指令 ordered to be wiped: {log}");
    println!("有效至 holds until: {}", time(order.not_after));
    println!("该手机下次联网即销毁密钥与可读数据；未发送的内容密封保存，用 mingzheng outbox open 打开。");
    println!(
        "At its next contact the phone destroys its keys and what it can read; what it had not sent stays sealed: mingzheng outbox open."
    );
    Ok(ExitCode::SUCCESS)
}

fn list(office: &Office, json: bool) -> Result<ExitCode> {
    let (all, valid) = office.store.read(|c| Ok((feed::every_enrolment(office, c)?, feed::enrolments(office, c)?)))?;
    let wipes: Vec<_> = office.store.read(|c| all.iter().map(|e| wipe::state(c, e.log)).collect::<Result<_>>())?;
    let revoked = |log: Id| !valid.iter().any(|e| e.log == log);
    if json {
        let rows: Vec<_> = all
            .iter()
            .zip(&wipes)
            .map(|(e, wipe)| {
                serde_json::json!({"log": e.log.to_string(), "person": e.person.to_string(), "name": e.name, "at": e.at,
                    "fingerprint": e.short_fingerprint(), "revoked": revoked(e.log), "keys": e.key_protection.name(), "attested": e.attested,
                    "wipe_ordered": wipe.map(|w| w.0), "wipe_handed": wipe.and_then(|w| w.1)})
            })
            .collect();
        println!("{}", serde_json::Value::Array(rows));
    } else {
        for (e, wipe) in all.iter().zip(&wipes) {
            let state = match wipe {
                Some((_, Some(_))) => "  已送达清除指令 wipe order handed over",
                Some((_, None)) => "  待清除 to be wiped",
                None if revoked(e.log) => "  已撤销 revoked",
                None => "",
            };
            println!("{}  {}  {}  {}{state}", e.log, e.name, e.short_fingerprint(), time(e.at));
        }
    }
    Ok(ExitCode::SUCCESS)
}
