//! `mingzheng mandate`: whose power, on what ground, for what, where and until when (R08).

use super::office::{day, hex_id};
use crate::error::{OfficeError, Result};
use crate::office::Office;
use crate::register::mandate::{self, Ended, Ground, Mandate, Standing};
use crate::register::today;
use crate::settings::Settings;
use clap::{Args, Subcommand};
use std::path::Path;
use std::process::ExitCode;

#[derive(Args)]
pub(super) struct New {
    /// 委托（主管）机关。 Principal.
    #[arg(long)]
    principal: String,
    /// 受委托（授权）组织，即其执法人员的单位。 Organisation: the unit of its officers.
    #[arg(long)]
    organisation: String,
    /// statutory 法定 / authorised 授权 / entrusted 委托。 Ground.
    #[arg(long, default_value = "entrusted", value_parser = Ground::ALL.map(Ground::name))]
    ground: String,
    /// 委托事项；可重复；不写为全部。 Matter or category; may be repeated; none: all.
    #[arg(long)]
    scope: Vec<String>,
    /// 区域；多项以、分隔。 Area; several separated by 、.
    #[arg(long)]
    area: String,
    /// 委托书编号或授权条款。 Number of the document, or the provision.
    #[arg(long)]
    number: String,
    /// 自。 From.
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: String,
    /// 至。 Until.
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: String,
    /// 公布于何处。 Where it was published.
    #[arg(long)]
    published: String,
}

#[derive(Subcommand)]
pub(super) enum MandateCommand {
    /// 登记委托、授权。 Add a mandate.
    Add(Box<New>),
    /// 提前终止。 End one before its time.
    End {
        /// 委托的标识（见 list）。 Its id, see list.
        id: String,
        /// 理由。 Reason.
        #[arg(long)]
        reason: String,
        /// 决定人。 Who decided.
        #[arg(long)]
        by: String,
        /// 终止日期，默认今天。 Day; default: today.
        #[arg(long, value_name = "YYYY-MM-DD")]
        day: Option<String>,
    },
    /// 列出，并提示到期。 List them, with what ends soon.
    List {
        /// 机器可读。 Machine-readable.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(config: &Path, command: MandateCommand) -> Result<ExitCode> {
    let office = Office::open(Settings::load(config)?)?;
    match command {
        MandateCommand::Add(n) => {
            let ground = Ground::from_name(&n.ground).ok_or(OfficeError::NotFound("ground"))?;
            let New { principal, organisation, scope, area, number, published, .. } = *n;
            let (from, until) = (day(&n.from)?, day(&n.until)?);
            let m = Mandate { principal, organisation, ground, scope, area, number, from, until, published };
            println!("已登记 added: {}", mandate::add(&office, &m)?);
        }
        MandateCommand::End { id, reason, by, day: on } => {
            let on = on.as_deref().map(day).transpose()?.map_or_else(|| today(&office), Ok)?;
            mandate::end(&office, hex_id(&id)?, &Ended { day: on, reason, by })?;
            println!("已终止 ended: {id}");
        }
        MandateCommand::List { json } => list(&office, json)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(office: &Office, json: bool) -> Result<()> {
    let all = office.store.read(mandate::all)?;
    if json {
        println!("{}", serde_json::to_string(&all).map_err(|e| OfficeError::Settings(e.to_string()))?);
    } else if all.is_empty() {
        println!("没有委托或授权。 No mandates.");
    }
    let on = today(office)?;
    for k in all.iter().filter(|_| !json) {
        let m = &k.mandate;
        let standing = match k.on(on, office.settings.register.widest_warning()) {
            Standing::Coming => "尚未生效 not yet".to_owned(),
            Standing::InEffect => "有效 in effect".to_owned(),
            Standing::Ending(days) => format!("注意：还有 {days} 天到期 ends in {days} days"),
            Standing::Expired => "已到期 expired".to_owned(),
            Standing::Ended => "已终止 ended".to_owned(),
        };
        println!(
            "{}  {} → {}  {}  {}  {} – {}  {standing}",
            k.id,
            m.principal,
            m.organisation,
            m.ground.title(),
            m.area,
            m.from,
            m.until
        );
    }
    Ok(())
}
