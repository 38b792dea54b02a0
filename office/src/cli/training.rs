//! `mingzheng training`: who was taught what, for how long (R05).

use super::office::day;
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::register::training::{self, Held, Struck, hours, minutes};
use crate::register::{self, Certificate, No};
use crate::settings::Settings;
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(super) enum TrainingCommand {
    /// 登记一次培训，可同时登记多人。 Record a training, for one or several officers.
    Add {
        /// 证件编号。 Numbers.
        #[arg(required = true)]
        numbers: Vec<String>,
        /// 主题。 Topic.
        #[arg(long)]
        topic: String,
        /// 学时，以 0.25 为单位，至多 200。 Hours, in quarters, at most 200.
        #[arg(long)]
        hours: String,
        /// 登记人。 Who records it.
        #[arg(long)]
        by: String,
        /// 培训日期，默认今天。 Day; default: today.
        #[arg(long, value_name = "YYYY-MM-DD")]
        day: Option<String>,
    },
    /// 划销登记错的一行。 Strike out a row that was wrong.
    Strike {
        /// 证件编号。 Number.
        number: String,
        /// 行号（见 list --number）。 Its row, see list --number.
        row: u64,
        /// 理由。 Reason.
        #[arg(long)]
        reason: String,
        /// 登记人。 Who records it.
        #[arg(long)]
        by: String,
    },
    /// 各人本年学时；或某一人的全部培训。 Hours of the year by officer, or all of one officer.
    List {
        /// 年度，默认今年。 Year; default: this one.
        #[arg(long)]
        year: Option<u16>,
        /// 只列此证件编号。 Only this number.
        #[arg(long, conflicts_with = "year")]
        number: Option<String>,
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(config: &Path, command: TrainingCommand) -> Result<ExitCode> {
    let office = Office::open(Settings::load(config)?)?;
    match command {
        TrainingCommand::Add { numbers, topic, hours, by, day: on } => {
            let day = on.as_deref().map(day).transpose()?.map_or_else(|| register::today(&office), Ok)?;
            let ids = numbers.iter().map(|n| Ok(known(&office, n)?.id)).collect::<Result<Vec<_>>>()?;
            training::add(&office, &ids, &Held { day, topic, minutes: minutes(&hours)?, by })?;
            println!("已登记 {} 人的培训。 Recorded for {}.", ids.len(), ids.len());
        }
        TrainingCommand::Strike { number, row, reason, by } => {
            training::strike(&office, known(&office, &number)?.id, row, &Struck { reason, by })?;
            println!("已划销 struck out: {number} {row}");
        }
        TrainingCommand::List { year, number: None, json } => years(&office, year, json)?,
        TrainingCommand::List { number: Some(number), json, .. } => one(&office, &number, json)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn known(office: &Office, number: &str) -> Result<Certificate> {
    office.store.read(|c| register::by_number(c, number))?.ok_or_else(|| No::Unknown.into())
}

fn years(office: &Office, year: Option<u16>, json: bool) -> Result<()> {
    let year = year.map_or_else(|| training::this_year(office), Ok)?;
    let all = office.store.read(|c| training::year(office, c, year))?;
    if json {
        let row = |y: &training::Year| {
            let fields = &y.certificate.life.fields;
            json!({
                "number": fields.number, "name": fields.name, "unit": fields.unit, "year": year, "times": y.times, "minutes": y.minutes,
                "missing": y.missing,
            })
        };
        println!("{}", Value::Array(all.iter().map(row).collect()));
        return Ok(());
    }
    if all.is_empty() {
        println!("没有人员。 Nobody.");
    }
    for y in &all {
        let f = &y.certificate.life.fields;
        let missing = y.missing.map_or_else(String::new, |m| format!("  提示：还差 {} 学时 hours missing", hours(m)));
        println!("{year}  {}  {}  {}  {} 次 times  {} 学时 hours{missing}", f.number, f.name, f.unit, y.times, hours(y.minutes));
    }
    Ok(())
}

fn one(office: &Office, number: &str, json: bool) -> Result<()> {
    let id = known(office, number)?.id;
    let all = office.store.read(|c| training::of(c, id))?;
    if json {
        println!("{}", serde_json::to_string(&all).map_err(|e| OfficeError::Settings(e.to_string()))?);
        return Ok(());
    }
    if all.is_empty() {
        println!("没有登记培训。 No training is recorded.");
    }
    for e in &all {
        let struck = e.struck.as_ref().map_or_else(String::new, |s| format!("  已划销 struck out: {}（{}）", s.reason, s.by));
        let Held { day, topic, minutes, by } = &e.held;
        println!("{}  {day}  {topic}  {} 学时 hours  登记人 by: {by}  叶 leaf {}{struck}", e.n, hours(*minutes), e.leaf);
    }
    Ok(())
}
